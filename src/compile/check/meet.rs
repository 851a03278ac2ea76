//! Whether the right blocks meet the right schemas: a schema with a block that meets a foreign one,
//! branches of unions that cannot be told apart or have no counterpart, rules that others override.

use std::collections::{BTreeMap, BTreeSet};

use super::needs::Needs;
use super::walk::{Visit, Walk};
use super::{Checking, told};
use crate::compile::resolve::bind::{Cross, blocks};
use crate::compile::resolve::live::{self, Override};
use crate::compile::resolve::union::{branches, lone};
use crate::contract::{Kinds, TypeGraph, TypeId};
use crate::diagnostic::{Diagnostic, Span};
use crate::json::Text;
use crate::version::Side;

/// Schemas with a block where none of their blocks applies.
pub(super) fn meetings(of: &Checking<'_, '_>, walk: &Walk) -> Vec<Diagnostic> {
    let hop = of.hop;
    let mut found = Vec::new();
    let sources: BTreeSet<TypeId> = hop.blocks.keys().map(|(source, _)| *source).collect();
    let targets: BTreeSet<TypeId> = hop.blocks.keys().map(|(_, target)| *target).collect();
    let within = within_crossings(walk);
    for (at, visit) in walk.visits.iter().enumerate() {
        let (source, target) = (visit.context.source.ty, visit.context.target.ty);
        let unions =
            hop.source.get(source).branches.is_some() || hop.target.get(target).branches.is_some();
        // What is wrapped meets its counterpart in the list.
        let wraps = visit.binding.placing(hop).is_some_and(|field| field.parts.wrap.is_some());
        if unions || wraps {
            continue;
        }
        let mut pairs = vec![(source, target)];
        let outer = visit.outer.and_then(|at| walk.visits.get(at));
        let own = outer.filter(|_| visit.context.placed).map(|outer| &outer.context);
        pairs.extend(own.map(|own| (own.source.ty, own.target.ty)));
        let applied: Vec<(TypeId, TypeId)> = pairs
            .iter()
            .flat_map(|(source, target)| blocks(hop, *source, *target))
            .filter_map(|b| b.pair)
            .collect();
        let sides = [
            (hop.direction.source(), hop.source, source),
            (hop.direction.target(), hop.target, target),
        ];
        for (side, types, own) in sides {
            let is_source = side == hop.direction.source();
            let about =
                |ty: TypeId| if is_source { sources.contains(&ty) } else { targets.contains(&ty) };
            let holds = |ty: TypeId| {
                applied.iter().any(|(s, t)| if is_source { *s == ty } else { *t == ty })
            };
            // What goes across the root as a whole meets its own counterpart there.
            let crosses = match visit.binding.cross {
                Some((Cross::Outward, _)) => is_source,
                Some((Cross::Inward, _)) => !is_source,
                None => false,
            };
            if crosses {
                continue;
            }
            let silent = std::iter::once(own)
                .chain(types.get(own).bases.iter().copied().filter(|_| applied.is_empty()))
                .find(|ty| about(*ty) && !holds(*ty))
                .filter(|ty| within.get(&at) != Some(&(is_source, *ty)));
            if let Some(silent) = silent {
                found.extend(foreign(of, (walk, visit), (side, silent)));
            }
        }
    }
    found
}

/// Visits that only a rule across a root leads to: of the schema (of the source, or not) whose
/// block has said there, with that rule, what becomes of the value.
fn within_crossings(walk: &Walk) -> BTreeMap<usize, (bool, TypeId)> {
    let mut found = BTreeMap::new();
    let mut others: BTreeSet<usize> = walk.roots.iter().map(|root| root.at).collect();
    for visit in &walk.visits {
        let crossed = visit.binding.cross.and_then(|(way, rule)| {
            let at = visit.binding.moves.iter().position(|m| m.rule == Some(rule))?;
            let of = match way {
                Cross::Outward => (true, visit.context.source.ty),
                Cross::Inward => (false, visit.context.target.ty),
            };
            Some(((*visit.moves.get(at)?)?, of))
        });
        others.extend(visit.inside.iter().filter(|at| crossed.is_none_or(|(own, _)| own != **at)));
        if let Some((at, of)) = crossed
            && found.insert(at, of).is_some_and(|before| before != of)
        {
            others.insert(at);
        }
    }
    found.retain(|at, _| !others.contains(at));
    found
}

