//! From the directories to an [`Api`], or to what is wrong with it. In this room only it and the
//! watch touch the disk.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use twox_hash::XxHash64;

use super::configured::{Configured, hidden};
use super::engine::Engine;
use super::route::Router;
use super::{Api, Finding, SourceFile};
use crate::api::{Order, Pins};
use crate::authoring::{self, Files};
use crate::diagnostic::{Diagnostic, FileId, Severity, Sources};
use crate::document::{MAX_BYTES, Member, Node, parse};

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

/// What the process is told, by key.
pub(super) type Told = BTreeMap<&'static str, String>;

/// The same, or what is wrong with it.
pub type Settings = Result<Told, Vec<Diagnostic>>;

/// Reads what the process is told; paths in it are relative to the directory. Its owner brings it.
pub type ReadSettings = fn(&Sources, FileId, &Path) -> Settings;

impl Places {
    /// What names of files in the configuration are relative to.
    fn directory(&self) -> &Path {
        self.config.parent().unwrap_or(Path::new(""))
    }

    /// The directories of further files that the configuration of an API names.
    pub(super) fn beside(&self, api: &Api) -> Option<PathBuf> {
        let file = self.directory().join(&*api.config.clients.as_ref()?.file);
        file.parent().map(Path::to_path_buf).filter(|parent| !parent.as_os_str().is_empty())
    }

    /// Whether other directories than these, of which a configuration speaks by now, are there: the
    /// next start would fail without them.
    fn are_there(&self, settings: Told) -> Result<Told, Vec<Finding>> {
        let mut wrong = Vec::new();
        for (key, own) in [("mappings", &self.mappings), ("schemas", &self.schemas)] {
            let Some(now) = settings.get(key).map(Path::new).filter(|now| now != own) else {
                continue;
            };
            wrong.extend(directory(now, (key, &format!("`{key}:`"))));
        }
        if wrong.is_empty() { Ok(settings) } else { Err(wrong) }
    }
}

/// The configuration file as it is now.
#[derive(Debug)]
pub(super) struct ConfigFile {
    sources: Sources,
    file: FileId,
    root: Node,
    /// What the process is told: it is in force from its start only.
    pub(super) settings: Result<Told, Vec<Finding>>,
}

impl ConfigFile {
    pub(super) fn read(places: &Places, settings: ReadSettings) -> Result<Self, Vec<Finding>> {
        let name = places.config.display().to_string();
        let text = text(&places.config).map_err(|e| vec![Finding::file(&name, &e.to_string())])?;
        let mut sources = Sources::default();
        let file = sources.add(&name, &text);
        let root = parse(&sources, file).map_err(|found| Finding::all(&sources, &found))?;
        let settings = settings(&sources, file, places.directory())
            .map_err(|found| Finding::all(&sources, &found))
            .and_then(|settings| places.are_there(settings));
        // An empty file is one that is being written: it must not take every API away.
        if root.get("apis").is_none_or(|apis| apis.members().is_empty()) {
            let nothing = || vec![Finding::file(&name, "`apis` must name at least one API")];
            return Err(settings.err().unwrap_or_else(nothing));
        }
        Ok(Self { sources, file, root, settings })
    }

    /// What it was read from.
    pub(super) fn file(&self) -> SourceFile {
        SourceFile::new(self.sources.name(self.file).to_owned(), self.sources.text(self.file))
    }

    /// The members of `apis:`.
    pub(super) fn apis(&self) -> &[Member] {
        self.root.get("apis").map_or(&[], Node::members)
    }
}

/// One API as the files have it now; of its own files nothing is read yet but their texts.
#[derive(Debug)]
pub(super) struct Draft {
    /// The configuration, and what it names beside the API's own files.
    sources: Sources,
    configured: Configured,
    /// What is wrong with what these say.
    found: Vec<Diagnostic>,
    /// The file of pins.
    pins: Option<FileId>,
    files: Files,
    /// What the configuration says, by key.
    settings: Vec<(Box<str>, String)>,
    /// Equal as long as nothing of it changes.
    pub(super) fingerprint: u64,
}

