//! The tape: every value of a part of the message, in order, with where it ends.

use crate::json::scan::{Kind, Malformed, Scanner};

/// A value on the tape; the members or elements inside it follow it. There may be as many as half
/// the bytes of the message, so they are small: no message is longer than [`MOST`].
#[derive(Clone, Copy, Debug)]
pub(in crate::translate) struct Token {
    kind: Kind,
    span: (u32, u32),
    name: (u32, u32),
    next: u32,
}

/// The longest message, in bytes.
pub(in crate::translate) const MOST: usize = (1 << 32) - 1;

fn small(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}

fn wide(at: u32) -> usize {
    usize::try_from(at).unwrap_or(usize::MAX)
}

impl Token {
    pub(in crate::translate) fn kind(&self) -> Kind {
        self.kind
    }

    /// Its bytes in the message.
    pub(in crate::translate) fn span(&self) -> (usize, usize) {
        (wide(self.span.0), wide(self.span.1))
    }

    /// Of a member: its name, between the quotes.
    pub(super) fn name(&self) -> (usize, usize) {
        (wide(self.name.0), wide(self.name.1))
    }

    /// Index of the first token behind it and what is inside it.
    pub(super) fn next(&self) -> usize {
        wide(self.next)
    }
}

/// A part of the message that was laid to look ahead. Whatever stands inside it is found there, so
/// that no byte is laid twice, however deep objects are nested.
#[derive(Debug, Default)]
pub(in crate::translate) struct Laid(Vec<Token>);

impl Laid {
    /// The member of this name of the object that begins where the scanner stands.
    pub(in crate::translate) fn member(
        &mut self,
        scanner: &Scanner<'_>,
        name: impl Fn((usize, usize)) -> bool,
    ) -> Result<Option<Token>, Malformed> {
        let start = scanner.pos();
        let inside = self.0.first().is_some_and(|t| (t.span().0..t.span().1).contains(&start));
        if !inside {
            self.0 = lay(&mut scanner.clone())?;
        }
        let at = self.0.partition_point(|token| token.span().0 < start);
        let Some(end) = self.0.get(at).map(Token::next) else { return Ok(None) };
        let mut at = at.saturating_add(1);
        while let Some(token) = self.0.get(at).filter(|_| at < end) {
            if name(token.name()) {
                return Ok(Some(*token));
            }
            at = token.next();
        }
        Ok(None)
    }
}

/// Lays the value that comes.
pub(super) fn lay(scanner: &mut Scanner<'_>) -> Result<Vec<Token>, Malformed> {
    let mut tokens = Vec::new();
    lay_behind(scanner, &mut tokens)?;
    Ok(tokens)
}

/// Lays the value that comes behind what is laid already.
pub(super) fn lay_behind(
    scanner: &mut Scanner<'_>,
    tokens: &mut Vec<Token>,
) -> Result<(), Malformed> {
    one(scanner, (0, 0), tokens)
}

fn one(
    scanner: &mut Scanner<'_>,
    name: (usize, usize),
    tokens: &mut Vec<Token>,
) -> Result<(), Malformed> {
    let kind = scanner.kind()?;
    let start = scanner.pos();
    let at = tokens.len();
    let begin = small(start);
    let name = (small(name.0), small(name.1));
    tokens.push(Token { kind, span: (begin, begin), name, next: small(at) });
    match kind {
        Kind::Object => {
            scanner.enter()?;
            let mut first = true;
            while let Some(name) = scanner.name(first)? {
                first = false;
                one(scanner, (name.start, name.end), tokens)?;
            }
        }
        Kind::Array => {
            scanner.enter()?;
            let mut first = true;
            while scanner.element(first)? {
                first = false;
                one(scanner, (0, 0), tokens)?;
            }
        }
        Kind::Null | Kind::Bool | Kind::Number | Kind::String => {
            scanner.skip()?;
        }
    }
    let next = tokens.len();
    if let Some(token) = tokens.get_mut(at) {
        token.span.1 = small(scanner.pos());
        token.next = small(next);
    }
    Ok(())
}
