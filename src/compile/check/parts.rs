//! Whether the parts of fields can be what they say, by the contracts: the sides of a `convert` and
//! of a `wrap`, and the values that a list of values names.

use std::collections::{BTreeSet, HashMap};

use super::Checking;
use super::fits::{looks_like, misfit};
use super::unread::paired;
use super::walk::{Visit, Walk};
use crate::codec::{Repr, Written};
use crate::compile::list;
use crate::compile::resolve::bind::{Move, blocks};
use crate::compile::resolve::place::lead;
use crate::contract::{Kinds, TypeGraph, Use};
use crate::diagnostic::{Diagnostic, Span};
use crate::json::{Segment, Value};
use crate::mapping::{Cell, Field, Named, Otherwise, Parts};
use crate::version::{ApiVersion, Direction, Side};

/// The two contracts' uses of one value, old and new.
pub(super) type Sides = (Use, Use);

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
        // Of a type's own value null is the affair of the places that hold it.
        let nullable = |of: Use| Use { nullable: true, ..of };
        let own = (nullable(visit.context.source), nullable(visit.context.target));
        if let Some((at, field)) = binding.itself.and_then(|at| Some((at, looking.field(at)?))) {
            looking.parts(&field.parts, own, (of.span(at), &|| walk.place(visit)));
        }
    }
    looking.found
}

pub(super) struct Looking<'c, 'x, 'a> {
    pub(super) of: &'c Checking<'x, 'a>,
    /// What was said, but for the place: a rule of a type acts at many.
    seen: BTreeSet<(&'static str, Span, String)>,
    found: Vec<Diagnostic>,
}

/// Where a rule stands, and where in a message it acts.
pub(super) type At<'p> = (Span, &'p dyn Fn() -> String);

