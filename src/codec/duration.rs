//! Representations of a duration, as an exact number of seconds. It knows no months and no years,
//! which are of no one length.

use std::fmt::{self, Write as _};

use super::{Digits, Form, plain};
use crate::json::Value;
use crate::json::number::{Decimal, MAX_DIGITS};

/// How a side writes a duration.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Duration {
    /// `iso8601-duration`
    Iso8601,
    /// `seconds`: a number.
    Seconds(Digits),
    /// `millis`: a number.
    Millis(Digits),
    /// `go-duration`
    Go,
}

/// Units of a text of ISO 8601, in the order in which they stand, with their seconds; `T` goes
/// before the hours.
const UNITS: [(char, u64); 5] = [('W', 604_800), ('D', 86_400), ('H', 3_600), ('M', 60), ('S', 1)];
/// Nanoseconds.
const SECOND: u64 = 1_000_000_000;
/// Units of Go with their nanoseconds; of several that begin alike the longer one first.
const GO: [(&str, &str); 8] = [
    ("ns", "1"),
    ("us", "1000"),
    ("µs", "1000"),
    ("μs", "1000"),
    ("ms", "1000000"),
    ("s", "1000000000"),
    ("m", "60000000000"),
    ("h", "3600000000000"),
];

impl Duration {
    /// How a place writes it that takes whole numbers alone.
    pub(super) fn whole(&self) -> Self {
        match self {
            Self::Seconds(_) => Self::Seconds(Digits::Whole),
            Self::Millis(_) => Self::Millis(Digits::Whole),
            Self::Iso8601 | Self::Go => self.clone(),
        }
    }

    /// Whether it is a JSON number; else it is text.
    pub(super) fn is_number(&self) -> bool {
        matches!(self, Self::Seconds(_) | Self::Millis(_))
    }
}

impl Form for Duration {
    /// Seconds.
    type Value = Decimal;

    fn read(&self, value: &str) -> Option<Decimal> {
        match self {
            Self::Seconds(_) => Decimal::parse(value),
            Self::Millis(_) => Decimal::parse(value)?.shifted(-3),
            Self::Iso8601 => iso8601(&plain(value)?),
            Self::Go => go(&plain(value)?),
        }
    }

    fn write(&self, seconds: &Decimal) -> Option<String> {
        let whole = |number: Decimal, digits: Digits| match digits {
            Digits::All => number.text(0),
            Digits::Whole => number.rounded(0).0.text(0),
        };
        let text = match self {
            Self::Seconds(digits) => return Some(whole(seconds.clone(), *digits)),
            Self::Millis(digits) => return Some(whole(seconds.clone().shifted(3)?, *digits)),
            Self::Iso8601 => to_iso8601(seconds)?,
            Self::Go => to_go(seconds)?,
        };
        Some(Value::string(&text).to_string())
    }
}

impl fmt::Display for Duration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Iso8601 => f.write_str("iso8601-duration"),
            Self::Seconds(digits) => write!(f, "seconds{digits}"),
            Self::Millis(digits) => write!(f, "millis{digits}"),
            Self::Go => f.write_str("go-duration"),
        }
    }
}

/// Sign and the rest.
fn signed(text: &str) -> (&str, &str) {
    match text.strip_prefix('-') {
        Some(rest) => ("-", rest),
        None => ("", text.strip_prefix('+').unwrap_or(text)),
    }
}

/// The digits that a text begins with, and what follows them.
fn leading(text: &str) -> (&str, &str) {
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    text.split_at_checked(end).unwrap_or((text, ""))
}

/// `P1W2DT3H4M5.6S`: every unit at most once, a fraction in the last one alone.
fn iso8601(text: &str) -> Option<Decimal> {
    let (sign, rest) = signed(text);
    let mut rest = rest.strip_prefix('P')?;
    let mut units = UNITS.iter();
    let (mut total, mut fraction) = (0_u64, String::new());
    let mut timed = false;
    loop {
        if let (false, Some(after)) = (timed, rest.strip_prefix('T')) {
            (timed, rest) = (true, after);
        }
        let (digits, after) = leading(rest);
        let (behind, after) = match after.strip_prefix(['.', ',']) {
            Some(after) => leading(after),
            None => ("0", after),
        };
        let fits = |digits: &str| !digits.is_empty() && digits.len() <= MAX_DIGITS;
        let is_last = after.len() == 1;
        if !fits(digits) || !fits(behind) || (behind != "0" && !is_last) {
            return None;
        }
        // What stands before `T` is no time of day, and the reverse.
        let of = |(unit, _): &&(char, u64)| after.starts_with(*unit);
        let (unit, seconds) =
            units.find(of).filter(|(unit, _)| matches!(unit, 'W' | 'D') != timed)?;
        rest = after.strip_prefix(*unit)?;
        let exact = Decimal::parse(&format!("{}.{behind}", without_zeros(digits)))?
            .times(&Decimal::parse(&seconds.to_string())?)?
            .text(0);
        let (whole, behind) = exact.split_once('.').unwrap_or((&exact, ""));
        total = total.checked_add(whole.parse().ok()?)?;
        if rest.is_empty() {
            fraction.push_str(behind);
            break;
        }
    }
    Decimal::parse(&format!("{sign}{total}.{fraction}0"))
}

