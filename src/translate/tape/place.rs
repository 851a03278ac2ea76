//! Reading and writing places.

use std::rc::Rc;

use super::Tape;
use super::val::{Data, Obj, Val};
use crate::json::scan::Kind;
use crate::json::{Text, Value, same_text};
use crate::loss::LossKind;
use crate::plan::{ReporterId, Seg};
use crate::translate::Stop;

/// A write of a rule, kept until all are known.
pub(super) struct Write<'r> {
    pub(super) dst: &'r [Seg],
    pub(super) reporter: ReporterId,
    pub(super) value: Val<'r>,
}

/// Nulls that gave way to objects: the rule and where they stood.
pub(super) type Narrowed = Vec<(ReporterId, usize)>;

impl<'r> Tape<'r> {
    /// The value at a place; null on the way is null, where the rule lets it through.
    pub(super) fn read(&self, from: &Val<'r>, place: &[Seg], nullable: bool) -> Option<Val<'r>> {
        let mut at = from.clone();
        for seg in place {
            if self.is_null(&at) {
                return nullable.then_some(at);
            }
            if at.frozen {
                return None;
            }
            at = match seg {
                Seg::Name(name) => self.member(&at, name.raw())?,
                Seg::Index(_) | Seg::Select(_) => self.element(&at, seg)?,
            };
        }
        Some(at)
    }

    /// One element of a list; of one that came, without making all the others.
    fn element(&self, list: &Val<'r>, which: &Seg) -> Option<Val<'r>> {
        if let (Data::Token(at), Kind::Array) = (&list.data, self.kind(list)) {
            let mut items = self.inside(*at, list.origin.is_some()).map(|(_, item)| item);
            return match which {
                Seg::Index(at) => items.nth(usize::try_from(*at).ok()?),
                Seg::Select(fields) => items.find(|item| self.has(item, fields)),
                Seg::Name(_) => None,
            };
        }
        let items = self.items(list)?;
        self.locate(&items, which).and_then(|at| items.get(at)).cloned()
    }

    /// Whether an element has the fields of a selector.
    pub(super) fn has(&self, item: &Val<'r>, fields: &[(Vec<Text>, Value)]) -> bool {
        fields.iter().all(|(names, wanted)| {
            let mut at = Some(item.clone());
            for name in names {
                at = at.filter(|v| !v.frozen).and_then(|v| self.member(&v, name.raw()));
            }
            at.is_some_and(|found| self.same(&found, wanted))
        })
    }

    /// All writes of a hop, shorter places first.
    pub(super) fn write_all(
        &mut self,
        next: &mut Obj<'r>,
        mut writes: Vec<Write<'r>>,
    ) -> Result<(), Stop> {
        self.in_order(&mut writes);
        let mut narrowed = Narrowed::new();
        for write in writes {
            self.write(next, write, &mut narrowed)?;
        }
        self.report_narrowed(narrowed);
        Ok(())
    }

    /// Puts writes in order: see [`json::writing`](crate::json::writing).
    pub(super) fn in_order(&self, writes: &mut [Write<'r>]) {
        writes.sort_by(|a, b| {
            let length = a.dst.len().cmp(&b.dst.len());
            let place = || positions(a.dst).cmp(positions(b.dst));
            let rank = || self.rank(a.reporter).cmp(&self.rank(b.reporter));
            length.then_with(place).then_with(rank)
        });
    }

    /// A null that several rules turn into an object is the first rule's.
    pub(super) fn report_narrowed(&mut self, mut narrowed: Narrowed) {
        narrowed.sort_by_key(|(reporter, _)| self.rank(*reporter));
        let mut known: Vec<usize> = Vec::new();
        for (reporter, at) in narrowed {
            if !known.contains(&at) {
                known.push(at);
                self.reports.note(self.plan, reporter, LossKind::Narrowed, at);
            }
        }
    }

    /// A value at a place of the result; objects on the way are made.
    pub(super) fn write(
        &mut self,
        into: &mut Obj<'r>,
        write: Write<'r>,
        narrowed: &mut Narrowed,
    ) -> Result<(), Stop> {
        let Write { dst, reporter, value } = write;
        let Some((Seg::Name(name), rest)) = dst.split_first() else { return Ok(()) };
        if rest.is_empty() {
            // Two rules may name one element in two ways: the later one counts.
            if let Some(there) = into.get(name.raw()).cloned() {
                self.dropped(reporter, &there);
            }
            into.set(name.raw().into(), value);
            return Ok(());
        }
        let deeper = Write { dst: rest, reporter, value };
        let found = into.live.iter_mut().find(|(n, _)| same_text(n, name.raw()));
        if let Some((_, there)) = found {
            return self.write_under(there, deeper, narrowed);
        }
        into.live.push((name.raw().into(), self.write_new(deeper, narrowed)?));
        Ok(())
    }

    /// A value at a place of what is made for it.
    pub(super) fn write_new(
        &mut self,
        write: Write<'r>,
        narrowed: &mut Narrowed,
    ) -> Result<Val<'r>, Stop> {
        let mut made = container(write.dst);
        self.write_in(&mut made, write, narrowed)?;
        Ok(made)
    }

    /// A value at a place of what stands there as a container of the right sort.
    pub(super) fn write_in(
        &mut self,
        there: &mut Val<'r>,
        write: Write<'r>,
        narrowed: &mut Narrowed,
    ) -> Result<(), Stop> {
        if let Some(mut inner) = self.open(there) {
            there.data = Data::Token(0);
            self.write(Rc::make_mut(&mut inner), write, narrowed)?;
            there.data = Data::Object(inner);
        } else if let Some(mut items) = self.items(there) {
            there.data = Data::Token(0);
            self.write_item(Rc::make_mut(&mut items), write, narrowed)?;
            there.data = Data::Array(items);
        }
        Ok(())
    }

    /// A value at a place of what stands there already.
    pub(super) fn write_under(
        &mut self,
        there: &mut Val<'r>,
        write: Write<'r>,
        narrowed: &mut Narrowed,
    ) -> Result<(), Stop> {
        let came = there.origin.map(|(start, _)| start);
        let gave_way = there.gave_way == self.hop;
        if self.is_null(there) {
            if self.is_null(&write.value) {
                return Ok(());
            }
            narrowed.extend(came.map(|at| (write.reporter, at)));
            there.gave_way = self.hop;
            there.placeholder = None;
            there.data = container(write.dst).data;
            return self.write_in(there, write, narrowed);
        }
        if there.frozen || self.kind(there) != container_kind(write.dst) {
            self.dropped(write.reporter, &write.value);
        } else if !(gave_way && self.is_null(&write.value)) {
            narrowed.extend(came.filter(|_| gave_way).map(|at| (write.reporter, at)));
            return self.write_in(there, write, narrowed);
        }
        Ok(())
    }

    /// A value at one element of a list of the result, or beneath it. An element that a rule
    /// writes as a whole is put before what stands there; missing ones before it are null.
    pub(super) fn write_item(
        &mut self,
        items: &mut Vec<Val<'r>>,
        write: Write<'r>,
        narrowed: &mut Narrowed,
    ) -> Result<(), Stop> {
        let Write { dst, reporter, value } = write;
        let Some((which, rest)) = dst.split_first() else { return Ok(()) };
        let at = match which {
            Seg::Index(at) => {
                let at = usize::try_from(*at).unwrap_or(usize::MAX);
                if at.saturating_sub(items.len()) > MOST_MISSING {
                    self.dropped(reporter, &value);
                    return Ok(());
                }
                self.pad(items, at, reporter)?;
                if rest.is_empty() {
                    self.put_in(items, at, value);
                    return Ok(());
                }
                if at == items.len() {
                    items.push(container(rest));
                }
                at
            }
            Seg::Select(fields) => {
                let found = items.iter().position(|item| self.has(item, fields));
                if let Some(at) = found.filter(|_| !rest.is_empty()) {
                    at
                } else if rest.is_empty() && (value.frozen || self.open(&value).is_none()) {
                    // What is no object cannot have them.
                    self.dropped(reporter, &value);
                    return Ok(());
                } else {
                    let made = if rest.is_empty() { value.clone() } else { container(&[]) };
                    let made = self.with_fields(made, fields, reporter);
                    items.push(made);
                    if rest.is_empty() {
                        return Ok(());
                    }
                    items.len() - 1
                }
            }
            Seg::Name(_) => return Ok(()),
        };
        // One that came with nothing in it is made, and goes, on the way back; at a position only
        // where nothing that stays is behind it.
        let behind = items.get(at.saturating_add(1)..).unwrap_or_default();
        let is_at = matches!(which, Seg::Index(_));
        let last = !is_at || behind.iter().all(|value| self.is_bare(value, which));
        let Some(there) = items.get_mut(at) else { return Ok(()) };
        let fits = !there.frozen && self.kind(there) == container_kind(rest);
        if last && fits && self.is_bare(there, which) {
            narrowed.extend(there.origin.map(|(start, _)| (reporter, start)));
        }
        self.write_under(there, Write { dst: rest, reporter, value }, narrowed)?;
        if let (Seg::Select(fields), Some(there)) = (which, items.get_mut(at))
            && !self.has(there, fields)
        {
            // What was written is, or has, what its own selector says otherwise.
            *there = self.with_fields(there.clone(), fields, reporter);
        }
        Ok(())
    }

    /// Makes the elements that are missing before one.
    fn pad(
        &mut self,
        items: &mut Vec<Val<'r>>,
        at: usize,
        reporter: ReporterId,
    ) -> Result<(), Stop> {
        self.spend(at.saturating_sub(items.len()))?;
        while items.len() < at {
            items.push(Val { placeholder: Some(reporter), ..Val::null() });
        }
        Ok(())
    }

    /// Puts a value before the element that stands there; a missing one gives way.
    fn put_in(&self, items: &mut Vec<Val<'r>>, at: usize, value: Val<'r>) {
        match items.get_mut(at) {
            Some(there) if there.placeholder.is_some() && self.is_null(there) => *there = value,
            _ => items.insert(at, value),
        }
    }

    /// An element with the fields of its selector, where it is an object.
    pub(super) fn with_fields(
        &mut self,
        item: Val<'r>,
        fields: &'r [(Vec<Text>, Value)],
        reporter: ReporterId,
    ) -> Val<'r> {
        let Some(mut object) = self.open(&item) else { return item };
        for (names, wanted) in fields {
            self.set_field(Rc::make_mut(&mut object), (names, wanted), reporter);
        }
        Val { data: Data::Object(object), ..item }
    }

    fn set_field(
        &mut self,
        into: &mut Obj<'r>,
        (names, wanted): (&'r [Text], &'r Value),
        reporter: ReporterId,
    ) {
        let Some((name, rest)) = names.split_first() else { return };
        if rest.is_empty() {
            let there = into.get(name.raw()).cloned();
            if !there.as_ref().is_some_and(|there| self.same(there, wanted)) {
                into.set(name.raw().into(), Val::made(Data::Const(wanted)));
                if let Some(there) = &there {
                    self.dropped(reporter, there);
                }
            }
            return;
        }
        if into.get(name.raw()).is_none() {
            into.live.push((name.raw().into(), container(&[])));
        }
        let found = into.live.iter_mut().find(|(n, _)| same_text(n, name.raw()));
        let Some((_, there)) = found else { return };
        if self.open(there).is_none() || there.frozen {
            self.dropped(reporter, there);
            *there = container(&[]);
        }
        if let Some(mut inner) = self.open(there) {
            self.set_field(Rc::make_mut(&mut inner), (rest, wanted), reporter);
            there.data = Data::Object(inner);
        }
    }

    /// Puts a constant at an absent place whose parent is an object that is there.
    pub(super) fn put(&mut self, there: &mut Val<'r>, place: &'r [Seg], constant: &'r Value) {
        let Some((seg, rest)) = place.split_first() else { return };
        if there.frozen {
            return;
        }
        if let Seg::Name(name) = seg {
            let Some(mut object) = self.open(there) else { return };
            there.data = Data::Token(0);
            let inner = Rc::make_mut(&mut object);
            match inner.live.iter_mut().find(|(n, _)| same_text(n, name.raw())) {
                Some((_, inner)) => self.put(inner, rest, constant),
                None if rest.is_empty() => {
                    inner.live.push((name.raw().into(), Val::made(Data::Const(constant))));
                }
                None => {}
            }
            there.data = Data::Object(object);
            return;
        }
        let Some(mut items) = self.items(there) else { return };
        let Some(at) = self.locate(&items, seg) else { return };
        there.data = Data::Token(0);
        if let Some(inner) = Rc::make_mut(&mut items).get_mut(at) {
            self.put(inner, rest, constant);
        }
        there.data = Data::Array(items);
    }

    /// Writes a value whose parent is there: an object, or a list for an element.
    pub(super) fn write_made(
        &mut self,
        into: &mut Obj<'r>,
        dst: &'r [Seg],
        (reporter, value): (ReporterId, Val<'r>),
    ) -> Result<(), Stop> {
        let Some((Seg::Name(name), rest)) = dst.split_first() else { return Ok(()) };
        if rest.is_empty() {
            into.set(name.raw().into(), value);
            return Ok(());
        }
        match into.live.iter_mut().find(|(n, _)| same_text(n, name.raw())) {
            Some((_, there)) => self.made_in(there, rest, (reporter, value)),
            None => Ok(()),
        }
    }

    pub(super) fn made_in(
        &mut self,
        there: &mut Val<'r>,
        dst: &'r [Seg],
        (reporter, value): (ReporterId, Val<'r>),
    ) -> Result<(), Stop> {
        if there.frozen {
            return Ok(());
        }
        if let Some(mut inner) = self.open(there) {
            there.data = Data::Token(0);
            self.write_made(Rc::make_mut(&mut inner), dst, (reporter, value))?;
            there.data = Data::Object(inner);
        } else if let Some(mut items) = self.items(there) {
            there.data = Data::Token(0);
            self.made_item(Rc::make_mut(&mut items), dst, (reporter, value))?;
            there.data = Data::Array(items);
        }
        Ok(())
    }

    /// Writes a made value at one element of a list, or beneath it: a whole one as one that is
    /// carried there; beneath it only if that is there.
    pub(super) fn made_item(
        &mut self,
        items: &mut Vec<Val<'r>>,
        dst: &'r [Seg],
        (reporter, value): (ReporterId, Val<'r>),
    ) -> Result<(), Stop> {
        let Some((which, rest)) = dst.split_first() else { return Ok(()) };
        if rest.is_empty() {
            return self.write_item(items, Write { dst, reporter, value }, &mut Narrowed::new());
        }
        match self.locate(items, which).and_then(|at| items.get_mut(at)) {
            Some(there) => self.made_in(there, rest, (reporter, value)),
            None => Ok(()),
        }
    }
}

fn positions(place: &[Seg]) -> impl Iterator<Item = u32> {
    place.iter().map(|seg| match seg {
        Seg::Index(at) => *at,
        Seg::Name(_) | Seg::Select(_) => 0,
    })
}

/// Elements that are made, at most, before one that is written.
const MOST_MISSING: usize = 10_000;

/// What a place goes into: an object for a name, a list for an element.
fn container_kind(place: &[Seg]) -> Kind {
    match place.first() {
        Some(Seg::Name(_)) | None => Kind::Object,
        Some(Seg::Index(_) | Seg::Select(_)) => Kind::Array,
    }
}

pub(super) fn container<'r>(place: &[Seg]) -> Val<'r> {
    Val::made(match container_kind(place) {
        Kind::Array => Data::Array(Rc::default()),
        _ => Data::Object(Rc::default()),
    })
}
