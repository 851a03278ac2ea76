//! Every crate that is built is under a licence that `.deny.toml` allows, and from a registry; no
//! feature is switched on that would change what the engine is compared with.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::process::Command;

use serde_json::Value;

/// What `cargo metadata` says of everything that is built here; nothing is fetched.
fn metadata() -> Value {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--locked", "--offline", "--all-features"])
        .args(["--manifest-path", concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml")])
        .args(["--filter-platform", &host()])
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

fn host() -> String {
    let output = Command::new(std::env::var("RUSTC").unwrap_or_else(|_| "rustc".into()))
        .arg("-vV")
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines().find_map(|l| l.strip_prefix("host: ")).unwrap().to_owned()
}

/// The list `allow` of `[licenses]`.
fn allowed(deny: &str) -> BTreeSet<String> {
    let section = deny.split("[licenses]").nth(1).expect("[licenses]");
    let section = section.split("\n[").next().unwrap();
    let list = section.split_once("allow = [").expect("allow").1.split_once(']').expect("]").0;
    list.split(',')
        .map(|l| l.trim().trim_matches('"').to_owned())
        .filter(|l| !l.is_empty())
        .collect()
}

/// Whether an SPDX expression can be kept to with these licences alone; an exception (`WITH`) only
/// gives more.
fn satisfied(expression: &str, allowed: &BTreeSet<String>) -> bool {
    let spaced = expression.replace('(', " ( ").replace(')', " ) ").replace('/', " OR ");
    let words: Vec<&str> = spaced.split_whitespace().collect();
    let (fine, rest) = any(&words, allowed);
    fine && rest.is_empty()
}

fn any<'w>(words: &'w [&'w str], allowed: &BTreeSet<String>) -> (bool, &'w [&'w str]) {
    let (mut fine, mut rest) = all(words, allowed);
    while let Some(("OR", more)) = rest.split_first().map(|(w, more)| (*w, more)) {
        let (also, left) = all(more, allowed);
        (fine, rest) = (fine || also, left);
    }
    (fine, rest)
}

fn all<'w>(words: &'w [&'w str], allowed: &BTreeSet<String>) -> (bool, &'w [&'w str]) {
    let (mut fine, mut rest) = one(words, allowed);
    while let Some(("AND", more)) = rest.split_first().map(|(w, more)| (*w, more)) {
        let (also, left) = one(more, allowed);
        (fine, rest) = (fine && also, left);
    }
    (fine, rest)
}

fn one<'w>(words: &'w [&'w str], allowed: &BTreeSet<String>) -> (bool, &'w [&'w str]) {
    match words {
        ["(", inner @ ..] => {
            let (fine, rest) = any(inner, allowed);
            match rest {
                [")", rest @ ..] => (fine, rest),
                _ => (false, &[]),
            }
        }
        [licence, "WITH", _, rest @ ..] | [licence, rest @ ..] => {
            (allowed.contains(*licence), rest)
        }
        [] => (false, &[]),
    }
}

#[test]
fn expressions_are_read() {
    let allowed: BTreeSet<String> = ["MIT", "Apache-2.0", "Unicode-3.0"].map(String::from).into();
    for fine in [
        "MIT",
        "MIT OR GPL-3.0",
        "GPL-3.0 OR MIT",
        "MIT/Apache-2.0",
        "(MIT OR GPL-3.0) AND Unicode-3.0",
        "GPL-3.0 AND MIT OR Apache-2.0",
        "Apache-2.0 WITH LLVM-exception",
    ] {
        assert!(satisfied(fine, &allowed), "{fine}");
    }
    for wrong in ["", "GPL-3.0", "MIT AND GPL-3.0", "(MIT", "MIT Apache-2.0", "GPL-3.0 OR LGPL-3.0"]
    {
        assert!(!satisfied(wrong, &allowed), "{wrong}");
    }
}

#[test]
fn every_licence_is_allowed() {
    let allowed = allowed(&fs::read_to_string(".deny.toml").unwrap());
    assert!(allowed.contains("Apache-2.0") && !allowed.contains(""), "{allowed:?}");
    let metadata = metadata();
    let built: BTreeSet<&str> = metadata["resolve"]["nodes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|node| node["id"].as_str().unwrap())
        .collect();
    let mut wrong = Vec::new();
    for package in metadata["packages"].as_array().unwrap() {
        if !built.contains(package["id"].as_str().unwrap()) {
            continue;
        }
        let name = format!("{} {}", package["name"], package["version"]);
        match package["license"].as_str() {
            Some(licence) if satisfied(licence, &allowed) => {}
            Some(licence) => wrong.push(format!("{name}: {licence}")),
            None => wrong.push(format!("{name} says no licence")),
        }
        // The crate itself has no source; everything else is of the registry, not of some branch.
        let source = package["source"].as_str().unwrap_or("registry+");
        if !source.starts_with("registry+") {
            wrong.push(format!("{name} is from {source}"));
        }
    }
    assert!(built.len() > 20, "{}", built.len());
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// A dependency can switch these on for everybody: then numbers and the order of members in
/// `serde_json`'s trees, with which results are compared, would be others.
#[test]
fn the_trees_of_serde_json_are_plain() {
    let metadata = metadata();
    let mut features = BTreeMap::new();
    for node in metadata["resolve"]["nodes"].as_array().unwrap() {
        let id = node["id"].as_str().unwrap();
        if id.contains("serde_json") {
            let on: Vec<_> = node["features"].as_array().unwrap().clone();
            features.insert(id.to_owned(), on);
        }
    }
    assert!(!features.is_empty());
    for (id, on) in features {
        for feature in ["preserve_order", "arbitrary_precision", "unbounded_depth"] {
            assert!(!on.iter().any(|f| f == feature), "{id} has {feature}");
        }
    }
    // As it is built here: members are sorted, and numbers are floats.
    let value: Value = serde_json::from_str(r#"{"b":1.10,"a":1}"#).unwrap();
    assert_eq!(value.to_string(), r#"{"a":1,"b":1.1}"#);
}

/// The source of the crate uses no tree of `serde_json` at all: it is a dependency of tests.
#[test]
fn serde_json_is_for_tests_alone() {
    let metadata = metadata();
    let package =
        metadata["packages"].as_array().unwrap().iter().find(|p| p["name"] == "fishplate");
    let of_json = package.unwrap()["dependencies"].as_array().unwrap().iter();
    let kinds: Vec<_> = of_json.filter(|d| d["name"] == "serde_json").map(|d| &d["kind"]).collect();
    assert_eq!(kinds, ["dev"]);
}
