//! From method and raw path to the operation of a contract, most specific template first. It
//! decides nothing about backends.

use http::Method;

use crate::contract::Operation;
use crate::message::Template;

/// The operations of one version.
#[derive(Debug)]
pub(super) struct Router {
    version: usize,
    entries: Vec<Entry>,
}

#[derive(Debug)]
struct Entry {
    method: Box<str>,
    template: Template,
    /// Its number among the operations of the version.
    at: usize,
}

/// An operation that was found.
#[derive(Clone, Copy, Debug)]
pub struct Route<'a> {
    /// As the contract has it: `GET` for a `HEAD`.
    pub method: &'a str,
    /// The template of its path.
    pub template: &'a Template,
    /// Whether the method was `OPTIONS` and the operation only lends its path.
    pub preflight: bool,
    /// The number of the version whose operation it is.
    pub version: usize,
    /// The number of the operation in that version.
    pub at: usize,
}

/// A [`Route`] that borrows nothing.
#[derive(Clone, Debug)]
pub struct Kept {
    method: Box<str>,
    template: Template,
    preflight: bool,
    version: usize,
    at: usize,
}

impl Route<'_> {
    /// The same, to be taken elsewhere.
    pub fn keep(&self) -> Kept {
        let Self { method, template, preflight, version, at } = *self;
        Kept { method: method.into(), template: template.clone(), preflight, version, at }
    }
}

impl Kept {
    /// As it was found.
    pub fn route(&self) -> Route<'_> {
        let Self { method, template, preflight, version, at } = self;
        Route { method, template, preflight: *preflight, version: *version, at: *at }
    }
}

impl Router {
    pub(super) fn new(version: usize, operations: &[Operation]) -> Self {
        let entry = |(at, o): (usize, &Operation)| Entry {
            method: o.method.clone(),
            template: Template::new(&o.path),
            at,
        };
        let mut entries: Vec<_> = operations.iter().enumerate().map(entry).collect();
        entries.sort_by(|a, b| a.template.specificity(&b.template));
        Self { version, entries }
    }

    pub(super) fn find(&self, method: &Method, path: &str) -> Option<Route<'_>> {
        self.exact(method.as_str(), path).or_else(|| match *method {
            Method::HEAD => self.exact("GET", path),
            Method::OPTIONS => {
                let entry = self.entries.iter().find(|e| e.template.matches(path))?;
                Some(Route { preflight: true, ..self.route(entry) })
            }
            _ => None,
        })
    }

    /// Every operation.
    pub(super) fn routes(&self) -> impl Iterator<Item = Route<'_>> {
        self.entries.iter().map(|entry| self.route(entry))
    }

    pub(super) fn knows(&self, path: &str) -> bool {
        self.entries.iter().any(|e| e.template.matches(path))
    }

    fn exact(&self, method: &str, path: &str) -> Option<Route<'_>> {
        self.entries
            .iter()
            .find(|e| *e.method == *method && e.template.matches(path))
            .map(|entry| self.route(entry))
    }

    fn route<'a>(&self, entry: &'a Entry) -> Route<'a> {
        Route {
            method: &entry.method,
            template: &entry.template,
            preflight: false,
            version: self.version,
            at: entry.at,
        }
    }
}
