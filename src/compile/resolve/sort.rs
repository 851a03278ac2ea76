//! Sorts the rules of a context out: what pairs, what each counterpart's own context is, and what
//! is left. Part of binding; it makes no shapes.

use std::collections::{BTreeMap, HashSet};

use super::bind::{Binding, Context, Cut, Handed, Move, Single, segment};
use super::index::{Index, in_order};
use super::live::{Live, covers};
use super::place::{inner, lead, let_through, member};
use super::{Hop, What};
use crate::contract::{Kinds, Use};
use crate::json::{Segment, Text, writing};
use crate::mapping::Field;

/// What the sorting out looks at.
pub(super) struct Space<'s, 'h, 'a> {
    pub(super) hop: &'h Hop<'a>,
    pub(super) context: &'s Context,
    pub(super) live: &'s [Live<'h>],
    pub(super) exports: Rests<'s, 'h>,
    pub(super) imports: Rests<'s, 'h>,
    /// Rules by what they read and write, exports and imports by their paths: each by its index.
    reads: Index<'h>,
    writes: Index<'h>,
    exported: Index<'h>,
    imported: Index<'h>,
}

/// Rests of paths, each with the rule that it is of.
type Rests<'s, 'h> = &'s [(&'h [Segment], usize)];

/// The two paths of a counterpart.
type Paths<'p> = (&'p [Segment], &'p [Segment]);

impl<'s, 'h, 'a> Space<'s, 'h, 'a> {
    pub(super) fn new(
        (hop, context): (&'h Hop<'a>, &'s Context),
        live: &'s [Live<'h>],
        (exports, imports): (Rests<'s, 'h>, Rests<'s, 'h>),
    ) -> Self {
        let numbered = |paths: Rests<'_, 'h>| {
            Index::new(paths.iter().enumerate().map(|(at, (path, _))| (*path, at)))
        };
        let of = |path: &dyn Fn(&Live<'h>) -> Option<&'h [Segment]>| {
            let paths = live.iter().enumerate();
            Index::new(paths.filter_map(|(at, rule)| Some((path(rule)?, at))))
        };
        Self {
            hop,
            context,
            live,
            exports,
            imports,
            reads: of(&|rule| rule.src),
            writes: of(&|rule| rule.dst),
            exported: numbered(exports),
            imported: numbered(imports),
        }
    }
}

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
        let carried = Carried::new(all.iter().map(|(_, paths)| *paths));
        let outermost: Vec<_> =
            all.iter().filter(|(rule, _)| !carried.carry(rule, self.live)).collect();
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
        let voids = self.hop.rules.get(rule.at).is_some_and(|r| r.voids);
        let nullable = to.nullable && !voids;
        let unwrapped = unwrapped(self.hop, rule.at, (from, to));
        let typed = unwrapped.is_some();
        let uses = unwrapped.unwrap_or((from, to));
        let context = self.inner((src, dst), uses, Some(rule.at));
        let (src, dst) = (src.to_vec(), dst.to_vec());
        Some(Move { rule: Some(rule.at), src, dst, context, nullable, typed })
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
        let all = Carried::new(paths.iter().copied());
        let uncovered = |paths: &Paths<'_>| !all.cover(*paths);
        for rule in self.live {
            if let (Some(src), Some(dst)) = (rule.src, rule.dst)
                && starts_with_name(src)
                && starts_with_name(dst)
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
        self.hop.source.property(self.context.source.ty, name).is_none()
            && self.hop.target.property(self.context.target.ty, name).is_none()
    }

    /// Names that both contracts declare and no rule claims.
    fn paired(&self) -> BTreeMap<Text, (Use, Use)> {
        let (source, target) = (self.hop.source, self.hop.target);
        let own = &source.get(self.context.source.ty).properties;
        let other = &target.get(self.context.target.ty).properties;
        let ruled = self.live.iter().flat_map(|l| [l.src, l.dst]).flatten();
        let outer = self.exports.iter().chain(self.imports).map(|(p, _)| *p);
        // What a rule only looks at is known by its name too.
        let looked = self.live.iter().flat_map(|l| &l.looked).map(Vec::as_slice);
        let ruled = ruled.chain(outer).chain(looked).filter_map(|p| match p.first() {
            Some(Segment::Name(name)) => Some(Text::from_plain(name)),
            _ => None,
        });
        let names = own.iter().chain(other).map(|(n, _)| n.clone()).chain(ruled);
        let claimed = self.claimed();
        names
            .filter(|name| !claimed.contains(&segment(name)))
            .filter_map(|name| {
                let from = member(source, self.context.source, &name)?;
                let to = member(target, self.context.target, &name)?;
                Some((name, (from, to)))
            })
            .collect()
    }

