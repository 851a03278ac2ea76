//! A change of which the file system tells nobody: the look at the content of all files finds it.

use std::fs::{self, File};
use std::os::unix::fs::symlink;
use std::time::Duration;

use tokio::time::Instant;

use crate::harness::{Backend, Gateway, MAPPING, Place, json, orders};
use crate::scrape::scrape;

/// How often files were read.
async fn readings(gateway: &Gateway) -> u64 {
    let counted = scrape(gateway).await.sum("fishplate_reloads_total", &[]);
    format!("{counted:.0}").parse().unwrap()
}

/// The file is a link, and what it leads to is written in place where no watch is, as long as it was and as old
/// as it was: neither an event nor the file's own data tell of it.
#[tokio::test]
async fn a_change_that_no_watch_sees_is_found_by_its_content() {
    let backend = Backend::start(|_| json(r#"{"buyer":"x"}"#)).await;
    let (place, outside) = (orders("", &backend.address, "v2"), Place::new());
    outside.write("v2.yaml", MAPPING);
    let (own, link) = (outside.0.join("v2.yaml"), place.0.join("mappings/orders/v2.yaml"));
    fs::remove_file(&link).unwrap();
    symlink(&own, &link).unwrap();
    let gateway = Gateway::start(&place.0);
    let customer = async || gateway.ask(gateway.get("/orders/1"), "").await.text;
    assert_eq!(customer().await, r#"{"customer":"x"}"#);
    // Right behind a look there is none for a while.
    let before = readings(&gateway).await;
    let began = Instant::now();
    while readings(&gateway).await == before {
        assert!(began.elapsed() < Duration::from_secs(20), "it looks now and then");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let before = readings(&gateway).await;
    let meta = fs::metadata(&own).unwrap();
    let rule = "{ customer: buyer }";
    let other = MAPPING.replace(rule, &format!("{{{}}}", " ".repeat(rule.len() - 2)));
    outside.write("v2.yaml", &other);
    File::options().write(true).open(&own).unwrap().set_modified(meta.modified().unwrap()).unwrap();
    let now = fs::metadata(&own).unwrap();
    assert_eq!((now.len(), now.modified().unwrap()), (meta.len(), meta.modified().unwrap()));
    let began = Instant::now();
    while began.elapsed() < Duration::from_millis(2500) {
        assert_eq!(readings(&gateway).await, before, "no watch has seen it");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(customer().await, r#"{"customer":"x"}"#);
    gateway.line("\"message\":\"reloaded\"");
    assert!(began.elapsed() < Duration::from_secs(12), "{:?}", began.elapsed());
    assert_eq!(customer().await, r#"{"buyer":"x"}"#);
}
