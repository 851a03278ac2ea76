//! One object: members are written as they come or held back, and the rest is built and looked
//! for losses when it ends.

use super::frame::Frame;
use super::names::{self, Came, Names};
use super::value::Bytes;
use super::{Run, Stop, order, recipe};
use crate::json::scan::{Before, Kind, Scanner};
use crate::loss::LossKind;
use crate::plan::{Edge, Gap, Group, KeyOp, Label, NodeId, ObjectOps, Open, Order, Recipes};

impl<'r> Run<'r> {
    /// Reads the object that comes and writes what becomes of it.
    pub(super) fn object(
        &mut self,
        scanner: &mut Scanner<'_>,
        ops: &'r ObjectOps,
    ) -> Result<(), Stop> {
        let recipes = ops.recipes.get(|| recipe::recipes(ops));
        let start = scanner.pos();
        let begin = self.out.len();
        self.copy(start, start + 1);
        let order = recipes.orders.likely().filter(|order| order.levels < scanner.left());
        scanner.descend()?;
        if recipes.plain {
            if let Some(came) = self.in_order(scanner, None, order)? {
                self.in_another_order(scanner, (ops, recipes), None, (came, begin))?;
            }
            self.copy(scanner.pos() - 1, scanner.pos());
            return self.room();
        }
        let mut frame = self.open(ops);
        if let Some(came) = self.in_order(scanner, Some(&mut frame), order)? {
            self.in_another_order(scanner, (ops, recipes), Some(&mut frame), (came, begin))?;
        }
        self.fill(&mut frame, 0, Kind::Object, (start, scanner.pos()));
        self.end(&mut frame, recipes, (begin, scanner.pos() - 1))?;
        self.close(frame);
        self.room()
    }

    /// The members of an object as long as they come in this order; else what has come so far, if they do
    /// not or there is none, and whether what comes next goes with what stands before it.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "what holds nothing back knows of no frame")]
    fn in_order(
        &mut self,
        scanner: &mut Scanner<'_>,
        mut frame: Option<&mut Frame<'r>>,
        order: Option<&'r Order>,
    ) -> Result<Option<(&'r [Open], bool)>, Stop> {
        let Some(order) = order else { return Ok(Some((&[Open::NOTHING], false))) };
        let (mut bare, mut goes_on) = (true, false);
        for leg in &order.legs {
            let behind = goes_on.then(|| scanner.pos());
            if !scanner.expect(Before::COMMA, &leg.gap.text) {
                return Ok(Some((&leg.gap.open, goes_on)));
            }
            if let (true, Some(frame)) = (!leg.gap.edges.is_empty(), frame.as_deref_mut()) {
                self.edges(scanner, frame, &leg.gap.edges);
            }
            goes_on = match (&leg.op, frame.as_deref_mut()) {
                (KeyOp::Emit { name, steps }, _) => {
                    let at = scanner.pos() - leg.name;
                    self.emit_member(scanner, (name.as_ref(), steps), (behind, at), &mut bare)?;
                    true
                }
                (KeyOp::Hold(node), Some(frame)) => {
                    self.hold(scanner, frame, *node)?;
                    false
                }
                (op, _) => {
                    self.left_out(scanner, op)?;
                    false
                }
            };
        }
        let Gap { text, edges, open } = &order.end;
        if edges.is_empty() {
            return Ok(if scanner.leave() { None } else { Some((open, goes_on)) });
        }
        if !scanner.expect(Before::COMMA, text) {
            return Ok(Some((open, goes_on)));
        }
        scanner.ascend();
        if let Some(frame) = frame {
            self.edges(scanner, frame, edges);
        }
        Ok(None)
    }

    /// The members of an object behind those that came in the order that was likely.
    #[inline(never)]
    fn in_another_order(
        &mut self,
        scanner: &mut Scanner<'_>,
        (ops, recipes): (&'r ObjectOps, &'r Recipes),
        mut frame: Option<&mut Frame<'r>>,
        ((came, goes_on), begin): ((&[Open], bool), usize),
    ) -> Result<(), Stop> {
        let (Some(table), Some((first, inner))) = (ops.nodes.first(), came.split_first()) else {
            return Ok(());
        };
        if let Some(frame) = frame.as_deref_mut() {
            self.hold_rest(scanner, frame, inner)?;
        }
        let names = Names::behind(table, first);
        self.members(scanner, names, (begin, goes_on), &mut |run, scanner, op| match (
            op, &mut frame,
        ) {
            (KeyOp::Hold(node), Some(frame)) => run.hold(scanner, frame, *node),
            (op, _) => run.left_out(scanner, op),
        })?;
        if !table.keys.is_empty() {
            recipes.orders.another(|| order::order(ops));
        }
        Ok(())
    }

