//! Content codings (RFC 9110, 8.4.1): whole streams in memory, decoded to their end. Windows are bounded
//! by what the codings allow over HTTP.

use std::fmt;
use std::io::{self, Read};

use brotli_decompressor::{BrotliDecompressStream, BrotliResult, BrotliState, StandardAlloc};
use flate2::bufread::GzDecoder;
use flate2::{Decompress, FlushDecompress, Status};
use ruzstd::decoding::errors::{FrameDecoderError, ReadFrameHeaderError};
use ruzstd::decoding::{FrameDecoder, StreamingDecoder};

use super::Undecoded;

/// How much is decoded before one looks whether it is too much.
const PIECE: usize = 64 << 10;
/// The window of a zstd stream over HTTP (RFC 9659).
const WINDOW: u64 = 8 << 20;
/// Streams one behind the other: each costs something, even if nothing is in it.
const STREAMS: usize = 1024;

/// One coding of a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Coding {
    /// `gzip`, `x-gzip`
    Gzip,
    /// `deflate`: with the frame of zlib, or without, as some write it.
    Deflate,
    /// `br`
    Brotli,
    /// `zstd`
    Zstd,
}

impl fmt::Display for Coding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Gzip => "gzip",
            Self::Deflate => "deflate",
            Self::Brotli => "br",
            Self::Zstd => "zstd",
        })
    }
}

impl Coding {
    /// By its name, in any case; `None`: it cannot be decoded.
    pub fn named(name: &str) -> Option<Self> {
        let names = [
            ("gzip", Self::Gzip),
            ("x-gzip", Self::Gzip),
            ("deflate", Self::Deflate),
            ("br", Self::Brotli),
            ("zstd", Self::Zstd),
        ];
        names.into_iter().find(|(own, _)| name.eq_ignore_ascii_case(own)).map(|(_, coding)| coding)
    }

    /// What a stream holds; `None`: more than `most` bytes.
    pub(super) fn decode(self, bytes: &[u8], most: usize) -> Result<Option<Vec<u8>>, Undecoded> {
        let decoded = match self {
            Self::Gzip => gzip(bytes, most),
            // A stream of zlib says so, and the sum of its first two bytes fits (RFC 1950, 2.2).
            Self::Deflate => match *bytes {
                [one, two, ..] if one & 0x8F == 8 && u16::from_be_bytes([one, two]) % 31 == 0 => {
                    deflate(bytes, most, Decompress::new(true))
                }
                _ => deflate(bytes, most, Decompress::new(false)),
            },
            Self::Brotli => brotli(bytes, most),
            Self::Zstd => zstd(bytes, most),
        };
        match decoded {
            Ok(Made::All(bytes)) => Ok(Some(bytes)),
            Ok(Made::TooMuch) => Ok(None),
            Ok(Made::Trailing) => Err(Undecoded::Trailing(self)),
            Err(error) => Err(Undecoded::Broken(self, error)),
        }
    }
}

/// What became of a stream.
enum Made {
    All(Vec<u8>),
    TooMuch,
    Trailing,
}

fn gzip(mut bytes: &[u8], most: usize) -> io::Result<Made> {
    let mut made = Vec::new();
    for _ in 0..STREAMS {
        // Its end has a sum and a length, so what is cut is noticed.
        let mut stream = GzDecoder::new(&mut bytes);
        if !fill(&mut stream, &mut made, most)? {
            return Ok(Made::TooMuch);
        }
        match bytes {
            [] => return Ok(Made::All(made)),
            // Another stream may follow (RFC 1952, 2.2), and nothing else.
            [0x1F, 0x8B, ..] => {}
            _ => return Ok(Made::Trailing),
        }
    }
    Err(io::Error::other("it has too many streams"))
}

