//! The one HTTP body type, and gathering with limits of size, time and memory. It decides
//! nothing about what is in a body.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http_body::{Body as HttpBody, Frame, SizeHint};
use http_body_util::BodyExt;
use hyper::body::Incoming;
use thiserror::Error;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, Sleep};

/// How long a body waits for memory before it is turned away.
const PATIENCE: Duration = Duration::from_secs(2);
/// Memory is handed out in pieces of this size.
const PIECE: usize = 1024;

/// A body. What it retains (permits, the record of its exchange) lives as long as it does.
pub struct Body {
    kind: Kind,
    meter: Option<Arc<Meter>>,
    pause: Option<(Duration, Pin<Box<Sleep>>)>,
    retained: Vec<Box<dyn Send>>,
}

enum Kind {
    Empty,
    Full(Option<Bytes>),
    Stream(Incoming),
}

impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            Kind::Empty => f.write_str("Empty"),
            Kind::Full(bytes) => write!(f, "Full({})", bytes.as_ref().map_or(0, Bytes::len)),
            Kind::Stream(_) => f.write_str("Stream"),
        }
    }
}

/// Why a body ends before its end.
#[derive(Debug, Error)]
pub enum BodyError {
    /// The peer went away or broke the protocol.
    #[error("the body broke off")]
    Broken(#[from] hyper::Error),
    /// The peer pauses too long.
    #[error("the body came too slowly")]
    TooSlow,
    /// More bytes than allowed.
    #[error("the body is larger than {0} bytes")]
    TooLarge(usize),
    /// No memory within the time that one waits for it.
    #[error("too many bodies are held at once")]
    NoRoom,
}

/// Counts the bytes of a body and remembers how it ended.
#[derive(Debug, Default)]
pub struct Meter {
    bytes: AtomicU64,
    end: AtomicU8,
}

/// How a body ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// It did not, yet.
    Open,
    /// As it should.
    Complete,
    /// It broke off.
    Broken,
    /// It was too slow.
    TooSlow,
}

impl Meter {
    /// Bytes so far.
    pub fn bytes(&self) -> u64 {
        self.bytes.load(Ordering::Relaxed)
    }

    /// How it ended.
    pub fn end(&self) -> End {
        match self.end.load(Ordering::Relaxed) {
            0 => End::Open,
            1 => End::Complete,
            2 => End::Broken,
            _ => End::TooSlow,
        }
    }

    fn finish(&self, end: End) {
        let code = match end {
            End::Open => 0,
            End::Complete => 1,
            End::Broken => 2,
            End::TooSlow => 3,
        };
        self.end.store(code, Ordering::Relaxed);
    }

    fn count(&self, bytes: usize) {
        self.bytes.fetch_add(u64::try_from(bytes).unwrap_or(u64::MAX), Ordering::Relaxed);
    }
}

impl Body {
    /// No body.
    pub fn empty() -> Self {
        Self::of(Kind::Empty)
    }

    /// These bytes.
    pub fn full(bytes: impl Into<Bytes>) -> Self {
        Self::of(Kind::Full(Some(bytes.into())))
    }

    /// What a peer sends, unread; it may not pause for longer than `pause`.
    pub fn stream(incoming: Incoming, pause: Duration) -> Self {
        if incoming.is_end_stream() {
            return Self::of(Kind::Empty);
        }
        let mut body = Self::of(Kind::Stream(incoming));
        body.pause = Some((pause, Box::pin(tokio::time::sleep(pause))));
        body
    }

    fn of(kind: Kind) -> Self {
        Self { kind, meter: None, pause: None, retained: Vec::new() }
    }

    /// Counts into a meter.
    #[must_use]
    pub fn metered(mut self, meter: Arc<Meter>) -> Self {
        if self.is_end_stream() {
            meter.finish(End::Complete);
        }
        self.meter = Some(meter);
        self
    }

    /// Keeps something for as long as the body lives.
    #[must_use]
    pub fn retain(mut self, what: impl Send + 'static) -> Self {
        self.retained.push(Box::new(what));
        self
    }

    fn ended(&self, end: End) {
        if let Some(meter) = &self.meter {
            meter.finish(end);
        }
    }
}

