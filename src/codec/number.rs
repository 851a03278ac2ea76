//! Numbers and truth values, by decimal text.

use super::{Repr, plain};
use crate::json::Value;
use crate::json::number::Decimal;

/// Digits behind the point to which a quotient of a unit is carried.
const QUOTIENT: u32 = 60;

/// The JSON text of a value in another representation, and whether something of it went.
pub(super) fn convert(from: &Repr, to: &Repr, value: &str) -> Option<(String, bool)> {
    let (Some([yes, no]), Some([new_yes, new_no])) = (truth(from), truth(to)) else {
        return write(to, from, read(from, value)?);
    };
    let value = crate::json::parse(value.as_bytes(), 1).ok()?;
    let new = if value.same(&yes) {
        new_yes
    } else if value.same(&no) {
        new_no
    } else {
        return None;
    };
    Some((new.to_string(), false))
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
        | Repr::Instant(_)
        | Repr::Duration(_)
        | Repr::List(_)
        | Repr::Encoded(_)
        | Repr::Case(_)
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
        Repr::String => of_text(&plain(value)?),
        Repr::Scaled(digits) => number().filter(Decimal::is_integer)?.shifted(-i64::from(*digits)),
        Repr::Unit(unit) | Repr::Count(unit) => number()?.times(&Decimal::parse(unit)?),
        Repr::Bool
        | Repr::ZeroOne
        | Repr::TrueFalse
        | Repr::Words(..)
        | Repr::Instant(_)
        | Repr::Duration(_)
        | Repr::List(_)
        | Repr::Encoded(_)
        | Repr::Case(_)
        | Repr::Text
        | Repr::Scalar(_)
        | Repr::Texted(_) => None,
    }
}

/// The number that a text says.
pub(super) fn of_text(text: &str) -> Option<Decimal> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let plain = digits.starts_with(|c: char| c.is_ascii_digit())
        && digits.ends_with(|c: char| c.is_ascii_digit());
    if plain { Decimal::parse(text) } else { None }
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
        | Repr::Instant(_)
        | Repr::Duration(_)
        | Repr::List(_)
        | Repr::Encoded(_)
        | Repr::Case(_)
        | Repr::Text
        | Repr::Scalar(_)
        | Repr::Texted(_) => return None,
    })
}
