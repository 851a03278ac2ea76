//! Connections to a backend: they are used again, and what a closed one takes with it is sent once more where
//! that means the same. They stand still where nobody waits for anything, but for what must go on.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::harness::{Backend, Gateway, MAPPING, V1, json, orders, wire};
use crate::through::read_until;

const GOOD: &str = "HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\ngood";

/// Waits, at most for ten seconds, until the gateway has so many connections to backends.
async fn connections(gateway: &Gateway, wanted: usize) {
    for _ in 0..200 {
        let metrics = gateway.operator("GET", "/metrics").await.text;
        let line = format!("fishplate_backend_connections {wanted}\n");
        if metrics.contains(&line) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("never {wanted}");
}

#[tokio::test]
async fn a_connection_is_used_again_and_not_for_ever() {
    let backend = Backend::start(|_| json("{}")).await;
    let place = orders("timeouts: { idle: 3s }", &backend.address, "v2");
    let gateway = Gateway::start(&place.0);
    for method in ["GET", "HEAD", "PUT", "POST", "GET"] {
        // What streams, what is translated, and what has no body at all.
        for path in ["/files/x", "/orders"] {
            let head = format!("{method} {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n");
            assert!(wire(&gateway.listen, &head).await.starts_with("HTTP/1.1 "), "{method} {path}");
            connections(&gateway, 1).await;
        }
    }
    // Several at once have several, and all go when nobody uses them.
    let get = "GET /files/x HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";
    let tasks = tokio_util::task::TaskTracker::new();
    let all = (0..8).map(|_| {
        let listen = gateway.listen.clone();
        tasks.spawn(async move { wire(&listen, get).await })
    });
    for answer in all.collect::<Vec<_>>() {
        assert!(answer.await.unwrap().ends_with("{}"));
    }
    connections(&gateway, 0).await;
    assert!(wire(&gateway.listen, get).await.ends_with("{}"));
}

/// A connection that had served before, and ends without a byte of the answer, was closed when the request
/// was on its way: that is sent again, if it may be.
#[tokio::test]
async fn what_a_closed_connection_takes_is_sent_again_once() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let place = orders("", &listener.local_addr().unwrap().to_string(), "v2");
    let gateway = Gateway::start(&place.0);
    let backend = tokio_util::task::TaskTracker::new().spawn(async move {
        let mut asked = Vec::new();
        // Of each connection the first request is answered, and the second one read.
        while let Ok((mut stream, _)) = listener.accept().await {
            for answer in [GOOD, ""] {
                let head = read_until(&mut stream, "\r\n\r\n").await;
                asked.push(head.split(' ').next().unwrap_or_default().to_owned());
                stream.write_all(answer.as_bytes()).await.unwrap();
                if asked.len() == 7 {
                    return asked;
                }
            }
        }
        asked
    });
    let ask = async |target: &str, more: &str| {
        let head = format!("{target} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n");
        wire(&gateway.listen, &format!("{head}content-type: application/json\r\n{more}")).await
    };
    let posted = "content-length: 2\r\n\r\n{}";
    assert!(ask("GET /files/x", "\r\n").await.ends_with("good"));
    assert!(ask("GET /files/x", "\r\n").await.ends_with("good"), "again over the next one");
    let answer = ask("POST /orders", posted).await;
    assert!(answer.starts_with("HTTP/1.1 502 "), "it may have been done: {answer}");
    assert!(ask("PUT /files/x", posted).await.ends_with("good"));
    let answer = ask("PUT /files/x", posted).await;
    assert!(answer.starts_with("HTTP/1.1 502 "), "its body is gone: {answer}");
    assert!(ask("GET /files/x", "\r\n").await.ends_with("good"));
    let asked = backend.await.unwrap();
    assert_eq!(asked, ["GET", "GET", "GET", "POST", "PUT", "PUT", "GET"]);
}

