//! Whether two branches of a union need the same rules: then it does not matter which one a value is
//! taken for.

use std::collections::{BTreeSet, HashMap};

use super::Checking;
use super::walk::{Visit, Walk};

/// Visits in which, or inside of which, some rule holds.
pub(super) struct Needs {
    ruled: BTreeSet<usize>,
}

impl Needs {
    pub(super) fn new(of: &Checking<'_, '_>, walk: &Walk) -> Self {
        let visits = walk.visits.iter().enumerate();
        let ruled = visits.filter(|(_, visit)| !own(of, visit).is_empty());
        let ruled = walk.around(ruled.map(|(at, _)| at));
        Self { ruled }
    }

    /// Whether any rule reaches anything inside a visit.
    pub(super) fn rules(&self, at: usize) -> bool {
        self.ruled.contains(&at)
    }

    /// Whether what the counterparts of two branches need is the same, at each place.
    pub(super) fn alike(
        &self,
        of: &Checking<'_, '_>,
        walk: &Walk,
        (first, second): (&[usize], &[usize]),
    ) -> bool {
        // Pairs that are being compared, or have been.
        let mut seen = BTreeSet::new();
        let mut todo: Vec<(Vec<usize>, Vec<usize>)> = vec![(first.to_vec(), second.to_vec())];
        while let Some((mut one, mut other)) = todo.pop() {
            one.retain(|at| self.rules(*at));
            other.retain(|at| self.rules(*at));
            if one.len() != other.len() {
                return false;
            }
            // Branches may stand in another order.
            let both: Vec<usize> = one.iter().copied().filter(|at| other.contains(at)).collect();
            one.retain(|at| !both.contains(at));
            other.retain(|at| !both.contains(at));
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
