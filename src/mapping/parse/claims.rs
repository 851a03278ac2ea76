//! Who claims a place: two rules of one block may not both. Which of several blocks wins is the
//! compiler's.

use std::collections::{HashMap, HashSet};

use super::{Parser, operation};
use crate::diagnostic::Diagnostic;
use crate::json::Path;
use crate::mapping::{Block, Mapping, RuleKind};
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
            for (side, place, rule) in block.claims() {
                self.claim((side, &place), rule, &mut seen);
            }
            for side in [Side::Old, Side::New] {
                self.circles(block, side);
            }
        }
    }

    /// Aliases of a block and side that lead round in a circle: none of them is the first.
    fn circles(&mut self, block: &Block, side: Side) {
        let mut aliases: HashMap<String, (String, u32)> = HashMap::new();
        for rule in &block.rules {
            match &rule.kind {
                RuleKind::Alias(alias) if alias.side.is_none_or(|of| of == side) => {
                    let first = alias.first.to_string();
                    aliases.insert(alias.second.to_string(), (first, rule.rule));
                }
                RuleKind::In { block, .. } => self.circles(block, side),
                RuleKind::Alias(_) | RuleKind::Field(_) | RuleKind::Only { .. } => {}
            }
        }
        let mut said: HashSet<String> = HashSet::new();
        let mut places: Vec<(u32, &String)> = aliases.iter().map(|(at, (_, r))| (*r, at)).collect();
        places.sort_unstable();
        for (_, place) in places {
            // What was gone along before leads to no circle, or its circle is said.
            let (mut at, mut gone) = (place, HashSet::new());
            while !said.contains(at) && gone.insert(at.clone()) {
                let Some((first, _)) = aliases.get(at) else { break };
                at = first;
            }
            let circle = aliases.get(at).filter(|(first, _)| gone.contains(at) && first != at);
            said.extend(gone);
            if let Some(span) = circle.and_then(|(_, rule)| self.place_of(*rule)) {
                let wrong = Diagnostic::error("F320", span, "aliases that lead round in a circle");
                let help = "name one place as the first, and the others as aliases of it";
                self.report(wrong.label(format!("`{at}` repeats itself in the end")).help(help));
            }
        }
    }

    fn claim(&mut self, (side, place): (Side, &Path), rule: u32, seen: &mut Seen) {
        let text = place.to_string();
        let Some(first) = seen.insert((side, text.clone()), rule) else { return };
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
