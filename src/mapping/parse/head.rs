//! The head of a mapping and its sections, from one or several files that are read as one. The
//! order of mappings among each other is the history's.

use std::path::Path;

use super::operation::Class;
use super::words::{Word, now};
use super::{Parser, Root, keys};
use crate::diagnostic::{Diagnostic, Span};
use crate::document::{Kind, Member};
use crate::mapping::{
    Answers, Example, Gone, Lone, Mapping, Nulls, OperationBlock, TypeBlock, Unmapped,
};
use crate::version::ApiVersion;

pub(super) const WORDS: &[Word<Head>] = &[
    now("mapping", |p, m, to| p.language(m, to)),
    now("api", |p, m, head| p.once(m, &mut head.api)),
    now("from", |p, m, head| p.once(m, &mut head.from)),
    now("to", |p, m, head| p.once(m, &mut head.to)),
    now("summary", |p, m, head| p.once(m, &mut head.summary)),
    now("strict", |p, m, head| head.strict |= p.truth(m)),
    now("unmapped", |p, m, head| head.unmapped = p.unmapped(m).or(head.unmapped)),
    now("nulls", |p, m, head| head.nulls = p.nulls(m).or(head.nulls)),
    now("types", |p, m, to| p.types(m, to)),
    now("operations", |p, m, to| p.operations(m, to)),
    now("errors", |p, m, head| {
        let errors = p.answers(m, "errors", Class::Error);
        p.merge_answers(&mut head.errors, errors);
    }),
    now("examples", |p, m, to| p.examples(m, to)),
];

pub(super) const UNMAPPED: &[(&str, Unmapped)] =
    &[("pass", Unmapped::Pass), ("drop", Unmapped::Drop)];

pub(super) const NULLS: &[(&str, Nulls)] = &[("value", Nulls::Value), ("absent", Nulls::Absent)];

/// What the files say before it is known to be complete.
#[derive(Default)]
pub(super) struct Head {
    language: Option<Span>,
    api: Option<(Box<str>, Span)>,
    from: Option<(Box<str>, Span)>,
    to: Option<(Box<str>, Span)>,
    summary: Option<(Box<str>, Span)>,
    strict: bool,
    unmapped: Option<Unmapped>,
    nulls: Option<Nulls>,
    types: Vec<TypeBlock>,
    pub(super) operations: Vec<OperationBlock>,
    pub(super) gone: Vec<Gone>,
    pub(super) lone: Vec<Lone>,
    errors: Answers,
    pub(super) examples: Vec<Example>,
}

