//! A request on its way to the backend, and its body where that goes through as it came. It sends
//! nothing itself.

use std::sync::Arc;

use http::header::ACCEPT;
use http::{Method, Request, request};
use hyper::body::Body as _;

use super::cors::Preflight;
use super::headers::Mark;
use super::line::Line;
use super::negotiate::Choice;
use super::peer::Peer;
use super::problem::Problem;
use super::record::Exchange;
use super::{headers, versions};
use crate::body::{Body, Gate};
use crate::message::{self, media};
use crate::snapshot::Course;
use crate::translate::{self, Limits};

/// A request on its way to the backend.
pub(super) struct Sent {
    /// Boxed, as it is large, and goes through several hands.
    pub(super) request: Box<Request<Body>>,
    /// Raw path.
    pub(super) path: String,
    pub(super) query: Option<String>,
    /// What it says, where rules of the answer look at it.
    pub(super) head: Option<message::Head>,
    /// The course that it is on.
    pub(super) course: Arc<Course>,
    /// What the tags of its answer are marked with.
    pub(super) mark: Mark,
}

impl Sent {
    pub(super) fn new(
        mut head: request::Parts,
        own: message::Head,
        (course, mark): (Arc<Course>, Mark),
        body: Body,
    ) -> Self {
        let kept = course.asked.as_ref().map(|_| own.clone());
        let message::Head { path, query, headers, .. } = own;
        head.headers = headers;
        let request = Box::new(Request::from_parts(head, body));
        Self { request, path, query, head: kept, course, mark }
    }
}

/// Says in the head of a request what a backend is told by this hop, and asks for what can be translated;
/// `trailers`: the client takes them.
pub(super) fn ready(
    head: &mut request::Parts,
    (choice, course): (&Choice<'_>, &Course),
    (peer, trailers): (&Peer, bool),
) -> Mark {
    if let Some(preflight) = Preflight::ask(&mut head.headers, choice, course) {
        head.extensions.insert(preflight);
    }
    headers::forward(&mut head.headers, head.uri.authority(), peer, head.version);
    versions::ask(&mut head.headers, choice);
    if !course.accept.is_empty() {
        headers::rewrite(&mut head.headers, &ACCEPT, |own| media::accepted(own, &course.accept));
    }
    if head.method == Method::OPTIONS {
        headers::count_hop(&mut head.headers);
    }
    // Of what rules see: what this hop says of itself too.
    let mark = Mark::of(&head.headers, course);
    headers::ask(head, course, &mark);
    if trailers && !course.rewrites {
        headers::ask_for_trailers(&mut head.headers);
    }
    mark
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

/// Whether all that rules of its answer look at in a request can be read: once the backend has acted on it, it
/// is too late to say so.
pub(super) fn readable(
    choice: &Choice<'_>,
    (course, limits): (&Course, Limits),
    own: &message::Head,
) -> Result<(), Problem> {
    let Some(asked) = &course.asked else { return Ok(()) };
    let read = translate::readable(asked, own, limits.depth);
    read.map_err(|bad| Problem::of_request(choice, bad.into(), limits))
}
