//! What is said of a request on its way, and what is nobody's affair here: names, traces, trailers,
//! events, and answers that come again.

use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream};

use crate::backends::{Then, scripted};
use crate::harness::{Backend, Gateway, between, json, orders, rest, wire};
use crate::through::read_until;

#[tokio::test]
async fn a_request_has_one_name_everywhere() {
    let backend = Backend::start(|_| {
        let mut answer = json("{}");
        answer.headers_mut().insert("x-request-id", "of-the-backend".parse().unwrap());
        answer
    })
    .await;
    let place = orders("", &backend.address, "v2");
    let gateway = Gateway::start(&place.0);
    for (said, kept) in [
        (&["a-1"][..], true),
        (&[][..], false),
        (&["a\"b"][..], false),
        (&["a", "b"][..], false),
        (&[crate::backends::leak("x".repeat(200))][..], false),
    ] {
        for path in ["/orders/1", "/files/x", "/nothing"] {
            let request = gateway.get(path);
            let request = said.iter().fold(request, |r, said| r.header("x-request-id", *said));
            let answer = gateway.ask(request, "").await;
            let all: Vec<_> = answer.headers.get_all("x-request-id").iter().collect();
            let [name] = all[..] else { panic!("{answer:?}") };
            assert_eq!(said.first().is_some_and(|said| name == said), kept, "{path} {said:?}");
            if path != "/nothing" {
                let sent: Vec<_> =
                    backend.last().headers.get_all("x-request-id").iter().cloned().collect();
                assert_eq!(sent, [name], "{path} {said:?}");
            }
            let line = gateway.line("\"target\":\"access\"");
            assert_eq!(between(&line, "\"request_id\":\"", "\""), name.to_str().unwrap());
        }
    }
}

/// What a client lists in `Connection` is what it has sent itself.
#[tokio::test]
async fn what_the_gateway_says_is_taken_away_by_no_client() {
    let backend = Backend::start(|_| json("{}")).await;
    let place = orders("", &backend.address, "v2");
    let gateway = Gateway::start(&place.0);
    let own = [
        ("x-request-id", "mine"),
        ("via", "1.1 mine"),
        ("forwarded", "for=mine"),
        ("x-forwarded-for", "mine"),
        ("x-forwarded-host", "mine"),
        ("x-forwarded-proto", "mine"),
        ("traceparent", "mine"),
    ];
    for sends in [true, false] {
        let names = own.map(|(name, _)| name).join(", ");
        let lines = own.map(|(name, value)| format!("{name}: {value}\r\n")).concat();
        let lines = if sends { lines } else { String::new() };
        let head = format!("host: api.example\r\nconnection: close, host, {names}\r\n{lines}");
        let answer = wire(&gateway.listen, &format!("GET /orders/1 HTTP/1.1\r\n{head}\r\n")).await;
        let asked = backend.last().headers;
        let said = |name: &str| asked.get(name).map(|value| value.to_str().unwrap().to_owned());
        let id = said("x-request-id").unwrap();
        assert_eq!(id.len(), 36, "{id}");
        assert!(answer.contains(&format!("x-request-id: {id}\r\n")), "{answer}");
        let line = gateway.line("\"target\":\"access\"");
        assert_eq!(between(&line, "\"request_id\":\"", "\""), id);
        for (name, expected) in [
            ("via", Some("1.1 fishplate")),
            ("x-forwarded-for", Some("127.0.0.1")),
            ("x-forwarded-host", Some("api.example")),
            ("x-forwarded-proto", Some("http")),
            ("traceparent", None),
        ] {
            assert_eq!(said(name).as_deref(), expected, "{name}");
        }
        let forwarded = said("forwarded").unwrap();
        assert!(
            forwarded.contains("host=\"api.example\"") && !forwarded.contains("mine"),
            "{forwarded}"
        );
    }
}

/// A proxy that is trusted says how its client has asked; nobody else does, and it cannot say everything.
#[tokio::test]
async fn what_a_trusted_proxy_says_goes_on() {
    let backend = Backend::start(|_| json("{}")).await;
    for (trusted, believed) in [
        ("", false),
        ("trusted: 10.0.0.0/8\n", false),
        ("trusted: []\n", false),
        ("trusted: [10.0.0.0/8, 127.0.0.0/30]\n", true),
        ("trusted: 127.0.0.1\n", true),
    ] {
        let place = orders(trusted, &backend.address, "v2");
        let gateway = Gateway::start(&place.0);
        for (lines, proto, host) in [
            (
                "x-forwarded-proto: https\r\nx-forwarded-host: shop.example\r\n",
                "https",
                "shop.example",
            ),
            ("x-forwarded-proto: https, http\r\nx-forwarded-host: a, b\r\n", "http", "api.example"),
            (
                "x-forwarded-proto: https\r\nx-forwarded-proto: https\r\nx-forwarded-host: u@h\r\n",
                "http",
                "api.example",
            ),
            ("", "http", "api.example"),
        ] {
            let (proto, host) = if believed { (proto, host) } else { ("http", "api.example") };
            let head = format!("host: api.example\r\nconnection: close\r\n{lines}");
            wire(&gateway.listen, &format!("GET /orders/1 HTTP/1.1\r\n{head}\r\n")).await;
            let asked = backend.last().headers;
            let said = |name: &str| asked.get(name).unwrap().to_str().unwrap().to_owned();
            assert_eq!(said("x-forwarded-proto"), proto, "{trusted} {lines}");
            assert_eq!(said("x-forwarded-host"), host, "{trusted} {lines}");
            assert_eq!(said("x-forwarded-for"), "127.0.0.1");
        }
    }
}

