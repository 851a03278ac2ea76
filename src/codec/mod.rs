//! Representations of values (`convert`): a closed set, each with its domain and canonical text.
//! Text to text: what a value is to its contract, and where it stands, is known elsewhere.

mod case;
mod duration;
mod encoding;
mod instant;
mod list;
pub mod naming;
mod number;
mod quick;
#[cfg(test)]
mod tests;
mod text;

use std::fmt;

pub use case::Case;
pub use duration::Duration;
pub use encoding::Encoding;
pub use instant::{Format, Instant};
pub use list::{Fraction, Items, Last, List, Regroup, Scalars, Separated};
pub use quick::quick;
pub use text::{Numbers, Values};

use crate::json::Text;

/// How one side writes a value.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Repr {
    /// `integer`
    Integer,
    /// `number`
    Number,
    /// `string`: the number as text.
    String,
    /// `{scaled: n}`: an integer that counts in units of 10^-n.
    Scaled(u32),
    /// `{unit: "n"}`: a number that counts in units of n; the decimal text of n.
    Unit(Box<str>),
    /// The same at a place that takes whole numbers alone.
    Count(Box<str>),
    /// `bool`
    Bool,
    /// `0/1`
    ZeroOne,
    /// `true/false` as text.
    TrueFalse,
    /// `{words: [yes, no]}`: the true one first, decoded.
    Words(Box<str>, Box<str>),
    /// An instant.
    Instant(Instant),
    /// A duration.
    Duration(Duration),
    /// A list or a dictionary.
    List(List),
    /// A text.
    Encoded(Encoding),
    /// A name.
    Case(Case),
    /// The text of any scalar, at a place of texts.
    Text,
    /// The scalar that a text says, at a place that takes these.
    Scalar(Values),
    /// Another representation at a place of texts.
    Texted(Box<Repr>),
}

/// Which digits a number has at its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Digits {
    /// All of them.
    All,
    /// None behind the point: the contract takes whole numbers alone.
    Whole,
}

/// Representations that write the same values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Family {
    /// Numbers.
    Number,
    /// True and false.
    Truth,
    /// Points of time.
    Instant,
    /// Lengths of time.
    Duration,
    /// Texts.
    Text,
    /// Names that are made of words.
    Name,
    /// Lists.
    List,
    /// Members by their names.
    Dictionary,
    /// Any scalars, in texts or by themselves.
    Scalar,
}

/// The JSON type in which a representation writes a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Written {
    /// true or false.
    Bool,
    /// A number.
    Number,
    /// A string.
    String,
    /// A list.
    Array,
    /// An object.
    Object,
    /// Whatever the value is.
    Any,
}

impl Repr {
    /// How a place writes it that takes whole numbers alone.
    #[must_use]
    pub fn whole(&self) -> Self {
        match self {
            Self::Unit(unit) => Self::Count(unit.clone()),
            Self::Instant(instant) => Self::Instant(instant.whole()),
            Self::Duration(duration) => Self::Duration(duration.whole()),
            other => other.clone(),
        }
    }

    /// How a place writes it that holds elements, or values, which can be these.
    #[must_use]
    pub fn holding(&self, items: Items) -> Self {
        match self {
            Self::List(list) => Self::List(list.holding(items)),
            other => other.clone(),
        }
    }

    /// The same at a place of texts, where every scalar is a string.
    #[must_use]
    pub fn texted(self) -> Self {
        match self {
            // These are texts by themselves, or what is in them is.
            texts @ (Self::List(_) | Self::Encoded(_) | Self::Case(_)) => texts,
            other => Self::Texted(Box::new(other)),
        }
    }

    /// What it writes, whatever way.
    pub fn family(&self) -> Family {
        match self {
            Self::Integer
            | Self::Number
            | Self::String
            | Self::Scaled(_)
            | Self::Unit(_)
            | Self::Count(_) => Family::Number,
            Self::Bool | Self::ZeroOne | Self::TrueFalse | Self::Words(..) => Family::Truth,
            Self::Instant(_) => Family::Instant,
            Self::Duration(_) => Family::Duration,
            Self::Encoded(_) => Family::Text,
            Self::Case(_) => Family::Name,
            Self::List(List::Dictionary(_) | List::Pairs(..)) => Family::Dictionary,
            Self::List(_) => Family::List,
            Self::Text | Self::Scalar(_) => Family::Scalar,
            Self::Texted(inner) => inner.family(),
        }
    }

    /// The JSON type of what it writes.
    pub fn written(&self) -> Written {
        let of = |number: bool| if number { Written::Number } else { Written::String };
        match self {
            Self::Integer
            | Self::Number
            | Self::Scaled(_)
            | Self::Unit(_)
            | Self::Count(_)
            | Self::ZeroOne => Written::Number,
            Self::String
            | Self::TrueFalse
            | Self::Words(..)
            | Self::Encoded(_)
            | Self::Case(_)
            | Self::Text
            | Self::Texted(_) => Written::String,
            Self::Bool => Written::Bool,
            Self::Instant(instant) => of(instant.is_number()),
            Self::Duration(duration) => of(duration.is_number()),
            Self::List(list) => match list {
                List::Array(_) => Written::Array,
                List::Dictionary(_) => Written::Object,
                List::OneOrMany(_) => Written::Any,
                List::Separated(_) | List::Pairs(..) => Written::String,
            },
            Self::Scalar(_) => Written::Any,
        }
    }
}

