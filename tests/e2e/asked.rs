//! Who waits to be asked for a body (`Expect: 100-continue`) is asked by whoever needs it, and by
//! nobody else.

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::harness::{Backend, Gateway, json, orders, rest};
use crate::through::read_until;

const CONTINUE: &str = "HTTP/1.1 100 Continue\r\n\r\n";

fn head(method: &str, path: &str, more: &str) -> String {
    format!("{method} {path} HTTP/1.1\r\nhost: x\r\nexpect: 100-continue\r\n{more}\r\n")
}

/// What comes within a moment.
async fn soon(stream: &mut TcpStream) -> String {
    let mut piece = vec![0; 1024];
    let read = tokio::time::timeout(Duration::from_millis(300), stream.read(&mut piece)).await;
    let n = read.map_or(0, Result::unwrap);
    String::from_utf8_lossy(&piece[..n]).into_owned()
}

struct Both {
    gateway: Gateway,
    listener: TcpListener,
    _place: crate::harness::Place,
}

impl Both {
    async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let place = orders("", &listener.local_addr().unwrap().to_string(), "v2");
        Self { gateway: Gateway::start(&place.0), listener, _place: place }
    }

    /// A client that has said its head, and a backend that has read it.
    async fn ask(&self, head: &str) -> (TcpStream, TcpStream, String) {
        let mut client = TcpStream::connect(&self.gateway.listen).await.unwrap();
        client.write_all(head.as_bytes()).await.unwrap();
        let (mut backend, _) = self.listener.accept().await.unwrap();
        let asked = read_until(&mut backend, "\r\n\r\n").await;
        (client, backend, asked)
    }
}

