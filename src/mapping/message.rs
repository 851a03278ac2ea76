//! Rules of operations, as they are written and taken apart: what is about the body alone can be
//! told from what is about the head, so that either can go through unread.

use super::{
    Block, Cell, Field, Otherwise, Parts, Piece, Predicate, Refuse, Rule, RuleKind, Source,
};
use crate::diagnostic::Span;
use crate::json::{Path, Segment, Value};
use crate::message::media::lowered;
use crate::message::{Texts, param};
use crate::version::Side;

/// The blocks of an operation's messages.
#[derive(Clone, Debug)]
pub struct OperationBlock {
    /// As the key says: `GET /orders` or an `operationId`; of the old contract. `*` is all of them.
    pub old: Box<str>,
    /// The same in the new contract: equal where the key has one side.
    pub new: Box<str>,
    /// Where the key stands.
    pub span: Span,
    /// Rules of requests.
    pub request: Option<Rules>,
    /// Rules of answers below 400.
    pub response: Answers,
    /// Rules of answers from 400 on.
    pub errors: Answers,
}

impl OperationBlock {
    /// Whether it is about all operations.
    pub fn is_all(&self) -> bool {
        &*self.old == "*"
    }

    /// The rules of all of its messages.
    pub fn all(&self) -> impl Iterator<Item = &Rules> {
        self.request.iter().chain(self.response.all()).chain(self.errors.all())
    }

    /// The same, each with the name of the messages that it is about: `request`, `response`, `errors`,
    /// `response 201`.
    pub fn named(&self) -> impl Iterator<Item = (String, &Rules)> {
        let request = self.request.iter().map(|rules| (String::from("request"), rules));
        request.chain(self.response.named("response")).chain(self.errors.named("errors"))
    }

    pub(super) fn all_mut(&mut self) -> impl Iterator<Item = &mut Rules> {
        self.request.iter_mut().chain(self.response.all_mut()).chain(self.errors.all_mut())
    }
}

/// The blocks of answers.
#[derive(Clone, Debug, Default)]
pub struct Answers {
    /// Of all of them.
    pub own: Option<Rules>,
    /// Refinements by status as written: `"201"`, `2XX`.
    pub statuses: Vec<(Box<str>, Rules)>,
}

impl Answers {
    /// The rules of all of them.
    pub fn all(&self) -> impl Iterator<Item = &Rules> {
        self.own.iter().chain(self.statuses.iter().map(|(_, rules)| rules))
    }

    fn named(&self, name: &'static str) -> impl Iterator<Item = (String, &Rules)> {
        let own = self.own.iter().map(move |rules| (String::from(name), rules));
        own.chain(self.statuses.iter().map(move |(of, rules)| (format!("{name} {of}"), rules)))
    }

    pub(super) fn all_mut(&mut self) -> impl Iterator<Item = &mut Rules> {
        self.own.iter_mut().chain(self.statuses.iter_mut().map(|(_, rules)| rules))
    }
}

/// The rules of one kind of message.
#[derive(Clone, Debug)]
pub struct Rules {
    /// All of them; paths begin with the part of the message.
    pub whole: Block,
    /// Those about the body alone, with paths from there on.
    pub body: Block,
    /// Those about other parts alone.
    pub head: Block,
    /// The first rule that is about the body and about another part.
    pub crosses: Option<u32>,
    /// A rule of an answer looks at its request.
    pub asks: bool,
    /// Of requests: those about the head, for an answer that looks at its request. What they lose
    /// was told of the request already.
    pub asked: Option<Block>,
}

impl Rules {
    /// Rules that are not taken apart yet.
    pub(super) fn new(whole: Block) -> Self {
        let none = Block { rules: Vec::new(), ..whole.clone() };
        Self { body: none.clone(), head: none, whole, crosses: None, asks: false, asked: None }
    }

    /// Takes them apart, once they are complete.
    pub(super) fn divide(&mut self) {
        text_block(&mut self.whole, (None, None));
        for rule in &self.whole.rules {
            let mut about = About::default();
            about.rule(rule, (None, None));
            self.asks |= about.request;
            match (about.body, about.head || about.request) {
                (true, true) => {
                    self.crosses.get_or_insert(rule.rule);
                }
                (true, false) => self.body.rules.push(beneath(rule)),
                (false, _) => self.head.rules.push(rule.clone()),
            }
        }
        self.head.unmapped = None;
    }
}

/// A block of a request as it holds for the request that an answer looks at.
pub fn asked(block: Block) -> Block {
    let request = Path::names(&["request"]);
    let (rule, unmapped, nulls) = (block.rule, block.unmapped, block.nulls);
    // What was refused of it has no answer.
    let mut block = block;
    block.rules.retain(|rule| !matches!(rule.kind, RuleKind::Refuse(_)));
    let kind = RuleKind::In { old: request.clone(), new: request, block };
    let rules = vec![Rule::new(rule, kind)];
    Block { rule, rules, unmapped, nulls }
}

