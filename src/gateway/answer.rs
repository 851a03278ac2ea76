//! The answer of a backend on its way to the client: translated, or as it came where it needs no
//! translation, or has none and its API lets it pass. It sends nothing itself.

use std::sync::Arc;

use http::{Method, Response, StatusCode, response};
use hyper::body::Body as _;
use tokio::time::Instant;

use super::Gateway;
use super::answered::{finished, is_unsent, never_a_body, taken};
use super::cors;
use super::course::program;
use super::exchange::due;
use super::headers::{self, Mark, Unreadable};
use super::negotiate::Choice;
use super::outcome::Outcome;
use super::problem::Problem;
use super::record::{Exchange, Side};
use super::work::{Work, Worked};
use crate::api::BadAnswers;
use crate::body::{Body, Meter, Source};
use crate::message;
use crate::snapshot::{Course, Kind, Made, Message, NoCounterpart};
use crate::upstream::Answered;

/// What was asked, where rules of its answer look at it, by which method, and whether there is no body to come.
type Asked<'a> = (&'a Method, Option<message::Head>, bool);

/// Where it comes from, by which programs, and what its tags are marked with.
type On<'a> = (&'a Choice<'a>, &'a Arc<Course>, &'a Mark);

impl Gateway {
    /// The answer as the client wants it, or as it came where it cannot be translated and its API says so.
    pub(super) async fn answer(
        &self,
        (choice, course, mark): On<'_>,
        (method, sent): (&Method, Option<message::Head>),
        (answer, lease): Answered,
        record: &mut Exchange,
    ) -> Result<Response<Body>, Problem> {
        // An answer goes out in whatever version the client's connection has.
        let (mut head, incoming) = answer.into_parts();
        let version = std::mem::take(&mut head.version);
        if head.status.is_informational() {
            // Nobody asked for another protocol.
            return Err(Problem::AnswerStatus);
        }
        let passes = choice.api.config.bad_answers == BadAnswers::Pass;
        let coded = headers::coded(&head.headers);
        let listed = headers::strip_hop(&mut head.headers);
        let mut source = Source::new(incoming, version, listed).fed(lease).kept(passes);
        headers::one_length(&mut head.headers, head.status);
        let bodiless =
            *method == Method::HEAD || never_a_body(head.status) || source.is_end_stream();
        if coded && !bodiless {
            return Err(Problem::AnswerCoding);
        }
        let came = passes.then(|| (head.clone(), record.losses()));
        let (on, asked) = ((choice, course, mark), (method, sent, bodiless));
        let problem = match self.translated(on, asked, (head, &mut source), record).await {
            Err(problem) if problem.is_bad_answer() => problem,
            other => return other,
        };
        record.bad = Some(problem.kind());
        let Some((mut head, losses)) = came else { return Err(problem) };
        record.pass_on(&problem, losses);
        let mut own = taken(&mut head);
        if head.status == StatusCode::NOT_MODIFIED
            && course.rewrites_answer(StatusCode::OK.as_u16())
        {
            // What the client has, and is told to be fresh, is a translation.
            headers::mark(&mut own.headers, course, mark);
        }
        Ok(finished(head, own, || if bodiless { Body::empty() } else { self.stream(source) }))
    }

