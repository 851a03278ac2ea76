//! What is in force, what is wrong, and what was in force before, as JSON.

use std::collections::BTreeSet;

use super::json::{findings, number, object, strings, time};
use crate::api::{By, To};
use crate::json::{Text, Value};
use crate::snapshot::{
    Api, Change, Difference, Finding, Generation, Reloaded, Report, SourceFile, differences,
};

/// `GET /snapshot`
pub(super) fn report(report: &Report) -> String {
    let apis = report.snapshot.apis.iter().map(|served| api(served, report));
    let apis = Value::Array(apis.collect());
    let none = Vec::new();
    let own = report.errors.get("").unwrap_or(&none);
    let configuration = report.configuration.as_ref().map_or(Value::Null, |file| {
        object([
            ("file", Value::string(&file.name)),
            ("state", Value::string(if own.is_empty() { "ok" } else { "error" })),
            ("sha256", Value::string(&file.digest)),
            ("errors", findings(own)),
        ])
    });
    object([
        ("generation", number(report.snapshot.generation)),
        ("since", report.generations.first().map_or(Value::Null, |now| time(now.since))),
        ("configuration", configuration),
        ("apis", apis),
        ("errors", findings(report.errors.values().flatten())),
        ("warnings", findings(report.warnings())),
    ])
    .to_string()
}

/// `POST /reload`, and `POST /generations/{n}/activate`
pub(super) fn reloaded(reloaded: &Reloaded) -> String {
    object([
        ("generation", number(reloaded.generation)),
        ("changed", strings(reloaded.changed.iter().map(|name| &**name))),
        ("errors", findings(reloaded.errors.values().flatten())),
        ("warnings", findings(&reloaded.warnings)),
    ])
    .to_string()
}

/// `GET /generations`
pub(super) fn generations(report: &Report) -> String {
    let all = report.generations.iter().map(|one| generation(one));
    object([
        ("generation", number(report.snapshot.generation)),
        ("held", strings(report.held.iter().map(|name| &**name))),
        ("generations", Value::Array(all.collect())),
    ])
    .to_string()
}

fn generation(one: &Generation) -> Value {
    object([
        ("generation", number(one.number)),
        ("since", time(one.since)),
        ("by", Value::string(one.cause.as_str())),
        ("of", one.cause.of().map_or(Value::Null, number)),
        ("changed", strings(one.changed.iter().map(|name| &**name))),
        ("apis", strings(one.apis.iter().map(|api| &*api.config.name))),
        ("sha256", Value::string(&one.digest)),
    ])
}

/// `GET /generations/{a}/diff/{b}`
pub(super) fn diff(from: &Generation, to: &Generation) -> String {
    let apis = differences(from, to).iter().map(difference).collect();
    object([
        ("from", number(from.number)),
        ("to", number(to.number)),
        ("same", Value::Bool(from.digest == to.digest)),
        ("apis", Value::Array(apis)),
    ])
    .to_string()
}

fn difference(one: &Difference) -> Value {
    let list = |key: &'static str, all: &[(String, Change)]| {
        let one = |(name, change): &(String, Change)| {
            object([(key, Value::string(name)), ("change", Value::string(change.as_str()))])
        };
        Value::Array(all.iter().map(one).collect())
    };
    object([
        ("name", Value::string(&one.api)),
        ("change", Value::string(one.change.as_str())),
        ("settings", strings(one.settings.iter().map(|key| &**key))),
        ("files", list("file", &one.files)),
        ("versions", list("version", &one.versions)),
    ])
}

fn api(api: &Api, report: &Report) -> Value {
    let name = &*api.config.name;
    let errors = report.errors.get(name).map_or(&[][..], Vec::as_slice);
    let backends = api.config.backends.iter().map(|backend| {
        let target = format!("http://{}{}", backend.target.authority(), backend.target.base());
        object([
            ("name", Value::string(&backend.name)),
            ("url", Value::string(&target)),
            ("version", Value::string(backend.version.as_str())),
        ])
    });
    let state = match (errors.is_empty(), report.held.contains(name)) {
        (false, _) => "last good",
        (true, true) => "rolled back",
        (true, false) => "current",
    };
    let programs = api.programs();
    let programs =
        object([("reachable", number(programs.reachable)), ("made", number(programs.made))]);
    object([
        ("name", Value::string(name)),
        ("state", Value::string(state)),
        ("hosts", strings(api.config.hosts.iter().map(|host| &**host))),
        ("prefix", Value::string(&api.config.prefix)),
        ("versions", strings(api.versions().iter().map(|version| version.as_str()))),
        ("backends", Value::Array(backends.collect())),
        ("route", route(api)),
        ("programs", programs),
        ("files", files(api, errors, report)),
    ])
}

/// The rules of the route, as they are tried; one backend alone needs none.
fn route(api: &Api) -> Value {
    let rules = api.config.route.iter().map(|rule| {
        let operations = rule.operations.iter().map(|own| {
            Value::string(&format!(
                "{} {}",
                own.method.as_deref().unwrap_or("*"),
                own.path.as_str()
            ))
        });
        let name = |at: usize| api.config.backends.get(at).map_or("", |backend| &*backend.name);
        let mut members = vec![
            ("operations", Value::Array(operations.collect())),
            ("versions", strings(rule.versions.iter().map(|version| version.as_str()))),
        ];
        match &rule.to {
            To::One(at) => members.push(("to", Value::string(name(*at)))),
            To::Split(split) => {
                let shares = split.shares.iter().map(|share| {
                    let weight = Value::Number(share.weight.to_string().into());
                    (Text::from_plain(&share.name), weight)
                });
                members.push(("split", Value::Object(shares.collect())));
                members.push(("by", by(&split.by)));
            }
        }
        Value::Object(members.into_iter().map(|(k, v)| (Text::from_plain(k), v)).collect())
    });
    Value::Array(rules.collect())
}

/// What a client of a split is known by, as the configuration has it; null: its address.
fn by(by: &By) -> Value {
    match by {
        By::Key(key) => Value::string(&key.to_string()),
        By::Client => Value::string("client"),
        By::Peer => Value::Null,
    }
}

/// Every file of an API, in force or on the disk.
fn files(api: &Api, errors: &[Finding], report: &Report) -> Value {
    let disk = report.disk.get(&*api.config.name);
    let there = disk.into_iter().flatten();
    let mut names: BTreeSet<&str> = api.files.iter().chain(there).map(|f| &*f.name).collect();
    // One that cannot be read is in none of the two.
    names.extend(errors.iter().map(|e| &*e.file).filter(|file| !file.is_empty()));
    let digest = |files: &[SourceFile], name: &str| {
        files.iter().find(|file| file.name == name).map(|file| file.digest.clone())
    };
    let all = names.into_iter().map(|name| {
        let own = |found: &Finding| found.file == name;
        let served = digest(&api.files, name);
        let newest = disk.map_or_else(|| served.clone(), |disk| digest(disk, name));
        let state = match (&served, &newest) {
            _ if errors.iter().any(own) => "error",
            (Some(_), None) => "gone",
            (None, Some(_)) => "new",
            (served, newest) if served != newest => "superseded",
            _ => "ok",
        };
        let digest = |own: Option<String>| own.map_or(Value::Null, |text| Value::string(&text));
        object([
            ("file", Value::string(name)),
            ("state", Value::string(state)),
            ("sha256", digest(served)),
            ("errors", findings(errors.iter().filter(|e| own(e)))),
            ("warnings", findings(api.warnings.iter().filter(|w| own(w)))),
        ])
    });
    Value::Array(all.collect())
}
