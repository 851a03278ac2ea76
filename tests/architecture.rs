//! The walls of the house: who imports whom, how large a file may be, and that the map is true.

use std::fs;
use std::path::{Path, PathBuf};

/// Each room and the rooms it may import, in floor order: no room imports a later one.
const ROOMS: &[(&str, &[&str])] = &[
    ("json", &[]),
    ("version", &[]),
    ("diagnostic", &[]),
    ("loss", &[]),
    ("body", &[]),
    ("coding", &[]),
    ("telemetry", &[]),
    ("document", &["diagnostic", "json"]),
    ("codec", &["json"]),
    ("message", &["json"]),
    ("contract", &["document", "diagnostic", "json", "message", "version"]),
    ("mapping", &["document", "diagnostic", "json", "version", "codec", "loss", "message"]),
    ("plan", &["codec", "json", "loss", "message"]),
    ("upstream", &["body"]),
    ("api", &["document", "json", "message", "upstream", "diagnostic", "version"]),
    (
        "compile",
        &[
            "contract",
            "mapping",
            "message",
            "plan",
            "codec",
            "diagnostic",
            "json",
            "loss",
            "version",
        ],
    ),
    ("translate", &["plan", "codec", "json", "loss", "message"]),
    ("reference", &["contract", "mapping", "codec", "json", "loss", "version", "message"]),
    (
        "authoring",
        &[
            "compile",
            "translate",
            "contract",
            "mapping",
            "message",
            "json",
            "diagnostic",
            "loss",
            "version",
        ],
    ),
    (
        "snapshot",
        &[
            "api",
            "authoring",
            "compile",
            "translate",
            "contract",
            "message",
            "document",
            "diagnostic",
            "loss",
            "version",
        ],
    ),
    (
        "gateway",
        &[
            "snapshot",
            "api",
            "plan",
            "translate",
            "upstream",
            "message",
            "body",
            "coding",
            "json",
            "version",
            "telemetry",
        ],
    ),
    ("admin", &["api", "gateway", "snapshot", "json", "telemetry"]),
    ("config", &["api", "gateway", "snapshot", "upstream", "document", "diagnostic"]),
    (
        "cli",
        &[
            "authoring",
            "contract",
            "compile",
            "translate",
            "plan",
            "diagnostic",
            "json",
            "loss",
            "version",
            "config",
            "snapshot",
            "gateway",
            "admin",
            "upstream",
            "telemetry",
        ],
    ),
];

fn sources(under: &Path, into: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(under).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, into);
        } else if path.extension().is_some_and(|e| e == "rs") {
            into.push(path);
        }
    }
}

/// The room of a file under `src`.
fn room(path: &Path) -> String {
    let first = path.strip_prefix("src").unwrap().components().next().unwrap();
    first.as_os_str().to_string_lossy().trim_end_matches(".rs").to_owned()
}

/// A text without its comments.
fn code(text: &str) -> String {
    let lines = text.lines().map(|line| line.split("//").next().unwrap_or_default());
    lines.collect::<Vec<_>>().join("\n")
}

/// The rooms that a text names after `crate::`.
fn imports(text: &str) -> Vec<String> {
    let code = code(text);
    let word = |t: &str| -> String {
        t.trim_start().chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect()
    };
    let mut found = Vec::new();
    for after in code.split("crate::").skip(1) {
        if let Some(group) = after.strip_prefix('{') {
            let mut depth = 0;
            let mut start = true;
            for (at, c) in group.char_indices() {
                match c {
                    '{' => depth += 1,
                    '}' if depth == 0 => break,
                    '}' => depth -= 1,
                    ',' if depth == 0 => start = true,
                    c if start && !c.is_whitespace() => {
                        found.push(word(&group[at..]));
                        start = false;
                    }
                    _ => {}
                }
            }
        } else {
            found.push(word(after));
        }
    }
    found
}

/// Rooms in which something may wait: the rest is pure functions over bytes.
const ASYNC: &[&str] =
    &["body", "gateway", "upstream", "admin", "telemetry", "snapshot/watch", "cli"];

/// Crates that belong to rooms that wait.
const RUNTIME: &[&str] = &["tokio", "tokio_util", "hyper", "hyper_util", "axum"];

