//! What has no counterpart, in the words of its mapping: `refuse` of values and of operations.

use crate::harness::{Backend, Gateway, between, json, orders};

const REFUSES: &str = "mapping: 1
api: orders
from: v1
to: v2
types:
  Order:
    fields: { customer: buyer }
    refuse:
      - { old: { customer: nobody }, status: 409, detail: somebody has to buy it, why: told in May }
      - { old: { customer: all } }
      - { new: { buyer: nobody }, status: 410, detail: it has no buyer }
operations:
  GET /files/{name} -> $none: { refuse: { status: 410, detail: files have moved to the archive } }
";

#[tokio::test]
async fn it_is_said_in_the_mappings_own_words() {
    let backend = Backend::start(|asked| match asked.path.as_str() {
        "/orders/1" => json(r#"{"buyer":"nobody"}"#),
        _ => json(r#"{"buyer":"x"}"#),
    })
    .await;
    let place = orders("", &backend.address, "v2");
    place.write("mappings/orders/v2.yaml", REFUSES);
    let gateway = Gateway::start(&place.0);
    let post = |body: &'static str| {
        let request = gateway.get("/v1/orders").method("POST");
        gateway.ask(request.header("content-type", "application/json"), body)
    };
    let answer = post(r#"{"customer":"nobody"}"#).await;
    assert_eq!(answer.status, 409, "{answer:?}");
    assert_eq!(between(&answer.text, "\"type\":\"", "\""), "urn:fishplate:refused-by-mapping");
    assert_eq!(between(&answer.text, "\"detail\":\"", "\""), "somebody has to buy it");
    assert_eq!(gateway.outcome(), "refused_request");

    // Without words of its own a rule has its name, and the status that any has.
    let answer = post(r#"{"customer":"all"}"#).await;
    assert_eq!(answer.status, 422, "{answer:?}");
    let detail = between(&answer.text, "\"detail\":\"", "\"");
    assert!(detail.starts_with("types.Order.refuse[1] of v2 refuses the document"), "{detail}");
    assert_eq!(gateway.outcome(), "refused_request");

    let answer = gateway.ask(gateway.get("/v1/files/a"), "").await;
    assert_eq!(answer.status, 410, "{answer:?}");
    assert_eq!(between(&answer.text, "\"detail\":\"", "\""), "files have moved to the archive");
    assert_eq!(gateway.outcome(), "refused_request");
    assert_eq!(backend.count(), 0);

    // The backend's answer is no fault of the client's.
    let answer = gateway.ask(gateway.get("/v1/orders/1"), "").await;
    assert_eq!(answer.status, 502, "{answer:?}");
    assert_eq!(
        between(&answer.text, "\"detail\":\"", "\""),
        "the backend's answer: it has no buyer"
    );
    assert_eq!(gateway.outcome(), "refused_answer");
    let answer = gateway.ask(gateway.get("/v1/orders/2"), "").await;
    assert_eq!(answer.text, r#"{"customer":"x"}"#);
}
