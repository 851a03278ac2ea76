//! Whether the names that a mapping uses are there: schemas, operations, and every place of every
//! rule. Static: it asks the contracts, not the walk.

use std::collections::HashSet;

use super::{Start, version};
use crate::compile::Link;
use crate::compile::resolve::place::let_through;
use crate::contract::{Contract, Kinds, TypeGraph, TypeId, Use};
use crate::diagnostic::{Diagnostic, Span, nearest};
use crate::json::{Path, Segment, Text};
use crate::mapping::{Alias, Block, Field, RuleKind, Source};
use crate::version::Side;

/// Schemas and operations that one contract lacks.
pub(super) fn names(link: &Link<'_>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for block in &link.mapping.types {
        for (side, contract, name) in
            [(Side::Old, link.old, &block.old), (Side::New, link.new, &block.new)]
        {
            if contract.types.named(name).is_none() {
                let known: Vec<&str> = contract.types.names().map(|(n, _)| n).collect();
                found.push(missing(
                    "F601",
                    block.span,
                    format!("version {} has no schema `{name}`", version(link, side)),
                    (name, &known, "schemas"),
                ));
            }
        }
    }
    for block in &link.mapping.operations {
        for (side, contract) in [(Side::Old, link.old), (Side::New, link.new)] {
            let name = if side == Side::Old { &block.old } else { &block.new };
            if contract.operations.named(name).is_some() {
                continue;
            }
            // An id is the old contract's; the new one may call the same operation otherwise.
            let by_id = link.old.operations.named(name);
            if side == Side::New
                && by_id.is_some_and(|o| crate::compile::series::same(link.new, o).is_some())
            {
                continue;
            }
            let known = operations(contract, name);
            let known: Vec<&str> = known.iter().map(String::as_str).collect();
            found.push(missing(
                "F601",
                block.span,
                format!("version {} has no operation `{name}`", version(link, side)),
                (name, &known, "operations"),
            ));
        }
    }
    found
}

fn operations(contract: &Contract, like: &str) -> Vec<String> {
    let by_path = |o: &crate::contract::Operation| format!("{} {}", o.method, o.path);
    let by_id = |o: &crate::contract::Operation| o.id.as_deref().map(String::from);
    if like.contains(' ') {
        contract.operations.iter().map(by_path).collect()
    } else {
        contract.operations.iter().filter_map(by_id).collect()
    }
}

/// Something that is not there: with the nearest name that is, or all of them where they are few.
fn missing(
    code: &'static str,
    span: Span,
    message: String,
    (name, known, what): (&str, &[&str], &str),
) -> Diagnostic {
    let diagnostic = Diagnostic::error(code, span, message);
    match nearest(name, known.iter().copied()) {
        Some(near) => diagnostic.help(format!("did you mean `{near}`?")),
        None if known.is_empty() => diagnostic.help(format!("it has no {what}")),
        None if known.len() <= 12 => diagnostic.help(format!("its {what}: {}", known.join(", "))),
        None => diagnostic,
    }
}

/// The places of one side.
struct Declared<'c, 'a> {
    link: &'c Link<'a>,
    found: Vec<Diagnostic>,
    /// For how many more places the declared names are compared.
    compared: usize,
}

/// Undeclared places of one mapping for which the nearest declared name is looked for.
const MOST_COMPARED: usize = 200;

