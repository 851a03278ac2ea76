//! Which operations of two contracts are each other's counterparts: those that a key with two sides
//! relates, and those of one method and path. It looks at no message.

use crate::contract::{Contract, Operation};
use crate::json::place::token;
use crate::json::{Path, Segment, Text, Value};
use crate::mapping::{Block, Field, Mapping, OperationBlock, Parts, Rule, RuleKind, Source, asked};
use crate::message::{Template, Texts};
use crate::version::{Direction, Side};

/// An operation of the old contract and its counterpart in the new one.
#[derive(Clone, Debug)]
pub struct Pair {
    /// Its number in the old contract.
    pub old: usize,
    /// Its number in the new contract.
    pub new: usize,
    /// The blocks about it, as indices into [`Mapping::operations`], in the order of the file; those
    /// about all operations come last.
    pub blocks: Vec<usize>,
    /// Parameters of the path that pair by their position.
    pub path: Block,
    /// The same for the request that an answer looks at.
    pub asked: Block,
}

/// A value that every request of a pair has.
#[derive(Clone, Debug)]
pub struct Constant {
    /// The rule that makes it, by its index in the mapping.
    pub rule: u32,
    /// The part of the head that it is in; `None`: it is in the body.
    pub part: Option<Texts>,
    /// The names that lead to it there.
    pub path: Path,
    /// What it is.
    pub value: Value,
}

impl Constant {
    /// Where it is, as a JSON Pointer into the message.
    pub fn place(&self) -> String {
        let mut place = format!("/{}", self.part.map_or("body", Texts::as_str));
        for name in self.names() {
            place.extend(["/", &token(&Text::from_plain(name))]);
        }
        place
    }

    /// The place in the message.
    pub fn whole(&self) -> Path {
        Path::names(&[self.part.map_or("body", Texts::as_str)]).join(&self.path)
    }

    /// The same as a mapping names it: `query.state`.
    pub fn dotted(&self) -> String {
        let mut place = String::from(self.part.map_or("body", Texts::as_str));
        for name in self.names() {
            place.extend([".", name]);
        }
        place
    }

    /// The names that lead to it.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.path.0.iter().filter_map(|segment| match segment {
            Segment::Name(name) => Some(&**name),
            _ => None,
        })
    }
}

/// The pairs of one mapping.
#[derive(Clone, Debug, Default)]
pub struct Pairs {
    all: Vec<Pair>,
    /// By the number of an operation of the old contract, and of the new one: its pairs, first the one
    /// that is taken where nothing else decides.
    of: [Vec<Vec<usize>>; 2],
}

impl Pairs {
    /// The pairs of a mapping between two contracts.
    pub fn new(mapping: &Mapping, (old, new): (&Contract, &Contract)) -> Self {
        let mut pairs = Self {
            all: Vec::new(),
            of: [vec![Vec::new(); old.operations.len()], vec![Vec::new(); new.operations.len()]],
        };
        let number =
            |contract: &Contract, operation: &Operation| contract.operations.place_of(operation);
        let named = mapping.operations.iter().filter(|block| block.old != block.new);
        for block in named {
            let found = old.operations.named(&block.old).zip(new.operations.named(&block.new));
            if let Some((o, n)) = found.and_then(|(o, n)| number(old, o).zip(number(new, n))) {
                pairs.add(mapping, (old, o), (new, n));
            }
        }
        for (o, operation) in old.operations.iter().enumerate() {
            let led = pairs.of[0].get(o).is_some_and(|of| !of.is_empty());
            let same = new.operations.on(&operation.method, &operation.path);
            let gone = |side: Side, operation: &Operation| {
                let of = mapping.gone.iter().filter(|gone| gone.side == side);
                of.into_iter().any(|gone| is_named(operation, &gone.name))
            };
            let same = same.filter(|same| !gone(Side::Old, operation) && !gone(Side::New, same));
            if let (false, Some(n)) = (led, same.and_then(|same| number(new, same))) {
                pairs.add(mapping, (old, o), (new, n));
            }
        }
        pairs.order((old, new));
        pairs
    }

    fn add(
        &mut self,
        mapping: &Mapping,
        (old, o): (&Contract, usize),
        (new, n): (&Contract, usize),
    ) {
        if self.all.iter().any(|pair| (pair.old, pair.new) == (o, n)) {
            return;
        }
        let (Some(one), Some(other)) = (old.operations.get(o), new.operations.get(n)) else {
            return;
        };
        let about = |block: &OperationBlock| {
            is_named(one, &block.old) && (block.old == block.new || is_named(other, &block.new))
        };
        let all = mapping.operations.iter().enumerate();
        let own = all.clone().filter(|(_, block)| about(block)).map(|(at, _)| at);
        let every = all.clone().filter(|(_, block)| block.is_all()).map(|(at, _)| at);
        let blocks: Vec<usize> = own.chain(every).collect();
        let ruled = blocks.iter().filter_map(|at| mapping.operations.get(*at)?.request.as_ref());
        let claims: Vec<_> = ruled.flat_map(|rules| rules.whole.claims()).collect();
        let path = by_position((one, other), &claims);
        for (side, at) in [(0, o), (1, n)] {
            let next = self.all.len();
            if let Some(of) = self.of.get_mut(side).and_then(|of: &mut Vec<_>| of.get_mut(at)) {
                let of: &mut Vec<usize> = of;
                of.push(next);
            }
        }
        let asked = asked(path.clone());
        self.all.push(Pair { old: o, new: n, blocks, path, asked });
    }

