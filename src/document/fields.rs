//! Reads an object member by member: what is not asked for is an error with a suggestion, and
//! what is planned but not there yet is refused by name. It decides nothing about values.

use std::time::Duration;

use super::{Kind, Node};
use crate::diagnostic::{Diagnostic, Span, nearest};

/// The members of an object that a reader takes one by one.
#[derive(Debug)]
pub struct Fields<'n> {
    node: &'n Node,
    known: Vec<&'static str>,
    found: Vec<Diagnostic>,
}

impl<'n> Fields<'n> {
    /// Begins to read; anything but an object is an error.
    pub fn new(node: &'n Node, what: &str) -> Self {
        let mut found = Vec::new();
        if !node.is_object() {
            let message = format!("{what} must be an object");
            found.push(Diagnostic::error("F402", node.span, message));
        }
        Self { node, known: Vec::new(), found }
    }

    /// The place of the object.
    pub fn span(&self) -> Span {
        self.node.span
    }

    /// Nobody need be told twice of a key that is asked for twice.
    fn know(&mut self, key: &'static str) {
        if !self.known.contains(&key) {
            self.known.push(key);
        }
    }

    /// A member of any kind; null counts as absent.
    pub fn node(&mut self, key: &'static str) -> Option<&'n Node> {
        self.know(key);
        self.node.get(key).filter(|n| n.kind != Kind::Null)
    }

    /// A text, or a number as it is written.
    pub fn text(&mut self, key: &'static str) -> Option<(&'n str, Span)> {
        let node = self.node(key)?;
        match &node.kind {
            Kind::String(text) | Kind::Number(text) => Some((text, node.span)),
            Kind::Null | Kind::Bool(_) | Kind::Raw(_) | Kind::Array(_) | Kind::Object(_) => {
                self.wrong(node.span, format!("`{key}` must be a text"));
                None
            }
        }
    }

    /// A text that has to be there.
    pub fn required(&mut self, key: &'static str) -> Option<(&'n str, Span)> {
        if self.node.is_object() && self.node.get(key).is_none_or(|n| n.kind == Kind::Null) {
            self.know(key);
            let message = format!("`{key}` is missing");
            self.found.push(Diagnostic::error("F403", self.node.span, message));
            return None;
        }
        self.text(key)
    }

    /// A list of texts; a single text counts as a list of one.
    pub fn texts(&mut self, key: &'static str) -> Vec<(&'n str, Span)> {
        let Some(node) = self.node(key) else { return Vec::new() };
        let items = match &node.kind {
            Kind::Array(items) => items.as_slice(),
            Kind::Null
            | Kind::Bool(_)
            | Kind::Raw(_)
            | Kind::Number(_)
            | Kind::String(_)
            | Kind::Object(_) => std::slice::from_ref(node),
        };
        if items.is_empty() {
            self.wrong(node.span, format!("`{key}` names nothing; leave it out for all of them"));
        }
        let mut texts = Vec::new();
        for item in items {
            match &item.kind {
                Kind::String(text) | Kind::Number(text) => texts.push((&**text, item.span)),
                Kind::Null | Kind::Bool(_) | Kind::Raw(_) | Kind::Array(_) | Kind::Object(_) => {
                    self.wrong(item.span, format!("`{key}` must be a list of texts"));
                }
            }
        }
        texts
    }

    /// A size: `8MiB`, `512KiB`, `1024`.
    pub fn size(&mut self, key: &'static str, default: usize) -> usize {
        let Some((text, span)) = self.text(key) else { return default };
        size(text).unwrap_or_else(|| {
            self.wrong(span, format!("`{text}` is no size; write it like `8MiB` or `512KiB`"));
            default
        })
    }

    /// A number from 1 to `most`.
    pub fn count(&mut self, key: &'static str, default: usize, most: usize) -> usize {
        let Some((text, span)) = self.text(key) else { return default };
        text.parse().ok().filter(|n| (1..=most).contains(n)).unwrap_or_else(|| {
            self.wrong(span, format!("`{key}` must be a number from 1 to {most}"));
            default
        })
    }

    /// A duration: `10s`, `500ms`, `2m`.
    pub fn duration(&mut self, key: &'static str, default: Duration) -> Duration {
        let Some((text, span)) = self.text(key) else { return default };
        duration(text).unwrap_or_else(|| {
            self.wrong(span, format!("`{text}` is no duration; write it like `10s` or `500ms`"));
            default
        })
    }

    /// Reports a value that is not as it must be.
    pub fn wrong(&mut self, span: Span, message: impl Into<String>) {
        self.found.push(Diagnostic::error("F402", span, message));
    }

    /// Whether nothing is wrong so far: of what could not be read nothing follows.
    pub fn are_right(&self) -> bool {
        self.found.is_empty()
    }

    /// Reports whatever a caller found.
    pub fn report(&mut self, diagnostic: Diagnostic) {
        self.found.push(diagnostic);
    }

    /// Ends reading: every key that nobody asked for is an error.
    pub fn finish(mut self, into: &mut Vec<Diagnostic>) {
        for member in self.node.members() {
            if self.known.contains(&&*member.key) {
                continue;
            }
            let message = format!("unknown key `{}`", member.key);
            let error = Diagnostic::error("F401", member.key_span, message);
            self.found.push(match nearest(&member.key, self.known.iter().copied()) {
                Some(known) => error.help(format!("did you mean `{known}`?")),
                None => error.help(format!("known here: {}", self.known.join(", "))),
            });
        }
        into.append(&mut self.found);
    }
}

fn split(text: &str) -> Option<(u64, &str)> {
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at(end);
    Some((number.parse().ok()?, unit.trim()))
}

fn size(text: &str) -> Option<usize> {
    let (number, unit) = split(text)?;
    let factor: u64 = match unit {
        "" | "B" => 1,
        "KiB" => 1 << 10,
        "MiB" => 1 << 20,
        "GiB" => 1 << 30,
        _ => return None,
    };
    usize::try_from(number.checked_mul(factor)?).ok()
}

fn duration(text: &str) -> Option<Duration> {
    let (number, unit) = split(text)?;
    let unit = match unit {
        "ms" => Duration::from_millis(1),
        "s" => Duration::from_secs(1),
        "m" => Duration::from_mins(1),
        "h" => Duration::from_hours(1),
        _ => return None,
    };
    unit.checked_mul(u32::try_from(number).ok()?).filter(|d| !d.is_zero())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_and_durations() {
        assert_eq!(size("8MiB"), Some(8 << 20));
        assert_eq!(size("1024"), Some(1024));
        assert_eq!(size("8MB"), None);
        assert_eq!(size("99999999999GiB"), None);
        assert_eq!(duration("500ms"), Some(Duration::from_millis(500)));
        assert_eq!(duration("0s"), None);
        assert_eq!(duration("10"), None);
    }
}
