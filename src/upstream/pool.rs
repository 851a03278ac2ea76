//! Connections to backends: those that wait for their next request, and those that are made. What is sent
//! over them is not its affair.

use std::collections::BTreeMap;
use std::pin::{Pin, pin};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

use bytes::Bytes;
use http::uri::{Authority, PathAndQuery, Scheme};
use http::{Uri, Version};
use http_body::{Body as _, Frame};
use hyper::body::Incoming;
use hyper::client::conn::http1::{self, SendRequest};
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioIo;
use tokio::sync::Notify;
use tokio::time::{Instant, Sleep};
use tokio_util::task::TaskTracker;
use tower_service::Service;

use super::talk::Talk;
use super::wire::{Seen, Wire};
use super::{Config, HEAD, SendError};
use crate::body::{Body, Feed};

/// How often in the time for unused connections those are looked for that are unused for longer.
const LOOKS: u32 = 2;
/// And how long between two looks at least.
const PAUSE: Duration = Duration::from_millis(10);
/// Of an answer, so many bytes are large. The library keeps what one came in with its connection, which is
/// memory that nobody uses and, as all connections have another piece of it, is in no cache when it is.
const LARGE: usize = 32 << 10;
/// So little of one is rather copied than kept in a buffer for large ones.
const SMALL: usize = 4 << 10;

/// The connections to all backends.
#[derive(Debug)]
pub(super) struct Pools {
    http: HttpConnector,
    idle: Duration,
    answer: Duration,
    all: Mutex<BTreeMap<Box<str>, Arc<Pool>>>,
    /// Each that is open has one, too.
    open: Arc<()>,
    /// Something came for one that nobody uses.
    stirred: Arc<Stirred>,
    /// The one that lets unused ones go.
    tasks: TaskTracker,
    /// Those of connections that go on by themselves.
    apart: TaskTracker,
}

/// The connections to one backend.
#[derive(Debug)]
pub(super) struct Pool {
    at: Uri,
    unused: Mutex<Vec<Unused>>,
    /// Wakes whoever looks after the unused ones.
    stirred: Waker,
}

/// Something came for a connection that nobody uses: mostly its end.
#[derive(Debug, Default)]
struct Stirred(Notify);

impl Wake for Stirred {
    fn wake(self: Arc<Self>) {
        self.0.notify_one();
    }
}

/// One that nobody uses.
#[derive(Debug)]
struct Unused {
    kept: Kept,
    since: Instant,
}

/// What is kept of one that nobody uses.
#[derive(Debug)]
enum Kept {
    Whole(Connection),
    /// Nothing of the library, which begins anew with the next request.
    Bare(Bare),
}

#[derive(Debug)]
struct Bare {
    wire: Wire,
    seen: Arc<Seen>,
    timer: Pin<Box<Sleep>>,
    /// The last answer was large.
    is_wide: bool,
}

/// One connection.
#[derive(Debug)]
pub(super) struct Connection {
    pub(super) sender: SendRequest<Body>,
    pub(super) seen: Arc<Seen>,
    pub(super) talk: Talk,
    /// For whoever waits for its answers: one that is set costs less than one that is set anew for each.
    pub(super) timer: Pin<Box<Sleep>>,
    /// It reads as much at once as it may.
    is_wide: bool,
}

/// A connection on which an answer comes; the next request may have it once this is dropped, if it is any
/// good then.
#[derive(Debug)]
pub struct Lease {
    /// `None` only while it is dropped.
    connection: Option<Connection>,
    pool: Arc<Pool>,
    /// Bytes of the answer's body.
    came: usize,
    /// Another request may follow on it.
    goes_on: bool,
}

impl Lease {
    /// Of a connection to a backend that answers in this version. The library says of itself what a backend
    /// of HTTP/1.0 says, and loses a body then whose length is not known: such a connection has one request.
    pub(super) fn new(connection: Connection, pool: Arc<Pool>, version: Version) -> Self {
        let goes_on = version >= Version::HTTP_11;
        Self { connection: Some(connection), pool, came: 0, goes_on }
    }
}

