//! Which stages leave every value as it is: a greatest fixed point. A value that no hop has
//! looked into goes through such a stage unread.

use crate::plan::{
    Becomes, Branch, Cross, Elements, Itself, Left, Members, Seg, Stage, StageId, Union,
};

/// Marks the stages that do nothing. Over several `hops` an extra is the affair of the first that
/// it comes to: where one drops extras, or looks at what one before it could not see, those before
/// it must have set theirs aside, and no value may go through them unread.
/// (`aliased`: in an object whose hops are fused, a value came to a place of another type.)
pub(super) fn mark(stages: &mut [Stage], hops: usize, aliased: bool) {
    if hops > 1 && (aliased || stages.iter().any(sees_more)) {
        return;
    }
    let mut idle: Vec<bool> = stages.iter().map(may_be).collect();
    loop {
        let mut changed = false;
        for (at, stage) in stages.iter().enumerate() {
            let now = idle.get(at).copied().unwrap_or(false);
            if now && !beneath(stage).all(|id| holds(&idle, id)) {
                changed = true;
                if let Some(flag) = idle.get_mut(at) {
                    *flag = false;
                }
            }
        }
        if !changed {
            break;
        }
    }
    for (stage, idle) in stages.iter_mut().zip(idle) {
        stage.idle = idle;
    }
}

/// Whether a stage drops extras, or leads to values of another type than the hop before saw there.
fn sees_more(stage: &Stage) -> bool {
    let object = |m: &Members| {
        m.unmapped.is_some() || !m.singles.repeats.is_empty() || !m.singles.fills.is_empty()
    };
    stage.object.as_ref().is_some_and(|m| object(m))
        || stage.union.as_ref().is_some_and(|u| !u.single && !is_plain(u))
        || stage.elements == Elements::Unseen
}

/// Whether no extra can make a value of another branch.
fn is_plain(union: &Union) -> bool {
    let kinds = || union.branches.iter().map(|b| b.kinds);
    let shared = |at: usize, own: u8| kinds().skip(at.saturating_add(1)).any(|k| k & own != 0);
    union.tag.is_some() || !kinds().enumerate().any(|(at, own)| shared(at, own))
}

fn holds(idle: &[bool], id: StageId) -> bool {
    usize::try_from(id).ok().and_then(|at| idle.get(at)).copied().unwrap_or(false)
}

/// Whether the stage itself does nothing.
fn may_be(stage: &Stage) -> bool {
    let unfit = stage.unfit;
    stage.refuses.is_empty()
        && stage.itself.is_none()
        && stage.voids.is_none()
        && stage.cross.is_none()
        && stage.items.is_none()
        && !stage.sealed
        && stage.union.as_ref().is_none_or(|u| u.none.is_none() && u.branches.iter().all(is_seen))
        && [unfit.scalar, unfit.array, unfit.object].iter().all(Option::is_none)
        && stage.object.as_ref().is_none_or(|members| keeps(members))
}

fn is_seen(branch: &Branch) -> bool {
    !matches!(branch.becomes, Becomes::Unseen | Becomes::Refused(_) | Becomes::Instead(..))
}

/// Whether an object keeps every member under its name.
fn keeps(members: &Members) -> bool {
    let singles = &members.singles;
    let pair = |name: &crate::json::Text| {
        members.carries.iter().any(|c| matches!(c.dst.as_slice(), [Seg::Name(n)] if n == name))
    };
    members.unmapped.is_none()
        && members.meanings.is_empty()
        && members.carries.iter().all(|c| c.reporter.is_none())
        // What rules from further out take has no pair.
        && members.left.iter().all(|(name, left)| matches!(left, Left::Done) && pair(name))
        && singles.fills.is_empty()
        && singles.makes.is_empty()
        && singles.repeats.is_empty()
        && singles.takes.is_empty()
        && members.contract.properties.iter().all(pair)
        && members.properties.iter().all(pair)
        && members.open == members.contract.open
}

/// The stages that values inside go through.
fn beneath(stage: &Stage) -> impl Iterator<Item = StageId> + '_ {
    let itself = match &stage.itself {
        Some(Itself::Work(_, inner)) => *inner,
        Some(Itself::Alter(_)) | None => None,
    };
    let branches =
        stage.union.iter().flat_map(|u| u.branches.iter().flat_map(|b| b.becomes.stages()));
    let members =
        stage.object.iter().flat_map(|m| m.carries.iter().filter_map(|c| c.stage).chain(m.others));
    let crossing = stage.cross.iter().flat_map(|cross| match cross {
        Cross::Outward(crossing) | Cross::Inward(crossing) => {
            crossing.carries.iter().filter_map(|c| c.stage)
        }
    });
    let elements = match stage.elements {
        Elements::Each(id) => Some(id),
        Elements::Unknown | Elements::Unseen => None,
    };
    branches.chain(members).chain(crossing).chain(elements).chain(itself)
}
