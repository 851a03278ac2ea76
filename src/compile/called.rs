//! What the client calls the texts of a message's head that the backend calls otherwise, as far as rules about
//! the message say so. It compiles nothing.

use super::message::{Told, View};
use crate::json::{Path, Segment};
use crate::mapping::{Block, RuleKind, Source};
use crate::message::{Layout, Texts};
use crate::version::{Direction, Side};

/// Texts of the backend's message, each with what the client calls it; `None`: it has none.
type Called = Vec<(Box<str>, Option<Box<str>>)>;

/// The texts of a request at the end of its way that came under another name: how rules name them there, and
/// where they begin.
pub(super) fn came(told: &[Told<'_>], to: &Layout) -> Called {
    let path = to.template.iter().flat_map(|template| template.names());
    let path = path.map(|name| (Texts::Path, name));
    let others = to.params.iter().map(|known| (known.part, &*known.param.name));
    let mut found = Vec::new();
    for (part, name) in path.chain(others.filter(|(part, _)| *part != Texts::Path)) {
        let place = Path::names(&[part.as_str(), name]);
        if let Some(came) = began(told, place.clone()).filter(|came| *came != place) {
            found.push((place.to_string().into(), Some(came.to_string().into())));
        }
    }
    found
}

/// The texts of an answer, as they come, that rules carry elsewhere, or nowhere: how rules name them there,
/// and where they end.
pub(super) fn goes(told: &[Told<'_>], from: &Layout) -> Called {
    let mut found = Vec::new();
    for own in from.params.iter().filter(|own| own.is_named) {
        let place = Path::names(&[own.part.as_str(), &own.param.name]);
        let end = ended(told, place.clone());
        if end.as_ref() != Some(&place) {
            found.push((place.to_string().into(), end.map(|end| end.to_string().into())));
        }
    }
    found
}

/// Where what stands at a place at the end of a way began; `None`: a rule makes it, or nobody can say.
fn began(told: &[Told<'_>], mut place: Path) -> Option<Path> {
    for own in told.iter().rev() {
        // What types say of places in a body is not looked at.
        if !is_text(&place) {
            return None;
        }
        let blocks = own.blocks(View::Whole, false);
        let none = Path(Vec::new());
        let mut sources = blocks.iter().map(|block| source(own, block, (&none, &none), &place));
        match sources.find_map(|source| source) {
            Some(Other::Place(source)) => place = source,
            Some(Other::None) => return None,
            None => {}
        }
    }
    Some(place)
}

/// Where what stands at a place where a way begins is at its end; `None`: a rule takes it, or nobody can say.
fn ended(told: &[Told<'_>], mut place: Path) -> Option<Path> {
    for own in told {
        // What types say of places in a body is not looked at.
        if !is_text(&place) {
            return None;
        }
        let blocks = own.blocks(View::Whole, false);
        let none = Path(Vec::new());
        let mut goals = blocks.iter().map(|block| goal(own, block, (&none, &none), &place));
        match goals.find_map(|goal| goal) {
            Some(Other::Place(goal)) => place = goal,
            Some(Other::None) => return None,
            None => {}
        }
    }
    Some(place)
}

/// Whether a place is that of a text of a head.
fn is_text(place: &Path) -> bool {
    let [Segment::Name(part), Segment::Name(_)] = place.0.as_slice() else { return false };
    Texts::ALL.into_iter().any(|text| text.as_str() == &**part)
}

/// Where the first rule of a block that takes what stands at a place carries it.
fn goal(told: &Told<'_>, block: &Block, (old, new): (&Path, &Path), place: &Path) -> Option<Other> {
    let facing = (told.direction, told.carrier());
    let root = |side| if side == Side::Old { old } else { new };
    block.rules.iter().filter(|rule| rule.holds(facing)).find_map(|rule| match &rule.kind {
        RuleKind::Field(field) => {
            let (old, new) = (old.join(&field.old), new.join(&field.new));
            let (from, to) = match told.direction {
                Direction::Upgrade => (old, new),
                Direction::Downgrade => (new, old),
            };
            (from == *place).then_some(Other::Place(to))
        }
        RuleKind::Only { side, place: own, .. } => {
            let takes = *side == told.direction.source() && root(*side).join(own) == *place;
            takes.then_some(Other::None)
        }
        RuleKind::In { old: o, new: n, block } => {
            goal(told, block, (&old.join(o), &new.join(n)), place)
        }
        RuleKind::Alias(_) | RuleKind::Refuse(_) => None,
    })
}

/// What a place is on the other side of a hop, by the rule about it.
enum Other {
    /// This place.
    Place(Path),
    /// There is none.
    None,
}

/// What the first rule of a block that writes a place writes there.
fn source(
    told: &Told<'_>,
    block: &Block,
    (old, new): (&Path, &Path),
    place: &Path,
) -> Option<Other> {
    let facing = (told.direction, told.carrier());
    block.rules.iter().filter(|rule| rule.holds(facing)).find_map(|rule| match &rule.kind {
        RuleKind::Field(field) => {
            let (old, new) = (old.join(&field.old), new.join(&field.new));
            let (from, to) = match told.direction {
                Direction::Upgrade => (old, new),
                Direction::Downgrade => (new, old),
            };
            (to == *place).then_some(Other::Place(from))
        }
        RuleKind::Only { side, place: own, source } if *side == told.direction.target() => {
            let root = if told.direction == Direction::Upgrade { new } else { old };
            let made = root.join(own) == *place && !matches!(source, Source::Absent);
            made.then_some(Other::None)
        }
        RuleKind::In { old: o, new: n, block } => {
            source(told, block, (&old.join(o), &new.join(n)), place)
        }
        RuleKind::Only { .. } | RuleKind::Alias(_) | RuleKind::Refuse(_) => None,
    })
}
