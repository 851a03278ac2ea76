//! Which API, which version, which operation, which backend: decisions over one snapshot, by
//! the raw path. It sends nothing.

use std::borrow::Cow;
use std::net::IpAddr;
use std::sync::Arc;

use http::header::{ACCESS_CONTROL_REQUEST_METHOD, HOST};
use http::uri::Authority;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Version};

use super::headers;
use super::outcome::Outcome;
use super::own::Asker;
use super::problem::Problem;
use super::record::{Exchange, said};
use crate::api::{Asks, Backend, Rule, Selected, Tell, VersionClash, VersionFrom, VersionPlace};
use crate::message::{self, path, query};
use crate::snapshot::{Api, Route, Snapshot, Wants, Way};
use crate::version::ApiVersion;

/// Where a request goes.
#[derive(Debug)]
pub(super) struct Choice<'a> {
    pub(super) api: &'a Arc<Api>,
    pub(super) route: Route<'a>,
    pub(super) backend: &'a Backend,
    /// The method of the request behind a preflight, where that is known to be one of the route.
    pub(super) behind: Option<Method>,
    /// From the client's version to the backend's.
    pub(super) way: Way,
    /// The client's version.
    pub(super) version: &'a ApiVersion,
    /// The parameter of media types in which the client said it.
    pub(super) media: Option<Box<str>>,
    /// The parameter of the query in which the client said it, and what.
    pub(super) asked: Option<(Box<str>, String)>,
    /// Raw path from the operation on, and query, without what only the gateway is told.
    pub(super) path: String,
    pub(super) query: Option<String>,
    /// What was taken off the path: prefix and version.
    pub(super) stripped: String,
}

impl Choice<'_> {
    /// The head of the request, with these fields.
    pub(super) fn head(&self, headers: HeaderMap) -> message::Head {
        let (path, query) = (self.path.clone(), self.query.clone());
        message::Head { path, query, headers, status: None }
    }

    /// The same, for good: the target is not here any more.
    pub(super) fn take_head(&mut self, headers: HeaderMap) -> message::Head {
        let (path, query) = (std::mem::take(&mut self.path), self.query.take());
        message::Head { path, query, headers, status: None }
    }
}

/// How often a request may come through gateways like this one: more is a circle of backends.
const MOST_PASSES: usize = 8;

/// Refuses what is never forwarded.
pub(super) fn admit<B>(request: &Request<B>) -> Result<(), Problem> {
    if [Method::CONNECT, Method::TRACE].contains(request.method()) {
        return Err(Problem::Method);
    }
    if headers::upgrades(request.headers()) {
        return Err(Problem::Upgrade);
    }
    if headers::coded(request.headers()) {
        return Err(Problem::Coding);
    }
    // One of which two readers may read two hosts (RFC 9112, 3.2).
    let mut hosts = request.headers().get_all(HOST).iter();
    let (first, more) = (hosts.next(), hosts.next().is_some());
    let one = if first.is_none() { request.version() != Version::HTTP_11 } else { !more };
    let header = first.is_none_or(|host| host.to_str().is_ok_and(is_host));
    if !one || !header || !request.uri().authority().is_none_or(|own| is_host(own.as_str())) {
        return Err(Problem::Host);
    }
    if path::has_dots(request.uri().path()) {
        return Err(Problem::Path);
    }
    if headers::passed(request.headers()) >= MOST_PASSES {
        return Err(Problem::Loop(MOST_PASSES));
    }
    let (path, largest) = (request.uri().path_and_query(), super::HEAD);
    let target = path.map_or(0, |path| path.as_str().len());
    if headers::size(request.headers()).saturating_add(target) > largest {
        return Err(Problem::LargeHead(largest));
    }
    Ok(())
}

