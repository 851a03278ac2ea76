//! Bodies that are no documents, and documents that are odd.

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::Full;

use crate::harness::{Answer, Backend, Gateway, between, json, orders, read};

const DEEP: usize = 100_000;

/// What is no document, with its name.
fn broken() -> Vec<(&'static str, Vec<u8>)> {
    let deep = |open: &str, close: &str| {
        format!("{{\"id\":{}1{}}}", open.repeat(DEEP), close.repeat(DEEP)).into_bytes()
    };
    vec![
        ("truncated", b"{\"id\":1,\"buyer\":\"Zo".to_vec()),
        ("truncated in an escape", b"{\"id\":\"\\u00".to_vec()),
        ("empty", b" ".to_vec()),
        ("two documents", b"{} {}".to_vec()),
        ("deep arrays", deep("[", "]")),
        ("deep objects", deep("{\"a\":", "}")),
        ("deep and truncated", "[".repeat(DEEP).into_bytes()),
        ("a name that stands twice", b"{\"id\":1,\"id\":2}".to_vec()),
        ("a name that stands twice, escaped", b"{\"id\":1,\"\\u0069d\":2}".to_vec()),
        ("invalid UTF-8", b"{\"id\":\"\xff\"}".to_vec()),
        ("an overlong form", b"{\"id\":\"\xc0\xaf\"}".to_vec()),
        ("an encoded surrogate", b"{\"id\":\"\xed\xa0\x80\"}".to_vec()),
        ("a control character", b"{\"id\":\"\x01\"}".to_vec()),
        ("a leading zero", b"{\"id\":01}".to_vec()),
        ("a byte order mark in it", b"{\"id\":\xef\xbb\xbf1}".to_vec()),
        ("UTF-16", b"{\0\"\0i\0d\0\"\0:\x001\0}\0".to_vec()),
    ]
}

async fn post(gateway: &Gateway, media: &str, body: Vec<u8>) -> Answer {
    let client = hyper_util::client::legacy::Client::builder(hyper_util::rt::TokioExecutor::new())
        .build_http::<Full<Bytes>>();
    let request = Request::builder()
        .method("POST")
        .uri(format!("http://{}/v1/orders", gateway.listen))
        .header("content-type", media)
        .body(Full::from(body))
        .unwrap();
    let (head, body) = client.request(request).await.unwrap().into_parts();
    let text = String::from_utf8_lossy(&read(body).await).into_owned();
    Answer { status: head.status, headers: head.headers, text }
}

/// The most memory that the gateway ever had, in KiB.
fn peak(gateway: &Gateway) -> usize {
    let status = std::fs::read_to_string(format!("/proc/{}/status", gateway.child.id())).unwrap();
    between(&status, "VmHWM:", "kB").trim().parse().unwrap()
}

#[tokio::test]
async fn a_request_that_is_no_document_never_reaches_the_backend() {
    let backend = Backend::start(|_| json("{}")).await;
    let place = orders("", &backend.address, "v2");
    let gateway = Gateway::start(&place.0);
    for (name, body) in broken() {
        let answer = post(&gateway, "application/json", body).await;
        assert_eq!(answer.status, 400, "{name}: {answer:?}");
        assert_eq!(answer.header("content-type"), Some("application/problem+json"), "{name}");
        assert_eq!(between(&answer.text, "\"type\":\"", "\""), "urn:fishplate:malformed-document");
        assert!(between(&answer.text, "\"detail\":\"", "\"").contains("at byte"), "{answer:?}");
    }
    for media in ["application/json; charset=iso-8859-1", "application/json;charset=\"utf-16\""] {
        let answer = post(&gateway, media, b"{}".to_vec()).await;
        assert_eq!(answer.status, 415, "{media}: {answer:?}");
    }
    assert_eq!(backend.count(), 0);
    assert!(peak(&gateway) < 256 << 10, "{} KiB", peak(&gateway));
}

