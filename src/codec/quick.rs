//! Conversions that whole tables of values go through, without decimal numbers, a calendar or
//! memory: plain text of few digits, and instants of UTC. Whatever else there is, is for [`convert`].
//!
//! [`convert`]: super::convert

use super::{Instant, Repr};

/// Digits of a number that surely fit 64 bits.
const DIGITS: usize = 18;

/// A number as it is written: `units` of 10^-`places`.
#[derive(Clone, Copy)]
struct Plain {
    negative: bool,
    units: u64,
    places: usize,
}

/// An instant of UTC: whole seconds since 1970 began, and milliseconds of the next.
#[derive(Clone, Copy)]
struct Stamp {
    second: i64,
    milli: u16,
}

/// Writes the JSON text of a value in another representation behind what is there. `false`: that is
/// for [`convert`](super::convert), and nothing was written; else it is the same text, and not
/// narrowed.
pub fn quick(from: &Repr, to: &Repr, value: &[u8], out: &mut Vec<u8>) -> bool {
    match (from, to) {
        (Repr::Instant(from), Repr::Instant(to)) => {
            read_instant(from, value).and_then(|stamp| write_instant(to, stamp, out))
        }
        _ => {
            read_number(from, value).and_then(|(plain, least)| write_number(to, plain, least, out))
        }
    }
    .is_some()
}

/// A number, and how many places of it are always written.
fn read_number(from: &Repr, value: &[u8]) -> Option<(Plain, usize)> {
    match from {
        Repr::Integer => Some((Plain::read(value).filter(|plain| plain.places == 0)?, 0)),
        Repr::Number => Some((Plain::read(value)?, 0)),
        Repr::String => Some((Plain::read(inner(value)?)?, 0)),
        Repr::Scaled(digits) => {
            let least = usize::try_from(*digits).ok().filter(|digits| *digits <= DIGITS)?;
            let plain = Plain::read(value).filter(|plain| plain.places == 0)?;
            Some((Plain { places: least, ..plain }, least))
        }
        _ => None,
    }
}

fn write_number(to: &Repr, plain: Plain, least: usize, out: &mut Vec<u8>) -> Option<()> {
    match to {
        Repr::Integer => plain.without_zeros(0).filter(|plain| plain.places == 0)?.write(out),
        Repr::Number => plain.without_zeros(least)?.write(out),
        Repr::String => {
            let plain = plain.without_zeros(least)?;
            out.push(b'"');
            plain.write(out);
            out.push(b'"');
        }
        Repr::Scaled(digits) => {
            let plain = plain.without_zeros(0)?;
            let more = usize::try_from(*digits).ok()?.checked_sub(plain.places)?;
            let units = (0..more).try_fold(plain.units, |units, _| units.checked_mul(10))?;
            Plain { units, places: 0, ..plain }.write(out);
        }
        _ => return None,
    }
    Some(())
}

/// What stands between quotes, which has no quotes.
fn inner(value: &[u8]) -> Option<&[u8]> {
    value.strip_prefix(b"\"")?.strip_suffix(b"\"")
}

impl Plain {
    /// `-?digits(.digits)?`
    fn read(text: &[u8]) -> Option<Self> {
        let (digits, negative) = match text.strip_prefix(b"-") {
            Some(digits) => (digits, true),
            None => (text, false),
        };
        if digits.len() > DIGITS {
            return None;
        }
        let (mut units, mut point) = (0, None);
        for (byte, left) in digits.iter().zip((0..digits.len()).rev()) {
            let digit = byte.wrapping_sub(b'0');
            if digit < 10 {
                units = units * 10 + u64::from(digit);
            } else if *byte == b'.' && point.is_none() {
                point = Some(left);
            } else {
                return None;
            }
        }
        // There are digits on both sides of a point.
        let places = match point {
            None if digits.is_empty() => return None,
            None => 0,
            Some(left) if left == 0 || left + 1 == digits.len() => return None,
            Some(left) => left,
        };
        Some(Self { negative: negative && units != 0, units, places })
    }

