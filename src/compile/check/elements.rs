//! Single elements of lists that rules cannot carry, or that are taken for others when they come back.

use super::Checking;
use super::walk::{Visit, Walk};
use crate::compile::resolve::bind::{Cut, Handed};
use crate::compile::resolve::place::lead;
use crate::compile::resolve::{What, is_item};
use crate::diagnostic::Diagnostic;
use crate::json::{Path, Segment};

pub(super) fn elements(of: &Checking<'_, '_>, walk: &Walk) -> Vec<Diagnostic> {
    let across = walk.visits.iter().filter_map(|visit| across_an_element(of, walk, visit));
    let mut found: Vec<Diagnostic> = across.collect();
    // Without contracts F505 says what nothing proves.
    let lists = walk.visits.iter().filter(|_| !of.link.old.open);
    for visit in lists.filter(|visit| visit.binding.items.is_some()) {
        let cuts = visit.context.exports.iter();
        found.extend(cuts.filter_map(|cut| displaced(of, (walk, visit), cut)));
    }
    found
}

/// A rule that names an element of the value itself, beside one that takes the value across its root:
/// what stands there is an object.
fn across_an_element(of: &Checking<'_, '_>, walk: &Walk, visit: &Visit) -> Option<Diagnostic> {
    visit.binding.cross?;
    let is_one = |path: Option<&[Segment]>| path.and_then(<[_]>::first).is_some_and(is_item);
    let names = |held: &&Handed| {
        let rule = of.hop.rules.get(held.at);
        rule.is_some_and(|r| is_one(r.src.0.get(held.src..)) || is_one(r.dst.0.get(held.dst..)))
    };
    let held = visit.binding.holding.iter().find(names)?;
    let place = walk.place(visit);
    let message = "no element of the value itself can stand across its root";
    let label = format!("one side is the value itself, and the other an element of it, at {place}");
    Some(
        Diagnostic::error("F612", of.span(held.at), message)
            .label(label)
            .help("if the value becomes a list of one, say so with `wrap: new`, at the same place"),
    )
}

/// A rule that carries an element out of a list which the other side has too: an element of that
/// list's own stands in its place there.
fn displaced(
    of: &Checking<'_, '_>,
    (walk, visit): (&Walk, &Visit),
    cut: &Cut,
) -> Option<Diagnostic> {
    let hop = of.hop;
    let rule = hop.rules.get(cut.at).filter(|rule| matches!(rule.what, What::Move(_)))?;
    let path = rule.src.0.get(cut.cut..).filter(|path| path.first().is_some_and(is_item))?;
    // What the other side's list has there too is what comes back.
    lead(hop.target, visit.context.target, path)?;
    let side = hop.direction.source();
    let (version, next) = (of.version(side), of.version(side.other()));
    let (place, taken) = (Path(path.to_vec()), walk.place(visit));
    let message = format!("`{place}` of the list of {next} is `{}` when it comes back", rule.dst);
    Some(
        Diagnostic::warning("F627", of.span(cut.at), message)
            .label(format!("of {version} it is taken out of the list, at {taken}"))
            .help(format!(
                "if a message of {next} can lack `{}` where its list has such an element, relate the list as a whole",
                rule.dst
            )),
    )
}
