//! The first law over whole messages: random requests and answers, rules of every part and across
//! parts, through both executors. And over heads as they are written: what no rule names keeps its
//! bytes.

use std::collections::BTreeSet;

use fishplate::compile::{self, Part, Series, Status, Subject, View, Way};
use fishplate::contract;
use fishplate::diagnostic::{Severity, Sources};
use fishplate::json;
use fishplate::message::{Head, Known, Layout, Param, Template, Texts};
use fishplate::reference::{self, Outcome};
use fishplate::translate::{self, Failure, Limits};
use fishplate::version::{ApiVersion, Direction};

use crate::generate::Random;
use crate::operation::{Kind, Members, NAMES, Version, texts};
use crate::same::same_text;

/// The rules of one mapping over one kind of message.
fn rules(random: &mut Random, (old, new): (&Version, &Version), kind: Kind) -> String {
    let (olds, news) = (old.places(kind), new.places(kind));
    let (mut taken, mut written) = (BTreeSet::new(), BTreeSet::new());
    let (mut fields, mut added, mut removed, mut alias) = (vec![], vec![], vec![], vec![]);
    let constants = ["1", "x", "true", "t", "$absent"];
    for _ in 0..=random.below(5) {
        let (from, to) = (random.of(&olds).clone(), random.of(&news).clone());
        let source = |random: &mut Random, places: &[String]| match random.below(5) {
            0 => format!("{{$from: {}}}", random.of(places)),
            1 => format!("{{$from: {}, map: {{x: q, 1: 2}}, else: e}}", random.of(places)),
            2 if kind != Kind::Request => {
                format!("{{$from: request.query.{}, else: none}}", random.of(&NAMES))
            }
            3 => String::from("{$placeholder: p}"),
            _ => (*random.of(&constants)).to_owned(),
        };
        match random.below(8) {
            0 if written.insert(to.clone()) => {
                added.push(format!("{to}: {}", source(random, &olds)));
            }
            1 if taken.insert(from.clone()) => {
                removed.push(format!("{from}: {}", source(random, &news)));
            }
            2 if taken.insert(from.clone()) => alias.push((from, random.of(&olds).clone())),
            3..=7 if !taken.contains(&from) && !written.contains(&to) => {
                taken.insert(from.clone());
                written.insert(to.clone());
                let parts = match random.below(6) {
                    0 => ", map: {x: y, y: x, 1: 2}",
                    1 => ", map: {x: 1, true: t}, else: {new: n, old: o}",
                    2 => ", absent: {old: 1}",
                    3 => ", pairs: [[1, 2], [$absent, x]]",
                    _ => "",
                };
                fields.push(format!("{from}: {{to: {to}{parts}}}"));
            }
            _ => {}
        }
    }
    let alias = alias.iter().filter(|(second, first)| second != first);
    let alias: Vec<String> = alias.map(|(second, first)| format!("{second}: {first}")).collect();
    let says = |claimed: &BTreeSet<String>| claimed.contains("body");
    if new.has_body(kind) && !old.has_body(kind) && !says(&written) && random.chance(60) {
        added.push(new.whole_body(kind));
    } else if old.has_body(kind) && !new.has_body(kind) && !says(&taken) && random.chance(60) {
        removed.push(old.whole_body(kind));
    }
    if kind == Kind::Answer && random.chance(30) {
        fields.push(String::from("status: {map: {200: 202}, back: {202: 200}}"));
    }
    format!(
        "{{fields: {{{}}}, added: {{{}}}, removed: {{{}}}, alias: {{{}}}}}",
        fields.join(", "),
        added.join(", "),
        removed.join(", "),
        alias.join(", ")
    )
}

/// A value for a place: mostly what its schema says.
fn value(random: &mut Random, schema: &str, text: bool) -> String {
    let scalar = |random: &mut Random| match random.below(6) {
        0 => "1",
        1 => "\"x\"",
        2 => "true",
        3 => "\"y\"",
        4 => "1.50",
        _ => "\"t\"",
    };
    let fit = |random: &mut Random| match schema {
        "{type: integer}" => random.of(&["1", "2", "7"]).to_string(),
        "{type: boolean}" => random.of(&["true", "false"]).to_string(),
        "{type: number}" => random.of(&["1.50", "1"]).to_string(),
        own if own.contains("array") => {
            let items =
                (0..random.below(3)).map(|_| if own.contains("State") { "\"x\"" } else { "1" });
            format!("[{}]", items.collect::<Vec<_>>().join(","))
        }
        _ => random.of(&["\"x\"", "\"t\""]).to_string(),
    };
    let value = if random.chance(80) { fit(random) } else { scalar(random).to_owned() };
    if !text {
        return if random.chance(6) { String::from("null") } else { value };
    }
    // Every scalar is a string.
    match json::parse(value.as_bytes(), 4) {
        Ok(value) => fishplate::message::param::texted(value).to_string(),
        Err(_) => value,
    }
}

