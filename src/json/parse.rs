//! Bytes to a small tree: literals, examples, and of messages single values that are compared.

use super::scan::{Kind, Malformed, Scanner};
use super::{Text, Value};

/// Parses a whole document of at most `depth` levels. Duplicate names are kept.
pub fn parse(bytes: &[u8], depth: usize) -> Result<Value, Malformed> {
    let mut scanner = Scanner::new(bytes, depth)?;
    let value = value(&mut scanner, bytes)?;
    scanner.finish()?;
    Ok(value)
}

fn text(bytes: &[u8], start: usize, end: usize) -> &str {
    bytes.get(start..end).and_then(|b| std::str::from_utf8(b).ok()).unwrap_or_default()
}

fn value(scanner: &mut Scanner<'_>, bytes: &[u8]) -> Result<Value, Malformed> {
    let kind = scanner.kind()?;
    Ok(match kind {
        Kind::Object => {
            scanner.enter()?;
            let mut members = Vec::new();
            while let Some(name) = scanner.name(members.is_empty())? {
                let key = Text::from_raw(text(bytes, name.start, name.end));
                members.push((key, value(scanner, bytes)?));
            }
            Value::Object(members)
        }
        Kind::Array => {
            scanner.enter()?;
            let mut items = Vec::new();
            while scanner.element(items.is_empty())? {
                items.push(value(scanner, bytes)?);
            }
            Value::Array(items)
        }
        Kind::Null | Kind::Bool | Kind::Number | Kind::String => {
            let start = scanner.skip()?;
            let raw = text(bytes, start, scanner.pos());
            match kind {
                Kind::Bool => Value::Bool(raw == "true"),
                Kind::Number => Value::Number(raw.into()),
                Kind::String => Value::String(Text::from_raw(text(
                    bytes,
                    start + 1,
                    scanner.pos().saturating_sub(1),
                ))),
                Kind::Null | Kind::Array | Kind::Object => Value::Null,
            }
        }
    })
}
