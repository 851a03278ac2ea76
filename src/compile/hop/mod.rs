//! One hop over a shape: each place of the target takes the shape found at its place of the
//! source. Mirrors `docs/semantics.md`, "Running an object context on an object", over unknowns.

mod alias;
mod item;
mod look;
mod lose;
mod make;
mod tape;

use std::collections::{BTreeMap, BTreeSet};

use crate::compile::list;
use crate::compile::resolve::bind::{Binding, Context, Move, bind, blocks, segment};
use crate::compile::resolve::place::lead;
use crate::compile::resolve::{What, is_item};
use crate::compile::shape::{How, Node, Object, Reads, Shape, ShapeId, Shapes, Work};
use crate::compile::{Chain, Unsupported};
use crate::contract::{Kinds, Type, Use};
use crate::json::{Segment, Text, Value, writing};
use crate::mapping::Parts;
use crate::plan::{Seg, Split, Why};

/// Something that a hop may lose, over shapes. See [`crate::plan::LossOp`].
#[derive(Clone, Debug)]
pub(in crate::compile) enum Losing {
    /// A value goes nowhere.
    Drop { value: ShapeId, unless: Unless, by: By },
    /// What this reports when it is made, wherever it goes.
    Made(ShapeId),
    /// An object in which a place stays absent that means something: before the hop, and after it
    /// what the place is in (`None`: the same object).
    Unsaid { object: ShapeId, found: ShapeId, parent: Option<ShapeId>, value: ShapeId, by: By },
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
pub(in crate::compile) enum Part {
    Carried(ShapeId),
    Lost(ShapeId),
    Through {
        value: ShapeId,
        tree: Vec<(Text, Part)>,
        extras: Option<(Node, Vec<Text>)>,
    },
    /// A list of which rules name elements.
    Items {
        value: ShapeId,
        split: Vec<(Seg, Split)>,
    },
}

/// When a value that goes nowhere is not lost.
#[derive(Clone, Debug)]
pub(in crate::compile) enum Unless {
    /// It always is.
    Never,
    /// It equals this.
    Is(Value),
    /// It is what the way back gives.
    Gives(ShapeId),
}

/// Hop (in order of travel) and rule of a loss.
pub(in crate::compile) type By = (usize, u32);

/// The state of running hops over the shapes of one function.
pub(in crate::compile) struct Run<'c, 'a> {
    pub(in crate::compile) chain: &'c Chain<'a>,
    pub(in crate::compile) shapes: Shapes,
    pub(in crate::compile) losing: Vec<Losing>,
    /// Sources that were looked into.
    pub(in crate::compile) expanded: BTreeMap<(Node, Vec<Work>), Object>,
    /// Shapes that are looked at for their type alone.
    pub(in crate::compile) kinds: BTreeMap<(Node, Vec<Work>), ShapeId>,
    /// Objects before they were written into.
    pub(in crate::compile) priors: BTreeMap<(ShapeId, Layers), ShapeId>,
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
    pub(in crate::compile) fn new(chain: &'c Chain<'a>) -> Self {
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
    pub(in crate::compile) fn translate(
        &mut self,
        id: ShapeId,
        work: Work,
    ) -> Result<ShapeId, Unsupported> {
        let open = work.context.is_open() && !self.is_reached_by_item(&work.context);
        if let (Shape::Source(node, steps), false) = (self.shapes.get(id), open) {
            let shape = Shape::Source(*node, and(steps, work));
            return Ok(self.shapes.add(shape));
        }
        Ok(match self.shapes.get(id).clone() {
            Shape::Absent => id,
            Shape::Const(value, steps) if !open => {
                self.shapes.add(Shape::Const(value, and(&steps, work)))
            }
            Shape::Written(id, steps) if !open => {
                self.shapes.add(Shape::Written(id, and(&steps, work)))
            }
            Shape::Source(..) | Shape::Const(..) | Shape::Object(_) => {
                if !work.is_of_type() || self.is_tangled(id, &work.context) {
                    return Err(Unsupported(Why::Meeting));
                }
                let object = self.look(id, work.context.source, work.context.hop)?;
                let mut next = self.object(&object, &work.context)?;
                if let Some(base) = object.base {
                    next.base = Some(self.translate(base, closed(&work))?);
                }
                self.shapes.add(Shape::Object(next))
            }
            Shape::Placeholder(value, by) => {
                let of = self.chain.hop(work.context.hop);
                let uses = (work.context.source.ty, work.context.target.ty);
                let nested = matches!(value, Value::Object(_) | Value::Array(_));
                if !work.is_of_type() || nested || !blocks(of, uses.0, uses.1).is_empty() {
                    return Err(Unsupported(Why::Meeting));
                }
                self.shapes.add(Shape::Placeholder(value, by))
            }
            Shape::NullOr(_, _) if self.chain.takes_null(&work) => {
                return Err(Unsupported(Why::Meeting));
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
            // Made when all hops are done.
            Shape::Else(..) | Shape::Written(..) => {
                return Err(Unsupported(Why::Meeting));
            }
            Shape::Either(on, first, second) => {
                let first = self.translate(first, work.clone())?;
                let second = self.translate(second, work)?;
                self.shapes.add(Shape::Either(on, first, second))
            }
        })
    }

    /// One hop over an object.
    pub(in crate::compile) fn object(
        &mut self,
        object: &Object,
        context: &Context,
    ) -> Result<Object, Unsupported> {
        self.bound_object(object, context, &bind(self.chain.hop(context.hop), context))
    }

    /// One hop over an object whose context is bound already.
    pub(in crate::compile) fn bound_object(
        &mut self,
        object: &Object,
        context: &Context,
        binding: &Binding,
    ) -> Result<Object, Unsupported> {
        if self.depth >= MAX_DEPTH || self.shapes.len() >= MAX_SHAPES {
            return Err(Unsupported(Why::Size));
        }
        self.depth += 1;
        let next = self.one_hop(object, context, binding);
        self.depth -= 1;
        next
    }

    /// Whether both contracts say the same sort of object here: properties, or any names.
    fn is_plain(&self, context: &Context) -> bool {
        let of = self.chain.hop(context.hop);
        let (source, target) = (of.source.get(context.source.ty), of.target.get(context.target.ty));
        let free = |ty: &Type| ty.is_unconstrained() || ty.branches.is_some();
        let object = |ty: &Type| ty.kinds.meets(Kinds::OBJECT);
        let through = |types, of| crate::compile::resolve::place::let_through(types, of).is_some();
        !free(source)
            && !free(target)
            && through(of.source, context.source) == through(of.target, context.target)
            && object(source) == object(target)
            && (self.depth <= 1 || object(source))
    }

    fn one_hop(
        &mut self,
        object: &Object,
        context: &Context,
        binding: &Binding,
    ) -> Result<Object, Unsupported> {
        let hop = context.hop;
        for (is, why) in [
            (!self.is_plain(context), Why::Contracts),
            (binding.cross.is_some(), Why::Root),
            (binding.items.is_some(), Why::Elements),
            (binding.placing(self.chain.hop(hop)).is_some(), Why::Itself),
            (binding.voids.is_some(), Why::Nulls),
            (!binding.refuses.is_empty(), Why::Refuses),
        ] {
            if is {
                return Err(Unsupported(why));
            }
        }
        let filled = self.filled(object, context, binding)?;
        let object = &filled;
        let mut next = Object {
            declared: object.declared.clone(),
            base: object.base,
            known: object.known,
            node: object.node,
            layers: object.layers.clone(),
            opaque: if binding.unmapped { Vec::new() } else { object.opaque.clone() },
            seen: Some((hop, context.target)),
            unmapped: object.unmapped.or_else(|| binding.unmapped.then_some(hop)),
            ..Object::default()
        };
        let mut writes = Vec::new();
        for at in 0..binding.moves.len() {
            self.carry((object, context), (binding, at), &mut next, &mut writes)?;
        }
        Self::carry_others(object, binding, hop, &mut next);
        self.carry_named_others(object, binding, (hop, context.source), &mut next)?;
        if object.others.is_some() && object.sealed.is_none() {
            name_more(&mut next.declared, binding);
        }
        self.drop_extras((object, &next), (binding.unmapped, hop));
        writes.sort_by_key(|w| (writing(&w.dst), w.by));
        for write in &writes {
            self.write(&mut next, &write.dst, (write.value, false), write.by)?;
        }
        self.losses_of_writes(&next, &writes)?;
        for name in &binding.leftover {
            self.leave(object, name, (binding, hop, context.source), &mut next);
        }
        for name in &binding.apart {
            self.apart(object, context, binding, name)?;
        }
        self.make((object, &mut next), context, binding)?;
        self.repeat(&mut next, context, binding)?;
        self.late_unsaid(&next, hop, binding)?;
        self.take((object, &next), context, binding)?;
        self.unsaid((object, &next), context, binding)?;
        Ok(next)
    }

    /// Extras, and members that became opaque before, where the hop drops what is not mapped.
    fn drop_extras(&mut self, (object, next): (&Object, &Object), (drops, hop): (bool, usize)) {
        let now =
            |before: Option<usize>, after: Option<usize>| before.is_none() && after == Some(hop);
        let (by, unmapped) = ((hop, 0), now(object.unmapped, next.unmapped));
        if drops {
            for (_, value, _) in &object.opaque {
                self.losing.push(Losing::Drop { value: *value, unless: Unless::Never, by });
            }
        }
        let declared = match &object.others {
            None if unmapped => &object.declared,
            Some(_) if now(object.others_dropped, next.others_dropped) => &next.declared,
            _ => return,
        };
        // Of the function's own object, they are dropped as they come.
        if let Some(node) = object.node.filter(|n| *n != 0)
            && self.dropped.insert((node, hop))
        {
            self.losing.push(Losing::Extras { node, declared: declared.clone(), by });
        }
    }

    fn carry(
        &mut self,
        (object, context): (&Object, &Context),
        (binding, at): (&Binding, usize),
        next: &mut Object,
        writes: &mut Vec<Write>,
    ) -> Result<(), Unsupported> {
        let Some(moved) = binding.moves.get(at) else { return Ok(()) };
        let hop = context.hop;
        let reads = (Reads::Move(at), context);
        let found = self.read(object, &moved.src, (context.source, moved.nullable), reads)?;
        let rule = moved.rule.and_then(|at| self.chain.hop(hop).rules.get(at));
        let parts = moved.rule.filter(|at| self.chain.has_parts(hop, *at));
        let work = Work {
            how: parts
                .zip(self.uses(context, moved))
                .map_or(How::Type, |(at, of)| How::Parts(at, of)),
            context: moved.context.clone().into(),
        };
        let came = found;
        let mut found = self.translate(found, work)?;
        if let Some(What::Move(field)) = rule.map(|r| r.what) {
            found = self.or_listed((object, came), found, (moved, &field.parts))?;
        }
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

    /// The uses of the two places of a counterpart.
    fn uses(&self, context: &Context, moved: &Move) -> Option<(Use, Use)> {
        let of = self.chain.hop(context.hop);
        let source = lead(of.source, context.source, &moved.src)?;
        Some((source, lead(of.target, context.target, &moved.dst)?))
    }

    /// The value of a counterpart that came, or what its absence is listed as.
    fn or_listed(
        &mut self,
        (object, came): (&Object, ShapeId),
        found: ShapeId,
        (moved, parts): (&Move, &Parts),
    ) -> Result<ShapeId, Unsupported> {
        let (hop, context) = (self.chain.hop(moved.context.hop), &moved.context);
        let sides = (Some(context.source), Some(context.target));
        let Some(listed) = list::insertion(hop, parts, sides, hop.direction) else {
            return Ok(found);
        };
        if parts.each.is_some() {
            return Err(Unsupported(Why::Meeting));
        }
        let constant = self.shapes.add(Shape::Const(listed, Vec::new()));
        let constant = self.where_object(object, constant);
        Ok(self.shapes.add(Shape::Either(came, found, constant)))
    }

    fn carry_others(object: &Object, binding: &Binding, hop: usize, next: &mut Object) {
        let Some(works) = &object.others else { return };
        let mut works = works.clone();
        next.sealed = object.sealed;
        match &binding.others {
            _ if next.sealed.is_some() => {
                let drops = binding.unmapped.then_some(hop);
                next.others_dropped = object.others_dropped.or(drops);
            }
            Some(inner) => works.push(Work::of_type(inner.clone())),
            None => {
                next.sealed = Some(hop);
                next.others_dropped = binding.unmapped.then_some(hop);
            }
        }
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
                    let work = Work::of_type(inner.clone());
                    let value = self.translate(*id, work)?;
                    next.live.insert(name.clone(), value);
                }
                None => self.leave(object, name, (binding, hop, of), next),
            }
        }
        Ok(())
    }

