//! Bodies of several media types; `plain` is about those that are texts.

use fishplate::compile::{Message, Part, Series, Status, Subject, Track, View};
use fishplate::message;
use fishplate::message::media::{Content, quoted};
use fishplate::translate::{Limits, body, message as translate};

use crate::both::{self, Direction, Downgrade, Upgrade};
use crate::messages::series;

/// `POST /o` with these bodies of requests, and these of answers.
pub(crate) fn bodies(request: &[(&str, &str)], answer: &[(&str, &str)]) -> String {
    let all = |bodies: &[(&str, &str)]| {
        let all = bodies.iter().map(|(kind, schema)| format!("{kind}: {{schema: {schema}}}"));
        let all: Vec<String> = all.collect();
        format!("{{content: {{{}}}}}", all.join(", "))
    };
    let request =
        if request.is_empty() { String::new() } else { format!("requestBody: {}, ", all(request)) };
    format!("/o: {{post: {{{request}responses: {{'200': {}}}}}}}", all(answer))
}

fn track(series: &Series, direction: Direction) -> Track {
    series
        .track((both::ends(series, direction).from, 0), both::ends(series, direction), |_, _, _| {
            None
        })
        .unwrap()
}

/// What becomes of a body of a media type, and of the `Content-Type`, with what is lost; both executors
/// agree about it. Nothing: it goes through as it came.
#[track_caller]
pub(crate) fn through(
    series: &Series,
    (part, direction): (Part, Direction),
    (kind, text): (&str, &str),
) -> (String, String) {
    let track = track(series, direction);
    let typed = series.typed(&track, part);
    let of = typed.of(|| Some(kind));
    let mut head = message::Head { path: "/o".into(), ..message::Head::default() };
    if part != Part::Request {
        (head.path, head.status) = (String::new(), Some(200));
    }
    head.headers.insert("content-type", kind.parse().unwrap());
    let limits = Limits::default();
    let made = match &of.made {
        Ok(made) => made,
        Err(none) => return (kind.into(), format!("none: {none}")),
    };
    let there = Some(text.as_bytes()).filter(|text| !text.is_empty());
    if of.content.is_none() && there.is_some() {
        return (kind.into(), "refused".into());
    }
    let said = |body: Option<Vec<u8>>| String::from_utf8(body.unwrap_or_default()).unwrap();
    let body = match made {
        Message::Whole(program) => match translate(program, &mut head, (there, None), &limits) {
            Ok(done) => said(done.body),
            Err(failure) => failure.to_string(),
        },
        Message::Apart { head: own, body: by } => {
            if let Some(program) = own
                && let Err(failure) = translate(program, &mut head, (None, None), &limits)
            {
                return (kind.into(), failure.to_string());
            }
            match (by, there) {
                (Err(_) | Ok(Some(_)), None) => String::new(),
                (Err(none), Some(_)) => format!("none: {none}"),
                (Ok(None), _) => "as it came".into(),
                (Ok(Some(program)), Some(text)) => match body(program, text, &limits) {
                    Ok((bytes, _)) => said(bytes),
                    Err(failure) => failure.to_string(),
                },
            }
        }
    };
    (head.headers["content-type"].to_str().unwrap().into(), body)
}

/// The document of a body of a media type through both executors.
#[track_caller]
pub(crate) fn both(
    series: &Series,
    (part, direction): (Part, Direction),
    (kind, text): (&str, &str),
) -> String {
    let track = track(series, direction);
    let listed = series.listed(&track, part).unwrap();
    let at = listed.all.iter().position(|body| body.range.as_str() == kind).expect("it is listed");
    let whole = series.crosses(&track, part);
    let document = match listed.all[at].content {
        Content::Text => String::from_utf8(quoted(text.as_bytes()).unwrap()).unwrap(),
        _ => text.into(),
    };
    let view = if whole { View::Whole } else { View::Body };
    let document = if whole { format!("{{\"body\":{document}}}") } else { document };
    let subject = Subject::Typed(&track, part, Some(at), view);
    format!("{:?}", both::run(series, subject, track.way, document.as_bytes()))
}

