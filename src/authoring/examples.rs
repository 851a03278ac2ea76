//! The examples of mappings, run in both directions.

use super::explain::answer;
use crate::compile::{self, NoCounterpart, Part, Series, Status, Subject, Track, View, Way};
use crate::contract::Operation;
use crate::diagnostic::{Diagnostic, Span, nearest};
use crate::json::place::token;
use crate::json::{self, Text, Value};
use crate::mapping::{Answer, Example, ExampleOf, Mapping};
use crate::message::media::{Content, Retype, essence};
use crate::message::{envelope, param};
use crate::translate::{Failure, Limits, Translated, translate};
use crate::version::Direction;

/// Nesting that an example may have.
const DEPTH: usize = 512;

/// Runs every example; one that comes out otherwise is an error.
pub fn examples(series: &Series) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for (hop, mapping) in series.mappings.iter().enumerate() {
        for example in &mapping.examples {
            let wrong = |direction| run(series, (hop, mapping), example, direction).err();
            let [up, down] = [Direction::Upgrade, Direction::Downgrade].map(wrong);
            // What is wrong with the example itself both say.
            let down = down.filter(|own| up.as_ref().is_none_or(|up| up.message != own.message));
            found.extend(up.into_iter().chain(down));
        }
    }
    found
}

fn run(
    series: &Series,
    (hop, mapping): (usize, &Mapping),
    example: &Example,
    direction: Direction,
) -> Result<(), Diagnostic> {
    let Example { old, new, up, down, .. } = example;
    let (word, from, expected) = match direction {
        Direction::Upgrade => ("upgrading `old`", old, up.as_ref().or(new.as_ref())),
        Direction::Downgrade => ("downgrading `new`", new, down.as_ref().or(old.as_ref())),
    };
    let Some(from) = from else { return Ok(()) };
    let wrong = |message: String| Diagnostic::error("F616", example.span, message);
    let next = hop.saturating_add(1);
    let way = match direction {
        Direction::Upgrade => Way { from: hop, to: next },
        Direction::Downgrade => Way { from: next, to: hop },
    };
    let track;
    // Of what is refused nothing else is expected.
    let (mut from, mut expected) = (from.clone(), expected.unwrap_or(from).clone());
    let subject = match &example.of {
        ExampleOf::Type(name) => {
            let (old, new) = mapping.pair(name);
            for (version, own) in [(hop, old), (next, new)] {
                let unknown = no_type(series, (version, own), (mapping, name), example.span);
                unknown.map_or(Ok(()), Err)?;
            }
            match direction {
                Direction::Upgrade => Subject::Pair(old, new),
                Direction::Downgrade => Subject::Pair(new, old),
            }
        }
        ExampleOf::Request(name) | ExampleOf::Response(name) => {
            let Some(step) = step(series, (hop, mapping), example, (name, direction))? else {
                return Ok(());
            };
            track = step;
            let part =
                part(&example.of, &from).ok_or_else(|| wrong(String::from("not a status")))?;
            let said = content_type(&from);
            let medium = series.medium(&track, part, said.as_deref());
            let contents = series.contents(&track, (part, medium));
            (from, expected) = (as_body(from, contents.0), as_body(expected, contents.1));
            // Of a body alone nothing else is said.
            let bodies = (body_alone(&from), body_alone(&expected));
            let alone = !series.crosses(&track, part)
                && from_status(&from) == from_status(&expected)
                && example.refused.is_none();
            match bodies {
                (Some(one), Some(other)) if alone => {
                    (from, expected) = (one, other);
                    Subject::Typed(&track, part, medium, View::Body)
                }
                _ => {
                    from = complete(from, part);
                    Subject::Typed(&track, part, medium, View::Whole)
                }
            }
        }
    };
    let plan = match series.travel(subject, way) {
        Ok(Some(travel)) => compile::program(&travel.links, &travel.roots, travel.direction)
            .map_err(|_| wrong(String::from("the example's mapping cannot be compiled")))?,
        Ok(None) => {
            let help = "let a contract declare it, or take the example out: it goes on as it came";
            return Err(wrong(String::from("neither contract declares such a body")).help(help));
        }
        Err(reason) => {
            return Err(wrong(reason.to_string()).helped(helps(&reason)));
        }
    };
    let done = translate(&plan, from.to_string().as_bytes(), &Limits::default());
    judge((series, subject), example, (word, done), (&from, &expected))
}

