//! One hop over a shape: each place of the target takes the shape found at its place of the
//! source. Mirrors `docs/semantics.md`, "Running an object context on an object", over unknowns.

use std::collections::{BTreeMap, BTreeSet};

use super::resolve::What;
use super::resolve::bind::{Binding, Context, Move, bind, blocks, segment};
use super::shape::{Node, Object, Shape, ShapeId, Shapes, Work};
use super::{Chain, Unsupported};
use crate::contract::{Kinds, Type, Use};
use crate::json::{Segment, Text, Value};
use crate::mapping::Source;

/// Something that a hop may lose, over shapes. See [`crate::plan::LossOp`].
#[derive(Clone, Debug)]
pub(super) enum Losing {
    /// A value goes nowhere, unless it equals this.
    Drop { value: ShapeId, unless: Option<Value>, by: By },
    /// Written into what stood there.
    Into { base: ShapeId, writes: Vec<(ShapeId, By)> },
    /// Taken apart.
    Apart { part: Part, by: By },
    /// Members that the first contract does not declare are dropped.
    Extras { node: Node, declared: Vec<Text>, by: By },
    /// The name of an opaque member is taken (if this is there too).
    Collide { value: ShapeId, with: Option<ShapeId>, by: By },
}

/// A member of an object that is taken apart. See [`crate::plan::Parted`].
#[derive(Clone, Debug)]
pub(super) enum Part {
    Carried(ShapeId),
    Lost(ShapeId),
    Through { value: ShapeId, tree: Vec<(Text, Part)>, extras: Option<(Node, Vec<Text>)> },
}

/// Hop (in order of travel) and rule of a loss.
pub(super) type By = (usize, u32);

/// The state of running hops over the shapes of one function.
pub(super) struct Run<'c, 'a> {
    pub(super) chain: &'c Chain<'a>,
    pub(super) shapes: Shapes,
    pub(super) losing: Vec<Losing>,
    /// Sources that were looked into.
    pub(super) expanded: BTreeMap<(Node, Vec<Work>), Object>,
    /// Shapes that are looked at for their type alone.
    pub(super) kinds: BTreeMap<(Node, Vec<Work>), ShapeId>,
    /// Objects before they were written into.
    pub(super) priors: BTreeMap<(ShapeId, Layers), ShapeId>,
    depth: usize,
    /// Places whose extras are dropped, with the hop that does.
    dropped: BTreeSet<(Node, usize)>,
}

/// Objects inside objects that rules of several hops may look into.
const MAX_DEPTH: usize = 40;
/// Shapes of one function.
const MAX_SHAPES: usize = 100_000;

/// By hop, what makes an object one.
type Layers = Vec<(usize, Vec<ShapeId>)>;

/// A write of one hop, kept until all are known.
struct Write {
    dst: Vec<Segment>,
    value: ShapeId,
    by: By,
}

impl<'c, 'a> Run<'c, 'a> {
    /// No shapes yet.
    pub(super) fn new(chain: &'c Chain<'a>) -> Self {
        Self {
            chain,
            shapes: Shapes::default(),
            losing: Vec::new(),
            expanded: BTreeMap::new(),
            kinds: BTreeMap::new(),
            priors: BTreeMap::new(),
            depth: 0,
            dropped: BTreeSet::new(),
        }
    }