    /// Writes a value (which the hop made, or brought) at a path; objects on the way are made.
    fn write(
        &mut self,
        object: &mut Object,
        path: &[Segment],
        (value, made): (ShapeId, bool),
        by: By,
    ) -> Result<(), Unsupported> {
        let hop = by.0;
        let Some((Segment::Name(first), rest)) = path.split_first() else {
            return Err(Unsupported(Why::Meeting));
        };
        let name = Text::from_plain(first);
        if rest.first().is_some_and(is_item) {
            return self.write_item(object, (name, rest), (value, made), by);
        }
        if rest.is_empty() {
            let there = object.live.insert(name, value);
            return match there.map(|id| self.shapes.get(id)) {
                None | Some(Shape::Absent) => Ok(()),
                // What is made above a place that others are written into is not fused yet.
                Some(_) => Err(Unsupported(Why::Meeting)),
            };
        }
        let mut inner = match object.live.get(&name).map(|id| self.shapes.get(*id).clone()) {
            None | Some(Shape::Absent) => Object::default(),
            Some(Shape::Object(inner)) => inner,
            Some(_) => return Err(Unsupported(Why::Meeting)),
        };
        let guarded = match self.prior(&inner, hop) {
            Some(base) => self.shapes.add(Shape::Guard(base, value, value)),
            None => value,
        };
        if !made && !inner.known {
            match inner.layers.last_mut().filter(|(at, _)| *at == hop) {
                Some((_, layer)) => layer.push(guarded),
                None => inner.layers.push((hop, vec![guarded])),
            }
        }
        self.write(&mut inner, rest, (guarded, made), by)?;
        let id = self.shapes.add(Shape::Object(inner));
        object.live.insert(name, id);
        Ok(())
    }
}

/// Names that rules of an open object name, beside those that are named already: they are not among
/// the others any more.
fn name_more(known: &mut Vec<Text>, binding: &Binding) {
    let moves = binding.moves.iter().map(|m| &m.src);
    let named = moves.chain(binding.claimed.iter().map(|(p, _)| p));
    let first = |path: &Vec<Segment>| match path.first() {
        Some(Segment::Name(name)) => Some(Text::from_plain(name)),
        _ => None,
    };
    let left = binding.leftover.iter().chain(&binding.apart).cloned();
    for name in named.filter_map(first).chain(left) {
        if !known.iter().any(|own| own.same(&name)) {
            known.push(name);
        }
    }
}

/// Some work, and more.
fn and(works: &[Work], work: Work) -> Vec<Work> {
    let mut all = Vec::with_capacity(works.len() + 1);
    all.extend_from_slice(works);
    all.push(work);
    all
}

/// The same work for what turns out to be no object: nothing reaches in or out.
fn closed(work: &Work) -> Work {
    let mut work = work.clone();
    let context = std::rc::Rc::make_mut(&mut work.context);
    context.exports.clear();
    context.imports.clear();
    work
}
