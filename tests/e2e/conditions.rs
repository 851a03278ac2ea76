//! Tags, conditions, parts and digests: what holds of one version's body is never said of another's.

use http::Response;
use http_body_util::Full;

use crate::harness::{Answer, Asked, Backend, Gateway, MAPPING, json, orders};

type Answering = Response<Full<bytes::Bytes>>;

/// A backend whose one order has a tag, and that answers by it.
fn tagged(asked: &Asked) -> Answering {
    let tag = match &*asked.path {
        "/orders/weak" => "W/\"w\"",
        "/orders/none" => "none",
        _ => "\"a,1\"",
    };
    let said = asked.headers.get("if-none-match").map(|v| v.to_str().unwrap().to_owned());
    let mut answer = json("{\"buyer\":\"x\"}");
    if asked.method == http::Method::GET && said.is_some_and(|said| said.contains(tag)) {
        answer = Response::builder().status(304).body(Full::default()).unwrap();
    }
    let headers = answer.headers_mut();
    headers.insert("etag", tag.parse().unwrap());
    for (name, value) in [
        ("last-modified", "Sun, 06 Nov 1994 08:49:37 GMT"),
        ("accept-ranges", "bytes"),
        ("content-md5", "Q2hlY2sgSW50ZWdyaXR5IQ=="),
        ("digest", "sha-256=x"),
        ("repr-digest", "sha-256=:x:"),
        ("content-digest", "sha-256=:x:"),
    ] {
        headers.insert(name, value.parse().unwrap());
    }
    answer
}

