//! The end of an object: what is built and lost, in straight lines where there are any.

use super::frame::Frame;
use super::{Failure, Run, recipe};
use crate::plan::{Check, Line, Piece, Recipes, ValueId};

impl<'r> Run<'r> {
    /// Writes what is written when all members have come, and reports what is lost.
    pub(super) fn end(&mut self, frame: &mut Frame<'r>, begin: usize) -> Result<(), Failure> {
        let ops = frame.ops;
        if ops.values.is_empty() && ops.build.is_empty() && ops.losses.is_empty() {
            self.out.push(b'}');
            return Ok(());
        }
        let recipes = ops.recipes.get(|| recipe::recipes(ops));
        let whole = recipes.whole.mask.filter(|_| self.discard == 0).and_then(|mask| {
            let sight = frame.sight & mask;
            recipes.whole.known.get(sight, || recipe::whole(self.plan, ops, recipes, sight))
        });
        if let Some(Some(whole)) = whole {
            self.line(frame, &whole.line, begin)?;
            self.out.push(b'}');
            let stands = |check: &Check| self.passes_check(frame, check);
            if frame.more & whole.more != 0 || !whole.texts.iter().all(stands) {
                self.checks(frame, recipes)?;
            }
        } else {
            self.members_made(frame, recipes, begin)?;
            self.out.push(b'}');
            self.checks(frame, recipes)?;
        }
        let silent = |id: &ValueId| frame.is_done(*id);
        if (recipes.carried || !recipes.loud.iter().all(silent))
            && !mutant!("fused-unwritten-is-unsaid")
        {
            self.prepare(frame);
            self.effects(frame)?;
        }
        Ok(())
    }

    /// Writes the made members one by one.
    fn members_made(
        &mut self,
        frame: &mut Frame<'r>,
        recipes: &'r Recipes,
        begin: usize,
    ) -> Result<(), Failure> {
        let ops = frame.ops;
        for (build, item) in ops.build.iter().zip(&recipes.build) {
            let found = item.mask.and_then(|mask| {
                let sight = frame.sight & mask;
                item.known.get(sight, || recipe::line(self.plan, ops, build, sight))
            });
            if let Some(Some(line)) = found {
                self.line(frame, line, begin)?;
            } else {
                self.prepare(frame);
                self.member(frame, build, begin)?;
            }
        }
        Ok(())
    }

    /// Looks for losses one by one.
    fn checks(&mut self, frame: &mut Frame<'r>, recipes: &'r Recipes) -> Result<(), Failure> {
        let ops = frame.ops;
        for (op, item) in ops.losses.iter().zip(&recipes.losses) {
            let found = item.mask.filter(|_| self.discard == 0).and_then(|mask| {
                let sight = frame.sight & mask;
                item.known.get(sight, || recipe::check(self.plan, ops, op, sight))
            });
            if !found.is_some_and(|check| self.passes_check(frame, check)) {
                self.prepare(frame);
                self.collisions(frame, std::slice::from_ref(op))?;
            }
        }
        Ok(())
    }

    /// Writes members in a straight line.
    #[inline]
    fn line(&mut self, frame: &mut Frame<'r>, line: &'r Line, begin: usize) -> Result<(), Failure> {
        for id in &line.looks {
            self.prepare(frame);
            self.value(frame, *id)?;
        }
        // The first text begins with a comma.
        let mut from = usize::from(self.out.len() <= begin + 1);
        for (to, piece) in &line.pieces {
            self.out.copy(&line.text, from, *to);
            from = *to;
            match piece {
                Piece::End => {}
                Piece::Place(node) => {
                    let span = self.span(frame, *node);
                    self.copy(span.start, span.end);
                }
                Piece::Emit(id) => {
                    self.prepare(frame);
                    self.emit(frame, *id)?;
                }
            }
        }
        Ok(())
    }

    fn passes_check(&self, frame: &Frame<'r>, check: &Check) -> bool {
        match check {
            Check::Nothing => true,
            Check::More(places) => frame.more & places == 0,
            Check::Text(node, text) => {
                let span = self.span(frame, *node);
                self.input.get(span.start..span.end) == Some(text)
                    || mutant!("fused-constants-are-not-compared")
            }
            Check::Look => false,
        }
    }
}