    /// The same number with `least` places behind the point, and more only where it needs them.
    fn without_zeros(mut self, least: usize) -> Option<Self> {
        while self.places > least && self.units.is_multiple_of(10) {
            self.units /= 10;
            self.places -= 1;
        }
        Some(self).filter(|plain| plain.places >= least)
    }

    fn write(self, out: &mut Vec<u8>) {
        if self.negative {
            out.push(b'-');
        }
        let mut buffer = itoa::Buffer::new();
        let digits = buffer.format(self.units).as_bytes();
        if self.places == 0 {
            return out.extend_from_slice(digits);
        }
        // At least one digit stands before the point.
        let whole = digits.len().saturating_sub(self.places);
        let zeros = self.places.saturating_sub(digits.len());
        let (before, behind) = digits.split_at_checked(whole).unwrap_or((b"", digits));
        out.extend_from_slice(if whole == 0 { b"0" } else { before });
        out.push(b'.');
        out.resize(out.len() + zeros, b'0');
        out.extend_from_slice(behind);
    }
}

/// The text of a number below a hundred.
#[inline]
fn two(number: u64) -> [u8; 2] {
    [digit(number / 10), digit(number % 10)]
}

/// The text of a number below ten.
#[inline]
fn digit(number: u64) -> u8 {
    b'0' | u8::try_from(number & 0x0F).unwrap_or_default()
}

fn read_instant(from: &Instant, value: &[u8]) -> Option<Stamp> {
    let counted = || {
        let plain = Plain::read(value).filter(|plain| plain.places == 0)?;
        let units = i64::try_from(plain.units).ok()?;
        Some(if plain.negative { -units } else { units })
    };
    match from {
        Instant::UnixSeconds(_) => Some(Stamp { second: counted()?, milli: 0 }),
        Instant::UnixMillis(_) => {
            let millis = counted()?;
            let milli = u16::try_from(millis.rem_euclid(1_000)).ok()?;
            Some(Stamp { second: millis.div_euclid(1_000), milli })
        }
        Instant::Rfc3339 => Stamp::read(inner(value)?),
        Instant::Rfc2822 | Instant::Date | Instant::Strftime(_) => None,
    }
}

fn write_instant(to: &Instant, stamp: Stamp, out: &mut Vec<u8>) -> Option<()> {
    if !(YEAR_0..YEAR_10000).contains(&stamp.second) {
        return None;
    }
    let count = match to {
        Instant::UnixSeconds(_) if stamp.milli == 0 => stamp.second,
        Instant::UnixMillis(_) => stamp.second * 1_000 + i64::from(stamp.milli),
        Instant::Rfc3339 => {
            stamp.write(out);
            return Some(());
        }
        _ => return None,
    };
    Plain { negative: count < 0, units: count.unsigned_abs(), places: 0 }.write(out);
    Some(())
}

const DAY: i64 = 86_400;
/// When the year 0000 begins, and when 9999 has ended.
const YEAR_0: i64 = -719_528 * DAY;
const YEAR_10000: i64 = 2_932_897 * DAY;
/// Days of 400 years.
const CYCLE: i64 = 146_097;

