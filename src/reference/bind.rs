//! Which rules hold at a value: those handed down, and those of the blocks of its pair.

use super::Facing;
use super::name::name_of;
use super::value::Data;
use crate::contract::{Kinds, TypeGraph, TypeId, Use};
use crate::json::{Path, Segment, Text};
use crate::mapping::{Alias, Block, Field, Nulls, RuleKind, Source};
use crate::version::{Direction, Side};

/// A rule in the direction of travel, relative to a value.
#[derive(Clone, Debug)]
pub(super) struct Ruled<'a> {
    pub(super) rule: u32,
    /// The place it reads; `None` for one that makes.
    pub(super) src: Option<Vec<Segment>>,
    /// The place it writes; `None` for one that takes.
    pub(super) dst: Option<Vec<Segment>>,
    pub(super) what: What<'a>,
    /// Of a `wrap` that goes on below the list: the rest of the path, within the element.
    pub(super) below: Vec<Segment>,
    /// It reads a null member as absent.
    pub(super) voids: bool,
    /// Before the paths inside `what`, which are relative to the block: its root in this context.
    root: Vec<Segment>,
    /// Segments to take off them again, for the contexts that the rule was handed down into.
    cut: usize,
}

/// A use, in the contract of its side.
type At<'a> = (&'a TypeGraph, Use);

