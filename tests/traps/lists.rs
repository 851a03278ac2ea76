//! Lists and dictionaries that one side writes as one text, or as one element.

use crate::both::{Downgrade, Upgrade, chain, down, o, types, up};

const LIST: &str = "a: {type: array, items: <s>}";
const PAIRS: &str = "fields: {a: {convert: {old: {pairs: [',', '=']}, new: list}}}";

/// A `convert` of `a`.
fn convert(old: &str, new: &str) -> String {
    format!("fields: {{a: {{convert: {{old: {old}, new: {new}}}}}}}")
}

#[test]
fn a_text_of_elements() {
    let rules = convert("{separated: ','}", "list");
    for (text, list) in [
        (r#"{"a":"user,repo"}"#, r#"{"a":["user","repo"]}"#),
        (r#"{"a":"user"}"#, r#"{"a":["user"]}"#),
        (r#"{"a":""}"#, r#"{"a":[]}"#),
        (r#"{"a":","}"#, r#"{"a":["",""]}"#),
        (r#"{"a":null}"#, r#"{"a":null}"#),
        ("{}", "{}"),
    ] {
        assert_eq!(up("a: <s?>", LIST, &rules, text), list);
        assert_eq!(down("a: <s?>", LIST, &rules, list), text);
    }
    // What the text cannot say stays as it is.
    for list in [r#"["a,b"]"#, r#"[""]"#, r#"["a",["b"]]"#, r#"["a",null]"#, "5", "{}"] {
        let message = format!(r#"{{"a":{list}}}"#);
        assert_eq!(
            down("a: <s>", LIST, &rules, &message),
            format!("{message} | unfit /a fields.a")
        );
    }
    for text in ["5", "true", r#"["a"]"#] {
        let message = format!(r#"{{"a":{text}}}"#);
        assert_eq!(up("a: <s>", LIST, &rules, &message), format!("{message} | unfit /a fields.a"));
    }
}

#[test]
fn elements_are_read_as_the_items_of_the_list() {
    let rules = convert("{separated: ','}", "list");
    let list = |of: &str| format!("a: {{type: array, items: {of}}}");
    for (of, text, there) in [
        ("<i>", "1,2", "[1,2]"),
        ("<n>", "1.5,-2", "[1.5,-2]"),
        ("<b>", "true,false", "[true,false]"),
        ("<s>", "1,true", r#"["1","true"]"#),
        ("<any>", "1,true", r#"["1","true"]"#),
    ] {
        let (old, new) = (format!(r#"{{"a":"{text}"}}"#), format!(r#"{{"a":{there}}}"#));
        assert_eq!(up("a: <s>", &list(of), &rules, &old), new, "{of}");
        assert_eq!(down("a: <s>", &list(of), &rules, &new), old, "{of}");
    }
    let said = up("a: <s>", &list("<i>"), &rules, r#"{"a":"1,x"}"#);
    assert_eq!(said, r#"{"a":"1,x"} | unfit /a fields.a"#);
    // A number where a text was due comes back as a text, and the reverse.
    let said = down("a: <s>", &list("<s>"), &rules, r#"{"a":["1",2]}"#);
    assert_eq!(said, r#"{"a":"1,2"} | narrowed /a fields.a"#);
    let said = down("a: <s>", &list("<i>"), &rules, r#"{"a":["1",2]}"#);
    assert_eq!(said, r#"{"a":"1,2"} | narrowed /a fields.a"#);
    let said = up("a: <s>", &list("<i>"), &rules, r#"{"a":"01"}"#);
    assert_eq!(said, r#"{"a":[1]} | narrowed /a fields.a"#);
}

#[test]
fn each_is_about_the_elements_of_the_text() {
    let rules =
        "fields: {a: {convert: {old: {separated: ','}, new: list}, each: {map: {user: users}}}}";
    assert_eq!(up("a: <s>", LIST, rules, r#"{"a":"user,repo"}"#), r#"{"a":["users","repo"]}"#);
    assert_eq!(down("a: <s>", LIST, rules, r#"{"a":["users","repo"]}"#), r#"{"a":"user,repo"}"#);
    // What is said of an element is said of the text that it was in.
    assert_eq!(
        up("a: <s>", LIST, rules, r#"{"a":"users,user,users"}"#),
        r#"{"a":["users","users","users"]} | narrowed /a fields.a | narrowed /a fields.a"#
    );
    assert_eq!(up("a: <s>", LIST, rules, r#"{"a":5}"#), r#"{"a":5} | unfit /a fields.a"#);
    // Where `each` converts them, they are what it reads.
    let list = "a: {type: array, items: <i>}";
    for (repr, text, there) in [
        ("{old: string, new: integer}", "01 2", "[1,2]"),
        ("{old: integer, new: integer}", "1 2", "[1,2]"),
        ("{old: rfc3339, new: unix-seconds}", "1970-01-01T00:00:01Z", "[1]"),
        ("{old: millis, new: seconds}", "2000 3000", "[2,3]"),
        ("{old: bool, new: 0/1}", "true false", "[1,0]"),
    ] {
        let convert = "convert: {old: {separated: ' '}, new: list}";
        let rules = format!("fields: {{a: {{{convert}, each: {{convert: {repr}}}}}}}");
        let (old, new) = (format!(r#"{{"a":"{text}"}}"#), format!(r#"{{"a":{there}}}"#));
        assert_eq!(up("a: <s>", list, &rules, &old), new, "{repr}");
        let canonical = old.replace("01 2", "1 2");
        assert_eq!(down("a: <s>", list, &rules, &new), canonical, "{repr}");
    }
    // The other way round, `each` comes first.
    let rules =
        "fields: {a: {convert: {old: list, new: {separated: ','}}, each: {map: {user: users}}}}";
    let said = up(LIST, "a: <s>", rules, r#"{"a":["user"]}"#);
    assert_eq!(said, r#"{"a":"user"} | unfit /a fields.a"#);
}

#[test]
fn quotes_carry_what_stands_between_elements() {
    let rules = convert("{separated: ',', open: '{', close: '}', quote: '\"'}", "list");
    for (text, list) in [
        (r#"{"a":"{}"}"#, r#"{"a":[]}"#),
        (r#"{"a":"{a,\"b,c\",\"\",\"\\\"\"}"}"#, r#"{"a":["a","b,c","","\""]}"#),
        (r#"{"a":"{\"NULL\"}"}"#, r#"{"a":["NULL"]}"#),
    ] {
        assert_eq!(up("a: <s>", LIST, &rules, text), list);
        assert_eq!(down("a: <s>", LIST, &rules, list), text);
    }
    let nulls = "a: {type: array, items: <s?>}";
    assert_eq!(up("a: <s>", nulls, &rules, r#"{"a":"{a,NULL}"}"#), r#"{"a":["a",null]}"#);
    assert_eq!(down("a: <s>", nulls, &rules, r#"{"a":["a",null]}"#), r#"{"a":"{a,NULL}"}"#);
}

#[test]
fn a_text_of_pairs() {
    let dictionary = |of: &str| format!("a: {{type: object, additionalProperties: {of}}}");
    for (of, text, there) in [
        ("<s>", "app=web,tier=1", r#"{"app":"web","tier":"1"}"#),
        ("<i>", "a=1,b=-2", r#"{"a":1,"b":-2}"#),
        ("<s>", "", "{}"),
        ("<s>", "a=b=c", r#"{"a":"b=c"}"#),
    ] {
        let (old, new) = (format!(r#"{{"a":"{text}"}}"#), format!(r#"{{"a":{there}}}"#));
        assert_eq!(up("a: <s>", &dictionary(of), PAIRS, &old), new, "{of}");
        assert_eq!(down("a: <s>", &dictionary(of), PAIRS, &new), old, "{of}");
    }
    for text in ["a", "a=1,a=2", "a=1,a=1", ",", "a=1,"] {
        let message = format!(r#"{{"a":"{text}"}}"#);
        let said = up("a: <s>", &dictionary("<s>"), PAIRS, &message);
        assert_eq!(said, format!("{message} | unfit /a fields.a"));
    }
    // A name that is written with escapes is one name.
    let message = r#"{"a":{"\u0062":"1","a":"2"}}"#;
    assert_eq!(down("a: <s>", &dictionary("<s>"), PAIRS, message).bytes, r#"{"a":"a=2,b=1"}"#);
}

#[test]
fn later_hops_see_what_a_text_has_become() {
    let t = |of: &str| format!("T: {}", o(of));
    let (text, dictionary) = (t("a: <s>"), t("a: {type: object, additionalProperties: <s>}"));
    let moved = t("b: <s>, c: {type: object, additionalProperties: <s>}");
    let rests = [
        format!("types: {{T: {{{PAIRS}}}}}"),
        String::from("types: {T: {fields: {a.x: b, a: c}}}"),
    ];
    let rests: Vec<&str> = rests.iter().map(String::as_str).collect();
    let contracts = [text.as_str(), &dictionary, &moved];
    let through = |direction, message: &str| chain(&contracts, &rests, direction, message);
    let (old, new) = (r#"{"a":"x=1,y=2"}"#, r#"{"b":"1","c":{"y":"2"}}"#);
    assert_eq!(through(Upgrade, old), new);
    assert_eq!(through(Downgrade, new), old);
    // Of a text that is no dictionary nothing is seen.
    assert_eq!(through(Upgrade, r#"{"a":"x"}"#), r#"{"c":"x"} | unfit /a fields.a"#);

    let (list, first) = (t(LIST), t("b: <s>, a: {type: array, items: <s>}"));
    let rests = [
        format!("types: {{T: {{{}}}}}", convert("{separated: ','}", "list")),
        String::from("types: {T: {fields: {'a[0]': b}}}"),
    ];
    let rests: Vec<&str> = rests.iter().map(String::as_str).collect();
    let contracts = [text.as_str(), &list, &first];
    let through = |direction, message: &str| chain(&contracts, &rests, direction, message);
    let (old, new) = (r#"{"a":"x,y"}"#, r#"{"b":"x","a":["y"]}"#);
    assert_eq!(through(Upgrade, old), new);
    assert_eq!(through(Downgrade, new), old);
}

#[test]
fn a_list_that_a_mapping_made_becomes_a_text() {
    let t = |of: &str| format!("T: {}", o(of));
    let (one, list, text, none) = (t("a: <s>"), t(LIST), t("a: <s>"), t("z: <s>"));
    let rests = [
        String::from("types: {T: {fields: {a: {wrap: new}}}}"),
        format!("types: {{T: {{{}}}}}", convert("list", "{separated: ','}")),
        String::from("types: {T: {removed: {a: x}}}"),
    ];
    let rests: Vec<&str> = rests.iter().map(String::as_str).collect();
    let two = |direction, message: &str| {
        chain(&[&one, &list, &text], rests.get(..2).unwrap(), direction, message)
    };
    assert_eq!(two(Upgrade, r#"{"a":"x"}"#), r#"{"a":"x"}"#);
    assert_eq!(two(Downgrade, r#"{"a":"x"}"#), r#"{"a":"x"}"#);
    assert_eq!(two(Downgrade, r#"{"a":"x,y"}"#), r#"{"a":"x"} | dropped /a fields.a"#);
    // What it cannot say has the place of what came.
    assert_eq!(two(Upgrade, r#"{"a":"x,y"}"#), r#"{"a":["x,y"]} | unfit /a fields.a"#);
    assert_eq!(two(Upgrade, r#"{"a":7}"#), r#"{"a":"7"} | narrowed /a fields.a"#);
    // And what is lost of the text is said of what came.
    let contracts = [one.as_str(), &list, &text, &none];
    assert_eq!(chain(&contracts, &rests, Upgrade, r#"{"a":"x"}"#), "{}");
    assert_eq!(chain(&contracts, &rests, Upgrade, r#"{"a":"y"}"#), "{} | dropped /a removed.a");
}

#[test]
fn one_element_for_a_list_of_it() {
    let one = "a: {oneOf: [<s>, {type: array, items: <s>}]}";
    let rules = convert("one-or-list", "list");
    for (old, new) in [
        (r#"{"a":"x"}"#, r#"{"a":["x"]}"#),
        (r#"{"a":["x","y"]}"#, r#"{"a":["x","y"]}"#),
        (r#"{"a":[]}"#, r#"{"a":[]}"#),
        (r#"{"a":null}"#, r#"{"a":null}"#),
        (r#"{"a":[null]}"#, r#"{"a":[null]}"#),
    ] {
        assert_eq!(up(one, LIST, &rules, old), new);
        assert_eq!(down(one, LIST, &rules, new), old);
    }
    assert_eq!(up(one, LIST, &rules, r#"{"a":["x"]}"#), r#"{"a":["x"]}"#);
    assert_eq!(down(one, LIST, &rules, r#"{"a":"x"}"#), r#"{"a":"x"} | unfit /a fields.a"#);
    // Elements keep their bytes and their places.
    let message = r#"{"a":[{"n":1.0,"m":"\u0041"},[ 1 ]]}"#;
    assert_eq!(up(one, LIST, &rules, message).bytes, message);
    let each = "fields: {a: {convert: {old: one-or-list, new: list}, \
                each: {convert: {old: string, new: integer}}}}";
    let numbers = "a: {type: array, items: <i>}";
    assert_eq!(
        up(one, numbers, each, r#"{"a":["1","x"]}"#),
        r#"{"a":[1,"x"]} | unfit /a/1 fields.a"#
    );
    assert_eq!(up(one, numbers, each, r#"{"a":"x"}"#), r#"{"a":["x"]} | unfit /a fields.a"#);
}

/// What is written the same on both sides is not read and written again: an element in which something
/// collides would have it twice.
#[test]
fn a_list_that_stays_one_keeps_its_elements() {
    let element = |of: &str| format!("T: {}, E: {}", o("a: {type: array, items: <E>}"), o(of));
    let (old, new) = (element("d: <s>"), element("c: <s>"));
    let renames = "types: {E: {fields: {d: c}}}";
    let message = r#"{"a":[{"c":"x","d":"y"}]}"#;
    for repr in ["list", "one-or-list"] {
        let stays = format!("types: {{T: {{{}}}}}", convert(repr, repr));
        let rests = [stays.as_str(), renames];
        assert_eq!(
            chain(&[&old, &old, &new], &rests, Downgrade, message),
            r#"{"a":[{"d":"x"}]} | collision /a/0/d #1"#,
            "{repr}"
        );
        // Bytes and places stay too.
        let spaced = r#"{"a":[ {"d":"\u0078"} ]}"#;
        assert_eq!(chain(&[&old, &old], &rests[..1], Upgrade, spaced).bytes, spaced, "{repr}");
    }
    let (list, one) = (convert("list", "list"), convert("one-or-list", "one-or-list"));
    assert_eq!(up(LIST, LIST, &list, r#"{"a":"x"}"#), r#"{"a":"x"} | unfit /a fields.a"#);
    for message in [r#"{"a":"x"}"#, r#"{"a":["x"]}"#, r#"{"a":{"b":1}}"#, r#"{"a":null}"#] {
        assert_eq!(up("a: {}", "a: {}", &one, message), message);
    }
}

/// What is no list stays as it came, and nothing is said of what is absent in it.
#[test]
fn what_is_unfit_is_not_looked_into() {
    let inner = "d: {type: object, properties: {c: {type: object, properties: {b: <i>}}}}";
    let new = format!("c: {{type: array, items: {{}}}}, {inner}");
    let rules = "fields: {d: {to: c, convert: {old: one-or-list, new: list}}, \
                 d.c.b: {to: d.c.b, absent: {old: 1}}}";
    assert_eq!(
        down(inner, &new, rules, r#"{"c":{"c":{}}}"#),
        r#"{"d":{"c":{}}} | unfit /c fields.d"#
    );
}

#[test]
fn lists_and_dictionaries_are_two_families() {
    let t = format!("T: {}", o("a: <s>"));
    for (old, new) in [
        ("{pairs: [',', '=']}", "{separated: ','}"),
        ("one-or-list", "{pairs: [',', '=']}"),
        ("list", "string"),
        ("{separated: ','}", "rfc3339"),
    ] {
        let rest = format!("types: {{T: {{{}}}}}", convert(old, new));
        let errors = types(&[&t, &t], &[&rest]).map(|_| ()).unwrap_err();
        assert!(errors.starts_with("F315"), "{old} {new}: {errors}");
    }
}

#[test]
fn a_text_of_very_many_elements() {
    let rules = convert("{separated: ','}", "list");
    let text = |count: usize| vec!["x"; count].join(",");
    let most = format!(r#"{{"a":"{}"}}"#, text(10_000));
    let list = format!(r#"{{"a":[{}]}}"#, vec![r#""x""#; 10_000].join(","));
    assert_eq!(up("a: <s>", LIST, &rules, &most), list);
    assert_eq!(down("a: <s>", LIST, &rules, &list), most);
    let more = format!(r#"{{"a":"{}"}}"#, text(10_001));
    assert_eq!(up("a: <s>", LIST, &rules, &more), format!("{more} | unfit /a fields.a"));
}
