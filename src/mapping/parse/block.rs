//! Blocks: the words of one, each with its entries; and the rules that are neither a field nor a
//! source: `alias` and `in`.

use super::words::{LONG, Word, later, names, now};
use super::{Long, Parser, Root};
use crate::diagnostic::Diagnostic;
use crate::document::{Kind, Member, Node};
use crate::json::{Path, Value};
use crate::mapping::{Alias, Block, Cell, Prefer, Rule, RuleKind};
use crate::version::Side;

/// The words of a block.
pub(super) const WORDS: &[Word<Draft>] = &[
    now("fields", |p, m, block| p.entries(m, block, Parser::field)),
    now("added", |p, m, block| p.entries(m, block, |p, e| p.only(e, Side::New))),
    now("removed", |p, m, block| p.entries(m, block, |p, e| p.only(e, Side::Old))),
    now("alias", |p, m, block| p.entries(m, block, Parser::alias)),
    now("in", |p, m, block| p.entries(m, block, Parser::nested)),
    now("refuse", |p, m, to| p.refuse(m, to)),
    now("unmapped", |p, m, draft| draft.block.unmapped = p.unmapped(m)),
    now("nulls", |p, m, draft| draft.block.nulls = p.nulls(m)),
    later("status"),
];

/// The parts of an `alias`.
const ALIAS: &[Word<AliasDraft>] = &[
    now("of", |p, m, alias| alias.first = p.value_path(&m.value, alias.root)),
    now("map", |p, m, to| p.alias_map(m, to)),
    now("side", |p, m, alias| alias.side = p.choice(m, ALIAS_SIDES).unwrap_or(alias.side)),
    now("prefer", |p, m, alias| alias.prefer = p.choice(m, PREFER).unwrap_or_default()),
];
const ALIAS_SIDES: &[(&str, Option<Side>)] =
    &[("old", Some(Side::Old)), ("new", Some(Side::New)), ("both", None)];
const PREFER: &[(&str, Prefer)] =
    &[("first", Prefer::First), ("second", Prefer::Second), ("refuse", Prefer::Refuse)];

/// What an `in` has beside the words of its block.
const IN: &[Word<InDraft>] = &[
    now("to", |p, m, draft| draft.new = p.value_path(&m.value, draft.root)),
    now("why", |p, m, draft| p.why(m, &mut draft.long)),
];

/// A block while it is read.
pub(super) struct Draft {
    pub(super) name: String,
    pub(super) root: Root,
    pub(super) block: Block,
}

struct AliasDraft {
    root: Root,
    first: Option<Path>,
    map: Vec<(Cell, Value)>,
    side: Option<Side>,
    prefer: Prefer,
}

struct InDraft {
    root: Root,
    new: Option<Path>,
    long: Long,
}

/// An entry of a rule word.
pub(super) struct Entry<'n> {
    table: &'n str,
    pub(super) member: &'n Member,
    pub(super) root: Root,
}

impl Entry<'_> {
    /// The name of the rule in reports.
    pub(super) fn name(&self) -> String {
        match &*self.member.key {
            // Written as a name of the value itself, which dots alone would hide.
            "." => format!("{}[\".\"]", self.table),
            key => format!("{}.{key}", self.table),
        }
    }
}