/// What rules that relate the head of a request to its body leave of it where there is no body: nothing stands
/// at their places of the head.
pub(super) fn elsewhere(rules: &[Rule]) -> Vec<Rule> {
    let mut found = Vec::new();
    for rule in rules {
        let mut about = About::default();
        about.rule(rule, (None, None));
        if about.body && about.head {
            for (side, place, _) in rule.claims() {
                let part = place.0.first().and_then(|first| match first {
                    Segment::Name(part) => Texts::named(part),
                    _ => None,
                });
                if part.is_some() {
                    let kind = RuleKind::Only { side, place, source: Source::Absent };
                    found.push(Rule { only: None, kind, ..*rule });
                }
            }
        }
    }
    found
}

/// Gives every rule of a block another entry, which `entry` makes of its own.
pub(super) fn renumber(block: &mut Block, entry: &mut dyn FnMut(u32) -> u32) {
    block.rule = entry(block.rule);
    for rule in &mut block.rules {
        rule.rule = entry(rule.rule);
        if let RuleKind::In { block, .. } = &mut rule.kind {
            renumber(block, entry);
        }
    }
}

/// What a rule is about.
#[expect(clippy::struct_excessive_bools, reason = "a rule may be about all of them")]
#[derive(Default)]
struct About {
    body: bool,
    head: bool,
    request: bool,
}

/// The parts that the paths of a block begin in, where an `in` says so.
type Roots<'p> = (Option<&'p Path>, Option<&'p Path>);

impl About {
    fn place(&mut self, root: Option<&Path>, path: &Path) {
        match root.unwrap_or(path).0.first() {
            Some(Segment::Name(part)) if &**part == "body" => self.body = true,
            Some(Segment::Name(part)) if &**part == "request" => self.request = true,
            _ => self.head = true,
        }
    }

    fn rule(&mut self, rule: &Rule, (old, new): Roots<'_>) {
        match &rule.kind {
            RuleKind::Field(field) => {
                self.place(old, &field.old);
                self.place(new, &field.new);
            }
            RuleKind::Only { side, place, source } => {
                let own = if *side == Side::Old { (old, new) } else { (new, old) };
                self.place(own.0, place);
                self.source(source, own.1);
            }
            RuleKind::Alias(alias) => {
                for root in [old, new] {
                    self.place(root, &alias.second);
                    self.place(root, &alias.first);
                }
            }
            RuleKind::Refuse(refuse) => {
                for (root, predicate) in [(old, &refuse.old), (new, &refuse.new)] {
                    for (path, _) in predicate.iter().flatten() {
                        self.place(root, path);
                        // Without a body, a document of the body alone would not be looked at.
                        self.head |= root.is_none() && path.0.len() == 1;
                    }
                }
            }
            RuleKind::In { old: o, new: n, block } => {
                let (old, new) = (old.unwrap_or(o), new.unwrap_or(n));
                self.place(Some(old), o);
                self.place(Some(new), n);
                for rule in &block.rules {
                    self.rule(rule, (Some(old), Some(new)));
                }
            }
        }
    }

    fn source(&mut self, source: &Source, root: Option<&Path>) {
        source.places().for_each(|path| self.place(root, path));
        source.inner().for_each(|source| self.source(source, root));
    }
}

/// A path without its first segment.
fn rest(path: &Path) -> Path {
    Path(path.0.iter().skip(1).cloned().collect())
}

/// A rule about the body alone, from the body on. An `in` there begins beneath the body too.
fn beneath(rule: &Rule) -> Rule {
    let kind = match &rule.kind {
        RuleKind::Field(field) => {
            let (old, new) = (rest(&field.old), rest(&field.new));
            RuleKind::Field(Box::new(Field { old, new, ..Field::clone(field) }))
        }
        RuleKind::Only { side, place, source } => {
            RuleKind::Only { side: *side, place: rest(place), source: from_body(source) }
        }
        RuleKind::Alias(alias) => {
            let (second, first) = (rest(&alias.second), rest(&alias.first));
            RuleKind::Alias(Box::new(super::Alias { second, first, ..super::Alias::clone(alias) }))
        }
        RuleKind::Refuse(refuse) => {
            let from_body = |predicate: &Predicate| {
                predicate.iter().map(|(path, test)| (rest(path), test.clone())).collect()
            };
            let old = refuse.old.as_ref().map(from_body);
            RuleKind::Refuse(Box::new(Refuse { old, new: refuse.new.as_ref().map(from_body) }))
        }
        RuleKind::In { old, new, block } => {
            RuleKind::In { old: rest(old), new: rest(new), block: block.clone() }
        }
    };
    Rule { kind, ..*rule }
}

fn from_body(source: &Source) -> Source {
    match source {
        Source::From { path, map, otherwise } => Source::From {
            path: rest(path),
            map: map.iter().map(|(key, source)| (key.clone(), from_body(source))).collect(),
            otherwise: otherwise.as_deref().map(|other| Box::new(from_body(other))),
        },
        Source::Text(pieces) => Source::Text(
            pieces
                .iter()
                .map(|piece| match piece {
                    Piece::Place(path) => Piece::Place(rest(path)),
                    Piece::Literal(_) => piece.clone(),
                })
                .collect(),
        ),
        other => other.clone(),
    }
}

