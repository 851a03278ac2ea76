//! Reading and writing places of an object (steps 1, 2 and 5).

use super::bind;
use super::context::Carry;
use super::item::{is_bare, locate};
use super::lens::Lens;
use super::name::name_of;
use super::value::{Data, Object, Place, Val, plain};
use crate::contract::{TypeGraph, Use};
use crate::json::{self, Segment, Text};
use crate::loss::RuleId;

impl Lens<'_> {
    /// Step 2: the value of a counterpart.
    pub(super) fn read(&self, object: &Object, carry: &Carry<'_>, uses: (Use, Use)) -> Option<Val> {
        let nullable = bind::at(self.target, uses.1, &carry.dst).is_some_and(|u| u.nullable);
        let whole = Val { data: Data::Object(object.clone()), ..Val::made(&json::Value::Null) };
        self.see(&whole, &carry.src, uses.0, nullable && !carry.voids())
    }

    /// What stands at a path of a value; null on the way is null where that is let through.
    pub(super) fn see(
        &self,
        whole: &Val,
        path: &[Segment],
        of: Use,
        nullable: bool,
    ) -> Option<Val> {
        see(self.source, whole, path, (of, nullable))
    }

    /// Step 5: a value at a path of the result.
    pub(super) fn write(
        &mut self,
        object: &mut Object,
        dst: &[Segment],
        (rule, value): (u32, Val),
        narrowed: &mut Vec<(u32, Place)>,
    ) {
        let Some((Segment::Name(name), rest)) = dst.split_first() else { return };
        let name = Text::from_plain(name);
        if rest.is_empty() {
            // Two rules may name one element in two ways: the later one counts.
            if let Some(there) = object.get(&name).cloned() {
                self.drop(rule, &there, None);
            }
            object.set(&name, value);
            return;
        }
        match object.live.iter_mut().find(|(n, _)| n.same(&name)) {
            None => object.live.push((name, self.write_new(rest, (rule, value)))),
            Some((_, there)) => self.write_under(there, rest, (rule, value), narrowed),
        }
    }

    /// A value at a path of what is made for it.
    pub(super) fn write_new(&mut self, dst: &[Segment], (rule, value): (u32, Val)) -> Val {
        let mut made = container(dst);
        // Nothing came that could be narrowed.
        self.write_in(&mut made, dst, (rule, value), &mut Vec::new());
        made
    }

    /// A value at a path of what was made for it.
    pub(super) fn write_in(
        &mut self,
        made: &mut Val,
        dst: &[Segment],
        (rule, value): (u32, Val),
        narrowed: &mut Vec<(u32, Place)>,
    ) {
        match &mut made.data {
            Data::Object(inner) => self.write(inner, dst, (rule, value), narrowed),
            Data::Array(items) => self.write_item(items, dst, (rule, value), narrowed),
            Data::Scalar(_) => {}
        }
    }

    /// A value at a path of what stands there already.
    pub(super) fn write_under(
        &mut self,
        there: &mut Val,
        dst: &[Segment],
        (rule, value): (u32, Val),
        narrowed: &mut Vec<(u32, Place)>,
    ) {
        if there.is_null() {
            if value.is_null() && !mutant!("plain-null-beneath-null") {
                return;
            }
            there.gave_way = true;
            there.placeholder = None;
            if let Some(place) = &there.origin {
                narrowed.push((rule, place.clone()));
            }
            there.data = container(dst).data;
            self.write_in(there, dst, (rule, value), narrowed);
            return;
        }
        if !fits(there, dst) {
            self.drop(rule, &value, None);
        } else if !(there.gave_way && value.is_null()) {
            if let (true, Some(place)) = (there.gave_way, &there.origin) {
                narrowed.push((rule, place.clone()));
            }
            self.write_in(there, dst, (rule, value), narrowed);
        }
    }

    /// A value at one element of a list of the result, or beneath it. An element that a rule
    /// writes as a whole is put before what stands there; missing ones before it are null.
    pub(super) fn write_item(
        &mut self,
        items: &mut Vec<Val>,
        dst: &[Segment],
        (rule, value): (u32, Val),
        narrowed: &mut Vec<(u32, Place)>,
    ) {
        let Some((segment, rest)) = dst.split_first() else { return };
        let at = match segment {
            Segment::Index(at) => {
                let at = usize::try_from(*at).unwrap_or(usize::MAX);
                if at > items.len() && at - items.len() > MOST_MISSING {
                    self.drop(rule, &value, None);
                    return;
                }
                let id = RuleId { mapping: self.hop.index, rule };
                while items.len() < at {
                    let null = Val::made(&json::Value::Null);
                    items.push(Val { placeholder: Some(id), ..null });
                }
                if rest.is_empty() {
                    match items.get_mut(at) {
                        Some(there) if is_missing(there) => *there = value,
                        _ => items.insert(at, value),
                    }
                    return;
                }
                if at == items.len() {
                    items.push(container(rest));
                }
                at
            }
            Segment::Select(fields) => match items.iter().position(|item| has(item, fields)) {
                Some(at) if !rest.is_empty() => at,
                // What is no object cannot have them.
                _ if rest.is_empty() && (value.frozen || value.object().is_none()) => {
                    self.drop(rule, &value, None);
                    return;
                }
                _ => {
                    let mut made = container(&[]);
                    if rest.is_empty() {
                        made = value.clone();
                    }
                    let replaced = set_fields(&mut made, fields);
                    items.push(made);
                    for value in &replaced {
                        self.drop(rule, value, None);
                    }
                    if rest.is_empty() {
                        return;
                    }
                    items.len() - 1
                }
            },
            Segment::Name(_) | Segment::Each | Segment::Values => return,
        };
        // One that came with nothing in it is made, and goes, on the way back; at a position only
        // where nothing that stays is behind it.
        let behind = items.get(at.saturating_add(1)..).unwrap_or_default();
        let last =
            !matches!(segment, Segment::Index(_)) || behind.iter().all(|v| is_bare(v, segment));
        let Some(there) = items.get_mut(at) else { return };
        if last && fits(there, rest) && is_bare(there, segment) {
            narrowed.extend(there.origin.clone().map(|place| (rule, place)));
        }
        self.write_under(there, rest, (rule, value), narrowed);
        if let Segment::Select(fields) = segment
            && !has(there, fields)
        {
            // What was written is, or has, what its own selector says otherwise.
            for replaced in set_fields(there, fields) {
                self.drop(rule, &replaced, None);
            }
        }
    }

    /// Writes a made value whose parent is there: an object, or a list for an element.
    pub(super) fn write_made(
        &mut self,
        object: &mut Object,
        dst: &[Segment],
        (rule, value): (u32, Val),
    ) {
        let Some((Segment::Name(name), rest)) = dst.split_first() else { return };
        let name = Text::from_plain(name);
        if rest.is_empty() {
            object.set(&name, value);
            return;
        }
        if let Some((_, there)) = object.live.iter_mut().find(|(n, _)| n.same(&name)) {
            self.made_in(there, rest, (rule, value));
        }
    }

    fn made_in(&mut self, there: &mut Val, dst: &[Segment], (rule, value): (u32, Val)) {
        match &mut there.data {
            Data::Object(inner) if !there.frozen => self.write_made(inner, dst, (rule, value)),
            Data::Array(items) if !there.frozen => self.made_item(items, dst, (rule, value)),
            _ => {}
        }
    }

    /// Writes a made value at one element of a list, or beneath it: a whole one as one that is
    /// carried there; beneath it only if that is there.
    pub(super) fn made_item(
        &mut self,
        items: &mut Vec<Val>,
        dst: &[Segment],
        (rule, value): (u32, Val),
    ) {
        let Some((segment, rest)) = dst.split_first() else { return };
        if rest.is_empty() {
            return self.write_item(items, dst, (rule, value), &mut Vec::new());
        }
        let at = match segment {
            Segment::Index(at) => usize::try_from(*at).ok(),
            Segment::Select(fields) => items.iter().position(|item| has(item, fields)),
            Segment::Name(_) | Segment::Each | Segment::Values => return,
        };
        if let Some(there) = at.and_then(|at| items.get_mut(at)) {
            self.made_in(there, rest, (rule, value));
        }
    }
}

