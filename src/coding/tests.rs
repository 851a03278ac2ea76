//! Every coding and charset, whole, cut at each byte, with bytes behind its end, and made to be large.

use std::io::{Read as _, Write as _};

use flate2::Compression;
use flate2::write::{DeflateEncoder, GzEncoder, ZlibEncoder};

use super::*;

const LIMIT: usize = 8 << 20;

fn gzip(text: &[u8]) -> Vec<u8> {
    let mut stream = GzEncoder::new(Vec::new(), Compression::best());
    stream.write_all(text).unwrap();
    stream.finish().unwrap()
}

fn zlib(text: &[u8]) -> Vec<u8> {
    let mut stream = ZlibEncoder::new(Vec::new(), Compression::best());
    stream.write_all(text).unwrap();
    stream.finish().unwrap()
}

fn raw(text: &[u8]) -> Vec<u8> {
    let mut stream = DeflateEncoder::new(Vec::new(), Compression::best());
    stream.write_all(text).unwrap();
    stream.finish().unwrap()
}

fn brotli(text: &[u8]) -> Vec<u8> {
    let mut coded = Vec::new();
    ::brotli::CompressorReader::new(text, 4096, 9, 22).read_to_end(&mut coded).unwrap();
    coded
}

fn zstd(text: &[u8]) -> Vec<u8> {
    ruzstd::encoding::compress_to_vec(text, ruzstd::encoding::CompressionLevel::Fastest)
}

type Encode = fn(&[u8]) -> Vec<u8>;
const ALL: [(Coding, Encode); 5] = [
    (Coding::Gzip, gzip),
    (Coding::Deflate, zlib),
    (Coding::Deflate, raw),
    (Coding::Brotli, brotli),
    (Coding::Zstd, zstd),
];

fn coded(codings: &[Coding]) -> Written {
    Written { codings: codings.to_vec(), charset: Charset::Utf8 }
}

/// A list of objects that are not all alike.
fn orders(count: usize) -> Vec<u8> {
    let one = |n: usize| format!("{{\"id\":{},\"customer\":\"c{}\"}}", n * 7919, n * n % 8191);
    format!("[{}]", (0..count).map(one).collect::<Vec<_>>().join(",")).into_bytes()
}

#[test]
fn whole_streams_are_decoded() {
    for (coding, encode) in ALL {
        for text in [orders(0), orders(3), orders(20_000)] {
            let stream = encode(&text);
            let decoded = coded(&[coding]).decode(&stream, LIMIT).unwrap();
            assert!(decoded == text, "{coding} {}", text.len());
            let exact = coded(&[coding]).decode(&stream, text.len()).unwrap();
            assert!(exact == text, "{coding} {}", text.len());
            let less = coded(&[coding]).decode(&stream, text.len() - 1);
            assert!(matches!(less, Err(Undecoded::TooLarge(_))), "{coding} {less:?}");
        }
        assert_eq!(coded(&[coding]).decode(&encode(b""), LIMIT).unwrap(), b"", "{coding}");
    }
}

#[test]
fn what_is_cut_is_no_stream() {
    let text = orders(50);
    for (coding, encode) in ALL {
        let stream = encode(&text);
        for end in 0..stream.len() {
            let cut = coded(&[coding]).decode(&stream[..end], LIMIT);
            assert!(matches!(cut, Err(Undecoded::Broken(..))), "{coding} {end} {cut:?}");
        }
    }
}

#[test]
fn nothing_follows_the_end_of_a_stream() {
    let text = orders(50);
    for (coding, encode) in ALL {
        for garbage in [&b"\0"[..], b"garbage that is long enough to be read for a head"] {
            let stream = [&encode(&text), garbage].concat();
            let wrong = coded(&[coding]).decode(&stream, LIMIT);
            assert!(
                matches!(wrong, Err(Undecoded::Trailing(_) | Undecoded::Broken(..))),
                "{coding} {wrong:?}"
            );
        }
    }
    // Of these two, streams may follow each other.
    let several: [(Coding, Encode); 2] = [(Coding::Gzip, gzip), (Coding::Zstd, zstd)];
    for (coding, encode) in several {
        let twice = coded(&[coding]).decode(&[encode(&text), encode(&text)].concat(), LIMIT);
        assert!(twice.unwrap() == [&*text, &text].concat(), "{coding}");
        let many = coded(&[coding]).decode(&encode(b"").repeat(2000), LIMIT);
        assert!(matches!(many, Err(Undecoded::Broken(..))), "{coding} {many:?}");
    }
    let skipped = [&b"\x50\x2A\x4D\x18\x03\0\0\0abc"[..], &zstd(&text)].concat();
    assert!(coded(&[Coding::Zstd]).decode(&skipped, LIMIT).unwrap() == text);
    let cut = coded(&[Coding::Zstd]).decode(b"\x50\x2A\x4D\x18\xFF\xFF\xFF\xFFabc", LIMIT);
    assert!(matches!(cut, Err(Undecoded::Broken(..))), "{cut:?}");
}

