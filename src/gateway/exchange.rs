//! One exchange: choose, translate the request, send it, translate the answer, all by the same
//! snapshot. What each step means stands elsewhere.

use std::net::SocketAddr;
use std::sync::Arc;

use http::{Method, Request, Response, StatusCode, Version};
use hyper::body::{Body as _, Incoming};

use super::negotiate::{self, Choice};
use super::problem::Problem;
use super::record::{Exchange, Outcome};
use super::{Gateway, headers};
use crate::body::{self, Body, BodyError, End};
use crate::plan::Plan;
use crate::snapshot::{Part, Status, Way};
use crate::translate::{Failure, Translated, translate};
use crate::upstream::SendError;

impl Gateway {
    /// Answers a request, whatever happens.
    pub(super) async fn exchange(
        &self,
        request: Request<Incoming>,
        peer: SocketAddr,
    ) -> Response<Body> {
        let mut record = Exchange::new(request.method());
        let version = request.version();
        let response = match self.serve(request, peer, &mut record).await {
            Ok(response) => response,
            Err(problem) => {
                record.outcome = Some(problem.outcome());
                record.reason = Some(problem.to_string());
                let mut response = problem.response();
                if version != Version::HTTP_2 && unread(&problem) {
                    // What is left of the body would be read as the next request.
                    let close = http::HeaderValue::from_static("close");
                    response.headers_mut().insert(http::header::CONNECTION, close);
                }
                response
            }
        };
        record.status = response.status().as_u16();
        let sent = Arc::clone(&record.sent);
        response.map(|body| body.metered(sent).retain(record))
    }

    async fn serve(
        &self,
        request: Request<Incoming>,
        peer: SocketAddr,
        record: &mut Exchange,
    ) -> Result<Response<Body>, Problem> {
        negotiate::admit(&request)?;
        let snapshot = self.store.current();
        record.generation = snapshot.generation;
        let choice = negotiate::choose(&snapshot, &request, record)?;
        let (method, version) = (request.method().clone(), request.version());
        let request = self.upgrade(&choice, request, peer, record).await?;
        let target = &choice.backend.target;
        let sent = self.upstream.send(target, &choice.path, request, &record.received).await;
        let answer = sent.map_err(|error| blame(error, record.received.end()))?;
        let mut response = self.downgrade(&choice, &method, answer, record).await?;
        headers::relocate(response.headers_mut(), target, &choice.stripped);
        headers::via(response.headers_mut(), version);
        Ok(response)
    }

    /// The request as the backend wants it.
    async fn upgrade(
        &self,
        choice: &Choice<'_>,
        request: Request<Incoming>,
        peer: SocketAddr,
        record: &mut Exchange,
    ) -> Result<Request<Body>, Problem> {
        let host = negotiate::host(&request).to_owned();
        let version = request.version();
        let (mut head, incoming) = request.into_parts();
        headers::strip_hop(&mut head.headers);
        headers::forward(&mut head.headers, &host, peer, version);
        let back = Way { from: choice.way.to, to: choice.way.from };
        if choice.api.rewrites_answers(&choice.route, back) {
            headers::ask_for_whole(&mut head.headers);
        }
        // Without a body there is nothing that could lack a counterpart.
        let plan = if incoming.is_end_stream() {
            None
        } else {
            choice.api.program(&choice.route, choice.way, Part::Request)?
        };
        let Some(plan) = plan else {
            let body = Body::stream(incoming, self.config.body_time);
            return Ok(Request::from_parts(head, body.metered(Arc::clone(&record.received))));
        };
        if let Some(reason) = headers::unreadable(&head.headers) {
            return Err(Problem::Media(reason));
        }
        let (config, budget) = (&self.config, &self.budget);
        let gathered = body::gather(incoming, config.body, config.body_time, budget).await;
        let (bytes, share) = gathered.map_err(Problem::Body)?;
        record.gathered = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        let done = self
            .translate(&plan, &bytes)
            .map_err(|failure| Problem::Request(explain(choice, &failure), failure))?;
        headers::describe(&mut head.headers, done.bytes.len());
        record.losses = record.losses.saturating_add(done.losses.len());
        record.outcome = Some(Outcome::Translated);
        let body = Body::full(done.bytes).metered(Arc::default()).retain(share);
        Ok(Request::from_parts(head, body))
    }