impl Draft {
    pub(super) fn read(
        places: &Places,
        config: &ConfigFile,
        member: &Member,
    ) -> Result<Self, Vec<Finding>> {
        let (mut configured, mut found) = Configured::read(member);
        let mut sources = config.sources.clone();
        let pins = pins(&mut configured, (&mut sources, &mut found), places.directory());
        let (mappings, schemas) = (&places.mappings, &places.schemas);
        let mut files = match files((mappings, schemas), Named::Keys, &member.key) {
            Ok(files) => files,
            Err(mut unread) => {
                unread.extend(Finding::all(&sources, &found));
                return Err(unread);
            }
        };
        files.drops = configured.config.drops;
        let mut hasher = DefaultHasher::new();
        member.key.hash(&mut hasher);
        member.value.to_json().to_string().hash(&mut hasher);
        files.hash(&mut hasher);
        // What is wrong with a file that cannot be read may be another thing next time.
        let unread = found.iter().filter(|d| d.code == "F503").map(|d| &d.message);
        unread.collect::<Vec<_>>().hash(&mut hasher);
        pins.as_ref().map(|id| sources.text(*id)).hash(&mut hasher);
        let settings = member.value.members().iter();
        let settings = settings.map(|own| (own.key.clone(), own.value.to_json().to_string()));
        let (settings, fingerprint) = (settings.collect(), hasher.finish());
        Ok(Self { sources, configured, found, pins, files, settings, fingerprint })
    }

    /// Its files.
    pub(super) fn source_files(&self) -> Vec<SourceFile> {
        let files = self.files.mapping_texts.iter().chain(&self.files.schema_texts);
        let own = files.map(|(path, text)| SourceFile::new(path.display().to_string(), text));
        let pins = self
            .pins
            .map(|id| SourceFile::new(self.sources.name(id).to_owned(), self.sources.text(id)));
        own.chain(pins).collect()
    }

    /// Of what decides how messages are translated: the same for the same texts, wherever they are, in
    /// every process of this version.
    fn digest(&self) -> u64 {
        let Files { mappings, schemas, .. } = &self.files;
        let texts = [(mappings, &self.files.mapping_texts), (schemas, &self.files.schema_texts)];
        let named = texts.iter().flat_map(|(folder, texts)| {
            texts.iter().map(move |(path, text)| (path.strip_prefix(folder).unwrap_or(path), text))
        });
        let seed = u64::from(self.files.drops);
        named.fold(digest(seed, [env!("CARGO_PKG_VERSION").as_bytes()]), |before, (path, text)| {
            digest(before, [path.as_os_str().as_encoded_bytes(), text.as_bytes()])
        })
    }

    /// Compiles it.
    pub(super) fn build(&self) -> Result<Api, Vec<Finding>> {
        let mut sources = self.sources.clone();
        self.api(&mut sources).map_err(|found| Finding::all(&sources, &found))
    }

    fn api(&self, sources: &mut Sources) -> Result<Api, Vec<Diagnostic>> {
        let config = &self.configured.config;
        let loaded = authoring::load(sources, &config.name, &self.files, &config.lone);
        let mut found = self.found.clone();
        found.extend(loaded.found.into_iter().map(|d| self.configured.placed(d)));
        let Some(series) = loaded.series else { return Err(found) };
        found.extend(self.configured.check(&series, &self.files));
        if found.iter().any(|d| d.severity == Severity::Error) {
            return Err(found);
        }
        let failed = authoring::examples(&series).into_iter().chain(loaded.examples);
        // Examples that fail, or that nobody can read, are the author's affair: what is served is what the
        // rules say.
        found.extend(failed.map(|d| Diagnostic { severity: Severity::Warning, ..d }));
        let warnings = Finding::of(sources, &found, Severity::Warning);
        let engine = Engine::new(series, self.digest());
        let versions = 0..engine.versions().len();
        let order = config.versions.older.and_then(|_| Order::of(engine.versions()).ok());
        let router = |v| Router::new(v, engine.operations(v), engine.is_open());
        let routers = versions.map(router).collect();
        let (files, config) = (self.source_files(), config.clone());
        let settings = self.settings.clone();
        let fingerprint = self.fingerprint;
        let api = Api { config, engine, order, routers, files, settings, warnings, fingerprint };
        // Clients would get the contract of another version, unsaid.
        let Some(none) = self.files.without_mapping() else { return Ok(api) };
        let Some((client, backend)) = api.needs_mapping() else { return Ok(api) };
        let what = format!("no mapping leads from version {client} to {backend}");
        let label = format!("clients of {client} are answered by a backend of {backend}");
        let wrong = Diagnostic::error("F502", self.configured.route, what).label(label);
        found.push(wrong.help(none));
        Err(found)
    }
}

