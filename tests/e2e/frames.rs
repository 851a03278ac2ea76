//! HTTP/2, frame by frame: what a client of a library never sends.

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::harness::{Backend, Gateway, json, orders};
use crate::through::read_until;

pub(crate) const DATA: u8 = 0;
pub(crate) const HEADERS: u8 = 1;
pub(crate) const RESET: u8 = 3;
pub(crate) const SETTINGS: u8 = 4;
pub(crate) const PING: u8 = 6;
pub(crate) const END_STREAM: u8 = 1;
pub(crate) const END_HEADERS: u8 = 4;

pub(crate) fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
    [&length[1..], &[kind, flags], &stream.to_be_bytes(), payload].concat()
}

/// A connection that has begun, and on which the gateway has begun too.
pub(crate) async fn connect(gateway: &Gateway) -> TcpStream {
    begin(TcpStream::connect(&gateway.listen).await.unwrap(), &[]).await
}

/// The same over a connection that is there, with settings of the client.
pub(crate) async fn begin(mut client: TcpStream, settings: &[u8]) -> TcpStream {
    let preface = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
    client.write_all(&[&preface[..], &frame(SETTINGS, 0, 0, settings)].concat()).await.unwrap();
    let mut settings = [0; 9];
    client.read_exact(&mut settings).await.unwrap();
    assert_eq!(settings[3], SETTINGS);
    let mut payload = vec![0; usize::from(u16::from_be_bytes([settings[1], settings[2]]))];
    client.read_exact(&mut payload).await.unwrap();
    client
}

/// Fields as a block of headers, each a literal without an index and without a code (RFC 7541, 6.2.2).
pub(crate) fn block(fields: &[(&str, &str)]) -> Vec<u8> {
    let mut block = Vec::new();
    for (name, value) in fields {
        block.push(0);
        for text in [name, value] {
            block.push(u8::try_from(text.len()).unwrap());
            block.extend_from_slice(text.as_bytes());
        }
    }
    block
}

/// The head of a request, as a block of headers.
pub(crate) fn fields(method: &str, path: &str, more: &[(&str, &str)]) -> Vec<u8> {
    let own = [(":method", method), (":scheme", "http"), (":path", path), (":authority", "x")];
    block(&[&own[..], more].concat())
}

/// The head of a request whose body follows, on the first stream.
fn head(method: &str, path: &str, more: &[(&str, &str)]) -> Vec<u8> {
    frame(HEADERS, END_HEADERS, 1, &fields(method, path, more))
}

/// Only `END_STREAM` makes a body whole (RFC 9113, 8.1), whatever the reason of a reset is.
#[tokio::test]
async fn an_upload_that_is_reset_is_never_whole() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let place = orders("", &address, "v2");
    let gateway = Gateway::start(&place.0);
    let kind = [("content-type", "application/json")];
    for (code, pause) in [(0, 0), (0, 0), (0, 0), (0, 20), (0, 20), (8, 20)] {
        // One that streams.
        let mut client = connect(&gateway).await;
        let body = frame(DATA, 0, 1, b"half");
        client.write_all(&[head("PUT", "/files/a", &kind), body].concat()).await.unwrap();
        let (mut backend, _) = listener.accept().await.unwrap();
        let before = read_until(&mut backend, "half").await;
        tokio::time::sleep(Duration::from_millis(pause)).await;
        let reset = frame(RESET, 0, 1, &[0, 0, 0, code]);
        client.write_all(&reset).await.unwrap();
        let mut after = Vec::new();
        let read = tokio::time::timeout(Duration::from_secs(10), backend.read_to_end(&mut after));
        drop(read.await.expect("an end"));
        let whole = before.contains("\r\n0\r\n") || String::from_utf8_lossy(&after).contains('0');
        assert!(!whole, "{code}: {before:?} {after:?}");
        assert_eq!(gateway.outcome(), "client_gone");

        // One that is translated: it never reaches the backend.
        let mut client = connect(&gateway).await;
        let body = frame(DATA, 0, 1, b"{\"id\":1}");
        client.write_all(&[head("POST", "/orders", &kind), body].concat()).await.unwrap();
        tokio::time::sleep(Duration::from_millis(pause)).await;
        client.write_all(&reset).await.unwrap();
        assert_eq!(gateway.outcome(), "client_gone");
        let asked = tokio::time::timeout(Duration::from_millis(50), listener.accept()).await;
        assert!(asked.is_err(), "{code}");
    }
}

/// A body has no length where nobody says one, of a `GET` too.
#[tokio::test]
async fn a_get_keeps_its_body() {
    let backend = Backend::start(|_| json("{}")).await;
    let place = orders("", &backend.address, "v2");
    let gateway = Gateway::start(&place.0);
    for method in ["GET", "HEAD", "PUT"] {
        let chunked = format!(
            "{method} /files/a HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\
             transfer-encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n"
        );
        crate::harness::wire(&gateway.listen, &chunked).await;
        assert_eq!(backend.last().body, "hi", "{method}");
        let before = backend.count();
        let mut client = connect(&gateway).await;
        let body = frame(DATA, END_STREAM, 1, b"ho");
        client.write_all(&[head(method, "/files/a", &[]), body].concat()).await.unwrap();
        let asked = async {
            while backend.count() == before {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(10), asked).await.expect("asked");
        assert_eq!(backend.last().body, "ho", "{method}");
        assert!(!backend.last().headers.contains_key("content-length"));
    }
    gateway.ask(gateway.get("/files/a"), "").await;
    assert!(!backend.last().headers.contains_key("transfer-encoding"), "{:?}", backend.last());
}

/// A stream that is reset with its answer takes that away from some clients: what is still sent is read
/// for a while.
#[tokio::test]
async fn a_refusal_is_not_followed_by_a_reset_at_once() {
    let backend = Backend::start(|_| json("{}")).await;
    let place = orders("limits: { body: 1KiB }", &backend.address, "v2");
    let gateway = Gateway::start(&place.0);
    let kind = [("content-type", "application/json")];
    for (path, more) in [
        ("/nothing", &kind[..0]),
        ("/orders", &[("content-type", "text/plain")]),
        ("/orders", &kind),
    ] {
        let mut client = connect(&gateway).await;
        client.write_all(&frame(SETTINGS, 1, 0, &[])).await.unwrap();
        let begun = frame(DATA, 0, 1, &vec![b'x'; 2000]);
        client.write_all(&[head("POST", path, more), begun].concat()).await.unwrap();
        let mut answered = false;
        while !answered {
            let (kind, flags) = next(&mut client).await;
            assert_ne!(kind, RESET, "{path}");
            answered = kind == DATA && flags & END_STREAM != 0;
        }
        // The rest comes, and nobody minds.
        client.write_all(&frame(DATA, END_STREAM, 1, b"rest")).await.unwrap();
        client.write_all(&frame(PING, 0, 0, &[7; 8])).await.unwrap();
        loop {
            let (kind, flags) = next(&mut client).await;
            assert_ne!(kind, RESET, "{path}");
            if kind == PING && flags == 1 {
                break;
            }
        }
    }
}

/// The kind and the flags of the next frame.
async fn next(client: &mut TcpStream) -> (u8, u8) {
    let mut head = [0; 9];
    let read = tokio::time::timeout(Duration::from_secs(10), client.read_exact(&mut head)).await;
    read.expect("in time").unwrap();
    let length = u32::from_be_bytes([0, head[0], head[1], head[2]]);
    let mut payload = vec![0; usize::try_from(length).unwrap()];
    client.read_exact(&mut payload).await.unwrap();
    (head[3], head[4])
}
