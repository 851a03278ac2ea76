//! `only:` rules that hold for some messages alone, and what they leave behind in others.

use fishplate::compile::{Part, Series, Status, Way};

use crate::both::{Direction, Downgrade, Said, Upgrade, body, down, heads, load, o, up};

#[test]
fn elsewhere_a_rule_does_nothing_and_what_it_would_have_carried_is_dropped() {
    let (old, new) = ("a: <i>, k: <i>", "b: <i>, k: <i>");
    let rules = "fields: {a: {to: b, only: upgrade}}";
    assert_eq!(up(old, new, rules, r#"{"a":1,"k":2}"#), r#"{"b":1,"k":2}"#);
    assert_eq!(down(old, new, rules, r#"{"b":1,"k":2}"#), r#"{"k":2} | dropped /b fields.a"#);
    let rules = "fields: {a: {to: b, only: downgrade, loses: refuse}}";
    assert_eq!(up(old, new, rules, r#"{"a":1}"#), "refused dropped /a fields.a");
    assert_eq!(down(old, new, rules, r#"{"b":1}"#), r#"{"a":1}"#);
    // What has one name on both sides is there all the same.
    let rules = "fields: {k: {map: {1: 2}, only: upgrade}}";
    assert_eq!(up(old, old, rules, r#"{"k":1}"#), r#"{"k":2}"#);
    assert_eq!(down(old, old, rules, r#"{"k":2}"#), r#"{"k":2}"#);
}

#[test]
fn lists_and_what_wrap_makes_are_left_as_a_whole() {
    let old = format!("v: <i>, l: {{type: array, items: {}}}", o("a: <i>"));
    let new = format!(
        "w: {{type: array, items: {0}}}, l: {{type: array, items: {1}}}",
        o("x: <i>"),
        o("b: <i>")
    );
    let rules = "fields: {'l[].a': {to: 'l[].b', only: upgrade}, v: {to: 'w[].x', wrap: new, only: upgrade}}";
    let there = r#"{"w":[{"x":1}],"l":[{"b":2}]}"#;
    assert_eq!(up(&old, &new, rules, r#"{"v":1,"l":[{"a":2}]}"#), there);
    let left = r#"{"l":[{}]} | dropped /l/0/b fields.l[].a | dropped /w fields.v"#;
    assert_eq!(down(&old, &new, rules, there), left);
}

#[test]
fn what_one_side_alone_has() {
    let new = "k: <i>, t: <s>";
    let rules = "added: {t: {$const: x, only: upgrade}}";
    assert_eq!(up("k: <i>", new, rules, "{}"), r#"{"t":"x"}"#);
    // Nothing is said of it on the way back: it is a member without counterpart.
    assert_eq!(down("k: <i>", new, rules, r#"{"t":"x"}"#), r#"{"t":"x"}"#);
    let rules = "added: {t: {$const: x, only: downgrade}}";
    assert_eq!(up("k: <i>", new, rules, "{}"), "{}");
    // What nobody makes again is gone, whatever it is.
    assert_eq!(down("k: <i>", new, rules, r#"{"t":"x"}"#), "{} | dropped /t added.t");
    let rules = "alias: {b: {of: a, only: downgrade}}";
    let (old, new) = ("a: <i>, b: <i>", "a: <i>");
    assert_eq!(down(old, new, rules, r#"{"a":1}"#), r#"{"a":1,"b":1}"#);
    assert_eq!(up(old, new, rules, r#"{"a":1,"b":1}"#), r#"{"a":1} | dropped /b alias.b"#);
}

const CONTRACT: &str = "openapi: 3.1.0
paths:
  /t:
    post:
      requestBody: { content: { application/json: { schema: { $ref: '#/components/schemas/T' } } } }
      responses:
        '200': { content: { application/json: { schema: { $ref: '#/components/schemas/T' } } } }
components: { schemas: { T: { type: object, properties: { NAME: { type: integer } } } } }
";

fn message(series: &Series, part: Part, direction: Direction, text: &str) -> Said {
    let (from, to) = if direction == Upgrade { (0, 1) } else { (1, 0) };
    let operation = &series.contracts[from].operations[0];
    body(series, (operation, part), Way { from, to }, text)
}

#[test]
fn a_rule_of_a_type_may_hold_in_requests_or_answers_alone() {
    let contracts = ["a", "b"].map(|name| CONTRACT.replace("NAME", name));
    let rest = "types: {T: {fields: {a: {to: b, only: request}}}}";
    let series = load(&contracts, &heads(&[rest])).unwrap_or_else(|errors| panic!("{errors}"));
    let answer = Part::Answer(Status::Is(200));
    assert_eq!(message(&series, Part::Request, Upgrade, r#"{"a":1}"#), r#"{"b":1}"#);
    assert_eq!(message(&series, Part::Request, Downgrade, r#"{"b":1}"#), r#"{"a":1}"#);
    let left = "{} | dropped /b fields.a";
    assert_eq!(message(&series, answer, Downgrade, r#"{"b":1}"#), left);
    // A rule that no message of its sort reaches is said to do nothing.
    let rest = "types: {T: {fields: {a: {to: b, only: response}}}}";
    let bare = |text: &String| {
        text.replace("content: { application/json: { schema: { $ref: '#/components/schemas/T' } } } }\ncomponents", "description: none }\ncomponents")
    };
    let contracts = contracts.each_ref().map(bare);
    let errors = load(&contracts, &heads(&[rest])).err().unwrap();
    assert!(errors.starts_with("F604"), "{errors}");
}

#[test]
fn a_value_may_be_refused_in_requests_or_on_one_way_alone() {
    let contracts = ["a", "a"].map(|name| CONTRACT.replace("NAME", name));
    let rest = "types: {T: {refuse: [{old: {a: 1}, only: request}, {old: {a: 2}, new: {a: 2}, only: downgrade}]}}";
    let series = load(&contracts, &heads(&[rest])).unwrap_or_else(|errors| panic!("{errors}"));
    let answer = Part::Answer(Status::Is(200));
    let (one, two) = (r#"{"a":1}"#, r#"{"a":2}"#);
    let refused = "refused dropped  refuse[0]";
    assert_eq!(message(&series, Part::Request, Upgrade, one), refused);
    assert_eq!(message(&series, answer, Upgrade, one), one);
    assert_eq!(message(&series, Part::Request, Upgrade, two), two);
    let refused = "refused dropped  refuse[1]";
    assert_eq!(message(&series, answer, Downgrade, two), refused);
    assert_eq!(message(&series, Part::Request, Downgrade, two), refused);
}

#[test]
fn statuses_too() {
    let contract = "openapi: 3.1.0\npaths:\n  /t:\n    get: {responses: {'200': {}, '204': {}}}\n";
    let rest =
        "operations: {GET /t: {response: {fields: {status: {map: {204: 200}, only: upgrade}}}}}";
    let contracts = [String::from(contract), String::from(contract)];
    let series = load(&contracts, &heads(&[rest])).unwrap_or_else(|errors| panic!("{errors}"));
    let status = |from: usize, status: u16| {
        let way = Way { from, to: 1 - from };
        let own = &series.contracts[from].operations[0];
        series.status(&series.plain_track(from, own, way).unwrap(), status)
    };
    assert_eq!((status(0, 204), status(0, 200)), (200, 200));
    assert_eq!((status(1, 200), status(1, 204)), (200, 204));
}

/// A status that stays on the way down has the rules of the one that it is.
#[test]
fn rules_under_a_status_are_those_of_what_it_becomes() {
    let contracts = ["a", "b"].map(|name| {
        let text = CONTRACT.replace("NAME", name);
        let answer = text.lines().find(|line| line.contains("'200'")).unwrap().to_owned();
        text.replace(&answer, &format!("{answer}\n{}", answer.replace("200", "201")))
    });
    for (only, kept) in [("", r#"{"b":7}"#), (", only: upgrade", r#"{"a":7}"#)] {
        let rest = format!(
            "operations: {{POST /t: {{response: {{fields: {{status: {{map: {{201: 200}}{only}}}}}, \"200\": {{fields: {{body.a: body.b}}}}, \"201\": {{}}}}}}}}"
        );
        let series = load(&contracts, &heads(&[&rest])).unwrap_or_else(|errors| panic!("{errors}"));
        let down = message(&series, Part::Answer(Status::Is(200)), Downgrade, r#"{"b":7}"#);
        assert_eq!(down, kept, "{only}");
    }
}
