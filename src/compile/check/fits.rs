//! Whether a value can be of a schema, and whether values of one schema can be of another. What
//! follows from that is said by those who ask.

use std::collections::HashMap;

use crate::compile::list;
use crate::contract::{Kinds, TypeGraph, TypeId, Use};
use crate::diagnostic::Span;
use crate::json::number::Decimal;
use crate::json::{Segment, Text, Value};
use crate::mapping::Cell;

/// How deep a literal is looked into.
const DEEPEST: usize = 32;

/// Whether a value (which is never read through this) fits a branch.
pub(super) type Fits = HashMap<(TypeId, bool, *const Value), bool>;

/// Whether a literal has the shape of a type: JSON types, enums and required members.
pub(super) fn allows(
    within: (&TypeGraph, &mut Fits),
    at: Use,
    value: &Value,
    depth: usize,
) -> Result<(), String> {
    allows_beside(within, at, (value, &[]), depth)
}

/// The same of an object into which others write these members.
pub(super) fn allows_beside(
    (types, fits): (&TypeGraph, &mut Fits),
    at: Use,
    (value, beside): (&Value, &[Text]),
    depth: usize,
) -> Result<(), String> {
    let ty = types.get(at.ty);
    if depth > DEEPEST {
        return Ok(());
    }
    let own = match value {
        Value::Null if at.nullable => return Ok(()),
        Value::Null => return Err(String::from("null is not allowed")),
        Value::Bool(_) => Kinds::BOOLEAN,
        Value::Number(_) => Kinds::INTEGER,
        Value::String(_) => Kinds::STRING,
        Value::Array(_) => Kinds::ARRAY,
        Value::Object(_) => Kinds::OBJECT,
    };
    if let Some(branches) = &ty.branches {
        for branch in &branches.of {
            // Unions share branches: each is looked at once.
            let key = (*branch, at.nullable, std::ptr::from_ref(value));
            let known = fits.get(&key).copied();
            let fit = known.unwrap_or_else(|| {
                let branch = Use { ty: *branch, ..at };
                let deeper = depth.saturating_add(1);
                allows_beside((types, fits), branch, (value, beside), deeper).is_ok()
            });
            fits.insert(key, fit);
            if fit {
                return Ok(());
            }
        }
        return Err(String::from("it is of no branch"));
    }
    if !ty.kinds.meets(own) {
        return Err(format!("expected {}", ty.kinds));
    }
    if let Value::Number(text) = value
        && !ty.kinds.has(Kinds::NUMBER)
        && !is_whole(text)
    {
        return Err(format!("expected {}", ty.kinds));
    }
    if let Some(literals) = &ty.literals
        && !literals.0.iter().any(|l| l.same(value))
    {
        let listed: Vec<String> = literals.0.iter().take(12).map(ToString::to_string).collect();
        return Err(format!("expected one of {}", listed.join(", ")));
    }
    match value {
        Value::Object(members) => {
            let there = members.iter().map(|(name, _)| name).chain(beside);
            let lacks = |name: &&Text| !there.clone().any(|n| n.same(name));
            if let Some(name) = ty.required.iter().find(lacks) {
                return Err(format!("`{}` is required", name.raw()));
            }
            for (name, inner) in members {
                if let Some(of) = ty.property(name) {
                    allows((types, fits), of, inner, depth.saturating_add(1))
                        .map_err(|why| format!("`{}`: {why}", name.raw()))?;
                }
            }
        }
        Value::Array(items) => {
            if let Some(of) = ty.items {
                for item in items {
                    allows((types, fits), of, item, depth.saturating_add(1))?;
                }
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
    Ok(())
}

/// Whether a number is an integer, as `1.0` is; one that is too long to say is taken for one.
fn is_whole(text: &str) -> bool {
    Decimal::parse(text).is_none_or(|number| number.is_integer())
}

/// Why a cell of a list of values can be no value of a place, with its text.
pub(super) fn misfit(types: &TypeGraph, of: Use, cell: &Cell) -> Option<(String, String)> {
    let value = list::value(cell, types.get(of.ty).kinds)?;
    let why = allows((types, &mut Fits::new()), of, &value, 0).err()?;
    let text = match cell {
        // A text that looks like something else is told from that.
        Cell::Key(_) if looks_like(types, of, cell).is_some() => value.to_string(),
        Cell::Key(key) => key.to_string(),
        Cell::Value(_) | Cell::Absent => value.to_string(),
    };
    Some((text, why))
}

/// The number or truth value that a key looks like which is read as text, where its place takes
/// that too.
pub(super) fn looks_like(types: &TypeGraph, of: Use, cell: &Cell) -> Option<Value> {
    let Cell::Key(text) = cell else { return None };
    let read = list::value(cell, types.get(of.ty).kinds)?;
    let value = crate::json::parse(text.as_bytes(), 1).ok()?;
    let is_other =
        matches!(read, Value::String(_)) && matches!(value, Value::Number(_) | Value::Bool(_));
    (is_other && allows((types, &mut Fits::new()), of, &value, 0).is_ok()).then_some(value)
}

/// Where a contract says what stands at a path in a value of a type. Where the schema there has a
/// name, that is the member itself, or else the list or dictionary: the schema says it of all places.
pub(super) fn written(types: &TypeGraph, around: TypeId, path: &[Segment], own: TypeId) -> Span {
    let (around, own) = (types.get(around), types.get(own));
    match path.first() {
        Some(Segment::Name(name)) => {
            let name = Text::from_plain(name);
            let at = around.properties.iter().position(|(n, _)| n.same(&name));
            at.and_then(|at| around.places.get(at)).copied().unwrap_or(own.span)
        }
        _ if own.name.is_some() => around.span,
        _ => own.span,
    }
}

/// A schema of one contract.
pub(super) type Schema<'t> = (&'t TypeGraph, Use);

/// Whether a block changes a value of one type into one of another.
pub(super) type Changes<'c> = &'c dyn Fn(TypeId, TypeId) -> bool;

/// What two schemas say of which no value can be both: `None` where some may. null is not asked,
/// nor are the branches of unions, nor what is within objects.
pub(super) fn unlike(
    (from, one): Schema<'_>,
    (to, other): Schema<'_>,
    changes: Changes<'_>,
) -> Option<(String, String)> {
    unlike_within(((from, one), (to, other)), changes, 0)
        .then(|| (said((from, one), 0), said((to, other), 0)))
}

fn unlike_within(
    ((from, one), (to, other)): (Schema<'_>, Schema<'_>),
    changes: Changes<'_>,
    depth: usize,
) -> bool {
    let (own, its) = (from.get(one.ty), to.get(other.ty));
    let open = |ty: &crate::contract::Type| ty.branches.is_some() || ty.kinds == Kinds::NONE;
    if depth > DEEPEST || open(own) || open(its) || changes(one.ty, other.ty) {
        return false;
    }
    // Where one of the two is the text of a parameter, scalars are read from it, or written as it.
    let scalars = |kinds: Kinds| kinds.meets(Kinds::SCALARS);
    if own.text.is_some() != its.text.is_some() && scalars(own.kinds) && scalars(its.kinds) {
        return false;
    }
    let shared = own.kinds.and(its.kinds);
    if shared == Kinds::ARRAY
        && let (Some(own), Some(its)) = (own.items, its.items)
    {
        return unlike_within(((from, own), (to, its)), changes, depth.saturating_add(1));
    }
    shared == Kinds::NONE
}

/// What a schema says, for people: `string`, `array of integer`.
pub(super) fn said((types, of): Schema<'_>, depth: usize) -> String {
    let ty = types.get(of.ty);
    match ty.items.filter(|_| ty.kinds == Kinds::ARRAY && depth < DEEPEST) {
        Some(items) if types.get(items.ty).kinds != Kinds::ANY => {
            format!("{} of {}", ty.kinds, said((types, items), depth.saturating_add(1)))
        }
        Some(_) | None => ty.kinds.to_string(),
    }
}
