//! Documents. (What the gateway answers to a body that is none is in `tests/e2e/hostile.rs`.)

use fishplate::compile::{Subject, Way};

use crate::both::{DEPTH, Downgrade, Said, Upgrade, down, hop, o, run, types, up};

/// Bytes, which may be none of a text, over a hop whose `T`s are objects of these properties.
fn bytes(old: &str, new: &str, rules: &str, message: &[u8]) -> Said {
    let (old, new) = (format!("T: {}", o(old)), format!("T: {}", o(new)));
    let series = types(&[&old, &new], &[&format!("types: {{T: {{{rules}}}}}")]).unwrap();
    run(&series, Subject::Type("T"), Way { from: 0, to: 1 }, message)
}

/// A definition whose parts are read in every way that there is: rules, pairs, a made and a taken
/// object, elements, a dictionary, a union whose tag may come last, anything at all.
fn every_way(a: &str, moved: &str) -> String {
    let tag = "discriminator: {propertyName: k, mapping: {i: '#/$defs/I', j: '#/$defs/J'}}";
    let t = o(&format!(
        "{moved}, i: <I>, l: {{type: array, items: <I>}}, t: <T>, p: <any>, \
         d: {{type: object, additionalProperties: <I>}}, u: {{oneOf: [<I>, <J>], {tag}}}"
    ));
    format!("T: {t}, I: {}, J: {}", o(&format!("{a}: <i>, k: <s>, o: <any>")), o("k: <s>, z: <i>"))
}

fn everywhere(message: &str) -> Said {
    let old = every_way("a", &format!("m: {}", o("x: <i>, y: <i>")));
    let new = every_way("b", &format!("n: {}", o("x: <i>, y: <i>")));
    let rest = "types: {T: {fields: {m.x: n.x, m.y: n.y}}, I: {fields: {a: b}}}";
    hop(&old, &new, rest, Upgrade, message)
}

