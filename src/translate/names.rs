//! Names of the object that is being read: looked up in its table, and each only once.

use std::collections::HashSet;

use super::Stop;
use crate::json::Text;
use crate::json::scan::{Before, Malformed, MalformedKind, Name, Scanner};
use crate::plan::{KeyOp, Likely, Next, NodeOps, Open, SHARED};

/// Beyond this many names outside the table, they are hashed.
const FEW: usize = 16;

/// The names of one object, as they come. What stands here stays in registers while they come as
/// expected.
#[derive(Clone, Copy)]
pub(super) struct Names<'o> {
    table: &'o NodeOps,
    /// What stands before the next name.
    before: Before,
    /// Which name is likely to come.
    next: &'o Next,
    /// The names that came, by their bits.
    known: u64,
    /// Where the last one's opening quote stands.
    pub(super) at: usize,
}

/// What came next.
pub(super) enum Came<'o> {
    /// A name, and what the table says about it.
    Member(Option<&'o KeyOp>),
    /// The end.
    End,
}

/// What names beyond the first of a table take, and those outside it. Few objects have any.
#[derive(Default)]
pub(super) struct Rare {
    more: Vec<u64>,
    few: Vec<(usize, usize)>,
    many: HashSet<Vec<u8>>,
}

impl<'o> Names<'o> {
    /// No name yet, of an object whose brace comes.
    pub(super) fn new(table: &'o NodeOps) -> Self {
        Self::behind(table, &Open::NOTHING)
    }

    /// The names behind those that came.
    pub(super) fn behind(table: &'o NodeOps, open: &Open) -> Self {
        let last = open.last.and_then(|last| table.keys.likely(last));
        let (before, next) = match last {
            Some(last) => (Before::COMMA, &last.next),
            None => (Before::BRACE, table.keys.first()),
        };
        Self { table, before, next, known: open.known, at: 0 }
    }

    /// Goes over the name of the next member, which must not have come before, if there is one. The
    /// way of names that come as expected is all that stands inline.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "saved registers cost a third of it")]
    pub(super) fn next(
        &mut self,
        scanner: &mut Scanner<'_>,
        rare: &mut Option<Box<Rare>>,
    ) -> Result<Came<'o>, Stop> {
        match self.table.keys.likely(self.next.get()) {
            Some(name) if self.known & name.bit == 0 && scanner.expect(self.before, &name.text) => {
                self.came(name, scanner.pos() - name.text.text().len() + 1);
                return Ok(Came::Member(Some(&name.op)));
            }
            None if scanner.leave() => return Ok(Came::End),
            _ => {}
        }
        let (names, came) = self.other(scanner, rare)?;
        *self = names;
        Ok(came)
    }

    #[inline]
    fn came(&mut self, name: &'o Likely<KeyOp>, at: usize) {
        self.before = Before::COMMA;
        self.next = &name.next;
        self.known |= name.bit;
        self.at = at;
    }

    /// Likewise, for a name that was not expected.
    #[cold]
    #[inline(never)]
    fn other(
        mut self,
        scanner: &mut Scanner<'_>,
        rare: &mut Option<Box<Rare>>,
    ) -> Result<(Self, Came<'o>), Stop> {
        let keys = &self.table.keys;
        if !scanner.member_behind(self.before)? {
            self.next.set(u32::MAX);
            return Ok((self, Came::End));
        }
        let found = *scanner.last_name();
        let at = found.start.saturating_sub(1);
        let raw = scanner.document().get(found.start..found.end).unwrap_or_default();
        let index = if found.escaped { keys.find(&canonical(raw, true)) } else { keys.find(raw) };
        let Some((index, name)) = index.and_then(|index| Some((index, keys.likely(index)?))) else {
            self.before = Before::COMMA;
            self.at = at;
            unknown(scanner.document(), found, rare)?;
            return Ok((self, Came::Member(self.table.other.as_ref())));
        };
        self.next.set(index);
        let fresh = match name.bit {
            SHARED => mark(index, rare),
            bit => self.known & bit == 0,
        };
        if !fresh {
            return Err(duplicate(at));
        }
        self.came(name, at);
        Ok((self, Came::Member(Some(&name.op))))
    }
}

/// A name that the table does not have.
fn unknown(document: &[u8], name: Name, rare: &mut Option<Box<Rare>>) -> Result<(), Stop> {
    let raw = document.get(name.start..name.end).unwrap_or_default();
    let Rare { few, many, .. } = &mut **rare.get_or_insert_default();
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
    if fresh { Ok(()) } else { Err(duplicate(name.start.saturating_sub(1))) }
}

/// Notes a name that has no bit of its own; says whether it did not come before.
#[cold]
fn mark(index: u32, rare: &mut Option<Box<Rare>>) -> bool {
    let (word, bit) = (usize::try_from(index / 64).unwrap_or(usize::MAX), index % 64);
    let more = &mut rare.get_or_insert_default().more;
    if more.len() <= word {
        more.resize(word.saturating_add(1), 0);
    }
    let Some(word) = more.get_mut(word) else { return true };
    let fresh = *word & (1 << bit) == 0;
    *word |= 1 << bit;
    fresh
}

/// Ends the names of an object. In a place of its own, so that nothing is called where there is none.
#[inline]
pub(super) fn end(rare: Option<Box<Rare>>) {
    #[cold]
    #[inline(never)]
    fn forget(rare: Box<Rare>) {
        drop(rare);
    }
    if let Some(rare) = rare {
        forget(rare);
    }
}

#[cold]
fn duplicate(at: usize) -> Stop {
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
