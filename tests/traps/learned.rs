//! What a list of objects teaches about those that come behind: nothing that can be seen. Each object
//! becomes what it would become alone, whatever came before.

use fishplate::compile::{self, Series, Subject};
use fishplate::plan::{KeyOp, Label, Orders, Plan, Recipes};
use fishplate::translate::{Limits, translate};

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

/// What translates lists, to which nothing has come yet.
fn program(api: &Series) -> Plan {
    let travel = api.travel(Subject::Type("L"), ends(api, Upgrade)).unwrap().unwrap();
    compile::program(&travel.links, &travel.roots, travel.direction).unwrap()
}

/// All that a program says of a message that may have so many levels.
fn told(plan: &Plan, message: &[u8], depth: usize) -> String {
    match translate(plan, message, &Limits { depth, ..Limits::default() }) {
        Ok(done) => {
            let losses = done.losses(plan, message);
            format!("{} {losses:?}", String::from_utf8(done.bytes).unwrap())
        }
        Err(failure) => format!("{failure:?}"),
    }
}

/// The orders of the objects of a program, as far as it has read any.
fn orders(plan: &Plan) -> impl Iterator<Item = &Orders> {
    let objects = plan.functions.iter().filter_map(|function| function.object.as_ref());
    objects.map(|ops| &ops.recipes.get(Recipes::default).orders)
}

const USUAL: &str = r#"{"c":1,"a":"gé\u00e9","m":{"x":"s","n":{"y":7,"z":"i"},"w":"v"},"k":2.50}"#;

/// A program that knows the order of the usual object, and goes by it.
fn learned(api: &Series) -> Plan {
    let plan = program(api);
    told(&plan, format!("[{USUAL},{USUAL}]").as_bytes(), 64);
    let legs: Vec<usize> = orders(&plan).filter_map(|own| Some(own.likely()?.legs.len())).collect();
    // What is in `m` and `n` stands among the others: c, a, x, y, z, w, k.
    assert_eq!(legs, [7]);
    plan
}

