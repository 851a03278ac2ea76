//! One context: a pair of uses with the rules that reach it, sorted out into moves, makes and
//! takes. Follows `docs/semantics.md`, "Contexts"; it makes no shapes.

use std::collections::BTreeMap;

use super::place::{lead, let_through, member};
use super::{Hop, What};
use crate::contract::{Kinds, TypeId, Use};
use crate::json::{Segment, Text};
use crate::mapping::Unmapped;

/// What a pair of uses and the rules handed down to it are known by.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(in crate::compile) struct Context {
    /// Index of the hop, in order of travel.
    pub(in crate::compile) hop: usize,
    /// What the value is before the hop.
    pub(in crate::compile) source: Use,
    /// What it is after it.
    pub(in crate::compile) target: Use,
    /// Rules from further out, most special first.
    pub(in crate::compile) handed: Vec<Handed>,
    /// Places beneath the value that rules further out take out of it.
    pub(in crate::compile) exports: Vec<Cut>,
    /// Places beneath the value that rules further out write.
    pub(in crate::compile) imports: Vec<Cut>,
}

/// A rule of the hop with the first segments of its paths cut off.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(in crate::compile) struct Handed {
    /// Index into [`Hop::rules`].
    pub(in crate::compile) at: usize,
    /// Segments cut off its `src`.
    pub(in crate::compile) src: usize,
    /// Segments cut off its `dst`.
    pub(in crate::compile) dst: usize,
}

/// The rest of one path of a rule, from segment `cut` on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(in crate::compile) struct Cut {
    /// Index into [`Hop::rules`].
    pub(in crate::compile) at: usize,
    /// Segments cut off.
    pub(in crate::compile) cut: usize,
}

/// A counterpart: the value at `src` stands at `dst` after the hop.
#[derive(Clone, Debug)]
pub(in crate::compile) struct Move {
    /// The rule; `None` for a pair of equal names.
    pub(in crate::compile) rule: Option<usize>,
    /// From here, at least one segment.
    pub(in crate::compile) src: Vec<Segment>,
    /// To here, at least one segment.
    pub(in crate::compile) dst: Vec<Segment>,
    /// The value's own context.
    pub(in crate::compile) context: Context,
}

/// A rule with one place, relative to the context.
#[derive(Clone, Debug)]
pub(in crate::compile) struct Single {
    /// Index into [`Hop::rules`].
    pub(in crate::compile) rule: usize,
    /// The place.
    pub(in crate::compile) place: Vec<Segment>,
}

/// A context, sorted out.
#[derive(Clone, Debug, Default)]
pub(in crate::compile) struct Binding {
    /// The rule for the value itself (`.`), an index into [`Hop::rules`].
    pub(in crate::compile) itself: Option<usize>,
    /// Counterparts of an object's places, explicit ones first.
    pub(in crate::compile) moves: Vec<Move>,
    /// Made values, shorter places first.
    pub(in crate::compile) makes: Vec<Single>,
    /// Taken values.
    pub(in crate::compile) takes: Vec<Single>,
    /// Every place that a rule of this or an outer context claims in the source.
    pub(in crate::compile) claimed: Vec<(Vec<Segment>, u32)>,
    /// Members that a path goes through and that have no counterpart.
    pub(in crate::compile) apart: Vec<Text>,
    /// Members without counterpart that no rule goes through.
    pub(in crate::compile) leftover: Vec<Text>,
    /// Context of members that both contracts let through without naming them.
    pub(in crate::compile) others: Option<Context>,
    /// Context of the elements of an array.
    pub(in crate::compile) elements: Option<Context>,
    /// First block about this pair with a path beneath the root: what is neither an object (or
    /// an array, as the paths want) nor null is unfit under this rule.
    pub(in crate::compile) unfit: Option<u32>,
    /// Members without counterpart and extras are dropped, under rule 0.
    pub(in crate::compile) unmapped: bool,
}

