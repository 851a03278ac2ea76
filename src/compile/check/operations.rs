//! Operations that only one of the two contracts has.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::version;
use crate::compile::Link;
use crate::compile::pairs::{Pair, is_named};
use crate::contract::{Contract, Operation};
use crate::diagnostic::Diagnostic;
use crate::loss::Loses;
use crate::message::Template;
use crate::version::{Direction, Side};

fn side<'l>(link: &Link<'l>, side: Side) -> &'l Contract {
    if side == Side::Old { link.old } else { link.new }
}

/// The operations of a side that the other one lacks.
fn lone<'l>(link: &Link<'l>, of: Side) -> impl Iterator<Item = &'l Operation> {
    let all = side(link, of).operations.iter().enumerate();
    all.filter(move |(at, _)| link.pairs.of(of, *at).is_empty()).map(|(_, operation)| operation)
}

fn called(operation: &Operation) -> String {
    format!("`{} {}`", operation.method, operation.path)
}

/// Notes about them, unless one of the contracts has no operations at all.
pub(super) fn operations(link: &Link<'_>) -> Vec<Diagnostic> {
    if link.old.operations.is_empty() || link.new.operations.is_empty() {
        return Vec::new();
    }
    let mut found = Vec::new();
    for of in [Side::Old, Side::New] {
        let by_id: BTreeMap<&str, &Operation> =
            lone(link, of.other()).filter_map(|o| Some((o.id.as_deref()?, o))).collect();
        let (own, other) = (version(link, of), version(link, of.other()));
        let told = |operation: &&Operation| {
            let mut gone = link.mapping.gone.iter().filter(|gone| gone.side == of);
            !gone.any(|gone| is_named(operation, &gone.name))
        };
        for operation in lone(link, of).filter(told) {
            let message = format!("{} of {own} has no counterpart in {other}", called(operation));
            let note = Diagnostic::note("F628", operation.span, message)
                .label(format!("where the backend is of {other}, it is refused"));
            let moved = operation.id.as_deref().and_then(|id| by_id.get(id)).copied();
            found.push(match moved {
                Some(moved) => {
                    let (old, new) =
                        if of == Side::Old { (operation, moved) } else { (moved, operation) };
                    let (old, new) = (called(old), called(new));
                    let key = format!("{} -> {}", old.trim_matches('`'), new.trim_matches('`'));
                    note.also(moved.span, "the same `operationId`")
                        .help(format!("relate the two under `operations`: `{key}: {{}}`"))
                }
                None => note,
            });
        }
    }
    found
}

/// Why what an operation holds may be reached by nothing: its path was changed.
pub(super) fn moved(link: &Link<'_>) -> Option<String> {
    let news: BTreeMap<&str, &Operation> =
        lone(link, Side::New).filter_map(|o| Some((o.id.as_deref()?, o))).collect();
    let (old, new) =
        lone(link, Side::Old).find_map(|old| Some((old, *news.get(old.id.as_deref()?)?)))?;
    let (one, other) = (called(old), called(new));
    let key = format!("{} -> {}", one.trim_matches('`'), other.trim_matches('`'));
    Some(format!("{one} and {other} do not pair: relate them under `operations`, `{key}: {{}}`"))
}

/// Places that two keys claim which are one operation, once by its id and once by its path: the two
/// are one block.
pub(super) fn twice(link: &Link<'_>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    let mut seen: HashMap<(&str, &str, String, Side, String), u32> = HashMap::new();
    // Said once, whether they meet on one side or on both.
    let mut said = HashSet::new();
    for block in &link.mapping.operations {
        let Some(operation) = link.old.operations.named(&block.old) else { continue };
        for (part, rules) in block.named() {
            for (side, place, rule) in rules.whole.claims() {
                let place = place.to_string();
                let key = (&*operation.method, &*operation.path, part.clone(), side, place.clone());
                let before = *seen.entry(key).or_insert(rule);
                if before == rule || !said.insert((before, rule)) {
                    continue;
                }
                let what = format!("two rules of one operation claim `{place}` of the {side} side");
                found.push(
                    Diagnostic::error("F310", link.mapping.span_of(rule), what)
                        .label("claimed a second time")
                        .also(link.mapping.span_of(before), "claimed here already")
                        .help(format!(
                            "both keys are {}: keep one of the rules",
                            called(operation)
                        )),
                );
            }
        }
    }
    found
}

