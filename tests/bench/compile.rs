//! How long 200 versions of an API take to load, and how much memory: contracts and mappings
//! parsed, every hop resolved, and the programs between the two ends of the history made. Does
//! nothing unless `cargo bench` runs it.
#![expect(clippy::disallowed_types, reason = "a bench measures wall-clock time")]

mod api;

use std::fmt::Write as _;
use std::hint::black_box;
use std::time::Instant;

use api::Api;
use fishplate::version::Direction;

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
    println!("  before         {:>8} KB resident at most", peak());
    let begin = Instant::now();
    let api = Api::load(&contracts, &mappings);
    println!("  parsed   {:>6} ms, {:>8} KB", begin.elapsed().as_millis(), peak());
    let mut plans = Vec::new();
    for direction in [Direction::Upgrade, Direction::Downgrade] {
        for operation in 0..OPERATIONS {
            plans.push(api.answer(operation, direction));
        }
    }
    println!(
        "  compiled {:>6} ms, {:>8} KB ({} programs of {} hops)",
        begin.elapsed().as_millis(),
        peak(),
        plans.len(),
        VERSIONS - 1
    );
    black_box(&plans);
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
