//! Texts that a program writes, as they stand in the result.

use std::fmt;

/// Bytes of a chunk.
pub const CHUNK: usize = 32;

/// A text whose first bytes, one more than a chunk has, stand apart, so that a chunk of them is copied whatever
/// their number.
#[derive(Clone, PartialEq, Eq)]
pub struct Literal {
    head: [u8; CHUNK + 1],
    text: Box<[u8]>,
}

impl Literal {
    /// A text.
    pub fn new(text: &[u8]) -> Self {
        let mut head = [0; CHUNK + 1];
        for (to, from) in head.iter_mut().zip(text) {
            *to = *from;
        }
        Self { head, text: text.into() }
    }

    /// All of it.
    #[inline]
    pub fn text(&self) -> &[u8] {
        &self.text
    }

    /// The first bytes of it; what follows where it is shorter means nothing.
    #[inline]
    pub fn head(&self) -> &[u8; CHUNK + 1] {
        &self.head
    }
}

impl fmt::Debug for Literal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        String::from_utf8_lossy(&self.text).fmt(f)
    }
}

/// A name that is written, with the comma before it and the colon behind it: `,"name":`.
#[derive(Clone, PartialEq, Eq)]
pub struct Label(Literal);

impl Label {
    /// A name as raw text between quotes.
    pub fn new(name: &str) -> Self {
        Self(Literal::new(format!(",\"{name}\":").as_bytes()))
    }

    /// The name.
    pub fn name(&self) -> &str {
        let text = self.0.text();
        let name = text.get(2..text.len().saturating_sub(2)).unwrap_or_default();
        std::str::from_utf8(name).unwrap_or_default()
    }

    /// The text.
    #[inline]
    pub fn literal(&self) -> &Literal {
        &self.0
    }
}

impl fmt::Debug for Label {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.name().fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::{CHUNK, Label};

    #[test]
    fn a_label_is_its_name_with_what_stands_around_it() {
        for name in ["", "id", "übrig", &"x".repeat(CHUNK)] {
            let label = Label::new(name);
            assert_eq!(label.name(), name);
            let (text, head) = (label.literal().text(), label.literal().head());
            assert_eq!(text, format!(",\"{name}\":").as_bytes());
            let known = text.len().min(CHUNK + 1);
            assert_eq!(head[..known], text[..known]);
        }
    }
}
