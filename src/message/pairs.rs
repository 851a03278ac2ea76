//! Lists of raw pairs, as a query and a cookie are: what nobody changes keeps its bytes and its
//! order.

use std::collections::HashMap;
use std::str::from_utf8;

use super::param::{Param, Style, Unread, Unwritten, Writing};
use super::{Texts, param};
use crate::json::{Text, Value};

/// A raw pair.
struct Pair<'r> {
    raw: &'r [u8],
    /// Its name, where that is text.
    name: Option<String>,
    /// The raw value, where that is text.
    value: Option<&'r str>,
    /// Taken out.
    is_gone: bool,
}

impl<'r> Pair<'r> {
    fn new(raw: &'r [u8], of: Texts) -> Self {
        let (name, value) = raw.split_at(raw.iter().position(|b| *b == b'=').unwrap_or(raw.len()));
        let (name, value) = (from_utf8(name).ok(), from_utf8(value).ok());
        let value = value.map(|value| value.strip_prefix('=').unwrap_or(value));
        let (name, value) = if of == Texts::Cookie {
            (name.map(|name| name.trim().to_owned()), value.map(unquoted))
        } else {
            (name.and_then(|name| Writing::Form.read(name)), value)
        };
        Self { raw, name, value, is_gone: false }
    }

    /// Whether it is one of a parameter's.
    fn is_of(&self, param: &Param) -> bool {
        let name = self.name.as_deref();
        match param.style {
            Style::Deep => name.is_some_and(|name| Key::of(name, &param.name).is_some()),
            _ => name == Some(&param.name),
        }
    }

    /// What stands behind the name of a parameter that it is of, raw.
    fn rest(&self, param: &Param) -> &'r [u8] {
        let end = match param.style {
            Style::Deep => Some(behind(self.raw.iter().copied(), param.name.len())),
            _ => self.raw.iter().position(|b| *b == b'='),
        };
        end.and_then(|end| self.raw.get(end..)).unwrap_or_default()
    }
}

/// Where a raw text goes on behind its first `length` bytes, as they are decoded. What stands further behind
/// is not looked at: a pair may be as long as a head.
fn behind(mut raw: impl Iterator<Item = u8> + Clone, length: usize) -> usize {
    let mut at: usize = 0;
    for _ in 0..length {
        let Some(byte) = raw.next() else { break };
        let digits = || raw.clone().take(2).filter(u8::is_ascii_hexdigit).count();
        let is_encoded = byte == b'%' && digits() == 2;
        if is_encoded {
            raw.nth(1);
        }
        at = at.saturating_add(if is_encoded { 3 } else { 1 });
    }
    at
}

/// The value of a cookie without quotes around it.
fn unquoted(value: &str) -> &str {
    let value = value.trim();
    value.strip_prefix('"').and_then(|value| value.strip_suffix('"')).unwrap_or(value)
}

/// The pairs of a raw text.
pub(super) struct Pairs<'r> {
    all: Vec<Pair<'r>>,
    of: Texts,
}

impl<'r> Pairs<'r> {
    /// Those of a raw query.
    pub(super) fn query(raw: &'r str) -> Self {
        Self::new(raw.as_bytes().split(|b| *b == b'&'), Texts::Query)
    }

    /// Those of the lines of `Cookie`.
    pub(super) fn cookies(lines: impl Iterator<Item = &'r [u8]>) -> Self {
        let pairs = lines.flat_map(|line| line.split(|b| *b == b';')).map(<[u8]>::trim_ascii);
        Self::new(pairs, Texts::Cookie)
    }

    fn new(pairs: impl Iterator<Item = &'r [u8]>, of: Texts) -> Self {
        let pairs = pairs.filter(|pair| !pair.is_empty());
        Self { all: pairs.map(|raw| Pair::new(raw, of)).collect(), of }
    }

    /// What the pairs of a parameter stand for; `None`: there are none.
    pub(super) fn read(&self, param: &Param) -> Result<Option<Value>, Unread> {
        if param.style == Style::Deep {
            return self.deep(param);
        }
        let own = self.own(param).map(|pair| pair.value.ok_or(Unread::Text));
        let raws = own.collect::<Result<Vec<&str>, _>>()?;
        if raws.is_empty() {
            return Ok(None);
        }
        param::read(param, &raws, writing(self.of)).map(Some)
    }

