//! What `fishplate check` says of everything that can be wrong with a file: one file for each
//! code in `tests/diagnostics`, with its input and the output. `FISHPLATE_BLESS=1` writes the
//! outputs anew. Every code is explained in `docs/diagnostics.md`.

#[path = "shared/sections.rs"]
mod sections;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use sections::{MARK, sections};

/// What needs an input too large to show, a disk that fails, or a process that serves, and the test
/// that has it.
const ELSEWHERE: &[(&str, &str)] = &[
    ("F104", "src/document/tests.rs"),
    ("F105", "src/document/tests.rs"),
    ("F111", "src/document/tests.rs"),
    ("F216", "tests/traps/contracts.rs"),
    ("F408", "tests/e2e/amiss.rs"),
    ("F503", "tests/e2e/amiss.rs"),
];

fn cases() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/diagnostics");
    let mut all: Vec<PathBuf> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    all.sort();
    all
}

/// Lays the files out and checks them; gives what was printed.
fn check(name: &str, files: &[(String, String)]) -> String {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("diagnostics").join(name);
    drop(fs::remove_dir_all(&folder));
    for (file, text) in files {
        let path = folder.join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    let mut command = Command::new(env!("CARGO_BIN_EXE_fishplate"));
    if files.iter().any(|(file, _)| file == "fishplate.yaml") {
        command.args(["check", "--config", "fishplate.yaml"]);
    } else {
        command.args(["check", "--mappings", "mappings", "--schemas", "schemas"]);
    }
    let output = command.env("NO_COLOR", "1").current_dir(&folder).output().unwrap();
    let mut text = String::from_utf8(output.stdout).unwrap();
    text.push_str(std::str::from_utf8(&output.stderr).unwrap());
    let lines: Vec<&str> = text.lines().map(str::trim_end).collect();
    let code = output.status.code().unwrap();
    format!("{}\nexit code {code}\n", lines.join("\n").trim())
}

#[test]
fn every_mistake_is_reported_as_written() {
    let bless = std::env::var_os("FISHPLATE_BLESS").is_some();
    let mut wrong = Vec::new();
    for path in cases() {
        let text = fs::read_to_string(&path).unwrap();
        let mut files = sections(&text);
        let expected = match files.pop() {
            Some((name, expected)) if name == "expected" => expected,
            other => {
                files.extend(other);
                String::new()
            }
        };
        let name = path.file_stem().unwrap().to_str().unwrap();
        let got = check(name, &files);
        if got == expected {
            continue;
        }
        if bless {
            let mut text = String::new();
            for (name, body) in &files {
                text = format!("{text}{MARK}{name}\n{body}");
            }
            text = format!("{text}{MARK}expected\n{got}");
            fs::write(&path, text).unwrap();
        } else {
            wrong.push(format!("{name}\n--- expected\n{expected}--- got\n{got}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Every `"F` and three digits in the sources.
fn codes(under: &Path, into: &mut BTreeSet<String>) {
    for entry in fs::read_dir(under).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            codes(&path, into);
            continue;
        }
        let text = fs::read_to_string(&path).unwrap();
        for part in text.split("\"F").skip(1) {
            if let Some((code, _)) = part.split_once('"')
                && code.len() == 3
                && code.bytes().all(|b| b.is_ascii_digit())
            {
                into.insert(format!("F{code}"));
            }
        }
    }
}

#[test]
fn every_code_is_explained_and_shown() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut known = BTreeSet::new();
    codes(&root.join("src"), &mut known);
    assert!(known.len() > 60, "{known:?}");
    let page = fs::read_to_string(root.join("docs/diagnostics.md")).unwrap();
    let explained: BTreeSet<String> = page
        .lines()
        .filter_map(|line| line.strip_prefix("| F"))
        .map(|line| format!("F{}", &line[..3]))
        .collect();
    assert_eq!(explained, known);
    let shown: String = cases().iter().map(|path| fs::read_to_string(path).unwrap()).collect();
    let missing: Vec<_> = known
        .iter()
        .filter(|code| !shown.contains(code.as_str()) && !ELSEWHERE.iter().any(|(e, _)| e == code))
        .collect();
    assert!(missing.is_empty(), "without a case in tests/diagnostics: {missing:?}");
    let tested = |(code, file): &&(&str, &str)| {
        fs::read_to_string(root.join(file)).is_ok_and(|text| text.contains(code))
    };
    let missing: Vec<_> = ELSEWHERE.iter().filter(|entry| !tested(entry)).collect();
    assert!(missing.is_empty(), "without a test: {missing:?}");
}
