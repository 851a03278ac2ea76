//! One parameter: how its values are written, and the JSON value that they stand for. Where it
//! stands, and what its schema says, is known elsewhere.
//!
//! Styles are those of `OpenAPI` 3.1 ("Style Values") and, of Swagger 2.0, `collectionFormat`.

use std::collections::HashSet;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use thiserror::Error;

use crate::json::{self, Text, Value};

/// Levels that a document in a parameter may have.
const LEVELS: usize = 64;

/// The parts of a message whose values are texts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Texts {
    /// Parameters of the path template.
    Path,
    /// Parameters of the query.
    Query,
    /// Fields of the head.
    Header,
    /// Pairs of `Cookie`.
    Cookie,
}

impl Texts {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Path, Self::Query, Self::Header, Self::Cookie];

    /// As places and contracts name it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Path => "path",
            Self::Query => "query",
            Self::Header => "header",
            Self::Cookie => "cookie",
        }
    }

    /// The one of that name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|text| text.as_str() == name)
    }
}

/// How several values, or the members of an object, stand in one parameter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Style {
    /// `a,b`
    Simple,
    /// `.a.b`
    Label,
    /// `;name=a;name=b`
    Matrix,
    /// `name=a&name=b`, or `name=a,b` where it is not exploded.
    Form,
    /// `name=a%20b`
    Space,
    /// `name=a|b`
    Pipe,
    /// `name=a%09b`, of Swagger 2.0 alone.
    Tab,
    /// `name[key]=a`
    Deep,
    /// A JSON document as text: `content` instead of a schema.
    Json,
}

/// What the values of a parameter stand for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Form {
    /// One text.
    Scalar,
    /// A list of texts, also where there is one.
    List,
    /// An object of texts.
    Object,
    /// One text, or a list where there are several: nobody has said which.
    Any,
}

/// A parameter.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Param {
    /// Its name; of a header in lower case.
    pub name: Box<str>,
    /// How several values are written.
    pub style: Style,
    /// Each value, or member, stands by itself.
    pub explode: bool,
    /// What the values stand for.
    pub form: Form,
}

impl Param {
    /// One of which nobody has said anything.
    pub fn unsaid(name: &str, at: Texts) -> Self {
        let style = match at {
            Texts::Path | Texts::Header => Style::Simple,
            Texts::Query | Texts::Cookie => Style::Form,
        };
        let explode = matches!(at, Texts::Query | Texts::Cookie);
        Self { name: name.into(), style, explode, form: Form::Any }
    }

