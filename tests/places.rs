//! Where the rules of a type act (`fishplate explain type`), in contracts that are awkward.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::path::PathBuf;

use fishplate::authoring::{self, Files};
use fishplate::compile::{Place, Series, Way};
use fishplate::diagnostic::Sources;

fn series(old: &str, new: &str, mapping: &str) -> Series {
    let mut files = Files::default();
    files.schema_texts.insert(PathBuf::from("v1.yaml"), old.to_owned());
    files.schema_texts.insert(PathBuf::from("v2.yaml"), new.to_owned());
    let mapping = format!("mapping: 1\napi: case\nfrom: v1\nto: v2\n{mapping}");
    files.mapping_texts.insert(PathBuf::from("v2.yaml"), mapping);
    let mut sources = Sources::default();
    let loaded = authoring::load(&mut sources, "case", &files, &[]);
    loaded.series.unwrap_or_else(|| panic!("{:#?}", loaded.found))
}

/// An operation that answers with the first of so many types, each of which holds all of them.
fn entangled(types: usize, name: &str) -> String {
    let mut text = String::from(
        "openapi: 3.1.0
info: { title: x, version: x }
paths:
  /x:
    get:
      responses:
        '200': { content: { application/json: { schema: { $ref: '#/components/schemas/T0' } } } }
components:
  schemas:
",
    );
    for at in 0..types {
        let last = if at + 1 == types { name } else { "name" };
        write!(text, "    T{at}: {{ type: object, properties: {{ {last}: {{ type: string }}")
            .unwrap();
        for to in 0..types {
            write!(text, ", t{to}: {{ $ref: '#/components/schemas/T{to}' }}").unwrap();
        }
        text.push_str(" } }\n");
    }
    text
}

fn places(types: usize) -> (BTreeSet<Place>, bool) {
    let last = types - 1;
    let mapping = format!("types:\n  T{last}:\n    fields: {{ name: title }}\n");
    let series = series(&entangled(types, "name"), &entangled(types, "title"), &mapping);
    let name = format!("T{last}");
    let mut hops = authoring::type_rules(&series, Way { from: 0, to: 1 }, &name);
    let hop = hops.remove(0);
    assert!(hops.is_empty());
    let authoring::RuleAt { info: rule, places, .. } = hop.rules.into_iter().next().unwrap();
    assert_eq!(&*rule.name, format!("types.T{last}.fields.name"));
    (places, hop.more)
}

#[test]
fn every_way_is_gone_and_what_recurs_is_told_once() {
    let (found, more) = places(3);
    assert!(!more);
    let found: Vec<_> =
        found.into_iter().map(|p| (p.src.unwrap(), p.dst.unwrap(), p.recurs)).collect();
    let place = |of: &str| (format!("body.{of}.name"), format!("body.{of}.title"), true);
    assert_eq!(found, [place("t1.t2"), place("t2")]);
}

#[test]
fn ways_beyond_number_have_an_end() {
    // Every type holds every other: there are more ways than anybody could go.
    let (found, more) = places(14);
    assert!(more);
    let way = |of: &str| found.iter().any(|place| place.src.as_deref() == Some(of));
    assert!(way("body.t13.name") && way("body.t5.t1.t13.name"), "short ones first");
    assert!(found.len() > 100, "{}", found.len());
}
