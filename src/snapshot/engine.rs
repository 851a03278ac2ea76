//! The compiler behind one small front: contracts and history of an API in, programs out, each
//! made at its first use. It serves nothing and reads no disk.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError, RwLock};

use super::build::digest;
use super::route::{Route, Wants};
use crate::authoring;
use crate::compile::{self, NoCounterpart, Part, Series, Status, Subject, Way};
use crate::contract::Operation;
use crate::loss::{Refusal, RuleId};
use crate::plan::Plan;
use crate::version::ApiVersion;

/// A program; `None`: the body goes through as it came.
pub type Made = Result<Option<Arc<Plan>>, NoCounterpart>;

/// An operation of one version, and where its requests go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Key {
    version: usize,
    at: usize,
    wants: Wants,
    way: Way,
}

/// The programs of an operation between a client's version and a backend's.
#[derive(Debug)]
pub struct Course {
    /// Of what the client sends.
    pub request: Made,
    /// Whether any answer that the backend's contract lists is translated.
    pub rewrites: bool,
    /// Of everything that its answers are made by, the version that they come in included: other text
    /// as soon as any of it is another.
    pub digest: Box<str>,
    answers: RwLock<HashMap<Status, Made>>,
}

impl Course {
    /// Whether answers with this status are translated, as far as the backend's contract lists it.
    pub fn rewrites_answer(&self, status: u16) -> bool {
        let answers = self.answers.read().unwrap_or_else(PoisonError::into_inner);
        let class = u8::try_from(status / 100).unwrap_or_default();
        let listed = [Status::Is(status), Status::Class(class), Status::Default];
        let made = listed.iter().find_map(|listed| answers.get(listed));
        made.is_some_and(|made| !matches!(made, Ok(None)))
    }

    /// The program of an answer with this status, if it is made already.
    pub fn answer(&self, status: Status) -> Option<Made> {
        self.answers.read().unwrap_or_else(PoisonError::into_inner).get(&status).cloned()
    }
}

/// One API, loaded.
#[derive(Debug)]
pub(super) struct Engine {
    series: Series,
    made: Mutex<HashMap<Key, Arc<OnceLock<Arc<Course>>>>>,
    /// Of all that it was loaded from.
    digest: u64,
}

impl Engine {
    /// Of what was loaded from files of this digest.
    pub(super) fn new(series: Series, digest: u64) -> Self {
        Self { series, made: Mutex::default(), digest }
    }

    pub(super) fn versions(&self) -> &[ApiVersion] {
        &self.series.versions
    }

    /// Whether nobody has written contracts: there may be more operations than those that are named.
    pub(super) fn is_open(&self) -> bool {
        self.series.is_open()
    }

    pub(super) fn operations(&self, version: usize) -> &[Operation] {
        self.series.contracts.get(version).map_or(&[], |c| &c.operations)
    }

    /// The name of a rule, and of which version's mapping it is.
    pub(super) fn rule(&self, rule: RuleId) -> String {
        let (name, version) = authoring::rule_name(&self.series, rule);
        format!("{name} of {version}")
    }

    /// Why a message was refused.
    pub(super) fn refusal(&self, refusal: &Refusal, place: &str) -> String {
        authoring::refusal(&self.series, refusal, place)
    }

    /// The course of an operation, if it is made already.
    pub(super) fn made(&self, route: &Route<'_>, way: Way) -> Option<Arc<Course>> {
        let made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        made.get(&Self::key(route, way)).and_then(|slot| slot.get()).cloned()
    }

    /// The course of an operation, made at its first use. Two exchanges that need the same make it
    /// once; those that need others do not wait.
    pub(super) fn course(&self, route: &Route<'_>, way: Way) -> Arc<Course> {
        let slot = self.slot(route, way);
        Arc::clone(slot.get_or_init(|| Arc::new(self.make_course(route, way))))
    }

    fn slot(&self, route: &Route<'_>, way: Way) -> Arc<OnceLock<Arc<Course>>> {
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(made.entry(Self::key(route, way)).or_default())
    }

    fn key(route: &Route<'_>, way: Way) -> Key {
        Key { version: route.version, at: route.at, wants: route.wants, way }
    }

    fn make_course(&self, route: &Route<'_>, way: Way) -> Course {
        let back = Way { from: way.to, to: way.from };
        let mut answers = HashMap::new();
        if way.from != way.to && route.wants == Wants::Itself {
            for status in self.statuses(route, back.from) {
                answers.insert(status, self.program(route, back, Part::Answer(status)));
            }
        }
        let rewrites = answers.values().any(|made| matches!(made, Ok(Some(_))));
        let request = self.program(route, way, Part::Request);
        Course { request, rewrites, digest: self.digest(way), answers: RwLock::new(answers) }
    }

    /// What is made by programs between two versions, in 16 digits.
    fn digest(&self, way: Way) -> Box<str> {
        let named = |version| self.series.versions.get(version).map_or("", ApiVersion::as_str);
        let texts = [named(way.from), named(way.to)].map(str::as_bytes);
        format!("{:016x}", digest(self.digest, texts)).into()
    }

    /// The program of an answer on a course, made at its first use.
    pub(super) fn answer(
        &self,
        course: &Course,
        route: &Route<'_>,
        way: Way,
        status: Status,
    ) -> Made {
        if let Some(made) = course.answer(status) {
            return made;
        }
        let back = Way { from: way.to, to: way.from };
        let made = self.program(route, back, Part::Answer(status));
        let mut answers = course.answers.write().unwrap_or_else(PoisonError::into_inner);
        answers.entry(status).or_insert(made).clone()
    }

    /// Whether a version lists an answer of a status, but no JSON body of it: by the number, else
    /// the range, else `default`.
    pub(super) fn bodiless(&self, route: &Route<'_>, version: usize, status: u16) -> bool {
        // A preflight only borrows the path of an operation, and of one without a name nothing is known.
        if route.wants != Wants::Itself {
            return true;
        }
        let Some(operation) = self.operation(route, version) else { return false };
        let by = |text: &String| operation.answers.iter().find(|a| *a.status == **text);
        Status::Is(status).listed().iter().find_map(by).is_some_and(|answer| answer.body.is_none())
    }

    /// Every status that an operation of a version lists.
    fn statuses(&self, route: &Route<'_>, version: usize) -> Vec<Status> {
        let Some(operation) = self.operation(route, version) else { return Vec::new() };
        operation.answers.iter().filter_map(|a| Status::parse(&a.status)).collect()
    }

    fn program(&self, route: &Route<'_>, way: Way, part: Part) -> Made {
        if way.from == way.to || route.wants != Wants::Itself {
            return Ok(None);
        }
        self.make(route, way, part)
    }

    fn make(&self, route: &Route<'_>, way: Way, part: Part) -> Made {
        let named = |version| {
            let version = self.series.versions.get(version);
            version.cloned().unwrap_or_else(|| ApiVersion::new("?"))
        };
        let operation = self
            .operation(route, way.from)
            .ok_or_else(|| NoCounterpart::Operation(named(way.from)))?;
        let Some(travel) = self.series.travel(Subject::Body(operation, part), way)? else {
            return Ok(None);
        };
        let plan = compile::program(&travel.links, &travel.roots, travel.direction)?;
        Ok((!plan.is_empty()).then(|| Arc::new(plan)))
    }

    fn operation(&self, route: &Route<'_>, version: usize) -> Option<&Operation> {
        if version == route.version {
            return self.operations(version).get(route.at);
        }
        let contract = self.series.contracts.get(version)?;
        contract.operations.on(route.method, route.template.as_str())
    }
}
