//! Numbers and the three words.

use crate::Readers;

/// Every text of at most this many of these characters.
fn texts(alphabet: &[char], most: usize) -> Vec<String> {
    let mut all = vec![String::new()];
    let mut last = all.clone();
    for _ in 0..most {
        last = last
            .iter()
            .flat_map(|text| alphabet.iter().map(move |c| format!("{text}{c}")))
            .collect();
        all.extend(last.iter().cloned());
    }
    all
}

/// The production `number`, written out.
fn is_number(text: &str) -> bool {
    let rest = text.strip_prefix('-').unwrap_or(text);
    let digits = |text: &str| text.bytes().take_while(u8::is_ascii_digit).count();
    let whole = digits(rest);
    if whole == 0 || (whole > 1 && rest.starts_with('0')) {
        return false;
    }
    let mut rest = &rest[whole..];
    if let Some(fraction) = rest.strip_prefix('.') {
        let count = digits(fraction);
        if count == 0 {
            return false;
        }
        rest = &fraction[count..];
    }
    if let Some(exponent) = rest.strip_prefix(['e', 'E']) {
        let exponent = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
        let count = digits(exponent);
        return count > 0 && count == exponent.len();
    }
    rest.is_empty()
}

#[test]
fn every_short_text_of_the_characters_of_numbers() {
    let readers = Readers::new();
    let mut numbers = 0;
    for text in texts(&['0', '7', '-', '+', '.', 'e', 'E'], 5) {
        let accepted = readers.judge(text.as_bytes());
        assert_eq!(accepted, is_number(&text), "{text}");
        numbers += u32::from(accepted);
    }
    assert!(numbers > 100, "{numbers}");
}

#[test]
fn numbers_of_every_form_wherever_they_stand() {
    let readers = Readers::new();
    for sign in ["", "-", "+", "--"] {
        for whole in ["", "0", "00", "7", "70", "07", "a"] {
            for fraction in ["", ".", ".0", ".70", ".-1", ". 1", "..1"] {
                for exponent in ["", "e", "E0", "e+7", "E-70", "e+", "e 1", "e1.0", "ee1"] {
                    let text = format!("{sign}{whole}{fraction}{exponent}");
                    let accepted = readers.judge_everywhere(text.as_bytes());
                    assert_eq!(accepted, is_number(&text), "{text}");
                }
            }
        }
    }
    for text in ["NaN", "Infinity", "-Infinity", "-NaN", "0x10", "0b1", "1_000", "1,0", "½", "１"]
    {
        assert!(!readers.judge(text.as_bytes()), "{text}");
    }
    let long = "7".repeat(100_000);
    for text in [long.clone(), format!("-0.{long}"), format!("1e{long}"), format!("{long}E-{long}")]
    {
        assert!(readers.judge_everywhere(text.as_bytes()));
        assert!(!readers.judge_everywhere(format!("{text}.").as_bytes()));
        assert!(!readers.judge_everywhere(format!("{text}-").as_bytes()));
    }
}

#[test]
fn the_three_words_and_what_is_none() {
    let readers = Readers::new();
    for word in ["true", "false", "null"] {
        assert!(readers.judge_everywhere(word.as_bytes()));
        for cut in 1..word.len() {
            assert!(!readers.judge_everywhere(&word.as_bytes()[..cut]), "{word} {cut}");
        }
        for at in 0..=word.len() {
            for byte in 0..=255_u8 {
                let (before, after) = word.as_bytes().split_at(at);
                readers.judge(&[before, &[byte], after].concat());
                if !after.is_empty() && byte != after[0] {
                    let other = [before, &[byte], &after[1..]].concat();
                    let blank = matches!(byte, b' ' | b'\t' | b'\r' | b'\n');
                    assert!(!readers.judge(&other) || blank, "{other:?}");
                }
            }
        }
        let other = word.to_uppercase();
        assert!(!readers.judge_everywhere(other.as_bytes()), "{other}");
        assert!(!readers.judge_everywhere(word.repeat(2).as_bytes()));
    }
    for word in ["nil", "undefined", "None", "True", "yes", "nan", "'a'", "a"] {
        assert!(!readers.judge_everywhere(word.as_bytes()), "{word}");
    }
}
