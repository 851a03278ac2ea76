//! Shapes: what is known at load of a value that is not known yet. Plain data and how to look
//! into it; applying a hop is `hop`'s, turning shapes into ops `lower`'s.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use super::resolve::bind::Context;
use crate::contract::Use;
use crate::json::{Segment, Text, Value};

/// Index into [`Shapes`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct ShapeId(usize);

/// Index into [`Nodes`]; 0 is the root.
pub(super) type Node = u32;

/// What one hop does to a value that none of its rules looks into.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Work {
    /// What else is done than what its types ask for.
    pub(super) how: How,
    /// The pair of uses, with the rules handed down; of a rule with one place, the object's that
    /// this stands in.
    pub(super) context: Rc<Context>,
}

/// What a hop does to a value beside what its types ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum How {
    /// Nothing.
    Type,
    /// The parts of a rule (index into the hop's rules), between places of these uses.
    Parts(usize, (Use, Use)),
    /// The first of an alias says the second; index into the context's repeats.
    Repeat(usize),
    /// It is the place of a source, or on the way there after so many segments; index into its
    /// makes.
    Make(usize, usize),
    /// Likewise on the way back; index into its takes.
    Take(usize, usize),
    /// It is on the way to the place of a rule, after so many segments: what stands there.
    Read(Reads, usize),
}

/// Whose place is read; each with an index into what the context has of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Reads {
    /// A counterpart's.
    Move(usize),
    /// That of a value that is taken.
    Take(usize),
    /// The second of an alias that fills the first.
    Second(usize),
    /// The first of an alias that the second repeats.
    First(usize),
}

impl Work {
    /// The work of a value's types alone.
    pub(super) fn of_type(context: impl Into<Rc<Context>>) -> Self {
        Self { how: How::Type, context: context.into() }
    }

    /// Whether it is the work of types alone.
    pub(super) fn is_of_type(&self) -> bool {
        self.how == How::Type
    }

    /// The rule whose parts apply (index into the hop's rules), if it has any.
    pub(super) fn parts(&self) -> Option<usize> {
        match self.how {
            How::Parts(rule, _) => Some(rule),
            How::Type | How::Repeat(_) | How::Make(..) | How::Take(..) | How::Read(..) => None,
        }
    }
}

/// Index into the values that are written into.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct WrittenId(usize);

/// A value into which one hop writes.
#[derive(Clone, Debug)]
pub(super) struct Written {
    /// The hop.
    pub(super) hop: usize,
    /// What stood there.
    pub(super) base: ShapeId,
    /// What is written.
    pub(super) writes: Writes,
}

/// What is written into a value.
#[derive(Clone, Debug)]
pub(super) enum Writes {
    /// Into elements of a list, in order.
    Items(Vec<ItemWrite>),
    /// The second of an alias: at the first, which this is, or which is in this.
    Second {
        /// The second.
        value: ShapeId,
        /// The object that the alias is in.
        context: Rc<Context>,
        /// Index into its fills.
        at: usize,
    },
}

impl Written {
    /// The values that are written.
    pub(super) fn values(&self) -> Vec<ShapeId> {
        match &self.writes {
            Writes::Items(items) => items.iter().map(|write| write.value).collect(),
            Writes::Second { value, .. } => vec![*value],
        }
    }
}

/// What is written into a list.
#[derive(Clone, Debug)]
pub(super) struct ItemWrite {
    /// Where, from the list.
    pub(super) place: Vec<Segment>,
    /// What.
    pub(super) value: ShapeId,
    /// The rule.
    pub(super) rule: u32,
    /// The hop makes the value: it is written only if its parent is there.
    pub(super) made: bool,
}

/// A value that is not known yet.
#[derive(Clone, Debug)]
pub(super) enum Shape {
    /// Nothing.
    Absent,
    /// The value at a place of the message, after the work of some hops.
    Source(Node, Vec<Work>),
    /// A constant, after the work of later hops.
    Const(Value, Vec<Work>),
    /// An invented constant, reported under this hop and rule if it arrives.
    Placeholder(Value, (usize, u32)),
    /// An object with named members.
    Object(Object),
    /// null if the first is null, else the second.
    NullOr(ShapeId, ShapeId),
    /// The second, unless the first is neither an object, null nor absent, or both are null:
    /// then the third, which is the second as it was when it was written, goes nowhere.
    Guard(ShapeId, ShapeId, ShapeId),
    /// The second, if the first is an object.
    When(ShapeId, ShapeId),
    /// The first if present, else the second.
    Else(ShapeId, ShapeId),
    /// The second if the first is present, else the third.
    Either(ShapeId, ShapeId, ShapeId),
    /// A value that is written into, after the work of later hops.
    Written(WrittenId, Vec<Work>),
}

/// An object, member by member.
#[derive(Clone, Debug, Default)]
pub(super) struct Object {
    /// What stands there if it is no object (a `Source`); `None`: made, or known.
    pub(super) base: Option<ShapeId>,
    /// Known to be an object.
    pub(super) known: bool,
    /// The source object whose other members it carries.
    pub(super) node: Option<Node>,
    /// By hop, what makes it an object.
    pub(super) layers: Vec<(usize, Vec<ShapeId>)>,
    /// Members that rules can see.
    pub(super) live: BTreeMap<Text, ShapeId>,
    /// What is done to members that contracts let through without naming them; `None`: there
    /// are none that rules can see.
    pub(super) others: Option<Vec<Work>>,
    /// The hop at which those became opaque.
    pub(super) sealed: Option<usize>,
    /// The hop that drops them.
    pub(super) others_dropped: Option<usize>,
    /// Members that no rule sees any more, with the hop (from 1) at which they became so; what
    /// came as an extra has 0.
    pub(super) opaque: Vec<(Text, ShapeId, usize)>,
    /// The contract that saw it last: hop, and use in its target.
    pub(super) seen: Option<(usize, Use)>,
    /// Properties that the first contract declares: others of the message are extras.
    pub(super) declared: Vec<Text>,
    /// The hop that drops members which its source contract does not declare.
    pub(super) unmapped: Option<usize>,
}

