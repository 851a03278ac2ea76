//! Versions whose texts have an order: dates, integers, semantic versions. The order of a history is
//! its own; here it is only compared with that of the texts.

use std::cmp::Ordering;

use semver::Version;

use crate::version::ApiVersion;

/// What the texts of versions are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// `2024-06-01`
    Dates,
    /// `12`
    Integers,
    /// `1.4.0`
    Semver,
}

impl Order {
    /// The order that all of a history's versions follow; else the first two that do not, or the first
    /// that has none.
    pub fn of(versions: &[ApiVersion]) -> Result<Self, (&ApiVersion, Option<&ApiVersion>)> {
        let Some(first) = versions.first() else { return Ok(Self::Integers) };
        let all = [Self::Dates, Self::Integers, Self::Semver];
        let own = all.into_iter().find(|order| order.has(first.as_str())).ok_or((first, None))?;
        for pair in versions.windows(2) {
            let [before, after] = pair else { continue };
            match own.compare(before.as_str(), after.as_str()) {
                None => return Err((after, None)),
                Some(Ordering::Less) => {}
                Some(Ordering::Equal | Ordering::Greater) => return Err((before, Some(after))),
            }
        }
        Ok(own)
    }

    /// The newest of a history's versions that is not newer than a text; `None` where the text is none
    /// of its kind, or is before all of them.
    pub fn newest(self, versions: &[ApiVersion], text: &str) -> Option<usize> {
        versions.iter().rposition(|own| {
            self.compare(own.as_str(), text).is_some_and(|order| order != Ordering::Greater)
        })
    }

    fn has(self, text: &str) -> bool {
        self.compare(text, text).is_some()
    }

    fn compare(self, one: &str, other: &str) -> Option<Ordering> {
        match self {
            Self::Dates => Some(date(one)?.cmp(date(other)?)),
            Self::Integers => {
                let (one, other) = (integer(one)?, integer(other)?);
                Some((one.len(), one).cmp(&(other.len(), other)))
            }
            // Precedence: what is built of a version says nothing of its order.
            Self::Semver => Some(semver(one)?.cmp_precedence(&semver(other)?)),
        }
    }
}

/// Its own text: as long as all have the same form it is in order.
fn date(text: &str) -> Option<&str> {
    let (year, rest) = text.split_once('-')?;
    let (month, day) = rest.split_once('-')?;
    let number = |part: &str, length: usize, most: u16| {
        let digits = part.len() == length && part.bytes().all(|b| b.is_ascii_digit());
        digits && part.parse::<u16>().is_ok_and(|n| (1..=most).contains(&n))
    };
    (number(year, 4, 9999) && number(month, 2, 12) && number(day, 2, 31)).then_some(text)
}

/// Its digits without zeros before them.
fn integer(text: &str) -> Option<&str> {
    let digits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    digits.then(|| text.trim_start_matches('0'))
}

fn semver(text: &str) -> Option<Version> {
    Version::parse(text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(texts: &[&str]) -> Vec<ApiVersion> {
        texts.iter().map(|text| ApiVersion::new(text)).collect()
    }

    #[test]
    fn histories_that_are_in_order() {
        let of = |texts: &[&str]| {
            let versions = all(texts);
            let order = Order::of(&versions);
            order.map_err(|(one, other)| (one.to_string(), other.map(ToString::to_string)))
        };
        assert_eq!(of(&["2023-01-15", "2024-06-01"]), Ok(Order::Dates));
        assert_eq!(of(&["2", "10", "100000000000000000000000"]), Ok(Order::Integers));
        assert_eq!(of(&["1.2.0", "1.10.0-rc.1", "1.10.0"]), Ok(Order::Semver));
        assert_eq!(of(&["v1"]), Err(("v1".into(), None)));
        assert_eq!(of(&["1", "v2"]), Err(("v2".into(), None)));
        assert_eq!(of(&["2024-06-01", "2024-13-01"]), Err(("2024-13-01".into(), None)));
        assert_eq!(of(&["3", "2"]), Err(("3".into(), Some("2".into()))));
        assert_eq!(of(&["1", "01"]), Err(("1".into(), Some("01".into()))));
        assert_eq!(of(&["1.0.0+a", "1.0.0+b"]), Err(("1.0.0+a".into(), Some("1.0.0+b".into()))));
    }

    #[test]
    fn the_newest_that_is_not_newer() {
        let newest = |order: Order, texts: &[&str], text| order.newest(&all(texts), text);
        let dates = ["2023-01-15", "2024-06-01"];
        assert_eq!(newest(Order::Dates, &dates, "2024-01-01"), Some(0));
        assert_eq!(newest(Order::Dates, &dates, "2024-06-01"), Some(1));
        assert_eq!(newest(Order::Dates, &dates, "9999-12-31"), Some(1));
        assert_eq!(newest(Order::Dates, &dates, "2023-01-14"), None);
        for odd in ["2024-6-1", "2024-06", "latest", "", "2024-06-32", "２024-06-01"] {
            assert_eq!(newest(Order::Dates, &dates, odd), None, "{odd}");
        }
        assert_eq!(newest(Order::Integers, &["2", "10"], "9"), Some(0));
        assert_eq!(newest(Order::Integers, &["2", "10"], "99999999999999999999999"), Some(1));
        assert_eq!(newest(Order::Integers, &["2", "10"], "-3"), None);
        assert_eq!(newest(Order::Semver, &["1.2.0", "1.10.0"], "1.9.9"), Some(0));
        assert_eq!(newest(Order::Semver, &["1.2.0", "1.10.0"], "1.10.0-rc.1"), Some(0));
        assert_eq!(newest(Order::Semver, &["1.2.0"], "1.3"), None);
    }
}
