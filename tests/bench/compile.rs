//! How long 200 versions of an API take to load, and how much memory: what `serve` does before it
//! answers its first request, and what a reload does (contracts and mappings parsed, every hop
//! resolved and checked). Then what programs take, which are made at their first use: one over all
//! hops, and those of all operations both ways. Does nothing unless `cargo bench` runs it.
#![expect(clippy::disallowed_types, reason = "a bench measures wall-clock time")]

use std::fmt::Write as _;
use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::time::Instant;

use fishplate::authoring::{self, Files};
use fishplate::compile::{self, Part, Series, Status, Subject, View, Way};
use fishplate::diagnostic::{Severity, Sources};
use fishplate::plan::Plan;

const VERSIONS: usize = 200;
const OPERATIONS: usize = 20;

fn main() {
    if !std::env::args().any(|argument| argument == "--bench") {
        return;
    }
    let (contracts, mappings) = texts();
    let bytes: usize = contracts.iter().map(|(_, c)| c.len()).sum::<usize>()
        + mappings.iter().map(String::len).sum::<usize>();
    println!("{VERSIONS} versions of {OPERATIONS} operations, {} KB of text", bytes / 1_000);
    let files = files(contracts, mappings);
    println!("  before         {:>8} KB resident at most", peak());
    let begin = Instant::now();
    let mut sources = Sources::default();
    let loaded = authoring::load(&mut sources, "things", &files, &[]);
    let errors = loaded.found.iter().filter(|d| d.severity == Severity::Error).count();
    println!(
        "  loaded   {:>6} ms, {:>8} KB ({errors} errors, {} notes and warnings)",
        begin.elapsed().as_millis(),
        peak(),
        loaded.found.len() - errors
    );
    let series = loaded.series.unwrap();
    let ends = [Way { from: 0, to: VERSIONS - 1 }, Way { from: VERSIONS - 1, to: 0 }];
    let begin = Instant::now();
    black_box(program(&series, 0, ends[0]));
    println!(
        "  one program of {} hops {} ms, {} KB",
        VERSIONS - 1,
        begin.elapsed().as_millis(),
        peak()
    );
    let begin = Instant::now();
    let plans: Vec<Plan> = ends
        .into_iter()
        .flat_map(|way| (0..OPERATIONS).map(move |operation| (way, operation)))
        .map(|(way, operation)| program(&series, operation, way))
        .collect();
    println!("  {} of them {} ms, {} KB", plans.len(), begin.elapsed().as_millis(), peak());
    black_box(&plans);
}

/// The program for the answer of an operation.
fn program(series: &Series, operation: usize, way: Way) -> Plan {
    let operation = &series.contracts[way.from].operations[operation];
    let track = series.plain_track(way.from, operation, way).unwrap();
    let subject = Subject::Message(&track, Part::Answer(Status::Is(200)), View::Body);
    let travel = series.travel(subject, way).unwrap().unwrap();
    compile::program(&travel.links, &travel.roots, travel.direction).unwrap()
}

/// The texts as files of directories.
fn files(contracts: Vec<(String, String)>, mappings: Vec<String>) -> Files {
    let (at, of) = (PathBuf::from("mappings/things"), PathBuf::from("schemas/things"));
    let file = |directory: &Path, version: &str| directory.join(format!("{version}.yaml"));
    Files {
        mapping_texts: (1..)
            .zip(mappings)
            .map(|(to, text)| (file(&at, &format!("v{to:03}")), text))
            .collect(),
        schema_texts: contracts
            .into_iter()
            .map(|(version, text)| (file(&of, &version), text))
            .collect(),
        mappings: at,
        schemas: of,
        ..Files::default()
    }
}

/// Kilobytes that were resident at most so far.
fn peak() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|l| l.trim().trim_end_matches("kB").trim().parse().ok()).unwrap_or(0)
}

/// Contracts with their versions, and the mappings between them. Each hop renames one field of
/// some types and adds one to another; all operations answer with lists of these types.
fn texts() -> (Vec<(String, String)>, Vec<String>) {
    let contracts = (0..VERSIONS).map(|at| (format!("v{at:03}"), contract(at))).collect();
    let mappings = (1..VERSIONS).map(mapping).collect();
    (contracts, mappings)
}

/// The name of the field of a type that hops rename.
fn wanders(ty: usize, version: usize) -> String {
    // Each type is touched by every fourth hop.
    format!("field_{}", (version + ty) / 4)
}

fn contract(at: usize) -> String {
    let mut text = String::from("openapi: 3.1.0\npaths:\n");
    for op in 0..OPERATIONS {
        write!(
            text,
            "  /things{op}:
    get:
      responses:
        '200':
          description: all
          content:
            application/json:
              schema: {{ type: array, items: {{ $ref: '#/components/schemas/Thing{op}' }} }}
"
        )
        .unwrap();
    }
    text += "components:\n  schemas:\n";
    for ty in 0..OPERATIONS {
        let other = (ty + 1) % OPERATIONS;
        write!(
            text,
            "    Thing{ty}:
      type: object
      properties:
        id: {{ type: integer }}
        {}: {{ type: string }}
        inner: {{ type: object, properties: {{ a: {{ type: string }}, b: {{ type: integer }} }} }}
        other: {{ $ref: '#/components/schemas/Thing{other}' }}
",
            wanders(ty, at)
        )
        .unwrap();
        for hop in (0..at).filter(|hop| hop % OPERATIONS == ty) {
            writeln!(text, "        added_{hop}: {{ type: string }}").unwrap();
        }
    }
    text
}

fn mapping(to: usize) -> String {
    let mut text = format!("mapping: 1\napi: things\nfrom: v{:03}\nto: v{to:03}\ntypes:\n", to - 1);
    for ty in 0..OPERATIONS {
        let (from, into) = (wanders(ty, to - 1), wanders(ty, to));
        let adds = (to - 1) % OPERATIONS == ty;
        if from != into || adds {
            writeln!(text, "  Thing{ty}:").unwrap();
        }
        if from != into {
            writeln!(text, "    fields: {{ {from}: {into} }}").unwrap();
        }
        if adds {
            writeln!(text, "    added: {{ added_{}: none }}", to - 1).unwrap();
        }
    }
    text
}
