//! One API as a configuration has it, beside the versions and operations that there are. It reads no
//! file.

use crate::api::{self, ApiConfig, Order, Rule, VersionFrom};
use crate::authoring::{self, Files};
use crate::compile::Series;
use crate::diagnostic::{Diagnostic, Span, nearest};
use crate::document::{Member, Node};
use crate::message::Template;
use crate::version::ApiVersion;

/// That an API before this one has all of its requests.
pub(super) fn hidden(api: &Configured, before: &[Configured], span: Span) -> Option<Diagnostic> {
    let own = &api.config;
    let hides = |other: &&Configured| {
        let ApiConfig { hosts, prefix, .. } = &other.config;
        let all = own.hosts.iter().all(|host| hosts.contains(host));
        *prefix == own.prefix && all && hosts.is_empty() == own.hosts.is_empty()
    };
    let other = before.iter().filter(|other| other.right && api.right).find(hides)?;
    let message = format!("no request is of `{}`", own.name);
    let which = if own.hosts.is_empty() { "prefix" } else { "hosts and prefix" };
    Some(
        Diagnostic::warning("F409", span, message)
            .label(format!("`{}` is before it and has the same {which}", other.config.name))
            .help("give each a `prefix` or `hosts` of its own"),
    )
}

/// One API as a configuration has it.
#[derive(Clone, Debug)]
pub struct Configured {
    /// What it says.
    pub config: ApiConfig,
    /// Whether nothing is wrong with that alone.
    pub(super) right: bool,
    /// Where its name stands.
    pub(super) name: Span,
    /// Where `version` stands, or else the name.
    version: Span,
    /// Where `route` stands, or else the name.
    pub(super) route: Span,
    /// Paths with the version in them.
    paths: Vec<Written>,
}

/// A path with the version in it, `/v{version}`.
#[derive(Clone, Debug)]
struct Written {
    before: Box<str>,
    after: Box<str>,
    /// Where it is that of a backend: its version.
    version: Option<ApiVersion>,
    span: Span,
}

impl Written {
    fn new(place: &Node, version: Option<ApiVersion>) -> Option<Self> {
        let path = place.get("path")?;
        let (before, after) = path.as_str()?.strip_prefix('/')?.split_once("{version}")?;
        Some(Self { before: before.into(), after: after.into(), version, span: path.span })
    }

    /// Those of an API.
    fn all(member: &Member, config: &ApiConfig) -> Vec<Self> {
        let from = member.value.get("version").and_then(|version| version.get("from"));
        let from = from.map_or(&[][..], Node::items).iter();
        let told = config.backends.iter().filter_map(|backend| {
            let send = member.value.get("backends")?.get(&backend.name)?.get("send")?;
            Self::new(send, Some(backend.version.clone()))
        });
        from.filter_map(|place| Self::new(place, None)).chain(told).collect()
    }

    /// That what stands before `{version}` is in the names of the versions already.
    fn twice(&self, all: &[ApiVersion]) -> Option<Diagnostic> {
        let Self { before, after, version, span } = self;
        let versions = version.as_ref().map_or(all, std::slice::from_ref);
        let begins = |version: &ApiVersion| version.as_str().starts_with(&**before);
        let first =
            versions.first().filter(|_| !before.is_empty() && versions.iter().all(begins))?;
        let what = format!(
            "`/{before}{{version}}{after}` is `/{before}{first}{after}` for version {first}"
        );
        let label =
            format!("`{{version}}` is the whole name, which begins with `{before}` already");
        let help = format!("write `/{{version}}{after}`");
        Some(Diagnostic::warning("F414", *span, what).label(label).help(help))
    }
}

impl Configured {
    /// As a member of `apis:` has it, and what is wrong with that.
    pub(super) fn read(member: &Member) -> (Self, Vec<Diagnostic>) {
        let place = |key| member.value.member(key).map_or(member.key_span, |own| own.key_span);
        let (config, found) = api::parse(member);
        let right = found.is_empty();
        let (version, route) = (place("version"), place("route"));
        let paths = Written::all(member, &config);
        (Self { config, right, name: member.key_span, version, route, paths }, found)
    }

    /// What has no place of its own is said of the API that the configuration names.
    pub fn placed(&self, found: Diagnostic) -> Diagnostic {
        Diagnostic { span: found.span.or(Some(self.name)), ..found }
    }

