//! An exchange belongs to one generation: what is reloaded while it is under way is not about it, be it in
//! the middle of its request, before its answer, or before the program of its answer was ever needed.

use std::time::Duration;

use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream};

use crate::harness::{Gateway, MAPPING, Place, V1, between, orders, v2};
use crate::through::read_until;

const BUYER: &str = r#"{"buyer":"x"}"#;

/// The contract with an error that has the order's shape.
fn with_fault(contract: &str) -> String {
    let fault = "        4XX:
          description: fault
          content: { application/json: { schema: { $ref: '#/components/schemas/Order' } } }
  /orders/{id}:";
    contract.replacen("  /orders/{id}:", fault, 1)
}

struct Between {
    listener: TcpListener,
    place: Place,
    gateway: Gateway,
}

impl Between {
    async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let place = orders("", &listener.local_addr().unwrap().to_string(), "v2");
        place.write("schemas/orders/v1.yaml", &with_fault(V1));
        place.write("schemas/orders/v2.yaml", &with_fault(&v2()));
        let gateway = Gateway::start(&place.0);
        Self { listener, place, gateway }
    }

    /// Another name on the backend's side, in contract and mapping.
    async fn reload(&self, name: &str) {
        let contract = with_fault(&v2().replace("buyer:", &format!("{name}:")));
        self.place.write("schemas/orders/v2.yaml", &contract);
        self.place.write("mappings/orders/v2.yaml", &MAPPING.replace("buyer", name));
        let answer = self.gateway.operator("POST", "/reload").await;
        assert_eq!(answer.status, 200, "{answer:?}");
    }
}

fn answer(status: &str, body: &str) -> String {
    let head = format!("HTTP/1.1 {status}\r\ncontent-type: application/json\r\n");
    format!("{head}connection: close\r\ncontent-length: {}\r\n\r\n{body}", body.len())
}

#[tokio::test]
async fn a_reload_between_a_request_and_its_answer() {
    let both = Between::start().await;
    // The program of the fault is made when it is needed, or was made ahead: it is the old one anyway.
    for (round, status) in ["201 Created", "409 Conflict", "418 Odd"].into_iter().enumerate() {
        let mut client = TcpStream::connect(&both.gateway.listen).await.unwrap();
        let head = "POST /orders HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n";
        let body = r#"{"customer":"x"}"#;
        let ask = format!("{head}content-length: {}\r\n\r\n", body.len());
        let (first, last) = body.split_at(8);
        // A body that has begun, and a reload before it ends.
        client.write_all(format!("{ask}{first}").as_bytes()).await.unwrap();
        let named = |round: usize| format!("name{round}");
        let own = if round == 0 { "buyer".to_owned() } else { named(2 * round) };
        tokio::time::sleep(Duration::from_millis(200)).await;
        both.reload(&named(2 * round + 1)).await;
        client.write_all(last.as_bytes()).await.unwrap();
        let (mut backend, _) = both.listener.accept().await.unwrap();
        let asked = read_until(&mut backend, "\"x\"}").await;
        assert!(asked.ends_with(&format!("{{\"{own}\":\"x\"}}")), "{asked}");
        // Another before the answer.
        both.reload(&named(2 * round + 2)).await;
        let body = BUYER.replace("buyer", &own);
        backend.write_all(answer(status, &body).as_bytes()).await.unwrap();
        let got = read_until(&mut client, "\"}").await;
        assert!(got.starts_with(&format!("HTTP/1.1 {}", &status[..3])), "{got}");
        assert!(got.ends_with(r#"{"customer":"x"}"#), "{status}: {got}");
        let line = both.gateway.line("\"target\":\"access\"");
        let generation: usize = between(&line, "\"generation\":", ",").parse().unwrap();
        assert_eq!(generation, 2 * round + 1, "{line}");
    }
    // Who asks now is of the last one.
    let mut client = TcpStream::connect(&both.gateway.listen).await.unwrap();
    client.write_all(b"GET /orders/1 HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
    let (mut backend, _) = both.listener.accept().await.unwrap();
    read_until(&mut backend, "\r\n\r\n").await;
    backend.write_all(answer("200 OK", r#"{"name6":"x"}"#).as_bytes()).await.unwrap();
    assert!(read_until(&mut client, "\"}").await.ends_with(r#"{"customer":"x"}"#));
}

/// A backend that a reload takes away finishes what it was asked.
#[tokio::test]
async fn a_backend_that_goes_while_it_is_asked() {
    let both = Between::start().await;
    let mut client = TcpStream::connect(&both.gateway.listen).await.unwrap();
    client.write_all(b"GET /orders/1 HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
    let (mut backend, _) = both.listener.accept().await.unwrap();
    read_until(&mut backend, "\r\n\r\n").await;
    let elsewhere = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = elsewhere.local_addr().unwrap().to_string();
    both.place.write("fishplate.yaml", &crate::harness::config("", &address, "v2"));
    assert_eq!(both.gateway.operator("POST", "/reload").await.status, 200);
    backend.write_all(answer("200 OK", BUYER).as_bytes()).await.unwrap();
    assert!(read_until(&mut client, "\"}").await.ends_with(r#"{"customer":"x"}"#));
    client.write_all(b"GET /orders/1 HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
    let (mut other, _) = elsewhere.accept().await.unwrap();
    read_until(&mut other, "\r\n\r\n").await;
}

/// What is wrong with a file that nobody asked to reload is not in the log alone.
#[tokio::test]
async fn an_error_that_the_watch_finds_is_told_everywhere() {
    let both = Between::start().await;
    let good = both.gateway.operator("GET", "/snapshot").await;
    assert!(!good.text.contains("F302"), "{good:?}");
    let folder = both.place.0.join("mappings/orders");
    both.place.write("mappings/orders/.new", &MAPPING.replace("fields:", "feilds:"));
    std::fs::rename(folder.join(".new"), folder.join("v2.yaml")).unwrap();
    let line = both.gateway.line("\"message\":\"not reloaded\"");
    assert!(line.contains("F302") && line.contains("\"line\":8"), "{line}");
    let report = both.gateway.operator("GET", "/snapshot").await.text;
    let read: serde_json::Value = serde_json::from_str(&report).unwrap();
    let told = &read["errors"][0];
    assert_eq!((&told["code"], &told["line"]), (&"F302".into(), &8.into()), "{report}");
    assert!(told["file"].as_str().unwrap().ends_with("mappings/orders/v2.yaml"), "{report}");
    assert_eq!(read["apis"][0]["state"], "last good", "{report}");
    let seen = crate::scrape::scrape(&both.gateway).await;
    for name in ["apis_failed", "files_with_errors"] {
        assert!(seen.sum(&format!("fishplate_{name}"), &[]) > 0.5, "{name} {seen:?}");
    }
}