impl Stamp {
    /// `1970-01-01T00:00:00Z`, with milliseconds at most.
    fn read(text: &[u8]) -> Option<Self> {
        let rest = text.get(19..)?;
        let date = Pairs::read(*text.first_chunk()?, *b"0000-00-")?;
        let clock = Pairs::read(*text.get(8..)?.first_chunk()?, *b"00T00:00")?;
        let end = Pairs::read(*text.get(11..)?.first_chunk()?, *b"00:00:00")?;
        let (year, month, day) = (date.at(0) * 100 + date.at(2), date.at(5), clock.at(0));
        let (hour, minute, second) = (clock.at(3), clock.at(6), end.at(6));
        let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
        let days = match month {
            1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
            4 | 6 | 9 | 11 => 30,
            2 => 28 + u64::from(leap),
            _ => return None,
        };
        if !(1..=days).contains(&day) || hour > 23 || minute > 59 || second > 59 {
            return None;
        }
        let milli = match rest {
            b"Z" => 0,
            [b'.', digits @ .., b'Z'] if (1..=3).contains(&digits.len()) => {
                let scale = [100, 10, 1].get(digits.len() - 1)?;
                let plain = Plain::read(digits).filter(|plain| plain.places == 0)?;
                u16::try_from(plain.units * scale).ok().filter(|_| !digits.starts_with(b"-"))?
            }
            _ => return None,
        };
        // Years begin in March, so that a leap day ends one; none is before 0 if all are 400 more.
        let year = year + 400;
        let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
        let century = year / 100;
        let days = 365 * year + year / 4 - century + century / 4 + (153 * month + 2) / 5 + day - 1;
        let second = ((days * 24 + hour) * 60 + minute) * 60 + second;
        Some(Self { second: i64::try_from(second).ok()? - (719_468 + CYCLE) * DAY, milli })
    }

    fn write(self, out: &mut Vec<u8>) {
        let days = self.second.div_euclid(DAY) + 719_468;
        let (cycle, day) = (days.div_euclid(CYCLE), days.rem_euclid(CYCLE));
        let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
        let day = day - (365 * year + year / 4 - year / 100);
        let month = (5 * day + 2) / 153;
        let day = day - (153 * month + 2) / 5 + 1;
        let year = cycle * 400 + year;
        let (year, month) = if month < 10 { (year, month + 3) } else { (year + 1, month - 9) };
        let clock = self.second.rem_euclid(DAY).unsigned_abs();
        let (year, month, day) = (year.unsigned_abs(), month.unsigned_abs(), day.unsigned_abs());
        let ([y1, y2], [y3, y4], [m1, m2]) = (two(year / 100), two(year % 100), two(month));
        let ([d1, d2], [h1, h2]) = (two(day), two(clock / 3_600));
        let ([n1, n2], [s1, s2]) = (two(clock / 60 % 60), two(clock % 60));
        let text = [
            b'"', y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2, b'T', h1, h2, b':', n1, n2, b':', s1,
            s2,
        ];
        out.extend_from_slice(&text);
        if self.milli > 0 {
            let milli = u64::from(self.milli);
            let digits = [b'.', digit(milli / 100), digit(milli / 10 % 10), digit(milli % 10)];
            let zeros = digits.iter().rev().take_while(|digit| **digit == b'0').count();
            out.extend_from_slice(digits.get(..digits.len() - zeros).unwrap_or_default());
        }
        out.extend_from_slice(b"Z\"");
    }
}

/// Eight bytes of digits and what stands between them: at each byte the number of two digits that
/// begins there.
struct Pairs([u8; 8]);

impl Pairs {
    /// Of a text that is like this one, but for its zeros, which are digits.
    #[inline]
    fn read(text: [u8; 8], like: [u8; 8]) -> Option<Self> {
        const ONES: u64 = u64::MAX / 255;
        let digits = u64::from_le_bytes(like.map(|byte| u8::from(byte == b'0')));
        let values = u64::from_le_bytes(text) ^ u64::from_le_bytes(like);
        // The highest bit of a byte is set where it is no digit, or not what stands there; a carry
        // comes from such a byte alone.
        let over = values.wrapping_add(digits * (0x80 - 10) + (ONES ^ digits) * 0x7F);
        if (values | over) & (ONES << 7) != 0 {
            return None;
        }
        Some(Self((values * 10 + (values >> 8)).to_le_bytes()))
    }

