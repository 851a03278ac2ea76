//! The one HTTP body: none, bytes that are held, or what a peer sends. It decides nothing about what is
//! in a body.

mod gather;
mod meter;
mod source;
mod wait;

use std::error::Error as _;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;
use std::{fmt, io};

use bytes::Bytes;
use http_body::{Body as HttpBody, Frame, SizeHint};
use thiserror::Error;

pub use gather::{Budget, Gather, Share, gather, is_empty, length, waste};
pub use meter::{End, Meter};
pub use source::{Feed, HOP, Source};
pub use wait::Gate;
use wait::{Asked, Pause};

/// So much of a held body is handed over at once: the rest stays countable, and who does not read
/// it is noticed.
const SLICE: usize = 64 << 10;

/// A body. What it retains (permits, the record of its exchange) lives as long as it does. It is small, as
/// it goes through many hands together with its message.
pub struct Body {
    kind: Kind,
    meter: Option<Arc<Meter>>,
    /// A break, which leaves what came before it one turn to go out.
    broken: Option<Box<BodyError>>,
    retained: Option<Box<dyn Send>>,
}

const _: () = assert!(size_of::<Body>() <= 72);

enum Kind {
    Empty,
    Full(Bytes),
    Stream(Box<Stream>),
}

/// What comes from a peer, and how long it may keep one waiting.
struct Stream {
    source: Source,
    pause: Pause,
    /// Until the peer is asked for it.
    asked: Option<Asked>,
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
        Self::full(share.hold(bytes))
    }

    /// What a peer sends, unread; it may not pause for longer than `pause`.
    pub fn stream(source: Source, pause: Duration) -> Self {
        if source.is_end_stream() {
            return Self::of(Kind::Empty);
        }
        let stream = Stream { source, pause: Pause::new(pause), asked: None };
        Self::of(Kind::Stream(Box::new(stream)))
    }

    fn of(kind: Kind) -> Self {
        Self { kind, meter: None, broken: None, retained: None }
    }

    /// The same again, where nothing of it has to come from a peer.
    pub fn again(&self) -> Option<Self> {
        match &self.kind {
            Kind::Empty => Some(Self::empty()),
            Kind::Full(bytes) => Some(Self::full(bytes.clone())),
            Kind::Stream(_) => None,
        }
    }

    /// Takes nothing from a peer before the gate opens.
    #[must_use]
    pub fn behind(mut self, gate: &Gate) -> Self {
        if let Kind::Stream(stream) = &mut self.kind {
            stream.asked = Some(gate.asked());
        }
        self
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
    pub fn retain(mut self, what: Box<dyn Send>) -> Self {
        self.retained = Some(match self.retained.take() {
            Some(before) => Box::new((before, what)),
            None => what,
        });
        self
    }

    /// The next frame, counted.
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        let frame = match &mut self.kind {
            Kind::Empty => None,
            Kind::Full(bytes) if bytes.is_empty() => None,
            Kind::Full(bytes) => Some(Ok(Frame::data(bytes.split_to(bytes.len().min(SLICE))))),
            Kind::Stream(stream) => ready!(stream.poll(cx)),
        };
        match &frame {
            None => self.ended(End::Complete),
            Some(Err(BodyError::Garbled(_))) => self.ended(End::Garbled),
            Some(Err(BodyError::TooSlow)) => self.ended(End::TooSlow),
            Some(Err(_)) => self.ended(End::Broken),
            Some(Ok(frame)) => {
                if let (Some(meter), Some(data)) = (&self.meter, frame.data_ref()) {
                    meter.count(data.len());
                }
                // A body whose end is known is not polled again, nor is one after its trailers.
                if self.is_end_stream() || frame.is_trailers() {
                    self.ended(End::Complete);
                }
            }
        }
        Poll::Ready(frame)
    }

    fn ended(&self, end: End) {
        if let Some(meter) = &self.meter {
            meter.finish(end);
        }
    }
}

impl Stream {
    /// The next frame, if it comes within the time for it.
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        match Pin::new(&mut self.source).poll_frame(cx) {
            Poll::Pending if self.pause.is_over(cx) => Poll::Ready(Some(Err(BodyError::TooSlow))),
            Poll::Pending => Poll::Pending,
            came @ Poll::Ready(_) => {
                self.pause.waiting = false;
                came
            }
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
        if let Some(error) = this.broken.take() {
            return Poll::Ready(Some(Err(*error)));
        }
        if let Kind::Stream(stream) = &mut this.kind
            && let Some(asked) = &mut stream.asked
        {
            if !ready!(asked.poll(cx)) {
                return Poll::Ready(Some(Err(BodyError::Broken(None))));
            }
            stream.asked = None;
        }
        match this.poll(cx) {
            Poll::Ready(Some(Err(error))) => {
                // Who gets what came in the same breath as the end would lose it, and would not know what
                // was begun.
                this.broken = Some(Box::new(error));
                cx.waker().wake_by_ref();
                Poll::Pending
            }
            polled => polled,
        }
    }

    fn is_end_stream(&self) -> bool {
        match &self.kind {
            Kind::Empty => true,
            Kind::Full(bytes) => bytes.is_empty(),
            Kind::Stream(stream) => stream.source.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.kind {
            Kind::Empty => SizeHint::with_exact(0),
            Kind::Full(bytes) => {
                SizeHint::with_exact(u64::try_from(bytes.len()).unwrap_or(u64::MAX))
            }
            Kind::Stream(stream) => stream.source.size_hint(),
        }
    }
}
