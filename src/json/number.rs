//! Decimal text of JSON numbers: never a float. Equality works for any length; arithmetic is
//! bounded to [`MAX_DIGITS`].

/// Digits that a number may have, written out in full, to be calculated with.
pub const MAX_DIGITS: usize = 1_000;

/// A decimal number: `digits * 10^exponent`, digits without zeros at either end; none is zero.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decimal {
    negative: bool,
    digits: Vec<u8>,
    exponent: i64,
}

/// Whether two JSON numbers have the same decimal value: `1`, `1.0`, `10e-1`.
pub fn same(a: &str, b: &str) -> bool {
    a == b || matches!((parts(a), parts(b)), (Some(a), Some(b)) if a == b)
}

/// Whether a JSON number has no fraction: `1`, `1.0`, `1e2`.
pub fn is_whole(text: &str) -> bool {
    parts(text).is_some_and(|(_, _, exponent)| exponent >= 0)
}

/// Text that is equal where [`same`] holds.
pub(super) fn canonical(text: &str) -> Vec<u8> {
    let Some((negative, digits, exponent)) = parts(text) else {
        return text.as_bytes().to_vec();
    };
    let mut canonical = vec![if negative { b'-' } else { b'+' }];
    canonical.extend(digits);
    canonical.extend(exponent.to_be_bytes());
    canonical
}

/// Sign, significant digits and exponent of a JSON number; no bound on length.
fn parts(text: &str) -> Option<(bool, Vec<u8>, i128)> {
    let (negative, rest) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let end = rest.find(['e', 'E']).unwrap_or(rest.len());
    let (mantissa, exponent) = rest.split_at(end);
    let exponent = exponent.trim_start_matches(['e', 'E']);
    let exponent = exponent.strip_prefix('+').unwrap_or(exponent);
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let all: Vec<u8> = whole.bytes().chain(fraction.bytes()).collect();
    if all.is_empty() || !all.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let zeros = all.iter().rev().take_while(|d| **d == b'0').count();
    let digits: Vec<u8> =
        all.iter().take(all.len() - zeros).skip_while(|d| **d == b'0').map(|d| d - b'0').collect();
    if digits.is_empty() {
        return Some((false, digits, 0));
    }
    let exponent: i128 = if exponent.is_empty() { 0 } else { exponent.parse().ok()? };
    let shift = i128::try_from(zeros).ok()? - i128::try_from(fraction.len()).ok()?;
    Some((negative, digits, exponent.checked_add(shift)?))
}

impl Decimal {
    /// A JSON number; `None` if it would need more than [`MAX_DIGITS`] digits.
    pub fn parse(text: &str) -> Option<Self> {
        let (negative, digits, exponent) = parts(text)?;
        Self { negative, digits, exponent: i64::try_from(exponent).ok()? }.bounded()
    }

    fn bounded(self) -> Option<Self> {
        let limit = i64::try_from(MAX_DIGITS).ok()?;
        let length = i64::try_from(self.digits.len()).ok()?;
        let fits = length <= limit
            && self.exponent >= -limit
            && self.exponent.checked_add(length)? <= limit;
        fits.then_some(self)
    }

    /// Whether it is a whole number.
    pub fn is_integer(&self) -> bool {
        self.exponent >= 0
    }

    /// The number times a power of ten.
    pub fn shifted(mut self, by: i64) -> Option<Self> {
        if !self.digits.is_empty() {
            self.exponent = self.exponent.checked_add(by)?;
        }
        self.bounded()
    }

    /// The nearest number with at most `places` digits behind the point, half to even; and
    /// whether that is another number.
    #[must_use]
    pub fn rounded(self, places: u32) -> (Self, bool) {
        let least = -i64::from(places);
        if self.exponent >= least {
            return (self, false);
        }
        let drop = usize::try_from(least - self.exponent).unwrap_or(usize::MAX);
        let kept = self.digits.len().saturating_sub(drop);
        let mut digits: Vec<u8> = self.digits.iter().take(kept).copied().collect();
        let first = if drop > self.digits.len() { 0 } else { digit(&self.digits, kept) };
        let more = self.digits.iter().skip(kept + 1).any(|d| *d != 0) || drop > self.digits.len();
        let odd = digits.last().is_some_and(|d| d % 2 == 1);
        if first > 5 || (first == 5 && (more || odd)) {
            increment(&mut digits);
        }
        (Self::normal(self.negative, digits, least), true)
    }

    fn normal(negative: bool, mut digits: Vec<u8>, mut exponent: i64) -> Self {
        let leading = digits.iter().take_while(|d| **d == 0).count();
        digits.drain(..leading);
        while digits.last() == Some(&0) {
            digits.pop();
            exponent += 1;
        }
        if digits.is_empty() {
            return Self { negative: false, digits, exponent: 0 };
        }
        Self { negative, digits, exponent }
    }

    /// The product.
    pub fn times(&self, other: &Self) -> Option<Self> {
        let mut product = vec![0_u32; self.digits.len() + other.digits.len()];
        for (i, a) in self.digits.iter().rev().enumerate() {
            for (j, b) in other.digits.iter().rev().enumerate() {
                if let Some(cell) = product.get_mut(i + j) {
                    *cell += u32::from(*a) * u32::from(*b);
                }
            }
        }
        let mut carry = 0;
        for cell in &mut product {
            let sum = *cell + carry;
            *cell = sum % 10;
            carry = sum / 10;
        }
        let digits = product.iter().rev().filter_map(|d| u8::try_from(*d).ok()).collect();
        let exponent = self.exponent.checked_add(other.exponent)?;
        Self::normal(self.negative != other.negative, digits, exponent).bounded()
    }

