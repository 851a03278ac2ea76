//! `text: pointer`: texts of answers that name a field of their request.

use fishplate::compile::{Part, Series, Status, Subject};

use crate::both::{Direction, Downgrade, Said, Upgrade, ends, heads, load, run};

/// A contract whose request is of these schemas, and whose answers have a `field` and `fields`.
fn contract(schemas: &str) -> String {
    format!(
        "openapi: 3.1.0
paths:
  /t:
    post:
      requestBody: {{ content: {{ application/json: {{ schema: {{ $ref: '#/components/schemas/T' }} }} }} }}
      responses:
        '400': {{ content: {{ application/json: {{ schema: {{ $ref: '#/components/schemas/Fault' }} }} }} }}
components:
  schemas:
    Fault:
      type: object
      properties: {{ field: {{ type: string }}, at: {{ type: array }}, fields: {{ type: array, items: {{ type: string }} }} }}
{schemas}"
    )
}

const OLD: &str = "
    T:
      type: object
      properties:
        name: { type: string }
        street: { type: string }
        items: { type: array, items: { $ref: '#/components/schemas/Item' } }
        notes: { type: object, additionalProperties: { $ref: '#/components/schemas/Item' } }
        owner: { type: string }
        gone: { type: string }
        free: {}
        pet: { oneOf: [{ $ref: '#/components/schemas/Item' }, { type: string }] }
    Item: { type: object, properties: { sku: { type: string }, parts: { type: array, items: { $ref: '#/components/schemas/Item' } } } }
";
const NEW: &str = "
    T:
      type: object
      properties:
        full_name: { type: string }
        address: { type: object, properties: { street: { type: string } } }
        lines: { type: array, items: { $ref: '#/components/schemas/Item' } }
        notes: { type: object, additionalProperties: { $ref: '#/components/schemas/Item' } }
        owners: { type: array, items: { type: object, properties: { id: { type: string } } } }
        added: { type: string }
        free: {}
        pet: { oneOf: [{ $ref: '#/components/schemas/Item' }, { type: string }] }
    Item: { type: object, properties: { product: { type: string }, parts: { type: array, items: { $ref: '#/components/schemas/Item' } } } }
";
const RULES: &str = "
types:
  T:
    fields:
      name: full_name
      street: address.street
      items: lines
      owner: { to: 'owners[].id', wrap: new }
    added: { added: x }
  Item: { fields: { sku: product } }
errors:
  fields:
    body.field: { text: pointer }
    body.at: { text: pointer }
    body.fields: { each: { text: pointer } }
";

fn series(rules: &[&str]) -> Series {
    let mut contracts = vec![contract(OLD), contract(NEW)];
    contracts.extend((1..rules.len()).map(|_| contract(NEW)));
    load(&contracts, &heads(rules)).unwrap_or_else(|errors| panic!("{errors}"))
}

fn said(series: &Series, direction: Direction, message: &str) -> Said {
    let way = ends(series, direction);
    let operation = &series.contracts[way.from].operations[0];
    let subject = Subject::Body(operation, Part::Answer(Status::Is(400)));
    run(series, subject, way, message.as_bytes())
}

#[track_caller]
fn becomes(series: &Series, direction: Direction, pairs: &[(&str, &str)]) {
    for (from, to) in pairs {
        let document = |text: &str| format!("{{\"field\":\"{text}\"}}");
        assert_eq!(said(series, direction, &document(from)), document(to), "{from}");
    }
}

#[test]
fn the_rules_of_the_request_say_what_it_is_called_there() {
    let series = series(&[RULES]);
    becomes(
        &series,
        Downgrade,
        &[
            ("full_name", "name"),
            ("/full_name", "/name"),
            ("#/address/street", "#/street"),
            ("$.address.street", "$.street"),
            ("lines[3].product", "items[3].sku"),
            ("lines.3.product", "items.3.sku"),
            ("lines[0][product]", "items[0][sku]"),
            ("/lines/0/parts/1/parts/2/product", "/items/0/parts/1/parts/2/sku"),
            ("/notes/a~1b/product", "/notes/a~1b/sku"),
            ("owners[0].id", "owner"),
            ("pet.product", "pet.sku"),
            ("free.x.product", "free.x.product"),
            // An extra has one name everywhere.
            ("extra.product", "extra.product"),
            ("#", "#"),
        ],
    );
    becomes(
        &series,
        Upgrade,
        &[("name", "full_name"), ("street", "address.street"), ("owner", "owners[0].id")],
    );
}

#[test]
fn lists_of_segments_and_lists_of_texts() {
    let series = series(&[RULES]);
    let message = r#"{"at":["lines",0,"product"],"fields":["full_name","lines.0.product"]}"#;
    let told = r#"{"at":["items",0,"sku"],"fields":["name","items.0.sku"]}"#;
    assert_eq!(said(&series, Downgrade, message), told);
    let words = r#"{"at":["lines","0","product"]}"#;
    assert_eq!(said(&series, Downgrade, words), r#"{"at":["items","0","sku"]}"#);
}

#[test]
fn what_has_no_counterpart_is_said() {
    let series = series(&[RULES]);
    for text in ["address", "added", "owners[1].id", "owners[1]"] {
        let message = format!("{{\"field\":\"{text}\"}}");
        let expected = format!("{message} | unknown /field errors.fields.body.field");
        assert_eq!(said(&series, Downgrade, &message), expected, "{text}");
    }
    for text in ["something is wrong", "a..b", ""] {
        let message = format!("{{\"field\":\"{text}\"}}");
        let expected = format!("{message} | unfit /field errors.fields.body.field");
        assert_eq!(said(&series, Downgrade, &message), expected, "{text}");
    }
    let up = "{\"field\":\"gone\"} | unknown /field errors.fields.body.field";
    assert_eq!(said(&series, Upgrade, "{\"field\":\"gone\"}"), up);
}

#[test]
fn over_several_hops_and_in_types_of_answers() {
    let of_type = "
types:
  Item: { fields: { parts: { to: parts } } }
  Fault: { fields: { field: { text: pointer } } }
";
    let twice = series(&[RULES, of_type]);
    becomes(&twice, Downgrade, &[("lines[0].product", "items[0].sku"), ("full_name", "name")]);
    becomes(&twice, Upgrade, &[("items[0].sku", "lines[0].product")]);
}
