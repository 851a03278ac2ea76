//! Limits that hold on both sides, each with its answer.

use std::time::Duration;

use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::time::Instant;

use crate::aborted::held;
use crate::harness::{Backend, Gateway, MAPPING, V1, between, json, orders, rest};
use crate::scrape::scrape;
use crate::through::read_until;

/// What a mapping makes larger than allowed is not sent, to nobody.
#[tokio::test]
async fn a_translation_that_is_too_large_is_refused_on_both_sides() {
    let backend = Backend::start(|_| json("{}")).await;
    let place = orders("limits: { output: 64 }", &backend.address, "v2");
    let long = "x".repeat(100);
    for (member, file, status) in [("added", "v2", 413), ("removed", "v1", 502)] {
        let own = if file == "v1" { V1.to_owned() } else { crate::harness::v2() };
        let other = if file == "v1" { crate::harness::v2() } else { V1.to_owned() };
        let noted = own.replace("id: { type", "note: { type: string }, id: { type");
        let (one, two) = if file == "v1" { (noted, other) } else { (other, noted) };
        place.write("schemas/orders/v1.yaml", &one);
        place.write("schemas/orders/v2.yaml", &two);
        let rule = if member == "added" {
            format!("    added: {{ note: {long} }}\n")
        } else {
            format!("    removed: {{ note: {{ default: {long} }} }}\n")
        };
        place.write("mappings/orders/v2.yaml", &format!("{MAPPING}{rule}"));
        let gateway = Gateway::start(&place.0);
        let before = backend.count();
        let answer = if status == 413 {
            let post = gateway.get("/orders").method("POST");
            gateway.ask(post.header("content-type", "application/json"), "{}").await
        } else {
            gateway.ask(gateway.get("/orders/1"), "").await
        };
        assert_eq!(answer.status.as_u16(), status, "{member} {answer:?}");
        let kind = between(&answer.text, "\"type\":\"", "\"");
        assert_eq!(kind, "urn:fishplate:translation-too-large", "{member}");
        assert!(answer.text.contains("larger than 64 bytes (`limits.output`)"), "{answer:?}");
        assert_eq!(backend.count() > before, status == 502, "{member}");
    }
}

/// Who finds no memory waits for a while, and is told to come again.
#[tokio::test]
async fn a_request_that_finds_no_memory_waits_and_is_told_when_to_come_again() {
    let backend = Backend::start(|_| json("{}")).await;
    let place = orders("limits: { body: 4KiB, buffered: 4KiB }", &backend.address, "v2");
    let gateway = Gateway::start(&place.0);
    let head = "POST /orders HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n\
                content-length: 4096\r\n\r\n";
    let mut holder = TcpStream::connect(&gateway.listen).await.unwrap();
    holder.write_all(format!("{head}{{").as_bytes()).await.unwrap();
    let post = async |body: &str, coding: &str| {
        let request = gateway.get("/orders").method("POST");
        let request = request.header("content-type", "application/json");
        gateway.ask(request.header("content-encoding", coding), body).await
    };
    // Whether it is held already is known only by asking.
    let mut statuses = Vec::new();
    for _ in 0..10 {
        let answer = post("{}", "identity").await;
        statuses.push(answer.status.as_u16());
        if answer.status == 503 {
            assert_eq!(answer.header("retry-after"), Some("1"));
            assert_eq!(between(&answer.text, "\"type\":\"", "\""), "urn:fishplate:overloaded");
            break;
        }
    }
    assert_eq!(statuses.last(), Some(&503), "{statuses:?}");
    // What decoding needs counts as well.
    assert_eq!(post("x", "gzip").await.status, 503);
    holder.write_all(format!("{}}}", " ".repeat(4094)).as_bytes()).await.unwrap();
    assert!(read_until(&mut holder, "{}").await.starts_with("HTTP/1.1 200 "));
    assert_eq!(post("{}", "identity").await.status, 200);
}

