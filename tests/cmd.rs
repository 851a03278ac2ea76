//! The command line as a user runs it: transcripts under `tests/cmd` (`TRYCMD=overwrite` writes them
//! anew), and what they cannot say.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
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
    // A byte order mark is left out, as the gateway leaves it out.
    let mark = format!("\u{feff}{old}");
    let marked =
        translate(&["--from", "2023-01-15", "--to", "2025-03-01", "--type", "Order"], &mark);
    assert_eq!(text(&marked.stdout), new, "{}", text(&marked.stderr));
    let down = translate(&["--from", "2025-03-01", "--to", "2023-01-15", "--type", "Order"], new);
    assert_eq!(
        text(&down.stdout),
        "{\"id\":1,\"items\":[{\"sku\":\"x\",\"quantity\":1.10}],\"x\":1,\
         \"customer\":\"Zoë\",\"total_cents\":4634}\n"
    );
}

#[test]
fn losses_go_to_a_file_as_json_lines() {
    let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join("losses.ndjson");
    let arguments = ["--from", "2024-06-01", "--to", "2023-01-15", "--type", "Order", "--ndjson"];
    let losses = ["--losses", file.to_str().unwrap()];
    let input = "{\"id\":1}\n{\"loyalty_tier\":\"gold\"}\n{\"loyalty_tier\":\"standard\"}\n";
    let down = translate(&[&arguments[..], &losses].concat(), input);
    assert!(down.status.success());
    assert_eq!(text(&down.stdout), "{\"id\":1}\n{}\n{}\n");
    assert_eq!(text(&down.stderr), "");
    assert_eq!(
        fs::read_to_string(&file).unwrap(),
        "{\"line\":2,\"kind\":\"dropped\",\"rule\":\"types.Order.added.loyalty_tier\",\
         \"place\":\"/loyalty_tier\",\"version\":\"2024-06-01\"}\n"
    );
}

#[test]
fn a_file_of_losses_that_cannot_be_written_is_told() {
    let arguments = ["--from", "2024-06-01", "--to", "2023-01-15", "--type", "Order"];
    let down = translate(&[&arguments[..], &["--losses", "tests/none/losses"]].concat(), "{}");
    assert_eq!(down.status.code(), Some(1));
    assert_eq!(text(&down.stdout), "");
    assert!(text(&down.stderr).starts_with("error: tests/none/losses: "), "{down:?}");
}

/// Every option that is written out in a help text is completed, in every shell.
#[test]
fn every_shell_completes_every_option() {
    let options = ["config", "mappings", "schemas", "ndjson", "losses", "part", "status", "once"];
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let output = Command::new(env!("CARGO_BIN_EXE_fishplate"))
            .args(["completions", shell])
            .output()
            .unwrap();
        assert!(output.status.success());
        let script = text(&output.stdout);
        for option in options {
            assert!(script.contains(option), "{shell}: {option}");
        }
        for command in ["serve", "check", "translate", "explain", "demo", "schema", "completions"] {
            assert!(script.contains(command), "{shell}: {command}");
        }
    }
}

#[test]
fn a_directory_that_is_not_there_is_told() {
    let run = |mappings: &str, schemas: &str, api: &str| {
        let output = Command::new(env!("CARGO_BIN_EXE_fishplate"))
            .args(["translate", "--mappings", mappings, "--schemas", schemas, "--api", api])
            .args(["--type", "Order", "--from", "2023-01-15", "--to", "2024-06-01"])
            .stdin(Stdio::null())
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(1));
        text(&output.stderr).to_owned()
    };
    for said in [run("nope", "schemas", "orders"), run("mappings", "nope", "orders")] {
        assert!(said.starts_with("error[F503]: ") && said.contains("--> nope"), "{said}");
    }
    let empty = Path::new(env!("CARGO_TARGET_TMPDIR")).join("no-mappings");
    fs::create_dir_all(&empty).unwrap();
    let empty = empty.to_str().unwrap();
    assert_eq!(
        run(empty, "schemas", "orders"),
        format!("error: no mapping in {empty}/orders leads from 2023-01-15 to 2024-06-01\n")
    );
}

