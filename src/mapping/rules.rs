//! Blocks and rules from a document. Every rule word is one arm of [`Rules::word`]; every part of
//! a field one of [`Rules::part`].

use super::path;
use super::{
    Alias, Block, Cell, Field, Listed, Loses, Otherwise, Parts, Prefer, Rule, RuleInfo, RuleKind,
    Source, Unmapped,
};
use crate::codec::Repr;
use crate::diagnostic::{Diagnostic, Span};
use crate::document::{Kind, Member, Node};
use crate::json::{Path, Segment, Text, Value};
use crate::version::Side;

const WORDS: &[&str] = &["fields", "added", "removed", "alias", "in", "unmapped"];
const LATER: &[&str] =
    &["table", "join", "switch", "when", "compute", "refuse", "nulls", "status", "partial"];
const PARTS: &[&str] = &[
    "to", "absent", "map", "back", "pairs", "else", "set", "convert", "wrap", "each", "loses",
    "why",
];
const PARTS_LATER: &[&str] = &["keys", "keyed", "text", "fold", "only"];

/// Rules while they are read.
#[derive(Default)]
pub(super) struct Rules {
    infos: Vec<RuleInfo>,
    found: Vec<Diagnostic>,
}

/// An unknown word, with the nearest known one.
pub(super) fn unknown(code: &'static str, member: &Member, known: &[&str]) -> Diagnostic {
    let nearest = known.iter().min_by_key(|word| distance(word, &member.key));
    let diagnostic =
        Diagnostic::error(code, member.key_span, format!("unknown word `{}`", member.key));
    match nearest.filter(|word| distance(word, &member.key) <= 2) {
        Some(word) => diagnostic.help(format!("did you mean `{word}`?")),
        None => diagnostic.label(format!("expected one of {}", known.join(", "))),
    }
}

fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut before = i;
        let mut last = i + 1;
        let mut next = vec![last];
        for (y, above) in b.iter().zip(row.iter().skip(1)) {
            last = if x == *y { before } else { 1 + before.min(last).min(*above) };
            before = *above;
            next.push(last);
        }
        row = next;
    }
    row.last().copied().unwrap_or(0)
}

/// `unmapped: pass | drop`
pub(super) fn unmapped(node: Option<&Node>, found: &mut Vec<Diagnostic>) -> Option<Unmapped> {
    let node = node?;
    match node.as_str() {
        Some("pass") => Some(Unmapped::Pass),
        Some("drop") => Some(Unmapped::Drop),
        _ => {
            found.push(
                Diagnostic::error("F308", node.span, "unknown value of `unmapped`")
                    .label("expected `pass` or `drop`"),
            );
            None
        }
    }
}

/// Literal JSON: `$$` begins a literal dollar.
pub(super) fn literal(node: &Node) -> Value {
    match &node.kind {
        Kind::String(text) => Value::string(undollar(text)),
        Kind::Array(items) => Value::Array(items.iter().map(literal).collect()),
        Kind::Object(members) => {
            let member = |m: &Member| (Text::from_plain(undollar(&m.key)), literal(&m.value));
            Value::Object(members.iter().map(member).collect())
        }
        Kind::Null | Kind::Bool(_) | Kind::Number(_) | Kind::Raw(_) => node.to_json(),
    }
}

fn undollar(text: &str) -> &str {
    if text.starts_with("$$") { text.get(1..).unwrap_or(text) } else { text }
}

impl Rules {
    /// Everything that was read.
    pub(super) fn finish(self) -> (Vec<RuleInfo>, Vec<Diagnostic>) {
        (self.infos, self.found)
    }

    /// Adds an entry for a rule or block.
    pub(super) fn add(
        &mut self,
        name: String,
        span: Span,
        loses: Loses,
        why: Option<Box<str>>,
    ) -> u32 {
        self.infos.push(super::parse::info(name, span, loses, why));
        u32::try_from(self.infos.len() - 1).unwrap_or(u32::MAX)
    }

