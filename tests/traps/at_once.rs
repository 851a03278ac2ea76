//! Rules hold all at once: in which order they stand, and in which file, says nothing.

use std::collections::BTreeMap;
use std::path::PathBuf;

use fishplate::authoring::{self, Files};
use fishplate::compile::{Series, Subject};
use fishplate::diagnostic::{Severity, Sources};

use crate::both::{Downgrade, Said, Upgrade, ends, heads, o, run, short};

/// Words with their entries, some of which meet: what one writes another reads, or displaces.
const RULES: [(&str, &[&str]); 4] = [
    (
        "fields",
        &[
            "a: b",
            "b: a",
            "c: {to: m.c, map: {p: q}}",
            "m.d: d",
            "l: {to: k, wrap: new}",
            "n: {convert: {old: integer, new: string}}",
            "e: {absent: {old: 5, new: 6}}",
        ],
    ),
    ("added", &["t: 1", "u: {$from: a}", "m.v: 2"]),
    ("removed", &["g: $absent", "h: {$from: b, else: none}"]),
    ("alias", &["f: a"]),
];

fn contracts() -> [String; 2] {
    let old = format!(
        "a: <s>, b: <s>, c: <s>, m: {}, l: <s>, n: <i>, e: <i>, g: <s>, h: <s>, f: <s>",
        o("d: <s>")
    );
    let new = format!(
        "a: <s>, b: <s>, m: {}, d: <s>, k: {{type: array, items: <s>}}, n: <s>, e: <i>, t: <i>, u: <s>",
        o("c: <s>, v: <i>")
    );
    [old, new].map(|t| short(&format!("$defs: {{T: {}}}", o(&t))))
}

/// Everything that the files of one mapping say.
fn load(files: &[String]) -> Series {
    let text = |at: usize| {
        let head = heads(&["", &files[at]])[1].replace("from: v1\nto: v2", "from: v0\nto: v1");
        (PathBuf::from(format!("mappings/v1/{at}.yaml")), head)
    };
    let contracts = contracts();
    let schemas = contracts.iter().enumerate();
    let files = Files {
        mappings: "mappings".into(),
        schemas: "schemas".into(),
        mapping_texts: (0..files.len()).map(text).collect(),
        schema_texts: schemas
            .map(|(at, text)| (PathBuf::from(format!("schemas/v{at}.yaml")), text.clone()))
            .collect::<BTreeMap<_, _>>(),
        ..Files::default()
    };
    let loaded = authoring::load(&mut Sources::default(), "t", &files, &[]);
    let errors = loaded.found.iter().filter(|d| d.severity == Severity::Error);
    let errors: Vec<String> = errors.map(|d| format!("{} {}", d.code, d.message)).collect();
    loaded.series.unwrap_or_else(|| panic!("{errors:?} {files:?}"))
}

/// A block of these words; `turn` is how far their entries are turned around.
fn block(words: &[(&str, &[&str])], turn: usize) -> String {
    let words = words.iter().map(|(word, entries)| {
        let mut entries = entries.to_vec();
        let by = turn % entries.len();
        entries.rotate_left(by);
        if turn % 2 == 1 {
            entries.reverse();
        }
        format!("{word}: {{{}}}", entries.join(", "))
    });
    format!("types: {{T: {{{}}}}}", words.collect::<Vec<_>>().join(", "))
}

/// What was said, losses in no order.
fn said(said: &Said) -> (String, Vec<String>) {
    let mut rest: Vec<String> = said.rest.split(" | ").map(str::to_owned).collect();
    rest.sort();
    (said.bytes.clone(), rest)
}

const OLD: [&str; 4] = [
    r#"{"a":"1","b":"2","c":"p","m":{"d":"3"},"l":"4","n":5,"e":6,"g":"7","h":"8","f":"9"}"#,
    r#"{"f":"1","e":null,"n":"x","m":{},"c":"z","x":1,"t":2}"#,
    r#"{"b":"1","m":{"d":null,"x":1},"u":"y","k":"z"}"#,
    "{}",
];
const NEW: [&str; 4] = [
    r#"{"a":"1","b":"2","m":{"c":"q","v":2},"d":"3","k":["4","5"],"n":"5","e":6,"t":1,"u":"8"}"#,
    r#"{"t":7,"u":"x","k":[],"n":"x","m":{"v":3},"f":1,"g":2}"#,
    r#"{"m":null,"d":"1","k":null,"c":"z","h":3}"#,
    "{}",
];

#[test]
fn the_order_of_rules_and_files_says_nothing() {
    let all = |series: &Series| -> Vec<(String, Vec<String>)> {
        let up = OLD.iter().map(|text| (Upgrade, text));
        let both = up.chain(NEW.iter().map(|text| (Downgrade, text)));
        both.map(|(way, text)| {
            said(&run(series, Subject::Type("T"), ends(series, way), text.as_bytes()))
        })
        .collect()
    };
    let expected = all(&load(&[block(&RULES, 0)]));
    assert!(expected.iter().all(|(bytes, _)| !bytes.is_empty()), "{expected:?}");
    for turn in 1..8 {
        let mut words = RULES;
        words.rotate_left(turn % RULES.len());
        assert_eq!(all(&load(&[block(&words, turn)])), expected, "turned by {turn}");
        // The same in several files, each with some of the words.
        let (one, other) = words.split_at(1 + turn % 3);
        let files = [block(one, turn), block(other, 0)];
        let got = all(&load(&files));
        for ((bytes, _), (same, _)) in got.iter().zip(&expected) {
            assert_eq!(bytes, same, "in two files, turned by {turn}");
        }
    }
}
