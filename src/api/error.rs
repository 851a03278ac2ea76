//! `error:`: the shape of the gateway's own errors, as the newest contract has them. What an error says
//! is known elsewhere.

use http::HeaderValue;

use crate::diagnostic::{Diagnostic, Span};
use crate::document::{Fields, Node};
use crate::json::Value;
use crate::message::header::charsets;
use crate::message::media::{Content, Range, essence};
use crate::message::param;

/// What the texts of a shape may name.
const WORDS: [&str; 4] = ["type", "title", "status", "detail"];

/// The shape of errors.
#[derive(Clone, Debug)]
pub struct ErrorShape {
    /// Of its body.
    pub content_type: HeaderValue,
    /// As what that is written: what is no plain text is a document.
    pub content: Content,
    body: Value,
    /// Where that stands.
    pub span: Span,
}

impl ErrorShape {
    /// Reads it.
    pub(super) fn parse(node: &Node, found: &mut Vec<Diagnostic>) -> Option<Self> {
        let mut fields = Fields::new(node, "`error`");
        let said = fields.text("content-type");
        let content = said.map(|(text, _)| content(text)).unwrap_or_default();
        let content_type = match said {
            Some((text, span)) => {
                content_type(text, content).map_err(|wrong| fields.wrong(span, wrong)).ok()
            }
            None => Some(HeaderValue::from_static("application/json")),
        };
        let body = fields.node("body");
        if let Some(body) = body.filter(|body| content == Content::Text && body.as_str().is_none())
        {
            let help = "write one, such as `body: \"{detail}\"`, or the media type of a document";
            let what = "`body` must be a text, as its `content-type` is one of texts";
            fields.report(Diagnostic::error("F402", body.span, what).help(help));
        }
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
        let (content_type, body, span) = (content_type?, body.to_json(), body.span);
        Some(Self { content_type, content, body, span })
    }

    /// The document of an error that says these things: of a plain text, that text.
    pub fn body(&self, says: impl Fn(&str) -> String) -> Value {
        filled(&self.body, &says)
    }

    /// The same as it is sent.
    pub fn written(&self, says: impl Fn(&str) -> String) -> Vec<u8> {
        if self.content != Content::Text {
            return self.body(says).to_string().into_bytes();
        }
        // A detail may have something of what the client said, which no browser may take for markup.
        let own = self.content_type.to_str().map(essence).unwrap_or_default();
        let own = own.to_ascii_lowercase();
        let is_markup = ["text/html", "text/xml"].contains(&&*own) || own.ends_with("+xml");
        let body = self.body(|word| if is_markup { escaped(&says(word)) } else { says(word) });
        param::text(&body).unwrap_or_default().into_bytes()
    }
}

/// As what an error of a media type is written; JSON has had names among texts, too (`text/json`).
fn content(text: &str) -> Content {
    let range = Range::new(text);
    let is_text = range.content() == Content::Text && !range.as_str().ends_with("json");
    if is_text { Content::Text } else { Content::Json }
}

/// A media type as a header says it: what is said of no text is ASCII. `Err`: what is wrong with it.
fn content_type(text: &str, content: Content) -> Result<HeaderValue, &'static str> {
    let wrong = "`content-type` must be a media type, `application/json`";
    let value = HeaderValue::from_str(text).ok().filter(|_| text.contains('/')).ok_or(wrong)?;
    if content != Content::Text {
        return Ok(value);
    }
    let mut charsets = charsets(text).peekable();
    if charsets.peek().is_none() {
        return HeaderValue::from_str(&format!("{text}; charset=utf-8")).map_err(|_| wrong);
    }
    let is_known = charsets.all(|own| own.eq_ignore_ascii_case("utf-8"));
    is_known.then_some(value).ok_or("`content-type` says a charset, and errors are in UTF-8")
}

/// A text between the tags of a markup.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            c => escaped.push(c),
        }
    }
    escaped
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
