//! Generations that were in force, so that one can go back to them, and what differs between two.
//! There are few; what an older one has made is forgotten. It publishes nothing.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::SystemTime;

use sha2::{Digest as _, Sha256};

use super::{Api, Snapshot};
use crate::version::ApiVersion;

/// Generations that are kept where nobody says how many.
pub const KEPT: usize = 10;

/// What made a generation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// The start of the process.
    Start,
    /// A change of files that was noticed.
    Watch,
    /// `SIGHUP`
    Signal,
    /// `POST /reload`
    Admin,
    /// `POST /generations/{n}/activate`
    Rollback(u64),
}

impl Cause {
    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Start => "start",
            Self::Watch => "watch",
            Self::Signal => "signal",
            Self::Admin => "admin",
            Self::Rollback(_) => "rollback",
        }
    }

    /// The generation whose content it is.
    pub fn of(self) -> Option<u64> {
        match self {
            Self::Rollback(generation) => Some(generation),
            Self::Start | Self::Watch | Self::Signal | Self::Admin => None,
        }
    }
}

/// A file that something was made of.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct SourceFile {
    /// Its name.
    pub name: String,
    /// SHA-256 of its bytes, in hexadecimal.
    pub digest: String,
}

impl SourceFile {
    pub(super) fn new(name: String, text: &str) -> Self {
        Self { name, digest: digest([text]) }
    }
}

/// SHA-256 of texts, one behind the other.
pub(super) fn digest<'t>(texts: impl IntoIterator<Item = &'t str>) -> String {
    let mut hasher = Sha256::new();
    for text in texts {
        hasher.update(text.as_bytes());
    }
    let hex = |half: u8| char::from_digit(half.into(), 16).unwrap_or('?');
    hasher.finalize().iter().flat_map(|byte| [hex(byte >> 4), hex(byte & 15)]).collect()
}

/// One generation, as it is kept.
#[derive(Clone, Debug)]
pub struct Generation {
    /// Its number.
    pub number: u64,
    /// When it came into force.
    pub since: SystemTime,
    /// What made it.
    pub cause: Cause,
    /// APIs that were new, different or gone with it.
    pub changed: Vec<String>,
    /// Of all that it was made of: two generations with one digest serve the same.
    pub digest: String,
    /// What it served.
    pub apis: Vec<Arc<Api>>,
}

/// The generations that are kept, oldest first.
#[derive(Debug)]
pub(super) struct History {
    generations: VecDeque<Arc<Generation>>,
    most: usize,
}

impl Default for History {
    fn default() -> Self {
        Self { generations: VecDeque::new(), most: KEPT }
    }
}

impl History {
    /// Keeps so many at most, the one in force included.
    pub(super) fn keep(&mut self, most: usize) {
        self.most = most.max(1);
        self.trim();
    }

    fn trim(&mut self) {
        while self.generations.len() > self.most {
            drop(self.generations.pop_front());
        }
    }

    /// Notes a generation that comes into force.
    pub(super) fn push(&mut self, snapshot: &Snapshot, cause: Cause, changed: Vec<String>) {
        let mut parts = BTreeMap::new();
        for api in &snapshot.apis {
            parts.insert(&*api.config.name, api);
        }
        // What is not in force any more makes its programs again if somebody goes back to it.
        let stays = |old: &&Arc<Api>| snapshot.apis.iter().any(|api| Arc::ptr_eq(api, old));
        let before = self.generations.back().into_iter().flat_map(|last| &last.apis);
        before.filter(|old| !stays(old)).for_each(|old| old.forget());
        let texts = parts.values().flat_map(|api| {
            let settings = api.settings.iter().flat_map(|(key, value)| [&**key, value]);
            let files = api.files.iter().flat_map(|file| [&*file.name, &*file.digest]);
            [&*api.config.name].into_iter().chain(settings).chain(files)
        });
        // Between two texts stands what is in none of them, as it is no text.
        let digest = digest(texts.flat_map(|text| [text, "\0"]));
        let (number, apis) = (snapshot.generation, snapshot.apis.clone());
        let since = SystemTime::now();
        self.generations.push_back(Arc::new(Generation {
            number,
            since,
            cause,
            changed,
            digest,
            apis,
        }));
        self.trim();
    }

