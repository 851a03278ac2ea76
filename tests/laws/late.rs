//! Aliases of a value of which a rule further out looks at the first place, or carries it elsewhere.

use fishplate::json::{self, Value};
use fishplate::version::Direction;

use super::generate::{self, Contract, Kinds, Property, Random, Rule, Ty};
use super::{Case, Head, documents};

/// A chain with such rules, and no others.
pub(crate) fn case(seed: u64) -> Case {
    let mut random = Random { tidy: true, ..Random::new(seed ^ 0x1a7e_0000_51de_0001) };
    let hops = 1 + random.below(3);
    let mut contracts = vec![generate::contract(&mut random, Kinds::Plain); hops + 1];
    let mut rules = vec![Vec::new(); hops];
    late(&mut random, &mut contracts, &mut rules);
    let document = |random: &mut Random| {
        let document = documents::document(random, &contracts[0], &Ty::Ref(0), 0);
        let mut value = json::parse(document.as_bytes(), 64).unwrap();
        thin(random, &mut value);
        value.to_string()
    };
    let documents = (0..6).map(|_| document(&mut random)).collect();
    let heads = vec![Head::default(); hops];
    Case { contracts, rules, heads, direction: Direction::Upgrade, documents, open: false }
}

/// The rules, with the places that they are about.
fn late(random: &mut Random, contracts: &mut [Contract], rules: &mut [Vec<Rule>]) {
    let hop = random.below(rules.len());
    let list = random.chance(25);
    // What is only looked at stays where it is.
    let looked = list || random.chance(50);
    let text = |name| Property { name, ty: Ty::String, nullable: false, required: false };
    for (at, contract) in contracts.iter_mut().enumerate() {
        let many = |ty| if list { Ty::List(Box::new(ty)) } else { ty };
        contract[0].push(Property { ty: many(Ty::Ref(1)), required: true, ..text("o") });
        if at <= hop {
            contract[1].extend([text("f"), text("g")]);
        } else {
            contract[0].push(Property { ty: many(Ty::String), ..text("z") });
            contract[1].extend(looked.then(|| text("f")));
        }
    }
    let place = |path: &str| Some(String::from(path));
    let path = if list { "o[]." } else { "o." };
    let (ty, before) = if random.chance(50) { (0, path) } else { (1, "") };
    let (first, second) = (format!("{before}f"), format!("{before}g"));
    rules[hop].push(Rule {
        ty,
        word: "alias",
        value: format!("{{\"of\": \"{first}\"}}"),
        old: Some(second.clone()),
        new: None,
        key: second,
        also: (Some(first), None),
    });
    let (word, key, value) = if looked {
        ("added", String::from("z"), format!("{{\"$from\": \"{path}f\"}}"))
    } else {
        ("fields", String::from("o.f"), String::from("{\"to\": \"z\"}"))
    };
    let (old, also) =
        if looked { (None, place(&format!("{path}f"))) } else { (place("o.f"), None) };
    rules[hop].push(Rule { ty: 0, word, key, value, old, new: place("z"), also: (also, None) });
}

/// Takes first places out, so that the second ones count.
fn thin(random: &mut Random, value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| thin(random, item)),
        Value::Object(members) => {
            if random.chance(60) {
                members.retain(|(name, _)| name.raw() != "f");
            }
            for (_, inner) in members {
                thin(random, inner);
            }
        }
        _ => {}
    }
}
