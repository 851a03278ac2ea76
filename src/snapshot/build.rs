//! From the directories to an [`Api`], or to what is wrong with it. In this room only it and the
//! watch touch the disk.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use twox_hash::XxHash64;

use super::engine::Engine;
use super::route::Router;
use super::{Api, Finding};
use crate::api::{self, ApiConfig};
use crate::authoring::{self, Files};
use crate::compile::Series;
use crate::diagnostic::{Diagnostic, FileId, Severity, Sources, Span, nearest};
use crate::document::{MAX_BYTES, Member, Node, parse};
use crate::message::Template;
use crate::version::ApiVersion;

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
        let directory = places.config.parent().unwrap_or(Path::new(""));
        let settings = settings(&sources, file, directory)
            .map_err(|found| Finding::all(&sources, &found))
            .and_then(|settings| places.are_there(settings));
        // An empty file is one that is being written: it must not take every API away.
        if root.get("apis").is_none_or(|apis| apis.members().is_empty()) {
            let nothing = || vec![Finding::file(&name, "`apis` must name at least one API")];
            return Err(settings.err().unwrap_or_else(nothing));
        }
        Ok(Self { sources, root, settings })
    }

    /// The members of `apis:`.
    pub(super) fn apis(&self) -> &[Member] {
        self.root.get("apis").map_or(&[], Node::members)
    }
}

/// One API as the files have it now; of its own files nothing is read yet but their texts.
#[derive(Debug)]
pub(super) struct Draft<'c> {
    config: &'c ConfigFile,
    configured: Configured,
    /// What is wrong with what the configuration says.
    found: Vec<Diagnostic>,
    files: Files,
    /// Equal as long as nothing of it changes.
    pub(super) fingerprint: u64,
}

impl<'c> Draft<'c> {
    pub(super) fn read(
        places: &Places,
        config: &'c ConfigFile,
        member: &'c Member,
    ) -> Result<Self, Vec<Finding>> {
        let (configured, found) = Configured::read(member);
        let (mappings, schemas) = (&places.mappings, &places.schemas);
        let mut files = match files((mappings, schemas), Named::Keys, &member.key) {
            Ok(files) => files,
            Err(mut unread) => {
                unread.extend(Finding::all(&config.sources, &found));
                return Err(unread);
            }
        };
        files.drops = configured.config.drops;
        let mut hasher = DefaultHasher::new();
        member.key.hash(&mut hasher);
        member.value.to_json().to_string().hash(&mut hasher);
        files.hash(&mut hasher);
        Ok(Self { config, configured, found, files, fingerprint: hasher.finish() })
    }

    /// The names of its files.
    fn names(&self) -> impl Iterator<Item = String> {
        let files = self.files.mapping_texts.keys().chain(self.files.schema_texts.keys());
        files.map(|path| path.display().to_string())
    }

    /// Files of an API in force that are not there any more.
    pub(super) fn gone(&self, api: &Api) -> impl Iterator<Item = String> {
        let there: Vec<_> = self.names().collect();
        api.files.clone().into_iter().filter(move |name| !there.contains(name))
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
        let mut sources = self.config.sources.clone();
        self.api(&mut sources).map_err(|found| Finding::all(&sources, &found))
    }

