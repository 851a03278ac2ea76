//! Heads as they are sent, through the programs of their messages: texts in all styles, what no rule
//! names, and what cannot be said.

use fishplate::compile::{Message, Part, Series, Way};
use fishplate::message::Head;
use fishplate::plan;
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
fn sent(api: &Series, direction: Direction, head: Head) -> String {
    sent_within(api, direction, head, &Limits::default())
}

#[track_caller]
fn sent_within(api: &Series, direction: Direction, mut head: Head, limits: &Limits) -> String {
    let way: Way = both::ends(api, direction);
    let track = api.track((way.from, 0), way, |_, _, _| None).expect("a counterpart");
    let program = match api.program(&track, Part::Request).expect("a program") {
        Message::Apart { head: Some(program), .. } | Message::Whole(program) => program,
        Message::Apart { head: None, .. } => return format!("untouched {}", said(&head)),
    };
    match translate::message(&program, &mut head, (None, None), limits) {
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
    // One that a rule makes is left out, as every reader of such a query takes it.
    let text = "{in: query, name: text, schema: {type: string}}";
    let convert =
        "fields: {query.text: {to: query.states, convert: {old: {separated: ','}, new: list}}}";
    let api = self::api(("/o", text), ("/o", &apart), convert);
    assert_eq!(sent(&api, Upgrade, asks("/o?text=a,b&x=1")), "/o?x=1&states=a&states=b");
    assert_eq!(sent(&api, Upgrade, asks("/o?text=&x=1")), "/o?x=1");
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

/// A parameter with more said of it than its schema.
fn param(part: &str, name: &str, more: &str) -> String {
    let required = if part == "path" { "required: true, " } else { "" };
    format!("{{in: {part}, name: '{name}', {required}{more}}}")
}

const LIST: &str = "schema: {type: array, items: {type: string}}";

#[test]
fn a_value_keeps_its_bytes_where_it_is_written_as_it_came() {
    // Paths: of the same name, under another name, by position.
    for (old, new, from, to) in [
        ("/o/{a}/{b}", "/p/{b}/{a}", "/o/x/%78", "/p/%78/x"),
        ("/o/{a}/{b}", "/p/{a}/{c}", "/o/x/%78", "/p/x/%78"),
        ("/o/{a}", "/p/{a}", "/o/%7e", "/p/%7e"),
    ] {
        assert_eq!(sent(&api((old, ""), (new, ""), ""), Upgrade, asks(from)), to);
    }
    let rename = "fields: {query.a: query.b, cookie.a: cookie.b, header.a: header.b}";
    let bare = api(("/o", ""), ("/o", ""), rename);
    for (from, to) in [
        ("/o?a=%7e+%2F&c=1", "/o?c=1&b=%7e+%2F"),
        ("/o?a&%61=", "/o?b&b="),
        ("/o?b=1&a=%7e", "/o?b=%7e | collision /query/b"),
    ] {
        assert_eq!(sent(&bare, Upgrade, asks(from)), to);
    }
    let lines: &[(&str, &[u8])] = &[("a", b"1,  2"), ("a", b"3"), ("cookie", b"a=\"%7e\"; c=1")];
    assert_eq!(
        sent(&bare, Upgrade, head("/o", lines)),
        "/o cookie: c=1; b=\\\"%7e\\\" b: 1,  2 b: 3"
    );
    // What changes on the way is written anew.
    let swap = "fields: {query.a: {to: query.b, map: {'~': x}}, query.b: query.a}";
    let swap = api(("/o", ""), ("/o", ""), swap);
    assert_eq!(sent(&swap, Upgrade, asks("/o?a=%7e&b=%2d&c")), "/o?c&b=x&a=%2d");
}

#[test]
fn a_value_is_written_in_the_style_of_its_contract() {
    let (matrix, label) =
        ("style: matrix, schema: {type: integer}", "style: label, schema: {type: integer}");
    let (plain, list) =
        ("schema: {type: integer}", "schema: {type: array, items: {type: integer}}");
    let json = "content: {application/json: {schema: {type: string}}}";
    let text = "schema: {type: string}";
    // Without a rule: the contracts say all of it.
    for (part, old, new, from, to) in [
        ("path", matrix, plain, "/o/;p=%37", "/o/7"),
        ("path", plain, matrix, "/o/7", "/o/;p=7"),
        ("path", label, matrix, "/o/.7", "/o/;p=7"),
        ("path", plain, plain, "/o/%37", "untouched /o/%37"),
        ("path", matrix, matrix, "/o/;p=%37", "untouched /o/;p=%37"),
        ("query", &format!("explode: false, {LIST}"), LIST, "/o?q=1&p=a,b", "/o?q=1&p=a&p=b"),
        ("query", LIST, &format!("style: pipeDelimited, {LIST}"), "/o?p=a&p=b", "/o?p=a%7Cb"),
        (
            "query",
            LIST,
            &format!("style: pipeDelimited, explode: true, {LIST}"),
            "/o?p=a",
            "untouched /o?p=a",
        ),
        ("query", text, json, "/o?p=a", "/o?p=%22a%22"),
        ("query", json, text, "/o?p=%22a%22&q=%7e", "/o?q=%7e&p=a"),
        ("query", json, json, "/o?p=%22a%22", "untouched /o?p=%22a%22"),
        ("query", text, list, "/o?p=a", "untouched /o?p=a"),
        ("query", text, plain, "/o?p=%61&p", "untouched /o?p=%61&p"),
        // A list in one text, of which the other contract says only that it is a text.
        ("query", &format!("explode: false, {LIST}"), text, "/o?p=a,b", "untouched /o?p=a,b"),
        ("path", LIST, text, "/o/a,b", "untouched /o/a,b"),
    ] {
        let path = if part == "path" { "/o/{p}" } else { "/o" };
        let (old, new) = (param(part, "p", old), param(part, "p", new));
        let api = api((path, &old), (path, &new), "");
        assert_eq!(sent(&api, Upgrade, asks(from)), to, "{old} {new}");
    }
    // A parameter of which one contract says nothing looks as it did, whatever else changes.
    let joined = param("query", "p", &format!("explode: false, {LIST}"));
    let added = "added: {query.x: 1}";
    for (old, new) in [("", &*joined), (&joined, "")] {
        let api = api(("/o", old), ("/o", new), added);
        assert_eq!(sent(&api, Upgrade, asks("/o?p=a,b&p=c")), "/o?p=a,b&p=c&x=1");
    }
    // Under another name, in another style.
    let renamed =
        api(("/o/{p}", &param("path", "p", matrix)), ("/p/{q}", &param("path", "q", matrix)), "");
    assert_eq!(sent(&renamed, Upgrade, asks("/o/;p=7")), "/p/;q=7");
}

#[test]
fn lists_have_a_pair_for_each_element_or_one() {
    let list = |name: &str, more: &str| param("query", name, &format!("{more}, {LIST}"));
    let exploded = "style: spaceDelimited, explode: true";
    let moved = api(
        ("/o", &list("a", exploded)),
        ("/o", &list("b", "explode: false")),
        "fields: {query.a: query.b}",
    );
    assert_eq!(sent(&moved, Upgrade, asks("/o?a=1&a=2+3")), "/o?b=1,2%203");
    assert_eq!(sent(&moved, Downgrade, asks("/o?b=1,2%203")), "/o?a=1&a=2%203");
    // Of a cookie too, whose elements may have commas.
    let list = |part: &str, name: &str| param(part, name, &format!("explode: false, {LIST}"));
    let moved = api(
        ("/o", &list("cookie", "a")),
        ("/o", &list("query", "b")),
        "fields: {cookie.a: query.b}",
    );
    let cookie = |text: &'static [u8]| head("/o", &[("cookie", text)]);
    assert_eq!(sent(&moved, Upgrade, cookie(b"a=1,2%2C3; c=4")), "/o?b=1,2%2C3 cookie: c=4");
    assert_eq!(sent(&moved, Downgrade, asks("/o?b=1,2%2C3")), "/o cookie: a=1,2%2C3");
}

#[test]
fn what_cannot_be_read_is_left_alone_unless_a_rule_names_it() {
    let json = param("query", "j", "content: {application/json: {schema: {}}}");
    let point = "{type: object, properties: {x: {type: integer}}}";
    let point = param("query", "p", &format!("explode: false, schema: {point}"));
    let text = param("query", "t", "schema: {type: string}");
    let field = param("header", "x-t", "schema: {type: string}");
    let all = [json, point, text, field].join(", ");
    let cases: [(&str, &[u8], &str, &str); 6] = [
        ("j={", b"t", "query.j", "is not one JSON document"),
        ("j=1&j=2", b"t", "query.j", "is not one JSON document"),
        ("p=x,1,y", b"t", "query.p", "is no list of names and their values"),
        ("p=x,1,x,2", b"t", "query.p", "is no list of names and their values"),
        ("t=%FF", b"t", "query.t", "is no text in UTF-8"),
        ("", b"\xff", "header.x-t", "is no text in UTF-8"),
    ];
    let unnamed = api(("/o", &all), ("/o", &all), "added: {query.new: 1}");
    for (query, field, place, why) in cases {
        let head = |query: &str| head(&format!("/o?{query}"), &[("x-t", field)]);
        let came = if query.is_empty() { String::new() } else { format!("{query}&") };
        let kept = said(&head(&format!("{came}new=1")));
        assert_eq!(sent(&unnamed, Upgrade, head(query)), kept);
        let named = api(("/o", &all), ("/o", &all), &format!("fields: {{{place}: query.to}}"));
        assert_eq!(sent(&named, Upgrade, head(query)), format!("`{place}` {why}"));
    }
    // A path too, wherever it goes.
    let moved = api(("/o/{a}", ""), ("/p/{a}", ""), "");
    assert_eq!(sent(&moved, Upgrade, asks("/o/%FF")), "/p/%FF");
    let named = api(("/o/{a}", ""), ("/p/{b}", ""), "");
    assert_eq!(sent(&named, Upgrade, asks("/o/%FF")), "`path.a` is no text in UTF-8");
}

#[test]
fn cookies_that_no_rule_names_keep_their_bytes() {
    let api = api(("/o", ""), ("/o", ""), "fields: {cookie.a: cookie.b}, added: {cookie.c: '1'}");
    let lines: &[(&str, &[u8])] = &[("cookie", b"x=\xff; a=2"), ("cookie", b"\xfe=3")];
    assert_eq!(sent(&api, Upgrade, head("/o", lines)), "/o cookie: x=\\xff; \\xfe=3; b=2; c=1");
    let named: &[(&str, &[u8])] = &[("cookie", b"x=1; a=\xff")];
    assert_eq!(sent(&api, Upgrade, head("/o", named)), "`cookie.a` is no text in UTF-8");
}

#[test]
fn members_of_an_object_in_brackets() {
    let object = "{type: object, properties: {tag: {type: array, items: {type: string}}, a: {type: string}}}";
    let deep = |name: &str| param("query", name, &format!("style: deepObject, schema: {object}"));
    let api = api(("/o", &deep("old")), ("/o", &deep("new")), "fields: {query.old: query.new}");
    for (from, to) in [
        ("old[tag][]=a&x=1&old[tag][]=b&old[a]=c", "x=1&new[tag][]=a&new[tag][]=b&new[a]=c"),
        ("old%5Btag%5D%5B%5D=%61", "new%5Btag%5D%5B%5D=%61"),
        ("%6fld[a]=[%7e&o=1", "o=1&new[a]=[%7e"),
        ("old[a]=1&old[a]=2", "new[a]=1&new[a]=2"),
        (
            "old[tag][x]=a&old[]=b&old[a]]=1&older[a]=1",
            "old[tag][x]=a&old[a]]=1&older[a]=1&new[]=b",
        ),
    ] {
        assert_eq!(sent(&api, Upgrade, asks(&format!("/o?{from}"))), format!("/o?{to}"));
    }
}

/// Nobody chooses between two ways to say one parameter, and nobody drops either.
#[test]
fn a_parameter_in_the_style_of_either_version() {
    let object = "schema: {type: object, properties: {kind: {type: string}}}";
    let deep = param("query", "f", &format!("style: deepObject, {object}"));
    let form = param("query", "f", &format!("explode: false, {object}"));
    let twice = "`query.f` stands there in the style of either version, and only one can be meant";
    let api = api(("/o", &deep), ("/o", &form), "");
    for (direction, from, to) in [
        (Upgrade, "/o?f[kind]=a", "/o?f=kind,a"),
        (Upgrade, "/o?f=b", "/o?f=b"),
        (Upgrade, "/o?f[kind]=a&f=b", twice),
        (Downgrade, "/o?f=kind,a", "/o?f%5Bkind%5D=a"),
        (Downgrade, "/o?f[kind]=b&f=kind,a", twice),
    ] {
        assert_eq!(sent(&api, direction, asks(from)), to, "{from}");
    }
}

#[test]
fn what_would_be_read_as_two_parts_is_not_written_as_one() {
    let list = |part: &str, name: &str, more: &str| param(part, name, &format!("{more}, {LIST}"));
    for (part, more, value, right) in [
        ("header", "explode: false", "1%2C2", false),
        ("header", "explode: false", "%201", false),
        ("header", "explode: false", "1%2002", true),
        ("query", "style: spaceDelimited", "1%202", false),
        ("query", "style: pipeDelimited", "1%7C2", false),
        ("query", "explode: false", "1%2C2", true),
    ] {
        let rules = format!("fields: {{query.a: {part}.b}}");
        let api = api(
            ("/o", &list("query", "a", "explode: true")),
            ("/o", &list(part, "b", more)),
            &rules,
        );
        let sent = sent(&api, Upgrade, asks(&format!("/o?a=0&a={value}")));
        let why = if value.starts_with("%20") {
            "would begin or end with white space, which a field does not keep"
        } else {
            "would have a part with a character that divides parts there"
        };
        assert_eq!(sent == format!("`{part}.b` {why}"), !right, "{sent}");
    }
}

#[test]
fn what_a_path_goes_on_with_goes_on_or_is_refused() {
    let both = api(("/a/{n}/*", ""), ("/b/{n}/*", ""), "");
    assert_eq!(sent(&both, Upgrade, asks("/a/1/x/%79/")), "/b/1/x/%79/");
    let one = api(("/a/*", ""), ("/b", ""), "");
    assert_eq!(sent(&one, Upgrade, asks("/a")), "/b");
    assert_eq!(
        sent(&one, Upgrade, asks("/a/x")),
        "the path goes on with `/x`, for which `/b` has no `*`"
    );
    assert_eq!(sent(&one, Downgrade, asks("/b")), "/a");
}

#[test]
fn what_stands_around_a_value_may_be_spelled_otherwise() {
    let moved = api(("/a/{n}.json", ""), ("/b/{n}", ""), "");
    assert_eq!(sent(&moved, Upgrade, asks("/%61/x%2Ejso%6e")), "/b/x");
}

#[test]
fn contents_that_are_no_json_are_texts() {
    let old = [
        param("query", "a", "content: {text/plain: {schema: {type: integer}}}"),
        param("query", "b", "content: {application/xml: {schema: {type: object}}}"),
        param("query", "c", "content: {application/octet-stream: {}}"),
        param("query", "d", "content: {application/merge-patch+json: {schema: {type: object}}}"),
    ];
    let rules = "fields: {query.a: query.e, query.b: query.f, query.c: query.g, query.d: query.h}";
    let api = api(("/o", &old.join(", ")), ("/o", ""), rules);
    assert_eq!(sent(&api, Upgrade, asks("/o?a=7&b=<a,b/>&c={")), "/o?e=7&f=<a,b/>&g={");
    assert_eq!(sent(&api, Upgrade, asks("/o?d={")), "`query.d` is not one JSON document");
}

#[test]
fn a_document_in_a_parameter_that_no_program_can_read_is_told_with_its_name() {
    let object = "{type: object, properties: {a: {type: integer}, b: {type: object}}}";
    let json = |name: &str| {
        param("query", name, &format!("content: {{application/json: {{schema: {object}}}}}"))
    };
    let rules = "fields: {query.p.a: query.q.c, query.p: query.q}";
    let api = api(("/o", &json("p")), ("/o", &json("q").replace("{a:", "{c:")), rules);
    assert_eq!(sent(&api, Upgrade, asks("/o?p={%22a%22:1}")), "/o?q=%7B%22c%22:1%7D");
    let twice = "{%22a%22:1,%22a%22:2}";
    assert_eq!(sent(&api, Upgrade, asks(&format!("/o?p={twice}"))), "`query.p`: duplicate name");
    let deep = ["{%22b%22:".repeat(62), "1".into(), "}".repeat(62)].concat();
    let limits = Limits { depth: 16, ..Limits::default() };
    assert_eq!(
        sent_within(&api, Upgrade, asks(&format!("/o?p={deep}")), &limits),
        "`query.p`: too deep"
    );
}

#[test]
fn what_is_written_otherwise_without_a_rule_is_explained() {
    let ids = |more: &str| param("query", "ids", &format!("{more}, {LIST}"));
    let (joined, apart) = (ids("explode: false"), ids("explode: true"));
    let program = |old: (&str, &str), new: (&str, &str), rules: &str| {
        let api = api(old, new, rules);
        let way = both::ends(&api, Upgrade);
        let track = api.track((way.from, 0), way, |_, _, _| None).expect("a counterpart");
        match api.program(&track, Part::Request).expect("a program") {
            Message::Apart { head: Some(head), .. } => plan::of_head(&head, &|_| "rule".into()),
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(
        program(("/o/{id}", &joined), ("/p/{id}", &apart), ""),
        "path  /o/{id} -> /p/{id}\nquery.ids  in the style of the other contract\n"
    );
    let ruled = program(("/o", &joined), ("/p", &joined), "added: {query.x: 1}");
    assert!(ruled.starts_with("path  /o -> /p\nmessage  f0\n"), "{ruled}");
    let ruled = program(("/o", &joined), ("/o", &joined), "added: {query.x: 1}");
    assert!(ruled.starts_with("message  f0\n"), "{ruled}");
}