/// The author's reason is told where a rule refuses, and where it is explained.
#[test]
fn the_reason_of_a_rule_is_told() {
    let root = Path::new(env!("CARGO_TARGET_TMPDIR")).join("why");
    let mapping = "mapping: 1\napi: a\nfrom: v1\nto: v2\ntypes:\n  T:\n    removed:\n      \
                   x: { $const: none, loses: refuse, why: \"nobody\\nasks\" }\n";
    let contract = |name| format!("$defs:\n  T: {{ properties: {{ {name}: {{}} }} }}\n");
    for (folder, file, text) in [
        ("mappings/a", "v2.yaml", mapping.to_owned()),
        ("schemas/a", "v1.yaml", contract("x")),
        ("schemas/a", "v2.yaml", contract("y")),
    ] {
        fs::create_dir_all(root.join(folder)).unwrap();
        fs::write(root.join(folder).join(file), text).unwrap();
    }
    let hop = ["--api", "a", "--from", "v1", "--to", "v2"];
    let run = |command: &[&str], input: &str| run_in(&root, &[command, &hop].concat(), input);
    let (_, _, refused) = run(&["translate", "--type", "T"], "{\"x\":1}");
    assert!(refused.ends_with("; why: nobody asks\n"), "{refused}");
    let (_, explained, _) = run(&["explain", "type", "T"], "");
    assert!(explained.contains("types.T.removed.x\n  why: nobody asks\n"), "{explained}");
}

/// An API of one rule, which renames `x`, and one example.
fn renaming(folder: &str, new: &str) -> PathBuf {
    let root = Path::new(env!("CARGO_TARGET_TMPDIR")).join(folder);
    let mapping = format!(
        "mapping: 1\napi: a\nfrom: v1\nto: v2\ntypes:\n  T: {{ fields: {{ x: y }} }}\n\
         examples:\n  - {{ type: T, old: {{ x: 1 }}, new: {{ y: {new} }} }}\n"
    );
    let contract = |name| format!("$defs:\n  T: {{ properties: {{ {name}: {{}} }} }}\n");
    for (folder, file, text) in [
        ("mappings/a", "v2.yaml", mapping),
        ("schemas/a", "v1.yaml", contract("x")),
        ("schemas/a", "v2.yaml", contract("y")),
        ("schemas/a", "v3.yaml", contract("z")),
    ] {
        fs::create_dir_all(root.join(folder)).unwrap();
        fs::write(root.join(folder).join(file), text).unwrap();
    }
    root
}

fn run_in(root: &Path, command: &[&str], input: &str) -> (Option<i32>, String, String) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_fishplate"))
        .current_dir(root)
        .args(command)
        .args(["--mappings", "mappings", "--schemas", "schemas"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdin.take().unwrap().write_all(input.as_bytes()));
    let output = child.wait_with_output().unwrap();
    let code = output.status.code();
    (code, text(&output.stdout).to_owned(), text(&output.stderr).to_owned())
}

