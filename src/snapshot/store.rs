//! The generation in force and what is wrong with newer files. The unit is the API: where one
//! of its files is wrong it stays as it was, whole, and the others change all the same.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use arc_swap::ArcSwap;
use thiserror::Error;

use super::ahead::Listener;
use super::build::{ConfigFile, Draft, Places, ReadSettings, Told};
use super::history::History;
use super::told::{doubtful, log};
use super::watch::Turn;
use super::{Api, Cause, Errors, Finding, Generation, Reloaded, Report, Snapshot, SourceFile};
use crate::diagnostic::Severity;

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
    history: History,
    /// APIs that somebody went back to, and the fingerprints of the files that do not count until
    /// they change; `None`: the files have no such API.
    held: BTreeMap<String, Option<u64>>,
}

/// A generation that is not kept.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("there is no generation {asked}; there are {there}")]
pub struct NotKept {
    /// What was asked for.
    pub asked: u64,
    /// Those that are kept.
    pub there: String,
}

/// What reading the files comes to.
#[derive(Default)]
struct Found {
    apis: Vec<Arc<Api>>,
    changed: Vec<String>,
    errors: Errors,
    disk: BTreeMap<String, Vec<SourceFile>>,
    held: BTreeMap<String, Option<u64>>,
}

impl Store {
    /// Loads the first generation; here every error is fatal.
    pub fn open(places: Places, settings: ReadSettings) -> Result<Self, Vec<Finding>> {
        let (turn, state) = (Turn::default(), Mutex::default());
        let store = Self { places, settings, report: ArcSwap::default(), turn, state };
        let errors = store.load(Cause::Start).errors;
        if errors.is_empty() { Ok(store) } else { Err(errors.into_values().flatten().collect()) }
    }

