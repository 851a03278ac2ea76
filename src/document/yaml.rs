//! YAML 1.2 (core schema) into the tree, from parser events. Aliases are copied, within bounds.
//! Merge keys and tags beyond the core schema are refused, not guessed at.

use std::borrow::Cow;
use std::collections::HashMap;

use saphyr_parser::{Event, Parser, ScalarStyle, Tag};

use super::{Keys, Kind, MAX_COPIES, MAX_DEPTH, MAX_NODES, Member, Node};
use crate::diagnostic::{Diagnostic, FileId, Span};

/// How many characters lie between two known offsets.
const STRIDE: usize = 64;

/// Byte offsets from the character offsets of the parser.
struct Offsets<'t> {
    text: &'t str,
    /// Bytes before `text` in the file.
    base: usize,
    /// Byte offset of every character whose index divides by [`STRIDE`]; none if all is ASCII.
    marks: Vec<u32>,
}

impl<'t> Offsets<'t> {
    fn new(text: &'t str, base: usize) -> Self {
        let mut marks = Vec::new();
        if !text.is_ascii() {
            let every = text.char_indices().step_by(STRIDE);
            marks.extend(every.map(|(at, _)| u32::try_from(at).unwrap_or(u32::MAX)));
        }
        Self { text, base, marks }
    }

    fn at(&self, index: usize) -> u32 {
        let byte = if self.marks.is_empty() {
            index.min(self.text.len())
        } else {
            let mark = self.marks.get(index / STRIDE).and_then(|at| usize::try_from(*at).ok());
            let start = mark.unwrap_or(self.text.len());
            let rest = self.text.get(start..).unwrap_or_default();
            let further = rest.char_indices().nth(index % STRIDE).map_or(rest.len(), |(at, _)| at);
            start.saturating_add(further)
        };
        u32::try_from(byte.saturating_add(self.base)).unwrap_or(u32::MAX)
    }
}

/// An array or object that is not complete yet.
struct Open {
    anchor: usize,
    start: u32,
    items: Vec<Node>,
    members: Option<(Vec<Member>, Keys)>,
    key: Option<(Box<str>, Span)>,
    /// Levels beneath it, so far.
    height: usize,
}

/// What an alias stands for.
#[derive(Clone)]
struct Anchored {
    node: Node,
    size: usize,
    height: usize,
}

struct Builder<'t> {
    file: FileId,
    offsets: Offsets<'t>,
    stack: Vec<Open>,
    anchors: HashMap<usize, Anchored>,
    nodes: usize,
    /// Those of them that are copies.
    copies: usize,
    done: Option<Node>,
    found: Vec<Diagnostic>,
}

/// A text with a bracket right behind it, within braces, on a line (from 1) or the one before it.
fn bracketed(text: &str, line: usize) -> Option<&str> {
    let before = line.saturating_sub(2);
    let lines = text.lines().skip(before).take(line.saturating_sub(before));
    lines
        .filter_map(|line| {
            let braces = line.find('{')?;
            let inside = line.get(braces..)?;
            let begins = |c: char| c.is_whitespace() || matches!(c, '{' | ',' | '"' | '\'');
            let ends = |c: char| c.is_whitespace() || matches!(c, '}' | ',' | ':');
            let mut words =
                inside.split(begins).map(|word| word.split(ends).next().unwrap_or(word));
            words.find(|word| word.find('[').is_some_and(|at| at > 0))
        })
        .last()
}

