//! What stands at one place of a document, without the rest of it. It is a look, and checks nothing else.

use crate::json::scan::{Kind, Scanner};
use crate::json::{self, Text, Value};

/// The value that names lead to, one within the other; `None`: there is none, or no document of at most so
/// many levels down to there.
pub fn at<'n>(
    document: &[u8],
    names: impl Iterator<Item = &'n str>,
    depth: usize,
) -> Option<Value> {
    let mut scanner = Scanner::new(document, depth).ok()?;
    for name in names {
        let name = Text::from_plain(name);
        if scanner.kind().ok()? != Kind::Object {
            return None;
        }
        scanner.enter().ok()?;
        let mut first = true;
        loop {
            let own = scanner.name(first).ok()??;
            first = false;
            let own = document.get(own.start..own.end)?;
            if Text::from_raw(std::str::from_utf8(own).ok()?).same(&name) {
                break;
            }
            scanner.skip().ok()?;
        }
    }
    let begin = scanner.skip().ok()?;
    json::parse(document.get(begin..scanner.pos())?, depth).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_found_behind_others() {
        let document = br#" {"x":[{"a":0}],"a":{"b":1},"\u0062":{"c": "y" },"c":{}} "#;
        let of =
            |names: &[&str]| at(document, names.iter().copied(), 3).map(|value| value.to_string());
        assert_eq!(of(&["a", "b"]).as_deref(), Some("1"));
        assert_eq!(of(&["b", "c"]).as_deref(), Some("\"y\""));
        assert_eq!(of(&["c"]).as_deref(), Some("{}"));
        for none in [&["b"][..0], &["z"], &["c", "c"], &["x", "a"], &["a", "b", "c"]] {
            assert_eq!(of(none).is_some(), none.is_empty(), "{none:?}");
        }
        for none in ["", "[]", "{\"a\"", "{\"a\":", "{\"b\":1 \"a\":2}", "{\"b\":tru,\"a\":2}"] {
            assert_eq!(at(none.as_bytes(), ["a"].into_iter(), 9), None, "{none}");
        }
        // One that is deeper is looked into as far as it may be deep.
        let deep = br#"{"x":[[[[]]]],"a":1}"#;
        let of = |depth| at(deep, ["a"].into_iter(), depth).map(|value| value.to_string());
        assert_eq!((of(4), of(5).as_deref()), (None, Some("1")));
    }
}
