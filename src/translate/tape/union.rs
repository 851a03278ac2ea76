//! Which branch of a union a value is of.

use super::Tape;
use super::val::{Data, Obj, Val};
use crate::json::scan::Kind;
use crate::json::{Text, Value};
use crate::plan::{Becomes, Branch, Invented, Union};
use crate::translate::Stop;

impl<'r> Tape<'r> {
    /// A value after the stage of its branch.
    pub(super) fn union(&mut self, value: Val<'r>, union: &'r Union) -> Result<Val<'r>, Stop> {
        let branch = if union.single {
            match union.branches.first() {
                None => return Ok(value),
                branch => branch,
            }
        } else {
            self.branch(&value, union)
        };
        let stage = match (branch.map(|branch| &branch.becomes), union.none) {
            (Some(Becomes::One(stage)), _) => Some(*stage),
            (Some(Becomes::Told(several)), _) => self.told(&value, several)?,
            (Some(Becomes::Refused(reporter)), _) => {
                let _: Option<usize> = self.refuse_whole(*reporter, &value);
                return Ok(value);
            }
            (Some(Becomes::Instead(instead, invented, reporter)), _) => {
                self.dropped(*reporter, &value);
                let placeholder = (*invented == Invented::Yes).then_some(*reporter);
                return Ok(Val { placeholder, ..Val::made(Data::Const(instead)) });
            }
            (Some(Becomes::Unseen), _) => {
                let nested = matches!(self.kind(&value), Kind::Array | Kind::Object);
                return Ok(Val { frozen: value.frozen || nested, ..value });
            }
            (None, Some(reporter)) => return Ok(self.unfit(value, reporter)),
            (None, None) => None,
        };
        match stage {
            Some(stage) => self.value(value, stage),
            None => Ok(value),
        }
    }

    /// By tag, else by JSON type, else by the required properties.
    fn branch(&self, value: &Val<'r>, union: &'r Union) -> Option<&'r Branch> {
        let object = self.open(value);
        let mut left: Vec<&Branch> = union.branches.iter().collect();
        if let (Some((name, cases)), Some(object)) = (&union.tag, &object) {
            let tag = object.get(name.raw());
            let case = tag.and_then(|tag| cases.iter().find(|(v, _)| self.same(tag, v)));
            if let Some((_, at)) = case {
                return union.branches.get(*at);
            }
            let listed = |at: usize| cases.iter().any(|(_, of)| *of == at);
            left = (0..).zip(&union.branches).filter(|(at, _)| !listed(*at)).map(|b| b.1).collect();
        }
        let kind = self.bits(value);
        left.retain(|branch| branch.kinds & kind != 0);
        let Some(object) = object else { return left.first().copied() };
        if let [one] = left.as_slice() {
            return Some(one);
        }
        left.retain(|branch| has_all(&object, &branch.required));
        let most = left.iter().map(|branch| branch.required.len()).max()?;
        left.into_iter().find(|branch| branch.required.len() == most)
    }

    /// The JSON type as bits of `contract::Kinds`; of a number, whether it is an integer.
    pub(super) fn bits(&self, value: &Val<'r>) -> u8 {
        match self.kind(value) {
            Kind::Null => 0,
            Kind::Bool => 1,
            Kind::Number => match self.plain(value) {
                Value::Number(text) if is_integer(&text) => 2,
                _ => 4,
            },
            Kind::String => 8,
            Kind::Array => 16,
            Kind::Object => 32,
        }
    }
}

fn has_all(object: &Obj<'_>, names: &[Text]) -> bool {
    names.iter().all(|name| object.get(name.raw()).is_some())
}

/// Whether the text of a number is that of an integer: `1`, `1.0`, `1e2`.
fn is_integer(text: &str) -> bool {
    let (mantissa, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let fraction = fraction.trim_end_matches('0');
    let zero = whole.bytes().chain(fraction.bytes()).all(|b| matches!(b, b'-' | b'0'));
    let trailing = whole.len() - whole.trim_end_matches('0').len();
    let length = |n: usize| i64::try_from(n).unwrap_or(i64::MAX);
    match exponent.parse::<i64>() {
        _ if zero => true,
        Ok(exponent) if fraction.is_empty() => exponent.saturating_add(length(trailing)) >= 0,
        Ok(exponent) => exponent >= length(fraction.len()),
        Err(_) => !exponent.starts_with('-'),
    }
}
