//! A request on its way to the backend, and its body where that goes through as it came. It sends
//! nothing itself.

use std::sync::Arc;

use http::{Request, request};
use hyper::body::Body as _;

use super::headers;
use super::line::Line;
use super::record::Exchange;
use crate::body::{Body, Gate};
use crate::message;

/// A request on its way to the backend.
pub(super) struct Sent {
    pub(super) request: Request<Body>,
    /// Raw path.
    pub(super) path: String,
    pub(super) query: Option<String>,
    /// What it says, where rules of the answer look at it.
    pub(super) head: Option<message::Head>,
}

impl Sent {
    pub(super) fn new(
        mut head: request::Parts,
        own: message::Head,
        asks: bool,
        body: Body,
    ) -> Self {
        let kept = asks.then(|| own.clone());
        let message::Head { path, query, headers, .. } = own;
        head.headers = headers;
        Self { request: Request::from_parts(head, body), path, query, head: kept }
    }
}

/// A body that goes through to the backend as it came, and what is said of it; a client that waits to be
/// asked for it has a gate.
pub(super) fn upload(
    mut body: Body,
    gate: Option<Gate>,
    (head, own): (&mut request::Parts, &mut message::Head),
    (line, record): (&Line, &Exchange),
) -> Body {
    if body.is_end_stream() {
        return body;
    }
    if body.size_hint().exact().is_none() {
        headers::chunk(&mut own.headers);
    }
    body = body.retain(Box::new(line.upload(Arc::clone(&record.received))));
    if let Some(gate) = gate {
        body = body.behind(&gate);
        head.extensions.insert(gate);
    }
    body
}