    /// The members of an object that are written as they come; `aside` takes the others. `goes_on`: what
    /// comes first goes with what stands before it.
    #[inline]
    fn members(
        &mut self,
        scanner: &mut Scanner<'_>,
        mut names: Names<'r>,
        (begin, mut goes_on): (usize, bool),
        aside: &mut impl FnMut(&mut Self, &mut Scanner<'_>, &KeyOp) -> Result<(), Stop>,
    ) -> Result<(), Stop> {
        let mut rare = None;
        let mut bare = self.is_bare(begin);
        loop {
            let behind = goes_on.then(|| scanner.pos());
            let Came::Member(op) = names.next(scanner, &mut rare)? else { break };
            goes_on = match op {
                None => {
                    self.emit_member(scanner, (None, &[]), (behind, names.at), &mut bare)?;
                    true
                }
                Some(KeyOp::Emit { name, steps }) => {
                    let from = (behind, names.at);
                    self.emit_member(scanner, (name.as_ref(), steps), from, &mut bare)?;
                    true
                }
                Some(op) => {
                    aside(self, scanner, op)?;
                    false
                }
            };
        }
        names::end(rare);
        Ok(())
    }

    /// Writes a member as it comes: under the name that stands at a place, or another. What stands between
    /// it and the end of the member before, if that went out too, goes with it. `bare`: it is the first.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "most members are shorter than a call is")]
    fn emit_member(
        &mut self,
        scanner: &mut Scanner<'_>,
        (name, steps): (Option<&'r Label>, &'r [Group]),
        (behind, at): (Option<usize>, usize),
        bare: &mut bool,
    ) -> Result<(), Stop> {
        let bare = std::mem::take(bare);
        let from = match (name, behind) {
            (Some(name), _) => {
                self.out.literal(name.literal(), bare);
                scanner.space();
                scanner.pos()
            }
            (None, Some(behind)) => behind,
            (None, None) => {
                if !bare {
                    self.out.push(b',');
                }
                at
            }
        };
        if steps.is_empty() {
            scanner.pass_any()?;
            self.copy(from, scanner.pos());
            return Ok(());
        }
        scanner.space();
        self.copy(from, scanner.pos());
        self.steps(scanner, steps)
    }

    /// A comma, unless the object that begins at this offset of the result is empty so far.
    pub(super) fn separate(&mut self, begin: usize) {
        if !self.is_bare(begin) {
            self.out.push(b',');
        }
    }

    /// Whether the object that begins at this offset of the result is empty so far.
    pub(super) fn is_bare(&self, begin: usize) -> bool {
        self.out.len() <= begin + 1
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
                scanner.descend()?;
                self.hold_members(scanner, frame, node, Names::new(table))?;
            }
            _ => self.pass(scanner, kind)?,
        }
        self.fill(frame, node, kind, (start, scanner.pos()));
        Ok(())
    }

    /// Looks into an object that is held back; notes whether it has members that are not.
    fn hold_members(
        &mut self,
        scanner: &mut Scanner<'_>,
        frame: &mut Frame<'r>,
        node: NodeId,
        mut names: Names<'r>,
    ) -> Result<(), Stop> {
        let mut more = false;
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
        if more && node < u64::BITS {
            frame.more |= 1 << node;
        }
        Ok(())
    }

    /// Notes where objects that are held back begin and end in what was just gone over.
    fn edges(&mut self, scanner: &mut Scanner<'_>, frame: &mut Frame<'r>, edges: &[Edge]) {
        let now = scanner.pos();
        for edge in edges {
            let at = now - edge.back;
            if edge.begins {
                // There are levels enough for the whole order.
                let _enough = scanner.descend();
                self.fill(frame, edge.node, Kind::Object, (at, at));
            } else {
                scanner.ascend();
                self.ends(frame, edge.node, at);
            }
        }
    }

    /// Looks into the rest of objects that are held back, each within the one before.
    #[cold]
    fn hold_rest(
        &mut self,
        scanner: &mut Scanner<'_>,
        frame: &mut Frame<'r>,
        open: &[Open],
    ) -> Result<(), Stop> {
        for open in open.iter().rev() {
            let at = usize::try_from(open.node).unwrap_or(usize::MAX);
            let Some(table) = frame.ops.nodes.get(at) else { continue };
            self.hold_members(scanner, frame, open.node, Names::behind(table, open))?;
            self.ends(frame, open.node, scanner.pos());
        }
        Ok(())
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
        let names = Names::new(table);
        self.members(&mut scanner, names, (begin, false), &mut |run, scanner, op| match op {
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
