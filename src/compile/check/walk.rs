//! Every pair of schemas that a message can lead to, with the rules that hold there: the contexts
//! that the compiler would make functions of.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use crate::compile::resolve::bind::{Binding, Context, bind};
use crate::compile::resolve::union::{branches, counterparts, of_branch};
use crate::compile::resolve::{Hop, What};
use crate::contract::TypeId;
use crate::json::{Path, Segment};
use crate::mapping::asks_nothing;

/// Contexts of one mapping. More than any real one needs: rules that hand each other down grow
/// their number without end.
const MOST: usize = 50_000;
/// Unions right inside one another.
const DEEPEST: u8 = 16;
/// Segments of a place that are shown; of a longer one the last.
const MOST_SEGMENTS: usize = 32;
const EACH: &[Segment] = &[Segment::Each];
const VALUES: &[Segment] = &[Segment::Values];

/// A context that messages lead to.
pub(super) struct Visit {
    pub(super) context: Context,
    pub(super) binding: Binding,
    /// Where it was met first: name of the start, the visit around it, and the path from there.
    pub(super) start: Rc<str>,
    pub(super) outer: Option<usize>,
    pub(super) below: Vec<Segment>,
    /// Of a union's source branches: each with the visits of its counterparts.
    pub(super) branches: Vec<(TypeId, Vec<usize>)>,
    /// Visits of what its moves carry (by index of the move), in order.
    pub(super) moves: Vec<Option<usize>>,
    /// Visits of everything inside.
    pub(super) inside: Vec<usize>,
}

/// All of them.
pub(super) struct Walk {
    pub(super) visits: Vec<Visit>,
    /// Where each message begins: the name of its start.
    pub(super) roots: Vec<Rooted>,
    /// Those that values get past, and not all are refused.
    passed: BTreeSet<usize>,
    known: BTreeMap<Context, usize>,
}

/// Where a message begins.
pub(super) struct Rooted {
    pub(super) name: String,
    /// Its visit.
    pub(super) at: usize,
    /// Which of the starts that were given it is.
    pub(super) start: usize,
}

/// Where messages begin.
pub(super) struct Begin {
    pub(super) name: String,
    pub(super) context: Context,
    /// Whatever is in them, they are refused.
    pub(super) is_refused: bool,
}

/// Where a context is met.
struct Place<'p> {
    start: Rc<str>,
    outer: Option<usize>,
    below: &'p [Segment],
}

struct Walking<'h, 'a> {
    hop: &'h Hop<'a>,
    known: BTreeMap<Context, usize>,
    visits: Vec<Visit>,
    todo: Vec<usize>,
}

impl Walk {
    /// Walks from the roots; `None` if there is no end to it.
    pub(super) fn new(hop: &Hop<'_>, roots: Vec<Begin>) -> Option<Self> {
        let mut walking =
            Walking { hop, known: BTreeMap::new(), visits: Vec::new(), todo: Vec::new() };
        let (mut begins, mut passing) = (Vec::new(), Vec::new());
        // What is met elsewhere too is shown where it is not refused.
        let mut roots: Vec<(usize, Begin)> = roots.into_iter().enumerate().collect();
        roots.sort_by_key(|(_, begin)| begin.is_refused);
        for (start, Begin { name, context, is_refused }) in roots {
            let place = Place { start: Rc::from(&*name), outer: None, below: &[] };
            let at = walking.visit(context, &place);
            passing.extend((!is_refused).then_some(at));
            begins.push(Rooted { name, at, start });
            while let Some(at) = walking.todo.pop() {
                walking.enter(at);
                if walking.visits.len() > MOST {
                    return None;
                }
            }
        }
        let passed = walking.passed(passing);
        Some(Self { visits: walking.visits, roots: begins, passed, known: walking.known })
    }

    /// Whether any value gets past the entries of `refuse` at a visit, and around it.
    pub(super) fn is_passed(&self, at: usize) -> bool {
        self.passed.contains(&at)
    }

