//! Names and places.

use fishplate::compile::{Subject, Way};

use crate::both::{Downgrade, Upgrade, chain, down, hop, o, run, types, up};

#[test]
fn a_field_whose_name_is_a_prefix_of_another() {
    let (old, new) = ("meta: <i>, metadata: <i>", "info: <i>, metadata: <i>");
    let rules = "fields: {meta: info}";
    for (before, after) in [
        (r#"{"meta":1,"metadata":2}"#, r#"{"info":1,"metadata":2}"#),
        (r#"{"metadata":2,"meta":1}"#, r#"{"metadata":2,"info":1}"#),
        (r#"{"metadata":2}"#, r#"{"metadata":2}"#),
        (r#"{"me":3,"meta":1,"metad":4}"#, r#"{"me":3,"info":1,"metad":4}"#),
    ] {
        assert_eq!(up(old, new, rules, before), after);
        assert_eq!(down(old, new, rules, after), before);
    }
    // Onto the longer one, and the longer one onto the shorter.
    let rules = "fields: {meta: metadata, metadata: meta}";
    assert_eq!(up(old, old, rules, r#"{"meta":1,"metadata":2}"#), r#"{"metadata":1,"meta":2}"#);
    // A place beneath one of them is no place beneath the other.
    let (old, new) = (format!("a: {}, ab: {}", o("x: <i>"), o("x: <i>")), o("y: <i>"));
    let new = format!("a: {new}, ab: {}", o("x: <i>"));
    let rules = "fields: {a.x: a.y}";
    assert_eq!(
        up(&old, &new, rules, r#"{"ab":{"x":1},"a":{"x":2}}"#),
        r#"{"ab":{"x":1},"a":{"y":2}}"#
    );
}

#[test]
fn names_that_are_alike_up_to_their_last_byte() {
    for length in (0..40).chain([63, 64, 65, 255, 256, 257]) {
        let stem = "n".repeat(length);
        let three = |a: &str, b: &str| format!("{stem}{a}: <i>, {stem}{b}: <i>, {stem}cc: <i>");
        let rules = format!("fields: {{{stem}a: {stem}y, {stem}b: {stem}z}}");
        let before = format!(r#"{{"{stem}cc":3,"{stem}b":2,"{stem}":4,"{stem}a":1}}"#);
        let after = format!(r#"{{"{stem}cc":3,"{stem}z":2,"{stem}":4,"{stem}y":1}}"#);
        let (old, new) = (three("a", "b"), three("y", "z"));
        assert_eq!(up(&old, &new, &rules, &before), after, "{length}");
        assert_eq!(down(&old, &new, &rules, &after), before, "{length}");
    }
}

/// Names that are special somewhere: as JSON text, as a place of a rule, as a JSON Pointer.
const ODD: &[(&str, &str, &str)] = &[
    (r"a/b", r"a/b", "/a~1b"),
    (r"a~b", r"a~b", "/a~0b"),
    (r"~1", r"~1", "/~01"),
    (r"a.b", r"a\.b", "/a.b"),
    (r"a.b", r#"["a.b"]"#, "/a.b"),
    (r#"q\"t"#, r#"q"t"#, "/q\"t"),
    (r#"q\"t"#, r#"["q\"t"]"#, "/q\"t"),
    (r"it's", r"it's", "/it's"),
    (r"back\\slash", r"back\\slash", r"/back\slash"),
    (r"iid[]", r"iid\[\]", "/iid[]"),
    (r"{}", r"\{\}", "/{}"),
    (r"*", r"\*", "/*"),
    (r"$ref", r"\$ref", "/$ref"),
    (r"a=b,c", r"a\=b\,c", "/a=b,c"),
    (r" ", r" ", "/ "),
    (r"0", r"0", "/0"),
    (r"null", r"null", "/null"),
    (r"Zoë", r"Zoë", "/Zoë"),
    (r"😀", r"😀", "/😀"),
    (r"line\nbreak", "line\nbreak", "/line\nbreak"),
    ("", r#"[""]"#, "/"),
];

#[test]
fn names_with_slashes_tildes_dots_and_quotes() {
    for (name, path, pointer) in ODD {
        let key = quoted(path);
        let (old, new) = (format!("\"{name}\": <i>, z: <i>"), "x: <i>, z: <i>");
        let (before, after) = (format!(r#"{{"z":1,"{name}":2}}"#), r#"{"z":1,"x":2}"#);
        let rules = format!("fields: {{{key}: x}}");
        assert_eq!(up(&old, new, &rules, &before), after);
        assert_eq!(down(&old, new, &rules, after), before);
        // As a new name, as one on the way, and in what is said of it.
        let rules = format!("fields: {{x: {key}}}");
        assert_eq!(up(new, &old, &rules, after), before);
        assert_eq!(down(new, &old, &rules, &before), after);
        let on_the_way = format!("\"{name}\": {}, z: <i>", o("x: <i>"));
        let dot = if path.starts_with('[') || path.is_empty() { "" } else { "." };
        let inner = quoted(&format!("{path}.x"));
        let rules = format!("fields: {{{inner}: x}}");
        let deep = format!(r#"{{"z":1,"{name}":{{"x":2}}}}"#);
        assert_eq!(up(&on_the_way, new, &rules, &deep), after, "{dot}");
        assert_eq!(down(&on_the_way, new, &rules, after), deep);
        let rules = format!("removed: {{{key}: $absent}}");
        let said = up(&old, "z: <i>", &rules, &before);
        assert_eq!(said.bytes, r#"{"z":1}"#);
        assert_eq!(said.rest, format!(" | dropped {pointer} removed.{path}"));
    }
}

/// A text as a YAML key in double quotes.
fn quoted(text: &str) -> String {
    let text = text.replace('\\', r"\\").replace('"', r#"\""#).replace('\n', r"\n");
    format!("\"{text}\"")
}

#[test]
fn a_name_written_with_escapes() {
    let (old, new) = ("status: <s>, note: <s>", "state: <s>, note: <s>");
    let rules = "fields: {status: {to: state, map: {shipped: sent}}}";
    for name in ["status", r"\u0073tatus", r"st\u0061tu\u0073", r"\u0073\u0074\u0061\u0074\u0075s"]
    {
        let message = format!(r#"{{"n\u006fte":"x","{name}":"shi\u0070ped"}}"#);
        assert_eq!(up(old, new, rules, &message), r#"{"note":"x","state":"sent"}"#, "{name}");
    }
    // What no rule names keeps its bytes, names too.
    let message = r#"{"\u0078\/y":"\u0041","note":"\/"}"#;
    assert_eq!(up(old, new, rules, message).bytes, message);
    // Two ways to write one name are one name.
    for twice in [r#"{"status":"a","\u0073tatus":"b"}"#, r#"{"\u0078":1,"x":2}"#] {
        assert_eq!(up(old, new, rules, twice), "malformed: duplicate name");
    }
    assert_eq!(
        up(old, new, rules, r#"{"\u0073tate":"x","status":"y"}"#),
        r#"{"state":"y"} | collision /state #0"#
    );
    // A character beyond the first plane, as a pair and as it is.
    let rules = "fields: {😀: x}";
    for name in ["😀", r"\ud83d\ude00", r"\uD83D\uDE00"] {
        let message = format!(r#"{{"{name}":1}}"#);
        assert_eq!(up("😀: <i>", "x: <i>", rules, &message), r#"{"x":1}"#, "{name}");
    }
}

#[test]
fn what_tells_branches_and_elements_is_written_with_escapes() {
    let tag = "discriminator: {propertyName: kind, mapping: {a: '#/$defs/A', b: '#/$defs/B'}}";
    let u = o(&format!("u: {{oneOf: [<A>, <B>], {tag}}}"));
    let both = |a: &str, b: &str| {
        let one = |name: &str| o(&format!("kind: <s>, {name}: <i>"));
        format!("T: {u}, A: {}, B: {}", one(a), one(b))
    };
    let (old, new) = (both("x", "x"), both("y", "z"));
    let rest = "types: {A: {fields: {x: y}}, B: {fields: {x: z}}}";
    assert_eq!(
        hop(&old, &new, rest, Upgrade, r#"{"u":{"\u0078":1,"k\u0069nd":"\u0062"}}"#),
        r#"{"u":{"z":1,"kind":"\u0062"}}"#
    );
    let list = "l: {type: array, items: {type: object, properties: {n: <s>, q: <i>}}}";
    let rules = r#"fields: {"l[n=ab].q": x}"#;
    assert_eq!(
        up(list, "x: <i>", rules, r#"{"l":[{"\u006e":"\u0061b","\u0071":2}]}"#),
        r#"{"x":2}"#
    );
}

#[test]
fn a_name_with_a_lone_surrogate() {
    let rules = "fields: {a: b}";
    for name in [r"\ud800", r"\uDFFF", r"x\ud800\ud800", r"\udc00\ud800"] {
        let message = format!(r#"{{"{name}":{{"\ud801":1.10}},"a":1}}"#);
        let expected = message.replace("\"a\"", "\"b\"");
        assert_eq!(up("a: <i>", "b: <i>", rules, &message).bytes, expected);
        let twice = format!(r#"{{"{name}":1,"{}":2}}"#, name.replace("\\ud8", "\\uD8"));
        assert_eq!(up("a: <i>", "b: <i>", rules, &twice), "malformed: duplicate name");
    }
    // Two lone ones are two names.
    let message = r#"{"\ud800":1,"\ud801":2,"\udc00":3}"#;
    assert_eq!(up("a: <i>", "b: <i>", rules, message).bytes, message);
    // As the key of a dictionary whose values are translated.
    let (old, new) = ("a: <i>", "b: <i>");
    let all = |p: &str| format!("T: {{type: object, additionalProperties: <I>}}, I: {}", o(p));
    let rest = "types: {I: {fields: {a: b}}}";
    assert_eq!(
        hop(&all(old), &all(new), rest, Upgrade, r#"{"\ud800":{"a":1},"\ud801":{"a":2}}"#),
        r#"{"\ud800":{"b":1},"\ud801":{"b":2}}"#
    );
}

#[test]
fn the_empty_name() {
    // As an extra, as a declared field, as the key of a dictionary.
    assert_eq!(up("a: <i>", "b: <i>", "fields: {a: b}", r#"{"":0,"a":1}"#), r#"{"":0,"b":1}"#);
    let (old, new) = ("'': <i>, a: <i>", "b: <i>, '': <i>");
    let rules = r#"fields: {'[""]': b, a: '[""]'}"#;
    assert_eq!(up(old, new, rules, r#"{"":0,"a":1}"#), r#"{"b":0,"":1}"#);
    assert_eq!(down(old, new, rules, r#"{"b":0,"":1}"#), r#"{"":0,"a":1}"#);
    assert_eq!(up(old, new, rules, r#"{"":0,"":1}"#), "malformed: duplicate name");
    let all = |p: &str| format!("T: {{type: object, additionalProperties: <I>}}, I: {}", o(p));
    let rest = "types: {I: {fields: {a: b}}}";
    assert_eq!(
        hop(&all("a: <i>"), &all("b: <i>"), rest, Upgrade, r#"{"":{"a":1}," ":5}"#),
        r#"{"":{"b":1}," ":5} | unfit /  types.I"#
    );
    assert_eq!(
        hop(&all("a: <i>"), &all("b: <i>"), rest, Upgrade, r#"{"":5}"#),
        r#"{"":5} | unfit / types.I"#
    );
}

#[test]
fn rename_onto_a_name_that_is_already_there() {
    let rules = "fields: {a: b}";
    // An extra of that name goes, whether or not anything came to stand there.
    for message in [r#"{"a":1,"b":2}"#, r#"{"b":2,"a":1}"#] {
        assert_eq!(
            up("a: <i>", "b: <i>", rules, message),
            r#"{"b":1} | collision /b #0"#,
            "{message}"
        );
        // So does a declared one without a counterpart.
        assert_eq!(
            up("a: <i>, b: <i>", "b: <i>", rules, message),
            r#"{"b":1} | collision /b #0"#,
            "{message}"
        );
    }
    assert_eq!(up("a: <i>", "b: <i>", rules, r#"{"b":2}"#), "{} | collision /b #0");
    assert_eq!(up("a: <i>, b: <i>", "b: <i>", rules, r#"{"b":2}"#), "{} | collision /b #0");
    // Where the one that was there moves on, nothing is lost.
    let (old, new, rules) = ("a: <i>, b: <i>", "b: <i>, c: <i>", "fields: {a: b, b: c}");
    for (before, after) in [
        (r#"{"a":1,"b":2}"#, r#"{"b":1,"c":2}"#),
        (r#"{"b":2,"a":1}"#, r#"{"c":2,"b":1}"#),
        (r#"{"b":2}"#, r#"{"c":2}"#),
        (r#"{"a":1}"#, r#"{"b":1}"#),
    ] {
        assert_eq!(up(old, new, rules, before), after);
        assert_eq!(down(old, new, rules, after), before);
    }
}

#[test]
fn swap_in_one_version() {
    let (ab, rules) = ("a: <i>, b: <i>", "fields: {a: b, b: a}");
    for (before, after) in [
        (r#"{"a":1,"b":2}"#, r#"{"b":1,"a":2}"#),
        (r#"{"b":2,"a":1}"#, r#"{"a":2,"b":1}"#),
        (r#"{"a":1}"#, r#"{"b":1}"#),
        (r#"{"b":null}"#, r#"{"a":null}"#),
        ("{}", "{}"),
    ] {
        assert_eq!(up(ab, ab, rules, before), after);
        assert_eq!(down(ab, ab, rules, after), before);
        let t = format!("T: {}", o(ab));
        let rest = format!("types: {{T: {{{rules}}}}}");
        let twice = chain(&[&t, &t, &t], &[&rest, &rest], Upgrade, before);
        assert_eq!(twice.bytes, before, "twice is not at all");
    }
    // A swap of a place with one beneath another object.
    let deep = format!("m: {}, b: <i>", o("a: <i>"));
    let rules = "fields: {m.a: b, b: m.a}";
    assert_eq!(up(&deep, &deep, rules, r#"{"m":{"a":1},"b":2}"#), r#"{"m":{"a":2},"b":1}"#);
    assert_eq!(up(&deep, &deep, rules, r#"{"b":2}"#), r#"{"m":{"a":2}}"#);
    assert_eq!(up(&deep, &deep, rules, r#"{"m":{"a":1}}"#), r#"{"m":{},"b":1}"#);
}

#[test]
fn a_rename_undone_two_versions_later() {
    let (a, b) = (format!("T: {}", o("a: <n>")), format!("T: {}", o("b: <n>")));
    let rests = ["types: {T: {fields: {a: b}}}", "", "types: {T: {fields: {b: a}}}"];
    for message in [r#"{"a":1.10}"#, r#"{"a":1,"b":2}"#, r#"{ "b" : 2 , "a" : [ ] }"#, "{}"] {
        for direction in [Upgrade, Downgrade] {
            let said = chain(&[&a, &b, &b, &a], &rests, direction, message);
            assert_eq!(said, message, "{direction:?}");
        }
    }
}

#[test]
fn removed_then_added_again_with_another_type() {
    let defs = ["x: <s>, z: <i>", "z: <i>", "x: <i>, z: <i>"].map(|p| format!("T: {}", o(p)));
    let defs = defs.each_ref().map(String::as_str);
    let rests = ["types: {T: {removed: {x: was}}}", "types: {T: {added: {x: 7}}}"];
    let up = |message: &str| chain(&defs, &rests, Upgrade, message);
    let down = |message: &str| chain(&defs, &rests, Downgrade, message);
    assert_eq!(up(r#"{"x":"was","z":1}"#), r#"{"z":1,"x":7}"#);
    assert_eq!(up(r#"{"x":"other"}"#), r#"{"x":7} | dropped /x removed.x"#);
    assert_eq!(up("{}"), r#"{"x":7}"#);
    assert_eq!(down(r#"{"x":7,"z":1}"#), r#"{"z":1,"x":"was"}"#);
    assert_eq!(down(r#"{"x":8}"#), r#"{"x":"was"} | dropped /x added.x"#);
    // Without rules the old value must not come to stand where the new field is.
    let unruled = |direction, message: &str| chain(&defs, &["", ""], direction, message);
    assert_eq!(unruled(Upgrade, r#"{"x":"v","z":1}"#), r#"{"z":1} | collision /x #1"#);
    assert_eq!(unruled(Downgrade, r#"{"x":8,"z":1}"#), r#"{"z":1} | collision /x #0"#);
}

#[test]
fn a_default_changed_twice() {
    let t = format!("T: {}", o("n: <i>"));
    let rests = [
        "types: {T: {fields: {n: {absent: {old: 10, new: 20}}}}}",
        "types: {T: {fields: {n: {absent: {old: 20, new: 30}}}}}",
    ];
    let up = |message: &str| chain(&[&t, &t, &t], &rests, Upgrade, message);
    let down = |message: &str| chain(&[&t, &t, &t], &rests, Downgrade, message);
    assert_eq!(up("{}"), r#"{"n":10}"#);
    assert_eq!(down("{}"), r#"{"n":30}"#);
    for said in [r#"{"n":10}"#, r#"{"n":20}"#, r#"{"n":30}"#, r#"{"n":null}"#, r#"{"n":0}"#] {
        assert_eq!(up(said).bytes, said);
        assert_eq!(down(said).bytes, said);
        assert_eq!((up(said).rest, down(said).rest), (String::new(), String::new()), "{said}");
    }
}

#[test]
fn an_enum_value_added_in_the_third_version_and_removed_in_the_fifth() {
    let with =
        |values: &str| format!("T: {}", o(&format!("s: {{type: string, enum: [{values}]}}")));
    let (two, three) = (with("p, q"), with("p, q, r"));
    let rests = [
        "",
        "types: {T: {fields: {s: {map: {q: q}, back: {r: q}}}}}",
        "",
        "types: {T: {fields: {s: {map: {q: q, r: q}}}}}",
    ];
    let series = types(&[&two, &two, &three, &three, &two], &rests).unwrap();
    let take = |from: usize, to: usize, value: &str| {
        let message = format!(r#"{{"s":"{value}"}}"#);
        run(&series, Subject::Type("T"), Way { from, to }, message.as_bytes())
    };
    for (from, to) in [(0, 4), (4, 0), (0, 2), (2, 0), (2, 4), (4, 2), (1, 3), (3, 1)] {
        for value in ["p", "q"] {
            assert_eq!(take(from, to, value), format!(r#"{{"s":"{value}"}}"#), "{from} {to}");
        }
    }
    // The new value as those who do not know it see it, and nobody else.
    assert_eq!(take(2, 3, "r"), r#"{"s":"r"}"#);
    assert_eq!(take(2, 4, "r"), r#"{"s":"q"} | narrowed /s fields.s"#);
    assert_eq!(take(3, 0, "r"), r#"{"s":"q"} | narrowed /s fields.s"#);
    // One that no version knows is said by each that has a table for it.
    assert_eq!(take(0, 4, "z"), r#"{"s":"z"} | unknown /s fields.s | unknown /s fields.s"#);
    assert_eq!(take(4, 2, "z"), r#"{"s":"z"} | unknown /s fields.s"#);
}

#[test]
fn a_converter_is_not_skipped_because_the_value_is_nested() {
    let nested = "l: {type: array, items: {type: object, additionalProperties: \
                  {type: array, items: {type: object, properties: {c: <C>}}}}}, c: <C>";
    let def = |c: &str| format!("T: {}, C: {c}", o(nested));
    let rest = "types: {C: {fields: {'.': {convert: {old: integer, new: string}}}}}";
    let before = r#"{"l":[{"k":[{"c":1},{"c":2}]},{},{"m":[]}],"c":3}"#;
    let after = r#"{"l":[{"k":[{"c":"1"},{"c":"2"}]},{},{"m":[]}],"c":"3"}"#;
    assert_eq!(hop(&def("<i>"), &def("<s>"), rest, Upgrade, before), after);
    assert_eq!(hop(&def("<i>"), &def("<s>"), rest, Downgrade, after), before);
    // By a place that leads there.
    let one = |c: &str| nested.replace("c: <C>", &format!("c: {c}"));
    let rules = "fields: {'l[]{}[].c': {convert: {old: integer, new: string}}}";
    let (before, after) =
        (before.replace("\"c\":3", "\"c\":\"4\""), after.replace("\"3\"", "\"4\""));
    assert_eq!(up(&one("<i>"), &one("<s>"), rules, &before), after);
    assert_eq!(down(&one("<i>"), &one("<s>"), rules, &after), before);
    // One that would be skipped in silence, since the other version has another schema there, is
    // an error before anything runs.
    let other = def("<s>").replace("{c: <C>}}}}}, c: <C>", "{c: <D>}}}}}, c: <C>") + ", D: <s>";
    assert!(other.contains("<D>"));
    let errors = types(&[&def("<i>"), &other], &[rest]).map(|_| ()).unwrap_err();
    assert!(errors.starts_with("F605"), "{errors}");
}

#[test]
fn rules_of_the_value_itself_have_a_name_that_can_be_read() {
    let (old, new) = ("a: <i>", "a: <s>");
    let rules = "in: {.: {fields: {a: {convert: {old: integer, new: string}}}}}";
    let named = r#"{"a":"p"} | unfit /a in["."].fields.a"#;
    assert_eq!(up(old, new, rules, r#"{"a":"p"}"#), named);
}

#[test]
fn elements_that_are_put_in_stand_where_their_rules_say_in_any_order_of_these() {
    let (old, new) =
        ("l: {type: array, items: <s>}, a: <s>, b: <s>", "l: {type: array, items: <s>}");
    for rules in ["fields: {b: 'l[1]', a: 'l[0]'}", "fields: {a: 'l[0]', b: 'l[1]'}"] {
        let (came, gone) = (r#"{"l":["3"],"a":"A","b":"B"}"#, r#"{"l":["A","B","3"]}"#);
        assert_eq!(up(old, new, rules, came), gone);
        assert_eq!(down(old, new, rules, gone), came);
    }
    let made = "added: {'l[1]': Y, 'l[0]': X}";
    assert_eq!(up(new, new, made, r#"{"l":["a","b"]}"#), r#"{"l":["X","Y","a","b"]}"#);
    let swap = "fields: {'l[0]': 'l[1]', 'l[1]': 'l[0]'}";
    assert_eq!(up(new, new, swap, r#"{"l":["1","2","3"]}"#), r#"{"l":["2","1","3"]}"#);
    assert_eq!(down(new, new, swap, r#"{"l":["2","1","3"]}"#), r#"{"l":["1","2","3"]}"#);
}

#[test]
fn an_element_of_which_a_field_changes_stays_where_it_is() {
    let of = "l: {type: array, items: {type: object, properties: {k: <s>, v: <s>}}}";
    let rules = "fields: {'l[k=a].v': {map: {x: X}}}";
    let (came, gone) =
        (r#"{"l":[{"k":"a","v":"x"},{"k":"b"}]}"#, r#"{"l":[{"k":"a","v":"X"},{"k":"b"}]}"#);
    assert_eq!(up(of, of, rules, came), gone);
    assert_eq!(down(of, of, rules, gone), came);
}
