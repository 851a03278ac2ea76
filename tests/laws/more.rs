//! Random rules of the kinds beyond plain fields and constants.

use std::fmt::Write as _;

use super::generate::{Contract, Random, Rule, Ty, is_scalar, lead, literal, path};
use super::represent;

/// A rule of a type, if the contracts have what it needs.
pub(crate) fn rule(random: &mut Random, old: &Contract, new: &Contract, ty: usize) -> Option<Rule> {
    match random.below(14) {
        0 | 1 => alias(random, old, new, ty),
        2 => from(random, "added", (old, new), ty),
        3 => from(random, "removed", (new, old), ty),
        4 => wrap(random, old, new, ty),
        5 => set(random, old, new, ty),
        6 => element(random, old, new, ty),
        7 => pairs(random, old, new, ty),
        8 => within(random, old, new, ty),
        10 => item(random, (old, new), ty),
        11 => single(random, "added", new, ty),
        12 => single(random, "removed", old, ty),
        13 => represent::regroup(random, old, new, ty),
        _ => each(random, old, new, ty),
    }
}

/// A rule about the named scalar.
pub(crate) fn scalar(random: &mut Random) -> Rule {
    let values = ["p", "q", "s", "z"];
    let (a, b) = (random.of(&values), random.of(&values));
    let value = match random.below(5) {
        0 => format!("{{\"map\": {{\"{a}\": \"{b}\"}}, \"else\": \"refuse\"}}"),
        2 => format!("{{\"pairs\": [[null, \"{b}\"], [\"{a}\", null]]}}"),
        3 => format!(
            "{{\"map\": {{\"{a}\": \"{b}\"}}, \"else\": {{\"new\": \"z\", \"old\": \"s\"}}}}"
        ),
        1 => String::from("{\"convert\": {\"old\": \"string\", \"new\": \"string\"}}"),
        _ => format!("{{\"map\": {{\"{a}\": \"{b}\"}}}}"),
    };
    let root = || Some(String::from("."));
    Rule {
        ty: 3,
        word: "fields",
        key: String::from("."),
        value,
        old: root(),
        new: root(),
        also: (None, None),
    }
}

fn alias(random: &mut Random, old: &Contract, new: &Contract, ty: usize) -> Option<Rule> {
    let side = *random.of(&["old", "new", "both"]);
    let contract = if side == "new" { new } else { old };
    let (second, _) = path(random, contract, ty)?;
    let (first, of) = path(random, contract, ty)?;
    let inside = |a: &str, b: &str| format!("{a}.").starts_with(&format!("{b}."));
    if inside(&first, &second) || inside(&second, &first) {
        return None;
    }
    let mut value = format!("{{\"of\": \"{first}\", \"side\": \"{side}\"");
    if random.chance(30) && is_scalar(&of) {
        let literal = literal(random, &of);
        write!(value, ", \"map\": {{\"p\": {literal}, \"1\": {literal}}}").unwrap();
    }
    let prefer = *random.of(&["first", "second", "refuse"]);
    write!(value, ", \"prefer\": \"{prefer}\"}}").unwrap();
    let on = |this: &str| (side == this || side == "both").then(|| second.clone());
    // A place that only one of the contracts has cannot be an alias on both sides.
    if side == "both" && (lead(new, ty, &second).is_none() || lead(new, ty, &first).is_none()) {
        return None;
    }
    let (old, new) = (on("old"), on("new"));
    let also = (old.as_ref().map(|_| first.clone()), new.as_ref().map(|_| first.clone()));
    Some(Rule { ty, word: "alias", key: second.clone(), value, old, new, also })
}

