//! Scalars that stand in texts, as in a query or a field: the text of one is a string, whatever it
//! says.

use std::fmt;

use super::{Converted, Repr, convert};
use crate::json::number::Decimal;
use crate::json::{Text, Value, parse};

/// Which scalars a place takes beside strings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Values {
    /// Which numbers.
    pub numbers: Numbers,
    /// true and false.
    pub truth: bool,
}

/// Which numbers a place takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Numbers {
    /// None.
    None,
    /// Whole ones.
    Whole,
    /// All.
    All,
}

/// For people: `integer or bool`.
impl fmt::Display for Values {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let numbers = match self.numbers {
            Numbers::None => None,
            Numbers::Whole => Some("integer"),
            Numbers::All => Some("number"),
        };
        let all: Vec<&str> = numbers.into_iter().chain(self.truth.then_some("bool")).collect();
        f.write_str(&all.join(" or "))
    }
}

/// The text of a scalar.
pub(super) fn write(value: &str) -> Converted {
    match parse(value.as_bytes(), 1) {
        Ok(Value::String(_)) => done(value.to_owned()),
        Ok(Value::Number(text)) => done(format!("\"{text}\"")),
        Ok(Value::Bool(truth)) => done(format!("\"{truth}\"")),
        Ok(Value::Null | Value::Array(_) | Value::Object(_)) | Err(_) => Converted::Unfit,
    }
}

/// The scalar that a text says.
pub(super) fn read(value: &str, scalars: Values) -> Converted {
    let text = inner(value).unwrap_or_else(|| value.to_owned());
    match parse(text.as_bytes(), 1) {
        Ok(Value::Bool(_)) if scalars.truth => done(text),
        Ok(Value::Number(number)) if *number == *text => {
            let whole = || Decimal::parse(&number).is_some_and(|number| number.is_integer());
            match scalars.numbers {
                Numbers::Whole if whole() => done(text),
                Numbers::All => done(text),
                Numbers::Whole | Numbers::None => Converted::Unfit,
            }
        }
        Ok(_) | Err(_) => Converted::Unfit,
    }
}

/// A value of which the one or the other representation stands in a text.
pub(super) fn inside(from: &Repr, to: &Repr, value: &str) -> Converted {
    match (from, to) {
        (Repr::Texted(from), to) => match inside(from, to, value) {
            Converted::Unfit => match inner(value) {
                Some(text) if parse(text.as_bytes(), 1).is_ok() => inside(from, to, text.trim()),
                Some(_) | None => Converted::Unfit,
            },
            done @ Converted::Done { .. } => done,
        },
        (from, Repr::Texted(to)) => match convert(from, to, value) {
            Converted::Done { text, narrowed } => match write(&text) {
                Converted::Done { text, .. } => Converted::Done { text, narrowed },
                Converted::Unfit => Converted::Unfit,
            },
            Converted::Unfit => Converted::Unfit,
        },
        (from, to) => convert(from, to, value),
    }
}

/// The text that a JSON string says.
fn inner(value: &str) -> Option<String> {
    Text::from_raw(value.strip_prefix('"')?.strip_suffix('"')?).decode()
}

fn done(text: String) -> Converted {
    Converted::Done { text, narrowed: false }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_scalars_where_their_place_takes_them() {
        let whole = Values { numbers: Numbers::Whole, truth: false };
        let truth = Values { numbers: Numbers::None, truth: true };
        for (value, scalars, expected) in [
            (r#""7""#, whole, Some("7")),
            (r#""7.5""#, whole, None),
            (r#"" 7""#, whole, None),
            (r#""""#, whole, None),
            (r#""true""#, whole, None),
            (r#""true""#, truth, Some("true")),
            ("7", whole, Some("7")),
            ("[1]", whole, None),
        ] {
            let expected = expected.map_or(Converted::Unfit, |text| done(text.to_owned()));
            assert_eq!(read(value, scalars), expected, "{value}");
        }
        assert_eq!(write("1.10"), done(String::from("\"1.10\"")));
        assert_eq!(write("{}"), Converted::Unfit);
    }

    #[test]
    fn representations_stand_in_texts() {
        let texted = |repr: Repr| Repr::Texted(Box::new(repr));
        let scaled = convert(&texted(Repr::Scaled(2)), &Repr::Number, "\"4634\"");
        assert_eq!(scaled, done(String::from("46.34")));
        let words = texted(Repr::Words("yes".into(), "no".into()));
        assert_eq!(convert(&words, &Repr::Bool, "\"yes\""), done(String::from("true")));
        assert_eq!(convert(&Repr::Bool, &texted(Repr::ZeroOne), "true"), done("\"1\"".to_owned()));
        let number = convert(&texted(Repr::String), &texted(Repr::Integer), "\"007\"");
        assert_eq!(number, done(String::from("\"7\"")));
    }
}
