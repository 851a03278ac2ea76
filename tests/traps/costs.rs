//! What a chain costs: by what its program is made of, not by time. It may grow with what the rules of a
//! chain come to, never with how many versions it took to come there, or with rules that a message has
//! nothing to do with.

use std::fmt::Write as _;
use std::time::Duration;

use fishplate::compile::{self, Series, Subject};
use fishplate::json;
use fishplate::message::param::Style;
use fishplate::message::{self, Form, Known, Layout, Param, Template, Texts};
use fishplate::plan::{Plan, listing};
use fishplate::translate::{self, Limits};
use http::HeaderValue;
use tokio::time::Instant;

use crate::both::{self, Direction, Downgrade, Upgrade, ends, types};

/// Versions of the longest chain.
const MANY: usize = 200;

fn program(series: &Series, direction: Direction) -> Plan {
    let travel = series.travel(Subject::Type("T"), ends(series, direction)).unwrap().unwrap();
    compile::program(&travel.links, &travel.roots, travel.direction).unwrap()
}

/// How much a program does: the lines of what is fused, without the rules that it may name; and the
/// stages that do something. (One that does nothing is passed over.)
fn size(plan: &Plan) -> (usize, usize) {
    let stages = plan.stages.iter().filter(|stage| !stage.idle).count();
    let fused = Plan { stages: Vec::new(), taped: Vec::new(), ..plan.clone() };
    let text = listing(&fused, &|_| String::new());
    (text.split("\nrules\n").next().unwrap().lines().count(), stages)
}

