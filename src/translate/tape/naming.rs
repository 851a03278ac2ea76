//! Texts of answers that name a field of their request's body, rewritten by what becomes of that
//! field.

use std::rc::Rc;

use super::Tape;
use super::val::{Data, Val};
use crate::codec::naming::{Naming, position};
use crate::json::scan::Kind;
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
        let json = self.plain(value);
        let naming = match &json {
            Value::String(text) => text.decode().and_then(|text| Naming::parse(&text)),
            _ => None,
        };
        let steps = match (&naming, &json) {
            (Some(naming), _) => Some(naming.steps.clone()),
            (None, Value::Array(items)) => items.iter().map(step).collect(),
            (None, _) => None,
        };
        let Some(steps) = steps else { return self.unfit(value.clone(), reporter) };
        let Some(after) = place(names, 0, &steps) else {
            self.report(reporter, LossKind::Unknown, value);
            return value.clone();
        };
        if after == steps {
            return value.clone();
        }
        let text = |value: Value| Data::Text(value.to_string().into());
        value.with(if let Some(naming) = naming {
            text(Value::string(&naming.write(&after)))
        } else {
            let items = self.items(value).unwrap_or_default();
            let numbers = items.iter().any(|item| self.kind(item) == Kind::Number);
            let item = |step: &str| match position(step).filter(|_| numbers) {
                Some(at) => Val::made(text(Value::Number(at.to_string().into()))),
                None => Val::made(text(Value::string(step))),
            };
            Data::Array(Rc::new(after.iter().map(|step| item(step)).collect()))
        })
    }
}

/// A segment of a list.
fn step(item: &Value) -> Option<Box<str>> {
    match item {
        Value::String(name) => name.decode().map(Box::from),
        Value::Number(at) => position(at).map(|at| at.to_string().into()),
        _ => None,
    }
}

/// The place on the other side of one in a value; `None`: it has none there.
fn place(names: &Names, at: NameId, steps: &[Box<str>]) -> Option<Steps> {
    let Some(first) = steps.first() else { return Some(Steps::new()) };
    match names.nodes.get(at)? {
        NameNode::Nothing => None,
        NameNode::Same => Some(steps.to_vec()),
        NameNode::Branches(all) => all.iter().find_map(|at| place(names, *at, steps)),
        NameNode::Nested(members) => match (members.elements, position(first)) {
            (Some(NameInner::Node(inner)), Some(_)) => beneath(names, inner, steps),
            (Some(NameInner::Same | NameInner::Nothing), Some(_)) => Some(steps.to_vec()),
            _ => member(names, members, steps),
        },
    }
}

/// A place whose first step is the same on both sides.
fn beneath(names: &Names, inner: NameId, steps: &[Box<str>]) -> Option<Steps> {
    let (first, rest) = steps.split_first()?;
    let rest = place(names, inner, rest)?;
    Some(std::iter::once(first.clone()).chain(rest).collect())
}

fn member(names: &Names, members: &NameMembers, steps: &[Box<str>]) -> Option<Steps> {
    let begins = members.moves.iter().filter(|moved| steps.starts_with(&moved.src));
    let longest = begins.clone().map(|moved| moved.src.len()).max();
    if let Some(moved) = begins.into_iter().find(|moved| Some(moved.src.len()) == longest) {
        let rest = steps.get(moved.src.len()..).unwrap_or_default();
        let rest = match moved.inner {
            NameInner::Node(inner) => place(names, inner, rest)?,
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
        Some(inner) => beneath(names, inner, steps),
        None if members.open => None,
        // An extra has the same name everywhere.
        None => Some(steps.to_vec()),
    }
}
