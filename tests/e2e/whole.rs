//! Messages whose head and body are translated as one document, where one of the two is not there.

use crate::backends::{Then, leak, scripted};
use crate::harness::{Backend, Gateway, Place, between, json, wire};
use crate::messages::place;

const FOUND: &str = "content: { application/json: { schema: { type: object, properties: { found: { type: integer } } } } }";

const NEW: &str = "paths: { '/find/{id}': { post: {
  requestBody: { content: { application/json: { schema: { type: object, properties: { text: { type: string } } } } } },
  responses: { '200': { headers: { X-Found: { schema: { type: integer } } } } } } } }";

/// A search that was a query, and is a body elsewhere.
fn search(backend: &str) -> Place {
    let old = format!(
        "paths: {{ '/s/{{id}}': {{ get: {{ parameters: [{{ in: query, name: q, schema: {{ type: string }} }}], responses: {{ '200': {{ {FOUND} }} }} }} }} }}"
    );
    let rules = "operations: { 'GET /s/{id} -> POST /find/{id}': { request: { fields: { query.q: body.text } }, response: { fields: { body.found: header.X-Found } } } }";
    place(&old, NEW, rules, (backend, "v2"))
}

#[tokio::test]
async fn a_body_that_turns_out_to_be_empty_is_none() {
    let backend = Backend::start(|_| json("")).await;
    let place = search(&backend.address);
    let gateway = Gateway::start(&place.0);
    for kind in ["", "content-type: application/json\r\n"] {
        let head = format!("GET /api/s/1?q=a&x=1 HTTP/1.1\r\nhost: x\r\n{kind}");
        let asked = format!("{head}transfer-encoding: chunked\r\n\r\n0\r\n\r\n");
        let answer = wire(&gateway.listen, &asked).await;
        assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
        let last = backend.last();
        assert_eq!((last.method.as_str(), &*last.path), ("POST", "/find/1?x=1"));
        assert_eq!(last.body, r#"{"text":"a"}"#);
    }
    let answer = "HTTP/1.1 200 OK\r\nx-found: 3\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n";
    let (address, task) = scripted(answer, Then::Close).await;
    let place = search(&address);
    let gateway = Gateway::start(&place.0);
    let answer = gateway.ask(gateway.get("/api/s/1?q=a"), "").await;
    assert_eq!(answer.text, r#"{"found":3}"#, "{answer:?}");
    assert_eq!(answer.header("x-found"), None);
    task.abort();
}

#[tokio::test]
async fn a_preflight_goes_where_the_operation_is() {
    let backend = Backend::start(|_| json("")).await;
    let place = search(&backend.address);
    let gateway = Gateway::start(&place.0);
    let asked = gateway.get("/api/s/1?q=a&x=1").method("OPTIONS");
    let answer = gateway.ask(asked.header("access-control-request-method", "GET"), "").await;
    assert_eq!(answer.status, 200, "{answer:?}");
    let last = backend.last();
    assert_eq!(
        (last.method.as_str(), &*last.path, &*last.body),
        ("OPTIONS", "/find/1?x=1", &b""[..])
    );
}

/// What a body would say is not known of an answer that has none.
#[tokio::test]
async fn answers_to_head_and_304_say_nothing_of_a_body() {
    for status in ["200 OK", "304 Not Modified"] {
        let answer = leak(format!("HTTP/1.1 {status}\r\nx-found: 3\r\netag: \"a\"\r\n\r\n"));
        let (address, task) = scripted(answer, Then::Close).await;
        let place = search(&address);
        let gateway = Gateway::start(&place.0);
        let method = if status.starts_with('2') { "HEAD" } else { "GET" };
        let asked =
            format!("{method} /api/s/1?q=a HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n");
        let answer = wire(&gateway.listen, &asked).await;
        assert!(answer.starts_with(&format!("HTTP/1.1 {status}\r\n")), "{answer}");
        for name in ["content-length", "transfer-encoding"] {
            assert!(!answer.contains(&format!("{name}:")), "{name} {answer}");
        }
        assert!(answer.ends_with("\r\n\r\n"), "{answer}");
        task.abort();
    }
}

/// A coding of the transfer that the gateway does not undo is never sent on as if it were undone.
#[tokio::test]
async fn foreign_answers_are_coded_by_nobody() {
    let answer = "HTTP/1.1 502 Bad Gateway\r\ncontent-type: text/html\r\ntransfer-encoding: gzip, chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n";
    let (address, task) = scripted(answer, Then::Close).await;
    let place = crate::harness::orders("", &address, "v2");
    let gateway = Gateway::start(&place.0);
    let answer = gateway.ask(gateway.get("/v1/orders/1"), "").await;
    assert_eq!(answer.status, 502);
    let kind = between(&answer.text, "\"type\":\"", "\"");
    assert_eq!(kind, "urn:fishplate:coding-not-supported", "{answer:?}");
    task.abort();
}

/// A body that has no place on the other side is refused; without one the message goes where it should.
#[tokio::test]
async fn without_a_body_that_only_one_side_knows_the_head_is_translated() {
    let old = format!(
        "paths: {{ '/s/{{id}}': {{ post: {{ responses: {{ '200': {{ {FOUND} }} }} }} }} }}"
    );
    let new = "paths: { '/find/{id}': { post: {
      requestBody: { content: { application/json: { schema: { type: object, properties: { text: { type: string } } } } } },
      responses: { '200': { headers: { X-Found: { schema: { type: integer } } } } } } } }";
    let rules = "operations: { 'POST /s/{id} -> POST /find/{id}': { response: { fields: { header.X-Old: header.X-Found } } } }";
    let backend = Backend::start(|_| {
        let mut answer = json("");
        answer.headers_mut().insert("x-found", http::HeaderValue::from_static("3"));
        answer
    })
    .await;
    let place = place(&old, new, rules, (&backend.address, "v2"));
    let gateway = Gateway::start(&place.0);
    let post = || gateway.get("/api/s/1").method("POST");
    let answer = gateway.ask(post(), "").await;
    assert_eq!(answer.status, 200, "{answer:?}");
    assert_eq!(answer.header("x-old"), Some("3"), "{answer:?}");
    assert_eq!(backend.last().path, "/find/1");
    let answer = gateway.ask(post().header("content-type", "application/json"), r#"{"a":1}"#).await;
    assert_eq!(answer.status, 501, "{answer:?}");
    assert!(answer.text.contains("declares no such body"), "{answer:?}");
    assert_eq!(backend.count(), 1);
}

#[tokio::test]
async fn what_becomes_204_says_nothing_of_a_body() {
    let old = "paths: { /a: { post: { responses: { '204': {} } } } }";
    let new = "paths: { /a: { post: { responses: { '200': {} } } } }";
    let rules =
        "operations: { POST /a: { response: { fields: { status: { map: { 204: 200 } } } } } }";
    let backend = Backend::start(|_| json("{\"found\":1}")).await;
    let place = place(old, new, rules, (&backend.address, "v2"));
    let gateway = Gateway::start(&place.0);
    let answer = gateway.ask(gateway.get("/api/a").method("POST"), "").await;
    assert_eq!((answer.status.as_u16(), &*answer.text), (204, ""), "{answer:?}");
    assert_eq!(gateway.outcome(), "translated");
    for name in ["content-type", "content-length", "etag"] {
        assert_eq!(answer.header(name), None, "{answer:?}");
    }
}
