//! Headers on both ways: hop-by-hop ones go, forwarding ones are set, and what described an
//! untranslated body goes with it. It touches no body.

use std::net::SocketAddr;

use http::header::{
    ACCEPT_ENCODING, ACCEPT_RANGES, CONNECTION, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_LOCATION,
    CONTENT_TYPE, COOKIE, ETAG, FORWARDED, HOST, IF_MODIFIED_SINCE, IF_NONE_MATCH, IF_RANGE,
    LAST_MODIFIED, LINK, LOCATION, MAX_FORWARDS, RANGE, SET_COOKIE, TE, TRAILER, TRANSFER_ENCODING,
    UPGRADE, VARY, VIA,
};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, Version};
use thiserror::Error;

use super::record::said;
use crate::body::HOP;
use crate::message::header::{Media, list, media};
use crate::upstream::Target;

const FORWARDED_HOST: HeaderName = HeaderName::from_static("x-forwarded-host");
/// Digests and validators of the bytes that were not sent on.
const OF_BYTES: [HeaderName; 8] = [
    // Trailers are not kept while a body is gathered.
    TRAILER,
    ETAG,
    ACCEPT_RANGES,
    LAST_MODIFIED,
    HeaderName::from_static("content-md5"),
    HeaderName::from_static("digest"),
    HeaderName::from_static("repr-digest"),
    HeaderName::from_static("content-digest"),
];

/// Takes away what is between two neighbours only; gives the names that `Connection` lists.
pub(super) fn strip_hop(headers: &mut HeaderMap) -> Vec<HeaderName> {
    if headers.contains_key(TRANSFER_ENCODING) {
        // It frames the body, and a length beside it is wrong (RFC 9112, 6.3).
        headers.remove(CONTENT_LENGTH);
    }
    let listed: Vec<HeaderName> = headers
        .get_all(CONNECTION)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(list)
        .filter_map(|name| name.parse().ok())
        .collect();
    for name in listed.iter().chain(&HOP) {
        headers.remove(name);
    }
    listed
}

/// Leaves one length of an answer: values that say the same several times are one (RFC 9110, 8.6), and
/// one that is none, or is of an answer that has no body, goes.
pub(super) fn one_length(headers: &mut HeaderMap, status: StatusCode) {
    let length = |text: &str| {
        let digits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        digits.then(|| text.parse::<u64>().ok()).flatten()
    };
    let mut values = headers.get_all(CONTENT_LENGTH).iter();
    let Some(first) = values.next() else { return };
    let bodiless = status == StatusCode::NO_CONTENT;
    // Nearly always there is one, as it should be.
    if values.next().is_none() && !bodiless && first.to_str().ok().and_then(length).is_some() {
        return;
    }
    let one = {
        let texts = headers.get_all(CONTENT_LENGTH).iter().map(|v| v.to_str().unwrap_or("?"));
        let mut all = texts.flat_map(list).map(length);
        all.next().flatten().filter(|one| all.all(|other| other == Some(*one)))
    };
    headers.remove(CONTENT_LENGTH);
    if let Some(length) = one.filter(|_| !bodiless) {
        headers.insert(CONTENT_LENGTH, HeaderValue::from(length));
    }
}

/// Bytes of headers, as HTTP/1.1 writes them.
pub(super) fn size(headers: &HeaderMap) -> usize {
    // The name, a colon, a space, the value and a line end.
    let lines = headers.iter().map(|(name, value)| name.as_str().len() + value.len() + 4);
    lines.sum()
}

/// Whether a client takes trailers behind a body: over HTTP/1.1 only if it says so.
pub(super) fn takes_trailers(headers: &HeaderMap, version: Version) -> bool {
    let said = headers.get_all(TE).iter().filter_map(|v| v.to_str().ok()).flat_map(list);
    version == Version::HTTP_2 || said.into_iter().any(|te| te.eq_ignore_ascii_case("trailers"))
}

/// Announces no trailers.
pub(super) fn without_trailers(headers: &mut HeaderMap) {
    headers.remove(TRAILER);
}

