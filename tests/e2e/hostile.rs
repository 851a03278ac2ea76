//! Bodies that are no documents, and documents that are odd.

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::Full;

use crate::harness::{Answer, Backend, Gateway, between, json, orders, read};

const DEEP: usize = 100_000;

/// What is no document, with its name.
fn broken() -> Vec<(&'static str, Vec<u8>)> {
    let deep = |open: &str, close: &str| {
        format!("{{\"id\":{}1{}}}", open.repeat(DEEP), close.repeat(DEEP)).into_bytes()
    };
    vec![
        ("truncated", b"{\"id\":1,\"buyer\":\"Zo".to_vec()),
        ("truncated in an escape", b"{\"id\":\"\\u00".to_vec()),
        ("white space", b" ".to_vec()),
        ("white space of every kind", b"\r\n \t".repeat(1_000)),
        ("a byte order mark alone", b"\xef\xbb\xbf".to_vec()),
        ("two byte order marks before it", b"\xef\xbb\xbf\xef\xbb\xbf{}".to_vec()),
        ("a NUL behind it", b"{}\0".to_vec()),
        ("two documents on lines", b"{\"id\":1}\n{\"id\":2}\n".to_vec()),
        ("two documents", b"{} {}".to_vec()),
        ("deep arrays", deep("[", "]")),
        ("deep objects", deep("{\"a\":", "}")),
        ("deep and truncated", "[".repeat(DEEP).into_bytes()),
        ("a name that stands twice", b"{\"id\":1,\"id\":2}".to_vec()),
        ("a name that stands twice, escaped", b"{\"id\":1,\"\\u0069d\":2}".to_vec()),
        ("invalid UTF-8", b"{\"id\":\"\xff\"}".to_vec()),
        ("an overlong form", b"{\"id\":\"\xc0\xaf\"}".to_vec()),
        ("an encoded surrogate", b"{\"id\":\"\xed\xa0\x80\"}".to_vec()),
        ("a control character", b"{\"id\":\"\x01\"}".to_vec()),
        ("a leading zero", b"{\"id\":01}".to_vec()),
        ("a byte order mark in it", b"{\"id\":\xef\xbb\xbf1}".to_vec()),
        ("UTF-16", b"{\0\"\0i\0d\0\"\0:\x001\0}\0".to_vec()),
    ]
}

pub(crate) async fn post(gateway: &Gateway, media: &str, body: Vec<u8>) -> Answer {
    let client = hyper_util::client::legacy::Client::builder(hyper_util::rt::TokioExecutor::new())
        .build_http::<Full<Bytes>>();
    let request = Request::builder()
        .method("POST")
        .uri(format!("http://{}/v1/orders", gateway.listen))
        .header("content-type", media)
        .body(Full::from(body))
        .unwrap();
    let (head, body) = client.request(request).await.unwrap().into_parts();
    let text = String::from_utf8_lossy(&read(body).await).into_owned();
    Answer { status: head.status, headers: head.headers, text }
}

/// The most memory that the gateway ever had, in KiB.
pub(crate) fn peak(gateway: &Gateway) -> usize {
    let status = std::fs::read_to_string(format!("/proc/{}/status", gateway.child.id())).unwrap();
    between(&status, "VmHWM:", "kB").trim().parse().unwrap()
}

#[tokio::test]
async fn a_request_that_is_no_document_never_reaches_the_backend() {
    let backend = Backend::start(|_| json("{}")).await;
    let place = orders("", &backend.address, "v2");
    let gateway = Gateway::start(&place.0);
    for (name, body) in broken() {
        let answer = post(&gateway, "application/json", body).await;
        assert_eq!(answer.status, 400, "{name}: {answer:?}");
        assert_eq!(answer.header("content-type"), Some("application/problem+json"), "{name}");
        assert_eq!(between(&answer.text, "\"type\":\"", "\""), "urn:fishplate:malformed-document");
        assert!(between(&answer.text, "\"detail\":\"", "\"").contains("at byte"), "{answer:?}");
    }
    assert_eq!(backend.count(), 0);
    assert!(peak(&gateway) < 256 << 10, "{} KiB", peak(&gateway));
}

#[tokio::test]
async fn an_answer_that_is_no_document_is_a_502() {
    for (name, body) in broken() {
        let answered = body.clone();
        let backend = Backend::start(move |_| {
            Response::builder()
                .header("content-type", "application/json")
                .body(Full::from(answered.clone()))
                .unwrap()
        })
        .await;
        let place = orders("", &backend.address, "v2");
        let gateway = Gateway::start(&place.0);
        let answer = gateway.ask(gateway.get("/v1/orders/1"), "").await;
        assert_eq!(answer.status, 502, "{name}: {answer:?}");
        assert_eq!(answer.header("content-type"), Some("application/problem+json"), "{name}");
        assert_eq!(between(&answer.text, "\"type\":\"", "\""), "urn:fishplate:malformed-document");
        assert_eq!(gateway.outcome(), "undecodable", "{name}");
        assert!(peak(&gateway) < 256 << 10, "{} KiB", peak(&gateway));
    }
}

