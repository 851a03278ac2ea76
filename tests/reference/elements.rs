//! Elements of lists and values of dictionaries, and rules that cross `.`.

use super::{chain, down, o, up};
use fishplate::version::Direction::{self, Downgrade, Upgrade};

const L: &str = "l: {type: array, items: {type: string}}";
const D: &str = "d: {type: object, additionalProperties: {type: string}}";

fn list_of(properties: &str) -> String {
    format!("l: {{type: array, items: {}}}", o(properties))
}

fn dictionary_of(properties: &str) -> String {
    format!("d: {{type: object, additionalProperties: {}}}", o(properties))
}

#[test]
fn a_rule_about_elements_holds_for_each() {
    let rules = "fields: {'l[]': {map: {p: q}}}";
    assert_eq!(up(L, L, rules, r#"{"l":["p","x"]}"#), r#"{"l":["q","x"]}"#);
    assert_eq!(up(L, L, rules, r#"{"l":[]}"#), r#"{"l":[]}"#);
    assert_eq!(up(L, L, rules, r#"{"l":null}"#), r#"{"l":null}"#);
}

#[test]
fn a_rule_beneath_elements_holds_in_each() {
    let rules = "fields: {'l[].a': 'l[].b'}";
    let (old, new) = (list_of("a: <i>"), list_of("b: <i>"));
    assert_eq!(up(&old, &new, rules, r#"{"l":[{"a":1},{}]}"#), r#"{"l":[{"b":1},{}]}"#);
}

#[test]
fn a_rule_about_the_values_of_a_dictionary() {
    assert_eq!(
        up(D, D, "fields: {'d{}': {map: {p: q}}}", r#"{"d":{"k":"p","l":"x"}}"#),
        r#"{"d":{"k":"q","l":"x"}}"#
    );
    let (old, new) = (dictionary_of("a: <i>"), dictionary_of("b: <i>"));
    assert_eq!(
        up(&old, &new, "fields: {'d{}.a': 'd{}.b'}", r#"{"d":{"k":{"a":1}}}"#),
        r#"{"d":{"k":{"b":1}}}"#
    );
}

#[test]
fn elements_become_objects_and_back() {
    let new = list_of("n: <s>");
    let rules = "fields: {'l[]': 'l[].n'}";
    assert_eq!(up(L, &new, rules, r#"{"l":["x","y"]}"#), r#"{"l":[{"n":"x"},{"n":"y"}]}"#);
    assert_eq!(
        down(L, &new, rules, r#"{"l":[{"n":"x"},{"n":"y","z":1}]}"#),
        r#"{"l":["x","y"]} | dropped /l/1/z fields.l[]"#
    );
    assert_eq!(down(L, &new, rules, r#"{"l":[5]}"#), r#"{"l":[5]} | unfit /l/0 fields.l[]"#);
}

#[test]
fn a_block_of_a_list_reaches_its_elements() {
    let with = |p: &str| format!("T: {{type: array, items: {}}}", o(p));
    let (old, new) = (with("a: <i>"), with("b: <i>"));
    let rest = "types: {T: {fields: {'[].a': '[].b'}}}";
    let run = |doc: &str| chain(&[&old, &new], &[rest], Upgrade, doc);
    assert_eq!(run(r#"[{"a":1}]"#), r#"[{"b":1}]"#);
    assert_eq!(run(r#"{"a":1}"#), r#"{"a":1} | unfit  types.T"#);
}

fn envelope(direction: Direction, document: &str) -> String {
    let old = format!("T: {{type: array, items: {{$ref: '#/$defs/I'}}}}, I: {}", o("a: <i>"));
    let new = format!(
        "T: {}, I: {}",
        o("data: {type: array, items: {$ref: '#/$defs/I'}}, more: <b>"),
        o("b: <i>")
    );
    let rest = "types: {T: {fields: {'.': data}, added: {more: false}}, I: {fields: {a: b}}}";
    chain(&[&old, &new], &[rest], direction, document)
}

#[test]
fn a_whole_message_goes_into_an_envelope() {
    assert_eq!(envelope(Upgrade, r#"[{"a":1}]"#), r#"{"data":[{"b":1}],"more":false}"#);
    assert_eq!(envelope(Upgrade, "[]"), r#"{"data":[],"more":false}"#);
}

#[test]
fn a_message_comes_out_of_its_envelope() {
    assert_eq!(envelope(Downgrade, r#"{"data":[{"b":1}],"more":false}"#), r#"[{"a":1}]"#);
    assert_eq!(
        envelope(Downgrade, r#"{"data":[],"more":true,"x":1}"#),
        r#"[] | dropped /x fields["."] | dropped /more added.more"#
    );
    assert_eq!(envelope(Downgrade, "null"), "null");
}
