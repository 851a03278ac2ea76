//! A parameter of the media types in `Accept` and `Content-Type`: what is said in it, and the same
//! header without it or with another value. The rest keeps its bytes. It knows no media type.

use std::borrow::Cow;

/// What an element of a header says in the parameter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offer<'v> {
    /// The value, without quotes.
    pub said: Cow<'v, str>,
    /// How much it is wanted, in thousandths.
    pub weight: u16,
}

/// What is said in a parameter, element by element, what is wanted most first; what has `q=0` is not
/// wanted at all.
pub fn offers<'v>(value: &'v str, name: &str) -> Vec<Offer<'v>> {
    let offer = |element: &'v str| {
        let mut own = parameters(element);
        let said = own.clone().find(|(key, _)| key.eq_ignore_ascii_case(name))?.1;
        let weight = own.find(|(key, _)| key.eq_ignore_ascii_case("q"));
        let weight = weight.map_or(MOST, |(_, weight)| thousandths(weight));
        Some(Offer { said: unquoted(said), weight })
    };
    let mut all: Vec<_> = pieces(value, ',').into_iter().filter_map(offer).collect();
    all.retain(|offer| offer.weight > 0 && !offer.said.is_empty());
    // Stable: of equal ones the first comes first.
    all.sort_by_key(|offer| std::cmp::Reverse(offer.weight));
    all
}

/// The header without the parameter; `None` where it does not have it.
pub fn without(value: &str, name: &str) -> Option<String> {
    let mut found = false;
    let elements = pieces(value, ',').into_iter().map(|element| {
        let kept = pieces(element, ';').into_iter().enumerate().filter(|(at, piece)| {
            let own =
                *at > 0 && parameter(piece).is_some_and(|(key, _)| key.eq_ignore_ascii_case(name));
            found |= own;
            !own
        });
        kept.map(|(_, piece)| piece).collect::<Vec<_>>().join(";")
    });
    let text = elements.collect::<Vec<_>>().join(",");
    found.then_some(text)
}

/// The header with other media types in the place of those that `to` knows; `None` where it knows none.
pub fn renamed<'t>(value: &str, to: impl Fn(&str) -> Option<&'t str>) -> Option<String> {
    let mut found = false;
    let elements = pieces(value, ',').into_iter().map(|element| {
        let own = pieces(element, ';').first().map_or("", |own| own.trim());
        let Some(other) = to(own).filter(|_| !own.is_empty()) else { return element.to_owned() };
        found = true;
        element.replacen(own, other, 1)
    });
    let text = elements.collect::<Vec<_>>().join(",");
    found.then_some(text)
}

/// The header with a value of the parameter in every element.
pub fn with(value: &str, name: &str, said: &str) -> String {
    let bare = without(value, name);
    let elements = pieces(bare.as_deref().unwrap_or(value), ',').into_iter().map(|element| {
        let kind = pieces(element, ';').first().map_or("", |kind| kind.trim_end());
        if kind.is_empty() {
            return element.to_owned();
        }
        // Before `q`, behind which other things begin for some readers.
        let rest = element.get(kind.len()..).unwrap_or_default();
        format!("{kind}; {name}={}{rest}", quoted(said))
    });
    elements.collect::<Vec<_>>().join(",")
}

/// One media type with the parameter behind all that it has.
pub fn behind(value: &str, name: &str, said: &str) -> String {
    format!("{}; {name}={}", value.trim_end(), quoted(said))
}

const MOST: u16 = 1000;

/// The pieces between separators that are not within quotes.
fn pieces(text: &str, separator: char) -> Vec<&str> {
    let (mut pieces, mut from) = (Vec::new(), 0);
    let (mut within, mut escaped) = (false, false);
    for (at, c) in text.char_indices() {
        if escaped {
            escaped = false;
        } else if within && c == '\\' {
            escaped = true;
        } else if c == '"' {
            within = !within;
        } else if c == separator && !within {
            pieces.push(text.get(from..at).unwrap_or_default());
            from = at.saturating_add(c.len_utf8());
        }
    }
    pieces.push(text.get(from..).unwrap_or_default());
    pieces
}

