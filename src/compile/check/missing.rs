//! Null and absence that arrive where the other contract allows neither.

use std::collections::BTreeSet;

use super::fits::written;
use super::walk::{Visit, Walk};
use super::{Checking, heads};
use crate::compile::list;
use crate::compile::resolve::bind::{Context, Move};
use crate::compile::resolve::place::lead;
use crate::contract::{TypeGraph, Use};
use crate::diagnostic::{Diagnostic, Span};
use crate::json::{Segment, Text, Value};
use crate::version::Direction;

/// Looks at every value that is carried.
pub(super) fn missing(of: &Checking<'_, '_>, walk: &Walk) -> Vec<Diagnostic> {
    let (mut found, mut seen) = (Vec::new(), BTreeSet::new());
    for visit in &walk.visits {
        if visit.binding.cross.is_some() {
            continue;
        }
        for carried in &visit.binding.moves {
            let place = || walk.place_in(visit, &carried.src);
            let uses = lead(of.hop.source, visit.context.source, &carried.src).zip(lead(
                of.hop.target,
                visit.context.target,
                &carried.dst,
            ));
            let Some(uses) = uses else { continue };
            found.extend(null(of, (visit, uses), carried, &place));
            let optional = optional(of, (walk, visit), carried, &place);
            // Said once, at the first of the places.
            found
                .extend(optional.filter(|(own, _)| seen.insert(own.clone())).map(|(_, said)| said));
        }
        for (many, inner) in
            [(Segment::Each, &visit.binding.elements), (Segment::Values, &visit.binding.others)]
        {
            let Some(Context { source, target, .. }) = inner else { continue };
            if may_be_null(of, (*source, *target)) {
                let path = [many];
                let span = written(of.hop.source, visit.context.source.ty, &path, source.ty);
                let place = walk.place_in(visit, &path);
                found.push(says_null(of, span, &place));
            }
        }
    }
    found
}

fn may_be_null(of: &Checking<'_, '_>, (source, target): (Use, Use)) -> bool {
    let (ty, other) = (of.hop.source.get(source.ty), of.hop.target.get(target.ty));
    // Of the types of texts null is absence: no text says it.
    source.nullable
        && !target.nullable
        && ty.text.is_none()
        && !ty.is_unconstrained()
        && !other.is_unconstrained()
}

/// A value that may be null goes where null may not stand, and no rule says what becomes of it.
fn null(
    of: &Checking<'_, '_>,
    (visit, uses): (&Visit, (Use, Use)),
    carried: &Move,
    place: &dyn Fn() -> String,
) -> Option<Diagnostic> {
    let rule = carried.rule.and_then(|at| of.hop.rules.get(at));
    let member = matches!(carried.src.last(), Some(Segment::Name(_)));
    if !may_be_null(of, uses) || (member && rule.is_some_and(|rule| rule.voids)) {
        return None;
    }
    if let Some(field) = carried.rule.and_then(|at| of.hop.field(at)) {
        let kinds = of.hop.source.get(uses.0.ty).kinds;
        let is_null = |entry: &crate::mapping::Listed| {
            let (holds, key) = match of.hop.direction {
                Direction::Upgrade => (entry.up, &entry.old),
                Direction::Downgrade => (entry.down, &entry.new),
            };
            holds && list::value(key, kinds) == Some(Value::Null)
        };
        if field.parts.wrap.is_some() || field.parts.list.iter().any(is_null) {
            return None;
        }
    }
    let there = || written(of.hop.source, visit.context.source.ty, &carried.src, uses.0.ty);
    let span = carried.rule.map_or_else(there, |at| of.span(at));
    Some(says_null(of, span, &place()))
}

fn says_null(of: &Checking<'_, '_>, span: Span, place: &str) -> Diagnostic {
    let (from, to) = versions(of);
    let message = format!("null of {from} goes where {to} takes none, at {place}");
    Diagnostic::warning("F636", span, message)
        .label("it goes through as it is")
        .help("say what it becomes: `pairs: [[null, …]]`; or let it be absent: `nulls: absent`")
}

/// A member that may be absent is required afterwards.
fn optional(
    of: &Checking<'_, '_>,
    (walk, visit): (&Walk, &Visit),
    carried: &Move,
    place: &dyn Fn() -> String,
) -> Option<((Span, String), Diagnostic)> {
    let (Segment::Name(name), around) = carried.dst.split_last()? else { return None };
    let name = Text::from_plain(name);
    let root = of.hop.target.get(visit.context.target.ty);
    let target = match around {
        [] => root,
        // The parts of a message are always there.
        [Segment::Name(part)] if root.sealed && heads::is_head(part) => {
            of.hop.target.get(lead(of.hop.target, visit.context.target, around)?.ty)
        }
        _ => return None,
    };
    if heads::part(of.hop, walk, visit).is_some() && !heads::lists(of.hop, visit, carried) {
        return None;
    }
    let required = target.required.iter().any(|own| own.same(&name));
    if !required || is_always(of.hop.source, visit.context.source, &carried.src) {
        return None;
    }
    if let Some(field) = carried.rule.and_then(|at| of.hop.field(at)) {
        let meaning = field.meaning(of.hop.direction.source());
        if meaning.is_some() || field.parts.absent(of.hop.direction).is_some() {
            return None;
        }
    }
    let (from, to) = versions(of);
    let message =
        format!("{to} requires `{}`, which {from} may leave out, at {}", name.raw(), place());
    let span = carried.rule.map_or(target.span, |at| of.span(at));
    let note = Diagnostic::note("F637", span, message)
        .label("where it is absent it stays absent")
        .help(format!("say what that means: `absent: {{ {}: … }}`", of.hop.direction.source()));
    Some(((span, name.raw().to_owned()), note))
}

fn versions<'c>(
    of: &'c Checking<'_, '_>,
) -> (&'c crate::version::ApiVersion, &'c crate::version::ApiVersion) {
    let side = of.hop.direction.source();
    (of.version(side), of.version(side.other()))
}

/// Whether every member on a path is required.
fn is_always(types: &TypeGraph, of: Use, path: &[Segment]) -> bool {
    let mut at = of;
    for segment in path {
        let Segment::Name(name) = segment else { return false };
        let name = Text::from_plain(name);
        let ty = types.get(at.ty);
        // A body that does not come is another matter.
        let required = ty.sealed || ty.required.iter().any(|own| own.same(&name));
        let inner = types.property(at.ty, &name);
        let (true, Some(inner)) = (required, inner) else { return false };
        at = inner;
    }
    true
}