/// A rule that holds in a context, with its paths relative to it.
struct Live<'r> {
    at: usize,
    src: Option<&'r [Segment]>,
    dst: Option<&'r [Segment]>,
    cut: (usize, usize),
}

impl Context {
    /// Whether rules reach from inside the value to outside of it, or the reverse: then it
    /// cannot be a function of its own.
    pub(in crate::compile) fn is_open(&self) -> bool {
        !self.exports.is_empty() || !self.imports.is_empty()
    }
}

/// Sorts out a context.
pub(in crate::compile) fn bind(hop: &Hop<'_>, context: &Context) -> Binding {
    let mut binding = Binding { unmapped: unmapped(hop, context), ..Binding::default() };
    let live = live_rules(hop, context, &mut binding);
    let exports = cuts(hop, &context.exports, Side::Src);
    let imports = cuts(hop, &context.imports, Side::Dst);
    for rule in &live {
        if let Some(src) = rule.src.filter(|s| !s.is_empty()) {
            binding.claimed.push((src.to_vec(), id(hop, rule.at)));
        }
    }
    binding.claimed.extend(exports.iter().map(|(p, at)| (p.to_vec(), id(hop, *at))));
    binding.claimed.sort_by_key(|(_, rule)| *rule);
    let space = Space { hop, context, live: &live, exports: &exports, imports: &imports };
    space.elements(&mut binding);
    space.object(&mut binding);
    binding
}

fn id(hop: &Hop<'_>, at: usize) -> u32 {
    hop.rules.get(at).map_or(0, |r| r.rule)
}

#[derive(Clone, Copy)]
enum Side {
    Src,
    Dst,
}

fn cuts<'h>(hop: &'h Hop<'_>, cuts: &[Cut], side: Side) -> Vec<(&'h [Segment], usize)> {
    let path = |at: usize| {
        hop.rules.get(at).map(|r| match side {
            Side::Src => &r.src,
            Side::Dst => &r.dst,
        })
    };
    cuts.iter().filter_map(|c| Some((path(c.at)?.0.get(c.cut..)?, c.at))).collect()
}

/// The rules of a context: handed down ones, then those of the pair's blocks, without the
/// overridden ones.
fn live_rules<'h>(hop: &'h Hop<'_>, context: &Context, binding: &mut Binding) -> Vec<Live<'h>> {
    let mut all: Vec<Handed> = context.handed.clone();
    for bound in blocks(hop, context.source.ty, context.target.ty) {
        let beneath = bound.rules.iter().any(|at| {
            hop.rules.get(*at).is_some_and(|r| !r.src.0.is_empty() || !r.dst.0.is_empty())
        });
        if beneath && binding.unfit.is_none() {
            binding.unfit = Some(bound.rule);
        }
        all.extend(bound.rules.iter().map(|at| Handed { at: *at, src: 0, dst: 0 }));
    }
    let mut live: Vec<Live<'h>> = Vec::new();
    let read = cuts(hop, &context.exports, Side::Src);
    let written = cuts(hop, &context.imports, Side::Dst);
    for handed in all {
        let Some(rule) = hop.rules.get(handed.at) else { continue };
        let src = rule.src.0.get(handed.src..);
        let dst = rule.dst.0.get(handed.dst..);
        let (src, dst) = match rule.what {
            What::Move(_) => (src, dst),
            What::Make(_) => (None, dst),
            What::Take(_) => (src, None),
        };
        let overridden =
            live.iter().any(|l| (src.is_some() && l.src == src) || (dst.is_some() && l.dst == dst))
                || read.iter().any(|(p, _)| src == Some(*p))
                || written.iter().any(|(p, _)| dst == Some(*p));
        if overridden {
            continue;
        }
        if src.is_some_and(<[_]>::is_empty) && dst.is_some_and(<[_]>::is_empty) {
            binding.itself = Some(handed.at);
        }
        live.push(Live { at: handed.at, src, dst, cut: (handed.src, handed.dst) });
    }
    live.retain(|l| !(l.src.is_some_and(<[_]>::is_empty) && l.dst.is_some_and(<[_]>::is_empty)));
    live
}

