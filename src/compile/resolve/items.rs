//! Arrays of which rules name single elements: which elements, what each one's own context is, and
//! which rules lead from one to another.

use super::bind::{Binding, Context, Cut, Move, Single};
use super::live::{Live, Looks, covers, cuts};
use super::place::lead;
use super::sort::Space;
use super::{Hop, What, is_item};
use crate::json::Segment;

/// How many single elements of one list may be named.
pub(in crate::compile) const MOST_NAMED: usize = 64;
/// How many sorts of elements one list may have: each is of some of the named ones at once.
pub(in crate::compile) const MOST_SORTS: usize = 256;

/// Single elements of an array.
#[derive(Clone, Debug, Default)]
pub(in crate::compile) struct Items {
    /// Which, with the first rule that takes (out of) it, and whether one takes it whole.
    pub(in crate::compile) named: Vec<(Segment, Option<u32>, bool)>,
    /// Places in named elements that rules take out of them, and whether they carry it elsewhere.
    pub(in crate::compile) left: Vec<(Vec<Segment>, bool)>,
    /// By the elements that one is (bits of `named`), its context.
    pub(in crate::compile) contexts: Vec<(u64, Context)>,
    /// From element to element.
    pub(in crate::compile) moves: Vec<Move>,
    /// Aliases of the source.
    pub(in crate::compile) fills: Vec<Single>,
    /// Values that are made.
    pub(in crate::compile) makes: Vec<Single>,
    /// Aliases of the target.
    pub(in crate::compile) repeats: Vec<Single>,
    /// Values that are taken.
    pub(in crate::compile) takes: Vec<Single>,
}

impl<'h> Space<'_, 'h, '_> {
    /// The single elements that rules of the context, or from further out, name; and a rule that
    /// is about them if they are too many.
    pub(super) fn items(&self, binding: &Binding) -> (Option<Items>, Option<usize>) {
        let mut items = Items::default();
        let mut crowded = false;
        let taken = binding.claimed.iter().map(|(p, rule)| (&**p, Some(*rule)));
        let own = self.live.iter().filter_map(|l| l.dst);
        let written = own.chain(self.imports.iter().map(|(p, _)| *p)).map(|p| (p, None));
        for (path, rule) in taken.chain(written) {
            let Some(first) = path.first().filter(|s| is_item(s)) else { continue };
            let whole = rule.is_some() && path.len() == 1;
            let full = items.named.len() >= MOST_NAMED;
            match items.named.iter_mut().find(|(s, ..)| s == first) {
                Some((_, by, all)) => {
                    *by = by.or(rule);
                    *all |= whole;
                }
                None if full => crowded = true,
                None => items.named.push((first.clone(), rule, whole)),
            }
        }
        if items.named.is_empty() {
            return (None, None);
        }
        items.left = self.left();
        if let Some(each) = &binding.elements {
            let (sorts, all) = sorts(&items.named);
            crowded |= !all;
            for sort in sorts {
                items.contexts.push((sort, self.item(each, &items.named, sort)));
            }
        }
        self.item_rules(&mut items);
        let crowded = crowded.then(|| self.about_item()).flatten();
        (Some(items), crowded)
    }

