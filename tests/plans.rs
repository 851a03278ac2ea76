//! Programs as text, one case a file under `tests/plans`: contracts (`=== contract v1`), mappings
//! between each and the next (`=== mapping`, without their heads), and the program of a type up
//! (`=== up Order`) or down the whole chain. With `FISHPLATE_BLESS=1` the test writes the programs
//! anew. `docs/cli.md` says how to read them.

#[path = "shared/sections.rs"]
mod sections;

use std::fs;
use std::path::{Path, PathBuf};

use fishplate::authoring::{self, Files};
use fishplate::compile::{self, Series, Subject, Way};
use fishplate::diagnostic::Sources;
use fishplate::plan::listing;

use sections::{MARK, sections};

/// The API that contracts and mappings make; `check` has nothing against it.
fn series(contracts: &[(String, String)], mappings: &[String]) -> Series {
    let mut files = Files::default();
    for (version, text) in contracts {
        files.schema_texts.insert(PathBuf::from(format!("{version}.yaml")), text.clone());
    }
    for (pair, body) in contracts.windows(2).zip(mappings) {
        let [(from, _), (to, _)] = pair else { unreachable!("windows of two") };
        let text = format!("mapping: 1\napi: case\nfrom: {from}\nto: {to}\n{body}");
        files.mapping_texts.insert(PathBuf::from(format!("{to}.yaml")), text);
    }
    let mut sources = Sources::default();
    let loaded = authoring::load(&mut sources, "case", &files, &[]);
    loaded.series.unwrap_or_else(|| panic!("{:#?}", loaded.found))
}

/// The program of a type, through all versions.
fn program(series: &Series, direction: &str, name: &str) -> String {
    let last = series.versions.len() - 1;
    let (from, to) = if direction == "up" { (0, last) } else { (last, 0) };
    let travel = series.travel(Subject::Type(name), Way { from, to }).unwrap().unwrap();
    let plan = compile::program(&travel.links, &travel.roots, travel.direction).unwrap();
    listing(&plan, &|id| {
        let (name, version) = authoring::rule_name(series, id);
        format!("{name} of {version}")
    })
}

/// A case with its programs as they are.
fn render(text: &str) -> String {
    let all = sections(text);
    let of = |prefix: &'static str| {
        all.iter().filter_map(move |(name, body)| {
            name.strip_prefix(prefix).map(|rest| (rest.trim().to_owned(), body.clone()))
        })
    };
    let contracts: Vec<_> = of("contract").collect();
    let mappings: Vec<_> = of("mapping").map(|(_, body)| body).collect();
    assert_eq!(contracts.len(), mappings.len() + 1, "a mapping between each contract and the next");
    let series = series(&contracts, &mappings);
    let mut programs = 0;
    let mut out = String::new();
    for (name, body) in &all {
        let body = match name.split_once(' ') {
            Some((direction @ ("up" | "down"), of)) => {
                programs += 1;
                program(&series, direction, of)
            }
            _ => body.clone(),
        };
        out = format!("{out}{MARK}{name}\n{body}");
    }
    assert!(programs > 0, "no program is asked for");
    out
}

#[test]
fn every_program_is_as_written() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/plans");
    let bless = std::env::var_os("FISHPLATE_BLESS").is_some();
    let mut wrong = Vec::new();
    let mut paths: Vec<PathBuf> =
        fs::read_dir(folder).unwrap().map(|e| e.unwrap().path()).collect();
    paths.sort();
    assert!(paths.len() > 10);
    for path in paths {
        let expected = fs::read_to_string(&path).unwrap();
        let got = render(&expected);
        assert_eq!(got, render(&expected), "{}: the same twice", path.display());
        if got == expected {
            continue;
        }
        if bless {
            fs::write(&path, got).unwrap();
        } else {
            wrong.push(format!("{}\n--- expected\n{expected}--- got\n{got}", path.display()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// A renamed member and one that moves into an object, in so many hops: the last does both.
fn spread(hops: usize) -> String {
    let contract = |at: usize| {
        let name = if at == hops { "name".to_owned() } else { format!("name_{at}") };
        let total = if at == hops {
            "total: { type: object, properties: { amount: { type: integer } } }"
        } else {
            "cents: { type: integer }"
        };
        let text = format!(
            "$defs:\n  Order:\n    type: object\n    properties:\n      id: {{ type: integer }}\n      \
             {name}: {{ type: string }}\n      {total}\n"
        );
        (format!("v{at}"), text)
    };
    let mapping = |at: usize| {
        let last = at + 1 == hops;
        let (to, more) = if last {
            ("name".to_owned(), ", cents: total.amount")
        } else {
            (format!("name_{}", at + 1), "")
        };
        format!("types:\n  Order:\n    fields: {{ name_{at}: {to}{more} }}\n")
    };
    let contracts: Vec<_> = (0..=hops).map(contract).collect();
    let mappings: Vec<_> = (0..hops).map(mapping).collect();
    program(&series(&contracts, &mappings), "up", "Order")
}

#[test]
fn a_program_does_not_grow_with_its_hops() {
    // Names that only middle versions have do not come up: only the last contract is in force.
    let actions = |text: String| {
        let (actions, _) = text.split_once("\nrules\n").unwrap();
        actions.to_owned()
    };
    let one = actions(spread(1));
    assert!(one.contains("copy as name"), "{one}");
    for hops in [2, 7, 40] {
        assert_eq!(actions(spread(hops)), one, "{hops} hops");
    }
}
