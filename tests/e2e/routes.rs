//! Which requests are of which API, version, operation and backend, by the raw path.

use crate::harness::{Backend, Gateway, Place, V1, between, json, orders, v2, wire};

/// Two backends, one of each version, and a route.
async fn two(apis: &str) -> (Backend, Backend, Gateway, Place) {
    let old = Backend::start(|_| json(r#"{"customer":"old"}"#)).await;
    let new = Backend::start(|_| json(r#"{"buyer":"new"}"#)).await;
    let place = orders("", &new.address, "v2");
    let backends = format!(
        "    backends: {{ old: {{ url: 'http://{}', version: v1 }}, new: {{ url: 'http://{}', version: v2 }} }}\n",
        old.address, new.address
    );
    let config =
        format!("listen: 127.0.0.1:0\nadmin: 127.0.0.1:0\napis:\n  orders:\n{backends}{apis}");
    place.write("fishplate.yaml", &config);
    let gateway = Gateway::start(&place.0);
    (old, new, gateway, place)
}

#[tokio::test]
async fn the_first_rule_that_matches_in_both_directions() {
    let (old, new, gateway, _place) = two("    version: { from: [{ header: X-V }], default: v1 }
    route:
      - { versions: [v2], operations: ['GET /orders/{any}'], to: old }
      - { operations: ['* /files/*'], to: old }
      - { to: new }
")
    .await;
    let ask = |method: &str, path: &str, version: &str| {
        gateway.get(path).method(method).header("x-v", version.to_owned())
    };
    // Downgraded for an old client, upgraded for a new one.
    let answer = gateway.ask(ask("GET", "/orders/1", "v1"), "").await;
    assert_eq!(answer.text, r#"{"customer":"new"}"#);
    let answer = gateway.ask(ask("GET", "/orders/1", "v2"), "").await;
    assert_eq!(answer.text, r#"{"buyer":"old"}"#);
    assert_eq!((old.count(), new.count()), (1, 1));
    // HEAD follows the GET of its path, a preflight any operation of it.
    for method in ["HEAD", "OPTIONS"] {
        gateway.ask(ask(method, "/orders/1", "v2"), "").await;
        assert_eq!(old.last().method.as_str(), method);
    }
    assert_eq!((old.count(), new.count()), (3, 1));
    gateway.ask(ask("PUT", "/files/x", "v1"), "bytes").await;
    assert_eq!((old.count(), new.count()), (4, 1));
    let post = ask("POST", "/orders", "v2").header("content-type", "application/json");
    gateway.ask(post, r#"{"buyer":"x"}"#).await;
    assert_eq!((old.count(), new.count()), (4, 2));
}

#[tokio::test]
async fn a_version_that_nobody_says() {
    let (_old, new, gateway, _place) =
        two("    version: { from: [{ header: X-V }] }\n    route: [{ to: new }]\n").await;
    let answer = gateway.ask(gateway.get("/orders/1"), "").await;
    assert_eq!(answer.status, 400);
    assert_eq!(between(&answer.text, "\"type\":\"", "\""), "urn:fishplate:no-version");
    assert!(answer.text.contains("v1, v2"), "{answer:?}");
    let answer = gateway.ask(gateway.get("/orders/1").header("x-v", "v3"), "").await;
    assert_eq!(between(&answer.text, "\"type\":\"", "\""), "urn:fishplate:unknown-version");
    assert!(answer.text.contains("v1, v2"), "{answer:?}");
    for (first, second, status) in [("v1", "v2", 400), ("v2", "v2", 200)] {
        let twice = gateway.get("/orders/1").header("x-v", first).header("X-V", second);
        assert_eq!(gateway.ask(twice, "").await.status, status, "{first} {second}");
    }
    // Bytes that are no text do not count as nothing.
    let odd = format!("GET /orders/1 HTTP/1.1\r\nhost: {}\r\nx-v: \u{e9}\r\n\r\n", gateway.listen);
    assert!(wire(&gateway.listen, &odd).await.starts_with("HTTP/1.1 400"));
    let before = new.count();
    let preflight = gateway.get("/orders/1").method("OPTIONS").header("origin", "https://x");
    assert_eq!(gateway.ask(preflight, "").await.status, 200, "a preflight says no version");
    assert_eq!(new.count(), before + 1);
}

#[tokio::test]
async fn paths_are_matched_and_forwarded_as_they_came() {
    let backend = Backend::start(|_| json("{}")).await;
    let place = orders("", &backend.address, "v2");
    let gateway = Gateway::start(&place.0);
    for path in [
        "/files/a%2Fb",
        "/files/...",
        "/files/%6e%2Dx",
        "/%66iles/x",
        "/files/a%252Fb",
        "/files/%252e%252E",
        "/files/%zz",
        "/files/A~b;c=d,e@f:g$&'()*+!",
        "/files/x?a[]=1&a[]=2&b=%20&&c=?/",
        "/files/x?",
    ] {
        let request = format!("GET {path} HTTP/1.1\r\nhost: x\r\n\r\n");
        let answer = wire(&gateway.listen, &request).await;
        assert!(answer.starts_with("HTTP/1.1 200"), "{path} {answer}");
        assert_eq!(backend.last().path, path);
    }
    let before = backend.count();
    for (path, status) in [
        ("/files//a", 404),
        ("//files/a", 404),
        ("/FILES/a", 404),
        ("/files/a/", 404),
        ("/files/", 404),
        ("/orders/../files/a", 400),
        ("/files/..", 400),
        ("/files/.", 400),
        ("/files/%2e%2E", 400),
        ("/files/..%2Fa", 400),
        ("/nothing/..;x/files/a", 400),
        ("*", 404),
        ("/files/a b", 400),
        ("/files/\0", 400),
    ] {
        let request = format!("GET {path} HTTP/1.1\r\nhost: x\r\n\r\n");
        let answer = wire(&gateway.listen, &request).await;
        assert!(answer.starts_with(&format!("HTTP/1.1 {status}")), "{path} {answer}");
    }
    assert_eq!(backend.count(), before);
}

#[tokio::test]
async fn a_prefix_and_a_version_are_put_back() {
    let backend = Backend::start(|asked| {
        let mut answer = json(r#"{"buyer":"x"}"#);
        let headers = answer.headers_mut();
        let own = format!("http://{}", asked.headers["host"].to_str().unwrap());
        headers.insert("location", format!("{own}/orders/7?x=1").parse().unwrap());
        headers.insert("content-location", "/orders/7".parse().unwrap());
        let told = asked.headers["x-forwarded-host"].to_str().unwrap();
        let links = format!(
            "</orders?page=2>; rel=\"next\", <https://x/>, <https://{told}/orders/8>, <http://{told}/shop/v1/orders/9>"
        );
        headers.append("link", links.parse().unwrap());
        headers.append("set-cookie", "a=1; Path=/orders; HttpOnly".parse().unwrap());
        headers.append("set-cookie", "b=2".parse().unwrap());
        answer
    })
    .await;
    let place = orders("", &backend.address, "v2");
    let config = std::fs::read_to_string(place.0.join("fishplate.yaml")).unwrap();
    let with = "    hosts: [api.example.com]\n    prefix: /shop/\n    version:";
    place.write("fishplate.yaml", &config.replace("    version:", with));
    let gateway = Gateway::start(&place.0);
    let get = |path: &str, host: &str| gateway.get(path).header("host", host.to_owned());
    let answer = gateway.ask(get("/shop/v1/orders/7", "API.example.com:8443"), "").await;
    assert_eq!(answer.text, r#"{"customer":"x"}"#);
    assert_eq!(backend.last().path, "/orders/7");
    assert_eq!(backend.last().headers["x-forwarded-host"], "API.example.com:8443");
    assert_eq!(answer.header("location"), Some("/shop/v1/orders/7?x=1"));
    assert_eq!(answer.header("content-location"), Some("/shop/v1/orders/7"));
    // One that is the client's already stays.
    let link = "</shop/v1/orders?page=2>; rel=\"next\", <https://x/>, \
                <https://API.example.com:8443/shop/v1/orders/8>, \
                <http://API.example.com:8443/shop/v1/orders/9>";
    assert_eq!(answer.header("link"), Some(link));
    let cookies: Vec<_> = answer.headers.get_all("set-cookie").iter().collect();
    assert_eq!(cookies, ["a=1; Path=/shop/v1/orders; HttpOnly", "b=2"]);
    let answer = gateway.ask(get("/%73hop/v1/%6frders/7", "api.example.com"), "").await;
    assert_eq!((answer.status.as_u16(), &*backend.last().path), (200, "/%6frders/7"));
    assert_eq!(answer.header("content-location"), Some("/shop/v1/orders/7"));
    for (path, host) in [
        ("/shop/v1/orders/7", "other.example.com"),
        ("/v1/orders/7", "api.example.com"),
        ("/shopping/v1/orders/7", "api.example.com"),
        ("/shop%2Fv1/orders/7", "api.example.com"),
        ("//shop/v1/orders/7", "api.example.com"),
    ] {
        let answer = gateway.ask(get(path, host), "").await;
        assert_eq!(answer.status, 404, "{path} {host}");
        assert_eq!(between(&answer.text, "\"type\":\"", "\""), "urn:fishplate:no-api");
    }
}

/// Contracts that list statuses by range and `default`; the names of one body differ.
fn ranges(name: &str) -> String {
    let answer = |kind: &str| {
        format!(
            "{{ description: x, content: {{ application/json: {{ schema: {{ $ref: '#/components/schemas/{kind}' }} }} }} }}"
        )
    };
    format!(
        "openapi: 3.1.0
info: {{ title: Orders, version: v }}
paths:
  /orders/{{id}}:
    get: {{ responses: {{ 2XX: {order}, '404': {fault}, 4XX: {fault}, default: {order} }} }}
components:
  schemas:
    Order: {{ type: object, properties: {{ id: {{ type: integer }}, {name}: {{ type: string }} }} }}
    Fault: {{ type: object, properties: {{ {name}: {{ type: string }} }} }}
",
        order = answer("Order"),
        fault = answer("Fault"),
    )
}

/// A preflight is about a path; the version that the request behind it will name is not known.
#[tokio::test]
async fn a_preflight_needs_no_version_whatever_the_default() {
    let backend = Backend::start(|_| json("{}")).await;
    let place = orders("", &backend.address, "v2");
    let newer = v2().replace(
        "  /files/{name}:",
        "  /reports/{id}:\n    get: { responses: { '200': { description: x } } }\n  /files/{name}:",
    );
    place.write("schemas/orders/v2.yaml", &newer);
    let gateway = Gateway::start(&place.0);
    let ask = async |path: &str, version: &str| {
        let request = gateway.get(path).method("OPTIONS").header("origin", "https://x");
        let request =
            if version.is_empty() { request } else { request.header("x-api-version", version) };
        gateway.ask(request, "").await.status.as_u16()
    };
    // `v1`, the default, does not have it.
    assert_eq!(ask("/reports/7", "").await, 200);
    assert_eq!(backend.last().path, "/reports/7");
    assert_eq!(ask("/orders/7", "").await, 200);
    // Who says a version means it, and what no version has is not there.
    assert_eq!(ask("/reports/7", "v1").await, 404);
    assert_eq!(ask("/nothing", "").await, 404);
    assert_eq!(backend.count(), 2);
}

#[tokio::test]
async fn ranges_of_statuses_and_default_pair_with_themselves() {
    let backend = Backend::start(|asked| {
        let status = asked.path.rsplit('/').next().unwrap().parse().unwrap();
        let mut answer = json(r#"{"buyer":"x"}"#);
        *answer.status_mut() = http::StatusCode::from_u16(status).unwrap();
        answer
    })
    .await;
    let place = orders("", &backend.address, "v2");
    place.write("schemas/orders/v1.yaml", &ranges("customer"));
    place.write("schemas/orders/v2.yaml", &ranges("buyer"));
    let fault = "  Fault:\n    fields: { customer: buyer }\n";
    place.write("mappings/orders/v2.yaml", &format!("{}{fault}", crate::harness::MAPPING));
    let gateway = Gateway::start(&place.0);
    for status in [200, 203, 299, 404, 409, 302, 500, 503] {
        let answer = gateway.ask(gateway.get(&format!("/orders/{status}")), "").await;
        assert_eq!(answer.status.as_u16(), status);
        assert_eq!(answer.text, r#"{"customer":"x"}"#, "{status}");
        assert_eq!(gateway.outcome(), "translated");
    }
    let (old, new) = (V1, v2());
    assert!(!old.contains("default") && !new.contains("XX"), "elsewhere statuses are numbers");
}
