//! Random contracts, mappings and documents, all from one seed.

use std::fmt::Write as _;

use super::{joined, more, represent};

/// `SplitMix64` (Steele, Lea, Flood 2014): small, and the same everywhere.
#[derive(Clone, Debug)]
pub(crate) struct Random {
    pub(crate) state: u64,
    /// Documents fit their contract.
    pub(crate) tidy: bool,
}

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self { state: seed, tidy: false }
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    pub(crate) fn below(&mut self, n: usize) -> usize {
        usize::try_from(self.next() % u64::try_from(n.max(1)).unwrap()).unwrap()
    }

    pub(crate) fn chance(&mut self, percent: u64) -> bool {
        self.next() % 100 < percent
    }

    pub(crate) fn of<'v, T>(&mut self, values: &'v [T]) -> &'v T {
        &values[self.below(values.len())]
    }
}

/// A schema.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Ty {
    Integer,
    String,
    Enum,
    Boolean,
    Any,
    /// The constant of the tag `k` of that type.
    Tag(usize),
    /// The named scalar type.
    Scalar,
    Ref(usize),
    List(Box<Ty>),
    Dict(Box<Ty>),
    Object(Vec<Property>),
    /// Branches; told apart by the tag `k` where every branch is a type that has it.
    Union(Vec<Ty>),
}

/// A member of an object schema.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Property {
    pub name: &'static str,
    pub ty: Ty,
    pub nullable: bool,
    pub required: bool,
}

pub(crate) const NAMES: &[&str] = &["a", "b", "c", "d", "e"];
pub(crate) const EXTRAS: &[&str] = &["a", "b", "c", "d", "e", "x", "y"];

/// The types of one version: T0, T1, T2.
pub(crate) type Contract = Vec<Vec<Property>>;

pub(crate) fn contract(random: &mut Random, kinds: Kinds) -> Contract {
    let mut contract: Contract = (0..3).map(|_| object(random, 0, kinds)).collect();
    if kinds == Kinds::All && random.chance(40) {
        for (at, properties) in contract.iter_mut().enumerate() {
            let tag = Property { name: "k", ty: Ty::Tag(at), nullable: false, required: true };
            properties.push(tag);
        }
    }
    contract
}

/// What is drawn: all rule kinds and schemas, or those that are fused into one pass alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kinds {
    Plain,
    All,
}

fn object(random: &mut Random, depth: usize, kinds: Kinds) -> Vec<Property> {
    let mut properties = Vec::new();
    for name in NAMES {
        if random.chance(60) {
            let ty = ty(random, depth, kinds);
            let nullable = random.chance(30);
            let required = kinds == Kinds::All && random.chance(30);
            properties.push(Property { name, ty, nullable, required });
        }
    }
    properties
}

fn ty(random: &mut Random, depth: usize, kinds: Kinds) -> Ty {
    if kinds == Kinds::All && random.chance(25) {
        let list = |random: &mut Random| Ty::List(Box::new(ty(random, depth + 1, kinds)));
        return match random.below(8) {
            0 => Ty::Scalar,
            1 => Ty::Union(vec![Ty::Ref(0), Ty::Ref(1), Ty::Ref(2)]),
            2 => Ty::Union(vec![Ty::Ref(random.below(3)), Ty::String]),
            3 => Ty::Union(vec![Ty::Integer, Ty::Enum]),
            4 => Ty::Union(vec![list(random), Ty::Ref(random.below(3))]),
            5 => Ty::Union(vec![
                Ty::Object(object(random, depth + 1, kinds)),
                Ty::Ref(random.below(3)),
                Ty::Boolean,
            ]),
            _ => list(random),
        };
    }
    match random.below(if depth < 2 { 14 } else { 9 }) {
        0 | 1 => Ty::Integer,
        3 => Ty::Enum,
        4 => Ty::Boolean,
        5 if random.chance(30) => Ty::Any,
        2 | 5 => Ty::String,
        6..=8 => Ty::Ref(random.below(3)),
        9 => Ty::List(Box::new(ty(random, depth + 1, kinds))),
        10 => Ty::Dict(Box::new(ty(random, depth + 1, kinds))),
        _ => Ty::Object(object(random, depth + 1, kinds)),
    }
}

/// One rule, as the lines of its entry.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Rule {
    pub ty: usize,
    pub word: &'static str,
    pub key: String,
    pub value: String,
    pub old: Option<String>,
    pub new: Option<String>,
    /// Further places that it needs, of the old and of the new side.
    pub also: (Option<String>, Option<String>),
}

impl Rule {
    /// Whether a name stands in it.
    pub(crate) fn says(&self, name: &str) -> bool {
        let words = |text: &str| text.split(|c: char| !c.is_alphanumeric()).any(|w| w == name);
        words(&self.key) || words(&self.value)
    }

    /// The lists and dictionaries whose elements it is about.
    fn around(&self) -> impl Iterator<Item = &str> {
        let lists = [&self.old, &self.new].into_iter().flatten();
        lists.filter_map(|p| Some(&p[..p.find("[]").or_else(|| p.find('{'))?]))
    }