/// The blocks about a pair of types: its own first, then those of pairs of its bases.
pub(in crate::compile) fn blocks<'h>(
    hop: &'h Hop<'_>,
    source: TypeId,
    target: TypeId,
) -> Vec<&'h super::Bound> {
    let sources = lineage(hop.source.get(source).bases.as_slice(), source);
    let targets = lineage(hop.target.get(target).bases.as_slice(), target);
    let mut found = Vec::new();
    for source in &sources {
        for target in &targets {
            found.extend(hop.blocks.get(&(*source, *target)).into_iter().flatten());
        }
    }
    found
}

fn lineage(bases: &[TypeId], own: TypeId) -> Vec<TypeId> {
    std::iter::once(own).chain(bases.iter().copied()).collect()
}

fn unmapped(hop: &Hop<'_>, context: &Context) -> bool {
    let by_type = blocks(hop, context.source.ty, context.target.ty);
    let said = by_type.iter().find_map(|b| b.unmapped).or(hop.mapping.unmapped);
    said == Some(Unmapped::Drop)
}

/// What the sorting out looks at.
struct Space<'s, 'h, 'a> {
    hop: &'h Hop<'a>,
    context: &'s Context,
    live: &'s [Live<'h>],
    exports: &'s [(&'h [Segment], usize)],
    imports: &'s [(&'h [Segment], usize)],
}

