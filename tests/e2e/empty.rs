//! Bodies of no bytes at all: however their end is told, there is nothing in them to translate.

use tokio::io::AsyncWriteExt;
use tokio::net::TcpListener;

use crate::harness::{Backend, Gateway, json, orders, wire};
use crate::through::read_until;

/// How a message says that its body is empty.
const LENGTH: &str = "content-length: 0\r\n\r\n";
const CHUNKED: &str = "transfer-encoding: chunked\r\n\r\n0\r\n\r\n";
const TRAILED: &str = "transfer-encoding: chunked\r\ntrailer: x-sum\r\n\r\n0\r\nx-sum: 0\r\n\r\n";

#[tokio::test]
async fn requests_without_a_byte() {
    let backend = Backend::start(|_| {
        let mut answer = json(r#"{"buyer":"x"}"#);
        *answer.status_mut() = http::StatusCode::CREATED;
        answer
    })
    .await;
    let place = orders("", &backend.address, "v2");
    let gateway = Gateway::start(&place.0);
    for kind in [
        "",
        "content-type: application/json\r\n",
        "content-type: text/plain\r\n",
        "content-type: application/json\r\ncontent-encoding: gzip\r\n",
        "content-type: application/merge-patch+json\r\n",
    ] {
        for body in [LENGTH, CHUNKED, TRAILED] {
            let head = "POST /orders HTTP/1.1\r\nhost: x\r\nconnection: close\r\n";
            let answer = wire(&gateway.listen, &format!("{head}{kind}{body}")).await;
            assert!(answer.starts_with("HTTP/1.1 201 "), "{kind:?} {body:?}: {answer}");
            assert!(answer.ends_with(r#"{"customer":"x"}"#), "{kind:?} {body:?}: {answer}");
            let asked = backend.last();
            assert_eq!(asked.body, "", "{kind:?} {body:?}");
            let length = asked.headers.get("content-length").map(|v| v.to_str().unwrap());
            assert_eq!(length, Some("0"), "{kind:?} {body:?}");
            assert!(!asked.headers.contains_key("transfer-encoding"), "{kind:?} {body:?}");
            assert_eq!(gateway.outcome(), "translated", "{kind:?} {body:?}");
        }
    }
    // What has bytes is judged as before, of however many chunks it is made.
    let chunks = "transfer-encoding: chunked\r\n\r\n1\r\n \r\n0\r\n\r\n";
    for (kind, status) in [("application/json", "400"), ("text/plain", "415")] {
        let head = "POST /orders HTTP/1.1\r\nhost: x\r\nconnection: close\r\n";
        let request = format!("{head}content-type: {kind}\r\n{chunks}");
        let answer = wire(&gateway.listen, &request).await;
        assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{kind} {answer}");
        gateway.outcome();
    }
}

#[tokio::test]
async fn answers_without_a_byte() {
    for kind in [
        "200 OK\r\ncontent-type: application/json",
        "200 OK\r\ncontent-type: application/json\r\ncontent-encoding: gzip",
        "200 OK\r\ncontent-type: text/plain",
        // Not in the contract: it streams.
        "206 Partial Content\r\ncontent-type: application/json",
        "500 Internal Server Error\r\ncontent-type: application/json",
        "200 OK",
    ] {
        for body in [LENGTH, CHUNKED, TRAILED, "connection: close\r\n\r\n"] {
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            let place = orders("", &listener.local_addr().unwrap().to_string(), "v2");
            let gateway = Gateway::start(&place.0);
            let bytes = format!("HTTP/1.1 {kind}\r\n{body}");
            let backend = tokio_util::task::TaskTracker::new().spawn(async move {
                let (mut stream, _) = listener.accept().await.unwrap();
                read_until(&mut stream, "\r\n\r\n").await;
                stream.write_all(bytes.as_bytes()).await.unwrap();
            });
            let answer = gateway.ask(gateway.get("/orders/1"), "").await;
            backend.await.unwrap();
            assert_eq!(answer.status.as_str(), &kind[..3], "{kind:?} {body:?}: {answer:?}");
            assert_eq!(answer.text, "", "{kind:?} {body:?}");
            assert_eq!(gateway.outcome(), "passed", "{kind:?} {body:?}");
        }
    }
}
