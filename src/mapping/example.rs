//! Examples as data: documents and messages of both versions. Running them is not this room's.

use super::Answer;
use crate::diagnostic::Span;
use crate::json::Value;

/// A document, or a message, in both versions. Messages are objects of their parts.
#[derive(Clone, Debug)]
pub struct Example {
    /// What it is an example of.
    pub of: ExampleOf,
    /// In the old version; `None`: `new` is refused.
    pub old: Option<Value>,
    /// In the new version; `None`: `old` is refused.
    pub new: Option<Value>,
    /// What upgrading `old` gives; `None`: `new`.
    pub up: Option<Value>,
    /// What downgrading `new` gives; `None`: `old`.
    pub down: Option<Value>,
    /// What is said to who sends the one document that there is then.
    pub refused: Option<Answer>,
    /// Where it stands.
    pub span: Span,
}

/// What an example is of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ExampleOf {
    /// A type by its old name, or by both: `Event -> Placed`.
    Type(Box<str>),
    /// A request of an operation, by its name in the old version.
    Request(Box<str>),
    /// An answer of an operation; the status stands in the messages.
    Response(Box<str>),
}
