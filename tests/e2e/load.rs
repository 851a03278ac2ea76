//! Reload under load: no exchange fails, none mixes generations, and nothing grows. Sixty reloads, or a
//! thousand where `FISHPLATE_LONG` is set.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use bytes::Bytes;
use http::Response;
use http_body_util::Full;

use crate::aborted::{held, is_long};
use crate::harness::{Backend, Gateway, Place, between, config};

const CONTRACT: &str = "
openapi: 3.1.0
info: { title: Orders, version: v }
paths:
  /orders:
    post:
      requestBody:
        content: { application/json: { schema: { $ref: '#/components/schemas/Order' } } }
      responses:
        '200':
          description: made
          content: { application/json: { schema: { $ref: '#/components/schemas/Order' } } }
components:
  schemas:
    Order: { type: object, properties: { OWN: { type: integer }, asked: { type: integer } } }
";

/// A mapping that marks requests and answers with its number.
fn mapping(number: usize) -> String {
    format!(
        "mapping: 1\napi: orders\nfrom: v1\nto: v2\ntypes:\n  Order:\n    \
         added: {{ gen: {number} }}\n    removed: {{ stamp: {number} }}\n"
    )
}

/// Answers with the number that the request was marked with.
fn echo(asked: &crate::harness::Asked) -> Response<Full<Bytes>> {
    let body = String::from_utf8(asked.body.to_vec()).unwrap();
    let number = between(&body, "\"gen\":", "}");
    let answer = format!("{{\"asked\":{number}}}");
    Response::builder().header("content-type", "application/json").body(Full::from(answer)).unwrap()
}

/// The numbers of the request's and of the answer's translation.
async fn ask(gateway: &Gateway) -> (usize, usize) {
    let request =
        gateway.get("/v1/orders").method("POST").header("content-type", "application/json");
    let answer = gateway.ask(request, "{}").await;
    assert_eq!(answer.status, 200, "{answer:?}");
    let number = |name: &str| {
        let rest = between(&answer.text, &format!("\"{name}\":"), "}");
        rest.split(',').next().unwrap().parse().unwrap()
    };
    (number("asked"), number("stamp"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_reloads_a_third_of_them_broken() {
    let reloads = if is_long() { 1_000 } else { 60 };
    let backend = Backend::start(echo).await;
    let place = Place::new();
    place.write("schemas/orders/v1.yaml", &CONTRACT.replace("OWN", "stamp"));
    place.write("schemas/orders/v2.yaml", &CONTRACT.replace("OWN", "gen"));
    place.write("mappings/orders/v2.yaml", &mapping(0));
    place.write("fishplate.yaml", &config("", &backend.address, "v2"));
    let gateway = Arc::new(Gateway::start(&place.0));
    let (stop, asked) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
    let mut clients = tokio::task::JoinSet::new();
    for _ in 0..4 {
        let (gateway, stop, asked) = (Arc::clone(&gateway), Arc::clone(&stop), Arc::clone(&asked));
        clients.spawn(async move {
            while !stop.load(Ordering::Relaxed) {
                let (request, answer) = ask(&gateway).await;
                assert_eq!(request, answer, "one exchange, two generations");
                asked.fetch_add(1, Ordering::Relaxed);
            }
        });
    }
    let (mut good, mut early) = (0, (0, 0));
    for number in 1..=reloads {
        if number == reloads / 5 {
            // By then as many generations are kept as ever will be.
            early = held(&gateway);
        }
        let before = asked.load(Ordering::Relaxed);
        if number % 3 == 0 {
            place.write("mappings/orders/v2.yaml", &mapping(number).replace("added", "addde"));
            let answer = gateway.operator("POST", "/reload").await;
            assert_eq!(answer.status, 422, "{answer:?}");
            assert!(answer.text.contains("mappings/orders/v2.yaml"), "{answer:?}");
            assert!(answer.text.contains("\"line\":7"), "{answer:?}");
        } else {
            place.write("mappings/orders/v2.yaml", &mapping(number));
            good = number;
            let answer = gateway.operator("POST", "/reload").await;
            assert_eq!(answer.status, 200, "{answer:?}");
        }
        assert_eq!(ask(&gateway).await, (good, good), "reload {number}");
        // Traffic flows between any two reloads.
        while asked.load(Ordering::Relaxed) < before + 4 && !clients.is_empty() {
            tokio::task::yield_now().await;
        }
    }
    stop.store(true, Ordering::Relaxed);
    while let Some(client) = clients.join_next().await {
        client.unwrap();
    }
    let report = gateway.operator("GET", "/snapshot").await.text;
    let generation: usize = between(&report, "\"generation\":", ",").parse().unwrap();
    assert!(generation > reloads / 3 * 2, "{report}");
    let late = held(&gateway);
    println!(
        "{reloads} reloads, {} exchanges: {} descriptors and {} KiB after a fifth, {} and {} at the end",
        asked.load(Ordering::Relaxed),
        early.0,
        early.1,
        late.0,
        late.1
    );
    assert!(late.0 <= early.0 + 8, "descriptors: {early:?} {late:?}");
    assert!(late.1 <= early.1 + (24 << 10), "KiB: {early:?} {late:?}");
}

/// A chain of so many versions, each of which has another name of one field.
fn chain(versions: usize, backend: &str) -> Place {
    let place = Place::new();
    let last = versions - 1;
    for at in 0..versions {
        let named = CONTRACT.replace("OWN", &format!("n{at}"));
        place.write(&format!("schemas/orders/v{at}.yaml"), &named);
        if let Some(before) = at.checked_sub(1) {
            let rules = format!("types: {{ Order: {{ fields: {{ n{before}: n{at} }} }} }}");
            let head = format!("mapping: 1\napi: orders\nfrom: v{before}\nto: v{at}\n");
            place.write(&format!("mappings/orders/v{at}.yaml"), &format!("{head}{rules}\n"));
        }
    }
    let config = config("", backend, &format!("v{last}"));
    place.write("fishplate.yaml", &config.replace("default: v1", "default: v0"));
    place
}

/// Two hundred versions start and serve within little more memory than two, when all programs are made.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_hundred_versions_are_no_burden() {
    let mut memory = Vec::new();
    for versions in [2, 200] {
        let last = versions - 1;
        let backend = Backend::start(|asked| {
            let body = asked.body.clone();
            Response::builder()
                .header("content-type", "application/json")
                .body(Full::from(body))
                .unwrap()
        })
        .await;
        let place = chain(versions, &backend.address);
        let gateway = Gateway::start(&place.0);
        for at in [0, versions / 2, last] {
            let request = gateway.get(&format!("/v{at}/orders")).method("POST");
            let request = request.header("content-type", "application/json");
            let body = format!("{{\"n{at}\":7}}");
            let answer = gateway.ask(request, &body).await;
            assert_eq!((answer.status.as_u16(), &*answer.text), (200, &*body));
            assert_eq!(backend.last().body, format!("{{\"n{last}\":7}}"));
        }
        let all = format!("\"programs\":{{\"reachable\":{last},\"made\":{last}}}");
        let mut report = String::new();
        for _ in 0..1200 {
            report = gateway.operator("GET", "/snapshot").await.text;
            if report.contains(&all) {
                break;
            }
            tokio::time::sleep(std::time::Duration::from_millis(25)).await;
        }
        assert!(report.contains(&all), "{all} not in {report}");
        memory.push(held(&gateway).1);
    }
    println!("{} KiB with 2 versions, {} KiB with 200", memory[0], memory[1]);
    assert!(memory[1] < memory[0] + (48 << 10), "{memory:?}");
}
