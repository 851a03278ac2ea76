//! The generation in force and what is wrong with newer files. The unit is the API: where one
//! of its files is wrong it stays as it was, whole, and the others change all the same.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use arc_swap::ArcSwap;

use super::ahead::Listener;
use super::build::{ConfigFile, Draft, Places, ReadSettings, Told};
use super::watch::Turn;
use super::{Api, Snapshot};
use crate::diagnostic::{Diagnostic, Severity, Sources};

/// What is wrong with a file, ready to be shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The file; empty if it is about none.
    pub file: String,
    /// Line and column from 1, where there is a place.
    pub position: Option<(usize, usize)>,
    /// Whether it is an error or a warning.
    pub severity: Severity,
    /// The code of the diagnostic.
    pub code: &'static str,
    /// What is wrong.
    pub message: String,
    /// What was expected there.
    pub expected: Option<String>,
    /// What to do.
    pub help: Option<String>,
}

impl Finding {
    /// About a whole file.
    pub fn file(name: &str, message: &str) -> Self {
        Self {
            file: name.to_owned(),
            position: None,
            severity: Severity::Error,
            code: "F503",
            message: message.to_owned(),
            expected: None,
            help: None,
        }
    }

    /// Says what to do.
    #[must_use]
    pub fn help(self, help: &str) -> Self {
        Self { help: Some(help.to_owned()), ..self }
    }

    /// The errors among diagnostics.
    pub fn all(sources: &Sources, found: &[Diagnostic]) -> Vec<Self> {
        Self::of(sources, found, Severity::Error)
    }

    /// Its place, for the log.
    fn place(&self) -> (Option<&str>, Option<usize>, Option<usize>) {
        let (line, column) = self.position.unzip();
        ((!self.file.is_empty()).then_some(&*self.file), line, column)
    }

    /// Those of one severity among diagnostics.
    pub(super) fn of(sources: &Sources, found: &[Diagnostic], severity: Severity) -> Vec<Self> {
        let found = found.iter().filter(|d| d.severity == severity);
        found
            .map(|d| Self {
                file: d.span.map(|s| sources.name(s.file).to_owned()).unwrap_or_default(),
                position: d.span.map(|s| sources.position(s)),
                severity,
                code: d.code,
                message: d.message.clone(),
                expected: (!d.label.is_empty()).then(|| String::from(&*d.label)),
                help: d.help.as_deref().map(String::from),
            })
            .collect()
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = if self.severity == Severity::Error { "error" } else { "warning" };
        write!(f, "{word}[{}]: {}", self.code, self.message)?;
        if let Some((line, column)) = self.position {
            write!(f, "\n  --> {}:{line}:{column}", self.file)?;
        } else if !self.file.is_empty() {
            write!(f, "\n  --> {}", self.file)?;
        }
        if let Some(expected) = &self.expected {
            write!(f, "  {expected}")?;
        }
        self.help.as_ref().map_or(Ok(()), |help| write!(f, "\n  help: {help}"))
    }
}

/// What is wrong with files, by API; the configuration file itself is under the empty name.
pub type Errors = BTreeMap<String, Vec<Finding>>;

/// What a reload did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reloaded {
    /// The generation in force afterwards.
    pub generation: u64,
    /// APIs that are new, different or gone.
    pub changed: Vec<String>,
    /// What is wrong.
    pub errors: Errors,
    /// What is worth a look in what is in force.
    pub warnings: Vec<Finding>,
}

/// What is in force and what is wrong.
#[derive(Clone, Debug)]
pub struct Report {
    /// In force.
    pub snapshot: Arc<Snapshot>,
    /// What is wrong with newer files.
    pub errors: Errors,
    /// Files of what is in force that are not there any more.
    pub gone: BTreeSet<String>,
    /// Settings that are written, and not in force before the process starts again.
    pub waiting: Vec<Finding>,
}

impl Report {
    /// What is worth a look in what is in force, and beside it.
    pub fn warnings(&self) -> impl Iterator<Item = &Finding> {
        self.snapshot.warnings().chain(&self.waiting)
    }
}

/// The generation in force. Who asks for it never waits for a reload.
#[derive(Debug)]
pub struct Store {
    places: Places,
    settings: ReadSettings,
    report: ArcSwap<Report>,
    /// Whose turn it is to reload.
    pub(super) turn: Turn,
    /// Held as long as a reload takes, so nothing that serves may ask for it.
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// Fingerprints of what did not compile, so that it is not compiled again and again.
    refused: BTreeMap<String, u64>,
    listener: Option<Listener>,
    /// What the process is told: in force since its start, and as the file said it last.
    settings: Option<[Told; 2]>,
}

