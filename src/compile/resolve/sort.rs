//! Sorts the rules of a context out: what pairs, what each counterpart's own context is, and what
//! is left. Part of binding; it makes no shapes.

use std::collections::BTreeMap;

use super::bind::{Binding, Context, Cut, Handed, Move, Single, segment};
use super::live::{Live, covers};
use super::place::{lead, let_through, member};
use super::{Hop, What};
use crate::contract::{Kinds, Use};
use crate::json::{Segment, Text};

/// What the sorting out looks at.
pub(super) struct Space<'s, 'h, 'a> {
    pub(super) hop: &'h Hop<'a>,
    pub(super) context: &'s Context,
    pub(super) live: &'s [Live<'h>],
    pub(super) exports: &'s [(&'h [Segment], usize)],
    pub(super) imports: &'s [(&'h [Segment], usize)],
}

/// The two paths of a counterpart.
type Paths<'p> = (&'p [Segment], &'p [Segment]);

impl<'h> Space<'_, 'h, '_> {
    pub(super) fn elements(&self, binding: &mut Binding) {
        let source = self.hop.source.get(self.context.source.ty);
        let target = self.hop.target.get(self.context.target.ty);
        if let (Some(from), Some(to)) = (source.items, target.items) {
            let each = [Segment::Each];
            binding.elements = Some(self.inner((&each, &each), (from, to), None));
        }
        let others = (
            let_through(self.hop.source, self.context.source),
            let_through(self.hop.target, self.context.target),
        );
        if let (Some(from), Some(to)) = others {
            let values = [Segment::Values];
            binding.others = Some(self.inner((&values, &values), (from, to), None));
        }
    }

    /// The rules' own moves, where one of them crosses the root.
    pub(super) fn crossing(&self, binding: &mut Binding) {
        let mut all: Vec<(&Live<'h>, Paths<'h>)> = Vec::new();
        for rule in self.live {
            if let (Some(src), Some(dst)) = (rule.src, rule.dst) {
                all.push((rule, (src, dst)));
            }
        }
        let outermost: Vec<_> = all
            .iter()
            .filter(|(rule, _)| !all.iter().any(|(_, paths)| rule.is_beneath(*paths)))
            .collect();
        for (rule, (src, dst)) in &outermost {
            self.explicit(binding, rule, (src, dst));
        }
        let paths: Vec<Paths<'h>> = outermost.iter().map(|(_, paths)| *paths).collect();
        self.singles(binding, &paths);
    }

    fn explicit(&self, binding: &mut Binding, rule: &Live<'_>, paths: Paths<'_>) {
        // Elements pair only where their lists do; then the rule is theirs.
        let many = |s: &Segment| matches!(s, Segment::Each | Segment::Values);
        if paths.0.iter().chain(paths.1).any(many) {
            binding.stuck.push(rule.at);
            return;
        }
        binding.moves.extend(self.move_of(rule, paths));
    }

    /// The counterpart that a rule says, if both contracts have its places.
    pub(super) fn move_of(&self, rule: &Live<'_>, (src, dst): Paths<'_>) -> Option<Move> {
        let (from, to) = (
            lead(self.hop.source, self.context.source, src)?,
            lead(self.hop.target, self.context.target, dst)?,
        );
        let (nullable, unwrapped) = (to.nullable, self.unwrapped(rule.at, (from, to)));
        let typed = unwrapped.is_some();
        let uses = unwrapped.unwrap_or((from, to));
        let context = self.inner((src, dst), uses, Some(rule.at));
        let (src, dst) = (src.to_vec(), dst.to_vec());
        Some(Move { rule: Some(rule.at), src, dst, context, nullable, typed })
    }

    /// The uses of the value itself, where `wrap` puts it into a list.
    fn unwrapped(&self, at: usize, (from, to): (Use, Use)) -> Option<(Use, Use)> {
        let hop = self.hop;
        let wrap = match hop.rules.get(at).map(|r| r.what) {
            Some(What::Move(field)) => field.parts.wrap,
            _ => None,
        };
        let below = hop.rules.get(at).map(|r| &*r.below.0).unwrap_or_default();
        match wrap {
            None => Some((from, to)),
            Some(side) if side == hop.direction.source() => {
                Some((lead(hop.source, hop.source.get(from.ty).items?, below)?, to))
            }
            Some(_) => Some((from, lead(hop.target, hop.target.get(to.ty).items?, below)?)),
        }
    }

