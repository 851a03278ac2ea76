//! Tests of a value, or of its absence.

use super::number;
use super::value::Value;

/// What is asked of what stands at a place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Test {
    /// It is this.
    Is(Value),
    /// Nothing stands there.
    Absent,
    /// Something does, null too.
    Present,
    /// It is of this sort.
    Of(Sort),
    /// One of these holds.
    Any(Vec<Test>),
    /// This does not hold.
    Not(Box<Test>),
}

/// Sorts of JSON values that a test asks for; null is a value of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sort {
    /// `true`, `false`
    Boolean,
    /// A number without a fraction: `1`, `1.0`, `1e2`.
    Integer,
    /// Any number.
    Number,
    /// A text.
    String,
    /// A list.
    Array,
    /// An object.
    Object,
}

impl Test {
    /// Whether it holds of what stands at a place; `None`: nothing does.
    pub fn holds(&self, found: Option<&Value>) -> bool {
        match self {
            Self::Is(value) => found.is_some_and(|found| found.same(value)),
            Self::Absent => found.is_none(),
            Self::Present => found.is_some(),
            Self::Of(sort) => found.is_some_and(|found| sort.has(found)),
            Self::Any(tests) => tests.iter().any(|test| test.holds(found)),
            Self::Not(test) => !test.holds(found),
        }
    }

    /// The constants in it.
    pub fn constants(&mut self, change: &mut dyn FnMut(&mut Value)) {
        match self {
            Self::Is(value) => change(value),
            Self::Any(tests) => tests.iter_mut().for_each(|test| test.constants(change)),
            Self::Not(test) => test.constants(change),
            Self::Absent | Self::Present | Self::Of(_) => {}
        }
    }
}

impl Sort {
    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Boolean => "$boolean",
            Self::Integer => "$integer",
            Self::Number => "$number",
            Self::String => "$string",
            Self::Array => "$array",
            Self::Object => "$object",
        }
    }

    fn has(self, value: &Value) -> bool {
        match (self, value) {
            (Self::Integer, Value::Number(text)) => number::is_whole(text),
            (Self::Boolean, Value::Bool(_))
            | (Self::Number, Value::Number(_))
            | (Self::String, Value::String(_))
            | (Self::Array, Value::Array(_))
            | (Self::Object, Value::Object(_)) => true,
            _ => false,
        }
    }
}

/// As mappings write it.
impl std::fmt::Display for Test {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Is(value) => write!(f, "{value}"),
            Self::Absent => f.write_str("$absent"),
            Self::Present => f.write_str("$present"),
            Self::Of(sort) => f.write_str(sort.as_str()),
            Self::Any(tests) => {
                let all: Vec<String> = tests.iter().map(Self::to_string).collect();
                write!(f, "[{}]", all.join(", "))
            }
            Self::Not(test) => write!(f, "{{$not: {test}}}"),
        }
    }
}
