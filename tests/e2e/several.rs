//! Operations that became one, of which the body tells which a request was.

use bytes::Bytes;
use fishplate::message::Head;
use fishplate::snapshot::{Seen, SeenBody, Way};
use fishplate::translate::Limits;
use http::Method;
use http_body_util::Full;

use crate::coded::gzip;
use crate::generations::open;
use crate::harness::{Backend, Gateway, between, wire};
use crate::messages::{place, said};

const KINDS: &str = "
paths:
  /cats: { post: { requestBody: { content: { application/json: { schema: { type: object, properties: { lives: { type: integer } } } } } }, responses: { '200': { content: { application/json: { schema: { type: object, properties: { cat: { type: string } } } } } } } } }
  /dogs: { post: { requestBody: { content: { application/json: { schema: { type: object, properties: { bones: { type: integer } } } } } }, responses: { '200': { content: { application/json: { schema: { type: object, properties: { dog: { type: string } } } } } } } } }
  /pets: { post: { requestBody: { content: { application/json: { schema: { type: object, properties: { n: { type: integer } } } } } }, responses: { '200': { content: { application/json: { schema: { type: object, properties: { pet: { type: string } } } } } } } } }
";
const PETS: &str = "
paths:
  /pets:
    post:
      requestBody: { content: { application/json: { schema: { type: object, properties: { n: { type: integer }, is: { type: object, properties: { kind: { type: string }, wild: { type: boolean } } } } } } } }
      responses: { '200': { content: { application/json: { schema: { type: object, properties: { name: { type: string } } } } } } }
";
const TOLD: &str = "
operations:
  POST /cats -> POST /pets:
    request: { fields: { body.lives: body.n }, added: { body.is.wild: true, body.is.kind: cat } }
    response: { fields: { body.cat: body.name } }
  POST /dogs -> POST /pets:
    request: { fields: { body.bones: body.n }, added: { body.is.kind: dog } }
    response: { fields: { body.dog: body.name } }
  POST /pets:
    response: { fields: { body.pet: body.name } }
";

