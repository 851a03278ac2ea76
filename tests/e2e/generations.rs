//! Generations: numbered, listed, compared, gone back to, and few.

use std::sync::{Arc, Weak};

use fishplate::config::Config;
use fishplate::snapshot::{Cause, Places, Snapshot, Store};
use serde_json::Value;

use crate::harness::{Backend, Gateway, MAPPING, Place, V1, config, json, orders};

async fn customer(gateway: &Gateway) -> String {
    gateway.ask(gateway.get("/orders/1"), "").await.text
}

/// What an operator is answered, read.
pub(crate) async fn told(gateway: &Gateway, method: &str, path: &str) -> (u16, Value) {
    let answer = gateway.operator(method, path).await;
    let read = serde_json::from_str(&answer.text).unwrap_or_else(|e| panic!("{e}: {answer:?}"));
    (answer.status.as_u16(), read)
}

/// A mapping after which clients see a backend's own names.
fn other() -> String {
    MAPPING.replace("{ customer: buyer }", "{}")
}

const OLD: &str = r#"{"customer":"x"}"#;
const NEW: &str = r#"{"buyer":"x"}"#;

#[tokio::test]
async fn one_can_go_back_until_files_change() {
    let backend = Backend::start(|_| json(NEW)).await;
    let place = orders("", &backend.address, "v2");
    let gateway = Gateway::start(&place.0);
    assert_eq!(customer(&gateway).await, OLD);
    place.write("mappings/orders/v2.yaml", &other());
    let (status, answer) = told(&gateway, "POST", "/reload").await;
    assert_eq!((status, &answer["generation"]), (200, &2.into()), "{answer}");
    assert_eq!(customer(&gateway).await, NEW);

    let (_, list) = told(&gateway, "GET", "/generations").await;
    let by: Vec<_> = list["generations"].as_array().unwrap().iter().map(|g| &g["by"]).collect();
    // The watch may have been quicker than the operator.
    assert!(by == ["admin", "start"] || by == ["watch", "start"], "{list}");
    assert_eq!(list["generations"][0]["changed"], serde_json::json!(["orders"]));
    assert_eq!(list["generations"][0]["apis"], serde_json::json!(["orders"]));
    let since = list["generations"][0]["since"].as_str().unwrap();
    assert!(since.starts_with("20") && since.ends_with('Z'), "{list}");

    let (status, answer) = told(&gateway, "POST", "/generations/1/activate").await;
    assert_eq!((status, &answer["generation"]), (200, &3.into()), "{answer}");
    assert_eq!(answer["changed"], serde_json::json!(["orders"]));
    assert_eq!(customer(&gateway).await, OLD);
    // Nothing changed, so nothing is taken from the files: not by who asks, nor by the watch.
    let (status, answer) = told(&gateway, "POST", "/reload").await;
    assert_eq!((status, &answer["changed"]), (200, &serde_json::json!([])), "{answer}");
    assert_eq!(customer(&gateway).await, OLD);
    let (_, report) = told(&gateway, "GET", "/snapshot").await;
    assert_eq!(report["apis"][0]["state"], "rolled back", "{report}");
    let file = |report: &Value, end: &str| {
        let files = report["apis"][0]["files"].as_array().unwrap();
        files.iter().find(|f| f["file"].as_str().unwrap().ends_with(end)).unwrap().clone()
    };
    assert_eq!(file(&report, "mappings/orders/v2.yaml")["state"], "superseded", "{report}");
    assert_eq!(file(&report, "schemas/orders/v2.yaml")["state"], "ok", "{report}");
    let (_, list) = told(&gateway, "GET", "/generations").await;
    let newest = &list["generations"][0];
    assert_eq!((&newest["by"], &newest["of"]), (&"rollback".into(), &1.into()), "{list}");
    assert_eq!(newest["sha256"], list["generations"][2]["sha256"], "{list}");
    assert_ne!(newest["sha256"], list["generations"][1]["sha256"], "{list}");
    assert_eq!(list["held"], serde_json::json!(["orders"]));
    assert!(gateway.line("\"by\":\"rollback\"").contains("\"of\":1"));
    // To go where one is changes nothing.
    let (status, answer) = told(&gateway, "POST", "/generations/3/activate").await;
    assert_eq!((status, &answer["generation"]), (200, &3.into()), "{answer}");
    assert_eq!(answer["changed"], serde_json::json!([]));

    // A file that changes is what counts again.
    place.write("mappings/orders/v2.yaml", &format!("{}\n# again\n", other()));
    gateway.line("\"message\":\"reloaded\"");
    assert_eq!(customer(&gateway).await, NEW);
    let (_, report) = told(&gateway, "GET", "/snapshot").await;
    assert_eq!(
        (&report["apis"][0]["state"], &report["generation"]),
        (&"current".into(), &4.into())
    );
    // And to go forward to what the files have is no holding.
    told(&gateway, "POST", "/generations/1/activate").await;
    told(&gateway, "POST", "/generations/4/activate").await;
    let (_, list) = told(&gateway, "GET", "/generations").await;
    assert_eq!(list["held"], serde_json::json!([]), "{list}");
    assert_eq!(customer(&gateway).await, NEW);
    assert_eq!(told(&gateway, "GET", "/snapshot").await.1["apis"][0]["state"], "current");
}

