//! The parts of a field, in the direction of travel.

use super::{place, split};
use crate::compile::list::{self, Sides};
use crate::compile::resolve::Hop;
use crate::compile::resolve::place::inner;
use crate::contract::{TypeGraph, Use};
use crate::json::Segment;
use crate::mapping::{Named, Otherwise, Parts};
use crate::plan::{Alter, NamesOf, Naming, ReporterId, Set, Turn, Work, Wrap};
use crate::version::{Direction, Side};

/// Whether there is anything to do.
pub(super) fn is_some(parts: &Parts, direction: Direction) -> bool {
    parts.loses_null(direction)
        || !parts.list.is_empty()
        || parts.otherwise != Otherwise::Keep
        || parts.convert.is_some()
        || parts.names.is_some()
        || parts.set
        || parts.wrap.is_some()
        || parts.each.is_some()
}

/// All parts, for values at these uses.
pub(super) fn work(
    hop: &Hop<'_>,
    (parts, below): (&Parts, &[Segment]),
    sides: Sides,
    reporter: ReporterId,
) -> Work {
    let inner = inner(hop, (parts, below), sides);
    let wrap = parts.wrap.map(|side| {
        if side == hop.direction.source() {
            // Where null is as good as absent the way back would not know it from that.
            let voids = parts.voids(hop.direction.target());
            Wrap::Unwrap { nullable: !voids && sides.1.is_some_and(|of| of.nullable) }
        } else {
            let voids = parts.voids(hop.direction.source());
            Wrap::Wrap { narrows: voids || sides.0.is_some_and(|of| !of.nullable) }
        }
    });
    let each = parts.each.as_ref().map(|each| {
        let sides = of_elements(hop, sides, parts.wrap);
        let turn = match hop.direction {
            Direction::Upgrade => Turn::Last,
            Direction::Downgrade => Turn::First,
        };
        (Box::new(work(hop, (each, &[]), sides, reporter)), turn)
    });
    // What is taken out of an element: this one place.
    let element = items(hop.source, sides.0).filter(|_| !below.is_empty());
    let claimed = [(below.to_vec(), 0)];
    let apart = element.map(|element| split((hop.source, element), &claimed, &[]));
    let below = (place(below).unwrap_or_default(), apart.unwrap_or_default());
    // A list says it itself.
    let narrows = parts.loses_null(hop.direction) && !list::is_some(parts);
    Work { reporter, each, wrap, narrows, below, alter: alter(hop, parts, (inner, reporter)) }
}

/// What `each` is about: elements, and the value itself on the side where `wrap: new` has no list.
/// `wrap: old` takes its list off before.
fn of_elements(hop: &Hop<'_>, (source, target): Sides, wrap: Option<Side>) -> Sides {
    let old_is_source = hop.direction.source() == Side::Old;
    let (here, there) = (items(hop.source, source), items(hop.target, target));
    match wrap {
        None => (here, there),
        Some(Side::New) if old_is_source => (source, there),
        Some(Side::New) => (here, target),
        Some(Side::Old) if old_is_source => (items(hop.source, here), there),
        Some(Side::Old) => (here, items(hop.target, there)),
    }
}

/// List, set and conversion.
pub(super) fn alter(hop: &Hop<'_>, parts: &Parts, (sides, reporter): (Sides, ReporterId)) -> Alter {
    if !parts.set {
        let convert = list::convert(hop, parts, sides, reporter);
        let at = |named: &Named| {
            let at = hop.named.iter().position(|places| places.named == named)?;
            hop.named.get(at)?.asked.set(true);
            Some(at)
        };
        let naming = |named: &Named| {
            let of = match named {
                Named::Request => NamesOf::Request,
                Named::Document => NamesOf::Document,
                Named::Fields(_) => NamesOf::Type,
            };
            Some(Naming { of, names: at(named)?, reporter })
        };
        let names = parts.names.as_ref().and_then(naming);
        return Alter { list: list::list(hop, parts, sides, reporter), convert, set: None, names };
    }
    let sides = (items(hop.source, sides.0), items(hop.target, sides.1));
    let there = list::entries(hop, parts, sides, hop.direction);
    let back = list::entries(hop, parts, sides, hop.direction.reverse());
    let each = |all: Vec<(_, Option<_>)>| {
        all.into_iter().filter_map(|(key, result)| Some((key, result?))).collect()
    };
    let set = Some(Set { there: each(there), back: each(back) });
    let convert = list::convert(hop, parts, sides, reporter);
    Alter { list: list::list(hop, parts, sides, reporter), convert, set, names: None }
}

fn items(types: &TypeGraph, of: Option<Use>) -> Option<Use> {
    types.get(of?.ty).items
}
