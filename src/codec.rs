//! Representations of values (`convert`): a closed set, each with its domain and canonical text.

mod text;

pub use text::{Numbers, Scalars};

use crate::json::number::Decimal;
use crate::json::{Text, Value};

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
    /// The text of any scalar, at a place of texts.
    Text,
    /// The scalar that a text says, at a place that takes these.
    Scalar(Scalars),
    /// Another representation at a place of texts.
    Texted(Box<Repr>),
}

impl Repr {
    /// How a place writes it that takes whole numbers alone.
    #[must_use]
    pub fn whole(&self) -> Self {
        match self {
            Self::Unit(unit) => Self::Count(unit.clone()),
            other => other.clone(),
        }
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

/// Digits behind the point to which a quotient of a unit is carried.
const QUOTIENT: u32 = 60;

/// Converts the JSON text of a value from one representation to another of its family. Numbers
/// are decimal text of at most [`MAX_DIGITS`](crate::json::number::MAX_DIGITS) digits, never a
/// float; what is outside the domain, and any pair of two families, is unfit.
pub fn convert(from: &Repr, to: &Repr, value: &str) -> Converted {
    match (from, to) {
        (Repr::Texted(_), _) | (_, Repr::Texted(_)) => return text::inside(from, to, value),
        (_, Repr::Text) => return text::write(value),
        (Repr::Text, Repr::Scalar(scalars)) => return text::read(value, *scalars),
        _ => {}
    }
    if let (Some(from), Some(to)) = (truth(from), truth(to)) {
        let [yes, no] = &from;
        let [new_yes, new_no] = to;
        let is = |word: &Value| {
            crate::json::parse(value.as_bytes(), 1).is_ok_and(|value| value.same(word))
        };
        return match (is(yes), is(no)) {
            (true, _) => Converted::Done { text: new_yes.to_string(), narrowed: false },
            (_, true) => Converted::Done { text: new_no.to_string(), narrowed: false },
            (false, false) => Converted::Unfit,
        };
    }
    match read(from, value).and_then(|number| write(to, from, number)) {
        Some((text, narrowed)) => Converted::Done { text, narrowed },
        None => Converted::Unfit,
    }
}

/// How a representation of a truth value writes true and false.
fn truth(repr: &Repr) -> Option<[Value; 2]> {
    Some(match repr {
        Repr::Bool => [Value::Bool(true), Value::Bool(false)],
        Repr::ZeroOne => [Value::Number("1".into()), Value::Number("0".into())],
        Repr::TrueFalse => [Value::string("true"), Value::string("false")],
        Repr::Words(yes, no) => [Value::string(yes), Value::string(no)],
        Repr::Integer
        | Repr::Number
        | Repr::String
        | Repr::Scaled(_)
        | Repr::Unit(_)
        | Repr::Count(_)
        | Repr::Text
        | Repr::Scalar(_)
        | Repr::Texted(_) => return None,
    })
}

/// The number that a value stands for.
fn read(repr: &Repr, value: &str) -> Option<Decimal> {
    let number = || Decimal::parse(value);
    match repr {
        Repr::Integer => number().filter(Decimal::is_integer),
        Repr::Number => number(),
        Repr::String => {
            let text = value.strip_prefix('"')?.strip_suffix('"')?;
            let text = Text::from_raw(text).decode()?;
            let digits = text.strip_prefix('-').unwrap_or(&text);
            let plain = digits.starts_with(|c: char| c.is_ascii_digit())
                && digits.ends_with(|c: char| c.is_ascii_digit());
            if plain { Decimal::parse(&text) } else { None }
        }
        Repr::Scaled(digits) => number().filter(Decimal::is_integer)?.shifted(-i64::from(*digits)),
        Repr::Unit(unit) | Repr::Count(unit) => number()?.times(&Decimal::parse(unit)?),
        Repr::Bool
        | Repr::ZeroOne
        | Repr::TrueFalse
        | Repr::Words(..)
        | Repr::Text
        | Repr::Scalar(_)
        | Repr::Texted(_) => None,
    }
}

/// The canonical text of a number, and whether it is another number. What was counted in
/// fractions is written with as many digits.
fn write(repr: &Repr, from: &Repr, number: Decimal) -> Option<(String, bool)> {
    let places = if let Repr::Scaled(digits) = from { *digits } else { 0 };
    Some(match repr {
        Repr::Integer => {
            let (whole, narrowed) = number.rounded(0);
            (whole.text(0), narrowed)
        }
        Repr::Number => (number.text(places), false),
        Repr::String => (format!("\"{}\"", number.text(places)), false),
        Repr::Scaled(digits) => {
            let (rounded, narrowed) = number.rounded(*digits);
            (rounded.shifted(i64::from(*digits))?.text(0), narrowed)
        }
        Repr::Unit(unit) => {
            let (count, cut) = number.over(&Decimal::parse(unit)?, QUOTIENT)?;
            (count.text(0), cut)
        }
        Repr::Count(unit) => {
            let (count, cut) = number.over(&Decimal::parse(unit)?, QUOTIENT)?;
            // What was cut off is more than nothing: it decides where a half would.
            let count = if cut { Decimal::parse(&format!("{}1", count.text(1)))? } else { count };
            let (rounded, narrowed) = count.rounded(0);
            (rounded.text(0), narrowed)
        }
        Repr::Bool
        | Repr::ZeroOne
        | Repr::TrueFalse
        | Repr::Words(..)
        | Repr::Text
        | Repr::Scalar(_)
        | Repr::Texted(_) => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::{Converted, Repr, convert};

    fn done(from: &Repr, to: &Repr, value: &str) -> (String, bool) {
        match convert(from, to, value) {
            Converted::Done { text, narrowed } => (text, narrowed),
            Converted::Unfit => ("unfit".to_owned(), false),
        }
    }

    #[test]
    fn numbers() {
        use Repr::{Integer, Number, Scaled, String, Unit};
        let cents = Scaled(2);
        let mebi = Unit("1048576".into());
        let (whole, thirds) = (mebi.whole(), Unit("3".into()).whole());
        for (from, to, value, expected, narrowed) in [
            (&Integer, &String, "1e2", "\"100\"", false),
            (&Integer, &String, "-0", "\"0\"", false),
            (&Integer, &String, "1.0", "\"1\"", false),
            (&Integer, &String, "1.5", "unfit", false),
            (&Integer, &String, "\"1\"", "unfit", false),
            (&String, &Integer, "\"007\"", "7", false),
            (&String, &Integer, "\"\\u0037\"", "7", false),
            (&String, &Integer, "\"7 \"", "unfit", false),
            (&String, &Integer, "\"\"", "unfit", false),
            (&String, &Integer, "7", "unfit", false),
            (&String, &Number, "\"18446744073709551617\"", "18446744073709551617", false),
            (&cents, &Number, "4634", "46.34", false),
            (&cents, &String, "4600", "\"46.00\"", false),
            (&Number, &cents, "46.34", "4634", false),
            (&Number, &cents, "46.345", "4634", true),
            (&mebi, &Integer, "3", "3145728", false),
            (&Integer, &mebi, "524288", "0.5", false),
            (&Integer, &whole, "524288", "0", true),
            (&Integer, &whole, "1572864", "2", true),
            (&Integer, &whole, "1572863", "1", true),
            (&Integer, &whole, "-1572864", "-2", true),
            (&Integer, &whole, "2097152", "2", false),
            (&Integer, &thirds, "1", "0", true),
            (&Integer, &thirds, "5", "2", true),
            (&Number, &Integer, "1e5000", "unfit", false),
        ] {
            let got = done(from, to, value);
            assert_eq!((got.0.as_str(), got.1), (expected, narrowed), "{from:?} {to:?} {value}");
        }
    }

    #[test]
    fn truth_values() {
        let words = Repr::Words("yes".into(), "no".into());
        assert_eq!(done(&Repr::Bool, &words, "true").0, "\"yes\"");
        assert_eq!(done(&words, &Repr::ZeroOne, "\"no\"").0, "0");
        assert_eq!(done(&Repr::ZeroOne, &Repr::TrueFalse, "1.0").0, "\"true\"");
        assert_eq!(done(&Repr::Bool, &words, "1").0, "unfit");
        assert_eq!(done(&Repr::Bool, &Repr::Integer, "true").0, "unfit");
    }
}
