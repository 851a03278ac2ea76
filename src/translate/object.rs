//! One object: members are written as they come or held back, and the rest is built and looked
//! for losses when it ends.

use super::names::Names;
use super::value::{Bytes, Held};
use super::{Failure, Run};
use crate::json::scan::{Kind, Name, Scanner};
use crate::loss::LossKind;
use crate::plan::{Group, KeyOp, NodeId, ObjectOps};

/// What one object holds back while it is read.
pub(super) struct Frame<'p> {
    pub(super) ops: &'p ObjectOps,
    /// What stands at each node.
    pub(super) slots: Vec<Held>,
    /// Values so far.
    pub(super) values: Vec<Option<Held>>,
    /// Values that were written or looked at for what they report.
    pub(super) done: Vec<bool>,
    /// Nodes whose other members were.
    pub(super) rested: Vec<bool>,
}

impl Frame<'_> {
    pub(super) fn slot(&self, node: NodeId) -> Held {
        usize::try_from(node)
            .ok()
            .and_then(|at| self.slots.get(at))
            .copied()
            .unwrap_or(Held::ABSENT)
    }
}

impl<'r> Run<'r> {
    /// Reads the object that comes and writes what becomes of it.
    pub(super) fn object(
        &mut self,
        scanner: &mut Scanner<'_>,
        ops: &'r ObjectOps,
    ) -> Result<(), Failure> {
        let mut frame = Frame {
            ops,
            slots: vec![Held::ABSENT; ops.nodes.len()],
            values: vec![None; ops.values.len()],
            done: vec![false; ops.values.len()],
            rested: vec![false; ops.nodes.len()],
        };
        let start = scanner.pos();
        let begin = self.out.len();
        self.out.push(b'{');
        self.members(scanner, &mut frame)?;
        if let Some(slot) = frame.slots.first_mut() {
            *slot = held(Kind::Object, start, scanner.pos());
        }
        for build in &ops.build {
            self.member(&mut frame, build, begin)?;
        }
        self.out.push(b'}');
        self.losses(&mut frame)?;
        self.room()
    }

    /// The members of the function's own object.
    fn members(&mut self, scanner: &mut Scanner<'_>, frame: &mut Frame<'r>) -> Result<(), Failure> {
        let begin = self.out.len() - 1;
        let mut names = Names::default();
        let Some(table) = frame.ops.nodes.first() else { return Ok(()) };
        scanner.enter()?;
        let mut first = true;
        while let Some(name) = scanner.name(first)? {
            first = false;
            let found = names.find(table, self.input, name)?;
            match found.or(table.other.as_ref()) {
                Some(KeyOp::Hold(node)) => self.hold(scanner, frame, *node)?,
                op => self.rest_member(scanner, name, op, begin)?,
            }
        }
        Ok(())
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
        match table.filter(|t| kind == Kind::Object && !t.keys.is_empty()) {
            Some(table) => {
                scanner.enter()?;
                let mut names = Names::default();
                let mut first = true;
                while let Some(name) = scanner.name(first)? {
                    first = false;
                    match names.find(table, self.input, name)? {
                        Some(KeyOp::Hold(node)) => self.hold(scanner, frame, *node)?,
                        _ => {
                            scanner.skip()?;
                        }
                    }
                }
            }
            None => {
                scanner.skip()?;
            }
        }
        if let Some(slot) = usize::try_from(node).ok().and_then(|at| frame.slots.get_mut(at)) {
            *slot = held(kind, start, scanner.pos());
        }
        Ok(())
    }

    /// Writes the members of a carried object that were not held back, again from the message.
    pub(super) fn rest(
        &mut self,
        frame: &mut Frame<'r>,
        node: NodeId,
        begin: usize,
    ) -> Result<(), Failure> {
        if let Some(rested) = usize::try_from(node).ok().and_then(|at| frame.rested.get_mut(at)) {
            *rested = true;
        }
        let slot = frame.slot(node);
        let (Some(Kind::Object), Bytes::Input(start, _)) = (slot.kind, slot.bytes) else {
            return Ok(());
        };
        let Some(table) = usize::try_from(node).ok().and_then(|at| frame.ops.nodes.get(at)) else {
            return Ok(());
        };
        let mut scanner = Scanner::at(self.input, start, self.limits.depth);
        scanner.enter()?;
        let mut names = Names::default();
        let mut first = true;
        while let Some(name) = scanner.name(first)? {
            first = false;
            let found = names.find(table, self.input, name)?;
            match found.or(table.other.as_ref()) {
                // Reported with the object's losses, whether it is written or not.
                Some(KeyOp::Drop(_, steps)) => {
                    self.read_silently(&mut scanner, steps)?;
                }
                op => self.rest_member(&mut scanner, name, op, begin)?,
            }
        }
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

    fn rest_member(
        &mut self,
        scanner: &mut Scanner<'_>,
        name: Name,
        op: Option<&KeyOp>,
        begin: usize,
    ) -> Result<(), Failure> {
        match op {
            Some(KeyOp::Hold(_)) => {
                scanner.skip()?;
            }
            Some(KeyOp::Collide(reporter, steps)) => {
                let at = self.read_silently(scanner, steps)?;
                if self.discard == 0 {
                    self.reports.note(self.plan, *reporter, LossKind::Collision, at);
                } else {
                    self.collided = true;
                }
            }
            Some(KeyOp::Drop(reporter, steps)) => {
                let at = self.read_silently(scanner, steps)?;
                self.reports.note(self.plan, *reporter, LossKind::Dropped, at);
            }
            Some(KeyOp::Emit { name: new, steps }) => {
                self.separate(begin);
                if let Some(new) = new {
                    self.name(new);
                } else {
                    self.copy(name.start - 1, name.end + 1);
                    self.out.push(b':');
                }
                self.steps(scanner, steps)?;
            }
            None => {
                self.separate(begin);
                self.copy(name.start - 1, name.end + 1);
                self.out.push(b':');
                let at = scanner.skip()?;
                self.copy(at, scanner.pos());
            }
        }
        Ok(())
    }
}

/// A value of the message in hand.
fn held(kind: Kind, start: usize, end: usize) -> Held {
    Held {
        kind: Some(kind),
        bytes: Bytes::Input(start, end),
        origin: Some((start, end)),
        frozen: false,
    }
}