#[derive(Clone, Copy, Debug)]
pub(super) enum What<'a> {
    Field(&'a Field),
    Source(&'a Source),
    /// `second` is the rule's own place.
    Alias(&'a Alias),
}

impl<'a> Ruled<'a> {
    fn new(
        rule: u32,
        (src, dst): (Option<Vec<Segment>>, Option<Vec<Segment>>),
        what: What<'a>,
    ) -> Self {
        let below = Vec::new();
        Self { rule, src, dst, what, below, voids: false, root: Vec::new(), cut: 0 }
    }

    /// The same rule for what goes the other way.
    pub(super) fn backwards(self) -> Self {
        Self { src: self.dst, dst: self.src, ..self }
    }

    /// A path inside `what`, relative to this context.
    pub(super) fn place(&self, path: &Path) -> Vec<Segment> {
        self.root.iter().chain(&path.0).skip(self.cut).cloned().collect()
    }

    /// Whether the paths inside `what` are places of the source.
    fn looks_at_source(&self) -> bool {
        match self.what {
            What::Field(_) | What::Alias(_) => self.src.is_some(),
            What::Source(_) => self.src.is_none(),
        }
    }

    /// Whether the contracts have its places, from two uses on.
    pub(super) fn has_places(&self, (source, target): (At<'_>, At<'_>)) -> bool {
        let first = match self.what {
            What::Alias(alias) => Some(self.place(&alias.first)),
            What::Field(_) | What::Source(_) => None,
        };
        let has = |place: &Option<Vec<Segment>>, (types, from): At<'_>| {
            place.is_none()
                || [place, &first].into_iter().flatten().all(|p| is_there(types, from, p))
        };
        has(&self.src, source) && has(&self.dst, target)
    }

    /// Whether what it reads stands elsewhere afterwards.
    pub(super) fn carries(&self) -> bool {
        self.src.is_some() && (self.dst.is_some() || matches!(self.what, What::Alias(_)))
    }

    /// Whether it is about the value itself, on both sides.
    pub(super) fn is_itself(&self) -> bool {
        let root = |path: &Option<Vec<Segment>>| path.as_ref().is_some_and(Vec::is_empty);
        root(&self.src) && root(&self.dst)
    }

    /// Whether the whole rule is about places beneath these two.
    pub(super) fn is_beneath(&self, (src, dst): (&[Segment], &[Segment])) -> bool {
        let mut looked = Vec::new();
        self.looked(&mut looked);
        let root = if self.looks_at_source() { src } else { dst };
        self.src.as_ref().is_none_or(|p| is_inside(src, p))
            && self.dst.as_ref().is_none_or(|p| is_inside(dst, p))
            && looked.iter().all(|p| is_inside(root, &self.place(p)))
    }

    /// Whether the rule belongs to the context of the values at these two places, of all the rules around
    /// them.
    pub(super) fn goes_down(&self, rules: &[Self], root: (&[Segment], &[Segment])) -> bool {
        self.is_beneath(root) && !self.waits(rules, root)
    }

    /// Whether it is an alias of which another rule, that stays, reads the first place, or writes it: the
    /// alias then has its turn here, before that rule or after it.
    fn waits(&self, rules: &[Self], root: (&[Segment], &[Segment])) -> bool {
        let What::Alias(alias) = self.what else { return false };
        let second = self.src.as_ref().or(self.dst.as_ref());
        second.is_some_and(|second| is_named(second))
            && stays(rules, root, (&self.place(&alias.first), self.src.is_some()))
    }

    /// What absence means to it where it belongs to the context of these places, and a rule that stays looks
    /// there before.
    pub(super) fn meant(
        &self,
        rules: &[Self],
        root: (&[Segment], &[Segment]),
        direction: Direction,
    ) -> Option<(&[Segment], &'a crate::json::Value)> {
        let (Some(src), What::Field(field)) = (&self.src, self.what) else { return None };
        let meaning = meaning(field, direction)?;
        (self.goes_down(rules, root) && stays(rules, root, (src, true))).then_some((src, meaning))
    }

    /// The paths inside `what`.
    fn looked(&self, into: &mut Vec<&'a Path>) {
        match self.what {
            What::Field(_) => {}
            What::Source(source) => looks(source, into),
            What::Alias(alias) => into.push(&alias.first),
        }
    }

    /// The rule in the context of the values at these two places.
    pub(super) fn beneath(&self, (src, dst): (&[Segment], &[Segment])) -> Self {
        let cut = |path: &Option<Vec<Segment>>, root: &[Segment]| {
            path.as_ref().map(|p| p.iter().skip(root.len()).cloned().collect())
        };
        let looked = if self.looks_at_source() { src.len() } else { dst.len() };
        Self {
            src: cut(&self.src, src),
            dst: cut(&self.dst, dst),
            cut: self.cut + looked,
            ..self.clone()
        }
    }
}

/// Whether a rule that does not belong to the context of these two places has to do with a place in it: reads
/// it, or, of the target, writes it, or something around or in it there.
fn stays(
    rules: &[Ruled<'_>],
    root: (&[Segment], &[Segment]),
    (own, of_source): (&[Segment], bool),
) -> bool {
    let around = if of_source { root.0 } else { root.1 };
    let meets = |place: &[Segment]| {
        is_named(place)
            && strictly(around, place)
            && (place.starts_with(own) || own.starts_with(place))
    };
    let stay = rules.iter().filter(|rule| !rule.is_beneath(root));
    is_named(own)
        && stay.into_iter().any(|rule| {
            let place = if of_source { &rule.src } else { &rule.dst };
            let mut looked = Vec::new();
            if of_source && rule.looks_at_source() {
                rule.looked(&mut looked);
            }
            place.as_ref().is_some_and(|place| meets(place))
                || looked.iter().any(|place| meets(&rule.place(place)))
        })
}

/// Whether a path goes through names alone.
fn is_named(path: &[Segment]) -> bool {
    path.iter().all(|segment| matches!(segment, Segment::Name(_)))
}

/// Whether a path leads to a place inside what stands at another.
pub(super) fn strictly(outer: &[Segment], inner: &[Segment]) -> bool {
    inner.len() > outer.len() && inner.starts_with(outer)
}

/// The name at which a rule goes through an object on one side and through a list on the other: what
/// stands there is not the other's counterpart.
pub(super) fn turned<'p>(rule: &'p Ruled<'_>) -> Option<&'p str> {
    let (Some([one, src, ..]), Some([other, dst, ..])) = (rule.src.as_deref(), rule.dst.as_deref())
    else {
        return None;
    };
    let element = |s: &Segment| matches!(s, Segment::Each) || s.is_one();
    match (one, other) {
        (Segment::Name(one), Segment::Name(other)) if one == other => {
            (element(src) != element(dst)).then_some(one)
        }
        _ => None,
    }
}

/// Whether a path belongs to the context of what stands at another: of an element, which has no
/// rule of its own around it, the element itself too.
fn is_inside(outer: &[Segment], inner: &[Segment]) -> bool {
    let element = matches!(outer.last(), Some(Segment::Each | Segment::Values));
    strictly(outer, inner) || (element && outer == inner)
}

/// Whether a contract has a place, from a use on.
fn is_there(types: &TypeGraph, from: Use, path: &[Segment]) -> bool {
    let [first, rest @ ..] = path else { return true };
    let ty = types.get(from.ty);
    let next = match first {
        Segment::Name(name) if ty.kinds.meets(Kinds::OBJECT) => {
            types.resolve_property(from.ty, &Text::from_plain(name))
        }
        Segment::Name(_) => None,
        Segment::Each | Segment::Index(_) | Segment::Select(_) => ty.items,
        Segment::Values => ty.let_through(),
    };
    next.is_some_and(|next| is_there(types, next, rest))
}

/// The paths that a source reads.
fn looks<'s>(source: &'s Source, into: &mut Vec<&'s Path>) {
    into.extend(source.places());
    source.inner().for_each(|source| looks(source, into));
}

/// The rules of a block, oriented; `in` puts its paths before those of its own block.
pub(super) fn orient(block: &Block, facing: Facing) -> Vec<Ruled<'_>> {
    let (direction, carrier) = facing;
    let left = What::Source(&Source::Absent);
    let mut all = Vec::new();
    for rule in &block.rules {
        let first = all.len();
        let holds = rule.holds(facing);
        match &rule.kind {
            RuleKind::Field(field) if !holds => {
                if let Some(place) = field.left(direction.source()) {
                    all.push(Ruled::new(rule.rule, (Some(place.0), None), left));
                }
            }
            RuleKind::Field(field) => {
                let (mut old, mut new) = (field.old.0.clone(), field.new.0.clone());
                let below = match field.parts.wrap {
                    Some(Side::Old) => below(&mut old, &new),
                    Some(Side::New) => below(&mut new, &old),
                    None => Vec::new(),
                };
                let (src, dst) =
                    if direction == Direction::Upgrade { (old, new) } else { (new, old) };
                let ruled = Ruled::new(rule.rule, (Some(src), Some(dst)), What::Field(field));
                all.push(Ruled { below, ..ruled });
            }
            RuleKind::Only { side, place, source } => {
                let makes = *side == direction.target();
                let place = Some(place.0.clone());
                let (src, dst) = if makes { (None, place) } else { (place, None) };
                // What the way back does not make is gone.
                let back = makes || rule.holds((direction.reverse(), carrier));
                let what = if back { What::Source(source) } else { left };
                all.extend(holds.then(|| Ruled::new(rule.rule, (src, dst), what)));
            }
            RuleKind::In { old, new, block } => {
                let (src, dst) =
                    if direction == Direction::Upgrade { (old, new) } else { (new, old) };
                for mut inner in orient(block, facing) {
                    let root = if inner.looks_at_source() { src } else { dst };
                    inner.root = root.0.iter().cloned().chain(inner.root).collect();
                    inner.src = inner.src.map(|p| src.0.iter().cloned().chain(p).collect());
                    inner.dst = inner.dst.map(|p| dst.0.iter().cloned().chain(p).collect());
                    all.push(inner);
                }
            }
            // They are asked before any rule looks.
            RuleKind::Refuse(_) => {}
            RuleKind::Alias(alias) => {
                let on = |side: Side| alias.side.is_none_or(|s| s == side);
                let second = || Some(alias.second.0.clone());
                if on(direction.source()) {
                    let what = if holds { What::Alias(alias) } else { left };
                    all.push(Ruled::new(rule.rule, (second(), None), what));
                }
                if on(direction.target()) && holds {
                    all.push(Ruled::new(rule.rule, (None, second()), What::Alias(alias)));
                }
            }
        }
        if !matches!(rule.kind, RuleKind::In { .. }) {
            let own = all.iter_mut().skip(first);
            own.for_each(|ruled| ruled.voids = rule.nulls == Nulls::Absent);
        }
    }
    all
}

