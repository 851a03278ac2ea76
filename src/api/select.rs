//! Pure decisions over the configuration of an API: is a request of it, which version does it
//! say, which backend takes it.

use std::borrow::Cow;
use std::fmt;
use std::net::IpAddr;

use http::HeaderName;
use http::header::{ACCEPT, CONTENT_TYPE};

use super::{ApiConfig, Asks, Backend, By, OperationPattern, Rule, To, VersionFrom};
use crate::message::offers::offers;
use crate::message::path::plain;
use crate::message::{Template, header, query};
use crate::version::ApiVersion;

/// What a request says about its version, and its path without what was said there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Selected<'p> {
    /// The text of the version, if it says one.
    pub version: Option<Cow<'p, str>>,
    /// Where it says it first.
    pub place: VersionPlace,
    /// The raw path from the operation on.
    pub path: &'p str,
    /// The leading segment with the version, `/v2`; empty if the path says none.
    pub segment: &'p str,
    /// The parameter of a media type in which it is said.
    pub media: Option<&'p str>,
    /// The parameter of the query in which it is said.
    pub query: Option<&'p str>,
}

/// Where a request says a version.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum VersionPlace {
    /// In its path.
    #[default]
    Path,
    /// In this header.
    Header(HeaderName),
    /// In this parameter of its query.
    Query(Box<str>),
    /// In this parameter of that header.
    Media(HeaderName, Box<str>),
    /// Its client is pinned to it.
    Client,
}

impl fmt::Display for VersionPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Path => f.write_str("path"),
            Self::Header(name) => write!(f, "header {name}"),
            Self::Query(name) => write!(f, "query {name}"),
            Self::Media(header, name) => write!(f, "{name} of header {header}"),
            Self::Client => f.write_str("client"),
        }
    }
}

/// Two places that say different versions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VersionClash(pub Box<[(String, VersionPlace); 2]>);

impl ApiConfig {
    /// Whether it answers to a host (without port).
    pub fn answers(&self, host: &str) -> bool {
        self.hosts.is_empty() || self.hosts.iter().any(|own| own.eq_ignore_ascii_case(host))
    }

