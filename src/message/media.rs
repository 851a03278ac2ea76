//! Media types: the ranges that contracts list, which of them a message is of, what a body that is no
//! JSON looks like as JSON, and what a header says where the type is another one. It knows no schema.

use std::fmt;

use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderValue};

use super::header::{Media, charsets, media};
use super::offers;
use super::param::{self, Unwritten};
use crate::json::scan::{Kind, Malformed, valid};
use crate::json::{self, Value};

/// As what a body is read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Content {
    /// A document.
    #[default]
    Json,
    /// One string.
    Text,
    /// It is not read.
    Opaque,
}

/// A media type, or several of them: `text/plain`, `text/*`, `application/*+json`; in lower case, without
/// parameters.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Range(Box<str>);

/// A media type without its parameters.
pub fn essence(value: &str) -> &str {
    value.split(';').next().unwrap_or_default().trim()
}

/// A text that says a media type as places of documents have it: types ignore case (RFC 9110, 8.3.1), and
/// parameters need not.
pub fn lowered(text: &str) -> String {
    let length = text.find(';').unwrap_or(text.len());
    let (kind, rest) = text.split_at_checked(length).unwrap_or((text, ""));
    kind.to_ascii_lowercase() + rest
}

impl Range {
    /// Reads one as contracts list it.
    pub fn new(text: &str) -> Self {
        Self(essence(text).to_ascii_lowercase().into())
    }

    /// Its text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it is a media type and no range.
    pub fn is_one(&self) -> bool {
        !self.0.contains('*')
    }

    /// Whether it is every media type.
    pub fn is_any(&self) -> bool {
        &*self.0 == "*/*"
    }

    /// Whether it is about parts of documents.
    pub fn is_patch(&self) -> bool {
        media(&self.0) == Media::Patch
    }

    /// As what bodies of it are read, as far as their type says so.
    pub fn content(&self) -> Content {
        if self.rank() < 3 {
            Content::Json
        } else if self.0.starts_with("text/") && !is_endless(&self.0) {
            Content::Text
        } else {
            Content::Opaque
        }
    }

    /// How near it is to JSON itself; 3 is none.
    pub fn rank(&self) -> u8 {
        match (&*self.0, media(&self.0)) {
            ("application/json", _) => 0,
            (_, Media::Json | Media::Patch) => 1,
            ("*/*" | "application/*", _) => 2,
            (_, Media::Other) => 3,
        }
    }

    /// How exactly a media type, in any case, is of it; `None`: it is not.
    pub fn covers(&self, essence: &str) -> Option<u8> {
        let Some((before, after)) = self.0.split_once('*') else {
            return self.0.eq_ignore_ascii_case(essence).then_some(3);
        };
        // `*/*` is all of them, also one without a subtype.
        if before.is_empty() {
            return Some(0);
        }
        let begins =
            essence.get(..before.len()).is_some_and(|own| own.eq_ignore_ascii_case(before));
        let rest = essence.get(before.len()..).unwrap_or_default();
        let from = rest.len().checked_sub(after.len())?;
        let ends = rest.get(from..).is_some_and(|own| own.eq_ignore_ascii_case(after));
        (begins && ends).then_some(if after.is_empty() { 1 } else { 2 })
    }
}

/// Whether what is of this type comes piece by piece, and maybe without end: it is never read as a whole.
fn is_endless(essence: &str) -> bool {
    essence.eq_ignore_ascii_case("text/event-stream")
}

impl fmt::Display for Range {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Which of those that are listed a message is of which says this `Content-Type`: the type itself, else the
/// narrowest range. JSON is never taken for what is none, but by its own name, nor anything else for JSON, but
/// where a document may say anything of itself (`true`), and also nothing: an empty text.
pub fn choose<'l, T>(
    content_type: &str,
    listed: impl Iterator<Item = (&'l Range, (Content, bool), T)>,
) -> Option<T> {
    let essence = essence(content_type);
    let json = media(essence) != Media::Other;
    let fits = listed.filter_map(|(range, (content, any), found)| {
        let exact = range.covers(essence)?;
        let alike = json == (content == Content::Json)
            && !(content == Content::Text && is_endless(essence));
        (exact == 3 || alike || any).then_some((exact, found))
    });
    // Of equal ones the first.
    let best = |best: (u8, T), one: (u8, T)| if one.0 > best.0 { one } else { best };
    fits.reduce(best).map(|(_, found)| found)
}

/// Another media type in the place of the one that a message says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Retype {
    /// Which messages say another one.
    pub of: Retyped,
    /// What they say then.
    pub to: Box<str>,
}

