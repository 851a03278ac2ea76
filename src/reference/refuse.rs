//! `refuse`: values of which a predicate holds as they come have no counterpart.

use super::context::Around;
use super::lens::Lens;
use super::value::{Data, Val, origins, plain};
use super::{Facing, order};
use crate::contract::Use;
use crate::json::{Path, Segment, Test};
use crate::loss::LossKind;
use crate::mapping::{Block, Nulls, Predicate, RuleKind};
use crate::version::Direction;

/// An entry of `refuse`, for the values that come from one side.
#[derive(Clone, Debug)]
pub(super) struct Refusing<'a> {
    rule: u32,
    predicate: &'a Predicate,
    /// Before its paths: those of the `in`s around it.
    root: Path,
    /// It reads a null member as absent.
    voids: bool,
}

/// The entries of a block, those under an `in` too.
pub(super) fn refusing(block: &Block, facing: Facing) -> Vec<Refusing<'_>> {
    let (direction, _) = facing;
    let mut all = Vec::new();
    for rule in &block.rules {
        match &rule.kind {
            RuleKind::Refuse(_) if !rule.holds(facing) => {}
            RuleKind::Refuse(refuse) => {
                all.extend(refuse.on(direction.source()).map(|predicate| Refusing {
                    rule: rule.rule,
                    predicate,
                    root: Path::default(),
                    voids: rule.nulls == Nulls::Absent,
                }));
            }
            RuleKind::In { old, new, block } => {
                let root = if direction == Direction::Upgrade { old } else { new };
                let inner = refusing(block, facing).into_iter();
                all.extend(inner.map(|own| Refusing { root: root.join(&own.root), ..own }));
            }
            RuleKind::Field(_) | RuleKind::Only { .. } | RuleKind::Alias(_) => {}
        }
    }
    all
}

impl<'a> Lens<'a> {
    /// Asks the entries about a value, as it comes. null is none of the values that they are about.
    pub(super) fn refused(&mut self, value: &Val, uses: (Use, Use), around: &Around<'a>) {
        if around.placed || value.is_null() || mutant!("plain-refuses-nothing") {
            return;
        }
        let blocks = self.blocks(uses);
        let own = blocks.iter().flat_map(|block| refusing(block, self.facing()));
        let all: Vec<Refusing<'_>> = around.refuses.iter().cloned().chain(own).collect();
        for entry in all {
            let holds = entry.predicate.iter().all(|(path, test)| {
                let path = entry.root.join(path).0;
                self.holds((value, false), uses.0, (&path, entry.voids), test)
            });
            if holds {
                let from = self.lost.len();
                self.refuse_whole(entry.rule, value);
                let words = self.words((value, uses.0), &entry);
                self.lost.iter_mut().skip(from).for_each(|lost| lost.words.clone_from(&words));
            }
        }
    }

    /// What an entry tells of a value, if it says that.
    fn words(&self, (value, of): (&Val, Use), entry: &Refusing<'_>) -> Option<Box<str>> {
        let mut words: Option<String> = None;
        for (path, test) in entry.predicate.iter().filter(|(_, test)| test.is_told()) {
            let found = self.see(value, &entry.root.join(path).0, of, false);
            let words = words.get_or_insert_default();
            test.tell(found.map(|found| plain(&found)).as_ref(), words);
        }
        words.map(Box::from)
    }

    /// Refuses a value, where it or the first in it came from. What the message did not bring is not
    /// refused.
    pub(super) fn refuse_whole(&mut self, rule: u32, value: &Val) {
        let place = origins(value, None).into_iter().min_by_key(|at| order(self.message, at));
        self.refuse(rule, LossKind::Dropped, place.as_ref());
    }

    /// Whether a test holds at a path of a value (which is a member, or is not); of one with `[]` or
    /// `{}`, of some element.
    fn holds(
        &self,
        (value, is_member): (&Val, bool),
        of: Use,
        (path, voids): (&[Segment], bool),
        test: &Test,
    ) -> bool {
        let many = |s: &Segment| matches!(s, Segment::Each | Segment::Values);
        let Some(at) = path.iter().position(many) else {
            let found = self.see(value, path, of, false);
            let is_member = path.last().map_or(is_member, |s| matches!(s, Segment::Name(_)));
            let found = found.filter(|found| !(voids && is_member && found.is_null()));
            return test.holds(found.map(|found| plain(&found)).as_ref());
        };
        let (first, rest) = path.split_at(at);
        let [each, rest @ ..] = rest else { return false };
        let ends = super::bind::at(self.source, of, first).and_then(|list| {
            Some((list, super::bind::at(self.source, list, std::slice::from_ref(each))?))
        });
        let Some((found, (list, inner))) = self.see(value, first, of, false).zip(ends) else {
            return false;
        };
        let all: Vec<(&Val, bool)> = match (&found.data, each) {
            _ if found.frozen => Vec::new(),
            (Data::Array(items), Segment::Each) => items.iter().map(|v| (v, false)).collect(),
            (Data::Object(object), Segment::Values) => {
                let is_value = |name| self.source.get(list.ty).property(name).is_none();
                let values = object.live.iter().filter(|(name, _)| is_value(name));
                values.map(|(_, value)| (value, true)).collect()
            }
            _ => Vec::new(),
        };
        all.into_iter().any(|value| self.holds(value, inner, (rest, voids), test))
    }
}