impl Feed for Lease {
    fn poll_frame(
        &mut self,
        incoming: &mut Incoming,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        let mut frame = |cx: &mut Context<'_>| Pin::new(&mut *incoming).poll_frame(cx);
        let polled = match &mut self.connection {
            Some(connection) => connection.talk.poll(cx, frame),
            None => frame(cx),
        };
        let is_wide = self.connection.as_ref().is_some_and(|connection| connection.is_wide);
        polled.map_ok(|frame| {
            frame.map_data(|data| {
                self.came = self.came.saturating_add(data.len());
                // Or each piece of a stream would hold all that was made ready for a large one.
                if is_wide && data.len() < SMALL { Bytes::copy_from_slice(&data) } else { data }
            })
        })
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        let Some(mut connection) = self.connection.take() else { return };
        // One that goes on by itself has more to send than its answer waited for: it ends behind that.
        let goes_on = self.goes_on && !connection.talk.is_apart();
        if !goes_on || !connection.is_good(&self.pool.stirred) {
            return;
        }
        let is_large = self.came >= LARGE;
        let kept = if is_large || connection.is_wide {
            let Some(bare) = connection.bare(is_large, &self.pool.stirred) else { return };
            Kept::Bare(bare)
        } else {
            Kept::Whole(connection)
        };
        self.pool.unused().push(Unused { kept, since: Instant::now() });
    }
}

impl Kept {
    /// Whether it can take a request, as far as one can know; this one is woken when that changes.
    fn is_good(&mut self, waits: &Waker) -> bool {
        match self {
            Self::Whole(connection) => connection.is_good(waits),
            Self::Bare(bare) => bare.wire.is_still(waits),
        }
    }

    /// One that can take a request.
    async fn whole(self) -> hyper::Result<Connection> {
        match self {
            Self::Whole(connection) => Ok(connection),
            Self::Bare(bare) => bare.whole().await,
        }
    }
}

impl Bare {
    /// With what the library needs for a request.
    async fn whole(self) -> hyper::Result<Connection> {
        let Self { wire, seen, timer, is_wide } = self;
        let mut library = http1::Builder::new();
        if is_wide {
            library.read_buf_exact_size(Some(HEAD));
        } else {
            // What is written at once is bounded by it, too.
            library.max_buf_size(HEAD);
        }
        let (sender, inner) = library.handshake(TokioIo::new(wire)).await?;
        Ok(Connection { sender, seen, talk: Talk::new(inner), timer, is_wide })
    }
}

/// What comes of something that waits for nothing.
fn at_once<T>(what: impl Future<Output = T>) -> Option<T> {
    match pin!(what).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(found) => Some(found),
        Poll::Pending => None,
    }
}

impl Connection {
    /// Whether it can take a request, as far as one can know; this one is woken when that changes.
    fn is_good(&mut self, waits: &Waker) -> bool {
        !self.talk.is_over(waits) && self.sender.is_ready()
    }

    /// Without what the library keeps; `None`: more has come than was asked for. This one is woken when
    /// that changes.
    fn bare(self, is_wide: bool, waits: &Waker) -> Option<Bare> {
        let Self { seen, talk, timer, .. } = self;
        let mut wire = talk.into_wire()?;
        wire.is_still(waits).then(|| Bare { wire, seen, timer, is_wide })
    }
}

impl Pool {
    fn new(authority: &Authority, stirred: Waker) -> Result<Self, http::Error> {
        let mut at = http::uri::Parts::default();
        (at.scheme, at.authority) = (Some(Scheme::HTTP), Some(authority.clone()));
        at.path_and_query = Some(PathAndQuery::from_static("/"));
        Ok(Self { at: Uri::from_parts(at)?, unused: Mutex::default(), stirred })
    }

    /// Those that nobody uses, in the order in which they were left.
    fn unused(&self) -> MutexGuard<'_, Vec<Unused>> {
        self.unused.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The connection that was used last, of those that can take a request. None of them is looked after
    /// while others wait for the list.
    fn take(&self, idle: Duration) -> Option<Connection> {
        loop {
            let last = self.unused().pop();
            let Unused { mut kept, since } = last?;
            // What it is told from now on is of its next request.
            if since.elapsed() <= idle
                && kept.is_good(Waker::noop())
                // Neither side of HTTP/1.1 says anything before a request.
                && let Some(Ok(connection)) = at_once(kept.whole())
            {
                return Some(connection);
            }
        }
    }

