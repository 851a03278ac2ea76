//! Whatever is wrong is told in the same words by `fishplate check` and by the gateway.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::generations::told;
use crate::harness::{Gateway, MAPPING, Place, V1, config, orders, v2};

/// Code, file, line, column, what is wrong, what was expected, what to do.
type Told = [String; 7];

/// A diagnostic by its members; what is empty and what is not there is the same.
fn one(from: &Value, keys: [&str; 7]) -> Told {
    keys.map(|key| match &from[key] {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    })
}

/// What `fishplate check` says: errors, and warnings.
fn checked(place: &Path) -> [BTreeSet<Told>; 2] {
    let output = Command::new(env!("CARGO_BIN_EXE_fishplate"))
        .args(["check", "--format", "json", "--config"])
        .arg(place.join("fishplate.yaml"))
        .output()
        .unwrap();
    let read: Value = serde_json::from_slice(&output.stdout).unwrap();
    let keys = ["code", "file", "line", "column", "message", "label", "help"];
    let all = read["diagnostics"].as_array().unwrap();
    ["error", "warning"].map(|severity| {
        let own = all.iter().filter(|d| d["severity"] == severity);
        own.map(|d| one(d, keys)).collect()
    })
}

/// What an answer of the gateway says of it.
fn shown(answer: &Value) -> [BTreeSet<Told>; 2] {
    let keys = ["code", "file", "line", "column", "reason", "expected", "help"];
    ["errors", "warnings"]
        .map(|what| answer[what].as_array().unwrap().iter().map(|d| one(d, keys)).collect())
}

/// Writes the files of a place as they were.
fn mend(place: &Place) {
    place.write("schemas/orders/v1.yaml", V1);
    place.write("schemas/orders/v2.yaml", &v2());
    place.write("mappings/orders/v2.yaml", MAPPING);
    place.write("fishplate.yaml", &config("", "127.0.0.1:9", "v2"));
}

#[tokio::test]
async fn check_and_the_gateway_say_the_same() {
    let (mapping, contract) = ("mappings/orders/v2.yaml", "schemas/orders/v2.yaml");
    let settings = "fishplate.yaml";
    let mut broken: Vec<(&str, String)> = vec![
        (mapping, MAPPING.replace("fields:", "feilds:")),
        (mapping, MAPPING.replace("customer: buyer", "customr: buyer")),
        (mapping, MAPPING.replace("Order:", "Ordr:")),
        (mapping, MAPPING.replace("from: v1", "from: v0")),
        (mapping, MAPPING.replace("{ customer", "{ customer: [")),
        (mapping, String::from("- 1")),
        (contract, v2().replace("schemas/Order'", "schemas/Ordr'")),
        (contract, v2().replace("type: string", "type: strng")),
        (contract, v2().replace("paths:", "paths: [")),
        (contract, String::from("nothing: here")),
    ];
    let own = config("", "127.0.0.1:9", "v2");
    for (old, new) in [
        ("backends:", "backnds: 1\n    backends:"),
        ("version: v2", "version: v7"),
        ("default: v1", "default: v3"),
        ("http:", "ftp:"),
        ("listen: 127.0.0.1:0", "listen: nowhere\nlimits: { body: 1x }"),
        ("apis:", "bogus: 1\napis:"),
        ("    version:", "    route: [{ operations: ['GET /ordrs'], to: one }]\n    version:"),
    ] {
        assert!(own.contains(old), "{old}");
        broken.push((settings, own.replacen(old, new, 1)));
    }
    let place = orders("", "127.0.0.1:9", "v2");
    let gateway = Gateway::start(&place.0);
    for (file, text) in broken {
        mend(&place);
        place.write(file, &text);
        let (status, answer) = told(&gateway, "POST", "/reload").await;
        assert_eq!(status, 422, "{file} {text} {answer}");
        let [errors, _] = checked(&place.0);
        assert!(!errors.is_empty(), "{file} {text}");
        assert_eq!(shown(&answer)[0], errors, "{file} {text}");
        let (_, report) = told(&gateway, "GET", "/snapshot").await;
        assert_eq!(shown(&report)[0], errors, "{file} {text}");
    }
    // What is wrong with several files is told at once, and what cannot be read too.
    mend(&place);
    place.write(mapping, &MAPPING.replace("fields:", "feilds:"));
    place.write(settings, &own.replace("backends:", "backnds: 1\n    backends:"));
    fs::write(place.0.join("mappings/orders/v3.yaml"), [0xff]).unwrap();
    let (_, answer) = told(&gateway, "POST", "/reload").await;
    assert_eq!(shown(&answer)[0], checked(&place.0)[0]);
    fs::remove_file(place.0.join("mappings/orders/v3.yaml")).unwrap();
    let (_, answer) = told(&gateway, "POST", "/reload").await;
    assert_eq!(shown(&answer)[0], checked(&place.0)[0]);

    // Warnings are the same too; but examples that fail stop nothing here.
    mend(&place);
    let example = "examples: [{ type: Order, old: { customer: x }, new: { buyer: y } }]\n";
    place.write(mapping, &format!("{MAPPING}{example}"));
    let text = own.replace(
        "version: { from: [{ header: X-Api-Version }, { path: '/{version}' }], default: v1 }",
        "version: {}",
    );
    place.write(settings, &text);
    let (status, answer) = told(&gateway, "POST", "/reload").await;
    assert_eq!(status, 200, "{answer}");
    let [errors, warnings] = checked(&place.0);
    assert!(errors.iter().all(|error| error[0] == "F616"), "{errors:?}");
    assert!(!errors.is_empty() && !warnings.is_empty(), "{errors:?} {warnings:?}");
    let all: BTreeSet<_> = errors.into_iter().chain(warnings).collect();
    assert_eq!(shown(&answer)[1], all);
}
