//! `text`: texts that name fields, of their answer's request, of their own document or of a type,
//! rewritten by what becomes of these fields.

use std::borrow::Cow;
use std::cmp::Reverse;

use super::bind::{self, Ruled, What};
use super::context::{Around, Carry};
use super::cross::crosses;
use super::lens::Lens;
use super::union::DEEPEST;
use super::value::{Data, Object, Val, plain};
use crate::codec::naming::{Known, MOST_VALUES, Renamed, Step, Steps, position, rename};
use crate::contract::{Kinds, TypeGraph, Use};
use crate::json::{Segment, Text, Value, spelt};
use crate::loss::LossKind;
use crate::mapping::{Carrier, Named, Source};

/// Where the places begin that a text names, and how they are told.
struct Places<'a> {
    lens: Lens<'a>,
    uses: (Use, Use),
    around: Around<'a>,
    /// They are places of the body of a message.
    of_body: bool,
    /// No element has a step of its own.
    flat: bool,
}

/// The place on the other side, if there is one, and how sure it is that the value has it at all.
type Told = (Known, Option<Steps>);

/// A counterpart that the first steps of a place lead to: how many these are, the rule, and what is
/// told.
type Found = (usize, u32, Told);

impl<'a> Lens<'a> {
    /// A text, or a list of segments, that names fields; `None`: nobody knows of what.
    pub(super) fn renamed(&mut self, value: &Val, (rule, named): (u32, &Named)) -> Option<Val> {
        let places = self.places(named).filter(|_| !mutant!("plain-names-stay"))?;
        if value.is_null() {
            return Some(value.clone());
        }
        let several = places.flat.then_some(usize::MAX);
        let done = rename(&plain(value), several, &mut |steps, into| {
            let steps: Steps = steps.iter().map(|step| Box::from(&**step)).collect();
            let after = places.after(&steps);
            let other = |step: Box<str>| Step::Other(Cow::Owned(step.into()));
            into.extend(after.iter().flatten().cloned().map(other));
            after.is_some()
        });
        let Renamed::Done { value: after, unknown } = done else {
            self.report(rule, LossKind::Unfit, value.origin.as_ref());
            return Some(Val { frozen: true, ..value.clone() });
        };
        if unknown {
            self.report(rule, LossKind::Unknown, value.origin.as_ref());
        }
        Some(match after {
            Some(Value::Array(items)) => {
                value.with(Data::Array(items.iter().map(Val::made).collect()))
            }
            Some(text) => value.with(Data::Scalar(text)),
            None => value.clone(),
        })
    }

    /// The places of what a text names.
    fn places(&self, named: &Named) -> Option<Places<'a>> {
        let lens =
            |carrier| Self::new((self.hop, self.at), (self.direction, carrier), self.message);
        let bare = |lens, uses, flat| {
            let around = Around::default();
            Places { lens, uses, around, of_body: false, flat }
        };
        let root = match (named, self.named) {
            (Named::Fields(name), _) => {
                let (old, new) = self.hop.mapping.pair(name);
                let (from, to) = match self.direction {
                    crate::version::Direction::Upgrade => (old, new),
                    crate::version::Direction::Downgrade => (new, old),
                };
                let of = |types: &TypeGraph, name| {
                    types.named(name).map(|ty| Use { ty, nullable: false })
                };
                let uses = (of(self.source, from)?, of(self.target, to)?);
                return Some(bare(lens(Carrier::Unknown), uses, true));
            }
            (Named::Document, None) => return Some(bare(lens(self.carrier), self.whole?, false)),
            (Named::Request, None) => return None,
            (Named::Request, Some(named)) => named.request.as_ref()?,
            (Named::Document, Some(named)) => named.document.as_ref()?,
        };
        // A request went the other way.
        let back = *named == Named::Request;
        let held = if back { self.direction.reverse() } else { self.direction };
        let lens = Lens { held, ..lens(root.carrier) };
        let handed = lens.handed(root);
        let around = Around { handed, ..Around::default() };
        Some(Places { lens, uses: (root.source, root.target), around, of_body: true, flat: false })
    }
}

impl<'a> Places<'a> {
    /// The place on the other side of one; `None`: it has none there.
    fn after(&self, steps: &[Box<str>]) -> Option<Steps> {
        if !self.of_body {
            return self.place(steps, self.uses, &self.around, 0).1;
        }
        let whole: Steps = std::iter::once("body".into()).chain(steps.iter().cloned()).collect();
        let after = self.place(&whole, self.uses, &self.around, 0).1?;
        let (part, rest) = after.split_first()?;
        (&**part == "body").then(|| rest.to_vec())
    }

