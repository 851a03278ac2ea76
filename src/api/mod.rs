//! What `apis:` says, as data: which requests are of an API, which version they are in, and
//! which backend they go to. It opens no file and no socket.

mod parse;
mod select;

use std::sync::Arc;

use http::HeaderName;

pub use parse::parse;
pub use select::{Selected, VersionClash, VersionPlace};

use crate::diagnostic::Span;
use crate::message::Template;
use crate::upstream::Target;
use crate::version::ApiVersion;

/// One API.
#[derive(Clone, Debug)]
pub struct ApiConfig {
    /// Its name; the directory of its mappings and schemas.
    pub name: Arc<str>,
    /// Hosts that it answers to, in lower case; none: all.
    pub hosts: Vec<Box<str>>,
    /// Path before all of its paths: empty or `/shop`.
    pub prefix: Box<str>,
    /// Where a client may say its version.
    pub from: Vec<VersionFrom>,
    /// The version of a client that says none.
    pub default: Option<ApiVersion>,
    /// Where requests can go.
    pub backends: Vec<Backend>,
    /// The first that matches decides.
    pub route: Vec<Rule>,
    /// Every version that it names, and where.
    pub named: Vec<(ApiVersion, Span)>,
    /// The versions of its backends: all that there are of an API without mappings.
    pub lone: Vec<ApiVersion>,
    /// `unmapped: drop`: what its mappings do with extras where they do not say it.
    pub drops: bool,
}

/// A place where a client may say its version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum VersionFrom {
    /// `header: X-Api-Version`
    Header(HeaderName),
    /// `path: "/v{version}"`: a leading segment with this before and behind the version.
    Path(Box<str>, Box<str>),
}

/// A backend.
#[derive(Clone, Debug)]
pub struct Backend {
    /// Its name.
    pub name: Arc<str>,
    /// Where it is.
    pub target: Target,
    /// The version it speaks.
    pub version: ApiVersion,
}

/// A rule of the route.
#[derive(Clone, Debug)]
pub struct Rule {
    /// Operations that it is about; none: all.
    pub operations: Vec<OperationPattern>,
    /// Client versions that it is about; none: all.
    pub versions: Vec<ApiVersion>,
    /// Index of the backend.
    pub to: usize,
}

/// `GET /reports/*`, `* /orders/{id}`
#[derive(Clone, Debug)]
pub struct OperationPattern {
    /// `None`: any.
    pub method: Option<Box<str>>,
    /// Compared with the operation's own template.
    pub path: Template,
    /// Where it stands.
    pub span: Span,
}
