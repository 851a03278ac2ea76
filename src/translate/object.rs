//! One object: members are written as they come or held back, and the rest is built and looked
//! for losses when it ends.

use super::frame::Frame;
use super::names::{self, Came, Names};
use super::value::Bytes;
use super::{Run, Stop, recipe};
use crate::json::scan::{Kind, Scanner};
use crate::loss::LossKind;
use crate::plan::{Group, KeyOp, Label, NodeId, NodeOps, ObjectOps};

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
    ) -> Result<(), Stop> {
        let recipes = ops.recipes.get(|| recipe::recipes(ops));
        let Some(table) = ops.nodes.first() else { return Ok(()) };
        let start = scanner.pos();
        let begin = self.out.len();
        self.out.push(b'{');
        if recipes.plain {
            self.members(scanner, table, begin, &mut |_, _, _| Ok(()))?;
            self.out.push(b'}');
            return self.room();
        }
        let mut frame = self.open(ops);
        self.members(scanner, table, begin, &mut |run, scanner, node| {
            run.hold(scanner, &mut frame, node)
        })?;
        self.fill(&mut frame, 0, Kind::Object, (start, scanner.pos()));
        self.end(&mut frame, recipes, begin)?;
        self.close(frame);
        self.room()
    }

    /// The members of an object that are not held back, which `hold` does.
    #[inline]
    fn members(
        &mut self,
        scanner: &mut Scanner<'_>,
        table: &'r NodeOps,
        begin: usize,
        hold: &mut impl FnMut(&mut Self, &mut Scanner<'_>, NodeId) -> Result<(), Stop>,
    ) -> Result<(), Stop> {
        scanner.descend()?;
        let mut kept = Kept::default();
        let mut names = Names::new(table, self.input);
        let mut rare = None;
        while let Came::Member(op) = names.next(scanner, &mut rare)? {
            match op {
                Some(KeyOp::Emit { name, steps }) if steps.is_empty() => {
                    self.carried(scanner, (names.at, name.as_ref()), &mut kept, begin)?;
                }
                Some(KeyOp::Hold(node)) => {
                    kept.goes_on = false;
                    hold(self, scanner, *node)?;
                }
                op => match op.or(table.other.as_ref()) {
                    Some(op) => self.rest_member(scanner, (names.at, op), &mut kept, begin)?,
                    None => self.carried(scanner, (names.at, None), &mut kept, begin)?,
                },
            }
        }
        names::end(rare);
        self.flush(&mut kept);
        Ok(())
    }

    /// A member whose value goes out as it came: under another name, if there is one.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "most stand behind another such member")]
    fn carried(
        &mut self,
        scanner: &mut Scanner<'_>,
        (at, name): (usize, Option<&Label>),
        kept: &mut Kept,
        begin: usize,
    ) -> Result<(), Stop> {
        if name.is_some() || !kept.goes_on {
            self.carried_name(scanner, (at, name), kept, begin);
        }
        scanner.pass_any()?;
        kept.end = scanner.pos();
        Ok(())
    }

    /// The name of a member that is written. Before anything else is written, what was kept is.
    #[inline(never)]
    fn carried_name(
        &mut self,
        scanner: &mut Scanner<'_>,
        (at, name): (usize, Option<&Label>),
        kept: &mut Kept,
        begin: usize,
    ) {
        if kept.goes_on && name.is_none() {
            return;
        }
        self.flush(kept);
        kept.goes_on = true;
        if let Some(name) = name {
            let from = usize::from(self.out.len() <= begin + 1);
            self.out.copy(name.padded(), from, name.end());
            scanner.space();
            kept.start = scanner.pos();
        } else {
            self.separate(begin);
            kept.start = at;
        }
    }

    /// Copies what was kept so far.
    #[inline]
    fn flush(&mut self, kept: &mut Kept) {
        if kept.end > kept.start {
            self.copy(kept.start, kept.end);
            kept.start = kept.end;
        }
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
        let mut names = Names::new(table, self.input);
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
        scanner.descend()?;
        let mut kept = Kept::default();
        let mut names = Names::new(table, self.input);
        let mut rare = None;
        while let Came::Member(op) = names.next(&mut scanner, &mut rare)? {
            match op.or(table.other.as_ref()) {
                // Reported with the object's losses, whether it is written or not.
                Some(KeyOp::Drop(_, steps)) => {
                    kept.goes_on = false;
                    self.read_silently(&mut scanner, steps)?;
                }
                Some(op) => self.rest_member(&mut scanner, (names.at, op), &mut kept, begin)?,
                None => self.carried(&mut scanner, (names.at, None), &mut kept, begin)?,
            }
        }
        names::end(rare);
        self.flush(&mut kept);
        Ok(())
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

    /// One member that is not held back.
    fn rest_member(
        &mut self,
        scanner: &mut Scanner<'_>,
        (name, op): (usize, &KeyOp),
        kept: &mut Kept,
        begin: usize,
    ) -> Result<(), Stop> {
        match op {
            KeyOp::Hold(_) => {
                kept.goes_on = false;
                let kind = scanner.kind()?;
                self.pass(scanner, kind)?;
            }
            KeyOp::Collide(reporter, steps) => {
                kept.goes_on = false;
                let at = self.read_silently(scanner, steps)?;
                if self.discard == 0 {
                    self.reports.note(self.plan, *reporter, LossKind::Collision, at);
                } else {
                    self.collided = true;
                }
            }
            KeyOp::Drop(reporter, steps) => {
                kept.goes_on = false;
                let at = self.read_silently(scanner, steps)?;
                self.reports.note(self.plan, *reporter, LossKind::Dropped, at);
            }
            KeyOp::Emit { name: new, steps } => {
                self.carried_name(scanner, (name, new.as_ref()), kept, begin);
                if steps.is_empty() {
                    scanner.skip()?;
                } else {
                    scanner.space();
                    kept.end = scanner.pos();
                    self.flush(kept);
                    self.steps(scanner, steps)?;
                    kept.start = scanner.pos();
                    kept.goes_on = true;
                }
                kept.end = scanner.pos();
            }
        }
        Ok(())
    }
}
