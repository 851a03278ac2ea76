//! Fishplate joins two versions of an API so that traffic rolls over the joint.
//!
//! Authors state each change of an API once, in a mapping between two contracts; a chain of
//! mappings is compiled into one program per direction, which rewrites messages over their
//! bytes. `ARCHITECTURE.md` is the map of the rooms below; they stand in floor order, and no
//! room imports a later one.
#![forbid(unsafe_code)]
#![warn(
    clippy::as_conversions,
    clippy::exit,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::unwrap_used
)]

/// A seeded mistake, switched on by its name in `FISHPLATE_MUTANT`. They show that the laws notice
/// mistakes; in a build without `--cfg mutants` there is none.
#[cfg(mutants)]
macro_rules! mutant {
    ($name:literal) => {
        $crate::mistake().is_some_and(|name| name == $name)
    };
}
#[cfg(not(mutants))]
macro_rules! mutant {
    ($name:literal) => {
        false
    };
}

/// The seeded mistake that is switched on, looked up once.
#[cfg(mutants)]
fn mistake() -> Option<&'static str> {
    static NAME: std::sync::OnceLock<Option<String>> = std::sync::OnceLock::new();
    NAME.get_or_init(|| std::env::var("FISHPLATE_MUTANT").ok()).as_deref()
}

pub mod body;
pub mod coding;
pub mod diagnostic;
pub mod json;
pub mod loss;
pub mod telemetry;
pub mod version;

pub mod document;

pub mod api;
pub mod codec;
pub mod contract;
pub mod mapping;
pub mod message;
pub mod plan;
pub mod upstream;

pub mod compile;
pub mod reference;
pub mod translate;

pub mod authoring;

pub mod snapshot;

pub mod admin;
pub mod gateway;

pub mod config;

pub mod cli;
