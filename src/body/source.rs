//! What a peer sends, frame by frame, as far as it is the message's own. It holds nothing of it, but for
//! what was gathered before, and what was read of it and put back.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderName, Version, header};
use http_body::{Body as HttpBody, Frame, SizeHint};
use http_body_util::BodyExt;
use hyper::body::Incoming;
use tokio_util::task::TaskTracker;

use super::{BodyError, Share};

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
#[derive(Debug, Default)]
pub struct Source {
    /// `None` while it is dropped, and of what has come already.
    incoming: Option<Incoming>,
    /// What has come already.
    held: Option<(Bytes, Share)>,
    /// What came behind that, and was read too.
    next: Option<Frame<Bytes>>,
    /// Whether what is read of it may be wanted again.
    keeps: bool,
    /// Its end is said, and is not only that nothing comes any more.
    marked: bool,
    listed: Vec<HeaderName>,
    /// Where what nobody wants is read for a while.
    linger: Option<TaskTracker>,
    /// What is needed as long as anything comes.
    feed: Option<Box<dyn Feed>>,
}

/// Where what a peer sends comes from, if that has to be asked to go on; its end is that of the body.
pub trait Feed: fmt::Debug + Send {
    /// The next frame of it.
    fn poll_frame(
        &mut self,
        incoming: &mut Incoming,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>>;
}

/// How long one goes on reading what nobody wants: over HTTP/2 a stream that is reset with its answer
/// takes that away from some clients.
const LINGER: Duration = Duration::from_secs(2);

impl Source {
    /// A body that came over this version. Of its trailers those are left out that may be none, and
    /// those that its `Connection` has `listed`.
    pub fn new(incoming: Incoming, version: Version, listed: Vec<HeaderName>) -> Self {
        let marked = version == Version::HTTP_2;
        let mut own = Self::default();
        (own.incoming, own.marked, own.listed) = (Some(incoming), marked, listed);
        own
    }

    /// A body that was gathered before, to be read as if it came now.
    pub fn held(bytes: Bytes, share: Share) -> Self {
        let mut own = Self::default();
        own.hold(bytes, share);
        own
    }

    /// Whether it was gathered, and counted, before.
    pub fn is_held(&self) -> bool {
        self.incoming.is_none()
    }

    /// What was gathered before.
    pub(super) fn take(&mut self) -> Option<(Bytes, Share)> {
        self.held.take()
    }

    /// May be wanted as it came, whatever was read of it meanwhile.
    #[must_use]
    pub fn kept(mut self, keeps: bool) -> Self {
        self.keeps = keeps;
        self
    }

    /// Whether what is read of it may be wanted again.
    pub fn keeps(&self) -> bool {
        self.keeps
    }

    fn hold(&mut self, bytes: Bytes, share: Share) {
        self.held = Some((bytes, share)).filter(|(bytes, _)| !bytes.is_empty());
    }

    /// Puts back what was read, to be read before the rest, if it may be wanted: bytes, and the frame that
    /// came behind them.
    pub(super) fn put_back(&mut self, bytes: Bytes, share: Share, next: Option<Frame<Bytes>>) {
        if self.keeps {
            self.hold(bytes, share);
            self.next = next;
        }
    }

    /// Lets go whoever it came from, as its end has come.
    pub(super) fn end(&mut self) {
        (self.incoming, self.feed) = (None, None);
    }

    /// Bytes that were put back.
    pub fn back(&self) -> usize {
        self.held.as_ref().map_or(0, |(bytes, _)| bytes.len())
    }

    /// Gives what was put back its share of the memory.
    pub fn fund(&mut self, share: Share) {
        if let Some((_, own)) = &mut self.held {
            *own = share;
        }
    }

    /// Reads on for a while where it is left before its end, if the connection has other streams.
    #[must_use]
    pub fn lingering(mut self, tasks: &TaskTracker) -> Self {
        self.linger = self.marked.then(|| tasks.clone());
        self
    }

    /// Has this go on for what comes, and keeps it for as long as anything may.
    #[must_use]
    pub fn fed(mut self, feed: impl Feed + 'static) -> Self {
        self.feed = Some(Box::new(feed));
        self
    }

    /// A frame without what may not go on; `None` where nothing is left of it.
    fn passed(&self, frame: Frame<Bytes>) -> Option<Frame<Bytes>> {
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
        if let Some((bytes, share)) = self.take() {
            return Poll::Ready(Some(Ok(Frame::data(share.hold(bytes)))));
        }
        if let Some(next) = self.next.take() {
            return Poll::Ready(Some(Ok(next)));
        }
        let this = &mut *self;
        let Some(incoming) = &mut this.incoming else { return Poll::Ready(None) };
        let frame = match &mut this.feed {
            Some(feed) => feed.poll_frame(incoming, cx),
            None => Pin::new(&mut *incoming).poll_frame(cx),
        };
        Poll::Ready(match ready!(frame) {
            Some(Ok(frame)) => self.passed(frame).map(Ok),
            Some(Err(error)) => Some(Err(error.into())),
            // A stream that is reset without an error ends for the library as well, but only its
            // own end makes a body whole (RFC 9113, 8.1).
            None if !incoming.is_end_stream() && self.marked => Some(Err(BodyError::Broken(None))),
            None => None,
        })
    }

    fn is_end_stream(&self) -> bool {
        let read = self.held.is_none() && self.next.is_none();
        read && self.incoming.as_ref().is_none_or(HttpBody::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        let next = self.next.as_ref().and_then(Frame::data_ref).map_or(0, Bytes::len);
        let read = u64::try_from(self.back().saturating_add(next)).unwrap_or(u64::MAX);
        let rest = self.incoming.as_ref().map_or(SizeHint::with_exact(0), HttpBody::size_hint);
        let mut hint = SizeHint::new();
        hint.set_lower(rest.lower().saturating_add(read));
        // What has a length has no trailers, for who writes it.
        let trailers = self.next.as_ref().is_some_and(Frame::is_trailers);
        if let Some(upper) = rest.upper().filter(|_| !trailers) {
            hint.set_upper(upper.saturating_add(read));
        }
        hint
    }
}

impl Drop for Source {
    fn drop(&mut self) {
        let Some(tasks) = self.linger.take() else { return };
        let Some(mut rest) = self.incoming.take().filter(|rest| !rest.is_end_stream()) else {
            return;
        };
        tasks.spawn(async move {
            let all = async { while let Some(Ok(_)) = rest.frame().await {} };
            let ended = tokio::time::timeout(LINGER, all).await;
            tracing::trace!(ended = ended.is_ok(), "a body that nobody wants was left");
        });
    }
}
