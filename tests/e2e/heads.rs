//! Heads of requests and answers: what frames a body, names a host or a version, and how much of it
//! there may be.

use std::fmt::Write as _;

use crate::backends::{Then, leak, scripted};
use crate::harness::{Backend, Gateway, between, config, json, orders, wire};
use crate::messages::place;

const CHUNKS: &str = "9\r\n{\"id\":12}\r\n0\r\n\r\n";

/// Chunks frame a body, whatever length is said beside them (RFC 9112, 6.3).
#[tokio::test]
async fn a_length_beside_chunks_is_not_sent_on() {
    for length in [0, 5, 100] {
        let length = format!("content-length: {length}\r\n");
        for [one, two] in [["", &length], [&length, ""]] {
            let head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n";
            let chunked = "transfer-encoding: chunked\r\n";
            let bytes = leak(format!("{head}{one}{chunked}{two}\r\n{CHUNKS}"));
            let (address, task) = scripted(bytes, Then::Close).await;
            let place = orders("", &address, "v2");
            let gateway = Gateway::start(&place.0);
            for (path, outcome) in [("/files/x", "passed"), ("/orders/1", "translated")] {
                let answer = gateway.ask(gateway.get(path), "").await;
                assert_eq!((answer.status.as_u16(), &*answer.text), (200, "{\"id\":12}"), "{path}");
                let own = (outcome == "translated").then_some("9");
                assert_eq!(answer.header("content-length"), own, "{answer:?}");
                assert_eq!(gateway.outcome(), outcome);
            }
            task.abort();
        }
    }
    let backend = Backend::start(|_| json("{}")).await;
    let place = orders("", &backend.address, "v2");
    let gateway = Gateway::start(&place.0);
    for path in ["/v2/orders", "/v1/orders"] {
        for [one, two] in [["content-length: 5\r\n", ""], ["", "content-length: 5\r\n"]] {
            let kind = "content-type: application/json";
            let chunked = "transfer-encoding: chunked\r\n";
            let head = format!("POST {path} HTTP/1.1\r\nhost: x\r\n{kind}\r\n{one}{chunked}{two}");
            let answer = wire(&gateway.listen, &format!("{head}\r\n{CHUNKS}")).await;
            assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
            let asked = backend.last();
            assert_eq!(asked.body, "{\"id\":12}", "{path}");
            let length = asked.headers.get("content-length").map(|v| v.to_str().unwrap());
            assert_eq!(length, (path == "/v1/orders").then_some("9"), "{asked:?}");
        }
    }
}

/// What a client says of its host reaches the backend as the host that it asked, or not at all.
#[tokio::test]
async fn a_host_is_one_name_and_nothing_else() {
    let backend = Backend::start(|_| json("{}")).await;
    let place = orders("", &backend.address, "v2");
    let gateway = Gateway::start(&place.0);
    let ask = async |line: &str, host: &str| {
        let faked = "x-forwarded-host: evil";
        wire(&gateway.listen, &format!("GET {line}\r\n{host}{faked}\r\n\r\n")).await
    };
    let whole = "http://good/orders/1 HTTP/1.1";
    for (line, host, forwarded) in [
        ("/orders/1 HTTP/1.0", "", None),
        ("/orders/1 HTTP/1.1", "host:\r\n", None),
        ("/orders/1 HTTP/1.1", "host: good\r\n", Some("good")),
        ("/orders/1 HTTP/1.1", "host: good:\r\n", Some("good:")),
        ("/orders/1 HTTP/1.1", "host: [::1]:80\r\n", Some("[::1]:80")),
        (whole, "host: other\r\n", Some("good")),
    ] {
        let answer = ask(line, host).await;
        assert!(answer.contains(" 200 OK\r\n"), "{line} {host} {answer}");
        let headers = backend.last().headers;
        let said = headers.get("x-forwarded-host").map(|v| v.to_str().unwrap());
        assert_eq!(said, forwarded, "{line} {host}");
        let own = forwarded.map(|host| format!("host=\"{host}\";")).unwrap_or_default();
        assert_eq!(headers["forwarded"], format!("for=127.0.0.1;{own}proto=http"));
    }
    let asked = backend.count();
    for (line, host) in [
        ("/orders/1 HTTP/1.1", "host: a b\r\n"),
        ("/orders/1 HTTP/1.1", "host: a\";for=\"6.6.6.6\r\n"),
        ("/orders/1 HTTP/1.1", "host: me@good\r\n"),
        ("/orders/1 HTTP/1.1", "host: good:80x\r\n"),
        ("/orders/1 HTTP/1.1", "host: good/x\r\n"),
        ("/orders/1 HTTP/1.1", "host: g\u{f6}od\r\n"),
        ("/orders/1 HTTP/1.0", "host: a b\r\n"),
        ("http://u:p@good/orders/1 HTTP/1.1", "host: good\r\n"),
        (whole, "host: a b\r\n"),
    ] {
        let answer = ask(line, host).await;
        assert!(answer.contains(" 400 Bad Request\r\n"), "{line} {host} {answer}");
        assert!(answer.contains("urn:fishplate:bad-host"), "{line} {host} {answer}");
    }
    assert_eq!(backend.count(), asked);
}

