//! A list of which rules name single elements (`[0]`, `[a=b]`): those that they take leave no gap,
//! those that they write are put in, and the others are carried as everywhere.

use super::bind::{self, Ruled, What, is_item, strictly};
use super::context::{Around, Carry};
use super::lens::Lens;
use super::place::has;
use super::value::{Data, Val, plain};
use crate::contract::Use;
use crate::json::{Segment, Value, writing};
use crate::loss::{LossKind, RuleId};

/// Whether a rule at a value, or one from further out, names one of its elements.
pub(super) fn names_items(rules: &[Ruled<'_>], around: &Around<'_>) -> bool {
    let own = rules.iter().flat_map(|r| [&r.src, &r.dst]).flatten();
    let outer = around.read.iter().map(|(p, _)| p).chain(&around.written);
    own.chain(outer).any(|p| p.first().is_some_and(is_item))
}

/// The element that a segment means.
pub(super) fn locate(items: &[Val], segment: &Segment) -> Option<usize> {
    match segment {
        Segment::Index(at) => usize::try_from(*at).ok().filter(|at| *at < items.len()),
        Segment::Select(fields) => items.iter().position(|item| has(item, fields)),
        Segment::Name(_) | Segment::Each | Segment::Values => None,
    }
}

/// A place that a rule takes, with the rule.
type Claim = (Vec<Segment>, u32);

impl<'a> Lens<'a> {
    /// The list after the hop.
    pub(super) fn items(
        &mut self,
        items: &[Val],
        uses: (Use, Use),
        (rules, around): (&[Ruled<'a>], &Around<'a>),
    ) -> Vec<Val> {
        let mut claims: Vec<(Vec<Segment>, u32)> =
            rules.iter().filter_map(|r| Some((r.src.clone()?, r.rule))).collect();
        claims.extend(around.read.iter().cloned());
        claims.retain(|(p, _)| p.first().is_some_and(is_item));
        claims.sort_by_key(|(_, rule)| *rule);
        self.further_matches(items, &claims);
        let mut result = Vec::new();
        for at in 0..items.len() {
            result.extend(self.one_item(items, at, (uses, &claims), (rules, around)));
        }
        let whole = Val { data: Data::Array(items.to_vec()), ..Val::made(&Value::Null) };
        let carries = Self::item_carries(rules);
        let mut writes = Vec::new();
        for carry in &carries {
            let (Some(from), Some(to)) = (
                bind::at(self.source, uses.0, &carry.src),
                bind::at(self.target, uses.1, &carry.dst),
            ) else {
                continue;
            };
            let found = self.see(&whole, &carry.src, uses.0, to.nullable && !carry.voids());
            let own = carry.rule.as_ref().map(|r| r.rule);
            let inner = Self::inside(rules, around, (&carry.src, &carry.dst), own);
            let value = self.carried(found, (from, to), carry, inner);
            writes.extend(value.map(|v| (carry.dst.clone(), own.unwrap_or(0), v)));
        }
        writes.sort_by_key(|(dst, rule, _)| (writing(dst), *rule));
        let mut narrowed = Vec::new();
        for (dst, rule, value) in writes {
            // Out of an element and into it again: it is no element that came without the value.
            let stays = carries.iter().any(|c| {
                c.dst == dst && c.src.first() == dst.first() && dst.len() > 1 && c.src.len() > 1
            });
            let there = dst.first().filter(|_| stays).and_then(|which| locate(&result, which));
            match (there.and_then(|at| result.get_mut(at)), dst.get(1..)) {
                (Some(there), Some(rest)) => {
                    self.write_under(there, rest, (rule, value), &mut narrowed);
                }
                _ => self.write_item(&mut result, &dst, (rule, value), &mut narrowed),
            }
        }
        self.report_narrowed(narrowed);
        for (rule, dst, value) in self.made_items(&whole, rules, uses, &carries) {
            self.made_item(&mut result, &dst, (rule.rule, value));
        }
        let after = Val { data: Data::Array(result.clone()), ..Val::made(&Value::Null) };
        self.take((&whole, &after), (rules, around), uses, &carries);
        result
    }

    /// Elements beyond the first that a selector fits.
    fn further_matches(&mut self, items: &[Val], claims: &[(Vec<Segment>, u32)]) {
        let mut known: Vec<&Segment> = Vec::new();
        for (path, rule) in claims {
            let Some(segment @ Segment::Select(fields)) = path.first() else { continue };
            if known.contains(&segment) {
                continue;
            }
            known.push(segment);
            for item in items.iter().filter(|item| has(item, fields)).skip(1) {
                self.report(*rule, LossKind::Dropped, item.origin.as_ref());
            }
        }
    }

    /// An element that stays, without what rules take out of it.
    fn one_item(
        &mut self,
        items: &[Val],
        at: usize,
        (uses, claims): ((Use, Use), &[Claim]),
        (rules, around): (&[Ruled<'a>], &Around<'a>),
    ) -> Option<Val> {
        let item = items.get(at)?;
        let here = |p: &[Segment]| p.first().and_then(|s| locate(items, s)) == Some(at);
        let own: Vec<&(Vec<Segment>, u32)> = claims.iter().filter(|(p, _)| here(p)).collect();
        if own.iter().any(|(p, _)| p.len() == 1) {
            return None;
        }
        let inside = |p: &[Segment]| p.iter().skip(1).cloned().collect::<Vec<_>>();
        let each = [Segment::Each];
        let mut inner = Self::inside(rules, around, (&each, &each), None);
        inner.read.extend(own.iter().map(|(p, rule)| (inside(p), *rule)));
        let voided = rules.iter().filter(|r| r.voids).filter_map(|r| r.src.as_ref());
        let voided = voided.chain(&around.voided).filter(|p| here(p));
        inner.voided.extend(voided.map(|p| inside(p)));
        // One that is written again stays where it is.
        let leaves = |r: &&Ruled<'_>| {
            let first =
                |path: &Option<Vec<Segment>>| path.as_ref().and_then(|p| p.first()).cloned();
            r.dst.is_some() && first(&r.src) != first(&r.dst)
        };
        let own_moves = rules.iter().filter(leaves).filter_map(|r| r.src.as_ref());
        let moved: Vec<&Vec<Segment>> =
            own_moves.chain(&around.moved).filter(|p| here(p)).collect();
        inner.moved.extend(moved.iter().map(|p| inside(p)));
        let written = rules.iter().filter_map(|r| r.dst.as_ref()).chain(&around.written);
        inner.written.extend(written.filter(|p| p.len() > 1 && here(p)).map(|p| inside(p)));
        let uses = self.source.get(uses.0.ty).items.zip(self.target.get(uses.1.ty).items);
        let value = match uses {
            Some(uses) => self.value(item.clone(), uses, inner),
            None => item.clone(),
        };
        // What was moved out of it makes it again on the way back; a constant does not.
        let spent = moved.iter().any(|p| match (p.split_first(), uses) {
            (Some((Segment::Select(fields), rest)), Some(uses)) => {
                is_bare(&value, fields)
                    && !is_bare(item, fields)
                    && self.see(item, rest, uses.0, false).is_some()
            }
            _ => false,
        });
        (!spent).then_some(value)
    }

    /// The moves between elements of this list and its counterpart.
    fn item_carries(rules: &[Ruled<'a>]) -> Vec<Carry<'a>> {
        let all: Vec<Carry<'a>> = rules
            .iter()
            .filter(|r| matches!(r.what, What::Field(_)))
            .filter_map(|r| {
                let (src, dst) = (r.src.clone()?, r.dst.clone()?);
                let both = is_item(src.first()?) && is_item(dst.first()?);
                both.then(|| Carry { rule: Some(r.clone()), src, dst })
            })
            .collect();
        let covered = |carry: &Carry<'a>| {
            all.iter().any(|o| strictly(&o.src, &carry.src) && strictly(&o.dst, &carry.dst))
        };
        let kept = all.iter().filter(|c| !covered(c));
        kept.map(|c| Carry { rule: c.rule.clone(), src: c.src.clone(), dst: c.dst.clone() })
            .collect()
    }

    /// Values that are made at elements of this list.
    fn made_items(
        &mut self,
        whole: &Val,
        rules: &[Ruled<'a>],
        uses: (Use, Use),
        carries: &[Carry<'a>],
    ) -> Vec<(RuleId, Vec<Segment>, Val)> {
        let mut made = Vec::new();
        for rule in rules.iter().filter(|r| r.src.is_none()) {
            let (Some(dst), What::Source(given)) = (&rule.dst, rule.what) else { continue };
            let beneath = carries.iter().any(|c| rule.is_beneath((&c.src, &c.dst)));
            if beneath || !dst.first().is_some_and(is_item) {
                continue;
            }
            let id = RuleId { mapping: self.hop.index, rule: rule.rule };
            let value = self.given(given, rule, (whole, uses), dst);
            made.extend(value.map(|v| (id, dst.clone(), v)));
        }
        made.sort_by_key(|(_, dst, _)| writing(dst));
        made
    }
}

/// Whether an element holds nothing but the fields of its selector.
pub(super) fn is_bare(item: &Val, fields: &[(Vec<Box<str>>, Value)]) -> bool {
    fn only(value: &Val, fields: &[(&[Box<str>], &Value)]) -> bool {
        let Some(object) = value.object() else { return false };
        object.opaque.is_empty()
            && object.live.iter().all(|(name, member)| {
                let inner: Vec<(&[Box<str>], &Value)> = fields
                    .iter()
                    .filter_map(|(names, wanted)| {
                        let (first, rest) = names.split_first()?;
                        name.same(&crate::json::Text::from_plain(first)).then_some((rest, *wanted))
                    })
                    .collect();
                inner.iter().any(|(rest, wanted)| rest.is_empty() && plain(member).same(wanted))
                    || (!inner.is_empty() && only(member, &inner))
            })
    }
    let fields: Vec<(&[Box<str>], &Value)> = fields.iter().map(|(n, v)| (&**n, v)).collect();
    only(item, &fields)
}
