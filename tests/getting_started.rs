//! `docs/getting-started.md`, done as it says: every block of commands is run, in order, and what is
//! printed is what the page prints.

use std::net::TcpListener;
use std::process::{Command, Stdio};

/// The blocks of a page: what each is, and its text.
fn blocks(page: &str) -> Vec<(&str, &str)> {
    let mut blocks = Vec::new();
    let mut rest = page;
    while let Some((_, from)) = rest.split_once("\n```") {
        let (kind, from) = from.split_once('\n').unwrap();
        let (text, after) = from.split_once("\n```").unwrap();
        blocks.push((kind, text));
        rest = after;
    }
    blocks
}

fn free_port() -> String {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port().to_string()
}

#[test]
fn the_page_is_what_happens() {
    let mut page = std::fs::read_to_string("docs/getting-started.md").unwrap();
    for port in ["8080", "8081", "9002"] {
        page = page.replace(&format!("127.0.0.1:{port}"), &format!("127.0.0.1:{}", free_port()));
    }
    // The server names its port by itself.
    let asked = page.split_once("url: \"http://127.0.0.1:").unwrap().1;
    let port: String = asked.chars().take_while(char::is_ascii_digit).collect();
    let page = page.replace("(\"127.0.0.1\", 9002)", &format!("(\"127.0.0.1\", {port})"));
    let mut script = String::from("set -eu\ntrap 'kill $(jobs -p) 2>/dev/null || true' EXIT\n");
    let mut expected = String::new();
    for (kind, text) in blocks(&page) {
        match kind {
            "sh" => script.extend([text, "\n"]),
            "text" => expected.extend([text, "\n"]),
            other => panic!("a block of `{other}`"),
        }
    }
    let place = std::env::temp_dir().join(format!("fishplate-page-{}", std::process::id()));
    std::fs::create_dir_all(&place).unwrap();
    let program = std::path::Path::new(env!("CARGO_BIN_EXE_fishplate")).parent().unwrap();
    let path = format!("{}:{}", program.display(), std::env::var("PATH").unwrap());
    let done = Command::new("bash")
        .args(["-c", &script])
        .current_dir(&place)
        .env("PATH", path)
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let log = std::fs::read_to_string(place.join("desk/gateway.log")).unwrap_or_default();
    drop(std::fs::remove_dir_all(&place));
    let (out, err) = (String::from_utf8_lossy(&done.stdout), String::from_utf8_lossy(&done.stderr));
    assert!(done.status.success(), "{out}\n{err}\n{log}");
    assert_eq!(out, expected, "{err}\n{log}");
}
