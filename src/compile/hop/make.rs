//! Values that a hop makes: constants and copies, each only where it would stand in an object.

use super::item::at_list;
use super::tape::Found;
use super::{By, Run};
use crate::compile::Unsupported;
use crate::compile::resolve::bind::{Binding, Context, Single};
use crate::compile::resolve::live::further;
use crate::compile::resolve::place::lead;
use crate::compile::resolve::{What, is_item, is_many};
use crate::compile::shape::{How, Object, Shape, ShapeId, Work};
use crate::contract::{TypeGraph, Use};
use crate::json::{Path, Segment, Text, Value};
use crate::mapping::Source;
use crate::plan::Why;

/// The step of a source, by its number, after so many segments of its place.
type Stepping = fn(usize, usize) -> How;

impl Run<'_, '_> {
    pub(super) fn make(
        &mut self,
        (object, next): (&Object, &mut Object),
        context: &Context,
        binding: &Binding,
    ) -> Result<(), Unsupported> {
        let hop = context.hop;
        for (at, single) in binding.makes.iter().enumerate() {
            let Some(rule) = self.chain.hop(hop).rules.get(single.rule) else { continue };
            let What::Make(source) = rule.what else { continue };
            let value = match source {
                Source::Absent => continue,
                Source::Literal(_) | Source::Placeholder(_) => {
                    self.literal(source, (hop, rule.rule))
                }
                Source::From { .. } => self.given(object, context, (at, single), source)?,
                Source::Text(_) => return Err(Unsupported(Why::Text)),
            };
            let value = self.where_object(object, value);
            let when = self.parent(next, &single.place)?;
            // What a source loses on the way is lost, even if its value is written nowhere.
            if matches!((source, &when), (Source::From { .. }, Parent::Never | Parent::If(_))) {
                return Err(Unsupported(Why::Source));
            }
            let Some(value) = self.within(when, value) else { continue };
            self.write(next, &single.place, (value, true), (hop, rule.rule))?;
        }
        self.make_late(next, context, binding)
    }

    /// What is made in an object that only other rules have made, where a counterpart's own context
    /// makes it else.
    fn make_late(
        &mut self,
        next: &mut Object,
        context: &Context,
        binding: &Binding,
    ) -> Result<(), Unsupported> {
        let hop = context.hop;
        for (single, of) in &binding.late {
            let Some(rule) = self.chain.hop(hop).rules.get(single.rule) else { continue };
            let What::Make(source) = rule.what else { continue };
            let Some(moved) = binding.moves.get(*of) else { continue };
            let around = self.stands(next, &moved.dst);
            let Shape::Object(made) = self.shapes.get(around) else { continue };
            if !made.layers.iter().any(|(at, _)| *at == hop) || matches!(source, Source::Absent) {
                continue;
            }
            if matches!(source, Source::From { .. } | Source::Text(_)) {
                return Err(Unsupported(Why::Source));
            }
            let value = self.literal(source, (hop, rule.rule));
            let when = self.parent(next, &single.place)?;
            let Some(value) = self.within(when, value) else { continue };
            let there = self.stands(next, &single.place);
            let value = self.shapes.add(Shape::Either(there, there, value));
            self.replace(next, &single.place, value);
        }
        Ok(())
    }

    /// Whether an object that only other rules have made may lack what means something there: that is
    /// the tape's to see.
    pub(super) fn late_unsaid(
        &mut self,
        next: &Object,
        hop: usize,
        binding: &Binding,
    ) -> Result<(), Unsupported> {
        for (_, of) in &binding.late_unsaid {
            let Some(moved) = binding.moves.get(*of) else { continue };
            let around = self.stands(next, &moved.dst);
            let Shape::Object(made) = self.shapes.get(around) else { continue };
            if made.layers.iter().any(|(at, _)| *at == hop) {
                return Err(Unsupported(Why::Meeting));
            }
        }
        Ok(())
    }

    /// Puts a value at a place of names whose objects are there.
    fn replace(&mut self, object: &mut Object, place: &[Segment], value: ShapeId) {
        let Some((Segment::Name(name), rest)) = place.split_first() else { return };
        let name = Text::from_plain(name);
        if rest.is_empty() {
            object.live.insert(name, value);
            return;
        }
        let inner = object.live.get(&name).map(|id| self.shapes.get(*id));
        if let Some(Shape::Object(inner)) = inner {
            let mut inner = inner.clone();
            self.replace(&mut inner, rest, value);
            let id = self.shapes.add(Shape::Object(inner));
            object.live.insert(name, id);
        }
    }

    /// A made value, where what it stands in is there. `None`: that never is.
    fn within(&mut self, parent: Parent, value: ShapeId) -> Option<ShapeId> {
        match parent {
            Parent::Known => Some(value),
            Parent::Never => None,
            Parent::If(on) => Some(self.shapes.add(Shape::When(on, value))),
        }
    }

    /// What a source without a place gives.
    fn literal(&mut self, source: &Source, by: By) -> ShapeId {
        let shape = match source {
            Source::Literal(value) => Shape::Const(value.clone(), Vec::new()),
            Source::Placeholder(value) => Shape::Placeholder(value.clone(), by),
            Source::Absent | Source::From { .. } | Source::Text(_) => Shape::Absent,
        };
        self.shapes.add(shape)
    }

