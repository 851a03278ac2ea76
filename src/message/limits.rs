//! How large a head may be that is made: as large as one that comes. It reads no head, and cuts none.

use http::{HeaderMap, HeaderName, HeaderValue};
use thiserror::Error;

use super::change::Change;
use super::envelope::{BadHead, Head};
use super::param::Texts;
use crate::json::Value;

/// Bytes of a head: of its target, and of its fields as HTTP/1.1 writes them.
pub const BYTES: usize = 64 << 10;

/// Lines of fields of a head.
pub const LINES: usize = 100;

/// Fields that a hop says of itself, beside those of the message.
static OWN: [HeaderName; 7] = [
    http::header::ACCEPT_ENCODING,
    http::header::FORWARDED,
    http::header::VIA,
    HeaderName::from_static("x-forwarded-for"),
    HeaderName::from_static("x-forwarded-host"),
    HeaderName::from_static("x-forwarded-proto"),
    HeaderName::from_static("x-request-id"),
];

/// What there is too much of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum TooLarge {
    /// A megabyte in one field, or in a query.
    #[error("would make the head larger than {BYTES} bytes")]
    Bytes,
    /// A list of a thousand elements, each a line of its own.
    #[error("would make more than {LINES} headers of the head")]
    Lines,
}

/// Bytes of headers, as HTTP/1.1 writes them.
pub fn size(headers: &HeaderMap) -> usize {
    headers.iter().map(length).fold(0, usize::saturating_add)
}

/// The name, a colon, a space, the value and a line end.
fn length((name, value): (&HeaderName, &HeaderValue)) -> usize {
    name.as_str().len().saturating_add(value.len()).saturating_add(4)
}

/// How large a head is, without what a hop says of itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Size {
    bytes: usize,
    lines: usize,
}

impl Size {
    pub(super) fn of(head: &Head) -> Self {
        let target = head.query.as_ref().map_or(0, String::len).saturating_add(head.path.len());
        let theirs = head.headers.iter().filter(|(name, _)| !OWN.contains(name));
        theirs.fold(Self { bytes: target, lines: 0 }, |own, line| Self {
            bytes: own.bytes.saturating_add(length(line)),
            lines: own.lines.saturating_add(1),
        })
    }
}

/// Refuses a head that has become too large, under the text that has most of what is new in it. One that came so
/// large, and has not grown, is not judged here.
pub(super) fn check<'v>(
    head: &Head,
    came: Size,
    change: &dyn Fn(Texts) -> Change<'v>,
) -> Result<(), BadHead> {
    let own = Size::of(head);
    let (parts, wrong): (&[Texts], _) = if own.bytes > BYTES.max(came.bytes) {
        (&Texts::ALL, TooLarge::Bytes)
    } else if own.lines > LINES.max(came.lines) {
        (&[Texts::Header], TooLarge::Lines)
    } else {
        return Ok(());
    };
    let length = |value: &Value| match value {
        Value::Array(items) if wrong == TooLarge::Lines => items.len(),
        value => value.to_string().len(),
    };
    let mut largest = (0, Texts::Header, String::new());
    for part in parts {
        for (name, value) in change(*part).members() {
            let length = value.map_or(0, length);
            if length > largest.0 {
                largest = (length, *part, name);
            }
        }
    }
    let (length, part, name) = largest;
    Err(match length {
        // It is the template of the path that is longer.
        0 => BadHead::Target(wrong),
        _ => BadHead::Large(part.as_str(), name.into(), wrong),
    })
}
