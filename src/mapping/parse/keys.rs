//! Keys under `types` and `operations`: what a block is about. Whether a contract has it is not
//! asked here.

use super::Parser;
use super::operation::Class;
use crate::diagnostic::Diagnostic;
use crate::document::Member;
use crate::version::Side;

/// Names on both sides.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Pair {
    pub(super) old: Box<str>,
    pub(super) new: Box<str>,
}

impl Pair {
    /// What one side has alone.
    pub(super) fn lone(&self) -> (Side, &str) {
        if &*self.new == NONE { (Side::Old, &self.old) } else { (Side::New, &self.new) }
    }

    /// Whether one side has nothing.
    pub(super) fn is_none(&self) -> bool {
        &*self.old == NONE || &*self.new == NONE
    }
}

/// What has no counterpart has this one.
pub(super) const NONE: &str = "$none";

const METHODS: &[&str] = &["GET", "PUT", "POST", "DELETE", "OPTIONS", "HEAD", "PATCH", "TRACE"];

impl Parser<'_> {
    /// `Order`, `Item -> LineItem`, `Currency, Iban`.
    pub(super) fn type_key(&mut self, member: &Member) -> Option<Vec<Pair>> {
        let mut pairs = Vec::new();
        for key in member.key.split(',').map(str::trim) {
            let (old, new) = match key.split_once("->") {
                Some((old, new)) => (old.trim(), new.trim()),
                None => (key, key),
            };
            let pair = Pair { old: old.into(), new: new.into() };
            if old.contains('#') || new.contains('#') {
                self.not_yet(member.key_span, "`file#Name`");
            } else if old.is_empty() || new.is_empty() || new.contains("->") {
                self.report(
                    Diagnostic::error("F305", member.key_span, "not a pair of types")
                        .label("expected `Order`, `Item -> LineItem` or several with commas"),
                );
            } else if (old == NONE) != (new == NONE) {
                pairs.push(pair);
                continue;
            } else if old.starts_with('$') || new.starts_with('$') {
                let what = "a type's name that begins with a dollar";
                self.report(
                    Diagnostic::error("F305", member.key_span, what)
                        .label("the only such word is `$none`, on one side"),
                );
            } else if pairs.contains(&pair) {
                let what = format!("`{key}` stands twice in one key");
                self.report(Diagnostic::error("F305", member.key_span, what));
            } else {
                pairs.push(pair);
                continue;
            }
            return None;
        }
        Some(pairs)
    }

    /// `GET /orders`, an `operationId`, or one of each side: `GET /orders -> GET /purchases`; several
    /// with commas, or `*`.
    pub(super) fn operation_key(&mut self, member: &Member) -> Option<Vec<Pair>> {
        if &*member.key == "*" {
            return Some(vec![Pair { old: "*".into(), new: "*".into() }]);
        }
        let several: Option<Vec<Pair>> = member.key.split(',').map(sides).collect();
        let found = several.or_else(|| Some(vec![sides(&member.key)?]));
        if let Some(pairs) = &found
            && let Some(twice) = pairs.iter().enumerate().find_map(|(at, pair)| {
                pairs.iter().take(at).any(|before| before == pair).then_some(pair)
            })
        {
            let what = format!("`{}` stands twice in one key", twice.old);
            self.report(Diagnostic::error("F306", member.key_span, what));
            return None;
        }
        if found.is_none() {
            let wrong = Diagnostic::error("F306", member.key_span, "not an operation")
                .label("expected a method and a path, `GET /orders`, or an `operationId`; with `->` one of each side");
            self.report(wrong.helped(mended(member.key.trim())));
        }
        found
    }
}

/// What to write instead of a key that names no operation.
fn mended(key: &str) -> Option<String> {
    const ARROWS: [&str; 4] = ["→", "=>", "⇒", "➔"];
    if let Some(arrow) = ARROWS.into_iter().find(|arrow| key.contains(arrow)) {
        let plain = key.replacen(arrow, "->", 1);
        let written = sides(&plain).map(|pair| format!("{} -> {}", pair.old, pair.new));
        return Some(format!("write `{}`: the arrow is `->`", written.unwrap_or(plain)));
    }
    let sides: Vec<&str> = key.split("->").map(str::trim).collect();
    let method = sides.iter().find_map(|side| Some(side.split_once(' ')?.0));
    let method = method.filter(|method| METHODS.contains(method)).unwrap_or("GET");
    let all: Option<Vec<_>> = sides.iter().map(|side| mended_side(side, method)).collect();
    let all = all?.join(" -> ");
    let why = if sides.iter().any(|side| side.starts_with('/')) {
        ": the method is missing"
    } else if key.contains(beyond_path) {
        ": a query is no part of what an operation is found by"
    } else {
        ""
    };
    Some(format!("write `{all}`{why}"))
}

/// One side of such a key, with the method of the other one where it has none.
fn mended_side(side: &str, method: &str) -> Option<Box<str>> {
    let has_method = !side.starts_with('/');
    let (own, path) =
        side.split_once(char::is_whitespace).filter(|_| has_method).unwrap_or(("", side));
    let own = if has_method { own.to_ascii_uppercase() } else { method.to_owned() };
    let path = path.trim().split(beyond_path).next().unwrap_or_default();
    let slash = if path.starts_with('/') { "" } else { "/" };
    operation(side).or_else(|| operation(&format!("{own} {slash}{path}")))
}

/// Where the path of a URL ends (RFC 3986, section 3).
fn beyond_path(c: char) -> bool {
    matches!(c, '?' | '#')
}

/// The operation of both sides, or one of each.
fn sides(key: &str) -> Option<Pair> {
    match key.split_once("->") {
        Some((old, new)) => {
            let end =
                |key: &str| (key.trim() == NONE).then(|| NONE.into()).or_else(|| operation(key));
            let pair = Pair { old: end(old)?, new: end(new)? };
            (pair.old != pair.new || !pair.is_none()).then_some(pair)
        }
        None => operation(key).map(|both| Pair { old: both.clone(), new: both }),
    }
}

/// One operation, with one space behind the method.
fn operation(key: &str) -> Option<Box<str>> {
    let key = key.trim();
    let Some((method, path)) = key.split_once(char::is_whitespace) else {
        let id = !key.is_empty() && !key.starts_with(['/', '$', '*']) && !key.contains("->");
        return id.then(|| key.into());
    };
    let path = path.trim();
    let known = METHODS.contains(&method) && path.starts_with('/');
    (known && !path.contains(char::is_whitespace) && !path.contains(beyond_path))
        .then(|| format!("{method} {path}").into_boxed_str())
}

/// What the key of a refinement is.
pub(super) enum Status {
    /// A status as contracts list it, `201`, `2XX`, `default`, and which answers it is of.
    Is(Box<str>, Option<Class>),
    /// No status at all.
    No,
}

/// Reads the key of a refinement.
pub(super) fn status(key: &str) -> Status {
    if key == "default" {
        return Status::Is(key.into(), None);
    }
    let upper = key.to_ascii_uppercase();
    let digits = |b: &[u8]| b == b"XX" || b.iter().all(u8::is_ascii_digit);
    let class = match upper.as_bytes() {
        [b'1'..=b'3', rest @ ..] if rest.len() == 2 && digits(rest) => Class::Success,
        [b'4'..=b'5', rest @ ..] if rest.len() == 2 && digits(rest) => Class::Error,
        _ => return Status::No,
    };
    Status::Is(upper.into(), Some(class))
}
