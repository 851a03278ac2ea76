//! What an object has lost, looked for when it ends.

use super::eval::{Is, expr};
use super::frame::Frame;
use super::value::{Bytes, Held};
use super::{Run, Stop};
use crate::json::scan::{Kind, Scanner};
use crate::json::{self, Text};
use crate::loss::LossKind;
use crate::plan::{Call, Expr, ExprId, LossOp, NodeId, Parted, ReporterId, Test, ValueId};

/// A range of the message about which a loss is reported already.
type Cover = Option<(usize, usize)>;

/// Losses found in something that is taken apart, not reported yet: where each is.
type Found = Vec<(LossKind, usize)>;

impl<'r> Run<'r> {
    /// Reports a list of losses.
    pub(super) fn collisions(
        &mut self,
        frame: &mut Frame<'r>,
        losses: &'r [LossOp],
    ) -> Result<(), Stop> {
        for op in losses {
            match op {
                LossOp::Drop { value, test, kind, reporter } => {
                    if *kind == LossKind::Collision && self.discard > 0 {
                        self.collided |= self.holds(frame, *value, test)?;
                        continue;
                    }
                    if self.holds(frame, *value, test)? {
                        self.dropped(frame, *value, (*kind, *reporter), None)?;
                    }
                }
                LossOp::Extras(node, names, reporter) => {
                    let mut found = Found::new();
                    self.extras(frame, *node, names, &mut found)?;
                    for (kind, at) in found {
                        self.reports.note(self.plan, *reporter, kind, at);
                    }
                }
                LossOp::Made(value) => drop(self.is(frame, *value)?),
                LossOp::Unsaid { object, found, parent, value, reporter } => {
                    let places = (*found, *value);
                    self.unsaid(frame, (*object, *parent), places, *reporter)?;
                }
                LossOp::Into { base, writes } => self.into(frame, *base, writes)?,
                LossOp::Apart(part, reporter) => {
                    let mut found = Found::new();
                    self.apart(frame, part, &mut found)?;
                    for (kind, at) in found {
                        self.reports.note(self.plan, *reporter, kind, at);
                    }
                }
            }
        }
        Ok(())
    }

    /// Goes over values that were not written, for what their steps report.
    pub(super) fn effects(&mut self, frame: &mut Frame<'r>) -> Result<(), Stop> {
        let ops = frame.ops;
        for build in &ops.build {
            self.effect(frame, build.value)?;
        }
        for op in &ops.losses {
            match op {
                LossOp::Drop { value, .. } => self.effect(frame, *value)?,
                LossOp::Apart(part, _) => self.part_effects(frame, part)?,
                LossOp::Made(_)
                | LossOp::Unsaid { .. }
                | LossOp::Into { .. }
                | LossOp::Extras(..) => {}
            }
        }
        Ok(())
    }

    fn part_effects(&mut self, frame: &mut Frame<'r>, part: &'r Parted) -> Result<(), Stop> {
        match part {
            Parted::Carried(_) => Ok(()),
            Parted::Lost(id) | Parted::Items(id, _) => self.effect(frame, *id),
            Parted::Through { value, tree, .. } => {
                if let Expr::Object(Call { base: Some(base), .. }) = expr(frame, *value)
                    && self.is(frame, *value)? != Is::Object
                {
                    self.effect(frame, *base)?;
                }
                tree.iter().try_for_each(|(_, part)| self.part_effects(frame, part))
            }
        }
    }

