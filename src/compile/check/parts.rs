//! Whether the parts of fields can be what they say, by the contracts: the sides of a `convert` and
//! of a `wrap`, and the values that a list of values names.

use std::collections::{BTreeSet, HashMap};

use super::Checking;
use super::given::{Fits, allows};
use super::walk::{Visit, Walk};
use crate::codec::Repr;
use crate::compile::resolve::What;
use crate::compile::resolve::bind::Move;
use crate::compile::resolve::place::lead;
use crate::contract::{Kinds, TypeGraph, Use};
use crate::diagnostic::{Diagnostic, Span};
use crate::json::{Segment, Text, Value};
use crate::mapping::{Cell, Field, Otherwise, Parts};
use crate::version::{Direction, Side};

/// The two contracts' uses of one value, old and new.
type Sides = (Use, Use);

/// Looks at every field where it acts. It says the same in both directions, so it is asked in one.
pub(super) fn parts(of: &Checking<'_, '_>, walk: &Walk) -> Vec<Diagnostic> {
    if of.hop.direction != Direction::Upgrade {
        return Vec::new();
    }
    let mut looking = Looking { of, seen: BTreeSet::new(), found: Vec::new() };
    for visit in &walk.visits {
        let binding = &visit.binding;
        let items = binding.items.as_ref();
        for carried in binding.moves.iter().chain(items.iter().flat_map(|i| &i.moves)) {
            looking.carried((walk, visit), carried);
        }
        let own = (visit.context.source, visit.context.target);
        if let Some((at, field)) = binding.itself.and_then(|at| Some((at, looking.field(at)?))) {
            looking.parts(&field.parts, own, (of.span(at), &|| walk.place(visit)));
        }
    }
    looking.found
}

struct Looking<'c, 'x, 'a> {
    of: &'c Checking<'x, 'a>,
    /// What was said, but for the place: a rule of a type acts at many.
    seen: BTreeSet<(&'static str, Span, String)>,
    found: Vec<Diagnostic>,
}

/// Where a rule stands, and where in a message it acts.
type At<'p> = (Span, &'p dyn Fn() -> String);