#[tokio::test]
async fn an_answer_that_is_no_document_is_a_502() {
    for (name, body) in broken() {
        let answered = body.clone();
        let backend = Backend::start(move |_| {
            Response::builder()
                .header("content-type", "application/json")
                .body(Full::from(answered.clone()))
                .unwrap()
        })
        .await;
        let place = orders("", &backend.address, "v2");
        let gateway = Gateway::start(&place.0);
        let answer = gateway.ask(gateway.get("/v1/orders/1"), "").await;
        assert_eq!(answer.status, 502, "{name}: {answer:?}");
        assert_eq!(answer.header("content-type"), Some("application/problem+json"), "{name}");
        assert_eq!(between(&answer.text, "\"type\":\"", "\""), "urn:fishplate:malformed-document");
        assert_eq!(gateway.outcome(), "undecodable", "{name}");
        assert!(peak(&gateway) < 256 << 10, "{} KiB", peak(&gateway));
    }
}

#[tokio::test]
async fn odd_documents_pass_byte_for_byte() {
    let digits = "1234567890".repeat(2_000);
    let odd = [
        String::from(r#""\ud800 \udc00\ud800 \u0000 \/ \u00e9 é""#),
        format!("-{digits}.{digits}e-{digits}"),
        String::from("[-0,-0.0,1E400,1e-400,18446744073709551617,1.10]"),
        String::from("[ \t\r\n1\n,\t{ \"a\" :\r[ ] } ]"),
        format!("{{\"{}\":1}}", "k".repeat(1 << 20)),
    ];
    let backend = Backend::start(|asked| {
        Response::builder()
            .status(201)
            .header("content-type", "application/json")
            .body(Full::from(asked.body.clone()))
            .unwrap()
    })
    .await;
    let place = orders("", &backend.address, "v2");
    let gateway = Gateway::start(&place.0);
    for value in odd {
        let body = format!("{{\"customer\":\"Zoë\",\"x\":{value}}}");
        let answer = post(&gateway, "application/json", body.clone().into_bytes()).await;
        let asked = String::from_utf8(backend.last().body.to_vec()).unwrap();
        let sent = body.replace("customer", "buyer");
        assert!(asked == sent, "the backend got {}", asked.get(..200).unwrap_or(&asked));
        assert_eq!(answer.status, 201);
        assert!(answer.text == body, "the client got {}", answer.text.get(..200).unwrap_or(""));
    }
}

#[tokio::test]
async fn limits_have_answers_of_their_own() {
    let long = format!("{{\"buyer\":\"{}\"}}", "x".repeat(4096));
    let backend = Backend::start(move |_| {
        Response::builder()
            .header("content-type", "application/json")
            .body(Full::from(long.clone()))
            .unwrap()
    })
    .await;
    let limits = "limits: { body: 2KiB, buffered: 8KiB, depth: 8 }";
    let place = orders(limits, &backend.address, "v2");
    let gateway = Gateway::start(&place.0);
    let kind = |answer: &Answer| between(&answer.text, "\"type\":\"", "\"").to_owned();
    let body = format!("{{\"customer\":\"{}\"}}", "x".repeat(4096)).into_bytes();
    let answer = post(&gateway, "application/json", body).await;
    assert_eq!(
        (answer.status.as_u16(), kind(&answer)),
        (413, "urn:fishplate:body-too-large".into())
    );
    let deep = format!("{}1{}", "[".repeat(9), "]".repeat(9)).into_bytes();
    let answer = post(&gateway, "application/json", deep).await;
    assert_eq!(
        (answer.status.as_u16(), kind(&answer)),
        (400, "urn:fishplate:malformed-document".into())
    );
    assert_eq!(backend.count(), 0);
    let answer = gateway.ask(gateway.get("/v1/orders/1"), "").await;
    assert_eq!(
        (answer.status.as_u16(), kind(&answer)),
        (502, "urn:fishplate:body-too-large".into())
    );

    // A small document that a mapping makes large.
    let limits = "limits: { output: 64 }";
    let place = orders(limits, &backend.address, "v2");
    let grows = format!("{}    added: {{ note: {} }}\n", crate::harness::MAPPING, "x".repeat(100));
    place.write("mappings/orders/v2.yaml", &grows);
    let noted = crate::harness::v2().replace("id: { type", "note: { type: string }, id: { type");
    place.write("schemas/orders/v2.yaml", &noted);
    let gateway = Gateway::start(&place.0);
    let answer = post(&gateway, "application/json", b"{}".to_vec()).await;
    assert_eq!(
        (answer.status.as_u16(), kind(&answer)),
        (413, "urn:fishplate:translation-too-large".into())
    );
}
