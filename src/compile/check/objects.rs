//! Objects that rules make, where nothing comes that is their counterpart: what the contract requires
//! in them, and no rule writes.

use super::Checking;
use super::walk::Visit;
use crate::compile::resolve::bind::{Cross, segment};
use crate::compile::resolve::place::lead;
use crate::compile::resolve::{What, is_item};
use crate::diagnostic::Diagnostic;
use crate::json::{Path, Segment};
use crate::mapping::Source;
use crate::version::Side;

/// Whatever the objects that the rules of a visit make lack.
pub(super) fn lacking(of: &Checking<'_, '_>, visit: &Visit) -> Vec<Diagnostic> {
    let written = written(of, visit);
    let outward = matches!(visit.binding.cross, Some((Cross::Outward, _)));
    let mut found = Vec::new();
    let mut seen: Vec<Vec<Segment>> = Vec::new();
    for carried in &visit.binding.moves {
        let Some(rule) = carried.rule else { continue };
        let place = whole(of, rule, &carried.dst);
        for length in usize::from(!outward)..place.len() {
            let object = place.get(..length).unwrap_or_default();
            // What is carried or made as a whole has what it has.
            let known = seen.iter().any(|other| other == object);
            if !known && !written.iter().any(|place| object.starts_with(place)) {
                seen.push(object.to_vec());
                let wrapped = length > carried.dst.len();
                found.extend(one(of, visit, (rule, object, wrapped), &written));
            }
        }
    }
    found
}

/// What one made object lacks.
fn one(
    of: &Checking<'_, '_>,
    visit: &Visit,
    (rule, object, wrapped): (usize, &[Segment], bool),
    written: &[Vec<Segment>],
) -> Vec<Diagnostic> {
    let side = of.hop.direction.target();
    let Some(inner) = lead(of.hop.target, visit.context.target, object) else { return Vec::new() };
    let ty = of.hop.target.get(inner.ty);
    let is_there = |name: &Segment| {
        let within = |place: &Vec<Segment>| {
            place.len() > object.len()
                && place.iter().zip(object).all(|(a, b)| a == b || (is_item(a) && is_item(b)))
                && place.get(object.len()) == Some(name)
        };
        // The fields of a selector are written with the element.
        let selected = |fields: &[(Vec<Box<str>>, crate::json::Value)]| {
            fields.iter().any(|(names, _)| {
                names.first().map(|n| Segment::Name(n.clone())).as_ref() == Some(name)
            })
        };
        let by_selector = match object.last() {
            Some(Segment::Select(fields)) => selected(fields),
            _ => false,
        };
        by_selector || written.iter().any(within)
    };
    let lacks = ty.required.iter().filter(|name| ty.property(name).is_some());
    let lacks = lacks.filter(|name| !is_there(&segment(name)));
    let shown = Path(object.to_vec());
    let what = if object.is_empty() { String::from("the object") } else { format!("`{shown}`") };
    let word = if side == Side::New { "added" } else { "removed" };
    let help = if wrapped {
        String::from(
            "an element that `wrap` makes has the wrapped value alone: let the contract not require more",
        )
    } else {
        format!("write it by a rule, or give it a value under `{word}`")
    };
    lacks
        .map(|name| {
            let message =
                format!("messages to {} lack `{}` in {what}", of.version(side), name.raw());
            Diagnostic::warning("F620", of.span(rule), message)
                .label("this rule makes the object")
                .also(ty.span, "the contract requires it here")
                .help(help.clone())
        })
        .collect()
}

/// Every place that something is carried to or made at, in a visit.
fn written(of: &Checking<'_, '_>, visit: &Visit) -> Vec<Vec<Segment>> {
    let binding = &visit.binding;
    let moves = binding.moves.iter().map(|m| match m.rule {
        Some(rule) => whole(of, rule, &m.dst),
        None => m.dst.clone(),
    });
    let gives = |rule: usize| {
        !matches!(of.hop.rules.get(rule).map(|r| r.what), Some(What::Make(Source::Absent)))
    };
    let makes = binding.makes.iter().filter(|make| gives(make.rule)).chain(&binding.repeats);
    let imports = visit.context.imports.iter().filter_map(|cut| {
        of.hop.rules.get(cut.at).and_then(|rule| rule.dst.0.get(cut.cut..)).map(<[_]>::to_vec)
    });
    moves.chain(makes.map(|make| make.place.clone())).chain(imports).collect()
}

/// Where a rule writes, within the list too that its `wrap` makes.
fn whole(of: &Checking<'_, '_>, rule: usize, dst: &[Segment]) -> Vec<Segment> {
    let below = of.hop.rules.get(rule).map(|rule| &*rule.below.0).unwrap_or_default();
    let wraps = of.hop.field(rule).and_then(|field| field.parts.wrap);
    let mut place = dst.to_vec();
    if wraps == Some(of.hop.direction.target()) {
        place.push(Segment::Each);
        place.extend(below.iter().cloned());
    }
    place
}
