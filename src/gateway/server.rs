//! Accepts connections, bounds how long they may be silent, and lets them finish at the end. It
//! knows nothing of what is asked on them.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::Gateway;

/// How long to wait after a failure to accept, such as too many open files.
const BREATH: Duration = Duration::from_millis(50);
/// How many bytes the head of a request may have.
const HEAD: usize = 64 << 10;

/// Serves until it is stopped, then lets what is in flight finish; says whether all of it did.
pub async fn serve(gateway: Arc<Gateway>, listener: TcpListener, stop: CancellationToken) -> bool {
    let connections = TaskTracker::new();
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
    connections.close();
    tokio::time::timeout(gateway.config.drain_time, connections.wait()).await.is_ok()
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
    let asked = Arc::new(AtomicBool::new(false));
    let header_time = gateway.config.header_time;
    let mut builder = Builder::new(TokioExecutor::new());
    builder
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(header_time)
        .max_buf_size(HEAD)
        // A client that half closes still wants its answer.
        .half_close(true);
    builder
        .http2()
        .timer(TokioTimer::new())
        .max_header_list_size(u32::try_from(HEAD).unwrap_or(u32::MAX))
        .keep_alive_interval(Duration::from_secs(20));
    let service = service_fn(|request| {
        asked.store(true, Ordering::Relaxed);
        let gateway = Arc::clone(&gateway);
        async move { Ok::<_, Infallible>(gateway.exchange(request, peer).await) }
    });
    let mut served = std::pin::pin!(builder.serve_connection(TokioIo::new(stream), service));
    let mut silence = std::pin::pin!(tokio::time::sleep(header_time));
    let (mut stopping, mut heard) = (false, false);
    loop {
        tokio::select! {
            ended = served.as_mut() => {
                if let Err(error) = ended {
                    tracing::debug!(reason = %error, "a connection broke");
                }
                return;
            }
            () = stop.cancelled(), if !stopping => {
                stopping = true;
                served.as_mut().graceful_shutdown();
            }
            // Before the first request even the protocol is unknown, and no other timer runs.
            () = silence.as_mut(), if !heard => {
                heard = asked.load(Ordering::Relaxed);
                if !heard {
                    return;
                }
            }
        }
    }
}