    #[inline]
    fn at(&self, byte: usize) -> u64 {
        self.0.get(byte).copied().unwrap_or_default().into()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::{Converted, Instant, Repr, convert};
    use super::quick;
    use crate::codec::Digits;

    fn reprs() -> Vec<Repr> {
        let mut all = vec![Repr::Integer, Repr::Number, Repr::String, Repr::Bool, Repr::Text];
        all.extend([0, 1, 2, 3, 9, 18, 19, 40].map(Repr::Scaled));
        for digits in [Digits::All, Digits::Whole] {
            all.push(Repr::Instant(Instant::UnixSeconds(digits)));
            all.push(Repr::Instant(Instant::UnixMillis(digits)));
        }
        all.extend([Instant::Rfc3339, Instant::Rfc2822, Instant::Date].map(Repr::Instant));
        all
    }

    /// Compares all pairs; gives how many were answered.
    fn agree(value: &str) -> usize {
        let mut answered = 0;
        for from in &reprs() {
            for to in &reprs() {
                let mut out = b"before".to_vec();
                if !quick(from, to, value.as_bytes(), &mut out) {
                    assert_eq!(out, b"before", "{from:?} {to:?} {value}");
                    continue;
                }
                let text = String::from_utf8(out.split_off(6)).unwrap();
                let done = Converted::Done { text, narrowed: false };
                assert_eq!(done, convert(from, to, value), "{from:?} {to:?} {value}");
                answered += 1;
            }
        }
        answered
    }

    #[test]
    fn what_is_plain_is_quick() {
        for value in [
            "0",
            "-0",
            "7",
            "-12",
            "1717243200",
            "1717243200123",
            "-1",
            "-62167219200",
            "253402300799",
            "253402300800",
            "-62167219201",
            "999999999999999999",
            "-999999999999999999",
            "\"46.30\"",
            "\"-0.05\"",
            "\"007\"",
            "46.30",
            "0.001",
            "-0.0",
            "\"2024-02-29T12:00:00Z\"",
            "\"0000-01-01T00:00:00Z\"",
            "\"9999-12-31T23:59:59.999Z\"",
            "\"1969-12-31T23:59:59.120Z\"",
            "\"2000-03-01T00:00:00.5Z\"",
        ] {
            assert!(agree(value) > 0, "{value}");
        }
    }

    #[test]
    fn what_is_not_is_left() {
        for value in [
            "",
            "-",
            "\"\"",
            "\"-\"",
            "\".5\"",
            "\"5.\"",
            "\"1.2.3\"",
            "1e3",
            "\"0x1\"",
            "true",
            "null",
            "\"2023-02-29T00:00:00Z\"",
            "\"2024-13-01T00:00:00Z\"",
            "\"2024-00-01T00:00:00Z\"",
            "\"2024-01-00T00:00:00Z\"",
            "\"2024-01-01T24:00:00Z\"",
            "\"2016-12-31T23:59:60Z\"",
            "\"2024-01-01T00:00:00+01:00\"",
            "\"2024-01-01T00:00:00.1234Z\"",
            "\"2024-01-01T00:00:00.Z\"",
            "\"2024-01-01t00:00:00z\"",
            "\"2024-01-01 00:00:00Z\"",
            "\"２024-01-01T00:00:00Z\"",
            "1234567890123456789",
            "\"",
            "[1]",
        ] {
            assert_eq!(agree(value), 0, "{value}");
        }
    }

    proptest! {
        #[test]
        fn it_says_what_the_exact_way_says(
            number in "-?[0-9]{1,19}(\\.[0-9]{1,8})?",
            quoted in "\"-?[0-9]{1,10}(\\.[0-9]{0,8})?\"",
            instant in "\"[0-9]{4}-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-6][0-9]:[0-6][0-9](\\.[0-9]{1,4})?(Z|\\+00:00)\"",
            second in -62_167_219_300_i64..253_402_300_900,
        ) {
            let leading = number.trim_start_matches('-');
            // As JSON writes numbers.
            if !leading.starts_with('0') || leading.len() == 1 || leading.starts_with("0.") {
                agree(&number);
            }
            agree(&quoted);
            agree(&instant);
            agree(&second.to_string());
            agree(&(second * 1_000 + second % 1_000).to_string());
        }
    }
}
