//! Single steps on the tape: values that fused functions hold back and that take more than the
//! message's bytes to carry. They stay on the tape until they are written.

use super::lay::{self, Token};
use super::lose::origins;
use super::val::{Data, Val};
use super::{Reports, Tape};
use crate::json;
use crate::json::scan::Scanner;
use crate::plan::{Does, Expr, ExprId, TapedId, Value, ValueId};
use crate::translate::eval::expr;
use crate::translate::frame::Frame;
use crate::translate::value::{Bytes, Held};
use crate::translate::{Run, Stop};

/// Values on the tape, and what is laid of the message for them.
#[derive(Debug, Default)]
pub(in crate::translate) struct Taped<'r> {
    tokens: Vec<Token>,
    values: Vec<Val<'r>>,
}

impl Taped<'_> {
    /// How much there is.
    pub(in crate::translate) fn len(&self) -> (usize, usize) {
        (self.tokens.len(), self.values.len())
    }

    /// Forgets what came after there was so much.
    pub(in crate::translate) fn truncate(&mut self, (tokens, values): (usize, usize)) {
        self.tokens.truncate(tokens);
        self.values.truncate(values);
    }
}

impl<'r> Run<'r> {
    /// Lays the value that comes.
    pub(in crate::translate) fn lay(&mut self, scanner: &mut Scanner<'_>) -> Result<Held, Stop> {
        let at = self.taped.tokens.len();
        lay::lay_behind(scanner, &mut self.taped.tokens)?;
        let value = self.with_tape(|_, tape| tape.token(at, true));
        Ok(self.in_hand(value))
    }

    /// A constant on the tape.
    pub(in crate::translate) fn taped_constant(&mut self, value: &'r json::Value) -> Held {
        self.in_hand(Val::made(Data::Const(value)))
    }

    /// One step of a value in hand.
    pub(in crate::translate) fn taped_step(
        &mut self,
        held: Held,
        id: TapedId,
    ) -> Result<Held, Stop> {
        let plan = self.plan;
        let Some(step) = usize::try_from(id).ok().and_then(|at| plan.taped.get(at)) else {
            return Ok(held);
        };
        let held = match held.bytes {
            Bytes::Input(start, _) => {
                self.lay(&mut Scanner::at(self.input, start, self.limits.depth))?
            }
            Bytes::Taped(_) | Bytes::Made(..) | Bytes::Call(..) | Bytes::CallMade(..) => held,
        };
        let Some(value) = self.taped_value(held) else { return Ok(held) };
        let done = self.at_hop(step.hop, |tape| tape.step(value, &step.does));
        Ok(match done? {
            Some(value) => self.in_hand(value),
            None => Held { kind: None, ..held },
        })
    }

    /// Writes a value that stayed on the tape.
    pub(in crate::translate) fn write_taped(&mut self, held: Held) -> Result<(), Stop> {
        let Some(value) = self.taped_value(held) else { return Ok(()) };
        let tape = self.take_tape();
        let written = self.emit_val(&tape, &value);
        self.taped.tokens = tape.tokens;
        written
    }

    /// The value as it would be written, if the message ended here.
    pub(in crate::translate) fn taped_plain(&mut self, held: Held) -> Option<json::Value> {
        let value = self.taped_value(held)?;
        Some(self.with_tape(|_, tape| tape.plain(&value)))
    }

    /// Offsets of a value that goes nowhere, and of what is in it but came from elsewhere.
    pub(in crate::translate) fn taped_origins(
        &self,
        held: Held,
        cover: Option<(usize, usize)>,
    ) -> Vec<usize> {
        let mut found = Vec::new();
        if let Some(value) = self.taped_value(held) {
            origins(&value, cover, &mut found);
        }
        found
    }

