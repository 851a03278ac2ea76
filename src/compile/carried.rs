//! Which headers of a message, as they come, are others at the end of its way, by name: for what speaks about
//! headers and is none of their values. It compiles nothing.

use std::collections::{BTreeMap, BTreeSet};

use super::flat::{Flat, flat, text};
use super::message::Told;
use crate::json::Path;
use crate::message::Texts;
use crate::version::Direction;

/// The headers that do not stay what they are, each with those that are made of it; what is not among them
/// stays. Names are in lower case.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Carried(BTreeMap<Box<str>, BTreeSet<Box<str>>>);

impl Carried {
    /// Of the rules of these hops.
    pub(super) fn new(told: &[Told<'_>]) -> Self {
        let hops: Vec<_> = told.iter().map(|own| (own.direction, flat(own))).collect();
        let rules = hops.iter().flat_map(|(_, rules)| rules);
        let names: BTreeSet<_> = rules.flat_map(named).filter_map(|place| header(&place)).collect();
        let ends = names.into_iter().map(|name| {
            let ends = ends(&hops, Path::names(&[Texts::Header.as_str(), &name]));
            (name, ends)
        });
        Self(ends.filter(|(name, ends)| ends.len() != 1 || !ends.contains(name)).collect())
    }

    /// Whether all stay.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// What is made of a header; `None`: it stays.
    pub fn of(&self, name: &str) -> Option<&BTreeSet<Box<str>>> {
        self.0.get(name)
    }

    /// The headers that do not stay, each with what is made of it.
    pub fn all(&self) -> impl Iterator<Item = (&str, &BTreeSet<Box<str>>)> {
        self.0.iter().map(|(name, ends)| (&**name, ends))
    }
}

/// The header that a place is in, if it is in one.
fn header(place: &Path) -> Option<Box<str>> {
    text(place).and_then(|(part, name)| (part == Texts::Header).then_some(name))
}

/// Places that a rule speaks about where its message comes.
fn named(rule: &Flat<'_>) -> Vec<Path> {
    match rule {
        Flat::Moves(place, _) | Flat::Takes(place) => vec![place.clone()],
        Flat::Makes { looked, .. } => looked.clone(),
        Flat::Alias(alias, from, _) => [&alias.first, &alias.second].map(|p| from.join(p)).into(),
    }
}

/// The headers at the end of a way that are made of what stands at a place.
fn ends(hops: &[(Direction, Vec<Flat<'_>>)], place: Path) -> BTreeSet<Box<str>> {
    let mut places = vec![place];
    for (direction, rules) in hops {
        let next = places.into_iter().map(|place| first(rules, *direction, place));
        let next = next.flat_map(|place| after(rules, &place));
        places = next.flat_map(|place| both(rules, *direction, place)).collect();
    }
    places.iter().filter_map(header).collect()
}

/// A place, or the one that it repeats where a message comes.
fn first(rules: &[Flat<'_>], direction: Direction, place: Path) -> Path {
    let repeats = rules.iter().find_map(|rule| match rule {
        Flat::Alias(alias, from, _) if alias.side.is_none_or(|own| own == direction.source()) => {
            from.join(&alias.second).meets(&place).then(|| from.join(&alias.first))
        }
        _ => None,
    });
    repeats.unwrap_or(place)
}

/// A place, and what repeats it where a message goes.
fn both(rules: &[Flat<'_>], direction: Direction, place: Path) -> Vec<Path> {
    let repeated = rules.iter().filter_map(|rule| match rule {
        Flat::Alias(alias, _, to) if alias.side.is_none_or(|own| own == direction.target()) => {
            to.join(&alias.first).meets(&place).then(|| to.join(&alias.second))
        }
        _ => None,
    });
    repeated.collect::<Vec<_>>().into_iter().chain([place]).collect()
}

/// What stands behind a hop that is made of what stands at a place before it.
fn after(rules: &[Flat<'_>], place: &Path) -> Vec<Path> {
    let (mut found, mut gone) = (Vec::new(), false);
    for rule in rules {
        match rule {
            // What the most special rule carries away is not there for others.
            Flat::Moves(from, to) if !gone && from.meets(place) => {
                found.push(to.clone());
                gone = from.is_prefix_of(place);
            }
            Flat::Makes { looked, to, .. } if looked.iter().any(|own| own.meets(place)) => {
                found.push(to.clone());
            }
            Flat::Takes(own) => gone |= own.is_prefix_of(place),
            Flat::Moves(..) | Flat::Makes { .. } | Flat::Alias(..) => {}
        }
    }
    if !gone {
        found.push(place.clone());
    }
    found
}
