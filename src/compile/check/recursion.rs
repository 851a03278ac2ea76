//! Rules of a recursive type that lead from a value into one inside its own child: each level would
//! hand on to the next what it has from the one before.

use std::collections::BTreeSet;

use super::places::{Around, lead};
use crate::compile::Link;
use crate::contract::{TypeGraph, TypeId, Use};
use crate::diagnostic::Diagnostic;
use crate::json::Segment;
use crate::mapping::{Alias, Block, Rule, RuleKind};
use crate::version::Side;

/// Those of a block of a type.
pub(super) fn recursion(link: &Link<'_>, block: &Block, around: Around<'_>) -> Vec<Diagnostic> {
    let deeper =
        block.rules.iter().filter_map(|rule| Some((rule, leads_deeper(link, rule, around)?)));
    let told = deeper.map(|(rule, side)| {
        let span = link.mapping.span_of(rule.rule);
        let (types, (root, _)) = match side {
            Side::Old => (&link.old.types, around.old),
            Side::New => (&link.new.types, around.new),
        };
        let name = types.get(root.ty).name.as_deref().unwrap_or("the schema");
        Diagnostic::error("F606", span, "the rule hands a value down without end")
            .label(format!("one side leads into another `{name}`"))
            .help("a rule of a recursive type relates places of the same value")
    });
    told.collect()
}

/// The side on which one place of a rule is in a value of another depth than the other place.
fn leads_deeper(link: &Link<'_>, rule: &Rule, around: Around<'_>) -> Option<Side> {
    let depth = |side: Side, path: &[Segment]| match side {
        Side::Old => through(&link.old.types, around.old.0, path),
        Side::New => through(&link.new.types, around.new.0, path),
    };
    match &rule.kind {
        RuleKind::Field(field) => {
            let (old, new) = (depth(Side::Old, &field.old.0), depth(Side::New, &field.new.0));
            (old != new).then_some(if old > new { Side::Old } else { Side::New })
        }
        RuleKind::Alias(alias) => [Side::Old, Side::New].into_iter().find(|side| {
            alias.side.is_none_or(|of| of == *side)
                && depth(*side, &alias.second.0) != depth(*side, &alias.first.0)
        }),
        RuleKind::Only { .. } | RuleKind::Refuse(_) | RuleKind::In { .. } => None,
    }
}

/// An alias of a type, on one side.
struct Filling<'m> {
    ty: TypeId,
    alias: &'m Alias,
    rule: u32,
}

/// Aliases of several types that fill each other: what one fills is what the next one fills from, and
/// so on without end.
pub(super) fn fills(link: &Link<'_>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for side in [Side::Old, Side::New] {
        let types = if side == Side::Old { &link.old.types } else { &link.new.types };
        let mut all: Vec<Filling<'_>> = Vec::new();
        for of in &link.mapping.types {
            let name = if side == Side::Old { &of.old } else { &of.new };
            let Some(ty) = types.named(name) else { continue };
            all.extend(of.block.rules.iter().filter_map(|rule| match &rule.kind {
                RuleKind::Alias(alias) if alias.side.is_none_or(|at| at == side) => {
                    Some(Filling { ty, alias, rule: rule.rule })
                }
                _ => None,
            }));
        }
        let next: Vec<Vec<usize>> = all.iter().map(|one| feeds(types, one, &all)).collect();
        let others = |at: usize| next.get(at).into_iter().flatten().copied();
        for (at, filling) in all.iter().enumerate() {
            let (mut seen, mut todo) = (BTreeSet::new(), others(at).collect::<Vec<_>>());
            while let Some(inner) = todo.pop() {
                if seen.insert(inner) {
                    todo.extend(others(inner));
                }
            }
            // Of one within its own type that is said already.
            if seen.contains(&at) && seen.len() > 1 {
                let span = link.mapping.span_of(filling.rule);
                found.push(
                    Diagnostic::error("F606", span, "aliases fill each other without end")
                        .label("another fills from what this one makes, and leads back here")
                        .help("an alias of a recursive type relates places of the same value"),
                );
            }
        }
    }
    found
}

/// The aliases that fill from what one has filled, within what it makes on the way.
fn feeds(types: &TypeGraph, one: &Filling<'_>, all: &[Filling<'_>]) -> Vec<usize> {
    let root = Use { ty: one.ty, nullable: false };
    let path = &one.alias.first.0;
    let mut found = Vec::new();
    for length in 1..path.len() {
        let (before, rest) = path.split_at(length);
        let Ok(at) = lead(types, root, before) else { continue };
        found.extend(all.iter().enumerate().filter_map(|(n, other)| {
            let second = &other.alias.second.0;
            let meets = rest.starts_with(second) || second.starts_with(rest);
            (other.ty == at.ty && meets).then_some(n)
        }));
    }
    found
}

/// The types of what a path goes through.
fn around(types: &TypeGraph, root: Use, path: &[Segment]) -> impl Iterator<Item = TypeId> {
    let before = (1..path.len()).filter_map(move |length| path.get(..length));
    before.filter_map(move |path| lead(types, root, path).ok()).map(|at| at.ty)
}

/// How often a path goes through the type that it begins in.
fn through(types: &TypeGraph, root: Use, path: &[Segment]) -> usize {
    let is_own = |ty: &TypeId| *ty == root.ty || types.get(*ty).bases.contains(&root.ty);
    around(types, root, path).filter(is_own).count()
}
