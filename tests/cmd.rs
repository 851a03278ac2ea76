//! The command line as a user runs it: transcripts under `tests/cmd` (`TRYCMD=overwrite` writes them
//! anew), and what they cannot say.

use std::io::Write;
use std::process::{Command, Output, Stdio};

#[test]
fn every_transcript_is_what_happens() {
    trycmd::TestCases::new().case("tests/cmd/*.md").case("tests/cmd/*.toml");
}

fn translate(arguments: &[&str], input: &str) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_fishplate"))
        .args(["translate", "--mappings", "mappings", "--schemas", "schemas", "--api", "orders"])
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // A program that is wrong about its arguments never reads.
    drop(child.stdin.take().unwrap().write_all(input.as_bytes()));
    child.wait_with_output().unwrap()
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

#[test]
fn an_order_goes_up_and_comes_back() {
    let old = r#"{"id":1,"items":[{"sku":"x","quantity":1.10}],"x":1,"customer":"Zoë","total_cents":4634}"#;
    let up = translate(&["--from", "2023-01-15", "--to", "2025-03-01", "--type", "Order"], old);
    assert!(up.status.success(), "{}", text(&up.stderr));
    let new = text(&up.stdout);
    assert_eq!(
        new,
        "{\"id\":1,\"items\":[{\"product_code\":\"x\",\"quantity\":1.10}],\"x\":1,\
         \"buyer\":{\"name\":\"Zoë\"},\"loyalty_tier\":\"standard\",\"price\":{\"amount\":4634}}\n"
    );
    let down = translate(&["--from", "2025-03-01", "--to", "2023-01-15", "--type", "Order"], new);
    assert_eq!(
        text(&down.stdout),
        "{\"id\":1,\"items\":[{\"sku\":\"x\",\"quantity\":1.10}],\"x\":1,\
         \"customer\":\"Zoë\",\"total_cents\":4634}\n"
    );
}

#[test]
fn losses_are_json_lines() {
    let page = r#"[{"id":1,"shipping":{"carrier":"x"},"loyalty_tier":"gold"}]"#;
    let down = translate(
        &[
            "--from",
            "2024-06-01",
            "--to",
            "2023-01-15",
            "--operation",
            "GET /orders",
            "--part",
            "response",
            "--losses",
            "-",
        ],
        page,
    );
    assert_eq!(text(&down.stdout), "[{\"id\":1}]\n");
    let mut lines: Vec<&str> = text(&down.stderr).lines().collect();
    lines.sort_unstable();
    assert_eq!(
        lines,
        [
            r#"{"line":1,"kind":"dropped","rule":"types.Order.added.loyalty_tier","place":"/0/loyalty_tier","version":"2024-06-01"}"#,
            r#"{"line":1,"kind":"dropped","rule":"types.Order.fields.ship_line1","place":"/0/shipping","version":"2024-06-01"}"#,
        ]
    );
}

#[test]
fn a_malformed_document_gives_nothing_but_the_reason() {
    let out =
        translate(&["--from", "2024-06-01", "--to", "2023-01-15", "--type", "Order"], "{\"a\":1,");
    assert_eq!(out.status.code(), Some(1));
    assert_eq!(text(&out.stdout), "");
    assert_eq!(text(&out.stderr), "error: malformed document: unexpected end at byte 7\n");
}

#[test]
fn an_unknown_version_names_the_known_ones() {
    let out = translate(&["--from", "2022", "--to", "2023-01-15", "--type", "Order"], "{}");
    assert_eq!(out.status.code(), Some(1));
    assert_eq!(
        text(&out.stderr),
        "error: no version 2022; there are 2023-01-15, 2024-06-01, 2025-03-01\n"
    );
}