    /// The answer as the client wants it. What was read of its body is in the source again where it cannot be
    /// translated.
    async fn translated(
        &self,
        (choice, course, mark): On<'_>,
        (method, sent, bodiless): Asked<'_>,
        (mut head, source): (response::Parts, &mut Source),
        record: &mut Exchange,
    ) -> Result<Response<Body>, Problem> {
        let passed = record.outcome.take().or(Some(Outcome::Passed));
        let typed = program(choice, course, head.status).await?;
        let carried = &typed.carried;
        let Kind { made, content, .. } = typed.of(|| headers::content_type(&head.headers));
        let reads = made.as_ref().map_or(true, Message::reads_body);
        let described = || headers::described(&head.headers, (*content, false));
        let looks = reads || !head.status.is_success();
        let (written, unreadable) = looks.then(described).unwrap_or_default();
        // What is neither a success nor JSON is no body of this API at all, but some proxy's page.
        let other =
            !head.status.is_success() && unreadable.as_ref().is_some_and(Unreadable::is_foreign);
        if other && !bodiless && reads {
            record.outcome = Some(Outcome::Foreign);
            return Ok(Response::from_parts(head, self.stream(std::mem::take(source))));
        }
        let unsent = is_unsent(method, head.status, (course, made));
        if unsent {
            headers::forget(&mut head.headers);
            headers::mark(&mut head.headers, course, mark);
        }
        let (came, mut own) = (head.status, taken(&mut head));
        if made.is_ok() {
            cors::expose(&mut own.headers, carried);
        }
        let work = self.answer_head((choice, course), (made, &mut own), sent.as_ref(), record)?;
        let passed = record.outcome.take().or(passed);
        if bodiless && !matches!(work, Ok(Work::Whole(_))) {
            (record.reason, record.outcome) = (None, passed);
            // A backend that was asked with another method has sent one all the same.
            return Ok(finished(head, own, Body::empty));
        }
        if let Ok(Work::Nothing) = work {
            let foreign = other && !choice.api.bodiless(course, came);
            record.outcome = if foreign { Some(Outcome::Foreign) } else { passed };
            return Ok(finished(head, own, || self.stream(std::mem::take(source))));
        }
        let part = came == StatusCode::PARTIAL_CONTENT;
        let unreadable = unreadable.or(part.then_some(Unreadable::Part)).filter(|_| !bodiless);
        let (work, refused) = due(work, *content, unreadable.map(Problem::AnswerMedia));
        let (bytes, share) = if let Some(problem) = refused {
            Box::pin(self.unless_empty(source, problem)).await?
        } else if bodiless {
            Default::default()
        } else {
            let from = (Side::Answer, &Meter::default());
            Box::pin(self.gather((source, written), &mut own.headers, from)).await?
        };
        let began = Instant::now();
        let (worked, share) = self.work(work, own, (bytes, sent), share).await?;
        record.translated(Side::Answer, began);
        let Worked { head: mut own, body, losses } = match worked {
            Ok(worked) => worked,
            Err(failure) => {
                self.put_back(source, share).await;
                return Err(Problem::of_answer(choice, failure, self.limits()));
            }
        };
        // It is not wanted any more.
        drop(std::mem::take(source));
        (record.reason, record.outcome) = (None, passed);
        if let Some((program, done)) = &losses {
            record.lose(choice.api, program.plan(), done);
            record.outcome = Some(Outcome::Translated);
            if !unsent {
                headers::mark(&mut own.headers, course, mark);
            }
        }
        if unsent {
            // What was made says nothing of the body that is meant.
            headers::forget(&mut own.headers);
        }
        let Some(bytes) = body.filter(|_| !unsent) else {
            return Ok(finished(head, own, Body::empty));
        };
        let share = self.budget.fit(share, bytes.len()).await.map_err(Problem::AnswerBody)?;
        Ok(finished(head, own, || Body::held(bytes, share)))
    }

    /// The head of an answer as the client wants it; gives what is left to do to its body, or why it cannot
    /// be done.
    fn answer_head(
        &self,
        (choice, course): (&Choice<'_>, &Course),
        (made, own): (&Made, &mut message::Head),
        sent: Option<&message::Head>,
        record: &mut Exchange,
    ) -> Result<Result<Work, Problem>, Problem> {
        let unknown = |record: &mut Exchange, reason: &NoCounterpart| {
            // What is not listed is told by what it says that it is.
            record.reason = (*reason != NoCounterpart::Unlisted).then(|| reason.to_string());
            Problem::AnswerUnknown
        };
        let part = own.status == Some(StatusCode::PARTIAL_CONTENT.as_u16());
        let made = match made {
            Ok(made) => made,
            // An answer without a body says nothing that an unlisted one could mean differently.
            Err(reason @ NoCounterpart::Answer(_)) => return Ok(Err(unknown(record, reason))),
            Err(reason) => return Err(unknown(record, reason)),
        };
        let (program, work) = Work::of(made);
        if let Some(program) = program {
            let done = self.translate_head(&program, own, sent);
            let done =
                done.map_err(|failure| Problem::of_answer(choice, failure, self.limits()))?;
            record.lose(choice.api, &program.plan, &done);
            record.outcome = Some(Outcome::Translated);
        }
        // No contract need list a part of what is translated as a whole.
        let part = part && matches!(work, Ok(Work::Nothing));
        if part && course.rewrites_answer(StatusCode::OK.as_u16()) {
            return Ok(Err(Problem::AnswerMedia(Unreadable::Part)));
        }
        Ok(work.map_err(|reason| unknown(record, &reason)))
    }
}
