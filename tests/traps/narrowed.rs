//! Values of which the way back makes others: what is said of them.

use crate::both::{Downgrade, Said, Upgrade, chain, down, o, up};

/// How often something is said.
fn times(said: &Said, what: &str) -> usize {
    format!("{said:?}").matches(what).count()
}

#[test]
fn a_second_of_which_several_say_the_same_of_the_first() {
    let (old, new) = ("a: <s>, s: <b>", "a: <s>");
    let rules = "alias: {s: {of: a, map: {'true': x, 'false': x}}}";
    assert_eq!(times(&up(old, new, rules, r#"{"s":false}"#), "narrowed /s"), 1);
    assert_eq!(times(&up(old, new, rules, r#"{"a":"x","s":false}"#), "narrowed /s"), 1);
    assert_eq!(times(&up(old, new, rules, r#"{"s":true}"#), "narrowed"), 0);
}

#[test]
fn an_unlisted_value_that_the_way_back_lists() {
    let rules = "fields: {a: {map: {x: y, z: y}}}";
    assert_eq!(times(&down("a: <s>", "a: <s>", rules, r#"{"a":"z"}"#), "narrowed /a"), 1);
    assert_eq!(times(&down("a: <s>", "a: <s>", rules, r#"{"a":"w"}"#), "narrowed"), 0);
    let rules = "fields: {a: {map: {x: y, y: x}, back: {n: z}}}";
    assert_eq!(times(&up("a: <s>", "a: <s>", rules, r#"{"a":"n"}"#), "narrowed /a"), 1);
    let rules = "fields: {a: {map: {x: y}, else: {old: w}}}";
    assert_eq!(times(&up("a: <s>", "a: <s>", rules, r#"{"a":"n"}"#), "narrowed /a"), 1);
    assert_eq!(times(&up("a: <s>", "a: <s>", rules, r#"{"a":"w"}"#), "narrowed"), 0);
}

#[test]
fn an_element_of_a_set_that_the_way_back_lists() {
    let list = "l: {type: array, items: <s>}";
    let rules = "fields: {l: {set: true, map: {x: y, z: y}}}";
    // The element is, and so is the list.
    let said = down(list, list, rules, r#"{"l":["z","y"]}"#);
    assert_eq!((times(&said, "narrowed /l/0"), times(&said, "narrowed")), (1, 2), "{said:?}");
    assert_eq!(times(&down(list, list, rules, r#"{"l":["w"]}"#), "narrowed"), 0);
}

#[test]
fn a_null_within_the_only_element() {
    let new = "l: {type: array, items: {type: object, properties: {v: <s?>}}}";
    let rules = "fields: {a: {to: 'l[].v', wrap: new}}";
    let said = down("a: <s?>", new, rules, r#"{"l":[{"v":null}]}"#);
    assert_eq!(times(&said, "narrowed /l/0/v"), 1, "{said:?}");
}

#[test]
fn what_is_no_list_is_carried_as_a_whole() {
    let new = "l: {type: array, items: {type: object, properties: {v: <s>}}}";
    let rules = "fields: {a: {to: 'l[].v', wrap: new}}";
    let said = down("a: <s>", new, rules, r#"{"l":{"v":"1"}}"#);
    assert_eq!((times(&said, "unfit /l"), times(&said, "dropped")), (1, 0), "{said:?}");
    assert_eq!(said.bytes, r#"{"a":{"v":"1"}}"#);
}

#[test]
fn fields_of_a_selector_within_objects_are_not_lost() {
    let on = "meta: {type: object, properties: {on: <b>, by: <s>}}";
    let new = format!(
        "l: {{type: array, items: {{type: object, properties: {{type: <s>, {on}, v: <s>}}}}}}"
    );
    let rules = "fields: {v: 'l[type=card,meta.on=true].v'}";
    let element =
        |more: &str| format!(r#"{{"l":[{{"type":"card","meta":{{"on":true{more}}},"v":"1"}}]}}"#);
    assert_eq!(down("v: <s>", &new, rules, &element("")), r#"{"v":"1"}"#);
    let said = down("v: <s>", &new, rules, &element(r#","by":"x""#));
    assert_eq!(times(&said, "dropped /l/0/meta/by"), 1, "{said:?}");
    assert_eq!(times(&said, "dropped"), 1, "{said:?}");
}

#[test]
fn what_deeper_rules_take_is_not_lost_with_what_is_around_it() {
    let inner = "{type: object, properties: {h: <s>, g: <s>}}";
    let new = format!("x: <s>, f: {inner}");
    let rules = "added: {f: {h: a}, f.g: b}";
    assert_eq!(up("x: <s>", &new, rules, r#"{"x":"1"}"#), r#"{"x":"1","f":{"h":"a","g":"b"}}"#);
    let message = r#"{"x":"1","f":{"h":"a","g":"b"}}"#;
    assert_eq!(down("x: <s>", &new, rules, message), r#"{"x":"1"}"#);
    let said = down("x: <s>", &new, rules, &message.replace("\"b\"", "\"c\""));
    assert_eq!((times(&said, "dropped /f/g"), times(&said, "dropped")), (1, 1), "{said:?}");
}

#[test]
fn a_value_is_wrapped_in_each_element_of_a_list() {
    let list = |name: &str, inner: &str| {
        format!("{name}: {{type: array, items: {{type: object, properties: {{{inner}}}}}}}")
    };
    let texts = "b: {type: array, items: <s>}";
    let rules = "fields: {'d[].a': {to: 'd[].b', wrap: new}}";
    let (old, new) = (list("d", "a: <s>, z: <i>"), list("d", &format!("{texts}, z: <i>")));
    let (one, many) = (r#"{"d":[{"z":5,"a":"1"}]}"#, r#"{"d":[{"z":5,"b":["1"]}]}"#);
    assert_eq!(up(&old, &new, rules, one), many);
    assert_eq!(down(&old, &new, rules, many), one);
    let rules = "fields: {'d[].a': {to: 'd[].l[].v', wrap: new}}";
    let new = list("d", &format!("{}, z: <i>", list("l", "v: <s>")));
    let many = r#"{"d":[{"z":5,"l":[{"v":"1"}]}]}"#;
    assert_eq!(up(&old, &new, rules, one), many);
    assert_eq!(down(&old, &new, rules, many), one);
    let dictionary = |inner: &str| {
        let values = format!("{{type: object, properties: {{{inner}}}}}");
        format!("d: {{type: object, additionalProperties: {{type: array, items: {values}}}}}")
    };
    let rules = "fields: {'d{}[].a': {to: 'd{}[].b', wrap: new}}";
    let (old, new) = (dictionary("a: <s>, z: <i>"), dictionary(&format!("{texts}, z: <i>")));
    let many = r#"{"d":{"k":[{"z":5,"b":["1"]}]}}"#;
    assert_eq!(down(&old, &new, rules, many), r#"{"d":{"k":[{"z":5,"a":"1"}]}}"#);
    assert_eq!(up(&old, &new, rules, r#"{"d":{"k":[{"z":5,"a":"1"}]}}"#), many);
}

/// A list of objects.
fn objects(properties: &str) -> String {
    format!("l: {{type: array, items: {{type: object, properties: {{{properties}}}}}}}")
}

#[test]
fn a_constant_is_dropped_where_the_way_back_does_not_make_what_it_is_in() {
    let new = format!("b: {}", o("c: <s>, d: <s>, e: {type: object, properties: {f: <s>}}"));
    let rules = "fields: {a: b.c}, added: {b.d: x}";
    let lost = "{} | dropped /b/d added.b.d";
    assert_eq!(down("a: <s>", &new, rules, r#"{"b":{"d":"x"}}"#), lost);
    assert_eq!(down("a: <s>", &new, rules, r#"{"b":{"c":"1","d":"x"}}"#), r#"{"a":"1"}"#);
    assert_eq!(down("a: <s>", &new, rules, r#"{"b":{"c":null,"d":"x"}}"#), r#"{"a":null}"#);
    assert_eq!(down("a: <s>", &new, "added: {b.d: x}", r#"{"b":{"d":"x"}}"#), lost);
    let deeper = "fields: {a: b.e.f}, added: {b.d: x}";
    assert_eq!(down("a: <s>", &new, deeper, r#"{"b":{"e":{"f":"1"},"d":"x"}}"#), r#"{"a":"1"}"#);
    let said = down("a: <s>", &new, deeper, r#"{"b":{"e":{},"d":"x"}}"#);
    assert_eq!(said, "{} | narrowed /b/e fields.a | dropped /b/d added.b.d");
    // What a constant around it makes is there.
    let around = "added: {b: {e: {}}, b.d: x, b.e.f: y}";
    let message = r#"{"b":{"d":"x","e":{"f":"y"}}}"#;
    assert_eq!(down("a: <s>", &new, around, message), "{}");
    assert_eq!(up("a: <s>", &new, around, "{}"), message);
}

#[test]
fn a_constant_in_an_element_that_the_way_back_does_not_make_is_dropped() {
    let new = objects("k: <s>, y: <s>, z: <s>");
    let rules = "fields: {a: 'l[k=b].y'}, added: {'l[k=b].z': x}";
    assert_eq!(
        down("a: <s>", &new, rules, r#"{"l":[{"k":"b","z":"x"}]}"#),
        "{} | dropped /l/0/z added.l[k=b].z"
    );
    let message = r#"{"l":[{"k":"b","y":"1","z":"x"}]}"#;
    assert_eq!(down("a: <s>", &new, rules, message), r#"{"a":"1"}"#);
    let first = "added: {'l[0]': x}";
    let texts = "l: {type: array, items: <s>}";
    let lost = "{} | dropped /l/0 added.l[0]";
    assert_eq!(down("a: <s>", texts, first, r#"{"l":["x"]}"#), lost);
}

#[test]
fn an_element_stays_where_the_way_back_would_not_make_it() {
    let (old, new) = (objects("k: <s>, y: <s>"), objects("k: <s>, y: <s>, z: <s>"));
    let constant = "added: {'l[k=b].z': x}";
    let (bare, full) = (r#"{"l":[{"k":"b"}]}"#, r#"{"l":[{"k":"b","z":"x"}]}"#);
    assert_eq!(down(&old, &new, constant, full), bare);
    assert_eq!(up(&old, &new, constant, bare), full);
    let old = format!("{old}, a: <s>");
    let rules = "fields: {a: 'l[k=b].z'}, added: {'l[k=b].y': x}";
    let new = objects("k: <s>, y: <s>, z: <s>");
    let old = old.replace(", y: <s>", "");
    let message = r#"{"l":[{"k":"b","y":"x"}]}"#;
    assert_eq!(down(&old, &new, rules, message), bare);
    let message = r#"{"l":[{"k":"b","y":"x","z":"1"}]}"#;
    // What is around the list makes the element again, after the constant would have come into it.
    assert_eq!(
        down(&old, &new, rules, message),
        r#"{"l":[],"a":"1"} | dropped /l/0/y added.l[k=b].y"#
    );
    // What came with its selector alone stays, whatever rules would take out of it.
    assert_eq!(down(&old, &new, rules, bare), bare);
    // So does one that only its own type's rules leave nothing in.
    let item = |properties: &str| format!("I: {}", o(properties));
    let list = "l: {type: array, items: {$ref: '#/$defs/I'}}";
    let old = format!("T: {}, {}", o(list), item("k: <s>, y: <i>, z: <s>"));
    let new = format!("T: {}, {}", o(&format!("{list}, a: <s>")), item("k: <s>, z: <s>"));
    let rest = "types: {T: {fields: {'l[k=b].z': a}}, I: {removed: {y: 1}}}";
    let message = r#"{"l":[{"k":"b","y":1}]}"#;
    assert_eq!(chain(&[&old, &new], &[rest], Upgrade, message), bare);
}

#[test]
fn what_absence_means_in_an_object_that_only_others_make() {
    let old = "e: <s>, a: {type: object, properties: {b: <s>}}";
    let new = "a: {type: object, properties: {b: <s>, d: <s>}}";
    let rules = "fields: {e: a.d, a.b: {absent: {new: p}}}";
    // The way back makes `a.b` of it, which was not there.
    let said = up(old, new, rules, r#"{"e":"1"}"#);
    assert_eq!(said, r#"{"a":{"d":"1"}} | narrowed  fields.a.b"#);
    assert_eq!(times(&up(old, new, rules, r#"{"e":"1","a":{"b":"x"}}"#), "narrowed"), 0);
    assert_eq!(times(&up(old, new, rules, r#"{"e":"1","a":{}}"#), "narrowed"), 1);
    assert_eq!(times(&up(old, new, rules, "{}"), "narrowed"), 0);
}

#[test]
fn what_a_conversion_makes_is_held_against_the_list() {
    let rules = "fields: {a: {map: {-1: '0'}, convert: {old: integer, new: string}}}";
    assert_eq!(up("a: <i>", "a: <s>", rules, r#"{"a":-1}"#), r#"{"a":"0"}"#);
    assert_eq!(up("a: <i>", "a: <s>", rules, r#"{"a":7}"#), r#"{"a":"7"}"#);
    assert_eq!(up("a: <i>", "a: <s>", rules, r#"{"a":0}"#), r#"{"a":"0"} | narrowed /a fields.a"#);
    let rules = "fields: {a: {convert: {old: bool, new: true/false}, pairs: [[false, 'true']]}}";
    let narrowed = r#"{"a":"true"} | narrowed /a fields.a"#;
    assert_eq!(up("a: <b>", "a: <s>", rules, r#"{"a":true}"#), narrowed);
    // What the contract lists is what comes out.
    let known = "a: {type: integer, enum: [1, 2]}";
    let rules = "fields: {a: {map: {one: 1}, convert: {old: string, new: integer}}}";
    assert_eq!(up("a: <s>", known, rules, r#"{"a":"2"}"#), r#"{"a":2}"#);
    assert_eq!(up("a: <s>", known, rules, r#"{"a":"3"}"#), r#"{"a":3} | unknown /a fields.a"#);
}

#[test]
fn a_null_that_a_list_gives_or_takes_is_one_of_two() {
    let rules = "fields: {a: {pairs: [[ghost, null]]}}";
    let narrowed = r#"{"a":null} | narrowed /a fields.a"#;
    assert_eq!(up("a: <s?>", "a: <s?>", rules, r#"{"a":null}"#), narrowed);
    let rules = "fields: {a: {pairs: [[null, $absent]]}}";
    assert_eq!(down("a: <s?>", "a: <s?>", rules, r#"{"a":null}"#), narrowed);
    assert_eq!(up("a: <s?>", "a: <s?>", rules, r#"{"a":null}"#), "{}");
}

#[test]
fn an_absence_that_comes_back_as_a_value_is_said() {
    let rules = "fields: {a: {pairs: [[$absent, none]]}}";
    assert_eq!(up("a: <s>", "a: <s>", rules, "{}"), r#"{"a":"none"}"#);
    assert_eq!(down("a: <s>", "a: <s>", rules, r#"{"a":"none"}"#), "{}");
    assert_eq!(down("a: <s>", "a: <s>", rules, "{}"), "{} | narrowed  fields.a");
}

#[test]
fn the_else_of_the_way_back_is_about_what_a_list_gives_too() {
    let rules = "fields: {a: {map: {x: y}, back: {n: n}, else: {new: w}}}";
    let narrowed = r#"{"a":"n"} | narrowed /a fields.a"#;
    assert_eq!(down("a: <s>", "a: <s>", rules, r#"{"a":"n"}"#), narrowed);
    // Null is not what an `else` is about: it stays null on the way back.
    let rules = "fields: {a: {map: {x: y}, else: {old: o, new: null}}}";
    let narrowed = r#"{"a":null} | narrowed /a fields.a"#;
    assert_eq!(up("a: <s?>", "a: <s?>", rules, r#"{"a":"o"}"#), narrowed);
}

#[test]
fn a_value_that_comes_back_is_no_loss_though_another_becomes_it() {
    let rules = "fields: {a: {map: {closed: done}, back: {waiting: open}}}";
    let said = down("a: <s>", "a: <s>", rules, r#"{"a":"waiting"}"#);
    assert_eq!(said, r#"{"a":"open"} | narrowed /a fields.a"#);
    assert_eq!(down("a: <s>", "a: <s>", rules, r#"{"a":"open"}"#), r#"{"a":"open"}"#);
    assert_eq!(up("a: <s>", "a: <s>", rules, r#"{"a":"open"}"#), r#"{"a":"open"}"#);
}

#[test]
fn a_null_that_gives_way_to_several_seconds_is_said_once() {
    let old = format!("x: <i>, y: <i>, n: {{oneOf: [{}, {{type: 'null'}}]}}", o("a: <i>, b: <i>"));
    let rules = "alias: {n.a: x, n.b: y}";
    let said = down(&old, &old, rules, r#"{"x":1,"y":2,"n":null}"#);
    assert_eq!(times(&said, "narrowed /n"), 1, "{said:?}");
    assert_eq!(said, r#"{"x":1,"y":2,"n":{"a":1,"b":2}} | narrowed /n alias.n.a"#);
}

#[test]
fn what_the_rules_of_its_type_make_equals_a_listed_result() {
    let defs = ["T: {type: object, properties: {a: <U>}}, U: <s>"; 2];
    let rests = ["types: {T: {fields: {a: {map: {x: y}}}}, U: {fields: {.: {map: {z: y}}}}}"];
    let narrowed = r#"{"a":"y"} | narrowed /a fields.a"#;
    assert_eq!(chain(&defs, &rests, Upgrade, r#"{"a":"x"}"#), r#"{"a":"y"}"#);
    assert_eq!(chain(&defs, &rests, Upgrade, r#"{"a":"z"}"#), narrowed);
    assert_eq!(chain(&defs, &rests, Upgrade, r#"{"a":"w"}"#), r#"{"a":"w"}"#);
}

#[test]
fn an_object_of_which_the_rules_of_its_type_make_a_listed_one() {
    let item = |name: &str| format!("U: {}", o(&format!("{name}: <s>, id: <i>")));
    let t = |of: &str| {
        format!(
            "T: {{type: object, properties: {{u: {{oneOf: [<U>, {{type: 'null'}}]}}}}}}, {}",
            item(of)
        )
    };
    let defs = [t("login"), t("name")];
    let defs = [defs[0].as_str(), defs[1].as_str()];
    let rests = [
        "types: {T: {fields: {u: {pairs: [[{login: ghost, id: 1}, null]]}}}, U: {fields: {login: name}}}",
    ];
    let ghost = r#"{"u":{"login":"ghost","id":1}}"#;
    assert_eq!(chain(&defs, &rests, Upgrade, ghost), r#"{"u":null}"#);
    assert_eq!(chain(&defs, &rests, Downgrade, r#"{"u":null}"#), ghost);
    assert_eq!(
        chain(&defs, &rests, Downgrade, r#"{"u":{"name":"ghost","id":1}}"#),
        format!("{ghost} | narrowed /u fields.u")
    );
    assert_eq!(
        chain(&defs, &rests, Downgrade, r#"{"u":{"name":"ghost","id":2}}"#),
        r#"{"u":{"login":"ghost","id":2}}"#
    );
}

#[test]
fn a_null_of_which_the_rules_of_its_type_make_a_listed_result() {
    let defs = ["T: {type: object, properties: {a: <U>}}, U: <s?>"; 2];
    let rests =
        ["types: {T: {fields: {a: {map: {x: y}}}}, U: {fields: {.: {pairs: [[null, y]]}}}}"];
    assert_eq!(
        chain(&defs, &rests, Upgrade, r#"{"a":null}"#),
        r#"{"a":"y"} | narrowed /a fields.a"#
    );
}

#[test]
fn what_the_rules_of_its_type_make_is_held_against_the_list_of_the_contract() {
    let of = |values: &str| {
        format!(
            "T: {{type: object, properties: {{a: <U>}}}}, U: {{type: string, enum: [{values}]}}"
        )
    };
    let defs = [of("x, z"), of("y, w")];
    let defs = [defs[0].as_str(), defs[1].as_str()];
    let rests = ["types: {T: {fields: {a: {map: {x: y}}}}, U: {fields: {.: {map: {z: w}}}}}"];
    assert_eq!(chain(&defs, &rests, Upgrade, r#"{"a":"z"}"#), r#"{"a":"w"}"#);
    let unknown = r#"{"a":"v"} | unknown /a fields.a | unknown /a types.U.fields["."]"#;
    assert_eq!(chain(&defs, &rests, Upgrade, r#"{"a":"v"}"#), unknown);
}

#[test]
fn a_null_that_its_type_lists_is_moved() {
    let defs = [
        "T: {type: object, properties: {a: <U>}}, U: <s?>",
        "T: {type: object, properties: {b: <U>}}, U: <s?>",
    ];
    let rests = ["types: {T: {fields: {a: b}}, U: {fields: {.: {pairs: [[null, y]]}}}}"];
    assert_eq!(chain(&defs, &rests, Upgrade, r#"{"a":null}"#), r#"{"b":"y"}"#);
    assert_eq!(chain(&defs, &rests, Downgrade, r#"{"b":"y"}"#), r#"{"a":null}"#);
    let rests =
        ["types: {T: {fields: {a: {to: b, map: {x: z}}}}, U: {fields: {.: {pairs: [[null, y]]}}}}"];
    assert_eq!(chain(&defs, &rests, Upgrade, r#"{"a":null}"#), r#"{"b":"y"}"#);
    assert_eq!(chain(&defs, &rests, Downgrade, r#"{"b":"y"}"#), r#"{"a":null}"#);
}

#[test]
fn an_element_with_the_fields_of_a_selector_alone() {
    let env = "env: {type: array, items: {type: object, properties: {name: <s>, value: <i>}}}";
    let rules = "fields: {debug: 'env[name=DEBUG].value'}";
    let old = format!("debug: <i>, {env}");
    assert_eq!(
        up(&old, env, rules, r#"{"debug":1,"env":[{"name":"DEBUG"}]}"#),
        r#"{"env":[{"name":"DEBUG","value":1}]} | narrowed /env/0 fields.debug"#
    );
    let alone = r#"{"env":[{"name":"DEBUG"}]}"#;
    assert_eq!(up(&old, env, rules, alone), alone);
    assert_eq!(down(&old, env, rules, alone), alone);
    assert_eq!(
        down(&old, env, rules, r#"{"env":[{"name":"DEBUG","value":1}]}"#),
        r#"{"debug":1,"env":[]}"#
    );
}

#[test]
fn a_field_that_the_selector_of_its_place_replaces() {
    let old = format!("o: {}", o("k: <s>, v: <s>"));
    let new = "l: {type: array, items: {type: object, properties: {k: <s>, v: <s>}}}";
    let rules = "fields: {o: 'l[k=a]'}";
    assert_eq!(
        up(&old, new, rules, r#"{"o":{"k":"b","v":"1"}}"#),
        r#"{"l":[{"v":"1","k":"a"}]} | dropped /o/k fields.o"#
    );
    assert_eq!(up(&old, new, rules, r#"{"o":{"k":"a","v":"1"}}"#), r#"{"l":[{"k":"a","v":"1"}]}"#);
}

#[test]
fn the_absence_of_what_is_in_an_element_means_something() {
    let old = "l: {type: array, items: {type: object, properties: {k: <s>, v: <s>}}}";
    let rules = "fields: {'l[k=a].v': {to: x, pairs: [[p, $absent]]}}";
    assert_eq!(up(old, "x: <s>", rules, "{}"), "{} | narrowed  fields.l[k=a].v");
}

#[test]
fn what_a_rule_adds_to_a_copy() {
    let address = o("city: <s>");
    let copy = o("city: <s>, kind: <s>");
    let old = format!("shipping: {address}");
    let new = format!("shipping: {address}, billing: {copy}");
    let rules = "added: {billing: {$from: shipping}, billing.kind: own}";
    let here = r#"{"shipping":{"city":"Bonn"}}"#;
    let there = r#"{"shipping":{"city":"Bonn"},"billing":{"city":"Bonn","kind":"own"}}"#;
    assert_eq!(up(&old, &new, rules, here), there);
    assert_eq!(down(&old, &new, rules, there), here);
    let other = there.replace("own", "mine");
    assert_eq!(
        down(&old, &new, rules, &other),
        format!("{here} | dropped /billing/kind added.billing.kind")
    );
    // Nothing gives it back where there is nothing to copy.
    let alone = r#"{"billing":{"kind":"own"}}"#;
    assert_eq!(
        down(&old, &new, rules, alone),
        "{} | dropped /billing added.billing | dropped /billing/kind added.billing.kind"
    );
    // One within that.
    let copy = o(&format!("city: <s>, o: {}", o("z: <i>")));
    let new = format!("shipping: {address}, billing: {copy}");
    let rules = "added: {billing: {$from: shipping}, billing.o: {}, billing.o.z: 5}";
    let there = r#"{"shipping":{"city":"Bonn"},"billing":{"city":"Bonn","o":{"z":5}}}"#;
    assert_eq!(up(&old, &new, rules, here), there);
    assert_eq!(down(&old, &new, rules, there), here);
}

#[test]
fn a_constant_within_a_constant() {
    let new = format!("p: <s>, x: {}", o("a: <s>"));
    let rules = "added: {x: {a: c}, x.a: d}";
    let (here, there) = (r#"{"p":"1"}"#, r#"{"p":"1","x":{"a":"d"}}"#);
    assert_eq!(up("p: <s>", &new, rules, here), there);
    assert_eq!(down("p: <s>", &new, rules, there), here);
}
