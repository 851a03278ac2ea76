//! Conversions between a list, or a dictionary, and what stands for it: one element, or a text.

use super::value::{Data, Object, Place, Val, origins};
use crate::codec::{Fraction, Items, Regroup, Scalars};
use crate::contract::{Kinds, Type, TypeGraph, Use};
use crate::json;
use crate::loss::RuleId;

/// The scalars that a value can hold.
pub(super) fn held(types: &TypeGraph, of: Option<Use>) -> Items {
    let Some(of) = of.and_then(|of| types.held(of.ty)) else { return Items::TEXT };
    let Type { kinds, branches, .. } = types.get(of.ty);
    if branches.is_some() || kinds.meets(Kinds::STRING) {
        return Items { null: of.nullable && *kinds != Kinds::ANY, ..Items::TEXT };
    }
    let fraction = if kinds.is_whole() { Fraction::None } else { Fraction::Some };
    let number = kinds.meets(Kinds::NUMBER).then_some(fraction);
    let of_scalars = Scalars::Others { number, truth: kinds.meets(Kinds::BOOLEAN) };
    Items { of: of_scalars, null: of.nullable }
}

/// A list whose elements stay; `None`: it is none.
pub(super) fn regrouped(value: &Val, how: Regroup) -> Option<Val> {
    match (how, &value.data) {
        (Regroup::Wrap | Regroup::Keep, Data::Array(_)) | (Regroup::Stay, _) => Some(value.clone()),
        (Regroup::Wrap, Data::Scalar(_) | Data::Object(_)) => {
            let list = Val::made(&json::Value::Array(Vec::new()));
            let data = Data::Array(vec![value.clone()]);
            Some(Val { data, origin: value.origin.clone(), ..list })
        }
        (Regroup::Unwrap, Data::Array(items)) => Some(match items.as_slice() {
            [one] if !one.is_null() && !matches!(one.data, Data::Array(_)) => {
                let origin = one.origin.clone().or_else(|| value.origin.clone());
                Val { origin, ..one.clone() }
            }
            _ => value.clone(),
        }),
        (Regroup::Unwrap | Regroup::Keep, Data::Scalar(_) | Data::Object(_)) => None,
    }
}

/// What a conversion made of a value: whatever is in it came from where that came from, and was
/// invented by whoever invented something of that.
pub(super) fn remade(value: &Val, json: &json::Value) -> Val {
    let made = placed(Val::made(json), origin(value).as_ref());
    Val { placeholder: invented(value), ..made }
}

/// Where what is said of a value has its place: its own, or the first of what is in it.
pub(super) fn origin(value: &Val) -> Option<Place> {
    origins(value, None).into_iter().next()
}

fn invented(value: &Val) -> Option<RuleId> {
    value.placeholder.or_else(|| match &value.data {
        Data::Scalar(_) => None,
        Data::Array(items) => items.iter().find_map(invented),
        Data::Object(object) => {
            let opaque = object.opaque.iter().map(|(_, v, _)| v);
            object.live.iter().map(|(_, v)| v).chain(opaque).find_map(invented)
        }
    })
}

fn placed(value: Val, origin: Option<&Place>) -> Val {
    let data = match value.data {
        Data::Array(items) => Data::Array(items.into_iter().map(|v| placed(v, origin)).collect()),
        Data::Object(object) => Data::Object(Object {
            live: object.live.into_iter().map(|(n, v)| (n, placed(v, origin))).collect(),
            ..object
        }),
        scalar @ Data::Scalar(_) => scalar,
    };
    Val { data, origin: origin.cloned(), ..value }
}
