//! `refuse`: which messages have no counterpart, and what their clients are told; and the predicates
//! that say which.

use super::block::Draft;
use super::head::Head;
use super::keys::Pair;
use super::literal::is_word;
use super::words::{FOR, Word, names, now};
use super::{Long, Parser, Root};
use crate::diagnostic::Diagnostic;
use crate::document::{Kind, Member, Node};
use crate::json::{Path, Sort, Test, Value};
use crate::mapping::{Gone, Lone, Piece, Predicate, Refuse, Rule, RuleKind, Source};

/// The words of an entry.
const WORDS: &[Word<Entry>] = &[
    now("old", |p, m, entry| entry.old = p.predicate(&m.value, entry.root)),
    now("new", |p, m, entry| entry.new = p.predicate(&m.value, entry.root)),
    now("detail", |p, m, entry| {
        let pieces = p.pieces(&m.value, ("`detail`", entry.root), Parser::own_place);
        entry.detail = pieces.map(|pieces| (m.value.clone(), pieces));
    }),
];
/// What a client is told.
pub(super) const ANSWER: &[Word<Long>] = &[
    now("status", |p, m, long| long.answer.status = p.error_status(&m.value)),
    now("detail", |p, m, long| {
        long.answer.detail = p.text(&m.value, "`detail`").map(Box::from);
    }),
    now("why", |p, m, to| p.why(m, to)),
];

/// What becomes of values of a type without counterpart.
const INSTEAD: &[Word<Instead>] = &[
    now("refuse", |p, m, lone| p.words("`refuse`", ANSWER, &m.value, &mut lone.long)),
    now("as", |p, m, to| p.instead(m, to)),
];

/// The words for sorts of values.
const SORTS: [Sort; 6] =
    [Sort::Boolean, Sort::Integer, Sort::Number, Sort::String, Sort::Array, Sort::Object];

struct Entry {
    root: Root,
    old: Option<Predicate>,
    new: Option<Predicate>,
    /// As it is written, and what is in it.
    detail: Option<(Node, Vec<Piece>)>,
}

#[derive(Default)]
struct Instead {
    long: Long,
    source: Option<Source>,
}

