//! New files while the gateway serves.

use std::fs;
use std::os::unix::fs::symlink;
use std::time::Duration;

use crate::harness::{Backend, Gateway, MAPPING, Place, V1, config, json, orders, v2};

async fn customer(gateway: &Gateway) -> String {
    gateway.ask(gateway.get("/orders/1"), "").await.text
}

#[tokio::test]
async fn a_broken_file_keeps_the_last_good() {
    let backend = Backend::start(|_| json(r#"{"buyer":"x"}"#)).await;
    let place = orders("", &backend.address, "v2");
    let gateway = Gateway::start(&place.0);
    assert_eq!(customer(&gateway).await, r#"{"customer":"x"}"#);
    place.write("mappings/orders/v2.yaml", &MAPPING.replace("fields:", "feilds:"));
    let answer = gateway.operator("POST", "/reload").await;
    assert_eq!(answer.status, 422, "{answer:?}");
    assert!(answer.text.starts_with(r#"{"generation":1,"changed":[]"#), "{answer:?}");
    let report = gateway.operator("GET", "/snapshot").await.text;
    assert!(report.contains("mappings/orders/v2.yaml"), "{report}");
    assert!(report.contains(r#""line":8"#), "{report}");
    assert!(report.contains(r#""state":"last good""#), "{report}");
    assert_eq!(customer(&gateway).await, r#"{"customer":"x"}"#);
    assert_eq!(gateway.operator("GET", "/readyz").await.status, 200);

    // Nothing of it may take the API away either.
    place.write("fishplate.yaml", "");
    assert_eq!(gateway.operator("POST", "/reload").await.status, 422);
    assert_eq!(customer(&gateway).await, r#"{"customer":"x"}"#);

    place.write("fishplate.yaml", &config("", &backend.address, "v2"));
    place.write("mappings/orders/v2.yaml", &MAPPING.replace("{ customer: buyer }", "{}"));
    let answer = gateway.operator("POST", "/reload").await;
    assert_eq!(answer.status, 200, "{answer:?}");
    assert_eq!(customer(&gateway).await, r#"{"buyer":"x"}"#);
}

#[tokio::test]
async fn the_symlink_swap_of_a_config_map() {
    let backend = Backend::start(|_| json(r#"{"buyer":"x"}"#)).await;
    let place = Place::new();
    place.write("schemas/orders/v1.yaml", V1);
    place.write("schemas/orders/v2.yaml", &v2());
    place.write("fishplate.yaml", &config("", &backend.address, "v2"));
    place.write("mappings/orders/..one/v2.yaml", MAPPING);
    let folder = place.0.join("mappings/orders");
    symlink("..one", folder.join("..data")).unwrap();
    symlink("..data/v2.yaml", folder.join("v2.yaml")).unwrap();
    let gateway = Gateway::start(&place.0);
    assert_eq!(customer(&gateway).await, r#"{"customer":"x"}"#);
    place.write("mappings/orders/..two/v2.yaml", &MAPPING.replace("{ customer: buyer }", "{}"));
    symlink("..two", folder.join("..new")).unwrap();
    fs::rename(folder.join("..new"), folder.join("..data")).unwrap();
    fs::remove_dir_all(folder.join("..one")).unwrap();
    // Nobody is told: the watch has to see it.
    gateway.line("\"message\":\"reloaded\"");
    assert_eq!(customer(&gateway).await, r#"{"buyer":"x"}"#);
}

#[tokio::test]
async fn errors_at_the_start_are_fatal() {
    let place = orders("", "127.0.0.1:9", "v7");
    let output = tokio::task::spawn_blocking(move || {
        std::process::Command::new(env!("CARGO_BIN_EXE_fishplate"))
            .args(["serve", "--config"])
            .arg(place.0.join("fishplate.yaml"))
            .output()
            .unwrap()
    });
    let output = tokio::time::timeout(Duration::from_secs(20), output).await.unwrap().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let text = String::from_utf8(output.stderr).unwrap();
    assert!(text.contains("the API `orders` has no version v7"), "{text}");
    assert!(text.contains("fishplate.yaml:5:3"), "{text}");
}
