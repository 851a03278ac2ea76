//! Instants and durations: texts with and without fraction and offset, numbers where text was due,
//! chains of representations.

use crate::both::{Downgrade, Said, Upgrade, chain, down, o, types, up};

/// A `convert` of `a` into `b`.
fn convert(old: &str, new: &str) -> String {
    format!("fields: {{a: {{to: b, convert: {{old: {old}, new: {new}}}}}}}")
}

fn there(types: [&str; 2], rules: &str, value: &str) -> Said {
    let [old, new] = types;
    up(&format!("a: {old}"), &format!("b: {new}"), rules, &format!(r#"{{"a":{value}}}"#))
}

#[test]
fn dates_with_and_without_fraction_or_offset() {
    let rules = convert("rfc3339", "unix-seconds");
    for (date, number) in [
        ("2024-02-29T12:00:00Z", "1709208000"),
        ("2024-02-29T12:00:00.000Z", "1709208000"),
        ("2024-02-29T12:00:00.123456789Z", "1709208000.123456789"),
        ("2024-02-29T12:00:00-00:00", "1709208000"),
        ("2024-02-29T12:00:00+05:30", "1709188200 | narrowed"),
        ("2024-02-29T12:00:00.5-01:00", "1709211600.5 | narrowed"),
    ] {
        let (number, narrowed) = number.split_once(" | ").unwrap_or((number, ""));
        let lost = if narrowed.is_empty() { "" } else { " | narrowed /a fields.a" };
        let said = there(["<s>", "<n>"], &rules, &format!("\"{date}\""));
        assert_eq!(said, format!(r#"{{"b":{number}}}{lost}"#), "{date}");
    }
    // Without an offset it is no instant, and neither is a day.
    for date in ["2024-02-29T12:00:00", "2024-02-29 12:00:00", "2024-02-29", "1709208000", ""] {
        let said = there(["<s>", "<n>"], &rules, &format!("\"{date}\""));
        assert_eq!(said, format!(r#"{{"b":"{date}"}} | unfit /a fields.a"#), "{date}");
    }
    // A place of whole numbers has no fraction.
    for (date, after) in [
        ("2024-02-29T12:00:00.9Z", r#"{"b":1709208000} | narrowed /a fields.a"#),
        ("1969-12-31T23:59:59.9Z", r#"{"b":-1} | narrowed /a fields.a"#),
        ("2024-02-29T12:00:00.0Z", r#"{"b":1709208000}"#),
    ] {
        let date = format!("\"{date}\"");
        assert_eq!(there(["<s>", "<i>"], &rules, &date), after);
        assert_eq!(there(["<s>", "<i?>"], &rules, &date), after);
    }
    let back = |value: &str| {
        let message = format!(r#"{{"b":{value}}}"#);
        down("a: <s>", "b: <n>", &rules, &message)
    };
    assert_eq!(back("1709208000"), r#"{"a":"2024-02-29T12:00:00Z"}"#);
    assert_eq!(back("1709208000.50"), r#"{"a":"2024-02-29T12:00:00.5Z"}"#);
    assert_eq!(back("-0.5"), r#"{"a":"1969-12-31T23:59:59.5Z"}"#);
    assert_eq!(back("null"), r#"{"a":null}"#);
}

#[test]
fn a_time_as_number_where_text_was_due_and_the_reverse() {
    for (old, new, value) in [
        ("rfc3339", "unix-seconds", "1709208000"),
        ("unix-seconds", "rfc3339", r#""1709208000""#),
        ("unix-millis", "date", r#""2024-02-29""#),
        ("date", "unix-millis", "19782"),
        ("rfc2822", "rfc3339", "[]"),
        ("{strftime: '%s'}", "unix-seconds", "1709208000"),
        ("unix-seconds", "unix-millis", "true"),
        ("seconds", "iso8601-duration", r#""5""#),
        ("iso8601-duration", "millis", "5"),
        ("go-duration", "seconds", r#"{"v":5}"#),
        ("go-duration", "seconds", r#""5""#),
    ] {
        let (rules, mirrored) = (convert(old, new), convert(new, old));
        let (a, b) = (format!(r#"{{"a":{value}}}"#), format!(r#"{{"b":{value}}}"#));
        assert_eq!(up("a: <i>", "b: <i>", &rules, &a), format!("{b} | unfit /a fields.a"), "{old}");
        let said = down("a: <i>", "b: <i>", &mirrored, &b);
        assert_eq!(said, format!("{a} | unfit /b fields.a"), "{old}");
    }
    let rules = convert("{strftime: '%s'}", "unix-seconds");
    assert_eq!(there(["<s>", "<i>"], &rules, r#""1709208000""#), r#"{"b":1709208000}"#);
}

#[test]
fn an_empty_text_for_a_time_that_is_absent() {
    let rules = "fields: {a: {pairs: [['', $absent]], convert: {old: rfc3339, new: unix-millis}}}";
    assert_eq!(up("a: <s>", "a: <i>", rules, r#"{"a":""}"#), "{}");
    assert_eq!(down("a: <s>", "a: <i>", rules, "{}"), r#"{"a":""}"#);
    let said = up("a: <s>", "a: <i>", rules, r#"{"a":"1970-01-01T00:00:00Z"}"#);
    assert_eq!(said, r#"{"a":0}"#);
    // The number that stands for never is listed, and not converted.
    let never = "fields: {a: {pairs: [[0, null]], convert: {old: unix-seconds, new: rfc3339}}}";
    assert_eq!(up("a: <i>", "a: <s?>", never, r#"{"a":0}"#), r#"{"a":null}"#);
    assert_eq!(up("a: <i>", "a: <s?>", never, r#"{"a":1}"#), r#"{"a":"1970-01-01T00:00:01Z"}"#);
    // What a conversion makes of it the way back takes for null.
    let said = down("a: <i>", "a: <s?>", never, r#"{"a":"1970-01-01T00:00:00Z"}"#);
    assert_eq!(said, r#"{"a":0} | narrowed /a fields.a"#);
}

#[test]
fn a_time_through_several_versions() {
    let t = |of: &str| format!("T: {}", o(&format!("a: {of}")));
    let (text, number, whole) = (t("<s>"), t("<n>"), t("<i>"));
    let rest = |old: &str, new: &str| {
        format!("types: {{T: {{fields: {{a: {{convert: {{old: {old}, new: {new}}}}}}}}}}}")
    };
    let rests = [
        rest("{strftime: '%a %b %d %H:%M:%S %z %Y'}", "rfc3339"),
        rest("rfc3339", "unix-millis"),
        rest("unix-millis", "unix-seconds"),
        rest("unix-seconds", "date"),
    ];
    let rests: Vec<&str> = rests.iter().map(String::as_str).collect();
    let contracts = [text.as_str(), &text, &number, &whole, &text];
    let through = |direction, message: &str| chain(&contracts, &rests, direction, message);
    assert_eq!(
        through(Upgrade, r#"{"a":"Thu Feb 29 00:00:00 +0000 2024"}"#),
        r#"{"a":"2024-02-29"}"#
    );
    assert_eq!(
        through(Upgrade, r#"{"a":"Thu Feb 29 01:00:00 +0200 2024"}"#),
        r#"{"a":"2024-02-28"} | narrowed /a fields.a | narrowed /a fields.a"#
    );
    assert_eq!(
        through(Downgrade, r#"{"a":"2024-02-29"}"#),
        r#"{"a":"Thu Feb 29 00:00:00 +0000 2024"}"#
    );
    // Nobody later tries his luck with what was unfit.
    assert_eq!(
        through(Upgrade, r#"{"a":"2024-02-29"}"#),
        r#"{"a":"2024-02-29"} | unfit /a fields.a"#
    );
    assert_eq!(through(Downgrade, r#"{"a":"29.2."}"#), r#"{"a":"29.2."} | unfit /a fields.a"#);
}

#[test]
fn instants_and_durations_are_two_families() {
    let t = format!("T: {}", o("a: <n>"));
    for (old, new) in [
        ("unix-seconds", "seconds"),
        ("rfc3339", "iso8601-duration"),
        ("integer", "unix-seconds"),
        ("millis", "number"),
        ("date", "bool"),
    ] {
        let convert = format!("{{old: {old}, new: {new}}}");
        let rest = format!("types: {{T: {{fields: {{a: {{convert: {convert}}}}}}}}}");
        let errors = types(&[&t, &t], &[&rest]).map(|_| ()).unwrap_err();
        assert!(errors.starts_with("F315"), "{old} {new}: {errors}");
    }
}

#[test]
fn elements_that_are_times() {
    let list = |of: &str| format!("a: {{type: array, items: {of}}}");
    let rules = "fields: {a: {each: {convert: {old: go-duration, new: millis}}}}";
    let said = up(&list("<s>"), &list("<i>"), rules, r#"{"a":["1.5s","2h","x","1ns"]}"#);
    assert_eq!(
        said,
        r#"{"a":[1500,7200000,"x",0]} | narrowed /a/3 fields.a | unfit /a/2 fields.a"#
    );
    let said = down(&list("<s>"), &list("<i>"), rules, r#"{"a":[1500,7200000,0]}"#);
    assert_eq!(said, r#"{"a":["1.5s","2h0m0s","0s"]}"#);
}
