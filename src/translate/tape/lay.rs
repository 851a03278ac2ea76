//! The tape: every value of a part of the message, in order, with where it ends.

use crate::json::scan::{Kind, Malformed, Scanner};

/// A value on the tape; the members or elements inside it follow it.
#[derive(Clone, Copy, Debug)]
pub(in crate::translate) struct Token {
    pub(in crate::translate) kind: Kind,
    /// Its bytes in the message.
    pub(in crate::translate) span: (usize, usize),
    /// Of a member: its name, between the quotes.
    pub(super) name: (usize, usize),
    /// Index of the first token behind it and what is inside it.
    pub(super) next: usize,
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
        let inside = self.0.first().is_some_and(|t| (t.span.0..t.span.1).contains(&start));
        if !inside {
            self.0 = lay(&mut scanner.clone())?;
        }
        let at = self.0.partition_point(|token| token.span.0 < start);
        let Some(end) = self.0.get(at).map(|token| token.next) else { return Ok(None) };
        let mut at = at.saturating_add(1);
        while let Some(token) = self.0.get(at).filter(|_| at < end) {
            if name(token.name) {
                return Ok(Some(*token));
            }
            at = token.next;
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
    tokens.push(Token { kind, span: (start, start), name, next: at });
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
        token.span.1 = scanner.pos();
        token.next = next;
    }
    Ok(())
}
