//! A value between hops: a range of the message, a constant, or what a hop has made of them.

use std::borrow::Cow;
use std::rc::Rc;

use super::Tape;
use super::lay::Token;
use crate::json::scan::Kind;
use crate::json::{self, Text, Value, same_text};
use crate::plan::{Declared, ReporterId};

/// The text between the quotes of a name.
pub(super) type Name<'r> = Cow<'r, str>;

/// A value.
#[derive(Clone, Debug)]
pub(super) struct Val<'r> {
    pub(super) data: Data<'r>,
    /// Where it came from in the message; `None`: a mapping made it.
    pub(super) origin: Option<(usize, usize)>,
    /// No part that changes values is tried on it, nothing beneath is read.
    pub(super) frozen: bool,
    /// Who invented it.
    pub(super) placeholder: Option<ReporterId>,
    /// The hop in which a null became this object; 0: none did.
    pub(super) gave_way: usize,
}

/// What a value is. Only what hops have rebuilt is an `Array` or an `Object`.
#[derive(Clone, Debug)]
pub(super) enum Data<'r> {
    /// As it came.
    Token(usize),
    Const(&'r Value),
    /// The JSON text of a scalar.
    Text(Rc<str>),
    Array(Rc<Vec<Val<'r>>>),
    Object(Rc<Obj<'r>>),
}

/// An object.
#[derive(Clone, Debug, Default)]
pub(super) struct Obj<'r> {
    /// Members that rules can see.
    pub(super) live: Vec<(Name<'r>, Val<'r>)>,
    /// Members that no rule sees any more, with the hop (from 1) at which they became so; an extra
    /// of the message is of hop 0.
    pub(super) opaque: Vec<(Name<'r>, Val<'r>, usize)>,
    /// The contract that saw it last.
    pub(super) seen: Option<&'r Declared>,
}

static NULL: Value = Value::Null;

impl<'r> Val<'r> {
    /// A value that no message brought.
    pub(super) fn made(data: Data<'r>) -> Self {
        Self { data, origin: None, frozen: false, placeholder: None, gave_way: 0 }
    }

    pub(super) fn null() -> Self {
        Self::made(Data::Const(&NULL))
    }

    /// The value with other data.
    pub(super) fn with(&self, data: Data<'r>) -> Self {
        Self { data, ..self.clone() }
    }
}

impl<'r> Obj<'r> {
    pub(super) fn get(&self, name: &str) -> Option<&Val<'r>> {
        self.live.iter().find(|(n, _)| same_text(n, name)).map(|(_, v)| v)
    }

    pub(super) fn set(&mut self, name: Name<'r>, value: Val<'r>) {
        match self.live.iter_mut().find(|(n, _)| same_text(n, &name)) {
            Some((_, old)) => *old = value,
            None => self.live.push((name, value)),
        }
    }

    /// Whether the contract that saw it last declares a name.
    pub(super) fn declares(&self, name: &str) -> bool {
        self.seen.is_some_and(|seen| seen.properties.iter().any(|n| same_text(n.raw(), name)))
    }
}

fn kind_of(value: &Value) -> Kind {
    match value {
        Value::Null => Kind::Null,
        Value::Bool(_) => Kind::Bool,
        Value::Number(_) => Kind::Number,
        Value::String(_) => Kind::String,
        Value::Array(_) => Kind::Array,
        Value::Object(_) => Kind::Object,
    }
}

