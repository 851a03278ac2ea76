//! What is left of an object when every counterpart has been carried: members without one, and
//! objects that are taken apart (steps 4 and 6).

use super::bind::Ruled;
use super::bind::{self, strictly};
use super::context::Around;
use super::item;
use super::lens::Lens;
use super::name::path_of;
use super::value::{Data, Object, Place, Step, Val, origins, plain};
use crate::contract::Use;
use crate::json::{self, Segment, Text};
use crate::loss::LossKind;

/// Places that rules claim in a context.
pub(super) struct Claims {
    /// Those of the source, with the rule, by that.
    read: Vec<(Vec<Segment>, u32)>,
    /// Those of the target.
    written: Vec<Vec<Segment>>,
    /// Names at which there is a list on one side, and an object on the other.
    turned: Vec<Vec<Segment>>,
}

impl Claims {
    /// The first rule that reads beneath a member.
    pub(super) fn through(&self, name: &Text) -> Option<u32> {
        let path = path_of(name);
        self.read.iter().find(|(p, _)| strictly(&path, p)).map(|(_, rule)| *rule)
    }
}

impl<'a> Lens<'a> {
    /// Steps 4 and 6: members without counterpart.
    pub(super) fn left(
        &mut self,
        (source, next): (&Object, &mut Object),
        rules: &[Ruled<'a>],
        around: &Around<'a>,
        uses: (Use, Use),
    ) {
        let claims = Self::claims(rules, around);
        let claimed = &claims.read;
        for (name, value) in &source.live {
            if !self.is_alone(name, uses, &claims) {
                continue;
            }
            let path = path_of(name);
            match claims.through(name) {
                Some(rule) => {
                    let mut found = Vec::new();
                    self.apart(value, (uses.0, &path), claimed, &mut found);
                    for (kind, place) in found {
                        self.report(rule, kind, Some(&place));
                    }
                }
                None if self.unmapped(uses) && !mutant!("plain-unmapped-passes") => {
                    self.drop(0, value, None);
                }
                None => next.opaque.push((name.clone(), value.clone(), self.at + 1)),
            }
        }
    }

    /// What rules of a context, and those from further out, claim.
    pub(super) fn claims(rules: &[Ruled<'a>], around: &Around<'a>) -> Claims {
        let own = rules.iter().filter_map(|r| Some((r.src.clone()?, r.rule)));
        let mut read: Vec<(Vec<Segment>, u32)> = own.filter(|(p, _)| !p.is_empty()).collect();
        read.extend(around.read.iter().cloned());
        read.sort_by_key(|(_, rule)| *rule);
        let written = rules.iter().filter_map(|r| r.dst.clone());
        let turned = rules.iter().filter_map(bind::turned);
        let turned = turned.map(|name| vec![Segment::Name(name.into())]).collect();
        Claims { read, written: written.chain(around.written.iter().cloned()).collect(), turned }
    }

    /// Whether a member has no counterpart.
    pub(super) fn is_alone(&self, name: &Text, uses: (Use, Use), claims: &Claims) -> bool {
        let path = path_of(name);
        let pairs = bind::member(self.target, uses.1, name).is_some()
            && !claims.written.contains(&path)
            && !claims.turned.contains(&path);
        !pairs && !claims.read.iter().any(|(p, _)| *p == path)
    }

    /// What is lost of a value that is taken apart; says whether anything came out.
    pub(super) fn apart(
        &mut self,
        value: &Val,
        (of, path): (Use, &[Segment]),
        claimed: &[(Vec<Segment>, u32)],
        found: &mut Vec<(LossKind, Place)>,
    ) -> bool {
        let whole = |kind: LossKind| value.origin.clone().map(|place| (kind, place));
        if let (Data::Array(items), false) = (&value.data, value.frozen)
            && claimed
                .iter()
                .any(|(p, _)| strictly(path, p) && p.get(path.len()).is_some_and(bind::is_item))
        {
            return self.apart_items((value, items), (of, path), claimed, found);
        }
        let Some(object) = value.object().filter(|_| !value.frozen) else {
            let null = value.is_null() && !mutant!("plain-null-apart-is-dropped");
            let kind = if null { LossKind::Narrowed } else { LossKind::Dropped };
            found.extend(whole(kind));
            return false;
        };
        self.duplicates(object);
        if object.live.is_empty() && object.opaque.is_empty() {
            if !mutant!("plain-empty-apart-is-unsaid") {
                found.extend(whole(LossKind::Narrowed).filter(|(_, at)| self.came_empty(at)));
            }
            return false;
        }
        let mut inner = Vec::new();
        let mut came = false;
        for (name, member) in &object.live {
            let place: Vec<Segment> = path.iter().cloned().chain(path_of(name)).collect();
            let declared = bind::at(self.source, of, &place).is_some();
            if is_selector(claimed, &place, member) == Some(true) {
                continue;
            }
            if declared && claimed.iter().any(|(p, _)| *p == place) {
                came = true;
            } else if declared && claimed.iter().any(|(p, _)| strictly(&place, p)) {
                came |= self.apart(member, (of, &place), claimed, &mut inner);
            } else if is_selector(claimed, &place, member) == Some(false) {
                beside_selector(claimed, &place, member, &mut inner);
            } else {
                inner.extend(origins(member, None).into_iter().map(|p| (LossKind::Dropped, p)));
            }
        }
        for (_, member, _) in &object.opaque {
            inner.extend(origins(member, None).into_iter().map(|p| (LossKind::Dropped, p)));
        }
        Self::come_out(value, came, inner, found)
    }

    /// A list that is taken apart, element by element.
    fn apart_items(
        &mut self,
        (value, items): (&Val, &[Val]),
        (of, path): (Use, &[Segment]),
        claimed: &[(Vec<Segment>, u32)],
        found: &mut Vec<(LossKind, Place)>,
    ) -> bool {
        if items.is_empty() {
            let came = value.origin.clone().filter(|at| self.came_empty(at));
            found.extend(came.map(|place| (LossKind::Narrowed, place)));
            return false;
        }
        let mut inner = Vec::new();
        let mut came = false;
        for (at, item) in items.iter().enumerate() {
            let own = claimed.iter().filter(|(p, _)| strictly(path, p)).map(|(p, _)| p);
            let own: Vec<&Vec<Segment>> = own
                .filter(|p| p.get(path.len()).and_then(|s| item::locate(items, s)) == Some(at))
                .collect();
            let place = own.first().and_then(|p| p.get(..=path.len()));
            match place {
                _ if own.iter().any(|p| p.len() == path.len() + 1) => came = true,
                Some(place) => came |= self.apart(item, (of, place), claimed, &mut inner),
                None => {
                    inner.extend(origins(item, None).into_iter().map(|p| (LossKind::Dropped, p)));
                }
            }
        }
        Self::come_out(value, came, inner, found)
    }

    /// Whether an empty object or list came as one: else what was in it went before.
    fn came_empty(&self, place: &Place) -> bool {
        let found = place.iter().try_fold(self.message, |at, step| match (step, at) {
            (Step::Index(index), json::Value::Array(items)) => items.get(*index),
            (Step::Name(name), json::Value::Object(members)) => {
                members.iter().find(|(n, _)| n == name).map(|(_, v)| v)
            }
            _ => None,
        });
        match found {
            Some(json::Value::Array(items)) => items.is_empty(),
            Some(json::Value::Object(members)) => {
                let mut members = members.iter();
                members.all(|(_, v)| self.voids && matches!(v, json::Value::Null))
            }
            _ => true,
        }
    }

    /// What is said of something that was taken apart.
    fn come_out(
        value: &Val,
        came: bool,
        inner: Vec<(LossKind, Place)>,
        found: &mut Vec<(LossKind, Place)>,
    ) -> bool {
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

/// Whether a place is a field that a selector on the way names: the way back makes it again. `false`:
/// such a field is beneath it.
fn is_selector(claimed: &[(Vec<Segment>, u32)], place: &[Segment], member: &Val) -> Option<bool> {
    let fields = claimed.iter().flat_map(|(path, _)| {
        path.iter().enumerate().filter_map(|(at, segment)| {
            let Segment::Select(fields) = segment else { return None };
            Some((place.strip_prefix(path.get(..=at).unwrap_or_default())?, fields))
        })
    });
    let mut above = None;
    for (rest, fields) in fields {
        for (names, wanted) in fields {
            let names: Vec<Segment> = names.iter().map(|n| Segment::Name(n.clone())).collect();
            if rest == names && plain(member).same(wanted) {
                return Some(true);
            }
            if !rest.is_empty() && strictly(rest, &names) {
                above = Some(false);
            }
        }
    }
    above
}

/// What is lost of an object in which there are fields of a selector: all but these.
fn beside_selector(
    claimed: &[(Vec<Segment>, u32)],
    place: &[Segment],
    value: &Val,
    into: &mut Vec<(LossKind, Place)>,
) {
    let lost = |value: &Val| origins(value, None).into_iter().map(|p| (LossKind::Dropped, p));
    let Some(object) = value.object().filter(|_| !value.frozen) else {
        return into.extend(lost(value));
    };
    for (name, member) in &object.live {
        let inner: Vec<Segment> = place.iter().cloned().chain(path_of(name)).collect();
        match is_selector(claimed, &inner, member) {
            Some(true) => {}
            Some(false) => beside_selector(claimed, &inner, member, into),
            None => into.extend(lost(member)),
        }
    }
    for (_, member, _) in &object.opaque {
        into.extend(lost(member));
    }
}
