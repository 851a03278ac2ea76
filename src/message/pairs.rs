//! Lists of raw pairs, as a query and a cookie are: what nobody changes keeps its bytes and its
//! order.

use super::param::{Param, Style, Writing, cookie};
use super::{Texts, param};
use crate::json::{Text, Value};

/// A raw pair, and its name where it is text.
struct Pair<'r> {
    raw: &'r str,
    name: Option<String>,
    value: &'r str,
}

/// The pairs of a raw text.
pub(super) struct Pairs<'r> {
    all: Vec<Pair<'r>>,
    of: Texts,
}

impl<'r> Pairs<'r> {
    /// Those of a raw query.
    pub(super) fn query(raw: &'r str) -> Self {
        let all = raw.split('&').filter(|pair| !pair.is_empty()).map(|raw| {
            let (name, value) = raw.split_once('=').unwrap_or((raw, ""));
            Pair { raw, name: Writing::Form.read(name), value }
        });
        Self { all: all.collect(), of: Texts::Query }
    }

    /// Those of the lines of `Cookie`.
    pub(super) fn cookies(lines: impl Iterator<Item = &'r str>) -> Self {
        let pairs = lines.flat_map(|line| line.split(';')).map(str::trim);
        let all = pairs.filter(|pair| !pair.is_empty()).map(|raw| {
            let (name, value) = raw.split_once('=').unwrap_or((raw, ""));
            let value = value.trim();
            let quoted = value.strip_prefix('"').and_then(|value| value.strip_suffix('"'));
            let name = Some(name.trim().to_owned());
            Pair { raw, name, value: quoted.unwrap_or(value) }
        });
        Self { all: all.collect(), of: Texts::Cookie }
    }

    fn writing(&self) -> Writing {
        // A cookie's value is opaque, but for what its own rules keep out of it.
        if self.of == Texts::Query { Writing::Form } else { Writing::Percent }
    }

    /// What the pairs of a parameter stand for; `None`: there are none. `Err`: they are no text.
    pub(super) fn read(&self, param: &Param) -> Result<Option<Value>, ()> {
        if param.style == Style::Deep {
            return self.deep(param);
        }
        let own = self.all.iter().filter(|pair| pair.name.as_deref() == Some(&param.name));
        let raws: Vec<&str> = own.map(|pair| pair.value).collect();
        if raws.is_empty() {
            return Ok(None);
        }
        param::read(param, &raws, self.writing()).map(Some).ok_or(())
    }

    /// `name[key]=value`
    fn deep(&self, param: &Param) -> Result<Option<Value>, ()> {
        let mut members: Vec<(Text, Value)> = Vec::new();
        for pair in &self.all {
            let Some(key) = pair.name.as_deref().and_then(|name| inner(name, &param.name)) else {
                continue;
            };
            let value = Value::string(&self.writing().read(pair.value).ok_or(())?);
            let list = key.strip_suffix("[]");
            let name = Text::from_plain(list.unwrap_or(key));
            let before = members.iter_mut().find(|(n, _)| n.same(&name)).map(|(_, value)| value);
            match before {
                Some(Value::Array(items)) => items.push(value),
                Some(one) => {
                    let first = std::mem::replace(one, Value::Null);
                    *one = Value::Array(vec![first, value]);
                }
                None if list.is_some() => members.push((name, Value::Array(vec![value]))),
                None => members.push((name, value)),
            }
        }
        Ok((!members.is_empty()).then_some(Value::Object(members)))
    }

    /// Takes the pairs of a parameter out.
    pub(super) fn take(&mut self, param: &Param) {
        let is = |name: &str| match param.style {
            Style::Deep => inner(name, &param.name).is_some(),
            _ => *name == *param.name,
        };
        self.all.retain(|pair| !pair.name.as_deref().is_some_and(is));
    }

    /// The raw text of the pairs that are left, with these behind them.
    pub(super) fn finish(self, more: &[String]) -> String {
        let separator = if self.of == Texts::Query { "&" } else { "; " };
        let own = self.all.iter().map(|pair| pair.raw);
        own.chain(more.iter().map(String::as_str)).collect::<Vec<_>>().join(separator)
    }
}

/// The key of `name[key]`.
fn inner<'n>(name: &'n str, outer: &str) -> Option<&'n str> {
    name.strip_prefix(outer)?.strip_prefix('[')?.split_once(']').and_then(|(key, rest)| {
        let whole = name.strip_prefix(outer)?.strip_prefix('[')?;
        match rest {
            "" => Some(key),
            // The list of a key: told from it by who asks.
            "[]" => whole.strip_suffix("[]").map(|_| whole).filter(|_| !key.is_empty()),
            _ => None,
        }
    })
}

/// Raw pairs that say a value. `None`: it is no text.
pub(super) fn write(param: &Param, value: &Value, of: Texts) -> Option<Vec<String>> {
    if of == Texts::Cookie {
        let all = param::write(param, value, Writing::Plain)?;
        return Some(all.iter().map(|own| format!("{}={}", param.name, cookie(own))).collect());
    }
    let writing = Writing::Form;
    let name = writing.write(&param.name);
    if let (Style::Deep, Value::Object(members)) = (param.style, value) {
        let mut pairs = Vec::new();
        for (key, value) in members {
            let key = writing.write(&key.decode()?);
            match value {
                Value::Null => {}
                Value::Array(items) => {
                    let all = param::elements(items, writing)?;
                    pairs.extend(all.iter().map(|own| format!("{name}[{key}][]={own}")));
                }
                one => {
                    pairs.push(format!("{name}[{key}]={}", writing.write(&param::text(one)?)));
                }
            }
        }
        return Some(pairs);
    }
    let all = param::write(param, value, writing)?;
    Some(all.iter().map(|own| format!("{name}={own}")).collect())
}