#[tokio::test]
async fn apis_come_and_go_with_generations() {
    let backend = Backend::start(|_| json(NEW)).await;
    let place = orders("generations: 4", &backend.address, "v2");
    let gateway = Gateway::start(&place.0);
    let one = config("generations: 4", &backend.address, "v2");
    let shop = format!(
        "  shop:\n    prefix: /shop\n    version: {{ default: v1 }}\n    \
         backends: {{ two: {{ url: 'http://{}', version: v1 }} }}\n",
        backend.address
    );
    // Nothing of an API that is new and wrong is there, and of the others everything.
    place.write("fishplate.yaml", &format!("{one}{shop}").replace("default: v1", "default: v2"));
    let (status, answer) = told(&gateway, "POST", "/reload").await;
    assert_eq!(status, 422, "{answer}");
    place.write("schemas/shop/v1.yaml", V1);
    place.write("fishplate.yaml", &format!("{one}{shop}"));
    let (status, answer) = told(&gateway, "POST", "/reload").await;
    assert_eq!(status, 200, "{answer}");
    let shopped = async || gateway.ask(gateway.get("/shop/orders/1"), "").await.status == 200;
    assert!(shopped().await);
    let now = &answer["generation"];
    let (_, diff) = told(&gateway, "GET", &format!("/generations/1/diff/{now}")).await;
    let shop = diff["apis"].as_array().unwrap().iter().find(|api| api["name"] == "shop");
    let shop = shop.unwrap_or_else(|| panic!("{diff}"));
    assert_eq!((&shop["change"], &diff["same"]), (&"added".into(), &false.into()), "{diff}");
    assert_eq!(shop["versions"][0], serde_json::json!({ "version": "v1", "change": "added" }));
    assert_eq!(shop["settings"], serde_json::json!(["backends", "prefix", "version"]));

    // Back to a generation without it, and the files that have it do not count.
    let (status, answer) = told(&gateway, "POST", "/generations/1/activate").await;
    assert_eq!(status, 200, "{answer}");
    assert!(answer["changed"].as_array().unwrap().contains(&"shop".into()), "{answer}");
    assert!(!shopped().await);
    told(&gateway, "POST", "/reload").await;
    assert!(!shopped().await);
    let text = gateway.operator("GET", "/metrics").await.text;
    assert!(text.contains("fishplate_apis_held 1\n"), "{text}");

    // Back to one with it, and the files that have it no more do not count either.
    place.write("fishplate.yaml", &one);
    told(&gateway, "POST", "/reload").await;
    let (_, list) = told(&gateway, "GET", "/generations").await;
    let with = list["generations"]
        .as_array()
        .unwrap()
        .iter()
        .find(|one| one["apis"].as_array().unwrap().contains(&"shop".into()));
    let number = with.unwrap_or_else(|| panic!("{list}"))["generation"].clone();
    told(&gateway, "POST", &format!("/generations/{number}/activate")).await;
    assert!(shopped().await);
    told(&gateway, "POST", "/reload").await;
    assert!(shopped().await);
}