    /// The same of one in a value, so deep on the way.
    fn place(
        &self,
        steps: &[Box<str>],
        uses: (Use, Use),
        around: &Around<'a>,
        depth: usize,
    ) -> Told {
        let Some((first, rest)) = steps.split_first() else {
            return (Known::Declared, Some(Steps::new()));
        };
        let deeper = depth.saturating_add(1);
        let lens = &self.lens;
        let rules = lens.rules(uses, around);
        if crosses(&rules).is_some() || depth > MOST_VALUES {
            return (Known::Not, None);
        }
        let (source, target) = (lens.source.get(uses.0.ty), lens.target.get(uses.1.ty));
        if source.branches.is_some() || target.branches.is_some() {
            let handed = rules.into_iter().filter(|r| !r.is_itself()).collect();
            let around =
                Around { handed, unions: around.unions + 1, placed: false, ..around.clone() };
            return self.branches(steps, uses, &around, deeper);
        }
        if !source.kinds.meets(Kinds::ARRAY.or(Kinds::OBJECT)) {
            return (Known::Not, Some(steps.to_vec()));
        }
        if source.is_unconstrained() || target.is_unconstrained() {
            return (Known::Allowed, Some(steps.to_vec()));
        }
        let positioned = position(first).is_some();
        let through = self.flat && !source.kinds.meets(Kinds::OBJECT);
        if let (true, Some(items)) = (positioned || through, source.items) {
            let Some(of) = target.items else { return (Known::Allowed, Some(steps.to_vec())) };
            let each = [Segment::Each];
            let inner = Lens::inside(&rules, around, (&each, &each), None);
            let (own, rest) = if positioned { (Some(first), rest) } else { (None, steps) };
            let (known, rest) = self.place(rest, (items, of), &inner, deeper);
            return (known, rest.map(|rest| own.cloned().into_iter().chain(rest).collect()));
        }
        let name = Text::from_plain(first);
        let there = (name.clone(), Val::made(&Value::Null));
        let object = Object { live: vec![there], ..Object::default() };
        let carries = lens.carries(&object, uses, &rules, around);
        let mut found: Vec<Found> = Vec::new();
        for carry in &carries {
            self.carried(steps, uses, (carry, &rules, around), (deeper, &mut found));
        }
        let mut copies: Vec<Found> = Vec::new();
        for rule in &rules {
            if !carries.iter().any(|c| rule.goes_down(&rules, (&c.src, &c.dst))) {
                let told = if rule.src.is_some() { &mut found } else { &mut copies };
                told.extend(self.related(steps, uses, (rule, around), deeper));
            }
        }
        let longest = found.iter().map(|(length, ..)| *length).max();
        let own = match found.into_iter().find(|(length, ..)| Some(*length) == longest) {
            Some((_, _, told)) => told,
            None if bind::member(lens.source, uses.0, &name).is_none() => {
                // An extra has the same name everywhere.
                (Known::Not, Some(steps.to_vec()))
            }
            None if source.property(&name).is_some() => (Known::Declared, None),
            None => (Known::Allowed, None),
        };
        if own.1.is_some() {
            return own;
        }
        // What has no other counterpart may be copied somewhere.
        let copy = copies.into_iter().max_by_key(|(length, rule, _)| (*length, Reverse(*rule)));
        copy.map(|(_, _, told)| told).filter(|(_, place)| place.is_some()).unwrap_or(own)
    }

    /// What the branches of a union say that know the place best, and the first of these that has one.
    fn branches(
        &self,
        steps: &[Box<str>],
        uses: (Use, Use),
        around: &Around<'a>,
        depth: usize,
    ) -> Told {
        if around.unions > DEEPEST {
            return (Known::Not, None);
        }
        let all = self.lens.branch_pairs(uses).into_iter().map(|(from, to)| {
            let uses = (Use { ty: from, ..uses.0 }, Use { ty: to, ..uses.1 });
            self.place(steps, uses, around, depth)
        });
        let best = all.min_by_key(|(known, place)| (*known, place.is_none()));
        best.unwrap_or((Known::Not, None))
    }

