//! Texts of lists and dictionaries: what they say, and what they cannot.

use super::{Fraction, Items, Last, List, Scalars, Separated};
use crate::codec::{Converted, Repr, convert};

/// What becomes of each value, and whether that is said.
fn holds(from: &List, to: &List, cases: &[(&str, &str)]) {
    for (value, expected) in cases {
        let said = match convert(&Repr::List(from.clone()), &Repr::List(to.clone()), value) {
            Converted::Done { text, narrowed: false } => text,
            Converted::Done { text, narrowed: true } => format!("{text} narrowed"),
            Converted::Unfit => String::from("unfit"),
        };
        assert_eq!(said, *expected, "{value}: {from} to {to}");
    }
}

/// The same in both directions.
fn mirrors(old: &List, new: &List, cases: &[(&str, &str)]) {
    holds(old, new, cases);
    let back: Vec<(&str, &str)> = cases.iter().map(|(a, b)| (*b, *a)).collect();
    holds(new, old, &back);
}

fn separated(by: &str, open: &str, close: &str, quote: Option<char>) -> List {
    let how = Separated {
        by: by.into(),
        open: open.into(),
        close: close.into(),
        quote,
        ..Separated::default()
    };
    List::Separated(Box::new(how))
}

const TEXTS: List = List::Array(Items::TEXT);

fn of(number: Option<Fraction>, truth: bool) -> Items {
    Items { of: Scalars::Others { number, truth }, null: false }
}

