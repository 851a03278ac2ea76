//! Whether every rule reaches something. What a rule does there is not looked at.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use super::answers::written_under;
use super::operations::moved;
use super::places::Around;
use super::walk::Walk;
use super::{Checking, Start, made, version};
use crate::compile::Link;
use crate::compile::resolve::bind::Single;
use crate::compile::resolve::items::{MOST_NAMED, MOST_SORTS};
use crate::compile::resolve::live::{looks, overrides};
use crate::compile::resolve::place::lead;
use crate::compile::resolve::union::lone;
use crate::compile::resolve::{Hop, What, is_many};
use crate::contract::{TypeGraph, Use};
use crate::diagnostic::{Diagnostic, Severity, Span};
use crate::json::{Path, Segment};
use crate::mapping::{Block, Field, Rule, RuleInfo, RuleKind, Rules};
use crate::version::Side;

/// Lists of which rules name more single elements than the programs can tell apart.
pub(super) fn crowds(of: &Checking<'_, '_>, walk: &Walk) -> Vec<Diagnostic> {
    let crowded: BTreeSet<usize> = walk.visits.iter().filter_map(|v| v.binding.crowded).collect();
    let found = crowded.into_iter().map(|at| {
        Diagnostic::error("F613", of.span(at), "too many single elements of one list are named")
            .label(format!("at most {MOST_NAMED}, and {MOST_SORTS} ways of being several at once"))
            .help("relate the lists as a whole, with `[]`, or name fewer elements")
    });
    found.collect()
}

/// Rules (by their index in the mapping) that do something somewhere.
#[derive(Default)]
pub(super) struct Reached {
    rules: BTreeSet<u32>,
    /// Those with a `[]` or `{}` on what is no counterpart of the other side's.
    apart: BTreeSet<u32>,
    /// Those of which a more special rule takes every place.
    overridden: BTreeSet<u32>,
    /// Those that are about a value as a whole, which they neither make nor take.
    whole: BTreeSet<u32>,
    /// Those that may make something.
    made: BTreeSet<u32>,
    /// Those that never do where they would: how many segments of the place are behind what nothing
    /// makes.
    unmade: BTreeMap<u32, usize>,
    /// Blocks that a pair met.
    blocks: BTreeSet<u32>,
}

impl Reached {
    /// Adds what the walk of one direction reaches.
    pub(super) fn note(&mut self, hop: &Hop<'_>, walk: &Walk) {
        for visit in &walk.visits {
            let binding = &visit.binding;
            let uses = (visit.context.source.ty, visit.context.target.ty);
            let met = crate::compile::resolve::bind::blocks(hop, uses.0, uses.1);
            self.blocks.extend(met.iter().map(|b| b.rule));
            self.rules.extend(binding.itself.and_then(|at| id(hop, at)));
            self.rules.extend(binding.cross.and_then(|(_, at)| id(hop, at)));
            let lone = visit.branches.iter().filter_map(|(branch, _)| lone(hop, *branch));
            self.rules.extend(lone.map(|lone| lone.of.rule));
            for at in &binding.refuses {
                let Some(rule) = hop.rules.get(*at) else { continue };
                let What::Refuse(predicate) = rule.what else { continue };
                let leads = |path: &Path| {
                    lead(hop.source, visit.context.source, &rule.root.join(path).0).is_some()
                };
                if predicate.iter().all(|(path, _)| leads(path)) {
                    self.rules.insert(rule.rule);
                }
            }
            let items = binding.items.as_ref();
            let moves = binding.moves.iter().chain(items.iter().flat_map(|i| &i.moves));
            for carried in moves {
                let Some(rule) = carried.rule.and_then(|at| id(hop, at)) else { continue };
                self.one(rule, &[&carried.src, &carried.dst]);
            }
            self.apart.extend(binding.stuck.iter().filter_map(|at| id(hop, *at)));
            let (source, target) = (visit.context.source, visit.context.target);
            let read = binding.takes.iter().chain(&binding.fills);
            let read = read.chain(items.iter().flat_map(|i| &i.takes));
            let written = binding.makes.iter().chain(&binding.repeats);
            let written = written.chain(items.iter().flat_map(|i| &i.makes));
            let singles = read.map(|single| (single, hop.source, source));
            for (single, types, of) in singles.chain(written.map(|s| (s, hop.target, target))) {
                let Some(rule) = id(hop, single.rule) else { continue };
                if hop.rules.get(single.rule).is_some_and(|rule| rule.left) {
                    continue;
                }
                if lead(types, of, &single.place).is_none() {
                    // It was handed to a value that has no such place.
                    continue;
                }
                if single.place.is_empty() {
                    self.whole.insert(rule);
                } else {
                    self.one(rule, &[&single.place]);
                }
            }
            let makes = binding.makes.iter().chain(items.iter().flat_map(|i| &i.makes));
            // What is behind a `[]` or `{}` is the affair of its elements.
            let own = |m: &&Single| {
                !m.place.iter().any(is_many) && lead(hop.target, target, &m.place).is_some()
            };
            for make in makes.filter(own) {
                let Some(rule) = id(hop, make.rule) else { continue };
                match made::unmade(hop, visit, make) {
                    Some(inner) => drop(self.unmade.insert(rule, inner)),
                    None => drop(self.made.insert(rule)),
                }
            }
            let lost = overrides(hop, &visit.context);
            self.overridden.extend(lost.iter().filter_map(|o| id(hop, o.at)));
        }
    }