    /// The visit of a context, if any value gets past it.
    pub(super) fn passed(&self, context: &Context) -> Option<&Visit> {
        let at = self.known.get(context).filter(|at| self.is_passed(**at))?;
        self.visits.get(*at)
    }

    /// These visits, and all in which one of them is.
    pub(super) fn around(&self, of: impl Iterator<Item = usize>) -> BTreeSet<usize> {
        let mut outer: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for (at, visit) in self.visits.iter().enumerate() {
            for inner in &visit.inside {
                outer.entry(*inner).or_default().push(at);
            }
        }
        let (mut todo, mut found): (Vec<usize>, _) = (of.collect(), BTreeSet::new());
        while let Some(at) = todo.pop() {
            if found.insert(at) {
                todo.extend(outer.get(&at).into_iter().flatten());
            }
        }
        found
    }

    /// The place of a visit, for people.
    pub(super) fn place(&self, visit: &Visit) -> String {
        self.place_in(visit, &[])
    }

    /// A place in a visit, for people.
    pub(super) fn place_in(&self, visit: &Visit, more: &[Segment]) -> String {
        let mut reversed: Vec<&Segment> = more.iter().rev().collect();
        let mut around = Some(visit);
        while let Some(visit) = around.filter(|_| reversed.len() <= MOST_SEGMENTS) {
            reversed.extend(visit.below.iter().rev());
            around = visit.outer.and_then(|at| self.visits.get(at));
        }
        let cut = reversed.len() > MOST_SEGMENTS;
        reversed.truncate(MOST_SEGMENTS);
        if reversed.is_empty() {
            return visit.start.to_string();
        }
        let path = Path(reversed.into_iter().rev().cloned().collect());
        format!("{}: {}{path}", visit.start, if cut { "…" } else { "" })
    }

    /// How rules name a visit, before the hop and after it: from the innermost pair of named schemas
    /// around it, else as a part of the message.
    pub(super) fn within(&self, hop: &Hop<'_>, visit: &Visit) -> (Path, Path) {
        let (mut before, mut after) = (Vec::new(), Vec::new());
        let mut at = visit;
        loop {
            let ends = (hop.source.get(at.context.source.ty), hop.target.get(at.context.target.ty));
            if ends.0.name.is_some() && ends.1.name.is_some() {
                break;
            }
            let Some(outer) = at.outer.and_then(|outer| self.visits.get(outer)) else {
                // The body by itself.
                if !ends.1.sealed {
                    before.push(Segment::Name("body".into()));
                    after.push(Segment::Name("body".into()));
                }
                break;
            };
            let items = outer.binding.items.iter().flat_map(|items| &items.moves);
            let mut carried = outer.binding.moves.iter().chain(items);
            let own = carried.find(|own| own.src == at.below && own.context == at.context);
            before.extend(at.below.iter().rev().cloned());
            after.extend(own.map_or(&at.below, |own| &own.dst).iter().rev().cloned());
            at = outer;
        }
        before.reverse();
        after.reverse();
        (Path(before), Path(after))
    }

    /// What is right inside a visit: each with the paths that lead there, before and after the hop.
    pub(super) fn inside(&self, visit: &Visit) -> Vec<(Vec<Segment>, Vec<Segment>, usize)> {
        let binding = &visit.binding;
        let mut found = Vec::new();
        let mut add = |src: &[Segment], dst: &[Segment], context: &Context| {
            let at = self.known.get(context).copied();
            found.extend(at.map(|at| (src.to_vec(), dst.to_vec(), at)));
        };
        let items = binding.items.as_ref();
        let moves = binding.moves.iter().chain(items.iter().flat_map(|i| &i.moves));
        for carried in moves.filter(|m| m.typed) {
            add(&carried.src, &carried.dst, &carried.context);
        }
        let elements = binding.elements.iter().map(|context| (context, Segment::Each));
        let others = binding.others.iter().map(|context| (context, Segment::Values));
        let single = items.iter().flat_map(|i| &i.contexts).map(|(_, c)| (c, Segment::Each));
        for (context, segment) in elements.chain(others).chain(single) {
            let path = [segment];
            add(&path, &path, context);
        }
        found
            .extend(visit.branches.iter().flat_map(|(_, all)| all).map(|at| (vec![], vec![], *at)));
        found
    }
}

