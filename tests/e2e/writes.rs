//! Writes: what only a part of a document says is not taken for a whole one, and none is lost or done twice.

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::harness::{Backend, Gateway, Place, between, config, json, orders};

/// Orders that can be written as a whole and in parts.
fn contract(version: &str, fields: &str) -> String {
    let body =
        "{ content: { application/json: { schema: { $ref: '#/components/schemas/Order' } } } }";
    let answer = format!("responses: {{ '200': {body} }}");
    let operation = format!("{{ requestBody: {body}, {answer} }}");
    format!(
        "openapi: 3.1.0
info: {{ title: Orders, version: {version} }}
paths:
  /orders/{{id}}: {{ patch: {operation}, put: {operation} }}
components: {{ schemas: {{ Order: {{ type: object, properties: {{ note: {{ type: string }}, {fields} }} }} }} }}
"
    )
}

fn place(backend: &str, (old, new): (&str, &str), rules: &str) -> Place {
    let place = Place::new();
    place.write("schemas/orders/v1.yaml", &contract("v1", old));
    place.write("schemas/orders/v2.yaml", &contract("v2", new));
    let head = "mapping: 1\napi: orders\nfrom: v1\nto: v2\ntypes:\n  Order:\n    ";
    place.write("mappings/orders/v2.yaml", &format!("{head}{rules}\n"));
    place.write("fishplate.yaml", &config("", backend, "v2"));
    place
}

/// The ways to say that a document is a part of one.
const PARTS: [&str; 3] =
    ["application/json", "application/merge-patch+json", "application/json-patch+json"];

async fn write(gateway: &Gateway, method: &str, kind: &str, body: &str) -> (u16, String) {
    let request = gateway.get("/v1/orders/1").method(method).header("content-type", kind);
    let answer = gateway.ask(request, body).await;
    (answer.status.as_u16(), answer.text)
}

/// What a rule says of all documents would be said of what the patch leaves alone.
#[tokio::test]
async fn no_default_is_put_into_a_patch() {
    let backend = Backend::start(|_| json(r#"{"note":"x","state":"paid"}"#)).await;
    let new = "state: { type: string }";
    let place = place(&backend.address, ("", new), "added: { state: new }");
    let gateway = Gateway::start(&place.0);
    for kind in PARTS {
        let (status, text) = write(&gateway, "PATCH", kind, r#"{"note":"x"}"#).await;
        assert_eq!((status, backend.count()), (415, 0), "{kind} {text}");
        let detail = between(&text, "\"detail\":\"", "\"");
        assert!(detail.contains("partial writes are not supported yet"), "{detail}");
    }
    // Of a whole document the rule is true.
    let (status, text) = write(&gateway, "PUT", PARTS[0], r#"{"note":"x"}"#).await;
    assert_eq!((status, &*text), (200, r#"{"note":"x"}"#));
    assert_eq!(backend.last().body, r#"{"note":"x","state":"new"}"#);
}

/// The one element that an old client knows is not all that there is.
#[tokio::test]
async fn a_null_in_a_patch_takes_no_list_away() {
    let backend = Backend::start(|_| json(r#"{"tags":["a","b","c"]}"#)).await;
    let (old, new) = (
        "tag: { type: [string, 'null'] }",
        "tags: { type: array, items: { type: [string, 'null'] } }",
    );
    let place = place(&backend.address, (old, new), "fields: { tag: 'tags[0]' }");
    let gateway = Gateway::start(&place.0);
    for kind in PARTS {
        for body in [r#"{"tag":null}"#, r#"{"tag":"d"}"#, r#"[{"op":"remove","path":"/tag"}]"#] {
            let (status, text) = write(&gateway, "PATCH", kind, body).await;
            assert_eq!((status, backend.count()), (415, 0), "{kind} {body} {text}");
        }
    }
    // The same in the backend's own words is its own affair.
    let request = gateway.get("/v2/orders/1").method("PATCH").header("content-type", PARTS[1]);
    assert_eq!(gateway.ask(request, r#"{"tags":null}"#).await.status, 200);
    assert_eq!(backend.last().body, r#"{"tags":null}"#);
}

/// A client that has said all that it has to say, and goes on listening or does not, has said both.
#[tokio::test]
async fn the_second_of_two_writes_is_not_lost() {
    let backend = Backend::start(|_| {
        std::thread::sleep(Duration::from_millis(100));
        let mut answer = json(r#"{"id":1}"#);
        *answer.status_mut() = http::StatusCode::CREATED;
        answer
    })
    .await;
    let place = orders("", &backend.address, "v2");
    let gateway = Gateway::start(&place.0);
    let mut client = TcpStream::connect(&gateway.listen).await.unwrap();
    let post = |body: &str| {
        let head = "POST /orders HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n";
        format!("{head}content-length: {}\r\n\r\n{body}", body.len())
    };
    let both = [post(r#"{"customer":"a"}"#), post(r#"{"customer":"b"}"#)].concat();
    client.write_all(both.as_bytes()).await.unwrap();
    client.shutdown().await.unwrap();
    let mut answers = String::new();
    client.read_to_string(&mut answers).await.unwrap();
    assert_eq!(answers.matches("HTTP/1.1 201 ").count(), 2, "{answers}");
    let asked: Vec<_> = backend.asked.lock().unwrap().iter().map(|a| a.body.clone()).collect();
    assert_eq!(asked, [r#"{"buyer":"a"}"#, r#"{"buyer":"b"}"#]);
}