/// Says that an answer is another one by these headers of the request.
pub(super) fn vary<'n>(headers: &mut HeaderMap, by: impl Iterator<Item = &'n HeaderName>) {
    for name in by {
        let said = headers.get_all(VARY).iter().filter_map(|v| v.to_str().ok()).flat_map(list);
        let known =
            said.into_iter().any(|own| own == "*" || own.eq_ignore_ascii_case(name.as_str()));
        if !known {
            headers.append(VARY, HeaderValue::from(name.clone()));
        }
    }
}

/// Whether a client asks for another protocol. `h2c` may be ignored (RFC 9113) and is.
pub(super) fn upgrades(headers: &HeaderMap) -> bool {
    let wanted = headers.get_all(UPGRADE).iter().filter_map(|v| v.to_str().ok()).flat_map(list);
    wanted.into_iter().any(|protocol| !protocol.eq_ignore_ascii_case("h2c"))
}

/// Whether a body has a coding of its transfer beside chunks: these go with their header, so what
/// was coded would go on as if it were not.
pub(super) fn coded(headers: &HeaderMap) -> bool {
    let values = headers.get_all(TRANSFER_ENCODING).iter();
    let codings: Vec<_> = values.flat_map(|v| list(v.to_str().unwrap_or("?"))).collect();
    !codings.is_empty() && !matches!(&*codings, [one] if one.eq_ignore_ascii_case("chunked"))
}

/// Says that a body comes in chunks, where nobody says how long it is: of a `GET` the client that
/// sends it would take it for none.
pub(super) fn chunk(headers: &mut HeaderMap) {
    headers.insert(TRANSFER_ENCODING, HeaderValue::from_static("chunked"));
}

/// Who asked whom, for the backend.
pub(super) fn forward(headers: &mut HeaderMap, host: &str, peer: SocketAddr, version: Version) {
    headers.remove(HOST);
    join_cookies(headers);
    append(headers, HeaderName::from_static("x-forwarded-for"), &peer.ip().to_string());
    // What a client says of it itself is not forwarded, even if it asked no host.
    headers.remove(&FORWARDED_HOST);
    set(headers, FORWARDED_HOST, host);
    set(headers, HeaderName::from_static("x-forwarded-proto"), "http");
    let node = match peer {
        SocketAddr::V4(peer) => peer.ip().to_string(),
        SocketAddr::V6(peer) => format!("\"[{}]\"", peer.ip()),
    };
    let host = if host.is_empty() { String::new() } else { format!("host=\"{host}\";") };
    append(headers, FORWARDED, &format!("for={node};{host}proto=http"));
    via(headers, version);
}

/// Names this hop.
pub(super) fn via(headers: &mut HeaderMap, version: Version) {
    let protocol = match version {
        Version::HTTP_2 => "2.0 fishplate",
        Version::HTTP_10 => "1.0 fishplate",
        _ => "1.1 fishplate",
    };
    append(headers, VIA, protocol);
}

/// How many hops a request may still take, where it says so (RFC 9110, 7.6.2).
pub(super) fn hops(headers: &HeaderMap) -> Option<u64> {
    let said = headers.get(MAX_FORWARDS)?.to_str().ok()?.trim();
    let number = !said.is_empty() && said.bytes().all(|byte| byte.is_ascii_digit());
    // One that is too large is as good as the largest.
    number.then(|| said.parse().unwrap_or(u64::MAX))
}

/// Takes the hop that a request takes here from those that it may take.
pub(super) fn count_hop(headers: &mut HeaderMap) {
    if let Some(hops) = hops(headers) {
        headers.insert(MAX_FORWARDS, HeaderValue::from(hops.saturating_sub(1)));
    }
}

fn set(headers: &mut HeaderMap, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value)
        && !value.is_empty()
    {
        headers.insert(name, value);
    }
}

