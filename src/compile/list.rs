//! `map`, `back`, `pairs` and `else` of one rule in one direction, as a list of values.

use super::resolve::Hop;
use super::resolve::place::lead;
use crate::contract::{Kinds, TypeGraph, Use};
use crate::json::Value;
use crate::mapping::{Cell, Otherwise, Parts};
use crate::plan::{List, Miss, ReporterId};
use crate::version::Direction;

/// The list of a rule, if it has one. Fails on what cannot be fused yet.
pub(super) fn list(
    hop: &Hop<'_>,
    parts: &Parts,
    (source, target): (Use, Use),
    reporter: ReporterId,
) -> Result<Option<List>, ()> {
    if parts.list.is_empty() && parts.otherwise == Otherwise::Keep {
        return Ok(None);
    }
    let pairs = |up: bool| -> Result<Vec<(Value, Option<Value>)>, ()> {
        let forward = up == (hop.direction == Direction::Upgrade);
        let (from, to) = if forward { (source, target) } else { (target, source) };
        let (from_types, to_types) =
            if forward { (hop.source, hop.target) } else { (hop.target, hop.source) };
        let mut found: Vec<(Value, Option<Value>)> = Vec::new();
        for listed in parts.list.iter().filter(|l| if up { l.up } else { l.down }) {
            let (key, result) =
                if up { (&listed.old, &listed.new) } else { (&listed.new, &listed.old) };
            let Some(key) = value(key, from, from_types) else { return Err(()) };
            let result = value(result, to, to_types);
            if !found.iter().any(|(k, _)| k.same(&key)) {
                found.push((key, result));
            }
        }
        Ok(found)
    };
    let up = hop.direction == Direction::Upgrade;
    let (there, back) = (pairs(up)?, pairs(!up)?);
    let comes_back = |key: &Value, result: &Option<Value>| match result {
        None => false,
        Some(result) => match back.iter().find(|(k, _)| k.same(result)) {
            Some((_, again)) => again.as_ref().is_some_and(|a| a.same(key)),
            None => result.same(key),
        },
    };
    let entries = there
        .iter()
        .map(|(key, result)| (key.clone(), result.clone(), !comes_back(key, result)))
        .collect();
    let miss = match (&parts.otherwise, hop.direction) {
        (Otherwise::Refuse, _) => Miss::Refuse,
        (Otherwise::Value { new: Some(value), .. }, Direction::Upgrade)
        | (Otherwise::Value { old: Some(value), .. }, Direction::Downgrade) => {
            Miss::Become(value.clone())
        }
        (Otherwise::Value { .. } | Otherwise::Keep, _) => {
            Miss::Keep(hop.target.get(target.ty).literals.as_ref().map(|l| l.0.clone()))
        }
    };
    let _ = lead;
    Ok(Some(List { entries, miss, reporter }))
}

/// A cell as a value of the place's type; `None` is `$absent`.
fn value(cell: &Cell, of: Use, types: &TypeGraph) -> Option<Value> {
    match cell {
        Cell::Absent => None,
        Cell::Value(value) => Some(value.clone()),
        Cell::Key(text) => Some(key(text, types.get(of.ty).kinds)),
    }
}

/// The text of a key as a JSON scalar of the place's type.
fn key(text: &str, kinds: Kinds) -> Value {
    if kinds.meets(Kinds::STRING) && kinds != Kinds::ANY {
        return Value::string(text);
    }
    match text {
        "true" if kinds.meets(Kinds::BOOLEAN) => Value::Bool(true),
        "false" if kinds.meets(Kinds::BOOLEAN) => Value::Bool(false),
        "null" => Value::Null,
        _ => {
            let numeric = kinds.meets(Kinds::NUMBER)
                && matches!(crate::json::parse(text.as_bytes(), 1), Ok(Value::Number(_)));
            if numeric { Value::Number(text.into()) } else { Value::string(text) }
        }
    }
}
