//! Contracts that no mapping leads to. Nothing is served of their versions, and nothing else would
//! say so.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::Files;
use crate::contract;
use crate::diagnostic::{Diagnostic, Sources};
use crate::version::ApiVersion;

/// What is known of the files of contracts once an API is loaded.
#[derive(Debug, Default)]
pub(super) struct Seen {
    /// The contract of each version.
    pub(super) contracts: Vec<PathBuf>,
    /// What these refer to.
    pub(super) parts: BTreeSet<PathBuf>,
}

/// Warnings about contracts that no chain of mappings reaches; without any mapping (`lone`), about
/// all of them where they are several.
pub(super) fn unreached(
    sources: &mut Sources,
    files: &Files,
    (seen, versions, lone): (&Seen, &[ApiVersion], bool),
) -> Vec<Diagnostic> {
    let apart = lone && versions.len() > 1;
    let mut parts = seen.parts.clone();
    let mut found = Vec::new();
    for (path, text) in &files.schema_texts {
        let taken = seen.contracts.contains(path) && !apart;
        if taken || path.parent() != Some(&files.schemas) {
            continue;
        }
        let name = path.display().to_string();
        // A contract that is not reached may have files beside it too.
        let mut sibling = |part: &str| {
            let part = files.schemas.join(part);
            let text = files.schema_texts.get(&part).cloned();
            parts.insert(part);
            text.ok_or_else(|| String::from("no such file"))
        };
        if let Some(span) = contract::said(sources, (&name, text), &mut sibling) {
            found.push((path, span));
        }
    }
    found.retain(|(path, _)| !parts.contains(*path));
    if apart && found.len() < 2 {
        return Vec::new();
    }
    let warnings = found.into_iter().map(|(path, span)| {
        let version = stem(path);
        if let Some(read) = seen.contracts.iter().find(|p| stem(p) == version && *p != path) {
            let message = format!("{} is not read", path.display());
            let instead = format!("the contract of version {version} is {}", read.display());
            return Diagnostic::warning("F504", span, message)
                .label(instead)
                .help("take one of the two files out");
        }
        let message = format!("no mapping leads to or from version {version}");
        let label = if apart {
            "nothing is translated from or to this version"
        } else {
            "this version is not served"
        };
        Diagnostic::warning("F504", span, message).label(label).help(format!(
            "add a mapping that joins it to another version, with `to: {version}` or `from: {version}`, or take the file out"
        ))
    });
    warnings.collect()
}

/// The version that a file's name says.
fn stem(path: &Path) -> String {
    path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default()
}
