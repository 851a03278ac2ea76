//! A whole body in memory, as plain text: read, counted, and decoded where it is coded. What is in the
//! text is not its affair.

use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderMap, header};

use super::problem::Problem;
use super::record::Side;
use super::{Gateway, headers};
use crate::body::{self, Meter, Share, Source};
use crate::coding::{self, Undecoded, Written};

impl Side {
    fn unread(self, error: body::BodyError) -> Problem {
        match self {
            Self::Request => Problem::Body(error),
            Self::Answer => Problem::AnswerBody(error),
        }
    }

    fn undecoded(self, error: Undecoded) -> Problem {
        match self {
            Self::Request => Problem::Undecoded(error),
            Self::Answer => Problem::AnswerUndecoded(error),
        }
    }
}

impl Gateway {
    /// The whole text of a body that is `written` so, as UTF-8 without a byte order mark, and what its
    /// headers say of it then. `received` counts what came. One that may be wanted again can be read as it
    /// came, also if it cannot be decoded.
    pub(super) async fn gather(
        &self,
        (source, written): (&mut Source, Written),
        headers: &mut HeaderMap,
        (side, received): (Side, &Meter),
    ) -> Result<(Bytes, Share), Problem> {
        let (config, budget) = (&self.config, &self.budget);
        let how = body::Gather { limit: config.body, time: config.body_time };
        // What decoding needs is taken with the rest, where that is known: who waits for it while he holds
        // a body may wait for others that do the same.
        let room = |length| written.room(length, config.body);
        let gathered = body::gather(source, how, room, (budget, received)).await;
        let (bytes, share) = gathered.map_err(|error| side.unread(error))?;
        // Whoever is held up by the gateway itself is asked for the body by it.
        headers.remove(header::EXPECT);
        if bytes.is_empty() {
            return Ok((bytes, share));
        }
        if written.is_plain() {
            return Ok((bytes.slice_ref(coding::plain(&bytes)), share));
        }
        headers::describe_plain(headers, &written);
        let kept = if source.keeps() { bytes.len() } else { 0 };
        let (text, share) = self.decode(written, bytes, share).await?;
        let text = match text {
            Ok(text) => text,
            Err(error) => {
                self.put_back(source, share).await;
                return Err(side.undecoded(error));
            }
        };
        let held = text.len().saturating_add(kept);
        let share = budget.fit(share, held).await.map_err(|error| side.unread(error))?;
        Ok((Bytes::from(text), share))
    }

    /// Leaves to a body that may be wanted again, as it came, what that takes of the memory that it had.
    pub(super) async fn put_back(&self, source: &mut Source, share: Share) {
        // It never takes more, so that nothing is waited for.
        if let Ok(share) = self.budget.fit(share, source.back()).await {
            source.fund(share);
        }
    }

    /// Decodes a body beside the threads that serve: how long it takes is not known by its length.
    /// What it holds of the memory goes with it, as it may outlive the exchange.
    async fn decode(
        &self,
        written: Written,
        bytes: Bytes,
        share: Share,
    ) -> Result<(Result<Vec<u8>, Undecoded>, Share), Problem> {
        let limit = self.config.body;
        let turn = Arc::clone(&self.workers).acquire_owned().await;
        let turn = turn.map_err(|_| Problem::Failed)?;
        let work = move || {
            let text = written.decode(&bytes, limit);
            drop((bytes, turn));
            (text, share)
        };
        tokio::task::spawn_blocking(work).await.map_err(|_| Problem::Failed)
    }
}
