//! Operations that only one of the two contracts has.

use std::collections::BTreeMap;

use super::version;
use crate::compile::{Link, series};
use crate::contract::{Contract, Operation};
use crate::diagnostic::Diagnostic;
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
