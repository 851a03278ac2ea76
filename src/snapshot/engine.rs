//! The compiler behind one small front: contracts and history of an API in, programs out, each
//! made at its first use. It serves nothing and reads no disk.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError, RwLock};

use http::HeaderName;

use super::build::digest;
use super::pick::{Fork, Picked, Seen, names};
use super::route::{Route, Wants};
use crate::authoring;
use crate::compile::{
    Asked, Message, NoCounterpart, Part, Series, Status, Track, Typed, Way, answer_of,
};
use crate::contract::{Answer, Bodies, Operation};
use crate::loss::{LossKind, Refusal, RuleId};
use crate::message;
use crate::translate::{Limits, message as translate};
use crate::version::ApiVersion;

/// The media type of a text of which nothing else is known.
pub(super) const PLAIN: &str = "text/plain";

/// The programs of a message.
pub type Made = Result<Message, NoCounterpart>;

/// A media type that an answer's client knows, and the one that its backend knows it by.
type Known = (Box<str>, Box<str>);

/// An operation of one version, and where its requests go.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    version: usize,
    at: usize,
    wants: Wants,
    way: Way,
    /// The pair of each hop.
    pairs: Vec<usize>,
}

/// A header of the backend's request, and those of the client's that it may be made of.
type Behind = (HeaderName, Box<[HeaderName]>);

/// The programs of an operation between a client's version and a backend's.
#[derive(Debug)]
pub struct Course {
    /// Of what the client sends.
    pub request: Typed,
    /// Media types of answers that the client knows by other names than the backend.
    pub accept: Box<[Known]>,
    /// Whether any answer that the backend's contract lists has a body that is translated.
    pub rewrites: bool,
    /// Headers that the backend gets otherwise than the client sends them.
    pub behind: Box<[Behind]>,
    /// Headers of the client that rules of answers look at.
    pub varies: Box<[HeaderName]>,
    /// Of everything that its answers are made by, the version that they come in and the operations that
    /// its request was taken for included: other text as soon as any of it is another.
    pub digest: Box<str>,
    /// What rules of answers look at in the request that the backend got; `None`: at nothing.
    pub asked: Option<Asked>,
    /// The method of the operation at the backend; `None`: the client's own.
    pub method: Option<http::Method>,
    /// The way of its answers; `None`: nothing is translated.
    back: Option<Track>,
    /// The answers that the backend's contract lists.
    listed: Box<[Status]>,
    answers: RwLock<BTreeMap<Status, Typed>>,
}

impl Course {
    /// Whether bodies of answers with this status are translated, as far as the backend's contract lists it.
    pub fn rewrites_answer(&self, status: u16) -> bool {
        let answers = self.answers.read().unwrap_or_else(PoisonError::into_inner);
        let listed = Status::Is(status).among(self.listed.iter().copied());
        let made = listed.and_then(|listed| answers.get(&listed));
        made.is_some_and(|made| made.main.made.is_err() || made.reads_body())
    }

    /// Its digest, and that of values of the headers that rules of answers look at.
    pub fn digest_of<'v>(
        &self,
        headers: impl Iterator<Item = impl Iterator<Item = &'v [u8]>>,
    ) -> Box<str> {
        let seed = digest(0, [self.digest.as_bytes()]);
        let all = headers.fold(seed, |seed, values| {
            let (mut count, mut seed) = (0_u64, seed);
            for value in values {
                (count, seed) = (count.saturating_add(1), digest(seed, [value]));
            }
            // A field that is not there is another than an empty one.
            digest(seed, [&count.to_le_bytes()])
        });
        format!("{all:016x}").into()
    }

    /// The program of an answer with this status, if it is made already.
    pub fn answer(&self, status: Status) -> Option<Typed> {
        self.answers.read().unwrap_or_else(PoisonError::into_inner).get(&status).cloned()
    }

    /// The head of a request on a course, as it is at the end of its way.
    pub(super) fn moved(&self, mut head: message::Head) -> Option<message::Head> {
        let program = match self.request.main.made.as_ref().ok()? {
            Message::Apart { head: None, .. } => return Some(head),
            Message::Apart { head: Some(program), .. } | Message::Whole(program) => program,
        };
        translate(program, &mut head, (None, None), &Limits::default()).ok()?;
        Some(head)
    }
}

