//! Values of an enum that the other side's lacks, and results of a `map` that would come back changed.

use super::residue::kind;
use super::{Checking, texts};
use crate::codec::{Converted, convert};
use crate::compile::list;
use crate::contract::{Kinds, TypeGraph, Use};
use crate::diagnostic::{Diagnostic, Span};
use crate::json::{Text, Value, parse};
use crate::mapping::{Cell, Field, Otherwise};
use crate::plan::Convert;
use crate::version::Direction;

/// What there is to say of a place of which a contract lists the values; `fields`: the rules about it, the one
/// that carries it first, and `never`: values that do not come there.
pub(super) fn enums(
    of: &Checking<'_, '_>,
    (uses, never): ((Use, Use), &[Value]),
    fields: &[&Field],
    (span, place): (Span, &dyn Fn() -> String),
    found: &mut Vec<Diagnostic>,
) {
    let Some(from) = values(of.hop.source, uses.0) else { return };
    // Whether a conversion is about truth values is asked elsewhere.
    let two = of.hop.source.get(uses.0.ty).literals.is_none();
    if two && fields.iter().any(|f| f.parts.convert.is_some()) {
        return;
    }
    let lists = fields.iter().flat_map(|f| &f.parts.list);
    let sides = (Some(uses.0), Some(uses.1));
    let converts = fields.iter().find_map(|f| list::convert(of.hop, &f.parts, sides, 0));
    let how = converts.clone().or_else(|| list::crossing(of.hop, sides, 0));
    let upgrade = of.hop.direction == Direction::Upgrade;
    let listed = |value: &Value| {
        lists.clone().any(|l| {
            (if upgrade { l.up } else { l.down })
                && is(if upgrade { &l.old } else { &l.new }, value)
        })
    };
    let version = of.version(of.hop.direction.target());
    let missing: Vec<String> = from
        .iter()
        .filter(|v| **v != Value::Null && !listed(v) && !is_in(never, v))
        .filter(|v| !fits(of.hop.target, uses.1, &becomes(v, how.as_ref())))
        .map(ToString::to_string)
        .collect();
    if !missing.is_empty() && !replaces(of.hop.direction, fields) {
        let message = format!("{version} has no value for {} at {}", missing.join(", "), place());
        let label = match converts {
            Some(_) => "what `convert` makes of them is none of its values",
            None => "they go through as they are",
        };
        found.push(Diagnostic::warning("F622", span, message).label(label).help(format!(
            "list them in a `map`, say what holds with `else`, or refuse messages that have them: `refuse: [{{ {}: {{ … }} }}]`",
            of.hop.direction.source()
        )));
    }
    for entry in lists.clone().filter(|l| if upgrade { l.up } else { l.down }) {
        let result = if upgrade { &entry.new } else { &entry.old };
        let back = lists.clone().any(|l| {
            (if upgrade { l.down } else { l.up })
                && (if upgrade { &l.new } else { &l.old }) == result
        });
        let same = from.iter().find(|v| is(result, &becomes(v, how.as_ref())) && !listed(v));
        if let Some(value) = same.filter(|_| back) {
            let after = becomes(value, how.as_ref());
            let stays = match converts {
                Some(_) => format!("becomes {after}"),
                None => String::from("is the same on both sides"),
            };
            let message = format!(
                "{value} at {} is not listed, {stays}, and would come back changed",
                place()
            );
            found.push(
                Diagnostic::warning("F611", span, message)
                    .label(format!("a listed value becomes {after} too"))
                    .help("list it as well, or say `back`"),
            );
        }
    }
}

/// Whether a cell of a list is this value.
fn is(cell: &Cell, value: &Value) -> bool {
    match cell {
        Cell::Key(text) => match value {
            Value::String(own) => own.same(&Text::from_plain(text)),
            other => other.to_string() == **text,
        },
        Cell::Value(own) => own.same(value),
        Cell::Absent => false,
    }
}

/// What a value becomes that is not listed.
fn becomes(value: &Value, how: Option<&Convert>) -> Value {
    let Some(Convert { from, to, .. }) = how.filter(|_| *value != Value::Null) else {
        return value.clone();
    };
    match convert(from, to, &value.to_string()) {
        Converted::Done { text, .. } => {
            parse(text.as_bytes(), usize::MAX).unwrap_or_else(|_| value.clone())
        }
        Converted::Unfit => value.clone(),
    }
}

fn is_in(values: &[Value], value: &Value) -> bool {
    values.iter().any(|v| v.same(value))
}

/// Whether what no list names is replaced, or refused, on this way.
pub(super) fn replaces(direction: Direction, fields: &[&Field]) -> bool {
    fields.iter().any(|field| match (&field.parts.otherwise, direction) {
        (Otherwise::Refuse, _) => true,
        (Otherwise::Value { new, .. }, Direction::Upgrade) => new.is_some(),
        (Otherwise::Value { old, .. }, Direction::Downgrade) => old.is_some(),
        (Otherwise::Keep, _) => false,
    })
}

/// The values of a place, if its contract lists them, or there are only two.
pub(super) fn values(types: &TypeGraph, of: Use) -> Option<Vec<Value>> {
    let ty = types.get(of.ty);
    if let Some(literals) = &ty.literals {
        return Some(literals.0.clone());
    }
    let meant = ty.text.map_or(ty, |meant| types.get(meant));
    if meant.kinds != Kinds::BOOLEAN || meant.branches.is_some() {
        return None;
    }
    let both = [Value::Bool(true), Value::Bool(false)];
    Some(both.into_iter().map(|v| if ty.text.is_some() { text(&v) } else { v }).collect())
}

fn text(value: &Value) -> Value {
    Value::string(&value.to_string())
}

/// Whether a value may stand at a place, as far as its contract lists them, or says their types.
fn fits(types: &TypeGraph, of: Use, value: &Value) -> bool {
    let ty = types.get(of.ty);
    match &ty.literals {
        Some(literals) => is_in(&literals.0, value),
        None if ty.text.is_some() => texts::unread(types, of, value).is_none(),
        None => ty.kinds == Kinds::NONE || ty.kinds.meets(kind(value)),
    }
}
