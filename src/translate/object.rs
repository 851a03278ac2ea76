//! One object: members are written as they come or held back, and the rest is built and looked
//! for losses when it ends.

use super::frame::Frame;
use super::names::{self, Came, Names};
use super::value::Bytes;
use super::{Run, Stop, recipe};
use crate::json::scan::{Kind, Scanner};
use crate::loss::LossKind;
use crate::plan::{Group, KeyOp, NodeId, NodeOps, ObjectOps};

impl<'r> Run<'r> {
    /// Reads the object that comes and writes what becomes of it.
    pub(super) fn object(
        &mut self,
        scanner: &mut Scanner<'_>,
        ops: &'r ObjectOps,
    ) -> Result<(), Stop> {
        let recipes = ops.recipes.get(|| recipe::recipes(ops));
        let Some(table) = ops.nodes.first() else { return Ok(()) };
        let start = scanner.pos();
        let begin = self.out.len();
        self.copy(start, start + 1);
        if recipes.plain {
            self.members(scanner, table, begin, &mut Self::left_out)?;
            self.copy(scanner.pos() - 1, scanner.pos());
            return self.room();
        }
        let mut frame = self.open(ops);
        self.members(scanner, table, begin, &mut |run, scanner, op| match op {
            KeyOp::Hold(node) => run.hold(scanner, &mut frame, *node),
            op => run.left_out(scanner, op),
        })?;
        self.fill(&mut frame, 0, Kind::Object, (start, scanner.pos()));
        self.end(&mut frame, recipes, (begin, scanner.pos() - 1))?;
        self.close(frame);
        self.room()
    }

