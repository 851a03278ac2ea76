//! Conversions: of scalars, and between a list, or a dictionary, and what stands for it.

use std::borrow::Cow;
use std::rc::Rc;

use super::Tape;
use super::lose::origins;
use super::val::{Data, Obj, Val};
use crate::codec::{self, Converted, Regroup};
use crate::json::{self, Value};
use crate::plan::{Convert, ReporterId};
use crate::translate::Stop;

impl<'r> Tape<'r> {
    /// A value in another representation, and whether something of it went.
    pub(super) fn converted(
        &mut self,
        value: &Val<'r>,
        convert: &Convert,
    ) -> Result<Option<(Val<'r>, bool)>, Stop> {
        let done = codec::convert(&convert.from, &convert.to, &self.text(value));
        let Converted::Done { text, narrowed } = done else { return Ok(None) };
        if !convert.regroups() {
            return Ok(Some((value.with(Data::Text(text.into())), narrowed)));
        }
        let Ok(made) = json::parse(text.as_bytes(), usize::MAX) else { return Ok(None) };
        let made = self.remade(&made, placed(value).origin)?;
        Ok(Some((Val { placeholder: invented(value), ..made }, narrowed)))
    }

    /// A list whose elements stay; `None`: it is none.
    pub(super) fn regrouped(&self, value: &Val<'r>, how: Regroup) -> Option<Val<'r>> {
        let items = self.items(value);
        match (how, items) {
            (Regroup::Wrap | Regroup::Keep, Some(_)) | (Regroup::Stay, _) => Some(value.clone()),
            (Regroup::Wrap, None) => {
                let list = Val::made(Data::Array(Rc::new(vec![value.clone()])));
                Some(Val { origin: value.origin, ..list })
            }
            (Regroup::Unwrap, Some(items)) => Some(match items.as_slice() {
                [one]
                    if !self.is_null(one)
                        && self.items(one).is_none()
                        && !mutant!("tape-one-stays-a-list") =>
                {
                    Val { origin: one.origin.or(value.origin), ..one.clone() }
                }
                _ => value.clone(),
            }),
            (Regroup::Unwrap | Regroup::Keep, None) => None,
        }
    }

    /// What a conversion made; whatever is in it came from one place.
    fn remade(&mut self, made: &Value, origin: Option<(usize, usize)>) -> Result<Val<'r>, Stop> {
        let data = match made {
            Value::Array(items) => {
                self.spend(items.len())?;
                let items = items.iter().map(|item| self.remade(item, origin));
                Data::Array(Rc::new(items.collect::<Result<_, _>>()?))
            }
            Value::Object(members) => {
                self.spend(members.len())?;
                let mut object = Obj::default();
                for (name, member) in members {
                    let name = Cow::Owned(name.raw().to_owned());
                    object.live.push((name, self.remade(member, origin)?));
                }
                Data::Object(Rc::new(object))
            }
            scalar => Data::Text(scalar.to_string().into()),
        };
        let origin = origin.filter(|_| !mutant!("tape-elements-have-no-place"));
        Ok(Val { origin, ..Val::made(data) })
    }
}

/// The value with the place of what is said of it: its own, or the first of what is in it.
pub(super) fn placed<'r>(value: &Val<'r>) -> Val<'r> {
    let mut found = Vec::new();
    origins(value, None, &mut found);
    let inner = found.first().map(|at| (*at, *at));
    Val { origin: value.origin.or(inner), ..value.clone() }
}

/// Who invented it, or something of it.
fn invented(value: &Val<'_>) -> Option<ReporterId> {
    value.placeholder.or_else(|| match &value.data {
        Data::Token(_) | Data::Const(_) | Data::Text(_) => None,
        Data::Array(items) => items.iter().find_map(invented),
        Data::Object(object) => {
            let opaque = object.opaque.iter().map(|(_, v, _)| v);
            object.live.iter().map(|(_, v)| v).chain(opaque).find_map(invented)
        }
    })
}
