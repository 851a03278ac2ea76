//! Files and directories that are none, or are not where the configuration says, while the gateway serves and
//! before it does.

use std::fs;
use std::os::unix::fs::symlink;

use crate::harness::{Backend, Gateway, Place, V1, config, json, orders};
use crate::reload::customer;

/// A pipe is opened for ever, and a device read without end.
#[tokio::test]
async fn what_is_no_file_is_an_error_at_once() {
    let backend = Backend::start(|_| json(r#"{"buyer":"x"}"#)).await;
    let place = orders("", &backend.address, "v2");
    let gateway = Gateway::start(&place.0);
    let reload = async || gateway.operator("POST", "/reload").await;
    for name in ["mappings/orders/v3.yaml", "schemas/orders/v3.yaml", "fishplate.yaml"] {
        let path = place.0.join(name);
        let before = fs::read_to_string(&path);
        drop(fs::remove_file(&path));
        assert!(std::process::Command::new("mkfifo").arg(&path).status().unwrap().success());
        let answer = reload().await;
        assert_eq!(answer.status, 422, "{name} {answer:?}");
        assert!(
            answer.text.contains("F503") && answer.text.contains("no regular file"),
            "{answer:?}"
        );
        fs::remove_file(&path).unwrap();
        symlink("/dev/zero", &path).unwrap();
        let answer = reload().await;
        assert!(answer.text.contains("no regular file"), "{name} {answer:?}");
        fs::remove_file(&path).unwrap();
        fs::create_dir(&path).unwrap();
        let answer = reload().await;
        assert!(answer.text.contains("no regular file"), "{name} {answer:?}");
        assert!(answer.text.contains(name), "{name} {answer:?}");
        fs::remove_dir(&path).unwrap();
        if let Ok(before) = before {
            // A symlink to a file is as good as the file.
            place.write("elsewhere", &before);
            symlink(place.0.join("elsewhere"), &path).unwrap();
        }
        assert_eq!(reload().await.status, 200, "{name}");
        assert_eq!(customer(&gateway).await, r#"{"customer":"x"}"#);
    }
    symlink(".", place.0.join("mappings/orders/again")).unwrap();
    symlink(".", place.0.join("mappings/orders/anew")).unwrap();
    let answer = reload().await;
    assert!(answer.text.contains("within itself"), "{answer:?}");
}

#[tokio::test]
async fn a_directory_that_is_not_there_is_an_error() {
    let run = |place: &Place, command: &str| {
        let output = std::process::Command::new(env!("CARGO_BIN_EXE_fishplate"))
            .args([command, "--config"])
            .arg(place.0.join("fishplate.yaml"))
            .output()
            .unwrap();
        let text = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
        (output.status.code(), text)
    };
    for (name, version) in [("mappings", "v2"), ("schemas", "v1")] {
        let place = orders("", "127.0.0.1:9", version);
        let config = fs::read_to_string(place.0.join("fishplate.yaml")).unwrap();
        place.write("fishplate.yaml", &config.replace(", default: v1", ""));
        assert_eq!(run(&place, "check").0, Some(0));
        fs::rename(place.0.join(name), place.0.join("elsewhere")).unwrap();
        for command in ["check", "serve"] {
            let (code, text) = run(&place, command);
            assert_eq!(code, Some(1), "{name} {command} {text}");
            assert!(text.contains("F503") && text.contains(name), "{name} {command} {text}");
        }
    }
}

#[tokio::test]
async fn what_a_configuration_names_must_be_there() {
    let backend = Backend::start(|_| json("{}")).await;
    let place = orders("", &backend.address, "v2");
    let gateway = Gateway::start(&place.0);
    let good = config("", &backend.address, "v2");
    let reload = async |text: &str| {
        place.write("fishplate.yaml", text);
        gateway.operator("POST", "/reload").await
    };
    for (operations, status) in [
        ("['GET /orders/{any}', '* /files/*', 'GET /*']", 200),
        ("['GET /order/{id}']", 422),
        ("['GET /orders/{id}', 'DELETE /orders/{id}']", 422),
        ("['HEAD /orders/{id}']", 422),
    ] {
        let route =
            format!("{good}    route: [{{ operations: {operations}, to: one }}, {{ to: one }}]\n");
        let answer = reload(&route).await;
        assert_eq!(answer.status.as_u16(), status, "{operations} {answer:?}");
        assert_eq!(answer.text.contains("F405"), status == 422, "{answer:?}");
        assert_eq!(answer.text.contains(r#""line":8"#), status == 422, "{answer:?}");
    }
    // A password is none that a backend would ever get, and none that an operator sees.
    let secret = good.replace("http://", "http://me:secret@");
    let answer = reload(&secret).await;
    assert_eq!(answer.status, 422, "{answer:?}");
    let shown = gateway.operator("GET", "/snapshot").await.text;
    assert!(!shown.contains("secret") && !answer.text.contains("secret"), "{shown} {answer:?}");

    // What is read at the start only is said when it changes.
    let answer = reload(&good.replacen("127.0.0.1:0", "127.0.0.1:1", 1)).await;
    let line = gateway.line("needs a restart");
    assert!(line.contains("\"key\":\"listen\""), "{line}");
    // There was an error before.
    let line = gateway.line("nothing is wrong any more");
    assert!(line.contains("needs a restart"), "{line}");
    let shown = gateway.operator("GET", "/snapshot").await;
    let again = gateway.operator("POST", "/reload").await;
    for answer in [answer, shown, again] {
        assert_eq!(answer.status, 200, "{answer:?}");
        let told = "\"code\":\"F408\",\"reason\":\"the changed setting `listen` is not in force\"";
        assert!(answer.text.contains(told), "{answer:?}");
    }
    // So is what the next start would lack.
    let answer = reload(&format!("mappings: nowhere\n{good}")).await;
    assert!(answer.status == 422 && answer.text.contains("nowhere"), "{answer:?}");
    let answer = reload(&good).await;
    assert!(answer.status == 200 && !answer.text.contains("F408"), "{answer:?}");
    // A contract that no mapping leads to stops nothing, and is said.
    place.write("schemas/orders/v0.yaml", V1);
    assert_eq!(gateway.operator("POST", "/reload").await.status, 200);
    let line = gateway.line("\"code\":\"F504\"");
    assert!(line.contains("schemas/orders/v0.yaml\",\"line\":2,"), "{line}");
    // A contract that is missing is said where a mapping wants it.
    fs::remove_file(place.0.join("schemas/orders/v1.yaml")).unwrap();
    assert_eq!(gateway.operator("POST", "/reload").await.status, 422);
    let line = gateway.line("\"code\":\"F501\"");
    assert!(line.contains("mappings/orders/v2.yaml\",\"line\":4,"), "{line}");
}
