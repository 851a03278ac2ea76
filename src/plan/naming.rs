//! What becomes of the places of a message's body, or of a type, for texts that name one. Data only,
//! like all of this room.

use super::ReporterId;
use crate::codec::naming::Steps;
use crate::json::Text;

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
    /// Members that are what another place of the same value is, the longest first.
    pub seconds: Vec<(Steps, Steps)>,
    /// Members of which there is a copy, for what has no other counterpart; the longest counts.
    pub copies: Vec<NameMove>,
    /// Members that have none.
    pub lost: Vec<Text>,
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
    /// The steps that lead to it.
    pub src: Steps,
    /// The same on the other side; `None`: that cannot be said in steps.
    pub dst: Option<Steps>,
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
