//! The order in which the members of an object are likely to come, those of objects in it that are
//! held back among them, so that what stands between two values is gone over at once. Orders are found
//! by the executor as messages come, and kept here; a program means the same without them.

use std::fmt;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

use super::{KeyOp, Next, NodeId, SHARED};
use crate::json::scan::Expected;

/// The members of an object one behind the other.
#[derive(Clone, Debug, PartialEq)]
pub struct Order {
    /// Members of which the values are gone over.
    pub legs: Box<[Leg]>,
    /// From the last value to the end of the object.
    pub end: Gap,
    /// Levels that it goes down into the object.
    pub levels: usize,
}

/// A member.
#[derive(Clone, Debug, PartialEq)]
pub struct Leg {
    /// From the value before to this one.
    pub gap: Gap,
    /// How far before that the name begins.
    pub name: usize,
    /// What the table says about it.
    pub op: KeyOp,
}

/// From one value to the next.
#[derive(Clone, Debug, PartialEq)]
pub struct Gap {
    /// What stands there.
    pub text: Expected,
    /// Where objects that are held back begin and end in it.
    pub edges: Box<[Edge]>,
    /// What has come in each of the objects in which it begins, from the outermost.
    pub open: Box<[Open]>,
}

/// The begin or the end of an object that is held back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Edge {
    /// Where it is held.
    pub node: NodeId,
    /// Whether it begins.
    pub begins: bool,
    /// How far before the end of the text it begins, or has ended.
    pub back: usize,
}

/// An object of which some members have come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Open {
    /// Where it is held.
    pub node: NodeId,
    /// The names that came, by their bits.
    pub known: u64,
    /// The index of the last.
    pub last: Option<u32>,
}

/// Orders of one object. Few, so that what messages bring cannot make a program grow; those that were found
/// first stay for as long as the program does.
#[derive(Default)]
pub struct Orders {
    known: [OnceLock<Order>; FEW],
    /// Which is likely.
    likely: Next,
    others: Others,
}

/// How many objects came in another order than was likely. It is written where others only read what is
/// likely, and lies apart from that.
#[derive(Default)]
#[repr(align(128))]
struct Others(AtomicU32);

/// Orders of an object that are kept.
const FEW: usize = 4;
/// One of so many objects that come in another order is looked at.
const AGAIN: u32 = 256;

impl Open {
    /// The object itself, of which nothing has come.
    pub const NOTHING: Self = Self { node: 0, known: SHARED, last: None };
}

impl Orders {
    /// The order that is likely.
    #[inline]
    pub fn likely(&self) -> Option<&Order> {
        self.known.get(usize::try_from(self.likely.get()).ok()?)?.get()
    }

    /// Notes that an object came in another order than was likely. Which one is found for the first,
    /// and then now and then.
    pub fn another(&self, find: impl FnOnce() -> Option<Order>) {
        // Threads that count at once may count one for two: it is enough to look now and then.
        let before = self.others.0.load(Relaxed);
        self.others.0.store(before.wrapping_add(1), Relaxed);
        if !before.is_multiple_of(AGAIN) {
            return;
        }
        let Some(found) = find() else { return };
        for (index, place) in (0..).zip(&self.known) {
            if *place.get_or_init(|| found.clone()) == found {
                return self.likely.set(index);
            }
        }
    }
}

/// Says nothing: what messages came is no part of a program.
impl fmt::Debug for Orders {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Orders")
    }
}

#[cfg(test)]
mod tests {
    use super::{AGAIN, FEW, Gap, Order, Orders};
    use crate::json::scan::Expected;

    #[test]
    fn orders_are_found_now_and_then_and_are_few() {
        let text = Expected::of(b"}".to_vec());
        let end = Gap { text, edges: Box::default(), open: Box::default() };
        let order = |levels| Order { legs: Box::default(), end: end.clone(), levels };
        let orders = Orders::default();
        let another = |levels| {
            orders.another(|| Some(order(levels)));
            for _ in 1..AGAIN {
                orders.another(|| unreachable!("not yet"));
            }
        };
        assert_eq!(orders.likely(), None);
        for levels in (0..FEW).chain(0..FEW) {
            another(levels);
            assert_eq!(orders.likely(), Some(&order(levels)));
        }
        another(FEW);
        assert_eq!(orders.likely(), Some(&order(FEW - 1)));
    }
}
