//! Grammar of messages beside their bodies: paths and their templates, queries, header values,
//! parameters, and the head of a message as one document. It knows no contract, no route and no socket.

mod change;
pub mod envelope;
pub mod header;
pub mod limits;
pub mod look;
pub mod media;
pub mod offers;
mod pairs;
pub mod param;
pub mod path;
pub mod query;
mod template;

pub use envelope::{BadHead, Counterpart, Head, Known, Layout};
pub use param::{Form, Param, Style, Texts};
pub use template::Template;
