//! Representations of an instant, exact: whole seconds, a fraction of any length, and the offset
//! that it was written with. It knows no time zones but offsets, no locale but English, and reads
//! no clock.

use std::fmt;

use jiff::SignedDuration;
use jiff::civil::{Date, DateTime};
use jiff::fmt::rfc2822::DateTimeParser;
use jiff::fmt::strtime::{self, BrokenDownTime};
use jiff::tz::{Offset, TimeZone};

use super::{Digits, Form, plain};
use crate::json::Value;
use crate::json::number::{Decimal, MAX_DIGITS};

/// How a side writes an instant.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Instant {
    /// `rfc3339`
    Rfc3339,
    /// `rfc2822`
    Rfc2822,
    /// `unix-seconds`: a number.
    UnixSeconds(Digits),
    /// `unix-millis`: a number.
    UnixMillis(Digits),
    /// `date`: a day.
    Date,
    /// `{strftime: "…"}`
    Strftime(Format),
}

/// A format of `strftime` that can be read too.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Format {
    text: Box<str>,
    says: Says,
}

/// How much a format says beside the day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Says {
    /// Nothing: it is the day as it was written.
    Day,
    /// The time of day, which is that of UTC.
    Time,
    /// The offset.
    Offset,
}

/// An instant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Moment {
    /// Seconds since 1970 began, the last whole one.
    second: i64,
    /// Digits of what has gone of the next, without zeros at the end.
    fraction: String,
    /// Seconds east of UTC that it was written with.
    offset: Option<i32>,
    /// It is the leap second after that one.
    leap: bool,
}

const EPOCH: DateTime = DateTime::constant(1970, 1, 1, 0, 0, 0, 0);
const DAY: i64 = 86_400;
/// Bytes that a text may have: it is read several times.
const LONGEST: usize = 2_000;
/// Bytes that a format may have.
const LONGEST_FORMAT: usize = 200;
/// How often `60` is looked at.
const SIXTIES: usize = 16;

impl Instant {
    /// How a place writes it that takes whole numbers alone.
    pub(super) fn whole(&self) -> Self {
        match self {
            Self::UnixSeconds(_) => Self::UnixSeconds(Digits::Whole),
            Self::UnixMillis(_) => Self::UnixMillis(Digits::Whole),
            Self::Rfc3339 | Self::Rfc2822 | Self::Date | Self::Strftime(_) => self.clone(),
        }
    }

    /// Whether it is a JSON number; else it is text.
    pub(super) fn is_number(&self) -> bool {
        match self {
            Self::UnixSeconds(_) | Self::UnixMillis(_) => true,
            Self::Rfc3339 | Self::Rfc2822 | Self::Date | Self::Strftime(_) => false,
        }
    }
}

impl Form for Instant {
    type Value = Moment;

    fn read(&self, value: &str) -> Option<Moment> {
        match self {
            Self::UnixSeconds(_) => Moment::counted(&Decimal::parse(value)?),
            Self::UnixMillis(_) => Moment::counted(&Decimal::parse(value)?.shifted(-3)?),
            Self::Rfc3339 => rfc3339(&short(value)?),
            Self::Rfc2822 => maybe_leap(&short(value)?, rfc2822),
            Self::Date => Moment::at((date(&short(value)?)?.at(0, 0, 0, 0), ""), None),
            Self::Strftime(format) => maybe_leap(&short(value)?, |text| format.read(text)),
        }
    }

    fn write(&self, moment: &Moment) -> Option<String> {
        let text = match self {
            Self::UnixSeconds(digits) => return moment.count(*digits, 0),
            Self::UnixMillis(digits) => return moment.count(*digits, 3),
            Self::Rfc3339 => {
                let (civil, offset) = moment.with_offset()?;
                return Some(stamp(civil, &moment.fraction, offset));
            }
            Self::Rfc2822 => {
                let (civil, offset) = moment.with_offset()?;
                zoned("%a, %-d %b %Y %H:%M:%S %z", civil, offset)?
            }
            Self::Date => {
                let offset = moment.offset.unwrap_or(0);
                zoned("%Y-%m-%d", moment.civil(offset)?, offset)?
            }
            Self::Strftime(format) => format.write(moment)?,
        };
        Some(Value::string(&text).to_string())
    }
}

