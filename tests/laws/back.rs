//! The second and third law: there, back and there again is there; and bytes that no rule is
//! about are the bytes that came. Both are about the fused program.

use std::cell::OnceCell;
use std::collections::BTreeSet;
use std::ops::Range;

use fishplate::compile;
use fishplate::contract;
use fishplate::diagnostic::{Diagnostic, Severity};
use fishplate::json::{self, Text, Value};
use fishplate::mapping::{Carrier, Mapping};
use fishplate::plan::Plan;
use fishplate::translate::{Limits, Translated, translate};
use fishplate::version::Direction;

use super::passed::Passed;
use super::{Case, elements, joined, load_contracts, read_mapping, same_text, texts};

/// A case, loaded.
pub(crate) struct Loaded {
    contracts: Vec<contract::Contract>,
    mappings: Vec<Mapping>,
    /// What is wrong with the mappings by themselves.
    wrong: Vec<Diagnostic>,
    pub(crate) texts: Vec<String>,
    /// What `check` says of each mapping, once it was asked.
    found: Vec<OnceCell<Vec<Diagnostic>>>,
}

impl Loaded {
    pub(crate) fn new(case: &Case) -> Self {
        let contracts = load_contracts(case);
        let texts = texts(case);
        let (mappings, wrong): (Vec<_>, Vec<_>) = texts.iter().map(|t| read_mapping(t)).unzip();
        let found = vec![OnceCell::new(); mappings.len()];
        Self { contracts, mappings, wrong: wrong.concat(), texts, found }
    }

    /// Whether `check` finds no error but rules that nothing leads to.
    pub(crate) fn is_right(&self) -> bool {
        self.all(|d| d.severity != Severity::Error)
    }

    /// Whether it finds types that become one and that nothing tells apart.
    pub(crate) fn guesses(&self) -> bool {
        !self.all(|d| d.code != "F634")
    }

    /// Members of one version alone, as it tells them.
    fn alone(&self) -> impl Iterator<Item = String> {
        self.found().filter(|d| d.code == "F610").map(|d| d.message.clone())
    }

    /// What it finds wrong, or in one version alone.
    pub(crate) fn faults(&self) -> BTreeSet<String> {
        let found = self.found().filter(|d| d.severity != Severity::Note || d.code == "F610");
        found.map(|d| d.message.clone()).collect()
    }

    /// Whether it has nothing to say at all but of operations and the like: no rules that contradict
    /// each other or the contracts, and nothing that one version alone has.
    pub(crate) fn is_content(&self) -> bool {
        self.all(|d| d.severity == Severity::Note && d.code != "F610")
    }

    /// Whether all that `check` says is so.
    fn all(&self, is: impl Fn(&Diagnostic) -> bool) -> bool {
        // Generated mappings have types that nothing leads to.
        let idle = |d: &Diagnostic| ["F506", "F604"].contains(&d.code);
        self.found().all(|d| idle(d) || is(d))
    }

    /// What `check` says of each mapping.
    fn found(&self) -> impl Iterator<Item = &Diagnostic> {
        let checked = (0..self.mappings.len()).flat_map(|at| self.checked(at));
        self.wrong.iter().chain(checked)
    }

    /// What `check` says of one mapping and its contracts.
    fn checked(&self, at: usize) -> &[Diagnostic] {
        let (mapping, old, new) =
            (&self.mappings[at], &self.contracts[at], &self.contracts[at + 1]);
        self.found[at].get_or_init(|| {
            let pairs = &compile::Pairs::new(mapping, (old, new));
            compile::check(&compile::Link { mapping, index: 0, old, new, pairs })
        })
    }

    /// A document after a chain in which null stands, from each hop on, for what goes through that
    /// hop as it is.
    fn without_passed(&self, case: &Case, document: &str) -> Option<Vec<u8>> {
        let mut order: Vec<usize> = (0..self.mappings.len()).collect();
        if case.direction == Direction::Downgrade {
            order.reverse();
        }
        let mut bytes = document.as_bytes().to_vec();
        for at in order {
            let (from, to) = match case.direction {
                Direction::Upgrade => (at, at + 1),
                Direction::Downgrade => (at + 1, at),
            };
            let mut value = json::parse(&bytes, 128).ok()?;
            let said = self.checked(at).iter().filter(|d| d.code == "F608");
            for passed in said.filter_map(|d| Passed::new(d, &format!("v{to}"))) {
                passed.take(&case.contracts[from], &mut value);
            }
            let hop = self.part(at..at + 1, case.direction)?;
            bytes = run(&hop, value.to_string().as_bytes())?.bytes;
        }
        Some(bytes)
    }

