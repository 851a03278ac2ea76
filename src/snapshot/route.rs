//! From method and raw path to the operation of a contract, most specific template first. Paths come
//! with nothing encoded that need not be. It decides nothing about backends.

use std::sync::Arc;

use http::Method;

use crate::contract::Operation;
use crate::message::Template;
use crate::message::path::plain;

/// The operations of one version.
#[derive(Debug)]
pub(super) struct Router {
    version: usize,
    entries: Vec<Entry>,
    /// Every path, and what its operations are called.
    rest: Template,
    any: Arc<str>,
    /// Whether there may be operations that nobody has named.
    is_open: bool,
}

#[derive(Debug)]
struct Entry {
    method: Box<str>,
    /// `GET /orders/{id}`
    name: Arc<str>,
    template: Template,
    /// The same as paths are spelled that are matched.
    plain: Template,
    /// Its number among the operations of the version.
    at: usize,
}

/// What a request wants of an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Wants {
    /// The operation.
    Itself,
    /// Its path: the method is `OPTIONS`.
    Path,
    /// One that nobody has named, of an API without contracts or with `unmatched: pass`: nothing of it
    /// is translated.
    Unnamed,
}

/// An operation that was found.
#[derive(Clone, Copy, Debug)]
pub struct Route<'a> {
    /// As the contract has it: `GET` for a `HEAD`; `*` of one that nobody has named.
    pub method: &'a str,
    /// `GET /orders/{id}`; as the contract has it.
    pub name: &'a Arc<str>,
    /// The template of its path.
    pub template: &'a Template,
    /// What is wanted of it.
    pub wants: Wants,
    /// The number of the version whose operation it is.
    pub version: usize,
    /// The number of the operation in that version.
    pub at: usize,
}

/// A [`Route`] that borrows nothing.
#[derive(Clone, Debug)]
pub struct Kept {
    method: Box<str>,
    name: Arc<str>,
    template: Template,
    wants: Wants,
    version: usize,
    at: usize,
}

impl Route<'_> {
    /// The same, to be taken elsewhere.
    pub fn keep(&self) -> Kept {
        let Self { method, name, template, wants, version, at } = *self;
        let (method, name, template) = (method.into(), Arc::clone(name), template.clone());
        Kept { method, name, template, wants, version, at }
    }
}

impl Kept {
    /// As it was found.
    pub fn route(&self) -> Route<'_> {
        let Self { method, name, template, wants, version, at } = self;
        Route { method, name, template, wants: *wants, version: *version, at: *at }
    }
}

impl Router {
    pub(super) fn new(version: usize, operations: &[Operation], is_open: bool) -> Self {
        let entry = |(at, o): (usize, &Operation)| Entry {
            method: o.method.clone(),
            name: o.name().into(),
            template: Template::new(&o.path),
            plain: Template::new(&plain(&o.path)),
            at,
        };
        let mut entries: Vec<_> = operations.iter().enumerate().map(entry).collect();
        entries.sort_by(|a, b| a.template.specificity(&b.template));
        Self { version, entries, rest: Template::new("/*"), any: "* /*".into(), is_open }
    }

    pub(super) fn find(&self, method: &Method, path: &str) -> Option<Route<'_>> {
        let named = self.exact(method.as_str(), path).or_else(|| match *method {
            Method::HEAD => self.exact("GET", path),
            Method::OPTIONS => {
                let entry = self.entries.iter().find(|e| e.plain.matches(path))?;
                Some(Route { wants: Wants::Path, ..self.route(entry) })
            }
            _ => None,
        });
        named.or_else(|| self.is_open.then(|| self.unnamed()))
    }

    /// An operation that nobody has named.
    pub(super) fn unnamed(&self) -> Route<'_> {
        let (wants, version, at) = (Wants::Unnamed, self.version, self.entries.len());
        Route { method: "*", name: &self.any, template: &self.rest, wants, version, at }
    }

    /// Every operation that has a name.
    pub(super) fn routes(&self) -> impl Iterator<Item = Route<'_>> {
        self.entries.iter().map(|entry| self.route(entry))
    }

    /// The operation of a path that is read; else any of it.
    pub(super) fn of_path(&self, path: &str) -> Option<Route<'_>> {
        self.exact("GET", path).or_else(|| {
            let entry = self.entries.iter().find(|entry| entry.plain.matches(path))?;
            Some(self.route(entry))
        })
    }

    pub(super) fn knows(&self, path: &str) -> bool {
        self.entries.iter().any(|e| e.plain.matches(path))
    }

    fn exact(&self, method: &str, path: &str) -> Option<Route<'_>> {
        self.entries
            .iter()
            .find(|e| *e.method == *method && e.plain.matches(path))
            .map(|entry| self.route(entry))
    }

    fn route<'a>(&self, entry: &'a Entry) -> Route<'a> {
        Route {
            method: &entry.method,
            name: &entry.name,
            template: &entry.template,
            wants: Wants::Itself,
            version: self.version,
            at: entry.at,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::{FileId, Span};

    #[test]
    fn a_template_may_be_spelled_otherwise_than_paths_are() {
        let span = Span { file: FileId(0), start: 0, end: 0 };
        let router =
            Router::new(0, &[Operation::bare("POST", "/%6frders/{id}%2ejson", span)], false);
        let path = plain("/orde%72s/7.json");
        assert!(router.find(&Method::POST, &path).is_some());
        assert!(router.of_path(&path).is_some());
    }
}