impl fmt::Display for Instant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rfc3339 => f.write_str("rfc3339"),
            Self::Rfc2822 => f.write_str("rfc2822"),
            Self::UnixSeconds(digits) => write!(f, "unix-seconds{digits}"),
            Self::UnixMillis(digits) => write!(f, "unix-millis{digits}"),
            Self::Date => f.write_str("date"),
            Self::Strftime(format) => write!(f, "{{strftime: {:?}}}", format.text),
        }
    }
}

impl Moment {
    /// What a clock at this offset shows, and digits of a fraction. The years 0000 to 9999 are all
    /// that there are, there and at UTC.
    fn at((civil, fraction): (DateTime, &str), offset: Option<i32>) -> Option<Self> {
        let second = civil.duration_since(EPOCH).as_secs();
        let second = second.checked_sub(i64::from(offset.unwrap_or(0)))?;
        let fraction = fraction.trim_end_matches('0').to_owned();
        let moment = Self { second, fraction, offset, leap: false };
        let known =
            civil.year() >= 0 && moment.civil(0).is_some() && moment.fraction.len() <= MAX_DIGITS;
        known.then_some(moment)
    }

    /// So many seconds since 1970 began.
    fn counted(seconds: &Decimal) -> Option<Self> {
        let text = seconds.text(0);
        let (digits, negative) = match text.strip_prefix('-') {
            Some(digits) => (digits, true),
            None => (text.as_str(), false),
        };
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        let whole: i64 = whole.parse().ok()?;
        let (second, fraction) = match (negative, fraction) {
            (false, fraction) => (whole, fraction.to_owned()),
            (true, "") => (-whole, String::new()),
            (true, fraction) => (-whole - 1, complement(fraction)),
        };
        let moment = Self { second, fraction, offset: None, leap: false };
        moment.civil(0).map(|_| moment)
    }

    /// Units of 10^-`places` seconds since 1970 began.
    fn count(&self, digits: Digits, places: u32) -> Option<String> {
        self.civil(0)?;
        let fraction = match digits {
            Digits::All => self.fraction.clone(),
            // Of a second that has not ended the whole units are those that have gone.
            Digits::Whole => {
                let kept = usize::try_from(places).ok()?;
                self.fraction.chars().take(kept).collect()
            }
        };
        let nothing = fraction.bytes().all(|digit| digit == b'0');
        let text = match (self.second < 0, nothing) {
            (_, true) => self.second.to_string(),
            (false, false) => format!("{}.{fraction}", self.second),
            (true, false) => {
                let fraction = complement(fraction.trim_end_matches('0'));
                format!("-{}.{fraction}", (self.second + 1).unsigned_abs())
            }
        };
        Some(Decimal::parse(&text)?.shifted(i64::from(places))?.text(0))
    }

    /// What a clock shows that is so many seconds ahead of UTC.
    fn civil(&self, offset: i32) -> Option<DateTime> {
        let second = self.second.checked_add(i64::from(offset))?;
        let civil = EPOCH.checked_add(SignedDuration::from_secs(second)).ok()?;
        (civil.year() >= 0).then_some(civil)
    }

    /// What a clock shows at its offset, if that is one that can be written as hours and minutes;
    /// else at UTC.
    fn with_offset(&self) -> Option<(DateTime, i32)> {
        let written = |offset: &i32| offset % 60 == 0 && offset.unsigned_abs() < 86_400;
        let offset = self.offset.filter(written).unwrap_or(0);
        Some((self.civil(offset)?, offset))
    }
}

