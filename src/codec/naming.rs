//! Texts that name a place in a document, as answers say which field was wrong: JSON Pointers,
//! `$.a[0]`, `a.b[0]`, `a.b.0`, `a[b][0]`. Which places there are is known elsewhere.

use std::fmt::Write as _;

use crate::json::Value;

/// Steps that a place may have: no document that is translated is much deeper by default, and who follows
/// them goes down with each.
const MOST: usize = 128;

/// A text that names a place, or a list of its steps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Naming {
    style: Style,
    /// Names and positions, from the outermost.
    pub steps: Vec<Box<str>>,
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
    /// `["a", "b", 0]`; `numbers`: positions are such.
    List { numbers: bool },
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

impl Naming {
    /// Reads a text, or a list of steps; `None`: it names no place that a document may have.
    pub fn read(value: &Value) -> Option<Self> {
        let naming = match value {
            Value::String(text) => Self::parse(&text.decode()?),
            Value::Array(items) => {
                let numbers = items.iter().any(|item| matches!(item, Value::Number(_)));
                let step = |item: &Value| match item {
                    Value::String(name) => name.decode().map(Box::from),
                    Value::Number(at) => position(at).map(|at| at.to_string().into()),
                    _ => None,
                };
                let steps = items.iter().take(MOST + 1).map(step).collect::<Option<_>>();
                steps.map(|steps| Self { style: Style::List { numbers }, steps })
            }
            _ => None,
        };
        naming.filter(|naming| naming.steps.len() <= MOST)
    }

    /// What names another place in the same way; `None`: nothing does.
    pub fn value(&self, steps: &[Box<str>]) -> Option<Value> {
        if let Style::List { numbers } = self.style {
            let item = |step: &str| match position(step).filter(|_| numbers) {
                Some(at) => Value::Number(at.to_string().into()),
                None => Value::string(step),
            };
            return Some(Value::Array(steps.iter().map(|step| item(step)).collect()));
        }
        let text = self.write(steps);
        // Not every name can stand in every kind of text.
        let says = steps.is_empty() || Self::parse(&text).is_some_and(|again| again.steps == steps);
        says.then(|| Value::string(&text))
    }

    /// Reads a text; `None`: it names no place.
    fn parse(text: &str) -> Option<Self> {
        let hash = text.starts_with('#');
        let pointer = text.strip_prefix('#').unwrap_or(text);
        if hash || pointer.starts_with('/') {
            let steps = match pointer.strip_prefix('/') {
                Some(rest) => rest.split('/').map(unescaped).collect::<Option<_>>()?,
                None if pointer.is_empty() => Vec::new(),
                None => return None,
            };
            return Some(Self { style: Style::Pointer { hash }, steps });
        }
        let dollar = text.starts_with('$');
        let rest = text.strip_prefix('$').unwrap_or(text);
        if !dollar && (rest.is_empty() || rest.starts_with(['.', '['])) {
            return None;
        }
        let (mut steps, mut rest): (Vec<Box<str>>, &str) = (Vec::new(), rest);
        let (mut bare, mut dots, mut dotted) = (false, false, false);
        while !rest.is_empty() {
            if let Some(inner) = rest.strip_prefix('[') {
                let (step, after, quoted) = bracketed(inner)?;
                bare |= !quoted && position(step).is_none();
                steps.push(step.into());
                rest = after;
                continue;
            }
            dotted |= rest.starts_with('.');
            let own = rest.strip_prefix('.').unwrap_or(rest);
            if !dollar && steps.is_empty() == rest.starts_with('.') {
                return None;
            }
            let end = own.find(['.', '[']).unwrap_or(own.len());
            let (step, after) = own.split_at(end);
            if step.is_empty() || step.contains(char::is_whitespace) {
                return None;
            }
            dots |= position(step).is_some();
            steps.push(step.into());
            rest = after;
        }
        let positions = if dots { Positions::Dots } else { Positions::Brackets };
        let style = match (bare, dotted || dollar) {
            (true, true) => return None,
            (true, false) => Style::Brackets,
            (false, _) => Style::Dotted { dollar, positions },
        };
        Some(Self { style, steps })
    }

