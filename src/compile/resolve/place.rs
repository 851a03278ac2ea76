//! Where a path leads in a contract. It looks at declared members only.

use super::Hop;
use crate::contract::{Kinds, TypeGraph, Use};
use crate::json::{Segment, Text};
use crate::mapping::Parts;

/// The use at the end of `path`, if every step is declared.
pub(in crate::compile) fn lead(types: &TypeGraph, from: Use, path: &[Segment]) -> Option<Use> {
    path.iter().try_fold(from, |at, segment| step(types, at, segment))
}

fn step(types: &TypeGraph, at: Use, segment: &Segment) -> Option<Use> {
    match segment {
        Segment::Name(name) => member(types, at, &Text::from_plain(name)),
        Segment::Each | Segment::Index(_) | Segment::Select(_) => types.get(at.ty).items,
        Segment::Values => let_through(types, at),
    }
}

/// The use of a member that the type declares: among its properties, or let through.
pub(in crate::compile) fn member(types: &TypeGraph, at: Use, name: &Text) -> Option<Use> {
    let ty = types.get(at.ty);
    if !ty.kinds.meets(Kinds::OBJECT) {
        return None;
    }
    types.resolve_property(at.ty, name)
}

/// The use of members beyond the properties, where the contract lets any name through.
pub(in crate::compile) fn let_through(types: &TypeGraph, at: Use) -> Option<Use> {
    types.get(at.ty).let_through()
}

/// The uses of the value itself, which `wrap` puts into a list on one side: where the contracts say
/// something.
pub(in crate::compile) fn inner(
    hop: &Hop<'_>,
    (parts, below): (&Parts, &[Segment]),
    (from, to): (Option<Use>, Option<Use>),
) -> (Option<Use>, Option<Use>) {
    let element = |types: &TypeGraph, of: Use| lead(types, types.get(of.ty).items?, below);
    match parts.wrap {
        Some(side) if side == hop.direction.source() => {
            (from.and_then(|of| element(hop.source, of)), to)
        }
        Some(_) => (from, to.and_then(|of| element(hop.target, of))),
        None => (from, to),
    }
}
