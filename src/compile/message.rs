//! One message on one hop: which blocks of the mapping are about it, which status it has on the other
//! side, and the types that it starts with. It compiles nothing.

use std::collections::BTreeSet;

use super::media::{self, Medium};
use super::pairs::Pair;
use super::series::{Part, Status};
use super::{Link, Naming, Root};
use crate::contract::{Answer, Bodies, Body, Message, Operation};
use crate::json::{Path, Segment};
use crate::mapping::{
    Answers, Block, Carrier, Cell, Otherwise, Rule, RuleKind, Rules, Source, asks_nothing,
};
use crate::message::{Known, Layout, Param, Template, Texts, param};
use crate::version::{Direction, Side};

/// Which document a message is taken for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum View {
    /// The body alone.
    Body,
    /// Every part but the body.
    Head,
    /// Every part.
    Whole,
}

/// A message of a pair of operations, with what one mapping says of it.
pub(super) struct Told<'a> {
    pub(super) link: Link<'a>,
    pub(super) pair: &'a Pair,
    pub(super) direction: Direction,
    /// As it comes.
    pub(super) part: Part,
    /// Its rules, most special first.
    pub(super) rules: Vec<&'a Rules>,
    /// Its body among those that are listed where it comes from, and the counterpart of that.
    pub(super) mediums: (Medium, Medium),
}

impl<'a> Told<'a> {
    pub(super) fn new(
        link: Link<'a>,
        pair: &'a Pair,
        (direction, part): (Direction, Part),
        medium: Medium,
    ) -> Self {
        let blocks = pair.blocks.iter().filter_map(|at| link.mapping.operations.get(*at));
        let mut rules: Vec<&'a Rules> = Vec::new();
        match part {
            Part::Request => rules.extend(blocks.filter_map(|block| block.request.as_ref())),
            Part::Answer(status) => {
                let answers = answers(link, pair, status.is_error());
                let old = match direction {
                    Direction::Upgrade => status,
                    Direction::Downgrade => before(&answers, status).unwrap_or(status),
                };
                for answers in answers {
                    add(answers, old, &mut rules);
                }
            }
        }
        let mut told = Self { link, pair, direction, part, rules, mediums: (medium, None) };
        told.mediums.1 = media::counterpart(&told, medium);
        told
    }

    /// The same of the body that it has where nobody says which.
    pub(super) fn first(link: Link<'a>, pair: &'a Pair, facing: (Direction, Part)) -> Self {
        let (direction, part) = facing;
        let contract = if direction.source() == Side::Old { link.old } else { link.new };
        let own = contract.operations.get(pair.at(direction.source()));
        let medium = own.and_then(|own| bodies_of(own, part)).and_then(Bodies::first);
        Self::new(link, pair, facing, medium)
    }

    /// Whether the body cannot be told from the rest.
    pub(super) fn crosses(&self) -> bool {
        self.crossing().is_some()
    }

    /// The rule by which it cannot.
    pub(super) fn crossing(&self) -> Option<u32> {
        self.rules.iter().find_map(|rules| rules.crosses).or_else(|| self.body_maker())
    }

    /// Whether a rule makes or takes the body as a whole.
    pub(super) fn makes_body(&self) -> bool {
        self.body_maker().is_some()
    }

    fn body_maker(&self) -> Option<u32> {
        let body = Path::names(&["body"]);
        let mut all = self.rules.iter().flat_map(|rules| &rules.whole.rules);
        let makes =
            |rule: &&Rule| matches!(&rule.kind, RuleKind::Only { place, .. } if *place == body);
        all.find(makes).map(|rule| rule.rule)
    }

    /// Whether an answer's rules look at its request.
    pub(super) fn asks(&self) -> bool {
        self.rules.iter().any(|rules| rules.asks)
    }

