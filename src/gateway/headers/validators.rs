//! What is asked for where an answer may be translated, and the tags of such answers: each says which
//! program made it, so that none of another one is taken for it. It compares no tag with another.

use http::header::{
    self, ETAG, IF_MATCH, IF_MODIFIED_SINCE, IF_NONE_MATCH, IF_RANGE, LAST_MODIFIED, RANGE,
};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, request};

use super::described;
use crate::snapshot::Course;

/// What stands between the tag of a backend and the digest of a program.
const MARK: &[u8] = b"~fp-";
/// Digits of a digest.
const DIGITS: usize = 16;

/// What the tags of the answers to one request are marked with.
pub(in crate::gateway) enum Mark {
    /// The digest of the programs: they look at nothing that the client says beside its target.
    Program,
    /// That, and fields of this client that they look at.
    Said(Box<str>),
    /// Nothing: they look at what is nobody else's affair, and answers have no tags.
    Secret,
}

impl Mark {
    /// The mark for a request as its client sends it.
    pub(in crate::gateway) fn of(headers: &HeaderMap, course: &Course) -> Self {
        if course.varies.is_empty() {
            return Self::Program;
        }
        let secret = [header::AUTHORIZATION, header::COOKIE, header::PROXY_AUTHORIZATION];
        if course.varies.iter().any(|name| secret.contains(name)) {
            return Self::Secret;
        }
        let values = |name| headers.get_all(name).iter().map(HeaderValue::as_bytes);
        Self::Said(course.digest_of(course.varies.iter().map(values)))
    }

    /// The digest in a mark; `None`: no tag has one.
    fn digest<'m>(&'m self, course: &'m Course) -> Option<&'m str> {
        match self {
            Self::Program => Some(&course.digest),
            Self::Said(digest) => Some(digest),
            Self::Secret => None,
        }
    }
}

/// Takes from a request what would make the backend answer with something that cannot be translated,
/// parts and codings, and the marks from the tags of its conditions.
pub(in crate::gateway) fn ask(head: &mut request::Parts, course: &Course, mark: &Mark) {
    let headers = &mut head.headers;
    if course.rewrites {
        described::ask_for_codings(headers);
    }
    let whole = course.rewrites_answer(StatusCode::OK.as_u16());
    if whole || course.rewrites_answer(StatusCode::PARTIAL_CONTENT.as_u16()) {
        headers.remove(RANGE);
        headers.remove(IF_RANGE);
    }
    // A write is about what the backend has, whoever showed it to the client.
    unmark(headers, &IF_MATCH, Marks::Any);
    if ![Method::GET, Method::HEAD].contains(&head.method) {
        unmark(headers, &IF_NONE_MATCH, Marks::Any);
    } else if whole {
        unmark(headers, &IF_NONE_MATCH, Marks::Of(mark.digest(course)));
        // A date says nothing of the program.
        headers.remove(IF_MODIFIED_SINCE);
    }
}

/// Says of a translated answer which program made it.
pub(in crate::gateway) fn mark(headers: &mut HeaderMap, course: &Course, mark: &Mark) {
    headers.remove(LAST_MODIFIED);
    let Some(digest) = mark.digest(course) else {
        headers.remove(ETAG);
        return;
    };
    let mut tags = headers.get_all(ETAG).iter();
    let one = tags.next().filter(|_| tags.next().is_none()).and_then(|tag| {
        let tag = tag.as_bytes();
        let open = tag
            .strip_suffix(b"\"")
            .filter(|_| next(tag).is_some_and(|(_, rest)| rest.is_empty()))?;
        HeaderValue::from_bytes(&[open, MARK, digest.as_bytes(), b"\""].concat()).ok()
    });
    // One that is none, or several, cannot be said of another body.
    match one {
        Some(tag) => drop(headers.insert(ETAG, tag)),
        None => drop(headers.remove(ETAG)),
    }
}

/// Which tags of a condition stay.
#[derive(Clone, Copy)]
enum Marks<'d> {
    /// All of them, whatever is marked on them.
    Any,
    /// Those with this digest; `None`: none has it.
    Of(Option<&'d str>),
}

