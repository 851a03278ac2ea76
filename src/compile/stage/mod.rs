//! Stages: what one hop does to a value, for functions that hops cannot be fused into. One stage
//! a context, memoised; each is a binding, with every name, kind and list that it needs decided.

mod branch;
mod does;
mod idle;
pub(super) mod naming;
mod refuse;
mod source;
mod work;

use std::collections::BTreeMap;

use super::close::Reporting;
use super::list::{self, Sides};
use super::resolve::bind::{self as resolve, Binding, Context, Cross as Crosses, Move, bind};
use super::resolve::place::{lead, let_through, member};
use super::resolve::{Hop, What};
use super::{Chain, shape};
use crate::contract::{Kinds, Type, TypeGraph, Use};
use crate::json::{Segment, Text, Value};
use crate::plan::{
    Carry, Cross, Crossing, Declared, Does, Elements, Fill, Itself, Left, Members, Place, Seg,
    Split, Stage, StageId, Unfit, Unsaid, Voids, Work,
};

/// Stages of one program.
const MAX_STAGES: usize = 200_000;

/// The stages under construction.
#[derive(Debug, Default)]
pub(super) struct Stages {
    known: BTreeMap<Context, StageId>,
    todo: Vec<(StageId, Context)>,
    all: Vec<Stage>,
    /// A value of a fused object came to a place of another type.
    pub(super) aliased: bool,
}

impl Stages {
    /// The stage of a context, made when all are.
    pub(super) fn of(&mut self, context: Context) -> StageId {
        if let Some(id) = self.known.get(&context) {
            return *id;
        }
        let id = StageId::try_from(self.known.len()).unwrap_or(StageId::MAX);
        self.known.insert(context.clone(), id);
        self.todo.push((id, context));
        id
    }

    /// Makes every stage that was asked for, and those that they need. `None`: there are too many.
    pub(super) fn make(&mut self, chain: &Chain<'_>, reporting: &mut Reporting) -> Option<()> {
        while let Some((id, context)) = self.todo.pop() {
            let stage = Making { chain, reporting, stages: self }.stage(&context);
            let at = usize::try_from(id).ok().filter(|at| *at < MAX_STAGES)?;
            if self.all.len() <= at {
                self.all.resize_with(at + 1, Stage::default);
            }
            if let Some(place) = self.all.get_mut(at) {
                *place = stage;
            }
        }
        Some(())
    }

    /// What a hop does to one value, on the tape.
    pub(super) fn does(
        &mut self,
        chain: &Chain<'_>,
        reporting: &mut Reporting,
        work: &shape::Work,
    ) -> Does {
        Making { chain, reporting, stages: self }.does(work)
    }

    /// The second of an alias that fills the first: index into the context's fills.
    pub(super) fn fill(
        &mut self,
        chain: &Chain<'_>,
        reporting: &mut Reporting,
        (context, at): (&Context, usize),
    ) -> Option<Fill> {
        let binding = bind(chain.hop(context.hop), context);
        Making { chain, reporting, stages: self }.fill(context, binding.fills.get(at)?)
    }

    /// The stages made so far.
    pub(super) fn all(&self) -> &[Stage] {
        &self.all
    }

    /// All of them, those that do nothing marked.
    pub(super) fn finish(mut self, hops: usize) -> Vec<Stage> {
        idle::mark(&mut self.all, hops, self.aliased);
        self.all
    }
}

/// What making a stage needs.
struct Making<'m, 'c, 'a> {
    chain: &'c Chain<'a>,
    reporting: &'m mut Reporting,
    stages: &'m mut Stages,
}

