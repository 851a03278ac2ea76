//! A mapping file into a [`Mapping`]: its head, its blocks and its examples. Rules are `rules`'.

use super::rules::Rules;
use super::{Example, ExampleOf, Loses, Mapping, OperationBlock, RuleInfo, TypeBlock, Unmapped};
use crate::diagnostic::{Diagnostic, FileId, Severity, Sources, Span};
use crate::document::{self, Kind, Member, Node};
use crate::json::Value;
use crate::version::ApiVersion;

const HEAD: &[&str] = &[
    "mapping",
    "api",
    "from",
    "to",
    "summary",
    "strict",
    "unmapped",
    "types",
    "operations",
    "errors",
    "examples",
];

/// Reads the files of one mapping as one.
pub fn parse(sources: &Sources, files: &[FileId]) -> (Option<Mapping>, Vec<Diagnostic>) {
    let mut found = Vec::new();
    let mut roots = Vec::new();
    for file in files {
        match document::parse(sources, *file) {
            Ok(root) if root.is_object() => roots.push(root),
            Ok(root) => found.push(
                Diagnostic::error("F301", root.span, "not a mapping")
                    .label("expected `mapping: 1`, `api`, `from`, `to` and rules"),
            ),
            Err(more) => found.extend(more),
        }
    }
    let Some(first) = roots.first() else { return (None, found) };
    let mut parser = Parser { found, rules: Rules::default() };
    let head = parser.head(&roots, first.span);
    let mut mapping = Mapping {
        api: head.api.into(),
        from: ApiVersion::new(&head.from),
        to: ApiVersion::new(&head.to),
        summary: text(&roots, "summary").map(|(t, _)| t.into()),
        strict: flag(&roots, "strict"),
        unmapped: parser.unmapped(roots.iter().find_map(|r| r.get("unmapped"))),
        types: Vec::new(),
        operations: Vec::new(),
        examples: Vec::new(),
        rules: Vec::new(),
        span: first.span,
    };
    parser.rules.add(String::new(), first.span, Loses::Report, None);
    for root in &roots {
        parser.sections(root, &mut mapping);
    }
    let Parser { mut found, rules } = parser;
    let (infos, more) = rules.finish();
    mapping.rules = infos;
    found.extend(more);
    let bad = found.iter().any(|d| d.severity == Severity::Error);
    ((!bad).then_some(mapping), found)
}

struct Head {
    api: String,
    from: String,
    to: String,
}

struct Parser {
    found: Vec<Diagnostic>,
    rules: Rules,
}

fn text(roots: &[Node], key: &str) -> Option<(String, Span)> {
    roots.iter().find_map(|root| {
        let node = root.get(key)?;
        match &node.kind {
            Kind::String(text) | Kind::Number(text) => Some((text.to_string(), node.span)),
            Kind::Null | Kind::Bool(_) | Kind::Raw(_) | Kind::Array(_) | Kind::Object(_) => None,
        }
    })
}

fn flag(roots: &[Node], key: &str) -> bool {
    roots.iter().any(|root| root.get(key).and_then(Node::as_bool) == Some(true))
}

impl Parser {
    fn head(&mut self, roots: &[Node], span: Span) -> Head {
        for root in roots {
            for member in root.members() {
                if !HEAD.contains(&&*member.key) {
                    self.found.push(super::rules::unknown("F302", member, HEAD));
                }
            }
            if let Some(errors) = root.member("errors") {
                self.not_yet(errors.key_span, "`errors`");
            }
        }
        let mut need = |key: &str| {
            if let Some((text, _)) = text(roots, key) {
                text
            } else {
                self.found.push(
                    Diagnostic::error("F303", span, format!("`{key}` is missing"))
                        .help(format!("write `{key}: …` at the head of the file")),
                );
                String::new()
            }
        };
        if need("mapping") != "1" {
            let at = roots.iter().find_map(|r| r.get("mapping")).map_or(span, |n| n.span);
            self.found.push(
                Diagnostic::error("F304", at, "unknown version of the mapping language")
                    .label("expected 1"),
            );
        }
        let mut need = |key: &str| {
            if let Some((text, _)) = text(roots, key) {
                text
            } else {
                self.found.push(
                    Diagnostic::error("F303", span, format!("`{key}` is missing"))
                        .help(format!("write `{key}: …` at the head of the file")),
                );
                String::new()
            }
        };
        Head { api: need("api"), from: need("from"), to: need("to") }
    }

    fn not_yet(&mut self, span: Span, what: &str) {
        self.found.push(Diagnostic::error("F399", span, format!("{what} is not supported yet")));
    }

    fn unmapped(&mut self, node: Option<&Node>) -> Option<Unmapped> {
        super::rules::unmapped(node, &mut self.found)
    }

