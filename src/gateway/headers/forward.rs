//! What a hop tells the next one of itself and of its client. It touches nothing that describes a body.

use std::net::SocketAddr;

use http::header::{COOKIE, FORWARDED, HOST, MAX_FORWARDS, VIA};
use http::{HeaderMap, HeaderName, HeaderValue, Version};
use uuid::Uuid;

use crate::message::header::list;

const FORWARDED_HOST: HeaderName = HeaderName::from_static("x-forwarded-host");

/// What names a request, to the backend, to the client and in the log.
pub(in crate::gateway) const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// Characters of such a name.
const LONGEST: usize = 128;

/// The name of a request: what the client says, if it is one word of harmless characters, else a new one.
pub(in crate::gateway) fn identify(headers: &mut HeaderMap) -> HeaderValue {
    let mut all = headers.get_all(&REQUEST_ID).iter();
    let own = all.next().filter(|id| all.next().is_none() && is_id(id.as_bytes())).cloned();
    let id = own.unwrap_or_else(|| {
        let new = Uuid::now_v7().to_string();
        HeaderValue::from_str(&new).unwrap_or(HeaderValue::from_static("-"))
    });
    headers.insert(REQUEST_ID, id.clone());
    id
}

fn is_id(text: &[u8]) -> bool {
    let harmless = |b: &u8| b.is_ascii_alphanumeric() || b"-_.:/+=@~".contains(b);
    (1..=LONGEST).contains(&text.len()) && text.iter().all(harmless)
}

/// Who asked whom, for the backend.
pub(in crate::gateway) fn forward(
    headers: &mut HeaderMap,
    host: &str,
    peer: SocketAddr,
    version: Version,
) {
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
pub(in crate::gateway) fn via(headers: &mut HeaderMap, version: Version) {
    let protocol = match version {
        Version::HTTP_2 => "2.0 fishplate",
        Version::HTTP_10 => "1.0 fishplate",
        _ => "1.1 fishplate",
    };
    append(headers, VIA, protocol);
}

/// How often a message has come through gateways like this one.
pub(in crate::gateway) fn passed(headers: &HeaderMap) -> usize {
    let hops = headers.get_all(VIA).iter().filter_map(|v| v.to_str().ok()).flat_map(list);
    hops.filter(|hop| hop.split_whitespace().nth(1) == Some("fishplate")).count()
}

/// How many hops a request may still take, where it says so (RFC 9110, 7.6.2).
pub(in crate::gateway) fn hops(headers: &HeaderMap) -> Option<u64> {
    let said = headers.get(MAX_FORWARDS)?.to_str().ok()?.trim();
    let number = !said.is_empty() && said.bytes().all(|byte| byte.is_ascii_digit());
    // One that is too large is as good as the largest.
    number.then(|| said.parse().unwrap_or(u64::MAX))
}

/// Takes the hop that a request takes here from those that it may take.
pub(in crate::gateway) fn count_hop(headers: &mut HeaderMap) {
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

/// Joins the cookies that HTTP/2 may send one by one (RFC 9113, 8.2.3).
fn join_cookies(headers: &mut HeaderMap) {
    let cookies: Vec<_> = headers.get_all(COOKIE).iter().map(HeaderValue::as_bytes).collect();
    if cookies.len() > 1
        && let Ok(all) = HeaderValue::from_bytes(&cookies.join(&b"; "[..]))
    {
        headers.insert(COOKIE, all);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cookies_of_http2_are_joined() {
        let mut headers = HeaderMap::new();
        headers.append(COOKIE, HeaderValue::from_static("a=1"));
        headers.append(COOKIE, HeaderValue::from_static("b=2"));
        join_cookies(&mut headers);
        assert_eq!(headers.get_all(COOKIE).iter().collect::<Vec<_>>(), ["a=1; b=2"]);
    }

    #[test]
    fn names_of_requests_are_kept_or_made() {
        let of = |values: &[&[u8]]| {
            let mut headers = HeaderMap::new();
            for value in values {
                headers.append(REQUEST_ID, HeaderValue::from_bytes(value).unwrap());
            }
            let id = identify(&mut headers);
            assert_eq!(headers.get_all(REQUEST_ID).iter().collect::<Vec<_>>(), [&id]);
            id.to_str().unwrap().to_owned()
        };
        assert_eq!(of(&[b"a-B_1.c:2/3+4=5@6~7"]), "a-B_1.c:2/3+4=5@6~7");
        let long = [b'x'; 129];
        let wrong: [&[&[u8]]; 7] =
            [&[], &[b"a", b"a"], &[b""], &[b"a b"], &[b"a\"b"], &[b"\xf6"], &[&long]];
        for wrong in wrong {
            let (one, two) = (of(wrong), of(wrong));
            assert!(one != two && one.len() == 36, "{wrong:?} {one} {two}");
        }
        assert_eq!(of(&[&long[1..]]).len(), 128);
    }
}
