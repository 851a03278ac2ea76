//! One hop over a value: what an object context does, step by step. The steps are numbered as in
//! `docs/semantics.md`; most of them have a file of their own.

use super::alias::as_value;
use super::bind::{self, Ruled, What, orient};
use super::context::{Around, Carry, first_name};
use super::cross::{Cross, crosses};
use super::item;
use super::name::{name_of, path_of};
use super::place::put;
use super::refuse::refusing;
use super::value::{Data, Object, Place, Val, origins, plain};
use super::{Facing, Hop, Lost, Naming, Root};
use crate::contract::{TypeGraph, Use};
use crate::json::{self, Segment, Text, writing};
use crate::loss::{Loses, LossKind, RuleId};
use crate::mapping::{Block, Carrier, Field, Unmapped};
use crate::version::Direction;

/// What absence means at places of counterparts of which a rule of this context looks at the value.
fn meant<'r, 'a>(
    rules: &'r [Ruled<'a>],
    carries: &'r [Carry<'a>],
    direction: Direction,
) -> impl Iterator<Item = (&'r [Segment], &'a json::Value)> {
    rules.iter().filter_map(move |rule| {
        carries.iter().find_map(|c| rule.meant(rules, (&c.src, &c.dst), direction))
    })
}

/// One hop.
pub(super) struct Lens<'a> {
    pub(super) hop: Hop<'a>,
    pub(super) direction: Direction,
    pub(super) carrier: Carrier,
    pub(super) at: usize,
    pub(super) source: &'a TypeGraph,
    pub(super) target: &'a TypeGraph,
    /// The messages of which texts name places.
    pub(super) named: Option<&'a Naming<'a>>,
    /// Where the message itself starts.
    pub(super) whole: Option<(Use, Use)>,
    /// Which way the messages went for which the rules hold: the other one's are read backwards.
    pub(super) held: Direction,
    /// The message as it came.
    pub(super) message: &'a json::Value,
    pub(super) lost: Vec<Lost>,
    /// Rules of the context read null members as absent.
    pub(super) voids: bool,
    /// An object that was entered has a name twice.
    pub(super) duplicate: bool,
}

