//! Connections of clients: heads, pauses, pieces, and who does not read.

use std::time::Duration;

use bytes::Bytes;
use http::Response;
use http_body_util::Full;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::Instant;

use crate::harness::{Backend, Gateway, between, json, orders, rest, wire};
use crate::through::read_until;

const GET: &str = "GET /orders/1 HTTP/1.1\r\nhost: x\r\n\r\n";

#[tokio::test]
async fn a_head_that_does_not_end_is_a_408() {
    let backend = Backend::start(|_| json("{}")).await;
    let place = orders("timeouts: { header: 300ms, idle: 2s }", &backend.address, "v1");
    let gateway = Gateway::start(&place.0);
    let mut client = TcpStream::connect(&gateway.listen).await.unwrap();
    client.write_all(b"GET /orders/1 HTTP/1.1\r\nhost:").await.unwrap();
    let answer = rest(&mut client).await;
    assert!(answer.starts_with("HTTP/1.1 408 "), "{answer}");
    assert!(answer.contains("content-type: application/problem+json\r\n"), "{answer}");
    assert_eq!(between(&answer, "\"type\":\"", "\""), "urn:fishplate:head-too-slow");
    assert_eq!(gateway.outcome(), "timed_out");

    // A client that rests between two requests may do so for longer.
    let mut client = TcpStream::connect(&gateway.listen).await.unwrap();
    client.write_all(GET.as_bytes()).await.unwrap();
    read_until(&mut client, "{}").await;
    tokio::time::sleep(Duration::from_millis(700)).await;
    client.write_all(GET.as_bytes()).await.unwrap();
    read_until(&mut client, "{}").await;
    // A second head is bounded as the first one was.
    client.write_all(b"GET").await.unwrap();
    assert!(rest(&mut client).await.starts_with("HTTP/1.1 408 "));

    // Who rests for too long is let go without a word.
    let mut client = TcpStream::connect(&gateway.listen).await.unwrap();
    client.write_all(GET.as_bytes()).await.unwrap();
    read_until(&mut client, "{}").await;
    let began = Instant::now();
    assert_eq!(rest(&mut client).await, "");
    assert!(began.elapsed() > Duration::from_millis(1500), "{:?}", began.elapsed());
    // And who never says anything sooner.
    let mut client = TcpStream::connect(&gateway.listen).await.unwrap();
    let began = Instant::now();
    assert_eq!(rest(&mut client).await, "");
    assert!(began.elapsed() < Duration::from_millis(1500), "{:?}", began.elapsed());
}

#[tokio::test]
async fn heads_that_cannot_be_served() {
    let backend = Backend::start(|_| json("{}")).await;
    let place = orders("", &backend.address, "v1");
    let gateway = Gateway::start(&place.0);
    let long = "x".repeat(70 << 10);
    // As no URI can be, and yet as the smallest head that is too large.
    let target = "x".repeat(65_535 - "/files/".len());
    for (request, status) in [
        (format!("GET /files/{long} HTTP/1.1\r\nhost: x\r\n\r\n"), "431"),
        (format!("GET /files/{target} HTTP/1.1\r\nhost: x\r\n\r\n"), "431"),
        (format!("GET /orders/1 HTTP/1.1\r\nhost: x\r\nx: {long}\r\n\r\n"), "431"),
        (format!("GET /orders/1 HTTP/1.1\r\nhost: x\r\n{}\r\n", "x: 1\r\n".repeat(200)), "431"),
        ("GET /orders/1 HTTP/1.1\r\n\r\n".into(), "400"),
        ("GET /orders/1 HTTP/1.1\r\nhost: a\r\nhost: b\r\n\r\n".into(), "400"),
        ("GET /orders/1 HTTP/1.1\r\nhost: x\r\nno colon\r\n\r\n".into(), "400"),
        ("POST /orders HTTP/1.1\r\nhost: x\r\ncontent-length: x\r\n\r\n".into(), "400"),
        ("POST /orders HTTP/1.1\r\nhost: x\r\ntransfer-encoding: gzip\r\n\r\n".into(), "400"),
        ("hello\r\n\r\n".into(), "400"),
    ] {
        let answer = wire(&gateway.listen, &request).await;
        let begin = answer.get(..12).unwrap_or(&answer);
        let asked = request.get(..60).unwrap_or(&request);
        assert_eq!(begin, format!("HTTP/1.1 {status}"), "{asked}");
    }
    assert_eq!(backend.count(), 0);
    // HTTP/1.0 needs no host, and ends with its answer.
    let answer = wire(&gateway.listen, "GET /orders/1 HTTP/1.0\r\n\r\n").await;
    assert!(answer.starts_with("HTTP/1.0 200"), "{answer}");
}

