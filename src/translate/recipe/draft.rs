//! A line while it is put together.

use crate::plan::{Line, Literal, Piece, ValueId};

/// A line before its texts are cut into pieces.
#[derive(Default)]
pub(super) struct Draft {
    pub(super) looks: Vec<ValueId>,
    pub(super) at_once: bool,
    /// All texts, one behind the other.
    pub(super) text: Vec<u8>,
    /// Where each text ends, and what comes behind it.
    pub(super) pieces: Vec<(usize, Piece)>,
}

impl Draft {
    /// With each text beside its piece.
    pub(super) fn line(self) -> Line {
        let mut from = 0;
        let pieces = self.pieces.into_iter().map(|(to, piece)| {
            let text = self.text.get(std::mem::replace(&mut from, to)..to).unwrap_or_default();
            (Literal::new(text), piece)
        });
        Line { pieces: pieces.collect(), looks: self.looks.into(), at_once: self.at_once }
    }
}
