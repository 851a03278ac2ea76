//! Contracts and mappings as the files that they are read from.

use std::fmt::Write as _;

use super::generate::{self, Contract, Property, Rule, Ty};
use super::{Head, joined, own, refused};

fn schema(ty: &Ty, nullable: bool, into: &mut String) {
    if nullable {
        into.push_str("{\"oneOf\":[");
    }
    match ty {
        Ty::Integer => into.push_str("{\"type\":\"integer\"}"),
        Ty::String => into.push_str("{\"type\":\"string\"}"),
        Ty::Enum => into.push_str("{\"type\":\"string\",\"enum\":[\"p\",\"q\",\"r\"]}"),
        Ty::Boolean => into.push_str("{\"type\":\"boolean\"}"),
        Ty::Any => into.push_str("{}"),
        Ty::Tag(of) => write!(into, "{{\"const\":\"t{of}\"}}").unwrap(),
        Ty::Scalar => into.push_str("{\"$ref\":\"#/components/schemas/S\"}"),
        Ty::Union(branches) => {
            into.push_str("{\"oneOf\":[");
            for (at, branch) in branches.iter().enumerate() {
                if at > 0 {
                    into.push(',');
                }
                schema(branch, false, into);
            }
            into.push_str("]}");
        }
        Ty::Ref(to) => write!(into, "{{\"$ref\":\"#/components/schemas/T{to}\"}}").unwrap(),
        Ty::List(of) => {
            into.push_str("{\"type\":\"array\",\"items\":");
            schema(of, false, into);
            into.push('}');
        }
        Ty::Dict(of) => {
            into.push_str("{\"type\":\"object\",\"additionalProperties\":");
            schema(of, false, into);
            into.push('}');
        }
        Ty::Object(properties) => object_schema(properties, into),
    }
    if nullable {
        into.push_str(",{\"type\":\"null\"}]}");
    }
}

fn object_schema(properties: &[Property], into: &mut String) {
    into.push_str("{\"type\":\"object\",\"properties\":{");
    for (at, property) in properties.iter().enumerate() {
        if at > 0 {
            into.push(',');
        }
        write!(into, "\"{}\":", property.name).unwrap();
        schema(&property.ty, property.nullable, into);
    }
    into.push('}');
    let required: Vec<String> =
        properties.iter().filter(|p| p.required).map(|p| format!("\"{}\"", p.name)).collect();
    if !required.is_empty() {
        write!(into, ",\"required\":[{}]", required.join(",")).unwrap();
    }
    if generate::is_open(properties) {
        into.push_str(",\"additionalProperties\":{\"$ref\":\"#/components/schemas/T1\"}");
    }
    into.push('}');
}

/// The contract as a document with one operation, whose request is of the first type.
pub(crate) fn contract_text(contract: &Contract) -> String {
    let mut text = String::from(
        "{\"openapi\":\"3.1.0\",\"info\":{\"title\":\"t\",\"version\":\"1\"},\"paths\":{\"/t\":{\"post\":\
         {\"requestBody\":{\"content\":{\"application/json\":{\"schema\":\
         {\"$ref\":\"#/components/schemas/T0\"}}}},\"responses\":{}}}},\
         \"components\":{\"schemas\":{",
    );
    for (at, properties) in contract.iter().enumerate() {
        if at > 0 {
            text.push(',');
        }
        write!(text, "\"T{at}\":").unwrap();
        object_schema(properties, &mut text);
        if at == 2 && generate::has_base(contract) {
            text.pop();
            text.push_str(",\"allOf\":[{\"$ref\":\"#/components/schemas/T1\"}]}");
        }
    }
    text.push_str(",\"S\":{\"type\":\"string\"}}}}");
    text
}

/// A mapping as a file.
pub(crate) fn mapping_text(at: usize, rules: &[Rule], head: Head) -> String {
    let mut text = format!("mapping: 1\napi: t\nfrom: v{at}\nto: v{}\n", at + 1);
    if head.strict {
        text.push_str("strict: true\n");
    }
    if head.drop {
        text.push_str("unmapped: drop\n");
    }
    if head.nulls.absent {
        text.push_str("nulls: absent\n");
    }
    let before = text.len();
    text.push_str("types:\n");
    let pair = rules.iter().find(|r| r.ty == joined::PAIR);
    let last = pair.is_some_and(|r| r.value == "last");
    let mut order = vec![0, 1, 2, 3];
    order.insert(if last { 4 } else { 0 }, joined::PAIR);
    for ty in order {
        let of_type: Vec<&Rule> = rules.iter().filter(|r| r.ty == ty).collect();
        let name = match ty {
            3 => String::from("S"),
            joined::PAIR => format!("T{} -> T{}", joined::TYPES.0, joined::TYPES.1),
            _ => format!("T{ty}"),
        };
        // What is joined has blocks of its own too.
        if pair.is_some()
            && of_type.iter().all(|r| r.word.is_empty())
            && (ty == 1 || ty == 2 || ty == joined::PAIR)
        {
            writeln!(text, "  {name}: {{}}").unwrap();
            continue;
        }
        if of_type.is_empty() {
            continue;
        }
        writeln!(text, "  {name}:").unwrap();
        // Some blocks drop what is not mapped, whatever the rest of the mapping does.
        if of_type.len() == 3 {
            text.push_str("    unmapped: drop\n");
        }
        if head.nulls.differs && of_type.len().is_multiple_of(2) {
            let nulls = if head.nulls.absent { "value" } else { "absent" };
            writeln!(text, "    nulls: {nulls}").unwrap();
        }
        for word in ["fields", "added", "removed", "alias", "in"] {
            let of_word: Vec<&&Rule> = of_type.iter().filter(|r| r.word == word).collect();
            if !of_word.is_empty() {
                writeln!(text, "    {word}:").unwrap();
                for rule in of_word {
                    writeln!(text, "      \"{}\": {}", rule.key, rule.value).unwrap();
                }
            }
        }
        let refused = of_type.iter().filter(|r| r.word == "refuse");
        let refused: Vec<&str> = refused.map(|r| &*r.value).collect();
        if !refused.is_empty() {
            writeln!(text, "    refuse: [{}]", refused.join(", ")).unwrap();
        }
    }
    for lone in rules.iter().filter(|r| r.ty == refused::LONE) {
        writeln!(text, "  {}: {}", lone.key, lone.value).unwrap();
    }
    if text.ends_with("types:\n") {
        text.truncate(before);
    }
    let of_body: Vec<&Rule> = rules.iter().filter(|r| r.ty == own::BODY).collect();
    if !of_body.is_empty() {
        text.push_str("operations:\n  POST /t:\n    request:\n");
    }
    for word in ["fields", "added", "removed", "alias", "in"] {
        let of_word: Vec<&&Rule> = of_body.iter().filter(|r| r.word == word).collect();
        if !of_word.is_empty() {
            writeln!(text, "      {word}:").unwrap();
        }
        for rule in of_word {
            let (key, value) = own::entry(rule);
            writeln!(text, "        \"{key}\": {value}").unwrap();
        }
    }
    text
}
