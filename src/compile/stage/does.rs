//! Single steps on the tape, for values of objects whose hops are fused otherwise.

use super::Making;
use super::source::Beside;
use crate::compile::resolve::What;
use crate::compile::resolve::bind::{Context, bind};
use crate::compile::resolve::place::lead;
use crate::compile::shape::{How, Reads, Work};
use crate::plan::{Does, From, Given, Place};
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
            How::Repeat(_) | How::Make(..) | How::Take(..) | How::Read(..) => {
                self.single(context, work.how).unwrap_or(Does::Work(None, None))
            }
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
    fn single(&mut self, context: &Context, how: How) -> Option<Does> {
        let binding = bind(self.chain.hop(context.hop), context);
        Some(match how {
            How::Repeat(at) => {
                let repeat = self.repeat(context, binding.repeats.get(at)?)?;
                match repeat.map {
                    Some(map) => Does::Repeat(map, repeat.reporter),
                    None => Does::Copy,
                }
            }
            How::Make(at, walked) => {
                let given = self.make(context, binding.makes.get(at)?)?.given;
                Does::From(itself(given, walked)?)
            }
            How::Take(at, walked) => {
                let given = self.take(context, binding.takes.get(at)?, Beside::default())?.unless;
                Does::Back(itself(given, walked)?)
            }
            How::Read(Reads::Move(at), walked) => {
                let moved = binding.moves.get(at)?;
                Does::Read(beneath(super::place(&moved.src)?, walked), moved.nullable)
            }
            How::Read(Reads::Take(at), walked) => {
                let place = super::place(&binding.takes.get(at)?.place)?;
                Does::Read(beneath(place, walked), false)
            }
            How::Read(Reads::Second(at), walked) => {
                let fill = self.fill(context, binding.fills.get(at)?)?;
                Does::Read(beneath(fill.second, walked), false)
            }
            How::Read(Reads::First(at), walked) => {
                let repeat = self.repeat(context, binding.repeats.get(at)?)?;
                Does::Read(beneath(repeat.first, walked), false)
            }
            How::Type | How::Parts(..) => return None,
        })
    }
}

/// A source, from what stands on the way to its place.
fn itself(given: Given, walked: usize) -> Option<Box<From>> {
    match given {
        Given::From(from) => {
            let src = Some(beneath(from.src.unwrap_or_default(), walked));
            Some(Box::new(From { src, ..*from }))
        }
        Given::Absent | Given::Literal(_) | Given::Placeholder(..) | Given::Text(_) => None,
    }
}

/// A place, from what stands on the way there.
fn beneath(place: Place, walked: usize) -> Place {
    place.into_iter().skip(walked).collect()
}
