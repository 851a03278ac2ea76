//! Elements in one text: what stands between them, before, behind and around them.

use std::fmt;

use super::{Element, MOST};

/// Elements in one text.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Separated {
    /// What stands between two of them.
    pub by: Box<str>,
    /// What stands before the first, maybe nothing.
    pub open: Box<str>,
    /// What stands behind the last, maybe nothing.
    pub close: Box<str>,
    /// Either of both may be missing in what is read.
    pub loose: bool,
    /// What stands behind the last of what stands between two.
    pub last: Last,
    /// What stands around those that would be read wrongly without it; within it, a backslash stands
    /// before itself and before the quote.
    pub quote: Option<char>,
    /// Quotes are part of an element, and stand anywhere in it: what is in them separates nothing.
    pub kept: bool,
}

/// Whether what stands behind the last separator is an element.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Last {
    /// It is, whatever it is.
    #[default]
    Counts,
    /// It is none if it is empty, or white space alone.
    Optional,
}

impl Separated {
    pub(super) fn read(&self, text: &str) -> Option<Vec<Element>> {
        let mut rest = self.inside(text)?;
        let mut found = Vec::new();
        if rest.is_empty() {
            return Some(found);
        }
        loop {
            if self.is_over(rest) {
                return Some(found);
            }
            if found.len() >= MOST {
                return None;
            }
            let (element, after) = self.element(rest)?;
            found.push(element);
            if after.is_empty() {
                return Some(found);
            }
            rest = after.strip_prefix(&*self.by)?;
        }
    }

    /// Whether what stands behind a separator is no element. It looks at blanks at the beginning alone, so that
    /// all of a text is seen once.
    fn is_over(&self, rest: &str) -> bool {
        let is_blank = self.last == Last::Optional && rest.trim_start().is_empty();
        is_blank && !rest.contains(&*self.by)
    }

    /// What stands between both ends.
    fn inside<'t>(&self, text: &'t str) -> Option<&'t str> {
        let or = |found: Option<&'t str>, whole| found.or(self.loose.then_some(whole));
        let begun = or(text.strip_prefix(&*self.open), text)?;
        or(begun.strip_suffix(&*self.close), begun)
    }

    /// The element that a text begins with, and what follows it.
    fn element<'t>(&self, rest: &'t str) -> Option<(Element, &'t str)> {
        if self.kept {
            let (text, after) = rest.split_at_checked(self.kept_end(rest)?)?;
            return Some((Element::Plain(text.to_owned()), after));
        }
        if let Some(quote) = self.quote
            && let Some(quoted) = rest.strip_prefix(quote)
        {
            let mut text = String::new();
            let mut chars = quoted.chars();
            loop {
                match chars.next()? {
                    '\\' => text.push(chars.next()?),
                    c if c == quote => return Some((Element::Plain(text), chars.as_str())),
                    c => text.push(c),
                }
            }
        }
        let end = rest.find(&*self.by).unwrap_or(rest.len());
        let (text, after) = rest.split_at_checked(end)?;
        if self.quote.is_none() {
            return Some((Element::Plain(text.to_owned()), after));
        }
        let null = text.eq_ignore_ascii_case("null");
        if null {
            return Some((Element::Null(text.to_owned()), after));
        }
        (!self.is_special(text)).then(|| (Element::Plain(text.to_owned()), after))
    }

    /// Where an element ends that may have quotes anywhere; `None`: within them.
    fn kept_end(&self, rest: &str) -> Option<usize> {
        let mut within = false;
        let mut chars = rest.char_indices();
        while let Some((at, c)) = chars.next() {
            if Some(c) == self.quote {
                within = !within;
            } else if within && c == '\\' {
                chars.next()?;
            } else if !within && rest.get(at..)?.starts_with(&*self.by) {
                return Some(at);
            }
        }
        (!within).then_some(rest.len())
    }

    /// Whether something in an element would be read as something else.
    fn is_special(&self, text: &str) -> bool {
        let has = |part: &str| !part.is_empty() && text.contains(part);
        let quote = |quote: char| text.contains(quote) || text.contains('\\');
        has(&self.by) || has(&self.open) || has(&self.close) || self.quote.is_some_and(quote)
    }

    /// The text, if it says these elements and no others.
    pub(super) fn write(&self, elements: &[Element]) -> Option<String> {
        let mut meant = Vec::with_capacity(elements.len());
        let mut all = Vec::with_capacity(elements.len());
        for element in elements {
            let quote = self.quote.filter(|_| !self.kept);
            let (text, null) = match (element.text()?, quote) {
                (Some(text), _) => (text, false),
                (None, Some(_)) => (String::from("NULL"), true),
                (None, None) => return None,
            };
            all.push(match quote {
                Some(quote) if !null && self.wants_quotes(&text) => quoted(&text, quote),
                Some(_) | None => text.clone(),
            });
            meant.push(if null { Element::Null(text) } else { Element::Plain(text) });
        }
        let blank = |text: &String| self.last == Last::Optional && text.trim().is_empty();
        let tail = if all.last().is_some_and(blank) { &*self.by } else { "" };
        let text = format!("{}{}{tail}{}", self.open, all.join(&self.by), self.close);
        // Equal elements may still be read as null.
        let read = self.read(&text)?;
        let null = |element: &Element| matches!(element, Element::Null(_));
        let says = read == meant && read.iter().map(null).eq(meant.iter().map(null));
        says.then_some(text)
    }

    fn wants_quotes(&self, text: &str) -> bool {
        text.is_empty()
            || text.contains(char::is_whitespace)
            || text.eq_ignore_ascii_case("null")
            || self.is_special(text)
    }
}

fn quoted(text: &str, quote: char) -> String {
    let mut quoted = String::from(quote);
    for c in text.chars() {
        if c == quote || c == '\\' {
            quoted.push('\\');
        }
        quoted.push(c);
    }
    quoted.push(quote);
    quoted
}

impl fmt::Display for Separated {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{{separated: {:?}", self.by)?;
        if !self.open.is_empty() || !self.close.is_empty() {
            write!(f, ", open: {:?}, close: {:?}", self.open, self.close)?;
        }
        let optional = [("ends", self.loose), ("last", self.last == Last::Optional)];
        for (word, _) in optional.iter().filter(|(_, is)| *is) {
            write!(f, ", {word}: optional")?;
        }
        if let Some(quote) = self.quote {
            let kept = if self.kept { ", quotes: kept" } else { "" };
            write!(f, ", quote: {:?}{kept}", quote.to_string())?;
        }
        f.write_str("}")
    }
}
