//! Pure decisions over the configuration of an API: is a request of it, which version does it
//! say, which backend takes it.

use std::fmt;

use http::{HeaderMap, HeaderName};

use super::{ApiConfig, Backend, OperationPattern, VersionFrom};
use crate::message::{Template, header};
use crate::version::ApiVersion;

/// What a request says about its version, and its path without what was said there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Selected<'p> {
    /// The text of the version, if it says one.
    pub version: Option<&'p str>,
    /// Where it says it first.
    pub place: VersionPlace,
    /// The raw path from the operation on.
    pub path: &'p str,
    /// The leading segment with the version, `/v2`; empty if the path says none.
    pub segment: &'p str,
}

/// Where a request says a version.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum VersionPlace {
    /// In its path.
    #[default]
    Path,
    /// In this header.
    Header(HeaderName),
}

impl fmt::Display for VersionPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Path => f.write_str("path"),
            Self::Header(name) => write!(f, "header {name}"),
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

    /// The path behind the prefix, if it has the prefix.
    pub fn strip<'p>(&self, path: &'p str) -> Option<&'p str> {
        match path.strip_prefix(&*self.prefix)? {
            "" => Some("/"),
            rest if rest.starts_with('/') => Some(rest),
            _ => None,
        }
    }

    /// The headers that may say a version.
    pub fn headers(&self) -> impl Iterator<Item = &HeaderName> {
        self.from.iter().filter_map(|from| match from {
            VersionFrom::Header(name) => Some(name),
            VersionFrom::Path(..) => None,
        })
    }

    /// What a request says about its version. A leading segment that names no known
    /// version counts as one only if `resource` knows the path behind it, and not the whole.
    pub fn select<'p>(
        &self,
        path: &'p str,
        headers: &'p HeaderMap,
        known: impl Fn(&str) -> bool,
        resource: impl Fn(&str) -> bool,
    ) -> Result<Selected<'p>, VersionClash> {
        let mut selected = Selected { version: None, place: VersionPlace::Path, path, segment: "" };
        for from in &self.from {
            match from {
                VersionFrom::Header(name) => {
                    // What is no text names no version either, and that is not to say none.
                    let values = headers.get_all(name).iter().map(|v| v.to_str().unwrap_or("?"));
                    for said in values.flat_map(header::list) {
                        selected.say(said, || VersionPlace::Header(name.clone()))?;
                    }
                }
                VersionFrom::Path(before, after) => {
                    let Some((segment, rest)) = leading(path) else { continue };
                    let said = segment
                        .get(1..)
                        .and_then(|s| s.strip_prefix(&**before))
                        .and_then(|s| s.strip_suffix(&**after))
                        .filter(|said| !said.is_empty());
                    let Some(said) = said else { continue };
                    if !known(said) && (resource(path) || !resource(rest)) {
                        continue;
                    }
                    selected.say(said, || VersionPlace::Path)?;
                    selected.path = rest;
                    selected.segment = segment;
                }
            }
        }
        Ok(selected)
    }

    /// The backend of the first rule that matches an operation, as the contract has it; without
    /// a method, any of its path.
    pub fn backend(
        &self,
        version: &ApiVersion,
        method: Option<&str>,
        path: &Template,
    ) -> Option<&Backend> {
        self.first(version, |pattern| pattern.covers(method, path))
    }

    /// The same for an operation that nobody has named, by its raw path.
    pub fn backend_of_path(
        &self,
        version: &ApiVersion,
        method: Option<&str>,
        path: &str,
    ) -> Option<&Backend> {
        self.first(version, |pattern| pattern.matches(method, path))
    }

    fn first(
        &self,
        version: &ApiVersion,
        is: impl Fn(&OperationPattern) -> bool,
    ) -> Option<&Backend> {
        let rule = self.route.iter().find(|rule| {
            (rule.versions.is_empty() || rule.versions.contains(version))
                && (rule.operations.is_empty() || rule.operations.iter().any(&is))
        })?;
        self.backends.get(rule.to)
    }
}

impl<'p> Selected<'p> {
    fn say(
        &mut self,
        said: &'p str,
        place: impl FnOnce() -> VersionPlace,
    ) -> Result<(), VersionClash> {
        match self.version {
            Some(before) if before != said => {
                let before = (before.to_owned(), self.place.clone());
                Err(VersionClash(Box::new([before, (said.to_owned(), place())])))
            }
            Some(_) => Ok(()),
            None => {
                (self.version, self.place) = (Some(said), place());
                Ok(())
            }
        }
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

    fn allows(&self, method: Option<&str>) -> bool {
        let same = |own: &str| method.is_none_or(|method| method == own);
        self.method.as_deref().is_none_or(same)
    }
}

/// The leading segment with its slash, and what follows (`/` if nothing).
fn leading(path: &str) -> Option<(&str, &str)> {
    let end = path.get(1..)?.find('/').map_or(path.len(), |at| at.saturating_add(1));
    let (segment, rest) = path.split_at(end);
    Some((segment, if rest.is_empty() { "/" } else { rest }))
}
