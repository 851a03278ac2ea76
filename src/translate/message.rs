//! Whole messages: the head as a document, which its program rewrites, and as a head again; with the
//! body in it where rules relate the two.

use std::ops::Range;

use http::header::CONTENT_TYPE;

use super::{Failure, Limits, Translated, translate};
use crate::json::scan::{Kind, Malformed, Scanner};
use crate::json::{self, Text, Value};
use crate::message::media::{self, Content};
use crate::message::{self, BadHead};
use crate::plan::{Asked, Body, Head};

/// A message that was translated.
#[derive(Debug)]
pub struct Done {
    /// What was lost of the document that it was; its text is gone.
    pub document: Translated,
    /// The body; `None`: there is none now.
    pub body: Option<Vec<u8>>,
    /// The document that it came as.
    pub came: Vec<u8>,
}

/// Levels of a head: parts, parameters, members of a parameter.
const LEVELS: usize = 8;

/// Translates a head, or with `body` a whole message, in place. `request` is what the backend got, of
/// an answer.
pub fn message(
    program: &Head,
    head: &mut message::Head,
    (body, request): (Option<&[u8]>, Option<&message::Head>),
    limits: &Limits,
) -> Result<Done, Failure> {
    // Of an answer it is the backend's terms in which it is read, of a request those in which it is written.
    let is_answer = head.status.is_some();
    let unread = |bad: BadHead| if is_answer { bad.called(&program.called) } else { bad };
    let mut before = program.from.read(head).map_err(unread)?;
    if let (Some(layout), Some(request), Value::Object(members)) =
        (&program.request, request, &mut before)
    {
        // What a rule carried here could be read before: this one came under the name that it has.
        let read = layout.read(request).map_err(|bad| BadHead::Asked(Box::new(bad)));
        members.push((Text::from_plain("request"), read?));
    }
    let quoted;
    let body = match body {
        Some(text) if program.content.0 == Content::Text => {
            quoted = media::quoted(text)?;
            Some(&*quoted)
        }
        other => other,
    };
    let is_bare = body.is_none();
    let mut came = before.to_string().into_bytes();
    let mut begins = came.len();
    if let Some(body) = body {
        let more: &[u8] = if came.len() > 2 { b",\"body\":" } else { b"\"body\":" };
        came.pop();
        came.extend_from_slice(more);
        begins = came.len();
        came.extend_from_slice(body);
        came.push(b'}');
        // A body that ends the document, or goes on behind it, is none.
        let mut scanner = Scanner::new(body, limits.depth).map_err(Failure::Malformed)?;
        scanner.skip().map_err(Failure::Malformed)?;
        scanner.finish().map_err(Failure::Malformed)?;
    }
    let limits = Limits { depth: limits.depth.saturating_add(LEVELS), ..*limits };
    let mut document =
        translate(&program.plan, &came, &limits).map_err(|failure| match failure {
            Failure::Malformed(Malformed { at, kind }) => match at.checked_sub(begins) {
                Some(at) if body.is_some() => Failure::Malformed(Malformed { at, kind }),
                _ => unread(BadHead::Malformed(text_at(&came, at).into(), kind)).into(),
            },
            other => other,
        })?;
    // Where what is lost of the body is said.
    let came_at = body.map_or(0, |body| begins.saturating_add(begin(body)));
    let (after, body) = taken_apart(&document.bytes, limits.depth).map_err(Failure::Malformed)?;
    let retypes = program.retype.is_some() || program.made.is_some();
    let kind = if retypes { head.headers.get(CONTENT_TYPE).cloned() } else { None };
    let said = program.to.write(head, &program.from, (&before, &after));
    said.map_err(|bad| if is_answer { bad } else { bad.called(&program.called) })?;
    let body = body.map(|body| {
        let mut bytes = std::mem::take(&mut document.bytes);
        bytes.truncate(body.end);
        bytes.drain(..body.start);
        bytes
    });
    let body = match body {
        Some(bytes) => {
            let written = written(bytes, program.content.1)?;
            if let (None, Some(reporter)) = (&written, program.emptied) {
                document.emptied(reporter, came_at);
            }
            written
        }
        None => None,
    };
    match (&program.made, &program.retype) {
        // Whatever was said of none says nothing of it.
        (Some(made), _) if is_bare && body.is_some() => {
            made.describe(kind.as_ref(), &mut head.headers);
        }
        (_, Some(retype)) => retype.apply(kind.as_ref(), &mut head.headers),
        _ => {}
    }
    Ok(Done { document, body, came })
}

