//! What is done to a message once it is gathered: its body or the whole of it is translated, a large
//! one beside the threads that serve. It decides nothing.

use std::sync::{Arc, LazyLock};

use bytes::Bytes;
use http::header::CONTENT_TYPE;

use super::Gateway;
use super::headers;
use super::problem::Problem;
use crate::body::Share;
use crate::message;
use crate::message::media::Content;
use crate::plan::{Body, Head, Plan};
use crate::snapshot::{Message, NoCounterpart};
use crate::translate::{self, Failure, Limits, Translated};

/// A body of so many bytes is translated sooner than it is handed to another thread and back.
const QUICK: usize = 128 << 10;

/// The byte order mark of UTF-8.
const MARK: &[u8] = b"\xEF\xBB\xBF";

/// What is left to do to a message whose head was looked at.
#[derive(Clone, Debug)]
pub(super) enum Work {
    /// The body goes through as it came.
    Nothing,
    /// The body is translated.
    Body(Arc<Body>),
    /// The whole message is.
    Whole(Arc<Head>),
}

/// A message that was translated.
pub(super) struct Worked {
    pub(super) head: message::Head,
    /// The body; `None`: there is none.
    pub(super) body: Option<Vec<u8>>,
    /// What was lost, by which program.
    pub(super) losses: Option<(Work, Translated)>,
}

impl Work {
    /// The program that reports.
    pub(super) fn plan(&self) -> &Plan {
        static NOTHING: LazyLock<Plan> = LazyLock::new(Plan::default);
        match self {
            Self::Nothing => &NOTHING,
            Self::Body(program) => &program.plan,
            Self::Whole(program) => &program.plan,
        }
    }

    /// Whether the body is read as a text.
    fn reads_text(&self) -> bool {
        match self {
            Self::Nothing => false,
            Self::Body(program) => program.content.0 == Content::Text,
            Self::Whole(program) => program.content.0 == Content::Text,
        }
    }

    /// The program of a head by itself, and what is left to do; `Err`: a body has no counterpart.
    pub(super) fn of(made: &Message) -> (Option<Arc<Head>>, Result<Self, NoCounterpart>) {
        match made {
            Message::Apart { head, body } => {
                let work =
                    |body: &Option<Arc<Body>>| body.clone().map_or(Self::Nothing, Self::Body);
                (head.clone(), body.as_ref().map(work).map_err(Clone::clone))
            }
            Message::Whole(whole) => (None, Ok(Self::Whole(Arc::clone(whole)))),
        }
    }
}

impl Gateway {
    /// Translates a head by itself.
    pub(super) fn translate_head(
        &self,
        program: &Head,
        head: &mut message::Head,
        request: Option<&message::Head>,
    ) -> Result<Translated, Failure> {
        let done = translate::message(program, head, (None, request), &self.limits())?;
        Ok(done.document)
    }

    /// Does what is left to do to a message. What it holds of the memory goes with it, as it may
    /// outlive the exchange.
    pub(super) async fn work(
        &self,
        work: Work,
        head: message::Head,
        (bytes, request): (Bytes, Option<message::Head>),
        share: Share,
    ) -> Result<(Result<Worked, Failure>, Share), Problem> {
        let limits = self.limits();
        if bytes.len() <= QUICK {
            return Ok((done(work, head, (&bytes, request.as_ref()), &limits), share));
        }
        let workers = Arc::clone(&self.workers);
        // Boxed, as few are so large.
        Box::pin(async move {
            let turn = workers.acquire_owned().await.map_err(|_| Problem::Failed)?;
            let work = move || {
                let done = done(work, head, (&bytes, request.as_ref()), &limits);
                drop(turn);
                (done, share)
            };
            tokio::task::spawn_blocking(work).await.map_err(|_| Problem::Failed)
        })
        .await
    }
}

fn done(
    work: Work,
    mut head: message::Head,
    (bytes, request): (&Bytes, Option<&message::Head>),
    limits: &Limits,
) -> Result<Worked, Failure> {
    // A mark alone is a text without a character.
    let is_none = bytes.is_empty() || (work.reads_text() && **bytes == *MARK);
    let there = (!is_none).then_some(&**bytes);
    let (body, losses) = match (work, there) {
        (Work::Nothing, _) | (Work::Body(_), None) => (None, None),
        (Work::Body(program), Some(bytes)) => {
            let (body, done) = translate::body(&program, bytes, limits)?;
            (body, Some((Work::Body(program), done)))
        }
        (Work::Whole(program), there) => {
            let done = translate::message(&program, &mut head, (there, request), limits)?;
            (done.body, Some((Work::Whole(program), done.document)))
        }
    };
    if let Some(body) = &body {
        headers::describe(&mut head.headers, body.len());
    } else {
        if there.is_some() {
            headers::forget(&mut head.headers);
            head.headers.remove(CONTENT_TYPE);
        }
        headers::describe_none(&mut head.headers);
    }
    Ok(Worked { head, body, losses })
}
