//! What a hop loses: values that are taken out, taken apart, in the way, or without counterpart.

use super::make::Parent;
use super::{By, Losing, Part, Run, Unless, Write};
use crate::compile::Unsupported;
use crate::compile::resolve::bind::{Binding, Context, Single, segment};
use crate::compile::resolve::place;
use crate::compile::resolve::{What, is_item};
use crate::compile::shape::{Object, Reads, Shape, ShapeId};
use crate::compile::stage;
use crate::contract::Use;
use crate::json::{Segment, Text};
use crate::mapping::Source;
use crate::plan::Why;

impl Run<'_, '_> {
    /// What is lost where a carried value is in the way of writes.
    pub(super) fn losses_of_writes(
        &mut self,
        object: &Object,
        writes: &[Write],
    ) -> Result<(), Unsupported> {
        let mut by_base: Vec<(ShapeId, Vec<(ShapeId, By)>)> = Vec::new();
        for write in writes {
            let mut at = object.clone();
            for segment in write.dst.iter().take(write.dst.len().saturating_sub(1)) {
                let Segment::Name(name) = segment else {
                    return Err(Unsupported(Why::Meeting));
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
    pub(super) fn leave(
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
            self.losing.push(Losing::Drop { value, unless: Unless::Never, by: (hop, 0) });
        } else {
            let declared = place::member(self.chain.source_types(hop), of, name);
            let since = if declared.is_some() { hop + 1 } else { 0 };
            next.opaque.push((name.clone(), value, since));
        }
    }

    pub(super) fn take(
        &mut self,
        (object, next): (&Object, &Object),
        context: &Context,
        binding: &Binding,
    ) -> Result<(), Unsupported> {
        let hop = context.hop;
        for (at, single) in binding.takes.iter().enumerate() {
            let beneath =
                |p: &Vec<Segment>| p.len() > single.place.len() && p.starts_with(&single.place);
            if binding.claimed.iter().any(|(p, _)| beneath(p)) {
                return Err(Unsupported(Why::Meeting));
            }
            let reads = (Reads::Take(at), context);
            let value = self.read(object, &single.place, (context.source, false), reads)?;
            let Some(rule) = self.chain.hop(hop).rules.get(single.rule) else { continue };
            let by = (hop, rule.rule);
            let What::Take(source) = rule.what else { continue };
            let (kept, gone) = self.around(object, context, (binding, single), value)?;
            if let Some(value) = gone {
                self.losing.push(Losing::Drop { value, unless: Unless::Never, by });
            }
            let Some(value) = kept else { continue };
            let unless = match source {
                Source::Literal(value) | Source::Placeholder(value) => Unless::Is(value.clone()),
                Source::Absent => Unless::Never,
                Source::Text(_) => return Err(Unsupported(Why::Text)),
                Source::From { .. } => {
                    let gives = self.gives_back(next, context, (at, single), source)?;
                    Unless::Gives(gives)
                }
            };
            self.losing.push(Losing::Drop { value, unless, by });
        }
        Ok(())
    }

    /// A value that is taken, by whether the way back makes what it stands in: where something else
    /// that comes from there is carried.
    fn around(
        &mut self,
        object: &Object,
        context: &Context,
        (binding, single): (&Binding, &Single),
        value: ShapeId,
    ) -> Result<(Option<ShapeId>, Option<ShapeId>), Unsupported> {
        let place = single.place.as_slice();
        let Some(around) = stage::around(place, &binding.moves) else {
            return Ok((Some(value), None));
        };
        if around.is_empty() {
            return Ok((None, Some(value)));
        }
        let absent = self.shapes.add(Shape::Absent);
        let (mut kept, mut gone) = (absent, value);
        for at in around {
            let Some(moved) = binding.moves.get(at) else { continue };
            let reads = (Reads::Move(at), context);
            let found = self.read(object, &moved.src, (context.source, moved.nullable), reads)?;
            let found = self.kind_only(found);
            kept = self.shapes.add(Shape::Either(found, value, kept));
            gone = self.shapes.add(Shape::Either(found, absent, gone));
        }
        Ok((Some(kept), Some(gone)))
    }

    pub(super) fn apart(
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

    pub(super) fn part(
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
        let Some(of) = place::lead(types, root, path) else {
            return Ok(Part::Lost(value));
        };
        if let Some(list) = self.list_apart(value, (root, hop), binding, path)? {
            return Ok(list);
        }
        let object = self.look(value, of, hop)?;
        if object.others.is_some() {
            // What the members of a dictionary report on their way out is not fused yet.
            return Err(Unsupported(Why::Meeting));
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

    /// Places that stay absent where that means something, which the absence that came did not.
    pub(super) fn unsaid(
        &mut self,
        (object, next): (&Object, &Object),
        context: &Context,
        binding: &Binding,
    ) -> Result<(), Unsupported> {
        let hop = self.chain.hop(context.hop);
        for (at, moved) in binding.moves.iter().enumerate() {
            let rule = moved.rule.and_then(|at| hop.rules.get(at)).map(|r| r.rule);
            let (Some(rule), true) = (rule, stage::is_unsaid(hop, moved)) else { continue };
            if moved.dst.iter().any(is_item) {
                return Err(Unsupported(Why::Meeting));
            }
            let reads = (Reads::Move(at), context);
            let found = self.read(object, &moved.src, (context.source, moved.nullable), reads)?;
            let parent = match self.parent(next, &moved.dst)? {
                Parent::Known => None,
                Parent::If(parent) => Some(parent),
                Parent::Never => continue,
            };
            let value = self.stands(next, &moved.dst);
            let before = match object.node {
                Some(0) => Shape::Source(0, Vec::new()),
                _ => Shape::Object(object.clone()),
            };
            let before = self.shapes.add(before);
            let by = (context.hop, rule);
            self.losing.push(Losing::Unsaid { object: before, found, parent, value, by });
        }
        Ok(())
    }

    /// What stands at a place of names of the result.
    pub(super) fn stands(&mut self, next: &Object, place: &[Segment]) -> ShapeId {
        let mut at = next.clone();
        let mut found = None;
        for segment in place {
            found = match segment {
                Segment::Name(name) => at.live.get(&Text::from_plain(name)).copied(),
                _ => None,
            };
            match found.map(|id| self.shapes.get(id)) {
                Some(Shape::Object(inner)) => at = inner.clone(),
                _ => at = Object::default(),
            }
        }
        found.unwrap_or_else(|| self.shapes.add(Shape::Absent))
    }
}
