//! The head of a message as one document, `{"path":{…},"query":{…},"header":{…},"cookie":{…},
//! "status":200}`, and the document as a head again. What is the same in both keeps its bytes and
//! its order. It knows no rules.

use http::header::{CONTENT_TYPE, COOKIE};
use http::{HeaderMap, HeaderName, HeaderValue};
use thiserror::Error;

use super::pairs::{self, Pairs};
use super::param::{self, Param, Texts, Writing};
use super::template::Template;
use crate::json::{Text, Value};

/// How the texts of the messages of one operation look in one version.
#[derive(Clone, Debug, Default)]
pub struct Layout {
    /// Of requests: the template of the path.
    pub template: Option<Template>,
    /// The parameters and fields that are read, or written: no others are looked at.
    pub params: Vec<(Texts, Param)>,
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
    #[error("`{0}.{1}` is no text in UTF-8")]
    Text(&'static str, Box<str>),
    /// A value that no text can say: nested, or a text with half of a surrogate pair.
    #[error(
        "`{0}.{1}` would be an object, a list, or half a character, where only a text can stand"
    )]
    NoText(&'static str, Box<str>),
    /// A field that would end, or begin another.
    #[error("`header.{0}` would have a character that no field can have")]
    Field(Box<str>),
    /// A parameter of the path that is absent, empty, or would be read as several segments.
    #[error("`path.{0}` would be missing, or no segment of a path")]
    Path(Box<str>),
    /// `status: 99`
    #[error("`status` would be {0}, which is none from 200 to 599")]
    Status(Box<str>),
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

/// The media type of a `Content-Type`, without its parameters.
fn essence(value: &str) -> &str {
    value.split(';').next().unwrap_or_default().trim()
}

/// The lines of a field that are text.
fn lines<'h>(headers: &'h HeaderMap, name: &str) -> Option<Vec<&'h str>> {
    let all = headers.get_all(name).iter();
    all.map(|value| std::str::from_utf8(value.as_bytes()).ok()).collect()
}

impl Layout {
    /// Those of one part.
    fn of(&self, part: Texts) -> impl Iterator<Item = &Param> {
        self.params.iter().filter(move |(of, _)| *of == part).map(|(_, param)| param)
    }

    /// How a parameter looks.
    fn param(&self, part: Texts, name: &str) -> Param {
        let own = self.of(part).find(|param| *param.name == *name);
        own.cloned().unwrap_or_else(|| Param::unsaid(name, part))
    }

    /// The head as a document.
    pub fn read(&self, head: &Head) -> Result<Value, BadHead> {
        let mut document = Vec::new();
        let mut add = |name: &str, members: Vec<(Text, Value)>| {
            document.push((Text::from_plain(name), Value::Object(members)));
        };
        if let Some(template) = &self.template {
            let values = template.values(&head.path).map(|(values, _)| values).unwrap_or_default();
            let mut members = Vec::new();
            for (name, raw) in template.names().zip(values) {
                let read = param::read(&self.param(Texts::Path, name), &[raw], Writing::Percent);
                let value = read.ok_or_else(|| BadHead::Text("path", name.into()))?;
                members.push((Text::from_plain(name), value));
            }
            add("path", members);
        }
        let query = Pairs::query(head.query.as_deref().unwrap_or_default());
        let cookies = lines(&head.headers, COOKIE.as_str()).unwrap_or_default();
        let cookies = Pairs::cookies(cookies.into_iter());
        for (part, pairs) in [(Texts::Query, query), (Texts::Cookie, cookies)] {
            let mut members = Vec::new();
            for param in self.of(part) {
                let read = pairs.read(param);
                let value = read.map_err(|()| BadHead::Text(part.as_str(), param.name.clone()))?;
                members.extend(value.map(|value| (Text::from_plain(&param.name), value)));
            }
            if self.template.is_some() {
                add(part.as_str(), members);
            }
        }
        let mut members = Vec::new();
        for param in self.of(Texts::Header) {
            let unread = || BadHead::Text("header", param.name.clone());
            let mut lines = lines(&head.headers, &param.name).ok_or_else(unread)?;
            if lines.is_empty() {
                continue;
            }
            if *param.name == *CONTENT_TYPE.as_str() {
                for line in &mut lines {
                    *line = essence(line);
                }
            }
            let value = param::read(param, &lines, Writing::Plain).ok_or_else(unread)?;
            members.push((Text::from_plain(&param.name), value));
        }
        add("header", members);
        if let Some(status) = head.status {
            document.push((Text::from_plain("status"), Value::Number(status.to_string().into())));
        }
        Ok(Value::Object(document))
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
        if let (Some(template), Some(own)) = (&self.template, &from.template) {
            head.path = self.path(template, (own, &head.path), (before, after))?;
            self.pairs(head, from, (before, after))?;
        }
        self.fields(head, from, (before, after))
    }

