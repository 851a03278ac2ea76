//! Strings, white space and the encoding, byte by byte.

use fishplate::json::scan::{Malformed, MalformedKind};
use fishplate::plan::Plan;
use fishplate::translate::{Failure, Limits, translate};

use crate::{Readers, is_json};

#[test]
fn bytes_that_are_no_characters_are_said_first() {
    for (document, at) in [
        (&b"[\"a\xff\"]"[..], 3),
        (b"[}, \"more than eight bytes \xc3\"]", 27),
        (b"{\"\xe2\x82\":1}", 2),
        (b"[\"\\n\xa9\"", 4),
        (b"1 \xff", 2),
    ] {
        let failure = translate(&Plan::default(), document, &Limits::default()).unwrap_err();
        let expected = Malformed { at, kind: MalformedKind::Utf8 };
        assert_eq!(failure, Failure::Malformed(expected), "{document:?}");
    }
}

#[test]
fn every_byte_at_every_place_of_a_document() {
    let readers = Readers::new();
    let seed = br#" {"a":[1,-2.5e+3,true],"k":"\u00e9\n","m":{"p":{},"q":null}} "#;
    assert!(readers.judge(seed));
    let (mut accepted, mut refused) = (0, 0);
    let mut count = |ok: bool| if ok { accepted += 1 } else { refused += 1 };
    for at in 0..=seed.len() {
        let (before, after) = seed.split_at(at);
        for byte in 0..=255_u8 {
            count(readers.judge(&[before, &[byte], after].concat()));
            if let Some((_, after)) = after.split_first() {
                count(readers.judge(&[before, &[byte], after].concat()));
            }
        }
        if let Some((_, after)) = after.split_first() {
            count(readers.judge(&[before, after].concat()));
        }
        count(readers.judge(before));
        count(readers.judge(after));
    }
    assert!(accepted > 2_000 && refused > 20_000, "{accepted} {refused}");
}

#[test]
fn every_kind_of_white_space_and_nothing_else() {
    let readers = Readers::new();
    let tokens = ["", "{", "\"a\"", ":", "[", "1", ",", "{", "}", "]", "}", ""];
    for c in (0..0x100).chain([0x1680, 0x2003, 0x2028, 0x2029, 0x202f, 0x3000, 0xfeff]) {
        let c = char::from_u32(c).unwrap();
        for gap in 1..tokens.len() {
            let document = tokens[..gap].concat() + &c.to_string() + &tokens[gap..].concat();
            let blank = matches!(c, ' ' | '\t' | '\n' | '\r');
            // A digit before or behind the number is a longer number.
            let digit = c.is_ascii_digit() || c == '-';
            let accepted = readers.judge(document.as_bytes());
            assert!(accepted == blank || digit, "{document:?}");
        }
    }
}

#[test]
fn every_escape() {
    let readers = Readers::new();
    for byte in 0..=255_u8 {
        let inside = [&b"\"\\"[..], &[byte], b"\""].concat();
        let accepted = readers.judge_everywhere(&inside);
        let known = matches!(byte, b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't');
        // `"\""` is known, but goes on: what would close the string is part of it.
        assert_eq!(accepted, known, "{byte}");
        let closed = [&b"\"\\"[..], &[byte], b"x\""].concat();
        assert_eq!(readers.judge(&closed), known, "{byte}");
        for at in 0..4 {
            let mut digits = *b"dAf0";
            digits[at] = byte;
            let text = [&b"\"\\u"[..], &digits, b"\""].concat();
            assert_eq!(readers.judge(&text), byte.is_ascii_hexdigit(), "{byte} {at}");
        }
    }
    for cut in ["\\", "\\u", "\\u0", "\\u00", "\\u004", "\\ud800\\", "\\ud800\\u", "\\U0041"] {
        assert!(!readers.judge_everywhere(format!("\"{cut}\"").as_bytes()), "{cut}");
        assert!(!readers.judge_everywhere(format!("{{\"{cut}\":1}}").as_bytes()), "{cut}");
    }
    // Every number that four digits can say, halves of characters too.
    for point in (0..0x1_0000).step_by(17).chain(0xd7f0..0xe010) {
        let text = format!("{{\"\\u{point:04x}\":\"\\u{point:04X}\"}}");
        assert!(readers.judge(text.as_bytes()), "{text}");
    }
}

#[test]
fn every_control_character_in_a_string_and_in_a_name() {
    let readers = Readers::new();
    for byte in 0..0x80_u8 {
        let c = char::from(byte);
        for length in [0, 1, 6, 7, 8, 15, 16, 40] {
            let plain = "p".repeat(length);
            let text = format!("\"{plain}{c}{plain}\"");
            let may = byte >= 0x20 && byte != b'"' && byte != b'\\';
            assert_eq!(readers.judge(text.as_bytes()), may, "{text:?}");
            assert_eq!(readers.judge(format!("{{{text}:1}}").as_bytes()), may, "{text:?}");
        }
    }
}

#[test]
fn utf8_and_what_only_looks_like_it() {
    let readers = Readers::new();
    let judge = |bytes: &[u8]| {
        let document = [&b"{\"a\":\""[..], bytes, b"\"}"].concat();
        assert_eq!(readers.judge(&document), is_json(&document));
        readers.judge(&document)
    };
    // Every pair of bytes; the edges of every longer form.
    for first in 0x80..=0xff_u8 {
        for second in 0..=0xff_u8 {
            let valid = (0xc2..=0xdf).contains(&first) && (0x80..=0xbf).contains(&second);
            assert_eq!(judge(&[first, second]), valid, "{first:x} {second:x}");
        }
        assert!(!judge(&[first]), "{first:x}");
    }
    let edges = [0x00, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xff];
    for first in 0xe0..=0xff_u8 {
        for second in edges {
            for third in edges {
                judge(&[first, second, third]);
                for fourth in [0x00, 0x7f, 0x80, 0xbf, 0xc0] {
                    judge(&[first, second, third, fourth]);
                }
            }
        }
    }
    for c in
        ['\u{7f}', '\u{80}', '\u{7ff}', '\u{800}', '\u{fffe}', '\u{ffff}', '\u{10ffff}', '\u{0}']
    {
        assert_eq!(judge(c.to_string().as_bytes()), c != '\0', "{c:?}");
    }
}
