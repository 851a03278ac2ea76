//! What a place is to its rule, and what to do where a contract lacks it. It finds no place.

use super::Start;
use crate::diagnostic::{Diagnostic, Span};
use crate::json::{Path, Segment};
use crate::mapping::Carrier;
use crate::version::{ApiVersion, Side};

/// What a place is to its rule.
#[derive(Clone, Copy)]
pub(super) enum Role {
    Field,
    Only,
    Alias,
    Source,
    Text,
    Asked,
}

impl Role {
    /// What to do about a place that the contract of a side lacks, and that of the other has.
    pub(super) fn elsewhere(self, side: Side, other: &ApiVersion) -> String {
        let (old, word) = match side {
            Side::Old => ("new", "added"),
            Side::New => ("old", "removed"),
        };
        match self {
            Self::Field => {
                format!("{other} has it: the key is the old place, its value the new one")
            }
            Self::Only => format!("{other} has it: write the rule under `{word}`"),
            Self::Alias => format!("{other} has it: say `side: {old}`"),
            Self::Asked => format!("{other} has it: ask for it under `{old}`"),
            Self::Source | Self::Text => {
                let word = if matches!(self, Self::Text) { "$text" } else { "$from" };
                format!("{other} has it: `{word}` is about the side that the value is not on")
            }
        }
    }
}

/// That a message, as a version calls it, has no body, where a place in that is missing.
pub(super) fn no_body(
    span: Span,
    (start, side, version): (&Start<'_>, Side, &ApiVersion),
    place: &Path,
) -> Option<Diagnostic> {
    if !matches!(place.0.first(), Some(Segment::Name(part)) if &**part == "body") {
        return None;
    }
    let (_, message) = start.on(side);
    let what = format!("`{message}` of {version} has no body of JSON or plain text");
    let help = if start.root.carrier == Carrier::Request {
        "name another part of it (`path`, `query`, `header` or `cookie`), or let the contract declare the body"
    } else {
        "name another part of it (`status` or `header`), or let the contract declare the body"
    };
    Some(Diagnostic::error("F602", span, what).help(help))
}
