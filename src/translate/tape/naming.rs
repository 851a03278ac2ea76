//! Texts of answers that name a field of their request's body, rewritten by what becomes of that
//! field.

use std::collections::HashSet;
use std::rc::Rc;

use super::Tape;
use super::val::{Data, Val};
use crate::codec::naming::{Naming, position};
use crate::json::{Text, Value};
use crate::loss::LossKind;
use crate::plan::{NameId, NameInner, NameMembers, NameNode, Names, ReporterId};

/// Names and positions.
type Steps = Vec<Box<str>>;

impl<'r> Tape<'r> {
    /// A text, or a list of segments, that names a field of the request.
    pub(super) fn renamed(&mut self, value: &Val<'r>, reporter: ReporterId) -> Val<'r> {
        let names = self.hop.checked_sub(1).and_then(|at| self.plan.names.get(at));
        let known = names.filter(|names| !names.nodes.is_empty() && !mutant!("tape-names-stay"));
        let Some(names) = known.filter(|_| !self.is_null(value)) else { return value.clone() };
        let Some(naming) = Naming::read(&self.plain(value)) else {
            return self.unfit(value.clone(), reporter);
        };
        let after = Places { names, lost: HashSet::new() }.place(0, &naming.steps);
        if after.as_ref() == Some(&naming.steps) {
            return value.clone();
        }
        let text = |value: &Value| Data::Text(value.to_string().into());
        match after.and_then(|after| naming.value(&after)) {
            Some(Value::Array(items)) => {
                let items = items.iter().map(|item| Val::made(text(item))).collect();
                value.with(Data::Array(Rc::new(items)))
            }
            Some(other) => value.with(text(&other)),
            None => {
                self.report(reporter, LossKind::Unknown, value);
                value.clone()
            }
        }
    }
}

/// Where places are on the other side.
struct Places<'n> {
    names: &'n Names,
    /// Unions with what was left of the steps, in which none was found: each is looked through once.
    lost: HashSet<(NameId, usize)>,
}

impl Places<'_> {
    /// The place on the other side of one in a value; `None`: it has none there.
    fn place(&mut self, at: NameId, steps: &[Box<str>]) -> Option<Steps> {
        let Some(first) = steps.first() else { return Some(Steps::new()) };
        match self.names.nodes.get(at)? {
            NameNode::Nothing => None,
            NameNode::Same => Some(steps.to_vec()),
            NameNode::Branches(_) if self.lost.contains(&(at, steps.len())) => None,
            NameNode::Branches(all) => {
                let found = all.iter().find_map(|at| self.place(*at, steps));
                if found.is_none() {
                    self.lost.insert((at, steps.len()));
                }
                found
            }
            NameNode::Nested(members) => match (members.elements, position(first)) {
                (Some(NameInner::Node(inner)), Some(_)) => self.beneath(inner, steps),
                (Some(_), Some(_)) => Some(steps.to_vec()),
                _ => self.member(members, steps),
            },
        }
    }

    /// A place whose first step is the same on both sides.
    fn beneath(&mut self, inner: NameId, steps: &[Box<str>]) -> Option<Steps> {
        let (first, rest) = steps.split_first()?;
        let rest = self.place(inner, rest)?;
        Some(std::iter::once(first.clone()).chain(rest).collect())
    }

    fn member(&mut self, members: &NameMembers, steps: &[Box<str>]) -> Option<Steps> {
        let begins = members.moves.iter().filter(|moved| steps.starts_with(&moved.src));
        let longest = begins.clone().map(|moved| moved.src.len()).max();
        if let Some(moved) = begins.into_iter().find(|moved| Some(moved.src.len()) == longest) {
            let rest = steps.get(moved.src.len()..).unwrap_or_default();
            let rest = match moved.inner {
                NameInner::Node(inner) => self.place(inner, rest)?,
                NameInner::Same => rest.to_vec(),
                NameInner::Nothing if rest.is_empty() => Steps::new(),
                NameInner::Nothing => return None,
            };
            return Some([moved.dst.clone()?, rest].concat());
        }
        let name = Text::from_plain(steps.first()?);
        if members.lost.iter().any(|lost| lost.same(&name)) {
            return None;
        }
        match members.others {
            Some(inner) => self.beneath(inner, steps),
            None if members.open => None,
            // An extra has the same name everywhere.
            None => Some(steps.to_vec()),
        }
    }
}
