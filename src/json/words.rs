//! What the scanner does with many bytes at once: finding the end of a string, knowing a name
//! that it expects, remembering levels. It knows no grammar.

const ONES: u64 = u64::MAX / 255;

/// Marks, by its highest bit, the first byte of eight that is a quote, a backslash or a control
/// character; what it marks behind that byte means nothing.
#[inline]
fn special(word: u64) -> u64 {
    // A subtraction sets the highest bit of a byte that is too small for it, and else only where it
    // was set before.
    let quote = (word ^ (ONES * 0x22)).wrapping_sub(ONES);
    let backslash = (word ^ (ONES * 0x5C)).wrapping_sub(ONES);
    let control = word.wrapping_sub(ONES * 0x20);
    (quote | backslash | control) & !word & (ONES << 7)
}

/// The first place from this one on where a quote, a backslash or a control character stands, or the
/// end; and whether all bytes on the way are ASCII. Eight bytes at a time.
#[inline]
pub(super) fn plain(bytes: &[u8], from: usize) -> (usize, bool) {
    let (mut at, mut all) = (from, 0);
    while let Some(word) = bytes.get(at..).and_then(<[u8]>::first_chunk) {
        let word = u64::from_le_bytes(*word);
        let found = special(word);
        all |= word;
        if found != 0 {
            let ahead = usize::try_from(found.trailing_zeros() / 8).unwrap_or_default();
            return (at + ahead, all & (ONES << 7) == 0);
        }
        at += 8;
    }
    let (few, ascii) = few_plain(bytes.get(at..).unwrap_or_default());
    (at + few, ascii && all & (ONES << 7) == 0)
}

/// How many of the last bytes of a text come before such a byte; and whether all are ASCII.
#[cold]
fn few_plain(bytes: &[u8]) -> (usize, bool) {
    let plain = bytes.iter().take_while(|b| !matches!(b, b'"' | b'\\' | 0..0x20));
    (plain.count(), bytes.is_ascii())
}

/// The name of a member that is likely to come, as it stands behind another: `,"name":`.
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
        let text = format!(",\"{name}\":").into_bytes();
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

    /// Whether these bytes begin with it, but for the byte before the name.
    #[inline]
    pub(super) fn begins(&self, before: Before, bytes: &[u8]) -> bool {
        let Some(chunk) = bytes.first_chunk() else { return self.ends(before, bytes) };
        let ([a, b], [head_a, head_b], [mask_a, mask_b]) = (words(chunk), self.head, self.mask);
        ((a ^ head_a ^ before.differs()) & mask_a) | ((b ^ head_b) & mask_b) == 0
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
            .is_some_and(|(first, rest)| *first == before.byte() && rest.starts_with(name))
    }
}

/// What stands before a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Before(u8);

impl Before {
    /// The brace of the object: it is the first.
    pub const BRACE: Self = Self(b'{');
    /// A comma.
    pub const COMMA: Self = Self(b',');

    /// The byte.
    #[inline]
    pub(super) fn byte(self) -> u8 {
        self.0
    }

    /// In which bits it is not the comma that is expected.
    #[inline]
    fn differs(self) -> u64 {
        u64::from(self.0 ^ b',')
    }
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
    use super::{Before, Expected, Levels, special};

    #[test]
    fn the_first_special_byte_is_found_in_any_company() {
        for (at, marked) in (0..8_usize).zip(0..) {
            for (byte, hit) in (0..=255_u8).map(|b| (b, matches!(b, b'"' | b'\\' | 0..0x20))) {
                for around in [b'a', 0x20, 0x21, 0x23, 0x5B, 0x7F, 0x80, 0xA2, 0xDC, 0xFF] {
                    let mut word = [around; 8];
                    word[at] = byte;
                    let found = special(u64::from_le_bytes(word));
                    let expected = if hit { marked } else { 8 };
                    assert_eq!(found.trailing_zeros() / 8, expected, "{word:x?}");
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
