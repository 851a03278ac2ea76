//! Reads one member of `apis:`. What a later version of Fishplate will understand is refused by
//! name.

use std::sync::Arc;

use http::HeaderName;
use http::uri::Authority;

use super::{ApiConfig, Backend, OperationPattern, Rule, VersionFrom};
use crate::diagnostic::{Diagnostic, Span};
use crate::document::{Fields, Kind, Member, Node, not_yet};
use crate::message::Template;
use crate::upstream::Target;
use crate::version::ApiVersion;

/// Reads an API, as far as it can be read, and says what is wrong with it: with an error it must not
/// be served.
pub fn parse(member: &Member) -> (ApiConfig, Vec<Diagnostic>) {
    let mut found = Vec::new();
    let mut fields = Fields::new(&member.value, "an API");
    let name = &member.key;
    if name.is_empty() || name.contains(['/', '\\']) || name.starts_with('.') {
        fields.wrong(member.key_span, "the name of an API must be the name of a directory");
    }
    let hosts = hosts(&mut fields);
    let mut named = Vec::new();
    let prefix = prefix(&mut fields);
    let (from, default) = match fields.node("version") {
        Some(node) => version(node, &mut found),
        None => (Vec::new(), None),
    };
    named.extend(default.clone());
    let default = default.map(|(version, _)| version);
    let drops = unmapped(&mut fields);
    only(&mut fields, "unmatched", "refuse");
    fields.later(&["clients", "error"]);
    let members = fields.node("backends").map_or(&[][..], Node::members);
    if members.is_empty() {
        fields.wrong(fields.span(), format!("the API `{name}` has no backend"));
    }
    let backends = members.iter().filter_map(|b| backend(b, &mut named, &mut found)).collect();
    let lone = lone(members);
    let route = match fields.node("route") {
        Some(node) if !matches!(node.kind, Kind::Array(_)) => {
            fields.wrong(node.span, "`route` must be a list");
            Vec::new()
        }
        Some(node) if !node.items().is_empty() => {
            node.items().iter().map(|r| rule(r, members, &mut named, &mut found)).collect()
        }
        Some(_) | None => {
            if members.len() > 1 {
                fields.wrong(fields.span(), "several backends need a `route`");
            }
            // With one backend there is nothing to decide.
            vec![Rule { operations: Vec::new(), versions: Vec::new(), to: 0 }]
        }
    };
    fields.finish(&mut found);
    let name = Arc::from(&**name);
    let api = ApiConfig { name, hosts, prefix, from, default, backends, route, named, lone, drops };
    (api, found)
}

/// Whether extras are dropped where no mapping says what becomes of them.
fn unmapped(fields: &mut Fields<'_>) -> bool {
    let Some((text, span)) = fields.text("unmapped") else { return false };
    if !["pass", "drop"].contains(&text) {
        fields.wrong(span, "`unmapped` must be `pass` or `drop`");
    }
    text == "drop"
}

/// The versions that backends speak, each once, whatever else is wrong with them.
fn lone(members: &[Member]) -> Vec<ApiVersion> {
    let mut lone: Vec<ApiVersion> = Vec::new();
    for member in members {
        let said = member.value.get("version").map(|node| &node.kind);
        if let Some(Kind::String(text) | Kind::Number(text)) = said {
            let version = ApiVersion::new(text);
            if !lone.contains(&version) {
                lone.push(version);
            }
        }
    }
    lone
}

/// The names of hosts; what could never be one in a request is wrong.
fn hosts(fields: &mut Fields<'_>) -> Vec<Box<str>> {
    let mut hosts = Vec::new();
    for (text, span) in fields.texts("hosts") {
        let host = text.parse::<Authority>().ok();
        let host = host.filter(|own| own.host() == text && !text.contains('*'));
        if host.is_none() {
            let what = "is no host; write its whole name alone, without `*`, scheme, port and path";
            fields.wrong(span, format!("`{text}` {what}"));
        }
        hosts.push(text.to_ascii_lowercase().into());
    }
    hosts
}

fn prefix(fields: &mut Fields<'_>) -> Box<str> {
    let Some((text, span)) = fields.text("prefix") else { return Box::default() };
    let trimmed = text.trim_end_matches('/');
    if !trimmed.is_empty() && !trimmed.starts_with('/') {
        fields.wrong(span, "`prefix` must begin with `/`");
    }
    // Compared with raw paths, in which none of these can stand.
    let stray = |c: char| c.is_whitespace() || c.is_control() || "?#{}\\\"<>^`|".contains(c);
    if text.contains(stray) {
        fields.wrong(span, "`prefix` must be a path as it stands in a URL");
    }
    trimmed.into()
}

/// A key of which only the default is supported.
fn only(fields: &mut Fields<'_>, key: &'static str, supported: &str) {
    if let Some((text, span)) = fields.text(key)
        && text != supported
    {
        fields.report(not_yet(span, &format!("{key}: {text}")));
    }
}

