//! Values that the last version moves into single elements of a list, `[0]` and `[a=p]`.

use super::generate::{Contract, Property, Random, Rule, Ty};

/// Members of elements that only the last version has: nobody but the rules writes them.
pub(crate) const MADE: &[&str] = &["li", "lj"];
/// The members that hold their values before.
const BEFORE: &[&str] = &["i", "ii"];

/// How the text of a mapping names an element by its field.
pub(crate) const SELECTS: &[&str] = &["[a=", "[c="];

fn property(name: &'static str, ty: Ty) -> Property {
    Property { name, ty, nullable: false, required: false }
}

fn rule(word: &'static str, key: &str, value: String) -> Rule {
    let key = String::from(key);
    Rule { ty: 0, word, key, value, old: None, new: None, also: (None, None) }
}

/// Gives some chains such a last hop; by numbers of their own, so that all other chains are what they
/// are without it.
pub(crate) fn elements(seed: u64, contracts: &mut [Contract], rules: &mut [Vec<Rule>]) {
    let mut random = Random::new(seed ^ 0x7a4e_0000_51de_0e1e);
    let (Some(said), last) = (rules.last_mut(), contracts.len() - 1) else { return };
    if random.chance(80) {
        return;
    }
    let renamed = random.chance(40);
    let taken = random.chance(30);
    let nested = random.chance(30);
    let two = random.chance(50);
    let count = if two { 2 } else { 1 };
    for (at, contract) in contracts.iter_mut().enumerate() {
        let named = if renamed && at == last { "c" } else { "a" };
        let mut members = vec![property(named, Ty::Enum), property("b", Ty::Integer)];
        if taken && at < last {
            members.push(property("z", Ty::Enum));
        }
        for name in MADE.iter().take(if at == last { count } else { 0 }) {
            let inner = vec![property("v", Ty::Integer)];
            members.push(property(name, if nested { Ty::Object(inner) } else { Ty::Integer }));
        }
        contract[0].retain(|p| p.name != "l");
        contract[0].push(property("l", Ty::List(Box::new(Ty::Object(members)))));
        for name in BEFORE.iter().take(if at < last { count } else { 0 }) {
            contract[0].push(property(name, Ty::Integer));
        }
    }
    let select = if renamed { ["c=p", "c=q"] } else { ["a=p", "a=q"] };
    let positions = ["0", "1"];
    // Both in one way, as `check` wants it.
    let ways = if random.chance(60) { &select } else { &positions };
    for (before, made) in BEFORE.iter().zip(MADE).take(count) {
        let which = random.of(ways);
        let inner = if nested { ".v" } else { "" };
        said.push(rule("fields", before, format!("\"l[{which}].{made}{inner}\"")));
    }
    if renamed {
        said.push(rule("fields", "l[].a", String::from("\"l[].c\"")));
    }
    if taken {
        said.push(rule("removed", "l[].z", String::from("\"p\"")));
    }
}
