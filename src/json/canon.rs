//! The canonical form of a value: bytes that are equal where values are the same by the language,
//! so that many can be compared by hash or order.

use super::value::{Text, Value};

/// Beyond so many members, objects are compared by their canonical forms.
const FEW: usize = 8;

impl Text {
    /// The string as bytes that are equal where the text is the same, and only there: UTF-8, with lone
    /// surrogates as the three bytes that any other code point of their size has (WTF-8).
    pub fn canonical(&self) -> Vec<u8> {
        if !self.raw().contains('\\') {
            return self.raw().as_bytes().to_vec();
        }
        let mut bytes = Vec::with_capacity(self.raw().len());
        for point in self.code_points() {
            match char::from_u32(point) {
                Some(c) => bytes.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
                None => bytes.extend(
                    [0xe0 | point >> 12, 0x80 | point >> 6 & 0x3f, 0x80 | point & 0x3f]
                        .map(|byte| u8::try_from(byte).unwrap_or(u8::MAX)),
                ),
            }
        }
        bytes
    }
}

impl Value {
    /// Bytes that are equal where [`Value::same`] holds, and only there.
    pub fn canonical(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        self.write_canonical(&mut bytes);
        bytes
    }

    fn write_canonical(&self, into: &mut Vec<u8>) {
        match self {
            Self::Null => into.push(b'n'),
            Self::Bool(true) => into.push(b't'),
            Self::Bool(false) => into.push(b'f'),
            Self::Number(text) => framed(b'#', &super::number::canonical(text), into),
            Self::String(text) => framed(b'"', &text.canonical(), into),
            Self::Array(items) => {
                framed(b'[', &items.len().to_be_bytes(), into);
                for item in items {
                    item.write_canonical(into);
                }
            }
            Self::Object(members) => {
                let mut all: Vec<(Vec<u8>, Vec<u8>)> =
                    members.iter().map(|(n, v)| (n.canonical(), v.canonical())).collect();
                all.sort_unstable();
                framed(b'{', &all.len().to_be_bytes(), into);
                for (name, value) in all {
                    framed(b':', &name, into);
                    into.extend_from_slice(&value);
                }
            }
        }
    }
}

/// A tag, a length and so many bytes, so that nothing can be read in two ways.
fn framed(tag: u8, bytes: &[u8], into: &mut Vec<u8>) {
    into.push(tag);
    into.extend_from_slice(&bytes.len().to_be_bytes());
    into.extend_from_slice(bytes);
}

/// Whether two objects are the same, as sets of members.
pub(super) fn same_members(a: &[(Text, Value)], b: &[(Text, Value)]) -> bool {
    if a.len() != b.len() {
        return false;
    }
    let canonical = |members: &[(Text, Value)]| Value::Object(members.to_vec()).canonical();
    let alone = |at: usize, name: &Text| !a.iter().skip(at + 1).any(|(n, _)| n.same(name));
    if a.len() > FEW || !a.iter().enumerate().all(|(at, (name, _))| alone(at, name)) {
        return canonical(a) == canonical(b);
    }
    a.iter().all(|(name, v)| b.iter().any(|(other, w)| name.same(other) && v.same(w)))
}

#[cfg(test)]
mod tests {
    use crate::json::{Value, parse};

    fn of(text: &str) -> Value {
        parse(text.as_bytes(), 64).unwrap()
    }

    #[test]
    fn what_is_the_same_has_one_form() {
        let values = [
            "null",
            "true",
            "false",
            "0",
            "-0.0",
            "1",
            "1.0",
            "10e-1",
            "1E400",
            "10E399",
            "1e99999999999999999999999999999999999999999",
            "\"\"",
            "\"a\"",
            "\"\\u0061\"",
            "\"\\ud83d\\ude00\"",
            "\"😀\"",
            "\"\\ud83d\"",
            "\"\\ud880\"",
            "\"\\u0000\\u0000\\u0600\"",
            "\"\\udfff\"",
            "\"\u{ffff}\"",
            "[]",
            "[1,[2]]",
            "[[1],2]",
            "[1.0,[2]]",
            "{}",
            "{\"a\":1,\"b\":[]}",
            "{\"b\":[],\"a\":1.0}",
            "{\"a\":{\"b\":1}}",
            "{\"a\":1}",
        ]
        .map(of);
        for a in &values {
            for b in &values {
                assert_eq!(a.same(b), a.canonical() == b.canonical(), "{a} {b}");
            }
        }
    }

    #[test]
    fn many_members_are_compared_like_few() {
        let members = |from: usize, last: usize| {
            let all = (from..12).chain(0..from).map(|n| {
                let value = if n == 11 { last } else { n };
                format!("\"m{n}\":[{value}]")
            });
            of(&format!("{{{}}}", all.collect::<Vec<_>>().join(",")))
        };
        assert!(members(0, 11).same(&members(5, 11)));
        assert!(!members(0, 11).same(&members(5, 12)));
        let twice = of("{\"a\":1,\"b\":2}");
        let Value::Object(two) = &twice else { unreachable!() };
        let doubled = Value::Object(vec![two[0].clone(), two[0].clone()]);
        assert!(!doubled.same(&twice) && !twice.same(&doubled) && doubled.same(&doubled));
    }
}