    /// The quotient, and whether it had to be cut: exact where it has at most `places` digits
    /// more than the dividend. `None` for a division by zero.
    pub fn over(&self, other: &Self, places: u32) -> Option<(Self, bool)> {
        if other.digits.is_empty() {
            return None;
        }
        let extra = usize::try_from(places).ok()?;
        let mut rest: Vec<u8> = Vec::new();
        let mut quotient = Vec::new();
        let padded = self.digits.iter().copied().chain(std::iter::repeat_n(0, extra));
        for next in padded {
            if !(rest.is_empty() && next == 0) {
                rest.push(next);
            }
            let mut times = 0;
            while less_or_equal(&other.digits, &rest) {
                subtract(&mut rest, &other.digits);
                times += 1;
            }
            quotient.push(times);
        }
        let exponent = self.exponent.checked_sub(other.exponent)?.checked_sub(i64::from(places))?;
        let cut = !rest.is_empty();
        let quotient = Self::normal(self.negative != other.negative, quotient, exponent);
        Some((quotient.bounded()?, cut))
    }

    /// Plain decimal text with at least `places` digits behind the point.
    pub fn text(&self, places: u32) -> String {
        let least = usize::try_from(places).unwrap_or(usize::MAX).min(MAX_DIGITS);
        let behind = usize::try_from(-self.exponent.min(0)).unwrap_or(MAX_DIGITS);
        let zeros = usize::try_from(self.exponent.max(0)).unwrap_or(MAX_DIGITS);
        let mut digits: String = self.digits.iter().map(|d| char::from(b'0' + d)).collect();
        digits.extend(std::iter::repeat_n('0', zeros));
        if digits.len() <= behind {
            digits.insert_str(0, &"0".repeat(behind + 1 - digits.len()));
        }
        if digits.is_empty() {
            digits.push('0');
        }
        let fraction = digits.split_off(digits.len() - behind);
        let padding = "0".repeat(least.saturating_sub(behind));
        let sign = if self.negative { "-" } else { "" };
        if fraction.is_empty() && padding.is_empty() {
            format!("{sign}{digits}")
        } else {
            format!("{sign}{digits}.{fraction}{padding}")
        }
    }
}

fn digit(digits: &[u8], at: usize) -> u8 {
    digits.get(at).copied().unwrap_or(0)
}

fn increment(digits: &mut Vec<u8>) {
    for digit in digits.iter_mut().rev() {
        if *digit < 9 {
            *digit += 1;
            return;
        }
        *digit = 0;
    }
    digits.insert(0, 1);
}

/// Whether `a <= b`; neither has leading zeros.
fn less_or_equal(a: &[u8], b: &[u8]) -> bool {
    (a.len(), a) <= (b.len(), b)
}

/// `a -= b` for `a >= b`; leading zeros are taken off.
fn subtract(a: &mut Vec<u8>, b: &[u8]) {
    let mut borrow = 0;
    for (at, digit) in a.iter_mut().rev().enumerate() {
        let take = borrow + b.len().checked_sub(at + 1).map_or(0, |i| self::digit(b, i));
        borrow = u8::from(*digit < take);
        *digit = *digit + 10 * borrow - take;
    }
    let leading = a.iter().take_while(|d| **d == 0).count();
    a.drain(..leading);
}

#[cfg(test)]
mod tests {
    use super::{Decimal, same};

    fn decimal(text: &str) -> Decimal {
        Decimal::parse(text).unwrap()
    }

    #[test]
    fn equality_is_by_value() {
        for (a, b) in
            [("1", "1.0"), ("10e-1", "1"), ("-0.0", "0"), ("1e400", "10E399"), ("0e9", "0")]
        {
            assert!(same(a, b), "{a} {b}");
        }
        for (a, b) in [
            ("1", "2"),
            ("1", "-1"),
            ("1e400", "1e401"),
            ("18446744073709551617", "18446744073709551616"),
        ] {
            assert!(!same(a, b), "{a} {b}");
        }
        assert!(same(&"9".repeat(10_000), &format!("{}.0", "9".repeat(10_000))));
    }

    #[test]
    fn text_is_plain() {
        for (from, to) in
            [("1e2", "100"), ("-0", "0"), ("1.10", "1.1"), ("5e-3", "0.005"), ("-12.5", "-12.5")]
        {
            assert_eq!(decimal(from).text(0), to);
        }
        assert_eq!(decimal("46").text(2), "46.00");
        assert_eq!(decimal("0.5").text(2), "0.50");
        assert!(Decimal::parse("1e5000").is_none());
        assert!(Decimal::parse(&"9".repeat(1_001)).is_none());
    }

    #[test]
    fn rounding_is_half_to_even() {
        for (from, to) in [
            ("0.125", "0.12"),
            ("0.135", "0.14"),
            ("0.1251", "0.13"),
            ("9.999", "10"),
            ("0.004", "0"),
            ("0.005", "0"),
            ("0.0051", "0.01"),
            ("0.0005", "0"),
        ] {
            assert_eq!(decimal(from).rounded(2).0.text(0), to, "{from}");
        }
    }

    #[test]
    fn products_and_quotients_are_exact() {
        let mebi = decimal("1048576");
        assert_eq!(decimal("3").times(&mebi).unwrap().text(0), "3145728");
        let (three, cut) = decimal("3145728").over(&mebi, 40).unwrap();
        assert_eq!((three.text(0).as_str(), cut), ("3", false));
        let (half, cut) = decimal("524288").over(&mebi, 40).unwrap();
        assert_eq!((half.text(0).as_str(), cut), ("0.5", false));
        assert!(decimal("1").over(&decimal("3"), 40).unwrap().1);
        assert!(decimal("1").over(&decimal("0"), 40).is_none());
    }
}
