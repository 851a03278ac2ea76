//! Spellings of a raw path that mean the same: what is matched is one of them, what is forwarded is
//! the path as it came. It matches nothing.

use std::borrow::Cow;

/// A path in which no character is encoded that need not be (RFC 3986, 6.2.2.2): `/%6frders` is
/// `/orders`. Encoded slashes and whatever else has a meaning stay, so it has the same segments.
pub fn plain(path: &str) -> Cow<'_, str> {
    if !path.contains('%') {
        return Cow::Borrowed(path);
    }
    let mut plain = String::with_capacity(path.len());
    let mut rest = path;
    while let Some((before, after)) = rest.split_once('%') {
        plain.push_str(before);
        let digits = after.get(..2).filter(|two| two.bytes().all(|b| b.is_ascii_hexdigit()));
        match digits.and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            Some(byte) if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) => {
                plain.push(char::from(byte));
                rest = after.get(2..).unwrap_or_default();
            }
            Some(_) | None => {
                plain.push('%');
                rest = after;
            }
        }
    }
    plain.push_str(rest);
    Cow::Owned(plain)
}

/// Whether a segment of a path is `.` or `..`, however it is written: two readers may read two
/// paths. A slash that is encoded, a backslash, and a `;` end a segment for some of them.
pub fn has_dots(path: &str) -> bool {
    let plain = plain(path);
    if !plain.contains('.') {
        return false;
    }
    let mut path = plain.into_owned();
    for slash in ["%2f", "%2F", "%5c", "%5C", "\\"] {
        path = path.replace(slash, "/");
    }
    let mut segments = path.split('/').filter_map(|segment| segment.split(';').next());
    segments.any(|segment| segment == "." || segment == "..")
}

/// Other paths that a path is for readers who leave out empty segments: without those within it, and without
/// the one at its end, too.
pub fn merged(path: &str) -> [Option<String>; 2] {
    let within = path.contains("//").then(|| {
        let mut merged = String::with_capacity(path.len());
        for c in path.chars() {
            if c != '/' || !merged.ends_with('/') {
                merged.push(c);
            }
        }
        merged
    });
    let whole = within.as_deref().unwrap_or(path);
    let end = whole.strip_suffix('/').filter(|rest| !rest.is_empty()).map(String::from);
    [within, end]
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn another_spelling_has_the_same_segments(path in "(/|%2f|%2e|%6F|%|[a-z.%é~]){0,12}") {
            let once = plain(&path).into_owned();
            prop_assert_eq!(plain(&once).matches('/').count(), path.matches('/').count());
            prop_assert_eq!(has_dots(&once), has_dots(&path));
        }
    }

    #[test]
    fn what_need_not_be_encoded_is_decoded() {
        for (path, expected) in [
            ("/orders", "/orders"),
            ("/%6frders/%41%7E%2d", "/orders/A~-"),
            ("/a%2Fb/%zz/%2/%", "/a%2Fb/%zz/%2/%"),
            ("/%+f/%256f/%é", "/%+f/%256f/%é"),
            ("/%20%c3%bc", "/%20%c3%bc"),
        ] {
            assert_eq!(plain(path), expected);
        }
    }

    #[test]
    fn dots_are_found_however_they_are_written() {
        for path in [
            "/.",
            "/a/../b",
            "/a/%2e%2E",
            "/a/.%2e/",
            "/..%2fa",
            "/a%2F..",
            "/..;x/a",
            "/..\\a",
            "..",
            "/%2e",
        ] {
            assert!(has_dots(path), "{path}");
        }
        for path in ["/a.b", "/...", "/.a", "/a..", "/a%252e%252e/b", "/", "", "/a;../b", "/%2e."] {
            assert_eq!(has_dots(path), path == "/%2e.", "{path}");
        }
    }

    #[test]
    fn empty_segments_are_left_out() {
        let of = |path| merged(path).map(Option::unwrap_or_default);
        assert_eq!(of("//a///b//"), ["/a/b/", "/a/b"]);
        assert_eq!(of("//a"), ["/a", ""]);
        assert_eq!(of("/a/b/"), ["", "/a/b"]);
        assert_eq!(of("//"), ["/", ""]);
        for whole in ["/", "/a", "/a/b"] {
            assert_eq!(of(whole), ["", ""], "{whole}");
        }
    }
}