/// A digest of texts that stays the same: neither the process nor the machine enters it.
pub(super) fn digest<const N: usize>(seed: u64, texts: [&[u8]; N]) -> u64 {
    // One by one, so that no two lists of texts are one text.
    texts.iter().fold(seed, |before, text| XxHash64::oneshot(before, text))
}

/// The APIs in a configuration, with the files that it names relative to a directory, and what is
/// wrong with what these say; the APIs' own files are not read.
pub fn apis(
    sources: &mut Sources,
    file: FileId,
    directory: &Path,
) -> (Vec<Configured>, Vec<Diagnostic>) {
    let root = match parse(sources, file) {
        Ok(root) => root,
        Err(found) => return (Vec::new(), found),
    };
    let (mut apis, mut found) = (Vec::new(), Vec::new());
    for member in root.get("apis").map_or(&[][..], Node::members) {
        let (mut api, more) = Configured::read(member);
        found.extend(more);
        pins(&mut api, (sources, &mut found), directory);
        found.extend(hidden(&api, &apis, member.key_span));
        apis.push(api);
    }
    (apis, found)
}

/// Reads the file of pins that an API names.
fn pins(
    api: &mut Configured,
    (sources, found): (&mut Sources, &mut Vec<Diagnostic>),
    directory: &Path,
) -> Option<FileId> {
    let clients = api.config.clients.as_mut()?;
    let path = directory.join(&*clients.file);
    let name = path.display().to_string();
    let text = match text(&path) {
        Ok(text) => text,
        Err(error) => {
            let message = format!("the file of clients cannot be read: {error}");
            let help = format!("{name} must be a YAML or JSON file");
            found.push(Diagnostic::error("F503", clients.span, message).help(help));
            api.right = false;
            return None;
        }
    };
    let id = sources.add(&name, &text);
    let (pins, more) = Pins::parse(sources, id);
    api.right &= more.is_empty();
    found.extend(more);
    clients.pins = pins.map(Arc::new);
    Some(id)
}

/// What names the directories of all APIs, for people.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Named {
    /// Keys of the configuration.
    Keys,
    /// Options of a command.
    Options,
}

/// Which of the directories of all APIs cannot be read: a name that is written wrong would take every
/// mapping away.
pub fn directories((mappings, schemas): (&Path, &Path), named: Named) -> Vec<Finding> {
    let all = [("mappings", mappings), ("schemas", schemas)].map(|(what, path)| {
        let by = match named {
            Named::Keys => format!("`{what}:`"),
            Named::Options => format!("`--{what}`"),
        };
        directory(path, (what, &by))
    });
    all.into_iter().flatten().collect()
}

fn directory(path: &Path, (what, by): (&str, &str)) -> Option<Finding> {
    let error = fs::read_dir(path).err()?;
    let name = path.display().to_string();
    let found = Finding::file(&name, &format!("the directory of {what} cannot be read: {error}"));
    let has = match what {
        "schemas" => "a directory for each API that has contracts, and may be empty",
        _ => "a directory for each API",
    };
    Some(found.help(&format!("{by} names it: make it, or name another; it has {has}")))
}