/// Connections belong to a backend, and not to a generation (a backend that is named otherwise is the same as
/// long as its address is).
#[tokio::test]
async fn a_reload_that_leaves_a_backend_leaves_its_connections() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let accepted = Arc::new(AtomicUsize::new(0));
    let (tasks, count) = (tokio_util::task::TaskTracker::new(), Arc::clone(&accepted));
    let backend = tasks.spawn(async move {
        let mut lines = tokio::task::JoinSet::new();
        while let Ok((mut stream, _)) = listener.accept().await {
            count.fetch_add(1, Ordering::SeqCst);
            lines.spawn(async move {
                let mut piece = [0; 4096];
                // A request comes in one piece here.
                while stream.read(&mut piece).await.is_ok_and(|read| read > 0) {
                    stream.write_all(GOOD.as_bytes()).await.unwrap();
                }
            });
        }
    });
    let place = orders("", &address, "v2");
    let gateway = Gateway::start(&place.0);
    let get = "GET /files/x HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";
    let asked = async |wanted: usize, what: &str| {
        for _ in 0..3 {
            assert!(wire(&gateway.listen, get).await.ends_with("good"), "{what}");
        }
        assert_eq!(accepted.load(Ordering::SeqCst), wanted, "{what}");
    };
    asked(1, "one after the other").await;
    let text = std::fs::read_to_string(place.0.join("fishplate.yaml")).unwrap();
    let files = [
        ("mappings/orders/v2.yaml", MAPPING.replace("{ customer: buyer }", "{}")),
        ("schemas/orders/v1.yaml", format!("{V1}    Other: {{ type: object }}\n")),
        (
            "fishplate.yaml",
            text.replace("default: v1", "default: v1, unknown: refuse, answer: X-V"),
        ),
        ("fishplate.yaml", text.replace("one:", "two:")),
    ];
    for (generation, (file, text)) in (2..).zip(files) {
        place.write(file, &text);
        let answer = gateway.operator("POST", "/reload").await;
        assert_eq!(answer.status, 200, "{file} {answer:?}");
        let told = gateway.operator("GET", "/snapshot").await.text;
        assert!(told.starts_with(&format!("{{\"generation\":{generation},")), "{file} {told}");
        asked(1, file).await;
    }
    // It counts what there is: another address is another backend.
    let other = Backend::start(|_| json("good")).await;
    place.write("fishplate.yaml", &text.replace(&address, &other.address));
    assert_eq!(gateway.operator("POST", "/reload").await.status, 200);
    asked(1, "elsewhere").await;
    assert_eq!(other.count(), 3);
    place.write("fishplate.yaml", &text);
    assert_eq!(gateway.operator("POST", "/reload").await.status, 200);
    asked(1, "and back, before it was idle for too long").await;
    backend.abort();
}

/// A piece of an upload that looks like a request is none, whatever its answer looks like.
#[tokio::test]
async fn a_piece_of_a_body_begins_no_answer() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let place = orders("", &listener.local_addr().unwrap().to_string(), "v2");
    let gateway = Gateway::start(&place.0);
    let backend = tokio_util::task::TaskTracker::new().spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        read_until(&mut stream, "\r\n\r\n").await;
        // It answers before it has the body, and goes on with a line that looks like an end.
        stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 44\r\n\r\nbegun").await.unwrap();
        read_until(&mut stream, "HEAD /files/y HTTP/1.1\r\n\r\n").await;
        stream.write_all(b"HTTP/1.1 200 OK\r\nx: y\r\n\r\nthe rest of it").await.unwrap();
        stream
    });
    let mut client = TcpStream::connect(&gateway.listen).await.unwrap();
    let head =
        "PUT /files/x HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: 30\r\n\r\n";
    client.write_all(head.as_bytes()).await.unwrap();
    client.write_all(b"1234").await.unwrap();
    assert!(read_until(&mut client, "begun").await.ends_with("begun"));
    client.write_all(b"HEAD /files/y HTTP/1.1\r\n\r\n").await.unwrap();
    let rest = read_until(&mut client, "rest of it").await;
    assert!(rest.ends_with("x: y\r\n\r\nthe rest of it"), "{rest}");
    drop(backend.await.unwrap());
}

/// How much of a body came with its head.
fn behind_head(text: &str) -> usize {
    text.split_once("\r\n\r\n").unwrap().1.len()
}

/// What its backend closes while nobody uses it is not kept until it would be too old.
#[tokio::test]
async fn a_connection_that_its_backend_closes_is_let_go() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let place =
        orders("timeouts: { idle: 10m }", &listener.local_addr().unwrap().to_string(), "v2");
    let gateway = Gateway::start(&place.0);
    for _ in 0..3 {
        let listen = gateway.listen.clone();
        let get = "GET /files/x HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";
        let client =
            tokio_util::task::TaskTracker::new().spawn(async move { wire(&listen, get).await });
        let (mut stream, _) = listener.accept().await.unwrap();
        read_until(&mut stream, "\r\n\r\n").await;
        stream.write_all(GOOD.as_bytes()).await.unwrap();
        assert!(client.await.unwrap().ends_with("good"));
        connections(&gateway, 1).await;
        drop(stream);
        connections(&gateway, 0).await;
    }
}