/// A plain text: of none there is no body.
fn written(random: &mut Random, schema: &str) -> String {
    let text = value(random, schema, true);
    if text.starts_with('"') { text } else { String::from("\"u\"") }
}

fn object(random: &mut Random, own: &Members, text: bool) -> Vec<String> {
    let there: Vec<_> = own.iter().filter(|_| random.chance(70)).collect();
    there
        .iter()
        .map(|(name, schema)| format!("\"{name}\":{}", value(random, schema, text)))
        .collect()
}

/// A message of a version.
fn message(
    random: &mut Random,
    own: &Version,
    (kind, status, [asks, reads]): (Kind, u16, [bool; 2]),
) -> String {
    let braces = |members: Vec<String>| format!("{{{}}}", members.join(","));
    let path: Vec<String> =
        own.path.iter().map(|name| format!("\"{name}\":\"{}\"", random.of(&["x", "1"]))).collect();
    let mut query = object(random, &own.query, true);
    if random.chance(30) {
        query.push(String::from("\"free\":\"f\""));
    }
    let mut header =
        object(random, if kind == Kind::Request { &own.header } else { &own.fields }, true);
    if random.chance(30) {
        header.push(String::from("\"x-free\":\"1\""));
    }
    let body = match own.body(kind) {
        (_, Some(text)) => random.chance(85).then(|| written(random, text)),
        (body, None) => {
            let body = body.as_ref().filter(|_| random.chance(85));
            body.map(|body| braces(object(random, body, false)))
        }
    };
    let body = body.filter(|_| reads || own.body(kind).1.is_none());
    let body = body.map(|body| format!(",\"body\":{body}")).unwrap_or_default();
    if kind == Kind::Request {
        let cookie = object(random, &own.cookie, true);
        return format!(
            "{{\"path\":{},\"query\":{},\"header\":{},\"cookie\":{}{body}}}",
            braces(path),
            braces(query),
            braces(header),
            braces(cookie)
        );
    }
    // It is there where rules look at it.
    let request = format!(",\"request\":{{\"path\":{},\"query\":{}}}", braces(path), braces(query));
    let request = if asks { request } else { String::new() };
    format!("{{\"status\":{status},\"header\":{}{request}{body}}}", braces(header))
}

/// The chain, unless a mapping is wrong by itself.
fn load(versions: &[Version], mappings: &[String]) -> Option<Series> {
    let contract = |(at, own): (usize, &Version)| {
        let text = own.contract(at);
        let mut none = |_: &str| Err(String::from("none"));
        let version = ApiVersion::new(&format!("v{at}"));
        let (contract, found) =
            contract::load(&mut Sources::default(), version, ("c", &text), &mut none);
        contract.unwrap_or_else(|| panic!("{text}\n{found:#?}"))
    };
    let contracts: Vec<_> = versions.iter().enumerate().map(contract).collect();
    let mut all = Vec::new();
    for text in mappings {
        let (mapping, found) = crate::read_mapping(text);
        if found.iter().any(|d| d.severity == Severity::Error) {
            return None;
        }
        all.push(mapping);
    }
    let versions = contracts.iter().map(|contract| contract.version.clone()).collect();
    Some(Series::new(versions, contracts, all))
}

