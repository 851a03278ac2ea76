//! Reads the notation of places: `a.b`, `a[]`, `a{}`, `a[0]`, `a[type=x]`, `a["b.c"]`, `.`. It
//! does not know which part of a message or which contract a place belongs to.

use crate::json::{self, Path, Segment, Value};

#[cfg(test)]
mod tests;

/// Why a text is no place.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadPath {
    /// `a..b`, `a[`, `a=b`, `$a`, nothing at all.
    #[error("expected {expected}")]
    Expected {
        /// Offset of the byte at which the text goes wrong.
        at: usize,
        /// What would have been right there.
        expected: &'static str,
    },
    /// `a.*`, `*`
    #[error("`*` is not supported yet")]
    NotYet {
        /// Offset of the star.
        at: usize,
    },
}

impl BadPath {
    /// Offset of the byte at which the text goes wrong.
    pub fn at(&self) -> usize {
        match self {
            Self::Expected { at, .. } | Self::NotYet { at } => *at,
        }
    }
}

/// Reads a path.
pub fn parse(text: &str) -> Result<Path, BadPath> {
    if text == "." {
        return Ok(Path::default());
    }
    let mut reader = Reader { text, at: 0 };
    let mut segments = Vec::new();
    while let Some(c) = reader.peek() {
        segments.push(match c {
            '[' => reader.bracket()?,
            '{' => {
                reader.expect("{}", "`{}`: each value of a dictionary")?;
                Segment::Values
            }
            '.' if !segments.is_empty() => {
                reader.at += 1;
                Segment::Name(reader.name()?)
            }
            _ if segments.is_empty() => Segment::Name(reader.name()?),
            _ => return Err(reader.bad("`.`, `[` or `{`; a backslash makes it part of a name")),
        });
    }
    if segments.is_empty() {
        return Err(reader.bad("a path; `.` is the value itself"));
    }
    Ok(Path(segments))
}

struct Reader<'t> {
    text: &'t str,
    at: usize,
}

impl<'t> Reader<'t> {
    fn rest(&self) -> &'t str {
        self.text.get(self.at..).unwrap_or("")
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn next(&mut self, expected: &'static str) -> Result<char, BadPath> {
        let c = self.peek().ok_or_else(|| self.bad(expected))?;
        self.at += c.len_utf8();
        Ok(c)
    }

    fn bad(&self, expected: &'static str) -> BadPath {
        BadPath::Expected { at: self.at, expected }
    }

    fn expect(&mut self, token: &str, expected: &'static str) -> Result<(), BadPath> {
        if !self.rest().starts_with(token) {
            return Err(self.bad(expected));
        }
        self.at += token.len();
        Ok(())
    }

    /// A name up to a special character; a backslash makes one a part of it.
    fn name(&mut self) -> Result<Box<str>, BadPath> {
        let mut name = String::new();
        let begin = self.at;
        while let Some(c) = self.peek() {
            match c {
                '\\' => {
                    self.at += 1;
                    name.push(self.next("a character after the backslash")?);
                }
                '*' if self.at == begin && matches!(self.rest(), "*") => {
                    return Err(BadPath::NotYet { at: self.at });
                }
                '*' => return Err(self.bad("a name; the character is written `\\*`")),
                '$' if self.at == begin => {
                    return Err(self.bad("a name; one that begins with a dollar is written `\\$…`"));
                }
                '.' | '[' | ']' | '{' | '}' | '=' | ',' => break,
                _ => {
                    name.push(c);
                    self.at += c.len_utf8();
                }
            }
        }
        if name.is_empty() { Err(self.bad("a name")) } else { Ok(name.into()) }
    }

    /// What stands between brackets: nothing, a name in quotes, an index, or a selector.
    fn bracket(&mut self) -> Result<Segment, BadPath> {
        self.at += 1;
        let rest = self.rest();
        if rest.starts_with(']') {
            self.at += 1;
            return Ok(Segment::Each);
        }
        if rest.starts_with('"') {
            self.at += 1;
            let mut name = String::new();
            loop {
                match self.next("a closing quote")? {
                    '"' => break,
                    '\\' => name.push(self.next("a character after the backslash")?),
                    c => name.push(c),
                }
            }
            self.expect("]", "`]`")?;
            return Ok(Segment::Name(name.into()));
        }
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        match rest.split_at_checked(digits) {
            Some((digits, after)) if !digits.is_empty() && after.starts_with(']') => {
                let index = digits.parse().map_err(|_| self.bad("an index below 2^32"))?;
                self.at += digits.len() + 1;
                Ok(Segment::Index(index))
            }
            _ => self.select(),
        }
    }

    fn select(&mut self) -> Result<Segment, BadPath> {
        let mut fields: Vec<(Vec<Box<str>>, Value)> = Vec::new();
        loop {
            let begin = self.at;
            let mut names = vec![self.name()?];
            while self.peek() == Some('.') {
                self.at += 1;
                names.push(self.name()?);
            }
            if fields.iter().any(|(before, _)| *before == names) {
                return Err(BadPath::Expected { at: begin, expected: "each field once" });
            }
            self.expect("=", "`=` and a value")?;
            fields.push((names, self.value()?));
            if self.peek() == Some(',') {
                self.at += 1;
                continue;
            }
            self.expect("]", "`,` or `]`")?;
            return Ok(Segment::Select(fields));
        }
    }

    /// The value of a selector's field: a JSON scalar, else text without quotes.
    fn value(&mut self) -> Result<Value, BadPath> {
        let begin = self.at;
        if self.peek() == Some('"') {
            self.at += 1;
            loop {
                match self.next("a closing quote")? {
                    '"' => break,
                    '\\' => drop(self.next("a character after the backslash")?),
                    _ => {}
                }
            }
            let raw = self.text.get(begin..self.at).unwrap_or("");
            return json::parse(raw.as_bytes(), 1)
                .map_err(|_| BadPath::Expected { at: begin, expected: "a JSON string" });
        }
        let (mut plain, mut escaped) = (String::new(), false);
        loop {
            match self.peek() {
                Some(',' | ']') | None => break,
                Some('\\') => {
                    self.at += 1;
                    escaped = true;
                    plain.push(self.next("a character after the backslash")?);
                }
                Some(c) => {
                    plain.push(c);
                    self.at += c.len_utf8();
                }
            }
        }
        if plain.is_empty() {
            return Err(self.bad("a value; the empty text is `\"\"`"));
        }
        let scalar = json::parse(plain.as_bytes(), 1).ok().filter(|v| match v {
            Value::Null | Value::Bool(_) | Value::Number(_) => !escaped,
            Value::String(_) | Value::Array(_) | Value::Object(_) => false,
        });
        Ok(scalar.unwrap_or_else(|| Value::string(&plain)))
    }
}
