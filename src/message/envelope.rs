//! The head of a message as one document, `{"path":{…},"query":{…},"header":{…},"cookie":{…},
//! "status":200}`, and the document as a head again. What is the same in both keeps its bytes and
//! its order. It knows no rules.

use std::collections::HashSet;

use http::header::{CONTENT_TYPE, COOKIE};
use http::{HeaderMap, HeaderName, HeaderValue};
use thiserror::Error;

pub use super::change::member;
use super::change::{Change, find};
use super::limits::{self, TooLarge};
use super::media::{essence, lowered};
use super::pairs::{self, Pairs};
use super::param::{self, Param, Style, Texts, Unread, Unwritten, Writing};
use super::template::Template;
use crate::json::scan::MalformedKind;
use crate::json::{Path, Text, Value};

/// How the texts of the messages of one operation look in one version.
#[derive(Clone, Debug, Default)]
pub struct Layout {
    /// Of requests: the template of the path.
    pub template: Option<Template>,
    /// The parameters and fields that are read, or written: no others are looked at.
    pub params: Vec<Known>,
}

/// A parameter or field that is looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Known {
    /// Where it stands.
    pub part: Texts,
    /// How it looks.
    pub param: Param,
    /// The contract says so; else nobody does.
    pub is_said: bool,
    /// A rule names it: if it cannot be read, nothing is made of the message. Any other is left alone then.
    pub is_named: bool,
}

/// The head of a message.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Head {
    /// The raw path from the operation on; empty of an answer.
    pub path: String,
    /// The raw query.
    pub query: Option<String>,
    /// The fields.
    pub headers: HeaderMap,
    /// Of an answer.
    pub status: Option<u16>,
}

