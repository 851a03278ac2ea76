//! New files while the gateway serves.

use std::fmt::Write as _;
use std::fs;
use std::os::unix::fs::symlink;
use std::time::Duration;

use crate::harness::{Backend, Gateway, MAPPING, Place, V1, config, json, orders, v2};

pub(crate) async fn customer(gateway: &Gateway) -> String {
    gateway.ask(gateway.get("/orders/1"), "").await.text
}

#[tokio::test]
async fn a_broken_file_keeps_the_last_good() {
    let backend = Backend::start(|_| json(r#"{"buyer":"x"}"#)).await;
    let place = orders("", &backend.address, "v2");
    let gateway = Gateway::start(&place.0);
    assert_eq!(customer(&gateway).await, r#"{"customer":"x"}"#);
    place.write("mappings/orders/v2.yaml", &MAPPING.replace("fields:", "feilds:"));
    let answer = gateway.operator("POST", "/reload").await;
    assert_eq!(answer.status, 422, "{answer:?}");
    assert!(answer.text.starts_with(r#"{"generation":1,"changed":[]"#), "{answer:?}");
    let report = gateway.operator("GET", "/snapshot").await.text;
    assert!(report.contains("mappings/orders/v2.yaml"), "{report}");
    assert!(report.contains(r#""line":8"#), "{report}");
    assert!(report.contains(r#""state":"last good""#), "{report}");
    assert_eq!(customer(&gateway).await, r#"{"customer":"x"}"#);
    assert_eq!(gateway.operator("GET", "/readyz").await.status, 200);

    // What is read as no mapping is no change.
    place.write("mappings/orders/v2.yaml", MAPPING);
    place.write("mappings/orders/v2.yaml~", "");
    let answer = gateway.operator("POST", "/reload").await;
    assert!(answer.text.starts_with(r#"{"generation":1,"changed":[]"#), "{answer:?}");

    // Nothing of it may take the API away either.
    place.write("fishplate.yaml", "");
    assert_eq!(gateway.operator("POST", "/reload").await.status, 422);
    assert_eq!(customer(&gateway).await, r#"{"customer":"x"}"#);

    place.write("fishplate.yaml", &config("", &backend.address, "v2"));
    place.write("mappings/orders/v2.yaml", &MAPPING.replace("{ customer: buyer }", "{}"));
    let answer = gateway.operator("POST", "/reload").await;
    assert_eq!(answer.status, 200, "{answer:?}");
    assert_eq!(customer(&gateway).await, r#"{"buyer":"x"}"#);
}

/// Waits for a snapshot that says this.
async fn reported(gateway: &Gateway, wanted: &[&str]) {
    let mut report = String::new();
    for _ in 0..1000 {
        report = gateway.operator("GET", "/snapshot").await.text;
        if wanted.iter().all(|part| report.contains(part)) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("{wanted:?} not in {report}");
}

#[tokio::test]
async fn programs_are_made_before_they_are_asked_for() {
    let backend = Backend::start(|_| json(r#"{"buyer":"x"}"#)).await;
    let place = orders("", &backend.address, "v2");
    let gateway = Gateway::start(&place.0);
    // The four operations of v1; those of v2 reach a backend of their own version.
    let made = r#""programs":{"reachable":4,"made":4}"#;
    reported(&gateway, &[r#"{"generation":1,"#, made]).await;

    place.write("mappings/orders/v2.yaml", &MAPPING.replace("{ customer: buyer }", "{}"));
    assert_eq!(gateway.operator("POST", "/reload").await.status, 200);
    reported(&gateway, &[r#"{"generation":2,"#, made]).await;
    assert_eq!(backend.count(), 0);
    assert_eq!(customer(&gateway).await, r#"{"buyer":"x"}"#, "what was made is of the new rules");

    // One that routes keep from other versions has nothing to make.
    let lone = config("", &backend.address, "v2").replace("one: {", "two: {");
    let lone = format!("{lone}    route: [{{ versions: [v2], to: two }}]\n");
    place.write("fishplate.yaml", &lone);
    assert_eq!(gateway.operator("POST", "/reload").await.status, 200);
    reported(&gateway, &[r#"{"generation":3,"#, r#""programs":{"reachable":0,"made":0}"#]).await;
}

#[tokio::test]
async fn the_symlink_swap_of_a_config_map() {
    let backend = Backend::start(|_| json(r#"{"buyer":"x"}"#)).await;
    let place = Place::new();
    place.write("schemas/orders/v1.yaml", V1);
    place.write("schemas/orders/v2.yaml", &v2());
    place.write("fishplate.yaml", &config("", &backend.address, "v2"));
    place.write("mappings/orders/..one/v2.yaml", MAPPING);
    let folder = place.0.join("mappings/orders");
    symlink("..one", folder.join("..data")).unwrap();
    symlink("..data/v2.yaml", folder.join("v2.yaml")).unwrap();
    let gateway = Gateway::start(&place.0);
    assert_eq!(customer(&gateway).await, r#"{"customer":"x"}"#);
    place.write("mappings/orders/..two/v2.yaml", &MAPPING.replace("{ customer: buyer }", "{}"));
    symlink("..two", folder.join("..new")).unwrap();
    fs::rename(folder.join("..new"), folder.join("..data")).unwrap();
    fs::remove_dir_all(folder.join("..one")).unwrap();
    // Nobody is told: the watch has to see it.
    gateway.line("\"message\":\"reloaded\"");
    assert_eq!(customer(&gateway).await, r#"{"buyer":"x"}"#);
}

#[tokio::test]
async fn errors_at_the_start_are_fatal() {
    let place = orders("", "127.0.0.1:9", "v7");
    let output = tokio::task::spawn_blocking(move || {
        std::process::Command::new(env!("CARGO_BIN_EXE_fishplate"))
            .args(["serve", "--config"])
            .arg(place.0.join("fishplate.yaml"))
            .output()
            .unwrap()
    });
    let output = tokio::time::timeout(Duration::from_secs(20), output).await.unwrap().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let text = String::from_utf8(output.stderr).unwrap();
    assert!(text.contains("the API `orders` has no version v7"), "{text}");
    assert!(text.contains("fishplate.yaml:7:60"), "{text}");
}

/// An edit of the mapping, as some program writes it.
type Edit = fn(&Place, &str);

/// Writes in place, in two pieces with a pause between them.
fn in_pieces(place: &Place, text: &str) {
    let (first, last) = text.split_at(text.len() - 12);
    place.write("mappings/orders/v2.yaml", first);
    std::thread::sleep(Duration::from_millis(300));
    place.write("mappings/orders/v2.yaml", &format!("{first}{last}"));
}

/// Writes another file and renames it over the old one.
fn by_rename(place: &Place, text: &str) {
    place.write("mappings/orders/.v2.yaml.swp", text);
    let folder = place.0.join("mappings/orders");
    fs::rename(folder.join(".v2.yaml.swp"), folder.join("v2.yaml")).unwrap();
}

/// Moves the old file away, then writes the new one, as editors that keep a copy do.
fn with_a_copy(place: &Place, text: &str) {
    let folder = place.0.join("mappings/orders");
    fs::rename(folder.join("v2.yaml"), folder.join("v2.yaml~")).unwrap();
    std::thread::sleep(Duration::from_millis(300));
    place.write("mappings/orders/v2.yaml", text);
}

/// Nothing of the file system is told: the whole directory is another one.
fn as_another_directory(place: &Place, text: &str) {
    place.write("other/v2.yaml", text);
    fs::remove_dir_all(place.0.join("mappings")).unwrap();
    fs::create_dir(place.0.join("mappings")).unwrap();
    fs::rename(place.0.join("other"), place.0.join("mappings/orders")).unwrap();
}

#[tokio::test]
async fn every_way_to_write_a_file_is_noticed() {
    let backend = Backend::start(|_| json(r#"{"buyer":"x"}"#)).await;
    let edits: [(&str, Edit); 4] = [
        ("in pieces", in_pieces),
        ("by rename", by_rename),
        ("with a copy", with_a_copy),
        ("as another directory", as_another_directory),
    ];
    for (name, edit) in edits {
        let place = orders("", &backend.address, "v2");
        let gateway = Gateway::start(&place.0);
        assert_eq!(customer(&gateway).await, r#"{"customer":"x"}"#);
        let text = MAPPING.replace("{ customer: buyer }", "{ other: buyer }");
        place.write("schemas/orders/v1.yaml", &V1.replace("customer:", "other:"));
        edit(&place, &text);
        // Nobody asks for a reload, and no state between the two is ever served.
        let began = tokio::time::Instant::now();
        loop {
            let answer = customer(&gateway).await;
            if answer == r#"{"other":"x"}"# {
                break;
            }
            assert_eq!(answer, r#"{"customer":"x"}"#, "{name}");
            assert!(began.elapsed() < Duration::from_secs(20), "{name}: not noticed");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

#[tokio::test]
async fn a_signal_and_the_operator_reload() {
    let backend = Backend::start(|_| json(r#"{"buyer":"x"}"#)).await;
    let place = orders("", &backend.address, "v2");
    let gateway = Gateway::start(&place.0);
    // The same text again is no change.
    let answer = gateway.operator("POST", "/reload").await;
    assert_eq!(answer.text, r#"{"generation":1,"changed":[],"errors":[],"warnings":[]}"#);
    let hangup = || {
        let pid = gateway.child.id().to_string();
        assert!(
            std::process::Command::new("kill").args(["-HUP", &pid]).status().unwrap().success()
        );
    };
    place.write("mappings/orders/v2.yaml", &MAPPING.replace("{ customer: buyer }", "{}"));
    hangup();
    let line = gateway.line("\"message\":\"reloaded\"");
    assert!(line.contains("\"changed\":\"orders\"") && line.contains("\"generation\":2"), "{line}");
    assert_eq!(customer(&gateway).await, r#"{"buyer":"x"}"#);

    // What is wrong stands in the log with its place, whoever asked. The watch, which looks too,
    // must not see a file that is not written yet.
    by_rename(&place, &MAPPING.replace("fields:", "feilds:"));
    assert_eq!(gateway.operator("POST", "/reload").await.status, 422);
    let line = gateway.line("\"message\":\"not reloaded\"");
    assert!(line.contains("mappings/orders/v2.yaml"), "{line}");
    assert!(line.contains("\"line\":8"), "{line}");
    place.write("mappings/orders/v2.yaml", MAPPING);
    let answer = gateway.operator("POST", "/reload").await;
    assert_eq!(answer.text, r#"{"generation":3,"changed":["orders"],"errors":[],"warnings":[]}"#);
    assert_eq!(customer(&gateway).await, r#"{"customer":"x"}"#);
}

/// The unit is the API: one that is wrong keeps back neither itself in parts nor the others.
#[tokio::test]
async fn one_api_that_is_wrong_does_not_keep_the_others_back() {
    let backend = Backend::start(|_| json(r#"{"buyer":"x"}"#)).await;
    let place = orders("", &backend.address, "v2");
    let other = |text: &str| text.replace("orders", "sales");
    place.write("schemas/sales/v1.yaml", V1);
    place.write("schemas/sales/v2.yaml", &v2());
    place.write("mappings/sales/v2.yaml", &other(MAPPING));
    let both = |default: &str| {
        let one = config("", &backend.address, "v2");
        let api = one.split_once("apis:\n").unwrap().1.to_owned();
        let sales = other(&api).replace("    version:", "    prefix: /sales\n    version:");
        format!("{one}{}", sales.replace("default: v1", &format!("default: {default}")))
    };
    place.write("fishplate.yaml", &both("v1"));
    let gateway = Gateway::start(&place.0);
    let sales = async || gateway.ask(gateway.get("/sales/orders/1"), "").await.text;
    assert_eq!(sales().await, r#"{"customer":"x"}"#);

    // Contract, mapping and route of one belong together: its new default waits for its mapping.
    place.write("fishplate.yaml", &both("v2"));
    place.write("mappings/sales/v2.yaml", "mapping: 1\n");
    place.write("mappings/orders/v2.yaml", &MAPPING.replace("{ customer: buyer }", "{}"));
    let answer = gateway.operator("POST", "/reload").await;
    assert_eq!(answer.status, 422);
    assert!(answer.text.starts_with(r#"{"generation":2,"changed":["orders"]"#), "{answer:?}");
    assert!(answer.text.contains("mappings/sales/v2.yaml"), "{answer:?}");
    assert_eq!(customer(&gateway).await, r#"{"buyer":"x"}"#);
    assert_eq!(sales().await, r#"{"customer":"x"}"#);
    place.write("mappings/sales/v2.yaml", &other(MAPPING));
    assert_eq!(gateway.operator("POST", "/reload").await.status, 200);
    assert_eq!(sales().await, r#"{"buyer":"x"}"#, "a client that says nothing is of v2 now");
}

#[tokio::test]
async fn nothing_of_the_operators_is_public() {
    let backend = Backend::start(|_| json("{}")).await;
    let place = orders("", &backend.address, "v2");
    let gateway = Gateway::start(&place.0);
    for (method, path) in
        [("GET", "/healthz"), ("GET", "/readyz"), ("GET", "/snapshot"), ("POST", "/reload")]
    {
        let answer = gateway.operator(method, path).await;
        assert_eq!(answer.status, 200, "{path}");
        assert_eq!(answer.header("content-type"), Some("application/json"));
        let _json: serde_json::Value = serde_json::from_str(&answer.text).expect(path);
        let answer = gateway.ask(gateway.get(path).method(method), "").await;
        assert_eq!(answer.status, 404, "{path}");
    }
    let method = gateway.operator("GET", "/reload").await;
    assert_eq!((method.status.as_u16(), method.header("allow")), (405, Some("POST")));
    let path = gateway.operator("GET", "/orders/1").await;
    assert_eq!(path.status, 404);
    for answer in [method, path] {
        assert_eq!(answer.header("content-type"), Some("application/problem+json"));
        let read: serde_json::Value = serde_json::from_str(&answer.text).unwrap();
        assert_eq!(read["status"], answer.status.as_u16(), "{answer:?}");
        assert!(answer.text.contains("`POST /reload`"), "{answer:?}");
    }
    assert_eq!(backend.count(), 0);
}

/// A contract that takes a while to read.
fn long_contract(schemas: usize) -> String {
    let mut text = String::from("  schemas:\n");
    for n in 0..schemas {
        let next = (n + 7) % schemas;
        let own = "{ a: { type: string }, b: { type: integer }";
        let next = format!("c: {{ $ref: '#/components/schemas/S{next}' }} }}");
        writeln!(text, "    S{n}: {{ type: object, properties: {own}, {next} }}").unwrap();
    }
    text
}

#[tokio::test]
async fn nothing_waits_for_a_reload() {
    let backend = Backend::start(|_| json(r#"{"buyer":"x"}"#)).await;
    let place = orders("", &backend.address, "v2");
    let gateway = Gateway::start(&place.0);
    assert_eq!(customer(&gateway).await, r#"{"customer":"x"}"#);
    // A machine that has read them before anything was asked is given more.
    for (schemas, generation) in [4_000, 12_000, 36_000].into_iter().zip(1..) {
        let long = long_contract(schemas);
        place.write("schemas/orders/v1.yaml", &V1.replace("  schemas:\n", &long));
        place.write("schemas/orders/v2.yaml", &v2().replace("  schemas:\n", &long));
        let reloading = gateway.operator("POST", "/reload");
        let before = format!("{{\"generation\":{generation},");
        let asking = async {
            tokio::time::sleep(Duration::from_millis(100)).await;
            answers_while(&gateway, &before).await
        };
        let (reloaded, answers) = tokio::join!(reloading, asking);
        // The watch may have come first.
        let after = format!("{{\"generation\":{},", generation + 1);
        assert!(reloaded.text.starts_with(&after), "{reloaded:?}");
        if answers > 2 {
            return;
        }
    }
    panic!("no answers came while it reloaded");
}

/// How often all are answered, operators and clients, as long as a generation is in force.
async fn answers_while(gateway: &Gateway, generation: &str) -> usize {
    for answers in 0.. {
        // More at once than there are threads that serve.
        let shown = || gateway.operator("GET", "/snapshot");
        let four = async { tokio::join!(shown(), shown(), shown(), shown()) };
        let (four, served) = tokio::join!(four, customer(gateway));
        let four = [four.0, four.1, four.2, four.3];
        if !four[0].text.starts_with(generation) {
            return answers;
        }
        assert!(four.iter().all(|answer| answer.status == 200), "{four:?}");
        assert_eq!(served, r#"{"customer":"x"}"#);
    }
    unreachable!("it is in force for ever")
}

/// What comes into the place of a watched directory is watched as well, and so is what a new link
/// leads to.
#[tokio::test]
async fn edits_in_directories_that_are_new_are_seen_at_once() {
    let backend = Backend::start(|_| json(r#"{"buyer":"x"}"#)).await;
    let place = orders("", &backend.address, "v2");
    place.write("elsewhere/v2.yaml", MAPPING);
    let gateway = Gateway::start(&place.0);
    let seen = async |text: &str| {
        place.write("elsewhere/v2.yaml", text);
        gateway.line("\"message\":\"reloaded\"");
    };
    fs::remove_dir_all(place.0.join("mappings")).unwrap();
    fs::create_dir(place.0.join("mappings")).unwrap();
    symlink(place.0.join("elsewhere"), place.0.join("mappings/orders")).unwrap();
    let other = MAPPING.replace("{ customer: buyer }", "{}");
    seen(&other).await;
    // Once more, by whatever it was seen before: the look at all files comes every 5 s only.
    tokio::time::sleep(Duration::from_millis(500)).await;
    let began = tokio::time::Instant::now();
    for text in [MAPPING, &other, MAPPING] {
        seen(text).await;
    }
    assert!(began.elapsed() < Duration::from_millis(7500), "{:?}", began.elapsed());
    assert_eq!(customer(&gateway).await, r#"{"customer":"x"}"#);
}

/// A name that is written wrong is a new API that fails, and must not take the old one away.
#[tokio::test]
async fn an_api_whose_name_is_written_wrong_stays() {
    let backend = Backend::start(|_| json(r#"{"buyer":"x"}"#)).await;
    let place = orders("", &backend.address, "v2");
    let gateway = Gateway::start(&place.0);
    let good = config("", &backend.address, "v2");
    place.write("fishplate.yaml", &good.replace("  orders:", "  oders:"));
    let answer = gateway.operator("POST", "/reload").await;
    assert_eq!(answer.status, 422, "{answer:?}");
    assert!(answer.text.contains("F501") && answer.text.contains("\"changed\":[]"), "{answer:?}");
    assert_eq!(customer(&gateway).await, r#"{"customer":"x"}"#);
    place.write("fishplate.yaml", &good.replace("  orders:", "  # orders\n  orders:"));
    assert_eq!(gateway.operator("POST", "/reload").await.status, 200);
    assert_eq!(customer(&gateway).await, r#"{"customer":"x"}"#);
}

/// Without any mapping a client would be given what another version has.
#[tokio::test]
async fn versions_that_no_mapping_joins_are_an_error() {
    let backend = Backend::start(|_| json(r#"{"buyer":"x"}"#)).await;
    let place = orders("", &backend.address, "v2");
    let more = format!(", two: {{ url: 'http://{}', version: v1 }}", backend.address);
    let one = "version: v2 }";
    let both = config("", &backend.address, "v2").replace(one, &format!("{one}{more}"));
    let route = |rules: &str| format!("{both}    route: [{rules}]\n");
    let own = "{ versions: [v1], to: two }, { to: one }";
    place.write("fishplate.yaml", &route("{ to: one }"));
    let gateway = Gateway::start(&place.0);
    assert_eq!(customer(&gateway).await, r#"{"customer":"x"}"#);
    std::fs::remove_dir_all(place.0.join("mappings/orders")).unwrap();
    let answer = gateway.operator("POST", "/reload").await;
    assert_eq!(answer.status, 422, "{answer:?}");
    assert!(answer.text.contains("no mapping leads from version v1 to v2"), "{answer:?}");
    assert_eq!(customer(&gateway).await, r#"{"customer":"x"}"#);
    // Where each client is answered by its own version nothing needs one.
    place.write("fishplate.yaml", &route(own));
    let answer = gateway.operator("POST", "/reload").await;
    assert_eq!(answer.status, 200, "{answer:?}");
    assert_eq!(customer(&gateway).await, r#"{"buyer":"x"}"#);
}

/// Whoever signals at each change does not wait for the start.
#[tokio::test]
async fn a_signal_during_the_start_does_not_end_it() {
    let place = orders("", "127.0.0.1:9", "v2");
    for after in [30, 100, 300] {
        let mut child = std::process::Command::new(env!("CARGO_BIN_EXE_fishplate"))
            .args(["serve", "--config"])
            .arg(place.0.join("fishplate.yaml"))
            .stdout(std::process::Stdio::null())
            .stderr(std::process::Stdio::null())
            .spawn()
            .unwrap();
        tokio::time::sleep(std::time::Duration::from_millis(after)).await;
        let pid = child.id().to_string();
        assert!(
            std::process::Command::new("kill").args(["-HUP", &pid]).status().unwrap().success()
        );
        tokio::time::sleep(std::time::Duration::from_millis(200)).await;
        assert!(child.try_wait().unwrap().is_none(), "after {after} ms");
        child.kill().unwrap();
        child.wait().unwrap();
    }
}
