//! Representations of a text: as it stands, in letters of one case, or as bytes that are encoded.

use std::fmt;

use data_encoding::{BASE64, BASE64_NOPAD, BASE64URL_NOPAD, HEXLOWER, HEXLOWER_PERMISSIVE};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, percent_encode};

use super::{Form, plain};
use crate::json::Value;

/// How a side writes a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Encoding {
    /// `text`: as it stands.
    Plain,
    /// `base64`: RFC 4648, section 4.
    Base64,
    /// `base64url`: RFC 4648, section 5.
    Base64Url,
    /// `hex`: RFC 4648, section 8, in small letters.
    Hex,
    /// `percent`: RFC 3986, section 2.1.
    Percent,
    /// `upper`: in capitals.
    Upper,
    /// `lower`: in small letters.
    Lower,
}

/// All but the unreserved characters of RFC 3986.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

impl Form for Encoding {
    /// Its bytes, which are UTF-8 where they are a text by themselves.
    type Value = Vec<u8>;

    fn read(&self, value: &str) -> Option<Vec<u8>> {
        let text = plain(value)?;
        match self {
            Self::Plain | Self::Upper | Self::Lower => Some(text.into_bytes()),
            Self::Base64 => BASE64_NOPAD.decode(unpadded(&text)?).ok(),
            Self::Base64Url => BASE64URL_NOPAD.decode(unpadded(&text)?).ok(),
            Self::Hex => HEXLOWER_PERMISSIVE.decode(text.as_bytes()).ok(),
            Self::Percent => escaped(&text).then(|| percent_decode_str(&text).collect()),
        }
    }

    fn write(&self, bytes: &Vec<u8>) -> Option<String> {
        let text = || std::str::from_utf8(bytes).ok();
        let written = match self {
            Self::Plain => text()?.to_owned(),
            Self::Upper => text()?.to_uppercase(),
            Self::Lower => text()?.to_lowercase(),
            Self::Base64 => BASE64.encode(bytes),
            Self::Base64Url => BASE64URL_NOPAD.encode(bytes),
            Self::Hex => HEXLOWER.encode(bytes),
            Self::Percent => percent_encode(bytes, RESERVED).to_string(),
        };
        Some(Value::string(&written).to_string())
    }
}

/// What stands before the `=` at the end, of which there are none, or as many as fill up four.
fn unpadded(text: &str) -> Option<&[u8]> {
    let bare = text.trim_end_matches('=');
    let filled = bare.len() == text.len() || bare.len().next_multiple_of(4) == text.len();
    filled.then_some(bare.as_bytes())
}

/// Whether two hexadecimal digits stand behind every `%`.
fn escaped(text: &str) -> bool {
    let mut behind = text.split('%').skip(1).map(str::as_bytes);
    behind.all(|rest| matches!(rest, [a, b, ..] if a.is_ascii_hexdigit() && b.is_ascii_hexdigit()))
}