impl Parser<'_> {
    /// The mapping that a head makes, rules not yet filled in.
    pub(super) fn mapping(&mut self, head: Head, span: Span) -> Mapping {
        if head.language.is_none() {
            self.missing(span, "mapping", "write `mapping: 1` at the head of the file");
        }
        let place = |text: &Option<(Box<str>, Span)>| text.as_ref().map_or(span, |(_, at)| *at);
        let (api_span, from_span, to_span) = (place(&head.api), place(&head.from), place(&head.to));
        let said = |text: &Option<(Box<str>, Span)>| text.as_ref().map(|(text, _)| text.clone());
        let ends = (said(&head.from), said(&head.to));
        let known = format!("write `api: {}` at the head of the file", self.api);
        let api = self.name(head.api, span, ("api", &known));
        let help = self.version_help("from", &ends, span);
        let from = self.name(head.from.clone(), span, ("from", &help));
        let help = self.version_help("to", &ends, span);
        let to = self.name(head.to.clone(), span, ("to", &help));
        if let (Some((old, one)), Some((new, two))) = (&head.from, &head.to)
            && old == new
        {
            let what = "a mapping leads from a version to another one";
            let wrong = Diagnostic::error("F304", *two, what).label("the same as `from`");
            self.report(wrong.also(*one, "`from` stands here"));
        }
        Mapping {
            api,
            api_span,
            from: ApiVersion::new(&from),
            from_span,
            to: ApiVersion::new(&to),
            to_span,
            summary: head.summary.map(|(text, _)| text),
            strict: head.strict,
            unmapped: head.unmapped,
            nulls: head.nulls,
            types: head.types,
            operations: head.operations,
            gone: head.gone,
            lone: head.lone,
            errors: head.errors,
            named: Vec::new(),
            examples: head.examples,
            unread: Vec::new(),
            partial: false,
            rules: Vec::new(),
            text: 0,
            span,
        }
    }

    fn missing(&mut self, span: Span, key: &str, help: &str) {
        match &mut self.headless {
            Some(lacks) => *lacks = true,
            None => self
                .report(Diagnostic::error("F303", span, format!("`{key}` is missing")).help(help)),
        }
    }

    /// What to write for a version that a head does not say: of those that the API has the one before, or
    /// behind, the other one that it says; else by the name of the mapping, which is that of its new version.
    fn version_help(
        &self,
        key: &str,
        (from, to): &(Option<Box<str>>, Option<Box<str>>),
        span: Span,
    ) -> String {
        let place = |name: &str| self.versions.iter().position(|own| *own == name);
        let of = |said: &Option<Box<str>>| said.as_deref().and_then(place);
        let parts = Path::new(self.sources.name(span.file)).iter();
        let named = || parts.rev().filter_map(|part| Path::new(part).file_stem()?.to_str());
        let at = if key == "from" {
            of(to).or_else(|| named().find_map(place)).and_then(|at| at.checked_sub(1))
        } else {
            of(from).map(|at| at.saturating_add(1)).or_else(|| named().find_map(place))
        };
        if let Some(version) = at.and_then(|at| self.versions.get(at)) {
            return format!("write `{key}: {version}` at the head of the file");
        }
        let which = if key == "from" { "that it leads from" } else { "that it leads to" };
        format!("write `{key}:` and the version {which} at the head of the file")
    }

    /// The name of an API or version: files are found by it, headers carry it.
    fn name(
        &mut self,
        found: Option<(Box<str>, Span)>,
        span: Span,
        (key, help): (&str, &str),
    ) -> Box<str> {
        let Some((text, at)) = found else {
            self.missing(span, key, help);
            return Box::default();
        };
        let bad = |c: char| c.is_control() || c.is_whitespace() || matches!(c, '/' | '\\');
        if text.is_empty() || text.starts_with('.') || text.contains(bad) {
            let what = format!("`{key}: {text}` cannot be a name");
            self.report(
                Diagnostic::error("F304", at, what)
                    .label("expected text without spaces and slashes that begins with no dot"),
            );
        }
        text
    }

    fn language(&mut self, member: &Member, head: &mut Head) {
        head.language = Some(member.value.span);
        if member.value.kind != Kind::Number("1".into()) {
            let what = "unknown version of the mapping language";
            self.report(Diagnostic::error("F304", member.value.span, what).label("expected 1"));
        }
    }

    /// A text of the head; files that repeat it say the same.
    fn once(&mut self, member: &Member, slot: &mut Option<(Box<str>, Span)>) {
        let span = member.value.span;
        let (Kind::String(text) | Kind::Number(text)) = &member.value.kind else {
            let what = format!("`{}` is not text", member.key);
            return self.kind(span, &what, "expected text");
        };
        match slot {
            Some((before, _)) if before == text => {}
            Some((_, first)) => {
                let what = format!("the files of one mapping differ in `{}`", member.key);
                let wrong = Diagnostic::error("F319", span, what).also(*first, "the other one");
                self.report(wrong);
            }
            None => *slot = Some((text.clone(), span)),
        }
    }

    pub(super) fn unmapped(&mut self, member: &Member) -> Option<Unmapped> {
        self.choice(member, UNMAPPED)
    }

    pub(super) fn nulls(&mut self, member: &Member) -> Option<Nulls> {
        self.choice(member, NULLS)
    }

    fn types(&mut self, member: &Member, head: &mut Head) {
        let mut empty = Vec::new();
        for entry in self.table(&member.value, "`types`") {
            let Some(pairs) = self.type_key(entry) else { continue };
            let name = format!("types.{}", entry.key.trim());
            let before = self.found.len();
            if pairs.iter().any(keys::Pair::is_none) {
                self.lone(entry, (name, &pairs), head);
                continue;
            }
            let Some(block) = self.block(name, entry, Root::Value) else { continue };
            if block.is_empty()
                && pairs.iter().all(|p| p.old == p.new)
                // What could not be read may be all that there is.
                && self.found.len() == before
            {
                empty.push((pairs.clone(), entry.key_span));
            }
            for keys::Pair { old, new } in pairs {
                let known = head.types.iter_mut().find(|b| b.old == old && b.new == new);
                if let Some(before) = known {
                    self.merge(&mut before.block, block.clone());
                } else {
                    let (span, block) = (entry.key_span, block.clone());
                    head.types.push(TypeBlock { old, new, span, block });
                }
            }
        }
        for (pairs, span) in empty {
            // Of a type that was split, or became part of another, it says that both are one still.
            let pairs_otherwise = |pair: &keys::Pair| {
                let other = |b: &TypeBlock| (b.old == pair.old) != (b.new == pair.new);
                head.types.iter().any(other)
            };
            if !pairs.iter().any(pairs_otherwise) {
                self.empty(span);
            }
        }
    }

    pub(super) fn empty(&mut self, span: Span) {
        self.report(
            Diagnostic::warning("F330", span, "a block without rules")
                .help("what no rule names is carried over as it is; leave the key out"),
        );
    }
}
