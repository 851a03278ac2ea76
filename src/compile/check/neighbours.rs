//! Mappings that follow each other and contradict one another: what one of them makes of nothing, and
//! the next one takes out as something else. No message ever shows it, as none of it came in one.

use std::collections::HashMap;

use crate::compile::Link;
use crate::diagnostic::Diagnostic;
use crate::json::{Path, Value};
use crate::mapping::{Block, Mapping, RuleKind, Source};
use crate::version::Side;

/// Where a constant stands in the version between: what its block is about, and the place.
type At = (String, String);

/// Constants of one side of a mapping, each with its rule.
type Constants<'m> = HashMap<At, (u32, &'m Value)>;

/// Looks at two links that follow each other.
pub fn neighbours(first: &Link<'_>, second: &Link<'_>) -> Vec<Diagnostic> {
    let made = constants(first.mapping, Side::New);
    let mut found: Vec<(u32, Diagnostic)> = Vec::new();
    for (at, (rule, taken)) in constants(second.mapping, Side::Old) {
        let Some((other, constant)) = made.get(&at).filter(|(_, made)| !made.same(taken)) else {
            continue;
        };
        let (old, between, new) = (&first.old.version, &second.old.version, &second.new.version);
        let message = format!(
            "`{}` of {between} is {constant} for messages of {old}, and {taken} for those of {new}",
            at.1
        );
        let diagnostic = Diagnostic::warning("F632", second.mapping.span_of(rule), message)
            .label(format!("{taken} here"))
            .also(first.mapping.span_of(*other), format!("{constant} there"))
            .help("where both mappings translate one message, the difference is lost and not reported: say the same in both, or relate the place to one of the other version");
        found.push((rule, diagnostic));
    }
    found.sort_by_key(|(rule, _)| *rule);
    found.into_iter().map(|(_, diagnostic)| diagnostic).collect()
}

/// The constants that stand on one side alone.
fn constants(mapping: &Mapping, side: Side) -> Constants<'_> {
    let mut found = Constants::new();
    for block in &mapping.types {
        let name = if side == Side::Old { &block.old } else { &block.new };
        add(&format!("type {name}"), (&block.block, &Path::default()), side, &mut found);
    }
    for operation in &mapping.operations {
        let name = if side == Side::Old { &operation.old } else { &operation.new };
        for (part, rules) in operation.named() {
            add(&format!("{name} {part}"), (&rules.whole, &Path::default()), side, &mut found);
        }
    }
    found
}

fn add<'m>(about: &str, (block, root): (&'m Block, &Path), side: Side, into: &mut Constants<'m>) {
    for rule in &block.rules {
        match &rule.kind {
            RuleKind::Only { side: on, place, source: Source::Literal(value) } if *on == side => {
                let place = root.join(place).to_string();
                into.entry((about.to_owned(), place)).or_insert((rule.rule, value));
            }
            RuleKind::In { old, new, block } => {
                let root = root.join(if side == Side::Old { old } else { new });
                add(about, (block, &root), side, into);
            }
            RuleKind::Only { .. }
            | RuleKind::Field(_)
            | RuleKind::Alias(_)
            | RuleKind::Refuse(_) => {}
        }
    }
}