/// Where a block begins on both sides, and the paths of the `in`s around.
#[derive(Clone, Copy)]
struct Around<'p> {
    old: (Use, &'p Path),
    new: (Use, &'p Path),
}

/// Places of rules that a contract does not declare.
pub(super) fn places(link: &Link<'_>, starts: &[Start<'_>]) -> Vec<Diagnostic> {
    let mut declared = Declared { link, found: Vec::new(), compared: MOST_COMPARED };
    let root = Path::default();
    let plain = |ty: TypeId| Use { ty, nullable: false };
    for block in &link.mapping.types {
        let types = (link.old.types.named(&block.old), link.new.types.named(&block.new));
        if let (Some(old), Some(new)) = types {
            let around = Around { old: (plain(old), &root), new: (plain(new), &root) };
            declared.block(&block.block, around);
            declared.recursion(&block.block, around);
        }
    }
    for operation in &link.mapping.operations {
        let statuses = operation.statuses.iter().map(|(_, block)| block);
        for block in operation.request.iter().chain(statuses).chain(&operation.response) {
            // A block of several answers is right if it is right for one of them.
            let mut best: Option<Vec<Diagnostic>> = None;
            for start in starts {
                if !start.root.blocks.iter().any(|b| std::ptr::eq(*b, block)) {
                    continue;
                }
                let compared = declared.compared;
                let mut one = Declared { link, found: Vec::new(), compared };
                let (old, new) = ((start.root.source, &root), (start.root.target, &root));
                one.block(block, Around { old, new });
                if best.as_ref().is_none_or(|b| one.found.len() < b.len()) {
                    best = Some(one.found);
                }
            }
            let best = best.unwrap_or_default();
            declared.compared = declared.compared.saturating_sub(best.len());
            declared.found.extend(best);
        }
    }
    declared.found
}

impl Declared<'_, '_> {
    fn block(&mut self, block: &Block, around: Around<'_>) {
        for rule in &block.rules {
            let at = usize::try_from(rule.rule).unwrap_or(usize::MAX);
            let span = self.link.mapping.rules.get(at).map_or(self.link.mapping.span, |i| i.span);
            match &rule.kind {
                RuleKind::Field(field) => self.field(span, field, around),
                RuleKind::Only { side, place, source } => {
                    self.place(span, *side, place, around);
                    self.source(span, side.other(), source, around);
                }
                RuleKind::Alias(alias) => self.alias(span, alias, around),
                RuleKind::In { old, new, block } => {
                    let (old, new) = (join(around.old.1, old), join(around.new.1, new));
                    let around = Around { old: (around.old.0, &old), new: (around.new.0, &new) };
                    self.block(block, around);
                }
            }
        }
    }

    fn field(&mut self, span: Span, field: &Field, around: Around<'_>) {
        self.place(span, Side::Old, &field.old, around);
        self.place(span, Side::New, &field.new, around);
    }

    fn alias(&mut self, span: Span, alias: &Alias, around: Around<'_>) {
        for side in [Side::Old, Side::New] {
            if alias.side.is_none_or(|s| s == side) {
                self.place(span, side, &alias.second, around);
                self.place(span, side, &alias.first, around);
            }
        }
    }

    fn source(&mut self, span: Span, side: Side, source: &Source, around: Around<'_>) {
        if let Source::From { path, map, otherwise } = source {
            self.place(span, side, path, around);
            for source in map.iter().map(|(_, s)| s).chain(otherwise.as_deref()) {
                self.source(span, side, source, around);
            }
        }
    }

    fn place(&mut self, span: Span, side: Side, path: &Path, around: Around<'_>) {
        let (contract, (root, prefix)) = match side {
            Side::Old => (self.link.old, around.old),
            Side::New => (self.link.new, around.new),
        };
        let path = join(prefix, path);
        let Err(stop) = lead(&contract.types, root, &path.0) else { return };
        let whole = Path(path.0.iter().take(stop.at.saturating_add(1)).cloned().collect());
        let wanted = match path.0.get(stop.at) {
            Some(Segment::Name(name)) => name.to_string(),
            _ => String::new(),
        };
        let on = match side {
            Side::Old => "old",
            Side::New => "new",
        };
        let message = format!(
            "the contract of {} does not declare `{whole}` in {}",
            version(self.link, side),
            owner(&contract.types, stop.owner)
        );
        let ty = contract.types.get(stop.owner);
        let is_name = matches!(path.0.get(stop.at), Some(Segment::Name(_)));
        let diagnostic = if is_name && !ty.kinds.meets(Kinds::OBJECT) && ty.branches.is_none() {
            let help = format!("it says {}, which has no members", ty.kinds);
            Diagnostic::error("F602", span, message).help(help)
        } else if let Some(left) = self.compared.checked_sub(1) {
            self.compared = left;
            let properties = &contract.types.get(stop.owner).properties;
            let known: Vec<String> =
                properties.iter().filter_map(|(name, _)| name.decode()).collect();
            let known: Vec<&str> = known.iter().map(String::as_str).collect();
            missing("F602", span, message, (&wanted, &known, "properties"))
        } else {
            Diagnostic::error("F602", span, message)
        };
        self.found.push(diagnostic.label(format!("no such place on the {on} side")));
    }