    /// The program of one direction.
    pub(crate) fn plan(&self, direction: Direction) -> Option<Plan> {
        self.part(0..self.mappings.len(), direction)
    }

    /// The program of some hops.
    fn part(&self, hops: Range<usize>, direction: Direction) -> Option<Plan> {
        let mut order: Vec<usize> = hops.collect();
        if direction == Direction::Downgrade {
            order.reverse();
        }
        let pairs = crate::pairs(&self.contracts, &self.mappings);
        let (mut links, mut roots) = (vec![], vec![]);
        for at in order {
            let pairs = &pairs[at];
            let (old, new) = (&self.contracts[at], &self.contracts[at + 1]);
            let index = u16::try_from(at).unwrap();
            links.push(compile::Link { mapping: &self.mappings[at], index, old, new, pairs });
            let (from, to) = if direction == Direction::Upgrade { (old, new) } else { (new, old) };
            let of = |c: &contract::Contract| c.operations[0].request.schema().unwrap();
            let rules = self.mappings[at].operations.iter().flat_map(|o| &o.request);
            let blocks = rules.map(|rules| &rules.body).collect();
            roots.push(compile::Root {
                source: of(from),
                target: of(to),
                blocks,
                carrier: Carrier::Request,
                named: None,
            });
        }
        compile::program(&links, &roots, direction).ok()
    }
}

pub(crate) fn run(plan: &Plan, document: &[u8]) -> Option<Translated> {
    translate(plan, document, &Limits { depth: 64, output: 1 << 20 }).ok()
}

/// Without members that are empty objects, and those that are empty without them.
fn without_empty(value: &Value) -> Value {
    match value {
        Value::Array(items) => Value::Array(items.iter().map(without_empty).collect()),
        Value::Object(members) => {
            let inner = members.iter().map(|(n, v)| (n.clone(), without_empty(v)));
            let stands = |(_, v): &(Text, Value)| !matches!(v, Value::Object(m) if m.is_empty());
            Value::Object(inner.filter(stands).collect())
        }
        scalar => scalar.clone(),
    }
}

/// What breaks the second law, in either half. `None`: nothing, or the law is not about the document.
pub(crate) fn returns(case: &Case) -> Option<String> {
    let loaded = Loaded::new(case);
    // A member that an object lets through is not empty for good: rules of its type fill it. And
    // what was said of one type must not be about its base, where others say something else.
    let open = |c: &super::Contract| {
        let text = super::text::contract_text(c);
        let beside = |before: &str| text.contains(&format!("{before},\"additionalProp"));
        beside("}") || beside("]") || text.contains("allOf")
    };
    let apart = |text: &String| text.contains("allow") || text.contains("\"only\"");
    let allowed = loaded.texts.iter().any(apart);
    // What one version alone has is opaque from there on, even to a rule that made it in another hop.
    let written = |name: &str| {
        let says = case.rules.iter().flatten().any(|rule| rule.says(name));
        says && !elements::MADE.contains(&name)
    };
    let ruled = loaded.alone().any(|message| message.split('`').nth(1).is_some_and(written));
    if allowed || ruled || !loaded.is_right() || loaded.guesses() || case.contracts.iter().any(open)
    {
        return None;
    }
    let there = loaded.plan(case.direction)?;
    let back = loaded.plan(case.direction.reverse())?;
    // Documents are in normal form where nothing has two ways to be said: then there and back is the
    // document itself.
    let constants = if case.direction == Direction::Upgrade { "removed" } else { "added" };
    // (Elements by their fields are made last.)
    let twice = [constants, "absent", "alias", "map", "pairs", "convert", "set", "each"];
    let twice = || twice.iter().chain(elements::SELECTS);
    let normal = !loaded.texts.iter().any(|text| twice().any(|word| text.contains(word)));
    case.documents.iter().find_map(|document| {
        let first = run(&there, document.as_bytes()).filter(|t| t.lost() == 0)?;
        let home = run(&back, &first.bytes)?;
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let tells = |home: &Translated, there: &[u8]| {
            home.losses(&back, there).iter().any(|loss| joined::is_told(&case.rules, loss))
        };
        // Not of what `check` says that it is not translated.
        let tells_else = || {
            let there = loaded.without_passed(case, document);
            there.is_none_or(|there| run(&back, &there).is_none_or(|home| tells(&home, &there)))
        };
        if tells(&home, &first.bytes) && tells_else() {
            let losses = home.losses(&back, &first.bytes);
            let (there, home) = (text(&first.bytes), text(&home.bytes));
            return Some(format!(
                "document {document}\n  there {there}\n  back  {home}\n  {losses:?}"
            ));
        }
        if home.lost() > 0 {
            return None;
        }
        let again = run(&there, &home.bytes);
        let value = |bytes: &[u8]| {
            json::parse(bytes, 128).map_or(Value::Null, |value| without_empty(&value))
        };
        let stays = !normal || value(&home.bytes).same(&value(document.as_bytes()));
        let returns = |again: &Translated| value(&again.bytes).same(&value(&first.bytes));
        (!stays || !again.as_ref().is_some_and(returns)).then(|| {
            format!(
                "document {document}\n  there {}\n  back  {}\n  again {}",
                text(&first.bytes),
                text(&home.bytes),
                again.map_or_else(|| String::from("refused"), |t| text(&t.bytes)),
            )
        })
    })
}

