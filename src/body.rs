//! The one HTTP body type, and gathering with limits of size, time and memory. It decides
//! nothing about what is in a body.

use std::error::Error as _;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;
use std::{fmt, io};

use bytes::Bytes;
use http::{HeaderName, Version, header};
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
/// So much of a held body is handed over at once: the rest stays countable, and who does not read
/// it is noticed.
const SLICE: usize = 64 << 10;

/// A body. What it retains (permits, the record of its exchange) lives as long as it does.
pub struct Body {
    kind: Kind,
    meter: Option<Arc<Meter>>,
    pause: Option<Pause>,
    retained: Vec<Box<dyn Send>>,
}

enum Kind {
    Empty,
    Full(Bytes),
    Stream(Source),
}

/// Headers that are between two neighbours only (RFC 9110, 7.6.1). `Trailer` is not: what it announces
/// goes on.
pub static HOP: [HeaderName; 6] = [
    header::CONNECTION,
    header::TE,
    header::TRANSFER_ENCODING,
    header::UPGRADE,
    HeaderName::from_static("keep-alive"),
    HeaderName::from_static("proxy-connection"),
];
/// What frames a message, or routes it, and is none of its trailers (RFC 9110, 6.5.1).
static FRAMING: [HeaderName; 3] = [header::CONTENT_LENGTH, header::HOST, header::TRAILER];

/// What a peer sends, as far as it is the message's own.
#[derive(Debug)]
pub struct Source {
    incoming: Incoming,
    /// Its end is said, and is not only that nothing comes any more.
    marked: bool,
    listed: Vec<HeaderName>,
}

impl Source {
    /// A body that came over this version. Of its trailers those are left out that may be none, and
    /// those that its `Connection` has `listed`.
    pub fn new(incoming: Incoming, version: Version, listed: Vec<HeaderName>) -> Self {
        Self { incoming, marked: version == Version::HTTP_2, listed }
    }

    /// A frame without what may not go on; `None` where nothing is left of it.
    fn kept(&self, frame: Frame<Bytes>) -> Option<Frame<Bytes>> {
        match frame.into_trailers() {
            Ok(mut trailers) => {
                for name in self.listed.iter().chain(&HOP).chain(&FRAMING) {
                    trailers.remove(name);
                }
                (!trailers.is_empty()).then(|| Frame::trailers(trailers))
            }
            Err(frame) => Some(frame),
        }
    }
}

impl HttpBody for Source {
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        Poll::Ready(match ready!(Pin::new(&mut self.incoming).poll_frame(cx)) {
            Some(Ok(frame)) => self.kept(frame).map(Ok),
            Some(Err(error)) => Some(Err(error.into())),
            // A stream that is reset without an error ends for the library as well, but only its
            // own end makes a body whole (RFC 9113, 8.1).
            None if self.marked && !self.incoming.is_end_stream() => {
                Some(Err(BodyError::Broken(None)))
            }
            None => None,
        })
    }

    fn is_end_stream(&self) -> bool {
        self.incoming.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.incoming.size_hint()
    }
}

/// Bounds how long a peer may keep one waiting. Time in which nobody waits does not count.
struct Pause {
    longest: Duration,
    sleep: Pin<Box<Sleep>>,
    waiting: bool,
}

impl Pause {
    fn new(longest: Duration) -> Self {
        Self { longest, sleep: Box::pin(tokio::time::sleep(longest)), waiting: false }
    }

    /// Whether one has waited too long.
    fn is_over(&mut self, cx: &mut Context<'_>) -> bool {
        if !self.waiting {
            self.waiting = true;
            self.sleep.as_mut().reset(Instant::now() + self.longest);
        }
        self.sleep.as_mut().poll(cx).is_ready()
    }
}

impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            Kind::Empty => f.write_str("Empty"),
            Kind::Full(bytes) => write!(f, "Full({})", bytes.len()),
            Kind::Stream(_) => f.write_str("Stream"),
        }
    }
}