    fn error(&mut self, code: &'static str, span: Span, what: &str, expected: &str) {
        self.found.push(Diagnostic::error(code, span, what).label(expected));
    }

    fn not_yet(&mut self, span: Span, what: &str) {
        self.found.push(Diagnostic::error("F399", span, format!("{what} is not supported yet")));
    }

    /// A block; `part` is the message part that its paths begin with, empty for a type's.
    pub(super) fn block(
        &mut self,
        name: &str,
        span: Span,
        node: &Node,
        part: &str,
    ) -> Option<Block> {
        if !node.is_object() && node.kind != Kind::Null {
            self.error("F309", node.span, "not a block of rules", "expected a table of rule words");
            return None;
        }
        let rule = self.add(name.to_owned(), span, Loses::Report, None);
        let mut block = Block { rule, rules: Vec::new(), unmapped: None };
        for member in node.members() {
            self.word(name, member, part, &mut block);
        }
        self.claims(&block);
        Some(block)
    }

    fn word(&mut self, name: &str, member: &Member, part: &str, block: &mut Block) {
        let name = format!("{name}.{}", member.key);
        match &*member.key {
            "unmapped" => block.unmapped = unmapped(Some(&member.value), &mut self.found),
            "fields" | "added" | "removed" | "alias" | "in" => {
                if !member.value.is_object() {
                    let expected = "expected a table of places";
                    return self.error("F309", member.value.span, "not a table", expected);
                }
                for entry in member.value.members() {
                    let name = format!("{name}.{}", entry.key);
                    let rule = match &*member.key {
                        "fields" => self.field(name, entry, part),
                        "added" => self.single(name, entry, part, Side::New),
                        "removed" => self.single(name, entry, part, Side::Old),
                        "alias" => self.alias(name, entry, part),
                        _ => self.within(&name, entry, part),
                    };
                    block.rules.extend(rule);
                }
            }
            word if LATER.contains(&word) => self.not_yet(member.key_span, &format!("`{word}`")),
            _ => self.found.push(unknown("F302", member, WORDS)),
        }
    }

    /// Two rules of one block may not claim one place of one side.
    fn claims(&mut self, block: &Block) {
        let mut seen: Vec<(Side, &Path, u32)> = Vec::new();
        for rule in &block.rules {
            let places: Vec<(Side, &Path)> = match &rule.kind {
                RuleKind::Field(field) => vec![(Side::Old, &field.old), (Side::New, &field.new)],
                RuleKind::Only { side, place, .. } => vec![(*side, place)],
                RuleKind::Alias(alias) => match alias.side {
                    Some(side) => vec![(side, &alias.second)],
                    None => vec![(Side::Old, &alias.second), (Side::New, &alias.second)],
                },
                RuleKind::In { .. } => Vec::new(),
            };
            for (side, place) in places {
                let first = seen.iter().find(|(s, p, _)| *s == side && *p == place);
                if let Some((_, _, first)) = first {
                    let span = |rule: u32| {
                        let info = usize::try_from(rule).ok().and_then(|at| self.infos.get(at));
                        info.map(|i| i.span)
                    };
                    let which = if side == Side::Old { "old" } else { "new" };
                    if let (Some(at), Some(before)) = (span(rule.rule), span(*first)) {
                        self.found.push(
                            Diagnostic::error(
                                "F310",
                                at,
                                format!("two rules claim `{place}` of the {which} side"),
                            )
                            .also(before, "the other one"),
                        );
                    }
                }
                seen.push((side, place, rule.rule));
            }
        }
    }

    /// A path, without the message part that it begins with.
    fn path(&mut self, text: &str, span: Span, part: &str) -> Option<Path> {
        let path = match path::parse(text) {
            Ok(path) => path,
            Err(bad) => {
                let what = format!("not a place: `{text}`");
                self.error(
                    "F311",
                    span,
                    &what,
                    &format!("expected {} at {}", bad.expected, bad.at + 1),
                );
                return None;
            }
        };
        if part.is_empty() {
            return Some(path);
        }
        match path.0.split_first() {
            Some((Segment::Name(first), rest)) if **first == *part => Some(Path(rest.to_vec())),
            _ => {
                let what = format!("`{text}`: a part of the message other than the body");
                self.not_yet(span, &what);
                None
            }
        }
    }

