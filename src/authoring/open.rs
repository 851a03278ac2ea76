//! An API of which nobody has written a contract: what its mappings name is all that there is. What
//! nothing proves of its rules is said once.

use std::path::Path;

use crate::contract::{self, Answer, Contract, Operation};
use crate::diagnostic::Diagnostic;
use crate::mapping::{Mapping, OperationBlock};
use crate::version::{ApiVersion, Side};

/// Open contracts of all versions: in each, the operations that any of the mappings names, under the
/// names that they have there.
pub(super) fn contracts(versions: &[ApiVersion], mappings: &[Mapping]) -> Vec<Contract> {
    let Some(first) = mappings.first() else { return Vec::new() };
    let mut named: Vec<Vec<Operation>> = versions.iter().map(|_| Vec::new()).collect();
    for (hop, mapping) in mappings.iter().enumerate() {
        for block in mapping.operations.iter().filter(|block| !block.is_all()) {
            let (mut old, mut new) = (block.old.clone(), block.new.clone());
            for (version, known) in named.iter_mut().enumerate().skip(hop.saturating_add(1)) {
                known.extend(operation(block, &new));
                let next = mappings.get(version).and_then(|next| renamed(next, &new, Side::Old));
                new = next.unwrap_or(new);
            }
            let before = hop.saturating_add(1);
            for (version, known) in named.iter_mut().enumerate().take(before).rev() {
                known.extend(operation(block, &old));
                let next = version.checked_sub(1).and_then(|at| mappings.get(at));
                old = next.and_then(|next| renamed(next, &old, Side::New)).unwrap_or(old);
            }
        }
    }
    let all = versions.iter().zip(&named);
    all.map(|(version, named)| contract::open(version.clone(), first.span, named)).collect()
}

/// What an operation of one side of a mapping is called on the other.
fn renamed(mapping: &Mapping, name: &str, side: Side) -> Option<Box<str>> {
    let known = mapping.operations.iter().find(|block| {
        let own = if side == Side::Old { &block.old } else { &block.new };
        block.old != block.new && **own == *name
    });
    known.map(|block| if side == Side::Old { block.new.clone() } else { block.old.clone() })
}

/// What a block says of its operation, if it names one by method and path: the answers that it
/// refines. `default` is none of its own: it is about those that every operation has.
fn operation(block: &OperationBlock, name: &str) -> Option<Operation> {
    let (method, path) = name.split_once(' ')?;
    let all = block.response.statuses.iter().chain(&block.errors.statuses);
    let refined = all.filter(|(status, _)| **status != *"default");
    let answers = refined.map(|(status, _)| Answer::bare(status)).collect();
    Some(Operation { answers, ..Operation::bare(method, path, block.span) })
}

/// Versions whose files are named one by one.
const MOST: usize = 4;

/// What cannot be proved of such an API.
pub(super) fn unproved(
    schemas: &Path,
    versions: &[ApiVersion],
    mappings: &[Mapping],
) -> Option<Diagnostic> {
    let first = mappings.first()?;
    let files = versions.iter().take(MOST);
    let mut files: Vec<_> =
        files.map(|v| schemas.join(format!("{v}.yaml")).display().to_string()).collect();
    if versions.len() > MOST {
        files.push(String::from("…"));
    }
    let message = format!(
        "`{}` has no contracts: nothing proves that the places of its rules exist, of which types they are, which answers there are, and that what goes has the shape that the other side wants",
        first.api
    );
    Some(
        Diagnostic::warning("F505", first.api_span, message)
            .label("every name counts as declared in every version")
            .help(format!("add a contract of each version: {}", files.join(", "))),
    )
}