/// As a mapping says it.
impl fmt::Display for Encoding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Plain => "text",
            Self::Base64 => "base64",
            Self::Base64Url => "base64url",
            Self::Hex => "hex",
            Self::Percent => "percent",
            Self::Upper => "upper",
            Self::Lower => "lower",
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::{Converted, Repr, convert};
    use super::Encoding;

    const ALL: [Encoding; 7] = [
        Encoding::Plain,
        Encoding::Base64,
        Encoding::Base64Url,
        Encoding::Hex,
        Encoding::Percent,
        Encoding::Upper,
        Encoding::Lower,
    ];

    /// What becomes of a text, and whether that is said.
    fn said(from: Encoding, to: Encoding, text: &str) -> String {
        let value = crate::json::Value::string(text).to_string();
        match convert(&Repr::Encoded(from), &Repr::Encoded(to), &value) {
            Converted::Done { text, narrowed: false } => text,
            Converted::Done { text, narrowed: true } => format!("{text} narrowed"),
            Converted::Unfit => "unfit".to_owned(),
        }
    }

    #[test]
    fn texts_are_encoded_and_decoded() {
        use Encoding::{Base64, Base64Url, Hex, Lower, Percent, Plain, Upper};
        for (from, to, text, expected) in [
            // The examples of RFC 4648, section 10.
            (Plain, Base64, "", r#""""#),
            (Plain, Base64, "f", r#""Zg==""#),
            (Plain, Base64, "fo", r#""Zm8=""#),
            (Plain, Base64, "foobar", r#""Zm9vYmFy""#),
            (Plain, Hex, "foobar", r#""666f6f626172""#),
            (Base64, Plain, "Zm9vYg==", r#""foob""#),
            // What fills up may be missing, but not in part.
            (Base64, Plain, "Zm9vYg", r#""foob""#),
            (Base64, Plain, "Zm9vYg=", "unfit"),
            (Base64, Plain, "Zm9vYg===", "unfit"),
            (Base64, Plain, "Zg==Zg==", "unfit"),
            (Base64, Plain, "=", "unfit"),
            (Base64, Plain, "====", "unfit"),
            // Bits that say nothing, another alphabet, white space, and a length that there is not.
            (Base64, Plain, "Zh==", "unfit"),
            (Base64, Hex, "-_-_", "unfit"),
            (Base64Url, Hex, "-_-_", r#""fbffbf""#),
            (Base64Url, Hex, "+/+/", "unfit"),
            (Base64, Base64Url, "+/8=", r#""-_8""#),
            (Base64Url, Base64, "-_8", r#""+/8=""#),
            (Base64Url, Base64, "-_8=", r#""+/8=""#),
            (Base64, Plain, "Zm9v\nYg==", "unfit"),
            (Base64, Plain, "Z", "unfit"),
            (Hex, Plain, "5AC3bc", r#""Zü""#),
            (Hex, Plain, "5A6f", r#""Zo""#),
            (Hex, Plain, "5A6", "unfit"),
            (Hex, Plain, "0x5A", "unfit"),
            // Bytes that are no text.
            (Hex, Plain, "ff", "unfit"),
            (Hex, Percent, "ff", r#""%FF""#),
            (Plain, Percent, "a b/ü~-._%", r#""a%20b%2F%C3%BC~-._%25""#),
            (Percent, Plain, "a%20b%2f+ü", r#""a b/+ü""#),
            (Percent, Plain, "100%", "unfit"),
            (Percent, Plain, "%2", "unfit"),
            (Percent, Plain, "%zz", "unfit"),
            (Percent, Plain, "%ff", "unfit"),
            (Upper, Lower, "IN_TRANSIT", r#""in_transit""#),
            (Lower, Upper, "zoë", r#""ZOË""#),
            (Lower, Upper, "straße", r#""STRASSE" narrowed"#),
            (Upper, Lower, "In", r#""in" narrowed"#),
            (Plain, Lower, "In", r#""in" narrowed"#),
            (Lower, Plain, "in", r#""in""#),
            (Plain, Plain, "In \"ü\"", r#""In \"ü\"""#),
        ] {
            assert_eq!(said(from, to, text), expected, "{text}: {from} to {to}");
        }
        let (text, base64) = (Repr::Encoded(Plain), Repr::Encoded(Base64));
        for value in ["7", "true", r#"["a"]"#, "{}", r#""\ud800""#] {
            assert_eq!(convert(&text, &base64, value), Converted::Unfit, "{value}");
        }
        let escaped = Converted::Done { text: r#""aMO8""#.to_owned(), narrowed: false };
        assert_eq!(convert(&text, &base64, r#""h\u00fc""#), escaped);
    }

    proptest! {
        #[test]
        fn what_is_not_narrowed_comes_back(text in "\\PC{0,8}|[A-Za-z0-9+/=_%-]{0,12}", at in 0..49_usize) {
            let (from, to) = (ALL[at / 7], ALL[at % 7]);
            let there = said(from, to, &text);
            if there.starts_with('"') && there.ends_with('"') {
                let there = crate::json::Text::from_raw(&there[1..there.len() - 1]).decode().unwrap();
                let back = said(to, from, &there);
                prop_assert!(!back.contains("unfit"), "{there}: {to} to {from}");
                // The canonical text of the same value.
                prop_assert_eq!(back.trim_end_matches(" narrowed"), said(from, from, &text));
            }
        }
    }
}
