//! Two places of one side that say the same: the second fills the first before any rule looks, and
//! repeats it at the end. Copies are the tape's to make, where every value knows its origin.

use super::{Losing, Run, Write};
use crate::compile::Unsupported;
use crate::compile::resolve::bind::{Binding, Context};
use crate::compile::resolve::live::further;
use crate::compile::resolve::place;
use crate::compile::resolve::{What, is_item};
use crate::compile::shape::{How, Object, Reads, Shape, Work, Writes, Written};
use crate::json::{Segment, Text};
use crate::plan::Why;

impl Run<'_, '_> {
    /// The object as the rules of a hop see it: with what absence means, and with the firsts that
    /// seconds fill.
    pub(super) fn filled(
        &mut self,
        object: &Object,
        context: &Context,
        binding: &Binding,
    ) -> Result<Object, Unsupported> {
        let hop = context.hop;
        let unsupported = Unsupported(Why::Alias);
        let mut filled = self.with_meanings(object, hop, binding)?;
        for (at, single) in binding.fills.iter().enumerate() {
            let rule = self.chain.hop(hop).rules.get(single.rule).ok_or(unsupported)?;
            let What::Fill(alias) = rule.what else { continue };
            let types = self.chain.source_types(hop);
            let path = further(&rule.root, &alias.first, single.cut);
            let Some(Segment::Name(name)) = path.first() else { return Err(unsupported) };
            if path.iter().chain(&single.place).any(is_item) {
                return Err(unsupported);
            }
            let declared = place::lead(types, context.source, &path).is_some();
            if object.others.is_some() || !declared {
                return Err(unsupported);
            }
            if place::lead(types, context.source, &single.place).is_none() {
                continue;
            }
            let of = (context.source, hop, false);
            let second = self.find_beside(&filled, &single.place, of)?;
            let reads = (Reads::Second(at), context);
            let value = self.read_rest(second, &single.place, reads)?;
            let name = Text::from_plain(name);
            let base = self.member(&filled, &name);
            if !self.shapes.is_carried(base) || !self.shapes.is_carried(value) {
                return Err(unsupported);
            }
            let writes = Writes::Second { value, context: context.clone().into(), at };
            let counts = self.shapes.write(Written { hop, base, writes });
            filled.live.insert(name, counts);
            self.losing.push(Losing::Made(counts));
        }
        Ok(filled)
    }

    /// The object with the literals that absence means.
    fn with_meanings(
        &mut self,
        object: &Object,
        hop: usize,
        binding: &Binding,
    ) -> Result<Object, Unsupported> {
        let of = self.chain.hop(hop);
        if !binding.meant.is_empty() {
            return Err(Unsupported(Why::Alias));
        }
        let mut filled = object.clone();
        for moved in &binding.moves {
            let rule = moved.rule.and_then(|at| of.rules.get(at));
            let Some(What::Move(field)) = rule.map(|r| r.what) else { continue };
            let meaning = field.meaning(of.direction.source());
            let Some(meaning) = meaning else { continue };
            let [Segment::Name(name)] = moved.src.as_slice() else {
                return Err(Unsupported(Why::Alias));
            };
            let name = Text::from_plain(name);
            let found = self.member(object, &name);
            let constant = self.shapes.add(Shape::Const(meaning.clone(), Vec::new()));
            let constant = self.where_object(object, constant);
            let shape = self.shapes.add(Shape::Either(found, found, constant));
            filled.live.insert(name, shape);
        }
        Ok(filled)
    }

    /// Writes the seconds that repeat firsts.
    pub(super) fn repeat(
        &mut self,
        next: &mut Object,
        context: &Context,
        binding: &Binding,
    ) -> Result<(), Unsupported> {
        let hop = context.hop;
        let mut writes = Vec::new();
        for (at, single) in binding.repeats.iter().enumerate() {
            let rule = self.chain.hop(hop).rules.get(single.rule).ok_or(Unsupported(Why::Alias))?;
            let What::Repeat(alias) = rule.what else { continue };
            let path = further(&rule.root, &alias.first, single.cut);
            if path.iter().chain(&single.place).any(is_item) {
                return Err(Unsupported(Why::Alias));
            }
            if place::lead(self.chain.hop(hop).target, context.target, &path).is_none() {
                continue;
            }
            let first = self.in_result(next, &path, (false, Why::Alias))?;
            let first = self.read_rest(first, &path, (Reads::First(at), context))?;
            let work = Work { how: How::Repeat(at), context: context.clone().into() };
            let value = self.on_tape(first, &work)?;
            let by = (hop, rule.rule);
            self.write(next, &single.place, (value, false), by)?;
            writes.push(Write { dst: single.place.clone(), value, by });
        }
        self.losses_of_writes(next, &writes)
    }
}
