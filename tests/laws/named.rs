//! Texts that name fields, of a message or of a type: both executors take the same place through the
//! same rules.

use fishplate::compile::{self, Link, Naming};
use fishplate::contract::{Contract, Use};
use fishplate::mapping::{Block, Carrier};
use fishplate::reference::{self, Outcome};
use fishplate::translate::{Failure, Limits, translate};
use fishplate::version::Direction;

use super::generate::{EXTRAS, Random, Rule};
use super::text::contract_text;
use super::{Case, back, case, load_contracts, load_mapping, messages, pairs, texts};

/// A text, or a list of segments, that may name a place.
fn naming(random: &mut Random) -> String {
    let step = |random: &mut Random| match random.below(4) {
        0 => String::from(*random.of(&["0", "1"])),
        _ => String::from(*random.of(EXTRAS)),
    };
    let steps: Vec<String> = (0..=random.below(4)).map(|_| step(random)).collect();
    match random.below(5) {
        0 => format!("\"/{}\"", steps.join("/")),
        1 => format!("\"{}\"", steps.join(".")),
        2 => format!("\"$.{}\"", steps.join(".")),
        3 => {
            let rest = steps[1..].join("][");
            let rest = if rest.is_empty() { rest } else { format!("[{rest}]") };
            format!("\"{}{rest}\"", steps[0])
        }
        _ => format!("[\"{}\"]", steps.join("\",\"")),
    }
}

/// A text that may name several places.
fn several(random: &mut Random) -> String {
    let one = |random: &mut Random| {
        let sign = *random.of(&["", "", "-", "+", " -"]);
        let step = |random: &mut Random| *random.of(&["a", "b", "c", "d", "e", "x", "y", "0"]);
        let steps: Vec<&str> = (0..=random.below(4)).map(|_| step(random)).collect();
        format!("{sign}{}", steps.join("."))
    };
    let all: Vec<String> = (0..=random.below(3)).map(|_| one(random)).collect();
    format!("\"{}\"", all.join(","))
}

/// A case of which only its rules count, over texts.
fn texts_of(seed: u64) -> Case {
    let mut case = case(seed);
    let mut random = Random::new(seed ^ 0x0a4e_d000_0000_0001);
    let named = *random.of(&[
        "\"pointer\"",
        "\"pointer\"",
        "{\"pointer\": \"document\"}",
        "{\"names\": \"T0\"}",
        "{\"names\": \"T1\"}",
    ]);
    for rules in &mut case.rules {
        rules.retain(|rule| rule.ty != 3 && rule.word != "refuse");
        let root = || Some(String::from("."));
        let value = format!("{{\"text\": {named}}}");
        let (key, also) = (String::from("."), (None, None));
        rules.push(Rule { ty: 3, word: "fields", key, value, old: root(), new: root(), also });
    }
    let lists = named.contains("names");
    let text = |random: &mut Random| if lists { several(random) } else { naming(random) };
    case.documents = (0..20).map(|_| text(&mut random)).collect();
    case
}

/// What both executors say of each text, where they differ.
fn differ(case: &Case) -> Option<String> {
    let contracts = load_contracts(case);
    let mappings: Vec<_> = texts(case).iter().map(|text| load_mapping(text)).collect();
    let pairs = pairs(&contracts, &mappings);
    let mut order: Vec<usize> = (0..mappings.len()).collect();
    if case.direction == Direction::Downgrade {
        order.reverse();
    }
    let (mut links, mut hops, mut roots, mut starts) = (vec![], vec![], vec![], vec![]);
    for at in order {
        let (old, new) = (&contracts[at], &contracts[at + 1]);
        let (mapping, index) = (&mappings[at], u16::try_from(at).unwrap());
        links.push(Link { mapping, index, old, new, pairs: &pairs[at] });
        hops.push(reference::Hop { mapping, index, old, new });
        let (from, to) = if case.direction == Direction::Upgrade { (old, new) } else { (new, old) };
        let text = |of: &Contract| Use { ty: of.types.named("S").unwrap(), nullable: false };
        let whole = |of: &Contract| {
            let request = &of.operations[0].request;
            request.get(request.first()).unwrap().shapes.own.whole
        };
        let own = mapping.operations.iter().flat_map(|o| &o.request);
        let own: Vec<&Block> = own.map(|rules| &rules.whole).collect();
        let (source, target, blocks) = (whole(from), whole(to), own);
        let (carrier, named) = (Carrier::Request, None);
        let request = compile::Root { source, target, blocks, carrier, named };
        let named = Naming { request: Some(request.clone()), document: Some(request) };
        let (source, target, blocks) = (text(from), text(to), Vec::new());
        let (carrier, named) = (Carrier::Answer, Some(Box::new(named)));
        let root = compile::Root { source, target, blocks, carrier, named };
        starts.push(messages::root(&root));
        roots.push(root);
    }
    let program = compile::program(&links, &roots, case.direction).ok()?;
    for document in &case.documents {
        let bytes = document.as_bytes();
        let plain = reference::run(&hops, &starts, case.direction, bytes, 64).unwrap();
        let fused = match translate(&program, bytes, &Limits::default()) {
            Ok(done) => {
                let mut losses = done.losses(&program, bytes);
                losses.sort();
                let document = fishplate::json::parse(&done.bytes, 64).unwrap();
                Outcome::Translated { document, losses }
            }
            Err(Failure::Refused(refusal)) => Outcome::Refused(refusal),
            Err(other) => panic!("{document}: {other}"),
        };
        if plain != fused && back::Loaded::new(case).is_right() {
            return Some(format!("{document}\n  plain {plain:?}\n  fused {fused:?}"));
        }
    }
    None
}

fn shard(shard: u64) {
    for seed in super::seeds(shard) {
        let case = texts_of(seed);
        if let Some(why) = differ(&case) {
            let contracts: Vec<String> = case.contracts.iter().map(contract_text).collect();
            let (all, way) = ([contracts, texts(&case)].concat(), case.direction);
            panic!("seed {seed}, {way:?}: {why}\n{}", all.join("\n---\n"));
        }
    }
}

#[test]
fn names_0() {
    shard(0);
}

#[test]
fn names_1() {
    shard(1);
}

#[test]
fn names_2() {
    shard(2);
}

#[test]
fn names_3() {
    shard(3);
}
