//! YAML 1.2 (core schema) into the tree, from parser events. Aliases are copied, within bounds.
#![expect(clippy::result_large_err, reason = "made once for a file that is not read on")]

use std::borrow::Cow;
use std::collections::HashMap;

use saphyr_parser::{Event, Parser, ScalarStyle};

use super::{Kind, MAX_DEPTH, MAX_NODES, Member, Node};
use crate::diagnostic::{Diagnostic, FileId, Span};

/// Byte offsets from character offsets, which ascend mostly.
struct Offsets {
    starts: Vec<u32>,
    ascii: bool,
}

impl Offsets {
    fn new(text: &str) -> Self {
        let ascii = text.is_ascii();
        let starts = if ascii {
            Vec::new()
        } else {
            let ends = std::iter::once(text.len());
            let starts = text.char_indices().map(|(at, _)| at).chain(ends);
            starts.map(|at| u32::try_from(at).unwrap_or(u32::MAX)).collect()
        };
        Self { starts, ascii }
    }

    fn at(&self, index: usize) -> u32 {
        if self.ascii {
            return u32::try_from(index).unwrap_or(u32::MAX);
        }
        let last = self.starts.last().copied().unwrap_or(0);
        self.starts.get(index).copied().unwrap_or(last)
    }
}

/// An array or object that is not complete yet.
struct Open {
    anchor: usize,
    start: u32,
    items: Vec<Node>,
    members: Option<Vec<Member>>,
    key: Option<(Box<str>, Span)>,
}

struct Builder {
    file: FileId,
    offsets: Offsets,
    stack: Vec<Open>,
    anchors: HashMap<usize, (Node, usize)>,
    nodes: usize,
    done: Option<Node>,
    found: Vec<Diagnostic>,
}

/// Reads one document.
pub(super) fn parse(file: FileId, text: &str) -> Result<Node, Vec<Diagnostic>> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut builder = Builder {
        file,
        offsets: Offsets::new(text),
        stack: Vec::new(),
        anchors: HashMap::new(),
        nodes: 0,
        done: None,
        found: Vec::new(),
    };
    for event in Parser::new_from_str(text) {
        let step = match event {
            Ok((event, span)) => {
                let span = builder.span(span.start.index(), span.end.index());
                builder.event(event, span)
            }
            Err(error) => {
                let at = error.marker().index();
                let span = builder.span(at, at.saturating_add(1));
                Err(Diagnostic::error("F101", span, format!("not YAML: {}", error.info())))
            }
        };
        if let Err(diagnostic) = step {
            builder.found.push(diagnostic);
            return Err(builder.found);
        }
    }
    if !builder.found.is_empty() {
        return Err(builder.found);
    }
    let empty = Node { span: builder.span(0, 0), kind: Kind::Null };
    Ok(builder.done.unwrap_or(empty))
}

impl Builder {
    fn span(&self, start: usize, end: usize) -> Span {
        Span { file: self.file, start: self.offsets.at(start), end: self.offsets.at(end) }
    }

    fn event(&mut self, event: Event<'_>, span: Span) -> Result<(), Diagnostic> {
        match event {
            Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentEnd => Ok(()),
            Event::DocumentStart(_) if self.done.is_none() => Ok(()),
            Event::DocumentStart(_) => {
                Err(Diagnostic::error("F102", span, "a second document in one file")
                    .help("put it into a file of its own"))
            }
            Event::Alias(anchor) => {
                let Some((node, size)) = self.anchors.get(&anchor).cloned() else {
                    return Err(Diagnostic::error("F103", span, "unknown alias"));
                };
                self.count(size, span)?;
                self.put(Node { span, ..node }, 0)
            }
            Event::Scalar(text, style, anchor, tag) => {
                self.count(1, span)?;
                let tagged = tag.is_some_and(|t| t.suffix == "str");
                let kind = if style == ScalarStyle::Plain && !tagged {
                    plain(&text, span)?
                } else {
                    Kind::String(text.into())
                };
                self.put(Node { span, kind }, anchor)
            }
            Event::SequenceStart(anchor, _) => self.open(anchor, span, None),
            Event::MappingStart(anchor, _) => self.open(anchor, span, Some(Vec::new())),
            Event::SequenceEnd | Event::MappingEnd => {
                let Some(open) = self.stack.pop() else { return Ok(()) };
                let kind = match open.members {
                    Some(members) => Kind::Object(members),
                    None => Kind::Array(open.items),
                };
                let span = Span { file: self.file, start: open.start, end: span.end };
                self.put(Node { span, kind }, open.anchor)
            }
        }
    }

