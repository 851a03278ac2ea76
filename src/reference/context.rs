//! The context of a value: which rules hold there, which places pair, and what is handed down to
//! the values in it. It changes no value.

use super::bind::{self, Ruled, strictly};
use super::lens::Lens;
use super::name::{name_of, path_of};
use super::refuse::Refusing;
use super::value::{Data, Object};
use crate::contract::{Kinds, TypeId, Use};
use crate::json::{Segment, Text};
use crate::mapping::Block;
use crate::version::Direction;

/// A value that stands somewhere after the hop.
pub(super) struct Carry<'a> {
    pub(super) rule: Option<Ruled<'a>>,
    pub(super) src: Vec<Segment>,
    pub(super) dst: Vec<Segment>,
}

impl Carry<'_> {
    /// Whether it reads a null member as absent.
    pub(super) fn voids(&self) -> bool {
        self.rule.as_ref().is_some_and(|rule| rule.voids)
    }
}

/// The rules around a value: those that hold in its context, and places that rules from further
/// out read or write beneath it.
#[derive(Clone, Default)]
pub(super) struct Around<'a> {
    pub(super) handed: Vec<Ruled<'a>>,
    pub(super) read: Vec<(Vec<Segment>, u32)>,
    /// Those of `read` whose values stand elsewhere afterwards.
    pub(super) moved: Vec<Vec<Segment>>,
    pub(super) written: Vec<Vec<Segment>>,
    /// Those that are read, and absent where they are null.
    pub(super) voided: Vec<Vec<Segment>>,
    /// What is refused of a message as a whole.
    pub(super) refuses: Vec<Refusing<'a>>,
    /// How many unions the value is a branch of, one right inside the other.
    pub(super) unions: usize,
    /// The rule about the value itself has had its turn.
    pub(super) placed: bool,
}

pub(super) fn first_name(path: &[Segment]) -> Option<Text> {
    match path.first() {
        Some(Segment::Name(name)) => Some(name_of(name)),
        _ => None,
    }
}

