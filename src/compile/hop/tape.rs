//! Values that a hop hands to the tape: where they are found, and what a step there makes of them.

use super::Run;
use crate::compile::Unsupported;
use crate::compile::resolve::bind::Context;
use crate::compile::resolve::place;
use crate::compile::shape::{How, Object, Reads, Shape, ShapeId, Work};
use crate::contract::Use;
use crate::json::{Segment, Text, Value};
use crate::plan::Why;

/// What a step on the tape is for: why the object goes hop by hop where it cannot be one.
fn why(how: How) -> Why {
    match how {
        How::Repeat(_) => Why::Alias,
        How::Make(..) | How::Take(..) => Why::Source,
        How::Type | How::Parts(..) | How::Read(..) => Why::Meeting,
    }
}

/// What stands on the way to a place, and after how many of its segments: all of them, or those
/// that lead to a value which is carried as a whole.
pub(super) type Found = (ShapeId, usize);

impl Run<'_, '_> {
    /// What stands at a place of an object, or on the way there, of which all that is around it is
    /// carried too: it is looked into no further than it was before, since what that loses must not
    /// be said twice.
    pub(super) fn find_beside(
        &mut self,
        object: &Object,
        path: &[Segment],
        (of, hop, nullable): (Use, usize, bool),
    ) -> Result<Found, Unsupported> {
        let Some((Segment::Name(first), rest)) = path.split_first() else {
            return Err(Unsupported(Why::Meeting));
        };
        let name = Text::from_plain(first);
        let types = self.chain.source_types(hop);
        let Some(inner) = place::member(types, of, &name) else {
            return Ok((self.shapes.add(Shape::Absent), path.len()));
        };
        let member = self.member(object, &name);
        if rest.is_empty() {
            return Ok((member, 1));
        }
        let looked = match self.shapes.get(member) {
            Shape::Absent => return Ok((member, path.len())),
            Shape::Object(_) | Shape::Const(Value::Object(_), _) => true,
            Shape::Source(node, works) => {
                let others = place::let_through(types, inner).is_some();
                (works.is_empty() && !others) || self.expanded.contains_key(&(*node, works.clone()))
            }
            _ => false,
        };
        if !looked {
            let carried = self.shapes.is_carried(member);
            return carried.then_some((member, 1)).ok_or(Unsupported(Why::Meeting));
        }
        let looked = self.look(member, inner, hop)?;
        // What is carried as one of the others cannot be found by its name as well.
        let others = rest.iter().take(1).any(|segment| match segment {
            Segment::Name(name) => looked.is_other(&Text::from_plain(name)),
            Segment::Each | Segment::Values | Segment::Index(_) | Segment::Select(_) => false,
        });
        if others {
            return Err(Unsupported(Why::Source));
        }
        let (found, walked) = self.find_beside(&looked, rest, (inner, hop, nullable))?;
        let found = self.through(member, found, nullable && !looked.known);
        Ok((found, walked.saturating_add(1)))
    }

    /// What stands at a place of the result of a hop, or on the way there; null on the way is null if
    /// `nullable`.
    pub(super) fn in_result(
        &mut self,
        next: &Object,
        path: &[Segment],
        (nullable, why): (bool, Why),
    ) -> Result<Found, Unsupported> {
        let Some((Segment::Name(name), rest)) = path.split_first() else {
            return Err(Unsupported(why));
        };
        if next.others.is_some() {
            return Err(Unsupported(why));
        }
        let Some(found) = next.live.get(&Text::from_plain(name)).copied() else {
            return Ok((self.shapes.add(Shape::Absent), path.len()));
        };
        if rest.is_empty() {
            return Ok((found, 1));
        }
        match self.shapes.get(found) {
            Shape::Object(inner) => {
                let inner = inner.clone();
                let (value, walked) = self.in_result(&inner, rest, (nullable, why))?;
                let value = self.through(found, value, nullable && !inner.known);
                Ok((value, walked.saturating_add(1)))
            }
            _ if self.shapes.is_carried(found) => Ok((found, 1)),
            _ => Err(Unsupported(why)),
        }
    }

    /// What is read on the tape where it is not found before.
    pub(super) fn read_rest(
        &mut self,
        (found, walked): Found,
        path: &[Segment],
        (reads, context): (Reads, &Context),
    ) -> Result<ShapeId, Unsupported> {
        if walked >= path.len() {
            return Ok(found);
        }
        let how = How::Read(reads, walked);
        self.read_on_tape(found, &Work { how, context: context.clone().into() })
    }

    /// Where null is carried on the way, that stays null.
    fn read_on_tape(&mut self, id: ShapeId, work: &Work) -> Result<ShapeId, Unsupported> {
        match *self.shapes.get(id) {
            Shape::NullOr(on, inner) => {
                let inner = self.read_on_tape(inner, work)?;
                Ok(self.shapes.add(Shape::NullOr(on, inner)))
            }
            _ => self.on_tape(id, work),
        }
    }

    /// What a step on the tape makes of a value.
    pub(super) fn on_tape(&mut self, id: ShapeId, work: &Work) -> Result<ShapeId, Unsupported> {
        let shape = match self.shapes.get(id).clone() {
            Shape::Absent => return Ok(id),
            Shape::Source(node, works) => Shape::Source(node, super::and(&works, work.clone())),
            Shape::Const(value, works) => Shape::Const(value, super::and(&works, work.clone())),
            Shape::Written(id, works) => Shape::Written(id, super::and(&works, work.clone())),
            Shape::When(on, inner) => Shape::When(on, self.on_tape(inner, work)?),
            Shape::Guard(on, inner, at) => Shape::Guard(on, self.on_tape(inner, work)?, at),
            Shape::Either(on, first, second) => {
                Shape::Either(on, self.on_tape(first, work)?, self.on_tape(second, work)?)
            }
            Shape::Placeholder(..) | Shape::Object(_) | Shape::NullOr(..) | Shape::Else(..) => {
                return Err(Unsupported(why(work.how)));
            }
        };
        Ok(self.shapes.add(shape))
    }
}
