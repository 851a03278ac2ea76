//! Reading and writing places.

use std::rc::Rc;

use super::Tape;
use super::val::{Data, Obj, Val};
use crate::json::scan::Kind;
use crate::json::{Text, Value, same_text};
use crate::loss::LossKind;
use crate::plan::{ReporterId, Seg};

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
        for (index, seg) in place.iter().enumerate() {
            if index > 0 && self.is_null(&at) {
                return nullable.then_some(at);
            }
            if index > 0 && at.frozen {
                return None;
            }
            at = match seg {
                Seg::Name(name) => self.member(&at, name.raw())?,
                Seg::Index(position) => {
                    self.items(&at)?.get(usize::try_from(*position).ok()?)?.clone()
                }
                Seg::Select(fields) => {
                    self.items(&at)?.iter().find(|item| self.has(item, fields))?.clone()
                }
            };
        }
        Some(at)
    }

    /// Whether an element has the fields of a selector.
    fn has(&self, item: &Val<'r>, fields: &[(Vec<Text>, Value)]) -> bool {
        fields.iter().all(|(names, wanted)| {
            let mut at = Some(item.clone());
            for name in names {
                at = at.filter(|v| !v.frozen).and_then(|v| self.member(&v, name.raw()));
            }
            at.is_some_and(|found| self.same(&found, wanted))
        })
    }

    /// All writes of a hop, shorter places first.
    pub(super) fn write_all(&mut self, next: &mut Obj<'r>, mut writes: Vec<Write<'r>>) {
        writes.sort_by_key(|w| (w.dst.len(), self.rank(w.reporter)));
        let mut narrowed = Narrowed::new();
        for write in writes {
            self.write(next, write, &mut narrowed);
        }
        self.report_narrowed(narrowed);
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
    pub(super) fn write(&mut self, into: &mut Obj<'r>, write: Write<'r>, narrowed: &mut Narrowed) {
        let Write { dst, reporter, value } = write;
        let Some((Seg::Name(name), rest)) = dst.split_first() else { return };
        if rest.is_empty() {
            into.set(name.raw(), value);
            return;
        }
        let deeper = Write { dst: rest, reporter, value };
        let Some(at) = into.live.iter().position(|(n, _)| same_text(n, name.raw())) else {
            let mut inner = Obj::default();
            self.write(&mut inner, deeper, narrowed);
            into.live.push((name.raw(), Val::made(Data::Object(Rc::new(inner)))));
            return;
        };
        let Some((_, there)) = into.live.get_mut(at) else { return };
        let came = there.origin.map(|(start, _)| start);
        let gave_way = there.gave_way == self.hop;
        if self.is_null(there) {
            if self.is_null(&deeper.value) {
                return;
            }
            narrowed.extend(came.map(|at| (reporter, at)));
            let mut inner = Obj::default();
            self.write(&mut inner, deeper, narrowed);
            there.gave_way = self.hop;
            there.data = Data::Object(Rc::new(inner));
        } else if there.frozen || self.kind(there) != Kind::Object {
            self.dropped(reporter, &deeper.value);
        } else if !(gave_way && self.is_null(&deeper.value)) {
            narrowed.extend(came.filter(|_| gave_way).map(|at| (reporter, at)));
            if let Some(mut inner) = self.open(there) {
                there.data = Data::Token(0);
                self.write(Rc::make_mut(&mut inner), deeper, narrowed);
                there.data = Data::Object(inner);
            }
        }
    }

    /// Puts a constant at an absent place whose parent is an object that is there.
    pub(super) fn put(&mut self, into: &mut Obj<'r>, place: &'r [Seg], constant: &'r Value) {
        let Some((Seg::Name(name), rest)) = place.split_first() else { return };
        if rest.is_empty() {
            if into.get(name.raw()).is_none() {
                into.live.push((name.raw(), Val::made(Data::Const(constant))));
            }
            return;
        }
        self.within(into, name.raw(), |tape, inner| tape.put(inner, rest, constant));
    }

    /// Writes a value whose parent is an object that is there.
    pub(super) fn write_made(&mut self, into: &mut Obj<'r>, dst: &'r [Seg], value: Val<'r>) {
        let Some((Seg::Name(name), rest)) = dst.split_first() else { return };
        if rest.is_empty() {
            into.set(name.raw(), value);
            return;
        }
        self.within(into, name.raw(), |tape, inner| tape.write_made(inner, rest, value));
    }

    /// Changes the object that is a member, if it is one and rules can see into it.
    pub(super) fn within(
        &mut self,
        into: &mut Obj<'r>,
        name: &str,
        change: impl FnOnce(&mut Self, &mut Obj<'r>),
    ) -> bool {
        let found = into.live.iter_mut().find(|(n, _)| same_text(n, name));
        let Some((_, there)) = found.filter(|(_, v)| !v.frozen) else { return false };
        let Some(mut inner) = self.open(there) else { return false };
        there.data = Data::Token(0);
        change(self, Rc::make_mut(&mut inner));
        there.data = Data::Object(inner);
        true
    }
}
