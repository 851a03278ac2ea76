//! Which headers of a request, as its client sends them, may have made what stands somewhere in the request
//! on its way. It would rather name one too many: a cache asks once more for that, and errs for one that
//! is missing. It compiles nothing.

use std::collections::{BTreeMap, BTreeSet};

use super::message::{Names, Told, View, answers, named};
use super::resolve::live::looks;
use super::series::{Part, Series, Track};
use crate::json::{Path, Segment};
use crate::mapping::{Alias, Block, RuleKind};
use crate::message::Texts;
use crate::version::Direction;

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

/// The text of a head that a place is in, if it is in one.
fn text(place: &Path) -> Option<(Texts, Box<str>)> {
    let [Segment::Name(part), Segment::Name(name), ..] = place.0.as_slice() else { return None };
    let part = Texts::ALL.into_iter().find(|text| text.as_str() == &**part)?;
    Some((part, name.clone()))
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

/// A rule of a hop, with its places whole.
enum Flat<'a> {
    /// What stands at one place goes to another.
    Moves(Path, Path),
    /// A place is written, from other places or from none.
    Makes(Vec<Path>, Path),
    /// Two places say the same; with what is before them where the message comes, and where it goes.
    Alias(&'a Alias, Path, Path),
}

impl Flat<'_> {
    /// Where it writes.
    fn writes(&self) -> Vec<Path> {
        match self {
            Self::Moves(_, to) | Self::Makes(_, to) => vec![to.clone()],
            Self::Alias(alias, _, root) => {
                [&alias.first, &alias.second].map(|p| root.join(p)).into()
            }
        }
    }
}

/// The rules of a hop that hold on the way.
fn flat<'a>(told: &Told<'a>) -> Vec<Flat<'a>> {
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
                let places = looked.into_iter().map(|own| from.join(own)).collect();
                into.push(Flat::Makes(places, to.join(place)));
            }
            RuleKind::In { old: o, new: n, block } => {
                flatten(told, block, (&old.join(o), &new.join(n)), into);
            }
            RuleKind::Alias(alias) => into.push(Flat::Alias(alias, from.clone(), to.clone())),
            RuleKind::Only { .. } | RuleKind::Refuse(_) => {}
        }
    }
}

/// Whether one of two places is in the other.
fn meets(one: &Path, other: &Path) -> bool {
    one.is_prefix_of(other) || other.is_prefix_of(one)
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
            Flat::Makes(from, to) => (from, to),
            Flat::Alias(..) => continue,
        };
        if meets(to, place) {
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
        if both.iter().any(|own| places.iter().any(|place| meets(own, place))) {
            for own in both {
                add(places, own);
            }
        }
    }
}
