//! Statuses: which answers of two contracts pair, and under which number rules are written.

use fishplate::compile::{NoCounterpart, Part, Series, Status, Subject, View};

use crate::both::{self, Direction, Downgrade, Upgrade};
use crate::messages::{JSON, answer, series};

/// `GET /o` with these answers, each with one member in its body.
fn answers(all: &[(&str, &str)]) -> String {
    let body = |(status, name): &(&str, &str)| {
        format!(
            "'{status}': {{{JSON}{{type: object, properties: {{{name}: {{type: string}}}}}}}}}}}}"
        )
    };
    let all: Vec<String> = all.iter().map(body).collect();
    format!("/o: {{get: {{responses: {{{}}}}}}}", all.join(", "))
}

/// Whether an answer of a status has a place in both versions: `None` where neither says anything.
fn lists(series: &Series, direction: Direction, status: u16) -> Result<Option<()>, NoCounterpart> {
    let way = both::ends(series, direction);
    let track = series.track((way.from, 0), way, |_, _, _| None).expect("a counterpart");
    let part = Part::Answer(Status::Is(status));
    let travel = series.travel(Subject::Message(&track, part, View::Body), way)?;
    Ok(travel.map(drop))
}

#[test]
fn a_success_is_no_error() {
    let old = answers(&[("201", "id"), ("default", "message")]);
    let new = answers(&[("201", "id"), ("default", "detail")]);
    let rules = "errors: {fields: {body.message: body.detail}}";
    let api = series(&[&old, &new], &[rules]);
    for direction in [Upgrade, Downgrade] {
        assert_eq!(lists(&api, direction, 201), Ok(Some(())));
        assert_eq!(lists(&api, direction, 404), Ok(Some(())));
        // No other success is one of the errors that `default` is about.
        assert_eq!(lists(&api, direction, 302), Ok(Some(())));
        for other in [200, 202] {
            assert_eq!(lists(&api, direction, other), Ok(None), "{other}");
        }
    }
    let moved = answers(&[("200", "id"), ("default", "detail")]);
    let api = series(&[&old, &moved], &[rules]);
    for (direction, status) in [(Upgrade, 201), (Downgrade, 200)] {
        assert!(matches!(lists(&api, direction, status), Err(NoCounterpart::Body(_))));
    }
    let ranged = answers(&[("2XX", "id"), ("default", "detail")]);
    let api = series(&[&old, &ranged], &[rules]);
    assert_eq!(lists(&api, Downgrade, 201), Ok(Some(())));
    assert!(matches!(lists(&api, Downgrade, 200), Err(NoCounterpart::Body(_))));
}

#[test]
fn default_alone_is_every_answer() {
    let (old, new) = (answers(&[("default", "a")]), answers(&[("default", "b")]));
    let rules = "operations: {GET /o: {response: {fields: {body.a: body.b}}}}";
    let api = series(&[&old, &new], &[rules]);
    assert_eq!(
        answer(&api, "GET /o", Upgrade, r#"{"status":200,"header":{},"body":{"a":"x"}}"#),
        r#"{"status":200,"header":{},"body":{"b":"x"}}"#
    );
}

#[test]
fn rules_are_written_under_the_status_of_the_old_version() {
    let (old, new) = (answers(&[("200", "a")]), answers(&[("201", "b")]));
    let ways = [
        "fields: {status: {map: {200: 201}}}, '200': {fields: {body.a: body.b}}",
        "'200': {fields: {status: {map: {200: 201}}, body.a: body.b}}",
        "2XX: {fields: {status: {map: {200: 201}}}}, '200': {fields: {body.a: body.b}}",
        "'200': {removed: {status: 200}, added: {status: 201}, fields: {body.a: body.b}}",
    ];
    for rules in ways {
        let rules = format!("operations: {{GET /o: {{response: {{{rules}}}}}}}");
        let api = series(&[&old, &new], &[&rules]);
        assert_eq!(
            answer(&api, "GET /o", Upgrade, r#"{"status":200,"header":{},"body":{"a":"x"}}"#),
            r#"{"status":201,"header":{},"body":{"b":"x"}}"#,
            "{rules}"
        );
        assert_eq!(
            answer(&api, "GET /o", Downgrade, r#"{"status":201,"header":{},"body":{"b":"x"}}"#),
            r#"{"status":200,"header":{},"body":{"a":"x"}}"#,
            "{rules}"
        );
    }
}