/// Runs one case. `None`: its mappings are wrong by themselves.
fn differ(seed: u64) -> Option<Result<(), String>> {
    let mut random = Random::new(seed ^ 0x6d65_7373_6167_6573);
    let hops = 1 + random.below(3);
    let mut versions: Vec<Version> = (0..=hops).map(|_| Version::new(&mut random)).collect();
    texts(seed, &mut versions);
    let kind = *random.of(&[Kind::Request, Kind::Request, Kind::Answer, Kind::Error]);
    let word = match kind {
        Kind::Request => "request",
        Kind::Answer => "response",
        Kind::Error => "errors",
    };
    let mapping = |(at, pair): (usize, &[Version])| {
        let key = format!("POST {} -> POST {}", pair[0].template(at), pair[1].template(at + 1));
        let own = rules(&mut random, (&pair[0], &pair[1]), kind);
        // Renamed too, so that the request of an answer is another one.
        let asked = if kind == Kind::Request {
            String::new()
        } else {
            format!("request: {}, ", rules(&mut random, (&pair[0], &pair[1]), Kind::Request))
        };
        format!(
            "mapping: 1\napi: t\nfrom: v{at}\nto: v{}\ntypes: {{State: {{fields: {{'.': {{map: {{x: y, y: x}}}}}}}}}}\noperations: {{'{key}': {{{asked}{word}: {own}}}}}\n",
            at + 1
        )
    };
    let mappings: Vec<String> = versions.windows(2).enumerate().map(mapping).collect();
    let series = load(&versions, &mappings)?;
    let direction = if random.chance(50) { Direction::Upgrade } else { Direction::Downgrade };
    let way = match direction {
        Direction::Upgrade => Way { from: 0, to: hops },
        Direction::Downgrade => Way { from: hops, to: 0 },
    };
    let status = match kind {
        Kind::Error => 404,
        _ => *random.of(&[200, 202]),
    };
    let part = if kind == Kind::Request { Part::Request } else { Part::Answer(Status::Is(status)) };
    // By what it is, as a plain text is not what others are.
    let medium = versions[way.from].body(kind).1.map(|_| 0);
    let track = series.track((way.from, 0), way, |_, _, _| None).expect("a counterpart");
    for _ in 0..4 {
        let whole = (Subject::Typed(&track, part, medium, View::Whole), way);
        let has = ["request", "body"].map(|part| has(part, &series, whole));
        let text = message(&mut random, &versions[way.from], (kind, status, has));
        let mut views = vec![View::Whole];
        if !series.crosses(&track, part) && !text.contains("\"body\"") {
            views.push(View::Head);
        }
        for view in views {
            let subject = match medium {
                Some(_) => Subject::Typed(&track, part, medium, view),
                None => Subject::Message(&track, part, view),
            };
            if let Err(why) = agree(&series, (subject, way), &text) {
                let contracts: Vec<String> =
                    versions.iter().enumerate().map(|(at, own)| own.contract(at)).collect();
                let (contracts, mappings) = (contracts.join("\n"), mappings.join("\n"));
                return Some(Err(format!(
                    "{direction:?} {view:?}\n{contracts}\n{mappings}\n{text}\n{why}"
                )));
            }
        }
    }
    Some(Ok(()))
}

