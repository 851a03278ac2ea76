//! Unions: what tells the branches of the source apart, and the counterpart of each.

use super::Making;
use crate::compile::resolve::bind::{Binding, Context, bind};
use crate::compile::resolve::union::{DEEPEST, branches, counterpart, of_branch};
use crate::contract::{Kinds, TypeGraph, TypeId, Use};
use crate::plan::{Branch, Union};

impl Making<'_, '_, '_> {
    /// The branches of a pair of which one is a union.
    pub(super) fn union(&mut self, context: &Context, binding: &Binding) -> Union {
        let hop = self.chain.hop(context.hop);
        let own = hop.source.get(context.source.ty).branches.as_ref();
        let single = Union { single: true, ..Union::default() };
        if context.unions >= DEEPEST {
            return single;
        }
        let sources = branches(hop.source, context.source.ty);
        let mut union = Union {
            tag: own.and_then(|own| own.tag.clone()),
            single: own.is_none(),
            none: self.nobody(context, &sources),
            ..Union::default()
        };
        for branch in sources {
            let target = counterpart(hop, branch, (context.source, context.target));
            let stage =
                target.map(|target| self.stages.of(of_branch(context, binding, (branch, target))));
            union.branches.push(Branch {
                kinds: kinds(hop.source, branch, &mut Vec::new()).0,
                required: hop.source.get(branch).required.clone(),
                stage,
            });
        }
        union
    }

    /// Who reports a value that is of no branch: the first block of a pair of branches with a path
    /// beneath the root.
    fn nobody(&mut self, context: &Context, sources: &[TypeId]) -> Option<u32> {
        let hop = self.chain.hop(context.hop);
        let targets = branches(hop.target, context.target.ty);
        let plain = |ty: &TypeId| Use { ty: *ty, nullable: false };
        let rule = sources.iter().find_map(|source| {
            targets.iter().find_map(|target| {
                let uses = (plain(source), plain(target));
                bind(hop, &Context::bare(context.hop, uses)).unfit.scalar
            })
        });
        rule.map(|rule| self.reporter(context, rule))
    }
}

/// The JSON types that a type, or a branch of it, takes.
fn kinds(types: &TypeGraph, of: TypeId, seen: &mut Vec<TypeId>) -> Kinds {
    let ty = types.get(of);
    let Some(union) = &ty.branches else { return ty.kinds };
    if seen.contains(&of) {
        return Kinds::NONE;
    }
    seen.push(of);
    union.of.iter().fold(Kinds::NONE, |all, branch| all.or(kinds(types, *branch, seen)))
}
