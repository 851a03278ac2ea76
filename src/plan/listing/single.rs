//! Rules with one place: what is filled, made, repeated and taken, and what a source gives.

use super::Listing;
use super::lines::Row;
use super::staged::{beneath, shown};
use crate::json::Value;
use crate::plan::{
    Agreement, Around, Fill, From, Gather, Given, Looked, Make, Many, Prefer, Refusing, Repeat,
    Singles, Take, TextPiece,
};

impl Listing<'_> {
    /// What fills the first of two places that say the same.
    pub(super) fn agreement(&mut self, second: &str, agreement: &Agreement) -> String {
        let Agreement { reporter, map, prefer, voids } = agreement;
        let prefer = match prefer {
            Prefer::First => "the first counts",
            Prefer::Second => "the second counts",
            Prefer::Refuse => "refuse what disagrees",
        };
        let map = pairs(map.as_deref());
        let voids = if *voids { "; null is as good as absent" } else { "" };
        format!("from {second}{map}; {prefer}{voids}; by {}", self.by(*reporter))
    }

    pub(super) fn singles(&mut self, singles: &Singles, at: &str, rows: &mut Vec<Row>) {
        let Singles { fills, makes, repeats, takes } = singles;
        for Fill { second, first, declared, agreement } in fills {
            let new = if *declared { "" } else { " (not in the contract)" };
            let agreement = self.agreement(&shown(second), agreement);
            rows.push(Row::new("fill", format!("{}{new} {agreement}", shown(first))).beneath(1));
        }
        for Make { reporter, dst, given, late } in makes {
            let given = self.given(given, at);
            let late = late.as_ref().map(|around| format!(" without {}", shown(around)));
            let late = late.unwrap_or_default();
            let text = self.reported(format!("{} = {given}{late}", shown(dst)), *reporter);
            rows.push(Row::new("make", text).beneath(1));
        }
        for Repeat { reporter, dst, first, map, voids } in repeats {
            let (dst, first, by) = (shown(dst), shown(first), self.by(*reporter));
            let voids = if *voids { ", null is absent" } else { "" };
            let text = format!("{dst} from {first}{}{voids} by {by}", pairs(map.as_deref()));
            rows.push(Row::new("repeat", text).beneath(1));
        }
        for Take { reporter, src, but, unless, around } in takes {
            let unless = match unless {
                Given::Absent => String::new(),
                given @ (Given::Literal(_)
                | Given::Placeholder(..)
                | Given::From(_)
                | Given::Text(_)) => {
                    format!(" unless it is {}", self.given(given, at))
                }
            };
            let but: Vec<String> = but.iter().map(|place| shown(place)).collect();
            let but =
                if but.is_empty() { String::new() } else { format!(" but {}", but.join(", ")) };
            let around = around.as_ref().map_or_else(String::new, beside);
            let text = self.reported(format!("{}{but}{unless}{around}", shown(src)), *reporter);
            rows.push(Row::new("take", text).beneath(1));
        }
    }

    /// What is refused of values that come.
    pub(super) fn refusing(&mut self, entry: &Refusing) -> Row {
        let Refusing { reporter, tests, voids } = entry;
        let tests = tests.iter().map(|(at, test)| format!("{} is {test}", looked(at)));
        let tests: Vec<String> = tests.collect();
        let tests = if tests.is_empty() { String::from("all") } else { tests.join(", ") };
        let voids = if *voids { ", null is absent" } else { "" };
        Row::new("refuse", format!("{tests}{voids} by {}", self.by(*reporter)))
    }

    fn given(&mut self, given: &Given, at: &str) -> String {
        match given {
            Given::Absent => String::from("absent"),
            Given::Literal(value) => value.to_string(),
            Given::Placeholder(value, by) => format!("placeholder {value} by {}", self.by(*by)),
            Given::From(from) => self.from(from, at),
            Given::Text(pieces) => {
                let piece = |piece: &TextPiece| match piece {
                    TextPiece::Literal(text) => format!("\"{}\"", text.raw()),
                    TextPiece::Place(Some(place)) => shown(place),
                    TextPiece::Place(None) => String::from("nowhere"),
                };
                let pieces: Vec<String> = pieces.iter().map(piece).collect();
                format!("text of {}", pieces.join(" + "))
            }
        }
    }

    pub(super) fn from(&mut self, from: &From, at: &str) -> String {
        let From { src, gathers, nullable, voids, map, otherwise, stage } = from;
        let mut text = match src.as_deref() {
            Some([]) => String::from("from it"),
            Some(src) => format!("from {}", shown(src)),
            None => String::from("from nowhere"),
        };
        for Gather { of, place } in gathers {
            text.push_str(match of {
                Many::Elements => "[]",
                Many::Values(_) => "{}",
            });
            text.push_str(&beneath("", place));
        }
        if *nullable {
            text.push_str(", null too");
        }
        if *voids {
            text.push_str(", null is absent");
        }
        let mut cases = Vec::new();
        for (value, given) in map {
            cases.push(format!("{value}: {}", self.given(given, at)));
        }
        if !cases.is_empty() {
            text = format!("{text} {{ {} }}", cases.join(", "));
        }
        match (src, stage) {
            (Some(src), Some(stage)) => {
                if let Some(stage) = self.through(*stage, &beneath(at, src)) {
                    text = format!("{text} through {stage}");
                }
            }
            (Some(_), None) if map.is_empty() => text.push_str(", which makes nothing"),
            (Some(_) | None, _) => {}
        }
        if let Some(otherwise) = otherwise {
            text = format!("{text}, else {}", self.given(otherwise, at));
        }
        text
    }
}

/// A place that a test is about.
fn looked(Looked { place, each }: &Looked) -> String {
    let own = place.as_ref().map_or_else(|| String::from("nowhere"), |place| shown(place));
    let Some((of, inner)) = each else { return own };
    let inner = looked(inner);
    let inner = if inner == "." { inner } else { format!(".{inner}") };
    let many = if matches!(of, Many::Elements) { "[]" } else { "{}" };
    format!("{own}{many}{}", inner.trim_end_matches('.'))
}

/// What has to be there beside a value, or is lost.
fn beside(around: &Around) -> String {
    let Around { carried, copied, element } = around;
    let element = element.iter().map(|seg| shown(std::slice::from_ref(seg)));
    let copied = copied.iter().map(|place| format!("the copy of {}", shown(place)));
    let carried = carried.iter().map(|(place, _)| shown(place));
    let all: Vec<String> = carried.chain(copied).chain(element).collect();
    let all = if all.is_empty() { String::from("nothing") } else { all.join(" or ") };
    format!(", given back beside {all}")
}

/// Values of one place and what they are at the other.
pub(super) fn pairs(map: Option<&[(Value, Value)]>) -> String {
    let Some(map) = map else { return String::new() };
    let cases: Vec<String> = map.iter().map(|(from, to)| format!("{from}: {to}")).collect();
    format!(" {{ {} }}", cases.join(", "))
}