/// Of a connection with large answers nothing is kept but itself: it is used again all the same, and goes when
/// it ends, or when more comes than an answer.
#[tokio::test]
async fn a_connection_with_large_answers() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let place = orders("", &listener.local_addr().unwrap().to_string(), "v2");
    let gateway = Gateway::start(&place.0);
    let lengths = [100_000, 100_000, 4, 4, 40_000, 4, 300_000, 40_000];
    let backend = tokio_util::task::TaskTracker::new().spawn(async move {
        // How each connection ends: it is closed, more comes, more comes at once, and it is said in the answer.
        for end in ["", "later", "at once", "said"] {
            let (mut stream, _) = listener.accept().await.unwrap();
            for (at, length) in lengths.into_iter().enumerate() {
                read_until(&mut stream, "\r\n\r\n").await;
                let is_last = at + 1 == lengths.len();
                let said = if is_last && end == "said" { "connection: close\r\n" } else { "" };
                // A head has as much room behind a large answer as anywhere.
                let long = "x".repeat(60_000);
                let head = format!("HTTP/1.1 200 OK\r\n{said}x-long: {long}\r\n");
                let mut all = format!("{head}content-length: {length}\r\n\r\n").into_bytes();
                all.resize(all.len() + length, b'y');
                all.extend(
                    is_last.then_some("x").filter(|_| end == "at once").unwrap_or("").bytes(),
                );
                stream.write_all(&all).await.unwrap();
            }
            if end == "later" {
                tokio::time::sleep(Duration::from_millis(50)).await;
                stream.write_all(b"x").await.unwrap();
            }
            if !end.is_empty() {
                // The other side ends it.
                assert_eq!(stream.read(&mut [0]).await.unwrap_or(0), 0, "{end}");
            }
        }
    });
    for _ in 0..4 {
        for length in lengths {
            let head = "GET /files/x HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";
            let answer = wire(&gateway.listen, head).await;
            let (head, body) = answer.split_once("\r\n\r\n").unwrap();
            assert!(head.starts_with("HTTP/1.1 200 "), "{head}");
            assert!(
                body.len() == length && body.bytes().all(|b| b == b'y'),
                "{length}: {}",
                body.len()
            );
        }
        connections(&gateway, 0).await;
    }
    backend.await.unwrap();
}

/// A backend of HTTP/1.0 that keeps its connection gets the next body all the same: over another connection,
/// as the library would say on this one what that backend says, and knows no chunks there.
#[tokio::test]
async fn a_backend_of_an_older_version_loses_no_body() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let place = orders("", &listener.local_addr().unwrap().to_string(), "v2");
    let gateway = Gateway::start(&place.0);
    let old = "HTTP/1.0 200 OK\r\nconnection: keep-alive\r\ncontent-length: 4\r\n\r\ngood";
    let tasks = tokio_util::task::TaskTracker::new();
    let backend = tasks.spawn(async move {
        let mut kept = Vec::new();
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut asked = read_until(&mut stream, "\r\n\r\n").await;
            while asked.starts_with("PUT") && !asked.ends_with("0\r\n\r\n") {
                asked += &read_until(&mut stream, "\r\n").await;
            }
            stream.write_all(old.as_bytes()).await.unwrap();
            if asked.starts_with("PUT") {
                return asked;
            }
            kept.push(stream);
        }
    });
    let get = "GET /files/x HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";
    assert!(wire(&gateway.listen, get).await.ends_with("good"));
    let put = "PUT /files/x HTTP/1.1\r\nhost: x\r\nconnection: close\r\ntransfer-encoding: chunked\r\n\r\n\
                4\r\nbody\r\n0\r\n\r\n";
    let answer = wire(&gateway.listen, put).await;
    assert!(answer.ends_with("good"), "{answer}");
    assert!(backend.await.unwrap().contains("4\r\nbody\r\n"));
}

/// A client that reads nothing before it has sent everything is no reason to stop sending.
#[tokio::test]
async fn an_upload_goes_on_while_nobody_reads_its_answer() {
    const MANY: usize = 64 << 20;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let place =
        orders("timeouts: { body: 20s }", &listener.local_addr().unwrap().to_string(), "v2");
    let gateway = Gateway::start(&place.0);
    let backend = tokio_util::task::TaskTracker::new().spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let come = behind_head(&read_until(&mut stream, "\r\n\r\n").await);
        let (mut from, mut to) = stream.split();
        let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {MANY}\r\n\r\n");
        let answer = async {
            to.write_all(head.as_bytes()).await.unwrap();
            to.write_all(&vec![b'x'; MANY]).await.unwrap();
        };
        let mut all = vec![0; MANY - come];
        let request = async { from.read_exact(&mut all).await.unwrap() };
        tokio::join!(answer, request);
    });
    let mut client = TcpStream::connect(&gateway.listen).await.unwrap();
    let head = format!(
        "PUT /files/x HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: {MANY}\r\n\r\n"
    );
    client.write_all(head.as_bytes()).await.unwrap();
    client.write_all(&vec![b'y'; MANY]).await.unwrap();
    let mut answer = Vec::new();
    client.read_to_end(&mut answer).await.unwrap();
    assert!(answer.starts_with(b"HTTP/1.1 200 OK\r\n"));
    let body = &answer[answer.len() - MANY..];
    assert!(body.iter().all(|byte| *byte == b'x'));
    backend.await.unwrap();
}

