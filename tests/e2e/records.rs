//! The access log: one line for each exchange, with one outcome.

use std::collections::BTreeMap;

use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream};

use crate::harness::{Backend, Gateway, MAPPING, V1, json, orders, wire};
use crate::through::read_until;

/// A line of the log, read.
fn access(gateway: &Gateway) -> BTreeMap<String, serde_json::Value> {
    let line = gateway.line("\"target\":\"access\"");
    serde_json::from_str(&line).expect("one JSON object a line")
}

#[tokio::test]
async fn one_line_with_one_outcome_for_each_exchange() {
    let backend = Backend::start(|_| json(r#"{"buyer":"x"}"#)).await;
    let place = orders("", &backend.address, "v2");
    let gateway = Gateway::start(&place.0);
    let post = |kind: &str| format!("content-type: {kind}\r\ncontent-length: 2\r\n\r\n{{}}");
    let requests = [
        ("GET /orders/1", "\r\n".to_owned(), "translated", 200),
        ("HEAD /orders/1", "\r\n".to_owned(), "passed", 200),
        ("HEAD /nothing", "\r\n".to_owned(), "unmatched", 404),
        ("GET /v2/orders/1", "\r\n".to_owned(), "passed", 200),
        ("GET /nothing", "\r\n".to_owned(), "unmatched", 404),
        ("TRACE /orders/1", "\r\n".to_owned(), "refused_request", 405),
        ("POST /orders", post("text/plain"), "undecodable", 415),
        ("OPTIONS /orders", "\r\n".to_owned(), "passed", 200),
        ("BREW /orders", "\r\n".to_owned(), "unmatched", 405),
        ("GET /files/..", "\r\n".to_owned(), "refused_request", 400),
    ];
    for (what, rest, outcome, status) in requests {
        let answer = wire(&gateway.listen, &format!("{what} HTTP/1.1\r\nhost: x\r\n{rest}")).await;
        assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{what} {answer}");
        let head = what.starts_with("HEAD");
        assert_eq!(answer.ends_with("\r\n\r\n"), head, "{what} {answer}");
        let line = access(&gateway);
        assert_eq!(line["outcome"], outcome, "{what} {line:?}");
        assert_eq!(line["status"], status, "{what} {line:?}");
        assert_eq!(line["generation"], 1);
        let method = what.split(' ').next().unwrap();
        assert_eq!(line["method"], if method == "BREW" { "other" } else { method }, "{line:?}");
    }
    let request = gateway.get("/orders/1").header("x-api-version", "v1");
    gateway.ask(request, "").await;
    let line = access(&gateway);
    for (key, value) in [
        ("api", "orders"),
        ("version", "v1"),
        ("operation", "GET /orders/{id}"),
        ("backend", "one"),
        ("backend_version", "v2"),
    ] {
        assert_eq!(line[key], value, "{line:?}");
    }
    assert_eq!((&line["bytes_in"], &line["bytes_out"]), (&0.into(), &16.into()));
    assert_eq!(line["losses"], 0);
    assert!(line["duration_us"].as_u64().is_some(), "{line:?}");
    // None of them left a second line behind: the next one is of the next exchange.
    gateway.ask(gateway.get("/last"), "").await;
    assert_eq!(access(&gateway)["outcome"], "unmatched");
}

#[tokio::test]
async fn a_client_that_goes_is_an_outcome_too() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let place = orders("", &address, "v2");
    let gateway = Gateway::start(&place.0);
    let mut client = TcpStream::connect(&gateway.listen).await.unwrap();
    client.write_all(b"GET /orders/1 HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
    let (mut backend, _) = listener.accept().await.unwrap();
    read_until(&mut backend, "\r\n\r\n").await;
    // A reset, not half a close: who half closes still wants its answer.
    client.set_zero_linger().unwrap();
    drop(client);
    let line = access(&gateway);
    assert_eq!(line["outcome"], "client_gone");
    // There was no answer that could have one.
    assert_eq!(line.get("status"), None, "{line:?}");
}

/// A line says what was asked, and nothing that may be secret.
#[tokio::test]
async fn a_line_says_what_was_asked() {
    let backend = Backend::start(|_| json(r#"{"buyer":"x"}"#)).await;
    let place = orders("", &backend.address, "v2");
    let gateway = Gateway::start(&place.0);
    let ask = async |what: &str, rest: &str| {
        let head = "HTTP/1.1\r\nhost: x\r\nauthorization: s3cret\r\ncookie: s3cret";
        let answer = wire(&gateway.listen, &format!("GET {what} {head}{rest}\r\n\r\n")).await;
        let line = gateway.line("\"target\":\"access\"");
        assert!(!line.contains("s3cret") && !line.contains("other-header"), "{line}");
        let read: BTreeMap<String, serde_json::Value> = serde_json::from_str(&line).unwrap();
        (answer, read)
    };
    let (_, line) = ask("/orders/1?key=s3cret", "").await;
    assert_eq!(line["path"], "/orders/1");
    let (_, line) = ask("/Nothing//%2ea?key=s3cret", "").await;
    assert_eq!((&line["path"], &line["status"]), (&"/Nothing//%2ea".into(), &404.into()));
    let (_, line) = ask(&format!("/{}", "a".repeat(9000)), "").await;
    assert_eq!(line["path"], format!("/{}…", "a".repeat(255)));

    let long = "9".repeat(1000);
    let shown = format!("`{}…`", "9".repeat(64));
    for (path, rest, said) in [
        (
            "/orders/1",
            "x-api-version: v9",
            "no version `v9` (header x-api-version); there are v1, v2",
        ),
        ("/v9/orders/1", "other-header: 1", "no version `v9` (path); there are v1, v2"),
        ("/orders/1", &*format!("x-api-version: {long}"), &*shown),
        (
            "/v2/orders/1",
            "x-api-version: v1",
            "two different versions: `v1` (header x-api-version) and `v2` (path)",
        ),
    ] {
        let (answer, line) = ask(path, &format!("\r\n{rest}")).await;
        assert!(answer.starts_with("HTTP/1.1 400 "), "{answer}");
        assert!(answer.contains(said), "{said} not in {answer}");
        assert!(line["reason"].as_str().unwrap().contains(said), "{said} not in {line:?}");
        assert_eq!(line["path"], path);
    }
}

/// Which rule lost how much, without a word of the message.
#[tokio::test]
async fn losses_are_told_by_rule() {
    let backend = Backend::start(|_| json(r#"[{"tier":"t0p","buyer":"x"},{"tier":"t0p"}]"#)).await;
    let place = orders("", &backend.address, "v2");
    let list = "{ schema: { type: array, items: { $ref: '#/components/schemas/Order' } } }";
    let one = "{ schema: { $ref: '#/components/schemas/Order' } }";
    let v1 = V1.replace(one, list);
    let v2 = v1.replace("version: v1", "version: v2").replace("customer:", "buyer:");
    let v2 = v2.replace("id: { type: integer }", "id: { type: integer }, tier: { type: string }");
    place.write("schemas/orders/v1.yaml", &v1);
    place.write("schemas/orders/v2.yaml", &v2);
    let rules = "{ customer: buyer }\n    added: { tier: none }";
    place.write("mappings/orders/v2.yaml", &MAPPING.replace("{ customer: buyer }", rules));
    let gateway = Gateway::start_logging(&place.0, "debug");
    let answer = gateway.ask(gateway.get("/orders/1"), "").await;
    assert_eq!(answer.text, r#"[{"customer":"x"},{}]"#);
    let rule = "types.Order.added.tier of v2";
    let line = gateway.line("\"target\":\"losses\"");
    let read: BTreeMap<String, serde_json::Value> = serde_json::from_str(&line).unwrap();
    assert_eq!((&read["level"], &read["rule"]), (&"DEBUG".into(), &rule.into()), "{line}");
    assert_eq!((&read["kind"], &read["count"]), (&"dropped".into(), &2.into()), "{line}");
    assert_eq!(read["operation"], "GET /orders/{id}", "{line}");
    assert!(!line.contains("t0p"), "{line}");
    let line = access(&gateway);
    assert_eq!(line["losses"], 2, "{line:?}");
    assert_eq!(line["lost"], format!("{rule}: 2 dropped"), "{line:?}");

    let gateway = Gateway::start(&place.0);
    gateway.ask(gateway.get("/orders/1"), "").await;
    assert!(gateway.line("\"target\":").contains("\"lost\":\"types.Order"), "no other line");
    let gateway = Gateway::start_logging(&place.0, "loud=loud");
    assert!(gateway.first("FISHPLATE_LOG").contains("\"level\":\"WARN\""));
}