impl Making<'_, '_, '_> {
    fn reporter(&mut self, context: &Context, rule: u32) -> crate::plan::ReporterId {
        self.reporting.of(self.chain, (context.hop, rule))
    }

    fn stage(&mut self, context: &Context) -> Stage {
        let hop = self.chain.hop(context.hop);
        let binding = bind(hop, context);
        let source = hop.source.get(context.source.ty);
        let target = hop.target.get(context.target.ty);
        let itself = self.itself(context, &binding);
        let refuses = self.refuses(context, &binding);
        let mut report = |rule: Option<u32>| rule.map(|rule| self.reporter(context, rule));
        let mut stage = Stage {
            refuses,
            voids: binding.voids.as_ref().map(|voids| Box::new(voids_of(source, voids))),
            itself,
            sealed: source.is_unconstrained() || target.is_unconstrained(),
            unfit: Unfit {
                scalar: report(binding.unfit.scalar),
                array: report(binding.unfit.array),
                object: report(binding.unfit.object),
            },
            ..Stage::default()
        };
        if let Some((way, at)) = binding.cross {
            stage.cross = Some(self.crossing(context, &binding, way, at));
            return stage;
        }
        if source.branches.is_some() || target.branches.is_some() {
            stage.union = Some(self.union(context, &binding));
            return stage;
        }
        stage.object = Some(Box::new(self.members(context, &binding)));
        let items = binding.items.as_ref();
        stage.items = items.map(|items| Box::new(self.items(context, (items, &binding))));
        stage.elements = match (binding.elements, source.items.or(target.items)) {
            (Some(inner), _) => Elements::Each(self.stages.of(inner)),
            (None, Some(_)) => Elements::Unseen,
            (None, None) => Elements::Unknown,
        };
        stage
    }

    /// What the rule about the value itself does.
    fn itself(&mut self, context: &Context, binding: &Binding) -> Option<Itself> {
        let hop = self.chain.hop(context.hop);
        let rule = hop.rules.get(binding.itself?)?;
        let What::Move(field) = rule.what else { return None };
        let sides = (Some(context.source), Some(context.target));
        let reporter = self.reporter(context, rule.rule);
        let parts = (&field.parts, &*rule.below.0);
        if !field.parts.place() {
            let mut alter = work::alter(hop, parts.0, (sides, reporter));
            alter.convert = alter.convert.or_else(|| list::crossing(hop, sides, reporter));
            return Some(Itself::Alter(Box::new(alter)));
        }
        let stage = binding.placed(hop, context).map(|inner| self.stages.of(inner));
        Some(Itself::Work(Box::new(work::work(hop, parts, sides, reporter)), stage))
    }

    fn declared(&mut self, context: &Context) -> Declared {
        let types = self.chain.hop(context.hop).target;
        let properties = &types.get(context.target.ty).properties;
        Declared {
            properties: properties.iter().map(|(name, _)| name.clone()).collect(),
            open: let_through(types, context.target).is_some(),
            reporter: self.reporter(context, 0),
        }
    }

    fn crossing(&mut self, context: &Context, binding: &Binding, way: Crosses, at: usize) -> Cross {
        let rule = self.chain.hop(context.hop).rules.get(at).map_or(0, |r| r.rule);
        let first = binding.claimed.iter().map(|(_, rule)| *rule).min().unwrap_or(rule);
        let hop = self.chain.hop(context.hop);
        let (source, target) =
            (hop.source.get(context.source.ty), hop.target.get(context.target.ty));
        let says = source.kinds != Kinds::ANY && target.kinds != Kinds::ANY;
        let mut crossing = Crossing {
            reporter: self.reporter(context, rule),
            nullable: says && context.source.nullable && context.target.nullable,
            contract: self.declared(context),
            carries: binding.moves.iter().filter_map(|moved| self.carry(context, moved)).collect(),
            singles: self.singles(context, binding),
            apart: (Vec::new(), self.reporter(context, first)),
        };
        match way {
            Crosses::Outward => Cross::Outward(crossing),
            Crosses::Inward => {
                crossing.apart.0 = split(
                    (self.chain.source_types(context.hop), context.source),
                    &binding.claimed,
                    &[],
                );
                Cross::Inward(crossing)
            }
        }
    }

    fn members(&mut self, context: &Context, binding: &Binding) -> Members {
        let hop = self.chain.hop(context.hop);
        let source = hop.source.get(context.source.ty);
        let objects = source.kinds.meets(Kinds::OBJECT);
        let mut meanings = meanings(hop, &binding.moves);
        for single in &binding.meant {
            let field = hop.field(single.rule);
            let meaning = field.and_then(|field| field.meaning(hop.direction.source()));
            meanings.extend(place(&single.place).zip(meaning.cloned()));
        }
        Members {
            properties: source
                .properties
                .iter()
                .filter(|_| objects)
                .map(|(name, _)| name.clone())
                .collect(),
            open: objects && let_through(hop.source, context.source).is_some(),
            unmapped: binding.unmapped.then(|| self.reporter(context, 0)),
            contract: self.declared(context),
            meanings,
            carries: binding.moves.iter().filter_map(|moved| self.carry(context, moved)).collect(),
            others: binding.others.clone().map(|inner| self.stages.of(inner)),
            left: self.left(context, binding),
            singles: self.singles(context, binding),
            unsaid: self.unsaid(context, binding),
        }
    }

    fn unsaid(&mut self, context: &Context, binding: &Binding) -> Vec<Unsaid> {
        let mut found = Vec::new();
        for (single, of) in &binding.late_unsaid {
            let rule = self.chain.hop(context.hop).rules.get(single.rule).map(|rule| rule.rule);
            let around = binding.moves.get(*of).and_then(|moved| place(&moved.dst));
            let (Some(rule), Some(dst), Some(around)) = (rule, place(&single.place), around) else {
                continue;
            };
            found.push(Unsaid { dst, around, reporter: self.reporter(context, rule) });
        }
        found
    }

    fn carry(&mut self, context: &Context, moved: &Move) -> Option<Carry> {
        let (src, dst) = (place(&moved.src)?, place(&moved.dst)?);
        let hop = self.chain.hop(context.hop);
        let rule = moved.rule.and_then(|at| hop.rules.get(at));
        let reporter = rule.map(|rule| self.reporter(context, rule.rule));
        let sides = (
            lead(hop.source, context.source, &moved.src),
            lead(hop.target, context.target, &moved.dst),
        );
        let work = moved.rule.and_then(|at| self.parts(context, at, sides));
        let stage = moved.typed.then(|| self.stages.of(moved.context.clone()));
        let unsaid = is_unsaid(hop, moved);
        Some(Carry { src, dst, nullable: moved.nullable, unsaid, reporter, work, stage })
    }

    /// The parts of a rule between places of these uses, if it has any.
    fn parts(&mut self, context: &Context, rule: usize, sides: Sides) -> Option<Box<Work>> {
        let hop = self.chain.hop(context.hop);
        let rule = hop.rules.get(rule)?;
        match rule.what {
            What::Move(field) if work::is_some(&field.parts, hop.direction) => {
                let reporter = self.reporter(context, rule.rule);
                let parts = (&field.parts, &*rule.below.0);
                Some(Box::new(work::work(hop, parts, sides, reporter)))
            }
            _ => None,
        }
    }

    /// What is left of members that properties or rules name.
    fn left(&mut self, context: &Context, binding: &Binding) -> Vec<(Text, Left)> {
        let hop = self.chain.hop(context.hop);
        let first = |path: &Vec<Segment>| match path.first() {
            Some(Segment::Name(name)) => Some(Text::from_plain(name)),
            _ => None,
        };
        let mut names: Vec<Text> = Vec::new();
        let known = hop.source.get(context.source.ty).properties.iter().map(|(n, _)| n.clone());
        let moved = binding.moves.iter().filter_map(|m| first(&m.src));
        let claimed = binding.claimed.iter().filter_map(|(p, _)| first(p));
        let alone = binding.leftover.iter().cloned();
        for name in known.chain(moved).chain(claimed).chain(alone) {
            if !names.contains(&name) && member(hop.source, context.source, &name).is_some() {
                names.push(name);
            }
        }
        let mut left = Vec::new();
        for name in names {
            let what = if binding.leftover.contains(&name) {
                Left::Alone
            } else if binding.apart.contains(&name) {
                let path = [super::resolve::bind::segment(&name)];
                let rule = binding.claimed.iter().find(|(p, _)| p.starts_with(&path));
                let reporter = self.reporter(context, rule.map_or(0, |(_, rule)| *rule));
                let types = (hop.source, context.source);
                Left::Apart(split(types, &binding.claimed, &path), reporter)
            } else {
                Left::Done
            };
            left.push((name, what));
        }
        left
    }

    /// The stage of a pair that no rule from further out reaches.
    fn bare(&mut self, hop: usize, uses: (Use, Use)) -> StageId {
        self.stages.of(Context::bare(hop, uses))
    }
}

