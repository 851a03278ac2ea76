//! The end of the process.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::harness::{Gateway, Place, orders};
use crate::through::read_until;

/// A gateway that waits for the answer of a backend, its files, its client and the backend.
async fn in_flight(extra: &str) -> (Gateway, Place, TcpStream, TcpStream) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let place = orders(extra, &address, "v2");
    let gateway = Gateway::start(&place.0);
    let mut client = TcpStream::connect(&gateway.listen).await.unwrap();
    client.write_all(b"GET /orders/1 HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
    let (mut backend, _) = listener.accept().await.unwrap();
    read_until(&mut backend, "\r\n\r\n").await;
    (gateway, place, client, backend)
}

#[tokio::test]
async fn what_is_in_flight_finishes() {
    let (mut gateway, _place, mut client, mut backend) = in_flight("").await;
    let pid = gateway.child.id().to_string();
    assert!(Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
    // It stops to be ready, and to listen, before what is in flight has its answer.
    while gateway.operator("GET", "/readyz").await.status != 503 {}
    while TcpStream::connect(&gateway.listen).await.is_ok() {}
    let answer = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 13\r\n\r\n{\"buyer\":\"x\"}";
    backend.write_all(answer.as_bytes()).await.unwrap();
    let answer = read_until(&mut client, "{\"customer\":\"x\"}").await;
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    assert!(gateway.line("\"message\":\"stopping\"").contains("\"in_flight\":1"));
    assert!(gateway.line("\"message\":\"stopped\"").contains("\"in_flight\":0"));
    let status = tokio::task::spawn_blocking(move || gateway.child.wait().unwrap()).await.unwrap();
    assert_eq!(status.code(), Some(0));
}

/// However many exchanges there are, all of them have their answer.
#[tokio::test]
async fn a_hundred_in_flight_finish() {
    const MANY: usize = 100;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let place = orders("", &listener.local_addr().unwrap().to_string(), "v2");
    let mut gateway = Gateway::start(&place.0);
    let mut pairs = Vec::new();
    for _ in 0..MANY {
        let mut client = TcpStream::connect(&gateway.listen).await.unwrap();
        client.write_all(b"GET /orders/1 HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
        let (mut backend, _) = listener.accept().await.unwrap();
        read_until(&mut backend, "\r\n\r\n").await;
        pairs.push((client, backend));
    }
    let pid = gateway.child.id().to_string();
    assert!(Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
    assert!(gateway.line("\"message\":\"stopping\"").contains("\"in_flight\":100"));
    for (client, backend) in &mut pairs {
        let answer = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 13\r\n\r\n{\"buyer\":\"x\"}";
        backend.write_all(answer.as_bytes()).await.unwrap();
        let answer = read_until(client, "{\"customer\":\"x\"}").await;
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    }
    for _ in 0..MANY {
        assert_eq!(gateway.outcome(), "translated");
    }
    assert!(gateway.line("\"message\":\"stopped\"").contains("\"in_flight\":0"));
    let status = tokio::task::spawn_blocking(move || gateway.child.wait().unwrap()).await.unwrap();
    assert_eq!(status.code(), Some(0));
}

/// So does what goes on to a backend behind its answer.
#[tokio::test]
async fn an_upload_behind_its_answer_finishes() {
    const LENGTH: u64 = 12_000_000;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let place = orders("", &address, "v2");
    let mut gateway = Gateway::start(&place.0);
    let mut client = TcpStream::connect(&gateway.listen).await.unwrap();
    let head = format!("PUT /files/a HTTP/1.1\r\nhost: x\r\ncontent-length: {LENGTH}\r\n\r\n");
    client.write_all(head.as_bytes()).await.unwrap();
    let (mut backend, _) = listener.accept().await.unwrap();
    read_until(&mut backend, "\r\n\r\n").await;
    let (mut reads, mut writes) = client.into_split();
    let upload = tokio_util::task::TaskTracker::new().spawn(async move {
        writes.write_all(&vec![b'x'; usize::try_from(LENGTH).unwrap()]).await.unwrap();
        writes
    });
    // Much of it stands between the two.
    tokio::time::sleep(std::time::Duration::from_millis(500)).await;
    backend.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok").await.unwrap();
    assert_eq!(gateway.outcome(), "passed");
    let seen = gateway.operator("GET", "/metrics").await.text;
    assert!(seen.contains("fishplate_exchanges_in_flight 0\n"), "{seen}");
    assert!(seen.contains("fishplate_uploads_behind_answers 1\n"), "{seen}");
    let pid = gateway.child.id().to_string();
    assert!(Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
    let line = gateway.line("\"message\":\"stopping\"");
    assert!(line.contains("\"in_flight\":0") && line.contains("\"uploads\":1"), "{line}");
    // Longer than a client may take to go on whose connection nothing happens.
    tokio::time::sleep(std::time::Duration::from_millis(1500)).await;
    let rest = tokio::io::copy(&mut backend, &mut tokio::io::sink()).await.unwrap();
    assert_eq!(rest, LENGTH);
    drop(upload.await.unwrap());
    let mut answer = String::new();
    reads.read_to_string(&mut answer).await.unwrap();
    assert!(answer.ends_with("ok"), "{answer}");
    let line = gateway.line("\"message\":\"stopped\"");
    assert!(line.contains("\"uploads\":0"), "{line}");
    let status = tokio::task::spawn_blocking(move || gateway.child.wait().unwrap()).await.unwrap();
    assert_eq!(status.code(), Some(0));
}

/// Who asks twice does not want to wait.
#[tokio::test]
async fn a_second_signal_ends_at_once() {
    for (first, second) in [("-TERM", "-TERM"), ("-INT", "-TERM"), ("-TERM", "-INT")] {
        let extra = "timeouts: { drain: 10m, answer: 10m }";
        let (mut gateway, _place, _client, _backend) = in_flight(extra).await;
        let pid = gateway.child.id().to_string();
        let signal = |name: &str| {
            assert!(Command::new("kill").args([name, &pid]).status().unwrap().success());
        };
        signal(first);
        assert!(gateway.line("\"message\":\"stopping\"").contains("\"in_flight\":1"));
        assert!(gateway.child.try_wait().unwrap().is_none(), "the first waits");
        signal(second);
        assert!(gateway.line("\"message\":\"stopped\"").contains("\"in_flight\":1"));
        let ended = tokio::task::spawn_blocking(move || gateway.child.wait().unwrap());
        let status = tokio::time::timeout(std::time::Duration::from_secs(10), ended).await;
        assert_eq!(status.expect("an end").unwrap().code(), Some(1));
    }
}

/// Connections on which nothing happens hold nobody up, on neither listener.
#[tokio::test]
async fn who_does_not_go_on_does_not_hold_the_process() {
    let place = orders("", "127.0.0.1:9", "v2");
    let mut gateway = Gateway::start(&place.0);
    let idle = TcpStream::connect(&gateway.listen).await.unwrap();
    let mut admin = TcpStream::connect(&gateway.admin).await.unwrap();
    admin.write_all(b"GET /healthz HTTP/1.1\r\nhost:").await.unwrap();
    gateway.operator("GET", "/readyz").await;
    let pid = gateway.child.id().to_string();
    assert!(Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
    let ended = tokio::task::spawn_blocking(move || gateway.child.wait().unwrap());
    let status = tokio::time::timeout(std::time::Duration::from_secs(10), ended).await;
    assert_eq!(status.expect("an end").unwrap().code(), Some(0));
    drop((idle, admin));
}

/// Who is told to go over HTTP/2, and does not, has nothing in flight.
#[tokio::test]
async fn who_does_not_hear_does_not_hold_the_process() {
    let place = orders("", "127.0.0.1:9", "v2");
    let mut gateway = Gateway::start(&place.0);
    let client = crate::frames::connect(&gateway).await;
    let pid = gateway.child.id().to_string();
    assert!(Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
    let ended = tokio::task::spawn_blocking(move || gateway.child.wait().unwrap());
    let status = tokio::time::timeout(std::time::Duration::from_secs(10), ended).await;
    assert_eq!(status.expect("an end").unwrap().code(), Some(0));
    drop(client);
}

/// What takes longer than `drain` is cut off, and the exit says so.
#[tokio::test]
async fn what_does_not_finish_in_time_is_cut_off() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let place = orders("timeouts: { drain: 500ms }", &address, "v2");
    let mut gateway = Gateway::start(&place.0);
    let mut client = TcpStream::connect(&gateway.listen).await.unwrap();
    client.write_all(b"GET /orders/1 HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
    let (mut backend, _) = listener.accept().await.unwrap();
    read_until(&mut backend, "\r\n\r\n").await;
    let pid = gateway.child.id().to_string();
    assert!(Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
    // It was no client that went.
    let line = gateway.line("\"target\":\"access\"");
    assert!(line.contains("\"outcome\":\"timed_out\""), "{line}");
    assert!(line.contains("\"reason\":\"the process ended\""), "{line}");
    let ended = tokio::task::spawn_blocking(move || gateway.child.wait().unwrap());
    let status = tokio::time::timeout(std::time::Duration::from_secs(10), ended).await;
    assert_eq!(status.expect("an end").unwrap().code(), Some(1));
}

/// The demo stays up until Ctrl-C, and ends as it should.
#[tokio::test]
async fn the_demo_ends_by_ctrl_c() {
    let ended = tokio::task::spawn_blocking(|| {
        let mut demo = Command::new(env!("CARGO_BIN_EXE_fishplate"))
            .arg("demo")
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(demo.stdout.take().unwrap()).lines();
        let up = lines.map_while(Result::ok).any(|line| line.starts_with("It stays up"));
        assert!(up, "{:?}", demo.wait());
        let pid = demo.id().to_string();
        assert!(Command::new("kill").args(["-INT", &pid]).status().unwrap().success());
        demo.wait().unwrap()
    });
    let status = tokio::time::timeout(std::time::Duration::from_secs(30), ended).await;
    assert_eq!(status.expect("an end").unwrap().code(), Some(0));
}
