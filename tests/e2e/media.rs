//! Bodies by their media types through the gateway: plain texts, several types of one body, and what a
//! client says that it takes.

use bytes::Bytes;
use http::Response;
use http_body_util::Full;

use crate::backends::{Then, scripted};
use crate::harness::{Answer, Asked, Backend, Gateway, between};
use crate::messages::place;

pub(crate) fn answer(status: u16, kind: &str, body: impl Into<Bytes>) -> Response<Full<Bytes>> {
    let answer = Response::builder().status(status);
    let answer = if kind.is_empty() { answer } else { answer.header("content-type", kind) };
    answer.body(Full::from(body.into())).unwrap()
}

pub(crate) async fn post(gateway: &Gateway, kind: &str, body: &str) -> Answer {
    let request = gateway.get("/api/notes").method("POST");
    let request = if kind.is_empty() { request } else { request.header("content-type", kind) };
    gateway.ask(request, body).await
}

const TEXTS: &str = "
paths:
  /notes:
    post:
      requestBody: { content: { text/plain: { schema: { type: string } } } }
      responses:
        '200': { content: { text/plain: { schema: { type: string } } } }
        default: { content: { text/plain: { schema: { type: string } } } }
";
const DOCUMENTS: &str = "
paths:
  /notes:
    post:
      requestBody: { content: { application/json: { schema: { $ref: '#/components/schemas/Note' } } } }
      responses:
        '200': { content: { application/vnd.note+json: { schema: { $ref: '#/components/schemas/Note' } } } }
        default: { content: { application/json: { schema: { type: object, properties: { error: { type: string } } } } } }
components: { schemas: { Note: { type: object, properties: { text: { type: string }, by: { type: string } } } } }
";
const NOTES: &str = "
operations:
  POST /notes:
    request: { fields: { body: body.text, header.X-By: body.by } }
    response: { fields: { body: body.text } }
    errors: { fields: { body: body.error } }
";

