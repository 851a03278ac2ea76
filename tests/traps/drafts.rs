//! The cases that broke earlier drafts of the fusing of hops, each under its name.

use crate::both::{Downgrade, Upgrade, chain, o, types};

/// A chain of objects of these properties.
fn versions<const N: usize>(properties: [&str; N]) -> [String; N] {
    properties.map(|p| format!("T: {}", o(p)))
}

/// A block of `T` for each hop.
fn blocks<const N: usize>(rules: [&str; N]) -> [String; N] {
    rules.map(|r| if r.is_empty() { String::new() } else { format!("types: {{T: {{{r}}}}}") })
}

fn texts<const N: usize>(owned: &[String; N]) -> [&str; N] {
    owned.each_ref().map(String::as_str)
}

/// A chain over `T`s of these properties, with these rules between them, both ways.
macro_rules! chained {
    ($up:ident, $down:ident, $properties:expr, $rules:expr) => {
        let (defs, rests) = (versions($properties), blocks($rules));
        let $up = |message: &str| chain(&texts(&defs), &texts(&rests), Upgrade, message);
        let $down = |message: &str| chain(&texts(&defs), &texts(&rests), Downgrade, message);
    };
}

#[test]
fn a_constant_is_not_added_into_an_object_that_is_not_there() {
    let total = format!("total: {}", o("amount: <i>, currency: <s>"));
    chained!(
        up,
        down,
        ["total_cents: <i>", &total, "amount: <i>, currency: <s>"],
        [
            "fields: {total_cents: total.amount}, added: {total.currency: EUR}",
            "fields: {total.amount: amount, total.currency: currency}"
        ]
    );
    assert_eq!(up("{}"), "{}");
    assert_eq!(up(r#"{"total_cents":5}"#), r#"{"amount":5,"currency":"EUR"}"#);
    assert_eq!(up(r#"{"total_cents":null}"#), r#"{"amount":null,"currency":"EUR"}"#);
    assert_eq!(down("{}"), "{}");
    // The way up does not make the object again, so the constant would not come back.
    assert_eq!(down(r#"{"currency":"EUR"}"#), "{} | dropped /currency added.total.currency");
    assert_eq!(down(r#"{"amount":5,"currency":"EUR"}"#), r#"{"total_cents":5}"#);
    assert_eq!(
        down(r#"{"amount":5,"currency":"USD"}"#),
        r#"{"total_cents":5} | dropped /currency added.total.currency"#
    );
}

#[test]
fn a_constant_without_the_only_maker_of_its_parent() {
    // Nothing but the constant is beneath the object, so it is never there.
    let m = format!("m: {}", o("c: <s>"));
    chained!(
        up,
        down,
        ["a: <i>", &format!("a: <i>, {m}"), "a: <i>, c: <s>"],
        ["added: {m.c: EUR}", "fields: {m.c: c}"]
    );
    assert_eq!(up("{}"), "{}");
    assert_eq!(up(r#"{"a":1,"m":{}}"#), r#"{"a":1,"m":{}}"#);
    assert_eq!(down(r#"{"c":"EUR"}"#), "{} | dropped /c added.m.c");
}

#[test]
fn an_extra_named_like_a_field_of_the_second_hops_old_side() {
    chained!(
        up,
        down,
        ["a: <i>", "a: <i>, m: <s>", "a: <i>, n: <s>"],
        ["added: {m: x}", "fields: {m: n}"]
    );
    // The rule of the second hop takes what the first one made, never the extra.
    assert_eq!(up(r#"{"m":1}"#), r#"{"m":1,"n":"x"}"#);
    assert_eq!(up(r#"{"m":"x"}"#), r#"{"m":"x","n":"x"}"#);
    assert_eq!(down(r#"{"m":1,"n":"x"}"#), r#"{"m":1}"#);
    assert_eq!(down(r#"{"m":1,"n":"y"}"#), r#"{"m":1} | dropped /n added.m"#);
}

#[test]
fn an_extra_named_like_a_field_of_the_last_contract() {
    chained!(up, down, ["a: <i>", "b: <i>", "c: <i>"], ["fields: {a: b}", "fields: {b: c}"]);
    assert_eq!(up(r#"{"c":9}"#), "{} | collision /c #1");
    assert_eq!(up(r#"{"a":1,"c":9}"#), r#"{"c":1} | collision /c #1"#);
    assert_eq!(down(r#"{"a":9}"#), "{} | collision /a #0");
    assert_eq!(down(r#"{"c":1,"a":9}"#), r#"{"a":1} | collision /a #0"#);
}

#[test]
fn an_extra_named_like_a_field_of_a_middle_contract_alone() {
    chained!(
        up,
        down,
        ["a: <i>", "b: <i>", "c: <i>", "d: <i>"],
        ["fields: {a: b}", "fields: {b: c}", "fields: {c: d}"]
    );
    assert_eq!(up(r#"{"b":2,"a":1,"c":3}"#), r#"{"b":2,"d":1,"c":3}"#);
    assert_eq!(up(r#"{"b":2,"c":3}"#), r#"{"b":2,"c":3}"#);
    assert_eq!(down(r#"{"b":2,"d":1,"c":3}"#), r#"{"b":2,"a":1,"c":3}"#);
}

#[test]
fn a_member_that_the_third_version_lacks_and_an_extra_of_its_name() {
    chained!(up, down, ["a: <i>", "b: <i>", "d: <i>"], ["fields: {a: b}", ""]);
    assert_eq!(up(r#"{"a":1}"#), r#"{"b":1}"#);
    assert_eq!(up(r#"{"a":1,"b":2}"#), r#"{"b":2} | collision /a #1"#);
    assert_eq!(up(r#"{"b":2,"a":1}"#), r#"{"b":2} | collision /a #1"#);
    assert_eq!(down(r#"{"d":1,"b":2}"#), r#"{"d":1,"b":2}"#);
    assert_eq!(down(r#"{"d":1,"a":2}"#), r#"{"d":1} | collision /a #0"#);
}

#[test]
fn the_only_member_of_a_made_object_becomes_absent() {
    let m = format!("m: {}", o("b: <s>"));
    let moved = format!("n: {}", o("b: <s>"));
    let pairs = "fields: {a: {to: m.b, pairs: [['', $absent]]}}";
    for (last, rule, made) in [
        (&*moved, "fields: {m: n}", r#"{"n":{"b":"x"}}"#),
        (&*m, "", r#"{"m":{"b":"x"}}"#),
        ("c: <s>", "fields: {m.b: c}", r#"{"c":"x"}"#),
    ] {
        chained!(up, down, ["a: <s>", &m, last], [pairs, rule]);
        assert_eq!(up(r#"{"a":""}"#), "{}", "{rule}");
        assert_eq!(up(r#"{"a":"x"}"#), made, "{rule}");
        assert_eq!(up("{}"), "{}", "{rule}");
        assert_eq!(down(made), r#"{"a":"x"}"#, "{rule}");
        // The object that was made for it is not needed for it to come back.
        assert_eq!(down("{}"), r#"{"a":""}"#, "{rule}");
    }
}

#[test]
fn a_meaning_of_absence_is_not_poured_into_an_object_that_is_there() {
    let p = format!("p: {}", o("x: <i>"));
    chained!(
        up,
        down,
        [&p, &p, "y: <i>"],
        ["fields: {p: {absent: {old: {x: 1}}}}", "fields: {p.x: y}"]
    );
    assert_eq!(up(r#"{"p":{}}"#), "{} | narrowed /p fields.p.x");
    assert_eq!(up(r#"{"p":null}"#), "{} | narrowed /p fields.p.x");
    assert_eq!(up(r#"{"p":5}"#), "{} | dropped /p fields.p.x");
    assert_eq!(up("{}"), r#"{"y":1}"#);
    assert_eq!(up(r#"{"p":{"x":2}}"#), r#"{"y":2}"#);
    assert_eq!(down(r#"{"y":2}"#), r#"{"p":{"x":2}}"#);
    // On the way back absence would mean something.
    assert_eq!(down("{}"), "{} | narrowed  fields.p");
}

#[test]
fn null_on_the_way_is_judged_by_the_contract_of_each_hop() {
    let first = format!("p: {}", o(&format!("q: {}", o("x: <s>"))));
    for (r_nullable, y_nullable, expected) in [
        (true, true, r#"{"y":null} | narrowed /p fields.p.q | narrowed /p fields.r.x"#),
        (true, false, "{} | narrowed /p fields.p.q | narrowed /p fields.r.x"),
        (false, true, "{} | narrowed /p fields.p.q"),
        (false, false, "{} | narrowed /p fields.p.q"),
    ] {
        let r = if r_nullable { "[object, 'null']" } else { "object" };
        let r = format!("r: {{type: {r}, properties: {{x: <s>}}}}");
        let y = if y_nullable { "y: <s?>" } else { "y: <s>" };
        chained!(up, down, [&first, &r, y], ["fields: {p.q: r}", "fields: {r.x: y}"]);
        assert_eq!(up(r#"{"p":null}"#), expected, "{r} {y}");
        assert_eq!(up(r#"{"p":{"q":{"x":"v"}}}"#), r#"{"y":"v"}"#, "{r} {y}");
        assert_eq!(down(r#"{"y":"v"}"#), r#"{"p":{"q":{"x":"v"}}}"#, "{r} {y}");
        assert_eq!(down(r#"{"y":null}"#), r#"{"p":{"q":{"x":null}}}"#, "{r} {y}");
    }
}

#[test]
fn null_on_the_way_back_is_judged_by_the_contract_of_each_hop() {
    let last = format!("p: {}", o(&format!("q: {}", o("x: <s>"))));
    for (r_nullable, y_nullable, expected) in [
        (true, true, r#"{"y":null} | narrowed /p fields.y | narrowed /p fields.r"#),
        (true, false, "{} | narrowed /p fields.y | narrowed /p fields.r"),
        (false, true, "{} | narrowed /p fields.r"),
        (false, false, "{} | narrowed /p fields.r"),
    ] {
        let r = if r_nullable { "[object, 'null']" } else { "object" };
        let r = format!("r: {{type: {r}, properties: {{x: <s>}}}}");
        let y = if y_nullable { "y: <s?>" } else { "y: <s>" };
        chained!(up, down, [y, &r, &last], ["fields: {y: r.x}", "fields: {r: p.q}"]);
        assert_eq!(down(r#"{"p":null}"#), expected, "{r} {y}");
        assert_eq!(up(r#"{"y":null}"#), r#"{"p":{"q":{"x":null}}}"#, "{r} {y}");
    }
}

#[test]
fn an_element_that_one_hop_writes_and_the_next_takes_from_before_it() {
    let list = "type: array, items: <i?>";
    chained!(
        up,
        down,
        ["x: <i>", &format!("a: {{{list}}}"), &format!("a: {{{list}}}, y: <i?>")],
        [r#"fields: {x: "a[1]"}"#, r#"fields: {"a[0]": y}"#]
    );
    // [null, 5] in the middle: its first element goes to `y`, and closes the gap.
    assert_eq!(up(r#"{"x":5}"#), r#"{"a":[5],"y":null} | placeholder /y fields.x"#);
    assert_eq!(up("{}"), "{}");
    assert_eq!(down(r#"{"a":[5],"y":1}"#), r#"{"x":5} | dropped /y fields.x"#);
    assert_eq!(down(r#"{"y":1}"#), "{} | dropped /y fields.x");
}

#[test]
fn a_map_changes_what_the_next_hops_union_looks_at() {
    let union = |a: &str, b: &str| {
        let tag = "discriminator: {propertyName: k, mapping: {a: '#/$defs/A', b: '#/$defs/B'}}";
        let one = |more: &str| o(&format!("k: <s>, {more}: <i>"));
        let u = o(&format!("u: {{oneOf: [<A>, <B>], {tag}}}"));
        format!("T: {u}, A: {}, B: {}", one(a), one(b))
    };
    let defs = [union("x", "x"), union("x", "x"), union("y", "z")];
    let defs = defs.each_ref().map(String::as_str);
    let rests = [
        "types: {A: {fields: {k: {map: {a: b}}}}}",
        "types: {A: {fields: {x: y}}, B: {fields: {x: z}}}",
    ];
    let up = |message: &str| chain(&defs, &rests, Upgrade, message);
    let down = |message: &str| chain(&defs, &rests, Downgrade, message);
    assert_eq!(up(r#"{"u":{"k":"a","x":1}}"#), r#"{"u":{"k":"b","z":1}}"#);
    assert_eq!(up(r#"{"u":{"x":1,"k":"a"}}"#), r#"{"u":{"z":1,"k":"b"}}"#);
    assert_eq!(up(r#"{"u":{"k":"b","x":1}}"#), r#"{"u":{"k":"b","z":1}}"#);
    assert_eq!(down(r#"{"u":{"k":"b","z":1}}"#), r#"{"u":{"k":"b","x":1}}"#);
    assert_eq!(
        down(r#"{"u":{"k":"a","y":1}}"#),
        r#"{"u":{"k":"a","x":1}} | narrowed /u/k types.A.fields.k"#
    );
}

#[test]
fn pairs_make_an_object_that_the_next_hops_block_translates() {
    let defs = [
        format!("T: {}, I: {}", o("a: <s>, j: <I>"), o("p: <i>")),
        format!("T: {}, I: {}", o("i: <I>, j: <I>"), o("p: <i>")),
        format!("T: {}, I: {}", o("i: <I>, j: <I>"), o("q: <i>")),
    ];
    let defs = defs.each_ref().map(String::as_str);
    let rests = [
        "types: {T: {fields: {a: {to: i, pairs: [[x, {p: 1}]]}}}}",
        "types: {I: {fields: {p: q}}}",
    ];
    let up = |message: &str| chain(&defs, &rests, Upgrade, message);
    let down = |message: &str| chain(&defs, &rests, Downgrade, message);
    assert_eq!(up(r#"{"a":"x","j":{"p":2}}"#), r#"{"i":{"q":1},"j":{"q":2}}"#);
    assert_eq!(up(r#"{"a":"y"}"#), r#"{"i":"y"} | unfit /a types.I"#);
    assert_eq!(down(r#"{"i":{"q":1}}"#), r#"{"a":"x"}"#);
    assert_eq!(down(r#"{"i":{"q":1.0}}"#), r#"{"a":"x"}"#);
    assert_eq!(down(r#"{"i":{"q":2}}"#), r#"{"a":{"p":2}}"#);
}

#[test]
fn wrap_of_the_new_side_then_wrap_of_the_old() {
    let list = "l: {type: array, items: <s>}";
    let rules = ["fields: {a: {to: l, wrap: new}}", "fields: {l: {to: a, wrap: old}}"];
    chained!(up, down, ["a: <s?>", list, "a: <s?>"], rules);
    for message in [r#"{"a":"x"}"#, r#"{"a":null}"#, "{}", r#"{"a":{"y":1}}"#, r#"{"a":[1,2]}"#] {
        assert_eq!(up(message), message);
        assert_eq!(down(message), message);
    }
    // Where the outer contracts know no null, the empty list has nothing to come back as.
    chained!(up, down, ["a: <s>", list, "a: <s>"], rules);
    let narrowed = "{} | narrowed /a fields.a | narrowed /a fields.l";
    assert_eq!(up(r#"{"a":null}"#), narrowed);
    assert_eq!(down(r#"{"a":null}"#), narrowed);
}

#[test]
fn text_to_number_then_number_to_text() {
    let text = "fields: {a: {convert: {old: string, new: integer}}}";
    let number = "fields: {a: {convert: {old: integer, new: string}}}";
    chained!(up, down, ["a: <s>", "a: <i>", "a: <s>"], [text, number]);
    for (message, expected) in [
        (r#"{"a":"007"}"#, r#"{"a":"7"}"#),
        (r#"{"a":"1e2"}"#, r#"{"a":"100"}"#),
        (r#"{"a":"7"}"#, r#"{"a":"7"}"#),
        (r#"{"a":"-0"}"#, r#"{"a":"0"}"#),
        (r#"{"a":"\u0037"}"#, r#"{"a":"7"}"#),
    ] {
        assert_eq!(up(message), expected);
        assert_eq!(down(message), expected);
    }
    // Unfit is said once, by the first to try, and no later hop tries again.
    assert_eq!(up(r#"{"a":1e2}"#), r#"{"a":1e2} | unfit /a fields.a"#);
    assert_eq!(up(r#"{"a":"x"}"#), r#"{"a":"x"} | unfit /a fields.a"#);

    chained!(up, down, ["a: <i>", "a: <s>", "a: <i>"], [number, text]);
    for (message, expected) in [
        (r#"{"a":1e2}"#, r#"{"a":100}"#),
        (r#"{"a":7}"#, r#"{"a":7}"#),
        ("{\"a\":-0}", "{\"a\":0}"),
    ] {
        assert_eq!(up(message), expected);
        assert_eq!(down(message), expected);
    }
    assert_eq!(up(r#"{"a":"007"}"#), r#"{"a":"007"} | unfit /a fields.a"#);
}

#[test]
fn a_refusal_in_a_middle_hop_on_a_value_that_the_last_removes() {
    let refuse = "fields: {a: {map: {p: q}, else: refuse}}";
    chained!(
        up,
        _down,
        ["a: <s>, z: <s>", "a: <s>, z: <s>", "a: <s>, z: <s>", "z: <s>"],
        ["", refuse, "removed: {a: $absent}"]
    );
    assert_eq!(up(r#"{"a":"x"}"#), "refused unknown /a fields.a");
    assert_eq!(up(r#"{"a":"p"}"#), "{} | dropped /a removed.a");
    assert_eq!(up(r#"{"z":"p"}"#), r#"{"z":"p"}"#);
    // And back: what the last hop to come adds again is refused on the way.
    chained!(
        _up,
        down,
        ["z: <s>", "a: <s>, z: <s>", "a: <s>, z: <s>"],
        ["added: {a: $absent}", refuse]
    );
    assert_eq!(down(r#"{"a":"x"}"#), "refused unknown /a fields.a");
    assert_eq!(down(r#"{"a":"q"}"#), "{} | dropped /a added.a");
}

#[test]
fn the_same_constant_added_removed_and_added_with_another_value() {
    chained!(
        up,
        down,
        ["z: <s>", "t: <s>, z: <s>", "z: <s>", "t: <s>, z: <s>"],
        ["added: {t: x}", "removed: {t: x}", "added: {t: y}"]
    );
    assert_eq!(up("{}"), r#"{"t":"y"}"#);
    assert_eq!(up(r#"{"t":"x"}"#), r#"{"t":"y"} | collision /t #2"#);
    assert_eq!(down(r#"{"t":"y"}"#), "{}");
    assert_eq!(down(r#"{"t":"x"}"#), "{} | dropped /t added.t");
}

#[test]
fn what_is_added_in_an_object_that_another_rule_makes_beside_a_counterpart() {
    let (old, new) =
        (format!("x: <s>, o: {}", o("p: <s>")), format!("o: {}", o("p: <s>, x: <s>, y: <s>")));
    chained!(up, down, [&old, &new], ["fields: {x: o.x}, added: {o.y: z}"]);
    assert_eq!(up(r#"{"x":"1"}"#), r#"{"o":{"x":"1","y":"z"}}"#);
    assert_eq!(up(r#"{"x":"1","o":{}}"#), r#"{"o":{"x":"1","y":"z"}}"#);
    assert_eq!(up(r#"{"x":"1","o":null}"#), r#"{"o":{"x":"1","y":"z"}} | narrowed /o fields.x"#);
    assert_eq!(up(r#"{"o":{}}"#), r#"{"o":{"y":"z"}}"#);
    assert_eq!(up("{}"), "{}");
    assert_eq!(down(r#"{"o":{"x":"1","y":"z"}}"#), r#"{"x":"1","o":{}}"#);
}

#[test]
fn a_source_looks_at_the_value_that_a_rule_across_the_root_moves() {
    let def = |i: &str| format!("T: {}, I: {i}", o("i: <I>"));
    let (old, new) = (def("<s>"), def(&o("text: <s>, copy: <s>")));
    let rules = ["types: {I: {fields: {.: text}, added: {copy: {$from: .}}}}"];
    let said = chain(&[&old, &new], &rules, Upgrade, r#"{"i":"x"}"#);
    assert_eq!(said, r#"{"i":{"text":"x","copy":"x"}}"#);
    let said = chain(&[&old, &new], &rules, Downgrade, r#"{"i":{"text":"x","copy":"x"}}"#);
    assert_eq!(said, r#"{"i":"x"}"#);
    let list = "{type: array, items: {type: object, properties: {a: <s>}}}";
    let (old, new) = (def(list), def(&o(&format!("data: {list}, first: <s>"))));
    let rules = ["types: {I: {fields: {.: data}, added: {first: {$from: '[0].a'}}}}"];
    let said = chain(&[&old, &new], &rules, Upgrade, r#"{"i":[{"a":"1"},{"a":"2"}]}"#);
    assert_eq!(said, r#"{"i":{"data":[{"a":"1"},{"a":"2"}],"first":"1"}}"#);
}

#[test]
fn a_source_that_copies_the_value_into_itself_is_refused() {
    let (old, new) = (format!("T: {}", o("a: <s>")), format!("T: {}", o("a: <s>, copy: <T>")));
    let refused = types(&[&old, &new], &["types: {T: {added: {copy: {$from: .}}}}"]);
    assert!(refused.err().is_some_and(|errors| errors.contains("F606")));
    // A copy of another type has no such rule.
    let new = format!("T: {}, U: {}", o("a: <s>, copy: <U>"), o("a: <s>"));
    let rules = ["types: {T: {added: {copy: {$from: .}}}}"];
    let said = chain(&[&old, &new], &rules, Upgrade, r#"{"a":"1"}"#);
    assert_eq!(said, r#"{"a":"1","copy":{"a":"1"}}"#);
}
