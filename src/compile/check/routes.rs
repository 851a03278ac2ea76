//! Every place of every message at which a rule acts. The walk knows each pair of schemas once;
//! here all ways that lead to those with a wanted rule are gone.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::walk::{Begin, Visit, Walk};
use super::{Start, carriers, roots, starts};
use crate::compile::resolve::{Hop, What};
use crate::compile::{Facing, Link};
use crate::json::{Path, Segment};
use crate::version::Direction;

/// A place at which a rule acts.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The message: `GET /orders response 200`; `schema Order` of contracts without operations.
    pub message: String,
    /// Where the rule takes its value from: `body[].customer`; `None`: it makes one.
    pub src: Option<String>,
    /// Where it stands after the hop; `None`: it is taken out.
    pub dst: Option<String>,
    /// The schema that it is in, or one around that, holds itself: there are such places at every
    /// depth.
    pub recurs: bool,
}

/// Where rules act.
#[derive(Clone, Debug, Default)]
pub struct Places {
    /// By the rule's index in its mapping, in order of messages and places.
    pub by_rule: BTreeMap<u32, BTreeSet<Place>>,
    /// There are more places than anybody reads, which are not here.
    pub more: bool,
}

/// Ways that are gone, short ones first.
const MOST: usize = 20_000;

/// Where rules of a mapping act, by their index in it, for messages that travel in one direction.
/// What a message holds at every depth is told once.
pub fn places(link: &Link<'_>, direction: Direction, rules: &BTreeSet<u32>) -> Places {
    let starts = starts(link);
    let mut all = Places::default();
    for carrier in carriers(link, &starts) {
        let own = starts.iter().filter(|s| carrier.is_none_or(|of| s.root.carrier == of));
        let found = places_of(link, (direction, carrier.unwrap_or_default()), own, rules);
        all.more |= found.more;
        for (rule, places) in found.by_rule {
            all.by_rule.entry(rule).or_default().extend(places);
        }
    }
    all
}

/// The same for messages of one sort.
fn places_of<'s, 'a: 's>(
    link: &'s Link<'a>,
    facing: Facing,
    starts: impl Iterator<Item = &'s Start<'a>>,
    rules: &BTreeSet<u32>,
) -> Places {
    let types = (&link.old.types, &link.new.types);
    let mut hop = Hop::new(link.mapping, link.index, facing, types);
    let starts: Vec<&Start<'_>> = starts.collect();
    let roots = starts.iter().zip(roots(&mut hop, &starts));
    let roots = roots.map(|(start, context)| Begin {
        name: start.on(facing.0.source()).1.clone(),
        context,
        is_refused: false,
    });
    let roots = roots.collect();
    let Some(walk) = Walk::new(&hop, roots) else { return Places::default() };
    let inside: Vec<_> = walk.visits.iter().map(|visit| walk.inside(visit)).collect();
    let acts: Vec<_> = walk.visits.iter().map(|visit| acts(&hop, visit, rules)).collect();
    let mut routes = Routes {
        leads: leads(&inside, &acts),
        inside,
        acts,
        ways: VecDeque::new(),
        circles: BTreeSet::new(),
        found: Vec::new(),
    };
    for root in &walk.roots {
        let is_body = starts.get(root.start).is_some_and(|start| start.is_body);
        let begin = Path::names(if is_body { &["body"] } else { &[] });
        let message = &root.name;
        routes.add(Way { message, visits: vec![root.at], src: begin.clone(), dst: begin });
    }
    let mut gone = 0;
    while gone < MOST
        && let Some(way) = routes.ways.pop_front()
    {
        routes.go(&way);
        gone = gone.saturating_add(1);
    }
    routes.places()
}

/// What one rule does in one visit: the place it reads, and the one it writes.
type Act = (u32, Option<Vec<Segment>>, Option<Vec<Segment>>);
/// A visit right inside another, with the paths to it.
type Inside = (Vec<Segment>, Vec<Segment>, usize);

