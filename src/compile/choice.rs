//! Unions whose branch is decided once for all hops: the branch that a value is of at first says
//! which it is of in every later hop, so that each branch is a fused function of its own. What is
//! not that plain goes hop by hop; telling it apart is here, running it is not.

use super::Chain;
use super::resolve::Hop;
use super::resolve::bind::{Binding, Context, Move, bind, blocks};
use super::resolve::union::{DEEPEST, branches, counterparts, of_branch};
use crate::contract::{Branches, Kinds, TypeGraph, TypeId};
use crate::json::{Segment, Text, Value};

/// How the branch of an object is told, and the contexts of each branch.
pub(super) enum Deciding {
    /// By the value of this property; `None`: that branch goes hop by hop.
    Tag(Text, Vec<(Value, Option<Vec<Context>>)>),
    /// Only one branch is an object.
    Object(Vec<Context>),
}

/// Decides for a list of contexts that all are unions; `None`: nothing is decided at first.
pub(super) fn deciding(chain: &Chain<'_>, contexts: &[&Context]) -> Option<Deciding> {
    let mut unions = Vec::new();
    for (at, context) in contexts.iter().enumerate() {
        let hop = chain.hop(context.hop);
        let source = hop.source.get(context.source.ty).branches.as_ref()?;
        hop.target.get(context.target.ty).branches.as_ref()?;
        let before = at.checked_sub(1).and_then(|at| contexts.get(at));
        let follows = before.is_none_or(|before| before.target.ty == context.source.ty);
        let binding = bind(hop, context);
        let plain = binding.cross.is_none()
            && binding.itself.is_none()
            && binding.refuses.is_empty()
            && !context.is_open();
        if !plain || !follows || context.unions >= DEEPEST {
            return None;
        }
        unions.push(Union { context, binding, source });
    }
    let first = unions.first()?;
    let Some((name, cases)) = &first.source.tag else {
        let only = first.only_object(chain)?;
        return way(chain, &unions, only, None).map(Deciding::Object);
    };
    let case = |(value, at): &(Value, usize)| {
        let branch = first.source.of.get(*at).copied();
        let way = branch.and_then(|branch| way(chain, &unions, branch, Some((name, value))));
        (value.clone(), way)
    };
    let cases: Vec<_> = cases.iter().map(case).collect();
    cases.iter().any(|(_, way)| way.is_some()).then(|| Deciding::Tag(name.clone(), cases))
}

/// One hop of the list.
struct Union<'u, 'a> {
    context: &'u Context,
    binding: Binding,
    source: &'a Branches,
}

impl Union<'_, '_> {
    /// The only branch of the source that takes objects, where no tag tells.
    fn only_object(&self, chain: &Chain<'_>) -> Option<TypeId> {
        let types = chain.hop(self.context.hop).source;
        let mut objects = self.source.of.iter().filter(|b| takes_objects(types, **b));
        let only = *objects.next()?;
        (self.source.tag.is_none() && objects.next().is_none()).then_some(only)
    }

    /// The branch that an object is of, which has this value as its tag.
    fn tagged(&self, (name, value): (&Text, &Value)) -> Option<TypeId> {
        let (own, cases) = self.source.tag.as_ref()?;
        let (_, at) = cases.iter().find(|(v, _)| v.same(value))?;
        self.source.of.get(*at).copied().filter(|_| own.same(name))
    }
}

/// Whether a branch may be an object; of one that is a union itself that is not asked.
fn takes_objects(types: &TypeGraph, branch: TypeId) -> bool {
    let ty = types.get(branch);
    ty.branches.is_some() || ty.kinds.meets(Kinds::OBJECT)
}

/// The contexts of a branch of the first union through all hops, if every hop sees that one.
fn way(
    chain: &Chain<'_>,
    unions: &[Union<'_, '_>],
    first: TypeId,
    tag: Option<(&Text, &Value)>,
) -> Option<Vec<Context>> {
    let mut branch = first;
    let mut contexts: Vec<Context> = Vec::new();
    for union in unions {
        let hop = chain.hop(union.context.hop);
        let seen = match tag {
            Some(tag) => union.tagged(tag)?,
            None => union.only_object(chain)?,
        };
        let object = |types: &TypeGraph, id| {
            let ty = types.get(id);
            ty.branches.is_none() && !ty.is_unconstrained() && ty.kinds.meets(Kinds::OBJECT)
        };
        let uses = (union.context.source, union.context.target);
        let [target] = *counterparts(hop, branch, uses) else { return None };
        let of_all = branches(hop.source, union.context.source.ty).contains(&branch);
        if seen != branch || !of_all || !object(hop.source, branch) || !object(hop.target, target) {
            return None;
        }
        let context = of_branch(union.context, &union.binding, (branch, target));
        let binding = bind(hop, &context);
        // What is no object any more is of another branch.
        if binding.cross.is_some() || binding.itself.is_some() {
            return None;
        }
        if tag.is_some_and(|(name, _)| !keeps(hop, &binding, name)) {
            return None;
        }
        contexts.push(context);
        branch = target;
    }
    Some(contexts)
}

/// Whether a member stands under its name, with its value, after a hop.
fn keeps(hop: &Hop<'_>, binding: &Binding, name: &Text) -> bool {
    let is_name = |path: &[Segment]| match path {
        [Segment::Name(only)] => Text::from_plain(only).same(name),
        _ => false,
    };
    let Some(pair) = binding.moves.iter().find(|m| is_name(&m.src)) else { return false };
    let (source, target) = (pair.context.source.ty, pair.context.target.ty);
    let plain = |types: &TypeGraph, of| {
        types.get(of).branches.is_none() && !types.get(of).is_unconstrained()
    };
    let untouched = |m: &Move| {
        m.rule.is_none() && is_name(&m.dst) && m.context.handed.is_empty() && !m.context.is_open()
    };
    untouched(pair)
        && plain(hop.source, source)
        && plain(hop.target, target)
        && blocks(hop, source, target).is_empty()
}