/// Whether a message that is read has such a part: the request, where rules of an answer look at it; a body,
/// where the other version has a counterpart of what it is.
fn has(part: &str, series: &Series, (subject, way): (Subject<'_>, Way)) -> bool {
    let Ok(Some(travel)) = series.travel(subject, way) else { return false };
    let (link, root) = (&travel.links[0], &travel.roots[0]);
    let contract = if travel.direction == Direction::Upgrade { link.old } else { link.new };
    contract.types.property(root.source.ty, &json::Text::from_plain(part)).is_some()
}

/// Whether both executors say the same of a message.
fn agree(series: &Series, (subject, way): (Subject<'_>, Way), text: &str) -> Result<(), String> {
    // A body that one side lacks is told from one by rules; else there is none to look at.
    let Ok(Some(travel)) = series.travel(subject, way) else { return Ok(()) };
    let program = compile::program(&travel.links, &travel.roots, travel.direction)
        .map_err(|error| error.to_string())?;
    let limits = Limits { depth: 64, ..Limits::default() };
    let fused = match translate::translate(&program, text.as_bytes(), &limits) {
        Ok(done) => {
            let document = json::parse(&done.bytes, 64).map_err(|error| error.to_string())?;
            let mut losses = done.losses(&program, text.as_bytes());
            losses.sort();
            Outcome::Translated { document, losses }
        }
        Err(Failure::Refused(refusal)) => Outcome::Refused(refusal),
        Err(other) => return Err(other.to_string()),
    };
    let hops: Vec<_> = travel
        .links
        .iter()
        .map(|l| reference::Hop { mapping: l.mapping, index: l.index, old: l.old, new: l.new })
        .collect();
    let roots: Vec<_> = travel.roots.iter().map(root).collect();
    let plain = reference::run(&hops, &roots, travel.direction, text.as_bytes(), 64)
        .map_err(|error| error.to_string())?;
    let same = match (&fused, &plain) {
        (
            Outcome::Translated { document: a, losses: one },
            Outcome::Translated { document: b, losses: other },
        ) => same_text(a, b) && one == other,
        (Outcome::Refused(a), Outcome::Refused(b)) => a == b,
        _ => false,
    };
    if same { Ok(()) } else { Err(format!("fused {fused:?}\nplain {plain:?}")) }
}

fn shard(shard: u64) {
    let (mut judged, mut all) = (0_u32, 0_u32);
    for seed in crate::seeds(shard) {
        all += 1;
        match differ(seed) {
            None => {}
            Some(Ok(())) => judged += 1,
            Some(Err(why)) => panic!("seed {seed}, messages, {why}"),
        }
    }
    println!("{judged} of {all} chains are right by themselves");
    let alone = std::env::var_os("FISHPLATE_SEED").is_some();
    assert!(alone || judged * 5 > all, "too few cases are judged: {judged} of {all}");
}

/// A raw text that a client may send.
fn raw(random: &mut Random) -> String {
    let pieces = ["a", "%20", "+", "%2F", "~", "%7e", "é", "=", "[]", "%C3%A9", ",", "|", ";", ""];
    (0..random.below(4)).map(|_| *random.of(&pieces)).collect()
}

/// A head that is read and written with one parameter changed: all others keep their bytes and order.
#[test]
fn what_no_rule_names_keeps_its_bytes() {
    for seed in 0..2_000 {
        let mut random = Random::new(seed);
        let pairs: Vec<String> = (0..=random.below(6))
            .map(|_| {
                format!(
                    "{}={}",
                    random.of(&["p", "q", "x", "%71", "q[]", "p[k]"]),
                    raw(&mut random)
                )
            })
            .collect();
        let mut head = Head {
            path: String::from("/o/a%2Fb/1"),
            query: Some(pairs.join("&")),
            ..Head::default()
        };
        let layout = Layout {
            template: Some(Template::new("/o/{id}/{n}")),
            params: vec![Known {
                part: Texts::Query,
                param: Param::unsaid("q", Texts::Query),
                is_said: false,
                is_named: true,
            }],
        };
        let before = head.clone();
        let Ok(document) = layout.read(&head) else { continue };
        layout.write(&mut head, &layout, (&document, &document)).unwrap();
        assert_eq!(head, before, "seed {seed}: nothing has changed");
        let text = document.to_string().replace("\"q\":", "\"r\":");
        let after = json::parse(text.as_bytes(), 8).unwrap();
        layout.write(&mut head, &layout, (&document, &after)).unwrap();
        let is_q = |pair: &&String| ["q=", "%71="].iter().any(|own| pair.starts_with(own));
        let rest: Vec<&String> = pairs.iter().filter(|pair| !is_q(pair)).collect();
        let query = head.query.clone().unwrap_or_default();
        let written = query.split('&').filter(|pair| !pair.starts_with("r=") && !pair.is_empty());
        assert_eq!(written.collect::<Vec<_>>(), rest, "seed {seed}: {before:?} {head:?}");
    }
}

macro_rules! shards {
    ($($name:ident $at:expr),*) => { $( #[test] fn $name() { shard($at); } )* };
}

shards!(
    messages_0 0, messages_1 1, messages_2 2, messages_3 3, messages_4 4, messages_5 5,
    messages_6 6, messages_7 7, messages_8 8, messages_9 9, messages_10 10, messages_11 11,
    messages_12 12, messages_13 13, messages_14 14, messages_15 15
);

/// Where a message starts, for the plain executor.
pub(crate) fn root<'a>(of: &compile::Root<'a>) -> reference::Root<'a> {
    let compile::Root { source, target, ref blocks, carrier, ref named } = *of;
    let named = named.as_deref().map(|compile::Naming { request, document }| {
        let (request, document) = (request.as_ref().map(root), document.as_ref().map(root));
        Box::new(reference::Naming { request, document })
    });
    reference::Root { source, target, blocks: blocks.clone(), carrier, named }
}