#[test]
fn elements_between_commas() {
    let comma = separated(",", "", "", None);
    mirrors(
        &comma,
        &TEXTS,
        &[
            (r#""""#, "[]"),
            (r#""a""#, r#"["a"]"#),
            (r#""a,b""#, r#"["a","b"]"#),
            (r#""a, b""#, r#"["a"," b"]"#),
            (r#"",""#, r#"["",""]"#),
            (r#""a,,b,""#, r#"["a","","b",""]"#),
            (r#""1,true,null""#, r#"["1","true","null"]"#),
            (r#""{a},\"b\"""#, r#"["{a}","\"b\""]"#),
        ],
    );
    holds(&comma, &TEXTS, &[("5", "unfit"), (r#"["a"]"#, "unfit"), (r#""\ud800""#, "unfit")]);
    holds(
        &TEXTS,
        &comma,
        &[
            (r#"["a,b"]"#, "unfit"),
            (r#"[""]"#, "unfit"),
            (r#"["a",null]"#, "unfit"),
            (r#"["a",["b"]]"#, "unfit"),
            (r#"["a",{"b":1}]"#, "unfit"),
            (r#""a""#, "unfit"),
            // What comes back is a text.
            (r#"["a",1]"#, r#""a,1" narrowed"#),
            ("[true]", r#""true" narrowed"#),
        ],
    );
    // An end that is the beginning of what stands between two.
    holds(&TEXTS, &separated("aa", "", "", None), &[(r#"["xa","b"]"#, "unfit")]);
    holds(&TEXTS, &separated("aa", "", "", None), &[(r#"["x","b"]"#, r#""xaab""#)]);
    mirrors(&separated(" | ", "", "", None), &comma, &[(r#""a | b""#, r#""a,b""#)]);
    holds(&separated(";", "", "", None), &comma, &[(r#""a,b;c""#, "unfit")]);
    let long = format!("\"{}\"", "a,".repeat(10_000));
    holds(&comma, &TEXTS, &[(&long, "unfit")]);
}

#[test]
fn elements_in_quotes() {
    let array = separated(",", "{", "}", Some('"'));
    mirrors(
        &array,
        &TEXTS,
        &[
            (r#""{}""#, "[]"),
            (r#""{a,b}""#, r#"["a","b"]"#),
            (r#""{\"\"}""#, r#"[""]"#),
            (r#""{\"a,b\",c}""#, r#"["a,b","c"]"#),
            (r#""{\"a b\",\"{\"}""#, r#"["a b","{"]"#),
            (r#""{\"say \\\"hi\\\"\",\"a\\\\b\"}""#, r#"["say \"hi\"","a\\b"]"#),
            (r#""{\"NULL\",\"null\"}""#, r#"["NULL","null"]"#),
            (r#""{\"é\n\"}""#, r#"["é\n"]"#),
        ],
    );
    holds(
        &array,
        &TEXTS,
        &[
            (r#""{\"a\",\"b\"}""#, r#"["a","b"]"#),
            (r#""{a,,b}""#, r#"["a","","b"]"#),
            (r#""{NULL}""#, r#"["NULL"]"#),
            (r#""a,b""#, "unfit"),
            (r#""{a,b""#, "unfit"),
            (r#""{a,\"b}""#, "unfit"),
            (r#""{a\"b\"}""#, "unfit"),
            (r#""{\"a\"b}""#, "unfit"),
            (r#""{\"a\"\"b\"}""#, "unfit"),
            (r#""{a\\b}""#, "unfit"),
            (r#""{{a},{b}}""#, "unfit"),
            (r#""{\"a\\""#, "unfit"),
            (r#""""#, "unfit"),
        ],
    );
    let nulls = List::Array(Items { null: true, ..Items::TEXT });
    mirrors(&array, &nulls, &[(r#""{a,NULL,\"NULL\"}""#, r#"["a",null,"NULL"]"#)]);
    holds(&array, &nulls, &[(r#""{null}""#, "[null]")]);
    // It comes back as a text.
    holds(&TEXTS, &array, &[("[null]", r#""{NULL}" narrowed"#)]);
    mirrors(
        &separated(", ", "[", "]", Some('\'')),
        &array,
        &[(r#""[a, b,c, 'd e']""#, r#""{a,\"b,c\",\"d e\"}""#)],
    );
}

#[test]
fn ends_that_may_be_missing() {
    let how = Separated { loose: true, ..braces() };
    let array = List::Separated(Box::new(how));
    mirrors(&array, &TEXTS, &[(r#""{}""#, "[]"), (r#""{a,b}""#, r#"["a","b"]"#)]);
    holds(
        &array,
        &TEXTS,
        &[
            (r#""""#, "[]"),
            (r#""a""#, r#"["a"]"#),
            (r#""a,b""#, r#"["a","b"]"#),
            (r#""{a,b""#, r#"["a","b"]"#),
            (r#""a,b}""#, r#"["a","b"]"#),
            (r#""{{a}}""#, r#"["{a}"]"#),
        ],
    );
    // What would be read without its brace is not written.
    holds(&TEXTS, &array, &[(r#"["{a"]"#, r#""{{a}""#), (r#"[""]"#, "unfit")]);
}

#[test]
fn quotes_within_elements() {
    let how = Separated { quote: Some('"'), kept: true, ..braces() };
    let array = List::Separated(Box::new(how));
    mirrors(
        &array,
        &TEXTS,
        &[
            (r#""{a=\"x,y\",b=\"}\"}""#, r#"["a=\"x,y\"","b=\"}\""]"#),
            (r#""{a=\"x\\\",y\"}""#, r#"["a=\"x\\\",y\""]"#),
            (r#""{NULL,a\\b,\"\"}""#, r#"["NULL","a\\b","\"\""]"#),
        ],
    );
    for unclosed in [r#""{a=\"x,y}""#, r#""{a=\"x\\}""#] {
        holds(&array, &TEXTS, &[(unclosed, "unfit")]);
    }
    let nulls = List::Array(Items { null: true, ..Items::TEXT });
    holds(&nulls, &array, &[("[null]", "unfit"), (r#"["a,b"]"#, "unfit"), (r#"["\""]"#, "unfit")]);
}

#[test]
fn a_last_element_may_be_none() {
    let comma = Separated { by: ",".into(), last: Last::Optional, ..Separated::default() };
    let list = List::Separated(Box::new(comma.clone()));
    mirrors(
        &list,
        &TEXTS,
        &[(r#""""#, "[]"), (r#""a,b""#, r#"["a","b"]"#), (r#""a,,b""#, r#"["a","","b"]"#)],
    );
    // The text comes back without it, and says the same.
    holds(
        &list,
        &TEXTS,
        &[
            (r#""a,""#, r#"["a"]"#),
            (r#""a, \t""#, r#"["a"]"#),
            (r#"" ""#, "[]"),
            (r#""a,, ""#, r#"["a",""]"#),
            (r#""a, b ""#, r#"["a"," b "]"#),
        ],
    );
    // One that is nothing itself is not the last thing in the text.
    mirrors(
        &list,
        &TEXTS,
        &[
            (r#""a,,""#, r#"["a",""]"#),
            (r#"",""#, r#"[""]"#),
            (r#"" ,""#, r#"[" "]"#),
            (r#"",a""#, r#"["","a"]"#),
        ],
    );
    let quoted = Separated { quote: Some('"'), ..comma.clone() };
    let quoted = List::Separated(Box::new(quoted));
    mirrors(&quoted, &TEXTS, &[(r#""a,\"\"""#, r#"["a",""]"#), (r#""\" \"""#, r#"[" "]"#)]);
    holds(&quoted, &TEXTS, &[(r#""\"a\",""#, r#"["a"]"#)]);
    // However much of it there is, it is looked at once.
    let long = format!("{}a{}", "a,".repeat(9_000), " ".repeat(32 << 20));
    assert_eq!(comma.read(&long).map(|all| all.len()), Some(9_001));
    // White space may be what stands between two.
    let spaces = List::Separated(Box::new(Separated { by: " ".into(), ..comma }));
    holds(&spaces, &TEXTS, &[(r#""a ""#, r#"["a"]"#)]);
    mirrors(&spaces, &TEXTS, &[(r#""a  ""#, r#"["a",""]"#), (r#"" ""#, r#"[""]"#)]);
    holds(&TEXTS, &spaces, &[(r#"["a"," "]"#, "unfit")]);
    let ends =
        Separated { last: Last::Optional, loose: true, kept: true, quote: Some('"'), ..braces() };
    let ends = List::Separated(Box::new(ends));
    holds(&ends, &TEXTS, &[(r#""{a=\"x,\",}""#, r#"["a=\"x,\""]"#), (r#""{,}""#, r#"[""]"#)]);
    holds(&ends, &TEXTS, &[(r#""{ }""#, "[]"), (r#""a, }""#, r#"["a"]"#)]);
}

fn braces() -> Separated {
    Separated { by: ",".into(), open: "{".into(), close: "}".into(), ..Separated::default() }
}

#[test]
fn elements_that_are_no_texts() {
    let comma = separated(",", "", "", None);
    let whole = List::Array(of(Some(Fraction::None), false));
    mirrors(&comma, &whole, &[(r#""1,-2,18446744073709551617""#, "[1,-2,18446744073709551617]")]);
    holds(
        &comma,
        &whole,
        &[
            (r#""1,007""#, "[1,7] narrowed"),
            (r#""1,1.5""#, "unfit"),
            (r#""1,x""#, "unfit"),
            (r#""1,""#, "unfit"),
            (r#""true""#, "unfit"),
            (r#""null""#, "unfit"),
        ],
    );
    holds(&whole, &comma, &[("[1.0,1e2]", r#""1,100""#), (r#"["1"]"#, r#""1" narrowed"#)]);
    let any = List::Array(of(Some(Fraction::Some), true));
    mirrors(&comma, &any, &[(r#""1.5,true,false""#, "[1.5,true,false]")]);
    let none = List::Array(of(None, false));
    holds(&comma, &none, &[(r#""a""#, "unfit"), (r#""""#, "[]")]);
}

#[test]
fn pairs_are_a_dictionary() {
    let (pairs, dictionary) = (List::Pairs(",".into(), "=".into()), List::Dictionary(Items::TEXT));
    mirrors(
        &pairs,
        &dictionary,
        &[
            (r#""""#, "{}"),
            (r#""a=1,b=x""#, r#"{"a":"1","b":"x"}"#),
            (r#""a=""#, r#"{"a":""}"#),
            (r#""=""#, r#"{"":""}"#),
            (r#""a=b=c""#, r#"{"a":"b=c"}"#),
            (r#"" c=d,a= b ""#, r#"{" c":"d","a":" b "}"#),
        ],
    );
    holds(
        &pairs,
        &dictionary,
        &[
            // Members have no order; the text has them by their keys.
            (r#""b=1,a=2""#, r#"{"a":"2","b":"1"}"#),
            (r#""a=1,a=1""#, "unfit"),
            (r#""a=1,a=2""#, "unfit"),
            (r#""a""#, "unfit"),
            (r#""a=1,""#, "unfit"),
            ("{}", "unfit"),
        ],
    );
    holds(
        &dictionary,
        &pairs,
        &[
            (r#"{"b":"1","a":"2"}"#, r#""a=2,b=1""#),
            (r#"{"a,b":"1"}"#, "unfit"),
            (r#"{"a=b":"1"}"#, "unfit"),
            (r#"{"a":"1,2"}"#, "unfit"),
            (r#"{"a":null}"#, "unfit"),
            (r#"{"a":["1"]}"#, "unfit"),
            (r#"{"a":"1","a":"2"}"#, "unfit"),
            (r#"{"a":1}"#, r#""a=1" narrowed"#),
            ("[]", "unfit"),
        ],
    );
    let numbers = List::Dictionary(of(Some(Fraction::None), true));
    mirrors(&pairs, &numbers, &[(r#""a=1,b=true""#, r#"{"a":1,"b":true}"#)]);
    holds(&pairs, &numbers, &[(r#""a=x""#, "unfit")]);
    mirrors(&List::Pairs(";".into(), ":".into()), &pairs, &[(r#""a:1;b:2""#, r#""a=1,b=2""#)]);
    let long: Vec<String> = (0..10_001).map(|at| format!("{at}=")).collect();
    holds(&pairs, &dictionary, &[(&format!("\"{}\"", long.join(",")), "unfit")]);
}

#[test]
fn one_or_many() {
    let (one, comma) = (List::OneOrMany(Items::TEXT), separated(",", "", "", None));
    mirrors(
        &one,
        &TEXTS,
        &[(r#""a""#, r#"["a"]"#), ("[]", "[]"), (r#"["a","b"]"#, r#"["a","b"]"#)],
    );
    mirrors(
        &one,
        &TEXTS,
        &[(r#"{"a":1}"#, r#"[{"a":1}]"#), ("[[1]]", "[[1]]"), ("[null]", "[null]")],
    );
    holds(&one, &TEXTS, &[(r#"["a"]"#, r#"["a"]"#)]);
    mirrors(&comma, &one, &[(r#""a""#, r#""a""#), (r#""a,b""#, r#"["a","b"]"#), (r#""""#, "[]")]);
}
