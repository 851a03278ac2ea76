//! Reading and writing places of an object (steps 1, 2 and 5).

use super::bind;
use super::lens::Lens;
use super::value::{Data, Object, Place, Val, plain};
use crate::contract::Use;
use crate::json::{self, Segment, Text};

impl Lens<'_> {
    /// Step 2: the value at a path.
    pub(super) fn read(
        &self,
        object: &Object,
        path: &[Segment],
        uses: (Use, Use),
        dst: &[Segment],
    ) -> Option<Val> {
        let nullable = bind::at(self.target, uses.1, dst).is_some_and(|u| u.nullable);
        let mut at = Val { data: Data::Object(object.clone()), ..Val::made(&json::Value::Null) };
        let mut of = uses.0;
        for (index, segment) in path.iter().enumerate() {
            let value = match (segment, &at.data) {
                (Segment::Name(name), Data::Object(inner)) => {
                    let name = Text::from_plain(name);
                    of = bind::member(self.source, of, &name)?;
                    inner.get(&name)?.clone()
                }
                (Segment::Index(position), Data::Array(items)) => {
                    of = self.source.get(of.ty).items?;
                    items.get(usize::try_from(*position).ok()?)?.clone()
                }
                (Segment::Select(fields), Data::Array(items)) => {
                    of = self.source.get(of.ty).items?;
                    items.iter().find(|item| has(item, fields))?.clone()
                }
                _ => return None,
            };
            if index + 1 == path.len() {
                return Some(value);
            }
            if value.is_null() {
                return nullable.then_some(value);
            }
            if value.frozen {
                return None;
            }
            at = value;
        }
        None
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
            object.set(&name, value);
            return;
        }
        match object.live.iter_mut().find(|(n, _)| n.same(&name)) {
            None => {
                let mut made = Val {
                    data: Data::Object(Object::default()),
                    origin: None,
                    frozen: false,
                    placeholder: None,
                    gave_way: false,
                };
                if let Data::Object(inner) = &mut made.data {
                    self.write(inner, rest, (rule, value), narrowed);
                }
                object.live.push((name, made));
            }
            Some((_, there)) if there.is_null() => {
                if value.is_null() {
                    return;
                }
                there.gave_way = true;
                if let Some(place) = &there.origin {
                    narrowed.push((rule, place.clone()));
                }
                let mut inner = Object::default();
                self.write(&mut inner, rest, (rule, value), narrowed);
                there.data = Data::Object(inner);
            }
            Some((_, there)) if there.frozen => self.drop(rule, &value, None),
            Some((_, there)) if there.gave_way && value.is_null() => {}
            Some((_, there)) => match &mut there.data {
                Data::Object(inner) => {
                    if let (true, Some(place)) = (there.gave_way, &there.origin) {
                        narrowed.push((rule, place.clone()));
                    }
                    self.write(inner, rest, (rule, value), narrowed);
                }
                Data::Scalar(_) | Data::Array(_) => self.drop(rule, &value, None),
            },
        }
    }
}

/// Whether an element has the fields of a selector.
fn has(item: &Val, fields: &[(Vec<Box<str>>, json::Value)]) -> bool {
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
pub(super) fn put(object: &mut Object, path: &[Segment], literal: &json::Value) {
    let Some((Segment::Name(name), rest)) = path.split_first() else { return };
    let name = Text::from_plain(name);
    if rest.is_empty() {
        if object.get(&name).is_none() {
            object.live.push((name, Val::made(literal)));
        }
        return;
    }
    if let Some((_, Val { data: Data::Object(inner), frozen: false, .. })) =
        object.live.iter_mut().find(|(n, _)| n.same(&name))
    {
        put(inner, rest, literal);
    }
}

/// Writes a made value whose parent is an object.
pub(super) fn make(object: &mut Object, dst: &[Segment], value: Val) {
    let Some((Segment::Name(name), rest)) = dst.split_first() else { return };
    let name = Text::from_plain(name);
    if rest.is_empty() {
        object.set(&name, value);
        return;
    }
    if let Some((_, Val { data: Data::Object(inner), frozen: false, .. })) =
        object.live.iter_mut().find(|(n, _)| n.same(&name))
    {
        make(inner, rest, value);
    }
}
