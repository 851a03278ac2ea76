//! Messages made to be dear: what they cost must grow no faster than they do. The fused program
//! alone runs here; were its time quadratic, these would not end while anybody waits.

use std::fmt::Write as _;

use fishplate::compile::{self, Series, Subject, Way};
use fishplate::translate::{self, Failure, Limits, Translated};

use crate::both::{self, Direction, Downgrade, Upgrade};

/// What the fused program makes of a value of `T`.
fn run(
    api: &Result<Series, String>,
    direction: Direction,
    message: &str,
) -> Result<Translated, Failure> {
    let series = api.as_ref().unwrap();
    let way = match direction {
        Upgrade => Way { from: 0, to: series.versions.len() - 1 },
        Downgrade => Way { from: series.versions.len() - 1, to: 0 },
    };
    let travel = series.travel(Subject::Type("T"), way).unwrap().unwrap();
    let program = compile::program(&travel.links, &travel.roots, travel.direction).unwrap();
    translate::translate(&program, message.as_bytes(), &Limits::default())
}

/// Whether the tape goes hop by hop somewhere, on the way up.
fn goes_hop_by_hop(api: &Result<Series, String>) -> bool {
    let series = api.as_ref().unwrap();
    let way = Way { from: 0, to: series.versions.len() - 1 };
    let travel = series.travel(Subject::Type("T"), way).unwrap().unwrap();
    let program = compile::program(&travel.links, &travel.roots, travel.direction).unwrap();
    !program.stages.is_empty()
}

fn many(count: usize, one: impl Fn(usize) -> String) -> String {
    let mut text = String::new();
    for at in 0..count {
        if at > 0 {
            text.push(',');
        }
        write!(text, "{}", one(at)).unwrap();
    }
    text
}

const MANY: usize = 200_000;

#[test]
fn a_set_of_many_values() {
    let t = "T: {type: object, properties: {l: {type: array, items: <s>}}}";
    let api = both::types(&[t, t], &["types: {T: {fields: {l: {set: true, map: {a: b}}}}}"]);
    let message = format!("{{\"l\":[{}]}}", many(MANY, |n| format!("\"v{n}\"")));
    let done = run(&api, Upgrade, &message).unwrap();
    assert_eq!(done.lost(), 0);
    assert_eq!(done.bytes, message.as_bytes());
    let twice = message.replacen("v1\"", "v0\"", 1);
    assert_eq!(run(&api, Upgrade, &twice).unwrap().lost(), 1);
}

#[test]
fn an_object_of_many_extras() {
    let t = "T: {type: object, properties: {w: <s>, v: <s>}}";
    let api = both::types(&[t, t], &["types: {T: {nulls: absent, fields: {w: v, v: w}}}"]);
    assert!(goes_hop_by_hop(&api));
    let message = format!("{{\"w\":\"x\",{}}}", many(MANY, |n| format!("\"m{n}\":{n}")));
    let done = run(&api, Upgrade, &message).unwrap();
    assert_eq!(done.lost(), 0);
}

#[test]
fn an_alias_of_large_objects() {
    let t = "T: {type: object, properties: {a: {type: object}, b: {type: object}}}";
    let api = both::types(&[t, t], &["types: {T: {alias: {b: a}}}"]);
    let object =
        |from: usize| format!("{{{}}}", many(MANY, |n| format!("\"m{0}\":{0}", (n + from) % MANY)));
    let message = format!("{{\"a\":{},\"b\":{}}}", object(0), object(7));
    assert_eq!(run(&api, Upgrade, &message).unwrap().lost(), 0);
    let other = message.replacen(":5,", ":6,", 1);
    assert_eq!(run(&api, Upgrade, &other).unwrap().lost(), 1);
}

#[test]
fn losses_beneath_a_long_name() {
    let t = |n: &str| {
        format!(
            "T: {{type: object, additionalProperties: {{type: array, items: <U{n}>}}}}, U{n}: {{type: object, properties: {{a: <s>}}}}"
        )
    };
    let api = both::types(
        &[&t("1"), &t("2")],
        &["types: {'U1 -> U2': {fields: {a: {convert: {old: string, new: integer}}}}}"],
    );
    let items = many(MANY, |_| String::from("{\"a\":\"x\"}"));
    let message = format!("{{\"{}\":[{items}]}}", "k".repeat(1 << 20));
    assert_eq!(run(&api, Upgrade, &message).unwrap().lost(), MANY);
}

/// A message of a recursive type, so deep.
fn deep(levels: usize) -> String {
    format!("{}{{\"w\":\"1\"}}{}", "{\"t\":".repeat(levels), "}".repeat(levels))
}

#[test]
fn copies_of_copies_are_refused_before_they_cost() {
    let old = "T: {type: object, properties: {t: <T>, w: <s>}}";
    let new = "T: {type: object, properties: {t: <T>, u: <T>, w: <s>}}";
    for rules in ["added: {u: {$from: t}}", "alias: {u: {of: t, side: new}}"] {
        let api = both::types(&[old, new], &[&format!("types: {{T: {{{rules}}}}}")]);
        assert!(run(&api, Upgrade, &deep(3)).is_ok(), "{rules}");
        assert_eq!(run(&api, Upgrade, &deep(60)), Err(Failure::TooLarge), "{rules}");
    }
}

