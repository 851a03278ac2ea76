//! Broken files: seeded edits and truncations of valid contracts, mappings and configurations. Each
//! is read to a result or to diagnostics that have a place; none panics or takes long.
#![expect(clippy::disallowed_types, reason = "the time that the processor takes is real time")]

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::LazyLock;
use std::time::{Duration, Instant};

use fishplate::authoring::{self, Files};
use fishplate::compile::{Part, Status, Subject, View, Way, program};
use fishplate::config::Config;
use fishplate::diagnostic::{Diagnostic, Sources};
use fishplate::snapshot;

/// No file may keep one waiting for longer.
const LONGEST: Duration = Duration::from_secs(1);

const OLD: &str = include_str!("fuzz/old.yaml");
const NEW: &str = include_str!("fuzz/new.yaml");
const MAPPING: &str = include_str!("fuzz/mapping.yaml");
const CONFIG: &str = include_str!("../examples/orders/fishplate.yaml");

/// Words that mean something somewhere.
const WORDS: &[&str] = &[
    "$ref: '#/components/schemas/Order'",
    "$ref: '#'",
    "$ref: ./other.yaml#/x",
    "$ref: 7",
    "allOf:",
    "oneOf:",
    "anyOf:",
    "type: [object, \"null\"]",
    "nullable: true",
    "items:",
    "additionalProperties:",
    "patternProperties:",
    "properties:",
    "discriminator:",
    "mapping:",
    "fields:",
    "added:",
    "removed:",
    "alias:",
    "in:",
    "to:",
    "map:",
    "back:",
    "pairs:",
    "else:",
    "set:",
    "convert:",
    "separated: \",\", last: optional",
    "refuse: [{ old: {}, detail: \"{a[0]} {{\" }]",
    "wrap:",
    "each:",
    "absent:",
    "loses:",
    "strict:",
    "$from",
    "$absent",
    "$placeholder",
    "$const",
    "-> $none",
    "[]",
    "{}",
    "[",
    "{",
    "]",
    "}",
    ": ",
    "- ",
    ",",
    "&a ",
    "*a",
    "*a, *a, *a",
    "<<: *a",
    "!!binary ",
    "---\n",
    "...\n",
    "\t",
    "\r\n",
    "\u{feff}",
    "\u{85}",
    "\u{0}",
    "'",
    "\"",
    "\\",
    "|\n",
    ">\n",
    "#",
    "%",
    "?",
    "@",
    "~",
    "null",
    "true",
    "1e999",
    ".inf",
    "0x1F",
    "18446744073709551617",
    "-0.0",
    "Order",
    "Node",
    "Shape",
    "v1",
    "v2",
    "default",
    "2XX",
];

struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, n: usize) -> usize {
        usize::try_from(self.next() % u64::try_from(n.max(1)).unwrap()).unwrap()
    }

    /// A place between two characters.
    fn place(&mut self, text: &str) -> usize {
        text.floor_char_boundary(self.below(text.len() + 1))
    }

    /// A range of up to so many bytes.
    fn range(&mut self, text: &str, longest: usize) -> std::ops::Range<usize> {
        let start = self.place(text);
        let end = start + self.below(longest.min(text.len() - start) + 1);
        start..text.floor_char_boundary(end).max(start)
    }
}

/// How long the processor has worked for this thread: others may keep it busy meanwhile.
fn worked() -> Duration {
    static BEGAN: LazyLock<Instant> = LazyLock::new(Instant::now);
    let began = *BEGAN;
    let stat = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    let worked = stat.split(' ').next().and_then(|nanos| nanos.parse().ok());
    worked.map_or_else(|| began.elapsed(), Duration::from_nanos)
}

/// One to four edits.
fn mutated(random: &mut Random, text: &str, donor: &str) -> String {
    let mut text = text.to_owned();
    for _ in 0..=random.below(4) {
        edit(random, &mut text, donor);
    }
    text
}

fn edit(random: &mut Random, text: &mut String, donor: &str) {
    match random.below(9) {
        0 => text.truncate(random.place(text)),
        1 => {
            let range = random.range(text, 60);
            text.replace_range(range, "");
        }
        2 | 3 => {
            let word = WORDS[random.below(WORDS.len())];
            text.insert_str(random.place(text), word);
        }
        4 => {
            let piece = donor[random.range(donor, 200)].to_owned();
            text.insert_str(random.place(text), &piece);
        }
        // A word in place of another.
        5 => {
            let start = random.place(text);
            let start =
                text[start..].find(|c: char| c.is_alphanumeric()).map_or(start, |n| start + n);
            let rest = &text[start..];
            let end = rest.find(|c: char| !c.is_alphanumeric()).map_or(text.len(), |n| start + n);
            text.replace_range(start..end, WORDS[random.below(WORDS.len())]);
        }
        // Lines: out, twice, or elsewhere.
        kind => {
            let mut lines: Vec<&str> = text.split_inclusive('\n').collect();
            if lines.is_empty() {
                return;
            }
            let (from, to) = (random.below(lines.len()), random.below(lines.len()));
            match kind {
                6 => drop(lines.remove(from)),
                7 => lines.insert(to, lines[from]),
                _ => lines.swap(from, to),
            }
            *text = lines.concat();
        }
    }
}