/// A backend that answers before it has the request gets the rest of it all the same, be it kept here
/// already or not.
#[tokio::test]
async fn a_request_goes_out_to_its_end_behind_its_answer() {
    const MANY: usize = 6 << 20;
    for (target, answer) in [
        ("POST /orders", "HTTP/1.1 202 Accepted\r\ncontent-length: 0\r\n\r\n"),
        ("POST /orders", "HTTP/1.1 204 No Content\r\n\r\n"),
        ("PUT /files/x", "HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\ngood"),
    ] {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let place = orders("", &listener.local_addr().unwrap().to_string(), "v2");
        let gateway = Gateway::start(&place.0);
        let (answered, is_answered) = tokio::sync::oneshot::channel();
        let backend = tokio_util::task::TaskTracker::new().spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let begun = read_until(&mut stream, "\r\n\r\n").await;
            stream.write_all(answer.as_bytes()).await.unwrap();
            // The client has all of it before the backend reads on.
            is_answered.await.unwrap();
            let length = begun.to_lowercase();
            let length = length.split_once("content-length: ").unwrap().1.lines().next().unwrap();
            let length: usize = length.parse().unwrap();
            let mut rest = vec![0; length - behind_head(&begun)];
            stream.read_exact(&mut rest).await.unwrap();
            assert!(length >= MANY && rest.ends_with(b"xx\"}"), "{length}");
        });
        let body = format!("{{\"customer\":\"{}\"}}", "x".repeat(MANY));
        let head = format!(
            "{target} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n",
            body.len()
        );
        let mut client = TcpStream::connect(&gateway.listen).await.unwrap();
        let (mut from, mut to) = client.split();
        let send = async {
            to.write_all(head.as_bytes()).await.unwrap();
            // What is held back by the backend need not be taken before it reads on.
            to.write_all(body.as_bytes()).await
        };
        let read = async {
            let mut status = [0; 10];
            from.read_exact(&mut status).await.unwrap();
            assert!(status.starts_with(b"HTTP/1.1 2"), "{target}");
            tokio::time::sleep(Duration::from_millis(100)).await;
            answered.send(()).unwrap();
        };
        tokio::join!(send, read).0.unwrap();
        backend.await.unwrap();
    }
}

/// A backend that answers, and reads no more of the request, does not keep its connection for ever.
#[tokio::test]
async fn what_a_backend_does_not_read_behind_its_answer_is_given_up() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let place = orders("timeouts: { idle: 1s }", &listener.local_addr().unwrap().to_string(), "v2");
    let gateway = Gateway::start(&place.0);
    let mut client = TcpStream::connect(&gateway.listen).await.unwrap();
    let head = "PUT /files/x HTTP/1.1\r\nhost: x\r\ncontent-length: 1000000000\r\n\r\n";
    client.write_all(head.as_bytes()).await.unwrap();
    let (mut backend, _) = listener.accept().await.unwrap();
    read_until(&mut backend, "\r\n\r\n").await;
    // Until nobody on the way takes any more.
    let piece = vec![b'x'; 1 << 20];
    let full = Duration::from_millis(500);
    while tokio::time::timeout(full, client.write_all(&piece)).await.is_ok() {}
    backend.write_all(GOOD.as_bytes()).await.unwrap();
    assert!(read_until(&mut client, "good").await.starts_with("HTTP/1.1 200 OK\r\n"));
    connections(&gateway, 1).await;
    drop(client);
    connections(&gateway, 0).await;
    drop(backend);
}

/// A backend that says again and again that it will answer takes neither the time of others nor more than its
/// own.
#[tokio::test]
async fn a_backend_that_only_says_that_it_will_answer() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let place = orders("", &listener.local_addr().unwrap().to_string(), "v2");
    let gateway = Gateway::start(&place.0);
    let backend = tokio_util::task::TaskTracker::new().spawn(async move {
        let early = "HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\n".repeat(100);
        while let Ok((mut stream, _)) = listener.accept().await {
            while stream.write_all(early.as_bytes()).await.is_ok() {}
        }
    });
    for path in ["/files/x", "/orders/1"] {
        let head = format!("GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n");
        let answer = wire(&gateway.listen, &head).await;
        assert!(answer.starts_with("HTTP/1.1 502 "), "{answer}");
        assert!(answer.contains("urn:fishplate:backend-broken"), "{answer}");
    }
    backend.abort();
}