/// Whether a text names a host, perhaps with a port, and no user (RFC 9110, 4.2.4). It may be empty:
/// so it is of a target without one (RFC 9112, 3.2).
fn is_host(text: &str) -> bool {
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-');
    let (name, port) = text.split_once(':').unwrap_or((text, ""));
    // As nearly all are: no reader could have another opinion of it.
    if !name.is_empty() && name.bytes().all(plain) && port.len() <= 5 && digits(port) {
        return true;
    }
    let Ok(authority) = text.parse::<Authority>() else { return text.is_empty() };
    // Behind an `@` the host is not what the text begins with.
    text.strip_prefix(authority.host())
        .is_some_and(|rest| rest.is_empty() || rest.strip_prefix(':').is_some_and(digits))
}

fn digits(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit())
}

/// The host that a client asked, perhaps with a port.
pub(super) fn host<B>(request: &Request<B>) -> &str {
    let header = request.headers().get(HOST).and_then(|v| v.to_str().ok());
    request.uri().authority().map(Authority::as_str).or(header).unwrap_or_default()
}

/// Decides; what it learns stands in the record even if it fails.
pub(super) fn choose<'a, B>(
    snapshot: &'a Snapshot,
    request: &Request<B>,
    peer: IpAddr,
    record: &mut Exchange,
) -> Result<Choice<'a>, Problem> {
    let (method, headers) = (request.method(), request.headers());
    let (api, path) = find(snapshot, without_port(host(request)), request.uri().path())?;
    record.api = Some(Arc::clone(&api.config.name));
    let shaped = api.config.error.is_some() || api.has_texts();
    record.asker = shaped.then(|| Asker {
        api: Arc::clone(api),
        version: None,
        method: method.clone(),
        path: String::new(),
    });
    record.varies = api.config.headers().collect();
    let asks = Asks { path, query: request.uri().query(), headers };
    let selected = select(api, &asks)?;
    // What is matched is one spelling of the path; what is forwarded is the path as it came.
    let matched = path::plain(selected.path);
    let wanted = Wanted { method, preflight: preflight(method, headers), path: &matched };
    let version = wanted.version(api, &selected)?;
    let own = api.versions().get(version).ok_or(Problem::NoApi)?;
    record.version = Some(own.clone());
    record.tells = tells(api, own);
    if let Some(asker) = &mut record.asker {
        (asker.version, asker.path) = (Some(version), matched.to_string());
    }
    let Some(route) = wanted.route(api, version) else {
        let own = own.to_string();
        return Err(match allowed(api, version, &matched) {
            methods if methods.is_empty() => Problem::NoOperation(own),
            methods => Problem::NoMethod(own, methods),
        });
    };
    if route.wants == Wants::Unnamed {
        if api.config.passes && !api.is_open() {
            record.outcome = Some(Outcome::Unmatched);
        }
        other_spelling(api, &asks)?;
    } else {
        record.operation = Some(Arc::clone(route.name));
    }
    if *method == Method::OPTIONS && headers::hops(headers) == Some(0) {
        return Err(Problem::LastHop(allowed(api, version, &matched)));
    }
    let behind = wanted.behind(&route);
    let rule = wanted.rule(api, own, &route).ok_or(Problem::NoBackend)?;
    record.varies.extend(api.config.varies(rule));
    let backend = api.config.pick(rule, &asks, peer).ok_or(Problem::NoBackend)?;
    record.backend = Some(Arc::clone(&backend.name));
    record.backend_version = Some(backend.version.clone());
    let to = api.version(backend.version.as_str()).ok_or(Problem::NoBackend)?;
    let query = query(api, asks.query, backend).map(Cow::into_owned);
    let path = selected.path.to_owned();
    let stripped = [&*api.config.prefix, selected.segment].concat();
    let media = selected.media.map(Box::from);
    let said = selected.version.map(Cow::into_owned);
    let asked = selected.query.map(Box::from).zip(said);
    let (way, version) = (Way { from: version, to }, own);
    Ok(Choice { api, route, backend, behind, way, version, media, asked, path, query, stripped })
}

