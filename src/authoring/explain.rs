//! What becomes of the messages of an operation, and where the rules of a type act.

use std::collections::{BTreeMap, BTreeSet};

use crate::compile::{
    self, Link, Medium, Message, Part, Place, Series, Status, Subject, Track, View, Way,
};
use crate::contract::{Operation, TypeGraph};
use crate::diagnostic::Span;
use crate::loss::{Refusal, RuleId};
use crate::mapping::{Block, Mapping, RuleInfo, RuleKind, Source, TypeBlock};
use crate::message::media::Range;
use crate::version::{ApiVersion, Direction, Side};

/// One message of an operation on its way from version to version.
#[derive(Debug)]
pub struct Body {
    /// Which.
    pub part: Part,
    /// Its media type, where its body is another one than that of [`Subject::Message`].
    pub media: Option<Range>,
    /// What it is at the end of its way, where it gets there: the operation and the message.
    pub becomes: Option<(String, Part)>,
    /// Its programs, or why there is none.
    pub plan: Result<Message, String>,
}

/// Ways of one operation that are looked for.
const MOST_WAYS: usize = 64;

/// The programs of these messages; without any, of all that the operation's contract lists.
pub fn bodies(
    series: &Series,
    operation: &Operation,
    track: &Result<Track, String>,
    parts: &[Part],
) -> Vec<Body> {
    let listed: Vec<Part>;
    let parts = if parts.is_empty() {
        listed = compile::parts(operation);
        &listed
    } else {
        parts
    };
    let mut all = Vec::new();
    for part in parts {
        let track = match track {
            Ok(track) => track,
            Err(reason) => {
                let plan = Err(reason.clone());
                all.push(Body { part: *part, media: None, becomes: None, plan });
                continue;
            }
        };
        let mut add = |media: Option<Range>, medium| {
            let (becomes, plan) =
                (becomes(series, track, *part), plan(series, track, (*part, medium)));
            all.push(Body { part: *part, media, becomes, plan });
        };
        let first = series.medium(track, *part, None);
        add(None, first);
        let listed = series.listed(track, *part).map_or(&[][..], |bodies| &bodies.all);
        for (at, body) in listed.iter().enumerate() {
            if body.of.is_some() && first != Some(at) {
                add(Some(body.range.clone()), Some(at));
            }
        }
    }
    all
}

/// A way of an operation, with what tells that a request takes it.
#[derive(Debug)]
pub struct Becomes {
    /// The way.
    pub track: Track,
    /// The operation at its end: `GET /orders`.
    pub name: String,
    /// The constants that such a request has, as `query.state: "open"`.
    pub told_by: Vec<String>,
}

/// Every way of an operation of the first version, the one first that is taken where nothing decides.
/// `Err`: why there is none.
pub fn ways(series: &Series, way: Way, operation: &Operation) -> Result<Vec<Becomes>, String> {
    let contract = series.contracts.get(way.from);
    let at = contract.and_then(|contract| contract.operations.place_of(operation));
    let at = at.unwrap_or(usize::MAX);
    let tracks = series.tracks((way.from, at), way, MOST_WAYS);
    let told = |track: Track| {
        let name = becomes(series, &track, Part::Request).map(|(name, _)| name);
        let told_by = told_by(series, &track);
        Becomes { name: name.unwrap_or_default(), told_by, track }
    };
    Ok(tracks.map_err(|reason| reason.to_string())?.into_iter().map(told).collect())
}

/// What a mapping says of what has no counterpart: `GET /reports -> $none`.
#[derive(Debug)]
pub struct Gone<'s> {
    /// The rule.
    pub info: &'s RuleInfo,
    /// The version that its mapping leads to.
    pub version: &'s ApiVersion,
    /// What stands in the stead of a value of a type; without it that is refused.
    pub instead: Option<&'s Source>,
}

impl Gone<'_> {
    /// What becomes of a value of such a type.
    pub fn becomes(&self) -> String {
        match (self.instead, &self.info.answer.detail) {
            (Some(Source::Literal(value) | Source::Placeholder(value)), _) => {
                format!("{value} stands in its stead")
            }
            (Some(_), _) => String::from("something else stands in its stead"),
            (None, Some(detail)) => format!("it is refused: {}", on_one_line(detail)),
            (None, None) => String::from("it is refused"),
        }
    }
}

