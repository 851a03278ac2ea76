//! Single elements of lists: by position and by selector.

use super::{down, up};

const LIST: &str = "l: {type: array, items: {type: object, properties: {n: <s>, q: <i>}}}";

#[test]
fn one_version_becomes_a_list_of_versions() {
    let (old, new) = (
        "version: <s>",
        "versions: {type: array, items: {type: object, properties: {name: <s>, served: <b>}}}",
    );
    let rules = r#"fields: {version: "versions[0].name"}, added: {"versions[0].served": true}"#;
    assert_eq!(
        up(old, new, rules, r#"{"version":"v1"}"#),
        r#"{"versions":[{"name":"v1","served":true}]}"#
    );
    assert_eq!(up(old, new, rules, "{}"), "{}");
    assert_eq!(
        down(old, new, rules, r#"{"versions":[{"name":"v1","served":true}]}"#),
        r#"{"version":"v1"}"#
    );
    assert_eq!(
        down(old, new, rules, r#"{"versions":[{"name":"v1","served":false},{"name":"v2"}]}"#),
        r#"{"version":"v1"} | dropped /versions/1 fields.version | dropped /versions/0/served added.versions[0].served"#
    );
}

#[test]
fn positions_of_a_pair_become_names() {
    let (old, new) = ("indices: {type: array, items: <i>}", "start: <i>, end: <i>");
    let rules = r#"fields: {"indices[0]": start, "indices[1]": end}"#;
    assert_eq!(up(old, new, rules, r#"{"indices":[3,7]}"#), r#"{"start":3,"end":7}"#);
    assert_eq!(down(old, new, rules, r#"{"end":7,"start":3}"#), r#"{"indices":[3,7]}"#);
    assert_eq!(
        down(old, new, rules, r#"{"end":7}"#),
        r#"{"indices":[null,7]} | placeholder /indices/0 fields.indices[1]"#
    );
}

#[test]
fn taking_an_element_closes_the_gap_and_writing_it_opens_one() {
    let (old, new) = ("l: {type: array, items: <i>}", "l: {type: array, items: <i>}, x: <i>");
    let rules = r#"fields: {"l[1]": x}"#;
    assert_eq!(up(old, new, rules, r#"{"l":[1,2,3]}"#), r#"{"l":[1,3],"x":2}"#);
    assert_eq!(down(old, new, rules, r#"{"l":[1,3],"x":2}"#), r#"{"l":[1,2,3]}"#);
    assert_eq!(up(old, new, rules, r#"{"l":[1]}"#), r#"{"l":[1]}"#);
}

#[test]
fn a_selector_finds_its_element() {
    let (old, new) = (
        "available: <i>, incoming: <i>",
        "quantities: {type: array, items: {type: object, properties: {name: <s>, quantity: <i>}}}",
    );
    let rules = r#"fields: {available: "quantities[name=available].quantity", incoming: "quantities[name=incoming].quantity"}"#;
    assert_eq!(
        up(old, new, rules, r#"{"available":1,"incoming":2}"#),
        r#"{"quantities":[{"name":"available","quantity":1},{"name":"incoming","quantity":2}]}"#
    );
    assert_eq!(
        down(
            old,
            new,
            rules,
            r#"{"quantities":[{"quantity":2,"name":"incoming"},{"name":"available","quantity":1}]}"#
        ),
        r#"{"available":1,"incoming":2}"#
    );
    assert_eq!(
        down(
            old,
            new,
            rules,
            r#"{"quantities":[{"quantity":2,"name":"incoming"},{"name":"lost"}]}"#
        ),
        r#"{"incoming":2} | dropped /quantities/1 fields.available"#
    );
}

#[test]
fn of_a_list_that_stays_an_element_goes_when_only_its_selector_is_left() {
    let new = "l: {type: array, items: {type: object, properties: {n: <s>, q: <i>}}}, x: <i>";
    let rules = r#"fields: {"l[n=a].q": x}"#;
    assert_eq!(
        up(LIST, new, rules, r#"{"l":[{"n":"b","q":1},{"n":"a","q":2}]}"#),
        r#"{"l":[{"n":"b","q":1}],"x":2}"#
    );
    assert_eq!(
        up(LIST, new, rules, r#"{"l":[{"n":"a","q":2},{"n":"a","q":3}]}"#),
        r#"{"l":[{"n":"a","q":3}],"x":2} | dropped /l/1 fields.l[n=a].q"#
    );
    assert_eq!(
        down(LIST, new, rules, r#"{"l":[{"n":"b","q":1}],"x":2}"#),
        r#"{"l":[{"n":"b","q":1},{"n":"a","q":2}]}"#
    );
}

#[test]
fn a_list_is_wrapped_around_an_object_that_is_made() {
    let (old, new) =
        ("ip: <s>", "ips: {type: array, items: {type: object, properties: {ip: <s>, zone: <s>}}}");
    let rules = r#"fields: {ip: {to: "ips[].ip", wrap: new}}"#;
    assert_eq!(up(old, new, rules, r#"{"ip":"a"}"#), r#"{"ips":[{"ip":"a"}]}"#);
    assert_eq!(
        down(old, new, rules, r#"{"ips":[{"ip":"a","zone":"z"},{"ip":"b"}]}"#),
        r#"{"ip":"a"} | dropped /ips/0/zone fields.ip | dropped /ips/1 fields.ip"#
    );
}

#[test]
fn a_written_position_is_taken_by_a_later_hop() {
    let (old, new) = ("x: <i>", "y: <i>, a: {type: array, items: <i>}");
    let rules = r#"fields: {x: "a[1]"}"#;
    assert_eq!(up(old, new, rules, r#"{"x":5}"#), r#"{"a":[null,5]} | placeholder /a/0 fields.x"#);
}
