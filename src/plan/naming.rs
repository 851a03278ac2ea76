//! What becomes of the places of a message's body, or of a type, for texts that name one. Data only,
//! like all of this room.

use std::cmp::Ordering;

use super::ReporterId;
use crate::codec::naming::{Known, Steps};

/// Index into [`Names::nodes`].
pub type NameId = usize;

/// Which texts are rewritten, and who reports what is lost of them.
#[derive(Clone, Copy, Debug)]
pub struct Naming {
    /// What they name.
    pub of: NamesOf,
    /// Its places: index into the tables of the hop.
    pub names: usize,
    /// Who reports.
    pub reporter: ReporterId,
}

/// What texts name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NamesOf {
    /// A field of the request of their answer.
    Request,
    /// A field of the document that they are in.
    Document,
    /// Fields of a type, with commas between them: no element has a step of its own.
    Type,
}

/// Places over one hop; the first node is what they begin in.
#[derive(Clone, Debug, Default)]
pub struct Names {
    /// They are places of the body of a message, which is what the first node is.
    pub of_body: bool,
    /// Values that places lead to.
    pub nodes: Vec<NameNode>,
}

/// What there is to name in a value.
#[derive(Clone, Debug)]
pub enum NameNode {
    /// Nothing in it has a counterpart that is known.
    Nothing,
    /// Everything has the name that it has.
    Same(Known),
    /// What the one of these knows that knows it best, the first of several: branches of a union.
    Branches(Vec<NameId>),
    /// Members, and elements.
    Nested(NameMembers),
}

/// Members of an object, or elements of a list.
#[derive(Clone, Debug, Default)]
pub struct NameMembers {
    /// Members with a counterpart.
    pub moves: Longest<NameMove>,
    /// Members that are what another place of the same value is.
    pub seconds: Longest<Steps>,
    /// Members of which there is a copy, for what has no other counterpart.
    pub copies: Longest<NameMove>,
    /// Members that have none.
    pub lost: Longest<Known>,
    /// It lets other names through, which have no counterpart.
    pub open: bool,
    /// What is in those that both sides let through.
    pub others: Option<NameId>,
    /// What is in an element, of a list.
    pub elements: Option<NameInner>,
    /// It is no object, so that elements without steps are looked through.
    pub list: bool,
}

/// A member with a counterpart.
#[derive(Clone, Debug)]
pub struct NameMove {
    /// The steps that lead to it on the other side; `None`: that cannot be said in steps.
    pub dst: Option<Steps>,
    /// What is in it.
    pub inner: NameInner,
    /// What its type says of it.
    pub known: Known,
}

/// What is known of places by the steps that they begin with: of several the longest counts, and of
/// the same ones the first.
#[derive(Clone, Debug)]
pub struct Longest<T> {
    /// In the order of the steps, each once.
    all: Vec<(Steps, T)>,
    /// How many steps the longest has.
    most: usize,
}

impl<T> Default for Longest<T> {
    fn default() -> Self {
        Self { all: Vec::new(), most: 0 }
    }
}

impl<T> FromIterator<(Steps, T)> for Longest<T> {
    fn from_iter<I: IntoIterator<Item = (Steps, T)>>(all: I) -> Self {
        let mut all: Vec<(Steps, T)> = all.into_iter().collect();
        all.sort_by(|(one, _), (other, _)| one.cmp(other));
        all.dedup_by(|later, first| later.0 == first.0);
        let most = all.iter().map(|(steps, _)| steps.len()).max().unwrap_or_default();
        Self { all, most }
    }
}

impl<T> Longest<T> {
    /// Whether nothing is known.
    pub fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// What is known of the place that has this step at each number, and by how many steps.
    pub fn find<'s>(&self, step: impl Fn(usize) -> Option<&'s str>) -> Option<(usize, &T)> {
        if self.is_empty() {
            return None;
        }
        (0..=self.most).rev().find_map(|length| {
            let first = || (0..length).map_while(&step);
            let found = self.all.binary_search_by(|(own, _)| order(own, first()));
            let (own, known) = self.all.get(found.ok()?)?;
            Some((own.len(), known))
        })
    }
}

/// How some steps stand to others.
fn order<'s>(own: &[Box<str>], other: impl Iterator<Item = &'s str>) -> Ordering {
    let mut own = own.iter();
    for step in other {
        let ordering = own.next().map_or(Ordering::Less, |own| (**own).cmp(step));
        if ordering.is_ne() {
            return ordering;
        }
    }
    own.next().map_or(Ordering::Equal, |_| Ordering::Greater)
}

/// What is in a value that has a counterpart.
#[derive(Clone, Copy, Debug)]
pub enum NameInner {
    /// This.
    Node(NameId),
    /// The contracts do not say: it has the names that it has.
    Same,
    /// A list of which only the first element has a counterpart.
    Nothing,
}
