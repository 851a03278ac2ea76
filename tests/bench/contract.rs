//! How long a contract of 5 MB takes to load, and how much memory: about 1,000 operations and 3,000
//! schemas, as YAML and as JSON, each in a process of its own. Does nothing unless `cargo bench` runs
//! it.
#![expect(clippy::disallowed_types, reason = "a bench measures wall-clock time")]

use std::fmt::Write as _;
use std::hint::black_box;
use std::path::Path;
use std::process::Command;
use std::time::Instant;

use fishplate::contract;
use fishplate::diagnostic::Sources;
use fishplate::version::ApiVersion;
use serde_json::{Map, Value, json};

const OPERATIONS: usize = 1_000;
const SCHEMAS: usize = 3_000;

fn main() {
    let mut arguments = std::env::args().skip_while(|argument| argument != "--one");
    if let Some(file) = arguments.nth(1) {
        return load(Path::new(&file));
    }
    if !std::env::args().any(|argument| argument == "--bench") {
        return;
    }
    let tree = contract();
    let mut yaml = String::new();
    block(&tree, 0, &mut yaml);
    for (name, text) in [("contract.yaml", yaml), ("contract.json", format!("{tree:#}"))] {
        let directory =
            std::env::temp_dir().join(format!("fishplate-bench-{}", std::process::id()));
        std::fs::create_dir_all(&directory).unwrap();
        let file = directory.join(name);
        std::fs::write(&file, &text).unwrap();
        println!("{name}: {} KB", text.len() / 1_000);
        let own = std::env::current_exe().unwrap();
        let done = Command::new(own).arg("--one").arg(&file).status().unwrap();
        std::fs::remove_dir_all(&directory).unwrap();
        assert!(done.success());
    }
}

/// Loads one file and says what that took.
fn load(file: &Path) {
    let before = peak();
    let begin = Instant::now();
    let text = std::fs::read_to_string(file).unwrap();
    let name = file.display().to_string();
    let mut sources = Sources::default();
    let mut none = |_: &str| Err(String::from("no other file"));
    let version = ApiVersion::new("v1");
    let (loaded, found) = contract::load(&mut sources, version, (&name, &text), &mut none);
    let took = begin.elapsed();
    let loaded = loaded.unwrap_or_else(|| panic!("{found:#?}"));
    assert_eq!(loaded.operations.len(), OPERATIONS);
    println!("  loaded {:>6} ms, {:>8} KB at most, {before} KB before", took.as_millis(), peak());
    black_box(&loaded);
}

/// Kilobytes that were resident at most so far.
fn peak() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|l| l.trim().trim_end_matches("kB").trim().parse().ok()).unwrap_or(0)
}

fn refer(at: usize) -> Value {
    json!({ "$ref": format!("#/components/schemas/Schema{}", at % SCHEMAS) })
}

fn contract() -> Value {
    let schemas: Map<_, _> = (0..SCHEMAS).map(|at| (format!("Schema{at}"), schema(at))).collect();
    let paths: Map<_, _> =
        (0..OPERATIONS / 2).map(|at| (format!("/resources-{at}/{{id}}"), path(at))).collect();
    json!({
        "openapi": "3.1.0",
        "info": { "title": "A large API", "version": "v1" },
        "paths": paths,
        "components": { "schemas": schemas },
    })
}

/// Objects of ten members: scalars, enums, lists, dictionaries, others of their kind, themselves;
/// every tenth is a union, every seventh has a base.
fn schema(at: usize) -> Value {
    if at % 10 == 9 {
        return json!({ "oneOf": [refer(at + 1), refer(at + 2)], "description": "Either of both." });
    }
    let text = "Says what this member of the schema is for, in about as many words as usual.";
    let mut members = Map::new();
    for n in 0..7 {
        let member = match n % 4 {
            0 => json!({ "type": "string", "description": text, "maxLength": 80 }),
            1 => json!({ "type": ["integer", "null"], "minimum": 0, "description": text }),
            2 => {
                json!({ "type": "string", "enum": ["open", "closed", "on hold"], "description": text })
            }
            _ => json!({ "type": "array", "items": { "type": "number" }, "description": text }),
        };
        members.insert(format!("member_{at}_{n}"), member);
    }
    members.insert(format!("parent_{at}"), refer(at));
    members.insert(format!("others_{at}"), json!({ "type": "array", "items": refer(at * 7 + 3) }));
    members.insert(format!("by_name_{at}"), json!({ "additionalProperties": refer(at * 3 + 1) }));
    let own =
        json!({ "type": "object", "required": [format!("parent_{at}")], "properties": members });
    if at % 7 == 6 { json!({ "allOf": [refer(at - at % 7), own] }) } else { own }
}

fn path(at: usize) -> Value {
    let body = |n: usize| json!({ "application/json": { "schema": refer(n) } });
    let operation = |name: &str, n: usize| {
        json!({
            "operationId": format!("{name}{at}"),
            "summary": "Does what its name says to the resource that the path names.",
            "parameters": [{ "name": "id", "in": "path", "required": true, "schema": { "type": "string" } }],
            "requestBody": { "content": body(n) },
            "responses": {
                "200": { "description": "Done.", "content": body(n + 1) },
                "4XX": { "description": "Refused.", "content": body(n + 2) },
                "default": { "description": "Failed.", "content": body(n + 3) },
            },
        })
    };
    json!({ "put": operation("replace", at * 5), "post": operation("make", at * 5 + 2) })
}

/// Writes a value as block YAML.
fn block(value: &Value, depth: usize, into: &mut String) {
    let begin = "  ".repeat(depth);
    match value {
        Value::Object(members) if !members.is_empty() => {
            for (name, member) in members {
                write!(into, "\n{begin}{}:", plain(name)).unwrap();
                block(member, depth + 1, into);
            }
        }
        Value::Array(items) if !items.is_empty() => {
            for item in items {
                write!(into, "\n{begin}-").unwrap();
                block(item, depth + 1, into);
            }
        }
        Value::String(text) => write!(into, " {}", plain(text)).unwrap(),
        other => write!(into, " {other}").unwrap(),
    }
}

/// Text as YAML: plain where it can be.
fn plain(text: &str) -> String {
    let word = |c: char| c.is_ascii_alphabetic() || " ,._".contains(c);
    let fine = text.starts_with(|c: char| c.is_ascii_alphabetic()) && text != "null";
    if fine && text.chars().all(|c| word(c) || c.is_ascii_digit()) {
        text.to_owned()
    } else {
        Value::from(text).to_string()
    }
}
