//! One hop over a value: contexts, and what the rules in them do. The steps are numbered as in
//! `docs/semantics.md`.
#![expect(
    clippy::option_option,
    clippy::unused_self,
    clippy::too_many_arguments,
    reason = "reads as the page that it follows; its split into smaller files is under way"
)]

use super::bind::{self, Ruled, What, orient};
use super::value::{Data, Object, Place, Val};
use super::{Hop, Lost, Root, convert};
use crate::contract::{Kinds, TypeGraph, Use};
use crate::json::{self, Segment, Text};
use crate::loss::{Loses, LossKind, RuleId};
use crate::mapping::{Block, Cell, Otherwise, Parts, Source, Unmapped};
use crate::version::Direction;

/// One hop.
pub(super) struct Lens<'a> {
    hop: Hop<'a>,
    direction: Direction,
    at: usize,
    source: &'a TypeGraph,
    target: &'a TypeGraph,
    pub(super) lost: Vec<Lost>,
    /// An object that was entered has a name twice.
    pub(super) duplicate: bool,
}

/// Origins of a value that goes nowhere: its own, and of what is in it but came from elsewhere.
pub(super) fn origins(value: &Val, cover: Option<&Place>) -> Vec<Place> {
    let mut found = Vec::new();
    let own = value.origin.as_ref();
    let covered = own.zip(cover).is_some_and(|(own, cover)| own.starts_with(cover));
    if let (Some(own), false) = (own, covered) {
        found.push(own.clone());
    }
    let cover = if covered { cover } else { own.or(cover) };
    match &value.data {
        Data::Scalar(_) => {}
        Data::Array(items) => items.iter().for_each(|v| found.extend(origins(v, cover))),
        Data::Object(object) => {
            let opaque = object.opaque.iter().map(|(_, v, _)| v);
            let all = object.live.iter().map(|(_, v)| v).chain(opaque);
            all.for_each(|v| found.extend(origins(v, cover)));
        }
    }
    found
}

fn strictly(outer: &[Segment], inner: &[Segment]) -> bool {
    inner.len() > outer.len() && inner.starts_with(outer)
}

fn path_of(name: &Text) -> Vec<Segment> {
    vec![Segment::Name(name.decode().unwrap_or_default().into())]
}

fn first_name(path: &[Segment]) -> Option<Text> {
    match path.first() {
        Some(Segment::Name(name)) => Some(Text::from_plain(name)),
        _ => None,
    }
}

/// A value that stands somewhere after the hop.
struct Carry<'a> {
    rule: Option<Ruled<'a>>,
    src: Vec<Segment>,
    dst: Vec<Segment>,
}

/// The rules around a value: those that hold in its context, and places that rules from further
/// out read or write beneath it.
#[derive(Clone, Default)]
struct Around<'a> {
    handed: Vec<Ruled<'a>>,
    read: Vec<(Vec<Segment>, u32)>,
    written: Vec<Vec<Segment>>,
}

impl<'a> Lens<'a> {
    pub(super) fn new(hop: Hop<'a>, direction: Direction, at: usize) -> Self {
        let (source, target) = match direction {
            Direction::Upgrade => (&hop.old.types, &hop.new.types),
            Direction::Downgrade => (&hop.new.types, &hop.old.types),
        };
        Self { hop, direction, at, source, target, lost: Vec::new(), duplicate: false }
    }

    /// The hop over the whole message.
    pub(super) fn root(&mut self, value: Val, root: &Root<'a>) -> Val {
        let handed = root.blocks.iter().flat_map(|b| orient(b, self.direction)).collect();
        let around = Around { handed, ..Around::default() };
        self.value(value, (root.source, root.target), around)
    }

    fn report(&mut self, rule: u32, kind: LossKind, place: Option<&Place>) {
        let Some(place) = place else { return };
        let info = usize::try_from(rule).ok().and_then(|r| self.hop.mapping.rules.get(r));
        let loses = info.map(|i| i.loses).unwrap_or_default();
        let strict = self.hop.mapping.strict && kind == LossKind::Unfit;
        let refuses = loses == Loses::Refuse || strict;
        if loses == Loses::Allow && !refuses {
            return;
        }
        let rule = RuleId { mapping: self.hop.index, rule };
        self.lost.push(Lost { rule, kind, place: place.clone(), refuses });
    }

