//! Two types that become one in some hop, or one that becomes two: blocks `T1 -> T2` beside those of
//! `T1` and `T2`, with constants or a tag that tells them apart on the other way, or nothing.

use fishplate::loss::{Loss, LossKind};

use super::generate::{self, Contract, Kinds, Property, Random, Rule, Ty};

/// What stands for the pair in rules.
pub(crate) const PAIR: usize = 5;
/// The types of the pair, before and after.
pub(crate) const TYPES: (usize, usize) = (1, 2);

/// Whether a loss on the way home is of what tells the two apart: then it came home as the wrong one.
pub(crate) fn is_told(rules: &[Vec<Rule>], loss: &Loss) -> bool {
    let joins = rules.iter().flatten().any(|r| r.ty == PAIR);
    let tells = loss.place.ends_with("/by") || loss.place.ends_with("/k");
    // A member without counterpart may have the name of one.
    joins && tells && loss.kind != LossKind::Collision
}

/// The types that rules of a type, or of what stands for one, are about.
pub(crate) fn types(of: usize) -> (usize, usize) {
    match of {
        PAIR => TYPES,
        super::own::BODY => (0, 0),
        ty => (ty, ty),
    }
}

/// Lets some chains join, or split, two types at one hop; by numbers of its own, so that all other
/// chains are what they are without it. (`tidy`: the mapping says all of it.)
pub(crate) fn join(
    seed: u64,
    contracts: &mut [Contract],
    rules: &mut [Vec<Rule>],
    (kinds, tidy): (Kinds, bool),
) {
    let mut random = Random::new(seed ^ 0x0019_edfa_b000_1234);
    if kinds == Kinds::Plain || random.chance(75) {
        return;
    }
    let hop = random.below(rules.len());
    let splits = random.chance(40);
    let both = Ty::Union(vec![Ty::Ref(1), Ty::Ref(2)]);
    let one = Ty::Ref(if splits { TYPES.0 } else { TYPES.1 });
    let (before, after) = if splits { (one, both) } else { (both, one) };
    let (listed, beside) = (random.chance(30), random.chance(30));
    for (at, contract) in contracts.iter_mut().enumerate() {
        let of = if at <= hop { &before } else { &after };
        let of = match (of.clone(), beside) {
            (Ty::Union(mut branches), true) => {
                branches.push(Ty::String);
                Ty::Union(branches)
            }
            (one, true) => Ty::Union(vec![Ty::String, one]),
            (of, false) => of,
        };
        let ty = if listed { Ty::List(Box::new(of)) } else { of };
        contract[0].retain(|p| p.name != "j");
        contract[0].push(Property { name: "j", ty, nullable: false, required: false });
    }
    let own = &mut rules[hop];
    own.retain(|r| r.key != "k");
    own.push(rule(PAIR, "", "", if random.chance(50) { "first" } else { "last" }));
    let (ones, others) =
        if splits { ((PAIR, "removed"), TYPES.0) } else { ((PAIR, "added"), TYPES.1) };
    match random.below(if tidy { 2 } else { 4 }) {
        0 => {
            let owner = if splits { TYPES.0 } else { TYPES.1 };
            let (side, at) = if splits { (0, 0..=hop) } else { (1, hop + 1..=contracts.len() - 1) };
            for contract in &mut contracts[at] {
                contract[owner].push(Property {
                    name: "by",
                    ty: Ty::Enum,
                    nullable: false,
                    required: false,
                });
            }
            let place = |at: usize| (at == side).then(|| String::from("by"));
            let constant =
                |ty, value| Rule { old: place(0), new: place(1), ..rule(ty, ones.1, "by", value) };
            own.push(constant(ones.0, "p"));
            if tidy || random.chance(70) {
                own.push(constant(others, "q"));
            }
        }
        1 if contracts[hop][0].iter().any(|p| p.name == "k") => tag(contracts, own, (hop, splits)),
        _ => {}
    }
    if !tidy {
        more(&mut random, (&contracts[hop], &contracts[hop + 1]), own);
    }
}

/// The tag of the one type is one of several, and each pair's own.
fn tag(contracts: &mut [Contract], rules: &mut Vec<Rule>, (hop, splits): (usize, bool)) {
    let (side, owner) =
        if splits { (0..=hop, TYPES.0) } else { (hop + 1..=contracts.len() - 1, TYPES.1) };
    for contract in &mut contracts[side] {
        for property in contract[owner].iter_mut().filter(|p| p.name == "k") {
            property.ty = Ty::Enum;
        }
    }
    let k = || Some(String::from("k"));
    let (own, others) =
        if splits { (("p", "t1"), ("q", "t2")) } else { (("t2", "q"), ("t1", "p")) };
    for (ty, (from, to)) in [(owner, own), (PAIR, others)] {
        let value = format!("{{\"map\": {{\"{from}\": \"{to}\"}}}}");
        rules.push(Rule { old: k(), new: k(), ..rule(ty, "fields", "k", &value) });
    }
}

/// Some rules of the pair.
fn more(random: &mut Random, (old, new): (&Contract, &Contract), rules: &mut Vec<Rule>) {
    let mut other = new.clone();
    other.swap(TYPES.0, TYPES.1);
    let drawn = generate::rules(random, (old, &other), Kinds::All);
    for rule in drawn.into_iter().filter(|r| r.ty == TYPES.0 && !r.key.starts_with('k')) {
        let rule = Rule { ty: PAIR, ..rule };
        if generate::valid(std::slice::from_ref(&rule), old, new) {
            generate::add(rules, Some(rule));
        }
    }
}

fn rule(ty: usize, word: &'static str, key: &str, value: &str) -> Rule {
    let (key, value) = (String::from(key), String::from(value));
    Rule { ty, word, key, value, old: None, new: None, also: (None, None) }
}