fn version(
    node: &Node,
    found: &mut Vec<Diagnostic>,
) -> (Vec<VersionFrom>, Option<(ApiVersion, Span)>) {
    let mut fields = Fields::new(node, "`version`");
    let mut from = Vec::new();
    if let Some(list) = fields.node("from") {
        if !matches!(list.kind, Kind::Array(_)) {
            fields.wrong(list.span, "`from` must be a list");
        }
        from.extend(list.items().iter().filter_map(|item| source(item, found)));
    }
    let default = fields.text("default").map(|(text, span)| (ApiVersion::new(text), span));
    only(&mut fields, "unknown", "refuse");
    fields.later(&["answer"]);
    fields.finish(found);
    (from, default)
}

fn source(node: &Node, found: &mut Vec<Diagnostic>) -> Option<VersionFrom> {
    let mut fields = Fields::new(node, "a place of the version");
    fields.later(&["query", "media-type", "client"]);
    let header = fields.text("header").and_then(|(text, span)| {
        let name = text.parse::<HeaderName>().ok();
        if name.is_none() {
            fields.wrong(span, format!("`{text}` is no name of a header"));
        }
        name.map(VersionFrom::Header)
    });
    let path = fields.text("path").and_then(|(text, span)| {
        let parts = text.strip_prefix('/').and_then(|t| t.split_once("{version}"));
        let parts = parts.filter(|(a, b)| !a.contains('/') && !b.contains('/'));
        if parts.is_none() {
            fields.wrong(span, "`path` must be one segment such as `/v{version}`");
        }
        parts.map(|(before, after)| VersionFrom::Path(before.into(), after.into()))
    });
    if header.is_some() && path.is_some() {
        fields.wrong(node.span, "one place for each element of the list");
    }
    fields.finish(found);
    header.or(path)
}

fn backend(
    member: &Member,
    named: &mut Vec<(ApiVersion, Span)>,
    found: &mut Vec<Diagnostic>,
) -> Option<Backend> {
    let mut fields = Fields::new(&member.value, "a backend");
    let target = fields.required("url").and_then(|(url, span)| match Target::parse(url) {
        Ok(target) => Some(target),
        Err(error) => {
            fields.wrong(span, format!("`url` {error}"));
            None
        }
    });
    let version = fields.required("version").map(|(text, span)| (ApiVersion::new(text), span));
    named.extend(version.clone());
    let version = version.map(|(version, _)| version);
    fields.later(&["send"]);
    fields.finish(found);
    Some(Backend { name: Arc::from(&*member.key), target: target?, version: version? })
}

fn rule(
    node: &Node,
    backends: &[Member],
    named: &mut Vec<(ApiVersion, Span)>,
    found: &mut Vec<Diagnostic>,
) -> Rule {
    let mut fields = Fields::new(node, "a rule of the route");
    fields.later(&["split", "by"]);
    let mut operations = Vec::new();
    for (text, span) in fields.texts("operations") {
        match operation(text, span) {
            Some(pattern) => operations.push(pattern),
            None => {
                fields.wrong(span, format!("`{text}` is no operation; write `GET /orders/{{id}}`"));
            }
        }
    }
    let versions: Vec<_> = fields
        .texts("versions")
        .into_iter()
        .map(|(text, span)| (ApiVersion::new(text), span))
        .collect();
    named.extend(versions.iter().cloned());
    let versions = versions.into_iter().map(|(version, _)| version).collect();
    let to = if node.get("split").is_some() {
        fields.node("to");
        None
    } else {
        fields.required("to").and_then(|to| place(to, backends, &mut fields))
    };
    fields.finish(found);
    // Without a backend it is not served; what it says of operations is looked at all the same.
    Rule { operations, versions, to: to.unwrap_or(backends.len()) }
}

fn place(
    (name, span): (&str, Span),
    backends: &[Member],
    fields: &mut Fields<'_>,
) -> Option<usize> {
    let at = backends.iter().position(|b| *b.key == *name);
    if at.is_none() {
        let known: Vec<_> = backends.iter().map(|b| &*b.key).collect();
        let message = format!("there is no backend `{name}`");
        fields.report(
            Diagnostic::error("F405", span, message)
                .help(format!("backends: {}", known.join(", "))),
        );
    }
    at
}