#[test]
fn a_flipped_bit_is_noticed_or_changes_what_has_no_sum_only() {
    let text = orders(50);
    for (coding, encode) in ALL {
        let stream = encode(&text);
        for at in 0..stream.len() {
            let mut wrong = stream.clone();
            wrong[at] ^= 0x10;
            let decoded = coded(&[coding]).decode(&wrong, LIMIT);
            let summed = [Coding::Gzip, Coding::Zstd].contains(&coding);
            if let Ok(decoded) = decoded
                && summed
            {
                assert!(decoded == text, "{coding} {at}");
            }
        }
    }
}

#[test]
fn several_codings_come_off_in_turn() {
    let text = orders(1000);
    let stream = brotli(&gzip(&zstd(&text)));
    let written = coded(&[Coding::Zstd, Coding::Gzip, Coding::Brotli]);
    assert!(written.decode(&stream, LIMIT).unwrap() == text);
    let wrong = coded(&[Coding::Brotli, Coding::Gzip]).decode(&stream, LIMIT);
    assert!(matches!(wrong, Err(Undecoded::Broken(Coding::Gzip, _))), "{wrong:?}");
}

#[test]
fn what_grows_out_of_proportion_is_refused() {
    let zeros = vec![b' '; 4 << 20];
    for (coding, encode) in ALL {
        let stream = encode(&zeros);
        assert!(stream.len() < zeros.len() / RATIO, "{coding} {}", stream.len());
        let bomb = coded(&[coding]).decode(&stream, LIMIT);
        assert!(matches!(bomb, Err(Undecoded::Ratio)), "{coding} {bomb:?}");
        // So much is free.
        let small = encode(&zeros[..FREE]);
        assert_eq!(coded(&[coding]).decode(&small, LIMIT).unwrap().len(), FREE, "{coding}");
    }
    // A bomb within another is one of the whole.
    let twice = gzip(&gzip(&zeros));
    let bomb = coded(&[Coding::Gzip, Coding::Gzip]).decode(&twice, LIMIT);
    assert!(matches!(bomb, Err(Undecoded::Ratio)), "{bomb:?}");
    // A window that is larger than a stream over HTTP may have is not made.
    let window = b"\x28\xB5\x2F\xFD\x00\x80\x01\x00\x00";
    let wide = coded(&[Coding::Zstd]).decode(window, LIMIT);
    assert!(matches!(wide, Err(Undecoded::Broken(..))), "{wide:?}");
}

#[test]
fn names_are_of_any_case() {
    assert_eq!(Coding::named("X-GZip"), Some(Coding::Gzip));
    assert_eq!(Coding::named("BR"), Some(Coding::Brotli));
    for unknown in ["compress", "", "gzip2", "dcb"] {
        assert_eq!(Coding::named(unknown), None, "{unknown}");
    }
}

