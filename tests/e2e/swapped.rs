//! Changes of several files at once: a directory that a symlink names and that is another one by now,
//! and files that only make sense together.

use std::fs;
use std::os::unix::fs::symlink;
use std::time::Duration;

use tokio::time::Instant;

use crate::harness::{Backend, Gateway, MAPPING, Place, json, orders};

/// A deployment writes a new directory, and lets the link to it lead there.
#[tokio::test]
async fn the_directory_of_the_configuration_is_swapped() {
    let backend = Backend::start(|_| json(r#"{"buyer":"x"}"#)).await;
    let (one, two) = (orders("", &backend.address, "v2"), orders("", &backend.address, "v2"));
    let around = Place::new();
    let link = around.0.join("current");
    symlink(&one.0, &link).unwrap();
    let gateway = Gateway::start(&link);
    let customer = async || gateway.ask(gateway.get("/orders/1"), "").await.text;
    assert_eq!(customer().await, r#"{"customer":"x"}"#);
    two.write("mappings/orders/v2.yaml", &MAPPING.replace("{ customer: buyer }", "{}"));
    symlink(&two.0, around.0.join("new")).unwrap();
    fs::rename(around.0.join("new"), &link).unwrap();
    // The link itself is in a directory that nobody watches: this is seen by a look.
    gateway.line("\"message\":\"reloaded\"");
    assert_eq!(customer().await, r#"{"buyer":"x"}"#);
    // What changes in the new directory is seen by its watch, long before the next look.
    tokio::time::sleep(Duration::from_millis(500)).await;
    let began = Instant::now();
    two.write("mappings/orders/v2.yaml", MAPPING);
    gateway.line("\"message\":\"reloaded\"");
    assert!(began.elapsed() < Duration::from_secs(3), "{:?}", began.elapsed());
    assert_eq!(customer().await, r#"{"customer":"x"}"#);
    let began = Instant::now();
    let text = fs::read_to_string(two.0.join("fishplate.yaml")).unwrap();
    two.write("fishplate.yaml", &text.replace("default: v1", "default: v2"));
    gateway.line("\"message\":\"reloaded\"");
    assert!(began.elapsed() < Duration::from_secs(3), "{:?}", began.elapsed());
    assert_eq!(customer().await, r#"{"buyer":"x"}"#);
}

/// A contract and a mapping of which each is wrong without the other.
#[tokio::test]
async fn two_files_that_only_make_sense_together() {
    let backend = Backend::start(|_| json(r#"{"buyer":"x","payer":"y"}"#)).await;
    let place = orders("", &backend.address, "v2");
    let gateway = Gateway::start(&place.0);
    let customer = async || gateway.ask(gateway.get("/orders/1"), "").await.text;
    let both = || {
        let contract = crate::harness::v2().replace("buyer:", "payer:");
        [
            ("schemas/orders/v2.yaml", contract),
            ("mappings/orders/v2.yaml", MAPPING.replace("buyer", "payer")),
        ]
    };
    // One after the other in one go: nobody sees the time between.
    for (file, text) in both() {
        place.write(file, &text);
    }
    let line = gateway.line("reloaded\"");
    assert!(line.contains("\"message\":\"reloaded\""), "{line}");
    assert_eq!(customer().await, r#"{"buyer":"x","customer":"y"}"#);
    // With a pause between them: what was there is served until both are.
    place.write("schemas/orders/v2.yaml", &crate::harness::v2());
    let answer = gateway.operator("POST", "/reload").await;
    assert_eq!(answer.status, 422, "{answer:?}");
    assert_eq!(customer().await, r#"{"buyer":"x","customer":"y"}"#);
    let report = gateway.operator("GET", "/snapshot").await.text;
    let read: serde_json::Value = serde_json::from_str(&report).unwrap();
    let files = read["apis"][0]["files"].as_array().unwrap();
    let state = |end: &str| {
        let own = files.iter().find(|f| f["file"].as_str().unwrap().ends_with(end));
        own.unwrap_or_else(|| panic!("{end} {report}"))["state"].clone()
    };
    assert_eq!(state("mappings/orders/v2.yaml"), "error", "{report}");
    assert_eq!(state("schemas/orders/v2.yaml"), "superseded", "{report}");
    assert_eq!(state("schemas/orders/v1.yaml"), "ok", "{report}");
    place.write("mappings/orders/v2.yaml", MAPPING);
    let answer = gateway.operator("POST", "/reload").await;
    assert_eq!(answer.status, 200, "{answer:?}");
    assert_eq!(customer().await, r#"{"customer":"x","payer":"y"}"#);
}
