//! A document as the plain executor sees it: every value knows where it came from, objects set
//! their opaque members aside.

use crate::contract::Use;
use crate::json::{self, Text};
use crate::loss::RuleId;

/// One step of a place.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Step {
    /// A member, by its name as written.
    Name(Text),
    /// An element.
    Index(usize),
}

/// A place in the message that came.
pub(super) type Place = Vec<Step>;

/// A value.
#[derive(Clone, Debug)]
pub(super) struct Val {
    pub(super) data: Data,
    /// Where it came from; `None`: a mapping made it.
    pub(super) origin: Option<Place>,
    /// No part that changes values is tried on it, nothing beneath is read.
    pub(super) frozen: bool,
    /// The rule that invented it.
    pub(super) placeholder: Option<RuleId>,
    /// A null that became an object in this hop.
    pub(super) gave_way: bool,
}

/// What a value is.
#[derive(Clone, Debug)]
pub(super) enum Data {
    /// null, a boolean, a number, a string.
    Scalar(json::Value),
    Array(Vec<Val>),
    Object(Object),
}

/// An object.
#[derive(Clone, Debug, Default)]
pub(super) struct Object {
    /// Members that rules can see.
    pub(super) live: Vec<(Text, Val)>,
    /// Members that no rule sees any more, with the hop (from 1) at which they became so; an
    /// extra of the message is of hop 0.
    pub(super) opaque: Vec<(Text, Val, usize)>,
    /// The contract that saw it last: hop, and use in its target.
    pub(super) seen: Option<(usize, Use)>,
    /// The properties that that contract declares.
    pub(super) declares: Vec<Text>,
}

impl Val {
    /// A value without origin.
    pub(super) fn made(value: &json::Value) -> Self {
        let data = match value {
            json::Value::Array(items) => Data::Array(items.iter().map(Self::made).collect()),
            json::Value::Object(members) => Data::Object(Object {
                live: members.iter().map(|(n, v)| (n.clone(), Self::made(v))).collect(),
                ..Object::default()
            }),
            scalar => Data::Scalar(scalar.clone()),
        };
        Self { data, origin: None, frozen: false, placeholder: None, gave_way: false }
    }

    /// A value of the message.
    pub(super) fn came(value: &json::Value, place: &Place) -> Self {
        let beneath = |step: Step| {
            let mut place = place.clone();
            place.push(step);
            place
        };
        let data = match value {
            json::Value::Array(items) => Data::Array(
                items
                    .iter()
                    .enumerate()
                    .map(|(i, v)| Self::came(v, &beneath(Step::Index(i))))
                    .collect(),
            ),
            json::Value::Object(members) => {
                let member = |(n, v): &(Text, json::Value)| {
                    (n.clone(), Self::came(v, &beneath(Step::Name(n.clone()))))
                };
                Data::Object(Object {
                    live: members.iter().map(member).collect(),
                    ..Object::default()
                })
            }
            scalar => Data::Scalar(scalar.clone()),
        };
        Self {
            data,
            origin: Some(place.clone()),
            frozen: false,
            placeholder: None,
            gave_way: false,
        }
    }

    pub(super) fn is_null(&self) -> bool {
        matches!(self.data, Data::Scalar(json::Value::Null))
    }

    pub(super) fn object(&self) -> Option<&Object> {
        match &self.data {
            Data::Object(object) => Some(object),
            Data::Scalar(_) | Data::Array(_) => None,
        }
    }

    /// The value with other data.
    pub(super) fn with(&self, data: Data) -> Self {
        Self { data, ..self.clone() }
    }
}

impl Object {
    pub(super) fn get(&self, name: &Text) -> Option<&Val> {
        self.live.iter().find(|(n, _)| n.same(name)).map(|(_, v)| v)
    }

    pub(super) fn set(&mut self, name: &Text, value: Val) {
        match self.live.iter_mut().find(|(n, _)| n.same(name)) {
            Some((_, old)) => *old = value,
            None => self.live.push((name.clone(), value)),
        }
    }
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

/// The value as it would be written, if the message ended here.
pub(super) fn plain(value: &Val) -> json::Value {
    match &value.data {
        Data::Scalar(scalar) => scalar.clone(),
        Data::Array(items) => json::Value::Array(items.iter().map(plain).collect()),
        Data::Object(object) => {
            let mut members: Vec<(Text, json::Value)> =
                object.live.iter().map(|(n, v)| (n.clone(), plain(v))).collect();
            for (name, value, _) in &object.opaque {
                members.push((name.clone(), plain(value)));
                // One that collides would not be written: twice, it is equal to nothing.
                if object.declares.iter().any(|n| n.same(name)) {
                    members.push((name.clone(), plain(value)));
                }
            }
            json::Value::Object(members)
        }
    }
}

/// JSON Pointer (RFC 6901) of a place.
pub(super) fn pointer(place: &Place) -> String {
    let mut pointer = String::new();
    for step in place {
        pointer.push('/');
        match step {
            Step::Index(index) => pointer.push_str(&index.to_string()),
            Step::Name(name) => {
                pointer.push_str(&json::place::token(name));
            }
        }
    }
    pointer
}
