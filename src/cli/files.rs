//! The files of one API: reads its directories and says what is wrong with them.

use std::fs;
use std::path::{Path, PathBuf};

use crate::contract::{self, Contract};
use crate::diagnostic::{Diagnostic, Severity, Sources};
use crate::mapping::{self, History};

/// One API, loaded.
pub(super) struct Api {
    pub(super) history: History,
    /// One of each version, in the order of the history.
    pub(super) contracts: Vec<Contract>,
}

/// What is wrong, as lines for a terminal.
pub(super) struct Wrong(pub(super) Vec<String>);

/// Reads `mappings/<api>/*` and `schemas/<api>/*`.
pub(super) fn load(mappings: &Path, schemas: &Path, api: &str) -> Result<Api, Wrong> {
    let mut sources = Sources::default();
    let mut found = Vec::new();
    let mut all = Vec::new();
    for files in mapping_files(&mappings.join(api))? {
        let mut ids = Vec::new();
        for path in files {
            ids.push(sources.add(&path.display().to_string(), &read(&path)?));
        }
        let (mapping, more) = mapping::parse(&sources, &ids);
        found.extend(more);
        all.extend(mapping);
    }
    stop(&sources, &found)?;
    if all.is_empty() {
        let place = mappings.join(api);
        return Err(Wrong(vec![format!("error: no mapping in {}", place.display())]));
    }
    let history = History::new(all).map_err(|found| Wrong(lines(&sources, &found)))?;
    let mut contracts = Vec::new();
    for version in &history.versions {
        let folder = schemas.join(api);
        let candidates = ["yaml", "yml", "json"].map(|e| folder.join(format!("{version}.{e}")));
        let Some(path) = candidates.iter().find(|p| p.exists()) else {
            let [yaml, ..] = &candidates;
            let missing =
                format!("error: no contract of version {version}: expected {}", yaml.display());
            return Err(Wrong(vec![missing]));
        };
        let text = read(path)?;
        let mut sibling =
            |name: &str| fs::read_to_string(folder.join(name)).map_err(|e| e.to_string());
        let name = path.display().to_string();
        let loaded = contract::load(&mut sources, version.clone(), (&name, &text), &mut sibling);
        found.extend(loaded.1);
        contracts.extend(loaded.0);
    }
    stop(&sources, &found)?;
    Ok(Api { history, contracts })
}

/// Each mapping's files: a file is one, a directory too.
fn mapping_files(folder: &Path) -> Result<Vec<Vec<PathBuf>>, Wrong> {
    let mut all = Vec::new();
    for path in entries(folder)? {
        if path.is_dir() {
            all.push(entries(&path)?.into_iter().filter(|p| is_yaml(p)).collect());
        } else if is_yaml(&path) {
            all.push(vec![path]);
        }
    }
    Ok(all)
}

fn is_yaml(path: &Path) -> bool {
    path.extension().is_some_and(|e| e == "yaml" || e == "yml" || e == "json")
}

fn entries(folder: &Path) -> Result<Vec<PathBuf>, Wrong> {
    let unreadable =
        |error: std::io::Error| Wrong(vec![format!("error: {}: {error}", folder.display())]);
    let mut paths = Vec::new();
    for entry in fs::read_dir(folder).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        let hidden = path.file_name().is_some_and(|n| n.to_string_lossy().starts_with('.'));
        if !hidden {
            paths.push(path);
        }
    }
    paths.sort();
    Ok(paths)
}

fn read(path: &Path) -> Result<String, Wrong> {
    fs::read_to_string(path)
        .map_err(|error| Wrong(vec![format!("error: {}: {error}", path.display())]))
}

fn stop(sources: &Sources, found: &[Diagnostic]) -> Result<(), Wrong> {
    if found.iter().any(|d| d.severity == Severity::Error) {
        return Err(Wrong(lines(sources, found)));
    }
    Ok(())
}

fn lines(sources: &Sources, found: &[Diagnostic]) -> Vec<String> {
    let mut lines = Vec::new();
    for diagnostic in found {
        let word = match diagnostic.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Note => "note",
        };
        lines.push(format!("{word}[{}]: {}", diagnostic.code, diagnostic.message));
        if let Some(span) = diagnostic.span {
            let (line, column) = sources.position(span);
            let label = &diagnostic.label;
            lines.push(format!("  --> {}:{line}:{column}  {label}", sources.name(span.file)));
        }
        for (span, label) in &diagnostic.related {
            let (line, column) = sources.position(*span);
            lines.push(format!("  --> {}:{line}:{column}  {label}", sources.name(span.file)));
        }
        lines.extend(diagnostic.help.iter().map(|help| format!("  help: {help}")));
    }
    lines
}