/// A thousand bodies that begin and stall: as many as there is memory for are held, the others are told
/// when to come again, and what needs no memory goes on all the while.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_bodies_that_stall() {
    const MANY: usize = 1000;
    const LENGTH: usize = 64 << 10;
    const ROOM: usize = 256;
    let backend = Backend::start(|_| json("{}")).await;
    let place = orders("limits: { buffered: 16MiB }", &backend.address, "v2");
    let gateway = Gateway::start(&place.0);
    assert_eq!(gateway.ask(gateway.get("/v2/orders/1"), "").await.status, 200);
    let (_, before) = held(&gateway);
    let head = format!(
        "POST /orders HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n\
         connection: close\r\ncontent-length: {LENGTH}\r\n\r\n{{"
    );
    let mut clients = Vec::new();
    for _ in 0..MANY {
        let mut client = TcpStream::connect(&gateway.listen).await.unwrap();
        client.write_all(head.as_bytes()).await.unwrap();
        clients.push(client);
    }
    // Longer than anybody waits for memory.
    let mut most: f64 = 0.0;
    for _ in 0..25 {
        assert_eq!(gateway.ask(gateway.get("/v2/orders/1"), "").await.status, 200);
        let seen = scrape(&gateway).await;
        most = most.max(seen.sum("fishplate_buffered_bytes", &[]));
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert!(most > f64::from(15 << 20) && most <= f64::from(16 << 20), "{most}");
    let (_, during) = held(&gateway);
    // What is promised to a body that has not come is no memory yet; a connection has some.
    assert!(during < before + (96 << 10), "{before} KiB, then {during}");
    let body = format!("{}}}", " ".repeat(LENGTH - 2));
    let (mut served, mut told) = (0, 0);
    for mut client in clients {
        let mut byte = [0];
        let told_already = client.peek(&mut byte);
        if tokio::time::timeout(Duration::from_millis(2), told_already).await.is_err() {
            client.write_all(body.as_bytes()).await.unwrap();
        }
        let answer = rest(&mut client).await;
        match answer.get(9..12) {
            Some("200") => served += 1,
            Some("503") => {
                assert!(answer.contains("\r\nretry-after: 1\r\n"), "{answer}");
                assert_eq!(between(&answer, "\"type\":\"", "\""), "urn:fishplate:overloaded");
                told += 1;
            }
            _ => panic!("{answer:?}"),
        }
    }
    assert_eq!((served, told), (ROOM, MANY - ROOM));
    let seen = scrape(&gateway).await;
    assert!(seen.sum("fishplate_buffered_bytes", &[]) < 1.0, "{seen:?}");
    let again = gateway.get("/orders").method("POST").header("content-type", "application/json");
    assert_eq!(gateway.ask(again, "{}").await.status, 200);
}

/// What says no length holds what has come of it, and not what it might become.
#[tokio::test]
async fn uploads_without_a_length_that_stall_keep_no_memory_from_others() {
    let backend = Backend::start(|_| json("{}")).await;
    let place = orders("limits: { body: 1MiB, buffered: 2MiB }", &backend.address, "v2");
    let gateway = Gateway::start(&place.0);
    let head = "POST /orders HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n\
                transfer-encoding: chunked\r\n";
    let mut clients = Vec::new();
    for coding in ["", "content-encoding: gzip\r\n"].repeat(20) {
        let mut client = TcpStream::connect(&gateway.listen).await.unwrap();
        client.write_all(format!("{head}{coding}\r\n1\r\n{{\r\n").as_bytes()).await.unwrap();
        clients.push(client);
    }
    let buffered = async || scrape(&gateway).await.sum("fishplate_buffered_bytes", &[]);
    while buffered().await < 40.0 * 1024.0 {}
    let post = async |body: String| {
        let request = gateway.get("/orders").method("POST");
        let request = request.header("content-type", "application/json");
        let began = Instant::now();
        (gateway.ask(request, &body).await.status.as_u16(), began.elapsed())
    };
    let (status, waited) = post(format!("{{}}{}", " ".repeat(1_000_000))).await;
    assert!(status == 200 && waited < Duration::from_secs(2), "{status} {waited:?}");
    // As it grows it takes more, and gives all of it back with its end.
    let before = buffered().await;
    let client = &mut clients[0];
    let more = format!("186a0\r\n{}\r\n", " ".repeat(100_000));
    client.write_all(more.as_bytes()).await.unwrap();
    while buffered().await < before + 99_000.0 {}
    client.write_all(b"1\r\n}\r\n0\r\n\r\n").await.unwrap();
    assert!(read_until(client, "{}").await.starts_with("HTTP/1.1 200 "));
    while buffered().await >= before {}
}

/// One that grows where there is no more memory is told to come again, as any other is.
#[tokio::test]
async fn an_upload_that_finds_no_more_memory_is_told_when_to_come_again() {
    let backend = Backend::start(|_| json("{}")).await;
    let place = orders(
        "limits: { body: 8KiB, buffered: 8KiB }\ntimeouts: { body: 4s }",
        &backend.address,
        "v2",
    );
    let gateway = Gateway::start(&place.0);
    let head = "POST /orders HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n\
                transfer-encoding: chunked\r\n\r\n";
    let filler = " ".repeat(4095);
    let mut holder = TcpStream::connect(&gateway.listen).await.unwrap();
    holder.write_all(format!("{head}1000\r\n{{{filler}\r\n").as_bytes()).await.unwrap();
    while scrape(&gateway).await.sum("fishplate_buffered_bytes", &[]) < 4096.0 {}
    let mut other = TcpStream::connect(&gateway.listen).await.unwrap();
    let body = format!("1000\r\n{{{filler}\r\n1000\r\n {filler}\r\n");
    other.write_all(format!("{head}{body}").as_bytes()).await.unwrap();
    let answers = [read_until(&mut other, "}").await, read_until(&mut holder, "}").await];
    assert!(answers[0].starts_with("HTTP/1.1 503 "), "{answers:?}");
    assert!(answers[0].contains("\r\nretry-after: 1\r\n"), "{answers:?}");
    assert!(answers[0].contains("urn:fishplate:overloaded"), "{answers:?}");
    assert!(answers[1].starts_with("HTTP/1.1 408 "), "{answers:?}");
    while scrape(&gateway).await.sum("fishplate_buffered_bytes", &[]) > 0.0 {}
}
