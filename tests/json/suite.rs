//! Cases that others have collected: `y_` must be accepted, `n_` refused, `i_` is left to each.

use std::collections::BTreeMap;

use crate::{Readers, is_json};

/// Those that are no UTF-8. All of them are refused: a document is UTF-8, whatever it holds.
const BYTES: &[(&str, &[u8])] = &[
    ("i_string_UTF-16LE_with_BOM", b"\xff\xfe[\0\"\0\xe9\0\"\0]\0"),
    ("i_string_UTF-8_invalid_sequence", b"[\"\xe6\x97\xa5\xd1\x88\xfa\"]"),
    ("i_string_UTF8_surrogate_U+D800", b"[\"\xed\xa0\x80\"]"),
    ("i_string_invalid_utf-8", b"[\"\xff\"]"),
    ("i_string_iso_latin_1", b"[\"\xe9\"]"),
    ("i_string_lone_utf8_continuation_byte", b"[\"\x81\"]"),
    ("i_string_not_in_unicode_range", b"[\"\xf4\xbf\xbf\xbf\"]"),
    ("i_string_overlong_sequence_2_bytes", b"[\"\xc0\xaf\"]"),
    ("i_string_overlong_sequence_6_bytes", b"[\"\xfc\x83\xbf\xbf\xbf\xbf\"]"),
    ("i_string_overlong_sequence_6_bytes_null", b"[\"\xfc\x80\x80\x80\x80\x80\"]"),
    ("i_string_truncated-utf-8", b"[\"\xe0\xff\"]"),
    ("i_string_utf16BE_no_BOM", b"\0[\0\"\0\xe9\0\"\0]"),
    ("i_string_utf16LE_no_BOM", b"[\0\"\0\xe9\0\"\0]\0"),
    ("n_array_a_invalid_utf8", b"[a\xe5]"),
    ("n_array_invalid_utf8", b"[\xff]"),
    ("n_number_invalid-utf-8-in-bigger-int", b"[123\xe5]"),
    ("n_number_invalid-utf-8-in-exponent", b"[1e1\xe5]"),
    ("n_number_invalid-utf-8-in-int", b"[0\xe5]"),
    ("n_number_real_with_invalid_utf8_after_e", b"[1e\xe5]"),
    ("n_object_lone_continuation_byte_in_key_and_trailing_comma", b"{\"\xb9\":\"0\",}"),
    ("n_string_invalid-utf-8-in-escape", b"[\"\\u\xe5\"]"),
    ("n_string_invalid_utf8_after_escape", b"[\"\\\xe5\"]"),
    ("n_structure_incomplete_UTF8_BOM", b"\xef\xbb{}"),
    ("n_structure_lone-invalid-utf-8", b"\xe5"),
    ("n_structure_single_eacute", b"\xe9"),
];

fn cases() -> BTreeMap<String, String> {
    serde_json::from_str(include_str!("suite.json")).unwrap()
}

#[test]
fn what_must_be_accepted_and_what_must_be_refused() {
    let readers = Readers::new();
    let mut count = 0;
    for (name, text) in cases() {
        let accepted = readers.judge_everywhere(text.as_bytes());
        match name.split_at(2).0 {
            "y_" => assert!(accepted, "{name}"),
            "n_" => assert!(!accepted, "{name}"),
            _ => continue,
        }
        count += 1;
    }
    assert!(count > 250, "{count}");
    for (name, bytes) in BYTES {
        assert!(!readers.judge_everywhere(bytes), "{name}");
    }
    let opening = "[".repeat(100_000);
    assert!(!readers.judge(opening.as_bytes()), "n_structure_100000_opening_arrays");
    let opening = "[{\"\":".repeat(50_000);
    assert!(!readers.judge(opening.as_bytes()), "n_structure_open_array_object");
}

#[test]
fn what_is_left_to_each() {
    let readers = Readers::new();
    let mut count = 0;
    for (name, text) in cases().iter().filter(|(name, _)| name.starts_with("i_")) {
        // A number has no size, and an escape may name half a character: both stay as written.
        let number = name.starts_with("i_number_");
        let half = name.starts_with("i_string_") || name.starts_with("i_object_");
        // Five hundred levels are more than are allowed here; a byte order mark is no white space.
        let deep = name == "i_structure_500_nested_arrays";
        let mark = name == "i_structure_UTF-8_BOM_empty_object";
        assert!(number || half || deep || mark, "{name} is not decided");
        assert_eq!(readers.judge(text.as_bytes()), number || half, "{name}");
        count += 1;
    }
    assert_eq!(count, 22);
    for (name, bytes) in BYTES {
        assert!(!is_json(bytes) && !readers.judge(bytes), "{name}");
    }
}