    /// The pairs of a parameter.
    fn own(&self, param: &Param) -> impl Iterator<Item = &Pair<'r>> {
        self.all.iter().filter(|pair| pair.is_of(param))
    }

    /// `name[key]=value`
    fn deep(&self, param: &Param) -> Result<Option<Value>, Unread> {
        let mut members: Vec<(Text, Value)> = Vec::new();
        let mut places = HashMap::new();
        for pair in &self.all {
            let Some(key) = pair.name.as_deref().and_then(|name| Key::of(name, &param.name)) else {
                continue;
            };
            let raw = pair.value.and_then(|value| writing(self.of).read(value));
            let value = Value::string(&raw.ok_or(Unread::Text)?);
            let place = *places.entry(key.name).or_insert(members.len());
            match members.get_mut(place).map(|(_, value)| value) {
                Some(Value::Array(items)) => items.push(value),
                Some(one) => {
                    let first = std::mem::replace(one, Value::Null);
                    *one = Value::Array(vec![first, value]);
                }
                None => {
                    let value = if key.is_list { Value::Array(vec![value]) } else { value };
                    members.push((Text::from_plain(key.name), value));
                }
            }
        }
        Ok((!members.is_empty()).then_some(Value::Object(members)))
    }

    /// The pairs of a parameter under another name, each with the value that it came with.
    pub(super) fn renamed(&self, param: &Param, name: &str) -> Vec<Vec<u8>> {
        let name = written(name, self.of);
        self.own(param).map(|pair| [name.as_bytes(), pair.rest(param)].concat()).collect()
    }

    /// Takes the pairs of a parameter out; says whether there were any.
    pub(super) fn take(&mut self, param: &Param) -> bool {
        let mut took = false;
        for pair in self.all.iter_mut().filter(|pair| !pair.is_gone && pair.is_of(param)) {
            (pair.is_gone, took) = (true, true);
        }
        took
    }

    /// The raw text of the pairs that are left, with these behind them.
    pub(super) fn finish(&self, more: &[Vec<u8>]) -> Vec<u8> {
        let separator: &[u8] = if self.of == Texts::Query { b"&" } else { b"; " };
        let own = self.all.iter().filter(|pair| !pair.is_gone).map(|pair| pair.raw);
        own.chain(more.iter().map(Vec::as_slice)).collect::<Vec<_>>().join(separator)
    }
}

/// How the texts of pairs are written.
fn writing(of: Texts) -> Writing {
    if of == Texts::Cookie { Writing::Cookie } else { Writing::Form }
}

/// The name of a pair, raw; that of a cookie is never another one.
fn written(name: &str, of: Texts) -> String {
    if of == Texts::Cookie { name.to_owned() } else { writing(of).write(name) }
}

/// What stands in the brackets of `name[key]`, or of `name[key][]`, which is an element of a list.
struct Key<'n> {
    name: &'n str,
    is_list: bool,
}

impl<'n> Key<'n> {
    fn of(name: &'n str, outer: &str) -> Option<Self> {
        let (name, rest) = name.strip_prefix(outer)?.strip_prefix('[')?.split_once(']')?;
        let is_list = rest == "[]" && !name.is_empty();
        (is_list || rest.is_empty()).then_some(Self { name, is_list })
    }
}

/// The one pair of a parameter with an empty text.
pub(super) fn empty(param: &Param, of: Texts) -> Vec<u8> {
    format!("{}=", written(&param.name, of)).into_bytes()
}

/// Raw pairs that say a value; a list without elements is none where each has a pair.
pub(super) fn write(param: &Param, value: &Value, of: Texts) -> Result<Vec<Vec<u8>>, Unwritten> {
    let writing = writing(of);
    let name = written(&param.name, of);
    let pair = |name: &str, value: &str| format!("{name}={value}").into_bytes();
    if let (Style::Deep, Value::Object(members)) = (param.style, value) {
        // No query has brackets as they are (RFC 3986, 3.4), and OpenAPI 3.1.1 shows them so.
        let mut pairs = Vec::new();
        for (key, value) in members {
            let key = key.decode().ok_or(Unwritten::Half)?;
            if key.contains(']') {
                return Err(Unwritten::Divided);
            }
            let key = writing.write(&key);
            match value {
                Value::Null => {}
                Value::Array(items) => {
                    let all = param::elements(items, |item| param::raw(item, writing))?;
                    let key = format!("{name}%5B{key}%5D%5B%5D");
                    pairs.extend(all.iter().map(|own| pair(&key, own)));
                }
                one => {
                    let own = param::raw(one, writing)?;
                    pairs.push(pair(&format!("{name}%5B{key}%5D"), &own));
                }
            }
        }
        return Ok(pairs);
    }
    let all = param::write(param, value, writing)?;
    Ok(all.iter().map(|own| pair(&name, own)).collect())
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    #[test]
    fn a_name_ends_where_it_is_decoded_as_far() {
        for (raw, length, at) in [
            ("filter[a]=1", 6, 6),
            ("%66il%74er%5Ba%5D=", 6, 10),
            ("a+b[c]", 3, 3),
            ("%C3%A9[c]", 2, 6),
            ("%zz[c]", 3, 3),
            ("%%41[c]", 2, 4),
            ("%4", 2, 2),
            ("a", 5, 1),
            ("[a]", 0, 0),
        ] {
            assert_eq!(behind(raw.bytes(), length), at, "{raw}");
        }
    }

    /// However long the pair is.
    #[test]
    fn no_more_than_the_name_is_looked_at() {
        for rest in ["[", "%5B", "+[", "%", "=["] {
            let raw = format!("%66ilter%5Ba%5D={}", rest.repeat(50_000));
            let looked = Cell::new(0);
            let bytes = raw.bytes().inspect(|_| looked.set(looked.get() + 1));
            assert_eq!(behind(bytes, 6), 8);
            assert!(looked.get() <= 3 * 6, "{rest} {}", looked.get());
        }
    }
}