/// `added` or `removed` with a place of the other side as its source.
fn from(
    random: &mut Random,
    word: &'static str,
    (other, own): (&Contract, &Contract),
    ty: usize,
) -> Option<Rule> {
    let (at, of) = path(random, own, ty)?;
    let (mut looked, found) = path(random, other, ty)?;
    let gathers = matches!(found, Ty::List(_) | Ty::Dict(_)) && random.chance(60);
    if let (true, Ty::List(items) | Ty::Dict(items)) = (gathers, &found) {
        looked.push_str(many(&found));
        match &**items {
            Ty::Object(members) if !members.is_empty() && random.chance(70) => {
                let name = random.of(members).name;
                write!(looked, ".{name}").unwrap();
            }
            inner @ (Ty::List(_) | Ty::Dict(_)) if random.chance(50) => {
                looked.push_str(many(inner));
            }
            _ => {}
        }
    }
    // A value that holds its own copy would do so without end.
    if !is_scalar(&of) && random.chance(80) {
        return None;
    }
    let mut value = format!("{{\"$from\": \"{looked}\"");
    if random.chance(30) {
        let literal = literal(random, &of);
        write!(value, ", \"map\": {{\"p\": {literal}, \"1\": {literal}}}").unwrap();
    }
    if random.chance(40) {
        let other = match random.below(3) {
            0 => String::from("\"$absent\""),
            1 => format!("{{\"$placeholder\": {}}}", literal(random, &of)),
            _ => literal(random, &of),
        };
        write!(value, ", \"else\": {other}").unwrap();
    }
    value.push('}');
    let place = Some(at.clone());
    let (old, new) = if word == "added" { (None, place) } else { (place, None) };
    let looked = Some(looked);
    let also = if word == "added" { (looked, None) } else { (None, looked) };
    Some(Rule { ty, word, key: at, value, old, new, also })
}

/// All values of a list or dictionary, in a path.
fn many(of: &Ty) -> &'static str {
    if matches!(of, Ty::Dict(_)) { "{}" } else { "[]" }
}

fn wrap(random: &mut Random, old: &Contract, new: &Contract, ty: usize) -> Option<Rule> {
    let (from, source) = path(random, old, ty)?;
    let (to, target) = path(random, new, ty)?;
    let side = match (&source, &target) {
        (Ty::List(_), Ty::List(_)) if random.chance(50) => return None,
        (_, Ty::List(_)) => "new",
        (Ty::List(_), _) => "old",
        _ => return None,
    };
    let mut below = String::new();
    if let (true, "new", Ty::List(items)) = (random.chance(50), side, &target)
        && let Ty::Object(members) = &**items
        && !members.is_empty()
    {
        below = format!("[].{}", random.of(members).name);
    }
    let mut value = format!("{{\"to\": \"{to}{below}\", \"wrap\": \"{side}\"");
    if random.chance(30) {
        value.push_str(", \"map\": {\"p\": \"q\", \"1\": 2}");
    }
    value.push('}');
    Some(Rule {
        ty,
        word: "fields",
        key: from.clone(),
        value,
        old: Some(from),
        new: Some(to),
        also: (None, None),
    })
}

/// Two lists at the same name or anywhere.
fn lists(
    random: &mut Random,
    old: &Contract,
    new: &Contract,
    ty: usize,
) -> Option<(String, String)> {
    for _ in 0..8 {
        let (from, source) = path(random, old, ty)?;
        let (to, target) = if random.chance(60) && lead(new, ty, &from).is_some() {
            (from.clone(), lead(new, ty, &from)?)
        } else {
            path(random, new, ty)?
        };
        if matches!((&source, &target), (Ty::List(_), Ty::List(_))) || random.chance(5) {
            return Some((from, to));
        }
    }
    None
}

