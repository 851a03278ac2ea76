//! Stages: what one hop does to a value on the tape, in the order in which it is tried.

use super::lines::{Row, Text, table};
use super::single::pairs;
use super::{AS_IT_IS, Listing, list_rows, name};
use crate::json::{Text as Name, Value};
use crate::plan::{
    Alter, Branch, Carry, Cross, Crossing, Declared, Does, Elements, Items, Itself, Left, Members,
    Named, NamesOf, Naming, Place, ReporterId, Seg, Set, Split, Stage, StageId, TapedId, Turn,
    Unfit, Union, Unsaid, Voids, Work, Wrap,
};

impl Listing<'_> {
    /// The name of a stage, if it does anything.
    pub(super) fn through(&mut self, id: StageId, place: &str) -> Option<String> {
        let stage = usize::try_from(id).ok().and_then(|at| self.plan.stages.get(at));
        stage.filter(|stage| !stage.idle).map(|_| self.stages.name(id, place))
    }

    pub(super) fn stage(&mut self, id: StageId, at: &str) -> Vec<String> {
        let plan = self.plan;
        let Some(stage) = usize::try_from(id).ok().and_then(|at| plan.stages.get(at)) else {
            return Vec::new();
        };
        // One that does nothing is not listed.
        let Stage { refuses, .. } = stage;
        let Stage { voids, itself, cross, sealed, union, unfit, object, elements, items, .. } =
            stage;
        let mut rows: Vec<Row> = refuses.iter().map(|entry| self.refusing(entry)).collect();
        if let Some(voids) = voids {
            rows.extend(Self::voids(voids));
        }
        match itself {
            Some(Itself::Alter(alter)) => rows.push(Row::new("itself", self.alter(alter))),
            Some(Itself::Work(work, inner)) => {
                let through = inner.and_then(|inner| self.through(inner, at));
                let then = through.map(|name| format!(" through {name}")).unwrap_or_default();
                rows.push(Row::new("itself", format!("{}{then}", self.work(work))));
            }
            None => {}
        }
        match cross {
            None => {}
            Some(Cross::Outward(crossing)) => self.crossing("outward", crossing, at, &mut rows),
            Some(Cross::Inward(crossing)) => self.crossing("inward", crossing, at, &mut rows),
        }
        if *sealed {
            rows.push(Row::new("object, array", "goes on unseen"));
        }
        if let Some(union) = union {
            self.union(union, at, &mut rows);
        }
        let Unfit { scalar, array, object: other } = unfit;
        for (kind, by) in [("scalar", scalar), ("array", array), ("object", other)] {
            if let Some(by) = by {
                rows.push(Row::new(kind, format!("unfit by {}", self.by(*by))));
            }
        }
        if let Some(members) = object {
            self.members(members, at, &mut rows);
        }
        if let Some(items) = items {
            self.items(items, at, &mut rows);
        }
        match elements {
            Elements::Unknown => {}
            Elements::Unseen => rows.push(Row::new("each element", "goes on unseen")),
            Elements::Each(inner) => {
                let inner = self.through(*inner, &format!("{at}[]"));
                rows.extend(inner.map(|inner| Row::new("each element", inner)));
            }
        }
        table(1, &rows)
    }

    fn voids(voids: &Voids) -> Option<Row> {
        let Voids { places, values } = voids;
        let mut all: Vec<String> = places.iter().map(|place| shown(place)).collect();
        all.extend(values.iter().map(|_| String::from("{}")));
        (!all.is_empty()).then(|| Row::new("absent if null", all.join(", ")))
    }

    fn crossing(&mut self, word: &str, crossing: &Crossing, at: &str, rows: &mut Vec<Row>) {
        let Crossing { reporter, nullable, contract, carries, singles, apart } = crossing;
        let by = self.by(*reporter);
        let null = if *nullable { "; null stays null" } else { "" };
        rows.push(Row::new(word, format!("by {by}; {}{null}", self.declared(contract))));
        for carry in carries {
            rows.push(self.carry(carry, at).beneath(1));
        }
        self.singles(singles, at, rows);
        if !apart.0.is_empty() {
            rows.push(Row::new("apart", self.splits(&apart.0, apart.1)).beneath(1));
        }
    }

    fn union(&mut self, union: &Union, at: &str, rows: &mut Vec<Row>) {
        let Union { tag, branches, single, none } = union;
        let told = match tag {
            None => String::from("by JSON type and required members"),
            Some((of, _)) => format!("by {}", name(of.raw())),
        };
        let told = if *single { String::from("the only branch") } else { told };
        rows.push(Row::new("union", told));
        for (n, Branch { kinds, required, becomes }) in branches.iter().enumerate() {
            let values = tag.iter().flat_map(|(_, values)| values).filter(|(_, of)| *of == n);
            let values: Vec<String> = values.map(|(value, _)| value.to_string()).collect();
            let known = if values.is_empty() { String::from("else") } else { values.join(", ") };
            let required: Vec<String> = required.iter().map(|n| name(n.raw())).collect();
            let with = if required.is_empty() {
                String::new()
            } else {
                format!(" with {}", required.join(", "))
            };
            let (stage, told) = self.becomes(becomes, at);
            let known = if tag.is_some() { known } else { format!("branch {n}") };
            rows.push(Row::new(known, format!("({}{with}) {stage}", kinds_of(*kinds))).beneath(1));
            rows.extend(told.into_iter().map(|row| row.beneath(2)));
        }
        if let Some(by) = none {
            rows.push(Row::new("none of them", format!("unfit by {}", self.by(*by))).beneath(1));
        }
    }

    fn members(&mut self, members: &Members, at: &str, rows: &mut Vec<Row>) {
        let Members {
            properties,
            open,
            unmapped,
            contract,
            meanings,
            carries,
            others,
            left,
            singles,
            unsaid,
        } = members;
        rows.push(Row::new("object", format!("has {}", declared(properties, *open))));
        rows.push(Row::new("becomes", self.declared(contract)).beneath(1));
        if let Some(by) = unmapped {
            let text = format!("extras and members without counterpart by {}", self.by(*by));
            rows.push(Row::new("drop", text).beneath(1));
        }
        for (place, value) in meanings {
            rows.push(Row::new("absent", format!("{} means {value}", shown(place))).beneath(1));
        }
        for carry in carries {
            rows.push(self.carry(carry, at).beneath(1));
        }
        if let Some(others) = others {
            let others = self.through(*others, &format!("{at}{{}}"));
            let others = others.map_or_else(String::new, |others| format!(" through {others}"));
            rows.push(Row::new("carry", format!("*{others}")).beneath(1));
        }
        for (own, left) in left {
            match left {
                Left::Done => {}
                Left::Alone => {
                    let text = format!("{} has no counterpart", name(own.raw()));
                    rows.push(Row::new("left", text).beneath(1));
                }
                Left::Apart(parts, by) => {
                    let text = self.splits(parts, *by).after(&name(own.raw()));
                    rows.push(Row::new("apart", text).beneath(1));
                }
            }
        }
        self.singles(singles, at, rows);
        for Unsaid { dst, around, reporter } in unsaid {
            let text = format!(
                "absent {} without {} narrows by {}",
                shown(dst),
                shown(around),
                self.by(*reporter)
            );
            rows.push(Row::new("say", text).beneath(1));
        }
    }

    fn items(&mut self, items: &Items, at: &str, rows: &mut Vec<Row>) {
        let Items { named, stages, meanings, carries, singles } = items;
        rows.push(Row::new("array", "of single elements"));
        for Named { which, reporter, taken, moved, removed } in named {
            let taken = if *taken { "taken as a whole" } else { "looked into" };
            let further = match reporter {
                Some(by) => format!(", further ones by {}", self.by(*by)),
                None => String::new(),
            };
            let which = shown(std::slice::from_ref(which));
            let all = |places: &[Place]| {
                places.iter().map(|place| shown(place)).collect::<Vec<_>>().join(", ")
            };
            let moved = if moved.is_empty() {
                String::new()
            } else {
                format!(", goes with {}", all(moved))
            };
            let removed = if removed.is_empty() {
                String::new()
            } else {
                format!(", without {}", all(removed))
            };
            rows.push(Row::new(which, format!("{taken}{moved}{removed}{further}")).beneath(1));
        }
        for (bits, stage) in stages {
            let of = (0..).zip(named).filter(|(at, _)| *at < 64 && bits >> at & 1 == 1);
            let of: Vec<String> = of.map(|(_, n)| shown(std::slice::from_ref(&n.which))).collect();
            let of = if of.is_empty() { String::from("others") } else { of.join(" and ") };
            let stage = self.through(*stage, &format!("{at}[]"));
            let stage = stage.map_or_else(String::new, |stage| format!(" through {stage}"));
            rows.push(Row::new("carry", format!("{of}{stage}")).beneath(1));
        }
        for (place, value) in meanings {
            rows.push(Row::new("absent", format!("{} means {value}", shown(place))).beneath(1));
        }
        for carry in carries {
            rows.push(self.carry(carry, at).beneath(1));
        }
        self.singles(singles, at, rows);
    }

    fn carry(&mut self, carry: &Carry, at: &str) -> Row {
        let Carry { src, dst, nullable, unsaid, reporter, work, stage } = carry;
        let mut text = shown(src);
        if src != dst {
            text = format!("{text} to {}", shown(dst));
        }
        if let Some(work) = work {
            text = format!("{text} | {}", self.work(work));
        }
        if let Some(stage) = stage.and_then(|stage| self.through(stage, &beneath(at, src))) {
            text = format!("{text} through {stage}");
        }
        if *nullable {
            text.push_str(", null too");
        }
        if *unsaid {
            text.push_str(", absence narrows");
        }
        if let Some(by) = reporter {
            text = self.reported(text, *by);
        }
        Row::new("carry", text)
    }

    /// What a step on the tape does to the value at a place.
    pub(super) fn taped(&mut self, id: TapedId, at: &str) -> String {
        let plan = self.plan;
        let taped = usize::try_from(id).ok().and_then(|id| plan.taped.get(id));
        match taped.map(|t| &t.does) {
            None => String::new(),
            Some(Does::Work(work, stage)) => {
                let work = work.as_ref().map(|work| self.work(work));
                let stage = stage.and_then(|stage| self.through(stage, at));
                let all: Vec<String> = work.into_iter().chain(stage).collect();
                if all.is_empty() { String::from(AS_IT_IS) } else { all.join(", else ") }
            }
            Some(Does::Back(from)) => format!("back {}", self.from(from, at)),
            Some(Does::Copy) => String::from("a copy"),
            Some(Does::Repeat(map, by)) => {
                format!("second{} by {}", pairs(Some(map)), self.by(*by))
            }
            Some(Does::From(from)) => self.from(from, at),
            Some(Does::Read(place, nullable)) => {
                format!("what is at {}{}", shown(place), if *nullable { ", null too" } else { "" })
            }
        }
    }

    fn work(&mut self, work: &Work) -> String {
        let Work { reporter: _, each, wrap, narrows, below, alter } = work;
        let mut steps = Vec::new();
        if let Some((each, Turn::First)) = each {
            steps.push(format!("each ({})", self.work(each)));
        }
        let (place, apart) = below;
        let under = if place.is_empty() { String::new() } else { format!(" at {}", shown(place)) };
        if let Some(Wrap::Unwrap { nullable }) = wrap {
            let empty = if *nullable { "null" } else { "absent" };
            steps.push(format!("the first element{under}, else {empty}"));
        }
        let alter = self.alter(alter);
        if !alter.is_empty() {
            steps.push(alter);
        }
        if *narrows {
            steps.push(String::from("null narrows"));
        }
        if let Some(Wrap::Wrap { narrows }) = wrap {
            let narrows = if *narrows { " (null narrows)" } else { "" };
            steps.push(format!("a list of one{under}{narrows}"));
        }
        if !apart.is_empty() {
            let inner: Vec<String> = apart.iter().map(|(s, p)| split(s, p).line()).collect();
            steps.push(format!("apart {{ {} }}", inner.join(", ")));
        }
        if let Some((each, Turn::Last)) = each {
            steps.push(format!("each ({})", self.work(each)));
        }
        if steps.is_empty() { String::from(AS_IT_IS) } else { steps.join(" | ") }
    }

    fn alter(&mut self, alter: &Alter) -> String {
        let Alter { list, convert, set, names } = alter;
        let mut steps = Vec::new();
        if let Some(list) = list {
            let rows: Vec<String> = list_rows(list).iter().map(|r| r.line()).collect();
            steps.push(format!("list {{ {} }} by {}", rows.join(", "), self.by(list.reporter)));
        }
        steps.extend(names.map(|Naming { of, reporter, .. }| {
            let named = match of {
                NamesOf::Request => "field of the request",
                NamesOf::Document => "field of the document",
                NamesOf::Type => "fields of a type",
            };
            format!("named {named} by {}", self.by(reporter))
        }));
        steps.extend(convert.as_ref().map(|convert| self.convert(convert)));
        let mut text = steps.join(", else ");
        if let Some(Set { there, back }) = set {
            let pairs = |entries: &[(Value, Value)]| {
                let one = |(from, to): &(Value, Value)| format!("{from}: {to}");
                entries.iter().map(one).collect::<Vec<_>>().join(", ")
            };
            let set = format!("set {{ {} }} back {{ {} }}", pairs(there), pairs(back));
            text = if text.is_empty() { set } else { format!("{set}, else {text}") };
        }
        text
    }

    fn declared(&mut self, of: &Declared) -> String {
        let Declared { properties, open, reporter } = of;
        format!("{}; collide by {}", declared(properties, *open), self.by(*reporter))
    }

    fn splits(&mut self, parts: &[(Seg, Split)], by: ReporterId) -> Text {
        Text { head: format!("by {}", self.by(by)), inner: Some(splits(parts)) }
    }
}

