//! The parts of a field in their order: what changes the value (a list, a set, a conversion, its
//! own type), and what places it (`wrap`, `each`). Where it is written is `place`'s.

use super::bind;
use super::context::Around;
use super::lens::Lens;
use super::parts::{Sides, cell};
use super::value::{Data, Val, plain};
use crate::contract::{Kinds, TypeGraph, Use};
use crate::json::{Segment, Value};
use crate::loss::LossKind;
use crate::mapping::{Listed, Parts};
use crate::version::{Direction, Side};

impl<'a> Lens<'a> {
    /// All parts over a value that was read. Without a context its type's rules had their turn
    /// already. `None`: it is absent now.
    pub(super) fn work(
        &mut self,
        value: Val,
        sides: Sides,
        (rule, parts, below): (u32, &Parts, &[Segment]),
        context: Option<Around<'a>>,
    ) -> Option<Val> {
        let mut value = value;
        if let (Some(each), Direction::Downgrade) = (&parts.each, self.direction) {
            value = self.each(value, self.of_elements(sides, parts), (rule, each));
        }
        // The steps that change the value see the value, never the list that `wrap` makes of it.
        let mut inner = sides;
        if parts.wrap == Some(self.direction.source()) {
            let of = items(self.source, sides.0);
            inner.0 = of.and_then(|of| bind::at(self.source, of, below));
            let list = matches!(value.data, Data::Array(_));
            let voids = parts.voids(self.direction.target());
            value = self.unwrap(value, sides, (rule, voids))?;
            if list && !below.is_empty() {
                value = self.out_of_element(&value, of, (rule, below))?;
            }
        } else if parts.wrap.is_some() {
            let of = items(self.target, sides.1);
            inner.1 = of.and_then(|of| bind::at(self.target, of, below));
        }
        value = self.change(value, inner, (rule, parts), context)?;
        if parts.wrap == Some(self.direction.target()) {
            let voids = parts.voids(self.direction.source());
            value = self.wrap(value, sides, (rule, below, voids));
        }
        if let (Some(each), Direction::Upgrade) = (&parts.each, self.direction) {
            value = self.each(value, self.of_elements(sides, parts), (rule, each));
        }
        Some(value)
    }

    /// What stands for an absent value that is listed.
    pub(super) fn inserted(&mut self, sides: Sides, (rule, parts): (u32, &Parts)) -> Option<Val> {
        let value = Val::made(&self.insertion(parts, self.direction, sides)?);
        Some(match (&parts.each, self.direction) {
            (Some(each), Direction::Upgrade) => {
                self.each(value, self.of_elements(sides, parts), (rule, each))
            }
            (Some(_) | None, _) => value,
        })
    }

    /// List or conversion, else the value's own type.
    fn change(
        &mut self,
        value: Val,
        sides: Sides,
        (rule, parts): (u32, &Parts),
        context: Option<Around<'a>>,
    ) -> Option<Val> {
        if value.frozen {
            return Some(value);
        }
        if parts.set {
            return Some(self.set(value, sides, (rule, parts)));
        }
        if let Some(done) = self.parts(&value, sides, (rule, parts)) {
            return done;
        }
        let done = match (context, sides) {
            (Some(context), (Some(source), Some(target))) => {
                self.value(value.clone(), (source, target), context)
            }
            (None, _) | (_, (None, _) | (_, None)) => value.clone(),
        };
        self.kept((&value, &plain(&done)), (rule, parts), sides);
        Some(done)
    }

    fn unfit(&mut self, value: Val, rule: u32) -> Val {
        if !value.frozen {
            self.report(rule, LossKind::Unfit, value.origin.as_ref());
        }
        Val { frozen: true, ..value }
    }

    /// A value becomes a list of one, null an empty one.
    fn wrap(
        &mut self,
        value: Val,
        sides: Sides,
        (rule, below, voids): (u32, &[Segment], bool),
    ) -> Val {
        if !value.is_null() {
            let mut element = value;
            if !below.is_empty() {
                element = self.write_new(below, (rule, element));
            }
            return Val { data: Data::Array(vec![element]), ..Val::made(&Value::Null) };
        }
        if voids || sides.0.is_some_and(|of| !of.nullable) {
            // On the way back the empty list is absent.
            self.report(rule, LossKind::Narrowed, value.origin.as_ref());
        }
        value.with(Data::Array(Vec::new()))
    }

    /// A list becomes its first element.
    fn unwrap(&mut self, value: Val, sides: Sides, (rule, voids): (u32, bool)) -> Option<Val> {
        let Data::Array(all) = &value.data else {
            if value.is_null() {
                // It would come back as an empty list.
                self.report(rule, LossKind::Narrowed, value.origin.as_ref());
                return Some(value);
            }
            return Some(self.unfit(value, rule));
        };
        let Some((first, tail)) = all.split_first() else {
            // Where null is as good as absent the way back would not know it from that.
            if sides.1.is_some_and(|of| of.nullable) && !voids {
                return Some(value.with(Data::Scalar(Value::Null)));
            }
            self.report(rule, LossKind::Narrowed, value.origin.as_ref());
            return None;
        };
        for lost in tail {
            self.drop(rule, lost, None);
        }
        if first.is_null() {
            self.report(rule, LossKind::Narrowed, first.origin.as_ref());
        }
        Some(Val { frozen: first.frozen || value.frozen, ..first.clone() })
    }

