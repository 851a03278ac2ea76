//! A YAML or JSON file as a tree in which every value and key knows its place and scalars keep
//! the text they are written in. It knows nothing of mappings or contracts.

mod fields;
mod json;
#[cfg(test)]
mod tests;
mod yaml;

use std::collections::HashMap;

pub use fields::Fields;

use crate::diagnostic::{Diagnostic, FileId, Sources, Span};
use crate::json::{Text, Value};

/// A value and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    /// Where it is written.
    pub span: Span,
    /// What it is.
    pub kind: Kind,
}

/// The JSON data model; YAML's core schema is read into it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `null`, `~` or nothing.
    Null,
    /// `true`, `false`.
    Bool(bool),
    /// The text of a JSON number: `1.10` stays `1.10`. YAML forms that JSON lacks are respelled.
    Number(Box<str>),
    /// The decoded text.
    String(Box<str>),
    /// A string with a lone surrogate, which no text is; from JSON only.
    Raw(Text),
    /// A sequence.
    Array(Vec<Node>),
    /// A mapping; keys in order, each once.
    Object(Vec<Member>),
}

/// A member of an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// The decoded key.
    pub key: Box<str>,
    /// Where the key stands.
    pub key_span: Span,
    /// The value.
    pub value: Node,
}

/// Levels of arrays and objects that a file may have.
pub const MAX_DEPTH: usize = 256;
/// Values that a file may have, aliases counted each time.
pub const MAX_NODES: usize = 4_000_000;
/// How many of these may be copies by aliases: a short text must not become a large tree.
pub const MAX_COPIES: usize = 500_000;
/// Bytes that a file may have.
pub const MAX_BYTES: usize = 64 << 20;

/// Reads a file of the sources: JSON where its name or its first byte says so, else YAML.
pub fn parse(sources: &Sources, file: FileId) -> Result<Node, Vec<Diagnostic>> {
    let whole = sources.text(file);
    if whole.len() > MAX_BYTES {
        let span = Span { file, start: 0, end: 0 };
        let large = Diagnostic::error("F111", span, "a file that is too large");
        return Err(vec![large.label(format!("at most {MAX_BYTES} bytes"))]);
    }
    let text = whole.strip_prefix('\u{feff}').unwrap_or(whole);
    let base = whole.len().saturating_sub(text.len());
    let is_json = std::path::Path::new(sources.name(file)).extension().is_some_and(|e| e == "json");
    if is_json || text.trim_start().starts_with(['{', '[']) {
        match json::parse(file, text, base) {
            Ok(node) => return Ok(node),
            Err(json::Failure::Rule(found)) => return Err(found),
            Err(json::Failure::Syntax(found)) if is_json => return Err(vec![found]),
            // Braces open YAML too.
            Err(json::Failure::Syntax(_)) => {}
        }
    }
    yaml::parse(file, text, base)
}

/// Finds keys that stand twice, however many there are.
#[derive(Default)]
struct Keys {
    places: HashMap<Box<str>, Span>,
    known: usize,
}

impl Keys {
    /// Where the key stands among these members already.
    fn first(&mut self, members: &[Member], key: &str) -> Option<Span> {
        if members.len() < 16 {
            return members.iter().find(|m| &*m.key == key).map(|m| m.key_span);
        }
        for member in members.iter().skip(self.known) {
            self.places.entry(member.key.clone()).or_insert(member.key_span);
        }
        self.known = members.len();
        self.places.get(key).copied()
    }
}

fn twice(key: &str, span: Span, first: Span) -> Diagnostic {
    Diagnostic::error("F107", span, format!("the key `{key}` stands twice"))
        .also(first, "first here")
}

impl Node {
    /// The member of that name.
    pub fn get(&self, key: &str) -> Option<&Node> {
        self.member(key).map(|m| &m.value)
    }

    /// The member of that name, with its key.
    pub fn member(&self, key: &str) -> Option<&Member> {
        self.members().iter().find(|m| &*m.key == key)
    }

    /// The members of an object; none of anything else.
    pub fn members(&self) -> &[Member] {
        match &self.kind {
            Kind::Object(members) => members,
            Kind::Null
            | Kind::Bool(_)
            | Kind::Number(_)
            | Kind::String(_)
            | Kind::Raw(_)
            | Kind::Array(_) => &[],
        }
    }

    /// The elements of an array; none of anything else.
    pub fn items(&self) -> &[Node] {
        match &self.kind {
            Kind::Array(items) => items,
            Kind::Null
            | Kind::Bool(_)
            | Kind::Number(_)
            | Kind::String(_)
            | Kind::Raw(_)
            | Kind::Object(_) => &[],
        }
    }

    /// The text of a string.
    pub fn as_str(&self) -> Option<&str> {
        match &self.kind {
            Kind::String(text) => Some(text),
            Kind::Null
            | Kind::Bool(_)
            | Kind::Number(_)
            | Kind::Raw(_)
            | Kind::Array(_)
            | Kind::Object(_) => None,
        }
    }

    /// `true` or `false`.
    pub fn as_bool(&self) -> Option<bool> {
        match &self.kind {
            Kind::Bool(b) => Some(*b),
            Kind::Null
            | Kind::Number(_)
            | Kind::String(_)
            | Kind::Raw(_)
            | Kind::Array(_)
            | Kind::Object(_) => None,
        }
    }

    /// Whether it is an object.
    pub fn is_object(&self) -> bool {
        matches!(self.kind, Kind::Object(_))
    }

    /// The same as JSON.
    pub fn to_json(&self) -> Value {
        match &self.kind {
            Kind::Null => Value::Null,
            Kind::Bool(b) => Value::Bool(*b),
            Kind::Number(n) => Value::Number(n.clone()),
            Kind::String(s) => Value::string(s),
            Kind::Raw(text) => Value::String(text.clone()),
            Kind::Array(items) => Value::Array(items.iter().map(Self::to_json).collect()),
            Kind::Object(members) => Value::Object(
                members.iter().map(|m| (Text::from_plain(&m.key), m.value.to_json())).collect(),
            ),
        }
    }

    /// How many values it holds, itself included.
    fn size(&self) -> usize {
        let beneath: usize = match &self.kind {
            Kind::Array(items) => items.iter().map(Self::size).sum(),
            Kind::Object(members) => members.iter().map(|m| m.value.size()).sum(),
            Kind::Null | Kind::Bool(_) | Kind::Number(_) | Kind::String(_) | Kind::Raw(_) => 0,
        };
        beneath.saturating_add(1)
    }
}