impl<'a> Lens<'a> {
    pub(super) fn new(
        (hop, at): (Hop<'a>, usize),
        (direction, carrier): Facing,
        message: &'a json::Value,
    ) -> Self {
        let (source, target) = match direction {
            Direction::Upgrade => (&hop.old.types, &hop.new.types),
            Direction::Downgrade => (&hop.new.types, &hop.old.types),
        };
        Self {
            hop,
            direction,
            carrier,
            at,
            source,
            target,
            named: None,
            whole: None,
            held: direction,
            message,
            lost: Vec::new(),
            voids: false,
            duplicate: false,
        }
    }

    /// Which way the message goes, and what it is.
    pub(super) fn facing(&self) -> Facing {
        (self.direction, self.carrier)
    }

    /// The rules of a block, in the direction of travel.
    pub(super) fn oriented(&self, block: &'a Block) -> Vec<Ruled<'a>> {
        if self.held != self.direction {
            let other = (self.held, self.carrier);
            return orient(block, other).into_iter().map(Ruled::backwards).collect();
        }
        orient(block, self.facing())
    }

    /// The hop over the whole message.
    pub(super) fn root(&mut self, value: Val, root: &Root<'a>) -> Val {
        let handed = self.handed(root);
        let refuses = root.blocks.iter().flat_map(|b| refusing(b, self.facing())).collect();
        let around = Around { handed, refuses, ..Around::default() };
        self.value(value, (root.source, root.target), around)
    }

    /// The rules that a message begins with: of those of several messages the ones that are about this one,
    /// whose places both contracts have.
    pub(super) fn handed(&self, root: &Root<'a>) -> Vec<Ruled<'a>> {
        let mut all: Vec<_> = root.blocks.iter().flat_map(|b| self.oriented(b)).collect();
        let ends = ((self.source, root.source), (self.target, root.target));
        all.retain(|rule: &Ruled<'_>| rule.has_places(ends));
        all
    }

    /// A value at a pair of uses.
    pub(super) fn value(&mut self, value: Val, uses: (Use, Use), around: Around<'a>) -> Val {
        let value = Val { gave_way: false, ..value };
        if value.frozen {
            return value;
        }
        self.refused(&value, uses, &around);
        let around = Around { refuses: Vec::new(), ..around };
        let rules = self.rules(uses, &around);
        let voids = rules.iter().any(|rule| rule.voids) || !around.voided.is_empty();
        let before = std::mem::replace(&mut self.voids, voids);
        let done = self.ruled(value, uses, (rules, around));
        self.voids = before;
        done
    }

    /// A value whose rules are known.
    fn ruled(
        &mut self,
        value: Val,
        uses: (Use, Use),
        (rules, around): (Vec<Ruled<'a>>, Around<'a>),
    ) -> Val {
        let value = self.without_nulls(value, uses, (&rules, &around));
        let itself = rules.iter().find(|r| r.is_itself() && !around.placed);
        let itself = match itself.map(|rule| (rule.rule, rule.what, rule.below.clone())) {
            Some((rule, What::Field(field), below)) => Some((rule, field, below)),
            None if !around.placed && self.crossing(uses).is_some() => {
                Some((self.hop.mapping.text, Field::nothing(), Vec::new()))
            }
            Some(_) | None => None,
        };
        if let Some((rule, field, below)) = itself {
            let (parts, below) = (&field.parts, below.as_slice());
            if parts.place() {
                // A wrapped value is no more what the rules around are about.
                let around = match parts.wrap {
                    Some(_) => Around { placed: true, ..Around::default() },
                    None => Around { placed: true, ..around },
                };
                let sides = (Some(uses.0), Some(uses.1));
                let done = self.work(value, sides, (rule, parts, below), Some(around));
                return done.unwrap_or_else(|| Val::made(&json::Value::Null));
            }
            let sides = (Some(uses.0), Some(uses.1));
            if let Some(done) = self.parts(&value, sides, (rule, parts)) {
                return done.unwrap_or_else(|| Val::made(&json::Value::Null));
            }
            if let Some((from, to)) = self.crossing(uses) {
                return self.converted(&value, sides, (rule, parts), (&from, &to));
            }
            let done = self.typed(value.clone(), uses, (rules, around));
            self.kept((&value, &plain(&done)), (rule, parts), sides);
            return done;
        }
        self.typed(value, uses, (rules, around))
    }

    /// A value that no rule about itself took.
    fn typed(
        &mut self,
        value: Val,
        uses: (Use, Use),
        (rules, around): (Vec<Ruled<'a>>, Around<'a>),
    ) -> Val {
        match crosses(&rules) {
            Some(Cross::Outward) => return self.outward(&value, uses, (&rules, &around)),
            Some(Cross::Inward) => return self.inward(value, uses, (&rules, &around)),
            None => {}
        }
        let (source, target) = (self.source.get(uses.0.ty), self.target.get(uses.1.ty));
        let free = source.is_unconstrained() || target.is_unconstrained();
        if free
            && !mutant!("plain-unconstrained-is-entered")
            && matches!(value.data, Data::Object(_) | Data::Array(_))
        {
            return Val { frozen: true, ..value };
        }
        if source.branches.is_some() || target.branches.is_some() {
            let handed = rules.into_iter().filter(|r| !r.is_itself()).collect();
            let unions = around.unions + 1;
            let placed = false;
            return self.union(value, uses, Around { handed, unions, placed, ..around });
        }
        match &value.data {
            Data::Scalar(json::Value::Null) => value,
            data if let Some(rule) = self.unfit_block(uses, data) => {
                self.report(rule, LossKind::Unfit, value.origin.as_ref());
                Val { frozen: true, ..value }
            }
            Data::Object(object) => {
                let origin = value.origin.as_ref();
                let object = self.object((object, origin), uses, (rules, around));
                value.with(Data::Object(object))
            }
            Data::Array(items) if item::names_items(&rules, &around) => {
                let items = self.items(items, uses, (&rules, &around));
                value.with(Data::Array(items))
            }
            Data::Array(items) => match source.items.zip(target.items) {
                Some(uses) => {
                    let inner =
                        Self::inside(&rules, &around, (&[Segment::Each], &[Segment::Each]), None);
                    let items =
                        items.iter().map(|v| self.value(v.clone(), uses, inner.clone())).collect();
                    value.with(Data::Array(items))
                }
                None => value,
            },
            Data::Scalar(_) => value,
        }
    }

    /// An object context.
    pub(super) fn object(
        &mut self,
        (object, origin): (&Object, Option<&Place>),
        uses: (Use, Use),
        (rules, around): (Vec<Ruled<'a>>, Around<'a>),
    ) -> Object {
        self.duplicates(object);
        let mut source = object.clone();
        let mut next = self.fresh(uses.1);
        self.set_extras_aside(&mut source, uses.0, &mut next);
        let carries = self.carries(&source, uses, &rules, &around);
        if !mutant!("plain-absence-means-nothing") {
            as_value(&mut source, |source| {
                self.meanings(source, &carries);
                for (place, meaning) in meant(&rules, &carries, self.direction) {
                    put(source, place, meaning);
                }
            });
        }
        as_value(&mut source, |source| self.fill(source, &rules, uses.0, &carries));
        let mut writes: Vec<(Vec<Segment>, u32, Val)> = Vec::new();
        let mut empty: Vec<Vec<Segment>> = Vec::new();
        for carry in &carries {
            let found = self.read(&source, carry, uses);
            let own = carry.rule.as_ref().map(|r| r.rule);
            let mut inner = Self::inside(&rules, &around, (&carry.src, &carry.dst), own);
            if carry.rule.is_none() && self.is_entry(&carry.src, uses) {
                let values = [Segment::Values];
                inner.handed.extend(Self::inside(&rules, &around, (&values, &values), None).handed);
            }
            let (Some(from), Some(to)) = (
                bind::at(self.source, uses.0, &carry.src),
                bind::at(self.target, uses.1, &carry.dst),
            ) else {
                continue;
            };
            let value = self.carried(found, (from, to), carry, inner);
            if value.as_ref().is_none_or(Val::is_null) {
                empty.push(carry.dst.clone());
            }
            let Some(value) = value else { continue };
            match (carry.dst.as_slice(), own) {
                ([Segment::Name(name)], _) => next.set(&name_of(name), value),
                (_, Some(rule)) => writes.push((carry.dst.clone(), rule, value)),
                (_, None) => {}
            }
        }
        self.write_all(&mut next, writes);
        self.left((&source, &mut next), &rules, &around, uses);
        let whole = Val { data: Data::Object(source.clone()), ..Val::made(&json::Value::Null) };
        self.make((&whole, &mut next), &rules, uses, (&carries, &empty));
        as_value(&mut next, |next| self.repeat(next, &rules, uses.1, &carries));
        let after = Val { data: Data::Object(next.clone()), ..Val::made(&json::Value::Null) };
        self.take((&whole, &after), (&rules, &around), uses, &carries);
        self.unsaid((&whole, &after), (&carries, uses), origin);
        self.late_unsaid(&after, (&rules, &carries, &empty), uses, origin);
        order(object, &carries, &mut next);
        next
    }

    /// Whether a pair of names is one of two dictionaries.
    pub(super) fn is_entry(&self, path: &[Segment], uses: (Use, Use)) -> bool {
        first_name(path).is_some_and(|name| {
            self.source.get(uses.0.ty).property(&name).is_none()
                && self.target.get(uses.1.ty).property(&name).is_none()
        })
    }

    /// Step 5, all of it.
    pub(super) fn write_all(&mut self, next: &mut Object, writes: Vec<(Vec<Segment>, u32, Val)>) {
        let mut writes = writes;
        writes.sort_by_key(|(dst, rule, _)| (writing(dst), *rule));
        let mut narrowed = Vec::new();
        for (dst, rule, value) in writes {
            self.write(next, &dst, (rule, value), &mut narrowed);
        }
        self.report_narrowed(narrowed);
    }

    /// A null that several rules turn into an object is the first rule's.
    pub(super) fn report_narrowed(&mut self, mut narrowed: Vec<(u32, Place)>) {
        narrowed.sort_by_key(|(rule, _)| *rule);
        for at in (0..narrowed.len()).rev() {
            let (before, rest) = narrowed.split_at(at);
            if rest.first().is_some_and(|(_, place)| before.iter().any(|(_, p)| p == place)) {
                narrowed.remove(at);
            }
        }
        for (rule, place) in narrowed {
            self.report(rule, LossKind::Narrowed, Some(&place));
        }
    }

    /// An object of the target before anything stands in it.
    pub(super) fn fresh(&self, of: Use) -> Object {
        let declares = self.target.get(of.ty).properties.iter().map(|(n, _)| n.clone()).collect();
        Object { seen: Some((self.at, of)), declares, ..Object::default() }
    }

    /// Looks for names that stand twice in an object that is entered.
    pub(super) fn duplicates(&mut self, object: &Object) {
        for (at, (name, _)) in object.live.iter().enumerate() {
            self.duplicate |= object.live.iter().take(at).any(|(n, _)| n.same(name));
        }
    }

    /// What has been read, if it is there, in its place on the other side.
    pub(super) fn carried(
        &mut self,
        found: Option<Val>,
        uses: (Use, Use),
        carry: &Carry<'a>,
        inner: Around<'a>,
    ) -> Option<Val> {
        let Some(Ruled { rule, what: What::Field(field), below, .. }) = &carry.rule else {
            return Some(self.value(found?, uses, inner));
        };
        let sides = (Some(uses.0), Some(uses.1));
        match found {
            Some(found) => self.work(found, sides, (*rule, &field.parts, below), Some(inner)),
            None => self.inserted(sides, (*rule, &field.parts)),
        }
    }

    /// Extras: what the source contract does not declare.
    pub(super) fn set_extras_aside(&mut self, source: &mut Object, of: Use, next: &mut Object) {
        let drops = self.unmapped((of, next.seen.map_or(of, |(_, u)| u)));
        for (name, value, since) in std::mem::take(&mut source.opaque) {
            if drops {
                self.drop(0, &value, None);
            } else {
                next.opaque.push((name, value, since));
            }
        }
        let (known, extra): (Vec<_>, Vec<_>) = std::mem::take(&mut source.live)
            .into_iter()
            .partition(|(name, _)| bind::member(self.source, of, name).is_some());
        source.live = known;
        for (name, value) in extra {
            if drops {
                self.drop(0, &value, None);
            } else {
                next.opaque.push((name, value, 0));
            }
        }
    }

    pub(super) fn unmapped(&self, uses: (Use, Use)) -> bool {
        let said = self.blocks(uses).iter().find_map(|b| b.unmapped).or(self.hop.mapping.unmapped);
        said == Some(Unmapped::Drop) || self.target.get(uses.1.ty).sealed
    }

    /// Step 1: what absence means.
    pub(super) fn meanings(&self, source: &mut Val, carries: &[Carry<'a>]) {
        for carry in carries {
            let Some(Ruled { what: What::Field(field), .. }) = &carry.rule else { continue };
            let Some(meaning) = bind::meaning(field, self.direction) else { continue };
            put(source, &carry.src, meaning);
        }
    }

    /// Places that stay absent where that means something, which the absence that came did not.
    fn unsaid(
        &mut self,
        (whole, after): (&Val, &Val),
        (carries, uses): (&[Carry<'a>], (Use, Use)),
        origin: Option<&Place>,
    ) {
        let Data::Object(source) = &whole.data else { return };
        for carry in carries {
            let Some(Ruled { rule, what: What::Field(field), .. }) = &carry.rule else { continue };
            let one = |s: &Segment| matches!(s, Segment::Name(_)) || s.is_one();
            let through = carry.src.iter().chain(&carry.dst).all(one);
            if !field.fills(self.direction.reverse()) || !through {
                continue;
            }
            let there = self.read(source, carry, uses).is_some();
            let parent = carry.dst.split_last().map_or(&[][..], |(_, before)| before);
            let parent = stands(after, parent).filter(|v| !v.frozen && v.object().is_some());
            if !there && parent.is_some() && stands(after, &carry.dst).is_none() {
                self.report(*rule, LossKind::Narrowed, origin);
            }
        }
    }

    /// The same of places in objects whose counterpart is not there, and that other rules have made.
    fn late_unsaid(
        &mut self,
        after: &Val,
        (rules, carries, empty): (&[Ruled<'a>], &[Carry<'a>], &[Vec<Segment>]),
        uses: (Use, Use),
        origin: Option<&Place>,
    ) {
        let names = |path: &[Segment]| path.iter().all(|s| matches!(s, Segment::Name(_)));
        for rule in rules {
            let (Some(src), Some(dst), What::Field(field)) = (&rule.src, &rule.dst, rule.what)
            else {
                continue;
            };
            let means = field.fills(self.direction.reverse());
            let declared = bind::at(self.source, uses.0, src).is_some()
                && bind::at(self.target, uses.1, dst).is_some();
            if !means || !declared || !names(src) || !names(dst) {
                continue;
            }
            let around = carries.iter().filter(|c| rule.is_beneath((&c.src, &c.dst)));
            let Some(around) = around.max_by_key(|c| c.dst.len()) else { continue };
            let parent = dst.split_last().map_or(&[][..], |(_, before)| before);
            let parent = stands(after, parent).filter(|v| !v.frozen && v.object().is_some());
            if empty.contains(&around.dst) && parent.is_some() && stands(after, dst).is_none() {
                self.report(rule.rule, LossKind::Narrowed, origin);
            }
        }
    }

    pub(super) fn report(&mut self, rule: u32, kind: LossKind, place: Option<&Place>) {
        let Some(place) = place else { return };
        let info = usize::try_from(rule).ok().and_then(|r| self.hop.mapping.rules.get(r));
        let loses = info.map(|i| i.loses).unwrap_or_default();
        let strict = self.hop.mapping.strict && kind == LossKind::Unfit;
        let refuses = loses == Loses::Refuse || strict;
        if loses == Loses::Allow && !refuses {
            return;
        }
        let rule = RuleId { mapping: self.hop.index, rule };
        self.lost.push(Lost { rule, kind, place: place.clone(), refuses, words: None });
    }

    pub(super) fn drop(&mut self, rule: u32, value: &Val, cover: Option<&Place>) {
        for place in origins(value, cover) {
            self.report(rule, LossKind::Dropped, Some(&place));
        }
    }

    pub(super) fn refuse(&mut self, rule: u32, kind: LossKind, place: Option<&Place>) {
        if let Some(place) = place {
            let rule = RuleId { mapping: self.hop.index, rule };
            self.lost.push(Lost { rule, kind, place: place.clone(), refuses: true, words: None });
        }
    }
}

/// What stands at a place of names; nothing beneath what is frozen is read.
fn stands<'v>(value: &'v Val, path: &[Segment]) -> Option<&'v Val> {
    path.iter().try_fold(value, |at, segment| match (segment, &at.data) {
        _ if at.frozen => None,
        (Segment::Name(name), Data::Object(object)) => object.get(&name_of(name)),
        (Segment::Index(_) | Segment::Select(_), Data::Array(items)) => {
            items.get(item::locate(items, segment)?)
        }
        _ => None,
    })
}

/// Carried members keep the order of the source; made ones follow.
fn order(object: &Object, carries: &[Carry<'_>], next: &mut Object) {
    let rank = |name: &Text| {
        let carry = carries.iter().find(|c| c.dst == path_of(name));
        let from = carry.and_then(|c| first_name(&c.src));
        let at = from.and_then(|from| object.live.iter().position(|(n, _)| n.same(&from)));
        // What came out of a member follows it.
        (at.unwrap_or(usize::MAX), carry.map_or(0, |c| c.src.len()))
    };
    next.live.sort_by_key(|(name, _)| rank(name));
}
