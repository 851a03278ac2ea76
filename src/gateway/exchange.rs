//! One exchange: choose, translate the request, send it, translate the answer, all by the same
//! snapshot. What each step means stands elsewhere, and what becomes of the answer.

use std::sync::Arc;

use bytes::Bytes;
use http::header::CONTENT_RANGE;
use http::{HeaderValue, Method, Request, Response, StatusCode, Version, request};
use hyper::body::{Body as _, Incoming};
use tokio::time::Instant;

use super::Gateway;
use super::cors::Preflight;
use super::course::{Taken, course};
use super::headers::{self, Inside, Unreadable};
use super::left::{leave, waste};
use super::line::{Exchanging, Line};
use super::locate;
use super::negotiate::{self, Choice};
use super::outcome::Outcome;
use super::peer::Peer;
use super::problem::Problem;
use super::record::{Exchange, Side};
use super::sent::{Sent, readable, ready, upload};
use super::versions;
use super::work::{Work, Worked};
use crate::body::{self, Body, End, Gate, Share, Source};
use crate::message;
use crate::message::media::Content;
use crate::snapshot::{Made, Snapshot, Wants};
use crate::upstream::{self, SendError};

/// Headers that a request gets on its way.
const OWN: usize = 7;

impl Gateway {
    /// Answers a request, whatever happens.
    pub(super) async fn exchange(
        self: Arc<Self>,
        mut request: Request<Incoming>,
        peer: Arc<Peer>,
        exchanging: Exchanging,
    ) -> Response<Body> {
        // Boxed, as it is large, and ends in a box.
        let mut record = Box::new(Exchange::new(&request));
        let line = exchanging.line();
        // For what is said to the backend, at once.
        drop(request.headers_mut().try_reserve(OWN));
        let id = headers::identify(request.headers_mut());
        record.id = Some(id.clone());
        record.enter(&self);
        record.peer = Some(Arc::clone(&peer));
        let (version, method) = (request.version(), request.method().clone());
        let bodied = !request.body().is_end_stream();
        // Boxed, as it is large and would lie in every task around it.
        let served = Box::pin(self.serve(request, (&peer, line), &mut record)).await;
        let mut response = match served {
            Ok(response) => response,
            Err(problem) => {
                record.outcome = Some(problem.outcome());
                record.limit = problem.limit();
                // What is already there says more than what the client is told.
                record.reason.get_or_insert_with(|| problem.reason());
                let mut response = Box::pin(self.own(&problem, record.asker.take())).await;
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
        if let Some((name, version)) = record.tells.take() {
            response.headers_mut().insert(name, version);
        }
        if let Some((name, outcome)) = self.config.outcome.clone().zip(record.outcome) {
            // What a backend says there is none of ours.
            response.headers_mut().insert(name, HeaderValue::from_static(outcome.as_str()));
        }
        record.status = response.status().as_u16();
        let sent = Arc::clone(&record.sent);
        line.watch(&sent);
        record.line = Some(exchanging);
        response.map(|body| body.metered(sent).retain(record))
    }

    /// Notes a request whose head did not come to its end.
    pub(super) fn slow_head(self: &Arc<Self>, peer: &Arc<Peer>) {
        let mut record = Exchange::unknown();
        record.enter(self);
        record.generation = self.store.current().generation;
        record.status = StatusCode::REQUEST_TIMEOUT.as_u16();
        record.outcome = Some(Problem::SlowHead.outcome());
        record.reason = Some(Problem::SlowHead.to_string());
        record.limit = Problem::SlowHead.limit();
        record.peer = Some(Arc::clone(peer));
        drop(Body::empty().metered(Arc::clone(&record.sent)));
    }

    async fn serve(
        &self,
        request: Request<Incoming>,
        (peer, line): (&Peer, &Line),
        record: &mut Exchange,
    ) -> Result<Response<Body>, Problem> {
        let snapshot = self.store.current();
        record.generation = snapshot.generation;
        let decided = self.decide(&snapshot, &request, (peer, &mut *record)).await;
        let (mut choice, taken) = match decided {
            Ok(decided) => decided,
            Err(problem) => {
                Box::pin(self.turn_away(request, record)).await;
                return Err(problem);
            }
        };
        let (method, version) = (request.method().clone(), request.version());
        let trailers = headers::takes_trailers(request.headers(), version);
        let sent = self.request((&mut choice, taken), request, (peer, line), record).await?;
        let Sent { mut request, path, query, head: sent, course, mark } = sent;
        let preflight = request.extensions_mut().remove::<Preflight>();
        let target = &choice.backend.target;
        let gate = request.extensions().get::<Gate>().cloned();
        let told = request.headers().get(headers::FORWARDED_HOST).cloned();
        let received = Arc::clone(&record.received);
        let path = (&*path, query.as_deref());
        let began = Instant::now();
        let answer = self.upstream.send(target, path, request, &received).await;
        record.waited(began);
        let (answer, lease) = answer.map_err(|error| blame(error, record.received.end()))?;
        record.backend_status = Some(answer.status().as_u16());
        if headers::size(answer.headers()) > upstream::HEAD {
            return Err(Problem::AnswerHead(upstream::HEAD));
        }
        let unasked = gate.and_then(|gate| gate.answered());
        let received = answer.version();
        let (asked, answer) = ((&method, sent), (answer, lease));
        let mut response = self.answer((&choice, &course, &mark), asked, answer, record).await?;
        if !trailers {
            headers::without_trailers(response.headers_mut());
        }
        if let Some(preflight) = preflight {
            preflight.answer(response.headers_mut(), &course);
        }
        if headers::points(response.headers()) {
            let asked = told.as_ref().and_then(|host| host.to_str().ok());
            let inside = Inside { target, asked, stripped: &choice.stripped };
            let moved = Box::pin(locate::moved(&choice, response.headers(), inside)).await?;
            let said = |target: &str| versions::said(target, &choice);
            headers::relocate(response.headers_mut(), inside, &moved, said);
        }
        let mut own = choice.version;
        if record.outcome == Some(Outcome::Untranslated) {
            // It is the backend's to the letter.
            own = &choice.backend.version;
            record.tells = negotiate::tells(choice.api, own);
        }
        versions::answer(response.headers_mut(), &choice, own);
        headers::vary_behind(response.headers_mut(), &course.behind);
        headers::via(response.headers_mut(), received);
        if let Some(unasked) = unasked {
            if version != Version::HTTP_2 {
                leave(&mut response, line);
            }
            response = response.map(|body| body.retain(Box::new(unasked)));
        }
        Ok(response)
    }

    /// Where a request goes, and what it is translated by.
    async fn decide<'a>(
        &self,
        snapshot: &'a Snapshot,
        request: &Request<Incoming>,
        (peer, record): (&Peer, &mut Exchange),
    ) -> Result<(Choice<'a>, Taken), Problem> {
        negotiate::admit(request)?;
        let choice = negotiate::choose(snapshot, request, peer.ip(), record)?;
        let taken = course(&choice, (request.headers(), self.limits()), record).await?;
        Ok((choice, taken))
    }

    /// The body of a request that is refused for its head.
    async fn turn_away(&self, request: Request<Incoming>, record: &mut Exchange) {
        let (head, incoming) = request.into_parts();
        let source = Source::new(incoming, head.version, Vec::new()).lingering(&self.left);
        waste(&head, source, record).await;
    }

    /// The request as the backend wants it.
    async fn request(
        &self,
        (choice, taken): (&mut Choice<'_>, Taken),
        request: Request<Incoming>,
        (peer, line): (&Peer, &Line),
        record: &mut Exchange,
    ) -> Result<Sent, Problem> {
        let (mut head, incoming) = request.into_parts();
        let (version, partial) = (head.version, is_partial(&head));
        let trailers = headers::asks_for_trailers(&head.headers);
        let source = Source::new(incoming, version, headers::strip_hop(&mut head.headers))
            .lingering(&self.left);
        headers::name(&mut head.headers, record.id.as_ref());
        let (course, mut source) = self.taken(choice, taken, (&mut head, source), record).await?;
        let mark = ready(&mut head, (choice, &course), (peer, trailers));
        let gate = headers::waits(&mut head.headers, version).then(Gate::default);
        let empty = source.is_end_stream();
        // What says how the body is written is read before anything says otherwise.
        let kind = course.request.of(|| headers::asked_type(&head.headers));
        let described = || headers::described(&head.headers, (kind.content, kind.any));
        let (written, unread) = (!empty).then(described).unwrap_or_default();
        if let Some(unsaid) = kind.unsaid.as_deref().filter(|_| !empty) {
            headers::describe_unsaid(&mut head.headers, unsaid);
        }
        let mut own = choice.take_head(std::mem::take(&mut head.headers));
        let limits = self.limits();
        let work = self.head((choice, &kind.made), &mut own, record).and_then(|work| {
            // Of one that is translated as a whole it is known later.
            let whole = matches!(work, Ok(Work::Whole(_)));
            if whole { Ok(work) } else { readable(choice, (&course, limits), &own).map(|()| work) }
        });
        let work = match work {
            Ok(work) => work,
            Err(problem) => {
                head.headers = own.headers;
                Box::pin(waste(&head, source, record)).await;
                return Err(problem);
            }
        };
        if let Some(method) = course.method.as_ref().filter(|_| choice.route.wants == Wants::Itself)
        {
            head.method.clone_from(method);
        }
        let (work, refused) = match (work, empty) {
            (Ok(Work::Nothing), _) | (Ok(Work::Body(_)) | Err(_), true) => {
                let counted = source.is_held();
                let mut body = self.stream(source);
                if !counted {
                    body = body.metered(Arc::clone(&record.received));
                }
                let body = upload(body, gate, (&mut head, &mut own), (line, record));
                return Ok(Sent::new(head, own, (course, mark), body));
            }
            (Ok(work), true) => (work, None),
            (work, false) => {
                let unread = unread.or(partial.then_some(Unreadable::Partial));
                due(work, kind.content, unread.map(Problem::Media))
            }
        };
        let (bytes, share) = if let Some(problem) = refused {
            // Who waits to be asked for a body has one.
            if gate.is_some() || source.size_hint().lower() > 0 {
                head.headers = own.headers;
                Box::pin(waste(&head, source, record)).await;
                return Err(problem);
            }
            Box::pin(self.unless_empty(&mut source, problem)).await?
        } else {
            let from = (Side::Request, &*record.received);
            Box::pin(self.gather((&mut source, written), &mut own.headers, from)).await?
        };
        let began = Instant::now();
        let (worked, share) = self.work(work, own, (bytes, None), share).await?;
        record.translated(Side::Request, began);
        let Worked { head: own, body, losses } =
            worked.map_err(|failure| Problem::of_request(choice, failure, self.limits()))?;
        if let Some((program, done)) = &losses {
            record.lose(choice.api, program.plan(), done);
            record.outcome = Some(Outcome::Translated);
            readable(choice, (&course, limits), &own)?;
        }
        let Some(bytes) = body else {
            let body = Body::empty().metered(Arc::clone(&record.received));
            return Ok(Sent::new(head, own, (course, mark), body));
        };
        let share = self.budget.fit(share, bytes.len()).await.map_err(Problem::Body)?;
        Ok(Sent::new(head, own, (course, mark), Body::held(bytes, share)))
    }

    /// Translates the head of a request; gives what is left to do to its body, or why it cannot be
    /// done.
    fn head(
        &self,
        (choice, made): (&Choice<'_>, &Made),
        own: &mut message::Head,
        record: &mut Exchange,
    ) -> Result<Result<Work, Problem>, Problem> {
        let made = made.as_ref().map_err(|missing| missing.clone())?;
        let failed = |failure| Problem::of_request(choice, failure, self.limits());
        let (program, work) = Work::of(made);
        if choice.route.wants == Wants::Path {
            // A preflight has the target of an operation, and nothing else of it.
            let ((Some(program), _) | (None, Ok(Work::Whole(program)))) = (program, work) else {
                return Ok(Ok(Work::Nothing));
            };
            let (path, query) = (own.path.clone(), own.query.clone());
            let mut target = message::Head { path, query, ..message::Head::default() };
            self.translate_head(&program, &mut target, None).map_err(failed)?;
            (own.path, own.query) = (target.path, target.query);
            return Ok(Ok(Work::Nothing));
        }
        let work = work.map_err(Problem::from);
        let Some(program) = program else { return Ok(work) };
        let done = self.translate_head(&program, own, None).map_err(failed)?;
        record.lose(choice.api, &program.plan, &done);
        record.outcome = Some(Outcome::Translated);
        Ok(work)
    }

    /// A body that cannot be translated is refused, unless there is none: that is not always known
    /// before its end has come.
    pub(super) async fn unless_empty(
        &self,
        source: &mut Source,
        problem: Problem,
    ) -> Result<(Bytes, Share), Problem> {
        let some = source.size_hint().lower() > 0;
        match if some { Ok(false) } else { body::is_empty(source, self.config.body_time).await } {
            Ok(true) => Ok(Default::default()),
            // What has broken off cannot go on as it came.
            Err(error) if source.keeps() => Err(Problem::AnswerBody(error)),
            Ok(false) | Err(_) => Err(problem),
        }
    }

    pub(super) fn stream(&self, source: Source) -> Body {
        Body::stream(source, self.config.body_time)
    }
}

/// Whether the body of a request is about a part of a document, whatever it says that it is: so is one with
/// `Content-Range` (RFC 9110, 14.5).
pub(super) fn is_partial(head: &request::Parts) -> bool {
    head.method == Method::PATCH || head.headers.contains_key(CONTENT_RANGE)
}

/// What is left to do to a body, or why it cannot be done: of what is not listed what it says that it is.
pub(super) fn due(
    work: Result<Work, Problem>,
    content: Option<Content>,
    unread: Option<Problem>,
) -> (Work, Option<Problem>) {
    match work {
        Ok(work) => (work, unread),
        Err(problem) if content.is_none() => (Work::Nothing, unread.or(Some(problem))),
        Err(problem) => (Work::Nothing, Some(problem)),
    }
}

/// Whose fault it is that there is no answer: a client that stopped sending breaks the
/// connection to the backend too.
fn blame(error: SendError, upload: End) -> Problem {
    let own = if error.is_large_head() {
        Problem::AnswerHead(upstream::HEAD)
    } else {
        Problem::Send(error)
    };
    // Who has closed its own half only still reads the answer.
    Problem::of_upload(upload).unwrap_or(own)
}
