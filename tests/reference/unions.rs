//! Unions: branches and their counterparts.

use super::{chain, o};
use fishplate::version::Direction;

fn ab(a: &str, b: &str, extra: &str) -> String {
    format!(
        "T: {}, A: {a}, B: {b}",
        o(&format!("u: {{oneOf: [{{$ref: '#/$defs/A'}}, {{$ref: '#/$defs/B'}}]{extra}}}"))
    )
}

const TAG: &str = ", discriminator: {propertyName: k, mapping: {a: '#/$defs/A', b: '#/$defs/B'}}";

#[test]
fn a_tag_tells_the_branch() {
    let old = ab(&o("k: <s>, x: <i>"), &o("k: <s>, x: <i>"), TAG);
    let new = ab(&o("k: <s>, y: <i>"), &o("k: <s>, z: <i>"), TAG);
    let rest = "types: {A: {fields: {x: y}}, B: {fields: {x: z}}}";
    let run = |doc: &str| chain(&[&old, &new], &[rest], Direction::Upgrade, doc);
    assert_eq!(run(r#"{"u":{"k":"a","x":1}}"#), r#"{"u":{"k":"a","y":1}}"#);
    assert_eq!(run(r#"{"u":{"x":1,"k":"b"}}"#), r#"{"u":{"z":1,"k":"b"}}"#);
    assert_eq!(run(r#"{"u":{"k":"c","x":1}}"#), r#"{"u":{"k":"c","x":1}} | unfit /u types.A"#);
    assert_eq!(run(r#"{"u":null}"#), r#"{"u":null}"#);
    assert_eq!(run(r#"{"u":5}"#), r#"{"u":5} | unfit /u types.A"#);
}

#[test]
fn the_json_type_tells_the_branch() {
    let old = ab(&o("x: <i>"), "<s>", "");
    let new = ab(&o("y: <i>"), "<s>", "");
    let rest = "types: {A: {fields: {x: y}}, B: {fields: {'.': {map: {p: q}}}}}";
    let run = |doc: &str| chain(&[&old, &new], &[rest], Direction::Upgrade, doc);
    assert_eq!(run(r#"{"u":{"x":1}}"#), r#"{"u":{"y":1}}"#);
    assert_eq!(run(r#"{"u":"p"}"#), r#"{"u":"q"}"#);
}

#[test]
fn required_properties_tell_the_branch() {
    let one = |p: &str, r: &str| format!("{{type: object, properties: {{{p}}}, required: [{r}]}}");
    let old = ab(&one("a: <i>, x: <i>", "a"), &one("a: <i>, b: <i>, x: <i>", "a, b"), "");
    let new = ab(&one("a: <i>, y: <i>", "a"), &one("a: <i>, b: <i>, z: <i>", "a, b"), "");
    let rest = "types: {A: {fields: {x: y}}, B: {fields: {x: z}}}";
    let run = |doc: &str| chain(&[&old, &new], &[rest], Direction::Upgrade, doc);
    assert_eq!(run(r#"{"u":{"a":1,"x":2}}"#), r#"{"u":{"a":1,"y":2}}"#);
    assert_eq!(run(r#"{"u":{"a":1,"b":1,"x":2}}"#), r#"{"u":{"a":1,"b":1,"z":2}}"#);
    assert_eq!(run(r#"{"u":{"x":2}}"#), r#"{"u":{"x":2}} | unfit /u types.A"#);
}

#[test]
fn a_renamed_branch_pairs_by_its_block() {
    let old = ab(&o("x: <i>"), "<s>", "");
    let new = ab(&o("y: <i>"), "<s>", "").replace("A: ", "C: ").replace("/A", "/C");
    let rest = "types: {A -> C: {fields: {x: y}}}";
    assert_eq!(
        chain(&[&old, &new], &[rest], Direction::Upgrade, r#"{"u":{"x":1}}"#),
        r#"{"u":{"y":1}}"#
    );
}

#[test]
fn a_union_against_one_of_its_branches() {
    let old = ab(&o("x: <i>"), "<s>", "");
    let new = format!("T: {}, A: {}", o("u: {$ref: '#/$defs/A'}"), o("y: <i>"));
    let rest = "types: {A: {fields: {x: y}}}";
    assert_eq!(
        chain(&[&old, &new], &[rest], Direction::Upgrade, r#"{"u":{"x":1}}"#),
        r#"{"u":{"y":1}}"#
    );
    assert_eq!(
        chain(&[&old, &new], &[rest], Direction::Downgrade, r#"{"u":{"y":1}}"#),
        r#"{"u":{"x":1}}"#
    );
}
