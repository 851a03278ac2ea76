//! A directory that a symlink names, and that is another one by now.

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
