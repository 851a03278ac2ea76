//! The program of a message's head, or of a whole message.

use super::Plan;
use crate::message::Layout;

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
