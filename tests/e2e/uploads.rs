//! Bodies of requests that come behind their answer, break off, are coded, or are not wanted.

use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio::time::Instant;
use tokio_util::task::TaskTracker;

use crate::harness::{Backend, Gateway, between, json, orders, rest, wire};
use crate::through::read_until;

const GET: &str = "GET /orders/1 HTTP/1.1\r\nhost: x\r\n\r\n";

/// A backend that answers a `PUT` before it reads its body, and everything else with an order.
async fn hasty() -> (String, JoinHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let task = TaskTracker::new().spawn(async move {
        let mut connections = tokio::task::JoinSet::new();
        while let Ok((stream, _)) = listener.accept().await {
            connections.spawn(async move { drop(answer(BufReader::new(stream)).await) });
        }
    });
    (address, task)
}

async fn answer(mut stream: BufReader<TcpStream>) -> std::io::Result<()> {
    loop {
        let (mut head, mut length) = (String::new(), 0);
        while !head.ends_with("\r\n\r\n") {
            if stream.read_line(&mut head).await? == 0 {
                return Ok(());
            }
        }
        if let Some((_, after)) = head.split_once("content-length: ") {
            length = after.split("\r\n").next().unwrap().parse().unwrap();
        }
        let answer = if head.starts_with("PUT") {
            "HTTP/1.1 401 Unauthorized\r\ncontent-length: 5\r\n\r\nearly"
        } else {
            "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}"
        };
        stream.write_all(answer.as_bytes()).await?;
        tokio::io::copy(&mut (&mut stream).take(length), &mut tokio::io::sink()).await?;
    }
}

#[tokio::test]
async fn a_body_behind_its_answer_begins_no_head() {
    let (address, task) = hasty().await;
    let place = orders("timeouts: { header: 300ms, idle: 10s }", &address, "v2");
    let gateway = Gateway::start(&place.0);
    for pause in [Duration::ZERO, Duration::from_millis(100)] {
        let mut client = TcpStream::connect(&gateway.listen).await.unwrap();
        let head = "PUT /files/a HTTP/1.1\r\nhost: x\r\ncontent-length: 1100000\r\n\r\n";
        client.write_all(head.as_bytes()).await.unwrap();
        let piece = vec![b'x'; 100_000];
        client.write_all(&piece).await.unwrap();
        assert!(read_until(&mut client, "early").await.starts_with("HTTP/1.1 401 "));
        // With pauses it takes longer than a head may.
        for _ in 0..10 {
            client.write_all(&piece).await.unwrap();
            tokio::time::sleep(pause).await;
        }
        tokio::time::sleep(Duration::from_millis(700)).await;
        client.write_all(GET.as_bytes()).await.unwrap();
        let answer = read_until(&mut client, "{}").await;
        assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
        // A head that has really begun is bounded as ever.
        client.write_all(b"GET /").await.unwrap();
        assert!(rest(&mut client).await.starts_with("HTTP/1.1 408 "));
    }
    task.abort();
}

#[tokio::test]
async fn line_ends_before_a_head_begin_none() {
    let backend = Backend::start(|_| json("{}")).await;
    let place = orders("timeouts: { header: 300ms, idle: 10s }", &backend.address, "v2");
    let gateway = Gateway::start(&place.0);
    let post = "POST /orders HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n\
                content-length: 2\r\n\r\n{}";
    for (with, behind) in [("\r\n", ""), ("", "\r\n"), ("", "\n\r\n")] {
        let mut client = TcpStream::connect(&gateway.listen).await.unwrap();
        client.write_all(format!("{post}{with}").as_bytes()).await.unwrap();
        read_until(&mut client, "{}").await;
        client.write_all(behind.as_bytes()).await.unwrap();
        tokio::time::sleep(Duration::from_millis(700)).await;
        client.write_all(GET.as_bytes()).await.unwrap();
        let answer = read_until(&mut client, "{}").await;
        assert!(answer.starts_with("HTTP/1.1 200 "), "{with:?} {behind:?} {answer}");
    }
}

/// The body of a request that is refused before it is read begins no head either.
#[tokio::test]
async fn a_body_that_nobody_wants_begins_no_head() {
    let backend = Backend::start(|_| json("{}")).await;
    let place = orders("timeouts: { header: 300ms, idle: 10s }", &backend.address, "v2");
    let gateway = Gateway::start(&place.0);
    let head = |length: usize| {
        format!("POST /nothing HTTP/1.1\r\nhost: x\r\ncontent-length: {length}\r\n\r\n")
    };
    // A small one may be read and thrown away, or end the connection.
    let mut client = TcpStream::connect(&gateway.listen).await.unwrap();
    client.write_all(head(60_000).as_bytes()).await.unwrap();
    client.write_all(&vec![b'x'; 60_000]).await.unwrap();
    let answer = read_until(&mut client, "such operation\"}").await;
    assert!(answer.starts_with("HTTP/1.1 404 "), "{answer}");
    tokio::time::sleep(Duration::from_millis(700)).await;
    drop(client.write_all(GET.as_bytes()).await);
    let answer = rest_of(&mut client).await;
    assert!(!answer.contains(" 408 "), "{answer}");
    // Of a large one the client is told that it ends the connection.
    for large in [head(100_000), head(0).replace("content-length: 0", "transfer-encoding: chunked")]
    {
        let mut client = TcpStream::connect(&gateway.listen).await.unwrap();
        client.write_all(large.as_bytes()).await.unwrap();
        let answer = rest(&mut client).await;
        assert!(answer.starts_with("HTTP/1.1 404 "), "{answer}");
        assert!(answer.contains("\r\nconnection: close\r\n"), "{answer}");
    }
}

