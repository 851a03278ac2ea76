//! Binds mappings to contracts and fuses a chain of hops into one program. The only room that
//! knows mapping, contract and plan; it runs nothing.

mod close;
mod hop;
mod list;
mod lower;
mod prune;
mod resolve;
mod shape;

use crate::contract::TypeGraph;
use resolve::Hop;

/// What cannot be fused (yet) at this hop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unsupported {
    /// Index of the hop in order of travel.
    pub hop: usize,
}

/// The hops of one program, in order of travel.
#[derive(Debug)]
pub(crate) struct Chain<'a> {
    hops: Vec<Hop<'a>>,
}

impl<'a> Chain<'a> {
    #[expect(clippy::indexing_slicing, reason = "hops are numbered by the chain itself")]
    fn hop(&self, at: usize) -> &Hop<'a> {
        &self.hops[at]
    }

    fn source_types(&self, hop: usize) -> &'a TypeGraph {
        self.hop(hop).source
    }

    /// Whether a rule changes values, beside placing them.
    fn has_parts(&self, hop: usize, rule: usize) -> bool {
        match self.hop(hop).rules.get(rule).map(|r| r.what) {
            Some(resolve::What::Move(field)) => {
                let parts = &field.parts;
                !parts.list.is_empty()
                    || parts.otherwise != crate::mapping::Otherwise::Keep
                    || parts.convert.is_some()
                    || parts.set
                    || parts.wrap.is_some()
                    || parts.each.is_some()
            }
            _ => false,
        }
    }
}
