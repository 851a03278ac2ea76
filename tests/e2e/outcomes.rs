//! Every exchange has exactly one outcome: the same in the log, in a metric, and in a header.

use std::collections::BTreeMap;
use std::time::Duration;

use bytes::Bytes;
use http::{Response, StatusCode};
use http_body_util::Full;
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream};

use crate::harness::{Asked, Backend, Gateway, MAPPING, config, json, orders, v2};
use crate::scrape::scrape;
use crate::through::read_until;

fn answer(asked: &Asked) -> Response<Full<Bytes>> {
    let page = |status, kind: &str, body: &'static str| {
        let response = Response::builder().status(status).header("content-type", kind);
        // A backend that says an outcome of its own is not believed.
        response.header("x-fishplate-outcome", "lie").body(Full::from(body)).unwrap()
    };
    match asked.path.as_str() {
        "/orders/page" => page(StatusCode::BAD_GATEWAY, "text/html", "<p>"),
        "/orders/text" => page(StatusCode::OK, "text/plain", "x"),
        "/orders/none" => page(StatusCode::OK, "application/json", "{"),
        "/orders/refused" => json(r#"{"buyer":"z"}"#),
        _ => page(StatusCode::OK, "application/json", r#"{"buyer":"x"}"#),
    }
}

/// Of a path, with a body or without one, what becomes of it.
const CASES: [(&str, &str, &str, u16); 11] = [
    ("GET /orders/1", "", "translated", 200),
    ("GET /v2/orders/1", "", "passed", 200),
    ("HEAD /orders/1", "", "passed", 200),
    ("GET /orders/page", "", "foreign", 502),
    ("GET /orders/text", "", "undecodable", 502),
    ("GET /orders/none", "", "undecodable", 502),
    ("GET /orders/refused", "", "refused_answer", 502),
    ("POST /orders", "{", "undecodable", 400),
    ("TRACE /orders/1", "", "refused_request", 405),
    ("GET /nothing", "", "unmatched", 404),
    ("OPTIONS /orders", "", "passed", 200),
];

#[expect(clippy::float_cmp, reason = "counts are whole")]
#[tokio::test]
async fn one_outcome_wherever_it_is_told() {
    let backend = Backend::start(answer).await;
    // It takes connections, and says nothing.
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let extra = "outcome: X-Fishplate-Outcome\nlimits: { body: 4KiB, buffered: 4KiB }\n\
                 timeouts: { answer: 2s }";
    let place = orders(extra, &backend.address, "v2");
    let other = |name: &str, at: &str| {
        format!(
            "  {name}:\n    prefix: /{name}\n    version: {{ default: v2 }}\n    \
             backends: {{ one: {{ url: 'http://{at}', version: v2 }} }}\n"
        )
    };
    let silent_at = silent.local_addr().unwrap().to_string();
    let all = config(extra, &backend.address, "v2");
    let (gone, slow) = (other("gone", "127.0.0.1:9"), other("slow", &silent_at));
    place.write("fishplate.yaml", &format!("{all}{gone}{slow}"));
    for name in ["gone", "slow"] {
        place.write(&format!("schemas/{name}/v2.yaml"), &v2());
    }
    let rule = "{ customer: { to: buyer, map: { x: x }, else: refuse } }";
    place.write("mappings/orders/v2.yaml", &MAPPING.replace("{ customer: buyer }", rule));
    let gateway = Gateway::start(&place.0);
    let mut told: BTreeMap<&str, u32> = BTreeMap::new();
    let logged = |status: u16, outcome: &str, what: &str| {
        let line = gateway.line("\"target\":\"access\"");
        assert!(line.contains(&format!("\"outcome\":\"{outcome}\"")), "{what} {line}");
        assert!(status == 0 || line.contains(&format!("\"status\":{status}")), "{what} {line}");
    };
    let asked = async |what: &str, body: &str| {
        let (method, path) = what.split_once(' ').unwrap();
        let request = gateway.get(path).method(method).header("content-type", "application/json");
        gateway.ask(request, body).await
    };
    let late = [
        ("GET /gone/orders/1", "", "backend_error", 502),
        ("GET /slow/orders/1", "", "timed_out", 504),
    ];
    for (what, body, outcome, status) in CASES.into_iter().chain(late) {
        let answer = asked(what, body).await;
        assert_eq!(answer.status, status, "{what} {answer:?}");
        assert_eq!(answer.header("x-fishplate-outcome"), Some(outcome), "{what} {answer:?}");
        let said = answer.headers.get_all("x-fishplate-outcome").iter().count();
        assert_eq!(said, 1, "{what} {answer:?}");
        logged(status, outcome, what);
        *told.entry(outcome).or_default() += 1;
    }
    // All the memory is held by a body that does not come to its end.
    let mut greedy = TcpStream::connect(&gateway.listen).await.unwrap();
    let head = "POST /orders HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n";
    let begun = format!("{head}content-length: 4096\r\n\r\n{{");
    greedy.write_all(begun.as_bytes()).await.unwrap();
    while scrape(&gateway).await.sum("fishplate_buffered_bytes", &[]) < 4096.0 {}
    let answer = asked("POST /orders", "{}").await;
    assert_eq!(answer.status, 503, "{answer:?}");
    assert_eq!(answer.header("x-fishplate-outcome"), Some("overloaded"), "{answer:?}");
    logged(503, "overloaded", "overloaded");
    greedy.set_zero_linger().unwrap();
    drop(greedy);
    logged(0, "client_gone", "greedy");
    told.extend([("overloaded", 1), ("client_gone", 1)]);
    let seen = scrape(&gateway).await;
    for (outcome, times) in &told {
        let counted = seen.sum("fishplate_exchanges_total", &[("outcome", outcome)]);
        assert_eq!(counted, f64::from(*times), "{outcome} {seen:?}");
    }
    let all = f64::from(told.values().sum::<u32>());
    assert_eq!(seen.sum("fishplate_exchanges_total", &[]), all, "nothing else, and nothing twice");
    // All but a fault of the gateway's own, which nobody can ask for, and what an API lets pass.
    assert_eq!(told.len(), 11, "{told:?}");
    assert_eq!(seen.sum("fishplate_limit_hits_total", &[("limit", "timeouts.answer")]), 1.0);
    assert_eq!(seen.sum("fishplate_limit_hits_total", &[("limit", "limits.buffered")]), 1.0);
}

/// A client that nobody asked to tell is told nothing.
#[tokio::test]
async fn no_header_that_nobody_asked_for() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let place = orders("", &listener.local_addr().unwrap().to_string(), "v2");
    let gateway = Gateway::start(&place.0);
    let asked = gateway.ask(gateway.get("/v2/orders/1"), "");
    let answered = async {
        let (mut backend, _) = listener.accept().await.unwrap();
        read_until(&mut backend, "\r\n\r\n").await;
        let answer = "HTTP/1.1 200 OK\r\nx-fishplate-outcome: mine\r\ncontent-length: 0\r\n\r\n";
        backend.write_all(answer.as_bytes()).await.unwrap();
        tokio::time::sleep(Duration::from_millis(1)).await;
    };
    let (answer, ()) = tokio::join!(asked, answered);
    assert_eq!(answer.header("x-fishplate-outcome"), Some("mine"));
}
