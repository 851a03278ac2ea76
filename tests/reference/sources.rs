//! What the message does not bring: `added`, `removed`, and where their values come from.

use super::{chain, down, o, up};
use fishplate::version::Direction;

#[test]
fn a_constant_is_set_where_its_parent_is_an_object() {
    let new = format!("a: <i>, t: <s>, m: {}", o("v: <s>"));
    let rules = "added: {t: x, m.v: y}";
    assert_eq!(up("a: <i>", &new, rules, "{}"), r#"{"t":"x"}"#);
    assert_eq!(
        up(&format!("a: <i>, m: {}", o("w: <i>")), &new, rules, r#"{"m":{}}"#),
        r#"{"m":{"v":"y"},"t":"x"}"#
    );
}

#[test]
fn what_the_constant_gives_back_is_no_loss() {
    assert_eq!(down("a: <i>", "a: <i>, t: <s>", "added: {t: x}", r#"{"t":"x"}"#), "{}");
    assert_eq!(
        down("a: <i>", "a: <i>, t: <s>", "added: {t: x}", r#"{"t":"z"}"#),
        "{} | dropped /t added.t"
    );
    assert_eq!(
        down("a: <i>", "a: <i>, t: <s>", "added: {t: $absent}", r#"{"t":"z"}"#),
        "{} | dropped /t added.t"
    );
}

#[test]
fn loses_of_a_rule_refuses_or_is_silent() {
    let with = |loses: &str| {
        let rules = format!("added: {{t: {{$const: x, loses: {loses}}}}}");
        down("a: <i>", "a: <i>, t: <s>", &rules, r#"{"t":"z"}"#)
    };
    assert_eq!(with("refuse"), "refused dropped /t added.t");
    assert_eq!(with("allow"), "{}");
}

#[test]
fn a_placeholder_is_reported_at_its_place_in_the_result() {
    let rules = "added: {t: {$placeholder: '?'}}";
    assert_eq!(
        up("a: <i>", "a: <i>, t: <s>", rules, r#"{"a":1}"#),
        r#"{"a":1,"t":"?"} | placeholder /t added.t"#
    );
}

#[test]
fn from_takes_a_place_of_the_other_side() {
    let rules = "added: {t: {$from: a}}";
    let run = |doc: &str| up("a: <i>", "a: <i>, t: <i>", rules, doc);
    assert_eq!(run(r#"{"a":1}"#), r#"{"a":1,"t":1}"#);
    assert_eq!(run("{}"), "{}");
    assert_eq!(down("a: <i>", "a: <i>, t: <i>", rules, r#"{"a":1,"t":1}"#), r#"{"a":1}"#);
    assert_eq!(
        down("a: <i>", "a: <i>, t: <i>", rules, r#"{"a":1,"t":2}"#),
        r#"{"a":1} | dropped /t added.t"#
    );
}

#[test]
fn from_with_a_map_and_else() {
    let rules = "added: {t: {$from: a, map: {1: one, 2: {$placeholder: two}}, else: many}}";
    let run = |doc: &str| up("a: <i>", "a: <i>, t: <s>", rules, doc);
    assert_eq!(run(r#"{"a":1}"#), r#"{"a":1,"t":"one"}"#);
    assert_eq!(run(r#"{"a":2}"#), r#"{"a":2,"t":"two"} | placeholder /t added.t"#);
    assert_eq!(run(r#"{"a":9}"#), r#"{"a":9,"t":"many"}"#);
    assert_eq!(run("{}"), r#"{"t":"many"}"#);
}

#[test]
fn from_gathers_values_and_looks_each_up() {
    let old = format!("l: {{type: array, items: {}}}", o("n: <s>"));
    let rules = "added: {t: {$from: 'l[].n', map: {a: x, b: $absent, c: {$placeholder: y}}}}";
    let new = format!("{old}, t: {{type: array, items: <s>}}");
    let run = |rules: &str, l: &str| up(&old, &new, rules, &format!("{{\"l\":{l}}}"));
    let l = r#"[{"n":"a"},{"n":"b"},{},{"n":"d"},{"n":"c"}]"#;
    assert_eq!(
        run(rules, l),
        format!(r#"{{"l":{l},"t":["x","d","y"]}} | placeholder /t/2 added.t"#)
    );
    let rules = "added: {t: {$from: 'l[].n', map: {a: x}, else: z}}";
    assert_eq!(
        run(rules, r#"[{"n":"a"},{"n":"d"}]"#),
        r#"{"l":[{"n":"a"},{"n":"d"}],"t":["x","z"]}"#
    );
    // The `else` is about values, not about the list.
    assert_eq!(up(&old, &new, rules, "{}"), "{}");
}

#[test]
fn from_gathers_the_values_of_a_dictionary() {
    let old = "d: {type: object, properties: {own: <s>}, additionalProperties: <i>}";
    let new = format!("{old}, t: {{type: array, items: <i>}}");
    let rules = "added: {t: {$from: 'd{}', else: []}}";
    let doc = r#"{"d":{"x":2,"own":"o","y":1}}"#;
    assert_eq!(up(old, &new, rules, doc), r#"{"d":{"x":2,"own":"o","y":1},"t":[2,1]}"#);
    assert_eq!(up(old, &new, rules, r#"{"d":{}}"#), r#"{"d":{},"t":[]}"#);
    assert_eq!(up(old, &new, rules, r#"{"d":7}"#), r#"{"d":7,"t":[]}"#);
    assert_eq!(
        down(old, &new, rules, r#"{"d":{"x":2},"t":[3]}"#),
        r#"{"d":{"x":2}} | dropped /t added.t"#
    );
    assert_eq!(down(old, &new, rules, r#"{"d":{"x":2},"t":[2]}"#), r#"{"d":{"x":2}}"#);
}

#[test]
fn from_reads_an_outer_place_into_an_object_that_pairs() {
    let old = format!("c: <s>, m: {}", o("v: <i>"));
    let new = format!("m: {}", o("v: <i>, c: <s>"));
    let rules = "added: {m.c: {$from: c}}, removed: {c: {$from: m.c}}";
    assert_eq!(up(&old, &new, rules, r#"{"c":"x","m":{"v":1}}"#), r#"{"m":{"v":1,"c":"x"}}"#);
    assert_eq!(down(&old, &new, rules, r#"{"m":{"v":1,"c":"x"}}"#), r#"{"m":{"v":1},"c":"x"}"#);
}

#[test]
fn from_through_elements_gives_the_list_of_values() {
    let old = format!("l: {{type: array, items: {}}}", o("v: <s>, w: {type: array, items: <s>}"));
    let new = format!("{old}, c: {{type: array, items: <s>}}");
    let rules = "added: {c: {$from: 'l[].v'}}";
    let both = |doc: &str, c: &str| {
        let with = format!("{},\"c\":{c}}}", &doc[..doc.len() - 1]);
        assert_eq!(up(&old, &new, rules, doc), with);
        assert_eq!(down(&old, &new, rules, &with), doc);
    };
    both(r#"{"l":[{"v":"1"},{"v":"2"},{"w":[]},5,null]}"#, r#"["1","2"]"#);
    both(r#"{"l":[]}"#, "[]");
    let run = |doc: &str| up(&old, &new, rules, doc);
    assert_eq!(run("{}"), "{}");
    assert_eq!(run(r#"{"l":null}"#), r#"{"l":null}"#);
    assert_eq!(run(r#"{"l":"x"}"#), r#"{"l":"x"}"#);
    let other = r#"{"l":[{"v":"1"}],"c":["2"]}"#;
    assert_eq!(down(&old, &new, rules, other), r#"{"l":[{"v":"1"}]} | dropped /c added.c"#);
    // Elements of elements, one behind the other; what there is none of has an `else`.
    let rules = "added: {c: {$from: 'l[].w[]', else: [none]}}";
    let run = |doc: &str| up(&old, &new, rules, doc);
    assert_eq!(
        run(r#"{"l":[{"w":["a","b"]},{},{"w":["c"]}]}"#),
        r#"{"l":[{"w":["a","b"]},{},{"w":["c"]}],"c":["a","b","c"]}"#
    );
    assert_eq!(run("{}"), r#"{"c":["none"]}"#);
}

#[test]
fn from_is_translated_by_its_type() {
    let old = format!("T: {}, I: {}", o("i: {$ref: '#/$defs/I'}"), o("a: <i>"));
    let new =
        format!("T: {}, I: {}", o("i: {$ref: '#/$defs/I'}, j: {$ref: '#/$defs/I'}"), o("b: <i>"));
    let rest = "types: {T: {added: {j: {$from: i}}}, I: {fields: {a: b}}}";
    assert_eq!(
        chain(&[&old, &new], &[rest], Direction::Upgrade, r#"{"i":{"a":1}}"#),
        r#"{"i":{"b":1},"j":{"b":1}}"#
    );
    // What a copy loses is what the value lost.
    assert_eq!(
        chain(&[&old, &new], &[rest], Direction::Upgrade, r#"{"i":5}"#),
        r#"{"i":5,"j":5} | unfit /i types.I"#
    );
}

#[test]
fn what_one_hop_adds_and_the_next_removes_is_nothing() {
    let defs = [
        format!("T: {}", o("a: <i>")),
        format!("T: {}", o(&format!("a: <i>, m: {}", o("c: <s>")))),
        format!("T: {}", o("a: <i>, c: <s>")),
    ];
    let defs: Vec<&str> = defs.iter().map(String::as_str).collect();
    let rests = ["types: {T: {added: {m.c: EUR}}}", "types: {T: {fields: {m.c: c}}}"];
    assert_eq!(chain(&defs, &rests, Direction::Upgrade, "{}"), "{}");
}

#[test]
fn the_same_constant_added_removed_and_added_with_another_value() {
    let with = format!("T: {}", o("t: <s>"));
    let none = format!("T: {}", o("a: <i>"));
    let rests = [
        "types: {T: {added: {t: x}}}",
        "types: {T: {removed: {t: x}}}",
        "types: {T: {added: {t: y}}}",
    ];
    let defs = [none.as_str(), with.as_str(), none.as_str(), with.as_str()];
    assert_eq!(chain(&defs, &rests, Direction::Upgrade, "{}"), r#"{"t":"y"}"#);
    assert_eq!(chain(&defs, &rests, Direction::Downgrade, r#"{"t":"y"}"#), "{}");
}

#[test]
fn a_refusal_in_a_middle_hop_stands_though_the_value_goes_later() {
    let a = format!("T: {}", o("a: <s>"));
    let none = format!("T: {}", o("z: <s>"));
    let rests = [
        "types: {T: {fields: {a: {map: {p: q}, else: refuse}}}}",
        "types: {T: {removed: {a: $absent}}}",
    ];
    let run = |doc: &str| chain(&[&a, &a, &none], &rests, Direction::Upgrade, doc);
    assert_eq!(run(r#"{"a":"x"}"#), "refused unknown /a fields.a");
    assert_eq!(run(r#"{"a":"p"}"#), "{} | dropped /a removed.a");
}

#[test]
fn from_may_look_at_one_element() {
    let list = "l: {type: array, items: {type: object, properties: {k: <s>, n: <i>}}}";
    let old = format!("a: {{type: [integer, 'null']}}, {list}");
    let first = "removed: {a: {$from: 'l[0].n', else: null}}";
    let doc = r#"{"l":[{"k":"x","n":1},{"k":"y","n":2}]}"#;
    let with_first = r#"{"l":[{"k":"x","n":1},{"k":"y","n":2}],"a":1}"#;
    assert_eq!(down(&old, list, first, doc), with_first);
    assert_eq!(up(&old, list, first, with_first), doc);
    assert_eq!(down(&old, list, first, r#"{"l":[]}"#), r#"{"l":[],"a":null}"#);
    let chosen = "removed: {a: {$from: 'l[k=y].n', else: null}}";
    assert!(down(&old, list, chosen, doc).ends_with(r#""a":2}"#));
    assert_eq!(up(&old, list, chosen, with_first), format!("{doc} | dropped /a removed.a"));
}
