//! Binds mappings to contracts and fuses a chain of hops into one program. The only room that
//! knows mapping, contract and plan; it runs nothing.

mod behind;
mod called;
mod carried;
mod check;
mod choice;
mod close;
mod flat;
mod hop;
mod list;
mod loose;
mod lower;
mod media;
mod message;
mod pairs;
mod program;
mod prune;
mod resolve;
mod series;
mod shape;
mod stage;
mod status;
mod typed;

use std::cell::OnceCell;

pub use crate::plan::Asked;
pub use carried::Carried;
pub use check::{Place, Places, check, neighbours, parts, places};
pub use media::Medium;
pub use message::{View, answer_of, bodies_of};
pub use pairs::{Constant, Pair, Pairs};
pub use program::Message;
pub use series::{NoCounterpart, Part, Series, Status, Subject, Track, Travel, Way};
pub use typed::{Kind, Typed};

use thiserror::Error;

use crate::contract::{self, Contract, Kinds, TypeGraph, Use};
use crate::mapping::{self, Block, Carrier, Mapping};
use crate::plan::{Plan, Why};
use crate::version::Direction;
use resolve::Hop;
use resolve::bind::{Context, Handed};
use shape::Work;

/// One step of a chain: a mapping and its two contracts.
#[derive(Clone, Copy, Debug)]
pub struct Link<'a> {
    /// The mapping.
    pub mapping: &'a Mapping,
    /// Its index in the history.
    pub index: u16,
    /// The contract of `from`.
    pub old: &'a Contract,
    /// The contract of `to`.
    pub new: &'a Contract,
    /// The operations that it relates.
    pub pairs: &'a Pairs,
}

/// Which way messages go, and what they are.
type Facing = (Direction, Carrier);

/// Where a message starts in the two contracts of a link, in the direction of travel.
#[derive(Clone, Debug)]
pub struct Root<'a> {
    /// Before the hop.
    pub source: Use,
    /// After the hop.
    pub target: Use,
    /// An operation's own blocks, most special first.
    pub blocks: Vec<&'a Block>,
    /// What the message is.
    pub carrier: Carrier,
    /// Of a message, what texts in it may name places of.
    pub named: Option<Box<Naming<'a>>>,
}

/// The messages of which texts of one name places: places of their bodies, seen in its own direction.
#[derive(Clone, Debug)]
pub struct Naming<'a> {
    /// Of an answer, its request.
    pub request: Option<Root<'a>>,
    /// The message itself.
    pub document: Option<Root<'a>>,
}

/// Fuses a chain of links, which are in order of travel, into one program.
pub fn program(
    links: &[Link<'_>],
    roots: &[Root<'_>],
    direction: Direction,
) -> Result<Plan, Unsupported> {
    let mut chain = Chain { hops: Vec::new(), back: Vec::new() };
    let mut contexts = Vec::new();
    for (at, (link, root)) in links.iter().zip(roots).enumerate() {
        let types = (&link.old.types, &link.new.types);
        let facing = (direction, root.carrier);
        let mut hop = Hop::new(link.mapping, link.index, facing, types);
        contexts.push(begin(&mut hop, at, root));
        hop.named = stage::naming::named(*link, at, (direction, root));
        chain.hops.push(hop);
    }
    let back = links.iter().zip(roots).map(|(link, root)| {
        let facing = (direction.reverse(), root.carrier);
        (*link, facing, OnceCell::new())
    });
    chain.back = back.collect();
    close::Closing::program(&chain, contexts)
}

/// The context that a message begins in.
fn begin<'a>(hop: &mut Hop<'a>, at: usize, root: &Root<'a>) -> Context {
    let blocks: Vec<_> = root.blocks.iter().map(|b| hop.bind_block(b)).collect();
    let uses = (root.source, root.target);
    let rules = blocks.iter().flat_map(|b| &b.rules).filter(|at| hop.has_places(**at, uses));
    let handed = rules.map(|at| Handed { at: *at, src: 0, dst: 0 }).collect();
    Context { handed, ..Context::bare(at, uses) }
}

/// Hops that cannot be fused, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("there is no program: {0}")]
pub struct Unsupported(pub Why);

/// The hops of one program, in order of travel, and after them the same hops the other way, for
/// what a source on the way back would give.
#[derive(Debug)]
pub(crate) struct Chain<'a> {
    hops: Vec<Hop<'a>>,
    back: Vec<(Link<'a>, Facing, OnceCell<Hop<'a>>)>,
}

