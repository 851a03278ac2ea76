//! Operations that only one of the two contracts has.

use std::collections::{BTreeMap, HashMap};

use super::version;
use crate::compile::{Link, series};
use crate::contract::{Contract, Operation};
use crate::diagnostic::Diagnostic;
use crate::json::Path;
use crate::version::Side;

/// What there is to know of operations that pair by their ids, and do not by method and path.
const BY_PATH: &str =
    "operations pair by method and path, and an operation key with two sides is not supported yet";

fn side<'l>(link: &Link<'l>, side: Side) -> &'l Contract {
    if side == Side::Old { link.old } else { link.new }
}

/// The operations of a side that the other one lacks.
fn lone<'l>(link: &Link<'l>, of: Side) -> impl Iterator<Item = &'l Operation> {
    let other = side(link, of.other());
    side(link, of).operations.iter().filter(|o| series::same(other, o).is_none())
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
        for operation in lone(link, of) {
            let message = format!("{} of {own} has no counterpart in {other}", called(operation));
            let note = Diagnostic::note("F628", operation.span, message)
                .label(format!("where the backend is of {other}, it is refused"));
            let moved = operation.id.as_deref().and_then(|id| by_id.get(id));
            found.push(match moved {
                Some(moved) => note
                    .also(moved.span, "the same `operationId`")
                    .help(format!("{} of {other} has its `operationId`; {BY_PATH}", called(moved))),
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
    Some(format!("{} and {} do not pair: {BY_PATH}", called(old), called(new)))
}

/// Places that two keys claim which are one operation, once by its id and once by its path: the two
/// are one block.
pub(super) fn twice(link: &Link<'_>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    let mut seen: HashMap<(&str, &str, String, Side, String), u32> = HashMap::new();
    for block in &link.mapping.operations {
        let Some(operation) = link.old.operations.named(&block.old) else { continue };
        let parts = block.request.iter().map(|b| (String::from("request"), b));
        let parts = parts.chain(block.response.iter().map(|b| (String::from("response"), b)));
        let statuses = block.statuses.iter().map(|(status, b)| (status.to_string(), b));
        for (part, block) in parts.chain(statuses) {
            for (side, place, rule) in block.claims() {
                let place = Path::names(&["body"]).join(&place).to_string();
                let key = (&*operation.method, &*operation.path, part.clone(), side, place.clone());
                let before = *seen.entry(key).or_insert(rule);
                if before == rule {
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
