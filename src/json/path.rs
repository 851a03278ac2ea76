//! Places in the mapping language's notation, as data. Reading the notation is the mapping
//! room's; walking a message by a path is the executors'.

use std::fmt;

use super::Value;

/// One step of a path. Its order is of no meaning.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Segment {
    /// `a`: the member of that name (decoded).
    Name(Box<str>),
    /// `[]`: each element of an array.
    Each,
    /// `{}`: each value of a dictionary.
    Values,
    /// `[0]`: that element.
    Index(u32),
    /// `[type=Resource,resource.name=cpu]`: the first element with these fields.
    Select(Vec<(Vec<Box<str>>, Value)>),
}

impl Segment {
    /// Whether it is one element of an array.
    pub fn is_one(&self) -> bool {
        matches!(self, Self::Index(_) | Self::Select(_))
    }
}

/// In which order rules write at places: what is around before what is within it, and elements of one
/// array by their positions, since each that is put in moves those behind it.
pub fn writing(path: &[Segment]) -> (usize, Vec<u32>) {
    let position = |segment: &Segment| match segment {
        Segment::Index(at) => *at,
        _ => 0,
    };
    (path.len(), path.iter().map(position).collect())
}

/// A place relative to a root; empty is the root itself, written `.`.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Path(pub Vec<Segment>);

impl Path {
    /// The path of member names.
    pub fn names(names: &[&str]) -> Self {
        Self(names.iter().map(|n| Segment::Name(Box::from(*n))).collect())
    }

    /// The place at a path that begins here.
    #[must_use]
    pub fn join(&self, path: &Self) -> Self {
        Self(self.0.iter().chain(&path.0).cloned().collect())
    }

    /// Whether this path is `other` or leads to a place on the way to it.
    pub fn is_prefix_of(&self, other: &Self) -> bool {
        other.0.starts_with(&self.0)
    }

    /// Whether one of the two is the other, or leads to a place on the way to it.
    pub fn meets(&self, other: &Self) -> bool {
        self.is_prefix_of(other) || other.is_prefix_of(self)
    }
}

/// Writes the notation of the language, such that reading it gives the path back.
impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            return f.write_str(".");
        }
        for (at, segment) in self.0.iter().enumerate() {
            match segment {
                Segment::Name(name) if name.is_empty() => f.write_str("[\"\"]")?,
                Segment::Name(name) => {
                    if at > 0 {
                        f.write_str(".")?;
                    }
                    write_name(f, name)?;
                }
                Segment::Each => f.write_str("[]")?,
                Segment::Values => f.write_str("{}")?,
                Segment::Index(index) => write!(f, "[{index}]")?,
                Segment::Select(fields) => {
                    f.write_str("[")?;
                    for (at, (names, value)) in fields.iter().enumerate() {
                        if at > 0 {
                            f.write_str(",")?;
                        }
                        for (at, name) in names.iter().enumerate() {
                            if at > 0 {
                                f.write_str(".")?;
                            }
                            write_name(f, name)?;
                        }
                        match value {
                            Value::String(text) if is_plain(text.raw()) => {
                                write!(f, "={}", text.raw())?;
                            }
                            other => write!(f, "={other}")?,
                        }
                    }
                    f.write_str("]")?;
                }
            }
        }
        Ok(())
    }
}

/// The names and positions of a path; `None`: it tells elements by what is in them.
pub fn spelt(path: &[Segment]) -> Option<Vec<Box<str>>> {
    let step = |segment: &Segment| match segment {
        Segment::Name(name) => Some(name.clone()),
        Segment::Index(at) => Some(at.to_string().into()),
        Segment::Each | Segment::Values | Segment::Select(_) => None,
    };
    path.iter().map(step).collect()
}

/// Whether a selector's text needs no quotes: it is nothing else, and nothing in it is special.
fn is_plain(raw: &str) -> bool {
    !raw.is_empty()
        && !raw.contains([',', ']', '"', '\\'])
        && super::parse(raw.as_bytes(), 1).is_err()
}

fn write_name(f: &mut fmt::Formatter<'_>, name: &str) -> fmt::Result {
    for c in name.chars() {
        if matches!(c, '.' | '[' | ']' | '{' | '}' | '\\' | '=' | ',' | '*' | '"' | '$') {
            f.write_str("\\")?;
        }
        write!(f, "{c}")?;
    }
    Ok(())
}
