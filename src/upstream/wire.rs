//! What passes on a connection to a backend: it knows whether anything of an answer came, and ends where
//! more than an answer did. Otherwise what comes is not its affair.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Waker, ready};

use http::Method;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

use super::bodiless::Answer;

/// A connection, and what is known of it.
#[derive(Debug)]
pub(super) struct Wire {
    stream: TcpStream,
    seen: Arc<Seen>,
    answer: Answer,
    /// Counted for as long as it is open.
    _open: Arc<()>,
    /// The backend sent more than an answer: nothing that comes is one.
    is_spoilt: bool,
}

/// What whoever sends requests and their connection tell each other.
#[derive(Debug, Default)]
pub(super) struct Seen {
    /// A request goes out of which the connection does not know yet.
    asks: AtomicBool,
    /// It is one whose answer has no body.
    to_head: AtomicBool,
    /// Something came since.
    came: AtomicBool,
    /// Its body is not taken to its end.
    unread: AtomicBool,
    /// Something of it was taken, and is not written yet.
    unwritten: AtomicBool,
    /// Something was written since one has looked.
    moves: AtomicBool,
}

/// Kept with the body of a request for as long as that is not taken to its end.
pub(super) struct Unread(Arc<Seen>);

impl Drop for Unread {
    fn drop(&mut self) {
        self.0.unread.store(false, Ordering::Release);
    }
}

impl Seen {
    /// A request is about to go out on a connection without another one.
    pub(super) fn asks(&self, method: &Method) {
        self.to_head.store(method == Method::HEAD, Ordering::Release);
        self.came.store(false, Ordering::Release);
        self.unwritten.store(true, Ordering::Release);
        self.asks.store(true, Ordering::Release);
    }

    /// The request has a body, which keeps this.
    pub(super) fn reads(self: &Arc<Self>) -> Unread {
        self.unread.store(true, Ordering::Release);
        Unread(Arc::clone(self))
    }

    /// Whether the whole request is on its way.
    pub(super) fn is_out(&self) -> bool {
        !self.unread.load(Ordering::Acquire) && !self.unwritten.load(Ordering::Acquire)
    }

    /// Whether something was written since this was asked last.
    pub(super) fn moves(&self) -> bool {
        self.moves.swap(false, Ordering::AcqRel)
    }

    /// Whether something came since a request went out.
    pub(super) fn came(&self) -> bool {
        self.came.load(Ordering::Acquire)
    }
}

impl Wire {
    pub(super) fn new(stream: TcpStream, seen: Arc<Seen>, open: Arc<()>) -> Self {
        Self { stream, seen, answer: Answer::default(), _open: open, is_spoilt: false }
    }

    /// Whether nothing has come that nobody asked for, not even its end; this one is woken when it does.
    pub(super) fn is_still(&mut self, waits: &Waker) -> bool {
        let mut cx = Context::from_waker(waits);
        while let Poll::Ready(ready) = self.stream.poll_read_ready(&mut cx) {
            let came = ready.and_then(|()| self.stream.try_read(&mut [0]));
            // It may be said to be ready where it is not any more.
            if !came.is_err_and(|error| error.kind() == io::ErrorKind::WouldBlock) {
                return false;
            }
        }
        !self.is_spoilt
    }

    /// Where a request begins, so does an answer.
    fn writes(&mut self) {
        self.seen.unwritten.store(true, Ordering::Release);
        if self.seen.asks.load(Ordering::Acquire) {
            self.seen.asks.store(false, Ordering::Release);
            self.answer = Answer::to(self.seen.to_head.load(Ordering::Acquire));
        }
    }
}

impl AsyncRead for Wire {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.is_spoilt {
            return Poll::Ready(Ok(()));
        }
        let before = buffer.filled().len();
        ready!(Pin::new(&mut self.stream).poll_read(cx, buffer))?;
        let came = buffer.filled().get(before..).unwrap_or_default();
        let (taken, all) = (self.answer.came(came), came.len());
        if taken < all {
            // What is too much is nobody's answer, and the connection ends behind what is one. Whoever
            // reads has not been told of that yet, and would not look before the next request.
            self.is_spoilt = true;
            buffer.set_filled(before.saturating_add(taken));
            cx.waker().wake_by_ref();
        }
        if buffer.filled().len() > before {
            self.seen.came.store(true, Ordering::Release);
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Wire {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.writes();
        let written = ready!(Pin::new(&mut self.stream).poll_write(cx, bytes));
        self.seen.moves.store(true, Ordering::Release);
        Poll::Ready(written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.writes();
        let written = ready!(Pin::new(&mut self.stream).poll_write_vectored(cx, bytes));
        self.seen.moves.store(true, Ordering::Release);
        Poll::Ready(written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        // So it is asked when all that was taken is written.
        self.seen.unwritten.store(false, Ordering::Release);
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
