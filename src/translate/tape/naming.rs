//! Texts that name fields, rewritten by what becomes of these fields.

use std::collections::HashSet;
use std::rc::Rc;

use super::Tape;
use super::val::{Data, Val};
use crate::codec::naming::{MOST_VALUES, Renamed, Steps, position, rename};
use crate::json::{Text, Value};
use crate::loss::LossKind;
use crate::plan::{NameId, NameInner, NameMembers, NameMove, NameNode, Names, NamesOf, Naming};
use crate::translate::Stop;

impl<'r> Tape<'r> {
    /// A text, or a list of segments, that names fields.
    pub(super) fn renamed(&mut self, value: &Val<'r>, naming: Naming) -> Result<Val<'r>, Stop> {
        let hop = self.hop.checked_sub(1).and_then(|at| self.plan.names.get(at));
        let known = hop.and_then(|hop| hop.get(naming.names));
        let names = known.filter(|_| !self.is_null(value) && !mutant!("tape-names-stay"));
        let Some(names) = names else { return Ok(value.clone()) };
        let mut places = Places { names, lost: HashSet::new(), looked: 0 };
        let done = rename(&self.plain(value), naming.of == NamesOf::Type, &mut |steps| {
            places.after(steps)
        });
        self.spend(places.looked)?;
        let Renamed::Done { value: after, unknown } = done else {
            return Ok(self.unfit(value.clone(), naming.reporter));
        };
        if unknown {
            self.report(naming.reporter, LossKind::Unknown, value);
        }
        let text = |value: &Value| Data::Text(value.to_string().into());
        Ok(match after {
            Some(Value::Array(items)) => {
                let items = items.iter().map(|item| Val::made(text(item))).collect();
                value.with(Data::Array(Rc::new(items)))
            }
            Some(other) => value.with(text(&other)),
            None => value.clone(),
        })
    }
}

/// Where places are on the other side.
struct Places<'n> {
    names: &'n Names,
    /// Values with what was left of the steps, in which nothing was found though there are several
    /// ways to look: each is looked through once.
    lost: HashSet<(NameId, Steps)>,
    /// Values that were looked at.
    looked: usize,
}

impl Places<'_> {
    /// The place on the other side of one; `None`: it has none there.
    fn after(&mut self, steps: &[Box<str>]) -> Option<Steps> {
        if !self.names.of_body {
            return self.place(0, steps, 0);
        }
        let whole: Steps = std::iter::once("body".into()).chain(steps.iter().cloned()).collect();
        let after = self.place(0, &whole, 0)?;
        let (part, rest) = after.split_first()?;
        (&**part == "body").then(|| rest.to_vec())
    }

    /// The same of one in a value, so deep on the way.
    fn place(&mut self, at: NameId, steps: &[Box<str>], depth: usize) -> Option<Steps> {
        let Some(first) = steps.first() else { return Some(Steps::new()) };
        if depth > MOST_VALUES {
            return None;
        }
        self.looked = self.looked.saturating_add(1);
        let deeper = depth.saturating_add(1);
        let node = self.names.nodes.get(at)?;
        let several = match node {
            NameNode::Nothing => return None,
            NameNode::Same => return Some(steps.to_vec()),
            NameNode::Branches(_) => true,
            NameNode::Nested(members) => !members.copies.is_empty() || !members.seconds.is_empty(),
        };
        let key = several.then(|| (at, steps.to_vec()));
        if key.as_ref().is_some_and(|key| self.lost.contains(key)) {
            return None;
        }
        let found = match node {
            NameNode::Nothing | NameNode::Same => None,
            NameNode::Branches(all) => all.iter().find_map(|at| self.place(*at, steps, deeper)),
            NameNode::Nested(members) => match (members.elements, position(first)) {
                (Some(NameInner::Node(inner)), Some(_)) => self.beneath(inner, steps, deeper),
                (Some(NameInner::Node(inner)), None) if members.list => {
                    self.place(inner, steps, deeper)
                }
                (Some(_), Some(_)) => Some(steps.to_vec()),
                (Some(_), None) if members.list => Some(steps.to_vec()),
                _ => self.member((at, members), steps, deeper),
            },
        };
        if found.is_none() {
            self.lost.extend(key);
        }
        found
    }

    /// A place whose first step is the same on both sides.
    fn beneath(&mut self, inner: NameId, steps: &[Box<str>], depth: usize) -> Option<Steps> {
        let (first, rest) = steps.split_first()?;
        let rest = self.place(inner, rest, depth)?;
        Some(std::iter::once(first.clone()).chain(rest).collect())
    }

    fn member(
        &mut self,
        (at, members): (NameId, &NameMembers),
        steps: &[Box<str>],
        depth: usize,
    ) -> Option<Steps> {
        let moved = longest(&members.moves, steps);
        let beyond = moved.map_or(0, |moved| moved.src.len());
        let mut seconds = members.seconds.iter().filter(|(second, _)| second.len() > beyond);
        let own = if let Some((second, first)) = seconds.find(|(of, _)| steps.starts_with(of)) {
            let rest = steps.get(second.len()..).unwrap_or_default();
            self.place(at, &[first, rest].concat(), depth)
        } else if let Some(moved) = moved {
            self.moved(moved, steps, depth)
        } else {
            self.unmoved(members, steps, depth)
        };
        // What has no other counterpart may be copied somewhere.
        own.or_else(|| self.moved(longest(&members.copies, steps)?, steps, depth))
    }

    /// A member without a rule.
    fn unmoved(
        &mut self,
        members: &NameMembers,
        steps: &[Box<str>],
        depth: usize,
    ) -> Option<Steps> {
        let name = Text::from_plain(steps.first()?);
        if members.lost.iter().any(|lost| lost.same(&name)) {
            return None;
        }
        match members.others {
            Some(inner) => self.beneath(inner, steps, depth),
            None if members.open => None,
            // An extra has the same name everywhere.
            None => Some(steps.to_vec()),
        }
    }

    /// What stands behind a counterpart's own steps.
    fn moved(&mut self, moved: &NameMove, steps: &[Box<str>], depth: usize) -> Option<Steps> {
        let rest = steps.get(moved.src.len()..).unwrap_or_default();
        let rest = match moved.inner {
            NameInner::Node(inner) => self.place(inner, rest, depth)?,
            NameInner::Same => rest.to_vec(),
            NameInner::Nothing if rest.is_empty() => Steps::new(),
            NameInner::Nothing => return None,
        };
        Some([moved.dst.clone()?, rest].concat())
    }
}

/// The first of the longest that a place begins with.
fn longest<'m>(all: &'m [NameMove], steps: &[Box<str>]) -> Option<&'m NameMove> {
    let begins = all.iter().filter(|moved| steps.starts_with(&moved.src));
    begins.rev().max_by_key(|moved| moved.src.len())
}
