//! The query of a raw URI, one parameter after the other: names and values are compared decoded, and
//! what is not touched keeps its bytes and its place. It knows nothing of what they mean.

use std::borrow::Cow;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

/// What is written as it is (RFC 3986, 2.3).
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// A text as it stands in a path or a query.
pub fn encoded(text: &str) -> String {
    utf8_percent_encode(text, RESERVED).to_string()
}

/// A text of a path or a query, decoded; bytes that are no text become a character that nobody writes.
pub fn decoded(text: &str) -> Cow<'_, str> {
    percent_decode_str(text).decode_utf8_lossy()
}

/// Every value of a name, decoded, in order. A `+` is a plus.
pub fn values<'q>(query: &'q str, name: &'q str) -> impl Iterator<Item = Cow<'q, str>> {
    query.split('&').filter(move |part| is(part, name)).map(|part| {
        let value = part.split_once('=').map_or("", |(_, value)| value);
        decoded(value)
    })
}

/// The query without every parameter of a name; `None` where nothing is left of it.
pub fn without<'q>(query: &'q str, name: &str) -> Option<Cow<'q, str>> {
    if !query.split('&').any(|part| is(part, name)) {
        return Some(Cow::Borrowed(query));
    }
    let left: Vec<_> = query.split('&').filter(|part| !is(part, name)).collect();
    (!left.is_empty()).then(|| Cow::Owned(left.join("&")))
}

/// The query with one parameter of a name, at its end.
pub fn with(query: Option<&str>, name: &str, value: &str) -> String {
    let own = format!("{}={}", encoded(name), encoded(value));
    match query.and_then(|query| without(query, name)).filter(|left| !left.is_empty()) {
        Some(left) => format!("{left}&{own}"),
        None => own,
    }
}

fn is(part: &str, name: &str) -> bool {
    let own = part.split_once('=').map_or(part, |(own, _)| own);
    decoded(own) == name
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn nothing_of_a_name_is_left_and_all_else_is(
            parts in prop::collection::vec("(v|%76|w|=|%3d|[a-z%é+]){0,4}", 0..6),
        ) {
            let whole = parts.join("&");
            let left = without(&whole, "v").unwrap_or_default();
            prop_assert_eq!(values(&left, "v").count(), 0);
            let others: Vec<_> = whole.split('&').filter(|part| !is(part, "v")).collect();
            prop_assert_eq!(left, others.join("&"));
        }
    }

    #[test]
    fn names_and_values_are_compared_decoded() {
        let all = |query, name| values(query, name).collect::<Vec<_>>();
        assert_eq!(all("a=1&api%2Dversion=2024%2d06&b", "api-version"), ["2024-06"]);
        assert_eq!(all("v=1&v=2&v", "v"), ["1", "2", ""]);
        assert_eq!(all("v=%ff&V=1", "v"), ["\u{fffd}"]);
        assert_eq!(all("v=1+2=3", "v"), ["1+2=3"]);
        assert_eq!(all("", "v"), [""; 0]);
    }

    #[test]
    fn what_is_left_keeps_its_bytes() {
        let left = |query| without(query, "v").map(Cow::into_owned);
        assert_eq!(left("a=%20&v=1&&b=?/&%76=2&c[]=1").as_deref(), Some("a=%20&&b=?/&c[]=1"));
        assert_eq!(left("v=1"), None);
        assert_eq!(left("").as_deref(), Some(""));
        assert_eq!(left("w=v").as_deref(), Some("w=v"));
    }

    #[test]
    fn one_is_left_at_the_end() {
        assert_eq!(with(Some("v=1&a=%2f&v=3"), "v", "2"), "a=%2f&v=2");
        assert_eq!(with(None, "v", "a b&c"), "v=a%20b%26c");
        assert_eq!(with(Some(""), "v", "1.0-x_~"), "v=1.0-x_~");
    }
}
