//! Sends a request to a backend over pooled connections. It knows no versions and no
//! translation; which backend it is was decided before.

mod bodiless;
mod wire;

use std::error::Error as _;
use std::pin::pin;
use std::time::Duration;

use bytes::Bytes;
use http::header::HOST;
use http::uri::{self, Authority, PathAndQuery, Scheme};
use http::{HeaderValue, Request, Response, StatusCode, Uri, Version};
use hyper::body::Incoming;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::{Client, ResponseFuture};
use hyper_util::rt::{TokioExecutor, TokioTimer};
use thiserror::Error;
use tokio_util::task::TaskTracker;

use crate::body::{Body, End, Gate, Meter};
use wire::{Connector, was_stale};

/// Where a backend is: an `http://` URL, perhaps with a path before all of its paths.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    authority: Authority,
    /// The same as a backend is asked for it: without the port that is meant anyway.
    host: HeaderValue,
    base: Box<str>,
}

/// Why a text is no [`Target`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum BadTarget {
    /// `nowhere`, `/x`
    #[error("must be an absolute URL such as `http://127.0.0.1:9000`")]
    NotAbsolute,
    /// `https://x`
    #[error("must begin with `http://`: other backends are not supported yet")]
    Scheme,
    /// `http://x:99999`
    #[error("has no port from 1 to 65535")]
    Port,
    /// `http://name:word@x`
    #[error("must not have a user or password: they would not be sent")]
    User,
    /// `http://x/?a=1`
    #[error("must not have a query")]
    Query,
    /// `http://x/#a`
    #[error("must not have a fragment")]
    Fragment,
}

impl Target {
    /// Reads a URL.
    pub fn parse(url: &str) -> Result<Self, BadTarget> {
        let uri: Uri = url.parse().map_err(|_| BadTarget::NotAbsolute)?;
        let authority = uri.authority().ok_or(BadTarget::NotAbsolute)?.clone();
        if uri.scheme().ok_or(BadTarget::NotAbsolute)? != &Scheme::HTTP {
            return Err(BadTarget::Scheme);
        }
        if authority.as_str().contains('@') {
            return Err(BadTarget::User);
        }
        // What stands behind the host, if it is no number of a port, is simply not there else.
        let bare = authority.as_str() == authority.host();
        if !bare && authority.port_u16().is_none_or(|port| port == 0) {
            return Err(BadTarget::Port);
        }
        if uri.query().is_some() {
            return Err(BadTarget::Query);
        }
        // It is gone once the rest is read.
        if url.contains('#') {
            return Err(BadTarget::Fragment);
        }
        let host = authority.as_str();
        let host = host.strip_suffix(":80").unwrap_or(host).to_owned();
        // A value that is shared is copied without an allocation.
        let host = HeaderValue::from_maybe_shared(Bytes::from_owner(host));
        let host = host.map_err(|_| BadTarget::NotAbsolute)?;
        Ok(Self { authority, host, base: uri.path().trim_end_matches('/').into() })
    }

    /// Host and port.
    pub fn authority(&self) -> &Authority {
        &self.authority
    }

    /// The same with more before all of its paths: `/v2`.
    #[must_use]
    pub fn within(self, more: &str) -> Self {
        Self { base: format!("{}{more}", self.base).into(), ..self }
    }

    /// The path before all of its paths; empty or `/x`.
    pub fn base(&self) -> &str {
        &self.base
    }