/// As a mapping says it.
impl fmt::Display for Repr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Integer => f.write_str("integer"),
            Self::Number => f.write_str("number"),
            Self::String => f.write_str("string"),
            Self::Scaled(digits) => write!(f, "{{scaled: {digits}}}"),
            Self::Unit(unit) => write!(f, "{{unit: {unit}}}"),
            Self::Count(unit) => write!(f, "{{unit: {unit}}}{}", Digits::Whole),
            Self::Bool => f.write_str("bool"),
            Self::ZeroOne => f.write_str("0/1"),
            Self::TrueFalse => f.write_str("true/false"),
            Self::Words(yes, no) => write!(f, "{{words: [{yes}, {no}]}}"),
            Self::Instant(instant) => instant.fmt(f),
            Self::Duration(duration) => duration.fmt(f),
            Self::List(list) => list.fmt(f),
            Self::Encoded(encoding) => encoding.fmt(f),
            Self::Case(case) => case.fmt(f),
            Self::Text => f.write_str("text of a scalar"),
            Self::Scalar(of) => of.fmt(f),
            Self::Texted(inner) => write!(f, "{inner} in a text"),
        }
    }
}

/// What is said of a place that takes whole numbers alone.
impl fmt::Display for Digits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::All => Ok(()),
            Self::Whole => f.write_str(" (whole)"),
        }
    }
}

/// Its name in the plural.
impl fmt::Display for Family {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Number => "numbers",
            Self::Truth => "truth",
            Self::Instant => "instants",
            Self::Duration => "durations",
            Self::Text => "texts",
            Self::Name => "names",
            Self::List => "lists",
            Self::Dictionary => "dictionaries",
            Self::Scalar => "scalars",
        })
    }
}

/// What a conversion gives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Converted {
    /// JSON text of the value in the other representation.
    Done {
        /// The text.
        text: String,
        /// Something of the value went.
        narrowed: bool,
    },
    /// The value is outside the domain.
    Unfit,
}

/// Converts the JSON text of a value from one representation to another of its family. Numbers
/// are decimal text of at most [`MAX_DIGITS`](crate::json::number::MAX_DIGITS) digits, never a
/// float; what is outside the domain, and any pair of two families, is unfit.
pub fn convert(from: &Repr, to: &Repr, value: &str) -> Converted {
    match (from, to) {
        (Repr::Texted(_), _) | (_, Repr::Texted(_)) => return text::inside(from, to, value),
        (_, Repr::Text) => return text::write(value),
        (Repr::Text, Repr::Scalar(values)) => return text::read(value, *values),
        _ => {}
    }
    let done = match (from, to) {
        (Repr::Instant(from), Repr::Instant(to)) => returning(from, to, value),
        (Repr::Duration(from), Repr::Duration(to)) => returning(from, to, value),
        (Repr::List(from), Repr::List(to)) => returning(from, to, value),
        (Repr::Encoded(from), Repr::Encoded(to)) => returning(from, to, value),
        (Repr::Case(from), Repr::Case(to)) => case::convert(*from, *to, value),
        _ => number::convert(from, to, value),
    };
    match done {
        Some((text, narrowed)) => Converted::Done { text, narrowed },
        None => Converted::Unfit,
    }
}

/// What happens to a list whose elements stay as they are: who has it in hand does that, so that they
/// keep their places. `None`: all other pairs are for [`convert`].
pub fn regroup(from: &Repr, to: &Repr) -> Option<Regroup> {
    match (from, to) {
        (Repr::List(from), Repr::List(to)) => from.regroup(to),
        _ => None,
    }
}

/// A family that reads a value by one of its representations and writes it by another.
trait Form {
    /// What they all stand for.
    type Value: PartialEq;

    /// The value of a JSON text, if that is in the domain.
    fn read(&self, text: &str) -> Option<Self::Value>;

    /// The canonical JSON text, as near as the representation comes to the value.
    fn write(&self, value: &Self::Value) -> Option<String>;
}

/// A value is narrowed if the way back would read another one, whatever it is that went; what a
/// side could not read itself it cannot write.
fn returning<F: Form>(from: &F, to: &F, text: &str) -> Option<(String, bool)> {
    let value = from.read(text)?;
    let text = to.write(&value)?;
    let there = to.read(&text)?;
    let again = from.write(&there).and_then(|text| from.read(&text));
    Some((text, again != Some(value)))
}

/// The text of a JSON string.
fn plain(value: &str) -> Option<String> {
    let raw = value.strip_prefix('"')?.strip_suffix('"')?;
    // Nearly no text has an escape.
    if raw.contains('\\') { Text::from_raw(raw).decode() } else { Some(raw.to_owned()) }
}
