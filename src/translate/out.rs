//! The result while it is written: short pieces are copied by whole chunks, whatever their length,
//! and cut to it.

/// Bytes of a chunk.
const CHUNK: usize = 32;

/// The bytes so far.
#[derive(Debug, Default)]
pub(super) struct Out {
    bytes: Vec<u8>,
}

impl Out {
    /// Nothing, with room for so many bytes.
    pub(super) fn with_capacity(bytes: usize) -> Self {
        Self { bytes: Vec::with_capacity(bytes.saturating_add(CHUNK)) }
    }

    #[inline]
    pub(super) fn len(&self) -> usize {
        self.bytes.len()
    }

    pub(super) fn into_vec(self) -> Vec<u8> {
        self.bytes
    }

    /// The bytes so far, to write behind them.
    #[inline]
    pub(super) fn bytes(&mut self) -> &mut Vec<u8> {
        &mut self.bytes
    }

    #[inline]
    pub(super) fn push(&mut self, byte: u8) {
        self.bytes.push(byte);
    }

    /// Copies a part of a text.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "most pieces are shorter than a call is")]
    pub(super) fn copy(&mut self, text: &[u8], start: usize, end: usize) {
        let Some(length) = end.checked_sub(start) else { return };
        let Some(rest) = text.get(start..) else { return };
        if length <= CHUNK
            && let Some(chunk) = rest.first_chunk::<CHUNK>()
        {
            let now = self.bytes.len();
            self.bytes.extend_from_slice(chunk);
            self.bytes.truncate(now + length);
            return;
        }
        self.extend_from_slice(rest.get(..length).unwrap_or_default());
    }

    #[inline(never)]
    pub(super) fn extend_from_slice(&mut self, text: &[u8]) {
        self.bytes.extend_from_slice(text);
    }

    /// Takes back what was written since.
    pub(super) fn truncate(&mut self, len: usize) {
        self.bytes.truncate(len);
    }

    /// Takes back what was written since, and gives it.
    pub(super) fn split_off(&mut self, len: usize) -> Vec<u8> {
        self.bytes.split_off(len.min(self.bytes.len()))
    }
}

#[cfg(test)]
mod tests {
    use super::Out;

    #[test]
    fn pieces_of_every_length_end_where_they_end() {
        let text: Vec<u8> = (0..=255).collect();
        let mut out = Out::default();
        let mut expected = Vec::new();
        for start in 0..=text.len() {
            for end in start..=text.len().min(start + 70) {
                out.copy(&text, start, end);
                expected.extend_from_slice(&text[start..end]);
                out.push(7);
                expected.push(7);
            }
        }
        assert_eq!(out.bytes, expected);
        assert_eq!(out.split_off(1_000), expected.split_off(1_000));
        out.copy(&text, 3, 5);
        out.truncate(1_001);
        assert_eq!(out.len(), 1_001);
        expected.push(3);
        assert_eq!(out.into_vec(), expected);
    }
}
