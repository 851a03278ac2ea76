//! Backends that break off, stall, or answer what is no HTTP: each has its answer, in time.

use std::time::Duration;

use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::task::JoinHandle;

use crate::harness::{Gateway, between, orders, rest};
use crate::through::read_until;

/// What a scripted backend does after its last byte.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Then {
    Close,
    Stall,
}

/// A backend that writes the same bytes to whoever asks.
pub(crate) async fn scripted(bytes: &'static str, then: Then) -> (String, JoinHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let task = tokio_util::task::TaskTracker::new().spawn(async move {
        let mut held = Vec::new();
        while let Ok((mut stream, _)) = listener.accept().await {
            read_until(&mut stream, "\r\n\r\n").await;
            drop(stream.write_all(bytes.as_bytes()).await);
            if then == Then::Stall {
                held.push(stream);
            }
        }
    });
    (address, task)
}

pub(crate) fn leak(text: String) -> &'static str {
    text.leak()
}

const HEAD: &str = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n";

#[tokio::test]
async fn answers_that_break_or_stall() {
    let long = leak(format!("HTTP/1.1 200 OK\r\nx: {}\r\n\r\n", "x".repeat(600_000)));
    let cut = leak(format!("{HEAD}content-length: 9\r\n\r\n{{\"buyer\""));
    let chunk = leak(format!("{HEAD}transfer-encoding: chunked\r\n\r\n5\r\n{{\"buy"));
    for (bytes, then, status, kind, outcome) in [
        ("", Then::Close, 502, "backend-broken", "backend_error"),
        ("hello\r\n\r\n", Then::Close, 502, "backend-broken", "backend_error"),
        ("HTTP/1.1 200 OK\r\ncontent-", Then::Close, 502, "backend-broken", "backend_error"),
        (long, Then::Close, 502, "backend-broken", "backend_error"),
        (
            "HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n",
            Then::Stall,
            502,
            "backend-broken",
            "backend_error",
        ),
        ("HTTP/1.1 103 Early Hints\r\n\r\n", Then::Close, 502, "backend-broken", "backend_error"),
        (cut, Then::Close, 502, "body-broken", "backend_error"),
        (chunk, Then::Close, 502, "body-broken", "backend_error"),
        ("", Then::Stall, 504, "backend-too-slow", "timed_out"),
        ("HTTP/1.1 200", Then::Stall, 504, "backend-too-slow", "timed_out"),
        (cut, Then::Stall, 504, "body-too-slow", "timed_out"),
        (chunk, Then::Stall, 504, "body-too-slow", "timed_out"),
    ] {
        let (address, task) = scripted(bytes, then).await;
        let place = orders("timeouts: { answer: 400ms, body: 400ms }", &address, "v2");
        let gateway = Gateway::start(&place.0);
        let answer = gateway.ask(gateway.get("/orders/1"), "").await;
        let what = bytes.get(..80).unwrap_or(bytes);
        assert_eq!(answer.status.as_u16(), status, "{what:?} {answer:?}");
        let expected = format!("urn:fishplate:{kind}");
        assert_eq!(between(&answer.text, "\"type\":\"", "\""), expected, "{what:?}");
        let closed = answer.text.contains("the backend closed the connection before it answered");
        assert_eq!(closed, kind == "backend-broken" && bytes.is_empty(), "{answer:?}");
        assert_eq!(gateway.outcome(), outcome, "{what:?}");
        task.abort();
    }
}

/// What streams and breaks off must not look as if it had come to its end.
#[tokio::test]
async fn a_stream_that_breaks_off_is_seen_to() {
    let chunk = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nfirst\r\n";
    for (then, outcome) in [(Then::Close, "backend_error"), (Then::Stall, "timed_out")] {
        let (address, task) = scripted(chunk, then).await;
        let place = orders("timeouts: { body: 400ms }", &address, "v2");
        let gateway = Gateway::start(&place.0);
        let mut client = TcpStream::connect(&gateway.listen).await.unwrap();
        client.write_all(b"GET /files/x HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
        let answer = rest(&mut client).await;
        assert!(answer.contains("first"), "{answer}");
        assert!(!answer.ends_with("0\r\n\r\n"), "{answer}");
        assert_eq!(gateway.outcome(), outcome);
        task.abort();
    }
}

#[tokio::test]
async fn a_backend_that_takes_no_connection() {
    // A full queue: the system answers no further connection.
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let listener = socket.listen(1).unwrap();
    let address = listener.local_addr().unwrap();
    let mut full = Vec::new();
    while let Ok(Ok(stream)) =
        tokio::time::timeout(Duration::from_millis(300), TcpStream::connect(address)).await
    {
        full.push(stream);
    }
    let place = orders("timeouts: { connect: 300ms }", &address.to_string(), "v2");
    let gateway = Gateway::start(&place.0);
    let answer = gateway.ask(gateway.get("/orders/1"), "").await;
    assert_eq!(answer.status, 502, "{answer:?}");
    assert_eq!(between(&answer.text, "\"type\":\"", "\""), "urn:fishplate:backend-unreachable");
    assert_eq!(gateway.outcome(), "backend_error");
}

/// A pause of the client is none of the backend's.
#[tokio::test]
async fn a_slow_reader_does_not_make_a_stream_break() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let place = orders("timeouts: { body: 800ms }", &address, "v2");
    let gateway = Gateway::start(&place.0);
    let mut client = TcpStream::connect(&gateway.listen).await.unwrap();
    let request = b"GET /files/x HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";
    client.write_all(request).await.unwrap();
    let (mut backend, _) = listener.accept().await.unwrap();
    read_until(&mut backend, "\r\n\r\n").await;
    let head = "HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n";
    backend.write_all(head.as_bytes()).await.unwrap();
    // More than the sockets hold, then a piece behind each of the client's pauses.
    let task = tokio_util::task::TaskTracker::new().spawn(async move {
        let piece = vec![b'x'; 1 << 20];
        for _ in 0..16 {
            backend.write_all(&piece).await.unwrap();
        }
    });
    let (mut read, mut piece) = (0, vec![0; 1 << 20]);
    while read < 16 << 20 {
        if read % (4 << 20) < 1 << 16 {
            tokio::time::sleep(Duration::from_millis(500)).await;
        }
        let n = tokio::io::AsyncReadExt::read(&mut client, &mut piece).await.unwrap();
        assert!(n > 0, "ended after {read}");
        read += n;
    }
    task.await.unwrap();
    rest(&mut client).await;
    assert_eq!(gateway.outcome(), "passed");
}

