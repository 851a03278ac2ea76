//! Names of the object that is being read: looked up in its table, and each only once.

use std::collections::HashSet;

use super::Failure;
use crate::json::Text;
use crate::json::scan::{Malformed, MalformedKind, Name};
use crate::plan::{KeyOp, NodeOps};

/// Beyond this many names outside the table, they are hashed.
const FEW: usize = 16;

/// The names that came so far.
#[derive(Default)]
pub(super) struct Names {
    known: Vec<u64>,
    few: Vec<(usize, usize)>,
    many: HashSet<Vec<u8>>,
}

impl Names {
    /// What the table says about a name that comes for the first time.
    pub(super) fn find<'o>(
        &mut self,
        ops: &'o NodeOps,
        document: &[u8],
        name: Name,
    ) -> Result<Option<&'o KeyOp>, Failure> {
        let raw = document.get(name.start..name.end).unwrap_or_default();
        let found = if name.escaped { find_escaped(ops, raw) } else { ops.keys.find(raw) };
        let fresh = match found {
            Some(index) => self.mark(index),
            None => self.add(document, name, raw),
        };
        if !fresh {
            let at = name.start.saturating_sub(1);
            return Err(Malformed { at, kind: MalformedKind::Duplicate }.into());
        }
        Ok(found.and_then(|index| ops.ops.get(usize::try_from(index).ok()?)))
    }

    fn mark(&mut self, index: u32) -> bool {
        let (word, bit) = (usize::try_from(index / 64).unwrap_or(usize::MAX), index % 64);
        if self.known.len() <= word {
            self.known.resize(word.saturating_add(1), 0);
        }
        let Some(word) = self.known.get_mut(word) else { return true };
        let fresh = *word & (1 << bit) == 0;
        *word |= 1 << bit;
        fresh
    }

    fn add(&mut self, document: &[u8], name: Name, raw: &[u8]) -> bool {
        if !self.many.is_empty() || self.few.len() >= FEW || name.escaped {
            for (start, end) in self.few.drain(..) {
                self.many.insert(document.get(start..end).unwrap_or_default().to_vec());
            }
            return self.many.insert(canonical(raw, name.escaped));
        }
        let same = |(start, end): &(usize, usize)| {
            end - start == raw.len() && document.get(*start..*end) == Some(raw)
        };
        if self.few.iter().any(same) {
            return false;
        }
        self.few.push((name.start, name.end));
        true
    }
}

fn find_escaped(ops: &NodeOps, raw: &[u8]) -> Option<u32> {
    ops.keys.find(&canonical(raw, true))
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
