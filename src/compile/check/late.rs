//! Rules of a value's own that have their turn after a rule further out has looked: what an alias fills,
//! or what absence means, is not there by then.

use std::collections::BTreeSet;

use super::Checking;
use super::walk::{Visit, Walk};
use crate::compile::resolve::live::{further, looks};
use crate::compile::resolve::{Oriented, What};
use crate::diagnostic::Diagnostic;
use crate::json::{Path, Segment};
use crate::mapping::Alias;

/// Rules at a value that come too late for one that reads out of it, or writes into it.
pub(super) fn late(of: &Checking<'_, '_>, walk: &Walk) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for visit in &walk.visits {
        for touch in touches(of, visit) {
            let mut searching = Searching { of, walk, touch: &touch, seen: BTreeSet::new() };
            let meant = visit.binding.meant.iter().map(|single| single.rule).collect();
            searching.inside(visit, &touch.place, &meant, &mut found);
        }
    }
    found
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
            found.push(Touch { by: held.at, of_source, place });
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

struct Searching<'s, 'c, 'a> {
    of: &'s Checking<'c, 'a>,
    walk: &'s Walk,
    touch: &'s Touch,
    /// Visits that the rest of the place has been followed into, with the length of that rest.
    seen: BTreeSet<(usize, usize)>,
}

impl Searching<'_, '_, '_> {
    /// Follows the rest of the place into the values that are inside a visit.
    fn inside(
        &mut self,
        visit: &Visit,
        rest: &[Segment],
        meant: &BTreeSet<usize>,
        found: &mut Vec<Diagnostic>,
    ) {
        for (src, dst, at) in self.walk.inside(visit) {
            let path = if self.touch.of_source { src } else { dst };
            let Some(rest) = beneath(&path, rest) else { continue };
            let Some(inner) = self.walk.visits.get(at) else { continue };
            // There the rule has its turn with the others.
            let goes_down = inner.context.handed.iter().any(|held| held.at == self.touch.by);
            if goes_down || !self.seen.insert((at, rest.len())) {
                continue;
            }
            self.at(inner, rest, meant, found);
            self.inside(inner, rest, meant, found);
        }
    }

    /// Rules of a value that have to do with the rest of the place.
    fn at(
        &self,
        visit: &Visit,
        rest: &[Segment],
        meant: &BTreeSet<usize>,
        found: &mut Vec<Diagnostic>,
    ) {
        for held in &visit.binding.holding {
            let Some(rule) = self.of.hop.rules.get(held.at) else { continue };
            let own = |path: &Path, cut: usize| path.0.get(cut..).unwrap_or_default().to_vec();
            match rule.what {
                What::Fill(alias) if self.touch.of_source => {
                    let first = further(&rule.root, &alias.first, held.src);
                    let second = own(&rule.src, held.src);
                    found.extend(self.alias((held.at, rule, alias), (&first, &second), rest));
                }
                What::Repeat(alias) if !self.touch.of_source => {
                    let first = further(&rule.root, &alias.first, held.dst);
                    let second = own(&rule.dst, held.dst);
                    found.extend(self.alias((held.at, rule, alias), (&first, &second), rest));
                }
                What::Move(field) if self.touch.of_source && !meant.contains(&held.at) => {
                    let src = own(&rule.src, held.src);
                    let means = field.meaning(self.of.hop.direction.source()).is_some();
                    if means && meets(&src, rest) {
                        found.push(self.meaning(held.at, &src, rest));
                    }
                }
                _ => {}
            }
        }
    }

    fn alias(
        &self,
        (at, rule, alias): (usize, &Oriented<'_>, &Alias),
        (first, second): (&[Segment], &[Segment]),
        rest: &[Segment],
    ) -> Option<Diagnostic> {
        (at != self.touch.by && meets(first, rest)).then_some(())?;
        let whole = |path: &[Segment]| Path([self.around(rest), path].concat());
        let (first, second) = (whole(first), whole(second));
        let place = Path(self.touch.place.clone());
        let does = if self.touch.of_source { "fills" } else { "repeats" };
        let (turn, touched) = if self.touch.of_source {
            ("after another rule has looked at it", "this rule looks at")
        } else {
            ("before another rule has written it", "this rule writes")
        };
        let message = format!(
            "the alias `{}` of {} {does} `{}` {turn}",
            alias.second,
            self.version(),
            alias.first
        );
        let help = if named(&first.0) && named(&second.0) && rule.root.0.is_empty() {
            format!("write it in the block of that rule: `alias: {{ {second}: {first} }}`")
        } else {
            format!("let no rule outside of that value be about `{first}`, or take the alias out")
        };
        Some(
            Diagnostic::error("F645", self.of.span(at), message)
                .label("it has its turn with the rules of the value that it is in")
                .also(self.of.span(self.touch.by), format!("{touched} `{place}`"))
                .help(help),
        )
    }

    fn meaning(&self, at: usize, src: &[Segment], rest: &[Segment]) -> Diagnostic {
        let whole = Path([self.around(rest), src].concat());
        let own = Path(src.to_vec());
        let place = Path(self.touch.place.clone());
        let message = format!(
            "what absence of `{own}` of {} means is said after another rule has looked at it",
            self.version()
        );
        Diagnostic::error("F645", self.of.span(at), message)
            .label("it is said among the rules of the value that it is in")
            .also(self.of.span(self.touch.by), format!("this rule looks at `{place}`"))
            .help(format!("say `absent` of `{whole}` in the block of that rule"))
    }

    /// The part of the place that leads to the value in which a rest of it goes on.
    fn around(&self, rest: &[Segment]) -> &[Segment] {
        let length = self.touch.place.len().saturating_sub(rest.len());
        self.touch.place.get(..length).unwrap_or_default()
    }

    fn version(&self) -> &crate::version::ApiVersion {
        let direction = self.of.hop.direction;
        let side = if self.touch.of_source { direction.source() } else { direction.target() };
        self.of.version(side)
    }
}

/// The rest of a place from what stands at a path on, if it is strictly inside that; of one element what
/// holds of each.
fn beneath<'p>(path: &[Segment], place: &'p [Segment]) -> Option<&'p [Segment]> {
    let (begin, rest) = place.split_at_checked(path.len())?;
    let same = |(of, own): (&Segment, &Segment)| of == own || *of == Segment::Each && own.is_one();
    (!rest.is_empty() && path.iter().zip(begin).all(same)).then_some(rest)
}

/// Whether one place is the other, or in it.
fn meets(one: &[Segment], other: &[Segment]) -> bool {
    one.starts_with(other) || other.starts_with(one)
}

fn named(path: &[Segment]) -> bool {
    path.iter().all(|segment| matches!(segment, Segment::Name(_)))
}