#[test]
fn what_is_moved_at_each_level_is_there_once() {
    let old = "T: {type: object, properties: {t: <T>, w: <s>}}";
    let new = "T: {type: object, properties: {u: <T>, w: <s>}}";
    let api =
        both::types(&[old, new], &["types: {T: {removed: {t: $absent}, added: {u: {$from: t}}}}"]);
    let done = run(&api, Upgrade, &deep(60)).unwrap();
    assert_eq!(done.bytes, deep(60).replace('t', "u").into_bytes());
}

#[test]
fn many_copies_that_report() {
    let s = "S: {type: string, enum: [p]}";
    let item = |more: &str| {
        format!(
            "T: {{type: array, items: <I>}}, I: {{type: object, properties: {{a: <S>{more}}}}}, {s}"
        )
    };
    let mapped = "S: {fields: {.: {map: {p: p}}}}";
    // With a source inside a source, and without: hop by hop, and not.
    for source in ["{$from: a, map: {q: {$from: a}}}", "{$from: a}"] {
        let rules = format!("types: {{{mapped}, I: {{added: {{b: {source}}}}}}}");
        let api = both::types(&[&item(""), &item(", b: <S>")], &[&rules]);
        let message = format!("[{}]", many(MANY, |_| String::from(r#"{"a":"z"}"#)));
        assert_eq!(run(&api, Upgrade, &message).unwrap().lost(), MANY, "{source}");
    }
}

#[test]
fn elements_that_are_missing_in_many_lists() {
    let item = |members: &str| {
        format!("T: {{type: array, items: <I>}}, I: {{type: object, properties: {{{members}}}}}")
    };
    let list = "l: {type: array, items: <i>}";
    // Hop by hop, all lists are there at once.
    let rules = "types: {I: {nulls: absent, fields: {x: 'l[9999]'}}}";
    let (old, new) = (item("x: <i>, a: <i>, b: <i>"), item(&format!("{list}, a: <i>")));
    let api = both::types(&[&old, &new], &[rules]);
    assert!(goes_hop_by_hop(&api));
    let message = format!("[{}]", many(MANY, |n| format!("{{\"x\":{n}}}")));
    assert!(matches!(run(&api, Upgrade, &message), Err(Failure::TooLarge)));
    assert_eq!(run(&api, Upgrade, r#"[{"x":1}]"#).unwrap().lost(), 9_999);
}

#[test]
fn texts_of_very_many_names_and_of_many_steps() {
    let t = |name: &str| {
        format!(
            "T: {{type: object, properties: {{l: {{type: array, items: <T>}}, {name}: <s>, by: <s>, all: {{type: array, items: <s>}}}}}}"
        )
    };
    let rules =
        "types: {T: {fields: {a: b, by: {text: {names: T}}, all: {each: {text: {names: T}}}}}}";
    let api = both::types(&[&t("a"), &t("b")], &[rules]);
    let deep = |name: &str| ["l.".repeat(120), String::from(name)].concat();
    for (count, one, other) in
        [(MANY, String::from("a"), String::from("b")), (5_000, deep("a"), deep("b"))]
    {
        let message = |name: &str| format!("{{\"by\":\"{}\"}}", many(count, |_| name.into()));
        let done = run(&api, Upgrade, &message(&one)).unwrap();
        assert!(done.bytes == message(&other).as_bytes() && done.lost() == 0, "{count}");
    }
    let message = |name: &str| format!("{{\"all\":[{}]}}", many(MANY, |_| format!("\"{name}\"")));
    assert!(run(&api, Upgrade, &message("a")).unwrap().bytes == message("b").as_bytes());
}

/// A text that names a place for which each of the branches of each union would have to be looked into.
#[test]
fn a_text_of_unions_in_unions() {
    let branches = |all: usize| many(all, |n| format!("<B{n}>"));
    let t = |name: &str, own: bool| {
        let union = format!("{{oneOf: [{}]}}", branches(30));
        let inner = if own { union.clone() } else { String::from("<U>") };
        let branch = |n: usize| {
            format!(
                "B{n}: {{type: object, required: [k], properties: {{k: {{const: b{n}}}, n: {inner}}}}}"
            )
        };
        let branches = many(30, branch);
        format!(
            "T: {{type: object, properties: {{{name}: <s>, u: <U>, by: <s>}}}}, U: {union}, {branches}"
        )
    };
    let rules = "types: {T: {fields: {a: b, by: {text: {pointer: document}}}}}";
    let message = format!("{{\"by\":\"/u{}/x\"}}", "/n".repeat(100));
    // Each is looked into once at each step; where they are all unions of their own, it ends.
    for (own, lost) in [(false, 0), (true, 1)] {
        let api = both::types(&[&t("a", own), &t("b", own)], &[rules]);
        let done = run(&api, Upgrade, &message).unwrap();
        assert_eq!((done.bytes == message.as_bytes(), done.lost()), (true, lost), "{own}");
    }
}
