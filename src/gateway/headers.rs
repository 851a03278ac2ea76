//! Headers on both ways: hop-by-hop ones go, forwarding ones are set, and what described an
//! untranslated body goes with it. It touches no body.

use std::net::SocketAddr;

use http::header::{
    ACCEPT_ENCODING, ACCEPT_RANGES, CONNECTION, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_LOCATION,
    CONTENT_TYPE, ETAG, FORWARDED, HOST, IF_MODIFIED_SINCE, IF_NONE_MATCH, IF_RANGE, LAST_MODIFIED,
    LOCATION, PROXY_AUTHENTICATE, PROXY_AUTHORIZATION, RANGE, TE, TRAILER, TRANSFER_ENCODING,
    UPGRADE, VIA,
};
use http::{HeaderMap, HeaderName, HeaderValue, Version};

use crate::message::header::{Media, list, media};
use crate::upstream::Target;

const HOP: [HeaderName; 7] =
    [CONNECTION, PROXY_AUTHENTICATE, PROXY_AUTHORIZATION, TE, TRAILER, TRANSFER_ENCODING, UPGRADE];
const HOP_OLD: [HeaderName; 2] =
    [HeaderName::from_static("keep-alive"), HeaderName::from_static("proxy-connection")];
/// Digests and validators of the bytes that were not sent on.
const OF_BYTES: [HeaderName; 7] = [
    ETAG,
    ACCEPT_RANGES,
    LAST_MODIFIED,
    HeaderName::from_static("content-md5"),
    HeaderName::from_static("digest"),
    HeaderName::from_static("repr-digest"),
    HeaderName::from_static("content-digest"),
];

/// Takes away what is between two neighbours only.
pub(super) fn strip_hop(headers: &mut HeaderMap) {
    let listed: Vec<HeaderName> = headers
        .get_all(CONNECTION)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(list)
        .filter_map(|name| name.parse().ok())
        .collect();
    for name in listed.iter().chain(&HOP).chain(&HOP_OLD) {
        headers.remove(name);
    }
}

/// Whether a client asks for another protocol. `h2c` may be ignored (RFC 9113) and is.
pub(super) fn upgrades(headers: &HeaderMap) -> bool {
    let wanted = headers.get_all(UPGRADE).iter().filter_map(|v| v.to_str().ok()).flat_map(list);
    wanted.into_iter().any(|protocol| !protocol.eq_ignore_ascii_case("h2c"))
}

/// Who asked whom, for the backend.
pub(super) fn forward(headers: &mut HeaderMap, host: &str, peer: SocketAddr, version: Version) {
    headers.remove(HOST);
    append(headers, HeaderName::from_static("x-forwarded-for"), &peer.ip().to_string());
    set(headers, HeaderName::from_static("x-forwarded-host"), host);
    set(headers, HeaderName::from_static("x-forwarded-proto"), "http");
    let node = match peer {
        SocketAddr::V4(peer) => peer.ip().to_string(),
        SocketAddr::V6(peer) => format!("\"[{}]\"", peer.ip()),
    };
    let quoted = host.replace(['"', '\\'], "");
    append(headers, FORWARDED, &format!("for={node};host=\"{quoted}\";proto=http"));
    via(headers, version);
}

/// Names this hop.
pub(super) fn via(headers: &mut HeaderMap, version: Version) {
    let protocol = if version == Version::HTTP_2 { "2.0 fishplate" } else { "1.1 fishplate" };
    append(headers, VIA, protocol);
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

/// Takes away what is true of an untranslated body only.
pub(super) fn forget(headers: &mut HeaderMap) {
    for name in OF_BYTES.iter().chain(&[CONTENT_LENGTH]) {
        headers.remove(name);
    }
}

/// Why a body cannot be read as a document, by its headers.
pub(super) fn unreadable(headers: &HeaderMap) -> Option<&'static str> {
    let coded = headers.get_all(CONTENT_ENCODING).iter().filter_map(|v| v.to_str().ok());
    if coded.flat_map(list).any(|coding| !coding.eq_ignore_ascii_case("identity")) {
        return Some("compressed bodies are not supported yet");
    }
    let kind = headers.get(CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or_default();
    match media(kind) {
        Media::Json => None,
        Media::Patch => Some("partial writes are not supported yet"),
        Media::Charset => Some("its charset is not UTF-8"),
        Media::Other => Some("it is not JSON"),
    }
}

/// Puts what was stripped back into the targets that a client sees.
pub(super) fn relocate(headers: &mut HeaderMap, target: &Target, stripped: &str) {
    for name in [LOCATION, CONTENT_LOCATION] {
        let Some(value) = headers.get(&name).and_then(|v| v.to_str().ok()) else { continue };
        if let Some(value) = relocated(value, target, stripped) {
            set(headers, name, &value);
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
    let path = path.strip_prefix(target.base()).unwrap_or(path);
    Some(format!("{stripped}{path}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hop_by_hop_headers_go() {
        let mut headers = HeaderMap::new();
        for (name, value) in [
            ("connection", "close, X-Hop"),
            ("x-hop", "1"),
            ("keep-alive", "timeout=1"),
            ("te", "trailers"),
            ("trailer", "x"),
            ("transfer-encoding", "chunked"),
            ("upgrade", "h2c"),
            ("x-stays", "1"),
        ] {
            headers.insert(name, HeaderValue::from_static(value));
        }
        assert!(!upgrades(&headers));
        strip_hop(&mut headers);
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
    }
}