    /// What a value becomes by one hop's work.
    pub(super) fn translate(&mut self, id: ShapeId, work: Work) -> Result<ShapeId, Unsupported> {
        let open = work.context.is_open();
        Ok(match self.shapes.get(id).clone() {
            Shape::Absent => id,
            Shape::Source(node, mut steps) if !open => {
                steps.push(work);
                self.shapes.add(Shape::Source(node, steps))
            }
            Shape::Const(value, mut steps) if !open => {
                steps.push(work);
                self.shapes.add(Shape::Const(value, steps))
            }
            Shape::Source(..) | Shape::Const(..) | Shape::Object(_) => {
                if work.parts.is_some() || self.is_tangled(id, &work.context) {
                    return Err(Unsupported { hop: work.context.hop });
                }
                let object = self.look(id, work.context.source, work.context.hop)?;
                let mut next = self.object(&object, &work.context)?;
                if let Some(base) = object.base {
                    next.base = Some(self.translate(base, closed(&work))?);
                }
                self.shapes.add(Shape::Object(next))
            }
            Shape::Placeholder(value, by) => {
                if work.parts.is_some() || matches!(value, Value::Object(_) | Value::Array(_)) {
                    return Err(Unsupported { hop: work.context.hop });
                }
                self.shapes.add(Shape::Placeholder(value, by))
            }
            Shape::NullOr(on, inner) => {
                let inner = self.translate(inner, work)?;
                self.shapes.add(Shape::NullOr(on, inner))
            }
            Shape::Guard(on, inner, at) => {
                let inner = self.translate(inner, work)?;
                self.shapes.add(Shape::Guard(on, inner, at))
            }
            Shape::When(on, inner) => {
                let inner = self.translate(inner, work)?;
                self.shapes.add(Shape::When(on, inner))
            }
            Shape::Else(..) if self.chain.may_vanish(std::slice::from_ref(&work)) => {
                return Err(Unsupported { hop: work.context.hop });
            }
            Shape::Else(first, second) => {
                let first = self.translate(first, work.clone())?;
                let second = self.translate(second, work)?;
                self.shapes.add(Shape::Else(first, second))
            }
        })
    }

    /// Whether an object of the message has rules of its own type and others that reach into it,
    /// or is a dictionary that they reach into: what both lose is the tape's to sort out.
    fn is_tangled(&self, id: ShapeId, context: &Context) -> bool {
        let hop = self.chain.hop(context.hop);
        let carried = match self.shapes.get(id) {
            Shape::Object(object) => object.base.is_some(),
            shape => matches!(shape, Shape::Source(..)),
        };
        let ruled = !blocks(hop, context.source.ty, context.target.ty).is_empty();
        let through = |types, of| super::resolve::place::let_through(types, of).is_some();
        let open = through(hop.source, context.source) || through(hop.target, context.target);
        carried && (ruled || open)
    }

    /// A shape as an object: a source is looked into, one level deep, hop by hop.
    fn expand(&mut self, id: ShapeId) -> Result<Object, Unsupported> {
        match self.shapes.get(id).clone() {
            Shape::Object(object) => Ok(object),
            Shape::Source(node, steps) => self.expand_source(node, &steps),
            Shape::Const(Value::Object(members), steps) => {
                let Some(first) = steps.first() else {
                    return Err(Unsupported { hop: 0 });
                };
                let mut object = self.constant(members, first.context.source, first.context.hop);
                for work in steps {
                    object = self.object(&object, &work.context)?;
                }
                Ok(object)
            }
            _ => Err(Unsupported { hop: self.chain.hops.len() }),
        }
    }

