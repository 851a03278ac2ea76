//! Everything that reloads, as one immutable, numbered generation. It serves nothing; who has an
//! `Arc` of one keeps it for a whole exchange.

mod ahead;
mod build;
mod configured;
mod engine;
mod finding;
mod history;
mod pick;
mod report;
mod route;
mod store;
mod told;
mod watch;

use std::sync::Arc;

pub use ahead::{Programs, ahead};
pub use build::{Named, Places, ReadSettings, Settings, apis, directories, files, text};
pub use configured::Configured;
pub use finding::Finding;
pub use history::{Cause, Change, Difference, Generation, KEPT, SourceFile, differences};
pub use report::{Errors, Read, Reloaded, Report};
pub use route::{Kept, Route, Wants};
pub use store::{NotKept, Store};
pub use watch::watch;

use crate::api::{ApiConfig, Order};
pub use crate::compile::{Carried, Kind, Message, NoCounterpart, Part, Status, Typed, Way};
use crate::loss::{Refusal, RuleId};
use crate::message::media::essence;
use crate::translate::Limits;
use crate::version::ApiVersion;
pub use engine::{Course, Made};
use engine::{Engine, PLAIN};
pub use pick::{Picked, Seen, SeenBody};
use route::Router;

/// One generation.
#[derive(Debug, Default)]
pub struct Snapshot {
    /// Its number; 1 is what the process started with.
    pub generation: u64,
    /// Its APIs, those with hosts and with the longest prefix first.
    pub apis: Vec<Arc<Api>>,
}

/// One API as it is served: configuration, contracts and programs that belong together.
#[derive(Debug)]
pub struct Api {
    /// What the configuration says.
    pub config: ApiConfig,
    engine: Engine,
    /// Of its versions, where one that is not there is the one before it.
    order: Option<Order>,
    /// By version, as the engine numbers them.
    routers: Vec<Router>,
    /// The files that it was made of.
    pub files: Vec<SourceFile>,
    /// What the configuration says of it, by key, as JSON.
    settings: Vec<(Box<str>, String)>,
    /// What is worth a look in them.
    pub warnings: Vec<Finding>,
    fingerprint: u64,
}

impl Snapshot {
    /// What is worth a look in the files of its APIs.
    pub fn warnings(&self) -> impl Iterator<Item = &Finding> {
        self.apis.iter().flat_map(|api| &api.warnings)
    }
}

impl Api {
    /// Its versions, oldest first.
    pub fn versions(&self) -> &[ApiVersion] {
        self.engine.versions()
    }

    /// What the configuration says of it under a key, as JSON.
    pub fn setting(&self, key: &str) -> Option<&str> {
        self.settings.iter().find(|(own, _)| **own == *key).map(|(_, value)| &**value)
    }

    /// The number of a version by its text.
    pub fn version(&self, text: &str) -> Option<usize> {
        self.versions().iter().position(|v| v.as_str() == text)
    }

    /// The number of the version that serves a client that says a text: itself, or where that is not
    /// there and `unknown: older` is said, the newest one before it.
    pub fn serving(&self, text: &str) -> Option<usize> {
        self.version(text).or_else(|| self.order?.newest(self.versions(), text))
    }

