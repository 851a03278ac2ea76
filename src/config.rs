//! Settings of the process, from `fishplate.yaml`. What reloads (`apis:`) it only hands on.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use http::HeaderName;
use ipnet::IpNet;

use crate::diagnostic::{Diagnostic, FileId, Sources};
use crate::document::{Fields, Kind, Member, Node, parse};
use crate::gateway::Trusted;
use crate::{api, gateway, snapshot, upstream};

/// Levels of a document that may be allowed at most: a translation goes down with them, and its
/// stack is bounded.
const DEEPEST: usize = 256;

/// Generations that may be kept at most: each holds what it was made of.
const MOST_GENERATIONS: usize = 100;

/// Settings of the process; a change of them needs a restart.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where clients connect.
    pub listen: String,
    /// Where operators connect; `None`: nowhere.
    pub admin: Option<String>,
    /// Directory of the mappings.
    pub mappings: PathBuf,
    /// Directory of the contracts.
    pub schemas: PathBuf,
    /// Generations that one can go back to, the one in force included.
    pub generations: usize,
    /// Of the data plane.
    pub gateway: gateway::Config,
    /// Of the connections to backends.
    pub upstream: upstream::Config,
}

impl Config {
    /// Reads the settings; paths become relative to `directory`. What is wrong with one of them stands
    /// beside them, and it has its default; without knowing where the files are there are none.
    pub fn read(
        sources: &Sources,
        file: FileId,
        directory: &Path,
    ) -> (Option<Self>, Vec<Diagnostic>) {
        let root = match parse(sources, file) {
            Ok(root) => root,
            Err(found) => return (None, found),
        };
        let mut found = Vec::new();
        let mut fields = Fields::new(&root, "the configuration");
        let listen = address(&mut fields, "listen").unwrap_or_default();
        if listen.is_empty() && root.get("listen").is_none() && root.is_object() {
            fields.required("listen");
        }
        let admin = address(&mut fields, "admin");
        // Any free port is one for each.
        if admin.as_ref().is_some_and(|admin| *admin == listen && !admin.ends_with(":0")) {
            let span = fields.node("admin").map_or(fields.span(), |node| node.span);
            fields.wrong(span, "`admin` is the address of `listen`; give it another port");
        }
        let mut folder = |key| match fields.node(key) {
            Some(_) => fields.text(key).map(|(text, _)| directory.join(text)),
            None => Some(directory.join(key)),
        };
        let places = folder("mappings").zip(folder("schemas"));
        let generations = fields.count("generations", snapshot::KEPT, MOST_GENERATIONS);
        let mut gateway = gateway::Config {
            outcome: outcome(&mut fields, &root),
            trusted: trusted(&mut fields),
            ..gateway::Config::default()
        };
        if let Some(node) = fields.node("limits") {
            limits(node, &mut gateway, &mut found);
        }
        let upstream = times(fields.node("timeouts"), &mut gateway, &mut found);
        if fields.node("apis").is_none_or(|apis| apis.members().is_empty()) {
            fields.wrong(fields.span(), "`apis` must name at least one API");
        }
        fields.finish(&mut found);
        let of = |(mappings, schemas)| Self {
            listen,
            admin,
            mappings,
            schemas,
            generations,
            gateway,
            upstream,
        };
        (places.map(of), found)
    }

    /// What it says by key, defaults too: a text that is another is another setting.
    pub fn settings(
        sources: &Sources,
        file: FileId,
        directory: &Path,
    ) -> Result<BTreeMap<&'static str, String>, Vec<Diagnostic>> {
        let (own, found) = Self::read(sources, file, directory);
        let Some(own) = own.filter(|_| found.is_empty()) else { return Err(found) };
        let (sizes, times) = (&own.gateway, &own.upstream);
        let time = |time: Duration| format!("{time:?}");
        Ok(BTreeMap::from([
            ("listen", own.listen),
            ("admin", own.admin.unwrap_or_default()),
            ("mappings", own.mappings.display().to_string()),
            ("schemas", own.schemas.display().to_string()),
            ("outcome", sizes.outcome.as_ref().map(ToString::to_string).unwrap_or_default()),
            ("trusted", format!("{:?}", sizes.trusted.0)),
            ("generations", own.generations.to_string()),
            ("limits.body", sizes.body.to_string()),
            ("limits.output", sizes.output.to_string()),
            ("limits.buffered", sizes.buffered.to_string()),
            ("limits.depth", sizes.depth.to_string()),
            ("timeouts.header", time(sizes.header_time)),
            ("timeouts.body", time(sizes.body_time)),
            ("timeouts.drain", time(sizes.drain_time)),
            ("timeouts.connect", time(times.connect)),
            ("timeouts.answer", time(times.answer)),
            ("timeouts.idle", time(times.idle)),
        ]))
    }
}

