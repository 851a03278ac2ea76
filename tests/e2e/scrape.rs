//! `GET /metrics`: a scrape is read as Prometheus reads it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use crate::harness::{Backend, Gateway, MAPPING, V1, config, json, orders, wire};

/// Labels of a sample.
type Labels = BTreeMap<String, String>;

/// What a scrape says.
#[derive(Debug, Default)]
pub(crate) struct Scrape {
    /// Types by family.
    pub(crate) types: BTreeMap<String, String>,
    samples: Vec<(String, Labels, f64)>,
}

impl Scrape {
    /// Reads the text format 0.0.4; anything that it does not allow is a panic.
    fn read(text: &str) -> Self {
        let (mut scrape, mut helped) = (Self::default(), BTreeSet::new());
        for line in text.lines() {
            if let Some(rest) = line.strip_prefix("# HELP ") {
                let (name, help) = rest.split_once(' ').expect(line);
                assert!(!help.is_empty() && helped.insert(name.to_owned()), "{line}");
            } else if let Some(rest) = line.strip_prefix("# TYPE ") {
                let (name, kind) = rest.split_once(' ').expect(line);
                assert!(helped.contains(name), "{line}");
                assert!(scrape.types.insert(name.to_owned(), kind.to_owned()).is_none(), "{line}");
            } else {
                assert!(!line.starts_with('#') && !line.is_empty(), "{line:?}");
                scrape.sample(line);
            }
        }
        scrape
    }

    fn sample(&mut self, line: &str) {
        let (series, value) = line.rsplit_once(' ').expect(line);
        let (name, labels) = series.split_once('{').unwrap_or((series, "}"));
        let (mut labels, mut rest) = (Labels::new(), labels);
        while rest != "}" {
            let (key, more) = rest.split_once("=\"").expect(line);
            let (mut text, mut chars) = (String::new(), more.chars());
            loop {
                match chars.next().expect(line) {
                    '"' => break,
                    '\\' => text.push(match chars.next().expect(line) {
                        'n' => '\n',
                        c => c,
                    }),
                    c => text.push(c),
                }
            }
            assert!(labels.insert(key.to_owned(), text).is_none(), "{line}");
            rest = chars.as_str().strip_prefix(',').unwrap_or(chars.as_str());
        }
        let known = |name: &str| self.types.contains_key(name);
        let family = ["_bucket", "_sum", "_count"].iter().find_map(|end| {
            let family = name.strip_suffix(end)?;
            (self.types.get(family).map(String::as_str) == Some("histogram")).then_some(family)
        });
        assert!(known(family.unwrap_or(name)), "of no family: {line}");
        let same = self.samples.iter().any(|(n, l, _)| n == name && *l == labels);
        assert!(!same, "twice: {line}");
        self.samples.push((name.to_owned(), labels, value.parse().expect(line)));
    }

    /// The sum of the samples of this name with these labels.
    pub(crate) fn sum(&self, name: &str, labels: &[(&str, &str)]) -> f64 {
        let fit = |own: &Labels| {
            labels.iter().all(|(key, value)| own.get(*key).map(String::as_str) == Some(*value))
        };
        self.samples.iter().filter(|(n, own, _)| n == name && fit(own)).map(|s| s.2).sum()
    }

    /// How many samples have these labels, whatever their name.
    fn count(&self, key: &str, value: &str) -> usize {
        let fit = |own: &Labels| own.get(key).map(String::as_str) == Some(value);
        self.samples.iter().filter(|(_, own, _)| fit(own)).count()
    }
}

pub(crate) async fn scrape(gateway: &Gateway) -> Scrape {
    let answer = gateway.operator("GET", "/metrics").await;
    assert_eq!(answer.status, 200, "{answer:?}");
    assert_eq!(answer.header("content-type"), Some("text/plain; version=0.0.4; charset=utf-8"));
    Scrape::read(&answer.text)
}

/// A mapping that loses something, beside one that does not.
fn losing() -> (String, String) {
    let v2 = V1.replace("version: v1", "version: v2").replace("customer:", "buyer:");
    let v2 = v2.replace("id: { type: integer }", "id: { type: integer }, tier: { type: string }");
    let rules = "{ customer: buyer }\n    added: { tier: none }";
    (v2, MAPPING.replace("{ customer: buyer }", rules))
}

