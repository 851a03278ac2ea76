//! Contracts of a shape that nobody writes by hand: each is loaded, or refused with its place, in
//! the time that its size gives.

use std::fmt::Write as _;

use fishplate::contract;
use fishplate::diagnostic::{Severity, Sources};
use fishplate::version::ApiVersion;

/// The codes of what is wrong with a contract, each once.
fn faults(text: &str) -> Vec<&'static str> {
    let none = &mut |_: &str| Err("there is no other file".to_owned());
    let (loaded, found) =
        contract::load(&mut Sources::default(), ApiVersion::new("v1"), ("v1.yaml", text), none);
    let errors = found.iter().filter(|d| d.severity == Severity::Error);
    let mut codes: Vec<_> = errors.map(|d| d.code).collect();
    codes.sort_unstable();
    codes.dedup();
    assert_eq!(loaded.is_none(), !codes.is_empty(), "{codes:?}");
    codes
}

/// So many schemas, each nothing but a reference to the next, under a key of the document; the
/// last says something.
fn chain(section: &str, length: usize) -> String {
    let mut text = format!("{section}:\n");
    for at in 0..length {
        writeln!(text, "  S{at}: {{ $ref: '#/{section}/S{}' }}", at + 1).unwrap();
    }
    writeln!(text, "  S{length}: {{ type: object, properties: {{ a: {{ type: string }} }} }}")
        .unwrap();
    text
}

#[test]
fn a_chain_of_references() {
    assert_eq!(faults(&chain("$defs", 150)), [""; 0]);
    // Walked anew from each schema, to its end, one of this length takes minutes; walked down by
    // calls, it takes the stack.
    assert_eq!(faults(&chain("$defs", 20_000)), ["F216"]);
    let apart = |length| chain("parts", length) + "$defs:\n  T: { $ref: '#/parts/S0' }\n";
    assert_eq!(faults(&apart(150)), [""; 0]);
    assert_eq!(faults(&apart(20_000)), ["F206", "F216"]);
}

#[test]
fn references_that_go_round() {
    let round = [
        "$defs: { A: { $ref: '#/$defs/A' } }",
        "$defs: { A: { $ref: '#/$defs/B' }, B: { $ref: '#/$defs/A' } }",
        // The first is not on the way round.
        "$defs: { A: { $ref: '#/$defs/B' }, B: { $ref: '#/$defs/C' }, C: { $ref: '#/$defs/B' } }",
    ];
    for text in round {
        assert_eq!(faults(text), ["F206"], "{text}");
    }
    let at = |n: usize| (n + 1) % 20_000;
    let mut long = String::from("$defs:\n  First: { $ref: '#/$defs/S77' }\n");
    for n in 0..20_000 {
        writeln!(long, "  S{n}: {{ $ref: '#/$defs/S{}' }}", at(n)).unwrap();
    }
    assert_eq!(faults(&long), ["F216"]);
}
