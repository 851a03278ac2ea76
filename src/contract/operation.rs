//! Operations of a contract: what can be asked, and what is answered.

use std::collections::HashMap;
use std::ops::Deref;

use super::Use;
use super::message::Shapes;
use crate::diagnostic::Span;
use crate::message::media::{Content, Range, choose};
use crate::message::{Param, Template, Texts};

/// A method on a path template, with its parameters and its bodies.
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
    /// Bodies of its requests.
    pub request: Bodies,
    /// Parameters of the path, the query, the head and cookies, in the order of the document.
    pub parameters: Vec<Parameter>,
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
    /// Every message has it.
    pub required: bool,
    /// Where it is declared.
    pub span: Span,
}

/// An answer that the contract lists.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The text as listed: `200`, `2XX`, `default`.
    pub status: Box<str>,
    /// Its bodies.
    pub body: Bodies,
    /// Fields of its head.
    pub headers: Vec<Parameter>,
}

/// A body as it is listed under one media type.
#[derive(Clone, Debug)]
pub struct Body {
    /// The media type, or a range of them.
    pub range: Range,
    /// As what such a body is read.
    pub content: Content,
    /// It is a document whatever it says of itself, as a request that is listed as `*/*`.
    pub any: bool,
    /// Its schema; `None` of what is opaque.
    pub of: Option<Use>,
    /// Types of messages with it.
    pub shapes: Shapes,
}

/// The bodies that a message may have, one for each media type that is listed.
#[derive(Clone, Debug, Default)]
pub struct Bodies {
    /// In the order of the document.
    pub all: Vec<Body>,
    /// Types of messages without a body.
    pub bare: Shapes,
}

impl Body {
    /// One of a media type, with its schema. What is opaque has none, and of a document of which nothing is
    /// said no rule says anything.
    pub(super) fn new(range: Range, of: Option<Use>) -> Self {
        let content = range.content();
        let unsaid = content == Content::Json && of.is_none();
        let content = if unsaid { Content::Opaque } else { content };
        let of = of.filter(|_| content != Content::Opaque);
        let any = range.is_any() && content == Content::Json;
        Self { range, content, any, of, shapes: Shapes::default() }
    }
}

impl Bodies {
    /// A body that is JSON, under whatever name that has.
    pub fn json(of: Use) -> Self {
        let body = Body::new(Range::new("*/*"), Some(of));
        Self { all: vec![body], bare: Shapes::default() }.said()
    }

    /// Bodies that say what they are: what says in an answer that it is something else than JSON is some
    /// proxy's page.
    pub(super) fn said(mut self) -> Self {
        self.all.iter_mut().for_each(|body| body.any = false);
        self
    }

    /// These bodies. A document about a part is the affair of no rule, unless it is all that there is.
    pub(super) fn of(mut all: Vec<Body>) -> Self {
        let whole = |body: &Body| body.content == Content::Json && !body.range.is_patch();
        if all.iter().any(whole) {
            all.retain(|body| body.content != Content::Json || whole(body));
        }
        Self { all, bare: Shapes::default() }
    }

    /// The number of the one that JSON is taken for which is listed under no name of its own: JSON itself
    /// comes first.
    pub fn main(&self) -> Option<usize> {
        let all = self.all.iter().enumerate().filter(|(_, body)| body.content == Content::Json);
        all.min_by_key(|(_, body)| body.range.rank()).map(|(at, _)| at)
    }

    /// The same; where there is no JSON, the first that is a text.
    pub fn first(&self) -> Option<usize> {
        let text = |body: &Body| body.content == Content::Text;
        self.main().or_else(|| self.all.iter().position(text))
    }

    /// The first that is a text, and that texts of a media type are of.
    pub fn text(&self, essence: &str) -> Option<&Body> {
        let is =
            |body: &&Body| body.content == Content::Text && body.range.covers(essence).is_some();
        self.all.iter().find(is)
    }

    /// The number of the one that is listed for a `Content-Type`.
    pub fn saying(&self, content_type: &str) -> Option<usize> {
        let all = self.all.iter().enumerate();
        choose(content_type, all.map(|(at, body)| (&body.range, (body.content, body.any), at)))
    }

    /// One of them.
    pub fn get(&self, at: Option<usize>) -> Option<&Body> {
        self.all.get(at?)
    }

    /// The schema of [`Bodies::main`]; `None`: no JSON is listed.
    pub fn schema(&self) -> Option<Use> {
        self.get(self.main())?.of
    }
}

impl Operation {
    /// One of which nothing else is known.
    pub fn bare(method: &str, path: &str, span: Span) -> Self {
        Self {
            method: method.into(),
            path: path.into(),
            id: None,
            span,
            request: Bodies::default(),
            parameters: Vec::new(),
            answers: Vec::new(),
        }
    }

    /// What it is called: `GET /orders`.
    pub fn name(&self) -> String {
        format!("{} {}", self.method, self.path)
    }
}

impl Answer {
    /// One of which nothing else is known.
    pub fn bare(status: &str) -> Self {
        Self { status: status.into(), body: Bodies::default(), headers: Vec::new() }
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

    /// The number of one of them, wherever it was found; `None`: it is another contract's.
    pub fn place_of(&self, operation: &Operation) -> Option<usize> {
        self.all.iter().position(|own| std::ptr::eq(own, operation))
    }

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
        let at = |o: Option<&Operation>| o.map(|o| operations.place_of(o).unwrap());
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