fn deflate(bytes: &[u8], most: usize, mut stream: Decompress) -> io::Result<Made> {
    let mut made = Vec::new();
    let mut piece = vec![0; PIECE];
    let count = |total: u64| usize::try_from(total).unwrap_or(usize::MAX);
    loop {
        let (read, before) = (count(stream.total_in()), count(stream.total_out()));
        let rest = bytes.get(read..).unwrap_or_default();
        let status = stream.decompress(rest, &mut piece, FlushDecompress::None)?;
        let written = count(stream.total_out()).saturating_sub(before);
        if !add(&mut made, piece.get(..written).unwrap_or_default(), most) {
            return Ok(Made::TooMuch);
        }
        let read = count(stream.total_in());
        match status {
            Status::StreamEnd if read == bytes.len() => return Ok(Made::All(made)),
            Status::StreamEnd => return Ok(Made::Trailing),
            Status::Ok | Status::BufError => {
                if written == 0 && rest.len() == bytes.len().saturating_sub(read) {
                    return Err(io::ErrorKind::UnexpectedEof.into());
                }
            }
        }
    }
}

fn brotli(bytes: &[u8], most: usize) -> io::Result<Made> {
    let alloc = StandardAlloc::default;
    // Windows beyond those of RFC 7932 are no `br`.
    let mut state = BrotliState::new_strict(alloc(), alloc(), alloc());
    let (mut made, mut piece) = (Vec::new(), vec![0; PIECE]);
    let (mut left, mut at, mut total) = (bytes.len(), 0, 0);
    loop {
        let (mut room, mut written) = (piece.len(), 0);
        let result = BrotliDecompressStream(
            &mut left,
            &mut at,
            bytes,
            &mut room,
            &mut written,
            &mut piece,
            &mut total,
            &mut state,
        );
        if !add(&mut made, piece.get(..written).unwrap_or_default(), most) {
            return Ok(Made::TooMuch);
        }
        match result {
            BrotliResult::NeedsMoreOutput => {}
            BrotliResult::ResultSuccess if left == 0 => return Ok(Made::All(made)),
            BrotliResult::ResultSuccess => return Ok(Made::Trailing),
            BrotliResult::NeedsMoreInput => return Err(io::ErrorKind::UnexpectedEof.into()),
            BrotliResult::ResultFailure => return Err(io::ErrorKind::InvalidData.into()),
        }
    }
}

fn zstd(mut bytes: &[u8], most: usize) -> io::Result<Made> {
    let mut decoder = FrameDecoder::new();
    decoder.set_max_window_size(WINDOW);
    let mut made = Vec::new();
    for frame in 0..STREAMS {
        let stream = match StreamingDecoder::new_with_decoder(&mut bytes, &mut decoder) {
            Ok(stream) => Ok(stream),
            Err(FrameDecoderError::ReadFrameHeaderError(error)) => Err(error),
            Err(error) => return Err(io::Error::other(error)),
        };
        match stream {
            Ok(mut stream) => {
                if !fill(&mut stream, &mut made, most)? {
                    return Ok(Made::TooMuch);
                }
                let sum = decoder.get_checksum_from_data();
                if sum.is_some() && sum != decoder.get_calculated_checksum() {
                    return Err(io::Error::other("its sum is another one"));
                }
            }
            // A frame for others (RFC 8878, 3.1.2).
            Err(ReadFrameHeaderError::SkipFrame { length, .. }) => {
                let length = usize::try_from(length).unwrap_or(usize::MAX);
                let end = io::ErrorKind::UnexpectedEof;
                bytes = bytes.get(length..).ok_or(end)?;
            }
            Err(ReadFrameHeaderError::BadMagicNumber(_)) if frame > 0 => return Ok(Made::Trailing),
            Err(error) => return Err(io::Error::other(error)),
        }
        if bytes.is_empty() {
            return Ok(Made::All(made));
        }
    }
    Err(io::Error::other("it has too many frames"))
}

/// Reads a stream to its end behind what was made before; whether it is no more than `most`.
fn fill(stream: &mut impl Read, made: &mut Vec<u8>, most: usize) -> io::Result<bool> {
    let room = most.saturating_sub(made.len()).saturating_add(1);
    stream.take(u64::try_from(room).unwrap_or(u64::MAX)).read_to_end(made)?;
    Ok(made.len() <= most)
}

/// Adds a piece, if it is not too much.
fn add(made: &mut Vec<u8>, piece: &[u8], most: usize) -> bool {
    if made.len().saturating_add(piece.len()) > most {
        return false;
    }
    made.extend_from_slice(piece);
    true
}
