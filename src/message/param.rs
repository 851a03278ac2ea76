//! One parameter: how its values are written, and the JSON value that they stand for. Where it
//! stands, and what its schema says, is known elsewhere.
//!
//! Styles are those of `OpenAPI` 3.1 ("Style Values") and, of Swagger 2.0, `collectionFormat`.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

use crate::json::{Text, Value};

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
            (Style::Pipe, _) => "|",
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

    /// Whether each of several values has a pair of its own: `name=a&name=b`.
    pub fn repeats(&self) -> bool {
        self.explode && matches!(self.style, Style::Form) || self.form == Form::Any
    }
}

/// How the characters of a text are written in a part of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Writing {
    /// Percent-encoded (RFC 3986); `+` is itself.
    Percent,
    /// Percent-encoded, and `+` is a space (`application/x-www-form-urlencoded`).
    Form,
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
            Self::Percent | Self::Form => decoded(raw),
            Self::Plain => Some(raw.to_owned()),
        }
    }

    /// Raw text that stands for a text.
    pub fn write(self, text: &str) -> String {
        match self {
            Self::Percent | Self::Form => utf8_percent_encode(text, SAFE).to_string(),
            Self::Plain => text.to_owned(),
        }
    }
}

/// The raw text of a cookie's value.
pub(super) fn cookie(text: &str) -> String {
    utf8_percent_encode(text, COOKIE).to_string()
}

/// The values of one text, each still raw.
fn pieces(param: &Param, text: &str, decoded: bool) -> Vec<String> {
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
        Style::Pipe if !decoded => text.replace("%7C", separator).replace("%7c", separator),
        _ => text.to_owned(),
    };
    text.split(separator).map(str::to_owned).collect()
}

/// The JSON value that the raw values of a parameter stand for, of several pairs or lines each one.
/// `None`: they are no text (no UTF-8), or no JSON where that is due.
pub fn read(param: &Param, raws: &[&str], writing: Writing) -> Option<Value> {
    let texts = |raw: &str| Some(Value::string(&writing.read(raw)?));
    match (param.style, param.form) {
        (Style::Json, _) => {
            let text = writing.read(raws.first()?)?;
            crate::json::parse(text.as_bytes(), 64).ok()
        }
        (_, Form::Any) => match raws {
            [one] => texts(one),
            many => Some(Value::Array(many.iter().map(|raw| texts(raw)).collect::<Option<_>>()?)),
        },
        (_, Form::Scalar) => {
            let [one] = raws else {
                // Who wants one takes the first; the others are an affair of who sends them.
                return Some(Value::Array(
                    raws.iter().map(|raw| texts(raw)).collect::<Option<_>>()?,
                ));
            };
            let one = match (param.style, &**one) {
                (Style::Label, raw) => raw.strip_prefix('.').unwrap_or(raw),
                (Style::Matrix, raw) => raw.split_once('=').map_or(raw, |(_, value)| value),
                (_, raw) => raw,
            };
            texts(one)
        }
        (_, Form::List) => {
            let plain = writing == Writing::Plain;
            let mut all = Vec::new();
            for raw in raws {
                if param.repeats() {
                    all.push(texts(raw)?);
                    continue;
                }
                for piece in pieces(param, raw, plain) {
                    all.push(texts(if plain { piece.trim() } else { &piece })?);
                }
            }
            Some(Value::Array(all))
        }
        (_, Form::Object) => object(param, raws, writing),
    }
}

/// Members of one text: `a,1,b,2`, or `a=1,b=2` where it is exploded.
fn object(param: &Param, raws: &[&str], writing: Writing) -> Option<Value> {
    let plain = writing == Writing::Plain;
    let mut members = Vec::new();
    for raw in raws {
        let mut add = |name: &str, value: &str| {
            let name = Text::from_plain(&writing.read(name.trim())?);
            members.push((name, Value::string(&writing.read(value)?)));
            Some(())
        };
        if param.explode && param.style == Style::Matrix {
            for (name, value) in raw.split(';').filter_map(|own| own.split_once('=')) {
                add(name, value)?;
            }
            continue;
        }
        let pieces = pieces(param, raw, plain);
        if param.explode {
            for piece in pieces {
                let (name, value) = piece.split_once('=')?;
                add(name, value)?;
            }
        } else {
            for pair in pieces.chunks(2) {
                let [name, value] = pair else { return None };
                add(name, value)?;
            }
        }
    }
    Some(Value::Object(members))
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

/// The raw values of a parameter that a JSON value makes, one for each pair or line; none of null.
/// `None`: it is no text, as an object within a list is none.
pub fn write(param: &Param, value: &Value, writing: Writing) -> Option<Vec<String>> {
    let raw = |value: &Value| Some(writing.write(&text(value)?));
    let several = |items: &[Value]| -> Option<Vec<String>> {
        items.iter().filter(|item| **item != Value::Null).map(raw).collect()
    };
    let prefixed = |text: String| match param.style {
        Style::Label => format!(".{text}"),
        Style::Matrix => format!(";{}={text}", param.name),
        _ => text,
    };
    match value {
        Value::Null => Some(Vec::new()),
        value if param.style == Style::Json => Some(vec![writing.write(&value.to_string())]),
        Value::Array(items) => {
            let all = several(items)?;
            if param.repeats() && param.style != Style::Matrix {
                return Some(all);
            }
            let joined = if param.style == Style::Matrix && param.explode {
                return Some(vec![prefix(&all, &format!(";{}=", param.name))]);
            } else {
                all.join(param.separator(writing == Writing::Plain))
            };
            Some(vec![prefixed(joined)])
        }
        // Where nobody said that one stands there it would be read as a text, or as a list.
        Value::Object(_) if param.form != Form::Object => None,
        Value::Object(members) => {
            let mut pairs = Vec::new();
            for (name, value) in members.iter().filter(|(_, value)| *value != Value::Null) {
                pairs.push((writing.write(&name.decode()?), raw(value)?));
            }
            let separator = param.separator(writing == Writing::Plain);
            if param.explode {
                let pairs: Vec<String> = pairs.iter().map(|(n, v)| format!("{n}={v}")).collect();
                return Some(vec![match param.style {
                    Style::Matrix => prefix(&pairs, ";"),
                    Style::Label => format!(".{}", pairs.join(".")),
                    _ => pairs.join(separator),
                }]);
            }
            let flat: Vec<String> = pairs.into_iter().flat_map(|(n, v)| [n, v]).collect();
            Some(vec![prefixed(flat.join(separator))])
        }
        scalar => Some(vec![prefixed(raw(scalar)?)]),
    }
}

/// Texts one behind the other, each with this before it.
fn prefix(all: &[String], before: &str) -> String {
    let mut text = String::new();
    for own in all {
        text.extend([before, own]);
    }
    text
}