/// Whether all can be read that rules of an answer look at in its request, with bodies of at most so many levels.
pub fn readable(asked: &Asked, head: &message::Head, depth: usize) -> Result<(), BadHead> {
    // What stands in the document of the answer is within three objects more than the value: itself, the request, and its part.
    let depth = depth.saturating_add(LEVELS).saturating_sub(3);
    asked.layout.readable(head, depth).map_err(|bad| bad.called(&asked.called))
}

/// Translates a body by itself; there is none where it becomes an empty text.
pub fn body(
    program: &Body,
    bytes: &[u8],
    limits: &Limits,
) -> Result<(Option<Vec<u8>>, Translated), Failure> {
    let (mut done, at) = if program.content.0 == Content::Text {
        (translate(&program.plan, &media::quoted(bytes)?, limits)?, 0)
    } else {
        (translate(&program.plan, bytes, limits)?, begin(bytes))
    };
    let bytes = written(std::mem::take(&mut done.bytes), program.content.1)?;
    if let (None, Some(reporter)) = (&bytes, program.emptied) {
        done.emptied(reporter, at);
    }
    Ok((bytes, done))
}

/// Translates a body that is a document already, be it that of a text; the result has no byte where no body
/// goes on.
pub fn document(program: &Body, document: &[u8], limits: &Limits) -> Result<Translated, Failure> {
    let is_none = |content, document: &[u8]| {
        let is_text = content == Content::Text;
        Ok::<_, BadHead>(is_text && media::plain(document).map_err(BadHead::Body)?.is_none())
    };
    // A text without a character is no body here either, and nothing is said of what did not come.
    if is_none(program.content.0, document).unwrap_or_default() {
        return Ok(Translated { bytes: Vec::new(), lost: Vec::new() });
    }
    let mut done = translate(&program.plan, document, limits)?;
    if is_none(program.content.1, &done.bytes)? {
        done.bytes.clear();
        if let Some(reporter) = program.emptied {
            done.emptied(reporter, begin(document));
        }
    }
    Ok(done)
}

/// Where a document begins behind white space.
fn begin(document: &[u8]) -> usize {
    let blank = |byte: &u8| byte.is_ascii_whitespace();
    document.iter().position(|byte| !blank(byte)).unwrap_or_default()
}

/// A document as the body that it is.
fn written(document: Vec<u8>, content: Content) -> Result<Option<Vec<u8>>, BadHead> {
    match content {
        Content::Text => media::plain(&document).map_err(BadHead::Body),
        Content::Json | Content::Opaque => Ok(Some(document)),
    }
}

/// The text of a head, as places name it, that a byte of its document is within.
fn text_at(document: &[u8], at: usize) -> String {
    let mut scanner = Scanner::at(document, 0, usize::MAX);
    let mut names = Vec::new();
    // It is a document down to there: nothing fails here.
    let _done = names_to(&mut scanner, (document, at), &mut names);
    names.join(".")
}

/// The names of two levels of objects, on the way to a byte.
fn names_to(
    scanner: &mut Scanner<'_>,
    (document, at): (&[u8], usize),
    names: &mut Vec<String>,
) -> Result<(), Malformed> {
    if names.len() == 2 || scanner.kind()? != Kind::Object {
        return Ok(());
    }
    scanner.enter()?;
    let mut first = true;
    while let Some(name) = scanner.name(first)? {
        first = false;
        let mut ahead = scanner.clone();
        if ahead.skip().is_ok() && ahead.pos() <= at {
            *scanner = ahead;
            continue;
        }
        let name = document.get(name.start..name.end).unwrap_or_default();
        names.push(String::from_utf8_lossy(name).into_owned());
        return names_to(scanner, (document, at), names);
    }
    Ok(())
}

/// The parts of a document: the others, and where the body is.
fn taken_apart(bytes: &[u8], depth: usize) -> Result<(Value, Option<Range<usize>>), Malformed> {
    let mut scanner = Scanner::new(bytes, depth)?;
    let (mut parts, mut body) = (Vec::new(), None);
    scanner.kind()?;
    scanner.enter()?;
    let mut first = true;
    while let Some(name) = scanner.name(first)? {
        first = false;
        let begin = scanner.skip()?;
        let value = bytes.get(begin..scanner.pos()).unwrap_or_default();
        let name = bytes.get(name.start..name.end).and_then(|name| std::str::from_utf8(name).ok());
        match name {
            Some("body") => body = Some(begin..scanner.pos()),
            // The request of an answer goes no further.
            Some("request") | None => {}
            Some(name) => parts.push((Text::from_raw(name), json::parse(value, depth)?)),
        }
    }
    Ok((Value::Object(parts), body))
}