/// Takes off a path what stands behind the `[]` of the list that `wrap` makes, and that too.
fn below(path: &mut Vec<Segment>, other: &[Segment]) -> Vec<Segment> {
    let many = |path: &[Segment]| {
        path.iter().filter(|s| matches!(s, Segment::Each | Segment::Values)).count()
    };
    match path.iter().rposition(|s| *s == Segment::Each) {
        Some(at) if many(path) > many(other) => path.split_off(at).split_off(1),
        Some(_) | None => Vec::new(),
    }
}

/// Whether a segment is one element of a list.
pub(super) fn is_item(segment: &Segment) -> bool {
    segment.is_one()
}

/// Whether a value is what the paths of a block go through: an object for names, an array for
/// elements, anything where no path leads beneath the root.
pub(super) fn fits(block: &Block, facing: Facing, data: &Data) -> bool {
    let rules = orient(block, facing);
    let mut firsts =
        rules.iter().flat_map(|r| [&r.src, &r.dst]).flatten().filter_map(|p| p.first());
    let of_array =
        |s: &Segment| matches!(s, Segment::Each | Segment::Index(_) | Segment::Select(_));
    match data {
        Data::Scalar(_) => firsts.next().is_none(),
        Data::Array(_) => firsts.all(of_array),
        Data::Object(_) => {
            let (elements, all) = (firsts.clone().filter(|s| of_array(s)).count(), firsts.count());
            all == 0 || elements < all
        }
    }
}

/// A type and those that it is `allOf`, nearest first.
pub(super) fn lineage(types: &TypeGraph, of: TypeId) -> Vec<TypeId> {
    let mut all = vec![types.meant(of)];
    all.extend(&types.get(of).bases);
    all
}

/// The use of a member that a type declares, by name or by letting any name through.
pub(super) fn member(types: &TypeGraph, of: Use, name: &Text) -> Option<Use> {
    let ty = types.get(of.ty);
    if !ty.kinds.meets(Kinds::OBJECT) {
        return None;
    }
    types.resolve_property(of.ty, name)
}

/// The use at a path.
pub(super) fn at(types: &TypeGraph, of: Use, path: &[Segment]) -> Option<Use> {
    let mut of = of;
    for segment in path {
        of = match segment {
            Segment::Name(name) => member(types, of, &name_of(name))?,
            Segment::Each | Segment::Index(_) | Segment::Select(_) => types.get(of.ty).items?,
            Segment::Values => types.get(of.ty).let_through()?,
        };
    }
    Some(of)
}

/// The literal that absence means on the source side.
pub(super) fn meaning(field: &Field, direction: Direction) -> Option<&crate::json::Value> {
    field.meaning(direction.source())
}