impl Store {
    /// Loads the first generation; here every error is fatal.
    pub fn open(places: Places, settings: ReadSettings) -> Result<Self, Vec<Finding>> {
        let snapshot = Arc::new(Snapshot { generation: 0, apis: Vec::new() });
        let (errors, gone, waiting) = (Errors::new(), BTreeSet::new(), Vec::new());
        let report = ArcSwap::from_pointee(Report { snapshot, errors, gone, waiting });
        let (turn, state) = (Turn::default(), Mutex::default());
        let store = Self { places, settings, report, turn, state };
        let errors = store.load().errors;
        if errors.is_empty() { Ok(store) } else { Err(errors.into_values().flatten().collect()) }
    }

    /// Where its files are.
    pub fn places(&self) -> &Places {
        &self.places
    }

    /// The generation in force; take it once for each exchange.
    pub fn current(&self) -> Arc<Snapshot> {
        Arc::clone(&self.report.load().snapshot)
    }

    /// The generation in force and what is wrong with newer files.
    pub fn report(&self) -> Arc<Report> {
        self.report.load_full()
    }

    /// Tells the log what is worth a look in what is in force; for the start, as a reload does it
    /// itself.
    pub fn announce(&self) {
        for api in &self.current().apis {
            doubtful(api);
        }
    }

    /// Reads the files again and tells the log what came of it.
    pub(super) fn renew(&self) -> Reloaded {
        let old = self.report();
        let reloaded = self.load();
        log(&reloaded, &old, &self.report());
        reloaded
    }

    /// Reads the files again and compiles what changed; it takes its time.
    fn load(&self) -> Reloaded {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let old = self.report();
        let config = match ConfigFile::read(&self.places, self.settings) {
            Ok(config) => config,
            Err(found) => {
                // What is kept of it is less than what would be found again.
                state.refused.clear();
                let mut errors = self.elsewhere(&old);
                errors.insert(String::new(), found);
                let (snapshot, gone) = (Arc::clone(&old.snapshot), old.gone.clone());
                let waiting = old.waiting.clone();
                return self.conclude(Vec::new(), Report { snapshot, errors, gone, waiting });
            }
        };
        let (mut apis, mut changed) = (Vec::new(), Vec::new());
        let (mut errors, mut missing) = (Errors::new(), BTreeSet::new());
        let waiting = match &config.settings {
            Ok(settings) => state.restart(settings, &self.places.config.display().to_string()),
            // They are none of the APIs' business: those change all the same.
            Err(found) => {
                errors.insert(String::new(), found.clone());
                old.waiting.clone()
            }
        };
        for member in config.apis() {
            let name = &*member.key;
            let before = old.snapshot.apis.iter().find(|api| *api.config.name == *name);
            let draft = Draft::read(&self.places, &config, member);
            let built = draft.as_ref().map_err(Clone::clone);
            match built.and_then(|draft| state.build(name, draft, before, &old.errors)) {
                Ok(api) => {
                    if !before.is_some_and(|b| Arc::ptr_eq(b, &api)) {
                        changed.push(name.to_owned());
                    }
                    apis.push(api);
                }
                Err(found) => {
                    errors.insert(name.to_owned(), found);
                    if let (Ok(draft), Some(before)) = (&draft, before) {
                        missing.extend(draft.gone(before));
                    }
                    apis.extend(before.cloned());
                }
            }
        }
        let kept = |api: &Api| config.apis().iter().any(|m| *m.key == *api.config.name);
        let gone = old.snapshot.apis.iter().filter(|api| !kept(api));
        let new = |name: &&String| old.snapshot.apis.iter().all(|api| *api.config.name != ***name);
        if errors.keys().filter(|name| !name.is_empty()).any(|name| new(&name)) {
            // One that was there may have been given a wrong name.
            apis.extend(gone.cloned());
        } else {
            changed.extend(gone.map(|api| api.config.name.to_string()));
        }
        let mut snapshot = Arc::clone(&old.snapshot);
        if !changed.is_empty() {
            let generation = snapshot.generation.saturating_add(1);
            apis.sort_by_key(|api: &Arc<Api>| {
                (api.config.hosts.is_empty(), std::cmp::Reverse(api.config.prefix.len()))
            });
            snapshot = Arc::new(Snapshot { generation, apis });
        }
        let told = (!changed.is_empty()).then(|| Arc::clone(&snapshot));
        let gone = missing;
        let reloaded = self.conclude(changed, Report { snapshot, errors, gone, waiting });
        if let Some(snapshot) = told {
            state.tell(snapshot);
        }
        reloaded
    }