    /// Goes over what an expression is made of.
    fn effect(&mut self, frame: &mut Frame<'r>, id: ExprId) -> Result<(), Stop> {
        match expr(frame, id) {
            Expr::Absent | Expr::Placeholder(..) => Ok(()),
            Expr::Value(value) => {
                let held = self.value(frame, *value)?;
                let done = frame.written(*value);
                let pending = matches!(held.bytes, Bytes::Call(..) | Bytes::CallMade(..));
                if !done && pending && held.origin.is_some() {
                    self.silently(frame, *value, held)?;
                }
                Ok(())
            }
            Expr::Object(call) => {
                for op in &call.losses {
                    if let LossOp::Drop { value, .. } = op {
                        self.effect(frame, *value)?;
                    }
                }
                if self.is(frame, id)? != Is::Object
                    && let Some(base) = call.base
                {
                    self.effect(frame, base)?;
                }
                self.rest_effects(frame, call)?;
                for member in &call.members {
                    self.effect(frame, member.value)?;
                }
                Ok(())
            }
            Expr::Guard(on, inner, at) => {
                let passes = self.passes(frame, *on, *at)?;
                self.effect(frame, if passes { *inner } else { *at })
            }
            Expr::NullOr(_, inner) | Expr::When(_, inner) => self.effect(frame, *inner),
            Expr::Else(first, second) => {
                self.effect(frame, *first)?;
                self.effect(frame, *second)
            }
            Expr::Either(on, first, second) => {
                let taken = self.taken(frame, (*on, *first, *second))?;
                self.effect(frame, taken)
            }
        }
    }

    /// Goes over the other members of a carried object that was not written.
    fn rest_effects(&mut self, frame: &mut Frame<'r>, call: &'r Call) -> Result<(), Stop> {
        let Some(node) = call.node else { return Ok(()) };
        let at = usize::try_from(node).unwrap_or(usize::MAX);
        let rested = frame.room.as_ref().and_then(|room| room.rested.get(at));
        if rested.copied().unwrap_or(true) {
            return Ok(());
        }
        let from = self.out.len();
        let collided = self.collided;
        self.discard += 1;
        let read = self.rest(frame, node, from);
        self.discard -= 1;
        self.collided = collided;
        self.out.truncate(from);
        read
    }

    /// Writes a value to nowhere, and gives what was written.
    fn silently(
        &mut self,
        frame: &mut Frame<'r>,
        id: ValueId,
        held: Held,
    ) -> Result<Vec<u8>, Stop> {
        let from = self.out.len();
        self.discard += 1;
        let written = self.write(held);
        self.discard -= 1;
        let bytes = self.out.split_off(from);
        frame.mark(id);
        written.map(|()| bytes)
    }

    fn holds(&mut self, frame: &mut Frame<'r>, id: ExprId, test: &Test) -> Result<bool, Stop> {
        let Some(decided) = self.decide(frame, id)? else { return Ok(false) };
        Ok(match test {
            Test::Present => true,
            Test::With(other) => self.is(frame, *other)? != Is::Absent,
            Test::Not(expected) => {
                !self.plain(frame, decided)?.is_some_and(|value| value.same(expected))
            }
            Test::Differs(other) => match self.decide(frame, *other)? {
                Some(other) => !self.agree(frame, decided, other)?,
                None => true,
            },
        })
    }

    /// Whether two decided expressions are the same value.
    fn agree(&mut self, frame: &mut Frame<'r>, a: ExprId, b: ExprId) -> Result<bool, Stop> {
        let (Some(a), Some(b)) = (self.plain(frame, a)?, self.plain(frame, b)?) else {
            return Ok(false);
        };
        Ok(a.same(&b))
    }

    /// A decided expression as it would be written; `None`: something in it would collide, so that
    /// it is equal to nothing.
    fn plain(
        &mut self,
        frame: &mut Frame<'r>,
        decided: ExprId,
    ) -> Result<Option<json::Value>, Stop> {
        let before = std::mem::replace(&mut self.collided, false);
        let bytes = if let Expr::Value(value) = expr(frame, decided) {
            let held = self.value(frame, *value)?;
            match held.bytes {
                Bytes::Call(..) | Bytes::CallMade(..) => self.silently(frame, *value, held)?,
                Bytes::Input(..) | Bytes::Made(..) => self.bytes(held).to_vec(),
                Bytes::Taped(_) => {
                    self.collided = before;
                    return Ok(self.taped_plain(held));
                }
            }
        } else {
            let from = self.out.len();
            self.discard += 1;
            let written = self.emit(frame, decided);
            self.discard -= 1;
            let bytes = self.out.split_off(from);
            written?;
            bytes
        };
        let collided = std::mem::replace(&mut self.collided, before);
        Ok(json::parse(&bytes, usize::MAX).ok().filter(|_| !collided))
    }

