//! Names of headers that a configuration gives a meaning: each must be free to have it. It decides nothing
//! about messages.

use http::HeaderName;

use crate::diagnostic::{Diagnostic, Span};
use crate::document::Fields;

/// Fields that mean something else already: to HTTP, or to who is before or behind the gateway. What says a
/// version or an outcome in one of them would be in the way of that, or be taken away with it.
const TAKEN: [&str; 68] = [
    "accept",
    "accept-charset",
    "accept-encoding",
    "accept-language",
    "accept-ranges",
    "age",
    "allow",
    "authentication-info",
    "authorization",
    "baggage",
    "cache-control",
    "connection",
    "content-digest",
    "content-disposition",
    "content-encoding",
    "content-language",
    "content-length",
    "content-location",
    "content-md5",
    "content-range",
    "content-type",
    "cookie",
    "date",
    "digest",
    "etag",
    "expect",
    "expires",
    "forwarded",
    "from",
    "host",
    "if-match",
    "if-modified-since",
    "if-none-match",
    "if-range",
    "if-unmodified-since",
    "keep-alive",
    "last-modified",
    "link",
    "location",
    "max-forwards",
    "origin",
    "pragma",
    "proxy-authenticate",
    "proxy-authentication-info",
    "proxy-authorization",
    "proxy-connection",
    "range",
    "referer",
    "repr-digest",
    "retry-after",
    "server",
    "set-cookie",
    "te",
    "traceparent",
    "tracestate",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "user-agent",
    "vary",
    "via",
    "warning",
    "www-authenticate",
    "x-forwarded-for",
    "x-forwarded-host",
    "x-forwarded-proto",
    "x-http-method-override",
    "x-request-id",
];

/// The name of a header under a key, as one may be that says what Fishplate knows; `such` is one.
pub fn header(
    fields: &mut Fields<'_>,
    key: &'static str,
    such: &str,
) -> Option<(HeaderName, Span)> {
    let (text, span) = fields.text(key)?;
    let Ok(name) = text.parse::<HeaderName>() else {
        fields.wrong(span, format!("`{text}` is no name of a header"));
        return None;
    };
    let access = name.as_str().starts_with("access-control-");
    if access || TAKEN.contains(&name.as_str()) {
        let what = format!("the header `{text}` has another meaning");
        let wrong = Diagnostic::error("F402", span, what);
        fields.report(wrong.help(format!("take one of its own, such as `{such}`")));
        return None;
    }
    Some((name, span))
}
