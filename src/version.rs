//! Versions of an API and the directions between them. Their order is their place in the
//! history of the API, never their text; that order is kept by `mapping::History`.

use std::fmt;
use std::sync::Arc;

/// A version of an API as its author writes it: `"2024-06-01"`, `v2`. Compared as text only for
/// equality.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ApiVersion(Arc<str>);

impl ApiVersion {
    /// A version by its text.
    pub fn new(text: &str) -> Self {
        Self(Arc::from(text))
    }

    /// The text as written.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ApiVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for ApiVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", &*self.0)
    }
}

/// The two sides of a mapping: left is old, right is new.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Side {
    /// The version that a mapping comes `from`.
    Old,
    /// The version that a mapping leads `to`.
    New,
}

impl Side {
    /// The opposite side.
    #[must_use]
    pub fn other(self) -> Self {
        match self {
            Self::Old => Self::New,
            Self::New => Self::Old,
        }
    }
}

/// As mappings write it.
impl fmt::Display for Side {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Old => "old",
            Self::New => "new",
        })
    }
}

/// Which way a message travels over a mapping.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Direction {
    /// From the old shape to the new one.
    Upgrade,
    /// From the new shape to the old one.
    Downgrade,
}

impl Direction {
    /// The side that a message of this direction comes from.
    pub fn source(self) -> Side {
        match self {
            Self::Upgrade => Side::Old,
            Self::Downgrade => Side::New,
        }
    }

    /// The side that a message of this direction goes to.
    pub fn target(self) -> Side {
        self.source().other()
    }

    /// The way back.
    #[must_use]
    pub fn reverse(self) -> Self {
        match self {
            Self::Upgrade => Self::Downgrade,
            Self::Downgrade => Self::Upgrade,
        }
    }
}
