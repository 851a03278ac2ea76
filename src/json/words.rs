//! What the scanner does with many bytes at once: finding the end of a string, knowing a name
//! that it expects, remembering levels. It knows no grammar.

const ONES: u64 = u64::MAX / 255;
const HIGHEST: u64 = ONES << 7;
/// Bytes of a word.
const WORD: usize = 8;
/// Words that are looked at before anything is called.
const NEAR: usize = 3;

/// Marks, by its highest bit, the first byte of eight that is a quote, a backslash or a control
/// character. Bytes that are not ASCII may be marked too, and what is marked behind the first means
/// nothing.
#[inline]
fn marks(word: u64) -> u64 {
    // A subtraction sets the highest bit of a byte that is too small for it, and else only where it
    // was set before. With its second bit turned, a quote is a space: too small, as all below are.
    let low = (word ^ (ONES * 0x02)).wrapping_sub(ONES * 0x21);
    let backslash = (word ^ (ONES * 0x5C)).wrapping_sub(ONES);
    low | backslash
}

/// Which byte of eight is the first that is marked.
#[inline]
fn first_of(found: u64) -> usize {
    usize::try_from(found.trailing_zeros() / 8).unwrap_or_default()
}

/// The first place from this one on where something stands that is neither ASCII nor without a
/// meaning of its own in a string: a quote, a backslash, a control character, a byte of another
/// character; or the end.
#[inline(always)]
#[expect(clippy::inline_always, reason = "many strings are shorter than a call is")]
pub(super) fn ordinary(bytes: &[u8], from: usize) -> usize {
    let rest = bytes.get(from..).unwrap_or_default();
    let Some((near, behind)) = rest.split_first_chunk::<{ NEAR * WORD }>() else {
        return from + ordinary_run(rest);
    };
    for (at, word) in near.as_chunks::<WORD>().0.iter().enumerate() {
        let word = u64::from_le_bytes(*word);
        let found = (marks(word) | word) & HIGHEST;
        if found != 0 {
            return from + at * WORD + first_of(found);
        }
    }
    from + NEAR * WORD + ordinary_run(behind)
}

#[inline(never)]
fn ordinary_run(bytes: &[u8]) -> usize {
    run(bytes, |word| marks(word) | word, |byte| byte.is_ascii())
}

/// The first place from this one on where a quote, a backslash or a control character stands, or the
/// end.
pub(super) fn plain(bytes: &[u8], from: usize) -> usize {
    let rest = bytes.get(from..).unwrap_or_default();
    from + run(rest, |word| marks(word) & !word, |_| true)
}

/// How many bytes there are before the first that is marked; of the last few, before the first
/// that is none of these or has a meaning in a string.
#[inline]
fn run(bytes: &[u8], marks: impl Fn(u64) -> u64, is: impl Fn(u8) -> bool) -> usize {
    let mut rest = bytes;
    while let Some((word, behind)) = rest.split_first_chunk::<WORD>() {
        let found = marks(u64::from_le_bytes(*word)) & HIGHEST;
        if found != 0 {
            return bytes.len() - rest.len() + first_of(found);
        }
        rest = behind;
    }
    let few = rest.iter().take_while(|b| !matches!(b, b'"' | b'\\' | 0..0x20) && is(**b));
    bytes.len() - rest.len() + few.count()
}

/// How many bytes of white space these begin with.
pub(super) fn blank(bytes: &[u8]) -> usize {
    bytes.iter().take_while(|b| matches!(b, b' ' | b'\n' | b'\r' | b'\t')).count()
}

/// What is likely to come: the name of a member, as it stands behind another (`,"name":`), or more that
/// stands between two values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expected {
    /// The first bytes, and which of them count; by words, which are compared faster than all at
    /// once.
    head: [u64; 2],
    mask: [u64; 2],
    /// The last bytes, if there are more.
    tail: [u64; 2],
    text: Box<[u8]>,
}

/// Bytes in a head.
const HEAD: usize = 16;

impl Expected {
    /// A name that is expected, as raw text between quotes.
    pub fn new(name: &str) -> Self {
        Self::of(format!(",\"{name}\":").into_bytes())
    }

    /// A text that is expected.
    pub fn of(text: Vec<u8>) -> Self {
        let words_of = |byte: &dyn Fn(&u8) -> u8| {
            let mut bytes = [0; HEAD];
            for (to, from) in bytes.iter_mut().zip(&text) {
                *to = byte(from);
            }
            words(&bytes)
        };
        Self {
            head: words_of(&|byte| *byte),
            mask: words_of(&|_| u8::MAX),
            tail: text.last_chunk().map(words).unwrap_or_default(),
            text: text.into(),
        }
    }

    /// The text.
    pub fn text(&self) -> &[u8] {
        &self.text
    }

    /// The first byte, with this before the name.
    pub(super) fn first(&self, before: Before) -> u8 {
        let turned = u8::try_from(before.0).unwrap_or_default();
        self.text.first().copied().unwrap_or_default() ^ turned
    }

    /// Whether these bytes begin with it, but for the byte before the name.
    #[inline]
    pub(super) fn begins(&self, before: Before, bytes: &[u8]) -> bool {
        let Some(chunk) = bytes.first_chunk() else { return self.ends(before, bytes) };
        let ([a, b], [head_a, head_b], [mask_a, mask_b]) = (words(chunk), self.head, self.mask);
        ((a ^ head_a ^ before.0) & mask_a) | ((b ^ head_b) & mask_b) == 0
            && (self.text.len() <= HEAD || self.goes_on(bytes))
    }

