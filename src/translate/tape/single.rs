//! Rules with one place: what is filled, made, repeated and taken.

use std::rc::Rc;

use super::Tape;
use super::place::{Narrowed, Write, container};
use super::val::{Data, Obj, Val};
use crate::json::same_text;
use crate::json::scan::Kind;
use crate::loss::LossKind;
use crate::plan::{
    Agreement, Around, Fill, From, Gather, Given, Many, Place, Prefer, ReporterId, Seg, Singles,
    TextPiece,
};
use crate::translate::Stop;

impl<'r> Tape<'r> {
    /// The second of two places of the source fills the first.
    pub(super) fn fill(&mut self, source: &mut Val<'r>, fill: &'r Fill) -> Result<(), Stop> {
        let Some(second) = self.read(source, &fill.second, false) else { return Ok(()) };
        let first = self.read(source, &fill.first, false).filter(|_| fill.declared);
        let Some(said) = self.counts(first.as_ref(), &second, &fill.agreement) else {
            return Ok(());
        };
        let reporter = fill.agreement.reporter;
        if !self.set_at(source, &fill.first, (reporter, said))? {
            self.dropped(reporter, &second);
        }
        Ok(())
    }

    /// What takes the place of the first of two places that say the same, because of the second;
    /// `None`: nothing does.
    fn counts(
        &mut self,
        first: Option<&Val<'r>>,
        second: &Val<'r>,
        agreement: &'r Agreement,
    ) -> Option<Val<'r>> {
        let Agreement { reporter, map, prefer, .. } = agreement;
        let said = match map {
            None => Some(second.clone()),
            Some(map) => {
                let entry = map.iter().find(|(key, _)| self.same(second, key));
                entry.map(|(_, value)| second.with(Data::Const(value)))
            }
        };
        let agree = |tape: &Self, first: &Val<'r>, said: &Val<'r>| {
            mutant!("tape-aliases-always-agree") || tape.same(first, &tape.plain(said))
        };
        match (first, said) {
            (None, Some(said)) => {
                self.again(second, &said, agreement);
                return Some(said);
            }
            (None, None) => self.dropped(*reporter, second),
            (Some(first), Some(said)) if agree(self, first, &said) => {
                self.again(second, &said, agreement);
            }
            (Some(first), said) => match (prefer, said) {
                (Prefer::Refuse, _) => self.refuse(*reporter, LossKind::Dropped, second),
                (Prefer::Second, Some(said)) => {
                    self.dropped(*reporter, first);
                    self.again(second, &said, agreement);
                    return Some(said);
                }
                (Prefer::First | Prefer::Second, _) => self.dropped(*reporter, second),
            },
        }
        None
    }

    /// Reports a second of which the way back makes another: several say the same of the first, or
    /// what it says there is as good as absent.
    fn again(&mut self, second: &Val<'r>, said: &Val<'r>, agreement: &'r Agreement) {
        let entries = agreement.map.iter().flatten();
        let again = entries.clone().find(|(_, first)| self.same(said, first));
        let other = again.is_some_and(|(again, _)| !self.same(second, again));
        if other || (agreement.voids && self.is_null(said)) {
            self.report(agreement.reporter, LossKind::Narrowed, second);
        }
    }

    /// A value in which the second of two places fills the first, which is beneath it.
    pub(super) fn filled(
        &mut self,
        there: Option<Val<'r>>,
        second: &Val<'r>,
        (first, agreement): (&'r [Seg], &'r Agreement),
    ) -> Result<Option<Val<'r>>, Stop> {
        let place = there.as_ref().and_then(|there| self.read(there, first, false));
        let Some(said) = self.counts(place.as_ref(), second, agreement) else { return Ok(there) };
        if first.is_empty() {
            return Ok(Some(said));
        }
        let mut there = there.unwrap_or_else(|| container(first));
        if !self.set_at(&mut there, first, (agreement.reporter, said))? {
            self.dropped(agreement.reporter, second);
        }
        Ok(Some(there))
    }

    /// Puts a value at a place, and makes what it stands in; `false`: something else stands there.
    fn set_at(
        &mut self,
        there: &mut Val<'r>,
        place: &'r [Seg],
        (reporter, value): (ReporterId, Val<'r>),
    ) -> Result<bool, Stop> {
        let Some((seg, rest)) = place.split_first() else {
            *there = value;
            return Ok(true);
        };
        if there.placeholder.is_some() && self.is_null(there) {
            *there = container(place);
        }
        if there.frozen {
            return Ok(false);
        }
        if let Seg::Name(name) = seg {
            let Some(mut object) = self.open(there) else { return Ok(false) };
            there.data = Data::Token(0);
            let inner = Rc::make_mut(&mut object);
            if inner.get(name.raw()).is_none() {
                inner.live.push((name.raw().into(), container(rest)));
            }
            let found = inner.live.iter_mut().find(|(n, _)| same_text(n, name.raw()));
            let done = match found {
                Some((_, inner)) => self.set_at(inner, rest, (reporter, value)),
                None => Ok(false),
            };
            there.data = Data::Object(object);
            return done;
        }
        let Some(mut items) = self.items(there) else { return Ok(false) };
        there.data = Data::Token(0);
        let inner = Rc::make_mut(&mut items);
        let found = self.locate(inner, seg).and_then(|at| inner.get_mut(at));
        let done = match (found, seg, rest) {
            (Some(_), Seg::Select(_), []) if value.frozen || self.open(&value).is_none() => {
                Ok(false)
            }
            (Some(found), Seg::Select(fields), []) => {
                *found = self.with_fields(value, fields, reporter);
                Ok(true)
            }
            (Some(found), ..) => self.set_at(found, rest, (reporter, value)),
            (None, ..) => {
                // As any rule writes it; what cannot stand there is said.
                let write = Write { dst: place, reporter, value };
                self.write_item(inner, write, &mut Narrowed::new()).map(|()| true)
            }
        };
        there.data = Data::Array(items);
        done
    }

    /// The second of two places of the result repeats the first.
    pub(super) fn repeat(&mut self, next: &mut Val<'r>, singles: &'r Singles) -> Result<(), Stop> {
        let mut narrowed = Narrowed::new();
        for repeat in &singles.repeats {
            let Some(first) = self.read(next, &repeat.first, false) else { continue };
            if repeat.voids && self.is_null(&first) {
                continue;
            }
            let copy = match &repeat.map {
                None => self.copied(&first)?,
                Some(map) => {
                    let entry = map.iter().find(|(key, _)| self.same(&first, key));
                    let Some((_, second)) = entry else {
                        self.report(repeat.reporter, LossKind::Unknown, &first);
                        continue;
                    };
                    Val::made(Data::Const(second))
                }
            };
            let write = Write { dst: &repeat.dst, reporter: repeat.reporter, value: copy };
            self.write_in(next, write, &mut narrowed)?;
        }
        self.report_narrowed(narrowed);
        Ok(())
    }

    /// Made values, each only if its parent is an object by then.
    pub(super) fn make(
        &mut self,
        source: &Val<'r>,
        next: &mut Obj<'r>,
        (singles, empty): (&'r Singles, &[&[Seg]]),
    ) -> Result<(), Stop> {
        for make in &singles.makes {
            if make.late.as_ref().is_some_and(|around| !empty.contains(&around.as_slice())) {
                continue;
            }
            if let Some(value) = self.given(source, &make.given)? {
                self.write_made(next, &make.dst, (make.reporter, value))?;
            }
        }
        Ok(())
    }

    /// Values that are taken out: dropped, unless the way back gives them again.
    pub(super) fn take(
        &mut self,
        source: &Val<'r>,
        next: &Val<'r>,
        singles: &'r Singles,
    ) -> Result<(), Stop> {
        for take in &singles.takes {
            let Some(mut value) = self.read(source, &take.src, false) else { continue };
            for place in &take.but {
                self.remove(&mut value, place);
            }
            let same = match &take.unless {
                Given::Literal(literal) | Given::Placeholder(literal, _) => {
                    self.same(&value, literal)
                }
                Given::Absent => false,
                Given::From(_) | Given::Text(_) => {
                    // What the way back would make of the result; what that loses is not lost.
                    let reports = std::mem::take(&mut self.reports);
                    let made = self.given(next, &take.unless);
                    self.reports = reports;
                    let without = |mut made: Val<'r>| {
                        take.but.iter().for_each(|place| self.remove(&mut made, place));
                        self.plain(&made)
                    };
                    made?.is_some_and(|made| self.same(&value, &without(made)))
                }
            };
            let around = take.around.as_ref();
            if !same || !around.is_none_or(|around| self.is_around_back(source, next, around)) {
                self.dropped(take.reporter, &value);
            }
        }
        Ok(())
    }

    /// Whether the way back makes what a value that is taken stands in.
    fn is_around_back(&self, source: &Val<'r>, next: &Val<'r>, around: &'r Around) -> bool {
        let stays = |seg: &Seg| self.items(next).is_some_and(|i| self.locate(&i, seg).is_some());
        let comes =
            |(place, nullable): &(Vec<Seg>, bool)| self.read(source, place, *nullable).is_some();
        let copied = |place: &Place| {
            let found = self.read(next, place, false);
            found.is_some_and(|found| !found.frozen && self.kind(&found) == Kind::Object)
        };
        around.element.as_ref().is_some_and(stays)
            || around.carried.iter().any(comes)
            || around.copied.iter().any(copied)
    }

    /// Takes what stands at a place of names out of a value.
    fn remove(&self, value: &mut Val<'r>, place: &[Seg]) {
        let Some((Seg::Name(name), rest)) = place.split_first() else { return };
        if value.frozen {
            return;
        }
        let Some(mut object) = self.open(value) else { return };
        let inner = Rc::make_mut(&mut object);
        if rest.is_empty() {
            inner.live.retain(|(n, _)| !same_text(n, name.raw()));
        } else if let Some((_, member)) =
            inner.live.iter_mut().find(|(n, _)| same_text(n, name.raw()))
        {
            self.remove(member, rest);
        }
        value.data = Data::Object(object);
    }

    /// What a source gives.
    pub(super) fn given(
        &mut self,
        source: &Val<'r>,
        given: &'r Given,
    ) -> Result<Option<Val<'r>>, Stop> {
        match given {
            Given::Absent => Ok(None),
            Given::Literal(value) => Ok(Some(Val::made(Data::Const(value)))),
            Given::Placeholder(value, reporter) => {
                let made = Val::made(Data::Const(value));
                Ok(Some(Val { placeholder: Some(*reporter), ..made }))
            }
            Given::From(from) => self.from(source, from),
            Given::Text(pieces) => Ok(self.pieces(source, pieces)),
        }
    }

    /// A text with values in it as they stand there; nothing where one of them is none to be in a text.
    fn pieces(&self, source: &Val<'r>, pieces: &'r [TextPiece]) -> Option<Val<'r>> {
        let mut text = String::from("\"");
        let mut placeholder = None;
        for piece in pieces {
            let place = match piece {
                TextPiece::Literal(literal) => {
                    text.push_str(literal.raw());
                    continue;
                }
                TextPiece::Place(place) => place.as_ref()?,
            };
            let found = self.read(source, place, false)?;
            let own = self.text(&found);
            match self.kind(&found) {
                Kind::String => text.push_str(own.get(1..own.len().saturating_sub(1))?),
                Kind::Number | Kind::Bool => text.push_str(&own),
                Kind::Null | Kind::Array | Kind::Object => return None,
            }
            placeholder = placeholder.or(found.placeholder);
        }
        text.push('"');
        Some(Val { placeholder, ..Val::made(Data::Text(text.into())) })
    }

    /// What a place of the other side gives.
    pub(super) fn from(
        &mut self,
        source: &Val<'r>,
        from: &'r From,
    ) -> Result<Option<Val<'r>>, Stop> {
        let found = from.src.as_ref().and_then(|src| self.read(source, src, from.nullable));
        let member = |src: &Place| matches!(src.last(), Some(Seg::Name(_)));
        let voids = from.voids && from.src.as_ref().is_some_and(member);
        let found = found.filter(|found| !(voids && self.is_null(found)));
        let found = match found {
            Some(list) if !from.gathers.is_empty() => {
                let all = self.gathered(source, &list, from)?;
                if all.is_some() || !from.map.is_empty() {
                    return Ok(all);
                }
                None
            }
            None if !from.gathers.is_empty() && !from.map.is_empty() => return Ok(None),
            found => found,
        };
        let Some(found) = found else {
            return match &from.otherwise {
                Some(otherwise) => self.given(source, otherwise),
                None => Ok(None),
            };
        };
        if let Some(next) = self.source_for(from, &found) {
            return self.given(source, next);
        }
        // The value itself is carried elsewhere, or was dropped there: what both lose is one loss.
        let before = self.reports.len();
        let Some(stage) = from.stage else { return Ok(None) };
        let value = self.value(found, stage)?;
        self.reports.again(before);
        Ok(Some(value))
    }

    /// What a source with a `map` gives for a value, if that is listed or there is an `else`.
    fn source_for(&self, from: &'r From, found: &Val<'r>) -> Option<&'r Given> {
        if from.map.is_empty() {
            return None;
        }
        let listed = from.map.iter().find(|(key, _)| self.same(found, key));
        listed.map(|(_, given)| given).or(from.otherwise.as_ref())
    }

    /// The list of what stands at places of each element or member, which the hop makes. `None`:
    /// there is nothing to look into.
    fn gathered(
        &mut self,
        source: &Val<'r>,
        list: &Val<'r>,
        from: &'r From,
    ) -> Result<Option<Val<'r>>, Stop> {
        if self.is_null(list) {
            return Ok(Some(list.clone()).filter(|_| from.nullable));
        }
        let mut found = Vec::new();
        if !self.gather(list, (&from.gathers, from.voids), &mut found)? {
            return Ok(None);
        }
        self.spend(found.len())?;
        let mut all = Vec::with_capacity(found.len());
        for value in found {
            if let Some(next) = self.source_for(from, &value) {
                all.extend(self.given(source, next)?);
                continue;
            }
            let before = self.reports.len();
            all.push(match from.stage {
                Some(stage) => self.value(value, stage)?,
                None => value,
            });
            self.reports.again(before);
        }
        Ok(Some(Val::made(Data::Array(Rc::new(all)))))
    }

    /// `false`: there is nothing to look into.
    fn gather(
        &mut self,
        value: &Val<'r>,
        (gathers, voids): (&'r [Gather], bool),
        into: &mut Vec<Val<'r>>,
    ) -> Result<bool, Stop> {
        let Some((gather, deeper)) = gathers.split_first() else { return Ok(false) };
        if value.frozen {
            return Ok(false);
        }
        let all: Vec<Val<'r>> = match &gather.of {
            Many::Elements => match self.items(value) {
                Some(items) => items.to_vec(),
                None => return Ok(false),
            },
            Many::Values(_) if self.kind(value) != Kind::Object => return Ok(false),
            Many::Values(properties) => {
                let is_value = |name| !properties.iter().any(|n| same_text(n.raw(), name));
                let object = self.entered(value)?;
                object.live.iter().filter(|(n, _)| is_value(n)).map(|(_, v)| v.clone()).collect()
            }
        };
        self.spend(all.len())?;
        let place = &gather.place;
        for value in all.iter().filter(|value| place.is_empty() || !value.frozen) {
            let Some(found) = self.read(value, place, false) else { continue };
            if mutant!("tape-nulls-are-not-gathered") && self.is_null(&found) {
                continue;
            }
            let member = match place.last() {
                Some(seg) => matches!(seg, Seg::Name(_)),
                None => matches!(gather.of, Many::Values(_)),
            };
            if voids && member && self.is_null(&found) {
                continue;
            }
            if deeper.is_empty() {
                into.push(found);
            } else {
                self.gather(&found, (deeper, voids), into)?;
            }
        }
        Ok(true)
    }

    /// A copy that no message brought.
    pub(super) fn copied(&mut self, value: &Val<'r>) -> Result<Val<'r>, Stop> {
        let data = match &value.data {
            Data::Array(items) => {
                self.spend(items.len())?;
                let all: Result<_, _> = items.iter().map(|item| self.copied(item)).collect();
                Data::Array(Rc::new(all?))
            }
            Data::Object(object) => {
                self.spend(object.live.len().saturating_add(object.opaque.len()))?;
                let mut copy = Obj { seen: object.seen, ..Obj::default() };
                for (name, value) in &object.live {
                    copy.live.push((name.clone(), self.copied(value)?));
                }
                for (name, value, hop) in &object.opaque {
                    copy.opaque.push((name.clone(), self.copied(value)?, *hop));
                }
                Data::Object(Rc::new(copy))
            }
            Data::Token(_) | Data::Const(_) | Data::Text(_) => value.data.clone(),
        };
        Ok(Val { data, origin: None, ..value.clone() })
    }
}
