//! `fishplate schema config` beside what is read: every key that the parser knows is in it and no
//! other, every configuration of the examples is valid by it, and what is not read is not.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use fishplate::config::Config;
use fishplate::diagnostic::{Diagnostic, Sources};
use fishplate::{document, snapshot};
use serde_json::Value;

fn schema() -> Value {
    let output =
        Command::new(env!("CARGO_BIN_EXE_fishplate")).args(["schema", "config"]).output().unwrap();
    assert!(output.status.success());
    serde_json::from_slice(&output.stdout).unwrap()
}

/// Where each object of the configuration is described, and a configuration with a key in it that
/// nobody knows.
const OBJECTS: &[(&str, &str)] = &[
    ("", "QQQQQQQQQQQQ: 1"),
    ("/properties/limits", "limits: { QQQQQQQQQQQQ: 1 }"),
    ("/properties/timeouts", "timeouts: { QQQQQQQQQQQQ: 1 }"),
    ("/$defs/api", "apis: { a: { QQQQQQQQQQQQ: 1 } }"),
    ("/$defs/version", "apis: { a: { version: { QQQQQQQQQQQQ: 1 } } }"),
    ("/$defs/place", "apis: { a: { version: { from: [{ QQQQQQQQQQQQ: 1 }] } } }"),
    ("/$defs/backend", "apis: { a: { backends: { b: { QQQQQQQQQQQQ: 1 } } } }"),
    ("/$defs/send", "apis: { a: { backends: { b: { send: { QQQQQQQQQQQQ: 1 } } } } }"),
    ("/$defs/rule", "apis: { a: { route: [{ QQQQQQQQQQQQ: 1 }] } }"),
];

fn read(text: &str) -> (Value, Vec<Diagnostic>) {
    let mut sources = Sources::default();
    let file = sources.add("fishplate.yaml", text);
    let tree = document::parse(&sources, file).unwrap().to_json().to_string();
    let (_, mut found) = snapshot::apis(&mut sources, file, Path::new("/nowhere"));
    found.extend(Config::read(&sources, file, Path::new("/nowhere")).1);
    (serde_json::from_str(&tree).unwrap(), found)
}

#[test]
fn every_key_that_is_read_is_in_it() {
    let schema = schema();
    for (place, text) in OBJECTS {
        let (_, found) = read(text);
        let unknown = found.iter().filter(|d| d.message == "unknown key `QQQQQQQQQQQQ`");
        let helps: Vec<_> = unknown.map(|d| d.help.as_deref().unwrap()).collect();
        let [help] = helps[..] else { panic!("{text}: {found:?}") };
        let known: BTreeSet<_> = help.strip_prefix("known here: ").unwrap().split(", ").collect();
        let object = schema.pointer(place).unwrap();
        let said: BTreeSet<_> =
            object["properties"].as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(said, known, "{place}");
        assert_eq!(object["additionalProperties"], false, "{place}");
    }
    let closed = |value: &Value| value.get("additionalProperties") == Some(&Value::Bool(false));
    let all = schema["properties"].as_object().unwrap().values();
    let all = all.chain(schema["$defs"].as_object().unwrap().values());
    assert_eq!(all.filter(|v| closed(v)).count() + 1, OBJECTS.len(), "an object is not looked at");
}

/// A configuration with every key.
const WHOLE: &str = "
listen: 127.0.0.1:8080
admin: 127.0.0.1:8081
mappings: m
schemas: s
limits: { body: 8MiB, output: 1024, buffered: 256MiB, depth: 128 }
timeouts: { header: 10s, body: 30s, connect: 500ms, answer: 1m, idle: 1h, drain: 30s }
apis:
  orders:
    hosts: [api.example.com]
    prefix: /shop
    version:
      from: [{ header: X-V }, { path: '/v{version}' }, { query: v }, { media-type: v }]
      default: 1
      unknown: older
      answer: X-V
    backends:
      a: { url: 'http://x', version: 1, send: { header: X-V } }
      b: { url: 'http://x', version: '2', send: { path: '/{version}' } }
    route:
      - { operations: 'GET /x', versions: [1], to: a }
      - { split: { a: 90, b: 0 }, by: header.X-Tenant }
    unmapped: drop
    unmatched: pass
    bad-answers: pass
