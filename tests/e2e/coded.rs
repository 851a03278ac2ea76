//! Bodies that are compressed, or in another charset: plain UTF-8 where they are translated, and as they
//! came where they are not.

use std::io::{Read as _, Write as _};

use bytes::Bytes;
use flate2::Compression;
use flate2::write::{DeflateEncoder, GzEncoder, ZlibEncoder};
use http::Response;
use http_body_util::Full;

use crate::harness::{Answer, Asked, Backend, Gateway, between, json, orders, read};
use crate::hostile::peak;

const V1: &str = r#"{"id":1,"customer":"Zoë"}"#;
const V2: &str = r#"{"id":1,"buyer":"Zoë"}"#;

pub(crate) fn gzip(text: &[u8]) -> Vec<u8> {
    let mut stream = GzEncoder::new(Vec::new(), Compression::best());
    stream.write_all(text).unwrap();
    stream.finish().unwrap()
}

fn zlib(text: &[u8]) -> Vec<u8> {
    let mut stream = ZlibEncoder::new(Vec::new(), Compression::best());
    stream.write_all(text).unwrap();
    stream.finish().unwrap()
}

fn raw(text: &[u8]) -> Vec<u8> {
    let mut stream = DeflateEncoder::new(Vec::new(), Compression::best());
    stream.write_all(text).unwrap();
    stream.finish().unwrap()
}

fn brotli(text: &[u8]) -> Vec<u8> {
    let mut coded = Vec::new();
    ::brotli::CompressorReader::new(text, 4096, 9, 22).read_to_end(&mut coded).unwrap();
    coded
}

fn zstd(text: &[u8]) -> Vec<u8> {
    ruzstd::encoding::compress_to_vec(text, ruzstd::encoding::CompressionLevel::Fastest)
}