    fn long(&mut self, node: &Node) -> (Loses, Option<Box<str>>) {
        let why = node.get("why").and_then(Node::as_str).map(Box::from);
        let loses = match node.get("loses") {
            None => Loses::Report,
            Some(word) => match word.as_str() {
                Some("report") => Loses::Report,
                Some("refuse") => Loses::Refuse,
                Some("allow") => Loses::Allow,
                _ => {
                    self.error(
                        "F312",
                        word.span,
                        "unknown value of `loses`",
                        "expected `report`, `refuse` or `allow`",
                    );
                    Loses::Report
                }
            },
        };
        (loses, why)
    }

    fn field(&mut self, name: String, entry: &Member, part: &str) -> Option<Rule> {
        let old = self.path(&entry.key, entry.key_span, part);
        let (new, table) = match &entry.value.kind {
            Kind::String(text) => (self.path(text, entry.value.span, part), None),
            Kind::Object(_) => match entry.value.get("to") {
                Some(to) => {
                    if let Some(text) = to.as_str() {
                        (self.path(text, to.span, part), Some(&entry.value))
                    } else {
                        self.error("F311", to.span, "not a place", "expected a path");
                        return None;
                    }
                }
                None => (old.clone(), Some(&entry.value)),
            },
            Kind::Null | Kind::Bool(_) | Kind::Number(_) | Kind::Raw(_) | Kind::Array(_) => {
                self.error(
                    "F313",
                    entry.value.span,
                    "not a field",
                    "expected a path or a table of parts",
                );
                return None;
            }
        };
        let (loses, why) = self.long(&entry.value);
        let mut field = Field {
            old: old?,
            new: new?,
            absent_old: None,
            absent_new: None,
            parts: Parts::default(),
        };
        if let Some(absent) = table.and_then(|t| t.get("absent")) {
            field.absent_old = absent.get("old").map(literal);
            field.absent_new = absent.get("new").map(literal);
        }
        if let Some(table) = table {
            field.parts = self.parts(table);
        }
        let many =
            |p: &Path| p.0.iter().filter(|s| matches!(s, Segment::Each | Segment::Values)).count();
        if many(&field.new) != many(&field.old) && field.parts.wrap.is_none() {
            self.not_yet(
                entry.key_span,
                "a field whose paths have different numbers of `[]` or `{}`",
            );
        }
        let rule = self.add(name, entry.key_span, loses, why);
        Some(Rule { rule, kind: RuleKind::Field(Box::new(field)) })
    }

    fn parts(&mut self, table: &Node) -> Parts {
        let mut parts = Parts::default();
        for member in table.members() {
            self.part(member, &mut parts);
        }
        parts
    }

