//! Rules of a value's own that have their turn after a rule further out has looked: what an alias fills,
//! or what absence means, is not there by then.

use std::cell::OnceCell;
use std::collections::{BTreeSet, HashMap};

use super::Checking;
use super::walk::{Visit, Walk};
use crate::compile::resolve::What;
use crate::compile::resolve::live::{further, is_named, looks};
use crate::diagnostic::Diagnostic;
use crate::json::{Path, Segment};

/// Rules at a value that come too late for one that reads out of it, or writes into it.
pub(super) fn late(of: &Checking<'_, '_>, walk: &Walk) -> Vec<Diagnostic> {
    let turns: Vec<Vec<Turn>> = walk.visits.iter().map(|visit| turns(of, visit)).collect();
    let own = turns.iter().enumerate().filter(|(_, turns)| !turns.is_empty());
    let reach = walk.around(own.map(|(at, _)| at));
    let inside = walk.visits.iter().map(|_| OnceCell::new()).collect();
    let searching = Searching { of, walk, turns, reach, inside };
    let mut found = Vec::new();
    for (at, visit) in walk.visits.iter().enumerate() {
        if !visit.inside.iter().any(|inner| searching.reach.contains(inner)) {
            continue;
        }
        let meant = visit.binding.meant.iter().map(|single| single.rule).collect();
        for touch in touches(of, visit) {
            let mut follow = Follow { touch: &touch, meant: &meant, seen: BTreeSet::new() };
            searching.inside(at, &touch.place, &mut follow, &mut found);
        }
    }
    found
}

/// The fields that selectors on the way to a place ask for.
fn asked(place: &[Segment]) -> impl Iterator<Item = Vec<Segment>> {
    let selectors = place.iter().enumerate().filter_map(|(at, segment)| match segment {
        Segment::Select(fields) => Some((place.get(..at)?, fields)),
        _ => None,
    });
    selectors.flat_map(|(list, fields)| {
        fields.iter().map(move |(names, _)| {
            let names = names.iter().map(|name| Segment::Name(name.clone()));
            list.iter().cloned().chain([Segment::Each]).chain(names).collect()
        })
    })
}

/// A rule of a value that has its turn with the others of that.
struct Turn {
    /// An index into the hop's rules.
    at: usize,
    /// The place that is filled, or has a meaning where it is absent; of the target, one that is repeated.
    place: Vec<Segment>,
    of_source: bool,
    /// Of an alias.
    second: Option<Vec<Segment>>,
}

/// All of them at a visit.
fn turns(of: &Checking<'_, '_>, visit: &Visit) -> Vec<Turn> {
    let side = of.hop.direction.source();
    let held = visit.binding.holding.iter();
    let turns = held.filter_map(|held| {
        let rule = of.hop.rules.get(held.at)?;
        let own = |path: &Path, cut: usize| path.0.get(cut..).unwrap_or_default().to_vec();
        let (place, second, of_source) = match rule.what {
            What::Fill(alias) => {
                (further(&rule.root, &alias.first, held.src), Some(own(&rule.src, held.src)), true)
            }
            What::Repeat(alias) => {
                (further(&rule.root, &alias.first, held.dst), Some(own(&rule.dst, held.dst)), false)
            }
            What::Move(field) if field.meaning(side).is_some() => {
                (own(&rule.src, held.src), None, true)
            }
            _ => return None,
        };
        Some(Turn { at: held.at, place, of_source, second })
    });
    turns.collect()
}

/// A place at which a rule looks, of the source, or that it writes, of the target.
struct Touch {
    /// The rule, an index into the hop's.
    by: usize,
    of_source: bool,
    place: Vec<Segment>,
}

/// All of them that the rules of a context have.
fn touches(of: &Checking<'_, '_>, visit: &Visit) -> Vec<Touch> {
    let mut found = Vec::new();
    for held in &visit.binding.holding {
        let Some(rule) = of.hop.rules.get(held.at) else { continue };
        let mut add = |of_source, place: Vec<Segment>| {
            let asked = asked(&place).filter(|_| of_source);
            let all = asked.chain([place.clone()]);
            found.extend(all.map(|place| Touch { by: held.at, of_source, place }));
        };
        if rule.what.reads() {
            add(true, rule.src.0.get(held.src..).unwrap_or_default().to_vec());
        }
        if rule.what.writes() {
            add(false, rule.dst.0.get(held.dst..).unwrap_or_default().to_vec());
        }
        let mut looked = Vec::new();
        match rule.what {
            What::Make(source) => looks(source, &mut looked),
            What::Fill(alias) => looked.push(&alias.first),
            What::Move(_) | What::Take(_) | What::Repeat(_) | What::Refuse(_) => {}
        }
        for path in looked {
            add(true, further(&rule.root, path, held.src));
        }
    }
    found
}

/// What is right inside a visit and has rules that may come too late: by the paths that lead there before the
/// hop, and after it.
type Inside = [HashMap<Vec<Segment>, Vec<usize>>; 2];

