//! Whether two branches of a union need the same rules: then it does not matter which one a value is
//! taken for.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::Checking;
use super::walk::{Visit, Walk};

/// What is known of visits so far.
#[derive(Default)]
pub(super) struct Needs {
    /// Whether any rule reaches anything inside.
    ruled: BTreeMap<usize, bool>,
}

impl Needs {
    /// Whether any rule reaches anything inside a visit.
    pub(super) fn rules(&mut self, of: &Checking<'_, '_>, walk: &Walk, start: usize) -> bool {
        if let Some(known) = self.ruled.get(&start) {
            return *known;
        }
        let (mut seen, mut todo) = (BTreeSet::from([start]), vec![start]);
        let mut any = false;
        while let (false, Some(at)) = (any, todo.pop()) {
            let Some(visit) = walk.visits.get(at) else { continue };
            any = !own(of, visit).is_empty();
            todo.extend(visit.inside.iter().copied().filter(|at| seen.insert(*at)));
        }
        self.ruled.insert(start, any);
        any
    }

    /// Whether what the counterparts of two branches need is the same, at each place.
    pub(super) fn alike(
        &mut self,
        of: &Checking<'_, '_>,
        walk: &Walk,
        (first, second): (&[usize], &[usize]),
    ) -> bool {
        // Pairs that are being compared, or have been.
        let mut seen = BTreeSet::new();
        let mut todo: Vec<(Vec<usize>, Vec<usize>)> = vec![(first.to_vec(), second.to_vec())];
        while let Some((mut one, mut other)) = todo.pop() {
            one.retain(|at| self.rules(of, walk, *at));
            other.retain(|at| self.rules(of, walk, *at));
            if one.len() != other.len() {
                return false;
            }
            for (a, b) in one.into_iter().zip(other) {
                if a == b || !seen.insert((a, b)) {
                    continue;
                }
                let (Some(a), Some(b)) = (walk.visits.get(a), walk.visits.get(b)) else {
                    return false;
                };
                if own(of, a) != own(of, b) {
                    return false;
                }
                todo.extend(places(walk, (a, b)));
            }
        }
        true
    }
}

/// The rules that hold at a visit itself.
fn own(of: &Checking<'_, '_>, visit: &Visit) -> BTreeSet<u32> {
    let binding = &visit.binding;
    let own = binding.holding.iter().map(|h| h.at).chain(binding.itself);
    own.filter_map(|at| of.hop.rules.get(at)).map(|r| r.rule).collect()
}

/// By place, what is inside two visits there.
fn places(walk: &Walk, (a, b): (&Visit, &Visit)) -> impl Iterator<Item = (Vec<usize>, Vec<usize>)> {
    let mut all: HashMap<_, (Vec<usize>, Vec<usize>)> = HashMap::new();
    for (src, dst, at) in walk.inside(a) {
        all.entry((src, dst)).or_default().0.push(at);
    }
    for (src, dst, at) in walk.inside(b) {
        all.entry((src, dst)).or_default().1.push(at);
    }
    all.into_values()
}
