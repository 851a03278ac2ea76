//! The tape: every value of a part of the message, in order, with where it ends.

use crate::json::scan::{Kind, Malformed, Scanner};

/// A value on the tape; the members or elements inside it follow it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Token {
    pub(super) kind: Kind,
    /// Its bytes in the message.
    pub(super) span: (usize, usize),
    /// Of a member: its name, between the quotes.
    pub(super) name: (usize, usize),
    /// Index of the first token behind it and what is inside it.
    pub(super) next: usize,
}

/// Lays the value that comes.
pub(super) fn lay(scanner: &mut Scanner<'_>) -> Result<Vec<Token>, Malformed> {
    let mut tokens = Vec::new();
    one(scanner, (0, 0), &mut tokens)?;
    Ok(tokens)
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