fn address(fields: &mut Fields<'_>, key: &'static str) -> Option<String> {
    let (text, span) = fields.text(key)?;
    let port = text
        .rsplit_once(':')
        .and_then(|(host, port)| (!host.is_empty()).then(|| port.parse::<u16>().ok()).flatten());
    if port.is_none() {
        fields.wrong(span, format!("`{key}` must be an address such as `127.0.0.1:8080`"));
    }
    Some(text.to_owned())
}

/// Networks, and addresses that are one each.
fn trusted(fields: &mut Fields<'_>) -> Trusted {
    let mut trusted = Trusted::default();
    if fields
        .node("trusted")
        .is_some_and(|node| matches!(&node.kind, Kind::Array(all) if all.is_empty()))
    {
        return trusted;
    }
    for (text, span) in fields.texts("trusted") {
        let network = text.parse::<IpNet>().or_else(|_| text.parse::<IpAddr>().map(IpNet::from));
        match network {
            Ok(network) => trusted.0.push(network.trunc()),
            Err(_) => fields.wrong(
                span,
                format!("`trusted` must name networks such as `10.0.0.0/8`, or addresses; `{text}` is none"),
            ),
        }
    }
    trusted
}

/// The header of answers that tells the outcome.
fn outcome(fields: &mut Fields<'_>, root: &Node) -> Option<HeaderName> {
    let (name, span) = api::header(fields, "outcome", "X-Fishplate-Outcome")?;
    // Which APIs there are reloads; what their answers tell must stay apart all the same.
    let apis = root.get("apis").map_or(&[][..], Node::members).iter();
    let answers = apis.filter_map(|api| Some((api, api.value.get("version")?.get("answer")?)));
    let same = |(_, answer): &(&Member, &Node)| {
        answer.as_str().is_some_and(|own| own.eq_ignore_ascii_case(name.as_str()))
    };
    for (api, answer) in answers.filter(same) {
        let what = format!("`outcome` is the header in which `{}` tells its version", api.key);
        let wrong = Diagnostic::error("F402", span, what).also(answer.span, "`version.answer`");
        fields.report(wrong.help("give each a header of its own"));
    }
    Some(name)
}

fn limits(node: &Node, gateway: &mut gateway::Config, found: &mut Vec<Diagnostic>) {
    let mut fields = Fields::new(node, "`limits`");
    gateway.body = fields.size("body", gateway.body);
    gateway.output = fields.size("output", gateway.output);
    gateway.buffered = fields.size("buffered", gateway.buffered);
    gateway.depth = fields.count("depth", gateway.depth, DEEPEST);
    if fields.are_right() && gateway.body > gateway.buffered {
        let said = |key: &str, size: usize| {
            let default = if node.get(key).is_some() { "" } else { " by default" };
            format!("`{key}` is {}{default}", sized(size))
        };
        let what = "`buffered` must have room for one `body`";
        let label =
            format!("{}, and {}", said("buffered", gateway.buffered), said("body", gateway.body));
        let wrong = Diagnostic::error("F402", node.span, what).label(label);
        fields.report(wrong.help("raise `buffered`, or lower `body`"));
    }
    fields.finish(found);
}