    /// Keeps so many generations, the one in force included.
    pub fn keep(&self, most: usize) {
        self.state().history.keep(most);
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
    pub(super) fn renew(&self, cause: Cause) -> Reloaded {
        let old = self.report();
        let reloaded = self.load(cause);
        log(cause, &reloaded, (&old, &self.report()));
        reloaded
    }

    /// Serves what an older generation served, as a new one. It stays so until files change.
    pub(super) fn back(&self, number: u64) -> Result<Reloaded, NotKept> {
        let mut state = self.state();
        let old = self.report();
        let Some(target) = state.history.find(number) else {
            return Err(NotKept { asked: number, there: old.kept() });
        };
        let mut report = (*old).clone();
        state.held = self.elsewise(&target, &mut report);
        report.held = state.held.keys().cloned().collect();
        let mut changed = Vec::new();
        let before =
            |own: &Api| old.snapshot.apis.iter().find(|api| api.config.name == own.config.name);
        let mut apis = Vec::new();
        for api in &target.apis {
            let same = before(api).filter(|before| before.fingerprint == api.fingerprint);
            if same.is_none() {
                changed.push(api.config.name.to_string());
            }
            apis.push(Arc::clone(same.unwrap_or(api)));
        }
        let there = |own: &&Arc<Api>| target.apis.iter().any(|a| a.config.name == own.config.name);
        let gone = old.snapshot.apis.iter().filter(|own| !there(own));
        changed.extend(gone.map(|api| api.config.name.to_string()));
        let cause = Cause::Rollback(number);
        let reloaded = self.publish(&mut state, cause, (apis, changed), report);
        drop(state);
        log(cause, &reloaded, (&old, &self.report()));
        Ok(reloaded)
    }

    /// What the files have otherwise than a generation, by API: that does not count until they
    /// change. What cannot be read counts as soon as it can be.
    fn elsewise(&self, target: &Generation, report: &mut Report) -> BTreeMap<String, Option<u64>> {
        let mut held = BTreeMap::new();
        let Ok(config) = ConfigFile::read(&self.places, self.settings) else { return held };
        for member in config.apis() {
            let own = target.apis.iter().find(|api| *api.config.name == *member.key);
            let Ok(draft) = Draft::read(&self.places, &config, member) else { continue };
            if own.is_none_or(|own| own.fingerprint != draft.fingerprint) {
                report.disk.insert(member.key.to_string(), draft.source_files());
                held.insert(member.key.to_string(), Some(draft.fingerprint));
            }
        }
        for api in &target.apis {
            if config.apis().iter().all(|member| *member.key != *api.config.name) {
                held.insert(api.config.name.to_string(), None);
            }
        }
        held
    }

    /// Reads the files again and compiles what changed; it takes its time.
    fn load(&self, cause: Cause) -> Reloaded {
        let mut state = self.state();
        let old = self.report();
        let config = match ConfigFile::read(&self.places, self.settings) {
            Ok(config) => config,
            Err(found) => {
                // What is kept of it is less than what would be found again.
                state.refused.clear();
                let mut errors = self.elsewhere(&old);
                errors.insert(String::new(), found);
                let read = old.read.and(&[], &errors);
                let report = Report { errors, read, ..(*old).clone() };
                return self.conclude(Vec::new(), report);
            }
        };
        let mut found = Found::default();
        let mut configuration = Some(config.file());
        let waiting = match &config.settings {
            Ok(settings) => state.restart(settings, &self.places.config.display().to_string()),
            // They are none of the APIs' business: those change all the same.
            Err(wrong) => {
                found.errors.insert(String::new(), wrong.clone());
                configuration.clone_from(&old.configuration);
                old.waiting.clone()
            }
        };
        for member in config.apis() {
            let draft = Draft::read(&self.places, &config, member);
            state.take(&member.key, &draft, &old, &mut found);
        }
        let kept = |api: &Api| config.apis().iter().any(|m| *m.key == *api.config.name);
        let gone = old.snapshot.apis.iter().filter(|api| !kept(api));
        let (held, gone): (Vec<_>, Vec<_>) =
            gone.partition(|api| state.held.get(&*api.config.name) == Some(&None));
        found.held.extend(held.iter().map(|api| (api.config.name.to_string(), None)));
        found.apis.extend(held.into_iter().cloned());
        let new = |name: &&String| old.snapshot.apis.iter().all(|api| *api.config.name != ***name);
        if found.errors.keys().filter(|name| !name.is_empty()).any(|name| new(&name)) {
            // One that was there may have been given a wrong name.
            found.apis.extend(gone.into_iter().cloned());
        } else {
            found.changed.extend(gone.iter().map(|api| api.config.name.to_string()));
        }
        let Found { apis, changed, errors, disk, held } = found;
        let (snapshot, read) = (Arc::clone(&old.snapshot), old.read.and(&changed, &errors));
        let generations = old.generations.clone();
        state.held = held;
        let held = state.held.keys().cloned().collect();
        let report =
            Report { snapshot, errors, disk, held, configuration, waiting, read, generations };
        self.publish(&mut state, cause, (apis, changed), report)
    }

    /// Publishes what came of files or of a wish: a new generation where something changed.
    fn publish(
        &self,
        state: &mut State,
        cause: Cause,
        (mut apis, changed): (Vec<Arc<Api>>, Vec<String>),
        mut report: Report,
    ) -> Reloaded {
        if changed.is_empty() {
            return self.conclude(changed, report);
        }
        let generation = report.snapshot.generation.saturating_add(1);
        apis.sort_by_key(|api: &Arc<Api>| {
            (api.config.hosts.is_empty(), std::cmp::Reverse(api.config.prefix.len()))
        });
        let snapshot = Arc::new(Snapshot { generation, apis });
        report.snapshot = Arc::clone(&snapshot);
        state.history.push(&snapshot, cause, changed.clone());
        report.generations = state.history.all();
        let reloaded = self.conclude(changed, report);
        state.tell(snapshot);
        reloaded
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Has a listener told of the generation in force, and of each one after it.
    pub(super) fn tell(&self, listener: Listener) {
        let mut state = self.state();
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

    /// Takes over the API of a draft, or what is wrong with it.
    fn take(
        &mut self,
        name: &str,
        draft: &Result<Draft, Vec<Finding>>,
        old: &Report,
        into: &mut Found,
    ) {
        let before = old.snapshot.apis.iter().find(|api| *api.config.name == *name);
        // Somebody went back, and these files are as they were then.
        let held =
            draft.as_ref().ok().filter(|d| self.held.get(name) == Some(&Some(d.fingerprint)));
        if let Some(draft) = held {
            into.held.insert(name.to_owned(), Some(draft.fingerprint));
            into.disk.insert(name.to_owned(), old.disk.get(name).cloned().unwrap_or_default());
            into.apis.extend(before.cloned());
            if let Some(found) = old.errors.get(name) {
                into.errors.insert(name.to_owned(), found.clone());
            }
            return;
        }
        let known = draft.as_ref().is_ok_and(|d| self.refused.get(name) == Some(&d.fingerprint));
        let built = draft.as_ref().map_err(Clone::clone);
        match built.and_then(|draft| self.build(name, draft, before, &old.errors)) {
            Ok(api) => {
                if !before.is_some_and(|b| Arc::ptr_eq(b, &api)) {
                    into.changed.push(name.to_owned());
                }
                into.apis.push(api);
            }
            Err(found) => {
                into.errors.insert(name.to_owned(), found);
                let files = match (draft, old.disk.get(name).filter(|_| known)) {
                    (_, Some(same)) => same.clone(),
                    (Ok(draft), None) => draft.source_files(),
                    (Err(_), None) => Vec::new(),
                };
                if !files.is_empty() {
                    into.disk.insert(name.to_owned(), files);
                }
                into.apis.extend(before.cloned());
            }
        }
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
