//! What a value that goes nowhere, or is taken apart, has lost.

use super::Tape;
use super::val::{Data, Val};
use crate::json::{Text, same_text};
use crate::loss::LossKind;
use crate::plan::{ReporterId, Split};

fn within(inner: (usize, usize), outer: (usize, usize)) -> bool {
    outer.0 <= inner.0 && inner.1 <= outer.1
}

/// Offsets of a value that goes nowhere: its own, and of what is in it but came from elsewhere.
pub(super) fn origins(value: &Val<'_>, cover: Option<(usize, usize)>, found: &mut Vec<usize>) {
    let own = value.origin;
    let covered = own.zip(cover).is_some_and(|(own, cover)| within(own, cover));
    if let (Some((start, _)), false) = (own, covered) {
        found.push(start);
    }
    let cover = if covered { cover } else { own.or(cover) };
    match &value.data {
        // What is inside a value as it came, came with it.
        Data::Token(_) | Data::Const(_) | Data::Text(_) => {}
        Data::Array(items) => items.iter().for_each(|v| origins(v, cover, found)),
        Data::Object(object) => {
            let opaque = object.opaque.iter().map(|(_, v, _)| v);
            let all = object.live.iter().map(|(_, v)| v).chain(opaque);
            all.for_each(|v| origins(v, cover, found));
        }
    }
}

impl<'r> Tape<'r> {
    /// Reports a value that goes nowhere.
    pub(super) fn dropped(&mut self, reporter: ReporterId, value: &Val<'r>) {
        let mut found = Vec::new();
        origins(value, None, &mut found);
        for at in found {
            self.reports.note(self.plan, reporter, LossKind::Dropped, at);
        }
    }

    /// What is lost of a value that is taken apart; says whether anything came out.
    pub(super) fn apart(
        &self,
        value: &Val<'r>,
        parts: &[(Text, Split)],
        found: &mut Vec<(LossKind, usize)>,
    ) -> bool {
        let whole = |kind: LossKind| value.origin.map(|(at, _)| (kind, at));
        let Some(object) = self.open(value).filter(|_| !value.frozen) else {
            let null = self.is_null(value);
            found.extend(whole(if null { LossKind::Narrowed } else { LossKind::Dropped }));
            return false;
        };
        if object.live.is_empty() && object.opaque.is_empty() {
            found.extend(whole(LossKind::Narrowed));
            return false;
        }
        let mut inner = Vec::new();
        let mut came = false;
        for (name, member) in &object.live {
            let split = parts.iter().find(|(n, _)| same_text(n.raw(), name)).map(|(_, s)| s);
            match split {
                Some(Split::Carried) => came = true,
                Some(Split::Through(parts)) => came |= self.apart(member, parts, &mut inner),
                None => lost(member, &mut inner),
            }
        }
        for (_, member, _) in &object.opaque {
            lost(member, &mut inner);
        }
        match (came, value.origin) {
            (false, Some((start, end))) => {
                found.push((LossKind::Dropped, start));
                found.extend(inner.into_iter().filter(|(_, at)| !(start..end).contains(at)));
            }
            _ => found.extend(inner),
        }
        came
    }
}

fn lost(value: &Val<'_>, into: &mut Vec<(LossKind, usize)>) {
    let mut found = Vec::new();
    origins(value, None, &mut found);
    into.extend(found.into_iter().map(|at| (LossKind::Dropped, at)));
}
