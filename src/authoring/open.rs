//! An API of which nobody has written a contract: what its mappings name is all that there is. What
//! nothing proves of its rules is said once.

use std::path::Path;

use crate::contract::{self, Answer, Contract, Operation};
use crate::diagnostic::Diagnostic;
use crate::mapping::{Mapping, OperationBlock};
use crate::version::ApiVersion;

/// Open contracts of all versions: in each, the operations that any of the mappings names.
pub(super) fn contracts(versions: &[ApiVersion], mappings: &[Mapping]) -> Vec<Contract> {
    let Some(first) = mappings.first() else { return Vec::new() };
    let blocks = mappings.iter().flat_map(|mapping| &mapping.operations);
    let named: Vec<Operation> = blocks.filter_map(operation).collect();
    versions.iter().map(|version| contract::open(version.clone(), first.span, &named)).collect()
}

/// What a block says of its operation, if it names one by method and path: the answers that it
/// refines. `default` is none of its own: it is about those that every operation has.
fn operation(block: &OperationBlock) -> Option<Operation> {
    let (method, path) = block.old.split_once(' ')?;
    let refined = block.statuses.iter().filter(|(status, _)| **status != *"default");
    Some(Operation {
        method: method.into(),
        path: path.into(),
        id: None,
        span: block.span,
        request: None,
        answers: refined.map(|(status, _)| Answer { status: status.clone(), body: None }).collect(),
    })
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
