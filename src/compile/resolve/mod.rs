//! Binds the rules of one mapping, in one direction, to the pairs of schemas that they are
//! about. Static only: it sees contracts and rules, never a shape or a message.

pub(super) mod bind;
mod index;
pub(super) mod items;
pub(super) mod live;
pub(super) mod place;
mod sort;
pub(super) mod told;
pub(super) mod union;
mod void;

use std::cell::Cell;
use std::collections::BTreeMap;

use super::Facing;
use crate::contract::{Crossing, TypeGraph, TypeId, Use};
use crate::json::{Path, Segment};
use crate::mapping::{
    Alias, Block, Carrier, Field, Mapping, Named, Nulls, Predicate, RuleKind, Source, Unmapped,
};
use crate::version::{Direction, Side};

/// A rule seen in the direction of travel.
#[derive(Debug)]
pub(super) struct Oriented<'a> {
    /// Index into [`Mapping::rules`].
    pub(super) rule: u32,
    /// The place it takes its value from; empty and unused for [`What::Make`].
    pub(super) src: Path,
    /// The place it writes; empty and unused for [`What::Take`].
    pub(super) dst: Path,
    /// Of a `wrap` that goes on below the list: the rest of the path, within the element.
    pub(super) below: Path,
    /// It reads a null member as absent.
    pub(super) voids: bool,
    /// It does not hold for these messages: what stands at its place is left behind.
    pub(super) left: bool,
    /// Before the further places that it looks at, which are relative to its block.
    pub(super) root: Path,
    /// What it does.
    pub(super) what: What<'a>,
}

