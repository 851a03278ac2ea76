//! What is in force and what is wrong, as everybody who asks is told. It loads nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::SystemTime;

use super::{Finding, Generation, Snapshot, SourceFile};

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
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// In force.
    pub snapshot: Arc<Snapshot>,
    /// What is wrong with newer files.
    pub errors: Errors,
    /// Files of APIs that are not in force as the files have them: as they were read last, by API.
    pub disk: BTreeMap<String, Vec<SourceFile>>,
    /// APIs that somebody went back to, while their files have something else.
    pub held: BTreeSet<String>,
    /// The configuration file as it was read last without an error.
    pub configuration: Option<SourceFile>,
    /// Settings that are written, and not in force before the process starts again.
    pub waiting: Vec<Finding>,
    /// How reading the files went so far.
    pub read: Read,
    /// The generations that are kept, newest first.
    pub generations: Vec<Arc<Generation>>,
}

/// How often files were read, and what came of it; the start is the first time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Read {
    /// Something changed, and nothing was wrong.
    pub changed: u64,
    /// Nothing changed, and nothing was wrong.
    pub unchanged: u64,
    /// Something was wrong.
    pub wrong: u64,
    /// When nothing was wrong.
    pub success: Option<SystemTime>,
    /// When something was.
    pub failure: Option<SystemTime>,
}

impl Read {
    /// And once more.
    pub(super) fn and(mut self, changed: &[String], errors: &Errors) -> Self {
        let now = Some(SystemTime::now());
        let wrong = !errors.is_empty();
        let count = match (wrong, !changed.is_empty()) {
            (true, _) => &mut self.wrong,
            (false, true) => &mut self.changed,
            (false, false) => &mut self.unchanged,
        };
        *count = count.saturating_add(1);
        *(if wrong { &mut self.failure } else { &mut self.success }) = now;
        self
    }
}

impl Report {
    /// A generation that is kept.
    pub fn generation(&self, number: u64) -> Option<&Generation> {
        self.generations.iter().find(|one| one.number == number).map(|one| &**one)
    }

    /// Whether an API is in force as the files have it.
    pub fn is_current(&self, api: &str) -> bool {
        !self.errors.contains_key(api) && !self.held.contains(api)
    }

    /// The numbers of the generations that are kept, newest first.
    pub fn kept(&self) -> String {
        let numbers: Vec<_> = self.generations.iter().map(|one| one.number.to_string()).collect();
        numbers.join(", ")
    }

    /// What is worth a look in what is in force, and beside it.
    pub fn warnings(&self) -> impl Iterator<Item = &Finding> {
        self.snapshot.warnings().chain(&self.waiting)
    }
}
