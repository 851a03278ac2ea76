//! Which branch of a union is which on the other side. Telling the branch of a value is not here.

use super::Hop;
use super::bind::{Binding, Context};
use crate::contract::{TypeGraph, TypeId, Use};
use crate::mapping::Lone;

/// How many unions may stand right inside one another: one that is its own branch ends here.
pub(in crate::compile) const DEEPEST: u8 = 16;

/// The context of a branch and its counterpart, within that of their unions.
pub(in crate::compile) fn of_branch(
    context: &Context,
    binding: &Binding,
    (source, target): (TypeId, TypeId),
) -> Context {
    Context {
        source: Use { ty: source, nullable: context.source.nullable },
        target: Use { ty: target, nullable: context.target.nullable },
        handed: binding.holding.clone(),
        unions: context.unions + 1,
        placed: false,
        ..context.clone()
    }
}

/// The branches of a union; any other type is its own only one.
pub(in crate::compile) fn branches(types: &TypeGraph, of: TypeId) -> Vec<TypeId> {
    types.get(of).branches.as_ref().map_or_else(|| vec![of], |b| b.of.clone())
}

/// What is said of a branch of the source that has no counterpart.
pub(in crate::compile) fn lone<'a>(hop: &Hop<'a>, branch: TypeId) -> Option<&'a Lone> {
    let name = hop.source.get(branch).name.as_deref()?;
    hop.mapping.lone(hop.direction.source(), name)
}

/// The types that a branch of the source may be on the other side: by blocks about both names, in
/// the order of the file; else one by equal names, else by equal places of anonymous branches.
pub(in crate::compile) fn counterparts(
    hop: &Hop<'_>,
    branch: TypeId,
    uses: (Use, Use),
) -> Vec<TypeId> {
    if lone(hop, branch).is_some() {
        return Vec::new();
    }
    let sources = branches(hop.source, uses.0.ty);
    let targets = branches(hop.target, uses.1.ty);
    let mut keyed: Vec<(u32, TypeId)> =
        targets.iter().filter_map(|t| Some((hop.keyed(branch, *t)?, *t))).collect();
    if !keyed.is_empty() {
        keyed.sort_unstable();
        return keyed.into_iter().map(|(_, target)| target).collect();
    }
    let names = |types: &TypeGraph, id: TypeId| -> Vec<Box<str>> {
        let lineage = std::iter::once(id).chain(types.get(id).bases.iter().copied());
        lineage.filter_map(|t| types.get(t).name.clone()).collect()
    };
    let own = names(hop.source, branch);
    let same_name =
        own.iter().find_map(|name| targets.iter().find(|t| names(hop.target, **t).contains(name)));
    let at = sources.iter().position(|s| *s == branch);
    let by_place = at.filter(|_| own.is_empty() && sources.len() == targets.len());
    let same_place =
        by_place.and_then(|at| targets.get(at)).filter(|t| names(hop.target, **t).is_empty());
    same_name.or(same_place).copied().into_iter().collect()
}
