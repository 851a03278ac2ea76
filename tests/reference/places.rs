//! Places: moves, what is on the way, what is taken apart, what nobody names.

use super::{chain, down, o, up};
use fishplate::version::Direction;

#[test]
fn what_no_rule_names_keeps_its_text() {
    let doc = r#"{"a":1.10,"x":"\u0061","y":[1e2,-0]}"#;
    assert_eq!(up("a: <i>", "a: <i>", "", doc), doc);
}

#[test]
fn rules_are_a_set_so_a_swap_works() {
    let ab = "a: <i>, b: <i>";
    assert_eq!(up(ab, ab, "fields: {a: b, b: a}", r#"{"a":1,"b":2}"#), r#"{"b":1,"a":2}"#);
    assert_eq!(up(ab, ab, "fields: {a: b, b: a}", r#"{"a":1}"#), r#"{"b":1}"#);
}

#[test]
fn objects_on_the_way_are_made() {
    let (old, new) = ("c: <i>", o("v: <i>"));
    let new = format!("m: {new}");
    assert_eq!(up(old, &new, "fields: {c: m.v}", r#"{"c":1}"#), r#"{"m":{"v":1}}"#);
    assert_eq!(up(old, &new, "fields: {c: m.v}", "{}"), "{}");
    assert_eq!(down(old, &new, "fields: {c: m.v}", r#"{"m":{"v":1}}"#), r#"{"c":1}"#);
}

#[test]
fn a_null_on_the_way_is_null_where_the_counterpart_may_be() {
    let new = format!("m: {}", o("v: <s>"));
    let doc = r#"{"m":null}"#;
    assert_eq!(
        down("c: <s?>", &new, "fields: {c: m.v}", doc),
        r#"{"c":null} | narrowed /m fields.c"#
    );
    assert_eq!(down("c: <s>", &new, "fields: {c: m.v}", doc), "{} | narrowed /m fields.c");
}

#[test]
fn an_object_without_counterpart_is_taken_apart() {
    let new = format!("m: {}", o("v: <i>, w: <i>"));
    let run = |doc: &str| down("c: <i>", &new, "fields: {c: m.v}", doc);
    assert_eq!(
        run(r#"{"m":{"v":1,"w":2,"x":3}}"#),
        r#"{"c":1} | dropped /m/w fields.c | dropped /m/x fields.c"#
    );
    assert_eq!(run(r#"{"m":{"w":2,"x":3}}"#), "{} | dropped /m fields.c");
    assert_eq!(run(r#"{"m":{}}"#), "{} | narrowed /m fields.c");
    assert_eq!(run(r#"{"m":5}"#), "{} | dropped /m fields.c");
}

#[test]
fn an_object_with_a_counterpart_stays_even_empty() {
    let (old, new) = (format!("m: {}", o("v: <i>")), format!("m: {}, v: <i>", o("w: <i>")));
    assert_eq!(up(&old, &new, "fields: {m.v: v}", r#"{"m":{"v":1}}"#), r#"{"m":{},"v":1}"#);
}

#[test]
fn a_null_that_gives_way_is_narrowed_at_its_own_place() {
    let (old, new) = (format!("m: {}, c: <i>", o("w: <i>")), format!("m: {}", o("v: <i>, w: <i>")));
    let run = |doc: &str| up(&old, &new, "fields: {c: m.v}", doc);
    assert_eq!(run(r#"{"m":null,"c":1}"#), r#"{"m":{"v":1}} | narrowed /m fields.c"#);
    assert_eq!(run(r#"{"m":null}"#), r#"{"m":null}"#);
    assert_eq!(run(r#"{"m":null,"c":null}"#), r#"{"m":null}"#);
    assert_eq!(run(r#"{"m":7,"c":1}"#), r#"{"m":7} | dropped /c fields.c"#);
    assert_eq!(run(r#"{"m":{"w":2},"c":1}"#), r#"{"m":{"w":2,"v":1}}"#);
}

#[test]
fn extras_stay_opaque_and_collide_with_what_is_declared_at_the_end() {
    assert_eq!(
        up("a: <i>", "b: <i>", "fields: {a: b}", r#"{"b":2,"z":3}"#),
        r#"{"z":3} | collision /b #0"#
    );
    let three = [
        format!("T: {}", o("a: <i>")),
        format!("T: {}", o("b: <i>")),
        format!("T: {}", o("c: <i>")),
    ];
    let three: Vec<&str> = three.iter().map(String::as_str).collect();
    let rests = ["types: {T: {fields: {a: b}}}", "types: {T: {fields: {b: c}}}"];
    let run = |doc: &str| chain(&three, &rests, Direction::Upgrade, doc);
    // Named like a place of the middle version alone: no rule sees it, and nothing is in its way.
    assert_eq!(run(r#"{"b":9}"#), r#"{"b":9}"#);
    assert_eq!(run(r#"{"c":9}"#), "{} | collision /c #1");
}

#[test]
fn an_extra_of_the_message_goes_before_what_became_opaque() {
    let three = [
        format!("T: {}", o("a: <i>")),
        format!("T: {}", o("b: <i>")),
        format!("T: {}", o("d: <i>")),
    ];
    let three: Vec<&str> = three.iter().map(String::as_str).collect();
    let rests = ["types: {T: {fields: {a: b}}}", ""];
    assert_eq!(
        chain(&three, &rests, Direction::Upgrade, r#"{"a":1,"b":2}"#),
        r#"{"b":2} | collision /a #1"#
    );
}

#[test]
fn unmapped_drop_drops_and_reports_both_kinds() {
    assert_eq!(
        up("a: <i>, b: <i>", "a: <i>", "unmapped: drop", r#"{"a":1,"b":2,"x":3}"#),
        r#"{"a":1} | dropped /b #0 | dropped /x #0"#
    );
}

#[test]
fn types_reach_lists_dictionaries_and_themselves() {
    let old = format!(
        "T: {}",
        o(
            "a: <i>, l: {type: array, items: {$ref: '#/$defs/T'}}, d: {type: object, additionalProperties: {$ref: '#/$defs/T'}}"
        )
    );
    let new = old.replace("a: ", "b: ");
    assert_eq!(
        chain(
            &[&old, &new],
            &["types: {T: {fields: {a: b}}}"],
            Direction::Upgrade,
            r#"{"l":[{"a":1},null,[]],"d":{"k":{"a":2}}}"#
        ),
        r#"{"l":[{"b":1},null,[]],"d":{"k":{"b":2}}} | unfit /l/2 types.T"#
    );
}

#[test]
fn two_names_in_an_object_that_is_entered_are_malformed() {
    assert_eq!(up("a: <i>", "a: <i>", "", r#"{"x":1,"x":2}"#), "malformed: Duplicate");
    assert_eq!(up("a: <any>", "a: <any>", "", r#"{"a":{"x":1,"x":2}}"#), r#"{"a":{"x":1,"x":2}}"#);
}

#[test]
fn unfit_is_reported_once_and_strict_refuses() {
    let old =
        format!("T: {}", o("i: {$ref: '#/$defs/I'}, j: <i>")) + &format!(", I: {}", o("a: <i>"));
    let new =
        format!("T: {}", o("i: {$ref: '#/$defs/I'}, j: <i>")) + &format!(", I: {}", o("b: <i>"));
    let rest = "types: {I: {fields: {a: b}}}";
    assert_eq!(
        chain(&[&old, &new], &[rest], Direction::Upgrade, r#"{"i":5}"#),
        r#"{"i":5} | unfit /i types.I"#
    );
    let strict = format!("strict: true\n{rest}");
    assert_eq!(
        chain(&[&old, &new], &[&strict], Direction::Upgrade, r#"{"i":5}"#),
        "refused unfit /i types.I"
    );
}

#[test]
fn in_is_a_prefix_and_claims_nothing() {
    let (old, new) = ("a: <i>, b: <i>".to_owned(), format!("m: {}", o("x: <i>")) + ", b: <i>");
    assert_eq!(
        up(&old, &new, "in: {'.': {to: m, fields: {a: x}}}", r#"{"a":1,"b":2}"#),
        r#"{"b":2,"m":{"x":1}}"#
    );
}

#[test]
fn a_dollar_from_inside_in_is_relative_to_its_root() {
    let (old, new) = ("a: <i>".to_owned(), format!("m: {}", o("x: <i>, y: <i>")));
    assert_eq!(
        up(&old, &new, "in: {'.': {to: m, fields: {a: x}, added: {y: {$from: a}}}}", r#"{"a":1}"#),
        r#"{"m":{"x":1,"y":1}}"#
    );
}
