//! A contract: the operations and types of one version of an API, normalised. It knows nothing
//! of mappings, plans or execution.

mod build;
mod files;
mod graph;
mod load;
mod message;
mod open;
mod operation;
mod parameter;
mod paths;
mod schema;
mod union;

pub use files::Reader;
pub use graph::{Additional, Branches, Crossing, Kinds, Literals, Type, TypeGraph, TypeId, Use};
pub use load::{load, said};
pub use message::{Message, Shapes};
pub use open::open;
pub use operation::{Answer, Bodies, Body, Operation, Operations, Parameter};

use crate::version::ApiVersion;

/// One version of an API.
#[derive(Clone, Debug)]
pub struct Contract {
    /// The version it is of.
    pub version: ApiVersion,
    /// Every schema, named or not.
    pub types: TypeGraph,
    /// Operations in the order of the document; empty for a document of `$defs`.
    pub operations: Operations,
    /// Nobody has written it: see [`open`].
    pub open: bool,
}
