//! What headers say of a body: whether it can be read as a document, how it is written, and what is
//! true of it when it is another one. It reads no body.

use http::header::{
    ACCEPT_ENCODING, ACCEPT_RANGES, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, TRAILER,
};
use http::{HeaderMap, HeaderName, HeaderValue};
use thiserror::Error;

use crate::coding::{Charset, Coding, MOST, Written};
use crate::gateway::record::said;
use crate::message::header::{Media, charsets, list, media, with_charset};
use crate::message::media::Content;

/// Digests of the bytes that were not sent on, and the like. What `ETag` becomes stands elsewhere.
const OF_BYTES: [HeaderName; 6] = [
    // Trailers are not kept while a body is gathered.
    TRAILER,
    ACCEPT_RANGES,
    HeaderName::from_static("content-md5"),
    HeaderName::from_static("digest"),
    HeaderName::from_static("repr-digest"),
    HeaderName::from_static("content-digest"),
];

/// Asks for codings that can be decoded only.
pub(super) fn ask_for_codings(headers: &mut HeaderMap) {
    let accepted = accepted(headers);
    headers.insert(ACCEPT_ENCODING, accepted);
}

/// Of the codings that a client takes those that can be decoded: an answer that is not translated goes
/// on as it came, so no other may be asked for either. Who names none is taken to know none.
fn accepted(headers: &HeaderMap) -> HeaderValue {
    let said = headers.get_all(ACCEPT_ENCODING).iter().filter_map(|v| v.to_str().ok());
    let known = |element: &&str| {
        let mut parts = element.split(';').map(str::trim);
        let name = parts.next().unwrap_or_default();
        name.eq_ignore_ascii_case("identity") || Coding::named(name).is_some()
    };
    let left = said.flat_map(list).filter(known).collect::<Vec<_>>().join(", ");
    let left = HeaderValue::from_str(&left).ok().filter(|left| !left.is_empty());
    left.unwrap_or(HeaderValue::from_static("identity"))
}

/// Describes a translated body: its length, and nothing that was true of the old bytes.
pub(in crate::gateway) fn describe(headers: &mut HeaderMap, length: usize) {
    forget(headers);
    headers.insert(CONTENT_LENGTH, HeaderValue::from(length));
}

/// Says of a body that it is empty, as its end only has shown.
pub(in crate::gateway) fn describe_none(headers: &mut HeaderMap) {
    headers.remove(TRAILER);
    headers.insert(CONTENT_LENGTH, HeaderValue::from(0));
}

/// Takes away what is true of an untranslated body only.
pub(in crate::gateway) fn forget(headers: &mut HeaderMap) {
    for name in OF_BYTES.iter().chain(&[CONTENT_ENCODING, CONTENT_LENGTH]) {
        headers.remove(name);
    }
}

/// Says of a body that it is plain UTF-8 now: a charset only where one was said.
pub(in crate::gateway) fn describe_plain(headers: &mut HeaderMap, was: &Written) {
    headers.remove(CONTENT_ENCODING);
    if was.charset == Charset::Utf8 {
        return;
    }
    let kind = kind(headers).ok().map(|kind| with_charset(kind, "utf-8"));
    if let Some(kind) = kind.and_then(|kind| HeaderValue::from_str(&kind).ok()) {
        headers.insert(CONTENT_TYPE, kind);
    }
}

/// Why a body cannot be read as a document.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub(in crate::gateway) enum Unreadable {
    /// `text/html`, no type, several types: what is said of it.
    #[error("it is not JSON: {0}")]
    Other(String),
    /// The same where the contracts list other types, and whether it is JSON all the same.
    #[error("it is of no media type that the contracts list: {0}")]
    Unlisted(String, bool),
    /// `Content-Encoding: compress`
    #[error("its Content-Encoding `{0}` cannot be decoded; these can: {known}", known = crate::coding::DECODED)]
    Coded(String),
    /// `Content-Encoding: gzip, gzip, gzip, gzip`
    #[error("it has more than {MOST} codings")]
    Codings,
    /// `PATCH`, `application/merge-patch+json`
    #[error("partial writes are not supported yet")]
    Partial,
    /// `charset=utf-7`
    #[error("its charset `{0}` is not known")]
    Charset(String),
    /// `charset=utf-8;charset=utf-16`
    #[error("it says several charsets")]
    Charsets,
    /// `206 Partial Content`
    #[error("it is a part of a document")]
    Part,
}

impl Unreadable {
    /// Whether an error that looks so may be anybody's: it is neither JSON nor anything else that is listed.
    pub(in crate::gateway) fn is_foreign(&self) -> bool {
        matches!(self, Self::Other(_) | Self::Unlisted(_, false))
    }
}

/// What a body says it is, where it says one thing.
pub(in crate::gateway) fn content_type(headers: &HeaderMap) -> Option<&str> {
    kind(headers).ok()
}

/// The same of a request, where it is empty if nothing is said.
pub(in crate::gateway) fn asked_type(headers: &HeaderMap) -> Option<&str> {
    if headers.contains_key(CONTENT_TYPE) { content_type(headers) } else { Some("") }
}

