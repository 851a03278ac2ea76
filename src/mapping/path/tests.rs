//! The notation of places: by example, and read back from what is written.

use proptest::prelude::{Just, Strategy, any, prop, prop_oneof, proptest};

use super::{BadPath, parse};
use crate::json::{Path, Segment, Value};

fn name(text: &str) -> Segment {
    Segment::Name(text.into())
}

fn select(fields: &[(&[&str], Value)]) -> Segment {
    let field = |(names, value): &(&[&str], Value)| {
        (names.iter().map(|n| Box::from(*n)).collect(), value.clone())
    };
    Segment::Select(fields.iter().map(field).collect())
}

#[test]
fn places_by_example() {
    let resource = select(&[
        (&["type"], Value::string("Resource")),
        (&["resource", "name"], Value::string("cpu")),
    ]);
    let cases: &[(&str, Vec<Segment>)] = &[
        (".", vec![]),
        ("a.b", vec![name("a"), name("b")]),
        ("a[]", vec![name("a"), Segment::Each]),
        ("[].a", vec![Segment::Each, name("a")]),
        ("{}[]", vec![Segment::Values, Segment::Each]),
        ("a{}.b", vec![name("a"), Segment::Values, name("b")]),
        ("a[0].b", vec![name("a"), Segment::Index(0), name("b")]),
        ("a[type=Resource,resource.name=cpu]", vec![name("a"), resource]),
        ("[n=1]", vec![select(&[(&["n"], Value::Number("1".into()))])]),
        ("[n=\"1\"]", vec![select(&[(&["n"], Value::string("1"))])]),
        ("[n=\"a,]\\\"b\"]", vec![select(&[(&["n"], Value::string("a,]\"b"))])]),
        ("[n=\"\"]", vec![select(&[(&["n"], Value::string(""))])]),
        ("[n=a\\]]", vec![select(&[(&["n"], Value::string("a]"))])]),
        ("[1st=x]", vec![select(&[(&["1st"], Value::string("x"))])]),
        ("x\\.y", vec![name("x.y")]),
        ("iid\\[\\]", vec![name("iid[]")]),
        ("annotations[\"a.b/c\"]", vec![name("annotations"), name("a.b/c")]),
        ("[\"a\\\"\\\\\"]", vec![name("a\"\\")]),
        ("\\$x", vec![name("$x")]),
        ("a$b", vec![name("a$b")]),
        ("Zoë.ß", vec![name("Zoë"), name("ß")]),
    ];
    for (text, segments) in cases {
        assert_eq!(parse(text), Ok(Path(segments.clone())), "{text}");
    }
}

#[test]
fn what_is_no_place() {
    let cases = [
        ("", 0),
        ("a..b", 2),
        ("a.", 2),
        (".a", 0),
        ("a[", 2),
        ("a[0", 3),
        ("a[x]", 3),
        ("a[x=]", 4),
        ("a[x=1,x=2]", 6),
        ("a[x=\"1]", 7),
        ("a{b}", 1),
        ("a[]b", 3),
        ("a]", 1),
        ("a=b", 1),
        ("a[99999999999]", 2),
        ("a\\", 2),
        ("$a", 0),
        ("b*", 1),
        ("a[\"b", 4),
    ];
    for (text, at) in cases {
        let bad = parse(text).unwrap_err();
        assert_eq!(bad.at(), at, "{text}: {bad}");
        assert!(matches!(bad, BadPath::Expected { .. }), "{text}");
    }
    assert_eq!(parse("*"), Err(BadPath::NotYet { at: 0 }));
    assert_eq!(parse("a.*"), Err(BadPath::NotYet { at: 2 }));
}

fn scalar() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::Bool),
        any::<i32>().prop_map(|n| Value::Number(n.to_string().into())),
        any::<String>().prop_map(|t| Value::string(&t)),
        "[0-9a-z,\\]\\\\\"=]{0,4}".prop_map(|t| Value::string(&t)),
    ]
}

fn some_name() -> impl Strategy<Value = Box<str>> {
    prop_oneof!["[a-c.*$=,{}\"\\\\\\[\\]]{1,4}", any::<String>()].prop_map(String::into_boxed_str)
}

fn segment() -> impl Strategy<Value = Segment> {
    let field = (
        prop::collection::vec(some_name().prop_filter("named", |n| !n.is_empty()), 1..3),
        scalar(),
    );
    prop_oneof![
        some_name().prop_map(Segment::Name),
        Just(Segment::Each),
        Just(Segment::Values),
        any::<u32>().prop_map(Segment::Index),
        prop::collection::vec(field, 1..3)
            .prop_filter("each field once", |f| f.len() < 2 || f[0].0 != f[1].0)
            .prop_map(Segment::Select),
    ]
}

proptest! {
    #[test]
    fn what_is_written_is_read_back(segments in prop::collection::vec(segment(), 0..5)) {
        let path = Path(segments);
        let text = path.to_string();
        assert_eq!(parse(&text), Ok(path), "{text}");
    }

    #[test]
    fn any_text_is_a_place_or_not(text in any::<String>()) {
        drop(parse(&text));
    }
}