    /// A rule that relates a place of a recursive type to one inside its own child.
    fn recursion(&mut self, block: &Block, around: Around<'_>) {
        for rule in &block.rules {
            let RuleKind::Field(field) = &rule.kind else { continue };
            let (old, new) = (&self.link.old.types, &self.link.new.types);
            if through(old, around.old.0, &field.old.0) == through(new, around.new.0, &field.new.0)
            {
                continue;
            }
            let at = usize::try_from(rule.rule).unwrap_or(usize::MAX);
            let span = self.link.mapping.rules.get(at).map_or(self.link.mapping.span, |i| i.span);
            let name = old.get(around.old.0.ty).name.as_deref().unwrap_or("the schema");
            self.found.push(
                Diagnostic::error("F606", span, "the rule hands a value down without end")
                    .label(format!("one side leads into another `{name}`"))
                    .help("a rule of a recursive type relates places of the same value"),
            );
        }
    }
}

/// How often a path goes through the type that it begins in.
fn through(types: &TypeGraph, root: Use, path: &[Segment]) -> usize {
    let inner = (1..path.len()).filter(|n| {
        let at = path.get(..*n).and_then(|path| lead(types, root, path).ok());
        at.is_some_and(|at| at.ty == root.ty || types.get(at.ty).bases.contains(&root.ty))
    });
    inner.count()
}

/// Where a path ends that is not declared.
struct Stop {
    /// Index of the segment.
    at: usize,
    /// What does not declare it.
    owner: TypeId,
}

/// Where a path leads; through a union by any branch that declares it.
fn lead(types: &TypeGraph, root: Use, path: &[Segment]) -> Result<Use, Stop> {
    lead_from(types, root, (path, 0), &mut HashSet::new())
}

/// Branches that were gone into once from a segment do not lead on, or are being gone into.
fn lead_from(
    types: &TypeGraph,
    mut at: Use,
    (path, mut done): (&[Segment], usize),
    gone: &mut HashSet<(TypeId, usize)>,
) -> Result<Use, Stop> {
    while let Some(segment) = path.get(done) {
        let ty = types.get(at.ty);
        if let Some(branches) = &ty.branches {
            let mut best = Stop { at: done, owner: at.ty };
            let mut some = false;
            for branch in &branches.of {
                if !gone.insert((*branch, done)) {
                    continue;
                }
                match lead_from(types, Use { ty: *branch, ..at }, (path, done), gone) {
                    Ok(end) => return Ok(end),
                    Err(stop) if !some || stop.at > best.at => best = stop,
                    Err(_) => {}
                }
                some = true;
            }
            return Err(best);
        }
        let inner = match segment {
            Segment::Name(name) if ty.kinds.meets(Kinds::OBJECT) => {
                types.resolve_property(at.ty, &Text::from_plain(name))
            }
            Segment::Name(_) => None,
            Segment::Each | Segment::Index(_) => ty.items,
            Segment::Select(fields) => ty.items.filter(|items| {
                fields.iter().all(|(names, _)| {
                    let path: Vec<_> = names.iter().map(|n| Segment::Name(n.clone())).collect();
                    lead(types, *items, &path).is_ok()
                })
            }),
            Segment::Values => let_through(types, at),
        };
        let Some(inner) = inner else { return Err(Stop { at: done, owner: at.ty }) };
        (at, done) = (inner, done.saturating_add(1));
    }
    Ok(at)
}

/// What does not declare a place, for people.
fn owner(types: &TypeGraph, of: TypeId) -> String {
    let ty = types.get(of);
    match &ty.name {
        Some(name) => format!("`{name}`"),
        None if ty.is_unconstrained() => String::from("a schema that says nothing"),
        None => format!("a schema without a name ({})", ty.kinds),
    }
}

fn join(prefix: &Path, path: &Path) -> Path {
    Path(prefix.0.iter().chain(&path.0).cloned().collect())
}
