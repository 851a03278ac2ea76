//! A connection without a task of its own: it goes on where somebody waits for what it brings, and stands
//! still where nobody does. It decides nothing about what is sent.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

use hyper::client::conn::http1::{self, Parts};
use hyper_util::rt::TokioIo;
use tokio::sync::oneshot;
use tokio_util::task::TaskTracker;

use super::wire::{Seen, Wire};
use crate::body::Body;

/// The connection of the library.
type Inner = http1::Connection<TokioIo<Wire>, Body>;

/// How often in a row a connection goes on for the same one who waits, before others have their turn.
const TURNS: usize = 16;

/// How often in the time in which a backend must read something of a request that nobody waits for any more
/// one looks whether it does.
const LOOKS: u32 = 4;

/// Something came for the connection, and it has not gone on since.
const WOKEN: u8 = 1;
/// Somebody is at it, and will see what comes.
const BUSY: u8 = 2;

/// What goes on, and who has it do so.
///
/// A task for each connection would be woken by each part of an answer, and would wake the one who waits
/// for that with each: two turns of the reactor instead of one.
#[derive(Debug)]
pub(super) struct Talk {
    goes: Goes,
    signal: Arc<Signal>,
    /// The signal's own.
    waker: Waker,
}

#[derive(Debug)]
enum Goes {
    /// Where somebody waits.
    Here(Box<Inner>),
    /// In a task, which is told when nobody waits any more.
    Apart(#[expect(dead_code, reason = "held, not read")] oneshot::Sender<Infallible>),
    /// No more.
    Over,
}

/// What is woken for a connection: whoever waits for it, unless that one is at it right now.
#[derive(Debug)]
struct Signal {
    state: AtomicU8,
    waits: Mutex<Waker>,
}

impl Signal {
    /// Someone else waits from now on.
    fn waits(&self, waker: &Waker) {
        self.waits.lock().unwrap_or_else(PoisonError::into_inner).clone_from(waker);
    }
}

impl Wake for Signal {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        // Who was woken and has not come since need not be woken again.
        if self.state.fetch_or(WOKEN, Ordering::AcqRel) == 0 {
            self.waits.lock().unwrap_or_else(PoisonError::into_inner).wake_by_ref();
        }
    }
}

impl Talk {
    pub(super) fn new(connection: Inner) -> Self {
        let waits = Mutex::new(Waker::noop().clone());
        // It has everything before it.
        let signal = Arc::new(Signal { state: AtomicU8::new(WOKEN), waits });
        let waker = Waker::from(Arc::clone(&signal));
        Self { goes: Goes::Here(Box::new(connection)), signal, waker }
    }

    /// What somebody waits for; the connection goes on for it as long as there is anything to do.
    pub(super) fn poll<T>(
        &mut self,
        cx: &mut Context<'_>,
        mut what: impl FnMut(&mut Context<'_>) -> Poll<T>,
    ) -> Poll<T> {
        if let Goes::Apart(_) = self.goes {
            return what(cx);
        }
        let state = &self.signal.state;
        self.signal.waits(cx.waker());
        state.fetch_or(BUSY, Ordering::AcqRel);
        // What this one waits for comes from the connection, so all that wakes it wakes that.
        let mut own = Context::from_waker(&self.waker);
        for _ in 0..TURNS {
            if let Poll::Ready(found) = what(&mut own) {
                state.fetch_and(!BUSY, Ordering::AcqRel);
                return Poll::Ready(found);
            }
            if state.compare_exchange(BUSY, 0, Ordering::AcqRel, Ordering::Acquire).is_ok() {
                return Poll::Pending;
            }
            // Whoever woke it once more before this has said why before it did.
            state.swap(BUSY, Ordering::AcqRel);
            self.goes.on(&mut own);
        }
        // It may be told to wait for nothing but its turn.
        state.store(WOKEN, Ordering::Release);
        cx.waker().wake_by_ref();
        Poll::Pending
    }

    /// Does what there is to do while nobody waits for anything; this one is woken when there is more.
    /// Whether it has come to its end.
    pub(super) fn is_over(&mut self, waits: &Waker) -> bool {
        let mut cx = Context::from_waker(waits);
        let never: Poll<()> = self.poll(&mut cx, |_| Poll::Pending);
        never.is_pending() && matches!(self.goes, Goes::Over)
    }

    /// What it goes over, once there is nothing to do; `None`: more has come than was asked for, or it does
    /// not stand still.
    pub(super) fn into_wire(self) -> Option<Wire> {
        let Goes::Here(connection) = self.goes else { return None };
        let Parts { io, read_buf, .. } = connection.into_parts();
        read_buf.is_empty().then(|| io.into_inner())
    }

    /// Whether it goes on by itself.
    pub(super) fn is_apart(&self) -> bool {
        matches!(self.goes, Goes::Apart(_))
    }

    /// Goes on by itself from now on, whether anybody waits or not; when nobody does, only as long as
    /// it is not still for so long.
    pub(super) fn part(&mut self, tasks: &TaskTracker, seen: Arc<Seen>, longest: Duration) {
        let (waits, left) = oneshot::channel();
        let connection = match std::mem::replace(&mut self.goes, Goes::Apart(waits)) {
            Goes::Here(connection) => connection,
            other => return self.goes = other,
        };
        // Nobody is kept that does not wait any more.
        self.signal.waits(Waker::noop());
        tasks.spawn(async move {
            let given_up = async {
                let _nothing_comes = left.await;
                let mut still = 0;
                while still < LOOKS {
                    tokio::time::sleep(longest / LOOKS).await;
                    still = if seen.moves() { 0 } else { still + 1 };
                }
            };
            tokio::select! {
                biased;
                ended = *connection => said(ended),
                () = given_up => tracing::info!("a backend takes no more of a request that it has answered"),
            }
        });
    }
}

impl Goes {
    fn on(&mut self, cx: &mut Context<'_>) {
        let Self::Here(connection) = self else { return };
        if let Poll::Ready(ended) = Pin::new(&mut **connection).poll(cx) {
            *self = Self::Over;
            said(ended);
        }
    }
}

fn said(ended: hyper::Result<()>) {
    if let Err(error) = ended {
        tracing::debug!(reason = %error, "a connection to a backend broke");
    }
}
