//! What is left of an object when every counterpart has been carried: members without one, and
//! objects that are taken apart (steps 4 and 6).

use super::bind::Ruled;
use super::bind::{self, strictly};
use super::context::{Around, path_of};
use super::lens::Lens;
use super::value::{Object, Place, Val, origins};
use crate::contract::Use;
use crate::json::Segment;
use crate::loss::LossKind;

impl<'a> Lens<'a> {
    /// Steps 4 and 6: members without counterpart.
    pub(super) fn left(
        &mut self,
        (source, next): (&Object, &mut Object),
        rules: &[Ruled<'a>],
        around: &Around<'a>,
        uses: (Use, Use),
    ) {
        let mut claimed: Vec<(Vec<Segment>, u32)> = rules
            .iter()
            .filter_map(|r| Some((r.src.clone()?, r.rule)))
            .filter(|(p, _)| !p.is_empty())
            .collect();
        claimed.extend(around.read.iter().cloned());
        claimed.sort_by_key(|(_, rule)| *rule);
        let written: Vec<Vec<Segment>> = rules
            .iter()
            .filter_map(|r| r.dst.clone())
            .chain(around.written.iter().cloned())
            .collect();
        for (name, value) in &source.live {
            let path = path_of(name);
            let exact = claimed.iter().any(|(p, _)| *p == path);
            let pairs =
                bind::member(self.target, uses.1, name).is_some() && !written.contains(&path);
            if exact || pairs {
                continue;
            }
            let through = claimed.iter().find(|(p, _)| strictly(&path, p)).map(|(_, rule)| *rule);
            match through {
                Some(rule) => {
                    let mut found = Vec::new();
                    self.apart(value, (uses.0, &path), &claimed, &mut found);
                    for (kind, place) in found {
                        self.report(rule, kind, Some(&place));
                    }
                }
                None if self.unmapped(uses) => self.drop(0, value, None),
                None => next.opaque.push((name.clone(), value.clone(), self.at + 1)),
            }
        }
    }

    /// What is lost of a value that is taken apart; says whether anything came out.
    pub(super) fn apart(
        &self,
        value: &Val,
        (of, path): (Use, &[Segment]),
        claimed: &[(Vec<Segment>, u32)],
        found: &mut Vec<(LossKind, Place)>,
    ) -> bool {
        let whole = |kind: LossKind| value.origin.clone().map(|place| (kind, place));
        let Some(object) = value.object().filter(|_| !value.frozen) else {
            let kind = if value.is_null() { LossKind::Narrowed } else { LossKind::Dropped };
            found.extend(whole(kind));
            return false;
        };
        if object.live.is_empty() && object.opaque.is_empty() {
            found.extend(whole(LossKind::Narrowed));
            return false;
        }
        let mut inner = Vec::new();
        let mut came = false;
        for (name, member) in &object.live {
            let place: Vec<Segment> = path.iter().cloned().chain(path_of(name)).collect();
            let declared = bind::at(self.source, of, &place).is_some();
            if declared && claimed.iter().any(|(p, _)| *p == place) {
                came = true;
            } else if declared && claimed.iter().any(|(p, _)| strictly(&place, p)) {
                came |= self.apart(member, (of, &place), claimed, &mut inner);
            } else {
                inner.extend(origins(member, None).into_iter().map(|p| (LossKind::Dropped, p)));
            }
        }
        for (_, member, _) in &object.opaque {
            inner.extend(origins(member, None).into_iter().map(|p| (LossKind::Dropped, p)));
        }
        match (came, &value.origin) {
            (false, Some(place)) => {
                found.push((LossKind::Dropped, place.clone()));
                found.extend(inner.into_iter().filter(|(_, p)| !p.starts_with(place)));
            }
            _ => found.extend(inner),
        }
        came
    }
}