#[tokio::test]
async fn a_length_beside_chunks_does_not_smuggle() {
    let backend = Backend::start(|_| json("{}")).await;
    let place = orders("", &backend.address, "v2");
    let gateway = Gateway::start(&place.0);
    let hidden = "0\r\n\r\nGET /orders/hidden HTTP/1.1\r\nhost: x\r\n\r\n";
    let head = "PUT /files/a HTTP/1.1\r\nhost: x\r\n";
    let both = format!(
        "{head}content-length: {}\r\ntransfer-encoding: chunked\r\n\r\n{hidden}",
        hidden.len()
    );
    wire(&gateway.listen, &both).await;
    let asked = backend.asked.lock().unwrap().clone();
    assert_eq!(asked.len(), 1, "{asked:?}");
    assert_eq!(asked[0].headers.get("content-length"), None, "{asked:?}");
    assert_eq!(asked[0].body, "");
}

#[tokio::test]
async fn a_client_that_waits_to_be_told_to_go_on() {
    let backend = Backend::start(|_| {
        let mut answer = json(r#"{"buyer":"x"}"#);
        *answer.status_mut() = http::StatusCode::CREATED;
        answer
    })
    .await;
    let place = orders("limits: { body: 1KiB }", &backend.address, "v2");
    let gateway = Gateway::start(&place.0);
    for path in ["/orders", "/v2/orders"] {
        let mut client = TcpStream::connect(&gateway.listen).await.unwrap();
        let head = format!("POST {path} HTTP/1.1\r\nhost: x\r\nexpect: 100-continue\r\n");
        let kind = "content-type: application/json\r\ncontent-length: 2\r\n\r\n";
        client.write_all(format!("{head}{kind}").as_bytes()).await.unwrap();
        read_until(&mut client, "HTTP/1.1 100 ").await;
        client.write_all(b"{}").await.unwrap();
        read_until(&mut client, "HTTP/1.1 201 ").await;
    }
    // Nobody is told to send what will be refused.
    let mut client = TcpStream::connect(&gateway.listen).await.unwrap();
    let head = "POST /orders HTTP/1.1\r\nhost: x\r\nexpect: 100-continue\r\n";
    let kind = "content-type: application/json\r\ncontent-length: 2000\r\n\r\n";
    client.write_all(format!("{head}{kind}").as_bytes()).await.unwrap();
    let answer = rest(&mut client).await;
    assert!(answer.starts_with("HTTP/1.1 413 "), "{answer}");
}

#[tokio::test]
async fn who_sends_too_much_still_sees_the_answer() {
    let backend = Backend::start(|_| json("{}")).await;
    let place = orders("limits: { body: 1KiB }", &backend.address, "v2");
    let gateway = Gateway::start(&place.0);
    for length in ["content-length: 4000000", "transfer-encoding: chunked"] {
        let head = format!(
            "POST /orders HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n{length}\r\n\r\n"
        );
        let piece = "y".repeat(4000);
        let chunk = if length.ends_with("chunked") { format!("fa0\r\n{piece}\r\n") } else { piece };
        let answer = wire(&gateway.listen, &format!("{head}{}", chunk.repeat(1000))).await;
        assert!(answer.starts_with("HTTP/1.1 413 "), "{length} {answer}");
        assert!(answer.contains("connection: close"), "{length} {answer}");
    }
    assert_eq!(backend.count(), 0);
}

/// Both sides of a stream end with what stands behind the body.
#[tokio::test]
async fn trailers_of_what_is_not_translated_pass() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let backend = tokio_util::task::TaskTracker::new().spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let asked = read_until(&mut stream, "x-sum: up\r\n\r\n").await;
        let head = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\ntrailer: x-sum\r\n\r\n";
        let body = "2\r\n{}\r\n0\r\nx-sum: down\r\n\r\n";
        stream.write_all(format!("{head}{body}").as_bytes()).await.unwrap();
        asked
    });
    let place = orders("", &address, "v2");
    let gateway = Gateway::start(&place.0);
    let mut client = TcpStream::connect(&gateway.listen).await.unwrap();
    let head = "PUT /files/x HTTP/1.1\r\nhost: x\r\nte: trailers\r\ntrailer: x-sum\r\n";
    let body = "transfer-encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\nx-sum: up\r\n\r\n";
    client.write_all(format!("{head}{body}").as_bytes()).await.unwrap();
    let answer = read_until(&mut client, "x-sum: down\r\n\r\n").await;
    assert!(answer.contains("trailer: x-sum"), "{answer}");
    assert!(backend.await.unwrap().contains("trailer: x-sum"));
}

