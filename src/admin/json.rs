//! Small JSON for the answers of the listener. It knows nothing of what they are about.

use std::time::{SystemTime, UNIX_EPOCH};

use axum::http::StatusCode;

use crate::json::{Text, Value};
use crate::snapshot::Finding;

/// An answer to what cannot be asked.
pub(super) fn problem(status: StatusCode, kind: &str, detail: &str) -> String {
    object([
        ("type", Value::string(&format!("urn:fishplate:{kind}"))),
        ("title", Value::string(status.canonical_reason().unwrap_or("Error"))),
        ("status", number(status.as_u16())),
        ("detail", Value::string(detail)),
    ])
    .to_string()
}

pub(super) fn findings<'f>(found: impl IntoIterator<Item = &'f Finding>) -> Value {
    Value::Array(found.into_iter().map(finding).collect())
}

fn finding(finding: &Finding) -> Value {
    let (line, column) = match finding.position {
        Some((line, column)) => (number(line), number(column)),
        None => (Value::Null, Value::Null),
    };
    let file = if finding.file.is_empty() { Value::Null } else { Value::string(&finding.file) };
    object([
        ("file", file),
        ("line", line),
        ("column", column),
        ("code", Value::string(finding.code)),
        ("reason", Value::string(&finding.message)),
        ("expected", finding.expected.as_deref().map_or(Value::Null, Value::string)),
        ("help", finding.help.as_deref().map_or(Value::Null, Value::string)),
    ])
}

pub(super) fn number(n: impl std::fmt::Display) -> Value {
    Value::Number(n.to_string().into())
}

pub(super) fn strings<'s>(texts: impl IntoIterator<Item = &'s str>) -> Value {
    Value::Array(texts.into_iter().map(Value::string).collect())
}

pub(super) fn object<const N: usize>(members: [(&str, Value); N]) -> Value {
    Value::Object(members.into_iter().map(|(k, v)| (Text::from_plain(k), v)).collect())
}

/// A time in UTC, to the second: `2024-02-29T12:00:00Z`.
pub(super) fn time(time: SystemTime) -> Value {
    let seconds = time.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    let (days, second) = (seconds / 86_400, seconds % 86_400);
    let (year, month, day) = date(days);
    let (hour, minute, second) = (second / 3_600, second / 60 % 60, second % 60);
    Value::string(&format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z"))
}

/// The date of a number of days after 1970-01-01, by eras of 400 years that begin in March.
fn date(days: u64) -> (u64, u64, u64) {
    let days = days.saturating_add(719_468);
    let (era, day) = (days / 146_097, days % 146_097);
    let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let day = day - (153 * month + 2) / 5 + 1;
    let (month, next) = if month < 10 { (month + 3, 0) } else { (month - 9, 1) };
    (era * 400 + year + next, month, day)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn times_are_those_of_the_calendar() {
        for (seconds, text) in [
            (0, "1970-01-01T00:00:00Z"),
            (951_782_399, "2000-02-28T23:59:59Z"),
            (951_782_400, "2000-02-29T00:00:00Z"),
            (1_709_251_199, "2024-02-29T23:59:59Z"),
            (1_709_251_200, "2024-03-01T00:00:00Z"),
            (1_735_689_599, "2024-12-31T23:59:59Z"),
            (4_107_542_400, "2100-03-01T00:00:00Z"),
        ] {
            assert_eq!(time(UNIX_EPOCH + Duration::from_secs(seconds)), Value::string(text));
        }
    }
}