    /// A place that stays absent where that means something.
    fn unsaid(
        &mut self,
        frame: &mut Frame<'r>,
        (object, parent): (ExprId, Option<ExprId>),
        (found, value): (ExprId, ExprId),
        reporter: ReporterId,
    ) -> Result<(), Stop> {
        for place in [found, value] {
            if self.is(frame, place)? != Is::Absent {
                return Ok(());
            }
        }
        for there in [Some(object), parent].into_iter().flatten() {
            if self.is(frame, there)? != Is::Object {
                return Ok(());
            }
        }
        let Some(decided) = self.decide(frame, object)? else { return Ok(()) };
        if let Some((at, _)) = self.origin(frame, decided)? {
            self.reports.note(self.plan, reporter, LossKind::Narrowed, at);
        }
        Ok(())
    }

    /// Reports a value that goes nowhere: at its origin, and what is in it but came from elsewhere.
    fn dropped(
        &mut self,
        frame: &mut Frame<'r>,
        id: ExprId,
        (kind, reporter): (LossKind, ReporterId),
        cover: Cover,
    ) -> Result<(), Stop> {
        let mut found = Found::new();
        self.lost(frame, id, cover, &mut found)?;
        for (_, at) in found {
            self.reports.note(self.plan, reporter, kind, at);
        }
        Ok(())
    }

    fn lost(
        &mut self,
        frame: &mut Frame<'r>,
        id: ExprId,
        cover: Cover,
        found: &mut Found,
    ) -> Result<(), Stop> {
        if let Expr::Else(first, second) = expr(frame, id) {
            self.lost(frame, *first, cover, found)?;
            return self.lost(frame, *second, cover, found);
        }
        let Some(id) = self.decide(frame, id)? else { return Ok(()) };
        match expr(frame, id) {
            Expr::Value(value) => {
                let held = self.value(frame, *value)?;
                if let Bytes::Taped(_) = held.bytes {
                    let all = self.taped_origins(held, cover);
                    found.extend(all.into_iter().map(|at| (LossKind::Dropped, at)));
                } else if let Some((start, end)) = held.origin
                    && !cover.is_some_and(|(from, to)| from <= start && end <= to)
                {
                    found.push((LossKind::Dropped, start));
                }
            }
            Expr::Object(call) => {
                let origin = self.origin(frame, id)?;
                let covered = origin.is_some_and(|(start, end)| {
                    cover.is_some_and(|(from, to)| from <= start && end <= to)
                });
                if let (Some((start, _)), false) = (origin, covered) {
                    found.push((LossKind::Dropped, start));
                }
                let cover = if covered { cover } else { origin.or(cover) };
                for member in &call.members {
                    self.lost(frame, member.value, cover, found)?;
                }
                for op in &call.losses {
                    if let LossOp::Drop { value, test: Test::Present, .. } = op {
                        self.lost(frame, *value, cover, found)?;
                    }
                }
            }
            Expr::Absent
            | Expr::Placeholder(..)
            | Expr::NullOr(..)
            | Expr::Guard(..)
            | Expr::When(..)
            | Expr::Else(..)
            | Expr::Either(..) => {}
        }
        Ok(())
    }

    /// Where a decided expression came from.
    fn origin(&mut self, frame: &mut Frame<'r>, id: ExprId) -> Result<Cover, Stop> {
        Ok(match expr(frame, id) {
            Expr::Value(value) => self.value(frame, *value)?.origin,
            Expr::Object(call) => match call.base {
                Some(base) => match self.decide(frame, base)? {
                    Some(base) => self.origin(frame, base)?,
                    None => None,
                },
                None => None,
            },
            _ => None,
        })
    }

