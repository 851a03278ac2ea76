//! `error:`: the shape of the gateway's own errors, as the newest contract has them. What an error says
//! is known elsewhere.

use http::HeaderValue;

use crate::diagnostic::{Diagnostic, Span};
use crate::document::{Fields, Node};
use crate::json::Value;

/// What the texts of a shape may name.
const WORDS: [&str; 4] = ["type", "title", "status", "detail"];

/// The shape of errors.
#[derive(Clone, Debug)]
pub struct ErrorShape {
    /// Of its body.
    pub content_type: HeaderValue,
    body: Value,
    /// Where that stands.
    pub span: Span,
}

impl ErrorShape {
    /// Reads it.
    pub(super) fn parse(node: &Node, found: &mut Vec<Diagnostic>) -> Option<Self> {
        let mut fields = Fields::new(node, "`error`");
        let content_type = match fields.text("content-type") {
            Some((text, span)) => {
                let value = HeaderValue::from_str(text).ok().filter(|_| text.contains('/'));
                if value.is_none() {
                    fields.wrong(span, "`content-type` must be a media type, `application/json`");
                }
                value
            }
            None => Some(HeaderValue::from_static("application/json")),
        };
        let body = fields.node("body");
        if body.is_none() {
            fields.wrong(node.span, "`error` needs `body`: the document of an error");
        }
        if let Some((word, span)) = body.and_then(unknown) {
            let help = "write one of `{type}`, `{title}`, `{status}`, `{detail}`; `{{` is a brace";
            fields.report(
                Diagnostic::error("F402", span, format!("`{word}` is nothing that an error says"))
                    .help(help),
            );
        }
        fields.finish(found);
        let body = body?;
        Some(Self { content_type: content_type?, body: body.to_json(), span: body.span })
    }

    /// The body of an error that says these things.
    pub fn body(&self, says: impl Fn(&str) -> String) -> Value {
        filled(&self.body, &says)
    }
}

fn filled(value: &Value, says: &dyn Fn(&str) -> String) -> Value {
    match value {
        Value::String(text) => {
            let text = text.decode().unwrap_or_default();
            // A status by itself is a number.
            if text == "{status}" {
                return Value::Number(says("status").into());
            }
            let mut filled = String::new();
            for piece in pieces(&text) {
                match piece {
                    Piece::Text(text) => filled.push_str(text),
                    Piece::Word(word) => filled.push_str(&says(word)),
                }
            }
            Value::string(&filled)
        }
        Value::Array(items) => Value::Array(items.iter().map(|v| self::filled(v, says)).collect()),
        Value::Object(members) => {
            let members = members.iter().map(|(name, v)| (name.clone(), self::filled(v, says)));
            Value::Object(members.collect())
        }
        scalar => scalar.clone(),
    }
}

/// A piece of a text with words in braces.
enum Piece<'t> {
    Text(&'t str),
    Word(&'t str),
}

/// The pieces of `{type}: {{as it is}}`.
fn pieces(text: &str) -> Vec<Piece<'_>> {
    let (mut pieces, mut rest) = (Vec::new(), text);
    while let Some(at) = rest.find(['{', '}']) {
        let (before, from) = rest.split_at(at);
        pieces.push(Piece::Text(before));
        let double = from.starts_with("{{") || from.starts_with("}}");
        let word = from.strip_prefix('{').and_then(|from| from.split_once('}'));
        rest = match (double, word) {
            (true, _) => {
                pieces.push(Piece::Text(from.get(..1).unwrap_or_default()));
                from.get(2..).unwrap_or_default()
            }
            (false, Some((word, after))) => {
                pieces.push(Piece::Word(word));
                after
            }
            (false, None) => {
                pieces.push(Piece::Text(from.get(..1).unwrap_or_default()));
                from.get(1..).unwrap_or_default()
            }
        };
    }
    pieces.push(Piece::Text(rest));
    pieces
}

/// A word in braces that nothing stands for, and where.
fn unknown(node: &Node) -> Option<(String, Span)> {
    if let Some(text) = node.as_str() {
        return pieces(text).into_iter().find_map(|piece| match piece {
            Piece::Word(word) if !WORDS.contains(&word) => Some((format!("{{{word}}}"), node.span)),
            _ => None,
        });
    }
    let members = node.members().iter().map(|member| &member.value);
    node.items().iter().chain(members).find_map(unknown)
}