    pub(super) fn object(&self, binding: &mut Binding) {
        let (source, target) = (self.hop.source, self.hop.target);
        let both = source.get(self.context.source.ty).kinds.meets(Kinds::OBJECT)
            && target.get(self.context.target.ty).kinds.meets(Kinds::OBJECT);
        if !both {
            self.singles(binding, &[]);
            self.unpaired(binding, &BTreeMap::new());
            return;
        }
        let paired = self.paired();
        let names: Vec<Vec<Segment>> = paired.keys().map(|name| vec![segment(name)]).collect();
        let mut paths: Vec<Paths<'_>> = names.iter().map(|p| (&**p, &**p)).collect();
        for rule in self.live {
            if let (Some(src), Some(dst)) = (rule.src, rule.dst)
                && starts_with_name(src)
                && starts_with_name(dst)
            {
                paths.push((src, dst));
            }
        }
        let uncovered = |(src, dst): &Paths<'_>| {
            !paths.iter().any(|(s, d)| covers(Some(s), Some(src)) && covers(Some(d), Some(dst)))
        };
        for rule in self.live {
            if let (Some(src), Some(dst)) = (rule.src, rule.dst)
                && paths.contains(&(src, dst))
                && uncovered(&(src, dst))
            {
                self.explicit(binding, rule, (src, dst));
            }
        }
        for (name, uses) in &paired {
            let path = vec![segment(name)];
            let mut context = self.inner((&path, &path), *uses, None);
            if self.is_entry(name) {
                let values = [Segment::Values];
                context.handed.extend(self.inner((&values, &values), *uses, None).handed);
            }
            let (nullable, src) = (uses.1.nullable, path.clone());
            binding.moves.push(Move { rule: None, src, dst: path, context, nullable, typed: true });
        }
        let carried: Vec<Paths<'_>> = paths.iter().copied().filter(uncovered).collect();
        self.singles(binding, &carried);
        self.unpaired(binding, &paired);
    }

    /// Whether a name that pairs is one of two dictionaries.
    fn is_entry(&self, name: &Text) -> bool {
        self.hop.source.get(self.context.source.ty).property(name).is_none()
            && self.hop.target.get(self.context.target.ty).property(name).is_none()
    }

    /// Names that both contracts declare and no rule claims.
    fn paired(&self) -> BTreeMap<Text, (Use, Use)> {
        let (source, target) = (self.hop.source, self.hop.target);
        let own = &source.get(self.context.source.ty).properties;
        let other = &target.get(self.context.target.ty).properties;
        let ruled = self.live.iter().flat_map(|l| [l.src, l.dst]).flatten();
        let outer = self.exports.iter().chain(self.imports).map(|(p, _)| *p);
        let ruled = ruled.chain(outer).filter_map(|p| match p.first() {
            Some(Segment::Name(name)) => Some(Text::from_plain(name)),
            _ => None,
        });
        let names = own.iter().chain(other).map(|(n, _)| n.clone()).chain(ruled);
        names
            .filter(|name| !self.claims(name))
            .filter_map(|name| {
                let from = member(source, self.context.source, &name)?;
                let to = member(target, self.context.target, &name)?;
                Some((name, (from, to)))
            })
            .collect()
    }

    fn claims(&self, name: &Text) -> bool {
        let is = |path: &[Segment]| path.len() == 1 && path.first() == Some(&segment(name));
        self.live.iter().any(|l| l.src.is_some_and(is) || l.dst.is_some_and(is))
            || self.exports.iter().chain(self.imports).any(|(p, _)| is(p))
    }

    /// Rules with one place that no counterpart's own context has.
    pub(super) fn singles(&self, binding: &mut Binding, carried: &[Paths<'_>]) {
        for rule in self.live {
            if carried.iter().any(|paths| rule.is_beneath(*paths)) {
                continue;
            }
            let Some(what) = self.hop.rules.get(rule.at).map(|r| r.what) else { continue };
            let cut = if what.looks_at_source() { rule.cut.0 } else { rule.cut.1 };
            let single = |path: Option<&[Segment]>| Single {
                rule: rule.at,
                place: path.unwrap_or_default().to_vec(),
                cut,
            };
            match what {
                What::Move(_) => {}
                What::Make(_) => binding.makes.push(single(rule.dst)),
                What::Take(_) => binding.takes.push(single(rule.src)),
                What::Fill(_) => binding.fills.push(single(rule.src)),
                What::Repeat(_) => binding.repeats.push(single(rule.dst)),
            }
        }
        binding.makes.sort_by_key(|m| m.place.len());
    }

    fn unpaired(&self, binding: &mut Binding, paired: &BTreeMap<Text, (Use, Use)>) {
        let first_is = |path: &[Segment], name: &Text| path.first() == Some(&segment(name));
        let through: Vec<&[Segment]> = binding.claimed.iter().map(|(p, _)| &**p).collect();
        let mut names: Vec<Text> = Vec::new();
        let declared = self.hop.source.get(self.context.source.ty).properties.iter();
        names.extend(declared.map(|(n, _)| n.clone()));
        // A dictionary's member whose name is written on the other side has no counterpart.
        let written = self.live.iter().filter_map(|l| l.dst);
        let written = written.chain(self.imports.iter().map(|(p, _)| *p));
        for path in through.iter().copied().chain(written.filter(|p| p.len() == 1)) {
            if let Some(Segment::Name(name)) = path.first() {
                let name = Text::from_plain(name);
                if !names.contains(&name) {
                    names.push(name);
                }
            }
        }
        let mut apart = Vec::new();
        let mut leftover = Vec::new();
        for name in names {
            let claimed = through.iter().any(|p| p.len() == 1 && first_is(p, &name));
            if claimed || paired.contains_key(&name) {
                continue;
            }
            if through.iter().any(|p| first_is(p, &name)) {
                apart.push(name);
            } else {
                leftover.push(name);
            }
        }
        binding.apart = apart;
        binding.leftover = leftover;
    }

    /// Whether a rule with one place is about what another rule carries out of here, or into here.
    fn belongs_deeper(&self, rule: &Live<'_>, (src, dst): Paths<'_>) -> bool {
        self.live.iter().filter(|r| !r.is_beneath((src, dst))).any(|r| {
            if r.src.is_none() || r.dst.is_none() {
                return false;
            }
            match (rule.src, rule.dst) {
                (Some(_), None) => covers(Some(src), r.src) && covers(r.src, rule.src),
                (None, Some(_)) => covers(Some(dst), r.dst) && covers(r.dst, rule.dst),
                _ => false,
            }
        })
    }

    /// The context of the value that a counterpart (`src` to `dst`) carries.
    fn inner(&self, (src, dst): Paths<'_>, uses: (Use, Use), own: Option<usize>) -> Context {
        let beneath = |path: Option<&[Segment]>, root: &[Segment]| covers(Some(root), path);
        let mut context = Context::bare(self.context.hop, uses);
        let id = |at: usize| self.hop.rules.get(at).map(|r| r.rule);
        for rule in self.live.iter().filter(|r| own.is_none_or(|own| id(r.at) != id(own))) {
            let cut = (rule.cut.0 + src.len(), rule.cut.1 + dst.len());
            if rule.is_beneath((src, dst)) && !self.belongs_deeper(rule, (src, dst)) {
                context.handed.push(Handed { at: rule.at, src: cut.0, dst: cut.1 });
                continue;
            }
            if beneath(rule.src, src) {
                context.exports.push(Cut { at: rule.at, cut: cut.0 });
            }
            if beneath(rule.dst, dst) {
                context.imports.push(Cut { at: rule.at, cut: cut.1 });
            }
        }
        let outer = |cuts: &[Cut], paths: &[(&[Segment], usize)], root: &[Segment]| -> Vec<Cut> {
            let inside = cuts.iter().zip(paths).filter(|(_, (p, _))| beneath(Some(p), root));
            inside.map(|(c, _)| Cut { at: c.at, cut: c.cut + root.len() }).collect()
        };
        context.exports.extend(outer(&self.context.exports, self.exports, src));
        context.imports.extend(outer(&self.context.imports, self.imports, dst));
        context
    }
}

fn starts_with_name(path: &[Segment]) -> bool {
    matches!(path.first(), Some(Segment::Name(_)))
}
