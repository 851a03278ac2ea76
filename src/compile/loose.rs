//! Functions that go hop by hop promise less than fused ones: a value may come out with another
//! JSON type, or unfit. This finds the fused functions that rely on the contrary.

use std::collections::BTreeSet;

use crate::plan::{Becomes, Branch, FuncId, Function, Group, NodeOps, Stage, StageId, Value};

/// The functions that cannot stay fused.
pub(super) fn broken(functions: &[Function], stages: &[Stage]) -> BTreeSet<FuncId> {
    let all = || (0..).zip(functions);
    let goes_through = |function: &Function, found: &BTreeSet<StageId>| {
        function.stages.iter().any(|id| found.contains(id))
    };
    let turning = closed(stages, turns);
    let freezing = closed(stages, freezes);
    let turning: BTreeSet<FuncId> =
        all().filter(|(_, f)| goes_through(f, &turning)).map(|(id, _)| id).collect();
    let freezing: BTreeSet<FuncId> =
        all().filter(|(_, f)| goes_through(f, &freezing)).map(|(id, _)| id).collect();
    let relies =
        |function: &Function| uses_type(function, &turning) || goes_on(function, &freezing);
    all().filter(|(_, f)| f.stages.is_empty() && relies(f)).map(|(id, _)| id).collect()
}

/// The stages of which this holds, or that are unions with such a branch.
fn closed(stages: &[Stage], holds: fn(&Stage) -> bool) -> BTreeSet<StageId> {
    let mut found: BTreeSet<StageId> = BTreeSet::new();
    loop {
        let before = found.len();
        for (id, stage) in (0..).zip(stages) {
            let branches = stage.union.iter().flat_map(|u| &u.branches);
            let mut inner = branches.flat_map(|b| b.becomes.stages());
            if holds(stage) || inner.any(|id| found.contains(&id)) {
                found.insert(id);
            }
        }
        if found.len() == before {
            return found;
        }
    }
}

fn turns(stage: &Stage) -> bool {
    let instead = |branch: &Branch| matches!(branch.becomes, Becomes::Instead(..));
    stage.itself.is_some()
        || stage.cross.is_some()
        || stage.union.as_ref().is_some_and(|union| union.branches.iter().any(instead))
}

fn freezes(stage: &Stage) -> bool {
    turns(stage)
        || stage.sealed
        || stage
            .union
            .as_ref()
            .is_some_and(|u| u.none.is_some() || u.branches.iter().any(is_unseen))
        || [stage.unfit.scalar, stage.unfit.array, stage.unfit.object].iter().any(Option::is_some)
}

fn is_unseen(branch: &Branch) -> bool {
    matches!(branch.becomes, Becomes::Unseen)
}

fn calls(group: &Group, found: &BTreeSet<FuncId>) -> bool {
    group.call.into_iter().chain(group.nested).any(|id| found.contains(&id))
}

/// Whether the function asks for the JSON type of what such a function gives.
fn uses_type(function: &Function, found: &BTreeSet<FuncId>) -> bool {
    function.object.iter().flat_map(|o| &o.values).any(|value| match value {
        Value::Node(_) | Value::Written(_) => false,
        Value::Step(_, group) => calls(group, found),
        Value::Const(_, groups) => groups.iter().any(|g| calls(g, found)),
    })
}

/// Whether the function goes on with what such a function gives.
fn goes_on(function: &Function, found: &BTreeSet<FuncId>) -> bool {
    let early = |groups: &[Group]| {
        groups.split_last().is_some_and(|(_, before)| before.iter().any(|g| calls(g, found)))
    };
    let Some(object) = &function.object else {
        return early(&function.elements) || early(&function.scalar);
    };
    let stepped = object.values.iter().any(|value| match value {
        Value::Node(_) | Value::Written(_) => false,
        Value::Const(_, groups) => early(groups),
        Value::Step(of, _) => {
            let before = usize::try_from(*of).ok().and_then(|at| object.values.get(at));
            matches!(before, Some(Value::Step(_, group)) if calls(group, found))
        }
    });
    let streamed = object.nodes.iter().flat_map(NodeOps::all).any(|op| match op {
        crate::plan::KeyOp::Emit { steps, .. }
        | crate::plan::KeyOp::Drop(_, steps)
        | crate::plan::KeyOp::Collide(_, steps) => early(steps),
        crate::plan::KeyOp::Hold(_) => false,
    });
    stepped || streamed || early(&function.elements) || early(&function.scalar)
}
