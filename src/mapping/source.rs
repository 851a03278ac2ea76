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
    /// `$text`: a text with places of the other side in it.
    Text(Vec<Piece>),
    /// `$placeholder`: invented, and reported as such.
    Placeholder(Value),
}

/// A piece of a `$text`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    /// As it is written.
    Literal(Box<str>),
    /// What stands at a place, within the same root: a text, number or truth value.
    Place(Path),
}

impl Source {
    /// The places that it looks at itself.
    pub fn places(&self) -> impl Iterator<Item = &Path> {
        let (own, pieces): (_, &[Piece]) = match self {
            Self::From { path, .. } => (Some(path), &[]),
            Self::Text(pieces) => (None, pieces),
            Self::Literal(_) | Self::Absent | Self::Placeholder(_) => (None, &[]),
        };
        let places = pieces.iter().filter_map(|piece| match piece {
            Piece::Literal(_) => None,
            Piece::Place(path) => Some(path),
        });
        own.into_iter().chain(places)
    }

    /// The sources inside it.
    pub fn inner(&self) -> impl Iterator<Item = &Self> {
        let (map, otherwise): (&[(Cell, Self)], _) = match self {
            Self::From { map, otherwise, .. } => (map, otherwise.as_deref()),
            Self::Literal(_) | Self::Absent | Self::Placeholder(_) | Self::Text(_) => (&[], None),
        };
        map.iter().map(|(_, source)| source).chain(otherwise)
    }

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
