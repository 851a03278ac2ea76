//! Every representation with its domain, and what a conversion loses.

use super::{Converted, Duration, Format, Instant, Repr, convert};

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

fn instant(form: Instant) -> Repr {
    Repr::Instant(form)
}

fn format(text: &str) -> Repr {
    instant(Instant::Strftime(Format::new(text).unwrap()))
}

/// What becomes of a value, and whether that is said.
fn holds(from: &Repr, to: &Repr, cases: &[(&str, &str)]) {
    for (value, expected) in cases {
        let (text, narrowed) = done(from, to, value);
        let said = if narrowed { format!("{text} narrowed") } else { text };
        assert_eq!(said, *expected, "{value}: {from} to {to}");
    }
}

/// What comes back for each value of these texts, without a word.
fn returns(from: &Repr, to: &Repr, values: &[&str]) {
    for value in values {
        let (there, narrowed) = done(from, to, value);
        let (back, again) = done(to, from, &there);
        assert_eq!((back.as_str(), narrowed, again), (*value, false, false), "{from} to {to}");
    }
}

const RFC3339: Repr = Repr::Instant(Instant::Rfc3339);
const RFC2822: Repr = Repr::Instant(Instant::Rfc2822);
const SECONDS: Repr = Repr::Instant(Instant::UnixSeconds(super::Digits::All));
const MILLIS: Repr = Repr::Instant(Instant::UnixMillis(super::Digits::All));
const DATE: Repr = Repr::Instant(Instant::Date);