/// Whether code names a crate.
fn names(code: &str, crate_name: &str) -> bool {
    let path = format!("{crate_name}::");
    code.match_indices(&path)
        .any(|(at, _)| !code[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == ':'))
}

/// What a file uses of the world that its room must not.
fn foreign(path: &Path, text: &str) -> Vec<String> {
    let code = code(text);
    let place = path.strip_prefix("src").unwrap().with_extension("");
    let place = place.to_string_lossy();
    let waits = ASYNC.iter().any(|own| *place == **own || place.starts_with(&format!("{own}/")));
    let mut faults = Vec::new();
    if !waits {
        let used = RUNTIME.iter().filter(|name| names(&code, name));
        faults.extend(used.map(|name| format!("uses `{name}` where nothing waits")));
        let own = *place == *"snapshot/ahead";
        let blocks = !own && ["std::thread", "thread", "mpsc"].iter().any(|n| names(&code, n));
        if code.contains("async ") || code.contains(".await") || blocks {
            faults.push("waits".to_owned());
        }
    }
    // Numbers, names that stand twice and the order of members would be lost in its trees.
    if names(&code, "serde_json") {
        faults.push("uses `serde_json`".to_owned());
    }
    let reads = ["snapshot/build", "snapshot/watch", "cli"];
    if !reads.iter().any(|own| *place == **own || place.starts_with(&format!("{own}/")))
        && (names(&code, "std::fs") || names(&code, "fs") || code.contains("File::open"))
    {
        faults.push("touches the disk".to_owned());
    }
    faults
}

/// What is wrong with a file.
fn faults(path: &Path, text: &str) -> Vec<String> {
    let mut faults = Vec::new();
    let own = room(path);
    let name = path.file_name().unwrap().to_string_lossy();
    if !text.starts_with("//! ") {
        faults.push("does not begin with what it is for".to_owned());
    }
    if text.lines().count() > 500 && !WIDE.contains(&path.to_str().unwrap()) {
        faults.push("has more than 500 lines".to_owned());
    }
    let vague = ["utils", "util", "helpers", "common", "misc", "types", "prelude"];
    if vague.iter().any(|v| *name == format!("{v}.rs")) {
        faults.push("has a name that says nothing".to_owned());
    }
    if name == "mod.rs" && path.components().count() == 3 && text.contains("use super::") {
        faults.push("leaves its room by `super`".to_owned());
    }
    if ["main", "lib"].contains(&own.as_str()) {
        return faults;
    }
    faults.extend(foreign(path, text));
    let Some((_, allowed)) = ROOMS.iter().find(|(room, _)| *room == own) else {
        faults.push(format!("stands in the unknown room `{own}`"));
        return faults;
    };
    for import in imports(text) {
        if import != own && !allowed.contains(&import.as_str()) {
            faults.push(format!("imports `{import}`"));
        }
    }
    faults
}

/// Files that wait for their wall.
const WIDE: &[&str] = &[];

#[test]
fn every_file_keeps_to_its_room() {
    let mut files = Vec::new();
    sources(Path::new("src"), &mut files);
    assert!(files.len() > 10);
    let mut all = Vec::new();
    for path in files {
        let text = fs::read_to_string(&path).unwrap();
        all.extend(faults(&path, &text).into_iter().map(|f| format!("{} {f}", path.display())));
    }
    assert!(all.is_empty(), "{}", all.join("\n"));
}

#[test]
fn planted_faults_are_found() {
    let path = Path::new("src/json/scan.rs");
    assert!(faults(path, "//! x\nuse crate::plan::Plan;").contains(&"imports `plan`".to_owned()));
    let group = "//! x\nuse crate::{json::a, plan::{b, c}, loss};";
    assert_eq!(imports(group), ["json", "plan", "loss"]);
    assert_eq!(faults(path, "//! x\n// crate::plan::Plan"), Vec::<String>::new());
    assert_eq!(faults(path, "fn x() {}").len(), 1);
    let wait = "//! x\nuse tokio::time;\nasync fn x() {}";
    assert_eq!(faults(path, wait), ["uses `tokio` where nothing waits", "waits"]);
    assert_eq!(faults(Path::new("src/snapshot/watch.rs"), wait), Vec::<String>::new());
    assert!(faults(Path::new("src/snapshot/store.rs"), wait).len() == 2);
    let sleep = "//! x\nuse std::thread;\nfn x() { thread::sleep(y) }";
    assert_eq!(faults(path, sleep), ["waits"]);
    assert_eq!(faults(Path::new("src/snapshot/ahead.rs"), sleep), Vec::<String>::new());
    let tree = "//! x\nfn x(value: &serde_json::Value) {}";
    assert_eq!(faults(Path::new("src/translate/value.rs"), tree), ["uses `serde_json`"]);
    let disk = "//! x\nuse std::fs;\nfn x() { fs::read(\"x\"); }";
    assert_eq!(faults(Path::new("src/contract/load.rs"), disk), ["touches the disk"]);
    assert_eq!(faults(path, "//! x\nfn x() { xfs::read() }"), Vec::<String>::new());
}