    /// Has a listener told of the generation in force, and of each one after it.
    pub(super) fn tell(&self, listener: Listener) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.listener = Some(listener);
        state.tell(self.current());
    }

    /// What was wrong with APIs in force, but for the places in the configuration file: of one that
    /// cannot be read nobody knows what it says by now.
    fn elsewhere(&self, old: &Report) -> Errors {
        let (mut errors, file) = (old.errors.clone(), self.places.config.display().to_string());
        errors.retain(|name, found| {
            found.retain(|finding| finding.file != file);
            !found.is_empty() && old.snapshot.apis.iter().any(|api| *api.config.name == **name)
        });
        errors
    }

    /// Publishes what a reload came to, all of it at once.
    fn conclude(&self, changed: Vec<String>, report: Report) -> Reloaded {
        let generation = report.snapshot.generation;
        let (errors, warnings) = (report.errors.clone(), report.warnings().cloned().collect());
        self.report.store(Arc::new(report));
        Reloaded { generation, changed, errors, warnings }
    }
}

impl State {
    fn tell(&mut self, snapshot: Arc<Snapshot>) {
        if let Some(listener) = &self.listener {
            listener.tell(snapshot);
        }
    }

    /// What is written in the file, and not in force before the process starts again; tells the log
    /// what of it is new.
    fn restart(&mut self, now: &Told, file: &str) -> Vec<Finding> {
        let Some([own, last]) = &mut self.settings else {
            self.settings = Some([now.clone(), now.clone()]);
            return Vec::new();
        };
        let mut waiting = Vec::new();
        for (key, value) in now.iter().filter(|(key, value)| own.get(*key) != Some(*value)) {
            if last.get(key) != Some(value) {
                tracing::warn!(key, "a changed setting needs a restart");
            }
            let message = format!("the changed setting `{key}` is not in force");
            let found = Finding::file(file, &message).help("restart the process, or take it back");
            waiting.push(Finding { code: "F408", severity: Severity::Warning, ..found });
        }
        last.clone_from(now);
        waiting
    }

    /// The API of a draft: the one before where nothing changed.
    fn build(
        &mut self,
        name: &str,
        draft: &Draft,
        before: Option<&Arc<Api>>,
        errors: &Errors,
    ) -> Result<Arc<Api>, Vec<Finding>> {
        if let Some(before) = before.filter(|b| b.fingerprint == draft.fingerprint) {
            return Ok(Arc::clone(before));
        }
        if self.refused.get(name) == Some(&draft.fingerprint)
            && let Some(found) = errors.get(name)
        {
            return Err(found.clone());
        }
        match draft.build() {
            Ok(api) => Ok(Arc::new(api)),
            Err(found) => {
                self.refused.insert(name.to_owned(), draft.fingerprint);
                Err(found)
            }
        }
    }
}

/// Tells the log what a reload did, whoever asked for it: what changed, errors that are others than
/// before, and what is worth a look in what changed. Who reads of it is served by it already.
fn log(reloaded: &Reloaded, old: &Report, now: &Report) {
    let Reloaded { generation, changed, errors, .. } = reloaded;
    if !changed.is_empty() {
        let changed = changed.join(",");
        tracing::info!(generation, changed, "reloaded");
    }
    for (api, found) in errors.iter().filter(|_| old.errors != *errors) {
        let api = (!api.is_empty()).then_some(api);
        for finding in found {
            let (file, line, column) = finding.place();
            let (code, reason) = (finding.code, &finding.message);
            let expected = finding.expected.as_deref();
            tracing::error!(
                generation,
                api,
                code,
                file,
                line,
                column,
                reason,
                expected,
                "not reloaded"
            );
        }
    }
    if errors.is_empty() && !old.errors.is_empty() {
        if now.waiting.is_empty() {
            tracing::info!(generation, "all files are in force again");
        } else {
            tracing::info!(
                generation,
                "nothing is wrong any more; a changed setting needs a restart"
            );
        }
    }
    for api in
        now.snapshot.apis.iter().filter(|api| changed.iter().any(|c| **c == *api.config.name))
    {
        doubtful(api);
    }
}

/// Tells the log what does not stop an API, but is worth a look.
fn doubtful(api: &Api) {
    for finding in &api.warnings {
        let (file, line, column) = finding.place();
        let (api, code, reason) = (&*api.config.name, finding.code, &finding.message);
        let expected = finding.expected.as_deref();
        tracing::warn!(api, code, file, line, column, reason, expected, "a mapping is doubtful");
    }
}