#[tokio::test]
async fn a_body_that_streams_is_asked_for_by_the_backend() {
    let both = Both::start().await;
    for framed in ["content-length: 5\r\n", "transfer-encoding: chunked\r\n"] {
        let (mut client, mut backend, asked) = both.ask(&head("PUT", "/files/a", framed)).await;
        assert!(asked.contains("expect: 100-continue\r\n"), "{asked}");
        assert_eq!(soon(&mut client).await, "", "nobody has asked");
        backend.write_all(CONTINUE.as_bytes()).await.unwrap();
        assert_eq!(read_until(&mut client, "\r\n\r\n").await, CONTINUE);
        let body = if framed.starts_with('c') { "hello" } else { "5\r\nhello\r\n0\r\n\r\n" };
        client.write_all(body.as_bytes()).await.unwrap();
        read_until(&mut backend, body).await;
        backend.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok").await.unwrap();
        let answer = read_until(&mut client, "ok").await;
        assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
        assert!(!answer.contains("connection: close"), "{answer}");
        assert_eq!(both.gateway.outcome(), "passed");
        // The connection goes on.
        client.write_all(b"GET /nothing HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
        read_until(&mut client, "HTTP/1.1 404 ").await;
        both.gateway.outcome();
    }
}

/// An answer without the body reaches the client, who is never asked for it, even while it still comes.
#[tokio::test]
async fn a_backend_that_answers_at_once_gets_no_body() {
    let both = Both::start().await;
    for status in ["417 Expectation Failed", "401 Unauthorized", "200 OK"] {
        let framed = "content-length: 5\r\n";
        let (mut client, mut backend, _) = both.ask(&head("PUT", "/files/a", framed)).await;
        let head = format!("HTTP/1.1 {status}\r\ncontent-length: 4\r\n\r\n");
        backend.write_all(format!("{head}no").as_bytes()).await.unwrap();
        let answer = read_until(&mut client, "\r\n\r\nno").await;
        assert!(answer.starts_with(&format!("HTTP/1.1 {status}\r\n")), "{answer}");
        // What is left of the body would be read as the next request.
        assert!(answer.contains("connection: close\r\n"), "{answer}");
        // Longer than a backend is waited for that says nothing.
        tokio::time::sleep(Duration::from_millis(1500)).await;
        backend.write_all(b"pe").await.unwrap();
        assert_eq!(rest(&mut client).await, "pe");
        let outcome = if status == "200 OK" { "passed" } else { "foreign" };
        assert_eq!(both.gateway.outcome(), outcome);
        // Nothing of a body came, and nothing more will.
        assert_eq!(rest(&mut backend).await, "");
    }
}

/// A backend that knows nothing of it is sent the body after a while.
#[tokio::test]
async fn a_backend_that_says_nothing_gets_the_body() {
    let both = Both::start().await;
    let (mut client, mut backend, _) =
        both.ask(&head("PUT", "/files/a", "content-length: 5\r\n")).await;
    assert_eq!(read_until(&mut client, "\r\n\r\n").await, CONTINUE);
    client.write_all(b"hello").await.unwrap();
    read_until(&mut backend, "hello").await;
    let ends = b"HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 0\r\n\r\n";
    backend.write_all(ends).await.unwrap();
    read_until(&mut client, "HTTP/1.1 200 ").await;
    drop(backend);
    // Who does not wait is not asked.
    let (mut client, mut backend, _) =
        both.ask(&format!("{}hello", head("PUT", "/files/a", "content-length: 5\r\n"))).await;
    read_until(&mut backend, "hello").await;
    backend.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok").await.unwrap();
    assert!(read_until(&mut client, "ok").await.contains("HTTP/1.1 200 "));
}

/// The gateway asks for what it translates itself, and the backend is not asked to ask again.
#[tokio::test]
async fn a_body_that_is_translated_is_asked_for_by_the_gateway() {
    let backend = Backend::start(|_| json("{}")).await;
    let place = orders("limits: { body: 1KiB }", &backend.address, "v2");
    let gateway = Gateway::start(&place.0);
    let kind = "content-type: application/json\r\n";
    let mut client = TcpStream::connect(&gateway.listen).await.unwrap();
    let ask = head("POST", "/orders", &format!("{kind}content-length: 8\r\n"));
    client.write_all(ask.as_bytes()).await.unwrap();
    assert_eq!(read_until(&mut client, "\r\n\r\n").await, CONTINUE);
    client.write_all(b"{\"id\":1}").await.unwrap();
    read_until(&mut client, "HTTP/1.1 200 ").await;
    assert!(!backend.last().headers.contains_key("expect"), "{:?}", backend.last());
    // What is refused is not asked for.
    let chunked = "transfer-encoding: chunked\r\n";
    for (path, more, status) in [
        ("/orders", &*format!("{kind}content-length: 2000\r\n"), 413),
        ("/orders", &*format!("content-type: text/plain\r\n{chunked}"), 415),
        ("/orders", "content-type: text/plain\r\ncontent-length: 2\r\n", 415),
        ("/orders", &*format!("{kind}content-encoding: compress\r\n{chunked}"), 415),
        ("/nothing", chunked, 404),
        ("/v9/orders", "content-length: 2\r\n", 400),
    ] {
        let mut client = TcpStream::connect(&gateway.listen).await.unwrap();
        client.write_all(head("POST", path, more).as_bytes()).await.unwrap();
        let answer = rest(&mut client).await;
        assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{path} {more} {answer}");
        assert!(answer.contains("connection: close\r\n"), "{answer}");
    }
    assert_eq!(backend.count(), 1);
}

/// HTTP/1.0 cannot ask (RFC 9110, 10.1.1).
#[tokio::test]
async fn a_client_that_cannot_be_asked_does_not_wait() {
    let backend = Backend::start(|_| json("{}")).await;
    let place = orders("", &backend.address, "v2");
    let gateway = Gateway::start(&place.0);
    let old = head("PUT", "/files/a", "content-length: 5\r\n").replace("HTTP/1.1", "HTTP/1.0");
    let answer = crate::harness::wire(&gateway.listen, &format!("{old}hello")).await;
    assert!(answer.starts_with("HTTP/1.0 200 "), "{answer}");
    assert!(!backend.last().headers.contains_key("expect"));
    assert_eq!(backend.last().body, "hello");
}