/// Says what a body is, where it does not.
pub(in crate::gateway) fn describe_unsaid(headers: &mut HeaderMap, kind: &str) {
    if headers.contains_key(CONTENT_TYPE) {
        return;
    }
    if let Ok(kind) = HeaderValue::from_str(kind) {
        headers.insert(CONTENT_TYPE, kind);
    }
}

/// How a body is written, by its headers, as far as that is known, and why it cannot be read as what it is
/// taken for; `None`: for nothing that is listed. A document may be one that says anything of itself.
pub(in crate::gateway) fn described(
    headers: &HeaderMap,
    (content, any): (Option<Content>, bool),
) -> (Written, Option<Unreadable>) {
    let (written, wrong) = match written(headers) {
        Ok(written) => (written, None),
        Err(wrong) => (Written::default(), Some(wrong)),
    };
    match content {
        Some(Content::Text) => {
            let charset = written.charset.of_text();
            return (Written { charset, ..written }, wrong);
        }
        Some(Content::Opaque) => return (written, None),
        Some(Content::Json) | None => {}
    }
    let kind = kind(headers);
    let media = kind.as_ref().map_or(Media::Other, |kind| media(kind));
    // Several types are refused all the same.
    let any = any && media == Media::Other && asked_type(headers).is_some();
    let media = if any { Media::Json } else { media };
    let told = || kind.map_or_else(|told| told, of_kind);
    let unreadable = match (content, media) {
        (None, _) => Some(Unreadable::Unlisted(told(), media != Media::Other)),
        (_, Media::Other) => Some(Unreadable::Other(told())),
        (_, Media::Patch) => wrong.or(Some(Unreadable::Partial)),
        (_, Media::Json) => wrong,
    };
    (written, unreadable)
}

fn of_kind(kind: &str) -> String {
    format!("its Content-Type is `{}`", said(kind, LONGEST))
}

/// How a body is written, by its headers.
fn written(headers: &HeaderMap) -> Result<Written, Unreadable> {
    let all = headers.get_all(CONTENT_ENCODING).iter();
    let coded = all.flat_map(|value| list(value.to_str().unwrap_or("?")));
    let mut codings = Vec::new();
    for name in coded.filter(|name| !name.eq_ignore_ascii_case("identity")) {
        let unknown = || Unreadable::Coded(said(name, LONGEST));
        codings.push(Coding::named(name).ok_or_else(unknown)?);
        if codings.len() > MOST {
            return Err(Unreadable::Codings);
        }
    }
    let mut charset = None;
    for label in charsets(kind(headers).unwrap_or_default()) {
        let unknown = || Unreadable::Charset(said(label, LONGEST));
        let named = Charset::named(label).ok_or_else(unknown)?;
        if charset.replace(named).is_some_and(|before| before != named) {
            // Two readers would take one each.
            return Err(Unreadable::Charsets);
        }
    }
    Ok(Written { codings, charset: charset.unwrap_or_default() })
}

/// Characters of a value that are told at most.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_can_be_decoded_is_asked_for() {
        for (said, asked) in [
            (&[][..], "identity"),
            (&["gzip, br;q=0.5, zstd"], "gzip, br;q=0.5, zstd"),
            (&["GZIP;q=0, compress, *"], "GZIP;q=0"),
            (&["x-gzip", "deflate, identity;q=0.1"], "x-gzip, deflate, identity;q=0.1"),
            (&["*"], "identity"),
            (&["dcb, dcz, compress"], "identity"),
        ] {
            let mut headers = HeaderMap::new();
            for value in said {
                headers.append(ACCEPT_ENCODING, HeaderValue::from_static(value));
            }
            ask_for_codings(&mut headers);
            assert_eq!(headers[ACCEPT_ENCODING], asked, "{said:?}");
        }
    }

    #[test]
    fn codings_and_charsets_are_known_or_told() {
        let of = |kind: &str, codings: &[&'static str]| {
            let mut headers = HeaderMap::new();
            headers.insert(CONTENT_TYPE, HeaderValue::from_str(kind).unwrap());
            for value in codings {
                headers.append(CONTENT_ENCODING, HeaderValue::from_static(value));
            }
            written(&headers)
        };
        let json = "application/json";
        let two = of(json, &["gzip, identity", "BR"]).unwrap();
        assert_eq!(two.codings, [Coding::Gzip, Coding::Brotli]);
        assert_eq!(of(json, &["gzip,gzip", "gzip,gzip"]), Err(Unreadable::Codings));
        assert_eq!(of(json, &["gzip, compress"]), Err(Unreadable::Coded("compress".into())));
        assert_eq!(of("a/b; charset=UTF8;charset=utf-8", &[]), Ok(Written::default()));
        assert_eq!(of("a/b; charset=utf-8; charset=latin1", &[]), Err(Unreadable::Charsets));
        assert_eq!(of("a/b; charset=utf-7", &[]), Err(Unreadable::Charset("utf-7".into())));
    }
}
