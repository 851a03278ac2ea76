//! Representations of lists and dictionaries: as JSON, and as one text. It knows of what holds them
//! only which scalars may stand there.

mod separated;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::fmt;

pub use separated::{Last, Separated};

use super::{Form, Repr, Written, number, plain};
use crate::json::number::Decimal;
use crate::json::{self, Text, Value};

/// How a side writes a list, or a dictionary.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum List {
    /// `list`
    Array(Items),
    /// `list` beside `{pairs: …}`: an object, which is what such a text says.
    Dictionary(Items),
    /// `one-or-list`: one element stands for a list of it.
    OneOrMany(Items),
    /// `{separated: ","}`
    Separated(Box<Separated>),
    /// `{pairs: [",", "="]}`: what stands between two pairs, and within each.
    Pairs(Box<str>, Box<str>),
}

/// What a list's elements, or a dictionary's values, can be by their contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Items {
    /// Scalars.
    pub of: Scalars,
    /// null.
    pub null: bool,
}

/// Scalars beside null.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Scalars {
    /// Texts, whatever else: then every element of a text is one.
    Text,
    /// No texts.
    Others {
        /// Numbers.
        number: Option<Fraction>,
        /// `true` and `false`.
        truth: bool,
    },
}

/// Whether numbers may have a fraction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Fraction {
    /// They may.
    Some,
    /// They are whole.
    None,
}

/// What happens to a list whose elements stay as they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Regroup {
    /// What is no list becomes one.
    Wrap,
    /// A list of one that is neither a list nor null becomes that.
    Unwrap,
    /// It is written the same on both sides: a list.
    Keep,
    /// Likewise: a list, or what stands for one.
    Stay,
}

/// Elements that a text may have.
const MOST: usize = 10_000;

impl Items {
    /// What elements are where no contract says it.
    pub const TEXT: Self = Self { of: Scalars::Text, null: false };

    /// What elements are that are written so.
    pub fn written(repr: &Repr) -> Self {
        let others = |number, truth| Self { of: Scalars::Others { number, truth }, null: false };
        match repr.written() {
            Written::Number => others(Some(Fraction::Some), false),
            Written::Bool => others(None, true),
            Written::String | Written::Array | Written::Object | Written::Any => Self::TEXT,
        }
    }

    /// An element of a text.
    fn read(self, text: &str) -> Option<Value> {
        let (number, truth) = match self.of {
            Scalars::Text => return Some(Value::string(text)),
            Scalars::Others { number, truth } => (number, truth),
        };
        if truth && matches!(text, "true" | "false") {
            return Some(Value::Bool(text == "true"));
        }
        let fraction = number?;
        let whole = |number: &Decimal| fraction == Fraction::Some || number.is_integer();
        let number = number::of_text(text).filter(whole)?;
        Some(Value::Number(number.text(0).into()))
    }
}

/// Elements, or members in the order of their keys.
#[derive(Clone, Debug)]
pub(super) enum Held {
    Elements(Vec<Element>),
    Members(Vec<(String, Element)>),
}

/// An element.
#[derive(Clone, Debug)]
pub(super) enum Element {
    /// Of a list.
    Json(Value),
    /// Of a text, to be read by what it becomes an element of.
    Plain(String),
    /// Likewise, if it does not say null: `NULL` without the quotes that others may have.
    Null(String),
}

impl PartialEq for Held {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Elements(a), Self::Elements(b)) => a == b,
            (Self::Members(a), Self::Members(b)) => a == b,
            (Self::Elements(_) | Self::Members(_), _) => false,
        }
    }
}

impl PartialEq for Element {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Json(a), Self::Json(b)) => a.same(b),
            (Self::Null(_), Self::Null(_)) => true,
            // Where null cannot stand, what says it is a text like others.
            (Self::Plain(a), Self::Plain(b) | Self::Null(b)) | (Self::Null(a), Self::Plain(b)) => {
                a == b
            }
            (Self::Json(_) | Self::Plain(_) | Self::Null(_), _) => false,
        }
    }
}

impl Element {
    /// What it is in a list of these.
    fn json(&self, items: Items) -> Option<Value> {
        match self {
            Self::Json(value) => Some(value.clone()),
            Self::Null(_) if items.null => Some(Value::Null),
            Self::Plain(text) | Self::Null(text) => items.read(text),
        }
    }

    /// What it is in a text; `None`: null.
    #[expect(clippy::option_option, reason = "null, and what has no text, are two answers")]
    fn text(&self) -> Option<Option<String>> {
        match self {
            Self::Plain(text) => Some(Some(text.clone())),
            Self::Json(Value::String(text)) => text.decode().map(Some),
            Self::Json(Value::Number(number)) => Some(Some(Decimal::parse(number)?.text(0))),
            Self::Json(Value::Bool(value)) => Some(Some(value.to_string())),
            Self::Json(Value::Null) | Self::Null(_) => Some(None),
            Self::Json(Value::Array(_) | Value::Object(_)) => None,
        }
    }
}

impl List {
    /// The same, of elements that can be these.
    pub(super) fn holding(&self, items: Items) -> Self {
        match self {
            Self::Array(_) => Self::Array(items),
            Self::Dictionary(_) => Self::Dictionary(items),
            Self::OneOrMany(_) => Self::OneOrMany(items),
            Self::Separated(_) | Self::Pairs(..) => self.clone(),
        }
    }

