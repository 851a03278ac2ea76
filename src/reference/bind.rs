//! Which rules hold at a value: those handed down, and those of the blocks of its pair.

use crate::contract::{Additional, Kinds, TypeGraph, TypeId, Use};
use crate::json::{Segment, Text};
use crate::mapping::{Block, Field, RuleKind, Source};
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
}

#[derive(Clone, Copy, Debug)]
pub(super) enum What<'a> {
    Field(&'a Field),
    Source(&'a Source),
}

/// The rules of a block, oriented; `in` puts its paths before those of its own block.
pub(super) fn orient(block: &Block, direction: Direction) -> Vec<Ruled<'_>> {
    let mut all = Vec::new();
    for rule in &block.rules {
        match &rule.kind {
            RuleKind::Field(field) => {
                let (old, new) = (field.old.0.clone(), field.new.0.clone());
                let (src, dst) =
                    if direction == Direction::Upgrade { (old, new) } else { (new, old) };
                let what = What::Field(field);
                all.push(Ruled { rule: rule.rule, src: Some(src), dst: Some(dst), what });
            }
            RuleKind::Only { side, place, source } => {
                let makes = *side == direction.target();
                let place = Some(place.0.clone());
                let (src, dst) = if makes { (None, place) } else { (place, None) };
                all.push(Ruled { rule: rule.rule, src, dst, what: What::Source(source) });
            }
            RuleKind::In { old, new, block } => {
                let (src, dst) =
                    if direction == Direction::Upgrade { (old, new) } else { (new, old) };
                for mut inner in orient(block, direction) {
                    inner.src = inner.src.map(|p| src.0.iter().cloned().chain(p).collect());
                    inner.dst = inner.dst.map(|p| dst.0.iter().cloned().chain(p).collect());
                    all.push(inner);
                }
            }
            RuleKind::Alias(_) => {}
        }
    }
    all
}

/// Whether a block has a path beneath its root.
pub(super) fn reaches_beneath(block: &Block) -> bool {
    block.rules.iter().any(|rule| match &rule.kind {
        RuleKind::Field(field) => !field.old.0.is_empty() || !field.new.0.is_empty(),
        RuleKind::Only { place, .. } => !place.0.is_empty(),
        RuleKind::Alias(_) | RuleKind::In { .. } => true,
    })
}

/// A type and those that it is `allOf`, nearest first.
pub(super) fn lineage(types: &TypeGraph, of: TypeId) -> Vec<TypeId> {
    let mut all = vec![of];
    all.extend(&types.get(of).bases);
    all
}

/// The use of a member that a type declares, by name or by letting any name through.
pub(super) fn member(types: &TypeGraph, of: Use, name: &Text) -> Option<Use> {
    let ty = types.get(of.ty);
    if !ty.kinds.meets(Kinds::OBJECT) {
        return None;
    }
    ty.property(name).or(match ty.additional {
        Additional::Yes(other) => Some(other),
        Additional::No | Additional::Unwritten => None,
    })
}

/// The use at a path.
pub(super) fn at(types: &TypeGraph, of: Use, path: &[Segment]) -> Option<Use> {
    let mut of = of;
    for segment in path {
        of = match segment {
            Segment::Name(name) => member(types, of, &Text::from_plain(name))?,
            Segment::Each | Segment::Index(_) | Segment::Select(_) => types.get(of.ty).items?,
            Segment::Values => match types.get(of.ty).additional {
                Additional::Yes(other) => other,
                Additional::No | Additional::Unwritten => return None,
            },
        };
    }
    Some(of)
}

/// The literal that absence means on the source side.
pub(super) fn meaning(field: &Field, direction: Direction) -> Option<&crate::json::Value> {
    match direction.source() {
        Side::Old => field.absent_old.as_ref(),
        Side::New => field.absent_new.as_ref(),
    }
}
