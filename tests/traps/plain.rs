//! Bodies that are plain texts: to both executors a text is a string.

use crate::both::{Downgrade, Upgrade};
use crate::media::{OK, TEXT, bodies, both, through};
use crate::messages::series;
use fishplate::compile::Part;

#[test]
fn a_text_becomes_a_member_of_a_document_and_back() {
    let (old, new) = (
        bodies(&[("text/plain", TEXT)], &[("text/plain", TEXT)]),
        bodies(
            &[("application/json", "{type: object, properties: {note: {type: string}}}")],
            &[(
                "application/json",
                "{type: object, properties: {data: {type: object, properties: {note: {type: string}}}}}",
            )],
        ),
    );
    let rules = "operations: {POST /o: {request: {fields: {body: body.note}}, response: {fields: {body: body.data.note}}}}";
    let api = series(&[&old, &new], &[rules]);
    let (json, plain) = ("application/json", "text/plain; charset=utf-8");
    let text = "Zoë said \"hi\"\r\n\t\u{1}";
    let quoted = r#""Zoë said \"hi\"\r\n\t\u0001""#;
    for kind in ["text/plain", "Text/Plain; charset=utf-8; format=flowed"] {
        assert_eq!(
            through(&api, (Part::Request, Upgrade), (kind, text)),
            (json.into(), format!("{{\"note\":{quoted}}}"))
        );
    }
    assert_eq!(
        through(&api, (OK, Upgrade), ("text/plain", text)),
        (json.into(), format!("{{\"data\":{{\"note\":{quoted}}}}}"))
    );
    let document = format!("{{\"data\":{{\"note\":{quoted}}}}}");
    assert_eq!(through(&api, (OK, Downgrade), (json, &document)), (plain.into(), text.into()));
    assert_eq!(both(&api, (OK, Downgrade), (json, &document)), quoted);
    // What is empty is absent, there and back, and so is null.
    assert_eq!(through(&api, (Part::Request, Upgrade), ("text/plain", "")).1, "");
    for none in [r#"{"data":{"note":""}}"#, r#"{"data":{"note":null}}"#, r#"{"data":{}}"#, "{}"] {
        assert_eq!(through(&api, (OK, Downgrade), (json, none)).1, "", "{none}");
    }
    // What no text can say is told.
    assert_eq!(
        through(&api, (OK, Downgrade), (json, r#"{"data":{"note":[1]}}"#)).1,
        "`body` would have to be an object or a list, where only a text can stand"
    );
    assert_eq!(
        through(&api, (OK, Downgrade), (json, r#"{"data":{"note":"\ud800"}}"#)).1,
        "`body` would have half a character, which no text has"
    );
}

#[test]
fn a_text_says_what_a_document_has_as_a_number() {
    let (old, new) = (
        bodies(&[("text/plain", "{type: integer}")], &[("text/plain", TEXT)]),
        bodies(
            &[("application/json", "{type: object, properties: {n: {type: integer}}}")],
            &[("application/json", "{type: object, properties: {on: {type: boolean}}}")],
        ),
    );
    let rules = "operations: {POST /o: {request: {fields: {body: body.n}}, response: {fields: {body: body.on}}}}";
    let api = series(&[&old, &new], &[rules]);
    assert_eq!(through(&api, (Part::Request, Upgrade), ("text/plain", "7")).1, r#"{"n":7}"#);
    assert_eq!(through(&api, (Part::Request, Upgrade), ("text/plain", "x")).1, r#"{"n":"x"}"#);
    assert_eq!(
        both(&api, (Part::Request, Upgrade), ("text/plain", "x")),
        r#"{"n":"x"} | unfit  operations"#
    );
    assert_eq!(through(&api, (OK, Downgrade), ("application/json", r#"{"on":true}"#)).1, "true");
}

#[test]
fn texts_are_listed_and_moved_like_any_value() {
    let said = bodies(&[("text/plain", TEXT)], &[("text/plain", TEXT)]);
    let rules = "operations: {POST /o: {request: {fields: {body: {map: {on: enabled}}}}, response: {fields: {body: header.X-Was}}}}";
    let api = series(&[&said, &said], &[rules]);
    let up = (Part::Request, Upgrade);
    assert_eq!(through(&api, up, ("text/plain", "on")), ("text/plain".into(), "enabled".into()));
    assert_eq!(both(&api, up, ("text/plain", "on")), r#""enabled""#);
    // Any other keeps its bytes, whatever they are.
    let odd = "\u{0}\"\\ \u{2028}\u{fffd}";
    assert_eq!(through(&api, up, ("text/plain", odd)).1, odd);
    assert_eq!(both(&api, (OK, Upgrade), ("text/plain", "a")), r#"{"header":{"x-was":"a"}}"#);
    assert_eq!(through(&api, (OK, Upgrade), ("text/plain", "a")).1, "");
    // What nobody lists is refused, as a rule is about what is listed.
    for kind in ["application/json", "text/html", "image/png", ";;"] {
        assert_eq!(through(&api, up, (kind, "{}")), (kind.into(), "refused".into()));
        // Without a body it is a message like others.
        assert_eq!(through(&api, up, (kind, "")).1, "");
    }
}

#[test]
fn texts_that_no_rule_is_about_go_through() {
    let said = bodies(&[("text/plain", TEXT)], &[("text/markdown", TEXT), ("text/plain", TEXT)]);
    let api = series(&[&said, &said], &[""]);
    for (part, kind) in [(Part::Request, "text/plain"), (OK, "text/markdown"), (OK, "text/plain")] {
        assert_eq!(through(&api, (part, Upgrade), (kind, "x")), (kind.into(), "as it came".into()));
    }
}
