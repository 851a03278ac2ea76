//! Operations of an `OpenAPI` document: paths, bodies by media type, answers by status. Parameters
//! and headers are `parameter`'s.

use std::collections::HashMap;

use super::files::At;
use super::load::Loader;
use super::{Answer, Bodies, Body, Operation, Use};
use crate::diagnostic::{Diagnostic, Span};
use crate::document::{Member, Node};
use crate::message::media::{Content, Range};

const METHODS: &[&str] = &["get", "put", "post", "delete", "options", "head", "patch", "trace"];

impl<'n> Loader<'n> {
    /// Every operation, in the order of the document.
    pub(super) fn operations(&mut self) -> Vec<Operation> {
        let mut operations: Vec<Operation> = Vec::new();
        let mut ids: HashMap<&str, Span> = HashMap::new();
        let root = self.files.roots().next();
        let Some(paths) = root.and_then(|root| root.node.get("paths")) else { return operations };
        if !paths.is_object() {
            self.wrong(paths, "paths", "expected an object of path items");
        }
        for path in paths.members() {
            if path.key.starts_with("x-") {
                continue;
            }
            if !path.key.starts_with('/') {
                let message = "a path must begin with `/`";
                self.found.push(Diagnostic::error("F218", path.key_span, message));
            }
            let Some(item) = self.follow(At { file: 0, node: &path.value }) else { continue };
            if !item.node.is_object() {
                self.wrong(item.node, &path.key, "expected a path item");
            }
            for member in item.node.members() {
                if !METHODS.contains(&&*member.key) {
                    continue;
                }
                if let Some(id) = member.value.get("operationId")
                    && let Some(text) = id.as_str()
                    && let Some(first) = ids.insert(text, id.span)
                {
                    self.found.push(
                        Diagnostic::error("F219", id.span, format!("`{text}` is taken"))
                            .label("an operationId stands once")
                            .also(first, "first here"),
                    );
                }
                operations.push(self.operation(&path.key, item, member));
            }
        }
        operations
    }

    fn operation(&mut self, path: &str, item: At<'n>, member: &'n Member) -> Operation {
        let (node, file) = (&member.value, item.file);
        if !node.is_object() {
            self.wrong(node, &member.key, "expected an operation");
        }
        let lists = [node, item.node].map(|of| {
            let list = of.get("parameters")?;
            Some(At { file, node: list })
        });
        let parameters = self.parameters(lists);
        let request = if self.swagger {
            let listed = self.swagger_types(node, "consumes");
            let of = self.swagger_body(lists);
            of.map(|of| listed.bodies(of)).unwrap_or_default()
        } else {
            let body = node.get("requestBody");
            body.map(|body| self.body(At { file, node: body }, None)).unwrap_or_default()
        };
        let made = self.swagger.then(|| self.swagger_types(node, "produces"));
        let mut answers = Vec::new();
        if let Some(responses) = node.get("responses")
            && !responses.is_object()
        {
            self.wrong(responses, "responses", "expected an object of answers by status");
        }
        for answer in node.get("responses").map(Node::members).unwrap_or_default() {
            if answer.key.starts_with("x-") {
                continue;
            }
            let Some(status) = status(&answer.key) else {
                self.found.push(
                    Diagnostic::error("F220", answer.key_span, "not a status")
                        .label("expected `200`, `2XX` or `default`"),
                );
                continue;
            };
            let at = At { file, node: &answer.value };
            let (body, headers) =
                (self.body(at, made.as_ref()), self.follow(at).map(|at| self.fields(at)));
            let (body, headers) = (body.said(), headers.unwrap_or_default());
            answers.push(Answer { body, headers, ..Answer::bare(&status) });
        }
        Operation {
            id: node.get("operationId").and_then(Node::as_str).map(Box::from),
            request,
            parameters,
            answers,
            ..Operation::bare(&member.key.to_uppercase(), path, member.key_span)
        }
    }

    /// The schema of the parameter that is the body, of Swagger 2.0.
    fn swagger_body(&mut self, lists: [Option<At<'n>>; 2]) -> Option<Use> {
        for list in lists.into_iter().flatten() {
            for node in list.node.items() {
                let at = self.follow(At { file: list.file, node })?;
                if at.node.get("in").and_then(Node::as_str) == Some("body") {
                    let schema = at.node.get("schema")?;
                    return Some(self.use_of(&[At { file: at.file, node: schema }]));
                }
            }
        }
        None
    }

    /// The media types that an operation of Swagger 2.0 lists, else the document.
    fn swagger_types(&self, operation: &'n Node, key: &str) -> Listed {
        let root = self.files.roots().next();
        let list = operation.get(key).or_else(|| root.and_then(|root| root.node.get(key)));
        let types = list.map(Node::items).unwrap_or_default().iter().filter_map(Node::as_str);
        Listed(types.map(Range::new).collect())
    }

    /// The bodies of a request or an answer; `listed` says their media types, of Swagger 2.0.
    fn body(&mut self, at: At<'n>, listed: Option<&Listed>) -> Bodies {
        let Some(at) = self.follow(at) else { return Bodies::default() };
        if !at.node.is_object() {
            self.wrong(at.node, "body", "expected an object with `content`");
        }
        if let Some(listed) = listed {
            let schema = at.node.get("schema");
            let of = schema.map(|schema| self.use_of(&[At { file: at.file, node: schema }]));
            return of.map(|of| listed.bodies(of)).unwrap_or_default();
        }
        let Some(content) = at.node.get("content") else { return Bodies::default() };
        if !content.is_object() {
            self.wrong(content, "content", "expected an object by media type");
        }
        let mut all = Vec::new();
        for member in content.members() {
            let range = Range::new(&member.key);
            let Some(media) = self.follow(At { file: at.file, node: &member.value }) else {
                continue;
            };
            let read = range.content() != Content::Opaque;
            let schema = media.node.get("schema").filter(|_| read);
            let of = schema.map(|schema| self.use_of(&[At { file: media.file, node: schema }]));
            all.push(Body::new(range, of));
        }
        Bodies::of(all)
    }
}

/// The media types of the bodies that have one schema.
struct Listed(Vec<Range>);

impl Listed {
    /// What is listed; where none of it can be read, JSON is meant all the same.
    fn bodies(&self, of: Use) -> Bodies {
        let body = |range: &Range| Body::new(range.clone(), Some(of));
        let mut bodies = Bodies::of(self.0.iter().map(body).collect());
        if bodies.all.iter().all(|body| body.content == Content::Opaque) {
            bodies.all.extend(Bodies::json(of).all);
        }
        bodies
    }
}

/// The text of a status: `200`, `2XX`, `default`.
fn status(key: &str) -> Option<Box<str>> {
    if key == "default" {
        return Some(key.into());
    }
    let upper = key.to_ascii_uppercase();
    let digits = upper.strip_suffix("XX").unwrap_or(&upper);
    let number = digits.parse::<u16>().ok().filter(|_| digits.bytes().all(|b| b.is_ascii_digit()));
    let fits = match (number, digits.len()) {
        (Some(class), 1) => upper.len() == 3 && (1..=5).contains(&class),
        (Some(code), 3) => upper.len() == 3 && (100..=599).contains(&code),
        _ => false,
    };
    fits.then(|| upper.into())
}
