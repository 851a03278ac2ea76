//! The places of the bodies of messages, and of types, as tables for texts that name one.

use std::cell::Cell;
use std::collections::BTreeMap;

use crate::codec::naming::{Known, Steps};
use crate::compile::resolve::bind::{Binding, Context, Move, Single, bind};
use crate::compile::resolve::live::further;
use crate::compile::resolve::place::{lead, let_through, member};
use crate::compile::resolve::union::{DEEPEST, branches, counterparts, of_branch};
use crate::compile::resolve::{Hop, Places, What};
use crate::compile::{Link, Root, begin};
use crate::contract::{Kinds, TypeGraph, Use};
use crate::json::{Segment, Text, spelt};
use crate::mapping::{Carrier, Named, Source};
use crate::plan::{Longest, NameId, NameInner, NameMembers, NameMove, NameNode, Names};
use crate::version::Direction;

/// Nodes of one table; what is beyond has no counterpart that is known.
const MOST: usize = 20_000;

/// What the texts of one mapping name in messages that begin here, as far as that is known.
pub(in crate::compile) fn named<'a>(
    link: Link<'a>,
    at: usize,
    (direction, root): (Direction, &Root<'a>),
) -> Vec<Places<'a>> {
    let types = (&link.old.types, &link.new.types);
    let hop = |facing| Hop::new(link.mapping, link.index, facing, types);
    let own = root.named.as_deref();
    let places = |named: &'a Named| {
        let whole = match named {
            Named::Fields(name) => {
                let (old, new) = link.mapping.pair(name);
                let of = |types: &TypeGraph, name| {
                    types.named(name).map(|ty| Use { ty, nullable: false })
                };
                let (old, new) = (of(types.0, old)?, of(types.1, new)?);
                let uses = if direction == Direction::Upgrade { (old, new) } else { (new, old) };
                let hop = hop((direction, Carrier::Unknown));
                return Some(Places {
                    named,
                    hop,
                    context: Context::bare(at, uses),
                    of_body: false,
                    asked: Cell::new(false),
                });
            }
            Named::Request => own?.request.as_ref()?,
            Named::Document => own.map_or(Some(root), |own| own.document.as_ref())?,
        };
        // A request went the other way.
        let back = *named == Named::Request;
        let direction = if back { direction.reverse() } else { direction };
        let mut hop = hop((direction, whole.carrier));
        let (source, target) = (whole.source, whole.target);
        let context = if back {
            let there = Root { source: target, target: source, ..whole.clone() };
            Context { source, target, ..begin(&mut hop, at, &there) }
        } else {
            begin(&mut hop, at, whole)
        };
        let hop = if back { hop.backwards() } else { hop };
        Some(Places { named, hop, context, of_body: own.is_some(), asked: Cell::new(false) })
    };
    link.mapping.names().into_iter().filter_map(places).collect()
}

/// The table of what texts name.
pub(in crate::compile) fn names(places: &Places<'_>) -> Names {
    let flat = matches!(places.named, Named::Fields(_));
    let (known, nodes, todo) = (BTreeMap::new(), Vec::new(), Vec::new());
    let mut naming = Naming { hop: &places.hop, flat, known, nodes, todo };
    naming.node(places.context.clone());
    while let Some((at, context)) = naming.todo.pop() {
        let node = naming.of(&context);
        if let Some(place) = naming.nodes.get_mut(at) {
            *place = node;
        }
    }
    Names { of_body: places.of_body, nodes: naming.nodes }
}

struct Naming<'n, 'a> {
    hop: &'n Hop<'a>,
    flat: bool,
    known: BTreeMap<Context, NameId>,
    nodes: Vec<NameNode>,
    todo: Vec<(NameId, Context)>,
}

impl Naming<'_, '_> {
    fn node(&mut self, context: Context) -> NameId {
        if let Some(id) = self.known.get(&context) {
            return *id;
        }
        let id = self.nodes.len();
        self.nodes.push(NameNode::Nothing);
        self.known.insert(context.clone(), id);
        if id < MOST {
            self.todo.push((id, context));
        }
        id
    }

    fn of(&mut self, context: &Context) -> NameNode {
        let hop = self.hop;
        let binding = bind(hop, context);
        if binding.cross.is_some() {
            return NameNode::Nothing;
        }
        let (source, target) =
            (hop.source.get(context.source.ty), hop.target.get(context.target.ty));
        if source.branches.is_some() || target.branches.is_some() {
            return self.branches(context, &binding);
        }
        let nested = Kinds::ARRAY.or(Kinds::OBJECT);
        if !source.kinds.meets(nested) {
            return NameNode::Same(Known::Not);
        }
        if source.is_unconstrained() || target.is_unconstrained() {
            return NameNode::Same(Known::Allowed);
        }
        // What a rule takes and none carries.
        let taken = binding.claimed.iter().filter_map(|(path, _)| match path.as_slice() {
            [Segment::Name(name)] => Some(Text::from_plain(name)),
            _ => None,
        });
        let lost = binding.leftover.iter().chain(&binding.apart).cloned().chain(taken);
        // What it does not declare is an extra, whoever writes its name.
        let lost = lost.filter(|name| member(hop.source, context.source, name).is_some());
        let lost = lost.filter_map(|name| {
            let declared = hop.source.property(context.source.ty, &name).is_some();
            let known = if declared { Known::Declared } else { Known::Allowed };
            Some((vec![name.decode()?.into()], known))
        });
        let elements = binding.elements.clone().map(|inner| self.node(inner));
        let elements = elements.map_or(NameInner::Same, NameInner::Node);
        let moves = binding.moves.iter().flat_map(|moved| self.moved(moved, context));
        let moves: Vec<(Steps, NameMove)> = moves.collect();
        NameNode::Nested(NameMembers {
            moves: moves.into_iter().chain(self.taken(context, &binding)).collect(),
            seconds: self.seconds(&binding).collect(),
            copies: self.copies(context, &binding),
            lost: lost.collect(),
            open: source.kinds.meets(Kinds::OBJECT)
                && let_through(hop.source, context.source).is_some(),
            others: binding.others.clone().map(|inner| self.node(inner)),
            elements: source.items.map(|_| elements),
            list: self.flat && !source.kinds.meets(Kinds::OBJECT),
        })
    }

