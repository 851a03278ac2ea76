//! Whether the names that a mapping uses are there: schemas, operations, and every place of every
//! rule. Static: it asks the contracts, not the walk.

use std::collections::HashSet;

use super::fits::{Fits, allows, said};
use super::recursion::{fills, recursion};
use super::role::{Role, no_body};
use super::texts::misspelt;
use super::{Start, version};
use crate::compile::Link;
use crate::compile::resolve::place::let_through;
use crate::contract::{Contract, Kinds, Operation, TypeGraph, TypeId, Use};
use crate::diagnostic::{Diagnostic, Span, nearest};
use crate::json::{Path, Segment, Text, Value};
use crate::mapping::{Alias, Block, Field, Lone, RuleInfo, RuleKind, Source};
use crate::version::Side;

/// Schemas and operations that one contract lacks.
pub(super) fn names(link: &Link<'_>) -> Vec<Diagnostic> {
    if link.old.open {
        return unnameable(link);
    }
    let mut found = Vec::new();
    let sides = |old, new, span| [(Side::Old, old, span), (Side::New, new, span)];
    let blocks = link.mapping.types.iter().flat_map(|b| sides(&*b.old, &*b.new, b.span));
    let named = link.mapping.named.iter().flat_map(|(name, span)| {
        let (old, new) = link.mapping.pair(name);
        sides(old, new, *span)
    });
    let lone = link.mapping.lone.iter().map(|Lone { of, .. }| (of.side, &*of.name, of.span));
    for (side, name, span) in blocks.chain(named).chain(lone) {
        let contract = if side == Side::Old { link.old } else { link.new };
        if contract.types.named(name).is_none() {
            let known: Vec<&str> = contract.types.names().map(|(n, _)| n).collect();
            let what = format!("version {} has no schema `{name}`", version(link, side));
            found.push(missing("F601", span, what, (name, &known, "schemas")));
        }
    }
    for gone in &link.mapping.gone {
        let contract = if gone.side == Side::Old { link.old } else { link.new };
        if contract.operations.named(&gone.name).is_none() {
            let known = operations(contract, &gone.name);
            let known: Vec<&str> = known.iter().map(String::as_str).collect();
            let (version, name) = (version(link, gone.side), &gone.name);
            let what = format!("version {version} has no operation `{name}`");
            found.push(missing("F601", gone.span, what, (name, &known, "operations")));
        }
    }
    for block in &link.mapping.operations {
        for (side, contract) in [(Side::Old, link.old), (Side::New, link.new)] {
            let name = if side == Side::Old { &block.old } else { &block.new };
            if contract.operations.named(name).is_some() {
                continue;
            }
            // An id is the old contract's; the new one may call the same operation otherwise.
            let by_id = link.old.operations.named(name).filter(|_| block.old == block.new);
            let same = |o: &Operation| link.new.operations.on(&o.method, &o.path).is_some();
            if block.is_all() || (side == Side::New && by_id.is_some_and(same)) {
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

/// Names that only a contract gives, where nobody has written one.
fn unnameable(link: &Link<'_>) -> Vec<Diagnostic> {
    const WRITE: &str = "add a contract of each version, or";
    let types = link.mapping.types.iter().map(|block| {
        let what = format!("no contract says what `{}` is: rules of types need one", block.old);
        Diagnostic::error("F506", block.span, what)
            .label("nothing tells where there is such a value")
            .help(format!("{WRITE} write the rules under `operations`, with places from `body` on"))
    });
    let by_id = link.mapping.operations.iter().filter(|block| !block.old.contains(' '));
    let ids = by_id.map(|block| {
        let what = format!("no contract says which operation `{}` is", block.old);
        Diagnostic::error("F506", block.span, what)
            .label("an `operationId` is a name that a contract gives")
            .help(format!("{WRITE} write its method and path, such as `GET /orders/{{id}}`"))
    });
    let named = link.mapping.named.iter().map(|(name, span)| {
        let what = format!("no contract says what `{name}` is, whose fields a text names");
        Diagnostic::error("F506", *span, what)
            .label("nothing tells which fields it has")
            .help(format!("{WRITE} say which values become which with `map`"))
    });
    types.chain(ids).chain(named).collect()
}

fn operations(contract: &Contract, like: &str) -> Vec<String> {
    let by_id = |o: &Operation| o.id.as_deref().map(String::from);
    if like.contains(' ') {
        contract.operations.iter().map(Operation::name).collect()
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
    /// The message that the places are of.
    start: Option<&'c Start<'a>>,
    found: Vec<Diagnostic>,
    /// For how many more places the declared names are compared.
    compared: usize,
}

/// Undeclared places of one mapping for which the nearest declared name is looked for.
const MOST_COMPARED: usize = 200;

/// Where a block begins on both sides, and the paths of the `in`s around.
#[derive(Clone, Copy)]
pub(super) struct Around<'p> {
    pub(super) old: (Use, &'p Path),
    pub(super) new: (Use, &'p Path),
}

impl Around<'_> {
    /// What the contract of a side says of a place, for people; `None` where it declares none.
    pub(super) fn says(self, link: &Link<'_>, side: Side, path: &[Segment]) -> Option<String> {
        let (types, (root, prefix)) = match side {
            Side::Old => (&link.old.types, self.old),
            Side::New => (&link.new.types, self.new),
        };
        let path = prefix.join(&Path(path.to_vec()));
        Some(said((types, lead(types, root, &path.0).ok()?), 0))
    }
}

/// Places of rules that a contract does not declare.
pub(super) fn places(link: &Link<'_>, starts: &[Start<'_>]) -> Vec<Diagnostic> {
    let mut declared = Declared { link, start: None, found: Vec::new(), compared: MOST_COMPARED };
    let root = Path::default();
    let plain = |ty: TypeId| Use { ty, nullable: false };
    for block in &link.mapping.types {
        let types = (link.old.types.named(&block.old), link.new.types.named(&block.new));
        if let (Some(old), Some(new)) = types {
            let around = Around { old: (plain(old), &root), new: (plain(new), &root) };
            declared.block(&block.block, around);
            declared.found.extend(recursion(link, &block.block, around));
        }
    }
    declared.found.extend(fills(link));
    for rules in link.mapping.messages() {
        for block in [&rules.whole, &rules.head, &rules.body] {
            // A rule of several messages is right if it is right for one of them.
            let mut best: Option<Vec<Diagnostic>> = None;
            for start in starts {
                if !start.root.blocks.iter().any(|b| std::ptr::eq(*b, block)) {
                    continue;
                }
                let (old, new) = ((start.root.source, &root), (start.root.target, &root));
                let compared = declared.compared;
                let start = Some(start);
                let mut one = Declared { link, start, found: Vec::new(), compared };
                one.block(block, Around { old, new });
                match &mut best {
                    None => best = Some(one.found),
                    Some(best) => best.retain(|d| one.found.iter().any(|o| o.span == d.span)),
                }
            }
            let best = best.unwrap_or_default();
            declared.compared = declared.compared.saturating_sub(best.len());
            declared.found.extend(best);
        }
    }
    declared.found
}

impl<'a> Declared<'_, 'a> {
    fn block(&mut self, block: &Block, around: Around<'_>) {
        for rule in &block.rules {
            let at = usize::try_from(rule.rule).unwrap_or(usize::MAX);
            let Some(info) = self.link.mapping.rules.get(at) else { continue };
            match &rule.kind {
                RuleKind::Field(field) => self.field(info, field, around),
                RuleKind::Only { side, place, source } => {
                    self.place((info.span, Role::Only), *side, place, around);
                    self.source(info, side.other(), source, around);
                }
                RuleKind::Alias(alias) => self.alias(info, alias, around),
                RuleKind::Refuse(refuse) => {
                    for side in [Side::Old, Side::New] {
                        for (path, _) in refuse.on(side).into_iter().flatten() {
                            self.place((info.written(path), Role::Asked), side, path, around);
                        }
                    }
                }
                RuleKind::In { old, new, block } => {
                    let (old, new) = (around.old.1.join(old), around.new.1.join(new));
                    let around = Around { old: (around.old.0, &old), new: (around.new.0, &new) };
                    self.block(block, around);
                }
            }
        }
    }

    fn field(&mut self, info: &RuleInfo, field: &Field, around: Around<'_>) {
        self.place((info.span, Role::Field), Side::Old, &field.old, around);
        self.place((info.written(&field.new), Role::Field), Side::New, &field.new, around);
    }

    fn alias(&mut self, info: &RuleInfo, alias: &Alias, around: Around<'_>) {
        for side in [Side::Old, Side::New] {
            if alias.side.is_none_or(|s| s == side) {
                self.place((info.span, Role::Alias), side, &alias.second, around);
                let written = info.written(&alias.first);
                self.place((written, Role::Alias), side, &alias.first, around);
            }
        }
    }

    fn source(&mut self, info: &RuleInfo, side: Side, source: &Source, around: Around<'_>) {
        let role = if matches!(source, Source::Text(_)) { Role::Text } else { Role::Source };
        for path in source.places() {
            self.place((info.written(path), role), side, path, around);
        }
        for source in source.inner() {
            self.source(info, side, source, around);
        }
    }

    fn place(&mut self, (span, role): (Span, Role), side: Side, path: &Path, around: Around<'_>) {
        let (contract, (root, prefix)) = self.side(side, around);
        let whole = prefix.join(path);
        let Err(stop) = lead(&contract.types, root, &whole.0) else {
            let (types, version) = (&contract.types, version(self.link, side));
            self.found.extend(misspelt(types, (root, &whole), (span, version)));
            return self.selectors(span, side, (root, &whole));
        };
        let (other, (its, before)) = self.side(side.other(), around);
        let elsewhere = lead(&other.types, its, &before.join(path).0).is_ok();
        let (version, types) = (version(self.link, side), &contract.types);
        let start = self.start.filter(|_| !elsewhere && stop.at == 0);
        if let Some(wrong) = start.and_then(|start| no_body(span, (start, side, version), &whole)) {
            return self.found.push(wrong.label(format!("no such place on the {side} side")));
        }
        let place = Path(whole.0.iter().take(stop.at.saturating_add(1)).cloned().collect());
        let owner = owner(types, stop.owner);
        let (wanted, message) = match (&stop.field, whole.0.get(stop.at)) {
            (Some(field), _) => (
                Some(field.to_string()),
                format!(
                    "the contract of {version} does not declare `{field}` of {owner}, by which `{place}` finds an element"
                ),
            ),
            (None, Some(Segment::Name(name))) => (
                Some(name.to_string()),
                format!("the contract of {version} does not declare `{place}` in {owner}"),
            ),
            (None, _) => {
                (None, format!("the contract of {version} does not declare `{place}` in {owner}"))
            }
        };
        let ty = types.get(stop.owner);
        let diagnostic =
            if wanted.is_some() && !ty.kinds.meets(Kinds::OBJECT) && ty.branches.is_none() {
                let within = wanted.as_deref().filter(|_| ty.kinds.meets(Kinds::ARRAY));
                let each = within.map(|name| {
                    let own = [Segment::Each, Segment::Name(name.into())];
                    let list = whole.0.iter().take(stop.at).cloned();
                    format!("; of each element it is `{}`", Path(list.chain(own).collect()))
                });
                let each = each.unwrap_or_default();
                let help = format!("it says {}, which has no members{each}", ty.kinds);
                Diagnostic::error("F602", span, message).help(help)
            } else if elsewhere {
                let help = role.elsewhere(side, &other.version);
                Diagnostic::error("F602", span, message).help(help)
            } else if let Some(left) = self.compared.checked_sub(1) {
                self.compared = left;
                let known: Vec<String> =
                    ty.properties.iter().filter_map(|(name, _)| name.decode()).collect();
                let known: Vec<&str> = known.iter().map(String::as_str).collect();
                let wanted = wanted.unwrap_or_default();
                missing("F602", span, message, (&wanted, &known, "properties"))
            } else {
                Diagnostic::error("F602", span, message)
            };
        self.found.push(diagnostic.label(format!("no such place on the {side} side")));
    }

    fn side<'p>(&self, side: Side, around: Around<'p>) -> (&'p Contract, (Use, &'p Path))
    where
        'a: 'p,
    {
        match side {
            Side::Old => (self.link.old, around.old),
            Side::New => (self.link.new, around.new),
        }
    }

    /// Elements of a declared place that are named by what none of them can have.
    fn selectors(&mut self, span: Span, side: Side, (root, path): (Use, &Path)) {
        let link = self.link;
        let types = if side == Side::Old { &link.old.types } else { &link.new.types };
        for (at, segment) in path.0.iter().enumerate() {
            let Segment::Select(fields) = segment else { continue };
            let list = path.0.get(..at).and_then(|before| lead(types, root, before).ok());
            let Some(items) = list.and_then(|list| types.get(list.ty).items) else { continue };
            for (names, value) in fields {
                let Err(why) = has(types, items, names, value) else { continue };
                let version = version(link, side);
                let field = Path(names.iter().cloned().map(Segment::Name).collect());
                let message =
                    format!("no element of {version} has {value} as its `{field}`: {why}");
                let mended = otherwise(value)
                    .filter(|other| has(types, items, names, other).is_ok())
                    .map(|other| Segment::Select(vec![(names.clone(), other)]));
                let help = match mended {
                    Some(segment) => {
                        format!(
                            "write `{}`: without quotes, a number is a number and `true` a truth value",
                            Path(vec![segment])
                        )
                    }
                    None => String::from("name an element by a value that the contract has there"),
                };
                let wrong = Diagnostic::warning("F631", span, message).help(help);
                self.found.push(wrong.label(format!("`{path}` never fits")));
            }
        }
    }
}

/// Where a path ends that is not declared.
pub(super) struct Stop {
    /// Index of the segment.
    at: usize,
    /// What does not declare it.
    owner: TypeId,
    /// The field of a selector that it is about.
    field: Option<Box<str>>,
}

/// Where a path leads; through a union by any branch that declares it.
pub(super) fn lead(types: &TypeGraph, root: Use, path: &[Segment]) -> Result<Use, Stop> {
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
            let mut best = Stop { at: done, owner: at.ty, field: None };
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
            Segment::Select(fields) => {
                if let Some(items) = ty.items {
                    let mut stops =
                        fields.iter().filter_map(|(names, _)| undeclared(types, items, names));
                    if let Some((owner, field)) = stops.next() {
                        return Err(Stop { at: done, owner, field: Some(field) });
                    }
                }
                ty.items
            }
            Segment::Values => let_through(types, at),
        };
        let Some(inner) = inner else { return Err(Stop { at: done, owner: at.ty, field: None }) };
        (at, done) = (inner, done.saturating_add(1));
    }
    Ok(at)
}