/// Of which message another media type is said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Retyped {
    /// One that says this type.
    Saying(Range),
    /// Any whose body has become one of another sort, unless a rule has said already what it is.
    Sort(Content),
    /// A document that says another type than JSON.
    Unlike,
}

impl Retype {
    /// The `Content-Type` that is said instead of another, of a message that `came` with one; `None`: that one
    /// stays. Parameters stay where the sort of the body does.
    pub fn said(&self, came: &str, value: &str) -> Option<String> {
        let content = match &self.of {
            Retyped::Saying(from) => {
                from.covers(essence(value)).filter(|exact| *exact == 3)?;
                let rest = value.split_once(';').map(|(_, rest)| format!(";{rest}"));
                return Some(format!("{}{}", self.to, rest.unwrap_or_default()));
            }
            Retyped::Unlike => {
                return (media(value) == Media::Other).then(|| self.to.to_string());
            }
            Retyped::Sort(content) => *content,
        };
        let own = essence(value);
        let sort = Range::new(own).content();
        // By what no rule has touched, and by what one has made of it before it became another, it is not
        // what it is now.
        let other = if content == Content::Text { Content::Json } else { Content::Text };
        if essence(came).eq_ignore_ascii_case(own) || sort == other {
            return Some(self.to.to_string());
        }
        // What is said of no text is ASCII.
        let bare = sort == Content::Text && charsets(value).next().is_none();
        (content == Content::Text && bare).then(|| format!("{value}; charset=utf-8"))
    }

    /// Says it, where there is a `Content-Type`; `came`: the one that there was.
    pub fn apply(&self, came: Option<&HeaderValue>, headers: &mut HeaderMap) {
        let came = came.and_then(|came| came.to_str().ok()).unwrap_or_default();
        let said =
            headers.get(CONTENT_TYPE).and_then(|value| self.said(came, value.to_str().ok()?));
        if let Some(said) = said.and_then(|said| HeaderValue::from_str(&said).ok()) {
            headers.insert(CONTENT_TYPE, said);
        }
    }

    /// Says it of a body that was made, also where there is no `Content-Type`.
    pub fn describe(&self, came: Option<&HeaderValue>, headers: &mut HeaderMap) {
        match HeaderValue::from_str(&self.to) {
            Ok(said) if !headers.contains_key(CONTENT_TYPE) => {
                headers.insert(CONTENT_TYPE, said);
            }
            _ => self.apply(came, headers),
        }
    }
}

/// What an `Accept` says for other types than those that it lists: pairs of a type, and the one that is meant
/// by it. Ranges, weights and parameters stay. `None`: all of it does.
pub fn accepted(value: &str, types: &[(Box<str>, Box<str>)]) -> Option<String> {
    offers::renamed(value, |essence| {
        let meant = types.iter().find(|(own, _)| own.eq_ignore_ascii_case(essence));
        meant.map(|(_, meant)| &**meant)
    })
}

/// A text as a document.
pub fn quoted(text: &[u8]) -> Result<Vec<u8>, Malformed> {
    Ok(Value::string(valid(text, 0..text.len())?).to_string().into_bytes())
}

