//! Names of the object that is being read: looked up in its table, and each only once.

use std::collections::HashSet;

use super::Failure;
use crate::json::Text;
use crate::json::scan::{Malformed, MalformedKind, Name, Scanner};
use crate::plan::{KeyOp, NodeOps};

/// Beyond this many names outside the table, they are hashed.
const FEW: usize = 16;

/// The names of one object, as they come.
pub(super) struct Names<'o, 'd> {
    table: &'o NodeOps,
    document: &'d [u8],
    /// None came yet.
    first: bool,
    /// One more than the index of the last name of the table; 0 at the beginning.
    place: u32,
    known: u64,
    rare: Option<Box<Rare>>,
    /// What the table says about the last one.
    pub(super) op: Option<&'o KeyOp>,
    /// Where the last one's opening quote stands.
    pub(super) at: usize,
}

/// What names beyond the first of a table take.
#[derive(Default)]
struct Rare {
    more: Vec<u64>,
    few: Vec<(usize, usize)>,
    many: HashSet<Vec<u8>>,
}

impl<'o, 'd> Names<'o, 'd> {
    /// No name yet.
    pub(super) fn new(table: &'o NodeOps, document: &'d [u8]) -> Self {
        Self { table, document, first: true, place: 0, known: 0, rare: None, op: None, at: 0 }
    }

    /// Goes over the name of the next member, which must not have come before; says whether there
    /// is one. The way of names that come as expected is all that stands inline.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "saved registers cost a third of it")]
    pub(super) fn next(&mut self, scanner: &mut Scanner<'_>) -> Result<bool, Failure> {
        if scanner.leave() {
            return Ok(false);
        }
        let index = self.table.keys.likely(self.place);
        if index < u64::BITS
            && self.known & 1 << index == 0
            && let Some(text) = self.table.keys.quoted(index)
            && let Some(at) = scanner.expect(self.first, text)
        {
            self.take(at, index);
            return Ok(true);
        }
        self.other(scanner)
    }

    #[inline]
    fn take(&mut self, at: usize, index: u32) {
        self.first = false;
        self.place = index + 1;
        if index < u64::BITS {
            self.known |= 1 << index;
        }
        self.at = at;
        self.op = usize::try_from(index).ok().and_then(|at| self.table.ops.get(at));
    }

    /// Likewise, for a name that was not expected.
    #[cold]
    #[inline(never)]
    fn other(&mut self, scanner: &mut Scanner<'_>) -> Result<bool, Failure> {
        if !scanner.member(self.first)? {
            return Ok(false);
        }
        let Some(index) = self.find(scanner.last_name()) else {
            return self.unknown(*scanner.last_name()).map(|()| true);
        };
        self.table.keys.came(self.place, index);
        let fresh = if index < u64::BITS { self.known & 1 << index == 0 } else { self.mark(index) };
        self.take(scanner.last_name().start.saturating_sub(1), index);
        if fresh { Ok(true) } else { Err(duplicate(self.at)) }
    }

    fn find(&self, name: &Name) -> Option<u32> {
        let raw = self.document.get(name.start..name.end).unwrap_or_default();
        if name.escaped {
            return self.table.keys.find(&canonical(raw, true));
        }
        self.table.keys.find(raw)
    }

    #[cold]
    fn mark(&mut self, index: u32) -> bool {
        let (word, bit) = (usize::try_from(index / 64).unwrap_or(usize::MAX), index % 64);
        let more = &mut self.rare.get_or_insert_default().more;
        if more.len() <= word {
            more.resize(word.saturating_add(1), 0);
        }
        let Some(word) = more.get_mut(word) else { return true };
        let fresh = *word & (1 << bit) == 0;
        *word |= 1 << bit;
        fresh
    }

    /// A name that the table does not have.
    fn unknown(&mut self, name: Name) -> Result<(), Failure> {
        let document = self.document;
        let raw = document.get(name.start..name.end).unwrap_or_default();
        self.first = false;
        self.at = name.start.saturating_sub(1);
        self.op = None;
        let Rare { few, many, .. } = &mut **self.rare.get_or_insert_default();
        let fresh = if !many.is_empty() || few.len() >= FEW || name.escaped {
            for (start, end) in few.drain(..) {
                many.insert(document.get(start..end).unwrap_or_default().to_vec());
            }
            many.insert(canonical(raw, name.escaped))
        } else {
            let same = |(start, end): &(usize, usize)| {
                end - start == raw.len() && document.get(*start..*end) == Some(raw)
            };
            let fresh = !few.iter().any(same);
            few.push((name.start, name.end));
            fresh
        };
        if fresh { Ok(()) } else { Err(duplicate(self.at)) }
    }
}

#[cold]
fn duplicate(at: usize) -> Failure {
    Malformed { at, kind: MalformedKind::Duplicate }.into()
}

/// The raw text of a name with no more escapes than it needs. One with a lone surrogate has no
/// such text; its code points are spelled out.
fn canonical(raw: &[u8], escaped: bool) -> Vec<u8> {
    if !escaped {
        return raw.to_vec();
    }
    let text = Text::from_raw(std::str::from_utf8(raw).unwrap_or_default());
    match text.decode() {
        Some(plain) => Text::from_plain(&plain).raw().as_bytes().to_vec(),
        None => text.code_points().flat_map(u32::to_be_bytes).collect(),
    }
}