    /// The second places of aliases, each of which is its first.
    fn seconds(&self, binding: &Binding) -> impl Iterator<Item = (Steps, Steps)> {
        let second = |single: &Single| {
            let rule = self.hop.rules.get(single.rule)?;
            let What::Fill(alias) = rule.what else { return None };
            let first = further(&rule.root, &alias.first, single.cut);
            spelt(&single.place).zip(spelt(&first))
        };
        binding.fills.iter().filter_map(second)
    }

    /// What a `$from` copies is what it makes of it: of rules that take.
    fn taken(&mut self, context: &Context, binding: &Binding) -> Vec<(Steps, NameMove)> {
        let take = |single: &Single| {
            let dst = self.copied(single)?;
            self.copy(context, (&single.place, &dst))
        };
        binding.takes.iter().filter_map(take).collect()
    }

    /// The same of rules that make, the first in the file first.
    fn copies(&mut self, context: &Context, binding: &Binding) -> Longest<NameMove> {
        let mut makes: Vec<&Single> = binding.makes.iter().collect();
        makes.sort_by_key(|single| self.hop.rules.get(single.rule).map(|rule| rule.rule));
        let make = |single: &Single| {
            let src = self.copied(single)?;
            self.copy(context, (&src, &single.place))
        };
        makes.into_iter().filter_map(make).collect()
    }

    /// The place of a `$from`.
    fn copied(&self, single: &Single) -> Option<Vec<Segment>> {
        let rule = self.hop.rules.get(single.rule)?;
        match rule.what {
            What::Make(Source::From { path, .. }) | What::Take(Source::From { path, .. }) => {
                Some(further(&rule.root, path, single.cut))
            }
            _ => None,
        }
    }

    fn copy(
        &mut self,
        context: &Context,
        (src, dst): (&[Segment], &[Segment]),
    ) -> Option<(Steps, NameMove)> {
        let from = lead(self.hop.source, context.source, src);
        let uses = from.zip(lead(self.hop.target, context.target, dst));
        let inner = |uses| NameInner::Node(self.node(Context::bare(context.hop, uses)));
        let inner = uses.map_or(NameInner::Same, inner);
        Some((spelt(src)?, NameMove { dst: spelt(dst), inner, known: Known::Declared }))
    }

    fn branches(&mut self, context: &Context, binding: &Binding) -> NameNode {
        if context.unions >= DEEPEST {
            return NameNode::Nothing;
        }
        let uses = (context.source, context.target);
        let mut all = Vec::new();
        for branch in branches(self.hop.source, context.source.ty) {
            for target in counterparts(self.hop, branch, uses) {
                all.push(self.node(of_branch(context, binding, (branch, target))));
            }
        }
        NameNode::Branches(all)
    }

    /// A counterpart; of a list of which only the first element has one, this and the list.
    fn moved(
        &mut self,
        moved: &Move,
        context: &Context,
    ) -> impl Iterator<Item = (Steps, NameMove)> + use<> {
        let hop = self.hop;
        let rule = moved.rule.and_then(|at| hop.rules.get(at));
        let wrap = rule.and_then(|rule| match rule.what {
            What::Move(field) => field.parts.wrap.map(|side| (side, &rule.below.0)),
            _ => None,
        });
        let (mut src, mut dst) = (moved.src.clone(), moved.dst.clone());
        let mut list = None;
        if let Some((side, below)) = wrap {
            let first = (!self.flat).then_some(Segment::Index(0));
            let element = first.into_iter().chain(below.iter().cloned());
            if side == hop.direction.source() {
                let inner = NameInner::Nothing;
                list = spelt(&src)
                    .filter(|_| !self.flat || !below.is_empty())
                    .map(|src| (src, NameMove { dst: spelt(&dst), inner, known: Known::Declared }));
                src.extend(element);
            } else {
                dst.extend(element);
            }
        }
        let inner = if moved.typed {
            NameInner::Node(self.node(moved.context.clone()))
        } else {
            NameInner::Same
        };
        let known = match moved.src.as_slice() {
            [Segment::Name(name)] if rule.is_none() => {
                let name = Text::from_plain(name);
                let named = hop.source.property(context.source.ty, &name).is_some()
                    || hop.target.property(context.target.ty, &name).is_some();
                if named { Known::Declared } else { Known::Allowed }
            }
            _ => Known::Declared,
        };
        let own = spelt(&src).map(|src| (src, NameMove { dst: spelt(&dst), inner, known }));
        list.into_iter().chain(own)
    }
}