#[test]
fn names_that_stand_twice() {
    // Whoever would read the first and whoever would read the last agree: it is no document. That
    // holds for every object that is looked into, for names that rules know and for extras.
    for twice in [r#""a":1,"a":2"#, r#""x":1,"x":1"#, r#""k":"i","a":1,"\u006b":"i""#] {
        for (before, after) in [
            ("{", "}"),
            (r#"{"i":{"#, "}}"),
            (r#"{"l":[{},{"#, "}]}"),
            (r#"{"d":{"e":{"#, "}}}"),
            (r#"{"t":{"t":{"#, "}}}"),
            (r#"{"m":{"#, "}}"),
            (r#"{"u":{"k":"i","i":0,"#, "}}"),
            (r#"{"d":{"#, "}}"),
        ] {
            let message = format!("{before}{twice}{after}");
            assert_eq!(everywhere(&message), "malformed: duplicate name", "{message}");
        }
    }
    // What is taken apart is looked into, too.
    let new = "l: {type: array, items: {type: object, properties: {v: <s>}}}";
    let wrap = "fields: {a: {to: 'l[].v', wrap: new}}";
    for twice in [r#""v":"1","v":"2""#, r#""v":"1","z":1,"\u007a":2"#] {
        let said = down("a: <s>", new, wrap, &format!(r#"{{"l":[{{{twice}}}]}}"#));
        assert_eq!(said, "malformed: duplicate name");
    }
    let (apart, none) = (o("x: <i>"), "nulls: absent, fields: {m.x: n}");
    let said = up(&format!("m: {apart}"), "n: <i>", none, r#"{"m":{"x":1,"x":2}}"#);
    assert_eq!(said, "malformed: duplicate name");
    // Many names, of which the last is one of them.
    let many = (0..200).fold(String::new(), |all, n| format!("{all}\"n{n}\":0,"));
    for last in ["n0", "n199", r"\u006e7"] {
        let message = format!("{{{many}\"{last}\":1}}");
        assert_eq!(everywhere(&message), "malformed: duplicate name");
    }
    assert_eq!(everywhere(&format!("{{{many}\"n200\":1}}")).rest, "");
    // An object that is only copied is not looked into, and stays as it is.
    for message in
        [r#"{"p":{"x":1,"x":2}}"#, r#"{"x":[{"y":1,"y":2}]}"#, r#"{"i":{"o":{"":1,"":2}}}"#]
    {
        assert_eq!(everywhere(message).bytes, message);
    }
}

#[test]
fn a_hundred_thousand_levels() {
    const DEEP: usize = 100_000;
    for (open, close) in [("[", "]"), ("{\"t\":", "}"), ("{\"x\":[", "]}"), ("{\"d\":", "}")] {
        for (before, after) in [
            ("", ""),
            (r#"{"p":"#, "}"),
            (r#"{"x":"#, "}"),
            (r#"{"u":"#, "}"),
            (r#"{"m":{"x":"#, "}}"),
            (r#"{"l":[{"a":"#, "}]}"),
        ] {
            let (open, close) = (open.repeat(DEEP), close.repeat(DEEP));
            let whole = format!("{before}{open}1{close}{after}");
            assert_eq!(everywhere(&whole), "malformed: too deep");
            let cut = format!("{before}{open}");
            assert_eq!(everywhere(&cut), "malformed: too deep");
        }
    }
    // As deep as allowed is allowed, wherever the levels are; one more is not.
    for (before, after, levels) in [
        ("", "", 0),
        (r#"{"x":"#, "}", 1),
        (r#"{"p":"#, "}", 1),
        (r#"{"i":{"a":"#, "}}", 2),
        (r#"{"l":[{"o":"#, "}]}", 3),
        (r#"{"u":{"o":"#, r#","k":"i"}}"#, 2),
        (r#"{"m":{"x":"#, "}}", 2),
    ] {
        for (open, close) in [("[", "]"), ("{\"t\":", "}")] {
            let nested =
                |n: usize| format!("{before}{}1{}{after}", open.repeat(n), close.repeat(n));
            assert!(!everywhere(&nested(DEPTH - levels)).bytes.is_empty(), "{before}{open}");
            let deeper = everywhere(&nested(DEPTH - levels + 1));
            assert_eq!(deeper, "malformed: too deep", "{before}{open}");
        }
    }
}

#[test]
fn a_key_of_a_megabyte() {
    let key = "k".repeat(1 << 20);
    let rules = "fields: {a: b}";
    for other in [String::new(), format!(",\"{key}k\":[]"), format!(",\"{}\":{{}}", &key[1..])] {
        let message = format!(r#"{{"{key}":1.10{other},"a":1}}"#);
        let after = message.replace("\"a\":1", "\"b\":1");
        assert!(up("a: <i>", "b: <i>", rules, &message).bytes == after);
        assert!(down("a: <i>", "b: <i>", rules, &after).bytes == message);
    }
    let twice = format!(r#"{{"{key}":1,"\u006b{}":2}}"#, &key[1..]);
    assert_eq!(up("a: <i>", "b: <i>", rules, &twice), "malformed: duplicate name");
    // As the key of a dictionary, and in what is said of it.
    let all = |p: &str| format!("T: {{type: object, additionalProperties: <I>}}, I: {}", o(p));
    let (old, new) = (all("a: <i>"), all("b: <i>"));
    let rest = "types: {I: {fields: {a: b}}}";
    let said = hop(&old, &new, rest, Upgrade, &format!(r#"{{"{key}":{{"a":1}},"{key}2":5}}"#));
    assert!(said.bytes == format!(r#"{{"{key}":{{"b":1}},"{key}2":5}}"#));
    assert!(said.rest == format!(" | unfit /{key}2 types.I"));
}

#[test]
fn bytes_behind_the_document() {
    for message in [r#"{"i":{"a":1}}"#, "[]", "5", "\"a\"", "null"] {
        for rest in ["x", "{}", " {}", "\n5", ",", "]", "}", "\0", "\u{a0}", "//"] {
            let said = everywhere(&format!("{message}{rest}"));
            let longer = message == "5" && rest.starts_with(|c: char| c.is_ascii_digit());
            assert!(longer || said == "malformed: trailing bytes", "{message}{rest} {said:?}");
        }
        assert!(!everywhere(&format!("{message} \t\r\n")).bytes.is_empty());
    }
}

#[test]
fn a_byte_order_mark() {
    for message in [r#"{"i":{"a":1}}"#, "[]", ""] {
        assert_eq!(everywhere(&format!("\u{feff}{message}")), "malformed: unexpected byte");
    }
    // Inside a string it is a character.
    let message = "{\"\u{feff}x\":\"\u{feff}\"}";
    assert_eq!(everywhere(message).bytes, message);
    // A document in another encoding.
    for message in
        [&b"\xff\xfe{\0}\0"[..], b"\xfe\xff\0{\0}", b"{\0}\0", b"\0{\0}", b"{\0\0\0}\0\0\0"]
    {
        let said = bytes("a: <i>", "b: <i>", "fields: {a: b}", message);
        assert!(said.bytes.is_empty() && said.rest.starts_with("malformed"), "{message:?}");
    }
}

/// Something of every kind, in every way that it can be read.
const MUCH: &str = r#" { "m" : {"x":-1.5e+10,"y":null} , "i":{"a":[true,false,"\u00e9\n"],"k":"é"},
    "l":[{"a":1},{},[]],"d":{"\ud800":{"a":2}},"t":{"l":[]},"u":{"a":3,"k":"i"},"p":{"x":[{}]},"x":0} "#;

#[test]
fn truncated_at_every_byte() {
    assert!(!everywhere(MUCH).bytes.is_empty());
    let end = MUCH.trim_end().len();
    let old = every_way("a", &format!("m: {}", o("x: <i>, y: <i>")));
    let new = every_way("b", &format!("n: {}", o("x: <i>, y: <i>")));
    let rest = "types: {T: {fields: {m.x: n.x, m.y: n.y}}, I: {fields: {a: b}}}";
    let series = types(&[&old, &new], &[rest]).unwrap();
    for cut in 0..end {
        let message = &MUCH.as_bytes()[..cut];
        let said = run(&series, Subject::Type("T"), Way { from: 0, to: 1 }, message);
        // A cut inside a character is invalid UTF-8, any other a document that stops too early.
        let inside = std::str::from_utf8(message).is_err();
        let expected =
            if inside { "malformed: invalid UTF-8" } else { "malformed: unexpected end" };
        assert_eq!(said, expected, "{}", String::from_utf8_lossy(message));
    }
}

#[test]
fn invalid_utf8_in_a_member_that_is_only_copied() {
    let bad: &[&[u8]] = &[
        b"\x80",
        b"\xc3",
        b"\xc0\xaf",
        b"\xe2\x82",
        b"\xed\xa0\x80",
        b"\xf5\x80\x80\x80",
        b"\xff",
        b"\xf0\x80\x80\x80",
        b"\xf4\x90\x80\x80",
        b"\xe9",
    ];
    for bad in bad {
        for (before, after) in [
            (&b"{\"a\":1,\"x\":\""[..], &b"\"}"[..]),
            (b"{\"x\":[{\"y\":\"", b"\"}],\"a\":1}"),
            (b"{\"x", b"\":1}"),
            (b"{\"a\":\"", b"\"}"),
            (b"{\"gone\":\"", b"\"}"),
            (b"{\"a\":1}", b""),
            (b"", b"{\"a\":1}"),
        ] {
            let message = [before, bad, after].concat();
            let rules = "fields: {a: b}, removed: {gone: $absent}";
            let said = bytes("a: <i>, gone: <s>", "b: <i>", rules, &message);
            assert_eq!(said, "malformed: invalid UTF-8", "{message:?}");
        }
    }
}

#[test]
fn a_list_or_a_scalar_at_the_top() {
    let rules = "fields: {a: b}";
    for message in ["[]", r#"[{"a":1}]"#, "5", "-1.10", r#""a""#, "true", "false"] {
        let carried = format!("{message} | unfit  types.T");
        assert_eq!(up("a: <i>", "b: <i>", rules, message), carried);
        assert_eq!(down("a: <i>", "b: <i>", rules, message), carried);
        assert_eq!(up("a: <i>", "b: <i>", rules, message).bytes, message);
    }
    assert_eq!(up("a: <i>", "b: <i>", rules, "null"), "null");
    // Where the contracts say so, they are what is translated.
    let list = |p: &str| format!("T: {{type: array, items: <I>}}, I: {}", o(p));
    let rest = "types: {I: {fields: {a: b}}}";
    let (old, new) = (list("a: <i>"), list("b: <i>"));
    assert_eq!(hop(&old, &new, rest, Upgrade, r#"[{"a":1},{}]"#), r#"[{"b":1},{}]"#);
    assert_eq!(hop(&old, &new, rest, Downgrade, "[]"), "[]");
    assert_eq!(hop(&old, &new, rest, Upgrade, "{}"), "{}");
    let rest = "types: {T: {fields: {'.': {map: {p: q}}}}}";
    assert_eq!(hop("T: <s>", "T: <s>", rest, Upgrade, r#" "p" "#), r#""q""#);
    assert_eq!(hop("T: <s>", "T: <s>", rest, Downgrade, r#""\u0071""#), r#""p""#);
    assert_eq!(hop("T: <s>", "T: <s>", rest, Upgrade, r#"{"p":1}"#), r#"{"p":1}"#);
}

#[test]
fn nothing_or_only_white_space() {
    for message in ["", " ", "\n", "\t\r\n  ", &" ".repeat(100_000)] {
        assert_eq!(everywhere(message), "malformed: unexpected end");
    }
    for other in ["\u{b}", "\u{c}", "\u{a0}", "\u{85}", "\u{2028}", "\u{3000}", "\u{feff}", "\0"] {
        assert_eq!(everywhere(other), "malformed: unexpected byte", "{other:?}");
        assert_eq!(everywhere(&format!("{{{other}}}")), "malformed: unexpected byte", "{other:?}");
    }
}

#[test]
fn pretty_printed_input() {
    let (old, new) = (format!("a: <i>, m: {}", o("x: <i>")), format!("b: <i>, m: {}", o("x: <i>")));
    let before = "{\r\n  \"a\" : 1.10 ,\r\n  \"m\" : {\r\n    \"x\" : [ 1,\t2 ] \r\n  },\r\n  \
                  \"z\" : [ ]\r\n}\r\n";
    let said = up(&old, &new, "fields: {a: b}", before);
    assert_eq!(said, r#"{"b":1.10,"m":{"x":[1,2]},"z":[]}"#);
    // What no rule names keeps its inner white space.
    assert!(said.bytes.contains("[ 1,\t2 ]") && said.bytes.contains("[ ]"), "{}", said.bytes);
    // Every kind of white space between any two tokens changes nothing.
    let compact = r#"{"m":{"x":1,"y":2},"i":{"a":[true,{}]},"l":[{"a":1},{}],"u":{"a":3,"k":"i"}}"#;
    let expected = everywhere(compact);
    for space in [" ", "\t", "\r", "\n", "\r\n \t"] {
        let mut spaced = String::from(space);
        for c in compact.chars() {
            let token = matches!(c, '{' | '}' | '[' | ']' | ':' | ',');
            let around = if token { space } else { "" };
            spaced.extend([around, &c.to_string(), around]);
        }
        assert_eq!(everywhere(&spaced), expected.bytes, "{space:?}");
    }
}
