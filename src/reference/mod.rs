//! The plain executor, which is the definition: one hop after the other over a tree, every rule
//! as `docs/semantics.md` says it. Written for clarity; it shares nothing with the compiler.

mod alias;
mod bind;
mod context;
mod cross;
mod end;
mod item;
mod left;
mod lens;
mod name;
mod naming;
mod parts;
mod place;
mod placing;
mod refuse;
mod regroup;
mod source;
mod told;
mod union;
mod value;
mod void;

use crate::codec::{self, Converted};
use crate::contract::{Contract, Use};
use crate::json;
use crate::json::scan::{Malformed, MalformedKind};
use crate::loss::{Loss, LossKind, Refusal, RuleId};
use crate::mapping::{Block, Carrier, Mapping};
use crate::version::Direction;
use value::{Place, Step, Val, pointer};

/// One mapping and its two contracts.
#[derive(Clone, Copy, Debug)]
pub struct Hop<'a> {
    /// The mapping.
    pub mapping: &'a Mapping,
    /// Its index in the history.
    pub index: u16,
    /// The contract of `from`.
    pub old: &'a Contract,
    /// The contract of `to`.
    pub new: &'a Contract,
}

/// Where a message starts in the two contracts of a hop, in the direction of travel.
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

/// Which way a message goes, and what it is.
type Facing = (Direction, Carrier);

/// What became of a well-formed message.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// It was translated.
    Translated {
        /// The document.
        document: json::Value,
        /// What was lost.
        losses: Vec<Loss>,
    },
    /// A rule refused it.
    Refused(Refusal),
}

/// Something lost, not named yet.
#[derive(Clone, Debug)]
struct Lost {
    rule: RuleId,
    kind: LossKind,
    place: Place,
    refuses: bool,
    /// What is told of it, if its rule says that.
    words: Option<Box<str>>,
}

/// Runs the hops, which are in order of travel, one after the other.
pub fn run(
    hops: &[Hop<'_>],
    roots: &[Root<'_>],
    direction: Direction,
    message: &[u8],
    depth: usize,
) -> Result<Outcome, Malformed> {
    let tree = json::parse(message, depth)?;
    let mut value = Val::came(&tree, &Vec::new());
    let mut losses: Vec<Loss> = Vec::new();
    for (at, (hop, root)) in hops.iter().zip(roots).enumerate() {
        let mut lens = lens::Lens::new((*hop, at), (direction, root.carrier), &tree);
        lens.named = root.named.as_deref();
        lens.whole = Some((root.source, root.target));
        value = lens.root(value, root);
        if lens.duplicate {
            return Err(Malformed { at: 0, kind: MalformedKind::Duplicate });
        }
        if let Some(refusal) = first_refusal(&lens.lost, &tree) {
            return Ok(Outcome::Refused(refusal));
        }
        losses.extend(lens.lost.iter().map(|l| Loss {
            rule: l.rule,
            kind: l.kind,
            place: pointer(&l.place),
        }));
    }
    let mut end = end::End { hops, direction, lost: Vec::new() };
    let document = end.write(&value, &mut Vec::new());
    if let Some(refusal) = end.refusal() {
        return Ok(Outcome::Refused(refusal));
    }
    losses.extend(end.lost.iter().map(|l| Loss {
        rule: l.rule,
        kind: l.kind,
        place: pointer(&l.place),
    }));
    losses.sort();
    Ok(Outcome::Translated { document, losses })
}

/// The refusal that counts: the first rule, then the first place in the message.
fn first_refusal(lost: &[Lost], tree: &json::Value) -> Option<Refusal> {
    let refusals = lost.iter().filter(|l| l.refuses);
    let first = refusals.min_by_key(|l| {
        let by_rule = if mutant!("plain-first-place-refuses") { 0 } else { l.rule.rule };
        // Of values that are copies of one, by what is told of them.
        (by_rule, order(tree, &l.place), l.words.as_deref())
    })?;
    let (place, words) = (pointer(&first.place), first.words.clone());
    Some(Refusal { rule: first.rule, kind: first.kind, place, words })
}

/// Where a place stands in the message, as the index of each step.
fn order(tree: &json::Value, place: &Place) -> Vec<usize> {
    let mut at = tree;
    let mut order = Vec::new();
    for step in place {
        let next = match (step, at) {
            (Step::Index(index), json::Value::Array(items)) => {
                items.get(*index).map(|v| (*index, v))
            }
            (Step::Name(name), json::Value::Object(members)) => members
                .iter()
                .position(|(n, _)| n == name)
                .and_then(|i| Some((i, &members.get(i)?.1))),
            _ => None,
        };
        let Some((index, value)) = next else { break };
        order.push(index);
        at = value;
    }
    order
}

/// A conversion of the JSON text of a value.
fn convert(
    from: &codec::Repr,
    to: &codec::Repr,
    value: &json::Value,
) -> Option<(json::Value, bool)> {
    match codec::convert(from, to, &value.to_string()) {
        Converted::Done { text, narrowed } => {
            Some((json::parse(text.as_bytes(), usize::MAX).ok()?, narrowed))
        }
        Converted::Unfit => None,
    }
}
