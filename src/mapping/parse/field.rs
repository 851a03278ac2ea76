//! An entry of `fields`: its two places, and the parts that change or place the value.

use super::block::Entry;
use super::literal::is_word;
use super::place::many;
use super::words::{LONG, Word, names, now};
use super::{Long, Parser, Root};
use crate::diagnostic::{Diagnostic, Span};
use crate::document::{Kind, Member, Node};
use crate::json::{Path, Segment, Value};
use crate::mapping::{Cell, Field, Listed, Named, Otherwise, Parts, Rule, RuleKind};
use crate::version::Side;

/// What only a whole field has.
const FIELD: &[Word<Draft>] = &[
    now("to", |p, m, draft| draft.new = p.value_path(&m.value, draft.root)),
    now("absent", |p, m, to| p.absent(m, to)),
];
/// What holds for the elements of a list as well.
const PARTS: &[Word<Parts>] = &[
    now("map", |p, m, to| p.map(m, to)),
    now("back", |p, m, to| p.back(m, to)),
    now("pairs", |p, m, to| p.pairs(m, to)),
    now("else", |p, m, parts| parts.otherwise = p.otherwise(&m.value)),
    now("set", |p, m, parts| parts.set = p.truth(m)),
    now("convert", |p, m, parts| parts.convert = p.conversion(m)),
    now("text", |p, m, parts| parts.names = p.names(m)),
    now("wrap", |p, m, parts| parts.wrap = p.choice(m, SIDES)),
    now("each", |p, m, to| p.each(m, to)),
];
const SIDES: &[(&str, Side)] = &[("old", Side::Old), ("new", Side::New)];

struct Draft {
    root: Root,
    new: Option<Path>,
    absent: Pair,
}

/// Literals of both sides.
#[derive(Default)]
struct Pair {
    old: Option<Value>,
    new: Option<Value>,
}

const PAIR: &[Word<Pair>] = &[
    now("old", |p, m, pair| pair.old = Some(p.literal(&m.value))),
    now("new", |p, m, pair| pair.new = Some(p.literal(&m.value))),
];

/// What absence means on both sides.
const MEANINGS: &[Word<Pair>] = &[
    now("old", |p, m, pair| pair.old = p.meaning(&m.value)),
    now("new", |p, m, pair| pair.new = p.meaning(&m.value)),
];

