//! One exchange: choose, translate the request, send it, translate the answer, all by the same
//! snapshot. What each step means stands elsewhere.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{Method, Request, Response, StatusCode, Version, header, request};
use hyper::body::{Body as _, Incoming};

use super::Gateway;
use super::gather::Side;
use super::headers::{self, Unreadable};
use super::line::Line;
use super::negotiate::{self, Choice};
use super::problem::Problem;
use super::record::{Exchange, LONGEST, Outcome, said};
use crate::body::{self, Body, End, Gate, Meter, Share, Source};
use crate::plan::Plan;
use crate::snapshot::{Course, Made, Status};
use crate::translate::{Failure, Translated, translate};
use crate::upstream::SendError;

/// A body of so many bytes is translated sooner than it is handed to another thread and back.
const QUICK: usize = 64 << 10;
/// Bytes of the head of an answer.
const ANSWER_HEAD: usize = 400 << 10;
/// A body of so many bytes that nobody wants is still read, for so long.
const SMALL: (u64, Duration) = (64 << 10, Duration::from_secs(1));

impl Gateway {
    /// Answers a request, whatever happens.
    pub(super) async fn exchange(
        &self,
        mut request: Request<Incoming>,
        peer: SocketAddr,
        line: &Line,
    ) -> Response<Body> {
        let mut record = Exchange::new(&request);
        let id = headers::identify(request.headers_mut());
        record.id = id.to_str().unwrap_or_default().into();
        record.flight = Some(self.flight.token());
        record.cut = Arc::clone(&self.cut);
        let (version, method) = (request.version(), request.method().clone());
        let bodied = !request.body().is_end_stream();
        let mut response = match self.serve(request, (peer, line), &mut record).await {
            Ok(response) => response,
            Err(problem) => {
                record.outcome = Some(problem.outcome());
                // What is already there says more than what the client is told.
                record.reason.get_or_insert_with(|| problem.to_string());
                let mut response = problem.response();
                if method == Method::HEAD {
                    *response.body_mut() = Body::empty();
                }
                let read = record.gathered > 0 || record.received.end() == End::Complete;
                if version != Version::HTTP_2 && bodied && !read {
                    leave(&mut response, line);
                }
                response
            }
        };
        headers::vary(response.headers_mut(), record.varies.iter());
        response.headers_mut().insert(headers::REQUEST_ID, id);
        record.status = response.status().as_u16();
        let sent = Arc::clone(&record.sent);
        line.watch(&sent);
        response.map(|body| body.metered(sent).retain(record))
    }

    /// Notes a request whose head did not come to its end.
    pub(super) fn slow_head(&self) {
        let mut record = Exchange::unknown();
        record.generation = self.store.current().generation;
        record.status = StatusCode::REQUEST_TIMEOUT.as_u16();
        record.outcome = Some(Problem::SlowHead.outcome());
        record.reason = Some(Problem::SlowHead.to_string());
        drop(Body::empty().metered(Arc::clone(&record.sent)));
    }

    async fn serve(
        &self,
        request: Request<Incoming>,
        (peer, line): (SocketAddr, &Line),
        record: &mut Exchange,
    ) -> Result<Response<Body>, Problem> {
        let snapshot = self.store.current();
        record.generation = snapshot.generation;
        let decided = negotiate::admit(&request)
            .and_then(|()| negotiate::choose(&snapshot, &request, record));
        let decided = match decided {
            Ok(choice) => course(&choice).await.map(|course| (choice, course)),
            Err(problem) => Err(problem),
        };
        let (choice, course) = match decided {
            Ok(decided) => decided,
            Err(problem) => {
                let (head, incoming) = request.into_parts();
                let source = Source::new(incoming, head.version, Vec::new()).lingering(&self.left);
                waste(&head, source, record).await;
                return Err(problem);
            }
        };
        let (method, version) = (request.method().clone(), request.version());
        let trailers = headers::takes_trailers(request.headers(), version);
        let request = self.request((&choice, &course), request, (peer, line), record).await?;
        let target = &choice.backend.target;
        let gate = request.extensions().get::<Gate>().cloned();
        let sent = self.upstream.send(target, &choice.path, request, &record.received).await;
        let answer = sent.map_err(|error| blame(error, record.received.end()))?;
        if headers::size(answer.headers()) > ANSWER_HEAD {
            return Err(Problem::AnswerHead(ANSWER_HEAD));
        }
        let unasked = gate.and_then(|gate| gate.answered());
        let received = answer.version();
        let mut response = self.answer((&choice, &course), &method, answer, record).await?;
        if !trailers {
            headers::without_trailers(response.headers_mut());
        }
        headers::relocate(response.headers_mut(), target, &choice.stripped);
        headers::via(response.headers_mut(), received);
        if let Some(unasked) = unasked {
            if version != Version::HTTP_2 {
                leave(&mut response, line);
            }
            response = response.map(|body| body.retain(unasked));
        }
        Ok(response)
    }

