//! How long a peer may keep one waiting, and whether one waits to be asked. It reads no body.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::{Instant, Sleep};

/// Bounds how long a peer may keep one waiting. Time in which nobody waits does not count.
pub(super) struct Pause {
    longest: Duration,
    /// Made when one waits for the first time.
    sleep: Option<Pin<Box<Sleep>>>,
    pub(super) waiting: bool,
}

impl Pause {
    pub(super) fn new(longest: Duration) -> Self {
        Self { longest, sleep: None, waiting: false }
    }

    /// Whether one has waited too long.
    pub(super) fn is_over(&mut self, cx: &mut Context<'_>) -> bool {
        let begins = !std::mem::replace(&mut self.waiting, true);
        if let Some(sleep) = self.sleep.as_mut().filter(|_| begins) {
            sleep.as_mut().reset(Instant::now() + self.longest);
        }
        let sleep = self.sleep.get_or_insert_with(|| Box::pin(tokio::time::sleep(self.longest)));
        sleep.as_mut().poll(cx).is_ready()
    }
}

/// How long a client that waits to be asked for its body is not asked, while the backend says nothing:
/// there are some that never do.
const SILENCE: Duration = Duration::from_secs(1);

/// Where a body of a client that waits to be asked for it (`Expect: 100-continue`) is held back until
/// the backend asks for it. All clones are of one body.
#[derive(Clone, Debug)]
pub struct Gate(Arc<watch::Sender<State>>);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// Nobody has asked.
    Closed,
    /// It is asked for.
    Open,
    /// There is an answer without it.
    Answered,
    /// Nobody will ask.
    Left,
}

impl Default for Gate {
    fn default() -> Self {
        Self(Arc::new(watch::Sender::new(State::Closed)))
    }
}

impl Gate {
    /// Asks for the body; whether nobody had before.
    pub fn open(&self) -> bool {
        self.turn(State::Closed, State::Open)
    }

    /// Says that there is an answer; where nobody has asked before, nobody does any more. The body is
    /// left when what is returned is dropped; `None`: it was asked for.
    pub fn answered(&self) -> Option<Leaving> {
        self.turn(State::Closed, State::Answered).then(|| Leaving(self.clone()))
    }

    fn turn(&self, from: State, to: State) -> bool {
        self.0.send_if_modified(|state| {
            let turns = *state == from;
            if turns {
                *state = to;
            }
            turns
        })
    }

    pub(super) fn asked(&self) -> Asked {
        let (gate, mut state) = (self.clone(), self.0.subscribe());
        Asked(Box::pin(async move {
            let silence = state.wait_for(|state| *state != State::Closed);
            if tokio::time::timeout(SILENCE, silence).await.is_err() {
                gate.open();
            }
            let settled = [State::Open, State::Left];
            let end = state.wait_for(|state| settled.contains(state)).await;
            end.is_ok_and(|state| *state == State::Open)
        }))
    }
}

/// A body that was not asked for, as long as its answer is under way.
#[derive(Debug)]
pub struct Leaving(Gate);

impl Drop for Leaving {
    fn drop(&mut self) {
        self.0.turn(State::Answered, State::Left);
    }
}

/// Ends when a body is asked for, or will not be.
pub(super) struct Asked(Pin<Box<dyn Future<Output = bool> + Send>>);

impl Asked {
    pub(super) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<bool> {
        self.0.as_mut().poll(cx)
    }
}