fn operation(text: &str, span: Span) -> Option<OperationPattern> {
    let (method, path) = text.trim().split_once(' ')?;
    let path = path.trim();
    let starred = |segment: &str| segment == "*";
    let inner = path.rsplit_once('/').map_or("", |(before, _)| before);
    let lower = method.contains(|c: char| c.is_ascii_lowercase());
    if !path.starts_with('/') || method.is_empty() || lower || inner.split('/').any(starred) {
        return None;
    }
    let method = (method != "*").then(|| method.into());
    Some(OperationPattern { method, path: Template::new(path), span })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::Sources;
    use crate::document;

    fn read(text: &str) -> Result<ApiConfig, Vec<String>> {
        let mut sources = Sources::default();
        let file = sources.add("fishplate.yaml", text);
        let root = document::parse(&sources, file).unwrap();
        let (api, found) = parse(&root.members()[0]);
        if found.is_empty() { Ok(api) } else { Err(found.into_iter().map(|d| d.message).collect()) }
    }

    #[test]
    fn reads_what_it_supports() {
        let api = read(
            "orders:
  prefix: /shop/
  version: { from: [{ header: X-V }, { path: '/v{version}' }], default: 2023-01-15 }
  backends: { a: { url: 'http://x:1', version: 2024-06-01 } }
",
        )
        .unwrap();
        assert_eq!(&*api.prefix, "/shop");
        assert_eq!(api.from.len(), 2);
        assert_eq!(api.default.unwrap().as_str(), "2023-01-15");
        assert_eq!(api.route.len(), 1);
    }

    #[test]
    fn names_what_it_does_not() {
        let errors = read(
            "orders:
  hsots: [x]
  version: { from: [{ query: v }], unknown: older, answer: X }
  backends: { a: { url: 'https://x:1', version: 1 } , b: { url: 'http://x', version: 1, send: { header: X } } }
  route: [{ split: { a: 1 }, by: x }, { to: c }]
",
        )
        .unwrap_err();
        for expected in [
            "`query` is not supported yet",
            "`unknown: older` is not supported yet",
            "`answer` is not supported yet",
            "`send` is not supported yet",
            "`split` is not supported yet",
            "unknown key `hsots`",
            "there is no backend `c`",
        ] {
            assert!(errors.iter().any(|e| e == expected), "{expected}: {errors:?}");
        }
    }

    #[test]
    fn operations_of_routes() {
        let mut sources = Sources::default();
        let span = Span { file: sources.add("", ""), start: 0, end: 0 };
        let is = |text: &str| operation(text, span).is_some();
        assert!(is("GET /a/*") && is("* /a/{b}") && is("GET /a*b/c"));
        for wrong in ["GET", "GET a", "get /a", "/a", "GET /a/*/b", " /a"] {
            assert!(!is(wrong), "{wrong}");
        }
    }

    #[test]
    fn what_could_never_match_is_wrong() {
        let with = |line: &str| {
            read(&format!(
                "orders:\n  {line}\n  backends: {{ a: {{ url: 'http://x:1', version: 1 }} }}\n"
            ))
            .map(|_| ())
        };
        for wrong in [
            "hosts: ['x:80']",
            "hosts: ['http://x']",
            "hosts: ['']",
            "hosts: ['x/y']",
            "hosts: ['me@x']",
            "hosts: ['*.x']",
            "hosts: []",
            "route: [{ operations: [], to: a }]",
            "route: [{ versions: [], to: a }]",
            "prefix: '/a b'",
            "prefix: '/a?b'",
            "prefix: '/a#b'",
            "prefix: '/{a}'",
            "route: a",
            "route: { to: a }",
        ] {
            assert_eq!(with(wrong).unwrap_err().len(), 1, "{wrong}");
        }
        for right in
            ["hosts: [x.example, '127.0.0.1', '[::1]', X]", "prefix: /a%20b/~c", "route: []"]
        {
            assert_eq!(with(right), Ok(()), "{right}");
        }
    }

    #[test]
    fn nothing_follows_from_what_cannot_be_read() {
        let two = |url: &str, rest: &str| {
            let good = "{ url: 'http://x:1', version: 2 }";
            let text =
                format!("a:\n  backends: {{ b: {{ url: '{url}', version: 1 }}, c: {good} }}\n");
            read(&format!("{text}  {rest}\n")).map(|_| ()).unwrap_err()
        };
        let bad = "`url` must be an absolute URL such as `http://127.0.0.1:9000`";
        assert_eq!(two("nowhere", "route: [{ to: b }]"), [bad]);
        assert_eq!(two("nowhere", "route: [{ to: d }]"), [bad, "there is no backend `d`"]);
        assert_eq!(two("http://x", "route: [{ to: d }]"), ["there is no backend `d`"]);
        assert_eq!(two("http://x", "route: [{}]"), ["`to` is missing"]);
        assert_eq!(two("http://x", "route: { to: b }"), ["`route` must be a list"]);
        assert_eq!(two("http://x", "route: []"), ["several backends need a `route`"]);
        let lone = "a:\n  backends: { b: { url: nowhere, version: 1 } }\n";
        assert_eq!(read(lone).map(|_| ()).unwrap_err(), [bad]);
        assert_eq!(read("a: {}\n").map(|_| ()).unwrap_err(), ["the API `a` has no backend"]);
    }
}
