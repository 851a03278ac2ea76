//! The rules of a hop about one message, each by itself and with its places whole: what can be said of texts
//! of a head without a look at a schema. It compiles nothing.

use super::message::{Told, View};
use super::resolve::live::looks;
use crate::json::{Path, Segment};
use crate::mapping::{Alias, Block, RuleKind, Source};
use crate::message::Texts;
use crate::version::Direction;

/// A rule of a hop, on the way of the message.
pub(super) enum Flat<'a> {
    /// What stands at one place goes to another.
    Moves(Path, Path),
    /// A place is written.
    Makes {
        /// From these places, if from any.
        looked: Vec<Path>,
        /// The place.
        to: Path,
        /// Nothing is written there.
        absent: bool,
    },
    /// What stands at a place is taken out.
    Takes(Path),
    /// Two places say the same; with what is before them where the message comes, and where it goes.
    Alias(&'a Alias, Path, Path),
}

impl Flat<'_> {
    /// Where it writes.
    pub(super) fn writes(&self) -> Vec<Path> {
        match self {
            Self::Moves(_, to) | Self::Makes { to, .. } => vec![to.clone()],
            Self::Takes(_) => Vec::new(),
            Self::Alias(alias, _, root) => {
                [&alias.first, &alias.second].map(|p| root.join(p)).into()
            }
        }
    }
}

/// The rules of a hop that hold on the way, most special first.
pub(super) fn flat<'a>(told: &Told<'a>) -> Vec<Flat<'a>> {
    let (root, mut found) = (Path(Vec::new()), Vec::new());
    for block in told.blocks(View::Whole, false) {
        flatten(told, block, (&root, &root), &mut found);
    }
    found
}

fn flatten<'a>(
    told: &Told<'a>,
    block: &'a Block,
    (old, new): (&Path, &Path),
    into: &mut Vec<Flat<'a>>,
) {
    let facing = (told.direction, told.carrier());
    let (from, to) = match told.direction {
        Direction::Upgrade => (old, new),
        Direction::Downgrade => (new, old),
    };
    for rule in block.rules.iter().filter(|rule| rule.holds(facing)) {
        match &rule.kind {
            RuleKind::Field(field) => {
                let (old, new) = (old.join(&field.old), new.join(&field.new));
                into.push(match told.direction {
                    Direction::Upgrade => Flat::Moves(old, new),
                    Direction::Downgrade => Flat::Moves(new, old),
                });
            }
            RuleKind::Only { side, place, source } if *side == told.direction.target() => {
                let mut looked = Vec::new();
                looks(source, &mut looked);
                let looked = looked.into_iter().map(|own| from.join(own)).collect();
                let absent = matches!(source, Source::Absent);
                into.push(Flat::Makes { looked, to: to.join(place), absent });
            }
            RuleKind::Only { place, .. } => into.push(Flat::Takes(from.join(place))),
            RuleKind::In { old: o, new: n, block } => {
                flatten(told, block, (&old.join(o), &new.join(n)), into);
            }
            RuleKind::Alias(alias) => into.push(Flat::Alias(alias, from.clone(), to.clone())),
            RuleKind::Refuse(_) => {}
        }
    }
}

/// The text of a head that a place is in, if it is in one.
pub(super) fn text(place: &Path) -> Option<(Texts, Box<str>)> {
    let [Segment::Name(part), Segment::Name(name), ..] = place.0.as_slice() else { return None };
    Some((Texts::named(part)?, name.clone()))
}
