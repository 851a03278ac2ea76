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

/// Roots of a block within the block that is checked.
#[derive(Clone, Copy)]
struct Prefix<'p> {
    old: &'p Path,
    new: &'p Path,
}

impl Parser<'_> {
    /// Checks every block of the mapping, merged as they are.
    pub(super) fn claims(&mut self, mapping: &Mapping) {
        let types = mapping.types.iter().map(|t| &t.block);
        let operations = mapping.operations.iter().flat_map(operation::blocks);
        let root = Path::default();
        for block in types.chain(operations) {
            self.claims_of(block, Prefix { old: &root, new: &root }, &mut Seen::new());
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

    /// An `in` is a prefix and no more: its rules claim places of the block that it stands in.
    fn claims_of(&mut self, block: &Block, prefix: Prefix<'_>, seen: &mut Seen) {
        for rule in &block.rules {
            match &rule.kind {
                RuleKind::Field(field) => {
                    self.claim((Side::Old, join(prefix.old, &field.old)), rule.rule, seen);
                    self.claim((Side::New, join(prefix.new, &field.new)), rule.rule, seen);
                }
                RuleKind::Only { side: Side::Old, place, .. } => {
                    self.claim((Side::Old, join(prefix.old, place)), rule.rule, seen);
                }
                RuleKind::Only { side: Side::New, place, .. } => {
                    self.claim((Side::New, join(prefix.new, place)), rule.rule, seen);
                }
                RuleKind::Alias(alias) => {
                    if alias.side != Some(Side::New) {
                        self.claim((Side::Old, join(prefix.old, &alias.second)), rule.rule, seen);
                    }
                    if alias.side != Some(Side::Old) {
                        self.claim((Side::New, join(prefix.new, &alias.second)), rule.rule, seen);
                    }
                }
                RuleKind::In { old, new, block } => {
                    let (old, new) = (join(prefix.old, old), join(prefix.new, new));
                    self.claims_of(block, Prefix { old: &old, new: &new }, seen);
                }
            }
        }
    }

    fn claim(&mut self, (side, place): (Side, Path), rule: u32, seen: &mut Seen) {
        let text = place.to_string();
        let Some(first) = seen.insert((side, text.clone()), rule) else { return };
        let which = match side {
            Side::Old => "old",
            Side::New => "new",
        };
        if let (Some(at), Some(before)) = (self.place_of(rule), self.place_of(first)) {
            let what = format!("two rules of one block claim `{text}` of the {which} side");
            self.report(
                Diagnostic::error("F310", at, what)
                    .label("claimed a second time")
                    .also(before, "claimed here already"),
            );
        }
    }
}

fn join(prefix: &Path, path: &Path) -> Path {
    Path(prefix.0.iter().chain(&path.0).cloned().collect())
}