/// A place beneath another of the message.
pub(super) fn beneath(at: &str, place: &[Seg]) -> String {
    match place {
        [] => at.to_owned(),
        [Seg::Name(_), ..] => format!("{at}.{}", shown(place)),
        [Seg::Index(_) | Seg::Select(_), ..] => format!("{at}{}", shown(place)),
    }
}

/// A member or element of what is taken apart.
/// What becomes of members or elements of what is taken apart.
pub(super) fn splits(parts: &[(Seg, Split)]) -> Vec<(String, Text)> {
    parts.iter().map(|(seg, part)| (String::new(), split(seg, part))).collect()
}

fn split(seg: &Seg, part: &Split) -> Text {
    let seg = shown(std::slice::from_ref(seg));
    match part {
        Split::Carried => Text::from(format!("{seg} carried")),
        Split::Through(parts) | Split::Beside(parts) => {
            Text { head: seg, inner: Some(splits(parts)) }
        }
        Split::Selector(value, otherwise) => {
            let text = format!("{seg} is {value}");
            match otherwise {
                None => Text::from(text),
                Some(part) => Text::from(format!("{text}, else {}", split_else(part))),
            }
        }
    }
}

fn split_else(part: &Split) -> String {
    match part {
        Split::Carried => String::from("carried"),
        Split::Through(_) | Split::Beside(_) => String::from("looked into"),
        Split::Selector(value, _) => format!("is {value}"),
    }
}