#[expect(clippy::float_cmp, reason = "counts are whole")]
#[tokio::test]
async fn a_scrape_tells_every_exchange() {
    let backend = Backend::start(|_| json(r#"{"tier":"a","buyer":"x"}"#)).await;
    let place = orders("limits: { body: 1KiB }", &backend.address, "v2");
    let (v2, mapping) = losing();
    place.write("schemas/orders/v2.yaml", &v2);
    place.write("mappings/orders/v2.yaml", &mapping);
    let gateway = Gateway::start(&place.0);
    for _ in 0..3 {
        gateway.ask(gateway.get("/orders/1"), "").await;
    }
    gateway.ask(gateway.get("/v2/orders/1"), "").await;
    gateway.ask(gateway.get("/v2/files/1").method("PUT"), "0123456789").await;
    // What a client says is no label.
    gateway.ask(gateway.get("/s3cret"), "").await;
    wire(&gateway.listen, "GET /v2/s3cret HTTP/1.1\r\nhost: s3cret\r\nx-api-version: s3cret\r\nconnection: close\r\n\r\n").await;
    let large = gateway.get("/orders").method("POST").header("content-type", "application/json");
    assert_eq!(gateway.ask(large, &"[".repeat(2_000)).await.status, 413);
    for _ in 0..8 {
        gateway.outcome();
    }
    let seen = scrape(&gateway).await;
    let own = |version, operation, outcome| {
        [("api", "orders"), ("version", version), ("operation", operation), ("outcome", outcome)]
    };
    let exchanges = "fishplate_exchanges_total";
    for (version, operation, outcome, times) in [
        ("v1", "GET /orders/{id}", "translated", 3.0),
        ("v2", "GET /orders/{id}", "passed", 1.0),
        ("v2", "PUT /files/{name}", "passed", 1.0),
        ("v1", "POST /orders", "refused_request", 1.0),
        ("v1", "", "unmatched", 1.0),
    ] {
        assert_eq!(seen.sum(exchanges, &own(version, operation, outcome)), times, "{seen:?}");
    }
    assert_eq!(seen.sum(exchanges, &[]), 8.0, "each is counted once");
    let text = gateway.operator("GET", "/metrics").await.text;
    assert!(!text.contains("s3cret"), "{text}");
    let api = [("api", "orders")];
    assert_eq!(seen.sum("fishplate_exchange_duration_seconds_count", &[]), 8.0);
    assert_eq!(seen.sum("fishplate_backend_duration_seconds_count", &api), 5.0);
    let message = |side| [("api", "orders"), ("message", side)];
    let translated = "fishplate_translation_duration_seconds_count";
    assert_eq!(seen.sum(translated, &message("answer")), 3.0);
    assert_eq!(seen.sum(translated, &message("request")), 0.0);
    assert_eq!(seen.sum("fishplate_body_size_bytes_sum", &message("request")), 10.0);
    let rule = ("rule", "types.Order.added.tier of v2");
    assert_eq!(seen.sum("fishplate_losses_total", &[api[0], rule, ("kind", "dropped")]), 3.0);
    assert_eq!(seen.sum("fishplate_limit_hits_total", &[("limit", "limits.body")]), 1.0);
    assert_eq!(seen.sum("fishplate_exchanges_in_flight", &[]), 0.0);
    assert_eq!(seen.sum("fishplate_buffered_bytes", &[]), 0.0);
    assert!(seen.sum("fishplate_backend_connections", &[]) >= 1.0, "{seen:?}");
    assert_eq!(seen.sum("fishplate_buffered_limit_bytes", &[]), f64::from(256 << 20));
    assert_eq!(seen.sum("fishplate_generation", &[]), 1.0);
}

/// The state of the files, and that series go with what they are about.
#[expect(clippy::float_cmp, reason = "counts are whole")]
#[tokio::test]
async fn a_scrape_tells_what_is_wrong() {
    let backend = Backend::start(|_| json(r#"{"buyer":"x"}"#)).await;
    let place = orders("", &backend.address, "v2");
    let both = config("", &backend.address, "v2");
    let shop = format!(
        "  shop:\n    prefix: /shop\n    version: {{ default: v1 }}\n    \
         backends: {{ two: {{ url: 'http://{}', version: v2 }} }}\n",
        backend.address
    );
    for version in ["v1", "v2"] {
        let text = fs::read_to_string(place.0.join(format!("schemas/orders/{version}.yaml")));
        place.write(&format!("schemas/shop/{version}.yaml"), &text.unwrap());
    }
    place.write("mappings/shop/v2.yaml", &MAPPING.replace("api: orders", "api: shop"));
    place.write("fishplate.yaml", &format!("{both}{shop}"));
    let gateway = Gateway::start(&place.0);
    gateway.ask(gateway.get("/shop/orders/1"), "").await;
    gateway.ask(gateway.get("/orders/1"), "").await;
    gateway.outcome();
    gateway.outcome();
    let seen = scrape(&gateway).await;
    assert_eq!(seen.sum("fishplate_apis", &[]), 2.0);
    assert_eq!(seen.sum("fishplate_api_current", &[]), 2.0);
    assert_eq!(seen.sum("fishplate_reload_last_failure_timestamp_seconds", &[]), 0.0);
    assert!(seen.sum("fishplate_reload_last_success_timestamp_seconds", &[]) > 1e9, "{seen:?}");
    assert!(seen.count("api", "shop") > 5 && seen.count("backend", "two") > 5, "{seen:?}");

    place.write("mappings/shop/v2.yaml", "mapping: 1\nfeilds: 2");
    assert_eq!(gateway.operator("POST", "/reload").await.status, 422);
    let seen = scrape(&gateway).await;
    for (name, value) in [("generation", 1.0), ("apis_failed", 1.0), ("files_with_errors", 1.0)] {
        assert_eq!(seen.sum(&format!("fishplate_{name}"), &[]), value, "{seen:?}");
    }
    assert_eq!(seen.sum("fishplate_api_current", &[("api", "shop")]), 0.0);
    assert_eq!(seen.sum("fishplate_api_current", &[("api", "orders")]), 1.0);
    assert!(seen.sum("fishplate_reloads_total", &[("result", "wrong")]) >= 1.0, "{seen:?}");
    assert!(seen.sum("fishplate_reload_last_failure_timestamp_seconds", &[]) > 1e9, "{seen:?}");

    // An example that fails stops nothing.
    let example = "\nexamples:\n  - type: Order\n    old: { customer: a }\n    new: { buyer: b }\n";
    place.write("mappings/orders/v2.yaml", &format!("{MAPPING}{example}"));
    place.write("fishplate.yaml", &both);
    let answer = gateway.operator("POST", "/reload").await;
    assert_eq!(answer.status, 200, "{answer:?}");
    assert!(answer.text.contains("F616"), "{answer:?}");
    scrape(&gateway).await;
    let seen = scrape(&gateway).await;
    assert!(seen.sum("fishplate_examples_failed", &[("api", "orders")]) > 0.0, "{seen:?}");
    assert!(seen.sum("fishplate_api_warnings", &[("api", "orders")]) > 0.0, "{seen:?}");
    assert_eq!(seen.count("api", "shop"), 0, "{seen:?}");
    assert_eq!(seen.sum("fishplate_apis_failed", &[]), 0.0);
    assert_eq!(seen.sum("fishplate_exchanges_total", &[("api", "orders")]), 1.0);

    // Nor does one that nobody can read.
    let half = example.replace("    new: { buyer: b }\n", "");
    place.write("mappings/orders/v2.yaml", &format!("{MAPPING}{half}"));
    let answer = gateway.operator("POST", "/reload").await;
    assert_eq!(answer.status, 200, "{answer:?}");
    assert!(answer.text.contains("F307"), "{answer:?}");
}

/// Every family is documented, by its type, and nothing else is.
#[tokio::test]
async fn every_family_is_documented() {
    let place = orders("", "127.0.0.1:9", "v2");
    let gateway = Gateway::start(&place.0);
    let seen = scrape(&gateway).await;
    let text = fs::read_to_string("docs/gateway.md").unwrap();
    let rows = text.lines().filter_map(|line| line.strip_prefix("| `fishplate_"));
    let mut told = BTreeMap::new();
    for row in rows {
        let mut cells = row.split(" | ");
        let name = format!("fishplate_{}", cells.next().unwrap().trim_end_matches('`'));
        told.insert(name, cells.next().unwrap().to_owned());
    }
    assert_eq!(told, seen.types);
}