    /// A source looked into. What that loses is noted once, however often it is done.
    fn expand_source(&mut self, node: Node, steps: &[Work]) -> Result<Object, Unsupported> {
        let key = (node, steps.to_vec());
        if let Some(object) = self.expanded.get(&key) {
            return Ok(object.clone());
        }
        let Some((work, before)) = steps.split_last() else {
            return Err(Unsupported { hop: 0 });
        };
        if work.parts.is_some() {
            return Err(Unsupported { hop: work.context.hop });
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
    pub(super) fn source_object(&mut self, node: Node, of: Use, hop: usize) -> Object {
        let types = self.chain.source_types(hop);
        let mut object = Object { node: Some(node), ..Object::default() };
        for (name, _) in &types.get(of.ty).properties {
            let place = self.shapes.child(node, name);
            let member = self.shapes.add(Shape::Source(place, Vec::new()));
            object.live.insert(name.clone(), member);
            object.declared.push(name.clone());
        }
        if super::resolve::place::let_through(types, of).is_some() {
            object.others = Some(Vec::new());
        }
        object
    }

    /// A constant object as the rules of a hop see it.
    fn constant(&mut self, members: Vec<(Text, Value)>, of: Use, hop: usize) -> Object {
        let types = self.chain.source_types(hop);
        let mut object = Object { known: true, ..Object::default() };
        for (name, value) in members {
            let member = self.shapes.add(Shape::Const(value, Vec::new()));
            if super::resolve::place::member(types, of, &name).is_some() {
                object.live.insert(name, member);
            } else {
                object.opaque.push((name, member, 0));
            }
        }
        object
    }

    /// A source whose work begins at this hop, ready to be looked into.
    fn look(&mut self, id: ShapeId, of: Use, hop: usize) -> Result<Object, Unsupported> {
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
    fn prior(&mut self, object: &Object, hop: usize) -> Option<ShapeId> {
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
    fn kind_only(&mut self, id: ShapeId) -> ShapeId {
        if let Shape::Source(node, works) = self.shapes.get(id).clone() {
            let kept = works.iter().rposition(|w| w.parts.is_some()).map_or(0, |at| at + 1);
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
    fn member(&mut self, object: &Object, name: &Text) -> ShapeId {
        if let Some(id) = object.live.get(name) {
            return *id;
        }
        match (&object.others, object.node) {
            (Some(works), Some(node)) if object.sealed.is_none() => {
                let works = works.clone();
                let place = self.shapes.child(node, name);
                self.shapes.add(Shape::Source(place, works))
            }
            _ => self.shapes.add(Shape::Absent),
        }
    }

    /// The shape at a path of an object whose contract is `of`; null on the way is null if
    /// `nullable`.
    fn find(
        &mut self,
        object: &Object,
        path: &[Segment],
        (of, hop, nullable): (Use, usize, bool),
    ) -> Result<ShapeId, Unsupported> {
        let Some((Segment::Name(first), rest)) = path.split_first() else {
            return Err(Unsupported { hop });
        };
        let name = Text::from_plain(first);
        let types = self.chain.source_types(hop);
        let Some(inner) = super::resolve::place::member(types, of, &name) else {
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
                Ok(if nullable && !looked.known {
                    let member = self.kind_only(member);
                    self.shapes.add(Shape::NullOr(member, found))
                } else {
                    found
                })
            }
            _ => Err(Unsupported { hop }),
        }
    }

    /// One hop over an object.
    pub(super) fn object(
        &mut self,
        object: &Object,
        context: &Context,
    ) -> Result<Object, Unsupported> {
        if self.depth >= MAX_DEPTH || self.shapes.len() >= MAX_SHAPES {
            return Err(Unsupported { hop: context.hop });
        }
        self.depth += 1;
        let next = self.one_hop(object, context);
        self.depth -= 1;
        next
    }

    /// Whether both contracts say the same sort of object here: properties, or any names.
    fn is_plain(&self, context: &Context) -> bool {
        let of = self.chain.hop(context.hop);
        let (source, target) = (of.source.get(context.source.ty), of.target.get(context.target.ty));
        let free = |ty: &Type| ty.is_unconstrained() || ty.branches.is_some();
        let object = |ty: &Type| ty.kinds.meets(Kinds::OBJECT);
        let through = |types, of| super::resolve::place::let_through(types, of).is_some();
        !free(source)
            && !free(target)
            && through(of.source, context.source) == through(of.target, context.target)
            && object(source) == object(target)
            && (self.depth <= 1 || object(source))
    }

    fn one_hop(&mut self, object: &Object, context: &Context) -> Result<Object, Unsupported> {
        let hop = context.hop;
        let of = self.chain.hop(hop);
        if !self.is_plain(context) {
            return Err(Unsupported { hop });
        }
        let binding = bind(of, context);
        if binding.cross.is_some() || !binding.fills.is_empty() || !binding.repeats.is_empty() {
            return Err(Unsupported { hop });
        }
        let mut next = Object {
            declared: object.declared.clone(),
            base: object.base,
            known: object.known,
            node: object.node,
            layers: object.layers.clone(),
            opaque: if object.seen.is_none() && binding.unmapped {
                Vec::new()
            } else {
                object.opaque.clone()
            },
            seen: Some((hop, context.target)),
            unmapped: match object.seen {
                None => binding.unmapped.then_some(hop),
                Some(_) => object.unmapped,
            },
            ..Object::default()
        };
        if let (None, true, Some(node), None) =
            (object.seen, binding.unmapped, object.node.filter(|n| *n != 0), &object.others)
        {
            let declared = object.declared.clone();
            if self.dropped.insert((node, hop)) {
                self.losing.push(Losing::Extras { node, declared, by: (hop, 0) });
            }
        }
        let mut writes = Vec::new();
        for moved in &binding.moves {
            self.carry((object, context), moved, &mut next, &mut writes)?;
        }
        Self::carry_others(object, &binding, hop, &mut next);
        self.carry_named_others(object, &binding, (hop, context.source), &mut next)?;
        if object.others.is_some() && object.sealed.is_none() {
            let moves = binding.moves.iter().map(|m| &m.src);
            let named = moves.chain(binding.claimed.iter().map(|(p, _)| p));
            for path in named {
                if let Some(Segment::Name(name)) = path.first() {
                    next.declared.push(Text::from_plain(name));
                }
            }
        }
        if let (true, false, Some(node)) =
            (next.others_dropped, object.others_dropped, object.node.filter(|n| *n != 0))
        {
            let declared = next.declared.clone();
            if self.dropped.insert((node, hop)) {
                self.losing.push(Losing::Extras { node, declared, by: (hop, 0) });
            }
        }
        writes.sort_by_key(|w| (w.dst.len(), w.by));
        for write in &writes {
            self.write(&mut next, &write.dst, write.value, Some(write.by))?;
        }
        self.losses_of_writes(&next, &writes)?;
        for name in &binding.leftover {
            self.leave(object, name, (&binding, hop, context.source), &mut next);
        }
        self.take(object, context, &binding)?;
        for name in &binding.apart {
            self.apart(object, context, &binding, name)?;
        }
        self.make((object, &mut next), context, &binding)?;
        Ok(next)
    }

    fn carry(
        &mut self,
        (object, context): (&Object, &Context),
        moved: &Move,
        next: &mut Object,
        writes: &mut Vec<Write>,
    ) -> Result<(), Unsupported> {
        let hop = context.hop;
        let nullable = moved.nullable;
        let mut found = self.find(object, &moved.src, (context.source, hop, nullable))?;
        let rule = moved.rule.and_then(|at| self.chain.hop(hop).rules.get(at));
        if let Some(What::Move(field)) = rule.map(|r| r.what) {
            let meaning = match self.chain.hop(hop).direction.source() {
                crate::version::Side::Old => &field.absent_old,
                crate::version::Side::New => &field.absent_new,
            };
            if let Some(meaning) = meaning {
                if moved.src.len() > 1 {
                    return Err(Unsupported { hop });
                }
                let constant = Shape::Const(meaning.clone(), Vec::new());
                let constant = self.where_object(object, constant);
                found = self.shapes.add(Shape::Else(found, constant));
            }
        }
        let parts = moved.rule.filter(|at| self.chain.has_parts(hop, *at));
        let work = Work { parts, context: moved.context.clone() };
        found = self.translate(found, work)?;
        match (moved.src.len(), moved.dst.as_slice(), rule) {
            (_, [Segment::Name(name)], _) => {
                next.live.insert(Text::from_plain(name), found);
            }
            (_, dst, Some(rule)) => {
                let by = (hop, rule.rule);
                writes.push(Write { dst: dst.to_vec(), value: found, by });
            }
            _ => {}
        }
        Ok(())
    }

    fn carry_others(object: &Object, binding: &Binding, hop: usize, next: &mut Object) {
        let Some(works) = &object.others else { return };
        let mut works = works.clone();
        next.sealed = object.sealed;
        match &binding.others {
            _ if next.sealed.is_some() => {}
            Some(inner) => works.push(Work { parts: None, context: inner.clone() }),
            None => {
                next.sealed = Some(hop);
                next.others_dropped = binding.unmapped;
            }
        }
        next.others_dropped |= object.others_dropped;
        next.others = Some(works);
    }

    /// Members that are known by name, but that contracts only let through.
    fn carry_named_others(
        &mut self,
        object: &Object,
        binding: &Binding,
        (hop, of): (usize, Use),
        next: &mut Object,
    ) -> Result<(), Unsupported> {
        let first = |path: &[Segment], name: &Text| path.first() == Some(&segment(name));
        for (name, id) in &object.live {
            let moved = binding.moves.iter().any(|m| first(&m.src, name));
            let named = moved
                || binding.claimed.iter().any(|(p, _)| first(p, name))
                || binding.leftover.contains(name)
                || binding.apart.contains(name);
            if named {
                continue;
            }
            match &binding.others {
                Some(inner) => {
                    let work = Work { parts: None, context: inner.clone() };
                    let value = self.translate(*id, work)?;
                    next.live.insert(name.clone(), value);
                }
                None => self.leave(object, name, (binding, hop, of), next),
            }
        }
        Ok(())
    }

    /// Writes a value at a path; objects on the way are made.
    fn write(
        &mut self,
        object: &mut Object,
        path: &[Segment],
        value: ShapeId,
        by: Option<By>,
    ) -> Result<(), Unsupported> {
        let hop = by.map_or(0, |(hop, _)| hop);
        let Some((Segment::Name(first), rest)) = path.split_first() else {
            return Err(Unsupported { hop });
        };
        let name = Text::from_plain(first);
        if rest.is_empty() {
            let there = object.live.insert(name, value);
            return match there.map(|id| self.shapes.get(id)) {
                None | Some(Shape::Absent) => Ok(()),
                // What is made above a place that others are written into is not fused yet.
                Some(_) => Err(Unsupported { hop }),
            };
        }
        let mut inner = match object.live.get(&name).map(|id| self.shapes.get(*id).clone()) {
            None | Some(Shape::Absent) => Object::default(),
            Some(Shape::Object(inner)) => inner,
            Some(_) => return Err(Unsupported { hop }),
        };
        let guarded = match self.prior(&inner, hop) {
            Some(base) => self.shapes.add(Shape::Guard(base, value, value)),
            None => value,
        };
        if by.is_some() && !inner.known {
            match inner.layers.last_mut().filter(|(at, _)| *at == hop) {
                Some((_, layer)) => layer.push(guarded),
                None => inner.layers.push((hop, vec![guarded])),
            }
        }
        self.write(&mut inner, rest, guarded, by)?;
        let id = self.shapes.add(Shape::Object(inner));
        object.live.insert(name, id);
        Ok(())
    }

    /// What is lost where a carried value is in the way of writes.
    fn losses_of_writes(&mut self, object: &Object, writes: &[Write]) -> Result<(), Unsupported> {
        let mut by_base: Vec<(ShapeId, Vec<(ShapeId, By)>)> = Vec::new();
        for write in writes {
            let mut at = object.clone();
            for segment in write.dst.iter().take(write.dst.len().saturating_sub(1)) {
                let Segment::Name(name) = segment else {
                    return Err(Unsupported { hop: write.by.0 });
                };
                let inner = at.live.get(&Text::from_plain(name)).copied();
                let Some(Shape::Object(inner)) = inner.map(|id| self.shapes.get(id).clone()) else {
                    break;
                };
                if let Some(base) = self.prior(&inner, write.by.0) {
                    match by_base.iter_mut().find(|(b, _)| *b == base) {
                        Some((_, list)) => list.push((write.value, write.by)),
                        None => by_base.push((base, vec![(write.value, write.by)])),
                    }
                }
                at = inner;
            }
        }
        for (base, mut writes) in by_base {
            writes.sort_by_key(|(_, by)| *by);
            self.losing.push(Losing::Into { base, writes });
        }
        Ok(())
    }

    /// A declared member without counterpart becomes opaque, or is dropped.
    fn leave(
        &mut self,
        object: &Object,
        name: &Text,
        (binding, hop, of): (&Binding, usize, Use),
        next: &mut Object,
    ) {
        let value = self.member(object, name);
        if matches!(self.shapes.get(value), Shape::Absent) {
            return;
        }
        if binding.unmapped {
            self.losing.push(Losing::Drop { value, unless: None, by: (hop, 0) });
        } else {
            let declared = super::resolve::place::member(self.chain.source_types(hop), of, name);
            let since = if declared.is_some() { hop + 1 } else { 0 };
            next.opaque.push((name.clone(), value, since));
        }
    }

    fn take(
        &mut self,
        object: &Object,
        context: &Context,
        binding: &Binding,
    ) -> Result<(), Unsupported> {
        let hop = context.hop;
        for single in &binding.takes {
            let beneath =
                |p: &Vec<Segment>| p.len() > single.place.len() && p.starts_with(&single.place);
            if binding.claimed.iter().any(|(p, _)| beneath(p)) {
                return Err(Unsupported { hop });
            }
            let value = self.find(object, &single.place, (context.source, hop, false))?;
            let Some(rule) = self.chain.hop(hop).rules.get(single.rule) else { continue };
            let by = (hop, rule.rule);
            let What::Take(source) = rule.what else { continue };
            let unless = match source {
                Source::Literal(value) | Source::Placeholder(value) => Some(value.clone()),
                Source::Absent => None,
                Source::From { .. } => return Err(Unsupported { hop }),
            };
            self.losing.push(Losing::Drop { value, unless, by });
        }
        Ok(())
    }

    fn apart(
        &mut self,
        object: &Object,
        context: &Context,
        binding: &Binding,
        name: &Text,
    ) -> Result<(), Unsupported> {
        let path = vec![segment(name)];
        let through = |path: &[Segment]| {
            binding.claimed.iter().find(|(p, _)| p.starts_with(path)).map(|(_, rule)| *rule)
        };
        let by = (context.hop, through(&path).unwrap_or(0));
        let value = self.find(object, &path, (context.source, context.hop, true))?;
        if matches!(self.shapes.get(value), Shape::Absent) {
            return Ok(());
        }
        let part = self.part(value, (context.source, context.hop), binding, &path)?;
        self.losing.push(Losing::Apart { part, by });
        Ok(())
    }

    fn part(
        &mut self,
        value: ShapeId,
        (root, hop): (Use, usize),
        binding: &Binding,
        path: &[Segment],
    ) -> Result<Part, Unsupported> {
        if binding.claimed.iter().any(|(p, _)| p == path) {
            return Ok(Part::Carried(self.kind_only(value)));
        }
        if !binding.claimed.iter().any(|(p, _)| p.starts_with(path)) {
            return Ok(Part::Lost(value));
        }
        let types = self.chain.source_types(hop);
        let Some(of) = super::resolve::place::lead(types, root, path) else {
            return Ok(Part::Lost(value));
        };
        let object = self.look(value, of, hop)?;
        if object.others.is_some() {
            // What the members of a dictionary report on their way out is not fused yet.
            return Err(Unsupported { hop });
        }
        let value = self.shapes.add(Shape::Object(object.clone()));
        let mut names: Vec<Text> = object.live.keys().cloned().collect();
        for (claimed, _) in &binding.claimed {
            if let (true, Some(Segment::Name(name))) =
                (claimed.starts_with(path), claimed.get(path.len()))
            {
                let name = Text::from_plain(name);
                if !names.contains(&name) {
                    names.push(name);
                }
            }
        }
        let mut tree = Vec::new();
        for name in names {
            let member = self.member(&object, &name);
            let inner: Vec<Segment> = path.iter().cloned().chain([segment(&name)]).collect();
            tree.push((name, self.part(member, (root, hop), binding, &inner)?));
        }
        for (name, member, _) in &object.opaque {
            tree.push((name.clone(), Part::Lost(*member)));
        }
        let node = object.node.filter(|_| object.unmapped.is_none());
        Ok(Part::Through { value, tree, extras: node.map(|node| (node, object.declared.clone())) })
    }

    fn make(
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
    fn where_object(&mut self, object: &Object, constant: Shape) -> ShapeId {
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

/// The same work for what turns out to be no object: nothing reaches in or out.
fn closed(work: &Work) -> Work {
    let mut work = work.clone();
    work.context.exports.clear();
    work.context.imports.clear();
    work
}
