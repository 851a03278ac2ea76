//! Random documents: most of a contract, with extras, nulls, and values of wrong types.

use super::generate::{Contract, EXTRAS, Property, Random, Ty};
use super::represent;

/// A document that fits its contract more or less.
pub(crate) fn document(random: &mut Random, contract: &Contract, ty: &Ty, depth: usize) -> String {
    if !random.tidy && random.chance(6) {
        let wrong =
            ["null", "1", "\"p\"", "[]", "{}", "true", "1.10", "\"\\ud800\"", "[{\"a\":1}]"];
        return String::from(*random.of(&wrong));
    }
    match ty {
        Ty::Integer => {
            String::from(*random.of(&["0", "1", "2", "1.0", "-0.0", "18446744073709551617", "1e2"]))
        }
        Ty::String if random.chance(25) => String::from(*random.of(represent::TEXTS)),
        Ty::String => {
            String::from(*random.of(&["\"p\"", "\"q\"", "\"007\"", "\"\\u0070\"", "\"12.5\""]))
        }
        Ty::Enum => String::from(*random.of(&["\"p\"", "\"q\"", "\"r\"", "\"s\""])),
        Ty::Boolean => String::from(*random.of(&["true", "false"])),
        Ty::Any => String::from(*random.of(&["{\"a\": {\"b\":1}}", "[1, 2]", "3"])),
        Ty::Tag(of) => format!("\"t{of}\""),
        Ty::Scalar => String::from(*random.of(&["\"p\"", "\"q\"", "\"s\""])),
        Ty::Union(branches) => {
            let branch = random.of(branches).clone();
            document(random, contract, &branch, depth)
        }
        Ty::Ref(to) => document_object(random, contract, &contract[*to], depth + 1),
        Ty::Object(properties) => document_object(random, contract, properties, depth + 1),
        Ty::List(of) => {
            let scalar = matches!(**of, Ty::Enum | Ty::String | Ty::Scalar | Ty::Integer);
            let most = if scalar { 6 } else { 3 };
            let count = if depth > 5 { 0 } else { random.below(most) };
            let items: Vec<String> =
                (0..count).map(|_| document(random, contract, of, depth + 1)).collect();
            format!("[{}]", items.join(" ,"))
        }
        Ty::Dict(of) => {
            let mut members = Vec::new();
            for name in EXTRAS {
                if depth <= 5 && random.chance(20) {
                    members
                        .push(format!("\"{name}\":{}", document(random, contract, of, depth + 1)));
                }
            }
            format!("{{{}}}", members.join(","))
        }
    }
}

fn document_object(
    random: &mut Random,
    contract: &Contract,
    properties: &[Property],
    depth: usize,
) -> String {
    let mut members = Vec::new();
    for property in properties {
        let deep = depth > 4
            && matches!(property.ty, Ty::Ref(_) | Ty::List(_) | Ty::Dict(_) | Ty::Union(_));
        if (random.chance(30) && !(random.tidy && property.required)) || deep {
            continue;
        }
        let value = if !random.tidy && random.chance(10) {
            String::from("null")
        } else {
            document(random, contract, &property.ty, depth)
        };
        members.push((property.name, value));
    }
    for name in EXTRAS {
        if !random.tidy && random.chance(12) && !members.iter().any(|(n, _)| n == name) {
            let value = String::from(*random.of(&[
                "0",
                "{\"a\":1}",
                "{\"a\":1,\"b\":\"p\",\"c\":2}",
                "{\"d\":{\"a\":1}}",
                "null",
                "[ ]",
            ]));
            let at = random.below(members.len() + 1);
            members.insert(at, (name, value));
        }
    }
    let spell = |random: &mut Random, name: &str| {
        if random.chance(3) {
            format!("\"\\u{:04x}{}\"", u32::from(name.as_bytes()[0]), &name[1..])
        } else {
            format!("\"{name}\"")
        }
    };
    let members: Vec<String> =
        members.iter().map(|(n, v)| format!("{}: {v}", spell(random, n))).collect();
    format!("{{{}}}", members.join(", "))
}