    fn one(&mut self, rule: u32, places: &[&[Segment]]) {
        let many =
            |place: &&[Segment]| place.iter().any(|s| matches!(s, Segment::Each | Segment::Values));
        if places.iter().any(many) {
            self.apart.insert(rule);
        } else {
            self.rules.insert(rule);
        }
    }

    /// The rules and blocks that reach nothing, but for those about which there is an error already.
    pub(super) fn rest(
        &self,
        link: &Link<'_>,
        starts: &[Start<'_>],
        found: &[Diagnostic],
    ) -> Vec<Diagnostic> {
        let mut rest = Vec::new();
        let spans: HashSet<Span> = found.iter().filter_map(|d| d.span).collect();
        let wrong = found.iter().filter(|d| d.severity == Severity::Error);
        let wrong: HashSet<Span> = wrong.filter_map(|d| d.span).collect();
        let said = |rule: u32| {
            let at = usize::try_from(rule).unwrap_or(usize::MAX);
            // What is wrong with a place of a rule is why it reaches nothing.
            let spans = link.mapping.rules.get(at).map(RuleInfo::spans);
            spans.into_iter().flatten().any(|span| wrong.contains(&span))
        };
        let moved = moved(link);
        for block in &link.mapping.types {
            if wrong.contains(&block.span) {
                continue;
            }
            if !self.blocks.contains(&block.block.rule) {
                let (old, new) = (&block.old, &block.new);
                let what = if old == new {
                    format!("no message holds `{old}` on both sides")
                } else {
                    format!("no message holds `{old}` where the other side holds `{new}`")
                };
                let help = "take it out, or relate the places that hold the two schemas";
                let help = match &moved {
                    Some(moved) => format!("{help}; {moved}"),
                    None => help.to_owned(),
                };
                rest.push(
                    Diagnostic::error("F604", block.span, what)
                        .label("this block reaches nothing")
                        .help(help),
                );
                continue;
            }
            let roots = (link.old.types.named(&block.old), link.new.types.named(&block.new));
            let root = Path::default();
            let plain = |ty| (Use { ty, nullable: false }, &root);
            let around = roots.0.zip(roots.1).map(|(o, n)| Around { old: plain(o), new: plain(n) });
            self.of_block((link, around), &block.block, &said, &mut rest);
        }
        for lone in &link.mapping.lone {
            if !self.rules.contains(&lone.of.rule) && !wrong.contains(&lone.of.span) {
                let what = format!("`{}` is a branch of no union", lone.of.name);
                rest.push(
                    Diagnostic::error("F604", lone.of.span, what)
                        .label("this block reaches nothing")
                        .help("only a branch of a union may have no counterpart"),
                );
            }
        }
        for operation in &link.mapping.operations {
            if spans.contains(&operation.span) {
                continue;
            }
            for rules in operation.all() {
                self.of_rules((link, starts), rules, &said, &mut rest);
            }
        }
        for rules in link.mapping.errors.all() {
            self.of_rules((link, starts), rules, &said, &mut rest);
        }
        rest
    }

    /// The rules of one kind of message: in the documents that it is taken for.
    fn of_rules(
        &self,
        (link, starts): (&Link<'_>, &[Start<'_>]),
        rules: &Rules,
        said: &dyn Fn(u32) -> bool,
        into: &mut Vec<Diagnostic>,
    ) {
        let start = |block: &Block| {
            let holds = |s: &&Start<'_>| s.root.blocks.iter().any(|b| std::ptr::eq(*b, block));
            starts.iter().find(holds)
        };
        let apart = start(&rules.body).or_else(|| start(&rules.head)).is_some();
        let views = if apart { vec![&rules.head, &rules.body] } else { vec![&rules.whole] };
        let root = Path::default();
        let before = into.len();
        for block in views {
            let around = start(block).map(|start| Around {
                old: (start.root.source, &root),
                new: (start.root.target, &root),
            });
            self.of_block((link, around), block, said, into);
        }
        let plain = into.iter_mut().skip(before).filter(|d| d.code == "F604" && d.help.is_none());
        let mut plain = plain.peekable();
        if let Some(help) = plain.peek().and_then(|_| written_under(link, rules)) {
            plain.for_each(|d| d.help = Some(help.as_str().into()));
        }
    }

