//! Where a backend is. It connects to nothing.

use bytes::Bytes;
use http::uri::{Authority, PathAndQuery, Scheme};
use http::{HeaderValue, Uri};
use thiserror::Error;

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

    /// Host and port as a backend is asked for them, for the `Host` of a request.
    pub(super) fn host(&self) -> &HeaderValue {
        &self.host
    }

    /// A raw path and query at this backend, as a request says it.
    pub(super) fn uri(&self, path: &str, query: Option<&str>) -> Result<Uri, http::Error> {
        let whole = match query {
            Some(query) => [&*self.base, path, "?", query].concat(),
            None => [&*self.base, path].concat(),
        };
        Ok(PathAndQuery::from_maybe_shared(Bytes::from(whole))?.into())
    }
}
