//! Rules whose places seldom come together: sources that gather what is in objects of a list, copies
//! of values that have rules of their own, sets, aliases of elements.

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
            let rule = match random.below(4) {
                0 => more::set(&mut random, old, new, ty),
                3 => alias(&mut random, (old, new), ty),
                1 => source(&mut random, "added", (&old[ty], &new[ty]), (ty, gathered)),
                _ => source(&mut random, "added", (&old[ty], &new[ty]), (ty, copied)),
            };
            generate::add(rules, rule);
        }
    }
}

/// Gives some chains texts that are made of several values.
pub(crate) fn texts(seed: u64, contracts: &[Contract], rules: &mut [Vec<Rule>], kinds: Kinds) {
    let mut random = Random::new(seed ^ 0x7a4e_0000_51de_0004);
    if kinds == Kinds::Plain || random.chance(85) {
        return;
    }
    for (pair, rules) in contracts.windows(2).zip(rules) {
        for ty in 0..3 {
            let up = random.chance(50);
            let (other, own) = if up { (&pair[0], &pair[1]) } else { (&pair[1], &pair[0]) };
            let Some((at, _)) = generate::path(&mut random, own, ty) else { continue };
            let Some((a, _)) = generate::path(&mut random, other, ty) else { continue };
            let Some((b, _)) = generate::path(&mut random, other, ty) else { continue };
            let text = match random.below(3) {
                0 => format!("{{{a}}}"),
                1 => format!("{{{{é{{{a}}}}}}}"),
                _ => format!("{{{a}}}/{{{b}}}\\u0001"),
            };
            let value = format!("{{\"$text\": \"{text}\"}}");
            let word = if up { "added" } else { "removed" };
            let (place, looked) = (Some(at.clone()), Some(a));
            let (old, new) = if up { (None, place) } else { (place, None) };
            let also = if up { (looked, None) } else { (None, looked) };
            generate::add(rules, Some(Rule { ty, word, key: at, value, old, new, also }));
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

/// Gives some chains a list or dictionary whose values a rule places: it wraps each, or does something
/// to each of its elements.
pub(crate) fn placed(seed: u64, contracts: &mut [Contract], rules: &mut [Vec<Rule>], kinds: Kinds) {
    let mut random = Random::new(seed ^ 0x7a4e_0000_51de_0003);
    if kinds == Kinds::Plain || random.chance(85) {
        return;
    }
    let hop = random.below(rules.len());
    let base = random.of(&[Ty::Integer, Ty::Enum, Ty::Scalar, Ty::Ref(1), Ty::Ref(2)]).clone();
    let many = |of: &Ty| Ty::List(Box::new(of.clone()));
    let (before, after, parts) = match random.below(5) {
        0 => (base.clone(), many(&base), "{\"wrap\": \"new\"}"),
        1 => (many(&base), base.clone(), "{\"wrap\": \"old\"}"),
        2 => (many(&base), many(&base), "{\"set\": true, \"map\": {\"p\": \"q\", \"r\": \"q\"}}"),
        3 => (many(&base), many(&base), "{\"each\": {\"map\": {\"p\": \"q\", \"1\": 2}}}"),
        _ => {
            let each = "{\"each\": {\"convert\": {\"old\": \"integer\", \"new\": \"string\"}}}";
            (many(&Ty::Integer), many(&Ty::String), each)
        }
    };
    let dictionary = random.chance(30);
    for (at, contract) in contracts.iter_mut().enumerate() {
        let of = Box::new(if at <= hop { before.clone() } else { after.clone() });
        let ty = if dictionary { Ty::Dict(of) } else { Ty::List(of) };
        contract[0].push(Property { name: "w", ty, nullable: false, required: false });
    }
    let key = if dictionary { "w{}" } else { "w[]" };
    let place = || Some(String::from(key));
    rules[hop].push(Rule {
        ty: 0,
        word: "fields",
        key: String::from(key),
        value: String::from(parts),
        old: place(),
        new: place(),
        also: (None, None),
    });
}

/// Two places that say the same, of which at least one is an element of a list, or in one.
fn alias(random: &mut Random, (old, new): (&Contract, &Contract), ty: usize) -> Option<Rule> {
    let side = *random.of(&["old", "new"]);
    let contract = if side == "new" { new } else { old };
    let (a, _) = more::element_of(random, contract, ty)?;
    let other = if random.chance(50) { more::element_of } else { generate::path };
    let (b, _) = other(random, contract, ty)?;
    let (second, first) = if random.chance(50) { (a, b) } else { (b, a) };
    let inside = |a: &str, b: &str| {
        let rest = a.strip_prefix(b);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
    };
    if inside(&first, &second) || inside(&second, &first) {
        return None;
    }
    // Through a type that holds itself a value would fill its own copy without end: an error (F606).
    let types = |path: &str| {
        let ends = path.match_indices('.').map(|(at, _)| at).collect::<Vec<_>>();
        ends.iter().any(|at| matches!(generate::lead(contract, ty, &path[..*at]), Some(Ty::Ref(_))))
    };
    if types(&first) || types(&second) {
        return None;
    }
    let prefer = *random.of(&["first", "second", "refuse"]);
    let of = more::key(&first);
    let map = if random.chance(30) { ", \"map\": {\"p\": \"q\", \"1\": 2}" } else { "" };
    let value =
        format!("{{\"of\": \"{of}\", \"side\": \"{side}\", \"prefer\": \"{prefer}\"{map}}}");
    let on = |this: &str, place: &str| (side == this).then(|| String::from(place));
    let (old, new) = (on("old", &second), on("new", &second));
    let also = (on("old", &first), on("new", &first));
    Some(Rule { ty, word: "alias", key: more::key(&second), value, old, new, also })
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
