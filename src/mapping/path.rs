//! Reads the notation of places: `a.b`, `a[]`, `a{}`, `a[0]`, `a[type=x]`, `a["b.c"]`, `.`.

use crate::json::{Path, Segment, Value};

/// Why a text is no path: the byte at which it goes wrong, and what was expected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadPath {
    /// Offset into the text.
    pub at: usize,
    /// What was expected.
    pub expected: &'static str,
}

/// Reads a path.
pub fn parse(text: &str) -> Result<Path, BadPath> {
    if text == "." {
        return Ok(Path::default());
    }
    let mut reader = Reader { text, at: 0 };
    let mut segments = Vec::new();
    let mut named = false;
    while let Some(c) = reader.peek() {
        match c {
            '[' => segments.push(reader.bracket()?),
            '{' => {
                reader.expect("{}", "`{}`: each value of a dictionary")?;
                segments.push(Segment::Values);
            }
            '.' if named || !segments.is_empty() => {
                reader.at += 1;
                segments.push(Segment::Name(reader.name()?));
            }
            _ if segments.is_empty() => segments.push(Segment::Name(reader.name()?)),
            _ => return Err(reader.bad("`.`, `[` or `{`")),
        }
        named = true;
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

impl Reader<'_> {
    fn rest(&self) -> &str {
        self.text.get(self.at..).unwrap_or("")
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn bad(&self, expected: &'static str) -> BadPath {
        BadPath { at: self.at, expected }
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
        while let Some(c) = self.peek() {
            match c {
                '\\' => {
                    self.at += 1;
                    let Some(next) = self.peek() else {
                        return Err(self.bad("a character after the backslash"));
                    };
                    name.push(next);
                    self.at += next.len_utf8();
                }
                '*' => {
                    return Err(
                        self.bad("a name; `*` is not supported yet (`\\*` is the character)")
                    );
                }
                '$' if name.is_empty() => {
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

    fn bracket(&mut self) -> Result<Segment, BadPath> {
        self.at += 1;
        match self.peek() {
            Some(']') => {
                self.at += 1;
                Ok(Segment::Each)
            }
            Some('"') => {
                self.at += 1;
                let mut name = String::new();
                loop {
                    let Some(c) = self.peek() else { return Err(self.bad("a closing quote")) };
                    self.at += c.len_utf8();
                    match c {
                        '"' => break,
                        '\\' => {
                            let Some(next) = self.peek() else {
                                return Err(self.bad("a character after the backslash"));
                            };
                            name.push(next);
                            self.at += next.len_utf8();
                        }
                        c => name.push(c),
                    }
                }
                self.expect("]", "`]`")?;
                Ok(Segment::Name(name.into()))
            }
            Some(c) if c.is_ascii_digit() => {
                let digits: String = self.rest().chars().take_while(char::is_ascii_digit).collect();
                let index = digits.parse().map_err(|_| self.bad("an index below 2^32"))?;
                self.at += digits.len();
                self.expect("]", "`]`")?;
                Ok(Segment::Index(index))
            }
            _ => self.select(),
        }
    }

    fn select(&mut self) -> Result<Segment, BadPath> {
        let mut fields = Vec::new();
        loop {
            let mut names = vec![self.name()?];
            while self.peek() == Some('.') {
                self.at += 1;
                names.push(self.name()?);
            }
            self.expect("=", "`=` and a value")?;
            let end = self.rest().find([',', ']']).ok_or_else(|| self.bad("`]`"))?;
            let text = self.rest().get(..end).unwrap_or("").to_owned();
            self.at += end;
            let scalar = crate::json::parse(text.as_bytes(), 1).ok();
            fields.push((names, scalar.unwrap_or_else(|| Value::string(&text))));
            if self.peek() == Some(',') {
                self.at += 1;
                continue;
            }
            self.expect("]", "`]`")?;
            return Ok(Segment::Select(fields));
        }
    }
}
