//! Single steps on the tape, for values of objects whose hops are fused otherwise.

use super::Making;
use crate::compile::resolve::What;
use crate::compile::resolve::bind::{Context, bind};
use crate::compile::resolve::place::lead;
use crate::compile::shape::{How, Work};
use crate::plan::{Does, From, Given, Place, Seg};
use crate::version::Side;

impl Making<'_, '_, '_> {
    /// What a hop does to one value.
    pub(super) fn does(&mut self, work: &Work) -> Does {
        let context = &*work.context;
        match work.how {
            How::Type => Does::Work(None, Some(self.stages.of(context.clone()))),
            How::Parts(rule, (source, target)) => {
                let parts = self.parts(context, rule, (Some(source), Some(target)));
                let typed = self.is_typed(context, rule, work);
                Does::Work(parts, typed.then(|| self.stages.of(context.clone())))
            }
            How::Fill(at)
            | How::Repeat(at)
            | How::Make(at)
            | How::Take(at)
            | How::Read(at)
            | How::Look(at) => self.single(context, work.how, at).unwrap_or(Does::Work(None, None)),
        }
    }

    /// Whether the contracts say what the value is, so that its type's rules apply.
    fn is_typed(&self, context: &Context, rule: usize, work: &Work) -> bool {
        let hop = self.chain.hop(context.hop);
        let (How::Parts(_, (source, target)), Some(rule)) = (work.how, hop.rules.get(rule)) else {
            return true;
        };
        let What::Move(field) = rule.what else { return true };
        let item = |side: Side| {
            if side == hop.direction.source() {
                lead(hop.source, hop.source.get(source.ty).items?, &rule.below.0)
            } else {
                lead(hop.target, hop.target.get(target.ty).items?, &rule.below.0)
            }
        };
        field.parts.wrap.is_none_or(|side| item(side).is_some())
    }

    /// The step of a rule with one place.
    fn single(&mut self, context: &Context, how: How, at: usize) -> Option<Does> {
        let binding = bind(self.chain.hop(context.hop), context);
        Some(match how {
            How::Fill(_) => Does::Fill(self.fill(context, binding.fills.get(at)?)?.map?),
            How::Repeat(_) => {
                let repeat = self.repeat(context, binding.repeats.get(at)?)?;
                match repeat.map {
                    Some(map) => Does::Repeat(map, repeat.reporter),
                    None => Does::Copy,
                }
            }
            How::Make(_) => {
                let given = self.make(context, binding.makes.get(at)?)?.given;
                Does::From(itself(given)?)
            }
            How::Take(_) => {
                let given = self.take(context, binding.takes.get(at)?)?.unless;
                Does::Back(itself(given)?)
            }
            How::Read(_) => {
                let moved = binding.moves.get(at)?;
                Does::Read(beneath(super::place(&moved.src)?), moved.nullable)
            }
            How::Look(_) => {
                let single = binding.takes.get(at)?;
                Does::Read(beneath(super::place(&single.place)?), false)
            }
            How::Type | How::Parts(..) => return None,
        })
    }
}

/// A source, from its place; from the list, where that leads to one of its elements.
fn itself(given: Given) -> Option<Box<From>> {
    match given {
        Given::From(from) => {
            let src = Some(from.src.map(beneath).unwrap_or_default());
            Some(Box::new(From { src, ..*from }))
        }
        Given::Absent | Given::Literal(_) | Given::Placeholder(..) => None,
    }
}

/// A place in a list, from that list.
fn beneath(place: Place) -> Place {
    place.into_iter().skip_while(|seg| matches!(seg, Seg::Name(_))).collect()
}