/// That a version lacks the type of an example: what may be meant, said once for both ways.
fn no_type(
    series: &Series,
    (version, own): (usize, &str),
    (mapping, name): (&Mapping, &str),
    span: Span,
) -> Option<Diagnostic> {
    let contract = series.contracts.get(version)?;
    if contract.types.named(own).is_some() {
        return None;
    }
    let by_new = mapping.types.iter().find(|block| *block.new == *name);
    let all: Vec<&str> = contract.types.names().map(|(known, _)| known).collect();
    let by_new = by_new.map(|block| format!("an example goes by the old name: `{}`", block.old));
    let help = by_new.or_else(|| meant(own, &all));
    let what = format!("version {} has no schema `{own}`", contract.version);
    Some(Diagnostic::error("F616", span, what).helped(help))
}

/// The hop of an example's operation; `None`: it has none, as the example says.
fn step(
    series: &Series,
    (hop, mapping): (usize, &Mapping),
    example: &Example,
    (name, direction): (&str, Direction),
) -> Result<Option<Track>, Diagnostic> {
    let wrong = |message: String| Diagnostic::error("F616", example.span, message);
    let next = hop.saturating_add(1);
    let (from, to) = if direction == Direction::Upgrade { (hop, next) } else { (next, hop) };
    // What has no counterpart may be of the new version alone.
    let known = |version: usize| series.operation(version, name);
    let alone = known(from).filter(|_| example.refused.is_some());
    if known(hop).or(alone).is_none() {
        let near = || {
            let all = series.contracts.get(hop).into_iter().flat_map(|c| &c.operations);
            // A name without a space is an `operationId`.
            let ids = all.clone().filter_map(|own| own.id.as_deref().map(String::from));
            let ids: Vec<String> = ids.filter(|_| !name.contains(' ')).collect();
            let all = if ids.is_empty() { all.map(Operation::name).collect() } else { ids };
            meant(name, &all.iter().map(String::as_str).collect::<Vec<_>>())
        };
        let help = known(next).map(|_| format!("{} alone has it: {REFUSED}", mapping.to));
        let what = format!("version {} has no operation `{name}`", mapping.from);
        return Err(wrong(what).helped(help.or_else(near)));
    }
    let step = series.step(hop, name, direction);
    if step.is_none() {
        let none = alone.and_then(|own| series.plain_track(from, own, Way { from, to }).err());
        if let Some((none, said)) = none.zip(example.refused.as_ref()) {
            told(said, of_operation(none)).map_err(wrong)?;
            return Ok(None);
        }
        let what = format!("version {} has no counterpart of `{name}`", mapping.to);
        let help = format!("{} alone has it: {REFUSED}", mapping.from);
        return Err(wrong(what).help(help));
    }
    Ok(step)
}

/// Names that are listed where none is near.
const MOST_NAMES: usize = 12;

/// Which name may be meant by one that is not there: the nearest, or all of few.
fn meant(name: &str, known: &[&str]) -> Option<String> {
    match nearest(name, known.iter().copied()) {
        Some(near) => Some(format!("did you mean `{near}`?")),
        None if known.is_empty() || known.len() > MOST_NAMES => None,
        None => {
            let all: Vec<String> = known.iter().map(|name| format!("`{name}`")).collect();
            Some(format!("there are {}", all.join(", ")))
        }
    }
}

/// What an example of what has no counterpart says.
const REFUSED: &str = "an example of it has one document, and `refused: {}` beside it";

/// What to do about an example of a message that one version has alone.
fn helps(reason: &NoCounterpart) -> Option<String> {
    let what = match reason {
        NoCounterpart::Answer(_) => "the answer",
        NoCounterpart::Body(_) => "the body",
        _ => return None,
    };
    Some(format!(
        "nothing is translated of it: let the contract have {what}, relate what has one (a status: `fields: {{ status: {{ map: … }} }}`), or take the example out"
    ))
}