    fn part(&mut self, member: &Member, parts: &mut Parts) {
        let value = &member.value;
        match &*member.key {
            "to" | "absent" | "loses" | "why" => {}
            "map" => {
                for entry in value.members() {
                    let (old, new) = (Cell::Key(entry.key.clone()), self.cell(&entry.value));
                    parts.list.push(Listed { old, new, up: true, down: true });
                }
            }
            "back" => {
                for entry in value.members() {
                    let (old, new) = (self.cell(&entry.value), Cell::Key(entry.key.clone()));
                    parts.list.push(Listed { old, new, up: false, down: true });
                }
            }
            "pairs" => {
                for pair in value.items() {
                    if let [old, new] = pair.items() {
                        let (old, new) = (self.cell(old), self.cell(new));
                        parts.list.push(Listed { old, new, up: true, down: true });
                    } else {
                        self.error("F314", pair.span, "not a pair", "expected `[old, new]`");
                    }
                }
            }
            "else" => parts.otherwise = self.otherwise(value),
            "set" => parts.set = value.as_bool() == Some(true),
            "convert" => {
                let side = |rules: &mut Self, key: &str| {
                    if let Some(node) = value.get(key) {
                        rules.repr(node)
                    } else {
                        rules.error(
                            "F315",
                            value.span,
                            "a conversion needs both sides",
                            "expected `{ old: …, new: … }`",
                        );
                        None
                    }
                };
                let (old, new) = (side(self, "old"), side(self, "new"));
                parts.convert = old.zip(new);
            }
            "wrap" => match value.as_str() {
                Some("new") => parts.wrap = Some(Side::New),
                Some("old") => parts.wrap = Some(Side::Old),
                _ => self.error("F316", value.span, "unknown side", "expected `old` or `new`"),
            },
            "each" => parts.each = Some(Box::new(self.parts(value))),
            word if PARTS_LATER.contains(&word) => {
                self.not_yet(member.key_span, &format!("`{word}`"));
            }
            _ => self.found.push(unknown("F302", member, PARTS)),
        }
    }

    fn otherwise(&mut self, node: &Node) -> Otherwise {
        match &node.kind {
            Kind::String(text) if &**text == "keep" => Otherwise::Keep,
            Kind::String(text) if &**text == "refuse" => Otherwise::Refuse,
            Kind::Object(_) => Otherwise::Value {
                old: node.get("old").map(literal),
                new: node.get("new").map(literal),
            },
            Kind::Null
            | Kind::Bool(_)
            | Kind::Number(_)
            | Kind::String(_)
            | Kind::Raw(_)
            | Kind::Array(_) => {
                self.error(
                    "F317",
                    node.span,
                    "unknown value of `else`",
                    "expected `keep`, `refuse` or `{ old: …, new: … }`",
                );
                Otherwise::Keep
            }
        }
    }

    fn cell(&mut self, node: &Node) -> Cell {
        match node.as_str() {
            Some("$absent") => Cell::Absent,
            Some(word) if is_word(word) => {
                self.word_error(word, node.span);
                Cell::Absent
            }
            _ => Cell::Value(literal(node)),
        }
    }

    fn word_error(&mut self, word: &str, span: Span) {
        if ["$text", "$cel", "$none", "$any", "$present"].contains(&word) {
            self.not_yet(span, &format!("`{word}`"));
        } else {
            let what = format!("unknown word `{word}`");
            self.error("F318", span, &what, "a literal dollar is written `$$`");
        }
    }

    fn repr(&mut self, node: &Node) -> Option<Repr> {
        let one = |key: &str| node.get(key).map(Node::to_json);
        let found = match node.as_str() {
            Some("integer") => Some(Repr::Integer),
            Some("number") => Some(Repr::Number),
            Some("string") => Some(Repr::String),
            Some("bool") => Some(Repr::Bool),
            Some("0/1") => Some(Repr::ZeroOne),
            Some("true/false") => Some(Repr::TrueFalse),
            _ => None,
        };
        if found.is_some() {
            return found;
        }
        if let Some(Value::Number(digits)) = one("scaled")
            && let Ok(digits) = digits.parse()
        {
            return Some(Repr::Scaled(digits));
        }
        if let Some(unit) = node.get("unit") {
            return match &unit.kind {
                Kind::String(text) | Kind::Number(text) => Some(Repr::Unit(text.clone())),
                Kind::Null | Kind::Bool(_) | Kind::Raw(_) | Kind::Array(_) | Kind::Object(_) => {
                    None
                }
            };
        }
        if let Some([yes, no]) = node.get("words").map(Node::items) {
            return Some(Repr::Words(yes.as_str()?.into(), no.as_str()?.into()));
        }
        self.error(
            "F319",
            node.span,
            "unknown representation",
            "expected integer, number, string, {scaled: n}, {unit: n}, bool, 0/1, true/false or {words: [a, b]}",
        );
        None
    }

