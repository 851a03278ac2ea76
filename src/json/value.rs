//! Small JSON trees: literals of mappings and contracts. Numbers and strings keep their text.

use std::fmt::{self, Write as _};

/// A JSON string as the text between its quotes, escapes and all; so a lone surrogate
/// (`\ud800`), which no Rust string can hold, is kept as it came.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Text(Box<str>);

impl Text {
    /// Takes text that stands between the quotes of a valid JSON string.
    pub fn from_raw(raw: &str) -> Self {
        Self(Box::from(raw))
    }

    /// Escapes plain text: `"`, `\` and control characters.
    pub fn from_plain(plain: &str) -> Self {
        let mut raw = String::with_capacity(plain.len());
        for c in plain.chars() {
            match c {
                '"' => raw.push_str("\\\""),
                '\\' => raw.push_str("\\\\"),
                '\n' => raw.push_str("\\n"),
                '\r' => raw.push_str("\\r"),
                '\t' => raw.push_str("\\t"),
                c if u32::from(c) < 0x20 => {
                    // Writing to a string cannot fail.
                    let _ok = write!(raw, "\\u{:04x}", u32::from(c));
                }
                c => raw.push(c),
            }
        }
        Self(raw.into())
    }

    /// The text between the quotes, as it is written.
    pub fn raw(&self) -> &str {
        &self.0
    }

    /// The code points; a lone surrogate is its own.
    pub fn code_points(&self) -> impl Iterator<Item = u32> + '_ {
        CodePoints { rest: &self.0 }
    }

    /// Whether both are the same string, however written.
    pub fn same(&self, other: &Self) -> bool {
        same_text(&self.0, &other.0)
    }

    /// The decoded text, unless it holds a lone surrogate.
    pub fn decode(&self) -> Option<String> {
        self.code_points().map(char::from_u32).collect()
    }
}

/// Whether two texts between the quotes of valid JSON strings are the same string.
pub fn same_text(a: &str, b: &str) -> bool {
    for (a_byte, b_byte) in a.bytes().zip(b.bytes()) {
        if a_byte == b'\\' || b_byte == b'\\' {
            let points = |rest| CodePoints { rest };
            return points(a).eq(points(b));
        }
        if a_byte != b_byte {
            return false;
        }
    }
    // The longer one goes on, be it with an escape.
    a.len() == b.len()
}

/// Decodes the raw text of a valid JSON string.
struct CodePoints<'a> {
    rest: &'a str,
}

impl CodePoints<'_> {
    fn hex(&mut self) -> u32 {
        let (digits, rest) = self.rest.split_at_checked(4).unwrap_or((self.rest, ""));
        self.rest = rest;
        u32::from_str_radix(digits, 16).unwrap_or(0xFFFD)
    }
}

impl Iterator for CodePoints<'_> {
    type Item = u32;

    fn next(&mut self) -> Option<u32> {
        let mut chars = self.rest.chars();
        let c = chars.next()?;
        self.rest = chars.as_str();
        if c != '\\' {
            return Some(u32::from(c));
        }
        let escaped = chars.next()?;
        self.rest = chars.as_str();
        Some(match escaped {
            'b' => 8,
            'f' => 12,
            'n' => 10,
            'r' => 13,
            't' => 9,
            'u' => {
                let high = self.hex();
                let low = self.rest.strip_prefix("\\u").and_then(|r| r.get(..4));
                let low = low.and_then(|d| u32::from_str_radix(d, 16).ok());
                match low {
                    Some(low)
                        if (0xD800..0xDC00).contains(&high) && (0xDC00..0xE000).contains(&low) =>
                    {
                        self.rest = self.rest.get(6..).unwrap_or("");
                        0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00)
                    }
                    _ => high,
                }
            }
            other => u32::from(other),
        })
    }
}

/// A JSON value whose scalars keep their text. `Eq` is equality of the text;
/// [`Value::same`] is the language's equality.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Value {
    /// `null`
    Null,
    /// `true`, `false`
    Bool(bool),
    /// A number as it is written.
    Number(Box<str>),
    /// A string as it is written.
    String(Text),
    /// Elements in order.
    Array(Vec<Value>),
    /// Members in order.
    Object(Vec<(Text, Value)>),
}

impl Value {
    /// A string by its plain text.
    pub fn string(plain: &str) -> Self {
        Self::String(Text::from_plain(plain))
    }

    /// Equal by the language: numbers by decimal value, strings by code points, objects as sets
    /// of members, arrays in order.
    pub fn same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Null, Self::Null) => true,
            (Self::Bool(a), Self::Bool(b)) => a == b,
            (Self::Number(a), Self::Number(b)) => a == b || super::number::same(a, b),
            (Self::String(a), Self::String(b)) => a.same(b),
            (Self::Array(a), Self::Array(b)) => {
                a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a.same(b))
            }
            (Self::Object(a), Self::Object(b)) => super::canon::same_members(a, b),
            _ => false,
        }
    }
}

impl Value {
    /// Its JSON text, behind what is there.
    pub fn write(&self, to: &mut Vec<u8>) {
        match self {
            Self::Number(number) => to.extend_from_slice(number.as_bytes()),
            Self::String(text) => {
                to.push(b'"');
                to.extend_from_slice(text.raw().as_bytes());
                to.push(b'"');
            }
            other => to.extend_from_slice(other.to_string().as_bytes()),
        }
    }
}

/// Writes compact JSON.
impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => f.write_str("null"),
            Self::Bool(b) => write!(f, "{b}"),
            Self::Number(n) => f.write_str(n),
            Self::String(t) => write!(f, "\"{}\"", t.raw()),
            Self::Array(items) => {
                f.write_str("[")?;
                for (at, item) in items.iter().enumerate() {
                    write!(f, "{}{item}", if at > 0 { "," } else { "" })?;
                }
                f.write_str("]")
            }
            Self::Object(members) => {
                f.write_str("{")?;
                for (at, (key, value)) in members.iter().enumerate() {
                    write!(f, "{}\"{}\":{value}", if at > 0 { "," } else { "" }, key.raw())?;
                }
                f.write_str("}")
            }
        }
    }
}