/// A coding of the transfer goes with its header, and what it coded would be taken for plain.
#[tokio::test]
async fn coded_answers_are_not_passed_as_plain() {
    for coding in ["gzip, chunked", "gzip", "chunked"] {
        let bytes =
            leak(format!("{HEAD}transfer-encoding: {coding}\r\n\r\n2\r\n{{}}\r\n0\r\n\r\n"));
        let (address, task) = scripted(bytes, Then::Close).await;
        let place = orders("", &address, "v2");
        let gateway = Gateway::start(&place.0);
        for path in ["/files/x", "/orders/1"] {
            let answer = gateway.ask(gateway.get(path), "").await;
            if coding == "chunked" {
                assert_eq!((answer.status.as_u16(), &*answer.text), (200, "{}"), "{path}");
                continue;
            }
            assert_eq!(answer.status, 502, "{coding} {path}: {answer:?}");
            let kind = between(&answer.text, "\"type\":\"", "\"");
            assert_eq!(kind, "urn:fishplate:coding-not-supported");
            assert_eq!(gateway.outcome(), "backend_error");
        }
        task.abort();
    }
}

#[tokio::test]
async fn a_stream_that_ends_in_trailers_is_complete() {
    for announced in ["trailer: x-sum\r\n", ""] {
        let bytes = leak(format!(
            "{HEAD}{announced}transfer-encoding: chunked\r\n\r\n2\r\n{{}}\r\n0\r\nx-sum: 1\r\n\r\n"
        ));
        let (address, task) = scripted(bytes, Then::Close).await;
        let place = orders("", &address, "v2");
        let gateway = Gateway::start(&place.0);
        for te in ["te: trailers\r\n", ""] {
            let request =
                format!("GET /files/x HTTP/1.1\r\nhost: x\r\n{te}connection: close\r\n\r\n");
            let answer = crate::harness::wire(&gateway.listen, &request).await;
            assert!(
                answer.ends_with("0\r\n\r\n") || answer.ends_with("x-sum: 1\r\n\r\n"),
                "{answer}"
            );
            // What is announced comes; who does not ask for trailers is not given any.
            let some = !announced.is_empty() && !te.is_empty();
            assert_eq!(answer.contains("\r\ntrailer: x-sum\r\n"), some, "{te:?} {answer}");
            assert_eq!(answer.ends_with("x-sum: 1\r\n\r\n"), some, "{te:?} {answer}");
            assert_eq!(gateway.outcome(), "passed", "{announced:?} {te:?}");
        }
        task.abort();
    }
}

#[tokio::test]
async fn a_reset_of_the_content_is_given_none() {
    let bodies = [
        "content-length: 9\r\n\r\n{\"id\":12}",
        "transfer-encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
    ];
    for body in bodies {
        let status = "HTTP/1.1 205 Reset Content\r\ncontent-type: application/json\r\n";
        let (address, task) = scripted(leak(format!("{status}{body}")), Then::Close).await;
        let place = orders("", &address, "v2");
        let gateway = Gateway::start(&place.0);
        for path in ["/orders/1", "/files/x"] {
            let request = format!("GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n");
            let answer = crate::harness::wire(&gateway.listen, &request).await;
            assert!(answer.starts_with("HTTP/1.1 205 "), "{answer}");
            assert!(answer.contains("content-length: 0\r\n"), "{answer}");
            assert!(answer.ends_with("\r\n\r\n"), "{answer}");
            assert_eq!(gateway.outcome(), "passed");
        }
        task.abort();
    }
}