    fn single(&mut self, name: String, entry: &Member, part: &str, side: Side) -> Option<Rule> {
        let place = self.path(&entry.key, entry.key_span, part);
        let (loses, why) = if entry.value.get("$const").is_some() {
            self.long(&entry.value)
        } else {
            (Loses::Report, None)
        };
        let source = self.source(&entry.value, part);
        let rule = self.add(name, entry.key_span, loses, why);
        Some(Rule { rule, kind: RuleKind::Only { side, place: place?, source: source? } })
    }

    fn source(&mut self, node: &Node, part: &str) -> Option<Source> {
        if let Some(word) = node.as_str().filter(|w| is_word(w)) {
            if word == "$absent" {
                return Some(Source::Absent);
            }
            self.word_error(word, node.span);
            return None;
        }
        let Some(word) = node.members().iter().find(|m| is_word(&m.key)) else {
            return Some(Source::Literal(literal(node)));
        };
        match &*word.key {
            "$const" => Some(Source::Literal(literal(&word.value))),
            "$placeholder" => Some(Source::Placeholder(literal(&word.value))),
            "$from" => {
                let Some(text) = word.value.as_str() else {
                    self.error("F311", word.value.span, "not a place", "expected a path");
                    return None;
                };
                let path = self.path(text, word.value.span, part)?;
                let mut map = Vec::new();
                for entry in node.get("map").map(Node::members).unwrap_or_default() {
                    map.push((Cell::Key(entry.key.clone()), self.source(&entry.value, part)?));
                }
                let otherwise = match node.get("else") {
                    Some(node) => Some(Box::new(self.source(node, part)?)),
                    None => None,
                };
                Some(Source::From { path, map, otherwise })
            }
            other => {
                self.word_error(other, word.key_span);
                None
            }
        }
    }

    fn alias(&mut self, name: String, entry: &Member, part: &str) -> Option<Rule> {
        let second = self.path(&entry.key, entry.key_span, part);
        let of = entry.value.get("of").unwrap_or(&entry.value);
        let Some(text) = of.as_str() else {
            self.error("F320", of.span, "not an alias", "expected the place that this one repeats");
            return None;
        };
        let first = self.path(text, of.span, part);
        let (loses, why) = self.long(&entry.value);
        let side = match entry.value.get("side").and_then(Node::as_str) {
            None | Some("old") => Some(Side::Old),
            Some("new") => Some(Side::New),
            Some(_) => None,
        };
        let prefer = match entry.value.get("prefer").and_then(Node::as_str) {
            Some("second") => Prefer::Second,
            Some("refuse") => Prefer::Refuse,
            _ => Prefer::First,
        };
        let map = entry.value.get("map").map(Node::members).unwrap_or_default();
        let map = map.iter().map(|m| (Cell::Key(m.key.clone()), literal(&m.value))).collect();
        let rule = self.add(name, entry.key_span, loses, why);
        let alias = Alias { side, second: second?, first: first?, map, prefer };
        Some(Rule { rule, kind: RuleKind::Alias(Box::new(alias)) })
    }

    fn within(&mut self, name: &str, entry: &Member, part: &str) -> Option<Rule> {
        let old = self.path(&entry.key, entry.key_span, part);
        let new = match entry.value.get("to") {
            None => old.clone(),
            Some(to) => to.as_str().and_then(|text| self.path(text, to.span, part)),
        };
        let rest = entry.value.members().iter().filter(|m| &*m.key != "to").cloned().collect();
        let node = Node { span: entry.value.span, kind: Kind::Object(rest) };
        let block = self.block(name, entry.key_span, &node, "")?;
        let rule = block.rule;
        Some(Rule { rule, kind: RuleKind::In { old: old?, new: new?, block } })
    }
}

fn is_word(text: &str) -> bool {
    text.starts_with('$') && !text.starts_with("$$") && text.len() > 1
}