async fn with(
    gateway: &Gateway,
    (method, path): (&str, &str),
    headers: &[(&'static str, &str)],
) -> Answer {
    let request = gateway.get(path).method(method);
    let request = headers.iter().fold(request, |r, (name, value)| r.header(*name, *value));
    gateway.ask(request, "").await
}

/// What the backend was told last, if anything.
fn told(backend: &Backend, name: &str) -> Option<String> {
    backend.last().headers.get(name).map(|v| v.to_str().unwrap().to_owned())
}

#[tokio::test]
async fn a_tag_says_which_program_made_the_body() {
    let backend = Backend::start(tagged).await;
    let place = orders("", &backend.address, "v2");
    let gateway = Gateway::start(&place.0);
    let get = async |path: &str| with(&gateway, ("GET", path), &[]).await;
    let answer = get("/orders/1").await;
    let own = answer.header("etag").unwrap().to_owned();
    let digest = own.strip_prefix("\"a,1~fp-").and_then(|rest| rest.strip_suffix('"')).unwrap();
    assert!(digest.len() == 16 && digest.bytes().all(|b| b.is_ascii_hexdigit()), "{own}");
    let gone = [
        "last-modified",
        "accept-ranges",
        "content-md5",
        "digest",
        "repr-digest",
        "content-digest",
    ];
    for name in gone {
        assert_eq!(answer.header(name), None, "{name}");
    }
    let weak = get("/orders/weak").await;
    assert_eq!(weak.header("etag"), Some(&*format!("W/\"w~fp-{digest}\"")));
    assert_eq!(get("/orders/none").await.header("etag"), None);
    let head = with(&gateway, ("HEAD", "/orders/1"), &[]).await;
    assert_eq!(head.header("etag"), Some(&*own));
    for name in gone {
        assert_eq!(head.header(name), None, "{name}");
    }
    // What is not translated keeps its own.
    for path in ["/v2/orders/1", "/files/x"] {
        let answer = get(path).await;
        assert_eq!(answer.header("etag"), Some("\"a,1\""), "{path}");
        for name in gone {
            assert!(answer.header(name).is_some(), "{path} {name}");
        }
    }
    // The same files make the same tags, whatever process has them.
    let elsewhere = orders("", &backend.address, "v2");
    let second = Gateway::start(&elsewhere.0);
    let answer = with(&second, ("GET", "/orders/1"), &[]).await;
    assert_eq!(answer.header("etag"), Some(&*own));
}

#[tokio::test]
async fn a_tag_of_another_program_validates_nothing() {
    let backend = Backend::start(tagged).await;
    let place = orders("", &backend.address, "v2");
    let gateway = Gateway::start(&place.0);
    let get = async |path: &str, said: &str| {
        let conditions =
            [("if-none-match", said), ("if-modified-since", "Sun, 06 Nov 1994 08:49:37 GMT")];
        let answer = with(&gateway, ("GET", path), &conditions).await;
        (answer.status.as_u16(), told(&backend, "if-none-match"), answer)
    };
    let own = with(&gateway, ("GET", "/orders/1"), &[]).await.header("etag").unwrap().to_owned();
    let other = "\"a,1~fp-0123456789abcdef\"";
    for (said, status, asked) in [
        (&*own, 304, Some("\"a,1\"")),
        (&*format!("W/{own}"), 304, Some("W/\"a,1\"")),
        (&*format!("\"b\", {other} , {own}"), 304, Some("\"a,1\"")),
        ("\"a,1\"", 200, None),
        (other, 200, None),
        ("not a tag", 200, None),
        ("*", 200, Some("*")),
    ] {
        let (got, sent, answer) = get("/orders/1", said).await;
        assert_eq!((got, sent.as_deref()), (status, asked), "{said}");
        assert_eq!(answer.header("etag"), Some(&*own), "{said} {answer:?}");
        assert_eq!(told(&backend, "if-modified-since"), None);
        assert_eq!(answer.header("last-modified"), None);
    }
    // What is not translated is between the client and the backend.
    for said in ["\"a,1\"", "\"a,1\", \"b\"", other] {
        for path in ["/v2/orders/1", "/files/x"] {
            let (_, sent, answer) = get(path, said).await;
            assert_eq!(sent.as_deref(), Some(said), "{path}");
            assert_eq!(answer.header("etag"), Some("\"a,1\""));
            assert!(told(&backend, "if-modified-since").is_some());
        }
    }
    // A mapping that says something else makes other bodies.
    let longer = format!("{MAPPING}    removed: {{ note: {{ default: x }} }}\n");
    let text = crate::harness::V1.replace("id: { type", "note: { type: string }, id: { type");
    place.write("schemas/orders/v1.yaml", &text);
    place.write("mappings/orders/v2.yaml", &longer);
    let reloaded = gateway.operator("POST", "/reload").await;
    assert_eq!(reloaded.status, 200, "{reloaded:?}");
    let (status, sent, answer) = get("/orders/1", &own).await;
    assert_eq!((status, sent), (200, None));
    let new = answer.header("etag").unwrap().to_owned();
    assert_ne!(new, own);
    assert_eq!(get("/orders/1", &new).await.0, 304);
    // For a write it is enough to have seen what the backend has.
    for (name, said, asked) in [
        ("if-match", &*own, "\"a,1\""),
        ("if-match", &*format!("{new}, \"b\", {own}"), "\"a,1\", \"b\", \"a,1\""),
        ("if-match", "*", "*"),
        ("if-match", "odd", "odd"),
        ("if-none-match", &*own, "\"a,1\""),
        ("if-none-match", "\"b\"", "\"b\""),
        ("if-none-match", "*", "*"),
    ] {
        for (method, path) in [("POST", "/orders"), ("POST", "/v2/orders"), ("PUT", "/files/x")] {
            with(&gateway, (method, path), &[(name, said)]).await;
            assert_eq!(told(&backend, name).as_deref(), Some(asked), "{path} {said}");
        }
    }
}

/// A part of a document can be translated by nobody; a part of a file is the client's affair.
#[tokio::test]
async fn parts_are_asked_for_where_nothing_is_translated() {
    let backend = Backend::start(|asked| {
        let mut answer = tagged(asked);
        if asked.headers.contains_key("range") {
            *answer.status_mut() = http::StatusCode::PARTIAL_CONTENT;
            answer.headers_mut().insert("content-range", "bytes 0-12/13".parse().unwrap());
        }
        answer
    })
    .await;
    let place = orders("", &backend.address, "v2");
    // One that is not translated itself, but its faults are.
    for (file, text) in [("v1", crate::harness::V1.to_owned()), ("v2", crate::harness::v2())] {
        let faults = "description: bytes }, '4XX': { description: no, content: { \
                      application/json: { schema: { $ref: '#/components/schemas/Order' } } } } } }\n    put";
        let text = text.replace("description: bytes } } }\n    put", faults);
        assert!(text.contains("4XX"), "{text}");
        place.write(&format!("schemas/orders/{file}.yaml"), &text);
    }
    let gateway = Gateway::start(&place.0);
    let range = [("range", "bytes=0-12"), ("if-range", "\"a,1\"")];
    for (path, passes) in [("/orders/1", false), ("/files/x", true), ("/v2/orders/1", true)] {
        let answer = with(&gateway, ("GET", path), &range).await;
        assert_eq!(answer.status.as_u16(), if passes { 206 } else { 200 }, "{path}");
        for (name, value) in range {
            assert_eq!(told(&backend, name).as_deref(), passes.then_some(value), "{path}");
        }
        assert_eq!(answer.header("accept-ranges").is_some(), passes, "{path}");
    }
}

/// A digest of the old bytes is none of the new ones.
#[tokio::test]
async fn digests_of_a_request_go_with_its_bytes() {
    let backend = Backend::start(|_| json("{}")).await;
    let place = orders("", &backend.address, "v2");
    let gateway = Gateway::start(&place.0);
    let all = ["content-md5", "digest", "repr-digest", "content-digest"];
    for (path, passes) in [("/orders", false), ("/v2/orders", true)] {
        let request = gateway.get(path).method("POST").header("content-type", "application/json");
        let request = all.iter().fold(request, |r, name| r.header(*name, "x"));
        gateway.ask(request, "{\"customer\":1}").await;
        for name in all {
            assert_eq!(told(&backend, name).is_some(), passes, "{path} {name}");
        }
    }
}
