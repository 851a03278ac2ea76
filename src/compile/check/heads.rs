//! What the contracts say of parameters and of fields of heads, which let every name through: what one of them
//! lists, and the other does not, is not lost, but nobody there knows it.

use super::Checking;
use super::walk::{Visit, Walk};
use crate::compile::resolve::Hop;
use crate::compile::resolve::bind::{Move, segment};
use crate::contract::{TypeGraph, Use};
use crate::diagnostic::Diagnostic;
use crate::json::{Path, Segment, Text};
use crate::message::Texts;

/// Parts of a message of whose texts no contract lists all.
const PARTS: [&str; 3] = ["query", "header", "cookie"];

/// Whether a part of a message has texts with names.
pub(super) fn is_head(part: &str) -> bool {
    Texts::named(part).is_some()
}

/// The part of a message that stands at a visit, if its names are those of texts that nobody lists all of.
pub(super) fn part(hop: &Hop<'_>, walk: &Walk, visit: &Visit) -> Option<&'static str> {
    let [Segment::Name(name)] = visit.below.as_slice() else { return None };
    let message = walk.visits.get(visit.outer?).filter(|outer| outer.outer.is_none())?;
    let part = PARTS.into_iter().find(|part| **name == **part)?;
    hop.target.get(message.context.target.ty).sealed.then_some(part)
}

/// Whether a contract lists the text that is carried from a part of a message.
pub(super) fn lists(hop: &Hop<'_>, visit: &Visit, moved: &Move) -> bool {
    moved.rule.is_some() || names(hop.source, visit.context.source, &moved.src)
}

fn names(types: &TypeGraph, of: Use, path: &[Segment]) -> bool {
    let [Segment::Name(name), ..] = path else { return false };
    types.get(of.ty).property(&Text::from_plain(name)).is_some()
}

/// The texts of a part that the other contract does not list, in the order of the contract.
pub(super) fn alone<'v>(hop: &Hop<'_>, visit: &'v Visit) -> impl Iterator<Item = &'v Move> {
    visit.binding.moves.iter().filter(|moved| {
        moved.rule.is_none()
            && names(hop.source, visit.context.source, &moved.src)
            && !names(hop.target, visit.context.target, &moved.dst)
    })
}

/// What there is to say of them.
pub(super) fn unlisted(of: &Checking<'_, '_>, walk: &Walk, visit: &Visit) -> Vec<Diagnostic> {
    let Some(part) = part(of.hop, walk, visit) else { return Vec::new() };
    let source = of.hop.source.get(visit.context.source.ty);
    let side = of.hop.direction.source();
    let note = |moved: &Move| {
        let place = Path([Segment::Name(part.into())].iter().chain(&moved.src).cloned().collect());
        let name = moved.src.first();
        let at = source.properties.iter().position(|(own, _)| name == Some(&segment(own)));
        let span = at.and_then(|at| source.places.get(at)).map_or(source.span, |span| *span);
        let message = format!(
            "`{place}` of {} of {} has no counterpart in {}",
            visit.start,
            of.version(side),
            of.version(side.other())
        );
        Diagnostic::note("F610", span, message).label("it goes through under its own name")
    };
    alone(of.hop, visit).map(note).collect()
}
