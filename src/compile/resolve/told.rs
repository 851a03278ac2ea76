//! What tells which of several types a value becomes, where several branches of a union have become
//! one type, or one was split. Telling it of a value is not here.

use super::bind::{Binding, Context, Move, bind};
use super::live::live_rules;
use super::place::lead;
use super::union::of_branch;
use super::{Hop, What, is_many};
use crate::contract::{Kinds, TypeGraph, TypeId};
use crate::json::{Segment, Text, Value};
use crate::mapping::Source;

/// A type that a value may become.
#[derive(Clone, Debug)]
pub(in crate::compile) struct Candidate {
    /// Its context, within that of the unions.
    pub(in crate::compile) context: Context,
    /// What tells that it is that one.
    pub(in crate::compile) tells: Tells,
}

/// Tests that hold of a value that becomes a branch.
#[derive(Clone, Debug, Default)]
pub(in crate::compile) struct Tells {
    /// What comes to the property that tells the branches apart, and the branch's values.
    pub(in crate::compile) tag: Option<(Move, Vec<Value>)>,
    /// The JSON types of the result; `None`: that is not asked.
    pub(in crate::compile) kinds: Option<Kinds>,
    /// A rule about the value itself makes the result.
    pub(in crate::compile) turned: bool,
    /// What `added` or `removed` gives places of the value.
    pub(in crate::compile) constants: Vec<(Vec<Segment>, Value)>,
    /// What comes to members that must be there.
    pub(in crate::compile) required: Vec<Move>,
}

impl Tells {
    /// Whether, but for the tag, every value that shows the one shows the other too.
    pub(in crate::compile) fn is_like(&self, other: &Self) -> bool {
        let places = |tells: &Self| -> Vec<Vec<Segment>> {
            let mut places: Vec<_> = tells.required.iter().map(|m| m.src.clone()).collect();
            places.sort_unstable();
            places
        };
        (self.kinds, self.turned) == (other.kinds, other.turned)
            && self.constants.iter().all(|one| other.constants.contains(one))
            && other.constants.iter().all(|one| self.constants.contains(one))
            && places(self) == places(other)
    }
}

/// The types that a branch may become, the first in the file first, and what tells each.
pub(in crate::compile) fn candidates(
    hop: &Hop<'_>,
    (context, binding): (&Context, &Binding),
    branch: TypeId,
    several: &[TypeId],
) -> Vec<Candidate> {
    let telling = hop.target.telling(context.target.ty, several);
    let mut found = Vec::new();
    for (at, target) in several.iter().enumerate() {
        let context = of_branch(context, binding, (branch, *target));
        let values = telling.as_ref().and_then(|(name, all)| Some((name, all.get(at)?)));
        let tells = tells(hop, &context, values.filter(|(_, values)| !values.is_empty()));
        found.push(Candidate { context, tells });
    }
    found
}

fn tells(hop: &Hop<'_>, context: &Context, tag: Option<(&Text, &Vec<Value>)>) -> Tells {
    let binding = bind(hop, context);
    let (source, target) = (hop.source.get(context.source.ty), hop.target.get(context.target.ty));
    let union = source.branches.is_some() || target.branches.is_some();
    let turned = binding.itself.is_some() || binding.cross.is_some();
    let asked = !(turned && union);
    let mut tells = Tells {
        kinds: asked.then(|| kinds(hop.target, context.target.ty, &mut Vec::new())),
        turned,
        constants: constants(hop, context),
        ..Tells::default()
    };
    if union || binding.cross.is_some() {
        return tells;
    }
    tells.tag = tag.and_then(|(name, values)| Some((comes_to(&binding, name)?, values.clone())));
    let declared = |name: &&Text| hop.target.property(context.target.ty, name).is_some();
    let required = target.required.iter().filter(declared);
    let all = required.filter_map(|name| comes_to(&binding, name));
    tells.required = all.filter(|carried| !is_always(hop, carried)).collect();
    tells
}

/// What is carried to a member.
fn comes_to(binding: &Binding, name: &Text) -> Option<Move> {
    let is_name = |dst: &[Segment]| match dst {
        [Segment::Name(only)] => Text::from_plain(only).same(name),
        _ => false,
    };
    binding.moves.iter().find(|m| is_name(&m.dst)).cloned()
}

/// Whether the absence of what is carried means something, or becomes something.
fn is_always(hop: &Hop<'_>, carried: &Move) -> bool {
    let Some(field) = carried.rule.and_then(|at| hop.field(at)) else { return false };
    field.parts.absent(hop.direction).is_some() || meaning(hop, carried).is_some()
}

/// What the absence of what is carried means.
pub(in crate::compile) fn meaning<'a>(hop: &Hop<'a>, carried: &Move) -> Option<&'a Value> {
    let field = carried.rule.and_then(|at| hop.field(at))?;
    field.meaning(hop.direction.source())
}

/// What `added` or `removed` gives places of the value, which the hop takes out.
fn constants(hop: &Hop<'_>, context: &Context) -> Vec<(Vec<Segment>, Value)> {
    let constant = |rule: &super::live::Live<'_>| {
        let What::Take(Source::Literal(literal)) = hop.rules.get(rule.at)?.what else {
            return None;
        };
        let place = rule.src.filter(|place| !place.iter().any(is_many))?;
        lead(hop.source, context.source, place)?;
        Some((place.to_vec(), literal.clone()))
    };
    live_rules(hop, context).iter().filter_map(constant).collect()
}

/// The JSON types that a type, or a branch of it, takes.
pub(in crate::compile) fn kinds(types: &TypeGraph, of: TypeId, seen: &mut Vec<TypeId>) -> Kinds {
    let ty = types.get(of);
    let Some(union) = &ty.branches else { return ty.kinds };
    if seen.contains(&of) {
        return Kinds::NONE;
    }
    seen.push(of);
    union.of.iter().fold(Kinds::NONE, |all, branch| all.or(kinds(types, *branch, seen)))
}
