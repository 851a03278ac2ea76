//! Accepts connections, bounds how long they may be silent, and lets them finish at the end. It
//! knows nothing of what is asked on them.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;

use super::line::{Line, Over, Patience};
use super::peer::Peer;
use super::problem::Problem;
use super::{Gateway, HEAD};

/// How long to wait after a failure to accept, such as too many open files.
const BREATH: Duration = Duration::from_millis(50);
/// How long a client on whose connection nothing happens may take to go at the end of the process.
const GRACE: Duration = Duration::from_secs(1);

/// Serves until it is stopped, then lets what is in flight finish; says whether all of it did.
pub async fn serve(gateway: Arc<Gateway>, listener: TcpListener, stop: CancellationToken) -> bool {
    let connections = &gateway.connections;
    loop {
        let accepted = tokio::select! {
            () = stop.cancelled() => break,
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok((stream, peer)) => {
                let connection = connection(Arc::clone(&gateway), stream, peer, stop.clone());
                connections.spawn(connection);
            }
            Err(error) => {
                tracing::warn!(reason = %error, "cannot accept");
                tokio::time::sleep(BREATH).await;
            }
        }
    }
    // Nobody else may connect while the rest finishes.
    drop(listener);
    tracing::info!(in_flight = gateway.in_flight(), uploads = gateway.uploads(), "stopping");
    connections.close();
    let all = async {
        connections.wait().await;
        // What a client has sent to its end may not be at its backend yet.
        gateway.upstream.drained().await;
    };
    tokio::time::timeout(gateway.config.drain_time, all).await.is_ok()
}

async fn connection(
    gateway: Arc<Gateway>,
    stream: TcpStream,
    peer: SocketAddr,
    stop: CancellationToken,
) {
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(reason = %error, "no delay cannot be set");
    }
    let (line, peer) = (Line::new(stream), Arc::new(Peer::new(peer, &gateway.config.trusted)));
    let over = talk(&gateway, &line, &peer, &stop).await;
    if over == Some(Over::Head) {
        gateway.slow_head(&peer);
    }
    line.close(over, || Problem::SlowHead.raw()).await;
}

/// Serves one connection to its end, or until it must be given up.
async fn talk(
    gateway: &Arc<Gateway>,
    line: &Line,
    peer: &Arc<Peer>,
    stop: &CancellationToken,
) -> Option<Over> {
    let mut builder = Builder::new(TokioExecutor::new());
    builder
        .http1()
        .timer(TokioTimer::new())
        // The line has timers of its own, which tell a slow head from a client that rests.
        .header_read_timeout(None)
        // It bounds a head that has not come to its end; what came at once may be longer.
        .max_buf_size(HEAD)
        // A client that half closes still wants its answer.
        .half_close(true);
    builder
        .http2()
        .timer(TokioTimer::new())
        .max_header_list_size(u32::try_from(HEAD).unwrap_or(u32::MAX))
        .keep_alive_interval(Duration::from_secs(20));
    let service = service_fn(|request| {
        let (gateway, peer) = (Arc::clone(gateway), Arc::clone(peer));
        let exchanging = line.exchange();
        async move { Ok::<_, Infallible>(gateway.exchange(request, peer, exchanging).await) }
    });
    let io = TokioIo::new(line.clone());
    let mut served = std::pin::pin!(builder.serve_connection(io, service));
    let (config, mut stopping, mut stopped) = (&gateway.config, false, false);
    let mut patience =
        Patience { head: config.header_time, idle: config.idle_time, body: config.body_time };
    loop {
        tokio::select! {
            // Nearly always it is the connection itself that goes on.
            biased;
            ended = served.as_mut() => {
                if let Err(error) = ended {
                    tracing::debug!(reason = %error, "a connection broke");
                }
                return None;
            }
            () = stop.cancelled(), if !stopped => {
                (stopping, stopped) = (true, true);
                // Who does not go has nothing in flight, and the process waits for nobody else.
                patience.idle = patience.idle.min(GRACE);
                line.leave();
                served.as_mut().graceful_shutdown();
            }
            over = line.over(patience) => {
                if over != Over::Idle || stopping {
                    return Some(over);
                }
                // A request may be on its way: the client is told, and has the same time again.
                stopping = true;
                line.renew();
                served.as_mut().graceful_shutdown();
            }
        }
    }
}