#[test]
fn instants_come_back() {
    let most = format!("0.{}1", "0".repeat(980));
    returns(
        &SECONDS,
        &RFC3339,
        &[
            "0",
            "1717243200",
            "-1",
            "-0.5",
            "-1.5",
            "-62167219200",
            "253402300799",
            "253402300799.999999999999",
            "0.1",
            "1717243200.000000000000000000000000000001",
            &most,
        ],
    );
    returns(&MILLIS, &RFC3339, &["0", "1717243200123", "-1", "-1500", "1717243200123.4567891"]);
    returns(&MILLIS, &SECONDS, &["0", "1717243200123", "-1", "0.001"]);
    returns(
        &RFC3339,
        &RFC3339,
        &[
            r#""2024-06-01T12:00:00Z""#,
            r#""2024-06-01T12:00:00.5+02:00""#,
            r#""2024-02-29T23:59:59.123456789012345678-23:59""#,
            r#""0000-01-01T00:00:00Z""#,
            r#""9999-12-31T23:59:59Z""#,
            r#""1969-12-31T23:59:59.999Z""#,
        ],
    );
    returns(&RFC3339, &RFC2822, &[r#""2024-06-01T12:00:00Z""#, r#""2024-06-01T12:00:00+05:45""#]);
    returns(&DATE, &RFC3339, &[r#""2024-02-29""#, r#""0000-01-01""#, r#""9999-12-31""#]);
    returns(&DATE, &SECONDS, &[r#""1970-01-02""#, r#""1901-12-13""#]);
    let tweet = format("%a %b %d %H:%M:%S %z %Y");
    returns(&tweet, &RFC3339, &[r#""Sat Jun 01 12:00:00 +0000 2024""#]);
    returns(&tweet, &RFC3339, &[r#""Fri Dec 31 23:59:59 +0000 9999""#]);
    returns(&format("%Y-%m-%d %H:%M:%S"), &RFC3339, &[r#""2024-06-01 12:00:00""#]);
    returns(&format("%Y-%m-%dT%H:%M:%S%.3f"), &RFC3339, &[r#""2024-06-01T12:00:00.120""#]);
    returns(&format("%d.%m.%Y"), &DATE, &[r#""29.02.2024""#]);
    returns(&format("%-m/%-d/%Y %-I:%M %p"), &SECONDS, &[r#""6/1/2024 1:05 PM""#]);
    returns(&SECONDS, &format("%s%.9f"), &["1717243200.5", "-1.5", "-0.000000001", "0"]);
    returns(&format("%s"), &SECONDS, &[r#""1717243200""#, r#""-1""#]);
    returns(&format("%F %T %::z"), &format("%::z %T %F"), &[r#""2024-06-01 12:00:00 +01:02:03""#]);
}

#[test]
fn instants_have_a_canonical_text() {
    holds(
        &RFC3339,
        &RFC3339,
        &[
            (r#""2024-06-01t12:00:00.500z""#, r#""2024-06-01T12:00:00.5Z""#),
            (r#""2024-06-01T12:00:00.000+00:00""#, r#""2024-06-01T12:00:00Z""#),
            (r#""2024-06-01T12:00:00-00:00""#, r#""2024-06-01T12:00:00Z""#),
            (r#""2024\u002d06-01T12:00:00Z""#, r#""2024-06-01T12:00:00Z""#),
        ],
    );
    holds(&SECONDS, &RFC3339, &[("1.7172432e9", r#""2024-06-01T12:00:00Z""#)]);
    holds(&SECONDS, &RFC3339, &[("-0.0", r#""1970-01-01T00:00:00Z""#)]);
    holds(
        &RFC2822,
        &RFC3339,
        &[
            (r#""Sat, 1 Jun 2024 12:00:00 +0000""#, r#""2024-06-01T12:00:00Z""#),
            (r#""sat, 01 jun 2024 12:00 GMT""#, r#""2024-06-01T12:00:00Z""#),
            (r#""1 Jun 24 08:00:00 EDT""#, r#""2024-06-01T08:00:00-04:00""#),
            (r#""Sat, 1 Jun 2024 12:00:00 +0000 (UTC)""#, r#""2024-06-01T12:00:00Z""#),
            (r#""Sun, 1 Jun 2024 12:00:00 +0000""#, "unfit"),
            (r#""1 Jun 2024""#, "unfit"),
        ],
    );
    holds(
        &RFC3339,
        &RFC2822,
        &[(r#""2024-06-01T12:00:00+02:00""#, r#""Sat, 1 Jun 2024 12:00:00 +0200""#)],
    );
    // What follows a number of a format is not always as wide.
    holds(&format("%d/%m/%Y"), &DATE, &[(r#""1/6/2024""#, r#""2024-06-01""#)]);
}

#[test]
fn what_an_instant_loses_is_said() {
    holds(
        &RFC3339,
        &SECONDS,
        &[
            (r#""2024-06-01T12:00:00Z""#, "1717243200"),
            (r#""2024-06-01T12:00:00.25Z""#, "1717243200.25"),
            (r#""2024-06-01T12:00:00+02:00""#, "1717236000 narrowed"),
        ],
    );
    // At a place of whole numbers it is the second that has begun, before 1970 too.
    holds(
        &RFC3339,
        &SECONDS.whole(),
        &[
            (r#""2024-06-01T12:00:00.999Z""#, "1717243200 narrowed"),
            (r#""1969-12-31T23:59:59.5Z""#, "-1 narrowed"),
            (r#""1969-12-31T23:59:59Z""#, "-1"),
        ],
    );
    holds(
        &RFC3339,
        &MILLIS.whole(),
        &[
            (r#""2024-06-01T12:00:00.9999Z""#, "1717243200999 narrowed"),
            (r#""1969-12-31T23:59:59.9985Z""#, "-2 narrowed"),
            (r#""1969-12-31T23:59:59.9Z""#, "-100"),
        ],
    );
    holds(
        &RFC3339,
        &RFC2822,
        &[
            (r#""2024-06-01T12:00:00.5Z""#, r#""Sat, 1 Jun 2024 12:00:00 +0000" narrowed"#),
            (r#""1969-12-31T23:59:59.5Z""#, r#""Wed, 31 Dec 1969 23:59:59 +0000" narrowed"#),
        ],
    );
}

#[test]
fn what_a_format_loses_is_said() {
    // A day is the one that was written, not the one it was in Greenwich.
    holds(
        &RFC3339,
        &DATE,
        &[
            (r#""1990-05-05T00:00:00+02:00""#, r#""1990-05-05" narrowed"#),
            (r#""1990-05-05T00:00:00Z""#, r#""1990-05-05""#),
            (r#""1990-05-05T23:00:00Z""#, r#""1990-05-05" narrowed"#),
        ],
    );
    holds(
        &RFC3339,
        &format("%d.%m.%y"),
        &[
            (r#""1990-05-05T00:00:00+02:00""#, r#""05.05.90" narrowed"#),
            (r#""1990-05-05T00:00:00Z""#, r#""05.05.90""#),
            (r#""1890-05-05T00:00:00Z""#, r#""05.05.90" narrowed"#),
        ],
    );
    // A time of day without an offset is that of UTC.
    let local = format("%F %T");
    holds(
        &RFC3339,
        &local,
        &[(r#""2024-06-01T12:00:00+02:00""#, r#""2024-06-01 10:00:00" narrowed"#)],
    );
    holds(
        &RFC3339,
        &format("%F %R"),
        &[(r#""2024-06-01T12:00:07Z""#, r#""2024-06-01 12:00" narrowed"#)],
    );
    holds(
        &RFC3339,
        &format("%FT%T%.f"),
        &[
            (r#""2024-06-01T12:00:00.123456789Z""#, r#""2024-06-01T12:00:00.123456789""#),
            (r#""2024-06-01T12:00:00.1234567891Z""#, r#""2024-06-01T12:00:00.123456789" narrowed"#),
        ],
    );
    // Half past two is no time of a clock of twelve hours that does not say which half.
    holds(
        &RFC3339,
        &format("%F %I:%M"),
        &[(r#""2024-06-01T14:30:00Z""#, r#""2024-06-01 02:30" narrowed"#)],
    );
    // An offset with seconds has no place in RFC 3339.
    holds(
        &format("%F %T %::z"),
        &RFC3339,
        &[(r#""2024-06-01 12:00:00 +01:02:03""#, r#""2024-06-01T10:57:57Z" narrowed"#)],
    );
}

#[test]
fn a_leap_second_is_the_one_before_it() {
    for (of, value) in [
        (&RFC3339, r#""2016-12-31T23:59:60Z""#),
        (&RFC3339, r#""2017-01-01T00:59:60.5+01:00""#),
        (&RFC2822, r#""Sat, 31 Dec 2016 23:59:60 +0000""#),
        (&format("%F %H:%M:%S"), r#""2016-12-31 23:59:60""#),
        (&format("%S:%M:%H %F"), r#""60:59:23 2016-12-31""#),
    ] {
        let (text, narrowed) = done(of, &SECONDS.whole(), value);
        assert_eq!((text.as_str(), narrowed), ("1483228799", true), "{value}");
    }
    for (of, value) in [
        (&RFC3339, r#""2016-12-31T12:34:60Z""#),
        (&RFC3339, r#""2016-12-31T23:59:60+01:00""#),
        (&RFC2822, r#""Sat, 31 Dec 2016 12:00:60 +0000""#),
        (&format("%F %H:%M:%S"), r#""2016-12-31 12:34:60""#),
    ] {
        assert_eq!(done(of, &SECONDS, value).0, "unfit", "{value}");
    }
    holds(&format("%S %H %M %j %Y"), &SECONDS, &[(r#""59 23 59 60 1970""#, "5183999")]);
}

#[test]
fn what_is_no_instant_is_unfit() {
    for value in [
        r#""""#,
        r#""2024-06-01""#,
        r#""2024-06-01T12:00:00""#,
        r#""2024-06-01 12:00:00Z""#,
        r#""2024-06-01T24:00:00Z""#,
        r#""2024-06-01T12:60:00Z""#,
        r#""2024-06-01T12:00:61Z""#,
        r#""2024-06-01T12:00Z""#,
        r#""2024-02-30T12:00:00Z""#,
        r#""2023-02-29T12:00:00Z""#,
        r#""2024-06-01T12:00:00.Z""#,
        r#""2024-06-01T12:00:00.5""#,
        r#""2024-06-01T12:00:00+2:00""#,
        r#""2024-06-01T12:00:00+0200""#,
        r#""2024-06-01T12:00:00+24:00""#,
        r#""2024-06-01T12:00:00Z ""#,
        r#"" 2024-06-01T12:00:00Z""#,
        r#""2024-06-01T12:00:00Z[UTC]""#,
        r#""+002024-06-01T12:00:00Z""#,
        r#""10000-01-01T00:00:00Z""#,
        r#""0000-01-01T00:00:00+01:00""#,
        r#""9999-12-31T23:59:59-01:00""#,
        r#""2024-6-1T12:00:00Z""#,
        r#""２０２４-06-01T12:00:00Z""#,
        r#""2024-06-01T12:00:00\ud800Z""#,
        "1717243200",
        "true",
        "[]",
    ] {
        assert_eq!(done(&RFC3339, &SECONDS, value).0, "unfit", "{value}");
    }
    for value in ["253402300800", "-62167219201", "1e30", "1e5000", "\"0\"", "true", "{}"] {
        assert_eq!(done(&SECONDS, &RFC3339, value).0, "unfit", "{value}");
        assert_eq!(done(&SECONDS, &MILLIS, value).0, "unfit", "{value}");
    }
    for value in [r#""2024-06-01T00:00:00Z""#, r#""2024-6-1""#, r#""""#, "20240601"] {
        assert_eq!(done(&DATE, &RFC3339, value).0, "unfit", "{value}");
    }
    let long = format!("\"2024-06-01T12:00:00.{}Z\"", "1".repeat(1_001));
    assert_eq!(done(&RFC3339, &SECONDS, &long).0, "unfit");
    let comment = format!("\"Sat, 1 Jun 2024 23:59:59 +0000 ({})\"", "60".repeat(500_000));
    assert_eq!(done(&RFC2822, &SECONDS, &comment).0, "unfit");
}

#[test]
fn a_format_that_cannot_be_read_is_none() {
    for text in [
        "",
        "today",
        "%H:%M",
        "%d.%m.",
        "%Y-%m",
        "%c",
        "%Y-%m-%d %q",
        "%Y-%m-%d %Z",
        "%",
        "%!",
        "%Y%-m%-d",
    ] {
        assert!(Format::new(text).is_err(), "{text}");
    }
    assert!(Format::new(&"%F ".repeat(100)).is_err());
    for text in ["%F", "%D", "%G-W%V-%u", "%Y%m%d", "%B %-d, %Y", "%Y-%j", "%s", "%s.%f", "%%%F"] {
        assert!(Format::new(text).is_ok(), "{text}: {:?}", Format::new(text));
    }
}

const LASTING: Repr = Repr::Duration(Duration::Seconds(super::Digits::All));
const ISO: Repr = Repr::Duration(Duration::Iso8601);
const GO: Repr = Repr::Duration(Duration::Go);

#[test]
fn durations_come_back() {
    let millis = Repr::Duration(Duration::Millis(super::Digits::All));
    returns(&LASTING, &ISO, &["0", "1", "-1.5", "3723.5", "90000", "0.0000000000001", "31536000"]);
    returns(&millis, &GO, &["0", "0.000001", "-1500", "86400000", "9223372036854.775807"]);
    returns(
        &GO,
        &ISO,
        &[
            r#""0s""#,
            r#""1ns""#,
            r#""1.5µs""#,
            r#""-20.25ms""#,
            r#""1.5s""#,
            r#""1m0s""#,
            r#""1h2m3.5s""#,
            r#""2562047h47m16.854775807s""#,
            r#""-2562047h47m16.854775808s""#,
        ],
    );
}

#[test]
fn durations_have_their_domains() {
    let millis = Repr::Duration(Duration::Millis(super::Digits::All));
    holds(
        &ISO,
        &LASTING,
        &[
            (r#""PT0S""#, "0"),
            (r#""-PT0S""#, "0"),
            (r#""P1DT1H""#, "90000"),
            (r#""P2W""#, "1209600"),
            (r#""PT1.5H""#, "5400"),
            (r#""PT1,5M""#, "90"),
            (r#""+PT007S""#, "7"),
            (r#""PT36H""#, "129600"),
            (r#""P1Y""#, "unfit"),
            (r#""P1M""#, "unfit"),
            (r#""P""#, "unfit"),
            (r#""PT""#, "unfit"),
            (r#""P1DT""#, "unfit"),
            (r#""P1H""#, "unfit"),
            (r#""PT1D""#, "unfit"),
            (r#""PT1S1M""#, "unfit"),
            (r#""PT1S1S""#, "unfit"),
            (r#""PT1.5H1M""#, "unfit"),
            (r#""PT.5S""#, "unfit"),
            (r#""PT1.S""#, "unfit"),
            (r#""PT-1S""#, "unfit"),
            (r#""pt1s""#, "unfit"),
            (r#""PT1""#, "unfit"),
            (r#""PTS""#, "unfit"),
            (r#""PTT1S""#, "unfit"),
            (r#""PT99999999999999999999S""#, "unfit"),
            ("5", "unfit"),
        ],
    );
    holds(
        &GO,
        &LASTING,
        &[
            (r#""0""#, "0"),
            (r#""-0""#, "0"),
            (r#""90m""#, "5400"),
            (r#""+1h1h""#, "7200"),
            (r#"".5s""#, "0.5"),
            (r#""1.s""#, "1"),
            (r#""1us""#, "0.000001"),
            (r#""0s1s""#, "1"),
            (r#""""#, "unfit"),
            (r#""-""#, "unfit"),
            (r#""5""#, "unfit"),
            (r#"".s""#, "unfit"),
            (r#""1d""#, "unfit"),
            (r#""1 s""#, "unfit"),
            (r#""1h2""#, "unfit"),
            (r#""0.5ns""#, "unfit"),
            (r#""2562048h""#, "unfit"),
        ],
    );
    holds(
        &LASTING,
        &GO,
        &[
            ("1.0000000001", r#""1s" narrowed"#),
            ("0.0000000015", r#""2ns" narrowed"#),
            ("1e30", "unfit"),
            ("3e2", r#""5m0s""#),
        ],
    );
    holds(&LASTING, &ISO, &[("1e30", "unfit"), ("\"1\"", "unfit")]);
    holds(&ISO, &LASTING.whole(), &[(r#""PT1.5S""#, "2 narrowed"), (r#""PT0.5S""#, "0 narrowed")]);
    holds(&ISO, &millis.whole(), &[(r#""PT1.5S""#, "1500"), (r#""-PT0.0005S""#, "0 narrowed")]);
    // The two families of time are not one.
    assert_eq!(done(&LASTING, &SECONDS, "1").0, "unfit");
}

/// Texts cut off, and with something else in them, are read or unfit, whatever reads them.
#[test]
fn broken_texts_are_no_more_than_unfit() {
    let formats = ["%a %b %d %H:%M:%S %z %Y", "%s", "%F %T%.f %::z", "%G-W%V-%u %I %p", "%U %a %Y"];
    let mut all: Vec<Repr> = formats.map(format).to_vec();
    all.extend([RFC3339, RFC2822, DATE, SECONDS, MILLIS]);
    for text in [
        "2024-06-01T23:59:60.5+02:00",
        "Sat, 1 Jun 2024 12:00:00 +0200 (a (b) c)",
        "Sat Jun 01 12:00:00 +0000 2024",
        "2024-W23-6 12 PM",
        "1717243200",
        "2024-06-01 12:00:00.5 +01:02:03",
        "22 Sat 2024",
        "-P1W2DT3H4M5.6S",
        "-1h2m3.5s",
    ] {
        let broken = text.char_indices().flat_map(|(at, c)| {
            let (start, end) = (&text[..at], &text[at + c.len_utf8()..]);
            ["", "é", "9", "-", "60", " "]
                .map(|other| [start.to_owned(), [start, other, end].concat()])
        });
        for text in broken.flatten() {
            for from in all.iter().chain([&ISO, &GO]) {
                let seconds = if [ISO, GO].contains(from) { &LASTING } else { &SECONDS };
                let value = crate::json::Value::string(&text).to_string();
                let (there, narrowed) = done(from, seconds, &value);
                if there != "unfit" && !narrowed {
                    let back = done(seconds, from, &there);
                    assert_eq!(done(from, seconds, &back.0).0, there, "{text} {from}");
                }
            }
        }
    }
}