/// Every diagnostic can be shown: its places lie within its files.
fn show(sources: &Sources, found: &[Diagnostic]) -> String {
    let mut shown = String::new();
    for diagnostic in found {
        let place = diagnostic.span.map(|span| sources.position(span));
        writeln!(shown, "{} {} {place:?}", diagnostic.code, diagnostic.message).unwrap();
    }
    shown
}

fn files(texts: [(&str, &str); 3]) -> Files {
    let mut files = Files { mappings: "m".into(), schemas: "s".into(), ..Files::default() };
    for (name, text) in texts {
        let path = PathBuf::from(name);
        let of: &mut BTreeMap<_, _> =
            if name.starts_with("m/") { &mut files.mapping_texts } else { &mut files.schema_texts };
        of.insert(path, text.to_owned());
    }
    files
}

/// Loads an API; what can be loaded can be compiled, every body of it both ways.
fn api(texts: [(&str, &str); 3]) -> bool {
    let mut sources = Sources::default();
    let loaded = authoring::load(&mut sources, "orders", &files(texts), &[]);
    show(&sources, &loaded.found);
    show(&sources, &loaded.examples);
    let Some(series) = loaded.series else {
        assert!(!loaded.found.is_empty(), "refused without a reason");
        return false;
    };
    show(&sources, &authoring::examples(&series));
    for (from, to) in [(0, 1), (1, 0)] {
        let way = Way { from, to };
        for operation in series.contracts.get(from).into_iter().flat_map(|c| &c.operations) {
            let Ok(track) = series.plain_track(from, operation, way) else { continue };
            let answers = operation.answers.iter().filter_map(|a| Status::parse(&a.status));
            for part in answers.map(Part::Answer).chain([Part::Request]) {
                let whole = series.crosses(&track, part);
                let view = if whole { View::Whole } else { View::Body };
                let travel = series.travel(Subject::Message(&track, part, view), way);
                if let Ok(Some(travel)) = travel {
                    let made = program(&travel.links, &travel.roots, travel.direction);
                    assert!(made.is_ok(), "what `check` lets through compiles: {made:?}");
                }
            }
        }
    }
    true
}

fn configuration(text: &str) -> bool {
    let mut sources = Sources::default();
    let file = sources.add("fishplate.yaml", text);
    let (_apis, found) = snapshot::apis(&mut sources, file, Path::new("/nowhere"));
    show(&sources, &found);
    let (config, more) = Config::read(&sources, file, Path::new("/"));
    assert!(config.is_some() || !more.is_empty(), "refused without a reason");
    show(&sources, &more);
    found.is_empty() && more.is_empty()
}

/// Runs cases, and says of one that fails which it is.
fn cases(name: &str, seed: u64, count: u64, case: impl Fn(&mut Random) -> (String, bool)) {
    let long = std::env::var_os("FISHPLATE_LONG").is_some();
    let (mut fine, count) = (0, if long { count * 50 } else { count });
    for number in 0..count {
        let mut random = Random(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ (number + 1));
        for _ in 0..8 {
            random.next();
        }
        let begin = worked();
        let result = catch_unwind(AssertUnwindSafe(|| case(&mut random)));
        let took = worked().saturating_sub(begin);
        let Ok((text, read)) = result else {
            panic!("{name}: case {number} of seed {seed} panics")
        };
        assert!(took <= LONGEST, "{name}: case {number} of seed {seed} takes {took:?}:\n{text}");
        fine += u64::from(read);
    }
    println!("{name}: {fine} of {count} cases of seed {seed} are valid");
    // Edits that break everything, or nothing, would show little.
    assert!(fine > count / 50 && fine < count, "{name}: {fine} of {count} are valid");
}

#[test]
fn what_is_edited_is_valid_itself() {
    assert!(api([("s/v1.yaml", OLD), ("s/v2.yaml", NEW), ("m/v2.yaml", MAPPING)]));
    assert!(configuration(CONFIG));
}

