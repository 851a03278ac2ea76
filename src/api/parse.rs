//! Reads one member of `apis:`. What a later version of Fishplate will understand is refused by
//! name.

use std::sync::Arc;

use http::HeaderName;
use http::uri::Authority;

use super::key::is_token;
use super::route::{Said, default, rule};
use super::{ApiConfig, Backend, BadAnswers, Clients, ErrorShape, Tell, VersionFrom, Versions};
use crate::diagnostic::{Diagnostic, Span};
use crate::document::{Fields, Kind, Member, Node};
use crate::message::path::has_dots;
use crate::message::query;
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
    let versions = match fields.node("version") {
        Some(node) => version(node, &mut named, &mut found),
        None => Versions::default(),
    };
    let drops = choice(&mut fields, "unmapped", ["pass", "drop"]) == Some(1);
    let passes = choice(&mut fields, "unmatched", ["refuse", "pass"]) == Some(1);
    let bad_answers = match choice(&mut fields, "bad-answers", ["refuse", "pass"]) {
        Some(1) => BadAnswers::Pass,
        Some(_) | None => BadAnswers::Refuse,
    };
    let error = fields.node("error").and_then(|node| ErrorShape::parse(node, &mut found));
    let clients = fields.text("clients").map(|(file, span)| Clients::new(file, span));
    let members = fields.node("backends").map_or(&[][..], Node::members);
    if members.is_empty() {
        fields.wrong(fields.span(), format!("the API `{name}` has no backend"));
    }
    let backends = members.iter().filter_map(|b| backend(b, &mut named, &mut found)).collect();
    let lone = lone(members);
    let mut said = Said { backends: members, named: &mut named, by_client: None };
    let route = match fields.node("route") {
        Some(node) if !matches!(node.kind, Kind::Array(_)) => {
            fields.wrong(node.span, "`route` must be a list");
            Vec::new()
        }
        Some(node) if !node.items().is_empty() => {
            node.items().iter().map(|r| rule(r, &mut said, &mut found)).collect()
        }
        Some(_) | None => {
            if members.len() > 1 {
                fields.wrong(fields.span(), "several backends need a `route`");
            }
            vec![default(fields.span())]
        }
    };
    let pinned = said.by_client.or_else(|| pinned(&member.value));
    pins(&mut fields, clients.as_ref(), pinned);
    fields.finish(&mut found);
    let name = Arc::from(&**name);
    let api = ApiConfig {
        name,
        hosts,
        prefix,
        versions,
        backends,
        route,
        clients,
        named,
        lone,
        drops,
        passes,
        bad_answers,
        error,
    };
    (api, found)
}

/// Where `client: true` stands.
fn pinned(api: &Node) -> Option<Span> {
    let mut from = api.get("version")?.get("from")?.items().iter();
    from.find_map(|place| Some(place.member("client")?.key_span))
}

/// Pins and whoever asks for them belong together.
fn pins(fields: &mut Fields<'_>, clients: Option<&Clients>, asked: Option<Span>) {
    match (clients, asked) {
        (None, Some(span)) if fields.node("clients").is_none() => {
            let missing = Diagnostic::error("F403", span, "`clients` is missing");
            let help = "add `clients: clients.yaml` to the API: the file says who a client is";
            fields.report(missing.help(help));
        }
        (Some(clients), None) => fields.report(
            Diagnostic::error("F402", clients.span, "nothing asks for `clients`")
                .help("add `client: true` to `version.from`, or `by: client` to a `split`"),
        ),
        (Some(_), Some(_)) | (None, _) => {}
    }
}