    /// The blocks about it, most special first; with those of its request, where an answer `asks`.
    pub(super) fn blocks(&self, view: View, asks: bool) -> Vec<&'a Block> {
        let of = |rules: &&'a Rules| match view {
            View::Body => &rules.body,
            View::Head => &rules.head,
            View::Whole => &rules.whole,
        };
        let mut blocks: Vec<&'a Block> = self.rules.iter().map(of).collect();
        if self.part == Part::Request && view != View::Body && !self.pair.path.rules.is_empty() {
            blocks.push(&self.pair.path);
        }
        if asks && self.part != Part::Request && view != View::Body {
            blocks.extend(self.asked());
        }
        blocks
    }

    /// The blocks of its request, as they hold for the one that an answer looks at.
    pub(super) fn asked(&self) -> Vec<&'a Block> {
        let own = self.pair.blocks.iter();
        let own = own.filter_map(|at| self.link.mapping.operations.get(*at)?.request.as_ref());
        own.filter_map(|rules| rules.asked.as_ref()).chain([&self.pair.asked]).collect()
    }

    /// The operation of the side that the message comes from, and of the other.
    pub(super) fn operations(&self) -> Option<(&'a Operation, &'a Operation)> {
        let old = self.link.old.operations.get(self.pair.old)?;
        let new = self.link.new.operations.get(self.pair.new)?;
        Some(match self.direction {
            Direction::Upgrade => (old, new),
            Direction::Downgrade => (new, old),
        })
    }

    /// The message after the hop.
    pub(super) fn becomes(&self) -> Part {
        match self.part {
            Part::Answer(Status::Is(status)) => Part::Answer(Status::Is(self.status(status))),
            other => other,
        }
    }

    /// The bodies that it may have where it comes from, and those that it may have after the hop.
    pub(super) fn listed(&self) -> (Option<&'a Bodies>, Option<&'a Bodies>) {
        let Some((from, to)) = self.operations() else { return (None, None) };
        (bodies_of(from, self.part), bodies_of(to, self.becomes()))
    }

    /// Its body there, and the counterpart of that, where they are listed.
    pub(super) fn bodies(&self) -> (Option<&'a Body>, Option<&'a Body>) {
        let (from, to) = self.listed();
        let (own, other) = self.mediums;
        (from.and_then(|all| all.get(own)), to.and_then(|all| all.get(other)))
    }

    /// What texts in it may name places of: whole messages, since rules may lead out of their bodies.
    fn named(&self) -> Option<Box<Naming<'a>>> {
        self.link.mapping.names().first()?;
        let whole = |told: &Self| {
            let (from, to) = media::read(told);
            let has = |body: Option<&Body>| body.is_some_and(|body| body.of.is_some());
            (has(from) && has(to)).then(|| told.start(View::Whole, false).ok()?)?
        };
        let request = || whole(&Self::first(self.link, self.pair, (self.direction, Part::Request)));
        let request = if self.part == Part::Request { None } else { request() };
        Some(Box::new(Naming { request, document: whole(self) }))
    }

    /// What it is.
    pub(super) fn carrier(&self) -> Carrier {
        match self.part {
            Part::Request => Carrier::Request,
            Part::Answer(_) => Carrier::Answer,
        }
    }

    /// What the first rule about a value of the head makes of the one that `is` it; `None`: no rule is about
    /// it, or that one says nothing of this value.
    pub(super) fn ruled(&self, place: &Path, is: impl Fn(&str) -> bool) -> Option<String> {
        let all = self.rules.iter().flat_map(|rules| &rules.whole.rules);
        for rule in all.filter(|rule| rule.holds((self.direction, self.carrier()))) {
            match &rule.kind {
                RuleKind::Field(field) if field.old == *place && field.new == *place => {
                    let ways = field.parts.list.iter().map(|listed| match self.direction {
                        Direction::Upgrade => (listed.up, &listed.old, &listed.new),
                        Direction::Downgrade => (listed.down, &listed.new, &listed.old),
                    });
                    let own = |from: &Cell| text(from).is_some_and(|from| is(&from));
                    let mut ways = ways.filter(|(holds, from, _)| *holds && own(from));
                    return ways.find_map(|(_, _, to)| text(to));
                }
                RuleKind::Only { side, place: own, source: Source::Literal(value) }
                    if own == place && *side == self.direction.target() =>
                {
                    return param::text(value);
                }
                _ => {}
            }
        }
        None
    }

    /// Whether it is refused whatever is in it: by an entry without tests, or as its status is none that a
    /// list with `else: refuse` has.
    pub(super) fn is_refused(&self) -> bool {
        let facing = (self.direction, self.carrier());
        let place = Path::names(&["status"]);
        let all = self.rules.iter().flat_map(|rules| &rules.whole.rules);
        let mut all = all.filter(|rule| rule.holds(facing));
        let side = self.direction.source();
        let by_entry = |rule: &Rule| match &rule.kind {
            RuleKind::Refuse(refuse) => refuse.on(side).is_some_and(asks_nothing),
            _ => false,
        };
        if all.clone().any(by_entry) {
            return true;
        }
        let Part::Answer(Status::Is(status)) = self.part else { return false };
        let own = all.find_map(|rule| match &rule.kind {
            RuleKind::Field(field) if field.old == place && field.new == place => Some(Some(field)),
            RuleKind::Only { place: own, .. } => (*own == place).then_some(None),
            _ => None,
        });
        let Some(Some(field)) = own else { return false };
        let listed = self.ruled(&place, |from| from.parse() == Ok(status)).is_some();
        field.parts.otherwise == Otherwise::Refuse && !listed
    }

    /// The status after the hop, as the rules about it say.
    fn status(&self, status: u16) -> u16 {
        let said = self.ruled(&Path::names(&["status"]), |from| from.parse() == Ok(status));
        said.and_then(|to| to.parse().ok()).unwrap_or(status)
    }

    /// Where the message starts; `None` where neither contract says anything of it. `Err`: one says
    /// nothing, on that side.
    pub(super) fn root(&self, view: View, asks: bool) -> Result<Option<Root<'a>>, Side> {
        let root = self.start(view, asks)?;
        Ok(root.map(|root| Root { named: self.named(), ..root }))
    }

    fn start(&self, view: View, asks: bool) -> Result<Option<Root<'a>>, Side> {
        let (listed, read) = (self.listed(), media::read(self));
        let of = |all: Option<&Bodies>, body: Option<&Body>| match view {
            View::Body => body?.of,
            View::Head => Some(shape_of(all?, body, asks).head),
            View::Whole => Some(shape_of(all?, body, asks).whole),
        };
        match (of(listed.0, read.0), of(listed.1, read.1)) {
            (Some(source), Some(target)) => {
                let (blocks, carrier) = (self.blocks(view, asks), self.carrier());
                Ok(Some(Root { source, target, blocks, carrier, named: None }))
            }
            (None, None) => Ok(None),
            (Some(_), None) => Err(self.direction.target()),
            (None, Some(_)) => Err(self.direction.source()),
        }
    }
}

