//! `map`, `back`, `pairs` and `else` of one rule in one direction, as a list of values.

use super::resolve::Hop;
use crate::codec::{Fraction, Items, Numbers, Repr, Scalars, Values};
use crate::contract::{Crossing, Kinds, Type, TypeGraph, Use};
use crate::json::Value;
use crate::mapping::{Cell, Otherwise, Parts};
use crate::plan::{Back, Convert, List, Miss, ReporterId};
use crate::version::{Direction, Side};

/// The uses of a place before and after the hop, where the contracts say something.
pub(super) type Sides = (Option<Use>, Option<Use>);

/// Whether a rule has a list.
pub(super) fn is_some(parts: &Parts) -> bool {
    !parts.list.is_empty() || parts.otherwise != Otherwise::Keep
}

/// The list of a rule, if it has one.
pub(super) fn list(
    hop: &Hop<'_>,
    parts: &Parts,
    sides: Sides,
    reporter: ReporterId,
) -> Option<List> {
    if !is_some(parts) {
        return None;
    }
    let reverse = hop.direction.reverse();
    let there = first_of_each(entries(hop, parts, sides, hop.direction));
    let back = first_of_each(entries(hop, parts, sides, reverse));
    let other = other(parts, hop.direction);
    let other = other.map(|other| written(hop, other, hop.direction.source(), sides));
    let reads_null = !parts.voids(hop.direction.target());
    // What the way back gives for a result. Null is not what an `else` is about.
    let again = |result: Option<&Value>| match result {
        Some(result) if *result != Value::Null || reads_null => {
            match back.iter().find(|(key, _)| key.same(result)) {
                Some((_, again)) => again.clone(),
                None if *result == Value::Null => Some(Value::Null),
                None => other.clone().or_else(|| Some(result.clone())),
            }
        }
        Some(_) | None => insertion(hop, parts, sides, reverse),
    };
    let entry = |(key, result): (Value, Option<Value>)| {
        let comes_back = again(result.as_ref()).is_some_and(|again| again.same(&key));
        (key, result, !comes_back)
    };
    let miss = match (&parts.otherwise, hop.direction) {
        (Otherwise::Refuse, _) => Miss::Refuse,
        (Otherwise::Value { new: Some(value), .. }, Direction::Upgrade)
        | (Otherwise::Value { old: Some(value), .. }, Direction::Downgrade) => {
            let value = written(hop, value.clone(), hop.direction.target(), sides);
            let again = again(Some(&value));
            Miss::Become(value, again)
        }
        (Otherwise::Value { .. } | Otherwise::Keep, _) => Miss::Keep,
    };
    let literals = sides.1.and_then(|of| hop.target.get(of.ty).literals.as_ref());
    let known = literals.map(|l| l.0.clone());
    let of_null = back.iter().find(|(key, _)| *key == Value::Null);
    let changes = of_null.is_some_and(|(_, again)| again.as_ref() != Some(&Value::Null));
    let entries = there.into_iter().map(entry).collect();
    let absent = insertion(hop, parts, sides, hop.direction);
    let back = Back { entries: back, other };
    let list = List { entries, absent, miss, back, known, null: false, nests: false, reporter };
    let null = changes || parts.loses_null(hop.direction);
    Some(List { null, nests: list.has_nested(), ..list })
}

/// The conversion of a rule, if it has one: whole numbers where the target takes no others.
pub(super) fn convert(
    hop: &Hop<'_>,
    parts: &Parts,
    sides: Sides,
    reporter: ReporterId,
) -> Option<Convert> {
    let (old, new) = parts.convert.as_ref()?;
    let (from, to) = match hop.direction {
        Direction::Upgrade => (old, new),
        Direction::Downgrade => (new, old),
    };
    let (source, target) = (side(hop.source, sides.0), side(hop.target, sides.1));
    let to = if target.is_some_and(|ty| ty.kinds.is_whole()) { to.whole() } else { to.clone() };
    let texted = |repr: Repr, of: Option<&Type>| match of.and_then(|ty| ty.text) {
        Some(_) => repr.texted(),
        None => repr,
    };
    let held = |types, of| parts.elements().unwrap_or_else(|| held(types, of));
    let (from, to) =
        (from.holding(held(hop.source, sides.0)), to.holding(held(hop.target, sides.1)));
    let (from, to) = (texted(from, source), texted(to, target));
    Some(Convert { from, to, reporter })
}

