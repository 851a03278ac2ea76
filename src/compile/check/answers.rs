//! The messages of two operations that are each other's counterparts: which there are, and those that
//! only one of the two has.

use super::version;
use crate::compile::message::{Told, View, answer_of, answers, before};
use crate::compile::pairs::Pair;
use crate::compile::series::{Part, Status};
use crate::compile::{Link, parts};
use crate::contract::Operation;
use crate::diagnostic::Diagnostic;
use crate::mapping::Rules;
use crate::message::media::Content;
use crate::version::{Direction, Side};

/// Every message of a pair, as the old version has it: what either contract lists, what rules name, and
/// the successes of a contract that says everything by `default`.
pub(super) fn parts_of(link: &Link<'_>, pair: &Pair) -> Vec<Part> {
    let (old, new) = (link.old.operations.get(pair.old), link.new.operations.get(pair.new));
    let mut all: Vec<Part> = old.map(parts).unwrap_or_default();
    let mut add = |part| {
        if !all.contains(&part) {
            all.push(part);
        }
    };
    for part in new.map(parts).unwrap_or_default() {
        add(Told::first(*link, pair, (Direction::Downgrade, part)).becomes());
    }
    add(Part::Answer(Status::Class(2)));
    for answers in [false, true].into_iter().flat_map(|error| answers(*link, pair, error)) {
        let named = answers.statuses.iter().filter_map(|(status, _)| Status::parse(status));
        named.for_each(|status| add(Part::Answer(status)));
    }
    all
}

/// Messages that one side alone has a place for: they are refused on their way.
pub(super) fn alone(link: &Link<'_>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for pair in link.pairs.iter() {
        for direction in [Direction::Upgrade, Direction::Downgrade] {
            let side = direction.source();
            let contract = if side == Side::Old { link.old } else { link.new };
            let own = contract.operations.get(pair.at(side)).map(parts).unwrap_or_default();
            let told = own.into_iter().map(|part| Told::first(*link, pair, (direction, part)));
            found.extend(told.filter_map(|told| one(link, &told)));
        }
    }
    found
}

fn one(link: &Link<'_>, told: &Told<'_>) -> Option<Diagnostic> {
    let view = if told.crosses() { View::Whole } else { View::Body };
    let side = told.direction.source();
    // What both lack is nobody's, and what the other side alone has is its own affair.
    if told.root(view, told.asks()).err()? == side {
        return None;
    }
    let (from, to) = told.operations()?;
    let (own, other) = (version(link, side), version(link, side.other()));
    let operation = format!("`{} {}`", from.method, from.path);
    let is_text = told.bodies().0.is_some_and(|body| body.content == Content::Text);
    let body = if is_text { "a plain text" } else { "a JSON body" };
    let Part::Answer(status) = told.part else {
        let what = format!("{operation} of {own} takes {body}, and {other} declares none of it");
        return Some(
            Diagnostic::warning("F642", from.span, what)
                .label(format!("where the backend is of {other}, a request with one is refused"))
                .help(made(side)),
        );
    };
    let Part::Answer(after) = told.becomes() else { return None };
    let note = |what: String| {
        let new = if status.is_error() { Diagnostic::note } else { Diagnostic::warning };
        new("F642", from.span, what)
            .label(format!("where the client is of {other}, such an answer is refused with a 502"))
    };
    if answer_of(to, after).is_some() {
        let what = format!(
            "{operation} answers {status} with {body} in {own}, and without one in {other}"
        );
        return Some(note(what).help(made(side)));
    }
    // Answers of a range may have a number on the other side, and all errors two ranges.
    let listed: Vec<Status> = statuses(to).collect();
    let covered = match after {
        Status::Is(_) => false,
        Status::Class(_) => listed.iter().any(|one| one.listed().any(|own| own == after)),
        Status::Default => [4, 5].iter().all(|class| listed.contains(&Status::Class(*class))),
    };
    if covered {
        return None;
    }
    let is = if status == after { String::new() } else { format!(" ({after} there)") };
    let what =
        format!("{operation} answers {status} in {own}, and {other} lists no such answer{is}");
    Some(note(what).help(match instead((from, to), (status, side)) {
        Some(map) => format!(
            "say which answer of {other} that is, `response: {{ fields: {{ status: {{ map: {map} }} }} }}`, or list it in the contract of {other}"
        ),
        None => format!("list it in the contract of {other}"),
    }))
}

/// What gives a body to a side that has none.
fn made(side: Side) -> String {
    let word = if side == Side::Old { "removed" } else { "added" };
    format!("say that it is the one version's own, `{word}: {{ body: … }}`, or mend the contracts")
}

fn statuses(operation: &Operation) -> impl Iterator<Item = Status> {
    operation.answers.iter().filter_map(|answer| Status::parse(&answer.status))
}

/// The map to the one success of the other side that has no counterpart either.
fn instead((from, to): (&Operation, &Operation), (status, side): (Status, Side)) -> Option<String> {
    let lone = |of: &Operation, other: &Operation| {
        let own = statuses(of).filter(|status| !status.is_error());
        let own: Vec<_> = own.filter(|own| answer_of(other, *own).is_none()).collect();
        match own.as_slice() {
            [Status::Is(number)] => Some(*number),
            _ => None,
        }
    };
    let (own, other) = (lone(from, to)?, lone(to, from)?);
    let (old, new) = if side == Side::Old { (own, other) } else { (other, own) };
    (status == Status::Is(own)).then(|| format!("{{ {old}: {new} }}"))
}

/// Why rules of one status are about no answer: it is a status of the new version, or of neither.
pub(super) fn written_under(link: &Link<'_>, rules: &Rules) -> Option<String> {
    let all = link.pairs.iter().flat_map(|pair| [(pair, false), (pair, true)]);
    let mut found = None;
    for (pair, error) in all {
        let told = answers(*link, pair, error);
        let named = told.iter().flat_map(|answers| &answers.statuses);
        let mut named = named.filter(|(_, own)| std::ptr::eq(own, rules));
        let Some(key) = named.find_map(|(key, _)| Status::parse(key)) else { continue };
        let own = version(link, Side::Old);
        match before(&told, key).filter(|old| *old != key) {
            Some(old) => {
                return Some(format!(
                    "rules stand under the status of {own}: write them under `\"{old}\"`"
                ));
            }
            None if link
                .old
                .operations
                .get(pair.old)
                .is_some_and(|o| answer_of(o, key).is_some()) =>
            {
                return None;
            }
            None => found = Some(format!("{own} lists no answer `{key}` of what it is about")),
        }
    }
    found
}
