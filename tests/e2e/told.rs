//! What the log and operators are told of files that are wrong, or worth a look.

use crate::harness::{Backend, Gateway, MAPPING, config, json, orders};

/// An example that fails stops nothing, and is shown from the start on.
#[tokio::test]
async fn what_is_worth_a_look_is_shown_at_the_start_and_by_a_reload() {
    let backend = Backend::start(|_| json(r#"{"buyer":"x"}"#)).await;
    let place = orders("", &backend.address, "v2");
    let example = "examples: [{ type: Order, old: { customer: x }, new: { buyer: y } }]\n";
    place.write("mappings/orders/v2.yaml", &format!("{MAPPING}{example}"));
    let gateway = Gateway::start(&place.0);
    let line = gateway.first("\"message\":\"a mapping is doubtful\"");
    let read: serde_json::Value = serde_json::from_str(&line).unwrap();
    assert_eq!(
        (&read["level"], &read["api"], &read["code"], &read["line"]),
        (&"WARN".into(), &"orders".into(), &"F616".into(), &9.into()),
        "{line}"
    );
    assert!(read["file"].as_str().unwrap().ends_with("mappings/orders/v2.yaml"), "{line}");
    assert!(read["column"].as_u64().is_some() && read.get("place").is_none(), "{line}");
    assert_eq!(gateway.ask(gateway.get("/orders/1"), "").await.text, r#"{"customer":"x"}"#);
    let shown = |text: &str| {
        let read: serde_json::Value = serde_json::from_str(text).unwrap();
        assert_eq!(read["errors"], serde_json::json!([]), "{text}");
        let all = read["warnings"].as_array().unwrap().clone();
        // It fails in both directions.
        let all: Vec<_> = all.iter().map(|w| format!("{}:{}", w["code"], w["line"])).collect();
        assert!(all.iter().all(|one| *one == all[0]), "{text}");
        all.first().cloned()
    };
    assert_eq!(shown(&gateway.operator("GET", "/snapshot").await.text), Some(r#""F616":9"#.into()));
    let answer = gateway.operator("POST", "/reload").await;
    assert_eq!((answer.status.as_u16(), shown(&answer.text)), (200, Some(r#""F616":9"#.into())));

    place.write("mappings/orders/v2.yaml", &format!("{MAPPING}\n{example}"));
    let answer = gateway.operator("POST", "/reload").await;
    assert_eq!((answer.status.as_u16(), shown(&answer.text)), (200, Some(r#""F616":10"#.into())));
    let line = gateway.line("\"message\":\"a mapping is doubtful\"");
    assert!(line.contains("\"line\":10,"), "{line}");
    place.write("mappings/orders/v2.yaml", MAPPING);
    let answer = gateway.operator("POST", "/reload").await;
    assert_eq!(shown(&answer.text), None);
}

/// What the next start would refuse is said by a reload, and keeps no API back.
#[tokio::test]
async fn a_reload_checks_what_is_read_at_the_start_only() {
    let backend = Backend::start(|_| json(r#"{"buyer":"x"}"#)).await;
    let place = orders("", &backend.address, "v2");
    let gateway = Gateway::start(&place.0);
    let good = config("", &backend.address, "v2");
    for (at, (extra, code, line)) in [
        ("bogus: 1", "F401", 8),
        ("limits: { body: 10xB }", "F402", 8),
        ("limits: { bdoy: 1 }\ntimeouts: 3", "F401", 8),
    ]
    .into_iter()
    .enumerate()
    {
        place.write("fishplate.yaml", &format!("{good}{extra}\n"));
        let fields = if at % 2 == 0 { "{}" } else { "{ customer: buyer }" };
        let text = MAPPING.replace("{ customer: buyer }", fields);
        place.write("mappings/orders/v2.yaml", &text);
        let answer = gateway.operator("POST", "/reload").await;
        assert_eq!(answer.status, 422, "{extra} {answer:?}");
        let served = gateway.ask(gateway.get("/orders/1"), "").await.text;
        let member = if at % 2 == 0 { "buyer" } else { "customer" };
        assert_eq!(served, format!(r#"{{"{member}":"x"}}"#), "the API changes: {extra}");
        let snapshot = gateway.operator("GET", "/snapshot").await.text;
        for text in [&answer.text, &snapshot] {
            assert!(text.contains(&format!(r#""line":{line},"#)), "{extra} {text}");
            assert!(text.contains(code), "{extra} {text}");
        }
        let logged = gateway.line(&format!("\"code\":\"{code}\""));
        assert!(logged.contains("not reloaded") && logged.contains("fishplate.yaml"), "{logged}");
        assert!(!logged.contains("\"api\""), "it is about none: {logged}");
        // A start says the same.
        let start = std::process::Command::new(env!("CARGO_BIN_EXE_fishplate"))
            .args(["serve", "--config"])
            .arg(place.0.join("fishplate.yaml"))
            .output()
            .unwrap();
        assert_eq!(start.status.code(), Some(1));
        let said = String::from_utf8(start.stderr).unwrap();
        assert!(said.contains(&format!("{code}\n")), "{said}");
    }
    place.write("fishplate.yaml", &good);
    assert_eq!(gateway.operator("POST", "/reload").await.status, 200);

    // Back to what the process has is no change, however it is written.
    let reload = async |text: &str| {
        place.write("fishplate.yaml", text);
        assert_eq!(gateway.operator("POST", "/reload").await.status, 200, "{text}");
    };
    let other = good.replacen("127.0.0.1:0", "127.0.0.1:1", 1);
    reload(&other).await;
    reload(&good).await;
    reload(&format!("{good}limits: {{ body: 8192KiB }}\n")).await;
    reload(&format!("{good}limits: {{ depth: 64 }}\n")).await;
    let keys: Vec<_> = (0..2)
        .map(|_| gateway.line("a changed setting needs a restart"))
        .map(|line| crate::harness::between(&line, "\"key\":\"", "\"").to_owned())
        .collect();
    assert_eq!(keys, ["listen", "limits.depth"]);
}

/// What is said of a configuration goes with it, and so does what is said of files that are gone.
#[tokio::test]
async fn nothing_old_is_told_of_files_that_are_others_by_now() {
    let backend = Backend::start(|_| json(r#"{"buyer":"x"}"#)).await;
    let place = orders("", &backend.address, "v2");
    let gateway = Gateway::start(&place.0);
    let good = config("", &backend.address, "v2");
    let snapshot = async || {
        let text = gateway.operator("GET", "/snapshot").await.text;
        serde_json::from_str::<serde_json::Value>(&text).unwrap()
    };
    let reload = async |status: u16| {
        let answer = gateway.operator("POST", "/reload").await;
        assert_eq!(answer.status.as_u16(), status, "{answer:?}");
    };
    place.write("fishplate.yaml", &format!("{good}  sales:\n    backends: {{}}\n"));
    place.write("mappings/orders/v2.yaml", &MAPPING.replace("fields:", "feilds:"));
    reload(422).await;
    let codes = |shown: &serde_json::Value| -> Vec<String> {
        let all = shown["errors"].as_array().unwrap();
        all.iter().map(|e| e["code"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(codes(&snapshot().await), ["F302", "F402"]);

    // The place is gone, the mapping is as it was.
    for empty in [true, false] {
        if empty {
            place.write("fishplate.yaml", "");
        } else {
            std::fs::remove_file(place.0.join("fishplate.yaml")).unwrap();
        }
        reload(422).await;
        let shown = snapshot().await;
        assert!(codes(&shown).contains(&"F302".to_owned()), "{shown}");
        assert!(!shown.to_string().contains("has no backend"), "{shown}");
        let places = shown["errors"].as_array().unwrap().iter().filter(|e| e["code"] != "F302");
        let lines: Vec<_> = places.map(|e| e["line"].as_u64().unwrap_or_default()).collect();
        assert!(!lines.is_empty() && lines.iter().all(|line| *line < 2), "{shown}");
        assert_eq!(shown["apis"][0]["state"], "last good", "{shown}");
    }
    place.write("fishplate.yaml", &good);
    reload(422).await;
    assert_eq!(codes(&snapshot().await), ["F302"]);

    std::fs::remove_file(place.0.join("mappings/orders/v2.yaml")).unwrap();
    reload(422).await;
    let shown = snapshot().await;
    let files = shown["apis"][0]["files"].as_array().unwrap();
    let states = files.iter().map(|f| (f["file"].as_str().unwrap(), f["state"].as_str().unwrap()));
    for (name, state) in states {
        let expected = match name.rsplit_once('/').unwrap() {
            (_, "fishplate.yaml") => "error",
            (folder, "v2.yaml") if folder.ends_with("mappings/orders") => "gone",
            _ => "ok",
        };
        assert_eq!(state, expected, "{name} {shown}");
    }

    // The good file back is no change, and yet there is something to say.
    place.write("mappings/orders/v2.yaml", MAPPING);
    reload(200).await;
    let line = gateway.line("\"message\":\"all files are in force again\"");
    assert!(line.contains("\"level\":\"INFO\"") && line.contains("\"generation\":1"), "{line}");
    let shown = snapshot().await;
    assert!(codes(&shown).is_empty(), "{shown}");
    assert!(!shown.to_string().contains("gone"), "{shown}");
}

/// A start says all that is wrong at once, as `check` shows it.
#[test]
fn a_start_that_fails_shows_everything_that_is_wrong() {
    let place = orders("limits: { body: much }", "127.0.0.1:9", "v9");
    place.write("mappings/orders/v2.yaml", &MAPPING.replace("customer: buyer", "customer: 7"));
    let start = std::process::Command::new(env!("CARGO_BIN_EXE_fishplate"))
        .args(["serve", "--config"])
        .arg(place.0.join("fishplate.yaml"))
        .output()
        .unwrap();
    assert_eq!(start.status.code(), Some(1));
    assert!(start.stdout.is_empty());
    let said = String::from_utf8(start.stderr).unwrap();
    for part in ["`much` is no size", "3 │ limits: { body: much }", "fields: { customer: 7 }"] {
        assert!(said.contains(part), "{part} not in\n{said}");
    }
}

/// What was expected stands in the log and in what operators are told.
#[tokio::test]
async fn what_was_expected_is_told() {
    let backend = Backend::start(|_| json("{}")).await;
    let place = orders("", &backend.address, "v2");
    let gateway = Gateway::start(&place.0);
    place.write("mappings/orders/v2.yaml", &MAPPING.replace("mapping: 1", "mapping: 2"));
    let answer = gateway.operator("POST", "/reload").await;
    let expected = "\"expected\":\"expected 1\"";
    assert!(answer.status == 422 && answer.text.contains(expected), "{answer:?}");
    let line = gateway.line("\"message\":\"not reloaded\"");
    assert!(line.contains(expected), "{line}");
    assert!(gateway.operator("GET", "/snapshot").await.text.contains(expected));
}
