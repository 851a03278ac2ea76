//! Rules across the root of a value: it goes into an object that is made around it, or one of its
//! places takes its stead.

use std::rc::Rc;

use super::Tape;
use super::place::Write;
use super::val::{Data, Obj, Val};
use crate::json::scan::Kind;
use crate::loss::LossKind;
use crate::plan::{Carry, Cross, Crossing};
use crate::translate::Stop;

impl<'r> Tape<'r> {
    pub(super) fn cross(&mut self, value: Val<'r>, cross: &'r Cross) -> Result<Val<'r>, Stop> {
        match cross {
            Cross::Outward(crossing) if crossing.nullable && self.is_null(&value) => Ok(value),
            Cross::Outward(crossing) => self.outward(&value, crossing),
            Cross::Inward(crossing) => self.inward(value, crossing),
        }
    }

    /// The value stands somewhere in a new object, with what other rules put there.
    fn outward(&mut self, value: &Val<'r>, crossing: &'r Crossing) -> Result<Val<'r>, Stop> {
        let object = self.open(value).filter(|_| !value.frozen).unwrap_or_default();
        let source = Val::made(Data::Object(object));
        let mut next = Obj { seen: Some(&crossing.contract), ..Obj::default() };
        let mut writes = Vec::new();
        for carry in &crossing.carries {
            let found = if carry.src.is_empty() {
                Some(value.clone())
            } else {
                self.read(&source, &carry.src, carry.nullable)
            };
            writes.extend(self.one(found, carry)?);
        }
        self.write_all(&mut next, writes)?;
        self.make(value, &mut next, (&crossing.singles, &[]))?;
        let mut next = Val::made(Data::Object(Rc::new(next)));
        self.repeat(&mut next, &crossing.singles)?;
        self.take(value, &next, &crossing.singles)?;
        Ok(next)
    }

    /// One of the value's places takes its stead; the rest of it is taken apart.
    fn inward(&mut self, value: Val<'r>, crossing: &'r Crossing) -> Result<Val<'r>, Stop> {
        match self.kind(&value) {
            Kind::Null => return Ok(value),
            Kind::Object => {}
            Kind::Bool | Kind::Number | Kind::String | Kind::Array => {
                return Ok(self.unfit(value, crossing.reporter));
            }
        }
        let source = value.with(Data::Object(self.entered(&value)?));
        let mut result = None;
        let mut writes = Vec::new();
        for carry in &crossing.carries {
            let found = self.read(&source, &carry.src, carry.nullable);
            let placed = self.one(found, carry)?;
            if carry.dst.is_empty() {
                result = placed.map(|write| write.value);
            } else {
                writes.extend(placed);
            }
        }
        let changes = result.is_none() || crossing.nullable;
        let mut result = result.unwrap_or_else(Val::null);
        match self.open(&result).filter(|_| !result.frozen) {
            Some(mut object) => {
                let next = Rc::make_mut(&mut object);
                self.write_all(next, writes)?;
                self.make(&source, next, (&crossing.singles, &[]))?;
                result.data = Data::Object(object);
                self.repeat(&mut result, &crossing.singles)?;
            }
            None => {
                for write in writes {
                    self.dropped(write.reporter, &write.value);
                }
            }
        }
        self.take(&source, &result, &crossing.singles)?;
        let came = self.take_apart(&source, &crossing.apart.0, crossing.apart.1)?;
        if came && changes && self.is_null(&result) {
            self.report(crossing.reporter, LossKind::Narrowed, &source);
        }
        Ok(result)
    }

    /// What was read, translated, for its place in the result.
    fn one(&mut self, found: Option<Val<'r>>, carry: &'r Carry) -> Result<Option<Write<'r>>, Stop> {
        let value = self.carried(found, carry)?;
        let reporter = carry.reporter.unwrap_or_default();
        Ok(value.map(|value| Write { dst: &carry.dst, reporter, value }))
    }
}