impl Format {
    /// A format that says which day it is, in texts that can be read; or why it is not.
    pub fn new(text: &str) -> Result<Self, String> {
        if text.len() > LONGEST_FORMAT {
            return Err(format!("it has more than {LONGEST_FORMAT} bytes"));
        }
        let mut format = Self { text: text.into(), says: Says::Offset };
        for civil in [(1999, 12, 31, 23, 59, 58), (2001, 2, 3, 4, 5, 6), (2024, 11, 29, 13, 30, 0)]
        {
            let (year, month, day, hour, minute, second) = civil;
            let civil = DateTime::constant(year, month, day, hour, minute, second, 0);
            let moment = Moment::at((civil, ""), Some(3_600)).ok_or("not a time")?;
            let written = zoned_or_why(text, civil, 3_600)?;
            let parsed = strtime::parse(text, &written).map_err(|why| why.to_string())?;
            parsed.to_datetime().map(|_| ()).or_else(|why| match parsed.timestamp() {
                Some(_) => Ok(()),
                None => Err(why.to_string()),
            })?;
            let again = format.read(&written).and_then(|again| format.write(&again));
            if again.as_ref() != Some(&written) || format.write(&moment).is_none() {
                return Err(format!("what it writes, {written:?}, it reads as another time"));
            }
        }
        let sample = |hour: i8, offset: i32| {
            let civil = DateTime::constant(2001, 2, 3, hour, 4 + hour, 6 + hour, 0);
            zoned_or_why(text, civil, offset)
        };
        format.says = if sample(5, 0)? != sample(5, 3_600)? {
            Says::Offset
        } else if sample(5, 0)? != sample(14, 0)? {
            Says::Time
        } else {
            Says::Day
        };
        Ok(format)
    }

    fn read(&self, text: &str) -> Option<Moment> {
        let parsed = strtime::parse(&*self.text, text).ok()?;
        if parsed.iana_time_zone().is_some() {
            return None;
        }
        let offset = parsed.offset().map(Offset::seconds);
        if let Some(timestamp) = parsed.timestamp() {
            let nanos = parsed.subsec_nanosecond().unwrap_or(0);
            let moment = Moment {
                second: timestamp.as_second(),
                fraction: digits_of(nanos),
                offset,
                leap: false,
            };
            return moment.civil(offset.unwrap_or(0)).map(|_| moment);
        }
        let civil = parsed.to_datetime().ok()?;
        let nanos = digits_of(civil.subsec_nanosecond());
        Moment::at((civil.with().subsec_nanosecond(0).build().ok()?, &nanos), offset)
    }

    fn write(&self, moment: &Moment) -> Option<String> {
        let offset = match self.says {
            Says::Offset | Says::Day => moment.offset.unwrap_or(0),
            Says::Time => 0,
        };
        let nanos: String = moment.fraction.chars().chain("000000000".chars()).take(9).collect();
        let civil = moment.civil(offset)?;
        let civil = civil.with().subsec_nanosecond(nanos.parse().ok()?).build().ok()?;
        zoned(&self.text, civil, offset)
    }
}

/// A text of RFC 3339 between quotes. Nearly every instant is one, so it does not take the way of formats.
fn stamp(civil: DateTime, fraction: &str, offset: i32) -> String {
    let (year, month, day) = (civil.year(), civil.month(), civil.day());
    let (hour, minute, second) = (civil.hour(), civil.minute(), civil.second());
    let point = if fraction.is_empty() { "" } else { "." };
    let local = format_args!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}");
    if offset == 0 {
        return format!("\"{local}{point}{fraction}Z\"");
    }
    let (sign, minutes) = (if offset < 0 { '-' } else { '+' }, offset.unsigned_abs() / 60);
    let (hours, rest) = (minutes / 60, minutes % 60);
    format!("\"{local}{point}{fraction}{sign}{hours:02}:{rest:02}\"")
}

fn zoned(format: &str, civil: DateTime, offset: i32) -> Option<String> {
    zoned_or_why(format, civil, offset).ok()
}

fn zoned_or_why(format: &str, civil: DateTime, offset: i32) -> Result<String, String> {
    let why = |error: jiff::Error| error.to_string();
    let offset = Offset::from_seconds(offset).map_err(why)?;
    let mut parts = BrokenDownTime::from(civil);
    parts.set_offset(Some(offset));
    // Not every time of a calendar that ends with the year 9999 is one; a fraction is behind the second.
    let whole = civil.with().subsec_nanosecond(0).build().map_err(why)?;
    let timestamp = TimeZone::fixed(offset).to_timestamp(whole).ok();
    parts.set_timestamp(timestamp);
    parts.to_string(format).map_err(why)
}

/// The digits of a fraction, without zeros at the end.
fn digits_of(nanos: i32) -> String {
    format!("{nanos:09}").trim_end_matches('0').to_owned()
}

