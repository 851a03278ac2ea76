//! Rules that hold for some messages alone.

use super::generate::{Kinds, Random, Rule};

/// Makes rules of some chains such; by numbers of its own, so that all other chains are what they are
/// without it.
pub(crate) fn only(seed: u64, rules: &mut [Vec<Rule>], kinds: Kinds) {
    let mut random = Random::new(seed ^ 0x0417_0000_0000_0001);
    if kinds == Kinds::Plain || random.chance(85) {
        return;
    }
    for rule in rules.iter_mut().flatten() {
        let long = rule.value.starts_with("{\"$") || ["fields", "alias"].contains(&rule.word);
        if !long || !rule.value.starts_with('{') || random.chance(60) {
            continue;
        }
        // Of the operation's own rules none tells requests from answers.
        let words = ["upgrade", "downgrade", "request", "response"];
        let few = if rule.ty == super::own::BODY { &words[..2] } else { &words[..] };
        let only = random.of(few);
        rule.value.insert_str(1, &format!("\"only\": \"{only}\", "));
    }
}
