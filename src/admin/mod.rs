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
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::snapshot::Store;

/// How long questions may still be answered when the process ends.
const LAST: Duration = Duration::from_secs(1);

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
) -> std::io::Result<()> {
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
    let served =
        axum::serve(listener, router).with_graceful_shutdown(stop.clone().cancelled_owned());
    tokio::select! {
        ended = served => ended,
        // Who began to ask and does not go on must not hold the process.
        () = async { stop.cancelled().await; tokio::time::sleep(LAST).await } => Ok(()),
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
