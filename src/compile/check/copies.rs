//! Values that would be in themselves without end; and sources and aliases that copy a value of a
//! recursive type beside itself: each level of a message would be there twice as often as the one
//! around it.

use std::collections::BTreeSet;

use super::Checking;
use super::walk::{Visit, Walk};
use crate::compile::resolve::What;
use crate::compile::resolve::bind::{Context, Cross, Single, bind};
use crate::compile::resolve::live::{further, looks};
use crate::compile::resolve::place::lead;
use crate::contract::{TypeGraph, TypeId};
use crate::diagnostic::Diagnostic;
use crate::json::Segment;

/// Rules that copy each level of a message once more than the level around it, or without end.
pub(super) fn copies(of: &Checking<'_, '_>, walk: &Walk) -> Vec<Diagnostic> {
    // Without contracts no type has rules, and what those of an operation copy is copied once.
    if of.link.old.open {
        return Vec::new();
    }
    let mut found = Vec::new();
    for visit in &walk.visits {
        let makes = visit.binding.makes.iter().filter(|single| made_twice(of, visit, single));
        let repeats = visit.binding.repeats.iter().filter(|single| repeated(of, visit, single));
        for single in makes.chain(repeats) {
            let diagnostic = Diagnostic::warning(
                "F623",
                of.span(single.rule),
                format!("each level of a recursive schema is copied, at {}", walk.place(visit)),
            );
            found.push(
                diagnostic
                    .label("a message of n levels would become 2ⁿ values")
                    .help("messages that become too large are refused; move the value instead"),
            );
        }
        let itself = visit.binding.makes.iter().filter(|single| into_itself(of, visit, single));
        found.extend(itself.map(|single| {
            let told = "a source copies the value into itself without end";
            Diagnostic::error("F606", of.span(single.rule), told)
                .label("the copy is translated by the same rule")
                .help("name a place within the value, or one whose type has no such rule")
        }));
    }
    let across = (0..walk.visits.len()).filter_map(|at| across_without_end(walk, at));
    found.extend(across.map(|rule| {
        let told = "the rule puts the value into itself without end";
        Diagnostic::error("F606", of.span(rule), told)
            .label("what stands there has the same rule again")
            .help("relate the root to a place of another schema, or its members one by one")
    }));
    found
}

/// The rule that takes a value across the root, if what stands at its place is a value of which that
/// rule holds again, before anything of the message is taken apart.
fn across_without_end(walk: &Walk, start: usize) -> Option<usize> {
    let (_, rule) = walk.visits.get(start)?.binding.cross.filter(|c| c.0 == Cross::Outward)?;
    let (mut seen, mut todo) = (BTreeSet::new(), vec![start]);
    while let Some(at) = todo.pop() {
        let Some(visit) = walk.visits.get(at) else { continue };
        let whole = visit.binding.moves.iter().zip(&visit.moves);
        let whole = whole.filter(|(moved, _)| moved.src.is_empty()).filter_map(|(_, at)| *at);
        let branches = visit.branches.iter().flat_map(|(_, all)| all.iter().copied());
        for inner in whole.chain(branches) {
            if inner == start {
                return Some(rule);
            }
            todo.extend(seen.insert(inner).then_some(inner));
        }
    }
    None
}

/// Whether a source that copies the whole value (`.`) gives one that has the same rule again.
fn into_itself(of: &Checking<'_, '_>, visit: &Visit, single: &Single) -> bool {
    let hop = of.hop;
    let start = (visit.context.source, visit.context.target);
    let (mut seen, mut todo) = (BTreeSet::new(), vec![(start.1, single.clone())]);
    while let Some((own, single)) = todo.pop() {
        let Some(What::Make(source)) = hop.rules.get(single.rule).map(|r| r.what) else { continue };
        let mut paths = Vec::new();
        looks(source, &mut paths);
        let whole = |path: &&crate::json::Path| {
            hop.rules
                .get(single.rule)
                .is_some_and(|r| further(&r.root, path, single.cut).is_empty())
        };
        let Some(to) = lead(hop.target, own, &single.place) else { continue };
        if !paths.iter().any(whole) || !seen.insert(to.ty) {
            continue;
        }
        if to.ty == start.1.ty {
            return true;
        }
        let binding = bind(hop, &Context::bare(visit.context.hop, (start.0, to)));
        todo.extend(binding.makes.into_iter().map(|single| (to, single)));
    }
    false
}

/// Whether a source copies a value that holds the object itself, and that stays in the result.
fn made_twice(of: &Checking<'_, '_>, visit: &Visit, single: &Single) -> bool {
    let hop = of.hop;
    let Some(rule) = hop.rules.get(single.rule) else { return false };
    let What::Make(source) = rule.what else { return false };
    let own = (visit.context.source, visit.context.target);
    let holds = lead(hop.target, own.1, &single.place)
        .is_some_and(|to| reaches(hop.target, to.ty, own.1.ty));
    if !holds {
        return false;
    }
    let mut paths = Vec::new();
    looks(source, &mut paths);
    paths.into_iter().any(|path| {
        let path = further(&rule.root, path, single.cut);
        let within = |a: &[Segment], b: &[Segment]| a.starts_with(b) || b.starts_with(a);
        let stays = visit.binding.moves.iter().any(|moved| {
            within(&moved.src, &path) && reaches(hop.target, moved.context.target.ty, own.1.ty)
        });
        let from = lead(hop.source, own.0, &path);
        stays && from.is_some_and(|from| reaches(hop.source, from.ty, own.0.ty))
    })
}

/// Whether the second of an alias repeats a value that holds the object itself.
fn repeated(of: &Checking<'_, '_>, visit: &Visit, single: &Single) -> bool {
    let hop = of.hop;
    let Some(rule) = hop.rules.get(single.rule) else { return false };
    let What::Repeat(alias) = rule.what else { return false };
    let first = further(&rule.root, &alias.first, single.cut);
    lead(hop.target, visit.context.target, &first)
        .is_some_and(|first| reaches(hop.target, first.ty, visit.context.target.ty))
}

/// Whether a value of a type may hold one of another, or is one.
fn reaches(types: &TypeGraph, from: TypeId, to: TypeId) -> bool {
    let (mut seen, mut todo) = (BTreeSet::new(), vec![from]);
    while let Some(at) = todo.pop() {
        if at == to {
            return true;
        }
        if !seen.insert(at) {
            continue;
        }
        let ty = types.get(at);
        let members = ty.properties.iter().map(|(_, of)| of.ty);
        let inside = ty.items.into_iter().chain(ty.let_through()).map(|of| of.ty);
        let branches = ty.branches.iter().flat_map(|b| b.of.iter().copied());
        todo.extend(members.chain(inside).chain(branches));
    }
    false
}