fn foreign(
    of: &Checking<'_, '_>,
    (walk, visit): (&Walk, &Visit),
    (side, silent): (Side, TypeId),
) -> Option<Diagnostic> {
    let hop = of.hop;
    let is_source = side == hop.direction.source();
    let (own, other) = if is_source {
        (hop.source, hop.target.get(visit.context.target.ty))
    } else {
        (hop.target, hop.source.get(visit.context.source.ty))
    };
    let name = own.get(silent).name.clone()?;
    let block = of.link.mapping.types.iter().find(|b| match side {
        Side::Old => b.old == name,
        Side::New => b.new == name,
    })?;
    let met = match &other.name {
        Some(name) => format!("`{name}`"),
        None => String::from("a schema without a name"),
    };
    let (at, version) = (walk.place(visit), of.version(side.other()));
    let message =
        format!("`{name}` meets {met} of {version}, which none of its blocks is about, at {at}");
    let diagnostic = Diagnostic::error("F605", block.span, message)
        .label("its rules would silently not apply there")
        .also(other.span, format!("{met} of {version}"));
    Some(match &other.name {
        Some(other) => {
            let (old, new) = if side == Side::Old { (&name, other) } else { (other, &name) };
            diagnostic.help(format!("add a block `{old} -> {new}`, or relate the places otherwise"))
        }
        None => diagnostic.help("relate the places otherwise, or name the schema in its contract"),
    })
}

/// Unions of which branches cannot be told apart, or have no counterpart.
pub(super) fn unions(of: &Checking<'_, '_>, walk: &Walk) -> Vec<Diagnostic> {
    let hop = of.hop;
    let mut found = Vec::new();
    let needs = Needs::new(of, walk);
    let converted = converted(of, walk);
    for (number, visit) in walk.visits.iter().enumerate() {
        for (branch, inner) in visit.branches.iter().filter(|(_, inner)| inner.len() > 1) {
            found.extend(told::alike(of, (walk, visit), (*branch, inner)));
        }
        let Some(union) = &hop.source.get(visit.context.source.ty).branches else { continue };
        let at = || walk.place(visit);
        let any_rules = visit.branches.iter().flat_map(|b| &b.1).any(|at| needs.rules(*at));
        for (branch, inner) in &visit.branches {
            if inner.is_empty() && any_rules && lone(hop, *branch).is_none() {
                let branch = hop.source.get(*branch);
                let name = branch.name.as_deref().unwrap_or("a branch without a name");
                let version = of.version(hop.direction.target());
                let message = format!("`{name}` at {} has no counterpart in {version}", at());
                found.push(
                    Diagnostic::warning("F608", branch.span, message)
                        .label("values of this branch go through as they are"),
                );
            } else if inner.is_empty()
                && lone(hop, *branch).is_none()
                && walk.is_passed(number)
                && !converted.contains(&number)
            {
                unknown(of, visit, *branch, &mut found);
            }
        }
        // Only of branches that cannot be told from one another.
        for (n, (one, first)) in visit.branches.iter().enumerate() {
            for (other, second) in visit.branches.iter().skip(n.saturating_add(1)) {
                if apart(hop.source, union.tag.is_some(), (*one, *other)) {
                    continue;
                }
                if needs.alike(of, walk, (first, second)) {
                    continue;
                }
                let names = [one, other].map(|ty| label(hop.source, *ty));
                let message = format!(
                    "{} and {} need different rules and cannot be told apart, at {}",
                    names[0],
                    names[1],
                    at()
                );
                found.push(
                    Diagnostic::error("F607", hop.source.get(*one).span, message)
                        .label("one branch")
                        .also(hop.source.get(*other).span, "the other branch")
                        .help("give the union a discriminator, or the branches a property with distinct constants, or different required properties"),
                );
            }
        }
    }
    found
}

