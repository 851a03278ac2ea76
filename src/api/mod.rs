//! What `apis:` says, as data: which requests are of an API, which version they are in, and
//! which backend they go to. It opens no file and no socket.

mod clients;
mod error;
mod key;
mod name;
mod order;
mod parse;
mod route;
mod select;
mod split;

use std::sync::Arc;

use http::HeaderName;

pub use clients::{Clients, Pins};
pub use error::ErrorShape;
pub use key::{Asks, Key};
pub use name::header;
pub use order::Order;
pub use parse::parse;
pub use select::{Selected, VersionClash, VersionPlace};
pub use split::{By, Share, Split};

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
    /// How versions are said.
    pub versions: Versions,
    /// Where requests can go.
    pub backends: Vec<Backend>,
    /// The first that matches decides.
    pub route: Vec<Rule>,
    /// The file of pins.
    pub clients: Option<Clients>,
    /// Every version that it names, and where.
    pub named: Vec<(ApiVersion, Span)>,
    /// The versions of its backends: all that there are of an API without mappings.
    pub lone: Vec<ApiVersion>,
    /// `unmapped: drop`: what its mappings do with extras where they do not say it.
    pub drops: bool,
    /// `unmatched: pass`: an operation that the client's contract does not have goes through.
    pub passes: bool,
    /// What becomes of an answer that should be translated and cannot be.
    pub bad_answers: BadAnswers,
    /// The shape of the gateway's own errors; `None`: problem+json.
    pub error: Option<ErrorShape>,
}

/// `bad-answers`
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum BadAnswers {
    /// The client gets an error instead.
    #[default]
    Refuse,
    /// They go on as they came.
    Pass,
}

/// `version:` of an API.
#[derive(Clone, Debug, Default)]
pub struct Versions {
    /// Where a client may say its version.
    pub from: Vec<VersionFrom>,
    /// The version of a client that says none.
    pub default: Option<ApiVersion>,
    /// `unknown: older`, and where it stands: a version that is not there is the newest one before it.
    pub older: Option<Span>,
    /// The header that tells a client which version it was served in.
    pub answer: Option<HeaderName>,
}

/// A place where a client may say its version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum VersionFrom {
    /// `header: X-Api-Version`
    Header(HeaderName),
    /// `path: "/{version}"`: a leading segment with this before and behind the version.
    Path(Box<str>, Box<str>),
    /// `query: api-version`
    Query(Box<str>),
    /// `media-type: version`: a parameter of `Accept` and `Content-Type`.
    Media(Box<str>),
    /// `client: true`: what this client is pinned to.
    Client,
}

/// A backend.
#[derive(Clone, Debug)]
pub struct Backend {
    /// Its name.
    pub name: Arc<str>,
    /// Where it is; a version that it is told in its path is a part of that.
    pub target: Target,
    /// The version it speaks.
    pub version: ApiVersion,
    /// How it is told that version.
    pub send: Option<Tell>,
}

/// How a backend is told its version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Tell {
    /// In this header.
    Header(HeaderName),
    /// In its path, as its target has it.
    Path,
    /// In this parameter of the query.
    Query(Box<str>),
    /// In this parameter of `Accept` and `Content-Type`.
    Media(Box<str>),
}

/// A rule of the route.
#[derive(Clone, Debug)]
pub struct Rule {
    /// Operations that it is about; none: all.
    pub operations: Vec<OperationPattern>,
    /// Client versions that it is about; none: all.
    pub versions: Vec<ApiVersion>,
    /// Where its requests go.
    pub to: To,
    /// Where it stands.
    pub span: Span,
}

/// Where the requests of a rule go.
#[derive(Clone, Debug)]
pub enum To {
    /// Index of the backend.
    One(usize),
    /// To several, by weight.
    Split(Split),
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
