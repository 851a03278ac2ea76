//! The time of a line. It tells no time zone but UTC.

use std::cell::RefCell;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use jiff::Timestamp;

thread_local! {
    /// A second since the epoch, and its text without the `Z`: most lines are of the same as the one before.
    static SECOND: RefCell<(u64, String)> = const { RefCell::new((u64::MAX, String::new())) };
}

/// Writes the time, to the microsecond (RFC 3339): `2024-06-01T12:00:00.000001Z`. Before 1970 and
/// after 9999 it is the first second there is.
pub(super) fn write(line: &mut String) {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    write_at(line, since);
}

fn write_at(line: &mut String, since: Duration) {
    SECOND.with_borrow_mut(|(known, text)| {
        if *known != since.as_secs() {
            *known = since.as_secs();
            let second = i64::try_from(*known).ok().and_then(|at| Timestamp::from_second(at).ok());
            *text = second.unwrap_or_default().to_string();
            text.truncate(text.trim_end_matches('Z').len());
        }
        line.push_str(text);
    });
    line.push('.');
    let mut place = 100_000;
    while place > 0 {
        let digit = since.subsec_micros() / place % 10;
        line.extend(char::from_digit(digit, 10));
        place /= 10;
    }
    line.push('Z');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_told_to_the_microsecond() {
        let at = |since| {
            let mut line = String::new();
            write_at(&mut line, since);
            line
        };
        let second = 1_717_243_200;
        assert_eq!(at(Duration::new(second, 1_000)), "2024-06-01T12:00:00.000001Z");
        assert_eq!(at(Duration::new(second, 999_999_999)), "2024-06-01T12:00:00.999999Z");
        assert_eq!(at(Duration::new(second + 1, 0)), "2024-06-01T12:00:01.000000Z");
        assert_eq!(at(Duration::from_secs(u64::MAX - 1)), "1970-01-01T00:00:00.000000Z");
        let mut now = String::new();
        write(&mut now);
        assert!(now.parse::<Timestamp>().is_ok(), "{now}");
    }
}