/// A value of the head as a list of values has it.
pub(super) fn text(cell: &Cell) -> Option<String> {
    match cell {
        Cell::Key(text) => Some(text.to_string()),
        Cell::Value(value) => param::text(value),
        Cell::Absent => None,
    }
}

/// A status as a list of values has it.
fn number(cell: &Cell) -> Option<u16> {
    text(cell)?.parse().ok()
}

/// What a mapping says of the answers of a pair of operations, most special first.
pub(super) fn answers<'a>(link: Link<'a>, pair: &Pair, error: bool) -> Vec<&'a Answers> {
    let blocks = pair.blocks.iter().filter_map(|at| link.mapping.operations.get(*at));
    let own = blocks.map(|block| if error { &block.errors } else { &block.response });
    own.chain(error.then_some(&link.mapping.errors)).collect()
}

/// The status in the old version of an answer that has this one in the new: rules are written under
/// the old one. `None`: it is the same.
pub(super) fn before(answers: &[&Answers], status: Status) -> Option<Status> {
    let Status::Is(new) = status else { return None };
    let place = Path::names(&["status"]);
    answers.iter().find_map(|answers| {
        let refined = answers.statuses.iter().map(|(key, rules)| (Status::parse(key), rules));
        let mut all = refined.chain(answers.own.iter().map(|own| (Some(Status::Default), own)));
        all.find_map(|(key, rules)| {
            let old = old_of(&rules.whole, &place, new).map(Status::Is)?;
            key.is_some_and(|key| old.listed().any(|own| own == key)).then_some(old)
        })
    })
}

/// What a block makes of a status on the way back.
fn old_of(block: &Block, place: &Path, new: u16) -> Option<u16> {
    let way = (Direction::Downgrade, Carrier::Answer);
    let rules = || block.rules.iter().filter(|rule| rule.holds(way));
    let constant = |wanted: Side| {
        rules().find_map(|rule| match &rule.kind {
            RuleKind::Only { side, place: own, source: Source::Literal(value) }
                if *side == wanted && own == place =>
            {
                param::text(value)?.parse().ok()
            }
            _ => None,
        })
    };
    let listed = rules().find_map(|rule| match &rule.kind {
        RuleKind::Field(field) if field.old == *place && field.new == *place => {
            let mut listed = field.parts.list.iter().filter(|listed| listed.down);
            listed.find(|listed| number(&listed.new) == Some(new)).and_then(|l| number(&l.old))
        }
        _ => None,
    });
    listed.or_else(|| constant(Side::Old).filter(|_| constant(Side::New) == Some(new)))
}

/// Adds the rules of answers with a status, most special first.
fn add<'a>(answers: &'a Answers, status: Status, into: &mut Vec<&'a Rules>) {
    for listed in status.listed() {
        let own = answers.statuses.iter().filter(|(own, _)| Status::parse(own) == Some(listed));
        into.extend(own.map(|(_, rules)| rules));
    }
    into.extend(&answers.own);
}

