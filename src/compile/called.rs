//! What the sender of a message calls the texts of its head that have another name at the end of its way, as
//! far as rules about the message say so. It compiles nothing.

use super::message::{Told, View};
use crate::json::{Path, Segment};
use crate::mapping::{Block, RuleKind, Source};
use crate::message::{Layout, Texts};
use crate::version::Direction;

/// The texts of a head at the end of a way that came under another name: how rules name them there, and
/// where they begin.
pub(super) fn called(told: &[Told<'_>], to: &Layout) -> Vec<(Box<str>, Box<str>)> {
    let path = to.template.iter().flat_map(|template| template.names());
    let path = path.map(|name| (Texts::Path, name));
    let others = to.params.iter().map(|known| (known.part, &*known.param.name));
    let mut found = Vec::new();
    for (part, name) in path.chain(others.filter(|(part, _)| *part != Texts::Path)) {
        let place = Path::names(&[part.as_str(), name]);
        if let Some(came) = came(told, place.clone()).filter(|came| *came != place) {
            found.push((place.to_string().into(), came.to_string().into()));
        }
    }
    found
}

/// Where what stands at a place at the end of a way began; `None`: a rule makes it, or nobody can say.
fn came(told: &[Told<'_>], mut place: Path) -> Option<Path> {
    for own in told.iter().rev() {
        // What types say of places in a body is not looked at.
        let [Segment::Name(part), Segment::Name(_)] = place.0.as_slice() else { return None };
        Texts::ALL.into_iter().find(|text| text.as_str() == &**part)?;
        let blocks = own.blocks(View::Whole, false);
        let none = Path(Vec::new());
        let mut sources = blocks.iter().map(|block| source(own, block, (&none, &none), &place));
        match sources.find_map(|source| source) {
            Some(Came::From(source)) => place = source,
            Some(Came::Made) => return None,
            None => {}
        }
    }
    Some(place)
}

/// What a rule writes at a place.
enum Came {
    /// What stood at this one.
    From(Path),
    /// What it makes.
    Made,
}

/// What the first rule of a block that writes a place writes there.
fn source(
    told: &Told<'_>,
    block: &Block,
    (old, new): (&Path, &Path),
    place: &Path,
) -> Option<Came> {
    let facing = (told.direction, told.carrier());
    block.rules.iter().filter(|rule| rule.holds(facing)).find_map(|rule| match &rule.kind {
        RuleKind::Field(field) => {
            let (old, new) = (old.join(&field.old), new.join(&field.new));
            let (from, to) = match told.direction {
                Direction::Upgrade => (old, new),
                Direction::Downgrade => (new, old),
            };
            (to == *place).then_some(Came::From(from))
        }
        RuleKind::Only { side, place: own, source } if *side == told.direction.target() => {
            let root = if told.direction == Direction::Upgrade { new } else { old };
            let made = root.join(own) == *place && !matches!(source, Source::Absent);
            made.then_some(Came::Made)
        }
        RuleKind::In { old: o, new: n, block } => {
            source(told, block, (&old.join(o), &new.join(n)), place)
        }
        RuleKind::Only { .. } | RuleKind::Alias(_) | RuleKind::Refuse(_) => None,
    })
}