    fn of_block(
        &self,
        (link, around): (&Link<'_>, Option<Around<'_>>),
        block: &Block,
        said: &dyn Fn(u32) -> bool,
        into: &mut Vec<Diagnostic>,
    ) {
        for rule in &block.rules {
            if let RuleKind::In { old, new, block } = &rule.kind {
                let inner = around.map(|a| (a.old.1.join(old), a.new.1.join(new)));
                let around = around
                    .zip(inner.as_ref())
                    .map(|(a, (old, new))| Around { old: (a.old.0, old), new: (a.new.0, new) });
                self.of_block((link, around), block, said, into);
                continue;
            }
            if said(rule.rule) {
                continue;
            }
            let at = usize::try_from(rule.rule).unwrap_or(usize::MAX);
            let Some(entry) = link.mapping.rules.get(at) else { continue };
            if self.rules.contains(&rule.rule) {
                into.extend(self.makes_nothing(rule, entry.span));
                continue;
            }
            into.push(if self.whole.contains(&rule.rule) {
                Diagnostic::error("F604", entry.span, "this rule does nothing")
                    .label("a value that is there as a whole is neither made nor taken out")
                    .help("name a member of it, or the list or dictionary that it is in")
            } else if self.apart.contains(&rule.rule) {
                apart(link, around, &rule.kind, entry.span)
            } else if self.overridden.contains(&rule.rule) {
                Diagnostic::error("F604", entry.span, "this rule reaches nothing")
                    .label("more special rules claim its places everywhere")
            } else if is_wrapped(&block.rules, &rule.kind) {
                Diagnostic::error("F604", entry.span, "this rule does nothing")
                    .label("an element that `wrap` makes has the wrapped value alone")
                    .help("take it out: what else is in such an element is dropped, and reported")
            } else {
                unreached((link, around), &rule.kind, entry.span)
            });
        }
    }

    /// A rule that never makes the value that it is about, as what its place is in is not there.
    fn makes_nothing(&self, rule: &Rule, span: Span) -> Option<Diagnostic> {
        let RuleKind::Only { side, place, .. } = &rule.kind else { return None };
        let inner = self.unmade.get(&rule.rule).filter(|_| !self.made.contains(&rule.rule))?;
        let missing = place.0.len().checked_sub(*inner).filter(|missing| *missing > 0)?;
        let outer = Path(place.0.iter().take(missing).cloned().collect());
        Some(
            Diagnostic::warning("F641", span, format!("this rule never makes `{place}`"))
                .label(format!("nothing makes `{outer}`, which it is in"))
                .help(made::as_a_whole(*side, place, missing)),
        )
    }
}

