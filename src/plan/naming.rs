//! What becomes of the places of a request's body, for texts of answers that name one. Data only, like
//! all of this room.

use crate::json::Text;

/// Index into [`Names::nodes`].
pub type NameId = usize;

/// The places of a request's body over one hop; the first node is the body itself.
#[derive(Clone, Debug, Default)]
pub struct Names {
    /// Values that places lead to.
    pub nodes: Vec<NameNode>,
}

/// What there is to name in a value.
#[derive(Clone, Debug)]
pub enum NameNode {
    /// Nothing in it has a counterpart that is known.
    Nothing,
    /// Everything has the name that it has.
    Same,
    /// What the first of these knows: branches of a union.
    Branches(Vec<NameId>),
    /// Members, and elements.
    Nested(NameMembers),
}

/// Members of an object, or elements of a list.
#[derive(Clone, Debug, Default)]
pub struct NameMembers {
    /// Members with a counterpart; of several the longest counts.
    pub moves: Vec<NameMove>,
    /// Members that have none.
    pub lost: Vec<Text>,
    /// It lets other names through, which have no counterpart.
    pub open: bool,
    /// What is in those that both sides let through.
    pub others: Option<NameId>,
    /// What is in an element, of a list.
    pub elements: Option<NameInner>,
}

/// A member with a counterpart.
#[derive(Clone, Debug)]
pub struct NameMove {
    /// The steps that lead to it.
    pub src: Vec<Box<str>>,
    /// The same on the other side; `None`: that cannot be said in steps.
    pub dst: Option<Vec<Box<str>>>,
    /// What is in it.
    pub inner: NameInner,
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
