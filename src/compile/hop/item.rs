//! Single elements of lists. They are read and written on the tape, hop by hop; all else of the
//! object that the list is in stays what it is.

use super::{By, Part, Run};
use crate::compile::Unsupported;
use crate::compile::resolve::bind::{Binding, Context};
use crate::compile::resolve::{is_item, items};
use crate::compile::shape::{ItemWrite, Object, Reads, Shape, ShapeId, Writes, Written};
use crate::compile::stage;
use crate::contract::Use;
use crate::json::{Segment, Text};
use crate::plan::Why;

/// A path up to the list of which it names an element, and from there.
pub(super) fn at_list(path: &[Segment]) -> (&[Segment], &[Segment]) {
    path.split_at(path.iter().position(is_item).unwrap_or(path.len()))
}

impl Run<'_, '_> {
    /// The shape at a path that may lead to an element of a list, or beneath; what is beneath the
    /// list is read on the tape.
    pub(super) fn read(
        &mut self,
        object: &Object,
        path: &[Segment],
        (of, nullable): (Use, bool),
        (reads, context): (Reads, &Context),
    ) -> Result<ShapeId, Unsupported> {
        let (list, _) = at_list(path);
        let found = self.find(object, list, (of, context.hop, nullable))?;
        self.read_rest((found, list.len()), path, (reads, context))
    }

    /// Whether rules from outside reach into the elements of a value that is a list, and nowhere
    /// else in it.
    pub(super) fn is_reached_by_item(&self, context: &Context) -> bool {
        items::are_reached(self.chain.hop(context.hop), context)
    }

    /// Writes a value at an element of a member, or beneath it.
    pub(super) fn write_item(
        &mut self,
        object: &mut Object,
        (name, place): (Text, &[Segment]),
        (value, made): (ShapeId, bool),
        by: By,
    ) -> Result<(), Unsupported> {
        let there = object.live.get(&name).copied();
        let there = there.unwrap_or_else(|| self.shapes.add(Shape::Absent));
        if !self.shapes.is_carried(there) || !self.shapes.is_carried(value) {
            return Err(Unsupported(Why::Meeting));
        }
        let before = match self.shapes.get(there) {
            Shape::Written(id, works) if works.is_empty() => match self.shapes.written(*id) {
                Written { hop, base, writes: Writes::Items(writes) } if *hop == by.0 => {
                    Some((*base, writes.clone()))
                }
                _ => None,
            },
            _ => None,
        };
        let (base, mut writes) = before.unwrap_or((there, Vec::new()));
        writes.push(ItemWrite { place: place.to_vec(), value, rule: by.1, made });
        let id = self.shapes.write(Written { hop: by.0, base, writes: Writes::Items(writes) });
        object.live.insert(name, id);
        Ok(())
    }

    /// A list that is taken apart, if the value at a path is one of which rules name elements.
    pub(super) fn list_apart(
        &mut self,
        value: ShapeId,
        (root, hop): (Use, usize),
        binding: &Binding,
        path: &[Segment],
    ) -> Result<Option<Part>, Unsupported> {
        let named = |p: &[Segment]| p.starts_with(path) && p.get(path.len()).is_some_and(is_item);
        if !binding.claimed.iter().any(|(p, _)| named(p)) {
            return Ok(None);
        }
        if !self.shapes.is_carried(value) {
            return Err(Unsupported(Why::Meeting));
        }
        let split = stage::split((self.chain.source_types(hop), root), &binding.claimed, path);
        Ok(Some(Part::Items { value, split }))
    }
}