/// What the wanted rules do in a visit.
fn acts(hop: &Hop<'_>, visit: &Visit, rules: &BTreeSet<u32>) -> Vec<Act> {
    let binding = &visit.binding;
    let wanted = |at: usize| hop.rules.get(at).filter(|r| rules.contains(&r.rule));
    let mut found = Vec::new();
    if let Some(rule) = binding.itself.and_then(wanted) {
        found.push((rule.rule, Some(Vec::new()), Some(Vec::new())));
    }
    let refuses = binding.refuses.iter().filter_map(|at| wanted(*at));
    found.extend(refuses.map(|rule| (rule.rule, Some(Vec::new()), None)));
    let items = binding.items.as_ref();
    for carried in binding.moves.iter().chain(items.iter().flat_map(|i| &i.moves)) {
        if let Some(rule) = carried.rule.and_then(wanted) {
            found.push((rule.rule, Some(carried.src.clone()), Some(carried.dst.clone())));
        }
    }
    let singles = [&binding.makes, &binding.takes, &binding.fills, &binding.repeats];
    let of_items = items.iter().flat_map(|i| i.makes.iter().chain(&i.takes));
    for single in singles.into_iter().flatten().chain(of_items) {
        let Some(rule) = wanted(single.rule) else { continue };
        let place = Some(single.place.clone());
        found.push(match rule.what {
            What::Take(_) | What::Fill(_) => (rule.rule, place, None),
            What::Make(_) | What::Repeat(_) | What::Move(_) | What::Refuse(_) => {
                (rule.rule, None, place)
            }
        });
    }
    found
}

/// Which visits lead to one in which something is done.
fn leads(inside: &[Vec<Inside>], acts: &[Vec<Act>]) -> BTreeSet<usize> {
    let mut outer: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (at, inner) in inside.iter().enumerate() {
        for (_, _, to) in inner {
            outer.entry(*to).or_default().push(at);
        }
    }
    let mut found = BTreeSet::new();
    let done = acts.iter().enumerate().filter(|(_, acts)| !acts.is_empty());
    let mut todo: Vec<usize> = done.map(|(at, _)| at).collect();
    while let Some(at) = todo.pop() {
        if found.insert(at) {
            todo.extend(outer.get(&at).into_iter().flatten());
        }
    }
    found
}

/// A way from where a message begins.
struct Way<'w> {
    message: &'w str,
    /// What it went through, and where it ends.
    visits: Vec<usize>,
    src: Path,
    dst: Path,
}

/// All ways, short ones first.
struct Routes<'w> {
    inside: Vec<Vec<Inside>>,
    acts: Vec<Vec<Act>>,
    leads: BTreeSet<usize>,
    /// To be gone.
    ways: VecDeque<Way<'w>>,
    /// Visits that lead to themselves.
    circles: BTreeSet<usize>,
    /// With the visits on the way.
    found: Vec<(u32, Place, Vec<usize>)>,
}

impl<'w> Routes<'w> {
    /// A way that is worth going: where it ends, something is done, or further in.
    fn add(&mut self, way: Way<'w>) {
        if way.visits.last().is_some_and(|at| self.leads.contains(at)) {
            self.ways.push_back(way);
        }
    }

    fn go(&mut self, way: &Way<'w>) {
        let Some(at) = way.visits.last() else { return };
        let join = |path: &Path, more: &[Segment]| {
            Path(path.0.iter().chain(more).cloned().collect::<Vec<_>>())
        };
        for (rule, from, to) in self.acts.get(*at).into_iter().flatten() {
            let text = |path: &Path, more: &Option<Vec<Segment>>| {
                more.as_ref().map(|more| join(path, more).to_string())
            };
            let (src, dst) = (text(&way.src, from), text(&way.dst, to));
            let place = Place { message: way.message.to_owned(), src, dst, recurs: false };
            self.found.push((*rule, place, way.visits.clone()));
        }
        for (from, to, inner) in self.inside.get(*at).cloned().unwrap_or_default() {
            if let Some(first) = way.visits.iter().position(|before| *before == inner) {
                self.circles.extend(way.visits.iter().skip(first));
                continue;
            }
            let visits = way.visits.iter().copied().chain([inner]).collect();
            let (src, dst) = (join(&way.src, &from), join(&way.dst, &to));
            self.add(Way { message: way.message, visits, src, dst });
        }
    }

    fn places(self) -> Places {
        let mut places = Places { more: !self.ways.is_empty(), ..Places::default() };
        for (rule, place, way) in self.found {
            let recurs = way.iter().any(|at| self.circles.contains(at));
            places.by_rule.entry(rule).or_default().insert(Place { recurs, ..place });
        }
        places
    }
}
