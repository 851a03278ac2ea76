//! Bodies in both directions between versions.

use http::Request;

use crate::harness::{Backend, Gateway, MAPPING, config, json, orders};

#[tokio::test]
async fn both_directions() {
    let backend = Backend::start(|asked| {
        let mut answer = json(r#"{"id":1,"buyer":"Zoë","x":1.10}"#);
        if asked.method == "POST" {
            *answer.status_mut() = http::StatusCode::CREATED;
            answer.headers_mut().insert("location", "/orders/1".parse().unwrap());
            answer.headers_mut().insert("etag", "\"old\"".parse().unwrap());
        }
        answer
    })
    .await;
    let place = orders("", &backend.address, "v2");
    let gateway = Gateway::start(&place.0);
    let request = gateway
        .get("/v1/orders?a=%2F&a=1")
        .method("POST")
        .header("content-type", "application/json");
    let answer = gateway.ask(request, r#"{"customer":"Zoë","y":[1E400]}"#).await;
    assert_eq!(answer.status, 201, "{answer:?}");
    assert_eq!(answer.text, r#"{"id":1,"customer":"Zoë","x":1.10}"#);
    assert_eq!(answer.header("content-length"), Some(answer.text.len().to_string().as_str()));
    assert_eq!(answer.header("location"), Some("/v1/orders/1"));
    let tag = answer.header("etag").unwrap();
    assert!(tag.starts_with("\"old~fp-"), "{tag}");
    let asked = backend.last();
    assert_eq!(asked.path, "/orders?a=%2F&a=1");
    assert_eq!(asked.body, r#"{"buyer":"Zoë","y":[1E400]}"#.as_bytes());
    assert_eq!(asked.headers["content-length"], asked.body.len().to_string().as_str());
    assert_eq!(gateway.outcome(), "translated");

    // The newest client sees what the backend says.
    let answer = gateway.ask(gateway.get("/orders/1").header("x-api-version", "v2"), "").await;
    assert_eq!(answer.text, r#"{"id":1,"buyer":"Zoë","x":1.10}"#);
    assert_eq!(gateway.outcome(), "passed");
}

#[tokio::test]
async fn what_cannot_be_translated_is_refused_with_its_reason() {
    let backend = Backend::start(|asked| match asked.path.as_str() {
        "/orders/html" => {
            http::Response::builder().header("content-type", "text/html").body("x".into()).unwrap()
        }
        "/orders/zip" => {
            let mut answer = json("{}");
            answer.headers_mut().insert("content-encoding", "gzip".parse().unwrap());
            answer
        }
        "/orders/cut" => json("{\"id\":"),
        "/orders/down" => http::Response::builder()
            .status(503)
            .header("content-type", "text/html")
            .body("<p>".into())
            .unwrap(),
        _ => json("{}"),
    })
    .await;
    let place = orders("limits: { body: 1KiB, depth: 8 }", &backend.address, "v2");
    let gateway = Gateway::start(&place.0);
    let post = |kind: &str| gateway.get("/orders").method("POST").header("content-type", kind);
    let deep = format!("{}1{}", "[".repeat(9), "]".repeat(9));
    let long = format!("\"{}\"", "x".repeat(2000));
    for (kind, body, status) in [
        ("text/plain", "x", 415),
        ("application/merge-patch+json", "{}", 415),
        ("application/json; charset=utf-16", "{\"", 400),
        ("application/json; charset=utf-7", "{}", 415),
        ("application/json", "{\"a\":1,\"a\":2}", 400),
        ("application/json", &*deep, 400),
        ("application/json", "{", 400),
        ("application/json", &*long, 413),
    ] {
        let answer = gateway.ask(post(kind), body).await;
        assert_eq!(answer.status, status, "{kind} {body} {answer:?}");
        assert_eq!(answer.header("content-type"), Some("application/problem+json"));
    }
    assert_eq!(backend.count(), 0, "nothing of a refused request reaches the backend");
    for (coding, status) in [("gzip", 400), ("compress", 415)] {
        let coded = post("application/json").header("content-encoding", coding);
        assert_eq!(gateway.ask(coded, "{}").await.status, status, "{coding}");
    }
    for (path, status) in
        [("/orders/html", 502), ("/orders/zip", 502), ("/orders/cut", 502), ("/orders/down", 503)]
    {
        let answer =
            gateway.ask(Request::get(format!("http://{}{path}", gateway.listen)), "").await;
        assert_eq!(answer.status, status, "{path} {answer:?}");
    }
}

/// What an API says of extras holds for mappings that do not say it.
#[tokio::test]
async fn an_api_can_drop_what_no_contract_names() {
    let backend = Backend::start(|_| json(r#"{"buyer":"x","extra":1}"#)).await;
    let place = orders("", &backend.address, "v2");
    let text = format!("{}    unmapped: drop\n", config("", &backend.address, "v2"));
    place.write("fishplate.yaml", &text);
    let gateway = Gateway::start(&place.0);
    let answer = gateway.ask(gateway.get("/orders/1"), "").await;
    assert_eq!(answer.text, r#"{"customer":"x"}"#);
    let line = gateway.line("\"target\":\"access\"");
    assert!(line.contains(r#""rule":"unmapped of v2","kind":"dropped","count":1"#), "{line}");
    place.write("mappings/orders/v2.yaml", &format!("{MAPPING}unmapped: pass\n"));
    assert_eq!(gateway.operator("POST", "/reload").await.status, 200);
    let answer = gateway.ask(gateway.get("/orders/1"), "").await;
    assert_eq!(answer.text, r#"{"customer":"x","extra":1}"#);
    place.write("fishplate.yaml", &text.replace("unmapped: drop", "unmapped: dorp"));
    let answer = gateway.operator("POST", "/reload").await;
    assert!(answer.status == 422 && answer.text.contains("must be `pass` or `drop`"), "{answer:?}");
}
