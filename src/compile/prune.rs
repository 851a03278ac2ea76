//! Takes out of a program what does nothing: a greatest fixed point over its functions.

use crate::plan::{
    Call, Expr, ExprId, Function, Group, KeyOp, LossOp, ObjectOps, Parted, Plan, Stage, StageId,
    Test, Value,
};

/// Removes calls of functions that leave every value as it is.
pub(super) fn prune(plan: &mut Plan) {
    let mut idle: Vec<bool> = vec![true; plan.functions.len()];
    loop {
        let mut changed = false;
        for (at, function) in plan.functions.iter().enumerate() {
            let still = idle.get(at).copied().unwrap_or(false);
            if still && !(is_idle(function, &idle) && all_idle(&plan.stages, function)) {
                if let Some(flag) = idle.get_mut(at) {
                    *flag = false;
                }
                changed = true;
            }
        }
        if !changed {
            break;
        }
    }
    let strip = |groups: &mut Vec<Group>| {
        for group in groups.iter_mut() {
            if group.call.is_some_and(|id| at(&idle, id)) {
                group.call = None;
            }
            if group.nested.is_some_and(|id| at(&idle, id)) {
                group.nested = None;
            }
        }
        groups.retain(|g| {
            g.nested.is_some()
                || g.list.is_some()
                || g.convert.is_some()
                || g.call.is_some()
                || g.taped.is_some()
        });
    };
    strip(&mut plan.root);
    for function in &mut plan.functions {
        strip(&mut function.elements);
        strip(&mut function.scalar);
        let Some(object) = &mut function.object else { continue };
        for node in &mut object.nodes {
            for op in node.all_mut() {
                if let KeyOp::Emit { steps, .. }
                | KeyOp::Drop(_, steps)
                | KeyOp::Collide(_, steps) = op
                {
                    strip(steps);
                }
            }
            if matches!(&node.other, Some(KeyOp::Emit { name: None, steps }) if steps.is_empty()) {
                node.other = None;
            }
        }
        for value in &mut object.values {
            match value {
                Value::Const(_, groups) => strip(groups),
                Value::Step(_, group) => {
                    if group.call.is_some_and(|id| at(&idle, id)) {
                        group.call = None;
                    }
                    if group.nested.is_some_and(|id| at(&idle, id)) {
                        group.nested = None;
                    }
                }
                Value::Node(_) | Value::Written(_) => {}
            }
        }
    }
    for object in plan.functions.iter_mut().filter_map(|function| function.object.as_mut()) {
        let losses = std::mem::take(&mut object.losses);
        object.losses = losses.into_iter().filter(|loss| may_lose(object, loss)).collect();
    }
    for (at, idle) in idle.iter().enumerate() {
        if let (true, Some(function)) = (*idle, plan.functions.get_mut(at)) {
            *function = Function::default();
        }
    }
}

/// Whether a loss can be one: what one hop makes and a later one takes out again as it was is none.
fn may_lose(object: &ObjectOps, loss: &LossOp) -> bool {
    let expr = |id: &ExprId| usize::try_from(*id).ok().and_then(|at| object.exprs.get(at));
    match loss {
        LossOp::Drop { value, test: Test::Not(constant), .. } => {
            let Some(Expr::Value(id)) = expr(value) else { return true };
            let value = usize::try_from(*id).ok().and_then(|at| object.values.get(at));
            !matches!(value, Some(Value::Const(own, steps)) if steps.is_empty() && own == constant)
        }
        LossOp::Apart(Parted::Through { value, tree, extras: None }, _) => {
            let whole = tree.iter().all(|(_, part)| matches!(part, Parted::Carried(_)));
            let made = |call: &Call| call.base.is_none() && call.node.is_none();
            !(whole && matches!(expr(value), Some(Expr::Object(call)) if made(call)))
        }
        _ => true,
    }
}

/// Whether nothing that the function does hop by hop does anything.
fn all_idle(stages: &[Stage], function: &Function) -> bool {
    let of = |id: &StageId| usize::try_from(*id).ok().and_then(|at| stages.get(at));
    function.stages.iter().all(|id| of(id).is_some_and(|stage| stage.idle))
}

fn at(idle: &[bool], id: u32) -> bool {
    usize::try_from(id).ok().and_then(|i| idle.get(i)).copied().unwrap_or(false)
}

fn is_idle(function: &Function, idle: &[bool]) -> bool {
    let nothing = |groups: &[Group]| {
        groups.iter().all(|g| {
            g.list.is_none()
                && g.convert.is_none()
                && g.taped.is_none()
                && g.call.into_iter().chain(g.nested).all(|id| at(idle, id))
        })
    };
    let object = function.object.as_ref().is_none_or(|o| {
        o.build.is_empty()
            && o.losses.is_empty()
            && o.nodes.iter().all(|n| {
                n.all().all(|op| matches!(op, KeyOp::Emit { name: None, steps } if nothing(steps)))
            })
    });
    object
        && function.unfit_scalar.is_none()
        && function.unfit_array.is_none()
        && nothing(&function.elements)
        && nothing(&function.scalar)
}