/// Of several operations that became one, the body tells which a request was; its answer goes back so.
#[tokio::test]
async fn the_body_tells_which_of_several_operations_it_is() {
    let backend = Backend::start(|asked| {
        let name = asked.path.trim_matches(['/', 's']).to_owned();
        said(format!("{{\"{name}\":\"x\"}}"))
    })
    .await;
    let place = place(KINDS, PETS, TOLD, (&backend.address, "v1"));
    let gateway = Gateway::start(&place.0);
    let post = async |body: &str| {
        let request = gateway.get("/api/pets").method("POST").header("x-v", "v2");
        gateway.ask(request.header("content-type", "application/json"), body).await
    };
    for (body, path, there) in [
        (r#"{"n":9,"is":{"kind":"cat","wild":true}}"#, "/cats", r#"{"lives":9}"#),
        (r#"{"is":{"x":[{"kind":"dog"}],"\u006bind":"cat","wild":true},"n":9}"#, "/cats", ""),
        (r#"{"n":9,"is":{"kind":"dog"}}"#, "/dogs", r#"{"bones":9}"#),
        (r#"{"n":9,"is":{"kind":"emu"}}"#, "/pets", ""),
        (r#"{"n":9}"#, "/pets", r#"{"n":9}"#),
    ] {
        let answer = post(body).await;
        assert_eq!(answer.text, r#"{"name":"x"}"#, "{body} {answer:?}");
        let asked = backend.last();
        assert_eq!(asked.path, path, "{body}");
        if !there.is_empty() {
            assert_eq!(asked.body, there, "{body}");
            assert_eq!(asked.headers["content-length"], there.len().to_string());
        }
    }
    // Without a body, or with one that is none, the one of its own name is as good as any.
    let empty = gateway.get("/api/pets").method("POST").header("x-v", "v2");
    assert_eq!(gateway.ask(empty, "").await.status, 200);
    assert_eq!(backend.last().path, "/pets");
    assert_eq!(post("{\"is\":{\"kind\":\"dog\"}").await.status, 400);
    // What is read goes on as plain text.
    let zipped = gzip(br#"{"is":{"kind":"emu"}}"#);
    let request = gateway.get("/api/pets").method("POST").header("x-v", "v2");
    let request = request.header("content-type", "application/json");
    let request = request.header("content-encoding", "gzip").body(Full::from(zipped)).unwrap();
    let client = hyper_util::client::legacy::Client::builder(hyper_util::rt::TokioExecutor::new())
        .build_http::<Full<Bytes>>();
    assert_eq!(client.request(request).await.unwrap().status(), 200);
    let asked = backend.last();
    assert_eq!((&*asked.path, &asked.body[..]), ("/pets", &br#"{"is":{"kind":"emu"}}"#[..]));
    assert_eq!(asked.headers["content-length"], "21");
    assert!(!asked.headers.contains_key("content-encoding"));
    // What cannot be read tells nothing.
    let coded = gateway.get("/api/pets").method("POST").header("x-v", "v2");
    let coded = coded.header("content-type", "application/json; charset=utf-7");
    let body = r#"{"is":{"kind":"dog"}}"#;
    assert_eq!(gateway.ask(coded, body).await.status, 200);
    assert_eq!((&*backend.last().path, &backend.last().body[..]), ("/pets", body.as_bytes()));
}

/// What tells which of several operations a request is one of is made once, and not where nobody may wait.
#[test]
fn what_tells_operations_apart_is_made_where_one_may_wait() {
    let place = place(KINDS, PETS, TOLD, ("127.0.0.1:9", "v1"));
    let store = open(&place);
    let snapshot = store.current();
    let (api, way) = (&snapshot.apis[0], Way { from: 1, to: 0 });
    let route = api.route(way.from, &Method::POST, "/pets").unwrap();
    let body = SeenBody::Read(br#"{"is":{"kind":"dog"}}"#);
    let seen = Seen { head: &Head::default, body, limits: Limits::default() };
    assert!(api.pairs_if_made(&route, way, &seen).is_none());
    // To count what is made makes nothing.
    assert_eq!((api.programs().reachable, api.programs().made), (1, 0));
    assert!(api.pairs_if_made(&route, way, &seen).is_none());
    let picked = api.pairs(&route, way, &seen).unwrap();
    assert_eq!(api.pairs_if_made(&route, way, &seen).unwrap().unwrap().pairs, picked.pairs);
    let other = Seen { body: SeenBody::Read(b"{}"), ..seen };
    assert_ne!(api.pairs_if_made(&route, way, &other).unwrap().unwrap().pairs, picked.pairs);
}

/// What none of several is, is refused where a rule says so, and counted where none does: once the body is
/// known.
#[tokio::test]
async fn a_body_that_is_none_of_several_operations() {
    let backend = Backend::start(|_| said(String::from(r#"{"cat":"x"}"#))).await;
    let rules = TOLD.split("  POST /pets:").next().unwrap();
    let old = KINDS.lines().filter(|line| !line.contains("/pets")).collect::<Vec<_>>().join("\n");
    let refused =
        rules.replace("body.is.wild: true", "body.is.wild: { $const: true, loses: refuse }");
    for (rules, status) in [(rules, 200), (&refused, 422)] {
        let place = place(&old, PETS, rules, (&backend.address, "v1"));
        let gateway = Gateway::start(&place.0);
        for (body, status) in
            [(r#"{"n":9,"is":{"kind":"emu"}}"#, status), (r#"{"n":9,"is":{"kind":"dog"}}"#, 200)]
        {
            let request = gateway.get("/api/pets").method("POST").header("x-v", "v2");
            let request = request.header("content-type", "application/json");
            let answer = gateway.ask(request, body).await;
            assert_eq!(answer.status.as_u16(), status, "{body} {answer:?}");
            let line = gateway.line("\"target\":\"access\"");
            let guessed = line.contains("\"kind\":\"narrowed\"");
            assert_eq!(guessed, status == 200 && body.contains("emu"), "{line}");
        }
        // None at all has no constants either, however its end is told.
        for end in ["content-length: 0\r\n\r\n", "transfer-encoding: chunked\r\n\r\n0\r\n\r\n"] {
            let head = "POST /api/pets HTTP/1.1\r\nhost: x\r\nx-v: v2\r\nconnection: close\r\n";
            let kind = "content-type: application/json\r\n";
            let answer = wire(&gateway.listen, &format!("{head}{kind}{end}")).await;
            assert!(answer.starts_with(&format!("HTTP/1.1 {status}")), "{end} {answer}");
            let line = gateway.line("\"target\":\"access\"");
            assert_eq!(line.contains("\"kind\":\"narrowed\""), status == 200, "{end} {line}");
        }
    }
}

/// A constant that is the whole body tells by its members, as each by itself does.
#[tokio::test]
async fn the_members_of_a_constant_body_tell() {
    let backend =
        Backend::start(|asked| said(format!("{{\"{}\":\"x\"}}", &asked.path[1..4]))).await;
    let card = "{ content: { application/json: { schema: { type: object, properties: { number: { type: string } } } } } }";
    let paid = "{ content: { application/json: { schema: { type: object, properties: { kind: { type: string }, number: { type: string } } } } } }";
    let old = format!(
        "paths: {{ /cards: {{ post: {{ requestBody: {card}, responses: {{}} }} }}, /cash: {{ post: {{ responses: {{}} }} }} }}"
    );
    let new =
        format!("paths: {{ /payments: {{ post: {{ requestBody: {paid}, responses: {{}} }} }} }}");
    let rules = "
operations:
  POST /cards -> POST /payments:
    request: { fields: { body.number: body.number }, added: { body.kind: { $const: card, loses: refuse } } }
  POST /cash -> POST /payments:
    request: { added: { body: { kind: cash } } }
";
    let place = place(&old, &new, rules, (&backend.address, "v1"));
    let gateway = Gateway::start(&place.0);
    for (body, path) in [
        (r#"{"kind":"card","number":"7"}"#, Some("/cards")),
        (r#"{"kind":"cash"}"#, Some("/cash")),
        (r#"{"kind":"gold"}"#, None),
        ("{}", None),
    ] {
        let count = backend.count();
        let request = gateway.get("/api/payments").method("POST").header("x-v", "v2");
        let request = request.header("content-type", "application/json");
        let answer = gateway.ask(request, body).await;
        match path {
            Some(path) => assert_eq!(backend.last().path, path, "{body} {answer:?}"),
            None => assert_eq!((answer.status.as_u16(), backend.count()), (422, count), "{body}"),
        }
    }
}

/// What is read to know the operation is as deep as the limits let it be, is counted as it came, and has no
/// trailers any more.
#[tokio::test]
async fn a_body_that_is_read_to_know_its_operation() {
    let backend = Backend::start(|asked| {
        let name = asked.path.trim_matches(['/', 's']).to_owned();
        said(format!("{{\"{name}\":\"x\"}}"))
    })
    .await;
    let place = place(KINDS, PETS, TOLD, (&backend.address, "v1"));
    let limits = "listen: 127.0.0.1:0\nlimits: { depth: 250 }";
    let config = std::fs::read_to_string(place.0.join("fishplate.yaml")).unwrap();
    place.write("fishplate.yaml", &config.replacen("listen: 127.0.0.1:0", limits, 1));
    let gateway = Gateway::start(&place.0);
    let deep =
        format!(r#"{{"deep":{}{},"is":{{"kind":"dog"}},"n":9}}"#, "[".repeat(200), "]".repeat(200));
    let request = gateway.get("/api/pets").method("POST").header("x-v", "v2");
    let answer = gateway.ask(request.header("content-type", "application/json"), &deep).await;
    assert_eq!((answer.status.as_u16(), &*backend.last().path), (200, "/dogs"));
    gateway.outcome();
    let head = "POST /api/pets HTTP/1.1\r\nhost: x\r\nx-v: v2\r\nconnection: close\r\n";
    let kind = "content-type: application/json\r\ntrailer: x-sum\r\ntransfer-encoding: chunked\r\n";
    // Also where nothing of it is translated.
    for (body, path) in [(r#"{"n":9,"is":{"kind":"dog"}}"#, "/dogs"), (r#"{"n":9}"#, "/pets")] {
        let chunks = format!("{:x}\r\n{body}\r\n0\r\nx-sum: 1\r\n\r\n", body.len());
        let answer = wire(&gateway.listen, &format!("{head}{kind}\r\n{chunks}")).await;
        assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
        let asked = backend.last();
        assert_eq!(asked.path, path);
        assert!(!asked.headers.contains_key("trailer"), "{asked:?}");
        assert_eq!(asked.headers["content-length"], asked.body.len().to_string());
        let line = gateway.line("\"target\":\"access\"");
        assert_eq!(between(&line, "\"bytes_in\":", ","), body.len().to_string(), "{line}");
    }
    // Of a coded one it is the bytes that came, once.
    for text in [r#"{"is":{"kind":"emu"}}"#, r#"{"is":{"kind":"dog"}}"#] {
        let zipped = gzip(text.as_bytes());
        let length = zipped.len();
        let request = gateway.get("/api/pets").method("POST").header("x-v", "v2");
        let request = request.header("content-type", "application/json");
        let request = request.header("content-encoding", "gzip").body(Full::from(zipped)).unwrap();
        let client =
            hyper_util::client::legacy::Client::builder(hyper_util::rt::TokioExecutor::new())
                .build_http::<Full<Bytes>>();
        assert_eq!(client.request(request).await.unwrap().status(), 200);
        let line = gateway.line("\"target\":\"access\"");
        assert_eq!(between(&line, "\"bytes_in\":", ","), length.to_string(), "{text} {line}");
    }
}
