//! What a message says that its body is where that has become one of another sort, whatever rules say of it.

use bytes::Bytes;
use http::Response;
use http_body_util::Full;

use crate::harness::{Asked, Backend, Gateway};
use crate::messages::place;

/// A backend that answers with what it is sent, as what it is asked for.
async fn echo() -> Backend {
    Backend::start(|asked: &Asked| {
        let kind = asked.headers.get("x-kind").or(asked.headers.get("content-type")).unwrap();
        let answer = Response::builder().header("content-type", kind);
        answer.body(Full::<Bytes>::from(asked.body.clone())).unwrap()
    })
    .await
}

fn contract(kind: &str, schema: &str) -> String {
    let content = format!("content: {{ {kind}: {{ schema: {schema} }} }}");
    format!(
        "paths: {{ /r: {{ post: {{ requestBody: {{ {content} }}, responses: {{ '200': {{ {content} }} }} }} }} }}"
    )
}

/// A rule that lists what is listed anyway says nothing of JSON that is not listed by its name.
#[tokio::test]
async fn a_text_that_was_a_document_says_that_it_is_a_text() {
    let text = contract("text/plain", "{ type: string }");
    let csv = contract("text/csv", "{ type: string }");
    let any = contract("'text/*'", "{ type: string }");
    let own = contract(
        "application/vnd.r+json",
        "{ type: object, properties: { text: { type: string } } }",
    );
    let plain = "text/plain; charset=utf-8";
    for (old, listed, rule, said) in [
        (&text, "text/plain", "", plain),
        (&text, "text/plain", "map: { text/plain: application/vnd.r+json }", plain),
        (&text, "text/plain", "map: { text/plain: application/vnd.other+json }", plain),
        (&csv, "text/csv", "map: { text/csv: application/vnd.r+json }", "text/csv; charset=utf-8"),
        (&any, "text/csv", "map: { text/csv: application/vnd.r+json }", "text/csv; charset=utf-8"),
    ] {
        let backend = echo().await;
        let rule = if rule.is_empty() {
            rule.into()
        } else {
            format!("header.Content-Type: {{ {rule} }},")
        };
        let fields = format!("{{ fields: {{ {rule} body: body.text }} }}");
        let rules =
            format!("operations: {{ POST /r: {{ request: {fields}, response: {fields} }} }}");
        let place = place(old, &own, &rules, (&backend.address, "v2"));
        let gateway = Gateway::start(&place.0);
        for kind in [
            "application/vnd.r+json",
            "application/json",
            "Application/JSON; charset=utf-8",
            "application/vnd.other+json; v=1",
        ] {
            let request = gateway.get("/api/r").method("POST").header("x-kind", kind);
            let answer = gateway.ask(request.header("content-type", listed), "x").await;
            assert_eq!((answer.status.as_u16(), &*answer.text), (200, "x"), "{rules} {answer:?}");
            let asked = backend.last();
            assert_eq!(asked.body, r#"{"text":"x"}"#);
            let there = asked.headers["content-type"].to_str().unwrap();
            assert!(there.ends_with("+json"), "{rules} {there}");
            let own = answer.header("content-type").unwrap();
            // What a rule says keeps its parameters.
            assert_eq!(own.replace("; v=1", ""), said, "{rules} {kind}");
        }
    }
}

/// A text that only one side has is made by rules, and taken away by them.
#[tokio::test]
async fn a_text_that_one_side_alone_has_is_made_and_taken_away() {
    let old = "paths: { /x: { post: { responses: { '204': {} } } } }";
    let text = "{ content: { text/plain: { schema: { type: string } } } }";
    let new = format!(
        "paths: {{ /x: {{ post: {{ requestBody: {text}, responses: {{ '200': {text} }} }} }} }}"
    );
    let rules = "operations: { POST /x: { request: { added: { body: hello } }, \
        response: { fields: { status: { map: { 204: 200 } } }, added: { body: done } } } }";
    for (version, sent, client) in [("v2", "hello", "v1"), ("v1", "", "v2")] {
        let backend = Backend::start(move |_: &Asked| {
            let answer = Response::builder();
            if version == "v1" {
                return answer.status(204).body(Full::default()).unwrap();
            }
            let answer = answer.header("content-type", "text/plain");
            answer.body(Full::<Bytes>::from("done")).unwrap()
        })
        .await;
        let place = place(old, &new, rules, (&backend.address, version));
        let gateway = Gateway::start(&place.0);
        let request = gateway.get("/api/x").method("POST").header("x-v", client);
        let (request, body, answer) = if client == "v2" {
            (request.header("content-type", "text/plain"), "hello", (200, "done"))
        } else {
            (request, "", (204, ""))
        };
        let got = gateway.ask(request, body).await;
        assert_eq!((got.status.as_u16(), &*got.text), answer, "{got:?}");
        let asked = backend.last();
        assert_eq!(asked.body, sent, "{asked:?}");
        for kind in [got.headers.get("content-type"), asked.headers.get("content-type")] {
            assert!(kind.is_none_or(|kind| kind == "text/plain; charset=utf-8"), "{kind:?}");
        }
        let line = gateway.line("\"target\":\"access\"");
        assert!(line.contains("\"losses\":0"), "{line}");
    }
}

/// What is made says what it is, whatever was said of the body that there was none of.
#[tokio::test]
async fn a_body_that_is_made_says_what_it_is() {
    let none = "paths: { /x: { post: { responses: { '204': {} } } } }".to_owned();
    let with = |kind: &str, schema: &str| {
        let content = format!("content: {{ '{kind}': {{ schema: {schema} }} }}");
        format!(
            "paths: {{ /x: {{ post: {{ requestBody: {{ {content} }}, responses: {{ '200': {{ {content} }} }} }} }} }}"
        )
    };
    let text = "{ type: string }";
    let object = "{ type: object, properties: { text: { type: string } } }";
    let plain = "text/plain; charset=utf-8";
    for (kind, schema, made, written, said) in [
        ("text/plain", text, "done", "done", plain),
        ("text/csv", text, "done", "done", "text/csv; charset=utf-8"),
        ("text/*", text, "done", "done", plain),
        ("application/json", object, "{ text: done }", r#"{"text":"done"}"#, "application/json"),
        ("application/vnd.r+json", object, "{}", "{}", "application/vnd.r+json"),
    ] {
        let backend = Backend::start(|asked: &Asked| {
            let answer = Response::builder().status(204);
            let answer = match asked.headers.get("x-kind") {
                Some(kind) => answer.header("content-type", kind),
                None => answer,
            };
            answer.body(Full::default()).unwrap()
        })
        .await;
        let new = with(kind, schema);
        // The answer is made on its way up, the request as a rule of the old side has it.
        let rules = format!(
            "operations: {{ POST /x: {{ response: {{ fields: {{ status: {{ map: {{ 204: 200 }} }} }}, added: {{ body: {made} }} }}, \
             request: {{ added: {{ body: $absent }} }} }} }}"
        );
        let up = place(&none, &new, &rules, (&backend.address, "v1"));
        let gateway = Gateway::start(&up.0);
        for stray in ["", "application/json", "text/plain", "text/html; charset=utf-8"] {
            let request = gateway.get("/api/x").method("POST").header("x-v", "v2");
            let request = if stray.is_empty() { request } else { request.header("x-kind", stray) };
            let answer = gateway.ask(request, "").await;
            assert_eq!((answer.status.as_u16(), &*answer.text), (200, written), "{answer:?}");
            assert_eq!(answer.header("content-type"), Some(said), "{kind} {stray}");
        }
        // So does a request.
        let rules = format!(
            "operations: {{ POST /x: {{ request: {{ added: {{ body: {made} }} }}, \
             response: {{ fields: {{ status: {{ map: {{ 204: 200 }} }} }} }} }} }}"
        );
        let up = place(&none, &new, &rules, (&backend.address, "v2"));
        let gateway = Gateway::start(&up.0);
        for stray in ["", "application/json", "text/plain", "text/html; charset=utf-8"] {
            let request = gateway.get("/api/x").method("POST");
            let request =
                if stray.is_empty() { request } else { request.header("content-type", stray) };
            let answer = gateway.ask(request, "").await;
            assert_eq!(answer.status, 204, "{answer:?}");
            let asked = backend.last();
            assert_eq!(asked.body, written, "{kind} {stray}");
            assert_eq!(asked.headers["content-type"], said, "{kind} {stray}");
        }
    }
}

/// A text that is made of a part of the head is one, too; what a rule says of it stays.
#[tokio::test]
async fn a_text_that_is_made_of_a_field_is_no_document() {
    let old = "paths: { /x: { post: { responses: { '204': {} } } } }";
    let text = "content: { text/plain: { schema: { type: string } } }";
    let new = format!(
        "paths: {{ /x: {{ post: {{ requestBody: {{ {text} }}, responses: {{ '204': {{}} }} }} }} }}"
    );
    for (rule, said) in [
        ("", "text/plain; charset=utf-8"),
        (
            "header.Content-Type: { map: { application/json: text/csv } },",
            "text/csv; charset=utf-8",
        ),
    ] {
        let backend =
            Backend::start(|_| Response::builder().status(204).body(Full::default()).unwrap());
        let backend = backend.await;
        let rules = format!(
            "operations: {{ POST /x: {{ request: {{ fields: {{ {rule} header.X-Note: body }} }} }} }}"
        );
        let place = place(old, &new, &rules, (&backend.address, "v2"));
        let gateway = Gateway::start(&place.0);
        let request = gateway.get("/api/x").method("POST").header("x-note", "a \"b\"");
        let answer = gateway.ask(request.header("content-type", "application/json"), "").await;
        assert_eq!(answer.status, 204, "{answer:?}");
        let asked = backend.last();
        assert_eq!(asked.body, "a \"b\"", "{rule}");
        assert_eq!(asked.headers["content-type"], said, "{rule}");
        assert_eq!(asked.headers.get("x-note"), None);
    }
}

/// It is as with JSON: what one version alone lists is refused, where no rule takes it away.
#[tokio::test]
async fn a_text_that_one_side_alone_has_is_not_dropped() {
    let none = |status: &str| {
        format!("paths: {{ /x: {{ post: {{ responses: {{ '{status}': {{}} }} }} }} }}")
    };
    for (kind, schema, body) in
        [("text/plain", "{ type: string }", "done"), ("application/json", "{ type: object }", "{}")]
    {
        let content = format!("content: {{ {kind}: {{ schema: {schema} }} }}");
        let new = format!(
            "paths: {{ /x: {{ post: {{ requestBody: {{ {content} }}, responses: {{ '200': {{ {content} }} }} }} }} }}"
        );
        let map =
            "operations: { POST /x: { response: { fields: { status: { map: { 204: 200 } } } } } }";
        for (old, rules) in
            [(none("204"), map), (none("200"), "types: {}"), (none("201"), "types: {}")]
        {
            let backend = Backend::start(move |asked: &Asked| {
                let answer = Response::builder().header("content-type", kind);
                let is_empty = asked.headers.contains_key("x-empty");
                let body = if is_empty { "" } else { body };
                answer.body(Full::<Bytes>::from(body)).unwrap()
            })
            .await;
            let there = place(&old, &new, rules, (&backend.address, "v2"));
            let gateway = Gateway::start(&there.0);
            let answer = gateway.ask(gateway.get("/api/x").method("POST"), "").await;
            assert_eq!(answer.status, 502, "{kind} {rules} {answer:?}");
            assert!(answer.text.contains("no-counterpart"), "{answer:?}");
            assert_eq!(gateway.outcome(), "refused_answer");
            // One without a body says nothing that could be lost.
            let request = gateway.get("/api/x").method("POST").header("x-empty", "1");
            let answer = gateway.ask(request, "").await;
            assert!(answer.status.is_success(), "{kind} {rules} {answer:?}");
            // So it is with a request, which the backend never sees.
            let back = place(&old, &new, rules, (&backend.address, "v1"));
            let gateway = Gateway::start(&back.0);
            let before = backend.count();
            let request = gateway.get("/api/x").method("POST").header("x-v", "v2");
            let answer = gateway.ask(request.header("content-type", kind), body).await;
            assert_eq!(answer.status, 501, "{kind} {rules} {answer:?}");
            assert!(answer.text.contains("no-counterpart"), "{answer:?}");
            assert_eq!(backend.count(), before);
        }
    }
}

const TEXT: &str = "text/plain: { schema: { type: string } }";
const PAGE: &str = "text/html: { schema: { type: string } }";
const DOCUMENT: &str = "application/json: { schema: { type: object, properties: { error: { type: string }, status: { type: integer } } } }";
const PLAIN: &str = "text/plain; charset=utf-8";
const JSON: &str = "application/json";
const PROBLEM: &str = "application/problem+json";

/// An operation with such errors.
fn failing(error: &str) -> String {
    format!(
        "paths: {{ /x: {{ post: {{ requestBody: {{ content: {{ application/json: {{ schema: {{ type: object, properties: {{ n: {{ type: integer }} }} }} }} }} }}, \
         responses: {{ '200': {{}}, default: {{ content: {{ {error} }} }} }} }} }} }}"
    )
}

/// What a client's contract has as a text the gateway says as one, too.
#[tokio::test]
async fn errors_of_the_gateway_are_texts_where_the_clients_version_has_texts() {
    let refuse = "operations: { POST /x: { request: { fields: { body.n: { map: { 1: 2 }, else: refuse } } } } }";
    let fields = &*format!("{refuse}\nerrors: {{ fields: {{ body: body.error }} }}");
    let back = &*format!("{refuse}\nerrors: {{ fields: {{ body.error: body }} }}");
    let shape = "error: { body: { error: '{type}: {detail}', status: '{status}' } }";
    let own = "error: { content-type: text/plain, body: '{type}: {detail}' }";
    let page = "error: { content-type: text/html, body: '<p>{detail}</p>' }";
    let bare = (PLAIN, "there is no version `<v9>` (header x-v); there are v1, v2");
    let typed =
        (PLAIN, "unknown-version: there is no version `<v9>` (header x-v); there are v1, v2");
    let (shaped, problem) = ((JSON, "{\"error\":\"unknown-version: "), (PROBLEM, "urn:fishplate:"));
    let escaped = (
        "text/html; charset=utf-8",
        "<p>there is no version `&lt;v9&gt;` (header x-v); there are v1, v2</p>",
    );
    // Contracts, rules and the configuration; what the old client gets, and what the new one.
    for (old, new, rules, error, expected) in [
        (TEXT, DOCUMENT, fields, shape, [typed, shaped]),
        // What cannot be downgraded is the detail alone.
        (TEXT, DOCUMENT, refuse, shape, [bare, shaped]),
        (TEXT, DOCUMENT, fields, "", [bare, problem]),
        (TEXT, TEXT, refuse, "", [bare, bare]),
        (TEXT, TEXT, refuse, own, [typed, typed]),
        (TEXT, TEXT, refuse, shape, [bare, shaped]),
        (DOCUMENT, TEXT, back, own, [shaped, typed]),
        (DOCUMENT, TEXT, refuse, "", [problem, bare]),
        // Nobody has escaped it for a page.
        (PAGE, DOCUMENT, fields, shape, [problem, shaped]),
        (PAGE, PAGE, refuse, page, [escaped, escaped]),
    ] {
        let backend = echo().await;
        let place = place(&failing(old), &failing(new), rules, (&backend.address, "v2"));
        let config = std::fs::read_to_string(place.0.join("fishplate.yaml")).unwrap();
        for (default, expected) in ["v1", "v2"].into_iter().zip(expected) {
            let config = config.replace("default: v1", &format!("default: {default}"));
            let config = format!("limits: {{ body: 1KiB }}\n{config}    {error}\n");
            place.write("fishplate.yaml", &config);
            let what = format!("{old} {new} {rules} {error} {default}");
            errors(&Gateway::start(&place.0), expected, &what).await;
        }
    }
}

/// Every error looks like that of an unknown version.
async fn errors(gateway: &Gateway, (kind, said): (&str, &str), what: &str) {
    let post = |path: &str| gateway.get(path).method("POST");
    let answer = gateway.ask(post("/api/x").header("x-v", "<v9>"), "").await;
    assert_eq!(answer.status, 400, "{what} {answer:?}");
    assert_eq!(answer.header("content-type"), Some(kind), "{what} {answer:?}");
    if [JSON, PROBLEM].contains(&kind) {
        assert!(answer.text.contains(said), "{what} {answer:?}");
    } else {
        assert_eq!(answer.text, said, "{what}");
        assert_eq!(answer.header("content-length"), Some(&*said.len().to_string()));
    }
    let answer = gateway.ask(gateway.get("/api/x"), "").await;
    assert_eq!(answer.header("allow"), Some("POST, OPTIONS"), "{what} {answer:?}");
    let mut all = vec![(405, answer), (404, gateway.ask(post("/api/nowhere"), "{}").await)];
    // The old client is translated.
    if what.ends_with("v1") {
        let large = format!("{{\"n\":{}}}", "1".repeat(2000));
        for (status, of, body) in
            [(413, JSON, &*large), (415, "image/png", "{}"), (422, JSON, "{\"n\":7}")]
        {
            let request = post("/api/x").header("content-type", of);
            all.push((status, gateway.ask(request, body).await));
        }
    }
    for (status, answer) in all {
        assert_eq!(answer.status.as_u16(), status, "{what} {answer:?}");
        assert_eq!(answer.header("content-type"), Some(kind), "{what} {answer:?}");
        assert!(!answer.text.is_empty() && !answer.text.starts_with('"'), "{what} {answer:?}");
    }
}
