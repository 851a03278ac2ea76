//! What `serve` says before it serves.

use std::fs;
use std::process::Command;

use crate::harness::{Backend, Gateway, Place, json, orders};

/// Without a configuration it says what to write, and that works.
#[tokio::test]
async fn the_configuration_that_is_proposed_works() {
    let place = Place::new();
    let output = Command::new(env!("CARGO_BIN_EXE_fishplate"))
        .arg("serve")
        .current_dir(&place.0)
        .output()
        .unwrap();
    assert_eq!((output.status.code(), output.stdout.len()), (Some(1), 0));
    let said = String::from_utf8(output.stderr).unwrap();
    let file = fs::canonicalize(&place.0).unwrap().join("fishplate.yaml");
    assert!(
        said.starts_with(&format!("error: there is no configuration at {}\n", file.display())),
        "{said}"
    );
    let make = said.lines().find_map(|line| line.strip_prefix("    mkdir -p ")).unwrap();
    for directory in make.split(' ') {
        fs::create_dir_all(directory).unwrap();
    }
    let block = |first: &str| {
        let lines = said.lines().skip_while(|line| !line.starts_with(first));
        let lines = lines.take_while(|line| line.starts_with("    ")).map(|line| &line[4..]);
        lines.collect::<Vec<_>>().join("\n")
    };
    let backend = Backend::start(|_| json(r#"{"buyer":"x"}"#)).await;
    let mut text = block("    listen: ");
    for (from, to) in [
        ("127.0.0.1:9000", &*backend.address),
        ("127.0.0.1:8080", "127.0.0.1:0"),
        ("127.0.0.1:8081", "127.0.0.1:0"),
    ] {
        assert!(text.contains(from), "{from} {text}");
        text = text.replace(from, to);
    }
    place.write("fishplate.yaml", &text);
    place.write("mappings/orders/v2.yaml", &block("    mapping: 1"));
    let gateway = Gateway::start(&place.0);
    assert_eq!(gateway.ask(gateway.get("/orders/1"), "").await.text, r#"{"customer":"x"}"#);
    assert_eq!(gateway.ask(gateway.get("/other?x=1"), "").await.text, r#"{"buyer":"x"}"#);
    assert_eq!(backend.last().path, "/other?x=1");
}

/// The log says what is served where.
#[tokio::test]
async fn what_is_served_is_told() {
    let place = orders("", "127.0.0.1:9", "v2");
    let gateway = Gateway::start(&place.0);
    let line: serde_json::Value = serde_json::from_str(&gateway.line("serving an API")).unwrap();
    for (name, value) in [
        ("level", "INFO"),
        ("api", "orders"),
        ("hosts", "all"),
        ("prefix", "/"),
        ("versions", "v1, v2"),
        ("backends", "one http://127.0.0.1:9 (v2)"),
        ("said", r#"{"from":[{"header":"X-Api-Version"},{"path":"/{version}"}],"default":"v1"}"#),
    ] {
        assert_eq!(line[name], value, "{line}");
    }
    let line: serde_json::Value = serde_json::from_str(&gateway.line("\"serving\"")).unwrap();
    assert_eq!((&line["generation"], &line["apis"]), (&1.into(), &1.into()), "{line}");
}
