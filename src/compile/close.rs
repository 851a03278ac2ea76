//! Functions by the list of contexts that a value goes through, memoised; recursive types become
//! recursive functions. What one function's shapes become is `lower`'s.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::choice::{self, Deciding};
use super::hop::Run;
use super::resolve::bind::{Context, bind, blocks};
use super::resolve::{Places, What};
use super::shape::{How, Work};
use super::stage::{Stages, naming};
use super::{Chain, Unsupported, list, loose, lower};
use crate::contract::{Kinds, TypeGraph};
use crate::json::Value;
use crate::mapping::Parts;
use crate::plan::{
    Choice, Fill, FuncId, Function, Group, Names, Plan, Reporter, ReporterId, Taped, TapedId, Why,
};

/// Functions of one program.
const MAX_FUNCTIONS: usize = 20_000;

/// Who may report what.
#[derive(Debug, Default)]
pub(super) struct Reporting {
    known: BTreeMap<(usize, u32), ReporterId>,
    rules: Vec<Reporter>,
}

impl Reporting {
    /// The id under which a rule of a hop reports.
    pub(super) fn of(&mut self, chain: &Chain<'_>, (hop, rule): (usize, u32)) -> ReporterId {
        if let Some(id) = self.known.get(&(hop, rule)) {
            return *id;
        }
        let of = chain.hop(hop);
        let info = usize::try_from(rule).ok().and_then(|r| of.mapping.rules.get(r));
        let id = ReporterId::try_from(self.rules.len()).unwrap_or(ReporterId::MAX);
        self.rules.push(Reporter {
            hop: u16::try_from(hop).unwrap_or(u16::MAX),
            rule: crate::loss::RuleId { mapping: of.index, rule },
            loses: info.map(|i| i.loses).unwrap_or_default(),
            strict: of.mapping.strict,
        });
        self.known.insert((hop, rule), id);
        id
    }
}

/// The program under construction.
pub(super) struct Closing<'c, 'a> {
    pub(super) chain: &'c Chain<'a>,
    pub(super) plan: Plan,
    functions: BTreeMap<Vec<Rc<Context>>, FuncId>,
    reporting: Reporting,
    stages: Stages,
    /// Steps on the tape.
    taped: BTreeMap<Work, TapedId>,
    todo: Vec<(FuncId, Vec<Rc<Context>>)>,
}

impl<'c, 'a> Closing<'c, 'a> {
    /// The program that takes a message through these contexts, one of each hop.
    pub(super) fn program(
        chain: &'c Chain<'a>,
        contexts: Vec<Context>,
    ) -> Result<Plan, Unsupported> {
        let mut closing = Self {
            chain,
            plan: Plan::default(),
            functions: BTreeMap::new(),
            reporting: Reporting::default(),
            stages: Stages::default(),
            taped: BTreeMap::new(),
            todo: Vec::new(),
        };
        let works: Vec<Work> = contexts.into_iter().map(Work::of_type).collect();
        closing.plan.root = closing.steps(&works)?;
        while let Some((id, contexts)) = closing.todo.pop() {
            if closing.functions.len() > MAX_FUNCTIONS {
                return Err(Unsupported(Why::Size));
            }
            // What cannot be fused goes hop by hop.
            let function = closing.function(&contexts).unwrap_or_else(|Unsupported(why)| {
                Function { choice: closing.choice(&contexts), ..closing.stepwise(&contexts, why) }
            });
            closing.set(id, function);
        }
        closing.settle()?;
        closing.plan.names = closing.names();
        closing.plan.stages = closing.stages.finish(chain.hops.len());
        closing.plan.rules = closing.reporting.rules;
        super::prune::prune(&mut closing.plan);
        Ok(closing.plan)
    }

