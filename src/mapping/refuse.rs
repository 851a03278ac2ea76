//! What has no counterpart: messages that a predicate tells, operations and types.

use super::{Mapping, Source};
use crate::diagnostic::Span;
use crate::json::{Path, Test};
use crate::version::Side;

/// What the client is told of a message that a rule refuses.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answer {
    /// The status of the answer to a request.
    pub status: Option<u16>,
    /// Why, in the author's words.
    pub detail: Option<Box<str>>,
}

/// An operation without counterpart: `GET /reports -> $none`.
#[derive(Clone, Debug)]
pub struct Gone {
    /// The side that has it.
    pub side: Side,
    /// As the key says.
    pub name: Box<str>,
    /// Where the key stands.
    pub span: Span,
    /// Index of its entry in [`Mapping::rules`].
    pub rule: u32,
}

/// A branch without counterpart: `Folder -> $none`.
#[derive(Clone, Debug)]
pub struct Lone {
    /// The schema.
    pub of: Gone,
    /// What stands in its stead; `None`: its values are refused.
    pub instead: Option<Source>,
}

impl Mapping {
    /// What is said of a schema of a side that has no counterpart.
    pub fn lone(&self, side: Side, name: &str) -> Option<&Lone> {
        self.lone.iter().find(|lone| lone.of.side == side && *lone.of.name == *name)
    }
}

/// An entry of `refuse`.
#[derive(Clone, Debug)]
pub struct Refuse {
    /// What is refused on the way up; `None`: nothing.
    pub old: Option<Predicate>,
    /// What is refused on the way down.
    pub new: Option<Predicate>,
}

/// Places, each with a test that holds there: of one with `[]` or `{}`, for some element.
pub type Predicate = Vec<(Path, Test)>;

/// Whether a predicate holds of every message: what it tells of is no test.
pub fn asks_nothing(tests: &Predicate) -> bool {
    tests.iter().all(|(_, test)| test.is_told())
}

impl Refuse {
    /// What is refused of messages that come from a side.
    pub fn on(&self, side: Side) -> Option<&Predicate> {
        match side {
            Side::Old => self.old.as_ref(),
            Side::New => self.new.as_ref(),
        }
    }
}
