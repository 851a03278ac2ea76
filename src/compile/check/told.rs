//! Types that several branches have become, or that were split: of what nothing tells apart, and what
//! is another branch's.

use std::collections::{BTreeMap, BTreeSet};

use super::Checking;
use super::meet::label;
use super::walk::{Visit, Walk};
use crate::compile::list;
use crate::compile::resolve::What;
use crate::compile::resolve::bind::bind;
use crate::compile::resolve::place::lead;
use crate::compile::resolve::told::{Candidate, candidates, kinds};
use crate::contract::{Kinds, TypeId};
use crate::diagnostic::Diagnostic;
use crate::json::{Segment, Value};
use crate::mapping::{Otherwise, Parts};
use crate::version::Side;

/// A type that may become several branches of the other side, of which nothing tells two apart.
pub(super) fn alike(
    of: &Checking<'_, '_>,
    (walk, visit): (&Walk, &Visit),
    (own, inner): (TypeId, &[usize]),
) -> Option<Diagnostic> {
    let hop = of.hop;
    let all = all(of, (walk, visit), (own, inner));
    let (first, other, tags) = likes(of, own, &all).next()?;
    let target = |at: usize| all.get(at).map(|candidate| candidate.context.target.ty);
    let (first, other) = (target(first)?, target(other)?);
    let (at, version) = (walk.place(visit), of.version(hop.direction.target()));
    let at = if tags.is_empty() {
        at
    } else {
        let tags: Vec<String> = tags.iter().map(|value| format!("`{value}`")).collect();
        format!("{at} where its tag is {}", tags.join(" or "))
    };
    let (first, second) = (label(hop.target, first), label(hop.target, other));
    let message = format!(
        "{} at {at} may be {first} or {second} of {version}, and is never taken for {second}",
        label(hop.source, own)
    );
    let word = if hop.direction.target() == Side::Old { "added" } else { "removed" };
    Some(
        Diagnostic::warning("F634", hop.source.get(own).span, message)
            .label(format!("nothing tells the two apart: it is {first}, the first in the file"))
            .also(hop.target.get(other).span, "its rules are not run on this way")
            .help(format!(
                "give both blocks a constant of their own under `{word}`, or both schemas a property with distinct constants"
            )),
    )
}

/// Pairs of candidates of which nothing tells the later one apart, with the values of their tag of which
/// that holds; none: of all.
fn likes(
    of: &Checking<'_, '_>,
    own: TypeId,
    all: &[Candidate],
) -> impl Iterator<Item = (usize, usize, Vec<Value>)> {
    all.iter().enumerate().flat_map(move |(at, one)| {
        let takes_all = takes_all(of, own, one);
        let later = all.iter().enumerate().skip(at.saturating_add(1));
        later.filter_map(move |(later, other)| {
            if takes_all && other.tells.constants.is_empty() {
                return Some((at, later, Vec::new()));
            }
            let tags = shared(of, one, other).filter(|_| one.tells.is_like(&other.tells))?;
            Some((at, later, tags))
        })
    })
}

/// Visits of branches that are never taken, as nothing tells them from one before them.
pub(super) fn untaken(of: &Checking<'_, '_>, walk: &Walk) -> BTreeSet<usize> {
    let mut found = BTreeSet::new();
    for visit in &walk.visits {
        for (own, inner) in visit.branches.iter().filter(|(_, inner)| inner.len() > 1) {
            let all = all(of, (walk, visit), (*own, inner));
            let never = likes(of, *own, &all).filter(|(.., tags)| tags.is_empty());
            found.extend(never.filter_map(|(_, later, _)| inner.get(later)));
        }
    }
    found
}

/// Whether every value that is no object shows that it is of a branch: what its list does not name is
/// kept, and is of a JSON type that the branch takes.
fn takes_all(of: &Checking<'_, '_>, own: TypeId, one: &Candidate) -> bool {
    let kinds = kinds(of.hop.source, own, &mut Vec::new());
    let taken = one.tells.kinds.filter(|_| !kinds.meets(Kinds::OBJECT));
    let itself = bind(of.hop, &one.context).itself.and_then(|at| of.hop.field(at));
    let keeps = itself.is_none_or(|field| {
        let Parts { convert, otherwise, wrap, each, set, .. } = &field.parts;
        let plain = wrap.is_none() && each.is_none() && !set;
        plain && convert.is_none() && *otherwise == Otherwise::Keep
    });
    keeps && one.tells.constants.is_empty() && taken.is_some_and(|taken| taken.and(kinds) == kinds)
}

