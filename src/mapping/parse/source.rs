//! Sources: where a value comes from that the message does not bring; and the rules that are one,
//! `added` and `removed`.

use super::block::Entry;
use super::literal::is_word;
use super::words::{LONG, Word, later, names, now};
use super::{Long, Parser, Root};
use crate::diagnostic::{Diagnostic, Span};
use crate::document::{Member, Node};
use crate::json::{Path, Segment, Text, Value};
use crate::mapping::{Cell, Piece, Rule, RuleKind, Source};
use crate::version::Side;

/// The words of an expression; the first four are what it is.
const WORDS: &[Word<Draft>] = &[
    now("$const", |p, m, draft| draft.source = Some(p.constant(&m.value))),
    now("$placeholder", |p, m, draft| {
        draft.source = Some(Source::Placeholder(p.literal(&m.value)));
    }),
    now("$from", |p, m, draft| draft.from = p.source_path(&m.value, draft.root)),
    now("$text", |p, m, draft| {
        let pieces = p.pieces(&m.value, ("`$text`", draft.root), Parser::source_place);
        draft.source = pieces.map(Source::Text);
    }),
    later("$cel"),
];
/// What may stand beside `$from`.
const FROM: &[Word<Draft>] = &[
    now("map", |p, m, to| p.source_map(m, to)),
    now("else", |p, m, draft| {
        draft.otherwise = p.source(&m.value, draft.root, None).map(Box::new);
    }),
];

struct Draft {
    root: Root,
    source: Option<Source>,
    from: Option<Path>,
    map: Vec<(Cell, Source)>,
    otherwise: Option<Box<Source>>,
}

