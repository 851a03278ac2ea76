//! What a body is coded in, its content codings and its charset, and how it becomes plain UTF-8: pure
//! functions with bounds. It codes nothing again, and knows neither headers nor sockets.

mod charset;
mod content;

use std::io;

use charset::Text;
use thiserror::Error;

pub use charset::Charset;
pub use content::Coding;

/// The codings that can be decoded, as `Accept-Encoding` lists them.
pub const DECODED: &str = "gzip, deflate, br, zstd";
/// How many codings one body may have: more than one is rare already, and each has a window of its own.
pub const MOST: usize = 3;
/// How many times as large as what was sent a decoded body may be, beyond the first [`FREE`] bytes.
/// Lists of objects that are alike reach 100; what is made to be large reaches 1,000 and more.
pub const RATIO: usize = 200;
/// So many bytes a body may have, however few were sent.
pub const FREE: usize = 1 << 20;

/// How a body is written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Written {
    /// In the order in which they were applied.
    pub codings: Vec<Coding>,
    /// Of the text within.
    pub charset: Charset,
}

/// Why a body is no text that can be read.
#[derive(Debug, Error)]
pub enum Undecoded {
    /// A stream that ends before its end, or is none of its coding.
    #[error("its coding {0} is broken: {1}")]
    Broken(Coding, #[source] io::Error),
    /// What is behind the end of a stream.
    #[error("bytes follow the end of its coding {0}")]
    Trailing(Coding),
    /// Bytes that are no character: what would stand in their place would be invented.
    #[error("the bytes at {1} of the text are no character of its charset {0}")]
    Charset(&'static str, usize),
    /// More bytes than allowed.
    #[error("the decoded body is larger than {0} bytes")]
    TooLarge(usize),
    /// It grows out of all proportion.
    #[error(
        "the decoded body is larger than {FREE} bytes and more than {RATIO} times as large as what was sent"
    )]
    Ratio,
}

impl Written {
    /// Whether the bytes are the text, but for a byte order mark.
    pub fn is_plain(&self) -> bool {
        self.codings.is_empty() && self.charset == Charset::Utf8
    }

    /// Bytes that decoding a body of so many holds at once at most, beside the body: what is made, and
    /// where there are several steps also what it is made of.
    pub fn room(&self, length: usize, limit: usize) -> usize {
        match (self.codings.len(), self.charset == Charset::Utf8) {
            (0, true) => 0,
            // No character takes more than three times as many bytes in UTF-8.
            (0, false) => length.saturating_mul(3).min(limit),
            (1, true) => bound(length, limit),
            _ => bound(length, limit).saturating_mul(2),
        }
    }

    /// The text of a body, at most `limit` bytes of UTF-8 without a byte order mark.
    pub fn decode(&self, bytes: &[u8], limit: usize) -> Result<Vec<u8>, Undecoded> {
        let most = if self.codings.is_empty() { limit } else { bound(bytes.len(), limit) };
        let too_large = || if most < limit { Undecoded::Ratio } else { Undecoded::TooLarge(limit) };
        let mut decoded: Option<Vec<u8>> = None;
        for coding in self.codings.iter().rev() {
            let from = decoded.as_deref().unwrap_or(bytes);
            decoded = Some(coding.decode(from, most)?.ok_or_else(too_large)?);
        }
        let from = decoded.as_deref().unwrap_or(bytes);
        match self.charset.decode(from, most)? {
            Text::Same => {}
            Text::Made(text) => return Ok(text),
            Text::TooMuch => return Err(too_large()),
        }
        let mut text = decoded.unwrap_or_else(|| bytes.to_vec());
        let skipped = text.len().saturating_sub(plain(&text).len());
        text.drain(..skipped);
        Ok(text)
    }
}

/// UTF-8 without the byte order mark that others may write before it (RFC 8259, 8.1). One that stands
/// alone is no document, and no empty body either.
pub fn plain(bytes: &[u8]) -> &[u8] {
    bytes.strip_prefix(b"\xEF\xBB\xBF").filter(|rest| !rest.is_empty()).unwrap_or(bytes)
}

/// Bytes that so many may become.
fn bound(length: usize, limit: usize) -> usize {
    limit.min(length.saturating_mul(RATIO).max(FREE))
}

#[cfg(test)]
mod tests;
