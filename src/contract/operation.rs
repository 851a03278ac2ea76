//! Operations of a contract: what can be asked, and what is answered.

use super::Use;
use crate::diagnostic::Span;

/// A method on a path template, with the schemas of its JSON bodies.
#[derive(Clone, Debug)]
pub struct Operation {
    /// Upper case: `GET`.
    pub method: Box<str>,
    /// Path template as written: `/orders/{id}`.
    pub path: Box<str>,
    /// `operationId`, where there is one.
    pub id: Option<Box<str>>,
    /// Where it is declared.
    pub span: Span,
    /// Schema of the JSON request body; `None` where the contract has no JSON body.
    pub request: Option<Use>,
    /// Answers by status, in order of the document.
    pub answers: Vec<Answer>,
}

/// An answer that the contract lists.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The text as listed: `200`, `2XX`, `default`.
    pub status: Box<str>,
    /// Schema of the JSON body; `None` where the answer has none.
    pub body: Option<Use>,
}
