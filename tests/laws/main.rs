//! The laws of the mapping language over random contracts, mappings and documents. A failing case
//! prints its seed and the smallest case found; `FISHPLATE_SEED=n` runs that one alone, and
//! `FISHPLATE_LONG=1` a hundred thousand.

mod back;
mod cross;
mod documents;
mod elements;
mod evolve;
mod generate;
mod joined;
mod late;
mod messages;
mod more;
mod named;
mod only;
mod operation;
mod own;
mod passed;
mod rare;
mod refused;
mod represent;
#[path = "../shared/same.rs"]
mod same;
mod styles;
mod text;
mod told;

use fishplate::contract::{self, Operation, load};
use fishplate::diagnostic::{Diagnostic, Sources, Span};
use fishplate::json::Value;
use fishplate::loss::{Loss, Refusal};
use fishplate::mapping::{self, Carrier, Mapping};
use fishplate::translate::{Failure, Limits, translate};
use fishplate::version::{ApiVersion, Direction};
use fishplate::{compile, json, reference};
use generate::{Contract, Kinds, Random, Rule, Ty};
use same::same_text;

/// Everything that a seed stands for.
#[derive(Clone, Debug)]
struct Case {
    contracts: Vec<Contract>,
    rules: Vec<Vec<Rule>>,
    heads: Vec<Head>,
    direction: Direction,
    documents: Vec<String>,
    /// Nobody has written the contracts: every name is declared.
    open: bool,
}

/// What a mapping says of all its rules.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Head {
    strict: bool,
    /// `unmapped: drop`
    drop: bool,
    nulls: Nulls,
}

/// What a mapping says of nulls.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Nulls {
    /// `nulls: absent`
    absent: bool,
    /// Some of its blocks say otherwise.
    differs: bool,
}

/// What an executor made of a document.
#[derive(Debug)]
enum Verdict {
    Translated(Value, Vec<Loss>),
    Refused(Refusal),
    Malformed,
    /// Of the fused program alone: no case is that large.
    TooLarge,
}

fn case(seed: u64) -> Case {
    let mut random = Random::new(seed);
    let hops = 1 + random.below(6);
    // Two in three chains have every kind of rule, the others those that one pass is made for.
    let kinds = if seed.is_multiple_of(3) { Kinds::Plain } else { Kinds::All };
    let mut contracts = vec![generate::contract(&mut random, kinds)];
    for _ in 0..hops {
        // Mostly what was there before, so that names pair and rules meet.
        let mut next = contracts.last().unwrap().clone();
        let fresh = generate::contract(&mut random, kinds);
        for (ty, fresh) in next.iter_mut().zip(fresh) {
            if random.chance(50) {
                ty.retain(|_| random.chance(75));
                for property in fresh {
                    if !ty.iter().any(|p| p.name == property.name) && random.chance(60) {
                        ty.push(property);
                    }
                }
            }
        }
        contracts.push(next);
    }
    let crossing = cross::cross(seed, &mut contracts, kinds);
    let mut rules: Vec<Vec<Rule>> =
        contracts.windows(2).map(|w| generate::rules(&mut random, (&w[0], &w[1]), kinds)).collect();
    if let Some(crossing) = crossing {
        crossing.add(&mut rules);
    }
    own::own(seed, &contracts, &mut rules, kinds);
    rare::rare(seed, &contracts, &mut rules, kinds);
    refused::refused(seed, &contracts, &mut rules, kinds);
    refused::lone(seed, &mut rules, kinds);
    only::only(seed, &mut rules, kinds);
    rare::texts(seed, &contracts, &mut rules, kinds);
    rare::placed(seed, &mut contracts, &mut rules, kinds);
    joined::join(seed, &mut contracts, &mut rules, (kinds, false));
    let strict: Vec<bool> = (0..hops).map(|_| random.chance(4)).collect();
    let drop = (0..hops).map(|_| random.chance(6));
    let heads = strict.into_iter().zip(drop);
    let mut heads: Vec<Head> =
        heads.map(|(strict, drop)| Head { strict, drop, ..Head::default() }).collect();
    rare::nulls(seed, &mut heads);
    let direction = if random.chance(50) { Direction::Upgrade } else { Direction::Downgrade };
    let source = if direction == Direction::Upgrade { &contracts[0] } else { &contracts[hops] };
    let documents =
        (0..6).map(|_| documents::document(&mut random, source, &Ty::Ref(0), 0)).collect();
    Case { contracts, rules, heads, direction, documents, open: false }
}

