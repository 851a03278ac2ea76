//! What an exchange is translated by: which operations it is one of, and the programs, made off the reactor
//! where they are not there yet. It translates nothing.

use std::sync::Arc;

use http::{HeaderMap, StatusCode};

use super::negotiate::Choice;
use super::problem::Problem;
use super::record::{Exchange, LONGEST, Side, said};
use crate::snapshot::{Course, Picked, Status, Typed, Unpicked};
use crate::translate::Failure;

/// The programs of an exchange; where they are not made yet, they are made off the reactor.
pub(super) async fn course(
    choice: &Choice<'_>,
    headers: &HeaderMap,
    record: &mut Exchange,
) -> Result<Arc<Course>, Problem> {
    let head = || choice.head(headers.clone());
    let Picked { pairs, guessed } =
        choice.api.pairs(&choice.route, choice.way, &head).map_err(|unpicked| match unpicked {
            Unpicked::Missing(missing) => missing.into(),
            Unpicked::Refused(refusal) => Problem::of_request(choice, Failure::Refused(refusal)),
        })?;
    for guess in guessed {
        record.guess(guess);
    }
    if let Some(made) = choice.api.made(&choice.route, choice.way, &pairs) {
        return Ok(made);
    }
    let (api, route, way) = (Arc::clone(choice.api), choice.route.keep(), choice.way);
    let made = tokio::task::spawn_blocking(move || api.course(&route.route(), way, &pairs)).await;
    made.map_err(|_| Problem::Failed)
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
