//! One object: members are written as they come or held back, and the rest is built and looked
//! for losses when it ends.

use super::frame::Frame;
use super::names::Names;
use super::value::Bytes;
use super::{Failure, Run};
use crate::json::scan::{Kind, Scanner};
use crate::loss::LossKind;
use crate::plan::{Group, KeyOp, NodeId, NodeOps, ObjectOps};

/// Members of the message that go out as they came, one behind the other, not copied yet.
#[derive(Clone, Copy, Default)]
struct Kept {
    start: usize,
    end: usize,
    /// The member before was the last of them.
    goes_on: bool,
}

impl<'r> Run<'r> {
    /// Reads the object that comes and writes what becomes of it.
    pub(super) fn object(
        &mut self,
        scanner: &mut Scanner<'_>,
        ops: &'r ObjectOps,
    ) -> Result<(), Failure> {
        let mut frame = self.open(ops);
        let start = scanner.pos();
        let begin = self.out.len();
        self.out.push(b'{');
        self.members(scanner, &mut frame, begin)?;
        self.fill(&mut frame, 0, Kind::Object, (start, scanner.pos()));
        self.end(&mut frame, begin)?;
        self.close(frame);
        self.room()
    }

    /// The members of the function's own object.
    fn members(
        &mut self,
        scanner: &mut Scanner<'_>,
        frame: &mut Frame<'r>,
        begin: usize,
    ) -> Result<(), Failure> {
        let Some(table) = frame.ops.nodes.first() else { return Ok(()) };
        scanner.enter()?;
        let mut kept = Kept::default();
        let mut names = Names::new(table, self.input);
        while names.next(scanner)? {
            match names.op.or(table.other.as_ref()) {
                Some(KeyOp::Hold(node)) => {
                    kept.goes_on = false;
                    self.hold(scanner, frame, *node)?;
                }
                op => self.rest_member(scanner, (names.at, op), &mut kept, begin)?,
            }
        }
        self.flush(&mut kept);
        Ok(())
    }

    /// Copies what was kept so far.
    fn flush(&mut self, kept: &mut Kept) {
        if kept.end > kept.start {
            self.copy(kept.start, kept.end);
        }
        *kept = Kept::default();
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
    fn hold(
        &mut self,
        scanner: &mut Scanner<'_>,
        frame: &mut Frame<'r>,
        node: NodeId,
    ) -> Result<(), Failure> {
        let kind = scanner.kind()?;
        let start = scanner.pos();
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
    ) -> Result<bool, Failure> {
        scanner.enter()?;
        let mut more = false;
        let mut names = Names::new(table, self.input);
        while names.next(scanner)? {
            if let Some(KeyOp::Hold(node)) = names.op {
                self.hold(scanner, frame, *node)?;
            } else {
                more = true;
                let kind = scanner.kind()?;
                self.pass(scanner, kind)?;
            }
        }
        Ok(more)
    }

    /// Writes the members of a carried object that were not held back, again from the message.
    pub(super) fn rest(
        &mut self,
        frame: &mut Frame<'r>,
        node: NodeId,
        begin: usize,
    ) -> Result<(), Failure> {
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
        scanner.enter()?;
        let mut kept = Kept::default();
        let mut names = Names::new(table, self.input);
        while names.next(&mut scanner)? {
            match names.op.or(table.other.as_ref()) {
                // Reported with the object's losses, whether it is written or not.
                Some(KeyOp::Drop(_, steps)) => {
                    kept.goes_on = false;
                    self.read_silently(&mut scanner, steps)?;
                }
                op => self.rest_member(&mut scanner, (names.at, op), &mut kept, begin)?,
            }
        }
        self.flush(&mut kept);
        Ok(())
    }

    /// Reads the value that comes for what its steps report; says where it begins.
    fn read_silently(
        &mut self,
        scanner: &mut Scanner<'_>,
        steps: &[Group],
    ) -> Result<usize, Failure> {
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

    /// One member that is not held back. Before anything else is written, what was kept is.
    fn rest_member(
        &mut self,
        scanner: &mut Scanner<'_>,
        (name, op): (usize, Option<&KeyOp>),
        kept: &mut Kept,
        begin: usize,
    ) -> Result<(), Failure> {
        match op {
            Some(KeyOp::Hold(_)) => {
                kept.goes_on = false;
                let kind = scanner.kind()?;
                self.pass(scanner, kind)?;
            }
            Some(KeyOp::Collide(reporter, steps)) => {
                kept.goes_on = false;
                let at = self.read_silently(scanner, steps)?;
                if self.discard == 0 {
                    self.reports.note(self.plan, *reporter, LossKind::Collision, at);
                } else {
                    self.collided = true;
                }
            }
            Some(KeyOp::Drop(reporter, steps)) => {
                kept.goes_on = false;
                let at = self.read_silently(scanner, steps)?;
                self.reports.note(self.plan, *reporter, LossKind::Dropped, at);
            }
            Some(KeyOp::Emit { name: new, steps }) => {
                if !(kept.goes_on && new.is_none()) {
                    self.flush(kept);
                    self.separate(begin);
                    kept.start = name;
                }
                if let Some(new) = new {
                    self.name(new);
                    scanner.space();
                    kept.start = scanner.pos();
                }
                if steps.is_empty() {
                    scanner.skip()?;
                } else {
                    scanner.space();
                    kept.end = scanner.pos();
                    self.flush(kept);
                    self.steps(scanner, steps)?;
                    kept.start = scanner.pos();
                }
                kept.end = scanner.pos();
                kept.goes_on = true;
            }
            None => {
                if !kept.goes_on {
                    self.flush(kept);
                    self.separate(begin);
                    kept.start = name;
                }
                scanner.skip()?;
                kept.end = scanner.pos();
                kept.goes_on = true;
            }
        }
        Ok(())
    }
}