/// Visits of values of which a rule makes others, whatever their type says.
fn converted(of: &Checking<'_, '_>, walk: &Walk) -> BTreeSet<usize> {
    let converts = |rule: &usize| of.hop.field(*rule).is_some_and(|f| f.parts.convert.is_some());
    let moves = walk.visits.iter().flat_map(|visit| visit.binding.moves.iter().zip(&visit.moves));
    let moves = moves.filter(|(carried, _)| carried.rule.as_ref().is_some_and(converts));
    let moves = moves.filter_map(|(_, at)| *at);
    let own = walk.visits.iter().enumerate();
    let own = own.filter(|(_, visit)| visit.binding.itself.as_ref().is_some_and(converts));
    moves.chain(own.map(|(at, _)| at)).collect()
}

/// Members that a branch without counterpart declares, and nothing on the other side.
fn unknown(of: &Checking<'_, '_>, visit: &Visit, branch: TypeId, found: &mut Vec<Diagnostic>) {
    let (hop, side) = (of.hop, of.hop.direction.source());
    let others = branches(hop.target, visit.context.target.ty);
    let own = hop.source.get(branch);
    for ((name, _), place) in own.properties.iter().zip(&own.places) {
        if others.iter().any(|other| hop.target.property(*other, name).is_some()) {
            continue;
        }
        let message = format!(
            "`{}` of {} of {} has no counterpart in {}",
            name.raw(),
            label(hop.source, branch),
            of.version(side),
            of.version(side.other())
        );
        found.push(
            Diagnostic::note("F610", *place, message)
                .label("it goes through under its own name, as all of its branch does"),
        );
    }
}

pub(super) fn label(types: &TypeGraph, ty: TypeId) -> String {
    types.get(ty).name.as_ref().map_or_else(
        || format!("a branch without a name ({})", types.get(ty).kinds),
        |name| format!("`{name}`"),
    )
}

/// Whether a value shows which of two branches it is of.
fn apart(types: &TypeGraph, tagged: bool, (one, other): (TypeId, TypeId)) -> bool {
    let (one, other) = (types.get(one), types.get(other));
    let shared = one.kinds.and(other.kinds);
    if shared == Kinds::NONE {
        return true;
    }
    let objects = shared == Kinds::OBJECT;
    if objects && tagged {
        return true;
    }
    let required =
        |names: &[Text], others: &[Text]| names.iter().any(|n| !others.iter().any(|o| o.same(n)));
    objects
        && (required(&one.required, &other.required) || required(&other.required, &one.required))
}

/// Rules that a more special one keeps from doing anything somewhere.
pub(super) fn overrides(of: &Checking<'_, '_>, walk: &Walk) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    // Said once for each pair of rules, at the first place.
    let mut seen: BTreeSet<(bool, Span, Span)> = BTreeSet::new();
    for visit in &walk.visits {
        for Override { at, by } in live::overrides(of.hop, &visit.context) {
            let pair = (at, by);
            let (at, by) = (of.span(pair.0), of.span(pair.1));
            if at == by {
                continue;
            }
            let equal = equals(of, visit, pair);
            if !seen.insert((equal, at, by)) {
                continue;
            }
            let place = walk.place(visit);
            found.push(if equal {
                let message = "two blocks of equal rank claim the same place";
                Diagnostic::error("F603", at, format!("{message}, at {place}"))
                    .label("claimed here")
                    .also(by, "and here")
                    .help("say it in the block of the schema that is both")
            } else {
                let message = format!("a more special rule holds instead, at {place}");
                Diagnostic::note("F609", at, message).also(by, "this one")
            });
        }
    }
    found
}

/// Whether two rules come from blocks about bases of which neither is the other's.
fn equals(of: &Checking<'_, '_>, visit: &Visit, (at, by): (usize, usize)) -> bool {
    let hop = of.hop;
    let (source, target) = (visit.context.source.ty, visit.context.target.ty);
    // A block's rules are numbered in order.
    let of_block = |rule: usize| {
        blocks(hop, source, target)
            .iter()
            .find(|b| b.rules.binary_search(&rule).is_ok())
            .and_then(|b| b.pair)
    };
    let (Some(one), Some(other)) = (of_block(at), of_block(by)) else { return false };
    let related = |types: &TypeGraph, a: TypeId, b: TypeId| {
        a == b || types.get(a).bases.contains(&b) || types.get(b).bases.contains(&a)
    };
    !related(hop.source, one.0, other.0) && !related(hop.target, one.1, other.1)
}
