//! `text: pointer`: texts of answers that name a field of their request's body, rewritten by what
//! becomes of that field.

use super::bind::{self, What};
use super::context::Around;
use super::cross::crosses;
use super::lens::Lens;
use super::union::DEEPEST;
use super::value::{Data, Object, Val, plain};
use crate::codec::naming::{Naming, position};
use crate::contract::{Kinds, Use};
use crate::json::{Segment, Text, Value, spelt};
use crate::loss::LossKind;

/// Names and positions.
type Steps = Vec<Box<str>>;

impl<'a> Lens<'a> {
    /// A text, or a list of segments, that names a field of the request.
    pub(super) fn renamed(&mut self, value: &Val, rule: u32) -> Val {
        let Some(named) = self.named.filter(|_| !value.is_null() && !mutant!("plain-names-stay"))
        else {
            return value.clone();
        };
        let Some(naming) = Naming::read(&plain(value)) else {
            self.report(rule, LossKind::Unfit, value.origin.as_ref());
            return Val { frozen: true, ..value.clone() };
        };
        let handed = self.handed(named);
        let around = Around { handed, ..Around::default() };
        let after = self.place(&naming.steps, (named.source, named.target), &around);
        if after.as_ref() == Some(&naming.steps) {
            return value.clone();
        }
        match after.and_then(|after| naming.value(&after)) {
            Some(Value::Array(items)) => {
                value.with(Data::Array(items.iter().map(Val::made).collect()))
            }
            Some(text) => value.with(Data::Scalar(text)),
            None => {
                self.report(rule, LossKind::Unknown, value.origin.as_ref());
                value.clone()
            }
        }
    }

    /// The place on the other side of one in a value; `None`: it has none there.
    fn place(&self, steps: &[Box<str>], uses: (Use, Use), around: &Around<'a>) -> Option<Steps> {
        let Some((first, rest)) = steps.split_first() else { return Some(Steps::new()) };
        let rules = self.rules(uses, around);
        if crosses(&rules).is_some() {
            return None;
        }
        let (source, target) = (self.source.get(uses.0.ty), self.target.get(uses.1.ty));
        if source.branches.is_some() || target.branches.is_some() {
            let handed = rules.into_iter().filter(|r| !r.is_itself()).collect();
            let around =
                Around { handed, unions: around.unions + 1, placed: false, ..around.clone() };
            if around.unions > DEEPEST {
                return None;
            }
            return self.branch_pairs(uses).into_iter().find_map(|(from, to)| {
                let uses = (Use { ty: from, ..uses.0 }, Use { ty: to, ..uses.1 });
                self.place(steps, uses, &around)
            });
        }
        let nested = Kinds::ARRAY.or(Kinds::OBJECT);
        if source.is_unconstrained() || target.is_unconstrained() || !source.kinds.meets(nested) {
            return Some(steps.to_vec());
        }
        if let (Some(_), Some(items)) = (position(first), source.items) {
            let Some(of) = target.items else { return Some(steps.to_vec()) };
            let each = [Segment::Each];
            let inner = Self::inside(&rules, around, (&each, &each), None);
            let rest = self.place(rest, (items, of), &inner)?;
            return Some(std::iter::once(first.clone()).chain(rest).collect());
        }
        let name = Text::from_plain(first);
        let there = (name.clone(), Val::made(&Value::Null));
        let object = Object { live: vec![there], ..Object::default() };
        let mut found: Vec<(usize, Option<Steps>)> = Vec::new();
        for carry in self.carries(&object, uses, &rules, around) {
            let (Some(from), Some(to)) = (
                bind::at(self.source, uses.0, &carry.src),
                bind::at(self.target, uses.1, &carry.dst),
            ) else {
                continue;
            };
            let own = carry.rule.as_ref();
            let wrap = own.and_then(|rule| match rule.what {
                What::Field(field) => field.parts.wrap.map(|side| (side, rule.below.as_slice())),
                What::Source(_) | What::Alias(_) => None,
            });
            let mut inner =
                Self::inside(&rules, around, (&carry.src, &carry.dst), own.map(|r| r.rule));
            if own.is_none() && self.is_entry(&carry.src, uses) {
                let values = [Segment::Values];
                inner.handed.extend(Self::inside(&rules, around, (&values, &values), None).handed);
            }
            let (mut src, mut dst) = (carry.src.clone(), carry.dst.clone());
            let (mut from, mut to) = (Some(from), Some(to));
            if let Some((side, below)) = wrap {
                let element = || std::iter::once(Segment::Index(0)).chain(below.iter().cloned());
                if side == self.direction.source() {
                    // The list as a whole, and nothing in it but its first element.
                    let whole = named(&src, steps).map(|length| (length, steps.len() == length));
                    found.extend(whole.map(|(length, all)| (length, spelt(&dst).filter(|_| all))));
                    src.extend(element());
                    from = bind::at(self.source, uses.0, &src);
                } else {
                    dst.extend(element());
                    to = bind::at(self.target, uses.1, &dst);
                }
            }
            let Some(length) = named(&src, steps) else { continue };
            let rest = steps.get(length..).unwrap_or_default();
            let rest = match from.zip(to) {
                Some(uses) => self.place(rest, uses, &inner),
                None => Some(rest.to_vec()),
            };
            let whole = spelt(&dst).zip(rest).map(|(dst, rest)| [dst, rest].concat());
            found.push((length, whole));
        }
        let longest = found.iter().map(|(length, _)| *length).max();
        match found.into_iter().find(|(length, _)| Some(*length) == longest) {
            Some((_, place)) => place,
            None if bind::member(self.source, uses.0, &name).is_some() => None,
            // An extra has the same name everywhere.
            None => Some(steps.to_vec()),
        }
    }
}

/// How many of the steps a path says, if it says the first ones.
fn named(path: &[Segment], steps: &[Box<str>]) -> Option<usize> {
    let said = spelt(path)?;
    steps.starts_with(&said).then_some(said.len())
}
