//! What clients are told of requests that went wrong: in the words of the mapping, where it refuses
//! them, and of their own version, where the backend names a field of theirs.

use crate::harness::{Backend, Gateway, MAPPING, V1, between, json, orders, v2};

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
  PUT /files/{name} -> $none: { refuse: { status: 405 } }
  POST /orders:
    request:
      refuse:
        - { old: { query.dry: '1' }, status: 400, detail: nothing is tried any more }
        - { old: { body: $absent }, status: 411, detail: an order is what is ordered }
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
    assert!(detail.starts_with("types.Order.refuse[1] of v2 refuses /body"), "{detail}");
    assert_eq!(gateway.outcome(), "refused_request");

    let answer = gateway.ask(gateway.get("/v1/files/a"), "").await;
    assert_eq!(answer.status, 410, "{answer:?}");
    assert_eq!(between(&answer.text, "\"detail\":\"", "\""), "files have moved to the archive");
    assert_eq!(gateway.outcome(), "refused_request");
    // Of any part of the request, and where there is none.
    let dry = gateway.get("/v1/orders?dry=1").method("POST");
    let answer = gateway.ask(dry.header("content-type", "application/json"), "{}").await;
    assert_eq!(answer.status, 400, "{answer:?}");
    assert_eq!(between(&answer.text, "\"detail\":\"", "\""), "nothing is tried any more");
    assert_eq!(gateway.outcome(), "refused_request");
    let answer = gateway.ask(gateway.get("/v1/orders").method("POST"), "").await;
    assert_eq!(answer.status, 411, "{answer:?}");
    assert_eq!(gateway.outcome(), "refused_request");
    let answer = gateway.ask(gateway.get("/v1/files/a").method("PUT"), "").await;
    assert_eq!(answer.status, 405, "{answer:?}");
    assert_eq!(gateway.outcome(), "refused_request");
    assert_eq!(between(&answer.text, "\"detail\":\"", "\""), "version v2 has no such operation");
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

/// A contract whose orders may be refused by the name of a field.
fn faults(contract: &str) -> String {
    let created = "        '201':\n          description: made\n";
    let fault = "        '400':
          description: wrong
          content: { application/json: { schema: { $ref: '#/components/schemas/Fault' } } }
";
    let schema = "    Fault: { type: object, properties: { at: { type: string } } }\n";
    format!("{}{schema}", contract.replacen(created, &format!("{fault}{created}"), 1))
}

#[tokio::test]
async fn a_field_has_the_name_that_the_client_gave_it() {
    let backend = Backend::start(|_| {
        let mut answer = json(r#"{"at":"/buyer"}"#);
        *answer.status_mut() = http::StatusCode::BAD_REQUEST;
        answer
    })
    .await;
    let place = orders("", &backend.address, "v2");
    place.write("schemas/orders/v1.yaml", &faults(V1));
    place.write("schemas/orders/v2.yaml", &faults(&v2()));
    let errors = "errors:\n  fields: { body.at: { text: pointer } }\n";
    place.write("mappings/orders/v2.yaml", &format!("{MAPPING}{errors}"));
    let gateway = Gateway::start(&place.0);
    let request = gateway.get("/v1/orders").method("POST");
    let request = request.header("content-type", "application/json");
    let answer = gateway.ask(request, r#"{"customer":"x"}"#).await;
    assert_eq!((answer.status.as_u16(), &*answer.text), (400, r#"{"at":"/customer"}"#));
    assert_eq!(gateway.outcome(), "translated");
}
