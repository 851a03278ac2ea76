//! What becomes of one part of a head: the members that are other ones, or written otherwise, and as what
//! each came. It writes nothing.

use super::envelope::Layout;
use super::param::{Param, Texts};
use crate::json::{Text, Value};

/// What becomes of one part of a head.
pub(super) struct Change<'v> {
    pub(super) part: Texts,
    pub(super) from: &'v Layout,
    to: &'v Layout,
    pub(super) before: &'v [(Text, Value)],
    pub(super) after: &'v [(Text, Value)],
}

impl<'v> Change<'v> {
    pub(super) fn new(
        part: Texts,
        (from, to): (&'v Layout, &'v Layout),
        (before, after): (&'v Value, &'v Value),
    ) -> Self {
        let members = |of: &'v Value| match member(of, part.as_str()) {
            Some(Value::Object(members)) => members.as_slice(),
            _ => &[],
        };
        Self { part, from, to, before: members(before), after: members(after) }
    }

    /// The members that differ, or are written otherwise: with what they are now.
    pub(super) fn members(&self) -> Vec<(String, Option<&'v Value>)> {
        let names = |of: &'v [(Text, Value)]| {
            of.iter().filter_map(|(name, value)| Some((name.decode()?, value)))
        };
        let gone = names(self.before).filter(|(name, _)| find(self.after, name).is_none());
        let is_same = |name: &str, value: &Value| {
            let alike = match (self.from.said(self.part, name), self.to.said(self.part, name)) {
                (Some(own), Some(other)) => own.stays_in(other, value),
                // Where one contract says nothing, it looks as it did.
                _ => true,
            };
            alike && find(self.before, name) == Some(value)
        };
        let changed = names(self.after).filter(|(name, value)| !is_same(name, value));
        let gone = gone.map(|(name, _)| (name, None));
        gone.chain(changed.map(|(name, value)| (name, Some(value)))).collect()
    }

    /// How a parameter looks now: as its contract says, else as it did.
    pub(super) fn look(&self, name: &str) -> Param {
        let said = self.to.said(self.part, name).or_else(|| self.from.said(self.part, name));
        said.cloned().unwrap_or_else(|| Param::unsaid(name, self.part))
    }

    /// The parameter as which a value came that is written as `to` now; rather the one of the same
    /// name, or one that is no more.
    pub(super) fn origin(&self, to: &Param, value: &Value) -> Option<Param> {
        let came = self.before.iter().filter(|(_, own)| own == value);
        let came = came.filter_map(|(name, _)| Some(self.from.param(self.part, &name.decode()?)));
        let came = came.filter(|own| own.writes_like(to, value));
        came.min_by_key(|own| (own.name != to.name, find(self.after, &own.name).is_some()))
    }
}

/// The member of an object.
pub fn member<'v>(value: &'v Value, name: &str) -> Option<&'v Value> {
    let Value::Object(members) = value else { return None };
    find(members, name)
}

/// The value of a name.
pub(super) fn find<'v>(members: &'v [(Text, Value)], name: &str) -> Option<&'v Value> {
    let name = Text::from_plain(name);
    members.iter().find(|(own, _)| own.same(&name)).map(|(_, value)| value)
}
