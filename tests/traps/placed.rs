//! Rules about a value that has no place of its own but `.`: an element, a value of a dictionary, a
//! named type, the body. All parts of a field act there, those that place a value too.

use crate::both::{Downgrade, Upgrade, chain, down, o, up};

fn list(of: &str) -> String {
    format!("{{type: array, items: {of}}}")
}

#[test]
fn each_element_is_wrapped() {
    let (old, new) = (format!("l: {}", list("<s>")), format!("l: {}", list(&list("<s>"))));
    let rules = "fields: {'l[]': {wrap: new}}";
    assert_eq!(up(&old, &new, rules, r#"{"l":["a","b"]}"#), r#"{"l":[["a"],["b"]]}"#);
    assert_eq!(down(&old, &new, rules, r#"{"l":[["a"],["b"]]}"#), r#"{"l":["a","b"]}"#);
    let lost = r#"{"l":["a"]} | dropped /l/0/1 fields.l[]"#;
    assert_eq!(down(&old, &new, rules, r#"{"l":[["a","b"]]}"#), lost);
    assert_eq!(up(&old, &new, "fields: {l: l}", r#"{"l":["a"]}"#), r#"{"l":["a"]}"#);
}

#[test]
fn each_value_of_a_dictionary_is_wrapped() {
    let of = |of: &str| format!("d: {{type: object, additionalProperties: {of}}}");
    let rules = "fields: {'d{}': {wrap: old}}";
    let (old, new) = (of(&list("<i>")), of("<i>"));
    assert_eq!(up(&old, &new, rules, r#"{"d":{"k":[1]}}"#), r#"{"d":{"k":1}}"#);
    assert_eq!(down(&old, &new, rules, r#"{"d":{"k":1}}"#), r#"{"d":{"k":[1]}}"#);
}

#[test]
fn elements_of_elements() {
    let (old, new) = (format!("l: {}", list(&list("<i>"))), format!("l: {}", list(&list("<s>"))));
    let rules = "fields: {'l[]': {each: {convert: {old: integer, new: string}}}}";
    assert_eq!(up(&old, &new, rules, r#"{"l":[[1,2],[]]}"#), r#"{"l":[["1","2"],[]]}"#);
    let unfit = r#"{"l":[[1,"x"]]} | unfit /l/0/1 fields.l[]"#;
    assert_eq!(down(&old, &new, rules, r#"{"l":[["1","x"]]}"#), unfit);
}

#[test]
fn a_set_in_each_element() {
    let of = format!("l: {}", list(&list("<s>")));
    let rules = "fields: {'l[]': {set: true, map: {js: jsts, ts: jsts}}}";
    assert_eq!(up(&of, &of, rules, r#"{"l":[["js","ts"],["c"]]}"#), r#"{"l":[["jsts"],["c"]]}"#);
    assert_eq!(down(&of, &of, rules, r#"{"l":[["jsts"]]}"#), r#"{"l":[["js","ts"]]}"#);
}

#[test]
fn a_named_type_is_wrapped_wherever_it_stands() {
    let t = "T: {type: object, properties: {l: {type: array, items: <U>}, u: <U>, d: {type: object, additionalProperties: <U>}}}";
    let defs = [format!("{t}, U: <s>"), format!("{t}, U: {}", list("<s>"))];
    let defs = [defs[0].as_str(), defs[1].as_str()];
    let rests = ["types: {U: {fields: {.: {wrap: new}}}}"];
    let (old, new) =
        (r#"{"l":["a"],"u":"b","d":{"k":"c"}}"#, r#"{"l":[["a"]],"u":["b"],"d":{"k":["c"]}}"#);
    assert_eq!(chain(&defs, &rests, Upgrade, old), new);
    assert_eq!(chain(&defs, &rests, Downgrade, new), old);
}

#[test]
fn what_is_wrapped_has_rules_of_its_own_type() {
    let item = |name: &str| format!("U: {}", o(&format!("{name}: <s>")));
    let of = |of: &str| format!("T: {{type: object, properties: {{l: {}}}}}", list(of));
    let defs =
        [format!("{}, {}", of("<U>"), item("a")), format!("{}, {}", of(&list("<U>")), item("b"))];
    let defs = [defs[0].as_str(), defs[1].as_str()];
    let rests = ["types: {T: {fields: {'l[]': {wrap: new}}}, U: {fields: {a: b}}}"];
    assert_eq!(chain(&defs, &rests, Upgrade, r#"{"l":[{"a":"1"}]}"#), r#"{"l":[[{"b":"1"}]]}"#);
    assert_eq!(chain(&defs, &rests, Downgrade, r#"{"l":[[{"b":"1"}]]}"#), r#"{"l":[{"a":"1"}]}"#);
}

#[test]
fn the_next_hop_reads_what_is_wrapped() {
    let of = |of: &str| format!("T: {{type: object, properties: {{l: {}, f: <s>}}}}", list(of));
    let defs = [of("<s>"), of(&list("<s>")), of(&list("<s>"))];
    let defs: Vec<&str> = defs.iter().map(String::as_str).collect();
    let rests = [
        "types: {T: {fields: {'l[]': {wrap: new}}}}",
        "types: {T: {fields: {'l[][]': {map: {a: z}}}}}",
    ];
    assert_eq!(chain(&defs, &rests, Upgrade, r#"{"l":["a","b"]}"#), r#"{"l":[["z"],["b"]]}"#);
    assert_eq!(chain(&defs, &rests, Downgrade, r#"{"l":[["z"],["b"]]}"#), r#"{"l":["a","b"]}"#);
}

#[test]
fn null_stays_null_across_a_root_that_may_be_null() {
    let of = |of: &str| format!("T: {{type: object, properties: {{l: {of}}}}}");
    let (null, plain) = ("{oneOf: [<L>, {type: 'null'}]}", "<L>");
    let new = |t: &str| format!("{t}, L: {}", o("text: <s?>"));
    let rests = ["types: {L: {fields: {.: text}}}"];
    let through = |l: &str, direction, message: &str| {
        let defs = [format!("{}, L: <s?>", of(l)), new(&of(l))];
        chain(&[defs[0].as_str(), defs[1].as_str()], &rests, direction, message)
    };
    assert_eq!(through(null, Upgrade, r#"{"l":null}"#), r#"{"l":null}"#);
    assert_eq!(through(null, Downgrade, r#"{"l":null}"#), r#"{"l":null}"#);
    let narrowed = r#"{"l":null} | narrowed /l types.L.fields["."]"#;
    assert_eq!(through(null, Downgrade, r#"{"l":{"text":null}}"#), narrowed);
    // Where it may not, it is what stands in the object.
    assert_eq!(through(plain, Upgrade, r#"{"l":"a"}"#), r#"{"l":{"text":"a"}}"#);
}

#[test]
fn an_object_that_becomes_null_since_its_place_is_absent_is_said() {
    let of = "T: {type: object, properties: {l: <L>}}";
    let defs = [format!("{of}, L: <s>"), format!("{of}, L: {}", o("text: <s>, color: <s>"))];
    let defs = [defs[0].as_str(), defs[1].as_str()];
    let rests = ["types: {L: {fields: {.: text}, added: {color: red}}}"];
    assert_eq!(
        chain(&defs, &rests, Downgrade, r#"{"l":{"color":"red"}}"#),
        r#"{"l":null} | narrowed /l types.L.fields["."]"#
    );
    assert_eq!(
        chain(&defs, &rests, Downgrade, r#"{"l":{"color":"red","text":"a"}}"#),
        r#"{"l":"a"}"#
    );
}

/// The first place of an alias is filled before it is carried out of the object, and repeated after it came
/// back.
#[test]
fn an_alias_of_what_leaves_its_object() {
    let (old, new) = (
        format!("a: {}", o("one: <s>, two: <s>, k: <i>")),
        format!("a: {}, tok: <s>", o("k: <i>")),
    );
    let rules = "alias: {a.two: a.one}, fields: {a.one: tok}";
    assert_eq!(up(&old, &new, rules, r#"{"a":{"two":"x","k":1}}"#), r#"{"a":{"k":1},"tok":"x"}"#);
    assert_eq!(up(&old, &new, rules, r#"{"a":{"one":"x","two":"x"}}"#), r#"{"a":{},"tok":"x"}"#);
    assert_eq!(
        up(&old, &new, rules, r#"{"a":{"one":"x","two":"y"}}"#),
        r#"{"a":{},"tok":"x"} | dropped /a/two alias.a.two"#
    );
    assert_eq!(
        down(&old, &new, rules, r#"{"a":{"k":1},"tok":"x"}"#),
        r#"{"a":{"k":1,"one":"x","two":"x"}}"#
    );
    // Whoever looks at it sees it, too.
    let copied = format!("a: {}, c: <s>", o("one: <s>, k: <i>"));
    let looks = "alias: {a.two: a.one}, added: {c: {$from: a.one}}";
    assert_eq!(up(&old, &copied, looks, r#"{"a":{"two":"x"}}"#), r#"{"a":{"one":"x"},"c":"x"}"#);
}

/// What absence means in an object is there before a rule around it looks.
#[test]
fn what_absence_means_in_an_object_is_seen_around_it() {
    let (old, new) = (
        format!("a: {}", o("in: <s>, k: <i>")),
        format!("a: {}, c: <s>, t: <s>", o("out: <s>, k: <i>")),
    );
    let rules = "fields: {a.in: {to: a.out, absent: {old: def, new: def}}}, \
        added: {c: {$from: a.in, else: none}, t: {$text: 'is {a.in}'}}";
    assert_eq!(
        up(&old, &new, rules, r#"{"a":{"k":1}}"#),
        r#"{"a":{"k":1,"out":"def"},"c":"def","t":"is def"}"#
    );
    assert_eq!(up(&old, &new, rules, "{}"), r#"{"c":"none"}"#);
    assert_eq!(
        up(&old, &new, rules, r#"{"a":{"in":"x"}}"#),
        r#"{"a":{"out":"x"},"c":"x","t":"is x"}"#
    );
}
