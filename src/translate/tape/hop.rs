//! One hop over a value, and over the members of an object.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use super::Tape;
use super::place::Write;
use super::val::{Data, Name, Obj, Val};
use crate::json::scan::{Kind, Malformed, MalformedKind};
use crate::json::{Text, same_text};
use crate::loss::LossKind;
use crate::plan::{Carry, Elements, Itself, Left, Members, ReporterId, Seg, Split, Stage, StageId};
use crate::translate::Stop;

/// Beyond so many, names are looked up in a set.
const FEW: usize = 16;

impl<'r> Tape<'r> {
    /// A value after a stage.
    pub(super) fn value(&mut self, value: Val<'r>, id: StageId) -> Result<Val<'r>, Stop> {
        // A union, a rule across the root and a source are levels of their own.
        if self.level > self.limits.depth.saturating_mul(4).saturating_add(64) {
            return Err(Stop::TooLarge);
        }
        let Some(stage) = self.stage(id) else { return Ok(value) };
        let before = std::mem::replace(&mut self.voids, stage.voids.is_some());
        self.level += 1;
        let done = self.staged(value, stage);
        self.level -= 1;
        self.voids = before;
        done
    }

    fn staged(&mut self, value: Val<'r>, stage: &'r Stage) -> Result<Val<'r>, Stop> {
        if value.frozen || (stage.idle && Self::is_whole(&value)) {
            return Ok(value);
        }
        self.refused(&value, &stage.refuses);
        let value = match &stage.voids {
            Some(voids) if !mutant!("tape-nulls-are-values") => self.without_nulls(value, voids)?,
            _ => value,
        };
        match &stage.itself {
            Some(Itself::Alter(alter)) => {
                if let Some(done) = self.alter(&value, alter)? {
                    return Ok(done.unwrap_or_else(Val::null));
                }
                let done = self.typed(value.clone(), stage)?;
                self.kept(&value, &done, alter);
                return Ok(done);
            }
            Some(Itself::Work(work, inner)) => {
                return Ok(self.work(value, work, *inner)?.unwrap_or_else(Val::null));
            }
            None => {}
        }
        self.typed(value, stage)
    }

