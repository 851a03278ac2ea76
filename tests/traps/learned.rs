//! What a list of objects teaches about those that come behind: nothing that can be seen. Each object
//! becomes what it would become alone, whatever came before.

use fishplate::compile::{Series, Subject};

use crate::both::{Said, Upgrade, ends, o, run, types};

/// Lists of objects of which some members are renamed, some taken out of objects in them, and some
/// as they were.
fn api() -> Series {
    let inner = o(&format!("x: <s>, n: {}, w: <s>", o("y: <i>, z: <any>")));
    let old = format!(
        "T: {}, L: {{type: array, items: <T>}}",
        o(&format!("c: <i>, a: <s>, m: {inner}, k: <any>, t: <T>"))
    );
    let flat = o("c: <i>, b: <s>, x: <s>, y: <i>, z: <any>, w: <s>, k: <any>, t: <T>");
    let moved = "m.x: x, m.n.y: y, m.n.z: z, m.w: w";
    let rules = format!("types: {{T: {{fields: {{a: b, {moved}}}}}}}");
    types(&[&old, &format!("T: {flat}, L: {{type: array, items: <T>}}")], &[&rules]).unwrap()
}

fn list(api: &Series, objects: &[&str]) -> Said {
    let message = format!("[{}]", objects.join(","));
    run(api, Subject::Type("L"), ends(api, Upgrade), message.as_bytes())
}

/// Every object that these make: each left out, put in another's place, twice, or by another value.
fn others(members: &[&str], values: &[&str]) -> Vec<String> {
    let all: Vec<String> = members.iter().map(|member| (*member).to_owned()).collect();
    let mut found = Vec::new();
    let mut object = |members: Vec<String>| found.push(format!("{{{}}}", members.join(",")));
    object(Vec::new());
    for at in 0..=all.len() {
        let extra = |text: &str| {
            let mut more = all.clone();
            more.insert(at, text.to_owned());
            more
        };
        object(extra("\"q\":[1]"));
        for again in members {
            object(extra(again));
        }
        object(all[..at].to_vec());
        object(all[at..].to_vec());
    }
    for at in 0..all.len() {
        let with = |text: String| {
            let mut other = all.clone();
            other[at] = text;
            other
        };
        let (name, value) = all[at].split_once(':').unwrap();
        object(with(format!("{name} :\n{value}")));
        object(with(format!(" {name}:{value} ")));
        object(with(format!("\"\\u00{:x}{}:{value}", name.as_bytes()[1], &name[2..])));
        for value in values {
            object(with(format!("{name}:{value}")));
        }
        for swapped in 0..at {
            let mut other = all.clone();
            other.swap(at, swapped);
            object(other);
        }
    }
    found
}

#[test]
fn objects_that_come_in_another_order_than_those_before() {
    let api = api();
    let values =
        ["1", "\"s\"", "null", "{}", "[]", "{\"y\":1}", "{\"x\":\"\",\"n\":{\"q\":1}}", "01", "}"];
    let (n, c) = (r#""n":{"y":7,"z":"i"}"#, r#""c":1"#);
    let m = format!(r#""m":{{"x":"s",{n},"w":"v"}}"#);
    let whole = [c, r#""a":"g""#, &m, r#""k":2.50"#];
    let usual = format!("{{{}}}", whole.join(","));
    let mut all = others(&whole, &values);
    for inner in others(&[r#""x":"s""#, n, r#""w":"v""#], &values) {
        all.push(format!(r#"{{"m":{inner},{c}}}"#));
        all.push(format!(r#"{{{c},"a":"g","m":{inner},"k":2.50}}"#));
    }
    for inner in others(&[r#""y":7"#, r#""z":"i""#], &values) {
        all.push(format!(r#"{{{c},"a":"g","m":{{"x":"s","n":{inner},"w":"v"}},"k":2.50}}"#));
    }
    all.push(format!(r#"{{{c},"t":{usual}}}"#));
    all.push(format!(r#"{{{c},"\u0063":2}}"#));
    // What is copied goes with what stands around it, wherever the order ends.
    for (from, to) in [(",", " ,\n  "), (":", ": "), ("}", "\n}"), ("{", "{ ")] {
        let spaced: Vec<_> = all.iter().map(|object| object.replace(from, to)).collect();
        all.extend(spaced);
    }
    for at in 0..usual.len() {
        let (begin, end) = usual.split_at(at);
        all.push(format!("{begin} {end}"));
    }
    let first = list(&api, &[&usual]);
    let inside = |said: &Said| said.bytes[1..said.bytes.len() - 1].to_owned();
    for other in &all {
        let (alone, among) = (list(&api, &[other]), list(&api, &[&usual, other, &usual, other]));
        if alone.bytes.is_empty() {
            assert_eq!(among.rest, alone.rest, "{other}");
            continue;
        }
        let (usual, other) = (inside(&first), inside(&alone));
        assert_eq!(among.bytes, format!("[{usual},{other},{usual},{other}]"));
        let lost = [1, 3].map(|at| alone.rest.replace(" /0", &format!(" /{at}"))).concat();
        assert_eq!(among.rest, lost, "{other}");
    }
    assert!(all.len() > 4_000, "{}", all.len());
}

#[test]
fn orders_that_change_in_the_middle_of_a_list() {
    let api = api();
    let shapes = [
        r#"{"c":1,"a":"g","m":{"x":"s","n":{"y":7,"z":0},"w":"v"},"k":2}"#,
        r#"{"m":{"n":{"z":0,"y":7},"x":"s"},"a":"g"}"#,
        r#"{"k":{},"c":1,"m":{"w":"v"}}"#,
        r#"{"a":"g"}"#,
        r#"{"c":5,"m":{"x":"s"},"k":[],"a":"g"}"#,
        r#"{"m":{"n":{"y":7}}}"#,
    ];
    let alone = shapes.map(|shape| list(&api, &[shape]).bytes);
    let objects: Vec<usize> = (0..6_000).map(|at| (at / 300 + at % 300 / 299) % 6).collect();
    let all: Vec<&str> = objects.iter().map(|at| shapes[*at]).collect();
    let expected: Vec<&str> =
        objects.iter().map(|at| &alone[*at][1..alone[*at].len() - 1]).collect();
    let said = list(&api, &all);
    assert_eq!(said.bytes, format!("[{}]", expected.join(",")));
    assert_eq!(said.rest, "");
}
