//! Statuses as contracts and mappings list them, and which of them an answer is. It knows no operation.

use std::fmt;

/// A status as a contract lists it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Status {
    /// `200`
    Is(u16),
    /// `2XX`
    Class(u8),
    /// `default`
    Default,
}

impl Status {
    /// Reads `200`, `2XX` and `default`.
    pub fn parse(text: &str) -> Option<Self> {
        let class = |c: u8| (b'1'..=b'5').contains(&c).then(|| c - b'0');
        match *text.as_bytes() {
            [first, b'X' | b'x', b'X' | b'x'] => class(first).map(Self::Class),
            [first, _, _] => class(first).and_then(|_| text.parse().ok()).map(Self::Is),
            _ => (text == "default").then_some(Self::Default),
        }
    }

    /// Whether answers of this status are errors, which `errors` is about and `response` is not.
    pub fn is_error(self) -> bool {
        match self {
            Self::Is(number) => number >= 400,
            Self::Class(class) => class >= 4,
            Self::Default => true,
        }
    }

    /// As contracts and mappings list it, most special first.
    pub fn listed(self) -> impl Iterator<Item = Self> {
        let class = match self {
            Self::Is(number) => u8::try_from(number / 100).ok().map(Self::Class),
            Self::Class(_) | Self::Default => None,
        };
        let default = (self != Self::Default).then_some(Self::Default);
        [Some(self), class, default].into_iter().flatten()
    }

    /// Whether answers of this status are what was asked for.
    fn is_success(self) -> bool {
        matches!(self, Self::Is(200..300) | Self::Class(2))
    }

    /// Which of those that an operation lists it is: the number, else the range, else `default`. But
    /// where any answer is listed that is no error, `default` is said of errors, and no success is one.
    pub fn among(self, listed: impl Iterator<Item = Self> + Clone) -> Option<Self> {
        let own = self.listed().find(|own| listed.clone().any(|one| one == *own))?;
        let of_errors = own == Self::Default && listed.into_iter().any(|one| !one.is_error());
        (!(of_errors && self.is_success())).then_some(own)
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Is(number) => write!(f, "{number}"),
            Self::Class(class) => write!(f, "{class}XX"),
            Self::Default => f.write_str("default"),
        }
    }
}
