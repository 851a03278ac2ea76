//! `only:` which messages a rule holds for.

use super::{Block, Mapping, Named, Rule, RuleKind};
use crate::version::Direction;

/// `only`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Only {
    /// Messages that go in this direction.
    Way(Direction),
    /// Messages of this sort.
    Of(Carrier),
}

/// What a value comes in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Carrier {
    /// Nothing that is known: rules of requests and of answers hold.
    #[default]
    Unknown,
    /// A request.
    Request,
    /// An answer.
    Answer,
}

impl Rule {
    /// Whether it holds for what comes in such a message; where it does not, what stands at its place
    /// is left behind, if that is no place of the other side.
    pub fn holds(&self, (direction, carrier): (Direction, Carrier)) -> bool {
        match self.only {
            None => true,
            Some(Only::Way(way)) => way == direction,
            Some(Only::Of(of)) => carrier == Carrier::Unknown || carrier == of,
        }
    }
}

impl Mapping {
    /// What its texts name, each once.
    pub fn names(&self) -> Vec<&Named> {
        let mut all = Vec::new();
        let types = self.types.iter().map(|of| &of.block);
        types.chain(self.messages().map(|rules| &rules.whole)).for_each(|b| names(b, &mut all));
        all
    }

    /// Whether a rule tells requests from answers.
    pub fn tells_messages(&self) -> bool {
        let types = self.types.iter().map(|of| &of.block);
        types.chain(self.messages().map(|rules| &rules.whole)).any(tells)
    }
}

fn names<'b>(block: &'b Block, into: &mut Vec<&'b Named>) {
    for rule in &block.rules {
        match &rule.kind {
            RuleKind::In { block, .. } => names(block, into),
            RuleKind::Field(field) => {
                let mut parts = Some(&field.parts);
                while let Some(own) = parts {
                    let named = own.names.as_ref().filter(|named| !into.contains(named));
                    into.extend(named);
                    parts = own.each.as_deref();
                }
            }
            RuleKind::Only { .. } | RuleKind::Alias(_) | RuleKind::Refuse(_) => {}
        }
    }
}

fn tells(block: &Block) -> bool {
    block.rules.iter().any(|rule| match &rule.kind {
        RuleKind::In { block, .. } => tells(block),
        _ => matches!(rule.only, Some(Only::Of(_))),
    })
}
