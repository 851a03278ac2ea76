//! The index of traps beside this file names tests that are there.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// Whether a test of this name is there: `traps::names::the_empty_name` in `tests/traps/names.rs`,
/// `src::json::number::…` under `src`, `diagnostics/F604-…` as a case.
fn is_there(name: &str) -> bool {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    if let Some(case) = name.strip_prefix("diagnostics/") {
        return root.join(format!("tests/diagnostics/{case}.txt")).is_file();
    }
    let Some((place, test)) = name.rsplit_once("::") else { return false };
    let place = place.replace("::", "/");
    let own = place.strip_prefix("src/").map(|rest| format!("src/{rest}.rs"));
    let path = root.join(own.unwrap_or_else(|| format!("tests/{place}.rs")));
    let Ok(source) = fs::read_to_string(path) else { return false };
    // Some are made by a macro.
    source.contains(&format!("fn {test}() {{")) || source.contains(&format!("shards!({test}:"))
}

/// The rows of the index: a trap, and what is named for it.
fn rows(text: &str) -> Vec<(&str, Vec<&str>)> {
    let rows = text.lines().filter_map(|line| line.strip_prefix("| ")?.strip_suffix(" |"));
    let rows = rows.filter_map(|row| row.rsplit_once(" | ")).filter(|(trap, _)| *trap != "trap");
    rows.map(|(trap, tests)| (trap, tests.split('`').skip(1).step_by(2).collect())).collect()
}

#[test]
fn every_trap_has_tests_and_every_test_is_there() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/traps/README.md");
    let text = fs::read_to_string(path).unwrap();
    let rows = rows(&text);
    assert!(rows.len() > 80, "{}", rows.len());
    let traps: BTreeSet<&str> = rows.iter().map(|(trap, _)| *trap).collect();
    assert_eq!(traps.len(), rows.len(), "each trap once");
    let mut wrong = Vec::new();
    for (trap, tests) in rows {
        if tests.is_empty() {
            wrong.push(format!("{trap}: no test"));
        }
        wrong.extend(tests.iter().filter(|t| !is_there(t)).map(|t| format!("{trap}: no {t}")));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    // It is no test that finds whatever it is asked for.
    assert!(
        is_there("traps::names::the_empty_name")
            && is_there("e2e::routes::a_version_that_nobody_says")
    );
    for none in ["traps::names::the_empty", "traps::nowhere::x", "traps::names", "diagnostics/F000"]
    {
        assert!(!is_there(none), "{none}");
    }
}