impl Parser<'_> {
    /// An entry of `added` (`side` is new) or `removed` (old).
    pub(super) fn only(&mut self, entry: &Entry<'_>, side: Side) -> Option<Rule> {
        let place = self.key_path(entry.member, entry.root);
        let mut long = Long::default();
        let source = self.source(&entry.member.value, entry.root, Some(&mut long));
        let only = self.only_of(entry.root, &long);
        let rule = self.entry(entry.name(), entry.member.key_span, long);
        let (place, source) = (place?, source?);
        let source = match source {
            Source::Literal(value) => Source::Literal(selected(&place, value)),
            Source::Placeholder(value) => Source::Placeholder(selected(&place, value)),
            source @ (Source::Absent | Source::From { .. } | Source::Text(_)) => source,
        };
        Some(Rule { only, ..Rule::new(rule, RuleKind::Only { side, place, source }) })
    }

    /// A source; with `long`, one that may say why and what it loses.
    pub(super) fn source(
        &mut self,
        node: &Node,
        root: Root,
        long: Option<&mut Long>,
    ) -> Option<Source> {
        if node.as_str() == Some("$absent") {
            return Some(Source::Absent);
        }
        let mut words = node.members().iter().filter(|m| is_word(&m.key));
        let Some(first) = words.next() else {
            return Some(Source::Literal(self.literal(node)));
        };
        if let Some(second) = words.next() {
            let what = format!("`{}` and `{}` in one expression", first.key, second.key);
            let wrong = Diagnostic::error("F318", second.key_span, what);
            self.report(wrong.label("expected one of them").also(first.key_span, "the other one"));
            return None;
        }
        let mut draft = Draft { root, source: None, from: None, map: Vec::new(), otherwise: None };
        let is_from = &*first.key == "$from";
        let is_top = long.is_some();
        let mut own = Long::default();
        for member in node.members() {
            let read = self.word(WORDS, member, &mut draft)
                || (is_from && self.word(FROM, member, &mut draft))
                || (is_top && self.word(LONG, member, &mut own));
            if !read && is_word(&member.key) {
                self.misplaced(&member.key, member.key_span);
            } else if !read {
                let beside = if is_from { FROM } else { &[] };
                let long = if is_top { LONG } else { &[] };
                let known: Vec<&str> = names(beside).chain(names(long)).collect();
                self.unknown(&format!("`{{ {}: … }}`", first.key), member, &known);
            }
        }
        if let Some(long) = long {
            *long = own;
        }
        let Draft { source, from, map, otherwise, .. } = draft;
        let empty = node.get("map").filter(|listed| map.is_empty() && listed.members().is_empty());
        if let Some(empty) = empty.filter(|empty| empty.is_object()) {
            let wrong = Diagnostic::error("F311", empty.span, "`map` lists nothing");
            self.report(wrong.label("expected entries").help("leave it out: every value is carried as it is, and `else` stands for an absent one"));
            return None;
        }
        source.or_else(|| Some(Source::From { path: from?, map, otherwise }))
    }

    /// `$text`, or what a client is told: what stands between braces is a place; two of them are one that stands for itself.
    pub(super) fn pieces(
        &mut self,
        node: &Node,
        (what, root): (&str, Root),
        place_of: fn(&mut Self, &str, Span, Root) -> Option<Path>,
    ) -> Option<Vec<Piece>> {
        let text = self.text(node, what)?;
        let mut pieces = Vec::new();
        let mut literal = String::new();
        let mut rest = text;
        while let Some(at) = rest.find(['{', '}']) {
            let (before, brace) = rest.split_at(at);
            literal.push_str(before);
            rest = brace.get(1..).unwrap_or_default();
            let first = brace.get(..1).unwrap_or_default();
            if let Some(after) = rest.strip_prefix(first) {
                literal.push_str(first);
                rest = after;
                continue;
            }
            let Some((place, after)) = rest.split_once('}').filter(|_| first == "{") else {
                let wrong = Diagnostic::error("F311", node.span, format!("a `{first}` by itself"));
                self.report(
                    wrong.label("expected `{place}`; a brace in the text is written twice"),
                );
                return None;
            };
            if place.contains('{') && !after.starts_with('}') && !place.contains('[') {
                let wrong = Diagnostic::error("F311", node.span, "a `{` that is not closed");
                self.report(wrong.label(format!(
                    "expected `}}` before the next `{{`, in `{{{place}`; a brace in the text is written twice"
                )));
                return None;
            }
            // A dictionary's values, whose braces are not the place's own.
            let (place, after) = match after.strip_prefix('}') {
                Some(_) if place.ends_with('{') => (&*format!("{place}}}"), after.get(1..)?),
                _ => (place, after),
            };
            rest = after;
            let path = place_of(self, place, node.span, root)?;
            if let Some(many) = path.0.iter().find(|s| matches!(s, Segment::Each | Segment::Values))
            {
                let many = if *many == Segment::Each { "[]" } else { "{}" };
                let what = format!("`{place}` is of many values");
                let wrong = Diagnostic::error("F311", node.span, what);
                self.report(wrong.label(format!("expected a single place, without `{many}`")));
                return None;
            }
            if !literal.is_empty() {
                pieces.push(Piece::Literal(std::mem::take(&mut literal).into()));
            }
            pieces.push(Piece::Place(path));
        }
        literal.push_str(rest);
        pieces.extend((!literal.is_empty()).then(|| Piece::Literal(literal.into())));
        Some(pieces)
    }

    /// `$const`: any JSON; `$absent` too, which has no other long form.
    fn constant(&mut self, node: &Node) -> Source {
        match node.as_str() {
            Some("$absent") => Source::Absent,
            _ => Source::Literal(self.literal(node)),
        }
    }

    fn source_map(&mut self, member: &Member, draft: &mut Draft) {
        for entry in self.table(&member.value, "`map`") {
            let key = Cell::Key(self.literal_key(entry));
            if let Some(source) = self.source(&entry.value, draft.root, None) {
                draft.map.push((key, source));
            }
        }
    }
}

/// The constant of an element that is named by its fields: with these, which it is made with and
/// comes back with.
fn selected(place: &Path, value: Value) -> Value {
    let Some(Segment::Select(fields)) = place.0.last() else { return value };
    fields.iter().fold(value, |value, (names, wanted)| with(value, names, wanted))
}

fn with(value: Value, names: &[Box<str>], wanted: &Value) -> Value {
    let Some((first, rest)) = names.split_first() else { return wanted.clone() };
    let Value::Object(mut members) = value else { return value };
    let name = Text::from_plain(first);
    if let Some((_, inner)) = members.iter_mut().find(|(n, _)| n.same(&name)) {
        let before = std::mem::replace(inner, Value::Null);
        *inner = with(before, rest, wanted);
    } else {
        members.push((name, with(Value::Object(Vec::new()), rest, wanted)));
    }
    Value::Object(members)
}
