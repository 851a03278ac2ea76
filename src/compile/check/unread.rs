//! What is never asked: entries of a list of values, meanings of absence that undo themselves, aliases
//! whose first place is never absent, keys that are read as something else than they look like.

use super::Checking;
use super::parts::{At, Looking, Sides};
use super::walk::Walk;
use crate::compile::list;
use crate::compile::resolve::What;
use crate::compile::resolve::bind::Move;
use crate::compile::resolve::live::further;
use crate::diagnostic::Diagnostic;
use crate::json::{Path, Segment, Value};
use crate::mapping::{Cell, Field, Listed, Parts, Prefer};
use crate::version::{Direction, Side};

impl Looking<'_, '_, '_> {
    /// Entries for null, of a rule that reads a null member as absent.
    pub(super) fn unread(&mut self, parts: &Parts, uses: Sides, (carried, at): (&Move, At<'_>)) {
        let member = |path: &[Segment]| matches!(path.last(), Some(Segment::Name(_)));
        for entry in &parts.list {
            let sides = [
                (Side::Old, uses.0, &entry.old, entry.up && member(&carried.src)),
                (Side::New, uses.1, &entry.new, entry.down && member(&carried.dst)),
            ];
            for (side, of, key, reads) in sides {
                let kinds = self.types(side).get(of.ty).kinds;
                if !reads || list::value(key, kinds) != Some(Value::Null) {
                    continue;
                }
                let version = self.of.version(side);
                let what =
                    format!("null of {version} is listed, and `nulls: absent` reads it as absent");
                let help = "list `$absent` under `pairs`, or write `nulls: value` in the block";
                let label = String::from("this entry is never read");
                self.say(("F635", what), at, (label, String::from(help)));
            }
        }
    }

    /// Entries for `$absent`, of a place of which `absent` says before what that means.
    pub(super) fn filled(&mut self, field: &Field, uses: Sides, (carried, at): (&Move, At<'_>)) {
        for (direction, path) in
            [(Direction::Upgrade, &carried.src), (Direction::Downgrade, &carried.dst)]
        {
            let side = direction.source();
            // Of a place further in, the object that it is in may be absent: then the entry holds.
            let member = matches!(path.as_slice(), [Segment::Name(_)]);
            let says = field.meaning(side).zip(field.parts.absent(direction));
            let Some((meaning, result)) = says.filter(|_| member) else { continue };
            let kinds = |side: Side| {
                let of = if side == Side::Old { uses.0 } else { uses.1 };
                self.types(side).get(of.ty).kinds
            };
            let (own, other) = (kinds(side), kinds(side.other()));
            let is_meant = |entry: &&Listed| {
                let (holds, key) = match direction {
                    Direction::Upgrade => (entry.up, &entry.old),
                    Direction::Downgrade => (entry.down, &entry.new),
                };
                holds && list::value(key, own).is_some_and(|key| key.same(meaning))
            };
            let listed = field.parts.list.iter().find(is_meant).map(|entry| match direction {
                Direction::Upgrade => list::value(&entry.new, other),
                Direction::Downgrade => list::value(&entry.old, other),
            });
            let becomes = listed.unwrap_or_else(|| Some(meaning.clone()));
            let says = list::value(result, other);
            if says.zip(becomes).is_some_and(|(one, other)| one.same(&other)) {
                // Both say the same of it.
                continue;
            }
            let version = self.of.version(side);
            let what = format!(
                "`$absent` of {version} is listed, and `absent` says before that it means {meaning}"
            );
            let way = if direction == Direction::Upgrade { "up" } else { "down" };
            let label = format!("on the way {way} this entry is never read");
            let help = format!("say it once: take `{side}` out of `absent`, or the entry out");
            self.say(("F635", what), at, (label, help));
        }
    }

    /// Meanings of absence that their own side reads as absence again.
    pub(super) fn undone(&mut self, field: &Field, uses: Sides, at: At<'_>) {
        for (side, other) in [(Side::Old, uses.1), (Side::New, uses.0)] {
            let Some(meaning) = field.meaning(side) else { continue };
            let (version, next) = (self.of.version(side), self.of.version(side.other()));
            let nullable = other.nullable && !field.parts.voids(side.other());
            let (what, help) = match meaning {
                Value::Null if field.parts.voids(side) => (
                    format!(
                        "absence of {version} means null, and `nulls: absent` says that null means absence"
                    ),
                    format!("take `{side}` out of `absent`, or say another value than null"),
                ),
                Value::Array(items) if field.parts.wrap == Some(side) => match items.len() {
                    0 if !nullable => (
                        format!(
                            "absence of {version} means an empty list, of which absence is all that {next} gets"
                        ),
                        format!(
                            "take `{side}` out of `absent`, or say a list with one element: what absence is in {next}"
                        ),
                    ),
                    0 | 1 => continue,
                    more => (
                        format!(
                            "absence of {version} means a list of {more} elements, and {next} gets the first alone"
                        ),
                        String::from("say a list with one element"),
                    ),
                },
                _ => continue,
            };
            let label = String::from("what `absent` says does not come through");
            self.say(("F638", what), at, (label, help));
        }
    }

    /// A key that looks like a number, true or false, at a place that takes texts too.
    pub(super) fn read_as_text(&mut self, text: &str, (side, help): (Side, String), at: At<'_>) {
        let version = self.of.version(side);
        let what = format!(
            "the key {text} is the text \"{text}\" here, as {version} takes texts beside that type"
        );
        let label = format!("{text} itself, which is no text, is not listed");
        self.tell((Diagnostic::note, "F640", what), at, (label, help));
    }
}

/// How to list a value that a key cannot say.
pub(super) fn paired(side: Side, value: &Value, other: &Cell) -> String {
    let other = match other {
        Cell::Key(text) => text.to_string(),
        Cell::Value(value) => value.to_string(),
        Cell::Absent => String::from("$absent"),
    };
    let (old, new) = match side {
        Side::Old => (value.to_string(), other),
        Side::New => (other, value.to_string()),
    };
    format!(
        "keys are texts at a place that takes texts; for the value itself say `pairs: [[{old}, {new}]]`"
    )
}

/// Aliases that never fill their first place, as `absent` says what that is where it does not come.
pub(super) fn fills(of: &Checking<'_, '_>, walk: &Walk) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for visit in walk.visits.iter().filter(|visit| visit.binding.cross.is_none()) {
        for fill in &visit.binding.fills {
            let Some(rule) = of.hop.rules.get(fill.rule) else { continue };
            let What::Fill(alias) = rule.what else { continue };
            let first = further(&rule.root, &alias.first, fill.cut);
            // Of a place further in, the object that it is in may be absent; and where the second
            // counts, it does so against what absence means too.
            if first.len() != 1 || alias.prefer == Prefer::Second {
                continue;
            }
            let side = of.hop.direction.source();
            let means = |m: &&Move| {
                let field = m.rule.and_then(|at| of.hop.field(at));
                m.src == first && field.is_some_and(|field| field.meaning(side).is_some())
            };
            let Some(by) = visit.binding.moves.iter().find(means).and_then(|m| m.rule) else {
                continue;
            };
            let (first, second) = (Path(first), Path(fill.place.clone()));
            let message = format!(
                "`{second}` of {} never fills `{first}`, at {}",
                of.version(side),
                walk.place(visit)
            );
            found.push(
                Diagnostic::warning("F639", of.span(fill.rule), message)
                    .label(format!("`{first}` is never absent by then"))
                    .also(of.span(by), "`absent` says what it is where it does not come")
                    .help(format!("take `{side}` out of that `absent`, or say `prefer: second`")),
            );
        }
    }
    found
}