#[tokio::test]
async fn what_differs_is_told_and_what_is_not_kept_too() {
    let place = orders("generations: 3", "127.0.0.1:9", "v2");
    let gateway = Gateway::start(&place.0);
    place.write("mappings/orders/v2.yaml", &other());
    told(&gateway, "POST", "/reload").await;
    let text = config("generations: 3", "127.0.0.1:9", "v2");
    place.write("fishplate.yaml", &text.replace("default: v1", "default: v2"));
    told(&gateway, "POST", "/reload").await;
    let (status, diff) = told(&gateway, "GET", "/generations/1/diff/3").await;
    assert_eq!(status, 200, "{diff}");
    let api = &diff["apis"][0];
    assert_eq!((&api["name"], &api["change"]), (&"orders".into(), &"changed".into()), "{diff}");
    assert_eq!(api["settings"], serde_json::json!(["version"]), "{diff}");
    assert_eq!(api["files"].as_array().unwrap().len(), 1, "{diff}");
    assert!(api["files"][0]["file"].as_str().unwrap().ends_with("mappings/orders/v2.yaml"));
    assert_eq!(api["files"][0]["change"], "changed");
    let (_, same) = told(&gateway, "GET", "/generations/2/diff/2").await;
    assert_eq!((&same["same"], &same["apis"]), (&true.into(), &serde_json::json!([])), "{same}");

    place.write("mappings/orders/v2.yaml", MAPPING);
    told(&gateway, "POST", "/reload").await;
    for (method, path) in [
        ("POST", "/generations/1/activate"),
        ("GET", "/generations/1/diff/4"),
        ("GET", "/generations/4/diff/99999999999999999999"),
        ("POST", "/generations/x/activate"),
    ] {
        let (status, answer) = told(&gateway, method, path).await;
        assert_eq!(
            (status, &answer["type"]),
            (404, &"urn:fishplate:no-generation".into()),
            "{path}"
        );
        let detail = answer["detail"].as_str().unwrap();
        assert!(detail.ends_with("; there are 4, 3, 2"), "{detail}");
    }
    let (status, _) = told(&gateway, "GET", "/generations/2/activate").await;
    assert_eq!(status, 405);
}

/// A store of the files of a place.
pub(crate) fn open(place: &Place) -> Arc<Store> {
    let places = Places {
        config: place.0.join("fishplate.yaml"),
        mappings: place.0.join("mappings"),
        schemas: place.0.join("schemas"),
    };
    Arc::new(Store::open(places, Config::settings).unwrap())
}

/// However often it reloads, no more is held than what one can go back to.
#[tokio::test]
async fn old_generations_are_let_go() {
    let place = orders("", "127.0.0.1:9", "v2");
    let store = open(&place);
    let mut apis = vec![Arc::downgrade(&store.current().apis[0])];
    let mut snapshots: Vec<Weak<Snapshot>> = vec![Arc::downgrade(&store.current())];
    for number in 0..60 {
        place.write("mappings/orders/v2.yaml", &format!("{MAPPING}\n# {number}\n"));
        let reloaded = store.reload(Cause::Admin).await.unwrap();
        assert_eq!(reloaded.generation, number + 2);
        apis.push(Arc::downgrade(&store.current().apis[0]));
        snapshots.push(Arc::downgrade(&store.current()));
    }
    let alive = |left: usize| assert_eq!(left, fishplate::snapshot::KEPT);
    alive(apis.iter().filter(|api| api.strong_count() > 0).count());
    assert_eq!(snapshots.iter().filter(|one| one.strong_count() > 0).count(), 1);
    store.keep(2);
    place.write("mappings/orders/v2.yaml", MAPPING);
    store.reload(Cause::Admin).await.unwrap();
    assert_eq!(apis.iter().filter(|api| api.strong_count() > 0).count(), 1);
}