/// Reads one document; `base` bytes stand before `text` in the file.
pub(super) fn parse(file: FileId, text: &str, base: usize) -> Result<Node, Vec<Diagnostic>> {
    let mut builder = Builder {
        file,
        offsets: Offsets::new(text, base),
        stack: Vec::new(),
        anchors: HashMap::new(),
        nodes: 0,
        copies: 0,
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
                Err(match error.info() {
                    "recursion limit exceeded" => too_deep(span),
                    info => {
                        let wrong = Diagnostic::error("F101", span, format!("not YAML: {info}"));
                        let text = bracketed(text, error.marker().line());
                        let text = text.filter(|_| info.contains("flow mapping"));
                        wrong.helped(text.map(|text| {
                            format!(
                                "within `{{ … }}`, a text with brackets is quoted: `\"{text}\"`"
                            )
                        }))
                    }
                })
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

fn too_deep(span: Span) -> Diagnostic {
    Diagnostic::error("F105", span, "nested too deep").label(format!("at most {MAX_DEPTH} levels"))
}

impl Builder<'_> {
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
                let Some(Anchored { node, size, height }) = self.anchors.get(&anchor).cloned()
                else {
                    return Err(Diagnostic::error("F103", span, "an alias of what holds it")
                        .label("its anchor is not complete here"));
                };
                self.copied(size, span)?;
                if self.stack.len().saturating_add(height) > MAX_DEPTH {
                    return Err(too_deep(span));
                }
                if self.wants_key() {
                    let key = node.as_str().map(Box::from);
                    return self.key(key, span);
                }
                self.put(Node { span, ..node }, 0, height)
            }
            Event::Scalar(text, style, anchor, tag) => {
                self.count(1, span)?;
                let plain = style == ScalarStyle::Plain;
                let kind = scalar(&text, (plain, tag.as_deref()), span)?;
                if self.wants_key() {
                    if plain && text == "<<" {
                        return Err(Diagnostic::error("F110", span, "merge keys are not YAML 1.2")
                            .help("write the members out, or quote the key"));
                    }
                    self.anchor(anchor, &Node { span, kind: Kind::String((&*text).into()) }, 0)?;
                    return self.key(Some((&*text).into()), span);
                }
                self.put(Node { span, kind }, anchor, 0)
            }
            Event::SequenceStart(anchor, tag) => {
                collection(tag.as_deref(), "seq", span)?;
                self.open(anchor, span, None)
            }
            Event::MappingStart(anchor, tag) => {
                collection(tag.as_deref(), "map", span)?;
                self.open(anchor, span, Some((Vec::new(), Keys::default())))
            }
            Event::SequenceEnd | Event::MappingEnd => {
                let Some(open) = self.stack.pop() else { return Ok(()) };
                let kind = match open.members {
                    Some((members, _)) => Kind::Object(members),
                    None => Kind::Array(open.items),
                };
                let span = Span { file: self.file, start: open.start, end: span.end };
                self.put(Node { span, kind }, open.anchor, open.height.saturating_add(1))
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

    /// Counts what is held a second time.
    fn copied(&mut self, size: usize, span: Span) -> Result<(), Diagnostic> {
        self.copies = self.copies.saturating_add(size);
        if self.copies > MAX_COPIES {
            return Err(Diagnostic::error("F104", span, "aliases stand for more than allowed")
                .label(format!("at most {MAX_COPIES} values, counted each time")));
        }
        self.count(size, span)
    }

    fn open(
        &mut self,
        anchor: usize,
        span: Span,
        members: Option<(Vec<Member>, Keys)>,
    ) -> Result<(), Diagnostic> {
        self.count(1, span)?;
        if self.stack.len() >= MAX_DEPTH {
            return Err(too_deep(span));
        }
        if self.wants_key() {
            return self.key(None, span);
        }
        let items = Vec::new();
        self.stack.push(Open { anchor, start: span.start, items, members, key: None, height: 0 });
        Ok(())
    }

    fn wants_key(&self) -> bool {
        self.stack.last().is_some_and(|open| open.members.is_some() && open.key.is_none())
    }

    fn key(&mut self, key: Option<Box<str>>, span: Span) -> Result<(), Diagnostic> {
        let Some(key) = key else {
            return Err(Diagnostic::error("F106", span, "a key must be a scalar"));
        };
        let Some(open) = self.stack.last_mut() else { return Ok(()) };
        let Some((members, keys)) = &mut open.members else { return Ok(()) };
        if let Some(first) = keys.first(members, &key) {
            self.found.push(super::twice(&key, span, first));
        }
        open.key = Some((key, span));
        Ok(())
    }

    fn anchor(&mut self, anchor: usize, node: &Node, height: usize) -> Result<(), Diagnostic> {
        if anchor > 0 {
            // The copy is held until the end of the document: it counts as an alias does.
            let size = node.size();
            self.copied(size, node.span)?;
            self.anchors.insert(anchor, Anchored { node: node.clone(), size, height });
        }
        Ok(())
    }

    fn put(&mut self, node: Node, anchor: usize, height: usize) -> Result<(), Diagnostic> {
        self.anchor(anchor, &node, height)?;
        let Some(open) = self.stack.last_mut() else {
            self.done = Some(node);
            return Ok(());
        };
        open.height = open.height.max(height);
        match (&mut open.members, open.key.take()) {
            (Some((members, _)), Some((key, key_span))) => {
                members.push(Member { key, key_span, value: node });
            }
            (Some(_), None) => {}
            (None, _) => open.items.push(node),
        }
        Ok(())
    }
}

/// A scalar by its tag, or by the core schema if it is plain and has none.
fn scalar(
    text: &str,
    (is_plain, tag): (bool, Option<&Tag>),
    span: Span,
) -> Result<Kind, Diagnostic> {
    let Some(tag) = tag else {
        return if is_plain { plain(text, span) } else { Ok(Kind::String(text.into())) };
    };
    if !tag.is_yaml_core_schema() {
        let quotes = tag.handle.is_empty() && tag.suffix == "!";
        return if quotes { Ok(Kind::String(text.into())) } else { Err(unknown_tag(tag, span)) };
    }
    let kind = plain(text, span)?;
    match (&*tag.suffix, &kind) {
        ("str", _) => Ok(Kind::String(text.into())),
        ("int" | "float", Kind::Number(_)) | ("bool", Kind::Bool(_)) | ("null", Kind::Null) => {
            Ok(kind)
        }
        _ => Err(unknown_tag(tag, span)),
    }
}

fn collection(tag: Option<&Tag>, name: &str, span: Span) -> Result<(), Diagnostic> {
    match tag {
        Some(tag) if !(tag.is_yaml_core_schema() && tag.suffix == name) => {
            Err(unknown_tag(tag, span))
        }
        Some(_) | None => Ok(()),
    }
}

fn unknown_tag(tag: &Tag, span: Span) -> Diagnostic {
    Diagnostic::error("F109", span, format!("the tag `{}` does not fit here", tag.suffix))
        .label("expected JSON's types")
        .help("leave the tag out")
}

/// A plain scalar by the core schema.
fn plain(text: &str, span: Span) -> Result<Kind, Diagnostic> {
    Ok(match text {
        "" | "~" | "null" | "Null" | "NULL" => Kind::Null,
        "true" | "True" | "TRUE" => Kind::Bool(true),
        "false" | "False" | "FALSE" => Kind::Bool(false),
        ".nan" | ".NaN" | ".NAN" => return Err(no_number(span)),
        _ => match number(text) {
            Some(number) => Kind::Number(number.into()),
            None if matches!(text.trim_start_matches(['+', '-']), ".inf" | ".Inf" | ".INF") => {
                return Err(no_number(span));
            }
            None => Kind::String(Box::from(text)),
        },
    })
}

fn no_number(span: Span) -> Diagnostic {
    Diagnostic::error("F108", span, "JSON has no such number")
        .help("quote it, if it is meant as text")
}

/// The JSON spelling of a number of the core schema.
fn number(text: &str) -> Option<Cow<'_, str>> {
    let first = text.bytes().next()?;
    if !first.is_ascii_digit() && !matches!(first, b'-' | b'+' | b'.') {
        return None;
    }
    if json_number(text) {
        return Some(Cow::Borrowed(text));
    }
    for (prefix, radix) in [("0x", 16), ("0o", 8)] {
        if let Some(digits) = text.strip_prefix(prefix) {
            let all = !digits.is_empty() && digits.chars().all(|c| c.is_digit(radix));
            let number = u128::from_str_radix(digits, radix).ok().filter(|_| all)?;
            return Some(Cow::Owned(number.to_string()));
        }
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
    json_number(&spelled).then_some(Cow::Owned(spelled))
}

fn json_number(text: &str) -> bool {
    let value = crate::json::parse(text.as_bytes(), 1);
    value.is_ok_and(|v| matches!(v, crate::json::Value::Number(_)))
}
