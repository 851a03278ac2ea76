//! A name that a program writes, as it stands in the result.

use std::fmt;

/// A name that is written, with the comma before it and the colon behind it: `,"name":`.
#[derive(Clone, PartialEq, Eq)]
pub struct Label(Box<[u8]>);

/// Bytes behind a text that is copied by whole chunks.
const BEHIND: usize = 32;

impl Label {
    /// A name as raw text between quotes.
    pub fn new(name: &str) -> Self {
        let mut text = format!(",\"{name}\":").into_bytes();
        text.extend_from_slice(&[0; BEHIND]);
        Self(text.into())
    }

    /// The name.
    pub fn name(&self) -> &str {
        let name = self.0.get(2..self.end().saturating_sub(2)).unwrap_or_default();
        std::str::from_utf8(name).unwrap_or_default()
    }

    /// Where the text ends.
    #[inline]
    pub fn end(&self) -> usize {
        self.0.len().saturating_sub(BEHIND)
    }

    /// The text, and some bytes behind it.
    #[inline]
    pub fn padded(&self) -> &[u8] {
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
    use super::Label;

    #[test]
    fn a_label_is_its_name_with_what_stands_around_it() {
        for name in ["", "id", "übrig"] {
            let label = Label::new(name);
            assert_eq!(label.name(), name);
            assert_eq!(&label.padded()[..label.end()], format!(",\"{name}\":").as_bytes());
        }
    }
}
