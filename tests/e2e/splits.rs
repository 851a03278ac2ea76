//! Rules that lead some clients here and some there, and what goes through without a rule of a
//! contract.

use std::collections::BTreeMap;

use crate::harness::{Backend, Gateway, Place, between, json, orders, wire};

/// A backend of each version, and the rest as given.
async fn two(rest: &str) -> (Backend, Backend, Gateway, Place) {
    let old = Backend::start(|_| json(r#"{"customer":"old"}"#)).await;
    let new = Backend::start(|_| json(r#"{"buyer":"new"}"#)).await;
    let place = orders("", &new.address, "v2");
    write(&place, (&old, &new), rest);
    let gateway = Gateway::start(&place.0);
    (old, new, gateway, place)
}

fn write(place: &Place, (old, new): (&Backend, &Backend), rest: &str) {
    place.write(
        "fishplate.yaml",
        &format!(
            "listen: 127.0.0.1:0
admin: 127.0.0.1:0
apis:
  orders:
    version: {{ from: [{{ header: X-V }}], default: v1 }}
    backends:
      old: {{ url: 'http://{}', version: v1 }}
      new: {{ url: 'http://{}', version: v2 }}
{rest}",
            old.address, new.address
        ),
    );
}

/// Which backend takes each of some clients.
async fn taken(gateway: &Gateway, clients: u32) -> BTreeMap<u32, String> {
    let mut taken = BTreeMap::new();
    for client in 0..clients {
        let request = gateway.get("/orders/7").header("x-tenant", format!("tenant {client}"));
        let answer = gateway.ask(request, "").await;
        assert_eq!(answer.status, 200);
        let vary: Vec<_> = answer.headers.get_all("vary").iter().collect();
        assert_eq!(vary, ["x-v", "x-tenant"]);
        taken.insert(client, between(&answer.text, "{\"customer\":\"", "\"").to_owned());
    }
    taken
}

#[tokio::test]
async fn nobody_moves_back_while_a_weight_grows() {
    let route = |new: u32| {
        let split = format!("{{ old: 10, new: {new} }}");
        format!("    route: [{{ split: {split}, by: header.X-Tenant }}]\n")
    };
    let (old, new, gateway, place) = two(&route(0)).await;
    let clients = 60;
    let mut before = taken(&gateway, clients).await;
    assert!(before.values().all(|backend| backend == "old"), "nobody goes where the weight is 0");
    for weight in [3, 10, 40] {
        write(&place, (&old, &new), &route(weight));
        gateway.line("\"message\":\"reloaded\"");
        let now = taken(&gateway, clients).await;
        let moved = now.values().filter(|backend| *backend == "new").count();
        let expected = usize::try_from(clients * weight / (10 + weight)).unwrap();
        assert!(moved.abs_diff(expected) < 20, "{moved} of {expected}");
        for (client, backend) in &now {
            assert!(backend == "new" || before[client] == "old", "{client} moved back");
        }
        before = now;
    }
    // The same in another process.
    let other = Gateway::start(&place.0);
    assert_eq!(taken(&other, clients).await, before);
}

#[tokio::test]
async fn clients_are_known_by_what_the_rule_says() {
    let rest = "    clients: clients.yaml
    route:
      - { operations: ['GET /orders/{id}'], split: { old: 1, new: 1 }, by: cookie.session }
      - { operations: ['POST /orders'], split: { old: 1, new: 1 }, by: client }
      - { split: { old: 1, new: 1 }, by: query.t }
";
    let old = Backend::start(|_| json(r#"{"customer":"old"}"#)).await;
    let new = Backend::start(|_| json(r#"{"buyer":"new"}"#)).await;
    let place = orders("", &new.address, "v2");
    place.write("clients.yaml", "identity: header.X-Client-Id\n");
    write(&place, (&old, &new), rest);
    let gateway = Gateway::start(&place.0);
    for at in 0..20 {
        let requests = [
            (gateway.get("/orders/7").header("cookie", format!("a=b; session={at}")), "cookie"),
            (
                gateway.get("/orders").method("POST").header("x-client-id", at.to_string()),
                "x-client-id",
            ),
            (gateway.get(&format!("/files/x?t={at}")), ""),
        ];
        for (request, varies) in requests {
            let before = old.count() + new.count();
            let answer = gateway.ask(request, "").await;
            assert_eq!(answer.status, 200);
            let vary: Vec<_> = answer.headers.get_all("vary").iter().collect();
            let all = ["x-v", varies];
            assert_eq!(vary, all[..if varies.is_empty() { 1 } else { 2 }]);
            assert_eq!(old.count() + new.count(), before + 1);
        }
    }
    let told = gateway.operator("GET", "/snapshot").await.text;
    for by in ["cookie.session", "client", "query.t"] {
        assert!(told.contains(&format!("\"by\":\"{by}\"")), "{told}");
    }
    // Each of them somewhere, both somewhere, and who says nothing by where it comes from.
    assert!(old.count() > 10 && new.count() > 10, "{} {}", old.count(), new.count());
    let before = (old.count(), new.count());
    for _ in 0..6 {
        gateway.ask(gateway.get("/files/x"), "").await;
    }
    let after = (old.count(), new.count());
    assert!(after == (before.0 + 6, before.1) || after == (before.0, before.1 + 6), "{after:?}");
}

#[tokio::test]
async fn what_no_contract_has_goes_through_where_it_may() {
    let rest = "    unmatched: pass
    route: [{ operations: ['* /reports/*'], to: old }, { to: new }]
";
    let (old, new, gateway, _place) = two(rest).await;
    let ask = async |method: &str, path: &str| {
        let request = gateway.get(path).method(method).header("content-type", "application/json");
        let body = if method == "GET" { "" } else { r#"{"customer":"x"}"# };
        let answer = gateway.ask(request, body).await;
        let line = gateway.line("\"target\":\"access\"");
        (answer.status.as_u16(), answer.text, between(&line, "\"outcome\":\"", "\"").to_owned())
    };
    for (method, path, backend, text) in [
        ("GET", "/reports/7", &old, r#"{"customer":"old"}"#),
        ("GET", "/nothing", &new, r#"{"buyer":"new"}"#),
        // A path of the contract with another method is not its operation either.
        ("DELETE", "/orders/7", &new, r#"{"buyer":"new"}"#),
    ] {
        let (status, answer, outcome) = ask(method, path).await;
        assert_eq!((status, &*answer, &*outcome), (200, text, "unmatched"), "{method} {path}");
        assert_eq!((backend.last().path, backend.last().method.as_str()), (path.into(), method));
        if method != "GET" {
            assert_eq!(backend.last().body, r#"{"customer":"x"}"#, "untranslated");
        }
    }
    let (status, answer, outcome) = ask("GET", "/orders/7").await;
    assert_eq!((status, &*answer, &*outcome), (200, r#"{"customer":"new"}"#, "translated"));
    // What many read as an operation of the contract does not go past its translation.
    let before = (old.count(), new.count());
    for path in ["//orders/7", "/orders//7", "//orders", "/%6frders//7"] {
        let answer =
            wire(&gateway.listen, &format!("GET {path} HTTP/1.1\r\nhost: x\r\n\r\n")).await;
        assert!(answer.starts_with("HTTP/1.1 400") && answer.contains("bad-path"), "{answer}");
    }
    assert_eq!((old.count(), new.count()), before);
    let answer = wire(&gateway.listen, "GET /a//b HTTP/1.1\r\nhost: x\r\n\r\n").await;
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    assert_eq!(new.last().path, "/a//b");
}

#[tokio::test]
async fn another_method_of_a_path() {
    let (old, new, gateway, _place) = two("    route: [{ to: new }]\n").await;
    for (method, path, allow) in [
        ("DELETE", "/orders/7", "GET, HEAD, OPTIONS"),
        ("GET", "/orders", "POST, OPTIONS"),
        ("HEAD", "/orders", "POST, OPTIONS"),
        ("PURGE", "/files/x", "GET, HEAD, PUT, OPTIONS"),
    ] {
        let answer = gateway.ask(gateway.get(path).method(method), "").await;
        assert_eq!((answer.status.as_u16(), answer.header("allow")), (405, Some(allow)), "{path}");
        assert!(method == "HEAD" || answer.text.contains("urn:fishplate:no-method"), "{answer:?}");
        assert_eq!(gateway.outcome(), "unmatched");
    }
    let answer = gateway.ask(gateway.get("/nothing").method("DELETE"), "").await;
    assert_eq!((answer.status.as_u16(), answer.header("allow")), (404, None));
    assert_eq!(old.count() + new.count(), 0);
}

#[tokio::test]
async fn a_preflight_goes_where_the_request_behind_it_will() {
    let rest = "    route:
      - { operations: ['GET /files/{name}'], to: old }
      - { operations: ['PUT /files/{name}'], to: new }
      - { to: old }
";
    let (old, new, gateway, _place) = two(rest).await;
    let ask = async |path: &str, wanted: &str| {
        let (before, request) = (new.count(), gateway.get(path).method("OPTIONS"));
        let request = request.header("origin", "https://x");
        let request = if wanted.is_empty() {
            request
        } else {
            request.header("access-control-request-method", wanted)
        };
        let answer = gateway.ask(request, "").await;
        assert_eq!(answer.status, 200, "{path} {wanted}");
        if new.count() > before { "new" } else { "old" }
    };
    for (path, wanted, backend) in [
        ("/files/x", "PUT", "new"),
        ("/files/x", "GET", "old"),
        ("/files/x", "HEAD", "old"),
        ("/files/x", "DELETE", "old"),
        ("/files/x", "", "old"),
        ("/orders", "POST", "old"),
    ] {
        assert_eq!(ask(path, wanted).await, backend, "{path} {wanted}");
    }
    assert!(old.count() > 0);
}

#[tokio::test]
async fn a_backend_that_leads_back_is_no_circle_without_end() {
    let backend = Backend::start(|_| json(r#"{"buyer":"x"}"#)).await;
    let place = orders("", &backend.address, "v2");
    let gateway = Gateway::start(&place.0);
    // The gateway in front leads to itself by now.
    let config = std::fs::read_to_string(place.0.join("fishplate.yaml")).unwrap();
    place.write("fishplate.yaml", &config.replace(&backend.address, &gateway.listen));
    gateway.line("\"message\":\"reloaded\"");
    let answer = gateway.ask(gateway.get("/files/x"), "").await;
    assert_eq!(answer.status, 508, "{answer:?}");
    assert_eq!(between(&answer.text, "\"type\":\"", "\""), "urn:fishplate:loop");
    assert_eq!(backend.count(), 0);
    // Gateways before gateways are none.
    place.write("fishplate.yaml", &config);
    gateway.line("\"message\":\"reloaded\"");
    let via = "1.1 fishplate, 2.0 other, 1.1 fishplate (x)";
    let answer = gateway.ask(gateway.get("/files/x").header("via", via), "").await;
    assert_eq!(answer.status, 200);
}
