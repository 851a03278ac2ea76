//! Rules about heads alone: they are followed, and the body streams all the same, larger than any that
//! could be held, coded as it is, piece by piece.

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::coded::gzip;
use crate::harness::{Gateway, Place, orders};
use crate::hostile::peak;
use crate::messages::place;
use crate::through::read_until;

/// An operation of which both sides have the same body, and other names in the head.
fn api(backend: &str) -> Place {
    let contract = |query: &str, header: &str| {
        let body = "content: { application/json: { schema: { type: object, properties: { a: { type: string } } } } }";
        format!(
            "paths: {{ /flow: {{ post: {{ parameters: [{{ in: query, name: {query}, schema: {{ type: integer }} }}], \
             requestBody: {{ {body} }}, responses: {{ '200': {{ {body}, headers: {{ {header}: {{ schema: {{ type: integer }} }} }} }} }} }} }} }}"
        )
    };
    let rules = "operations: { POST /flow: { request: { fields: { query.page: query.at } }, \
                 response: { fields: { header.X-Old: header.X-New } } } }";
    let (old, new) = (contract("page", "X-Old"), contract("at", "X-New"));
    let place = place(&old, &new, rules, (backend, "v2"));
    let config = std::fs::read_to_string(place.0.join("fishplate.yaml")).unwrap();
    place.write("fishplate.yaml", &format!("limits: {{ body: 1KiB, buffered: 1KiB }}\n{config}"));
    place
}

const ASK: &str = "POST /api/flow?page=7 HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n";
const HEAD: &str = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nx-new: 3\r\n";

async fn start() -> (TcpListener, Place, Gateway) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let place = api(&listener.local_addr().unwrap().to_string());
    let gateway = Gateway::start(&place.0);
    (listener, place, gateway)
}

#[tokio::test]
async fn a_rule_about_the_head_does_not_hold_the_body() {
    const PIECE: usize = 100_000;
    const PIECES: usize = 300;
    let (listener, _place, gateway) = start().await;
    let mut client = TcpStream::connect(&gateway.listen).await.unwrap();
    let length = format!("content-length: {}\r\n", 5 + PIECE * PIECES);
    client.write_all(format!("{ASK}{length}\r\nfirst").as_bytes()).await.unwrap();
    // The head and what there is of the body, long before its end.
    let (mut backend, _) = listener.accept().await.unwrap();
    let asked = read_until(&mut backend, "first").await;
    assert!(asked.starts_with("POST /flow?at=7 HTTP/1.1\r\n"), "{asked}");
    assert!(asked.contains(&length), "{asked}");
    backend.write_all(format!("{HEAD}{length}\r\nfirst").as_bytes()).await.unwrap();
    let answer = read_until(&mut client, "first").await;
    assert!(answer.contains("\r\nx-old: 3\r\n") && !answer.contains("x-new"), "{answer}");
    assert!(answer.contains(&length), "{answer}");
    // Both ways at once, each piece behind the one before.
    let mut piece = vec![b'x'; PIECE];
    for _ in 0..PIECES {
        client.write_all(&piece).await.unwrap();
        backend.read_exact(&mut piece).await.unwrap();
        backend.write_all(&piece).await.unwrap();
        client.read_exact(&mut piece).await.unwrap();
    }
    assert_eq!(gateway.outcome(), "translated");
    assert!(peak(&gateway) < 40 << 10, "{} KiB", peak(&gateway));
}

/// Bytes that are not looked at keep their coding, and what they say of it.
#[tokio::test]
async fn a_rule_about_the_head_leaves_a_coded_body() {
    let (listener, _place, gateway) = start().await;
    let body = gzip(br#"{"a":"x"}"#);
    let told =
        format!("content-encoding: gzip\r\netag: \"a\"\r\ncontent-length: {}\r\n\r\n", body.len());
    let mut client = TcpStream::connect(&gateway.listen).await.unwrap();
    client.write_all(&[ASK.as_bytes(), told.as_bytes(), &body].concat()).await.unwrap();
    let (mut backend, _) = listener.accept().await.unwrap();
    read_until(&mut backend, "\r\n\r\n").await;
    backend.write_all(&[HEAD.as_bytes(), told.as_bytes(), &body].concat()).await.unwrap();
    let answer = read_until(&mut client, "\r\n\r\n").await;
    assert!(answer.contains("content-encoding: gzip\r\n"), "{answer}");
    assert!(answer.contains(&format!("content-length: {}\r\n", body.len())), "{answer}");
    assert!(answer.contains("x-old: 3\r\n"), "{answer}");
}

/// Events over HTTP/2, where frames are made of what comes.
#[tokio::test]
async fn events_are_not_held_back_over_http2() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let place = orders("", &listener.local_addr().unwrap().to_string(), "v2");
    let gateway = Gateway::start(&place.0);
    let client = hyper_util::client::legacy::Client::builder(hyper_util::rt::TokioExecutor::new())
        .http2_only(true)
        .build_http::<http_body_util::Empty<bytes::Bytes>>();
    let uri = format!("http://{}/files/x", gateway.listen).parse().unwrap();
    let asking = tokio_util::task::TaskTracker::new().spawn(client.get(uri));
    let (mut backend, _) = listener.accept().await.unwrap();
    read_until(&mut backend, "\r\n\r\n").await;
    let head =
        "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n";
    backend.write_all(head.as_bytes()).await.unwrap();
    // The head alone, before any event.
    let mut body = asking.await.unwrap().unwrap().into_body();
    for event in 0..5 {
        let text = format!("data: {event}\n\n");
        backend.write_all(format!("{:x}\r\n{text}\r\n", text.len()).as_bytes()).await.unwrap();
        let next = http_body_util::BodyExt::frame(&mut body);
        let next = tokio::time::timeout(Duration::from_secs(5), next).await.expect("at once");
        assert_eq!(next.unwrap().unwrap().into_data().unwrap(), text);
    }
}