/// The same over contracts that nobody has written, of which the documents know nothing: rules of the
/// operation alone.
fn open_case(seed: u64) -> Case {
    let mut case = case(seed);
    let mut random = Random::new(seed ^ 0x09e7_c045_7a3c_7500);
    for (pair, rules) in case.contracts.windows(2).zip(&mut case.rules) {
        rules.clear();
        for _ in 0..2 {
            for rule in own::rules(&mut random, (&pair[0], &pair[1])) {
                generate::add(rules, Some(rule));
            }
        }
    }
    case.open = true;
    case
}

/// The contracts of all versions.
fn load_contracts(case: &Case) -> Vec<contract::Contract> {
    let all = case.contracts.iter().enumerate();
    all.map(|(at, contract)| load_contract(at, contract, case.open)).collect()
}

fn load_contract(at: usize, contract: &Contract, open: bool) -> contract::Contract {
    let mut sources = Sources::default();
    let text = text::contract_text(contract);
    let mut none = |_: &str| Err(String::from("none"));
    let version = ApiVersion::new(&format!("v{at}"));
    if open {
        let span = Span { file: sources.add("mapping", ""), start: 0, end: 0 };
        let operation = Operation::bare("POST", "/t", span);
        return contract::open(version, span, &[operation]);
    }
    let (contract, found) = load(&mut sources, version, ("contract", &text), &mut none);
    contract.unwrap_or_else(|| panic!("{text}\n{found:#?}"))
}

/// The operations that each mapping relates.
fn pairs(contracts: &[contract::Contract], mappings: &[Mapping]) -> Vec<compile::Pairs> {
    let ends = contracts.windows(2).map(|ends| (&ends[0], &ends[1]));
    mappings.iter().zip(ends).map(|(mapping, ends)| compile::Pairs::new(mapping, ends)).collect()
}

fn load_mapping(text: &str) -> Mapping {
    read_mapping(text).0
}

/// A mapping, and what is wrong with it by itself.
fn read_mapping(text: &str) -> (Mapping, Vec<Diagnostic>) {
    let mut sources = Sources::default();
    let file = sources.add("mapping", text);
    let (mapping, found) = mapping::parse(("orders", &[]), &sources, &[file]);
    let Some(mapping) = mapping else {
        let said: Vec<String> = found.iter().map(|d| d.message.clone()).collect();
        panic!("{text}\n{said:?}")
    };
    (mapping, found)
}

