//! Turns the shapes of one function into ops: what is written as it comes, what is held back,
//! and what is built and looked for when the object ends.

mod lose;
mod tape;

use std::collections::{BTreeMap, BTreeSet};

use super::Unsupported;
use super::close::Closing;
use super::hop::{Losing, Run};
use super::shape::{Node, Object, Shape, ShapeId, Shapes, Work, WrittenId};
use crate::json::Text;
use crate::plan::{
    Build, Call, Expr, ExprId, KeyOp, Keys, Label, NodeOps, ObjectOps, Value as Held, ValueId,
};

/// The ops of a function over an object.
pub(super) fn object(
    closing: &mut Closing<'_, '_>,
    run: Run<'_, '_>,
    object: &Object,
) -> Result<ObjectOps, Unsupported> {
    let Run { shapes, losing, .. } = run;
    let mut lowering = Lowering {
        closing,
        shapes,
        ops: ObjectOps::default(),
        values: BTreeMap::new(),
        exprs: BTreeMap::new(),
        held: BTreeSet::new(),
        carried: BTreeMap::new(),
        written: BTreeMap::new(),
        taped: BTreeSet::new(),
        constants: BTreeSet::new(),
    };
    lowering.root(object, &losing)?;
    Ok(lowering.ops)
}

struct Lowering<'l, 'c, 'a> {
    closing: &'l mut Closing<'c, 'a>,
    shapes: Shapes,
    ops: ObjectOps,
    values: BTreeMap<(Node, Vec<Work>), ValueId>,
    exprs: BTreeMap<ShapeId, ExprId>,
    held: BTreeSet<Node>,
    /// What becomes of the members of a carried object that nothing names.
    carried: BTreeMap<Node, Object>,
    /// Lists that are written into, each after some work.
    written: BTreeMap<(WrittenId, Vec<Work>), ValueId>,
    /// Places whose values go over the tape.
    taped: BTreeSet<Node>,
    /// Constants that do.
    constants: BTreeSet<ShapeId>,
}

/// The members that an object is left with.
struct Members {
    /// Written as they come: place, name, work.
    emit: Vec<(Node, Text, Vec<Work>)>,
    /// Built.
    build: Vec<(Text, ShapeId)>,
}