#[tokio::test]
async fn a_body_that_is_not_there_is_no_document_and_passes() {
    let backend = Backend::start(|_| {
        Response::builder()
            .status(201)
            .header("content-type", "application/json")
            .body(Full::default())
            .unwrap()
    })
    .await;
    let place = orders("", &backend.address, "v2");
    let gateway = Gateway::start(&place.0);
    for media in ["application/json", "text/plain"] {
        let answer = post(&gateway, media, Vec::new()).await;
        assert_eq!((answer.status.as_u16(), &*answer.text), (201, ""), "{media}: {answer:?}");
        assert!(backend.last().body.is_empty());
    }
    assert_eq!(backend.count(), 2);
}

/// Where head and body are one document, the body is judged as it is by itself.
#[tokio::test]
async fn a_body_that_goes_into_a_head_is_judged_alike() {
    let backend = echo().await;
    let place = orders("limits: { depth: 8 }", &backend.address, "v2");
    let rules =
        "operations:\n  POST /orders:\n    request:\n      fields: { body.note: header.X-Note }\n";
    let mapping = format!("{}{rules}", crate::harness::MAPPING);
    place.write("mappings/orders/v2.yaml", &mapping);
    let noted = crate::harness::V1.replace("id: { type", "note: { type: string }, id: { type");
    place.write("schemas/orders/v1.yaml", &noted);
    let gateway = Gateway::start(&place.0);
    let sent = r#"{"note":"a\u0062","customer":[1.10]}"#;
    let answer = post(&gateway, "application/json", sent.into()).await;
    assert_eq!(answer.status, 201, "{answer:?}");
    assert_eq!(backend.last().body, r#"{"buyer":[1.10]}"#);
    assert_eq!(backend.last().headers["x-note"], "ab");
    for (name, body) in broken() {
        let answer = post(&gateway, "application/json", body).await;
        assert_eq!(answer.status, 400, "{name}: {answer:?}");
        assert_eq!(between(&answer.text, "\"type\":\"", "\""), "urn:fishplate:malformed-document");
    }
    // What no field can say is refused, and never sent in halves.
    for (note, why) in [
        (r#""a\r\nX-Evil: 1""#, "a character that no field can have"),
        (r#""a\u0000b""#, "a character that no field can have"),
        (r#""\ud800""#, "half a character"),
        ("{}", "an object"),
        (r#"{"a":"1"}"#, "an object"),
        (r#"["a",{"b":"1"}]"#, "an object"),
    ] {
        let body = format!("{{\"note\":{note}}}");
        let answer = post(&gateway, "application/json", body.into_bytes()).await;
        assert_eq!(answer.status, 400, "{note}: {answer:?}");
        let kind = between(&answer.text, "\"type\":\"", "\"");
        assert_eq!(kind, "urn:fishplate:malformed-head", "{note}");
        assert!(answer.text.contains(why), "{note}: {answer:?}");
    }
    assert_eq!(backend.count(), 1);
    let nested = |levels: usize| {
        format!("{{\"x\":{}1{}}}", "[".repeat(levels - 1), "]".repeat(levels - 1)).into_bytes()
    };
    assert_eq!(post(&gateway, "application/json", nested(8)).await.status, 201);
    assert_eq!(backend.last().body, nested(8));
    assert_eq!(post(&gateway, "application/json", nested(9)).await.status, 400);
}

/// A place is told, whatever the names on the way to it are made of.
#[tokio::test]
async fn a_place_behind_odd_names_is_told() {
    let backend = echo().await;
    let place = orders("", &backend.address, "v2");
    let all = "all: { type: object, additionalProperties: { $ref: '#/components/schemas/Order' } }";
    for (file, text) in [("v1", crate::harness::V1.to_owned()), ("v2", crate::harness::v2())] {
        let text = text.replace("id: { type", &format!("{all}, id: {{ type"));
        place.write(&format!("schemas/orders/{file}.yaml"), &text);
    }
    let rule = "{ customer: buyer, id: { map: { 1: 2 }, else: refuse } }";
    let mapping = crate::harness::MAPPING.replace("{ customer: buyer }", rule);
    place.write("mappings/orders/v2.yaml", &mapping);
    let gateway = Gateway::start(&place.0);
    for (name, told) in [
        (r"\ud800", r"/all/\ud800/id"),
        (r#"\""#, r#"/all/"/id"#),
        (r"\\", r"/all/\/id"),
        (r"a\/b~", "/all/a~1b~0/id"),
        (r"\n", r"/all/\n/id"),
        (r"\u0000", r"/all/\u{0}/id"),
        ("", "/all//id"),
        ("<script>", "/all/<script>/id"),
    ] {
        let body = format!(r#"{{"all":{{"{name}":{{"id":3}}}}}}"#);
        let answer = post(&gateway, "application/json", body.into_bytes()).await;
        assert_eq!(answer.status, 422, "{name} {answer:?}");
        let read: serde_json::Value = serde_json::from_str(&answer.text).expect(name);
        let detail = read["detail"].as_str().unwrap();
        assert!(detail.contains(told), "{told:?} not in {detail:?}");
        let line = gateway.line("\"target\":\"access\"");
        let line: serde_json::Value = serde_json::from_str(&line).expect(name);
        assert_eq!(line["reason"], read["detail"], "{name}");
    }
    assert_eq!(backend.count(), 0);
}

/// A backend that gives back what it gets.
async fn echo() -> Backend {
    Backend::start(|asked| {
        Response::builder()
            .status(201)
            .header("content-type", "application/json")
            .body(Full::from(asked.body.clone()))
            .unwrap()
    })
    .await
}

#[tokio::test]
async fn as_many_levels_as_can_be_allowed_are_translated() {
    const MOST: usize = 256;
    let backend = echo().await;
    let limits = format!("limits: {{ depth: {MOST} }}");
    let place = orders(&limits, &backend.address, "v2");
    // Each order holds orders, some of them in a union whose tag comes last, and two places of it
    // say the same: so every level is laid out before it is written.
    let rules = "    fields: { customer: buyer }\n    alias: { note: id }\n";
    let mapping = crate::harness::MAPPING.replace("    fields: { customer: buyer }\n", rules);
    place.write("mappings/orders/v2.yaml", &mapping);
    let event = "Event: { type: object, properties: { kind: { type: string } } }";
    for (file, text) in [("v1", String::from(crate::harness::V1)), ("v2", crate::harness::v2())] {
        let order = "$ref: '#/components/schemas/Order'";
        let either = format!(
            "oneOf: [{{ {order} }}, {{ $ref: '#/components/schemas/Event' }}], discriminator: \
             {{ propertyName: kind, mapping: {{ o: '#/components/schemas/Order' }} }}"
        );
        let deep = text.replace(
            "id: { type: integer },",
            &format!(
                "id: {{ type: integer }}, note: {{ type: integer }}, kind: {{ type: string }}, one: {{ {either} }}, \
                 all: {{ type: array, items: {{ {order} }} }},"
            ),
        );
        place.write(&format!("schemas/orders/{file}.yaml"), &format!("{deep}    {event}\n"));
    }
    let gateway = Gateway::start(&place.0);
    let listed = |levels: usize| {
        let open = "{\"customer\":1,\"all\":[".repeat(levels / 2);
        format!("{open}{}", "]}".repeat(levels / 2))
    };
    let told = |levels: usize| {
        let open = "{\"customer\":1,\"one\":".repeat(levels - 1);
        format!("{open}{{}}{}", ",\"kind\":\"o\"}".repeat(levels - 1))
    };
    for body in [listed(MOST), told(MOST)] {
        let answer = post(&gateway, "application/json", body.clone().into_bytes()).await;
        assert_eq!(answer.status, 201, "{answer:?}");
        assert!(answer.text == body);
    }
    for deeper in [listed(MOST + 2), told(MOST + 1), listed(100_000), told(100_000)] {
        let answer = post(&gateway, "application/json", deeper.into_bytes()).await;
        assert_eq!(answer.status, 400, "{answer:?}");
        let told = format!("more than {MOST} levels (`limits.depth`)");
        assert!(answer.text.contains("too deep") && answer.text.contains(&told), "{answer:?}");
    }
    assert_eq!(backend.count(), 2);
}

#[tokio::test]
async fn a_number_that_is_too_long_to_convert_is_unfit_and_carried() {
    let backend = echo().await;
    let place = orders("", &backend.address, "v2");
    let text = crate::harness::v2().replace("id: { type: integer }", "id: { type: string }");
    place.write("schemas/orders/v2.yaml", &text);
    let converts = "{ customer: buyer, id: { convert: { old: integer, new: string } } }";
    let mapping = crate::harness::MAPPING.replace("{ customer: buyer }", converts);
    place.write("mappings/orders/v2.yaml", &mapping);
    let gateway = Gateway::start(&place.0);
    let digits = |count: usize| "7".repeat(count);
    for (sent, got, losses) in [
        (digits(1_000), format!("\"{}\"", digits(1_000)), 0),
        (digits(1_001), digits(1_001), 2),
        (digits(1 << 20), digits(1 << 20), 2),
        (String::from("1E1001"), String::from("1E1001"), 2),
        (format!("-1e{}", digits(5_000)), format!("-1e{}", digits(5_000)), 2),
    ] {
        let body = format!("{{\"id\":{sent},\"customer\":\"x\"}}");
        let answer = post(&gateway, "application/json", body.clone().into_bytes()).await;
        assert_eq!(answer.status, 201);
        let asked = backend.last().body;
        assert!(asked == format!("{{\"id\":{got},\"buyer\":\"x\"}}").as_bytes());
        // What did not fit on the way there does not fit on the way back either.
        assert!(answer.text == body);
        let line = gateway.line("\"target\":\"access\"");
        assert_eq!(between(&line, "\"losses\":", ","), losses.to_string(), "{line}");
    }
}

#[tokio::test]
async fn odd_documents_pass_byte_for_byte() {
    let digits = "1234567890".repeat(2_000);
    let odd = [
        String::from(r#""\ud800 \udc00\ud800 \u0000 \/ \u00e9 é""#),
        format!("-{digits}.{digits}e-{digits}"),
        String::from("[-0,-0.0,1E400,1e-400,18446744073709551617,1.10]"),
        String::from("[ \t\r\n1\n,\t{ \"a\" :\r[ ] } ]"),
        format!("{{\"{}\":1}}", "k".repeat(1 << 20)),
    ];
    let backend = echo().await;
    let place = orders("", &backend.address, "v2");
    let gateway = Gateway::start(&place.0);
    for value in odd {
        let body = format!("{{\"customer\":\"Zoë\",\"x\":{value}}}");
        let answer = post(&gateway, "application/json", body.clone().into_bytes()).await;
        let asked = String::from_utf8(backend.last().body.to_vec()).unwrap();
        let sent = body.replace("customer", "buyer");
        assert!(asked == sent, "the backend got {}", asked.get(..200).unwrap_or(&asked));
        assert_eq!(answer.status, 201);
        assert!(answer.text == body, "the client got {}", answer.text.get(..200).unwrap_or(""));
    }
}

#[tokio::test]
async fn limits_have_answers_of_their_own() {
    let long = format!("{{\"buyer\":\"{}\"}}", "x".repeat(4096));
    let backend = Backend::start(move |_| {
        Response::builder()
            .header("content-type", "application/json")
            .body(Full::from(long.clone()))
            .unwrap()
    })
    .await;
    let limits = "limits: { body: 2KiB, buffered: 8KiB, depth: 8 }";
    let place = orders(limits, &backend.address, "v2");
    let gateway = Gateway::start(&place.0);
    let kind = |answer: &Answer| between(&answer.text, "\"type\":\"", "\"").to_owned();
    let body = format!("{{\"customer\":\"{}\"}}", "x".repeat(4096)).into_bytes();
    let answer = post(&gateway, "application/json", body).await;
    assert_eq!(
        (answer.status.as_u16(), kind(&answer)),
        (413, "urn:fishplate:body-too-large".into())
    );
    let deep = format!("{}1{}", "[".repeat(9), "]".repeat(9)).into_bytes();
    let answer = post(&gateway, "application/json", deep).await;
    assert_eq!(
        (answer.status.as_u16(), kind(&answer)),
        (400, "urn:fishplate:malformed-document".into())
    );
    assert_eq!(backend.count(), 0);
    let answer = gateway.ask(gateway.get("/v1/orders/1"), "").await;
    assert_eq!(
        (answer.status.as_u16(), kind(&answer)),
        (502, "urn:fishplate:body-too-large".into())
    );

    // A small document that a mapping makes large.
    let limits = "limits: { output: 64 }";
    let place = orders(limits, &backend.address, "v2");
    let grows = format!("{}    added: {{ note: {} }}\n", crate::harness::MAPPING, "x".repeat(100));
    place.write("mappings/orders/v2.yaml", &grows);
    let noted = crate::harness::v2().replace("id: { type", "note: { type: string }, id: { type");
    place.write("schemas/orders/v2.yaml", &noted);
    let gateway = Gateway::start(&place.0);
    let answer = post(&gateway, "application/json", b"{}".to_vec()).await;
    assert_eq!(
        (answer.status.as_u16(), kind(&answer)),
        (413, "urn:fishplate:translation-too-large".into())
    );
}