/// What stands at a path of a value of a contract; null on the way is null where that is let
/// through.
pub(super) fn see(
    types: &TypeGraph,
    whole: &Val,
    path: &[Segment],
    (of, nullable): (Use, bool),
) -> Option<Val> {
    let (mut at, mut of) = (whole.clone(), of);
    for segment in path {
        if at.is_null() {
            return (nullable && !mutant!("plain-null-on-the-way-is-absent")).then_some(at);
        }
        if at.frozen {
            return None;
        }
        at = match (segment, &at.data) {
            (Segment::Name(name), Data::Object(inner)) => {
                let name = name_of(name);
                of = bind::member(types, of, &name)?;
                inner.get(&name)?.clone()
            }
            (Segment::Index(position), Data::Array(items)) => {
                of = types.get(of.ty).items?;
                items.get(usize::try_from(*position).ok()?)?.clone()
            }
            (Segment::Select(fields), Data::Array(items)) => {
                of = types.get(of.ty).items?;
                items.iter().find(|item| has(item, fields))?.clone()
            }
            _ => return None,
        };
    }
    Some(at)
}

/// Elements that are made, at most, before one that is written; the program has the same number.
const MOST_MISSING: usize = 10_000;

/// Whether a value is what a path goes into.
fn fits(there: &Val, path: &[Segment]) -> bool {
    let fits = match path.first() {
        Some(Segment::Name(_)) => matches!(there.data, Data::Object(_)),
        _ => matches!(there.data, Data::Array(_)),
    };
    fits && !there.frozen
}

