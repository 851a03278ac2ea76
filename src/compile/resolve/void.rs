//! `nulls: absent`: places whose null members are as if they had not come to the rules that read
//! them.

use super::bind::{Binding, Cross, Voids};
use super::live::{Live, further};
use super::place::lead;
use super::sort::Space;
use super::{What, is_many};
use crate::json::{Segment, Text};
use crate::version::Side;

impl Space<'_, '_, '_> {
    /// What rules of the context, or from further out, read as absent where it is null.
    pub(super) fn voids(&self, binding: &Binding) -> Option<Voids> {
        let voids = |at: usize| self.hop.rules.get(at).is_some_and(|rule| rule.voids);
        let own = self.live.iter().filter(|live| voids(live.at));
        let outer = self.exports.iter().filter(|(_, at)| voids(*at));
        if own.clone().next().is_none() && outer.clone().next().is_none() {
            return None;
        }
        let mut found = Voids::default();
        let reads = own.flat_map(|live| self.reads(live));
        for path in reads.chain(outer.map(|(path, _)| path.to_vec())) {
            if lead(self.hop.source, self.context.source, &path).is_none() {
                continue;
            }
            found.values |= path == [Segment::Values];
            if path.iter().any(is_many) {
                // Its elements, or values, have it in their own context.
                continue;
            }
            let apart = |segment: &Segment| match segment {
                Segment::Name(name) => {
                    let all = matches!(binding.cross, Some((Cross::Inward, _)));
                    all || binding.apart.contains(&Text::from_plain(name))
                }
                _ => false,
            };
            if path.first().is_some_and(apart) {
                let before = (1..path.len()).filter_map(|length| path.get(..length));
                found.places.extend(before.map(<[_]>::to_vec));
            }
            found.places.push(path);
        }
        // Only members can be absent.
        found.places.retain(|path| matches!(path.last(), Some(Segment::Name(_))));
        found.places.sort_by_key(Vec::len);
        let mut kept: Vec<Vec<Segment>> = Vec::new();
        for path in found.places {
            if !kept.contains(&path) {
                kept.push(path);
            }
        }
        found.places = kept;
        Some(found)
    }

    /// The places of the source that a rule reads here.
    fn reads(&self, live: &Live<'_>) -> Vec<Vec<Segment>> {
        let (Some(rule), Some(src)) = (self.hop.rules.get(live.at), live.src) else {
            return Vec::new();
        };
        let mut found = vec![src.to_vec()];
        let side: Side = self.hop.direction.source();
        match rule.what {
            What::Move(field) if field.parts.wrap == Some(side) => {
                let first = src.iter().cloned().chain([Segment::Index(0)]);
                found.push(first.chain(rule.below.0.iter().cloned()).collect());
            }
            What::Fill(alias) => found.push(further(&rule.root, &alias.first, live.cut.0)),
            What::Move(_) | What::Make(_) | What::Take(_) | What::Repeat(_) | What::Refuse(_) => {}
        }
        found
    }
}
