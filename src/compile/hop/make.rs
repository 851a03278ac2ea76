//! Values that a hop makes: constants, each only where it would stand in an object.

use super::Run;
use crate::compile::Unsupported;
use crate::compile::resolve::What;
use crate::compile::resolve::bind::{Binding, Context};
use crate::compile::shape::{Object, Shape, ShapeId};
use crate::json::{Segment, Text, Value};
use crate::mapping::Source;

impl Run<'_, '_> {
    pub(super) fn make(
        &mut self,
        (object, next): (&Object, &mut Object),
        context: &Context,
        binding: &Binding,
    ) -> Result<(), Unsupported> {
        let hop = context.hop;
        for single in &binding.makes {
            let Some(rule) = self.chain.hop(hop).rules.get(single.rule) else { continue };
            let What::Make(source) = rule.what else { continue };
            let value = match source {
                Source::Literal(value) => Shape::Const(value.clone(), Vec::new()),
                Source::Placeholder(value) => Shape::Placeholder(value.clone(), (hop, rule.rule)),
                Source::Absent => continue,
                Source::From { .. } => return Err(Unsupported { hop }),
            };
            let value = self.where_object(object, value);
            let when = self.parent(next, &single.place)?;
            let value = match when {
                Parent::Known => value,
                Parent::Never => continue,
                Parent::If(on) => self.shapes.add(Shape::When(on, value)),
            };
            self.write(next, &single.place, value, None)?;
        }
        Ok(())
    }

    /// A constant that is there if the object was one before this hop.
    pub(super) fn where_object(&mut self, object: &Object, constant: Shape) -> ShapeId {
        let constant = self.shapes.add(constant);
        if object.known {
            return constant;
        }
        let before = self.shapes.add(Shape::Object(object.clone()));
        self.shapes.add(Shape::When(before, constant))
    }

    /// The object that a made value would stand in.
    fn parent(&mut self, object: &Object, place: &[Segment]) -> Result<Parent, Unsupported> {
        let mut at = object.clone();
        let mut parent = Parent::Known;
        for segment in place.iter().take(place.len().saturating_sub(1)) {
            let Segment::Name(name) = segment else {
                return Err(Unsupported { hop: self.chain.hops.len() });
            };
            let Some(id) = at.live.get(&Text::from_plain(name)).copied() else {
                return Ok(Parent::Never);
            };
            at = match self.shapes.get(id).clone() {
                Shape::Object(inner) => inner,
                Shape::Const(Value::Object(_), _) => self.expand(id)?,
                Shape::Absent => return Ok(Parent::Never),
                _ => return Err(Unsupported { hop: self.chain.hops.len() }),
            };
            parent = if at.known { parent } else { Parent::If(id) };
        }
        Ok(parent)
    }
}

/// Whether the object that a made value stands in is there.
enum Parent {
    Known,
    Never,
    If(ShapeId),
}
