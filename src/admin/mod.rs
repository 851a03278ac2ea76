//! What operators ask: alive, ready, what is in force, reload. It has its own listener, and
//! nothing of it is reachable through the data plane.

mod listing;

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::snapshot::Store;

/// How long questions may still be answered when the process ends.
const LAST: Duration = Duration::from_secs(1);
/// How long a question may take to be asked, and how long a connection may live.
const ASKED: Duration = Duration::from_secs(10);
const LIFE: Duration = Duration::from_mins(1);
/// Connections at once: who leaks them must not take those of the data plane.
const MOST: usize = 64;
/// How long to wait after a failure to accept.
const BREATH: Duration = Duration::from_millis(50);

/// What can be asked.
const THERE: &str = "there are `GET /healthz`, `GET /readyz`, `GET /snapshot` and `POST /reload`";

#[derive(Clone)]
struct Plane {
    store: Arc<Store>,
    stop: CancellationToken,
}

/// Serves until it is stopped. `draining` makes it say that no more traffic should come.
pub async fn serve(
    store: Arc<Store>,
    listener: TcpListener,
    draining: CancellationToken,
    stop: CancellationToken,
) {
    let router = Router::new()
        .route("/healthz", get(|| async { json(StatusCode::OK, "{\"status\":\"ok\"}".into()) }))
        .route("/readyz", get(ready))
        .route("/snapshot", get(snapshot))
        .route("/reload", post(reload))
        .fallback(async || problem(StatusCode::NOT_FOUND, "not-found"))
        .method_not_allowed_fallback(async || {
            problem(StatusCode::METHOD_NOT_ALLOWED, "method-not-supported")
        })
        .with_state(Plane { store, stop: draining });
    let (connections, room) = (TaskTracker::new(), Arc::new(Semaphore::new(MOST)));
    loop {
        let accepted = async {
            let place = Arc::clone(&room).acquire_owned().await;
            (place, listener.accept().await)
        };
        let accepted = tokio::select! {
            () = stop.cancelled() => break,
            accepted = accepted => accepted,
        };
        match accepted {
            (Ok(place), Ok((stream, _))) => {
                let asked = connection(router.clone(), stream, stop.clone());
                connections.spawn(async move {
                    asked.await;
                    drop(place);
                });
            }
            (_, Err(error)) => {
                tracing::warn!(reason = %error, "the admin listener cannot accept");
                tokio::time::sleep(BREATH).await;
            }
            (Err(_), Ok(_)) => break,
        }
    }
    drop(listener);
    connections.close();
    // Who began to ask and does not go on must not hold the process.
    if tokio::time::timeout(LAST, connections.wait()).await.is_err() {
        tracing::debug!("questions of operators were left");
    }
}

/// One connection; it ends when it was silent, or lived, for too long.
async fn connection(router: Router, stream: TcpStream, stop: CancellationToken) {
    let service = TowerToHyperService::new(router);
    let mut builder = http1::Builder::new();
    builder.timer(TokioTimer::new()).header_read_timeout(ASKED).half_close(true);
    let mut served = std::pin::pin!(builder.serve_connection(TokioIo::new(stream), service));
    let ended = tokio::select! {
        ended = served.as_mut() => ended,
        () = stop.cancelled() => {
            served.as_mut().graceful_shutdown();
            served.await
        }
        () = tokio::time::sleep(LIFE) => {
            served.as_mut().graceful_shutdown();
            tokio::time::timeout(LIFE, served).await.unwrap_or(Ok(()))
        }
    };
    if let Err(error) = ended {
        tracing::debug!(reason = %error, "a connection of an operator broke");
    }
}

async fn ready(State(plane): State<Plane>) -> Response {
    if plane.stop.is_cancelled() {
        return json(StatusCode::SERVICE_UNAVAILABLE, "{\"status\":\"stopping\"}".into());
    }
    json(StatusCode::OK, "{\"status\":\"ready\"}".into())
}

async fn snapshot(State(plane): State<Plane>) -> Response {
    json(StatusCode::OK, listing::report(&plane.store.report()))
}

async fn reload(State(plane): State<Plane>) -> Response {
    match plane.store.reload().await {
        Ok(reloaded) => {
            let fine = reloaded.errors.is_empty();
            let status = if fine { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
            json(status, listing::reloaded(&reloaded))
        }
        Err(_) => json(StatusCode::INTERNAL_SERVER_ERROR, "{\"status\":\"failed\"}".into()),
    }
}

/// What is asked for otherwise (RFC 9457).
fn problem(status: StatusCode, kind: &str) -> Response {
    let body = listing::problem(status, kind, THERE);
    (status, [(CONTENT_TYPE, "application/problem+json")], body).into_response()
}

fn json(status: StatusCode, body: String) -> Response {
    (status, [(CONTENT_TYPE, "application/json")], body).into_response()
}
