//! What a value that goes nowhere, or is taken apart, has lost.

use super::Tape;
use super::val::{Data, Val};
use crate::json::same_text;
use crate::json::scan::Kind;
use crate::loss::LossKind;
use crate::plan::{ReporterId, Seg, Split};
use crate::translate::Stop;
use crate::translate::lost::came_empty;

fn within(inner: (usize, usize), outer: (usize, usize)) -> bool {
    outer.0 <= inner.0 && inner.1 <= outer.1
}

/// Offsets of a value that goes nowhere: its own, and of what is in it but came from elsewhere.
pub(super) fn origins(value: &Val<'_>, cover: Option<(usize, usize)>, found: &mut Vec<usize>) {
    let own = value.origin;
    let covered = own.zip(cover).is_some_and(|(own, cover)| within(own, cover))
        && !mutant!("tape-everything-lost-is-said");
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
        parts: &[(Seg, Split)],
        found: &mut Vec<(LossKind, usize)>,
    ) -> Result<bool, Stop> {
        let whole = |kind: LossKind| value.origin.map(|(at, _)| (kind, at));
        let items = parts.iter().any(|(seg, _)| !matches!(seg, Seg::Name(_)));
        if let (true, false, Some(items)) = (items, value.frozen, self.items(value)) {
            return self.apart_items(value, &items, parts, found);
        }
        let object = if value.frozen { None } else { self.looked_into(value)? };
        let Some(object) = object else {
            let null = self.is_null(value);
            found.extend(whole(if null { LossKind::Narrowed } else { LossKind::Dropped }));
            return Ok(false);
        };
        if object.live.is_empty() && object.opaque.is_empty() {
            let came = |at| came_empty(self.input, at) || (self.voids && self.came_null(at));
            found.extend(whole(LossKind::Narrowed).filter(|(_, at)| came(*at)));
            return Ok(false);
        }
        let mut inner = Vec::new();
        let mut came = false;
        for (name, member) in &object.live {
            let named = |seg: &Seg| matches!(seg, Seg::Name(n) if same_text(n.raw(), name));
            let split = parts.iter().find(|(seg, _)| named(seg)).map(|(_, split)| split);
            came |= self.part(member, split, &mut inner)?;
        }
        for (_, member, _) in &object.opaque {
            lost(member, &mut inner);
        }
        Ok(come_out(value, came, inner, found))
    }

    /// Whether the object at an offset came with nothing but nulls.
    fn came_null(&self, at: usize) -> bool {
        let found = self.tokens.binary_search_by_key(&at, |token| token.span().0);
        let object = |at: &usize| self.tokens.get(*at).is_some_and(|t| t.kind() == Kind::Object);
        let found = found.ok().filter(object);
        found.is_some_and(|at| self.inside(at, true).all(|(_, value)| self.is_null(&value)))
    }

    /// A member or element of what is taken apart.
    fn part(
        &self,
        member: &Val<'r>,
        split: Option<&Split>,
        inner: &mut Vec<(LossKind, usize)>,
    ) -> Result<bool, Stop> {
        match split {
            Some(Split::Carried) => Ok(true),
            Some(Split::Through(parts)) => self.apart(member, parts, inner),
            Some(Split::Beside(parts)) => self.beside(member, parts, inner).map(|()| false),
            Some(Split::Selector(wanted, _)) if self.same(member, wanted) => Ok(false),
            Some(Split::Selector(_, other)) => self.part(member, other.as_deref(), inner),
            None => {
                lost(member, inner);
                Ok(false)
            }
        }
    }

    /// What is lost of an object in which there are fields of a selector: all but these.
    fn beside(
        &self,
        value: &Val<'r>,
        parts: &[(Seg, Split)],
        inner: &mut Vec<(LossKind, usize)>,
    ) -> Result<(), Stop> {
        let object = if value.frozen { None } else { self.looked_into(value)? };
        let Some(object) = object else {
            lost(value, inner);
            return Ok(());
        };
        for (name, member) in &object.live {
            let named = |seg: &Seg| matches!(seg, Seg::Name(n) if same_text(n.raw(), name));
            let split = parts.iter().find(|(seg, _)| named(seg)).map(|(_, split)| split);
            self.part(member, split, inner)?;
        }
        for (_, member, _) in &object.opaque {
            lost(member, inner);
        }
        Ok(())
    }

    /// A list that is taken apart, element by element.
    fn apart_items(
        &self,
        value: &Val<'r>,
        items: &[Val<'r>],
        parts: &[(Seg, Split)],
        found: &mut Vec<(LossKind, usize)>,
    ) -> Result<bool, Stop> {
        if items.is_empty() {
            let came = value.origin.filter(|(at, _)| came_empty(self.input, *at));
            found.extend(came.map(|(at, _)| (LossKind::Narrowed, at)));
            return Ok(false);
        }
        let mut inner = Vec::new();
        let mut came = false;
        let places: Vec<(Option<usize>, &Split)> =
            parts.iter().map(|(seg, split)| (self.locate(items, seg), split)).collect();
        for (at, item) in items.iter().enumerate() {
            let own = places.iter().filter(|(place, _)| *place == Some(at));
            let own: Vec<&Split> = own.map(|(_, split)| *split).collect();
            let whole = own.iter().find(|split| matches!(split, Split::Carried));
            let split = whole.or(own.first()).copied();
            came |= self.part(item, split, &mut inner)?;
        }
        Ok(come_out(value, came, inner, found))
    }
}

/// What is said of something that was taken apart.
fn come_out(
    value: &Val<'_>,
    came: bool,
    inner: Vec<(LossKind, usize)>,
    found: &mut Vec<(LossKind, usize)>,
) -> bool {
    match (came, value.origin) {
        (false, Some((start, end))) => {
            found.push((LossKind::Dropped, start));
            found.extend(inner.into_iter().filter(|(_, at)| !(start..end).contains(at)));
        }
        _ => found.extend(inner),
    }
    came
}

fn lost(value: &Val<'_>, into: &mut Vec<(LossKind, usize)>) {
    let mut found = Vec::new();
    origins(value, None, &mut found);
    into.extend(found.into_iter().map(|at| (LossKind::Dropped, at)));
}