/// Which of the words of a key is said.
fn choice(fields: &mut Fields<'_>, key: &'static str, words: [&str; 2]) -> Option<usize> {
    let (text, span) = fields.text(key)?;
    let at = words.iter().position(|word| *word == text);
    if at.is_none() {
        let [one, other] = words;
        fields.wrong(span, format!("`{key}` must be `{one}` or `{other}`"));
    }
    at
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

/// What can stand in no raw path.
fn is_stray(c: char) -> bool {
    c.is_whitespace() || c.is_control() || "?#{}\\\"<>^`|".contains(c)
}

fn prefix(fields: &mut Fields<'_>) -> Box<str> {
    let Some((text, span)) = fields.text("prefix") else { return Box::default() };
    let trimmed = text.trim_end_matches('/');
    if !trimmed.is_empty() && !trimmed.starts_with('/') {
        fields.wrong(span, "`prefix` must begin with `/`");
    }
    // Compared with raw paths.
    if text.contains(is_stray) {
        fields.wrong(span, "`prefix` must be a path as it stands in a URL");
    }
    if has_dots(text) {
        fields
            .wrong(span, "`prefix` must have no segment `.` or `..`: paths that have are refused");
    }
    trimmed.into()
}

fn version(
    node: &Node,
    named: &mut Vec<(ApiVersion, Span)>,
    found: &mut Vec<Diagnostic>,
) -> Versions {
    let mut fields = Fields::new(node, "`version`");
    let mut from = Vec::new();
    if let Some(list) = fields.node("from") {
        if !matches!(list.kind, Kind::Array(_)) {
            fields.wrong(list.span, "`from` must be a list");
        }
        from.extend(list.items().iter().filter_map(|item| source(item, found)));
    }
    let default = fields.text("default").map(|(text, span)| (ApiVersion::new(text), span));
    named.extend(default.clone());
    let default = default.map(|(version, _)| version);
    let older = choice(&mut fields, "unknown", ["refuse", "older"]) == Some(1);
    let older = fields.text("unknown").filter(|_| older).map(|(_, span)| span);
    let answer = header(&mut fields, "answer");
    fields.finish(found);
    Versions { from, default, older, answer }
}

fn source(node: &Node, found: &mut Vec<Diagnostic>) -> Option<VersionFrom> {
    let mut fields = Fields::new(node, "a place of the version");
    let header = header(&mut fields, "header").map(VersionFrom::Header);
    let path = path(&mut fields).map(|(before, after)| VersionFrom::Path(before, after));
    let query = parameter(&mut fields, "query", |_| true).map(VersionFrom::Query);
    let media = parameter(&mut fields, "media-type", is_media).map(VersionFrom::Media);
    let client = fields.node("client").and_then(|own| {
        if own.as_bool() != Some(true) {
            fields.wrong(own.span, "`client` must be `true`");
        }
        (own.as_bool() == Some(true)).then_some(VersionFrom::Client)
    });
    one(&mut fields, node);
    fields.finish(found);
    header.or(path).or(query).or(media).or(client)
}

/// That an object says exactly one thing.
fn one(fields: &mut Fields<'_>, node: &Node) {
    let said = node.members().iter().filter(|m| m.value.kind != Kind::Null).count();
    if node.is_object() && said != 1 {
        fields.wrong(node.span, "one place for each, such as `{ header: X-Api-Version }`");
    }
}

fn header(fields: &mut Fields<'_>, key: &'static str) -> Option<HeaderName> {
    super::name::header(fields, key, "X-Api-Version").map(|(name, _)| name)
}

fn path(fields: &mut Fields<'_>) -> Option<(Box<str>, Box<str>)> {
    let (text, span) = fields.text("path")?;
    let parts = text.strip_prefix('/').and_then(|t| t.split_once("{version}"));
    let whole = |part: &str| !part.contains(|c| c == '/' || is_stray(c));
    let parts = parts.filter(|(a, b)| whole(a) && whole(b));
    if parts.is_none() {
        fields.wrong(span, "`path` must be one segment such as `/{version}`");
    }
    parts.map(|(before, after)| (before.into(), after.into()))
}

/// The name of a parameter.
fn parameter(
    fields: &mut Fields<'_>,
    key: &'static str,
    is: impl Fn(&str) -> bool,
) -> Option<Box<str>> {
    let (text, span) = fields.text(key)?;
    if text.is_empty() || !is(text) {
        fields.wrong(span, format!("`{text}` is no name of a parameter"));
        return None;
    }
    Some(text.into())
}

/// Whether a parameter of a media type is free to be the version's.
fn is_media(name: &str) -> bool {
    let taken = ["q", "charset", "boundary"].iter().any(|own| name.eq_ignore_ascii_case(own));
    is_token(name) && !taken
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
    let (send, segment) = match fields.node("send") {
        Some(node) => send(node, version.as_ref(), found),
        None => (None, None),
    };
    fields.finish(found);
    let target = match segment {
        Some(segment) => target?.within(&segment),
        None => target?,
    };
    Some(Backend { name: Arc::from(&*member.key), target, version: version?, send })
}

/// How a backend is told its version, and what of that stands before its paths.
fn send(
    node: &Node,
    version: Option<&ApiVersion>,
    found: &mut Vec<Diagnostic>,
) -> (Option<Tell>, Option<String>) {
    let mut fields = Fields::new(node, "`send`");
    let header = header(&mut fields, "header").map(Tell::Header);
    if header.is_some() && version.is_some_and(|v| http::HeaderValue::from_str(v.as_str()).is_err())
    {
        fields.wrong(node.span, "this version cannot be written in a header");
    }
    let path = path(&mut fields);
    let query = parameter(&mut fields, "query", |_| true).map(Tell::Query);
    let media = parameter(&mut fields, "media-type", is_media).map(Tell::Media);
    one(&mut fields, node);
    fields.finish(found);
    let segment = path.zip(version).map(|((before, after), version)| {
        format!("/{before}{}{after}", query::encoded(version.as_str()))
    });
    let path = segment.as_ref().map(|_| Tell::Path);
    (header.or(path).or(query).or(media), segment)
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
  version:
    from:
      - { header: X-V }
      - { path: '/v{version}' }
      - { query: api-version }
      - { media-type: version }
      - { client: true }
    default: 2023-01-15
    unknown: older
    answer: X-V
  unmatched: pass
  bad-answers: pass
  backends:
    a: { url: 'http://x:1/a/', version: 2024-06-01, send: { path: '/v{version}' } }
    b: { url: 'http://x:1', version: 2023-01-15, send: { query: v } }
  route: [{ split: { a: 1, b: 0 }, by: cookie.c }, { to: a }]
  clients: clients.yaml
",
        )
        .unwrap();
        assert_eq!(&*api.prefix, "/shop");
        assert_eq!(api.versions.from.len(), 5);
        assert_eq!(api.versions.default.as_ref().unwrap().as_str(), "2023-01-15");
        assert!(api.versions.older.is_some() && api.passes);
        assert_eq!(api.bad_answers, BadAnswers::Pass);
        assert_eq!(api.backends[0].target.base(), "/a/v2024-06-01");
        assert_eq!(api.backends[1].send, Some(Tell::Query("v".into())));
        assert_eq!(api.route.len(), 2);
        let reached = |rule| api.reached(rule).map(|b| &*b.name).collect::<Vec<_>>();
        assert_eq!(reached(&api.route[0]), ["a"]);
        assert_eq!(&*api.clients.as_ref().unwrap().file, "clients.yaml");
    }

    #[test]
    fn names_what_it_does_not() {
        let errors = read(
            "orders:
  hsots: [x]
  error: {}
  unmatched: maybe
  bad-answers: drop
  version: { from: [{ query: '' }, { media-type: q }, {}, { client: false }], unknown: newer, answer: Host }
  backends:
    a: { url: 'https://x:1', version: 1 }
    b: { url: 'http://x', version: 1, send: { header: X, query: v } }
  route:
    - { split: { a: 1, d: 1 }, by: x, to: a }
    - { to: c, by: client }
    - { split: { a: -1 } }
    - { split: { a: 0, b: 0 } }
    - { split: [a] }
",
        )
        .unwrap_err();
        let one = "one place for each, such as `{ header: X-Api-Version }`";
        for expected in [
            "`error` needs `body`: the document of an error",
            "`unmatched` must be `refuse` or `pass`",
            "`bad-answers` must be `refuse` or `pass`",
            "`` is no name of a parameter",
            "`q` is no name of a parameter",
            one,
            "`client` must be `true`",
            "`unknown` must be `refuse` or `older`",
            "the header `Host` has another meaning",
            "unknown key `hsots`",
            "there is no backend `c`",
            "there is no backend `d`",
            "a rule has either `to` or `split`",
            "`by` belongs to a `split`",
            "`clients` is missing",
            "a weight is a whole number from 0 to 4294967295",
            "one weight at least must be more than 0",
            "`split` must be an object such as `{ old: 90, new: 10 }`",
        ] {
            assert!(errors.iter().any(|e| e == expected), "{expected}: {errors:?}");
        }
        assert_eq!(errors.iter().filter(|e| *e == one).count(), 2, "{errors:?}");
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
            "prefix: /a/../b",
            "prefix: /a/%2e",
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