/// Adds to a list that may be there already, in one line.
fn append(headers: &mut HeaderMap, name: HeaderName, value: &str) {
    let mut all: Vec<String> =
        headers.get_all(&name).iter().filter_map(|v| v.to_str().ok()).map(str::to_owned).collect();
    all.push(value.to_owned());
    set(headers, name, &all.join(", "));
}

/// Takes from a request what would make the backend answer with something that cannot be
/// translated: parts, codings, and nothing at all.
pub(super) fn ask_for_whole(headers: &mut HeaderMap) {
    for name in [RANGE, IF_RANGE, IF_NONE_MATCH, IF_MODIFIED_SINCE] {
        headers.remove(name);
    }
    headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("identity"));
}

/// Describes a translated body: its length, and nothing that was true of the old bytes.
pub(super) fn describe(headers: &mut HeaderMap, length: usize) {
    forget(headers);
    headers.insert(CONTENT_LENGTH, HeaderValue::from(length));
}

/// Says of a body that it is empty, as its end only has shown.
pub(super) fn describe_none(headers: &mut HeaderMap) {
    headers.remove(TRAILER);
    headers.insert(CONTENT_LENGTH, HeaderValue::from(0));
}

/// Takes away what is true of an untranslated body only.
pub(super) fn forget(headers: &mut HeaderMap) {
    for name in OF_BYTES.iter().chain(&[CONTENT_LENGTH]) {
        headers.remove(name);
    }
}

/// Why a body cannot be read as a document.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub(super) enum Unreadable {
    /// `text/html`, no type, several types: what is said of it.
    #[error("it is not JSON: {0}")]
    Other(String),
    /// `Content-Encoding: gzip`
    #[error("compressed bodies are not supported yet")]
    Coded,
    /// `PATCH`, `application/merge-patch+json`
    #[error("partial writes are not supported yet")]
    Partial,
    /// `charset=iso-8859-1`
    #[error("its charset is not UTF-8")]
    Charset,
    /// `206 Partial Content`
    #[error("it is a part of a document")]
    Part,
}

/// Why a body cannot be read as a document, by its headers.
pub(super) fn unreadable(headers: &HeaderMap) -> Option<Unreadable> {
    let unreadable = match kind(headers) {
        Err(told) => return Some(Unreadable::Other(told)),
        Ok(kind) => match media(kind) {
            Media::Other => {
                let told = format!("its Content-Type is `{}`", said(kind, LONGEST));
                return Some(Unreadable::Other(told));
            }
            Media::Json => None,
            Media::Patch => Some(Unreadable::Partial),
            Media::Charset => Some(Unreadable::Charset),
        },
    };
    let coded = headers.get_all(CONTENT_ENCODING).iter().filter_map(|v| v.to_str().ok());
    if coded.flat_map(list).any(|coding| !coding.eq_ignore_ascii_case("identity")) {
        return Some(Unreadable::Coded);
    }
    unreadable
}

/// Characters of a media type that are told at most.
const LONGEST: usize = 64;

/// The media type of a body, or what is said instead.
fn kind(headers: &HeaderMap) -> Result<&str, String> {
    let mut kinds = headers.get_all(CONTENT_TYPE).iter();
    let Some(kind) = kinds.next() else { return Err("it has no Content-Type".into()) };
    if kinds.next().is_some() {
        // Two of them would be read differently by two readers.
        return Err("it has several Content-Type headers".into());
    }
    kind.to_str().map_err(|_| "its Content-Type is no text".into())
}

/// Joins the cookies that HTTP/2 may send one by one (RFC 9113, 8.2.3).
fn join_cookies(headers: &mut HeaderMap) {
    let cookies: Vec<_> = headers.get_all(COOKIE).iter().map(HeaderValue::as_bytes).collect();
    if cookies.len() > 1
        && let Ok(all) = HeaderValue::from_bytes(&cookies.join(&b"; "[..]))
    {
        headers.insert(COOKIE, all);
    }
}