fn side(types: &TypeGraph, of: Option<Use>) -> Option<&Type> {
    of.map(|of| types.get(of.ty))
}

/// What becomes of a text itself that becomes a value of a document, and of such that becomes text.
pub(super) fn crossing(hop: &Hop<'_>, sides: Sides, reporter: ReporterId) -> Option<Convert> {
    let (source, target) = (side(hop.source, sides.0)?, side(hop.target, sides.1)?);
    let (from, to) = match Crossing::of(source, target)? {
        Crossing::Read => (Repr::Text, Repr::Scalar(scalars(target.kinds))),
        Crossing::Write => (Repr::Scalar(scalars(source.kinds)), Repr::Text),
    };
    Some(Convert { from, to, reporter })
}

/// The scalars of JSON types.
fn scalars(kinds: Kinds) -> Values {
    Values {
        numbers: match (kinds.meets(Kinds::NUMBER), kinds.is_whole()) {
            (false, _) => Numbers::None,
            (true, true) => Numbers::Whole,
            (true, false) => Numbers::All,
        },
        truth: kinds.meets(Kinds::BOOLEAN),
    }
}

/// The scalars that a value can hold.
fn held(types: &TypeGraph, of: Option<Use>) -> Items {
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

/// What the way back gives for what it does not list.
fn other(parts: &Parts, direction: Direction) -> Option<Value> {
    match (&parts.otherwise, direction) {
        (Otherwise::Value { old: Some(other), .. }, Direction::Upgrade)
        | (Otherwise::Value { new: Some(other), .. }, Direction::Downgrade) => Some(other.clone()),
        _ => None,
    }
}

/// Every entry that holds in a direction, in the order of the file.
pub(super) fn entries(
    hop: &Hop<'_>,
    parts: &Parts,
    sides: Sides,
    direction: Direction,
) -> Vec<(Value, Option<Value>)> {
    let mut found = Vec::new();
    for listed in &parts.list {
        let (holds, key, result) = match direction {
            Direction::Upgrade => (listed.up, &listed.old, &listed.new),
            Direction::Downgrade => (listed.down, &listed.new, &listed.old),
        };
        let Some(key) = cell(hop, key, direction.source(), sides) else { continue };
        let read = key != Value::Null || !parts.voids(direction.source());
        if holds && read {
            found.push((key, cell(hop, result, direction.target(), sides)));
        }
    }
    found
}

/// What an absent value is listed to become.
pub(super) fn insertion(
    hop: &Hop<'_>,
    parts: &Parts,
    sides: Sides,
    direction: Direction,
) -> Option<Value> {
    let result = parts.absent(direction)?;
    cell(hop, result, direction.target(), sides)
}

/// A cell as a value of the place of a side; `None` is `$absent`.
fn cell(hop: &Hop<'_>, cell: &Cell, side: Side, sides: Sides) -> Option<Value> {
    let value = value(cell, kinds(hop, side, sides))?;
    Some(written(hop, value, side, sides))
}

/// A constant as it stands at the place of a side: at one of texts, as text.
fn written(hop: &Hop<'_>, value: Value, side: Side, (source, target): Sides) -> Value {
    let here = if side == hop.direction.source() {
        source.map(|of| hop.source.get(of.ty))
    } else {
        target.map(|of| hop.target.get(of.ty))
    };
    if here.is_some_and(|ty| ty.text.is_some()) {
        crate::message::param::texted(value)
    } else {
        value
    }
}

fn first_of_each(all: Vec<(Value, Option<Value>)>) -> Vec<(Value, Option<Value>)> {
    let mut found: Vec<(Value, Option<Value>)> = Vec::new();
    for (key, result) in all {
        if !found.iter().any(|(k, _)| k.same(&key)) {
            found.push((key, result));
        }
    }
    found
}

/// JSON types on a side, of the other one where the contract does not say.
fn kinds(hop: &Hop<'_>, side: Side, (source, target): Sides) -> Kinds {
    let source = source.map(|u| hop.source.get(u.ty).kinds);
    let target = target.map(|u| hop.target.get(u.ty).kinds);
    let here = if side == hop.direction.source() { source } else { target };
    here.or(source).or(target).unwrap_or(Kinds::ANY)
}

/// A cell as a value of the place's type; `None` is `$absent`.
pub(super) fn value(cell: &Cell, kinds: Kinds) -> Option<Value> {
    match cell {
        Cell::Absent => None,
        Cell::Value(value) => Some(value.clone()),
        Cell::Key(text) => Some(key(text, kinds)),
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
