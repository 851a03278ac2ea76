//! A list of which rules name single elements: those that they take leave no gap, those that they
//! write are put in, and the others are carried as everywhere.

use std::rc::Rc;

use super::Tape;
use super::place::{Narrowed, Write};
use super::val::{Data, Val};
use crate::json::{Text, Value, same_text};
use crate::loss::LossKind;
use crate::plan::{Items, Seg};
use crate::translate::Failure;

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
    pub(super) fn named(&mut self, value: &Val<'r>, ops: &'r Items) -> Result<Val<'r>, Failure> {
        let items = self.items(value).unwrap_or_default();
        self.spend(items.len())?;
        self.further_matches(&items, ops);
        let places: Vec<Option<usize>> =
            ops.named.iter().map(|named| self.locate(&items, &named.which)).collect();
        let mut result = Vec::with_capacity(items.len());
        for (at, item) in items.iter().enumerate() {
            result.extend(self.one_item(item, (at, &places), ops)?);
        }
        let whole = Val::made(Data::Array(Rc::clone(&items)));
        let mut writes: Vec<Write<'r>> = Vec::new();
        for carry in &ops.carries {
            let found = self.read(&whole, &carry.src, carry.nullable);
            if let Some(value) = self.carried(found, carry)? {
                let reporter = carry.reporter.unwrap_or_default();
                writes.push(Write { dst: &carry.dst, reporter, value });
            }
        }
        self.in_order(&mut writes);
        let mut narrowed = Narrowed::new();
        for write in writes {
            // Out of an element and into it again: it is no element that came without the value.
            let stays = ops.carries.iter().any(|c| {
                c.dst == write.dst
                    && c.src.first() == write.dst.first()
                    && c.src.len() > 1
                    && write.dst.len() > 1
            });
            let there =
                write.dst.first().filter(|_| stays).and_then(|which| self.locate(&result, which));
            match (there.and_then(|at| result.get_mut(at)), write.dst.get(1..)) {
                (Some(there), Some(dst)) => {
                    self.write_under(there, Write { dst, ..write }, &mut narrowed)?;
                }
                _ => self.write_item(&mut result, write, &mut narrowed)?,
            }
        }
        self.report_narrowed(narrowed);
        for make in &ops.singles.makes {
            if let Some(value) = self.given(&whole, &make.given)? {
                self.made_item(&mut result, &make.dst, (make.reporter, value))?;
            }
        }
        let next = value.with(Data::Array(Rc::new(result)));
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

    /// An element that stays, without what rules take out of it.
    fn one_item(
        &mut self,
        item: &Val<'r>,
        (at, places): (usize, &[Option<usize>]),
        ops: &'r Items,
    ) -> Result<Option<Val<'r>>, Failure> {
        let mut sort = 0;
        let mut bare: Vec<&'r [(Vec<Text>, Value)]> = Vec::new();
        for (bit, named) in ops.named.iter().enumerate() {
            if places.get(bit).copied().flatten() != Some(at) {
                continue;
            }
            if named.taken {
                return Ok(None);
            }
            sort |= 1_u64 << bit;
            // What was moved out of it makes it again on the way back; a constant does not.
            if let Seg::Select(fields) = &named.which
                && named.moved.iter().any(|place| self.read(item, place, false).is_some())
            {
                bare.push(fields);
            }
        }
        let stage = ops.stages.iter().find(|(s, _)| *s == sort).map(|(_, stage)| *stage);
        let value = match stage {
            Some(stage) => self.value(item.clone(), stage)?,
            None => item.clone(),
        };
        let spent =
            bare.iter().any(|fields| self.is_bare(&value, fields) && !self.is_bare(item, fields));
        Ok((!spent).then_some(value))
    }

    /// Whether an element holds nothing but the fields of its selector.
    pub(super) fn is_bare(&self, item: &Val<'r>, fields: &[(Vec<Text>, Value)]) -> bool {
        let fields: Vec<(&[Text], &Value)> = fields.iter().map(|(n, v)| (&**n, v)).collect();
        self.holds_only(item, &fields)
    }

    fn holds_only(&self, value: &Val<'r>, fields: &[(&[Text], &Value)]) -> bool {
        let Some(object) = self.open(value) else { return false };
        object.opaque.is_empty()
            && object.live.iter().all(|(name, member)| {
                let inner: Vec<(&[Text], &Value)> = fields
                    .iter()
                    .filter_map(|(names, wanted)| {
                        let (first, rest) = names.split_first()?;
                        same_text(name, first.raw()).then_some((rest, *wanted))
                    })
                    .collect();
                let is = |(rest, wanted): &(&[Text], &Value)| {
                    rest.is_empty() && self.same(member, wanted)
                };
                inner.iter().any(is) || (!inner.is_empty() && self.holds_only(member, &inner))
            })
    }
}