/// Takes the marks from the tags of a condition. `*` stays.
fn unmark(headers: &mut HeaderMap, name: &HeaderName, marks: Marks<'_>) {
    if !headers.contains_key(name) {
        return;
    }
    let old: Vec<HeaderValue> = headers.get_all(name).iter().cloned().collect();
    headers.remove(name);
    for value in old {
        let all = tags(value.as_bytes());
        let new = match (all, marks) {
            _ if value == "*" => Some(value),
            (Some(all), _) => left(&all, marks),
            // What is no list of tags is the backend's affair, where it cannot give life to what is old.
            (None, Marks::Any) => Some(value),
            (None, Marks::Of(_)) => None,
        };
        if let Some(new) = new {
            headers.append(name, new);
        }
    }
}

/// What is left of a list of tags; `None`: nothing.
fn left(all: &[&[u8]], marks: Marks<'_>) -> Option<HeaderValue> {
    let mut left = Vec::new();
    for tag in all {
        let (open, digest) = unmarked(tag);
        match marks {
            Marks::Of(own) if own.is_none() || digest != own.map(str::as_bytes) => {}
            Marks::Any | Marks::Of(_) => left.push([open, b"\""].concat()),
        }
    }
    HeaderValue::from_bytes(&left.join(&b", "[..])).ok().filter(|left| !left.is_empty())
}

/// A tag without its mark and its last quote, and the digest in the mark.
type Marked<'t> = (&'t [u8], Option<&'t [u8]>);

/// What is before the mark of a tag, or before its last quote, and the digest in the mark.
fn unmarked(tag: &[u8]) -> Marked<'_> {
    let open = tag.strip_suffix(b"\"").unwrap_or(tag);
    let length = MARK.len().saturating_add(DIGITS);
    let marked = open.len().checked_sub(length).and_then(|at| open.split_at_checked(at));
    let found = marked.and_then(|(before, mark)| Some((before, mark.strip_prefix(MARK)?)));
    let digits = |digest: &[u8]| digest.iter().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
    match found.filter(|(before, digest)| before.contains(&b'"') && digits(digest)) {
        Some((before, digest)) => (before, Some(digest)),
        None => (open, None),
    }
}

/// The tags of a list (RFC 9110, 8.8.3); `None`: it is none.
fn tags(mut list: &[u8]) -> Option<Vec<&[u8]>> {
    let mut all = Vec::new();
    loop {
        // Elements may be empty (RFC 9110, 5.6.1).
        let blank = list.iter().take_while(|b| matches!(b, b' ' | b'\t' | b',')).count();
        list = list.get(blank..)?;
        if list.is_empty() {
            return (!all.is_empty()).then_some(all);
        }
        let (tag, rest) = next(list)?;
        let trimmed = rest.trim_ascii_start();
        if !trimmed.is_empty() && trimmed.first() != Some(&b',') {
            return None;
        }
        all.push(tag);
        list = rest;
    }
}

/// The tag that a text begins with, and what follows it.
fn next(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let weak = if text.starts_with(b"W/") { 2 } else { 0 };
    let within = text.get(weak..)?.strip_prefix(b"\"")?;
    let end = within.iter().position(|b| *b == b'"')?;
    // Both quotes.
    text.split_at_checked(weak.saturating_add(end).saturating_add(2))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_of_tags_are_read_to_the_letter() {
        let read = |text: &'static str| {
            let all = tags(text.as_bytes())?;
            Some(all.iter().map(|t| std::str::from_utf8(t).unwrap()).collect::<Vec<_>>())
        };
        assert_eq!(read("\"a\""), Some(vec!["\"a\""]));
        assert_eq!(read(" , W/\"a,b\" ,\t\"\","), Some(vec!["W/\"a,b\"", "\"\""]));
        for wrong in ["", " ", "a", "\"a", "\"a\" \"b\"", "w/\"a\"", "*", "\"a\", *"] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn marks_are_at_the_end_and_whole() {
        let of = |tag: &'static str| {
            let (open, digest) = unmarked(tag.as_bytes());
            (std::str::from_utf8(open).unwrap(), digest.map(|d| std::str::from_utf8(d).unwrap()))
        };
        let digest = "0123456789abcdef";
        assert_eq!(of("\"a~fp-0123456789abcdef\""), ("\"a", Some(digest)));
        assert_eq!(of("W/\"~fp-0123456789abcdef\""), ("W/\"", Some(digest)));
        let twice = "\"a~fp-0000000000000000~fp-0123456789abcdef\"";
        assert_eq!(of(twice), ("\"a~fp-0000000000000000", Some(digest)));
        for none in ["\"a\"", "\"a~fp-0123456789abcde\"", "\"a~fp-0123456789abcdeF\"", "\"\""] {
            assert_eq!(of(none), (none.strip_suffix('"').unwrap(), None), "{none}");
        }
    }
}