";

#[test]
fn what_is_read_is_valid() {
    let schema = schema();
    let mut examples = 0;
    for entry in std::fs::read_dir("examples").unwrap() {
        let Ok(text) = std::fs::read_to_string(entry.unwrap().path().join("fishplate.yaml")) else {
            continue;
        };
        let (tree, found) = read(&text);
        assert_eq!(found, []);
        assert_eq!(wrong(&schema, &schema, &tree), None);
        examples += 1;
    }
    assert!(examples > 0);
    let (tree, found) = read(WHOLE);
    assert_eq!(found, []);
    assert_eq!(wrong(&schema, &schema, &tree), None);
    for (from, to) in [
        ("answer: X-V", "answer: 3"),
        ("{ header: X-V }", "{ header: 3 }"),
        ("send: { header: X-V }", "send: { query: 3 }"),
        ("hosts: [api.example.com]", "hosts: ['[::1]', x]"),
        ("prefix: /shop", "prefix: /"),
        ("body: 8MiB", "body: '8 MiB'"),
        ("depth: 128", "depth: '128'"),
    ] {
        let (tree, found) = read(&WHOLE.replacen(from, to, 1));
        assert_eq!(found, [], "{to}");
        assert_eq!(wrong(&schema, &schema, &tree), None, "{to}");
    }
}

#[test]
fn what_is_not_read_is_not_valid() {
    let schema = schema();
    for (from, to) in [
        ("listen: 127.0.0.1:8080", "lisen: 127.0.0.1:8080"),
        ("depth: 128", "depth: 300"),
        ("depth: 128", "depht: 128"),
        ("drain: 30s", "drain: 30"),
        ("unknown: older", "unknown: newer"),
        ("{ query: v }", "{ query: v, header: v }"),
        ("{ query: v }", "{}"),
        ("{ query: v }", "{ client: false }"),
        ("url: 'http://x', version: '2'", "version: '2'"),
        ("send: { header: X-V }", "send: { head: X-V }"),
        ("versions: [1]", "versions: []"),
        ("b: 0 }", "b: -1 }"),
        ("b: 0 }", "b: half }"),
        ("to: a }", "by: client }"),
        ("split: {", "to: a, split: {"),
        ("unmatched: pass", "unmatched: drop"),
        ("bad-answers: pass", "bad-answers: drop"),
        ("listen: 127.0.0.1:8080", "listen: 127.0.0.1"),
        ("body: 8MiB", "body: 8MB"),
        ("header: 10s", "header: 0s"),
        ("depth: 128", "depth: many"),
        ("hosts: [api.example.com]", "hosts: ['*.example.com']"),
        ("prefix: /shop", "prefix: shop"),
        ("apis:\n  orders:", "apis:\n  a/b:"),
        ("apis:", "generations: 101\napis:"),
        ("apis:", "outcome: a b\napis:"),
        ("answer: X-V", "answer: X V"),
        ("path: '/v{version}'", "path: '/v'"),
        ("url: 'http://x', version: 1,", "url: 'https://x', version: 1,"),
        ("operations: 'GET /x'", "operations: 'get /x'"),
        ("operations: 'GET /x'", "operations: /x"),
        ("versions: [1], to: a }", "versions: [1], to: a, by: client }"),
        ("by: header.X-Tenant", "by: X-Tenant"),
        ("split: { a: 90, b: 0 }", "split: { a: 0, b: 0 }"),
        ("unmapped: drop", "error: { body: {}, content-type: json }"),
    ] {
        let (tree, found) = read(&WHOLE.replacen(from, to, 1));
        assert!(!found.is_empty(), "{to}");
        assert!(wrong(&schema, &schema, &tree).is_some(), "{to}");
    }
}