    fn count(&mut self, size: usize, span: Span) -> Result<(), Diagnostic> {
        self.nodes = self.nodes.saturating_add(size);
        if self.nodes > MAX_NODES {
            return Err(Diagnostic::error("F104", span, "more values than allowed")
                .label(format!("at most {MAX_NODES}, aliases counted each time")));
        }
        Ok(())
    }

    fn open(
        &mut self,
        anchor: usize,
        span: Span,
        members: Option<Vec<Member>>,
    ) -> Result<(), Diagnostic> {
        self.count(1, span)?;
        if self.stack.len() >= MAX_DEPTH {
            return Err(Diagnostic::error("F105", span, "nested too deep")
                .label(format!("at most {MAX_DEPTH} levels")));
        }
        self.stack.push(Open { anchor, start: span.start, items: Vec::new(), members, key: None });
        Ok(())
    }

    fn put(&mut self, node: Node, anchor: usize) -> Result<(), Diagnostic> {
        if anchor > 0 {
            let size = node.size();
            self.anchors.insert(anchor, (node.clone(), size));
        }
        let Some(open) = self.stack.last_mut() else {
            self.done = Some(node);
            return Ok(());
        };
        let Some(members) = &mut open.members else {
            open.items.push(node);
            return Ok(());
        };
        if let Some((key, key_span)) = open.key.take() {
            members.push(Member { key, key_span, value: node });
        } else {
            let key: Box<str> = match &node.kind {
                Kind::String(text) | Kind::Number(text) => text.clone(),
                Kind::Bool(b) => Box::from(if *b { "true" } else { "false" }),
                Kind::Null => Box::from("null"),
                Kind::Array(_) | Kind::Object(_) => {
                    return Err(Diagnostic::error("F106", node.span, "a key must be a scalar"));
                }
            };
            if let Some(first) = members.iter().find(|m| m.key == key) {
                let twice = format!("the key `{key}` stands twice");
                let diagnostic = Diagnostic::error("F107", node.span, twice);
                self.found.push(diagnostic.also(first.key_span, "first here"));
            }
            open.key = Some((key, node.span));
        }
        Ok(())
    }
}

/// A plain scalar by the core schema.
fn plain(text: &str, span: Span) -> Result<Kind, Diagnostic> {
    Ok(match text {
        "" | "~" | "null" | "Null" | "NULL" => Kind::Null,
        "true" | "True" | "TRUE" => Kind::Bool(true),
        "false" | "False" | "FALSE" => Kind::Bool(false),
        ".inf" | ".Inf" | ".INF" | "+.inf" | "-.inf" | "-.Inf" | ".nan" | ".NaN" | ".NAN" => {
            return Err(Diagnostic::error("F108", span, "JSON has no such number")
                .help("quote it, if it is meant as text"));
        }
        _ => match number(text) {
            Some(number) => Kind::Number(number.into()),
            None => Kind::String(Box::from(text)),
        },
    })
}

/// The JSON spelling of a number of the core schema.
fn number(text: &str) -> Option<Cow<'_, str>> {
    if crate::json::parse(text.as_bytes(), 1)
        .is_ok_and(|v| matches!(v, crate::json::Value::Number(_)))
    {
        return Some(Cow::Borrowed(text));
    }
    if let Some(digits) = text.strip_prefix("0x") {
        return u128::from_str_radix(digits, 16).ok().map(|n| Cow::Owned(n.to_string()));
    }
    if let Some(digits) = text.strip_prefix("0o") {
        return u128::from_str_radix(digits, 8).ok().map(|n| Cow::Owned(n.to_string()));
    }
    let (sign, rest) = match text.strip_prefix('-') {
        Some(rest) => ("-", rest),
        None => ("", text.strip_prefix('+').unwrap_or(text)),
    };
    let end = rest.find(['e', 'E']).unwrap_or(rest.len());
    let (mantissa, exponent) = rest.split_at(end);
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = |t: &str| t.bytes().all(|b| b.is_ascii_digit());
    if !digits(whole) || !digits(fraction) || (whole.is_empty() && fraction.is_empty()) {
        return None;
    }
    let whole = whole.trim_start_matches('0');
    let whole = if whole.is_empty() { "0" } else { whole };
    let point = if fraction.is_empty() { "" } else { "." };
    let spelled = format!("{sign}{whole}{point}{fraction}{exponent}");
    let valid = crate::json::parse(spelled.as_bytes(), 1).is_ok();
    valid.then_some(Cow::Owned(spelled))
}
