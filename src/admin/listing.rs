//! What is in force and what is wrong, as JSON.

use std::collections::BTreeSet;

use axum::http::StatusCode;

use crate::json::{Text, Value};
use crate::snapshot::{Api, Finding, Reloaded, Report};

/// `GET /snapshot`
pub(super) fn report(report: &Report) -> String {
    let apis = report.snapshot.apis.iter().map(|served| {
        let errors = report.errors.get(&*served.config.name).map_or(&[][..], Vec::as_slice);
        api(served, errors, &report.gone)
    });
    let apis = Value::Array(apis.collect());
    object([
        ("generation", number(report.snapshot.generation)),
        ("apis", apis),
        ("errors", list(report.errors.values().flatten())),
        ("warnings", list(report.warnings())),
    ])
    .to_string()
}

/// `POST /reload`
pub(super) fn reloaded(reloaded: &Reloaded) -> String {
    let changed = reloaded.changed.iter().map(|name| Value::string(name)).collect();
    object([
        ("generation", number(reloaded.generation)),
        ("changed", Value::Array(changed)),
        ("errors", list(reloaded.errors.values().flatten())),
        ("warnings", list(&reloaded.warnings)),
    ])
    .to_string()
}

/// An answer to what cannot be asked.
pub(super) fn problem(status: StatusCode, kind: &str, detail: &str) -> String {
    object([
        ("type", Value::string(&format!("urn:fishplate:{kind}"))),
        ("title", Value::string(status.canonical_reason().unwrap_or("Error"))),
        ("status", number(status.as_u16())),
        ("detail", Value::string(detail)),
    ])
    .to_string()
}

fn api(api: &Api, errors: &[Finding], gone: &BTreeSet<String>) -> Value {
    let versions = api.versions().iter().map(|v| Value::string(v.as_str())).collect();
    let backends = api.config.backends.iter().map(|backend| {
        let target = format!("http://{}{}", backend.target.authority(), backend.target.base());
        object([
            ("name", Value::string(&backend.name)),
            ("url", Value::string(&target)),
            ("version", Value::string(backend.version.as_str())),
        ])
    });
    // A file that is wrong and new is not among those in force.
    let mut names: Vec<&str> = api.files.iter().map(String::as_str).collect();
    names.extend(errors.iter().map(|e| e.file.as_str()).filter(|f| !f.is_empty()));
    names.sort_unstable();
    names.dedup();
    let files = names.into_iter().map(|name| {
        let own = |found: &Finding| found.file == name;
        let state = match (errors.iter().any(own), gone.contains(name)) {
            (true, _) => "error",
            (false, true) => "gone",
            (false, false) => "ok",
        };
        object([
            ("file", Value::string(name)),
            ("state", Value::string(state)),
            ("errors", list(errors.iter().filter(|e| own(e)))),
            ("warnings", list(api.warnings.iter().filter(|w| own(w)))),
        ])
    });
    let programs = api.programs();
    let programs =
        object([("reachable", number(programs.reachable)), ("made", number(programs.made))]);
    object([
        ("name", Value::string(&api.config.name)),
        ("state", Value::string(if errors.is_empty() { "current" } else { "last good" })),
        ("versions", Value::Array(versions)),
        ("backends", Value::Array(backends.collect())),
        ("programs", programs),
        ("files", Value::Array(files.collect())),
    ])
}

fn list<'f>(found: impl IntoIterator<Item = &'f Finding>) -> Value {
    Value::Array(found.into_iter().map(finding).collect())
}

fn finding(finding: &Finding) -> Value {
    let (line, column) = match finding.position {
        Some((line, column)) => (number(line), number(column)),
        None => (Value::Null, Value::Null),
    };
    let file = if finding.file.is_empty() { Value::Null } else { Value::string(&finding.file) };
    object([
        ("file", file),
        ("line", line),
        ("column", column),
        ("code", Value::string(finding.code)),
        ("reason", Value::string(&finding.message)),
        ("expected", finding.expected.as_deref().map_or(Value::Null, Value::string)),
        ("help", finding.help.as_deref().map_or(Value::Null, Value::string)),
    ])
}

fn number(n: impl std::fmt::Display) -> Value {
    Value::Number(n.to_string().into())
}

fn object<const N: usize>(members: [(&str, Value); N]) -> Value {
    Value::Object(members.into_iter().map(|(k, v)| (Text::from_plain(k), v)).collect())
}
