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
    /// It holds always: what stands there is told, between these texts.
    Told(Box<[Box<str>; 2]>),
}

/// Characters of a value that are told at most: whoever sends it chooses it.
const LONGEST: usize = 64;

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
            Self::Told(_) => true,
        }
    }

    /// Whether it says what is told, and asks nothing.
    pub fn is_told(&self) -> bool {
        matches!(self, Self::Told(_))
    }

    /// Adds what it tells of what stands at its place: a text, a number or a truth value, as far as that
    /// is not too long; nothing of anything else.
    pub fn tell(&self, found: Option<&Value>, into: &mut String) {
        let Self::Told(between) = self else { return };
        let [before, after] = &**between;
        let value = match found {
            Some(Value::String(text)) => text.decode().unwrap_or_default(),
            Some(scalar @ (Value::Number(_) | Value::Bool(_))) => scalar.to_string(),
            Some(Value::Null | Value::Array(_) | Value::Object(_)) | None => String::new(),
        };
        into.push_str(before);
        let mut chars = value.chars();
        into.extend(chars.by_ref().take(LONGEST));
        if chars.next().is_some() {
            into.push('…');
        }
        into.push_str(after);
    }

    /// The constants in it.
    pub fn constants(&mut self, change: &mut dyn FnMut(&mut Value)) {
        match self {
            Self::Is(value) => change(value),
            Self::Any(tests) => tests.iter_mut().for_each(|test| test.constants(change)),
            Self::Not(test) => test.constants(change),
            Self::Absent | Self::Present | Self::Of(_) | Self::Told(_) => {}
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
            Self::Told(between) => {
                let [before, after] = &**between;
                write!(f, "told between {before:?} and {after:?}")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_told_of_a_value() {
        let told = |found: Option<&str>| {
            let found = found.map(|json| crate::json::parse(json.as_bytes(), 8).unwrap());
            let mut words = String::new();
            Test::Told(Box::new(["<".into(), ">".into()])).tell(found.as_ref(), &mut words);
            words
        };
        for (found, expected) in [
            (None, "<>"),
            (Some("null"), "<>"),
            (Some("[1]"), "<>"),
            (Some(r#"{"a":1}"#), "<>"),
            (Some("1.50"), "<1.50>"),
            (Some("true"), "<true>"),
            (Some(r#""a\n{b}\u00e9""#), "<a\n{b}é>"),
            // Half of a character.
            (Some(r#""\ud800""#), "<>"),
        ] {
            assert_eq!(told(found), expected, "{found:?}");
        }
        let whole = "é".repeat(64);
        assert_eq!(told(Some(&format!("\"{whole}\""))), format!("<{whole}>"));
        assert_eq!(told(Some(&format!("\"{whole}x\""))), format!("<{whole}…>"));
        assert_eq!(told(Some(&"7".repeat(70))), format!("<{}…>", "7".repeat(64)));
    }
}