/// Puts what was stripped back into the targets that a client sees.
pub(super) fn relocate(headers: &mut HeaderMap, target: &Target, stripped: &str) {
    for name in [LOCATION, CONTENT_LOCATION, LINK, SET_COOKIE] {
        let values: Vec<_> = headers.get_all(&name).iter().cloned().collect();
        let mut moved = values.iter().map(|value| {
            let text = value.to_str().ok()?;
            let text = if name == LINK {
                links(text, target, stripped)
            } else if name == SET_COOKIE {
                cookie(text, target, stripped)
            } else {
                relocated(text, target, stripped)
            };
            HeaderValue::from_str(&text?).ok()
        });
        if moved.clone().all(|value| value.is_none()) {
            continue;
        }
        headers.remove(&name);
        for value in &values {
            let new = moved.next().flatten();
            headers.append(name.clone(), new.unwrap_or_else(|| value.clone()));
        }
    }
}

fn relocated(value: &str, target: &Target, stripped: &str) -> Option<String> {
    let own = format!("http://{}", target.authority());
    let path = match value.strip_prefix(&*own) {
        Some("") => "/",
        Some(rest) if rest.starts_with(['/', '?']) => rest,
        None if value.starts_with('/') && !value.starts_with("//") => value,
        // Another host, or one of which ours is only the beginning, or a relative target.
        Some(_) | None => return None,
    };
    let moved = format!("{stripped}{}", inside(path, target));
    // A reference that begins so would name a host (RFC 3986, section 4.2).
    Some(if moved.starts_with("//") { format!("/.{moved}") } else { moved })
}

/// A path at the backend, without what stands before all of its paths.
fn inside<'p>(path: &'p str, target: &Target) -> &'p str {
    match path.strip_prefix(target.base()) {
        Some("") => "/",
        Some(rest) if rest.starts_with(['/', '?']) => rest,
        Some(_) | None => path,
    }
}

/// The targets of `</orders?page=2>; rel="next", <…>`.
fn links(value: &str, target: &Target, stripped: &str) -> Option<String> {
    let (mut moved, mut rest, mut any) = (String::new(), value, false);
    while let Some((before, from)) = rest.split_once('<') {
        // One within quotes opens no target.
        if before.matches('"').count() % 2 == 1 {
            let end = from.find('"').map_or(from.len(), |at| at.saturating_add(1));
            let (quoted, after) = from.split_at(end);
            moved.extend([before, "<", quoted]);
            rest = after;
            continue;
        }
        let (uri, after) = from.split_once('>')?;
        let new = relocated(uri, target, stripped);
        any |= new.is_some();
        moved.extend([before, "<", new.as_deref().unwrap_or(uri), ">"]);
        rest = after;
    }
    moved.push_str(rest);
    any.then_some(moved)
}