    /// The raw path behind the prefix, if it has the prefix, however that is spelled.
    pub fn strip<'p>(&self, path: &'p str) -> Option<&'p str> {
        // No spelling has another number of segments.
        let depth = self.prefix.matches('/').count();
        let end = path.match_indices('/').nth(depth).map_or(path.len(), |(at, _)| at);
        let (own, rest) = path.split_at(end);
        let same = own == &*self.prefix || plain(own) == plain(&self.prefix);
        same.then_some(if rest.is_empty() { "/" } else { rest })
    }

    /// The headers by which one request may be of another version than the next.
    pub fn headers(&self) -> impl Iterator<Item = HeaderName> {
        self.versions.from.iter().filter_map(|from| match from {
            VersionFrom::Header(name) => Some(name.clone()),
            VersionFrom::Media(_) => Some(ACCEPT),
            VersionFrom::Client => self.identity().and_then(super::Key::header),
            VersionFrom::Path(..) | VersionFrom::Query(_) => None,
        })
    }

    /// Where requests say of whom they are.
    pub fn identity(&self) -> Option<&super::Key> {
        Some(&self.clients.as_ref()?.pins.as_ref()?.identity)
    }

    /// What a request says about its version. A leading segment that names no known
    /// version counts as one only if `resource` knows the path behind it, and not the whole.
    pub fn select<'p>(
        &'p self,
        asks: &Asks<'p>,
        known: impl Fn(&str) -> bool,
        resource: impl Fn(&str) -> bool,
    ) -> Result<Selected<'p>, VersionClash> {
        let (place, path) = (VersionPlace::Path, asks.path);
        let (version, media, query) = (None, None, None);
        let mut selected = Selected { version, place, path, segment: "", media, query };
        for from in &self.versions.from {
            match from {
                VersionFrom::Header(name) => {
                    // What is no text names no version either, and that is not to say none.
                    let values = asks.headers.get_all(name).iter();
                    for said in values.map(|v| v.to_str().unwrap_or("?")).flat_map(header::list) {
                        selected.say(said.into(), || VersionPlace::Header(name.clone()))?;
                    }
                }
                VersionFrom::Path(before, after) => {
                    let Some((segment, rest)) = leading(path) else { continue };
                    let Some(said) = inner(segment, before, after) else { continue };
                    if !known(&said) && (resource(path) || !resource(rest)) {
                        continue;
                    }
                    selected.say(said, || VersionPlace::Path)?;
                    selected.path = rest;
                    selected.segment = segment;
                }
                VersionFrom::Query(name) => {
                    let values = query::values(asks.query.unwrap_or_default(), name);
                    for said in values.filter(|said| !said.is_empty()) {
                        selected.query = Some(name);
                        selected.say(said, || VersionPlace::Query(name.clone()))?;
                    }
                }
                VersionFrom::Media(name) => selected.offered(asks, name, &known)?,
                VersionFrom::Client => {}
            }
        }
        if selected.version.is_none() && self.versions.from.contains(&VersionFrom::Client) {
            self.pinned(asks, &mut selected)?;
        }
        Ok(selected)
    }

    /// The version that a client is pinned to. Who is two clients of different versions is refused.
    fn pinned<'p>(
        &'p self,
        asks: &Asks<'p>,
        selected: &mut Selected<'p>,
    ) -> Result<(), VersionClash> {
        let pins = self.clients.as_ref().and_then(|clients| clients.pins.as_ref());
        for (pins, who) in
            pins.iter().flat_map(|pins| pins.who(asks).into_iter().map(move |w| (pins, w)))
        {
            if let Some(version) = pins.of(&who) {
                selected.say(version.as_str().into(), || VersionPlace::Client)?;
            }
        }
        Ok(())
    }

    /// The first rule that matches an operation, as the contract has it; without a method, any of
    /// its path.
    pub fn rule(
        &self,
        version: &ApiVersion,
        method: Option<&str>,
        path: &Template,
    ) -> Option<&Rule> {
        self.first(version, |pattern| pattern.covers(method, path))
    }

    /// The same for an operation that nobody has named, by its raw path.
    pub fn rule_of_path(
        &self,
        version: &ApiVersion,
        method: Option<&str>,
        path: &str,
    ) -> Option<&Rule> {
        self.first(version, |pattern| pattern.matches(method, path))
    }

    fn first(&self, version: &ApiVersion, is: impl Fn(&OperationPattern) -> bool) -> Option<&Rule> {
        self.route.iter().find(|rule| {
            (rule.versions.is_empty() || rule.versions.contains(version))
                && (rule.operations.is_empty() || rule.operations.iter().any(&is))
        })
    }

    /// The backends that a rule leads somebody to.
    pub fn reached(&self, rule: &Rule) -> impl Iterator<Item = &Backend> {
        let all = match &rule.to {
            To::One(to) => vec![*to],
            To::Split(split) => split.backends().collect(),
        };
        all.into_iter().filter_map(|to| self.backends.get(to))
    }

    /// The backend that a rule leads a request to.
    pub fn pick(&self, rule: &Rule, asks: &Asks<'_>, peer: IpAddr) -> Option<&Backend> {
        let to = match &rule.to {
            To::One(to) => *to,
            To::Split(split) => {
                let key = match &split.by {
                    By::Key(key) => Some(key),
                    By::Client => self.identity(),
                    By::Peer => None,
                };
                let own = key.and_then(|key| key.values(asks).into_iter().next());
                split.pick(&own.unwrap_or_else(|| peer.to_canonical().to_string().into()))?
            }
        };
        self.backends.get(to)
    }

    /// The header by which a rule leads one request to another backend than the next.
    pub fn varies(&self, rule: &Rule) -> Option<HeaderName> {
        match &rule.to {
            To::One(_) => None,
            To::Split(split) => match &split.by {
                By::Key(key) => key.header(),
                By::Client => self.identity()?.header(),
                By::Peer => None,
            },
        }
    }
}