    /// The URI of a raw path and query at this backend.
    fn uri(&self, path: &str, query: Option<&str>) -> Result<Uri, http::Error> {
        let whole = match query {
            Some(query) => [&*self.base, path, "?", query].concat(),
            None => [&*self.base, path].concat(),
        };
        let mut parts = uri::Parts::default();
        parts.scheme = Some(Scheme::HTTP);
        parts.authority = Some(self.authority.clone());
        parts.path_and_query = Some(PathAndQuery::from_maybe_shared(Bytes::from(whole))?);
        Ok(Uri::from_parts(parts)?)
    }
}

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
    Connect(#[source] hyper_util::client::legacy::Error),
    /// The connection broke, or what came is no HTTP.
    #[error("the backend gave no valid answer")]
    Broken(#[source] hyper_util::client::legacy::Error),
    /// It took too long.
    #[error("the backend did not answer in time")]
    TooSlow,
    /// The path cannot be written as a URI.
    #[error("the path cannot be sent")]
    Path(#[from] http::Error),
}

impl SendError {
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

/// The pooled connections to all backends; cheap to clone.
#[derive(Clone, Debug)]
pub struct Upstream {
    client: Client<Connector, Body>,
    answer: Duration,
    /// Connections that are open.
    open: TaskTracker,
}

impl Upstream {
    /// Pools without connections.
    pub fn new(config: Config) -> Self {
        let (mut connector, open) = (HttpConnector::new(), TaskTracker::new());
        connector.set_connect_timeout(Some(config.connect));
        connector.set_nodelay(true);
        let client = Client::builder(TokioExecutor::new())
            .timer(TokioTimer::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(config.idle)
            // Every request says it already.
            .set_host(false)
            .build(Connector { http: connector, open: open.clone() });
        Self { client, answer: config.answer, open }
    }

    /// How many connections are open, used or not.
    pub fn connections(&self) -> usize {
        self.open.len()
    }

    /// Sends a request; its URI is replaced by the raw path and query at the target. `progress`
    /// counts its body. One that may be sent twice is sent again where a connection that has served
    /// before ends without a byte of the answer: it was closed when the request was on its way.
    pub fn send<'s>(
        &'s self,
        target: &Target,
        (path, query): (&str, Option<&str>),
        mut request: Request<Body>,
        progress: &'s Meter,
    ) -> impl Future<Output = Result<Response<Incoming>, SendError>> + use<'s> {
        let uri = target.uri(path, query).map(|uri| {
            *request.uri_mut() = uri;
            *request.version_mut() = Version::HTTP_11;
            request.headers_mut().insert(HOST, target.host.clone());
        });
        // What need not be kept while one waits is not.
        let begun = uri.map(|()| (again(&request), self.begin(request)));
        async move {
            let (again, first) = begun?;
            match (first.finish(self.answer, progress).await, again) {
                (Err(SendError::Broken(error)), Some(again)) if was_stale(&error) => {
                    tracing::debug!(reason = %error, "a connection was closed before its answer");
                    Box::pin(self.begin(*again).finish(self.answer, progress)).await
                }
                (sent, _) => sent,
            }
        }
    }

    fn begin(&self, mut request: Request<Body>) -> Begun {
        let gate = request.extensions().get::<Gate>().cloned();
        if let Some(gate) = gate.clone() {
            hyper::ext::on_informational(&mut request, move |told| {
                if told.status() == StatusCode::CONTINUE {
                    gate.open();
                }
            });
        }
        Begun { answer: self.client.request(request), gate }
    }
}

/// A request that is on its way.
struct Begun {
    answer: ResponseFuture,
    gate: Option<Gate>,
}

impl Begun {
    async fn finish(
        self,
        longest: Duration,
        progress: &Meter,
    ) -> Result<Response<Incoming>, SendError> {
        let (mut answer, gate) = (pin!(self.answer), self.gate);
        loop {
            let sent = progress.bytes();
            match tokio::time::timeout(longest, answer.as_mut()).await {
                Ok(Ok(response)) => return Ok(response),
                Ok(Err(error)) if error.is_connect() => return Err(SendError::Connect(error)),
                Ok(Err(error)) => return Err(SendError::Broken(error)),
                // A long upload is not a slow backend, nor is one that waits to be asked for.
                Err(_) if progress.end() == End::Open && progress.bytes() > sent => {}
                Err(_) if gate.as_ref().is_some_and(Gate::open) => {}
                Err(_) => return Err(SendError::TooSlow),
            }
        }
    }
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
