//! Chains as authors write them: each version comes from the one before by changes that lose
//! nothing, and the mapping says each of them.

use fishplate::version::Direction;

use super::documents::document;
use super::generate::{self, Contract, Kinds, Property, Random, Rule, Ty};
use super::{Case, Head, elements, joined, rare, represent, text};

/// Names that later versions bring.
const FRESH: &[&str] = &["f", "g", "h", "m", "n", "o", "p", "q", "r", "s", "t", "u", "v", "w", "z"];

/// A chain of 1 to 6 changes, with documents of its contracts.
pub(crate) fn case(seed: u64) -> Case {
    let mut random = Random { tidy: true, ..Random::new(seed) };
    let hops = 1 + random.below(6);
    let kinds = if random.chance(33) { Kinds::Plain } else { Kinds::All };
    // Branches that are objects have a tag: what is required alone may be missing in a document.
    let told = |c: &Contract| {
        let tagged = c[0].iter().any(|p| p.name == "k");
        !text::contract_text(c).contains("oneOf") || tagged
    };
    let mut first = generate::contract(&mut random, kinds);
    while !told(&first) || text::contract_text(&first).contains("\"oneOf\":[{\"type\":\"object") {
        first = generate::contract(&mut random, kinds);
    }
    let mut contracts = vec![first];
    let mut rules = Vec::new();
    for _ in 0..hops {
        let mut next = contracts[contracts.len() - 1].clone();
        let mut said = Vec::new();
        for (ty, properties) in next.iter_mut().enumerate() {
            change(&mut random, ty, properties, &mut said);
        }
        contracts.push(next);
        rules.push(said);
    }
    joined::join(seed, &mut contracts, &mut rules, (kinds, true));
    elements::elements(seed, &mut contracts, &mut rules);
    let direction = if random.chance(50) { Direction::Upgrade } else { Direction::Downgrade };
    let source = if direction == Direction::Upgrade { &contracts[0] } else { &contracts[hops] };
    let documents = (0..6).map(|_| document(&mut random, source, &Ty::Ref(0), 0)).collect();
    let mut heads = vec![Head::default(); rules.len()];
    rare::nulls(seed, &mut heads);
    Case { contracts: contracts.clone(), heads, rules, direction, documents, open: false }
}

fn fresh(random: &mut Random, properties: &[Property]) -> Option<&'static str> {
    let name = *random.of(FRESH);
    (!properties.iter().any(|p| p.name == name)).then_some(name)
}

fn said(ty: usize, word: &'static str, key: &str, value: String) -> Rule {
    let key = String::from(key);
    Rule { ty, word, key, value, old: None, new: None, also: (None, None) }
}

/// Changes of one type's properties, and the rules that say them.
fn change(random: &mut Random, ty: usize, properties: &mut Vec<Property>, rules: &mut Vec<Rule>) {
    for at in 0..properties.len() {
        let old = properties[at].clone();
        let Some(name) = fresh(random, properties).filter(|_| old.name != "k") else { continue };
        match random.below(12) {
            0 | 1 => {
                properties[at].name = name;
                rules.push(said(ty, "fields", old.name, String::from(name)));
            }
            2 | 3 => {
                let inner = *random.of(FRESH);
                properties[at] = Property {
                    name,
                    ty: Ty::Object(vec![Property { name: inner, ..old.clone() }]),
                    nullable: false,
                    required: old.required,
                };
                rules.push(said(ty, "fields", old.name, format!("\"{name}.{inner}\"")));
            }
            4 if old.ty == Ty::Integer => {
                properties[at].ty = Ty::String;
                let value = "{ convert: { old: integer, new: string } }";
                rules.push(said(ty, "fields", old.name, String::from(value)));
            }
            4 if old.ty == Ty::Enum => {
                let value = "{ pairs: [[p, q], [q, r], [r, p]] }";
                rules.push(said(ty, "fields", old.name, String::from(value)));
            }
            6 => {
                if let Some((ty_after, value)) = represent::lossless(random, &old.ty) {
                    properties[at].ty = ty_after;
                    rules.push(said(ty, "fields", old.name, String::from(value)));
                }
            }
            5 => {
                properties[at].name = name;
                properties[at].ty = Ty::List(Box::new(old.ty.clone()));
                let value = format!("{{ to: {name}, wrap: new }}");
                rules.push(said(ty, "fields", old.name, value));
            }
            _ => {}
        }
    }
    if let Some(name) = fresh(random, properties).filter(|_| random.chance(30)) {
        properties.push(Property { name, ty: Ty::Enum, nullable: false, required: false });
        rules.push(said(ty, "added", name, String::from("p")));
    }
    if random.chance(15) {
        // What goes for good was always the same.
        let gone = properties.iter().position(|p| p.ty == Ty::Enum && p.name != "k");
        let named = |name: &str| rules.iter().any(|r| r.key == name || r.value.contains(name));
        if let Some(at) = gone.filter(|at| !named(properties[*at].name)) {
            rules.push(said(ty, "removed", properties[at].name, String::from("p")));
            properties.remove(at);
        }
    }
}

/// Whether the chain says anything at all.
pub(crate) fn says(case: &Case) -> bool {
    case.rules.iter().any(|rules| !rules.is_empty())
}
