//! Names of messages as steps of paths. A step is a Rust string; a name may hold lone surrogates,
//! which no such string can, and two of them must stay two.

use crate::json::{Segment, Text};

/// Marks, in a step of a path, what follows as a lone surrogate: no character, so no name has it.
const LONE: char = '\u{10FFFF}';
/// What stands behind the mark, from the first surrogate on: a private character each.
const PRIVATE: u32 = 0xF_0000;
const SURROGATES: std::ops::Range<u32> = 0xD800..0xE000;

/// The path of a member.
pub(super) fn path_of(name: &Text) -> Vec<Segment> {
    let lone = |point: u32| char::from_u32(point.checked_sub(SURROGATES.start)? + PRIVATE);
    let step = name.decode().unwrap_or_else(|| {
        let mut step = String::new();
        for point in name.code_points() {
            match char::from_u32(point) {
                Some(c) => step.push(c),
                None => step.extend([Some(LONE), lone(point)].into_iter().flatten()),
            }
        }
        step
    });
    vec![Segment::Name(step.into())]
}

/// The name of a step.
pub(super) fn name_of(step: &str) -> Text {
    let mut parts = step.split(LONE);
    let mut raw = Text::from_plain(parts.next().unwrap_or_default()).raw().to_owned();
    for part in parts {
        let mut rest = part.chars();
        let point = rest.next().map(u32::from).and_then(|c| c.checked_sub(PRIVATE));
        let point = point.map(|p| p + SURROGATES.start).filter(|p| SURROGATES.contains(p));
        let (before, plain) = match point {
            Some(point) => (format!("\\u{point:04x}"), rest.as_str()),
            None => (LONE.to_string(), part),
        };
        raw.extend([&*before, Text::from_plain(plain).raw()]);
    }
    Text::from_raw(&raw)
}

#[cfg(test)]
mod tests {
    use super::{name_of, path_of};
    use crate::json::{Segment, Text};

    #[test]
    fn every_name_comes_back_and_no_two_are_one() {
        let names = [
            "",
            "a",
            "\\ud800",
            "\\ud801",
            "\\udfff",
            "x\\ud800y",
            "\\udc00\\ud800",
            "\u{10FFFF}",
            "\u{10FFFF}x",
            "é\\n\\u0000",
            "\\ud83d\\ude00",
        ];
        for (at, raw) in names.iter().enumerate() {
            let name = Text::from_raw(raw);
            let path = path_of(&name);
            let Some(Segment::Name(step)) = path.first() else { unreachable!("{path:?}") };
            assert!(name_of(step).same(&name), "{raw}");
            let before = names.iter().take(at).find(|n| path_of(&Text::from_raw(n)) == path);
            assert_eq!(before, None, "{raw}");
        }
    }
}
