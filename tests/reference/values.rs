//! Parts that change a value, and `set`, `wrap`, `each`.

use super::{chain, down, o, up};
use fishplate::version::Direction;

const ENUM: &str = "a: {type: string, enum: [p, q]}";

#[test]
fn absent_has_a_meaning_where_the_parent_is_there() {
    let rules = "fields: {a: {to: b, absent: {old: 1}}}";
    assert_eq!(up("a: <i>", "b: <i>", rules, "{}"), r#"{"b":1}"#);
    assert_eq!(up("a: <i>", "b: <i>", rules, r#"{"a":null}"#), r#"{"b":null}"#);
    assert_eq!(down("a: <i>", "b: <i>", rules, "{}"), "{} | narrowed  fields.a");
    let old = format!("p: {}", o("x: <i>"));
    let rules = "fields: {p.x: {to: y, absent: {old: 1}}}";
    assert_eq!(up(&old, "y: <i>", rules, "{}"), "{}");
}

#[test]
fn a_listed_value_is_replaced() {
    let rules = "fields: {a: {map: {p: x, q: x}}}";
    let new = "a: {type: string, enum: [x, y]}";
    assert_eq!(up(ENUM, new, rules, r#"{"a":"p"}"#), r#"{"a":"x"}"#);
    assert_eq!(up(ENUM, new, rules, r#"{"a":"q"}"#), r#"{"a":"x"} | narrowed /a fields.a"#);
    assert_eq!(up(ENUM, new, rules, r#"{"a":"r"}"#), r#"{"a":"r"} | unknown /a fields.a"#);
    assert_eq!(up(ENUM, new, rules, r#"{"a":"x"}"#), r#"{"a":"x"} | narrowed /a fields.a"#);
    assert_eq!(up(ENUM, new, rules, r#"{"a":null}"#), r#"{"a":null}"#);
    assert_eq!(down(ENUM, new, rules, r#"{"a":"x"}"#), r#"{"a":"p"}"#);
}

#[test]
fn else_gives_each_direction_its_value() {
    let rules = "fields: {a: {map: {p: x}, else: {new: y}}}";
    let new = "a: {type: string, enum: [x, y]}";
    assert_eq!(up(ENUM, new, rules, r#"{"a":"q"}"#), r#"{"a":"y"} | narrowed /a fields.a"#);
    assert_eq!(down(ENUM, new, rules, r#"{"a":"y"}"#), r#"{"a":"y"} | unknown /a fields.a"#);
}

#[test]
fn what_else_gives_is_narrowed_unless_the_way_back_gives_what_came() {
    let rules = "fields: {a: {map: {p: x}, else: {old: q, new: y}}}";
    let free = "a: <s>";
    assert_eq!(up(free, free, rules, r#"{"a":"q"}"#), r#"{"a":"y"}"#);
    assert_eq!(up(free, free, rules, r#"{"a":"r"}"#), r#"{"a":"y"} | narrowed /a fields.a"#);
    assert_eq!(down(free, free, rules, r#"{"a":"y"}"#), r#"{"a":"q"}"#);
    assert_eq!(down(free, free, rules, r#"{"a":"x"}"#), r#"{"a":"p"}"#);
    // It would come back as what it is listed to be.
    let rules = "fields: {a: {map: {p: x}, else: {new: x}}}";
    assert_eq!(up(free, free, rules, r#"{"a":"q"}"#), r#"{"a":"x"} | narrowed /a fields.a"#);
}

#[test]
fn keys_in_each_are_of_the_type_that_wrap_leaves_alone() {
    let rules = "fields: {a: {to: l, wrap: new, each: {map: {1: one}}}}";
    let (old, new) = ("a: {type: integer}", "l: {type: array, items: <s>}");
    assert_eq!(up(old, new, rules, r#"{"a":1}"#), r#"{"l":["one"]}"#);
    assert_eq!(down(old, new, rules, r#"{"l":["one"]}"#), r#"{"a":1}"#);
    let rules = "fields: {l: {to: a, wrap: old, each: {map: {1: one}}}}";
    let (old, new) = (
        "l: {type: array, items: {type: array, items: {type: integer}}}",
        "a: {type: array, items: <s>}",
    );
    assert_eq!(up(old, new, rules, r#"{"l":[[1]]}"#), r#"{"a":["one"]}"#);
    assert_eq!(down(old, new, rules, r#"{"a":["one"]}"#), r#"{"l":[[1]]}"#);
}

#[test]
fn pairs_may_give_absent() {
    let rules = "fields: {a: {to: m.b, pairs: [['', $absent]]}}";
    let new = format!("m: {}", o("b: <s>"));
    assert_eq!(up("a: <s>", &new, rules, r#"{"a":""}"#), "{}");
    assert_eq!(up("a: <s>", &new, rules, r#"{"a":"x"}"#), r#"{"m":{"b":"x"}}"#);
    assert_eq!(up("a: <s>", &new, rules, "{}"), "{}");
}

#[test]
fn an_absent_value_that_is_listed_becomes_its_counterpart() {
    let rules = "fields: {a: {to: m.b, pairs: [['', $absent]]}}";
    let new = format!("m: {}", o("b: <s>"));
    let run = |doc: &str| down("a: <s>", &new, rules, doc);
    assert_eq!(run("{}"), r#"{"a":""}"#);
    assert_eq!(run(r#"{"m":{}}"#), r#"{"a":""} | narrowed /m fields.a"#);
    assert_eq!(run(r#"{"m":{"b":"x"}}"#), r#"{"a":"x"}"#);
    assert_eq!(run(r#"{"m":{"b":null}}"#), r#"{"a":null}"#);
    // What stands on the way, and is no object, has no `b`.
    assert_eq!(run(r#"{"m":5}"#), r#"{"a":""} | dropped /m fields.a"#);
    assert_eq!(run(r#"{"m":null}"#), r#"{"a":""} | narrowed /m fields.a"#);
}

#[test]
fn a_listed_absence_makes_objects_on_the_way() {
    let rules = "fields: {p.x: {to: y, pairs: [[0, $absent]]}}";
    let old = format!("p: {}", o("x: <i>"));
    assert_eq!(up(&old, "y: <i>", rules, r#"{"p":{"x":0}}"#), "{}");
    assert_eq!(down(&old, "y: <i>", rules, "{}"), r#"{"p":{"x":0}}"#);
    // But of two objects that are each other's counterparts, where one is absent the other is.
    let new = format!("p: {}", o("y: <i>"));
    let rules = "fields: {p.x: {to: p.y, pairs: [[0, $absent]]}}";
    assert_eq!(down(&old, &new, rules, "{}"), "{}");
    assert_eq!(down(&old, &new, rules, r#"{"p":{}}"#), r#"{"p":{"x":0}}"#);
    assert_eq!(up(&old, &new, rules, r#"{"p":{"x":0}}"#), r#"{"p":{}}"#);
}

#[test]
fn an_absence_that_gives_another_value_back_narrows() {
    let rules = "fields: {a: {pairs: [[p, $absent], [q, $absent], [$absent, r]]}}";
    let run = |doc: &str| up("a: <s>", "a: <s>", rules, doc);
    assert_eq!(run(r#"{"a":"p"}"#), "{}");
    assert_eq!(run(r#"{"a":"q"}"#), "{} | narrowed /a fields.a");
    assert_eq!(run("{}"), r#"{"a":"r"}"#);
    assert_eq!(down("a: <s>", "a: <s>", rules, "{}"), r#"{"a":"p"}"#);
    assert_eq!(down("a: <s>", "a: <s>", rules, r#"{"a":"r"}"#), "{}");
}

#[test]
fn what_absence_means_comes_before_what_it_is_listed_as() {
    let rules = "fields: {a: {absent: {old: q}, pairs: [[$absent, r], [q, s]]}}";
    assert_eq!(up("a: <s>", "a: <s>", rules, "{}"), r#"{"a":"s"}"#);
}

#[test]
fn only_a_member_is_absent() {
    // An element that a list makes absent is gone, or null; nothing says where it was.
    let rules = "fields: {l: {each: {pairs: [['', $absent], [$absent, x]]}}}";
    assert_eq!(up(LIST, LIST, rules, r#"{"l":[]}"#), r#"{"l":[]}"#);
    assert_eq!(up(LIST, LIST, rules, r#"{"l":[""]}"#), r#"{"l":[]} | narrowed /l/0 fields.l"#);
    let rules = "fields: {'l[]': {pairs: [['', $absent]]}}";
    assert_eq!(
        up(LIST, LIST, rules, r#"{"l":[""]}"#),
        r#"{"l":[null]} | narrowed /l/0 fields.l[]"#
    );
    // What `wrap` makes of an absent value is absent.
    let rules = "fields: {a: {to: l, wrap: new, pairs: [[$absent, x]]}}";
    assert_eq!(up("a: <s>", LIST, rules, "{}"), "{}");
    // The parts of each element hold for a list that is put there, as for one that came.
    let rules = "fields: {l: {pairs: [[$absent, [p]]], each: {map: {p: q}}}}";
    assert_eq!(up(LIST, LIST, rules, "{}"), r#"{"l":["q"]}"#);
    assert_eq!(down(LIST, LIST, rules, r#"{"l":["q"]}"#), "{}");
}

#[test]
fn a_map_before_a_map() {
    let t = format!("T: {}", o("a: <s>"));
    let rests =
        ["types: {T: {fields: {a: {map: {p: q}}}}}", "types: {T: {fields: {a: {map: {q: r}}}}}"];
    assert_eq!(chain(&[&t, &t, &t], &rests, Direction::Upgrade, r#"{"a":"p"}"#), r#"{"a":"r"}"#);
}

const LIST: &str = "l: {type: array, items: {type: string}}";

#[test]
fn wrap_makes_a_list_of_one() {
    let rules = "fields: {a: {to: l, wrap: new}}";
    assert_eq!(up("a: <s?>", LIST, rules, r#"{"a":"x"}"#), r#"{"l":["x"]}"#);
    assert_eq!(up("a: <s?>", LIST, rules, r#"{"a":null}"#), r#"{"l":[]}"#);
    assert_eq!(up("a: <s?>", LIST, rules, "{}"), "{}");
    // The old contract has no null for it to come back as.
    assert_eq!(up("a: <s>", LIST, rules, r#"{"a":null}"#), r#"{"l":[]} | narrowed /a fields.a"#);
}

#[test]
fn wrap_takes_the_first_of_a_list() {
    let rules = "fields: {a: {to: l, wrap: new}}";
    let run = |doc: &str| down("a: <s?>", LIST, rules, doc);
    assert_eq!(run(r#"{"l":["x"]}"#), r#"{"a":"x"}"#);
    assert_eq!(
        run(r#"{"l":["x","y","z"]}"#),
        r#"{"a":"x"} | dropped /l/1 fields.a | dropped /l/2 fields.a"#
    );
    assert_eq!(run(r#"{"l":[]}"#), r#"{"a":null}"#);
    assert_eq!(run(r#"{"l":[null]}"#), r#"{"a":null} | narrowed /l/0 fields.a"#);
    assert_eq!(run(r#"{"l":"x"}"#), r#"{"a":"x"} | unfit /l fields.a"#);
    assert_eq!(down("a: <s>", LIST, rules, r#"{"l":[]}"#), "{} | narrowed /l fields.a");
}

#[test]
fn wrap_old_mirrors_wrap_new() {
    let rules = "fields: {l: {to: a, wrap: old}}";
    assert_eq!(up(LIST, "a: <s?>", rules, r#"{"l":["x"]}"#), r#"{"a":"x"}"#);
    assert_eq!(down(LIST, "a: <s?>", rules, r#"{"a":"x"}"#), r#"{"l":["x"]}"#);
}

#[test]
fn what_wrap_holds_is_translated_by_its_type() {
    let old = format!("T: {}, I: {}", o("i: {$ref: '#/$defs/I'}"), o("a: <i>"));
    let new =
        format!("T: {}, I: {}", o("l: {type: array, items: {$ref: '#/$defs/I'}}"), o("b: <i>"));
    let rest = "types: {T: {fields: {i: {to: l, wrap: new}}}, I: {fields: {a: b}}}";
    assert_eq!(
        chain(&[&old, &new], &[rest], Direction::Upgrade, r#"{"i":{"a":1}}"#),
        r#"{"l":[{"b":1}]}"#
    );
    assert_eq!(
        chain(&[&old, &new], &[rest], Direction::Downgrade, r#"{"l":[{"b":1}]}"#),
        r#"{"i":{"a":1}}"#
    );
}

#[test]
fn wrap_there_and_wrap_back() {
    let (a, l) = (format!("T: {}", o("a: <s?>")), format!("T: {}", o(LIST)));
    let rests = [
        "types: {T: {fields: {a: {to: l, wrap: new}}}}",
        "types: {T: {fields: {l: {to: a, wrap: old}}}}",
    ];
    let run = |doc: &str| chain(&[&a, &l, &a], &rests, Direction::Upgrade, doc);
    assert_eq!(run(r#"{"a":"x"}"#), r#"{"a":"x"}"#);
    assert_eq!(run(r#"{"a":null}"#), r#"{"a":null}"#);
    assert_eq!(run(r#"{"a":{"y":1}}"#), r#"{"a":{"y":1}}"#);
}

#[test]
fn each_does_its_parts_for_every_element() {
    let rules = "fields: {l: {each: {map: {user: users}}}}";
    assert_eq!(up(LIST, LIST, rules, r#"{"l":["user","x",null]}"#), r#"{"l":["users","x",null]}"#);
    assert_eq!(down(LIST, LIST, rules, r#"{"l":["users"]}"#), r#"{"l":["user"]}"#);
    assert_eq!(up(LIST, LIST, rules, r#"{"l":7}"#), r#"{"l":7} | unfit /l fields.l"#);
    assert_eq!(up(LIST, LIST, rules, r#"{"l":null}"#), r#"{"l":null}"#);
}

#[test]
fn a_set_maps_each_element_without_repetition() {
    let rules = "fields: {l: {set: true, map: {js: jsts, ts: jsts}}}";
    let run = |doc: &str| up(LIST, LIST, rules, doc);
    assert_eq!(run(r#"{"l":["js","ts","go"]}"#), r#"{"l":["jsts","go"]}"#);
    assert_eq!(run(r#"{"l":["js"]}"#), r#"{"l":["jsts"]} | narrowed /l fields.l"#);
    assert_eq!(down(LIST, LIST, rules, r#"{"l":["jsts","go"]}"#), r#"{"l":["js","ts","go"]}"#);
}

#[test]
fn the_first_unfit_step_ends_those_of_all_hops() {
    let t = format!("T: {}", o("a: <s>"));
    let rests = [
        "types: {T: {fields: {a: {convert: {old: bool, new: 0/1}}}}}",
        "types: {T: {fields: {a: {map: {x: y}}}}}",
    ];
    assert_eq!(
        chain(&[&t, &t, &t], &rests, Direction::Upgrade, r#"{"a":"x"}"#),
        r#"{"a":"x"} | unfit /a fields.a"#
    );
}

#[test]
fn a_part_of_the_value_itself_sees_whatever_stands_there() {
    let t = format!("T: {}, C: <s>", o("a: {$ref: '#/$defs/C'}"));
    let rest = "types: {C: {fields: {'.': {convert: {old: string, new: integer}}}}}";
    let run = |doc: &str| chain(&[&t, &t], &[rest], Direction::Upgrade, doc);
    assert_eq!(run(r#"{"a":"5"}"#), r#"{"a":5}"#);
    assert_eq!(run(r#"{"a":{"x":1}}"#), r#"{"a":{"x":1}} | unfit /a types.C.fields["."]"#);
    assert_eq!(run(r#"{"a":null}"#), r#"{"a":null}"#);
}
