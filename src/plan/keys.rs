//! A table from member names to what happens to them, by raw bytes. Names with escapes are the
//! executor's to unescape first.

/// Names in order of length, then bytes; found by length and comparison.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Keys {
    names: Vec<(Box<[u8]>, u32)>,
    /// `start[n]`: index of the first name of `n` bytes or more; one past the longest.
    start: Vec<u32>,
}

impl Keys {
    /// A table of names (as raw JSON text without quotes) with their indices.
    pub fn new(names: impl IntoIterator<Item = (Vec<u8>, u32)>) -> Self {
        let mut names: Vec<(Box<[u8]>, u32)> =
            names.into_iter().map(|(n, at)| (n.into_boxed_slice(), at)).collect();
        names.sort_by(|a, b| (a.0.len(), &a.0).cmp(&(b.0.len(), &b.0)));
        let longest = names.last().map_or(0, |(n, _)| n.len());
        let count = |len: usize| names.iter().filter(|(n, _)| n.len() < len).count();
        let start = (0..=longest + 1).map(|len| u32::try_from(count(len)).unwrap_or(u32::MAX));
        let start = start.collect();
        Self { names, start }
    }

    /// The index of a name.
    #[inline]
    pub fn find(&self, name: &[u8]) -> Option<u32> {
        let from = usize::try_from(*self.start.get(name.len())?).ok()?;
        let to = usize::try_from(*self.start.get(name.len() + 1)?).ok()?;
        self.names.get(from..to)?.iter().find(|(n, _)| **n == *name).map(|(_, at)| *at)
    }

    /// Names and indices, in the table's order.
    pub fn iter(&self) -> impl Iterator<Item = (&[u8], u32)> {
        self.names.iter().map(|(n, at)| (&**n, *at))
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
