//! What is said of texts that cannot be read where nobody can say what the client has of them.

use crate::harness::{Answer, Backend, Gateway, between, json};
use crate::messages::place;

const BODY: &str = "
paths:
  /o:
    get: { responses: { '200': { content: { application/json: { schema: {
      type: object, properties: { ok: { type: boolean }, count: { type: string } } } } } } } }
";

async fn start() -> Backend {
    Backend::start(|_| {
        let mut answer = json(r#"{"ok":true}"#);
        let value = http::HeaderValue::from_bytes(b"\xff").unwrap();
        answer.headers_mut().insert("x-sum", value);
        answer
    })
    .await
}

fn response(rules: &str) -> String {
    format!("operations: {{ GET /o: {{ response: {{ {rules} }} }} }}")
}

/// The same fault whatever is known of it, and no word of what the client must not know.
fn is_unread(answer: &Answer) {
    assert_eq!(answer.status, 502, "{answer:?}");
    assert_eq!(between(&answer.text, "\"type\":\"", "\""), "urn:fishplate:malformed-head");
    assert!(answer.text.contains("is no text in UTF-8"), "{answer:?}");
    assert!(!answer.text.contains("does not have"), "{answer:?}");
    assert!(!answer.text.contains("x-sum"), "{answer:?}");
}

#[tokio::test]
async fn a_text_of_the_request_keeps_the_name_under_which_it_came() {
    let backend = start().await;
    let rules = response("removed: { body.count: { $from: request.query.x } }");
    let place = place(BODY, BODY, &rules, (&backend.address, "v2"));
    let gateway = Gateway::start(&place.0);
    let answer = gateway.ask(gateway.get("/api/o?x=%FF"), "").await;
    assert_eq!((answer.status.as_u16(), backend.count()), (400, 0), "{answer:?}");
    assert!(answer.text.contains("`query.x` is no text in UTF-8"), "{answer:?}");
    assert!(!answer.text.contains("as version"), "{answer:?}");
    gateway.line("`query.x` is no text in UTF-8");
}

#[tokio::test]
async fn what_goes_into_a_body_before_the_last_hop_may_arrive() {
    let backend = start().await;
    let (first, second) = (response(""), response("fields: { body.count: header.X-Sum }"));
    let place = place(BODY, BODY, &first, (&backend.address, "v3"));
    let contract = format!("openapi: 3.1.0\ninfo: {{ title: t, version: '1' }}\n{BODY}");
    place.write("schemas/t/v3.yaml", &contract);
    let mapping = format!("mapping: 1\napi: t\nfrom: v2\nto: v3\n{second}");
    place.write("mappings/t/v3.yaml", &mapping);
    let gateway = Gateway::start(&place.0);
    is_unread(&gateway.ask(gateway.get("/api/o"), "").await);
    gateway.line("the backend's answer: `header.x-sum` is no text in UTF-8");
    // Of the version between them it is known.
    let request = gateway.get("/api/o").header("x-v", "v2");
    let answer = gateway.ask(request, "").await;
    is_unread(&answer);
    assert!(answer.text.contains("`body.count` cannot be made"), "{answer:?}");
}

#[tokio::test]
async fn what_one_rule_takes_another_may_look_at() {
    let backend = start().await;
    for (source, is_looked_at) in [
        ("{ $from: header.X-Sum }", true),
        ("{ $text: 'of {header.X-Sum}' }", true),
        ("{ $from: header.X-Other, else: { $from: header.X-Sum } }", true),
        ("{ $from: header.X-Other }", false),
    ] {
        let rules =
            response(&format!("added: {{ header.X-Sum: 1 }}, removed: {{ body.count: {source} }}"));
        let place = place(BODY, BODY, &rules, (&backend.address, "v2"));
        let gateway = Gateway::start(&place.0);
        let answer = gateway.ask(gateway.get("/api/o"), "").await;
        if is_looked_at {
            is_unread(&answer);
        } else {
            assert!(answer.text.contains("that the client's version does not have is no text"));
            assert!(!answer.text.contains("x-sum"), "{answer:?}");
        }
    }
}