impl Space<'_, '_, '_> {
    fn elements(&self, binding: &mut Binding) {
        let source = self.hop.source.get(self.context.source.ty);
        let target = self.hop.target.get(self.context.target.ty);
        if let (Some(from), Some(to)) = (source.items, target.items) {
            binding.elements =
                Some(self.inner((&[Segment::Each], &[Segment::Each]), (from, to), None));
        }
        let through = |side, at| let_through(side, at);
        let others = (
            through(self.hop.source, self.context.source),
            through(self.hop.target, self.context.target),
        );
        if let (Some(from), Some(to)) = others {
            binding.others =
                Some(self.inner((&[Segment::Values], &[Segment::Values]), (from, to), None));
        }
    }

    fn object(&self, binding: &mut Binding) {
        let (source, target) = (self.hop.source, self.hop.target);
        let both = source.get(self.context.source.ty).kinds.meets(Kinds::OBJECT)
            && target.get(self.context.target.ty).kinds.meets(Kinds::OBJECT);
        if !both {
            self.singles(binding, &BTreeMap::new());
            self.unpaired(binding, &BTreeMap::new());
            return;
        }
        let paired = self.paired();
        for rule in self.live {
            let (Some(src), Some(dst)) = (rule.src, rule.dst) else { continue };
            if !starts_with_name(src) || !starts_with_name(dst) || self.is_handed(rule, &paired) {
                continue;
            }
            let uses =
                (lead(source, self.context.source, src), lead(target, self.context.target, dst));
            if let (Some(from), Some(to)) = uses {
                let context = self.inner((src, dst), (from, to), Some(rule.at));
                let (src, dst) = (src.to_vec(), dst.to_vec());
                binding.moves.push(Move { rule: Some(rule.at), src, dst, context });
            }
        }
        for (name, (from, to)) in &paired {
            let path = vec![segment(name)];
            let context = self.inner((&path, &path), (*from, *to), None);
            binding.moves.push(Move { rule: None, src: path.clone(), dst: path, context });
        }
        self.singles(binding, &paired);
        self.unpaired(binding, &paired);
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

    /// Whether a counterpart of this context covers both paths of the rule.
    fn is_handed(&self, rule: &Live<'_>, paired: &BTreeMap<Text, (Use, Use)>) -> bool {
        let by_name = rule.src.and_then(<[_]>::first) == rule.dst.and_then(<[_]>::first)
            && rule.src.is_some_and(|s| s.len() > 1)
            && rule.dst.is_some_and(|d| d.len() > 1)
            && is_paired(rule.src, paired);
        by_name
            || self.live.iter().any(|other| {
                other.at != rule.at && covers(other.src, rule.src) && covers(other.dst, rule.dst)
            })
    }

    fn singles(&self, binding: &mut Binding, paired: &BTreeMap<Text, (Use, Use)>) {
        let within = |path: Option<&[Segment]>, by: fn(&Live<'_>) -> bool, src: bool| {
            path.is_some_and(|p| p.len() > 1) && is_paired(path, paired)
                || self.live.iter().any(|l| by(l) && covers(if src { l.src } else { l.dst }, path))
        };
        let is_move: fn(&Live<'_>) -> bool = |l| l.src.is_some() && l.dst.is_some();
        for rule in self.live {
            match (rule.src, rule.dst) {
                (Some(src), None) if starts_with_name(src) && !within(rule.src, is_move, true) => {
                    binding.takes.push(Single { rule: rule.at, place: src.to_vec() });
                }
                (None, Some(dst)) if starts_with_name(dst) && !within(rule.dst, is_move, false) => {
                    binding.makes.push(Single { rule: rule.at, place: dst.to_vec() });
                }
                _ => {}
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
        for path in &through {
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

    /// The context of the value that a counterpart (`src` to `dst`) carries.
    fn inner(
        &self,
        (src, dst): (&[Segment], &[Segment]),
        (source, target): (Use, Use),
        own: Option<usize>,
    ) -> Context {
        let beneath = |path: Option<&[Segment]>, root: &[Segment]| {
            path.is_some_and(|p| p.len() > root.len() && p.starts_with(root))
        };
        let mut context = Context {
            hop: self.context.hop,
            source,
            target,
            handed: Vec::new(),
            exports: Vec::new(),
            imports: Vec::new(),
        };
        for rule in self.live.iter().filter(|r| Some(r.at) != own) {
            let from = beneath(rule.src, src);
            let to = beneath(rule.dst, dst);
            let handed =
                Handed { at: rule.at, src: rule.cut.0 + src.len(), dst: rule.cut.1 + dst.len() };
            match (rule.src.is_some(), rule.dst.is_some()) {
                (true, true) if from && to => context.handed.push(handed),
                (true, false) if from => context.handed.push(handed),
                (false, true) if to => context.handed.push(handed),
                (src_side, dst_side) => {
                    if src_side && from {
                        context.exports.push(Cut { at: rule.at, cut: handed.src });
                    }
                    if dst_side && to {
                        context.imports.push(Cut { at: rule.at, cut: handed.dst });
                    }
                }
            }
        }
        let outer = |cuts: &[Cut], paths: &[(&[Segment], usize)], root: &[Segment]| -> Vec<Cut> {
            let beneath = cuts.iter().zip(paths).filter(|(_, (p, _))| beneath(Some(p), root));
            beneath.map(|(c, _)| Cut { at: c.at, cut: c.cut + root.len() }).collect()
        };
        context.exports.extend(outer(&self.context.exports, self.exports, src));
        context.imports.extend(outer(&self.context.imports, self.imports, dst));
        context
    }
}

fn is_paired(path: Option<&[Segment]>, paired: &BTreeMap<Text, (Use, Use)>) -> bool {
    match path.and_then(<[_]>::first) {
        Some(Segment::Name(name)) => paired.contains_key(&Text::from_plain(name)),
        _ => false,
    }
}

fn covers(outer: Option<&[Segment]>, inner: Option<&[Segment]>) -> bool {
    match (outer, inner) {
        (Some(outer), Some(inner)) => inner.len() > outer.len() && inner.starts_with(outer),
        _ => false,
    }
}

fn starts_with_name(path: &[Segment]) -> bool {
    matches!(path.first(), Some(Segment::Name(_)))
}

/// The segment of a member's name.
pub(in crate::compile) fn segment(name: &Text) -> Segment {
    Segment::Name(name.decode().unwrap_or_default().into())
}
