//! The places of the bodies of messages, and of types, as tables for texts that name one.

use std::cell::Cell;
use std::collections::BTreeMap;

use crate::compile::resolve::bind::{Binding, Context, Move, Single, bind};
use crate::compile::resolve::live::further;
use crate::compile::resolve::place::{lead, let_through, member};
use crate::compile::resolve::union::{DEEPEST, branches, counterparts, of_branch};
use crate::compile::resolve::{Hop, Places, What};
use crate::compile::{Link, Root, begin};
use crate::contract::{Kinds, TypeGraph, Use};
use crate::json::{Segment, Text, spelt};
use crate::mapping::{Carrier, Named, Source};
use crate::plan::{NameId, NameInner, NameMembers, NameMove, NameNode, Names};
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
        if source.is_unconstrained() || target.is_unconstrained() || !source.kinds.meets(nested) {
            return NameNode::Same;
        }
        // What a rule takes and none carries.
        let taken = binding.claimed.iter().filter_map(|(path, _)| match path.as_slice() {
            [Segment::Name(name)] => Some(Text::from_plain(name)),
            _ => None,
        });
        let lost = binding.leftover.iter().chain(&binding.apart).cloned().chain(taken);
        // What it does not declare is an extra, whoever writes its name.
        let lost = lost.filter(|name| member(hop.source, context.source, name).is_some());
        let mut members = NameMembers {
            lost: lost.collect(),
            open: source.kinds.meets(Kinds::OBJECT)
                && let_through(hop.source, context.source).is_some(),
            ..NameMembers::default()
        };
        for moved in &binding.moves {
            self.moved(moved, &mut members.moves);
        }
        members.others = binding.others.clone().map(|inner| self.node(inner));
        let elements = binding.elements.clone().map(|inner| self.node(inner));
        let elements = elements.map_or(NameInner::Same, NameInner::Node);
        members.elements = source.items.map(|_| elements);
        members.list = self.flat && !source.kinds.meets(Kinds::OBJECT);
        self.related(context, &binding, &mut members);
        NameNode::Nested(members)
    }

    /// Members that rules relate to another place: the second of an alias is its first, and what a
    /// `$from` copies is what it makes of it.
    fn related(&mut self, context: &Context, binding: &Binding, into: &mut NameMembers) {
        let hop = self.hop;
        let rule = |single: &Single| hop.rules.get(single.rule);
        for single in &binding.fills {
            let Some(What::Fill(alias)) = rule(single).map(|rule| rule.what) else { continue };
            let first = rule(single).map(|rule| further(&rule.root, &alias.first, single.cut));
            let first = first.and_then(|first| spelt(&first));
            into.seconds.extend(spelt(&single.place).zip(first));
        }
        into.seconds.sort_by_key(|(second, _)| std::cmp::Reverse(second.len()));
        let copied = |single: &Single| match rule(single)?.what {
            What::Make(Source::From { path, .. }) | What::Take(Source::From { path, .. }) => {
                Some(further(&rule(single)?.root, path, single.cut))
            }
            _ => None,
        };
        for single in &binding.takes {
            let Some(dst) = copied(single) else { continue };
            let copy = self.copy(context, (&single.place, &dst));
            into.moves.extend(copy);
        }
        // The first in the file of several.
        let mut makes: Vec<&Single> = binding.makes.iter().collect();
        makes.sort_by_key(|single| rule(single).map(|rule| rule.rule));
        for single in makes {
            let Some(src) = copied(single) else { continue };
            let copy = self.copy(context, (&src, &single.place));
            into.copies.extend(copy);
        }
    }

    fn copy(
        &mut self,
        context: &Context,
        (src, dst): (&[Segment], &[Segment]),
    ) -> Option<NameMove> {
        let from = lead(self.hop.source, context.source, src);
        let uses = from.zip(lead(self.hop.target, context.target, dst));
        let inner = |uses| NameInner::Node(self.node(Context::bare(context.hop, uses)));
        let inner = uses.map_or(NameInner::Same, inner);
        Some(NameMove { src: spelt(src)?, dst: spelt(dst), inner })
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

    fn moved(&mut self, moved: &Move, into: &mut Vec<NameMove>) {
        let hop = self.hop;
        let rule = moved.rule.and_then(|at| hop.rules.get(at));
        let wrap = rule.and_then(|rule| match rule.what {
            What::Move(field) => field.parts.wrap.map(|side| (side, &rule.below.0)),
            _ => None,
        });
        let (mut src, mut dst) = (moved.src.clone(), moved.dst.clone());
        if let Some((side, below)) = wrap {
            let first = (!self.flat).then_some(Segment::Index(0));
            let element = first.into_iter().chain(below.iter().cloned());
            if side == hop.direction.source() {
                let whole = spelt(&src).filter(|_| !self.flat || !below.is_empty());
                let whole =
                    whole.map(|src| NameMove { src, dst: spelt(&dst), inner: NameInner::Nothing });
                into.extend(whole);
                src.extend(element);
            } else {
                dst.extend(element);
            }
        }
        let Some(steps) = spelt(&src) else { return };
        let inner = if moved.typed {
            NameInner::Node(self.node(moved.context.clone()))
        } else {
            NameInner::Same
        };
        into.push(NameMove { src: steps, dst: spelt(&dst), inner });
    }
}
