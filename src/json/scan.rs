//! The validating scanner: RFC 8259 to the letter, over bytes, without a tree. It is driven by
//! the executor value by value; it knows nothing of what the values mean.

use memchr::memchr2;
use thiserror::Error;

/// What is wrong with a document, and where.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("{kind} at byte {at}")]
pub struct Malformed {
    /// Offset of the first offending byte.
    pub at: usize,
    /// What is wrong.
    pub kind: MalformedKind,
}

/// What is wrong with a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum MalformedKind {
    /// `{"a":}`
    #[error("unexpected byte")]
    Unexpected,
    /// `{"a":1`
    #[error("unexpected end")]
    Truncated,
    /// `"\x"`
    #[error("bad escape")]
    Escape,
    /// A raw control character in a string.
    #[error("control character in a string")]
    Control,
    /// A byte sequence that is no UTF-8.
    #[error("invalid UTF-8")]
    Utf8,
    /// `01`, `1.`, `-`
    #[error("malformed number")]
    Number,
    /// `{} {}`
    #[error("trailing bytes")]
    Trailing,
    /// More levels than allowed.
    #[error("too deep")]
    Depth,
    /// A name that stands twice in an object that is looked into.
    #[error("duplicate name")]
    Duplicate,
}

/// The type of a JSON value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `null`
    Null,
    /// `true`, `false`
    Bool,
    /// A number.
    Number,
    /// A string.
    String,
    /// `[…]`
    Array,
    /// `{…}`
    Object,
}

/// A name: its raw text between the quotes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Name {
    /// Offset behind the opening quote.
    pub start: usize,
    /// Offset of the closing quote.
    pub end: usize,
    /// Whether it holds an escape.
    pub escaped: bool,
}

/// A position in a document, with the levels that are left.
#[derive(Clone, Debug)]
pub struct Scanner<'a> {
    bytes: &'a [u8],
    pos: usize,
    left: usize,
}

impl<'a> Scanner<'a> {
    /// A scanner over a document that may have `depth` levels of arrays and objects.
    pub fn new(bytes: &'a [u8], depth: usize) -> Result<Self, Malformed> {
        if let Err(error) = std::str::from_utf8(bytes) {
            return Err(Malformed { at: error.valid_up_to(), kind: MalformedKind::Utf8 });
        }
        Ok(Self { bytes, pos: 0, left: depth })
    }

    /// A scanner at a value of a document that was scanned before.
    pub fn at(bytes: &'a [u8], pos: usize, depth: usize) -> Self {
        Self { bytes, pos, left: depth }
    }

    /// Where it stands.
    #[inline]
    pub fn pos(&self) -> usize {
        self.pos
    }

    /// The levels that are left.
    #[inline]
    pub fn left(&self) -> usize {
        self.left
    }

    fn fail<T>(&self, kind: MalformedKind) -> Result<T, Malformed> {
        let kind = if self.pos >= self.bytes.len() { MalformedKind::Truncated } else { kind };
        Err(Malformed { at: self.pos, kind })
    }

