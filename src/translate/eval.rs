//! Expressions over held values: what type they have, and writing them.

use super::frame::Frame;
use super::value::{Bytes, Held};
use super::{Run, Stop};
use crate::json::scan::Kind;
use crate::loss::LossKind;
use crate::plan::{Build, Call, Expr, ExprId, Value, ValueId};

/// What an expression turns out to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Is {
    Absent,
    Null,
    Object,
    Other,
}

impl Is {
    pub(super) fn of(kind: Option<Kind>) -> Self {
        match kind {
            None => Self::Absent,
            Some(Kind::Null) => Self::Null,
            Some(Kind::Object) => Self::Object,
            Some(Kind::Bool | Kind::Number | Kind::String | Kind::Array) => Self::Other,
        }
    }
}

pub(super) fn expr<'p>(frame: &Frame<'p>, id: ExprId) -> &'p Expr {
    usize::try_from(id).ok().and_then(|at| frame.ops.exprs.get(at)).unwrap_or(&Expr::Absent)
}

impl<'r> Run<'r> {
    /// A held value, evaluated at most once.
    pub(super) fn value(&mut self, frame: &mut Frame<'r>, id: ValueId) -> Result<Held, Stop> {
        if let Some(held) = frame.value(id) {
            return Ok(held);
        }
        let ops = frame.ops;
        let held = match usize::try_from(id).ok().and_then(|at| ops.values.get(at)) {
            None => Held::ABSENT,
            Some(Value::Node(node)) => self.slot(frame, *node),
            Some(Value::Step(of, step)) => {
                let held = self.value(frame, *of)?;
                let held = if step.taped.is_some() { self.laid(frame, *of, held)? } else { held };
                self.step(held, step)?
            }
            Some(Value::Written(written)) => self.written(frame, written)?,
            Some(Value::Const(value, steps)) => {
                let taped = steps.first().is_some_and(|step| step.taped.is_some());
                let mut held =
                    if taped { self.taped_constant(value) } else { self.constant(value) };
                for step in steps {
                    held = self.step(held, step)?;
                }
                held
            }
        };
        frame.keep(id, held);
        Ok(held)
    }

    /// What an expression is.
    pub(super) fn is(&mut self, frame: &mut Frame<'r>, id: ExprId) -> Result<Is, Stop> {
        Ok(match expr(frame, id) {
            Expr::Absent => Is::Absent,
            Expr::Value(value) => Is::of(self.value(frame, *value)?.kind),
            Expr::Placeholder(value, _) => match value {
                crate::json::Value::Null => Is::Null,
                crate::json::Value::Object(_) => Is::Object,
                _ => Is::Other,
            },
            Expr::Object(call) => self.is_object(frame, call)?,
            Expr::NullOr(on, inner) => match self.is(frame, *on)? {
                Is::Null => Is::Null,
                Is::Absent | Is::Object | Is::Other => self.is(frame, *inner)?,
            },
            Expr::Guard(on, inner, at) => {
                if self.passes(frame, *on, *at)? {
                    self.is(frame, *inner)?
                } else {
                    Is::Absent
                }
            }
            Expr::When(on, inner) => match self.is(frame, *on)? {
                Is::Object => self.is(frame, *inner)?,
                Is::Absent | Is::Null | Is::Other => Is::Absent,
            },
            Expr::Else(first, second) => match self.is(frame, *first)? {
                Is::Absent => self.is(frame, *second)?,
                is => is,
            },
            Expr::Either(on, first, second) => {
                let taken = self.taken(frame, (*on, *first, *second))?;
                self.is(frame, taken)?
            }
        })
    }

    /// Whether a guarded value was written where something stood already.
    pub(super) fn passes(
        &mut self,
        frame: &mut Frame<'r>,
        on: ExprId,
        at: ExprId,
    ) -> Result<bool, Stop> {
        Ok(match self.is(frame, on)? {
            Is::Other => false,
            Is::Null => self.is(frame, at)? != Is::Null,
            Is::Absent | Is::Object => true,
        })
    }