/// What of a value is not as a schema has it: as much of JSON Schema as that one uses.
fn wrong(root: &Value, schema: &Value, value: &Value) -> Option<String> {
    let number = |value: &Value| value.to_string().parse::<i64>().ok();
    let count = |value: &Value| value.as_object().map_or(0, serde_json::Map::len);
    for (word, said) in schema.as_object().unwrap() {
        let inner = match word.as_str() {
            "$schema" | "$defs" | "title" | "description" | "default" | "examples" => None,
            "$ref" => wrong(root, root.pointer(&said.as_str().unwrap()[1..]).unwrap(), value),
            "type" => {
                let kinds = said.as_array().cloned().unwrap_or_else(|| vec![said.clone()]);
                let is = |kind: &Value| match kind.as_str().unwrap() {
                    "object" => value.is_object(),
                    "array" => value.is_array(),
                    "string" => value.is_string(),
                    "number" => value.is_number(),
                    "integer" => value.is_number() && number(value).is_some(),
                    other => panic!("{other}"),
                };
                (!kinds.iter().any(is)).then(|| format!("{value} is not {said}"))
            }
            "required" => {
                let missing = |key: &&Value| value.get(key.as_str().unwrap()).is_none();
                said.as_array().unwrap().iter().find(missing).map(|key| format!("{key} is missing"))
            }
            "properties" => said
                .as_object()
                .unwrap()
                .iter()
                .find_map(|(key, schema)| wrong(root, schema, value.get(key)?)),
            "additionalProperties" => {
                let known = schema.get("properties").and_then(Value::as_object);
                let mut more = value.as_object().into_iter().flatten();
                more.find_map(|(key, value)| {
                    if known.is_some_and(|known| known.contains_key(key)) {
                        return None;
                    }
                    if *said == false {
                        Some(format!("{key} is not known"))
                    } else {
                        wrong(root, said, value)
                    }
                })
            }
            "items" => {
                value.as_array().and_then(|all| all.iter().find_map(|item| wrong(root, said, item)))
            }
            "enum" => (!said.as_array().unwrap().contains(value)).then(|| format!("{value}")),
            "not" => wrong(root, said, value).is_none().then(|| format!("{value} is {said}")),
            "const" => (said != value).then(|| format!("{value}")),
            "oneOf" => {
                let fits = said.as_array().unwrap().iter();
                let fits = fits.filter(|one| wrong(root, one, value).is_none()).count();
                (fits != 1).then(|| format!("{value} is {fits} of {said}"))
            }
            "minimum" => {
                number(value).filter(|n| *n < number(said).unwrap()).map(|n| n.to_string())
            }
            "maximum" => {
                number(value).filter(|n| *n > number(said).unwrap()).map(|n| n.to_string())
            }
            "minItems" => {
                let few = value.as_array().is_some_and(Vec::is_empty);
                few.then(|| format!("{value} is too short"))
            }
            "minProperties" => (count(value) < 1).then(|| format!("{value} is too short")),
            "maxProperties" => (count(value) > 1).then(|| format!("{value} is too long")),
            word => more(root, (word, said), value),
        };
        if inner.is_some() {
            return inner;
        }
    }
    None
}

/// The words that say something of texts, and of names.
fn more(root: &Value, (word, said): (&str, &Value), value: &Value) -> Option<String> {
    match word {
        "pattern" => value.as_str().and_then(|text| {
            let pattern = regex_lite::Regex::new(said.as_str().unwrap()).unwrap();
            (!pattern.is_match(text)).then(|| format!("{value} is not {said}"))
        }),
        "minLength" => value.as_str().filter(|text| text.is_empty()).map(String::from),
        "propertyNames" => {
            let names = value.as_object().into_iter().flatten();
            let names = names.map(|(name, _)| Value::String(name.clone()));
            names.into_iter().find_map(|name| wrong(root, said, &name))
        }
        "dependentRequired" => said.as_object().unwrap().iter().find_map(|(key, needs)| {
            let needs = needs.as_array().unwrap().iter().map(|key| key.as_str().unwrap());
            let mut lacks = needs.filter(|need| value.get(need).is_none());
            value.get(key).and_then(|_| lacks.next()).map(|need| format!("{need} is missing"))
        }),
        other => panic!("the test does not know `{other}`"),
    }
}
