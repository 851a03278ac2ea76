//! Grammar of messages beside their bodies: paths and their templates, queries, header values. It
//! knows no contract, no route and no socket.

pub mod header;
pub mod offers;
pub mod path;
pub mod query;
mod template;

pub use template::Template;