fn utf16(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

fn latin1(text: &str) -> Vec<u8> {
    text.chars().map(|c| u8::try_from(u32::from(c)).unwrap()).collect()
}

type Encode = fn(&[u8]) -> Vec<u8>;
type Write<'w> = &'w dyn Fn(&str) -> Vec<u8>;

/// What stands in `Content-Encoding`, and what it makes of a text.
fn codings() -> Vec<(&'static str, Encode)> {
    vec![
        ("gzip", gzip),
        ("x-gzip", gzip),
        ("deflate", zlib),
        ("deflate", raw),
        ("br", brotli),
        ("zstd", zstd),
        ("identity", <[u8]>::to_vec),
        ("gzip, identity, br", |text| brotli(&gzip(text))),
        ("zstd, deflate, gzip", |text| gzip(&zlib(&zstd(text)))),
    ]
}

/// A body with its type and coding, to an operation that is translated.
async fn post(gateway: &Gateway, (kind, coding): (&str, &str), body: Vec<u8>) -> Answer {
    to(gateway, ("POST", "/v1/orders"), (kind, coding), body).await
}

async fn to(
    gateway: &Gateway,
    (method, path): (&str, &str),
    (kind, coding): (&str, &str),
    body: Vec<u8>,
) -> Answer {
    let client = hyper_util::client::legacy::Client::builder(hyper_util::rt::TokioExecutor::new())
        .build_http::<Full<Bytes>>();
    let request = gateway.get(path).method(method).header("content-type", kind);
    let request =
        if coding.is_empty() { request } else { request.header("content-encoding", coding) };
    let (head, body) =
        client.request(request.body(Full::from(body)).unwrap()).await.unwrap().into_parts();
    let text = String::from_utf8_lossy(&read(body).await).into_owned();
    Answer { status: head.status, headers: head.headers, text }
}

/// A backend that answers with what it was sent before, as its headers say.
fn coded(kind: &str, coding: &str, body: Vec<u8>) -> Response<Full<Bytes>> {
    let answer = Response::builder().status(200).header("content-type", kind);
    let answer = if coding.is_empty() { answer } else { answer.header("content-encoding", coding) };
    answer.body(Full::from(body)).unwrap()
}

/// A backend that answers with a body that each test sets.
struct Set {
    backend: Backend,
    answer: std::sync::Arc<std::sync::Mutex<(String, String, Vec<u8>)>>,
}

impl Set {
    async fn start() -> Self {
        let answer =
            std::sync::Arc::new(std::sync::Mutex::new((String::new(), String::new(), Vec::new())));
        let own = std::sync::Arc::clone(&answer);
        let backend = Backend::start(move |asked: &Asked| {
            let (kind, coding, body) = own.lock().unwrap().clone();
            let mut answer = coded(&kind, &coding, body);
            if asked.path == "/orders" {
                *answer.status_mut() = http::StatusCode::CREATED;
            }
            answer
        })
        .await;
        Self { backend, answer }
    }

    fn to(&self, kind: &str, coding: &str, body: Vec<u8>) {
        *self.answer.lock().unwrap() = (kind.into(), coding.into(), body);
    }
}

const JSON: &str = "application/json";

#[tokio::test]
async fn compressed_bodies_are_translated_as_plain_text() {
    let set = Set::start().await;
    let place = orders("", &set.backend.address, "v2");
    let gateway = Gateway::start(&place.0);
    for (coding, encode) in codings() {
        set.to(JSON, coding, encode(V2.as_bytes()));
        let body = encode(V1.as_bytes());
        let length = body.len();
        let answer = post(&gateway, (JSON, coding), body).await;
        let asked = set.backend.last();
        assert_eq!(asked.body, V2, "{coding}");
        assert_eq!(asked.headers["content-length"], V2.len().to_string(), "{coding}");
        assert!(!asked.headers.contains_key("content-encoding"), "{coding} {asked:?}");
        assert_eq!((answer.status.as_u16(), &*answer.text), (201, V1), "{coding} {answer:?}");
        assert_eq!(answer.header("content-length"), Some(&*V1.len().to_string()), "{coding}");
        assert_eq!(answer.header("content-encoding"), None, "{coding}");
        let line = gateway.line("\"target\":\"access\"");
        assert_eq!(between(&line, "\"outcome\":\"", "\""), "translated", "{line}");
        assert_eq!(between(&line, "\"bytes_in\":", ","), length.to_string(), "{line}");
        // Without a body nothing is said of what it would have been.
        let head = to(&gateway, ("HEAD", "/v1/orders/1"), (JSON, ""), Vec::new()).await;
        assert_eq!(head.header("content-encoding"), None, "{coding} {head:?}");
        gateway.outcome();
    }
}

#[tokio::test]
async fn compressed_bodies_that_are_not_translated_pass_as_they_came() {
    let set = Set::start().await;
    let place = orders("", &set.backend.address, "v2");
    let gateway = Gateway::start(&place.0);
    for (method, path) in [("PUT", "/files/x"), ("POST", "/v2/orders")] {
        for coding in ["gzip", "compress"] {
            let body = b"\x1f\x8b not at all".to_vec();
            set.to(JSON, coding, body.clone());
            let answer = to(&gateway, (method, path), (JSON, coding), body.clone()).await;
            let asked = set.backend.last();
            assert_eq!(asked.body, body, "{path}");
            assert_eq!(asked.headers["content-encoding"], coding, "{path}");
            assert_eq!(answer.header("content-encoding"), Some(coding), "{path} {answer:?}");
            assert_eq!(answer.text, String::from_utf8_lossy(&body), "{path}");
            assert_eq!(gateway.outcome(), "passed");
        }
    }
}

/// What is not decoded to its end, or has something behind it, is no document.
#[tokio::test]
async fn broken_codings_have_their_answers() {
    let set = Set::start().await;
    let place = orders("", &set.backend.address, "v2");
    let gateway = Gateway::start(&place.0);
    let kind = |answer: &Answer| between(&answer.text, "\"type\":\"", "\"").to_owned();
    for (coding, encode) in codings() {
        if coding == "identity" {
            continue;
        }
        let whole = encode(V1.as_bytes());
        let cut = whole[..whole.len() - 1].to_vec();
        let more = [&whole[..], b"x"].concat();
        for body in [cut, more, V1.into()] {
            let asked = set.backend.count();
            let answer = post(&gateway, (JSON, coding), body.clone()).await;
            assert_eq!(answer.status, 400, "{coding} {answer:?}");
            assert_eq!(kind(&answer), "urn:fishplate:malformed-document");
            assert!(answer.text.contains("cannot be decoded"), "{answer:?}");
            assert_eq!(set.backend.count(), asked);
            assert_eq!(gateway.outcome(), "undecodable");
            set.to(JSON, coding, body);
            let answer = gateway.ask(gateway.get("/orders/1"), "").await;
            assert_eq!(answer.status, 502, "{coding} {answer:?}");
            assert_eq!(kind(&answer), "urn:fishplate:malformed-document");
            assert_eq!(gateway.outcome(), "undecodable");
        }
    }
}

#[tokio::test]
async fn codings_that_nobody_knows_are_told_which_are_known() {
    let set = Set::start().await;
    let place = orders("", &set.backend.address, "v2");
    let gateway = Gateway::start(&place.0);
    for coding in ["compress", "gzip, compress", "gzip, gzip, gzip, gzip"] {
        let answer = post(&gateway, (JSON, coding), V1.into()).await;
        assert_eq!(answer.status, 415, "{coding} {answer:?}");
        assert_eq!(answer.header("accept-encoding"), Some("gzip, deflate, br, zstd"));
        set.to(JSON, coding, V2.into());
        let answer = gateway.ask(gateway.get("/orders/1"), "").await;
        assert_eq!(answer.status, 502, "{coding} {answer:?}");
        assert_eq!(answer.header("accept-encoding"), None);
    }
    // What is no JSON is not told of codings.
    let answer = post(&gateway, ("text/plain", "gzip"), V1.into()).await;
    assert_eq!((answer.status.as_u16(), answer.header("accept-encoding")), (415, None));
}

/// A backend is asked for what the client takes, as far as it can be decoded.
#[tokio::test]
async fn backends_are_asked_for_codings_that_can_be_decoded() {
    let backend = Backend::start(|_| json("{}")).await;
    let place = orders("", &backend.address, "v2");
    let gateway = Gateway::start(&place.0);
    for (said, asked) in [
        ("", Some("identity")),
        ("gzip;q=0.5, compress, br", Some("gzip;q=0.5, br")),
        ("*", Some("identity")),
    ] {
        let accept = |path: &str| {
            let request = gateway.get(path);
            if said.is_empty() { request } else { request.header("accept-encoding", said) }
        };
        gateway.ask(accept("/orders/1"), "").await;
        let got = backend.last();
        assert_eq!(got.headers.get("accept-encoding").map(|v| v.to_str().unwrap()), asked);
        // What goes through as it came is the client's affair.
        gateway.ask(accept("/v2/orders/1"), "").await;
        let got = backend.last();
        let own = (!said.is_empty()).then_some(said);
        assert_eq!(got.headers.get("accept-encoding").map(|v| v.to_str().unwrap()), own);
    }
}

/// A body that is made to be large is bounded by its size, and by how much larger it is than what came.
#[tokio::test]
async fn bombs_do_not_go_off() {
    let set = Set::start().await;
    let place = orders("limits: { body: 4MiB, buffered: 16MiB }", &set.backend.address, "v2");
    let gateway = Gateway::start(&place.0);
    let kind = |answer: &Answer| between(&answer.text, "\"type\":\"", "\"").to_owned();
    let bomb = |size: usize| format!("{{\"customer\":\"{}\"}}", " ".repeat(size));
    let (small, huge) = (bomb(3 << 20), bomb(8 << 20));
    let noise = |n: usize| format!("{{\"id\":{},\"customer\":\"c{}\"}}", n * 7919, n * n % 8191);
    let large = format!("[{}]", (0..130_000).map(noise).collect::<Vec<_>>().join(","));
    assert!(large.len() > 4 << 20);
    for (coding, encode) in codings() {
        if coding == "identity" {
            continue;
        }
        for (text, told) in [(&small, "times as large"), (&huge, "larger than"), (&large, "than")] {
            let body = encode(text.as_bytes());
            let answer = post(&gateway, (JSON, coding), body.clone()).await;
            assert_eq!(answer.status, 413, "{coding} {told} {answer:?}");
            assert_eq!(kind(&answer), "urn:fishplate:body-too-large");
            assert!(answer.text.contains(told), "{coding} {answer:?}");
            assert_eq!(gateway.outcome(), "refused_request");
            set.to(JSON, coding, body);
            let answer = gateway.ask(gateway.get("/orders/1"), "").await;
            assert_eq!(answer.status, 502, "{coding} {told} {answer:?}");
            assert_eq!(kind(&answer), "urn:fishplate:body-too-large");
            assert_eq!(gateway.outcome(), "refused_answer");
        }
    }
    assert!(peak(&gateway) < 128 << 10, "{} KiB", peak(&gateway));
    // What is alike, as lists are, is no bomb.
    let list = format!("[{}]", (0..60_000).map(noise).collect::<Vec<_>>().join(","));
    set.to(JSON, "", b"{}".to_vec());
    let answer = post(&gateway, (JSON, "gzip"), gzip(list.as_bytes())).await;
    assert_eq!(answer.status, 201, "{answer:?}");
}

/// Documents in another charset become UTF-8, and nothing is guessed.
#[tokio::test]
async fn charsets_are_converted() {
    let set = Set::start().await;
    let place = orders("", &set.backend.address, "v2");
    let gateway = Gateway::start(&place.0);
    let marked = |text: &str| utf16(&format!("\u{feff}{text}"));
    let bom = |text: &str| format!("\u{feff}{text}").into_bytes();
    let all: [(&str, &str, Write<'_>); 8] = [
        ("application/json; charset=iso-8859-1", "application/json; charset=utf-8", &latin1),
        ("application/json;charset=\"UTF-16LE\"", "application/json; charset=utf-8", &utf16),
        ("application/json;charset=utf-16", "application/json; charset=utf-8", &marked),
        ("application/json;charset=utf-16;v=1", "application/json; charset=utf-8; v=1", &utf16),
        (
            "application/problem+json;charset=Windows-1252",
            "application/problem+json; charset=utf-8",
            &latin1,
        ),
        ("application/json;charset=UTF-8", "application/json;charset=UTF-8", &|t| t.into()),
        ("application/json; charset=utf-8", "application/json; charset=utf-8", &bom),
        ("application/json", "application/json", &bom),
    ];
    for (kind, told, encode) in all {
        for (coding, wrap) in [("", None), ("gzip", Some(gzip))] {
            let of = |text| wrap.map_or_else(|| encode(text), |wrap| wrap(&encode(text)));
            set.to(kind, coding, of(V2));
            let answer = post(&gateway, (kind, coding), of(V1)).await;
            let asked = set.backend.last();
            assert_eq!(asked.body, V2, "{kind}");
            assert_eq!(asked.headers["content-type"], told, "{kind}");
            assert_eq!((answer.status.as_u16(), &*answer.text), (201, V1), "{kind} {answer:?}");
            assert_eq!(answer.header("content-type"), Some(told), "{kind}");
            assert_eq!(answer.header("content-length"), Some(&*V1.len().to_string()), "{kind}");
        }
    }
    for (kind, body, status, told) in [
        ("application/json; charset=us-ascii", V1.as_bytes().to_vec(), 400, "at 22 of the text"),
        ("application/json; charset=utf-16le", utf16(V1)[..9].to_vec(), 400, "UTF-16LE"),
        ("application/json; charset=utf-16be", utf16(V1), 400, "no JSON"),
        ("application/json; charset=utf-8", latin1(V1), 400, "invalid UTF-8"),
        ("application/json; charset=utf-32", V1.into(), 415, "its charset `utf-32` is not known"),
        ("application/json; charset=utf-8; charset=latin1", V1.into(), 415, "several charsets"),
    ] {
        let answer = post(&gateway, (kind, ""), body.clone()).await;
        assert_eq!(answer.status.as_u16(), status, "{kind} {answer:?}");
        assert!(told == "no JSON" || answer.text.contains(told), "{kind} {answer:?}");
        set.to(kind, "", body);
        let answer = gateway.ask(gateway.get("/orders/1"), "").await;
        assert_eq!(answer.status.as_u16(), 502, "{kind} {answer:?}");
    }
    // What is not translated keeps its bytes.
    set.to("application/json; charset=iso-8859-1", "", latin1(V2));
    let kind = ("application/json; charset=iso-8859-1", "");
    let answer = to(&gateway, ("POST", "/v2/orders"), kind, latin1(V2)).await;
    assert_eq!(set.backend.last().body, latin1(V2));
    assert_eq!(answer.header("content-type"), Some(kind.0));
}

/// A body that holds nothing is none, and how it was coded is no affair of the backend.
#[tokio::test]
async fn a_stream_of_nothing_is_no_body() {
    let set = Set::start().await;
    let place = orders("", &set.backend.address, "v2");
    let gateway = Gateway::start(&place.0);
    set.to(JSON, "gzip", gzip(b""));
    let answer = post(&gateway, (JSON, "gzip"), gzip(b"")).await;
    let asked = set.backend.last();
    assert_eq!((asked.body.len(), asked.headers.get("content-encoding")), (0, None));
    assert_eq!((answer.status.as_u16(), &*answer.text), (201, ""), "{answer:?}");
    assert_eq!(answer.header("content-encoding"), None);
    assert_eq!(answer.header("content-length"), Some("0"));
}

/// What came of a body that is refused is counted.
#[tokio::test]
async fn bytes_of_refused_bodies_are_counted() {
    let backend = Backend::start(|_| json("{}")).await;
    let place = orders("limits: { body: 1KiB }", &backend.address, "v2");
    let gateway = Gateway::start(&place.0);
    for (coding, body) in [("", b"{\"a\":".to_vec()), ("gzip", b"garbage".to_vec())] {
        let length = body.len().to_string();
        assert_eq!(post(&gateway, (JSON, coding), body).await.status, 400);
        let line = gateway.line("\"target\":\"access\"");
        assert_eq!(between(&line, "\"bytes_in\":", ","), length, "{line}");
    }
    let chunks = format!("{:x}\r\n{}\r\n", 2000, "x".repeat(2000));
    let head = "POST /orders HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n\
                transfer-encoding: chunked\r\n\r\n";
    let answer = crate::harness::wire(&gateway.listen, &format!("{head}{chunks}")).await;
    assert!(answer.starts_with("HTTP/1.1 413 "), "{answer}");
    let line = gateway.line("\"target\":\"access\"");
    let counted: usize = between(&line, "\"bytes_in\":", ",").parse().unwrap();
    assert!(counted > 1024, "{line}");
}