    /// A value that can lie on the tape, as it lies there; `None`: absent.
    pub(super) fn on_tape(
        &mut self,
        frame: &mut Frame<'r>,
        id: ExprId,
    ) -> Result<Option<Val<'r>>, Stop> {
        let Some(id) = self.decide(frame, id)? else { return Ok(None) };
        let ops = frame.ops;
        let id = match expr(frame, id) {
            Expr::Value(id) => *id,
            Expr::Placeholder(value, reporter) => {
                let invented = Val::made(Data::Const(value));
                return Ok(Some(Val { placeholder: Some(*reporter), ..invented }));
            }
            _ => return Ok(None),
        };
        if let Some(Value::Const(value, steps)) =
            usize::try_from(id).ok().and_then(|at| ops.values.get(at))
            && steps.is_empty()
        {
            return Ok(Some(Val::made(Data::Const(value))));
        }
        let held = self.value(frame, id)?;
        let laid = self.laid(frame, id, held)?;
        Ok(self.taped_value(laid))
    }

    /// A held value, laid once for all steps that begin with it.
    pub(in crate::translate) fn laid(
        &mut self,
        frame: &mut Frame<'r>,
        id: ValueId,
        held: Held,
    ) -> Result<Held, Stop> {
        let (Some(_), Bytes::Input(start, _)) = (held.kind, held.bytes) else { return Ok(held) };
        let laid = self.lay(&mut Scanner::at(self.input, start, self.limits.depth))?;
        frame.keep(id, laid);
        Ok(laid)
    }

    /// A value that a step made.
    pub(super) fn in_hand(&mut self, value: Val<'r>) -> Held {
        let kind = self.with_tape(|_, tape| tape.kind(&value));
        let (origin, frozen) = (value.origin, value.frozen);
        let at = self.taped.values.len();
        self.taped.values.push(value);
        Held { kind: Some(kind), bytes: Bytes::Taped(at), origin, frozen }
    }

    fn taped_value(&self, held: Held) -> Option<Val<'r>> {
        match held.bytes {
            Bytes::Taped(at) => self.taped.values.get(at).cloned(),
            Bytes::Input(..) | Bytes::Made(..) | Bytes::Call(..) | Bytes::CallMade(..) => None,
        }
    }

    fn take_tape(&mut self) -> Tape<'r> {
        Tape {
            plan: self.plan,
            input: self.input,
            tokens: std::mem::take(&mut self.taped.tokens),
            reports: Reports::default(),
            limits: self.limits,
            hop: 0,
            spent: 0,
            grown: 0,
            level: 0,
            voids: false,
        }
    }

    /// Does something on the tape that is of one hop and may report.
    pub(super) fn at_hop<T>(&mut self, hop: usize, act: impl FnOnce(&mut Tape<'r>) -> T) -> T {
        self.with_tape(|reports, tape| {
            tape.hop = hop;
            std::mem::swap(&mut tape.reports, reports);
            let done = act(tape);
            std::mem::swap(&mut tape.reports, reports);
            done
        })
    }

    pub(super) fn with_tape<T>(&mut self, act: impl FnOnce(&mut Reports, &mut Tape<'r>) -> T) -> T {
        let mut tape = self.take_tape();
        let done = act(&mut self.reports, &mut tape);
        self.taped.tokens = tape.tokens;
        done
    }
}

impl<'r> Tape<'r> {
    /// `None`: it is absent now.
    fn step(&mut self, value: Val<'r>, does: &'r Does) -> Result<Option<Val<'r>>, Stop> {
        Ok(match does {
            Does::Work(Some(work), stage) => self.work(value, work, *stage)?,
            Does::Work(None, Some(stage)) => Some(self.value(value, *stage)?),
            Does::Work(None, None) => Some(value),
            Does::Back(from) => {
                let reports = std::mem::take(&mut self.reports);
                let made = self.from(&value, from);
                self.reports = reports;
                made?
            }
            Does::Copy => Some(self.copied(&value)?),
            Does::Repeat(map, reporter) => {
                let entry = map.iter().find(|(key, _)| self.same(&value, key));
                if entry.is_none() {
                    self.report(*reporter, crate::loss::LossKind::Unknown, &value);
                }
                entry.map(|(_, second)| Val::made(Data::Const(second)))
            }
            Does::Read(place, nullable) => self.read(&value, place, *nullable),
            Does::From(from) => self.from(&value, from)?,
        })
    }
}
