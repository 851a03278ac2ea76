//! An API without contracts: what rules of operations are about is translated, all else passes.

use http::Response;
use http_body_util::Full;

use crate::harness::{Backend, Gateway, Place, between, json, wire};

const MAPPING: &str = "
mapping: 1
api: orders
from: v1
to: v2
operations:
  POST /orders:
    request: { fields: { body.customer: body.buyer } }
    response:
      fields: { body.customer: body.buyer }
      '202': { fields: { body.customer: body.who } }
  GET /orders/{id}:
    response: { fields: { body: body.order }, added: { body.more: false } }
";

/// The gateway before a backend of one version, with no directory of contracts of the API.
async fn gateway(version: &str, answer: &'static str) -> (Backend, Gateway, Place) {
    let backend = Backend::start(move |asked| {
        let status = asked.headers.get("x-status").map_or("200", |v| v.to_str().unwrap());
        let mut response = json(answer);
        *response.status_mut() = status.parse().unwrap();
        response
    })
    .await;
    let place = Place::new();
    place.write("mappings/orders/v2.yaml", MAPPING);
    std::fs::create_dir_all(place.0.join("schemas")).unwrap();
    place.write("fishplate.yaml", &crate::harness::config("", &backend.address, version));
    let gateway = Gateway::start(&place.0);
    (backend, gateway, place)
}

