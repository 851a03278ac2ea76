//! Where a client may say its version, and what backends and clients are told of it.

use crate::harness::{Asked, Backend, Gateway, Place, V1, between, json, orders, v2, wire};

/// One API in two versions, `version:` and the rest as given, with a backend of each version.
async fn serving(version: &str, send: &str, rest: &str) -> (Backend, Gateway, Place) {
    let backend = Backend::start(|_| json(r#"{"buyer":"new"}"#)).await;
    let place = orders("", &backend.address, "v2");
    write(&place, &backend.address, (version, send, rest));
    let gateway = Gateway::start(&place.0);
    (backend, gateway, place)
}

fn write(place: &Place, address: &str, (version, send, rest): (&str, &str, &str)) {
    place.write(
        "fishplate.yaml",
        &format!(
            "listen: 127.0.0.1:0
admin: 127.0.0.1:0
apis:
  orders:
    version: {version}
    backends: {{ new: {{ url: 'http://{address}', version: v2{send} }} }}
{rest}"
        ),
    );
}

/// The same API with other names of its versions, the newer one behind.
async fn named(old: &str, new: &str, version: &str) -> (Backend, Gateway, Place) {
    let backend = Backend::start(|_| json(r#"{"buyer":"new"}"#)).await;
    let place = Place::new();
    place.write(&format!("schemas/orders/{old}.yaml"), V1);
    place.write(&format!("schemas/orders/{new}.yaml"), &v2());
    let head = format!("mapping: 1\napi: orders\nfrom: \"{old}\"\nto: \"{new}\"\n");
    let types = "types:\n  Order:\n    fields: { customer: buyer }\n";
    place.write(&format!("mappings/orders/{new}.yaml"), &format!("{head}{types}"));
    let config = format!(
        "listen: 127.0.0.1:0
admin: 127.0.0.1:0
apis:
  orders:
    version: {version}
    backends: {{ new: {{ url: 'http://{}', version: \"{new}\" }} }}
",
        backend.address
    );
    place.write("fishplate.yaml", &config);
    let gateway = Gateway::start(&place.0);
    (backend, gateway, place)
}

const OLD: &str = r#"{"customer":"new"}"#;
const NEW: &str = r#"{"buyer":"new"}"#;

fn kind(text: &str) -> &str {
    between(text, "\"type\":\"urn:fishplate:", "\"")
}

#[tokio::test]
async fn in_the_query() {
    let version = "{ from: [{ query: api-version }, { header: X-V }], default: v2 }";
    let (backend, gateway, _place) = serving(version, "", "").await;
    for (query, text, forwarded) in [
        ("", NEW, ""),
        ("?", NEW, "?"),
        ("?api-version=v1", OLD, ""),
        ("?a=%20&api-version=v1&&b=?/&c[]=1", OLD, "?a=%20&&b=?/&c[]=1"),
        ("?%61pi%2Dversion=%761&x", OLD, "?x"),
        ("?api-version=v1&api-version=v1", OLD, ""),
        ("?api-version=&x=1", NEW, "?x=1"),
        ("?API-VERSION=v1", NEW, "?API-VERSION=v1"),
    ] {
        let answer = gateway.ask(gateway.get(&format!("/orders/7{query}")), "").await;
        assert_eq!((answer.status.as_u16(), &*answer.text), (200, text), "{query}");
        assert_eq!(backend.last().path, format!("/orders/7{forwarded}"));
        assert_eq!(answer.header("vary"), Some("x-v"), "a query is a part of the name anyway");
    }
    let before = backend.count();
    for (query, header, expected) in [
        ("?api-version=v1&api-version=v2", "", "two-versions"),
        ("?api-version=v1", "v2", "two-versions"),
        ("?api-version=v9", "", "unknown-version"),
        ("?api-version=%ff", "", "unknown-version"),
    ] {
        let mut request = gateway.get(&format!("/orders/7{query}"));
        if !header.is_empty() {
            request = request.header("x-v", header);
        }
        let answer = gateway.ask(request, "").await;
        assert_eq!((answer.status.as_u16(), kind(&answer.text)), (400, expected), "{query}");
        assert!(answer.text.contains("query api-version"), "{answer:?}");
    }
    assert_eq!(backend.count(), before);
}

#[tokio::test]
async fn in_media_types() {
    let version = "{ from: [{ media-type: version }, { header: X-V }], default: v2 }";
    let (backend, gateway, _place) = serving(version, "", "").await;
    for (accept, text, forwarded, told) in [
        ("*/*", NEW, "*/*", "application/json"),
        ("application/json; version=v1", OLD, "application/json", "application/json; version=v1"),
        (
            "text/html;q=0.9, application/json; VERSION=\"v1\" ; q=0.8,a/b;version=v2;q=0.5",
            OLD,
            "text/html;q=0.9, application/json; q=0.8,a/b;q=0.5",
            "application/json; version=v1",
        ),
        (
            "a/b;version=v1;q=0.1,a/b;version=v2;q=0.2",
            NEW,
            "a/b;q=0.1,a/b;q=0.2",
            "application/json; version=v2",
        ),
        ("a/b;version=v1,a/b;version=v2", OLD, "a/b,a/b", "application/json; version=v1"),
        // What is not wanted is nothing said, and of what is wanted it is what there is.
        ("a/b;version=v1;q=0", NEW, "a/b;q=0", "application/json"),
        (
            "a/b;version=v9,a/b;version=v1;q=0.1",
            OLD,
            "a/b,a/b;q=0.1",
            "application/json; version=v1",
        ),
    ] {
        let answer = gateway.ask(gateway.get("/orders/7").header("accept", accept), "").await;
        assert_eq!((answer.status.as_u16(), &*answer.text), (200, text), "{accept}");
        assert_eq!(backend.last().headers["accept"], forwarded);
        assert_eq!(answer.header("content-type"), Some(told), "{accept}");
        let vary: Vec<_> = answer.headers.get_all("vary").iter().collect();
        assert_eq!(vary, ["accept", "x-v"]);
    }
    let post =
        |kind: &str| gateway.get("/orders").method("POST").header("content-type", kind.to_owned());
    let sent = "application/json; charset=utf-8;version=v1";
    let answer = gateway.ask(post(sent), r#"{"customer":"x"}"#).await;
    assert_eq!(answer.status, 200);
    assert_eq!(backend.last().headers["content-type"], "application/json; charset=utf-8");
    assert_eq!(backend.last().body, r#"{"buyer":"x"}"#);
    let before = backend.count();
    for (request, expected) in [
        (post(sent).header("accept", "a/b;version=v2"), "two-versions"),
        (post(sent).header("x-v", "v2"), "two-versions"),
        (post("application/json;version=v9"), "unknown-version"),
        (gateway.get("/orders/7").header("accept", "a/b;version=v9"), "unknown-version"),
    ] {
        let answer = gateway.ask(request, "{}").await;
        assert_eq!((answer.status.as_u16(), kind(&answer.text)), (400, expected), "{answer:?}");
        assert!(answer.text.contains("version of header "), "{answer:?}");
    }
    assert_eq!(backend.count(), before);
}

#[tokio::test]
async fn by_who_the_client_is() {
    let version = "{ from: [{ header: X-V }, { client: true }], default: v2 }";
    let rest = "    clients: pins/clients.yaml\n";
    let backend = Backend::start(|_| json(NEW)).await;
    let place = orders("", &backend.address, "v2");
    write(&place, &backend.address, (version, "", rest));
    let pins = "identity: header.X-Client-Id\nclients: { acme: v1, globex: v2 }\n";
    place.write("pins/clients.yaml", pins);
    let gateway = Gateway::start(&place.0);
    let ask = async |who: &str, said: &str| {
        let mut request = gateway.get("/orders/7");
        for (name, value) in [("x-client-id", who), ("x-v", said)] {
            for value in value.split(' ').filter(|value| !value.is_empty()) {
                request = request.header(name, value.to_owned());
            }
        }
        gateway.ask(request, "").await
    };
    for (who, said, text) in [
        ("", "", NEW),
        ("acme", "", OLD),
        ("globex", "", NEW),
        ("stranger", "", NEW),
        ("acme stranger", "", OLD),
        // It counts where the request says nothing.
        ("acme", "v2", NEW),
        ("globex", "v1", OLD),
    ] {
        let answer = ask(who, said).await;
        assert_eq!((answer.status.as_u16(), &*answer.text), (200, text), "{who} {said}");
        let vary: Vec<_> = answer.headers.get_all("vary").iter().collect();
        assert_eq!(vary, ["x-v", "x-client-id"]);
    }
    let two = ask("acme globex", "").await;
    assert_eq!((two.status.as_u16(), kind(&two.text)), (400, "two-versions"));
    // It is a file of the API like the others, watched where it is, and reloaded as a whole.
    assert!(gateway.operator("GET", "/snapshot").await.text.contains("pins/clients.yaml"));
    place.write("pins/clients.yaml", &pins.replace("acme: v1", "acme: v2"));
    gateway.line("\"message\":\"reloaded\"");
    assert_eq!(ask("acme", "").await.text, NEW);
    place.write("pins/clients.yaml", &pins.replace("acme: v1", "acme: v7, other: v7"));
    let line = gateway.line("\"message\":\"not reloaded\"");
    assert!(line.contains("pins/clients.yaml") && line.contains("\"line\":2"), "{line}");
    assert!(line.contains("has no version v7; one other client is pinned to it"), "{line}");
    assert_eq!(ask("acme", "").await.text, NEW, "the last good one is in force");
    std::fs::remove_file(place.0.join("pins/clients.yaml")).unwrap();
    let line = gateway.line("the file of clients cannot be read");
    assert!(line.contains("fishplate.yaml"), "{line}");
    place.write("pins/clients.yaml", pins);
    gateway.line("\"message\":\"reloaded\"");
    assert_eq!(ask("acme", "").await.text, OLD);
}

#[tokio::test]
async fn an_unknown_one_is_the_one_before_it() {
    let from = "from: [{ header: X-V }, { path: '/{version}' }], unknown: older, answer: X-Served";
    for (old, new, cases) in [
        (
            "2023-01-15",
            "2024-06-01",
            [("2023-12-31", OLD), ("2024-06-01", NEW), ("2031-01-01", NEW)],
        ),
        ("2", "10", [("9", OLD), ("10", NEW), ("11", NEW)]),
        ("1.2.0", "1.10.0", [("1.9.0", OLD), ("1.10.0-rc.1", OLD), ("2.0.0", NEW)]),
    ] {
        let (backend, gateway, _place) = named(old, new, &format!("{{ {from} }}")).await;
        for (said, text) in cases {
            let served = if text == OLD { old } else { new };
            let request = gateway.get("/orders/7").header("x-v", said);
            let answer = gateway.ask(request, "").await;
            assert_eq!((answer.status.as_u16(), &*answer.text), (200, text), "{said}");
            assert_eq!(answer.header("x-served"), Some(served));
            let answer = gateway.ask(gateway.get(&format!("/{said}/orders/7")), "").await;
            assert_eq!((answer.status.as_u16(), &*answer.text), (200, text), "{said}");
            assert_eq!(backend.last().path, "/orders/7");
        }
        for said in ["0", "0.1.0", "1999-01-01", "latest", "v1"] {
            let request = gateway.get("/orders/7").header("x-v", said);
            let answer = gateway.ask(request, "").await;
            assert_eq!((answer.status.as_u16(), kind(&answer.text)), (400, "unknown-version"));
            assert!(answer.text.contains(&format!("there are {old}, {new}")), "{answer:?}");
            assert_eq!(answer.header("x-served"), None);
        }
    }
}

#[tokio::test]
async fn every_answer_tells_which_it_is() {
    let version = "{ from: [{ header: X-V }], default: v1, answer: X-V }";
    let backend = Backend::start(|asked| {
        let mut answer = json(NEW);
        let own = asked.headers.get("x-v").cloned();
        answer.headers_mut().insert("x-v", own.unwrap_or_else(|| "v2".parse().unwrap()));
        answer
    })
    .await;
    let place = orders("", &backend.address, "v2");
    write(&place, &backend.address, (version, ", send: { header: X-V }", ""));
    let gateway = Gateway::start(&place.0);
    for (path, said, status, told) in [
        ("/orders/7", "", 200, Some("v1")),
        ("/orders/7", "v2", 200, Some("v2")),
        ("/nothing", "", 404, Some("v1")),
        ("/orders", "v2", 405, Some("v2")),
        ("/orders/7", "v3", 400, None),
    ] {
        let mut request = gateway.get(path);
        if !said.is_empty() {
            request = request.header("x-v", said);
        }
        let answer = gateway.ask(request, "").await;
        assert_eq!((answer.status.as_u16(), answer.header("x-v")), (status, told), "{path} {said}");
    }
    drop(backend);
    let answer = gateway.ask(gateway.get("/orders/7"), "").await;
    assert_eq!((answer.status.as_u16(), answer.header("x-v")), (502, Some("v1")));
}

/// What a backend with `send` gets of a request in which the client says its version everywhere.
async fn sent(send: &str) -> Asked {
    let from = "[{ header: X-V }, { path: '/{version}' }, { query: v }, { media-type: v }]";
    let version = format!("{{ from: {from}, default: v1 }}");
    let (backend, gateway, _place) = serving(&version, &format!(", send: {send}"), "").await;
    let request = gateway.get("/v1/orders/7?a=1&v=v1&b=2").header("x-v", "v1");
    let answer = gateway.ask(request.header("accept", "a/b;v=v1;q=0.5, */*"), "").await;
    assert_eq!((answer.status.as_u16(), &*answer.text), (200, OLD));
    assert_eq!(answer.header("content-type"), Some("application/json; v=v1"));
    backend.last()
}

#[tokio::test]
async fn a_backend_is_told_its_own() {
    for (send, path, header, accept) in [
        ("{ header: X-V }", "/orders/7?a=1&b=2", Some("v2"), "a/b;q=0.5, */*"),
        ("{ header: X-Own }", "/orders/7?a=1&b=2", None, "a/b;q=0.5, */*"),
        ("{ path: '/api-{version}' }", "/api-v2/orders/7?a=1&b=2", None, "a/b;q=0.5, */*"),
        ("{ query: v }", "/orders/7?a=1&b=2&v=v2", None, "a/b;q=0.5, */*"),
        ("{ query: b }", "/orders/7?a=1&b=v2", None, "a/b;q=0.5, */*"),
        ("{ media-type: v }", "/orders/7?a=1&b=2", None, "a/b; v=v2;q=0.5, */*; v=v2"),
    ] {
        let asked = sent(send).await;
        assert_eq!(asked.path, path, "{send}");
        assert_eq!(asked.headers.get("x-v").map(|v| v.to_str().unwrap()), header, "{send}");
        assert_eq!(asked.headers["accept"], accept, "{send}");
        let own = asked.headers.get("x-own").is_some_and(|v| v == "v2");
        assert_eq!(own, send.contains("X-Own"));
    }
}

#[tokio::test]
async fn targets_lose_the_backends_version_and_get_the_clients() {
    let backend = Backend::start(|asked| {
        let mut answer = json(r#"{"buyer":"x"}"#);
        let own = format!("http://{}", asked.headers["host"].to_str().unwrap());
        let headers = answer.headers_mut();
        headers.insert("location", format!("{own}/base/v2/orders/8").parse().unwrap());
        headers.append("link", "</base/v2/orders?page=2>; rel=\"next\"".parse().unwrap());
        headers.append("set-cookie", "a=1; Path=/base/v2/orders".parse().unwrap());
        headers.append("set-cookie", "b=1; Path=/base".parse().unwrap());
        answer
    })
    .await;
    let place = orders("", &backend.address, "v2");
    let version = "{ from: [{ path: '/{version}' }], default: v1 }";
    let address = format!("{}/base", backend.address);
    write(&place, &address, (version, ", send: { path: '/{version}' }", "    prefix: /shop\n"));
    let gateway = Gateway::start(&place.0);
    let answer = gateway.ask(gateway.get("/shop/v1/orders/7"), "").await;
    assert_eq!((answer.status.as_u16(), &*answer.text), (200, r#"{"customer":"x"}"#));
    assert_eq!(backend.last().path, "/base/v2/orders/7");
    assert_eq!(answer.header("location"), Some("/shop/v1/orders/8"));
    assert_eq!(answer.header("link"), Some("</shop/v1/orders?page=2>; rel=\"next\""));
    let cookies: Vec<_> = answer.headers.get_all("set-cookie").iter().collect();
    // One that is for more than the API is for all of it.
    assert_eq!(cookies, ["a=1; Path=/shop/v1/orders", "b=1; Path=/shop/v1/"]);
    let answer = gateway.ask(gateway.get("/shop/orders/7"), "").await;
    assert_eq!(answer.header("location"), Some("/shop/orders/8"));
}

#[tokio::test]
async fn targets_say_in_the_query_what_the_client_said() {
    let backend = Backend::start(|_| {
        let mut answer = json(r#"{"buyer":"x"}"#);
        let headers = answer.headers_mut();
        headers.insert("location", "/orders/8?a=%20&api-version=v2&b#v".parse().unwrap());
        headers.insert("content-location", "/orders/8?api-version=v2".parse().unwrap());
        let links = "</orders/9?api-version=v2>; rel=next, </orders>, <https://x/?api-version=v2>";
        headers.insert("link", links.parse().unwrap());
        answer
    })
    .await;
    let place = orders("", &backend.address, "v2");
    let version = "{ from: [{ query: v }, { header: X-V }], default: v1 }";
    write(&place, &backend.address, (version, ", send: { query: api-version }", ""));
    let gateway = Gateway::start(&place.0);
    let answer = gateway.ask(gateway.get("/orders/7?v=v1"), "").await;
    assert_eq!(backend.last().path, "/orders/7?api-version=v2");
    assert_eq!(answer.header("location"), Some("/orders/8?a=%20&b&v=v1#v"));
    assert_eq!(answer.header("content-location"), Some("/orders/8?v=v1"));
    let links = "</orders/9?v=v1>; rel=next, </orders?v=v1>, <https://x/?api-version=v2>";
    assert_eq!(answer.header("link"), Some(links));
    let answer = gateway.ask(gateway.get("/orders/7").header("x-v", "v1"), "").await;
    assert_eq!(answer.header("location"), Some("/orders/8?a=%20&b#v"));
    assert_eq!(answer.header("content-location"), Some("/orders/8"));
    let links = "</orders/9>; rel=next, </orders>, <https://x/?api-version=v2>";
    assert_eq!(answer.header("link"), Some(links));
}

/// Every link of a page is one of one version, path and query.
#[tokio::test]
async fn links_are_of_one_version() {
    let backend = Backend::start(|asked| {
        let mut answer = json("{}");
        let page = "/tickets?limit=2&cursor=abc&api-version=v2";
        let host = asked.headers["x-forwarded-host"].to_str().unwrap();
        let links = format!("<{page}>; title=\"a\\\"<b\", <http://{host}{page}#x>, <?cursor=abc>");
        answer.headers_mut().insert("link", links.parse().unwrap());
        answer.headers_mut().insert("location", page.parse().unwrap());
        answer
    })
    .await;
    let pages = |path: &str, name: &str| {
        format!(
            "openapi: 3.1.0\ninfo: {{ title: t, version: '1' }}\npaths: {{ {path}: {{ get: {{ parameters: [{{ in: query, name: {name}, schema: {{ type: integer }} }}], responses: {{ '200': {{}} }} }} }} }}\n"
        )
    };
    let place = Place::new();
    place.write("schemas/orders/v1.yaml", &pages("/issues", "page_size"));
    place.write("schemas/orders/v2.yaml", &pages("/tickets", "limit"));
    let rules = "operations: { GET /issues -> GET /tickets: { request: { fields: { query.page_size: query.limit } } } }";
    let head = "mapping: 1\napi: orders\nfrom: v1\nto: v2";
    place.write("mappings/orders/v2.yaml", &format!("{head}\n{rules}\n"));
    let version = "{ from: [{ query: api-version }] }";
    let rest = "    prefix: /shop\n";
    write(&place, &backend.address, (version, ", send: { query: api-version }", rest));
    let gateway = Gateway::start(&place.0);
    let get = gateway.get("/shop/issues?api-version=v1").header("host", "api.example");
    let answer = gateway.ask(get, "").await;
    assert_eq!(backend.last().path, "/tickets?api-version=v2");
    let page = "/shop/issues?cursor=abc&page_size=2&api-version=v1";
    assert_eq!(answer.header("location"), Some(page));
    // What is relative stays as it is.
    let links = format!("<{page}>; title=\"a\\\"<b\", <http://api.example{page}#x>, <?cursor=abc>");
    assert_eq!(answer.header("link"), Some(&*links));
}

#[tokio::test]
async fn a_resource_that_looks_like_a_version() {
    let backend = Backend::start(|_| json(NEW)).await;
    let place = orders("", &backend.address, "v2");
    let more = "  /v1:\n    get: { responses: { '200': { description: x } } }\n  /files/{name}:";
    place.write("schemas/orders/v1.yaml", &V1.replace("  /files/{name}:", more));
    place.write("schemas/orders/v2.yaml", &v2().replace("  /files/{name}:", more));
    write(&place, &backend.address, ("{ from: [{ path: '/{version}' }], default: v2 }", "", ""));
    let gateway = Gateway::start(&place.0);
    for (path, forwarded, status) in [
        ("/v1/v1", "/v1", 200),
        ("/v2/v1", "/v1", 200),
        ("/%76%31/orders/7", "/orders/7", 200),
        // A known version is one, whatever else it could be.
        ("/v1", "", 404),
    ] {
        let answer =
            wire(&gateway.listen, &format!("GET {path} HTTP/1.1\r\nhost: x\r\n\r\n")).await;
        assert!(answer.starts_with(&format!("HTTP/1.1 {status}")), "{path} {answer}");
        if status == 200 {
            assert_eq!(backend.last().path, forwarded);
        }
    }
}

#[tokio::test]
async fn names_of_headers_in_another_case() {
    let backend = Backend::start(|_| json(NEW)).await;
    let place = orders("", &backend.address, "v2");
    let gateway = Gateway::start(&place.0);
    for (name, said, text) in
        [("X-API-VERSION", "v2", NEW), ("x-api-version", "v2", NEW), ("X-aPi-VeRsIoN", "v1", OLD)]
    {
        let head = "GET /orders/7 HTTP/1.1\r\nHOST: x\r\nCoNnEcTiOn: close\r\nACCEPT: */*\r\n";
        let answer = wire(&gateway.listen, &format!("{head}{name}: {said}\r\n\r\n")).await;
        assert!(answer.ends_with(text), "{name} {answer}");
        assert_eq!(backend.last().headers["accept"], "*/*");
    }
}
