//! Rules of a recursive type that lead from a value into one inside its own child: each level would
//! hand on to the next what it has from the one before.

use super::places::{Around, lead};
use crate::compile::Link;
use crate::contract::{TypeGraph, Use};
use crate::diagnostic::Diagnostic;
use crate::json::Segment;
use crate::mapping::{Block, Rule, RuleKind};
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
        RuleKind::Only { .. } | RuleKind::In { .. } => None,
    }
}

/// How often a path goes through the type that it begins in.
fn through(types: &TypeGraph, root: Use, path: &[Segment]) -> usize {
    let inner = (1..path.len()).filter(|n| {
        let at = path.get(..*n).and_then(|path| lead(types, root, path).ok());
        at.is_some_and(|at| at.ty == root.ty || types.get(at.ty).bases.contains(&root.ty))
    });
    inner.count()
}