    /// The places that texts of the program name.
    fn names(&self) -> Vec<Vec<Names>> {
        let hops = &self.chain.hops;
        if !hops.iter().flat_map(|hop| &hop.named).any(|places| places.asked.get()) {
            return Vec::new();
        }
        let table = |places: &Places<'_>| {
            if places.asked.get() { naming::names(places) } else { Names::default() }
        };
        hops.iter().map(|hop| hop.named.iter().map(table).collect()).collect()
    }

    fn set(&mut self, id: FuncId, function: Function) {
        let place = usize::try_from(id).ok().and_then(|i| self.plan.functions.get_mut(i));
        if let Some(place) = place {
            *place = function;
        }
    }

    /// A function that takes its value through one hop after the other.
    fn stepwise(&mut self, contexts: &[Rc<Context>], why: Why) -> Function {
        let stages = contexts.iter().map(|c| self.stages.of(Context::clone(c))).collect();
        Function { stages, why: Some(why), ..Function::default() }
    }

    /// The functions of a union's branches, where one is decided for all hops.
    fn choice(&mut self, contexts: &[Rc<Context>]) -> Option<Choice> {
        let all: Vec<&Context> = contexts.iter().map(Rc::as_ref).collect();
        let deciding = choice::deciding(self.chain, &all)?;
        let mut call =
            |contexts: Vec<Context>| self.call(contexts.into_iter().map(Rc::new).collect());
        Some(match deciding {
            Deciding::Object(contexts) => Choice::Object(call(contexts)),
            Deciding::Tag(name, cases) => {
                let case = |(value, contexts): (_, Option<_>)| (value, contexts.map(&mut call));
                Choice::Tag(name, cases.into_iter().map(case).collect())
            }
        })
    }

    /// Takes back the functions that rely on what one that goes hop by hop does not promise.
    fn settle(&mut self) -> Result<(), Unsupported> {
        loop {
            let made = self.stages.make(self.chain, &mut self.reporting);
            made.ok_or(Unsupported(Why::Size))?;
            let broken = loose::broken(&self.plan.functions, self.stages.all());
            if broken.is_empty() {
                return Ok(());
            }
            let contexts: Vec<(FuncId, Vec<Rc<Context>>)> = self
                .functions
                .iter()
                .filter(|(_, id)| broken.contains(id))
                .map(|(contexts, id)| (*id, contexts.clone()))
                .collect();
            for (id, contexts) in contexts {
                let function = self.stepwise(&contexts, Why::Meeting);
                self.set(id, function);
            }
        }
    }

    /// The id under which a rule of a hop reports.
    pub(super) fn reporter(&mut self, by: (usize, u32)) -> ReporterId {
        self.reporting.of(self.chain, by)
    }

    /// Notes that a value comes to a place of another type.
    fn aliased(&mut self) {
        self.stages.aliased = true;
    }

    /// The second of an alias that fills the first: index into the context's fills.
    pub(super) fn fill(&mut self, context: &Context, at: usize) -> Option<Fill> {
        self.aliased();
        self.stages.fill(self.chain, &mut self.reporting, (context, at))
    }

    /// The steps that do this work: fused, or hop by hop on the tape.
    pub(super) fn steps(&mut self, works: &[Work]) -> Result<Vec<Group>, Unsupported> {
        if self.is_fused(works) { self.groups(works) } else { Ok(self.taped(works)) }
    }

    /// The steps that do this work on the tape, one for each hop.
    pub(super) fn taped(&mut self, works: &[Work]) -> Vec<Group> {
        let mut groups = Vec::with_capacity(works.len());
        for work in works {
            if matches!(work.how, How::Repeat(_) | How::Parts(..)) {
                self.aliased();
            }
            let id = if let Some(id) = self.taped.get(work) {
                *id
            } else {
                let does = self.stages.does(self.chain, &mut self.reporting, work);
                let id = TapedId::try_from(self.plan.taped.len()).unwrap_or(TapedId::MAX);
                self.plan.taped.push(Taped { hop: work.context.hop.saturating_add(1), does });
                self.taped.insert(work.clone(), id);
                id
            };
            groups.push(Group { taped: Some(id), ..Group::default() });
        }
        groups
    }

    /// Whether the work of several hops on one value becomes steps that need no tape.
    pub(super) fn is_fused(&self, works: &[Work]) -> bool {
        let (mut changed, mut replaced) = (false, false);
        // Of most values nothing but their types is done.
        let typed = works.iter().all(Work::is_of_type);
        works.iter().all(|work| {
            if (changed && self.is_choosy(&work.context)) || (replaced && !work.is_of_type()) {
                return false;
            }
            changed |= !work.is_of_type();
            replaced |= !typed && self.replaces_nested(&work.context);
            match work.how {
                How::Type => !work.context.is_open(),
                How::Parts(rule, _) => {
                    let rule = self.chain.hop(work.context.hop).rules.get(rule);
                    let Some(What::Move(field)) = rule.map(|r| r.what) else { return false };
                    let parts = &field.parts;
                    !parts.place()
                        && !self.is_listed_later(work, parts)
                        && (works.len() == 1 || !self.reaches(work, parts))
                }
                How::Repeat(_) | How::Make(..) | How::Take(..) | How::Read(..) => false,
            }
        })
    }

    /// Whether rules or branches of the type make something else of a value that was changed.
    fn is_choosy(&self, context: &Context) -> bool {
        let of = self.chain.hop(context.hop);
        let (source, target) = (context.source.ty, context.target.ty);
        !blocks(of, source, target).is_empty()
            || of.crossing(context).is_some()
            || of.source.get(source).branches.is_some()
            || of.target.get(target).branches.is_some()
    }

    /// Whether a rule about the value itself makes something else of an array or an object, which is
    /// only done when that is written.
    fn replaces_nested(&self, context: &Context) -> bool {
        let of = self.chain.hop(context.hop);
        let rule = bind(of, context).itself.and_then(|at| of.rules.get(at));
        let Some(What::Move(field)) = rule.map(|r| r.what) else { return false };
        if field.parts.place() {
            return true;
        }
        let sides = (Some(context.source), Some(context.target));
        list::list(of, &field.parts, sides, ReporterId::default()).is_some_and(|list| {
            list.entries.iter().any(|(k, ..)| matches!(k, Value::Array(_) | Value::Object(_)))
                || matches!(list.miss, crate::plan::Miss::Become(..))
        })
    }

    /// Whether what the rules of its type make of a value may be what the list of a rule is about.
    fn is_listed_later(&self, work: &Work, parts: &Parts) -> bool {
        let (of, context) = (self.chain.hop(work.context.hop), &*work.context);
        if !list::is_some(parts) || parts.convert.is_some() || mutant!("fused-lists-come-last") {
            return false;
        }
        let binding = bind(of, context);
        let sides = (Some(context.source), Some(context.target));
        let union = |types: &TypeGraph, ty| types.get(ty).branches.is_some();
        binding.itself.is_some()
            || binding.cross.is_some()
            || union(of.source, context.source.ty)
            || union(of.target, context.target.ty)
            || list::list(of, parts, sides, ReporterId::default()).is_some_and(|list| list.nests)
    }

    /// Whether a list takes or gives objects or arrays, which other hops would look into.
    fn reaches(&self, work: &Work, parts: &Parts) -> bool {
        let of = self.chain.hop(work.context.hop);
        let sides = (Some(work.context.source), Some(work.context.target));
        let nested = |v: &Value| matches!(v, Value::Array(_) | Value::Object(_));
        list::list(of, parts, sides, ReporterId::default()).is_some_and(|list| {
            list.entries.iter().any(|(k, r, _)| nested(k) || r.as_ref().is_some_and(nested))
                || matches!(&list.miss, crate::plan::Miss::Become(v, _) if nested(v))
        })
    }

    /// The steps that do this work without a tape.
    fn groups(&mut self, works: &[Work]) -> Result<Vec<Group>, Unsupported> {
        let mut groups: Vec<Group> = Vec::new();
        let mut calls: Vec<Rc<Context>> = Vec::new();
        let mut sealed = false;
        for (at, work) in works.iter().enumerate() {
            let so_far = || works.iter().take(at + 1).map(|w| Rc::clone(&w.context)).collect();
            calls.push(Rc::clone(&work.context));
            let before = sealed;
            let of = self.chain.hop(work.context.hop);
            sealed |= of.source.get(work.context.source.ty).is_unconstrained()
                || of.target.get(work.context.target.ty).is_unconstrained();
            let next = works.get(at + 1);
            let mut group = match work.how {
                How::Type if next.is_some_and(Work::is_of_type) => continue,
                How::Type => Group::default(),
                How::Parts(rule, _) => self.parts(work, rule)?,
                How::Repeat(_) | How::Make(..) | How::Take(..) | How::Read(..) => {
                    return Err(Unsupported(Why::Meeting));
                }
            };
            group.nested = Some(self.call(so_far()));
            group.sealed = before;
            group.call = Some(self.call(std::mem::take(&mut calls)));
            groups.push(group);
        }
        Ok(groups)
    }

    fn call(&mut self, contexts: Vec<Rc<Context>>) -> FuncId {
        if let Some(id) = self.functions.get(&contexts) {
            return *id;
        }
        let id = FuncId::try_from(self.plan.functions.len()).unwrap_or(FuncId::MAX);
        self.plan.functions.push(Function::default());
        self.functions.insert(contexts.clone(), id);
        self.todo.push((id, contexts));
        id
    }

    /// List and conversion of a rule.
    fn parts(&mut self, work: &Work, rule: usize) -> Result<Group, Unsupported> {
        let hop = work.context.hop;
        let of = self.chain.hop(hop);
        let unsupported = Unsupported(Why::Meeting);
        let rule = of.rules.get(rule).ok_or(unsupported)?;
        let What::Move(field) = rule.what else { return Err(unsupported) };
        let parts = &field.parts;
        let reporter = self.reporter((hop, rule.rule));
        let sides = (Some(work.context.source), Some(work.context.target));
        let list = list::list(of, parts, sides, reporter);
        let list = list.map(|list| {
            self.plan.lists.push(list);
            crate::plan::ListId::try_from(self.plan.lists.len() - 1).unwrap_or(u32::MAX)
        });
        let itself = rule.src.0.is_empty() && rule.dst.0.is_empty();
        let crossing = || itself.then(|| list::crossing(of, sides, reporter)).flatten();
        let convert = list::convert(of, parts, sides, reporter).or_else(crossing);
        Ok(Group { list, convert, ..Group::default() })
    }

    fn function(&mut self, contexts: &[Rc<Context>]) -> Result<Function, Unsupported> {
        let mut function = Function::default();
        let mut works = Vec::new();
        let (mut elements, mut scalar) = (Vec::new(), Vec::new());
        let mut sealed = false;
        for context in contexts {
            let of = self.chain.hop(context.hop);
            let binding = bind(of, context);
            let (source, target) =
                (of.source.get(context.source.ty), of.target.get(context.target.ty));
            let union = source.branches.is_some() || target.branches.is_some();
            for (is, why) in [
                (union, Why::Union),
                (binding.cross.is_some(), Why::Root),
                (binding.items.is_some(), Why::Elements),
                (binding.voids.is_some(), Why::Nulls),
                (!binding.refuses.is_empty(), Why::Refuses),
                (binding.placing(of).is_some(), Why::Itself),
                (binding.unfit.object.is_some(), Why::Contracts),
            ] {
                if is {
                    return Err(Unsupported(why));
                }
            }
            if let (Some(rule), None) = (binding.itself, function.unfit_scalar) {
                let nested = source.kinds.or(target.kinds).meets(Kinds::ARRAY.or(Kinds::OBJECT));
                // An object that should be none loses its members under `unmapped: drop`.
                if nested || binding.unmapped {
                    return Err(Unsupported(Why::Itself));
                }
                let context = Context { handed: Vec::new(), ..Context::clone(context) };
                let how = How::Parts(rule, (context.source, context.target));
                scalar.push(Work { how, context: context.into() });
            }
            if let (Some(rule), None) = (binding.unfit.scalar, function.unfit_scalar) {
                function.unfit_scalar = Some(self.reporter((context.hop, rule)));
            }
            sealed = sealed || source.is_unconstrained() || target.is_unconstrained();
            if sealed {
                continue;
            }
            if let (Some(rule), None) = (binding.unfit.array, function.unfit_array) {
                function.unfit_array = Some(self.reporter((context.hop, rule)));
            }
            if let (Some(inner), None) = (&binding.elements, function.unfit_array) {
                elements.push(Work::of_type(inner.clone()));
            }
            works.push((Rc::clone(context), binding));
        }
        // Lists and conversions of one hop behind those of another, where nothing but a scalar that
        // is there comes of them.
        let several = !scalar.is_empty() && contexts.len() > 1;
        let drops = works.iter().any(|(_, binding)| binding.unmapped);
        let plain = function.unfit_scalar.is_none()
            && !drops
            && !self.chain.may_vanish(&scalar)
            && contexts.iter().all(|context| self.chain.is_scalar(context));
        if several && !plain {
            return Err(Unsupported(Why::Itself));
        }
        function.elements = self.steps(&elements)?;
        for work in &scalar {
            let Some(rule) = work.parts() else { continue };
            let alone = [work.clone()];
            if !self.is_fused(if several { &scalar } else { &alone }) {
                return Err(Unsupported(Why::Itself));
            }
            let group = self.parts(work, rule)?;
            function.scalar.push(group);
        }
        if let Some((first, _)) = works.first() {
            let mut run = Run::new(self.chain);
            let mut object = run.source_object(0, first.source, first.hop);
            object.known = true;
            for (context, binding) in &works {
                object = run.bound_object(&object, context, binding)?;
            }
            function.object = Some(lower::object(self, run, &object)?);
        }
        Ok(function)
    }
}