    /// Lets those go that nobody has used for so long, or that have ended.
    fn tidy(&self, idle: Duration) {
        let mut kept = std::mem::take(&mut *self.unused());
        kept.retain_mut(|one| one.since.elapsed() <= idle && one.kept.is_good(&self.stirred));
        let mut unused = self.unused();
        // Others were left meanwhile, later than these.
        kept.append(&mut unused);
        *unused = kept;
    }
}

impl Pools {
    /// Without connections.
    pub(super) fn new(config: Config) -> Self {
        let mut http = HttpConnector::new();
        http.set_connect_timeout(Some(config.connect));
        http.set_nodelay(true);
        let (idle, answer) = (config.idle, config.answer);
        let (open, stirred) = (Arc::default(), Arc::default());
        let (tasks, apart) = (TaskTracker::new(), TaskTracker::new());
        Self { http, idle, answer, all: Mutex::default(), open, stirred, tasks, apart }
    }

    /// How many are open, used or not.
    pub(super) fn open(&self) -> usize {
        Arc::strong_count(&self.open).saturating_sub(1)
    }

    fn all(&self) -> MutexGuard<'_, BTreeMap<Box<str>, Arc<Pool>>> {
        self.all.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Those to one backend.
    pub(super) fn of(self: &Arc<Self>, authority: &Authority) -> Result<Arc<Pool>, http::Error> {
        let mut all = self.all();
        if let Some(pool) = all.get(authority.as_str()) {
            return Ok(Arc::clone(pool));
        }
        let pool = Arc::new(Pool::new(authority, Waker::from(Arc::clone(&self.stirred)))?);
        if all.is_empty() {
            // It has an end each time, however much there is to do.
            self.tasks.spawn(tokio::task::unconstrained(Arc::clone(self).tidy()));
        }
        all.insert(authority.as_str().into(), Arc::clone(&pool));
        Ok(pool)
    }

    /// Lets go what nobody uses, until nothing is left.
    async fn tidy(self: Arc<Self>) {
        loop {
            tokio::time::sleep(PAUSE).await;
            let longest = (self.idle / LOOKS).max(PAUSE);
            tokio::select! {
                () = self.stirred.0.notified() => {}
                () = tokio::time::sleep(longest) => {}
            }
            let pools: Vec<_> = self.all().values().cloned().collect();
            for pool in pools {
                pool.tidy(self.idle);
            }
            let mut all = self.all();
            // Who has one in the hand has a use for it.
            all.retain(|_, pool| !pool.unused().is_empty() || Arc::strong_count(pool) > 1);
            if all.is_empty() {
                return;
            }
        }
    }

    /// A connection that can take a request.
    pub(super) fn take(&self, pool: &Pool) -> Option<Connection> {
        pool.take(self.idle)
    }

    /// A new connection.
    pub(super) async fn connect(&self, pool: &Pool) -> Result<Connection, SendError> {
        let mut http = self.http.clone();
        std::future::poll_fn(|cx| http.poll_ready(cx)).await.map_err(SendError::Connect)?;
        let stream = http.call(pool.at.clone()).await.map_err(SendError::Connect)?.into_inner();
        let seen = Arc::<Seen>::default();
        let wire = Wire::new(stream, Arc::clone(&seen), Arc::clone(&self.open));
        let timer = Box::pin(tokio::time::sleep(self.answer));
        let bare = Bare { wire, seen, timer, is_wide: false };
        bare.whole().await.map_err(SendError::Broken)
    }

    /// Has a connection go on whether anybody waits for it or not.
    pub(super) fn part(&self, connection: &mut Connection) {
        let seen = Arc::clone(&connection.seen);
        connection.talk.part(&self.apart, seen, self.idle);
    }

    /// Those that do.
    pub(super) fn apart(&self) -> &TaskTracker {
        &self.apart
    }

    /// From a request's end to the head of its answer.
    pub(super) fn answer(&self) -> Duration {
        self.answer
    }
}