impl Parser<'_> {
    pub(super) fn field(&mut self, entry: &Entry<'_>) -> Option<Rule> {
        let node = &entry.member.value;
        let old = self.key_path(entry.member, entry.root);
        let mut draft = Draft { root: entry.root, new: None, absent: Pair::default() };
        let (mut parts, mut long) = (Parts::default(), Long::default());
        match &node.kind {
            Kind::String(_) => draft.new = self.value_path(node, entry.root),
            Kind::Object(members) => {
                for member in members {
                    let read = self.word(FIELD, member, &mut draft)
                        || self.word(PARTS, member, &mut parts)
                        || self.word(LONG, member, &mut long);
                    if !read {
                        let known = names(FIELD).chain(names(PARTS)).chain(names(LONG));
                        self.unknown("a field", member, &known.collect::<Vec<_>>());
                    }
                }
                if node.get("to").is_none() {
                    draft.new.clone_from(&old);
                }
            }
            Kind::Null | Kind::Bool(_) | Kind::Raw(_) | Kind::Number(_) | Kind::Array(_) => {
                self.kind(node.span, "not a field", "expected a path or a table of parts");
            }
        }
        if let (Root::Request, Some(at)) = (entry.root, names_request(node)) {
            let what = "a request has no other request whose fields its texts name";
            self.report(
                Diagnostic::warning("F624", at, what)
                    .label("nothing is rewritten here")
                    .help("write `{ pointer: document }`, if it names a field of the same message"),
            );
        }
        let only = self.only_of(entry.root, &long);
        let rule = self.entry(entry.name(), entry.member.key_span, long);
        let (old, new) = (old?, draft.new?);
        let to = node.get("to").map_or(node.span, |to| to.span);
        let to =
            if node.is_object() && node.get("to").is_none() { entry.member.key_span } else { to };
        self.pair_up((&old, entry.member.key_span), (&new, to), parts.wrap);
        parts.absence = is_member(&old) && is_member(&new) && parts.wrap.is_none() && !parts.set;
        let Pair { old: absent_old, new: absent_new } = draft.absent;
        for (side, path, meaning) in [("old", &old, &absent_old), ("new", &new, &absent_new)] {
            let said = node.get("absent").filter(|_| meaning.is_some() && !is_named(path));
            if let Some(said) = said {
                let span = said.member(side).map_or(said.span, |member| member.key_span);
                self.report(
                    Diagnostic::warning("F638", span, "only a member can be absent")
                        .label(format!("`{path}` is none: this says nothing"))
                        .help("take it out"),
                );
            }
        }
        let field = Field { old, new, absent_old, absent_new, parts };
        Some(Rule { only, ..Rule::new(rule, RuleKind::Field(Box::new(field))) })
    }

    /// The `[]` and `{}` of two paths are each other's counterparts, in order; a list made by
    /// `wrap` has none.
    pub(super) fn pair_up(&mut self, old: (&Path, Span), new: (&Path, Span), wrap: Option<Side>) {
        let (mut left, mut right) = (many(old.0), many(new.0));
        let wrapped = match wrap {
            Some(Side::New) if right.len() == left.len() + 1 => right.pop(),
            Some(Side::Old) if left.len() == right.len() + 1 => left.pop(),
            Some(Side::Old | Side::New) | None => None,
        };
        if wrapped == Some(&Segment::Values) {
            let what = "`wrap` makes a list, and the path goes on in a dictionary";
            let wrong = Diagnostic::error("F312", new.1, what);
            return self.report(wrong.label("expected `[]`").also(old.1, "the other path"));
        }
        if left == right {
            return;
        }
        if right.len() > left.len() && right.starts_with(&left) {
            let what = "a path with more `[]` or `{}` than its key";
            let wrong = Diagnostic::error("F399", new.1, format!("{what} is not supported yet"));
            let help = "write `wrap: new` beside it, if each value becomes a list of one";
            return self.report(wrong.label("a later version reads this").help(help));
        }
        let shown = |many: &[&Segment]| {
            let texts: Vec<&str> = many
                .iter()
                .map(|s| if matches!(s, Segment::Each) { "`[]`" } else { "`{}`" })
                .collect();
            if texts.is_empty() { "none".to_owned() } else { texts.join(" ") }
        };
        self.report(
            Diagnostic::error("F312", new.1, "the `[]` and `{}` of the two paths do not pair up")
                .label(format!(
                    "expected {}, as in the key; there is {}",
                    shown(&left),
                    shown(&right)
                ))
                .also(old.1, "the key"),
        );
    }

    fn absent(&mut self, member: &Member, draft: &mut Draft) {
        self.words("`absent`", MEANINGS, &member.value, &mut draft.absent);
        if member.value.is_object() && member.value.members().is_empty() {
            self.kind(member.value.span, "`absent` says nothing", "expected `old`, `new` or both");
        }
    }

    /// A literal; any other source is still to come.
    fn meaning(&mut self, node: &Node) -> Option<Value> {
        if let Some(word) = node.members().iter().find(|m| is_word(&m.key)) {
            self.not_yet(word.key_span, "a source of what absence means");
            return None;
        }
        Some(self.literal(node))
    }

    fn map(&mut self, member: &Member, parts: &mut Parts) {
        for entry in self.table(&member.value, "`map`") {
            let old = Cell::Key(self.literal_key(entry));
            let new = self.cell(&entry.value);
            parts.list.push(Listed { old, new, up: true, down: true });
        }
    }

    fn back(&mut self, member: &Member, parts: &mut Parts) {
        for entry in self.table(&member.value, "`back`") {
            let new = Cell::Key(self.literal_key(entry));
            let old = self.cell(&entry.value);
            parts.list.push(Listed { old, new, up: false, down: true });
        }
    }

    fn pairs(&mut self, member: &Member, parts: &mut Parts) {
        if !matches!(member.value.kind, Kind::Array(_)) {
            self.kind(member.value.span, "`pairs` is not a list", "expected `[[old, new], …]`");
        }
        for pair in member.value.items() {
            if let [old, new] = pair.items() {
                let (old, new) = (self.cell(old), self.cell(new));
                parts.list.push(Listed { old, new, up: true, down: true });
            } else {
                let wrong = Diagnostic::error("F314", pair.span, "not a pair");
                self.report(wrong.label("expected `[old, new]`"));
            }
        }
    }

    fn otherwise(&mut self, node: &Node) -> Otherwise {
        match &node.kind {
            Kind::String(text) if &**text == "keep" => Otherwise::Keep,
            Kind::String(text) if &**text == "refuse" => Otherwise::Refuse,
            Kind::Object(_) => {
                let mut pair = Pair::default();
                self.words("`else`", PAIR, node, &mut pair);
                Otherwise::Value { old: pair.old, new: pair.new }
            }
            Kind::Null
            | Kind::Bool(_)
            | Kind::Raw(_)
            | Kind::Number(_)
            | Kind::String(_)
            | Kind::Array(_) => {
                let wrong = Diagnostic::error("F308", node.span, "unknown value of `else`");
                self.report(wrong.label("expected `keep`, `refuse` or `{ old: …, new: … }`"));
                Otherwise::Keep
            }
        }
    }

    /// What a text names.
    fn names(&mut self, member: &Member) -> Option<Named> {
        let node = &member.value;
        match (node.as_str(), node.members()) {
            (Some("pointer"), _) => return Some(Named::Request),
            (Some("link"), _) => self.not_yet(node.span, "`text: link`"),
            (_, [own]) if &*own.key == "pointer" && own.value.as_str() == Some("document") => {
                return Some(Named::Document);
            }
            (_, [own]) if &*own.key == "names" && own.value.as_str().is_some() => {
                let (name, at) = (own.value.as_str()?, own.value.span);
                self.named.push((name.into(), at));
                return Some(Named::Fields(name.into()));
            }
            _ => {
                let wrong = Diagnostic::error("F308", node.span, "unknown value of `text`");
                let expected = "`pointer`, `{ pointer: document }` or `{ names: Type }`";
                self.report(wrong.label(format!("expected {expected}")));
            }
        }
        None
    }

    fn each(&mut self, member: &Member, parts: &mut Parts) {
        let mut each = Parts::default();
        self.words("`each`", PARTS, &member.value, &mut each);
        parts.each = Some(Box::new(each));
    }
}

/// Where parts say `text: pointer`, themselves or of elements.
fn names_request(parts: &Node) -> Option<Span> {
    let own = parts.get("text").filter(|text| text.as_str() == Some("pointer"));
    own.map(|text| text.span).or_else(|| names_request(parts.get("each")?))
}

/// Whether a path leads to a member by its name.
fn is_named(path: &Path) -> bool {
    matches!(path.0.last(), Some(Segment::Name(_)))
}

/// Whether a path leads to a single place that may be absent: a member, or one element of a list.
fn is_member(path: &Path) -> bool {
    path.0.last().is_some_and(|last| !matches!(last, Segment::Each | Segment::Values))
}
