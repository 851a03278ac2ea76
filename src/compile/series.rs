//! One API as its files say, and the chain of hops from one of its versions to another for one
//! message. It compiles nothing.

use thiserror::Error;

use super::media::Medium;
use super::message::{Told, View, bodies_of};
use super::pairs::Pairs;
pub use super::status::Status;
use super::{Link, Root, Unsupported};
use crate::contract::{Bodies, Contract, Operation, Use};
use crate::loss::RuleId;
use crate::mapping::{Answer, Carrier, Mapping, RuleInfo};
use crate::version::{ApiVersion, Direction, Side};

/// One API: its versions, oldest first, with a contract each, and the mappings between them.
#[derive(Clone, Debug)]
pub struct Series {
    /// Oldest first.
    pub versions: Vec<ApiVersion>,
    /// One of each version.
    pub contracts: Vec<Contract>,
    /// One less: `mappings[n]` leads from `versions[n]` to `versions[n + 1]`.
    pub mappings: Vec<Mapping>,
    /// The operations that each of them relates.
    pub pairs: Vec<Pairs>,
}

/// From one version to another, by their numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Way {
    /// The version that the message is in.
    pub from: usize,
    /// The version that it goes to.
    pub to: usize,
}

/// Which body of an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Part {
    /// What the client sends.
    Request,
    /// An answer with this status.
    Answer(Status),
}

/// What a document is, in the version that it comes in.
#[derive(Clone, Copy, Debug)]
pub enum Subject<'a> {
    /// A value of this named schema.
    Type(&'a str),
    /// A value of this named schema that becomes one of that, one version on.
    Pair(&'a str, &'a str),
    /// A message of an operation on its way, with the body that it has where nobody says which.
    Message(&'a Track, Part, View),
    /// The same with one of the bodies that its contract lists.
    Typed(&'a Track, Part, Medium, View),
}

/// The operations that an exchange is one of, version by version.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Track {
    /// From which version to which.
    pub way: Way,
    /// The number of the operation in each version on the way, both ends included.
    pub operations: Vec<usize>,
    /// The number of the pair of each hop.
    pub pairs: Vec<usize>,
}

impl Track {
    /// The way of the answer.
    #[must_use]
    pub fn back(&self) -> Self {
        let mut back = self.clone();
        back.way = Way { from: self.way.to, to: self.way.from };
        back.operations.reverse();
        back.pairs.reverse();
        back
    }
}

impl Way {
    /// Which way that is, and the mappings on it, in order of travel.
    pub fn hops(self) -> (Direction, Vec<usize>) {
        if self.from <= self.to {
            (Direction::Upgrade, (self.from..self.to).collect())
        } else {
            (Direction::Downgrade, (self.to..self.from).rev().collect())
        }
    }
}

/// The hops of one message, in order of travel.
#[derive(Clone, Debug)]
pub struct Travel<'a> {
    /// The steps.
    pub links: Vec<Link<'a>>,
    /// Where the message starts in each.
    pub roots: Vec<Root<'a>>,
    /// Which way.
    pub direction: Direction,
}

/// A message that the other version has no place for.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum NoCounterpart {
    /// The schema is missing in a version on the way.
    #[error("version {1} has no schema `{0}`")]
    Type(Box<str>, ApiVersion),
    /// The operation is missing in a version on the way.
    #[error("version {0} has no such operation")]
    Operation(ApiVersion),
    /// A mapping on the way refuses the operation: the status for the client, and why.
    #[error("{1}")]
    Refused(Option<u16>, Box<str>),
    /// The body is declared on one side only.
    #[error("version {0} declares no such body")]
    Body(ApiVersion),
    /// The body is of a media type that is not listed, where bodies of others are translated.
    #[error("its media type is none that the contracts list")]
    Unlisted,
    /// The answer is listed on one side only.
    #[error("version {0} lists no such answer")]
    Answer(ApiVersion),
    /// The program would grow beyond its bounds.
    #[error(transparent)]
    Unsupported(#[from] Unsupported),
}

