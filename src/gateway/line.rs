//! The line to one client: its socket, and how long either side may keep the other waiting on it.
//! What is asked and answered on it is not its affair.

use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, ReadBuf};
use tokio::net::TcpStream;
use tokio::sync::Notify;
use tokio::time::Instant;

use crate::body::{End, Meter};

/// How HTTP/2 begins.
const PREFACE: &[u8] = b"PRI ";
/// How long one goes on reading what nobody wants, so that the client sees its answer.
const LINGER: Duration = Duration::from_secs(2);

/// How often one looks whether a client that waits is still there.
const LOOK: Duration = Duration::from_secs(1);

/// How long a line may be silent.
#[derive(Clone, Copy, Debug)]
pub(super) struct Patience {
    /// From the first byte of a head to its last.
    pub(super) head: Duration,
    /// Between two exchanges.
    pub(super) idle: Duration,
    /// While an answer waits to be read.
    pub(super) body: Duration,
}

/// Why a line is given up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Over {
    /// A head did not come to its end.
    Head,
    /// Nothing was asked.
    Idle,
    /// An answer is not read.
    Unread,
    /// The client broke the connection off.
    Gone,
}

/// The socket and what is known of it; all clones are of one line.
#[derive(Clone, Debug)]
pub(super) struct Line(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    socket: Mutex<TcpStream>,
    state: Mutex<State>,
    /// Something may be due earlier than it was.
    sooner: Notify,
}

#[derive(Debug)]
struct State {
    protocol: Protocol,
    /// The first bytes, until they tell the protocol.
    begun: Vec<u8>,
    /// Exchanges under way.
    open: usize,
    /// Bodies of requests that still stream, perhaps behind their answer.
    uploads: usize,
    /// Since when what the line waits for is due.
    since: Instant,
    coming: Coming,
    /// Since when the client takes no more bytes.
    blocked: Option<Instant>,
    answers: Vec<Answer>,
    linger: bool,
    /// The client was told to go; what it still takes shows that it is at it.
    leaving: bool,
    /// When one looks next whether anything is due.
    looks: Instant,
    /// Nothing that begins now is due sooner than in this time.
    soonest: Duration,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Protocol {
    Unknown,
    One,
    Two,
}

/// What comes while no exchange is under way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Coming {
    Nothing,
    /// A head that has begun.
    Head,
    /// Perhaps a body that nobody wants.
    Waste,
}

/// An answer that is being sent.
#[derive(Debug)]
struct Answer {
    meter: Weak<Meter>,
    sent: u64,
    since: Instant,
}

impl Line {
    pub(super) fn new(socket: TcpStream) -> Self {
        let state = State {
            protocol: Protocol::Unknown,
            begun: Vec::new(),
            open: 0,
            uploads: 0,
            since: Instant::now(),
            coming: Coming::Nothing,
            blocked: None,
            answers: Vec::new(),
            linger: false,
            leaving: false,
            looks: Instant::now(),
            soonest: Duration::ZERO,
        };
        let (socket, state) = (Mutex::new(socket), Mutex::new(state));
        Self(Arc::new(Shared { socket, state, sooner: Notify::new() }))
    }

    /// An exchange begins; it ends when what is returned is dropped.
    pub(super) fn exchange(&self) -> Exchanging {
        let mut state = self.state();
        state.open = state.open.saturating_add(1);
        state.coming = Coming::Nothing;
        Exchanging(self.clone())
    }

    /// The body of a request begins to stream; it has come to its end, or is left, when what is
    /// returned is dropped.
    pub(super) fn upload(&self, received: Arc<Meter>) -> Uploading {
        let mut state = self.state();
        state.uploads = state.uploads.saturating_add(1);
        Uploading(self.clone(), received)
    }

    /// Watches that an answer is read.
    pub(super) fn watch(&self, sent: &Arc<Meter>) {
        let mut state = self.state();
        state.answers.retain(|a| a.meter.strong_count() > 0);
        state.answers.push(Answer { meter: Arc::downgrade(sent), sent: 0, since: Instant::now() });
    }

