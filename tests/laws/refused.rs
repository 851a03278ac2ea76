//! Entries of `refuse`: values of a type that have no counterpart.

use super::generate::{self, Contract, Kinds, Random, Rule, Ty};

/// Gives some chains such entries; by numbers of their own, so that all other chains are what they
/// are without them.
pub(crate) fn refused(seed: u64, contracts: &[Contract], rules: &mut [Vec<Rule>], kinds: Kinds) {
    let mut random = Random::new(seed ^ 0x4ef5_5e00_0000_0001);
    if kinds == Kinds::Plain || random.chance(85) {
        return;
    }
    for (pair, rules) in contracts.windows(2).zip(rules) {
        for ty in 0..3 {
            if random.chance(60) {
                continue;
            }
            let (old, new) = (test(&mut random, &pair[0], ty), test(&mut random, &pair[1], ty));
            let Some(((old, told), (new, asked))) = old.zip(new) else { continue };
            // What a client is told has what stands there in it, if that is one value.
            let many = |path: &str| path.contains("[]") || path.contains("{}");
            let value = if many(&old) || many(&new) {
                format!("{{\"old\": {{{told}}}, \"new\": {{{asked}}}}}")
            } else {
                let detail = format!("\"detail\": \"{{{{ {{{old}}}, {{{old}}}\"");
                let other = format!("\"detail\": \"{{{new}}}\"");
                format!("{{\"old\": {{{told}}}, {detail}}}, {{\"new\": {{{asked}}}, {other}}}")
            };
            let also = (Some(old), Some(new));
            let key = String::new();
            rules.push(Rule { ty, word: "refuse", key, value, old: None, new: None, also });
        }
    }
}

/// What stands for the pair in rules about branches without counterpart.
pub(crate) const LONE: usize = 7;

/// Takes the counterpart of a branch from some chains, likewise.
pub(crate) fn lone(seed: u64, rules: &mut [Vec<Rule>], kinds: Kinds) {
    let mut random = Random::new(seed ^ 0x4ef5_5e00_0000_0002);
    if kinds == Kinds::Plain || random.chance(85) {
        return;
    }
    for rules in rules {
        let ty = random.below(3);
        let key =
            if random.chance(50) { format!("T{ty} -> $none") } else { format!("$none -> T{ty}") };
        let values = [
            "{ refuse: {} }",
            "{ as: p }",
            "{ as: null }",
            "{ as: { a: 1, x: 2 } }",
            "{ as: { $placeholder: { b: q }, loses: refuse } }",
            "{ as: { $placeholder: 1 } }",
        ];
        let (value, also) = (String::from(*random.of(&values)), (None, None));
        rules.push(Rule { ty: LONE, word: "", key, value, old: None, new: None, also });
    }
}

/// A place of a type, and what is asked of it.
fn test(random: &mut Random, contract: &Contract, ty: usize) -> Option<(String, String)> {
    let (mut path, mut of) = generate::path(random, contract, ty)?;
    while let Ty::List(inner) | Ty::Dict(inner) = &of
        && random.chance(70)
    {
        path.push_str(if matches!(of, Ty::List(_)) { "[]" } else { "{}" });
        of = (**inner).clone();
    }
    let words = ["\"$null\"", "\"$string\"", "\"$integer\"", "\"$object\"", "\"$boolean\""];
    let test = match random.below(6) {
        0 => String::from("\"$absent\""),
        1 => format!("{{\"$not\": [{}, \"$absent\"]}}", random.of(&words)),
        2 => format!("[{}, {}]", random.of(&words), random.of(&words)),
        3 => String::from(*random.of(&words)),
        _ => match &of {
            Ty::List(_) => String::from("[[]]"),
            of => generate::literal(random, of),
        },
    };
    // A list of tests is no value.
    let test = if test == "[]" { String::from("[[]]") } else { test };
    Some((path.clone(), format!("\"{path}\": {test}")))
}