/// Where the way of an operation ends too early.
#[derive(Debug)]
pub struct Ends<'s> {
    /// The operation there, and its version.
    pub name: String,
    /// That version.
    pub version: &'s ApiVersion,
    /// The version that has no counterpart of it.
    pub next: &'s ApiVersion,
    /// The side of the mapping between the two on which it is.
    pub side: Side,
    /// What that says of it, if anything.
    pub gone: Option<Gone<'s>>,
}

/// Where the way of an operation of the first version ends, if it does.
pub fn operation_ends<'s>(series: &'s Series, way: Way, operation: &Operation) -> Option<Ends<'s>> {
    let first = series.contracts.get(way.from)?.operations.place_of(operation)?;
    let (direction, hops) = way.hops();
    let mut own = first;
    for hop in hops {
        let to = if direction == Direction::Upgrade { hop.saturating_add(1) } else { hop };
        let so_far = Way { from: way.from, to };
        let Ok(track) = series.track((way.from, first), so_far, |_, _, _| None) else {
            let (link, side) = (series.link(hop)?, direction.source());
            let contract = if side == Side::Old { link.old } else { link.new };
            let next = if side == Side::Old { link.new } else { link.old };
            let gone = series.said_gone(hop, side, own).map(|info| {
                let version = &link.mapping.to;
                Gone { info, version, instead: None }
            });
            let name = contract.operations.get(own)?.name();
            let (version, next) = (&contract.version, &next.version);
            return Some(Ends { name, version, next, side, gone });
        };
        own = *track.operations.last()?;
    }
    None
}

fn told_by(series: &Series, track: &Track) -> Vec<String> {
    let (direction, hops) = track.way.hops();
    let mut found = Vec::new();
    for (hop, pair) in hops.into_iter().zip(&track.pairs) {
        let Some(link) = series.link(hop) else { continue };
        let Some(pair) = link.pairs.get(*pair) else { continue };
        // Where there is one way, nothing has to tell it.
        if link.pairs.of(direction.source(), pair.at(direction.source())).len() > 1 {
            let constants = pair.constants(link.mapping, direction).into_iter();
            let said = constants.map(|c| format!("{}: {}", c.dotted(), c.value));
            found.extend(said);
        }
    }
    found
}

fn becomes(series: &Series, track: &Track, part: Part) -> Option<(String, Part)> {
    let contract = series.contracts.get(track.way.to)?;
    let operation = contract.operations.get(*track.operations.last()?)?;
    let part = match part {
        Part::Answer(Status::Is(status)) => Part::Answer(Status::Is(series.status(track, status))),
        other => other,
    };
    Some((operation.name(), part))
}

fn plan(series: &Series, track: &Track, of: (Part, Medium)) -> Result<Message, String> {
    let made = series.program_of(track, of).map_err(|reason| reason.to_string())?;
    let says = |view| series.travel(Subject::Typed(track, of.0, of.1, view), track.way);
    let nothing = made.is_nothing() && matches!(says(View::Body), Ok(None));
    if nothing && !matches!(says(View::Head), Ok(Some(_))) {
        return Err(unsaid(series, track, of.0));
    }
    Ok(made)
}

/// That no version on the way says anything of a body of an operation, and of which answers the first
/// one does.
pub fn unsaid(series: &Series, track: &Track, part: Part) -> String {
    let contract = series.contracts.get(track.way.from);
    let first = contract.zip(track.operations.first());
    let first = first.and_then(|(c, at)| Some((&c.version, c.operations.get(*at)?)));
    let none = "no version on the way declares a body of JSON or plain text of";
    let Some((version, operation)) = first else { return format!("{none} the message") };
    let name = operation.name();
    let status = match part {
        Part::Request => return format!("{none} the request of `{name}`"),
        Part::Answer(status) => status,
    };
    let bodies = operation.answers.iter().partition(|answer| answer.body.first().is_some());
    let (with, without): (Vec<_>, Vec<_>) = bodies;
    let without = match without.as_slice() {
        [] => String::new(),
        [one] => format!("; {} has none", one.status),
        several => {
            let all: Vec<String> = several.iter().map(|a| a.status.to_string()).collect();
            format!("; {} have none", all.join(", "))
        }
    };
    let with: Vec<String> = with.iter().map(|a| format!("`--status {}`", a.status)).collect();
    let help = match with.as_slice() {
        [] if operation.answers.is_empty() => format!("version {version} lists no answer"),
        [] => format!("version {version} lists no answer that has one"),
        _ => format!("version {version} has one for {}{without}", with.join(" and for ")),
    };
    format!("{none} the answer {status} of `{name}`: {help}")
}

