//! What the client calls the texts of a message's head that the backend calls otherwise, as far as rules about
//! the message say so. It compiles nothing.

use super::message::{Told, View};
use crate::json::{Path, Segment};
use crate::mapping::{Block, RuleKind, Source};
use crate::message::{Counterpart, Layout, Texts};
use crate::version::Direction;

/// Texts of the backend's message, as rules name them, each with what the client has of it.
type Called = Vec<(Box<str>, Counterpart)>;

/// The texts of a request at the end of its way that came under another name, with where they begin. Of what
/// a rule makes, and of what nobody can say where it begins, nothing is said.
pub(super) fn came(told: &[Told<'_>], to: &Layout) -> Called {
    let path = to.template.iter().flat_map(|template| template.names());
    let path = path.map(|name| (Texts::Path, name));
    let others = to.params.iter().map(|known| (known.part, &*known.param.name));
    let mut found = Vec::new();
    for (part, name) in path.chain(others.filter(|(part, _)| *part != Texts::Path)) {
        let place = Path::names(&[part.as_str(), name]);
        let began = followed(told.iter().rev(), place.clone(), before);
        if matches!(&began, Counterpart::Place(own) if *own != place) {
            found.push((place.to_string().into(), began));
        }
    }
    found
}

/// The texts of an answer, as they come, that do not stay where they are, with what becomes of them.
pub(super) fn goes(told: &[Told<'_>], from: &Layout) -> Called {
    let mut found = Vec::new();
    for own in from.params.iter().filter(|own| own.is_named) {
        let place = Path::names(&[own.part.as_str(), &own.param.name]);
        let ended = followed(told.iter(), place.clone(), after);
        if !matches!(&ended, Counterpart::Place(end) if *end == place) {
            found.push((place.to_string().into(), ended));
        }
    }
    found
}

/// What stands on the other side of a hop for what stands at a place, as its blocks say, most special first;
/// `None`: they say nothing.
type Step = fn(&Told<'_>, &[&Block], &Path) -> Option<Counterpart>;

/// What stands at the other end of a way for what stands at a place at this one.
fn followed<'t, 'a: 't>(
    hops: impl Iterator<Item = &'t Told<'a>>,
    mut place: Path,
    step: Step,
) -> Counterpart {
    for own in hops {
        // What types say of places in a body is not looked at.
        if !is_text(&place) {
            return Counterpart::Unknown;
        }
        match step(own, &own.blocks(View::Whole, false), &place) {
            Some(Counterpart::Place(other)) => place = other,
            Some(other) => return other,
            None => {}
        }
    }
    Counterpart::Place(place)
}

/// Against the way: what rules write there.
fn before(told: &Told<'_>, blocks: &[&Block], place: &Path) -> Option<Counterpart> {
    let root = Path(Vec::new());
    blocks.iter().find_map(|block| source(told, block, (&root, &root), place))
}

/// With the way: where rules carry it.
fn after(told: &Told<'_>, blocks: &[&Block], place: &Path) -> Option<Counterpart> {
    let root = Path(Vec::new());
    let found = blocks.iter().find_map(|block| goal(told, block, (&root, &root), place))?;
    // What one rule takes, another one may look at all the same.
    let looked = || blocks.iter().any(|block| looks(told, block, (&root, &root), place));
    Some(if found == Counterpart::None && looked() { Counterpart::Unknown } else { found })
}

/// Whether a place is that of a text of a head.
fn is_text(place: &Path) -> bool {
    let [Segment::Name(part), Segment::Name(_)] = place.0.as_slice() else { return false };
    Texts::ALL.into_iter().any(|text| text.as_str() == &**part)
}

/// What is on the old side and on the new one, as a message comes to them.
fn ends<T>(told: &Told<'_>, (old, new): (T, T)) -> (T, T) {
    match told.direction {
        Direction::Upgrade => (old, new),
        Direction::Downgrade => (new, old),
    }
}

/// Where the first rule of a block that takes what stands at a place carries it.
fn goal(
    told: &Told<'_>,
    block: &Block,
    (old, new): (&Path, &Path),
    place: &Path,
) -> Option<Counterpart> {
    let facing = (told.direction, told.carrier());
    let (from, _) = ends(told, (old, new));
    block.rules.iter().filter(|rule| rule.holds(facing)).find_map(|rule| match &rule.kind {
        RuleKind::Field(field) => {
            let (from, to) = ends(told, (old.join(&field.old), new.join(&field.new)));
            (from == *place).then_some(Counterpart::Place(to))
        }
        RuleKind::Only { side, place: own, .. } => {
            let takes = *side == told.direction.source() && from.join(own) == *place;
            takes.then_some(Counterpart::None)
        }
        RuleKind::In { old: o, new: n, block } => {
            goal(told, block, (&old.join(o), &new.join(n)), place)
        }
        RuleKind::Alias(_) | RuleKind::Refuse(_) => None,
    })
}

/// What the first rule of a block that writes a place writes there.
fn source(
    told: &Told<'_>,
    block: &Block,
    (old, new): (&Path, &Path),
    place: &Path,
) -> Option<Counterpart> {
    let facing = (told.direction, told.carrier());
    let (_, root) = ends(told, (old, new));
    block.rules.iter().filter(|rule| rule.holds(facing)).find_map(|rule| match &rule.kind {
        RuleKind::Field(field) => {
            let (from, to) = ends(told, (old.join(&field.old), new.join(&field.new)));
            (to == *place).then_some(Counterpart::Place(from))
        }
        RuleKind::Only { side, place: own, source } if *side == told.direction.target() => {
            let made = root.join(own) == *place && !matches!(source, Source::Absent);
            made.then_some(Counterpart::None)
        }
        RuleKind::In { old: o, new: n, block } => {
            source(told, block, (&old.join(o), &new.join(n)), place)
        }
        RuleKind::Only { .. } | RuleKind::Alias(_) | RuleKind::Refuse(_) => None,
    })
}

/// Whether a rule of a block writes something else for what stands at a place, or in it.
fn looks(told: &Told<'_>, block: &Block, (old, new): (&Path, &Path), place: &Path) -> bool {
    let facing = (told.direction, told.carrier());
    let (root, _) = ends(told, (old, new));
    block.rules.iter().filter(|rule| rule.holds(facing)).any(|rule| match &rule.kind {
        RuleKind::Only { side, source, .. } if *side == told.direction.target() => {
            looks_at(source, &|own| place.is_prefix_of(&root.join(own)))
        }
        RuleKind::In { old: o, new: n, block } => {
            looks(told, block, (&old.join(o), &new.join(n)), place)
        }
        _ => false,
    })
}

/// Whether a source, or one inside it, looks at such a place.
fn looks_at(source: &Source, is: &dyn Fn(&Path) -> bool) -> bool {
    source.places().any(is) || source.inner().any(|inner| looks_at(inner, is))
}