const VALUES: &[Segment] = &[Segment::Values];

struct Searching<'s, 'c, 'a> {
    of: &'s Checking<'c, 'a>,
    walk: &'s Walk,
    /// By visit.
    turns: Vec<Vec<Turn>>,
    /// Visits that have some, or lead to one that has.
    reach: BTreeSet<usize>,
    inside: Vec<OnceCell<Inside>>,
}

/// A place that is followed into the values that it leads through.
struct Follow<'f> {
    touch: &'f Touch,
    /// Rules whose meaning of absence counts where it begins.
    meant: &'f BTreeSet<usize>,
    /// Visits that it has led to, with the length of the rest.
    seen: BTreeSet<(usize, usize)>,
}

impl Searching<'_, '_, '_> {
    /// Follows the rest of a place into the values that are inside a visit.
    fn inside(
        &self,
        at: usize,
        rest: &[Segment],
        follow: &mut Follow<'_>,
        found: &mut Vec<Diagnostic>,
    ) {
        let Some(index) = self.inside.get(at).map(|cell| cell.get_or_init(|| self.index(at)))
        else {
            return;
        };
        let [before, after] = index;
        let index = if follow.touch.of_source { before } else { after };
        for length in 0..rest.len() {
            let Some((path, rest)) = rest.split_at_checked(length) else { continue };
            // What holds of each element holds of one.
            let each: Vec<Segment> = path
                .iter()
                .map(|segment| if segment.is_one() { Segment::Each } else { segment.clone() })
                .collect();
            let one = index.get(path).filter(|_| *path != *each);
            // A name may be that of a dictionary's value.
            let value = matches!(path, [Segment::Name(_)]).then(|| index.get(VALUES)).flatten();
            let all = one.into_iter().chain(index.get(&each)).chain(value);
            for inner in all.flatten() {
                let Some(visit) = self.walk.visits.get(*inner) else { continue };
                // There the rule has its turn with the others.
                let goes_down = visit.context.handed.iter().any(|held| held.at == follow.touch.by);
                if !goes_down && follow.seen.insert((*inner, rest.len())) {
                    let turns = self.turns.get(*inner).into_iter().flatten();
                    found.extend(turns.filter_map(|turn| self.too_late(turn, rest, follow)));
                    self.inside(*inner, rest, follow, found);
                }
            }
        }
    }

    fn index(&self, at: usize) -> Inside {
        let mut index = Inside::default();
        let Some(visit) = self.walk.visits.get(at) else { return index };
        for (src, dst, inner) in self.walk.inside(visit) {
            if self.reach.contains(&inner) {
                let [before, after] = &mut index;
                before.entry(src).or_default().push(inner);
                after.entry(dst).or_default().push(inner);
            }
        }
        index
    }

    /// What is wrong with a rule that has to do with the rest of a place.
    fn too_late(&self, turn: &Turn, rest: &[Segment], follow: &Follow<'_>) -> Option<Diagnostic> {
        let touch = follow.touch;
        let concerns = turn.of_source == touch.of_source && turn.at != touch.by;
        let meets = turn.place.starts_with(rest) || rest.starts_with(&turn.place);
        let meant = turn.second.is_none() && follow.meant.contains(&turn.at);
        (concerns && meets && !meant).then_some(())?;
        let around = touch.place.get(..touch.place.len().checked_sub(rest.len())?)?;
        let whole = |path: &[Segment]| Path([around, path].concat());
        let (own, first) = (Path(turn.place.clone()), whole(&turn.place));
        let direction = self.of.hop.direction;
        let side = if touch.of_source { direction.source() } else { direction.target() };
        let version = self.of.version(side);
        let (message, help) = match &turn.second {
            None => (
                format!(
                    "what absence of `{own}` of {version} means is said after another rule has looked at it"
                ),
                format!("say `absent` of `{first}` in the block of that rule"),
            ),
            Some(second) => {
                let (alias, second) = (Path(second.clone()), whole(second));
                let turns = if touch.of_source {
                    format!("fills `{own}` after another rule has looked at it")
                } else {
                    format!("repeats `{own}` before another rule has written it")
                };
                let help = if is_named(&first.0) && is_named(&second.0) {
                    format!("write it in the block of that rule: `alias: {{ {second}: {first} }}`")
                } else {
                    format!(
                        "let no rule outside of that value be about `{first}`, or take the alias out"
                    )
                };
                (format!("the alias `{alias}` of {version} {turns}"), help)
            }
        };
        let does = if touch.of_source { "looks at" } else { "writes" };
        Some(
            Diagnostic::error("F645", self.of.span(turn.at), message)
                .label("it has its turn with the rules of the value that it is in")
                .also(
                    self.of.span(touch.by),
                    format!("this rule {does} `{}`", Path(touch.place.clone())),
                )
                .help(help),
        )
    }
}