    /// What separates the values of one text, as it stands in the text.
    fn separator(&self, decoded: bool) -> &'static str {
        match (self.style, decoded) {
            (Style::Space, true) => " ",
            (Style::Space, false) => "%20",
            (Style::Tab, true) => "\t",
            (Style::Tab, false) => "%09",
            // A query has no such character as it is (RFC 3986, 3.4).
            (Style::Pipe, true) => "|",
            (Style::Pipe, false) => "%7C",
            (Style::Label, _) if self.explode => ".",
            (
                Style::Simple
                | Style::Label
                | Style::Matrix
                | Style::Form
                | Style::Deep
                | Style::Json,
                _,
            ) => ",",
        }
    }

    /// One of several parts of a text, raw. A comma that is encoded divides nothing.
    fn part(&self, text: &str, writing: Writing) -> Result<String, Unwritten> {
        let separator = self.separator(true);
        let is_plain = writing == Writing::Plain;
        let divides = text.contains(separator) && (is_plain || separator != ",");
        if divides {
            return Err(Unwritten::Divided);
        }
        if is_plain && text.trim() != text {
            return Err(Unwritten::Blank);
        }
        Ok(writing.write(text))
    }

    /// Whether each of several values has a pair of its own, `name=a&name=b`, as also those have that
    /// stand where one is due.
    pub fn repeats(&self) -> bool {
        match self.form {
            Form::Scalar | Form::Any => true,
            Form::List | Form::Object => {
                self.explode && matches!(self.style, Style::Form | Style::Space | Style::Pipe)
            }
        }
    }

    /// Whether scalars are not written as they are.
    fn is_marked(&self) -> bool {
        matches!(self.style, Style::Label | Style::Matrix | Style::Json)
    }

    /// Whether a value is written alike in both, but for the name before a `=`.
    pub fn writes_like(&self, other: &Self, value: &Value) -> bool {
        let same = (self.style, self.explode) == (other.style, other.explode);
        match value {
            _ if self.is_marked() || other.is_marked() => {
                same && (self.style != Style::Matrix || self.name == other.name)
            }
            Value::Array(_) if self.repeats() => other.repeats(),
            Value::Array(_) => same && !other.repeats(),
            Value::Object(_) => same,
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => true,
        }
    }

    /// Whether a value that came as one stands for the same as the other: it is written alike, or the
    /// other says nothing of how such values are written.
    pub fn stays_in(&self, other: &Self, value: &Value) -> bool {
        let is_told = match value {
            Value::Array(_) => other.form != Form::Scalar,
            Value::Object(_) => other.form == Form::Object,
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => true,
        };
        let is_bare = !self.is_marked() && !other.is_marked();
        !is_told && is_bare || self.writes_like(other, value)
    }

    /// Whether every value of it may stay as it came.
    pub fn looks_like(&self, other: &Self) -> bool {
        let (text, list, object) = (Value::Null, Value::Array(vec![]), Value::Object(vec![]));
        let values = match self.form {
            Form::Scalar | Form::Any => &[text, list][..],
            Form::List => &[list],
            Form::Object => &[object],
        };
        values.iter().all(|value| self.stays_in(other, value))
    }
}

/// How the characters of a text are written in a part of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Writing {
    /// Percent-encoded (RFC 3986); `+` is itself.
    Percent,
    /// Percent-encoded, and `+` is a space (`application/x-www-form-urlencoded`).
    Form,
    /// Percent-encoded as far as a cookie needs it; its value is opaque but for that.
    Cookie,
    /// As it is.
    Plain,
}

/// What is written as it is in a path and in a query: unreserved characters, and those that nobody
/// takes for a separator.
const SAFE: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~')
    .remove(b':')
    .remove(b'@')
    .remove(b'!')
    .remove(b'*');

/// What a cookie cannot hold as it is (RFC 6265, 4.1.1), and the percent sign that says so.
const COOKIE: &AsciiSet =
    &percent_encoding::CONTROLS.add(b' ').add(b'"').add(b',').add(b';').add(b'\\').add(b'%');

impl Writing {
    /// The text that raw text stands for; `None` where it is no UTF-8.
    pub fn read(self, raw: &str) -> Option<String> {
        let decoded = |raw: &str| Some(percent_decode_str(raw).decode_utf8().ok()?.into_owned());
        match self {
            Self::Form if raw.contains('+') => decoded(&raw.replace('+', " ")),
            Self::Percent | Self::Form | Self::Cookie => decoded(raw),
            Self::Plain => Some(raw.to_owned()),
        }
    }

    /// Raw text that stands for a text.
    pub fn write(self, text: &str) -> String {
        match self {
            Self::Percent | Self::Form => utf8_percent_encode(text, SAFE).to_string(),
            Self::Cookie => utf8_percent_encode(text, COOKIE).to_string(),
            Self::Plain => text.to_owned(),
        }
    }
}

/// The values of one text, each still raw.
fn pieces(param: &Param, text: &str, writing: Writing) -> Vec<String> {
    let decoded = writing == Writing::Plain;
    let separator = param.separator(decoded);
    let text = match param.style {
        Style::Label => text.strip_prefix('.').unwrap_or(text),
        Style::Matrix => text.strip_prefix(';').unwrap_or(text),
        _ => text,
    };
    if text.is_empty() {
        return Vec::new();
    }
    let value = |pair: &str| pair.split_once('=').map_or_else(String::new, |(_, v)| v.to_owned());
    let text = match param.style {
        Style::Matrix if param.explode => return text.split(';').map(value).collect(),
        Style::Matrix => value(text),
        // Either spelling of what separates is one.
        Style::Space if !decoded => text.replace('+', separator),
        Style::Pipe if !decoded => text.replace('|', separator).replace("%7c", separator),
        _ => text.to_owned(),
    };
    let pieces = text.split(separator).map(|piece| if decoded { piece.trim() } else { piece });
    pieces.map(str::to_owned).collect()
}

