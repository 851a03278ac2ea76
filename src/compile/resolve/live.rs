//! The rules that hold in a context, with their paths relative to it: those handed down, then
//! those of the pair's blocks, without the overridden ones.

use std::collections::HashMap;

use super::bind::{Context, Cut, Handed, blocks};
use super::{Hop, What};
use crate::json::{Path, Segment};
use crate::mapping::Source;

/// A rule that holds in a context.
pub(super) struct Live<'h> {
    /// Index into [`Hop::rules`].
    pub(super) at: usize,
    /// What it reads, from here.
    pub(super) src: Option<&'h [Segment]>,
    /// What it writes, from here.
    pub(super) dst: Option<&'h [Segment]>,
    /// Segments cut off its paths.
    pub(super) cut: (usize, usize),
    /// Further places that it looks at, from here.
    pub(super) looked: Vec<Vec<Segment>>,
    side: Looks,
    /// It is an alias, and the further place its first.
    alias: bool,
}

/// The side of a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Looks {
    /// Before the hop.
    Source,
    /// After it.
    Target,
}

impl Live<'_> {
    /// Whether the whole rule is about places beneath these two.
    pub(super) fn is_beneath(&self, (src, dst): (&[Segment], &[Segment])) -> bool {
        let root = match self.side {
            Looks::Source => src,
            Looks::Target => dst,
        };
        self.src.is_none_or(|p| is_inside(src, p))
            && self.dst.is_none_or(|p| is_inside(dst, p))
            && self.looked.iter().all(|p| is_inside(root, p))
    }

    /// Whether the rule belongs to the context of the values at these two places, of all the rules around
    /// them.
    pub(super) fn goes_down(&self, all: &[Self], root: (&[Segment], &[Segment])) -> bool {
        self.is_beneath(root) && !self.waits(all, root)
    }

    /// Whether it is an alias of which another rule, that stays, reads the first place, or writes it: the
    /// alias then has its turn here, before that rule or after it.
    fn waits(&self, all: &[Self], root: (&[Segment], &[Segment])) -> bool {
        let (true, [first]) = (self.alias, self.looked.as_slice()) else { return false };
        self.src.or(self.dst).is_some_and(is_named) && stays(all, root, (first, self.side))
    }

    /// Whether it belongs to the context of these places, and a rule that stays looks at what it reads
    /// before.
    pub(super) fn is_looked_at(&self, all: &[Self], root: (&[Segment], &[Segment])) -> bool {
        let looked = |src| stays(all, root, (src, Looks::Source));
        self.goes_down(all, root) && self.src.is_some_and(looked)
    }
}

/// Whether a rule that does not belong to the context of these two places has to do with a place in it: reads
/// it, or, of the target, writes it, or something around or in it there.
fn stays(
    all: &[Live<'_>],
    root: (&[Segment], &[Segment]),
    (own, side): (&[Segment], Looks),
) -> bool {
    let of_source = side == Looks::Source;
    let around = if of_source { root.0 } else { root.1 };
    let meets = |place: &[Segment]| {
        is_named(place)
            && covers(Some(around), Some(place))
            && (place.starts_with(own) || own.starts_with(place))
    };
    let mut stay = all.iter().filter(|rule| !rule.is_beneath(root));
    is_named(own)
        && stay.any(|rule| {
            let place = if of_source { rule.src } else { rule.dst };
            let looks = of_source && rule.side == Looks::Source;
            place.is_some_and(meets) || looks && rule.looked.iter().any(|place| meets(place))
        })
}

/// Whether a path goes through names alone.
pub(in crate::compile) fn is_named(path: &[Segment]) -> bool {
    path.iter().all(|segment| matches!(segment, Segment::Name(_)))
}

/// Whether a path belongs to the context of what stands at another: of an element, which has no
/// rule of its own around it, the element itself too.
fn is_inside(outer: &[Segment], inner: &[Segment]) -> bool {
    let element = matches!(outer.last(), Some(Segment::Each | Segment::Values));
    covers(Some(outer), Some(inner)) || (element && outer == inner)
}

/// Whether a path leads to a place strictly inside what stands at another.
pub(super) fn covers(outer: Option<&[Segment]>, inner: Option<&[Segment]>) -> bool {
    match (outer, inner) {
        (Some(outer), Some(inner)) => inner.len() > outer.len() && inner.starts_with(outer),
        _ => false,
    }
}

/// The rests of paths of one side.
pub(super) fn cuts<'h>(hop: &'h Hop<'_>, cuts: &[Cut], side: Looks) -> Vec<(&'h [Segment], usize)> {
    let path = |at: usize| {
        hop.rules.get(at).map(|r| match side {
            Looks::Source => &r.src,
            Looks::Target => &r.dst,
        })
    };
    cuts.iter().filter_map(|c| Some((path(c.at)?.0.get(c.cut..)?, c.at))).collect()
}

