//! What operators ask: alive, ready, what is in force, reload. It has its own listener, and
//! nothing of it is reachable through the data plane.

mod json;
mod listing;
mod metrics;

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{Path, State};
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

use crate::gateway::Gateway;
use crate::snapshot::{Cause, Store};
use crate::telemetry::metrics::CONTENT_TYPE as METRICS;

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
const THERE: &str = "there are `GET /healthz`, `GET /readyz`, `GET /metrics`, `GET /snapshot`, \
                     `POST /reload`, `GET /generations`, `GET /generations/{a}/diff/{b}` and \
                     `POST /generations/{n}/activate`";

#[derive(Clone)]
struct Plane {
    store: Arc<Store>,
    gateway: Arc<Gateway>,
    stop: CancellationToken,
}

/// Serves until it is stopped. `draining` makes it say that no more traffic should come.
pub async fn serve(
    (store, gateway): (Arc<Store>, Arc<Gateway>),
    listener: TcpListener,
    draining: CancellationToken,
    stop: CancellationToken,
) {
    let router = Router::new()
        .route("/healthz", get(|| async { answer(StatusCode::OK, "{\"status\":\"ok\"}".into()) }))
        .route("/readyz", get(ready))
        .route("/metrics", get(scrape))
        .route("/snapshot", get(snapshot))
        .route("/reload", post(reload))
        .route("/generations", get(generations))
        .route("/generations/{from}/diff/{to}", get(diff))
        .route("/generations/{number}/activate", post(activate))
        .fallback(async || problem(StatusCode::NOT_FOUND, "not-found", THERE))
        .method_not_allowed_fallback(async || {
            problem(StatusCode::METHOD_NOT_ALLOWED, "method-not-supported", THERE)
        })
        .with_state(Plane { store, gateway, stop: draining });
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
        return answer(StatusCode::SERVICE_UNAVAILABLE, "{\"status\":\"stopping\"}".into());
    }
    answer(StatusCode::OK, "{\"status\":\"ready\"}".into())
}

async fn scrape(State(plane): State<Plane>) -> Response {
    // There may be very many series.
    let told = move || metrics::text(&plane.store, &plane.gateway);
    match tokio::task::spawn_blocking(told).await {
        Ok(Ok(text)) => (StatusCode::OK, [(CONTENT_TYPE, METRICS)], text).into_response(),
        Ok(Err(_)) | Err(_) => failed(),
    }
}

async fn snapshot(State(plane): State<Plane>) -> Response {
    answer(StatusCode::OK, listing::report(&plane.store.report()))
}

async fn reload(State(plane): State<Plane>) -> Response {
    match plane.store.reload(Cause::Admin).await {
        Ok(reloaded) => {
            let fine = reloaded.errors.is_empty();
            let status = if fine { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
            answer(status, listing::reloaded(&reloaded))
        }
        Err(_) => failed(),
    }
}

async fn generations(State(plane): State<Plane>) -> Response {
    answer(StatusCode::OK, listing::generations(&plane.store.report()))
}

async fn diff(State(plane): State<Plane>, Path((from, to)): Path<(String, String)>) -> Response {
    let report = plane.store.report();
    let find = |text: &str| {
        let found = text.parse().ok().and_then(|number| report.generation(number));
        found.ok_or_else(|| text.to_owned())
    };
    match (find(&from), find(&to)) {
        (Ok(from), Ok(to)) => answer(StatusCode::OK, listing::diff(from, to)),
        (Err(missing), _) | (_, Err(missing)) => not_kept(&missing, &report.kept()),
    }
}

/// What is wrong with newer files does not stop it, as it was wrong before.
async fn activate(State(plane): State<Plane>, Path(number): Path<String>) -> Response {
    let Ok(asked) = number.parse() else {
        return not_kept(&number, &plane.store.report().kept());
    };
    match plane.store.activate(asked).await {
        Ok(Ok(reloaded)) => answer(StatusCode::OK, listing::reloaded(&reloaded)),
        Ok(Err(missing)) => not_kept(&number, &missing.there),
        Err(_) => failed(),
    }
}

fn not_kept(asked: &str, there: &str) -> Response {
    let detail = format!("there is no generation {asked}; there are {there}");
    problem(StatusCode::NOT_FOUND, "no-generation", &detail)
}

/// What is asked for otherwise (RFC 9457).
fn problem(status: StatusCode, kind: &str, detail: &str) -> Response {
    let body = json::problem(status, kind, detail);
    (status, [(CONTENT_TYPE, "application/problem+json")], body).into_response()
}

fn failed() -> Response {
    answer(StatusCode::INTERNAL_SERVER_ERROR, "{\"status\":\"failed\"}".into())
}

fn answer(status: StatusCode, body: String) -> Response {
    (status, [(CONTENT_TYPE, "application/json")], body).into_response()
}
