//! Who claims a place: two rules of one block may not both. Which of several blocks wins is the
//! compiler's.

use std::collections::HashMap;

use super::{Parser, operation};
use crate::diagnostic::Diagnostic;
use crate::json::{Path, Segment};
use crate::mapping::{Alias, Block, Mapping, RuleKind};
use crate::version::Side;

/// Claims so far: the place as text, and the rule that claims it.
type Seen = HashMap<(Side, String), u32>;

impl Parser<'_> {
    /// Checks every block of the mapping, merged as they are.
    pub(super) fn claims(&mut self, mapping: &Mapping) {
        let types = mapping.types.iter().map(|t| &t.block);
        let operations = mapping.operations.iter().flat_map(operation::blocks);
        for block in types.chain(operations) {
            let mut seen = Seen::new();
            let claims = block.claims();
            for (side, place, rule) in &claims {
                self.claim((*side, place), *rule, &mut seen);
            }
            self.places(block);
            for side in [Side::Old, Side::New] {
                self.chains(block, side);
            }
        }
    }

    /// Aliases of what another alias of the block says again: which is the first place of all, and in
    /// which order they are filled, would not be said.
    fn chains(&mut self, block: &Block, side: Side) {
        let aliases = block.rules.iter().filter_map(|rule| match &rule.kind {
            RuleKind::Alias(alias) if alias.side.is_none_or(|of| of == side) => {
                Some((&**alias, rule.rule))
            }
            _ => None,
        });
        let aliases: Vec<(&Alias, u32)> = aliases.collect();
        for (alias, rule) in &aliases {
            let first = &alias.first;
            let before =
                aliases.iter().find(|(other, at)| at != rule && first.meets(&other.second));
            let Some((before, at)) = before else { continue };
            let (Some(span), Some(other)) = (self.place_of(*rule), self.place_of(*at)) else {
                continue;
            };
            let label = if *first == before.second {
                format!("`{first}` is an alias itself")
            } else {
                format!("`{first}` is in or around `{}`, which is an alias itself", before.second)
            };
            self.report(
                Diagnostic::error("F320", span, "an alias of an alias")
                    .label(label)
                    .also(other, "the other alias")
                    .help("name one place as the first, and the others as aliases of it"),
            );
        }
        for rule in &block.rules {
            if let RuleKind::In { block, .. } = &rule.kind {
                self.chains(block, side);
            }
        }
    }

    fn claim(&mut self, (side, place): (Side, &Path), rule: u32, seen: &mut Seen) {
        let text = place.to_string();
        let Some(first) = seen.insert((side, in_order(place)), rule) else { return };
        if let (Some(at), Some(before)) = (self.place_of(rule), self.place_of(first)) {
            let what = format!("two rules of one block claim `{text}` of the {side} side");
            self.report(
                Diagnostic::error("F310", at, what)
                    .label("claimed a second time")
                    .also(before, "claimed here already"),
            );
        }
    }
}

/// A place as text in which a selector's fields have one order.
fn in_order(place: &Path) -> String {
    let segments = place.0.iter().cloned().map(|segment| match segment {
        Segment::Select(mut fields) => {
            fields.sort_by(|(a, _), (b, _)| a.cmp(b));
            Segment::Select(fields)
        }
        other => other,
    });
    Path(segments.collect()).to_string()
}
