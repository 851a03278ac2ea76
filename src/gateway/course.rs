//! What an exchange is translated by: which operations it is one of, and the programs, made off the reactor
//! where they are not there yet. It translates nothing.

use std::sync::Arc;

use http::{HeaderMap, Method, StatusCode, request};
use hyper::body::Body as _;

use super::left::waste;
use super::negotiate::Choice;
use super::problem::Problem;
use super::record::{Exchange, LONGEST, Side, said};
use super::{Gateway, headers};
use crate::body::{Meter, Source};
use crate::message::media::Content;
use crate::snapshot::{Course, NoCounterpart, Picked, Seen, Status, Typed};
use crate::translate::Failure;

/// The course of a request, as far as its head says which it is.
pub(super) enum Taken {
    /// Whatever its body says.
    Sure(Arc<Course>),
    /// Its body might tell otherwise.
    Unsure(Arc<Course>, Picked),
}

impl Taken {
    fn new(course: Arc<Course>, unsure: Option<Picked>) -> Self {
        match unsure {
            Some(picked) => Self::Unsure(course, picked),
            None => Self::Sure(course),
        }
    }
}

/// The programs of an exchange; where they are not made yet, they are made off the reactor.
pub(super) async fn course(
    choice: &Choice<'_>,
    headers: &HeaderMap,
    record: &mut Exchange,
) -> Result<Taken, Problem> {
    let picked = {
        let seen = Seen { head: &|| choice.head(headers.clone()), body: None };
        choice.api.pairs(&choice.route, choice.way, &seen)?
    };
    let (pairs, unsure) = if picked.unsure {
        (picked.pairs.clone(), Some(picked))
    } else {
        (settled(choice, picked, record)?, None)
    };
    if let Some(course) = choice.api.made(&choice.route, choice.way, &pairs) {
        return Ok(Taken::new(course, unsure));
    }
    let (api, route, way) = (Arc::clone(choice.api), choice.route.keep(), choice.way);
    let made = tokio::task::spawn_blocking(move || api.course(&route.route(), way, &pairs)).await;
    made.map(|course| Taken::new(course, unsure)).map_err(|_| Problem::Failed)
}

/// The pairs that a request takes, with what is to be said of them.
fn settled(
    choice: &Choice<'_>,
    picked: Picked,
    record: &mut Exchange,
) -> Result<Vec<usize>, Problem> {
    if let Some(refusal) = picked.refused {
        return Err(Problem::of_request(choice, Failure::Refused(refusal)));
    }
    for guess in picked.guessed {
        record.guess(guess);
    }
    Ok(picked.pairs)
}

impl Gateway {
    /// The course that a request takes in the end: where its body may tell which of several operations it
    /// is one of, that is read before anything else is done.
    pub(super) async fn sure(
        &self,
        choice: &Choice<'_>,
        (course, picked): (Arc<Course>, Picked),
        (head, source): (&mut request::Parts, Source),
        record: &mut Exchange,
    ) -> Result<(Arc<Course>, Source), Problem> {
        let kind = course.request.of(|| headers::content_type(&head.headers));
        let document = kind.content == Content::Json && head.method != Method::PATCH;
        let (written, unread) = headers::described(&head.headers, kind.content);
        if source.is_end_stream() || unread.is_some() || !document {
            if let Err(problem) = settled(choice, picked, record) {
                waste(head, source, record).await;
                return Err(problem);
            }
            return Ok((course, source));
        }
        // What came is counted when it is sent on, or translated.
        let (meter, plain) = (Meter::default(), written.is_plain());
        let from = (Side::Request, &meter);
        let (bytes, share) = self.gather((source, written), &mut head.headers, from).await?;
        let length = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        if !plain || meter.bytes() != length {
            // It goes on as plain text, also where nothing is translated.
            headers::describe(&mut head.headers, bytes.len());
        }
        let (api, route, way) = (Arc::clone(choice.api), choice.route.keep(), choice.way);
        let (body, own) = (bytes.clone(), choice.head(head.headers.clone()));
        let look = move || {
            let body = Some(&*body).filter(|body| !body.is_empty());
            let picked = api.pairs(&route.route(), way, &Seen { head: &|| own.clone(), body })?;
            let course = api.course(&route.route(), way, &picked.pairs);
            Ok::<_, NoCounterpart>((picked, course))
        };
        // Programs may have to be made, and a large body takes its time.
        let looked = tokio::task::spawn_blocking(look).await.map_err(|_| Problem::Failed)?;
        let (picked, course) = looked?;
        if let Err(problem) = settled(choice, picked, record) {
            record.gathered = length;
            return Err(problem);
        }
        Ok((course, Source::held(bytes, share)))
    }
}

/// The program of an answer; the same holds.
pub(super) async fn program(
    choice: &Choice<'_>,
    course: &Arc<Course>,
    status: StatusCode,
) -> Result<Typed, Problem> {
    let status = Status::Is(status.as_u16());
    if let Some(made) = course.answer(status) {
        return Ok(made);
    }
    let (api, course) = (Arc::clone(choice.api), Arc::clone(course));
    let make = move || api.answer(&course, status);
    tokio::task::spawn_blocking(make).await.map_err(|_| Problem::Failed)
}

/// Says what failed: in the words of the rule's author, else with the name of the rule, as `fishplate
/// translate` says it. Of a head it says whose terms those are, where they are not the client's.
pub(super) fn explain(choice: &Choice<'_>, failure: &Failure, side: Side) -> String {
    match failure {
        Failure::Refused(refusal) => {
            let (_, detail) = choice.api.refused(refusal.rule);
            // The place may be as long as the message.
            let whole = || choice.api.refusal(refusal, &said(&refusal.place, LONGEST));
            detail.map_or_else(whole, String::from)
        }
        Failure::Head(bad) => {
            // What cannot be read is named as it came, what cannot be written as it would go.
            let of_backend = (side == Side::Request) != bad.is_read();
            let backend = choice.api.versions().get(choice.way.to);
            let backend = backend.filter(|_| of_backend && choice.way.from != choice.way.to);
            let backend = backend.map(|version| format!(" (as version {version} has it)"));
            format!("{failure}{}", backend.unwrap_or_default())
        }
        Failure::Malformed(_) | Failure::TooLarge => failure.to_string(),
    }
}