/// What a workspace's visible top level is, and nothing else.
#[test]
fn the_top_level_is_closed() {
    let known = [
        "ARCHITECTURE.md",
        "CHANGELOG.md",
        "CONTRIBUTING.md",
        "Cargo.lock",
        "Cargo.toml",
        "LICENSE",
        "README.md",
        "docs",
        "examples",
        "mappings",
        "schemas",
        "src",
        "tests",
        "target",
    ];
    for entry in fs::read_dir(".").unwrap() {
        let name = entry.unwrap().file_name().to_string_lossy().into_owned();
        assert!(name.starts_with('.') || known.contains(&name.as_str()), "{name}");
    }
}

#[test]
fn floors_are_in_order() {
    for (at, (room, allowed)) in ROOMS.iter().enumerate() {
        for import in *allowed {
            let floor = ROOMS.iter().position(|(r, _)| r == import);
            assert!(floor.is_some_and(|floor| floor < at), "{room} imports {import} above it");
        }
    }
}

#[test]
fn every_edge_of_the_map_is_there() {
    let mut files = Vec::new();
    sources(Path::new("src"), &mut files);
    let mut unused = Vec::new();
    for (own, allowed) in ROOMS {
        let files = files.iter().filter(|path| room(path) == *own);
        let used: Vec<_> = files.flat_map(|p| imports(&fs::read_to_string(p).unwrap())).collect();
        let nobody = allowed.iter().filter(|import| !used.iter().any(|u| u == *import));
        unused.extend(nobody.map(|import| format!("{own} imports no {import}")));
    }
    assert!(unused.is_empty(), "{}", unused.join("\n"));
}

#[test]
fn the_map_says_the_same() {
    let map = fs::read_to_string("ARCHITECTURE.md").unwrap();
    assert!(map.lines().count() <= 150);
    for (room, allowed) in ROOMS {
        let list = allowed.iter().map(|r| format!("`{r}`")).collect::<Vec<_>>().join(", ");
        let list = if list.is_empty() { "–".to_owned() } else { list };
        let row = format!("| `{room}` | {list} |");
        assert!(map.contains(&row), "missing in ARCHITECTURE.md: {row}");
    }
    let (_, rooms) = map.split_once("## Rooms").unwrap();
    let (rooms, _) = rooms.split_once("\n## ").unwrap();
    for (room, _) in ROOMS {
        let said = |bullet: &&str| {
            let names = bullet.split_once(": ").map_or("", |(names, _)| names);
            names.contains(&format!("`{room}`"))
        };
        let bullet = rooms.split("\n- ").find(said);
        let invariant = bullet.is_some_and(|bullet| bullet.contains("**Invariant:**"));
        assert!(invariant, "no invariant of `{room}` in ARCHITECTURE.md");
    }
}

#[test]
fn the_map_says_why_each_crate_is_there() {
    let map = fs::read_to_string("ARCHITECTURE.md").unwrap();
    let (_, said) = map.split_once("## Dependencies").unwrap();
    let manifest = fs::read_to_string("Cargo.toml").unwrap();
    let (_, rest) = manifest.split_once("[dependencies]").unwrap();
    let (crates, _) = rest.split_once("[[bench]]").unwrap();
    let names: Vec<&str> = crates.lines().filter_map(|l| Some(l.split_once(" = ")?.0)).collect();
    assert!(names.len() > 20, "{names:?}");
    for name in names {
        assert!(said.contains(&format!("`{name}`")), "`{name}` is not in ARCHITECTURE.md");
    }
}
