//! Texts that name a place in a document, as answers say which field was wrong: JSON Pointers,
//! `$.a[0]`, `a.b[0]`, `a.b.0`, `a[b][0]`; and those that list several, as `-created,items.sku`. Which
//! places there are is known elsewhere.

use std::fmt::Write as _;

use crate::json::Value;

/// Steps that a place may have: no document that is translated is much deeper by default, and who follows
/// them goes down with each.
const MOST: usize = 128;

/// Values that the way to a place may lead through: as many again may have no step of their own.
pub const MOST_VALUES: usize = 2 * MOST;

/// Names and positions, from the outermost.
pub type Steps = Vec<Box<str>>;

/// What becomes of a text that names places.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Renamed {
    /// It names none.
    Unfit,
    /// It says something else now, or what it said.
    Done {
        /// `None`: what it said.
        value: Option<Value>,
        /// A place that it names has no counterpart, or none that such a text can say.
        unknown: bool,
    },
}

/// Rewrites a text, or a list of steps, by where places are on the other side (`None`: nowhere).
/// `several`: it lists places with commas between them.
pub fn rename(
    value: &Value,
    several: bool,
    place: &mut dyn FnMut(&[Box<str>]) -> Option<Steps>,
) -> Renamed {
    if several {
        return listed(value, place).unwrap_or(Renamed::Unfit);
    }
    let Some(naming) = Naming::read(value) else { return Renamed::Unfit };
    match place(&naming.steps) {
        Some(after) if after == naming.steps => Renamed::Done { value: None, unknown: false },
        after => {
            let value = after.and_then(|after| naming.value(&after));
            Renamed::Done { unknown: value.is_none(), value }
        }
    }
}

/// The same of a text that lists names of fields; each keeps the sign before it, and what has no
/// counterpart stays. `None`: it is no such text.
fn listed(value: &Value, place: &mut dyn FnMut(&[Box<str>]) -> Option<Steps>) -> Option<Renamed> {
    let Value::String(text) = value else { return None };
    let text = text.decode()?;
    let (mut unknown, mut changed) = (false, false);
    let mut all = Vec::new();
    for own in text.split(',').filter(|_| !text.is_empty()) {
        let rest = own.trim_start();
        let rest = rest.strip_prefix(['-', '+']).unwrap_or(rest);
        let (lead, rest) = own.split_at(own.len().saturating_sub(rest.len()));
        let bare = rest.trim_end();
        let naming = Naming::parse(bare).filter(|naming| naming.steps.len() <= MOST)?;
        let after = match place(&naming.steps) {
            Some(after) if after == naming.steps => Some(bare.to_owned()),
            after => after.and_then(|after| naming.text(&after)).filter(|text| is_listed(text)),
        };
        unknown |= after.is_none();
        changed |= after.as_ref().is_some_and(|after| after != bare);
        let trail = rest.get(bare.len()..)?;
        all.push([lead, after.as_deref().unwrap_or(bare), trail].concat());
    }
    Some(Renamed::Done { value: changed.then(|| Value::string(&all.join(","))), unknown })
}

/// Whether a text is read as it is among others.
fn is_listed(text: &str) -> bool {
    !text.contains(',') && !text.starts_with(['-', '+'])
}

/// A text that names a place, or a list of its steps.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Naming {
    style: Style,
    steps: Steps,
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
    fn read(value: &Value) -> Option<Self> {
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
    fn value(&self, steps: &[Box<str>]) -> Option<Value> {
        if let Style::List { numbers } = self.style {
            let item = |step: &str| match position(step).filter(|_| numbers) {
                Some(at) => Value::Number(at.to_string().into()),
                None => Value::string(step),
            };
            return Some(Value::Array(steps.iter().map(|step| item(step)).collect()));
        }
        self.text(steps).map(|text| Value::string(&text))
    }

    /// The text that names another place; `None`: not every name can stand in every kind of text.
    fn text(&self, steps: &[Box<str>]) -> Option<String> {
        let text = self.write(steps);
        let says = steps.is_empty() || Self::parse(&text).is_some_and(|again| again.steps == steps);
        says.then_some(text)
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
    use super::{MOST, Naming, Renamed, rename};
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
    fn several_places_in_one_text() {
        let told = |text: &str| {
            let mut place = |steps: &[Box<str>]| match &*steps[0] {
                "gone" => None,
                "comma" => Some(vec!["a,b".into()]),
                "sign" => Some(vec!["-a".into()]),
                first => Some([&[format!("new_{first}").into()], &steps[1..]].concat()),
            };
            match rename(&Value::string(text), true, &mut place) {
                Renamed::Unfit => String::from("unfit"),
                Renamed::Done { value, unknown } => {
                    let value = value.map(|value| value.to_string()).unwrap_or_default();
                    value + if unknown { " unknown" } else { "" }
                }
            }
        };
        for (text, becomes) in [
            ("a", "\"new_a\""),
            ("-a,items.sku", "\"-new_a,new_items.sku\""),
            ("-a, +b ,c", "\"-new_a, +new_b ,new_c\""),
            ("a,-gone", "\"new_a,-gone\" unknown"),
            ("a,comma", "\"new_a,comma\" unknown"),
            // A sign, and a name that begins as one.
            ("---", "\"-new_--\""),
            ("sign", " unknown"),
            ("", ""),
            ("a,,b", "unfit"),
            ("a,", "unfit"),
            ("-", "unfit"),
            ("a b", "unfit"),
        ] {
            assert_eq!(told(text), becomes, "{text}");
        }
        let mut same = |steps: &[Box<str>]| Some(steps.to_vec());
        let done = rename(&Value::string("-a,b"), true, &mut same);
        assert_eq!(done, Renamed::Done { value: None, unknown: false });
        assert_eq!(rename(&Value::Array(Vec::new()), true, &mut same), Renamed::Unfit);
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
