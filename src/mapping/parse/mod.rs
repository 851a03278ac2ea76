//! The files of one mapping into a [`Mapping`]. Every table of the language is a list of words
//! with what reads each (`words`), so a new word is one line there and one function. It checks
//! what needs no contract; what a place is, and whether it is declared, is the compiler's.

mod block;
mod claims;
mod convert;
mod example;
mod field;
mod head;
mod keys;
mod lists;
mod literal;
mod operation;
mod place;
mod places;
mod refuse;
mod source;
mod words;

use std::collections::HashMap;

use self::head::Head;
use super::message::{asked, elsewhere, renumber};
use super::{Answer, Block, Loses, Mapping, Nulls, Only, OperationBlock, RuleInfo, Rules};
use crate::diagnostic::{Diagnostic, FileId, Severity, Sources, Span};
use crate::document;
use crate::json::{Path, Value};

/// Reads the files of one mapping as one; `api` is of which it is, and `versions` which that has, for
/// what is said where it does not say so itself. Where its head can be read there is a mapping, without
/// what is wrong in it; what is wrong with its examples alone stands in it.
pub fn parse(
    (api, versions): (&str, &[&str]),
    sources: &Sources,
    files: &[FileId],
) -> (Option<Mapping>, Vec<Diagnostic>) {
    let mut parser = Parser {
        api,
        versions,
        headless: None,
        sources,
        found: Vec::new(),
        unread: Vec::new(),
        reported: HashMap::new(),
        infos: Vec::new(),
        places: Vec::new(),
        tested: Vec::new(),
        named: Vec::new(),
    };
    let mut roots = Vec::new();
    for file in files {
        match document::parse(sources, *file) {
            Ok(root) if root.is_object() => roots.push(root),
            Ok(root) => parser.report(
                Diagnostic::error("F301", root.span, "not a mapping")
                    .label("expected `mapping: 1`, `api`, `from`, `to` and rules"),
            ),
            Err(more) => parser.found.extend(more),
        }
    }
    let Some(first) = roots.first() else { return (None, parser.found) };
    let span = first.member("from").map_or(first.span, |m| m.key_span.to(m.value.span));
    parser.entry(String::new(), span, Long::default());
    // The head may stand in the file that cannot be read.
    parser.headless = (roots.len() < files.len()).then_some(false);
    let mut head = Head::default();
    for root in &roots {
        parser.words("the head of a mapping", head::WORDS, root, &mut head);
    }
    let mut mapping = parser.mapping(head, span);
    mapping.text = parser.entry(String::from("operations"), span, Long::default());
    let nulls = mapping.nulls.unwrap_or(Nulls::Value);
    for block in blocks(&mut mapping) {
        block.settle(nulls);
    }
    parser.claims(&mapping);
    mapping.rules_mut().for_each(Rules::divide);
    parser.asked(&mut mapping);
    let Parser { mut found, unread, infos, named, headless, .. } = parser;
    if headless == Some(true) || found.iter().any(|d| HEAD.contains(&d.code)) {
        found.extend(unread);
        return (None, found);
    }
    let partial = found.iter().any(|d| d.severity == Severity::Error);
    (Some(Mapping { rules: infos, named, unread, partial, ..mapping }), found)
}

/// Every block of a mapping.
fn blocks(mapping: &mut Mapping) -> impl Iterator<Item = &mut Block> {
    let Mapping { types, operations, errors, .. } = mapping;
    let of_operations = operations.iter_mut().flat_map(OperationBlock::all_mut);
    let of_messages = of_operations.chain(errors.all_mut()).map(|rules| &mut rules.whole);
    types.iter_mut().map(|of| &mut of.block).chain(of_messages)
}

/// What is wrong with a head of which nobody knows what it is about.
const HEAD: &[&str] = &["F303", "F304"];

/// What is gathered while a mapping is read.
struct Parser<'s> {
    /// The API that its files are of.
    api: &'s str,
    /// Its versions, as far as they are known.
    versions: &'s [&'s str],
    /// Where a file cannot be read: whether the others lack a part of the head.
    headless: Option<bool>,
    sources: &'s Sources,
    found: Vec<Diagnostic>,
    /// What is wrong with examples.
    unread: Vec<Diagnostic>,
    /// Where in `found` is what was reported of a place.
    reported: HashMap<(&'static str, Option<Span>), Vec<usize>>,
    infos: Vec<RuleInfo>,
    /// Places that are values, of the rule that is being read.
    places: Vec<(Path, Span)>,
    /// Constants of tests, of the rule that is being read.
    tested: Vec<(Value, Span)>,
    /// Types whose fields texts name.
    named: Vec<(Box<str>, Span)>,
}

/// What every rule may carry in its long form.
#[derive(Default)]
struct Long {
    loses: Loses,
    why: Option<Box<str>>,
    only: Option<(Only, Span)>,
    answer: Answer,
}

/// What the paths of a block begin with.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Root {
    /// A value: of a type, or of the place of an `in`.
    Value,
    /// A request.
    Request,
    /// An answer.
    Answer,
}

impl Parser<'_> {
    /// Reports once what several keys of one block would report each.
    fn report(&mut self, diagnostic: Diagnostic) {
        let before = self.reported.entry((diagnostic.code, diagnostic.span)).or_default();
        if !before.iter().any(|at| self.found.get(*at) == Some(&diagnostic)) {
            before.push(self.found.len());
            self.found.push(diagnostic);
        }
    }

    fn not_yet(&mut self, span: Span, what: &str) {
        let message = format!("{what} is not supported yet");
        self.report(Diagnostic::error("F399", span, message).label("a later version reads this"));
    }

    /// Adds an entry for a rule or block. Entries come in the order of the text, as everything
    /// is read in that order.
    fn entry(&mut self, name: String, span: Span, long: Long) -> u32 {
        let at = u32::try_from(self.infos.len()).unwrap_or(u32::MAX);
        let Long { loses, why, answer, only: _ } = long;
        let places = std::mem::take(&mut self.places);
        let tested = std::mem::take(&mut self.tested);
        self.infos.push(RuleInfo { name: name.into(), span, loses, why, answer, places, tested });
        at
    }

    /// The rules of requests once more, where answers look at them: without losses of their own.
    fn asked(&mut self, mapping: &mut Mapping) {
        if !mapping.messages().any(|rules| rules.asks) {
            return;
        }
        for operation in &mut mapping.operations {
            let Some(rules) = &mut operation.request else { continue };
            let mut block = rules.head.clone();
            block.rules.extend(elsewhere(&rules.whole.rules));
            renumber(&mut block, &mut |rule| {
                let own = usize::try_from(rule).ok().and_then(|at| self.infos.get(at)).cloned();
                let Some(own) = own else { return rule };
                self.infos.push(RuleInfo { loses: Loses::Allow, ..own });
                u32::try_from(self.infos.len().saturating_sub(1)).unwrap_or(u32::MAX)
            });
            rules.asked = Some(asked(block));
        }
    }

    /// Where a rule or block stands.
    fn place_of(&self, rule: u32) -> Option<Span> {
        self.infos.get(usize::try_from(rule).ok()?).map(|info| info.span)
    }
}
