//! From the texts of one API to its versions, contracts and mappings, each checked.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::documents::documents;
use super::open;
use super::unreached::{Seen, unreached};
use crate::compile::{self, Link, Series};
use crate::contract::{self, Contract};
use crate::diagnostic::{Diagnostic, Severity, Sources, nearest};
use crate::mapping::{self, History, Mapping, Unmapped};
use crate::version::ApiVersion;

/// The texts of one API, by path.
#[derive(Clone, Debug, Default, Hash)]
pub struct Files {
    /// Directory of its mappings.
    pub mappings: PathBuf,
    /// Directory of its contracts.
    pub schemas: PathBuf,
    /// Every YAML and JSON file beneath `mappings`.
    pub mapping_texts: BTreeMap<PathBuf, String>,
    /// Every YAML and JSON file beneath `schemas`.
    pub schema_texts: BTreeMap<PathBuf, String>,
    /// Without any mapping: what is where mappings are and is read as none, with the reason.
    pub aside: BTreeMap<PathBuf, &'static str>,
    /// Without any file of its own: the directories of other APIs.
    pub others: BTreeSet<String>,
    /// Whether a mapping that does not say `unmapped` drops what has no counterpart.
    pub drops: bool,
}

/// Files that are read as no mapping and named at most.
const MOST_ASIDE: usize = 6;

/// What came of the files.
#[derive(Debug)]
pub struct Loaded {
    /// The API, unless something is wrong with it beyond its examples.
    pub series: Option<Series>,
    /// Errors, warnings and notes.
    pub found: Vec<Diagnostic>,
    /// What is wrong with examples that cannot be read: errors of who checks, which keep nobody from
    /// translating.
    pub examples: Vec<Diagnostic>,
}

/// Loads and checks one API. `lone` are its versions where it has no mapping.
pub fn load(sources: &mut Sources, api: &str, files: &Files, lone: &[ApiVersion]) -> Loaded {
    let (mut found, mut unread) = (Vec::new(), Vec::new());
    let series = read(sources, (api, files), lone, (&mut found, &mut unread));
    let finish = |series: Option<Series>, found: Vec<Diagnostic>| {
        let series = series.filter(|_| !is_wrong(&found));
        Loaded { series, found, examples: unread }
    };
    let Some(series) = series else { return finish(None, found) };
    let mut before: Option<Link<'_>> = None;
    for hop in 0..series.mappings.len() {
        let Some(link) = series.link(hop) else { continue };
        found.extend(compile::check(&link));
        found.extend(before.iter().flat_map(|before| compile::neighbours(before, &link)));
        before = Some(link);
    }
    found.extend(documents(&series));
    finish(Some(series), found)
}

fn is_wrong(found: &[Diagnostic]) -> bool {
    found.iter().any(|d| d.severity == Severity::Error)
}

fn read(
    sources: &mut Sources,
    (api, files): (&str, &Files),
    lone: &[ApiVersion],
    (found, unread): (&mut Vec<Diagnostic>, &mut Vec<Diagnostic>),
) -> Option<Series> {
    let mut all: Vec<Mapping> = Vec::new();
    // A mapping of which nobody knows where it leads.
    let mut lost = false;
    let mut foreign = false;
    let known: Vec<&str> = files.stems().collect();
    for group in files.groups() {
        let ids: Vec<_> =
            group.iter().map(|(p, text)| sources.add(&p.display().to_string(), text)).collect();
        let (mapping, more) = mapping::parse((api, &known), sources, &ids);
        found.extend(more);
        lost |= mapping.is_none();
        all.extend(mapping.map(|mut mapping| {
            unread.append(&mut mapping.unread);
            mapping.unmapped = mapping.unmapped.or(files.drops.then_some(Unmapped::Drop));
            mapping
        }));
    }
    for mapping in all.iter().filter(|m| *m.api != *api) {
        foreign = true;
        let message = format!("a mapping of `{}` among those of `{api}`", mapping.api);
        found.push(
            Diagnostic::error("F324", mapping.api_span, message)
                .help(format!("write `api: {api}`, or move the file to `{}`", mapping.api)),
        );
    }
    let alone = all.is_empty();
    let (versions, mappings) = if all.is_empty() && !lost {
        (lone.to_vec(), all)
    } else {
        match History::new(all) {
            Ok(history) => (history.versions, history.mappings),
            // A chain of which a link could not be read has gaps that are nobody's mistake.
            Err(_) if lost || foreign => return None,
            Err(more) => {
                found.extend(more);
                return None;
            }
        }
    };
    let mut seen = Seen::default();
    lost |= foreign;
    let before = found.len();
    let contracts = if files.schema_texts.is_empty() && !mappings.is_empty() {
        found.extend(open::unproved(&files.schemas, &versions, &mappings));
        open::contracts(&versions, &mappings)
    } else {
        contracts(sources, (files, &mappings), &versions, (found, &mut seen))
    };
    let wrong = is_wrong(found.get(before..).unwrap_or_default());
    // Of a chain of which a link could not be read, nobody knows what it reaches.
    if !lost {
        found.extend(unreached(sources, files, (&seen, &versions, alone)));
    }
    let whole = contracts.len() == versions.len() && !wrong && !foreign;
    whole.then(|| Series::new(versions, contracts, mappings))
}

