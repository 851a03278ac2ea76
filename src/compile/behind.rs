//! Which headers of a request, as its client sends them, may have made what stands somewhere in the request
//! on its way. It would rather name one too many: a cache asks once more for that, and errs for one that
//! is missing. It compiles nothing.

use std::collections::{BTreeMap, BTreeSet};

use super::flat::{Flat, flat, text};
use super::message::{Names, Told, answers, named};
use super::series::{Part, Series, Track};
use crate::json::Path;
use crate::message::Texts;

/// The field in which cookies are.
const COOKIE: &str = "cookie";

impl Series {
    /// The names of the headers, where a track begins, that a place of the request at its end may be made of.
    pub fn behind(&self, track: &Track, place: &Path) -> BTreeSet<Box<str>> {
        let told = self.told(track, Part::Request, self.first(track, Part::Request));
        headers(&told, place.clone())
    }

    /// The headers that rules write into a request on its way, by name, each with those, where the track
    /// begins, that it may be made of beside itself.
    pub fn varied(&self, track: &Track) -> BTreeMap<Box<str>, BTreeSet<Box<str>>> {
        let told = self.told(track, Part::Request, self.first(track, Part::Request));
        let mut written = BTreeSet::new();
        for own in &told {
            for rule in flat(own) {
                rule.writes().into_iter().for_each(|place| written.extend(text(&place)));
            }
        }
        let mut found: BTreeMap<Box<str>, BTreeSet<Box<str>>> = BTreeMap::new();
        for (part, name) in written {
            let place = Path::names(&[part.as_str(), &name]);
            let Some(field) = field(&place) else { continue };
            let behind = headers(&told, place).into_iter().filter(|own| *own != field);
            found.entry(field.clone()).or_default().extend(behind);
        }
        found.retain(|_, behind| !behind.is_empty());
        found
    }

    /// The names of the headers, where a track begins, that answers are made of: their rules may look at
    /// the request.
    pub fn looked_at(&self, track: &Track) -> BTreeSet<Box<str>> {
        let told = self.told(track, Part::Request, self.first(track, Part::Request));
        let mut found = BTreeSet::new();
        for (at, own) in told.iter().enumerate() {
            let answers = [false, true].map(|error| answers(own.link, own.pair, error));
            let rules = answers.iter().flatten().flat_map(|answers| answers.all());
            let blocks: Vec<_> = rules.filter(|r| r.asks).map(|rules| &rules.whole).collect();
            let mut names = Names::new();
            named(&blocks, true, &mut names);
            // They see it as it is behind the hop.
            let way = told.get(..=at).unwrap_or_default();
            for (part, name) in names {
                found.extend(headers(way, Path::names(&[part.as_str(), &name])));
            }
        }
        found
    }
}

/// The header that a place is in, if it is in one.
fn field(place: &Path) -> Option<Box<str>> {
    match text(place)? {
        (Texts::Header, name) => Some(name),
        (Texts::Cookie, _) => Some(COOKIE.into()),
        _ => None,
    }
}

fn headers(told: &[Told<'_>], place: Path) -> BTreeSet<Box<str>> {
    let mut places = vec![place];
    for own in told.iter().rev() {
        let rules = flat(own);
        same(&rules, &mut places, Which::Written);
        let mut come = Vec::new();
        for place in &places {
            for own in before(&rules, place) {
                add(&mut come, own);
            }
        }
        places = come;
        same(&rules, &mut places, Which::Read);
    }
    places.iter().filter_map(field).collect()
}

/// Once each.
fn add(places: &mut Vec<Path>, place: Path) {
    if !places.contains(&place) {
        places.push(place);
    }
}

/// What stands before a hop for what stands at a place behind it.
fn before(rules: &[Flat<'_>], place: &Path) -> impl Iterator<Item = Path> {
    let (mut found, mut whole) = (Vec::new(), false);
    for rule in rules {
        let (from, to): (&[Path], _) = match rule {
            Flat::Moves(from, to) => (std::slice::from_ref(from), to),
            Flat::Makes { looked, to, .. } => (looked, to),
            Flat::Takes(_) | Flat::Alias(..) => continue,
        };
        if to.meets(place) {
            found.extend_from_slice(from);
            whole |= to.is_prefix_of(place);
        }
    }
    // What a rule writes comes from nowhere else.
    if !whole {
        found.push(place.clone());
    }
    found.into_iter()
}

/// On which side of a hop places are.
#[derive(Clone, Copy)]
enum Which {
    Read,
    Written,
}

/// Adds to places those that say the same.
fn same(rules: &[Flat<'_>], places: &mut Vec<Path>, which: Which) {
    for rule in rules {
        let Flat::Alias(alias, from, to) = rule else { continue };
        let root = if matches!(which, Which::Read) { from } else { to };
        let both = [&alias.first, &alias.second].map(|own| root.join(own));
        if both.iter().any(|own| places.iter().any(|place| own.meets(place))) {
            for own in both {
                add(places, own);
            }
        }
    }
}