/// The digits of 1 less this fraction, which does not end with a zero.
fn complement(fraction: &str) -> String {
    let last = fraction.len().saturating_sub(1);
    let digit = |(at, digit): (usize, u8)| {
        let all = if at == last { b'9' + 1 } else { b'9' };
        char::from(b'0' + all.saturating_sub(digit))
    };
    fraction.bytes().enumerate().map(digit).collect()
}

/// A text that is not too long to be a time.
fn short(value: &str) -> Option<String> {
    if value.len() <= LONGEST { plain(value) } else { None }
}

/// Nothing but digits.
fn digits(text: Option<&str>) -> Option<i16> {
    let text = text.filter(|text| text.bytes().all(|b| b.is_ascii_digit()))?;
    text.parse().ok()
}

/// Exactly three parts.
fn three(text: &str, between: char) -> Option<[&str; 3]> {
    let mut parts = text.split(between);
    let three = [parts.next()?, parts.next()?, parts.next()?];
    parts.next().is_none().then_some(three)
}

/// `full-date`
fn date(text: &str) -> Option<Date> {
    let [year, month, day] = three(text, '-')?;
    if (year.len(), month.len(), day.len()) != (4, 2, 2) {
        return None;
    }
    let small = |text: &str| i8::try_from(digits(Some(text))?).ok();
    Date::new(digits(Some(year))?, small(month)?, small(day)?).ok()
}

/// `date-time`
fn rfc3339(text: &str) -> Option<Moment> {
    let day = date(text.get(..10)?)?;
    let rest = text.get(10..)?.strip_prefix(['T', 't'])?;
    let [hour, minute, second] = clock(rest.get(..8)?)?;
    let rest = rest.get(8..)?;
    let (fraction, zone) = match rest.strip_prefix('.') {
        Some(rest) => {
            let end = rest.find(|c: char| !c.is_ascii_digit())?;
            if end == 0 { None } else { rest.split_at_checked(end) }?
        }
        None => ("", rest),
    };
    let offset = if matches!(zone, "Z" | "z") {
        0
    } else {
        let east = zone.starts_with('+');
        let zone = zone.strip_prefix(['+', '-'])?;
        let [hours, minutes, _] = clock(&format!("{zone}:00")).filter(|_| zone.len() == 5)?;
        if hours > 23 || minutes > 59 {
            return None;
        }
        let seconds = (i32::from(hours) * 60 + i32::from(minutes)) * 60;
        if east { seconds } else { -seconds }
    };
    let leap = second == 60;
    let second = if leap { 59 } else { second };
    let civil = DateTime::new(day.year(), day.month(), day.day(), hour, minute, second, 0);
    let moment = Moment::at((civil.ok()?, fraction), Some(offset))?;
    if leap { moment.leapt() } else { Some(moment) }
}

/// `hh:mm:ss`
fn clock(text: &str) -> Option<[i8; 3]> {
    let two = |text: &str| i8::try_from(digits(Some(text).filter(|t| t.len() == 2))?).ok();
    let [hour, minute, second] = three(text, ':')?;
    Some([two(hour)?, two(minute)?, two(second)?])
}

fn rfc2822(text: &str) -> Option<Moment> {
    let zoned = DateTimeParser::new().parse_zoned_datetime(text).ok()?;
    Moment::at((zoned.datetime(), ""), Some(zoned.offset().seconds()))
}

impl Moment {
    /// The second after this one, which there is only where a day of UTC ends.
    fn leapt(self) -> Option<Self> {
        ((self.second + 1).rem_euclid(DAY) == 0).then_some(Self { leap: true, ..self })
    }
}

/// Readers of texts take a leap second for the second before it, and do not say so: it is one if
/// the time is a second earlier as soon as its `60` is `58`.
fn maybe_leap(text: &str, read: impl Fn(&str) -> Option<Moment>) -> Option<Moment> {
    let moment = read(text)?;
    let before = moment.second - 1;
    let leap = text.match_indices("60").take(SIXTIES).any(|(at, sixty)| {
        let (start, end) = (text.get(..at), text.get(at + sixty.len()..));
        let earlier = start.zip(end).and_then(|(start, end)| read(&format!("{start}58{end}")));
        earlier.is_some_and(|earlier| earlier.second == before)
    });
    if leap { moment.leapt() } else { Some(moment) }
}
