//! Representations of a name that is made of words: how they are told apart, and which letters of them are
//! capitals.

use std::fmt;

use super::plain;
use crate::json::Value;

/// How a side writes a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Case {
    /// `snake`: `in_transit`
    Snake,
    /// `camel`: `inTransit`
    Camel,
    /// `kebab`: `in-transit`
    Kebab,
    /// `pascal`: `InTransit`
    Pascal,
    /// `screaming`: `IN_TRANSIT`
    Screaming,
}

/// The JSON text of a name in another case, and whether the way back gives another name.
pub(super) fn convert(from: Case, to: Case, value: &str) -> Option<(String, bool)> {
    let name = plain(value)?;
    let text = to.name(&from.words(&name)?);
    let again = to.words(&text).map(|words| from.name(&words));
    Some((Value::string(&text).to_string(), again.as_ref() != Some(&name)))
}

impl Case {
    /// The words of a name, in small letters; `None`: it has none, or something in it is neither a letter nor
    /// a digit, nor what stands between words here.
    fn words(self, name: &str) -> Option<Vec<String>> {
        let parts = match self {
            Self::Snake | Self::Screaming => name.split('_').collect(),
            Self::Kebab => name.split('-').collect(),
            Self::Camel | Self::Pascal => humps(name),
        };
        let is_word = |part: &&str| !part.is_empty() && part.chars().all(char::is_alphanumeric);
        let all = parts.iter().all(is_word) && !parts.is_empty();
        all.then(|| parts.iter().map(|part| part.to_lowercase()).collect())
    }

    /// The name that is made of these words.
    fn name(self, words: &[String]) -> String {
        match self {
            Self::Snake => words.join("_"),
            Self::Kebab => words.join("-"),
            Self::Screaming => words.join("_").to_uppercase(),
            Self::Pascal => words.iter().map(|word| capitalised(word)).collect(),
            Self::Camel => {
                let (first, rest) = words.split_at(words.len().min(1));
                let rest = rest.iter().map(|word| capitalised(word));
                first.iter().cloned().chain(rest).collect()
            }
        }
    }
}

/// The parts of a name of which each begins with a capital; several capitals are one part, but for the last,
/// where a small letter is behind it: `HTTPServer` is `HTTP` and `Server`.
fn humps(name: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let (mut begin, mut before) = (0, None);
    let mut chars = name.char_indices().peekable();
    while let Some((at, char)) = chars.next() {
        let goes_on = before.is_none_or(char::is_uppercase)
            && !chars.peek().is_some_and(|(_, next)| next.is_lowercase());
        if char.is_uppercase() && !goes_on && at > begin {
            parts.push(name.get(begin..at).unwrap_or_default());
            begin = at;
        }
        before = Some(char);
    }
    parts.push(name.get(begin..).unwrap_or_default());
    parts
}

fn capitalised(word: &str) -> String {
    let mut chars = word.chars();
    chars.next().into_iter().flat_map(char::to_uppercase).chain(chars).collect()
}

/// As a mapping says it.
impl fmt::Display for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Snake => "snake",
            Self::Camel => "camel",
            Self::Kebab => "kebab",
            Self::Pascal => "pascal",
            Self::Screaming => "screaming",
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::{Converted, Repr, convert};
    use super::Case::{self, Camel, Kebab, Pascal, Screaming, Snake};

    const ALL: [Case; 5] = [Snake, Camel, Kebab, Pascal, Screaming];

    /// What becomes of a name, and whether that is said.
    fn said(from: Case, to: Case, name: &str) -> String {
        let value = crate::json::Value::string(name).to_string();
        match convert(&Repr::Case(from), &Repr::Case(to), &value) {
            Converted::Done { text, narrowed } => {
                let text = text.trim_matches('"');
                if narrowed { format!("{text} narrowed") } else { text.to_owned() }
            }
            Converted::Unfit => "unfit".to_owned(),
        }
    }

    #[test]
    fn a_name_has_the_same_words_in_every_case() {
        let names = [
            (Snake, "in_transit"),
            (Camel, "inTransit"),
            (Kebab, "in-transit"),
            (Pascal, "InTransit"),
        ];
        let names = names.into_iter().chain([(Screaming, "IN_TRANSIT")]);
        for (from, name) in names.clone() {
            for (to, expected) in names.clone() {
                assert_eq!(said(from, to, name), expected);
            }
        }
    }

    #[test]
    fn a_name_that_does_not_survive_is_told() {
        for (from, to, name, expected) in [
            (Pascal, Snake, "HTTPServer", "http_server narrowed"),
            (Pascal, Snake, "HttpServer", "http_server"),
            (Camel, Snake, "myURL", "my_url narrowed"),
            (Camel, Snake, "aB", "a_b"),
            (Camel, Snake, "ABc", "a_bc narrowed"),
            (Snake, Camel, "line_2", "line2 narrowed"),
            (Snake, Camel, "line2_b", "line2B"),
            (Snake, Camel, "Line", "line narrowed"),
            (Screaming, Snake, "on", "on narrowed"),
            (Snake, Pascal, "zoë_öl", "ZoëÖl"),
            (Snake, Screaming, "straße", "STRASSE narrowed"),
            (Snake, Camel, "x", "x"),
            (Snake, Camel, "_id", "unfit"),
            (Snake, Camel, "a__b", "unfit"),
            (Snake, Camel, "a_", "unfit"),
            (Snake, Camel, "a-b", "unfit"),
            (Kebab, Camel, "a-b", "aB"),
            (Camel, Snake, "a.b", "unfit"),
            (Camel, Snake, "", "unfit"),
            (Snake, Camel, "", "unfit"),
        ] {
            assert_eq!(said(from, to, name), expected, "{name}: {from} to {to}");
        }
        for value in ["7", "null", r#"["a"]"#, r#""\ud800""#] {
            assert_eq!(convert(&Repr::Case(Snake), &Repr::Case(Camel), value), Converted::Unfit);
        }
    }

    proptest! {
        #[test]
        fn what_is_not_narrowed_comes_back(name in "\\PC{0,8}|[a-cA-C0-9_-]{0,10}", at in 0..25_usize) {
            let (from, to) = (ALL[at / 5], ALL[at % 5]);
            let there = said(from, to, &name);
            if there != "unfit" && !there.ends_with(" narrowed") {
                prop_assert_eq!(said(to, from, &there), name);
            }
        }
    }
}
