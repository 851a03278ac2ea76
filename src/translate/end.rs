//! The end of an object: what is built and lost, in straight lines where there are any.

use super::eval::expr;
use super::frame::Frame;
use super::{Run, Stop, recipe};
use crate::plan::{Check, Expr, ExprId, Line, NodeId, Piece, Recipes, Value, ValueId};

impl<'r> Run<'r> {
    /// Writes what is written when all members have come, down to the closing brace that the message
    /// has here, and reports what is lost.
    pub(super) fn end(
        &mut self,
        frame: &mut Frame<'r>,
        recipes: &'r Recipes,
        (begin, brace): (usize, usize),
    ) -> Result<(), Stop> {
        let ops = frame.ops;
        let whole = recipes.whole.mask.filter(|_| self.discard == 0).and_then(|mask| {
            let sight = frame.sight() & mask;
            recipes.whole.known.get(sight, || recipe::whole(self.plan, ops, recipes, sight))
        });
        let mut silent = false;
        if let Some(Some(whole)) = whole {
            silent = self.line(frame, &whole.line, begin)? && whole.silent;
            self.copy(brace, brace + 1);
            let mut stands = frame.more & whole.more == 0;
            for check in &whole.texts {
                stands = stands && self.passes_check(frame, check);
            }
            if !stands {
                self.checks(frame, recipes)?;
            }
        } else {
            self.members_made(frame, recipes, begin)?;
            self.copy(brace, brace + 1);
            self.checks(frame, recipes)?;
        }
        let done = |id: &ValueId| frame.is_done(*id);
        if (recipes.carried || !(silent || recipes.loud.iter().all(done)))
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
    ) -> Result<(), Stop> {
        let ops = frame.ops;
        for (build, item) in ops.build.iter().zip(&recipes.build) {
            let found = item.mask.and_then(|mask| {
                let sight = frame.sight() & mask;
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
    fn checks(&mut self, frame: &mut Frame<'r>, recipes: &'r Recipes) -> Result<(), Stop> {
        let ops = frame.ops;
        for (op, item) in ops.losses.iter().zip(&recipes.losses) {
            let found = item.mask.filter(|_| self.discard == 0).and_then(|mask| {
                let sight = frame.sight() & mask;
                item.known.get(sight, || recipe::check(self.plan, ops, op, sight))
            });
            if !found.is_some_and(|check| self.passes_check(frame, check)) {
                self.prepare(frame);
                self.collisions(frame, std::slice::from_ref(op))?;
            }
        }
        Ok(())
    }

    /// Writes members in a straight line; says whether that was done at once.
    #[inline]
    fn line(&mut self, frame: &mut Frame<'r>, line: &'r Line, begin: usize) -> Result<bool, Stop> {
        let from = self.out.len();
        if line.at_once
            && self.pieces(frame, line, begin, &mut |run, frame, piece| {
                Ok(matches!(piece, Piece::Step(node, id) if run.step_at_once(frame, node, id)))
            })?
        {
            return Ok(true);
        }
        self.out.truncate(from);
        for id in &line.looks {
            self.prepare(frame);
            self.value(frame, *id)?;
        }
        self.pieces(frame, line, begin, &mut |run, frame, piece| {
            if let Piece::Step(_, id) | Piece::Emit(id) = piece {
                run.prepare(frame);
                run.emit(frame, id)?;
            }
            Ok(true)
        })?;
        Ok(false)
    }

    /// Writes the pieces of a line, as far as `emit` writes those that are no texts or places.
    #[inline]
    fn pieces(
        &mut self,
        frame: &mut Frame<'r>,
        line: &'r Line,
        begin: usize,
        emit: &mut impl FnMut(&mut Self, &mut Frame<'r>, Piece) -> Result<bool, Stop>,
    ) -> Result<bool, Stop> {
        let mut bare = self.is_bare(begin);
        for (text, piece) in &line.pieces {
            self.out.literal(text, std::mem::take(&mut bare));
            match *piece {
                Piece::End => {}
                Piece::Place(node) => {
                    let span = self.span(frame, node);
                    self.copy(span.start, span.end);
                }
                piece => {
                    if !emit(self, frame, piece)? {
                        return Ok(false);
                    }
                }
            }
        }
        Ok(true)
    }

    fn step_at_once(&mut self, frame: &Frame<'r>, node: NodeId, id: ExprId) -> bool {
        let Expr::Value(value) = expr(frame, id) else { return false };
        let value = usize::try_from(*value).ok().and_then(|at| frame.ops.values.get(at));
        let Some(Value::Step(_, step)) = value else { return false };
        self.at_once(self.span(frame, node), step)
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
