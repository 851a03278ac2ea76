//! Losses as ops.

use super::Lowering;
use crate::compile::Unsupported;
use crate::compile::hop::{Losing, Part, Unless};
use crate::compile::shape::ShapeId;
use crate::loss::LossKind;
use crate::plan::{LossOp, Parted, Test};

impl Lowering<'_, '_, '_> {
    /// The op of a loss.
    pub(super) fn loss(&mut self, losing: &Losing) -> Result<LossOp, Unsupported> {
        Ok(match losing {
            Losing::Drop { value, unless, by } => {
                let test = match unless {
                    Unless::Never => Test::Present,
                    Unless::Is(value) => Test::Not(value.clone()),
                    Unless::Gives(other) => Test::Differs(self.expr(*other)?),
                };
                let value = self.expr(*value)?;
                LossOp::Drop {
                    value,
                    test,
                    kind: LossKind::Dropped,
                    reporter: self.closing.reporter(*by),
                }
            }
            Losing::Collide { value, with, by } => {
                let test = match with {
                    Some(with) => Test::With(self.expr(*with)?),
                    None => Test::Present,
                };
                let value = self.expr(*value)?;
                LossOp::Drop {
                    value,
                    test,
                    kind: LossKind::Collision,
                    reporter: self.closing.reporter(*by),
                }
            }
            Losing::Made(value) => LossOp::Made(self.expr(*value)?),
            Losing::Unsaid { object, found, parent, value, by } => LossOp::Unsaid {
                object: self.expr(*object)?,
                found: self.expr(*found)?,
                parent: parent.map(|parent| self.expr(parent)).transpose()?,
                value: self.expr(*value)?,
                reporter: self.closing.reporter(*by),
            },
            Losing::Into { base, writes } => {
                let base = self.expr(*base)?;
                let mut lowered = Vec::new();
                for (value, by) in writes {
                    lowered.push((self.expr(*value)?, self.closing.reporter(*by)));
                }
                LossOp::Into { base, writes: lowered }
            }
            Losing::Apart { part, by } => {
                let part = self.part(part)?;
                LossOp::Apart(part, self.closing.reporter(*by))
            }
            Losing::Extras { node, declared, by } => {
                self.held.insert(*node);
                let names = declared.iter().map(|n| n.raw().into()).collect();
                LossOp::Extras(*node, names, self.closing.reporter(*by))
            }
        })
    }

    fn part(&mut self, part: &Part) -> Result<Parted, Unsupported> {
        Ok(match part {
            Part::Carried(id) => Parted::Carried(self.expr(*id)?),
            Part::Lost(id) => Parted::Lost(self.expr(*id)?),
            Part::Through { value, tree, extras } => {
                let value = self.expr(*value)?;
                let mut lowered = Vec::new();
                for (name, part) in tree {
                    lowered.push((name.raw().into(), self.part(part)?));
                }
                let extras = extras.as_ref().map(|(node, names)| {
                    self.held.insert(*node);
                    (*node, names.iter().map(|n| n.raw().into()).collect())
                });
                Parted::Through { value, tree: lowered, extras }
            }
            Part::Items { value, split } => Parted::Items(self.expr(*value)?, split.clone()),
        })
    }
}

/// Visits the shapes that a loss is about.
pub(super) fn shapes(losing: &Losing, visit: &mut dyn FnMut(ShapeId)) {
    match losing {
        Losing::Drop { value, unless, .. } => {
            visit(*value);
            if let Unless::Gives(other) = unless {
                visit(*other);
            }
        }
        Losing::Made(value) => visit(*value),
        Losing::Unsaid { object, found, parent, value, .. } => {
            for id in [object, found, value].into_iter().chain(parent) {
                visit(*id);
            }
        }
        Losing::Collide { value, with, .. } => {
            visit(*value);
            if let Some(with) = with {
                visit(*with);
            }
        }
        Losing::Into { base, writes } => {
            visit(*base);
            for (write, _) in writes {
                visit(*write);
            }
        }
        Losing::Apart { part, .. } => part_shapes(part, visit),
        Losing::Extras { .. } => {}
    }
}

fn part_shapes(part: &Part, visit: &mut dyn FnMut(ShapeId)) {
    match part {
        Part::Carried(id) | Part::Lost(id) | Part::Items { value: id, .. } => visit(*id),
        Part::Through { value, tree, .. } => {
            visit(*value);
            for (_, part) in tree {
                part_shapes(part, visit);
            }
        }
    }
}

/// Visits the lists that a loss takes apart.
pub(super) fn lists(losing: &Losing, visit: &mut dyn FnMut(ShapeId)) {
    if let Losing::Apart { part, .. } = losing {
        part_lists(part, visit);
    }
}

fn part_lists(part: &Part, visit: &mut dyn FnMut(ShapeId)) {
    match part {
        Part::Items { value, .. } => visit(*value),
        Part::Through { tree, .. } => {
            for (_, part) in tree {
                part_lists(part, visit);
            }
        }
        Part::Carried(_) | Part::Lost(_) => {}
    }
}