    /// Members that rules claim whole.
    fn claimed(&self) -> HashSet<&Segment> {
        let rules = self.live.iter().flat_map(|l| [l.src, l.dst]).flatten();
        let outer = self.exports.iter().chain(self.imports).map(|(p, _)| *p);
        let whole = rules.chain(outer).filter(|p| p.len() == 1).filter_map(|p| p.first());
        whole.chain(self.live.iter().filter_map(turned)).collect()
    }

    /// Rules with one place that no counterpart's own context has.
    pub(super) fn singles(&self, binding: &mut Binding, carried: &[Paths<'_>]) {
        let carried = Carried::new(carried.iter().copied());
        for rule in self.live {
            let Some(what) = self.hop.rules.get(rule.at).map(|r| r.what) else { continue };
            if let What::Move(field) = what {
                binding.late_unsaid.extend(self.late_unsaid((rule, field), &binding.moves));
                let means = field.meaning(self.hop.direction.source()).is_some();
                if means && carried.any(rule, |paths| rule.is_looked_at(self.live, paths)) {
                    let place = rule.src.unwrap_or_default().to_vec();
                    binding.meant.push(Single { rule: rule.at, place, cut: rule.cut.0 });
                }
                continue;
            }
            let cut = if what.looks_at_source() { rule.cut.0 } else { rule.cut.1 };
            let single = |path: Option<&[Segment]>| Single {
                rule: rule.at,
                place: path.unwrap_or_default().to_vec(),
                cut,
            };
            if carried.carry(rule, self.live) {
                if let (What::Make(_), Some(at)) = (what, late(rule, &binding.moves)) {
                    binding.late.push((single(rule.dst), at));
                }
                continue;
            }
            match what {
                What::Move(_) | What::Refuse(_) => {}
                What::Make(_) => binding.makes.push(single(rule.dst)),
                What::Take(_) => binding.takes.push(single(rule.src)),
                What::Fill(_) => binding.fills.push(single(rule.src)),
                What::Repeat(_) => binding.repeats.push(single(rule.dst)),
            }
        }
        binding.makes.sort_by_key(|m| writing(&m.place));
        binding.late.sort_by_key(|(m, _)| writing(&m.place));
    }

    /// A place of a counterpart's own context whose absence means something after the hop.
    fn late_unsaid(
        &self,
        (rule, field): (&Live<'_>, &Field),
        moves: &[Move],
    ) -> Option<(Single, usize)> {
        let (src, dst) = (rule.src?, rule.dst?);
        field.fills(self.hop.direction.reverse()).then_some(())?;
        src.iter().all(|s| matches!(s, Segment::Name(_))).then_some(())?;
        lead(self.hop.source, self.context.source, src)?;
        lead(self.hop.target, self.context.target, dst)?;
        let at = late(rule, moves)?;
        Some((Single { rule: rule.at, place: dst.to_vec(), cut: rule.cut.1 }, at))
    }

    fn unpaired(&self, binding: &mut Binding, paired: &BTreeMap<Text, (Use, Use)>) {
        let through: Vec<&[Segment]> = binding.claimed.iter().map(|(p, _)| &**p).collect();
        let mut names: Vec<Text> = Vec::new();
        let declared = self.hop.source.get(self.context.source.ty).properties.iter();
        names.extend(declared.map(|(n, _)| n.clone()));
        let mut known: HashSet<Text> = names.iter().cloned().collect();
        // A dictionary's member whose name is written on the other side has no counterpart.
        let written = self.live.iter().filter_map(|l| l.dst);
        let written = written.chain(self.imports.iter().map(|(p, _)| *p));
        for path in through.iter().copied().chain(written.filter(|p| p.len() == 1)) {
            if let Some(Segment::Name(name)) = path.first() {
                let name = Text::from_plain(name);
                if known.insert(name.clone()) {
                    names.push(name);
                }
            }
        }
        let whole: HashSet<&Segment> =
            through.iter().filter(|p| p.len() == 1).filter_map(|p| p.first()).collect();
        let begun: HashSet<&Segment> = through.iter().filter_map(|p| p.first()).collect();
        let mut apart = Vec::new();
        let mut leftover = Vec::new();
        for name in names {
            let segment = segment(&name);
            if whole.contains(&segment) || paired.contains_key(&name) {
                continue;
            }
            if begun.contains(&segment) {
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
        let carries = |at: usize| {
            let other = self.live.get(at).filter(|r| r.src.is_some() && r.dst.is_some());
            other.filter(|r| !r.is_beneath((src, dst)))
        };
        match (rule.src, rule.dst) {
            (Some(own), None) => {
                self.reads.around(own).filter_map(carries).any(|r| covers(Some(src), r.src))
            }
            (None, Some(own)) => {
                self.writes.around(own).filter_map(carries).any(|r| covers(Some(dst), r.dst))
            }
            _ => false,
        }
    }

    /// The context of the value that a counterpart (`src` to `dst`) carries.
    fn inner(&self, (src, dst): Paths<'_>, uses: (Use, Use), own: Option<usize>) -> Context {
        let beneath = |path: Option<&[Segment]>, root: &[Segment]| covers(Some(root), path);
        let mut context = Context::bare(self.context.hop, uses);
        let id = |at: usize| self.hop.rules.get(at).map(|r| r.rule);
        let near = in_order(self.reads.within(src).chain(self.writes.within(dst)));
        let near = near.into_iter().filter_map(|at| self.live.get(at));
        for rule in near.filter(|r| own.is_none_or(|own| id(r.at) != id(own))) {
            let cut = (rule.cut.0 + src.len(), rule.cut.1 + dst.len());
            if rule.goes_down(self.live, (src, dst)) && !self.belongs_deeper(rule, (src, dst)) {
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
        let outer = |cuts: &[Cut], paths: &[(&[Segment], usize)], index: &Index<'_>, root| {
            let inside =
                in_order(index.within(root).filter(|at| {
                    paths.get(*at).is_some_and(|(path, _)| beneath(Some(path), root))
                }));
            let cuts = inside.into_iter().filter_map(|at| cuts.get(at));
            cuts.map(|c| Cut { at: c.at, cut: c.cut + root.len() }).collect::<Vec<_>>()
        };
        let (from, to) = (&self.context.exports, &self.context.imports);
        context.exports.extend(outer(from, self.exports, &self.exported, src));
        context.imports.extend(outer(to, self.imports, &self.imported, dst));
        context
    }
}

/// The uses of the value itself, where the `wrap` of a rule puts it into a list.
pub(super) fn unwrapped(hop: &Hop<'_>, at: usize, (from, to): (Use, Use)) -> Option<(Use, Use)> {
    let Some(field) = hop.field(at) else { return Some((from, to)) };
    let below = hop.rules.get(at).map(|r| &*r.below.0).unwrap_or_default();
    let (from, to) = inner(hop, (&field.parts, below), (Some(from), Some(to)));
    from.zip(to)
}

/// The counterpart in whose object a rule makes a member, if names lead there.
fn late(rule: &Live<'_>, moves: &[Move]) -> Option<usize> {
    rule.dst.filter(|dst| dst.iter().all(|s| matches!(s, Segment::Name(_))))?;
    let carries = |moved: &Move| rule.is_beneath((&moved.src, &moved.dst));
    let around = moves.iter().enumerate().filter(|(_, moved)| carries(moved));
    around.max_by_key(|(_, moved)| moved.dst.len()).map(|(at, _)| at)
}

/// The paths of counterparts.
struct Carried<'p> {
    paths: Vec<Paths<'p>>,
    reads: Index<'p>,
    writes: Index<'p>,
}

impl<'p> Carried<'p> {
    fn new(paths: impl Iterator<Item = Paths<'p>>) -> Self {
        let paths: Vec<Paths<'p>> = paths.collect();
        let numbered = paths.iter().enumerate();
        let reads = Index::new(numbered.clone().map(|(at, (src, _))| (*src, at)));
        let writes = Index::new(numbered.map(|(at, (_, dst))| (*dst, at)));
        Self { paths, reads, writes }
    }

    /// Whether one of them leads to places around these two.
    fn cover(&self, (src, dst): Paths<'_>) -> bool {
        let mut around = self.reads.around(src).filter_map(|at| self.paths.get(at));
        around.any(|(_, outer)| covers(Some(outer), Some(dst)))
    }

    /// Whether one of them carries all that a rule is about.
    fn carry(&self, rule: &Live<'_>, all: &[Live<'_>]) -> bool {
        self.any(rule, |paths| rule.goes_down(all, paths))
    }

    /// Whether this holds of one of them that leads to places around those of a rule.
    fn any(&self, rule: &Live<'_>, holds: impl Fn(Paths<'_>) -> bool) -> bool {
        let held = |at: usize| self.paths.get(at).is_some_and(|paths| holds(*paths));
        match (rule.src, rule.dst) {
            (Some(src), _) => self.reads.around(src).chain(self.reads.at(src)).any(held),
            (None, Some(dst)) => self.writes.around(dst).chain(self.writes.at(dst)).any(held),
            (None, None) => self.paths.iter().any(|paths| holds(*paths)),
        }
    }
}

fn starts_with_name(path: &[Segment]) -> bool {
    matches!(path.first(), Some(Segment::Name(_)))
}

/// The name at which a rule goes through an object on one side and through a list on the other: what
/// stands there is not the other's counterpart.
fn turned<'h>(rule: &Live<'h>) -> Option<&'h Segment> {
    let (Some([one, src, ..]), Some([other, dst, ..])) = (rule.src, rule.dst) else { return None };
    let element = |s: &Segment| matches!(s, Segment::Each) || s.is_one();
    let name = matches!(one, Segment::Name(_)) && one == other;
    (name && element(src) != element(dst)).then_some(one)
}
