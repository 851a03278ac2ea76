//! A YAML or JSON file as a tree in which every value and key knows its place and scalars keep
//! the text they are written in. It knows nothing of mappings or contracts.

use crate::diagnostic::Span;

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
