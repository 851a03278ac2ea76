//! Texts that name a place in a document, as answers say which field was wrong: JSON Pointers,
//! `$.a[0]`, `a.b[0]`, `a.b.0`, `a[b][0]`; and those that list several, as `-created,items.sku`. Which
//! places there are is known elsewhere.

#[cfg(test)]
mod tests;

use std::borrow::Cow;

use crate::json::Value;

/// Steps that a place may have: no document that is translated is much deeper by default, and who follows
/// them goes down with each.
const MOST: usize = 128;

/// Values that the way to a place may lead through: as many again may have no step of their own.
pub const MOST_VALUES: usize = 2 * MOST;

/// Names and positions, from the outermost.
pub type Steps = Vec<Box<str>>;

/// A step of a place on the other side.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step<'n> {
    /// The one of the text that has this number.
    Own(usize),
    /// Another name, or position.
    Other(Cow<'n, str>),
}

impl Step<'_> {
    /// What it says, behind the steps of a text.
    pub fn said<'s>(&'s self, own: &'s [Cow<'_, str>]) -> &'s str {
        match self {
            Self::Own(at) => own.get(*at).map_or("", |step| &**step),
            Self::Other(step) => step,
        }
    }
}

/// Says where a place is on the other side, and puts its steps there into the list, which is empty.
/// `false`: nowhere.
pub type Place<'p, 'n> = dyn FnMut(&[Cow<'_, str>], &mut Vec<Step<'n>>) -> bool + 'p;

/// How sure it is that a value has a place, by what its type says of the steps that lead there; the
/// better comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Known {
    /// It has such a member.
    Declared,
    /// It lets any name through, or anything at all.
    Allowed,
    /// It does not say, or is no value that anything is in.
    Not,
}

/// What becomes of a text that names places.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Renamed {
    /// It names none.
    Unfit,
    /// More than so many bytes.
    TooLong,
    /// It says something else now, or what it said.
    Done {
        /// `None`: what it said.
        value: Option<Value>,
        /// A place that it names has no counterpart, or none that such a text can say.
        unknown: bool,
    },
}

/// Rewrites a text, or a list of steps, by where places are on the other side.
/// `several`: it lists places with commas between them, and becomes a text of at most so many bytes.
pub fn rename(value: &Value, several: Option<usize>, place: &mut Place<'_, '_>) -> Renamed {
    let done = match (value, several) {
        (Value::String(text), Some(most)) => {
            text.decode().and_then(|text| listed(&text, most, place))
        }
        (Value::String(text), None) => text.decode().and_then(|text| one(&text, place)),
        (Value::Array(items), None) => segments(items, place),
        _ => None,
    };
    done.unwrap_or(Renamed::Unfit)
}

/// A text that names one place; `None`: it names none.
fn one(text: &str, place: &mut Place<'_, '_>) -> Option<Renamed> {
    let (mut naming, mut after) = (Naming::default(), Vec::new());
    naming.read(text)?;
    let known = place(&naming.steps, &mut after);
    if known && naming.says(&after) {
        return Some(Renamed::Done { value: None, unknown: false });
    }
    let mut written = String::new();
    let value = known && naming.write(&after, &mut written);
    Some(Renamed::Done { value: value.then(|| Value::string(&written)), unknown: !value })
}

/// The same of a list of steps.
fn segments<'n>(items: &[Value], place: &mut Place<'_, 'n>) -> Option<Renamed> {
    let mut naming = Naming::default();
    for item in items {
        let step = match item {
            Value::String(name) => name.decode()?.into(),
            Value::Number(at) => position(at).map(|_| Cow::Borrowed(&**at))?,
            _ => return None,
        };
        naming.push(step, None)?;
    }
    let mut after = Vec::new();
    if !place(&naming.steps, &mut after) {
        return Some(Renamed::Done { value: None, unknown: true });
    }
    let numbers = items.iter().any(|item| matches!(item, Value::Number(_)));
    let item = |step: &Step<'n>| match step.said(&naming.steps) {
        at if numbers && position(at).is_some() => Value::Number(at.into()),
        name => Value::string(name),
    };
    let other = (!naming.says(&after)).then(|| Value::Array(after.iter().map(item).collect()));
    Some(Renamed::Done { value: other, unknown: false })
}

/// The same of a text that lists names of fields; each keeps the sign before it, and what has no
/// counterpart stays. `None`: it is no such text.
fn listed(text: &str, most: usize, place: &mut Place<'_, '_>) -> Option<Renamed> {
    let (mut unknown, mut all) = (false, String::with_capacity(text.len().min(most)));
    let (mut naming, mut after) = (Naming::default(), Vec::new());
    for own in text.split(',').filter(|_| !text.is_empty()) {
        let rest = own.trim_start();
        let rest = rest.strip_prefix(['-', '+']).unwrap_or(rest);
        let (lead, rest) = own.split_at(own.len().saturating_sub(rest.len()));
        let bare = rest.trim_end();
        if bare.is_empty() {
            return None;
        }
        naming.read(bare)?;
        all.push_str(if all.is_empty() { "" } else { "," });
        all.push_str(lead);
        let start = all.len();
        after.clear();
        let known = place(&naming.steps, &mut after);
        let same = known && naming.says(&after);
        let written = known && !same && naming.write(&after, &mut all);
        if !written || !all.get(start..).is_some_and(is_listed) {
            all.truncate(start);
            all.push_str(bare);
            unknown |= !same;
        }
        all.push_str(rest.get(bare.len()..)?);
        if all.len() > most {
            return Some(Renamed::TooLong);
        }
    }
    Some(Renamed::Done { value: (all != text).then(|| Value::string(&all)), unknown })
}

