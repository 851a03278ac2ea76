//! What the author of mappings needs to know before a client does: loading and checking an API as
//! a whole, running its examples. It opens no file and prints nothing.

mod examples;
mod load;

pub use examples::examples;
pub use load::{Files, Loaded, load};
