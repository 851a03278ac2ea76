//! Functions by the list of contexts that a value goes through, memoised; recursive types become
//! recursive functions. What one function's shapes become is `lower`'s.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::choice::{self, Deciding};
use super::hop::Run;
use super::resolve::What;
use super::resolve::bind::{Context, bind, blocks};
use super::shape::Work;
use super::stage::Stages;
use super::{Chain, Unsupported, list, loose, lower};
use crate::contract::Kinds;
use crate::json::Value;
use crate::plan::{Choice, Convert, FuncId, Function, Group, Plan, Reporter, ReporterId};
use crate::version::Side;

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
            todo: Vec::new(),
        };
        let works: Vec<Work> = contexts
            .into_iter()
            .map(|context| Work { parts: None, context: context.into() })
            .collect();
        closing.plan.root = closing.groups(&works)?;
        while let Some((id, contexts)) = closing.todo.pop() {
            if closing.functions.len() > MAX_FUNCTIONS {
                return Err(Unsupported { hop: 0 });
            }
            // What cannot be fused goes hop by hop.
            let function = closing.function(&contexts).unwrap_or_else(|_| Function {
                choice: closing.choice(&contexts),
                ..closing.stepwise(&contexts)
            });
            closing.set(id, function);
        }
        closing.settle()?;
        closing.plan.stages = closing.stages.finish(chain.hops.len());
        closing.plan.rules = closing.reporting.rules;
        super::prune::prune(&mut closing.plan);
        Ok(closing.plan)
    }

    fn set(&mut self, id: FuncId, function: Function) {
        let place = usize::try_from(id).ok().and_then(|i| self.plan.functions.get_mut(i));
        if let Some(place) = place {
            *place = function;
        }
    }

    /// A function that takes its value through one hop after the other.
    fn stepwise(&mut self, contexts: &[Rc<Context>]) -> Function {
        let stages = contexts.iter().map(|c| self.stages.of(Context::clone(c))).collect();
        Function { stages, ..Function::default() }
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
            made.ok_or(Unsupported { hop: 0 })?;
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
                let function = self.stepwise(&contexts);
                self.set(id, function);
            }
        }
    }

    /// The id under which a rule of a hop reports.
    pub(super) fn reporter(&mut self, by: (usize, u32)) -> ReporterId {
        self.reporting.of(self.chain, by)
    }

    /// The steps that do this work.
    pub(super) fn groups(&mut self, works: &[Work]) -> Result<Vec<Group>, Unsupported> {
        let mut groups: Vec<Group> = Vec::new();
        let mut calls: Vec<Rc<Context>> = Vec::new();
        let mut changed = false;
        let mut sealed = false;
        for (at, work) in works.iter().enumerate() {
            let so_far = || works.iter().take(at + 1).map(|w| Rc::clone(&w.context)).collect();
            calls.push(Rc::clone(&work.context));
            let before = sealed;
            let of = self.chain.hop(work.context.hop);
            let (source, target) = (work.context.source.ty, work.context.target.ty);
            let choosy = !blocks(of, source, target).is_empty()
                || of.source.get(source).branches.is_some()
                || of.target.get(target).branches.is_some();
            if changed && choosy {
                return Err(Unsupported { hop: work.context.hop });
            }
            changed |= work.parts.is_some();
            sealed |= of.source.get(work.context.source.ty).is_unconstrained()
                || of.target.get(work.context.target.ty).is_unconstrained();
            let next = works.get(at + 1);
            let mut group = match work.parts {
                None if next.is_some_and(|n| n.parts.is_none()) => continue,
                None => {
                    Group { list: None, convert: None, call: None, nested: None, sealed: false }
                }
                Some(rule) => self.parts(work, rule, at + 1 == works.len() && at == 0)?,
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
    fn parts(&mut self, work: &Work, rule: usize, alone: bool) -> Result<Group, Unsupported> {
        let hop = work.context.hop;
        let of = self.chain.hop(hop);
        let unsupported = Unsupported { hop };
        let rule = of.rules.get(rule).ok_or(unsupported)?;
        let What::Move(field) = rule.what else { return Err(unsupported) };
        let parts = &field.parts;
        if parts.set || parts.wrap.is_some() || parts.each.is_some() {
            return Err(unsupported);
        }
        let reporter = self.reporter((hop, rule.rule));
        let sides = (Some(work.context.source), Some(work.context.target));
        let list = list::list(of, parts, sides, reporter);
        let nested = |v: &Value| matches!(v, Value::Array(_) | Value::Object(_));
        let reaches = |list: &crate::plan::List| {
            list.entries.iter().any(|(k, r, _)| nested(k) || r.as_ref().is_some_and(nested))
                || matches!(&list.miss, crate::plan::Miss::Become(v) if nested(v))
        };
        if !alone && list.as_ref().is_some_and(reaches) {
            return Err(unsupported);
        }
        let list = list.map(|list| {
            self.plan.lists.push(list);
            crate::plan::ListId::try_from(self.plan.lists.len() - 1).unwrap_or(u32::MAX)
        });
        let convert = parts.convert.as_ref().map(|(old, new)| match of.direction.source() {
            Side::Old => Convert { from: old.clone(), to: new.clone(), reporter },
            Side::New => Convert { from: new.clone(), to: old.clone(), reporter },
        });
        Ok(Group { list, convert, call: None, nested: None, sealed: false })
    }

    fn function(&mut self, contexts: &[Rc<Context>]) -> Result<Function, Unsupported> {
        let mut function = Function::default();
        let mut works = Vec::new();
        let (mut elements, mut scalar) = (Vec::new(), Vec::new());
        let mut sealed = false;
        for context in contexts {
            let of = self.chain.hop(context.hop);
            let unsupported = Unsupported { hop: context.hop };
            let binding = bind(of, context);
            let (source, target) =
                (of.source.get(context.source.ty), of.target.get(context.target.ty));
            if source.branches.is_some()
                || target.branches.is_some()
                || binding.cross.is_some()
                || binding.items.is_some()
                || binding.unfit.object.is_some()
            {
                return Err(unsupported);
            }
            if let (Some(rule), None) = (binding.itself, function.unfit_scalar) {
                let nested = source.kinds.or(target.kinds).meets(Kinds::ARRAY.or(Kinds::OBJECT));
                // An object that should be none loses its members under `unmapped: drop`.
                if nested || binding.unmapped {
                    return Err(unsupported);
                }
                let context = Context { handed: Vec::new(), ..Context::clone(context) };
                scalar.push(Work { parts: Some(rule), context: context.into() });
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
                elements.push(Work { parts: None, context: inner.clone().into() });
            }
            works.push((Rc::clone(context), binding));
        }
        // Lists and conversions of one hop behind those of another, where nothing but a scalar that
        // is there comes of them.
        let several = !scalar.is_empty() && contexts.len() > 1;
        let plain = function.unfit_scalar.is_none()
            && !self.chain.may_vanish(&scalar)
            && contexts.iter().all(|context| self.chain.is_scalar(context));
        if let (true, false, Some(first)) = (several, plain, contexts.first()) {
            return Err(Unsupported { hop: first.hop });
        }
        function.elements = self.groups(&elements)?;
        for work in &scalar {
            let Some(rule) = work.parts else { continue };
            let group = self.parts(work, rule, !several)?;
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
