//! Charsets of texts, strictly: what is no character is an error, and nothing stands in its place.

use encoding_rs::{DecoderResult, Encoding, ISO_2022_JP, REPLACEMENT, UTF_8, UTF_16BE, UTF_16LE};

use super::Undecoded;

/// How much is decoded before one looks whether it is too much.
const PIECE: usize = 64 << 10;

/// The charset of a text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Charset {
    /// The one that documents are read in.
    #[default]
    Utf8,
    /// `us-ascii`
    Ascii,
    /// `iso-8859-1`: each byte is the character of its number, those that are controls too.
    Latin1,
    /// `utf-16`: a byte order mark says how, else where the first zero is, as a document begins with ASCII.
    Utf16,
    /// `utf-16` of a text, which may begin with anything: without a mark it is little-endian.
    Utf16Text,
    /// Another one, by its label.
    Other(&'static Encoding),
}

impl Charset {
    /// By its label, in any case; `None`: it cannot be read.
    pub fn named(label: &str) -> Option<Self> {
        let label = label.trim().to_ascii_lowercase();
        Some(match &*label {
            "us-ascii" | "ascii" => Self::Ascii,
            // Browsers take these for windows-1252, which is a guess.
            "iso-8859-1" | "iso_8859-1" | "iso8859-1" | "iso88591" | "latin1" | "l1" => {
                Self::Latin1
            }
            "utf-16" => Self::Utf16,
            _ => {
                let encoding = Encoding::for_label_no_replacement(label.as_bytes())?;
                // Its text depends on states in which ASCII means something else.
                if [REPLACEMENT, ISO_2022_JP].contains(&encoding) || label == "x-user-defined" {
                    return None;
                }
                if encoding == UTF_8 { Self::Utf8 } else { Self::Other(encoding) }
            }
        })
    }

    /// The same of a body that is a text and no document.
    #[must_use]
    pub fn of_text(self) -> Self {
        if self == Self::Utf16 { Self::Utf16Text } else { self }
    }

    /// A text in UTF-8 of at most so many bytes.
    pub(super) fn decode(self, bytes: &[u8], most: usize) -> Result<Text, Undecoded> {
        match self {
            Self::Utf8 => Ok(Text::Same),
            Self::Ascii => match bytes.iter().position(|byte| !byte.is_ascii()) {
                Some(at) => Err(Undecoded::Charset("us-ascii", at)),
                None => Ok(Text::Same),
            },
            Self::Latin1 => Ok(latin1(bytes, most)),
            Self::Utf16 => {
                let big = matches!(bytes, [0xFE, 0xFF, ..] | [0, ..]);
                other(if big { UTF_16BE } else { UTF_16LE }, bytes, most)
            }
            Self::Utf16Text => {
                let big = bytes.starts_with(&[0xFE, 0xFF]);
                other(if big { UTF_16BE } else { UTF_16LE }, bytes, most)
            }
            Self::Other(encoding) => other(encoding, bytes, most),
        }
    }
}

/// What became of a text.
pub(super) enum Text {
    /// It is UTF-8 as it stands, as far as its charset goes.
    Same,
    Made(Vec<u8>),
    TooMuch,
}

fn latin1(bytes: &[u8], most: usize) -> Text {
    let high = bytes.iter().filter(|byte| !byte.is_ascii()).count();
    let length = bytes.len().saturating_add(high);
    if length > most {
        return Text::TooMuch;
    }
    let mut text = String::with_capacity(length);
    text.extend(bytes.iter().copied().map(char::from));
    Text::Made(text.into_bytes())
}

fn other(encoding: &'static Encoding, bytes: &[u8], most: usize) -> Result<Text, Undecoded> {
    let mut decoder = encoding.new_decoder_with_bom_removal();
    let (mut text, mut piece, mut rest) = (Vec::new(), vec![0; PIECE], bytes);
    loop {
        let (result, read, written) =
            decoder.decode_to_utf8_without_replacement(rest, &mut piece, true);
        text.extend_from_slice(piece.get(..written).unwrap_or_default());
        if text.len() > most {
            return Ok(Text::TooMuch);
        }
        rest = rest.get(read..).unwrap_or_default();
        match result {
            DecoderResult::InputEmpty => return Ok(Text::Made(text)),
            DecoderResult::OutputFull => {}
            DecoderResult::Malformed(length, behind) => {
                let read = bytes.len().saturating_sub(rest.len());
                let at = read.saturating_sub(usize::from(length)).saturating_sub(behind.into());
                return Err(Undecoded::Charset(encoding.name(), at));
            }
        }
    }
}
