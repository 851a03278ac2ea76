//! What went wrong elsewhere: a named test for each trap that a translation of documents can fall
//! into, through the fused program and the plain executor. Expected results are written from the
//! mapping language. (What concerns sockets, headers and requests is in `tests/e2e`.)

mod at_once;
mod both;
mod branches;
mod contracts;
mod costs;
mod documents;
mod drafts;
mod elements;
mod index;
mod joined;
mod large;
mod learned;
mod lists;
mod media;
mod meetings;
mod messages;
mod named;
mod names;
mod narrowed;
mod nulls;
mod only;
mod open;
mod operations;
mod placed;
mod plain;
mod refused;
#[path = "../shared/same.rs"]
mod same;
mod statuses;
mod texts;
mod times;
mod types;
mod values;
mod words;