/// What a path goes into: an object for a name, a list for an element.
pub(super) fn container(path: &[Segment]) -> Val {
    let data = match path.first() {
        Some(Segment::Name(_)) | None => Data::Object(Object::default()),
        Some(_) => Data::Array(Vec::new()),
    };
    Val { data, ..Val::made(&json::Value::Null) }
}

/// A null that was made before an element.
pub(super) fn is_missing(value: &Val) -> bool {
    value.is_null() && value.placeholder.is_some()
}

/// Gives an element the fields of its selector, where it is an object without them; gives what stood
/// in their place.
pub(super) fn set_fields(item: &mut Val, fields: &[(Vec<Box<str>>, json::Value)]) -> Vec<Val> {
    let mut replaced = Vec::new();
    for (names, wanted) in fields {
        let path: Vec<Segment> = names.iter().map(|n| Segment::Name(n.clone())).collect();
        if let Data::Object(object) = &mut item.data {
            replaced.extend(set_field(object, &path, wanted));
        }
    }
    replaced
}

fn set_field(object: &mut Object, path: &[Segment], wanted: &json::Value) -> Option<Val> {
    let (Segment::Name(name), rest) = path.split_first()? else { return None };
    let name = Text::from_plain(name);
    if object.get(&name).is_none() {
        object.live.push((name.clone(), container(&[])));
    }
    let (_, there) = object.live.iter_mut().find(|(n, _)| n.same(&name))?;
    if rest.is_empty() {
        let is = plain(there).same(wanted);
        return (!is).then(|| std::mem::replace(there, Val::made(wanted)));
    }
    match &mut there.data {
        Data::Object(inner) if !there.frozen => set_field(inner, rest, wanted),
        _ => {
            let mut made = Object::default();
            set_field(&mut made, rest, wanted);
            let made = Val { data: Data::Object(made), ..Val::made(&json::Value::Null) };
            Some(std::mem::replace(there, made))
        }
    }
}

/// Whether an element has the fields of a selector.
pub(super) fn has(item: &Val, fields: &[(Vec<Box<str>>, json::Value)]) -> bool {
    fields.iter().all(|(names, wanted)| {
        let mut at = Some(item);
        for name in names {
            let object = at.filter(|v| !v.frozen).and_then(Val::object);
            at = object.and_then(|o| o.get(&Text::from_plain(name)));
        }
        at.is_some_and(|found| plain(found).same(wanted))
    })
}

/// Puts a literal at an absent place whose parent is an object that is there.
pub(super) fn put(there: &mut Val, path: &[Segment], literal: &json::Value) {
    let Some((segment, rest)) = path.split_first() else { return };
    match (segment, &mut there.data) {
        _ if there.frozen => {}
        (Segment::Name(name), Data::Object(object)) => {
            let name = Text::from_plain(name);
            match object.live.iter_mut().find(|(n, _)| n.same(&name)) {
                Some((_, inner)) => put(inner, rest, literal),
                None if rest.is_empty() => object.live.push((name, Val::made(literal))),
                None => {}
            }
        }
        (Segment::Index(_) | Segment::Select(_), Data::Array(items)) => {
            let at = locate(items, segment);
            if let Some(inner) = at.and_then(|at| items.get_mut(at)) {
                put(inner, rest, literal);
            }
        }
        _ => {}
    }
}
