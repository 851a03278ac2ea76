//! One context: a pair of uses with the rules that reach it, sorted out into moves and rules with
//! one place. Follows `docs/semantics.md`, "Contexts"; it makes no shapes.

use std::collections::BTreeMap;

use super::live::{Live, Looks, covers, cuts, live_rules};
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
    /// How many unions the value is a branch of, one right inside the other.
    pub(in crate::compile) unions: u8,
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
    /// From here.
    pub(in crate::compile) src: Vec<Segment>,
    /// To here.
    pub(in crate::compile) dst: Vec<Segment>,
    /// The value's own context.
    pub(in crate::compile) context: Context,
    /// null may stand at `dst`.
    pub(in crate::compile) nullable: bool,
    /// The contracts say what the value is, so that its type's rules apply.
    pub(in crate::compile) typed: bool,
}

/// A rule with one place, relative to the context.
#[derive(Clone, Debug)]
pub(in crate::compile) struct Single {
    /// Index into [`Hop::rules`].
    pub(in crate::compile) rule: usize,
    /// The place.
    pub(in crate::compile) place: Vec<Segment>,
    /// Segments that the context cuts off the further places that the rule looks at.
    pub(in crate::compile) cut: usize,
}

/// By JSON type, the first block about the pair whose paths want another one.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::compile) struct Unfit {
    /// Booleans, numbers and strings.
    pub(in crate::compile) scalar: Option<u32>,
    /// Arrays.
    pub(in crate::compile) array: Option<u32>,
    /// Objects.
    pub(in crate::compile) object: Option<u32>,
}

/// Which way a rule crosses the root.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::compile) enum Cross {
    /// From `.` to a place.
    Outward,
    /// From a place to `.`.
    Inward,
}

/// A context, sorted out.
#[derive(Clone, Debug, Default)]
pub(in crate::compile) struct Binding {
    /// The rule for the value itself (`.`), an index into [`Hop::rules`].
    pub(in crate::compile) itself: Option<usize>,
    /// Whether a rule crosses the root; then `moves` are the rules' alone, and nothing pairs.
    pub(in crate::compile) cross: Option<(Cross, usize)>,
    /// Every rule that holds, for the contexts of branches.
    pub(in crate::compile) holding: Vec<Handed>,
    /// Counterparts of an object's places, explicit ones first.
    pub(in crate::compile) moves: Vec<Move>,
    /// Made values, shorter places first.
    pub(in crate::compile) makes: Vec<Single>,
    /// Values that are taken out.
    pub(in crate::compile) takes: Vec<Single>,
    /// Aliases of the source.
    pub(in crate::compile) fills: Vec<Single>,
    /// Aliases of the target.
    pub(in crate::compile) repeats: Vec<Single>,
    /// Places of the source that rules claim, with the rule's id in its mapping, by that id.
    pub(in crate::compile) claimed: Vec<(Vec<Segment>, u32)>,
    /// Members that a path goes through and that have no counterpart.
    pub(in crate::compile) apart: Vec<Text>,
    /// Members without counterpart that no rule goes through.
    pub(in crate::compile) leftover: Vec<Text>,
    /// Context of members that both contracts let through without naming them.
    pub(in crate::compile) others: Option<Context>,
    /// Context of the elements of an array.
    pub(in crate::compile) elements: Option<Context>,
    /// Who reports values that the paths are not about.
    pub(in crate::compile) unfit: Unfit,
    /// Members without counterpart and extras are dropped, under rule 0.
    pub(in crate::compile) unmapped: bool,
}

impl Context {
    /// Whether rules reach from inside the value to outside of it, or the reverse: then it
    /// cannot be a function of its own.
    pub(in crate::compile) fn is_open(&self) -> bool {
        !self.exports.is_empty() || !self.imports.is_empty()
    }

    /// A pair without rules from further out.
    pub(in crate::compile) fn bare(hop: usize, (source, target): (Use, Use)) -> Self {
        Self {
            hop,
            source,
            target,
            handed: Vec::new(),
            exports: Vec::new(),
            imports: Vec::new(),
            unions: 0,
        }
    }
}