/// Runs both executors; gives the first document on which they differ, with why. `Err`: the chain
/// cannot be fused.
fn differ(case: &Case) -> Result<Option<(String, String)>, ()> {
    let contracts = load_contracts(case);
    let texts = texts(case);
    let mappings: Vec<Mapping> = texts.iter().map(|t| load_mapping(t)).collect();
    let pairs = pairs(&contracts, &mappings);
    let mut order: Vec<usize> = (0..mappings.len()).collect();
    if case.direction == Direction::Downgrade {
        order.reverse();
    }
    let (mut links, mut hops, mut roots, mut starts) = (vec![], vec![], vec![], vec![]);
    for at in order {
        let (old, new) = (&contracts[at], &contracts[at + 1]);
        let index = u16::try_from(at).unwrap();
        let pairs = &pairs[at];
        links.push(compile::Link { mapping: &mappings[at], index, old, new, pairs });
        hops.push(reference::Hop { mapping: &mappings[at], index, old, new });
        let (from, to) = if case.direction == Direction::Upgrade { (old, new) } else { (new, old) };
        let of = |c: &contract::Contract| c.operations[0].request.schema().unwrap();
        let blocks = mappings[at].operations.iter().flat_map(|o| &o.request);
        let blocks: Vec<_> = blocks.map(|rules| &rules.body).collect();
        let (source, target) = (of(from), of(to));
        let (carrier, named) = (Carrier::Request, None);
        let root = compile::Root { source, target, blocks, carrier, named };
        starts.push(messages::root(&root));
        roots.push(root);
    }
    let program = compile::program(&links, &roots, case.direction).map_err(|_| ())?;
    if std::env::var("FISHPLATE_SHOW").is_ok() {
        println!("{program:#?}");
    }
    for document in &case.documents {
        let bytes = document.as_bytes();
        let plain = match reference::run(&hops, &starts, case.direction, bytes, 64) {
            Ok(reference::Outcome::Translated { document, mut losses }) => {
                losses.sort();
                Verdict::Translated(document, losses)
            }
            Ok(reference::Outcome::Refused(refusal)) => Verdict::Refused(refusal),
            Err(_) => Verdict::Malformed,
        };
        let limits = Limits { depth: 64, output: 1 << 20 };
        let fused = match translate(&program, bytes, &limits) {
            Ok(translated) => {
                let mut losses = translated.losses(&program, bytes);
                losses.sort();
                let text = String::from_utf8_lossy(&translated.bytes).into_owned();
                match json::parse(&translated.bytes, 128) {
                    Ok(value) => Verdict::Translated(value, losses),
                    Err(error) => {
                        return Ok(Some((document.clone(), format!("{error}: {text}"))));
                    }
                }
            }
            Err(Failure::Refused(refusal)) => Verdict::Refused(refusal),
            Err(Failure::Malformed(_)) => Verdict::Malformed,
            Err(Failure::TooLarge | Failure::Head(_)) => Verdict::TooLarge,
        };
        if !agree(&plain, &fused) {
            let show = |v: &Verdict| match v {
                Verdict::Translated(value, losses) => {
                    let losses: Vec<String> = losses
                        .iter()
                        .map(|l| {
                            format!(
                                "\n      {} {}/{} {:?}",
                                l.kind, l.rule.mapping, l.rule.rule, l.place
                            )
                        })
                        .collect();
                    format!("{value}{}", losses.concat())
                }
                other => format!("{other:?}"),
            };
            let why = format!("plain {}\n  fused {}", show(&plain), show(&fused));
            // What `check` refuses never runs.
            let right = back::Loaded::new(case).is_right();
            return Ok(right.then(|| (document.clone(), why)));
        }
    }
    Ok(None)
}

fn agree(plain: &Verdict, fused: &Verdict) -> bool {
    match (plain, fused) {
        (Verdict::Translated(a, la), Verdict::Translated(b, lb)) => same_text(a, b) && la == lb,
        (Verdict::Refused(a), Verdict::Refused(b)) => a == b,
        (Verdict::Malformed, Verdict::Malformed) => true,
        _ => false,
    }
}

fn texts(case: &Case) -> Vec<String> {
    let rules = case.rules.iter().enumerate().zip(&case.heads);
    rules.map(|((at, r), head)| text::mapping_text(at, r, *head)).collect()
}