    /// What a counterpart says of the first steps of a place.
    fn carried(
        &self,
        steps: &[Box<str>],
        uses: (Use, Use),
        (carry, rules, around): (&Carry<'a>, &[Ruled<'a>], &Around<'a>),
        (depth, found): (usize, &mut Vec<Found>),
    ) {
        let lens = &self.lens;
        let (Some(from), Some(to)) =
            (bind::at(lens.source, uses.0, &carry.src), bind::at(lens.target, uses.1, &carry.dst))
        else {
            return;
        };
        let own = carry.rule.as_ref();
        let id = own.map_or(0, |rule| rule.rule);
        let wrap = own.and_then(|rule| match rule.what {
            What::Field(field) => field.parts.wrap.map(|side| (side, rule.below.as_slice())),
            What::Source(_) | What::Alias(_) => None,
        });
        let mut inner = Lens::inside(rules, around, (&carry.src, &carry.dst), own.map(|r| r.rule));
        if own.is_none() && lens.is_entry(&carry.src, uses) {
            let values = [Segment::Values];
            inner.handed.extend(Lens::inside(rules, around, (&values, &values), None).handed);
        }
        let (mut src, mut dst) = (carry.src.clone(), carry.dst.clone());
        let (mut from, mut to) = (Some(from), Some(to));
        if let Some((side, below)) = wrap {
            let first = (!self.flat).then_some(Segment::Index(0));
            let element = || first.iter().chain(below).cloned();
            let of = |types, root, path: &[Segment]| {
                bind::at(types, root, &[path, &[Segment::Each], below].concat())
            };
            if side == lens.direction.source() {
                // The list as a whole, and nothing in it but its first element.
                let whole = named(&src, steps).map(|length| (length, steps.len() == length));
                let whole = whole.filter(|_| !self.flat || !below.is_empty());
                found.extend(whole.map(|(length, all)| {
                    (length, id, (Known::Declared, spelt(&dst).filter(|_| all)))
                }));
                from = of(lens.source, uses.0, &src);
                src.extend(element());
            } else {
                to = of(lens.target, uses.1, &dst);
                dst.extend(element());
            }
        }
        let Some(length) = named(&src, steps) else { return };
        let rest = steps.get(length..).unwrap_or_default();
        let (known, rest) = self.rest(rest, from.zip(to), &inner, depth);
        let whole = spelt(&dst).zip(rest).map(|(dst, rest)| [dst, rest].concat());
        let entry = own.is_none() && lens.is_entry(&carry.src, uses);
        let known = if entry { known.max(Known::Allowed) } else { known };
        found.push((length, id, (known, whole)));
    }

    /// What a rule says of them that relates its place to another one: the second of an alias is its
    /// first, and what a `$from` copies is what it makes of it.
    fn related(
        &self,
        steps: &[Box<str>],
        uses: (Use, Use),
        (rule, around): (&Ruled<'a>, &Around<'a>),
        depth: usize,
    ) -> Option<Found> {
        let other = match rule.what {
            What::Alias(alias) => rule.place(&alias.first),
            What::Source(Source::From { path, .. }) => rule.place(path),
            What::Field(_) | What::Source(_) => return None,
        };
        if let (What::Alias(_), Some(second)) = (rule.what, &rule.src) {
            let length = named(second, steps)?;
            let first = [spelt(&other)?, steps.get(length..)?.to_vec()].concat();
            return Some((length, rule.rule, self.place(&first, uses, around, depth)));
        }
        let (src, dst) = match (&rule.src, &rule.dst, rule.what) {
            (Some(src), None, What::Source(_)) => (src, &other),
            (None, Some(dst), What::Source(_)) => (&other, dst),
            _ => return None,
        };
        let length = named(src, steps)?;
        let rest = steps.get(length..)?;
        let lens = &self.lens;
        let there = bind::at(lens.source, uses.0, src).zip(bind::at(lens.target, uses.1, dst));
        let (known, rest) = self.rest(rest, there, &Around::default(), depth);
        let whole = spelt(dst).zip(rest).map(|(dst, rest)| [dst, rest].concat());
        Some((length, rule.rule, (known, whole)))
    }

    /// What stands behind a counterpart's own steps; where the contracts do not say what is in it,
    /// everything has the name that it has.
    fn rest(
        &self,
        steps: &[Box<str>],
        uses: Option<(Use, Use)>,
        around: &Around<'a>,
        depth: usize,
    ) -> Told {
        match uses {
            Some(uses) => self.place(steps, uses, around, depth),
            None if steps.is_empty() => (Known::Declared, Some(Steps::new())),
            None => (Known::Allowed, Some(steps.to_vec())),
        }
    }
}

/// How many of the steps a path says, if it says the first ones.
fn named(path: &[Segment], steps: &[Box<str>]) -> Option<usize> {
    let said = spelt(path)?;
    steps.starts_with(&said).then_some(said.len())
}
