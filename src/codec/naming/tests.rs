//! How texts that name places are read and written.

use std::borrow::Cow;

use super::{MOST, Naming, Renamed, Step, rename};
use crate::json::{Value, parse};

fn read(text: &str) -> Option<Naming<'_>> {
    let mut naming = Naming::default();
    naming.read(text).map(|()| naming)
}

fn others<'n>(steps: &[&'n str]) -> Vec<Step<'n>> {
    steps.iter().map(|step| Step::Other(Cow::Borrowed(*step))).collect()
}

/// The text that names another place as this one does.
fn written(text: &str, steps: &[&str]) -> Option<String> {
    let mut written = String::new();
    let naming = read(text).unwrap();
    naming.write(&others(steps), &mut written).then_some(written)
}

#[test]
fn other_places_are_written_as_the_first_one_is() {
    for (text, steps, becomes) in [
        ("/a/0/b", "a 0 b", "/x/1/y.z"),
        ("#/a~1b/~01", "a/b ~1", "#/x/1/y.z"),
        ("", "", "/x/1/y.z"),
        ("#", "", "#/x/1/y.z"),
        ("a", "a", "x[1]['y.z']"),
        ("a.b[0]", "a b 0", "x[1]['y.z']"),
        ("a.0.b", "a 0 b", "x.1['y.z']"),
        ("$", "", "$.x[1]['y.z']"),
        ("$.a[0]['b.c']", "a 0 b.c", "$.x[1]['y.z']"),
        ("$[0].a", "0 a", "$.x[1]['y.z']"),
        ("a[b][0]", "a b 0", "x[1][y.z]"),
        ("a[\"b c\"].d", "a b c d", "x[1][\"y.z\"]"),
        ("a['0'].d", "a 0 d", "x[1]['y.z']"),
    ] {
        assert_eq!(read(text).unwrap().steps.join(" "), steps, "{text}");
        assert_eq!(written(text, &["x", "1", "y.z"]).as_deref(), Some(becomes), "{text}");
    }
    assert_eq!(written("/a", &["a/b", "~1", "", "~"]).as_deref(), Some("/a~1b/~01//~0"));
}

#[test]
fn the_whole_is_written_as_it_is_read_again() {
    for (text, whole) in [("/a", Some("")), ("#/a", Some("#")), ("$.a", Some("$"))] {
        assert_eq!(written(text, &[]).as_deref(), whole, "{text}");
        assert_eq!(read(text).unwrap().style, read(whole.unwrap()).unwrap().style, "{text}");
    }
    for text in ["a", "a.b", "a[0]", "a[b]"] {
        assert_eq!(written(text, &[]), None, "{text}");
    }
}

#[test]
fn quotes_stay() {
    for (text, steps, becomes) in [
        ("a['b'].c", ["a", "b", "x"].as_slice(), "a['b'].x"),
        ("a['b']['c']", &["x", "y", "z"], "x['y']['z']"),
        ("$[\"a\"]['b']", &["x", "y"], "$[\"x\"]['y']"),
        ("a['b'].c", &["it's", "it's", "x"], "it's[\"it's\"].x"),
        ("a['0'].c", &["a", "0", "x"], "a['0'].x"),
        // Of another length.
        ("a['b'].c", &["data", "a", "b", "c"], "data.a['b'].c"),
        ("a['b'].c", &["a", "b", "0", "x"], "a['b'][0].x"),
        ("a['b'].c", &["a", "x", "y", "c"], "a['x']['y'].c"),
        ("a['b'].c", &["b", "c"], "b.c"),
        ("a[b]['c']", &["x", "y", "z"], "x[y]['z']"),
    ] {
        assert_eq!(written(text, steps).as_deref(), Some(becomes), "{text} {steps:?}");
    }
}

/// What is written names that place, whatever stands in it.
#[test]
fn what_is_written_is_read_again() {
    let texts =
        ["/a", "#/a", "a", "a.b[0]", "a.0", "$.a", "a[b]", "a['b']", "$[\"a\"].b", "a['b'][c]"];
    let names = [
        "", "a", "0", "00", "a.b", "it's", "\"x\"", "'\"", "x]", "[", "a b", "$a", "#a", "/a", "~",
        "-a", "'a'",
    ];
    let (mut said, mut not) = (0, 0);
    for text in texts {
        for one in names {
            for two in names {
                let steps = [one, two, "z"];
                let Some(written) = written(text, &steps) else {
                    not += 1;
                    continue;
                };
                said += 1;
                let again = read(&written).map(|naming| naming.steps.join("\n"));
                assert_eq!(again, Some(steps.join("\n")), "{text} {written}");
            }
        }
    }
    assert!(said > 1_000 && not > 100, "{said} {not}");
}