impl Parser<'_> {
    pub(super) fn refuse(&mut self, member: &Member, draft: &mut Draft) {
        if !matches!(member.value.kind, Kind::Array(_)) {
            let expected = "expected a list of entries, `- { old: …, detail: … }`";
            self.kind(member.value.span, "`refuse` is not a list", expected);
        }
        for (at, node) in member.value.items().iter().enumerate() {
            let before = self.found.len();
            let (mut entry, mut long) =
                (Entry { root: draft.root, old: None, new: None, detail: None }, Long::default());
            for member in self.table(node, "an entry of `refuse`") {
                let read = self.word(WORDS, member, &mut entry)
                    || self.word(ANSWER, member, &mut long)
                    || self.word(FOR, member, &mut long);
                if !read {
                    let known = names(WORDS).chain(["status", "why"]).chain(names(FOR));
                    let known: Vec<&str> = known.collect();
                    self.unknown("an entry of `refuse`", member, &known);
                }
            }
            if node.is_object() && node.get("old").is_none() && node.get("new").is_none() {
                let wrong = Diagnostic::error("F303", node.span, "`old` and `new` are missing");
                self.report(wrong.help(
                    "write what is refused of a side: `old: { status: archived }`, or `old: {}` for all of it",
                ));
            }
            if let Some((node, pieces)) = entry.detail.take() {
                let told = told(&pieces);
                long.answer.detail = match pieces.as_slice() {
                    _ if !told.is_empty() => node.as_str().map(Box::from),
                    [Piece::Literal(text)] => Some(text.clone()),
                    _ => Some(Box::default()),
                };
                for predicate in [&mut entry.old, &mut entry.new].into_iter().flatten() {
                    predicate.extend(told.iter().cloned());
                }
            }
            let only = self.only_of(draft.root, &long);
            let rule = self.entry(format!("{}.refuse[{at}]", draft.name), node.span, long);
            let Entry { old, new, .. } = entry;
            if self.found.len() == before {
                let kind = RuleKind::Refuse(Box::new(Refuse { old, new }));
                draft.block.rules.push(Rule { only, ..Rule::new(rule, kind) });
            }
        }
    }

    /// Schemas without counterpart: what becomes of their values, where they are branches of a union.
    pub(super) fn lone(
        &mut self,
        entry: &Member,
        (name, keys): (String, &[Pair]),
        head: &mut Head,
    ) {
        let mut lone = Instead::default();
        for member in self.table(&entry.value, "a type without counterpart") {
            if !self.word(INSTEAD, member, &mut lone) {
                let known: Vec<&str> = names(INSTEAD).collect();
                self.unknown("a type without counterpart", member, &known);
            }
        }
        let says = ["refuse", "as"].map(|word| entry.value.get(word).is_some());
        if entry.value.is_object() && says[0] == says[1] {
            let wrong = Diagnostic::error("F303", entry.key_span, "`refuse` or `as` is missing");
            self.report(
                wrong.help("write one of them: `as: null`, `refuse: { detail: no folders }`"),
            );
        }
        let (span, Instead { long, source: instead }) = (entry.key_span, lone);
        let rule = self.entry(name, span, long);
        for (side, name) in keys.iter().map(Pair::lone) {
            let of = Gone { side, name: name.into(), span, rule };
            head.lone.push(Lone { of, instead: instead.clone() });
        }
    }

    /// What stands in the stead of a value: a constant.
    fn instead(&mut self, member: &Member, lone: &mut Instead) {
        let source = self.source(&member.value, Root::Value, Some(&mut lone.long));
        match source {
            Some(Source::Absent) => self.not_yet(member.value.span, "`as: $absent`"),
            Some(Source::From { .. } | Source::Text(_)) => {
                self.not_yet(member.value.span, "a place in `as`");
            }
            Some(Source::Literal(_) | Source::Placeholder(_)) | None => lone.source = source,
        }
    }

    pub(super) fn error_status(&mut self, node: &Node) -> Option<u16> {
        let number = match &node.kind {
            Kind::Number(text) => text.parse().ok(),
            _ => None,
        };
        let found = number.filter(|status| (400..600).contains(status));
        if found.is_none() {
            let wrong = Diagnostic::error("F308", node.span, "not the status of an error");
            self.report(wrong.label("expected a number from 400 to 599"));
        }
        found
    }

    /// Places with their tests, all of which must hold.
    fn predicate(&mut self, node: &Node, root: Root) -> Option<Predicate> {
        if let Some(word) = node.members().iter().find(|m| is_word(&m.key)) {
            self.misplaced(&word.key, word.key_span);
            return None;
        }
        let mut all = Vec::new();
        for member in self.table(node, "a predicate") {
            let path = self.key_path(member, root);
            if let Some(path) = &path {
                self.places.push((Path::clone(path), member.key_span));
            }
            all.extend(path.zip(self.test(&member.value)));
        }
        Some(all)
    }

    fn test(&mut self, node: &Node) -> Option<Test> {
        match &node.kind {
            Kind::String(word) if is_word(word) => self.test_word(word, node),
            Kind::Array(tests) => {
                let one = |p: &mut Self, node: &Node| match node.kind {
                    // A list in a list of tests is a value.
                    Kind::Array(_) => Some(p.tested(node)),
                    _ => p.test(node),
                };
                let tests: Option<Vec<Test>> = tests.iter().map(|t| one(self, t)).collect();
                tests.map(Test::Any)
            }
            Kind::Object(members) if members.iter().any(|m| &*m.key == "$not") => {
                for other in members.iter().filter(|m| &*m.key != "$not") {
                    self.unknown("`{ $not: … }`", other, &["$not"]);
                }
                let not = self.test(node.get("$not")?)?;
                Some(Test::Not(Box::new(not)))
            }
            _ => Some(self.tested(node)),
        }
    }

    fn tested(&mut self, node: &Node) -> Test {
        let value = self.literal(node);
        self.tested.push((value.clone(), node.span));
        Test::Is(value)
    }

    fn test_word(&mut self, word: &str, node: &Node) -> Option<Test> {
        match word {
            "$absent" => Some(Test::Absent),
            "$present" => Some(Test::Present),
            "$null" => Some(Test::Is(Value::Null)),
            _ => {
                let sort = SORTS.into_iter().find(|sort| sort.as_str() == word);
                if sort.is_none() {
                    self.misplaced(word, node.span);
                }
                sort.map(Test::Of)
            }
        }
    }
}

/// What is told at places: each with what stands before it, and behind the last.
fn told(pieces: &[Piece]) -> Predicate {
    let (mut all, mut before) = (Predicate::new(), "");
    for piece in pieces {
        match piece {
            Piece::Literal(text) => before = text,
            Piece::Place(path) => {
                let between = [Box::from(std::mem::take(&mut before)), Box::default()];
                all.push((path.clone(), Test::Told(Box::new(between))));
            }
        }
    }
    if let Some((_, Test::Told(between))) = all.last_mut() {
        let [_, after] = &mut **between;
        *after = before.into();
    }
    all
}