impl<'a> Lens<'a> {
    /// Blocks about a pair, nearest first.
    pub(super) fn blocks(&self, (source, target): (Use, Use)) -> Vec<&'a Block> {
        let mut found = Vec::new();
        for s in bind::lineage(self.source, source.ty) {
            for t in bind::lineage(self.target, target.ty) {
                for block in &self.hop.mapping.types {
                    let (from, to) = match self.direction {
                        Direction::Upgrade => (&block.old, &block.new),
                        Direction::Downgrade => (&block.new, &block.old),
                    };
                    if self.source.named(from) == Some(s) && self.target.named(to) == Some(t) {
                        found.push(&block.block);
                    }
                }
            }
        }
        found
    }

    /// The block about two named schemas themselves.
    pub(super) fn block_of(&self, source: TypeId, target: TypeId) -> Option<u32> {
        let (old, new) = match self.direction {
            Direction::Upgrade => (self.source.get(source), self.target.get(target)),
            Direction::Downgrade => (self.target.get(target), self.source.get(source)),
        };
        let (old, new) = (old.name.as_deref()?, new.name.as_deref()?);
        let mut blocks = self.hop.mapping.types.iter();
        blocks.find(|b| *b.old == *old && *b.new == *new).map(|b| b.block.rule)
    }

    /// The rules that hold in the context of a pair: claimed places are the first rule's.
    pub(super) fn rules(&self, uses: (Use, Use), around: &Around<'a>) -> Vec<Ruled<'a>> {
        let mut all = around.handed.clone();
        for block in self.blocks(uses) {
            all.extend(self.oriented(block));
        }
        let mut kept: Vec<Ruled<'a>> = Vec::new();
        for rule in all {
            let overridden = kept.iter().any(|k| {
                (rule.src.is_some() && k.src == rule.src)
                    || (rule.dst.is_some() && k.dst == rule.dst)
            });
            let outer = around.read.iter().any(|(p, _)| rule.src.as_ref() == Some(p))
                || around.written.iter().any(|p| rule.dst.as_ref() == Some(p));
            if !overridden && !outer {
                kept.push(rule);
            }
        }
        kept
    }

    /// The first block about the pair that wants something else than this.
    pub(super) fn unfit_block(&self, uses: (Use, Use), data: &Data) -> Option<u32> {
        let blocks = self.blocks(uses);
        blocks.into_iter().find(|b| !bind::fits(b, self.facing(), data)).map(|b| b.rule)
    }

    /// The rules around a value that stands at `dst` and came from `src`.
    pub(super) fn inside(
        rules: &[Ruled<'a>],
        around: &Around<'a>,
        (src, dst): (&[Segment], &[Segment]),
        own: Option<u32>,
    ) -> Around<'a> {
        let cut = |path: &[Segment], root: &[Segment]| {
            path.iter().skip(root.len()).cloned().collect::<Vec<_>>()
        };
        let mut inner = Around::default();
        for rule in rules.iter().filter(|r| Some(r.rule) != own) {
            let from = rule.src.as_ref().is_some_and(|p| strictly(src, p));
            let to = rule.dst.as_ref().is_some_and(|p| strictly(dst, p));
            if rule.goes_down(rules, (src, dst)) && !belongs_deeper(rules, rule, (src, dst)) {
                inner.handed.push(rule.beneath((src, dst)));
                continue;
            }
            if let (true, Some(path)) = (from, &rule.src) {
                inner.read.push((cut(path, src), rule.rule));
                if rule.voids {
                    inner.voided.push(cut(path, src));
                }
                inner.moved.extend(rule.carries().then(|| cut(path, src)));
            }
            if let (true, Some(path)) = (to, &rule.dst) {
                inner.written.push(cut(path, dst));
            }
        }
        inner.read.extend(
            around.read.iter().filter(|(p, _)| strictly(src, p)).map(|(p, r)| (cut(p, src), *r)),
        );
        let voided = around.voided.iter().filter(|p| strictly(src, p));
        inner.voided.extend(voided.map(|p| cut(p, src)));
        inner.moved.extend(around.moved.iter().filter(|p| strictly(src, p)).map(|p| cut(p, src)));
        inner
            .written
            .extend(around.written.iter().filter(|p| strictly(dst, p)).map(|p| cut(p, dst)));
        inner
    }

    /// Every counterpart of this context: rules, then names that pair.
    pub(super) fn carries(
        &self,
        object: &Object,
        uses: (Use, Use),
        rules: &[Ruled<'a>],
        around: &Around<'a>,
    ) -> Vec<Carry<'a>> {
        let source = self.source.get(uses.0.ty);
        let target = self.target.get(uses.1.ty);
        let paths = rules.iter().flat_map(|r| [&r.src, &r.dst]).flatten();
        let outer = around.read.iter().map(|(p, _)| p).chain(&around.written);
        let fills = rules.iter().filter(|r| r.src.is_some()).filter_map(|r| match r.what {
            bind::What::Alias(alias) => first_name(&r.place(&alias.first)),
            _ => None,
        });
        let mut names: Vec<Text> =
            object.live.iter().map(|(n, _)| n.clone()).chain(fills).collect();
        names.extend(source.properties.iter().chain(&target.properties).map(|(n, _)| n.clone()));
        names.extend(paths.chain(outer.clone()).filter_map(|p| first_name(p)));
        let mut pairs: Vec<Text> = Vec::new();
        for name in names {
            let path = path_of(&name);
            let claimed = rules
                .iter()
                .any(|r| r.src.as_ref() == Some(&path) || r.dst.as_ref() == Some(&path))
                || outer.clone().any(|p| *p == path)
                || rules.iter().filter_map(bind::turned).any(|n| name_of(n).same(&name));
            let both = bind::member(self.source, uses.0, &name).is_some()
                && bind::member(self.target, uses.1, &name).is_some();
            if both && !claimed && !pairs.iter().any(|n| n.same(&name)) {
                pairs.push(name);
            }
        }
        let objects = source.kinds.meets(Kinds::OBJECT) && target.kinds.meets(Kinds::OBJECT);
        if !objects {
            return Vec::new();
        }
        let mut carries: Vec<Carry<'a>> = Vec::new();
        let mut all: Vec<Carry<'a>> = rules
            .iter()
            .filter_map(|r| {
                let (src, dst) = (r.src.clone()?, r.dst.clone()?);
                first_name(&src)?;
                first_name(&dst)?;
                // Elements pair only where their lists do; then the rule is theirs.
                let many = |s: &Segment| matches!(s, Segment::Each | Segment::Values);
                if src.iter().chain(&dst).any(many) {
                    return None;
                }
                Some(Carry { rule: Some(r.clone()), src, dst })
            })
            .collect();
        all.extend(pairs.iter().map(|n| Carry { rule: None, src: path_of(n), dst: path_of(n) }));
        for carry in &all {
            let covered =
                all.iter().any(|o| strictly(&o.src, &carry.src) && strictly(&o.dst, &carry.dst));
            if !covered {
                carries.push(Carry {
                    rule: carry.rule.clone(),
                    src: carry.src.clone(),
                    dst: carry.dst.clone(),
                });
            }
        }
        carries
    }
}

/// Whether a rule with one place is about what another rule carries out of here, or into here.
fn belongs_deeper(
    rules: &[Ruled<'_>],
    rule: &Ruled<'_>,
    (src, dst): (&[Segment], &[Segment]),
) -> bool {
    rules.iter().filter(|r| !r.is_beneath((src, dst))).any(|r| {
        let (Some(from), Some(to)) = (&r.src, &r.dst) else { return false };
        match (&rule.src, &rule.dst) {
            (Some(place), None) => strictly(src, from) && strictly(from, place),
            (None, Some(place)) => strictly(dst, to) && strictly(to, place),
            _ => false,
        }
    })
}