    /// The members of an object that are written as they come; `aside` takes the others.
    #[inline]
    fn members(
        &mut self,
        scanner: &mut Scanner<'_>,
        table: &'r NodeOps,
        begin: usize,
        aside: &mut impl FnMut(&mut Self, &mut Scanner<'_>, &KeyOp) -> Result<(), Stop>,
    ) -> Result<(), Stop> {
        scanner.descend()?;
        let mut names = Names::new(table);
        let mut rare = None;
        // Whether the member before went out as it came, so that what stands between does, too.
        let mut goes_on = false;
        loop {
            let behind = goes_on.then(|| scanner.pos());
            let Came::Member(op) = names.next(scanner, &mut rare)? else { break };
            match op {
                None => {
                    let from = self.carried(behind, names.at, begin);
                    scanner.pass_any()?;
                    self.copy(from, scanner.pos());
                    goes_on = true;
                }
                Some(KeyOp::Emit { name, steps }) => {
                    let from = match name {
                        Some(name) => {
                            self.out.label(name, begin);
                            scanner.space();
                            scanner.pos()
                        }
                        None => self.carried(behind, names.at, begin),
                    };
                    if steps.is_empty() {
                        scanner.pass_any()?;
                        self.copy(from, scanner.pos());
                    } else {
                        scanner.space();
                        self.copy(from, scanner.pos());
                        self.steps(scanner, steps)?;
                    }
                    goes_on = true;
                }
                Some(op) => {
                    aside(self, scanner, op)?;
                    goes_on = false;
                }
            }
        }
        names::end(rare);
        Ok(())
    }

    /// Where a member begins that goes out under the name with which it came: behind the member
    /// before, if that did so too, else behind a comma of its own.
    #[inline]
    fn carried(&mut self, behind: Option<usize>, name: usize, begin: usize) -> usize {
        behind.unwrap_or_else(|| {
            self.separate(begin);
            name
        })
    }

    /// A comma, unless the object that begins at this offset of the result is empty so far.
    pub(super) fn separate(&mut self, begin: usize) {
        if self.out.len() > begin + 1 {
            self.out.push(b',');
        }
    }

    /// A name and its colon.
    pub(super) fn name(&mut self, raw: &str) {
        self.out.push(b'"');
        self.out.extend_from_slice(raw.as_bytes());
        self.out.extend_from_slice(b"\":");
    }

    /// Holds back the value that comes; an object with places of interest is looked into.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "most are strings, over which it is soon gone")]
    fn hold(
        &mut self,
        scanner: &mut Scanner<'_>,
        frame: &mut Frame<'r>,
        node: NodeId,
    ) -> Result<(), Stop> {
        let start = scanner.pos();
        if !scanner.pass_string()? {
            return self.hold_other(scanner, frame, node);
        }
        self.fill(frame, node, Kind::String, (start, scanner.pos()));
        Ok(())
    }

    #[inline(never)]
    fn hold_other(
        &mut self,
        scanner: &mut Scanner<'_>,
        frame: &mut Frame<'r>,
        node: NodeId,
    ) -> Result<(), Stop> {
        let kind = scanner.kind()?;
        let start = scanner.pos();
        // Objects are most of what is not a string.
        let table = usize::try_from(node).ok().and_then(|at| frame.ops.nodes.get(at));
        match table {
            Some(table) if kind == Kind::Object && !table.keys.is_empty() => {
                if self.hold_members(scanner, frame, table)? && node < u64::BITS {
                    frame.more |= 1 << node;
                }
            }
            _ => self.pass(scanner, kind)?,
        }
        self.fill(frame, node, kind, (start, scanner.pos()));
        Ok(())
    }

    /// Looks into an object that is held back; says whether it has members that are not.
    fn hold_members(
        &mut self,
        scanner: &mut Scanner<'_>,
        frame: &mut Frame<'r>,
        table: &'r NodeOps,
    ) -> Result<bool, Stop> {
        scanner.descend()?;
        let mut more = false;
        let mut names = Names::new(table);
        let mut rare = None;
        while let Came::Member(op) = names.next(scanner, &mut rare)? {
            if let Some(KeyOp::Hold(node)) = op {
                self.hold(scanner, frame, *node)?;
            } else {
                more = true;
                let kind = scanner.kind()?;
                self.pass(scanner, kind)?;
            }
        }
        names::end(rare);
        Ok(more)
    }

    /// Writes the members of a carried object that were not held back, again from the message.
    pub(super) fn rest(
        &mut self,
        frame: &mut Frame<'r>,
        node: NodeId,
        begin: usize,
    ) -> Result<(), Stop> {
        let rested = frame.room.as_mut().map(|room| &mut room.rested);
        let at = usize::try_from(node).unwrap_or(usize::MAX);
        if let Some(rested) = rested.and_then(|all| all.get_mut(at)) {
            *rested = true;
        }
        let slot = self.slot(frame, node);
        let (Some(Kind::Object), Bytes::Input(start, _)) = (slot.kind, slot.bytes) else {
            return Ok(());
        };
        let Some(table) = usize::try_from(node).ok().and_then(|at| frame.ops.nodes.get(at)) else {
            return Ok(());
        };
        let mut scanner = Scanner::at(self.input, start, self.limits.depth);
        self.members(&mut scanner, table, begin, &mut |run, scanner, op| match op {
            // Reported with the object's losses, whether it is written or not.
            KeyOp::Drop(_, steps) => run.read_silently(scanner, steps).map(|_| ()),
            op => run.left_out(scanner, op),
        })
    }

    /// Reads the value that comes for what its steps report; says where it begins.
    fn read_silently(&mut self, scanner: &mut Scanner<'_>, steps: &[Group]) -> Result<usize, Stop> {
        scanner.space();
        let at = scanner.pos();
        if steps.is_empty() {
            scanner.skip()?;
            return Ok(at);
        }
        let from = self.out.len();
        let collided = self.collided;
        self.discard += 1;
        let read = self.steps(scanner, steps);
        self.discard -= 1;
        self.collided = collided;
        self.out.truncate(from);
        read.map(|()| at)
    }

    /// A member that is not written, or elsewhere.
    #[inline(never)]
    fn left_out(&mut self, scanner: &mut Scanner<'_>, op: &KeyOp) -> Result<(), Stop> {
        match op {
            KeyOp::Hold(_) | KeyOp::Emit { .. } => {
                let kind = scanner.kind()?;
                self.pass(scanner, kind)?;
            }
            KeyOp::Collide(reporter, steps) => {
                let at = self.read_silently(scanner, steps)?;
                if self.discard == 0 {
                    self.reports.note(self.plan, *reporter, LossKind::Collision, at);
                } else {
                    self.collided = true;
                }
            }
            KeyOp::Drop(reporter, steps) => {
                let at = self.read_silently(scanner, steps)?;
                self.reports.note(self.plan, *reporter, LossKind::Dropped, at);
            }
        }
        Ok(())
    }
}