/// A small body that comes a moment after its head costs nobody the connection.
#[tokio::test]
async fn a_small_body_that_nobody_wants_keeps_its_connection() {
    let backend = Backend::start(|_| json("{}")).await;
    let place = orders("", &backend.address, "v2");
    let gateway = Gateway::start(&place.0);
    let mut client = TcpStream::connect(&gateway.listen).await.unwrap();
    for (path, kind, status) in [
        ("/nothing", "application/json", 404),
        ("/v9/orders", "application/json", 400),
        ("/orders", "text/plain", 415),
    ] {
        for length in [100, 60_000] {
            let head = format!(
                "POST {path} HTTP/1.1\r\nhost: x\r\ncontent-type: {kind}\r\n\
                 content-length: {length}\r\n\r\n"
            );
            client.write_all(head.as_bytes()).await.unwrap();
            tokio::time::sleep(Duration::from_millis(20)).await;
            client.write_all(&vec![b'x'; length]).await.unwrap();
            let answer = read_until(&mut client, "\"}").await;
            assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{answer}");
            assert!(!answer.contains("connection: close"), "{answer}");
            let line = gateway.line("\"target\":\"access\"");
            assert!(line.contains(&format!("\"bytes_in\":{length}")), "{line}");
        }
    }
    client.write_all(GET.as_bytes()).await.unwrap();
    assert!(read_until(&mut client, "{}").await.starts_with("HTTP/1.1 200 "));
    // One that does not come is not waited for.
    let head = "POST /nothing HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\n";
    client.write_all(head.as_bytes()).await.unwrap();
    let answer = rest(&mut client).await;
    assert!(answer.starts_with("HTTP/1.1 404 "), "{answer}");
    assert!(answer.contains("connection: close"), "{answer}");
}

/// What comes within a second, or until the end.
async fn rest_of(stream: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    drop(tokio::time::timeout(Duration::from_secs(1), stream.read_to_end(&mut bytes)).await);
    String::from_utf8_lossy(&bytes).into_owned()
}

#[tokio::test]
async fn bodies_that_break_are_the_clients_affair() {
    let backend = Backend::start(|_| json("{}")).await;
    let place = orders("", &backend.address, "v2");
    let gateway = Gateway::start(&place.0);
    let chunked = "host: x\r\ntransfer-encoding: chunked\r\ncontent-type: application/json\r\n\r\n";
    let cut = "host: x\r\ncontent-length: 20\r\ncontent-type: application/json\r\n\r\n";
    for (what, head) in [("streams", "PUT /files/a"), ("is translated", "POST /orders")] {
        let garbled = format!("{head} HTTP/1.1\r\n{chunked}2\r\n{{}}\r\nzz\r\n{{}}\r\n0\r\n\r\n");
        let cut = format!("{head} HTTP/1.1\r\n{cut}{{\"a\"");
        for (request, outcome) in [(garbled, "refused_request"), (cut, "client_gone")] {
            let answer = wire(&gateway.listen, &request).await;
            assert!(answer.starts_with("HTTP/1.1 400 "), "{what} {answer}");
            let kind = between(&answer, "\"type\":\"", "\"");
            assert_eq!(kind, "urn:fishplate:body-broken", "{what}");
            assert_eq!(gateway.outcome(), outcome, "{what} {request}");
        }
    }
    // Who resets the connection is gone as well.
    let mut client = TcpStream::connect(&gateway.listen).await.unwrap();
    let begun = "PUT /files/a HTTP/1.1\r\nhost: x\r\ncontent-length: 20\r\n\r\nabc";
    client.write_all(begun.as_bytes()).await.unwrap();
    tokio::time::sleep(Duration::from_millis(200)).await;
    client.set_zero_linger().unwrap();
    drop(client);
    assert_eq!(gateway.outcome(), "client_gone");
}