    /// Whether these bytes, which begin like it, go on like it.
    #[inline]
    fn goes_on(&self, bytes: &[u8]) -> bool {
        let last = bytes.get(..self.text.len()).and_then(<[u8]>::last_chunk);
        last.is_some_and(|last| words(last) == self.tail)
            && (self.text.len() <= 2 * HEAD
                || self.text.get(HEAD..) == bytes.get(HEAD..self.text.len()))
    }

    /// Whether it stands at the end of a document.
    #[cold]
    fn ends(&self, before: Before, bytes: &[u8]) -> bool {
        let name = self.text.get(1..).unwrap_or_default();
        bytes
            .split_first()
            .is_some_and(|(first, rest)| *first == self.first(before) && rest.starts_with(name))
    }
}

/// What stands before a name: in which bits the first byte is another than that which is expected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Before(u64);

impl Before {
    /// The brace of the object: it is the first.
    pub const BRACE: Self = Self(0x57);
    /// A comma, or whatever else a text begins with that is no name.
    pub const COMMA: Self = Self(0);
}

#[inline]
fn words(bytes: &[u8; HEAD]) -> [u64; 2] {
    let all = u128::from_le_bytes(*bytes);
    let low = |word: u128| u64::try_from(word & u128::from(u64::MAX)).unwrap_or_default();
    [low(all), low(all >> u64::BITS)]
}

/// Which of the levels around a value are objects: a bit each, beyond 64 on the heap.
#[derive(Default)]
pub(super) struct Levels {
    near: u64,
    count: u32,
    far: Vec<u64>,
}

impl Levels {
    pub(super) fn push(&mut self, object: bool) {
        if self.count == u64::BITS {
            self.far.push(std::mem::take(&mut self.near));
            self.count = 0;
        }
        self.near = self.near << 1 | u64::from(object);
        self.count += 1;
    }

    pub(super) fn pop(&mut self) -> Option<bool> {
        if self.count == 0 {
            self.near = self.far.pop()?;
            self.count = u64::BITS;
        }
        self.count -= 1;
        let object = self.near & 1 == 1;
        self.near >>= 1;
        Some(object)
    }
}

#[cfg(test)]
mod tests {
    use super::{Before, Expected, HIGHEST, Levels, first_of, marks, ordinary, plain};

    #[test]
    fn the_first_special_byte_is_found_in_any_company() {
        for at in 0..8_usize {
            for (byte, hit) in (0..=255_u8).map(|b| (b, matches!(b, b'"' | b'\\' | 0..0x20))) {
                for around in [b'a', 0x20, 0x21, 0x23, 0x5B, 0x5D, 0x7F, 0x80, 0xA2, 0xDC, 0xFF] {
                    let mut bytes = [around; 8];
                    bytes[at] = byte;
                    let word = u64::from_le_bytes(bytes);
                    let expected = if hit { at } else { 8 };
                    assert_eq!(first_of(marks(word) & !word & HIGHEST), expected, "{word:x?}");
                    let other = bytes.iter().position(|b| !b.is_ascii()).unwrap_or(8);
                    let found = first_of((marks(word) | word) & HIGHEST);
                    assert_eq!(found, expected.min(other), "{word:x?}");
                }
            }
        }
    }

    #[test]
    fn runs_of_every_length_end_where_they_end() {
        for length in 0..40 {
            for (end, is_plain) in
                [("", false), ("\"", false), ("\\", false), ("\n", false), ("é", true)]
            {
                for behind in [0, 3, 20] {
                    let text = format!("x{}{end}{}", "a".repeat(length), "b".repeat(behind));
                    let all = if end.is_empty() || is_plain { text.len() } else { length + 1 };
                    assert_eq!(plain(text.as_bytes(), 1), all, "{text}");
                    let all = if end.is_empty() { text.len() } else { length + 1 };
                    assert_eq!(ordinary(text.as_bytes(), 1), all, "{text}");
                }
            }
        }
    }

    #[test]
    fn names_of_every_length_begin_with_themselves_alone() {
        let names: String = ('0'..='z').collect();
        for length in 0..names.len() - 1 {
            let expected = Expected::new(&names[..length]);
            let text = format!(",\"{}\":1 and what comes behind", &names[..length]);
            let end = length + 4;
            assert_eq!(expected.text(), &text.as_bytes()[..end]);
            for (before, byte) in [(Before::COMMA, b','), (Before::BRACE, b'{')] {
                let mut text = text.clone().into_bytes();
                text[0] = byte;
                assert!(expected.begins(before, &text));
                assert!(expected.begins(before, &text[..end]));
                for at in 0..end {
                    let mut other = text.clone();
                    other[at] = b'~';
                    assert!(!expected.begins(before, &other), "{length} {at}");
                    assert!(!expected.begins(before, &other[..end]), "{length} {at}");
                    assert!(!expected.begins(before, &text[..at]), "{length} {at}");
                }
            }
        }
    }

    #[test]
    fn levels_are_given_back_in_reverse() {
        let mut levels = Levels::default();
        let objects: Vec<bool> = (0..200).map(|i| i % 3 == 0).collect();
        for object in &objects {
            levels.push(*object);
        }
        for object in objects.iter().rev() {
            assert_eq!(levels.pop(), Some(*object));
        }
        assert_eq!(levels.pop(), None);
    }
}
