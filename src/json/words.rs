//! What the scanner does with many bytes at once: finding the end of a string, knowing a name
//! that it expects, remembering levels. It knows no grammar.

/// Marks, by its highest bit, the first byte of eight that is a quote, a backslash or a control
/// character; what it marks behind that byte means nothing.
#[inline]
pub(super) fn special(word: u64) -> u64 {
    const ONES: u64 = u64::MAX / 255;
    let zero = |word: u64| word.wrapping_sub(ONES) & !word;
    let quote = zero(word ^ (ONES * 0x22));
    let backslash = zero(word ^ (ONES * 0x5C));
    let control = word.wrapping_sub(ONES * 0x20) & !word;
    (quote | backslash | control) & (ONES << 7)
}

/// A text that is likely to come; most are short.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expected {
    /// The first bytes, and which of them count; by words, which are compared faster than all at
    /// once.
    head: [u64; 2],
    mask: [u64; 2],
    text: Box<[u8]>,
}

/// Bytes in a head.
const HEAD: usize = 16;

impl Expected {
    /// Bytes that are expected.
    pub fn new(text: &[u8]) -> Self {
        let words = |byte: &dyn Fn(&u8) -> u8| {
            let mut bytes = [0; HEAD];
            for (to, from) in bytes.iter_mut().zip(text) {
                *to = byte(from);
            }
            words(&bytes)
        };
        Self { head: words(&|byte| *byte), mask: words(&|_| u8::MAX), text: text.into() }
    }

    /// The text.
    pub fn text(&self) -> &[u8] {
        &self.text
    }

    /// Whether these bytes begin with it.
    #[inline]
    pub(super) fn begins(&self, bytes: &[u8]) -> bool {
        let Some(first) = bytes.first_chunk() else { return bytes.starts_with(&self.text) };
        let ([a, b], [head_a, head_b], [mask_a, mask_b]) = (words(first), self.head, self.mask);
        ((a ^ head_a) & mask_a) | ((b ^ head_b) & mask_b) == 0
            && (self.text.len() <= HEAD || bytes.starts_with(&self.text))
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
    use super::{Expected, Levels, special};

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
    fn texts_of_every_length_begin_with_themselves_alone() {
        let text: Vec<u8> = (0..40).collect();
        for length in 0..40 {
            let expected = Expected::new(&text[..length]);
            assert!(expected.begins(&text));
            assert!(expected.begins(&text[..length]));
            for at in 0..length {
                let mut other = text.clone();
                other[at] = b'x';
                assert!(!expected.begins(&other), "{length} {at}");
                assert!(!expected.begins(&text[..at]), "{length} {at}");
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
