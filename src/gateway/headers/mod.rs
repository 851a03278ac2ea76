//! Headers on both ways: hop-by-hop ones go, forwarding ones are set, and what described an
//! untranslated body goes with it. It touches no body.

mod described;
mod forward;
mod relocate;
mod validators;

use http::header::{
    CONNECTION, CONTENT_LENGTH, EXPECT, TE, TRAILER, TRANSFER_ENCODING, UPGRADE, VARY,
};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, Version};

pub(super) use described::{
    Unreadable, asked_type, content_type, describe, describe_none, describe_plain, describe_unsaid,
    described, forget,
};
pub(super) use forward::{
    FORWARDED_HOST, REQUEST_ID, count_hop, forward, hops, identify, passed, via,
};
pub(super) use relocate::{Inside, Moved, points, relocate, targets};
pub(super) use validators::{Mark, ask, mark};

use crate::body::HOP;
use crate::message::header::list;
pub(super) use crate::message::limits::size;

/// Takes away what is between two neighbours only; gives the names that `Connection` lists.
pub(super) fn strip_hop(headers: &mut HeaderMap) -> Vec<HeaderName> {
    // Most messages have one of them or none.
    let mut there = [const { None }; HOP.len()];
    let mut free = there.iter_mut();
    for name in headers.keys() {
        let hop = HOP.iter().find(|hop| *hop == name);
        if let Some((free, hop)) = hop.and_then(|hop| Some((free.next()?, hop))) {
            *free = Some(hop);
        }
    }
    let mut listed = Vec::new();
    for name in there.into_iter().flatten() {
        if *name == CONNECTION {
            listed = nominated(headers).filter_map(|name| name.parse().ok()).collect();
        } else if *name == TRANSFER_ENCODING {
            // It frames the body, and a length beside it is wrong (RFC 9112, 6.3).
            headers.remove(CONTENT_LENGTH);
        }
        headers.remove(name);
    }
    for name in &listed {
        headers.remove(name);
    }
    listed
}

/// What `Connection` lists of fields that may be there (RFC 9110, 7.6.1).
fn nominated(headers: &HeaderMap) -> impl Iterator<Item = &str> {
    let texts = headers.get_all(CONNECTION).iter().filter_map(|value| value.to_str().ok());
    // These are no fields, or go in any case; and what host was asked is said to the backend all the same.
    texts.flat_map(list).filter(|name| {
        !["keep-alive", "close", "te", "host"].iter().any(|own| own.eq_ignore_ascii_case(name))
    })
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

/// Puts another text into each value of a header; `None`: it stays as it is, as does what is no text.
pub(super) fn rewrite(
    headers: &mut HeaderMap,
    name: &HeaderName,
    to: impl Fn(&str) -> Option<String>,
) {
    if !headers.contains_key(name) {
        return;
    }
    let old: Vec<_> = headers.get_all(name).iter().cloned().collect();
    let new = |old: &HeaderValue| HeaderValue::from_str(&to(old.to_str().ok()?)?).ok();
    let new: Vec<_> = old.iter().map(new).collect();
    if new.iter().all(Option::is_none) {
        return;
    }
    headers.remove(name);
    for (old, new) in old.into_iter().zip(new) {
        headers.append(name.clone(), new.unwrap_or(old));
    }
}

/// Whether a client takes trailers behind a body: over HTTP/1.1 only if it says so.
pub(super) fn takes_trailers(headers: &HeaderMap, version: Version) -> bool {
    version == Version::HTTP_2 || asks_for_trailers(headers)
}

/// Whether a client says that it takes trailers.
pub(super) fn asks_for_trailers(headers: &HeaderMap) -> bool {
    let said = headers.get_all(TE).iter().filter_map(|v| v.to_str().ok()).flat_map(list);
    said.into_iter().any(|te| te.eq_ignore_ascii_case("trailers"))
}

/// Says to the backend that trailers are taken (RFC 9110, 10.1.4).
pub(super) fn ask_for_trailers(headers: &mut HeaderMap) {
    headers.insert(TE, HeaderValue::from_static("trailers"));
    headers.insert(CONNECTION, HeaderValue::from_static("te"));
}

/// Whether a client waits to be asked for its body. One that speaks HTTP/1.0 cannot be asked, and says
/// nothing by it (RFC 9110, 10.1.1).
pub(super) fn waits(headers: &mut HeaderMap, version: Version) -> bool {
    if version == Version::HTTP_10 {
        headers.remove(EXPECT);
    }
    let said = headers.get_all(EXPECT).iter().filter_map(|v| v.to_str().ok()).flat_map(list);
    said.into_iter().any(|what| what.eq_ignore_ascii_case("100-continue"))
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

/// Gives a request its name again, if its client has listed that as a field of its connection: it is what the
/// gateway says.
pub(super) fn name(headers: &mut HeaderMap, id: Option<&HeaderValue>) {
    if let Some(id) = id.filter(|_| !headers.contains_key(REQUEST_ID)) {
        headers.insert(REQUEST_ID, id.clone());
    }
}

/// Names in `Vary` what the headers of the backend's request that stand there were made of: a cache before
/// the gateway knows the client's alone.
pub(super) fn vary_behind(headers: &mut HeaderMap, behind: &[(HeaderName, Box<[HeaderName]>)]) {
    if behind.is_empty() || !headers.contains_key(VARY) {
        return;
    }
    let said = headers.get_all(VARY).iter().filter_map(|v| v.to_str().ok()).flat_map(list);
    let said: Vec<_> = said.collect();
    let is_said =
        |own: &HeaderName| said.iter().any(|said| said.eq_ignore_ascii_case(own.as_str()));
    let found: Vec<_> = behind.iter().filter(|(own, _)| is_said(own)).collect();
    vary(headers, found.into_iter().flat_map(|(_, behind)| behind));
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
}