/// What may not stand in trailers, or is between two neighbours, ends there as it does in heads.
#[tokio::test]
#[expect(clippy::disallowed_methods, reason = "bodies of tests are small")]
async fn trailers_have_nothing_of_a_hop() {
    use http_body_util::BodyExt as _;

    let bad = "x-hop: 1\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\nhost: a\r\n\
               connection: close\r\nkeep-alive: x\r\nte: x\r\nupgrade: x\r\nproxy-connection: x\r\n";
    let names = "x-sum, x-hop, content-length, transfer-encoding, host, connection, keep-alive, te";
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let backend = tokio_util::task::TaskTracker::new().spawn(async move {
        let mut asked = Vec::new();
        for good in ["x-sum: 1\r\n", "x-sum: 2\r\n", ""] {
            let (mut stream, _) = listener.accept().await.unwrap();
            let end = if asked.is_empty() { "0\r\nx-sum: up\r\n\r\n" } else { "\r\n\r\n" };
            asked.push(read_until(&mut stream, end).await);
            let head =
                "HTTP/1.1 200 OK\r\nconnection: close, x-hop\r\ntransfer-encoding: chunked\r\n";
            let body = format!("trailer: {names}\r\n\r\n2\r\n{{}}\r\n0\r\n{good}{bad}\r\n");
            stream.write_all(format!("{head}{body}").as_bytes()).await.unwrap();
        }
        asked
    });
    let place = orders("", &address, "v2");
    let gateway = Gateway::start(&place.0);
    let head = format!(
        "PUT /files/x HTTP/1.1\r\nhost: x\r\nte: trailers\r\ntrailer: {names}\r\nconnection: x-hop\r\n"
    );
    let body = format!("transfer-encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\nx-sum: up\r\n{bad}\r\n");
    let mut client = TcpStream::connect(&gateway.listen).await.unwrap();
    client.write_all(format!("{head}{body}").as_bytes()).await.unwrap();
    read_until(&mut client, "0\r\nx-sum: 1\r\n\r\n").await;
    assert_eq!(gateway.outcome(), "passed");
    let client = hyper_util::client::legacy::Client::builder(hyper_util::rt::TokioExecutor::new())
        .http2_only(true)
        .build_http::<http_body_util::Empty<Bytes>>();
    for sum in [Some("2"), None] {
        let uri = format!("http://{}/files/x", gateway.listen).parse().unwrap();
        let read = client.get(uri).await.unwrap().into_body().collect().await.expect("no reset");
        let trailers = read.trailers().cloned().unwrap_or_default();
        assert_eq!(trailers.get("x-sum").map(|v| v.to_str().unwrap()), sum, "{trailers:?}");
        assert_eq!(trailers.len(), usize::from(sum.is_some()), "{trailers:?}");
        assert_eq!(read.to_bytes(), "{}");
        assert_eq!(gateway.outcome(), "passed");
    }
    let asked = backend.await.unwrap();
    assert!(!asked[0].contains("x-hop: 1"), "{asked:?}");
}

/// A large upload reaches the backend piece by piece, before its end.
#[tokio::test]
async fn uploads_that_are_not_translated_stream() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let place = orders("limits: { body: 1KiB, buffered: 1KiB }", &address, "v2");
    let gateway = Gateway::start(&place.0);
    let mut client = TcpStream::connect(&gateway.listen).await.unwrap();
    let head = "PUT /files/x HTTP/1.1\r\nhost: x\r\ncontent-length: 50000005\r\n\r\nfirst";
    client.write_all(head.as_bytes()).await.unwrap();
    let (mut backend, _) = listener.accept().await.unwrap();
    read_until(&mut backend, "first").await;
    let pieces = tokio_util::task::TaskTracker::new().spawn(async move {
        let piece = vec![b'x'; 100_000];
        for _ in 0..500 {
            client.write_all(&piece).await.unwrap();
        }
        client
    });
    let (mut read, mut piece) = (0, vec![0; 100_000]);
    while read < 50_000_000 {
        let n = tokio::io::AsyncReadExt::read(&mut backend, &mut piece).await.unwrap();
        assert!(n > 0, "ended after {read}");
        read += n;
    }
    let mut client = pieces.await.unwrap();
    backend.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").await.unwrap();
    read_until(&mut client, "HTTP/1.1 200").await;
    assert_eq!(gateway.outcome(), "passed");
    let status = std::fs::read_to_string(format!("/proc/{}/status", gateway.child.id())).unwrap();
    let peak: usize = between(&status, "VmHWM:", "kB").trim().parse().unwrap();
    assert!(peak < 40 << 10, "{peak} KiB");
}

