//! The plain executor, statement by statement: one named test for each of `docs/semantics.md` and
//! of what the mapping language says a rule does with what it finds. Expected values are written
//! from those pages. Whether fused programs do the same is for the laws.

use fishplate::contract::{Contract, Use, load};
use fishplate::diagnostic::Sources;
use fishplate::mapping::{self, Carrier, Mapping};
use fishplate::reference::{Hop, Outcome, Root, run};
use fishplate::version::{ApiVersion, Direction};

/// A schema of these properties; `<s>` `<i>` `<b>` are scalars, `<s?>` may be null.
fn o(properties: &str) -> String {
    format!("{{type: object, properties: {{{properties}}}}}")
}

fn contract(version: usize, definitions: &str) -> Contract {
    let text = format!("$defs: {{{definitions}}}")
        .replace("<s>", "{type: string}")
        .replace("<i>", "{type: integer}")
        .replace("<b>", "{type: boolean}")
        .replace("<s?>", "{type: [string, 'null']}")
        .replace("<any>", "{}");
    let mut sources = Sources::default();
    let mut none = |_: &str| Err(String::from("none"));
    let version = ApiVersion::new(&format!("v{version}"));
    let (contract, found) = load(&mut sources, version, ("contract", &text), &mut none);
    contract.unwrap_or_else(|| panic!("{text}\n{found:#?}"))
}

fn mapping(at: usize, rest: &str) -> Mapping {
    let text = format!("mapping: 1\napi: t\nfrom: v{at}\nto: v{}\n{rest}\n", at + 1);
    let mut sources = Sources::default();
    let file = sources.add("mapping", &text);
    let (mapping, found) = mapping::parse(("orders", &[]), &sources, &[file]);
    mapping.unwrap_or_else(|| panic!("{text}\n{found:#?}"))
}

/// Runs a chain over a `T`: the document, then each loss with the rule that lost it, or `refused`.
fn chain(definitions: &[&str], rests: &[&str], direction: Direction, document: &str) -> String {
    let contracts: Vec<_> = definitions.iter().enumerate().map(|(v, d)| contract(v, d)).collect();
    let mappings: Vec<_> = rests.iter().enumerate().map(|(v, r)| mapping(v, r)).collect();
    let mut hops: Vec<Hop<'_>> = mappings
        .iter()
        .enumerate()
        .map(|(at, mapping)| {
            let index = u16::try_from(at).unwrap();
            Hop { mapping, index, old: &contracts[at], new: &contracts[at + 1] }
        })
        .collect();
    if direction == Direction::Downgrade {
        hops.reverse();
    }
    let of = |c: &Contract| Use { ty: c.types.named("T").unwrap(), nullable: false };
    let roots: Vec<Root<'_>> = hops
        .iter()
        .map(|hop| {
            let (source, target) = match direction {
                Direction::Upgrade => (of(hop.old), of(hop.new)),
                Direction::Downgrade => (of(hop.new), of(hop.old)),
            };
            Root { source, target, blocks: vec![], carrier: Carrier::Unknown, named: None }
        })
        .collect();
    let name = |mapping: u16, rule: u32| -> String {
        let rules = &mappings[usize::from(mapping)].rules;
        let name = &rules[usize::try_from(rule).unwrap()].name;
        if name.is_empty() { format!("#{mapping}") } else { name.replace("types.T.", "") }
    };
    match run(&hops, &roots, direction, document.as_bytes(), 64) {
        Err(error) => format!("malformed: {:?}", error.kind),
        Ok(Outcome::Refused(r)) => {
            format!("refused {} {} {}", r.kind, r.place, name(r.rule.mapping, r.rule.rule))
        }
        Ok(Outcome::Translated { document, losses }) => losses
            .iter()
            .map(|l| format!(" | {} {} {}", l.kind, l.place, name(l.rule.mapping, l.rule.rule)))
            .fold(document.to_string(), |all, loss| all + &loss),
    }
}

/// One hop whose block of `T` has these rules.
fn hop(old: &str, new: &str, rules: &str, direction: Direction, document: &str) -> String {
    let (old, new) = (format!("T: {}", o(old)), format!("T: {}", o(new)));
    let rest = format!("types: {{T: {{{rules}}}}}");
    chain(&[&old, &new], &[&rest], direction, document)
}

fn up(old: &str, new: &str, rules: &str, document: &str) -> String {
    hop(old, new, rules, Direction::Upgrade, document)
}

fn down(old: &str, new: &str, rules: &str, document: &str) -> String {
    hop(old, new, rules, Direction::Downgrade, document)
}

mod alias;
mod elements;
mod items;
mod places;
mod sources;
mod unions;
mod values;