    /// Begins the time anew in which nothing may be asked.
    pub(super) fn renew(&self) {
        self.state().since = Instant::now();
    }

    /// Begins that time anew for a client that is told to go.
    pub(super) fn leave(&self) {
        let mut state = self.state();
        (state.leaving, state.since) = (true, Instant::now());
    }

    /// A request's body is not read to its end.
    pub(super) fn linger(&self) {
        let mut state = self.state();
        (state.linger, state.coming) = (true, Coming::Waste);
    }

    /// Ends when the line must be given up.
    pub(super) async fn over(&self, patience: Patience) -> Over {
        loop {
            let due = match self.due(patience) {
                Ok(due) => due,
                Err(over) => {
                    if over == Over::Unread {
                        self.state().blame();
                    }
                    return over;
                }
            };
            tokio::select! {
                () = tokio::time::sleep_until(due) => {}
                () = self.0.sooner.notified() => {}
            }
        }
    }

    /// When it may be over, or that it is.
    fn due(&self, patience: Patience) -> Result<Instant, Over> {
        let mut state = self.state();
        let now = Instant::now();
        let Patience { head, idle, body } = patience;
        state.soonest = LOOK.min(head).min(idle).min(body);
        let mut due = now + patience.body;
        if state.open > 0 {
            // Nobody reads while an answer is waited for, so nobody would be told.
            if !matches!(self.socket().take_error(), Ok(None)) {
                return Err(Over::Gone);
            }
            due = due.min(now + LOOK);
        }
        let mut wait = |since: Instant, time: Duration, over: Over| {
            let end = since + time;
            due = due.min(end);
            if end <= now { Err(over) } else { Ok(()) }
        };
        if state.coming == Coming::Head && state.protocol != Protocol::Two {
            wait(state.since, patience.head, Over::Head)?;
        } else if state.open == 0 && state.blocked.is_none() {
            let time = match (state.uploads, state.protocol) {
                // Who connects and says nothing has not even an exchange behind it.
                (0, Protocol::Unknown) => patience.head,
                (0, _) => patience.idle,
                _ => patience.body,
            };
            wait(state.since, time, Over::Idle)?;
        }
        if let Some(since) = state.blocked {
            wait(since, patience.body, Over::Unread)?;
        }
        // A backend that pauses ends its answer by itself, within the same time.
        let unread = patience.body.saturating_mul(2);
        for answer in &mut state.answers {
            let Some(meter) = answer.meter.upgrade().filter(|m| m.end() == End::Open) else {
                continue;
            };
            if meter.bytes() != answer.sent {
                (answer.sent, answer.since) = (meter.bytes(), now);
            }
            wait(answer.since, unread, Over::Unread)?;
        }
        state.looks = due;
        Ok(due)
    }

