//! What files become, and what is said about broken ones.

use super::*;

fn read(name: &str, text: &str) -> Result<Node, Vec<Diagnostic>> {
    let mut sources = Sources::default();
    let file = sources.add(name, text);
    parse(&sources, file)
}

fn json(text: &str) -> String {
    match read("t.yaml", text) {
        Ok(node) => node.to_json().to_string(),
        Err(found) => found.iter().map(|d| d.code).collect::<Vec<_>>().join(" "),
    }
}

#[test]
fn scalars_are_those_of_the_core_schema() {
    let cases = [
        ("yes", r#""yes""#),
        ("on", r#""on""#),
        ("2024-06-01", r#""2024-06-01""#),
        ("1.10", "1.10"),
        ("12345678901234567890123", "12345678901234567890123"),
        ("1e400", "1e400"),
        (".5", "0.5"),
        ("+1", "1"),
        ("-.5", "-0.5"),
        ("5.", "5"),
        ("0x1F", "31"),
        ("0o17", "15"),
        ("0x+1", r#""0x+1""#),
        ("007", "7"),
        ("-0", "-0"),
        ("1_000", r#""1_000""#),
        ("1:30", r#""1:30""#),
        ("0b1", r#""0b1""#),
        ("~", "null"),
        ("", "null"),
        ("True", "true"),
        ("'1'", r#""1""#),
        ("!!str 1", r#""1""#),
        ("!!int '1'", "1"),
        ("! 1", r#""1""#),
        (".inf", "F108"),
        ("+.INF", "F108"),
        (".nan", "F108"),
        ("!x 1", "F109"),
        ("!!binary aa", "F109"),
    ];
    for (text, expected) in cases {
        assert_eq!(json(text), expected, "{text}");
    }
}

#[test]
fn keys_are_texts() {
    assert_eq!(
        json("200: a\n0x10: b\n~: c\n1.0: d"),
        r#"{"200":"a","0x10":"b","~":"c","1.0":"d"}"#
    );
    assert_eq!(json("a: 1\na: 2"), "F107");
    assert_eq!(json("{a: 1, \"a\": 2}"), "F107");
    assert_eq!(json("{\"a\": 1, \"\\u0061\": 2}"), "F107");
    assert_eq!(json("? [a]\n: b"), "F106");
    assert_eq!(json("a: &x {b: 1}\nc:\n  <<: *x"), "F110");
    assert_eq!(json("'<<': 1"), r#"{"<<":1}"#);
    let many: Vec<String> = (0..40).map(|n| format!("k{n}: 1\n")).collect();
    let many = many.concat();
    assert_eq!(json(&format!("{many}k39: 1")), "F107");
    assert_eq!(json(&format!("{many}k3: 1\nk3: 2")), "F107 F107");
}

#[test]
fn places_are_bytes_of_the_file() {
    for text in [
        "a: Zoë\r\nß: 'tést'\n",
        "\u{feff}{\"a\": \"Zoë\", \"ß\": \"tést\"}",
        "\u{feff}a: Zoë\nß: \"tést\"\n",
    ] {
        let node = read("t.yaml", text).unwrap();
        let member = node.member("ß").unwrap();
        let of =
            |s: Span| &text[usize::try_from(s.start).unwrap()..usize::try_from(s.end).unwrap()];
        assert_eq!(of(member.key_span).trim_matches('"'), "ß");
        assert_eq!(of(member.value.span).trim_matches(['"', '\'']), "tést");
    }
    let long = format!("{}\nk: v", "ü: 1 # äöü\n".replace('ü', &"ü".repeat(700)));
    let node = read("t.yaml", &long).unwrap();
    let span = node.get("k").unwrap().span;
    assert_eq!(usize::try_from(span.end).unwrap(), long.len());
}

#[test]
fn json_is_read_to_the_letter() {
    assert_eq!(json(r#"{"a":"\ud83d\ude00\/"}"#), "{\"a\":\"😀/\"}");
    assert_eq!(json(r#"{"a":"\ud800","\udc00":1}"#), r#"{"a":"\ud800","\\udc00":1}"#);
    assert_eq!(json("{\t\"a\":\t[1,\t2]}"), r#"{"a":[1,2]}"#);
    let deep = format!("{}{}", "[".repeat(100), "]".repeat(100));
    assert_eq!(json(&deep), deep);
    assert_eq!(read("t.json", "a: 1").unwrap_err()[0].code, "F101");
    assert_eq!(json("{a: 1}"), r#"{"a":1}"#);
}

#[test]
fn sizes_are_bounded() {
    for deep in ["[", "{\"a\":", "- ", "{a: "] {
        assert_eq!(json(&deep.repeat(100_000)), "F105", "{deep}");
    }
    let mut laughs = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
    for n in 1..10 {
        let list = vec![format!("*a{}", n - 1); 10].join(", ");
        laughs = format!("{laughs}a{n}: &a{n} [{list}]\n");
    }
    assert_eq!(json(&laughs), "F104");
    assert_eq!(json(&" ".repeat(MAX_BYTES + 1)), "F111");
    let (open, close) = ("[".repeat(200), "]".repeat(200));
    let chain = format!("a: &a {open}{close}\nb: &b {open}*a{close}\n");
    assert_eq!(json(&chain), "F105");

    assert_eq!(json("a: &a [*a]"), "F103");
}

#[test]
fn one_file_is_one_document() {
    assert_eq!(json("a: 1\n---\nb: 2\n"), "F102");
    assert_eq!(json("---\na: 1\n..."), r#"{"a":1}"#);
    assert_eq!(json(" \n"), "null");
    assert_eq!(json("a: [1"), "F101");
    assert_eq!(json("a:\n\tb: 1"), "F101");
    assert_eq!(json("a: &x 1\nb: *x"), r#"{"a":1,"b":1}"#);
}
