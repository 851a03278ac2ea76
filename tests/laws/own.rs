//! An operation's own rules, over those of the type of its body.

use super::generate::{self, Contract, Kinds, Random, Rule};

/// What stands for the type in rules of the operation, whose body is of the first type.
pub(crate) const BODY: usize = 4;

/// Gives some chains rules of the operation itself; by numbers of their own, so that all other
/// chains are what they are without them.
pub(crate) fn own(seed: u64, contracts: &[Contract], rules: &mut [Vec<Rule>], kinds: Kinds) {
    let mut random = Random::new(seed ^ 0x0be4_a710_4514_e500);
    if kinds == Kinds::Plain || random.chance(70) {
        return;
    }
    for (pair, rules) in contracts.windows(2).zip(rules) {
        rules.extend(self::rules(&mut random, (&pair[0], &pair[1])));
    }
}

/// Rules of the operation.
pub(crate) fn rules(random: &mut Random, pair: (&Contract, &Contract)) -> Vec<Rule> {
    let drawn = generate::rules(random, pair, Kinds::All).into_iter();
    drawn.filter(|r| r.ty == 0).map(|r| Rule { ty: BODY, ..r }).collect()
}

/// The entry of a rule of the operation: its key and value.
pub(crate) fn entry(rule: &Rule) -> (String, String) {
    let places = ["{\"to\": \"", "{\"of\": \"", "{\"$from\": \""];
    let value = places
        .iter()
        .fold(rule.value.clone(), |value, before| value.replace(before, &format!("{before}body.")));
    (format!("body.{}", rule.key), value)
}