    /// Ends the line after all that was written: a head that was too slow is answered, and what
    /// the client still sends is read for a while, or it would never see its answer.
    pub(super) async fn close(self, over: Option<Over>, answer: impl Fn() -> Vec<u8>) {
        let linger = self.state().linger;
        let Some(shared) = Arc::into_inner(self.0) else { return };
        let mut socket = shared.socket.into_inner().unwrap_or_else(PoisonError::into_inner);
        if over == Some(Over::Head) {
            let written = tokio::time::timeout(LINGER, socket.write_all(&answer())).await;
            tracing::debug!(answered = matches!(written, Ok(Ok(()))), "a head was too slow");
        } else if !linger {
            return;
        }
        let rest = async {
            socket.shutdown().await?;
            let mut waste = vec![0; 16 << 10];
            while socket.read(&mut waste).await? > 0 {}
            io::Result::Ok(())
        };
        let ended = tokio::time::timeout(LINGER, rest).await;
        tracing::trace!(ended = matches!(ended, Ok(Ok(()))), "a line was closed");
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The socket; only the task that serves the line asks, so nobody waits.
    fn socket(&self) -> MutexGuard<'_, TcpStream> {
        self.0.socket.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn heard(&self, bytes: &[u8]) {
        let mut state = self.state();
        if state.protocol == Protocol::Unknown {
            let missing = PREFACE.len().saturating_sub(state.begun.len());
            state.begun.extend(bytes.iter().take(missing));
            if !PREFACE.starts_with(&state.begun) {
                state.protocol = Protocol::One;
            } else if state.begun.len() == PREFACE.len() {
                state.protocol = Protocol::Two;
            }
        }
        if state.open > 0 || state.coming == Coming::Head {
            return;
        }
        if state.uploads > 0 {
            // The answer was faster than the body.
            state.since = Instant::now();
        } else if state.coming == Coming::Nothing
            && bytes.iter().any(|b| !matches!(b, b'\r' | b'\n'))
        {
            // Line ends before a head are none (RFC 9112, 2.2).
            state.coming = Coming::Head;
            state.since = Instant::now();
            let since = state.since;
            self.look(state, since);
        }
    }

    /// What is due may be another thing now. One who looks soon enough anyway is not woken for it: on a
    /// busy line that would be twice for each exchange.
    fn look(&self, state: MutexGuard<'_, State>, now: Instant) {
        let late = state.looks > now + state.soonest;
        drop(state);
        if late {
            self.0.sooner.notify_one();
        }
    }

    /// Notes whether the client takes what is written.
    fn wrote<T>(&self, result: &Poll<io::Result<T>>) {
        let mut state = self.state();
        match (result.is_pending(), state.blocked) {
            (true, None) => {
                let now = Instant::now();
                state.blocked = Some(now);
                self.look(state, now);
            }
            (false, before) => {
                state.blocked = None;
                // What was asked last may still be on its way to the client.
                if state.protocol == Protocol::Two && (before.is_some() || state.leaving) {
                    state.since = Instant::now();
                }
            }
            (true, Some(_)) => {}
        }
    }
}

impl State {
    /// Answers that are not at their end were too slow.
    fn blame(&self) {
        let open = self.answers.iter().filter_map(|a| a.meter.upgrade());
        open.filter(|m| m.end() == End::Open).for_each(|m| m.finish(End::TooSlow));
    }
}

/// An exchange under way.
#[derive(Debug)]
pub(super) struct Exchanging(Line);

impl Exchanging {
    /// The line that it is on.
    pub(super) fn line(&self) -> &Line {
        &self.0
    }
}

impl Drop for Exchanging {
    fn drop(&mut self) {
        let mut state = self.0.state();
        state.open = state.open.saturating_sub(1);
        state.since = Instant::now();
        let since = state.since;
        self.0.look(state, since);
    }
}

/// The body of a request that streams.
#[derive(Debug)]
pub(super) struct Uploading(Line, Arc<Meter>);

impl Drop for Uploading {
    fn drop(&mut self) {
        let mut state = self.0.state();
        state.uploads = state.uploads.saturating_sub(1);
        if self.1.end() != End::Complete {
            state.coming = Coming::Waste;
        }
        state.since = Instant::now();
        let since = state.since;
        self.0.look(state, since);
    }
}

impl AsyncRead for Line {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        ready!(Pin::new(&mut *self.socket()).poll_read(cx, buffer))?;
        let read = buffer.filled().get(before..).unwrap_or_default();
        if !read.is_empty() {
            self.heard(read);
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Line {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let result = Pin::new(&mut *self.socket()).poll_write(cx, bytes);
        self.wrote(&result);
        result
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let result = Pin::new(&mut *self.socket()).poll_write_vectored(cx, bytes);
        self.wrote(&result);
        result
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut *self.socket()).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut *self.socket()).poll_shutdown(cx)
    }
}
