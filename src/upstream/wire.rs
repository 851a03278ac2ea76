//! Connections to backends that know whether anything came back on them, that end where more than an
//! answer did, and that are counted for as long as they are open. What comes is not their affair.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, ready};

use http::{Extensions, Uri};
use hyper_util::client::legacy::Error;
use hyper_util::client::legacy::connect::{Connected, Connection, HttpConnector};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio_util::task::TaskTracker;
use tokio_util::task::task_tracker::TaskTrackerToken;
use tower_service::Service;

use super::bodiless::Answer;

/// Makes such connections.
#[derive(Clone, Debug)]
pub(super) struct Connector {
    pub(super) http: HttpConnector,
    /// Counts those that are open.
    pub(super) open: TaskTracker,
}

/// A connection, and what is known of it.
#[derive(Debug)]
pub(super) struct Wire {
    stream: TcpStream,
    seen: Seen,
    answer: Answer,
    /// The backend sent more than an answer: nothing that comes is one.
    is_spoilt: bool,
    _open: TaskTrackerToken,
}

/// What came on a connection; all clones are of one.
#[derive(Clone, Debug, Default)]
struct Seen(Arc<Flags>);

#[derive(Debug, Default)]
struct Flags {
    /// Anything ever.
    ever: AtomicBool,
    /// Anything since something was written last.
    since: AtomicBool,
}

/// Whether a request failed on a connection that had served before, and that ended before a byte of
/// the answer came: it was closed while the request was on its way, most likely.
pub(super) fn was_stale(error: &Error) -> bool {
    let mut extras = Extensions::new();
    if let Some(connected) = error.connect_info() {
        connected.get_extras(&mut extras);
    }
    let seen = extras.get::<Seen>().map(|seen| &seen.0);
    let has = |flag: &AtomicBool| flag.load(Ordering::Acquire);
    seen.is_some_and(|seen| has(&seen.ever) && !has(&seen.since))
}

impl Service<Uri> for Connector {
    type Response = TokioIo<Wire>;
    type Error = <HttpConnector as Service<Uri>>::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Self::Error>> + Send>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.http.poll_ready(cx)
    }

    fn call(&mut self, to: Uri) -> Self::Future {
        let (connecting, open) = (self.http.call(to), self.open.clone());
        Box::pin(async move {
            let stream = connecting.await?.into_inner();
            Ok(TokioIo::new(Wire::new(stream, open.token())))
        })
    }
}

impl Wire {
    fn new(stream: TcpStream, open: TaskTrackerToken) -> Self {
        let (seen, answer) = (Seen::default(), Answer::default());
        Self { stream, seen, answer, is_spoilt: false, _open: open }
    }

    fn asks(&mut self, bytes: &[u8]) {
        self.seen.0.since.store(false, Ordering::Release);
        self.answer.asked(bytes);
    }
}

impl Connection for Wire {
    fn connected(&self) -> Connected {
        self.stream.connected().extra(self.seen.clone())
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
            self.seen.0.ever.store(true, Ordering::Release);
            self.seen.0.since.store(true, Ordering::Release);
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
        self.asks(bytes);
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.asks(bytes.first().map(|first| &**first).unwrap_or_default());
        Pin::new(&mut self.stream).poll_write_vectored(cx, bytes)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
