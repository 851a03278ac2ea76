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
    /// What its first places turned out to be, by halves.
    sight: [u64; 2],
    /// Of these, those with members that were not held back.
    pub(super) more: u64,
    /// Room for values, once it is needed.
    pub(super) room: Option<Box<Room>>,
    /// What there was on the tape when it began.
    taped: (usize, usize),
    /// How much steps had made when it began.
    made: usize,
}

/// Room for the values of an object.
#[derive(Debug, Default)]
pub(super) struct Room {
    /// Values so far.
    values: Vec<Option<Held>>,
    /// Values that were written or looked at for what they report.
    done: Vec<bool>,
    /// Nodes whose other members were.
    pub(super) rested: Vec<bool>,
}

/// Where the value at a node begins and ends; nothing is as long as none.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Slot {
    pub(super) start: usize,
    pub(super) end: usize,
}

/// The places of all objects that are being read.
#[derive(Debug, Default)]
pub(super) struct Slots {
    all: Vec<Slot>,
    used: usize,
}

impl Frame<'_> {
    fn at(&self, node: NodeId) -> usize {
        usize::try_from(node).map_or(usize::MAX, |node| self.base.saturating_add(node))
    }

    /// What its first places turned out to be.
    #[inline]
    pub(super) fn sight(&self) -> Sight {
        let [first, second] = self.sight;
        Sight::from(first) | Sight::from(second) << u64::BITS
    }

    /// A value, if it was looked at.
    pub(super) fn value(&self, id: ValueId) -> Option<Held> {
        let at = usize::try_from(id).ok()?;
        *self.room.as_ref()?.values.get(at)?
    }

    /// Keeps a value.
    pub(super) fn keep(&mut self, id: ValueId, held: Held) {
        let at = usize::try_from(id).unwrap_or(usize::MAX);
        if let Some(place) = self.room.as_mut().and_then(|room| room.values.get_mut(at)) {
            *place = Some(held);
        }
    }

    /// Whether a value was written, or looked at for what it reports.
    pub(super) fn written(&self, id: ValueId) -> bool {
        let at = usize::try_from(id).unwrap_or(usize::MAX);
        self.room.as_ref().and_then(|room| room.done.get(at)).copied().unwrap_or(true)
    }

    /// Notes that it was.
    pub(super) fn mark(&mut self, id: ValueId) {
        let at = usize::try_from(id).unwrap_or(usize::MAX);
        if let Some(done) = self.room.as_mut().and_then(|room| room.done.get_mut(at)) {
            *done = true;
        }
    }

    /// Whether a value was looked at, and written if it is to be written.
    pub(super) fn is_done(&self, id: ValueId) -> bool {
        let pending = |held: &Held| matches!(held.bytes, Bytes::Call(..) | Bytes::CallMade(..));
        self.value(id).is_some_and(|held| !pending(&held) || self.written(id))
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
        let seen = usize::try_from(IN_SIGHT).unwrap_or(usize::MAX);
        if ops.nodes.len() > seen
            && let Some(beyond) = self.slots.all.get_mut(base + seen..self.slots.used)
        {
            beyond.fill(Slot::default());
        }
        Frame {
            ops,
            base,
            sight: [0; 2],
            more: 0,
            room: None,
            taped: self.taped.len(),
            made: self.made.len(),
        }
    }

    /// Ends an object.
    pub(super) fn close(&mut self, frame: Frame<'r>) {
        self.slots.used = frame.base;
        if self.taped.len() != frame.taped {
            self.taped.truncate(frame.taped);
        }
        self.made.truncate(frame.made);
        if let Some(room) = frame.room {
            self.rooms.push(room);
        }
    }

    /// Makes room for values. Most objects need none: their lines say it all.
    pub(super) fn prepare(&mut self, frame: &mut Frame<'r>) {
        if frame.room.is_some() {
            return;
        }
        let mut room = self.rooms.pop().unwrap_or_default();
        room.values.clear();
        room.values.resize(frame.ops.values.len(), None);
        room.done.clear();
        room.done.resize(frame.ops.values.len(), false);
        room.rested.clear();
        room.rested.resize(frame.ops.nodes.len(), false);
        frame.room = Some(room);
    }

    /// Where the value at a place stands, if there is one.
    #[inline]
    pub(super) fn span(&self, frame: &Frame<'r>, node: NodeId) -> Slot {
        self.slots.all.get(frame.at(node)).copied().unwrap_or_default()
    }

    /// What stands at a place.
    pub(super) fn slot(&self, frame: &Frame<'r>, node: NodeId) -> Held {
        let there = node >= IN_SIGHT || recipe::bits(node, Is::Other) & frame.sight() != 0;
        let slot =
            self.slots.all.get(frame.at(node)).filter(|_| there).copied().unwrap_or_default();
        match self.input.get(slot.start..slot.end).and_then(<[u8]>::first) {
            Some(first) => {
                let span = (slot.start, slot.end);
                Held {
                    kind: Kind::of(*first),
                    bytes: Bytes::Input(span.0, span.1),
                    origin: Some(span),
                    frozen: false,
                }
            }
            None => Held::ABSENT,
        }
    }

    /// Notes where the value at a place ends.
    #[inline]
    pub(super) fn ends(&mut self, frame: &Frame<'r>, node: NodeId, end: usize) {
        if let Some(slot) = self.slots.all.get_mut(frame.at(node)) {
            slot.end = end;
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
            *slot = Slot { start, end };
        }
        let (half, bits) = recipe::half(node, Is::of(Some(kind)));
        if let Some(half) = frame.sight.get_mut(half) {
            *half |= bits;
        }
    }
}