    /// The answer as the client wants it.
    async fn downgrade(
        &self,
        choice: &Choice<'_>,
        method: &Method,
        answer: Response<Incoming>,
        record: &mut Exchange,
    ) -> Result<Response<Body>, Problem> {
        // An answer goes out in whatever version the client's connection has.
        let (mut head, incoming) = answer.into_parts();
        head.version = Version::default();
        headers::strip_hop(&mut head.headers);
        let before = record.outcome.take();
        let part = Part::Answer(Status::Is(head.status.as_u16()));
        let back = Way { from: choice.way.to, to: choice.way.from };
        let bodiless = *method == Method::HEAD || never_a_body(head.status);
        if bodiless || incoming.is_end_stream() {
            let plan = choice.api.program(&choice.route, back, part);
            if *method == Method::HEAD && !matches!(plan, Ok(None)) {
                headers::forget(&mut head.headers);
            }
            record.outcome = before.or(Some(Outcome::Passed));
            return Ok(Response::from_parts(head, self.stream(incoming)));
        }
        let failed = head.status.is_client_error() || head.status.is_server_error();
        let reason = headers::unreadable(&head.headers);
        let plan = match choice.api.program(&choice.route, back, part) {
            Ok(plan) => plan,
            // An error that is no document of this API at all cannot be one of its bodies.
            Err(_) if failed && reason.is_some() => None,
            Err(error) => return Err(Problem::AnswerMedia(leave(record, &error))),
        };
        let Some(plan) = plan else {
            let foreign = failed && reason.is_some() && back.from != back.to;
            let passed = if foreign { Outcome::Foreign } else { Outcome::Passed };
            record.outcome = before.or(Some(passed));
            return Ok(Response::from_parts(head, self.stream(incoming)));
        };
        if let Some(reason) = reason {
            if failed {
                record.outcome = Some(Outcome::Foreign);
                return Ok(Response::from_parts(head, self.stream(incoming)));
            }
            return Err(Problem::AnswerMedia(reason));
        }
        if head.status == StatusCode::PARTIAL_CONTENT {
            return Err(Problem::AnswerMedia("it is a part of a document"));
        }
        let (config, budget) = (&self.config, &self.budget);
        let gathered = body::gather(incoming, config.body, config.body_time, budget).await;
        let (bytes, share) = gathered.map_err(Problem::AnswerBody)?;
        let done = self
            .translate(&plan, &bytes)
            .map_err(|failure| Problem::Answer(explain(choice, &failure), failure))?;
        headers::describe(&mut head.headers, done.bytes.len());
        record.losses = record.losses.saturating_add(done.losses.len());
        record.outcome = Some(Outcome::Translated);
        Ok(Response::from_parts(head, Body::full(done.bytes).retain(share)))
    }

    fn stream(&self, incoming: Incoming) -> Body {
        Body::stream(incoming, self.config.body_time)
    }

    fn translate(&self, plan: &Plan, bytes: &[u8]) -> Result<Translated, Failure> {
        translate(plan, bytes, &self.limits())
    }
}

/// Says what failed, with the name of the rule.
fn explain(choice: &Choice<'_>, failure: &Failure) -> String {
    match failure {
        Failure::Refused(refusal) => {
            let rule = choice.api.rule(refusal.rule);
            format!("{rule} refuses {:?}: {}", refusal.place, refusal.kind)
        }
        Failure::Malformed(_) | Failure::TooLarge => failure.to_string(),
    }
}

/// Notes the details of what a client is told in few words.
fn leave(record: &mut Exchange, error: &crate::snapshot::NoCounterpart) -> &'static str {
    record.reason = Some(error.to_string());
    "the client's version has no such answer"
}

/// Whose fault it is that there is no answer: a client that stopped sending breaks the
/// connection to the backend too.
fn blame(error: SendError, upload: End) -> Problem {
    match upload {
        End::TooSlow => Problem::SlowUpload,
        // The client is gone; nobody reads the answer.
        End::Broken | End::Open | End::Complete => Problem::Send(error),
    }
}

/// Whether the request's body may not have been read to its end.
fn unread(problem: &Problem) -> bool {
    matches!(
        problem,
        Problem::Body(BodyError::TooLarge(_) | BodyError::TooSlow) | Problem::SlowUpload
    )
}

fn never_a_body(status: StatusCode) -> bool {
    status.is_informational()
        || [StatusCode::NO_CONTENT, StatusCode::RESET_CONTENT, StatusCode::NOT_MODIFIED]
            .contains(&status)
}