/// The first name of a selector's field that elements do not declare, with what does not.
fn undeclared(types: &TypeGraph, items: Use, names: &[Box<str>]) -> Option<(TypeId, Box<str>)> {
    let path: Vec<_> = names.iter().cloned().map(Segment::Name).collect();
    let stop = lead(types, items, &path).err()?;
    Some((stop.owner, names.get(stop.at)?.clone()))
}

/// Whether a value can be at a place of names; through a union in any branch.
fn has(types: &TypeGraph, at: Use, names: &[Box<str>], value: &Value) -> Result<(), String> {
    has_within(types, at, (names, value), &mut HashSet::new())
}

/// Branches that were gone into once do not have it.
fn has_within(
    types: &TypeGraph,
    at: Use,
    (names, value): (&[Box<str>], &Value),
    gone: &mut HashSet<(TypeId, usize)>,
) -> Result<(), String> {
    let ty = types.get(at.ty);
    let Some((first, rest)) = names.split_first() else {
        return allows((types, &mut Fits::new()), at, value, 0);
    };
    if let Some(branches) = &ty.branches {
        let fits = branches.of.iter().any(|branch| {
            let within = Use { ty: *branch, ..at };
            gone.insert((*branch, names.len()))
                && has_within(types, within, (names, value), gone).is_ok()
        });
        return if fits { Ok(()) } else { Err(String::from("no branch of the union has it")) };
    }
    match types.resolve_property(at.ty, &Text::from_plain(first)) {
        Some(of) => has_within(types, of, (rest, value), gone),
        None => Err(format!("it has no `{first}`")),
    }
}

/// The same text as a string, or what it is without quotes.
fn otherwise(value: &Value) -> Option<Value> {
    match value {
        Value::Null | Value::Bool(_) | Value::Number(_) => Some(Value::string(&value.to_string())),
        Value::String(text) => crate::json::parse(text.decode()?.as_bytes(), 1).ok(),
        Value::Array(_) | Value::Object(_) => None,
    }
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
