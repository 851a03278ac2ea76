//! The walk at the end: what is left of a message that went through all hops, written out.

use super::value::{Data, Object, Place, Step, Val, origins, pointer};
use super::{Hop, Lost};
use crate::json::{self, Text};
use crate::loss::{Loses, LossKind, Refusal, RuleId};
use crate::version::Direction;

/// The walk at the end: opaque members go back under their own names.
pub(super) struct End<'e, 'a> {
    pub(super) hops: &'e [Hop<'a>],
    pub(super) direction: Direction,
    pub(super) lost: Vec<Lost>,
}

impl End<'_, '_> {
    pub(super) fn write(&mut self, value: &Val, place: &mut Place) -> json::Value {
        if let Some(rule) = value.placeholder {
            self.report(rule, LossKind::Placeholder, place.clone());
        }
        match &value.data {
            Data::Scalar(scalar) => scalar.clone(),
            Data::Array(items) => {
                let mut written = Vec::new();
                for (index, item) in items.iter().enumerate() {
                    place.push(Step::Index(index));
                    written.push(self.write(item, place));
                    place.pop();
                }
                json::Value::Array(written)
            }
            Data::Object(object) => {
                let mut written = Vec::new();
                let member = |end: &mut Self, name: &Text, value: &Val, place: &mut Place| {
                    place.push(Step::Name(name.clone()));
                    let member = (name.clone(), end.write(value, place));
                    place.pop();
                    member
                };
                for (name, value) in &object.live {
                    written.push(member(self, name, value, place));
                }
                let mut opaque = object.opaque.clone();
                if !mutant!("plain-opaque-in-any-order") {
                    opaque.sort_by_key(|(_, _, hop)| *hop);
                }
                for (name, value, _) in &opaque {
                    let taken = written.iter().any(|(n, _)| n.same(name));
                    if taken || (self.declares(object, name) && !mutant!("plain-extras-set-fields"))
                    {
                        let hop = object.seen.and_then(|(hop, _)| self.hops.get(hop));
                        let rule = RuleId { mapping: hop.map_or(0, |h| h.index), rule: 0 };
                        for origin in origins(value, None) {
                            self.report(rule, LossKind::Collision, origin);
                        }
                    } else {
                        written.push(member(self, name, value, place));
                    }
                }
                json::Value::Object(written)
            }
        }
    }

    /// The refusal that counts: that of the first hop, then the first rule, then the first place as
    /// it is written, since members of the result have no order.
    pub(super) fn refusal(&self) -> Option<Refusal> {
        let hop = |rule: RuleId| self.hops.iter().position(|h| h.index == rule.mapping);
        let refusals = self.lost.iter().filter(|l| l.refuses);
        let first = refusals.min_by_key(|l| (hop(l.rule), l.rule.rule, pointer(&l.place)))?;
        let (place, words) = (pointer(&first.place), first.words.clone());
        Some(Refusal { rule: first.rule, kind: first.kind, place, words })
    }

    fn declares(&self, object: &Object, name: &Text) -> bool {
        object.seen.is_some_and(|(hop, of)| {
            self.hops.get(hop).is_some_and(|hop| {
                let contract = match self.direction {
                    Direction::Upgrade => hop.new,
                    Direction::Downgrade => hop.old,
                };
                contract.types.get(of.ty).property(name).is_some()
            })
        })
    }

    fn report(&mut self, rule: RuleId, kind: LossKind, place: Place) {
        let hop = self.hops.iter().find(|h| h.index == rule.mapping);
        let info = usize::try_from(rule.rule).ok().and_then(|r| hop?.mapping.rules.get(r));
        let loses = info.map(|i| i.loses).unwrap_or_default();
        if loses != Loses::Allow {
            self.lost.push(Lost {
                rule,
                kind,
                place,
                refuses: loses == Loses::Refuse,
                words: None,
            });
        }
    }
}