impl<'r> Tape<'r> {
    /// A value as it came; without origin, what is inside has none either.
    pub(super) fn token(&self, at: usize, known: bool) -> Val<'r> {
        let origin = self.tokens.get(at).map(Token::span).filter(|_| known);
        Val { origin, ..Val::made(Data::Token(at)) }
    }

    fn slice(&self, (start, end): (usize, usize)) -> &'r str {
        std::str::from_utf8(self.input.get(start..end).unwrap_or_default()).unwrap_or_default()
    }

    pub(super) fn kind(&self, value: &Val<'_>) -> Kind {
        match &value.data {
            Data::Token(at) => self.tokens.get(*at).map_or(Kind::Null, Token::kind),
            Data::Const(value) => kind_of(value),
            Data::Text(text) => match text.as_bytes().first() {
                Some(b'"') => Kind::String,
                Some(b't' | b'f') => Kind::Bool,
                Some(b'n') => Kind::Null,
                _ => Kind::Number,
            },
            Data::Array(_) => Kind::Array,
            Data::Object(_) => Kind::Object,
        }
    }

    pub(super) fn is_null(&self, value: &Val<'_>) -> bool {
        self.kind(value) == Kind::Null
    }

    /// The JSON text of a scalar, or of what nothing looked into.
    pub(super) fn text<'t>(&self, value: &'t Val<'r>) -> Cow<'t, str> {
        match &value.data {
            Data::Token(at) => {
                Cow::Borrowed(self.slice(self.tokens.get(*at).map_or((0, 0), Token::span)))
            }
            Data::Const(value) => Cow::Owned(value.to_string()),
            Data::Text(text) => Cow::Borrowed(text),
            Data::Array(_) | Data::Object(_) => Cow::Owned(self.plain(value).to_string()),
        }
    }

    /// Values inside a value on the tape, with their names.
    pub(super) fn inside(
        &self,
        at: usize,
        known: bool,
    ) -> impl Iterator<Item = (Name<'r>, Val<'r>)> + '_ {
        let end = self.tokens.get(at).map_or(0, Token::next);
        let mut next = at + 1;
        std::iter::from_fn(move || {
            let token = self.tokens.get(next).filter(|_| next < end)?;
            let value = self.token(next, known);
            next = token.next();
            Some((Cow::Borrowed(self.slice(token.name())), value))
        })
    }

    /// An object, member by member.
    pub(super) fn open(&self, value: &Val<'r>) -> Option<Rc<Obj<'r>>> {
        let live = match &value.data {
            Data::Object(object) => return Some(Rc::clone(object)),
            Data::Token(at) if self.kind(value) == Kind::Object => {
                self.inside(*at, value.origin.is_some()).collect()
            }
            Data::Const(Value::Object(members)) => {
                let member =
                    |(n, v): &'r (Text, Value)| (n.raw().into(), Val::made(Data::Const(v)));
                members.iter().map(member).collect()
            }
            Data::Token(_) | Data::Const(_) | Data::Text(_) | Data::Array(_) => return None,
        };
        Some(Rc::new(Obj { live, ..Obj::default() }))
    }

    /// An array, element by element.
    pub(super) fn items(&self, value: &Val<'r>) -> Option<Rc<Vec<Val<'r>>>> {
        match &value.data {
            Data::Array(items) => Some(Rc::clone(items)),
            Data::Token(at) if self.kind(value) == Kind::Array => {
                let items = self.inside(*at, value.origin.is_some()).map(|(_, v)| v);
                Some(Rc::new(items.collect()))
            }
            Data::Const(Value::Array(items)) => {
                Some(Rc::new(items.iter().map(|v| Val::made(Data::Const(v))).collect()))
            }
            Data::Token(_) | Data::Const(_) | Data::Text(_) | Data::Object(_) => None,
        }
    }

    /// A member that rules can see.
    pub(super) fn member(&self, value: &Val<'r>, name: &str) -> Option<Val<'r>> {
        match &value.data {
            Data::Object(object) => object.get(name).cloned(),
            Data::Token(at) if self.kind(value) == Kind::Object => self
                .inside(*at, value.origin.is_some())
                .find(|(n, _)| same_text(n, name))
                .map(|(_, v)| v),
            Data::Const(Value::Object(members)) => members
                .iter()
                .find(|(n, _)| same_text(n.raw(), name))
                .map(|(_, v)| Val::made(Data::Const(v))),
            Data::Token(_) | Data::Const(_) | Data::Text(_) | Data::Array(_) => None,
        }
    }

    /// Every member as it would be written if the message ended here. One that collides would
    /// not be written: it is there twice, so that the object is equal to nothing.
    fn written(object: &Obj<'r>) -> Vec<(Name<'r>, Val<'r>)> {
        let mut all = object.live.clone();
        for (name, value, _) in &object.opaque {
            all.push((name.clone(), value.clone()));
            if object.declares(name) {
                all.push((name.clone(), value.clone()));
            }
        }
        all
    }

    /// The value as it would be written, if the message ended here.
    pub(super) fn plain(&self, value: &Val<'r>) -> Value {
        if let Some(items) = self.items(value) {
            return Value::Array(items.iter().map(|v| self.plain(v)).collect());
        }
        if let Some(object) = self.open(value) {
            let member = |(name, v): &(Name<'r>, Val<'r>)| (Text::from_raw(name), self.plain(v));
            return Value::Object(Self::written(&object).iter().map(member).collect());
        }
        json::parse(self.text(value).as_bytes(), 1).unwrap_or(Value::Null)
    }

    /// Whether a value equals another, as the language compares.
    pub(super) fn same(&self, value: &Val<'r>, other: &Value) -> bool {
        let kind = self.kind(value);
        if kind != kind_of(other) {
            return false;
        }
        match other {
            Value::Array(others) => self.items(value).is_some_and(|items| {
                items.len() == others.len()
                    && items.iter().zip(others).all(|(v, other)| self.same(v, other))
            }),
            Value::Object(others) => self.open(value).is_some_and(|object| {
                let all = object.live.len().saturating_add(object.opaque.len());
                // What collides is there twice.
                all <= others.len() && self.plain(value).same(other)
            }),
            Value::Null => true,
            Value::Bool(_) | Value::Number(_) | Value::String(_) => self.plain(value).same(other),
        }
    }
}
