//! The validating scanner: RFC 8259 to the letter, over bytes, without a tree. It is driven by
//! the executor value by value; it knows nothing of what the values mean.

pub use super::malformed::{Malformed, MalformedKind, valid};
pub use super::words::{Before, Expected};
use super::words::{Levels, ordinary, plain};

mod likely;

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

impl Kind {
    /// The type of a value that begins with this byte.
    #[inline]
    pub fn of(byte: u8) -> Option<Self> {
        Some(match byte {
            b'"' => Self::String,
            b'{' => Self::Object,
            b'[' => Self::Array,
            b'-' | b'0'..=b'9' => Self::Number,
            b't' | b'f' => Self::Bool,
            b'n' => Self::Null,
            _ => return None,
        })
    }
}

/// An array or object that is passed over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Nested {
    /// Offset of the byte that opens one.
    Begins(usize),
    /// Offset behind the byte that closes the one that began last and is still open.
    Ends(usize),
}

/// A name: its raw text between the quotes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
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
    name: Name,
}

impl<'a> Scanner<'a> {
    /// A scanner over a document that may have `depth` levels of arrays and objects.
    pub fn new(bytes: &'a [u8], depth: usize) -> Result<Self, Malformed> {
        valid(bytes, 0..bytes.len())?;
        Ok(Self::at(bytes, 0, depth))
    }

    /// A scanner at a value of a document that was scanned before.
    pub fn at(bytes: &'a [u8], pos: usize, depth: usize) -> Self {
        Self { bytes, pos, left: depth, name: Name::default() }
    }

    /// Where it stands.
    #[inline]
    pub fn pos(&self) -> usize {
        self.pos
    }

    /// Goes to the end of the value that comes, where that is known.
    #[inline]
    pub fn leap(&mut self, end: usize) {
        self.pos = end;
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
        match self.peek().and_then(Kind::of) {
            Some(kind) => Ok(kind),
            None => self.fail(MalformedKind::Unexpected),
        }
    }

    /// Enters an array or object: the byte that opens it must come.
    #[inline]
    pub fn enter(&mut self) -> Result<(), Malformed> {
        self.descend()?;
        self.pos += 1;
        Ok(())
    }

    /// The name of the next member and its colon; `None` at the end of the object, which is
    /// left. `first` is whether none came before.
    #[inline]
    pub fn name(&mut self, first: bool) -> Result<Option<Name>, Malformed> {
        Ok(self.member(first)?.then_some(self.name))
    }