    /// Of two expressions the one that counts: the first if this was present.
    pub(super) fn taken(
        &mut self,
        frame: &mut Frame<'r>,
        (on, first, second): (ExprId, ExprId, ExprId),
    ) -> Result<ExprId, Stop> {
        Ok(if self.is(frame, on)? == Is::Absent { second } else { first })
    }

    fn is_object(&mut self, frame: &mut Frame<'r>, call: &'r Call) -> Result<Is, Stop> {
        if call.known {
            return Ok(Is::Object);
        }
        let mut is = match call.base {
            Some(base) => self.is(frame, base)?,
            None => Is::Absent,
        };
        for layer in &call.layers {
            if !matches!(is, Is::Absent | Is::Null) {
                break;
            }
            for member in layer {
                match (is, self.is(frame, *member)?) {
                    (_, Is::Absent) | (Is::Null, Is::Null) => {}
                    _ => is = Is::Object,
                }
            }
        }
        Ok(is)
    }

    /// The expression whose value stands for this one: choices decided. `None`: absent.
    pub(super) fn decide(
        &mut self,
        frame: &mut Frame<'r>,
        id: ExprId,
    ) -> Result<Option<ExprId>, Stop> {
        if self.is(frame, id)? == Is::Absent {
            return Ok(None);
        }
        match expr(frame, id) {
            Expr::NullOr(on, inner) => match self.is(frame, *on)? {
                Is::Null => self.decide(frame, *on),
                Is::Absent | Is::Object | Is::Other => self.decide(frame, *inner),
            },
            Expr::Guard(_, inner, _) | Expr::When(_, inner) => self.decide(frame, *inner),
            Expr::Else(first, second) => match self.is(frame, *first)? {
                Is::Absent => self.decide(frame, *second),
                Is::Null | Is::Object | Is::Other => self.decide(frame, *first),
            },
            Expr::Either(on, first, second) => {
                let taken = self.taken(frame, (*on, *first, *second))?;
                self.decide(frame, taken)
            }
            Expr::Object(call) if self.is_object(frame, call)? != Is::Object => match call.base {
                Some(base) => self.decide(frame, base),
                None => Ok(None),
            },
            Expr::Absent | Expr::Value(_) | Expr::Placeholder(..) | Expr::Object(_) => Ok(Some(id)),
        }
    }

    /// Writes a made member, if it is there.
    pub(super) fn member(
        &mut self,
        frame: &mut Frame<'r>,
        build: &'r Build,
        begin: usize,
    ) -> Result<(), Stop> {
        let Some(id) = self.decide(frame, build.value)? else { return Ok(()) };
        self.separate(begin);
        self.name(&build.name);
        self.emit(frame, id)
    }

    /// Writes a decided expression.
    pub(super) fn emit(&mut self, frame: &mut Frame<'r>, id: ExprId) -> Result<(), Stop> {
        match expr(frame, id) {
            Expr::Value(value) => {
                let held = self.value(frame, *value)?;
                if let Bytes::Call(..) | Bytes::CallMade(..) = held.bytes {
                    frame.mark(*value);
                }
                self.write(held)
            }
            Expr::Placeholder(value, reporter) => {
                if self.discard == 0 && !mutant!("fused-placeholders-are-unsaid") {
                    self.reports.note(self.plan, *reporter, LossKind::Placeholder, self.out.len());
                }
                self.out.extend_from_slice(value.to_string().as_bytes());
                Ok(())
            }
            Expr::Object(call) => {
                let begin = self.out.len();
                self.out.push(b'{');
                if let Some(node) = call.node {
                    self.rest(frame, node, begin)?;
                }
                for member in &call.members {
                    self.member(frame, member, begin)?;
                }
                self.out.push(b'}');
                self.collisions(frame, &call.losses)?;
                self.room()
            }
            Expr::Absent
            | Expr::NullOr(..)
            | Expr::Guard(..)
            | Expr::When(..)
            | Expr::Else(..)
            | Expr::Either(..) => Ok(()),
        }
    }
}
