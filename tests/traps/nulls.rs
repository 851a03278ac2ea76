//! `nulls: absent`: what rules read where a member is null.

use crate::both::{down, heads, load, o, short, up};

/// One rule about the type of the body, which reads null as absent.
fn absent(rules: &str) -> String {
    format!("nulls: absent, {rules}")
}

#[test]
fn a_null_that_a_rule_names_does_not_arrive() {
    let rules = absent("fields: {a: b}");
    assert_eq!(
        up("a: <s?>, c: <s?>", "b: <s?>, c: <s?>", &rules, r#"{"a":null,"c":null}"#),
        r#"{"c":null}"#
    );
    assert_eq!(down("a: <s?>", "b: <s?>", &rules, r#"{"b":null}"#), "{}");
    assert_eq!(up("a: <s?>", "b: <s?>", &rules, r#"{"a":"1"}"#), r#"{"b":"1"}"#);
    // Without it, null is a value.
    assert_eq!(up("a: <s?>", "b: <s?>", "fields: {a: b}", r#"{"a":null}"#), r#"{"b":null}"#);
}

#[test]
fn what_absence_means_stands_for_null() {
    let rules = absent("fields: {a: {to: b, absent: {old: x, new: x}}}");
    assert_eq!(up("a: <s?>", "b: <s?>", &rules, r#"{"a":null}"#), r#"{"b":"x"}"#);
    let rules = absent("fields: {a: {to: b, pairs: [[$absent, none]]}}");
    assert_eq!(up("a: <s?>", "b: <s?>", &rules, r#"{"a":null}"#), r#"{"b":"none"}"#);
}

#[test]
fn a_wrapped_null_makes_no_list() {
    let new = "l: {type: array, items: {type: object, properties: {v: <s?>}}}";
    let rules = absent("fields: {a: {to: 'l[].v', wrap: new}}");
    assert_eq!(up("a: <s?>", new, &rules, r#"{"a":null}"#), "{}");
    // An object with nothing in it but the null came as good as empty.
    let narrowed = "{} | narrowed /l/0 fields.a";
    assert_eq!(down("a: <s?>", new, &rules, r#"{"l":[{"v":null}]}"#), narrowed);
}

#[test]
fn elements_are_no_members() {
    let list = "l: {type: array, items: <s?>}";
    let rules = absent("fields: {l: m, 'n[0]': f}");
    let (old, new) = (
        format!("{list}, n: {{type: array, items: <s?>}}"),
        "m: {type: array, items: <s?>}, f: <s?>, n: {type: array, items: <s?>}",
    );
    // But the member that it becomes is, to who reads it on the way back.
    assert_eq!(
        up(&old, new, &rules, r#"{"l":[null],"n":[null,"1"]}"#),
        r#"{"m":[null],"f":null,"n":["1"]} | narrowed /n/0 fields.n[0]"#
    );
}

#[test]
fn a_null_that_the_way_back_does_not_read_is_said() {
    let new = "l: {type: array, items: <s>}";
    let wrapped = absent("fields: {a: {to: l, wrap: new}}");
    assert_eq!(down("a: <s?>", new, &wrapped, r#"{"l":[]}"#), "{} | narrowed /l fields.a");
    let wrapped = "fields: {a: {to: l, wrap: new}}";
    assert_eq!(down("a: <s?>", new, wrapped, r#"{"l":[]}"#), r#"{"a":null}"#);
    let listed = absent("fields: {a: {to: b, pairs: [[q, null]]}}");
    assert_eq!(
        up("a: <s?>", "b: <s?>", &listed, r#"{"a":"q"}"#),
        r#"{"b":null} | narrowed /a fields.a"#
    );
    // Absence brings it back.
    let listed = absent("fields: {a: {to: b, pairs: [[q, null], [q, $absent]]}}");
    assert_eq!(up("a: <s?>", "b: <s?>", &listed, r#"{"a":"q"}"#), r#"{"b":null}"#);
    assert_eq!(down("a: <s?>", "b: <s?>", &listed, r#"{"b":null}"#), r#"{"a":"q"}"#);
    let other = absent("fields: {a: {to: b, map: {p: p}, else: {new: null}}}");
    assert_eq!(
        up("a: <s?>", "b: <s?>", &other, r#"{"a":"z"}"#),
        r#"{"b":null} | narrowed /a fields.a"#
    );
}

#[test]
fn values_of_a_dictionary_are_members() {
    let of = "d: {type: object, additionalProperties: <s?>}";
    let rules = absent("fields: {'d{}': {to: 'e{}', map: {x: y}}, d: e}");
    let new = of.replace("d:", "e:");
    assert_eq!(up(of, &new, &rules, r#"{"d":{"p":null,"q":"x"}}"#), r#"{"e":{"q":"y"}}"#);
}

#[test]
fn sources_go_on_to_their_else() {
    let rules = absent("added: {b: {$from: a, else: none}}");
    let message = r#"{"a":null}"#;
    assert_eq!(up("a: <s?>", "a: <s?>, b: <s?>", &rules, message), r#"{"a":null,"b":"none"}"#);
    let rules = absent("added: {b: {$from: 'l[].v'}}");
    let list = "l: {type: array, items: {type: object, properties: {v: <s?>}}}";
    let new = format!("{list}, b: {{type: array, items: <s?>}}");
    let message = r#"{"l":[{"v":null},{"v":"1"}]}"#;
    assert_eq!(up(list, &new, &rules, message), r#"{"l":[{"v":null},{"v":"1"}],"b":["1"]}"#);
}

#[test]
fn a_second_fills_a_first_that_is_null() {
    let rules = absent("alias: {s: {of: a, side: old}}");
    assert_eq!(up("a: <s?>, s: <s?>", "a: <s?>", &rules, r#"{"a":null,"s":"1"}"#), r#"{"a":"1"}"#);
    assert_eq!(down("a: <s?>, s: <s?>", "a: <s?>", &rules, r#"{"a":null}"#), r#"{"a":null}"#);
}

#[test]
fn a_null_on_the_way_is_absent_and_stays_where_it_has_a_counterpart() {
    let inner = "{type: [object, 'null'], properties: {x: <s?>, y: <s?>}}";
    let rules = absent("fields: {a.x: b}");
    let (old, new) = (format!("a: {inner}"), format!("a: {inner}, b: <s?>"));
    assert_eq!(up(&old, &new, &rules, r#"{"a":null}"#), r#"{"a":null}"#);
    assert_eq!(up(&old, "b: <s?>", &rules, r#"{"a":null}"#), "{}");
    assert_eq!(
        up(&old, "b: <s?>", "fields: {a.x: b}", r#"{"a":null}"#),
        r#"{"b":null} | narrowed /a fields.a.x"#
    );
    // What was nothing but nulls is as good as empty.
    assert_eq!(up(&old, "b: <s?>", &rules, r#"{"a":{"x":null}}"#), "{} | narrowed /a fields.a.x");
}

#[test]
fn names_that_stand_twice_are_found_all_the_same() {
    let rules = absent("fields: {a: b}");
    let said = up("a: <s?>", "b: <s?>", &rules, r#"{"a":null,"a":"1"}"#);
    assert!(said.rest.contains("duplicate name"), "{said:?}");
}

#[test]
fn a_mapping_says_it_for_all_its_blocks_and_a_block_for_itself() {
    let contract = |name: &str| {
        short(&format!(
            "$defs: {{T: {}, U: {}}}",
            o(&format!("{name}: <s?>, u: <U>")),
            o(&format!("{name}: <s?>"))
        ))
    };
    let rest = "nulls: absent\ntypes:\n  T: {fields: {a: b}}\n  U: {nulls: value, fields: {a: b}}";
    let series = load(&[contract("a"), contract("b")], &heads(&[rest])).expect("an API");
    let way = fishplate::compile::Way { from: 0, to: 1 };
    let subject = fishplate::compile::Subject::Type("T");
    let said = crate::both::run(&series, subject, way, br#"{"a":null,"u":{"a":null}}"#);
    assert_eq!(said, r#"{"u":{"b":null}}"#);
}