    /// What a source with a place gives for the made value of this number.
    fn given(
        &mut self,
        object: &Object,
        context: &Context,
        (at, single): (usize, &Single),
        source: &Source,
    ) -> Result<ShapeId, Unsupported> {
        let (hop, root) = (context.hop, context.source);
        let of = self.chain.hop(hop);
        let to = lead(of.target, context.target, &single.place);
        let nullable = to.is_some_and(|to| to.nullable);
        let how: (_, Stepping, _) = (context, How::Make, at);
        self.sourced((single, source), (of.source, root), how, |run, path| {
            run.find_beside(object, path, (root, hop, nullable))
        })
    }

    /// What a source on the way back would give for the value that was taken by this rule.
    pub(super) fn gives_back(
        &mut self,
        next: &Object,
        context: &Context,
        (at, single): (usize, &Single),
        source: &Source,
    ) -> Result<ShapeId, Unsupported> {
        let (hop, root) = (context.hop, context.target);
        let to = lead(self.chain.source_types(hop), context.source, &single.place);
        let nullable = to.is_some_and(|to| to.nullable);
        let how: (_, Stepping, _) = (context, How::Take, at);
        self.sourced((single, source), (self.chain.hop(hop).target, root), how, |run, path| {
            run.in_result(next, path, (nullable, Why::Source))
        })
    }

    /// What a source with a place gives: what is found there, on the tape, else its `else`.
    fn sourced(
        &mut self,
        (single, source): (&Single, &Source),
        (types, root): (&TypeGraph, Use),
        (context, how, at): (&Context, Stepping, usize),
        find: impl FnOnce(&mut Self, &[Segment]) -> Result<Found, Unsupported>,
    ) -> Result<ShapeId, Unsupported> {
        let hop = context.hop;
        let rule = self.chain.hop(hop).rules.get(single.rule).ok_or(Unsupported(Why::Source))?;
        let (path, otherwise) = from(source, &rule.root, single.cut)?;
        let other = self.literal(otherwise, (hop, rule.rule));
        if lead(types, root, &path).is_none() {
            return Ok(other);
        }
        let (found, walked) = find(self, whole(&path))?;
        let work = Work { how: how(at, walked), context: context.clone().into() };
        let value = self.on_tape(found, &work)?;
        Ok(self.shapes.add(Shape::Either(found, value, other)))
    }

    /// A constant that is there if the object was one before this hop.
    pub(super) fn where_object(&mut self, object: &Object, constant: ShapeId) -> ShapeId {
        if object.known {
            return constant;
        }
        let before = self.shapes.add(Shape::Object(object.clone()));
        self.shapes.add(Shape::When(before, constant))
    }

    /// The object that a made value would stand in.
    pub(super) fn parent(
        &mut self,
        object: &Object,
        place: &[Segment],
    ) -> Result<Parent, Unsupported> {
        let mut at = object.clone();
        let mut parent = Parent::Known;
        // Of an element, whether its parent is there is seen on the tape.
        let (place, _) = at_list(place);
        for segment in place.iter().take(place.len().saturating_sub(1)) {
            let Segment::Name(name) = segment else {
                return Err(Unsupported(Why::Source));
            };
            let Some(id) = at.live.get(&Text::from_plain(name)).copied() else {
                return Ok(Parent::Never);
            };
            at = match self.shapes.get(id).clone() {
                Shape::Object(inner) => inner,
                Shape::Const(Value::Object(_), _) => self.expand(id)?,
                Shape::Absent => return Ok(Parent::Never),
                _ => return Err(Unsupported(Why::Source)),
            };
            parent = if at.known { parent } else { Parent::If(id) };
        }
        Ok(parent)
    }
}

/// Whether the object that a made value stands in is there.
#[derive(Clone, Copy)]
pub(super) enum Parent {
    Known,
    Never,
    If(ShapeId),
}

/// The place of a source, and what it gives where there is none. Sources inside that have
/// places of their own are not fused yet.
fn from<'s>(
    source: &'s Source,
    root: &Path,
    cut: usize,
) -> Result<(Vec<Segment>, &'s Source), Unsupported> {
    let Source::From { path, map, otherwise } = source else {
        return Err(Unsupported(Why::Source));
    };
    let mut inner = map.iter().map(|(_, source)| source).chain(otherwise.as_deref());
    if inner.any(|source| matches!(source, Source::From { .. } | Source::Text(_))) {
        return Err(Unsupported(Why::Source));
    }
    let path = further(root, path, cut);
    // Of a list that is gathered, `map` and `else` are about each value.
    let of_each = !map.is_empty() && path.iter().any(is_many);
    let otherwise = otherwise.as_deref().filter(|_| !of_each);
    Ok((path, otherwise.unwrap_or(&Source::Absent)))
}

/// The place of the list or dictionary, where a path goes through its values, or through one; else
/// all of it.
fn whole(path: &[Segment]) -> &[Segment] {
    path.split(|segment| is_many(segment) || is_item(segment)).next().unwrap_or(path)
}