/// Says what comes out of an example otherwise than it says.
fn judge(
    (series, subject): (&Series, Subject<'_>),
    example: &Example,
    (word, done): (&str, Result<Translated, Failure>),
    (from, expected): (&Value, &Value),
) -> Result<(), Diagnostic> {
    let wrong = |message: String| Diagnostic::error("F616", example.span, message);
    if let (Err(Failure::Refused(refusal)), Some(said)) = (&done, &example.refused) {
        let (status, detail) = answer(series, refusal.rule);
        // An answer that is refused is the backend's fault to who asked.
        let status = match &example.of {
            ExampleOf::Response(_) => 502,
            ExampleOf::Type(_) | ExampleOf::Request(_) => status.unwrap_or(422),
        };
        let detail = refusal.words.as_deref().or(detail).map(Box::from);
        return told(said, (status, detail)).map_err(wrong);
    }
    let done = done.map_err(|failure| {
        let refused = matches!(failure, Failure::Refused(_));
        let failed = wrong(format!("{word} fails: {failure}"));
        let help = "if that is meant, write `refused: {}` in the stead of the other document";
        if refused { failed.help(help) } else { failed }
    })?;
    let got = json::parse(&done.bytes, DEPTH).map_err(|e| wrong(format!("{word} fails: {e}")))?;
    let got = compared((series, subject), from, got);
    if example.refused.is_some() {
        let message = format!("{word} is not refused");
        return Err(wrong(message)
            .label(format!("it gives {}", shortened(&got.to_string())))
            .help("mend the rules, or write what comes out in the stead of `refused`"));
    }
    match difference(expected, &got, String::new()) {
        None => Ok(()),
        Some((at, what)) => {
            let place = if at.is_empty() { String::from("the document") } else { at };
            let message = format!("{word} gives something else at {place}: {what}");
            Err(wrong(message)
                .label(format!("it gives {}", shortened(&got.to_string())))
                .help("mend the rules or the example, or say what comes out with `up:` or `down:`"))
        }
    }
}

/// Whether a refusal says what an example says of it; `Err`: where it does not.
fn told(said: &Answer, (status, detail): (u16, Option<Box<str>>)) -> Result<(), String> {
    if let Some(other) = said.status.filter(|other| *other != status) {
        return Err(format!("it is refused with {status}, and not with {other}"));
    }
    match (&said.detail, detail) {
        (Some(other), Some(detail)) if **other != *detail => {
            let (detail, other) = (Value::string(&detail), Value::string(other));
            Err(format!("it is refused with the words {detail}, and not {other}"))
        }
        (Some(_), None) => Err(String::from("it is refused without a `detail`")),
        _ => Ok(()),
    }
}

/// What is said to who asks for an operation that the other version does not have.
fn of_operation(none: NoCounterpart) -> (u16, Option<Box<str>>) {
    match none {
        NoCounterpart::Refused(status, detail) => (status.unwrap_or(501), Some(detail)),
        _ => (501, None),
    }
}

/// Which message an example of an operation is.
fn part(of: &ExampleOf, message: &Value) -> Option<Part> {
    match of {
        ExampleOf::Response(_) => {
            let status = from_status(message).and_then(|status| Status::parse(&status));
            status.map(Part::Answer)
        }
        ExampleOf::Type(_) | ExampleOf::Request(_) => Some(Part::Request),
    }
}

fn from_status(message: &Value) -> Option<String> {
    param::text(envelope::member(message, "status")?)
}

/// The media type that a message says.
pub(super) fn content_type(message: &Value) -> Option<String> {
    param::text(envelope::member(envelope::member(message, "header")?, "content-type")?)
}

/// The body of a message of which nothing else is said, but for its status.
fn body_alone(message: &Value) -> Option<Value> {
    let Value::Object(members) = message else { return None };
    let known = |name: &Text| [Text::from_plain("body"), Text::from_plain("status")].contains(name);
    members.iter().all(|(name, _)| known(name)).then(|| envelope::member(message, "body"))?.cloned()
}

/// A message whose body is none if that is a text without a character.
fn as_body(message: Value, content: Content) -> Value {
    let none =
        |value: &Value| *value == Value::Null || param::text(value).is_some_and(|t| t.is_empty());
    let Value::Object(members) = message else { return message };
    let (is_text, body) = (content == Content::Text, Text::from_plain("body"));
    let gone = |(name, value): &(Text, Value)| is_text && *name == body && none(value);
    Value::Object(members.into_iter().filter(|member| !gone(member)).collect())
}

/// A message with every part but the body: what nobody says of them is that they are empty.
fn complete(message: Value, part: Part) -> Value {
    let Value::Object(mut members) = message else { return message };
    let names = match part {
        Part::Request => &["path", "query", "header", "cookie"][..],
        Part::Answer(_) => &["header"],
    };
    for name in names.iter().map(|name| Text::from_plain(name)) {
        if !members.iter().any(|(own, _)| *own == name) {
            members.push((name, Value::Object(Vec::new())));
        }
    }
    Value::Object(members)
}

/// What came out of a document, as examples say it.
fn compared((series, subject): (&Series, Subject<'_>), from: &Value, got: Value) -> Value {
    let Subject::Typed(track, part, medium, View::Whole) = subject else { return got };
    let is_made = |own: &Value| envelope::member(own, "body").is_some();
    let retype = match series.made(track, (part, medium)) {
        Some(made) if !is_made(from) && is_made(&got) => Some(made),
        _ => series.retype(track, (part, medium)),
    };
    let got = match retype {
        Some(retype) => saying(got, (&retype, &content_type(from).unwrap_or_default())),
        None => got,
    };
    without_empty(as_body(got, series.contents(track, (part, medium)).1))
}

/// A message with what it says that it is then.
fn saying(message: Value, (retype, came): (&Retype, &str)) -> Value {
    let Some(said) = content_type(&message).and_then(|said| retype.said(came, &said)) else {
        return message;
    };
    let Value::Object(mut parts) = message else { return message };
    for (name, part) in &mut parts {
        if let (true, Value::Object(fields)) = (name.raw() == "header", part) {
            let own = fields.iter_mut().filter(|(name, _)| name.raw() == "content-type");
            own.for_each(|(_, value)| *value = Value::string(essence(&said)));
        }
    }
    Value::Object(parts)
}

/// A message without the parts that are empty.
fn without_empty(message: Value) -> Value {
    let Value::Object(members) = message else { return message };
    let body = Text::from_plain("body");
    let stands = |(name, value): &(Text, Value)| {
        *name == body || !matches!(value, Value::Object(inner) if inner.is_empty())
    };
    Value::Object(members.into_iter().filter(stands).collect())
}

/// The first place (a JSON Pointer) where two documents differ, and how.
fn difference(expected: &Value, got: &Value, at: String) -> Option<(String, String)> {
    if expected.same(got) {
        return None;
    }
    match (expected, got) {
        (Value::Object(expected), Value::Object(got)) => {
            for (name, value) in expected {
                let there = got.iter().find(|(n, _)| n.same(name)).map(|(_, v)| v);
                let place = format!("{at}/{}", token(name));
                match there {
                    None => return Some((place, String::from("it is missing"))),
                    Some(there) => {
                        if let Some(found) = difference(value, there, place) {
                            return Some(found);
                        }
                    }
                }
            }
            let more = got.iter().find(|(n, _)| !expected.iter().any(|(e, _)| e.same(n)));
            let (name, value) = more?;
            let place = format!("{at}/{}", token(name));
            Some((place, format!("{} is there too", shortened(&value.to_string()))))
        }
        (Value::Array(one), Value::Array(other)) if one.len() == other.len() => one
            .iter()
            .zip(other)
            .enumerate()
            .find_map(|(n, (one, other))| difference(one, other, format!("{at}/{n}"))),
        _ => {
            let texts = (expected.to_string(), got.to_string());
            Some((at, format!("expected {}, got {}", shortened(&texts.0), shortened(&texts.1))))
        }
    }
}

/// At most some hundred characters of a document.
fn shortened(text: &str) -> String {
    const MOST: usize = 200;
    if text.chars().count() <= MOST {
        return text.to_owned();
    }
    let mut short: String = text.chars().take(MOST).collect();
    short.push('…');
    short
}