/// Whether a text is read as it is among others.
fn is_listed(text: &str) -> bool {
    !text.is_empty() && !text.contains(',') && !text.starts_with(['-', '+'])
}

/// A text that names a place.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Naming<'t> {
    style: Style,
    steps: Vec<Cow<'t, str>>,
    /// In which quotes each step stands.
    quotes: Vec<Option<char>>,
}

/// How a place is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Style {
    /// `/a/0`; behind `#`, as part of a URL.
    Pointer { hash: bool },
    /// Names with dots between them; behind `$` or not.
    Dotted { dollar: bool, positions: Positions },
    /// `a[b][0]`
    Brackets,
}

impl Default for Style {
    fn default() -> Self {
        Self::Pointer { hash: false }
    }
}

/// How a position is written among names with dots.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Positions {
    /// `a[0]`
    Brackets,
    /// `a.0`
    Dots,
}

/// The position of an element that a step says.
pub fn position(step: &str) -> Option<usize> {
    let digits = !step.is_empty() && step.bytes().all(|b| b.is_ascii_digit());
    step.parse().ok().filter(|_| digits && (step == "0" || !step.starts_with('0')))
}

impl<'t> Naming<'t> {
    fn push(&mut self, step: Cow<'t, str>, quote: Option<char>) -> Option<()> {
        if self.steps.len() == MOST {
            return None;
        }
        self.steps.push(step);
        self.quotes.push(quote);
        Some(())
    }

