//! No templates and no expressions: what looks like one in a mapping is data, or an error before anything
//! runs.

use crate::both::{Downgrade, Upgrade, down, hop, o, types, up};

/// A text stays a text, whatever it looks like: nothing is filled in, and it is not read as a document.
#[test]
fn constants_are_data() {
    let new = "a: <s>, t: <s>";
    for (text, json) in [
        ("'{a}'", r#""{a}""#),
        ("'{{a}}'", r#""{{a}}""#),
        ("'$${a}'", r#""${a}""#),
        (r#"'say "x" \n'"#, r#""say \"x\" \\n""#),
        (r#"'{"a":1}'"#, r#""{\"a\":1}""#),
        ("'[]'", r#""[]""#),
        ("'null'", r#""null""#),
        ("''", r#""""#),
        ("'1.10'", r#""1.10""#),
        ("\"\\u0001\\n\"", r#""\u0001\n""#),
        ("$$const", r#""$const""#),
    ] {
        let rules = format!("added: {{t: {text}}}");
        let with = format!(r#"{{"a":"x","t":{json}}}"#);
        assert_eq!(up("a: <s>", new, &rules, r#"{"a":"x"}"#), with, "{text}");
        assert_eq!(down("a: <s>", new, &rules, &with), r#"{"a":"x"}"#, "{text}");
    }
    // What it is made of is data too: a copy is the value itself, not a text of it.
    let (old, new) = (format!("a: {}", o("x: <i>")), format!("a: {}, t: <any>", o("x: <i>")));
    let copied = up(&old, &new, "added: {t: {$from: a}}", r#"{"a":{"x":1.10}}"#);
    assert_eq!(copied, r#"{"a":{"x":1.10},"t":{"x":1.10}}"#);
    // Objects and lists are what they are written as.
    let t = |more: &str| format!("T: {}", o(&format!("a: <s>{more}")));
    let rest = "types: {T: {added: {t: {k: [1, '2', {n: null}]}}}}";
    let with = r#"{"t":{"k":[1,"2",{"n":null}]}}"#;
    assert_eq!(hop(&t(""), &t(", t: <any>"), rest, Upgrade, "{}"), with);
    assert_eq!(hop(&t(""), &t(", t: <any>"), rest, Downgrade, with), "{}");
}

/// What could fail while a message is on its way is not there.
#[test]
fn templates_and_expressions_are_refused_by_name() {
    let t = format!("T: {}", o("a: <s>, t: <s>"));
    for (rules, word) in [
        ("added: {t: {$cel: 'a + 1'}}", "$cel"),
        ("fields: {a: {text: link}}", "text"),
        ("when: [{old: {a: x}, fields: {a: t}}]", "when"),
    ] {
        let errors = types(&[&t, &t], &[&format!("types: {{T: {{{rules}}}}}")]).map(|_| ());
        let errors = errors.unwrap_err();
        assert!(errors.starts_with("F399") && errors.contains(word), "{rules}: {errors}");
    }
}