impl Walking<'_, '_> {
    /// The visits that values get past, from these on.
    fn passed(&self, mut todo: Vec<usize>) -> BTreeSet<usize> {
        let is_all = |at: &usize| {
            let what = self.hop.rules.get(*at).map(|rule| rule.what);
            matches!(what, Some(What::Refuse(tests)) if asks_nothing(tests))
        };
        let mut passed = BTreeSet::new();
        while let Some(at) = todo.pop() {
            let Some(visit) = self.visits.get(at) else { continue };
            if !visit.binding.refuses.iter().any(is_all) && passed.insert(at) {
                todo.extend(&visit.inside);
            }
        }
        passed
    }

    fn visit(&mut self, context: Context, place: &Place<'_>) -> usize {
        if let Some(at) = self.known.get(&context) {
            return *at;
        }
        let at = self.visits.len();
        self.known.insert(context.clone(), at);
        let binding = bind(self.hop, &context);
        self.visits.push(Visit {
            context,
            binding,
            start: Rc::clone(&place.start),
            outer: place.outer,
            below: place.below.to_vec(),
            branches: Vec::new(),
            moves: Vec::new(),
            inside: Vec::new(),
        });
        self.todo.push(at);
        at
    }

    fn enter(&mut self, at: usize) {
        let Some(visit) = self.visits.get(at) else { return };
        let (binding, context) = (visit.binding.clone(), visit.context.clone());
        let start = Rc::clone(&visit.start);
        let below = |below| Place { start: Rc::clone(&start), outer: Some(at), below };
        let mut moves = Vec::new();
        let mut inside = Vec::new();
        for carried in &binding.moves {
            let inner =
                carried.typed.then(|| self.visit(carried.context.clone(), &below(&carried.src)));
            moves.push(inner);
            inside.extend(inner);
        }
        let each = binding.elements.iter().map(|c| (c, EACH));
        let values = binding.others.iter().map(|c| (c, VALUES));
        for (inner, segments) in each.chain(values) {
            inside.push(self.visit(inner.clone(), &below(segments)));
        }
        if let Some(items) = &binding.items {
            for (_, inner) in &items.contexts {
                inside.push(self.visit(inner.clone(), &below(EACH)));
            }
            for carried in items.moves.iter().filter(|m| m.typed) {
                inside.push(self.visit(carried.context.clone(), &below(&carried.src)));
            }
        }
        if let Some(inner) = binding.placed(self.hop, &context) {
            inside.push(self.visit(inner, &below(&[])));
        }
        let branches = self.branches(&context, &binding, &below(&[]));
        inside.extend(branches.iter().flat_map(|(_, inner)| inner));
        if let Some(visit) = self.visits.get_mut(at) {
            visit.moves = moves;
            visit.inside = inside;
            visit.branches = branches;
        }
    }

    fn branches(
        &mut self,
        context: &Context,
        binding: &Binding,
        place: &Place<'_>,
    ) -> Vec<(TypeId, Vec<usize>)> {
        let is_union = self.hop.source.get(context.source.ty).branches.is_some()
            || self.hop.target.get(context.target.ty).branches.is_some();
        if !is_union || context.unions >= DEEPEST {
            return Vec::new();
        }
        let mut found = Vec::new();
        for branch in branches(self.hop.source, context.source.ty) {
            let targets = counterparts(self.hop, branch, (context.source, context.target));
            let inner = targets
                .into_iter()
                .map(|target| self.visit(of_branch(context, binding, (branch, target)), place));
            let inner = inner.collect();
            found.push((branch, inner));
        }
        found
    }
}