impl Object {
    /// Whether a member of that name is one of those that contracts let through. One that was known
    /// before is none, even if nothing stands there now.
    pub(super) fn is_other(&self, name: &Text) -> bool {
        let known = self.live.contains_key(name) || self.declared.iter().any(|own| own.same(name));
        self.others.is_some() && self.sealed.is_none() && !known
    }
}

/// All shapes of one function.
#[derive(Debug, Default)]
pub(super) struct Shapes {
    all: Vec<Shape>,
    nodes: Vec<(Node, Text)>,
    written: Vec<Written>,
}

impl Shapes {
    /// Adds a shape.
    pub(super) fn add(&mut self, shape: Shape) -> ShapeId {
        self.all.push(shape);
        ShapeId(self.all.len() - 1)
    }

    /// A shape.
    pub(super) fn get(&self, id: ShapeId) -> &Shape {
        self.all.get(id.0).unwrap_or(&Shape::Absent)
    }

    /// Adds a value that is written into.
    pub(super) fn write(&mut self, written: Written) -> ShapeId {
        self.written.push(written);
        self.add(Shape::Written(WrittenId(self.written.len() - 1), Vec::new()))
    }

    /// A value that is written into.
    #[expect(clippy::indexing_slicing, reason = "ids are handed out above")]
    pub(super) fn written(&self, id: WrittenId) -> &Written {
        &self.written[id.0]
    }

    /// Whether it is always a value that can lie on the tape: no object that rules look into.
    pub(super) fn is_carried(&self, id: ShapeId) -> bool {
        let mut all = true;
        self.stand(id, &mut |_, shape| {
            all &= !matches!(shape, Shape::Object(_));
        });
        all
    }

    /// Visits the shapes one of which stands for this one when all is decided, and those of which
    /// what is written into among them is made.
    pub(super) fn stand<'s>(&'s self, id: ShapeId, visit: &mut dyn FnMut(ShapeId, &'s Shape)) {
        let (mut seen, mut todo) = (BTreeSet::new(), vec![id]);
        while let Some(id) = todo.pop() {
            if !seen.insert(id) {
                continue;
            }
            let shape = self.get(id);
            visit(id, shape);
            match shape {
                Shape::Absent
                | Shape::Source(..)
                | Shape::Const(..)
                | Shape::Placeholder(..)
                | Shape::Object(_) => {}
                Shape::When(_, inner) | Shape::Guard(_, inner, _) => todo.push(*inner),
                Shape::NullOr(a, b) | Shape::Else(a, b) | Shape::Either(_, a, b) => {
                    todo.extend([*a, *b]);
                }
                Shape::Written(id, _) => {
                    let written = self.written(*id);
                    todo.push(written.base);
                    todo.extend(written.values());
                }
            }
        }
    }

    /// How many there are: the size of the function.
    pub(super) fn len(&self) -> usize {
        self.all.len()
    }

    /// The place of a member of a place.
    pub(super) fn child(&mut self, of: Node, name: &Text) -> Node {
        let found = self.nodes.iter().position(|(parent, n)| *parent == of && n.same(name));
        let at = found.unwrap_or_else(|| {
            self.nodes.push((of, name.clone()));
            self.nodes.len() - 1
        });
        Node::try_from(at + 1).unwrap_or(Node::MAX)
    }

    /// The place that a place is a member of.
    pub(super) fn parent(&self, of: Node) -> Option<Node> {
        let at = usize::try_from(of).ok()?.checked_sub(1)?;
        self.nodes.get(at).map(|(parent, _)| *parent)
    }

    /// Visits a shape and all that it is made of, each once: what is shared may be shared again.
    pub(super) fn walk<'s>(&'s self, id: ShapeId, visit: &mut dyn FnMut(&'s Shape)) {
        let (mut seen, mut todo) = (BTreeSet::new(), vec![id]);
        while let Some(id) = todo.pop() {
            if !seen.insert(id) {
                continue;
            }
            let shape = self.get(id);
            visit(shape);
            match shape {
                Shape::Absent | Shape::Source(..) | Shape::Const(..) | Shape::Placeholder(..) => {}
                Shape::Object(object) => {
                    todo.extend(object.base);
                    todo.extend(object.layers.iter().flat_map(|(_, layer)| layer));
                    todo.extend(object.live.values());
                    todo.extend(object.opaque.iter().map(|(_, id, _)| id));
                }
                Shape::NullOr(a, b) | Shape::When(a, b) | Shape::Else(a, b) => {
                    todo.extend([*a, *b]);
                }
                Shape::Guard(a, b, c) | Shape::Either(a, b, c) => todo.extend([*a, *b, *c]),
                Shape::Written(id, _) => {
                    let written = self.written(*id);
                    todo.push(written.base);
                    todo.extend(written.values());
                }
            }
        }
    }

    /// Every place but the root, as (place, parent, name).
    pub(super) fn places(&self) -> impl Iterator<Item = (Node, Node, &Text)> {
        let number = |at: usize| Node::try_from(at + 1).unwrap_or(Node::MAX);
        self.nodes.iter().enumerate().map(move |(at, (of, name))| (number(at), *of, name))
    }
}
