//! The two backends of the demo: small, each of one version, with the same two orders. They know
//! nothing of the other version.

use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

/// What a backend holds.
pub(super) struct Data {
    /// The version it speaks.
    pub(super) version: &'static str,
    /// Its orders, by number.
    orders: [(&'static str, &'static str); 2],
}

/// The backend that was never touched again.
pub(super) static OLD: Data = Data {
    version: "2023-01-15",
    orders: [
        (
            "1001",
            r#"{"id":1001,"customer":"Zo\u00eb Martin","ship_line1":"1 Rue Oberkampf","ship_city":"Paris","total_cents":4634,"currency":"EUR","items":[{"sku":"A-7","quantity":2}]}"#,
        ),
        (
            "1002",
            r#"{"id":1002,"customer":"Ben Okri","ship_line1":"5 High St","ship_city":"Leeds","total_cents":1250,"currency":"GBP","items":[],"note":"ring twice"}"#,
        ),
    ],
};

/// The backend that is developed.
pub(super) static NEW: Data = Data {
    version: "2025-03-01",
    orders: [
        (
            "1001",
            r#"{"id":1001,"buyer":{"name":"Zo\u00eb Martin"},"shipping":{"address":{"line1":"1 Rue Oberkampf","city":"Paris"}},"price":{"amount":4634,"currency":"EUR"},"items":[{"product_code":"A-7","quantity":2}],"loyalty_tier":"standard"}"#,
        ),
        (
            "1002",
            r#"{"id":1002,"buyer":{"name":"Ben Okri"},"shipping":{"address":{"line1":"5 High St","city":"Leeds"}},"price":{"amount":1250,"currency":"GBP"},"items":[],"loyalty_tier":"standard","note":"ring twice"}"#,
        ),
    ],
};

/// What a backend was asked last, and what it said.
#[derive(Clone, Debug, Default)]
pub(super) struct Exchange {
    pub(super) request: Bytes,
    pub(super) answer: Bytes,
}

/// A backend.
#[derive(Clone)]
pub(super) struct Backend {
    pub(super) data: &'static Data,
    last: Arc<Mutex<Exchange>>,
}

impl Backend {
    pub(super) fn new(data: &'static Data) -> Self {
        Self { data, last: Arc::default() }
    }

    /// The last exchange.
    pub(super) fn last(&self) -> Exchange {
        self.last.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Serves until it is stopped.
    pub(super) async fn serve(self, listener: TcpListener, stop: CancellationToken) {
        let router = Router::new()
            .route("/orders", get(list).post(place))
            .route("/orders/{id}", get(one))
            .with_state(self);
        let serving = axum::serve(listener, router).with_graceful_shutdown(stop.cancelled_owned());
        if let Err(error) = serving.await {
            tracing::error!(reason = %error, "a backend of the demo failed");
        }
    }

    fn answer(&self, status: StatusCode, request: Bytes, answer: String) -> Response {
        let answer = Bytes::from(answer);
        let exchange = Exchange { request, answer: answer.clone() };
        *self.last.lock().unwrap_or_else(PoisonError::into_inner) = exchange;
        (status, [(header::CONTENT_TYPE, "application/json")], answer).into_response()
    }
}

async fn list(State(backend): State<Backend>) -> Response {
    let orders = backend.data.orders.map(|(_, order)| order).join(",");
    backend.answer(StatusCode::OK, Bytes::new(), format!("[{orders}]"))
}

async fn one(State(backend): State<Backend>, Path(id): Path<String>) -> Response {
    let found = backend.data.orders.iter().find(|(number, _)| *number == id);
    let (status, answer) = found
        .map_or((StatusCode::NOT_FOUND, r#"{"message":"no such order"}"#), |(_, order)| {
            (StatusCode::OK, *order)
        });
    backend.answer(status, Bytes::new(), answer.to_owned())
}

/// Places an order: says it again, as a real one would with its number.
async fn place(State(backend): State<Backend>, order: Bytes) -> Response {
    let said = String::from_utf8_lossy(&order).into_owned();
    backend.answer(StatusCode::CREATED, order, said)
}
