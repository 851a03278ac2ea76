//! Lists of objects whose hops are fused: those into whose elements rules write, and those that
//! are taken apart.

use super::place::{Narrowed, Write};
use crate::loss::LossKind;
use crate::plan::{ExprId, Seg, Split, Written};
use crate::translate::frame::Frame;
use crate::translate::value::Held;
use crate::translate::{Failure, Run};

impl<'r> Run<'r> {
    /// A list after all that one hop writes into it: first what is carried there, then what the
    /// hop makes, each in order.
    pub(in crate::translate) fn write_list(
        &mut self,
        frame: &mut Frame<'r>,
        written: &'r Written,
    ) -> Result<Held, Failure> {
        let mut there = self.on_tape(frame, written.base)?;
        let mut values = Vec::with_capacity(written.writes.len());
        for write in &written.writes {
            if let Some(value) = self.on_tape(frame, write.value)? {
                values.push((write, value));
            }
        }
        let there = self.with_tape(|reports, tape| {
            tape.hop = written.hop;
            std::mem::swap(&mut tape.reports, reports);
            let mut narrowed = Narrowed::new();
            for (write, value) in values {
                let (dst, reporter) = (write.place.as_slice(), write.reporter);
                let deeper = Write { dst, reporter, value };
                match &mut there {
                    Some(there) if write.made => {
                        tape.made_in(there, dst, (reporter, deeper.value));
                    }
                    Some(there) => tape.write_under(there, deeper, &mut narrowed),
                    None if write.made => {}
                    None => there = Some(tape.write_new(deeper, &mut narrowed)),
                }
            }
            tape.report_narrowed(narrowed);
            std::mem::swap(&mut tape.reports, reports);
            there
        });
        Ok(there.map_or(Held::ABSENT, |value| self.in_hand(value)))
    }

    /// What is lost of a list that is taken apart; says whether anything came out.
    pub(in crate::translate) fn items_apart(
        &mut self,
        frame: &mut Frame<'r>,
        (list, split): (ExprId, &[(Seg, Split)]),
        found: &mut Vec<(LossKind, usize)>,
    ) -> Result<bool, Failure> {
        let Some(value) = self.on_tape(frame, list)? else { return Ok(false) };
        Ok(self.with_tape(|_, tape| tape.apart(&value, split, found)))
    }
}
