//! What an exchange is translated by: which operations it is one of, and the programs, made off the reactor
//! where they are not there yet. Where the body of a request has to tell, it is read here; what is
//! translated on the way only tells, and goes nowhere.

use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderMap, StatusCode, request};
use hyper::body::Body as _;

use super::exchange::is_partial;
use super::left::waste;
use super::negotiate::Choice;
use super::problem::{Problem, Said};
use super::record::{Exchange, LONGEST, Side, said};
use super::{Gateway, headers};
use crate::body::{Meter, Share, Source};
use crate::coding::Written;
use crate::message::media::Content;
use crate::message::{self, BadHead, Counterpart};
use crate::snapshot::{Course, Picked, Seen, SeenBody, Status, Typed};
use crate::translate::{Failure, Limits};

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
    (headers, limits): (&HeaderMap, Limits),
    record: &mut Exchange,
) -> Result<Taken, Problem> {
    let picked = picked(choice, headers, limits).await?;
    record.varies.extend_from_slice(&picked.varies);
    let (pairs, unsure) = if picked.unsure {
        (picked.pairs.clone(), Some(picked))
    } else {
        (settled((choice, limits), picked, record)?, None)
    };
    if let Some(course) = choice.api.made(&choice.route, choice.way, &pairs) {
        return Ok(Taken::new(course, unsure));
    }
    let (api, route, way) = (Arc::clone(choice.api), choice.route.keep(), choice.way);
    let made = tokio::task::spawn_blocking(move || api.course(&route.route(), way, &pairs)).await;
    made.map(|course| Taken::new(course, unsure)).map_err(|_| Problem::Failed)
}

/// The pairs that a request takes, as far as its head says which they are.
async fn picked(
    choice: &Choice<'_>,
    headers: &HeaderMap,
    limits: Limits,
) -> Result<Picked, Problem> {
    let known = {
        let (head, body) = (|| choice.head(headers.clone()), SeenBody::Unread);
        let seen = Seen { head: &head, body, limits };
        choice.api.pairs_if_made(&choice.route, choice.way, &seen)
    };
    if let Some(known) = known {
        return Ok(known?);
    }
    let (api, route, way) = (Arc::clone(choice.api), choice.route.keep(), choice.way);
    let own = choice.head(headers.clone());
    let make = move || {
        let seen = Seen { head: &|| own.clone(), body: SeenBody::Unread, limits };
        api.pairs(&route.route(), way, &seen)
    };
    Ok(tokio::task::spawn_blocking(make).await.map_err(|_| Problem::Failed)??)
}

