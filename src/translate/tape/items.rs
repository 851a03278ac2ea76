//! A list of which rules name single elements: those that they take leave no gap, those that they
//! write are put in, and the others are carried as everywhere.

use std::rc::Rc;

use super::Tape;
use super::place::{Narrowed, Write};
use super::val::{Data, Val};
use crate::json::{Text, Value, same_text};
use crate::loss::LossKind;
use crate::plan::{Items, Named, Seg};
use crate::translate::Stop;

impl<'r> Tape<'r> {
    /// The element that a segment means.
    pub(super) fn locate(&self, items: &[Val<'r>], which: &Seg) -> Option<usize> {
        match which {
            Seg::Index(at) => usize::try_from(*at).ok().filter(|at| *at < items.len()),
            Seg::Select(fields) => items.iter().position(|item| self.has(item, fields)),
            Seg::Name(_) => None,
        }
    }

    /// The list after the hop.
    pub(super) fn named(&mut self, value: &Val<'r>, ops: &'r Items) -> Result<Val<'r>, Stop> {
        let items = self.items(value).unwrap_or_default();
        self.spend(items.len())?;
        let mut whole = Val::made(Data::Array(items));
        for (place, meaning) in &ops.meanings {
            self.put(&mut whole, place, meaning);
        }
        for fill in &ops.singles.fills {
            self.fill(&mut whole, fill)?;
        }
        let items = self.items(&whole).unwrap_or_default();
        self.further_matches(&items, ops);
        let places: Vec<Option<usize>> =
            ops.named.iter().map(|named| self.locate(&items, &named.which)).collect();
        let mut result = Vec::with_capacity(items.len());
        // Those at positions hold the places of those behind them.
        let mut spent = Vec::new();
        for (at, item) in items.iter().enumerate() {
            match self.one_item(item, (at, &places), ops)? {
                One::Stays(value) => {
                    result.append(&mut spent);
                    result.push(value);
                }
                One::Spent(value) => spent.push(value),
                One::Goes => {}
            }
        }
        let mut narrowed = Narrowed::new();
        for carry in &ops.carries {
            let found = self.read(&whole, &carry.src, carry.nullable);
            let Some(value) = self.carried(found, carry)? else { continue };
            let reporter = carry.reporter.unwrap_or_default();
            // Out of an element and into it again: it is no element that came without the value.
            let stays = carry.dst.first().filter(|_| carry.stays());
            let there = stays.and_then(|which| self.locate(&result, which));
            let there = there.and_then(|at| result.get_mut(at));
            if let (Some(there), Some(dst)) = (there, carry.dst.get(1..)) {
                self.write_under(there, Write { dst, reporter, value }, &mut narrowed)?;
            } else {
                let write = Write { dst: &carry.dst, reporter, value };
                self.write_item(&mut result, write, &mut narrowed)?;
            }
        }
        self.report_narrowed(narrowed);
        for make in &ops.singles.makes {
            if let Some(value) = self.given(&whole, &make.given)? {
                self.made_item(&mut result, &make.dst, (make.reporter, value))?;
            }
        }
        let mut next = value.with(Data::Array(Rc::new(result)));
        self.repeat(&mut next, &ops.singles)?;
        self.take(&whole, &next, &ops.singles)?;
        Ok(next)
    }

    /// Elements beyond the first that a selector fits.
    fn further_matches(&mut self, items: &[Val<'r>], ops: &'r Items) {
        for named in &ops.named {
            let (Seg::Select(fields), Some(reporter)) = (&named.which, named.reporter) else {
                continue;
            };
            let matching: Vec<&Val<'r>> =
                items.iter().filter(|item| self.has(item, fields)).skip(1).collect();
            for item in matching {
                self.report(reporter, LossKind::Dropped, item);
            }
        }
    }

    /// What becomes of an element, without what rules take out of it.
    fn one_item(
        &mut self,
        item: &Val<'r>,
        (at, places): (usize, &[Option<usize>]),
        ops: &'r Items,
    ) -> Result<One<'r>, Stop> {
        let mut sort = 0;
        let mut read: Vec<&'r Named> = Vec::new();
        for (bit, named) in ops.named.iter().enumerate() {
            if places.get(bit).copied().flatten() != Some(at) {
                continue;
            }
            if named.taken {
                return Ok(One::Goes);
            }
            sort |= 1_u64 << bit;
            read.extend(named.reporter.map(|_| named));
        }
        let Some((_, stage)) = ops.stages.iter().find(|(s, _)| *s == sort) else {
            // The other side has no list there.
            return Ok(One::Stays(item.clone()));
        };
        let value = self.value(item.clone(), *stage)?;
        // Where several rules look for it in ways of their own, each would make one.
        Ok(match read.as_slice() {
            [named] if !value.frozen && self.is_spent(item, named) => match named.which {
                Seg::Select(_) => One::Goes,
                _ => One::Spent(value),
            },
            _ => One::Stays(value),
        })
    }

