//! Blocks of operations: requests, answers and errors, and the refinements of single statuses.

use super::block::Draft;
use super::head::Head;
use super::keys::{self, Pair, Status};
use super::refuse::ANSWER;
use super::words::{Word, names, now};
use super::{Long, Parser, Root};
use crate::diagnostic::Diagnostic;
use crate::document::Member;
use crate::mapping::{Answers, Block, Gone, OperationBlock, Rules};
use crate::version::Side;

const WORDS: &[Word<Parts>] = &[
    now("request", |p, m, parts| {
        let block = p.block(format!("{}.request", parts.name), m, Root::Request);
        parts.request = block.map(Rules::new);
    }),
    now("response", |p, m, parts| {
        parts.response = p.answers(m, &format!("{}.response", parts.name), Class::Success);
    }),
    now("errors", |p, m, parts| {
        parts.errors = p.answers(m, &format!("{}.errors", parts.name), Class::Error);
    }),
];

/// Which answers a block is about.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Class {
    /// Below 400.
    Success,
    /// From 400 on.
    Error,
}

/// What one key says.
struct Parts {
    name: String,
    request: Option<Rules>,
    response: Answers,
    errors: Answers,
}

impl Parser<'_> {
    pub(super) fn operations(&mut self, member: &Member, head: &mut Head) {
        for entry in self.table(&member.value, "`operations`") {
            let Some(keys) = self.operation_key(entry) else { continue };
            let name = format!("operations.{}", entry.key.trim());
            if keys.iter().any(Pair::is_none) {
                self.gone(entry, (name, &keys), head);
                continue;
            }
            let (response, errors) = (Answers::default(), Answers::default());
            let mut parts = Parts { name, request: None, response, errors };
            if self.is_block(&entry.value).is_none() {
                continue;
            }
            // Two sides say something by themselves.
            if entry.value.members().is_empty() && keys.iter().all(|key| key.old == key.new) {
                self.empty(entry.key_span);
            }
            for part in entry.value.members() {
                if !self.word(WORDS, part, &mut parts) {
                    let known: Vec<&str> = names(WORDS).collect();
                    self.unknown("an operation", part, &known);
                }
            }
            let Parts { request, response, errors, .. } = parts;
            for Pair { old, new } in keys {
                let operation = OperationBlock {
                    old,
                    new,
                    span: entry.key_span,
                    request: request.clone(),
                    response: response.clone(),
                    errors: errors.clone(),
                };
                self.add_operation(operation, &mut head.operations);
            }
        }
    }

    /// Operations without counterpart: what their clients are told.
    fn gone(&mut self, entry: &Member, (name, keys): (String, &[Pair]), head: &mut Head) {
        let mut long = Long::default();
        for member in self.table(&entry.value, "an operation without counterpart") {
            if &*member.key == "refuse" {
                self.words("`refuse`", ANSWER, &member.value, &mut long);
            } else {
                self.unknown("an operation without counterpart", member, &["refuse"]);
            }
        }
        let rule = self.entry(name, entry.key_span, long);
        for key in keys {
            let (side, name) = key.lone();
            let other =
                |o: &&OperationBlock| if side == Side::Old { &*o.old } else { &*o.new } == name;
            if let Some(before) = head.operations.iter().find(other) {
                let what = "an operation with and without a counterpart";
                let wrong = Diagnostic::error("F319", entry.key_span, what);
                self.report(wrong.also(before.span, "the other key"));
            }
            let (name, span) = (Box::from(name), entry.key_span);
            head.gone.push(Gone { side, name, span, rule });
        }
    }

    fn add_operation(&mut self, operation: OperationBlock, into: &mut Vec<OperationBlock>) {
        let before = into.iter_mut().find(|o| o.old == operation.old && o.new == operation.new);
        let Some(before) = before else { return into.push(operation) };
        self.merge_part(&mut before.request, operation.request);
        self.merge_answers(&mut before.response, operation.response);
        self.merge_answers(&mut before.errors, operation.errors);
    }

    /// Two tables of answers about the same are one.
    pub(super) fn merge_answers(&mut self, into: &mut Answers, answers: Answers) {
        self.merge_part(&mut into.own, answers.own);
        for (status, rules) in answers.statuses {
            match into.statuses.iter_mut().find(|(s, _)| *s == status) {
                Some((_, before)) => self.merge(&mut before.whole, rules.whole),
                None => into.statuses.push((status, rules)),
            }
        }
    }

    fn merge_part(&mut self, into: &mut Option<Rules>, rules: Option<Rules>) {
        match (into.as_mut(), rules) {
            (Some(into), Some(rules)) => self.merge(&mut into.whole, rules.whole),
            (None, Some(rules)) => *into = Some(rules),
            (_, None) => {}
        }
    }

    /// The block of answers; a key that is a status refines it.
    pub(super) fn answers(&mut self, member: &Member, name: &str, class: Class) -> Answers {
        let mut answers = Answers::default();
        let mut own: Draft = self.begin(name.to_owned(), member, Root::Answer, Long::default());
        if self.is_block(&member.value).is_none() {
            return answers;
        }
        for entry in member.value.members() {
            match keys::status(&entry.key) {
                Status::Is(status, of) if of.is_none_or(|of| of == class) => {
                    let block = self.block(format!("{name}.{status}"), entry, Root::Answer);
                    let rules = block.map(|block| (status, Rules::new(block)));
                    answers.statuses.extend(rules);
                }
                Status::Is(_, of) => {
                    let (what, other) = match of {
                        Some(Class::Error) => ("an answer from 400 on", "errors"),
                        Some(Class::Success) | None => ("an answer below 400", "response"),
                    };
                    let wrong = Diagnostic::error("F306", entry.key_span, "a status of others");
                    let label = format!("{what} is one of `{other}`");
                    self.report(wrong.label(label).help(format!("write it under `{other}:`")));
                }
                Status::No if entry.key.bytes().all(|b| b.is_ascii_digit()) => {
                    let wrong = Diagnostic::error("F306", entry.key_span, "not a status");
                    self.report(wrong.label("expected `\"201\"`, `2XX` or `default`"));
                }
                Status::No => self.block_word(entry, &mut own),
            }
        }
        answers.own = Some(Rules::new(own.block));
        answers
    }
}

/// Every block of an operation.
pub(super) fn blocks(operation: &OperationBlock) -> impl Iterator<Item = &Block> {
    operation.all().map(|rules| &rules.whole)
}