impl Lowering<'_, '_, '_> {
    fn root(&mut self, object: &Object, losing: &[Losing]) -> Result<(), Unsupported> {
        let mut losing = losing.to_vec();
        let (all, mut more) = self.members(object);
        losing.append(&mut more);
        let mut used = BTreeSet::new();
        let mut once: BTreeMap<Node, usize> = BTreeMap::new();
        for loss in &losing {
            lose::shapes(loss, &mut |id| self.uses(id, &mut used));
        }
        let shown = all.iter().map(|(_, id)| *id);
        self.tape(shown, &losing)?;
        let mut members = Members { emit: Vec::new(), build: Vec::new() };
        for (_name, id) in &all {
            match self.shapes.get(*id) {
                Shape::Source(node, _) => *once.entry(*node).or_default() += 1,
                _ => self.uses(*id, &mut used),
            }
        }
        // What something inside is held of is held too.
        for (node, parent, _) in self.shapes.places().collect::<Vec<_>>().into_iter().rev() {
            if used.contains(&node) {
                used.insert(parent);
            }
        }
        for (name, id) in all {
            match self.shapes.get(id).clone() {
                Shape::Source(node, works)
                    if !used.contains(&node)
                        && !self.closing.chain.may_vanish(&works)
                        && once.get(&node) == Some(&1)
                        && self.shapes.parent(node) == Some(0) =>
                {
                    members.emit.push((node, name, works));
                }
                Shape::Absent => {}
                _ => members.build.push((name, id)),
            }
        }
        for (name, id) in &members.build {
            let value = self.expr(*id)?;
            self.ops.build.push(Build { name: name.raw().into(), value });
        }
        for loss in &losing {
            let op = self.loss(loss)?;
            self.ops.losses.push(op);
        }
        self.nodes(object, &members)
    }

    /// The members that an object ends up with, and what collides with them. A live member stays
    /// before an extra of the message, that before what became opaque, the first hop's first.
    fn members(&mut self, object: &Object) -> (Vec<(Text, ShapeId)>, Vec<Losing>) {
        let mut members: Vec<(Text, ShapeId)> = Vec::new();
        let mut losing = Vec::new();
        let by = (object.seen.map_or(0, |(hop, _)| hop), 0);
        for (name, id) in &object.live {
            if matches!(self.shapes.get(*id), Shape::Absent) {
                continue;
            }
            let mut value = *id;
            if !self.is_declared(object, name)
                && let Some(extra) = object.node.and_then(|node| self.extra(object, node, name))
            {
                losing.push(Losing::Collide { value: extra, with: Some(value), by });
                value = self.shapes.add(Shape::Else(value, extra));
            }
            members.push((name.clone(), value));
        }
        let mut opaque = object.opaque.clone();
        opaque.sort_by_key(|(_, _, since)| *since);
        for (name, id, _) in &opaque {
            if self.is_declared(object, name) {
                losing.push(Losing::Collide { value: *id, with: None, by });
                continue;
            }
            let earlier = members.iter().position(|(n, _)| n.same(name));
            let before = match earlier.and_then(|at| members.get(at)) {
                Some((_, earlier)) => Some(*earlier),
                None => object.node.and_then(|node| self.extra(object, node, name)),
            };
            let value = match before {
                Some(before) => {
                    losing.push(Losing::Collide { value: *id, with: Some(before), by });
                    self.shapes.add(Shape::Else(before, *id))
                }
                None => *id,
            };
            match earlier.and_then(|at| members.get_mut(at)) {
                Some((_, earlier)) => *earlier = value,
                None => members.push((name.clone(), value)),
            }
        }
        (members, losing)
    }

    /// The member of the message that would be an extra of that name, if it can be one.
    fn extra(&mut self, object: &Object, node: Node, name: &Text) -> Option<ShapeId> {
        let dropped = match &object.others {
            Some(_) => object.others_dropped.is_some(),
            None => object.unmapped.is_some(),
        };
        if dropped || object.declared.iter().any(|n| n.same(name)) {
            return None;
        }
        let place = self.shapes.child(node, name);
        let works = if object.sealed.is_some() { object.others.clone() } else { None };
        Some(self.shapes.add(Shape::Source(place, works.unwrap_or_default())))
    }

    /// Whether the contract that saw the object last has that name among its properties.
    fn is_declared(&self, object: &Object, name: &Text) -> bool {
        object.seen.is_some_and(|(hop, of)| {
            self.closing.chain.hop(hop).target.get(of.ty).property(name).is_some()
        })
    }

    /// Every place that an expression over a shape needs.
    fn uses(&self, id: ShapeId, used: &mut BTreeSet<Node>) {
        self.shapes.walk(id, &mut |shape| {
            if let Shape::Source(node, _) = shape {
                used.insert(*node);
            }
        });
    }

    /// The tables of the object itself and of the places beneath it.
    fn nodes(&mut self, object: &Object, members: &Members) -> Result<(), Unsupported> {
        let places: Vec<(Node, Node, Text)> =
            self.shapes.places().map(|(n, p, name)| (n, p, name.clone())).collect();
        let mut needed = self.held.clone();
        for (node, parent, _) in places.iter().rev() {
            if needed.contains(node) {
                needed.insert(*parent);
            }
        }
        self.carried.insert(0, object.clone());
        let count = places.len() + 1;
        for at in 0..count {
            let node = Node::try_from(at).unwrap_or(Node::MAX);
            let mut ops = NodeOps::default();
            let mut names: BTreeMap<Text, KeyOp> = BTreeMap::new();
            for (child, _, name) in places.iter().filter(|(_, parent, _)| *parent == node) {
                if needed.contains(child) {
                    names.insert(name.clone(), KeyOp::Hold(*child));
                }
            }
            if node == 0 {
                for (child, name, works) in &members.emit {
                    let steps = self.steps(*child, works)?;
                    let Some((_, _, own)) = places.iter().find(|(n, _, _)| n == child) else {
                        continue;
                    };
                    let new = (!own.same(name)).then(|| Label::new(name.raw()));
                    names.insert(own.clone(), KeyOp::Emit { name: new, steps });
                }
            }
            if let Some(object) = self.carried.get(&node).cloned() {
                self.carry(&object, &mut names, &mut ops)?;
            }
            let mut table: Vec<(Text, KeyOp)> = names.into_iter().collect();
            // In the order of the contract, in which most messages come; then the others.
            let place = |name: &Text| {
                let own = |(_, of, own): &(Node, Node, Text)| *of == node && own == name;
                places.iter().position(own).unwrap_or(usize::MAX)
            };
            table.sort_by_cached_key(|(name, _)| place(name));
            let (names, table): (Vec<Text>, Vec<KeyOp>) = table.into_iter().unzip();
            ops.keys = Keys::new(names.iter().map(Text::raw).zip(table));
            self.ops.nodes.push(ops);
        }
        Ok(())
    }

    /// What becomes of members that nothing names.
    fn carry(
        &mut self,
        object: &Object,
        names: &mut BTreeMap<Text, KeyOp>,
        ops: &mut NodeOps,
    ) -> Result<(), Unsupported> {
        if let Some((hop, of)) = object.seen {
            let by = self.closing.reporter((hop, 0));
            let declared = &self.closing.chain.hop(hop).target.get(of.ty).properties;
            let steps = self.closing.steps(object.others.as_deref().unwrap_or_default())?;
            let taken: Vec<Text> = declared.iter().map(|(n, _)| n.clone()).collect();
            for name in taken {
                let dropped = match &object.others {
                    Some(_) => object.others_dropped,
                    None => object.unmapped,
                };
                let op = match dropped {
                    Some(hop) => KeyOp::Drop(self.closing.reporter((hop, 0)), steps.clone()),
                    None => KeyOp::Collide(by, steps.clone()),
                };
                names.entry(name).or_insert(op);
            }
        }
        ops.other = match (&object.others, object.unmapped) {
            (Some(works), _) => {
                let steps = self.closing.steps(works)?;
                Some(match object.others_dropped {
                    Some(hop) => KeyOp::Drop(self.closing.reporter((hop, 0)), steps),
                    None => KeyOp::Emit { name: None, steps },
                })
            }
            (None, Some(hop)) => Some(KeyOp::Drop(self.closing.reporter((hop, 0)), Vec::new())),
            (None, None) => None,
        };
        Ok(())
    }

    fn add_value(&mut self, value: Held) -> ValueId {
        self.ops.values.push(value);
        ValueId::try_from(self.ops.values.len() - 1).unwrap_or(ValueId::MAX)
    }

    fn add(&mut self, expr: Expr) -> ExprId {
        self.ops.exprs.push(expr);
        ExprId::try_from(self.ops.exprs.len() - 1).unwrap_or(ExprId::MAX)
    }

    /// A place after some work, shared with every other use of it.
    fn value(&mut self, node: Node, works: &[Work]) -> Result<ValueId, Unsupported> {
        let key = (node, works.to_vec());
        if let Some(id) = self.values.get(&key) {
            return Ok(*id);
        }
        self.held.insert(node);
        let mut id = match self.values.get(&(node, Vec::new())) {
            Some(id) => *id,
            None => self.add_value(Held::Node(node)),
        };
        self.values.insert((node, Vec::new()), id);
        let mut before = 0;
        for to in 1..=works.len() {
            let ends = |at: usize| works.get(at).is_none_or(|w| !w.is_of_type());
            let step = works.get(to - 1).is_some_and(|w| !w.is_of_type());
            if !step && !ends(to) && !self.taped.contains(&node) {
                continue;
            }
            let prefix = works.get(..to).unwrap_or_default();
            let key = (node, prefix.to_vec());
            let groups = self.steps(node, prefix)?;
            id = if let Some(known) = self.values.get(&key) {
                *known
            } else {
                let mut at = id;
                for group in groups.iter().skip(before) {
                    at = self.add_value(Held::Step(at, group.clone()));
                }
                self.values.insert(key, at);
                at
            };
            before = groups.len();
        }
        Ok(id)
    }

    fn expr(&mut self, id: ShapeId) -> Result<ExprId, Unsupported> {
        if let Some(expr) = self.exprs.get(&id) {
            return Ok(*expr);
        }
        let expr = match self.shapes.get(id).clone() {
            Shape::Absent => Expr::Absent,
            Shape::Source(node, works) => Expr::Value(self.value(node, &works)?),
            Shape::Const(value, works) => {
                let groups = if self.constants.contains(&id) {
                    self.closing.taped(&works)
                } else {
                    self.closing.steps(&works)?
                };
                Expr::Value(self.add_value(Held::Const(value, groups)))
            }
            Shape::Placeholder(value, by) => Expr::Placeholder(value, self.closing.reporter(by)),
            Shape::Object(object) => Expr::Object(self.made(&object)?),
            Shape::NullOr(on, inner) => Expr::NullOr(self.expr(on)?, self.expr(inner)?),
            Shape::Guard(on, inner, at) => {
                Expr::Guard(self.expr(on)?, self.expr(inner)?, self.expr(at)?)
            }
            Shape::When(on, inner) => Expr::When(self.expr(on)?, self.expr(inner)?),
            Shape::Else(first, second) => Expr::Else(self.expr(first)?, self.expr(second)?),
            Shape::Either(on, first, second) => {
                Expr::Either(self.expr(on)?, self.expr(first)?, self.expr(second)?)
            }
            Shape::Written(written, works) => Expr::Value(self.written(written, &works)?),
        };
        let expr = self.add(expr);
        self.exprs.insert(id, expr);
        Ok(expr)
    }

    fn made(&mut self, object: &Object) -> Result<Call, Unsupported> {
        let (all, losing) = self.members(object);
        let mut members = Vec::new();
        for (name, id) in all {
            members.push(Build { name: name.raw().into(), value: self.expr(id)? });
        }
        let mut losses = Vec::new();
        for loss in &losing {
            losses.push(self.loss(loss)?);
        }
        if let Some(node) = object.node {
            let hop = |o: &Object| o.seen.map(|(hop, _)| hop);
            if self.carried.get(&node).is_none_or(|known| hop(known) <= hop(object)) {
                self.carried.insert(node, object.clone());
            }
        }
        let base = object.base.map(|b| self.expr(b)).transpose()?;
        let mut layers = Vec::new();
        for (_, layer) in &object.layers {
            layers.push(layer.iter().map(|id| self.expr(*id)).collect::<Result<Vec<_>, _>>()?);
        }
        Ok(Call { base, known: object.known, node: object.node, layers, members, losses })
    }
}