pub(crate) const TEXT: &str = "{type: string}";
pub(crate) const OK: Part = Part::Answer(Status::Is(200));

const ORDER: &str = "{type: object, properties: {a: {type: string}}}";
const MOVED: &str = "{type: object, properties: {b: {type: string}}}";
const LINE: &str = "{type: object, properties: {a: {type: string}, c: {type: string}}}";

#[test]
fn each_media_type_has_its_own_schema() {
    let old = bodies(
        &[
            ("application/json", ORDER),
            ("application/vnd.x+json", LINE),
            ("application/xml", ORDER),
            ("text/plain", TEXT),
        ],
        &[("application/*", ORDER), ("application/vnd.x+json", LINE), ("image/*", "{}")],
    );
    let new = bodies(
        &[
            ("application/vnd.x+json", LINE),
            ("application/json", MOVED),
            ("application/xml", MOVED),
            ("text/plain", TEXT),
        ],
        &[("application/*", MOVED), ("application/vnd.x+json", LINE), ("image/png", "{}")],
    );
    let rules = "operations: {POST /o: {request: {fields: {body.a: body.b}}, response: {fields: {body.a: body.b}}}}";
    let api = series(&[&old, &new], &[rules]);
    let up = (Part::Request, Upgrade);
    let document = r#"{"a":"x","c":"y"}"#;
    let moved = r#"{"b":"x","c":"y"}"#;
    for kind in ["application/json", "application/json; v=1", "application/problem+json"] {
        assert_eq!(through(&api, up, (kind, document)), (kind.into(), moved.into()));
    }
    // It has no `b`, so that what is there goes through.
    let vendor = "application/vnd.x+json";
    assert_eq!(through(&api, up, (vendor, document)).1, "as it came");
    assert_eq!(both(&api, up, (vendor, document)), document);
    // What no rule can touch, and what nobody lists.
    assert_eq!(through(&api, up, ("application/xml", "<a/>")).1, "as it came");
    assert_eq!(through(&api, up, ("text/plain", "x")).1, "as it came");
    let answers = (OK, Upgrade);
    assert_eq!(through(&api, answers, ("application/json", document)).1, moved);
    assert_eq!(through(&api, answers, ("application/y+json", document)).1, moved);
    assert_eq!(through(&api, (OK, Downgrade), ("image/png", "x")).1, "as it came");
    let typed = api.typed(&track(&api, Upgrade), Part::Request);
    assert_eq!(typed.of(|| Some("application/xml")).content, Some(Content::Opaque));
    assert_eq!(typed.of(|| Some("application/soap+xml")).content, Some(Content::Json));
}