    fn sections(&mut self, root: &Node, mapping: &mut Mapping) {
        for member in root.get("types").map(Node::members).unwrap_or_default() {
            self.types(member, mapping);
        }
        for member in root.get("operations").map(Node::members).unwrap_or_default() {
            self.operation(member, mapping);
        }
        for node in root.get("examples").map(Node::items).unwrap_or_default() {
            mapping.examples.extend(self.example(node));
        }
    }

    /// One key under `types`: several pairs may share a block.
    fn types(&mut self, member: &Member, mapping: &mut Mapping) {
        let name = format!("types.{}", member.key);
        let Some(block) = self.rules.block(&name, member.key_span, &member.value, "") else {
            return;
        };
        for key in member.key.split(',').map(str::trim) {
            let (old, new) = match key.split_once("->") {
                Some((old, new)) => (old.trim(), new.trim()),
                None => (key, key),
            };
            if old.contains('#') || new.contains('#') {
                self.not_yet(member.key_span, "`file#Name`");
            } else if old.starts_with('$') || new.starts_with('$') {
                self.not_yet(member.key_span, "`$none`");
            } else if old.is_empty() || new.is_empty() {
                self.found.push(
                    Diagnostic::error("F305", member.key_span, "not a pair of types")
                        .label("expected `Order`, `Item -> LineItem` or several with commas"),
                );
            } else {
                mapping.types.push(TypeBlock {
                    old: old.into(),
                    new: new.into(),
                    span: member.key_span,
                    block: block.clone(),
                });
            }
        }
    }

    fn operation(&mut self, member: &Member, mapping: &mut Mapping) {
        if member.key.contains("->") {
            return self.not_yet(member.key_span, "an operation key with two sides");
        }
        if &*member.key == "*" {
            return self.not_yet(member.key_span, "the operation key `*`");
        }
        let name = format!("operations.{}", member.key);
        let mut operation = OperationBlock {
            old: member.key.clone(),
            new: member.key.clone(),
            span: member.key_span,
            request: None,
            response: None,
            statuses: Vec::new(),
        };
        for part in member.value.members() {
            let name = format!("{name}.{}", part.key);
            match &*part.key {
                "request" => {
                    operation.request = self.rules.block(&name, part.key_span, &part.value, "body");
                }
                "response" => self.response(&name, part, &mut operation),
                "errors" | "status" | "partial" => {
                    self.not_yet(part.key_span, &format!("`{}` of an operation", part.key));
                }
                _ => self.found.push(super::rules::unknown("F306", part, &["request", "response"])),
            }
        }
        mapping.operations.push(operation);
    }

    /// The block of answers, with the refinements of single statuses taken out.
    fn response(&mut self, name: &str, part: &Member, operation: &mut OperationBlock) {
        let (statuses, own): (Vec<Member>, Vec<Member>) =
            part.value.members().iter().cloned().partition(|m| is_status(&m.key));
        let own = Node { span: part.value.span, kind: Kind::Object(own) };
        operation.response = self.rules.block(name, part.key_span, &own, "body");
        for status in statuses {
            let name = format!("{name}.{}", status.key);
            if let Some(block) = self.rules.block(&name, status.key_span, &status.value, "body") {
                operation.statuses.push((status.key.clone(), block));
            }
        }
    }

    fn example(&mut self, node: &Node) -> Option<Example> {
        let name = |key: &str| node.get(key).and_then(Node::as_str).map(Box::from);
        let of = match (name("type"), name("operation")) {
            (Some(name), None) => ExampleOf::Type(name),
            (None, Some(operation)) => match node.get("status") {
                Some(status) => ExampleOf::Response(operation, status.to_json().to_string().into()),
                None => ExampleOf::Request(operation),
            },
            _ => {
                self.found.push(
                    Diagnostic::error("F307", node.span, "an example of nothing")
                        .label("expected `type: Name` or `operation: …`"),
                );
                return None;
            }
        };
        let side = |key: &str| node.get(key).map(super::rules::literal);
        let (Some(old), Some(new)) = (side("old"), side("new")) else {
            self.found.push(
                Diagnostic::error("F307", node.span, "an example needs both sides")
                    .label("expected `old: …` and `new: …`"),
            );
            return None;
        };
        let way = |key: &str| side(key).filter(|v| *v != Value::string("same"));
        Some(Example { of, old, new, up: way("up"), down: way("down"), span: node.span })
    }
}

fn is_status(key: &str) -> bool {
    key == "default" || (key.len() == 3 && key.starts_with(|c: char| c.is_ascii_digit()))
}

/// An entry of [`Mapping::rules`].
pub(super) fn info(name: String, span: Span, loses: Loses, why: Option<Box<str>>) -> RuleInfo {
    RuleInfo { name: name.into(), span, loses, why }
}
