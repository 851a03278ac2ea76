//! Rules of one block whose places get in each other's way, though no two are the same: elements of
//! one list that are named in several ways, lists that a `wrap` makes, values that are made as a whole.

use std::collections::{HashMap, HashSet};

use super::Parser;
use crate::diagnostic::Diagnostic;
use crate::json::{Path, Segment};
use crate::mapping::{Block, RuleKind, Source};
use crate::version::Side;

/// A place of a rule.
struct Place {
    side: Side,
    path: Path,
    rule: u32,
    what: What,
}

/// What a rule does at a place.
#[derive(Clone, Copy, PartialEq, Eq)]
enum What {
    /// Relates it to another.
    Field,
    /// Makes a list of one element, at this many segments of the path.
    Wraps(usize),
    /// Makes a value.
    Makes,
    /// Has nothing there.
    Takes,
    /// Repeats another place.
    Second,
    /// Is repeated by another place.
    First,
}

/// How many elements of one list are compared with each other; more are an error of their own.
const MOST_COMPARED: usize = 64;

impl Parser<'_> {
    /// Checks the places of a block.
    pub(super) fn places(&mut self, block: &Block) {
        let mut all = Vec::new();
        collect(block, (&Path::default(), &Path::default()), &mut all);
        for place in &all {
            self.selected(place);
        }
        self.wrapped(&all);
        self.within_made(&all);
        self.several(&all);
        for pair in all.windows(2) {
            if let [second, first] = pair
                && (second.what, first.what) == (What::Second, What::First)
            {
                self.alias_of_elements((second, first), &all);
            }
        }
    }

    /// A rule about the field by which the selector of its own place finds an element.
    fn selected(&mut self, place: &Place) {
        for (at, segment) in place.path.0.iter().enumerate() {
            let Segment::Select(fields) = segment else { continue };
            let inside = place.path.0.get(at.saturating_add(1)..).unwrap_or_default();
            let is = |names: &[Box<str>]| {
                let mut named = names.iter().zip(inside);
                inside.len() >= names.len()
                    && named.all(|(n, s)| matches!(s, Segment::Name(name) if name == n))
            };
            let field = fields.iter().find(|(names, _)| is(names));
            let (Some((names, value)), Some(span)) = (field, self.place_of(place.rule)) else {
                continue;
            };
            let field = Path(names.iter().cloned().map(Segment::Name).collect());
            let segment = Path(vec![segment.clone()]);
            self.report(
                Diagnostic::error("F325", span, "a rule about the field that finds its element")
                    .label(format!("`{segment}` says that `{field}` is {value} here"))
                    .help("relate the list's `[]` field, or name the element by another field"),
            );
        }
    }

    /// Rules about the list that `wrap` makes of one value, or about an element of it.
    fn wrapped(&mut self, all: &[Place]) {
        let mut lists: HashMap<(Side, &[Segment]), u32> = HashMap::new();
        for place in all {
            let What::Wraps(length) = place.what else { continue };
            let list = place.path.0.get(..length).unwrap_or_default();
            let before = lists.insert((place.side, list), place.rule);
            // The same path is claimed twice.
            if let Some(before) = before.filter(|_| length < place.path.0.len()) {
                self.in_wrapped(place, (list, before));
            }
        }
        for place in all.iter().filter(|place| !matches!(place.what, What::Wraps(_))) {
            for (at, segment) in place.path.0.iter().enumerate() {
                let list = place.path.0.get(..at).unwrap_or_default();
                let wraps = lists.get(&(place.side, list)).filter(|_| segment.is_one());
                if let Some(wraps) = wraps.copied().filter(|by| *by != place.rule) {
                    self.in_wrapped(place, (list, wraps));
                }
            }
        }
    }

    fn in_wrapped(&mut self, place: &Place, (list, wraps): (&[Segment], u32)) {
        let (Some(span), Some(wraps)) = (self.place_of(place.rule), self.place_of(wraps)) else {
            return;
        };
        let (list, Place { path, side, .. }) = (Path(list.to_vec()), place);
        let what = format!("two rules of one block claim `{path}` of the {side} side");
        self.report(
            Diagnostic::error("F310", span, what)
                .label(format!("`{list}` has one element, which is the wrapped value"))
                .also(wraps, "`wrap` makes this list"),
        );
    }

    /// Rules that write into what another one makes as a whole.
    fn within_made(&mut self, all: &[Place]) {
        let made = all.iter().filter(|place| place.what == What::Makes);
        let made: HashMap<(Side, &[Segment]), u32> =
            made.map(|place| ((place.side, &*place.path.0), place.rule)).collect();
        for place in all.iter().filter(|p| matches!(p.what, What::Field | What::Wraps(_))) {
            for length in 1..place.path.0.len() {
                let around = place.path.0.get(..length).unwrap_or_default();
                let Some(by) = made.get(&(place.side, around)) else { continue };
                let (Some(span), Some(other)) = (self.place_of(place.rule), self.place_of(*by))
                else {
                    continue;
                };
                let (around, path) = (Path(around.to_vec()), &place.path);
                self.report(
                    Diagnostic::error(
                        "F310",
                        span,
                        format!("`{path}` is within what is made as a whole"),
                    )
                    .label("both would make what is around it")
                    .also(other, format!("this makes `{around}`"))
                    .help("make its members one by one, each under its own place"),
                );
            }
        }
    }

    /// Elements of one list that are named in ways that may mean the same: said once for each list.
    fn several(&mut self, all: &[Place]) {
        let mut lists: HashMap<_, Vec<(&Segment, u32)>> = HashMap::new();
        let mut said: HashSet<(Side, &[Segment])> = HashSet::new();
        for place in all {
            for (at, segment) in place.path.0.iter().enumerate().filter(|(_, s)| s.is_one()) {
                let list = (place.side, place.path.0.get(..at).unwrap_or_default());
                let known = lists.entry(list).or_default();
                let full = known.len() >= MOST_COMPARED;
                if full || known.iter().any(|(other, _)| *other == segment) {
                    continue;
                }
                let clash = known.iter().find(|(other, _)| may_be_one(other, segment));
                if let Some((other, by)) = clash.filter(|_| said.insert(list)) {
                    self.may_meet((list.1, segment), (place.rule, other, *by));
                }
                known.push((segment, place.rule));
            }
        }
    }

    fn may_meet(
        &mut self,
        (list, segment): (&[Segment], &Segment),
        (rule, other, by): (u32, &Segment, u32),
    ) {
        let (Some(span), Some(before)) = (self.place_of(rule), self.place_of(by)) else { return };
        let named = |segment: &Segment| {
            Path(list.iter().cloned().chain([segment.clone()]).collect()).to_string()
        };
        let (one, other) = (named(segment), named(other));
        self.report(
            Diagnostic::warning("F331", span, format!("`{one}` and `{other}` may be one element"))
                .label("named in another way than elsewhere in the block")
                .also(before, format!("`{other}`"))
                .help("name elements of one list all by position, or all by one field: what two rules write there may meet"),
        );
    }

    /// Aliases that say of one list what its positions do not keep.
    fn alias_of_elements(&mut self, (second, first): (&Place, &Place), all: &[Place]) {
        let Some(at) = second.path.0.iter().position(Segment::is_one) else { return };
        let (Some(list), Some(own)) = (second.path.0.get(..at), second.path.0.get(at)) else {
            return;
        };
        let named = |path: &Path| path.0.strip_prefix(list).and_then(|rest| rest.first()).cloned();
        let why = match (own, named(&first.path)) {
            (Segment::Select(_), _) if at.saturating_add(1) == second.path.0.len() => {
                "an element that is found by its fields is never all that another place says"
            }
            (_, Some(other)) if other.is_one() && may_be_one(own, &other) => {
                "the two may be one element"
            }
            (Segment::Index(own), Some(Segment::Index(other))) if *own < other => {
                "the second stands before the first, and moves it"
            }
            (Segment::Index(_), _) => {
                let moved = |place: &&Place| {
                    let here = place.side == second.side && place.rule != second.rule;
                    here && matches!(named(&place.path), Some(Segment::Index(_)))
                };
                if !all.iter().any(|place| moved(&place)) {
                    return;
                }
                "other rules put elements into the list, or take them out, by their positions"
            }
            _ => return,
        };
        let Some(span) = self.place_of(second.rule) else { return };
        let what = format!("`{}` cannot be the alias of `{}`", second.path, first.path);
        self.report(
            Diagnostic::error("F320", span, what)
                .label(why)
                .help("turn the two around, or name a member of an element that a field finds"),
        );
    }
}