/// As what constants at a place are written.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Written {
    /// As they are.
    Value,
    /// As their text.
    Text,
    /// As a text without regard to case.
    MediaType,
}

impl Written {
    /// At a place of a message, of the request of an answer, or of what an `in` is about.
    fn at(root: Option<&Path>, path: &Path) -> Self {
        let mut names = root.into_iter().chain([path]).flat_map(|path| &path.0).map(|segment| {
            let Segment::Name(name) = segment else { return "" };
            &**name
        });
        let first = names.next();
        let first = if first == Some("request") { names.next() } else { first };
        let part = first.and_then(Texts::named);
        match (part, names.next(), names.next()) {
            (Some(Texts::Header), Some("content-type"), None) => Self::MediaType,
            (Some(_), ..) => Self::Text,
            (None, ..) => Self::Value,
        }
    }

    fn value(self, value: &mut Value) {
        match self {
            Self::Value => {}
            Self::Text => *value = param::texted(std::mem::replace(value, Value::Null)),
            Self::MediaType => {
                Self::Text.value(value);
                media_type(value);
            }
        }
    }

    /// A value that is looked up: a key is read as what the contract says of its place.
    fn cell(self, cell: &mut Cell) {
        match cell {
            Cell::Value(value) => self.value(value),
            Cell::Key(text) if self == Self::MediaType => *text = lowered(text).into(),
            Cell::Key(_) | Cell::Absent => {}
        }
    }

    /// The same where only the case matters.
    fn key(self, cell: &mut Cell) {
        if self == Self::MediaType {
            self.cell(cell);
        }
    }

    fn source(self, source: &mut Source) {
        match source {
            Source::Literal(value) | Source::Placeholder(value) => self.value(value),
            Source::From { map, otherwise, .. } => {
                for (_, source) in map {
                    self.source(source);
                }
                if let Some(other) = otherwise {
                    self.source(other);
                }
            }
            Source::Absent | Source::Text(_) => {}
        }
    }
}

/// A text that is a media type, as places have it.
pub(super) fn media_type(value: &mut Value) {
    let text = if let Value::String(text) = value { text.decode() } else { None };
    if let Some(text) = text {
        *value = Value::string(&lowered(&text));
    }
}

/// Writes constants that stand at texts as their text.
fn text_block(block: &mut Block, (old, new): (Option<&Path>, Option<&Path>)) {
    for rule in &mut block.rules {
        match &mut rule.kind {
            RuleKind::Field(field) => {
                let written = (Written::at(old, &field.old), Written::at(new, &field.new));
                for (own, meaning) in
                    [(written.0, &mut field.absent_old), (written.1, &mut field.absent_new)]
                {
                    if let Some(value) = meaning {
                        own.value(value);
                    }
                }
                text_parts(&mut field.parts, written);
            }
            RuleKind::Only { side, place, source } => {
                let (own, other) = if *side == Side::Old { (old, new) } else { (new, old) };
                Written::at(own, place).source(source);
                text_keys(source, other);
            }
            RuleKind::Alias(alias) => {
                let root = old.or(new);
                let (first, second) =
                    (Written::at(root, &alias.first), Written::at(root, &alias.second));
                for (key, value) in &mut alias.map {
                    first.value(value);
                    second.key(key);
                }
            }
            RuleKind::Refuse(refuse) => {
                for (root, predicate) in [(old, &mut refuse.old), (new, &mut refuse.new)] {
                    for (path, test) in predicate.iter_mut().flatten() {
                        let written = Written::at(root, path);
                        test.constants(&mut |value| written.value(value));
                    }
                }
            }
            RuleKind::In { old: o, new: n, block } => {
                let within = |root: Option<&Path>, own: &Path| {
                    root.map_or_else(|| own.clone(), |root| root.join(own))
                };
                let (o, n) = (within(old, o), within(new, n));
                text_block(block, (Some(&o), Some(&n)));
            }
        }
    }
}

fn text_parts(parts: &mut Parts, (old, new): (Written, Written)) {
    for listed in &mut parts.list {
        old.cell(&mut listed.old);
        new.cell(&mut listed.new);
    }
    if let Otherwise::Value { old: on_old, new: on_new } = &mut parts.otherwise {
        for (own, value) in [(old, on_old), (new, on_new)] {
            if let Some(value) = value {
                own.value(value);
            }
        }
    }
    if let Some(each) = &mut parts.each {
        text_parts(each, (old, new));
    }
}

/// The keys of a `$from`, whose place is on the other side.
fn text_keys(source: &mut Source, root: Option<&Path>) {
    let Source::From { path, map, otherwise } = source else { return };
    let written = Written::at(root, path);
    for (key, source) in map {
        written.key(key);
        text_keys(source, root);
    }
    if let Some(other) = otherwise {
        text_keys(other, root);
    }
}
