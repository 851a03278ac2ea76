//! An API without contracts: rules of operations alone, over bodies of which nothing is known. Every
//! name counts as declared on both sides.

use fishplate::compile::{self, Part, Series, Status, Subject, View};

use crate::both::{self, Direction, Downgrade, Said, Upgrade, load};

fn series(rests: &[&str]) -> Series {
    load(&[], &both::heads(rests)).unwrap_or_else(|errors| panic!("{errors}"))
}

fn body((series, name): (&Series, &str), part: Part, direction: Direction, message: &str) -> Said {
    let way = both::ends(series, direction);
    let operation = series.operation(way.from, name).expect("the operation");
    both::body(series, (operation, part), way, message)
}

/// Takes a request of `POST /o` over mappings whose rules are these.
#[track_caller]
fn request(rules: &[&str], direction: Direction, message: &str) -> Said {
    let rest = |rules: &&str| format!("operations: {{POST /o: {{request: {{{rules}}}}}}}");
    let rests: Vec<String> = rules.iter().map(rest).collect();
    let rests: Vec<&str> = rests.iter().map(String::as_str).collect();
    body((&series(&rests), "POST /o"), Part::Request, direction, message)
}

#[test]
fn places_are_where_rules_say_that_they_are() {
    let rules =
        ["fields: {body.a: body.b.c, 'body.l[].x': 'body.l[].y', 'body.d{}.v': 'body.d{}.w'}"];
    let old = r#"{"l":[{"x":1.10,"k":[{"x":2}]},3],"d":{"p":{"v":1},"q":[]},"a":{"a":"\u0041"},"z":{"a":1}}"#;
    let new = r#"{"l":[{"y":1.10,"k":[{"x":2}]},3],"d":{"p":{"w":1},"q":[]},"b":{"c":{"a":"\u0041"}},"z":{"a":1}}"#;
    let up = request(&rules, Upgrade, old);
    assert_eq!(up, new);
    // What no rule names is carried byte for byte.
    assert!(
        up.bytes.contains(r#""z":{"a":1}"#) && up.bytes.contains(r#"{"a":"\u0041"}"#),
        "{up:?}"
    );
    // Every name is declared on both sides: an object that a path goes through stays.
    let back = r#"{"l":[{"x":1.10,"k":[{"x":2}]},3],"d":{"p":{"v":1},"q":[]},"b":{},"a":{"a":"\u0041"},"z":{"a":1}}"#;
    assert_eq!(request(&rules, Downgrade, new), back);
}

#[test]
fn a_body_may_be_anything() {
    let rules = ["fields: {body.a: body.b}"];
    for message in [r#"[{"a":1}]"#, "null", "1.10", r#""a""#, "{}", r#"{"c":{"a":1}}"#] {
        assert_eq!(request(&rules, Upgrade, message), message);
        assert_eq!(request(&rules, Downgrade, message), message);
    }
    let rules = ["fields: {'body[].a': 'body[].b'}"];
    assert_eq!(request(&rules, Upgrade, r#"[{"a":1},{"x":2}]"#), r#"[{"b":1},{"x":2}]"#);
    assert_eq!(request(&rules, Upgrade, r#"{"a":1}"#), r#"{"a":1}"#);
    let rules = ["fields: {body: body.data}, added: {body.more: false}"];
    for message in [r#"[{"a":1}]"#, "null", "1.10", r#"{"data":1}"#] {
        let page = format!(r#"{{"data":{message},"more":false}}"#);
        assert_eq!(request(&rules, Upgrade, message), page);
        assert_eq!(request(&rules, Downgrade, &page), message);
    }
}

#[test]
fn values_are_read_as_they_look() {
    let rules = ["fields: {body.s: {map: {1: one, true: yes, x: 2}}}"];
    for (old, new) in
        [("1", r#""one""#), ("true", r#""yes""#), (r#""x""#, "2"), (r#""1""#, r#""1""#)]
    {
        let message = |value: &str| format!(r#"{{"s":{value}}}"#);
        assert_eq!(request(&rules, Upgrade, &message(old)), message(new));
    }
    let rules = ["fields: {body.id: {convert: {old: integer, new: string}}}"];
    assert_eq!(request(&rules, Upgrade, r#"{"id":7}"#), r#"{"id":"7"}"#);
    assert_eq!(request(&rules, Downgrade, r#"{"id":"7"}"#), r#"{"id":7}"#);
    let unfit = request(&rules, Upgrade, r#"{"id":[]}"#);
    assert_eq!(unfit, r#"{"id":[]} | unfit /id operations.POST /o.request.fields.body.id"#);
}

#[test]
fn a_name_that_a_rule_writes_displaces_the_one_that_came() {
    let rules = ["fields: {body.a: body.b}"];
    assert_eq!(request(&rules, Upgrade, r#"{"a":1,"b":2}"#), r#"{"b":1} | collision /b #0"#);
    let rules = ["added: {body.b: 1}"];
    assert_eq!(request(&rules, Upgrade, r#"{"b":2}"#), r#"{"b":1} | collision /b #0"#);
    let dropped = request(&rules, Downgrade, r#"{"b":2}"#);
    assert_eq!(dropped, "{} | dropped /b operations.POST /o.request.added.body.b");
}

#[test]
fn several_hops_are_one_program() {
    let rules = [
        "fields: {body.a: body.t.a, 'body.l[].x': 'body.l[].y'}, added: {body.n: 1}",
        "",
        "fields: {body.t: body.u, body.t.a: body.c}, removed: {body.n: 1}",
    ];
    let old = r#"{"a":1,"l":[{"x":2}],"k":3}"#;
    let new = r#"{"l":[{"y":2}],"k":3,"u":{},"c":1}"#;
    assert_eq!(request(&rules, Upgrade, old), new);
    assert_eq!(request(&rules, Downgrade, new), r#"{"l":[{"x":2}],"k":3,"t":{},"a":1}"#);
}

#[test]
fn sources_and_aliases_find_their_places() {
    let rules =
        ["added: {body.logins: {$from: 'body.people[].login'}, body.copy: {$from: body.one}}"];
    let up = request(&rules, Upgrade, r#"{"people":[{"login":"a"},{"login":"b"}],"one":{"x":1}}"#);
    let all = r#"{"people":[{"login":"a"},{"login":"b"}],"one":{"x":1},"logins":["a","b"],"copy":{"x":1}}"#;
    assert_eq!(up, all);
    let rules = ["alias: {body.second: body.first}"];
    assert_eq!(request(&rules, Upgrade, r#"{"second":1}"#), r#"{"first":1}"#);
    assert_eq!(request(&rules, Downgrade, r#"{"first":1}"#), r#"{"first":1,"second":1}"#);
    let rules = ["fields: {body.one: {to: body.many, wrap: new}, 'body.x[0]': body.y}"];
    assert_eq!(request(&rules, Upgrade, r#"{"one":1,"x":[1,2]}"#), r#"{"x":[2],"many":[1],"y":1}"#);
    assert_eq!(
        request(&rules, Downgrade, r#"{"x":[2],"many":[1],"y":1}"#),
        r#"{"one":1,"x":[1,2]}"#
    );
}

#[test]
fn nothing_is_undeclared() {
    let rules = ["unmapped: drop, fields: {body.a: body.b}"];
    assert_eq!(request(&rules, Upgrade, r#"{"a":1,"c":{"d":1}}"#), r#"{"b":1,"c":{"d":1}}"#);
}

#[test]
fn answers_below_400_have_the_rules_of_response() {
    let api = series(&["operations: {GET /o: {response: {fields: {body.a: body.b},
        '201': {fields: {body.a: body.c}}, 2XX: {added: {body.n: 1}}, default: {added: {body.m: 2}}}}}"]);
    let up = |status| body((&api, "GET /o"), Part::Answer(status), Upgrade, r#"{"a":1}"#);
    assert_eq!(up(Status::Is(200)), r#"{"b":1,"n":1,"m":2}"#);
    assert_eq!(up(Status::Is(201)), r#"{"c":1,"n":1,"m":2}"#);
    assert_eq!(up(Status::Is(302)), r#"{"b":1,"m":2}"#);
    assert_eq!(up(Status::Class(2)), r#"{"b":1,"n":1,"m":2}"#);
    let way = both::ends(&api, Upgrade);
    let operation = api.operation(0, "GET /o").expect("the operation");
    for status in [Status::Is(400), Status::Is(503), Status::Class(4)] {
        let track = api.plain_track(way.from, operation, way).unwrap();
        let travel = api.travel(Subject::Message(&track, Part::Answer(status), View::Body), way);
        let travel = travel.unwrap().unwrap();
        let plan = compile::program(&travel.links, &travel.roots, travel.direction).unwrap();
        assert!(plan.is_empty(), "{status}");
    }
}

#[test]
fn an_operation_that_one_mapping_names_is_in_every_version() {
    let api = series(&[
        "operations: {POST /o: {request: {fields: {body.a: body.b}}}}",
        "operations: {'POST /o/{id}': {request: {fields: {body.b: body.c}}}}",
        "operations: {'POST /o/{o}': {request: {fields: {body.c: body.d}}}, POST /o/*: {request: {fields: {body.e: body.f}}}}",
    ]);
    let said = |name: &str, message: &str| body((&api, name), Part::Request, Upgrade, message);
    assert_eq!(said("POST /o", r#"{"a":1}"#), r#"{"b":1}"#);
    assert_eq!(said("POST /o/{id}", r#"{"b":1,"e":1}"#), r#"{"d":1,"f":1}"#);
    assert_eq!(said("POST /o/*", r#"{"b":1,"e":1}"#), r#"{"b":1,"f":1}"#);
    let counts: Vec<usize> = api.contracts.iter().map(|c| c.operations.len()).collect();
    assert_eq!(counts, [3; 4]);
}

#[test]
fn what_only_a_contract_can_name_is_an_error() {
    let wrong = |rules: &str| load(&[], &both::heads(&[rules])).unwrap_err();
    let types = wrong("types: {Order: {fields: {a: b}}}");
    assert_eq!(types, "F506 no contract says what `Order` is: rules of types need one");
    let id = wrong("operations: {getOrder: {response: {fields: {body.a: body.b}}}}");
    assert_eq!(id, "F506 no contract says which operation `getOrder` is");
    // Some of the contracts are there: the others were forgotten.
    let one = load(&[String::from("$defs: {}")], &both::heads(&[""])).unwrap_err();
    assert_eq!(one, "F501 no contract of version v1: expected schemas/v1.yaml");
}

#[test]
fn elements_of_a_text_are_texts() {
    let rules = ["fields: {body.a: {convert: {old: {separated: ','}, new: list}}, \
                  body.b: {convert: {old: {pairs: [',', '=']}, new: list}}, \
                  body.c: {convert: {old: one-or-list, new: list}}}"];
    let old = r#"{"a":"1,x","b":"p=1,q=","c":{"d":1.0}}"#;
    let new = r#"{"a":["1","x"],"b":{"p":"1","q":""},"c":[{"d":1.0}]}"#;
    assert_eq!(request(&rules, Upgrade, old), new);
    assert_eq!(request(&rules, Downgrade, new), old);
}