impl<'a> Looking<'_, '_, 'a> {
    fn field(&self, at: usize) -> Option<&'a Field> {
        self.of.hop.field(at)
    }

    pub(super) fn types(&self, side: Side) -> &'a TypeGraph {
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
        let rule = carried.rule.and_then(|at| self.of.hop.rules.get(at));
        if rule.is_some_and(|rule| rule.voids) && !field.parts.set && field.parts.wrap.is_none() {
            self.unread(&field.parts, (from, to), (carried, here));
        }
        if visit.binding.cross.is_none() {
            self.filled(field, (from, to), (carried, here));
        }
        self.undone(field, (from, to), here);
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
        let each = parts.each.as_ref().filter(|_| parts.wrap.is_none());
        // What a conversion makes a list of is none on the old side.
        let made = |(_, new): &(Repr, Repr)| !matches!(new, Repr::List(list) if list.is_text());
        let made = parts.regroups() && parts.convert.as_ref().is_some_and(made);
        let each = each.filter(|_| !made);
        for (word, _) in [("set", parts.set), ("each", each.is_some())].iter().filter(|w| w.1) {
            self.no_list(word, uses, at);
        }
        let of_values = if parts.set { self.elements(uses) } else { Some(uses) };
        if let Some(uses) = of_values {
            if let Some((old, new)) = &parts.convert {
                self.converted((old, new), uses, at);
            }
            if let Some(named) = &parts.names {
                self.named((named, parts), uses, at);
            }
            self.listed(parts, (Side::Old, uses.0), at);
            self.listed(parts, (Side::New, uses.1), at);
            self.ignored(parts, uses, at);
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

    /// `set` and `each` are about the elements of lists.
    fn no_list(&mut self, word: &str, uses: Sides, at: At<'_>) {
        for (side, of) in [(Side::Old, uses.0), (Side::New, uses.1)] {
            let Some(kinds) = self.kinds(side, of).filter(|k| !k.meets(Kinds::ARRAY)) else {
                continue;
            };
            let version = self.of.version(side);
            let what = format!(
                "`{word}` is about the elements of a list, where the contract of {version} says {kinds}"
            );
            let dictionary = self.types(side).get(of.ty).let_through().is_some();
            let help = if dictionary {
                "the values of a dictionary have a place of their own: `\"place{}\": …`"
            } else if word == "each" {
                "write its parts beside the place itself, or name a place that is a list"
            } else {
                "take it out, or name a place that is a list"
            };
            let label = format!("{version} has no list there");
            return self.say(("F625", what), at, (label, String::from(help)));
        }
    }

    /// Entries that another one before them keeps from ever being used.
    fn ignored(&mut self, parts: &Parts, uses: Sides, at: At<'_>) {
        for direction in [Direction::Upgrade, Direction::Downgrade] {
            let (side, of) = match direction {
                Direction::Upgrade => (Side::Old, uses.0),
                Direction::Downgrade => (Side::New, uses.1),
            };
            let kinds = self.types(side).get(of.ty).kinds;
            let mut before: HashMap<_, (&Cell, &Cell)> = HashMap::new();
            for entry in &parts.list {
                let (holds, key, result, other) = match direction {
                    Direction::Upgrade => (entry.up, &entry.old, &entry.new, true),
                    // That several values become one, and one comes back, is what `map` is for.
                    Direction::Downgrade => (entry.down, &entry.new, &entry.old, !entry.up),
                };
                if !holds {
                    continue;
                }
                let value = list::value(key, kinds).map(|value| value.canonical());
                let Some((first, said)) = before.get(&value) else {
                    before.insert(value, (key, result));
                    continue;
                };
                if !other || *said == result {
                    continue;
                }
                let same = shown(first) == shown(key) || plain(first) == plain(key);
                let also = if same { String::new() } else { format!(" ({})", shown(key)) };
                let what = format!(
                    "{}{also} is listed twice on the {} side: as {}, and as {}",
                    shown(first),
                    side,
                    shown(said),
                    shown(result),
                );
                let label = String::from("the first in the file counts, the second does nothing");
                let help = match direction {
                    Direction::Upgrade => {
                        "take one of them out; what only comes back belongs under `back`"
                    }
                    Direction::Downgrade => {
                        "take one of them out, or write `back` before `map` if it is to win"
                    }
                };
                self.say(("F630", what), at, (label, String::from(help)));
            }
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
        let (word, swapped) = (side, side.other());
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

    /// A representation as it stands on a side: at a place of texts it is one.
    fn standing(&self, side: Side, of: Use, repr: &Repr) -> Repr {
        match self.types(side).get(of.ty).text {
            Some(_) => repr.clone().texted(),
            None => repr.clone(),
        }
    }

    fn converted(&mut self, (old, new): (&Repr, &Repr), uses: Sides, at: At<'_>) {
        self.elements_of_text((old, new), uses, at);
        let old = &self.standing(Side::Old, uses.0, old);
        let new = &self.standing(Side::New, uses.1, new);
        let fits = |kinds: Option<Kinds>, repr: &Repr| kinds.is_none_or(|k| k.meets(written(repr)));
        let kinds = (self.kinds(Side::Old, uses.0), self.kinds(Side::New, uses.1));
        let swapped = fits(kinds.0, new) && fits(kinds.1, old);
        for (side, kinds, repr) in [(Side::Old, kinds.0, old), (Side::New, kinds.1, new)] {
            let Some(kinds) = kinds.filter(|k| !k.meets(written(repr))) else { continue };
            let version = self.of.version(side);
            let kind = written(repr);
            let what = format!(
                "`convert` says that {version} writes the value as {kind}, where its contract says {kinds}"
            );
            let label = format!("its `{side}` is how {version} writes it");
            let lists = matches!(repr, Repr::List(_));
            let help = if kinds == Kinds::ARRAY && !lists {
                String::from("write it under `each`, for the elements: `each: { convert: … }`")
            } else if swapped {
                String::from("swap `old` and `new` of the `convert`")
            } else {
                format!(
                    "write a representation under `{side}` that is {kinds}, or mend the contract"
                )
            };
            self.say(("F624", what), at, (label, help));
        }
    }

    /// Only a text names fields, or a list of its segments, and what another part takes before is none.
    fn named(&mut self, (named, parts): (&Named, &Parts), uses: Sides, at: At<'_>) {
        let taken = match parts {
            Parts { set: true, .. } => Some(("set", "say it under `each`: `each: { text: … }`")),
            Parts { convert: Some(_), .. } => {
                Some(("convert", "take one of the two out: a text is rewritten, or converted"))
            }
            Parts { otherwise: Otherwise::Value { .. }, .. } => {
                Some(("else", "take one of the two out: `else` is about all that is not listed"))
            }
            _ => None,
        };
        if let Some((word, help)) = taken {
            let what = format!("`text` and `{word}` say two things of one value");
            let does = if word == "convert" { word } else { "text" };
            let label = format!("`{does}` does nothing beside the other");
            return self.say(("F624", what), at, (label, String::from(help)));
        }
        let several = matches!(named, Named::Fields(_));
        let wanted = if several { Kinds::STRING } else { Kinds::STRING.or(Kinds::ARRAY) };
        for (side, of) in [(Side::Old, uses.0), (Side::New, uses.1)] {
            let Some(kinds) = self.kinds(side, of).filter(|k| !k.meets(wanted)) else { continue };
            let version = self.of.version(side);
            let what = format!(
                "`text` says that a text names fields, where the contract of {version} says {kinds}"
            );
            let label = String::from("nothing but a text is rewritten");
            let help = if kinds == Kinds::ARRAY {
                "write it under `each`, for the elements: `each: { text: … }`"
            } else {
                "take it out, or name a place that is a text"
            };
            return self.say(("F624", what), at, (label, String::from(help)));
        }
    }

    /// What a text says are scalars, and nothing that a conversion has regrouped is seen by the rules
    /// of its type.
    fn elements_of_text(&mut self, (old, new): (&Repr, &Repr), uses: Sides, at: At<'_>) {
        let is_text = |repr: &Repr| matches!(repr, Repr::List(list) if list.is_text());
        for (side, of, repr, other) in
            [(Side::Old, uses.0, old, new), (Side::New, uses.1, new, old)]
        {
            if is_text(repr) || !is_text(other) {
                continue;
            }
            let inner = self.types(side).held(of.ty).and_then(|inner| self.kinds(side, inner));
            let Some(kinds) = inner.filter(|k| !k.meets(Kinds::SCALARS)) else { continue };
            let version = self.of.version(side);
            let what = format!(
                "`convert` says that {version} holds scalars, where its contract says {kinds}"
            );
            let label = String::from("one text can say scalars alone, in a list or a dictionary");
            let help =
                format!("name a place that holds scalars in {version}, or mend the contract");
            self.say(("F624", what), at, (label, help));
        }
        let (before, after) = (self.types(Side::Old), self.types(Side::New));
        let inner = (before.held(uses.0.ty), after.held(uses.1.ty));
        let (Repr::List(_), (Some(of), Some(to))) = (old, inner) else { return };
        if !blocks(self.of.hop, of.ty, to.ty).is_empty() {
            let name = before.get(of.ty).name.as_deref().unwrap_or("their type");
            let what = format!("the rules of `{name}` do not act on what `convert` regroups");
            let label = String::from("its elements are not translated by their type");
            let help = "have a list on both sides, or say what becomes of the elements in `each`";
            self.say(("F624", what), at, (label, String::from(help)));
        }
    }

    /// Values of one side that `map`, `back`, `pairs` and `else` name.
    fn listed(&mut self, parts: &Parts, (side, of): (Side, Use), at: At<'_>) {
        for entry in &parts.list {
            let (cell, other) = match side {
                Side::Old => (&entry.old, &entry.new),
                Side::New => (&entry.new, &entry.old),
            };
            self.cell((cell, Some(other)), (side, of), at);
        }
        if let Otherwise::Value { old, new } = &parts.otherwise
            && let Some(value) = if side == Side::Old { old } else { new }
        {
            self.cell((&Cell::Value(value.clone()), None), (side, of), at);
        }
    }

    /// A listed value, with the one that it is listed with.
    fn cell(&mut self, (cell, other): (&Cell, Option<&Cell>), (side, of): (Side, Use), at: At<'_>) {
        let like = looks_like(self.types(side), of, cell);
        let mend = like.zip(other).map(|(value, other)| paired(side, &value, other));
        if let Some(wrong) = misfit(self.types(side), of, cell) {
            let (what, label, help) = unlisted((side, self.of.version(side)), &wrong);
            return self.say(("F626", what), at, (label, mend.unwrap_or(help)));
        }
        if let (Cell::Key(text), Some(help)) = (cell, mend) {
            self.read_as_text(text, (side, help), at);
        }
    }

    pub(super) fn say(
        &mut self,
        (code, what): (&'static str, String),
        at: At<'_>,
        (label, help): (String, String),
    ) {
        self.tell((Diagnostic::warning, code, what), at, (label, help));
    }

    /// The same of any severity.
    pub(super) fn tell(
        &mut self,
        (kind, code, what): (Kind, &'static str, String),
        (span, place): At<'_>,
        (label, help): (String, String),
    ) {
        if self.seen.insert((code, span, what.clone())) {
            let message = format!("{what}, at {}", place());
            self.found.push(kind(code, span, message).label(label).help(help));
        }
    }
}

/// What makes a diagnostic of some severity.
pub(super) type Kind = fn(&'static str, Span, String) -> Diagnostic;

/// What there is to say of a listed value that its side cannot have: message, label and help.
pub(super) fn unlisted(
    (side, version): (Side, &ApiVersion),
    (text, why): &(String, String),
) -> (String, String, String) {
    let what = format!("{text} is none of the values that {version} has: {why}");
    let label = format!("listed for the {side} side");
    (what, label, String::from("mend the value, or add it to the contract"))
}

/// A cell, for people.
fn shown(cell: &Cell) -> String {
    match cell {
        Cell::Key(text) => format!("`{text}`"),
        Cell::Value(value) => value.to_string(),
        Cell::Absent => String::from("`$absent`"),
    }
}

/// The text that a cell has as a key.
fn plain(cell: &Cell) -> Option<String> {
    match cell {
        Cell::Key(text) => Some(text.to_string()),
        Cell::Value(Value::String(text)) => text.decode(),
        Cell::Value(value) => Some(value.to_string()),
        Cell::Absent => None,
    }
}

/// The JSON type that a representation has.
fn written(repr: &Repr) -> Kinds {
    match repr.written() {
        Written::Number => Kinds::NUMBER,
        Written::String => Kinds::STRING,
        Written::Bool => Kinds::BOOLEAN,
        Written::Array => Kinds::ARRAY,
        Written::Object => Kinds::OBJECT,
        Written::Any => Kinds::ANY,
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