    /// All of them, newest first.
    pub(super) fn all(&self) -> Vec<Arc<Generation>> {
        self.generations.iter().rev().cloned().collect()
    }

    pub(super) fn find(&self, number: u64) -> Option<Arc<Generation>> {
        self.generations.iter().find(|one| one.number == number).cloned()
    }
}

/// What differs in one API.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// Its name.
    pub api: String,
    /// What became of it.
    pub change: Change,
    /// Keys of its configuration that say something else.
    pub settings: Vec<String>,
    /// Its files that differ.
    pub files: Vec<(String, Change)>,
    /// Its versions that are there on one side only.
    pub versions: Vec<(String, Change)>,
}

/// What became of something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// It was not there before.
    Added,
    /// It is there no more.
    Removed,
    /// It is another.
    Changed,
}

impl Change {
    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Added => "added",
            Self::Removed => "removed",
            Self::Changed => "changed",
        }
    }
}

/// What differs from one generation to another, by the name of the API.
pub fn differences(from: &Generation, to: &Generation) -> Vec<Difference> {
    let by_name = |one: &Generation| -> BTreeMap<String, Arc<Api>> {
        let apis = one.apis.iter();
        apis.map(|api| (api.config.name.to_string(), Arc::clone(api))).collect()
    };
    let (from, to) = (by_name(from), by_name(to));
    let apis = compared(&from, &to, |a, b| a.fingerprint == b.fingerprint);
    let difference = |(api, change): (String, Change)| {
        let (old, new) = (from.get(&api).map(|a| &**a), to.get(&api).map(|a| &**a));
        let settings = compared(&settings(old), &settings(new), |a, b| a == b);
        let settings = settings.into_iter().map(|(key, _)| key).collect();
        let files = compared(&files(old), &files(new), |a, b| a == b);
        let versions = compared(&versions(old), &versions(new), |a, b| a == b);
        Difference { api, change, settings, files, versions }
    };
    apis.into_iter().map(difference).collect()
}

fn settings(api: Option<&Api>) -> BTreeMap<String, &str> {
    let settings = api.into_iter().flat_map(|api| &api.settings);
    settings.map(|(key, value)| (key.to_string(), &**value)).collect()
}

fn files(api: Option<&Api>) -> BTreeMap<String, &str> {
    let files = api.into_iter().flat_map(|api| &api.files);
    files.map(|file| (file.name.clone(), &*file.digest)).collect()
}

fn versions(api: Option<&Api>) -> BTreeMap<String, &ApiVersion> {
    let versions = api.into_iter().flat_map(Api::versions);
    versions.map(|version| (version.to_string(), version)).collect()
}

/// What differs between two maps.
fn compared<T>(
    from: &BTreeMap<String, T>,
    to: &BTreeMap<String, T>,
    same: impl Fn(&T, &T) -> bool,
) -> Vec<(String, Change)> {
    let gone = from.keys().filter(|key| !to.contains_key(*key));
    let mut all: Vec<_> = gone.map(|key| (key.clone(), Change::Removed)).collect();
    for (key, new) in to {
        match from.get(key) {
            None => all.push((key.clone(), Change::Added)),
            Some(old) if !same(old, new) => all.push((key.clone(), Change::Changed)),
            Some(_) => {}
        }
    }
    all.sort_by(|(a, _), (b, _)| a.cmp(b));
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digests_are_those_that_operators_know() {
        let empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        assert_eq!(digest([]), empty);
        assert_eq!(digest(["a", "bc"]), digest(["abc"]));
        let abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(SourceFile::new("x".into(), "abc").digest, abc);
    }

    #[test]
    fn maps_are_compared_by_key_and_value() {
        let map = |text: &str| -> BTreeMap<String, char> {
            text.split(' ').map(|kv| (kv[..1].to_owned(), kv.chars().nth(1).unwrap())).collect()
        };
        let all = compared(&map("a1 b1 c1"), &map("b1 c2 d1"), |a, b| a == b);
        let told: Vec<_> = all.iter().map(|(key, change)| (&**key, change.as_str())).collect();
        assert_eq!(told, [("a", "removed"), ("c", "changed"), ("d", "added")]);
    }
}
