//! Values.

use crate::both::{Downgrade, Upgrade, chain, down, hop, o, up};

/// Numbers that a float or an integer of a machine would change.
fn numbers() -> Vec<String> {
    let mut all: Vec<String> = [
        "9007199254740993",
        "-9007199254740993",
        "18446744073709551615",
        "18446744073709551617",
        "123456789012345678901234",
        "0.123456789012345678901234",
        "1.10",
        "1.0",
        "-0",
        "-0.0",
        "0e0",
        "1E400",
        "1e-400",
        "-1.5E+2",
        "1E00400",
        "4.9406564584124654e-324",
    ]
    .map(String::from)
    .to_vec();
    all.push("9".repeat(5_000));
    all.push(format!("0.{}", "1".repeat(5_000)));
    all.push(format!("1e{}", "9".repeat(50)));
    all
}

#[test]
fn numbers_in_untouched_fields() {
    let (old, new) = (format!("m: {}, a: <i>", o("n: <n>")), format!("m: {}, b: <i>", o("n: <n>")));
    for n in numbers() {
        let message = format!(r#"{{"m":{{"n":{n},"x":[{n},{{"y":{n}}}]}},"z":{n},"a":1}}"#);
        let after = message.replace("\"a\"", "\"b\"");
        assert_eq!(up(&old, &new, "fields: {a: b}", &message).bytes, after);
        assert_eq!(down(&old, &new, "fields: {a: b}", &after).bytes, message);
    }
}

#[test]
fn numbers_in_fields_that_are_moved() {
    let old = "a: <n>, l: {type: array, items: <n>}, k: <n>";
    let new = format!(
        "m: {}, l: {{type: array, items: <n>}}, w: {{type: array, items: <n>}}",
        o("b: <n>")
    );
    let rules = "fields: {a: {to: m.b, map: {17: 71}}, 'l[]': {map: {17: 71}}, \
                 k: {to: w, wrap: new}}";
    for n in numbers() {
        let before = format!(r#"{{"a":{n},"l":[{n},1],"k":{n}}}"#);
        let after = format!(r#"{{"l":[{n},1],"w":[{n}],"m":{{"b":{n}}}}}"#);
        assert_eq!(up(old, &new, rules, &before), after);
        assert_eq!(down(old, &new, rules, &after), before);
    }
}

#[test]
fn numbers_in_fields_that_are_converted() {
    let text = "fields: {a: {convert: {old: number, new: string}}}";
    let zeros = "0".repeat(400);
    for (before, after, back) in [
        ("9007199254740993", r#""9007199254740993""#, "9007199254740993"),
        ("18446744073709551617", r#""18446744073709551617""#, "18446744073709551617"),
        ("123456789012345678901234", r#""123456789012345678901234""#, "123456789012345678901234"),
        ("1.10", r#""1.1""#, "1.1"),
        ("-0.0", r#""0""#, "0"),
        ("1E400", &format!("\"1{zeros}\""), &format!("1{zeros}")),
        ("-1.5E+2", r#""-150""#, "-150"),
    ] {
        let [before, after, back] = [before, after, back].map(|v| format!(r#"{{"a":{v}}}"#));
        assert_eq!(up("a: <n>", "a: <s>", text, &before), after);
        assert_eq!(down("a: <n>", "a: <s>", text, &after), back);
    }
    let cents = "fields: {a: {convert: {old: {scaled: 2}, new: number}}}";
    for (before, after) in [
        ("123456789012345678901234", "1234567890123456789012.34"),
        ("9007199254740993", "90071992547409.93"),
        ("4600", "46.00"),
        ("-1", "-0.01"),
    ] {
        let [before, after] = [before, after].map(|v| format!(r#"{{"a":{v}}}"#));
        assert_eq!(up("a: <i>", "a: <n>", cents, &before), after);
        assert_eq!(down("a: <i>", "a: <n>", cents, &after), before);
    }
    // What is not a whole number is outside of it, and is carried.
    let whole = "fields: {a: {convert: {old: integer, new: string}}}";
    assert_eq!(up("a: <i>", "a: <s>", whole, r#"{"a":1.10}"#), r#"{"a":1.10} | unfit /a fields.a"#);
    assert_eq!(up("a: <i>", "a: <s>", whole, r#"{"a":1.0}"#), r#"{"a":"1"}"#);
}

#[test]
fn counts_of_a_unit_are_whole_where_the_contract_has_no_others() {
    let rules = "fields: {a: {convert: {old: integer, new: {unit: '1048576'}}}}";
    assert_eq!(up("a: <i>", "a: <n>", rules, r#"{"a":1572864}"#), r#"{"a":1.5}"#);
    for (bytes, count) in [(1_572_864, 2), (524_288, 0), (524_289, 1), (-1_572_864, -2)] {
        let narrowed = format!(r#"{{"a":{count}}} | narrowed /a fields.a"#);
        let message = format!(r#"{{"a":{bytes}}}"#);
        assert_eq!(up("a: <i>", "a: <i>", rules, &message), narrowed);
        assert_eq!(up("a: <i>", "a: <i?>", rules, &message), narrowed);
    }
    assert_eq!(up("a: <i>", "a: <i>", rules, r#"{"a":2097152}"#), r#"{"a":2}"#);
    assert_eq!(down("a: <i>", "a: <i>", rules, r#"{"a":2}"#), r#"{"a":2097152}"#);
    let list = "a: {type: array, items: <i>}";
    for parts in ["each: {convert: C}", "set: true, convert: C"] {
        let rules = format!("fields: {{a: {{{parts}}}}}")
            .replace('C', "{old: integer, new: {unit: '1048576'}}");
        let said = up(list, list, &rules, r#"{"a":[1572864,2097152,524288]}"#);
        assert!(said.bytes.starts_with(r#"{"a":[2,"#), "{said:?}");
        assert!(said.rest.contains("narrowed"), "{said:?}");
    }
}

#[test]
fn more_digits_than_anybody_calculates_with_are_unfit_and_carried() {
    let text = "fields: {a: {to: b, convert: {old: number, new: string}}}";
    let nines = |n: usize| "9".repeat(n);
    let most = nines(1_000);
    assert_eq!(
        up("a: <n>", "b: <s>", text, &format!(r#"{{"a":{most}}}"#)),
        format!(r#"{{"b":"{most}"}}"#)
    );
    for n in [
        nines(1_001),
        nines(100_000),
        format!("0.{}1", "0".repeat(1_000)),
        String::from("1e1000"),
        String::from("1e-1001"),
        String::from("-1E999999999999"),
        format!("1e{}", nines(100)),
    ] {
        let message = format!(r#"{{"a":{n}}}"#);
        let carried = format!(r#"{{"b":{n}}} | unfit /a fields.a"#);
        assert_eq!(up("a: <n>", "b: <s>", text, &message), carried);
        let message = format!(r#"{{"b":"{n}"}}"#);
        let carried = format!(r#"{{"a":"{n}"}} | unfit /b fields.a"#);
        assert_eq!(down("a: <n>", "b: <s>", text, &message), carried);
    }
}

#[test]
fn numbers_are_listed_by_value_and_not_by_a_float() {
    let rules = "fields: {a: {map: {9007199254740993: one, 1: two, 0: none}}}";
    for (n, expected) in [
        ("9007199254740993", r#""one""#),
        ("9007199254740993.0", r#""one""#),
        ("9007199254740992", "9007199254740992"),
        ("9007199254740994", "9007199254740994"),
        ("1.0", r#""two""#),
        ("10e-1", r#""two""#),
        ("1.00000000000000000000000001", "1.00000000000000000000000001"),
        ("-0.0", r#""none""#),
        ("1e-400", "1e-400"),
    ] {
        let said = up("a: <n>", "a: <s>", rules, &format!(r#"{{"a":{n}}}"#));
        assert_eq!(said, format!(r#"{{"a":{expected}}}"#), "{n}");
    }
    // Constants are written as their author wrote them, and known again by value.
    let rules = "added: {t: 1.10, u: 18446744073709551617}";
    let new = "a: <n>, t: <n>, u: <n>";
    let added = r#"{"t":1.10,"u":18446744073709551617}"#;
    assert_eq!(up("a: <n>", new, rules, "{}"), added);
    for same in [added, r#"{"t":1.1,"u":18446744073709551617.0}"#, r#"{"t":11e-1}"#] {
        assert_eq!(down("a: <n>", new, rules, same), "{}");
    }
    assert_eq!(
        down("a: <n>", new, rules, r#"{"u":18446744073709551616}"#),
        "{} | dropped /u added.u"
    );
}

/// What is empty stays as it is wherever it stands: between versions that rename beside, above and
/// beneath it.
#[test]
fn empty_lists_and_objects_stay_what_they_are() {
    let inner = |p: &str| o(&format!("{p}: <i>"));
    let def = |a: &str, l: &str| {
        let t = o(&format!(
            "{l}: {{type: array, items: <I>}}, d: {{type: object, additionalProperties: <I>}}, \
             o: <I>, p: <any>, q: {{type: array, items: <s>}}, e: {}",
            inner("x")
        ));
        format!("T: {t}, I: {}", inner(a))
    };
    let rest = "types: {T: {fields: {l: m}}, I: {fields: {a: b}}}";
    let empties = [
        r#"{"l":[],"d":{},"o":{},"p":[],"q":[],"e":{},"x":[],"y":{}}"#,
        r#"{"l":[{},{}],"d":{"k":{}},"p":{},"q":[[],{}],"x":[[],{}],"y":{"z":{}}}"#,
        r#"{"l":null,"d":null,"o":null,"p":null,"q":null,"e":null,"x":null}"#,
        "{}",
    ];
    for before in empties {
        let after = before.replace("\"l\"", "\"m\"");
        let (old, new) = (def("a", "l"), def("b", "m"));
        assert_eq!(hop(&old, &new, rest, Upgrade, before), after);
        assert_eq!(hop(&old, &new, rest, Downgrade, &after), before);
    }
}

#[test]
fn empty_lists_go_through_parts_that_look_at_elements() {
    let list = "l: {type: array, items: <s>}";
    for rules in [
        "fields: {l: {each: {map: {p: q}}}}",
        "fields: {l: {set: true, map: {p: q}}}",
        "fields: {'l[]': {map: {p: q}}}",
        "fields: {'l[0]': {map: {p: q}}}",
    ] {
        for message in [r#"{"l":[]}"#, r#"{"l":null}"#, "{}"] {
            assert_eq!(up(list, list, rules, message), message, "{rules}");
            assert_eq!(down(list, list, rules, message), message, "{rules}");
        }
    }
    // An empty list is one value, where whole values are listed.
    let rules = "fields: {l: {pairs: [[[none], []]]}}";
    assert_eq!(up(list, list, rules, r#"{"l":["none"]}"#), r#"{"l":[]}"#);
    assert_eq!(down(list, list, rules, r#"{"l":[]}"#), r#"{"l":["none"]}"#);
    assert_eq!(down(list, list, rules, r#"{"l":{}}"#), r#"{"l":{}}"#);
}

#[test]
fn absent_null_and_default_are_three_things() {
    let rules = "fields: {a: {to: b, absent: {old: 5}}}";
    for (before, after) in
        [("{}", r#"{"b":5}"#), (r#"{"a":null}"#, r#"{"b":null}"#), (r#"{"a":5}"#, r#"{"b":5}"#)]
    {
        assert_eq!(up("a: <i?>", "b: <i?>", rules, before), after);
    }
    for (before, after) in [(r#"{"b":null}"#, r#"{"a":null}"#), (r#"{"b":5}"#, r#"{"a":5}"#)] {
        assert_eq!(down("a: <i?>", "b: <i?>", rules, before), after);
    }
    // The old side takes for 5 what the new one left out.
    assert_eq!(down("a: <i?>", "b: <i?>", rules, "{}"), "{} | narrowed  fields.a");
    let rules = "fields: {a.x: {to: b, absent: {old: 5, new: 5}}}";
    assert_eq!(
        up(&format!("a: {}", o("x: <i>")), "b: <i>", rules, "{}"),
        "{} | narrowed  fields.a.x"
    );
    // Null is listed where it is named, absent where it is.
    let rules = "fields: {a: {pairs: [[null, none]]}}";
    for (before, after) in
        [("{}", "{}"), (r#"{"a":null}"#, r#"{"a":"none"}"#), (r#"{"a":"x"}"#, r#"{"a":"x"}"#)]
    {
        assert_eq!(up("a: <s?>", "a: <s>", rules, before), after);
        assert_eq!(down("a: <s?>", "a: <s>", rules, after), before);
    }
    // Keys are read as the place has them: of a number null, of a text the word.
    let rules = "fields: {a: {map: {null: none}}}";
    assert_eq!(up("a: <i?>", "a: <s>", rules, "{}"), "{}");
    assert_eq!(up("a: <i?>", "a: <s>", rules, r#"{"a":null}"#), r#"{"a":"none"}"#);
    assert_eq!(up("a: <i?>", "a: <s>", rules, r#"{"a":"null"}"#), r#"{"a":"null"}"#);
    assert_eq!(up("a: <s?>", "a: <s>", rules, r#"{"a":null}"#), r#"{"a":null}"#);
    assert_eq!(up("a: <s?>", "a: <s>", rules, r#"{"a":"null"}"#), r#"{"a":"none"}"#);
    // A constant stands for absence, and null is not that constant.
    assert_eq!(
        down("a: <s>", "a: <s>, t: <s?>", "added: {t: x}", r#"{"t":null}"#),
        "{} | dropped /t added.t"
    );
    assert_eq!(down("a: <s>", "a: <s>, t: <s?>", "added: {t: null}", r#"{"t":null}"#), "{}");
    assert_eq!(down("a: <s>", "a: <s>, t: <s?>", "added: {t: null}", "{}"), "{}");
}

#[test]
fn false_zero_and_the_empty_text_are_not_missing() {
    for value in ["false", "0", "0.0", r#""""#, "[]", "{}"] {
        let a = format!(r#"{{"a":{value}}}"#);
        let b = format!(r#"{{"b":{value}}}"#);
        let rules = "fields: {a: {to: b, absent: {old: 5, new: 6}}}";
        assert_eq!(up("a: <any>", "b: <any>", rules, &a), b);
        assert_eq!(down("a: <any>", "b: <any>", rules, &b), a);
        // The first of two that say the same is there, so the second does not fill it.
        let both = format!(r#"{{"a":{value},"b":true}}"#);
        let said = up("a: <any>, b: <any>", "a: <any>", "alias: {b: a}", &both);
        assert_eq!(said, format!("{a} | dropped /b alias.b"));
        // The only one that is there fills it.
        assert_eq!(up("a: <any>, b: <any>", "a: <any>", "alias: {b: a}", &b), a);
        // Wrapped, and with a meaning of its own where it is listed.
        let list = "l: {type: array, items: <any>}";
        let wrapped = format!(r#"{{"l":[{value}]}}"#);
        assert_eq!(up("a: <any>", list, "fields: {a: {to: l, wrap: new}}", &a), wrapped);
        assert_eq!(down("a: <any>", list, "fields: {a: {to: l, wrap: new}}", &wrapped), a);
        // Taken from another place, it is there; `else` is for what is not.
        let rules = "added: {t: {$from: a, else: 7}}";
        let with = format!(r#"{{"a":{value},"t":{value}}}"#);
        assert_eq!(up("a: <any>", "a: <any>, t: <any>", rules, &a), with);
        // A constant that looks like nothing is still a constant.
        let rules = format!("added: {{t: {value}}}");
        let with = format!(r#"{{"t":{value}}}"#);
        assert_eq!(up("z: <i>", "z: <i>, t: <any>", &rules, "{}"), with);
        assert_eq!(down("z: <i>", "z: <i>, t: <any>", &rules, &with), "{}");
        assert_eq!(
            down("z: <i>", "z: <i>, t: <any>", &rules, r#"{"t":null}"#),
            "{} | dropped /t added.t"
        );
    }
}

#[test]
fn the_first_element_of_an_empty_list_and_of_null() {
    let list = "l: {type: array, items: <s>}";
    let wrap = "fields: {a: {to: l, wrap: new}}";
    assert_eq!(down("a: <s?>", list, wrap, r#"{"l":[]}"#), r#"{"a":null}"#);
    assert_eq!(down("a: <s>", list, wrap, r#"{"l":[]}"#), "{} | narrowed /l fields.a");
    assert_eq!(
        down("a: <s?>", list, wrap, r#"{"l":null}"#),
        r#"{"a":null} | narrowed /l fields.a"#
    );
    assert_eq!(down("a: <s?>", list, wrap, "{}"), "{}");
    let first = "fields: {'l[0]': a}";
    assert_eq!(up(list, &format!("a: <s>, {list}"), first, r#"{"l":[]}"#), r#"{"l":[]}"#);
    assert_eq!(up(list, &format!("a: <s>, {list}"), first, r#"{"l":null}"#), r#"{"l":null}"#);
    assert_eq!(
        up(list, &format!("a: <s?>, {list}"), first, r#"{"l":null}"#),
        r#"{"l":null,"a":null}"#
    );
    assert_eq!(up(list, "a: <s>", first, r#"{"l":[]}"#), "{} | narrowed /l fields.l[0]");
    assert_eq!(up(list, "a: <s>", first, r#"{"l":null}"#), "{} | narrowed /l fields.l[0]");
    let from = "removed: {a: {$from: 'l[0]', else: none}}";
    let old = format!("a: <s>, {list}");
    assert_eq!(down(&old, list, from, r#"{"l":[]}"#), r#"{"l":[],"a":"none"}"#);
    assert_eq!(down(&old, list, from, r#"{"l":["x","y"]}"#), r#"{"l":["x","y"],"a":"x"}"#);
    assert_eq!(down(&old, list, from, "{}"), r#"{"a":"none"}"#);
}

#[test]
fn an_enum_value_that_no_table_knows() {
    let (old, new) = ("a: {type: string, enum: [p, q]}", "a: {type: string, enum: [x, q]}");
    let with = |more: &str| format!("fields: {{a: {{map: {{p: x}}{more}}}}}");
    assert_eq!(up(old, new, &with(""), r#"{"a":"new"}"#), r#"{"a":"new"} | unknown /a fields.a"#);
    assert_eq!(down(old, new, &with(""), r#"{"a":"new"}"#), r#"{"a":"new"} | unknown /a fields.a"#);
    assert_eq!(
        up(old, new, &with(", else: keep"), r#"{"a":"new"}"#),
        r#"{"a":"new"} | unknown /a fields.a"#
    );
    assert_eq!(
        up(old, new, &with(", else: refuse"), r#"{"a":"new"}"#),
        "refused unknown /a fields.a"
    );
    let narrowed = r#"{"a":"q"} | narrowed /a fields.a"#;
    assert_eq!(up(old, new, &with(", else: {new: q}"), r#"{"a":"new"}"#), narrowed);
    assert_eq!(down(old, new, &with(", else: {old: q}"), r#"{"a":"new"}"#), narrowed);
    assert_eq!(up(old, new, &with(", else: {new: q}"), r#"{"a":"q"}"#), r#"{"a":"q"}"#);
    // Known by both and listed by none: the same on both sides. Null is no value of the table.
    for message in [r#"{"a":"q"}"#, r#"{"a":null}"#, "{}"] {
        for more in ["", ", else: refuse"] {
            let refused = more.contains("refuse") && message.contains('q');
            let expected = if refused { "refused unknown /a fields.a" } else { message };
            assert_eq!(up(old, new, &with(more), message), expected, "{more}");
        }
    }
    // Text of another case or with blanks around it is another value.
    for value in ["P", " p", "p "] {
        let message = format!(r#"{{"a":"{value}"}}"#);
        let carried = format!("{message} | unknown /a fields.a");
        assert_eq!(up(old, new, &with(""), &message), carried);
    }
}

#[test]
fn dates_with_and_without_fraction_or_offset_are_carried_as_text() {
    for date in [
        "2024-02-29",
        "2024-02-29T12:00:00Z",
        "2024-02-29T12:00:00.000Z",
        "2024-02-29T12:00:00.123456789+05:30",
        "2024-02-29T12:00:00-00:00",
        "2024-02-29 12:00:00",
        "1709208000",
    ] {
        let before = format!(r#"{{"created":"{date}","x":"{date}"}}"#);
        let after = before.replace("created", "created_at");
        let old = "created: {type: string, format: date-time}";
        let new = "created_at: {type: string, format: date-time}";
        let rules = "fields: {created: created_at}";
        assert_eq!(up(old, new, rules, &before).bytes, after);
        assert_eq!(down(old, new, rules, &after).bytes, before);
    }
}

#[test]
fn a_number_where_text_was_due_and_the_reverse() {
    let convert = |old: &str, new: &str| {
        format!("fields: {{a: {{to: b, convert: {{old: {old}, new: {new}}}}}}}")
    };
    for (old, new, value) in [
        ("integer", "string", r#""5""#),
        ("string", "integer", "5"),
        ("number", "string", "true"),
        ("bool", "0/1", "1"),
        ("bool", "0/1", r#""true""#),
        ("0/1", "bool", "true"),
        ("0/1", "bool", r#""1""#),
        ("true/false", "bool", "true"),
        ("{words: [yes, no]}", "bool", "true"),
        ("{scaled: 2}", "number", r#""46""#),
        ("{unit: \"60\"}", "integer", r#""60""#),
        ("integer", "string", "[5]"),
        ("integer", "string", r#"{"v":5}"#),
    ] {
        let rules = convert(old, new);
        let (a, b) = (format!(r#"{{"a":{value}}}"#), format!(r#"{{"b":{value}}}"#));
        let (of, to) = ("a: <i>", "b: <i>");
        assert_eq!(up(of, to, &rules, &a), format!("{b} | unfit /a fields.a"), "{old} {new}");
        let mirrored = convert(new, old);
        assert_eq!(down(of, to, &mirrored, &b), format!("{a} | unfit /b fields.a"), "{old} {new}");
    }
    // Listed values are read as the place has them: a number is not its text.
    let rules = "fields: {a: {map: {204: none}}}";
    assert_eq!(up("a: <i>", "a: <s>", rules, r#"{"a":204}"#), r#"{"a":"none"}"#);
    assert_eq!(up("a: <i>", "a: <s>", rules, r#"{"a":"204"}"#), r#"{"a":"204"}"#);
    assert_eq!(up("a: <s>", "a: <s>", rules, r#"{"a":"204"}"#), r#"{"a":"none"}"#);
    assert_eq!(up("a: <s>", "a: <s>", rules, r#"{"a":204}"#), r#"{"a":204}"#);
    // Where no part looks at it, it is carried as it came.
    for value in ["5", r#""5""#, "true", "[]"] {
        let (a, b) = (format!(r#"{{"a":{value}}}"#), format!(r#"{{"b":{value}}}"#));
        assert_eq!(up("a: <s>", "b: <s>", "fields: {a: b}", &a), b);
        assert_eq!(down("a: <i>", "b: <i>", "fields: {a: b}", &b), a);
    }
}

#[test]
fn an_empty_text_for_a_number_that_is_absent() {
    // Queries come later; the same trap in a body.
    let number = "fields: {n: {convert: {old: string, new: integer}}}";
    assert_eq!(up("n: <s>", "n: <i>", number, r#"{"n":""}"#), r#"{"n":""} | unfit /n fields.n"#);
    let absent = "fields: {n: {pairs: [['', $absent]], convert: {old: string, new: integer}}}";
    assert_eq!(up("n: <s>", "n: <i>", absent, r#"{"n":"12"}"#), r#"{"n":12}"#);
    assert_eq!(down("n: <s>", "n: <i>", absent, r#"{"n":12}"#), r#"{"n":"12"}"#);
    assert_eq!(up("n: <s>", "n: <i>", absent, r#"{"n":""}"#).bytes, "{}");
    assert_eq!(up("n: <s>", "n: <i>", absent, r#"{"n":"0"}"#), r#"{"n":0}"#);
}

#[test]
fn absence_is_a_value_that_can_be_listed() {
    let m = format!("m: {}", o("b: <s>"));
    let rules = "fields: {a: {to: m.b, pairs: [['', $absent]]}}";
    for (message, there) in [
        ("{}", r#"{"a":""}"#),
        (r#"{"m":{}}"#, r#"{"a":""} | narrowed /m fields.a"#),
        (r#"{"m":{"b":""}}"#, r#"{"a":""} | narrowed /m/b fields.a"#),
        (r#"{"m":{"b":null}}"#, r#"{"a":null}"#),
        (r#"{"m":null}"#, r#"{"a":""} | narrowed /m fields.a"#),
        (r#"{"m":5}"#, r#"{"a":""} | dropped /m fields.a"#),
    ] {
        assert_eq!(down("a: <s>", &m, rules, message), there, "{message}");
    }
    // Where something that is there becomes absent, that is not what was absent before.
    let both = "fields: {a: {pairs: [[p, $absent], [$absent, r]]}}";
    assert_eq!(up("a: <s>", "a: <s>", both, r#"{"a":"p"}"#), "{}");
    assert_eq!(up("a: <s>", "a: <s>", both, "{}"), r#"{"a":"r"}"#);
    assert_eq!(down("a: <s>", "a: <s>", both, "{}"), r#"{"a":"p"}"#);
    // What is put there is a value like any other to the next hop, and to the one before it.
    let t = "T: {type: object, properties: {a: <s>}}";
    let rests = [
        "types: {T: {fields: {a: {pairs: [[none, $absent]]}}}}",
        "types: {T: {fields: {a: {map: {x: y}, pairs: [[$absent, nil]]}}}}",
    ];
    let through = |direction, message: &str| chain(&[t, t, t], &rests, direction, message);
    assert_eq!(through(Upgrade, r#"{"a":"none"}"#), r#"{"a":"nil"}"#);
    assert_eq!(through(Upgrade, "{}"), r#"{"a":"nil"} | narrowed  fields.a"#);
    assert_eq!(through(Downgrade, r#"{"a":"nil"}"#), r#"{"a":"none"}"#);
    assert_eq!(through(Downgrade, "{}"), r#"{"a":"none"} | narrowed  fields.a"#);
}
