//! Operations of a contract: what can be asked, and what is answered.

use std::collections::HashMap;
use std::ops::Deref;

use super::Use;
use super::message::Shapes;
use crate::diagnostic::Span;
use crate::message::{Param, Template, Texts};

/// A method on a path template, with its parameters and the schemas of its JSON bodies.
#[derive(Clone, Debug)]
pub struct Operation {
    /// Upper case: `GET`.
    pub method: Box<str>,
    /// Path template as written: `/orders/{id}`.
    pub path: Box<str>,
    /// `operationId`, where there is one.
    pub id: Option<Box<str>>,
    /// Where it is declared.
    pub span: Span,
    /// Schema of the JSON request body; `None` where the contract has no JSON body.
    pub request: Option<Use>,
    /// Parameters of the path, the query, the head and cookies, in the order of the document.
    pub parameters: Vec<Parameter>,
    /// Types of its requests.
    pub shapes: Shapes,
    /// Answers by status, in order of the document.
    pub answers: Vec<Answer>,
}

/// A parameter of a request, or a field of the head of an answer.
#[derive(Clone, Debug)]
pub struct Parameter {
    /// Which part of the message it is of.
    pub part: Texts,
    /// How it is written.
    pub param: Param,
    /// What stands there: the text of its schema, or with `content` the document.
    pub of: Use,
    /// Where it is declared.
    pub span: Span,
}

/// An answer that the contract lists.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The text as listed: `200`, `2XX`, `default`.
    pub status: Box<str>,
    /// Schema of the JSON body; `None` where the answer has none.
    pub body: Option<Use>,
    /// Fields of its head.
    pub headers: Vec<Parameter>,
    /// Types of such answers.
    pub shapes: Shapes,
}

impl Operation {
    /// One of which nothing else is known.
    pub fn bare(method: &str, path: &str, span: Span) -> Self {
        Self {
            method: method.into(),
            path: path.into(),
            id: None,
            span,
            request: None,
            parameters: Vec::new(),
            shapes: Shapes::default(),
            answers: Vec::new(),
        }
    }
}

impl Answer {
    /// One of which nothing else is known.
    pub fn bare(status: &str) -> Self {
        Self { status: status.into(), body: None, headers: Vec::new(), shapes: Shapes::default() }
    }
}

/// The operations of a contract in the order of the document, and where each is among them.
#[derive(Clone, Debug, Default)]
pub struct Operations {
    all: Vec<Operation>,
    ids: HashMap<Box<str>, usize>,
    /// By method, and path without the names of parameters.
    shapes: HashMap<(Box<str>, String), usize>,
    /// Those whose path is a pattern over others: `/reports/*`.
    patterns: Vec<usize>,
}

impl Operations {
    /// Indexes operations.
    pub fn new(all: Vec<Operation>) -> Self {
        let mut operations = Self { all, ..Self::default() };
        for (at, operation) in operations.all.iter().enumerate() {
            if let Some(id) = &operation.id {
                operations.ids.entry(id.clone()).or_insert(at);
            }
            let template = Template::new(&operation.path);
            if template.has_rest() {
                operations.patterns.push(at);
            }
            let key = (operation.method.clone(), template.shape());
            operations.shapes.entry(key).or_insert(at);
        }
        operations
    }

    /// The first operation of a method on a path, whatever its parameters are called.
    pub fn on(&self, method: &str, path: &str) -> Option<&Operation> {
        let template = Template::new(path);
        let own = self.shapes.get(&(method.into(), template.shape())).copied();
        let patterns = self.patterns.iter().copied().find(|at| {
            let operation = self.all.get(*at).filter(|o| *o.method == *method);
            operation.is_some_and(|o| Template::new(&o.path).covers(&template))
        });
        self.all.get(own.into_iter().chain(patterns).min()?)
    }

    /// The first operation that a name means: `GET /orders`, or an `operationId`.
    pub fn named(&self, name: &str) -> Option<&Operation> {
        let by_id = self.ids.get(name).copied();
        let (method, path) = name.split_once(' ').unwrap_or_default();
        let template = Template::new(path);
        let by_path = if template.has_rest() {
            let own = |o: &Operation| *o.method == *method && *o.path == *path;
            let covered =
                |o: &Operation| *o.method == *method && template.covers(&Template::new(&o.path));
            self.all.iter().position(own).or_else(|| self.all.iter().position(covered))
        } else {
            self.shapes.get(&(method.into(), template.shape())).copied()
        };
        self.all.get(by_id.into_iter().chain(by_path).min()?)
    }
}

impl Operations {
    /// Every operation, to be changed where it is.
    pub(super) fn all_mut(&mut self) -> &mut [Operation] {
        &mut self.all
    }
}

impl Deref for Operations {
    type Target = [Operation];

    fn deref(&self) -> &[Operation] {
        &self.all
    }
}

impl<'o> IntoIterator for &'o Operations {
    type Item = &'o Operation;
    type IntoIter = std::slice::Iter<'o, Operation>;

    fn into_iter(self) -> Self::IntoIter {
        self.all.iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::FileId;

    #[test]
    fn operations_are_found_by_id_and_by_path_without_names() {
        let span = Span { file: FileId(0), start: 0, end: 0 };
        let operation = |(method, path, id): (&str, &str, Option<&str>)| Operation {
            id: id.map(Box::from),
            ..Operation::bare(method, path, span)
        };
        let all = [
            ("GET", "/orders/{id}", Some("getOrder")),
            ("PUT", "/orders/{id}", None),
            ("GET", "/orders/{id}:cancel", None),
            ("GET", "/orders/new", Some("GET /orders/{x}")),
            ("GET", "/files/*", None),
            ("GET", "/files/{name}", None),
        ];
        let operations = Operations::new(all.map(operation).to_vec());
        let at = |o: Option<&Operation>| {
            o.map(|o| operations.iter().position(|other| std::ptr::eq(o, other)).unwrap())
        };
        let on = |method, path| at(operations.on(method, path));
        assert_eq!(on("GET", "/orders/{order}"), Some(0));
        assert_eq!(on("PUT", "/orders/{order}"), Some(1));
        assert_eq!(on("GET", "/orders/{order}:cancel"), Some(2));
        assert_eq!(on("GET", "/orders/new"), Some(3));
        assert_eq!(on("GET", "/orders"), None);
        assert_eq!(on("POST", "/orders/new"), None);
        assert_eq!(on("GET", "/files/{x}"), Some(4));
        let named = |name| at(operations.named(name));
        assert_eq!(named("getOrder"), Some(0));
        assert_eq!(named("GET /orders/{x}"), Some(0));
        assert_eq!(named("GET /files/{x}"), Some(5));
        assert_eq!(named("GET /orders/*"), Some(0));
        assert_eq!(named("orders"), None);
    }
}