/// Takes out of a case that fails what it fails without; of a seeded mistake it is enough that it does.
fn shrink(mut case: Case, law: &dyn Fn(&Case) -> bool) -> Case {
    if std::env::var_os("FISHPLATE_MUTANT").is_some() {
        return case;
    }
    let fails = |case: &Case| {
        let windows = case.contracts.windows(2).zip(&case.rules);
        windows.clone().all(|(w, rules)| generate::valid(rules, &w[0], &w[1])) && law(case)
    };
    let alone = |document: &String| Case { documents: vec![document.clone()], ..case.clone() };
    if let Some(less) = case.documents.iter().map(alone).find(fails) {
        case = less;
    }
    loop {
        case.heads.truncate(case.rules.len());
        let mut tries = Vec::new();
        for hop in 0..case.rules.len() {
            for rule in 0..case.rules[hop].len() {
                let mut less = case.clone();
                less.rules[hop].remove(rule);
                tries.push(less);
            }
            if case.rules.len() > 1 && hop + 1 == case.rules.len() {
                let mut less = case.clone();
                less.rules.pop();
                less.contracts.pop();
                tries.push(less);
            }
            if case.rules.len() > 1 && hop == 0 {
                let mut less = case.clone();
                less.rules.remove(0);
                less.contracts.remove(0);
                less.heads.remove(0);
                tries.push(less);
            }
            let mut less = case.clone();
            less.heads[hop] = Head::default();
            if less.heads != case.heads {
                tries.push(less);
            }
        }
        for at in 0..case.contracts.len() {
            for ty in 0..3 {
                for property in 0..case.contracts[at][ty].len() {
                    let mut less = case.clone();
                    less.contracts[at][ty].remove(property);
                    tries.push(less);
                }
            }
        }
        if let Ok(value) = json::parse(case.documents[0].as_bytes(), 128) {
            for smaller in smaller(&value) {
                let mut less = case.clone();
                less.documents = vec![smaller.to_string()];
                tries.push(less);
            }
        }
        match tries.into_iter().find(fails) {
            Some(less) => case = less,
            None => return case,
        }
    }
}

fn smaller(value: &Value) -> Vec<Value> {
    let mut all = Vec::new();
    match value {
        Value::Array(items) => {
            for at in 0..items.len() {
                let mut less = items.clone();
                less.remove(at);
                all.push(Value::Array(less));
                for inner in smaller(&items[at]) {
                    let mut less = items.clone();
                    less[at] = inner;
                    all.push(Value::Array(less));
                }
            }
        }
        Value::Object(members) => {
            for at in 0..members.len() {
                let mut less = members.clone();
                less.remove(at);
                all.push(Value::Object(less));
                for inner in smaller(&members[at].1) {
                    let mut less = members.clone();
                    less[at].1 = inner;
                    all.push(Value::Object(less));
                }
            }
        }
        _ => {}
    }
    all
}

/// The seeds of one shard.
fn seeds(shard: u64) -> std::ops::Range<u64> {
    let only = std::env::var("FISHPLATE_SEED").ok().and_then(|s| s.parse::<u64>().ok());
    let long = std::env::var("FISHPLATE_LONG").is_ok_and(|v| !v.is_empty());
    let per_shard: u64 = if long { 100_000 / 16 } else { 125 };
    let base: u64 = std::env::var("FISHPLATE_BASE").ok().and_then(|s| s.parse().ok()).unwrap_or(0);
    match only {
        Some(seed) if shard == 0 => seed..seed + 1,
        Some(_) => 0..0,
        None => base + shard * per_shard..base + (shard + 1) * per_shard,
    }
}

fn shard(shard: u64) {
    let seeds = seeds(shard);
    println!("seeds {seeds:?}");
    let mut beyond = 0;
    let count = seeds.end - seeds.start;
    let cases = seeds.flat_map(|seed| {
        // One in five without contracts too.
        let open = seed.is_multiple_of(5).then(|| open_case(seed));
        [Some(case(seed)), open].into_iter().flatten().map(move |case| (seed, case))
    });
    for (seed, case) in cases {
        match differ(&case) {
            Ok(None) => {}
            Err(()) => beyond += 1,
            Ok(Some(_)) => {
                let small = shrink(case, &|case| matches!(differ(case), Ok(Some(_))));
                let (document, why) = differ(&small).unwrap().unwrap();
                let contracts: Vec<String> =
                    small.contracts.iter().map(text::contract_text).collect();
                let open =
                    if small.open { " without contracts, of which this knows nothing" } else { "" };
                panic!(
                    "seed {seed}{open}, {:?}\n{}\n{}\n  document {document}\n  {why}",
                    small.direction,
                    contracts.join("\n"),
                    texts(&small).join("\n"),
                );
            }
        }
    }
    println!("{count} chains");
    assert_eq!(beyond, 0, "every chain becomes a program");
}