/// Why raw values stand for nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum Unread {
    /// `?limit=%FF`
    #[error("is no text in UTF-8")]
    Text,
    /// `?filter={` or `?filter=1&filter=2`, with `content: { application/json: … }`
    #[error("is not one JSON document")]
    Json,
    /// The same with a document of a hundred lists, one in the other.
    #[error("is a JSON document of more than {LEVELS} levels")]
    Deep,
    /// `?point=x,1,y` or `?point=x,1,x,2`
    #[error("is no list of names and their values")]
    Members,
}

/// The JSON value that the raw values of a parameter stand for, of several pairs or lines each one.
pub fn read(param: &Param, raws: &[&str], writing: Writing) -> Result<Value, Unread> {
    let texts = |raw: &str| Ok(Value::string(&writing.read(raw).ok_or(Unread::Text)?));
    match (param.style, param.form) {
        (Style::Json, _) => {
            let [one] = raws else { return Err(Unread::Json) };
            let text = writing.read(one).ok_or(Unread::Text)?;
            json::parse(text.as_bytes(), LEVELS)
                .map_err(|wrong| if wrong.is_too_deep() { Unread::Deep } else { Unread::Json })
        }
        (_, Form::Scalar | Form::Any) => match raws {
            [one] => texts(match param.style {
                Style::Label => one.strip_prefix('.').unwrap_or(one),
                Style::Matrix => {
                    let pair = one.strip_prefix(';').and_then(|pair| pair.split_once('='));
                    pair.map_or(one, |(_, value)| value)
                }
                _ => one,
            }),
            // Nobody chooses one of them: they stay several, for whoever judges that.
            many => many.iter().map(|raw| texts(raw)).collect::<Result<_, _>>().map(Value::Array),
        },
        (_, Form::List) => {
            let split = |raw: &&str| {
                if param.repeats() { vec![(*raw).to_owned()] } else { pieces(param, raw, writing) }
            };
            let all = raws.iter().flat_map(split).map(|raw| texts(&raw));
            all.collect::<Result<_, _>>().map(Value::Array)
        }
        (_, Form::Object) => object(param, raws, writing),
    }
}

/// Members of one text: `a,1,b,2`, or `a=1,b=2` where it is exploded.
fn object(param: &Param, raws: &[&str], writing: Writing) -> Result<Value, Unread> {
    let (mut names, mut members) = (HashSet::new(), Vec::new());
    for raw in raws {
        let mut add = |name: &str, value: &str| {
            let name = writing.read(name.trim()).ok_or(Unread::Text)?;
            let value = writing.read(value).ok_or(Unread::Text)?;
            members.push((Text::from_plain(&name), Value::string(&value)));
            if names.insert(name) { Ok(()) } else { Err(Unread::Members) }
        };
        if param.explode && param.style == Style::Matrix {
            for (name, value) in raw.split(';').filter_map(|own| own.split_once('=')) {
                add(name, value)?;
            }
            continue;
        }
        for pair in pieces(param, raw, writing).chunks(if param.explode { 1 } else { 2 }) {
            let (name, value) = match pair {
                [one] if param.explode => one.split_once('=').ok_or(Unread::Members)?,
                [name, value] => (&**name, &**value),
                _ => return Err(Unread::Members),
            };
            add(name, value)?;
        }
    }
    Ok(Value::Object(members))
}

