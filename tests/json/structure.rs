//! Objects and arrays: every short sequence of tokens.

use crate::{DEPTH, Readers, is_json, scan};

const TOKENS: [&str; 8] = ["{", "}", "[", "]", ":", ",", "\"a\"", "1"];

/// Calls with every sequence of exactly so many tokens.
fn sequences(length: u32, mut call: impl FnMut(&str)) {
    let base = u32::try_from(TOKENS.len()).unwrap();
    for mut number in 0..base.pow(length) {
        let mut text = String::new();
        for _ in 0..length {
            text.push_str(TOKENS[usize::try_from(number % base).unwrap()]);
            number /= base;
        }
        call(&text);
    }
}

#[test]
fn every_sequence_of_five_tokens() {
    let readers = Readers::new();
    let mut accepted = 0;
    for length in 0..=5 {
        sequences(length, |text| accepted += u32::from(readers.judge(text.as_bytes())));
    }
    assert!(accepted > 10, "{accepted}");
}

#[test]
fn every_sequence_of_six_tokens_is_scanned_as_the_grammar_says() {
    let mut accepted = 0;
    sequences(6, |text| {
        let expected = is_json(text.as_bytes());
        assert_eq!(scan(text.as_bytes()).is_ok(), expected, "{text}");
        accepted += u32::from(expected);
    });
    assert!(accepted > 10, "{accepted}");
}

#[test]
fn levels_close_as_they_were_opened_however_many_there_are() {
    let readers = Readers::new();
    for levels in [1, 2, 63, 64, 65, 127, 128, 129, DEPTH] {
        for open in ["[", "{\"a\":", "{\"z\":"] {
            let close = if open == "[" { "]" } else { "}" };
            let other = if open == "[" { "}" } else { "]" };
            let (opened, closed) = (open.repeat(levels), close.repeat(levels));
            assert!(readers.judge(format!("{opened}1{closed}").as_bytes()), "{levels} {open}");
            let less = &closed[1..];
            assert!(!readers.judge(format!("{opened}1{less}").as_bytes()), "{levels} {open}");
            assert!(!readers.judge(format!("{opened}1{closed}{close}").as_bytes()));
            assert!(!readers.judge(format!("{opened}1{less}{other}").as_bytes()));
            assert!(!readers.judge(format!("{opened}1{other}{less}").as_bytes()));
            assert!(!readers.judge(format!("{opened}1,{closed}").as_bytes()));
        }
        // Both kinds, changing at every level.
        let (opened, closed) = ("[{\"a\":".repeat(levels / 2), "}]".repeat(levels / 2));
        assert!(readers.judge(format!("{opened}1{closed}").as_bytes()), "{levels}");
        assert!(!readers.judge(format!("{opened}1]{closed}").as_bytes()), "{levels}");
    }
}

#[test]
fn levels_of_objects_that_are_laid_out_before_they_are_written() {
    let readers = Readers::new();
    for (open, close, levels) in [
        ("{\"v\":", ",\"k\":\"t\"}", DEPTH),
        ("{\"k\":\"t\",\"v\":", "}", DEPTH),
        ("{\"m\":{\"q\":", "}}", DEPTH / 2),
        ("{\"l\":[", "]}", DEPTH / 2),
        ("{\"d\":{\"x\":", ",\"y\":1}}", DEPTH / 2),
    ] {
        let nested = |levels: usize| format!("{}1{}", open.repeat(levels), close.repeat(levels));
        assert!(readers.judge(nested(levels).as_bytes()), "{open}");
        let whole = nested(levels);
        assert!(!readers.judge(&whole.as_bytes()[..whole.len() - 1]), "{open}");
        assert!(!readers.judge(nested(levels + 1).as_bytes()), "{open}");
    }
}
