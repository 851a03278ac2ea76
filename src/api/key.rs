//! What a client is known by: a header, a cookie or a parameter of its requests. It decides nothing.

use std::borrow::Cow;
use std::fmt;

use http::header::COOKIE;
use http::{HeaderMap, HeaderName};

use crate::message::query;

/// What of a request is looked at to decide about it.
#[derive(Clone, Copy, Debug)]
pub struct Asks<'p> {
    /// The raw path behind the prefix.
    pub path: &'p str,
    /// The raw query.
    pub query: Option<&'p str>,
    /// The headers.
    pub headers: &'p HeaderMap,
}

/// Something that stands in requests.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Key {
    /// `header.X-Tenant`
    Header(HeaderName),
    /// `cookie.session`
    Cookie(Box<str>),
    /// `query.tenant`
    Query(Box<str>),
}

/// As it is written.
impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Header(name) => write!(f, "header.{name}"),
            Self::Cookie(name) => write!(f, "cookie.{name}"),
            Self::Query(name) => write!(f, "query.{name}"),
        }
    }
}

impl Key {
    /// Reads `header.X-Tenant`.
    pub fn parse(text: &str) -> Option<Self> {
        let (kind, name) = text.split_once('.')?;
        match kind {
            "header" => name.parse().ok().map(Self::Header),
            "cookie" if is_token(name) => Some(Self::Cookie(name.into())),
            "query" if !name.is_empty() => Some(Self::Query(name.into())),
            _ => None,
        }
    }

    /// What a request has there, each time that it is there; what is empty is not.
    pub fn values<'p>(&'p self, asks: &Asks<'p>) -> Vec<Cow<'p, str>> {
        let mut values: Vec<Cow<'p, str>> = match self {
            Self::Header(name) => lines(asks.headers, name).collect(),
            Self::Cookie(name) => {
                let pairs = asks.headers.get_all(COOKIE).iter().filter_map(|v| v.to_str().ok());
                let pairs =
                    pairs.flat_map(|line| line.split(';')).filter_map(|p| p.split_once('='));
                let own = pairs.filter(|(own, _)| own.trim() == &**name);
                own.map(|(_, value)| Cow::Borrowed(value.trim())).collect()
            }
            Self::Query(name) => query::values(asks.query.unwrap_or_default(), name).collect(),
        };
        values.retain(|value| !value.is_empty());
        values
    }

    /// The header that it stands in.
    pub fn header(&self) -> Option<HeaderName> {
        match self {
            Self::Header(name) => Some(name.clone()),
            Self::Cookie(_) => Some(COOKIE),
            Self::Query(_) => None,
        }
    }
}

fn lines<'p>(headers: &'p HeaderMap, name: &HeaderName) -> impl Iterator<Item = Cow<'p, str>> {
    headers.get_all(name).iter().map(|value| {
        // Bytes that are no text are somebody too.
        let text = String::from_utf8_lossy(value.as_bytes());
        match text {
            Cow::Borrowed(text) => Cow::Borrowed(text.trim()),
            Cow::Owned(text) => Cow::Owned(text.trim().to_owned()),
        }
    })
}

/// Whether a text can be the name of a cookie or of a parameter of a media type (RFC 9110, 5.6.2).
pub(super) fn is_token(text: &str) -> bool {
    let token = |b: u8| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b);
    !text.is_empty() && text.bytes().all(token)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_stand_in_headers_cookies_and_queries() {
        let mut headers = HeaderMap::new();
        headers.append("x-tenant", " acme ".parse().unwrap());
        headers.append("x-tenant", "".parse().unwrap());
        headers.append("cookie", "a=1; session=x=y;b=2".parse().unwrap());
        headers.append("cookie", "session=z".parse().unwrap());
        let asks = Asks { path: "/", query: Some("t=%61&u"), headers: &headers };
        for (key, expected) in [
            ("header.X-Tenant", &["acme"][..]),
            ("cookie.session", &["x=y", "z"]),
            ("query.t", &["a"]),
            ("query.u", &[]),
            ("cookie.none", &[]),
        ] {
            assert_eq!(Key::parse(key).unwrap().values(&asks), expected, "{key}");
        }
        for wrong in
            ["header.", "header.a b", "cookie.", "cookie.a=b", "query.", "x.y", "header", ""]
        {
            assert_eq!(Key::parse(wrong), None, "{wrong}");
        }
    }
}