/// The pairs that a request takes, with what is to be said of them.
fn settled(
    (choice, limits): (&Choice<'_>, Limits),
    picked: Picked,
    record: &mut Exchange,
) -> Result<Vec<usize>, Problem> {
    if let Some(refusal) = picked.refused {
        return Err(Problem::of_request(choice, Failure::Refused(refusal), limits));
    }
    for guess in picked.guessed {
        record.guess(guess);
    }
    Ok(picked.pairs)
}

impl Gateway {
    /// The course of a request, and what is left of its body to read.
    pub(super) async fn taken(
        &self,
        choice: &Choice<'_>,
        taken: Taken,
        (head, source): (&mut request::Parts, Source),
        record: &mut Exchange,
    ) -> Result<(Arc<Course>, Source), Problem> {
        let (course, source) = match taken {
            Taken::Sure(course) => (course, source),
            Taken::Unsure(course, picked) => {
                Box::pin(self.sure(choice, (course, picked), (head, source), record)).await?
            }
        };
        record.varies.extend_from_slice(&course.varies);
        Ok((course, source))
    }

    /// The course that a request takes in the end: where its body may tell which of several operations it
    /// is one of, that is read before anything else is done.
    async fn sure(
        &self,
        choice: &Choice<'_>,
        (course, picked): (Arc<Course>, Picked),
        (head, source): (&mut request::Parts, Source),
        record: &mut Exchange,
    ) -> Result<(Arc<Course>, Source), Problem> {
        let kind = course.request.of(|| headers::asked_type(&head.headers));
        let (written, unread) = headers::described(&head.headers, (kind.content, kind.any));
        let whole = kind.content == Some(Content::Json) && !is_partial(head);
        let (bytes, share) = if source.is_end_stream() {
            <(Bytes, Share)>::default()
        } else if unread.is_some() || !whole {
            // Of what cannot be read its head has to tell.
            if let Err(problem) = settled((choice, self.limits()), picked, record) {
                waste(head, source, record).await;
                return Err(problem);
            }
            return Ok((course, source));
        } else {
            self.read(head, (source, written), &record.received).await?
        };
        let own = choice.head(head.headers.clone());
        let (picked, course, share) = self.look(choice, own, (bytes.clone(), share)).await?;
        record.varies.extend_from_slice(&picked.varies);
        settled((choice, self.limits()), picked, record)?;
        Ok((course, Source::held(bytes, share)))
    }

    /// The body of a request, which goes on as plain text and as a whole, also where nothing of it is
    /// translated.
    async fn read(
        &self,
        head: &mut request::Parts,
        (mut source, written): (Source, Written),
        received: &Meter,
    ) -> Result<(Bytes, Share), Problem> {
        let (plain, from) = (written.is_plain(), (Side::Request, received));
        let (bytes, share) = self.gather((&mut source, written), &mut head.headers, from).await?;
        // What its end has brought is not there any more.
        headers::without_trailers(&mut head.headers);
        if !plain || received.bytes() != u64::try_from(bytes.len()).unwrap_or(u64::MAX) {
            headers::describe(&mut head.headers, bytes.len());
        }
        let share = self.budget.fit(share, bytes.len()).await.map_err(Problem::Body)?;
        Ok((bytes, share))
    }

    /// Which of several operations a request is one of, by all of it. Programs may have to be made for that,
    /// and a large body takes its time; what is held of the memory goes with it, as it may outlive the
    /// exchange.
    async fn look(
        &self,
        choice: &Choice<'_>,
        own: message::Head,
        (bytes, share): (Bytes, Share),
    ) -> Result<(Picked, Arc<Course>, Share), Problem> {
        let (api, route, way) = (Arc::clone(choice.api), choice.route.keep(), choice.way);
        let (turn, limits) = (Arc::clone(&self.workers).acquire_owned().await, self.limits());
        let turn = turn.map_err(|_| Problem::Failed)?;
        let look = move || {
            let body = if bytes.is_empty() { SeenBody::None } else { SeenBody::Read(&bytes) };
            let picked =
                api.pairs(&route.route(), way, &Seen { head: &|| own.clone(), body, limits })?;
            let course = api.course(&route.route(), way, &picked.pairs);
            drop(turn);
            Ok((picked, course, share))
        };
        tokio::task::spawn_blocking(look).await.map_err(|_| Problem::Failed)?
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
pub(super) fn explain(
    choice: &Choice<'_>,
    (failure, limits): (&Failure, Limits),
    side: Side,
) -> Said {
    let text = match failure {
        Failure::Refused(refusal) => {
            let (_, detail) = choice.api.refused(refusal.rule);
            // The place may be as long as the message.
            let place = said(&refusal.place, LONGEST);
            if let Some(words) = &refusal.words {
                return Said::apart(words, choice.api.refusal(&refusal.untold(), &place));
            }
            detail.map_or_else(|| choice.api.refusal(refusal, &place), String::from)
        }
        Failure::Head(bad) => {
            // What cannot be read is named as it came, what cannot be written as it would go.
            let of_backend = (side == Side::Request) != bad.is_read();
            let backend = choice.api.versions().get(choice.way.to);
            let backend = backend.filter(|_| of_backend && choice.way.from != choice.way.to);
            let backend = backend.map(|version| format!(" (as version {version} has it)"));
            let backend = backend.unwrap_or_default();
            match (bad, bad.unread()) {
                (BadHead::Called(_, Counterpart::Place(own)), Some(why))
                    if side == Side::Request =>
                {
                    format!("`{own}` {why}")
                }
                (BadHead::Called(_, Counterpart::Place(own)), Some(why)) => {
                    format!("`{own}` cannot be made: what it comes from {why}")
                }
                (BadHead::Called(_, Counterpart::None), Some(why)) => {
                    format!("something that the client's version does not have {why}")
                }
                // It may be in what the client gets, and its name is not the client's.
                (BadHead::Called(_, Counterpart::Unknown), Some(why)) => {
                    format!("something in its head {why}")
                }
                (BadHead::Called(_, Counterpart::Place(own)), None) => {
                    format!("`{own}` cannot go on: {failure}{backend}")
                }
                (BadHead::Asked(_), _) => failure.to_string(),
                _ => format!("{failure}{backend}"),
            }
        }
        Failure::Malformed(wrong) if wrong.is_too_deep() => {
            format!("{failure}: more than {} levels (`limits.depth`)", limits.depth)
        }
        Failure::Malformed(_) => failure.to_string(),
        Failure::TooLarge => {
            let most = limits.output;
            format!("the translated document is larger than {most} bytes (`limits.output`)")
        }
    };
    Said::new(text)
}