/// What of a case breaks a law.
type Law = fn(&Case) -> Option<String>;

/// On what the executors differ.
fn differs(case: &Case) -> Option<String> {
    differ(case).ok().flatten().map(|(document, why)| document + "\n" + &why)
}

/// The other laws, over the same cases.
fn other_laws(shard: u64) {
    let (mut told, mut right, mut content, mut early) = (0, 0, 0, 0);
    for seed in seeds(shard) {
        let (evolved, random, late) = (evolve::case(seed), case(seed), late::case(seed));
        let tells = back::Loaded::new(&evolved);
        told += u32::from(evolve::says(&evolved) && tells.is_right() && !tells.guesses());
        let loaded = back::Loaded::new(&random);
        let is_content = loaded.is_content();
        right += u32::from(loaded.is_right());
        content += u32::from(is_content);
        early += u32::from(back::Loaded::new(&late).is_right());
        let laws: [(&str, &Case, Law); 8] = [
            ("fused is plain", &evolved, differs),
            ("there and back", &evolved, back::returns),
            // Where authors contradict themselves, `check` says so.
            ("there and back of any rules", &random, |case| {
                back::Loaded::new(case).is_content().then(|| back::returns(case)).flatten()
            }),
            ("odd bytes", &evolved, back::keeps),
            ("every byte", &random, back::stands),
            ("nothing without a word", &random, told::tells),
            ("nothing of an alias without a word", &late, told::tells),
            ("fused is plain, of aliases", &late, differs),
        ];
        for (name, case, law) in laws {
            if law(case).is_some() {
                // What is smaller is as right: no member has lost its counterpart, say.
                let faults = back::Loaded::new(case).faults();
                let small = shrink(case.clone(), &|case| {
                    law(case).is_some() && back::Loaded::new(case).faults().is_subset(&faults)
                });
                let contracts: Vec<String> =
                    small.contracts.iter().map(text::contract_text).collect();
                let (contracts, texts) = (contracts.join("\n"), texts(&small).join("\n"));
                let why = law(&small).unwrap_or_default();
                panic!("seed {seed}, {name}, {:?}\n{contracts}\n{texts}\n  {why}", small.direction);
            }
        }
    }
    println!(
        "{told} chains that say something, {right} of all are right, {content} as they should be"
    );
    // Laws that judge nothing hold always.
    if std::env::var_os("FISHPLATE_SEED").is_none() {
        let count = u32::try_from(seeds(shard).count()).unwrap();
        assert!(told * 3 > count && right * 5 > count, "too few cases are judged");
        assert!(early * 5 > count, "too few cases of aliases are judged: {early}");
        assert!(content > 0 || count < 1000, "none is judged as it should be");
    }
}

macro_rules! shards {
    ($run:ident: $($name:ident $at:expr),*) => { $( #[test] fn $name() { $run($at); } )* };
}

shards!(shard:
    fused_is_plain_0 0, fused_is_plain_1 1, fused_is_plain_2 2, fused_is_plain_3 3,
    fused_is_plain_4 4, fused_is_plain_5 5, fused_is_plain_6 6, fused_is_plain_7 7,
    fused_is_plain_8 8, fused_is_plain_9 9, fused_is_plain_10 10, fused_is_plain_11 11,
    fused_is_plain_12 12, fused_is_plain_13 13, fused_is_plain_14 14, fused_is_plain_15 15
);

shards!(other_laws:
    there_back_and_bytes_0 0, there_back_and_bytes_1 1, there_back_and_bytes_2 2,
    there_back_and_bytes_3 3, there_back_and_bytes_4 4, there_back_and_bytes_5 5,
    there_back_and_bytes_6 6, there_back_and_bytes_7 7, there_back_and_bytes_8 8,
    there_back_and_bytes_9 9, there_back_and_bytes_10 10, there_back_and_bytes_11 11,
    there_back_and_bytes_12 12, there_back_and_bytes_13 13, there_back_and_bytes_14 14,
    there_back_and_bytes_15 15
);
