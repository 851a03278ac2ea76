//! Heads of messages through the gateway: routes that moved, parameters, fields, cookies, statuses.

use bytes::Bytes;
use http::Response;
use http_body_util::Full;

use crate::harness::{Backend, Gateway, Place, between, json};

pub(crate) fn said(body: String) -> Response<Full<Bytes>> {
    Response::builder().header("content-type", "application/json").body(Full::from(body)).unwrap()
}

const HEAD: &str = "openapi: 3.1.0\ninfo: { title: t, version: '1' }\n";

/// An API of two contracts and rules, with a backend of a version.
pub(crate) fn place(old: &str, new: &str, rules: &str, (backend, version): (&str, &str)) -> Place {
    let place = Place::new();
    place.write("schemas/t/v1.yaml", &format!("{HEAD}{old}"));
    place.write("schemas/t/v2.yaml", &format!("{HEAD}{new}"));
    place.write("mappings/t/v2.yaml", &format!("mapping: 1\napi: t\nfrom: v1\nto: v2\n{rules}"));
    let config = format!(
        "listen: 127.0.0.1:0\nadmin: 127.0.0.1:0\napis:\n  t:\n    prefix: /api\n    version: {{ from: [{{ header: X-V }}], default: v1 }}\n    backends: {{ one: {{ url: 'http://{backend}', version: {version} }} }}\n"
    );
    place.write("fishplate.yaml", &config);
    place
}

const OLD: &str = "
paths:
  /projects/{id}/star:
    delete: { responses: { '204': {} } }
  /projects/owned:
    get:
      parameters:
        - { in: query, name: page_size, schema: { type: integer } }
        - { in: cookie, name: lang, schema: { type: string } }
      responses: { '200': { content: { application/json: { schema: { type: array, items: { type: string } } } } } }
  /projects:
    get: { responses: { '200': { content: { application/json: { schema: { type: array, items: { type: string } } } } } } }
";
const NEW: &str = "
paths:
  /p/{project}/unstar:
    post: { responses: { '200': { headers: { X-Left: { schema: { type: integer } } } } } }
  /projects:
    get:
      parameters:
        - { in: query, name: owned, schema: { type: boolean } }
        - { in: query, name: limit, schema: { type: integer } }
        - { in: cookie, name: locale, schema: { type: string } }
      responses:
        '200':
          content:
            application/json:
              schema: { type: object, properties: { data: { type: array, items: { type: string } } } }
";
const RULES: &str = "
operations:
  DELETE /projects/{id}/star -> POST /p/{project}/unstar:
    response:
      fields: { status: { map: { 204: 200 } }, header.X-Remaining: header.X-Left }
  GET /projects/owned -> GET /projects:
    request:
      fields: { query.page_size: query.limit, cookie.lang: cookie.locale }
      added: { query.owned: true }
    response: { fields: { body: body.data } }
  GET /projects:
    response: { fields: { body: body.data } }
";