    /// The text of another place.
    fn write(&self, steps: &[Box<str>]) -> String {
        let mut text = String::new();
        match self.style {
            Style::Pointer { hash } => {
                text.push_str(if hash { "#" } else { "" });
                for step in steps {
                    text.push('/');
                    text.push_str(&step.replace('~', "~0").replace('/', "~1"));
                }
            }
            Style::Dotted { dollar, positions } => {
                text.push_str(if dollar { "$" } else { "" });
                for step in steps {
                    let at = position(step).filter(|_| positions == Positions::Brackets);
                    let special = |c: char| matches!(c, '.' | '[' | ']') || c.is_whitespace();
                    if at.is_some() && !text.is_empty() {
                        let _done = write!(text, "[{step}]");
                    } else if step.is_empty() || step.contains(special) {
                        let quote = if step.contains('\'') { '"' } else { '\'' };
                        let _done = write!(text, "[{quote}{step}{quote}]");
                    } else {
                        text.push_str(if text.is_empty() { "" } else { "." });
                        text.push_str(step);
                    }
                }
            }
            Style::Brackets => {
                for step in steps {
                    if text.is_empty() {
                        text.push_str(step);
                    } else {
                        let _done = write!(text, "[{step}]");
                    }
                }
            }
            Style::List { .. } => {}
        }
        text
    }
}

/// A step of a JSON Pointer (RFC 6901).
fn unescaped(step: &str) -> Option<Box<str>> {
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

/// What stands up to a closing bracket, what follows that, and whether it was in quotes.
fn bracketed(inner: &str) -> Option<(&str, &str, bool)> {
    for quote in ['\'', '"'] {
        if let Some(own) = inner.strip_prefix(quote) {
            let (step, after) = own.split_once(quote)?;
            return Some((step, after.strip_prefix(']')?, true));
        }
    }
    let (step, after) = inner.split_once(']')?;
    let plain = !step.is_empty() && !step.contains(|c: char| c == '[' || c.is_whitespace());
    plain.then_some((step, after, false))
}

#[cfg(test)]
mod tests {
    use super::{MOST, Naming};
    use crate::json::{Value, parse};

    #[test]
    fn other_places_are_written_as_the_first_one_is() {
        let steps: Vec<Box<str>> = ["x", "1", "y.z"].map(Box::from).into();
        for (text, read, written) in [
            ("/a/0/b", "a 0 b", "/x/1/y.z"),
            ("#/a~1b/~01", "a/b ~1", "#/x/1/y.z"),
            ("#", "", "#/x/1/y.z"),
            ("a", "a", "x[1]['y.z']"),
            ("a.b[0]", "a b 0", "x[1]['y.z']"),
            ("a.0.b", "a 0 b", "x.1['y.z']"),
            ("$", "", "$.x[1]['y.z']"),
            ("$.a[0]['b.c']", "a 0 b.c", "$.x[1]['y.z']"),
            ("$[0].a", "0 a", "$.x[1]['y.z']"),
            ("a[b][0]", "a b 0", "x[1][y.z]"),
            ("a[\"b c\"].d", "a b c d", "x[1]['y.z']"),
        ] {
            let naming = Naming::parse(text).unwrap();
            assert_eq!(naming.steps.join(" "), read, "{text}");
            assert_eq!(naming.write(&steps), written, "{text}");
            assert_eq!(naming.write(&naming.steps).is_empty(), text.is_empty(), "{text}");
        }
    }

    #[test]
    fn what_names_no_place() {
        for text in [
            "",
            "the name is too long",
            "a..b",
            "a.",
            ".a",
            "[0]",
            "a[",
            "a[]",
            "a[b]c.d]",
            "#a",
            "/~2",
            "/~~01",
            "a.b[c]",
        ] {
            assert_eq!(Naming::parse(text), None, "{text}");
        }
    }

    #[test]
    fn what_cannot_be_said_in_a_text_is_not() {
        let naming = |text: &str| Naming::read(&Value::string(text)).unwrap();
        for (text, step) in [("a.b", "it's \"x\""), ("a[b]", "x]"), ("a[b]", ""), ("a[b]", "x y")] {
            assert_eq!(naming(text).value(&["x".into(), step.into()]), None, "{text} {step}");
        }
        assert_eq!(naming("/a").value(&["".into()]), Some(Value::string("/")));
        let list = Naming::read(&parse(br#"["a",0,"1"]"#, 8).unwrap()).unwrap();
        let value = list.value(&["b".into(), "7".into()]).unwrap();
        assert_eq!(value.to_string(), r#"["b",7]"#);
    }

    #[test]
    fn no_place_is_deeper_than_any_document() {
        let deep = |steps: usize| Naming::read(&Value::string(&"/a".repeat(steps)));
        assert!(deep(MOST).is_some());
        assert_eq!(deep(MOST + 1), None);
        assert_eq!(deep(100_000), None);
        let list = |steps: usize| Naming::read(&Value::Array(vec![Value::string("a"); steps]));
        assert!(list(MOST).is_some());
        assert_eq!(list(MOST + 1), None);
    }
}
