//! Paths in order, so that those beneath a place, and those that a place is beneath, are found
//! without looking through all of them.

use std::collections::BTreeSet;

use crate::json::Segment;

/// Paths with the numbers of what they belong to.
#[derive(Debug, Default)]
pub(super) struct Index<'p> {
    paths: Vec<(&'p [Segment], usize)>,
    /// Lengths that there are.
    lengths: BTreeSet<usize>,
}

impl<'p> Index<'p> {
    pub(super) fn new(paths: impl IntoIterator<Item = (&'p [Segment], usize)>) -> Self {
        let mut paths: Vec<_> = paths.into_iter().collect();
        paths.sort_unstable();
        let lengths = paths.iter().map(|(path, _)| path.len()).collect();
        Self { paths, lengths }
    }

    /// What is at a place, and beneath it.
    pub(super) fn within(&self, root: &[Segment]) -> impl Iterator<Item = usize> {
        let from = self.paths.partition_point(|(path, _)| *path < root);
        let rest = self.paths.get(from..).unwrap_or_default();
        // Behind the root itself come the paths that begin with it.
        let to = rest.partition_point(|(path, _)| path.starts_with(root));
        rest.get(..to).unwrap_or_default().iter().map(|(_, at)| *at)
    }

    /// What a place is beneath; what is at the place itself is not among it.
    pub(super) fn around(&self, path: &[Segment]) -> impl Iterator<Item = usize> {
        let outer = self.lengths.range(..path.len()).filter_map(move |length| path.get(..*length));
        outer.flat_map(move |outer| self.at(outer))
    }

    /// What is at a place.
    pub(super) fn at(&self, place: &[Segment]) -> impl Iterator<Item = usize> {
        let from = self.paths.partition_point(|(path, _)| *path < place);
        let rest = self.paths.get(from..).unwrap_or_default();
        let to = rest.partition_point(|(path, _)| *path == place);
        rest.get(..to).unwrap_or_default().iter().map(|(_, at)| *at)
    }
}

/// Numbers in order, each once.
pub(super) fn in_order(numbers: impl Iterator<Item = usize>) -> Vec<usize> {
    let mut numbers: Vec<usize> = numbers.collect();
    numbers.sort_unstable();
    numbers.dedup();
    numbers
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::Path;

    #[test]
    fn what_is_beneath_and_around_is_found() {
        let texts: [&[&str]; 7] =
            [&["b"], &["a", "c"], &["a"], &["ab"], &["a", "b", "c"], &["a", "b"], &["a"]];
        let paths = texts.map(Path::names);
        let index = Index::new(paths.iter().enumerate().map(|(at, path)| (&*path.0, at)));
        let of = |names: &[&str]| Path::names(names).0;
        assert_eq!(in_order(index.within(&of(&["a"]))), [1, 2, 4, 5, 6]);
        assert_eq!(in_order(index.within(&of(&["a", "b"]))), [4, 5]);
        assert_eq!(in_order(index.within(&[])), [0, 1, 2, 3, 4, 5, 6]);
        assert_eq!(in_order(index.within(&of(&["c"]))), [0; 0]);
        assert_eq!(in_order(index.around(&of(&["a", "b", "c"]))), [2, 5, 6]);
        assert_eq!(in_order(index.around(&of(&["a"]))), [0; 0]);
        assert_eq!(in_order(index.at(&of(&["a"]))), [2, 6]);
        assert_eq!(in_order(index.at(&of(&["a", "x"]))), [0; 0]);
    }
}