#[tokio::test]
async fn an_old_client_before_a_new_backend() {
    let (backend, gateway, _place) = gateway("v2", r#"{"buyer":"a","who":"b","n":1.10}"#).await;
    let warning = gateway.first("a mapping is doubtful");
    assert!(warning.contains("\"code\":\"F505\""), "{warning}");
    let post = |status: &'static str| {
        gateway
            .get("/orders")
            .method("POST")
            .header("content-type", "application/json")
            .header("x-status", status)
    };
    let answer = gateway.ask(post("201"), r#"{"customer":"x","n":1.10}"#).await;
    assert_eq!(&*backend.last().body, br#"{"n":1.10,"buyer":"x"}"#);
    assert_eq!(answer.text, r#"{"who":"b","n":1.10,"customer":"a"}"#);
    let line = gateway.line("\"target\":\"access\"");
    assert!(line.contains("\"operation\":\"POST /orders\""), "{line}");
    assert_eq!(between(&line, "\"outcome\":\"", "\""), "translated");
    // One status has rules of its own; redirections are answers too, errors are none.
    let answer = gateway.ask(post("202"), "{}").await;
    assert_eq!(answer.text, r#"{"buyer":"a","n":1.10,"customer":"b"}"#);
    let answer = gateway.ask(post("307"), "{}").await;
    assert_eq!(answer.text, r#"{"who":"b","n":1.10,"customer":"a"}"#);
    for status in ["400", "404", "500"] {
        let answer = gateway.ask(post(status), "{}").await;
        assert_eq!(
            (answer.status.as_str(), &*answer.text),
            (status, r#"{"buyer":"a","who":"b","n":1.10}"#)
        );
    }
}

#[tokio::test]
async fn a_new_client_before_an_old_backend() {
    let (backend, gateway, _place) = gateway("v1", r#"[{"customer":"a"}]"#).await;
    let new = |method: &str, path: &str| {
        gateway
            .get(path)
            .method(method)
            .header("x-api-version", "v2")
            .header("content-type", "application/json")
    };
    let answer = gateway.ask(new("GET", "/orders/7"), "").await;
    assert_eq!(answer.text, r#"{"order":[{"customer":"a"}],"more":false}"#);
    gateway.ask(new("POST", "/orders"), r#"{"buyer":"x"}"#).await;
    assert_eq!(&*backend.last().body, br#"{"customer":"x"}"#);
}

#[tokio::test]
async fn what_no_rule_names_passes() {
    let (backend, gateway, _place) = gateway("v2", r#"{ "buyer" : 1 }"#).await;
    for (method, path, body) in [
        ("GET", "/items", ""),
        ("PUT", "/orders/7", r#"{ "customer" : 1 }"#),
        ("PATCH", "/x/y", "no json"),
        ("DELETE", "/orders", ""),
        ("OPTIONS", "/items", ""),
    ] {
        let asked = gateway.get(&format!("/v1{path}?a=%2F")).method(method);
        let answer = gateway.ask(asked.header("content-type", "text/plain"), body).await;
        assert_eq!((answer.status.as_u16(), &*answer.text), (200, r#"{ "buyer" : 1 }"#), "{path}");
        let last = backend.last();
        assert_eq!((last.path, &*last.body), (format!("{path}?a=%2F"), body.as_bytes()));
        let line = gateway.line("\"target\":\"access\"");
        assert_eq!(between(&line, "\"outcome\":\"", "\""), "passed");
        assert!(!line.contains("\"operation\""), "{line}");
    }
    // A version that is not there stays an error.
    let answer = gateway.ask(gateway.get("/v9/orders").method("POST"), "").await;
    assert_eq!(between(&answer.text, "\"type\":\"", "\""), "urn:fishplate:unknown-version");
    // An answer that is no JSON is no fault where nothing is translated.
    let html = Backend::start(|_| Response::new(Full::from("<p>"))).await;
    let place = Place::new();
    place.write("mappings/orders/v2.yaml", MAPPING);
    std::fs::create_dir_all(place.0.join("schemas")).unwrap();
    place.write("fishplate.yaml", &crate::harness::config("", &html.address, "v2"));
    let gateway = Gateway::start(&place.0);
    let answer = gateway.ask(gateway.get("/page"), "").await;
    assert_eq!((answer.status.as_u16(), &*answer.text), (200, "<p>"));
}

/// What a backend may read as a named operation does not go past its translation.
#[tokio::test]
async fn no_spelling_of_a_named_path_passes() {
    let (backend, gateway, _place) = gateway("v2", r#"{"buyer":"a"}"#).await;
    let post = async |path: &str| {
        let head = "HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 2";
        wire(&gateway.listen, &format!("POST {path} {head}\r\n\r\n{{}}")).await
    };
    for path in ["/orders", "/%6frders", "/v1/%6Frders", "/%76%31/orders"] {
        let answer = post(path).await;
        assert!(answer.ends_with(r#"{"customer":"a"}"#), "{path} {answer}");
        assert_eq!(backend.last().path, path.replace("/v1", "").replace("/%76%31", ""));
    }
    let before = backend.count();
    for path in [
        "//orders",
        "///%6frders",
        "//v1/orders",
        "/v1//orders",
        "/x/../orders",
        "/x/%2e%2e/orders",
        "/x%2f..%2forders",
        "/./orders",
        "/orders/.",
        "/orders/",
        "/orders//",
        "/v1/orders/",
        "/%6frders/",
    ] {
        let answer = post(path).await;
        assert!(
            answer.starts_with("HTTP/1.1 400 ") && answer.contains("bad-path"),
            "{path} {answer}"
        );
    }
    assert_eq!(backend.count(), before);
    // An encoded slash is none, and of what nobody has named no spelling matters.
    for path in ["/orders%2F", "/other/", "/x//y"] {
        let answer = post(path).await;
        assert!(answer.ends_with(r#"{"buyer":"a"}"#), "{path} {answer}");
        assert_eq!(backend.last().path, path);
    }
}

#[tokio::test]
async fn routes_are_by_path_where_nothing_is_named() {
    let (old, new) = (
        Backend::start(|_| json(r#"{"at":"old"}"#)).await,
        Backend::start(|_| json(r#"{"at":"new"}"#)).await,
    );
    let place = Place::new();
    place.write("mappings/orders/v2.yaml", MAPPING);
    std::fs::create_dir_all(place.0.join("schemas")).unwrap();
    let backends = format!(
        "{{ old: {{ url: 'http://{}', version: v1 }}, new: {{ url: 'http://{}', version: v2 }} }}",
        old.address, new.address
    );
    place.write(
        "fishplate.yaml",
        &format!(
            "listen: 127.0.0.1:0\nadmin: 127.0.0.1:0\napis:\n  orders:\n    version: {{ default: v1 }}\n    \
             backends: {backends}\n    route:\n      - {{ operations: ['GET /reports/{{id}}'], to: old }}\n      \
             - {{ operations: ['* /reports/*', '* /orders'], to: new }}\n"
        ),
    );
    let gateway = Gateway::start(&place.0);
    let warning = gateway.first("\"code\":\"F407\"");
    assert!(warning.contains("GET /orders/{id}"), "{warning}");
    for (method, path, at) in [
        ("GET", "/reports/7", "old"),
        ("POST", "/reports/7", "new"),
        ("GET", "/reports/7/x", "new"),
        ("PUT", "/orders", "new"),
    ] {
        let answer = gateway.ask(gateway.get(path).method(method), "").await;
        assert_eq!(between(&answer.text, ":\"", "\""), at, "{method} {path}");
    }
    let answer = gateway.ask(gateway.get("/items"), "").await;
    assert_eq!(between(&answer.text, "\"type\":\"", "\""), "urn:fishplate:no-backend");
}

#[tokio::test]
async fn a_contract_of_one_version_asks_for_the_others() {
    let (_backend, gateway, place) = gateway("v2", r#"{"buyer":"a"}"#).await;
    place.write("schemas/orders/v1.yaml", "openapi: 3.1.0\npaths: {}\n");
    let reloaded = gateway.operator("POST", "/reload").await;
    assert_eq!(reloaded.status, 422, "{reloaded:?}");
    assert!(reloaded.text.contains("F501") && reloaded.text.contains("version v2"), "{reloaded:?}");
    // The last good generation is served on.
    let post = || gateway.get("/orders").method("POST").header("content-type", "application/json");
    assert_eq!(gateway.ask(post(), "{}").await.text, r#"{"customer":"a"}"#);
    std::fs::remove_file(place.0.join("schemas/orders/v1.yaml")).unwrap();
    let reloaded = gateway.operator("POST", "/reload").await;
    assert_eq!(reloaded.status, 200, "{reloaded:?}");
    assert_eq!(gateway.ask(post(), "{}").await.text, r#"{"customer":"a"}"#);
}

/// With contracts, too, no slash at the end of a path goes past what a mapping says of it; a path that is
/// declared with one is another one.
#[tokio::test]
async fn no_slash_at_the_end_goes_past_a_mapping() {
    let backend = Backend::start(|_| json("{}")).await;
    let place = Place::new();
    let head = "openapi: 3.1.0\ninfo: { title: t, version: '1' }\npaths:\n";
    let get = "{ get: { responses: { '200': {} } } }";
    let both = format!("{head}  /items/{{id}}: {get}\n  /a: {get}\n  /a/: {get}\n");
    place.write("schemas/orders/v1.yaml", &format!("{both}  /gone: {get}\n"));
    place.write("schemas/orders/v2.yaml", &both);
    let gone =
        "operations: { GET /gone -> $none: { refuse: { status: 410, detail: it is gone } } }";
    let mapping = format!("mapping: 1\napi: orders\nfrom: v1\nto: v2\n{gone}\n");
    place.write("mappings/orders/v2.yaml", &mapping);
    let config = crate::harness::config("", &backend.address, "v2");
    place.write(
        "fishplate.yaml",
        &config.replace("    version:", "    unmatched: pass\n    version:"),
    );
    let gateway = Gateway::start(&place.0);
    for (path, status) in [
        ("/gone", 410),
        ("/gone/", 400),
        ("/gone//", 400),
        ("/v1/gone/", 400),
        ("/items/1/", 400),
        ("/items/1//", 400),
        // Not even of a version that has it no more: who reads it is a backend.
        ("/v2/gone/", 400),
        ("/a//", 400),
        ("/a", 200),
        ("/a/", 200),
        ("/b/", 200),
        ("/", 200),
        ("/v1/", 200),
    ] {
        let before = backend.count();
        let answer = gateway.ask(gateway.get(path), "").await;
        assert_eq!(answer.status.as_u16(), status, "{path} {answer:?}");
        assert_eq!(backend.count() > before, status == 200, "{path}");
    }
    // Another method of a path that is declared so.
    assert_eq!(gateway.ask(gateway.get("/a/").method("PATCH"), "").await.status, 200);
    assert_eq!(gateway.ask(gateway.get("/items/1/").method("PATCH"), "").await.status, 400);
}