/// Sorts out a context.
pub(in crate::compile) fn bind(hop: &Hop<'_>, context: &Context) -> Binding {
    let mut binding = Binding {
        unmapped: unmapped(hop, context),
        unfit: unfit(hop, context),
        ..Binding::default()
    };
    let live = live_rules(hop, context);
    let root = |path: Option<&[Segment]>| path.is_some_and(<[_]>::is_empty);
    for rule in &live {
        match (root(rule.src), root(rule.dst)) {
            (true, true) => {
                binding.itself.get_or_insert(rule.at);
                continue;
            }
            (true, false) if rule.dst.is_some() => {
                binding.cross.get_or_insert((Cross::Outward, rule.at));
            }
            (false, true) if rule.src.is_some() => {
                binding.cross.get_or_insert((Cross::Inward, rule.at));
            }
            _ => {}
        }
        let (src, dst) = rule.cut;
        binding.holding.push(Handed { at: rule.at, src, dst });
        if let Some(src) = rule.src.filter(|s| !s.is_empty()) {
            binding.claimed.push((src.to_vec(), id(hop, rule.at)));
        }
    }
    let exports = cuts(hop, &context.exports, Looks::Source);
    let imports = cuts(hop, &context.imports, Looks::Target);
    binding.claimed.extend(exports.iter().map(|(p, at)| (p.to_vec(), id(hop, *at))));
    binding.claimed.sort_by_key(|(_, rule)| *rule);
    let live: Vec<Live<'_>> = live.into_iter().filter(|l| !(root(l.src) && root(l.dst))).collect();
    let space = Space { hop, context, live: &live, exports: &exports, imports: &imports };
    space.elements(&mut binding);
    if binding.cross.is_some() {
        space.crossing(&mut binding);
    } else {
        space.object(&mut binding);
    }
    binding
}

fn id(hop: &Hop<'_>, at: usize) -> u32 {
    hop.rules.get(at).map_or(0, |r| r.rule)
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

/// An object is wanted for names, an array for elements, anything where no path leads beneath
/// the root.
fn unfit(hop: &Hop<'_>, context: &Context) -> Unfit {
    let mut unfit = Unfit::default();
    for bound in blocks(hop, context.source.ty, context.target.ty) {
        let (mut names, mut elements) = (false, false);
        for rule in bound.rules.iter().filter_map(|at| hop.rules.get(*at)) {
            for path in [&rule.src, &rule.dst] {
                match path.0.first() {
                    None => {}
                    Some(Segment::Name(_) | Segment::Values) => names = true,
                    Some(Segment::Each | Segment::Index(_) | Segment::Select(_)) => elements = true,
                }
            }
        }
        if names || elements {
            unfit.scalar.get_or_insert(bound.rule);
        }
        if names {
            unfit.array.get_or_insert(bound.rule);
        }
        if elements && !names {
            unfit.object.get_or_insert(bound.rule);
        }
    }
    unfit
}

/// What the sorting out looks at.
struct Space<'s, 'h, 'a> {
    hop: &'h Hop<'a>,
    context: &'s Context,
    live: &'s [Live<'h>],
    exports: &'s [(&'h [Segment], usize)],
    imports: &'s [(&'h [Segment], usize)],
}

/// The two paths of a counterpart.
type Paths<'p> = (&'p [Segment], &'p [Segment]);

impl<'h> Space<'_, 'h, '_> {
    fn elements(&self, binding: &mut Binding) {
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
    fn crossing(&self, binding: &mut Binding) {
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

    fn explicit(&self, binding: &mut Binding, rule: &Live<'_>, (src, dst): Paths<'_>) {
        let uses = (
            lead(self.hop.source, self.context.source, src),
            lead(self.hop.target, self.context.target, dst),
        );
        let (Some(from), Some(to)) = uses else { return };
        let (nullable, unwrapped) = (to.nullable, self.unwrapped(rule.at, (from, to)));
        let typed = unwrapped.is_some();
        let uses = unwrapped.unwrap_or((from, to));
        let context = self.inner((src, dst), uses, Some(rule.at));
        let (src, dst) = (src.to_vec(), dst.to_vec());
        binding.moves.push(Move { rule: Some(rule.at), src, dst, context, nullable, typed });
    }

    /// The uses of the value itself, where `wrap` puts it into a list.
    fn unwrapped(&self, at: usize, (from, to): (Use, Use)) -> Option<(Use, Use)> {
        let hop = self.hop;
        let wrap = match hop.rules.get(at).map(|r| r.what) {
            Some(What::Move(field)) => field.parts.wrap,
            _ => None,
        };
        match wrap {
            None => Some((from, to)),
            Some(side) if side == hop.direction.source() => {
                Some((hop.source.get(from.ty).items?, to))
            }
            Some(_) => Some((from, hop.target.get(to.ty).items?)),
        }
    }

    fn object(&self, binding: &mut Binding) {
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
    fn singles(&self, binding: &mut Binding, carried: &[Paths<'_>]) {
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

    /// The context of the value that a counterpart (`src` to `dst`) carries.
    fn inner(&self, (src, dst): Paths<'_>, uses: (Use, Use), own: Option<usize>) -> Context {
        let beneath = |path: Option<&[Segment]>, root: &[Segment]| covers(Some(root), path);
        let mut context = Context::bare(self.context.hop, uses);
        let id = |at: usize| self.hop.rules.get(at).map(|r| r.rule);
        for rule in self.live.iter().filter(|r| own.is_none_or(|own| id(r.at) != id(own))) {
            let cut = (rule.cut.0 + src.len(), rule.cut.1 + dst.len());
            if rule.is_beneath((src, dst)) {
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

/// The segment of a member's name.
pub(in crate::compile) fn segment(name: &Text) -> Segment {
    Segment::Name(name.decode().unwrap_or_default().into())
}