/// One URL has as many answers as the header that says the version has values.
#[tokio::test]
async fn answers_vary_by_the_header_of_the_version() {
    let backend = Backend::start(|asked| {
        let mut answer = json("{}");
        if let Some(vary) = asked.headers.get("x-vary") {
            answer.headers_mut().insert("vary", vary.clone());
        }
        answer
    })
    .await;
    let place = orders("", &backend.address, "v2");
    let gateway = Gateway::start(&place.0);
    let vary = async |path: &str, said: &str| {
        let request = gateway.get(path);
        let request = if said.is_empty() { request } else { request.header("x-vary", said) };
        let answer = gateway.ask(request, "").await;
        let all = answer.headers.get_all("vary").iter().map(|v| v.to_str().unwrap());
        all.collect::<Vec<_>>().join(", ")
    };
    for path in ["/orders/1", "/v2/orders/1", "/files/x"] {
        assert_eq!(vary(path, "").await, "x-api-version");
        assert_eq!(vary(path, "accept").await, "accept, x-api-version");
        assert_eq!(vary(path, "Accept, X-Api-Version").await, "Accept, X-Api-Version");
        assert_eq!(vary(path, "*").await, "*");
    }
    // The gateway's own answers, too.
    for path in ["/v9/orders/1", "/nothing"] {
        assert_eq!(vary(path, "").await, "x-api-version");
    }
    let only = config("", &backend.address, "v2").replace("{ header: X-Api-Version }, ", "");
    place.write("fishplate.yaml", &only);
    assert_eq!(gateway.operator("POST", "/reload").await.status, 200);
    assert_eq!(vary("/v2/orders/1", "").await, "");
}

#[tokio::test]
async fn heads_may_have_so_many_headers_and_bytes() {
    let many = |count: usize| {
        (0..count).fold(String::new(), |mut all, n| {
            write!(all, "x-{n}: {n}\r\n").unwrap();
            all
        })
    };
    let long = |bytes: usize| format!("x-long: {}\r\n", "x".repeat(bytes));
    let asks = [(many(90), 200), (many(110), 431), (long(60_000), 200), (long(66_000), 431)];
    let place = orders("", "127.0.0.1:9", "v2");
    let gateway = Gateway::start(&place.0);
    for (headers, status) in &asks {
        // Nobody is there; what matters is whether it is asked.
        let head = format!("GET /orders/1 HTTP/1.1\r\nhost: x\r\n{headers}\r\n");
        let answer = wire(&gateway.listen, &head).await;
        let status = if *status == 200 { 502 } else { *status };
        assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{answer}");
    }
    let answers = [
        (many(90), 200),
        (many(110), 502),
        (long(65_000), 200),
        (long(66_000), 502),
        (long(500_000), 502),
    ];
    for (headers, status) in answers {
        let bytes = leak(format!("HTTP/1.1 200 OK\r\n{headers}content-length: 2\r\n\r\n{{}}"));
        let (address, task) = scripted(bytes, Then::Close).await;
        let place = orders("", &address, "v2");
        let gateway = Gateway::start(&place.0);
        let answer = wire(&gateway.listen, "GET /files/x HTTP/1.1\r\nhost: x\r\n\r\n").await;
        let what = bytes.get(..60).unwrap_or_default();
        let told = answer.get(..200).unwrap_or(&answer);
        assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{what} {told}");
        if status == 200 {
            assert!(answer.contains(&headers), "{what} {told}");
        } else {
            assert!(answer.contains("urn:fishplate:backend-broken"), "{what} {told}");
            assert_eq!(gateway.outcome(), "backend_error");
            // By whom ever it is found to be too large, it is that limit.
            let metrics = gateway.operator("GET", "/metrics").await.text;
            assert!(
                metrics.contains("fishplate_limit_hits_total{limit=\"head\"} 1"),
                "{what} {metrics}"
            );
        }
        task.abort();
    }
}

