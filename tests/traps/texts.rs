//! Heads as they are sent, through the programs of their messages: texts in all styles, what no rule
//! names, and what cannot be said.

use fishplate::compile::{Part, Series, Way};
use fishplate::message::Head;
use fishplate::plan::Message;
use fishplate::translate::{self, Limits};
use http::{HeaderName, HeaderValue};

use crate::both::{self, Direction, Downgrade, Upgrade};
use crate::messages::series;

/// The head of a request for a target, with fields.
fn head(target: &str, fields: &[(&'static str, &[u8])]) -> Head {
    let (path, query) = match target.split_once('?') {
        Some((path, query)) => (path, Some(query.to_owned())),
        None => (target, None),
    };
    let mut head = Head { path: path.to_owned(), query, ..Head::default() };
    for (name, value) in fields {
        let value = HeaderValue::from_bytes(value).expect("a value of a field");
        head.headers.append(HeaderName::from_static(name), value);
    }
    head
}

/// What becomes of the head of a request of the one operation of an API: its target, its fields and
/// what is lost of it; or why nothing does.
#[track_caller]
fn sent(api: &Series, direction: Direction, mut head: Head) -> String {
    let way: Way = both::ends(api, direction);
    let track = api.track((way.from, 0), way, |_, _, _| None).expect("a counterpart");
    let program = match api.program(&track, Part::Request).expect("a program") {
        Message::Apart { head: Some(program), .. } | Message::Whole(program) => program,
        Message::Apart { head: None, .. } => return format!("untouched {}", said(&head)),
    };
    match translate::message(&program, &mut head, (None, None), &Limits::default()) {
        Ok(done) => {
            let losses = done.document.losses(&program.plan, &done.came);
            let losses = losses.iter().map(|loss| format!(" | {} {}", loss.kind, loss.place));
            said(&head) + &losses.collect::<String>()
        }
        Err(failure) => failure.to_string(),
    }
}

fn said(head: &Head) -> String {
    let mut text = head.path.clone();
    text.extend(head.query.iter().map(|query| format!("?{query}")));
    for (name, value) in &head.headers {
        text.extend([" ", name.as_str(), ": ", &value.as_bytes().escape_ascii().to_string()]);
    }
    text
}

/// An API of one operation at these paths, with these parameters, and rules of its requests.
#[track_caller]
fn api(old: (&str, &str), new: (&str, &str), rules: &str) -> Series {
    let path = |(path, parameters): (&str, &str)| {
        format!("'{path}': {{get: {{parameters: [{parameters}], responses: {{'200': {{}}}}}}}}")
    };
    let key = format!("GET {} -> GET {}", old.0, new.0);
    let rules = format!("operations: {{'{key}': {{request: {{{rules}}}}}}}");
    series(&[&path(old), &path(new)], &[&rules])
}

fn asks(target: &str) -> Head {
    head(target, &[])
}

#[test]
fn several_values_are_no_scalar() {
    let scalar = "{in: query, name: order, schema: {type: integer}}";
    let limit = "{in: query, name: limit, schema: {type: integer}}";
    for parameters in ["", "{in: path, name: n, required: true, schema: {type: integer}}"] {
        let moved = api(("/o", scalar), ("/o/{n}", parameters), "fields: {query.order: path.n}");
        assert_eq!(sent(&moved, Upgrade, asks("/o?order=7")), "/o/7");
        assert_eq!(
            sent(&moved, Upgrade, asks("/o?order=7&order=8")),
            "`path.n` would have to be an object or a list, where only a text can stand"
        );
    }
    // What stays among pairs or lines may stand there several times.
    let renamed = api(("/o", scalar), ("/o", limit), "fields: {query.order: query.limit}");
    assert_eq!(sent(&renamed, Upgrade, asks("/o?order=7&order=8")), "/o?limit=7&limit=8");
}

/// A list in the query that is written in one pair, or with a pair for each element.
fn list(name: &str, explode: bool) -> String {
    let schema = "{type: array, items: {type: string}}";
    format!("{{in: query, name: {name}, explode: {explode}, schema: {schema}}}")
}

#[test]
fn an_empty_list_is_said() {
    let (joined, apart) = (list("state", false), list("states", true));
    let api = api(("/o", &joined), ("/o", &apart), "fields: {query.state: query.states}");
    for (direction, from, to) in [
        (Upgrade, "/o?state=a,b", "/o?states=a&states=b"),
        (Upgrade, "/o?state=", "/o?states="),
        (Upgrade, "/o?state=a,,b", "/o?states=a&states=&states=b"),
        (Upgrade, "/o", "/o"),
        (Downgrade, "/o?states=a&states=b", "/o?state=a,b"),
        (Downgrade, "/o?states=", "/o?state="),
        (Downgrade, "/o?states=&states=b", "/o?state=,b"),
    ] {
        assert_eq!(sent(&api, direction, asks(from)), to, "{from}");
    }
    // So it is among the members of an object.
    let object = "{type: object, properties: {tags: {type: array, items: {type: string}}}}";
    let deep = format!("{{in: query, name: filter, style: deepObject, schema: {object}}}");
    let json =
        format!("{{in: query, name: filter, content: {{application/json: {{schema: {object}}}}}}}");
    let api = self::api(("/o", &json), ("/o", &deep), "added: {query.x: 1}");
    assert_eq!(sent(&api, Upgrade, asks("/o?filter={\"tags\":[]}")), "/o?filter[tags][]=&x=1");
}

#[test]
fn no_value_leads_out_of_its_path() {
    let name = "{in: query, name: name, schema: {type: string}}";
    let moved = api(("/o", name), ("/o/{name}", ""), "fields: {query.name: path.name}");
    let refused = "`path.name` would be missing, or no segment of a path";
    for value in ["..%2Fadmin", "x%2F..", "..%5Cadmin", "%2e%2e", "."] {
        assert_eq!(sent(&moved, Upgrade, asks(&format!("/o?name={value}"))), refused, "{value}");
    }
    for (value, path) in [
        ("a..b", "/o/a..b"),
        ("a%2Fb", "/o/a%2Fb"),
        ("..;x", "/o/..%3Bx"),
        ("%252e%252e", "/o/%252e%252e"),
    ] {
        assert_eq!(sent(&moved, Upgrade, asks(&format!("/o?name={value}"))), path, "{value}");
    }
    // What a template has around a value counts as well.
    let affix = api(("/o", name), ("/o/.{name}", ""), "fields: {query.name: path.name}");
    assert_eq!(sent(&affix, Upgrade, asks("/o?name=.")), refused);
    assert_eq!(sent(&affix, Upgrade, asks("/o?name=.%2Fx")), refused);
    assert_eq!(sent(&affix, Upgrade, asks("/o?name=a")), "/o/.a");
}
