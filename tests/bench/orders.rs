//! The shipped orders API for the bench: its files, lists of orders of any size in each version,
//! and the edits that its mappings stand for, written by hand over `serde_json::Value`.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use serde_json::{Map, Value, json};

use crate::api::Api;

/// The API from the files of these versions.
pub(crate) fn api(versions: &[&str]) -> Api {
    let read = |folder: &str, version: &str| {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        fs::read_to_string(root.join(folder).join("orders").join(format!("{version}.yaml")))
            .unwrap()
    };
    let contracts: Vec<(String, String)> =
        versions.iter().map(|v| (String::from(*v), read("schemas", v))).collect();
    let mappings: Vec<String> = versions.iter().skip(1).map(|v| read("mappings", v)).collect();
    Api::load(&contracts, &mappings)
}

const NAMES: [&str; 5] =
    ["Ada Lovelace", "Zoë Müller", "Grace Hopper", "李小龙", "Bob \\\"B\\\" Ray"];
const CITIES: [&str; 4] = ["Springfield", "Zürich", "Amsterdam", "New York"];
const NOTES: [&str; 3] = [
    "Leave it at the door, please.",
    "Ring twice; the bell of the second floor does not work, so knock if nobody comes.",
    "",
];

/// A list of orders of about this many bytes, in a version.
pub(crate) fn list(version: &str, bytes: usize) -> Vec<u8> {
    let mut text = String::from("[");
    let mut at = 0;
    while text.len() < bytes {
        if at > 0 {
            text.push(',');
        }
        order(&mut text, version, at);
        at += 1;
    }
    text.push(']');
    text.into_bytes()
}

fn order(text: &mut String, version: &str, at: usize) {
    let (name, city) = (NAMES[at % NAMES.len()], CITIES[at % CITIES.len()]);
    let (id, line, cents) = (100_000 + at, 1 + at % 90, 995 + 37 * (at % 1_000));
    let head = match version {
        "2023-01-15" => format!(
            "\"id\":{id},\"customer\":\"{name}\",\"ship_line1\":\"{line} Market Street\",\
             \"ship_city\":\"{city}\",\"total_cents\":{cents},\"currency\":\"EUR\""
        ),
        newer => {
            let customer = if newer == "2024-06-01" {
                format!("\"customer_name\":\"{name}\"")
            } else {
                format!("\"buyer\":{{\"name\":\"{name}\"}}")
            };
            let total = if newer == "2024-06-01" { "total" } else { "price" };
            format!(
                "\"id\":{id},{customer},\"shipping\":{{\"address\":{{\"line1\":\"{line} Market \
                 Street\",\"city\":\"{city}\"}}}},\"{total}\":{{\"amount\":{cents},\"currency\":\
                 \"EUR\"}},\"loyalty_tier\":\"standard\""
            )
        }
    };
    let key = if version == "2023-01-15" { "sku" } else { "product_code" };
    let items: Vec<String> = (0..=at % 4)
        .map(|i| format!("{{\"{key}\":\"SKU-{:05}\",\"quantity\":{}}}", at * 7 + i, 1 + i))
        .collect();
    let note = NOTES[at % NOTES.len()];
    // Writing to a string cannot fail.
    let _ok = write!(text, "{{{head},\"items\":[{}],\"note\":\"{note}\"}}", items.join(","));
}

/// 2023-01-15 to 2024-06-01.
pub(crate) fn one_hop_up(list: &mut Value) {
    each(list, |order| {
        rename(order, "customer", "customer_name");
        nest_address(order);
        nest_total(order, "total");
        order.insert("loyalty_tier".into(), json!("standard"));
        items(order, "sku", "product_code");
    });
}

/// 2024-06-01 to 2023-01-15.
pub(crate) fn one_hop_down(list: &mut Value) {
    each(list, |order| {
        rename(order, "customer_name", "customer");
        flatten(order, "total");
    });
}

/// 2023-01-15 to 2025-03-01.
pub(crate) fn two_hops_up(list: &mut Value) {
    each(list, |order| {
        if let Some(name) = order.remove("customer") {
            order.insert("buyer".into(), object([("name", name)]));
        }
        nest_address(order);
        nest_total(order, "price");
        order.insert("loyalty_tier".into(), json!("standard"));
        items(order, "sku", "product_code");
    });
}

/// 2025-03-01 to 2023-01-15.
pub(crate) fn two_hops_down(list: &mut Value) {
    each(list, |order| {
        if let Some(Value::Object(mut buyer)) = order.remove("buyer")
            && let Some(name) = buyer.remove("name")
        {
            order.insert("customer".into(), name);
        }
        flatten(order, "price");
    });
}

fn each(list: &mut Value, edit: impl Fn(&mut Map<String, Value>)) {
    for order in list.as_array_mut().unwrap() {
        edit(order.as_object_mut().unwrap());
    }
}

fn rename(object: &mut Map<String, Value>, from: &str, to: &str) {
    if let Some(value) = object.remove(from) {
        object.insert(to.into(), value);
    }
}

fn object<const N: usize>(members: [(&str, Value); N]) -> Value {
    Value::Object(members.into_iter().map(|(name, value)| (name.into(), value)).collect())
}

fn nest_address(order: &mut Map<String, Value>) {
    let (line, city) = (order.remove("ship_line1"), order.remove("ship_city"));
    if let (Some(line), Some(city)) = (line, city) {
        let address = object([("line1", line), ("city", city)]);
        order.insert("shipping".into(), object([("address", address)]));
    }
}

fn nest_total(order: &mut Map<String, Value>, to: &str) {
    let (amount, currency) = (order.remove("total_cents"), order.remove("currency"));
    if let (Some(amount), Some(currency)) = (amount, currency) {
        order.insert(to.into(), object([("amount", amount), ("currency", currency)]));
    }
}

fn flatten(order: &mut Map<String, Value>, total: &str) {
    if let Some(Value::Object(mut shipping)) = order.remove("shipping")
        && let Some(Value::Object(mut address)) = shipping.remove("address")
    {
        for (from, to) in [("line1", "ship_line1"), ("city", "ship_city")] {
            if let Some(value) = address.remove(from) {
                order.insert(to.into(), value);
            }
        }
    }
    if let Some(Value::Object(mut total)) = order.remove(total) {
        for (from, to) in [("amount", "total_cents"), ("currency", "currency")] {
            if let Some(value) = total.remove(from) {
                order.insert(to.into(), value);
            }
        }
    }
    order.remove("loyalty_tier");
    items(order, "product_code", "sku");
}

fn items(order: &mut Map<String, Value>, from: &str, to: &str) {
    if let Some(items) = order.get_mut("items").and_then(Value::as_array_mut) {
        for item in items.iter_mut().filter_map(Value::as_object_mut) {
            rename(item, from, to);
        }
    }
}