/// A text without a character is no body: none comes out, and what is lost by that is told.
#[test]
fn an_empty_text_is_no_body() {
    let root = Path::new(env!("CARGO_TARGET_TMPDIR")).join("empty-text");
    let contract = |body: &str| {
        format!(
            "openapi: 3.0.0\ninfo: {{ title: a, version: '1' }}\npaths:\n  /note:\n    get:\n      \
             responses: {{ '200': {{ description: ok, content: {{ {body} }} }} }}\n"
        )
    };
    let mapping = "mapping: 1\napi: a\nfrom: v1\nto: v2\noperations:\n  GET /note:\n    \
                   response: { fields: { body: body.message } }\n";
    let note = "application/json: { schema: { type: object, properties: { message: { type: string, \
                nullable: true } } } }";
    for (folder, file, text) in [
        ("mappings/a", "v2.yaml", mapping.to_owned()),
        ("schemas/a", "v1.yaml", contract("text/plain: { schema: { type: string } }")),
        ("schemas/a", "v2.yaml", contract(note)),
    ] {
        fs::create_dir_all(root.join(folder)).unwrap();
        fs::write(root.join(folder).join(file), text).unwrap();
    }
    let chain = ["translate", "--api", "a", "--operation", "GET /note", "--part", "response"];
    let run = |way: [&str; 4], more: &[&str], input: &str| {
        run_in(&root, &[&chain[..], &way, &["--losses", "-"], more].concat(), input)
    };
    let (up, down) = (["--from", "v1", "--to", "v2"], ["--from", "v2", "--to", "v1"]);
    let said = |text: &str| (Some(0), text.to_owned(), String::new());
    assert_eq!(run(down, &[], r#"{"message":"hi"}"#), said("\"hi\"\n"));
    let narrowed = |line: u8, place: &str| {
        format!(
            "{{\"line\":{line},\"kind\":\"narrowed\",\"rule\":\"operations\",\"place\":\"{place}\",\"version\":\"v2\"}}\n"
        )
    };
    for gone in [r#"{"message":""}"#, r#" {"message":null}"#] {
        let (code, out, lost) = run(down, &[], gone);
        assert_eq!((code, &*out, lost), (Some(0), "", narrowed(1, "")), "{gone}");
    }
    let lines = "{\"message\":\"a\"}\n{\"message\":\"\"}\n{\"message\":\"b\"}\n";
    let (code, out, lost) = run(down, &["--ndjson"], lines);
    assert_eq!((code, &*out, lost), (Some(0), "\"a\"\n\"b\"\n", narrowed(2, "")));
    // What did not come is no body, and nothing is lost of it.
    for none in ["\"\"", " null"] {
        assert_eq!(run(up, &[], none), said(""), "{none}");
    }
    assert_eq!(run(up, &[], "\"hi\""), said("{\"message\":\"hi\"}\n"));
    // Nor has a text a place for what is none.
    let (code, out, told) = run(down, &[], r#"{"message":[]}"#);
    assert_eq!((code, &*out), (Some(1), ""), "{told}");
    assert!(told.starts_with("error: "), "{told}");
}

/// What shows why an example fails must work while it does.
#[test]
fn an_example_that_fails_is_an_error_of_check_alone() {
    let root = renaming("failing-example", "2");
    let (code, checked, _) = run_in(&root, &["check"], "");
    assert_eq!(code, Some(1), "{checked}");
    assert!(checked.contains("F616"), "{checked}");
    let chain = ["translate", "--api", "a", "--from", "v1", "--to", "v2", "--type", "T"];
    let (code, translated, said) = run_in(&root, &chain, "{\"x\":1}");
    assert_eq!((code, &*translated, &*said), (Some(0), "{\"y\":1}\n", ""));
}

#[test]
fn warnings_can_be_denied() {
    let root = renaming("denied", "1");
    let (code, checked, _) = run_in(&root, &["check"], "");
    assert_eq!(code, Some(0), "{checked}");
    assert!(checked.contains("F504"), "{checked}");
    let (code, denied, _) = run_in(&root, &["check", "--deny", "warnings"], "");
    assert_eq!((code, denied), (Some(1), checked));
    fs::remove_file(root.join("schemas/a/v3.yaml")).unwrap();
    let (code, checked, _) = run_in(&root, &["check", "--deny", "warnings"], "");
    assert_eq!(code, Some(0), "{checked}");
}

/// A contract on one line, with one wrong type per schema.
fn minified(schemas: usize) -> String {
    let schema = |n: usize| {
        let filler = "x".repeat(3_000);
        format!(
            "\"S{n}\":{{\"description\":\"{filler}\",\"type\":\"object\",\
             \"properties\":{{\"a\":{{\"type\":\"strin\"}}}}}}"
        )
    };
    let schemas: Vec<String> = (0..schemas).map(schema).collect();
    format!("{{\"$defs\":{{{}}}}}", schemas.join(","))
}

/// Every error is shown with its own column and what stands around it, however long the line.
#[test]
fn a_contract_on_one_line_is_shown_around_each_error() {
    let root = Path::new(env!("CARGO_TARGET_TMPDIR")).join("one-line");
    for (folder, file, text) in [
        ("mappings/a", "v2.yaml", "mapping: 1\napi: a\nfrom: v1\nto: v2\n".to_owned()),
        ("schemas/a", "v1.json", minified(100)),
        ("schemas/a", "v2.json", minified(0)),
    ] {
        fs::create_dir_all(root.join(folder)).unwrap();
        fs::write(root.join(folder).join(file), text).unwrap();
    }
    let check = Command::new(env!("CARGO_BIN_EXE_fishplate"))
        .current_dir(&root)
        .args(["check", "--mappings", "mappings", "--schemas", "schemas"])
        .output()
        .unwrap();
    let shown = text(&check.stdout);
    assert_eq!(check.status.code(), Some(1), "{shown} {}", text(&check.stderr));
    assert_eq!(text(&check.stderr), "");
    assert!(shown.len() < 200_000, "{}", shown.len());
    let all = minified(100);
    for (at, _) in all.match_indices("\"strin\"") {
        let header = format!("[schemas/a/v1.json:1:{}]", at + 1);
        assert!(shown.contains(&header), "{header}\n{shown}");
    }
    assert!(shown.contains("…"), "{shown}");
    assert!(shown.contains("{\"type\":\"strin\"}"), "{shown}");
}

/// Of very many mistakes people are shown the first, programs all.
#[test]
fn what_is_printed_for_people_has_an_end() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("many-mistakes");
    drop(fs::remove_dir_all(&folder));
    let write = |name: &str, text: &str| {
        let path = folder.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    };
    let contract = "$defs:\n  Order: { type: object, properties: { id: { type: integer } } }\n";
    let wrong: Vec<_> = (0..130).map(|n| format!("a{n}: b{n}")).collect();
    let head = "mapping: 1\napi: shop\nfrom: v1\nto: v2\n";
    let types = format!("types: {{ Order: {{ fields: {{ {} }} }} }}\n", wrong.join(", "));
    write("schemas/shop/v1.yaml", contract);
    write("schemas/shop/v2.yaml", contract);
    write("mappings/shop/v2.yaml", &format!("{head}{types}"));
    let run = |arguments: &[&str]| {
        let shared = ["--mappings", "mappings", "--schemas", "schemas"];
        let mut command = Command::new(env!("CARGO_BIN_EXE_fishplate"));
        command.current_dir(&folder).args(arguments).args(shared).output().unwrap()
    };
    let errors = |text: &str| text.matches("F602\n").count();
    let human = run(&["check"]);
    let said = text(&human.stdout);
    assert_eq!((human.status.code(), errors(said)), (Some(1), 100), "{said}");
    assert!(said.contains("\nand 160 more, which"), "{said}");
    assert!(said.ends_with("checked shop: 260 errors, 0 warnings, 0 notes\n"), "{said}");
    let json = run(&["check", "--format", "json"]);
    let all = text(&json.stdout);
    assert_eq!(all.matches("\"code\":\"F602\"").count(), 260);
    // What stands there is told, and of which API it is, if of any.
    assert!(all.contains("\"text\":\"a7\""));
    write("fishplate.yaml", "listen: x\napis: { shop: { backends: {} } }\n");
    let mut command = Command::new(env!("CARGO_BIN_EXE_fishplate"));
    let arguments = ["check", "--config", "fishplate.yaml", "--format", "json"];
    let json = command.current_dir(&folder).args(arguments).output().unwrap();
    let all = text(&json.stdout);
    for part in [
        "{\"api\":null,\"code\":\"F402\"",
        "\"text\":\"{ backends: {} }\"",
        "{\"api\":\"shop\",\"code\":\"F602\"",
    ] {
        assert!(all.contains(part), "no {part}");
    }
    let type_of = ["translate", "--api", "shop", "--from", "v1", "--to", "v2", "--type", "Order"];
    let translated = run(&type_of);
    let said = text(&translated.stderr);
    assert_eq!(errors(said), 100, "{said}");
    assert!(said.contains("\nand 160 more, which"), "{said}");
}

/// In a chain what is told is what stands there in the hop that refuses.
#[test]
fn what_a_refusal_tells_of_a_value() {
    let place = Path::new(env!("CARGO_TARGET_TMPDIR")).join("told");
    for (version, name) in [("v1", "name"), ("v2", "title"), ("v3", "label")] {
        let schema = format!(
            "$defs: {{ Toy: {{ type: object, properties: {{ {name}: {{ type: string }}, size: {{ type: integer }} }} }} }}"
        );
        fs::create_dir_all(place.join("schemas/shop")).unwrap();
        fs::write(place.join(format!("schemas/shop/{version}.yaml")), schema).unwrap();
    }
    let refuse = "refuse: [{ old: { size: 7 }, detail: \"{{no}} {title} of {size}\" }]";
    for (from, to, rules) in [
        ("v1", "v2", String::from("fields: { name: { to: title, map: { a: b } } }")),
        ("v2", "v3", format!("{refuse}, fields: {{ title: label }}")),
    ] {
        let mapping = format!(
            "mapping: 1\napi: shop\nfrom: {from}\nto: {to}\ntypes: {{ Toy: {{ {rules} }} }}\n"
        );
        fs::create_dir_all(place.join("mappings/shop")).unwrap();
        fs::write(place.join(format!("mappings/shop/{to}.yaml")), mapping).unwrap();
    }
    for (input, told) in [
        (r#"{"name":"a","size":7}"#, "{no} b of 7"),
        (r#"{"name":"é\u0022","size":7}"#, "{no} é\" of 7"),
        (r#"{"size":7}"#, "{no} of 7"),
    ] {
        let mut child = Command::new(env!("CARGO_BIN_EXE_fishplate"))
            .current_dir(&place)
            .args(["translate", "--mappings", "mappings", "--schemas", "schemas", "--api", "shop"])
            .args(["--type", "Toy", "--from", "v1", "--to", "v3"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
        let output = child.wait_with_output().unwrap();
        let said = text(&output.stderr).trim_end();
        assert!(said.ends_with(&format!("refuses the document: {told}")), "{said}");
    }
}
