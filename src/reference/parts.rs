//! The parts of a field that change its value: list, `else`, conversion.

use super::convert;
use super::lens::Lens;
use super::regroup;
use super::value::{Data, Val, plain};
use crate::codec::{self, Numbers, Repr, Values};
use crate::contract::{Crossing, Kinds, TypeGraph, Use};
use crate::json;
use crate::loss::LossKind;
use crate::mapping::{Cell, Otherwise, Parts};
use crate::message::param::texted;
use crate::version::{Direction, Side};

/// The uses of a place in the two contracts, where they say something.
pub(super) type Sides = (Option<Use>, Option<Use>);

/// Values, and what they become; `None`: absent.
type Listed = Vec<(json::Value, Option<json::Value>)>;

impl Lens<'_> {
    /// List and conversion. `None`: neither took the value, and [`kept`](Self::kept) says what is to
    /// be said of what its type makes of it; `Some(None)`: it is absent now.
    #[expect(clippy::option_option, reason = "not taken, and absent, are two answers")]
    pub(super) fn parts(
        &mut self,
        value: &Val,
        sides: Sides,
        (rule, parts): (u32, &Parts),
    ) -> Option<Option<Val>> {
        let json = plain(value);
        if !parts.list.is_empty() || parts.otherwise != Otherwise::Keep {
            let here = self.list(parts, self.direction, sides);
            if let Some((key, result)) = here.iter().find(|(k, _)| k.same(&json)) {
                let again = self.again(result.as_ref(), parts, sides);
                if !again.is_some_and(|again| again.same(key))
                    && !mutant!("plain-lists-never-narrow")
                {
                    self.report(rule, LossKind::Narrowed, value.origin.as_ref());
                }
                let made = |r| Val { data: Val::made(r).data, ..value.clone() };
                return Some(result.as_ref().map(made));
            }
            if !value.is_null()
                && let Some(other) = self.otherwise(value, sides, (rule, parts), &json)
            {
                return Some(Some(other));
            }
        }
        if let Some(done) = parts.names.as_ref().and_then(|n| self.renamed(value, (rule, n))) {
            return Some(Some(done));
        }
        let (old, new) = parts.convert.as_ref()?;
        let (from, to) = match self.direction {
            Direction::Upgrade => (old, new),
            Direction::Downgrade => (new, old),
        };
        let whole = sides.1.is_some_and(|of| self.target.get(of.ty).kinds.is_whole());
        let to = if whole { to.whole() } else { to.clone() };
        let texted = |repr: Repr, types: &TypeGraph, of: Option<Use>| {
            let is_text = of.is_some_and(|of| types.get(of.ty).text.is_some());
            if is_text { repr.texted() } else { repr }
        };
        let held = |types, of| parts.elements().unwrap_or_else(|| regroup::held(types, of));
        let from = texted(from.holding(held(self.source, sides.0)), self.source, sides.0);
        let to = texted(to.holding(held(self.target, sides.1)), self.target, sides.1);
        Some(Some(self.converted(value, sides, (rule, parts), (&from, &to))))
    }

    /// A value that no list took, in another representation.
    pub(super) fn converted(
        &mut self,
        value: &Val,
        sides: Sides,
        (rule, parts): (u32, &Parts),
        (from, to): (&Repr, &Repr),
    ) -> Val {
        let json = plain(value);
        if value.is_null() && !mutant!("plain-null-is-converted") {
            self.kept((value, &json), (rule, parts), sides);
            return value.clone();
        }
        let converted = match codec::regroup(from, to) {
            Some(how) => regroup::regrouped(value, how).map(|done| (done, false)),
            None => convert(from, to, &json).map(|(made, narrowed)| {
                let regroups = parts.regroups();
                let done = if regroups {
                    regroup::remade(value, &made)
                } else {
                    value.with(Data::Scalar(made))
                };
                (done, narrowed)
            }),
        };
        // A list that a mapping made has no place, but what is in it may.
        let origin = if parts.regroups() { regroup::origin(value) } else { value.origin.clone() };
        let told = Val { origin, ..value.clone() };
        if let Some((done, narrowed)) = converted {
            if narrowed {
                self.report(rule, LossKind::Narrowed, told.origin.as_ref());
            } else {
                self.kept((&told, &plain(&done)), (rule, parts), sides);
            }
            done
        } else {
            self.report(rule, LossKind::Unfit, told.origin.as_ref());
            Val { frozen: !mutant!("plain-unfit-thaws"), ..value.clone() }
        }
    }

    /// What becomes of a text that becomes a value of a document, and of such that becomes text.
    pub(super) fn crossing(&self, uses: (Use, Use)) -> Option<(Repr, Repr)> {
        let (source, target) = (self.source.get(uses.0.ty), self.target.get(uses.1.ty));
        let scalar = |kinds: Kinds| {
            Repr::Scalar(Values {
                numbers: match (kinds.meets(Kinds::NUMBER), kinds.is_whole()) {
                    (false, _) => Numbers::None,
                    (true, true) => Numbers::Whole,
                    (true, false) => Numbers::All,
                },
                truth: kinds.meets(Kinds::BOOLEAN),
            })
        };
        Some(match Crossing::of(source, target)? {
            Crossing::Read => (Repr::Text, scalar(target.kinds)),
            Crossing::Write => (scalar(source.kinds), Repr::Text),
        })
    }

    /// A constant as it stands on a side: at a place of texts, as text.
    fn written(&self, value: &json::Value, side: Side, sides: Sides) -> json::Value {
        let here = if side == self.direction.source() {
            sides.0.map(|of| self.source.get(of.ty))
        } else {
            sides.1.map(|of| self.target.get(of.ty))
        };
        match here.and_then(|ty| ty.text) {
            Some(_) => texted(value.clone()),
            None => value.clone(),
        }
    }

    /// What an absent value is listed to become.
    pub(super) fn insertion(
        &self,
        parts: &Parts,
        direction: Direction,
        sides: Sides,
    ) -> Option<json::Value> {
        let side = direction.target();
        let value = cell(parts.absent(direction)?, self.kinds(side, sides))?;
        Some(self.written(&value, side, sides))
    }

    /// `else`, for a value that is not listed.
    fn otherwise(
        &mut self,
        value: &Val,
        sides: Sides,
        (rule, parts): (u32, &Parts),
        json: &json::Value,
    ) -> Option<Val> {
        let other = match (&parts.otherwise, self.direction) {
            (Otherwise::Value { new, .. }, Direction::Upgrade) => new.as_ref(),
            (Otherwise::Value { old, .. }, Direction::Downgrade) => old.as_ref(),
            (Otherwise::Refuse, _) => {
                self.refuse(rule, LossKind::Unknown, value.origin.as_ref());
                return None;
            }
            (Otherwise::Keep, _) => None,
        };
        if let Some(other) = other {
            let other = &self.written(other, self.direction.target(), sides);
            let again = self.again(Some(other), parts, sides);
            if !again.is_some_and(|again| again.same(json)) {
                self.report(rule, LossKind::Narrowed, value.origin.as_ref());
            }
            return Some(Val { data: Val::made(other).data, ..value.clone() });
        }
        None
    }

    /// What the way back gives for a result that a list or an `else` has given: what is listed there,
    /// or the `else` of that side, which is not about null. Where null reads as absent, and for an
    /// absence, it is what is listed for that.
    fn again(
        &self,
        result: Option<&json::Value>,
        parts: &Parts,
        sides: Sides,
    ) -> Option<json::Value> {
        let null = result.is_some_and(|result| *result == json::Value::Null);
        let result = result.filter(|_| !null || !parts.voids(self.direction.target()));
        let Some(result) = result else {
            return self.insertion(parts, self.direction.reverse(), sides);
        };
        let back = self.list(parts, self.direction.reverse(), sides);
        if let Some((_, again)) = back.iter().find(|(key, _)| key.same(result)) {
            return again.clone();
        }
        let other = match (&parts.otherwise, self.direction) {
            (Otherwise::Value { old, .. }, Direction::Upgrade) => old.as_ref(),
            (Otherwise::Value { new, .. }, Direction::Downgrade) => new.as_ref(),
            (Otherwise::Keep | Otherwise::Refuse, _) => None,
        };
        let other = other.map(|other| self.written(other, self.direction.source(), sides));
        Some(other.filter(|_| !null).unwrap_or_else(|| result.clone()))
    }

    /// What is to be said of an unlisted value and what has become of it: by a conversion, by the
    /// rules of its type, or by nothing.
    pub(super) fn kept(
        &mut self,
        (value, result): (&Val, &json::Value),
        (rule, parts): (u32, &Parts),
        sides: Sides,
    ) {
        let null = *result == json::Value::Null;
        // On the way back it is as if it had not come.
        let mut narrows = null && value.is_null() && parts.loses_null(self.direction);
        let listed = !parts.list.is_empty() || parts.otherwise != Otherwise::Keep;
        if listed {
            narrows |= self.is_changed_back((result, &plain(value)), parts, sides);
        }
        let literals = sides.1.and_then(|of| self.target.get(of.ty).literals.as_ref());
        let lacks = || literals.is_some_and(|l| !l.0.iter().any(|v| v.same(result)));
        if narrows {
            self.report(rule, LossKind::Narrowed, value.origin.as_ref());
        } else if listed && !null && lacks() && !mutant!("plain-unknown-is-unsaid") {
            self.report(rule, LossKind::Unknown, value.origin.as_ref());
        }
    }

    /// Whether the way back makes something else of the result than what came; an `else` is not about
    /// null.
    fn is_changed_back(
        &self,
        (result, came): (&json::Value, &json::Value),
        parts: &Parts,
        sides: Sides,
    ) -> bool {
        let back = self.list(parts, self.direction.reverse(), sides);
        match (back.iter().find(|(k, _)| k.same(result)), &parts.otherwise, self.direction) {
            (Some((_, again)), ..) => !again.as_ref().is_some_and(|again| again.same(came)),
            (None, Otherwise::Value { old: Some(other), .. }, Direction::Upgrade)
            | (None, Otherwise::Value { new: Some(other), .. }, Direction::Downgrade) => {
                let other = self.written(other, self.direction.source(), sides);
                *result != json::Value::Null && !other.same(came)
            }
            (None, ..) => false,
        }
    }

    /// The entries of one direction; keys are read by the type of their place.
    fn list(&self, parts: &Parts, direction: Direction, sides: Sides) -> Listed {
        let mut found = Listed::new();
        for listed in &parts.list {
            let (holds, key, result) = match direction {
                Direction::Upgrade => (listed.up, &listed.old, &listed.new),
                Direction::Downgrade => (listed.down, &listed.new, &listed.old),
            };
            let (from, to) = (direction.source(), direction.target());
            let Some(key) = cell(key, self.kinds(from, sides)) else { continue };
            let key = self.written(&key, from, sides);
            let read = key != json::Value::Null || !parts.voids(direction.source());
            if holds && read && !found.iter().any(|(k, _)| k.same(&key)) {
                let result = cell(result, self.kinds(to, sides));
                found.push((key, result.map(|result| self.written(&result, to, sides))));
            }
        }
        found
    }
}

/// A cell as a JSON value; the text of a key is read by the type of its place.
pub(super) fn cell(cell: &Cell, kinds: Kinds) -> Option<json::Value> {
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