    /// What the configuration says of versions and operations, beside those that there are.
    pub fn check(&self, series: &Series, files: &Files) -> Vec<Diagnostic> {
        let mut found = self.unknown(series, files);
        found.extend(self.unordered(series));
        if self.right && found.is_empty() {
            found.extend(self.unversioned(series));
            found.extend(self.paths.iter().filter_map(|path| path.twice(&series.versions)));
            found.extend(self.unrouted(series));
            found.extend(self.unmet());
            found.extend(self.nobody());
            found.extend(self.no_error(series));
        }
        found
    }

    /// That nobody can say which version is older than one that is not there.
    fn unordered(&self, series: &Series) -> Option<Diagnostic> {
        let span = self.config.versions.older?;
        let (one, other) = Order::of(&series.versions).err()?;
        let what =
            "`unknown: older` needs versions that are all dates, integers or semantic versions";
        let (label, help) = match other {
            Some(other) => (
                format!("{one} stands before {other} in the history"),
                "their order must be that of the history; write `unknown: refuse`",
            ),
            None => (
                format!("{one} is not as the others are, or is none of these"),
                "such as `2024-06-01`, `12` or `1.4.0`; write `unknown: refuse`",
            ),
        };
        Some(Diagnostic::error("F410", span, what).label(label).help(help))
    }

    /// That no request can be of any version.
    fn unversioned(&self, series: &Series) -> Option<Diagnostic> {
        let ApiConfig { name, versions, .. } = &self.config;
        // Where there is one version there is nothing to say.
        if !versions.from.is_empty() || versions.default.is_some() || series.versions.len() < 2 {
            return None;
        }
        let message = format!("no request can say which version of `{name}` it is of");
        let versions: Vec<_> = series.versions.iter().map(ApiVersion::as_str).collect();
        let versions = versions.join(", ");
        let warning = Diagnostic::warning("F406", self.version, message)
            .label("every request is answered with 400 (`no-version`)");
        Some(warning.help(format!("add `from` or a `default` to `version`; versions: {versions}")))
    }

    /// Rules of the route that no request meets, as one before them is about all of theirs.
    fn unmet(&self) -> Vec<Diagnostic> {
        let rules = &self.config.route;
        let after = rules.iter().enumerate();
        let met = after.filter_map(|(at, rule)| {
            Some((rule, rules.iter().take(at).find(|before| before.holds(rule))?))
        });
        let warning = |(rule, before): (&Rule, &Rule)| {
            Diagnostic::warning("F411", rule.span, "no request meets this rule of the route")
                .label("the first rule that matches decides")
                .also(before.span, "this one takes all of its requests")
                .help("put the rule that is about fewer requests first, or take one of them out")
        };
        met.map(warning).collect()
    }

    /// That the version of clients is asked of a file that pins none.
    fn nobody(&self) -> Option<Diagnostic> {
        let clients = self.config.clients.as_ref()?;
        let pins = clients.pins.as_ref().filter(|pins| pins.named.is_empty())?;
        let asks = self.config.versions.from.contains(&VersionFrom::Client);
        let what = "the file of clients pins nobody, and `client: true` asks it for versions";
        asks.then(|| {
            Diagnostic::warning("F412", pins.span, what)
                .label("no `clients`, or none in it")
                .help("add them, such as `clients: { acme: v1 }`, or take out `client: true`")
        })
    }

    /// That the shape of errors is none that the newest contract has.
    fn no_error(&self, series: &Series) -> Option<Diagnostic> {
        let shape = self.config.error.as_ref()?;
        let says = |word: &str| String::from(if word == "status" { "400" } else { "a text" });
        let said = shape.content_type.to_str().unwrap_or_default();
        let (wrong, help) = authoring::no_error(series, (&shape.body(says), shape.content), said)?;
        let version = series.versions.last()?;
        let message = format!("`body` of `error` is no error of version {version}: {wrong}");
        let help = help.unwrap_or_else(|| String::from("write it as the contract has errors"));
        let warning = Diagnostic::warning("F413", shape.span, message)
            .label("no answer from 400 on has such a body");
        Some(warning.help(help))
    }