    /// Whether this rule moves what the elements of another are in.
    fn moves(&self, other: &Self) -> bool {
        let above = |list: &str| {
            let own = [&self.old, &self.new].into_iter().flatten();
            own.map(|p| format!("{p}.")).any(|p| format!("{list}.").starts_with(&p))
        };
        self.ty == other.ty && other.around().any(above)
    }
}

/// Whether an object lets members through that it does not name.
pub(crate) fn is_open(properties: &[Property]) -> bool {
    properties.iter().filter(|p| p.name != "k").count() == NAMES.len()
}

/// Whether the last type has all that the one before it has.
pub(crate) fn has_base(contract: &Contract) -> bool {
    let (base, own) = (&contract[1], &contract[2]);
    let shared = |p: &Property| p.name == "k" || own.iter().any(|q| q.name == p.name);
    !is_open(own) && !is_open(base) && !base.iter().any(shared)
}

/// A path of names beneath a type, and the schema there. Named types are gone through only from
/// outside of a recursion: one level.
pub(crate) fn path(random: &mut Random, contract: &Contract, ty: usize) -> Option<(String, Ty)> {
    let mut properties = &contract[ty];
    let mut path = String::new();
    loop {
        if properties.is_empty() {
            return None;
        }
        let property = random.of(properties);
        if !path.is_empty() {
            path.push('.');
        }
        path.push_str(property.name);
        match &property.ty {
            Ty::Object(inner) if !inner.is_empty() && random.chance(70) => properties = inner,
            Ty::Ref(to) if *to > ty && !contract[*to].is_empty() && random.chance(30) => {
                properties = &contract[*to];
                // Not further: a rule that hands a value down a recursion is refused.
                let property = random.of(properties);
                path.push('.');
                path.push_str(property.name);
                return Some((path, property.ty.clone()));
            }
            Ty::Dict(of) if random.chance(30) => {
                path.push('.');
                path.push_str(random.of::<&str>(&["a", "b", "x"]));
                return Some((path, (**of).clone()));
            }
            _ => return Some((path, property.ty.clone())),
        }
    }
}

pub(crate) fn literal(random: &mut Random, ty: &Ty) -> String {
    let other = ["1", "\"p\"", "true", "null", "{}", "\"z\"", "[]"];
    match ty {
        Ty::Integer => String::from(*random.of(&["0", "1", "2", "1.0"])),
        Ty::String | Ty::Enum => String::from(*random.of(&["\"p\"", "\"q\"", "\"z\"", "\"\""])),
        Ty::Boolean => String::from(*random.of(&["true", "false"])),
        Ty::Object(_) | Ty::Ref(_) => {
            String::from(*random.of(&["{}", "{\"a\": 1}", "null", "{\"x\": 1, \"b\": {\"a\": 0}}"]))
        }
        Ty::Tag(of) => format!("\"t{of}\""),
        Ty::Scalar => String::from(*random.of(&["\"p\"", "\"q\""])),
        Ty::Any | Ty::List(_) | Ty::Dict(_) | Ty::Union(_) => String::from(*random.of(&other)),
    }
}

pub(crate) fn rules(
    random: &mut Random,
    (old, new): (&Contract, &Contract),
    kinds: Kinds,
) -> Vec<Rule> {
    let mut rules: Vec<Rule> = Vec::new();
    for ty in 0..3 {
        for _ in 0..random.below(4) {
            let rule = match random.below(8) {
                _ if kinds == Kinds::All && random.chance(40) => more::rule(random, old, new, ty),
                0 => path(random, new, ty).map(|(at, of)| {
                    let value = source(random, &of);
                    let (old, new) = (None, Some(at.clone()));
                    Rule { ty, word: "added", key: at, value, old, new, also: (None, None) }
                }),
                1 => path(random, old, ty).map(|(at, of)| {
                    let value = source(random, &of);
                    let (old, new) = (Some(at.clone()), None);
                    Rule { ty, word: "removed", key: at, value, old, new, also: (None, None) }
                }),
                _ => field(random, old, new, ty),
            };
            add(&mut rules, rule);
        }
    }
    if kinds == Kinds::All && random.chance(15) {
        rules.push(more::scalar(random));
    }
    rules
}

/// The places that a rule claims, of the old and of the new side.
fn claims(rule: &Rule) -> [Vec<String>; 2] {
    // A block that is `in` a place may have a second rule.
    let all = |own: &'_ Option<String>, also: &'_ Option<String>| -> Vec<String> {
        own.iter().chain(also.iter().filter(|_| rule.word == "in")).cloned().collect()
    };
    [all(&rule.old, &rule.also.0), all(&rule.new, &rule.also.1)]
}