    /// Places that rules, or rules from further out, take out of single elements.
    fn left(&self) -> Vec<(Vec<Segment>, bool)> {
        // What is written into the same one again stays where it is.
        let leaves = |l: &&Live<'_>| {
            let first = |path: Option<&[Segment]>| path.and_then(<[_]>::first).cloned();
            first(l.src) != first(l.dst)
        };
        let own = self.live.iter().filter(leaves);
        // What an alias says its first place says, too.
        let carries = |at: usize| {
            let what = self.hop.rules.get(at).map(|r| r.what);
            matches!(what, Some(What::Move(_) | What::Fill(_)))
        };
        let own = own.filter_map(|l| Some((l.src?, carries(l.at))));
        let outer = self.exports.iter().map(|(p, at)| (*p, carries(*at)));
        let types = self.hop.source;
        own.chain(outer)
            .filter(|(p, _)| p.len() > 1 && p.first().is_some_and(is_item))
            .filter(|(p, _)| lead(types, self.context.source, p).is_some())
            .map(|(p, carried)| (p.to_vec(), carried))
            .collect()
    }

    /// A rule that is about a single element.
    fn about_item(&self) -> Option<usize> {
        let first = |path: Option<&[Segment]>| path.and_then(<[_]>::first).is_some_and(is_item);
        let own = self.live.iter().filter(|l| first(l.src) || first(l.dst)).map(|l| l.at);
        let outer = self.exports.iter().chain(self.imports);
        own.chain(outer.filter(|(p, _)| first(Some(p))).map(|(_, at)| *at)).min()
    }

    /// The context of an element that is these ones.
    fn item(&self, each: &Context, named: &[(Segment, Option<u32>, bool)], sort: u64) -> Context {
        let here = |path: &[Segment]| {
            let at = named.iter().position(|(s, ..)| Some(s) == path.first());
            path.len() > 1 && at.is_some_and(|at| sort & (1 << at) != 0)
        };
        let mut context = each.clone();
        for rule in self.live {
            if rule.src.is_some_and(here) {
                context.exports.push(Cut { at: rule.at, cut: rule.cut.0 + 1 });
            }
            if rule.dst.is_some_and(here) {
                context.imports.push(Cut { at: rule.at, cut: rule.cut.1 + 1 });
            }
        }
        let outer = |cuts: &[Cut], paths: &[(&[Segment], usize)]| -> Vec<Cut> {
            let inside = cuts.iter().zip(paths).filter(|(_, (p, _))| here(p));
            inside.map(|(c, _)| Cut { at: c.at, cut: c.cut + 1 }).collect()
        };
        context.exports.extend(outer(&self.context.exports, self.exports));
        context.imports.extend(outer(&self.context.imports, self.imports));
        context
    }

    fn item_rules(&self, items: &mut Items) {
        let first = |path: Option<&[Segment]>| path.and_then(<[_]>::first).is_some_and(is_item);
        let moves: Vec<&Live<'h>> =
            self.live.iter().filter(|r| first(r.src) && first(r.dst)).collect();
        let mut carried = Vec::new();
        for rule in &moves {
            let covered = moves.iter().any(|o| covers(o.src, rule.src) && covers(o.dst, rule.dst));
            if let (Some(src), Some(dst), false) = (rule.src, rule.dst, covered) {
                items.moves.extend(self.move_of(rule, (src, dst)));
                carried.push((src, dst));
            }
        }
        let mut singles = Binding::default();
        self.singles(&mut singles, &carried);
        let at_item = |single: &Single| single.place.first().is_some_and(is_item);
        items.fills = singles.fills.into_iter().filter(at_item).collect();
        items.repeats = singles.repeats.into_iter().filter(at_item).collect();
        items.makes = singles.makes.into_iter().filter(at_item).collect();
        items.takes = singles.takes.into_iter().filter(at_item).collect();
    }
}

/// Whether rules from outside reach into elements of a value, and nowhere else in it.
pub(in crate::compile) fn are_reached(hop: &Hop<'_>, context: &Context) -> bool {
    let exports = cuts(hop, &context.exports, Looks::Source);
    let imports = cuts(hop, &context.imports, Looks::Target);
    exports.iter().chain(&imports).all(|(path, _)| path.first().is_some_and(is_item))
}

/// The sets of named elements that one element can be at once, and whether these are all.
fn sorts(named: &[(Segment, Option<u32>, bool)]) -> (Vec<u64>, bool) {
    let mut all: Vec<u64> = vec![0];
    for (at, (segment, ..)) in named.iter().enumerate() {
        let with: Vec<u64> = all
            .iter()
            .filter(|sort| {
                let others = named.iter().enumerate();
                !others.clone().any(|(i, (s, ..))| **sort & (1 << i) != 0 && excludes(s, segment))
            })
            .map(|sort| sort | (1 << at))
            .collect();
        all.extend(with);
        if all.len() > MOST_SORTS {
            all.truncate(MOST_SORTS);
            return (all, false);
        }
    }
    (all, true)
}

/// Whether no element can be both.
fn excludes(a: &Segment, b: &Segment) -> bool {
    match (a, b) {
        (Segment::Index(a), Segment::Index(b)) => a != b,
        (Segment::Select(a), Segment::Select(b)) => {
            a.iter().any(|(n, v)| b.iter().any(|(m, w)| n == m && !v.same(w)))
        }
        _ => false,
    }
}