#[test]
fn what_is_all_the_same_is_one_program() {
    let all = |schema| {
        bodies(
            &[("application/json", schema), ("application/*+json", schema)],
            &[("application/json", schema)],
        )
    };
    let (old, new) =
        (all("{$ref: '#/components/schemas/State'}"), all("{$ref: '#/components/schemas/State'}"));
    let api = series(&[&old, &new], &["types: {State: {fields: {'.': {map: {a: x}}}}}"]);
    let typed = api.typed(&track(&api, Upgrade), Part::Request);
    let asked = std::cell::Cell::new(false);
    typed.of(|| {
        asked.set(true);
        None
    });
    assert!(!asked.get(), "nothing depends on the media type");
    assert_eq!(
        through(&api, (Part::Request, Upgrade), ("application/x+json", r#""a""#)).1,
        r#""x""#
    );
}

#[test]
fn a_body_that_has_another_name_says_it() {
    let old = bodies(&[("application/vnd.v1+json", ORDER)], &[("application/json", ORDER)]);
    let new = bodies(&[("application/vnd.v2+json", MOVED)], &[("application/problem+json", MOVED)]);
    let rules = "operations: {POST /o: {request: {fields: {body.a: body.b}}, response: {fields: {body.a: body.b}}}}";
    let api = series(&[&old, &new], &[rules]);
    let up = (Part::Request, Upgrade);
    let (came, moved) = (r#"{"a":"x"}"#, r#"{"b":"x"}"#);
    assert_eq!(
        through(&api, up, ("application/vnd.v1+json; q=1", came)),
        ("application/vnd.v2+json; q=1".into(), moved.into())
    );
    // What is not called so keeps what it is called.
    assert_eq!(
        through(&api, up, ("application/json", came)),
        ("application/json".into(), moved.into())
    );
    assert_eq!(
        through(&api, (OK, Downgrade), ("application/problem+json", moved)),
        ("application/json".into(), came.into())
    );
    // A rule says it otherwise.
    let old = bodies(&[("application/a+json", ORDER), ("application/b+json", ORDER)], &[]);
    let new = bodies(&[("application/c+json", MOVED), ("application/d+json", ORDER)], &[]);
    let rules = "operations: {POST /o: {request: {fields: {body.a: body.b, header.Content-Type: {map: {application/a+json: application/d+json, application/b+json: application/c+json}}}}}}";
    let api = series(&[&old, &new], &[rules]);
    assert_eq!(
        through(&api, up, ("application/b+json;v=1", came)),
        ("application/c+json;v=1".into(), moved.into())
    );
    assert_eq!(through(&api, up, ("application/a+json", came)).0, "application/d+json");
    assert_eq!(
        through(&api, (Part::Request, Downgrade), ("application/c+json", moved)),
        ("application/b+json".into(), came.into())
    );
}

#[test]
fn a_text_is_no_document_where_nobody_says_so() {
    // A page of errors is none of the new version's documents.
    let old = bodies(&[], &[("text/plain", TEXT), ("application/json", ORDER)]);
    let new = bodies(&[], &[("application/json", MOVED)]);
    let api =
        series(&[&old, &new], &["operations: {POST /o: {response: {fields: {body.a: body.b}}}}"]);
    let typed = api.typed(&track(&api, Upgrade), OK);
    assert_eq!(
        typed.of(|| Some("text/plain")).content,
        Some(Content::Json),
        "it is as good as not listed"
    );
    let alone = bodies(&[], &[("text/plain", TEXT)]);
    let api = series(&[&alone, &new], &[""]);
    let none = through(&api, (OK, Upgrade), ("text/plain", "x")).1;
    assert_eq!(none, "none: version v1 declares no such body");
    // Single values are what the other side has, as it writes them.
    let single = bodies(&[], &[("application/json", TEXT)]);
    let api = series(&[&alone, &single], &[""]);
    assert_eq!(
        through(&api, (OK, Upgrade), ("text/plain", "a\"b")),
        ("application/json".into(), r#""a\"b""#.into())
    );
    assert_eq!(
        through(&api, (OK, Downgrade), ("application/json", r#""a\"b""#)),
        ("text/plain; charset=utf-8".into(), "a\"b".into())
    );
    // Of what is no scalar nobody says how a text has it.
    let listed = bodies(&[], &[("text/csv", ORDER)]);
    let api = series(&[&listed, &listed], &[""]);
    assert_eq!(through(&api, (OK, Upgrade), ("text/csv", "a,b")).1, "as it came");
}

#[test]
fn a_rule_is_about_the_messages_that_have_its_places() {
    let answers = |one: &str, other: &str| {
        let of = |schema: &str| format!("{{content: {{application/json: {{schema: {schema}}}}}}}");
        format!("/o: {{post: {{responses: {{'200': {}, '201': {}}}}}}}", of(one), of(other))
    };
    for key in ["POST /o", "'*'"] {
        let rules = format!(
            "operations: {{{key}: {{response: {{fields: {{body.a: body.b}}, added: {{body.d: 1}}}}}}}}"
        );
        let new = "{type: object, properties: {b: {type: string}, d: {type: integer}}}";
        let api = series(&[&answers(ORDER, LINE), &answers(new, LINE)], &[&rules]);
        let answer = |direction, status, text: &str| {
            let part = Part::Answer(Status::Is(status));
            let track = track(&api, direction);
            let subject = Subject::Message(&track, part, View::Body);
            both::run(&api, subject, track.way, text.as_bytes())
        };
        assert_eq!(answer(Upgrade, 200, r#"{"a":"x"}"#), r#"{"b":"x","d":1}"#);
        assert_eq!(answer(Upgrade, 201, r#"{"a":"x","c":"y"}"#), r#"{"a":"x","c":"y"}"#);
        assert_eq!(answer(Downgrade, 201, r#"{"a":"x","d":"y"}"#), r#"{"a":"x","d":"y"}"#);
    }
}

/// A rule about what is listed holds for nothing else, and nothing else goes past it.
#[test]
fn what_is_not_listed_is_refused_where_rules_are_about_what_is() {
    let rules = |of: &str| {
        let own = format!("{{fields: {{{of}}}}}");
        format!("operations: {{POST /o: {{request: {own}, response: {own}}}}}")
    };
    let said = |kind: &str| bodies(&[(kind, TEXT)], &[(kind, TEXT)]);
    let listed = rules("body: {map: {p: q}, else: refuse}");
    let api = series(&[&said("text/plain"), &said("text/markdown")], &[&listed]);
    for part in [Part::Request, OK] {
        let up = (part, Upgrade);
        assert_eq!(through(&api, up, ("text/plain", "p")), ("text/markdown".into(), "q".into()));
        assert!(through(&api, up, ("text/plain", "z")).1.contains("refuse"));
        for kind in ["text/markdown", "text/html", "application/json", "image/png", ";;"] {
            assert_eq!(through(&api, up, (kind, "z")).1, "refused", "{kind}");
            assert_eq!(through(&api, (part, Downgrade), ("text/plain", "q")).1, "refused");
        }
    }
    // Of what no rule can touch nobody asks what it is.
    let api = series(&[&said("text/plain"), &said("text/markdown")], &[""]);
    assert_eq!(through(&api, (OK, Upgrade), ("text/html", "z")).1, "as it came");
    // JSON is taken for what is listed, beside a text that is translated, and pages for neither.
    let state = "{$ref: '#/components/schemas/State'}";
    let both = [("application/json", ORDER), ("text/plain", state)];
    let both = bodies(&both, &both);
    let api = series(&[&both, &both], &["types: {State: {fields: {'.': {map: {a: x}}}}}"]);
    for (kind, becomes) in [
        ("text/plain", "x"),
        ("application/json", "as it came"),
        ("application/x+json", "as it came"),
        ("text/html", "refused"),
    ] {
        let there = through(&api, (OK, Upgrade), (kind, "a")).1;
        assert_eq!(there, becomes, "{kind}");
    }
    // What the other version has no place for is no less listed.
    let (text, xml) =
        (bodies(&[("text/plain", TEXT)], &[]), bodies(&[("application/xml", ORDER)], &[]));
    let json = bodies(&[("application/json", ORDER)], &[]);
    for (old, kind) in [(&text, "text/plain"), (&xml, "application/xml")] {
        let api = series(&[old, &json], &[""]);
        let up = (Part::Request, Upgrade);
        assert_eq!(through(&api, up, (kind, "x")).1, "none: version v1 declares no such body");
        for kind in ["text/html", "application/json", ";;"] {
            assert_eq!(through(&api, up, (kind, "x")).1, "refused", "{kind}");
        }
    }
}

/// Media types ignore case: in messages, in the lists of rules, in their constants and tests.
#[test]
fn media_types_are_the_same_in_any_case() {
    let (one, other) = ("application/vnd.v1+json", "application/vnd.v2+json");
    let both = |of: &str| bodies(&[(one, of), (other, of)], &[(one, of), (other, of)]);
    for [said, becomes] in [[one, other], ["Application/Vnd.V1+JSON", "APPLICATION/vnd.v2+json"]] {
        let own = format!(
            "{{fields: {{header.Content-Type: {{map: {{{said}: {becomes}}}}}, body.a: body.b}}}}"
        );
        let rules = format!("operations: {{POST /o: {{request: {own}, response: {own}}}}}");
        let api = series(&[&both(ORDER), &both(MOVED)], &[&rules]);
        for part in [Part::Request, OK] {
            for kind in [one, "Application/vnd.v1+json", "APPLICATION/VND.V1+JSON"] {
                for behind in ["", "; V=\"A;B\""] {
                    assert_eq!(
                        through(
                            &api,
                            (part, Upgrade),
                            (&format!("{kind}{behind}"), r#"{"a":"x"}"#)
                        ),
                        (format!("{other}{behind}"), r#"{"b":"x"}"#.into())
                    );
                }
            }
            assert_eq!(
                through(&api, (part, Downgrade), ("application/VND.v2+json", r#"{"b":"x"}"#)),
                (one.into(), r#"{"a":"x"}"#.into())
            );
            // What no rule lists keeps its bytes.
            assert_eq!(
                through(&api, (part, Upgrade), ("Application/JSON;x", r#"{"a":"x"}"#)).0,
                "Application/JSON;x"
            );
        }
    }
    // So do tests.
    let rules =
        "operations: {POST /o: {request: {refuse: [{old: {header.Content-Type: Text/HTML}}]}}}";
    let all = [("application/json", ORDER), ("text/html", TEXT)];
    let api = series(&[&bodies(&all, &[]), &bodies(&all, &[])], &[rules]);
    let html = through(&api, (Part::Request, Upgrade), ("text/Html", "x")).1;
    assert!(html.contains("refuse"), "{html}");
    let json = through(&api, (Part::Request, Upgrade), ("application/json", "{}")).1;
    assert_eq!(json, "as it came");
}

/// An empty text is no body, and does not come back as what it was.
#[test]
fn what_becomes_an_empty_text_is_narrowed() {
    let note = "{type: object, properties: {note: {type: string}, by: {type: string}}}";
    let text = bodies(&[("text/plain", TEXT)], &[("text/plain", TEXT)]);
    let json = bodies(&[("application/json", note)], &[("application/json", note)]);
    let rules = "operations: {POST /o: {request: {fields: {body: body.note}}, response: {fields: {body: body.note, header.X-By: body.by}}}}";
    let api = series(&[&text, &json], &[rules]);
    let limits = Limits::default();
    for (document, lost) in [
        (r#" {"note":""}"#, "narrowed operations 1"),
        (r#"{"note":null}"#, "narrowed operations 1"),
        (r#"{"note":"x"}"#, ""),
    ] {
        for part in [Part::Request, OK] {
            let track = track(&api, Downgrade);
            let typed = api.typed(&track, part);
            let (done, plan) = match typed.main.made.unwrap() {
                Message::Apart { body: Ok(Some(program)), .. } => {
                    (body(&program, document.as_bytes(), &limits).unwrap().1, program.plan.clone())
                }
                Message::Whole(program) => {
                    let mut head = message::Head { status: Some(200), ..message::Head::default() };
                    let body = Some(document.as_bytes());
                    let done = translate(&program, &mut head, (body, None), &limits).unwrap();
                    (done.document, program.plan.clone())
                }
                other @ Message::Apart { .. } => panic!("{other:?}"),
            };
            let told = done.tally(&plan).into_iter().map(|(rule, kind, times)| {
                let (name, _) = fishplate::authoring::rule_name(&api, rule);
                format!("{kind} {name} {times}")
            });
            assert_eq!(told.collect::<Vec<_>>().join(", "), lost, "{document}");
        }
    }
    // One that is not there was told of already, once.
    let typed = api.typed(&track(&api, Downgrade), Part::Request);
    let Ok(Message::Apart { body: Ok(Some(program)), .. }) = typed.main.made else { panic!() };
    for (document, lost) in [("{}", "narrowed"), (r#"{"by":"x"}"#, "dropped")] {
        let (bytes, done) = body(&program, document.as_bytes(), &limits).unwrap();
        let kinds = done.tally(&program.plan);
        let kinds: Vec<_> = kinds.iter().map(|(_, kind, times)| (kind.as_str(), *times)).collect();
        assert_eq!((bytes, kinds), (None, vec![(lost, 1)]), "{document}");
    }
}
