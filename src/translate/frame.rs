//! What one object holds back while it is read. Places of all objects that are being read stand in
//! one list, and room for values is used again, so that an object costs no allocation.

use super::eval::Is;
use super::value::{Bytes, Held};
use super::{Run, recipe};
use crate::json::scan::Kind;
use crate::plan::{IN_SIGHT, NodeId, ObjectOps, Sight, ValueId};

/// What one object holds back.
pub(super) struct Frame<'p> {
    pub(super) ops: &'p ObjectOps,
    /// Its first place in the list of all.
    base: usize,
    /// What its first places turned out to be.
    pub(super) sight: Sight,
    /// Of these, those with members that were not held back.
    pub(super) more: u64,
    /// There is room for values.
    ready: bool,
    /// Values so far.
    pub(super) values: Vec<Option<Held>>,
    /// Values that were written or looked at for what they report.
    pub(super) done: Vec<bool>,
    /// Nodes whose other members were.
    pub(super) rested: Vec<bool>,
}

/// What stands at a node: its type and where it begins and ends.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Slot {
    kind: Option<Kind>,
    pub(super) start: usize,
    pub(super) end: usize,
}

/// The places of all objects that are being read.
#[derive(Debug, Default)]
pub(super) struct Slots {
    all: Vec<Slot>,
    used: usize,
}

/// Room for values, between two objects.
pub(super) type Room = (Vec<Option<Held>>, Vec<bool>, Vec<bool>);

impl<'p> Frame<'p> {
    fn of(ops: &'p ObjectOps, base: usize) -> Self {
        Self {
            ops,
            base,
            sight: 0,
            more: 0,
            ready: false,
            values: Vec::new(),
            done: Vec::new(),
            rested: Vec::new(),
        }
    }

    fn at(&self, node: NodeId) -> usize {
        usize::try_from(node).map_or(usize::MAX, |node| self.base.saturating_add(node))
    }

    /// Whether a value was looked at, and written if it is to be written.
    pub(super) fn is_done(&self, id: ValueId) -> bool {
        let at = usize::try_from(id).unwrap_or(usize::MAX);
        let pending = |held: &Held| matches!(held.bytes, Bytes::Call(..) | Bytes::CallMade(..));
        match self.values.get(at) {
            Some(Some(held)) => !pending(held) || self.done.get(at).copied().unwrap_or(false),
            _ => false,
        }
    }
}

impl<'r> Run<'r> {
    /// Begins an object.
    pub(super) fn open(&mut self, ops: &'r ObjectOps) -> Frame<'r> {
        let base = self.slots.used;
        self.slots.used += ops.nodes.len();
        if self.slots.all.len() < self.slots.used {
            self.slots.all.resize(self.slots.used, Slot::default());
        }
        // What stood here before is out of sight, but where no sight tells.
        let beyond = usize::try_from(IN_SIGHT).map_or(usize::MAX, |seen| base + seen);
        if let Some(beyond) = self.slots.all.get_mut(beyond..self.slots.used) {
            beyond.fill(Slot::default());
        }
        Frame::of(ops, base)
    }

    /// Ends an object.
    pub(super) fn close(&mut self, frame: Frame<'r>) {
        self.slots.used = frame.base;
        if frame.ready {
            self.rooms.push((frame.values, frame.done, frame.rested));
        }
    }

    /// Makes room for values. Most objects need none: their lines say it all.
    pub(super) fn prepare(&mut self, frame: &mut Frame<'r>) {
        if std::mem::replace(&mut frame.ready, true) {
            return;
        }
        if let Some((values, done, rested)) = self.rooms.pop() {
            (frame.values, frame.done, frame.rested) = (values, done, rested);
        }
        frame.values.clear();
        frame.values.resize(frame.ops.values.len(), None);
        frame.done.clear();
        frame.done.resize(frame.ops.values.len(), false);
        frame.rested.clear();
        frame.rested.resize(frame.ops.nodes.len(), false);
    }

    /// Where the value at a place stands, if there is one.
    #[inline]
    pub(super) fn span(&self, frame: &Frame<'r>, node: NodeId) -> Slot {
        self.slots.all.get(frame.at(node)).copied().unwrap_or_default()
    }

    /// What stands at a place.
    pub(super) fn slot(&self, frame: &Frame<'r>, node: NodeId) -> Held {
        let there = node >= IN_SIGHT || recipe::bits(node, Is::Other) & frame.sight != 0;
        match self.slots.all.get(frame.at(node)).filter(|_| there) {
            Some(Slot { kind: Some(kind), start, end }) => Held {
                kind: Some(*kind),
                bytes: Bytes::Input(*start, *end),
                origin: Some((*start, *end)),
                frozen: false,
            },
            _ => Held::ABSENT,
        }
    }

    /// Notes what stands at a place.
    #[inline]
    pub(super) fn fill(
        &mut self,
        frame: &mut Frame<'r>,
        node: NodeId,
        kind: Kind,
        (start, end): (usize, usize),
    ) {
        if let Some(slot) = self.slots.all.get_mut(frame.at(node)) {
            *slot = Slot { kind: Some(kind), start, end };
        }
        frame.sight |= recipe::bits(node, Is::of(Some(kind)));
    }
}