/// The answer that a contract lists for a status.
pub fn answer_of(operation: &Operation, status: Status) -> Option<&Answer> {
    let parsed = |answer: &Answer| Status::parse(&answer.status);
    let own = status.among(operation.answers.iter().filter_map(parsed))?;
    operation.answers.iter().find(|answer| parsed(answer) == Some(own))
}

/// The bodies that a message of an operation may have; `None`: there is no such message.
pub fn bodies_of(operation: &Operation, part: Part) -> Option<&Bodies> {
    match part {
        Part::Request => Some(&operation.request),
        Part::Answer(status) => answer_of(operation, status).map(|answer| &answer.body),
    }
}

/// The types of a message with one of its bodies, or without.
fn shape_of(bodies: &Bodies, body: Option<&Body>, asks: bool) -> Message {
    let body = body.filter(|body| body.of.is_some());
    let shapes = body.map_or(&bodies.bare, |body| &body.shapes);
    if asks { shapes.asked } else { shapes.own }
}

/// How the heads of messages of an operation look: what its contract declares, what rules name, and
/// what `others` declare.
pub(super) fn layout(
    operation: &Operation,
    part: Part,
    (named, others): (&Names, &Names),
) -> Layout {
    let (template, parameters) = match part {
        Part::Request => (Some(Template::new(&operation.path)), &operation.parameters),
        Part::Answer(status) => match answer_of(operation, status) {
            Some(answer) => (None, &answer.headers),
            None => return Layout::default(),
        },
    };
    let of = |part: Texts, param: &Param, is_said| {
        let is_named = named.contains(&(part, param.name.clone()));
        Known { part, param: param.clone(), is_said, is_named }
    };
    let mut params: Vec<Known> =
        parameters.iter().map(|own| of(own.part, &own.param, true)).collect();
    for (part, name) in named.union(others) {
        if !params.iter().any(|own| own.part == *part && own.param.name == *name) {
            params.push(of(*part, &Param::unsaid(name, *part), false));
        }
    }
    Layout { template, params }
}

/// Texts by the part that they are in and their names.
pub(super) type Names = BTreeSet<(Texts, Box<str>)>;

/// The texts that rules of these blocks name, on either side; those of the request of an answer where
/// `asked` says so.
pub(super) fn named(blocks: &[&Block], asked: bool, into: &mut Names) {
    for block in blocks {
        names_of(block, (None, None), asked, into);
    }
}

fn names_of(
    block: &Block,
    (old, new): (Option<&Path>, Option<&Path>),
    asked: bool,
    into: &mut Names,
) {
    let mut add = |root: Option<&Path>, path: &Path| {
        let whole = root.map_or_else(|| path.clone(), |root| root.join(path));
        let places = match (whole.0.as_slice(), asked) {
            ([Segment::Name(first), rest @ ..], true) if &**first == "request" => rest,
            (rest, false) => rest,
            _ => return,
        };
        let [Segment::Name(part), Segment::Name(name), ..] = places else { return };
        let part = Texts::named(part);
        into.extend(part.map(|part| (part, name.clone())));
    };
    for rule in &block.rules {
        match &rule.kind {
            RuleKind::Field(field) => {
                add(old, &field.old);
                add(new, &field.new);
            }
            RuleKind::Only { side, place, source } => {
                let (own, other) = if *side == Side::Old { (old, new) } else { (new, old) };
                add(own, place);
                sources(source, &mut |path| add(other, path));
            }
            RuleKind::Alias(alias) => {
                for root in [old, new] {
                    add(root, &alias.second);
                    add(root, &alias.first);
                }
            }
            RuleKind::Refuse(refuse) => {
                for (root, side) in [(old, Side::Old), (new, Side::New)] {
                    refuse.on(side).into_iter().flatten().for_each(|(path, _)| add(root, path));
                }
            }
            RuleKind::In { .. } => {}
        }
    }
    for rule in &block.rules {
        if let RuleKind::In { old: o, new: n, block } = &rule.kind {
            let join = |root: Option<&Path>, own: &Path| root.map_or(own.clone(), |r| r.join(own));
            let (old, new) = (join(old, o), join(new, n));
            names_of(block, (Some(&old), Some(&new)), asked, into);
        }
    }
}

fn sources(source: &Source, add: &mut dyn FnMut(&Path)) {
    source.places().for_each(&mut *add);
    source.inner().for_each(|source| sources(source, add));
}