    /// Of several counterparts of one operation, the one of its own name comes first.
    fn order(&mut self, (old, new): (&Contract, &Contract)) {
        let same = |at: &usize| {
            let pair = self.all.get(*at);
            let ends = pair.and_then(|p| old.operations.get(p.old).zip(new.operations.get(p.new)));
            ends.is_some_and(|(o, n)| o.method == n.method && same_path(&o.path, &n.path))
        };
        for of in self.of.iter_mut().flatten() {
            of.sort_by_key(|at| !same(at));
        }
    }

    /// Every pair.
    pub fn iter(&self) -> impl Iterator<Item = &Pair> {
        self.all.iter()
    }

    /// A pair by its number.
    pub fn get(&self, at: usize) -> Option<&Pair> {
        self.all.get(at)
    }

    /// The numbers of the pairs of an operation of one side, in the order in which they are taken.
    pub fn of(&self, side: Side, operation: usize) -> &[usize] {
        let [old, new] = &self.of;
        let of = if side == Side::Old { old } else { new };
        of.get(operation).map_or(&[], Vec::as_slice)
    }
}

impl Pair {
    /// The operation of a side.
    pub fn at(&self, side: Side) -> usize {
        if side == Side::Old { self.old } else { self.new }
    }

    /// The values that every request has which comes from its counterpart: `added` constants of a
    /// message on the way back, `removed` ones on the way there; first those of its head.
    pub fn constants(&self, mapping: &Mapping, direction: Direction) -> Vec<Constant> {
        let blocks = self.blocks.iter().filter_map(|at| mapping.operations.get(*at));
        let rules = blocks.filter(|block| !block.is_all()).filter_map(|b| b.request.as_ref());
        let mut found = Vec::new();
        let claims: Vec<_> = rules.clone().flat_map(|rules| rules.whole.claims()).collect();
        for rule in rules.flat_map(|rules| &rules.whole.rules) {
            let RuleKind::Only { side, place, source: Source::Literal(value) } = &rule.kind else {
                continue;
            };
            let [Segment::Name(first), path @ ..] = place.0.as_slice() else { continue };
            let part = Texts::named(first);
            let named = path.iter().all(|segment| matches!(segment, Segment::Name(_)));
            let told = match part {
                Some(_) => path.len() == 1,
                None => &**first == "body",
            };
            if !(named && told && *side == direction.source()) {
                continue;
            }
            let own = |path, value: &Value| {
                let value = value.clone();
                Constant { rule: rule.rule, part, path, value }
            };
            match value {
                // That of a whole body tells by its members, but for those of which another rule says more.
                Value::Object(members) if path.is_empty() => {
                    let members = members.iter().filter_map(|(name, value)| {
                        Some((Path::names(&[&*name.decode()?]), value))
                    });
                    let said = |at: &Path| {
                        let at = place.join(at);
                        claims.iter().any(|(of, claim, _)| of == side && at.is_prefix_of(claim))
                    };
                    let members = members.filter(|(at, _)| !said(at));
                    found.extend(members.map(|(at, value)| own(at, value)));
                }
                _ if path.is_empty() => {}
                value => found.push(own(Path(path.to_vec()), value)),
            }
        }
        found.sort_by_key(|constant| constant.part.is_none());
        found
    }
}

/// Whether a name in a mapping or on a command line is an operation's.
pub(super) fn is_named(operation: &Operation, name: &str) -> bool {
    operation.id.as_deref() == Some(name)
        || name.split_once(' ').is_some_and(|(method, path)| {
            method == &*operation.method && same_path(path, &operation.path)
        })
}

/// Whether two templates are the same but for names of parameters.
fn same_path(a: &str, b: &str) -> bool {
    a == b || Template::is_covered(a, b)
}

/// Rules for parameters of the path that no rule is about: those of one name pair by it, others by
/// their position.
fn by_position((old, new): (&Operation, &Operation), claims: &[(Side, Path, u32)]) -> Block {
    let free = |operation: &Operation, side: Side| -> Vec<Box<str>> {
        let template = Template::new(&operation.path);
        let claimed = |name: &str| {
            let place = Path::names(&["path", name]);
            claims.iter().any(|(of, claim, _)| *of == side && *claim == place)
        };
        template.names().filter(|name| !claimed(name)).map(Box::from).collect()
    };
    let (olds, news) = (free(old, Side::Old), free(new, Side::New));
    let apart = |own: &[Box<str>], others: &[Box<str>]| -> Vec<Box<str>> {
        own.iter().filter(|name| !others.contains(name)).cloned().collect()
    };
    let rules = apart(&olds, &news).into_iter().zip(apart(&news, &olds)).map(|(o, n)| {
        let field = Field {
            old: Path::names(&["path", &o]),
            new: Path::names(&["path", &n]),
            absent_old: None,
            absent_new: None,
            parts: Parts::default(),
        };
        Rule::new(0, RuleKind::Field(Box::new(field)))
    });
    Block { rule: 0, rules: rules.collect(), unmapped: None, nulls: None }
}
