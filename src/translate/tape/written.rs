//! Values of objects whose hops are fused: those into which rules write, and lists that are taken
//! apart.

use super::Tape;
use super::place::{Narrowed, Write};
use super::val::Val;
use crate::loss::LossKind;
use crate::plan::{ExprId, ItemWrite, Seg, Split, Writes, Written};
use crate::translate::frame::Frame;
use crate::translate::value::Held;
use crate::translate::{Run, Stop};

impl<'r> Run<'r> {
    /// A value after all that one hop writes into it.
    pub(in crate::translate) fn written(
        &mut self,
        frame: &mut Frame<'r>,
        written: &'r Written,
    ) -> Result<Held, Stop> {
        let there = self.on_tape(frame, written.base)?;
        let there = match &written.writes {
            Writes::Items(writes) => self.write_list(frame, (written.hop, there), writes)?,
            Writes::Second { value, first, agreement } => match self.on_tape(frame, *value)? {
                None => there,
                Some(second) => self
                    .at_hop(written.hop, |tape| tape.filled(there, &second, (first, agreement)))?,
            },
        };
        Ok(there.map_or(Held::ABSENT, |value| self.in_hand(value)))
    }

    /// A list: first what is carried there, then what the hop makes, each in order.
    fn write_list(
        &mut self,
        frame: &mut Frame<'r>,
        (hop, there): (usize, Option<Val<'r>>),
        writes: &'r [ItemWrite],
    ) -> Result<Option<Val<'r>>, Stop> {
        let mut values = Vec::with_capacity(writes.len());
        for write in writes {
            if let Some(value) = self.on_tape(frame, write.value)? {
                values.push((write, value));
            }
        }
        self.at_hop(hop, |tape| tape.write_list(there, values))
    }

    /// What is lost of a list that is taken apart; says whether anything came out.
    pub(in crate::translate) fn items_apart(
        &mut self,
        frame: &mut Frame<'r>,
        (list, split): (ExprId, &[(Seg, Split)]),
        found: &mut Vec<(LossKind, usize)>,
    ) -> Result<bool, Stop> {
        let Some(value) = self.on_tape(frame, list)? else { return Ok(false) };
        self.with_tape(|_, tape| tape.apart(&value, split, found))
    }
}

impl<'r> Tape<'r> {
    fn write_list(
        &mut self,
        mut there: Option<Val<'r>>,
        values: Vec<(&'r ItemWrite, Val<'r>)>,
    ) -> Result<Option<Val<'r>>, Stop> {
        let mut narrowed = Narrowed::new();
        for (write, value) in values {
            let (dst, reporter) = (write.place.as_slice(), write.reporter);
            match &mut there {
                Some(there) if write.made => self.made_in(there, dst, (reporter, value))?,
                Some(there) => {
                    self.write_under(there, Write { dst, reporter, value }, &mut narrowed)?;
                }
                None if write.made => {}
                None => {
                    let made = self.write_new(Write { dst, reporter, value }, &mut narrowed)?;
                    there = Some(made);
                }
            }
        }
        self.report_narrowed(narrowed);
        Ok(there)
    }
}
