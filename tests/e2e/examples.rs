//! The setups under `examples`, as they stand there.

use std::path::Path;
use std::process::Command;

use crate::harness::{Backend, Gateway, Place, between, json, orders};

const OLD: &str = r#"{"id":7,"customer":"Ada","ship_line1":"1 Main St","ship_city":"Oslo","total_cents":990,"currency":"EUR"}"#;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

#[test]
fn every_example_is_checked() {
    let mut seen = 0;
    for entry in std::fs::read_dir(root().join("examples")).unwrap() {
        let directory = entry.unwrap().path();
        assert!(directory.join("README.md").exists(), "{}", directory.display());
        let mut check = Command::new(env!("CARGO_BIN_EXE_fishplate"));
        check.arg("check");
        let config = directory.join("fishplate.yaml");
        if config.exists() {
            check.arg("--config").arg(config);
        } else {
            check.arg("--mappings").arg(directory.join("mappings"));
            check.arg("--schemas").arg(directory.join("schemas"));
        }
        let output = check.output().unwrap();
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let errors = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{} {text} {errors}", directory.display());
        seen += 1;
    }
    assert!(seen > 0);
}

/// The text with its addresses replaced by those of the test, and its paths by absolute ones.
fn moved(text: &str, old: &str, new: &str) -> String {
    let mut moved = text.to_owned();
    for (from, to) in [
        ("127.0.0.1:8090", "127.0.0.1:0"),
        ("127.0.0.1:8091", "127.0.0.1:0"),
        ("127.0.0.1:9001", old),
        ("127.0.0.1:9002", new),
        ("../../mappings", root().join("mappings").to_str().unwrap()),
        ("../../schemas", root().join("schemas").to_str().unwrap()),
    ] {
        assert!(moved.contains(from), "{from}");
        moved = moved.replace(from, to);
    }
    moved
}

#[tokio::test]
async fn orders_before_two_backends() {
    let old = Backend::start(|_| json(OLD)).await;
    let new = Backend::start(|_| json("[]")).await;
    let text = std::fs::read_to_string(root().join("examples/orders/fishplate.yaml")).unwrap();
    let place = Place::new();
    place.write("fishplate.yaml", &moved(&text, &old.address, &new.address));
    let gateway = Gateway::start(&place.0);
    let single = gateway.get("/shop/orders/7").header("x-api-version", "2023-01-15");
    assert_eq!(gateway.ask(single, "").await.text, OLD, "by the same version, as it came");
    let answer = gateway.ask(gateway.get("/shop/2025-03-01/orders/7"), "").await;
    let order: serde_json::Value = serde_json::from_str(&answer.text).expect(&answer.text);
    assert_eq!(order["buyer"]["name"], "Ada");
    assert_eq!(order["price"]["amount"], 990);
    assert_eq!(order["shipping"]["address"]["city"], "Oslo");
    assert_eq!(old.last().path, "/orders/7");
    assert_eq!((old.count(), new.count()), (2, 0));
    gateway.ask(gateway.get("/shop/2024-06-01/orders"), "").await;
    assert_eq!((old.count(), new.count()), (2, 1));
    assert_eq!(new.last().path, "/orders");
}

/// The configuration that the documentation gives to copy.
#[tokio::test]
async fn the_least_configuration_of_the_documentation() {
    let backend = Backend::start(|_| json(r#"{"buyer":"x"}"#)).await;
    let documented = std::fs::read_to_string(root().join("docs/gateway.md")).unwrap();
    let mut text = between(&documented, "```yaml\n", "```").to_owned();
    let place = orders("", &backend.address, "v2");
    place.write("fishplate.yaml", &text);
    let output = Command::new(env!("CARGO_BIN_EXE_fishplate"))
        .args(["check", "--config"])
        .arg(place.0.join("fishplate.yaml"))
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    for (from, to) in [
        ("127.0.0.1:8080", "127.0.0.1:0"),
        ("127.0.0.1:8081", "127.0.0.1:0"),
        ("127.0.0.1:9001", &*backend.address),
    ] {
        assert!(text.contains(from), "{from}");
        text = text.replace(from, to);
    }
    place.write("fishplate.yaml", &text);
    let gateway = Gateway::start(&place.0);
    let answer = gateway.ask(gateway.get("/orders/1").header("x-api-version", "v1"), "").await;
    assert_eq!(answer.text, r#"{"customer":"x"}"#);
    assert_eq!(backend.last().headers["x-api-version"], "v1", "as the client sent it");
}
