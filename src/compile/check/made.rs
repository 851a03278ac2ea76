//! Constants and sources that are never written, as nothing makes what their place is in. What may
//! be there in some message is there for all that is said here.

use super::walk::Visit;
use crate::compile::resolve::bind::Single;
use crate::compile::resolve::{Hop, What, is_item, is_many};
use crate::json::{Path, Segment};
use crate::mapping::Source;
use crate::version::Side;

/// Of a made value: how many segments of its place are behind the first object or list that nothing
/// makes; `None` where what it is in may be there.
pub(super) fn unmade(hop: &Hop<'_>, visit: &Visit, make: &Single) -> Option<usize> {
    let binding = &visit.binding;
    let crosses = binding.cross.is_some() || binding.itself.is_some();
    let named = matches!(make.place.first(), Some(Segment::Name(_)));
    let nothing =
        matches!(hop.rules.get(make.rule).map(|r| r.what), Some(What::Make(Source::Absent)));
    if crosses || !named || nothing || make.place.iter().any(is_many) {
        return None;
    }
    let around = 1..make.place.len();
    let missing = around.clone().find(|length| {
        make.place.get(..*length).is_some_and(|place| !may_be_there(hop, visit, (make, place)))
    })?;
    make.place.len().checked_sub(missing)
}

/// Whether a message may have something at a place by the time that values are made there: what a
/// counterpart carries there, around it or further in, or what is made there or around it.
fn may_be_there(hop: &Hop<'_>, visit: &Visit, (make, place): (&Single, &[Segment])) -> bool {
    let binding = &visit.binding;
    let carried = |dst: &[Segment]| begins(dst, place) || begins(place, dst);
    if binding.moves.iter().any(|m| carried(&m.dst)) {
        return true;
    }
    let own = binding.holding.iter().map(|h| (h.at, h.dst));
    let outer = visit.context.imports.iter().map(|c| (c.at, c.cut));
    let mut writers = own.chain(outer).filter(|(at, _)| *at != make.rule);
    writers.any(|(at, cut)| {
        let Some(rule) = hop.rules.get(at) else { return false };
        let Some(dst) = rule.dst.0.get(cut..) else { return false };
        match rule.what {
            What::Move(_) => carried(dst),
            What::Make(source) => !matches!(source, Source::Absent) && begins(place, dst),
            // An alias is repeated when everything is made.
            What::Take(_) | What::Fill(_) | What::Repeat(_) | What::Refuse(_) => false,
        }
    })
}

/// Whether a path begins with another one; which element of a list is meant is not asked.
fn begins(path: &[Segment], with: &[Segment]) -> bool {
    let same = |(a, b): (&Segment, &Segment)| a == b || (is_item(a) && is_item(b));
    path.len() >= with.len() && path.iter().zip(with).all(same)
}

/// What to write instead of a rule about a place in something that nothing makes: that as a whole.
pub(super) fn as_a_whole(side: Side, place: &Path, missing: usize) -> String {
    let word = if side == Side::Old { "removed" } else { "added" };
    let (outer, inner) = place.0.split_at_checked(missing).unwrap_or((&place.0, &[]));
    let whole = inner.iter().rev().fold(String::from("…"), |value, segment| match segment {
        Segment::Name(_) => format!("{{ {}: {value} }}", Path(vec![segment.clone()])),
        Segment::Select(fields) => {
            let fields = fields.iter().map(|(names, value)| {
                let names = names.iter().cloned().map(Segment::Name).collect();
                format!("{}: {value}", Path(names))
            });
            let fields = fields.collect::<Vec<_>>().join(", ");
            match value.strip_prefix("{ ") {
                Some(rest) => format!("[{{ {fields}, {rest}]"),
                None => format!("[{value}]"),
            }
        }
        Segment::Index(_) | Segment::Each | Segment::Values => format!("[{value}]"),
    });
    let key = Path(outer.to_vec()).to_string();
    let quoted = key.contains(['[', '{']);
    let key = if quoted { format!("\"{}\"", key.replace('"', "\\\"")) } else { key };
    format!("write it as a whole: `{word}: {{ {key}: {whole} }}`")
}