    /// The request as the backend wants it.
    async fn request(
        &self,
        (choice, course): (&Choice<'_>, &Course),
        request: Request<Incoming>,
        (peer, line): (SocketAddr, &Line),
        record: &mut Exchange,
    ) -> Result<Request<Body>, Problem> {
        let host = negotiate::host(&request).to_owned();
        let (mut head, incoming) = request.into_parts();
        let (version, partial) = (head.version, head.method == Method::PATCH);
        let trailers = !course.rewrites && headers::asks_for_trailers(&head.headers);
        let source = Source::new(incoming, version, headers::strip_hop(&mut head.headers));
        let source = source.lingering(&self.left);
        headers::forward(&mut head.headers, &host, peer, version);
        if head.method == Method::OPTIONS {
            headers::count_hop(&mut head.headers);
        }
        headers::ask(&mut head, course);
        if trailers {
            headers::ask_for_trailers(&mut head.headers);
        }
        let waits = headers::waits(&mut head.headers, version);
        // Without a body there is nothing that could lack a counterpart.
        let made = if source.is_end_stream() { Ok(None) } else { course.request.clone() };
        let readable = match made {
            Ok(None) => {
                let mut body = self.stream(source).metered(Arc::clone(&record.received));
                if !body.is_end_stream() {
                    if body.size_hint().exact().is_none() {
                        headers::chunk(&mut head.headers);
                    }
                    body = body.retain(line.upload(Arc::clone(&record.received)));
                    if waits {
                        let gate = Gate::default();
                        body = body.behind(&gate);
                        head.extensions.insert(gate);
                    }
                }
                return Ok(Request::from_parts(head, body));
            }
            Ok(Some(plan)) => match headers::unreadable(&head.headers) {
                Some(unread) => Err(Problem::Media(unread)),
                None if partial => Err(Problem::Media(Unreadable::Partial)),
                None => Ok(plan),
            },
            Err(error) => Err(error.into()),
        };
        let plan = match readable {
            Ok(plan) => plan,
            Err(problem) => {
                // Who waits to be asked for a body has one.
                if waits || source.size_hint().lower() > 0 {
                    waste(&head, source, record).await;
                    return Err(problem);
                }
                self.unless_empty(source, problem).await?;
                headers::describe_none(&mut head.headers);
                let body = Body::empty().metered(Arc::clone(&record.received));
                return Ok(Request::from_parts(head, body));
            }
        };
        let from = (Side::Request, &*record.received);
        let (bytes, share) = self.gather(source, &mut head.headers, from).await?;
        if bytes.is_empty() {
            headers::describe_none(&mut head.headers);
            let body = Body::empty().metered(Arc::clone(&record.received));
            return Ok(Request::from_parts(head, body));
        }
        let (done, share) = self.translate(Arc::clone(&plan), bytes, share).await?;
        let done = done.map_err(|failure| Problem::Request(explain(choice, &failure), failure))?;
        let share = self.budget.fit(share, done.bytes.len()).await.map_err(Problem::Body)?;
        headers::describe(&mut head.headers, done.bytes.len());
        record.lose(choice.api, &plan, &done);
        record.outcome = Some(Outcome::Translated);
        Ok(Request::from_parts(head, Body::held(done.bytes, share)))
    }

    /// The answer as the client wants it.
    async fn answer(
        &self,
        (choice, course): (&Choice<'_>, &Arc<Course>),
        method: &Method,
        answer: Response<Incoming>,
        record: &mut Exchange,
    ) -> Result<Response<Body>, Problem> {
        // An answer goes out in whatever version the client's connection has.
        let (mut head, incoming) = answer.into_parts();
        let version = std::mem::take(&mut head.version);
        if head.status.is_informational() {
            // Nobody asked for another protocol.
            return Err(Problem::AnswerStatus);
        }
        let coded = headers::coded(&head.headers);
        let source = Source::new(incoming, version, headers::strip_hop(&mut head.headers));
        headers::one_length(&mut head.headers, head.status);
        let passed = record.outcome.take().or(Some(Outcome::Passed));
        let plan = program(choice, course, head.status).await?;
        if *method == Method::HEAD || never_a_body(head.status) || source.is_end_stream() {
            // It is about a body that is, or was, another one for the client.
            let unsent = match head.status {
                StatusCode::NOT_MODIFIED => course.rewrites_answer(StatusCode::OK.as_u16()),
                _ => *method == Method::HEAD && !matches!(plan, Ok(None)),
            };
            if unsent {
                headers::forget(&mut head.headers);
                headers::mark(&mut head.headers, course);
            }
            record.outcome = passed;
            if head.status == StatusCode::RESET_CONTENT {
                // It has none, whatever the backend says (RFC 9110, 15.3.6).
                headers::describe_none(&mut head.headers);
                return Ok(Response::from_parts(head, Body::empty()));
            }
            return Ok(Response::from_parts(head, self.stream(source)));
        }
        if coded {
            return Err(Problem::AnswerCoding);
        }
        let unreadable = headers::unreadable(&head.headers);
        // What is neither a success nor JSON is no body of this API at all, but some proxy's page.
        let other = !head.status.is_success() && matches!(unreadable, Some(Unreadable::Other(_)));
        let listed = || choice.api.bodiless(&choice.route, choice.way.to, head.status);
        let plan = match plan {
            Ok(Some(_)) | Err(_) if other => {
                record.outcome = Some(Outcome::Foreign);
                return Ok(Response::from_parts(head, self.stream(source)));
            }
            Ok(None) => {
                let foreign = other && !listed();
                record.outcome = if foreign { Some(Outcome::Foreign) } else { passed };
                return Ok(Response::from_parts(head, self.stream(source)));
            }
            Ok(Some(plan)) => match unreadable {
                Some(unreadable) => Err(Problem::AnswerMedia(unreadable)),
                None if head.status == StatusCode::PARTIAL_CONTENT => {
                    Err(Problem::AnswerMedia(Unreadable::Part))
                }
                None => Ok(plan),
            },
            Err(error) => {
                record.reason = Some(error.to_string());
                Err(Problem::AnswerUnknown)
            }
        };
        let plan = match plan {
            Ok(plan) => plan,
            Err(problem) => {
                self.unless_empty(source, problem).await?;
                (record.reason, record.outcome) = (None, passed);
                headers::describe_none(&mut head.headers);
                return Ok(Response::from_parts(head, Body::empty()));
            }
        };
        let from = (Side::Answer, &Meter::default());
        let (bytes, share) = self.gather(source, &mut head.headers, from).await?;
        if bytes.is_empty() {
            record.outcome = passed;
            headers::describe_none(&mut head.headers);
            return Ok(Response::from_parts(head, Body::empty()));
        }
        let (done, share) = self.translate(Arc::clone(&plan), bytes, share).await?;
        let done = done.map_err(|failure| Problem::Answer(explain(choice, &failure), failure))?;
        let share = self.budget.fit(share, done.bytes.len()).await.map_err(Problem::AnswerBody)?;
        headers::describe(&mut head.headers, done.bytes.len());
        headers::mark(&mut head.headers, course);
        record.lose(choice.api, &plan, &done);
        record.outcome = Some(Outcome::Translated);
        Ok(Response::from_parts(head, Body::held(done.bytes, share)))
    }

    /// A body that cannot be translated is refused, unless there is none: that is not always known
    /// before its end has come.
    async fn unless_empty(&self, source: Source, problem: Problem) -> Result<(), Problem> {
        let some = source.size_hint().lower() > 0;
        if some || !body::is_empty(source, self.config.body_time).await {
            return Err(problem);
        }
        Ok(())
    }

    fn stream(&self, source: Source) -> Body {
        Body::stream(source, self.config.body_time)
    }

    /// Translates a body; a large one beside the threads that serve. What it holds of the memory
    /// goes with it, as it may outlive the exchange.
    async fn translate(
        &self,
        plan: Arc<Plan>,
        bytes: Bytes,
        share: Share,
    ) -> Result<(Result<Translated, Failure>, Share), Problem> {
        let limits = self.limits();
        if bytes.len() <= QUICK {
            return Ok((translate(&plan, &bytes, &limits), share));
        }
        let turn = Arc::clone(&self.workers).acquire_owned().await;
        let turn = turn.map_err(|_| Problem::Failed)?;
        let work = move || {
            let done = translate(&plan, &bytes, &limits);
            drop(turn);
            (done, share)
        };
        tokio::task::spawn_blocking(work).await.map_err(|_| Problem::Failed)
    }
}

/// Says that the connection ends with an answer: what is left of the request's body would be read as the
/// next request.
fn leave(response: &mut Response<Body>, line: &Line) {
    line.linger();
    let close = http::HeaderValue::from_static("close");
    response.headers_mut().insert(header::CONNECTION, close);
}

/// Reads a small body that nobody wants, so that the connection can go on behind it. Over HTTP/2
/// nothing of it is in the way, and who waits to be asked for it is not asked.
async fn waste(head: &request::Parts, source: Source, record: &mut Exchange) {
    let (most, time) = SMALL;
    let small = source.size_hint().upper().is_some_and(|bytes| bytes <= most);
    if small && head.version != Version::HTTP_2 && !head.headers.contains_key(header::EXPECT) {
        record.gathered = body::waste(source, time).await.unwrap_or_default();
    }
}

/// The programs of an exchange; where they are not made yet, they are made off the reactor.
async fn course(choice: &Choice<'_>) -> Result<Arc<Course>, Problem> {
    if let Some(made) = choice.api.made(&choice.route, choice.way) {
        return Ok(made);
    }
    let (api, route, way) = (Arc::clone(choice.api), choice.route.keep(), choice.way);
    let made = tokio::task::spawn_blocking(move || api.course(&route.route(), way)).await;
    made.map_err(|_| Problem::Failed)
}

/// The program of an answer; the same holds.
async fn program(
    choice: &Choice<'_>,
    course: &Arc<Course>,
    status: StatusCode,
) -> Result<Made, Problem> {
    let status = Status::Is(status.as_u16());
    if let Some(made) = course.answer(status) {
        return Ok(made);
    }
    let (api, route, way) = (Arc::clone(choice.api), choice.route.keep(), choice.way);
    let course = Arc::clone(course);
    let make = move || api.answer(&course, &route.route(), way, status);
    tokio::task::spawn_blocking(make).await.map_err(|_| Problem::Failed)
}

/// Says what failed, with the name of the rule, as `fishplate translate` says it.
fn explain(choice: &Choice<'_>, failure: &Failure) -> String {
    match failure {
        Failure::Refused(refusal) => {
            // The place may be as long as the message.
            choice.api.refusal(refusal, &said(&refusal.place, LONGEST))
        }
        Failure::Malformed(_) | Failure::TooLarge => failure.to_string(),
    }
}

/// Whose fault it is that there is no answer: a client that stopped sending breaks the
/// connection to the backend too.
fn blame(error: SendError, upload: End) -> Problem {
    match upload {
        End::TooSlow => Problem::SlowUpload,
        // Who has closed its own half only still reads the answer.
        End::Broken => Problem::BrokenUpload,
        End::Garbled => Problem::GarbledUpload,
        End::Open | End::Complete => Problem::Send(error),
    }
}

fn never_a_body(status: StatusCode) -> bool {
    status.is_informational()
        || [StatusCode::NO_CONTENT, StatusCode::RESET_CONTENT, StatusCode::NOT_MODIFIED]
            .contains(&status)
}
