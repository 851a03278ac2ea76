//! The gateway's own errors as answers: in the shape that the API says, and in the terms of the client's
//! version; else as `application/problem+json`. What is an error is decided elsewhere.

use std::sync::Arc;

use http::header::CONTENT_TYPE;
use http::{HeaderValue, Method, Response};

use super::problem::Problem;
use super::work::Work;
use super::{Gateway, headers};
use crate::api::ErrorShape;
use crate::body::Body;
use crate::message::Head;
use crate::snapshot::{Api, Status, Way};
use crate::translate;

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

impl Gateway {
    /// The answer that says a problem.
    pub(super) async fn own(&self, problem: &Problem, asker: Option<Asker>) -> Response<Body> {
        let response = problem.response();
        let asker = asker.filter(|asker| asker.api.config.error.is_some());
        let Some(asker) = asker.filter(|_| response.status().as_u16() >= 400) else {
            return response;
        };
        let (status, limits) = (response.status(), self.limits());
        let detail = problem.to_string();
        let kind = problem.kind();
        let say = move || {
            let shape = asker.api.config.error.as_ref()?;
            let body = shape.body(|word| match word {
                "type" => String::from(kind),
                "title" => status.canonical_reason().unwrap_or("Error").to_owned(),
                "status" => status.as_u16().to_string(),
                _ => detail.clone(),
            });
            downgraded(&asker, shape, (status.as_u16(), body.to_string().into_bytes()), &limits)
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

/// The error in the client's version; `None`: it cannot be said there.
fn downgraded(
    asker: &Asker,
    shape: &ErrorShape,
    (status, body): (u16, Vec<u8>),
    limits: &crate::translate::Limits,
) -> Option<(Head, Vec<u8>)> {
    let api = &asker.api;
    let newest = api.versions().len().checked_sub(1)?;
    let default = || api.config.versions.default.as_ref().and_then(|own| api.version(own.as_str()));
    let client = asker.version.or_else(default).unwrap_or(newest);
    let mut head = Head { status: Some(status), ..Head::default() };
    head.headers.insert(CONTENT_TYPE, HeaderValue::clone(&shape.content_type));
    if client == newest {
        return Some((head, body));
    }
    let way = Way { from: client, to: newest };
    let made = api.error(way, (&asker.method, &asker.path), Status::Is(status))?;
    let (program, work) = Work::of(&made);
    if let Some(program) = program {
        translate::message(&program, &mut head, (None, None), limits).ok()?;
    }
    let body = match work.ok()? {
        Work::Nothing => body,
        Work::Body(program) => translate::body(&program, &body, limits).ok()?.0?,
        Work::Whole(program) => {
            translate::message(&program, &mut head, (Some(&body), None), limits).ok()?.body?
        }
    };
    // The status is the gateway's, as every client reads it.
    (head.status == Some(status)).then_some((head, body))
}
