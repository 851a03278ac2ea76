//! Values that a message does not bring: sources, and places that say what another one does.

use super::Cell;
use crate::json::{Path, Segment, Text, Value};
use crate::version::Side;

/// Where a value comes from that the message does not bring.
#[derive(Clone, Debug)]
pub enum Source {
    /// Literal JSON, or `$const` (its `loses` and `why` stand with the rule).
    Literal(Value),
    /// `$absent`
    Absent,
    /// `$from`: a place of the other side.
    From {
        /// The place, within the same root.
        path: Path,
        /// Its values, from the place's to the result.
        map: Vec<(Cell, Source)>,
        /// What holds where the place is absent and, with a map, where its value is not listed.
        otherwise: Option<Box<Source>>,
    },
    /// `$placeholder`: invented, and reported as such.
    Placeholder(Value),
}

impl Source {
    /// Whether it gives a constant that has an object at this place.
    pub fn holds_object(&self, place: &[Segment]) -> bool {
        let (Self::Literal(value) | Self::Placeholder(value)) = self else { return false };
        let inner = place.iter().try_fold(value, |at, segment| match (segment, at) {
            (Segment::Name(name), Value::Object(members)) => {
                let name = Text::from_plain(name);
                members.iter().find(|(n, _)| n.same(&name)).map(|(_, value)| value)
            }
            _ => None,
        });
        matches!(inner, Some(Value::Object(_)))
    }
}

/// An entry of `alias`.
#[derive(Clone, Debug)]
pub struct Alias {
    /// Which sides have both places; `None` is both.
    pub side: Option<Side>,
    /// The place that repeats.
    pub second: Path,
    /// The place that it repeats.
    pub first: Path,
    /// From values of `second` to values of `first`.
    pub map: Vec<(Cell, Value)>,
    /// Which one counts where they disagree.
    pub prefer: Prefer,
}

/// `prefer`
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Prefer {
    /// The first; reported.
    #[default]
    First,
    /// The second; reported.
    Second,
    /// Neither: an error.
    Refuse,
}
