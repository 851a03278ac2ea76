//! The end of the process.

use std::process::Command;

use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream};

use crate::harness::{Gateway, orders};
use crate::through::read_until;

#[tokio::test]
async fn what_is_in_flight_finishes() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let place = orders("", &address, "v2");
    let mut gateway = Gateway::start(&place.0);
    let mut client = TcpStream::connect(&gateway.listen).await.unwrap();
    client.write_all(b"GET /orders/1 HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
    let (mut backend, _) = listener.accept().await.unwrap();
    read_until(&mut backend, "\r\n\r\n").await;
    let pid = gateway.child.id().to_string();
    assert!(Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
    // It stops to be ready, and to listen, before what is in flight has its answer.
    while gateway.operator("GET", "/readyz").await.status != 503 {}
    while TcpStream::connect(&gateway.listen).await.is_ok() {}
    let answer = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 13\r\n\r\n{\"buyer\":\"x\"}";
    backend.write_all(answer.as_bytes()).await.unwrap();
    let answer = read_until(&mut client, "{\"customer\":\"x\"}").await;
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    let status = tokio::task::spawn_blocking(move || gateway.child.wait().unwrap()).await.unwrap();
    assert_eq!(status.code(), Some(0));
}