/// One API, loaded.
#[derive(Debug)]
pub(super) struct Engine {
    series: Series,
    made: Once<Key, Course>,
    /// Of all that it was loaded from.
    digest: u64,
    /// Of each hop: where a track comes to several pairs of it.
    forks: Box<[Once<Track, Fork>]>,
    /// Whether any version has errors that are plain texts alone.
    has_texts: bool,
    /// Of each mapping: what its rules are called in reports, each with the version.
    names: Box<[Box<[Arc<str>]>]>,
}

/// What is made at its first use. Two that need the same make it once; those that need others do not wait.
#[derive(Debug)]
struct Once<K, V>(Mutex<BTreeMap<K, Arc<OnceLock<Arc<V>>>>>);

impl<K, V> Default for Once<K, V> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<K: Clone + Ord, V> Once<K, V> {
    /// One that is made already.
    fn get(&self, key: &K) -> Option<Arc<V>> {
        let made = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        made.get(key).and_then(|slot| slot.get()).cloned()
    }

    fn get_or_make(&self, key: &K, make: impl FnOnce() -> V) -> Arc<V> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let slot = Arc::clone(all.entry(key.clone()).or_default());
        drop(all);
        Arc::clone(slot.get_or_init(|| Arc::new(make())))
    }

    /// Forgets all; who has one keeps it.
    fn forget(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}

/// Whether the body of an answer is a plain text, and never a document.
fn is_plain(answer: &Answer) -> bool {
    answer.body.main().is_none() && answer.body.text(PLAIN).is_some()
}

/// What a rule is called in reports.
fn name(series: &Series, rule: RuleId) -> Arc<str> {
    let (name, version) = authoring::rule_name(series, rule);
    format!("{name} of {version}").into()
}