/// The contracts of these versions, as far as they can be read.
fn contracts(
    sources: &mut Sources,
    (files, mappings): (&Files, &[Mapping]),
    versions: &[ApiVersion],
    (found, seen): (&mut Vec<Diagnostic>, &mut Seen),
) -> Vec<Contract> {
    let mut contracts = Vec::new();
    for version in versions {
        let candidates =
            ["yaml", "yml", "json"].map(|e| files.schemas.join(format!("{version}.{e}")));
        let there = candidates.iter().find_map(|p| files.schema_texts.get_key_value(p));
        let Some((path, text)) = there else {
            let [yaml, ..] = &candidates;
            let missing = missing(version, yaml, (files, mappings, versions));
            if files.is_nothing() {
                // The others are missing for the same reason.
                found.push(missing.help(files.named()));
                break;
            }
            found.push(missing);
            continue;
        };
        let mut sibling = |name: &str| {
            let part = files.schemas.join(name);
            let text = files.schema_texts.get(&part).cloned();
            seen.parts.insert(part);
            text.ok_or_else(|| String::from("no such file"))
        };
        let name = path.display().to_string();
        let (contract, more) =
            contract::load(sources, version.clone(), (&name, text), &mut sibling);
        found.extend(more);
        contracts.extend(contract);
        seen.contracts.push(path.clone());
    }
    contracts
}

impl Files {
    /// Whether there is no file of the API.
    pub fn is_nothing(&self) -> bool {
        self.mapping_texts.is_empty() && self.schema_texts.is_empty()
    }

    /// What to do where there is none: its directories have the name of the API.
    fn named(&self) -> String {
        let own = self.schemas.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        match nearest(own, self.others.iter().map(String::as_str)) {
            Some(near) => format!("did you mean `{near}`? An API has the name of its directories"),
            None => format!(
                "an API has the name of its directories: there is nothing in {} nor in {}",
                self.mappings.display(),
                self.schemas.display()
            ),
        }
    }

    /// That there is no mapping at all, what there is instead, and what is expected.
    pub fn without_mapping(&self) -> Option<String> {
        if !self.mapping_texts.is_empty() {
            return None;
        }
        let folder = self.mappings.display();
        let aside = self.aside.iter().take(MOST_ASIDE);
        let mut aside: Vec<_> =
            aside.map(|(path, why)| format!("{} ({why})", path.display())).collect();
        if self.aside.len() > MOST_ASIDE {
            aside.push(String::from("…"));
        }
        let aside = if aside.is_empty() {
            String::new()
        } else {
            format!("; not read: {}", aside.join(", "))
        };
        Some(format!(
            "{folder} has no mapping{aside}; expected {folder}/<version>.yaml for each version but the oldest"
        ))
    }

    /// The versions of which there are files of contracts, in the order of their names.
    fn stems(&self) -> impl Iterator<Item = &str> {
        let beside = self.schema_texts.keys().filter(|p| p.parent() == Some(&self.schemas));
        beside.filter_map(|p| p.file_stem()?.to_str())
    }

    /// The files of each mapping: a file is one, a directory too.
    fn groups(&self) -> Vec<Vec<(&Path, &str)>> {
        let mut groups: BTreeMap<PathBuf, Vec<(&Path, &str)>> = BTreeMap::new();
        for (path, text) in &self.mapping_texts {
            let inside = path.strip_prefix(&self.mappings).unwrap_or(path);
            let first = inside.components().next();
            let group = first.map(|c| self.mappings.join(c)).unwrap_or_default();
            groups.entry(group).or_default().push((path, text));
        }
        groups.into_values().collect()
    }
}

/// A version without a contract: where a mapping names it, and which version may be meant.
fn missing(
    version: &ApiVersion,
    path: &Path,
    (files, mappings, versions): (&Files, &[Mapping], &[ApiVersion]),
) -> Diagnostic {
    let named = mappings.iter().find_map(|m| {
        let to = (m.to == *version).then_some(m.to_span);
        to.or_else(|| (m.from == *version).then_some(m.from_span))
    });
    // A contract that another mapping is about is not meant.
    let known = files.stems().filter(|k| versions.iter().all(|v| v.as_str() != *k));
    let near = nearest(version.as_str(), known);
    Diagnostic {
        code: "F501",
        severity: Severity::Error,
        message: format!("no contract of version {version}: expected {}", path.display()),
        span: named,
        label: named.map_or("", |_| "the mapping is about this version").into(),
        related: Vec::new(),
        help: near.map(|near| format!("did you mean `{near}`?").into()),
    }
}
