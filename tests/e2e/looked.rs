//! Rules of an answer that look at its request: what they need is read before the backend is asked, and they
//! lose nothing of it.

use http::HeaderValue;

use crate::harness::{Backend, Gateway, between, json};
use crate::messages::place;

const OLD: &str = "
paths:
  /o:
    post:
      requestBody: { content: { application/json: { schema: { type: object } } } }
      responses: { '200': { content: { application/json: { schema: {
        type: object, properties: { who: {}, q: {}, c: {}, f: {} } } } } }, '404': { content: { application/json: {
        schema: { type: object, properties: { who: {} } } } } } }
";
const NEW: &str = "
paths:
  /o:
    post:
      parameters:
        - { in: query, name: f, content: { application/json: { schema: { type: object, properties: { a: {} } } } } }
        - { in: query, name: p, style: form, explode: false, schema: { type: object, properties: { x: { type: string } } } }
      requestBody: { content: { application/json: { schema: { type: object } } } }
      responses: { '200': { content: { application/json: { schema: {
        type: object, properties: { z: { type: string } } } } } }, '404': { content: { application/json: {
        schema: { type: object } } } } }
";

/// Once the backend has acted it is too late to refuse what the client sent.
#[tokio::test]
async fn what_an_answer_needs_of_its_request_is_read_before_the_backend_acts() {
    let backend = Backend::start(|_| json(r#"{"z":"done"}"#)).await;
    let rules = "operations: { POST /o: { request: { fields: { query.old: query.q } }, \
        response: { removed: { body.who: { $from: request.header.X-Tok }, body.q: { $from: request.query.q }, \
        body.c: { $from: request.cookie.c }, body.f: { $from: request.query.f.a } } }, \
        errors: { \"404\": { removed: { body.who: { $from: request.query.p.x } } } } } }";
    let place = place(OLD, NEW, rules, (&backend.address, "v2"));
    let gateway = Gateway::start(&place.0);
    let bytes = |bytes: &[u8]| HeaderValue::from_bytes(bytes).unwrap();
    let deep = format!("f={{\"a\":{}1{}}}", "%5B".repeat(70), "%5D".repeat(70));
    for (query, name, value, named) in [
        ("old=%FF", "x-y", &b"1"[..], "`query.old` is no text in UTF-8"),
        ("", "x-tok", b"\xe9", "`header.x-tok` is no text in UTF-8"),
        ("", "cookie", b"c=%FF", "`cookie.c` is no text in UTF-8"),
        ("f=%7B", "x-y", b"1", "`query.f` is not one JSON document"),
        ("f=1&f=2", "x-y", b"1", "`query.f` is not one JSON document"),
        ("f=%7B%22a%22:1,%22a%22:2%7D", "x-y", b"1", "`query.f`: duplicate name"),
        (
            &*deep.replace('{', "%7B").replace('}', "%7D").replace('"', "%22"),
            "x-y",
            b"1",
            "`query.f` is a JSON document of more than 64 levels",
        ),
        ("p=x,1,x,2", "x-y", b"1", "`query.p` is no list of names and their values"),
    ] {
        for body in ["{}", ""] {
            let request = gateway.get(&format!("/api/o?{query}")).method("POST");
            let request = request.header("content-type", "application/json");
            let answer = gateway.ask(request.header(name, bytes(value)), body).await;
            assert_eq!(answer.status, 400, "{query} {answer:?}");
            assert_eq!(between(&answer.text, "\"type\":\"", "\""), "urn:fishplate:malformed-head");
            let detail = format!("\"detail\":\"{named}\"}}");
            assert!(answer.text.ends_with(&detail), "{query} {answer:?}");
            // What would be asked with other headers might be answered.
            for named in ["x-tok", "cookie"] {
                let mut lines = answer.headers.get_all("vary").iter();
                assert!(lines.any(|own| own == named), "{query} {named} {answer:?}");
            }
            assert_eq!(gateway.outcome(), "undecodable");
        }
    }
    assert_eq!(backend.count(), 0, "nobody has acted");
    // What no rule names is left alone, and what can be read is there.
    let request = gateway.get("/api/o?other=%FF&old=a&f=%7B%22a%22:1%7D").method("POST");
    let request = request.header("content-type", "application/json").header("cookie", "c=2");
    let answer = gateway.ask(request.header("x-other", bytes(b"\xe9")), "{}").await;
    assert_eq!((answer.status.as_u16(), backend.count()), (200, 1), "{answer:?}");
    for said in ["\"q\":\"a\"", "\"c\":\"2\"", "\"f\":1"] {
        assert!(answer.text.contains(said), "{answer:?}");
    }
}

/// A parameter of the path that came from the body has none in the client's version, and nobody loses it.
#[tokio::test]
async fn what_a_request_has_from_its_body_is_not_lost_by_its_answer() {
    let backend = Backend::start(|_| json("{}")).await;
    let old = "
paths:
  /search/{id}:
    post:
      parameters: [{ in: path, name: id, required: true, schema: { type: string } }]
      requestBody: { content: { application/json: { schema: { type: object, required: [tenant], properties: {
        tenant: { type: string }, lang: { type: string } } } } } }
      responses: { '200': { content: { application/json: { schema: {
        type: object, properties: { who: { type: string }, at: { type: string }, in: { type: string } } } } } } }
";
    let new = "
paths:
  /t/{tenant}/{id}/search:
    get:
      parameters:
        - { in: path, name: tenant, required: true, schema: { type: string } }
        - { in: path, name: id, required: true, schema: { type: string } }
        - { in: query, name: lang, schema: { type: string } }
      responses: { '200': { content: { application/json: { schema: { type: object, properties: {} } } } } }
";
    // Crosswise: what is `id` in one is not `id` in the other.
    let rules = "operations: { 'POST /search/{id} -> GET /t/{tenant}/{id}/search': { \
        request: { fields: { path.id: path.tenant, body.tenant: path.id, body.lang: query.lang } }, \
        response: { removed: { body.who: { $from: request.path.id }, body.at: { $from: request.path.tenant }, \
        body.in: { $from: request.query.lang } } } } }";
    let place = place(old, new, rules, (&backend.address, "v2"));
    let gateway = Gateway::start(&place.0);
    let request = gateway.get("/api/search/7").method("POST");
    let request = request.header("content-type", "application/json");
    let answer = gateway.ask(request, r#"{"tenant":"acme","lang":"de"}"#).await;
    assert_eq!(backend.last().path, "/t/7/acme/search?lang=de");
    assert_eq!(answer.text, r#"{"who":"acme","at":"7","in":"de"}"#);
    let line = gateway.line("\"target\":\"access\"");
    assert!(line.contains("\"losses\":0"), "{line}");
    let check = check(&place.0);
    assert!(check.contains("0 errors, 0 warnings, 0 notes"), "{check}");
}

/// What `check` says of a place.
fn check(place: &std::path::Path) -> String {
    let config = place.join("fishplate.yaml");
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_fishplate"));
    let done = command.arg("check").arg("--config").arg(config).output().unwrap();
    String::from_utf8([done.stdout, done.stderr].concat()).unwrap()
}