/// What absence means at places that are carried.
pub(super) fn meanings(hop: &Hop<'_>, moves: &[Move]) -> Vec<(Place, Value)> {
    let mut meanings = Vec::new();
    for moved in moves {
        let rule = moved.rule.and_then(|at| hop.rules.get(at));
        let Some(What::Move(field)) = rule.map(|r| r.what) else { continue };
        let meaning = field.meaning(hop.direction.source());
        meanings.extend(place(&moved.src).zip(meaning.cloned()));
    }
    meanings
}

/// A place that a rule claims, with the rule.
type Claimed = (Vec<Segment>, u32);

/// What becomes of the members, or elements, of something in an object that rules go through.
pub(super) fn split(
    (types, root): (&TypeGraph, Use),
    claimed: &[Claimed],
    path: &[Segment],
) -> Vec<(Seg, Split)> {
    let mut found: Vec<(Seg, Split)> = Vec::new();
    for (whole, _) in claimed.iter().filter(|(p, _)| p.starts_with(path)) {
        let inner = whole.get(..=path.len()).unwrap_or_default();
        let Some(seg) = inner.last().and_then(|s| place(std::slice::from_ref(s))?.pop()) else {
            continue;
        };
        let known = found.iter().any(|(s, _)| *s == seg);
        if known || inner.len() == path.len() || lead(types, root, inner).is_none() {
            continue;
        }
        let exact = claimed.iter().any(|(p, _)| p == inner);
        let split = if exact {
            Split::Carried
        } else {
            Split::Through(split((types, root), claimed, inner))
        };
        found.push((seg, split));
    }
    for (name, wanted) in selected(claimed, path) {
        let seg = Seg::Name(name);
        let other = found.iter().position(|(s, _)| *s == seg).map(|at| found.remove(at).1);
        found.push((seg, Split::Selector(wanted, other.map(Box::new))));
    }
    for (rest, _) in fields(claimed, path) {
        if let [Segment::Name(above), _, ..] = rest.as_slice() {
            let seg = Seg::Name(Text::from_plain(above));
            if !found.iter().any(|(s, _)| *s == seg) {
                let inner: Vec<Segment> = path.iter().chain(rest.first()).cloned().collect();
                found.push((seg, Split::Beside(split((types, root), claimed, &inner))));
            }
        }
    }
    found
}

