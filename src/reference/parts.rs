//! The parts of a field that change its value: list, `else`, conversion.

use super::convert;
use super::lens::Lens;
use super::value::{Data, Val, plain};
use crate::contract::{Kinds, Use};
use crate::json;
use crate::loss::LossKind;
use crate::mapping::{Cell, Otherwise, Parts};
use crate::version::Direction;

impl<'a> Lens<'a> {
    /// List and conversion. `None`: neither took the value; `Some(None)`: it is absent now.
    pub(super) fn parts(
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

    pub(super) fn keep(
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

    /// The entries of one direction; keys are read by the type of their place.
    pub(super) fn list(
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