#[test]
fn charsets_become_utf8() {
    let text = "{\"name\":\"Zoë €\"}";
    let utf16 = |big: bool, mark: &str| {
        let units = mark.encode_utf16().chain(text.encode_utf16());
        let bytes = units.flat_map(|u| if big { u.to_be_bytes() } else { u.to_le_bytes() });
        bytes.collect::<Vec<u8>>()
    };
    let utf8 = [&b"\xEF\xBB\xBF"[..], text.as_bytes()].concat();
    for (label, bytes, expected) in [
        ("UTF-8", text.as_bytes().to_vec(), text),
        ("utf8", utf8, text),
        ("utf-16le", utf16(false, ""), text),
        ("utf-16be", utf16(true, ""), text),
        ("utf-16le", utf16(false, "\u{feff}"), text),
        ("utf-16", utf16(false, "\u{feff}"), text),
        ("utf-16", utf16(true, "\u{feff}"), text),
        ("utf-16", utf16(false, ""), text),
        ("utf-16", utf16(true, ""), text),
        ("windows-1252", b"Zo\xEB \x80".to_vec(), "Zoë €"),
        ("iso-8859-1", b"Zo\xEB \x80".to_vec(), "Zoë \u{80}"),
        ("iso-8859-15", b"Zo\xEB \xA4".to_vec(), "Zoë €"),
        ("Shift_JIS", b"\x93\xFA".to_vec(), "日"),
        ("us-ascii", b"Zo".to_vec(), "Zo"),
    ] {
        let charset = Charset::named(label).unwrap();
        let written = Written { codings: Vec::new(), charset };
        let decoded = written.decode(&bytes, LIMIT).unwrap();
        assert_eq!(std::str::from_utf8(&decoded).unwrap(), expected, "{label}");
        let small = written.decode(&bytes, expected.len() - 1);
        let plain = matches!(charset, Charset::Utf8 | Charset::Ascii);
        assert_eq!(matches!(small, Err(Undecoded::TooLarge(_))), !plain, "{label} {small:?}");
        let coded = Written { codings: vec![Coding::Gzip], charset };
        assert_eq!(coded.decode(&gzip(&bytes), LIMIT).unwrap(), decoded, "{label}");
    }
}

#[test]
fn what_is_no_character_is_an_error_with_its_place() {
    for (label, bytes, at) in [
        ("us-ascii", &b"ab\xEB"[..], 2),
        ("utf-16le", b"a\0\0\xD8b\0", 2),
        ("utf-16", b"\xFE\xFF\0a\xDC\0", 4),
        ("utf-16le", b"a\0b", 2),
        ("shift_jis", b"a\x93", 1),
        ("windows-1253", b"a\xAA", 1),
    ] {
        let written = Written { codings: Vec::new(), charset: Charset::named(label).unwrap() };
        let wrong = written.decode(bytes, LIMIT);
        let found = matches!(wrong, Err(Undecoded::Charset(_, found)) if found == at);
        assert!(found, "{label} {wrong:?}");
    }
    for unknown in ["utf-32", "utf-7", "x-user-defined", "iso-2022-kr", "iso-2022-jp", "", "ebcdic"]
    {
        assert_eq!(Charset::named(unknown), None, "{unknown}");
    }
}

#[test]
fn a_mark_alone_is_neither_a_document_nor_nothing() {
    assert_eq!(plain(b"\xEF\xBB\xBF{}"), b"{}");
    assert_eq!(plain(b"\xEF\xBB\xBF"), b"\xEF\xBB\xBF");
    assert_eq!(plain(b"{}"), b"{}");
}

/// Whatever comes, there is an end, and not too much before it.
#[test]
fn damaged_streams_end_within_bounds() {
    let text = orders(2_000);
    let mut seed = 0x9E37_79B9_7F4A_7C15_u64;
    let mut next = |below: usize| {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        usize::try_from(seed % u64::try_from(below).unwrap()).unwrap()
    };
    for (coding, encode) in ALL {
        let stream = encode(&text);
        for _ in 0..300 {
            let mut damaged = stream.clone();
            for _ in 0..=next(4) {
                let at = next(damaged.len());
                match next(3) {
                    0 => damaged[at] = u8::try_from(next(256)).unwrap(),
                    1 => drop(damaged.splice(at..damaged.len().min(at + next(64)), [])),
                    _ => damaged.insert(at, u8::try_from(next(256)).unwrap()),
                }
            }
            if let Ok(decoded) = coded(&[coding]).decode(&damaged, 1 << 18) {
                assert!(decoded.len() <= 1 << 18, "{coding}");
            }
        }
    }
}

#[test]
fn decoding_takes_so_much_room() {
    let of = |codings: &[Coding], charset| Written { codings: codings.to_vec(), charset };
    let (utf8, latin1) = (Charset::Utf8, Charset::Latin1);
    assert_eq!(of(&[], utf8).room(100, LIMIT), 0);
    assert_eq!(of(&[], latin1).room(100, LIMIT), 300);
    assert_eq!(of(&[], latin1).room(LIMIT, LIMIT), LIMIT);
    assert_eq!(of(&[Coding::Gzip], utf8).room(100, LIMIT), FREE);
    assert_eq!(of(&[Coding::Gzip], utf8).room(LIMIT, LIMIT), LIMIT);
    assert_eq!(of(&[Coding::Gzip], latin1).room(100, LIMIT), 2 * FREE);
    assert_eq!(of(&[Coding::Gzip; 3], utf8).room(LIMIT, LIMIT), 2 * LIMIT);
}