/// Names that a contract declares.
fn declared(properties: &[Name], open: bool) -> String {
    let mut names: Vec<String> = properties.iter().map(|n| name(n.raw())).collect();
    if open {
        names.push(String::from("any other"));
    }
    if names.is_empty() { String::from("no declared member") } else { names.join(", ") }
}

/// A place on the tape, as mappings write it.
pub(super) fn shown(place: &[Seg]) -> String {
    let mut text = String::new();
    for seg in place {
        match seg {
            Seg::Name(own) if text.is_empty() => text.push_str(&name(own.raw())),
            Seg::Name(own) => text = format!("{text}.{}", name(own.raw())),
            Seg::Index(at) => text = format!("{text}[{at}]"),
            Seg::Select(fields) => {
                let field = |(names, value): &(Vec<Name>, Value)| {
                    let names: Vec<String> = names.iter().map(|n| name(n.raw())).collect();
                    format!("{}={value}", names.join("."))
                };
                let fields: Vec<String> = fields.iter().map(field).collect();
                text = format!("{text}[{}]", fields.join(","));
            }
        }
    }
    if text.is_empty() { String::from(".") } else { text }
}

/// JSON types, by the bits that contracts have for them.
pub(super) fn kinds_of(kinds: u8) -> String {
    let names = [
        (1, "boolean"),
        (6, "number"),
        (2, "integer"),
        (8, "string"),
        (16, "array"),
        (32, "object"),
    ];
    let there = names
        .iter()
        .filter(|(bits, name)| kinds & bits == *bits && !(*name == "integer" && kinds & 6 == 6));
    let there: Vec<&str> = there.map(|(_, name)| *name).collect();
    if there.is_empty() { String::from("nothing") } else { there.join(" or ") }
}
