//! Runs a message through both executors, as every door of the program does: files are loaded and
//! checked as one API, the chain is fused, and what the fused program makes of the message must be
//! what the hops one by one make of it, in document, losses and verdict.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;

use fishplate::authoring::{self, Files};
use fishplate::compile::{self, Part, Series, Status, Subject, View, Way};
use fishplate::contract::Operation;
use fishplate::diagnostic::{Severity, Sources};
use fishplate::json;
use fishplate::loss::RuleId;
use fishplate::reference::{self, Outcome};
use fishplate::translate::{self, Failure, Limits};

use crate::same::same_text;

pub(crate) use fishplate::version::Direction::{self, Downgrade, Upgrade};

/// Levels that a message may have.
pub(crate) const DEPTH: usize = 64;

/// A schema of these properties.
pub(crate) fn o(properties: &str) -> String {
    format!("{{type: object, properties: {{{properties}}}}}")
}

/// `<s>` `<i>` `<n>` `<b>` are scalars, `<s?>` `<i?>` may be null, `<any>` is anything; `<T>` is a
/// reference, `[T]` a list and `{T}` a dictionary of any of these.
pub(crate) fn short(text: &str) -> String {
    let mut text = text
        .replace("<s>", "{type: string}")
        .replace("<i>", "{type: integer}")
        .replace("<n>", "{type: number}")
        .replace("<b>", "{type: boolean}")
        .replace("<s?>", "{type: [string, 'null']}")
        .replace("<i?>", "{type: [integer, 'null']}")
        .replace("<any>", "{}");
    while let Some((before, rest)) = text.split_once('<') {
        let (name, after) = rest.split_once('>').expect("a name between < and >");
        text = format!("{before}{{$ref: '#/$defs/{name}'}}{after}");
    }
    text
}

/// Loads an API of these contracts and mappings; the errors, if there are any.
pub(crate) fn load(contracts: &[String], mappings: &[String]) -> Result<Series, String> {
    let named = |folder: &str, texts: &[String]| -> BTreeMap<PathBuf, String> {
        let name = |at| PathBuf::from(format!("{folder}/v{at}.yaml"));
        texts.iter().enumerate().map(|(at, text)| (name(at), text.clone())).collect()
    };
    let files = Files {
        mappings: "mappings".into(),
        schemas: "schemas".into(),
        mapping_texts: named("mappings", mappings),
        schema_texts: named("schemas", contracts),
        ..Files::default()
    };
    let loaded = authoring::load(&mut Sources::default(), "t", &files, &[]);
    let errors = loaded.found.iter().filter(|d| d.severity == Severity::Error);
    let errors: Vec<String> = errors.map(|d| format!("{} {}", d.code, d.message)).collect();
    loaded.series.ok_or_else(|| errors.join("\n"))
}

/// An API of contracts that are definitions alone, and of mappings without their heads.
pub(crate) fn types(definitions: &[&str], rests: &[&str]) -> Result<Series, String> {
    let contracts: Vec<String> =
        definitions.iter().map(|d| short(&format!("$defs: {{{d}}}"))).collect();
    load(&contracts, &heads(rests))
}

/// Mappings with their heads.
pub(crate) fn heads(rests: &[&str]) -> Vec<String> {
    let head = |at: usize| format!("mapping: 1\napi: t\nfrom: v{at}\nto: v{}\n", at + 1);
    rests.iter().enumerate().map(|(at, rest)| format!("{}{rest}\n", head(at))).collect()
}

/// What both executors say of a message: equal to a text if the document is the same (objects as
/// sets of members, scalars by their text) and what is said behind it too.
pub(crate) struct Said {
    /// The bytes of the fused program, or nothing.
    pub(crate) bytes: String,
    /// ` | kind place rule` for each loss; or why there is no document.
    pub(crate) rest: String,
}

impl PartialEq<&str> for Said {
    fn eq(&self, expected: &&str) -> bool {
        let end = expected.find(" | ").unwrap_or(expected.len());
        let (document, rest) = expected.split_at(end);
        if self.bytes.is_empty() {
            return self.rest == *expected;
        }
        let parse = |text: &str| json::parse(text.as_bytes(), 2 * DEPTH).ok();
        let same = match (parse(&self.bytes), parse(document)) {
            (Some(got), Some(document)) => same_text(&got, &document),
            _ => false,
        };
        same && self.rest == rest
    }
}

impl PartialEq<String> for Said {
    fn eq(&self, expected: &String) -> bool {
        *self == expected.as_str()
    }
}

impl fmt::Debug for Said {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.bytes, self.rest)
    }
}

