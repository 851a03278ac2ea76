//! Rules across the root of a type: `.` to a member, or a member to `.`.

use super::generate::{Contract, Kinds, NAMES, Property, Random, Rule, Ty};

/// The rule, and the hop that it is in.
pub(crate) struct Crossing {
    hop: usize,
    rule: Rule,
    /// What the other rules of the type may not claim.
    member: &'static str,
    outward: bool,
}

/// Makes the values of one type a member of what they were, or the reverse, in one hop of some
/// chains; by numbers of its own, so that all other chains are what they are without it.
pub(crate) fn cross(seed: u64, contracts: &mut [Contract], kinds: Kinds) -> Option<Crossing> {
    let mut random = Random::new(seed ^ 0x5eed_0f0c_0551_4e65);
    if kinds == Kinds::Plain || random.chance(85) {
        return None;
    }
    let hop = random.below(contracts.len() - 1);
    let ty = random.below(3);
    let outward = random.chance(50);
    let (bare, around) = if outward { (hop, hop + 1) } else { (hop + 1, hop) };
    // Unions tell their branches by it.
    if contracts[bare][ty].iter().chain(&contracts[around][ty]).any(|p| p.name == "k") {
        return None;
    }
    let member = *random.of(NAMES);
    let inner = Property {
        name: member,
        ty: Ty::Object(contracts[bare][ty].clone()),
        nullable: random.chance(30),
        required: random.chance(30),
    };
    let around = &mut contracts[around][ty];
    around.retain(|p| p.name != member && random.chance(40));
    around.push(inner);
    let (old, new) = if outward { (".", member) } else { (member, ".") };
    let rule = Rule {
        ty,
        word: "fields",
        key: String::from(old),
        value: format!("\"{new}\""),
        old: Some(String::from(old)),
        new: Some(String::from(new)),
        also: (None, None),
    };
    Some(Crossing { hop, rule, member, outward })
}

impl Crossing {
    /// Puts the rule among the others.
    pub(crate) fn add(self, rules: &mut [Vec<Rule>]) {
        let Self { hop, rule, member, outward } = self;
        let claims = |place: &Option<String>| place.as_deref() == Some(member);
        let of_type = |r: &Rule| r.ty == rule.ty;
        rules[hop].retain(|r| !(of_type(r) && claims(if outward { &r.new } else { &r.old })));
        // Lists within are no counterparts of lists without.
        rules[hop].retain(|r| !(of_type(r) && (r.key.contains("[]") || r.key.contains("{}"))));
        rules[hop].push(rule);
    }
}