impl Series {
    /// An API of these versions.
    pub fn new(
        versions: Vec<ApiVersion>,
        contracts: Vec<Contract>,
        mappings: Vec<Mapping>,
    ) -> Self {
        let pairs = mappings.iter().zip(contracts.windows(2));
        let pairs = pairs.filter_map(|(mapping, ends)| match ends {
            [old, new] => Some(Pairs::new(mapping, (old, new))),
            _ => None,
        });
        let pairs = pairs.collect();
        Self { versions, contracts, mappings, pairs }
    }

    /// The number of a version by its text.
    pub fn position(&self, version: &str) -> Option<usize> {
        self.versions.iter().position(|v| v.as_str() == version)
    }

    /// Whether nobody has written contracts.
    pub fn is_open(&self) -> bool {
        self.contracts.iter().any(|contract| contract.open)
    }

    /// An operation of a version by `GET /orders` (whatever its parameters are called) or by its
    /// `operationId`.
    pub fn operation(&self, version: usize, name: &str) -> Option<&Operation> {
        self.contracts.get(version)?.operations.named(name)
    }

    /// One step of the chain.
    pub fn link(&self, hop: usize) -> Option<Link<'_>> {
        Some(Link {
            mapping: self.mappings.get(hop)?,
            index: u16::try_from(hop).unwrap_or(u16::MAX),
            old: self.contracts.get(hop)?,
            new: self.contracts.get(hop.saturating_add(1))?,
            pairs: self.pairs.get(hop)?,
        })
    }

    /// Where an operation of a version leads on its way. `pick` chooses among several pairs of a hop:
    /// it is told the hop and the track up to there.
    pub fn track(
        &self,
        (version, operation): (usize, usize),
        way: Way,
        mut pick: impl FnMut(usize, &Track, &[usize]) -> Option<usize>,
    ) -> Result<Track, NoCounterpart> {
        let (direction, hops) = way.hops();
        let start = Way { from: version, to: version };
        let mut track = Track { way: start, operations: vec![operation], pairs: Vec::new() };
        for hop in hops {
            let next = if direction == Direction::Upgrade { hop.saturating_add(1) } else { hop };
            let missing = || {
                let version = self.versions.get(next).cloned();
                NoCounterpart::Operation(version.unwrap_or_else(|| ApiVersion::new("?")))
            };
            let pairs = self.pairs.get(hop).ok_or_else(missing)?;
            let own = track.operations.last().copied().unwrap_or_default();
            let at = match pairs.of(direction.source(), own) {
                [] => return Err(self.gone((hop, direction.source(), own), missing())),
                [one] => *one,
                several => pick(hop, &track, several)
                    .filter(|at| several.contains(at))
                    .or(several.first().copied())
                    .ok_or_else(missing)?,
            };
            let pair = pairs.get(at).ok_or_else(missing)?;
            track.operations.push(pair.at(direction.target()));
            track.pairs.push(at);
            track.way.to = next;
        }
        Ok(track)
    }

    /// What the mapping of a hop says of an operation of a side that has no counterpart, if anything.
    pub fn said_gone(&self, hop: usize, side: Side, operation: usize) -> Option<&RuleInfo> {
        let link = self.link(hop)?;
        let contract = if side == Side::Old { link.old } else { link.new };
        let operation = contract.operations.get(operation)?;
        let mut gone = link.mapping.gone.iter().filter(|gone| gone.side == side);
        let gone = gone.find(|gone| super::pairs::is_named(operation, &gone.name))?;
        link.mapping.rules.get(usize::try_from(gone.rule).ok()?)
    }

    /// Why an operation of a side of a hop has no counterpart: in the words of the mapping, where that
    /// has some.
    fn gone(
        &self,
        (hop, side, operation): (usize, Side, usize),
        missing: NoCounterpart,
    ) -> NoCounterpart {
        match self.said_gone(hop, side, operation).map(|info| &info.answer) {
            None | Some(Answer { status: None, detail: None }) => missing,
            Some(Answer { status, detail }) => {
                let detail = detail.clone().unwrap_or_else(|| missing.to_string().into());
                NoCounterpart::Refused(*status, detail)
            }
        }
    }

    /// The one hop of an operation, by its name in the old version; with where it begins.
    pub fn step(&self, hop: usize, name: &str, direction: Direction) -> Option<Track> {
        let link = self.link(hop)?;
        let operations = &link.old.operations;
        let own = operations.named(name)?;
        let at = operations.place_of(own)?;
        let number = link.pairs.of(Side::Old, at).first().copied()?;
        let pair = link.pairs.get(number)?;
        let next = hop.saturating_add(1);
        let (from, to) = if direction == Direction::Upgrade { (hop, next) } else { (next, hop) };
        let operations = vec![pair.at(direction.source()), pair.at(direction.target())];
        Some(Track { way: Way { from, to }, operations, pairs: vec![number] })
    }

    /// The track of an operation where nothing decides between pairs.
    pub fn plain_track(
        &self,
        version: usize,
        operation: &Operation,
        way: Way,
    ) -> Result<Track, NoCounterpart> {
        let contract = self.contracts.get(version);
        let unknown = || NoCounterpart::Operation(ApiVersion::new("?"));
        let contract = contract.ok_or_else(unknown)?;
        let at = contract.operations.place_of(operation);
        let at = at.ok_or_else(|| NoCounterpart::Operation(contract.version.clone()))?;
        self.track((version, at), way, |_, _, _| None)
    }

    /// Every way of an operation, at most so many: several where one that it becomes has several
    /// counterparts. The first is the one that is taken where nothing decides.
    pub fn tracks(
        &self,
        (version, operation): (usize, usize),
        way: Way,
        most: usize,
    ) -> Result<Vec<Track>, NoCounterpart> {
        let mut all = Vec::new();
        let mut choices: Vec<usize> = Vec::new();
        loop {
            let mut options: Vec<usize> = Vec::new();
            let track = self.track((version, operation), way, |_, _, several| {
                let choice = choices.get(options.len()).copied().unwrap_or_default();
                options.push(several.len());
                several.get(choice).copied()
            });
            match track {
                Ok(track) => all.push(track),
                Err(reason) if all.is_empty() => return Err(reason),
                Err(_) => {}
            }
            // The next choice, the last one first.
            choices.resize(options.len(), 0);
            while let Some(last) = choices.pop() {
                let next = last.saturating_add(1);
                if options.get(choices.len()).is_some_and(|all| next < *all) {
                    choices.push(next);
                    break;
                }
            }
            if choices.is_empty() || all.len() >= most {
                return Ok(all);
            }
        }
    }

    /// What the mappings say of a message on its way, hop by hop.
    pub(super) fn told(&self, track: &Track, part: Part, medium: Medium) -> Vec<Told<'_>> {
        let (direction, hops) = track.way.hops();
        let mut told = Vec::new();
        let (mut part, mut medium) = (part, medium);
        for (hop, pair) in hops.into_iter().zip(&track.pairs) {
            let Some(link) = self.link(hop) else { break };
            let Some(pair) = link.pairs.get(*pair) else { break };
            let own = Told::new(link, pair, (direction, part), medium);
            (part, medium) = (own.becomes(), own.mediums.1);
            told.push(own);
        }
        told
    }

    /// The bodies that a message may have where a track begins.
    pub fn listed(&self, track: &Track, part: Part) -> Option<&Bodies> {
        let operations = &self.contracts.get(track.way.from)?.operations;
        bodies_of(operations.get(*track.operations.first()?)?, part)
    }

    /// The body of a message that says this `Content-Type`, or none.
    pub fn medium(&self, track: &Track, part: Part, content_type: Option<&str>) -> Medium {
        let said = self.listed(track, part).zip(content_type);
        let said = said.and_then(|(listed, said)| listed.saying(said));
        said.or_else(|| self.first(track, part))
    }

    /// The body that a message has where nobody says which.
    pub(super) fn first(&self, track: &Track, part: Part) -> Medium {
        self.listed(track, part).and_then(Bodies::first)
    }

    /// Whether the body of a message cannot be told from the rest of it on this way.
    pub fn crosses(&self, track: &Track, part: Part) -> bool {
        self.crossing(track, part).is_some()
    }

    /// The first rule by which it cannot.
    pub fn crossing(&self, track: &Track, part: Part) -> Option<RuleId> {
        let told = self.told(track, part, None);
        told.iter()
            .find_map(|told| Some(RuleId { mapping: told.link.index, rule: told.crossing()? }))
    }

    /// The status of an answer at the end of its way.
    pub fn status(&self, track: &Track, status: u16) -> u16 {
        let part = Part::Answer(Status::Is(status));
        match self.told(track, part, None).last().map(Told::becomes) {
            Some(Part::Answer(Status::Is(status))) => status,
            _ => status,
        }
    }

    /// The chain of a message; `None` where there is nothing to translate: a body that neither
    /// side declares.
    pub fn travel(
        &self,
        subject: Subject<'_>,
        way: Way,
    ) -> Result<Option<Travel<'_>>, NoCounterpart> {
        match subject {
            Subject::Message(track, part, view) => {
                return self.message(track, (part, self.first(track, part)), view);
            }
            Subject::Typed(track, part, medium, view) => {
                return self.message(track, (part, medium), view);
            }
            Subject::Type(_) | Subject::Pair(..) => {}
        }
        let (direction, hops) = way.hops();
        let mut travel = Travel { links: Vec::new(), roots: Vec::new(), direction };
        let mut name: Box<str> = match subject {
            Subject::Type(name) => name.into(),
            _ => Box::default(),
        };
        for hop in hops {
            let Some(link) = self.link(hop) else { return Ok(None) };
            let (source, target) = match direction {
                Direction::Upgrade => (link.old, link.new),
                Direction::Downgrade => (link.new, link.old),
            };
            let (from, to) = if let Subject::Pair(from, to) = subject {
                (Box::from(from), Box::from(to))
            } else {
                let from = std::mem::take(&mut name);
                name = renamed(link.mapping, &from, direction);
                (from, name.clone())
            };
            let (source, target) = (of_type(source, &from)?, of_type(target, &to)?);
            travel.links.push(link);
            let carrier = Carrier::Unknown;
            travel.roots.push(Root { source, target, blocks: Vec::new(), carrier, named: None });
        }
        Ok(Some(travel))
    }

    fn message(
        &self,
        track: &Track,
        (part, medium): (Part, Medium),
        view: View,
    ) -> Result<Option<Travel<'_>>, NoCounterpart> {
        let (direction, _) = track.way.hops();
        let told = self.told(track, part, medium);
        let asks = told.iter().any(Told::asks);
        let mut travel = Travel { links: Vec::new(), roots: Vec::new(), direction };
        for own in &told {
            let root = own.root(view, asks).map_err(|side| {
                // Of a body that is listed it is the other version that has none.
                let alone = view == View::Body && matches!(own.bodies(), (Some(_), None));
                let side = if alone { direction.target() } else { side };
                let contract = if side == Side::Old { own.link.old } else { own.link.new };
                let version = contract.version.clone();
                match view {
                    View::Body => NoCounterpart::Body(version),
                    View::Head | View::Whole => NoCounterpart::Answer(version),
                }
            })?;
            // Neither side says anything of it: it is none of the mapping's business.
            let Some(root) = root else { return Ok(None) };
            travel.links.push(own.link);
            travel.roots.push(root);
        }
        Ok(Some(travel))
    }
}

/// What a named schema is called on the other side of a mapping.
pub(super) fn renamed(mapping: &Mapping, name: &str, direction: Direction) -> Box<str> {
    let other = mapping.types.iter().find_map(|block| match direction.source() {
        Side::Old => (*block.old == *name).then_some(&block.new),
        Side::New => (*block.new == *name).then_some(&block.old),
    });
    other.map_or_else(|| name.into(), Clone::clone)
}

fn of_type(contract: &Contract, name: &str) -> Result<Use, NoCounterpart> {
    let missing = || NoCounterpart::Type(name.into(), contract.version.clone());
    Ok(Use { ty: contract.types.named(name).ok_or_else(missing)?, nullable: false })
}
