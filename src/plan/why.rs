//! Why hops cannot be fused, for who reads a program. Nothing is done by it.

use std::fmt;

/// What keeps the hops of a function from being fused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// A rule leads from the value to one of its places, or back.
    Root,
    /// The value is of a union, and which branch it is of is told anew at each hop.
    Union,
    /// Rules name elements of the list.
    Elements,
    /// A place of an alias is what rules look into, or a name that contracts only let through.
    Alias,
    /// A source has sources inside, or makes a value whose parent may be missing.
    Source,
    /// A source makes a text of several values.
    Text,
    /// The contracts of a hop do not say the same sort of value.
    Contracts,
    /// A rule about the value itself changes what others would look at.
    Itself,
    /// Rules of one hop look into what those of another have changed or made.
    Meeting,
    /// Rules read null members as absent.
    Nulls,
    /// Values may be refused as they come.
    Refuses,
    /// The program would grow beyond its bounds.
    Size,
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Root => "a rule leads across its root",
            Self::Union => "the branch of a union is told anew at each hop",
            Self::Elements => "rules name elements of the list itself",
            Self::Alias => "rules look into what an alias fills or repeats",
            Self::Source => "a source has sources inside, or makes a value that may have no parent",
            Self::Text => "a source makes a text of several values",
            Self::Contracts => "the contracts of a hop do not say the same sort of value",
            Self::Itself => "a rule about the value itself changes what others look at",
            Self::Meeting => "rules of one hop look into what others have changed or made",
            Self::Nulls => "its rules read null members as absent",
            Self::Refuses => "its values may be refused as they come",
            Self::Size => "the program would be too large",
        })
    }
}