/// Whether two names of elements of one list may mean the same one.
fn may_be_one(one: &Segment, other: &Segment) -> bool {
    match (one, other) {
        (Segment::Index(a), Segment::Index(b)) => a == b,
        (Segment::Select(a), Segment::Select(b)) => {
            !a.iter().any(|(n, v)| b.iter().any(|(m, w)| n == m && !v.same(w)))
        }
        _ => true,
    }
}

/// The places of a block's rules, those under an `in` too; the first of an alias follows its second.
fn collect(block: &Block, (old, new): (&Path, &Path), into: &mut Vec<Place>) {
    let root = |side: Side| if side == Side::Old { old } else { new };
    for rule in &block.rules {
        let mut add = |side: Side, path: &Path, what: What| {
            into.push(Place { side, path: root(side).join(path), rule: rule.rule, what });
        };
        match &rule.kind {
            RuleKind::Field(field) => {
                for (side, own, other) in
                    [(Side::Old, &field.old, &field.new), (Side::New, &field.new, &field.old)]
                {
                    let wraps = field.parts.wrap == Some(side);
                    let length = root(side).0.len().saturating_add(list_of(own, other));
                    add(side, own, if wraps { What::Wraps(length) } else { What::Field });
                }
            }
            RuleKind::Only { side, place, source } => {
                let makes = !matches!(source, Source::Absent);
                add(*side, place, if makes { What::Makes } else { What::Takes });
            }
            RuleKind::Alias(alias) => {
                let on = |side: &Side| alias.side.is_none_or(|of| of == *side);
                for side in [Side::Old, Side::New].into_iter().filter(on) {
                    add(side, &alias.second, What::Second);
                    add(side, &alias.first, What::First);
                }
            }
            RuleKind::Refuse(_) => {}
            RuleKind::In { old: o, new: n, block } => {
                collect(block, (&old.join(o), &new.join(n)), into);
            }
        }
    }
}

/// How long the path to the list is that `wrap` makes: up to its last `[]`, if the path goes on below
/// it, else all of it.
fn list_of(own: &Path, other: &Path) -> usize {
    let many = |path: &Path| {
        path.0.iter().filter(|s| matches!(s, Segment::Each | Segment::Values)).count()
    };
    let each = own.0.iter().rposition(|s| *s == Segment::Each);
    each.filter(|_| many(own) > many(other)).unwrap_or(own.0.len())
}