    /// A value that no rule about itself took.
    fn typed(&mut self, value: Val<'r>, stage: &'r Stage) -> Result<Val<'r>, Stop> {
        if let Some(cross) = &stage.cross {
            return self.cross(value, cross);
        }
        let kind = self.kind(&value);
        if stage.sealed
            && !mutant!("tape-unconstrained-is-entered")
            && matches!(kind, Kind::Array | Kind::Object)
        {
            return Ok(Val { frozen: true, ..value });
        }
        if kind == Kind::Null {
            return Ok(value);
        }
        if let Some(union) = &stage.union {
            return self.union(value, union);
        }
        let unfit = match kind {
            Kind::Array => stage.unfit.array,
            Kind::Object => stage.unfit.object,
            Kind::Null | Kind::Bool | Kind::Number | Kind::String => stage.unfit.scalar,
        };
        if let Some(reporter) = unfit {
            return Ok(self.unfit(value, reporter));
        }
        if let (Kind::Array, Some(items)) = (kind, &stage.items) {
            return self.named(&value, items);
        }
        match (kind, &stage.object, stage.elements) {
            (Kind::Object, Some(members), _) => self.object(&value, members),
            (Kind::Array, _, Elements::Each(inner)) => self.elements(&value, inner),
            _ => Ok(value),
        }
    }

    fn elements(&mut self, value: &Val<'r>, inner: StageId) -> Result<Val<'r>, Stop> {
        let items = self.items(value).unwrap_or_default();
        self.spend(items.len())?;
        let mut done = Vec::with_capacity(items.len());
        for item in items.iter() {
            done.push(self.value(item.clone(), inner)?);
        }
        Ok(value.with(Data::Array(Rc::new(done))))
    }

    /// An object that is entered, without a name that stands twice.
    pub(super) fn entered(&mut self, value: &Val<'r>) -> Result<Rc<Obj<'r>>, Stop> {
        let object = self.looked_into(value)?.unwrap_or_default();
        self.spend(object.live.len())?;
        Ok(object)
    }

    /// An object that rules look into, without a name that stands twice; `None`: it is none.
    pub(super) fn looked_into(&self, value: &Val<'r>) -> Result<Option<Rc<Obj<'r>>>, Stop> {
        let object = self.open(value);
        if matches!(value.data, Data::Token(_))
            && let Some(member) = object.as_ref().and_then(|object| twice(&object.live))
        {
            let at = member.origin.map_or(0, |(start, _)| start);
            return Err(Malformed { at, kind: MalformedKind::Duplicate }.into());
        }
        Ok(object)
    }

    fn object(&mut self, value: &Val<'r>, ops: &'r Members) -> Result<Val<'r>, Stop> {
        let came = self.entered(value)?;
        let mut next = Obj { seen: Some(&ops.contract), ..Obj::default() };
        let source = self.set_extras_aside(&came, ops, &mut next);
        let mut whole = Val::made(Data::Object(Rc::new(source)));
        for (place, meaning) in &ops.meanings {
            self.put(&mut whole, place, meaning);
        }
        for fill in &ops.singles.fills {
            self.fill(&mut whole, fill)?;
        }
        let mut ranks: BTreeMap<Name<'r>, (usize, usize)> = BTreeMap::new();
        let (mut writes, mut unsaid): (Vec<Write<'r>>, Vec<&Carry>) = (Vec::new(), Vec::new());
        let mut empty: Vec<&[Seg]> = Vec::new();
        for carry in &ops.carries {
            let found = self.read(&whole, &carry.src, carry.nullable);
            if carry.unsaid && found.is_none() {
                unsaid.push(carry);
            }
            let carried = self.carried(found, carry)?;
            if carried.as_ref().is_none_or(|value| self.is_null(value)) {
                empty.push(&carry.dst);
            }
            let Some(value) = carried else { continue };
            match (carry.dst.as_slice(), carry.reporter) {
                ([Seg::Name(name)], _) => {
                    next.set(name.raw().into(), value);
                    ranks.insert(name.raw().into(), (position(&came, carry), carry.src.len()));
                }
                (dst, Some(reporter)) => writes.push(Write { dst, reporter, value }),
                (_, None) => {}
            }
        }
        let Some(source) = self.open(&whole) else { return Ok(whole) };
        if let Some(others) = ops.others {
            for (at, (name, value)) in source.live.iter().enumerate() {
                if left(ops, name).is_none() {
                    next.live.push((name.clone(), self.value(value.clone(), others)?));
                    ranks.insert(name.clone(), (at, 1));
                }
            }
        }
        self.write_all(&mut next, writes)?;
        self.leave(&source, ops, &mut next)?;
        self.make(&whole, &mut next, (&ops.singles, &empty))?;
        let mut next = Val::made(Data::Object(Rc::new(next)));
        self.repeat(&mut next, &ops.singles)?;
        if let Data::Object(next) = &mut next.data {
            order(&ranks, Rc::make_mut(next));
        }
        let next = value.with(next.data);
        self.take(&whole, &next, &ops.singles)?;
        for carry in unsaid {
            self.unsaid(&next, &carry.dst, carry.reporter);
        }
        for late in ops.unsaid.iter().filter(|late| empty.contains(&late.around.as_slice())) {
            self.unsaid(&next, &late.dst, Some(late.reporter));
        }
        Ok(next)
    }

    /// Reports a place of an object that stays absent where that means something.
    fn unsaid(&mut self, next: &Val<'r>, dst: &[Seg], reporter: Option<ReporterId>) {
        let Some((_, before)) = dst.split_last() else { return };
        let parent = self.read(next, before, false);
        let stands = parent.is_some_and(|v| !v.frozen && self.kind(&v) == Kind::Object);
        if let (true, None, Some(reporter)) = (stands, self.read(next, dst, false), reporter) {
            self.report(reporter, LossKind::Narrowed, next);
        }
    }

    /// What was read, as it stands on the other side. `None`: it is absent now.
    pub(super) fn carried(
        &mut self,
        found: Option<Val<'r>>,
        carry: &'r Carry,
    ) -> Result<Option<Val<'r>>, Stop> {
        let Some(found) = found else {
            return carry.work.as_ref().map_or(Ok(None), |work| self.inserted(work));
        };
        match (&carry.work, carry.stage) {
            (Some(work), stage) => self.work(found, work, stage),
            (None, Some(stage)) => self.value(found, stage).map(Some),
            (None, None) => Ok(Some(found)),
        }
    }

    /// The members that the source's contract declares; the others go aside.
    fn set_extras_aside(
        &mut self,
        came: &Obj<'r>,
        ops: &'r Members,
        next: &mut Obj<'r>,
    ) -> Obj<'r> {
        match ops.unmapped {
            Some(reporter) => {
                for (_, value, _) in &came.opaque {
                    self.dropped(reporter, value);
                }
            }
            None => next.opaque.clone_from(&came.opaque),
        }
        let mut source = Obj::default();
        for (name, value) in &came.live {
            let declared = ops.open || ops.properties.iter().any(|n| same_text(n.raw(), name));
            match ops.unmapped {
                _ if declared => source.live.push((name.clone(), value.clone())),
                Some(reporter) => self.dropped(reporter, value),
                None => next.opaque.push((name.clone(), value.clone(), 0)),
            }
        }
        source
    }

    /// Members without counterpart, and what is taken apart.
    fn leave(
        &mut self,
        source: &Obj<'r>,
        ops: &'r Members,
        next: &mut Obj<'r>,
    ) -> Result<(), Stop> {
        for (name, value) in &source.live {
            match left(ops, name) {
                Some(Left::Done) => {}
                Some(Left::Apart(parts, reporter)) => {
                    self.take_apart(value, parts, *reporter)?;
                }
                None if ops.others.is_some() => {}
                Some(Left::Alone) | None => match ops.unmapped {
                    Some(reporter) => self.dropped(reporter, value),
                    None => next.opaque.push((name.clone(), value.clone(), self.hop)),
                },
            }
        }
        Ok(())
    }

    /// Says what is lost of a value that is taken apart; gives whether anything came out of it.
    pub(super) fn take_apart(
        &mut self,
        value: &Val<'r>,
        parts: &'r [(Seg, Split)],
        reporter: ReporterId,
    ) -> Result<bool, Stop> {
        let mut found = Vec::new();
        let came = self.apart(value, parts, &mut found)?;
        for (kind, at) in found {
            self.reports.note(self.plan, reporter, kind, at);
        }
        Ok(came)
    }
}

