//! `bad-answers: pass`: an answer that should be translated and cannot be goes on as it came, and is told of.

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Response, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use tokio::net::TcpStream;

use crate::backends::{Then, leak, scripted};
use crate::coded::gzip;
use crate::harness::{Asked, Backend, Gateway, Place, V1, between, config, json, orders, rest, v2};
use crate::scrape::{Scrape, scrape};

const MAPPING: &str = "
mapping: 1
api: orders
from: v1
to: v2
types:
  Order:
    fields: { customer: { to: buyer, map: { x: x, long: LONG }, else: keep } }
    refuse: [{ new: { buyer: nobody }, detail: it has no buyer }]
operations:
  GET /orders/{id}:
    response: { fields: { header.X-Old: header.X-New } }
  GET /files/{name}:
    response: { fields: { header.X-Old: header.X-New } }
  POST /orders:
    response: { fields: { header.X-Who: body.who } }
";

/// An answer that only the backend's version lists.
const ACCEPTED: &str = "        '202':
          description: later
          content: { application/json: { schema: { $ref: '#/components/schemas/Order' } } }
";

fn place(extra: &str, backend: &str, policy: &str) -> Place {
    let place = orders(extra, backend, "v2");
    let later = |contract: &str| {
        let get = "    get:\n      responses:\n        '200':\n          description: one\n";
        contract.replacen(
            get,
            &get.replace("        '200'", &format!("{ACCEPTED}        '200'")),
            1,
        )
    };
    assert_ne!(later(V1), V1);
    // Answers without a body, about which there are rules all the same.
    let fresh = |contract: &str| {
        let one = "        '200':\n          description: one\n";
        let orders = contract.replacen(one, &format!("        '304': {{}}\n{one}"), 1);
        orders.replacen("'200': { description: bytes }", "'200': {}, '304': {}", 1)
    };
    place.write("schemas/orders/v1.yaml", &fresh(V1));
    let new = fresh(&later(&v2())).replace("buyer:", "who: {}, buyer:");
    place.write("schemas/orders/v2.yaml", &new);
    let long = "x".repeat(3_000);
    place.write("mappings/orders/v2.yaml", &MAPPING.replace("LONG", "l").replace("long", &long));
    let text = config(&format!("outcome: X-Outcome\n{extra}"), backend, "v2");
    let said = "{ header: X-Api-Version }, { media-type: version }";
    let text = text.replace("{ header: X-Api-Version }", said);
    let text =
        text.replace("default: v1 }", &format!("default: v1, answer: X-Served }}\n    {policy}"));
    place.write("fishplate.yaml", &text);
    place
}

/// The limits within which the answers below cannot be translated.
const LIMITS: &str = "limits: { body: 4KiB, output: 2KiB, depth: 4, buffered: 64KiB }";

