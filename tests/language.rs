//! The reference of the mapping language, and the mapping that its pieces are from.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_path_buf()
}

/// The exit code of `check`, and all that it says.
fn check(mappings: &Path) -> (Option<i32>, String) {
    let schemas = root().join("examples/language/schemas");
    let run = Command::new(env!("CARGO_BIN_EXE_fishplate"))
        .arg("check")
        .args(["--mappings".as_ref(), mappings.as_os_str()])
        .args(["--schemas".as_ref(), schemas.as_os_str()])
        .output()
        .unwrap();
    let said = [run.stdout, run.stderr].concat();
    (run.status.code(), String::from_utf8(said).unwrap())
}

#[test]
fn check_finds_nothing_in_it_and_runs_its_examples() {
    let mappings = root().join("examples/language/mappings");
    let (code, said) = check(&mappings);
    assert_eq!((code, said.contains("0 errors, 0 warnings, 0 notes")), (Some(0), true), "{said}");

    // Each example is wrong as soon as what comes out is another.
    let text = fs::read_to_string(mappings.join("shop/v2.yaml")).unwrap();
    let (rules, examples) = text.split_once("examples:").unwrap();
    let wrong = examples.replace("new: {", "new: { extra: 1,").replace(", }", " }");
    let there = Path::new(env!("CARGO_TARGET_TMPDIR")).join("language");
    fs::create_dir_all(there.join("shop")).unwrap();
    fs::write(there.join("shop/v2.yaml"), format!("{rules}examples:{wrong}")).unwrap();
    let (code, said) = check(&there);
    let count = examples.matches("- type:").count();
    assert_eq!(code, Some(1));
    assert!(said.matches("F616").count() >= count, "{count}: {said}");
}

#[test]
fn the_reference_quotes_it() {
    let lines = |text: &str| -> Vec<String> { text.lines().map(|l| l.trim().to_owned()).collect() };
    let mapping =
        fs::read_to_string(root().join("examples/language/mappings/shop/v2.yaml")).unwrap();
    let mapping = lines(&mapping);
    let page = fs::read_to_string(root().join("docs/mappings.md")).unwrap();
    let blocks: Vec<&str> = page.split("```yaml\n").skip(1).collect();
    assert!(blocks.len() > 10);
    for block in blocks {
        let quoted = lines(block.split("```").next().unwrap());
        let found = mapping.windows(quoted.len()).any(|window| *window == *quoted);
        assert!(found, "not in the mapping:\n{}", quoted.join("\n"));
    }
}