/// Who is refused a body is told by which header.
#[tokio::test]
async fn the_media_type_that_is_none_of_json_is_told() {
    let backend = Backend::start(|_| {
        let mut answer = json("{}");
        answer.headers_mut().insert("content-type", "text/plain".parse().unwrap());
        answer
    })
    .await;
    let place = orders("", &backend.address, "v2");
    let gateway = Gateway::start(&place.0);
    let json = "content-type: application/json\r\n";
    for (kinds, said) in [
        ("", "it has no Content-Type"),
        ("content-type: text/plain; charset=utf-8\r\n", "`text/plain; charset=utf-8`"),
        ("content-type: \u{f6}\r\n", "its Content-Type is no text"),
        (&*format!("{json}{json}"), "it has several Content-Type headers"),
        (&*format!("content-type: {}\r\n", "x".repeat(500)), "xxx…`"),
    ] {
        let head = format!("POST /orders HTTP/1.1\r\nhost: x\r\n{kinds}content-length: 2\r\n\r\n");
        let answer = wire(&gateway.listen, &format!("{head}{{}}")).await;
        assert!(answer.starts_with("HTTP/1.1 415 "), "{kinds} {answer}");
        let detail = between(&answer, "\"detail\":\"", "\"");
        assert!(detail.contains("it is not JSON") && detail.contains(said), "{detail}");
        let line = gateway.line("\"target\":\"access\"");
        assert_eq!(between(&line, "\"reason\":\"", "\""), detail);
    }
    let answer = gateway.ask(gateway.get("/orders/1"), "").await;
    assert_eq!(answer.status, 502);
    assert!(answer.text.contains("it is not JSON: its Content-Type is `text/plain`"), "{answer:?}");
}

/// A client that waits to be asked for its body is told that the connection ends without it.
#[tokio::test]
async fn who_is_not_asked_for_a_body_is_told_that_the_line_ends() {
    let backend = Backend::start(|_| json("{}")).await;
    let place = orders("", &backend.address, "v2");
    let gateway = Gateway::start(&place.0);
    let head =
        "POST /v9/orders HTTP/1.1\r\nhost: x\r\nexpect: 100-continue\r\ncontent-length: 2\r\n\r\n";
    let answer = wire(&gateway.listen, head).await;
    assert!(answer.starts_with("HTTP/1.1 400 "), "{answer}");
    assert!(answer.contains("connection: close\r\n"), "{answer}");
}

/// Each hop says over which version it got what it passes on (RFC 9110, 7.6.3).
#[tokio::test]
async fn via_says_what_was_received() {
    let backend = Backend::start(|_| json("{}")).await;
    let place = orders("", &backend.address, "v2");
    let gateway = Gateway::start(&place.0);
    let answer = wire(&gateway.listen, "GET /orders/1 HTTP/1.0\r\n\r\n").await;
    assert!(answer.contains("\r\nvia: 1.1 fishplate\r\n"), "{answer}");
    assert_eq!(backend.last().headers["via"], "1.0 fishplate");
    let client = hyper_util::client::legacy::Client::builder(hyper_util::rt::TokioExecutor::new())
        .http2_only(true)
        .build_http::<http_body_util::Empty<bytes::Bytes>>();
    let uri = format!("http://{}/orders/1", gateway.listen).parse().unwrap();
    let answer = client.get(uri).await.unwrap();
    assert_eq!(answer.headers()["via"], "1.1 fishplate");
    assert_eq!(backend.last().headers["via"], "2.0 fishplate");
    let old = leak("HTTP/1.0 200 OK\r\ncontent-length: 2\r\n\r\n{}".into());
    let (address, task) = scripted(old, Then::Close).await;
    let place = orders("", &address, "v2");
    let gateway = Gateway::start(&place.0);
    let answer = gateway.ask(gateway.get("/files/x"), "").await;
    assert_eq!(answer.header("via"), Some("1.0 fishplate"));
    task.abort();
}