/// The gateway takes no part in a trace, and does what it is told by no header that means another method.
#[tokio::test]
async fn traces_and_other_methods_pass_untouched() {
    let backend = Backend::start(|_| json("{}")).await;
    let place = orders("", &backend.address, "v2");
    let gateway = Gateway::start(&place.0);
    let all = [
        ("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"),
        ("tracestate", "a=1,b=2"),
        ("baggage", "k=v"),
        ("x-http-method-override", "DELETE"),
        ("x-http-method", "DELETE"),
        ("x-method-override", "DELETE"),
    ];
    for path in ["/orders/1", "/v2/orders/1", "/files/x"] {
        let request =
            all.iter().fold(gateway.get(path), |r, (name, value)| r.header(*name, *value));
        assert_eq!(gateway.ask(request, "").await.status, 200);
        let asked = backend.last();
        assert_eq!(asked.method, "GET");
        for (name, value) in all {
            assert_eq!(asked.headers[name], value, "{path} {name}");
        }
    }
    // A document is what the method of the request says, which is a whole one.
    let post = gateway.get("/orders").method("POST").header("content-type", "application/json");
    let post = post.header("x-http-method-override", "PATCH");
    assert_eq!(gateway.ask(post, r#"{"customer":null}"#).await.status, 200);
    let asked = backend.last();
    assert_eq!((asked.method.as_str(), &asked.body[..]), ("POST", &br#"{"buyer":null}"#[..]));
    assert_eq!(gateway.ask(gateway.get("/orders/1").method("DELETE"), "").await.status, 405);
}

/// Who takes trailers is known to the backend where they pass.
#[tokio::test]
async fn backends_learn_who_takes_trailers() {
    let backend = Backend::start(|_| json("{}")).await;
    let place = orders("", &backend.address, "v2");
    let gateway = Gateway::start(&place.0);
    for (path, te, told) in [
        ("/files/x", "trailers, deflate;q=0.5", true),
        ("/v2/orders/1", "trailers", true),
        ("/files/x", "deflate", false),
        // Behind a body that is another one they would be of nothing.
        ("/orders/1", "trailers", false),
    ] {
        gateway.ask(gateway.get(path).header("te", te), "").await;
        let headers = backend.last().headers;
        let said = ["te", "connection"].map(|name| headers.get(name).map(|v| v.to_str().unwrap()));
        assert_eq!(said, [told.then_some("trailers"), told.then_some("te")], "{path} {te}");
    }
}

/// Trailers of a body that is translated are of the old one.
#[tokio::test]
async fn trailers_of_a_translated_body_go() {
    let bytes = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ntrailer: x-sum\r\n\
                 transfer-encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\nx-sum: 1\r\n\r\n";
    let (address, task) = scripted(bytes, Then::Close).await;
    let place = orders("", &address, "v2");
    let gateway = Gateway::start(&place.0);
    let request = "GET /orders/1 HTTP/1.1\r\nhost: x\r\nte: trailers\r\nconnection: close\r\n\r\n";
    let answer = crate::harness::wire(&gateway.listen, request).await;
    assert!(answer.contains("content-length: 2\r\n") && answer.ends_with("\r\n\r\n{}"), "{answer}");
    assert!(!answer.contains("trailer"), "{answer}");
    task.abort();
    let backend = Backend::start(|_| json("{}")).await;
    let place = orders("", &backend.address, "v2");
    let gateway = Gateway::start(&place.0);
    let post = "POST /orders HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\nconnection: close\r\n\
                trailer: x-sum\r\ntransfer-encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\nx-sum: 1\r\n\r\n";
    crate::harness::wire(&gateway.listen, post).await;
    assert!(!backend.last().headers.contains_key("trailer"), "{:?}", backend.last());
}

/// Events reach the client one by one, however long the next one takes.
#[tokio::test]
async fn events_are_not_held_back() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let place = orders("", &listener.local_addr().unwrap().to_string(), "v2");
    let gateway = Gateway::start(&place.0);
    let mut client = TcpStream::connect(&gateway.listen).await.unwrap();
    client.write_all(b"GET /files/x HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
    let (mut backend, _) = listener.accept().await.unwrap();
    read_until(&mut backend, "\r\n\r\n").await;
    let head =
        "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n";
    backend.write_all(head.as_bytes()).await.unwrap();
    // The head alone, before any event.
    let begun = read_until(&mut client, "\r\n\r\n").await;
    assert!(begun.contains("content-type: text/event-stream\r\n"), "{begun}");
    for event in 0..5 {
        let text = format!("data: {event}\n\n");
        backend.write_all(format!("{:x}\r\n{text}\r\n", text.len()).as_bytes()).await.unwrap();
        assert!(read_until(&mut client, &text).await.ends_with("\n\n\r\n"));
    }
    backend.write_all(b"0\r\n\r\n").await.unwrap();
    read_until(&mut client, "0\r\n\r\n").await;
    assert_eq!(gateway.outcome(), "passed");
}

/// A backend that answers once on a connection, then reads one more request of it and closes it; a fresh
/// one it answers for ever after `falls` of these. Gives the requests that it read.
async fn closing(listener: TcpListener, falls: usize) -> Vec<String> {
    const ANSWER: &[u8] =
        b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}";
    let mut asked = Vec::new();
    for fall in 0..=falls {
        let (mut stream, _) = listener.accept().await.unwrap();
        asked.push(read_until(&mut stream, "\r\n\r\n").await);
        stream.write_all(ANSWER).await.unwrap();
        if fall < falls {
            asked.push(read_until(&mut stream, "\r\n\r\n").await);
        }
    }
    asked
}

/// What may be asked twice is, once, where a connection turns out to be closed.
#[tokio::test]
async fn a_connection_that_is_closed_costs_no_answer() {
    for (method, path, body, status) in [
        ("GET", "/files/x", "", 200),
        ("GET", "/orders/1", "", 200),
        // One that streams is gone, and one that writes may have been done.
        ("PUT", "/files/x", "hi", 502),
        ("POST", "/orders", "{}", 502),
    ] {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let place = orders("", &listener.local_addr().unwrap().to_string(), "v2");
        let gateway = Gateway::start(&place.0);
        let backend = tokio_util::task::TaskTracker::new().spawn(closing(listener, 1));
        let first = gateway.ask(gateway.get("/files/first"), "").await;
        assert_eq!(first.status, 200);
        let request = gateway.get(path).method(method).header("content-type", "application/json");
        let answer = gateway.ask(request, body).await;
        assert_eq!(answer.status.as_u16(), status, "{method} {path} {answer:?}");
        if status == 200 {
            let asked = backend.await.unwrap();
            let line = format!("{method} {path} HTTP/1.1\r\n");
            assert_eq!(
                asked.iter().filter(|asked| asked.starts_with(&line)).count(),
                2,
                "{asked:?}"
            );
        } else {
            backend.abort();
        }
    }
    // It is not asked for ever.
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let task = tokio_util::task::TaskTracker::new().spawn(async move {
        let mut asked = 0;
        while let Ok((mut stream, _)) = listener.accept().await {
            read_until(&mut stream, "\r\n\r\n").await;
            asked += 1;
            if asked == 1 {
                let head = b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n";
                stream.write_all(head).await.unwrap();
                read_until(&mut stream, "\r\n\r\n").await;
            }
        }
    });
    let place = orders("", &address, "v2");
    let gateway = Gateway::start(&place.0);
    gateway.ask(gateway.get("/files/first"), "").await;
    let answer = gateway.ask(gateway.get("/files/x"), "").await;
    assert_eq!(answer.status, 502, "{answer:?}");
    task.abort();
}

/// What the log says of the status is what the client got.
#[tokio::test]
async fn a_stream_that_breaks_before_its_first_byte_has_a_head() {
    let bytes = "HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\n";
    let (address, task) = scripted(bytes, Then::Close).await;
    let place = orders("", &address, "v2");
    let gateway = Gateway::start(&place.0);
    for _ in 0..10 {
        let mut client = TcpStream::connect(&gateway.listen).await.unwrap();
        client.write_all(b"GET /files/x HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
        let answer = rest(&mut client).await;
        assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer:?}");
        assert!(answer.ends_with("\r\n\r\n"), "{answer:?}");
        let line = gateway.line("\"target\":\"access\"");
        assert!(line.contains("\"status\":200") && line.contains("backend_error"), "{line}");
    }
    task.abort();
}

/// What comes before an answer ends here.
#[tokio::test]
async fn hints_before_an_answer_are_dropped() {
    let bytes = "HTTP/1.1 103 Early Hints\r\nlink: </x.css>\r\n\r\nHTTP/1.1 102 Processing\r\n\r\n\
                 HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}";
    let (address, task) = scripted(bytes, Then::Close).await;
    let place = orders("", &address, "v2");
    let gateway = Gateway::start(&place.0);
    for (path, outcome) in [("/files/x", "passed"), ("/orders/1", "translated")] {
        let request = format!("GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n");
        let answer = crate::harness::wire(&gateway.listen, &request).await;
        assert!(answer.starts_with("HTTP/1.1 200 OK\r\n") && answer.ends_with("{}"), "{answer}");
        assert!(!answer.contains("x.css"), "{answer}");
        assert_eq!(gateway.outcome(), outcome);
    }
    task.abort();
}
