//! The data plane: accepts requests, decides by one snapshot what happens to them, and answers.
//! What is decided lives in the files below; what can be decided was loaded before.

mod answer;
mod answered;
mod cors;
mod course;
mod exchange;
mod gather;
mod headers;
mod left;
mod line;
mod locate;
mod meters;
mod negotiate;
mod outcome;
mod own;
mod peer;
mod problem;
mod record;
mod sent;
mod server;
mod versions;
mod work;

use std::num::NonZero;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use http::HeaderName;
pub use peer::Trusted;
pub use server::serve;
use tokio::sync::Semaphore;
use tokio_util::task::TaskTracker;

use self::meters::Meters;
use crate::body::Budget;
use crate::snapshot::Store;
use crate::translate::Limits;
use crate::upstream::Upstream;

/// Bytes of the head of a request.
const HEAD: usize = crate::message::limits::BYTES;

/// Limits and times of the data plane.
#[derive(Clone, Debug)]
pub struct Config {
    /// Bytes of one body that must be translated.
    pub body: usize,
    /// Bytes of one translated body.
    pub output: usize,
    /// Bytes of all bodies held at once.
    pub buffered: usize,
    /// Levels of a document.
    pub depth: usize,
    /// For the head of a request.
    pub header_time: Duration,
    /// For a whole gathered body, and between two pieces of one that streams.
    pub body_time: Duration,
    /// Before a connection on which nothing is asked is closed.
    pub idle_time: Duration,
    /// For what is in flight when the process is told to stop.
    pub drain_time: Duration,
    /// The header of answers that tells the outcome; `None`: none does.
    pub outcome: Option<HeaderName>,
    /// Proxies that are believed what they say of their clients.
    pub trusted: Trusted,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            body: 8 << 20,
            output: 32 << 20,
            buffered: 256 << 20,
            depth: 128,
            header_time: Duration::from_secs(10),
            body_time: Duration::from_secs(30),
            idle_time: Duration::from_mins(1),
            drain_time: Duration::from_secs(30),
            outcome: None,
            trusted: Trusted::default(),
        }
    }
}

/// What every exchange shares.
#[derive(Debug)]
pub struct Gateway {
    store: Arc<Store>,
    upstream: Upstream,
    budget: Budget,
    /// Large bodies that may be translated at once: more than there are cores would only hold more
    /// memory.
    workers: Arc<Semaphore>,
    config: Config,
    /// Counts exchanges that have begun and not ended.
    flight: TaskTracker,
    /// Bodies that nobody wants any more.
    left: TaskTracker,
    /// Whether they are no longer waited for.
    cut: AtomicBool,
    meters: Meters,
    /// Of clients.
    connections: TaskTracker,
}

impl Gateway {
    /// A gateway over a store of generations.
    pub fn new(store: Arc<Store>, upstream: Upstream, config: Config) -> Self {
        let budget = Budget::new(config.buffered);
        let (flight, left) = (TaskTracker::new(), TaskTracker::new());
        let cores = std::thread::available_parallelism().map_or(1, NonZero::get);
        let workers = Arc::new(Semaphore::new(cores));
        let (meters, connections) = (Meters::new(), TaskTracker::new());
        let cut = AtomicBool::default();
        Self { store, upstream, budget, workers, config, flight, left, cut, meters, connections }
    }

    /// Nobody waits any more for exchanges that have begun: what ends them now is no client.
    pub fn cut_off(&self) {
        self.cut.store(true, Ordering::Relaxed);
    }

    /// How many exchanges have begun and not ended.
    pub fn in_flight(&self) -> usize {
        self.flight.len()
    }

    /// How many requests were not all at their backend when that answered, and have not ended together with
    /// their answers; most of those exchanges have ended.
    pub fn uploads(&self) -> usize {
        self.upstream.uploads()
    }

    fn limits(&self) -> Limits {
        Limits { depth: self.config.depth, output: self.config.output }
    }
}