fn info(series: &Series, rule: RuleId) -> (Option<&Mapping>, Option<&RuleInfo>) {
    let mapping = series.mappings.get(usize::from(rule.mapping));
    let at = usize::try_from(rule.rule).ok();
    (mapping, at.zip(mapping).and_then(|(at, mapping)| mapping.rules.get(at)))
}

/// What a rule is called, and the version that its mapping leads to. A mapping itself, which
/// reports its extras, is `unmapped`.
pub fn rule_name(series: &Series, rule: RuleId) -> (String, String) {
    let (mapping, info) = info(series, rule);
    let name = info.map(|i| i.name.to_string()).filter(|n| !n.is_empty());
    let version = mapping.map(|m| m.to.to_string()).unwrap_or_default();
    (name.unwrap_or_else(|| String::from("unmapped")), version)
}

/// Where a rule stands.
pub fn rule_place(series: &Series, rule: RuleId) -> Option<Span> {
    info(series, rule).1.map(|info| info.span)
}

/// Why a message was refused; `place` is where, as it is to be shown.
pub fn refusal(series: &Series, refusal: &Refusal, place: &str) -> String {
    let (rule, version) = rule_name(series, refusal.rule);
    let place = if place.is_empty() { "the document" } else { place };
    let (_, info) = info(series, refusal.rule);
    let why = info.and_then(|info| info.why.as_deref());
    let why = why.map(|why| format!("; why: {}", on_one_line(why))).unwrap_or_default();
    let own = info.and_then(|info| info.answer.detail.as_deref());
    let detail = refusal.words.as_deref().or(own).map(on_one_line);
    let what = detail.unwrap_or_else(|| refusal.kind.to_string());
    format!("{rule} of {version} refuses {place}: {what}{why}")
}

/// What a client is told of a message that a rule refuses, where its author says so: the status, and
/// why.
pub fn answer(series: &Series, rule: RuleId) -> (Option<u16>, Option<&str>) {
    let answer = info(series, rule).1.map(|info| &info.answer);
    answer.map_or((None, None), |answer| (answer.status, answer.detail.as_deref()))
}

/// A text without its line breaks.
pub fn on_one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The rules of a type in one mapping.
#[derive(Debug)]
pub struct TypeRules<'s> {
    /// The mapping.
    pub mapping: &'s Mapping,
    /// Which way messages go through it.
    pub direction: Direction,
    /// The type's name before it, and after it.
    pub names: (Box<str>, Box<str>),
    /// Types that it is `allOf` and that have rules in the mapping, which are its own too.
    pub bases: Vec<Box<str>>,
    /// What says that it has no counterpart.
    pub lone: Option<Gone<'s>>,
    /// Every rule, as they stand in the mapping.
    pub rules: Vec<RuleAt<'s>>,
    /// There are more places than were looked for.
    pub more: bool,
    /// The version after the mapping has no such type.
    pub ends: bool,
}

/// A rule, and where it acts.
#[derive(Debug)]
pub struct RuleAt<'s> {
    /// What there is to say about it.
    pub info: &'s RuleInfo,
    /// It refuses values.
    pub refuses: bool,
    /// The places of which it says something.
    pub places: BTreeSet<Place>,
}