#[test]
fn contracts() {
    cases("contracts", 1, 1500, |random| {
        let text = mutated(random, OLD, NEW);
        let read = api([("s/v1.yaml", &text), ("s/v2.yaml", NEW), ("m/v2.yaml", MAPPING)]);
        (text, read)
    });
}

#[test]
fn contracts_in_json() {
    let mut sources = Sources::default();
    let file = sources.add("new.yaml", NEW);
    let json = fishplate::document::parse(&sources, file).unwrap().to_json().to_string();
    assert!(api([("s/v1.yaml", OLD), ("s/v2.json", &json), ("m/v2.yaml", MAPPING)]));
    cases("contracts in JSON", 2, 1500, |random| {
        let text = mutated(random, &json, &json);
        let read = api([("s/v1.yaml", OLD), ("s/v2.json", &text), ("m/v2.yaml", MAPPING)]);
        (text, read)
    });
}

#[test]
fn mappings() {
    cases("mappings", 3, 3000, |random| {
        let text = mutated(random, MAPPING, OLD);
        let read = api([("s/v1.yaml", OLD), ("s/v2.yaml", NEW), ("m/v2.yaml", &text)]);
        (text, read)
    });
}

#[test]
fn configurations() {
    cases("configurations", 4, 3000, |random| {
        let text = mutated(random, CONFIG, MAPPING);
        let read = configuration(&text);
        (text, read)
    });
}

/// Files that grow where they are read: each is refused, or read, in time.
#[test]
fn files_that_are_made_to_grow() {
    let deep = 100_000;
    let chain = |link: &dyn Fn(usize) -> String| {
        (0..3_000).fold(String::from("$defs:\n"), |text, n| text + &link(n))
    };
    let doubled = (0..40).fold(String::from("a0: &a0 [x]\n"), |text, n| {
        format!("{text}a{}: &a{} [*a{n}, *a{n}]\n", n + 1, n + 1)
    });
    let unions = (0..30).fold(String::from("$defs:\n  Order:\n    allOf:\n"), |text, n| {
        let branch =
            |b: &str| format!("{{ type: object, properties: {{ p{n}: {{ const: {b} }} }} }}");
        format!("{text}      - oneOf: [{}, {}]\n", branch("a"), branch("b"))
    });
    let texts = [
        "[".repeat(deep),
        "{".repeat(deep),
        "{a: ".repeat(deep),
        "- ".repeat(deep),
        "? ".repeat(deep),
        "$defs: { Order: ".to_owned() + &"{ items: ".repeat(deep),
        "!".repeat(deep),
        "&".repeat(deep),
        "\"\\".repeat(deep),
        format!("{}: 1", "k".repeat(1 << 20)),
        "a:\n".repeat(deep),
        doubled,
        unions,
        chain(&|n| format!("  S{n}: {{ $ref: '#/$defs/S{}' }}\n", n + 1)),
        chain(&|n| format!("  S{n}: {{ allOf: [{{ $ref: '#/$defs/S{}' }}] }}\n", n + 1)),
        chain(&|n| format!("  S{n}: {{ oneOf: [{{ $ref: '#/$defs/S{}' }}, {{}}] }}\n", n + 1)),
        chain(&|n| {
            let next = format!("{{ $ref: '#/$defs/S{}' }}", n + 1);
            format!("  S{n}: {{ oneOf: [{next}, {next}] }}\n")
        }),
        chain(&|n| {
            let next = format!("{{ $ref: '#/$defs/S{}' }}", n + 1);
            format!("  S{n}: {{ oneOf: [{next}, {{ oneOf: [{next}, {{}}] }}] }}\n")
        }),
        chain(&|n| format!("  S{n}: {{ items: {{ $ref: '#/$defs/S{}' }} }}\n", (n + 1) % 3_000)),
        format!("{MAPPING}  Deep: {{ fields: {{ {}: b }} }}\n", "a.".repeat(deep) + "a"),
        format!("{MAPPING}  Deep: {{ fields: {{ 'a{}': b }} }}\n", "[]".repeat(deep)),
    ];
    for (at, text) in texts.into_iter().enumerate() {
        let begin = worked();
        api([("s/v1.yaml", &text), ("s/v2.yaml", NEW), ("m/v2.yaml", MAPPING)]);
        api([("s/v1.yaml", OLD), ("s/v2.json", &text), ("m/v2.yaml", MAPPING)]);
        api([("s/v1.yaml", OLD), ("s/v2.yaml", NEW), ("m/v2.yaml", &text)]);
        configuration(&text);
        let took = worked().saturating_sub(begin);
        println!("{at}: {took:?}");
        // Of the largest that is read, a million nodes, each of the four takes a second.
        assert!(took < LONGEST * 8, "{at} takes {took:?}");
    }
}

