//! What a hop tells the next one of itself and of its client. It touches nothing that describes a body.

use std::cell::Cell;
use std::hash::{BuildHasher as _, RandomState};
use std::time::{SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use http::header::{COOKIE, Entry, FORWARDED, HOST, MAX_FORWARDS, VIA};
use http::uri::Authority;
use http::{HeaderMap, HeaderName, HeaderValue, Version};

use super::nominated;
use crate::gateway::peer::Peer;
use crate::message::header::list;

const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
/// The host that the client asked.
pub(in crate::gateway) const FORWARDED_HOST: HeaderName =
    HeaderName::from_static("x-forwarded-host");
const FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");

/// What names a request, to the backend, to the client and in the log.
pub(in crate::gateway) const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// Characters of such a name.
const LONGEST: usize = 128;

/// The name of a request: what the client says for all hops, if it is one word of harmless characters, else
/// a new one.
pub(in crate::gateway) fn identify(headers: &mut HeaderMap) -> HeaderValue {
    let mut all = headers.get_all(&REQUEST_ID).iter();
    let own = all.next().filter(|id| all.next().is_none() && is_id(id.as_bytes()));
    let own = own.filter(|_| !nominated(headers).any(|name| REQUEST_ID == name)).cloned();
    let id = own.unwrap_or_else(|| {
        // A value that is shared is copied without an allocation.
        let shared = Bytes::from_owner(new_id());
        HeaderValue::from_maybe_shared(shared).unwrap_or(HeaderValue::from_static("-"))
    });
    headers.insert(REQUEST_ID, id.clone());
    id
}

thread_local! {
    /// A key that nobody knows, and what was made with it last.
    static MADE: (RandomState, Cell<u64>) = (RandomState::new(), Cell::new(0));
}

/// A name that no other request has, the time first (RFC 9562, 5.7: a UUID of version 7). What is random
/// in it is the hash of a count, by a key that the system gave: a name needs to be like no other one,
/// and no secret hangs on it.
fn new_id() -> [u8; 36] {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_millis();
    let (hash, next) = MADE.with(|(key, count)| {
        let next = count.get().wrapping_add(1);
        count.set(next);
        (key.hash_one(next), next)
    });
    // Those of one thread that have the same hash are far from each other.
    let mut random = [0; 10];
    let bytes = hash.to_le_bytes().into_iter().chain(next.to_le_bytes());
    for (to, from) in random.iter_mut().zip(bytes) {
        *to = from;
    }
    let made = uuid::Builder::from_unix_timestamp_millis(u64::try_from(now).unwrap_or(0), &random);
    let mut text = [0; 36];
    made.into_uuid().hyphenated().encode_lower(&mut text);
    text
}

fn is_id(text: &[u8]) -> bool {
    let harmless = |b: &u8| b.is_ascii_alphanumeric() || b"-_.:/+=@~".contains(b);
    (1..=LONGEST).contains(&text.len()) && text.iter().all(harmless)
}

/// Who asked whom, for the backend; `authority` is the host where the target of the request has it.
pub(in crate::gateway) fn forward(
    headers: &mut HeaderMap,
    authority: Option<&Authority>,
    peer: &Peer,
    version: Version,
) {
    let said = headers.remove(HOST);
    let host = match authority {
        Some(own) => HeaderValue::from_str(own.as_str()).ok(),
        None => said,
    };
    join_cookies(headers);
    append(headers, FORWARDED_FOR, peer.forwarded_for().clone());
    append(headers, FORWARDED, peer.forwarded(host.as_ref()));
    // What a client says of it itself is not forwarded, even if it asked no host; what a proxy says that is
    // believed is.
    let kept = |name: &HeaderName, is: fn(&[u8]) -> bool| {
        let mut all = headers.get_all(name).iter();
        let one = all.next().filter(|_| all.next().is_none());
        peer.is_trusted && one.is_some_and(|value| is(value.as_bytes()))
    };
    let (has_host, has_proto) = (kept(&FORWARDED_HOST, is_host), kept(&FORWARDED_PROTO, is_proto));
    match host.filter(|host| !host.is_empty()) {
        _ if has_host => {}
        Some(host) => drop(headers.insert(FORWARDED_HOST, host)),
        None => drop(headers.remove(FORWARDED_HOST)),
    }
    if !has_proto {
        headers.insert(FORWARDED_PROTO, HeaderValue::from_static("http"));
    }
    via(headers, version);
}

/// Whether a proxy names one host, perhaps with a port.
fn is_host(said: &[u8]) -> bool {
    let host = std::str::from_utf8(said).ok().and_then(|said| said.parse::<Authority>().ok());
    host.is_some_and(|host| !host.as_str().contains('@'))
}

/// Whether a proxy says how it was asked.
fn is_proto(said: &[u8]) -> bool {
    [&b"http"[..], b"https"].iter().any(|own| own.eq_ignore_ascii_case(said))
}

/// Names this hop.
pub(in crate::gateway) fn via(headers: &mut HeaderMap, version: Version) {
    let protocol = match version {
        Version::HTTP_2 => "2.0 fishplate",
        Version::HTTP_10 => "1.0 fishplate",
        _ => "1.1 fishplate",
    };
    append(headers, VIA, HeaderValue::from_static(protocol));
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

/// Adds to a list that may be there already, in one line; what is no text in it goes.
fn append(headers: &mut HeaderMap, name: HeaderName, value: HeaderValue) {
    match headers.entry(name) {
        Entry::Vacant(free) => drop(free.insert(value)),
        Entry::Occupied(mut there) => {
            let texts = there.iter().chain([&value]).filter_map(|value| value.to_str().ok());
            let all = texts.collect::<Vec<_>>().join(", ");
            if let Ok(all) = HeaderValue::try_from(all) {
                there.insert(all);
            }
        }
    }
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
        let mut headers = HeaderMap::new();
        headers.insert(REQUEST_ID, HeaderValue::from_static("a"));
        headers.insert("connection", HeaderValue::from_static("close, X-Request-ID"));
        assert_eq!(identify(&mut headers).len(), 36);
    }
}
