//! `Vary`, and tags, where headers of the client decide what it is answered: which operation its request is
//! taken for, and what the headers are made of by which the backend answers.

use http::Response;
use http_body_util::Full;

use crate::harness::{Asked, Backend, Gateway, Place};
use crate::messages::{place, said};

const KINDS: &str = "
paths:
  /mine: { get: { responses: { '200': { content: { application/json: { schema: { type: object, properties: { a: { type: string } } } } } } } } }
  /ours: { get: { responses: { '200': { content: { application/json: { schema: { type: object, properties: { a: { type: string } } } } } } } } }
  /old: { get: { responses: { '200': { content: { application/json: { schema: { type: object, properties: { a: { type: string } } } } } } } } }
  /all: { get: { responses: { '200': { content: { application/json: { schema: { type: object, properties: { a: { type: string } } } } } } } } }
  /only: { get: { responses: { '200': {} } } }
  /few: { get: { responses: { '200': {} } } }
";
const DOCS: &str = "
paths:
  /docs:
    get:
      parameters:
        - { in: header, name: X-Scope, schema: { type: string } }
        - { in: cookie, name: scope, schema: { type: string } }
        - { in: query, name: age, schema: { type: string } }
      responses: { '200': { content: { application/json: { schema: { type: object, properties: { b: { type: string } } } } } } }
  /part:
    get:
      parameters: [{ in: header, name: X-Part, schema: { type: string } }]
      responses: { '200': {} }
";
const TOLD: &str = "
operations:
  GET /mine -> GET /docs: { request: { added: { header.X-Scope: mine } }, response: { fields: { body.a: body.b } } }
  GET /ours -> GET /docs: { request: { added: { cookie.scope: ours } }, response: { fields: { body.a: body.b } } }
  GET /old -> GET /docs: { request: { added: { query.age: old } }, response: { fields: { body.a: body.b } } }
  GET /all -> GET /docs: { response: { fields: { body.a: body.b } } }
  GET /only -> GET /part: { request: { added: { header.X-Part: { $const: one, loses: refuse } } } }
  GET /few -> GET /part: { request: { added: { header.X-Part: few } } }
";

/// A backend all of whose documents have one tag.
fn tagged(asked: &Asked) -> Response<Full<bytes::Bytes>> {
    if asked.headers.contains_key("if-none-match") {
        let fresh = Response::builder().status(304).header("etag", "\"1\"");
        return fresh.body(Full::default()).unwrap();
    }
    let mut answer = said(format!("{{\"a\":\"{}\"}}", asked.path));
    answer.headers_mut().insert("etag", "\"1\"".parse().unwrap());
    answer
}

/// What `Vary` of an answer names.
fn varies(headers: &http::HeaderMap) -> Vec<String> {
    let texts = headers.get_all("vary").iter().map(|value| value.to_str().unwrap());
    let mut all: Vec<_> =
        texts.flat_map(|text| text.split(',')).map(|name| name.trim().to_lowercase()).collect();
    all.sort_unstable();
    all
}