#[tokio::test]
async fn no_coding_but_chunks_goes_through() {
    let backend = Backend::start(|_| json("{}")).await;
    let place = orders("", &backend.address, "v2");
    let gateway = Gateway::start(&place.0);
    for head in ["PUT /files/a", "POST /orders"] {
        for (coding, status) in [
            ("gzip, chunked", 501),
            ("gzip\r\ntransfer-encoding: chunked", 501),
            ("chunked, chunked", 501),
            ("Chunked", 200),
        ] {
            let request = format!(
                "{head} HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-type: application/json\r\n\
                 transfer-encoding: {coding}\r\n\r\n2\r\n{{}}\r\n0\r\n\r\n"
            );
            let before = backend.count();
            let answer = wire(&gateway.listen, &request).await;
            assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{coding}: {answer}");
            assert_eq!(backend.count() > before, status == 200, "{coding}");
            if status == 501 {
                let kind = between(&answer, "\"type\":\"", "\"");
                assert_eq!(kind, "urn:fishplate:coding-not-supported");
                assert_eq!(gateway.outcome(), "refused_request");
            } else {
                gateway.outcome();
            }
        }
    }
}

/// A backend that wants a length is told one wherever there is one: of a body that goes through as it came
/// the client's, of one that is translated its own, however it came.
#[tokio::test]
async fn a_length_that_is_known_is_said() {
    let backend = Backend::start(|_| json("{}")).await;
    let place = orders("", &backend.address, "v2");
    let gateway = Gateway::start(&place.0);
    let client = hyper_util::client::legacy::Client::builder(hyper_util::rt::TokioExecutor::new())
        .http2_only(true)
        .build_http::<http_body_util::Full<bytes::Bytes>>();
    for (method, path, length) in [("PUT", "/files/a", "16"), ("POST", "/orders", "13")] {
        let told = || {
            let headers = backend.last().headers;
            ["content-length", "transfer-encoding"]
                .map(|name| headers.get(name).map(|value| value.to_str().unwrap().to_owned()))
        };
        let request =
            || gateway.get(path).method(method).header("content-type", "application/json");
        let body = r#"{"customer":"x"}"#;
        assert_eq!(gateway.ask(request(), body).await.status, 200);
        assert_eq!(told(), [Some(length.to_owned()), None], "{path}");
        let answer = client.request(request().body(body.into()).unwrap()).await.unwrap();
        assert_eq!(
            (answer.status(), answer.version()),
            (http::StatusCode::OK, http::Version::HTTP_2)
        );
        assert_eq!(told(), [Some(length.to_owned()), None], "{path} over HTTP/2");
        let chunked = format!(
            "{method} {path} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\nconnection: close\r\n\
             transfer-encoding: chunked\r\n\r\n10\r\n{body}\r\n0\r\n\r\n"
        );
        assert!(wire(&gateway.listen, &chunked).await.starts_with("HTTP/1.1 200 "), "{path}");
        let own = if path == "/orders" {
            [Some(length.into()), None]
        } else {
            [None, Some("chunked".into())]
        };
        assert_eq!(told(), own, "{path} in chunks");
    }
}

/// A backend that reads the head of a request and nothing behind it, and says this at once.
async fn deaf(says: &'static str) -> (String, JoinHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let task = TaskTracker::new().spawn(async move {
        let mut held = Vec::new();
        while let Ok((mut stream, _)) = listener.accept().await {
            read_until(&mut stream, "\r\n\r\n").await;
            stream.write_all(says.as_bytes()).await.unwrap();
            held.push(stream);
        }
    });
    (address, task)
}

/// An answer that ends with its request is no fault of the backend's.
#[tokio::test]
async fn who_goes_while_the_answer_comes_is_gone() {
    let (address, task) = deaf("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nab").await;
    let place = orders("timeouts: { body: 10s, idle: 10s }", &address, "v2");
    let gateway = Gateway::start(&place.0);
    let length = "content-length: 30000000\r\n\r\n";
    let chunked = "transfer-encoding: chunked\r\n\r\n1\r\nx\r\n";
    // The last is more than the backend and all that is between take: the gateway reads no more of it.
    for (framing, size, resets) in
        [(length, 100, true), (length, 100, false), (chunked, 0, false), (length, 20_000_000, true)]
    {
        let mut client = TcpStream::connect(&gateway.listen).await.unwrap();
        let head = format!("PUT /files/a HTTP/1.1\r\nhost: x\r\n{framing}");
        client.write_all(head.as_bytes()).await.unwrap();
        let body = vec![b'x'; size];
        drop(tokio::time::timeout(Duration::from_secs(1), client.write_all(&body)).await);
        read_until(&mut client, "ab").await;
        if resets {
            client.set_zero_linger().unwrap();
        }
        let since = Instant::now();
        drop(client);
        let line = gateway.line("\"target\":\"access\"");
        assert_eq!(between(&line, "\"outcome\":\"", "\""), "client_gone", "{line}");
        assert!(since.elapsed() < Duration::from_secs(5), "{line}");
    }
    // Who breaks the protocol is told apart.
    let mut client = TcpStream::connect(&gateway.listen).await.unwrap();
    let head = format!("PUT /files/a HTTP/1.1\r\nhost: x\r\n{chunked}");
    client.write_all(head.as_bytes()).await.unwrap();
    read_until(&mut client, "ab").await;
    client.write_all(b"zz\r\n").await.unwrap();
    assert_eq!(gateway.outcome(), "refused_request");
    task.abort();
}
