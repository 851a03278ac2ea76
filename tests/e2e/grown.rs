//! Heads that rules make of bodies: what they may hold, how it is written, and how large they may become.

use crate::harness::{Backend, Gateway, between, json};
use crate::messages::{place, said};

const OLD: &str = "
paths:
  /a:
    post:
      requestBody: { content: { application/json: { schema: { type: object, properties: {
        l: { type: array, items: { type: string } }, s: { type: string }, m: { type: array, items: { type: string } },
        o: { type: object, additionalProperties: {} }, p: { type: array, items: { type: string } },
        c: { type: string }, pid: { type: string } } } } } }
      responses: { '200': { content: { application/json: { schema: { type: object, properties: {
        s: { type: string } } } } } } }
";
const NEW: &str = "
paths:
  /b/{pid}:
    post:
      parameters:
        - { in: path, name: pid, required: true, schema: { type: string } }
        - { in: header, name: X-L, schema: { type: array, items: { type: string } } }
        - { in: header, name: X-S, schema: { type: string } }
        - { in: query, name: 'o[]', style: deepObject, explode: true, schema: { type: object, additionalProperties: {} } }
        - { in: query, name: p, style: pipeDelimited, explode: false, schema: { type: array, items: { type: string } } }
        - { in: cookie, name: c, schema: { type: string } }
      responses: { '200': { content: { application/json: { schema: { type: object, properties: {
        s: { type: string } } } } } } }
";
const RULES: &str = "
operations:
  POST /a -> POST /b/{pid}:
    request:
      fields: { body.l: header.X-L, body.s: header.X-S, body.m: header.X-M, body.o: 'query[\"o[]\"]', body.p: query.p,
        body.c: cookie.c, body.pid: path.pid }
    response: { fields: { header.X-Answer: body.s } }
";

async fn post(gateway: &Gateway, body: &str) -> crate::harness::Answer {
    let request = gateway.get("/api/a").method("POST");
    gateway.ask(request.header("content-type", "application/json"), body).await
}

