//! What cannot be translated yet is refused with its reason, where it would need translation.

use std::io::Write as _;

use bytes::Bytes;
use http::Response;
use http_body_util::Full;

use crate::harness::{Asked, Backend, Gateway, MAPPING, V1, between, json, orders};

/// The operations of the other tests and a PATCH.
fn contract(text: &str) -> String {
    let patch = "    patch:
      requestBody:
        content: { application/json: { schema: { $ref: '#/components/schemas/Order' } } }
      responses:
        '200':
          description: one
          content: { application/json: { schema: { $ref: '#/components/schemas/Order' } } }
        default:
          description: fault
          content: { application/problem+json: { schema: { $ref: '#/components/schemas/Order' } } }
";
    text.replacen("  /files/{name}:", &format!("{patch}  /files/{{name}}:"), 1)
}

fn answer(status: u16, kind: &str, coding: &str, body: &'static str) -> Response<Full<Bytes>> {
    let answer = Response::builder().status(status).header("content-type", kind);
    let answer = if coding.is_empty() { answer } else { answer.header("content-encoding", coding) };
    answer.body(Full::from(body)).unwrap()
}

fn answers(asked: &Asked) -> Response<Full<Bytes>> {
    match asked.path.as_str() {
        "/orders/page" => answer(503, "text/html", "", "<p>"),
        "/orders/zipped-page" => answer(503, "text/html", "gzip", "\u{1f}"),
        "/orders/moved" => answer(302, "text/html", "", "<a>"),
        "/orders/zipped" => answer(200, "application/json", "gzip", "\u{1f}"),
        "/orders/zipped-fault" => answer(500, "application/problem+json", "br", "\u{1f}"),
        "/orders/packed" => answer(200, "application/json", "compress", "\u{1f}"),
        "/orders/charset" => answer(200, "application/json; charset=utf-7", "", "{}"),
        "/orders/text" => answer(200, "text/plain", "", "{}"),
        "/orders/part" => answer(206, "application/json", "", "{\"buyer\":"),
        "/orders/fault" => answer(500, "application/problem+json", "", "{\"buyer\":\"x\"}"),
        _ => json(r#"{"buyer":"x"}"#),
    }
}

#[tokio::test]
async fn partial_writes() {
    let backend = Backend::start(answers).await;
    let place = orders("", &backend.address, "v2");
    place.write("schemas/orders/v1.yaml", &contract(V1));
    place.write("schemas/orders/v2.yaml", &contract(&crate::harness::v2()));
    place.write("mappings/orders/v2.yaml", MAPPING);
    let gateway = Gateway::start(&place.0);
    for (method, path, kind) in [
        ("PATCH", "/orders/1", "application/json"),
        ("PATCH", "/orders/1", "application/merge-patch+json"),
        ("PATCH", "/orders/1", "application/json-patch+json"),
        ("POST", "/orders", "application/merge-patch+json"),
    ] {
        let request = gateway.get(path).method(method).header("content-type", kind);
        let answer = gateway.ask(request, r#"{"customer":null}"#).await;
        assert_eq!(answer.status, 415, "{method} {kind} {answer:?}");
        let reason = between(&answer.text, "\"detail\":\"", "\"");
        assert!(reason.contains("partial writes are not supported yet"), "{reason}");
        assert_eq!(gateway.outcome(), "undecodable");
    }
    // So is one that says which part of a document it is (RFC 9110, 14.5).
    let part = |path: &str| {
        let request = gateway.get(path).method("POST").header("content-range", "bytes 0-20/40");
        request.header("content-type", "application/json")
    };
    let answer = gateway.ask(part("/orders"), r#"{"customer":"x"}"#).await;
    assert!(answer.status == 415 && answer.text.contains("partial writes"), "{answer:?}");
    assert!(answer.text.contains("urn:fishplate:not-translatable"), "{answer:?}");
    assert_eq!(backend.count(), 0);
    assert_eq!(gateway.ask(part("/v2/orders"), r#"{"buyer":"#).await.status, 200);
    assert_eq!(backend.last().headers["content-range"], "bytes 0-20/40");
    assert_eq!(backend.last().body, r#"{"buyer":"#);
    // Between equal versions nothing needs translation, and without a body there is nothing to.
    let merge = "application/merge-patch+json";
    let same = gateway.get("/v2/orders/1").method("PATCH").header("content-type", merge);
    assert_eq!(gateway.ask(same, r#"{"buyer":null}"#).await.status, 200);
    assert_eq!(backend.last().body, r#"{"buyer":null}"#);
    let answer = gateway.ask(gateway.get("/orders/1").method("PATCH"), "").await;
    assert_eq!(answer.text, r#"{"customer":"x"}"#, "the answer to a PATCH is a whole document");
}

#[tokio::test]
async fn answers_that_are_no_documents() {
    let backend = Backend::start(answers).await;
    let place = orders("", &backend.address, "v2");
    place.write("schemas/orders/v1.yaml", &contract(V1));
    place.write("schemas/orders/v2.yaml", &contract(&crate::harness::v2()));
    let gateway = Gateway::start(&place.0);
    for (path, status, reason) in [
        ("/orders/zipped", 502, "its coding gzip is broken"),
        ("/orders/zipped-fault", 502, "its coding br is broken"),
        ("/orders/packed", 502, "its Content-Encoding `compress` cannot be decoded"),
        ("/orders/charset", 502, "its charset `utf-7` is not known"),
        ("/orders/text", 502, "it is not JSON"),
    ] {
        let request = gateway.get(path).method("PATCH");
        let answer = gateway.ask(request, "").await;
        assert_eq!(answer.status.as_u16(), status, "{path} {answer:?}");
        assert!(between(&answer.text, "\"detail\":\"", "\"").contains(reason), "{answer:?}");
        let line = gateway.line("\"target\":\"access\"");
        assert_eq!(between(&line, "\"outcome\":\"", "\""), "undecodable", "{path}");
        assert!(between(&line, "\"reason\":\"", "\"").contains(reason), "{line}");
    }
    for (path, status, body) in [
        ("/orders/page", 503, "<p>"),
        ("/orders/zipped-page", 503, "\u{1f}"),
        ("/orders/moved", 302, "<a>"),
    ] {
        let answer = gateway.ask(gateway.get(path).method("PATCH"), "").await;
        assert_eq!((answer.status.as_u16(), answer.text.as_str()), (status, body), "{path}");
        assert_eq!(gateway.outcome(), "foreign", "{path}");
    }
    let answer = gateway.ask(gateway.get("/orders/fault").method("PATCH"), "").await;
    assert_eq!((answer.status.as_u16(), answer.text.as_str()), (500, r#"{"customer":"x"}"#));
    assert_eq!(gateway.outcome(), "translated");
    // The backend is asked for what can be translated.
    assert_eq!(backend.last().headers["accept-encoding"], "identity");
    let part =
        gateway.ask(gateway.get("/orders/part").method("PATCH").header("range", "bytes=0-9"), "");
    let part = part.await;
    assert_eq!(part.status, 502, "{part:?}");
    assert!(!backend.last().headers.contains_key("range"));
}

/// What the contract says of a status decides whose an answer is that is no document.
#[tokio::test]
async fn answers_of_statuses_that_nobody_lists() {
    let backend = Backend::start(|asked| match asked.path.as_str() {
        "/orders/page" => answer(500, "text/html", "", "<p>"),
        "/orders/json" => answer(500, "application/json", "", r#"{"buyer":"x"}"#),
        "/orders/text" => answer(404, "text/plain", "", "none"),
        "/orders/old" => answer(410, "application/json", "", r#"{"buyer":"x"}"#),
        "/orders/empty" => answer(410, "application/json", "", ""),
        _ => answer(410, "text/html", "", "<p>"),
    })
    .await;
    let place = orders("", &backend.address, "v2");
    let text = "        '404': { description: none, content: { text/plain: {} } }\n  /files/";
    let lists = |contract: &str| contract.replace("  /files/", text);
    let body = "content: { application/json: { schema: { $ref: '#/components/schemas/Order' } } }";
    let gone = format!("        '410': {{ description: gone, {body} }}\n        '404'");
    place.write("schemas/orders/v1.yaml", &lists(V1).replace("        '404'", &gone));
    place.write("schemas/orders/v2.yaml", &lists(&crate::harness::v2()));
    let gateway = Gateway::start(&place.0);
    let whole = r#"{"buyer":"x"}"#;
    for (path, status, body, outcome) in [
        ("/orders/page", 500, "<p>", "foreign"),
        ("/v2/orders/page", 500, "<p>", "foreign"),
        ("/orders/json", 500, whole, "passed"),
        ("/orders/text", 404, "none", "passed"),
        ("/v2/orders/text", 404, "none", "passed"),
        ("/orders/other", 410, "<p>", "foreign"),
        ("/v2/orders/old", 410, whole, "passed"),
        // Without a body it says nothing that the client could take for something else.
        ("/orders/empty", 410, "", "passed"),
    ] {
        let answer = gateway.ask(gateway.get(path), "").await;
        assert_eq!((answer.status.as_u16(), answer.text.as_str()), (status, body), "{path}");
        assert_eq!(gateway.outcome(), outcome, "{path}");
    }
    let answer = gateway.ask(gateway.get("/orders/old"), "").await;
    assert!(answer.status == 502 && answer.text.contains("no-counterpart"), "{answer:?}");
    assert_eq!(gateway.outcome(), "refused_answer");
}

/// What a rule refuses is told as `fishplate translate` tells it, with the author's reason.
#[tokio::test]
async fn the_reason_that_a_rule_gives() {
    let backend = Backend::start(|_| json(r#"{"buyer":"z"}"#)).await;
    let place = orders("", &backend.address, "v2");
    let rule = "{ customer: { to: buyer, map: { a: b }, else: refuse, why: \"none but\\n a\" } }";
    place.write("mappings/orders/v2.yaml", &MAPPING.replace("{ customer: buyer }", rule));
    let gateway = Gateway::start(&place.0);
    let translate = |from: &str, to: &str, body: &'static str| {
        let mut child = std::process::Command::new(env!("CARGO_BIN_EXE_fishplate"))
            .current_dir(&place.0)
            .args([
                "translate",
                "--mappings",
                "mappings",
                "--schemas",
                "schemas",
                "--api",
                "orders",
            ])
            .args(["--type", "Order", "--from", from, "--to", to])
            .stdin(std::process::Stdio::piped())
            .stderr(std::process::Stdio::piped())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(body.as_bytes()).unwrap();
        String::from_utf8(child.wait_with_output().unwrap().stderr).unwrap()
    };
    let post = gateway.get("/orders").method("POST").header("content-type", "application/json");
    let answers = [
        (422, gateway.ask(post, r#"{"customer":"x"}"#).await),
        (502, gateway.ask(gateway.get("/orders/1"), "").await),
    ];
    let said =
        [translate("v1", "v2", r#"{"customer":"x"}"#), translate("v2", "v1", r#"{"buyer":"z"}"#)];
    for ((status, answer), said) in answers.into_iter().zip(said) {
        assert_eq!(answer.status.as_u16(), status, "{answer:?}");
        let said = said.trim_end().strip_prefix("error: ").unwrap();
        assert!(said.contains("of v2 refuses /") && said.ends_with("; why: none but a"), "{said}");
        let detail = between(&answer.text, "\"detail\":\"", "\"");
        assert!(detail.ends_with(said), "{detail} is not {said}");
        let line = gateway.line("\"target\":\"access\"");
        assert_eq!(between(&line, "\"reason\":\"", "\""), detail);
    }
    // A place may be as long as the message is.
    let place_of = "k".repeat(5000);
    place.write("schemas/orders/v1.yaml", &many(V1));
    place.write("schemas/orders/v2.yaml", &many(&crate::harness::v2()));
    assert_eq!(gateway.operator("POST", "/reload").await.status, 200);
    let post = gateway.get("/orders").method("POST").header("content-type", "application/json");
    let body = format!(r#"{{"{place_of}":{{"customer":"x"}}}}"#);
    let answer = gateway.ask(post, &body).await;
    assert_eq!(answer.status, 422, "{answer:?}");
    assert!(answer.text.len() < 600 && answer.text.contains("kkk…: unknown"), "{answer:?}");
}

/// Bodies that are dictionaries of orders.
fn many(contract: &str) -> String {
    let order = "{ schema: { $ref: '#/components/schemas/Order' } }";
    let all = "{ schema: { type: object, additionalProperties: { $ref: '#/components/schemas/Order' } } }";
    contract.replace(order, all)
}

/// Whatever says that it is JSON is, however it says so; nothing else is guessed to be.
#[tokio::test]
async fn kinds_of_json() {
    let backend = Backend::start(|asked| {
        let kind = asked.headers.get("content-type").map(|kind| kind.to_str().unwrap().to_owned());
        let answer = Response::builder().status(201);
        let answer = match kind {
            Some(kind) => answer.header("content-type", kind),
            None => answer,
        };
        answer.body(Full::from(r#"{"buyer":"x"}"#)).unwrap()
    })
    .await;
    let place = orders("", &backend.address, "v2");
    let gateway = Gateway::start(&place.0);
    let post = async |kind: &str| {
        let request = gateway.get("/orders").method("POST");
        let request = if kind.is_empty() { request } else { request.header("content-type", kind) };
        gateway.ask(request, r#"{"customer":"x"}"#).await
    };
    for kind in [
        "application/json",
        "Application/JSON",
        "application/json;",
        "application/json ; charset=utf-8",
        "application/vnd.example.v1+json",
        "application/vnd.example+json; charset=UTF-8; v=2",
        "application/problem+json",
        "application/hal+json;profile=\"a;b\"",
    ] {
        let answer = post(kind).await;
        assert_eq!((answer.status.as_u16(), &*answer.text), (201, r#"{"customer":"x"}"#), "{kind}");
        assert_eq!(backend.last().body, r#"{"buyer":"x"}"#, "{kind}");
        assert_eq!(answer.header("content-type"), Some(kind), "it is said as it came");
    }
    let asked = backend.count();
    for kind in ["", "text/json", "text/plain", "application/xml", "application/jsonp", "json"] {
        let answer = post(kind).await;
        assert_eq!(answer.status, 415, "{kind} {answer:?}");
    }
    assert_eq!(backend.count(), asked);
}

/// The words of a rule's author, with what stands in the message that is refused.
#[tokio::test]
async fn a_reason_that_tells_a_value() {
    let backend = Backend::start(|_| json(r#"{"buyer":"z"}"#)).await;
    let place = orders("", &backend.address, "v2");
    let refuse = "[{ old: { customer: $string }, status: 410, detail: '{{no}} {customer}' }, \
                  { new: { buyer: z }, detail: 'nor \"{buyer}\"' }]";
    let rules = format!("{{ customer: buyer }}\n    refuse: {refuse}");
    place.write("mappings/orders/v2.yaml", &MAPPING.replace("{ customer: buyer }", &rules));
    let gateway = Gateway::start(&place.0);
    let post = || gateway.get("/orders").method("POST").header("content-type", "application/json");
    let long = "x".repeat(70);
    let bodies = [r#"{"customer":"a\"b\n"}"#.to_owned(), format!(r#"{{"customer":"{long}"}}"#)];
    let told = [r#"{no} a\"b\n"#.to_owned(), format!("{{no}} {}…", "x".repeat(64))];
    for (body, told) in bodies.into_iter().zip(told) {
        let answer = gateway.ask(post(), &body).await;
        assert_eq!(answer.status, 410, "{answer:?}");
        assert!(answer.text.contains(&format!("\"detail\":\"{told}\"")), "{answer:?}");
        // Nothing of a body enters the log.
        let line = gateway.line("\"target\":\"access\"");
        assert!(line.contains("refuse[0] of v2 refuses"), "{line}");
        assert!(!line.contains("xxx") && !line.contains("a\\\"b"), "{line}");
    }
    let answer = gateway.ask(gateway.get("/orders/1"), "").await;
    assert_eq!(answer.status, 502, "{answer:?}");
    assert!(answer.text.contains(r#"answer: nor \"z\""}"#), "{answer:?}");
}
