//! Two contracts, two hops: both executors on documents that say what they are about.

use fishplate::contract::{Contract, Use, load};
use fishplate::diagnostic::Sources;
use fishplate::mapping::{self, Carrier, Mapping};
use fishplate::version::{ApiVersion, Direction};
use fishplate::{compile, json, reference, translate};

const V1: &str = "
$defs:
  Order:
    type: object
    properties:
      id: { type: integer }
      customer: { type: string }
      total_cents: { type: integer }
      note: { type: string }
  Orders: { type: array, items: { $ref: '#/$defs/Order' } }
";
const V2: &str = "
$defs:
  Order:
    type: object
    properties:
      id: { type: integer }
      customer_name: { type: string }
      total: { type: object, properties: { amount: { type: integer }, currency: { type: string } } }
      tier: { type: string }
      note: { type: string }
  Orders: { type: array, items: { $ref: '#/$defs/Order' } }
";
const V3: &str = "
$defs:
  Order:
    type: object
    properties:
      id: { type: integer }
      buyer: { type: object, properties: { name: { type: string } } }
      price: { type: object, properties: { amount: { type: integer }, currency: { type: string } } }
      note: { type: string }
  Orders: { type: array, items: { $ref: '#/$defs/Order' } }
";
const M1: &str = "
mapping: 1
api: orders
from: v1
to: v2
types:
  Order:
    fields: { customer: customer_name, total_cents: total.amount }
    added: { tier: standard, total.currency: EUR }
";
const M2: &str = "
mapping: 1
api: orders
from: v2
to: v3
types:
  Order:
    fields: { customer_name: buyer.name, total: price }
    removed: { tier: standard }
";

fn contract(version: &str, text: &str) -> Contract {
    let mut sources = Sources::default();
    let mut none = |_: &str| Err(String::from("none"));
    let (contract, found) = load(&mut sources, ApiVersion::new(version), ("c", text), &mut none);
    contract.unwrap_or_else(|| panic!("{found:#?}"))
}

fn mapping(text: &str) -> Mapping {
    let mut sources = Sources::default();
    let file = sources.add("m", text);
    let (mapping, found) = mapping::parse(("orders", &[]), &sources, &[file]);
    mapping.unwrap_or_else(|| panic!("{found:#?}"))
}

#[test]
fn an_order_in_a_list_over_two_hops() {
    let contracts = [contract("v1", V1), contract("v2", V2), contract("v3", V3)];
    let mappings = [mapping(M1), mapping(M2)];
    let documents = [
        r#"[{"id":1,"customer":"Zoë","total_cents":4634,"note":"x"},{"id":2}]"#,
        r#"[{"customer":5,"buyer":1,"tier":2,"total":3,"price":4,"x":[1.10, -0.0]}]"#,
        r#"[ 1 , null, {"total_cents":null} ]"#,
        r#"[{"buyer":{"name":"a","x":1},"price":{"amount":1,"currency":"EUR"}}]"#,
        r#"[{"buyer":{"x":1},"price":{"amount":1,"currency":"USD","z":0}}]"#,
        r#"[{"buyer":null,"price":null}]"#,
        r#"[{"buyer":7,"price":7}]"#,
        r#"[{"buyer":{},"price":{}}]"#,
    ];
    for direction in [Direction::Upgrade, Direction::Downgrade] {
        let mut order: Vec<usize> = vec![0, 1];
        if direction == Direction::Downgrade {
            order.reverse();
        }
        let pairs: Vec<_> = mappings
            .iter()
            .zip(contracts.windows(2))
            .map(|(mapping, ends)| compile::Pairs::new(mapping, (&ends[0], &ends[1])))
            .collect();
        let (mut links, mut hops, mut roots, mut starts) = (vec![], vec![], vec![], vec![]);
        for at in order {
            let pairs = &pairs[at];
            let (old, new) = (&contracts[at], &contracts[at + 1]);
            let index = u16::try_from(at).unwrap();
            links.push(compile::Link { mapping: &mappings[at], index, old, new, pairs });
            hops.push(reference::Hop { mapping: &mappings[at], index, old, new });
            let (from, to) = if direction == Direction::Upgrade { (old, new) } else { (new, old) };
            let of = |c: &Contract| Use { ty: c.types.named("Orders").unwrap(), nullable: false };
            roots.push(compile::Root {
                source: of(from),
                target: of(to),
                blocks: vec![],
                carrier: Carrier::Unknown,
                named: None,
            });
            starts.push(reference::Root {
                source: of(from),
                target: of(to),
                blocks: vec![],
                carrier: Carrier::Unknown,
                named: None,
            });
        }
        let plan = compile::program(&links, &roots, direction).unwrap();
        for document in documents {
            let expected =
                reference::run(&hops, &starts, direction, document.as_bytes(), 64).unwrap();
            let fused =
                translate::translate(&plan, document.as_bytes(), &translate::Limits::default());
            let fused = fused.unwrap();
            let mut losses = fused.losses(&plan, document.as_bytes());
            let text = String::from_utf8(fused.bytes).unwrap();
            losses.sort();
            let reference::Outcome::Translated { document: expected, losses: lost } = expected
            else {
                panic!("refused")
            };
            let got = json::parse(text.as_bytes(), 64).unwrap_or_else(|e| panic!("{e}: {text}"));
            assert!(
                got.same(&expected),
                "{direction:?} {document}\n fused {text}\n plain {expected}"
            );
            assert_eq!(losses, lost, "{direction:?} {document} -> {text}");
        }
    }
}
