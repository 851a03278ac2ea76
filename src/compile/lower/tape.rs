//! What of an object goes over the tape: values that steps cannot make of bytes, and those into
//! which rules write.

use std::collections::{BTreeMap, BTreeSet};

use super::{Lowering, lose};
use crate::compile::hop::Losing;
use crate::compile::shape::{self, Node, Object, Shape, ShapeId, Work, WrittenId};
use crate::compile::{Unsupported, stage};
use crate::plan::{Group, ItemWrite, Value as Held, ValueId, Why, Writes, Written};

impl Lowering<'_, '_, '_> {
    /// Finds the places whose values go over the tape: what any use of them takes more for than
    /// steps. All uses do then, so that what several do is done once.
    pub(super) fn tape(
        &mut self,
        members: impl Iterator<Item = ShapeId>,
        losing: &[Losing],
    ) -> Result<(), Unsupported> {
        let (mut roots, mut taped): (Vec<ShapeId>, _) = (members.collect(), BTreeSet::new());
        for loss in losing {
            lose::shapes(loss, &mut |id| roots.push(id));
        }
        let mut looked = BTreeSet::new();
        let mut lists = Vec::new();
        for loss in losing {
            lose::lists(loss, &mut |id| lists.push(id));
        }
        let mut chains: BTreeMap<Node, Vec<&[Work]>> = BTreeMap::new();
        for id in roots {
            self.shapes.walk(id, &mut |shape| match shape {
                Shape::Source(node, works) => {
                    if !self.closing.is_fused(works) {
                        taped.insert(*node);
                    }
                    let chains = chains.entry(*node).or_default();
                    if !chains.contains(&works.as_slice()) {
                        chains.push(works);
                    }
                }
                Shape::Object(Object { node: Some(node), .. }) => {
                    looked.insert(*node);
                }
                Shape::Written(id, _) => {
                    let written = self.shapes.written(*id);
                    lists.push(written.base);
                    lists.extend(written.values());
                }
                _ => {}
            });
        }
        for id in lists {
            self.shapes.stand(id, &mut |id, shape| match shape {
                Shape::Source(node, _) => {
                    taped.insert(*node);
                }
                Shape::Const(..) => {
                    self.constants.insert(id);
                }
                _ => {}
            });
        }
        // A rule about the value itself reports when it is looked at: once, for all that look.
        let speaks = |works: &&&[Work]| works.iter().any(|work| self.closing.chain.is_ruled(work));
        for (node, chains) in &chains {
            if chains.iter().filter(speaks).count() > 1 {
                taped.insert(*node);
            }
        }
        // What is looked into is not carried as a whole.
        if taped.intersection(&looked).next().is_some() {
            return Err(Unsupported(Why::Meeting));
        }
        self.taped = taped;
        Ok(())
    }

    /// The steps of a place's value.
    pub(super) fn steps(&mut self, node: Node, works: &[Work]) -> Result<Vec<Group>, Unsupported> {
        if self.taped.contains(&node) {
            return Ok(self.closing.taped(works));
        }
        self.closing.steps(works)
    }

    /// A value that is written into after some work, shared with every other use of it.
    pub(super) fn written(
        &mut self,
        of: WrittenId,
        works: &[Work],
    ) -> Result<ValueId, Unsupported> {
        let key = (of, works.to_vec());
        if let Some(id) = self.written.get(&key) {
            return Ok(*id);
        }
        let id = if let Some((last, before)) = works.split_last() {
            let mut id = self.written(of, before)?;
            for group in self.closing.taped(std::slice::from_ref(last)) {
                id = self.add_value(Held::Step(id, group));
            }
            id
        } else {
            let written = self.shapes.written(of).clone();
            let unsupported = Unsupported(Why::Meeting);
            let base = self.expr(written.base)?;
            let writes = match written.writes {
                shape::Writes::Items(items) => Writes::Items(self.items(written.hop, items)?),
                shape::Writes::Second { value, context, at } => {
                    let value = self.expr(value)?;
                    let fill = self.closing.fill(&context, at).ok_or(unsupported)?;
                    let first = fill.first.into_iter().skip(1).collect();
                    Writes::Second { value, first, agreement: fill.agreement }
                }
            };
            let hop = written.hop.saturating_add(1);
            self.add_value(Held::Written(Written { hop, base, writes }))
        };
        self.written.insert(key, id);
        Ok(id)
    }

    fn items(
        &mut self,
        hop: usize,
        items: Vec<shape::ItemWrite>,
    ) -> Result<Vec<ItemWrite>, Unsupported> {
        let lower = |write: shape::ItemWrite| {
            Ok(ItemWrite {
                place: stage::place(&write.place).ok_or(Unsupported(Why::Meeting))?,
                value: self.expr(write.value)?,
                reporter: self.closing.reporter((hop, write.rule)),
                made: write.made,
            })
        };
        items.into_iter().map(lower).collect()
    }
}