impl<'a> Looking<'_, '_, 'a> {
    fn field(&self, at: usize) -> Option<&'a Field> {
        match self.of.hop.rules.get(at).map(|r| r.what) {
            Some(What::Move(field)) => Some(field),
            _ => None,
        }
    }

    fn types(&self, side: Side) -> &'a TypeGraph {
        if side == self.of.hop.direction.source() { self.of.hop.source } else { self.of.hop.target }
    }

    fn carried(&mut self, (walk, visit): (&Walk, &Visit), carried: &Move) {
        let Some((at, field)) = carried.rule.and_then(|at| Some((at, self.field(at)?))) else {
            return;
        };
        let place = || walk.place_in(visit, &carried.src);
        let here: At<'_> = (self.of.span(at), &place);
        let outer = (
            lead(self.of.hop.source, visit.context.source, &carried.src),
            lead(self.of.hop.target, visit.context.target, &carried.dst),
        );
        let (Some(from), Some(to)) = outer else { return };
        if let Some(side) = field.parts.wrap {
            self.wrapped(side, (from, to), here);
        }
        if carried.typed {
            let uses = (carried.context.source, carried.context.target);
            // null is the place's affair: within a list it is that of its elements.
            let uses = if field.parts.wrap.is_none() { (from, to) } else { uses };
            self.parts(&field.parts, uses, here);
        }
    }

    /// The parts of a value whose wrapping is done.
    fn parts(&mut self, parts: &Parts, uses: Sides, at: At<'_>) {
        if let Some((old, new)) = &parts.convert {
            self.converted((old, new), uses, at);
        }
        let of_values = if parts.set { self.elements(uses) } else { Some(uses) };
        if let Some(uses) = of_values {
            self.listed(parts, (Side::Old, uses.0), at);
            self.listed(parts, (Side::New, uses.1), at);
        }
        let lists = |side: Side, of: Use| self.types(side).get(of.ty).kinds.meets(Kinds::ARRAY);
        let inner = match parts.wrap {
            None => self.elements(uses),
            // The list that stands there is the wrapping one, unless the value is a list too.
            Some(_) if lists(Side::Old, uses.0) || lists(Side::New, uses.1) => None,
            Some(_) => Some(uses),
        };
        if let (Some(each), Some(inner)) = (&parts.each, inner) {
            self.parts(each, inner, at);
        }
    }

    fn elements(&self, uses: Sides) -> Option<Sides> {
        let items = |side: Side, of: Use| self.types(side).get(of.ty).items;
        Some((items(Side::Old, uses.0)?, items(Side::New, uses.1)?))
    }

    /// The JSON types that a contract lists for a place; `None` where it may be anything, or one of
    /// several schemas.
    fn kinds(&self, side: Side, of: Use) -> Option<Kinds> {
        let ty = self.types(side).get(of.ty);
        (ty.branches.is_none() && ty.kinds != Kinds::NONE).then_some(ty.kinds)
    }

    fn wrapped(&mut self, side: Side, uses: Sides, at: At<'_>) {
        let of = if side == Side::Old { uses.0 } else { uses.1 };
        let other = if side == Side::Old { uses.1 } else { uses.0 };
        let Some(kinds) = self.kinds(side, of).filter(|k| !k.meets(Kinds::ARRAY)) else { return };
        let (word, swapped) = if side == Side::Old { ("old", "new") } else { ("new", "old") };
        let version = self.of.version(side);
        let what = format!(
            "`wrap: {word}` says that {version} has a list, where its contract says {kinds}"
        );
        let label = format!(
            "`wrap` names the side on which the value stands in a list: {word} is {version}"
        );
        let is_list = self.kinds(side.other(), other).is_some_and(|k| k.meets(Kinds::ARRAY));
        let help = if is_list {
            format!("write `wrap: {swapped}`: there, {} has one", self.of.version(side.other()))
        } else {
            String::from("take `wrap` out, or name a place that is a list")
        };
        self.say(("F625", what), at, (label, help));
    }

    fn converted(&mut self, (old, new): (&Repr, &Repr), uses: Sides, at: At<'_>) {
        let fits = |kinds: Option<Kinds>, repr: &Repr| kinds.is_none_or(|k| k.meets(written(repr)));
        let kinds = (self.kinds(Side::Old, uses.0), self.kinds(Side::New, uses.1));
        let swapped = fits(kinds.0, new) && fits(kinds.1, old);
        for (side, kinds, repr) in [(Side::Old, kinds.0, old), (Side::New, kinds.1, new)] {
            let Some(kinds) = kinds.filter(|k| !k.meets(written(repr))) else { continue };
            let word = if side == Side::Old { "old" } else { "new" };
            let version = self.of.version(side);
            let kind = written(repr);
            let what = format!(
                "`convert` says that {version} writes the value as {kind}, where its contract says {kinds}"
            );
            let label = format!("its `{word}` is how {version} writes it");
            let help = if swapped {
                String::from("swap `old` and `new` of the `convert`")
            } else {
                format!(
                    "write a representation under `{word}` that is {kinds}, or mend the contract"
                )
            };
            self.say(("F624", what), at, (label, help));
        }
    }

    /// Values of one side that `map`, `back`, `pairs` and `else` name.
    fn listed(&mut self, parts: &Parts, (side, of): (Side, Use), at: At<'_>) {
        for entry in &parts.list {
            let cell = if side == Side::Old { &entry.old } else { &entry.new };
            self.cell(cell, (side, of), at);
        }
        if let Otherwise::Value { old, new } = &parts.otherwise
            && let Some(value) = if side == Side::Old { old } else { new }
        {
            self.value(value, (side, of), at);
        }
    }

    fn cell(&mut self, cell: &Cell, (side, of): (Side, Use), at: At<'_>) {
        match cell {
            Cell::Absent => {}
            Cell::Value(value) => self.value(value, (side, of), at),
            Cell::Key(key) => {
                let ty = self.types(side).get(of.ty);
                let Some(literals) = ty.literals.as_ref().filter(|_| ty.branches.is_none()) else {
                    return;
                };
                let is = |value: &Value| match value {
                    Value::String(own) => own.same(&Text::from_plain(key)),
                    other => other.to_string() == **key,
                };
                if !literals.0.iter().any(is) {
                    let listed: Vec<String> =
                        literals.0.iter().take(12).map(ToString::to_string).collect();
                    let why = format!("expected one of {}", listed.join(", "));
                    self.unknown((side, key), &why, at);
                }
            }
        }
    }

    fn value(&mut self, value: &Value, (side, of): (Side, Use), at: At<'_>) {
        if let Err(why) = allows((self.types(side), &mut Fits::new()), of, value, 0) {
            self.unknown((side, &value.to_string()), &why, at);
        }
    }

    fn unknown(&mut self, (side, text): (Side, &str), why: &str, at: At<'_>) {
        let version = self.of.version(side);
        let what = format!("{text} is none of the values that {version} has: {why}");
        let label =
            format!("listed for the {} side", if side == Side::Old { "old" } else { "new" });
        let help = String::from("mend the value, or add it to the contract");
        self.say(("F626", what), at, (label, help));
    }

    fn say(
        &mut self,
        (code, what): (&'static str, String),
        (span, place): At<'_>,
        (label, help): (String, String),
    ) {
        if self.seen.insert((code, span, what.clone())) {
            let message = format!("{what}, at {}", place());
            self.found.push(Diagnostic::warning(code, span, message).label(label).help(help));
        }
    }
}

/// The JSON type that a representation has.
fn written(repr: &Repr) -> Kinds {
    match repr {
        Repr::Integer | Repr::Number | Repr::Scaled(_) | Repr::Unit(_) | Repr::ZeroOne => {
            Kinds::NUMBER
        }
        Repr::String | Repr::TrueFalse | Repr::Words(..) => Kinds::STRING,
        Repr::Bool => Kinds::BOOLEAN,
    }
}

/// The rules that write members of the target, whole.
pub(super) fn writers(visit: &Visit) -> HashMap<&Segment, usize> {
    let binding = &visit.binding;
    let moves = binding.moves.iter().filter_map(|m| Some((&m.dst, m.rule?)));
    let singles = binding.makes.iter().chain(&binding.repeats).map(|s| (&s.place, s.rule));
    let whole = moves.chain(singles).filter(|(place, _)| place.len() == 1);
    whole.filter_map(|(place, rule)| Some((place.first()?, rule))).collect()
}