    #[inline]
    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.pos).copied()
    }

    /// Skips white space.
    #[inline]
    pub fn space(&mut self) {
        while let Some(b' ' | b'\n' | b'\r' | b'\t') = self.peek() {
            self.pos += 1;
        }
    }

    /// The type of the value that comes, by its first byte; white space before it is skipped.
    #[inline]
    pub fn kind(&mut self) -> Result<Kind, Malformed> {
        self.space();
        match self.peek() {
            Some(b'"') => Ok(Kind::String),
            Some(b'{') => Ok(Kind::Object),
            Some(b'[') => Ok(Kind::Array),
            Some(b'-' | b'0'..=b'9') => Ok(Kind::Number),
            Some(b't' | b'f') => Ok(Kind::Bool),
            Some(b'n') => Ok(Kind::Null),
            _ => self.fail(MalformedKind::Unexpected),
        }
    }

    /// Enters an array or object: the byte that opens it must come.
    #[inline]
    pub fn enter(&mut self) -> Result<(), Malformed> {
        if self.left == 0 {
            return Err(Malformed { at: self.pos, kind: MalformedKind::Depth });
        }
        self.left -= 1;
        self.pos += 1;
        Ok(())
    }

    /// The name of the next member and its colon; `None` at the end of the object, which is
    /// left. `first` is whether none came before.
    #[inline]
    pub fn name(&mut self, first: bool) -> Result<Option<Name>, Malformed> {
        self.space();
        match self.peek() {
            Some(b'}') => {
                self.pos += 1;
                self.left += 1;
                return Ok(None);
            }
            Some(b',') if !first => {
                self.pos += 1;
                self.space();
            }
            Some(_) if first => {}
            _ => return self.fail(MalformedKind::Unexpected),
        }
        if self.peek() != Some(b'"') {
            return self.fail(MalformedKind::Unexpected);
        }
        let start = self.pos + 1;
        let escaped = self.string()?;
        let end = self.pos - 1;
        self.space();
        if self.peek() != Some(b':') {
            return self.fail(MalformedKind::Unexpected);
        }
        self.pos += 1;
        Ok(Some(Name { start, end, escaped }))
    }

    /// Whether another element comes; at the end of the array it is left.
    #[inline]
    pub fn element(&mut self, first: bool) -> Result<bool, Malformed> {
        self.space();
        match self.peek() {
            Some(b']') => {
                self.pos += 1;
                self.left += 1;
                Ok(false)
            }
            Some(b',') if !first => {
                self.pos += 1;
                Ok(true)
            }
            Some(_) if first => Ok(true),
            _ => self.fail(MalformedKind::Unexpected),
        }
    }

    /// Skips the value that comes; white space before it is skipped too. Returns where it began.
    pub fn skip(&mut self) -> Result<usize, Malformed> {
        let kind = self.kind()?;
        let start = self.pos;
        match kind {
            Kind::Object | Kind::Array => self.skip_nested()?,
            Kind::Null | Kind::Bool | Kind::Number | Kind::String => self.scalar(kind)?,
        }
        Ok(start)
    }

    fn scalar(&mut self, kind: Kind) -> Result<(), Malformed> {
        match kind {
            Kind::String => self.string().map(|_| ()),
            Kind::Number => self.number(),
            Kind::Null => self.word(b"null"),
            Kind::Bool if self.peek() == Some(b't') => self.word(b"true"),
            Kind::Bool => self.word(b"false"),
            Kind::Object | Kind::Array => Ok(()),
        }
    }

    /// Skips a nested value without recursion: a stack of one bit a level.
    fn skip_nested(&mut self) -> Result<(), Malformed> {
        let mut levels: Vec<bool> = Vec::new();
        let mut first = true;
        let object = self.peek() == Some(b'{');
        self.enter()?;
        levels.push(object);
        while let Some(object) = levels.last().copied() {
            let more = if object { self.name(first)?.is_some() } else { self.element(first)? };
            if !more {
                levels.pop();
                first = false;
                continue;
            }
            first = match self.kind()? {
                Kind::Object => {
                    self.enter()?;
                    levels.push(true);
                    true
                }
                Kind::Array => {
                    self.enter()?;
                    levels.push(false);
                    true
                }
                kind => {
                    self.scalar(kind)?;
                    false
                }
            };
        }
        Ok(())
    }

    fn word(&mut self, word: &[u8]) -> Result<(), Malformed> {
        for byte in word {
            if self.peek() != Some(*byte) {
                return self.fail(MalformedKind::Unexpected);
            }
            self.pos += 1;
        }
        Ok(())
    }

    /// Skips a string, from its opening quote; says whether it holds an escape.
    #[inline]
    fn string(&mut self) -> Result<bool, Malformed> {
        self.pos += 1;
        let mut escaped = false;
        loop {
            let rest = self.bytes.get(self.pos..).unwrap_or_default();
            let Some(at) = memchr2(b'"', b'\\', rest) else {
                self.pos = self.bytes.len();
                return self.fail(MalformedKind::Truncated);
            };
            let run = rest.get(..at).unwrap_or_default();
            if let Some(control) = run.iter().position(|b| *b < 0x20) {
                self.pos += control;
                return self.fail(MalformedKind::Control);
            }
            self.pos += at + 1;
            if rest.get(at) == Some(&b'"') {
                return Ok(escaped);
            }
            escaped = true;
            match self.peek() {
                Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => self.pos += 1,
                Some(b'u') => {
                    self.pos += 1;
                    for _ in 0..4 {
                        if !self.peek().is_some_and(|b| b.is_ascii_hexdigit()) {
                            return self.fail(MalformedKind::Escape);
                        }
                        self.pos += 1;
                    }
                }
                _ => return self.fail(MalformedKind::Escape),
            }
        }
    }

    fn digits(&mut self) -> Result<(), Malformed> {
        let from = self.pos;
        while self.peek().is_some_and(|b| b.is_ascii_digit()) {
            self.pos += 1;
        }
        if self.pos == from { self.fail(MalformedKind::Number) } else { Ok(()) }
    }

    fn number(&mut self) -> Result<(), Malformed> {
        if self.peek() == Some(b'-') {
            self.pos += 1;
        }
        if self.peek() == Some(b'0') {
            self.pos += 1;
            if self.peek().is_some_and(|b| b.is_ascii_digit()) {
                return self.fail(MalformedKind::Number);
            }
        } else {
            self.digits()?;
        }
        if self.peek() == Some(b'.') {
            self.pos += 1;
            self.digits()?;
        }
        if let Some(b'e' | b'E') = self.peek() {
            self.pos += 1;
            if let Some(b'+' | b'-') = self.peek() {
                self.pos += 1;
            }
            self.digits()?;
        }
        Ok(())
    }

    /// Nothing but white space may be left.
    pub fn finish(&mut self) -> Result<(), Malformed> {
        self.space();
        if self.pos < self.bytes.len() {
            return Err(Malformed { at: self.pos, kind: MalformedKind::Trailing });
        }
        Ok(())
    }
}
