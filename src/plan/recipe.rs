//! What is written and looked for at the end of an object, in straight lines: one line for what the
//! places that are looked at turned out to be. Lines are found by the executor as messages come,
//! and kept here; a program means the same without them.

use std::fmt;
use std::sync::OnceLock;

use super::{ExprId, Literal, NodeId, Orders, ValueId};

/// What the first places of an object turned out to be, two bits each: absent, null, an object,
/// anything else.
pub type Sight = u128;

/// Places of an object of which a [`Sight`] tells.
pub const IN_SIGHT: NodeId = 64;

/// The members that an object is given when it ends, and its losses; in the order of its ops.
#[derive(Debug, Default)]
pub struct Recipes {
    /// All of it.
    pub whole: Item<Option<Whole>>,
    /// By member.
    pub build: Vec<Item<Option<Line>>>,
    /// By loss.
    pub losses: Vec<Item<Check>>,
    /// Values that may have something to report when they are looked at or written.
    pub loud: Vec<ValueId>,
    /// Members that are carried may have.
    pub carried: bool,
    /// Nothing is held back, and there is nothing to do at the end.
    pub plain: bool,
    /// In which order its members come.
    pub orders: Orders,
}

/// The end of an object of which nothing is lost that its places do not tell.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Whole {
    /// All members.
    pub line: Line,
    /// Nothing is lost unless one of these places (a bit each) has members that were not held.
    pub more: u64,
    /// Nothing is lost if these texts stand where they should.
    pub texts: Box<[Check]>,
    /// If the line is written at once, nothing else has anything to report.
    pub silent: bool,
}

/// Lines of one member or loss.
#[derive(Debug)]
pub struct Item<T> {
    /// The bits of a sight that decide; `None`: more than it can tell.
    pub mask: Option<Sight>,
    /// The lines found so far.
    pub known: Known<T>,
}

impl<T> Default for Item<T> {
    fn default() -> Self {
        Self { mask: None, known: Known::default() }
    }
}

/// How members are written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Line {
    /// Values on which it depends, and which may have something to report: to be looked at.
    pub looks: Box<[ValueId]>,
    /// Each of these is absent, or a [`Piece::Step`]: as long as there is nothing to say of one, none
    /// need be looked at.
    pub at_once: bool,
    /// Texts, of which the first begins with a comma, and what comes behind each.
    pub pieces: Box<[(Literal, Piece)]>,
}

/// What comes behind a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Piece {
    /// Nothing.
    End,
    /// The value at a place, as it stands.
    Place(NodeId),
    /// The value at a place after one step, which is this expression.
    Step(NodeId, ExprId),
    /// An expression that is known to be present.
    Emit(ExprId),
}

/// Whether something is lost.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Check {
    /// Nothing.
    Nothing,
    /// Nothing, unless one of these places (a bit each) has members that were not held.
    More(u64),
    /// Nothing, if this text stands at a place.
    Text(NodeId, Box<[u8]>),
    /// It must be looked for.
    Look,
}

/// Lines by sight. Few, so that what messages bring cannot make a program grow.
pub struct Known<T>(OnceLock<Lines<T>>);

type Lines<T> = Box<[OnceLock<(Sight, T)>]>;

/// Lines of one member or loss that are kept.
const LINES: usize = 16;

impl<T> Known<T> {
    /// The line for a sight: found before, or now; `None`: neither, since there are too many.
    #[inline]
    pub fn get(&self, sight: Sight, find: impl FnOnce() -> T) -> Option<&T> {
        let lines = self.0.get_or_init(|| (0..LINES).map(|_| OnceLock::new()).collect());
        let mut find = Some(find);
        for line in lines {
            let (of, known) = match line.get() {
                Some(known) => known,
                // Another thread may be faster, with another sight.
                None => match find.take() {
                    Some(find) => line.get_or_init(|| (sight, find())),
                    None => return None,
                },
            };
            if *of == sight {
                return Some(known);
            }
        }
        None
    }
}

impl<T> Default for Known<T> {
    fn default() -> Self {
        Self(OnceLock::new())
    }
}

impl<T> fmt::Debug for Known<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Known")
    }
}

/// [`Recipes`], once they are needed.
#[derive(Default)]
pub struct Lazy(OnceLock<Recipes>);

impl Lazy {
    /// The recipes, made when they are asked for first.
    #[inline]
    pub fn get(&self, make: impl FnOnce() -> Recipes) -> &Recipes {
        self.0.get_or_init(make)
    }
}

/// A copied program finds its lines again.
impl Clone for Lazy {
    fn clone(&self) -> Self {
        Self::default()
    }
}

/// Says nothing: what messages came is no part of a program.
impl fmt::Debug for Lazy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Lazy")
    }
}

#[cfg(test)]
mod tests {
    use super::{Known, LINES, Sight};

    #[test]
    fn lines_are_found_once_and_are_few() {
        let known = Known::default();
        let last = Sight::try_from(LINES).unwrap();
        for sight in 0..last {
            assert_eq!(known.get(sight, || sight * 10), Some(&(sight * 10)));
        }
        for sight in 0..last {
            assert_eq!(known.get(sight, || 1), Some(&(sight * 10)));
        }
        assert_eq!(known.get(last, || 1), None);
    }
}