    /// That no rule of the route is about some operations.
    fn unrouted(&self, series: &Series) -> Option<Diagnostic> {
        let config = &self.config;
        let versions = series.versions.iter().zip(&series.contracts);
        let all =
            versions.flat_map(|(v, contract)| contract.operations.iter().map(move |o| (v, o)));
        let mut left = all.filter(|(version, own)| {
            config.rule(version, Some(&own.method), &Template::new(&own.path)).is_none()
        });
        let Some((version, first)) = left.next() else { return self.unnamed(series) };
        let more = match left.count() {
            0 => String::new(),
            1 => String::from(" and one other operation"),
            more => format!(" and {more} other operations"),
        };
        let message = format!(
            "no rule of the route is about `{} {}` of version {version}{more}",
            first.method, first.path
        );
        let warning = Diagnostic::warning("F407", self.route, message)
            .label("what no rule is about is answered with 501 (`no-backend`)");
        Some(warning.help("end the route with a rule that has `to` alone"))
    }

    /// That no rule of the route is about what nobody names, where that passes.
    fn unnamed(&self, series: &Series) -> Option<Diagnostic> {
        let every = Template::new("/*");
        let passes = series.is_open() || self.config.passes;
        let mut versions = series.versions.iter().filter(|_| passes);
        let version = versions.find(|v| self.config.rule(v, None, &every).is_none())?;
        let names = if series.is_open() { "mapping names" } else { "contract has" };
        let message = format!(
            "no rule of the route is about operations of version {version} that no {names}"
        );
        let warning = Diagnostic::warning("F407", self.route, message)
            .label("what no rule is about is answered with 501 (`no-backend`)");
        Some(warning.help("end the route with a rule that has `to` alone"))
    }

    /// Versions and operations that the configuration names and the files lack.
    fn unknown(&self, series: &Series, files: &Files) -> Vec<Diagnostic> {
        let config = &self.config;
        let known: Vec<_> = series.versions.iter().map(ApiVersion::as_str).collect();
        let versions =
            config.named.iter().filter(|(version, _)| !series.versions.contains(version));
        let versions = versions.map(|(version, span)| {
            let message = format!("the API `{}` has no version {version}", config.name);
            let versions = match known.as_slice() {
                [] => String::from("it has no version at all"),
                known => format!("versions: {}", known.join(", ")),
            };
            let none = files.without_mapping().map(|none| format!("; {none}"));
            Diagnostic::error("F502", *span, message)
                .help(format!("{versions}{}", none.unwrap_or_default()))
        });
        let operations: Vec<_> = series.contracts.iter().flat_map(|c| &c.operations).collect();
        let operations: Vec<_> =
            operations.iter().map(|o| (&*o.method, Template::new(&o.path))).collect();
        // Without contracts there may be any, and where what they lack passes, too.
        let closed = !series.is_open() && !config.passes;
        let patterns = config.route.iter().filter(|_| closed);
        let nothing = patterns
            .flat_map(|rule| &rule.operations)
            .filter(|own| !operations.iter().any(|(method, path)| own.covers(Some(method), path)))
            .map(|own| {
                let message = format!("no version of `{}` has such an operation", config.name);
                let named = |method: &str, path: &Template| format!("{method} {}", path.as_str());
                let written = own.method.as_ref().map(|method| named(method, &own.path));
                let known: Vec<String> = operations.iter().map(|(m, p)| named(m, p)).collect();
                let known = known.iter().map(String::as_str);
                let near = written.as_ref().and_then(|written| nearest(written, known));
                let help = near.map_or_else(
                    || String::from("write it as the contract has it, such as `GET /orders/{id}`"),
                    |near| format!("did you mean `{near}`?"),
                );
                Diagnostic::error("F405", own.span, message).help(help)
            });
        versions.chain(self.unpinned(series)).chain(nothing).collect()
    }

    /// Versions that clients are pinned to and the files lack.
    fn unpinned(&self, series: &Series) -> Vec<Diagnostic> {
        let pins = self.config.clients.as_ref().and_then(|clients| clients.pins.as_ref());
        let named = pins.iter().flat_map(|pins| &pins.named);
        let unknown = named.filter(|(version, ..)| !series.versions.contains(version));
        let known: Vec<_> = series.versions.iter().map(ApiVersion::as_str).collect();
        let error = |(version, span, times): &(ApiVersion, Span, usize)| {
            let more = match times.saturating_sub(1) {
                0 => String::new(),
                1 => String::from("; one other client is pinned to it"),
                more => format!("; {more} other clients are pinned to it"),
            };
            let message = format!("the API `{}` has no version {version}{more}", self.config.name);
            Diagnostic::error("F502", *span, message)
                .help(format!("versions: {}", known.join(", ")))
        };
        unknown.map(error).collect()
    }
}
