//! Rules of several hops that meet: what each random chain that once broke the law came down to.

use crate::both::{Downgrade, Upgrade, chain, down, hop, o};

/// A dictionary of texts.
const TEXTS: &str = "{type: object, additionalProperties: <s>}";

#[test]
fn a_copy_at_a_place_of_another_type() {
    let (t, a) = (o("a: <A>, c: <C>"), "A: {type: object, properties: {a: <s>}}");
    let first = format!("T: {t}, {a}, C: {}", o("x: <s>"));
    let defs = [&*first, &*first, &*first];
    let rules = ["types: {T: {alias: {a: c}}}", "types: {T: {alias: {a: {of: c, side: old}}}}"];
    let said = chain(&defs, &rules, Upgrade, r#"{"a":{"a":"1"}}"#);
    assert_eq!(said, r#"{"c":{"a":"1"}}"#);
}

#[test]
fn an_object_where_a_scalar_was_due_and_members_are_dropped() {
    let def = format!("T: {}, S: <s>", o("d: <S>"));
    let defs = [&*def, &def, &def];
    let convert = "types: {S: {fields: {.: {convert: {old: string, new: integer}}}}}";
    let drop = "unmapped: drop";
    let said = chain(&defs, &[drop, convert], Upgrade, r#"{"d":{"a":1}}"#);
    assert!(format!("{said:?}").contains("unfit"), "{said:?}");
}

#[test]
fn a_copy_of_a_value_written_into_an_object_is_said_once() {
    let (one, two) = (
        "T: {type: object, properties: {c: <b>, d: <D>}}",
        "D: {type: object, properties: {e: <b>}}",
    );
    let (one, last) = (format!("{one}, {two}"), "T: {type: object, properties: {b: <b>}}");
    let new = "T: {type: object, properties: {b: <b>, a: <s>}}";
    let defs = [&*one, &format!("T: {}, {two}", o("d: <D>")), last, new];
    let rules = [
        "types: {T: {fields: {c: d.e}}}",
        "types: {T: {fields: {d.e: b}}}",
        "types: {T: {alias: {a: {of: b, side: new, map: {p: ''}}}}}",
    ];
    let said = chain(&defs, &rules, Upgrade, r#"{"c":false,"d":null}"#);
    assert_eq!(format!("{said:?}").matches("unknown").count(), 1, "{said:?}");
}

#[test]
fn what_goes_from_an_object_that_a_source_looks_into_is_said_once() {
    let c = |more: &str| format!("T: {}", o(&format!("c: {}", o(&format!("c: <s>{more}")))));
    let old = format!("T: {}", o("d: <s>"));
    let defs = [&*old, &c(""), &c(", e: <s>")];
    let rules = ["types: {T: {removed: {d: {$from: c.c}}}}", "types: {T: {added: {c.e: x}}}"];
    let said = chain(&defs, &rules, Downgrade, r#"{"c":{"c":"1","e":"y"}}"#);
    assert_eq!(format!("{said:?}").matches("dropped /c/e").count(), 1, "{said:?}");
}

#[test]
fn a_source_whose_value_is_written_nowhere() {
    let b = format!("b: {}", o("b: <s>"));
    let defs = [format!("T: {}", o(&b)), format!("T: {}", o(&format!("{b}, d: {}", o("d: <s>"))))];
    let rules = "types: {T: {added: {d.d: {$from: b.b}}}}";
    let last = "types: {T: {fields: {b.b: {convert: {old: string, new: integer}}}}}";
    let end = format!("T: {}", o(&format!("b: {}, d: {}", o("b: <i>"), o("d: <s>"))));
    let defs = [&*defs[0], &*defs[1], &*end];
    let said = chain(&defs, &[rules, last], Upgrade, r#"{"b":{"b":"x"}}"#);
    assert_eq!(format!("{said:?}").matches("unfit").count(), 1, "{said:?}");
}

#[test]
fn a_value_with_a_rule_of_its_type_that_is_written_into_an_object() {
    let (flat, s) = (o("a: <S>"), "S: <s>");
    let deep = format!("T: {}, {s}", o(&format!("b: {{oneOf: [{flat}, {{type: 'null'}}]}}")));
    let flat = format!("T: {flat}, {s}");
    let rules = [
        "",
        "types: {T: {fields: {b.a: a}}}",
        "types: {S: {fields: {.: {convert: {old: integer, new: string}}}}}",
    ];
    let said = chain(&[&deep, &deep, &flat, &flat], &rules, Downgrade, r#"{"a":"p"}"#);
    assert_eq!(said, r#"{"b":{"a":"p"}} | unfit /a types.S.fields["."]"#);
}

#[test]
fn a_copy_that_agrees_with_what_it_was_made_of_though_a_member_collides() {
    let (t, a) = (
        "T: {type: object, properties: {d: <b>, e: <A>}}",
        "A: {type: object, properties: {a: <i>}}",
    );
    let defs = [
        &*format!("T: {}", o("")),
        &format!("{t}, {a}"),
        &format!("T: {}, A: {}", o("e: <A>"), o("")),
    ];
    let rules = [
        "types: {T: {alias: {e: {of: d, side: new, prefer: second}}}}",
        "types: {T: {alias: {d: {of: e, side: old}}}}",
    ];
    let said = chain(&defs, &rules, Downgrade, r#"{"e":{"a":0}}"#);
    assert_eq!(said, r#"{"d":{}}"#);
}

#[test]
fn a_value_that_takes_the_stead_of_its_object_is_of_another_branch() {
    let t = "T: {type: object, properties: {d: {oneOf: [{type: array, items: <b>}, <U>]}}}";
    let old = format!("{t}, U: {}", o(&format!("b: {}", o("a: <i>"))));
    let defs = [&*old, &format!("{t}, U: {}", o("e: <any>")), &format!("{t}, U: {}", o("d: <s>"))];
    let rules = ["types: {U: {fields: {b: .}}}", "types: {U: {fields: {e: d}}}"];
    assert_eq!(chain(&defs, &rules, Upgrade, r#"{"d":{"b":[]}}"#), r#"{"d":[]}"#);
}

#[test]
fn what_is_listed_for_a_gathered_value_is_of_the_elements_type() {
    let old = format!(
        "T: {}, S: <s>",
        o("l: {type: array, items: {type: object, properties: {n: <s>}}}, x: <S>")
    );
    let new = format!("T: {}, S: <s>", o("names: {type: array, items: <S>}"));
    let rules = "types: {S: {fields: {.: {map: {p: q}}}}, T: {added: {names: {$from: 'l[].n', map: {a: {$from: x}}}}}}";
    let said = chain(&[&old, &new], &[rules], Upgrade, r#"{"l":[{"n":"a"}],"x":"p"}"#);
    assert!(said == r#"{"l":[{"n":"a"}],"x":"p","names":["q"]}"#, "{said:?}");
}

/// A list of objects at a place that rules name by their `type`.
const CARDS: &str = "{type: array, items: {type: object, properties: {type: <s>, x: <i>}}}";

#[test]
fn a_whole_element_that_is_made_has_the_fields_of_its_selector_and_comes_back_with_them() {
    let (old, new) =
        (format!("T: {}", o("a: <i>")), format!("T: {}", o(&format!("l: {CARDS}, a: <i>"))));
    let bare = format!("T: {}", o(&format!("l: {CARDS}")));
    let rules = ["types: {T: {added: {'l[type=card]': {x: 1}}}}"];
    let said = chain(&[&bare, &bare], &rules, Upgrade, r#"{"l":[{"type":"cash"}]}"#);
    assert_eq!(said, r#"{"l":[{"type":"cash"},{"x":1,"type":"card"}]}"#);
    let said = chain(
        &[&bare, &bare],
        &rules,
        Downgrade,
        r#"{"l":[{"type":"cash"},{"type":"card","x":1}]}"#,
    );
    assert_eq!(said, r#"{"l":[{"type":"cash"}]}"#);
    // Where there is no list, nothing is made.
    assert_eq!(chain(&[&old, &new], &rules, Upgrade, r#"{"a":1}"#), r#"{"a":1}"#);
}

#[test]
fn a_made_element_too_far_behind_the_end_is_not_put_in_its_stead() {
    let list = format!("T: {}", o("l: {type: array, items: <i>}"));
    let rules = ["types: {T: {added: {'l[20000]': 1}}}"];
    assert_eq!(chain(&[&list, &list], &rules, Upgrade, r#"{"l":[]}"#), r#"{"l":[]}"#);
}

#[test]
fn a_name_that_stands_twice_in_a_dictionary_that_is_gathered() {
    let d = "d: {type: object, additionalProperties: <i>}";
    let (old, new) = (
        format!("T: {}", o(d)),
        format!("T: {}", o(&format!("{d}, all: {{type: array, items: <i>}}"))),
    );
    let rules = ["types: {T: {added: {all: {$from: 'd{}'}}}}"];
    let said = chain(&[&old, &new], &rules, Upgrade, r#"{"d":{"k":1,"k":2}}"#);
    assert!(format!("{said:?}").contains("malformed"), "{said:?}");
}

#[test]
fn what_is_taken_out_of_a_dictionary_is_not_there_any_more() {
    let def = |more: &str| format!("T: {}", o(&format!("d: {TEXTS}{more}")));
    let (old, new) = (def(""), def(", e: <s>"));
    let defs = [&*old, &*new];
    let rules = ["types: {T: {fields: {d.foo: e}}}"];
    let said = chain(&defs, &rules, Upgrade, r#"{"d":{"foo":"1","bar":"2"}}"#);
    assert_eq!(said, r#"{"d":{"bar":"2"},"e":"1"}"#);
    let said = chain(&defs, &rules, Downgrade, r#"{"d":{"bar":"2"},"e":"1"}"#);
    assert_eq!(said, r#"{"d":{"bar":"2","foo":"1"}}"#);
}

#[test]
fn a_name_that_one_hop_took_is_not_among_the_others_at_the_next() {
    let def = |properties: &str| {
        let open = "additionalProperties: {type: string}";
        format!("T: {{type: object, properties: {{{properties}}}, {open}}}")
    };
    let (old, new) = (def("a: <s>, c: <s>"), def("a: <s>, c: <s>, n: <s>"));
    let message = r#"{"a":"1","c":"2"}"#;
    let said =
        chain(&[&old, &old, &old], &["types: {T: {removed: {c: $absent}}}", ""], Upgrade, message);
    assert!(format!("{said:?}").contains("dropped /c"), "{said:?}");
    assert!(!format!("{said:?}").contains(r#"c":"2"#), "{said:?}");
    let rules = ["types: {T: {fields: {c: n}}}", ""];
    let said = chain(&[&old, &new, &new], &rules, Upgrade, message);
    assert_eq!(said, r#"{"a":"1","n":"2"}"#);
    let rules =
        ["types: {T: {fields: {a: n, c: a}}}", "types: {T: {added: {c: x}, removed: {n: y}}}"];
    let said = chain(&[&old, &new, &old], &rules, Upgrade, message);
    assert!(!format!("{said:?}").contains("collision"), "{said:?}");
}

#[test]
fn a_name_that_is_written_into_a_dictionary_collides_once_or_not_at_all() {
    let def = format!("T: {}", o(&format!("d: {TEXTS}")));
    let rules = ["types: {T: {fields: {d.app: d.name}}}"];
    let said = chain(&[&def, &def], &rules, Upgrade, r#"{"d":{"name":"n"}}"#);
    assert_eq!(said, r#"{"d":{"name":"n"}}"#);
    let said = chain(&[&def, &def], &rules, Upgrade, r#"{"d":{"app":"a","name":"n"}}"#);
    assert_eq!(format!("{said:?}").matches("collision").count(), 1, "{said:?}");
}

#[test]
fn what_was_unfit_as_an_array_is_not_looked_up_by_a_later_hop() {
    let def = |name: &str, ty: &str| format!("T: {}, S: <s>", o(&format!("{name}: {ty}")));
    let (old, new) = (def("d", "<S>"), def("k", "{type: string, enum: [t0]}"));
    let rules = [
        "types: {S: {fields: {.: {convert: {old: string, new: string}}}}}",
        "types: {T: {fields: {d: {to: k, map: {q: t0}, else: refuse}}}}",
    ];
    for message in [r#"{"d":[]}"#, r#"{"d":{}}"#] {
        let said = chain(&[&old, &old, &new], &rules, Upgrade, message);
        assert!(format!("{said:?}").contains("unfit"), "{said:?}");
        assert!(!format!("{said:?}").contains("unknown"), "{said:?}");
    }
}

#[test]
fn an_object_that_a_hop_emptied_did_not_come_empty() {
    let place = |inner: &str| format!("T: {}", o(&format!("a: <s>, {inner}")));
    let defs = [
        "T: {type: object, properties: {a: <s>, c: <s>}}",
        &place(&format!("s: {}, c: <s>", o("a: <s>"))),
        &place(&format!("s: {}", o("a: <s>, c: <s>"))),
    ];
    let rules = ["types: {T: {fields: {a: s.a}}}", "types: {T: {fields: {c: s.c}}}"];
    let said = chain(&defs, &rules, Downgrade, r#"{"s":{"c":"1"}}"#);
    assert_eq!(said, r#"{"c":"1"}"#);
    let said = chain(&defs, &rules, Downgrade, r#"{"s":{ }}"#);
    assert!(format!("{said:?}").contains("narrowed /s"), "{said:?}");
}

#[test]
fn what_an_earlier_hop_let_through_is_dropped_where_nothing_may_pass() {
    let defs = [
        "T: {type: object, properties: {a: <s>, g: <s>}}",
        "T: {type: object, properties: {a: <s>}}",
    ];
    let message = r#"{"a":"1","g":"2","x":3}"#;
    let drop = "unmapped: drop";
    let said = chain(&[defs[0], defs[1], defs[1]], &["", drop], Upgrade, message);
    assert_eq!(said.bytes, r#"{"a":"1"}"#);
    assert_eq!(format!("{said:?}").matches("dropped").count(), 2, "{said:?}");
    let open = "T: {type: object, properties: {a: <s>}, additionalProperties: {type: object}}";
    let said = chain(&[open, defs[1], defs[1]], &["", drop], Upgrade, r#"{"a":"1","y":{"z":1}}"#);
    assert_eq!(said.bytes, r#"{"a":"1"}"#);
    assert_eq!(format!("{said:?}").matches("dropped /y").count(), 1, "{said:?}");
}

#[test]
fn a_member_of_a_dictionary_that_a_source_looks_at_stays() {
    let all = "T: {type: object, additionalProperties: <D>}, D: {type: object, additionalProperties: <any>}";
    let rules = "types: {T: {added: {copy: {$from: one}, inner: {$from: two.x}}}}";
    let message = r#"{"one":{"a":1},"two":{"x":{"b":2},"y":3},"z":{}}"#;
    assert_eq!(
        hop(all, all, rules, Upgrade, message),
        r#"{"one":{"a":1},"two":{"x":{"b":2},"y":3},"z":{},"copy":{"a":1},"inner":{"b":2}}"#
    );
    // So it does where another rule looks into the same one.
    let rules = "types: {T: {fields: {two.y: two.w}, added: {copy: {$from: two.x}}}}";
    assert_eq!(
        hop(all, all, rules, Upgrade, message),
        r#"{"one":{"a":1},"two":{"x":{"b":2},"w":3},"z":{},"copy":{"b":2}}"#
    );
    let rules = "types: {T: {alias: {second: first}}}";
    assert_eq!(hop(all, all, rules, Upgrade, r#"{"first":{"a":1}}"#), r#"{"first":{"a":1}}"#);
}

#[test]
fn a_placeholder_that_is_refused_counts_behind_what_is_refused_of_the_message() {
    let owner = |more: &str| format!("T: {{type: object, properties: {{a: <i>{more}}}}}");
    let defs = [
        owner(", x: <i>"),
        owner(", x: <i>, owner: <s>, l: {type: array, items: <i>}"),
        owner(", owner: <s>, l: {type: array, items: <i>}"),
    ];
    let defs: Vec<&str> = defs.iter().map(String::as_str).collect();
    let invent = "types: {T: {added: {owner: {$placeholder: nobody, loses: refuse}}}}";
    let drops = "types: {T: {removed: {x: {$const: 1, loses: refuse}}}}";
    assert_eq!(
        chain(&defs, &[invent, drops], Upgrade, r#"{"x":2,"a":1}"#),
        "refused dropped /x removed.x"
    );
    assert_eq!(
        chain(&defs, &[invent, drops], Upgrade, r#"{"x":1,"a":1}"#),
        "refused placeholder /owner added.owner"
    );
    let several = "types: {T: {fields: {x: {to: 'l[2]', loses: refuse}}, added: {owner: {$placeholder: nobody, loses: refuse}}}}";
    let said = chain(&[defs[0], defs[2]], &[several], Upgrade, r#"{"x":7,"a":1}"#);
    assert_eq!(said, "refused placeholder /l/0 fields.x");
}

#[test]
fn an_object_that_an_alias_makes_lacks_what_means_something() {
    let of = "o: {type: object, properties: {b: <s>, d: <s>}}, h: <s>";
    let rules = "fields: {o.b: {to: o.b, absent: {old: '1'}}}, alias: {o.d: h}";
    assert_eq!(
        down(of, of, rules, r#"{"h":"x"}"#),
        r#"{"h":"x","o":{"d":"x"}} | narrowed  fields.o.b"#
    );
    assert_eq!(down(of, of, rules, r#"{"o":{"b":"1"}}"#), r#"{"o":{"b":"1"}}"#);
}
