//! Rules that cross the root of a context: the value goes into an object that is made around it
//! (`.` to a place), or one of its places takes its stead (a place to `.`).

use super::bind::{self, Ruled, What};
use super::context::{Around, Carry};
use super::lens::Lens;
use super::value::{Data, Object, Val};
use crate::contract::{Kinds, Use};
use crate::json::{self, Segment};
use crate::loss::LossKind;

/// Which way a context's root is crossed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cross {
    Outward,
    Inward,
}

/// Whether a rule of a context crosses its root.
pub(super) fn crosses(rules: &[Ruled<'_>]) -> Option<Cross> {
    rules.iter().find_map(|r| match (r.src.as_ref()?.is_empty(), r.dst.as_ref()?.is_empty()) {
        (true, false) => Some(Cross::Outward),
        (false, true) => Some(Cross::Inward),
        (true, true) | (false, false) => None,
    })
}

impl<'a> Lens<'a> {
    /// The value stands somewhere in a new object, with what other rules put there.
    pub(super) fn outward(
        &mut self,
        value: &Val,
        uses: (Use, Use),
        (rules, around): (&[Ruled<'a>], &Around<'a>),
    ) -> Val {
        if value.is_null() && self.is_nullable(uses) {
            // It is none of the values that the rules are about, on either side.
            return value.clone();
        }
        let empty = Object::default();
        let source = value.object().filter(|_| !value.frozen).unwrap_or(&empty);
        let mut next = self.fresh(uses.1);
        let carries = explicit(rules);
        let mut writes = Vec::new();
        for carry in &carries {
            let found = if carry.src.is_empty() {
                Some(value.clone())
            } else {
                self.read(source, carry, uses)
            };
            writes.extend(self.place_one(found, uses, carry, (rules, around)));
        }
        self.write_all(&mut next, writes);
        self.make((value, &mut next), rules, uses, (&carries, &[]));
        let mut result = Val { data: Data::Object(next), ..Val::made(&json::Value::Null) };
        self.repeat(&mut result, rules, uses.1, &carries);
        self.take((value, &result), (rules, around), uses, &carries);
        result
    }

    /// One of the value's places takes its stead; the rest of it is taken apart.
    pub(super) fn inward(
        &mut self,
        value: Val,
        uses: (Use, Use),
        (rules, around): (&[Ruled<'a>], &Around<'a>),
    ) -> Val {
        if value.is_null() {
            return value;
        }
        let stead = |r: &&Ruled<'_>| r.src.is_some() && r.dst.as_ref().is_some_and(Vec::is_empty);
        let rule = rules.iter().find(stead).map_or(0, |r| r.rule);
        let Data::Object(source) = &value.data else {
            self.report(rule, LossKind::Unfit, value.origin.as_ref());
            return Val { frozen: true, ..value };
        };
        self.duplicates(source);
        let carries = explicit(rules);
        let mut result = None;
        let mut writes = Vec::new();
        for carry in &carries {
            let found = self.read(source, carry, uses);
            let placed = self.place_one(found, uses, carry, (rules, around));
            if carry.dst.is_empty() {
                result = placed.map(|(_, _, v)| v);
            } else {
                writes.extend(placed);
            }
        }
        // Where null may stand for the whole on both sides, it comes back as that.
        let changes = result.is_none() || self.is_nullable(uses);
        let mut result = result.unwrap_or_else(|| Val::made(&json::Value::Null));
        if let (Data::Object(next), false) = (&mut result.data, result.frozen) {
            self.write_all(next, writes);
            self.make((&value, next), rules, uses, (&carries, &[]));
            self.repeat(&mut result, rules, uses.1, &carries);
        } else {
            for (_, rule, value) in writes {
                self.drop(rule, &value, None);
            }
        }
        self.take((&value, &result), (rules, around), uses, &carries);
        let mut claimed: Vec<(Vec<Segment>, u32)> =
            rules.iter().filter_map(|r| Some((r.src.clone()?, r.rule))).collect();
        claimed.extend(around.read.iter().cloned());
        let mut found = Vec::new();
        let came = self.apart(&value, (uses.0, &[]), &claimed, &mut found);
        if came && changes && result.is_null() {
            self.report(rule, LossKind::Narrowed, value.origin.as_ref());
        }
        let first = claimed.iter().map(|(_, rule)| *rule).min().unwrap_or(rule);
        for (kind, place) in found {
            self.report(first, kind, Some(&place));
        }
        result
    }

    /// Whether both contracts say that null may stand here beside what the rules are about.
    fn is_nullable(&self, uses: (Use, Use)) -> bool {
        let (source, target) = (self.source.get(uses.0.ty), self.target.get(uses.1.ty));
        let says = source.kinds != Kinds::ANY && target.kinds != Kinds::ANY;
        says && uses.0.nullable && uses.1.nullable
    }

    /// What was read, translated, for its place in the result.
    fn place_one(
        &mut self,
        found: Option<Val>,
        uses: (Use, Use),
        carry: &Carry<'a>,
        (rules, around): (&[Ruled<'a>], &Around<'a>),
    ) -> Option<(Vec<Segment>, u32, Val)> {
        let own = carry.rule.as_ref().map(|r| r.rule);
        let inner = Self::inside(rules, around, (&carry.src, &carry.dst), own);
        let from = bind::at(self.source, uses.0, &carry.src)?;
        let to = bind::at(self.target, uses.1, &carry.dst)?;
        let value = self.carried(found, (from, to), carry, inner)?;
        Some((carry.dst.clone(), own.unwrap_or(0), value))
    }
}

/// The moves that rules say, without those that another one's context has.
fn explicit<'a>(rules: &[Ruled<'a>]) -> Vec<Carry<'a>> {
    let all: Vec<Carry<'a>> = rules
        .iter()
        .filter(|r| matches!(r.what, What::Field(_)))
        .filter_map(|r| {
            let (src, dst) = (r.src.clone()?, r.dst.clone()?);
            Some(Carry { rule: Some(r.clone()), src, dst })
        })
        .collect();
    let covered = |carry: &Carry<'a>| {
        let rule = carry.rule.as_ref();
        all.iter().any(|o| rule.is_some_and(|r| r.is_beneath((&o.src, &o.dst))))
    };
    all.iter()
        .filter(|carry| !covered(carry))
        .map(|c| Carry { rule: c.rule.clone(), src: c.src.clone(), dst: c.dst.clone() })
        .collect()
}
