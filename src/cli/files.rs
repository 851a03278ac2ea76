//! Which APIs a command is about: reads their files and checks them.

use std::fs;
use std::path::{Path, PathBuf};

use super::{render, serve};
use crate::authoring;
use crate::compile::Series;
use crate::diagnostic::{Diagnostic, Severity, Sources};
use crate::snapshot::{self, Configured, Finding, Named};
use crate::version::ApiVersion;

/// What is wrong, as lines for a terminal.
pub(super) struct Wrong(pub(super) Vec<String>);

impl Wrong {
    pub(super) fn new(text: impl Into<String>) -> Self {
        Self(vec![format!("error: {}", text.into())])
    }
}

impl From<Vec<Finding>> for Wrong {
    fn from(found: Vec<Finding>) -> Self {
        Self(found.iter().map(ToString::to_string).collect())
    }
}

/// One API, whatever is wrong with it.
pub(super) struct Read {
    pub(super) sources: Sources,
    pub(super) series: Option<Series>,
    pub(super) found: Vec<Diagnostic>,
    /// What is wrong with examples that cannot be read.
    pub(super) examples: Vec<Diagnostic>,
    pub(super) files: authoring::Files,
}

/// Reads and checks `mappings/<api>` and `schemas/<api>`.
pub(super) fn read(mappings: &Path, schemas: &Path, api: &str) -> Result<Read, Vec<Finding>> {
    let files = snapshot::files((mappings, schemas), Named::Options, api)?;
    if files.is_nothing() {
        let (mappings, schemas) = (files.mappings.display(), files.schemas.display());
        let what = format!("no API `{api}`: nothing in {mappings} nor in {schemas}");
        return Err(vec![Finding::file("", &what)]);
    }
    let lone = lone(&files);
    Ok(check(Sources::default(), api, files, &lone))
}

/// The same of an API as a configuration has it, whose text is among the sources.
pub(super) fn read_configured(
    directories: (&Path, &Path),
    (api, sources): (&Configured, &Sources),
) -> Result<Read, Vec<Finding>> {
    let mut files = snapshot::files(directories, Named::Keys, &api.config.name)?;
    files.drops = api.config.drops;
    let mut read = check(sources.clone(), &api.config.name, files, &api.config.lone);
    read.found = read.found.into_iter().map(|d| api.placed(d)).collect();
    Ok(read)
}

fn check(mut sources: Sources, api: &str, files: authoring::Files, lone: &[ApiVersion]) -> Read {
    let authoring::Loaded { series, found, examples } =
        authoring::load(&mut sources, api, &files, lone);
    Read { sources, series, found, examples, files }
}

/// Reads one API of which everything must be right but its examples, of which it says what is wrong
/// with those that cannot be read.
pub(super) fn load(mappings: &Path, schemas: &Path, api: &str) -> Result<(Sources, Series), Wrong> {
    let Read { sources, series, mut found, examples, .. } = read(mappings, schemas, api)?;
    let shown = |wrong: &[Diagnostic]| {
        render::first(wrong.iter().map(|d| (&sources, d)), render::stderr_style())
    };
    let Some(series) = series else {
        found.retain(|d| d.severity == Severity::Error);
        found.extend(examples);
        return Err(Wrong(shown(&found)));
    };
    let warning = |d: Diagnostic| Diagnostic { severity: Severity::Warning, ..d };
    let unread: Vec<_> = examples.into_iter().map(warning).collect();
    for line in shown(&unread) {
        serve::complain(&line);
    }
    Ok((sources, series))
}

fn unreadable(folder: &Path, error: &std::io::Error) -> Vec<Finding> {
    vec![Finding::file(&folder.display().to_string(), &error.to_string())]
}

/// The versions of an API without mappings: its contracts, of which those in directories beneath
/// are parts.
fn lone(files: &authoring::Files) -> Vec<ApiVersion> {
    let stem = |path: &PathBuf| {
        let stem = path.file_stem()?.to_str()?;
        Some(ApiVersion::new(stem))
    };
    let own = |path: &&PathBuf| path.parent() == Some(&*files.schemas);
    files.schema_texts.keys().filter(own).filter_map(stem).collect()
}

/// The APIs that two directories hold, by name.
pub(super) fn apis(mappings: &Path, schemas: &Path) -> Result<Vec<String>, Vec<Finding>> {
    let missing = snapshot::directories((mappings, schemas), Named::Options);
    if !missing.is_empty() {
        return Err(missing);
    }
    let mut names = Vec::new();
    for folder in [mappings, schemas] {
        for entry in fs::read_dir(folder).map_err(|error| unreadable(folder, &error))? {
            let path = entry.map_err(|error| unreadable(folder, &error))?.path();
            let name = path.file_name().map(|n| n.to_string_lossy().into_owned());
            if let Some(name) = name.filter(|n| !n.starts_with('.') && path.is_dir()) {
                names.push(name);
            }
        }
    }
    names.sort();
    names.dedup();
    if names.is_empty() {
        let none = Finding::file(&mappings.display().to_string(), "there is no API");
        return Err(vec![none.help("expected a directory for each, with the name of the API")]);
    }
    Ok(names)
}
