//! One API as its files say, and the chain of hops from one of its versions to another for one
//! message. It compiles nothing.

use std::fmt;

use thiserror::Error;

use super::{Link, Root, Unsupported};
use crate::contract::{Contract, Operation, Use};
use crate::mapping::{Block, Mapping};
use crate::message::Template;
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
}

/// From one version to another, by their numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Way {
    /// The version that the message is in.
    pub from: usize,
    /// The version that it goes to.
    pub to: usize,
}

/// A status as a contract lists it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Status {
    /// `200`
    Is(u16),
    /// `2XX`
    Class(u8),
    /// `default`
    Default,
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
    /// A body of an operation.
    Body(&'a Operation, Part),
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
    /// The body is declared on one side only.
    #[error("version {0} declares no such body")]
    Body(ApiVersion),
    /// The program would grow beyond its bounds.
    #[error(transparent)]
    Unsupported(#[from] Unsupported),
}

impl Status {
    /// Reads `200`, `2XX` and `default`.
    pub fn parse(text: &str) -> Option<Self> {
        let class = |c: u8| (b'1'..=b'5').contains(&c).then(|| c - b'0');
        match *text.as_bytes() {
            [first, b'X' | b'x', b'X' | b'x'] => class(first).map(Self::Class),
            [first, _, _] => class(first).and_then(|_| text.parse().ok()).map(Self::Is),
            _ => (text == "default").then_some(Self::Default),
        }
    }

    /// Whether answers of this status are successes or redirections, which `response` is about.
    fn is_response(self) -> bool {
        match self {
            Self::Is(number) => number < 400,
            Self::Class(class) => class < 4,
            Self::Default => false,
        }
    }

    /// As contracts list it, most special first.
    pub fn listed(self) -> Vec<String> {
        let default = || String::from("default");
        match self {
            Self::Is(number) => vec![number.to_string(), format!("{}XX", number / 100), default()],
            Self::Class(class) => vec![format!("{class}XX"), default()],
            Self::Default => vec![default()],
        }
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Is(number) => write!(f, "{number}"),
            Self::Class(class) => write!(f, "{class}XX"),
            Self::Default => f.write_str("default"),
        }
    }
}

impl Series {
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

    /// The chain of a message; `None` where there is nothing to translate: a body that neither
    /// side declares.
    pub fn travel(
        &self,
        subject: Subject<'_>,
        way: Way,
    ) -> Result<Option<Travel<'_>>, NoCounterpart> {
        let (direction, hops): (_, Vec<usize>) = if way.from <= way.to {
            (Direction::Upgrade, (way.from..way.to).collect())
        } else {
            (Direction::Downgrade, (way.to..way.from).rev().collect())
        };
        let mut travel = Travel { links: Vec::new(), roots: Vec::new(), direction };
        let mut name: Option<Box<str>> = match subject {
            Subject::Type(name) => Some(name.into()),
            Subject::Pair(..) | Subject::Body(..) => None,
        };
        for hop in hops {
            let next = hop.saturating_add(1);
            let (Some(mapping), Some(old), Some(new)) =
                (self.mappings.get(hop), self.contracts.get(hop), self.contracts.get(next))
            else {
                return Ok(None);
            };
            let index = u16::try_from(hop).unwrap_or(u16::MAX);
            travel.links.push(Link { mapping, index, old, new });
            let (source, target) = match direction {
                Direction::Upgrade => (old, new),
                Direction::Downgrade => (new, old),
            };
            let root = match (&mut name, subject) {
                (Some(name), _) => {
                    let from = std::mem::take(name);
                    *name = renamed(mapping, &from, direction);
                    let uses = (of_type(source, &from)?, of_type(target, name)?);
                    Root { source: uses.0, target: uses.1, blocks: Vec::new() }
                }
                (None, Subject::Body(operation, part)) => {
                    let (from, to) =
                        (body(source, operation, part)?, body(target, operation, part)?);
                    let (source, target) = match (from, to) {
                        (Some(source), Some(target)) => (source, target),
                        // Neither side says anything of a body: it is none of the mapping's business.
                        (None, None) => return Ok(None),
                        (Some(_), None) => return Err(NoCounterpart::Body(target.version.clone())),
                        (None, Some(_)) => return Err(NoCounterpart::Body(source.version.clone())),
                    };
                    Root { source, target, blocks: blocks(mapping, old, operation, part) }
                }
                (None, Subject::Pair(from, to)) => {
                    let uses = (of_type(source, from)?, of_type(target, to)?);
                    Root { source: uses.0, target: uses.1, blocks: Vec::new() }
                }
                (None, Subject::Type(_)) => return Ok(None),
            };
            travel.roots.push(root);
        }
        Ok(Some(travel))
    }
}

/// Whether a name in a mapping or on a command line is an operation's.
pub(super) fn is_named(operation: &Operation, name: &str) -> bool {
    operation.id.as_deref() == Some(name)
        || name.split_once(' ').is_some_and(|(method, path)| {
            method == &*operation.method && same_path(path, &operation.path)
        })
}

/// The operation of a contract that is the same as one of another.
pub(super) fn same<'a>(contract: &'a Contract, operation: &Operation) -> Option<&'a Operation> {
    contract.operations.on(&operation.method, &operation.path)
}

/// Whether two templates are the same but for names of parameters.
fn same_path(a: &str, b: &str) -> bool {
    a == b || Template::is_covered(a, b)
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

/// The schema of a body in one version; `None` where it declares none.
fn body(
    contract: &Contract,
    operation: &Operation,
    part: Part,
) -> Result<Option<Use>, NoCounterpart> {
    let missing = || NoCounterpart::Operation(contract.version.clone());
    Ok(body_of(same(contract, operation).ok_or_else(missing)?, part))
}

/// The schema of a body of an operation.
pub fn body_of(operation: &Operation, part: Part) -> Option<Use> {
    match part {
        Part::Request => operation.request,
        Part::Answer(status) => {
            let by = |listed: &String| operation.answers.iter().find(|a| *a.status == **listed);
            status.listed().iter().find_map(by).and_then(|answer| answer.body)
        }
    }
}

/// An operation's own blocks of one mapping, most special first.
pub(super) fn blocks<'m>(
    mapping: &'m Mapping,
    old: &Contract,
    operation: &Operation,
    part: Part,
) -> Vec<&'m Block> {
    let Some(operation) = same(old, operation) else { return Vec::new() };
    let mut blocks = Vec::new();
    for block in mapping.operations.iter().filter(|o| is_named(operation, &o.old)) {
        match part {
            Part::Request => blocks.extend(&block.request),
            Part::Answer(status) => {
                for listed in status.listed() {
                    let statuses = block.statuses.iter().filter(|(s, _)| **s == *listed);
                    blocks.extend(statuses.map(|(_, b)| b));
                }
                if status.is_response() {
                    blocks.extend(&block.response);
                }
            }
        }
    }
    blocks
}