/// What the backend says: a status, fields, a body.
type Said = (u16, &'static [(&'static str, &'static str)], Vec<u8>);

const JSON: (&str, &str) = ("content-type", "application/json");

/// The answers that cannot be translated, by their path, with the reason and a limit.
fn bad() -> Vec<(&'static str, Said, &'static str, &'static str)> {
    let many = || [b"{\"buyer\":\"".to_vec(), vec![b'y'; 5_000], b"\"}".to_vec()].concat();
    let large = [b"{\"buyer\":\"".to_vec(), vec![0; 2 << 20], b"\"}".to_vec()].concat();
    let tagged = &[JSON, ("etag", "\"1\""), ("last-modified", "Tue, 01 Dec 2026 00:00:00 GMT")];
    let zipped = &[JSON, ("content-encoding", "gzip"), ("repr-digest", "sha-256=:x:")];
    vec![
        ("/orders/cut", (200, tagged, b"{\"buyer\":".to_vec()), "malformed-document", ""),
        (
            "/orders/twice",
            (200, &[JSON], br#"{"buyer":1,"buyer":2}"#.to_vec()),
            "malformed-document",
            "",
        ),
        (
            "/orders/deep",
            (200, &[JSON], b"{\"a\":[[[[[1]]]]]}".to_vec()),
            "malformed-document",
            "limits.depth",
        ),
        ("/orders/mark", (200, &[JSON], b"\xEF\xBB\xBF{".to_vec()), "malformed-document", ""),
        (
            "/orders/text",
            (200, &[("content-type", "text/plain")], b"{}".to_vec()),
            "not-translatable",
            "",
        ),
        ("/orders/untold", (200, &[], b"{}".to_vec()), "not-translatable", ""),
        (
            "/orders/utf-7",
            (200, &[("content-type", "application/json;charset=utf-7")], b"{}".to_vec()),
            "not-translatable",
            "",
        ),
        (
            "/orders/ascii",
            (
                200,
                &[("content-type", "application/json; charset=us-ascii")],
                "{\"buyer\":\"ë\"}".into(),
            ),
            "malformed-document",
            "",
        ),
        (
            "/orders/compress",
            (200, &[JSON, ("content-encoding", "compress")], b"{}".to_vec()),
            "not-translatable",
            "",
        ),
        ("/orders/broken", (200, zipped, b"\x1f\x8bx".to_vec()), "malformed-document", ""),
        ("/orders/zipped", (200, zipped, gzip(b"{\"buyer\":")), "malformed-document", ""),
        ("/orders/bomb", (200, zipped, gzip(&large)), "body-too-large", "limits.body"),
        ("/orders/large", (200, tagged, many()), "body-too-large", "limits.body"),
        (
            "/orders/grows",
            (200, &[JSON], br#"{"buyer":"l"}"#.to_vec()),
            "translation-too-large",
            "limits.output",
        ),
        (
            "/orders/part",
            (206, &[JSON, ("content-range", "bytes 0-8/40")], b"{\"buyer\":".to_vec()),
            "not-translatable",
            "",
        ),
        ("/orders/later", (202, &[JSON], br#"{"buyer":"x"}"#.to_vec()), "no-counterpart", ""),
        ("/orders/empty", (202, &[JSON], Vec::new()), "", ""),
        ("/orders", (201, &[JSON], br#"{"buyer":"x","who":{}}"#.to_vec()), "malformed-head", ""),
        (
            "/files/head",
            (200, &[("x-new", "\u{e9}"), ("etag", "\"1\"")], b"bytes".to_vec()),
            "malformed-head",
            "",
        ),
    ]
}

fn backend_of(
    all: Vec<(&'static str, Said, &'static str, &'static str)>,
) -> impl Fn(&Asked) -> Response<Full<Bytes>> {
    move |asked| {
        let (_, (status, fields, body), ..) =
            all.iter().find(|(path, ..)| *path == asked.path).expect("a path");
        let mut answer = Response::new(Full::from(body.clone()));
        *answer.status_mut() = StatusCode::from_u16(*status).unwrap();
        for (name, value) in *fields {
            answer.headers_mut().insert(*name, latin1(value));
        }
        answer
    }
}

/// A field whose characters are bytes of their own: one that is no ASCII is no text.
fn latin1(value: &str) -> HeaderValue {
    let bytes: Vec<u8> = value.chars().map(|c| u8::try_from(u32::from(c)).unwrap()).collect();
    HeaderValue::from_bytes(&bytes).unwrap()
}

/// The sum of samples, which are whole numbers.
fn count(seen: &Scrape, name: &str, labels: &[(&str, &str)]) -> String {
    seen.sum(name, labels).abs().to_string()
}

struct Answer {
    status: u16,
    headers: HeaderMap,
    body: Bytes,
    trailers: Option<HeaderMap>,
}

impl Answer {
    fn header(&self, name: &str) -> Option<&[u8]> {
        self.headers.get(name).map(HeaderValue::as_bytes)
    }
}

/// What a client of HTTP/1.1 or HTTP/2 gets.
async fn ask(two: bool, request: http::request::Builder) -> Answer {
    let client = Client::builder(TokioExecutor::new())
        .http2_only(two)
        .build_http::<http_body_util::Empty<Bytes>>();
    let mut request = request.body(http_body_util::Empty::new()).unwrap();
    if request.uri().path() == "/orders" {
        *request.method_mut() = http::Method::POST;
    }
    let (head, body) = client.request(request).await.unwrap().into_parts();
    #[expect(clippy::disallowed_methods, reason = "bodies of tests are small")]
    let whole = body.collect().await.unwrap();
    let trailers = whole.trailers().cloned();
    let (status, headers) = (head.status.as_u16(), head.headers);
    let body = whole.to_bytes();
    Answer { status, headers, body, trailers }
}

#[tokio::test]
async fn what_cannot_be_translated_passes_as_it_came() {
    let backend = Backend::start(backend_of(bad())).await;
    let place = place(LIMITS, &backend.address, "bad-answers: pass");
    let gateway = Gateway::start(&place.0);
    for two in [false, true] {
        for (path, (status, fields, body), reason, _) in bad() {
            let answer = ask(two, gateway.get(path)).await;
            let line = gateway.line("\"target\":\"access\"");
            assert_eq!((answer.status, &*answer.body), (status, &*body), "{path} {line}");
            if reason.is_empty() {
                // Of no byte nothing needs translation.
                assert_eq!(answer.header("x-outcome"), Some(&b"passed"[..]), "{path} {line}");
                continue;
            }
            for (name, value) in fields {
                assert_eq!(answer.headers[*name], latin1(value), "{path} {name}");
            }
            let length = body.len().to_string();
            assert_eq!(answer.header("content-length"), Some(length.as_bytes()), "{path}");
            assert_eq!(answer.header("x-outcome"), Some(&b"untranslated"[..]), "{path}");
            assert_eq!(answer.header("x-served"), Some(&b"v2"[..]), "{path}");
            assert_eq!(between(&line, "\"outcome\":\"", "\""), "untranslated", "{path}");
            assert!(!between(&line, "\"reason\":\"", "\"").is_empty(), "{line}");
            assert!(line.contains("\"losses\":0"), "{line}");
        }
    }
    let seen = scrape(&gateway).await;
    for reason in bad().iter().map(|(_, _, reason, _)| *reason).filter(|reason| !reason.is_empty())
    {
        let counted =
            count(&seen, "fishplate_bad_answers_total", &[("api", "orders"), ("reason", reason)]);
        let wanted = bad().iter().filter(|(_, _, own, _)| *own == reason).count() * 2;
        assert_eq!(counted, wanted.to_string(), "{reason}");
    }
    let outcome = [("api", "orders"), ("outcome", "untranslated")];
    let counted = count(&seen, "fishplate_exchanges_total", &outcome);
    assert_eq!(counted, ((bad().len() - 1) * 2).to_string());
    for limit in ["limits.depth", "limits.body", "limits.output"] {
        let counted = count(&seen, "fishplate_limit_hits_total", &[("limit", limit)]);
        let wanted = bad().iter().filter(|(.., own)| *own == limit).count() * 2;
        assert_eq!(counted, wanted.to_string(), "{limit}");
    }
    assert_eq!(count(&seen, "fishplate_buffered_bytes", &[]), "0");
}

/// What is translated beside the threads that serve comes back from there, and what it held of the memory.
#[tokio::test]
async fn large_ones_pass_as_they_came() {
    let text = format!("{{\"buyer\":[{}", "\"y\",".repeat(60_000)).into_bytes();
    let zipped = gzip(&text);
    let (plain, coded) = (text.clone(), zipped.clone());
    let backend = Backend::start(move |asked: &Asked| {
        let coded = asked.path == "/orders/zipped";
        let body = if coded { zipped.clone() } else { text.clone() };
        let coding = if coded { "gzip" } else { "identity" };
        let answer = Response::builder().header("content-type", "application/json");
        answer.header("content-encoding", coding).body(Full::from(body)).unwrap()
    })
    .await;
    let place =
        place("limits: { body: 1MiB, buffered: 4MiB }", &backend.address, "bad-answers: pass");
    let gateway = Gateway::start(&place.0);
    for two in [false, true] {
        for (path, body) in [("/orders/plain", &plain), ("/orders/zipped", &coded)] {
            // More at once than the memory has room for: who waits is answered too, or told to come again.
            let mut all = tokio::task::JoinSet::new();
            for _ in 0..12 {
                all.spawn(ask(two, gateway.get(path)));
            }
            let answers = all.join_all().await;
            for answer in &answers {
                let whole = answer.status == 200 && answer.body == *body;
                assert!(whole || answer.status == 503, "{path} {}", answer.status);
            }
            assert!(answers.iter().any(|answer| answer.status == 200), "{path}");
            for _ in &answers {
                let outcome = gateway.outcome();
                assert!(["untranslated", "overloaded"].contains(&&*outcome), "{path} {outcome}");
            }
        }
    }
    assert_eq!(count(&scrape(&gateway).await, "fishplate_buffered_bytes", &[]), "0");
}

/// The same answers without the policy, which are counted alike.
#[tokio::test]
async fn what_cannot_be_translated_is_refused_where_nobody_says_otherwise() {
    let backend = Backend::start(backend_of(bad())).await;
    for policy in ["", "bad-answers: refuse"] {
        let place = place(LIMITS, &backend.address, policy);
        let gateway = Gateway::start(&place.0);
        for (path, _, reason, _) in bad().into_iter().filter(|(_, _, reason, _)| !reason.is_empty())
        {
            let method = if path == "/orders" { "POST" } else { "GET" };
            let answer = gateway.ask(gateway.get(path).method(method), "").await;
            assert_eq!(answer.status, 502, "{path} {answer:?}");
            let kind = format!("urn:fishplate:{reason}");
            assert_eq!(between(&answer.text, "\"type\":\"", "\""), kind, "{path}");
            let outcome = gateway.outcome();
            assert!(["undecodable", "refused_answer"].contains(&&*outcome), "{path} {outcome}");
            assert_eq!(answer.header("x-served"), Some("v1"), "{path}");
        }
        let counted = count(&scrape(&gateway).await, "fishplate_bad_answers_total", &[]);
        assert_eq!(counted, (bad().len() - 1).to_string());
    }
}

/// What a rule refuses is no bad answer, and neither is what is no whole HTTP.
#[tokio::test]
async fn what_a_rule_refuses_is_not_passed_on() {
    let backend = Backend::start(|asked| match &*asked.path {
        "/orders/nobody" => json(r#"{"buyer":"nobody"}"#),
        _ => json(r#"{"buyer":"x","who":"y"}"#),
    })
    .await;
    let policy = "bad-answers: pass";
    let refuses = place("", &backend.address, policy);
    let gateway = Gateway::start(&refuses.0);
    let answer = gateway.ask(gateway.get("/orders/nobody"), "").await;
    assert!(answer.status == 502 && answer.text.contains("it has no buyer"), "{answer:?}");
    assert_eq!(gateway.outcome(), "refused_answer");
    for rule in [
        "fields: { customer: { to: buyer, map: { y: y }, else: refuse } }",
        "added: { who: { $const: x, loses: refuse } }",
    ] {
        let own = place("", &backend.address, policy);
        let (before, _) = MAPPING.split_once("    fields:").unwrap();
        own.write("mappings/orders/v2.yaml", &format!("{before}    {rule}\n"));
        let gateway = Gateway::start(&own.0);
        let answer = gateway.ask(gateway.get("/orders/1"), "").await;
        assert_eq!(answer.status, 502, "{rule} {answer:?}");
        assert!(answer.text.contains("refused-by-mapping"), "{rule} {answer:?}");
        assert_eq!(gateway.outcome(), "refused_answer", "{rule}");
        let counted = count(&scrape(&gateway).await, "fishplate_bad_answers_total", &[]);
        assert_eq!(counted, "0", "{rule}");
    }
}

const HEAD: &str = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n";

#[tokio::test]
async fn what_breaks_off_is_not_passed_on() {
    let cut = leak(format!("{HEAD}content-length: 9\r\n\r\n{{\"buyer\""));
    let packed = "content-encoding: compress\r\ntransfer-encoding: chunked\r\n\r\n";
    for (bytes, then, status, kind) in [
        (cut, Then::Close, 502, "body-broken"),
        // Whether it is empty is known before anything of it is passed on.
        (leak(format!("{HEAD}{packed}")), Then::Close, 502, "body-broken"),
        (leak(format!("{HEAD}content-length: 9\r\n\r\n{{")), Then::Stall, 504, "body-too-slow"),
        (
            leak(format!("{HEAD}transfer-encoding: gzip, chunked\r\n\r\n0\r\n\r\n")),
            Then::Close,
            502,
            "coding-not-supported",
        ),
        ("hello\r\n\r\n", Then::Close, 502, "backend-broken"),
    ] {
        let (address, task) = scripted(bytes, then).await;
        let place = place("timeouts: { body: 500ms }", &address, "bad-answers: pass");
        let gateway = Gateway::start(&place.0);
        let answer = gateway.ask(gateway.get("/orders/1"), "").await;
        assert_eq!(answer.status, status, "{bytes} {answer:?}");
        let said = between(&answer.text, "\"type\":\"", "\"");
        assert_eq!(said, format!("urn:fishplate:{kind}"), "{bytes}");
        task.abort();
    }
}

/// What is too large goes on with what was read of it, piece by piece, and breaks off where the backend does.
#[tokio::test]
async fn what_is_too_large_streams_on() {
    let piece = "y".repeat(3_000);
    let chunk = format!("{:x}\r\n{piece}\r\n", piece.len());
    let chunks = chunk.repeat(5);
    let head = format!("{HEAD}trailer: x-sum\r\ntransfer-encoding: chunked\r\n\r\n");
    let whole = leak(format!("{head}{chunks}0\r\nx-sum: 1\r\nx-own: 2\r\n\r\n"));
    let (address, task) = scripted(whole, Then::Close).await;
    let own = place(LIMITS, &address, "bad-answers: pass");
    let gateway = Gateway::start(&own.0);
    for two in [false, true] {
        let request = gateway.get("/orders/1").header("te", "trailers");
        let answer = ask(two, request).await;
        assert_eq!((answer.status, answer.body.len()), (200, 15_000));
        assert!(answer.body.iter().all(|byte| *byte == b'y'));
        assert_eq!(answer.trailers.as_ref().unwrap()["x-sum"], "1");
        assert_eq!(gateway.outcome(), "untranslated");
    }
    task.abort();
    let (address, task) = scripted(leak(format!("{head}{chunks}bb8\r\nyy")), Then::Close).await;
    let own = place(LIMITS, &address, "bad-answers: pass");
    let gateway = Gateway::start(&own.0);
    let mut client = TcpStream::connect(&gateway.listen).await.unwrap();
    let request = b"GET /orders/1 HTTP/1.1\r\nhost: x\r\n\r\n";
    tokio::io::AsyncWriteExt::write_all(&mut client, request).await.unwrap();
    let answer = rest(&mut client).await;
    assert!(answer.starts_with("HTTP/1.1 200") && !answer.ends_with("0\r\n\r\n"), "{answer}");
    let (_, body) = answer.split_once("\r\n\r\n").unwrap();
    assert_eq!(body.matches('y').count(), 15_002);
    assert_eq!(gateway.outcome(), "backend_error");
    task.abort();
}

/// What was read to its end has its trailers, too.
#[tokio::test]
async fn what_was_read_as_a_whole_keeps_its_trailers() {
    let head =
        format!("{HEAD}trailer: x-sum\r\ntransfer-encoding: chunked\r\nconnection: x-own\r\n");
    let whole = leak(format!("{head}x-own: 1\r\n\r\n3\r\n{{\"b\r\n0\r\nx-sum: 1\r\n\r\n"));
    let (address, task) = scripted(whole, Then::Close).await;
    let own = place(LIMITS, &address, "bad-answers: pass");
    let gateway = Gateway::start(&own.0);
    for two in [false, true] {
        let answer = ask(two, gateway.get("/orders/1").header("te", "trailers")).await;
        assert_eq!(&*answer.body, b"{\"b");
        assert_eq!(answer.trailers.as_ref().unwrap()["x-sum"], "1");
        assert_eq!(answer.header("x-own"), None);
    }
    // Who does not take them is not told of them.
    let answer = ask(false, gateway.get("/orders/1")).await;
    assert_eq!((&*answer.body, answer.header("trailer")), (&b"{\"b"[..], None));
    task.abort();
}

/// Answers without a body whose head cannot be made, and the version that is told.
#[tokio::test]
async fn heads_without_a_body_pass_as_they_came() {
    let backend = Backend::start(|asked| {
        let mut answer =
            Response::new(Full::from(if asked.method == "HEAD" { "" } else { "bytes" }));
        let headers = answer.headers_mut();
        headers.insert("x-new", HeaderValue::from_bytes(b"\xe9").unwrap());
        headers.insert("etag", HeaderValue::from_static("\"1\""));
        if asked.path.ends_with("/fresh") {
            *answer.status_mut() = StatusCode::NOT_MODIFIED;
            *answer.body_mut() = Full::default();
        }
        answer
    })
    .await;
    let place = place("", &backend.address, "bad-answers: pass");
    let gateway = Gateway::start(&place.0);
    for two in [false, true] {
        for (method, path, status) in [("HEAD", "/files/a", 200), ("GET", "/files/fresh", 304)] {
            let answer = ask(two, gateway.get(path).method(method)).await;
            assert_eq!((answer.status, answer.body.len()), (status, 0), "{method} {path}");
            assert_eq!(answer.header("x-new"), Some(&b"\xe9"[..]), "{method} {path}");
            assert_eq!(answer.header("etag"), Some(&b"\"1\""[..]), "{method} {path}");
            assert_eq!(gateway.outcome(), "untranslated", "{method} {path}");
        }
    }
    // What the client has of it, and is told to be fresh, is a translation.
    let answer = ask(false, gateway.get("/orders/fresh")).await;
    let tag = String::from_utf8_lossy(answer.header("etag").unwrap()).into_owned();
    assert!(answer.status == 304 && tag.starts_with("\"1~fp-"), "{tag}");
    assert_eq!(answer.header("x-new"), Some(&b"\xe9"[..]));
    assert_eq!(gateway.outcome(), "untranslated");
}

/// A client that asks in its media types learns whose version it has got.
#[tokio::test]
async fn the_version_that_is_told_is_that_of_the_backend() {
    let backend = Backend::start(|asked| match &*asked.path {
        "/orders/cut" => json(r#"{"buyer":"#),
        _ => json(r#"{"buyer":"x"}"#),
    })
    .await;
    let place = place("", &backend.address, "bad-answers: pass");
    let gateway = Gateway::start(&place.0);
    for (path, version) in [("/orders/1", "v1"), ("/orders/cut", "v2")] {
        let request = gateway.get(path).header("accept", "application/json; version=v1");
        let answer = gateway.ask(request, "").await;
        let kind = format!("application/json; version={version}");
        assert_eq!(
            answer.header("content-type").map(|kind| kind.replace(";version", "; version")),
            Some(kind)
        );
        assert_eq!(answer.header("x-served"), Some(version));
    }
}
