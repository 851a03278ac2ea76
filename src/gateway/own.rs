//! The gateway's own errors as answers: in the shape that the API says, and in the terms of the client's
//! version; else as its detail alone where that version's errors are plain texts, and as `application/problem+json`
//! where they are not. What is an error is decided elsewhere.

use std::sync::Arc;

use http::header::CONTENT_TYPE;
use http::{HeaderValue, Method, Response};

use super::problem::Problem;
use super::work::Work;
use super::{Gateway, headers};
use crate::api::ErrorShape;
use crate::body::Body;
use crate::message::Head;
use crate::message::header::{Media, media};
use crate::message::media::{Content, essence};
use crate::snapshot::{Api, Status, Way};
use crate::translate::{self, Limits};

/// Of which API and version the client of an error is, as far as it is known.
#[derive(Clone, Debug)]
pub(super) struct Asker {
    pub(super) api: Arc<Api>,
    /// The number of its version.
    pub(super) version: Option<usize>,
    pub(super) method: Method,
    /// The path from the operation on, as it is matched.
    pub(super) path: String,
}

/// A text of which nothing else is said.
const PLAIN: HeaderValue = HeaderValue::from_static("text/plain; charset=utf-8");

impl Asker {
    /// The number of the client's version: before it is known the default one.
    fn client(&self) -> Option<usize> {
        let default = self.api.config.versions.default.as_ref();
        let default = || default.and_then(|own| self.api.version(own.as_str()));
        self.version.or_else(default).or_else(|| self.newest())
    }

    /// Whether its contract has an error of a status as a plain text.
    fn has_text(&self, status: u16) -> bool {
        let reads =
            |version| self.api.says_text(version, (&self.method, &self.path), Status::Is(status));
        self.client().is_some_and(reads)
    }

    fn newest(&self) -> Option<usize> {
        self.api.versions().len().checked_sub(1)
    }
}

impl Gateway {
    /// The answer that says a problem.
    pub(super) async fn own(&self, problem: &Problem, asker: Option<Asker>) -> Response<Body> {
        let response = problem.response();
        let Some(asker) = asker.filter(|_| response.status().as_u16() >= 400) else {
            return response;
        };
        let (status, limits) = (response.status(), self.limits());
        let detail = problem.to_string();
        let kind = problem.kind();
        let say = move || {
            let shape = asker.api.config.error.as_ref();
            let shaped = shape.and_then(|shape| {
                let body = shape.written(|word| match word {
                    "type" => String::from(kind),
                    "title" => status.canonical_reason().unwrap_or("Error").to_owned(),
                    "status" => status.as_u16().to_string(),
                    _ => detail.clone(),
                });
                downgraded(&asker, shape, (status.as_u16(), body), &limits)
            });
            shaped.or_else(|| plain(&asker, (status.as_u16(), detail.clone())))
        };
        // Programs may have to be made.
        let made = tokio::task::spawn_blocking(say).await.ok().flatten();
        let Some((head, body)) = made else { return response };
        let (mut parts, _) = response.into_parts();
        for (name, value) in &head.headers {
            parts.headers.insert(name, value.clone());
        }
        headers::describe(&mut parts.headers, body.len());
        Response::from_parts(parts, Body::full(body))
    }
}

/// The error as a text, where the client's version has its errors so.
fn plain(asker: &Asker, (status, detail): (u16, String)) -> Option<(Head, Vec<u8>)> {
    if !asker.has_text(status) {
        return None;
    }
    let mut head = Head { status: Some(status), ..Head::default() };
    head.headers.insert(CONTENT_TYPE, PLAIN);
    Some((head, detail.into_bytes()))
}

/// The error in the client's version; `None`: it cannot be said there.
fn downgraded(
    asker: &Asker,
    shape: &ErrorShape,
    (status, body): (u16, Vec<u8>),
    limits: &Limits,
) -> Option<(Head, Vec<u8>)> {
    let (client, newest) = (asker.client()?, asker.newest()?);
    let mut head = Head { status: Some(status), ..Head::default() };
    head.headers.insert(CONTENT_TYPE, HeaderValue::clone(&shape.content_type));
    if client == newest {
        return Some((head, body));
    }
    let way = Way { from: client, to: newest };
    let said = shape.content_type.to_str().ok()?;
    let kind = asker.api.error(way, (&asker.method, &asker.path), (Status::Is(status), said))?;
    let (program, work) = Work::of(kind.made.as_ref().ok()?);
    if let Some(program) = program {
        translate::message(&program, &mut head, (None, None), limits).ok()?;
    }
    let work = work.ok()?;
    let is_read = !matches!(work, Work::Nothing);
    // What the shape is, and not what the newest contract has in its place, is read; a document that no rule
    // makes a text is none.
    let is_none = if is_read {
        kind.content != Some(shape.content)
    } else {
        shape.content == Content::Json && asker.has_text(status)
    };
    if is_none {
        return None;
    }
    let body = match work {
        Work::Nothing => body,
        Work::Body(program) => translate::body(&program, &body, limits).ok()?.0?,
        Work::Whole(program) => {
            translate::message(&program, &mut head, (Some(&body), None), limits).ok()?.body?
        }
    };
    // The status is the gateway's, as every client reads it.
    (head.status == Some(status) && is_said(&head, said)).then_some((head, body))
}

/// Whether a document may be said to be what it has become: what is markup would have to be escaped.
fn is_said(head: &Head, shaped: &str) -> bool {
    let own = head.headers.get(CONTENT_TYPE).and_then(|own| own.to_str().ok()).unwrap_or_default();
    let own = essence(own);
    media(own) != Media::Other
        || ["text/plain", essence(shaped)].iter().any(|known| own.eq_ignore_ascii_case(known))
}