    /// Goes over the name of the next member and its colon, if one comes; else leaves the object.
    /// `first` is whether none came before.
    #[inline]
    pub fn member(&mut self, first: bool) -> Result<bool, Malformed> {
        self.space();
        match self.peek() {
            Some(b'}') => {
                self.pos += 1;
                self.left += 1;
                return Ok(false);
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
        self.name.start = self.pos + 1;
        self.name.escaped = self.string()?;
        self.name.end = self.pos - 1;
        self.space();
        if self.peek() != Some(b':') {
            return self.fail(MalformedKind::Unexpected);
        }
        self.pos += 1;
        Ok(true)
    }

    /// The name that was gone over last.
    #[inline]
    pub fn last_name(&self) -> &Name {
        &self.name
    }

    /// The document.
    #[inline]
    pub fn document(&self) -> &'a [u8] {
        self.bytes
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

    /// Skips the value that comes; white space before it is skipped too.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "many strings are shorter than a call is")]
    pub fn pass_any(&mut self) -> Result<(), Malformed> {
        if self.pass_string()? { Ok(()) } else { self.pass_other() }
    }

    #[inline(never)]
    fn pass_other(&mut self) -> Result<(), Malformed> {
        let rest = self.bytes.get(self.pos..).unwrap_or_default();
        // Most others are whole numbers.
        let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
        let plain = digits == 1 || digits > 1 && rest.first() != Some(&b'0');
        if plain && !matches!(rest.get(digits), Some(b'.' | b'e' | b'E')) {
            self.pos += digits;
            return Ok(());
        }
        self.pass_rest()
    }

    #[inline(never)]
    fn pass_rest(&mut self) -> Result<(), Malformed> {
        let kind = self.kind()?;
        self.pass(kind)
    }

    /// The same; returns where it began.
    #[inline]
    pub fn skip(&mut self) -> Result<usize, Malformed> {
        self.space();
        let start = self.pos;
        self.pass_any()?;
        Ok(start)
    }

    /// Skips a string, if one comes right here; says whether it did.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "many strings are shorter than a call is")]
    pub fn pass_string(&mut self) -> Result<bool, Malformed> {
        let comes = self.peek() == Some(b'"');
        if comes {
            self.string()?;
        }
        Ok(comes)
    }

    /// Skips the value that comes, whose type is known and before which nothing stands.
    #[inline]
    pub fn pass(&mut self, kind: Kind) -> Result<(), Malformed> {
        match kind {
            Kind::String => self.string().map(|_| ()),
            Kind::Object | Kind::Array => self.pass_nested(|_| {}),
            Kind::Null | Kind::Bool | Kind::Number => self.scalar(kind),
        }
    }

    #[inline]
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

    /// Skips an array or object without recursion; `seen` is told of every one in it, and of
    /// itself.
    pub fn pass_nested(&mut self, mut seen: impl FnMut(Nested)) -> Result<(), Malformed> {
        let mut levels = Levels::default();
        let mut object = self.peek() == Some(b'{');
        let mut first = true;
        seen(Nested::Begins(self.pos));
        self.enter()?;
        loop {
            let more = if object { self.member(first)? } else { self.element(first)? };
            if !more {
                seen(Nested::Ends(self.pos));
                let Some(outer) = levels.pop() else { return Ok(()) };
                (object, first) = (outer, false);
                continue;
            }
            match self.kind()? {
                kind @ (Kind::Object | Kind::Array) => {
                    seen(Nested::Begins(self.pos));
                    self.enter()?;
                    levels.push(object);
                    (object, first) = (kind == Kind::Object, true);
                }
                kind => {
                    self.scalar(kind)?;
                    first = false;
                }
            }
        }
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
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "many strings are shorter than a call is")]
    fn string(&mut self) -> Result<bool, Malformed> {
        let begin = self.pos;
        self.pos = ordinary(self.bytes, begin + 1);
        if self.peek() == Some(b'"') {
            self.pos += 1;
            return Ok(false);
        }
        self.odd_string(begin)
    }

    /// The rest of a string, from where it is more than ASCII without escapes.
    #[cold]
    #[inline(never)]
    fn odd_string(&mut self, begin: usize) -> Result<bool, Malformed> {
        let (mut escaped, mut ascii) = (false, true);
        loop {
            match self.peek() {
                Some(b'"') => break,
                Some(b'\\') => self.pos += 1,
                Some(0x80..) => {
                    ascii = false;
                    self.pos = plain(self.bytes, self.pos);
                    continue;
                }
                _ => return self.fail(MalformedKind::Control),
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
            self.pos = ordinary(self.bytes, self.pos);
        }
        if !ascii {
            valid(self.bytes, begin..self.pos)?;
        }
        self.pos += 1;
        Ok(escaped)
    }

    /// Goes over digits; says how many.
    #[inline]
    fn digits(&mut self) -> usize {
        let rest = self.bytes.get(self.pos..).unwrap_or_default();
        let count = rest.iter().take_while(|b| b.is_ascii_digit()).count();
        self.pos += count;
        count
    }

    #[inline]
    fn number(&mut self) -> Result<(), Malformed> {
        if self.peek() == Some(b'-') {
            self.pos += 1;
        }
        let zero = self.peek() == Some(b'0');
        let begin = self.pos;
        match self.digits() {
            0 => return self.fail(MalformedKind::Number),
            1 => {}
            _ if zero => {
                self.pos = begin + 1;
                return self.fail(MalformedKind::Number);
            }
            _ => {}
        }
        match self.peek() {
            Some(b'.' | b'e' | b'E') => self.fraction(),
            _ => Ok(()),
        }
    }

    /// What stands behind the whole part of a number.
    fn fraction(&mut self) -> Result<(), Malformed> {
        if self.peek() == Some(b'.') {
            self.pos += 1;
            if self.digits() == 0 {
                return self.fail(MalformedKind::Number);
            }
        }
        if let Some(b'e' | b'E') = self.peek() {
            self.pos += 1;
            if let Some(b'+' | b'-') = self.peek() {
                self.pos += 1;
            }
            if self.digits() == 0 {
                return self.fail(MalformedKind::Number);
            }
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

#[cfg(test)]
mod tests {
    use super::{MalformedKind, Scanner};

    #[test]
    fn strings_of_every_length_end_where_they_end() {
        for length in 0..40 {
            for (inside, kind) in [
                ("", None),
                ("\\n", None),
                ("\\ud800", None),
                ("\u{1}", Some(MalformedKind::Control)),
                ("\\x", Some(MalformedKind::Escape)),
                ("\\u12g4", Some(MalformedKind::Escape)),
            ] {
                let text = format!("\"{}{inside}é{}\" ", "a".repeat(length), "b".repeat(length));
                let mut scanner = Scanner::new(text.as_bytes(), 8).unwrap();
                assert_eq!(scanner.skip().err().map(|error| error.kind), kind, "{text}");
                if kind.is_none() {
                    assert_eq!(scanner.pos(), text.len() - 1, "{text}");
                }
                let cut = &text.as_bytes()[..text.len() - 2];
                let mut scanner = Scanner::at(cut, 0, 8);
                assert!(scanner.skip().is_err(), "{text}");
            }
        }
    }
}