/// Who reads a field takes white space off its ends, in a list and outside of one.
#[tokio::test]
async fn white_space_at_the_ends_of_a_field_is_not_lost_unsaid() {
    let backend = Backend::start(|_| json("{}")).await;
    let place = place(OLD, NEW, RULES, (&backend.address, "v2"));
    let gateway = Gateway::start(&place.0);
    for (body, name) in [
        (r#""s":" a""#, "s"),
        (r#""s":"a ""#, "s"),
        (r#""s":"\t""#, "s"),
        (r#""l":["a"," b"]"#, "l"),
        (r#""m":["a","b "]"#, "m"),
    ] {
        let answer = post(&gateway, &format!(r#"{{"pid":"x",{body}}}"#)).await;
        assert_eq!(answer.status, 400, "{body} {answer:?}");
        assert_eq!(between(&answer.text, "\"type\":\"", "\""), "urn:fishplate:malformed-head");
        let said = format!("`body.{name}` cannot go on");
        assert!(answer.text.contains(&said) && answer.text.contains("white space"), "{answer:?}");
    }
    assert_eq!(backend.count(), 0);
    // What is encoded keeps it, and within a text nobody minds.
    let body = r#"{"pid":" x ","s":"a  b","c":" c ","l":["a b",""]}"#;
    assert_eq!(post(&gateway, body).await.status, 200);
    let asked = backend.last();
    assert_eq!(asked.path, "/b/%20x%20");
    assert_eq!(
        (&asked.headers["x-s"], &asked.headers["cookie"]),
        (&"a  b".parse().unwrap(), &"c=%20c%20".parse().unwrap())
    );
    assert_eq!(asked.headers["x-l"], "a b,");
    // The same in an answer.
    let backend = Backend::start(|_| said(r#"{"s":" a"}"#.into())).await;
    let place = crate::messages::place(OLD, NEW, RULES, (&backend.address, "v2"));
    let gateway = Gateway::start(&place.0);
    let answer = post(&gateway, r#"{"pid":"x"}"#).await;
    assert_eq!(answer.status, 502);
    assert!(answer.text.contains("white space"), "{answer:?}");
}

/// No query has brackets or bars as they are (RFC 3986, 3.4).
#[tokio::test]
async fn what_is_written_into_a_query_is_a_query() {
    let backend = Backend::start(|_| json("{}")).await;
    let place = place(OLD, NEW, RULES, (&backend.address, "v2"));
    let gateway = Gateway::start(&place.0);
    let body = r#"{"o":{"a":"1","é [":["2","|"]},"p":["a","b]"],"pid":"x"}"#;
    let answer = post(&gateway, body).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    let query = "o%5B%5D%5Ba%5D=1&o%5B%5D%5B%C3%A9%20%5B%5D%5B%5D=2&o%5B%5D%5B%C3%A9%20%5B%5D%5B%5D=%7C&p=a%7Cb%5D";
    assert_eq!(backend.last().path, format!("/b/x?{query}"));
    // It is read again as it was, and what came so keeps its bytes.
    let backend = Backend::start(|_| json("{}")).await;
    let back = crate::messages::place(OLD, NEW, RULES, (&backend.address, "v1"));
    let gateway = Gateway::start(&back.0);
    for query in [query, &query.replace("%5B", "[").replace("%5D", "]").replace("%7Cb", "|b")] {
        let request = gateway.get(&format!("/api/b/x?z[]=1|2&{query}")).method("POST");
        let answer = gateway.ask(request.header("x-v", "v2"), "").await;
        assert_eq!(answer.status, 200, "{answer:?}");
        let asked = backend.last();
        assert_eq!((&*asked.path, &asked.body[..]), ("/a?z[]=1|2", body.as_bytes()));
    }
}

/// A head that goes out is no larger than one that may come in.
#[tokio::test]
async fn a_head_that_is_made_is_as_large_as_one_that_may_come() {
    let backend = Backend::start(|_| json("{}")).await;
    let place = place(OLD, NEW, RULES, (&backend.address, "v2"));
    let gateway = Gateway::start(&place.0);
    let long = |bytes: usize| "a".repeat(bytes);
    let list = |count: usize| format!("[{}]", vec!["\"a\""; count].join(","));
    let mut refused = 0;
    for (body, told) in [
        (format!(r#""s":"{}""#, long(60_000)), None),
        (format!(r#""s":"{}""#, long(66_000)), Some(("s", "header.x-s", "65536 bytes"))),
        (format!(r#""s":"{}""#, long(1_000_000)), Some(("s", "header.x-s", "65536 bytes"))),
        (format!(r#""l":{}"#, list(20_000)), None),
        (format!(r#""l":{}"#, list(40_000)), Some(("l", "header.x-l", "65536 bytes"))),
        (format!(r#""m":{}"#, list(90)), None),
        (format!(r#""m":{}"#, list(100)), Some(("m", "header.x-m", "100 headers"))),
        // More than any table of headers holds.
        (format!(r#""m":{}"#, list(40_000)), Some(("m", "header.x-m", "100 headers"))),
        (format!(r#""c":"{}""#, long(66_000)), Some(("c", "cookie.c", "65536 bytes"))),
        (format!(r#""o":{{"k":"{}"}}"#, long(66_000)), Some(("o", "query.o[]", "65536 bytes"))),
        (
            format!(r#""s":"{}","o":{{"k":"{}"}}"#, long(30_000), long(40_000)),
            Some(("o", "query.o[]", "65536 bytes")),
        ),
    ] {
        let answer = post(&gateway, &format!(r#"{{"pid":"x",{body}}}"#)).await;
        let Some((name, place, limit)) = told else {
            assert_eq!(answer.status, 200, "{answer:?}");
            continue;
        };
        refused += 1;
        assert_eq!(answer.status, 400, "{name} {answer:?}");
        assert_eq!(between(&answer.text, "\"type\":\"", "\""), "urn:fishplate:malformed-head");
        for said in [&format!("`body.{name}` cannot go on"), place, limit] {
            assert!(answer.text.contains(said), "{said} {answer:?}");
        }
    }
    let answer = post(&gateway, &format!(r#"{{"pid":"{}"}}"#, long(66_000))).await;
    assert_eq!(answer.status, 400);
    assert!(answer.text.contains("`path.pid` would make the head larger"), "{answer:?}");
    let metrics = gateway.operator("GET", "/metrics").await.text;
    let hits = format!("fishplate_limit_hits_total{{limit=\"head\"}} {}", refused + 1);
    assert!(metrics.contains(&hits), "{metrics}");
    // What came as large as it may be goes on, with what the gateway says of itself.
    let mut request =
        gateway.get("/api/a").method("POST").header("content-type", "application/json");
    for n in 0..90 {
        request = request.header(format!("x-{n}"), "1");
    }
    assert_eq!(gateway.ask(request, r#"{"pid":"x","s":"a"}"#).await.status, 200);
    // The same in an answer.
    let body = format!(r#"{{"s":"{}"}}"#, long(70_000));
    let backend = Backend::start(move |_| said(body.clone())).await;
    let place = crate::messages::place(OLD, NEW, RULES, (&backend.address, "v2"));
    let gateway = Gateway::start(&place.0);
    let answer = post(&gateway, r#"{"pid":"x"}"#).await;
    assert_eq!(answer.status, 502);
    let said = "`header.x-answer` would make the head larger than 65536 bytes";
    assert!(answer.text.contains(said), "{answer:?}");
}

/// Where no text of the head has grown it is the path that has.
#[tokio::test]
async fn a_path_may_be_too_long_by_its_template() {
    let of = |path: &str| {
        let id = "parameters: [{ in: path, name: id, required: true, schema: { type: string } }]";
        format!("paths: {{ '{path}/{{id}}': {{ get: {{ {id}, responses: {{ '204': {{}} }} }} }} }}")
    };
    let long = format!("/{}", "orders".repeat(200));
    let rules = format!("operations: {{ 'GET /o/{{id}} -> GET {long}/{{id}}': {{}} }}");
    let backend = Backend::start(|_| json("{}")).await;
    let place = place(&of("/o"), &of(&long), &rules, (&backend.address, "v2"));
    let gateway = Gateway::start(&place.0);
    let path = format!("/api/o/{}", "a".repeat(65_000));
    let answer = gateway.ask(gateway.get(&path), "").await;
    assert_eq!((answer.status.as_u16(), backend.count()), (400, 0), "{answer:?}");
    let told = "\"detail\":\"the path would make the head larger than 65536 bytes (as version v2 has it)\"}";
    assert!(answer.text.ends_with(told), "{answer:?}");
}
