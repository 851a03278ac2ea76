//! `alias`: two places that say the same.

use super::{down, o, up};

#[test]
fn the_second_fills_an_absent_first() {
    let run = |doc: &str| up("a: <i>, b: <i>", "a: <i>", "alias: {b: a}", doc);
    assert_eq!(run(r#"{"b":1}"#), r#"{"a":1}"#);
    assert_eq!(run(r#"{"a":1,"b":1}"#), r#"{"a":1}"#);
    assert_eq!(run(r#"{"a":1}"#), r#"{"a":1}"#);
    assert_eq!(run("{}"), "{}");
}

#[test]
fn disagreeing_ones_are_told() {
    let run = |rule: &str| {
        up("a: <i>, b: <i>", "a: <i>", &format!("alias: {{b: {rule}}}"), r#"{"a":1,"b":2}"#)
    };
    assert_eq!(run("a"), r#"{"a":1} | dropped /b alias.b"#);
    assert_eq!(run("{of: a, prefer: second}"), r#"{"a":2} | dropped /a alias.b"#);
    assert_eq!(run("{of: a, prefer: refuse}"), "refused dropped /b alias.b");
}

#[test]
fn the_second_is_written_last_from_the_first() {
    let rules = "alias: {b: a}, fields: {a: c}";
    assert_eq!(down("a: <i>, b: <i>", "c: <i>", rules, r#"{"c":1}"#), r#"{"a":1,"b":1}"#);
    assert_eq!(down("a: <i>, b: <i>", "c: <i>", rules, "{}"), "{}");
}

#[test]
fn a_map_goes_from_second_to_first() {
    let rules = "alias: {b: {of: a, map: {true: yes, false: no}}}";
    assert_eq!(up("a: <s>, b: <b>", "a: <s>", rules, r#"{"b":true}"#), r#"{"a":"yes"}"#);
    assert_eq!(down("a: <s>, b: <b>", "a: <s>", rules, r#"{"a":"no"}"#), r#"{"a":"no","b":false}"#);
    assert_eq!(
        down("a: <s>, b: <b>", "a: <s>", rules, r#"{"a":"so"}"#),
        r#"{"a":"so"} | unknown /a alias.b"#
    );
}

#[test]
fn the_first_may_be_deep() {
    let old = format!("rate: <i>, resources: {}", o("core: <i>"));
    let new = format!("resources: {}", o("core: <i>"));
    let rules = "alias: {rate: resources.core}";
    assert_eq!(up(&old, &new, rules, r#"{"rate":5}"#), r#"{"resources":{"core":5}}"#);
    assert_eq!(
        down(&old, &new, rules, r#"{"resources":{"core":5}}"#),
        r#"{"resources":{"core":5},"rate":5}"#
    );
}

#[test]
fn on_the_new_side_it_is_the_other_way_round() {
    let rules = "alias: {b: {of: a, side: new}}";
    assert_eq!(up("a: <i>", "a: <i>, b: <i>", rules, r#"{"a":1}"#), r#"{"a":1,"b":1}"#);
    assert_eq!(down("a: <i>", "a: <i>, b: <i>", rules, r#"{"b":1}"#), r#"{"a":1}"#);
}
