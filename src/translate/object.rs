//! One object: members are written as they come or held back, and the rest is built and looked
//! for losses when it ends.

use super::eval::Is;
use super::names::Names;
use super::value::{Bytes, Held};
use super::{Failure, Run, recipe};
use crate::json::scan::{Kind, Scanner};
use crate::loss::LossKind;
use crate::plan::{Check, Group, IN_SIGHT, KeyOp, Line, NodeId, ObjectOps, Piece, Sight, ValueId};

/// What one object holds back while it is read.
pub(super) struct Frame<'p> {
    pub(super) ops: &'p ObjectOps,
    /// What stands at each node.
    slots: Vec<Slot>,
    /// Values so far.
    pub(super) values: Vec<Option<Held>>,
    /// Values that were written or looked at for what they report.
    pub(super) done: Vec<bool>,
    /// Nodes whose other members were.
    pub(super) rested: Vec<bool>,
    /// There is room for values.
    ready: bool,
    /// What the first nodes turned out to be.
    sight: Sight,
    /// Of these, those with members that were not held back.
    more: u64,
}

/// How many nodes a sight tells of.
const SEEN: usize = 64;

/// What stands at a node: its type and where it begins and ends.
#[derive(Clone, Copy, Debug, Default)]
struct Slot {
    kind: Option<Kind>,
    start: usize,
    end: usize,
}

impl<'p> Frame<'p> {
    fn new(ops: &'p ObjectOps) -> Self {
        Self {
            ops,
            slots: Vec::new(),
            values: Vec::new(),
            done: Vec::new(),
            rested: Vec::new(),
            ready: false,
            sight: 0,
            more: 0,
        }
    }

    fn reset(&mut self, ops: &'p ObjectOps) {
        self.ops = ops;
        // What stood in the others before is out of sight.
        self.slots.truncate(SEEN);
        self.slots.resize(ops.nodes.len().max(SEEN), Slot::default());
        self.ready = false;
        self.values.clear();
        self.sight = 0;
        self.more = 0;
    }

    /// Makes room for values. Most objects need none: their lines say it all.
    fn prepare(&mut self) {
        if !std::mem::replace(&mut self.ready, true) {
            self.values.resize(self.ops.values.len(), None);
            self.done.clear();
            self.done.resize(self.ops.values.len(), false);
            self.rested.clear();
            self.rested.resize(self.ops.nodes.len(), false);
        }
    }

    pub(super) fn slot(&self, node: NodeId) -> Held {
        let slot = usize::try_from(node).ok().and_then(|at| self.slots.get(at));
        let there = node >= IN_SIGHT || recipe::bits(node, Is::Other) & self.sight != 0;
        match slot.filter(|_| there) {
            Some(Slot { kind: Some(kind), start, end }) => held(*kind, *start, *end),
            _ => Held::ABSENT,
        }
    }

    /// Whether a value was looked at, and written if it is to be written.
    fn is_done(&self, id: ValueId) -> bool {
        let at = usize::try_from(id).unwrap_or(usize::MAX);
        let pending = |held: &Held| matches!(held.bytes, Bytes::Call(..) | Bytes::CallMade(..));
        match self.values.get(at) {
            Some(Some(held)) => !pending(held) || self.done.get(at).copied().unwrap_or(false),
            _ => false,
        }
    }

    fn fill(&mut self, node: NodeId, kind: Kind, (start, end): (usize, usize)) {
        if let Some(slot) = usize::try_from(node).ok().and_then(|at| self.slots.get_mut(at)) {
            *slot = Slot { kind: Some(kind), start, end };
        }
        self.sight |= recipe::bits(node, Is::of(Some(kind)));
    }
}

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
        // Frames are used again: an object costs no allocation.
        let mut frame = self.frames.pop().unwrap_or_else(|| Box::new(Frame::new(ops)));
        frame.reset(ops);
        let start = scanner.pos();
        let begin = self.out.len();
        self.out.push(b'{');
        self.members(scanner, &mut frame, begin)?;
        frame.fill(0, Kind::Object, (start, scanner.pos()));
        self.end(&mut frame, begin)?;
        self.frames.push(frame);
        self.room()
    }

    /// What is written when all members have come, and what is lost.
    fn end(&mut self, frame: &mut Frame<'r>, begin: usize) -> Result<(), Failure> {
        let ops = frame.ops;
        let recipes = ops.recipes.get(|| recipe::recipes(ops));
        for (build, item) in ops.build.iter().zip(&recipes.build) {
            let found = item.mask.and_then(|mask| {
                let sight = frame.sight & mask;
                item.known.get(sight, || recipe::line(self.plan, ops, build, sight))
            });
            if let Some(Some(line)) = found {
                self.line(frame, line, begin)?;
            } else {
                frame.prepare();
                self.member(frame, build, begin)?;
            }
        }
        self.out.push(b'}');
        for (op, item) in ops.losses.iter().zip(&recipes.losses) {
            let found = item.mask.filter(|_| self.discard == 0).and_then(|mask| {
                let sight = frame.sight & mask;
                item.known.get(sight, || recipe::check(self.plan, ops, op, sight))
            });
            if !found.is_some_and(|check| self.passes_check(frame, check)) {
                frame.prepare();
                self.collisions(frame, std::slice::from_ref(op))?;
            }
        }
        let silent = |id: &ValueId| frame.is_done(*id);
        if recipes.carried || !recipes.loud.iter().all(silent) {
            frame.prepare();
            self.effects(frame)?;
        }
        Ok(())
    }

    /// Writes a member in a straight line.
    #[inline]
    fn line(&mut self, frame: &mut Frame<'r>, line: &'r Line, begin: usize) -> Result<(), Failure> {
        for id in &line.looks {
            frame.prepare();
            self.value(frame, *id)?;
        }
        // The first text begins with a comma.
        let mut from = usize::from(self.out.len() <= begin + 1);
        for (to, piece) in &line.pieces {
            self.out.extend_from_slice(line.text.get(from..*to).unwrap_or_default());
            from = *to;
            match piece {
                Piece::End => {}
                Piece::Place(node) => {
                    let slot = usize::try_from(*node).ok().and_then(|at| frame.slots.get(at));
                    if let Some(slot) = slot {
                        self.copy(slot.start, slot.end);
                    }
                }
                Piece::Emit(id) => {
                    frame.prepare();
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
                let slot = usize::try_from(*node).ok().and_then(|at| frame.slots.get(at));
                slot.is_some_and(|s| self.input.get(s.start..s.end) == Some(text))
            }
            Check::Look => false,
        }
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
        let mut more = false;
        match table.filter(|t| kind == Kind::Object && !t.keys.is_empty()) {
            Some(table) => {
                scanner.enter()?;
                let mut names = Names::new(table, self.input);
                while names.next(scanner)? {
                    if let Some(KeyOp::Hold(node)) = names.op {
                        self.hold(scanner, frame, *node)?;
                    } else {
                        more = true;
                        scanner.skip()?;
                    }
                }
            }
            None => scanner.pass(kind)?,
        }
        if more && node < u64::BITS {
            frame.more |= 1 << node;
        }
        frame.fill(node, kind, (start, scanner.pos()));
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
                scanner.skip()?;
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

/// A value of the message in hand.
fn held(kind: Kind, start: usize, end: usize) -> Held {
    Held {
        kind: Some(kind),
        bytes: Bytes::Input(start, end),
        origin: Some((start, end)),
        frozen: false,
    }
}