#[test]
fn what_names_no_place() {
    for text in [
        "the name is too long",
        "a..b",
        "a.",
        ".a",
        "[0]",
        "a[",
        "a[]",
        "a[b]c.d]",
        "#a",
        "/~2",
        "/~~01",
        "a.b[c]",
    ] {
        assert_eq!(read(text), None, "{text}");
    }
}

#[test]
fn what_cannot_be_said_in_a_text_is_not() {
    for (text, step) in [("a.b", "it's \"x\""), ("a[b]", "x]"), ("a[b]", ""), ("a[b]", "x y")] {
        assert_eq!(written(text, &["x", step]), None, "{text} {step}");
    }
    for step in ["", "a.b", "$a", "#a", "/a"] {
        assert_eq!(written("a", &[step]), None, "{step}");
    }
    assert_eq!(written("/a", &[""]).as_deref(), Some("/"));
    let mut place = |_: &[Cow<'_, str>], into: &mut Vec<Step<'static>>| {
        into.extend(others(&["b", "7"]));
        true
    };
    let list = rename(&parse(br#"["a",0,"1"]"#, 8).unwrap(), None, &mut place);
    let value = Some(parse(br#"["b",7]"#, 8).unwrap());
    assert_eq!(list, Renamed::Done { value, unknown: false });
}

#[test]
fn several_places_in_one_text() {
    let told = |text: &str| {
        let mut place = |steps: &[Cow<'_, str>], into: &mut Vec<Step<'static>>| {
            let first = match &*steps[0] {
                "gone" => return false,
                "comma" => String::from("a,b"),
                "sign" => String::from("-a"),
                first => format!("new_{first}"),
            };
            into.push(Step::Other(first.into()));
            into.extend((1..steps.len()).map(Step::Own));
            true
        };
        match rename(&Value::string(text), Some(100), &mut place) {
            Renamed::TooLong => String::from("too long"),
            Renamed::Unfit => String::from("unfit"),
            Renamed::Done { value, unknown } => {
                let value = value.map(|value| value.to_string()).unwrap_or_default();
                value + if unknown { " unknown" } else { "" }
            }
        }
    };
    for (text, becomes) in [
        ("a", "\"new_a\""),
        ("-a,items.sku", "\"-new_a,new_items.sku\""),
        ("-a, +b ,c", "\"-new_a, +new_b ,new_c\""),
        ("a,-gone", "\"new_a,-gone\" unknown"),
        ("a,comma", "\"new_a,comma\" unknown"),
        // A sign, and a name that begins as one.
        ("---", "\"-new_--\""),
        ("sign", " unknown"),
        ("", ""),
        ("a,,b", "unfit"),
        ("a,", "unfit"),
        ("-", "unfit"),
        ("a b", "unfit"),
    ] {
        assert_eq!(told(text), becomes, "{text}");
    }
    let mut same = |steps: &[Cow<'_, str>], into: &mut Vec<Step<'static>>| {
        into.extend((0..steps.len()).map(Step::Own));
        true
    };
    let done = rename(&Value::string("-a,b"), Some(100), &mut same);
    assert_eq!(done, Renamed::Done { value: None, unknown: false });
    assert_eq!(rename(&Value::Array(Vec::new()), Some(100), &mut same), Renamed::Unfit);
    assert_eq!(rename(&Value::string("-a,b"), Some(3), &mut same), Renamed::TooLong);
}

#[test]
fn no_place_is_deeper_than_any_document() {
    for text in ["/a", "['a']", "[0]"] {
        let deep =
            |steps: usize| read(&format!("${}", text.repeat(steps)).replace("$/", "/")).is_some();
        assert!(deep(MOST) && !deep(MOST + 1) && !deep(100_000), "{text}");
    }
    let list = |steps: usize| {
        let steps = Value::Array(vec![Value::string("a"); steps]);
        rename(&steps, None, &mut |_: &[Cow<'_, str>], _: &mut Vec<Step<'static>>| false)
    };
    assert_eq!(list(MOST), Renamed::Done { value: None, unknown: true });
    assert_eq!(list(MOST + 1), Renamed::Unfit);
}
