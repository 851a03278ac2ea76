//! Which branch a value comes back to, where several have become one type, or one was split.

use crate::both::{Downgrade, Said, Upgrade, hop, o};

/// A `u` that is one of these, and the definitions of all.
fn one_of(branches: &[&str], definitions: &str) -> String {
    let branches: Vec<String> = branches.iter().map(|name| format!("<{name}>")).collect();
    format!("T: {}, {definitions}", o(&format!("u: {{oneOf: [{}]}}", branches.join(", "))))
}

/// A `u` that is of one type.
fn one(name: &str, definitions: &str) -> String {
    format!("T: {}, {definitions}", o(&format!("u: <{name}>")))
}

/// An object with required members.
fn with(properties: &str, required: &str) -> String {
    format!("{{type: object, properties: {{{properties}}}, required: [{required}]}}")
}

#[track_caller]
fn comes(said: &Said, expected: &str) {
    assert!(*said == expected, "{said:?}\n{expected}");
}

#[test]
fn a_tag_with_distinct_constants() {
    let a = with("kind: {const: a}, x: <i>", "kind");
    let b = with("kind: {enum: [b, c]}, y: <i>", "kind");
    let old = one_of(&["A", "B"], &format!("A: {a}, B: {b}"));
    let new = one("AB", &format!("AB: {}", o("kind: <s>, n: <i>")));
    let rules = "types: {A -> AB: {fields: {x: n}}, B -> AB: {fields: {y: n}}}";
    let back = |message: &str| hop(&old, &new, rules, Downgrade, message);
    comes(&back(r#"{"u":{"kind":"a","n":1}}"#), r#"{"u":{"kind":"a","x":1}}"#);
    comes(&back(r#"{"u":{"n":1,"kind":"c"}}"#), r#"{"u":{"y":1,"kind":"c"}}"#);
    // What no branch has goes to the first in the file.
    comes(&back(r#"{"u":{"kind":"d","n":1}}"#), r#"{"u":{"kind":"d","x":1}}"#);
    comes(&back(r#"{"u":{"n":1}}"#), r#"{"u":{"x":1}}"#);
    comes(&back(r#"{"u":{"kind":null,"n":1}}"#), r#"{"u":{"kind":null,"x":1}}"#);
    comes(&back(r#"{"u":null}"#), r#"{"u":null}"#);
    // The same, where what they have become is a branch itself.
    let other = format!("AB: {}, C: <s>", o("kind: <s>, n: <i>"));
    let old = one_of(&["A", "B", "C"], &format!("A: {a}, B: {b}, C: <s>"));
    let new = one_of(&["AB", "C"], &other);
    let back = |message: &str| hop(&old, &new, rules, Downgrade, message);
    comes(&back(r#"{"u":{"kind":"b","n":1}}"#), r#"{"u":{"kind":"b","y":1}}"#);
    comes(&back(r#"{"u":"b"}"#), r#"{"u":"b"}"#);
}

#[test]
fn a_discriminator_whose_values_are_mapped_and_moved() {
    let (a, b) = (o("kind: <s>, x: <i>"), o("kind: <s>, x: <i>"));
    let old = format!(
        "T: {}, A: {a}, B: {b}",
        o("u: {oneOf: [<A>, <B>], discriminator: {propertyName: kind}}")
    );
    let new = one("AB", &format!("AB: {}", o("is: {enum: [1, 2, 3]}, x: <i>, y: <i>")));
    let rules = "types: {A -> AB: {fields: {kind: {to: is, map: {A: 1}, back: {3: A}}}}, \
                 B -> AB: {fields: {kind: {to: is, map: {B: 2}}, x: y}}}";
    let back = |message: &str| hop(&old, &new, rules, Downgrade, message);
    comes(&back(r#"{"u":{"is":1,"x":5}}"#), r#"{"u":{"kind":"A","x":5}}"#);
    comes(&back(r#"{"u":{"is":2.0,"y":5}}"#), r#"{"u":{"kind":"B","x":5}}"#);
    comes(
        &back(r#"{"u":{"is":3,"x":5}}"#),
        r#"{"u":{"kind":"A","x":5}} | narrowed /u/is types.A -> AB.fields.kind"#,
    );
    let there = hop(&old, &new, rules, Upgrade, r#"{"u":{"kind":"B","x":5}}"#);
    comes(&there, r#"{"u":{"is":2,"y":5}}"#);
}

#[test]
fn a_tag_whose_absence_means_something_or_is_listed() {
    let old = one_of(
        &["A", "B", "C"],
        &format!(
            "A: {}, B: {}, C: {}",
            o("k: {const: a}, x: <i>"),
            o("k: {const: b}, x: <i>"),
            o("k: {const: c}, x: <i>")
        ),
    );
    let new = one("AB", &format!("AB: {}", o("k: <s>, x: <i>, y: <i>, z: <i>")));
    let rules = "types: {A -> AB: {}, B -> AB: {fields: {k: {absent: {new: b}}, x: y}}, C -> AB: {fields: {x: z}}}";
    let said = hop(&old, &new, rules, Downgrade, r#"{"u":{"y":1}}"#);
    comes(&said, r#"{"u":{"k":"b","x":1}}"#);
    let listed = rules.replace("absent: {new: b}", "pairs: [[b, $absent]]");
    let said = hop(&old, &new, &listed, Downgrade, r#"{"u":{"y":1}}"#);
    comes(&said, r#"{"u":{"k":"b","x":1}}"#);
}

#[test]
fn constants_that_were_added() {
    let (a, b) = (with("x: <i>", "x"), with("y: <i>", "y"));
    let old = one_of(&["A", "B"], &format!("A: {a}, B: {b}"));
    let new = one("AB", &format!("AB: {}", o("n: <i>, by: <s>, tier: <s>")));
    let rules = "types: {A -> AB: {fields: {x: n}, added: {by: a, tier: free}}, \
                 B -> AB: {fields: {y: n}, added: {by: b}}}";
    let back = |message: &str| hop(&old, &new, rules, Downgrade, message);
    comes(&back(r#"{"u":{"n":1,"by":"a","tier":"free"}}"#), r#"{"u":{"x":1}}"#);
    comes(&back(r#"{"u":{"n":1,"by":"b","tier":"free"}}"#), r#"{"u":{"y":1,"tier":"free"}}"#);
    // None has all of its own: the one that has most.
    comes(
        &back(r#"{"u":{"n":1,"by":"a","tier":"gold"}}"#),
        r#"{"u":{"x":1}} | dropped /u/tier types.A -> AB.added.tier"#,
    );
    // Nothing was added where the other says something: that is all that it has.
    let rules = "types: {A -> AB: {fields: {x: n}, added: {by: a}}, B -> AB: {fields: {y: n}}}";
    let back = |message: &str| hop(&old, &new, rules, Downgrade, message);
    comes(&back(r#"{"u":{"n":1,"by":"a"}}"#), r#"{"u":{"x":1}}"#);
    comes(&back(r#"{"u":{"n":1}}"#), r#"{"u":{"y":1}}"#);
}

#[test]
fn a_tag_goes_before_constants() {
    let old = one_of(
        &["A", "B"],
        &format!("A: {}, B: {}", o("k: {const: a}, x: <i>"), o("k: {const: b}, y: <i>")),
    );
    let new = one("AB", &format!("AB: {}", o("k: <s>, n: <i>, by: <s>")));
    let rules = "types: {A -> AB: {fields: {x: n}, added: {by: a}}, \
                 B -> AB: {fields: {y: n}, added: {by: b}}}";
    let said = hop(&old, &new, rules, Downgrade, r#"{"u":{"k":"b","by":"a","n":1}}"#);
    comes(&said, r#"{"u":{"k":"b","y":1}} | dropped /u/by types.B -> AB.added.by"#);
}

#[test]
fn one_type_that_was_split() {
    let a = o("kind: {enum: [x, y]}, n: <i>");
    let halves =
        format!("A1: {}, A2: {}", o("kind: {const: x}, p: <i>"), o("kind: {const: y}, q: <i>"));
    let (old, new) = (one("A", &format!("A: {a}")), one_of(&["A1", "A2"], &halves));
    let rules = "types: {A -> A1: {fields: {n: p}}, A -> A2: {fields: {n: q}}}";
    let said = hop(&old, &new, rules, Upgrade, r#"{"u":{"kind":"y","n":1}}"#);
    comes(&said, r#"{"u":{"kind":"y","q":1}}"#);
    let said = hop(&old, &new, rules, Downgrade, r#"{"u":{"kind":"y","q":1}}"#);
    comes(&said, r#"{"u":{"kind":"y","n":1}}"#);
    // By what was removed, as a branch of a union.
    let old = one_of(&["A", "S"], &format!("A: {}, S: <s>", o("sort: <s>, n: <i>")));
    let halves =
        format!("A1: {}, A2: {}, S: <s>", with("p: <i>", "p"), with("q: <i>, r: <i>", "q"));
    let new = one_of(&["S", "A1", "A2"], &halves);
    let rules = "types: {A -> A2: {fields: {n: q}, removed: {sort: two}}, \
                 A -> A1: {fields: {n: p}, removed: {sort: one}}}";
    let said = hop(&old, &new, rules, Upgrade, r#"{"u":{"sort":"one","n":1}}"#);
    comes(&said, r#"{"u":{"p":1}}"#);
    let said = hop(&old, &new, rules, Upgrade, r#"{"u":{"sort":"two","n":1}}"#);
    comes(&said, r#"{"u":{"q":1}}"#);
    let said = hop(&old, &new, rules, Downgrade, r#"{"u":{"q":1}}"#);
    comes(&said, r#"{"u":{"sort":"two","n":1}}"#);
    let said = hop(&old, &new, rules, Upgrade, r#"{"u":{"sort":"none","n":1}}"#);
    comes(&said, r#"{"u":{"q":1}} | dropped /u/sort types.A -> A2.removed.sort"#);
}

#[test]
fn the_json_type_that_it_becomes() {
    let old =
        one_of(&["Num", "Text", "Obj"], &format!("Num: <n>, Text: <s>, Obj: {}", o("a: <i>")));
    let both = "All: {type: [string, object, boolean], properties: {b: <i>}}";
    let new = one("All", both);
    let rules = "types: {Num -> All: {fields: {.: {convert: {old: number, new: string}}}}, \
                 Text -> All: {}, Obj -> All: {fields: {a: b}}}";
    let back = |message: &str| hop(&old, &new, rules, Downgrade, message);
    comes(&back(r#"{"u":"12"}"#), r#"{"u":12}"#);
    comes(&back(r#"{"u":"x"}"#), r#"{"u":"x"}"#);
    comes(&back(r#"{"u":{"b":1}}"#), r#"{"u":{"a":1}}"#);
}

#[test]
fn required_members_and_their_counterparts() {
    let old = one_of(
        &["A", "B", "C"],
        &format!(
            "A: {}, B: {}, C: {}",
            with("a: <i>, x: <i>", "a"),
            with("a: <i>, b: <i>, y: <i>", "a, b"),
            with("c: <i>, z: <i>", "c")
        ),
    );
    let new = one("ABC", &format!("ABC: {}", o("a: <i>, b2: <i>, c: <i>, n: <i>")));
    let rules = "types: {A -> ABC: {fields: {x: n}}, B -> ABC: {fields: {b: b2, y: n}}, \
                 C -> ABC: {fields: {z: n}}}";
    let back = |message: &str| hop(&old, &new, rules, Downgrade, message);
    comes(&back(r#"{"u":{"a":1,"n":5}}"#), r#"{"u":{"a":1,"x":5}}"#);
    comes(&back(r#"{"u":{"a":1,"b2":2,"n":5}}"#), r#"{"u":{"a":1,"b":2,"y":5}}"#);
    comes(&back(r#"{"u":{"c":1,"n":5}}"#), r#"{"u":{"c":1,"z":5}}"#);
    comes(&back(r#"{"u":{"n":5}}"#), r#"{"u":{"x":5}}"#);
}

#[test]
fn nothing_tells_and_it_is_the_first_in_the_file() {
    let (a, b) = (with("x: <i>", "x"), with("y: <i>", "y"));
    let old = one_of(&["A", "B"], &format!("A: {a}, B: {b}"));
    let new = one("AB", &format!("AB: {}", o("n: <i>")));
    let rules = "types: {B -> AB: {fields: {y: n}}, A -> AB: {fields: {x: n}}}";
    let said = hop(&old, &new, rules, Downgrade, r#"{"u":{"n":1}}"#);
    comes(&said, r#"{"u":{"y":1}}"#);
}

#[test]
fn a_scalar_or_an_object_that_have_become_one_object() {
    let a = with("id: <s>, name: <s>", "id");
    let old = one_of(&["E", "A"], &format!("E: <s>, A: {a}"));
    let new = one("R", &format!("R: {}", o("id: <s>, name: <s>, whole: <b>")));
    let rules = "types: {E -> R: {fields: {'.': id}, added: {whole: false}}, \
                 A -> R: {added: {whole: true}}}";
    let up = |message: &str| hop(&old, &new, rules, Upgrade, message);
    let back = |message: &str| hop(&old, &new, rules, Downgrade, message);
    comes(&up(r#"{"u":"1"}"#), r#"{"u":{"id":"1","whole":false}}"#);
    comes(&back(r#"{"u":{"id":"1","whole":false}}"#), r#"{"u":"1"}"#);
    comes(&back(r#"{"u":{"id":"1","whole":true}}"#), r#"{"u":{"id":"1"}}"#);
    // The mirror: an object that was split into a number and an object.
    let old = one("V", &format!("V: {}", o("v: <i>, w: <s>, short: <b>")));
    let new = one_of(&["N", "O"], &format!("N: <i>, O: {}", o("v: <i>, w: <s>")));
    let rules = "types: {V -> N: {fields: {v: '.'}, removed: {short: true}}, \
                 V -> O: {removed: {short: false}}}";
    let up = |message: &str| hop(&old, &new, rules, Upgrade, message);
    comes(&up(r#"{"u":{"v":3,"short":true}}"#), r#"{"u":3}"#);
    comes(&up(r#"{"u":{"v":3,"short":false}}"#), r#"{"u":{"v":3}}"#);
}
