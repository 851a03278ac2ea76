//! Blocks of operations: request, response, and the refinements of single statuses.

use super::block::Draft;
use super::head::Head;
use super::keys::{self, Status};
use super::words::{Word, later, names, now};
use super::{Long, Parser, Root};
use crate::diagnostic::Diagnostic;
use crate::document::Member;
use crate::mapping::{Block, OperationBlock};

const WORDS: &[Word<Parts>] = &[
    now("request", |p, m, parts| {
        parts.request = p.block(format!("{}.request", parts.name), m, Root::Message);
    }),
    now("response", |p, m, to| p.response(m, to)),
    later("errors"),
    later("status"),
];

/// What one key says.
struct Parts {
    name: String,
    request: Option<Block>,
    response: Option<Block>,
    statuses: Vec<(Box<str>, Block)>,
}

impl Parser<'_> {
    pub(super) fn operations(&mut self, member: &Member, head: &mut Head) {
        for entry in self.table(&member.value, "`operations`") {
            let Some(keys) = self.operation_key(entry) else { continue };
            let name = format!("operations.{}", entry.key.trim());
            let mut parts = Parts { name, request: None, response: None, statuses: Vec::new() };
            if self.is_block(&entry.value).is_none() {
                continue;
            }
            if entry.value.members().is_empty() {
                self.empty(entry.key_span);
            }
            for part in entry.value.members() {
                if !self.word(WORDS, part, &mut parts) {
                    let known: Vec<&str> = names(WORDS).collect();
                    self.unknown("an operation", part, &known);
                }
            }
            let Parts { request, response, statuses, .. } = parts;
            for key in keys {
                let operation = OperationBlock {
                    old: key.clone(),
                    new: key,
                    span: entry.key_span,
                    request: request.clone(),
                    response: response.clone(),
                    statuses: statuses.clone(),
                };
                self.add_operation(operation, &mut head.operations);
            }
        }
    }

    fn add_operation(&mut self, operation: OperationBlock, into: &mut Vec<OperationBlock>) {
        let before = into.iter_mut().find(|o| o.old == operation.old && o.new == operation.new);
        let Some(before) = before else { return into.push(operation) };
        self.merge_part(&mut before.request, operation.request);
        self.merge_part(&mut before.response, operation.response);
        for (status, block) in operation.statuses {
            match before.statuses.iter_mut().find(|(s, _)| *s == status) {
                Some((_, before)) => self.merge(before, block),
                None => before.statuses.push((status, block)),
            }
        }
    }

    fn merge_part(&mut self, into: &mut Option<Block>, block: Option<Block>) {
        match (into.as_mut(), block) {
            (Some(into), Some(block)) => self.merge(into, block),
            (None, Some(block)) => *into = Some(block),
            (_, None) => {}
        }
    }

    /// The block of answers; a key that is a status refines it.
    fn response(&mut self, member: &Member, parts: &mut Parts) {
        let name = format!("{}.response", parts.name);
        let mut own: Draft = self.begin(name.clone(), member, Root::Message, Long::default());
        if self.is_block(&member.value).is_none() {
            return;
        }
        for entry in member.value.members() {
            match keys::status(&entry.key) {
                Status::Is(status) => {
                    let block = self.block(format!("{name}.{status}"), entry, Root::Message);
                    parts.statuses.extend(block.map(|block| (status, block)));
                }
                Status::Error => {
                    self.not_yet(entry.key_span, "an answer from 400 on");
                }
                Status::No if entry.key.bytes().all(|b| b.is_ascii_digit()) => {
                    let wrong = Diagnostic::error("F306", entry.key_span, "not a status");
                    self.report(wrong.label("expected `\"201\"`, `2XX` or `default`"));
                }
                Status::No => self.block_word(entry, &mut own),
            }
        }
        parts.response = Some(own.block);
    }
}

/// Every block of an operation.
pub(super) fn blocks(operation: &OperationBlock) -> impl Iterator<Item = &Block> {
    let own = operation.request.iter().chain(&operation.response);
    own.chain(operation.statuses.iter().map(|(_, block)| block))
}
