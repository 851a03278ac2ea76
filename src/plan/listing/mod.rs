//! A program as text that stays the same as long as the program does: what happens to each
//! member, what is built at the end, and which rule reports what. Functions, stages, lists and
//! rules are numbered as they are met; `docs/cli.md` says how to read it.

mod fused;
mod lines;
mod single;
mod staged;
mod told;
mod written;

use std::collections::BTreeMap;

use self::lines::{Row, table};
use super::{Body, Convert, Group, Head, List, ListId, Miss, Plan, ReporterId};
use crate::json::Value;
use crate::loss::{Loses, RuleId};
use crate::message::media::{Content, Retyped};

/// What is done to a value that goes through a step unchanged.
const AS_IT_IS: &str = "as it is";

/// The text of a program; `rule` says what a rule is called.
pub fn listing(plan: &Plan, rule: &dyn Fn(RuleId) -> String) -> String {
    if plan.is_empty() {
        return String::from("nothing to do: the message goes through as it came\n");
    }
    let mut listing = Listing::new(plan);
    let root = listing.steps(&plan.root, "");
    let mut out = vec![format!("message  {root}")];
    let mut next = 0;
    while let Some((id, place)) = listing.functions.met(next) {
        next = next.saturating_add(1);
        out.push(String::new());
        out.push(format!("{}  at {}", listing.functions.name(id, &place), shown(&place)));
        out.extend(listing.function(id, &place));
    }
    next = 0;
    while let Some((id, place)) = listing.stages.met(next) {
        next = next.saturating_add(1);
        out.push(String::new());
        out.push(format!("{}  at {}", listing.stages.name(id, &place), shown(&place)));
        out.extend(listing.stage(id, &place));
    }
    next = 0;
    while let Some((id, _)) = listing.lists.met(next) {
        next = next.saturating_add(1);
        out.push(String::new());
        out.extend(listing.listed(id));
    }
    let rules = listing.rules(rule);
    if !rules.is_empty() {
        out.push(String::new());
        out.push(String::from("rules"));
        out.extend(rules);
    }
    out.push(String::new());
    out.join("\n")
}

/// The text of the program of a head, or of a whole message: what is written otherwise without a rule,
/// and what rules do.
pub fn of_head(head: &Head, rule: &dyn Fn(RuleId) -> String) -> String {
    let moved = head.from.moved(&head.to);
    let moved = moved.map(|(from, to)| format!("path  {} -> {}", from.as_str(), to.as_str()));
    let restyled = head.from.restyled(&head.to).map(|own| {
        format!("{}.{}  in the style of the other contract", own.part.as_str(), own.param.name)
    });
    let retyped = head.retype.iter().map(|own| {
        let from = match &own.of {
            Retyped::Saying(from) => from.as_str(),
            Retyped::Sort(_) => "what it says",
            Retyped::Unlike => "what is no JSON",
        };
        format!("header.content-type  {from} -> {}", own.to)
    });
    let sort = sort(head.content).map(String::from);
    let mut lines: Vec<String> =
        moved.into_iter().chain(restyled).chain(retyped).chain(sort).collect();
    if lines.is_empty() || !head.plan.is_empty() {
        lines.push(listing(&head.plan, rule));
    } else {
        lines.push(String::new());
    }
    lines.join("\n")
}

/// The text of the program of a body by itself.
pub fn of_body(body: &Body, rule: &dyn Fn(RuleId) -> String) -> String {
    let sort = sort(body.content).map(|sort| format!("{sort}\n")).unwrap_or_default();
    format!("{sort}{}", listing(&body.plan, rule))
}

/// As what a body is read and written, where one of the two is no document.
fn sort(content: (Content, Content)) -> Option<&'static str> {
    match content {
        (Content::Text, Content::Text) => Some("body  a plain text"),
        (Content::Text, _) => Some("body  a plain text -> a document"),
        (_, Content::Text) => Some("body  a document -> a plain text"),
        (Content::Json | Content::Opaque, Content::Json | Content::Opaque) => None,
    }
}

/// What is numbered as it is met: each with the place of the message where that was.
#[derive(Default)]
struct Numbers {
    letter: &'static str,
    known: BTreeMap<u32, usize>,
    order: Vec<(u32, String)>,
}

impl Numbers {
    fn new(letter: &'static str) -> Self {
        Self { letter, ..Self::default() }
    }

    fn name(&mut self, id: u32, place: &str) -> String {
        let number = *self.known.entry(id).or_insert_with(|| {
            self.order.push((id, place.to_owned()));
            self.order.len().saturating_sub(1)
        });
        format!("{}{number}", self.letter)
    }

    fn met(&self, at: usize) -> Option<(u32, String)> {
        self.order.get(at).cloned()
    }
}

/// A program while it is listed.
struct Listing<'p> {
    plan: &'p Plan,
    functions: Numbers,
    stages: Numbers,
    lists: Numbers,
    reporters: Numbers,
}

impl<'p> Listing<'p> {
    fn new(plan: &'p Plan) -> Self {
        Self {
            plan,
            functions: Numbers::new("f"),
            stages: Numbers::new("s"),
            lists: Numbers::new("l"),
            reporters: Numbers::new("r"),
        }
    }