/// A header or a cookie that tells which of several operations a request is one of is named, whatever the
/// request has; and what one of them made is no other one's.
#[tokio::test]
async fn what_tells_operations_apart_is_named() {
    let backend = Backend::start(tagged).await;
    let place = place(KINDS, DOCS, TOLD, (&backend.address, "v1"));
    let gateway = Gateway::start(&place.0);
    let get = async |path: &str, more: &[(&'static str, &str)]| {
        let request = gateway.get(&format!("/api{path}")).header("x-v", "v2");
        let request = more.iter().fold(request, |r, (name, value)| r.header(*name, *value));
        gateway.ask(request, "").await
    };
    let mut tags = Vec::new();
    for (path, said, there) in [
        ("/docs", &[("x-scope", "mine")][..], "/mine"),
        ("/docs", &[("cookie", "scope=ours")], "/ours"),
        ("/docs?age=old", &[], "/old"),
        ("/docs", &[], "/all"),
    ] {
        let answer = get(path, said).await;
        assert_eq!(answer.text, format!("{{\"b\":\"{there}\"}}"));
        assert_eq!(varies(&answer.headers), ["cookie", "x-scope", "x-v"], "{path} {said:?}");
        let tag = answer.header("etag").unwrap().to_owned();
        assert!(!tags.contains(&tag), "{path} {said:?} {tag}");
        // It is fresh for the same request, and for no other one.
        let mut same = said.to_vec();
        same.push(("if-none-match", &tag));
        assert_eq!(get(path, &same).await.status, 304, "{path} {said:?}");
        for other in &tags {
            let mut asked = said.to_vec();
            asked.push(("if-none-match", other));
            assert_eq!(get(path, &asked).await.status, 200, "{path} {said:?}");
        }
        tags.push(tag);
    }
    // One that is refused for what it does not have, too.
    let refused = get("/part", &[]).await;
    assert_eq!(
        (refused.status.as_u16(), varies(&refused.headers)),
        (422, vec!["x-part".into(), "x-v".into()])
    );
    // Where there is one way, nothing decides.
    let own = gateway.ask(gateway.get("/api/all").header("x-v", "v1"), "").await;
    assert_eq!(varies(&own.headers), ["x-v"]);
}

/// What an operation between the two ends is told by stands under another name at the client.
#[tokio::test]
async fn what_tells_is_named_as_the_client_calls_it() {
    let backend = Backend::start(tagged).await;
    let place = place(KINDS, DOCS, TOLD, (&backend.address, "v1"));
    let newest = DOCS
        .replace("X-Scope", "X-Realm")
        .replace("in: cookie, name: scope", "in: query, name: who");
    place.write(
        "schemas/t/v3.yaml",
        &format!("openapi: 3.1.0\ninfo: {{ title: t, version: '1' }}\n{newest}"),
    );
    let rules = "
operations:
  GET /docs:
    request: { fields: { header.X-Scope: header.X-Realm, cookie.scope: query.who } }
";
    place.write("mappings/t/v3.yaml", &format!("mapping: 1\napi: t\nfrom: v2\nto: v3\n{rules}"));
    let gateway = Gateway::start(&place.0);
    for (path, said, there) in [
        ("/api/docs", "mine", "/mine"),
        ("/api/docs?who=ours", "x", "/ours"),
        ("/api/docs", "x", "/all"),
    ] {
        let request = gateway.get(path).header("x-v", "v3").header("x-realm", said);
        let answer = gateway.ask(request, "").await;
        assert_eq!(answer.text, format!("{{\"b\":\"{there}\"}}"), "{path}");
        assert_eq!(varies(&answer.headers), ["x-realm", "x-v"], "{path}");
    }
}

/// A tag says by which fields of its client an answer was made, too; where these are secret there is none.
#[tokio::test]
async fn a_tag_is_of_the_fields_that_the_answer_looks_at() {
    let contract = |member: &str| {
        let params = "[{ in: header, name: X-Who, schema: { type: string } }, { in: header, name: Authorization, schema: { type: string } }]";
        let get = |path: &str| {
            format!(
                "  /{path}: {{ get: {{ parameters: {params}, responses: {{ '200': {{ content: {{ application/json: {{ schema: {{ type: object, properties: {{ {member}: {{ type: string }}, who: {{ type: string }} }} }} }} }} }} }} }} }}\n"
            )
        };
        format!("\npaths:\n{}{}", get("open"), get("closed"))
    };
    let rules = "
operations:
  GET /open: { response: { fields: { body.a: body.b }, added: { body.who: { $from: request.header.X-Who } } } }
  GET /closed: { response: { fields: { body.a: body.b }, added: { body.who: { $from: request.header.Authorization } } } }
";
    let backend = Backend::start(tagged).await;
    let old = contract("a").replace("who: { type: string }", "x: { type: string }");
    let place = place(&old, &contract("b"), rules, (&backend.address, "v1"));
    let gateway = Gateway::start(&place.0);
    let get = async |path: &str, more: &[(&'static str, &str)]| {
        let request = gateway.get(&format!("/api/{path}")).header("x-v", "v2");
        let request = more.iter().fold(request, |r, (name, value)| r.header(*name, *value));
        gateway.ask(request, "").await
    };
    let mut tags: Vec<String> = Vec::new();
    for said in [&[][..], &[("x-who", "")], &[("x-who", "me")], &[("x-who", "you")]] {
        let answer = get("open", said).await;
        let tag = answer.header("etag").unwrap().to_owned();
        assert!(!tags.contains(&tag), "{said:?} {} {tag}", answer.text);
        let with = |tag: &str| {
            let mut asked = said.to_vec();
            let tag = String::leak(tag.to_owned());
            asked.push(("if-none-match", &*tag));
            asked
        };
        let fresh = get("open", &with(&tag)).await;
        assert_eq!((fresh.status.as_u16(), fresh.header("etag")), (304, Some(&*tag)), "{said:?}");
        for other in &tags {
            assert_eq!(get("open", &with(other)).await.status, 200, "{said:?}");
        }
        tags.push(tag);
    }
    let closed = [("authorization", "Bearer x")];
    let answer = get("closed", &closed).await;
    assert_eq!((answer.status.as_u16(), answer.header("etag")), (200, None), "{}", answer.text);
    for tag in tags {
        let asked = [closed[0], ("if-none-match", &*tag)];
        assert_eq!(get("closed", &asked).await.status, 200);
    }
}

const CLIENT: &str = "
paths:
  /orders:
    get:
      parameters:
        - { in: header, name: X-Tenant, schema: { type: string } }
        - { in: header, name: X-Sid, schema: { type: string } }
        - { in: header, name: X-One, schema: { type: string } }
        - { in: cookie, name: lang, schema: { type: string } }
        - { in: query, name: q, schema: { type: string } }
      responses: { '200': { headers: { X-Who: { schema: { type: string } } } } }
";
const BEHIND: &str = "
paths:
  /orders:
    get:
      parameters:
        - { in: header, name: X-Org, schema: { type: string } }
        - { in: cookie, name: sid, schema: { type: string } }
        - { in: header, name: X-Lang, schema: { type: string } }
        - { in: header, name: X-Q, schema: { type: string } }
        - { in: header, name: X-Two, schema: { type: string } }
        - { in: header, name: X-Const, schema: { type: string } }
      responses: { '200': {} }
";
const MOVED: &str = "
operations:
  GET /orders:
    request:
      fields:
        header.X-Tenant: header.X-Org
        header.X-Sid: cookie.sid
        cookie.lang: header.X-Lang
        query.q: header.X-Q
      added:
        header.X-Two: { $from: header.X-One, map: { a: b }, else: c }
        header.X-Const: always
";

fn moved(rules: &str, backend: &str) -> Place {
    place(CLIENT, BEHIND, rules, (backend, "v2"))
}

/// Names in `Vary` that rules of the request moved are those of the client, too.
#[tokio::test]
async fn what_the_backend_names_is_named_as_the_client_calls_it() {
    let backend = Backend::start(|asked| {
        let mut answer = said(String::from("{}"));
        if let Some(by) = asked.headers.get("x-by") {
            answer.headers_mut().insert("vary", by.clone());
        }
        answer
    })
    .await;
    let place = moved(MOVED, &backend.address);
    let gateway = Gateway::start(&place.0);
    for (version, by, expected) in [
        ("v1", "X-Org", &["x-org", "x-tenant", "x-v"][..]),
        ("v1", "Accept, x-org", &["accept", "x-org", "x-tenant", "x-v"]),
        ("v1", "Cookie", &["cookie", "x-sid", "x-v"]),
        ("v1", "X-Lang", &["cookie", "x-lang", "x-v"]),
        // The query is a part of what is cached anyway, and a constant is the same for all.
        ("v1", "X-Q, X-Const", &["x-const", "x-q", "x-v"]),
        ("v1", "X-Two", &["x-one", "x-two", "x-v"]),
        ("v1", "X-Other", &["x-other", "x-v"]),
        ("v1", "*", &["*"]),
        ("v2", "X-Org", &["x-org", "x-v"]),
    ] {
        let request = gateway.get("/api/orders").header("x-v", version).header("x-by", by);
        let answer = gateway.ask(request.header("x-tenant", "acme"), "").await;
        assert_eq!(varies(&answer.headers), expected, "{version} {by}");
    }
    // What a rule writes comes from nowhere else.
    let request = gateway.get("/api/orders").header("x-v", "v1").header("x-org", "x");
    assert_eq!(gateway.ask(request, "").await.status, 200);
    assert!(!backend.last().headers.contains_key("x-org"));
}

/// So it is with what rules of the answer look at.
#[tokio::test]
async fn what_answers_look_at_is_named() {
    let backend = Backend::start(|_| said(String::from("{}"))).await;
    let rules = format!(
        "{MOVED}    response: {{ removed: {{ header.X-Who: {{ $from: request.header.X-Org }} }} }}\n"
    );
    let place = moved(&rules, &backend.address);
    let gateway = Gateway::start(&place.0);
    for tenant in ["acme", "globex"] {
        let request = gateway.get("/api/orders").header("x-v", "v1").header("x-tenant", tenant);
        let answer = gateway.ask(request, "").await;
        assert_eq!(answer.header("x-who"), Some(tenant));
        assert_eq!(varies(&answer.headers), ["x-tenant", "x-v"]);
    }
}