impl<'p> Selected<'p> {
    fn say(
        &mut self,
        said: Cow<'p, str>,
        place: impl FnOnce() -> VersionPlace,
    ) -> Result<(), VersionClash> {
        match &self.version {
            Some(before) if *before != said => {
                let before = (before.clone().into_owned(), self.place.clone());
                Err(VersionClash(Box::new([before, (said.into_owned(), place())])))
            }
            Some(_) => Ok(()),
            None => {
                (self.version, self.place) = (Some(said), place());
                Ok(())
            }
        }
    }

    /// What `Accept` and `Content-Type` say in a parameter. Of what is accepted it is the known version
    /// that is wanted most.
    fn offered(
        &mut self,
        asks: &Asks<'p>,
        name: &'p str,
        known: impl Fn(&str) -> bool,
    ) -> Result<(), VersionClash> {
        let said = |header: HeaderName| {
            let values = asks.headers.get_all(header).iter();
            let values = values.map(|value| value.to_str().unwrap_or_default());
            values.flat_map(|value| offers(value, name)).collect::<Vec<_>>()
        };
        let mut accepted = said(ACCEPT);
        accepted.sort_by_key(|offer| std::cmp::Reverse(offer.weight));
        let at = accepted.iter().position(|offer| known(&offer.said)).unwrap_or_default();
        if accepted.len() > at {
            self.media = Some(name);
            let best = accepted.swap_remove(at);
            self.say(best.said, || VersionPlace::Media(ACCEPT, name.into()))?;
        }
        for sent in said(CONTENT_TYPE) {
            self.media = Some(name);
            self.say(sent.said, || VersionPlace::Media(CONTENT_TYPE, name.into()))?;
        }
        Ok(())
    }
}

impl Rule {
    /// Whether every request that another rule is about is its own.
    pub fn holds(&self, other: &Self) -> bool {
        // Without any it is about all of them.
        let versions = self.versions.is_empty()
            || !other.versions.is_empty()
                && other.versions.iter().all(|version| self.versions.contains(version));
        let own = |inner: &OperationPattern| self.operations.iter().any(|own| own.holds(inner));
        let operations = self.operations.is_empty()
            || !other.operations.is_empty() && other.operations.iter().all(own);
        versions && operations
    }
}

impl OperationPattern {
    /// Whether it is about an operation, as a contract has it; without a method, any of its path.
    pub fn covers(&self, method: Option<&str>, path: &Template) -> bool {
        self.allows(method) && self.path.covers(path)
    }

    /// Whether it is about a raw path; without a method, any of its path.
    fn matches(&self, method: Option<&str>, path: &str) -> bool {
        self.allows(method) && self.path.matches(path)
    }

    /// Whether it is about everything that another one is about.
    fn holds(&self, other: &Self) -> bool {
        let methods = self.method.is_none() || other.method == self.method;
        methods && self.path.covers(&other.path)
    }

    fn allows(&self, method: Option<&str>) -> bool {
        let same = |own: &str| method.is_none_or(|method| method == own);
        self.method.as_deref().is_none_or(same)
    }
}

/// What stands between the two in a segment, its slash left out.
fn inner<'p>(segment: &'p str, before: &str, after: &str) -> Option<Cow<'p, str>> {
    let between = |text: &str| {
        let start = text.strip_prefix(before)?.strip_suffix(after)?;
        (!start.is_empty()).then(|| before.len()..before.len().saturating_add(start.len()))
    };
    match plain(segment.get(1..)?) {
        Cow::Borrowed(text) => text.get(between(text)?).map(query::decoded),
        Cow::Owned(text) => Some(query::decoded(text.get(between(&text)?)?).into_owned().into()),
    }
}

/// The leading segment with its slash, and what follows (`/` if nothing).
fn leading(path: &str) -> Option<(&str, &str)> {
    let end = path.get(1..)?.find('/').map_or(path.len(), |at| at.saturating_add(1));
    let (segment, rest) = path.split_at(end);
    Some((segment, if rest.is_empty() { "/" } else { rest }))
}