/// A JSON number begins with no zero.
fn without_zeros(digits: &str) -> &str {
    let rest = digits.trim_start_matches('0');
    if rest.is_empty() { "0" } else { rest }
}

/// Hours are its greatest unit: a day is not always of 24.
fn to_iso8601(seconds: &Decimal) -> Option<String> {
    let text = seconds.text(0);
    let (sign, digits) = signed(&text);
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let whole: u64 = whole.parse().ok()?;
    let mut text = format!("{sign}PT");
    let (hours, minutes, seconds) = (whole / 3_600, whole / 60 % 60, whole % 60);
    // Writing to a string cannot fail.
    if hours > 0 {
        let _ok = write!(text, "{hours}H");
    }
    if minutes > 0 {
        let _ok = write!(text, "{minutes}M");
    }
    if !fraction.is_empty() {
        let _ok = write!(text, "{seconds}.{fraction}S");
    } else if seconds > 0 || whole == 0 {
        let _ok = write!(text, "{seconds}S");
    }
    Some(text)
}

/// `1h2m3.5s`: any units in any order, of whole nanoseconds, as many as Go can count.
fn go(text: &str) -> Option<Decimal> {
    let (sign, mut rest) = signed(text);
    if rest == "0" {
        return Decimal::parse("0");
    }
    let mut total = 0_u64;
    loop {
        let (digits, after) = leading(rest);
        let (behind, after) = match after.strip_prefix('.') {
            Some(after) => leading(after),
            None => ("", after),
        };
        let length = digits.len().checked_add(behind.len())?;
        if length == 0 || length > MAX_DIGITS {
            return None;
        }
        let (unit, nanos) = GO.iter().find(|(unit, _)| after.starts_with(unit))?;
        rest = after.strip_prefix(unit)?;
        let exact = Decimal::parse(&format!("{}.{behind}0", without_zeros(digits)))?
            .times(&Decimal::parse(nanos)?)?;
        total = total.checked_add(exact.text(0).parse().ok()?)?;
        if rest.is_empty() {
            break;
        }
    }
    let most = if sign.is_empty() { i64::MAX.unsigned_abs() } else { i64::MIN.unsigned_abs() };
    if total > most {
        return None;
    }
    Decimal::parse(&format!("{sign}{total}"))?.shifted(-9)
}

/// As Go writes it: `1h0m0s`, `1.5ms`, `0s`; to the nearest nanosecond.
fn to_go(seconds: &Decimal) -> Option<String> {
    let nanos: i64 = seconds.clone().shifted(9)?.rounded(0).0.text(0).parse().ok()?;
    let sign = if nanos < 0 { "-" } else { "" };
    let nanos = nanos.unsigned_abs();
    let of = |unit: u64, places: i64| {
        let count = Decimal::parse(&(nanos % (unit * 60)).to_string())?.shifted(-places)?;
        Some(count.text(0))
    };
    let text = match nanos {
        0 => String::from("0s"),
        1..1_000 => format!("{nanos}ns"),
        1_000..1_000_000 => format!("{}µs", of(SECOND, 3)?),
        1_000_000..SECOND => format!("{}ms", of(SECOND, 6)?),
        SECOND.. => {
            let (hours, minutes) = (nanos / SECOND / 3_600, nanos / SECOND / 60 % 60);
            let seconds = of(SECOND, 9)?;
            match (hours, minutes) {
                (0, 0) => format!("{seconds}s"),
                (0, _) => format!("{minutes}m{seconds}s"),
                _ => format!("{hours}h{minutes}m{seconds}s"),
            }
        }
    };
    Some(format!("{sign}{text}"))
}
