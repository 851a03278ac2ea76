//! What the author of mappings needs to know before a client does: loading and checking an API as
//! a whole, running its examples, explaining what becomes of a message. It opens no file and prints
//! nothing.

mod documents;
mod examples;
mod explain;
mod load;
mod open;
mod unreached;

pub use documents::no_error;
pub use examples::examples;
pub use explain::{
    Becomes, Body, Ends, Gone, RuleAt, TypeRules, answer, bodies, on_one_line, operation_ends,
    refusal, rule_name, rule_place, type_rules, unsaid, ways,
};
pub use load::{Files, Loaded, load};