/// What is asked of a version: an operation, or by a preflight that one will be.
struct Wanted<'r> {
    method: &'r Method,
    /// The method of the request behind a preflight.
    preflight: Option<Method>,
    path: &'r str,
}

/// The method that a preflight asks for (Fetch, 4.8).
fn preflight(method: &Method, headers: &HeaderMap) -> Option<Method> {
    let wanted = headers.get(ACCESS_CONTROL_REQUEST_METHOD)?;
    (*method == Method::OPTIONS).then(|| Method::from_bytes(wanted.as_bytes()).ok()).flatten()
}

impl Wanted<'_> {
    /// The version of the request. A preflight says none, and any that has its operation, or else its
    /// path, will do.
    fn version(&self, api: &Api, selected: &Selected<'_>) -> Result<usize, Problem> {
        let said = version(api, selected);
        if *self.method != Method::OPTIONS || selected.version.is_some() {
            return said;
        }
        let named = |method: &Method| api.newest(method, self.path);
        let newest = || self.preflight.as_ref().and_then(named).or_else(|| named(self.method));
        match said {
            Err(Problem::NoVersion(_)) => {
                // Where what nobody names passes, one is as good as another.
                let any = || api.config.passes.then(|| api.versions().len().saturating_sub(1));
                newest().or_else(any).ok_or(Problem::NoApi)
            }
            Ok(version) if self.named(api, version).is_some() => Ok(version),
            Ok(version) => Ok(newest().unwrap_or(version)),
            Err(other) => Err(other),
        }
    }

    /// The operation in a version.
    fn route<'a>(&self, api: &'a Api, version: usize) -> Option<Route<'a>> {
        self.named(api, version)
            .or_else(|| api.config.passes.then(|| api.unnamed(version)).flatten())
    }

    fn named<'a>(&self, api: &'a Api, version: usize) -> Option<Route<'a>> {
        let own = api.route(version, self.method, self.path);
        let behind =
            self.preflight.as_ref().filter(|_| own.is_none_or(|o| o.wants != Wants::Itself));
        let behind = behind.and_then(|method| api.route(version, method, self.path));
        let behind = behind.filter(|route| route.wants == Wants::Itself);
        behind.map(|route| Route { wants: Wants::Path, ..route }).or(own)
    }

    /// The method whose rule decides; `None`: any.
    fn decides(&self) -> Option<&str> {
        let method = match *self.method {
            Method::OPTIONS => self.preflight.as_ref()?,
            _ => self.method,
        };
        Some(if *method == Method::HEAD { "GET" } else { method.as_str() })
    }

    /// The method of the request behind a preflight, where the route is that of its operation.
    fn behind(&self, route: &Route<'_>) -> Option<Method> {
        let is_its = route.wants == Wants::Path && self.decides() == Some(route.method);
        self.preflight.clone().filter(|_| is_its)
    }

    /// The rule of the route that decides.
    fn rule<'a>(&self, api: &'a Api, own: &ApiVersion, route: &Route<'_>) -> Option<&'a Rule> {
        let config = &api.config;
        match route.wants {
            Wants::Itself => config.rule(own, Some(route.method), route.template),
            Wants::Path => {
                let behind = self.decides().filter(|method| *method == route.method);
                config.rule(own, behind, route.template)
            }
            Wants::Unnamed => config.rule_of_path(own, self.decides(), self.path),
        }
    }
}

/// The header that tells the client the version of an answer.
pub(super) fn tells(api: &Api, version: &ApiVersion) -> Option<(HeaderName, HeaderValue)> {
    let name = api.config.versions.answer.clone()?;
    Some((name, HeaderValue::from_str(version.as_str()).ok()?))
}