/// Contracts and mappings that grow together: what there is much of takes its time once.
#[test]
fn what_grows_on_both_sides() {
    let head = "mapping: 1\napi: orders\nfrom: v1\nto: v2\ntypes:\n";
    let many =
        |count: usize, line: &dyn Fn(usize) -> String| -> String { (0..count).map(line).collect() };
    let object = |letter: char| {
        let members = many(4_000, &|n| format!("      {letter}{n}: {{ type: string }}\n"));
        format!("$defs:\n  T:\n    type: object\n    properties:\n{members}")
    };
    let rules = |from: char, to: char| {
        let rules = many(4_000, &|n| format!("      {from}{n}: {to}{n}\n"));
        format!("{head}  T:\n    fields:\n{rules}")
    };
    let single = many(4_000, &|n| format!("      g{n}: a\n"));
    let single =
        format!("{head}  T:\n    removed:\n{}    added:\n{single}", single.replace('g', "f"));
    let below = rules('f', 'g').replace("      f", "      a.f").replace(": g", ": b.g");
    let holder = |letter: char, text: &str| {
        let within = text.replace("  T:", "  U:");
        format!("{within}  T: {{ properties: {{ {letter}: {{ $ref: '#/$defs/U' }} }} }}\n")
    };
    let chain = |first: &str| {
        let next = |n: usize| format!("{{ $ref: '#/$defs/C{n}' }}");
        let link =
            |n| format!("  C{n}: {{ properties: {{ n: {} }}, required: [m] }}\n", next(n + 1));
        let links = many(4_000, &link);
        format!(
            "$defs:\n  T: {{ properties: {{ {first}: {} }} }}\n{links}  C4000: {{ type: string }}\n",
            next(0)
        )
    };
    // Each union has both of the next level.
    let shared = |name: char| {
        let level = |n: usize| {
            let next = ["A", "B"].map(|s| format!("{{ $ref: '#/$defs/{s}{}' }}", n + 1)).join(", ");
            format!("  A{n}: {{ oneOf: [{next}] }}\n  B{n}: {{ anyOf: [{next}] }}\n")
        };
        let end = format!("{{ required: [{name}], properties: {{ {name}: {{ type: string }} }} }}");
        let t = "  T: { properties: { u: { $ref: '#/$defs/A0' } } }\n";
        format!("$defs:\n{t}{}  A40: {end}\n  B40: {{ type: integer }}\n", many(40, &level))
    };
    let unions =
        format!("{head}  T:\n    fields: {{ u.f: u.g, u.x: u.y }}\n    added: {{ u.z: {{}} }}\n");
    let paths = |letter: char| {
        let schema = format!("{{ type: object, properties: {{ {letter}: {{ type: string }} }} }}");
        let content = format!("content: {{ application/json: {{ schema: {schema} }} }}");
        let path = |n| {
            format!(
                "  /{{tenant}}/things{n}/{{id}}: {{ get: {{ responses: {{ '200': {{ {content} }} }} }} }}\n"
            )
        };
        format!("openapi: 3.1.0\npaths:\n{}", many(1_000, &path))
    };
    let operations = many(1_000, &|n| {
        format!(
            "  GET /{{t}}/things{n}/{{i}}: {{ response: {{ fields: {{ body.f: body.g }} }} }}\n"
        )
    });
    let operations = format!("{}operations:\n{operations}", head.replace("types:\n", ""));
    let cases = [
        ("operations", paths('f'), paths('g'), operations),
        ("rules", object('f'), object('g'), rules('f', 'g')),
        ("wrong rules", object('f'), object('g'), rules('x', 'y')),
        ("rules with one place", object('f'), object('g'), single),
        ("rules below", holder('a', &object('f')), holder('b', &object('g')), below),
        ("properties", chain("a"), chain("b"), format!("{head}  T: {{ fields: {{ a: b }} }}\n")),
        ("unions", shared('f'), shared('g'), unions),
    ];
    for (name, old, new, mapping) in cases {
        let begin = worked();
        let mut sources = Sources::default();
        let texts = [("s/v1.yaml", &*old), ("s/v2.yaml", &*new), ("m/v2.yaml", &*mapping)];
        let loaded = authoring::load(&mut sources, "orders", &files(texts), &[]);
        let shown = show(&sources, &loaded.found);
        let took = worked().saturating_sub(begin);
        println!("{name}: {took:?}, {} diagnostics, {} bytes", loaded.found.len(), shown.len());
        println!("{}", shown.lines().take(3).collect::<Vec<_>>().join("\n"));
        assert!(took < LONGEST * 4, "{name} takes {took:?}");
        assert!(shown.len() < 4_000_000, "{name} says {} bytes", shown.len());
    }
}