/// Why a head cannot be read as a document, or a document not be written as a head.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum BadHead {
    /// `?limit=%FF`
    #[error("`{0}.{1}` {2}")]
    Unread(&'static str, Box<str>, Unread),
    /// A document in a parameter that is too deep, or has a name twice.
    #[error("`{0}`: {1}")]
    Malformed(Box<str>, MalformedKind),
    /// A value that no text can say.
    #[error("`{0}.{1}` {2}")]
    Unwritten(&'static str, Box<str>, Unwritten),
    /// `?f[a]=1&f=2`, where one contract has an object in brackets, and the other something else.
    #[error("`{0}.{1}` stands there in the style of either version, and only one can be meant")]
    Twice(&'static str, Box<str>),
    /// A field that would end, or begin another.
    #[error("`header.{0}` would have a character that no field can have")]
    Field(Box<str>),
    /// A parameter of the path that is absent, empty, or would be read as several segments.
    #[error("`path.{0}` would be missing, or no segment of a path")]
    Path(Box<str>),
    /// `/files/a/b` of `/files/*`, where the other template ends before.
    #[error("the path goes on with `{0}`, for which `{1}` has no `*`")]
    Rest(Box<str>, Box<str>),
    /// A list or an object where the body is a text.
    #[error("`body` {0}")]
    Body(Unwritten),
    /// A text that is too much for a head.
    #[error("`{0}.{1}` {2}")]
    Large(&'static str, Box<str>, TooLarge),
    /// A target that is too much for a head, by no text of its own.
    #[error("the path {0}")]
    Target(TooLarge),
    /// `status: 99`
    #[error("`status` would be {0}, which is none from 200 to 599")]
    Status(Box<str>),
    /// The same of a text that the client does not have under this name.
    #[error("{0}")]
    Called(Box<Self>, Counterpart),
    /// The same of a text of the request, which a rule of its answer looks at.
    #[error("of its request, {0}")]
    Asked(Box<Self>),
}

/// What the client has of a text of the backend's message that does not stay where it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Counterpart {
    /// What stands at this place.
    Place(Path),
    /// Nothing.
    None,
    /// Nobody can say what, if anything.
    Unknown,
}

impl BadHead {
    /// Whether it is about a head that came, and not about one that would go.
    pub fn is_read(&self) -> bool {
        match self {
            Self::Called(own, _) | Self::Asked(own) => own.is_read(),
            own => matches!(own, Self::Unread(..) | Self::Malformed(..) | Self::Rest(..)),
        }
    }

    /// What is wrong with what came, without its name.
    pub fn unread(&self) -> Option<String> {
        match self {
            Self::Called(own, _) | Self::Asked(own) => own.unread(),
            Self::Unread(_, _, why) => Some(why.to_string()),
            Self::Malformed(_, why) => Some(format!("is malformed: {why}")),
            _ => None,
        }
    }

    /// Whether it is about how large a head may be.
    pub fn is_large(&self) -> bool {
        match self {
            Self::Called(own, _) | Self::Asked(own) => own.is_large(),
            own => matches!(own, Self::Large(..) | Self::Target(_)),
        }
    }

    /// With what the client has of the text that it is about, of these: each as the backend calls it.
    #[must_use]
    pub fn called(self, names: &[(Box<str>, Counterpart)]) -> Self {
        let own = match &self {
            Self::Unread(part, name, _)
            | Self::Unwritten(part, name, _)
            | Self::Large(part, name, _)
            | Self::Twice(part, name) => Path::names(&[part, name]).to_string(),
            Self::Malformed(own, _) => own.to_string(),
            Self::Field(name) => Path::names(&[Texts::Header.as_str(), name]).to_string(),
            Self::Path(name) => Path::names(&[Texts::Path.as_str(), name]).to_string(),
            _ => return self,
        };
        match names.iter().find(|(backends, _)| **backends == *own) {
            Some((_, clients)) => Self::Called(Box::new(self), clients.clone()),
            None => self,
        }
    }
}

/// Fields that say how a message is framed and where it goes: they are the gateway's own.
pub const FRAMING: [&str; 14] = [
    "connection",
    "content-encoding",
    "content-length",
    "cookie",
    "expect",
    "host",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

impl Layout {
    /// Those of one part.
    fn of(&self, part: Texts) -> impl Iterator<Item = &Known> {
        self.params.iter().filter(move |own| own.part == part)
    }

    /// One of them.
    fn known(&self, part: Texts, name: &str) -> Option<&Known> {
        self.of(part).find(|own| *own.param.name == *name)
    }

    /// How a parameter looks, if the contract says so.
    pub(super) fn said(&self, part: Texts, name: &str) -> Option<&Param> {
        self.known(part, name).filter(|own| own.is_said).map(|own| &own.param)
    }

    /// How a parameter looks.
    pub(super) fn param(&self, part: Texts, name: &str) -> Param {
        let said = self.said(part, name).cloned();
        said.unwrap_or_else(|| Param::unsaid(name, part))
    }

    /// The two templates of a path that is another one in another layout.
    pub fn moved<'l>(&'l self, to: &'l Self) -> Option<(&'l Template, &'l Template)> {
        let ends = self.template.as_ref().zip(to.template.as_ref());
        ends.filter(|(own, other)| own.shape() != other.shape())
    }

    /// The parameters that both contracts say, and that look otherwise in another layout.
    pub fn restyled<'l>(&'l self, to: &'l Self) -> impl Iterator<Item = &'l Known> {
        self.params.iter().filter(|own| {
            let other = to.said(own.part, &own.param.name).filter(|_| own.is_said);
            other.is_some_and(|other| !own.param.looks_like(other))
        })
    }

    /// Whether a head may be another one in another layout though it says the same.
    pub fn differs(&self, to: &Self) -> bool {
        self.moved(to).is_some() || self.restyled(to).next().is_some()
    }

    /// The head as a document.
    pub fn read(&self, head: &Head) -> Result<Value, BadHead> {
        let mut document = Vec::new();
        if let Some(template) = &self.template {
            let values = template.values(&head.path).map(|(values, _)| values).unwrap_or_default();
            let path = template.names().zip(values).map(|(name, raw)| {
                let read = param::read(&self.param(Texts::Path, name), &[raw], Writing::Percent);
                (name, read.map(Some))
            });
            document.push(self.members(Texts::Path, path)?);
            let query = Pairs::query(head.query.as_deref().unwrap_or_default());
            let cookies = cookies(&head.headers);
            for (part, pairs) in [(Texts::Query, query), (Texts::Cookie, cookies)] {
                let all = self.of(part).map(|own| (&*own.param.name, pairs.read(&own.param)));
                document.push(self.members(part, all)?);
            }
        }
        let fields = self.of(Texts::Header).map(|own| (&*own.param.name, field(&own.param, head)));
        document.push(self.members(Texts::Header, fields)?);
        if let Some(status) = head.status {
            document.push((Text::from_plain("status"), Value::Number(status.to_string().into())));
        }
        Ok(Value::Object(document))
    }

    /// Whether every text can be read that a rule names, and is a whole document of at most so many levels
    /// where it is one.
    pub fn readable(&self, head: &Head, depth: usize) -> Result<(), BadHead> {
        let document = self.read(head)?;
        let documents = |own: &&Known| own.is_named && own.param.style == Style::Json;
        for Known { part, param, .. } in self.params.iter().filter(documents) {
            let of = member(&document, part.as_str());
            let wrong = of.and_then(|of| member(of, &param.name)).and_then(|own| fault(own, depth));
            if let Some(wrong) = wrong {
                let place = format!("{}.{}", part.as_str(), param.name);
                return Err(BadHead::Malformed(place.into(), wrong));
            }
        }
        Ok(())
    }

    /// A part of the document: what can be read of it.
    fn members<'n>(
        &self,
        part: Texts,
        all: impl Iterator<Item = (&'n str, Result<Option<Value>, Unread>)>,
    ) -> Result<(Text, Value), BadHead> {
        let mut members = Vec::new();
        for (name, read) in all {
            match read {
                Ok(value) => members.extend(value.map(|value| (Text::from_plain(name), value))),
                Err(why) if self.known(part, name).is_some_and(|own| own.is_named) => {
                    return Err(BadHead::Unread(part.as_str(), name.into(), why));
                }
                Err(_) => {}
            }
        }
        Ok((Text::from_plain(part.as_str()), Value::Object(members)))
    }

    /// Makes a head say what a document says, which became of what it said `before`, read by
    /// `from`.
    pub fn write(
        &self,
        head: &mut Head,
        from: &Self,
        (before, after): (&Value, &Value),
    ) -> Result<(), BadHead> {
        if let Some(status) = member(after, "status") {
            let text = param::text(status).unwrap_or_else(|| status.to_string());
            let number = text.parse::<u16>().ok().filter(|n| (200..600).contains(n));
            head.status = Some(number.ok_or_else(|| BadHead::Status(text.into()))?);
        }
        let change = |part| Change::new(part, (from, self), (before, after));
        let came = limits::Size::of(head);
        if let (Some(template), Some(own)) = (&self.template, &from.template) {
            head.path = write_path((template, own), &head.path, &change(Texts::Path))?;
            write_query(head, &change(Texts::Query))?;
            write_cookies(head, &change(Texts::Cookie))?;
        }
        write_fields(head, &change(Texts::Header))?;
        limits::check(head, came, &change)
    }
}

/// What is wrong with a document in a text, however it is looked into.
fn fault(value: &Value, depth: usize) -> Option<MalformedKind> {
    let inner = depth.checked_sub(1);
    let within = |value| inner.map_or(Some(MalformedKind::Depth), |inner| fault(value, inner));
    match value {
        Value::Array(items) if items.is_empty() => inner.is_none().then_some(MalformedKind::Depth),
        Value::Array(items) => items.iter().find_map(within),
        Value::Object(members) => {
            let mut names = HashSet::new();
            let twice =
                members.iter().any(|(name, _)| !names.insert(name.decode().ok_or(name.raw())));
            let wrong = twice.then_some(MalformedKind::Duplicate);
            let wrong = wrong.or_else(|| inner.is_none().then_some(MalformedKind::Depth));
            wrong.or_else(|| members.iter().find_map(|(_, value)| within(value)))
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => None,
    }
}

/// The path, filled with what it came with, or with what is said of it now.
fn write_path(
    (template, own): (&Template, &Template),
    path: &str,
    change: &Change<'_>,
) -> Result<String, BadHead> {
    if template.as_str() == own.as_str() && change.members().is_empty() {
        return Ok(path.to_owned());
    }
    let (raws, behind) = own.values(path).unwrap_or_default();
    let raw = |name: &str| own.names().zip(&raws).find(|(own, _)| *own == name);
    let mut values = Vec::new();
    for name in template.names() {
        let bad = || BadHead::Path(name.into());
        let param = change.look(name);
        let came = match find(change.after, name) {
            // Written as it came, where it is what came.
            Some(value) => change.origin(&param, value).and_then(|origin| raw(&origin.name)),
            // What could not be read, and no rule names.
            None => raw(name).filter(|_| find(change.before, name).is_none()),
        };
        values.push(match (came, find(change.after, name)) {
            (Some((_, raw)), _) => (*raw).to_owned(),
            (None, None) => return Err(bad()),
            // Several values are no segment.
            (None, Some(value)) => {
                param::write(&param, value, Writing::Percent)
                    .and_then(|raws| {
                        if raws.len() > 1 { Err(Unwritten::Nested) } else { Ok(raws.concat()) }
                    })
                    .map_err(|why| BadHead::Unwritten("path", name.into(), why))?
            }
        });
    }
    if let Some(lost) = behind.filter(|behind| !behind.is_empty() && !template.has_rest()) {
        return Err(BadHead::Rest(lost.into(), template.as_str().into()));
    }
    let values: Vec<&str> = values.iter().map(String::as_str).collect();
    let names = template.names().collect::<Vec<_>>().join(", ");
    template.fill(&values, behind.or(Some(""))).ok_or_else(|| BadHead::Path(names.into()))
}

fn write_query(head: &mut Head, change: &Change<'_>) -> Result<(), BadHead> {
    let query = Pairs::query(head.query.as_deref().unwrap_or_default());
    if let Some(raw) = changed_pairs(query, change)? {
        head.query = String::from_utf8(raw).ok().filter(|raw| !raw.is_empty());
    }
    Ok(())
}

fn write_cookies(head: &mut Head, change: &Change<'_>) -> Result<(), BadHead> {
    if let Some(raw) = changed_pairs(cookies(&head.headers), change)? {
        head.headers.remove(COOKIE);
        if !raw.is_empty() {
            let value = HeaderValue::try_from(raw);
            let value = value.map_err(|_| BadHead::Field("cookie".into()))?;
            head.headers.insert(COOKIE, value);
        }
    }
    Ok(())
}

/// The raw text of query or cookies, where anything changed.
fn changed_pairs(mut pairs: Pairs<'_>, change: &Change<'_>) -> Result<Option<Vec<u8>>, BadHead> {
    let part = change.part;
    let changed = change.members();
    let mut more = Vec::new();
    for (name, value) in &changed {
        pairs.take(&change.from.param(part, name));
        let Some(value) = value else { continue };
        let param = change.look(name);
        // What nobody has read as this parameter would be read as it now.
        if pairs.take(&param) {
            return Err(BadHead::Twice(part.as_str(), name.as_str().into()));
        }
        if let Some(origin) = change.origin(&param, value) {
            more.extend(pairs.renamed(&origin, name));
            continue;
        }
        let unwritten = |why| BadHead::Unwritten(part.as_str(), name.as_str().into(), why);
        let own = pairs::write(&param, value, part).map_err(unwritten)?;
        // A list that came as an empty text is there, whatever it is written as.
        let came = |value: &Value| change.before.iter().any(|(_, own)| own == value);
        if own.is_empty() && matches!(value, Value::Array(_)) && came(value) {
            more.push(pairs::empty(&param, part));
        }
        more.extend(own);
    }
    Ok((!changed.is_empty()).then(|| pairs.finish(&more)))
}

fn write_fields(head: &mut Head, change: &Change<'_>) -> Result<(), BadHead> {
    let changed = change.members().into_iter();
    // All are written from what came before any of it goes.
    let written = changed.map(|(name, value)| lines(&name, value, &head.headers, change));
    for (field, lines) in written.collect::<Result<Vec<_>, _>>()? {
        head.headers.remove(&field);
        for line in lines {
            head.headers.append(field.clone(), line);
        }
    }
    Ok(())
}

/// The lines of a field that changed, by what came.
fn lines(
    name: &str,
    value: Option<&Value>,
    came: &HeaderMap,
    change: &Change<'_>,
) -> Result<(HeaderName, Vec<HeaderValue>), BadHead> {
    let bad = || BadHead::Field(name.into());
    let field = HeaderName::try_from(name).map_err(|_| bad())?;
    if FRAMING.contains(&field.as_str()) {
        return Err(bad());
    }
    let Some(value) = value else { return Ok((field, Vec::new())) };
    let param = change.look(name);
    let is_type = |name: &str| name == CONTENT_TYPE.as_str();
    let origin = change.origin(&param, value).filter(|own| !is_type(&own.name) && !is_type(name));
    if let Some(origin) = origin {
        return Ok((field, came.get_all(&*origin.name).iter().cloned().collect()));
    }
    let first = came.get(&field).and_then(|value| value.to_str().ok());
    let parameters = match first.and_then(|value| value.split_once(';')) {
        Some((_, parameters)) if field == CONTENT_TYPE => format!(";{parameters}"),
        _ => String::new(),
    };
    let unwritten = |why| BadHead::Unwritten("header", name.into(), why);
    let texts = param::write(&param, value, Writing::Plain).map_err(unwritten)?.into_iter();
    let lines = texts.map(|text| HeaderValue::try_from(text + &parameters).map_err(|_| bad()));
    let lines = lines.collect::<Result<Vec<_>, _>>()?;
    // Nobody can hold so many as a list may have.
    if lines.len() > limits::LINES.max(came.len()) {
        return Err(BadHead::Large("header", name.into(), TooLarge::Lines));
    }
    Ok((field, lines))
}

/// The pairs of all lines of `Cookie`.
fn cookies(headers: &HeaderMap) -> Pairs<'_> {
    Pairs::cookies(headers.get_all(COOKIE).iter().map(HeaderValue::as_bytes))
}

/// What a field stands for; `None`: there is none.
fn field(param: &Param, head: &Head) -> Result<Option<Value>, Unread> {
    let lines = head.headers.get_all(&*param.name).iter();
    let lines = lines.map(|value| std::str::from_utf8(value.as_bytes()).map_err(|_| Unread::Text));
    let lines = lines.collect::<Result<Vec<&str>, _>>()?;
    if lines.is_empty() {
        return Ok(None);
    }
    if *param.name == *CONTENT_TYPE.as_str() {
        let lowered: Vec<String> = lines.into_iter().map(|line| lowered(essence(line))).collect();
        let lines: Vec<&str> = lowered.iter().map(String::as_str).collect();
        return param::read(param, &lines, Writing::Plain).map(Some);
    }
    param::read(param, &lines, Writing::Plain).map(Some)
}
