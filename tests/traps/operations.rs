//! An operation's own rules: bodies of requests and answers, statuses, and what they hold over the
//! rules of types.

use fishplate::compile::{Part, Series, Status};

use crate::both::{self, Direction, Downgrade, Said, Upgrade, load, short};

/// What becomes of a body of `POST /orders` on the way through all versions.
fn body(series: &Series, part: Part, direction: Direction, message: &str) -> Said {
    let way = both::ends(series, direction);
    let operation = series.operation(way.from, "POST /orders").expect("the operation");
    both::body(series, (operation, part), way, message)
}

fn contract(order: &str, error: &str) -> String {
    let json = |schema: &str| format!("{{content: {{application/json: {{schema: {schema}}}}}}}");
    let order_of = json("{$ref: '#/components/schemas/Order'}");
    let error_of = json("{$ref: '#/components/schemas/Error'}");
    let list = json("{type: array, items: {$ref: '#/components/schemas/Order'}}");
    short(&format!(
        "openapi: 3.1.0\ninfo: {{title: t, version: '1'}}\npaths:\n  /orders:\n    post:\n      \
         requestBody: {order_of}\n      responses:\n        '200': {order_of}\n        \
         '201': {order_of}\n        '207': {list}\n        4XX: {error_of}\n        default: {error_of}\n\
         components:\n  schemas:\n    Order: {order}\n    Error: {error}\n"
    ))
}

fn series(rules: &str) -> Series {
    let old = contract(
        "{type: object, properties: {a: <s>, b: <s>, c: <s>}}",
        "{type: object, properties: {text: <s>}}",
    );
    let new = contract(
        "{type: object, properties: {x: <s>, y: <s>, z: <s>, c: <s>}}",
        "{type: object, properties: {title: <s>, text: <s>}}",
    );
    load(&[old, new], &both::heads(&[rules])).unwrap_or_else(|errors| panic!("{errors}"))
}

#[test]
fn a_request_has_rules_of_its_own_over_those_of_its_type() {
    let api = series(
        "types: {Order: {fields: {a: x, b: y}}, Error: {fields: {text: title}}}
operations: {POST /orders: {request: {fields: {body.a: body.z}}}}",
    );
    let message = r#"{"a":"1","b":"2","c":"3"}"#;
    assert_eq!(body(&api, Part::Request, Upgrade, message), r#"{"z":"1","y":"2","c":"3"}"#);
    let answer = Part::Answer(Status::Is(200));
    assert_eq!(body(&api, answer, Upgrade, message), r#"{"x":"1","y":"2","c":"3"}"#);
    assert_eq!(
        body(&api, Part::Request, Downgrade, r#"{"z":"1","y":"2"}"#),
        r#"{"a":"1","b":"2"}"#
    );
    assert_eq!(body(&api, answer, Downgrade, r#"{"x":"1","y":"2"}"#), r#"{"a":"1","b":"2"}"#);
}

#[test]
fn an_answer_has_rules_by_its_status() {
    let api = series(
        "types: {Order: {fields: {a: x, b: y}}, Error: {fields: {text: title}}}
operations:
  POST /orders:
    response: {fields: {body.b: body.z}, 201: {fields: {body.a: body.y, body.b: body.x}}}",
    );
    let message = r#"{"a":"1","b":"2"}"#;
    let up = |status| body(&api, Part::Answer(status), Upgrade, message);
    assert_eq!(up(Status::Is(200)), r#"{"x":"1","z":"2"}"#);
    assert_eq!(up(Status::Is(201)), r#"{"y":"1","x":"2"}"#);
    let down = |status, message| body(&api, Part::Answer(status), Downgrade, message);
    assert_eq!(down(Status::Is(200), r#"{"x":"1","z":"2"}"#), message);
    assert_eq!(down(Status::Is(201), r#"{"y":"1","x":"2"}"#), message);
    // Elements of a list are no body: the type's rules alone are about them.
    let list = format!("[{message}]");
    let many = body(&api, Part::Answer(Status::Is(207)), Upgrade, &list);
    assert_eq!(many, r#"[{"x":"1","y":"2"}]"#);
    // Errors are not what `response` is about.
    let error = Part::Answer(Status::Is(404));
    assert_eq!(body(&api, error, Upgrade, r#"{"text":"no"}"#), r#"{"title":"no"}"#);
}

#[test]
fn what_a_body_of_an_operation_is_made_of() {
    let api = series(
        "types: {Order: {fields: {a: x}}, Error: {fields: {text: title}}}
operations:
  POST /orders:
    request:
      fields: {body.b: {to: body.y, map: {p: q}}}
      added: {body.z: {$from: body.a}}
",
    );
    let up = |message: &str| body(&api, Part::Request, Upgrade, message);
    assert_eq!(up(r#"{"a":"1","b":"p"}"#), r#"{"x":"1","y":"q","z":"1"}"#);
    let down = |message: &str| body(&api, Part::Request, Downgrade, message);
    assert_eq!(down(r#"{"x":"1","y":"q","z":"1"}"#), r#"{"a":"1","b":"p"}"#);
    let lost = format!("{:?}", down(r#"{"x":"1","z":"2"}"#));
    assert!(lost.starts_with(r#"{"a":"1"} | dropped /z "#), "{lost}");
}

#[test]
fn the_body_of_a_named_type_gets_an_envelope() {
    let contract = |body: &str, a: &str| {
        let schema = format!("{{content: {{application/json: {{schema: {body}}}}}}}");
        short(&format!(
            "openapi: 3.1.0\ninfo: {{title: t, version: '1'}}\npaths:\n  /orders:\n    post:\n      \
             requestBody: {schema}\n      responses: {{}}\ncomponents:\n  schemas:\n    \
             Order: {{type: object, properties: {{{a}: <s>}}}}\n"
        ))
    };
    let order = "{$ref: '#/components/schemas/Order'}";
    let wrapped = format!("{{type: object, properties: {{order: {order}, by: <s>}}}}");
    let api = |(old, new): (&str, &str), rule: &str| {
        let rules = format!(
            "types: {{Order: {{fields: {{a: aa}}}}}}\n\
             operations: {{POST /orders: {{request: {{fields: {{{rule}}}}}}}}}"
        );
        load(&[contract(old, "a"), contract(new, "aa")], &both::heads(&[&rules]))
            .unwrap_or_else(|errors| panic!("{errors}"))
    };
    let there = api((order, &wrapped), "body: body.order");
    assert_eq!(body(&there, Part::Request, Upgrade, r#"{"a":"1"}"#), r#"{"order":{"aa":"1"}}"#);
    assert_eq!(body(&there, Part::Request, Downgrade, r#"{"order":{"aa":"1"}}"#), r#"{"a":"1"}"#);
    let back = api((&wrapped, order), "body.order: body");
    assert_eq!(body(&back, Part::Request, Upgrade, r#"{"order":{"a":"1"}}"#), r#"{"aa":"1"}"#);
}