#[tokio::test]
async fn routes_that_moved_are_asked_where_they_are() {
    let backend = Backend::start(|asked| {
        let mut answer = json(r#"{"data":["a"]}"#);
        if asked.method == "POST" {
            answer = json("");
            answer.headers_mut().insert("x-left", http::HeaderValue::from_static("3"));
        }
        answer
    })
    .await;
    let place = place(OLD, NEW, RULES, (&backend.address, "v2"));
    let gateway = Gateway::start(&place.0);
    let answer = gateway.ask(gateway.get("/api/projects/a%2Fb/star").method("DELETE"), "").await;
    assert_eq!((answer.status.as_u16(), answer.text.as_str()), (204, ""));
    assert_eq!(answer.header("x-remaining"), Some("3"));
    assert_eq!(answer.header("x-left"), None);
    assert_eq!(
        (backend.last().method.as_str(), &*backend.last().path),
        ("POST", "/p/a%2Fb/unstar")
    );
    // What is encoded twice is decoded by nobody on the way.
    gateway.ask(gateway.get("/api/projects/a%252Fb%2e/star").method("DELETE"), "").await;
    assert_eq!(backend.last().path, "/p/a%252Fb%2e/unstar");
    // What no rule names keeps its bytes and its order.
    let own = gateway
        .get("/api/projects/owned?q=%7ex&page_size=2%30&z=a+b&q=2")
        .header("cookie", "a=1; lang=de")
        .header("cookie", "b=\"2\"");
    let answer = gateway.ask(own, "").await;
    assert_eq!((answer.status.as_u16(), answer.text.as_str()), (200, r#"["a"]"#));
    assert_eq!(backend.last().path, "/projects?q=%7ex&z=a+b&q=2&limit=2%30&owned=true");
    assert_eq!(backend.last().headers["cookie"], "a=1; b=\"2\"; locale=de");
    let twice = "/api/projects/owned?page_size=1&q=x&page%5Fsize=2";
    gateway.ask(gateway.get(twice), "").await;
    assert_eq!(backend.last().path, "/projects?q=x&limit=1&limit=2&owned=true");
    // The operation that has the name of the new one is another.
    gateway.ask(gateway.get("/api/projects?x=1"), "").await;
    assert_eq!(backend.last().path, "/projects?x=1");
    // A `HEAD` goes where its `GET` goes, and is answered without a body.
    let head = gateway.get("/api/projects/owned?page_size=5").method("HEAD");
    let answer = gateway.ask(head, "").await;
    assert_eq!((answer.status.as_u16(), answer.text.as_str()), (200, ""));
    let asked = backend.last();
    assert_eq!((asked.method.as_str(), &*asked.path), ("HEAD", "/projects?limit=5&owned=true"));
}

/// Names of queries with brackets, which stand several times: as they are, encoded, and renamed.
#[tokio::test]
async fn a_list_whose_name_has_brackets() {
    let backend = Backend::start(|_| json("")).await;
    let contract = |name: &str| {
        format!(
            "paths: {{ /o: {{ get: {{ parameters: [{{ in: query, name: '{name}', schema: {{ type: array, items: {{ type: integer }} }} }}], responses: {{ '200': {{}} }} }} }} }}"
        )
    };
    let rules = r"operations: { GET /o: { request: { fields: { 'query.iid\[\]': query.ids } } } }";
    let place = place(&contract("iid[]"), &contract("ids"), rules, (&backend.address, "v2"));
    let gateway = Gateway::start(&place.0);
    for (query, forwarded) in [
        ("iid[]=1&x[]=a&iid[]=2&x[]=b", "x[]=a&x[]=b&ids=1&ids=2"),
        ("iid%5B%5D=1&iid[]=2", "ids=1&ids=2"),
        ("iid[]=1", "ids=1"),
        ("iid=1&iid[0]=2", "iid=1&iid[0]=2"),
    ] {
        gateway.ask(gateway.get(&format!("/api/o?{query}")), "").await;
        assert_eq!(backend.last().path, format!("/o?{forwarded}"), "{query}");
    }
}

/// A number that is absent is not an empty text, and an empty text is not an absent number.
#[tokio::test]
async fn an_empty_text_in_a_query() {
    let backend = Backend::start(|asked| said(String::from_utf8_lossy(&asked.body).into())).await;
    let old = "paths: { /o: { post: { parameters: [{ in: query, name: n, schema: { type: integer } }, { in: query, name: s, schema: { type: string } }], responses: { '200': {} } } } }";
    let new = "paths: { /o: { post: { requestBody: { content: { application/json: { schema: { type: object, properties: { n: { type: integer }, s: { type: string } } } } } }, responses: { '200': {} } } } }";
    let rules =
        "operations: { POST /o: { request: { fields: { query.n: body.n, query.s: body.s } } } }";
    let up = place(old, new, rules, (&backend.address, "v2"));
    let gateway = Gateway::start(&up.0);
    for (query, body) in [
        ("?n=7&s=", r#"{"n":7,"s":""}"#),
        // What is no number is carried as the text that it is.
        ("?n=&s=0", r#"{"n":"","s":"0"}"#),
        ("?n&s", r#"{"n":"","s":""}"#),
        ("?n=123456789012345678901234", r#"{"n":123456789012345678901234}"#),
        ("?n=-0", r#"{"n":-0}"#),
        ("?n=1E400", r#"{"n":1E400}"#),
        ("?n=007&s=007", r#"{"n":"007","s":"007"}"#),
        ("?n=false", r#"{"n":"false"}"#),
        ("?x=1", ""),
    ] {
        let answer = gateway.ask(gateway.get(&format!("/api/o{query}")).method("POST"), "").await;
        assert_eq!(answer.status, 200, "{query} {answer:?}");
        assert_eq!(backend.last().body, body, "{query}");
    }
    let down = place(old, new, rules, (&backend.address, "v1"));
    let gateway = Gateway::start(&down.0);
    for (body, query) in [
        (r#"{"n":7,"s":""}"#, "?n=7&s="),
        (r#"{"s":"0"}"#, "?s=0"),
        (r#"{"n":0,"s":"null"}"#, "?n=0&s=null"),
        (r#"{"n":18446744073709551617}"#, "?n=18446744073709551617"),
        (r#"{"n":1.10}"#, "?n=1.10"),
        (r#"{"n":null,"s":null}"#, ""),
        ("{}", ""),
    ] {
        let request = gateway.get("/api/o").method("POST").header("x-v", "v2");
        let request = request.header("content-type", "application/json");
        let answer = gateway.ask(request, body).await;
        assert_eq!(answer.status, 200, "{body} {answer:?}");
        assert_eq!(backend.last().path, format!("/o{query}"), "{body}");
    }
}

#[tokio::test]
async fn of_several_operations_a_request_takes_the_one_whose_constants_it_has() {
    let backend = Backend::start(|asked| said(format!("[\"{}\"]", asked.path))).await;
    let place = place(OLD, NEW, RULES, (&backend.address, "v1"));
    let gateway = Gateway::start(&place.0);
    let ask = |path: &str| gateway.ask(gateway.get(path).header("x-v", "v2"), "");
    let answer = ask("/api/projects?owned=true&limit=5").await;
    assert_eq!(answer.text, r#"{"data":["/projects/owned?page_size=5"]}"#);
    let answer = ask("/api/projects?owned=false").await;
    assert_eq!(answer.text, r#"{"data":["/projects?owned=false"]}"#);
    let answer = ask("/api/projects").await;
    assert_eq!(answer.text, r#"{"data":["/projects"]}"#);
}

#[tokio::test]
async fn a_head_that_cannot_be_said_is_refused() {
    let backend = Backend::start(|_| json("{}")).await;
    let old = "paths: { /o: { get: { parameters: [{ in: query, name: a, schema: { type: string } }], responses: { '200': {} } } } }";
    let new = "paths: { '/o/{a}': { get: { responses: { '200': {} } } } }";
    let rules = "operations: { 'GET /o -> GET /o/{a}': { request: { fields: { query.a: path.a, query.b: header.X-B } } } }";
    let place = place(old, new, rules, (&backend.address, "v2"));
    let gateway = Gateway::start(&place.0);
    gateway.ask(gateway.get("/api/o?a=1%202&b=x"), "").await;
    assert_eq!(backend.last().path, "/o/1%202");
    assert_eq!(backend.last().headers["x-b"], "x");
    let before = backend.count();
    for query in ["", "?a=", "?a=.", "?a=..", "?a=%FF", "?a=1&b=x%0D%0AHost:+y"] {
        let answer = gateway.ask(gateway.get(&format!("/api/o{query}")), "").await;
        assert_eq!(answer.status, 400, "{query} {answer:?}");
        assert_eq!(between(&answer.text, "\"type\":\"", "\""), "urn:fishplate:malformed-head");
        // What cannot be read is named as it came.
        assert_eq!(answer.text.contains("(as version v2 has it)"), query != "?a=%FF", "{answer:?}");
        // What cannot be said is, too.
        let name = if query.contains("&b=") { "query.b" } else { "query.a" };
        assert!(answer.text.contains(&format!("`{name}`")), "{query} {answer:?}");
    }
    assert_eq!(backend.count(), before);
    // What separates segments does not do so once it is a value.
    gateway.ask(gateway.get("/api/o?a=x%2Fy"), "").await;
    assert_eq!(backend.last().path, "/o/x%2Fy");
}

/// What the client is told is in its own terms; the log has those of the backend.
#[tokio::test]
async fn what_cannot_be_read_of_an_answer_is_named_as_the_client_has_it() {
    let backend = Backend::start(|asked| {
        let mut answer = json(r#"{"ok":true}"#);
        let field = http::HeaderName::try_from(asked.path.trim_start_matches("/o/")).unwrap();
        answer.headers_mut().insert(field, http::HeaderValue::from_bytes(b"\xff").unwrap());
        answer
    })
    .await;
    let schema =
        "schema: { type: object, properties: { ok: { type: boolean }, count: { type: string } } }";
    let contract = format!(
        "paths: {{ '/o/{{kind}}': {{ get: {{ responses: {{ '200': {{ content: {{ application/json: {{ {schema} }} }} }} }} }} }} }}"
    );
    let rules = "operations: { 'GET /o/{kind}': { response: {
      fields: { header.X-Count: header.X-Total, body.count: header.X-Sum, header.X-Same: { map: { a: b } } },
      added: { header.X-New: 1 } } } }";
    let place = place(&contract, &contract, rules, (&backend.address, "v2"));
    let gateway = Gateway::start(&place.0);
    for (field, called) in [
        ("x-total", Some("`header.x-count`")),
        ("x-sum", Some("`body.count`")),
        ("x-same", Some("`header.x-same`")),
        ("x-new", None),
    ] {
        let answer = gateway.ask(gateway.get(&format!("/api/o/{field}")), "").await;
        assert_eq!(answer.status, 502, "{field} {answer:?}");
        assert_eq!(between(&answer.text, "\"type\":\"", "\""), "urn:fishplate:malformed-head");
        assert!(called.is_none_or(|called| answer.text.contains(called)), "{answer:?}");
        assert!(field == "x-same" || !answer.text.contains(field), "{answer:?}");
        assert!(answer.text.contains("no text in UTF-8"), "{answer:?}");
        gateway.line(&format!("the backend's answer: `header.{field}` is no text in UTF-8"));
    }
}

#[tokio::test]
async fn bodies_become_queries_and_queries_bodies() {
    let backend = Backend::start(|asked| said(format!("{{\"found\":{}}}", asked.body.len()))).await;
    let answers = "responses: { '200': { content: { application/json: { schema: { type: object, properties: { found: { type: integer } } } } } } }";
    let old = format!(
        "paths: {{ /search: {{ get: {{ parameters: [{{ in: query, name: q, schema: {{ type: string }} }}, {{ in: query, name: max, schema: {{ type: integer }} }}], {answers} }} }} }}"
    );
    let new = format!(
        "paths: {{ /search: {{ post: {{ requestBody: {{ content: {{ application/json: {{ schema: {{ type: object, properties: {{ text: {{ type: string }}, size: {{ type: integer }} }} }} }} }} }}, {answers} }} }} }}"
    );
    let rules = "operations: { GET /search -> POST /search: { request: { fields: { query.q: body.text, query.max: body.size } } } }";
    let place = place(&old, &new, rules, (&backend.address, "v2"));
    let gateway = Gateway::start(&place.0);
    let answer = gateway.ask(gateway.get("/api/search?q=a%22b&max=5&x=1"), "").await;
    assert_eq!(answer.status, 200, "{answer:?}");
    let last = backend.last();
    assert_eq!((last.method.as_str(), &*last.path), ("POST", "/search?x=1"));
    assert_eq!(last.body, r#"{"text":"a\"b","size":5}"#);
    assert_eq!(last.headers["content-type"], "application/json");
    assert_eq!(last.headers["content-length"], last.body.len().to_string());
}

#[tokio::test]
async fn targets_of_answers_are_those_of_the_clients_version() {
    let backend = Backend::start(|_| {
        let mut answer = json(r#"{"data":[]}"#);
        let headers = answer.headers_mut();
        for (name, value) in [
            ("location", "/projects?owned=true&limit=5&x=%7e#end"),
            ("content-location", "/p/7/unstar"),
            ("link", "</projects?limit=2>; rel=\"next\", <http://elsewhere/p/7/unstar>; rel=up"),
        ] {
            headers.insert(name, http::HeaderValue::from_static(value));
        }
        answer
    })
    .await;
    let place = place(OLD, NEW, RULES, (&backend.address, "v2"));
    let gateway = Gateway::start(&place.0);
    let answer = gateway.ask(gateway.get("/api/projects"), "").await;
    assert_eq!(answer.header("location"), Some("/api/projects/owned?x=%7e&page_size=5#end"));
    assert_eq!(answer.header("content-location"), Some("/api/projects/7/star"));
    assert_eq!(
        answer.header("link"),
        Some("</api/projects?limit=2>; rel=\"next\", <http://elsewhere/p/7/unstar>; rel=up")
    );
}

#[tokio::test]
async fn errors_of_the_gateway_are_those_of_the_clients_version() {
    let backend = Backend::start(|_| json("{}")).await;
    let contract = |path: &str, error: &str| {
        format!(
            "paths: {{ {path}: {{ post: {{ requestBody: {{ content: {{ application/json: {{ schema: {{ type: object, properties: {{ n: {{ type: integer }} }} }} }} }} }}, \
             responses: {{ '200': {{}}, default: {{ content: {{ application/json: {{ schema: {{ type: object, properties: {{ {error} }} }} }} }} }} }} }} }} }}"
        )
    };
    let old = contract("/o", "message: { type: string }, code: { type: integer }");
    let new = contract(
        "/p",
        "error: { type: object, properties: { detail: { type: string }, status: { type: integer } } }",
    );
    let rules = "operations: { POST /o -> POST /p: { request: { fields: { body.n: { map: { 1: 2 }, else: refuse } } } } }
errors: { fields: { body.message: body.error.detail, body.code: body.error.status } }";
    let place = place(&old, &new, rules, (&backend.address, "v2"));
    let config = std::fs::read_to_string(place.0.join("fishplate.yaml")).unwrap();
    let config = format!("limits: {{ body: 1KiB }}\n{config}");
    let shape =
        "    error: { body: { error: { detail: '{type}: {detail}', status: '{status}' } } }\n";
    place.write("fishplate.yaml", &(config + shape));
    let gateway = Gateway::start(&place.0);
    let ask = |path: &str, version: &str, body: &'static str| {
        let request = gateway.get(path).method("POST").header("x-v", version.to_owned());
        gateway.ask(request.header("content-type", "application/json"), body)
    };
    let answer = ask("/api/o", "v1", "{").await;
    let text = r#"{"code":400,"message":"malformed-document: malformed document: unexpected end at byte 1"}"#;
    assert_eq!((answer.status.as_u16(), answer.text.as_str()), (400, text));
    assert_eq!(answer.header("content-type"), Some("application/json"));
    let answer = ask("/api/o", "v1", r#"{"n":7}"#).await;
    assert_eq!(between(&answer.text, "\"code\":", ","), "422");
    // The place is where the client has it.
    assert!(answer.text.contains("refuses /n: "), "{answer:?}");
    // Of an operation that is not there it is said as of any.
    let answer = ask("/api/nowhere", "v1", "{}").await;
    assert_eq!(
        answer.text,
        r#"{"code":404,"message":"no-operation: version v1 has no such operation"}"#
    );
    let answer = ask("/api/nowhere", "v2", "{}").await;
    let text =
        r#"{"error":{"detail":"no-operation: version v2 has no such operation","status":404}}"#;
    assert_eq!(answer.text, text);
    // So are those of what a body is, and what it is said to be; texts are escaped.
    let wrong = gateway.get("/api/o").method("POST").header("content-type", "text/x; a=\"b\\\\\"");
    let answer = gateway.ask(wrong, "{}").await;
    let read: serde_json::Value = serde_json::from_str(&answer.text).unwrap();
    assert_eq!((&read["code"], read.as_object().unwrap().len()), (&415.into(), 2), "{answer:?}");
    assert!(read["message"].as_str().unwrap().contains(r#"`text/x; a="b\\"`"#), "{answer:?}");
    let large = format!("{{\"n\":{}}}", "1".repeat(2000));
    let answer = ask("/api/o", "v1", large.leak()).await;
    assert!(answer.text.starts_with(r#"{"code":413,"message":"body-too-large: "#), "{answer:?}");
    let answer = gateway.ask(gateway.get("/api/o"), "").await;
    assert!(answer.text.starts_with(r#"{"code":405,"message":"no-method: "#), "{answer:?}");
    assert_eq!(answer.header("allow"), Some("POST, OPTIONS"));
    // Before a version is known it is the default one; before an API is, none.
    let answer = ask("/api/o", "v9", "{}").await;
    assert!(answer.text.contains(r#","message":"unknown-version: "#), "{answer:?}");
    let answer = ask("/elsewhere", "v1", "{}").await;
    assert_eq!(answer.header("content-type"), Some("application/problem+json"));
    // What came from the backend is its own.
    assert_eq!(ask("/api/o", "v1", r#"{"n":1}"#).await.status, 200);
}

#[tokio::test]
async fn a_parameter_that_one_contract_describes_is_written_as_that_has_it() {
    let backend = Backend::start(|_| json("[]")).await;
    let old = "
paths:
  /o:
    get:
      parameters:
        - { in: query, name: ids, explode: false, schema: { type: array, items: { type: integer } } }
        - in: query
          name: where
          content: { application/json: { schema: { type: object, properties: { n: { type: integer } } } } }
      responses: { '200': {} }
";
    let new = "
paths:
  /o:
    get:
      parameters: [{ in: query, name: n, schema: { type: integer } }]
      responses: { '200': {} }
";
    let rules = "operations: { GET /o: { request: { fields: { query.where.n: query.n } } } }\n";
    let place = place(old, new, rules, (&backend.address, "v2"));
    let gateway = Gateway::start(&place.0);
    let answer = gateway.ask(gateway.get("/api/o?ids=1,2&where=%7B%22n%22%3A5%7D&x=1"), "").await;
    assert_eq!(answer.status.as_u16(), 200, "{}", answer.text);
    assert_eq!(backend.last().path, "/o?ids=1,2&x=1&where=%7B%7D&n=5");
    gateway.ask(gateway.get("/api/o?where=%7B%22n%22%3A5%2C%22m%22%3A%5B1%5D%7D"), "").await;
    assert_eq!(backend.last().path, "/o?where=%7B%22m%22:%5B1%5D%7D&n=5");
}

const TICKETS: &str = "paths:
  /open: { get: { responses: { '200': {} } } }
  /closed: { get: { responses: { '200': {} } } }
";

#[tokio::test]
async fn a_request_that_shows_of_no_operation_that_it_is_one_is_counted_or_refused() {
    let backend = Backend::start(|_| json("{}")).await;
    let new = "paths: { /tickets: { get: { responses: { '200': {} } } } }";
    let rules = |open: &str| {
        format!(
            "operations:\n  GET /open -> GET /tickets: {{ request: {{ added: {{ query.state: {open} }} }} }}\n  GET /closed -> GET /tickets: {{ request: {{ added: {{ query.state: closed }} }} }}\n"
        )
    };
    let counted = place(TICKETS, new, &rules("open"), (&backend.address, "v1"));
    let gateway = Gateway::start(&counted.0);
    let ask = |path: &str| gateway.ask(gateway.get(path).header("x-v", "v2"), "");
    for (query, path, losses) in [
        ("?state=closed", "/closed", ""),
        ("?state=open&x=1", "/open?x=1", ""),
        (
            "?x=1",
            "/open?x=1",
            "{\"rule\":\"operations.GET /open -> GET /tickets.request.added.query.state of v2\",\"kind\":\"narrowed\",\"count\":1}",
        ),
    ] {
        assert_eq!(ask(&format!("/api/tickets{query}")).await.status, 200);
        assert_eq!(backend.last().path, path);
        let line = gateway.line("\"target\":\"access\"");
        let count = if losses.is_empty() { "0" } else { "1" };
        assert_eq!(between(&line, "\"losses\":", ","), count, "{line}");
        assert!(line.replace('\\', "").contains(losses), "{line}");
    }
    let refusing = rules("{ $const: open, loses: refuse, why: all tickets are too many }");
    let refusing = place(TICKETS, new, &refusing, (&backend.address, "v1"));
    let gateway = Gateway::start(&refusing.0);
    let ask = |path: &str| gateway.ask(gateway.get(path).header("x-v", "v2"), "");
    let before = backend.count();
    let answer = ask("/api/tickets?x=1").await;
    assert_eq!(answer.status, 422);
    assert_eq!(
        between(&answer.text, "\"detail\":\"", "\"}"),
        "operations.GET /open -> GET /tickets.request.added.query.state of v2 refuses /query/state: narrowed; why: all tickets are too many"
    );
    assert_eq!(gateway.outcome(), "refused_request");
    assert_eq!(backend.count(), before);
    assert_eq!(ask("/api/tickets?state=closed").await.status, 200);
}

#[tokio::test]
async fn a_success_that_no_version_lists_is_not_read_as_an_error() {
    let backend = Backend::start(|asked| {
        let status = asked.headers["x-status"].to_str().unwrap().parse::<u16>().unwrap();
        let mut answer = json(r#"{"detail":"d","message":"m"}"#);
        *answer.status_mut() = http::StatusCode::from_u16(status).unwrap();
        answer
    })
    .await;
    let contract = |error: &str, success: &str| {
        let of = |name: &str| {
            format!(
                "{{ content: {{ application/json: {{ schema: {{ type: object, properties: {{ {name}: {{ type: string }} }} }} }} }} }}"
            )
        };
        format!(
            "paths: {{ /o: {{ get: {{ responses: {{ '{success}': {}, default: {} }} }} }} }}",
            of("id"),
            of(error)
        )
    };
    let rules = "errors: { fields: { body.message: body.detail } }";
    let (old, new) = (contract("message", "201"), contract("detail", "201"));
    let same = place(&old, &new, rules, (&backend.address, "v2"));
    let gateway = Gateway::start(&same.0);
    let ask =
        |status: &'static str| gateway.ask(gateway.get("/api/o").header("x-status", status), "");
    for status in ["200", "202"] {
        let answer = ask(status).await;
        assert_eq!(answer.text, r#"{"detail":"d","message":"m"}"#, "{status}");
        assert_eq!(gateway.outcome(), "passed");
    }
    assert_eq!(ask("400").await.text, r#"{"message":"d"}"#);
    let moved = place(&contract("message", "200"), &new, rules, (&backend.address, "v2"));
    let gateway = Gateway::start(&moved.0);
    let answer = gateway.ask(gateway.get("/api/o").header("x-status", "201"), "").await;
    assert_eq!((answer.status.as_u16(), gateway.outcome().as_str()), (502, "refused_answer"));
}
