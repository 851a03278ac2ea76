//! Values that a mapping itself brings: whether the contract allows them where they are put, and
//! whether meanings of absence ever end.

use std::collections::BTreeSet;

use super::Checking;
use super::fits::{Fits, allows_beside};
use super::texts::unread;
use super::walk::{Visit, Walk};
use crate::compile::resolve::place::lead;
use crate::compile::resolve::{Hop, What, is_many};
use crate::contract::{TypeGraph, Use};
use crate::diagnostic::Diagnostic;
use crate::json::{Path, Segment, Text, Value};
use crate::mapping::Source;
use crate::version::Side;

/// Checks literals of `added` and `removed`, and of `absent`.
pub(super) fn given(of: &Checking<'_, '_>, walk: &Walk) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for visit in &walk.visits {
        let (types, target) = (of.hop.target, visit.context.target);
        let items = visit.binding.items.as_ref();
        for make in visit.binding.makes.iter().chain(items.iter().flat_map(|i| &i.makes)) {
            // A value as a whole is not made: that is said of the rule.
            if make.place.is_empty() {
                continue;
            }
            let Some(rule) = of.hop.rules.get(make.rule) else { continue };
            let What::Make(source) = rule.what else { continue };
            let Some(at) = lead(types, target, &make.place) else { continue };
            let mut literals = Vec::new();
            values(source, (types, at), &mut literals);
            let side = of.hop.direction.target();
            let place = Place { walk, visit, path: &make.place, side, is_made: true };
            for (literal, at) in literals {
                found.extend(allowed(of, make.rule, (types, at, literal), &place));
            }
        }
        for carried in visit.binding.moves.iter().chain(items.iter().flat_map(|i| &i.moves)) {
            let Some((rule, meaning)) =
                carried.rule.and_then(|at| Some((at, meaning(of.hop, at)?)))
            else {
                continue;
            };
            let types = of.hop.source;
            let Some(at) = lead(types, visit.context.source, &carried.src) else { continue };
            let side = of.hop.direction.source();
            let place = Place { walk, visit, path: &carried.src, side, is_made: false };
            found.extend(allowed(of, rule, (types, at, meaning), &place));
        }
    }
    found.extend(endless(of, walk));
    found
}

/// A place of one side in a visit.
struct Place<'p> {
    walk: &'p Walk,
    visit: &'p Visit,
    path: &'p [Segment],
    side: Side,
    /// A rule makes what stands there.
    is_made: bool,
}

impl<'p> Place<'p> {
    /// Members of what stands there that other rules write. (Of what absence means, they write none.)
    fn written(&self) -> impl Iterator<Item = &'p str> {
        let binding = &self.visit.binding;
        let moves = binding.moves.iter().map(|moved| &*moved.dst);
        let singles = binding.makes.iter().chain(&binding.repeats).map(|single| &*single.place);
        moves.chain(singles).filter(|_| self.is_made).filter_map(|place| {
            match place.strip_prefix(self.path)? {
                [Segment::Name(name), ..] => Some(&**name),
                _ => None,
            }
        })
    }
}

/// A warning about a literal that the contract does not allow at its place.
fn allowed(
    of: &Checking<'_, '_>,
    rule: usize,
    (types, at, literal): (&TypeGraph, Use, &Value),
    place: &Place<'_>,
) -> Option<Diagnostic> {
    let written: Vec<Text> = place.written().map(Text::from_plain).collect();
    let value = (literal, &*written);
    let why = allows_beside((types, &mut Fits::new()), at, value, 0).err();
    let why = why.or_else(|| unread(types, at, literal))?;
    let version = of.version(place.side);
    let message = format!("{literal} is not what {version} allows here: {why}");
    let path = Path(place.path.to_vec());
    let label = format!("written at {}: {path}", place.walk.place(place.visit));
    let wrong = Diagnostic::warning("F617", of.span(rule), message).label(label);
    Some(if is_long(literal) { wrong.help(LONG) } else { wrong })
}

/// What absence means on the source side of a rule's move.
fn meaning<'a>(hop: &Hop<'a>, rule: usize) -> Option<&'a Value> {
    let What::Move(field) = hop.rules.get(rule)?.what else { return None };
    field.meaning(hop.direction.source())
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
        Source::Absent | Source::Text(_) => {}
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
            let meaning = carried.rule.and_then(|rule| meaning(self.of.hop, rule));
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