    fn api(&self, sources: &mut Sources) -> Result<Api, Vec<Diagnostic>> {
        let config = &self.configured.config;
        let loaded = authoring::load(sources, &config.name, &self.files, &config.lone);
        let mut found = self.found.clone();
        // What has no place of its own is said of the API that the configuration names.
        let named = |d: Diagnostic| Diagnostic { span: d.span.or(Some(self.configured.name)), ..d };
        found.extend(loaded.found.into_iter().map(named));
        let Some(series) = loaded.series else { return Err(found) };
        found.extend(self.configured.check(&series, &self.files));
        if found.iter().any(|d| d.severity == Severity::Error) {
            return Err(found);
        }
        let failed = authoring::examples(&series).into_iter();
        // Examples that fail are the author's affair: what is served is what the rules say.
        found.extend(failed.map(|d| Diagnostic { severity: Severity::Warning, ..d }));
        let warnings = Finding::of(sources, &found, Severity::Warning);
        let engine = Engine::new(series, self.digest());
        let versions = 0..engine.versions().len();
        let router = |v| Router::new(v, engine.operations(v), engine.is_open());
        let routers = versions.map(router).collect();
        let (files, config) = (self.names().collect(), config.clone());
        let fingerprint = self.fingerprint;
        let api = Api { config, engine, routers, files, warnings, fingerprint };
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

/// The names of the APIs in a configuration, and what is wrong with what it says of them; their
/// own files are not read.
pub fn apis(sources: &Sources, file: FileId) -> (Vec<Configured>, Vec<Diagnostic>) {
    let root = match parse(sources, file) {
        Ok(root) => root,
        Err(found) => return (Vec::new(), found),
    };
    let (mut apis, mut found) = (Vec::new(), Vec::new());
    for member in root.get("apis").map_or(&[][..], Node::members) {
        let (api, more) = Configured::read(member);
        found.extend(more);
        found.extend(hidden(&api, &apis, member.key_span));
        apis.push(api);
    }
    (apis, found)
}

/// That an API before this one has all of its requests.
fn hidden(api: &Configured, before: &[Configured], span: Span) -> Option<Diagnostic> {
    let own = &api.config;
    let hides = |other: &&Configured| {
        let ApiConfig { hosts, prefix, .. } = &other.config;
        let all = own.hosts.iter().all(|host| hosts.contains(host));
        *prefix == own.prefix && all && hosts.is_empty() == own.hosts.is_empty()
    };
    let other = before.iter().filter(|other| other.right && api.right).find(hides)?;
    let message = format!("no request is of `{}`", own.name);
    let which = if own.hosts.is_empty() { "prefix" } else { "hosts and prefix" };
    Some(
        Diagnostic::warning("F409", span, message)
            .label(format!("`{}` is before it and has the same {which}", other.config.name))
            .help("give each a `prefix` or `hosts` of its own"),
    )
}

/// One API as a configuration has it.
#[derive(Clone, Debug)]
pub struct Configured {
    /// What it says.
    pub config: ApiConfig,
    /// Whether nothing is wrong with that alone.
    right: bool,
    /// Where its name stands.
    name: Span,
    /// Where `version` stands, or else the name.
    version: Span,
    /// Where `route` stands, or else the name.
    route: Span,
}

impl Configured {
    /// As a member of `apis:` has it, and what is wrong with that.
    fn read(member: &Member) -> (Self, Vec<Diagnostic>) {
        let place = |key| member.value.member(key).map_or(member.key_span, |own| own.key_span);
        let (config, found) = api::parse(member);
        let right = found.is_empty();
        let (version, route) = (place("version"), place("route"));
        (Self { config, right, name: member.key_span, version, route }, found)
    }

    /// What the configuration says of versions and operations, beside those that there are.
    pub fn check(&self, series: &Series, files: &Files) -> Vec<Diagnostic> {
        let mut found = self.unknown(series, files);
        if self.right && found.is_empty() {
            found.extend(self.unversioned(series));
            found.extend(self.unrouted(series));
        }
        found
    }

    /// That no request can be of any version.
    fn unversioned(&self, series: &Series) -> Option<Diagnostic> {
        let ApiConfig { name, from, default, .. } = &self.config;
        // Where there is one version there is nothing to say.
        if !from.is_empty() || default.is_some() || series.versions.len() < 2 {
            return None;
        }
        let message = format!("no request can say which version of `{name}` it is of");
        let versions: Vec<_> = series.versions.iter().map(ApiVersion::as_str).collect();
        let versions = versions.join(", ");
        let warning = Diagnostic::warning("F406", self.version, message)
            .label("every request is answered with 400 (`no-version`)");
        Some(warning.help(format!("add `from` or a `default` to `version`; versions: {versions}")))
    }

    /// That no rule of the route is about some operations.
    fn unrouted(&self, series: &Series) -> Option<Diagnostic> {
        let config = &self.config;
        let versions = series.versions.iter().zip(&series.contracts);
        let all =
            versions.flat_map(|(v, contract)| contract.operations.iter().map(move |o| (v, o)));
        let mut left = all.filter(|(version, own)| {
            config.backend(version, Some(&own.method), &Template::new(&own.path)).is_none()
        });
        let Some((version, first)) = left.next() else { return self.unnamed(series) };
        let more = match left.count() {
            0 => String::new(),
            1 => String::from(" and one other operation"),
            more => format!(" and {more} other operations"),
        };
        let message = format!(
            "no rule of the route is about `{} {}` of version {version}{more}",
            first.method, first.path
        );
        let warning = Diagnostic::warning("F407", self.route, message)
            .label("what no rule is about is answered with 501 (`no-backend`)");
        Some(warning.help("end the route with a rule that has `to` alone"))
    }

    /// That no rule of the route is about what no mapping names, where there are no contracts.
    fn unnamed(&self, series: &Series) -> Option<Diagnostic> {
        let every = Template::new("/*");
        let mut versions = series.versions.iter().filter(|_| series.is_open());
        let version = versions.find(|v| self.config.backend(v, None, &every).is_none())?;
        let message = format!(
            "no rule of the route is about operations of version {version} that no mapping names"
        );
        let warning = Diagnostic::warning("F407", self.route, message)
            .label("what no rule is about is answered with 501 (`no-backend`)");
        Some(warning.help("end the route with a rule that has `to` alone"))
    }

    /// Versions and operations that the configuration names and the files lack.
    fn unknown(&self, series: &Series, files: &Files) -> Vec<Diagnostic> {
        let config = &self.config;
        let known: Vec<_> = series.versions.iter().map(ApiVersion::as_str).collect();
        let versions =
            config.named.iter().filter(|(version, _)| !series.versions.contains(version));
        let versions = versions.map(|(version, span)| {
            let message = format!("the API `{}` has no version {version}", config.name);
            let versions = match known.as_slice() {
                [] => String::from("it has no version at all"),
                known => format!("versions: {}", known.join(", ")),
            };
            let none = files.without_mapping().map(|none| format!("; {none}"));
            Diagnostic::error("F502", *span, message)
                .help(format!("{versions}{}", none.unwrap_or_default()))
        });
        let operations: Vec<_> = series.contracts.iter().flat_map(|c| &c.operations).collect();
        let operations: Vec<_> =
            operations.iter().map(|o| (&*o.method, Template::new(&o.path))).collect();
        // Without contracts there may be any.
        let patterns = config.route.iter().filter(|_| !series.is_open());
        let nothing = patterns
            .flat_map(|rule| &rule.operations)
            .filter(|own| !operations.iter().any(|(method, path)| own.covers(Some(method), path)))
            .map(|own| {
                let message = format!("no version of `{}` has such an operation", config.name);
                let named = |method: &str, path: &Template| format!("{method} {}", path.as_str());
                let written = own.method.as_ref().map(|method| named(method, &own.path));
                let known: Vec<String> = operations.iter().map(|(m, p)| named(m, p)).collect();
                let known = known.iter().map(String::as_str);
                let near = written.as_ref().and_then(|written| nearest(written, known));
                let help = near.map_or_else(
                    || String::from("write it as the contract has it, such as `GET /orders/{id}`"),
                    |near| format!("did you mean `{near}`?"),
                );
                Diagnostic::error("F405", own.span, message).help(help)
            });
        versions.chain(nothing).collect()
    }
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
    // Beside a mapping they are nobody's business: that one comes or goes is no change.
    if files.mapping_texts.is_empty() {
        let flat = ["yaml", "yml", "json"].map(|e| all.0.join(format!("{api}.{e}")));
        let flat = flat.into_iter().filter(|path| path.is_file());
        files.aside.extend(others.into_iter().map(|path| (path, "not .yaml, .yml or .json")));
        files.aside.extend(flat.map(|path| (path, "not in the directory of the API")));
    }
    if wrong.is_empty() { Ok(files) } else { Err(wrong) }
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
