//! Grammar of messages beside their bodies: path templates, header values, parameters, and the head
//! of a message as one document. It knows no contract, no route and no socket.

pub mod envelope;
pub mod header;
mod pairs;
pub mod param;
mod template;

pub use envelope::{BadHead, Head, Layout};
pub use param::{Form, Param, Style, Texts};
pub use template::Template;
