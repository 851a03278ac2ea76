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
        assert!(said.contains(&format!("error[{code}]")), "{said}");
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
