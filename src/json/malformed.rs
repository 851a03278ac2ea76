//! What is wrong with a document that is none, and whether its bytes are characters at all. It knows
//! no grammar.

use std::ops::Range;

use thiserror::Error;

/// What is wrong with a document, and where.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("{kind} at byte {at}")]
pub struct Malformed {
    /// Offset of the first offending byte.
    pub at: usize,
    /// What is wrong.
    pub kind: MalformedKind,
}

impl Malformed {
    /// Whether it has more levels than allowed, and may be a document all the same.
    pub fn is_too_deep(&self) -> bool {
        self.kind == MalformedKind::Depth
    }
}

/// What is wrong with a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum MalformedKind {
    /// `{"a":}`
    #[error("unexpected byte")]
    Unexpected,
    /// `{"a":1`
    #[error("unexpected end")]
    Truncated,
    /// `"\x"`
    #[error("bad escape")]
    Escape,
    /// A raw control character in a string.
    #[error("control character in a string")]
    Control,
    /// A byte sequence that is no UTF-8.
    #[error("invalid UTF-8")]
    Utf8,
    /// `01`, `1.`, `-`
    #[error("malformed number")]
    Number,
    /// `{} {}`
    #[error("trailing bytes")]
    Trailing,
    /// More levels than allowed.
    #[error("too deep")]
    Depth,
    /// A name that stands twice in an object that is looked into.
    #[error("duplicate name")]
    Duplicate,
}

/// A part of a document as text; `Err`: it is not UTF-8.
pub fn valid(bytes: &[u8], part: Range<usize>) -> Result<&str, Malformed> {
    let begin = part.start;
    let text = std::str::from_utf8(bytes.get(part).unwrap_or_default());
    text.map_err(|error| {
        let at = begin.saturating_add(error.valid_up_to());
        Malformed { at, kind: MalformedKind::Utf8 }
    })
}
