//! On which places of an object a member or a loss depends.

use super::{at, bits};
use crate::plan::{
    Expr, ExprId, IN_SIGHT, LossOp, NodeId, ObjectOps, Parted, Sight, Test, Value, ValueId, Writes,
};
use crate::translate::eval::Is;

/// Collects the places on which something depends.
pub(super) struct Support<'o> {
    ops: &'o ObjectOps,
    seen: Vec<bool>,
    /// Their bits; `None`: more than a sight can tell.
    pub(super) mask: Option<Sight>,
}

impl<'o> Support<'o> {
    /// Nothing so far.
    pub(super) fn new(ops: &'o ObjectOps) -> Self {
        Self { ops, seen: vec![false; ops.exprs.len()], mask: Some(0) }
    }

    fn node(&mut self, node: NodeId) {
        self.mask = self.mask.filter(|_| node < IN_SIGHT).map(|m| m | bits(node, Is::Other));
    }

    fn value(&mut self, id: ValueId) {
        match at(&self.ops.values, id) {
            Some(Value::Node(node)) => self.node(*node),
            Some(Value::Step(of, _)) => self.value(*of),
            Some(Value::Written(written)) => {
                self.expr(written.base);
                match &written.writes {
                    Writes::Items(writes) => {
                        for write in writes {
                            self.expr(write.value);
                        }
                    }
                    Writes::Second { value, .. } => self.expr(*value),
                }
            }
            Some(Value::Const(..)) | None => {}
        }
    }

    /// What an expression depends on.
    pub(super) fn expr(&mut self, id: ExprId) {
        let seen = usize::try_from(id).ok().and_then(|at| self.seen.get_mut(at));
        if seen.is_none_or(|seen| std::mem::replace(seen, true)) {
            return;
        }
        match at(&self.ops.exprs, id) {
            Some(Expr::Value(value)) => self.value(*value),
            Some(Expr::Object(call)) => {
                let members = call.members.iter().map(|member| member.value);
                for id in call.base.into_iter().chain(call.layers.concat()).chain(members) {
                    self.expr(id);
                }
                for op in &call.losses {
                    self.loss(op);
                }
            }
            Some(Expr::NullOr(a, b) | Expr::When(a, b) | Expr::Else(a, b)) => {
                self.expr(*a);
                self.expr(*b);
            }
            Some(Expr::Guard(a, b, c) | Expr::Either(a, b, c)) => {
                for id in [a, b, c] {
                    self.expr(*id);
                }
            }
            Some(Expr::Absent | Expr::Placeholder(..)) | None => {}
        }
    }

    /// What a loss depends on.
    pub(super) fn loss(&mut self, op: &LossOp) {
        match op {
            LossOp::Drop { value, test, .. } => {
                self.expr(*value);
                if let Test::With(other) | Test::Differs(other) = test {
                    self.expr(*other);
                }
            }
            LossOp::Made(value) => self.expr(*value),
            LossOp::Unsaid { object, found, parent, value, .. } => {
                for id in [object, found, value].into_iter().chain(parent) {
                    self.expr(*id);
                }
            }
            LossOp::Into { base, .. } => self.expr(*base),
            LossOp::Apart(part, _) => self.part(part),
            LossOp::Extras(node, ..) => self.node(*node),
        }
    }

    fn part(&mut self, part: &Parted) {
        match part {
            Parted::Carried(id) | Parted::Lost(id) | Parted::Items(id, _) => self.expr(*id),
            Parted::Through { value, tree, extras } => {
                self.expr(*value);
                for (_, part) in tree {
                    self.part(part);
                }
                if let Some((node, _)) = extras {
                    self.node(*node);
                }
            }
        }
    }
}