/// Takes a message through an API, from its first version to its last or back.
pub(crate) fn run(series: &Series, subject: Subject<'_>, way: Way, message: &[u8]) -> Said {
    let travel = series.travel(subject, way).expect("a counterpart").expect("a body");
    let program =
        compile::program(&travel.links, &travel.roots, travel.direction).expect("a program");
    let named = |rule: RuleId| -> String {
        let rules = &series.mappings[usize::from(rule.mapping)].rules;
        match &*rules[usize::try_from(rule.rule).unwrap()].name {
            "" => format!("#{}", rule.mapping),
            name => name.replace("types.T.", ""),
        }
    };
    let limits = Limits { depth: DEPTH, ..Limits::default() };
    let (fused, bytes) = match translate::translate(&program, message, &limits) {
        Ok(done) => {
            let value = json::parse(&done.bytes, 2 * DEPTH).expect("the result is a document");
            let mut losses = done.losses(&program, message);
            losses.sort();
            let outcome = Outcome::Translated { document: value, losses };
            (Ok(outcome), String::from_utf8(done.bytes).unwrap())
        }
        Err(Failure::Refused(refusal)) => (Ok(Outcome::Refused(refusal)), String::new()),
        Err(Failure::Malformed(error)) => (Err(error), String::new()),
        Err(other @ (Failure::TooLarge | Failure::Head(_))) => panic!("{other}"),
    };
    let hops: Vec<reference::Hop<'_>> = travel
        .links
        .iter()
        .map(|l| reference::Hop { mapping: l.mapping, index: l.index, old: l.old, new: l.new })
        .collect();
    let roots: Vec<reference::Root<'_>> = travel.roots.iter().map(root).collect();
    let plain = reference::run(&hops, &roots, travel.direction, message, DEPTH);
    let tell = |losses: &[fishplate::loss::Loss]| {
        let told = losses.iter().map(|l| format!(" | {} {} {}", l.kind, l.place, named(l.rule)));
        told.collect::<String>()
    };
    let shown = String::from_utf8_lossy(&message[..message.len().min(1000)]);
    let rest = match (&fused, &plain) {
        (Ok(Outcome::Refused(a)), Ok(Outcome::Refused(b))) => {
            assert_eq!(a, b, "fused, plain: {shown}");
            format!("refused {} {} {}", a.kind, a.place, named(a.rule))
        }
        (Err(a), Err(_)) => format!("malformed: {}", a.kind),
        (
            Ok(Outcome::Translated { document: a, losses: one }),
            Ok(Outcome::Translated { document: b, losses: other }),
        ) => {
            let same = same_text(a, b) && one == other;
            assert!(same, "{shown}\nfused {a}{}\nplain {b}{}", tell(one), tell(other));
            tell(one)
        }
        _ => panic!("{shown}\nfused {fused:?}\nplain {plain:?}"),
    };
    Said { bytes, rest }
}

/// Where a message starts, for the plain executor.
fn root<'a>(of: &compile::Root<'a>) -> reference::Root<'a> {
    let compile::Root { source, target, ref blocks, carrier, ref named } = *of;
    let named = named.as_deref().map(|compile::Naming { request, document }| {
        let (request, document) = (request.as_ref().map(root), document.as_ref().map(root));
        Box::new(reference::Naming { request, document })
    });
    reference::Root { source, target, blocks: blocks.clone(), carrier, named }
}

/// From the first version of an API to its last, or back.
pub(crate) fn ends(series: &Series, direction: Direction) -> Way {
    let last = series.versions.len() - 1;
    match direction {
        Upgrade => Way { from: 0, to: last },
        Downgrade => Way { from: last, to: 0 },
    }
}

/// Takes a `T` through a whole chain.
#[track_caller]
pub(crate) fn chain(defs: &[&str], rests: &[&str], direction: Direction, message: &str) -> Said {
    let series = types(defs, rests).unwrap_or_else(|errors| panic!("{errors}"));
    run(&series, Subject::Type("T"), ends(&series, direction), message.as_bytes())
}

/// Takes a `T` over one hop; and over the same hop after and before one that changes nothing,
/// which must come to the same.
#[track_caller]
pub(crate) fn hop(old: &str, new: &str, rest: &str, direction: Direction, message: &str) -> Said {
    let said = chain(&[old, new], &[rest], direction, message);
    let mapping_alone = |text: &str| text.replace("#1", "#0");
    for longer in [
        chain(&[old, old, new], &["", rest], direction, message),
        chain(&[old, new, new], &[rest, ""], direction, message),
    ] {
        assert_eq!(said.bytes, longer.bytes, "two hops, one of which changes nothing: {message}");
        assert_eq!(said.rest, mapping_alone(&longer.rest), "two hops: {message}");
    }
    said
}

/// Over a hop whose `T`s are objects of these properties, with a block of these rules.
#[track_caller]
pub(crate) fn up(old: &str, new: &str, rules: &str, message: &str) -> Said {
    of_properties(old, new, rules, Upgrade, message)
}

/// Likewise, the other way.
#[track_caller]
pub(crate) fn down(old: &str, new: &str, rules: &str, message: &str) -> Said {
    of_properties(old, new, rules, Downgrade, message)
}

#[track_caller]
fn of_properties(old: &str, new: &str, rules: &str, direction: Direction, message: &str) -> Said {
    let rest = if rules.is_empty() { String::new() } else { format!("types: {{T: {{{rules}}}}}") };
    let (old, new) = (format!("T: {}", o(old)), format!("T: {}", o(new)));
    hop(&old, &new, &rest, direction, message)
}

/// Takes the body of an answer with status 200 through a whole chain of contracts with operations.
pub(crate) fn answer(series: &Series, name: &str, direction: Direction, message: &str) -> Said {
    let way = ends(series, direction);
    let operation = series.operation(way.from, name).expect("the operation");
    body(series, (operation, Part::Answer(Status::Is(200))), way, message)
}

/// Takes a body of an operation over a way.
#[track_caller]
pub(crate) fn body(series: &Series, of: (&Operation, Part), way: Way, message: &str) -> Said {
    let (operation, part) = of;
    let track = series.plain_track(way.from, operation, way).expect("a counterpart");
    assert!(!series.crosses(&track, part), "a body alone");
    run(series, Subject::Message(&track, part, View::Body), way, message.as_bytes())
}
