//! The program of a message's head, of its body, or of a whole message.

use super::{Plan, ReporterId};
use crate::message::media::{Content, Retype};
use crate::message::{Counterpart, Layout};

/// The program of a head, or of a message as a whole, which is one document.
#[derive(Clone, Debug)]
pub struct Head {
    /// Over the document.
    pub plan: Plan,
    /// How the message is read.
    pub from: Layout,
    /// How it is written.
    pub to: Layout,
    /// Of an answer whose rules look at it: how the request is read that the backend got.
    pub request: Option<Layout>,
    /// As what a body is read and written that is in the document.
    pub content: (Content, Content),
    /// Of one that is written as a text: what says that nothing is left of it.
    pub emptied: Option<ReporterId>,
    /// What it says that its body is, where that changes without a rule.
    pub retype: Option<Retype>,
    /// What it says that its body is, where that is made, and none came.
    pub made: Option<Retype>,
    /// Texts of the backend's message, as rules name them, that the client does not have under the same name:
    /// with what it has of them.
    pub called: Vec<(Box<str>, Counterpart)>,
}

/// What rules of an answer look at in its request.
#[derive(Clone, Debug)]
pub struct Asked {
    /// How the request is read that the backend gets.
    pub layout: Layout,
    /// Texts of it that the client has under other names.
    pub called: Vec<(Box<str>, Counterpart)>,
}

/// The program of a body by itself.
#[derive(Clone, Debug)]
pub struct Body {
    /// Over the document.
    pub plan: Plan,
    /// As what it is read and written.
    pub content: (Content, Content),
    /// Of one that is written as a text: what says that nothing is left of it.
    pub emptied: Option<ReporterId>,
}

impl Head {
    /// Whether a head goes through as it came.
    pub fn is_nothing(&self) -> bool {
        self.plan.is_empty() && self.retype.is_none() && !self.from.differs(&self.to)
    }
}

impl Body {
    /// The program of a document that is no body.
    pub fn document(plan: Plan) -> Self {
        Self { plan, content: (Content::Json, Content::Json), emptied: None }
    }

    /// Whether it comes as a plain text.
    pub fn reads_text(&self) -> bool {
        self.content.0 == Content::Text
    }

    /// Whether a body goes through as it came.
    pub fn is_nothing(&self) -> bool {
        self.plan.is_empty() && self.content.0 == self.content.1
    }
}
