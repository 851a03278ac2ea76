//! Sends a request to a backend over pooled connections. It knows no versions and no
//! translation; which backend it is was decided before.

mod bodiless;
mod pool;
mod talk;
mod target;
mod wire;

use std::error::Error as _;
use std::pin::Pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use http::header::HOST;
use http::{Request, Response, StatusCode, Uri, Version};
use http_body::Body as _;
use hyper::body::Incoming;
use hyper::client::conn::TrySendError;
use hyper_util::client::legacy::connect::HttpConnector;
use thiserror::Error;
use tokio::time::{Instant, Sleep};
use tower_service::Service;

use crate::body::{Body, End, Gate, Meter};
pub use pool::Lease;
use pool::{Connection, Pool, Pools};
use talk::Talk;
pub use target::{BadTarget, Target};

/// Bytes of the head of an answer at most.
pub const HEAD: usize = 64 << 10;

/// How long one waits for backends.
#[derive(Clone, Copy, Debug)]
pub struct Config {
    /// For a connection.
    pub connect: Duration,
    /// From the request's end to the answer's head.
    pub answer: Duration,
    /// Before an unused connection is closed.
    pub idle: Duration,
}

/// Why there is no answer.
#[derive(Debug, Error)]
pub enum SendError {
    /// No connection.
    #[error("the backend cannot be reached")]
    Connect(#[source] <HttpConnector as Service<Uri>>::Error),
    /// The connection broke, or what came is no HTTP.
    #[error("the backend gave no valid answer")]
    Broken(#[source] hyper::Error),
    /// The connection ended before a byte of the answer came.
    #[error("the backend closed the connection before it answered")]
    Closed(#[source] hyper::Error),
    /// It took too long.
    #[error("the backend did not answer in time")]
    TooSlow,
    /// The path cannot be written as a URI.
    #[error("the path cannot be sent: {0}")]
    Path(#[from] http::Error),
}

impl SendError {
    /// Whether the head of an answer had too many bytes, or too many headers.
    pub fn is_large_head(&self) -> bool {
        matches!(self, Self::Broken(error) if error.is_parse_too_large())
    }

    /// Whether there was no connection within the time for it.
    pub fn is_late(&self) -> bool {
        let Self::Connect(error) = self else { return false };
        let mut source: Option<&(dyn std::error::Error + 'static)> = error.source();
        while let Some(cause) = source {
            let kind = cause.downcast_ref::<std::io::Error>().map(std::io::Error::kind);
            if kind == Some(std::io::ErrorKind::TimedOut) {
                return true;
            }
            source = cause.source();
        }
        false
    }
}

/// The pooled connections to all backends.
#[derive(Debug)]
pub struct Upstream {
    pools: Arc<Pools>,
}

/// An answer, and the connection that it comes over: the next request may have that once both are dropped.
pub type Answered = (Response<Incoming>, Lease);

impl Upstream {
    /// Pools without connections.
    pub fn new(config: Config) -> Self {
        Self { pools: Arc::new(Pools::new(config)) }
    }

    /// How many connections are open, used or not.
    pub fn connections(&self) -> usize {
        self.pools.open()
    }

    /// How many connections go on by themselves, as the answer on them began before its request was out;
    /// each does until both have ended.
    pub fn uploads(&self) -> usize {
        self.pools.apart().len()
    }

    /// Waits for those, where nobody sends any more.
    pub async fn drained(&self) {
        self.pools.apart().close();
        self.pools.apart().wait().await;
    }

    /// Sends a request; its URI is replaced by the raw path and query at the target. `progress`
    /// counts its body. It is sent again over a new connection where one that has served before ends
    /// before it has gone out, or, if it may be sent twice, without a byte of the answer: that was closed
    /// when the request was on its way.
    pub fn send<'s>(
        &'s self,
        target: &Target,
        (path, query): (&str, Option<&str>),
        mut request: Box<Request<Body>>,
        progress: &'s Meter,
    ) -> impl Future<Output = Result<Answered, SendError>> + use<'s> {
        let begun = target.uri(path, query).and_then(|uri| {
            *request.uri_mut() = uri;
            *request.version_mut() = Version::HTTP_11;
            request.headers_mut().insert(HOST, target.host().clone());
            let pool = self.pools.of(target.authority())?;
            // What need not be kept while one waits is not.
            let begun = match self.pools.take(&pool) {
                Some(connection) => {
                    let again = again(&request);
                    Ok((begin(connection, request), again))
                }
                None => Err(request),
            };
            Ok((begun, pool))
        });
        async move {
            let (begun, pool) = begun?;
            let request = match begun {
                Ok((begun, again)) => match self.finish(begun, progress).await {
                    Ok(answered) => return Ok(leased(answered, pool)),
                    Err(failed) => failed.again(again)?,
                },
                Err(unsent) => unsent,
            };
            Box::pin(self.afresh(pool, request, progress)).await
        }
    }

    /// The same over a new connection.
    async fn afresh(
        &self,
        pool: Arc<Pool>,
        request: Box<Request<Body>>,
        progress: &Meter,
    ) -> Result<Answered, SendError> {
        let begun = begin(self.pools.connect(&pool).await?, request);
        let answered = self.finish(begun, progress).await.map_err(|failed| failed.error)?;
        Ok(leased(answered, pool))
    }

    async fn finish(
        &self,
        mut begun: Begun,
        progress: &Meter,
    ) -> Result<(Response<Incoming>, Connection), Failed> {
        let (mut sent, gate) = (progress.bytes(), begun.gate);
        let goes_on = || {
            let before = std::mem::replace(&mut sent, progress.bytes());
            // A long upload is not a slow backend, nor is one that waits to be asked for.
            (progress.end() == End::Open && sent > before) || gate.as_ref().is_some_and(Gate::open)
        };
        let Connection { talk, timer, .. } = &mut begun.connection;
        let answer = begun.answer.as_mut();
        match within(self.pools.answer(), timer.as_mut(), (talk, answer), goes_on).await {
            Some(Ok(answer)) => {
                if !begun.connection.seen.is_out() {
                    // The rest of the request must not wait until somebody reads the answer, nor end with it.
                    self.pools.part(&mut begun.connection);
                }
                Ok((answer, begun.connection))
            }
            Some(Err(mut error)) => {
                let unsent = error.take_message().map(Box::new);
                let is_stale = !begun.connection.seen.came();
                let error = error.into_error();
                let error =
                    if is_stale { SendError::Closed(error) } else { SendError::Broken(error) };
                Err(Failed { unsent, is_stale, error })
            }
            None => Err(Failed { unsent: None, is_stale: false, error: SendError::TooSlow }),
        }
    }
}

fn leased((answer, connection): (Response<Incoming>, Connection), pool: Arc<Pool>) -> Answered {
    let version = answer.version();
    (answer, Lease::new(connection, pool, version))
}

/// What comes of a request. It is boxed as it is large, and would lie in every future around it.
type Answering =
    Pin<Box<dyn Future<Output = Result<Response<Incoming>, TrySendError<Request<Body>>>> + Send>>;

/// A request that is on its way.
struct Begun {
    connection: Connection,
    answer: Answering,
    gate: Option<Gate>,
}

fn begin(mut connection: Connection, mut request: Box<Request<Body>>) -> Begun {
    let gate = request.extensions().get::<Gate>().cloned();
    if let Some(gate) = gate.clone() {
        hyper::ext::on_informational(&mut request, move |told| {
            if told.status() == StatusCode::CONTINUE {
                gate.open();
            }
        });
    }
    connection.seen.asks(request.method());
    if !request.body().is_end_stream() {
        let unread = Box::new(connection.seen.reads());
        *request = request.map(|body| body.retain(unread));
    }
    let answer = Box::pin(connection.sender.try_send_request(*request));
    Begun { connection, answer, gate }
}

/// What came of a request instead of an answer.
struct Failed {
    /// The request, if nothing of it has gone out.
    unsent: Option<Box<Request<Body>>>,
    /// The connection ended before a byte of the answer.
    is_stale: bool,
    error: SendError,
}

impl Failed {
    /// What to send over another connection, if this one had served before.
    fn again(self, copy: Option<Box<Request<Body>>>) -> Result<Box<Request<Body>>, SendError> {
        let Some(again) = self.unsent.or_else(|| copy.filter(|_| self.is_stale)) else {
            return Err(self.error);
        };
        tracing::debug!(reason = %self.error, "a connection was closed before its answer");
        Ok(again)
    }
}

/// What comes within a time, or as long as it `goes_on` from one such time to the next; else `None`.
async fn within<A: Future + ?Sized>(
    longest: Duration,
    mut timer: Pin<&mut Sleep>,
    (talk, mut answer): (&mut Talk, Pin<&mut A>),
    mut goes_on: impl FnMut() -> bool,
) -> Option<A::Output> {
    let mut end = Instant::now() + longest;
    std::future::poll_fn(|cx| {
        if let Poll::Ready(answer) = talk.poll(cx, |cx| answer.as_mut().poll(cx)) {
            return Poll::Ready(Some(answer));
        }
        // It was set for a request before, mostly. What comes without end may not keep it from being looked at.
        while Pin::new(&mut tokio::task::unconstrained(timer.as_mut())).poll(cx).is_ready() {
            let now = Instant::now();
            if now >= end {
                if !goes_on() {
                    return Poll::Ready(None);
                }
                end = now + longest;
            }
            timer.as_mut().reset(end);
        }
        Poll::Pending
    })
    .await
}

/// The same request, if it means the same twice (RFC 9110, 9.2.2) and its body is there.
fn again(request: &Request<Body>) -> Option<Box<Request<Body>>> {
    if !request.method().is_idempotent() {
        return None;
    }
    let mut again = Request::new(request.body().again()?);
    again.method_mut().clone_from(request.method());
    again.uri_mut().clone_from(request.uri());
    again.headers_mut().clone_from(request.headers());
    Some(Box::new(again))
}

#[cfg(test)]
mod tests;