fn parameters(element: &str) -> impl Iterator<Item = (&str, &str)> + Clone {
    pieces(element, ';').into_iter().skip(1).filter_map(parameter)
}

fn parameter(piece: &str) -> Option<(&str, &str)> {
    piece.split_once('=').map(|(key, value)| (key.trim(), value.trim()))
}

fn unquoted(value: &str) -> Cow<'_, str> {
    let inner = value.strip_prefix('"').and_then(|v| v.strip_suffix('"'));
    let Some(inner) = inner else { return Cow::Borrowed(value) };
    if !inner.contains('\\') {
        return Cow::Borrowed(inner);
    }
    let mut plain = String::with_capacity(inner.len());
    let mut rest = inner.chars();
    while let Some(c) = rest.next() {
        plain.extend(if c == '\\' { rest.next() } else { Some(c) });
    }
    Cow::Owned(plain)
}

/// As a token, or within quotes where it is none.
fn quoted(value: &str) -> Cow<'_, str> {
    let token = |b: u8| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b);
    if !value.is_empty() && value.bytes().all(token) {
        return Cow::Borrowed(value);
    }
    Cow::Owned(format!("\"{}\"", value.replace('\\', "\\\\").replace('"', "\\\"")))
}

/// `0.5` is 500. What is no weight counts as none said.
fn thousandths(text: &str) -> u16 {
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    let digits = part.len() <= 3 && part.bytes().all(|b| b.is_ascii_digit());
    match (whole, format!("{part:0<3}").parse::<u16>()) {
        ("0", Ok(part)) if digits => part,
        _ => MOST,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wanted_most_comes_first() {
        let said = |value| {
            let all = offers(value, "version").into_iter();
            all.map(|offer| format!("{} {}", offer.said, offer.weight)).collect::<Vec<_>>()
        };
        assert_eq!(
            said("application/json; version=2; q=0.5, text/html;VERSION=\"3\", */*;q=0.1"),
            ["3 1000", "2 500"]
        );
        assert_eq!(said("a/b;version=1;q=0.7,a/b;version=2;q=0.7"), ["1 700", "2 700"]);
        assert_eq!(said("a/b;version=1;q=0,a/b;version=2;q=0.000"), [""; 0]);
        assert_eq!(said("a/b;version=1;q=x, a/b; version = 2 ;q=0.1234"), ["1 1000", "2 1000"]);
        assert_eq!(said(r#"a/b;x="a,b;version=9";version="a\"b""#), [r#"a"b 1000"#]);
        assert_eq!(said("version=1, a/b;version, a/b;version="), [""; 0]);
        assert_eq!(said(""), [""; 0]);
    }

    #[test]
    fn the_rest_keeps_its_bytes() {
        let left = |value| without(value, "version");
        assert_eq!(left("a/b ; version=2; q=0.5,c/d").as_deref(), Some("a/b ; q=0.5,c/d"));
        assert_eq!(
            left("a/b; Charset=\"x;y\" ;version=\"1,2\""),
            Some("a/b; Charset=\"x;y\" ".into())
        );
        assert_eq!(left("a/b; versions=2"), None);
        assert_eq!(left("version=1"), None);
    }

    #[test]
    fn another_type_takes_its_place() {
        let to = |value| renamed(value, |own| (own == "a/b").then_some("x/y"));
        assert_eq!(to("a/b;q=0.5 , c/d,*/*").as_deref(), Some("x/y;q=0.5 , c/d,*/*"));
        assert_eq!(
            to(r#"c/d;p="a/b, a/b", a/b ; v=1"#).as_deref(),
            Some(r#"c/d;p="a/b, a/b", x/y ; v=1"#)
        );
        assert_eq!(to("a/*, c/d"), None);
        assert_eq!(to(""), None);
    }

    #[test]
    fn another_value_takes_its_place() {
        let to = |value, said| with(value, "v", said);
        assert_eq!(to("a/b; v=1; q=0.5, c/d", "2"), "a/b; v=2; q=0.5, c/d; v=2");
        assert_eq!(to("a/b", "a b\"c"), r#"a/b; v="a b\"c""#);
        assert_eq!(to("a/b;charset=x, ", "2"), "a/b; v=2;charset=x, ");
    }
}