/// A size as it is written.
fn sized(bytes: usize) -> String {
    let whole = |(factor, _): &(usize, &str)| bytes > 0 && bytes.is_multiple_of(*factor);
    let units = [(1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB")];
    let (factor, unit) = units.into_iter().find(whole).unwrap_or((1, " bytes"));
    format!("{}{unit}", bytes.checked_div(factor).unwrap_or(bytes))
}

fn times(
    node: Option<&Node>,
    gateway: &mut gateway::Config,
    found: &mut Vec<Diagnostic>,
) -> upstream::Config {
    let mut upstream = upstream::Config {
        connect: Duration::from_secs(2),
        answer: Duration::from_secs(30),
        idle: Duration::from_mins(1),
    };
    if let Some(node) = node {
        let mut fields = Fields::new(node, "`timeouts`");
        gateway.header_time = fields.duration("header", gateway.header_time);
        gateway.body_time = fields.duration("body", gateway.body_time);
        gateway.drain_time = fields.duration("drain", gateway.drain_time);
        upstream.connect = fields.duration("connect", upstream.connect);
        upstream.answer = fields.duration("answer", upstream.answer);
        upstream.idle = fields.duration("idle", upstream.idle);
        gateway.idle_time = upstream.idle;
        fields.finish(found);
    }
    upstream
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> (Config, Vec<Diagnostic>) {
        let mut sources = Sources::default();
        let file = sources.add("fishplate.yaml", text);
        let (config, found) = Config::read(&sources, file, Path::new("/etc/fishplate"));
        (config.unwrap(), found)
    }

    #[test]
    fn paths_are_relative_to_the_file() {
        let (config, found) =
            read("listen: 127.0.0.1:0\nmappings: m\nlimits: {body: 1KiB}\napis: {a: {}}");
        assert_eq!(found, []);
        assert_eq!(config.mappings, Path::new("/etc/fishplate/m"));
        assert_eq!(config.schemas, Path::new("/etc/fishplate/schemas"));
        assert_eq!(config.gateway.body, 1024);
        assert_eq!(config.upstream.connect, Duration::from_secs(2));
    }

    #[test]
    fn unknown_keys_are_errors_with_a_suggestion() {
        let (_, found) = read("lissten: x:1\nlimits: {bdy: 1}\ntimeouts: {body: 3}");
        let text: Vec<_> = found
            .iter()
            .map(|d| format!("{} {}", d.message, d.help.as_deref().unwrap_or("")))
            .collect();
        assert!(
            text.iter().any(|t| t == "unknown key `lissten` did you mean `listen`?"),
            "{text:?}"
        );
        assert!(text.iter().any(|t| t == "unknown key `bdy` did you mean `body`?"), "{text:?}");
        assert!(text.iter().any(|t| t.starts_with("`3` is no duration")), "{text:?}");
        assert!(text.iter().any(|t| t.starts_with("`listen` is missing")), "{text:?}");
    }

    #[test]
    fn the_outcome_has_a_header_of_its_own() {
        let said = |name: &str| {
            let (config, found) =
                read(&format!("listen: 'x:1'\noutcome: {name}\napis: {{a: {{}}}}"));
            (config.gateway.outcome.map(|name| name.to_string()), found.len())
        };
        assert_eq!(said("X-Fishplate-Outcome"), (Some("x-fishplate-outcome".into()), 0));
        for wrong in ["Content-Length", "connection", "'a b'", "Set-Cookie", "X-Request-Id", "[x]"]
        {
            assert_eq!(said(wrong), (None, 1), "{wrong}");
        }
    }

    #[test]
    fn two_listeners_have_two_addresses() {
        let said = |admin: &str| {
            let (_, found) = read(&format!("listen: 'x:1'\nadmin: '{admin}'\napis: {{a: {{}}}}"));
            found.into_iter().map(|d| d.message).collect::<Vec<_>>()
        };
        assert_eq!(said("x:2"), Vec::<String>::new());
        assert_eq!(said("x:1"), ["`admin` is the address of `listen`; give it another port"]);
        let (_, found) = read("listen: x:0\nadmin: x:0\napis: {a: {}}");
        assert_eq!(found, []);
    }

    #[test]
    fn nothing_follows_from_what_cannot_be_read() {
        let said = |limits: &str| {
            let (config, found) =
                read(&format!("listen: x:1\nlimits: {limits}\napis: {{a: {{}}}}"));
            assert_eq!(config.schemas, Path::new("/etc/fishplate/schemas"));
            found.into_iter().map(|d| d.message).collect::<Vec<_>>()
        };
        assert_eq!(said("{ body: 2KiB, buffered: 1KiB }").len(), 1);
        assert_eq!(said("{ body: 512MiB }").len(), 1);
        assert_eq!(said("{ body: much, buffered: 1KiB }").len(), 1);
        assert_eq!(said("{ body: 2KiB, buffered: much }").len(), 1);
        let mut sources = Sources::default();
        let file = sources.add("f", "listen: x:1\nmappings: [m]\napis: {a: {}}");
        let (config, found) = Config::read(&sources, file, Path::new(""));
        assert!(config.is_none(), "nobody knows where the mappings are");
        assert_eq!(found.len(), 1, "{found:?}");
    }
}
