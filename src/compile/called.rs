//! What the client calls the texts of a message's head that the backend calls otherwise, as far as rules about
//! the message say so. It compiles nothing.

use super::flat::{Flat, flat, text};
use super::message::Told;
use crate::json::Path;
use crate::message::{Counterpart, Layout, Texts};

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

/// What stands on the other side of a hop for what stands at a place, as its rules say, most special first;
/// `None`: they say nothing.
type Step = fn(&[Flat<'_>], &Path) -> Option<Counterpart>;

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
        match step(&flat(own), &place) {
            Some(Counterpart::Place(other)) => place = other,
            Some(other) => return other,
            None => {}
        }
    }
    Counterpart::Place(place)
}

/// Against the way: what rules write there.
fn before(rules: &[Flat<'_>], place: &Path) -> Option<Counterpart> {
    rules.iter().find_map(|rule| match rule {
        Flat::Moves(from, to) => (to == place).then(|| Counterpart::Place(from.clone())),
        Flat::Makes { to, absent, .. } => (to == place && !absent).then_some(Counterpart::None),
        Flat::Takes(_) | Flat::Alias(..) => None,
    })
}

/// With the way: where rules carry it.
fn after(rules: &[Flat<'_>], place: &Path) -> Option<Counterpart> {
    let found = rules.iter().find_map(|rule| match rule {
        Flat::Moves(from, to) => (from == place).then(|| Counterpart::Place(to.clone())),
        Flat::Takes(own) => (own == place).then_some(Counterpart::None),
        Flat::Makes { .. } | Flat::Alias(..) => None,
    })?;
    // What one rule takes, another one may look at all the same.
    let looks = |rule: &Flat<'_>| match rule {
        Flat::Makes { looked, .. } => looked.iter().any(|own| place.is_prefix_of(own)),
        _ => false,
    };
    let looked = || rules.iter().any(looks);
    Some(if found == Counterpart::None && looked() { Counterpart::Unknown } else { found })
}

/// Whether a place is that of a text of a head.
fn is_text(place: &Path) -> bool {
    place.0.len() == 2 && text(place).is_some()
}