/// Places of visits where some values never are, since they tell that a value is of another branch.
pub(super) fn elsewhere(
    of: &Checking<'_, '_>,
    walk: &Walk,
) -> BTreeMap<usize, (Vec<Segment>, Vec<Value>)> {
    let (mut found, mut pairs) = (BTreeMap::new(), BTreeMap::new());
    for visit in &walk.visits {
        for (own, inner) in visit.branches.iter().filter(|(_, inner)| inner.len() > 1) {
            let all = all(of, (walk, visit), (*own, inner));
            for (at, (candidate, visit)) in all.iter().zip(inner).enumerate() {
                let Some((moved, _)) = &candidate.tells.tag else { continue };
                let others = all.iter().enumerate().filter(|(other, _)| *other != at);
                let values = others.flat_map(|(_, other)| taken(of, other)).collect();
                let never: (Vec<Segment>, Vec<Value>) = (moved.src.clone(), values);
                pairs.entry((*own, candidate.context.target.ty)).or_insert(never.clone());
                found.entry(*visit).or_insert(never);
            }
        }
    }
    // Where no operation says where a type stands, it is walked by itself: as one of several too.
    for root in &walk.roots {
        let uses = walk.visits.get(root.at).map(|v| (v.context.source.ty, v.context.target.ty));
        if let Some(never) = uses.and_then(|uses| pairs.get(&uses)) {
            found.entry(root.at).or_insert(never.clone());
        }
    }
    found
}

/// The values of their tag that come to both of two branches, none where neither asks for it;
/// `None`: it tells them apart.
fn shared(of: &Checking<'_, '_>, one: &Candidate, other: &Candidate) -> Option<Vec<Value>> {
    match (&one.tells.tag, &other.tells.tag) {
        (None, None) => Some(Vec::new()),
        (Some((own, _)), Some((theirs, _))) if own.src == theirs.src => {
            let (own, theirs) = (taken(of, one), taken(of, other));
            let both = own.into_iter().filter(|value| theirs.iter().any(|v| v.same(value)));
            Some(both.collect()).filter(|both: &Vec<_>| !both.is_empty())
        }
        _ => None,
    }
}

/// The values of its tag that come to a branch, of those that the contract lists, where it does.
fn taken(of: &Checking<'_, '_>, candidate: &Candidate) -> Vec<Value> {
    let hop = of.hop;
    let Some((moved, values)) = &candidate.tells.tag else { return Vec::new() };
    let rule = moved.rule.and_then(|at| hop.rules.get(at));
    let own = lead(hop.source, candidate.context.source, &moved.src);
    let literals = own.and_then(|of| hop.source.get(of.ty).literals.as_ref());
    let comes = |value: &Value| literals.is_none_or(|all| all.0.iter().any(|v| v.same(value)));
    let entries = match rule.map(|rule| rule.what) {
        Some(What::Move(field)) => {
            let sides = (own, lead(hop.target, candidate.context.target, &moved.dst));
            list::entries(hop, &field.parts, sides, hop.direction)
        }
        _ => Vec::new(),
    };
    let is_its = |value: &Value| values.iter().any(|own| own.same(value));
    let listed = entries.iter().filter(|(_, result)| result.as_ref().is_some_and(is_its));
    let kept = values.iter().filter(|value| !entries.iter().any(|(key, _)| key.same(value)));
    listed.map(|(key, _)| key).chain(kept).filter(|value| comes(value)).cloned().collect()
}

/// The types that a branch may become, in the order of its visits.
fn all(
    of: &Checking<'_, '_>,
    (walk, visit): (&Walk, &Visit),
    (own, inner): (TypeId, &[usize]),
) -> Vec<Candidate> {
    let visits = inner.iter().filter_map(|at| walk.visits.get(*at));
    let several: Vec<TypeId> = visits.map(|visit| visit.context.target.ty).collect();
    candidates(of.hop, (&visit.context, &visit.binding), own, &several)
}
