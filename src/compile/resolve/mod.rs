//! Binds the rules of one mapping, in one direction, to the pairs of schemas that they are
//! about. Static only: it sees contracts and rules, never a shape or a message.

pub(super) mod bind;
pub(super) mod place;

use std::collections::BTreeMap;

use crate::contract::{TypeGraph, TypeId};
use crate::json::Path;
use crate::mapping::{Block, Field, Mapping, RuleKind, Source, Unmapped};
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
}

/// The block of a pair of types, as indices into [`Hop::rules`].
#[derive(Debug)]
pub(super) struct Bound {
    /// The block's own entry in [`Mapping::rules`].
    pub(super) rule: u32,
    /// Its rules.
    pub(super) rules: Vec<usize>,
    /// `unmapped` of the block.
    pub(super) unmapped: Option<Unmapped>,
}

/// One mapping in one direction, bound to its two contracts.
#[derive(Debug)]
pub(super) struct Hop<'a> {
    /// Index of the mapping in the history.
    pub(super) index: u16,
    /// The mapping.
    pub(super) mapping: &'a Mapping,
    /// Which way.
    pub(super) direction: Direction,
    /// Types of the contract that messages come in.
    pub(super) source: &'a TypeGraph,
    /// Types of the contract that messages leave in.
    pub(super) target: &'a TypeGraph,
    /// All rules, oriented; blocks index into it.
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
        direction: Direction,
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
            source,
            target,
            rules: Vec::new(),
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
            let bound = hop.bind_block(&block.block);
            hop.blocks.entry(pair).or_default().push(bound);
        }
        hop
    }

    /// Orients the rules of a block.
    pub(super) fn bind_block(&mut self, block: &'a Block) -> Bound {
        let mut rules = Vec::new();
        self.orient(block, (&Path::default(), &Path::default()), &mut rules);
        Bound { rule: block.rule, rules, unmapped: block.unmapped }
    }

    fn orient(&mut self, block: &'a Block, root: (&Path, &Path), into: &mut Vec<usize>) {
        for rule in &block.rules {
            let (old, new, what) = match &rule.kind {
                RuleKind::Field(field) => {
                    (join(root.0, &field.old), join(root.1, &field.new), What::Move(field))
                }
                RuleKind::Only { side, place, source } => {
                    let makes = *side == self.direction.target();
                    let what = if makes { What::Make(source) } else { What::Take(source) };
                    match side {
                        Side::Old => (join(root.0, place), Path::default(), what),
                        Side::New => (Path::default(), join(root.1, place), what),
                    }
                }
                RuleKind::Alias(_) => continue,
                RuleKind::In { old, new, block } => {
                    self.orient(block, (&join(root.0, old), &join(root.1, new)), into);
                    continue;
                }
            };
            let (src, dst) = match self.direction {
                Direction::Upgrade => (old, new),
                Direction::Downgrade => (new, old),
            };
            into.push(self.rules.len());
            self.rules.push(Oriented { rule: rule.rule, src, dst, what });
        }
    }
}

fn join(root: &Path, path: &Path) -> Path {
    Path(root.0.iter().chain(&path.0).cloned().collect())
}
