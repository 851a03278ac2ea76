//! Rules whose places seldom come together: sources that gather what is in objects of a list, copies
//! of values that have rules of their own, sets.

use super::generate::{self, Contract, Kinds, Property, Random, Rule, Ty};
use super::{Head, Nulls, more};

/// Gives some chains such rules; by numbers of their own, so that all other chains are what they
/// are without them.
pub(crate) fn rare(seed: u64, contracts: &[Contract], rules: &mut [Vec<Rule>], kinds: Kinds) {
    let mut random = Random::new(seed ^ 0x7a4e_0000_51de_0001);
    if kinds == Kinds::Plain || random.chance(80) {
        return;
    }
    for (pair, rules) in contracts.windows(2).zip(rules) {
        for ty in 0..3 {
            let (old, new) = (&pair[0], &pair[1]);
            let rule = match random.below(3) {
                0 => more::set(&mut random, old, new, ty),
                1 => source(&mut random, "added", (&old[ty], &new[ty]), (ty, gathered)),
                _ => source(&mut random, "added", (&old[ty], &new[ty]), (ty, copied)),
            };
            generate::add(rules, rule);
        }
    }
}

/// Makes null members absent to the rules of some chains.
pub(crate) fn nulls(seed: u64, heads: &mut [Head]) {
    let mut random = Random::new(seed ^ 0x7a4e_0000_51de_0002);
    if random.chance(85) {
        return;
    }
    for head in heads {
        head.nulls = Nulls { absent: random.chance(50), differs: random.chance(30) };
    }
}

/// A place that a source looks at, and the member that it makes.
type Places = (String, &'static str);
/// Whether a source may lead from one member to another, and how.
type Leads = fn(&Property, &Property) -> Option<Places>;

fn source(
    random: &mut Random,
    word: &'static str,
    (other, own): (&[Property], &[Property]),
    (ty, places): (usize, Leads),
) -> Option<Rule> {
    let all: Vec<Places> =
        other.iter().flat_map(|from| own.iter().filter_map(move |to| places(from, to))).collect();
    if all.is_empty() {
        return None;
    }
    let (looked, place) = random.of(&all).clone();
    let value = format!("{{\"$from\": \"{looked}\"}}");
    let (key, new) = (String::from(place), Some(String::from(place)));
    Some(Rule { ty, word, key, value, old: None, new, also: (Some(looked), None) })
}

/// What stands in each object of a list.
fn gathered(from: &Property, to: &Property) -> Option<Places> {
    let Ty::List(items) = &from.ty else { return None };
    let Ty::Object(members) = &**items else { return None };
    let member = members.iter().find(|m| m.nullable).or(members.first())?;
    (from.name != to.name).then(|| (format!("{}[].{}", from.name, member.name), to.name))
}

/// A value with rules of its type, at a place of that type.
fn copied(from: &Property, to: &Property) -> Option<Places> {
    let ruled = matches!(from.ty, Ty::Ref(_) | Ty::Scalar) && from.ty == to.ty;
    (ruled && from.name != to.name).then(|| (String::from(from.name), to.name))
}
