//! Paths as they stand in rules: with the part of the message taken off, and errors placed within
//! the text. The notation itself is `mapping::path`'s.

use super::{Parser, Root};
use crate::diagnostic::{Diagnostic, Span};
use crate::document::{Member, Node};
use crate::json::{Path, Segment};
use crate::mapping::path::{self, BadPath};

/// Parts of a message that rules cannot name yet.
const PARTS: &[&str] = &["path", "query", "header", "cookie", "status", "request"];

impl Parser<'_> {
    /// The path that a key is.
    pub(super) fn key_path(&mut self, member: &Member, root: Root) -> Option<Path> {
        self.path(&member.key, member.key_span, root)
    }

    /// The path that a value is.
    pub(super) fn value_path(&mut self, node: &Node, root: Root) -> Option<Path> {
        let Some(text) = node.as_str() else {
            let expected = "expected a path, as text";
            self.report(Diagnostic::error("F311", node.span, "not a place").label(expected));
            return None;
        };
        let path = self.path(text, node.span, root)?;
        self.places.push((path.clone(), node.span));
        Some(path)
    }

    fn path(&mut self, text: &str, span: Span, root: Root) -> Option<Path> {
        let path = match path::parse(text) {
            Ok(path) => path,
            Err(bad) => {
                let at = self.within(text, span, bad.at());
                match bad {
                    BadPath::NotYet { .. } => self.not_yet(at, "`*`"),
                    BadPath::Expected { expected, .. } => self.report(
                        Diagnostic::error("F311", at, format!("`{text}` is not a place"))
                            .label(format!("expected {expected}")),
                    ),
                }
                return None;
            }
        };
        match root {
            Root::Value => Some(path),
            Root::Message => self.of_body(text, span, &path),
        }
    }

    fn of_body(&mut self, text: &str, span: Span, path: &Path) -> Option<Path> {
        let first = match path.0.split_first() {
            Some((Segment::Name(first), rest)) if &**first == "body" => {
                return Some(Path(rest.to_vec()));
            }
            Some((Segment::Name(first), _)) => Some(&**first),
            Some(_) | None => None,
        };
        match first {
            Some(first) if PARTS.contains(&first) => {
                self.not_yet(span, &format!("`{first}`, a part of the message beside the body,"));
            }
            Some(_) | None => {
                let what = format!("`{text}` names no part of the message");
                let mut wrong =
                    Diagnostic::error("F313", span, what).label("expected a path from `body`");
                if first.is_some() {
                    wrong = wrong.help(format!("write `body.{text}`"));
                }
                self.report(wrong);
            }
        }
        None
    }

    /// The place of a byte of a text, where the text stands in the file as it is.
    fn within(&self, text: &str, span: Span, at: usize) -> Span {
        let whole = |n: u32| usize::try_from(n).unwrap_or(usize::MAX);
        let file = self.sources.text(span.file);
        let written = file.get(whole(span.start)..whole(span.end)).unwrap_or("");
        let quoted = written.strip_prefix(['"', '\'']).is_some_and(|t| t.starts_with(text));
        if !quoted && !written.starts_with(text) {
            return span;
        }
        let length = text.get(at..).and_then(|t| t.chars().next()).map_or(1, char::len_utf8);
        let offset = |n: usize| {
            let n = u32::try_from(n + usize::from(quoted)).unwrap_or(0);
            span.start.saturating_add(n).min(span.end)
        };
        let last = offset(text.len().saturating_sub(1));
        let start = offset(at).min(last);
        Span { start, end: offset(at + length).max(start + 1), ..span }
    }
}

/// The `[]` and `{}` of a path, in order.
pub(super) fn many(path: &Path) -> Vec<&Segment> {
    path.0.iter().filter(|s| matches!(s, Segment::Each | Segment::Values)).collect()
}
