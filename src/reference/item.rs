//! A list of which rules name single elements (`[0]`, `[a=b]`): those that they take leave no gap,
//! those that they write are put in, and the others are carried as everywhere.

use super::bind::{self, Ruled, What, is_item, strictly};
use super::context::{Around, Carry};
use super::lens::Lens;
use super::name::name_of;
use super::place::has;
use super::value::{Data, Val, plain};
use crate::contract::Use;
use crate::json::{Segment, Text, Value, writing};
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
        let mut carries = Self::item_carries(rules);
        carries.sort_by_key(|carry| (writing(&carry.dst), carry.rule.as_ref().map(|r| r.rule)));
        let mut whole = Val { data: Data::Array(items.to_vec()), ..Val::made(&Value::Null) };
        self.meanings(&mut whole, &carries);
        self.fill(&mut whole, rules, uses.0, &carries);
        let Data::Array(items) = &whole.data else { return Vec::new() };
        let mut claims: Vec<(Vec<Segment>, u32)> =
            rules.iter().filter_map(|r| Some((r.src.clone()?, r.rule))).collect();
        claims.extend(around.read.iter().cloned());
        claims.retain(|(p, _)| p.first().is_some_and(is_item));
        claims.sort_by_key(|(_, rule)| *rule);
        self.further_matches(items, &claims);
        let mut result = Vec::new();
        // Those at positions hold the places of those behind them.
        let mut spent = Vec::new();
        for at in 0..items.len() {
            match self.one_item(items, at, (uses, &claims), (rules, around)) {
                One::Stays(value) => {
                    result.append(&mut spent);
                    result.push(value);
                }
                One::Spent(value) => spent.push(value),
                One::Goes => {}
            }
        }
        let mut narrowed = Vec::new();
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
            let Some(value) = self.carried(found, (from, to), carry, inner) else { continue };
            let rule = own.unwrap_or(0);
            // Out of an element and into it again: it is no element that came without the value.
            let same = carry.src.first() == carry.dst.first();
            let stays = same && carry.src.len() > 1 && carry.dst.len() > 1;
            let there = carry.dst.first().filter(|_| stays);
            let there = there.and_then(|which| locate(&result, which));
            match (there.and_then(|at| result.get_mut(at)), carry.dst.get(1..)) {
                (Some(there), Some(rest)) => {
                    self.write_under(there, rest, (rule, value), &mut narrowed);
                }
                _ => self.write_item(&mut result, &carry.dst, (rule, value), &mut narrowed),
            }
        }
        self.report_narrowed(narrowed);
        for (rule, dst, value) in self.made_items(&whole, rules, uses, &carries) {
            self.made_item(&mut result, &dst, (rule.rule, value));
        }
        let mut after = Val { data: Data::Array(result), ..Val::made(&Value::Null) };
        self.repeat(&mut after, rules, uses.1, &carries);
        self.take((&whole, &after), (rules, around), uses, &carries);
        if let Data::Array(result) = after.data { result } else { Vec::new() }
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

    /// What becomes of an element, without what rules take out of it.
    fn one_item(
        &mut self,
        items: &[Val],
        at: usize,
        (uses, claims): ((Use, Use), &[Claim]),
        (rules, around): (&[Ruled<'a>], &Around<'a>),
    ) -> One {
        let Some(item) = items.get(at) else { return One::Goes };
        let here = |p: &[Segment]| p.first().and_then(|s| locate(items, s)) == Some(at);
        let own: Vec<&(Vec<Segment>, u32)> = claims.iter().filter(|(p, _)| here(p)).collect();
        if own.iter().any(|(p, _)| p.len() == 1) {
            return One::Goes;
        }
        let inside = |p: &[Segment]| p.iter().skip(1).cloned().collect::<Vec<_>>();
        let each = [Segment::Each];
        let mut inner = Self::inside(rules, around, (&each, &each), None);
        inner.read.extend(own.iter().map(|(p, rule)| (inside(p), *rule)));
        let voided = rules.iter().filter(|r| r.voids).filter_map(|r| r.src.as_ref());
        let voided = voided.chain(&around.voided).filter(|p| here(p));
        inner.voided.extend(voided.map(|p| inside(p)));
        // What is written into the same one again stays where it is.
        let first = |path: &Option<Vec<Segment>>| path.as_ref().and_then(|p| p.first()).cloned();
        let back = |r: &&Ruled<'_>| first(&r.src) == first(&r.dst);
        let returns = rules.iter().filter(back).filter_map(|r| r.src.as_ref());
        let returns: Vec<Vec<Segment>> = returns.filter(|p| here(p)).map(|p| inside(p)).collect();
        let leaving = rules.iter().filter(|r| r.carries() && !back(r));
        let leaving = leaving.filter_map(|r| r.src.as_ref()).chain(&around.moved);
        let leaving: Vec<Vec<Segment>> = leaving.filter(|p| here(p)).map(|p| inside(p)).collect();
        // Of an element further in it leaves all the same.
        inner.moved.extend(leaving.iter().chain(&returns).cloned());
        let written = rules.iter().filter_map(|r| r.dst.as_ref()).chain(&around.written);
        inner.written.extend(written.filter(|p| p.len() > 1 && here(p)).map(|p| inside(p)));
        let uses = self.source.get(uses.0.ty).items.zip(self.target.get(uses.1.ty).items);
        // The other side has no list there.
        let Some(uses) = uses else { return One::Stays(item.clone()) };
        let value = self.value(item.clone(), uses, inner);
        // What was moved out of it makes it again on the way back; a constant does not. Where
        // several rules look for it in ways of their own, each would make one.
        let which = own.first().and_then(|(p, _)| p.first());
        let alone = own.iter().all(|(p, _)| p.first() == which);
        let spends = leaving.iter().any(|p| self.see(item, p, uses.0, false).is_some());
        let Some(which) = which.filter(|_| alone && spends && !value.frozen) else {
            return One::Stays(value);
        };
        let many = |p: &[Segment]| p.iter().any(|s| matches!(s, Segment::Each | Segment::Values));
        let left = own.iter().map(|(p, _)| inside(p));
        let left: Vec<Vec<Segment>> = left.filter(|p| !many(p) && !returns.contains(p)).collect();
        let left: Vec<&[Segment]> = left.iter().map(|p| &**p).collect();
        match which {
            _ if remains(item, &left, &fields_of(which), true) => One::Stays(value),
            Segment::Select(_) => One::Goes,
            _ => One::Spent(value),
        }
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

/// What becomes of an element of which rules name some.
enum One {
    /// It stands in the list.
    Stays(Val),
    /// Likewise, where one stands behind it.
    Spent(Val),
    /// It does not.
    Goes,
}

/// A field that an element has if a selector fits it.
type FieldOf<'s> = (&'s [Box<str>], &'s Value);

fn fields_of(which: &Segment) -> Vec<FieldOf<'_>> {
    let Segment::Select(fields) = which else { return Vec::new() };
    fields.iter().map(|(names, value)| (&**names, value)).collect()
}

/// Whether an element holds nothing that is not made with it: the fields of its selector, and
/// empty objects and lists.
pub(super) fn is_bare(item: &Val, which: &Segment) -> bool {
    !item.is_null() && !remains(item, &[], &fields_of(which), false)
}

/// Whether anything remains of a value without what stands at these places, and without these
/// fields; and what came empty, if that counts.
fn remains(value: &Val, places: &[&[Segment]], fields: &[FieldOf<'_>], empty: bool) -> bool {
    let is = |(names, wanted): &FieldOf<'_>| names.is_empty() && plain(value).same(wanted);
    if places.iter().any(|place| place.is_empty()) || fields.iter().any(is) {
        return false;
    }
    if value.frozen {
        return true;
    }
    match &value.data {
        Data::Scalar(_) => true,
        Data::Object(object) => {
            let none = object.live.is_empty() && object.opaque.is_empty();
            (none && empty)
                || !object.opaque.is_empty()
                || object.live.iter().any(|(name, member)| {
                    let is = |s: &Segment| matches!(s, Segment::Name(n) if name_of(n).same(name));
                    let fields: Vec<FieldOf<'_>> = fields
                        .iter()
                        .filter_map(|(names, wanted)| {
                            let (first, rest) = names.split_first()?;
                            name.same(&Text::from_plain(first)).then_some((rest, *wanted))
                        })
                        .collect();
                    remains(member, &beneath(places, is), &fields, empty)
                })
        }
        Data::Array(items) => {
            (items.is_empty() && empty)
                || items.iter().enumerate().any(|(at, item)| {
                    let here = |s: &Segment| locate(items, s) == Some(at);
                    let selects = places.iter().filter_map(|p| p.first()).filter(|s| here(s));
                    let fields: Vec<FieldOf<'_>> = selects.flat_map(fields_of).collect();
                    remains(item, &beneath(places, here), &fields, empty)
                })
        }
    }
}

/// The rest of those places that lead through one segment.
fn beneath<'p>(places: &[&'p [Segment]], through: impl Fn(&Segment) -> bool) -> Vec<&'p [Segment]> {
    let split = places.iter().filter_map(|place| place.split_first());
    split.filter(|(first, _)| through(first)).map(|(_, rest)| rest).collect()
}
