//! JSON as bytes and as small trees: limits, the validating scanner, decimal text, paths. It
//! knows nothing of contracts or mappings, and never turns a number into a float.

mod canon;
mod malformed;
pub mod number;
mod parse;
mod path;
pub mod place;
mod predicate;
pub mod scan;
mod value;
mod words;

pub use parse::parse;
pub use path::{Path, Segment, spelt, writing};
pub use predicate::{Sort, Test};
pub use value::{Text, Value, same_text};
