//! The programs of whole messages: head and body apart where no rule relates them, so that either can
//! go through unread.

use std::sync::Arc;

use super::Plan;
use crate::message::Layout;

/// What is done to one kind of message; what stays as it came has no program.
#[derive(Clone, Debug)]
pub enum Message {
    /// Head and body know nothing of each other.
    Apart {
        /// Of the head.
        head: Option<Arc<Head>>,
        /// Of the body.
        body: Option<Arc<Plan>>,
    },
    /// One document of all parts.
    Whole(Arc<Head>),
}

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
}

impl Message {
    /// What is done to a message of which nothing changes.
    pub fn nothing() -> Self {
        Self::Apart { head: None, body: None }
    }

    /// Whether everything stays as it came.
    pub fn is_nothing(&self) -> bool {
        matches!(self, Self::Apart { head: None, body: None })
    }

    /// Whether the body is read.
    pub fn reads_body(&self) -> bool {
        !matches!(self, Self::Apart { body: None, .. })
    }

    /// Whether the program looks at the request of an answer.
    pub fn asks(&self) -> bool {
        match self {
            Self::Apart { head, .. } => head.as_ref().is_some_and(|head| head.request.is_some()),
            Self::Whole(head) => head.request.is_some(),
        }
    }
}