/// Refuses a path that, as many backends read it, is one of an operation that has a name: it would go
/// past its translation.
fn other_spelling(api: &Api, asks: &Asks<'_>) -> Result<(), Problem> {
    let known = |path: &str| {
        let asks = Asks { path, ..*asks };
        select(api, &asks).map_or(true, |selected| api.knows(&path::plain(selected.path)))
    };
    let own = path::plain(asks.path);
    let [within, end] = path::merged(&own);
    if within.is_none() && end.is_none() {
        return Ok(());
    }
    // Who names a path with a slash at its end tells it from the one without.
    let named = known(within.as_deref().unwrap_or(&own));
    let other = if named { within.is_some() } else { end.is_some_and(|end| known(&end)) };
    if other { Err(Problem::Path) } else { Ok(()) }
}

/// The query as the backend gets it.
fn query<'q>(api: &Api, query: Option<&'q str>, backend: &Backend) -> Option<Cow<'q, str>> {
    let mut query = query.map(Cow::Borrowed);
    for from in &api.config.versions.from {
        if let VersionFrom::Query(name) = from {
            query = query.and_then(|own| match own {
                Cow::Borrowed(own) => query::without(own, name),
                Cow::Owned(own) => {
                    query::without(&own, name).map(|left| Cow::Owned(left.into_owned()))
                }
            });
        }
    }
    match &backend.send {
        Some(Tell::Query(name)) => {
            Some(query::with(query.as_deref(), name, backend.version.as_str()).into())
        }
        Some(Tell::Header(_) | Tell::Path | Tell::Media(_)) | None => query,
    }
}

/// The methods that a path has in a version.
fn allowed(api: &Api, version: usize, path: &str) -> String {
    let all = [
        Method::GET,
        Method::HEAD,
        Method::POST,
        Method::PUT,
        Method::PATCH,
        Method::DELETE,
        Method::OPTIONS,
    ];
    let own = all.iter().filter(|method| api.route(version, method, path).is_some());
    own.map(Method::as_str).collect::<Vec<_>>().join(", ")
}

fn find<'a, 'p>(
    snapshot: &'a Snapshot,
    host: &str,
    path: &'p str,
) -> Result<(&'a Arc<Api>, &'p str), Problem> {
    let own = |api: &'a Arc<Api>| {
        let inside = api.config.strip(path).filter(|_| api.config.answers(host))?;
        Some((api, inside))
    };
    snapshot.apis.iter().find_map(own).ok_or(Problem::NoApi)
}

fn select<'p>(api: &'p Api, asks: &Asks<'p>) -> Result<Selected<'p>, Problem> {
    let known = |text: &str| api.version(text).is_some();
    let resource = |path: &str| api.knows(&path::plain(path));
    api.config.select(asks, known, resource).map_err(|VersionClash(clash)| {
        let [one, two] = *clash;
        Problem::TwoVersions(found(&one.0, &one.1), found(&two.0, &two.1))
    })
}

/// Characters of a version that a client names which are told at most.
const LONGEST: usize = 64;

/// What a client says of its version, and where.
fn found(version: &str, place: &VersionPlace) -> String {
    format!("`{}` ({place})", said(version, LONGEST))
}

fn version(api: &Api, selected: &Selected<'_>) -> Result<usize, Problem> {
    let known = || {
        let texts: Vec<_> = api.versions().iter().map(ApiVersion::as_str).collect();
        texts.join(", ")
    };
    match (selected.version.as_deref(), &api.config.versions.default) {
        (Some(own), _) => api
            .serving(own)
            .ok_or_else(|| Problem::UnknownVersion(found(own, &selected.place), known())),
        (None, Some(default)) => {
            api.version(default.as_str()).ok_or_else(|| Problem::NoVersion(known()))
        }
        // Where there is one version there is nothing to say.
        (None, None) if api.versions().len() == 1 => Ok(0),
        (None, None) => Err(Problem::NoVersion(known())),
    }
}

fn without_port(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port)) if digits(port) => name,
        Some(_) | None => host,
    }
}