/// A chain of definitions of `T` and of mappings between them.
struct Chain {
    name: &'static str,
    /// The definition after so many of all hops.
    definition: fn(usize, usize) -> String,
    /// The rules of the hop behind that.
    rules: fn(usize, usize) -> String,
    /// A message of the first version, and of the last.
    messages: [&'static str; 2],
}

impl Chain {
    fn load(&self, hops: usize) -> Series {
        let definitions: Vec<String> = (0..=hops).map(|at| (self.definition)(at, hops)).collect();
        let rests: Vec<String> = (0..hops)
            .map(|at| match (self.rules)(at, hops) {
                rules if rules.is_empty() => rules,
                rules => format!("types: {{T: {{{rules}}}}}"),
            })
            .collect();
        let definitions: Vec<&str> = definitions.iter().map(String::as_str).collect();
        let rests: Vec<&str> = rests.iter().map(String::as_str).collect();
        types(&definitions, &rests).unwrap_or_else(|errors| panic!("{}: {errors}", self.name))
    }
}

/// The name of a field that is `first` and `last` at the ends, and another in every version between.
fn name(first: &str, last: &str, at: usize, hops: usize) -> String {
    match at {
        0 => first.to_owned(),
        at if at == hops => last.to_owned(),
        at => format!("{first}_{at}"),
    }
}

fn one(property: &str) -> String {
    format!("T: {{type: object, properties: {{{property}, keep: <s>}}}}")
}

/// Chains of which every version changes something.
fn busy() -> Vec<Chain> {
    vec![
        Chain {
            name: "a name that changes in every version",
            definition: |at, hops| one(&format!("{}: <s>", name("a", "z", at, hops))),
            rules: |at, hops| {
                let (from, to) = (name("a", "z", at, hops), name("a", "z", at + 1, hops));
                format!("fields: {{{from}: {to}}}")
            },
            messages: [r#"{"a":"1","keep":"k"}"#, r#"{"z":"1","keep":"k"}"#],
        },
        Chain {
            name: "a field that comes and goes again",
            definition: |at, hops| {
                one(if at % 2 == 1 && at < hops { "a: <s>, x: <s>" } else { "a: <s>" })
            },
            rules: |at, hops| {
                let has = |at: usize| at % 2 == 1 && at < hops;
                let word = match (has(at), has(at + 1)) {
                    (false, true) => "added",
                    (true, false) => "removed",
                    _ => return String::new(),
                };
                format!("{word}: {{x: none}}")
            },
            messages: [r#"{"a":"1","keep":"k"}"#; 2],
        },
        Chain {
            name: "a field that moves from object to object",
            definition: |at, hops| {
                let place = name("a", "z", at, hops);
                one(&format!("{place}: {{type: object, properties: {{v: <s>}}}}"))
            },
            rules: |at, hops| {
                let (from, to) = (name("a", "z", at, hops), name("a", "z", at + 1, hops));
                format!("fields: {{{from}.v: {to}.v}}")
            },
            messages: [r#"{"keep":"k","a":{"v":"1"}}"#, r#"{"keep":"k","z":{"v":"1"}}"#],
        },
        Chain {
            name: "elements of a list, and values of a dictionary",
            definition: |at, hops| {
                let own = name("a", "z", at, hops);
                format!(
                    "T: {{type: object, properties: {{keep: <s>, l: [<I>], d: {{type: object, \
                     additionalProperties: <I>}}}}}}, I: {{type: object, properties: {{{own}: <s>}}}}"
                )
                .replace("[<I>]", "{type: array, items: <I>}")
            },
            rules: |at, hops| {
                let (from, to) = (name("a", "z", at, hops), name("a", "z", at + 1, hops));
                format!("}}, I: {{fields: {{{from}: {to}}}")
            },
            messages: [
                r#"{"l":[{"a":"1"}],"d":{"k":{"a":"2"}}}"#,
                r#"{"l":[{"z":"1"}],"d":{"k":{"z":"2"}}}"#,
            ],
        },
    ]
}

/// Chains of which one version changes something.
fn idle() -> Vec<Chain> {
    vec![
        Chain {
            name: "versions that change nothing",
            definition: |at, _| one(if at == 0 { "a: <s>" } else { "z: <s>" }),
            rules: |at, _| String::from(if at == 0 { "fields: {a: z}" } else { "" }),
            messages: [r#"{"a":"1","keep":"k"}"#, r#"{"z":"1","keep":"k"}"#],
        },
        Chain {
            name: "one version that takes null for absent",
            definition: |at, _| one(if at == 0 { "a: <s?>" } else { "z: <s?>" }),
            rules: |at, _| String::from(if at == 0 { "nulls: absent, fields: {a: z}" } else { "" }),
            messages: [r#"{"a":"1","keep":"k"}"#, r#"{"z":"1","keep":"k"}"#],
        },
    ]
}

#[test]
fn a_program_is_no_larger_for_two_hundred_versions_than_for_three() {
    let mut wrong = Vec::new();
    for chain in busy().into_iter().chain(idle()) {
        let [few, many] = [2, MANY - 1].map(|hops| chain.load(hops));
        let [first, last] = chain.messages;
        for (direction, from, to) in [(Upgrade, first, last), (Downgrade, last, first)] {
            let (small, large) = (program(&few, direction), program(&many, direction));
            let sizes = [&small, &large].map(size);
            if sizes[0].0 < sizes[1].0 || sizes[0].1 < sizes[1].1 {
                let text = listing(&large, &|_| String::new());
                let shown: String = text.chars().take(1500).collect();
                wrong.push(format!("{} {direction:?}: {sizes:?}\n{shown}", chain.name));
            }
            let done = translate::translate(&large, from.as_bytes(), &Limits::default()).unwrap();
            assert_eq!(String::from_utf8(done.bytes).unwrap(), to, "{}", chain.name);
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// A member costs one look-up, and an object nothing at its end, however many rules there are about others.
#[test]
fn rules_about_other_members_cost_a_message_nothing() {
    for count in [1, 200] {
        let (mut old, mut new, mut rules) = (String::new(), String::new(), String::new());
        for n in 0..count {
            write!(old, "a{n}: <s>, m{n}: <s>, c{n}: <i>, ").unwrap();
            write!(new, "b{n}: <s>, m{n}: <s>, c{n}: <s>, ").unwrap();
            write!(rules, "a{n}: b{n}, m{n}: {{map: {{p{n}: q{n}}}}}, ").unwrap();
            write!(rules, "c{n}: {{convert: {{old: integer, new: string}}}}, ").unwrap();
        }
        let t = |properties: &str| format!("T: {}", both::o(properties.trim_end_matches(", ")));
        let rules = format!("types: {{T: {{fields: {{{}}}}}}}", rules.trim_end_matches(", "));
        let series = types(&[&t(&old), &t(&new)], &[&rules]).unwrap();
        for direction in [Upgrade, Downgrade] {
            let plan = program(&series, direction);
            assert_eq!((plan.stages.len(), plan.taped.len()), (0, 0));
            // The others are about the scalars that it holds.
            let objects = plan.functions.iter().filter_map(|function| function.object.as_ref());
            let tables = objects.filter(|object| object.nodes.iter().any(|n| !n.keys.is_empty()));
            let [object] = tables.collect::<Vec<_>>()[..] else { panic!("{plan:?}") };
            let (node, others) = object.nodes.split_first().unwrap();
            assert!(others.iter().all(|other| other.keys.is_empty()), "{object:?}");
            assert!(node.keys.len() >= 3 * count, "each is in the table: {}", node.keys.len());
            assert!(node.other.is_none(), "all other members are copied");
            let end = (object.values.len(), object.build.len(), object.losses.len());
            assert_eq!(end, (0, 0, 0), "{count} rules leave nothing to do at the end");
        }
    }
}

/// What a client can write into a head costs by its length: of what costs by its square half a megabyte would
/// take minutes.
#[test]
fn a_head_costs_by_its_length() {
    const BYTES: usize = 512 << 10;
    let began = Instant::now();
    let known = |name: &str, (part, style, form)| {
        let param = Param { name: name.into(), style, explode: style == Style::Deep, form };
        Known { part, param, is_said: true, is_named: true }
    };
    let hostile = ["[", "%5B", "=", "+", ";", ",", ".", "%", "%41", "|", "]", "\"", "/", "%2C"];
    for text in hostile {
        let long = text.repeat(BYTES / text.len());
        for style in [Style::Form, Style::Space, Style::Pipe, Style::Deep, Style::Simple] {
            for form in [Form::Any, Form::List, Form::Object] {
                let [from, to] = ["filter", "where"].map(|name| Layout {
                    template: Some(Template::new("/r")),
                    params: [Texts::Query, Texts::Cookie, Texts::Header]
                        .map(|part| known(name, (part, style, form)))
                        .into(),
                });
                let mut head = message::Head {
                    path: String::from("/r"),
                    query: Some(format!("filter%5Ba%5D=x{long}&filter=x{long}&x{long}&{long}")),
                    ..message::Head::default()
                };
                let line = format!("filter=x{long}; x{long}; {long}");
                head.headers.insert("cookie", HeaderValue::from_str(&line).unwrap());
                head.headers.insert("filter", HeaderValue::from_str(&long).unwrap());
                let Ok(before) = from.read(&head) else { continue };
                let after = before.to_string().replace("\"filter\"", "\"where\"");
                let after = json::parse(after.as_bytes(), 9).unwrap();
                drop(to.write(&mut head, &from, (&before, &after)));
            }
        }
    }
    assert!(began.elapsed() < Duration::from_mins(1), "{:?}", began.elapsed());
}
