//! A table from member names to what happens to them, by raw bytes; both stand together. Names with escapes are the
//! executor's to unescape first.

use std::fmt;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

use crate::json::scan::Expected;

/// Names in order of length, then bytes; found by length and the first eight bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Keys<T> {
    /// By index.
    names: Box<[Likely<T>]>,
    /// Which name is likely to come first.
    first: Next,
    /// In order.
    entries: Box<[Entry]>,
    /// `start[n]`: place of the first entry of `n` bytes or more; one past the longest.
    start: Box<[u32]>,
}

/// A name of a table, and what is likely to come behind it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Likely<T> {
    /// How it stands in a document that spends no white space.
    pub text: Expected,
    /// Of the first names, one bit each; the others share the last.
    pub bit: u64,
    /// Which name is likely to come behind it.
    pub next: Next,
    /// What the table has for it.
    pub op: T,
}

/// Which name is likely to come next: the one that came there last, or one that is beyond the table:
/// the end. What messages bring is no part of a table: it means the same, whatever stands here.
#[derive(Default)]
pub struct Next(AtomicU32);

/// The bit of all names that have none of their own.
pub const SHARED: u64 = 1 << 63;

impl Next {
    /// The index of the name.
    #[inline]
    pub fn get(&self) -> u32 {
        self.0.load(Relaxed)
    }

    /// Notes that another name came than was likely.
    #[inline]
    pub fn set(&self, index: u32) {
        self.0.store(index, Relaxed);
    }
}

impl Clone for Next {
    fn clone(&self) -> Self {
        Self(self.get().into())
    }
}

impl PartialEq for Next {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Next {}

impl fmt::Debug for Next {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Next")
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Entry {
    /// The first bytes of the name.
    head: u64,
    index: u32,
}

impl<T> Default for Keys<T> {
    fn default() -> Self {
        Self {
            names: Box::default(),
            first: Next::default(),
            entries: Box::default(),
            start: Box::default(),
        }
    }
}

impl<T> Keys<T> {
    /// A table of names (as raw JSON text without quotes); the index of each is its place here.
    pub fn new<'a>(names: impl IntoIterator<Item = (&'a str, T)>) -> Self {
        let (names, ops): (Vec<&str>, Vec<T>) = names.into_iter().unzip();
        let place = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        let mut sorted: Vec<(&[u8], u32)> =
            names.iter().enumerate().map(|(at, name)| (name.as_bytes(), place(at))).collect();
        sorted.sort_by(|a, b| (a.0.len(), a.0).cmp(&(b.0.len(), b.0)));
        let longest = sorted.last().map_or(0, |(n, _)| n.len());
        let count = |len: usize| sorted.partition_point(|(n, _)| n.len() < len);
        Self {
            start: (0..=longest + 1).map(|len| place(count(len))).collect(),
            entries: sorted.iter().map(|(n, at)| Entry { head: head(n), index: *at }).collect(),
            // At first, in the order in which they stand here.
            names: (0_u32..)
                .zip(names.iter().zip(ops))
                .map(|(at, (name, op))| Likely {
                    text: Expected::new(name),
                    bit: 1_u64.checked_shl(at).unwrap_or(SHARED),
                    next: Next(AtomicU32::new(at.saturating_add(1))),
                    op,
                })
                .collect(),
            first: Next::default(),
        }
    }

    /// Which name is likely to come first.
    #[inline]
    pub fn first(&self) -> &Next {
        &self.first
    }

    /// The index of a name.
    #[inline]
    pub fn find(&self, name: &[u8]) -> Option<u32> {
        let from = usize::try_from(*self.start.get(name.len())?).ok()?;
        let to = usize::try_from(*self.start.get(name.len() + 1)?).ok()?;
        let entries = self.entries.get(from..to)?;
        let head = head(name);
        if entries.len() <= 8 {
            let found = |e: &&Entry| e.head == head && self.name(e.index) == name;
            return entries.iter().find(found).map(|e| e.index);
        }
        let found = entries.binary_search_by(|e| (e.head, self.name(e.index)).cmp(&(head, name)));
        entries.get(found.ok()?).map(|e| e.index)
    }

    /// The name of an index.
    #[inline]
    pub fn likely(&self, index: u32) -> Option<&Likely<T>> {
        self.names.get(usize::try_from(index).ok()?)
    }

    fn name(&self, index: u32) -> &[u8] {
        let text = self.likely(index).map(|name| name.text.text()).unwrap_or_default();
        text.get(2..text.len().saturating_sub(2)).unwrap_or_default()
    }

    /// Names and what there is for them, in the order of the indices.
    pub fn iter(&self) -> impl Iterator<Item = (&[u8], &T)> {
        (0..).zip(&self.names).map(|(index, name)| (self.name(index), &name.op))
    }

    /// What there is for the names, in the order of the indices.
    pub fn ops_mut(&mut self) -> impl Iterator<Item = &mut T> {
        self.names.iter_mut().map(|name| &mut name.op)
    }

    /// How many names.
    pub fn len(&self) -> usize {
        self.names.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.names.is_empty()
    }
}

/// The first bytes of a name as a number that orders like them; shorter names are filled up with
/// zeros.
#[inline]
fn head(name: &[u8]) -> u64 {
    if let Some(first) = name.first_chunk() {
        return u64::from_be_bytes(*first);
    }
    name.iter().fold(0, |word, byte| word << 8 | u64::from(*byte))
}

#[cfg(test)]
mod tests {
    use super::Keys;

    #[test]
    fn every_name_is_found_and_no_other() {
        let many: Vec<String> = (0..300).map(|i| format!("field_{}", i * 7)).collect();
        for names in [
            vec![],
            vec![""],
            vec!["id"],
            vec!["id", "name", "note", "customer", "customer_1", "customer_2", "übrig"],
            many.iter().map(String::as_str).collect(),
        ] {
            let keys = Keys::new(names.iter().copied().zip(0_u32..));
            assert_eq!(keys.len(), names.len());
            let mut behind = keys.first();
            for (at, name) in (0..).zip(&names) {
                assert_eq!(behind.get(), at);
                behind.set(7);
                assert_eq!((behind.get(), behind.clone().get()), (7, 7));
                assert_eq!(keys.find(name.as_bytes()), Some(at), "{name}");
                let likely = keys.likely(at).unwrap();
                assert_eq!(likely.text.text(), format!(",\"{name}\":").as_bytes());
                assert_eq!(likely.op, at);
                assert_eq!(likely.bit.count_ones(), 1);
                assert_eq!(likely.bit.trailing_zeros(), at.min(63));
                behind = &likely.next;
            }
            assert_eq!(keys.likely(behind.get()), None);
            for other in ["i", "idd", "customer_3", "field_1", "field_99999", "ubrig", "x"] {
                assert_eq!(keys.find(other.as_bytes()), None, "{other}");
            }
            let listed: Vec<_> = keys.iter().map(|(n, at)| (n.to_vec(), *at)).collect();
            let given: Vec<_> = names.iter().map(|n| n.as_bytes().to_vec()).zip(0..).collect();
            assert_eq!(listed, given);
        }
    }
}