    /// The operation of a raw path in one version.
    pub fn route(&self, version: usize, method: &http::Method, path: &str) -> Option<Route<'_>> {
        self.routers.get(version)?.find(method, path)
    }

    /// An operation that nobody has named, in one version.
    pub fn unnamed(&self, version: usize) -> Option<Route<'_>> {
        self.routers.get(version).map(Router::unnamed)
    }

    /// Whether nobody has written contracts.
    pub fn is_open(&self) -> bool {
        self.engine.is_open()
    }

    /// The newest version that has an operation of that raw path.
    pub fn newest(&self, method: &http::Method, path: &str) -> Option<usize> {
        let has = |version: &usize| self.route(*version, method, path).is_some();
        (0..self.versions().len()).rev().find(has)
    }

    /// Whether any version has an operation of that raw path that has a name.
    pub fn knows(&self, path: &str) -> bool {
        self.routers.iter().any(|router| router.knows(path))
    }

    /// The pairs of operations that a request goes through on its way, one of each hop. It may make
    /// programs, so keep it off the reactor.
    pub fn pairs(
        &self,
        route: &Route<'_>,
        way: Way,
        seen: &Seen<'_>,
    ) -> Result<Picked, NoCounterpart> {
        self.engine.pairs(route, way, seen)
    }

    /// The same where no program has to be made for it; `None`: one has.
    pub fn pairs_if_made(
        &self,
        route: &Route<'_>,
        way: Way,
        seen: &Seen<'_>,
    ) -> Option<Result<Picked, NoCounterpart>> {
        self.engine.pairs_if_made(route, way, seen)
    }

    /// The pairs of a request of which nothing is known.
    fn first_pairs(&self, route: &Route<'_>, way: Way) -> Vec<usize> {
        self.engine.first_pairs(route, way)
    }

    /// A raw path and query of one version, as the version at the end of the way has them; `None`: no
    /// operation has the path there, or it has no counterpart. It may make programs, so keep it off the
    /// reactor.
    pub fn moved(&self, way: Way, path: &str, query: Option<&str>) -> Option<crate::message::Head> {
        let route = self.routers.get(way.from)?.of_path(&crate::message::path::plain(path))?;
        // Nothing is asked there, and nothing answered.
        let route = Route { wants: Wants::Path, ..route };
        let query = query.map(String::from);
        let head = || crate::message::Head {
            path: path.to_owned(),
            query: query.clone(),
            ..crate::message::Head::default()
        };
        let (body, limits) = (SeenBody::Unread, Limits::default());
        let picked = self.pairs(&route, way, &Seen { head: &head, body, limits }).ok()?;
        self.course(&route, way, &picked.pairs).moved(head())
    }

    /// The programs that bring an error of the newest version back to a client's which says this
    /// `Content-Type`: those of the operation of a path, if its contract lists such an answer, else of the
    /// first that does. The way is the one of requests. It may make programs.
    pub fn error(
        &self,
        way: Way,
        asked: (&http::Method, &str),
        (status, content_type): (Status, &str),
    ) -> Option<Kind> {
        let texts = [PLAIN, essence(content_type)];
        let route = self.telling((way.from, status), asked, &texts)?;
        let course = self.course(&route, way, &self.first_pairs(&route, way));
        Some(self.answer(&course, status).of(|| Some(content_type)).clone())
    }

    /// Whether a version says an error as a plain text, and never as a document: the operation of a path does;
    /// of what is none, all that list such an error.
    pub fn says_text(
        &self,
        version: usize,
        (method, path): (&http::Method, &str),
        status: Status,
    ) -> bool {
        let is_text = |route: Route<'_>| self.engine.lists_text((version, route.at), status);
        let own = self.route(version, method, path).filter(|r| r.wants == Wants::Itself);
        if let Some(own) = own {
            return is_text(own);
        }
        let all = self.routers.get(version).into_iter().flat_map(Router::routes);
        let lists = |route: &Route<'_>| self.engine.lists((version, route.at), status, &[PLAIN]);
        let mut all = all.filter(lists).peekable();
        all.peek().is_some() && all.all(is_text)
    }

    /// Whether any version says any error so.
    pub fn has_texts(&self) -> bool {
        self.engine.has_texts()
    }

    /// The operation of a path, if its contract lists an answer of a status that is JSON or of these texts,
    /// else the first that does.
    fn telling(
        &self,
        (version, status): (usize, Status),
        (method, path): (&http::Method, &str),
        texts: &[&str],
    ) -> Option<Route<'_>> {
        let lists = |route: &Route<'_>| self.engine.lists((version, route.at), status, texts);
        let own = self.route(version, method, path).filter(|r| r.wants == Wants::Itself);
        own.filter(lists).or_else(|| self.routers.get(version)?.routes().find(lists))
    }

    /// The programs of an operation on its way, if they are made already.
    pub fn made(&self, route: &Route<'_>, way: Way, pairs: &[usize]) -> Option<Arc<Course>> {
        self.engine.made(route, way, pairs)
    }

    /// The programs of an operation on its way. The first time it takes its time, so keep it off
    /// the reactor.
    pub fn course(&self, route: &Route<'_>, way: Way, pairs: &[usize]) -> Arc<Course> {
        self.engine.course(route, way, pairs)
    }

    /// The program of an answer; it may take its time as well.
    pub fn answer(&self, course: &Course, status: Status) -> Typed {
        self.engine.answer(course, status)
    }

    /// Whether the answer of a status has no JSON body where it comes from.
    pub fn bodiless(&self, course: &Course, status: http::StatusCode) -> bool {
        self.engine.bodiless(course, status.as_u16())
    }

    /// Forgets the programs that are made: they are made again where they are asked for.
    fn forget(&self) {
        self.engine.forget();
    }

    /// The name of a rule, for reports.
    pub fn rule(&self, rule: RuleId) -> Arc<str> {
        self.engine.rule(rule)
    }

    /// Whether it has a version and an operation of it, `GET /orders/{id}`; of what is empty nothing is
    /// asked.
    pub fn has(&self, version: &str, operation: &str) -> bool {
        if version.is_empty() {
            return true;
        }
        let own = |at| {
            operation.is_empty()
                || operation.split_once(' ').is_some_and(|(m, path)| self.engine.has(at, m, path))
        };
        self.version(version).is_some_and(own)
    }

    /// Whether it has a rule of this name, as [`Api::rule`] gives it.
    pub fn has_rule(&self, name: &str) -> bool {
        self.engine.has_rule(name)
    }

    /// Why a message was refused; `place` is where, as it is to be shown.
    pub fn refusal(&self, refusal: &Refusal, place: &str) -> String {
        self.engine.refusal(refusal, place)
    }

    /// What a client is told of a message that a rule refuses, where its author says so: the status,
    /// and why.
    pub fn refused(&self, rule: RuleId) -> (Option<u16>, Option<&str>) {
        self.engine.refused(rule)
    }
}