/// Values whose bytes anything that reads them would change.
const ODD: &[&str] = &[
    "1.10",
    "-0.0",
    "18446744073709551617",
    "1E400",
    "\"\\u0041\\/\\ud800\"",
    "[ 1 ,\t2.50,{ \"\\u0061\":\n1.0 } ]",
    "{ \"b\" : [ ] , \"a\" :1e0}",
];

fn mark(value: &mut Value, next: &mut usize, at: &str, places: &mut Vec<String>) {
    match value {
        Value::Array(items) => {
            for (n, item) in items.iter_mut().enumerate() {
                mark(item, next, &format!("{at}/{n}"), places);
            }
        }
        Value::Object(members) => {
            for (name, inner) in members.iter_mut() {
                let plain = name.decode().unwrap_or_default();
                mark(inner, next, &format!("{at}/{plain}"), places);
            }
            let name = format!("odd{next}");
            places.push(format!("{at}/{name}"));
            members.push((Text::from_plain(&name), Value::string(&format!("@@{next}@@"))));
            *next += 1;
        }
        _ => {}
    }
}

/// What breaks the third law.
pub(crate) fn keeps(case: &Case) -> Option<String> {
    let loaded = Loaded::new(case);
    // What is an extra elsewhere is a value of its dictionary, which rules are about.
    let open = |c: &super::Contract| super::text::contract_text(c).contains("additionalProp");
    if case.contracts.iter().any(open) {
        return None;
    }
    let allowed = loaded.texts.iter().any(|text| text.contains("allow"));
    let plan = loaded.plan(case.direction)?;
    case.documents.iter().find_map(|document| {
        let mut value = json::parse(document.as_bytes(), 64).ok()?;
        let (mut next, mut places) = (0, Vec::new());
        mark(&mut value, &mut next, "", &mut places);
        let mut text = value.to_string();
        for n in 0..next {
            text = text.replace(&format!("\"@@{n}@@\""), ODD[n % ODD.len()]);
        }
        let done = run(&plan, text.as_bytes())?;
        let out = String::from_utf8_lossy(&done.bytes);
        places.iter().enumerate().find_map(|(n, place)| {
            let name = format!("\"odd{n}\":");
            let losses = done.losses(&plan, text.as_bytes());
            let said = losses.iter().any(|loss| {
                place
                    .strip_prefix(loss.place.as_str())
                    .is_some_and(|r| r.starts_with('/') || r.is_empty())
            });
            let kept = out.contains(&format!("{name}{}", ODD[n % ODD.len()]));
            let wrong = if out.contains(&name) { !kept } else { !said && !allowed };
            wrong.then(|| format!("{place}\n  came {text}\n  went {out}\n  {losses:?}"))
        })
    })
}

/// Without rules, and the same contract on both sides, every byte stands. (Where a union is told
/// apart by what is required alone, several hops read its values: white space and order may go.)
pub(crate) fn stands(case: &Case) -> Option<String> {
    let mut plain = case.clone();
    let source = match case.direction {
        Direction::Upgrade => case.contracts.first(),
        Direction::Downgrade => case.contracts.last(),
    }?;
    plain.contracts = vec![source.clone(); case.contracts.len()];
    let unions = super::text::contract_text(source).contains("oneOf");
    plain.rules.iter_mut().for_each(Vec::clear);
    plain.heads.iter_mut().for_each(|head| head.drop = false);
    let idle = Loaded::new(&plain).plan(case.direction)?;
    case.documents.iter().find_map(|document| {
        let done = run(&idle, document.as_bytes())?;
        let read = unions && {
            let value = |bytes: &[u8]| json::parse(bytes, 128).unwrap_or(Value::Null);
            same_text(&value(&done.bytes), &value(document.as_bytes()))
        };
        let stands = read || done.bytes == document.as_bytes();
        (!stands || done.lost() > 0)
            .then(|| format!("{document}\n  went {}", String::from_utf8_lossy(&done.bytes)))
    })
}
