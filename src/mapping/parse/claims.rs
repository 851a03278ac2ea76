//! Who claims a place: two rules of one block may not both. Which of several blocks wins is the
//! compiler's.

use std::collections::HashMap;

use super::{Parser, operation};
use crate::diagnostic::Diagnostic;
use crate::json::{Path, Segment, Value};
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
                self.selected(place, *rule);
            }
            self.wrapped(block, (&Path::default(), &Path::default()), &claims);
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
            let meets = |second: &Path| first.is_prefix_of(second) || second.is_prefix_of(first);
            let before = aliases.iter().find(|(other, at)| at != rule && meets(&other.second));
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

    /// A rule about the field by which the selector of its own place finds an element.
    fn selected(&mut self, place: &Path, rule: u32) {
        for (at, segment) in place.0.iter().enumerate() {
            let Segment::Select(fields) = segment else { continue };
            let inside = place.0.get(at.saturating_add(1)..).unwrap_or_default();
            let is = |(names, _): &&(Vec<Box<str>>, Value)| {
                let mut named = names.iter().zip(inside);
                inside.len() >= names.len()
                    && named.all(|(n, s)| matches!(s, Segment::Name(name) if name == n))
            };
            let (Some((names, value)), Some(span)) = (fields.iter().find(is), self.place_of(rule))
            else {
                continue;
            };
            let field = Path(names.iter().cloned().map(Segment::Name).collect());
            let segment = Path(vec![segment.clone()]);
            self.report(
                Diagnostic::error("F325", span, "a rule about the field that finds its element")
                    .label(format!("`{segment}` says that `{field}` is {value} here"))
                    .help("relate the list's `[]` field, or name the element by another field"),
            );
        }
    }

    /// Rules about the list that `wrap` makes of one value, or about an element of it.
    fn wrapped(&mut self, block: &Block, (old, new): (&Path, &Path), claims: &[(Side, Path, u32)]) {
        for rule in &block.rules {
            let field = match &rule.kind {
                RuleKind::In { old: o, new: n, block } => {
                    self.wrapped(block, (&old.join(o), &new.join(n)), claims);
                    continue;
                }
                RuleKind::Field(field) => field,
                RuleKind::Only { .. } | RuleKind::Alias(_) => continue,
            };
            let Some(side) = field.parts.wrap else { continue };
            let (root, own, other) = match side {
                Side::Old => (old, &field.old, &field.new),
                Side::New => (new, &field.new, &field.old),
            };
            let many = |s: &&Segment| matches!(s, Segment::Each | Segment::Values);
            let many = |p: &Path| p.0.iter().filter(many).count();
            // The list is at the last `[]`, if the path goes on below it; else at its end.
            let each = own.0.iter().rposition(|s| *s == Segment::Each);
            let each = each.filter(|_| many(own) > many(other));
            let list = own.0.get(..each.unwrap_or(own.0.len())).unwrap_or_default();
            let list = root.join(&Path(list.to_vec()));
            let meets = |(of, place, by): &&(Side, Path, u32)| {
                let beneath = place.0.strip_prefix(&*list.0);
                let element = |rest: &[Segment]| match rest.first() {
                    None => each.is_some(),
                    Some(segment) => segment.is_one(),
                };
                *of == side && *by != rule.rule && beneath.is_some_and(element)
            };
            let Some((_, place, by)) = claims.iter().find(meets) else { continue };
            let (Some(span), Some(wraps)) = (self.place_of(*by), self.place_of(rule.rule)) else {
                continue;
            };
            let what = format!("two rules of one block claim `{place}` of the {side} side");
            self.report(
                Diagnostic::error("F310", span, what)
                    .label(format!("`{list}` has one element, which is the wrapped value"))
                    .also(wraps, "`wrap` makes this list"),
            );
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