    /// Whether a place is the one that it names.
    fn says(&self, steps: &[Step<'_>]) -> bool {
        let own = self.steps.as_slice();
        own.len() == steps.len() && own.iter().zip(steps).all(|(a, b)| *a == b.said(own))
    }

    /// Reads a text; `None`: it names no place that a document may have.
    fn read(&mut self, text: &'t str) -> Option<()> {
        self.steps.clear();
        self.quotes.clear();
        let pointer = text.strip_prefix('#').unwrap_or(text);
        if pointer.is_empty() || pointer.starts_with('/') {
            self.style = Style::Pointer { hash: text.starts_with('#') };
            return pointer.split('/').skip(1).try_for_each(|s| self.push(unescaped(s)?, None));
        }
        let rest = text.strip_prefix('$').unwrap_or(text);
        let dollar = rest.len() < text.len();
        if text.starts_with('#') || (!dollar && rest.starts_with(['.', '['])) {
            return None;
        }
        let mut rest = rest;
        let (mut bare, mut dots, mut dotted) = (false, false, false);
        while !rest.is_empty() {
            if let Some(inner) = rest.strip_prefix('[') {
                let (step, after, quote) = bracketed(inner)?;
                bare |= quote.is_none() && position(step).is_none();
                self.push(step.into(), quote)?;
                rest = after;
                continue;
            }
            dotted |= rest.starts_with('.');
            let own = rest.strip_prefix('.').unwrap_or(rest);
            if !dollar && self.steps.is_empty() == rest.starts_with('.') {
                return None;
            }
            let end = own.find(['.', '[']).unwrap_or(own.len());
            let (step, after) = own.split_at(end);
            if step.is_empty() || step.contains(char::is_whitespace) {
                return None;
            }
            dots |= position(step).is_some();
            self.push(step.into(), None)?;
            rest = after;
        }
        let positions = if dots { Positions::Dots } else { Positions::Brackets };
        self.style = match (bare, dotted || dollar) {
            (true, true) => return None,
            (true, false) => Style::Brackets,
            (false, _) => Style::Dotted { dollar, positions },
        };
        Some(())
    }

    /// Writes the text that names another place in the same way; `false`: it cannot be said so, and
    /// what is written is to be thrown away.
    fn write(&self, steps: &[Step<'_>], text: &mut String) -> bool {
        let said = steps.iter().map(|step| step.said(&self.steps));
        let (dollar, positions) = match self.style {
            Style::Pointer { hash } => {
                text.push_str(if hash { "#" } else { "" });
                said.for_each(|step| escaped(step, text));
                return true;
            }
            Style::Dotted { dollar, positions } => (dollar, Some(positions)),
            Style::Brackets => (false, None),
        };
        // Without a step there is nothing to write, and `""` is a pointer.
        if !dollar && steps.is_empty() {
            return false;
        }
        text.push_str(if dollar { "$" } else { "" });
        let other = self.quotes.iter().flatten().next().copied();
        let alike = other.map(|_| self.alike(steps));
        for (at, step) in said.enumerate() {
            let first = at == 0 && !dollar;
            let alike = alike.as_ref().and_then(|alike| alike(at));
            let quote = alike.and_then(|at| self.quote(at, step));
            let plain = is_plain(step);
            let done = match positions {
                _ if first => plain && !step.starts_with(['$', '#', '/']) && put(text, step),
                _ if quote.is_some() => quoted(step, quote, text),
                Some(Positions::Brackets) if position(step).is_some() => bracket(step, text),
                Some(_) if plain => {
                    text.push('.');
                    put(text, step)
                }
                Some(_) => quoted(step, other, text),
                None => {
                    let special = |c: char| matches!(c, '[' | ']') || c.is_whitespace();
                    let bare = !step.is_empty() && !step.contains(special);
                    bare && !step.starts_with(['\'', '"']) && bracket(step, text)
                }
            };
            if !done {
                return false;
            }
        }
        true
    }

    /// The quotes of a step for another one in its place; a position has them if it is the same.
    fn quote(&self, at: usize, step: &str) -> Option<char> {
        let same = || self.steps.get(at).is_some_and(|own| own == step);
        self.quotes.get(at).copied().flatten().filter(|_| position(step).is_none() || same())
    }

    /// The step of this text that is at the place of one of another: at the same, if both have as many,
    /// else counted from the side on which the steps are the same; of those between, the first in quotes.
    fn alike(&self, steps: &[Step<'_>]) -> impl Fn(usize) -> Option<usize> {
        let (own, length) = (self.steps.as_slice(), steps.len());
        let (front, back) = if own.len() == length {
            (length, 0)
        } else {
            let same = |(a, b): &(&Cow<'_, str>, &Step<'_>)| **a == b.said(own);
            let front = own.iter().zip(steps).take_while(same).count();
            let back = own.iter().rev().zip(steps.iter().rev()).take_while(same).count();
            (front, back.min(own.len().min(length).saturating_sub(front)))
        };
        let end = own.len().saturating_sub(back);
        let mut between = self.quotes.get(front..end).unwrap_or_default().iter();
        let between = between.position(Option::is_some).map(|at| front.saturating_add(at));
        let total = own.len();
        move |at| match length.saturating_sub(at) {
            _ if at < front => Some(at),
            left if left <= back => Some(total.saturating_sub(left)),
            _ => between,
        }
    }
}

/// Whether a name is read as it is behind a dot.
fn is_plain(step: &str) -> bool {
    !step.is_empty() && !step.contains(|c| matches!(c, '.' | '[' | ']') || c.is_whitespace())
}

fn put(text: &mut String, step: &str) -> bool {
    text.push_str(step);
    true
}

fn bracket(step: &str, text: &mut String) -> bool {
    text.extend(["[", step, "]"]);
    true
}

/// Writes a name in quotes, of these if it has none of them in it; `false`: it has all.
fn quoted(step: &str, quote: Option<char>, text: &mut String) -> bool {
    let known = quote.into_iter().chain(['\'', '"']).find(|quote| !step.contains(*quote));
    let Some(quote) = known else { return false };
    text.push('[');
    text.push(quote);
    text.push_str(step);
    text.push(quote);
    text.push(']');
    true
}

/// Writes a step of a JSON Pointer (RFC 6901).
fn escaped(step: &str, text: &mut String) {
    text.push('/');
    for piece in step.split_inclusive(['~', '/']) {
        let (plain, mark) = match piece.strip_suffix('~') {
            Some(plain) => (plain, "~0"),
            None => piece.strip_suffix('/').map_or((piece, ""), |plain| (plain, "~1")),
        };
        text.extend([plain, mark]);
    }
}

/// Reads such a step.
fn unescaped(step: &str) -> Option<Cow<'_, str>> {
    if !step.contains('~') {
        return Some(step.into());
    }
    let mut pieces = step.split('~');
    let mut text = pieces.next()?.to_owned();
    for piece in pieces {
        let tilde = piece.strip_prefix('0').map(|rest| ('~', rest));
        let (meant, rest) = tilde.or_else(|| piece.strip_prefix('1').map(|rest| ('/', rest)))?;
        text.push(meant);
        text.push_str(rest);
    }
    Some(text.into())
}

/// What stands up to a closing bracket, what follows that, and the quotes around it.
fn bracketed(inner: &str) -> Option<(&str, &str, Option<char>)> {
    for quote in ['\'', '"'] {
        if let Some(own) = inner.strip_prefix(quote) {
            let (step, after) = own.split_once(quote)?;
            return Some((step, after.strip_prefix(']')?, Some(quote)));
        }
    }
    let (step, after) = inner.split_once(']')?;
    let plain = !step.is_empty() && !step.contains(|c: char| c == '[' || c.is_whitespace());
    plain.then_some((step, after, None))
}