/// Reads the files of one API. Its own directories need not exist, those of all APIs must.
pub fn files(all: (&Path, &Path), named: Named, api: &str) -> Result<Files, Vec<Finding>> {
    let mut wrong = directories(all, named);
    if !wrong.is_empty() {
        return Err(wrong);
    }
    let (mappings, schemas) = (all.0.join(api), all.1.join(api));
    let mut files = Files { mappings, schemas, ..Files::default() };
    let mut read = |directory: &Path, into: (&mut Texts, &mut Vec<PathBuf>)| {
        if let Err((path, error)) = collect(directory, &mut Vec::new(), into) {
            wrong.push(Finding::file(&path.display().to_string(), &error.to_string()));
        }
    };
    let mut others = Vec::new();
    read(&files.mappings, (&mut files.mapping_texts, &mut others));
    read(&files.schemas, (&mut files.schema_texts, &mut Vec::new()));
    // Where nothing is, the name may be written wrong.
    if files.is_nothing() {
        files.others = [all.0, all.1].into_iter().flat_map(folders).collect();
    }
    // Beside a mapping they are nobody's business: that one comes or goes is no change.
    if files.mapping_texts.is_empty() {
        let flat = ["yaml", "yml", "json"].map(|e| all.0.join(format!("{api}.{e}")));
        let flat = flat.into_iter().filter(|path| path.is_file());
        files.aside.extend(others.into_iter().map(|path| (path, "not .yaml, .yml or .json")));
        files.aside.extend(flat.map(|path| (path, "not in the directory of the API")));
    }
    if wrong.is_empty() { Ok(files) } else { Err(wrong) }
}

/// The names of the directories in one of those of all APIs.
fn folders(directory: &Path) -> Vec<String> {
    let entries = fs::read_dir(directory).into_iter().flatten().flatten();
    let folders = entries.filter(|entry| entry.path().is_dir());
    folders.filter_map(|entry| entry.file_name().into_string().ok()).collect()
}

/// Texts by path.
type Texts = BTreeMap<PathBuf, String>;

/// Every YAML and JSON file beneath a directory that need not exist, and what else is there. Names
/// with a leading dot are left out: editors and Kubernetes keep other states of the same files there.
fn collect(
    directory: &Path,
    above: &mut Vec<PathBuf>,
    (into, others): (&mut Texts, &mut Vec<PathBuf>),
) -> Result<(), (PathBuf, io::Error)> {
    let at = |error| (directory.to_path_buf(), error);
    let entries = match fs::read_dir(directory) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(at(error)),
    };
    // By symlinks a directory can be within itself.
    let own = fs::canonicalize(directory).map_err(at)?;
    if above.contains(&own) {
        return Err(at(io::Error::other("the directory is within itself")));
    }
    above.push(own);
    for entry in entries {
        let path = entry.map_err(at)?.path();
        if path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.')) {
            continue;
        }
        let failed = |error| (path.clone(), error);
        let named = path.extension().is_some_and(|e| e == "yaml" || e == "yml" || e == "json");
        let is_directory = match fs::metadata(&path) {
            Ok(what) => what.is_dir(),
            // A link that leads nowhere, or a file that is gone by now.
            Err(error) if error.kind() == io::ErrorKind::NotFound => false,
            Err(error) if !named => return Err(failed(error)),
            Err(_) => false,
        };
        if !named && is_directory {
            collect(&path, above, (into, others))?;
        } else if named {
            let text = text(&path).map_err(failed)?;
            into.insert(path, text);
        } else {
            others.push(path);
        }
    }
    above.pop();
    Ok(())
}

/// The text of a file. What is none, a pipe or a device, could be read without end, and opening it
/// alone may wait for ever.
pub fn text(path: &Path) -> io::Result<String> {
    let regular = |kind: &fs::Metadata| {
        if kind.is_file() { Ok(()) } else { Err(io::Error::other("it is no regular file")) }
    };
    regular(&fs::metadata(path)?)?;
    let file = File::open(path)?;
    // It may be another one by now.
    regular(&file.metadata()?)?;
    let mut text = Vec::new();
    let most = u64::try_from(MAX_BYTES).unwrap_or(u64::MAX);
    file.take(most.saturating_add(1)).read_to_end(&mut text)?;
    if text.len() > MAX_BYTES {
        return Err(io::Error::other(format!("the file is larger than {MAX_BYTES} bytes")));
    }
    String::from_utf8(text).map_err(|_| io::Error::other("the file is not UTF-8"))
}