/// Adds a rule, unless another claims its place.
pub(crate) fn add(rules: &mut Vec<Rule>, rule: Option<Rule>) {
    let Some(rule) = rule else { return };
    let clash = rules.iter().any(|r| {
        let shared = claims(r)
            .iter()
            .zip(claims(&rule))
            .any(|(theirs, own)| own.iter().any(|place| theirs.contains(place)));
        (r.moves(&rule) || rule.moves(r))
            || r.ty == rule.ty && ((r.word == rule.word && r.key == rule.key) || shared)
    });
    if !clash {
        rules.push(rule);
    }
}

fn source(random: &mut Random, ty: &Ty) -> String {
    match random.below(8) {
        0 => String::from("$absent"),
        1 if random.chance(30) => {
            format!("{{\"$placeholder\": {}, \"loses\": \"refuse\"}}", literal(random, ty))
        }
        1 => format!("{{\"$placeholder\": {}}}", literal(random, ty)),
        2 => format!("{{\"$const\": {}, \"loses\": \"refuse\"}}", literal(random, ty)),
        3 => format!("{{\"$const\": {}, \"loses\": \"allow\"}}", literal(random, ty)),
        _ => literal(random, ty),
    }
}

pub(crate) fn is_scalar(ty: &Ty) -> bool {
    matches!(ty, Ty::Integer | Ty::String | Ty::Enum | Ty::Boolean)
}

fn field(random: &mut Random, old: &Contract, new: &Contract, ty: usize) -> Option<Rule> {
    let (from, source) = path(random, old, ty)?;
    let (to, target) = path(random, new, ty)?;
    let mut value = format!("{{\"to\": \"{to}\"");
    if is_scalar(&source) && is_scalar(&target) {
        if random.chance(25) {
            value.push_str(", \"map\": {");
            let count = 1 + random.below(3);
            for at in 0..count {
                let key = ["p", "q", "1", "2", "true", "z"][(random.below(2) + at * 2) % 6];
                let result = literal(random, &target);
                write!(value, "{}\"{key}\": {result}", if at > 0 { ", " } else { "" }).unwrap();
            }
            value.push('}');
            match random.below(6) {
                0 => value.push_str(", \"else\": \"refuse\""),
                1 => {
                    let sides = [("old", &source), ("new", &target)];
                    let all = random.below(3);
                    let sides = sides.iter().enumerate().filter(|(at, _)| all == 2 || all == *at);
                    let one = |(_, (side, ty)): (_, &(&str, &Ty))| {
                        format!("\"{side}\": {}", literal(random, ty))
                    };
                    let other: Vec<String> = sides.map(one).collect();
                    write!(value, ", \"else\": {{{}}}", other.join(", ")).unwrap();
                }
                _ => {}
            }
        }
        if random.chance(20) {
            write!(value, ", \"convert\": {}", represent::scalars(random)).unwrap();
        }
    }
    // A constant of a type inside itself would be filled in without end.
    let plain = |ty: &Ty| is_scalar(ty) || matches!(ty, Ty::Any);
    if random.chance(15) && plain(&source) && plain(&target) {
        let (a, b) = (literal(random, &source), literal(random, &target));
        let sides = [
            format!("\"old\": {a}"),
            format!("\"new\": {b}"),
            format!("\"old\": {a}, \"new\": {b}"),
        ];
        write!(value, ", \"absent\": {{{}}}", random.of(&sides)).unwrap();
    }
    if random.chance(5) {
        value.push_str(", \"loses\": \"refuse\"");
    }
    value.push('}');
    let (old, new) = (Some(from.clone()), Some(to));
    Some(Rule { ty, word: "fields", key: from, value, old, new, also: (None, None) })
}

/// Whether every place of every rule is declared.
pub(crate) fn valid(rules: &[Rule], old: &Contract, new: &Contract) -> bool {
    let there = |contract: &Contract, ty: usize, path: &Option<String>| {
        let Some(path) = path.as_ref().filter(|_| ty < 3) else { return true };
        lead(contract, ty, path).is_some()
    };
    rules.iter().all(|r| {
        let (before, after) = joined::types(r.ty);
        there(old, before, &r.old)
            && there(new, after, &r.new)
            && there(old, before, &r.also.0)
            && there(new, after, &r.also.1)
    })
}

/// The schema at a path of a type.
pub(crate) fn lead(contract: &Contract, ty: usize, path: &str) -> Option<Ty> {
    let mut at = Ty::Ref(ty);
    for step in path.split('.').filter(|step| !step.is_empty()) {
        let name = &step[..step.find(['[', '{']).unwrap_or(step.len())];
        if !name.is_empty() {
            let properties = match &at {
                Ty::Ref(to) => &contract[*to],
                Ty::Object(properties) => properties,
                Ty::Dict(of) => {
                    at = (**of).clone();
                    continue;
                }
                _ => return None,
            };
            at = properties.iter().find(|p| p.name == name)?.ty.clone();
        }
        let mut rest = &step[name.len()..];
        while !rest.is_empty() {
            at = match (&rest[..1], at) {
                ("[", Ty::List(of)) | ("{", Ty::Dict(of)) => *of,
                _ => return None,
            };
            rest = &rest[rest.find([']', '}'])? + 1..];
        }
    }
    Some(at)
}