/// Members of what stands at a path that are fields of a selector on the way there.
fn selected(claimed: &[Claimed], path: &[Segment]) -> Vec<(Text, Value)> {
    let mut found: Vec<(Text, Value)> = Vec::new();
    for (rest, wanted) in fields(claimed, path) {
        if let [Segment::Name(name)] = rest.as_slice() {
            let name = Text::from_plain(name);
            if !found.iter().any(|(n, _)| *n == name) {
                found.push((name, wanted.clone()));
            }
        }
    }
    found
}

/// Fields of selectors on the way to a path that are beneath it: from there, and what they are.
fn fields<'c>(claimed: &'c [Claimed], path: &[Segment]) -> Vec<(Vec<Segment>, &'c Value)> {
    let mut found = Vec::new();
    for (place, _) in claimed {
        for (at, segment) in place.iter().enumerate() {
            let Segment::Select(fields) = segment else { continue };
            let Some(here) = path.strip_prefix(place.get(..=at).unwrap_or_default()) else {
                continue;
            };
            for (names, wanted) in fields {
                let names: Vec<Segment> = names.iter().map(|n| Segment::Name(n.clone())).collect();
                found.extend(names.strip_prefix(here).map(|rest| (rest.to_vec(), wanted)));
            }
        }
    }
    found
}

/// The counterparts of which one has to carry something, so that the way back makes what a place
/// stands in. `None`: that is always there.
pub(super) fn around(place: &[Segment], moves: &[Move]) -> Option<Vec<usize>> {
    let (_, around) = place.split_last()?;
    if around.is_empty() || moves.iter().any(|m| around.starts_with(&m.src)) {
        return None;
    }
    let beneath = |m: &Move| m.src.len() > around.len() && m.src.starts_with(around);
    Some((0..).zip(moves).filter(|(_, m)| beneath(m)).map(|(at, _)| at).collect())
}

/// Whether the absence of a counterpart means something on the side of the target alone: on that of
/// the source it did not, or nothing was there to put it into.
pub(super) fn is_unsaid(hop: &Hop<'_>, moved: &Move) -> bool {
    let rule = moved.rule.and_then(|at| hop.rules.get(at));
    let Some(What::Move(field)) = rule.map(|r| r.what) else { return false };
    // Where the absence of a member of the object itself means something, it is never absent.
    let said = field.meaning(hop.direction.source()).is_some() && moved.src.len() == 1;
    let mut places = moved.src.iter().chain(&moved.dst);
    let through = places.all(|s| matches!(s, Segment::Name(_)) || s.is_one());
    !said && field.fills(hop.direction.reverse()) && through
}

/// A path as a place on the tape. `None`: it goes through all elements, and these are not each
/// other's counterparts.
pub(super) fn place(path: &[Segment]) -> Option<Place> {
    let name = |name: &str| Text::from_plain(name);
    path.iter()
        .map(|segment| match segment {
            Segment::Name(of) => Some(Seg::Name(name(of))),
            Segment::Index(at) => Some(Seg::Index(*at)),
            Segment::Select(fields) => {
                let field = |(names, value): &(Vec<Box<str>>, crate::json::Value)| {
                    (names.iter().map(|n| name(n)).collect(), value.clone())
                };
                Some(Seg::Select(fields.iter().map(field).collect()))
            }
            Segment::Each | Segment::Values => None,
        })
        .collect()
}

/// Members that are absent where they are null.
fn voids_of(of: &Type, voids: &resolve::Voids) -> Voids {
    let properties = || of.properties.iter().map(|(name, _)| name.clone()).collect();
    Voids {
        places: voids.places.iter().filter_map(|path| place(path)).collect(),
        values: voids.values.then(properties),
    }
}
