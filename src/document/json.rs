//! JSON files into the tree, to the letter of RFC 8259: what YAML does not take as JSON means it
//! (surrogates in escapes, tabs, deep nesting) stands here.

use super::{Keys, Kind, MAX_DEPTH, MAX_NODES, Member, Node};
use crate::diagnostic::{Diagnostic, FileId, Span};
use crate::json::Text;
use crate::json::scan::{self, Malformed, MalformedKind, Scanner};

/// Why a text did not become a tree.
pub(super) enum Failure {
    /// It is no JSON.
    Syntax(Diagnostic),
    /// It is JSON, but breaks a rule of this room.
    Rule(Vec<Diagnostic>),
}

struct Reader<'t> {
    file: FileId,
    text: &'t str,
    base: usize,
    nodes: usize,
    found: Vec<Diagnostic>,
}

/// Reads one document; `base` bytes stand before `text` in the file.
pub(super) fn parse(file: FileId, text: &str, base: usize) -> Result<Node, Failure> {
    let mut reader = Reader { file, text, base, nodes: 0, found: Vec::new() };
    let read = Scanner::new(text.as_bytes(), MAX_DEPTH).and_then(|mut scanner| {
        let node = reader.value(&mut scanner)?;
        scanner.finish()?;
        Ok(node)
    });
    let node = read.map_err(|malformed| reader.failure(malformed))?;
    if reader.nodes > MAX_NODES {
        let most = format!("at most {MAX_NODES}");
        let many = Diagnostic::error("F104", node.span, "more values than allowed").label(most);
        return Err(Failure::Rule(vec![many]));
    }
    if reader.found.is_empty() { Ok(node) } else { Err(Failure::Rule(reader.found)) }
}

impl Reader<'_> {
    fn span(&self, start: usize, end: usize) -> Span {
        let at = |at: usize| u32::try_from(at.saturating_add(self.base)).unwrap_or(u32::MAX);
        Span { file: self.file, start: at(start), end: at(end) }
    }

    fn failure(&self, malformed: Malformed) -> Failure {
        let span = self.span(malformed.at, malformed.at.saturating_add(1));
        if malformed.kind == MalformedKind::Depth {
            let deep = Diagnostic::error("F105", span, "nested too deep");
            return Failure::Rule(vec![deep.label(format!("at most {MAX_DEPTH} levels"))]);
        }
        let message = format!("not JSON: {}", malformed.kind);
        Failure::Syntax(Diagnostic::error("F101", span, message))
    }

    fn raw(&self, start: usize, end: usize) -> &str {
        self.text.get(start..end).unwrap_or_default()
    }

    fn value(&mut self, scanner: &mut Scanner<'_>) -> Result<Node, Malformed> {
        let kind = scanner.kind()?;
        let start = scanner.pos();
        self.nodes = self.nodes.saturating_add(1);
        let kind = match kind {
            scan::Kind::Object => {
                scanner.enter()?;
                Kind::Object(self.members(scanner)?)
            }
            scan::Kind::Array => {
                scanner.enter()?;
                let mut items = Vec::new();
                while scanner.element(items.is_empty())? {
                    items.push(self.value(scanner)?);
                }
                Kind::Array(items)
            }
            scan::Kind::Null => {
                scanner.skip()?;
                Kind::Null
            }
            scan::Kind::Bool => {
                scanner.skip()?;
                Kind::Bool(self.raw(start, scanner.pos()) == "true")
            }
            scan::Kind::Number => {
                scanner.skip()?;
                Kind::Number(self.raw(start, scanner.pos()).into())
            }
            scan::Kind::String => {
                scanner.skip()?;
                let raw = self.raw(start.saturating_add(1), scanner.pos().saturating_sub(1));
                string(raw)
            }
        };
        Ok(Node { span: self.span(start, scanner.pos()), kind })
    }

    fn members(&mut self, scanner: &mut Scanner<'_>) -> Result<Vec<Member>, Malformed> {
        let mut members = Vec::new();
        let mut keys = Keys::default();
        while let Some(name) = scanner.name(members.is_empty())? {
            let key_span = self.span(name.start.saturating_sub(1), name.end.saturating_add(1));
            let raw = self.raw(name.start, name.end);
            let key: Box<str> = match string(raw) {
                Kind::String(key) => key,
                // No text can be it; as it is written it is at least told apart.
                Kind::Null
                | Kind::Bool(_)
                | Kind::Number(_)
                | Kind::Raw(_)
                | Kind::Array(_)
                | Kind::Object(_) => raw.into(),
            };
            if let Some(first) = keys.first(&members, &key) {
                self.found.push(super::twice(&key, key_span, first));
            }
            let value = self.value(scanner)?;
            members.push(Member { key, key_span, value });
        }
        Ok(members)
    }
}

fn string(raw: &str) -> Kind {
    if !raw.contains('\\') {
        return Kind::String(raw.into());
    }
    let text = Text::from_raw(raw);
    match text.decode() {
        Some(plain) => Kind::String(plain.into()),
        None => Kind::Raw(text),
    }
}
