//! `alias`: two places of one side that say the same. Where that side is the source, the second
//! fills the first before any rule looks; where it is the target, it is written last, from the first.

use super::bind::{self, Ruled, What};
use super::context::Carry;
use super::item::locate;
use super::lens::Lens;
use super::parts::cell;
use super::place::{container, is_missing, see, set_fields};
use super::value::{Data, Object, Val, plain};
use crate::contract::{Kinds, TypeGraph, Use};
use crate::json::{Segment, Text};
use crate::loss::LossKind;
use crate::mapping::Prefer;

impl<'a> Lens<'a> {
    /// Step 1, after what absence means.
    pub(super) fn fill(
        &mut self,
        source: &mut Val,
        rules: &[Ruled<'a>],
        of: Use,
        carries: &[Carry<'a>],
    ) {
        for rule in rules {
            let (Some(src), What::Alias(alias)) = (&rule.src, rule.what) else { continue };
            if carries.iter().any(|c| rule.goes_down(rules, (&c.src, &c.dst))) {
                continue;
            }
            let Some(second) = self.see(source, src, of, false) else { continue };
            let place = rule.place(&alias.first);
            let first = self.see(source, &place, of, false);
            let kinds = kinds(self.source, (of, src));
            let json = plain(&second);
            let listed =
                alias.map.iter().find(|(k, _)| cell(k, kinds).is_some_and(|k| k.same(&json)));
            let said = match listed {
                Some((_, value)) => Some(Val { data: Val::made(value).data, ..second.clone() }),
                None => alias.map.is_empty().then(|| second.clone()),
            };
            // The way back repeats the first entry that says the same.
            let again = said.as_ref().and_then(|said| {
                let said = plain(said);
                let entry = alias.map.iter().find(|(_, value)| value.same(&said))?;
                cell(&entry.0, kinds)
            });
            // Only a null member is as good as absent.
            let voids = rule.voids && matches!(place.last(), Some(Segment::Name(_)));
            let gone = voids && said.as_ref().is_some_and(Val::is_null);
            let other = gone || again.is_some_and(|again| !again.same(&json));
            match (first, said) {
                (None, Some(said)) => {
                    if other {
                        self.report(rule.rule, LossKind::Narrowed, second.origin.as_ref());
                    }
                    if !self.set_at(source, &place, (rule.rule, said)) {
                        self.drop(rule.rule, &second, None);
                    }
                }
                (None, None) => self.drop(rule.rule, &second, None),
                (Some(first), Some(said)) if plain(&first).same(&plain(&said)) => {
                    if other {
                        self.report(rule.rule, LossKind::Narrowed, second.origin.as_ref());
                    }
                }
                (Some(first), said) => match (alias.prefer, said) {
                    (Prefer::Refuse, _) => {
                        self.refuse(rule.rule, LossKind::Dropped, second.origin.as_ref());
                    }
                    (Prefer::Second, Some(said)) => {
                        self.drop(rule.rule, &first, None);
                        if other {
                            self.report(rule.rule, LossKind::Narrowed, second.origin.as_ref());
                        }
                        self.set_at(source, &place, (rule.rule, said));
                    }
                    (Prefer::First | Prefer::Second, _) => self.drop(rule.rule, &second, None),
                },
            }
        }
    }

    /// The end of step 9.
    pub(super) fn repeat(
        &mut self,
        next: &mut Val,
        rules: &[Ruled<'a>],
        of: Use,
        carries: &[Carry<'a>],
    ) {
        let mut narrowed = Vec::new();
        for rule in rules {
            let (None, Some(dst), What::Alias(alias)) = (&rule.src, &rule.dst, rule.what) else {
                continue;
            };
            if carries.iter().any(|c| rule.goes_down(rules, (&c.src, &c.dst))) {
                continue;
            }
            let place = rule.place(&alias.first);
            let Some(first) = see(self.target, next, &place, (of, false)) else { continue };
            // Only a null member is as good as absent.
            let is_member = matches!(place.last(), Some(Segment::Name(_)));
            if rule.voids && is_member && first.is_null() {
                continue;
            }
            let copy = if alias.map.is_empty() {
                without_origin(first)
            } else {
                let json = plain(&first);
                let kinds = kinds(self.target, (of, dst));
                let entry = alias.map.iter().find(|(_, value)| value.same(&json));
                let Some(second) = entry.and_then(|(key, _)| cell(key, kinds)) else {
                    self.report(rule.rule, LossKind::Unknown, first.origin.as_ref());
                    continue;
                };
                Val::made(&second)
            };
            self.write_in(next, dst, (rule.rule, copy), &mut narrowed);
        }
        self.report_narrowed(narrowed);
    }

    /// Puts a value at a place, and makes what it stands in; `false`: something else stands there.
    fn set_at(&mut self, there: &mut Val, path: &[Segment], (rule, value): (u32, Val)) -> bool {
        let Some((segment, rest)) = path.split_first() else {
            *there = value;
            return true;
        };
        if is_missing(there) {
            *there = container(path);
        }
        if there.frozen {
            return false;
        }
        match (segment, &mut there.data) {
            (Segment::Name(name), Data::Object(object)) => {
                let name = Text::from_plain(name);
                if object.get(&name).is_none() {
                    object.set(&name, container(rest));
                }
                let found = object.live.iter_mut().find(|(n, _)| n.same(&name));
                found.is_some_and(|(_, inner)| self.set_at(inner, rest, (rule, value)))
            }
            (Segment::Index(_) | Segment::Select(_), Data::Array(items)) => {
                let Some(inner) = locate(items, segment).and_then(|at| items.get_mut(at)) else {
                    // As any rule writes it; what cannot stand there is said.
                    self.write_item(items, path, (rule, value), &mut Vec::new());
                    return true;
                };
                let mut value = value;
                if let (Segment::Select(fields), []) = (segment, rest) {
                    if value.frozen || value.object().is_none() {
                        return false;
                    }
                    for replaced in set_fields(&mut value, fields) {
                        self.drop(rule, &replaced, None);
                    }
                }
                self.set_at(inner, rest, (rule, value))
            }
            _ => false,
        }
    }
}

/// Changes an object as a value.
pub(super) fn as_value(object: &mut Object, change: impl FnOnce(&mut Val)) {
    let data = Data::Object(std::mem::take(object));
    let mut whole = Val { data, ..Val::made(&crate::json::Value::Null) };
    change(&mut whole);
    if let Data::Object(changed) = whole.data {
        *object = changed;
    }
}

fn kinds(types: &TypeGraph, (of, path): (Use, &[Segment])) -> Kinds {
    bind::at(types, of, path).map_or(Kinds::ANY, |u| types.get(u.ty).kinds)
}

/// A copy that a mapping made.
fn without_origin(value: Val) -> Val {
    let data = match value.data {
        Data::Scalar(scalar) => Data::Scalar(scalar),
        Data::Array(items) => Data::Array(items.into_iter().map(without_origin).collect()),
        Data::Object(object) => Data::Object(Object {
            live: object.live.into_iter().map(|(n, v)| (n, without_origin(v))).collect(),
            opaque: object.opaque.into_iter().map(|(n, v, h)| (n, without_origin(v), h)).collect(),
            seen: object.seen,
            declares: object.declares,
        }),
    };
    Val { data, origin: None, ..value }
}