/// A rule that a more special one keeps from doing anything in a context.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::compile) struct Override {
    /// Index into [`Hop::rules`].
    pub(in crate::compile) at: usize,
    /// The one that holds instead.
    pub(in crate::compile) by: usize,
}

/// The rules of a context.
pub(super) fn live_rules<'h>(hop: &'h Hop<'_>, context: &Context) -> Vec<Live<'h>> {
    sorted(hop, context, &mut Vec::new())
}

/// The rules that do nothing in a context.
pub(in crate::compile) fn overrides(hop: &Hop<'_>, context: &Context) -> Vec<Override> {
    let mut overridden = Vec::new();
    sorted(hop, context, &mut overridden);
    overridden
}

fn sorted<'h>(
    hop: &'h Hop<'_>,
    context: &Context,
    overridden: &mut Vec<Override>,
) -> Vec<Live<'h>> {
    let mut all: Vec<Handed> = context.handed.clone();
    for bound in blocks(hop, context.source.ty, context.target.ty) {
        all.extend(bound.rules.iter().map(|at| Handed { at: *at, src: 0, dst: 0 }));
    }
    let first = |cuts: Vec<(&'h [Segment], usize)>| {
        let mut first = HashMap::new();
        for (path, at) in cuts {
            first.entry(path).or_insert(at);
        }
        first
    };
    let read = first(cuts(hop, &context.exports, Looks::Source));
    let written = first(cuts(hop, &context.imports, Looks::Target));
    let mut live: Vec<Live<'h>> = Vec::new();
    // By what they claim, indices into `live`.
    let mut reads: HashMap<&[Segment], usize> = HashMap::new();
    let mut writes: HashMap<&[Segment], usize> = HashMap::new();
    for handed in all {
        let Some(rule) = hop.rules.get(handed.at) else { continue };
        let src = rule.src.0.get(handed.src..).filter(|_| rule.what.reads());
        let dst = rule.dst.0.get(handed.dst..).filter(|_| rule.what.writes());
        let claims: [Option<&usize>; 2] =
            [src.and_then(|p| reads.get(p)), dst.and_then(|p| writes.get(p))];
        let before = claims.into_iter().flatten().min();
        let by = before
            .and_then(|at| live.get(*at))
            .map(|l| l.at)
            .or_else(|| src.and_then(|p| read.get(p)).copied())
            .or_else(|| dst.and_then(|p| written.get(p)).copied());
        if let Some(by) = by {
            overridden.push(Override { at: handed.at, by });
            continue;
        }
        let side = if rule.what.looks_at_source() { Looks::Source } else { Looks::Target };
        let cut = if side == Looks::Source { handed.src } else { handed.dst };
        let alias = matches!(rule.what, What::Fill(_) | What::Repeat(_));
        let looked = looked(rule.what).into_iter().map(|p| further(&rule.root, p, cut)).collect();
        reads.extend(src.map(|path| (path, live.len())));
        writes.extend(dst.map(|path| (path, live.len())));
        live.push(Live {
            at: handed.at,
            src,
            dst,
            cut: (handed.src, handed.dst),
            looked,
            side,
            alias,
        });
    }
    live
}

/// A further place of a rule, from a context that cuts off so many segments.
pub(in crate::compile) fn further(root: &Path, path: &Path, cut: usize) -> Vec<Segment> {
    root.0.iter().chain(&path.0).skip(cut).cloned().collect()
}

/// The places that a rule looks at beside its own.
fn looked(what: What<'_>) -> Vec<&Path> {
    let mut found = Vec::new();
    match what {
        What::Move(_) => {}
        What::Make(source) | What::Take(source) => looks(source, &mut found),
        What::Fill(alias) | What::Repeat(alias) => found.push(&alias.first),
        What::Refuse(predicate) => found.extend(predicate.iter().map(|(path, _)| path)),
    }
    found
}

/// The places of a source, and of the sources inside it.
pub(in crate::compile) fn looks<'s>(source: &'s Source, into: &mut Vec<&'s Path>) {
    into.extend(source.places());
    source.inner().for_each(|source| looks(source, into));
}