    fn path(
        &self,
        template: &Template,
        (own, path): (&Template, &str),
        (before, after): (&Value, &Value),
    ) -> Result<String, BadHead> {
        if template.as_str() == own.as_str() && member(before, "path") == member(after, "path") {
            return Ok(path.to_owned());
        }
        let (raws, behind) = own.values(path).unwrap_or_default();
        let known: Vec<(&Value, &str)> = own
            .names()
            .zip(raws)
            .filter_map(|(name, raw)| Some((member(member(before, "path")?, name)?, raw)))
            .collect();
        let mut values = Vec::new();
        for name in template.names() {
            let bad = || BadHead::Path(name.into());
            let value =
                member(after, "path").and_then(|path| member(path, name)).ok_or_else(bad)?;
            // Written as it came, where it is what came.
            let raw = known.iter().find(|(known, _)| *known == value).map(|(_, raw)| *raw);
            let param = self.param(Texts::Path, name);
            let raw = match raw {
                Some(raw) => raw.to_owned(),
                None => param::write(&param, value, Writing::Percent)
                    .ok_or_else(|| BadHead::NoText("path", name.into()))?
                    .concat(),
            };
            if raw.is_empty() {
                return Err(bad());
            }
            values.push(raw);
        }
        let values: Vec<&str> = values.iter().map(String::as_str).collect();
        let names = template.names().collect::<Vec<_>>().join(", ");
        template.fill(&values, behind.or(Some(""))).ok_or_else(|| BadHead::Path(names.into()))
    }

    /// Query and cookies.
    fn pairs(
        &self,
        head: &mut Head,
        from: &Self,
        (before, after): (&Value, &Value),
    ) -> Result<(), BadHead> {
        let raw = head.query.take();
        let query = Pairs::query(raw.as_deref().unwrap_or_default());
        let (changed, text) = self.part(query, from, Texts::Query, (before, after))?;
        head.query = if changed { (!text.is_empty()).then_some(text) } else { raw };
        let text = {
            let cookies = lines(&head.headers, COOKIE.as_str()).unwrap_or_default();
            let cookies = Pairs::cookies(cookies.into_iter());
            self.part(cookies, from, Texts::Cookie, (before, after))?
        };
        if let (true, text) = text {
            head.headers.remove(COOKIE);
            if !text.is_empty() {
                let value = HeaderValue::try_from(text);
                let value = value.map_err(|_| BadHead::Field("cookie".into()))?;
                head.headers.insert(COOKIE, value);
            }
        }
        Ok(())
    }

    /// One of them: whether anything changed, and its raw text.
    fn part(
        &self,
        mut pairs: Pairs<'_>,
        from: &Self,
        of: Texts,
        (before, after): (&Value, &Value),
    ) -> Result<(bool, String), BadHead> {
        let mut more = Vec::new();
        let mut changed = false;
        for (name, value) in changes(of, (from, self), (before, after)) {
            changed = true;
            pairs.take(&from.param(of, &name));
            let Some(value) = value else { continue };
            let no_text = || BadHead::NoText(of.as_str(), name.as_str().into());
            let param = self.param(of, &name);
            // What would be said beside it is said by nobody.
            pairs.take(&param);
            more.extend(pairs::write(&param, value, of).ok_or_else(no_text)?);
        }
        Ok((changed, pairs.finish(&more)))
    }

    fn fields(
        &self,
        head: &mut Head,
        from: &Self,
        (before, after): (&Value, &Value),
    ) -> Result<(), BadHead> {
        for (name, value) in changes(Texts::Header, (from, self), (before, after)) {
            let bad = || BadHead::Field(name.as_str().into());
            let field = HeaderName::try_from(name.as_str()).map_err(|_| bad())?;
            if FRAMING.contains(&field.as_str()) {
                return Err(bad());
            }
            let first = head.headers.get(&field).and_then(|value| value.to_str().ok());
            let parameters = match first.and_then(|value| value.split_once(';')) {
                Some((_, parameters)) if field == CONTENT_TYPE => format!(";{parameters}"),
                _ => String::new(),
            };
            head.headers.remove(&field);
            let Some(value) = value else { continue };
            let param = self.param(Texts::Header, &name);
            let no_text = || BadHead::NoText("header", name.as_str().into());
            for line in param::write(&param, value, Writing::Plain).ok_or_else(no_text)? {
                let value = HeaderValue::try_from(format!("{line}{parameters}"));
                head.headers.append(field.clone(), value.map_err(|_| bad())?);
            }
        }
        Ok(())
    }
}

/// The member of an object.
pub fn member<'v>(value: &'v Value, name: &str) -> Option<&'v Value> {
    let Value::Object(members) = value else { return None };
    let name = Text::from_plain(name);
    members.iter().find(|(own, _)| own.same(&name)).map(|(_, value)| value)
}

/// The members of one part that differ, or are written otherwise: with what they are now.
fn changes<'v>(
    part: Texts,
    (from, to): (&Layout, &Layout),
    (before, after): (&'v Value, &'v Value),
) -> Vec<(String, Option<&'v Value>)> {
    let members = |of: &'v Value| match member(of, part.as_str()) {
        Some(Value::Object(members)) => members.as_slice(),
        _ => &[],
    };
    let (old, new) = (members(before), members(after));
    let find = |of: &'v [(Text, Value)], name: &Text| {
        of.iter().find(|(own, _)| own.same(name)).map(|(_, value)| value)
    };
    let gone = old.iter().filter(|(name, _)| find(new, name).is_none());
    let gone = gone.filter_map(|(name, _)| Some((name.decode()?, None)));
    let is_same = |name: &Text, value: &Value| {
        find(old, name) == Some(value)
            && (!matches!(value, Value::Array(_) | Value::Object(_))
                || name
                    .decode()
                    .is_some_and(|name| from.param(part, &name) == to.param(part, &name)))
    };
    let changed = new.iter().filter(|(name, value)| !is_same(name, value));
    let changed = changed.filter_map(|(name, value)| Some((name.decode()?, Some(value))));
    gone.chain(changed).collect()
}