/// A document as a text; `None`: it is null, or empty, and there is no body.
pub fn plain(document: &[u8]) -> Result<Option<Vec<u8>>, Unwritten> {
    // What is no scalar need not be read.
    let first = document.iter().find(|byte| !byte.is_ascii_whitespace());
    if let Some(Kind::Array | Kind::Object) = first.and_then(|byte| Kind::of(*byte)) {
        return Err(Unwritten::Nested);
    }
    let Ok(value) = json::parse(document, 1) else { return Err(Unwritten::Nested) };
    match (&value, param::text(&value)) {
        (Value::Null, _) => Ok(None),
        (_, Some(text)) => Ok(Some(text.into_bytes()).filter(|text| !text.is_empty())),
        (Value::String(_), None) => Err(Unwritten::Half),
        _ => Err(Unwritten::Nested),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::scan::MalformedKind;

    #[test]
    fn the_type_itself_comes_before_ranges() {
        let listed =
            ["*/*", "text/*", "Text/Plain; charset=x", "application/*+xml", "application/xml"];
        let listed = listed.map(Range::new);
        let choose = |said, any: fn(&Range) -> bool| {
            choose(said, listed.iter().map(|one| (one, (one.content(), any(one)), one.as_str())))
        };
        let of = |said| choose(said, |_| false);
        assert_eq!(of("TEXT/plain;charset=utf-8"), Some("text/plain"));
        assert_eq!(of("text/html"), Some("text/*"));
        assert_eq!(of("application/soap+XML"), Some("application/*+xml"));
        assert_eq!(of("application/xml"), Some("application/xml"));
        // That of everything is JSON.
        assert_eq!(of("image/png"), None);
        assert_eq!(of("application/json+x"), Some("*/*"));
        // Events come one by one.
        assert_eq!(of("Text/Event-Stream"), None);
        assert_eq!(of("application/vnd.x+json"), Some("*/*"));
        assert_eq!(of(""), None);
        // But where a document may say anything of itself.
        let of = |said| choose(said, Range::is_any);
        for said in ["", "image/png", "application/x-www-form-urlencoded", "application/json"] {
            assert_eq!(of(said), Some("*/*"), "{said}");
        }
        assert_eq!(of("text/html"), Some("text/*"));
        assert_eq!(of("application/soap+xml"), Some("application/*+xml"));
    }

    #[test]
    fn a_document_that_says_another_type_is_called_json() {
        let any = Retype { of: Retyped::Unlike, to: "application/json".into() };
        let said = |value: &str| any.said(value, value);
        assert_eq!(said("text/plain; charset=x").as_deref(), Some("application/json"));
        assert_eq!(said(""), Some("application/json".into()));
        assert_eq!(said("application/vnd.x+json;v=1"), None);
    }

    #[test]
    fn json_is_what_a_message_may_call_so() {
        for (range, content) in [
            ("application/json; charset=utf-8", Content::Json),
            ("application/json+x", Content::Json),
            ("Application/Vnd.X+JSON", Content::Json),
            ("*/*", Content::Json),
            ("text/json", Content::Text),
            ("text/*", Content::Text),
            ("text/event-stream", Content::Opaque),
            ("image/*", Content::Opaque),
        ] {
            assert_eq!(Range::new(range).content(), content, "{range}");
        }
    }

    #[test]
    fn texts_are_documents_and_back() {
        let there = |text: &str| String::from_utf8(quoted(text.as_bytes()).unwrap()).unwrap();
        assert_eq!(there("a \"b\"\n\u{1}"), r#""a \"b\"\n\u0001""#);
        assert_eq!(quoted(b"a\xff").unwrap_err(), Malformed { at: 1, kind: MalformedKind::Utf8 });
        let back = |document: &str| plain(document.as_bytes());
        for text in ["a \"b\"\r\n\u{1}", "Zo\u{eb} \u{1f600}", "{}"] {
            assert_eq!(back(&there(text)), Ok(Some(text.as_bytes().to_vec())));
        }
        assert_eq!(back("1.50"), Ok(Some(b"1.50".to_vec())));
        assert_eq!(back("true"), Ok(Some(b"true".to_vec())));
        assert_eq!((back("null"), back("\"\"")), (Ok(None), Ok(None)));
        assert_eq!((back("[1]"), back("{}")), (Err(Unwritten::Nested), Err(Unwritten::Nested)));
        assert_eq!(back("[[[]]]"), Err(Unwritten::Nested));
        assert_eq!(back(r#""\ud800""#), Err(Unwritten::Half));
    }
}
