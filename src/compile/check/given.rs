//! Values that a mapping itself brings: whether the contract allows them where they are put, and
//! whether meanings of absence ever end.

use std::collections::{BTreeSet, HashMap};

use super::Checking;
use super::walk::Walk;
use crate::compile::resolve::place::lead;
use crate::compile::resolve::{What, is_many};
use crate::contract::{Kinds, TypeGraph, TypeId, Use};
use crate::diagnostic::Diagnostic;
use crate::json::{Path, Segment, Text, Value};
use crate::mapping::Source;

/// Checks literals of `added` and `removed`, and of `absent`.
pub(super) fn given(of: &Checking<'_, '_>, walk: &Walk) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for visit in &walk.visits {
        for make in &visit.binding.makes {
            let Some(rule) = of.hop.rules.get(make.rule) else { continue };
            let What::Make(source) = rule.what else { continue };
            let Some(at) = lead(of.hop.target, visit.context.target, &make.place) else { continue };
            let mut literals = Vec::new();
            values(source, (of.hop.target, at), &mut literals);
            for (literal, at) in literals {
                if let Err(why) = allows((of.hop.target, &mut Fits::new()), at, literal, 0) {
                    let version = of.version(of.hop.direction.target());
                    let message = format!("{literal} is not what {version} allows here: {why}");
                    let label =
                        format!("written at {}: {}", walk.place(visit), Path(make.place.clone()));
                    let wrong = Diagnostic::warning("F617", of.span(make.rule), message);
                    let wrong = wrong.label(label);
                    found.push(if is_long(literal) { wrong.help(LONG) } else { wrong });
                }
            }
        }
    }
    found.extend(endless(of, walk));
    found
}

/// For a literal that was meant as more than one.
const LONG: &str = "without a word that begins with a dollar, a table is literal JSON; a constant with `why` or `loses` is written `{ $const: …, loses: … }`";
/// Words of the long forms of rules.
const WORDS: &[&str] = &[
    "value",
    "literal",
    "const",
    "default",
    "placeholder",
    "from",
    "to",
    "of",
    "map",
    "back",
    "pairs",
    "else",
    "absent",
    "convert",
    "why",
    "loses",
];

/// Whether a literal is a table of words alone.
fn is_long(literal: &Value) -> bool {
    let Value::Object(members) = literal else { return false };
    !members.is_empty() && members.iter().all(|(name, _)| WORDS.contains(&name.raw()))
}

/// The literals of a source for a place, each with where it would stand.
fn values<'s>(
    source: &'s Source,
    (types, at): (&TypeGraph, Use),
    into: &mut Vec<(&'s Value, Use)>,
) {
    match source {
        Source::Literal(value) | Source::Placeholder(value) => into.push((value, at)),
        Source::Absent => {}
        Source::From { path, map, otherwise } => {
            // Of a list that is gathered, they stand for single values.
            let of_each = !map.is_empty() && path.0.iter().any(is_many);
            let at = if of_each { types.get(at.ty).items } else { Some(at) };
            let Some(at) = at else { return };
            for source in map.iter().map(|(_, s)| s).chain(otherwise.as_deref()) {
                values(source, (types, at), into);
            }
        }
    }
}

/// How deep a literal is looked into.
const DEEPEST: usize = 32;

/// Whether a value (which is never read through this) fits a branch.
pub(super) type Fits = HashMap<(TypeId, bool, *const Value), bool>;

/// Whether a literal has the shape of a type: JSON types, enums and required members.
pub(super) fn allows(
    (types, fits): (&TypeGraph, &mut Fits),
    at: Use,
    value: &Value,
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
                allows((types, fits), branch, value, depth.saturating_add(1)).is_ok()
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
    if let Some(literals) = &ty.literals
        && !literals.0.iter().any(|l| l.same(value))
    {
        let listed: Vec<String> = literals.0.iter().take(12).map(ToString::to_string).collect();
        return Err(format!("expected one of {}", listed.join(", ")));
    }
    match value {
        Value::Object(members) => {
            let lacks = |name: &&Text| !members.iter().any(|(n, _)| n.same(name));
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

/// Meanings of absence that contain their own absence: `child: { absent: { old: {} } }` in a type
/// whose child it is.
fn endless(of: &Checking<'_, '_>, walk: &Walk) -> Vec<Diagnostic> {
    let (open, done) = (BTreeSet::new(), BTreeSet::new());
    let mut filling = Filling { of, walk, open, done, found: Vec::new() };
    for at in 0..walk.visits.len() {
        filling.meanings(at, None);
    }
    filling.found
}

/// A walk along meanings: (visit, index of the move).
struct Filling<'f, 'c, 'a> {
    of: &'f Checking<'c, 'a>,
    walk: &'f Walk,
    open: BTreeSet<(usize, usize)>,
    done: BTreeSet<(usize, usize)>,
    found: Vec<Diagnostic>,
}

impl Filling<'_, '_, '_> {
    /// Looks at what would be put into a value of a visit: `None` for one that came, in which
    /// anything may be absent.
    fn meanings(&mut self, at: usize, value: Option<&Value>) {
        let Some(visit) = self.walk.visits.get(at) else { return };
        if let Some(Value::Array(items)) = value {
            for inner in &visit.inside {
                for item in items {
                    self.meanings(*inner, Some(item));
                }
            }
            return;
        }
        let moves = visit.binding.moves.iter().zip(&visit.moves).enumerate();
        for (n, (carried, inner)) in moves {
            let Some(inner) = *inner else { continue };
            if let Some(value) = value {
                if let Some(there) = find(value, &carried.src) {
                    self.meanings(inner, Some(there));
                    continue;
                }
                // A meaning is put only where its parent is an object that is there.
                let parent = carried.src.split_last().and_then(|(_, path)| find(value, path));
                if !matches!(parent, Some(Value::Object(_))) {
                    continue;
                }
            }
            let rule = carried.rule.and_then(|rule| self.of.hop.rules.get(rule));
            let Some(What::Move(field)) = rule.map(|r| r.what) else { continue };
            let meaning = match self.of.hop.direction.source() {
                crate::version::Side::Old => field.absent_old.as_ref(),
                crate::version::Side::New => field.absent_new.as_ref(),
            };
            let Some(meaning @ (Value::Object(_) | Value::Array(_))) = meaning else { continue };
            if self.open.contains(&(at, n)) {
                let span = carried.rule.map_or(self.of.link.mapping.span, |r| self.of.span(r));
                self.found.push(
                    Diagnostic::error(
                        "F606",
                        span,
                        "the meaning of absence contains its own absence",
                    )
                    .label("this would be put into itself without end")
                    .help("write the inner value out, with null where it ends"),
                );
                continue;
            }
            if self.done.contains(&(at, n)) {
                continue;
            }
            self.open.insert((at, n));
            self.meanings(inner, Some(meaning));
            self.open.remove(&(at, n));
            self.done.insert((at, n));
        }
    }
}

/// The member at a path of names, or `None`.
fn find<'v>(value: &'v Value, path: &[Segment]) -> Option<&'v Value> {
    path.iter().try_fold(value, |at, segment| match (segment, at) {
        (Segment::Name(name), Value::Object(members)) => {
            let name = Text::from_plain(name);
            members.iter().find(|(n, _)| n.same(&name)).map(|(_, v)| v)
        }
        _ => None,
    })
}
