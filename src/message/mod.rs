//! Grammar of messages beside their bodies: path templates and header values. It knows no
//! contract, no route and no socket.

pub mod header;
mod template;

pub use template::Template;
