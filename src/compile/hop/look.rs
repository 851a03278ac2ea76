//! Looking into shapes: a source is expanded hop by hop, and only as deep as rules look.

use super::{Run, closed};
use crate::compile::Unsupported;
use crate::compile::resolve::bind::{Context, blocks};
use crate::compile::resolve::place;
use crate::compile::shape::{Node, Object, Shape, ShapeId, Work};
use crate::contract::Use;
use crate::json::{Segment, Text, Value};
use crate::plan::Why;

impl Run<'_, '_> {
    /// Whether an object of the message has rules of its own type and others that reach into it,
    /// or is a dictionary that they reach into: what both lose is the tape's to sort out.
    pub(super) fn is_tangled(&self, id: ShapeId, context: &Context) -> bool {
        let hop = self.chain.hop(context.hop);
        let carried = match self.shapes.get(id) {
            Shape::Object(object) => object.base.is_some(),
            shape => matches!(shape, Shape::Source(..)),
        };
        let ruled = !blocks(hop, context.source.ty, context.target.ty).is_empty();
        let through = |types, of| place::let_through(types, of).is_some();
        let open = through(hop.source, context.source) || through(hop.target, context.target);
        carried && (ruled || open)
    }

    /// A shape as an object: a source is looked into, one level deep, hop by hop.
    pub(super) fn expand(&mut self, id: ShapeId) -> Result<Object, Unsupported> {
        match self.shapes.get(id).clone() {
            Shape::Object(object) => Ok(object),
            Shape::Source(node, steps) => self.expand_source(node, &steps),
            Shape::Const(Value::Object(members), steps) => {
                let Some(first) = steps.first() else {
                    return Err(Unsupported(Why::Meeting));
                };
                let mut object = self.constant(members, first.context.source, first.context.hop);
                for work in steps {
                    if !work.is_of_type() {
                        return Err(Unsupported(Why::Meeting));
                    }
                    object = self.object(&object, &work.context)?;
                }
                Ok(object)
            }
            _ => Err(Unsupported(Why::Meeting)),
        }
    }

    /// A source looked into. What that loses is noted once, however often it is done.
    pub(super) fn expand_source(
        &mut self,
        node: Node,
        steps: &[Work],
    ) -> Result<Object, Unsupported> {
        let key = (node, steps.to_vec());
        if let Some(object) = self.expanded.get(&key) {
            return Ok(object.clone());
        }
        let Some((work, before)) = steps.split_last() else {
            return Err(Unsupported(Why::Meeting));
        };
        if !work.is_of_type() {
            return Err(Unsupported(Why::Meeting));
        }
        let object = if before.is_empty() {
            let bare = self.shapes.add(Shape::Source(node, Vec::new()));
            let mut object = self.source_object(node, work.context.source, work.context.hop);
            object.base = Some(bare);
            object
        } else {
            self.expand_source(node, before)?
        };
        let mut next = self.object(&object, &work.context)?;
        if let Some(base) = object.base {
            next.base = Some(self.translate(base, closed(work))?);
        }
        self.expanded.insert(key, next.clone());
        Ok(next)
    }

    /// The object at a node before any hop.
    pub(in crate::compile) fn source_object(&mut self, node: Node, of: Use, hop: usize) -> Object {
        let types = self.chain.source_types(hop);
        let mut object = Object { node: Some(node), ..Object::default() };
        for (name, _) in &types.get(of.ty).properties {
            let place = self.shapes.child(node, name);
            let member = self.shapes.add(Shape::Source(place, Vec::new()));
            object.live.insert(name.clone(), member);
            object.declared.push(name.clone());
        }
        if place::let_through(types, of).is_some() {
            object.others = Some(Vec::new());
        }
        object
    }

    /// A constant object as the rules of a hop see it.
    pub(super) fn constant(&mut self, members: Vec<(Text, Value)>, of: Use, hop: usize) -> Object {
        let types = self.chain.source_types(hop);
        let mut object = Object { known: true, ..Object::default() };
        for (name, value) in members {
            let member = self.shapes.add(Shape::Const(value, Vec::new()));
            if place::member(types, of, &name).is_some() {
                object.live.insert(name, member);
            } else {
                object.opaque.push((name, member, 0));
            }
        }
        object
    }