    /// What a rule takes out of the element that it took; the rest of that is lost.
    fn out_of_element(
        &mut self,
        element: &Val,
        of: Option<Use>,
        (rule, below): (u32, &[Segment]),
    ) -> Option<Val> {
        if element.is_null() {
            return Some(element.clone());
        }
        let found = of.and_then(|of| self.see(element, below, of, false));
        if let Some(of) = of {
            let mut lost = Vec::new();
            self.apart(element, (of, &[]), &[(below.to_vec(), rule)], &mut lost);
            for (kind, place) in lost {
                self.report(rule, kind, Some(&place));
            }
        }
        if let Some(null) = found.as_ref().filter(|found| found.is_null()) {
            // It would come back as an empty list.
            self.report(rule, LossKind::Narrowed, null.origin.as_ref());
        }
        found.filter(|_| !element.frozen)
    }

    /// What `each` is about on both sides: the elements of a list, and the value itself on the
    /// side where `wrap` makes no list of it.
    fn of_elements(&self, sides: Sides, parts: &Parts) -> Sides {
        let wraps = |direction: Side| parts.wrap == Some(direction);
        let (source, target) = (self.direction.source(), self.direction.target());
        let here = match parts.wrap {
            Some(Side::New) if wraps(target) => sides.0,
            Some(Side::Old) if wraps(source) => items(self.source, items(self.source, sides.0)),
            _ => items(self.source, sides.0),
        };
        let there = match parts.wrap {
            Some(Side::New) if wraps(source) => sides.1,
            Some(Side::Old) if wraps(target) => items(self.target, items(self.target, sides.1)),
            _ => items(self.target, sides.1),
        };
        (here, there)
    }

    /// The parts for each element of a list, which is of these uses.
    fn each(&mut self, value: Val, sides: Sides, (rule, each): (u32, &Parts)) -> Val {
        let Data::Array(all) = &value.data else {
            return if value.is_null() { value } else { self.unfit(value, rule) };
        };
        let mut done = Vec::new();
        for item in all {
            let item = Val { frozen: item.frozen || value.frozen, ..item.clone() };
            done.extend(self.work(item, sides, (rule, each, &[]), None));
        }
        value.with(Data::Array(done))
    }

    /// A list used as a set: each listed element gives all that it maps to, without repetition.
    fn set(&mut self, value: Val, sides: Sides, (rule, parts): (u32, &Parts)) -> Val {
        let Data::Array(all) = &value.data else {
            return if value.is_null() { value } else { self.unfit(value, rule) };
        };
        let sides = (items(self.source, sides.0), items(self.target, sides.1));
        let here = self.entries(&parts.list, self.direction, sides);
        let back = self.entries(&parts.list, self.direction.reverse(), sides);
        let mut done: Vec<Val> = Vec::new();
        let mut returned: Vec<Value> = Vec::new();
        for item in all {
            let json = plain(item);
            let mut results: Vec<Val> =
                to(&here, &json).map(|v| Val { data: Val::made(v).data, ..item.clone() }).collect();
            for result in &results {
                returned.extend(to(&back, &plain(result)).cloned());
            }
            if results.is_empty() {
                let alone = Parts { set: false, wrap: None, each: None, ..parts.clone() };
                results.extend(self.change(item.clone(), sides, (rule, &alone), None));
                let again =
                    results.iter().flat_map(|v| to(&back, &plain(v)).cloned().collect::<Vec<_>>());
                let again: Vec<Value> = again.collect();
                returned.extend(if again.is_empty() { vec![json] } else { again });
            }
            for result in results {
                if !done.iter().any(|v| plain(v).same(&plain(&result))) {
                    done.push(result);
                }
            }
        }
        let came: Vec<Value> = all.iter().map(plain).collect();
        let within = |a: &[Value], b: &[Value]| a.iter().all(|v| b.iter().any(|w| w.same(v)));
        let repeats = came
            .iter()
            .enumerate()
            .any(|(at, v)| came.iter().take(at).any(|before| before.same(v)));
        if repeats || !within(&came, &returned) || !within(&returned, &came) {
            self.report(rule, LossKind::Narrowed, value.origin.as_ref());
        }
        value.with(Data::Array(done))
    }

    /// Every entry that holds in a direction, from value to value.
    fn entries(&self, list: &[Listed], direction: Direction, sides: Sides) -> Vec<(Value, Value)> {
        let mut found = Vec::new();
        for listed in list {
            let (holds, key, result) = match direction {
                Direction::Upgrade => (listed.up, &listed.old, &listed.new),
                Direction::Downgrade => (listed.down, &listed.new, &listed.old),
            };
            let kinds = |side: Side| self.kinds(side, sides);
            let key = cell(key, kinds(direction.source()));
            let result = cell(result, kinds(direction.target()));
            found.extend(key.zip(result).filter(|_| holds));
        }
        found
    }

    /// JSON types on a side, of the other one where the contract does not say.
    pub(super) fn kinds(&self, side: Side, (source, target): Sides) -> Kinds {
        let source = source.map(|u| self.source.get(u.ty).kinds);
        let target = target.map(|u| self.target.get(u.ty).kinds);
        let here = if side == self.direction.source() { source } else { target };
        here.or(source).or(target).unwrap_or(Kinds::ANY)
    }
}

/// All that a value is listed to become.
fn to<'v>(entries: &'v [(Value, Value)], key: &'v Value) -> impl Iterator<Item = &'v Value> {
    entries.iter().filter(|(k, _)| k.same(key)).map(|(_, result)| result)
}

fn items(types: &TypeGraph, of: Option<Use>) -> Option<Use> {
    types.get(of?.ty).items
}