fn left<'o>(ops: &'o Members, name: &str) -> Option<&'o Left> {
    ops.left.iter().find(|(n, _)| same_text(n.raw(), name)).map(|(_, left)| left)
}

/// Where the member that a counterpart comes out of stood.
fn position(came: &Obj<'_>, carry: &Carry) -> usize {
    let Some(Seg::Name(first)) = carry.src.first() else { return usize::MAX };
    came.live.iter().position(|(n, _)| same_text(n, first.raw())).unwrap_or(usize::MAX)
}

/// Carried members keep the order of the source; made ones follow.
fn order(ranks: &BTreeMap<Name<'_>, (usize, usize)>, next: &mut Obj<'_>) {
    let made = (usize::MAX, 0);
    next.live.sort_by_key(|(name, _)| ranks.get(name).copied().unwrap_or(made));
}

/// A member whose name stands before it already.
fn twice<'m, 'r>(members: &'m [(Name<'r>, Val<'r>)]) -> Option<&'m Val<'r>> {
    let mut seen: BTreeSet<Vec<u32>> = BTreeSet::new();
    let points = |name: &str| Text::from_raw(name).code_points().collect::<Vec<u32>>();
    let mut again = |at: usize, name: &str| {
        if members.len() > FEW {
            return !seen.insert(points(name));
        }
        members.iter().take(at).any(|(before, _)| same_text(before, name))
    };
    let mut all = members.iter().enumerate();
    all.find(|(at, (name, _))| again(*at, name)).map(|(_, (_, value))| value)
}
