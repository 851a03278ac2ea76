//! Literals, cells and the words that begin with a dollar. Where a value comes from is `source`'s.

use super::Parser;
use super::words::suggest;
use crate::diagnostic::{Diagnostic, Span};
use crate::document::{Kind, Member, Node};
use crate::json::{Text, Value};
use crate::mapping::Cell;

/// Words of the language that are not supported yet, wherever they stand.
const LATER: &[&str] = &["$cel", "$any"];
const KNOWN: &[&str] = &[
    "$absent",
    "$from",
    "$text",
    "$placeholder",
    "$const",
    "$not",
    "$present",
    "$string",
    "$integer",
    "$number",
    "$boolean",
    "$object",
    "$array",
];

/// Whether a text is a word of the language; `$$` begins a literal dollar.
pub(super) fn is_word(text: &str) -> bool {
    text.starts_with('$') && !text.starts_with("$$")
}

fn plain(text: &str) -> &str {
    if text.starts_with("$$") { text.get(1..).unwrap_or(text) } else { text }
}

impl Parser<'_> {
    /// Literal JSON, in which words have no place.
    pub(super) fn literal(&mut self, node: &Node) -> Value {
        match &node.kind {
            Kind::String(text) => {
                if is_word(text) {
                    self.misplaced(text, node.span);
                }
                Value::string(plain(text))
            }
            Kind::Array(items) => Value::Array(items.iter().map(|n| self.literal(n)).collect()),
            Kind::Object(members) => Value::Object(
                members
                    .iter()
                    .map(|m| {
                        let key = self.literal_key(m);
                        (Text::from_plain(&key), self.literal(&m.value))
                    })
                    .collect(),
            ),
            Kind::Null | Kind::Bool(_) | Kind::Raw(_) | Kind::Number(_) => node.to_json(),
        }
    }

    /// The key of a literal or of a `map`.
    pub(super) fn literal_key(&mut self, member: &Member) -> Box<str> {
        if is_word(&member.key) {
            self.misplaced(&member.key, member.key_span);
        }
        plain(&member.key).into()
    }

    /// Literal JSON or `$absent`.
    pub(super) fn cell(&mut self, node: &Node) -> Cell {
        match node.as_str() {
            Some("$absent") => Cell::Absent,
            _ => Cell::Value(self.literal(node)),
        }
    }

    /// A word where a literal was expected, or none of the language at all.
    pub(super) fn misplaced(&mut self, word: &str, span: Span) {
        if LATER.contains(&word) {
            return self.not_yet(span, &format!("`{word}`"));
        }
        let what = if KNOWN.contains(&word) {
            format!("`{word}` cannot stand here")
        } else {
            format!("unknown word `{word}`")
        };
        let wrong = Diagnostic::error("F317", span, what)
            .label(format!("expected a literal; as text it is written `${word}`"));
        let known = KNOWN.contains(&word);
        self.report(match word {
            // JSON has a word for it.
            "$null" => wrong.help("write `null`"),
            _ if known => wrong,
            _ => suggest(wrong, word, KNOWN),
        });
    }
}
