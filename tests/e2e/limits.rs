//! Limits that hold on both sides, each with its answer.

use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use crate::harness::{Backend, Gateway, MAPPING, V1, between, json, orders};
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
