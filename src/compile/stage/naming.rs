//! The places of a request's body, as tables for texts of answers that name one.

use std::collections::BTreeMap;

use crate::compile::resolve::bind::{Binding, Context, Move, bind};
use crate::compile::resolve::place::{lead, let_through, member};
use crate::compile::resolve::union::{DEEPEST, branches, counterparts, of_branch};
use crate::compile::resolve::{Hop, What};
use crate::contract::Kinds;
use crate::json::{Segment, Text, spelt};
use crate::plan::{NameId, NameInner, NameMembers, NameMove, NameNode, Names};

/// Nodes of one table; what is beyond has no counterpart that is known.
const MOST: usize = 20_000;

/// The table of one hop, from the context of the body.
pub(in crate::compile) fn names(hop: &Hop<'_>, body: Context) -> Names {
    let mut naming = Naming { hop, known: BTreeMap::new(), nodes: Vec::new(), todo: Vec::new() };
    naming.node(body);
    while let Some((at, context)) = naming.todo.pop() {
        let node = naming.of(&context);
        if let Some(place) = naming.nodes.get_mut(at) {
            *place = node;
        }
    }
    Names { nodes: naming.nodes }
}

struct Naming<'n, 'a> {
    hop: &'n Hop<'a>,
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
            self.moved(context, moved, &mut members.moves);
        }
        members.others = binding.others.clone().map(|inner| self.node(inner));
        let elements = binding.elements.clone().map(|inner| self.node(inner));
        let elements = elements.map_or(NameInner::Same, NameInner::Node);
        members.elements = source.items.map(|_| elements);
        NameNode::Nested(members)
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

    fn moved(&mut self, context: &Context, moved: &Move, into: &mut Vec<NameMove>) {
        let hop = self.hop;
        let rule = moved.rule.and_then(|at| hop.rules.get(at));
        let wrap = rule.and_then(|rule| match rule.what {
            What::Move(field) => field.parts.wrap.map(|side| (side, &rule.below.0)),
            _ => None,
        });
        let (mut src, mut dst) = (moved.src.clone(), moved.dst.clone());
        if let Some((side, below)) = wrap {
            let element = std::iter::once(Segment::Index(0)).chain(below.iter().cloned());
            if side == hop.direction.source() {
                let whole = spelt(&src).map(|src| NameMove {
                    src,
                    dst: spelt(&dst),
                    inner: NameInner::Nothing,
                });
                into.extend(whole);
                src.extend(element);
            } else {
                dst.extend(element);
            }
        }
        let Some(steps) = spelt(&src) else { return };
        let says = lead(hop.source, context.source, &src).is_some()
            && lead(hop.target, context.target, &dst).is_some();
        let inner = if says && moved.typed {
            NameInner::Node(self.node(moved.context.clone()))
        } else {
            NameInner::Same
        };
        into.push(NameMove { src: steps, dst: spelt(&dst), inner });
    }
}