/// A rule that nothing leads to: a union on the way is why, where there is one.
fn unreached(
    (link, around): (&Link<'_>, Option<Around<'_>>),
    rule: &RuleKind,
    span: Span,
) -> Diagnostic {
    let wrong = Diagnostic::error("F604", span, "this rule reaches nothing");
    let places: Vec<(Side, &Path)> = match rule {
        RuleKind::Field(field) => vec![(Side::Old, &field.old), (Side::New, &field.new)],
        RuleKind::Only { side, place, .. } => vec![(*side, place)],
        RuleKind::Refuse(refuse) => {
            let of =
                |side| refuse.on(side).into_iter().flatten().map(move |(path, _)| (side, path));
            of(Side::Old).chain(of(Side::New)).collect()
        }
        RuleKind::Alias(_) | RuleKind::In { .. } => Vec::new(),
    };
    let union = |(side, place): (Side, &Path)| Some((side, union(link, around?, side, place)?));
    match places.into_iter().find_map(union) {
        Some((side, union)) => wrong
            .label(format!(
                "a branch of the union `{union}` of {} has this place: rules do not go through a union",
                version(link, side)
            ))
            .help(format!(
                "relate `{union}` itself to its counterpart, and write a block under `types` for the pair of types that become each other: `Old -> New`, with places from there on"
            )),
        None => wrong.label("no message of either contract leads here"),
    }
}

/// The first union that a path of a side goes through, but for the value that it begins in.
fn union(link: &Link<'_>, around: Around<'_>, side: Side, path: &Path) -> Option<Path> {
    let (types, (root, prefix)) = match side {
        Side::Old => (&link.old.types, around.old),
        Side::New => (&link.new.types, around.new),
    };
    union_on(types, root, &prefix.join(path).0)
}

/// The first union on the way to a place, but for the value that it begins in.
pub(super) fn union_on(types: &TypeGraph, root: Use, path: &[Segment]) -> Option<Path> {
    let before = (1..path.len()).filter_map(|length| path.get(..length));
    let mut unions = before.filter(|before| {
        lead(types, root, before).is_some_and(|at| types.get(at.ty).branches.is_some())
    });
    unions.next().map(|before| Path(before.to_vec()))
}

/// Whether the place of a rule is in a list that another one makes by `wrap`.
fn is_wrapped(rules: &[Rule], rule: &RuleKind) -> bool {
    let RuleKind::Only { side, place, .. } = rule else { return false };
    let many = |s: &Segment| matches!(s, Segment::Each | Segment::Values);
    let wraps = |field: &Field| {
        let path = if *side == Side::Old { &field.old } else { &field.new };
        let list = path.0.split(many).next().unwrap_or_default();
        field.parts.wrap == Some(*side) && place.0.starts_with(list)
    };
    rules.iter().any(|rule| matches!(&rule.kind, RuleKind::Field(field) if wraps(field)))
}

/// A rule about elements that pair with none.
fn apart(link: &Link<'_>, around: Option<Around<'_>>, rule: &RuleKind, span: Span) -> Diagnostic {
    let RuleKind::Only { side, place, source } = rule else {
        return Diagnostic::error("F612", span, "the lists of the two paths are not counterparts")
            .label("their elements do not pair")
            .help("relate the lists themselves too: `old_list: new_list`");
    };
    let many = |s: &Segment| matches!(s, Segment::Each | Segment::Values);
    let list: Vec<_> = place.0.iter().take_while(|s| !many(s)).cloned().collect();
    let word = if *side == Side::Old { "removed" } else { "added" };
    let whole = format!("write the list as a whole: `{word}: {{ {}: … }}`", Path(list.clone()));
    let there = around.and_then(|around| around.says(link, side.other(), &list));
    let element = place.0.iter().rposition(many).map_or(0, |at| at.saturating_add(1));
    let element = Path(place.0.iter().take(element).cloned().collect());
    let mut looked = Vec::new();
    looks(source, &mut looked);
    let is_list = |said: &String| said.starts_with("array") || said.starts_with("object");
    let outside = looked.iter().find(|path| !element.is_prefix_of(path));
    if let Some(outside) = outside.filter(|_| there.as_ref().is_some_and(is_list)) {
        let what = format!("`{outside}` is not in the element that this rule is about");
        return Diagnostic::error("F612", span, what)
            .label(format!("each `{element}` pairs with one, and sees what is in that"))
            .help(format!("name a place of it, `{element}.…`, or write the list as a whole"));
    }
    let wrong = Diagnostic::error("F612", span, "the list of this path has no counterpart")
        .label("its elements pair with none");
    match there.filter(|said| !is_list(said)) {
        Some(said) => {
            wrong.help(format!("{} says {said} there: {whole}", version(link, side.other())))
        }
        None => wrong.help(format!("relate the list itself, `old_list: new_list`, or {whole}")),
    }
}

/// The index of a rule in its mapping.
fn id(hop: &Hop<'_>, at: usize) -> Option<u32> {
    hop.rules.get(at).map(|r| r.rule)
}