pub(crate) fn set(random: &mut Random, old: &Contract, new: &Contract, ty: usize) -> Option<Rule> {
    let (from, to) = lists(random, old, new, ty)?;
    let mut value = format!("{{\"to\": \"{to}\", \"set\": true, \"map\": {{");
    for (at, key) in ["p", "q", "1"].iter().enumerate() {
        let result = *random.of(&["\"p\"", "\"z\"", "1", "2"]);
        write!(value, "{}\"{key}\": {result}", if at > 0 { ", " } else { "" }).unwrap();
    }
    value.push('}');
    if random.chance(20) {
        value.push_str(", \"else\": \"refuse\"");
    }
    value.push('}');
    Some(Rule {
        ty,
        word: "fields",
        key: from.clone(),
        value,
        old: Some(from),
        new: Some(to),
        also: (None, None),
    })
}

fn each(random: &mut Random, old: &Contract, new: &Contract, ty: usize) -> Option<Rule> {
    let (from, to) = lists(random, old, new, ty)?;
    let inner = match random.below(3) {
        0 => "{\"convert\": {\"old\": \"integer\", \"new\": \"string\"}}",
        1 => "{\"map\": {\"p\": \"q\", \"1\": 2}, \"else\": \"refuse\"}",
        _ => "{\"map\": {\"p\": \"q\", \"1\": \"z\"}}",
    };
    let value = format!("{{\"to\": \"{to}\", \"each\": {inner}}}");
    Some(Rule {
        ty,
        word: "fields",
        key: from.clone(),
        value,
        old: Some(from),
        new: Some(to),
        also: (None, None),
    })
}

/// A rule about the elements of a list, or the values of a dictionary, that both sides have.
fn element(random: &mut Random, old: &Contract, new: &Contract, ty: usize) -> Option<Rule> {
    let (at, source) = path(random, old, ty)?;
    let step = match (&source, lead(new, ty, &at)?) {
        (Ty::List(_), Ty::List(_)) => "[]",
        (Ty::Dict(_), Ty::Dict(_)) => "{}",
        _ => return None,
    };
    let mut from = format!("{at}{step}");
    let mut to = from.clone();
    let names = |contract: &Contract, path: &str| match lead(contract, ty, path) {
        Some(Ty::Object(properties)) => properties.iter().map(|p| p.name).collect(),
        Some(Ty::Ref(of)) => contract[of].iter().map(|p| p.name).collect(),
        _ => Vec::new(),
    };
    let (olds, news) = (names(old, &from), names(new, &to));
    if olds.is_empty() || news.is_empty() {
        let value = String::from("{\"map\": {\"p\": \"q\", \"1\": 2}}");
        let (old, new) = (Some(from.clone()), Some(from.clone()));
        return Some(Rule { ty, word: "fields", key: from, value, old, new, also: (None, None) });
    }
    write!(from, ".{}", random.of(&olds)).unwrap();
    write!(to, ".{}", random.of(&news)).unwrap();
    let also = (None, None);
    if random.chance(33) {
        let value = String::from(*random.of(&["1", "\"p\"", "$absent"]));
        let new = Some(to.clone());
        return Some(Rule { ty, word: "added", key: to, value, old: None, new, also });
    }
    let value = format!("{{\"to\": \"{to}\"}}");
    let (old, new) = (Some(from.clone()), Some(to));
    Some(Rule { ty, word: "fields", key: from, value, old, new, also })
}

fn pairs(random: &mut Random, old: &Contract, new: &Contract, ty: usize) -> Option<Rule> {
    let (from, source) = path(random, old, ty)?;
    let (to, target) = path(random, new, ty)?;
    let mut value = format!("{{\"to\": \"{to}\", \"pairs\": [");
    for at in 0..=random.below(2) {
        let absent = || String::from("\"$absent\"");
        let left = if random.chance(20) { absent() } else { literal(random, &source) };
        let right = if random.chance(30) { absent() } else { literal(random, &target) };
        write!(value, "{}[{left}, {right}]", if at > 0 { ", " } else { "" }).unwrap();
    }
    value.push(']');
    if random.chance(30) {
        let (key, result) = (*random.of(&["p", "q", "1"]), literal(random, &source));
        write!(value, ", \"back\": {{\"{key}\": {result}}}").unwrap();
    }
    value.push('}');
    Some(Rule {
        ty,
        word: "fields",
        key: from.clone(),
        value,
        old: Some(from),
        new: Some(to),
        also: (None, None),
    })
}