impl<'a> Chain<'a> {
    #[expect(clippy::indexing_slicing, reason = "hops are numbered by the chain itself")]
    fn hop(&self, at: usize) -> &Hop<'a> {
        match at.checked_sub(self.hops.len()) {
            None => &self.hops[at],
            Some(at) => {
                let (link, facing, hop) = &self.back[at];
                let types = (&link.old.types, &link.new.types);
                hop.get_or_init(|| Hop::new(link.mapping, link.index, *facing, types))
            }
        }
    }

    /// The hop that goes the other way.
    fn back(&self, at: usize) -> usize {
        if at < self.hops.len() { at + self.hops.len() } else { at - self.hops.len() }
    }

    fn source_types(&self, hop: usize) -> &'a TypeGraph {
        self.hop(hop).source
    }

    /// Whether both contracts want a boolean, number or string.
    fn is_scalar(&self, context: &Context) -> bool {
        let of = self.hop(context.hop);
        let nested = Kinds::ARRAY.or(Kinds::OBJECT);
        let scalar = |ty: &contract::Type| {
            ty.branches.is_none() && !ty.is_unconstrained() && !ty.kinds.meets(nested)
        };
        scalar(of.source.get(context.source.ty)) && scalar(of.target.get(context.target.ty))
    }

    /// Whether a list, or what is done on the tape, may make the value absent.
    fn may_vanish(&self, works: &[Work]) -> bool {
        works.iter().any(|work| {
            let hop = self.hop(work.context.hop);
            let Some(rule) = work.parts() else { return !work.is_of_type() };
            let rule = hop.rules.get(rule);
            let Some(resolve::What::Move(field)) = rule.map(|r| r.what) else { return false };
            let absent = |l: &crate::mapping::Listed| {
                [&l.old, &l.new].contains(&&crate::mapping::Cell::Absent)
            };
            field.parts.wrap.is_some() || field.parts.list.iter().any(absent)
        })
    }

    /// Whether the work's own rule, or one of its type, does something with null.
    fn takes_null(&self, work: &Work) -> bool {
        let (hop, context) = (self.hop(work.context.hop), &work.context);
        let of_type = resolve::bind::blocks(hop, context.source.ty, context.target.ty)
            .into_iter()
            .flat_map(|block| &block.rules)
            .copied();
        let mut rules = work.parts().into_iter().chain(of_type);
        rules.any(|at| match hop.rules.get(at).map(|r| (r.what, &r.src, &r.dst)) {
            Some((resolve::What::Move(field), src, dst)) => {
                let own = work.parts() == Some(at) || (src.0.is_empty() && dst.0.is_empty());
                let null = |cell: &mapping::Cell| match cell {
                    mapping::Cell::Key(text) => &**text == "null",
                    mapping::Cell::Value(value) => *value == crate::json::Value::Null,
                    mapping::Cell::Absent => false,
                };
                let listed = field.parts.list.iter().any(|l| null(&l.old) || null(&l.new));
                own && (listed || field.parts.wrap.is_some())
            }
            _ => false,
        })
    }

    /// Whether the value's type has a rule about the value itself.
    fn is_ruled(&self, work: &Work) -> bool {
        work.is_of_type()
            && resolve::bind::bind(self.hop(work.context.hop), &work.context).itself.is_some()
    }

    /// Whether a rule changes values, beside placing them.
    fn has_parts(&self, hop: usize, rule: usize) -> bool {
        match self.hop(hop).rules.get(rule).map(|r| r.what) {
            Some(resolve::What::Move(field)) => {
                let parts = &field.parts;
                !parts.list.is_empty()
                    || parts.otherwise != crate::mapping::Otherwise::Keep
                    || parts.convert.is_some()
                    || parts.names.is_some()
                    || parts.set
                    || parts.wrap.is_some()
                    || parts.each.is_some()
            }
            _ => false,
        }
    }
}
