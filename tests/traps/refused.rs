//! `refuse`: messages that have no counterpart.

use fishplate::compile::Part;

use crate::both::{
    Direction, Downgrade, Upgrade, body, chain, down, ends, heads, hop, load, o, up,
};

#[test]
fn a_value_of_which_all_tests_hold_is_refused() {
    let old = "a: <s>, n: <i>";
    let rules = "refuse: [{old: {a: x, n: 1}}]";
    assert_eq!(up(old, old, rules, r#"{"a":"x","n":1.0}"#), "refused dropped  refuse[0]");
    assert_eq!(up(old, old, rules, r#"{"a":"x","n":2}"#), r#"{"a":"x","n":2}"#);
    assert_eq!(up(old, old, rules, r#"{"n":1}"#), r#"{"n":1}"#);
    // Nothing is said of the other way.
    assert_eq!(down(old, old, rules, r#"{"a":"x","n":1}"#), r#"{"a":"x","n":1}"#);
    let rules = "refuse: [{old: {a: x}}, {new: {}}]";
    assert_eq!(down(old, old, rules, "{}"), "refused dropped  refuse[1]");
}

#[test]
fn tests_are_words_lists_and_their_opposites() {
    let (ty, none) = ("a: <any>, l: {type: array, items: <any>}", "{}");
    let refused = |test: &str, value: &str| {
        let rules = format!("refuse: [{{old: {{a: {test}}}}}]");
        let said = up(ty, ty, &rules, value);
        if said == value {
            return false;
        }
        assert_eq!(said, "refused dropped  refuse[0]", "{test} {value}");
        true
    };
    for (test, holds, fails) in [
        ("$present", r#"{"a":null}"#, none),
        ("$absent", none, r#"{"a":null}"#),
        ("$null", r#"{"a":null}"#, none),
        ("$string", r#"{"a":""}"#, r#"{"a":1}"#),
        ("$integer", r#"{"a":12345678901234567890e1}"#, r#"{"a":0.5}"#),
        ("$number", r#"{"a":0.5}"#, r#"{"a":"1"}"#),
        ("$boolean", r#"{"a":false}"#, none),
        ("$array", r#"{"a":[]}"#, r#"{"a":{}}"#),
        ("$object", r#"{"a":{}}"#, r#"{"a":[]}"#),
        ("[x, $boolean]", r#"{"a":true}"#, r#"{"a":"y"}"#),
        ("[]", "", none),
        ("[[]]", r#"{"a":[]}"#, r#"{"a":[1]}"#),
        ("{$not: [x, $absent]}", r#"{"a":"y"}"#, none),
        ("{b: [1]}", r#"{"a":{"b":[1.0]}}"#, r#"{"a":{"b":[1],"c":2}}"#),
        ("$$x", r#"{"a":"$x"}"#, r#"{"a":"x"}"#),
    ] {
        assert!(holds.is_empty() || refused(test, holds), "{test} {holds}");
        assert!(!refused(test, fails), "{test} {fails}");
    }
}

#[test]
fn a_path_through_a_list_is_about_some_element() {
    let old = format!("l: {{type: array, items: {}}}", o("k: <s>"));
    let rules = "refuse: [{old: {'l[].k': x}}]";
    assert_eq!(
        up(&old, &old, rules, r#"{"l":[{"k":"y"},{"k":"x"}]}"#),
        "refused dropped  refuse[0]"
    );
    assert_eq!(up(&old, &old, rules, r#"{"l":[{"k":"y"}]}"#), r#"{"l":[{"k":"y"}]}"#);
    let rules = "refuse: [{old: {'l[].k': $absent}}]";
    assert_eq!(up(&old, &old, rules, r#"{"l":[{"k":"y"},{}]}"#), "refused dropped  refuse[0]");
    assert_eq!(up(&old, &old, rules, r#"{"l":[]}"#), r#"{"l":[]}"#);
    let old = "d: {type: object, additionalProperties: <i>}";
    let rules = "refuse: [{old: {'d{}': 1}}]";
    assert_eq!(up(old, old, rules, r#"{"d":{"a":1}}"#), "refused dropped  refuse[0]");
    assert_eq!(up(old, old, rules, r#"{"d":{"a":2}}"#), r#"{"d":{"a":2}}"#);
}

#[test]
fn it_holds_wherever_the_type_stands() {
    let of = "Pet: {type: object, properties: {kind: <s>}}, T: {type: object, properties: {pets: [<Pet>]}}";
    let of = of.replace("[<Pet>]", "{type: array, items: <Pet>}");
    let rest = "types: {Pet: {refuse: [{old: {kind: cat}}]}}";
    let said = hop(&of, &of, rest, Upgrade, r#"{"pets":[{"kind":"dog"},{"kind":"cat"}]}"#);
    assert_eq!(said, "refused dropped /pets/1 types.Pet.refuse[0]");
    // A scalar type too; null is none of its values.
    let of =
        "K: {type: string}, T: {type: object, properties: {k: {oneOf: [<K>, {type: 'null'}]}}}";
    let rest = "types: {K: {refuse: [{old: {'.': x}}]}}";
    assert_eq!(hop(of, of, rest, Upgrade, r#"{"k":"x"}"#), "refused dropped /k types.K.refuse[0]");
    assert_eq!(hop(of, of, rest, Upgrade, r#"{"k":null}"#), r#"{"k":null}"#);
}

#[test]
fn predicates_look_before_any_rule_does() {
    let rules = "fields: {a: {to: b, absent: {old: x}}}, refuse: [{old: {a: $absent}}]";
    assert_eq!(up("a: <s>", "b: <s>", rules, "{}"), "refused dropped  refuse[0]");
    let rules = "nulls: absent, refuse: [{old: {a: $absent}}]";
    assert_eq!(up("a: <s?>", "a: <s?>", rules, r#"{"a":null}"#), "refused dropped  refuse[0]");
    // In a block that begins further in, so do its paths.
    let rules = "in: {a: {to: b, fields: {c: d}, refuse: [{old: {c: x}}]}}";
    let (old, new) = (format!("a: {}", o("c: <s>")), format!("b: {}", o("d: <s>")));
    assert_eq!(up(&old, &new, rules, r#"{"a":{"c":"x"}}"#), "refused dropped  in.a.refuse[0]");
}

#[test]
fn what_an_earlier_hop_made_is_refused_where_it_came_from() {
    let (one, two) = (o("k: <s>, n: <i>"), format!("T: {}", o("p: <P>, n: <i>")));
    let pet = "P: {type: object, properties: {kind: <s>, by: <s>}}";
    let two = format!("{two}, {pet}");
    let one = format!("T: {one}, {pet}");
    let move_in = "types: {T: {fields: {k: p.kind}, added: {p.by: us}}}";
    let refuse = "types: {P: {refuse: [{old: {kind: x, by: us}}]}}";
    let said = |message: &str| chain(&[&one, &two, &two], &[move_in, refuse], Upgrade, message);
    assert_eq!(said(r#"{"n":1,"k":"x"}"#), "refused dropped /k types.P.refuse[0]");
    assert_eq!(said(r#"{"k":"y"}"#), r#"{"p":{"kind":"y","by":"us"}}"#);
    // A constant was never the message's.
    let refuse = "types: {P: {refuse: [{old: {by: us}}]}}";
    let added = "types: {T: {added: {p: {by: us}}}}";
    let said = chain(&[&one, &two, &two], &[added, refuse], Upgrade, "{}");
    assert_eq!(said, r#"{"p":{"by":"us"}}"#);
}

#[test]
fn rules_of_a_message_may_refuse_it() {
    let contract = "openapi: 3.1.0\npaths:\n  /t:\n    post:\n      requestBody: {content: {application/json: \
        {schema: {type: object, properties: {a: {type: string}}}}}}\n      responses: {}\n";
    let rest = "operations: {POST /t: {request: {refuse: [{old: {body.a: x}}]}}}";
    let contracts = [String::from(contract), String::from(contract)];
    let series = load(&contracts, &heads(&[rest])).unwrap_or_else(|errors| panic!("{errors}"));
    let said = |from: usize, direction: Direction| {
        let operation = &series.contracts[from].operations[0];
        body(&series, (operation, Part::Request), ends(&series, direction), r#"{"a":"x"}"#)
    };
    assert_eq!(said(0, Upgrade), "refused dropped  operations.POST /t.request.refuse[0]");
    assert_eq!(said(1, Downgrade), r#"{"a":"x"}"#);
}

/// A `T` whose `pet` is one of two types, or a text.
const PETS: &str = "
  Cat: {type: object, required: [lives], properties: {lives: <i>}},
  Dog: {type: object, required: [bones], properties: {bones: <i>}},
  T: {type: object, properties: {pets: {type: array, items: {oneOf: [<Cat>, <Dog>, {type: string}]}}}}";

#[test]
fn a_branch_without_counterpart() {
    let new = PETS.replace(" <Dog>,", "");
    let run = |said: &str, direction: Direction, message: &str| {
        hop(PETS, &new, &format!("types: {{{said}}}"), direction, message)
    };
    let refuse = "'Dog -> $none': {refuse: {}}";
    let message = r#"{"pets":["x",{"lives":9},{"bones":1}]}"#;
    assert_eq!(run(refuse, Upgrade, message), "refused dropped /pets/2 types.Dog -> $none");
    assert_eq!(
        run(refuse, Upgrade, r#"{"pets":["x",{"lives":9}]}"#),
        r#"{"pets":["x",{"lives":9}]}"#
    );
    let instead = "'Dog -> $none': {as: {lives: 0}}";
    assert_eq!(
        run(instead, Upgrade, message),
        r#"{"pets":["x",{"lives":9},{"lives":0}]} | dropped /pets/2 types.Dog -> $none"#
    );
    assert_eq!(run(instead, Downgrade, r#"{"pets":[{"lives":0}]}"#), r#"{"pets":[{"lives":0}]}"#);
    let invented = "'Dog -> $none': {as: {$placeholder: x}}";
    assert_eq!(
        run(invented, Upgrade, r#"{"pets":[{"bones":1}]}"#),
        r#"{"pets":["x"]} | dropped /pets/0 types.Dog -> $none | placeholder /pets/0 types.Dog -> $none"#
    );
    // The same of what the new side alone has.
    let mirrored =
        hop(&new, PETS, "types: {'$none -> Dog': {as: x}}", Downgrade, r#"{"pets":[{"bones":1}]}"#);
    assert_eq!(mirrored, r#"{"pets":["x"]} | dropped /pets/0 types.$none -> Dog"#);
}

/// Two values that are copies of one may be refused by one rule: what is told is that of the least of them,
/// whichever an executor comes to first.
#[test]
fn what_is_told_of_copies() {
    let defs = |members: &str| format!("U: {{type: string}}, T: {}", o(members));
    let contracts = [defs("a: <U>"), defs("b: <U>, c: <U>"), defs("b: <U>, c: <U>")];
    let contracts = contracts.each_ref().map(String::as_str);
    let refuse = "types: {U: {refuse: [{old: {'.': $string}, detail: 'no {.}'}]}}";
    for map in ["{x: y}", "{x: a}"] {
        let rules = format!(
            "types: {{T: {{fields: {{a: {{to: c, map: {map}}}}}, added: {{b: {{$from: a}}}}}}}}"
        );
        let said = chain(&contracts, &[&rules, refuse], Upgrade, r#"{"a":"x"}"#);
        assert_eq!(said, "refused dropped /a types.U.refuse[0]", "{map}");
    }
}
