//! Which API, which version, which operation, which backend: decisions over one snapshot, by
//! the raw path. It sends nothing.

use std::sync::Arc;

use http::header::HOST;
use http::uri::Authority;
use http::{HeaderMap, Method, Request, Version};

use super::headers;
use super::problem::Problem;
use super::record::{Exchange, said};
use crate::api::{Backend, Selected, VersionClash, VersionPlace};
use crate::message;
use crate::snapshot::{Api, Route, Snapshot, Wants, Way};
use crate::version::ApiVersion;

/// Where a request goes.
#[derive(Debug)]
pub(super) struct Choice<'a> {
    pub(super) api: &'a Arc<Api>,
    pub(super) route: Route<'a>,
    pub(super) backend: &'a Backend,
    /// From the client's version to the backend's.
    pub(super) way: Way,
    /// Raw path from the operation on, and query, as they came.
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
}

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
    record: &mut Exchange,
) -> Result<Choice<'a>, Problem> {
    let path = request.uri().path();
    let (api, inside) = find(snapshot, without_port(host(request)), path)?;
    record.api = Some(Arc::clone(&api.config.name));
    record.varies = api.config.headers().cloned().collect();
    let selected = select(api, inside, request.headers())?;
    let version = version(api, &selected);
    // A preflight says no version, and any operation of its path will do.
    let free = *request.method() == Method::OPTIONS && selected.version.is_none();
    let has = |version: usize| api.route(version, request.method(), selected.path).is_some();
    let version = match version {
        Err(Problem::NoVersion(_)) if free => {
            api.newest(request.method(), selected.path).ok_or(Problem::NoApi)?
        }
        Ok(version) if free && !has(version) => {
            api.newest(request.method(), selected.path).unwrap_or(version)
        }
        version => version?,
    };
    record.version = api.versions().get(version).map(ToString::to_string);
    let own = api.versions().get(version).ok_or(Problem::NoApi)?;
    let route = api
        .route(version, request.method(), selected.path)
        .ok_or_else(|| Problem::NoOperation(own.to_string()))?;
    if route.wants != Wants::Unnamed {
        record.operation = Some(format!("{} {}", route.method, route.template.as_str()));
    }
    if *request.method() == Method::OPTIONS && headers::hops(request.headers()) == Some(0) {
        return Err(Problem::LastHop(allowed(api, version, selected.path)));
    }
    let backend = match route.wants {
        Wants::Itself => api.config.backend(own, Some(route.method), route.template),
        Wants::Path => api.config.backend(own, None, route.template),
        Wants::Unnamed => {
            let method = match *request.method() {
                // As of one that has a name.
                Method::HEAD => Some("GET"),
                Method::OPTIONS => None,
                _ => Some(request.method().as_str()),
            };
            api.config.backend_of_path(own, method, selected.path)
        }
    };
    let backend = backend.ok_or(Problem::NoBackend)?;
    record.backend = Some(Arc::clone(&backend.name));
    record.backend_version = Some(backend.version.to_string());
    let to = api.version(backend.version.as_str()).ok_or(Problem::NoBackend)?;
    let query = request.uri().query().map(String::from);
    let path = selected.path.to_owned();
    let stripped = format!("{}{}", api.config.prefix, selected.segment);
    Ok(Choice { api, route, backend, way: Way { from: version, to }, path, query, stripped })
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

fn select<'p>(api: &Api, path: &'p str, headers: &'p HeaderMap) -> Result<Selected<'p>, Problem> {
    let known = |text: &str| api.version(text).is_some();
    api.config.select(path, headers, known, |path| api.knows(path)).map_err(
        |VersionClash(clash)| {
            let [one, two] = *clash;
            Problem::TwoVersions(found(&one.0, &one.1), found(&two.0, &two.1))
        },
    )
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
    match (selected.version, &api.config.default) {
        (Some(own), _) => api
            .version(own)
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