    fn by(&mut self, reporter: ReporterId) -> String {
        self.reporters.name(reporter, "")
    }

    /// A text and the rule that reports it, which is not said twice where the text ends with it.
    fn reported(&mut self, text: String, reporter: ReporterId) -> String {
        let by = format!(" by {}", self.by(reporter));
        if text.ends_with(&by) { text } else { text + &by }
    }

    /// Steps over the value at a place, one after the other.
    fn steps(&mut self, steps: &[Group], place: &str) -> String {
        let steps: Vec<String> = steps.iter().map(|step| self.step(step, place)).collect();
        steps.join(" | ")
    }

    fn step(&mut self, step: &Group, place: &str) -> String {
        let Group { list, convert, call, nested, sealed, taped } = step;
        let mut choices = Vec::new();
        choices.extend(list.map(|id| self.lists.name(id, place)));
        choices.extend(convert.as_ref().map(|convert| self.convert(convert)));
        choices.extend(call.map(|id| self.functions.name(id, place)));
        choices.extend(taped.map(|id| self.taped(id, place)));
        let mut text = choices.join(", else ");
        if let Some(nested) = nested.filter(|nested| *call != Some(*nested)) {
            let space = if text.is_empty() { "" } else { " " };
            let name = self.functions.name(nested, place);
            text = format!("{text}{space}(object, array: {name})");
        }
        if *sealed {
            text = format!("{text} (object, array: no list, no conversion)");
        }
        text
    }

    fn convert(&mut self, convert: &Convert) -> String {
        let Convert { from, to, reporter } = convert;
        format!("{from} to {to} by {}", self.by(*reporter))
    }

    /// A list of values.
    fn listed(&mut self, id: ListId) -> Vec<String> {
        let plan = self.plan;
        let list = usize::try_from(id).ok().and_then(|at| plan.lists.get(at));
        let name = self.lists.name(id, "");
        let Some(list) = list else { return Vec::new() };
        let mut lines = vec![format!("{name}  by {}", self.by(list.reporter))];
        lines.extend(table(1, &list_rows(list)));
        lines
    }

    /// The rules that were met, as they are called.
    fn rules(&self, name: &dyn Fn(RuleId) -> String) -> Vec<String> {
        let mut rows = Vec::new();
        for (at, (id, _)) in self.reporters.order.iter().enumerate() {
            let reporter = usize::try_from(*id).ok().and_then(|at| self.plan.rules.get(at));
            let Some(reporter) = reporter else { continue };
            let loses = match reporter.loses {
                Loses::Report => "",
                Loses::Refuse => ", loses: refuse",
                Loses::Allow => ", loses: allow",
            };
            let strict = if reporter.strict { ", strict" } else { "" };
            let name = name(reporter.rule);
            rows.push(Row::new(format!("r{at}"), format!("{name}{loses}{strict}")));
        }
        table(1, &rows)
    }
}

/// What becomes of listed values and of others.
fn list_rows(list: &List) -> Vec<Row> {
    let List { entries, absent, miss, back, known, null, nests: _, reporter: _ } = list;
    let mut rows = Vec::new();
    for (value, result, narrowed) in entries {
        let result = result.as_ref().map_or_else(|| String::from("absent"), Value::to_string);
        let narrowed = if *narrowed { ", narrowed" } else { "" };
        rows.push(Row::new(value.to_string(), format!("{result}{narrowed}")));
    }
    rows.extend(absent.as_ref().map(|value| Row::new("absent", value.to_string())));
    let others = match miss {
        Miss::Keep => {
            let all = |values: &[Value]| {
                values.iter().map(Value::to_string).collect::<Vec<_>>().join(", ")
            };
            let entry = |(key, again): &(Value, Option<Value>)| {
                let again = again.as_ref().map_or_else(|| String::from("absent"), Value::to_string);
                format!("{key} → {again}")
            };
            let mut ways: Vec<String> = back.entries.iter().map(entry).collect();
            ways.extend(back.other.as_ref().map(|other| format!("others → {other}")));
            let narrowed = match ways.as_slice() {
                [] => String::new(),
                ways => format!(", narrowed unless it comes back ({})", ways.join(", ")),
            };
            let known = known.as_ref().map(|known| format!(", unknown unless {}", all(known)));
            format!("stay{narrowed}{}", known.unwrap_or_default())
        }
        Miss::Refuse => String::from("refuse the message"),
        Miss::Become(value, again) => match again {
            Some(again) => format!("become {value}, narrowed unless {again}"),
            None => format!("become {value}, narrowed"),
        },
    };
    rows.push(Row::new("others", others));
    rows.extend(null.then(|| Row::new("null", String::from("stays, narrowed"))));
    rows
}

/// The raw text of a name, quoted unless it is plain.
fn name(raw: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '$' | '@' | ':');
    if !raw.is_empty() && raw.chars().all(plain) { raw.to_owned() } else { format!("\"{raw}\"") }
}

/// A place of the message for people.
fn shown(place: &str) -> &str {
    let shown = place.strip_prefix('.').unwrap_or(place);
    if shown.is_empty() { "." } else { shown }
}

/// One of several that have `else` between them, told from these.
fn enclosed(text: String) -> String {
    if text.contains(", else ") { format!("({text})") } else { text }
}