    fn drop(&mut self, rule: u32, value: &Val, cover: Option<&Place>) {
        for place in origins(value, cover) {
            self.report(rule, LossKind::Dropped, Some(&place));
        }
    }

    /// Blocks about a pair, nearest first.
    fn blocks(&self, (source, target): (Use, Use)) -> Vec<&'a Block> {
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

    /// The rules that hold in the context of a pair: claimed places are the first rule's.
    fn rules(&self, uses: (Use, Use), around: &Around<'a>) -> Vec<Ruled<'a>> {
        let mut all = around.handed.clone();
        for block in self.blocks(uses) {
            all.extend(orient(block, self.direction));
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

    /// A value at a pair of uses.
    fn value(&mut self, value: Val, uses: (Use, Use), around: Around<'a>) -> Val {
        let value = Val { gave_way: false, ..value };
        if value.frozen {
            return value;
        }
        let rules = self.rules(uses, &around);
        let itself = rules.iter().find(|r| {
            r.src.as_ref().is_some_and(Vec::is_empty) && r.dst.as_ref().is_some_and(Vec::is_empty)
        });
        if !matches!(value.data, Data::Object(_) | Data::Array(_))
            && let Some(Ruled { rule, what: What::Field(field), .. }) = itself
        {
            let (rule, parts) = (*rule, &field.parts);
            if let Some(done) = self.parts(&value, uses, (rule, parts)) {
                return done.unwrap_or_else(|| Val::made(&json::Value::Null));
            }
        }
        let (source, target) = (self.source.get(uses.0.ty), self.target.get(uses.1.ty));
        let free = source.is_unconstrained() || target.is_unconstrained();
        if free && matches!(value.data, Data::Object(_) | Data::Array(_)) {
            return Val { frozen: true, ..value };
        }
        match &value.data {
            Data::Scalar(json::Value::Null) => value,
            Data::Object(object) => {
                let object = self.object(object, uses, (rules, around));
                value.with(Data::Object(object))
            }
            Data::Array(_) | Data::Scalar(_) if self.unfit_block(uses).is_some() => {
                let rule = self.unfit_block(uses).unwrap_or(0);
                self.report(rule, LossKind::Unfit, value.origin.as_ref());
                Val { frozen: true, ..value }
            }
            Data::Array(items) => match source.items.zip(target.items) {
                Some(uses) => {
                    let inner =
                        self.inside(&rules, &around, (&[Segment::Each], &[Segment::Each]), None);
                    let items =
                        items.iter().map(|v| self.value(v.clone(), uses, inner.clone())).collect();
                    value.with(Data::Array(items))
                }
                None => value,
            },
            Data::Scalar(_) => value,
        }
    }

    /// The first block about the pair that wants an object.
    fn unfit_block(&self, uses: (Use, Use)) -> Option<u32> {
        self.blocks(uses).into_iter().find(|b| bind::reaches_beneath(b)).map(|b| b.rule)
    }

    /// List and conversion. `None`: neither took the value; `Some(None)`: it is absent now.
    fn parts(
        &mut self,
        value: &Val,
        uses: (Use, Use),
        (rule, parts): (u32, &Parts),
    ) -> Option<Option<Val>> {
        let json = plain(value);
        if !parts.list.is_empty() || parts.otherwise != Otherwise::Keep {
            let up = self.direction == Direction::Upgrade;
            let here = self.list(parts, up, uses);
            if let Some((key, result)) = here.iter().find(|(k, _)| k.same(&json)) {
                let back = self.list(parts, !up, uses);
                let again = match result {
                    None => None,
                    Some(result) => match back.iter().find(|(k, _)| k.same(result)) {
                        Some((_, again)) => again.clone(),
                        None => Some(result.clone()),
                    },
                };
                if !again.is_some_and(|again| again.same(key)) {
                    self.report(rule, LossKind::Narrowed, value.origin.as_ref());
                }
                return Some(
                    result.as_ref().map(|r| Val { data: Val::made(r).data, ..value.clone() }),
                );
            }
            if !value.is_null() {
                let other = match (&parts.otherwise, up) {
                    (Otherwise::Value { new: Some(v), .. }, true)
                    | (Otherwise::Value { old: Some(v), .. }, false) => Some(v.clone()),
                    (Otherwise::Refuse, _) => {
                        self.refuse(rule, LossKind::Unknown, value.origin.as_ref());
                        None
                    }
                    (Otherwise::Keep | Otherwise::Value { .. }, _) => {
                        self.keep(rule, value, (&json, &here), uses.1);
                        None
                    }
                };
                if let Some(other) = other {
                    return Some(Some(Val { data: Val::made(&other).data, ..value.clone() }));
                }
            }
        }
        let (old, new) = parts.convert.as_ref()?;
        if value.is_null() {
            return Some(Some(value.clone()));
        }
        let (from, to) = if self.direction == Direction::Upgrade { (old, new) } else { (new, old) };
        Some(Some(if let Some((converted, narrowed)) = convert(from, to, &json) {
            if narrowed {
                self.report(rule, LossKind::Narrowed, value.origin.as_ref());
            }
            value.with(Data::Scalar(converted))
        } else {
            self.report(rule, LossKind::Unfit, value.origin.as_ref());
            Val { frozen: true, ..value.clone() }
        }))
    }

    fn keep(
        &mut self,
        rule: u32,
        value: &Val,
        (json, list): (&json::Value, &[(json::Value, Option<json::Value>)]),
        target: Use,
    ) {
        let literals = self.target.get(target.ty).literals.as_ref();
        if list.iter().any(|(_, r)| r.as_ref().is_some_and(|r| r.same(json))) {
            self.report(rule, LossKind::Narrowed, value.origin.as_ref());
        } else if literals.is_some_and(|l| !l.0.iter().any(|v| v.same(json))) {
            self.report(rule, LossKind::Unknown, value.origin.as_ref());
        }
    }

    fn refuse(&mut self, rule: u32, kind: LossKind, place: Option<&Place>) {
        if let Some(place) = place {
            let rule = RuleId { mapping: self.hop.index, rule };
            self.lost.push(Lost { rule, kind, place: place.clone(), refuses: true });
        }
    }

    /// The entries of one direction; keys are read by the type of their place.
    fn list(
        &self,
        parts: &Parts,
        up: bool,
        uses: (Use, Use),
    ) -> Vec<(json::Value, Option<json::Value>)> {
        let forward = up == (self.direction == Direction::Upgrade);
        let kinds = |use_of_source: bool| {
            if use_of_source {
                self.source.get(uses.0.ty).kinds
            } else {
                self.target.get(uses.1.ty).kinds
            }
        };
        let mut found: Vec<(json::Value, Option<json::Value>)> = Vec::new();
        for listed in &parts.list {
            if !(if up { listed.up } else { listed.down }) {
                continue;
            }
            let (key, result) =
                if up { (&listed.old, &listed.new) } else { (&listed.new, &listed.old) };
            let Some(key) = cell(key, kinds(forward)) else { continue };
            if !found.iter().any(|(k, _)| k.same(&key)) {
                found.push((key, cell(result, kinds(!forward))));
            }
        }
        found
    }

    /// The rules around a value that stands at `dst` and came from `src`.
    fn inside(
        &self,
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
            let whole = (from || rule.src.is_none()) && (to || rule.dst.is_none());
            if whole {
                inner.handed.push(Ruled {
                    src: rule.src.as_ref().map(|p| cut(p, src)),
                    dst: rule.dst.as_ref().map(|p| cut(p, dst)),
                    ..rule.clone()
                });
                continue;
            }
            if let (true, Some(path)) = (from, &rule.src) {
                inner.read.push((cut(path, src), rule.rule));
            }
            if let (true, Some(path)) = (to, &rule.dst) {
                inner.written.push(cut(path, dst));
            }
        }
        inner.read.extend(
            around.read.iter().filter(|(p, _)| strictly(src, p)).map(|(p, r)| (cut(p, src), *r)),
        );
        inner
            .written
            .extend(around.written.iter().filter(|p| strictly(dst, p)).map(|p| cut(p, dst)));
        inner
    }

    /// An object context.
    fn object(
        &mut self,
        object: &Object,
        uses: (Use, Use),
        (rules, around): (Vec<Ruled<'a>>, Around<'a>),
    ) -> Object {
        for (at, (name, _)) in object.live.iter().enumerate() {
            self.duplicate |= object.live.iter().take(at).any(|(n, _)| n.same(name));
        }
        let mut source = object.clone();
        let mut next = Object { seen: Some((self.at, uses.1)), ..Object::default() };
        self.set_extras_aside(&mut source, uses.0, &mut next);
        let carries = self.carries(&source, uses, &rules, &around);
        self.meanings(&mut source, &carries);
        let mut writes: Vec<(Vec<Segment>, u32, Val)> = Vec::new();
        for carry in &carries {
            let Some(found) = self.read(&source, &carry.src, uses, &carry.dst) else { continue };
            let own = carry.rule.as_ref().map(|r| r.rule);
            let inner = self.inside(&rules, &around, (&carry.src, &carry.dst), own);
            let (Some(from), Some(to)) = (
                bind::at(self.source, uses.0, &carry.src),
                bind::at(self.target, uses.1, &carry.dst),
            ) else {
                continue;
            };
            let Some(value) = self.carried(found, (from, to), carry, inner) else { continue };
            match (carry.dst.as_slice(), own) {
                ([Segment::Name(name)], _) => next.set(&Text::from_plain(name), value),
                (_, Some(rule)) => writes.push((carry.dst.clone(), rule, value)),
                (_, None) => {}
            }
        }
        writes.sort_by_key(|(dst, rule, _)| (dst.len(), *rule));
        let mut narrowed = Vec::new();
        for (dst, rule, value) in writes {
            self.write(&mut next, &dst, (rule, value), &mut narrowed);
        }
        // A null that several rules turn into an object is the first rule's.
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
        self.left(&source, &rules, &around, uses, &mut next);
        self.take(&source, &rules, uses, &carries);
        self.make(&mut next, &rules, &carries);
        self.order(object, &carries, &mut next);
        next
    }

    /// A value that has been read, in its place on the other side.
    fn carried(
        &mut self,
        found: Val,
        uses: (Use, Use),
        carry: &Carry<'a>,
        inner: Around<'a>,
    ) -> Option<Val> {
        if let Some(Ruled { rule, what: What::Field(field), .. }) = &carry.rule
            && !found.frozen
            && let Some(done) = self.parts(&found, uses, (*rule, &field.parts))
        {
            return done;
        }
        Some(self.value(found, uses, inner))
    }

    /// Extras: what the source contract does not declare.
    fn set_extras_aside(&mut self, source: &mut Object, of: Use, next: &mut Object) {
        next.opaque.append(&mut source.opaque);
        let (known, extra): (Vec<_>, Vec<_>) = std::mem::take(&mut source.live)
            .into_iter()
            .partition(|(name, _)| bind::member(self.source, of, name).is_some());
        source.live = known;
        for (name, value) in extra {
            if self.unmapped((of, next.seen.map_or(of, |(_, u)| u))) {
                self.drop(0, &value, None);
            } else {
                next.opaque.push((name, value, 0));
            }
        }
    }

    fn unmapped(&self, uses: (Use, Use)) -> bool {
        let said = self.blocks(uses).iter().find_map(|b| b.unmapped).or(self.hop.mapping.unmapped);
        said == Some(Unmapped::Drop)
    }

    /// Every counterpart of this context: rules, then names that pair.
    fn carries(
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
        let mut names: Vec<Text> = object.live.iter().map(|(n, _)| n.clone()).collect();
        names.extend(source.properties.iter().chain(&target.properties).map(|(n, _)| n.clone()));
        names.extend(paths.chain(outer.clone()).filter_map(|p| first_name(p)));
        let mut pairs: Vec<Text> = Vec::new();
        for name in names {
            let path = path_of(&name);
            let claimed = rules
                .iter()
                .any(|r| r.src.as_ref() == Some(&path) || r.dst.as_ref() == Some(&path))
                || outer.clone().any(|p| *p == path);
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

    /// Step 1: what absence means.
    fn meanings(&self, source: &mut Object, carries: &[Carry<'a>]) {
        for carry in carries {
            let Some(Ruled { what: What::Field(field), .. }) = &carry.rule else { continue };
            let Some(meaning) = bind::meaning(field, self.direction) else { continue };
            put(source, &carry.src, meaning);
        }
    }

    /// Step 2: the value at a path.
    fn read(
        &self,
        object: &Object,
        path: &[Segment],
        uses: (Use, Use),
        dst: &[Segment],
    ) -> Option<Val> {
        let nullable = bind::at(self.target, uses.1, dst).is_some_and(|u| u.nullable);
        let mut at = object.clone();
        let mut of = uses.0;
        for (index, segment) in path.iter().enumerate() {
            let Segment::Name(name) = segment else { return None };
            let name = Text::from_plain(name);
            of = bind::member(self.source, of, &name)?;
            let value = at.get(&name)?.clone();
            if index + 1 == path.len() {
                return Some(value);
            }
            if value.is_null() {
                return nullable.then_some(value);
            }
            if value.frozen {
                return None;
            }
            let mut inner = value.object()?.clone();
            inner.live.retain(|(n, _)| bind::member(self.source, of, n).is_some());
            at = inner;
        }
        None
    }

    /// Step 5: a value at a path of the result.
    fn write(
        &mut self,
        object: &mut Object,
        dst: &[Segment],
        (rule, value): (u32, Val),
        narrowed: &mut Vec<(u32, Place)>,
    ) {
        let Some((Segment::Name(name), rest)) = dst.split_first() else { return };
        let name = Text::from_plain(name);
        if rest.is_empty() {
            object.set(&name, value);
            return;
        }
        match object.live.iter_mut().find(|(n, _)| n.same(&name)) {
            None => {
                let mut made = Val {
                    data: Data::Object(Object::default()),
                    origin: None,
                    frozen: false,
                    placeholder: None,
                    gave_way: false,
                };
                if let Data::Object(inner) = &mut made.data {
                    self.write(inner, rest, (rule, value), narrowed);
                }
                object.live.push((name, made));
            }
            Some((_, there)) if there.is_null() => {
                if value.is_null() {
                    return;
                }
                there.gave_way = true;
                if let Some(place) = &there.origin {
                    narrowed.push((rule, place.clone()));
                }
                let mut inner = Object::default();
                self.write(&mut inner, rest, (rule, value), narrowed);
                there.data = Data::Object(inner);
            }
            Some((_, there)) if there.frozen => self.drop(rule, &value, None),
            Some((_, there)) if there.gave_way && value.is_null() => {}
            Some((_, there)) => match &mut there.data {
                Data::Object(inner) => {
                    if let (true, Some(place)) = (there.gave_way, &there.origin) {
                        narrowed.push((rule, place.clone()));
                    }
                    self.write(inner, rest, (rule, value), narrowed);
                }
                Data::Scalar(_) | Data::Array(_) => self.drop(rule, &value, None),
            },
        }
    }

    /// Steps 4 and 6: members without counterpart.
    fn left(
        &mut self,
        source: &Object,
        rules: &[Ruled<'a>],
        around: &Around<'a>,
        uses: (Use, Use),
        next: &mut Object,
    ) {
        let mut claimed: Vec<(Vec<Segment>, u32)> = rules
            .iter()
            .filter_map(|r| Some((r.src.clone()?, r.rule)))
            .filter(|(p, _)| !p.is_empty())
            .collect();
        claimed.extend(around.read.iter().cloned());
        claimed.sort_by_key(|(_, rule)| *rule);
        let written: Vec<Vec<Segment>> = rules
            .iter()
            .filter_map(|r| r.dst.clone())
            .chain(around.written.iter().cloned())
            .collect();
        for (name, value) in &source.live {
            let path = path_of(name);
            let exact = claimed.iter().any(|(p, _)| *p == path);
            let pairs =
                bind::member(self.target, uses.1, name).is_some() && !written.contains(&path);
            if exact || pairs {
                continue;
            }
            let through = claimed.iter().find(|(p, _)| strictly(&path, p)).map(|(_, rule)| *rule);
            match through {
                Some(rule) => {
                    let mut found = Vec::new();
                    self.apart(value, (uses.0, &path), &claimed, &mut found);
                    for (kind, place) in found {
                        self.report(rule, kind, Some(&place));
                    }
                }
                None if self.unmapped(uses) => self.drop(0, value, None),
                None => next.opaque.push((name.clone(), value.clone(), self.at + 1)),
            }
        }
    }

    /// What is lost of a value that is taken apart; says whether anything came out.
    fn apart(
        &self,
        value: &Val,
        (of, path): (Use, &[Segment]),
        claimed: &[(Vec<Segment>, u32)],
        found: &mut Vec<(LossKind, Place)>,
    ) -> bool {
        let whole = |kind: LossKind| value.origin.clone().map(|place| (kind, place));
        let Some(object) = value.object().filter(|_| !value.frozen) else {
            let kind = if value.is_null() { LossKind::Narrowed } else { LossKind::Dropped };
            found.extend(whole(kind));
            return false;
        };
        if object.live.is_empty() && object.opaque.is_empty() {
            found.extend(whole(LossKind::Narrowed));
            return false;
        }
        let mut inner = Vec::new();
        let mut came = false;
        for (name, member) in &object.live {
            let place: Vec<Segment> = path.iter().cloned().chain(path_of(name)).collect();
            let declared = bind::at(self.source, of, &place).is_some();
            if declared && claimed.iter().any(|(p, _)| *p == place) {
                came = true;
            } else if declared && claimed.iter().any(|(p, _)| strictly(&place, p)) {
                came |= self.apart(member, (of, &place), claimed, &mut inner);
            } else {
                inner.extend(origins(member, None).into_iter().map(|p| (LossKind::Dropped, p)));
            }
        }
        for (_, member, _) in &object.opaque {
            inner.extend(origins(member, None).into_iter().map(|p| (LossKind::Dropped, p)));
        }
        match (came, &value.origin) {
            (false, Some(place)) => {
                found.push((LossKind::Dropped, place.clone()));
                found.extend(inner.into_iter().filter(|(_, p)| !p.starts_with(place)));
            }
            _ => found.extend(inner),
        }
        came
    }

    /// Step 8.
    fn take(
        &mut self,
        source: &Object,
        rules: &[Ruled<'a>],
        uses: (Use, Use),
        carries: &[Carry<'a>],
    ) {
        for rule in rules {
            let (Some(src), None, What::Source(given)) = (&rule.src, &rule.dst, rule.what) else {
                continue;
            };
            if carries.iter().any(|c| strictly(&c.src, src)) {
                continue;
            }
            let mut at = source.clone();
            let mut of = Some(uses.0);
            let mut found = None;
            for (index, segment) in src.iter().enumerate() {
                let Segment::Name(name) = segment else { break };
                let name = Text::from_plain(name);
                of = of.and_then(|of| bind::member(self.source, of, &name));
                let Some(value) = at.get(&name).filter(|_| of.is_some()).cloned() else { break };
                if index + 1 == src.len() {
                    found = Some(value);
                    break;
                }
                match value.object().filter(|_| !value.frozen) {
                    Some(inner) => at = inner.clone(),
                    None => break,
                }
            }
            let Some(value) = found else { continue };
            let same = match given {
                Source::Literal(literal) | Source::Placeholder(literal) => {
                    plain(&value).same(literal)
                }
                Source::Absent | Source::From { .. } => false,
            };
            if !same {
                self.drop(rule.rule, &value, None);
            }
        }
    }

    /// Step 9.
    fn make(&mut self, next: &mut Object, rules: &[Ruled<'a>], carries: &[Carry<'a>]) {
        let mut makes: Vec<&Ruled<'a>> = rules.iter().filter(|r| r.src.is_none()).collect();
        makes.sort_by_key(|r| r.dst.as_ref().map_or(0, Vec::len));
        for rule in makes {
            let (Some(dst), What::Source(given)) = (&rule.dst, rule.what) else { continue };
            if carries.iter().any(|c| strictly(&c.dst, dst)) {
                continue;
            }
            let value = match given {
                Source::Literal(literal) => Val::made(literal),
                Source::Placeholder(literal) => Val {
                    placeholder: Some(RuleId { mapping: self.hop.index, rule: rule.rule }),
                    ..Val::made(literal)
                },
                Source::Absent | Source::From { .. } => continue,
            };
            make(next, dst, value);
        }
    }

    /// Carried members keep the order of the source; made ones follow.
    fn order(&self, object: &Object, carries: &[Carry<'a>], next: &mut Object) {
        let rank = |name: &Text| {
            let from =
                carries.iter().find(|c| c.dst == path_of(name)).and_then(|c| first_name(&c.src));
            let at = from.and_then(|from| object.live.iter().position(|(n, _)| n.same(&from)));
            at.unwrap_or(usize::MAX)
        };
        next.live.sort_by_key(|(name, _)| rank(name));
    }
}

/// Puts a literal at an absent place whose parent is an object that is there.
fn put(object: &mut Object, path: &[Segment], literal: &json::Value) {
    let Some((Segment::Name(name), rest)) = path.split_first() else { return };
    let name = Text::from_plain(name);
    if rest.is_empty() {
        if object.get(&name).is_none() {
            object.live.push((name, Val::made(literal)));
        }
        return;
    }
    if let Some((_, Val { data: Data::Object(inner), frozen: false, .. })) =
        object.live.iter_mut().find(|(n, _)| n.same(&name))
    {
        put(inner, rest, literal);
    }
}

/// Writes a made value whose parent is an object.
fn make(object: &mut Object, dst: &[Segment], value: Val) {
    let Some((Segment::Name(name), rest)) = dst.split_first() else { return };
    let name = Text::from_plain(name);
    if rest.is_empty() {
        object.set(&name, value);
        return;
    }
    if let Some((_, Val { data: Data::Object(inner), frozen: false, .. })) =
        object.live.iter_mut().find(|(n, _)| n.same(&name))
    {
        make(inner, rest, value);
    }
}

/// The value as it would be written, if the message ended here.
fn plain(value: &Val) -> json::Value {
    match &value.data {
        Data::Scalar(scalar) => scalar.clone(),
        Data::Array(items) => json::Value::Array(items.iter().map(plain).collect()),
        Data::Object(object) => {
            let mut members: Vec<(Text, json::Value)> =
                object.live.iter().map(|(n, v)| (n.clone(), plain(v))).collect();
            members.extend(object.opaque.iter().map(|(n, v, _)| (n.clone(), plain(v))));
            json::Value::Object(members)
        }
    }
}

/// A cell as a JSON value; the text of a key is read by the type of its place.
fn cell(cell: &Cell, kinds: Kinds) -> Option<json::Value> {
    match cell {
        Cell::Absent => None,
        Cell::Value(value) => Some(value.clone()),
        Cell::Key(text) if kinds.meets(Kinds::STRING) && kinds != Kinds::ANY => {
            Some(json::Value::string(text))
        }
        Cell::Key(text) => Some(match (&**text, json::parse(text.as_bytes(), 1)) {
            ("null", _) => json::Value::Null,
            (_, Ok(value @ json::Value::Bool(_))) if kinds.meets(Kinds::BOOLEAN) => value,
            (_, Ok(value @ json::Value::Number(_))) if kinds.meets(Kinds::NUMBER) => value,
            _ => json::Value::string(text),
        }),
    }
}