/// Operations of one side that are several on the other, of which no constants tell: a request that has
/// those of none is taken for the first, and one that has the same as another for the one before.
pub(super) fn several(link: &Link<'_>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for direction in [Direction::Upgrade, Direction::Downgrade] {
        let (from, to) = (side(link, direction.source()), side(link, direction.target()));
        for (at, operation) in from.operations.iter().enumerate() {
            let several = link.pairs.of(direction.source(), at).iter();
            let pairs: Vec<_> = several.filter_map(|pair| link.pairs.get(*pair)).collect();
            let [first, rest @ ..] = pairs.as_slice() else { continue };
            let tells = |pair: &&Pair| told(pair, link, direction);
            let name = |pair: &&Pair| {
                to.operations.get(pair.at(direction.target())).map(called).unwrap_or_default()
            };
            let word = if direction.source() == Side::New { "added" } else { "removed" };
            let (own, version) = (called(operation), version(link, direction.source()));
            // That what nothing tells is the one of its own name, is what one would expect.
            let same = pairs.iter().enumerate().find_map(|(at, later)| {
                let mut before = pairs.iter().take(at).filter(|pair| name(pair) != own);
                Some((before.find(|pair| tells(pair) == tells(later))?, later))
            });
            let (message, label, help) = if let Some((before, later)) = same {
                (
                    format!("{own} of {version} is never taken for {}", name(later)),
                    format!("nothing tells it from {}, which is taken instead", name(before)),
                    format!(
                        "give each a constant of its own: `request: {{ {word}: {{ query.state: open }} }}`"
                    ),
                )
            } else if !rest.is_empty()
                && pairs.iter().all(|pair| !tells(pair).is_empty())
                && !refuses(first, link, direction)
            {
                (
                    format!(
                        "{own} of {version} is taken for {} where no constants tell",
                        name(first)
                    ),
                    format!("a request that has the constants of none becomes {}", name(first)),
                    String::from(
                        "relate it to an operation without constants too, or say `loses: refuse` of the first constant: what lacks it is refused then",
                    ),
                )
            } else {
                continue;
            };
            let warning = Diagnostic::warning("F634", operation.span, message);
            found.push(warning.label(label).help(help));
        }
    }
    found
}

/// Pairs of which one has a path that goes on as it likes, and the other has not.
pub(super) fn going_on(link: &Link<'_>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for pair in link.pairs.iter() {
        let ends = link.old.operations.get(pair.old).zip(link.new.operations.get(pair.new));
        let Some((old, new)) = ends else { continue };
        let rest = |operation: &Operation| Template::new(&operation.path).has_rest();
        let (side, own, other) = match (rest(old), rest(new)) {
            (true, false) => (Side::Old, old, new),
            (false, true) => (Side::New, new, old),
            _ => continue,
        };
        let keys = pair.blocks.iter().filter_map(|at| link.mapping.operations.get(*at));
        let span = keys.into_iter().find(|block| !block.is_all()).map_or(own.span, |b| b.span);
        let message = format!(
            "a path of {} that goes on behind {} has no place in {} of {}",
            version(link, side),
            called(own),
            called(other),
            version(link, side.other())
        );
        found.push(
            Diagnostic::warning("F642", span, message)
                .label("a request with such a path is refused")
                .help("let both paths end in `/*`, or name what follows as parameters in both"),
        );
    }
    found
}

/// Keys of which a side stands for several operations: they relate the first of these alone.
pub(super) fn first_alone(link: &Link<'_>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for block in link.mapping.operations.iter().filter(|block| block.old != block.new) {
        for (of, name) in [(Side::Old, &block.old), (Side::New, &block.new)] {
            // Any other path is one operation's.
            if !name.ends_with('*') {
                continue;
            }
            let all = &side(link, of).operations;
            let meant: Vec<&Operation> = all.iter().filter(|own| is_named(own, name)).collect();
            let own = |o: &&Operation| name.split_once(' ').is_some_and(|(_, p)| *o.path == *p);
            let ([first, others @ ..], false) = (&*meant, meant.iter().any(own)) else { continue };
            if others.is_empty() {
                continue;
            }
            let rest: Vec<String> = others.iter().take(3).map(|own| called(own)).collect();
            let more = others.len().saturating_sub(rest.len());
            let more = if more > 0 { format!(" and {more} more") } else { String::new() };
            let version = version(link, of);
            let message = format!(
                "`{name}` is several operations of {version}, and this key relates {} alone",
                called(first)
            );
            found.push(
                Diagnostic::warning("F634", block.span, message)
                    .label(format!("nothing is said of {}{more}", rest.join(", ")))
                    .help(
                        "write a key for each of them; without `->` a key with `*` holds for all",
                    ),
            );
        }
    }
    found
}

/// Whether a request is refused that is taken for a pair, the first of several, without its constants.
fn refuses(pair: &Pair, link: &Link<'_>, direction: Direction) -> bool {
    let first = pair.constants(link.mapping, direction).into_iter().next();
    let rule = first.and_then(|own| link.mapping.rules.get(usize::try_from(own.rule).ok()?));
    rule.is_some_and(|rule| rule.loses == Loses::Refuse)
}

/// The constants by which a request shows that it is of a pair, in an order of their own.
fn told(pair: &Pair, link: &Link<'_>, direction: Direction) -> Vec<String> {
    let constants = pair.constants(link.mapping, direction).into_iter();
    let mut told: Vec<String> =
        constants.map(|own| format!("{}={}", own.place(), own.value)).collect();
    told.sort();
    told
}
