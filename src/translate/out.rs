//! The result while it is written. Pieces of the message that stand there one behind the other are
//! copied at once; short pieces by whole chunks, whatever their length, and cut to it.

use crate::plan::{CHUNK, Literal};

/// The bytes so far, and a piece of the message behind them that is not copied yet: what comes next
/// may stand behind it there, too.
#[derive(Debug)]
pub(super) struct Out<'d> {
    bytes: Vec<u8>,
    message: &'d [u8],
    start: usize,
    end: usize,
}

impl<'d> Out<'d> {
    /// Nothing, with room for so many bytes; pieces of this message will be kept.
    pub(super) fn new(message: &'d [u8], bytes: usize) -> Self {
        let bytes = Vec::with_capacity(bytes.saturating_add(CHUNK));
        Self { bytes, message, start: 0, end: 0 }
    }

    /// The same bytes, to write pieces of another message behind them; [`Out::taken`] gives them back.
    pub(super) fn over<'m>(&mut self, message: &'m [u8]) -> Out<'m> {
        Out { bytes: std::mem::take(self.bytes()), message, start: 0, end: 0 }
    }

    /// Takes back the bytes that were written over another message.
    pub(super) fn taken(&mut self, other: Out<'_>) {
        self.bytes = other.into_vec();
    }

    #[inline]
    pub(super) fn len(&self) -> usize {
        self.bytes.len() + (self.end - self.start)
    }

    pub(super) fn into_vec(mut self) -> Vec<u8> {
        self.flush();
        self.bytes
    }

    /// The bytes so far, to write behind them.
    #[inline]
    pub(super) fn bytes(&mut self) -> &mut Vec<u8> {
        self.flush();
        &mut self.bytes
    }

    #[inline]
    pub(super) fn push(&mut self, byte: u8) {
        self.bytes().push(byte);
    }

    /// A piece of the message.
    #[inline]
    pub(super) fn keep(&mut self, start: usize, end: usize) {
        if start != self.end {
            self.flush();
            self.start = start;
        }
        self.end = end;
    }

    /// Copies the piece of the message that is not copied yet.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "most pieces are shorter than a call is")]
    fn flush(&mut self) {
        if self.start >= self.end {
            return;
        }
        let length = self.end - self.start;
        let rest = self.message.get(std::mem::replace(&mut self.start, self.end)..);
        match rest.and_then(<[u8]>::first_chunk) {
            Some(chunk) if length <= CHUNK => self.chunk(chunk, length),
            _ => self.append_long(rest.and_then(|rest| rest.get(..length)).unwrap_or_default()),
        }
    }

    /// A text; `bare`: without the comma with which it begins.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "most texts are shorter than a call is")]
    pub(super) fn literal(&mut self, text: &Literal, bare: bool) {
        self.flush();
        let from = usize::from(bare);
        let length = text.text().len().saturating_sub(from);
        match text.head().get(from..).and_then(<[u8]>::first_chunk) {
            Some(chunk) if length <= CHUNK => self.chunk(chunk, length),
            _ => self.append_long(text.text().get(from..).unwrap_or_default()),
        }
    }

    /// The first bytes of a chunk.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "a few instructions")]
    fn chunk(&mut self, chunk: &[u8; CHUNK], length: usize) {
        let now = self.bytes.len();
        self.bytes.extend_from_slice(chunk);
        self.bytes.truncate(now + length);
    }

    #[inline(never)]
    fn append_long(&mut self, text: &[u8]) {
        self.bytes.extend_from_slice(text);
    }

    #[inline(never)]
    pub(super) fn extend_from_slice(&mut self, text: &[u8]) {
        self.bytes().extend_from_slice(text);
    }

    /// Takes back what was written since.
    pub(super) fn truncate(&mut self, len: usize) {
        self.bytes().truncate(len);
    }

    /// Takes back what was written since, and gives it.
    pub(super) fn split_off(&mut self, len: usize) -> Vec<u8> {
        let len = len.min(self.len());
        self.bytes().split_off(len)
    }
}

#[cfg(test)]
mod tests {
    use super::{Literal, Out};

    #[test]
    fn pieces_of_every_length_end_where_they_end() {
        let text: Vec<u8> = (0..=255).collect();
        let mut out = Out::new(&text, 0);
        let mut expected = Vec::new();
        for start in 0..=text.len() {
            for end in start..=text.len().min(start + 70) {
                let part = &text[start..end];
                out.keep(start, end);
                expected.extend_from_slice(part);
                out.push(7);
                expected.push(7);
                out.literal(&Literal::new(part), false);
                expected.extend_from_slice(part);
                out.literal(&Literal::new(part), true);
                expected.extend_from_slice(part.get(1..).unwrap_or_default());
            }
        }
        assert_eq!(out.bytes, expected);
        assert_eq!(out.split_off(1_000), expected.split_off(1_000));
        out.keep(3, 5);
        out.truncate(1_001);
        assert_eq!(out.len(), 1_001);
        expected.push(3);
        assert_eq!(out.into_vec(), expected);
    }

    #[test]
    fn pieces_of_the_message_are_there_before_what_comes_behind_them() {
        let message: Vec<u8> = (0..=255).collect();
        let mut out = Out::new(&message, 0);
        let mut expected = Vec::new();
        for (start, end) in [(0, 3), (3, 9), (9, 9), (4, 6), (6, 90), (5, 5), (90, 91)] {
            for made in 0..3 {
                out.keep(start, end);
                expected.extend_from_slice(&message[start..end]);
                assert_eq!(out.len(), expected.len());
                match made {
                    0 => {}
                    1 => out.push(7),
                    _ => out.literal(&Literal::new(&[7]), false),
                }
                expected.extend((made > 0).then_some(7));
            }
        }
        out.keep(91, 95);
        out.truncate(expected.len() + 1);
        expected.push(91);
        out.keep(95, 96);
        expected.push(95);
        let mut other = out.over(b"other");
        other.keep(1, 3);
        out.taken(other);
        expected.extend_from_slice(b"th");
        out.keep(96, 98);
        assert_eq!(out.split_off(expected.len()), [96, 97]);
        assert_eq!(out.into_vec(), expected);
    }
}