#[test]
fn an_order_is_found_and_gone_by() {
    let api = api();
    let plan = learned(&api);
    let usual = format!("[{USUAL}]");
    let before = told(&plan, usual.as_bytes(), 64);
    // In the stead of the order that was found one that says something else of each member in it.
    let own = orders(&plan).find(|own| own.likely().is_some()).unwrap();
    let mut other = own.likely().unwrap().clone();
    for (at, leg) in other.legs.iter_mut().enumerate() {
        match &mut leg.op {
            KeyOp::Emit { name, .. } => *name = Some(Label::new(&format!("other{at}"))),
            KeyOp::Hold(node) => *node = 0,
            op => panic!("{op:?}"),
        }
    }
    for _ in 0..256 {
        own.another(|| Some(other.clone()));
    }
    let after = told(&plan, usual.as_bytes(), 64);
    assert!(before.contains(r#""c":1,"b":"g"#), "{before}");
    assert!(after.contains(r#""other0":1,"other1":"g"#), "{after}");
    assert!(before.contains(r#""w":"v""#) && !after.contains(r#""w":"v""#), "{after}");
    // An object in another order goes by its names.
    let turned = told(&plan, br#"[{"a":"g","c":1}]"#, 64);
    assert_eq!(turned, told(&program(&api), br#"[{"a":"g","c":1}]"#, 64));
}

#[test]
fn an_object_that_breaks_off_in_its_usual_order() {
    let api = api();
    let plan = learned(&api);
    for at in 0..USUAL.len() {
        let begun = [b"[", &USUAL.as_bytes()[..at]].concat();
        let alone = told(&program(&api), &begun, 64);
        assert!(alone.starts_with("Malformed"), "{at}: {alone}");
        assert_eq!(told(&plan, &begun, 64), alone, "{at}");
        let behind = [b"[", USUAL.as_bytes(), b",", &USUAL.as_bytes()[..at]].concat();
        let said = run(&api, Subject::Type("L"), ends(&api, Upgrade), &behind);
        assert!(said.rest.starts_with("malformed"), "{at}: {said:?}");
    }
}

#[test]
fn an_object_with_bytes_that_are_no_text_in_its_usual_order() {
    let api = api();
    let plan = learned(&api);
    let mut malformed = 0;
    for at in 0..USUAL.len() {
        for bad in [0xff, 0xc3, 0xe2, 0x80, 0x1f, 0, b'"', b'\\', b'}', b','] {
            let mut other = USUAL.as_bytes().to_vec();
            other[at] = bad;
            let alone = [b"[", &*other, b"]"].concat();
            let said = told(&program(&api), &alone, 64);
            malformed += usize::from(said.starts_with("Malformed"));
            assert_eq!(told(&plan, &alone, 64), said, "{at} {bad}");
            let behind = [b"[", USUAL.as_bytes(), b",", &other, b"]"].concat();
            // What both executors say is the same.
            run(&api, Subject::Type("L"), ends(&api, Upgrade), &behind);
        }
    }
    assert!(malformed > USUAL.len() * 6, "{malformed}");
}

#[test]
fn levels_that_are_just_enough_for_an_order() {
    let api = api();
    let plan = learned(&api);
    let flat = r#"{"c":1,"a":"g"}"#;
    // The list, the object, `m` and `n`.
    for (object, needed) in [(USUAL, 4), (flat, 2)] {
        for depth in 1..=6 {
            let message = format!("[{object},{object}]");
            let alone = told(&program(&api), message.as_bytes(), depth);
            assert_eq!(alone.starts_with("Malformed"), depth < needed, "{depth}: {alone}");
            assert_eq!(told(&plan, message.as_bytes(), depth), alone, "{depth}");
            // Behind another that teaches what is deeper.
            let after = told(&plan, format!("[{USUAL}]").as_bytes(), 4);
            assert!(after.starts_with('['), "{after}");
        }
    }
}

#[test]
fn more_members_than_are_told_apart_by_bits() {
    let properties = |name: &str| -> String {
        (0..140).map(|at| format!("{name}{at}: <i>")).collect::<Vec<_>>().join(", ")
    };
    let list = "L: {type: array, items: <T>}";
    let fields: Vec<String> = (0..140).map(|at| format!("a{at}: b{at}")).collect();
    let rules = format!("types: {{T: {{fields: {{{}}}}}}}", fields.join(", "));
    let [old, new] = ["a", "b"].map(|name| format!("T: {}, {list}", o(&properties(name))));
    let api = types(&[&old, &new], &[&rules]).unwrap();
    let object = |members: &[String]| format!("{{{}}}", members.join(","));
    for count in [1, 63, 64, 65, 128, 129, 140] {
        let members: Vec<String> = (0..count).map(|at| format!("\"a{at}\":{at}")).collect();
        let usual = object(&members);
        let plan = program(&api);
        told(&plan, format!("[{usual},{usual}]").as_bytes(), 64);
        let known = orders(&plan).any(|own| own.likely().is_some());
        assert_eq!(known, count <= 63, "{count}");
        let mut others = vec![usual.clone()];
        for at in [0, 62, 63, 64, 127, 139] {
            let Some(member) = members.get(at) else { continue };
            let with = |more: &[String]| object(&[&*members, more].concat());
            others.push(with(std::slice::from_ref(member)));
            let mut swapped = members.clone();
            swapped.swap(0, at);
            others.push(object(&swapped));
            swapped.remove(at);
            others.push(object(&swapped));
        }
        for other in others {
            let alone = format!("[{other}]");
            assert_eq!(
                told(&plan, alone.as_bytes(), 64),
                told(&program(&api), alone.as_bytes(), 64)
            );
            let behind = format!("[{usual},{other},{usual}]");
            run(&api, Subject::Type("L"), ends(&api, Upgrade), behind.as_bytes());
        }
    }
}
