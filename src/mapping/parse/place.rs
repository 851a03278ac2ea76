//! Paths as they stand in rules: held against the parts of the message, and errors placed within the
//! text. The notation itself is `mapping::path`'s.

use super::{Parser, Root};
use crate::diagnostic::{Diagnostic, Span, nearest};
use crate::document::{Member, Node};
use crate::json::{Path, Segment};
use crate::mapping::path::{self, BadPath};
use crate::message::envelope::FRAMING;
use crate::message::header::{is_cookie_name, is_field_name};

/// The parts of a request.
const OF_REQUEST: &[&str] = &["path", "query", "header", "cookie", "body"];
/// The parts of an answer.
const OF_ANSWER: &[&str] = &["status", "header", "body"];

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

    /// The place that a part of a text is, on the side that the text is about.
    pub(super) fn own_place(&mut self, text: &str, span: Span, root: Root) -> Option<Path> {
        let path = self.path(text, span, root)?;
        self.places.push((path.clone(), span));
        Some(path)
    }

    fn path(&mut self, text: &str, span: Span, root: Root) -> Option<Path> {
        self.rest((text, text), span, root)
    }

    /// The path that the end of a text is.
    fn rest(&mut self, (whole, text): (&str, &str), span: Span, root: Root) -> Option<Path> {
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
            Root::Request => self.of_message((whole, span), path, OF_REQUEST),
            Root::Answer => self.of_message((whole, span), path, OF_ANSWER),
        }
    }

    /// The path that a source of an answer looks at: its request's too.
    pub(super) fn source_path(&mut self, node: &Node, root: Root) -> Option<Path> {
        match node.as_str() {
            Some(text) => self.source_place(text, node.span, root),
            None => self.value_path(node, root),
        }
    }

    /// The same of a text.
    pub(super) fn source_place(&mut self, text: &str, span: Span, root: Root) -> Option<Path> {
        let asked = text.strip_prefix("request.").filter(|_| root == Root::Answer);
        let path = match asked {
            None => self.path(text, span, root)?,
            Some(rest) => {
                let path = self.rest((text, rest), span, Root::Request)?;
                if matches!(path.0.first(), Some(Segment::Name(part)) if &**part == "body") {
                    let what = "the body of a request is not kept";
                    let wrong = Diagnostic::error("F313", span, what);
                    self.report(wrong.label("expected its path, query, header or cookie"));
                    return None;
                }
                Path::names(&["request"]).join(&path)
            }
        };
        self.places.push((path.clone(), span));
        Some(path)
    }

    /// A path in a message; names of fields ignore case.
    fn of_message(
        &mut self,
        (text, span): (&str, Span),
        mut path: Path,
        parts: &[&str],
    ) -> Option<Path> {
        let known = match path.0.first() {
            Some(Segment::Name(first)) => parts.iter().find(|part| **part == &**first),
            Some(_) | None => None,
        };
        let wrong = |message: String| Diagnostic::error("F313", span, message);
        let found = match (known, path.0.get_mut(1)) {
            (None, _) => {
                let what = wrong(format!("`{text}` names no part of the message"));
                let what = what.label(format!("expected a path from {}", either(parts)));
                Err(match path.0.first() {
                    Some(Segment::Name(first)) if &**first == "request" => {
                        what.help("an answer looks at its request with `$from` alone")
                    }
                    Some(Segment::Name(first))
                        if OF_REQUEST.contains(&&**first) || OF_ANSWER.contains(&&**first) =>
                    {
                        let of = if parts == OF_REQUEST { "a request" } else { "an answer" };
                        what.help(format!("{of} has no `{first}`"))
                    }
                    Some(Segment::Name(first)) => what.help(meant(text, first, parts)),
                    _ => what,
                })
            }
            (Some(&"status"), Some(_)) => Err(wrong(format!("`{text}`: a status has no parts"))),
            (Some(&"body" | &"status" | &"query"), None) => Ok(()),
            (Some(part), None) => {
                let what = wrong(format!("`{text}` is a whole part of the message"));
                Err(what.help(format!("name what it is about, as in `{part}.name`")))
            }
            (Some(part), Some(Segment::Name(name))) if !can_be_sent(part, name) => {
                let what = wrong(format!("nothing in `{part}` can have the name `{name}`"));
                Err(what.label(match &**part {
                    "cookie" => "expected a name without spaces, `=`, `;` and `,`",
                    _ => "expected letters, digits and any of !#$%&'*+-.^_`|~",
                }))
            }
            (Some(&"header"), Some(Segment::Name(name))) => {
                *name = name.to_ascii_lowercase().into();
                if FRAMING.contains(&&**name) {
                    let what = wrong(format!("`{name}` is the gateway's own affair"));
                    Err(what.label("how a message is framed and where it goes is no rule's"))
                } else {
                    Ok(())
                }
            }
            (Some(&"header" | &"path" | &"cookie" | &"query"), Some(segment))
                if !matches!(segment, Segment::Name(_)) =>
            {
                Err(wrong(format!("`{text}`: expected a name here")))
            }
            (Some(_), Some(_)) => Ok(()),
        };
        match found {
            Ok(()) => Some(path),
            Err(diagnostic) => {
                self.report(diagnostic);
                None
            }
        }
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

/// Whether a message can have a text of this name in a part.
fn can_be_sent(part: &str, name: &str) -> bool {
    match part {
        "header" => is_field_name(name),
        "cookie" => is_cookie_name(name),
        _ => true,
    }
}

/// What a path that begins with no part of a message may be meant to be: one of its parts under another
/// name, or else what stands in its body.
fn meant(text: &str, first: &str, parts: &[&str]) -> String {
    const OTHERS: [(&str, &str); 8] = [
        ("headers", "header"),
        ("cookies", "cookie"),
        ("params", "query"),
        ("parameters", "query"),
        ("queries", "query"),
        ("paths", "path"),
        ("payload", "body"),
        ("statusCode", "status"),
    ];
    let other = OTHERS.iter().find(|(other, _)| other.eq_ignore_ascii_case(first));
    let other = other.map(|(_, part)| *part).filter(|part| parts.contains(part));
    // What differs by a letter alone, of short words.
    let near = || nearest(first, parts.iter().copied());
    // What an answer looks at of its request is named behind this.
    let own = text.strip_prefix("request.");
    let (asked, own) = own.map_or(("", text), |own| ("request.", own));
    match (other.or_else(near).zip(own.split_once(first)), asked) {
        (Some((part, (before, rest))), _) => format!("did you mean `{asked}{before}{part}{rest}`?"),
        (None, "request.") if parts == OF_REQUEST && own.starts_with(first) => String::from(
            "of the request of an answer there are `request.path`, `request.query`, `request.header` and `request.cookie`",
        ),
        (None, _) => format!("write `body.{text}`"),
    }
}

/// `a`, `b` or `c`
fn either(parts: &[&str]) -> String {
    let quoted: Vec<String> = parts.iter().map(|part| format!("`{part}`")).collect();
    match quoted.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} or {last}", rest.join(", ")),
        _ => quoted.concat(),
    }
}

/// The `[]` and `{}` of a path, in order.
pub(super) fn many(path: &Path) -> Vec<&Segment> {
    path.0.iter().filter(|s| matches!(s, Segment::Each | Segment::Values)).collect()
}