#[tokio::test]
async fn texts_become_documents_and_back() {
    let backend = Backend::start(|asked| match asked.headers.get("x-case").map(|v| v.as_bytes()) {
        Some(b"error") => answer(404, "application/json", r#"{"error":"no \"x\""}"#),
        Some(b"list") => answer(200, "application/json", r#"{"text":["x"]}"#),
        Some(b"empty") => answer(200, "application/json", r#"{"text":""}"#),
        _ => answer(200, "application/vnd.note+json", asked.body.clone()),
    })
    .await;
    let place = place(TEXTS, DOCUMENTS, NOTES, (&backend.address, "v2"));
    let gateway = Gateway::start(&place.0);
    for kind in ["text/plain", "text/plain; charset=UTF-8", "TEXT/plain;format=flowed"] {
        let said = post(&gateway, kind, "Zoë says\r\n\"hi\"").await;
        let asked = backend.last();
        assert_eq!(asked.body, "{\"text\":\"Zoë says\\r\\n\\\"hi\\\"\"}", "{kind}");
        assert_eq!(asked.headers["content-type"], "application/json");
        assert_eq!(asked.headers["content-length"], asked.body.len().to_string());
        assert_eq!((said.status.as_u16(), &*said.text), (200, "Zoë says\r\n\"hi\""), "{kind}");
        assert_eq!(said.header("content-type"), Some("text/plain; charset=utf-8"));
        assert_eq!(gateway.outcome(), "translated");
    }
    // What is empty is no body; other parts are there all the same.
    let empty = gateway.get("/api/notes").method("POST").header("content-type", "text/plain");
    let said = gateway.ask(empty.header("x-by", "bo"), "").await;
    assert_eq!((&backend.last().body[..], &*said.text), (&br#"{"by":"bo"}"#[..], ""));
    assert_eq!(said.header("content-length"), Some("0"));
    let case = |case: &str| {
        let request = gateway.get("/api/notes").method("POST").header("x-case", case);
        gateway.ask(request.header("content-type", "text/plain"), "x")
    };
    let said = case("error").await;
    assert_eq!((said.status.as_u16(), &*said.text), (404, "no \"x\""));
    assert_eq!(said.header("content-type"), Some("text/plain; charset=utf-8"));
    let said = case("empty").await;
    assert_eq!((&*said.text, said.header("content-type")), ("", None), "{said:?}");
    let said = case("list").await;
    assert_eq!(said.status, 502);
    assert!(said.text.contains("`body` would have to be an object or a list"), "{said:?}");
    // What nobody lists is neither.
    let count = backend.count();
    for kind in ["", "image/png", "text/html"] {
        assert_eq!(post(&gateway, kind, "{}").await.status, 415, "{kind}");
    }
    assert_eq!(backend.count(), count);
}

#[tokio::test]
async fn texts_in_other_charsets_are_read_and_others_refused() {
    let backend = Backend::start(|asked| answer(200, "application/json", asked.body.clone())).await;
    let place = place(TEXTS, DOCUMENTS, NOTES, (&backend.address, "v2"));
    let gateway = Gateway::start(&place.0);
    let client = hyper_util::client::legacy::Client::builder(hyper_util::rt::TokioExecutor::new())
        .build_http::<Full<Bytes>>();
    for (kind, body, there) in [
        ("text/plain; charset=iso-8859-1", &b"Zo\xeb"[..], Some("Zoë")),
        ("text/plain; charset=utf-8", b"\xef\xbb\xbfx", Some("x")),
        // Without a mark it is little-endian, whatever it begins with.
        ("text/plain; charset=utf-16", b"a\0\x2c\x67", Some("a\u{672c}")),
        ("text/plain; charset=utf-16", b"\0\x4ea\0", Some("\u{4e00}a")),
        ("text/plain; charset=utf-16", b"\xfe\xff\0a\x67\x2c", Some("a\u{672c}")),
        ("text/plain; charset=utf-16", b"\xff\xfea\0", Some("a")),
        ("text/plain", b"Zo\xeb", None),
        ("text/plain; charset=utf-7", b"x", None),
    ] {
        let request = gateway.get("/api/notes").method("POST").header("content-type", kind);
        let request = request.body(Full::from(Bytes::copy_from_slice(body))).unwrap();
        let count = backend.count();
        let status = client.request(request).await.unwrap().status().as_u16();
        match there {
            Some(text) => {
                assert_eq!(backend.last().body, format!("{{\"text\":\"{text}\"}}"), "{kind}");
                assert_eq!((backend.count(), status), (count + 1, 200));
            }
            None => {
                assert!(
                    backend.count() == count && [400, 415].contains(&status),
                    "{kind} {status}"
                );
            }
        }
    }
}

/// A mark is no character: what has nothing behind it is no body.
#[tokio::test]
async fn a_text_of_a_mark_alone_is_none() {
    let backend = Backend::start(|asked| answer(200, "application/json", asked.body.clone())).await;
    let place = place(TEXTS, DOCUMENTS, NOTES, (&backend.address, "v2"));
    let gateway = Gateway::start(&place.0);
    assert_eq!(post(&gateway, "text/plain", "\u{feff}").await.text, "");
    let asked = backend.last();
    assert_eq!(asked.body, "", "{asked:?}");
}

/// Where a contract lists texts alone, and rules are about them, nothing else goes past these.
#[tokio::test]
async fn what_is_not_listed_does_not_go_past_rules_of_texts() {
    let backend = Backend::start(|asked| {
        let said = |name: &str| asked.headers.get(name).map_or("", |v| v.to_str().unwrap());
        answer(said("x-status").parse().unwrap_or(200), said("x-kind"), "zzz")
    })
    .await;
    let own = "{ fields: { body: { map: { p: q }, else: refuse } } }";
    let rules = format!(
        "operations: {{ POST /notes: {{ request: {own}, response: {own}, errors: {own} }} }}\n"
    );
    let place = place(TEXTS, TEXTS, &rules, (&backend.address, "v2"));
    let gateway = Gateway::start(&place.0);
    assert_eq!(post(&gateway, "text/plain", "zzz").await.status, 422);
    assert_eq!(backend.count(), 0);
    for kind in ["text/html", "application/json", "image/png", ";;", ""] {
        let said = post(&gateway, kind, "zzz").await;
        assert_eq!(said.status, 415, "{kind} {said:?}");
        assert!(said.text.contains("cannot be translated: "), "{said:?}");
    }
    assert_eq!(backend.count(), 0, "none of them is sent");
    let asked = async |kind: &str, status: &str| {
        let request = gateway.get("/api/notes").method("POST").header("content-type", "text/plain");
        let request = request.header("x-kind", kind).header("x-status", status);
        let said = gateway.ask(request, "p").await;
        (said.status.as_u16(), said.text)
    };
    for kind in ["text/html", "application/json", "image/png", ""] {
        let (status, text) = asked(kind, "200").await;
        assert_eq!(status, 502, "{kind} {text}");
        assert!(text.contains("cannot be translated: "), "{text}");
    }
    // Somebody's page of an error goes through; JSON may be the backend's own.
    assert_eq!(asked("text/html", "404").await, (404, "zzz".into()));
    assert_eq!(asked("application/json", "404").await.0, 502);
}

/// A body that is listed, and for which the other version has no place, is told from one that is not.
#[tokio::test]
async fn what_the_other_version_has_no_place_for_is_told() {
    let backend = Backend::start(|asked| answer(200, "application/json", asked.body.clone())).await;
    let rules = "operations: { POST /notes: { request: { added: { header.X-By: me } } } }";
    let place = place(TEXTS, DOCUMENTS, rules, (&backend.address, "v2"));
    let gateway = Gateway::start(&place.0);
    let said = post(&gateway, "text/plain", "x").await;
    assert_eq!(said.status, 501);
    assert!(said.text.contains("version v2 declares no such body"), "{said:?}");
    for kind in ["text/html", "application/json", ";;", ""] {
        assert_eq!(post(&gateway, kind, "x").await.status, 415, "{kind}");
    }
}

const PLAIN: &str = "
paths:
  /notes:
    post:
      requestBody: { content: { text/plain: { schema: { type: string } } } }
      responses: { '200': { content: { text/event-stream: { schema: { type: string } }, text/plain: { schema: { $ref: '#/components/schemas/State' } } } } }
components: { schemas: { State: { type: string } } }
";

/// A text that no rule is about is never held, and one that rules are about keeps what they do not list.
#[tokio::test]
async fn untouched_texts_stream_and_keep_their_bytes() {
    let backend = Backend::start(|asked| {
        let kind = asked.headers.get("x-kind").map_or("text/plain", |v| v.to_str().unwrap());
        answer(200, kind, if asked.body == "state" { "done".into() } else { asked.body.clone() })
    })
    .await;
    let rules = "types: { State: { fields: { '.': { map: { open: done } } } } }";
    let place = place(PLAIN, PLAIN, rules, (&backend.address, "v2"));
    let gateway = Gateway::start(&place.0);
    let odd = "\u{feff}a\0b\r\n\\u0041 \"";
    let said = post(&gateway, "text/plain", odd).await;
    assert_eq!(backend.last().body, odd, "as it came, with its mark");
    assert_eq!(said.text, odd.trim_start_matches('\u{feff}'));
    let said = post(&gateway, "text/plain", "state").await;
    assert_eq!((&*said.text, said.header("content-type")), ("open", Some("text/plain")));
    let events = gateway.get("/api/notes").method("POST").header("x-kind", "text/event-stream");
    let said = gateway.ask(events, "state").await;
    assert_eq!(said.text, "done", "events are no text that is read");
}

const SEVERAL: &str = "
paths:
  /orders:
    post:
      requestBody:
        content:
          application/json: { schema: { $ref: '#/components/schemas/Order' } }
          application/vnd.lines+json: { schema: { type: array, items: { $ref: '#/components/schemas/Line' } } }
          application/xml: { schema: { $ref: '#/components/schemas/Order' } }
          text/csv: { schema: { type: string } }
      responses:
        '200':
          content:
            application/json: { schema: { $ref: '#/components/schemas/Order' } }
            application/pdf: { schema: { type: string, format: binary } }
        '404': { content: { application/json: { schema: { $ref: '#/components/schemas/Order' } }, application/xml: {} } }
components:
  schemas:
    Order: { type: object, properties: { customer: { type: string } } }
    Line: { type: object, properties: { sku: { type: string } } }
";

#[tokio::test]
async fn the_media_type_chooses_the_schema() {
    let backend = Backend::start(|asked| match asked.headers.get("x-case").map(|v| v.as_bytes()) {
        Some(b"pdf") => answer(200, "application/pdf", "%PDF"),
        Some(b"xml") => answer(404, "application/xml; charset=x", "<no/>"),
        Some(b"html") => answer(404, "text/html", "<p>"),
        Some(b"png") => answer(200, "image/png", "PNG"),
        _ => answer(200, "application/json", r#"{"buyer":"x"}"#),
    })
    .await;
    let new = SEVERAL.replace("customer:", "buyer:").replace("sku:", "product:");
    let rules = "
types:
  Order: { fields: { customer: buyer } }
  Line: { fields: { sku: product } }
";
    let place = place(SEVERAL, &new, rules, (&backend.address, "v2"));
    let gateway = Gateway::start(&place.0);
    let post = async |kind: &str, body: &str| {
        let request = gateway.get("/api/orders").method("POST").header("content-type", kind);
        gateway.ask(request, body).await
    };
    for (kind, body, there) in [
        ("application/json", r#"{"customer":"x"}"#, r#"{"buyer":"x"}"#),
        ("application/json; a=b", r#"{"customer":"x"}"#, r#"{"buyer":"x"}"#),
        ("application/vnd.other+json", r#"{"customer":"x"}"#, r#"{"buyer":"x"}"#),
        ("Application/vnd.Lines+JSON;v=1", r#"[{"sku":"x"}]"#, r#"[{"product":"x"}]"#),
        ("application/xml", "<customer/>", "<customer/>"),
        ("text/csv; header=present", "customer\nx", "customer\nx"),
    ] {
        let answer = post(kind, body).await;
        assert_eq!(answer.text, r#"{"customer":"x"}"#, "{kind} {answer:?}");
        assert_eq!(backend.last().body, there, "{kind}");
        assert_eq!(backend.last().headers["content-type"], kind);
    }
    // What nobody lists is refused as ever, before the backend sees it.
    let count = backend.count();
    for kind in ["text/plain", "application/yaml", "multipart/form-data; boundary=x"] {
        assert_eq!(post(kind, "customer").await.status, 415, "{kind}");
    }
    assert_eq!(backend.count(), count);
    let case = |case: &str| {
        gateway.ask(gateway.get("/api/orders").method("POST").header("x-case", case), "")
    };
    while gateway.outcome() != "undecodable" {}
    for _ in 0..2 {
        gateway.outcome();
    }
    for (name, status, body, outcome) in [
        ("pdf", 200, "%PDF", "passed"),
        ("xml", 404, "<no/>", "passed"),
        ("html", 404, "<p>", "foreign"),
    ] {
        let answer = case(name).await;
        assert_eq!((answer.status.as_u16(), &*answer.text), (status, body), "{name}");
        assert_eq!(gateway.outcome(), outcome, "{name}");
    }
    assert_eq!(case("png").await.status, 502);
}

/// What is not translated goes on piece by piece, whatever else the operation lists.
#[tokio::test]
async fn what_is_not_read_streams() {
    let answer = "HTTP/1.1 200 OK\r\ncontent-type: application/pdf\r\ntransfer-encoding: chunked\r\n\r\n4\r\n%PDF\r\n";
    let (address, _task) = scripted(answer, Then::Stall).await;
    let rules = "types: { Order: { fields: { customer: { map: { a: b } } } } }";
    let place = place(SEVERAL, SEVERAL, rules, (&address, "v2"));
    let gateway = Gateway::start(&place.0);
    let mut stream = tokio::net::TcpStream::connect(&gateway.listen).await.unwrap();
    let head = "POST /api/orders HTTP/1.1\r\nhost: x\r\ncontent-length: 0\r\n\r\n";
    tokio::io::AsyncWriteExt::write_all(&mut stream, head.as_bytes()).await.unwrap();
    let seen = crate::through::read_until(&mut stream, "%PDF").await;
    assert!(seen.contains("200 OK"), "{seen}");
}

const OLD_TYPES: &str = "
paths:
  /scan:
    get:
      responses:
        '200':
          content:
            application/json+scan: { schema: { $ref: '#/components/schemas/Scan' } }
            application/json: { schema: { $ref: '#/components/schemas/Scan' } }
            text/plain: { schema: { type: string } }
        '404': { content: { application/json: { schema: { type: object } } } }
components: { schemas: { Scan: { type: object, properties: { a: { type: string } } } } }
";

#[tokio::test]
async fn what_a_client_takes_is_said_in_the_backends_terms() {
    let backend = Backend::start(|asked: &Asked| {
        let kind = asked.headers.get("accept").map_or("", |v| v.to_str().unwrap());
        let kind = kind.split([',', ';']).next().unwrap_or_default().to_owned();
        let mut answer = answer(200, &kind, r#"{"b":"x"}"#);
        answer.headers_mut().insert("vary", "Accept".parse().unwrap());
        answer
    })
    .await;
    let new = OLD_TYPES
        .replace("application/json+scan", "application/scan+json")
        .replace(
            "'404': { content: { application/json:",
            "'404': { content: { application/problem+json:",
        )
        .replace("{ a: ", "{ b: ");
    let rules = "
types: { Scan: { fields: { a: b } } }
operations:
  GET /scan:
    response: { fields: { header.Content-Type: { map: { application/json+scan: application/scan+json } } } }
";
    let place = place(OLD_TYPES, &new, rules, (&backend.address, "v2"));
    let gateway = Gateway::start(&place.0);
    let ask = async |accept: &[&str]| {
        let request = accept.iter().fold(gateway.get("/api/scan"), |r, v| r.header("accept", *v));
        let answer = gateway.ask(request, "").await;
        let all = backend.last().headers;
        let all = all.get_all("accept").iter().map(|v| v.to_str().unwrap().to_owned());
        (all.collect::<Vec<_>>(), answer)
    };
    let (asked, answer) = ask(&["application/json+scan"]).await;
    assert_eq!(asked, ["application/scan+json"]);
    assert_eq!(answer.header("content-type"), Some("application/json+scan"));
    assert_eq!(answer.text, r#"{"a":"x"}"#);
    let vary: Vec<_> = answer.headers.get_all("vary").iter().collect();
    assert_eq!(vary, ["Accept", "x-v"], "what the backend says, and ours");
    // Weights, parameters, ranges and what has no counterpart stay where they are.
    let (asked, _) = ask(&[
        "Application/JSON+scan;v=\"a,b\" ; q=0.5,text/plain, application/*;q=0.1",
        "image/png, application/json+scan",
    ])
    .await;
    assert_eq!(
        asked,
        [
            "application/scan+json;v=\"a,b\" ; q=0.5,text/plain, application/*;q=0.1",
            "image/png, application/scan+json"
        ]
    );
    // JSON is JSON in both, though their errors are called otherwise.
    assert_eq!(ask(&["application/json, */*;q=0"]).await.0, ["application/json, */*;q=0"]);
    assert_eq!(ask(&["text/html, *"]).await.0, ["text/html, *"]);
    assert_eq!(ask(&[]).await.0, [""; 0]);
    // Between equal versions nothing is anybody's affair.
    let same =
        gateway.get("/api/scan").header("x-v", "v2").header("accept", "application/json+scan");
    gateway.ask(same, "").await;
    assert_eq!(backend.last().headers["accept"], "application/json+scan");
    assert!(!between(&gateway.line("\"target\":\"access\""), "\"outcome\":\"", "\"").is_empty());
}