/// The path that a cookie is for.
fn cookie(value: &str, target: &Target, stripped: &str) -> Option<String> {
    let mut parts: Vec<_> = value.split(';').map(str::to_owned).collect();
    let mut any = false;
    // Of two paths the last one counts, and some readers may take the first.
    for part in parts.iter_mut().skip(1) {
        let Some((name, path)) = part.split_once('=') else { continue };
        let path = path.trim();
        if name.trim().eq_ignore_ascii_case("path") && path.starts_with('/') {
            *part = format!(" Path={stripped}{}", inside(path, target));
            any = true;
        }
    }
    any.then(|| parts.join(";"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_length_is_left() {
        let left = |values: &[&'static [u8]], status| {
            let mut headers = HeaderMap::new();
            for value in values {
                headers.append(CONTENT_LENGTH, HeaderValue::from_bytes(value).unwrap());
            }
            one_length(&mut headers, status);
            let left =
                headers.get_all(CONTENT_LENGTH).iter().map(|v| v.to_str().unwrap().to_owned());
            left.collect::<Vec<_>>().join(" ")
        };
        for (values, expected) in [
            (&[&b"9"[..]][..], "9"),
            (&[b"9", b"9"], "9"),
            (&[b"9, 9"], "9"),
            (&[b"9", b"8"], ""),
            (&[b"9, 8"], ""),
            (&[b"9", b"\xff"], ""),
            (&[b"+9"], ""),
            (&[b""], ""),
            (&[b"99999999999999999999"], ""),
            (&[], ""),
        ] {
            assert_eq!(left(values, StatusCode::OK), expected, "{values:?}");
            assert_eq!(left(values, StatusCode::NO_CONTENT), "", "{values:?}");
        }
    }

    #[test]
    fn hop_by_hop_headers_go() {
        let mut headers = HeaderMap::new();
        for (name, value) in [
            ("connection", "close, X-Hop"),
            ("x-hop", "1"),
            ("keep-alive", "timeout=1"),
            ("te", "trailers"),
            ("proxy-connection", "close"),
            ("transfer-encoding", "chunked"),
            ("upgrade", "h2c"),
            ("x-stays", "1"),
        ] {
            headers.insert(name, HeaderValue::from_static(value));
        }
        assert!(!upgrades(&headers));
        let listed = strip_hop(&mut headers);
        assert!(listed.contains(&HeaderName::from_static("x-hop")), "{listed:?}");
        assert_eq!(headers.keys().map(HeaderName::as_str).collect::<Vec<_>>(), ["x-stays"]);
    }

    #[test]
    fn targets_inside_the_api_move() {
        let target = Target::parse("http://back:1/base").unwrap();
        let to = |value| relocated(value, &target, "/shop/v1");
        assert_eq!(to("/base/orders/1").as_deref(), Some("/shop/v1/orders/1"));
        assert_eq!(to("http://back:1/base/o?x#y").as_deref(), Some("/shop/v1/o?x#y"));
        assert_eq!(to("http://back:12/base/o"), None);
        assert_eq!(to("//other/x"), None);
        assert_eq!(to("relative"), None);
        assert_eq!(to("/basement"), Some("/shop/v1/basement".into()));
        assert_eq!(to("http://back:1"), Some("/shop/v1/".into()));
        let bare = |value| relocated(value, &target, "");
        assert_eq!(bare("http://back:1//other/x").as_deref(), Some("/.//other/x"));
        assert_eq!(bare("/base//other/x").as_deref(), Some("/.//other/x"));
        assert_eq!(to("/base//other/x").as_deref(), Some("/shop/v1//other/x"));
    }

    #[test]
    fn every_link_moves_by_itself() {
        let target = Target::parse("http://back:1").unwrap();
        let to = |value| links(value, &target, "/v1");
        let two = r#"</o?page=2>; rel="next", <http://back:1/o>; title="</o>", <https://x/o>"#;
        let moved = r#"</v1/o?page=2>; rel="next", </v1/o>; title="</o>", <https://x/o>"#;
        assert_eq!(to(two).as_deref(), Some(moved));
        assert_eq!(to("<https://x/o>"), None);
        assert_eq!(to("<broken"), None);
    }

    #[test]
    fn cookies_keep_to_their_path() {
        let target = Target::parse("http://back:1/base").unwrap();
        let to = |value| cookie(value, &target, "/shop");
        assert_eq!(to("a=/b; path=/base/x; Secure").as_deref(), Some("a=/b; Path=/shop/x; Secure"));
        assert_eq!(to("a=b; Path=/").as_deref(), Some("a=b; Path=/shop/"));
        assert_eq!(to("path=/x; Secure"), None);
        assert_eq!(
            to("a=b; path=/base/x; Path=/y").as_deref(),
            Some("a=b; Path=/shop/x; Path=/shop/y")
        );
    }

    #[test]
    fn cookies_of_http2_are_joined() {
        let mut headers = HeaderMap::new();
        headers.append(COOKIE, HeaderValue::from_static("a=1"));
        headers.append(COOKIE, HeaderValue::from_static("b=2"));
        join_cookies(&mut headers);
        assert_eq!(headers.get_all(COOKIE).iter().collect::<Vec<_>>(), ["a=1; b=2"]);
    }
}
