//! From the directories to an [`Api`], or to what is wrong with it. The only file beside the
//! watch that touches the disk.

use std::collections::BTreeMap;
use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io;
use std::path::{Path, PathBuf};

use super::engine::{Engine, Texts};
use super::route::Router;
use super::{Api, Finding};
use crate::api;
use crate::diagnostic::{Diagnostic, Sources};
use crate::document::{Member, Node, parse};
use crate::version::ApiVersion;

/// Bytes of one file that are read at most.
const LARGEST: u64 = 64 << 20;

/// Where the files are.
#[derive(Clone, Debug)]
pub struct Places {
    /// `fishplate.yaml`
    pub config: PathBuf,
    /// Directory of the mappings, a directory for each API.
    pub mappings: PathBuf,
    /// Directory of the contracts, a directory for each API.
    pub schemas: PathBuf,
}

/// The configuration file as it is now.
#[derive(Debug)]
pub(super) struct ConfigFile {
    sources: Sources,
    root: Node,
}

impl ConfigFile {
    pub(super) fn read(places: &Places) -> Result<Self, Vec<Finding>> {
        let name = places.config.display().to_string();
        let text = text(&places.config).map_err(|e| vec![Finding::file(&name, &e.to_string())])?;
        let mut sources = Sources::default();
        let file = sources.add(&name, &text);
        match parse(&sources, file) {
            // An empty file is one that is being written: it must not take every API away.
            Ok(root) if root.get("apis").is_none_or(|apis| apis.members().is_empty()) => {
                Err(vec![Finding::file(&name, "`apis` must name at least one API")])
            }
            Ok(root) => Ok(Self { sources, root }),
            Err(found) => Err(Finding::all(&sources, &found)),
        }
    }

    /// The members of `apis:`.
    pub(super) fn apis(&self) -> &[Member] {
        self.root.get("apis").map_or(&[], Node::members)
    }
}

/// One API as the files have it now, not looked into yet.
#[derive(Debug)]
pub(super) struct Draft<'c> {
    config: &'c ConfigFile,
    member: &'c Member,
    mappings: (PathBuf, Texts),
    schemas: (PathBuf, Texts),
    /// Equal as long as nothing of it changes.
    pub(super) fingerprint: u64,
}

impl<'c> Draft<'c> {
    pub(super) fn read(
        places: &Places,
        config: &'c ConfigFile,
        member: &'c Member,
    ) -> Result<Self, Vec<Finding>> {
        let read = |directory: PathBuf| {
            let mut texts = Texts::new();
            match collect(&directory, &mut texts) {
                Ok(()) => Ok((directory, texts)),
                Err((path, error)) => {
                    Err(vec![Finding::file(&path.display().to_string(), &error.to_string())])
                }
            }
        };
        let mappings = read(places.mappings.join(&*member.key))?;
        let schemas = read(places.schemas.join(&*member.key))?;
        let mut hasher = DefaultHasher::new();
        member.key.hash(&mut hasher);
        member.value.to_json().to_string().hash(&mut hasher);
        mappings.hash(&mut hasher);
        schemas.hash(&mut hasher);
        Ok(Self { config, member, mappings, schemas, fingerprint: hasher.finish() })
    }

    /// Compiles it.
    pub(super) fn build(&self) -> Result<Api, Vec<Finding>> {
        let mut sources = self.config.sources.clone();
        self.api(&mut sources).map_err(|found| Finding::all(&sources, &found))
    }

    fn api(&self, sources: &mut Sources) -> Result<Api, Vec<Diagnostic>> {
        let config = api::parse(self.member)?;
        let mut lone: Vec<ApiVersion> = Vec::new();
        for backend in &config.backends {
            if !lone.contains(&backend.version) {
                lone.push(backend.version.clone());
            }
        }
        let (schemas, texts) = &self.schemas;
        let engine = Engine::load(sources, &self.groups(), (schemas, texts), &lone)?;
        let mut found = Vec::new();
        let rules = config.route.iter().flat_map(|rule| &rule.versions);
        let backends = config.backends.iter().map(|b| &b.version);
        for version in backends.chain(&config.default).chain(rules) {
            if !engine.versions().contains(version) {
                let known: Vec<_> = engine.versions().iter().map(ApiVersion::as_str).collect();
                let message = format!("the API `{}` has no version {version}", config.name);
                found.push(
                    Diagnostic::error("F502", self.member.key_span, message)
                        .help(format!("versions: {}", known.join(", "))),
                );
            }
        }
        if !found.is_empty() {
            return Err(found);
        }
        let routers =
            (0..engine.versions().len()).map(|v| Router::new(engine.operations(v))).collect();
        let files = self.mappings.1.keys().chain(self.schemas.1.keys());
        let files = files.map(|path| path.display().to_string()).collect();
        Ok(Api { config, engine, routers, files, fingerprint: self.fingerprint })
    }

    /// The files of each mapping: a file is one, a directory too.
    fn groups(&self) -> Vec<Vec<(&Path, &str)>> {
        let (directory, texts) = &self.mappings;
        let mut groups: BTreeMap<PathBuf, Vec<(&Path, &str)>> = BTreeMap::new();
        for (path, text) in texts {
            let inside = path.strip_prefix(directory).unwrap_or(path);
            let group = inside.components().next().map(|c| directory.join(c)).unwrap_or_default();
            groups.entry(group).or_default().push((path, text));
        }
        groups.into_values().collect()
    }
}

/// Every YAML and JSON file beneath a directory that need not exist. Names with a leading dot are
/// left out: editors and Kubernetes keep other states of the same files there.
fn collect(directory: &Path, into: &mut Texts) -> Result<(), (PathBuf, io::Error)> {
    let at = |error| (directory.to_path_buf(), error);
    let entries = match fs::read_dir(directory) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(at(error)),
    };
    for entry in entries {
        let path = entry.map_err(at)?.path();
        if path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.')) {
            continue;
        }
        let failed = |error| (path.clone(), error);
        if fs::metadata(&path).map_err(failed)?.is_dir() {
            collect(&path, into)?;
        } else if path.extension().is_some_and(|e| e == "yaml" || e == "yml" || e == "json") {
            let text = text(&path).map_err(failed)?;
            into.insert(path, text);
        }
    }
    Ok(())
}

fn text(path: &Path) -> io::Result<String> {
    if fs::metadata(path)?.len() > LARGEST {
        return Err(io::Error::other("the file is too large"));
    }
    fs::read_to_string(path)
}