impl Parser<'_> {
    /// The block under a key.
    pub(super) fn block(&mut self, name: String, member: &Member, root: Root) -> Option<Block> {
        let mut draft = self.begin(name, member, root, Long::default());
        self.is_block(&member.value)?;
        for member in member.value.members() {
            self.block_word(member, &mut draft);
        }
        Some(draft.block)
    }

    /// A block without rules, with its entry.
    pub(super) fn begin(&mut self, name: String, member: &Member, root: Root, long: Long) -> Draft {
        let rule = self.entry(name.clone(), member.key_span, long);
        Draft { name, root, block: Block { rule, rules: Vec::new(), unmapped: None, nulls: None } }
    }

    /// A table, or nothing at all.
    pub(super) fn is_block(&mut self, node: &Node) -> Option<()> {
        if node.is_object() || node.kind == Kind::Null {
            return Some(());
        }
        self.kind(node.span, "not a block of rules", "expected a table of rule words");
        None
    }

    pub(super) fn block_word(&mut self, member: &Member, draft: &mut Draft) {
        if self.word(WORDS, member, draft) {
            return;
        }
        if matches!(&*member.key, "loses" | "why") {
            let what = format!("`{}` belongs to a rule, not to a block", member.key);
            let wrong = Diagnostic::error("F302", member.key_span, what);
            let help =
                format!("write it at the rule: `customer: {{ to: name, {}: … }}`", member.key);
            return self.report(wrong.help(help));
        }
        self.unknown("a block of rules", member, &names(WORDS).collect::<Vec<_>>());
    }

    /// The entries of a rule word.
    fn entries(
        &mut self,
        member: &Member,
        draft: &mut Draft,
        read: impl Fn(&mut Self, &Entry<'_>) -> Option<Rule>,
    ) {
        let table = format!("{}.{}", draft.name, member.key);
        for member in self.table(&member.value, &format!("`{}`", member.key)) {
            let before = self.found.len();
            let rule = read(self, &Entry { table: &table, member, root: draft.root });
            // Nothing is to follow from a rule that could not be read as it is written.
            let read = |rule: &Rule| {
                self.found.len() == before || matches!(rule.kind, RuleKind::In { .. })
            };
            draft.block.rules.extend(rule.filter(read));
        }
    }

    /// Two blocks about the same are one.
    pub(super) fn merge(&mut self, into: &mut Block, block: Block) {
        let words = [
            ("unmapped", into.unmapped.zip(block.unmapped).is_some_and(|(a, b)| a != b)),
            ("nulls", into.nulls.zip(block.nulls).is_some_and(|(a, b)| a != b)),
        ];
        let places = self.place_of(into.rule).zip(self.place_of(block.rule));
        for (word, _) in words.into_iter().filter(|(_, differ)| *differ) {
            let Some((first, second)) = places else { continue };
            let what = format!("two keys of one block differ in `{word}`");
            self.report(Diagnostic::error("F319", second, what).also(first, "the other one"));
        }
        into.unmapped = into.unmapped.or(block.unmapped);
        into.nulls = into.nulls.or(block.nulls);
        into.rules.extend(block.rules);
    }

    fn alias(&mut self, entry: &Entry<'_>) -> Option<Rule> {
        let node = &entry.member.value;
        let second = self.key_path(entry.member, entry.root);
        let mut long = Long::default();
        let mut draft = AliasDraft {
            root: entry.root,
            first: None,
            map: Vec::new(),
            side: Some(Side::Old),
            prefer: Prefer::First,
        };
        if node.is_object() {
            for member in node.members() {
                let read =
                    self.word(ALIAS, member, &mut draft) || self.word(LONG, member, &mut long);
                if !read {
                    let known: Vec<&str> = names(ALIAS).chain(names(LONG)).collect();
                    self.unknown("an alias", member, &known);
                }
            }
            if node.get("of").is_none() {
                let what = "an alias of nothing";
                let wrong = Diagnostic::error("F320", node.span, what);
                self.report(wrong.label("expected `of:` and the place that this one repeats"));
            }
        } else {
            draft.first = self.value_path(node, entry.root);
        }
        let only = self.only_of(entry.root, &long);
        let rule = self.entry(entry.name(), entry.member.key_span, long);
        let (second, first) = (second?, draft.first?);
        let of = node.get("of").map_or(node.span, |of| of.span);
        if second == first {
            let wrong = Diagnostic::error("F320", of, "an alias of itself");
            self.report(wrong.label("expected another place"));
        } else if second.meets(&first) {
            let wrong = Diagnostic::error("F320", of, "an alias of a place that one is within");
            self.report(
                wrong
                    .label(format!("`{first}` and `{second}` cannot say the same"))
                    .help("an alias repeats the whole value of another place"),
            );
        }
        self.pair_up((&second, entry.member.key_span), (&first, of), None);
        let AliasDraft { side, map, prefer, .. } = draft;
        let alias = Alias { side, second, first, map, prefer };
        Some(Rule { only, ..Rule::new(rule, RuleKind::Alias(Box::new(alias))) })
    }

    fn alias_map(&mut self, member: &Member, draft: &mut AliasDraft) {
        for entry in self.table(&member.value, "`map`") {
            let key = Cell::Key(self.literal_key(entry));
            draft.map.push((key, self.literal(&entry.value)));
        }
    }

    fn nested(&mut self, entry: &Entry<'_>) -> Option<Rule> {
        let node = &entry.member.value;
        let old = self.key_path(entry.member, entry.root);
        let mut own = InDraft { root: entry.root, new: old.clone(), long: Long::default() };
        let (mine, rest): (Vec<&Member>, Vec<&Member>) =
            node.members().iter().partition(|m| matches!(&*m.key, "to" | "why"));
        for member in mine {
            self.word(IN, member, &mut own);
        }
        let before = self.found.len();
        let mut draft = self.begin(entry.name(), entry.member, Root::Value, own.long);
        self.is_block(node)?;
        for member in rest {
            self.block_word(member, &mut draft);
        }
        let read = self.found.len() == before;
        if read && draft.block.is_empty() {
            self.empty(entry.member.key_span);
        }
        let (old, new) = (old?, own.new?);
        let to = node.get("to").map_or(entry.member.key_span, |to| to.span);
        self.pair_up((&old, entry.member.key_span), (&new, to), None);
        let Draft { block, .. } = draft;
        Some(Rule::new(block.rule, RuleKind::In { old, new, block }))
    }
}
