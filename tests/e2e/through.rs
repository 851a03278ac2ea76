//! What is not translated goes through as it came.

use http::Response;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::harness::{Backend, Gateway, json, orders};

#[tokio::test]
async fn hop_by_hop_headers_end_here() {
    let backend = Backend::start(|_| {
        let mut answer = json("{}");
        let headers = answer.headers_mut();
        headers.insert("connection", "x-private".parse().unwrap());
        headers.insert("x-private", "1".parse().unwrap());
        headers.insert("x-public", "1".parse().unwrap());
        answer
    })
    .await;
    let place = orders("", &backend.address, "v1");
    let gateway = Gateway::start(&place.0);
    let request = gateway
        .get("/orders/a%2Fb%20?q=%7B")
        .header("connection", "x-mine")
        .header("x-mine", "1")
        .header("te", "trailers")
        .header("x-kept", "1");
    let answer = gateway.ask(request, "").await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("x-private"), None);
    assert_eq!(answer.header("x-public"), Some("1"));
    let asked = backend.last();
    assert_eq!(asked.path, "/orders/a%2Fb%20?q=%7B");
    assert!(!asked.headers.contains_key("x-mine"), "{asked:?}");
    // Of its own the gateway says that it takes trailers.
    assert_eq!([&asked.headers["te"], &asked.headers["connection"]], ["trailers", "te"]);
    assert_eq!(asked.headers["x-kept"], "1");
    assert_eq!(asked.headers["host"], backend.address.as_str());
    assert_eq!(asked.headers["x-forwarded-host"], gateway.listen.as_str());
    assert_eq!(asked.headers["via"], "1.1 fishplate");
}

#[tokio::test]
async fn answers_without_a_body_are_given_none() {
    let backend = Backend::start(|asked| {
        let status = match asked.path.as_str() {
            "/orders/204" => 204,
            "/orders/304" => 304,
            _ => 200,
        };
        let mut answer = json(if status == 200 { "{\"buyer\":\"x\"}" } else { "" });
        *answer.status_mut() = http::StatusCode::from_u16(status).unwrap();
        answer
    })
    .await;
    let place = orders("", &backend.address, "v2");
    let gateway = Gateway::start(&place.0);
    for path in ["/orders/204", "/orders/304"] {
        let answer = gateway.ask(gateway.get(path), "").await;
        assert_eq!(answer.status.as_str(), &path[8..]);
        assert_eq!((answer.text.as_str(), answer.header("transfer-encoding")), ("", None));
    }
    let answer = gateway.ask(gateway.get("/orders/1").method("HEAD"), "").await;
    assert_eq!((answer.status.as_u16(), answer.text.as_str()), (200, ""));
    assert_eq!(answer.header("content-length"), None, "of a body that would be translated");
    let head = gateway.get("/v2/orders/1").method("HEAD");
    assert_eq!(gateway.ask(head, "").await.header("content-length"), Some("13"));
}

/// A backend that sends one piece, and the rest only when the client has the first.
#[tokio::test]
async fn what_is_not_translated_streams() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let (go, gone) = tokio::sync::oneshot::channel();
    let backend = tokio_util::task::TaskTracker::new().spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        read_until(&mut stream, "\r\n\r\n").await;
        let head = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nfirst\r\n";
        stream.write_all(head.as_bytes()).await.unwrap();
        let () = gone.await.unwrap();
        stream.write_all(b"4\r\nlast\r\n0\r\n\r\n").await.unwrap();
    });
    let place = orders("", &address, "v2");
    let gateway = Gateway::start(&place.0);
    let mut client = TcpStream::connect(&gateway.listen).await.unwrap();
    client.write_all(b"GET /files/x HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
    read_until(&mut client, "first").await;
    go.send(()).unwrap();
    read_until(&mut client, "last").await;
    backend.await.unwrap();
    drop(client);
    assert_eq!(gateway.outcome(), "passed");
}

#[tokio::test]
async fn http2_with_prior_knowledge() {
    let backend = Backend::start(|_| json(r#"{"buyer":"x"}"#)).await;
    let place = orders("", &backend.address, "v2");
    let gateway = Gateway::start(&place.0);
    let client = hyper_util::client::legacy::Client::builder(hyper_util::rt::TokioExecutor::new())
        .http2_only(true)
        .build_http::<http_body_util::Empty<bytes::Bytes>>();
    let uri = format!("http://{}/orders/1", gateway.listen).parse().unwrap();
    let answer: Response<_> = client.get(uri).await.unwrap();
    assert_eq!(answer.version(), http::Version::HTTP_2);
    assert_eq!(crate::harness::read(answer.into_body()).await, r#"{"customer":"x"}"#);
    assert_eq!(backend.last().headers["via"], "2.0 fishplate");
}

pub(crate) async fn read_until(stream: &mut TcpStream, wanted: &str) -> String {
    let mut all = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&all).into_owned();
        if text.contains(wanted) {
            return text;
        }
        let mut piece = [0; 1024];
        let read =
            tokio::time::timeout(std::time::Duration::from_secs(20), stream.read(&mut piece));
        let n = read.await.expect("in time").unwrap();
        assert!(n > 0, "ended before {wanted:?}: {text:?}");
        all.extend_from_slice(&piece[..n]);
    }
}