fn within(random: &mut Random, old: &Contract, new: &Contract, ty: usize) -> Option<Rule> {
    let (from, source) = path(random, old, ty)?;
    let (to, target) = path(random, new, ty)?;
    let (Ty::Object(olds), Ty::Object(news)) = (&source, &target) else { return None };
    if olds.is_empty() || news.is_empty() {
        return None;
    }
    let (a, b) = (random.of(olds).name, random.of(news).name);
    let (word, side) = *random.of(&[("added", news), ("removed", olds), ("fields", news)]);
    let member = random.of(side);
    let taken = if word == "added" { b } else { a };
    let more = if word == "fields" || member.name == taken {
        String::new()
    } else {
        let constant = literal(random, &member.ty);
        format!(", \"{word}\": {{\"{}\": {constant}}}", member.name)
    };
    let value = format!("{{\"to\": \"{to}\", \"fields\": {{\"{a}\": \"{b}\"}}{more}}}");
    let also = match word {
        "added" => (None, Some(format!("{to}.{}", member.name))),
        "removed" => (Some(format!("{from}.{}", member.name)), None),
        _ => (None, None),
    };
    let (old, new) = (Some(format!("{from}.{a}")), Some(format!("{to}.{b}")));
    Some(Rule { ty, word: "in", key: from, value, old, new, also })
}

/// A place that leads to one element of a list, or beneath it.
pub(crate) fn element_of(
    random: &mut Random,
    contract: &Contract,
    ty: usize,
) -> Option<(String, Ty)> {
    let (list, Ty::List(of)) = path(random, contract, ty)? else { return None };
    let properties = match &*of {
        Ty::Object(properties) => properties.clone(),
        Ty::Ref(to) => contract[*to].clone(),
        _ => Vec::new(),
    };
    let which = match properties.first() {
        Some(first) if random.chance(50) => {
            let value = if is_scalar(&first.ty) { literal(random, &first.ty) } else { "1".into() };
            format!("{}={value}", first.name)
        }
        _ => random.below(3).to_string(),
    };
    if properties.is_empty() || random.chance(40) {
        return Some((format!("{list}[{which}]"), *of));
    }
    let property = random.of(&properties);
    Some((format!("{list}[{which}].{}", property.name), property.ty.clone()))
}

fn item(random: &mut Random, (old, new): (&Contract, &Contract), ty: usize) -> Option<Rule> {
    let (from, to) = match random.below(3) {
        0 => (element_of(random, old, ty)?.0, path(random, new, ty)?.0),
        1 => (path(random, old, ty)?.0, element_of(random, new, ty)?.0),
        _ => (element_of(random, old, ty)?.0, element_of(random, new, ty)?.0),
    };
    let refuses = if random.chance(10) { ", \"loses\": \"refuse\"" } else { "" };
    let value = format!("{{\"to\": {}{refuses}}}", json(&to));
    let (old, new) = (Some(from.clone()), Some(to));
    Some(Rule { ty, word: "fields", key: key(&from), value, old, new, also: (None, None) })
}

fn single(random: &mut Random, word: &'static str, contract: &Contract, ty: usize) -> Option<Rule> {
    let (at, of) = element_of(random, contract, ty)?;
    let value = literal(random, &of);
    let place = Some(at.clone());
    let (old, new) = if word == "added" { (None, place) } else { (place, None) };
    Some(Rule { ty, word, key: key(&at), value, old, new, also: (None, None) })
}

/// A path between quotes.
fn json(path: &str) -> String {
    format!("\"{}\"", key(path))
}

pub(crate) fn key(path: &str) -> String {
    path.replace('\\', "\\\\").replace('"', "\\\"")
}
