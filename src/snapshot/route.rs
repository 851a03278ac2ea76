//! From method and raw path to the operation of a contract, most specific template first. It
//! decides nothing about backends.

use http::Method;

use crate::contract::Operation;
use crate::message::Template;

/// The operations of one version.
#[derive(Debug)]
pub(super) struct Router {
    entries: Vec<Entry>,
}

#[derive(Debug)]
struct Entry {
    method: Box<str>,
    template: Template,
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
}

impl Router {
    pub(super) fn new(operations: &[Operation]) -> Self {
        let mut entries: Vec<_> = operations
            .iter()
            .map(|o| Entry { method: o.method.clone(), template: Template::new(&o.path) })
            .collect();
        entries.sort_by(|a, b| a.template.specificity(&b.template));
        Self { entries }
    }

    pub(super) fn find(&self, method: &Method, path: &str) -> Option<Route<'_>> {
        self.exact(method.as_str(), path).or_else(|| match *method {
            Method::HEAD => self.exact("GET", path),
            Method::OPTIONS => {
                let entry = self.entries.iter().find(|e| e.template.matches(path))?;
                Some(Route { preflight: true, ..entry.route() })
            }
            _ => None,
        })
    }

    pub(super) fn knows(&self, path: &str) -> bool {
        self.entries.iter().any(|e| e.template.matches(path))
    }

    fn exact(&self, method: &str, path: &str) -> Option<Route<'_>> {
        self.entries
            .iter()
            .find(|e| *e.method == *method && e.template.matches(path))
            .map(Entry::route)
    }
}

impl Entry {
    fn route(&self) -> Route<'_> {
        Route { method: &self.method, template: &self.template, preflight: false }
    }
}