/// Who asks how far a request gets is answered by the one at whom it ends (RFC 9110, 7.6.2).
#[tokio::test]
async fn options_go_as_far_as_they_may() {
    let backend = Backend::start(|_| json("{}")).await;
    let place = orders("", &backend.address, "v2");
    let gateway = Gateway::start(&place.0);
    let ask = async |method: &str, hops: &str| {
        let request = gateway.get("/orders/1").method(method).header("max-forwards", hops);
        gateway.ask(request, "").await
    };
    let answer = ask("OPTIONS", "0").await;
    assert_eq!((answer.status.as_u16(), &*answer.text), (200, ""), "{answer:?}");
    assert_eq!(answer.header("allow"), Some("GET, HEAD, OPTIONS"));
    assert_eq!(answer.header("content-length"), Some("0"));
    assert_eq!(gateway.outcome(), "passed");
    assert_eq!(ask("TRACE", "0").await.status, 405);
    assert_eq!(backend.count(), 0);
    let large = "99999999999999999999999999";
    for (method, said, sent) in [
        ("OPTIONS", "1", "0"),
        ("OPTIONS", "10", "9"),
        ("OPTIONS", "-1", "-1"),
        ("OPTIONS", large, "18446744073709551614"),
        // Of others it may be ignored.
        ("GET", "0", "0"),
    ] {
        assert_eq!(ask(method, said).await.status, 200);
        assert_eq!(backend.last().headers["max-forwards"], sent, "{method} {said}");
    }
}

/// A length that is said several times is one, and who has no body has none (RFC 9110, 8.6).
#[tokio::test]
async fn a_length_is_said_once_or_not_at_all() {
    for (status, lengths, told) in [
        ("200 OK", "content-length: 9\r\ncontent-length: 9\r\n", Some("9")),
        ("204 No Content", "content-length: 9\r\n", None),
        ("304 Not Modified", "content-length: 9\r\n", Some("9")),
    ] {
        let head = format!("HTTP/1.1 {status}\r\ncontent-type: application/json\r\n{lengths}\r\n");
        let (address, task) = scripted(leak(head), Then::Close).await;
        let place = orders("", &address, "v2");
        let gateway = Gateway::start(&place.0);
        for (path, told) in [("/v2/orders/1", told), ("/orders/1", None)] {
            let answer = gateway.ask(gateway.get(path).method("HEAD"), "").await;
            assert!(status.starts_with(answer.status.as_str()), "{answer:?}");
            assert_eq!(answer.header("content-length"), told, "{status} {path} {answer:?}");
            assert_eq!(gateway.outcome(), "passed");
        }
        task.abort();
    }
}

/// A `HEAD` of an operation that another method has become: the answer to that has a body.
#[tokio::test]
async fn a_head_that_is_asked_with_another_method_has_no_body() {
    let contract = |method: &str, name: &str| {
        format!(
            "paths: {{ /o: {{ {method}: {{ responses: {{ '200': {{ content: {{ application/json: {{ schema: {{ type: object, properties: {{ {name}: {{ type: string }} }} }} }} }} }} }} }} }} }}\n"
        )
    };
    let head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n";
    for (rules, outcome) in
        [("{ response: { fields: { body.a: body.b } } }", "translated"), ("{}", "passed")]
    {
        for body in [
            "content-length: 9\r\n\r\n{\"b\":\"1\"}",
            "transfer-encoding: chunked\r\n\r\n9\r\n{\"b\":\"1\"}\r\n0\r\n\r\n",
        ] {
            let (address, task) = scripted(leak(format!("{head}{body}")), Then::Stall).await;
            let new = contract("post", if outcome == "passed" { "a" } else { "b" });
            let rules = format!("operations: {{ GET /o -> POST /o: {rules} }}\n");
            let place = place(&contract("get", "a"), &new, &rules, (&address, "v2"));
            let gateway = Gateway::start(&place.0);
            let answer = wire(
                &gateway.listen,
                "HEAD /api/o HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n",
            )
            .await;
            assert!(
                answer.starts_with("HTTP/1.1 200 ") && answer.ends_with("\r\n\r\n"),
                "{answer}"
            );
            // What goes through as it came has its length.
            let told = answer.contains("content-length: 9\r\n");
            assert_eq!(told, outcome == "passed" && body.contains("length"), "{answer}");
            assert_eq!(answer.contains("content-length"), told, "{answer}");
            assert_ne!(gateway.outcome(), "client_gone");
            task.abort();
        }
    }
}