    fn into(
        &mut self,
        frame: &mut Frame<'r>,
        base: ExprId,
        writes: &'r [(ExprId, ReporterId)],
    ) -> Result<(), Stop> {
        match self.is(frame, base)? {
            Is::Absent | Is::Object => {}
            Is::Null => {
                let Some(decided) = self.decide(frame, base)? else { return Ok(()) };
                let origin = self.origin(frame, decided)?;
                for (write, reporter) in writes {
                    if !matches!(self.is(frame, *write)?, Is::Absent | Is::Null) {
                        if let Some((at, _)) = origin {
                            self.reports.note(self.plan, *reporter, LossKind::Narrowed, at);
                        }
                        break;
                    }
                }
            }
            Is::Other => {
                for (write, reporter) in writes {
                    self.dropped(frame, *write, (LossKind::Dropped, *reporter), None)?;
                }
            }
        }
        Ok(())
    }

    /// What is lost of a value that is taken apart; says whether anything came out of it.
    fn apart(
        &mut self,
        frame: &mut Frame<'r>,
        part: &'r Parted,
        found: &mut Found,
    ) -> Result<bool, Stop> {
        let (value, tree, extras) = match part {
            Parted::Carried(id) => return Ok(self.is(frame, *id)? != Is::Absent),
            Parted::Lost(id) => {
                self.lost(frame, *id, None, found)?;
                return Ok(false);
            }
            Parted::Items(id, split) => return self.items_apart(frame, (*id, split), found),
            Parted::Through { value, tree, extras } => (*value, tree, extras),
        };
        let Some(decided) = self.decide(frame, value)? else { return Ok(false) };
        let origin = self.origin(frame, decided)?;
        let whole = |kind| origin.map(|(at, _)| (kind, at));
        match self.is(frame, decided)? {
            Is::Absent => return Ok(false),
            Is::Null => {
                found.extend(whole(LossKind::Narrowed));
                return Ok(false);
            }
            Is::Other => {
                found.extend(whole(LossKind::Dropped));
                return Ok(false);
            }
            Is::Object => {}
        }
        let mut inner = Found::new();
        let (mut came, mut any) = (false, false);
        for (_, part) in tree {
            let (Parted::Carried(id)
            | Parted::Lost(id)
            | Parted::Items(id, _)
            | Parted::Through { value: id, .. }) = part;
            any |= self.is(frame, *id)? != Is::Absent;
            came |= self.apart(frame, part, &mut inner)?;
        }
        if let Some((node, names)) = extras {
            any |= self.extras(frame, *node, names, &mut inner)?;
        }
        if came {
            found.extend(inner);
        } else if any {
            match origin {
                Some(_) => {
                    found.extend(whole(LossKind::Dropped));
                    let outside =
                        |at: usize| !origin.is_some_and(|(from, to)| from <= at && at < to);
                    found.extend(inner.into_iter().filter(|(_, at)| outside(*at)));
                }
                None => found.extend(inner),
            }
        } else {
            found.extend(whole(LossKind::Narrowed).filter(|(_, at)| came_empty(self.input, *at)));
        }
        Ok(came)
    }

    /// Extras of an object that is taken apart.
    fn extras(
        &mut self,
        frame: &Frame<'r>,
        node: NodeId,
        names: &[Box<str>],
        found: &mut Found,
    ) -> Result<bool, Stop> {
        let slot = self.slot(frame, node);
        let (Some(Kind::Object), Bytes::Input(start, _)) = (slot.kind, slot.bytes) else {
            return Ok(false);
        };
        let mut scanner = Scanner::at(self.input, start, self.limits.depth);
        scanner.enter()?;
        let (mut first, mut any) = (true, false);
        while let Some(name) = scanner.name(first)? {
            first = false;
            let raw = self.input.get(name.start..name.end).unwrap_or_default();
            let at = scanner.skip()?;
            let text = Text::from_raw(std::str::from_utf8(raw).unwrap_or_default());
            if !names.iter().any(|n| Text::from_raw(n).same(&text)) {
                any = true;
                found.push((LossKind::Dropped, at));
            }
        }
        Ok(any)
    }
}

/// Whether an empty object or list came as one: else what was in it went before.
pub(super) fn came_empty(input: &[u8], at: usize) -> bool {
    let mut bytes = input.get(at..).unwrap_or_default().iter();
    let close = match bytes.next() {
        Some(b'{') => b'}',
        Some(b'[') => b']',
        Some(_) | None => return true,
    };
    bytes.find(|byte| !byte.is_ascii_whitespace()) == Some(&close)
}