/// The plain texts of a scalar; `None` of anything else.
pub fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => text.decode(),
        Value::Number(text) => Some(text.to_string()),
        Value::Bool(yes) => Some(yes.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

/// A constant as it stands in a text: of an array or object, every scalar in it.
#[must_use]
pub fn texted(value: Value) -> Value {
    match value {
        Value::Number(_) | Value::Bool(_) => {
            text(&value).map_or(value, |text| Value::string(&text))
        }
        Value::Array(items) => Value::Array(items.into_iter().map(texted).collect()),
        Value::Object(members) => {
            let members = members.into_iter().map(|(name, value)| (name, texted(value)));
            Value::Object(members.collect())
        }
        other @ (Value::Null | Value::String(_)) => other,
    }
}

/// Why no raw values say a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum Unwritten {
    /// An object within a list, or where a scalar is due.
    #[error("would have to be an object or a list, where only a text can stand")]
    Nested,
    /// `"\ud800"`
    #[error("would have half a character, which no text has")]
    Half,
    /// `a,b` as one element of a list in a field.
    #[error("would have a part with a character that divides parts there")]
    Divided,
    /// `" a"` in a field, or in a list in it.
    #[error("would begin or end with white space, which a field does not keep")]
    Blank,
}

/// The raw values of a parameter that a JSON value makes, one for each pair or line; none of null.
pub fn write(param: &Param, value: &Value, writing: Writing) -> Result<Vec<String>, Unwritten> {
    let prefixed = |text: String| match param.style {
        Style::Label => format!(".{text}"),
        Style::Matrix => format!(";{}={text}", param.name),
        _ => text,
    };
    let separator = param.separator(writing == Writing::Plain);
    Ok(match value {
        Value::Null => Vec::new(),
        value if param.style == Style::Json => vec![writing.write(&value.to_string())],
        Value::Array(items) if param.repeats() => {
            elements(items, |item| raw(item, writing))?.into_iter().map(prefixed).collect()
        }
        Value::Array(items) => {
            let all = elements(items, |item| param.part(&plain(item)?, writing))?;
            vec![if param.style == Style::Matrix && param.explode {
                prefix(&all, &format!(";{}=", param.name))
            } else {
                prefixed(all.join(separator))
            }]
        }
        // Where nobody said that one stands there it would be read as a text, or as a list.
        Value::Object(_) if param.form != Form::Object => return Err(Unwritten::Nested),
        Value::Object(members) => {
            let mut pairs = Vec::new();
            for (name, value) in members.iter().filter(|(_, value)| *value != Value::Null) {
                let name = name.decode().ok_or(Unwritten::Half)?;
                if param.explode && writing == Writing::Plain && name.contains('=') {
                    return Err(Unwritten::Divided);
                }
                pairs.push((param.part(&name, writing)?, param.part(&plain(value)?, writing)?));
            }
            if !param.explode {
                let flat: Vec<String> = pairs.into_iter().flat_map(|(n, v)| [n, v]).collect();
                return Ok(vec![prefixed(flat.join(separator))]);
            }
            let pairs: Vec<String> = pairs.iter().map(|(n, v)| format!("{n}={v}")).collect();
            vec![match param.style {
                Style::Matrix => prefix(&pairs, ";"),
                Style::Label => format!(".{}", pairs.join(".")),
                _ => pairs.join(separator),
            }]
        }
        scalar => vec![prefixed(raw(scalar, writing)?)],
    })
}

/// The raw text of a scalar.
pub(super) fn raw(value: &Value, writing: Writing) -> Result<String, Unwritten> {
    let text = plain(value)?;
    // Who reads a field takes these off (RFC 9110, 5.5).
    if writing == Writing::Plain && text.trim_matches([' ', '\t']) != text {
        return Err(Unwritten::Blank);
    }
    Ok(writing.write(&text))
}

fn plain(value: &Value) -> Result<String, Unwritten> {
    text(value).ok_or(match value {
        Value::String(_) => Unwritten::Half,
        _ => Unwritten::Nested,
    })
}

/// The elements of a list as they are written.
pub(super) fn elements(
    items: &[Value],
    write: impl Fn(&Value) -> Result<String, Unwritten>,
) -> Result<Vec<String>, Unwritten> {
    items.iter().filter(|item| **item != Value::Null).map(write).collect()
}

/// Texts one behind the other, each with this before it.
fn prefix(all: &[String], before: &str) -> String {
    let mut text = String::new();
    for own in all {
        text.extend([before, own]);
    }
    text
}