impl Engine {
    /// Of what was loaded from files of this digest.
    pub(super) fn new(series: Series, digest: u64) -> Self {
        let forks = series.mappings.iter().map(|_| Once::default()).collect();
        let names = (0..).zip(&series.mappings).map(|(mapping, own)| {
            let rules = (0..).zip(&own.rules);
            rules.map(|(rule, _)| name(&series, RuleId { mapping, rule })).collect()
        });
        let names = names.collect();
        let operations = series.contracts.iter().flat_map(|contract| &contract.operations);
        let mut answers = operations.flat_map(|operation| &operation.answers);
        let is_error = |own: &Answer| Status::parse(&own.status).is_some_and(Status::is_error);
        let has_texts = answers.any(|own| is_error(own) && is_plain(own));
        Self { series, made: Once::default(), digest, forks, has_texts, names }
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
    pub(super) fn rule(&self, rule: RuleId) -> Arc<str> {
        let known = || {
            let own = self.names.get(usize::from(rule.mapping))?;
            own.get(usize::try_from(rule.rule).ok()?).cloned()
        };
        known().unwrap_or_else(|| name(&self.series, rule))
    }

    /// Whether there is a rule of this name, as [`Engine::rule`] gives it.
    pub(super) fn has_rule(&self, name: &str) -> bool {
        self.names.iter().flatten().any(|own| **own == *name)
    }

    /// Why a message was refused.
    pub(super) fn refusal(&self, refusal: &Refusal, place: &str) -> String {
        authoring::refusal(&self.series, refusal, place)
    }

    /// What a client is told of a message that a rule refuses, where its author says so: the status,
    /// and why.
    pub(super) fn refused(&self, rule: RuleId) -> (Option<u16>, Option<&str>) {
        authoring::answer(&self.series, rule)
    }

    /// The pairs of operations that a request goes through, one of each hop: where there are several,
    /// those whose constants it has. `Err`: a version on the way has no such operation. What tells is made
    /// at its first use.
    pub(super) fn pairs(
        &self,
        route: &Route<'_>,
        way: Way,
        seen: &Seen<'_>,
    ) -> Result<Picked, NoCounterpart> {
        self.picked(route, way, seen, |hop, track, several| {
            let begun = || self.series.program(track, Part::Request).ok();
            let make = || Fork::new((&self.series, hop), (track, several), begun());
            Some(self.forks.get(hop)?.get_or_make(track, make))
        })
    }

    /// The same where all that tells is made already; `None`: it is not.
    pub(super) fn pairs_if_made(
        &self,
        route: &Route<'_>,
        way: Way,
        seen: &Seen<'_>,
    ) -> Option<Result<Picked, NoCounterpart>> {
        let mut all = true;
        let picked = self.picked(route, way, seen, |hop, track, _| {
            let made = self.forks.get(hop).and_then(|forks| forks.get(track));
            all &= made.is_some();
            made
        });
        all.then_some(picked)
    }

    fn picked(
        &self,
        route: &Route<'_>,
        way: Way,
        seen: &Seen<'_>,
        mut fork: impl FnMut(usize, &Track, &[usize]) -> Option<Arc<Fork>>,
    ) -> Result<Picked, NoCounterpart> {
        let mut picked = Picked::default();
        if way.from == way.to || route.wants == Wants::Unnamed {
            return Ok(picked);
        }
        // A preflight, or a target, only says where: it has not all that a request has.
        let whole = route.wants != Wants::Path;
        let pick = |hop: usize, track: &Track, several: &[usize]| {
            let fork = fork(hop, track, several)?;
            let (own, unsure) = fork.pick(seen);
            picked.varies.extend_from_slice(fork.varies());
            picked.unsure |= unsure && whole;
            if own.is_none() && whole {
                match fork.guessed() {
                    Ok(rule) => {
                        let rule = rule.map(|r| (self.rule(r), LossKind::Narrowed.as_str()));
                        picked.guessed.extend(rule);
                    }
                    Err(refusal) => picked.refused = picked.refused.take().or(Some(refusal)),
                }
            }
            own
        };
        picked.pairs = self.series.track((route.version, route.at), way, pick)?.pairs;
        Ok(picked)
    }

    /// The same for a request of which nothing is known.
    pub(super) fn first_pairs(&self, route: &Route<'_>, way: Way) -> Vec<usize> {
        self.pairs(route, way, &Seen::nothing()).map(|picked| picked.pairs).unwrap_or_default()
    }

    /// Whether the course of such a request is made.
    pub(super) fn is_made(&self, route: &Route<'_>, way: Way) -> bool {
        let picked = self.pairs_if_made(route, way, &Seen::nothing());
        let pairs = picked.map(|picked| picked.map(|picked| picked.pairs).unwrap_or_default());
        pairs.is_some_and(|pairs| self.made(route, way, &pairs).is_some())
    }

    /// The course of an operation, if it is made already.
    pub(super) fn made(&self, route: &Route<'_>, way: Way, pairs: &[usize]) -> Option<Arc<Course>> {
        self.made.get(&Self::key(route, way, pairs))
    }

    /// The course of an operation, made at its first use.
    pub(super) fn course(&self, route: &Route<'_>, way: Way, pairs: &[usize]) -> Arc<Course> {
        let key = Self::key(route, way, pairs);
        self.made.get_or_make(&key, || self.make_course(route, way, pairs))
    }

    /// Forgets what is made; who has a course keeps it.
    pub(super) fn forget(&self) {
        self.made.forget();
        self.forks.iter().for_each(Once::forget);
    }

    fn key(route: &Route<'_>, way: Way, pairs: &[usize]) -> Key {
        let Route { version, at, wants, .. } = *route;
        Key { version, at, wants, way, pairs: pairs.to_vec() }
    }

    fn make_course(&self, route: &Route<'_>, way: Way, pairs: &[usize]) -> Course {
        let nothing = |request| Course {
            request,
            accept: Box::default(),
            rewrites: false,
            behind: Box::default(),
            varies: Box::default(),
            digest: self.digest(way, pairs),
            asked: None,
            method: None,
            back: None,
            listed: Box::default(),
            answers: RwLock::default(),
        };
        if route.wants == Wants::Unnamed {
            return nothing(Typed::only(Ok(Message::nothing())));
        }
        let chosen = |hop: usize, _: &Track, several: &[usize]| {
            let (_, hops) = way.hops();
            let at = hops.iter().position(|own| *own == hop)?;
            pairs.get(at).copied().filter(|pair| several.contains(pair))
        };
        let track = match self.series.track((route.version, route.at), way, chosen) {
            Ok(track) => track,
            Err(missing) => return nothing(Typed::only(Err(missing))),
        };
        let request = self.series.typed(&track, Part::Request);
        let last = track.operations.last();
        let target = last.and_then(|at| self.operations(way.to).get(*at));
        let method = target.filter(|own| *own.method != *route.method);
        let method = method.and_then(|own| http::Method::from_bytes(own.method.as_bytes()).ok());
        if route.wants == Wants::Path {
            return Course { request, method, ..nothing(Typed::only(Ok(Message::nothing()))) };
        }
        let back = track.back();
        let mut answers = BTreeMap::new();
        let listed = target.map_or(&[][..], |own| &own.answers).iter();
        let listed: Box<[_]> = listed.filter_map(|a| Status::parse(&a.status)).collect();
        for status in &listed {
            answers.insert(*status, self.series.typed(&back, Part::Answer(*status)));
        }
        let mut made = answers.values();
        let rewrites = made.any(Typed::reads_body);
        let asked = self.series.asked(&track);
        let (digest, answers) = (self.digest(way, pairs), RwLock::new(answers));
        let parts: Vec<Part> = listed.iter().map(|status| Part::Answer(*status)).collect();
        let accept = self.series.accepted(&track, &parts).into();
        Course {
            request,
            accept,
            rewrites,
            behind: self.behind(&track),
            varies: names(self.series.looked_at(&track)).into(),
            digest,
            asked,
            method,
            back: Some(back),
            listed,
            answers,
        }
    }

    /// The headers that the backend gets otherwise than the client sends them.
    fn behind(&self, track: &Track) -> Box<[Behind]> {
        let varied = self.series.varied(track).into_iter();
        let named = varied.filter_map(|(own, behind)| {
            let own = HeaderName::from_bytes(own.as_bytes()).ok()?;
            Some((own, names(behind).into()))
        });
        named.collect()
    }

    /// What is made by programs between two versions, of a request that takes these pairs, in 16 digits.
    fn digest(&self, way: Way, pairs: &[usize]) -> Box<str> {
        let named = |version| self.series.versions.get(version).map_or("", ApiVersion::as_str);
        let pairs: Vec<_> = pairs.iter().map(usize::to_string).collect();
        let pairs = pairs.join(",");
        let texts = [named(way.from), named(way.to), &pairs].map(str::as_bytes);
        format!("{:016x}", digest(self.digest, texts)).into()
    }

    /// The program of an answer on a course, made at its first use.
    pub(super) fn answer(&self, course: &Course, status: Status) -> Typed {
        if let Some(made) = course.answer(status) {
            return made;
        }
        let Some(back) = &course.back else { return Typed::only(Ok(Message::nothing())) };
        let made = self.series.typed(back, Part::Answer(status));
        let mut answers = course.answers.write().unwrap_or_else(PoisonError::into_inner);
        answers.entry(status).or_insert(made).clone()
    }

    /// Whether a version has an operation, by method and template.
    pub(super) fn has(&self, version: usize, method: &str, template: &str) -> bool {
        self.series
            .contracts
            .get(version)
            .is_some_and(|c| c.operations.on(method, template).is_some())
    }

    /// Whether an operation of a version lists an answer of a status with a body that is JSON, or a text of
    /// one of these types.
    pub(super) fn lists(
        &self,
        (version, at): (usize, usize),
        status: Status,
        texts: &[&str],
    ) -> bool {
        let operation = self.operations(version).get(at);
        let answer = operation.and_then(|operation| answer_of(operation, status));
        let is_text = |body: &Bodies| texts.iter().any(|own| body.text(own).is_some());
        answer.is_some_and(|answer| answer.body.main().is_some() || is_text(&answer.body))
    }

    /// Whether such an answer is a plain text, and never a document.
    pub(super) fn lists_text(&self, (version, at): (usize, usize), status: Status) -> bool {
        let operation = self.operations(version).get(at);
        let answer = operation.and_then(|operation| answer_of(operation, status));
        answer.is_some_and(is_plain)
    }

    /// Whether any error of any version is.
    pub(super) fn has_texts(&self) -> bool {
        self.has_texts
    }

    /// Whether the answer of a status is listed by the contract of where it comes from, but no JSON
    /// body of it: by the number, else the range, else `default`.
    pub(super) fn bodiless(&self, course: &Course, status: u16) -> bool {
        // A preflight only borrows the path of an operation, and of one without a name nothing is known.
        let Some(back) = &course.back else { return true };
        let operation = back.operations.first();
        let operation = operation.and_then(|at| self.operations(back.way.from).get(*at));
        operation
            .and_then(|operation| answer_of(operation, Status::Is(status)))
            .is_some_and(|answer| answer.body.main().is_none())
    }
}
