//! Backends and clients that do not do what they should.

use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream};

use crate::harness::{Backend, Gateway, between, json, orders};
use crate::through::read_until;

#[tokio::test]
async fn a_backend_that_is_not_there() {
    // Bound and let go: nobody listens there now.
    let address = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let place = orders("", &address.to_string(), "v2");
    let gateway = Gateway::start(&place.0);
    let answer = gateway.ask(gateway.get("/orders/1"), "").await;
    assert_eq!(answer.status, 502);
    assert_eq!(between(&answer.text, "\"type\":\"", "\""), "urn:fishplate:backend-unreachable");
    assert_eq!(gateway.outcome(), "backend_error");
}

#[tokio::test]
async fn a_backend_that_does_not_answer() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let place = orders("timeouts: { answer: 200ms }", &address, "v2");
    let gateway = Gateway::start(&place.0);
    let answer = gateway.ask(gateway.get("/orders/1"), "").await;
    assert_eq!(answer.status, 504, "{answer:?}");
    assert_eq!(gateway.outcome(), "timed_out");
}

#[tokio::test]
async fn a_client_that_does_not_go_on() {
    let backend = Backend::start(|_| json("{}")).await;
    let times = "timeouts: { header: 300ms, body: 300ms }";
    let place = orders(times, &backend.address, "v2");
    let gateway = Gateway::start(&place.0);
    for path in ["/orders", "/v2/orders"] {
        let mut client = TcpStream::connect(&gateway.listen).await.unwrap();
        let head = format!(
            "POST {path} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 9\r\n\r\n{{"
        );
        client.write_all(head.as_bytes()).await.unwrap();
        let answer = read_until(&mut client, "\r\n\r\n").await;
        assert!(answer.starts_with("HTTP/1.1 408"), "{path} {answer}");
        assert_eq!(gateway.outcome(), "timed_out");
    }
    for head in ["", "P", "GET / HTTP/1.1\r\nhost:"] {
        let mut client = TcpStream::connect(&gateway.listen).await.unwrap();
        client.write_all(head.as_bytes()).await.unwrap();
        let mut rest = Vec::new();
        let end = tokio::io::AsyncReadExt::read_to_end(&mut client, &mut rest);
        let end = tokio::time::timeout(std::time::Duration::from_secs(20), end).await;
        assert!(end.is_ok(), "{head:?} is waited for without an end");
    }
}

#[tokio::test]
async fn requests_that_nobody_takes() {
    let backend = Backend::start(|_| json("{}")).await;
    let place = orders("", &backend.address, "v2");
    let gateway = Gateway::start(&place.0);
    for (path, version, status, kind) in [
        ("/nothing", "v1", 404, "no-operation"),
        ("/orders/1/", "v1", 404, "no-operation"),
        ("/orders/1", "v9", 400, "unknown-version"),
        ("/v2/orders/1", "v1", 400, "two-versions"),
        ("/v9/orders/1", "v9", 400, "unknown-version"),
    ] {
        let answer = gateway.ask(gateway.get(path).header("x-api-version", version), "").await;
        assert_eq!(answer.status, status, "{path} {answer:?}");
        let expected = format!("urn:fishplate:{kind}");
        assert_eq!(between(&answer.text, "\"type\":\"", "\""), expected);
    }
    let trace = gateway.ask(gateway.get("/orders/1").method("TRACE"), "").await;
    assert_eq!(trace.status, 405);
    let upgrade = gateway.get("/orders/1").header("connection", "upgrade");
    let upgrade = gateway.ask(upgrade.header("upgrade", "websocket"), "").await;
    assert_eq!(upgrade.status, 501);
    assert_eq!(backend.count(), 0);
}