fn large(bytes: usize) -> Response<Full<Bytes>> {
    let body = format!("{{\"buyer\":\"{}\"}}", "x".repeat(bytes));
    Response::builder().header("content-type", "application/json").body(Full::from(body)).unwrap()
}

#[tokio::test]
async fn who_does_not_read_is_let_go_and_holds_no_memory() {
    let backend = Backend::start(|asked| large(asked.path.len() * 400_000)).await;
    let settings = "limits: { buffered: 8MiB }\ntimeouts: { body: 3s }";
    let place = orders(settings, &backend.address, "v2");
    let gateway = Gateway::start(&place.0);
    // The largest answer that fits: more than what the sockets between hold.
    let mut client = TcpStream::connect(&gateway.listen).await.unwrap();
    client.write_all(b"GET /orders/12345678 HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
    while backend.count() == 0 {
        tokio::task::yield_now().await;
    }
    // Its memory is not there for others for as long as it is held.
    let mut answers = Vec::new();
    let began = Instant::now();
    while began.elapsed() < Duration::from_secs(15) {
        let answer = gateway.ask(gateway.get("/orders/1"), "").await;
        answers.push(answer.status.as_u16());
        if answer.status == 503 {
            assert_eq!(answer.header("retry-after"), Some("1"));
            assert_eq!(between(&answer.text, "\"type\":\"", "\""), "urn:fishplate:overloaded");
        }
        if answer.status == 200 && answers.contains(&503) {
            break;
        }
    }
    assert!(answers.contains(&503), "{answers:?}");
    assert_eq!(answers.last(), Some(&200), "{answers:?}");
    let outcomes: Vec<_> = (0..=answers.len()).map(|_| gateway.outcome()).collect();
    assert!(outcomes.iter().any(|o| o == "timed_out"), "{outcomes:?}");
    drop(client);
}

#[tokio::test]
async fn a_stream_of_http2_that_is_not_read_is_let_go() {
    let backend = Backend::start(|_| large(3_000_000)).await;
    let place = orders("timeouts: { body: 500ms }", &backend.address, "v2");
    let gateway = Gateway::start(&place.0);
    let client = hyper_util::client::legacy::Client::builder(hyper_util::rt::TokioExecutor::new())
        .http2_only(true)
        .build_http::<http_body_util::Empty<Bytes>>();
    let uri = format!("http://{}/orders/1", gateway.listen).parse().unwrap();
    let answer: Response<_> = client.get(uri).await.unwrap();
    assert_eq!(answer.status(), 200);
    // The head was read, the body is not, and the connection itself lives.
    assert_eq!(gateway.outcome(), "timed_out");
    drop(answer);
}

/// Operators who leak connections take none of those of the clients.
#[tokio::test]
async fn connections_of_operators_are_few() {
    let backend = Backend::start(|_| json("{}")).await;
    let place = orders("", &backend.address, "v2");
    let gateway = Gateway::start(&place.0);
    let mut idle = Vec::new();
    for _ in 0..64 {
        idle.push(TcpStream::connect(&gateway.admin).await.unwrap());
    }
    let late =
        tokio::time::timeout(Duration::from_millis(300), gateway.operator("GET", "/healthz"));
    assert!(late.await.is_err(), "there is room for no more");
    assert_eq!(gateway.ask(gateway.get("/v2/orders/1"), "").await.status, 200);
    drop(idle);
    assert_eq!(gateway.operator("GET", "/healthz").await.status, 200);
    // Who says nothing is let go.
    let mut silent = TcpStream::connect(&gateway.admin).await.unwrap();
    let ended = tokio::time::timeout(Duration::from_secs(20), silent.read(&mut [0; 64])).await;
    assert_eq!(ended.unwrap().unwrap_or(0), 0);
}