    /// Whether what is carried out of an element makes it again on the way back: nothing else is
    /// left in it. (A constant does not make it.)
    fn is_spent(&self, item: &Val<'r>, named: &'r Named) -> bool {
        if !named.moved.iter().any(|place| self.read(item, place, false).is_some()) {
            return false;
        }
        let fields: &[_] = if let Seg::Select(fields) = &named.which { fields } else { &[] };
        let places: Vec<&'r [Seg]> =
            named.moved.iter().chain(&named.removed).map(|place| &**place).collect();
        !self.remains(item, &places, &whole(fields), true)
    }

    /// Whether an element holds nothing that is not made with it: the fields of its selector, and
    /// empty objects and lists.
    pub(super) fn is_bare(&self, item: &Val<'r>, which: &'r Seg) -> bool {
        let fields: &[_] = if let Seg::Select(fields) = which { fields } else { &[] };
        !self.is_null(item) && !self.remains(item, &[], &whole(fields), false)
    }

    /// Whether anything remains of a value without what stands at these places, and without these
    /// fields; and what came empty, if that counts.
    fn remains(
        &self,
        value: &Val<'r>,
        places: &[&'r [Seg]],
        fields: &[Field<'r>],
        empty: bool,
    ) -> bool {
        let is = |(names, wanted): &Field<'r>| names.is_empty() && self.same(value, wanted);
        if places.iter().any(|place| place.is_empty()) || fields.iter().any(is) {
            return false;
        }
        if value.frozen {
            return true;
        }
        if let Some(object) = self.open(value) {
            let none = object.live.is_empty() && object.opaque.is_empty();
            return (none && empty)
                || !object.opaque.is_empty()
                || object.live.iter().any(|(name, member)| {
                    let is = |seg: &Seg| matches!(seg, Seg::Name(n) if same_text(name, n.raw()));
                    let fields: Vec<Field<'r>> = fields
                        .iter()
                        .filter_map(|(names, wanted)| {
                            let (first, rest) = names.split_first()?;
                            same_text(name, first.raw()).then_some((rest, *wanted))
                        })
                        .collect();
                    self.remains(member, &beneath(places, is), &fields, empty)
                });
        }
        let Some(items) = self.items(value) else { return true };
        (items.is_empty() && empty)
            || items.iter().enumerate().any(|(at, item)| {
                let here = |seg: &Seg| self.locate(&items, seg) == Some(at);
                let selects = places.iter().filter_map(|place| match place.first() {
                    Some(which @ Seg::Select(fields)) if here(which) => Some(whole(fields)),
                    _ => None,
                });
                let fields: Vec<Field<'r>> = selects.flatten().collect();
                self.remains(item, &beneath(places, here), &fields, empty)
            })
    }
}

/// What becomes of an element of which rules name some.
enum One<'r> {
    /// It stands in the list.
    Stays(Val<'r>),
    /// Likewise, where one stands behind it.
    Spent(Val<'r>),
    /// It does not.
    Goes,
}

/// A field that an element has if a selector fits it.
type Field<'r> = (&'r [Text], &'r Value);

fn whole(fields: &[(Vec<Text>, Value)]) -> Vec<Field<'_>> {
    fields.iter().map(|(names, value)| (&**names, value)).collect()
}

/// The rest of those places that lead through one segment.
fn beneath<'p>(places: &[&'p [Seg]], through: impl Fn(&Seg) -> bool) -> Vec<&'p [Seg]> {
    let split = places.iter().filter_map(|place| place.split_first());
    split.filter(|(first, _)| through(first)).map(|(_, rest)| rest).collect()
}
