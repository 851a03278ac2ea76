//! Values that a hop hands to the tape: where they are found, and what a step there makes of them.

use super::Run;
use crate::compile::Unsupported;
use crate::compile::shape::{How, Object, Shape, ShapeId, Work};
use crate::contract::Use;
use crate::json::{Segment, Text};
use crate::plan::Why;

/// What a step on the tape is for: why the object goes hop by hop where it cannot be one.
fn why(how: How) -> Why {
    match how {
        How::Fill(_) | How::Repeat(_) => Why::Alias,
        How::Make(_) | How::Take(_) => Why::Source,
        How::Type | How::Parts(..) | How::Read(_) | How::Look(_) => Why::Meeting,
    }
}

impl Run<'_, '_> {
    /// The shape at a path of an object, of which all that is around it is carried too: what an
    /// object on the way has lost before this hop must not be said twice.
    pub(super) fn find_beside(
        &mut self,
        object: &Object,
        path: &[Segment],
        at: (Use, usize, bool),
        how: How,
    ) -> Result<ShapeId, Unsupported> {
        let before = self.expanded.len();
        let found = self.find(object, path, at)?;
        if self.expanded.len() > before { Err(Unsupported(why(how))) } else { Ok(found) }
    }

    /// What stands at a place of the result of a hop.
    pub(super) fn in_result(
        &mut self,
        next: &Object,
        path: &[Segment],
        how: How,
    ) -> Result<ShapeId, Unsupported> {
        let unsupported = Unsupported(why(how));
        let [Segment::Name(name)] = path else { return Err(unsupported) };
        if next.others.is_some() {
            return Err(unsupported);
        }
        let found = next.live.get(&Text::from_plain(name)).copied();
        Ok(found.unwrap_or_else(|| self.shapes.add(Shape::Absent)))
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