/// What an oriented rule does.
#[derive(Clone, Copy, Debug)]
pub(super) enum What<'a> {
    /// Carries a value from place to place.
    Move(&'a Field),
    /// Makes a value.
    Make(&'a Source),
    /// Takes a value out.
    Take(&'a Source),
    /// The second of two places of the source, its `src`, fills the first.
    Fill(&'a Alias),
    /// The second of two places of the target, its `dst`, repeats the first.
    Repeat(&'a Alias),
    /// Refuses a value of which this holds.
    Refuse(&'a Predicate),
}

/// What becomes of a place where its rule does not hold.
const LEFT: What<'static> = What::Take(&Source::Absent);

impl What<'_> {
    /// Whether further places that the rule looks at are the source's.
    pub(super) fn looks_at_source(self) -> bool {
        matches!(self, Self::Move(_) | Self::Make(_) | Self::Fill(_) | Self::Refuse(_))
    }

    /// Whether it has a place in the source.
    pub(super) fn reads(self) -> bool {
        matches!(self, Self::Move(_) | Self::Take(_) | Self::Fill(_))
    }

    /// Whether it has a place in the target.
    pub(super) fn writes(self) -> bool {
        matches!(self, Self::Move(_) | Self::Make(_) | Self::Repeat(_))
    }
}

/// The block of a pair of types, as indices into [`Hop::rules`].
#[derive(Debug)]
pub(super) struct Bound {
    /// The block's own entry in [`Mapping::rules`].
    pub(super) rule: u32,
    /// The types that it is about, before and after the hop; none of an operation's.
    pub(super) pair: Option<(TypeId, TypeId)>,
    /// Its rules.
    pub(super) rules: Vec<usize>,
    /// `unmapped` of the block.
    pub(super) unmapped: Option<Unmapped>,
}

/// Where the places begin that texts name.
#[derive(Debug)]
pub(super) struct Places<'a> {
    /// What the texts name.
    pub(super) named: &'a Named,
    /// The mapping, as it is about these places.
    pub(super) hop: Hop<'a>,
    /// Where they begin.
    pub(super) context: bind::Context,
    /// That is a message, and they are places of its body.
    pub(super) of_body: bool,
    /// A text of the program names one of them: no other has a table.
    pub(super) asked: Cell<bool>,
}

/// The rule for a text itself that becomes a value of a document, or the reverse.
pub(super) const TEXT: usize = 0;

/// One mapping in one direction, bound to its two contracts.
#[derive(Debug)]
pub(super) struct Hop<'a> {
    /// Index of the mapping in the history.
    pub(super) index: u16,
    /// The mapping.
    pub(super) mapping: &'a Mapping,
    /// Which way.
    pub(super) direction: Direction,
    /// What the messages are.
    carrier: Carrier,
    /// What texts name, each with the hop that its places are seen in.
    pub(super) named: Vec<Places<'a>>,
    /// Types of the contract that messages come in.
    pub(super) source: &'a TypeGraph,
    /// Types of the contract that messages leave in.
    pub(super) target: &'a TypeGraph,
    /// All rules, oriented; blocks index into it. The first, [`TEXT`], is of no block.
    pub(super) rules: Vec<Oriented<'a>>,
    /// Blocks by the pair of types that they are about.
    pub(super) blocks: BTreeMap<(TypeId, TypeId), Vec<Bound>>,
}

impl<'a> Hop<'a> {
    /// Orients every block under `types`. Names that a contract lacks bind nothing here; that
    /// they are errors is `check`'s to say.
    pub(super) fn new(
        mapping: &'a Mapping,
        index: u16,
        (direction, carrier): Facing,
        (old, new): (&'a TypeGraph, &'a TypeGraph),
    ) -> Self {
        let (source, target) = match direction {
            Direction::Upgrade => (old, new),
            Direction::Downgrade => (new, old),
        };
        let mut hop = Self {
            index,
            mapping,
            direction,
            carrier,
            named: Vec::new(),
            source,
            target,
            rules: vec![Oriented {
                rule: mapping.text,
                src: Path::default(),
                dst: Path::default(),
                below: Path::default(),
                voids: false,
                left: false,
                root: Path::default(),
                what: What::Move(Field::nothing()),
            }],
            blocks: BTreeMap::new(),
        };
        for block in &mapping.types {
            let (Some(old), Some(new)) = (old.named(&block.old), new.named(&block.new)) else {
                continue;
            };
            let pair = match direction {
                Direction::Upgrade => (old, new),
                Direction::Downgrade => (new, old),
            };
            let bound = Bound { pair: Some(pair), ..hop.bind_block(&block.block) };
            hop.blocks.entry(pair).or_default().push(bound);
        }
        hop
    }

    /// The same rules for what goes the other way, each read backwards.
    pub(super) fn backwards(self) -> Self {
        let turned = |rule: Oriented<'a>| {
            let what = match rule.what {
                What::Make(source) => What::Take(source),
                What::Take(source) => What::Make(source),
                What::Fill(alias) => What::Repeat(alias),
                What::Repeat(alias) => What::Fill(alias),
                other @ (What::Move(_) | What::Refuse(_)) => other,
            };
            Oriented { src: rule.dst, dst: rule.src, what, ..rule }
        };
        let pair = |(source, target): (TypeId, TypeId)| (target, source);
        let blocks = self.blocks.into_iter().map(|(of, bound)| {
            let bound = bound.into_iter().map(|own| Bound { pair: own.pair.map(pair), ..own });
            (pair(of), bound.collect())
        });
        Self {
            direction: self.direction.reverse(),
            source: self.target,
            target: self.source,
            rules: self.rules.into_iter().map(turned).collect(),
            blocks: blocks.collect(),
            ..self
        }
    }

    /// How a value becomes text here, or text a value.
    pub(super) fn crossing(&self, context: &bind::Context) -> Option<Crossing> {
        let (source, target) = (context.source.ty, context.target.ty);
        Crossing::of(self.source.get(source), self.target.get(target))
    }

    /// What a rule says of two places, if it is about two.
    pub(super) fn field(&self, at: usize) -> Option<&'a Field> {
        match self.rules.get(at)?.what {
            What::Move(field) => Some(field),
            What::Make(_) | What::Take(_) | What::Fill(_) | What::Repeat(_) | What::Refuse(_) => {
                None
            }
        }
    }

    /// The rule of the block about two types themselves.
    pub(super) fn keyed(&self, source: TypeId, target: TypeId) -> Option<u32> {
        self.blocks.get(&(source, target))?.first().map(|bound| bound.rule)
    }

    /// Orients the rules of a block.
    pub(super) fn bind_block(&mut self, block: &'a Block) -> Bound {
        let mut rules = Vec::new();
        self.orient(block, (&Path::default(), &Path::default()), &mut rules);
        Bound { rule: block.rule, pair: None, rules, unmapped: block.unmapped }
    }

    /// Whether a rule of several messages is about one that begins with these uses: one that lacks its
    /// places it is not about.
    pub(super) fn has_places(&self, at: usize, (source, target): (Use, Use)) -> bool {
        let Some(rule) = self.rules.get(at) else { return false };
        let before = |path: &Path| place::lead(self.source, source, &path.0).is_some();
        let after = |path: &Path| place::lead(self.target, target, &path.0).is_some();
        match rule.what {
            What::Move(_) => before(&rule.src) && after(&rule.dst),
            What::Make(_) => after(&rule.dst),
            What::Take(_) => before(&rule.src),
            What::Fill(alias) => before(&rule.src) && before(&rule.root.join(&alias.first)),
            What::Repeat(alias) => after(&rule.dst) && after(&rule.root.join(&alias.first)),
            What::Refuse(_) => true,
        }
    }

    fn orient(&mut self, block: &'a Block, root: (&Path, &Path), into: &mut Vec<usize>) {
        for rule in &block.rules {
            let first = self.rules.len();
            let holds = |direction| rule.holds((direction, self.carrier));
            let (there, back) = (holds(self.direction), holds(self.direction.reverse()));
            match &rule.kind {
                RuleKind::Field(field) if !there => {
                    let side = self.direction.source();
                    if let Some(place) = field.left(side) {
                        self.rule(rule.rule, on(side, root, &place), (root, LEFT), into);
                    }
                }
                RuleKind::Field(field) => {
                    let (mut old, mut new) = (root.0.join(&field.old), root.1.join(&field.new));
                    let below = match field.parts.wrap {
                        Some(Side::Old) => below(&mut old, &new),
                        Some(Side::New) => below(&mut new, &old),
                        None => Path::default(),
                    };
                    self.rule(rule.rule, (old, new), (root, What::Move(field)), into);
                    if let Some(rule) = self.rules.last_mut() {
                        rule.below = below;
                    }
                }
                RuleKind::Only { side, place, source } => {
                    let makes = *side == self.direction.target();
                    let what = match (makes, back) {
                        (true, _) => What::Make(source),
                        (false, true) => What::Take(source),
                        // The way back makes nothing there.
                        (false, false) => LEFT,
                    };
                    if there {
                        self.rule(rule.rule, on(*side, root, place), (root, what), into);
                    }
                }
                RuleKind::Alias(alias) => {
                    let is_on = |side: Side| alias.side.is_none_or(|s| s == side);
                    let fill = if there { What::Fill(alias) } else { LEFT };
                    for (side, what) in [
                        (self.direction.source(), fill),
                        (self.direction.target(), What::Repeat(alias)),
                    ] {
                        if is_on(side) && (there || what.reads()) {
                            self.rule(rule.rule, on(side, root, &alias.second), (root, what), into);
                        }
                    }
                }
                RuleKind::Refuse(refuse) => {
                    let predicate = refuse.on(self.direction.source()).filter(|_| there);
                    if let Some(predicate) = predicate {
                        let none = (Path::default(), Path::default());
                        self.rule(rule.rule, none, (root, What::Refuse(predicate)), into);
                    }
                }
                RuleKind::In { old, new, block } => {
                    self.orient(block, (&root.0.join(old), &root.1.join(new)), into);
                    continue;
                }
            }
            for own in self.rules.iter_mut().skip(first) {
                own.voids = rule.nulls == Nulls::Absent;
                own.left = !there;
            }
        }
    }

    /// Adds a rule by its places on the old and the new side.
    fn rule(
        &mut self,
        rule: u32,
        (old, new): (Path, Path),
        (root, what): ((&Path, &Path), What<'a>),
        into: &mut Vec<usize>,
    ) {
        let (src, dst, roots) = match self.direction {
            Direction::Upgrade => (old, new, root),
            Direction::Downgrade => (new, old, (root.1, root.0)),
        };
        let root = if what.looks_at_source() { roots.0 } else { roots.1 };
        into.push(self.rules.len());
        let (root, below) = (root.clone(), Path::default());
        self.rules.push(Oriented { rule, src, dst, below, voids: false, left: false, root, what });
    }
}

/// Takes off the path of a list that `wrap` makes what stands behind its `[]`, and that too: the
/// path goes on below the list if it goes through more of them than the `other`.
fn below(path: &mut Path, other: &Path) -> Path {
    let many = |path: &Path| path.0.iter().filter(|s| is_many(s)).count();
    match path.0.iter().rposition(|s| *s == Segment::Each) {
        Some(at) if many(path) > many(other) => Path(path.0.split_off(at).split_off(1)),
        Some(_) | None => Path::default(),
    }
}

/// Whether a segment is one element of a list.
pub(super) fn is_item(segment: &Segment) -> bool {
    segment.is_one()
}

/// Whether a segment is all values of a list or dictionary.
pub(super) fn is_many(segment: &Segment) -> bool {
    matches!(segment, Segment::Each | Segment::Values)
}

/// A place of one side, with none of the other.
fn on(side: Side, root: (&Path, &Path), place: &Path) -> (Path, Path) {
    match side {
        Side::Old => (root.0.join(place), Path::default()),
        Side::New => (Path::default(), root.1.join(place)),
    }
}