    /// Whether it is one text.
    pub fn is_text(&self) -> bool {
        matches!(self, Self::Separated(_) | Self::Pairs(..))
    }

    /// What becomes of a list whose elements stay; `None`: they are read or written as text.
    pub(super) fn regroup(&self, to: &Self) -> Option<Regroup> {
        match (self, to) {
            (Self::OneOrMany(_), Self::Array(_)) => Some(Regroup::Wrap),
            (Self::Array(_), Self::OneOrMany(_)) => Some(Regroup::Unwrap),
            (Self::Array(_), Self::Array(_)) => Some(Regroup::Keep),
            (Self::OneOrMany(_), Self::OneOrMany(_)) => Some(Regroup::Stay),
            (_, _) => None,
        }
    }
}

impl Form for List {
    type Value = Held;

    fn read(&self, value: &str) -> Option<Held> {
        let json = || json::parse(value.as_bytes(), usize::MAX).ok();
        let elements = |items: Vec<Value>| items.into_iter().map(Element::Json).collect();
        match self {
            Self::Array(_) => match json()? {
                Value::Array(items) => Some(Held::Elements(elements(items))),
                _ => None,
            },
            Self::OneOrMany(_) => Some(Held::Elements(match json()? {
                Value::Array(items) => elements(items),
                one => vec![Element::Json(one)],
            })),
            Self::Dictionary(_) => match json()? {
                Value::Object(members) => {
                    let member =
                        |(name, value): (Text, _)| Some((name.decode()?, Element::Json(value)));
                    by_key(members.into_iter().map(member))
                }
                _ => None,
            },
            Self::Separated(how) => Some(Held::Elements(how.read(&plain(value)?)?)),
            Self::Pairs(between, within) => pairs(&plain(value)?, between, within),
        }
    }

    fn write(&self, held: &Held) -> Option<String> {
        let value = match (self, held) {
            (Self::Array(items) | Self::OneOrMany(items), Held::Elements(elements)) => {
                let of = |element: &Element| element.json(*items);
                let all: Vec<Value> = elements.iter().map(of).collect::<Option<_>>()?;
                match (self, all.as_slice()) {
                    (Self::OneOrMany(_), [one]) if stands_alone(one) => one.clone(),
                    _ => Value::Array(all),
                }
            }
            (Self::Dictionary(items), Held::Members(members)) => {
                let of = |(name, element): &(String, Element)| {
                    Some((Text::from_plain(name), element.json(*items)?))
                };
                Value::Object(members.iter().map(of).collect::<Option<_>>()?)
            }
            (Self::Separated(how), Held::Elements(elements)) => {
                Value::string(&how.write(elements)?)
            }
            (Self::Pairs(between, within), Held::Members(members)) => {
                Value::string(&to_pairs(members, between, within)?)
            }
            (_, Held::Elements(_) | Held::Members(_)) => return None,
        };
        Some(value.to_string())
    }
}

/// Whether a value can stand for a list of it.
pub(super) fn stands_alone(value: &Value) -> bool {
    !matches!(value, Value::Array(_) | Value::Null)
}

/// Members, if every key is there once.
fn by_key(members: impl Iterator<Item = Option<(String, Element)>>) -> Option<Held> {
    let mut all = BTreeMap::new();
    for member in members {
        let (key, element) = member?;
        if all.len() >= MOST || all.insert(key, element).is_some() {
            return None;
        }
    }
    Some(Held::Members(all.into_iter().collect()))
}

fn pairs(text: &str, between: &str, within: &str) -> Option<Held> {
    if text.is_empty() {
        return Some(Held::Members(Vec::new()));
    }
    by_key(text.split(between).map(|pair| {
        let (key, value) = pair.split_once(within)?;
        Some((key.to_owned(), Element::Plain(value.to_owned())))
    }))
}

/// The text, if it says these members and no others.
fn to_pairs(members: &[(String, Element)], between: &str, within: &str) -> Option<String> {
    let mut meant = Vec::with_capacity(members.len());
    let mut all = Vec::with_capacity(members.len());
    for (key, element) in members {
        let value = element.text()??;
        all.push(format!("{key}{within}{value}"));
        meant.push((key.clone(), Element::Plain(value)));
    }
    let (text, meant) = (all.join(between), Held::Members(meant));
    (self::pairs(&text, between, within)? == meant).then_some(text)
}

impl fmt::Display for List {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Array(items) => write!(f, "list{items}"),
            Self::Dictionary(items) => write!(f, "dictionary{items}"),
            Self::OneOrMany(items) => write!(f, "one-or-list{items}"),
            Self::Pairs(between, within) => write!(f, "{{pairs: [{between:?}, {within:?}]}}"),
            Self::Separated(how) => how.fmt(f),
        }
    }
}

/// What is said of elements that are not all texts.
impl fmt::Display for Items {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (text, number, truth) = match self.of {
            Scalars::Text => (true, None, false),
            Scalars::Others { number, truth } => (false, number, truth),
        };
        let number = number.map(|fraction| match fraction {
            Fraction::Some => "number",
            Fraction::None => "integer",
        });
        let all = [
            text.then_some("string"),
            number,
            truth.then_some("boolean"),
            self.null.then_some("null"),
        ];
        let all: Vec<&str> = all.into_iter().flatten().collect();
        match all.as_slice() {
            ["string"] => Ok(()),
            [] => f.write_str(" of no scalars"),
            all => write!(f, " of {}", all.join(", ")),
        }
    }
}
