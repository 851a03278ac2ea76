//! The result while it is written: short pieces are copied by whole chunks into room that is there
//! already, whatever their length.

/// Bytes of a chunk.
const CHUNK: usize = 32;

/// The bytes so far.
#[derive(Debug, Default)]
pub(super) struct Out {
    /// The result, and room behind it.
    bytes: Vec<u8>,
    len: usize,
}

impl Out {
    /// Nothing, with room for so many bytes.
    pub(super) fn with_capacity(bytes: usize) -> Self {
        Self { bytes: vec![0; bytes.saturating_add(CHUNK)], len: 0 }
    }

    #[inline]
    pub(super) fn len(&self) -> usize {
        self.len
    }

    pub(super) fn as_slice(&self) -> &[u8] {
        self.bytes.get(..self.len).unwrap_or_default()
    }

    pub(super) fn into_vec(mut self) -> Vec<u8> {
        self.bytes.truncate(self.len);
        self.bytes
    }

    #[inline]
    pub(super) fn push(&mut self, byte: u8) {
        match self.bytes.get_mut(self.len) {
            Some(place) => {
                *place = byte;
                self.len += 1;
            }
            None => self.extend_from_slice(&[byte]),
        }
    }

    /// Copies a part of a text.
    #[inline]
    pub(super) fn copy(&mut self, text: &[u8], start: usize, end: usize) {
        let length = end.saturating_sub(start);
        if length <= CHUNK
            && let Some(from) = text.get(start..).and_then(<[u8]>::first_chunk::<CHUNK>)
            && let Some(to) = self.bytes.get_mut(self.len..).and_then(<[u8]>::first_chunk_mut)
        {
            *to = *from;
            self.len += length;
            return;
        }
        self.extend_from_slice(text.get(start..end).unwrap_or_default());
    }

    pub(super) fn extend_from_slice(&mut self, text: &[u8]) {
        let end = self.len.saturating_add(text.len());
        if end > self.bytes.len() {
            self.bytes.resize(end.saturating_add(end / 2).saturating_add(CHUNK), 0);
        }
        if let Some(to) = self.bytes.get_mut(self.len..end) {
            to.copy_from_slice(text);
            self.len = end;
        }
    }

    /// Takes back what was written since.
    pub(super) fn truncate(&mut self, len: usize) {
        self.len = self.len.min(len);
    }

    /// Takes back what was written since, and gives it.
    pub(super) fn split_off(&mut self, len: usize) -> Vec<u8> {
        let text = self.as_slice().get(len..).unwrap_or_default().to_vec();
        self.truncate(len);
        text
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
        assert_eq!(out.as_slice(), expected);
        assert_eq!(out.split_off(1_000), expected.split_off(1_000));
        out.copy(&text, 3, 5);
        out.truncate(1_001);
        assert_eq!(out.len(), 1_001);
        expected.push(3);
        assert_eq!(out.into_vec(), expected);
    }
}