/// Why a body ends before its end.
#[derive(Debug, Error)]
pub enum BodyError {
    /// The peer went away.
    #[error("the body broke off")]
    Broken(#[source] Option<hyper::Error>),
    /// The peer broke the protocol: a chunk without a length.
    #[error("the body is not framed as it should be")]
    Garbled(#[source] hyper::Error),
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

impl From<hyper::Error> for BodyError {
    fn from(error: hyper::Error) -> Self {
        let mut source: Option<&(dyn std::error::Error + 'static)> = error.source();
        while let Some(cause) = source {
            // So the parser says that it was told something wrong; whoever leaves ends otherwise.
            let kind = cause.downcast_ref::<io::Error>().map(io::Error::kind);
            if matches!(kind, Some(io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData)) {
                return Self::Garbled(error);
            }
            source = cause.source();
        }
        Self::Broken(Some(error))
    }
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
    /// It broke the protocol.
    Garbled,
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
            4 => End::Garbled,
            _ => End::TooSlow,
        }
    }

    /// Says how it ended.
    pub fn finish(&self, end: End) {
        let code = match end {
            End::Open => 0,
            End::Complete => 1,
            End::Broken => 2,
            End::TooSlow => 3,
            End::Garbled => 4,
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
        Self::of(Kind::Full(bytes.into()))
    }

    /// These bytes, which give their share of the memory back when the last of them is written.
    pub fn held(bytes: Vec<u8>, share: Share) -> Self {
        Self::full(Bytes::from_owner(Held(bytes, share)))
    }

    /// What a peer sends, unread; it may not pause for longer than `pause`.
    pub fn stream(source: Source, pause: Duration) -> Self {
        if source.is_end_stream() {
            return Self::of(Kind::Empty);
        }
        let mut body = Self::of(Kind::Stream(source));
        body.pause = Some(Pause::new(pause));
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
            Kind::Full(bytes) if bytes.is_empty() => None,
            Kind::Full(bytes) => Some(Ok(Frame::data(bytes.split_to(bytes.len().min(SLICE))))),
            Kind::Stream(source) => match Pin::new(source).poll_frame(cx) {
                Poll::Ready(frame) => frame,
                Poll::Pending => {
                    if this.pause.as_mut().is_some_and(|pause| pause.is_over(cx)) {
                        this.ended(End::TooSlow);
                        return Poll::Ready(Some(Err(BodyError::TooSlow)));
                    }
                    return Poll::Pending;
                }
            },
        };
        match &frame {
            None => this.ended(End::Complete),
            Some(Err(BodyError::Garbled(_))) => this.ended(End::Garbled),
            Some(Err(_)) => this.ended(End::Broken),
            Some(Ok(frame)) => {
                if let (Some(meter), Some(data)) = (&this.meter, frame.data_ref()) {
                    meter.count(data.len());
                }
                if let Some(pause) = &mut this.pause {
                    pause.waiting = false;
                }
                // A body whose end is known is not polled again, nor is one after its trailers.
                if this.is_end_stream() || frame.is_trailers() {
                    this.ended(End::Complete);
                }
            }
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        match &self.kind {
            Kind::Empty => true,
            Kind::Full(bytes) => bytes.is_empty(),
            Kind::Stream(source) => source.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.kind {
            Kind::Empty => SizeHint::with_exact(0),
            Kind::Full(bytes) => {
                SizeHint::with_exact(u64::try_from(bytes.len()).unwrap_or(u64::MAX))
            }
            Kind::Stream(source) => source.size_hint(),
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
pub struct Share(Vec<OwnedSemaphorePermit>);

/// Bytes that are held, and what they hold of the budget.
struct Held(Vec<u8>, #[expect(dead_code, reason = "held, not read")] Share);

impl AsRef<[u8]> for Held {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl Budget {
    /// A budget of so many bytes.
    pub fn new(bytes: usize) -> Self {
        let total = u32::try_from(bytes.div_ceil(PIECE)).unwrap_or(u32::MAX).max(1);
        let pieces =
            Semaphore::new(usize::try_from(total).unwrap_or(1).min(Semaphore::MAX_PERMITS));
        Self { pieces: Arc::new(pieces), total }
    }

    /// Bytes that are held.
    pub fn held(&self) -> usize {
        let total = usize::try_from(self.total).unwrap_or(usize::MAX);
        total.saturating_sub(self.pieces.available_permits()).saturating_mul(PIECE)
    }

    async fn take(&self, bytes: usize) -> Result<Share, BodyError> {
        let wanted = u32::try_from(bytes.div_ceil(PIECE)).unwrap_or(u32::MAX).min(self.total);
        let permit = Arc::clone(&self.pieces).acquire_many_owned(wanted);
        match tokio::time::timeout(PATIENCE, permit).await {
            Ok(Ok(permit)) => Ok(Share(vec![permit])),
            Ok(Err(_)) | Err(_) => Err(BodyError::NoRoom),
        }
    }

    /// Makes a share as large as so many bytes: gives back what they do not need, and waits for
    /// what they need more.
    pub async fn fit(&self, mut share: Share, bytes: usize) -> Result<Share, BodyError> {
        let wanted = bytes.div_ceil(PIECE);
        let held = share.0.iter().map(OwnedSemaphorePermit::num_permits).sum::<usize>();
        if let Some(more) = wanted.checked_sub(held).filter(|more| *more > 0) {
            // All that there is at most: a result may be larger than the whole budget.
            let most = usize::try_from(self.total).unwrap_or(usize::MAX).saturating_sub(held);
            let more = self.take(more.min(most).saturating_mul(PIECE)).await?;
            share.0.extend(more.0);
        } else if let [permit] = share.0.as_mut_slice() {
            drop(permit.split(held.saturating_sub(wanted)));
        }
        Ok(share)
    }
}

/// Reads a whole body of at most `limit` bytes within `time`.
pub async fn gather(
    source: Source,
    limit: usize,
    time: Duration,
    budget: &Budget,
) -> Result<(Bytes, Share), BodyError> {
    let hint = source.size_hint();
    let least = usize::try_from(hint.lower()).unwrap_or(usize::MAX);
    if least > limit {
        return Err(BodyError::TooLarge(limit));
    }
    // Without a length the most is reserved: a body that grew piece by piece could wait for
    // memory that only bodies like itself hold.
    let reserve = hint.exact().and_then(|n| usize::try_from(n).ok()).unwrap_or(limit);
    let share = budget.take(reserve).await?;
    match tokio::time::timeout(time, read(source, limit, least)).await {
        Ok(read) => Ok((read?, share)),
        Err(_) => Err(BodyError::TooSlow),
    }
}

/// Whether a body has come to its end, within `time`, without a single byte. What it had of the
/// body is gone.
pub async fn is_empty(mut source: Source, time: Duration) -> bool {
    let none = async {
        while let Some(frame) = source.frame().await {
            match frame.map(Frame::into_data) {
                Ok(Ok(data)) if !data.is_empty() => return false,
                Ok(_) => {}
                Err(_) => return false,
            }
        }
        true
    };
    tokio::time::timeout(time, none).await.unwrap_or(false)
}

async fn read(mut source: Source, limit: usize, least: usize) -> Result<Bytes, BodyError> {
    let mut bytes = Vec::with_capacity(least);
    while let Some(frame) = source.frame().await {
        if let Ok(data) = frame?.into_data() {
            if bytes.len().saturating_add(data.len()) > limit {
                return Err(BodyError::TooLarge(limit));
            }
            bytes.extend_from_slice(&data);
        }
    }
    Ok(Bytes::from(bytes))
}

/// Reads a body that nobody wants; gives its bytes if it has come to its end within `time`.
pub async fn waste(mut source: Source, time: Duration) -> Option<u64> {
    let whole = async {
        let mut bytes = 0_u64;
        while let Some(frame) = source.frame().await {
            let length = frame.ok()?.data_ref().map_or(0, Bytes::len);
            bytes = bytes.saturating_add(u64::try_from(length).unwrap_or(u64::MAX));
        }
        Some(bytes)
    };
    tokio::time::timeout(time, whole).await.ok().flatten()
}