/// The rules of a type (by its name in the first version) on the way, mapping by mapping, until a
/// version lacks it.
pub fn type_rules<'s>(series: &'s Series, way: Way, name: &str) -> Vec<TypeRules<'s>> {
    let (direction, hops): (_, Vec<usize>) = if way.from <= way.to {
        (Direction::Upgrade, (way.from..way.to).collect())
    } else {
        (Direction::Downgrade, (way.to..way.from).rev().collect())
    };
    let mut name: Box<str> = name.into();
    let mut all = Vec::new();
    for hop in hops {
        let Some(link) = series.link(hop) else { break };
        let after = if direction == Direction::Upgrade { link.new } else { link.old };
        let rules = of_type(&link, direction, name);
        name = rules.names.1.clone();
        let ends = after.types.named(&name).is_none();
        all.push(TypeRules { ends, ..rules });
        if ends {
            break;
        }
    }
    all
}

fn of_type<'s>(link: &Link<'s>, direction: Direction, name: Box<str>) -> TypeRules<'s> {
    let mapping = link.mapping;
    let source = |block: &'s TypeBlock| match direction.source() {
        Side::Old => &block.old,
        Side::New => &block.new,
    };
    let blocks: Vec<_> = mapping.types.iter().filter(|block| *source(block) == name).collect();
    let mut wanted = BTreeMap::new();
    for block in &blocks {
        rules_of(&block.block, &mut wanted);
    }
    let after = blocks.first().map_or_else(
        || name.clone(),
        |block| match direction.target() {
            Side::Old => block.old.clone(),
            Side::New => block.new.clone(),
        },
    );
    let bases = bases(link, direction, (&name, &after));
    let mut places = compile::Places { by_rule: BTreeMap::new(), more: false };
    if !wanted.is_empty() {
        places = compile::places(link, direction, &wanted.keys().copied().collect());
    }
    let info = |rule: &u32| mapping.rules.get(usize::try_from(*rule).ok()?);
    let rules = wanted.iter().filter_map(|(rule, refuses)| {
        let at = places.by_rule.remove(rule).unwrap_or_default();
        Some(RuleAt { info: info(rule)?, refuses: *refuses, places: at })
    });
    let rules = rules.collect();
    let lone = mapping.lone(direction.source(), &name);
    let lone = lone.and_then(|lone| {
        let (info, instead) = (info(&lone.of.rule)?, lone.instead.as_ref());
        Some(Gone { info, version: &mapping.to, instead })
    });
    let (names, more) = ((name, after), places.more);
    TypeRules { mapping, direction, names, bases, lone, rules, more, ends: false }
}

/// Every rule of a block, those under an `in` too, and whether it refuses values.
fn rules_of(block: &Block, into: &mut BTreeMap<u32, bool>) {
    for rule in &block.rules {
        match &rule.kind {
            RuleKind::In { block, .. } => rules_of(block, into),
            RuleKind::Field(_)
            | RuleKind::Only { .. }
            | RuleKind::Alias(_)
            | RuleKind::Refuse(_) => {
                into.insert(rule.rule, matches!(rule.kind, RuleKind::Refuse(_)));
            }
        }
    }
}

/// Types with rules of their own that a pair of types is `allOf`, on both sides, by their names before.
fn bases(link: &Link<'_>, direction: Direction, (name, after): (&str, &str)) -> Vec<Box<str>> {
    let ends = |block: &TypeBlock| match direction {
        Direction::Upgrade => (block.old.clone(), block.new.clone()),
        Direction::Downgrade => (block.new.clone(), block.old.clone()),
    };
    let (mut source, mut target) = (&link.old.types, &link.new.types);
    if direction == Direction::Downgrade {
        (source, target) = (target, source);
    }
    let is = |types: &TypeGraph, name: &str, base: &str| {
        let own = types.named(name).map(|ty| &*types.get(ty).bases).unwrap_or_default();
        name == base || own.iter().any(|at| types.get(*at).name.as_deref() == Some(base))
    };
    let others = link.mapping.types.iter().filter(|block| !block.block.rules.is_empty());
    let ends = others.map(ends).filter(|(before, _)| **before != *name);
    let held = ends.filter(|(b, a)| is(source, name, b) && is(target, after, a));
    held.map(|(before, _)| before).collect()
}