    /// A source whose work begins at this hop, ready to be looked into.
    pub(super) fn look(&mut self, id: ShapeId, of: Use, hop: usize) -> Result<Object, Unsupported> {
        if let Shape::Source(node, steps) = self.shapes.get(id)
            && steps.is_empty()
        {
            let node = *node;
            let mut object = self.source_object(node, of, hop);
            object.base = Some(id);
            return Ok(object);
        }
        if let Shape::Const(Value::Object(members), steps) = self.shapes.get(id)
            && steps.is_empty()
        {
            let members = members.clone();
            return Ok(self.constant(members, of, hop));
        }
        self.expand(id)
    }

    /// What stood where an object is written into, before this hop; `None`: nothing that is in
    /// the way.
    pub(super) fn prior(&mut self, object: &Object, hop: usize) -> Option<ShapeId> {
        let base = object.base.filter(|_| !object.known)?;
        let base = self.kind_only(base);
        let layers: Vec<_> = object.layers.iter().filter(|(at, _)| *at < hop).cloned().collect();
        if layers.is_empty() {
            return Some(base);
        }
        let key = (base, layers);
        if let Some(id) = self.priors.get(&key) {
            return Some(*id);
        }
        let before = Object { base: Some(base), layers: key.1.clone(), ..Object::default() };
        let id = self.shapes.add(Shape::Object(before));
        self.priors.insert(key, id);
        Some(id)
    }

    /// A shape of the same type and origin that does no more work than that takes.
    pub(super) fn kind_only(&mut self, id: ShapeId) -> ShapeId {
        if let Shape::Source(node, works) = self.shapes.get(id).clone() {
            let kept = works.iter().rposition(|w| !w.is_of_type()).map_or(0, |at| at + 1);
            let works: Vec<Work> = works.into_iter().take(kept).collect();
            let key = (node, works);
            if let Some(id) = self.kinds.get(&key) {
                return *id;
            }
            let id = self.shapes.add(Shape::Source(key.0, key.1.clone()));
            self.kinds.insert(key, id);
            return id;
        }
        id
    }

    /// A member of an object, as the rules of a hop see it.
    pub(super) fn member(&mut self, object: &Object, name: &Text) -> ShapeId {
        if let Some(id) = object.live.get(name) {
            return *id;
        }
        match (&object.others, object.node) {
            (Some(works), Some(node)) if object.is_other(name) => {
                let works = works.clone();
                let place = self.shapes.child(node, name);
                self.shapes.add(Shape::Source(place, works))
            }
            _ => self.shapes.add(Shape::Absent),
        }
    }

    /// What is found through a value: null where that is, if null is let through.
    pub(super) fn through(&mut self, on: ShapeId, found: ShapeId, nullable: bool) -> ShapeId {
        if !nullable {
            return found;
        }
        let on = self.kind_only(on);
        self.shapes.add(Shape::NullOr(on, found))
    }

    /// The shape at a path of an object whose contract is `of`; null on the way is null if
    /// `nullable`.
    pub(super) fn find(
        &mut self,
        object: &Object,
        path: &[Segment],
        (of, hop, nullable): (Use, usize, bool),
    ) -> Result<ShapeId, Unsupported> {
        let Some((Segment::Name(first), rest)) = path.split_first() else {
            return Err(Unsupported(Why::Meeting));
        };
        let name = Text::from_plain(first);
        let types = self.chain.source_types(hop);
        let Some(inner) = place::member(types, of, &name) else {
            return Ok(self.shapes.add(Shape::Absent));
        };
        let member = self.member(object, &name);
        if rest.is_empty() {
            return Ok(member);
        }
        match self.shapes.get(member).clone() {
            Shape::Absent => Ok(member),
            Shape::Source(..) | Shape::Object(_) | Shape::Const(Value::Object(_), _) => {
                let looked = self.look(member, inner, hop)?;
                let found = self.find(&looked, rest, (inner, hop, nullable))?;
                Ok(self.through(member, found, nullable && !looked.known))
            }
            _ => Err(Unsupported(Why::Meeting)),
        }
    }
}