impl HttpBody for Body {
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        let this = &mut *self;
        let frame = match &mut this.kind {
            Kind::Empty => None,
            Kind::Full(bytes) => bytes.take().map(|b| Ok(Frame::data(b))),
            Kind::Stream(incoming) => match Pin::new(incoming).poll_frame(cx) {
                Poll::Ready(frame) => frame,
                Poll::Pending => {
                    if let Some((_, sleep)) = &mut this.pause
                        && sleep.as_mut().poll(cx).is_ready()
                    {
                        this.ended(End::TooSlow);
                        return Poll::Ready(Some(Err(BodyError::TooSlow)));
                    }
                    return Poll::Pending;
                }
            },
        };
        match &frame {
            None => this.ended(End::Complete),
            Some(Err(_)) => this.ended(End::Broken),
            Some(Ok(frame)) => {
                if let (Some(meter), Some(data)) = (&this.meter, frame.data_ref()) {
                    meter.count(data.len());
                }
                if let Some((pause, sleep)) = &mut this.pause {
                    sleep.as_mut().reset(Instant::now() + *pause);
                }
                // A body whose end is known is not polled again.
                if this.is_end_stream() {
                    this.ended(End::Complete);
                }
            }
        }
        Poll::Ready(frame.map(|f| f.map_err(BodyError::from)))
    }

    fn is_end_stream(&self) -> bool {
        match &self.kind {
            Kind::Empty => true,
            Kind::Full(bytes) => bytes.is_none(),
            Kind::Stream(incoming) => incoming.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.kind {
            Kind::Empty => SizeHint::with_exact(0),
            Kind::Full(bytes) => {
                let len = bytes.as_ref().map_or(0, Bytes::len);
                SizeHint::with_exact(u64::try_from(len).unwrap_or(u64::MAX))
            }
            Kind::Stream(incoming) => incoming.size_hint(),
        }
    }
}

/// The memory that all gathered bodies of the process share.
#[derive(Clone, Debug)]
pub struct Budget {
    pieces: Arc<Semaphore>,
    total: u32,
}

/// A share of the budget, given back when it is dropped.
#[derive(Debug)]
pub struct Share(#[expect(dead_code, reason = "held, not read")] OwnedSemaphorePermit);

impl Budget {
    /// A budget of so many bytes.
    pub fn new(bytes: usize) -> Self {
        let total = u32::try_from(bytes.div_ceil(PIECE)).unwrap_or(u32::MAX).max(1);
        let pieces =
            Semaphore::new(usize::try_from(total).unwrap_or(1).min(Semaphore::MAX_PERMITS));
        Self { pieces: Arc::new(pieces), total }
    }

    async fn take(&self, bytes: usize) -> Result<Share, BodyError> {
        let wanted = u32::try_from(bytes.div_ceil(PIECE)).unwrap_or(u32::MAX).min(self.total);
        let permit = Arc::clone(&self.pieces).acquire_many_owned(wanted);
        match tokio::time::timeout(PATIENCE, permit).await {
            Ok(Ok(permit)) => Ok(Share(permit)),
            Ok(Err(_)) | Err(_) => Err(BodyError::NoRoom),
        }
    }
}

/// Reads a whole body of at most `limit` bytes within `time`.
pub async fn gather(
    incoming: Incoming,
    limit: usize,
    time: Duration,
    budget: &Budget,
) -> Result<(Bytes, Share), BodyError> {
    let hint = incoming.size_hint();
    let least = usize::try_from(hint.lower()).unwrap_or(usize::MAX);
    if least > limit {
        return Err(BodyError::TooLarge(limit));
    }
    // Without a length the most is reserved: a body that grew piece by piece could wait for
    // memory that only bodies like itself hold.
    let reserve = hint.exact().and_then(|n| usize::try_from(n).ok()).unwrap_or(limit);
    let share = budget.take(reserve).await?;
    match tokio::time::timeout(time, read(incoming, limit, least)).await {
        Ok(read) => Ok((read?, share)),
        Err(_) => Err(BodyError::TooSlow),
    }
}

async fn read(mut incoming: Incoming, limit: usize, least: usize) -> Result<Bytes, BodyError> {
    let mut bytes = Vec::with_capacity(least);
    while let Some(frame) = incoming.frame().await {
        if let Ok(data) = frame?.into_data() {
            if bytes.len().saturating_add(data.len()) > limit {
                return Err(BodyError::TooLarge(limit));
            }
            bytes.extend_from_slice(&data);
        }
    }
    Ok(Bytes::from(bytes))
}
