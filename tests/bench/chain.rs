//! One net difference, spread over any number of hops: fields that wander from name to name until
//! the last hops set them down where a single hop would.

use std::fmt::Write as _;

use fishplate::version::Direction;

use crate::api::Api;

/// Where the fields stand at first, and at last.
const FIELDS: [(&str, &str); 6] = [
    ("customer", "customer_name"),
    ("ship_line1", "shipping.line1"),
    ("ship_city", "shipping.city"),
    ("total_cents", "total.amount"),
    ("currency", "total.currency"),
    ("note", "remark"),
];

/// Where a field stands after so many of all hops. Each hop moves one, in turns.
fn place(field: usize, done: usize, hops: usize) -> String {
    let mine = |upto: usize| (0..upto).filter(|hop| hop % FIELDS.len() == field).count();
    let (first, last) = FIELDS[field];
    match mine(done) {
        _ if hops == 1 && done == 1 => last.to_owned(),
        0 => first.to_owned(),
        moves if moves == mine(hops) => last.to_owned(),
        moves => format!("{first}_{moves}"),
    }
}

/// What a list holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Holds {
    /// Orders.
    Orders,
    /// Orders and refunds, told apart by `kind`.
    Either,
}

/// The API with that many hops.
pub(crate) fn api(hops: usize, holds: Holds) -> Api {
    let contracts: Vec<(String, String)> =
        (0..=hops).map(|at| (format!("v{at}"), contract(at, hops, holds))).collect();
    let mappings: Vec<String> = (0..hops).map(|at| mapping(at, hops)).collect();
    Api::load(&contracts, &mappings)
}

fn contract(at: usize, hops: usize, holds: Holds) -> String {
    let mut properties = String::from("id: { type: integer }, tags: { type: array }");
    let mut inner = [("shipping", String::new()), ("total", String::new())];
    for field in 0..FIELDS.len() {
        let place = place(field, at, hops);
        let within = inner.iter_mut().find(|(name, _)| place.starts_with(&format!("{name}.")));
        // Writing to a string cannot fail.
        let _ok = match within {
            Some((name, members)) => write!(members, "{}: {{}}, ", &place[name.len() + 1..]),
            None => write!(properties, ", {place}: {{}}"),
        };
    }
    for (name, members) in inner.iter().filter(|(_, members)| !members.is_empty()) {
        let _ok = write!(properties, ", {name}: {{ type: object, properties: {{ {members} }} }}");
    }
    let order = "$ref: '#/components/schemas/Order'";
    let (items, others) = match holds {
        Holds::Orders => (String::from(order), ""),
        Holds::Either => {
            properties += ", kind: { const: order }";
            (
                format!("oneOf: [{{ {order} }}, {{ $ref: '#/components/schemas/Refund' }}]"),
                "    Refund: { type: object, properties: { kind: { const: refund } } }\n",
            )
        }
    };
    format!(
        "openapi: 3.1.0
paths:
  /orders:
    get:
      responses:
        '200':
          content:
            application/json:
              schema: {{ type: array, items: {{ {items} }} }}
components:
  schemas:
    Order: {{ type: object, properties: {{ {properties} }} }}
{others}"
    )
}

fn mapping(at: usize, hops: usize) -> String {
    let mut fields = String::new();
    for field in 0..FIELDS.len() {
        let (from, to) = (place(field, at, hops), place(field, at + 1, hops));
        if from != to {
            // Writing to a string cannot fail.
            let _ok = write!(fields, "{from}: {to}, ");
        }
    }
    format!(
        "mapping: 1\napi: orders\nfrom: v{at}\nto: v{}\ntypes:\n  Order:\n    fields: {{ {fields} }}\n",
        at + 1
    )
}

/// A list of orders as it comes in this direction.
pub(crate) fn list(direction: Direction, holds: Holds, bytes: usize) -> Vec<u8> {
    let kind = match holds {
        Holds::Orders => "",
        Holds::Either => "\"kind\":\"order\",",
    };
    let mut text = String::from("[");
    let mut at = 0;
    while text.len() < bytes {
        let comma = if at > 0 { "," } else { "" };
        let address = (format!("{at} Market Street"), "Springfield");
        let (total, note) = (995 + at, "Leave it at the door, please.");
        // Writing to a string cannot fail.
        let _ok = match direction {
            Direction::Upgrade => write!(
                text,
                "{comma}{{{kind}\"id\":{at},\"customer\":\"Ada Lovelace\",\"ship_line1\":\"{}\",\
                 \"ship_city\":\"{}\",\"total_cents\":{total},\"currency\":\"EUR\",\"note\":\
                 \"{note}\",\"tags\":[1,2,3]}}",
                address.0, address.1
            ),
            Direction::Downgrade => write!(
                text,
                "{comma}{{{kind}\"id\":{at},\"customer_name\":\"Ada Lovelace\",\"shipping\":{{\"line1\":\
                 \"{}\",\"city\":\"{}\"}},\"total\":{{\"amount\":{total},\"currency\":\"EUR\"}},\
                 \"remark\":\"{note}\",\"tags\":[1,2,3]}}",
                address.0, address.1
            ),
        };
        at += 1;
    }
    text.push(']');
    text.into_bytes()
}

/// One hop that moves what is nested in itself: every level is held back before it is written.
pub(crate) fn nest() -> Api {
    let node = |inner: &str| {
        format!(
            "openapi: 3.1.0
paths:
  /nodes:
    get:
      responses:
        '200':
          content:
            application/json:
              schema: {{ $ref: '#/components/schemas/Node' }}
components:
  schemas:
    Node: {{ type: object, properties: {{ {inner} }} }}
"
        )
    };
    let child = "child: { $ref: '#/components/schemas/Node' }";
    let contracts = [
        (String::from("v0"), node(child)),
        (
            String::from("v1"),
            node(&format!("inner: {{ type: object, properties: {{ {child} }} }}")),
        ),
    ];
    let mapping = "mapping: 1\napi: nodes\nfrom: v0\nto: v1\ntypes:\n  Node:\n    fields: \
                   { child: inner.child }\n";
    Api::load(&contracts, &[String::from(mapping)])
}

/// So many nodes in one another, and some bytes in the innermost.
pub(crate) fn nested(levels: usize, bytes: usize) -> Vec<u8> {
    let inside = vec![r#"{"number":1,"text":"nothing names what stands here"}"#; bytes / 54];
    let (begin, end) = (r#"{"child":"#.repeat(levels), "}".repeat(levels));
    format!("{begin}{{\"list\":[{}]}}{end}", inside.join(",")).into_bytes()
}
