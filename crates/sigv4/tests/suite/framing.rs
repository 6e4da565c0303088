//! R-STR: aws-chunked, unsigned and signed.

use brigade_sigv4::{ChecksumAlgorithm, ChunkContext, DecodeError, Decoder, Trailer};
use bytes::Bytes;
use sha2::{Digest, Sha256};

use crate::draft::{Draft, hex, hmac, verify};

/// What a decoder gave, and what it ended with.
pub(crate) type Outcome = (Vec<u8>, Result<Option<Trailer>, DecodeError>);

pub(crate) fn run<'a>(mut decoder: Decoder, pieces: impl IntoIterator<Item = &'a [u8]>) -> Outcome {
    let verdict = decoder.verdict();
    let mut out = Vec::new();
    let mut pushed = Ok(());
    for piece in pieces {
        pushed = decoder.push(Bytes::copy_from_slice(piece), &mut out);
        if pushed.is_err() {
            break;
        }
    }
    let result = pushed.and_then(|()| decoder.finish(&mut out));
    assert_eq!(verdict.error(), result.as_ref().err(), "the verdict is the error");
    if let Err(error) = &result {
        let before = out.len();
        assert_eq!(decoder.push(Bytes::from_static(b"0\r\n\r\n"), &mut out).as_ref(), Err(error));
        assert_eq!(decoder.finish(&mut out).as_ref(), Err(error));
        assert_eq!(out.len(), before, "nothing comes after an error");
    }
    assert!(out.iter().all(|frame| !frame.is_empty()), "no empty frame");
    (out.concat(), result)
}

/// Runs a body whole, byte by byte and cut in two at every place: the verdict is always the same, and
/// what came out of a refused body is never the whole of `plain`.
#[track_caller]
fn every_split(decoder: impl Fn() -> Decoder, body: &[u8], plain: &[u8]) -> Outcome {
    let whole = run(decoder(), [body]);
    let mut others = vec![run(decoder(), body.chunks(1)), run(decoder(), body.chunks(3))];
    others.extend((0..=body.len()).map(|at| run(decoder(), <[&[u8]; 2]>::from(body.split_at(at)))));
    for other in &others {
        assert_eq!(other.1, whole.1);
        match &other.1 {
            Ok(_) => assert_eq!(other.0, whole.0),
            Err(_) => {
                assert!(plain.starts_with(&other.0) && (other.0.len() < plain.len() || plain.is_empty()))
            }
        }
    }
    whole
}

const CRC32: Option<ChecksumAlgorithm> = Some(ChecksumAlgorithm::Crc32);

#[track_caller]
fn unsigned(body: &str, length: u64, trailer: Option<ChecksumAlgorithm>, expect: Result<&str, DecodeError>) {
    let plain = if let Ok(plain) = &expect { plain } else { "123456789" };
    let (out, result) =
        every_split(|| Decoder::unsigned_trailer(length, trailer), body.as_bytes(), plain.as_bytes());
    match expect {
        Ok(plain) => {
            let result = result.unwrap_or_else(|error| panic!("{body:?}: {error}"));
            assert_eq!((out, result.map(|it| it.algorithm)), (plain.as_bytes().to_vec(), trailer));
        }
        Err(error) => assert_eq!(result, Err(error), "{body:?}"),
    }
}

#[test]
fn every_clients_unsigned_framing_is_read() {
    let nine = Ok("123456789");
    // botocore, aws-sdk-js, the C++ SDK and the CRT
    unsigned("9\r\n123456789\r\n0\r\nx-amz-checksum-crc32:y/Q5Jg==\r\n\r\n", 9, CRC32, nine.clone());
    // minio-go
    unsigned("9\r\n123456789\r\n0\r\nx-amz-checksum-crc32:y/Q5Jg==\n\r\n\r\n", 9, CRC32, nine.clone());
    // several chunks; capitals; leading zeros; spaces around the value
    unsigned(
        "4\r\n1234\r\n5\r\n56789\r\n0\r\nX-Amz-Checksum-Crc32: y/Q5Jg== \r\n\r\n",
        9,
        CRC32,
        nine.clone(),
    );
    unsigned(
        "0000000000000009\r\n123456789\r\n00\r\nx-amz-checksum-crc32:y/Q5Jg==\r\n\r\n",
        9,
        CRC32,
        nine.clone(),
    );
    unsigned("A\r\n1\n\r\n0\r\n\r\n9\r\n0\r\n\r\n", 10, None, Ok("1\n\r\n0\r\n\r\n9"));
    unsigned("9\r\n123456789\r\n0\r\n\r\n", 9, None, nine);
    unsigned("0\r\n\r\n", 0, None, Ok(""));
    unsigned("0\r\nx-amz-checksum-crc32:AAAAAA==\r\n\r\n", 0, CRC32, Ok(""));
    for algorithm in ChecksumAlgorithm::ALL {
        let value = made(algorithm, b"123456789");
        let body = format!("9\r\n123456789\r\n0\r\n{}:{value}\r\n\r\n", algorithm.header());
        let (out, result) = run(Decoder::unsigned_trailer(9, Some(algorithm)), [body.as_bytes()]);
        assert_eq!((out, result), (b"123456789".to_vec(), Ok(Some(Trailer { algorithm, value }))));
    }
}

fn made(algorithm: ChecksumAlgorithm, data: &[u8]) -> String {
    let mut checksum = brigade_sigv4::Checksum::new(algorithm);
    checksum.update(data);
    checksum.finish()
}

#[test]
fn r_str_04_malformed_framing_is_refused() {
    let header = DecodeError::ChunkHeader { signed: false };
    let table = [
        ("\r\n", header.clone()),
        ("g\r\n", header.clone()),
        ("-1\r\n", header.clone()),
        ("+9\r\n123456789\r\n0\r\n\r\n", header.clone()),
        ("0x9\r\n123456789\r\n0\r\n\r\n", header.clone()),
        (" 9\r\n123456789\r\n0\r\n\r\n", header.clone()),
        ("9 \r\n123456789\r\n0\r\n\r\n", header.clone()),
        ("9\n123456789\r\n0\r\n\r\n", header.clone()),
        ("9\r\r\n123456789\r\n0\r\n\r\n", header.clone()),
        ("9;\r\n123456789\r\n0\r\n\r\n", header.clone()),
        ("9;name=value\r\n123456789\r\n0\r\n\r\n", header.clone()),
        ("9;chunk-signature=00\r\n123456789\r\n0\r\n\r\n", header.clone()),
        ("00000000000000009\r\n123456789\r\n0\r\n\r\n", header.clone()),
        ("10000000000000000\r\n", header),
        ("ffffffffffffffff\r\n123456789", DecodeError::TooLong { declared: 9 }),
        ("9\r\n123456789X\r\n0\r\n\r\n", DecodeError::ChunkEnd),
        ("9\r\n123456789\n0\r\n\r\n", DecodeError::ChunkEnd),
        ("9\r\n1234567890\r\n\r\n", DecodeError::ChunkEnd),
        ("9\r\n123456789\r\n0\r\n\r\nX", DecodeError::TrailingBytes),
        ("9\r\n123456789\r\n0\r\n\r\n0\r\n\r\n", DecodeError::TrailingBytes),
        ("9\r\n123456789\r\n0\r\n\r\n\r\n", DecodeError::TrailingBytes),
    ];
    for (body, error) in table {
        unsigned(body, 9, None, Err(error));
    }
}

#[test]
fn r_str_04_only_the_zero_chunk_ends_a_body() {
    let body = "9\r\n123456789\r\n0\r\nx-amz-checksum-crc32:y/Q5Jg==\r\n\r\n";
    for end in 0..body.len() {
        unsigned(&body[..end], 9, CRC32, Err(DecodeError::Unfinished));
    }
}

#[test]
fn r_str_05_the_decoded_length_must_be_the_declared_one() {
    let body = "4\r\n1234\r\n5\r\n56789\r\n0\r\n\r\n";
    unsigned(body, 10, None, Err(DecodeError::TooShort { declared: 10, found: 9 }));
    unsigned(body, u64::MAX, None, Err(DecodeError::TooShort { declared: u64::MAX, found: 9 }));
    for declared in [0, 3, 8] {
        let (out, result) = run(Decoder::unsigned_trailer(declared, None), [body.as_bytes()]);
        assert_eq!(result, Err(DecodeError::TooLong { declared }));
        assert!(out.is_empty());
    }
}

#[test]
fn r_str_06_trailers_must_be_declared_right_and_single() {
    let malformed = DecodeError::MalformedTrailer;
    let undeclared = DecodeError::UndeclaredTrailer;
    let table = [
        ("x-amz-checksum-crc32:AAAAAA==\r\n", DecodeError::Checksum(ChecksumAlgorithm::Crc32)),
        ("", DecodeError::MissingTrailer(ChecksumAlgorithm::Crc32)),
        ("x-amz-checksum-crc32:\r\n", malformed.clone()),
        ("x-amz-checksum-crc32:y/Q5Jg\r\n", malformed.clone()),
        ("x-amz-checksum-crc32:y/Q5Jg==x\r\n", malformed.clone()),
        ("x-amz-checksum-crc32\r\n", malformed.clone()),
        ("x-amz-checksum-crc32:y/Q5Jg==\r\nx-amz-checksum-crc32:y/Q5Jg==\r\n", malformed.clone()),
        ("x-amz-checksum-crc32:y/Q5Jg==\nx-amz-checksum-crc32:y/Q5Jg==\r\n", malformed.clone()),
        ("x-amz-trailer-signature:0\r\n", malformed.clone()),
        ("x-amz-checksum-crc32:y/Q5Jg==\r\nx-amz-trailer-signature:0\r\n", malformed.clone()),
        ("\u{1}:\r\n", undeclared.clone()),
        (":y/Q5Jg==\r\n", undeclared.clone()),
        ("x-amz-checksum-crc32 :y/Q5Jg==\r\n", undeclared.clone()),
        (" x-amz-checksum-crc32:y/Q5Jg==\r\n", undeclared.clone()),
        ("x-amz-checksum-crc32c:4waSgw==\r\n", undeclared.clone()),
        ("x-amz-meta-a:1\r\n", undeclared.clone()),
        ("x-amz-acl:public-read\r\n", undeclared.clone()),
        ("x-amz-checksum-crc32:y/Q5Jg==\r\ncontent-type:text/html\r\n", undeclared),
        ("\n", malformed),
    ];
    for (trailer, error) in table {
        unsigned(&format!("9\r\n123456789\r\n0\r\n{trailer}\r\n"), 9, CRC32, Err(error));
    }
    let undeclared = "9\r\n123456789\r\n0\r\nx-amz-checksum-crc32:y/Q5Jg==\r\n\r\n";
    unsigned(undeclared, 9, None, Err(DecodeError::UndeclaredTrailer));
    let not_text = b"9\r\n123456789\r\n0\r\nx-amz-checksum-crc32:\xff\xfe\r\n\r\n";
    let (_, result) = every_split(|| Decoder::unsigned_trailer(9, CRC32), not_text, b"123456789");
    assert_eq!(result, Err(DecodeError::MalformedTrailer));
}

#[test]
fn r_str_07_lines_are_bounded_also_when_they_never_end() {
    for (body, error) in [
        ("0".repeat(10_000), DecodeError::LineTooLong),
        (format!("9\r\n123456789\r\n0\r\n{}", "x".repeat(10_000)), DecodeError::LineTooLong),
        (
            format!("9\r\n123456789\r\n0\r\nx-amz-checksum-crc32:{}\r\n", "A".repeat(10_000)),
            DecodeError::LineTooLong,
        ),
        ("9\r\n123456789".to_owned() + &"\r".repeat(10_000), DecodeError::ChunkEnd),
    ] {
        let (out, result) = run(Decoder::unsigned_trailer(9, CRC32), body.as_bytes().chunks(7));
        assert_eq!(result, Err(error));
        assert!(out.is_empty());
    }
}

#[test]
fn r_str_07_a_flood_of_tiny_chunks_comes_out_in_few_frames() {
    let length = 200_000;
    let mut body = "1\r\nx\r\n".repeat(length).into_bytes();
    body.extend(b"0\r\n\r\n");
    let mut decoder = Decoder::unsigned_trailer(length as u64, None);
    let mut out = Vec::new();
    for piece in body.chunks(64 * 1024) {
        decoder.push(Bytes::copy_from_slice(piece), &mut out).unwrap();
    }
    decoder.finish(&mut out).unwrap();
    assert!(out.len() <= length / 8_000, "{} frames", out.len());
    assert_eq!(out.concat(), "x".repeat(length).into_bytes());
}

/// An upload whose chunks are signed by the tests' own signer.
pub(crate) struct Signer {
    draft: Draft,
    pub(crate) context: ChunkContext,
}

impl Signer {
    pub(crate) fn new() -> Self {
        let payload = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER";
        let mut draft = Draft::get("/bucket/key").set("x-amz-content-sha256", payload);
        draft.method = "PUT";
        payload.clone_into(&mut draft.payload);
        let context = verify(&draft.in_header()).unwrap().chunks();
        Self { draft, context }
    }

    fn link(&self, kind: &str, previous: &str, rest: &str) -> String {
        let text = format!("{kind}\n{}\n{}\n{previous}\n{rest}", self.draft.at, self.draft.scope);
        hex(&hmac(&self.draft.signing_key(), text.as_bytes()))
    }

    /// The chunks with their headers, the zero chunk's header last, and the last signature.
    pub(crate) fn chunks(&self, chunks: &[&[u8]]) -> (Vec<Vec<u8>>, String) {
        let mut previous = self.draft.signature("");
        let mut framed = Vec::new();
        for chunk in chunks.iter().copied().chain([&b""[..]]) {
            let hashes = format!("{}\n{}", hex(&Sha256::digest(b"")), hex(&Sha256::digest(chunk)));
            previous = self.link("AWS4-HMAC-SHA256-PAYLOAD", &previous, &hashes);
            let mut frame = format!("{:x};chunk-signature={previous}\r\n", chunk.len()).into_bytes();
            frame.extend(chunk);
            if !chunk.is_empty() {
                frame.extend(b"\r\n");
            }
            framed.push(frame);
        }
        (framed, previous)
    }

    pub(crate) fn body(&self, chunks: &[&[u8]]) -> Vec<u8> {
        [self.chunks(chunks).0.concat(), b"\r\n".to_vec()].concat()
    }

    pub(crate) fn trailer(&self, last: &str, trailer: &str, eol: &str) -> Vec<u8> {
        let signature =
            self.link("AWS4-HMAC-SHA256-TRAILER", last, &hex(&Sha256::digest(format!("{trailer}\n"))));
        format!("{trailer}{eol}x-amz-trailer-signature:{signature}\r\n\r\n").into_bytes()
    }
}

#[test]
fn signed_chunks_are_read_however_they_are_cut() {
    let signer = Signer::new();
    let cases: [&[&[u8]]; 3] = [&[], &[b"123456789"], &[b"1", b"234", b"56789"]];
    for chunks in cases {
        let plain = chunks.concat();
        let body = signer.body(chunks);
        let length = plain.len() as u64;
        let outcome = every_split(|| Decoder::signed(signer.context.clone(), length), &body, &plain);
        assert_eq!(outcome, (plain, Ok(None)));
    }
}

#[test]
fn signed_trailers_are_read_however_they_are_cut() {
    let signer = Signer::new();
    let (chunks, last) = signer.chunks(&[b"1234", b"56789"]);
    // aws-sdk-rust's line end, and minio-go's
    for eol in ["\r\n", "\n\r\n"] {
        let trailer = signer.trailer(&last, "x-amz-checksum-crc32:y/Q5Jg==", eol);
        let body = [chunks.concat(), trailer].concat();
        let decoder = || Decoder::signed_trailer(signer.context.clone(), 9, ChecksumAlgorithm::Crc32);
        let (out, result) = every_split(decoder, &body, b"123456789");
        assert_eq!(out, b"123456789");
        assert_eq!(
            result,
            Ok(Some(Trailer { algorithm: ChecksumAlgorithm::Crc32, value: "y/Q5Jg==".to_owned() }))
        );
    }
}

#[test]
fn r_str_03_damaged_dropped_swapped_repeated_and_inserted_chunks_are_refused() {
    let signer = Signer::new();
    let (frames, _) = signer.chunks(&[b"aaaa", b"bbbb", b"cccc"]);
    let [a, b, c, zero] = &frames[..] else { panic!() };
    let end = b"\r\n".to_vec();
    let damaged = [&a[..a.len() - 3], b"x\r\n"].concat();
    let bare = b"4\r\naaaa\r\n".to_vec();
    let wrong = DecodeError::ChunkSignature;
    let table: [(&str, Vec<&Vec<u8>>, DecodeError); 10] = [
        ("damaged", vec![&damaged, b, c, zero, &end], wrong.clone()),
        ("first dropped", vec![b, c, zero, &end], wrong.clone()),
        ("middle dropped", vec![a, c, zero, &end], wrong.clone()),
        ("last dropped", vec![a, b, zero, &end], wrong.clone()),
        ("swapped", vec![b, a, c, zero, &end], wrong.clone()),
        ("repeated", vec![a, a, b, c, zero, &end], wrong.clone()),
        ("zero first", vec![zero, &end], wrong),
        ("no zero chunk", vec![a, b, c], DecodeError::Unfinished),
        ("no end", vec![a, b, c, zero], DecodeError::Unfinished),
        ("unsigned", vec![&bare, b, c, zero, &end], DecodeError::ChunkHeader { signed: true }),
    ];
    for (what, parts, error) in table {
        let body = parts.into_iter().flatten().copied().collect::<Vec<u8>>();
        let decoder = || Decoder::signed(signer.context.clone(), 12);
        let plain = if what == "damaged" { b"aaaxbbbbcccc" } else { b"aaaabbbbcccc" };
        let whole = run(decoder(), [&body[..]]);
        assert_eq!(whole.1, Err(error.clone()), "{what}");
        for at in 0..=body.len() {
            let (out, result) = run(decoder(), <[&[u8]; 2]>::from(body.split_at(at)));
            assert_eq!(result, Err(error.clone()), "{what} at {at}");
            assert!(out.len() < plain.len(), "{what} at {at}");
        }
    }
}

#[test]
fn r_str_03_every_bit_of_a_signed_body_is_checked() {
    let signer = Signer::new();
    let (chunks, last) = signer.chunks(&[b"1234", b"56789"]);
    let trailer = signer.trailer(&last, "x-amz-checksum-crc32:y/Q5Jg==", "\r\n");
    let body = [chunks.concat(), trailer].concat();
    let decoder = || Decoder::signed_trailer(signer.context.clone(), 9, ChecksumAlgorithm::Crc32);
    for at in 0..body.len() {
        for flip in [1, 0x20, 0x80] {
            let mut bent = body.clone();
            bent[at] ^= flip;
            // The case of a trailer's name means nothing.
            if bent.eq_ignore_ascii_case(&body) && bent[at].is_ascii_alphabetic() && in_name(&body, at) {
                continue;
            }
            let (out, result) = run(decoder(), [&bent[..]]);
            assert!(result.is_err(), "byte {at} flipped by {flip}: {:?}", String::from_utf8_lossy(&bent));
            assert!(out.len() < 9);
        }
    }
}

/// Whether a byte stands in the name of a trailer line.
fn in_name(body: &[u8], at: usize) -> bool {
    let trailers = body.windows(6).position(|it| it == b"x-amz-").unwrap();
    let line = body[..at].iter().rposition(|it| *it == b'\n').map_or(0, |it| it + 1);
    line >= trailers && !body[line..at].contains(&b':')
}

#[test]
fn r_str_03_a_chunk_signature_must_be_64_lower_case_digits() {
    let signer = Signer::new();
    let body = String::from_utf8(signer.body(&[b"123456789"])).unwrap();
    let start = body.find('=').unwrap() + 1;
    let signature = &body[start..start + 64];
    for (with, error) in [
        (signature.to_uppercase(), DecodeError::ChunkSignature),
        (signature[..63].to_owned(), DecodeError::ChunkSignature),
        (format!("{signature}0"), DecodeError::ChunkSignature),
        (String::new(), DecodeError::ChunkSignature),
        (format!("{signature};more=1"), DecodeError::ChunkSignature),
        ("0".repeat(64), DecodeError::ChunkSignature),
        ("0".repeat(2_000), DecodeError::LineTooLong),
    ] {
        let bent = body.replacen(signature, &with, 1);
        assert_eq!(run(Decoder::signed(signer.context.clone(), 9), [bent.as_bytes()]).1, Err(error));
    }
}

#[test]
fn r_str_06_a_signed_trailer_without_its_signature_is_refused() {
    let signer = Signer::new();
    let (chunks, last) = signer.chunks(&[b"123456789"]);
    let right = String::from_utf8(signer.trailer(&last, "x-amz-checksum-crc32:y/Q5Jg==", "\r\n")).unwrap();
    let wrong_sum =
        String::from_utf8(signer.trailer(&last, "x-amz-checksum-crc32:AAAAAA==", "\r\n")).unwrap();
    let signature = right.split_once("signature:").unwrap().1.trim_end().to_owned();
    let table = [
        ("x-amz-checksum-crc32:y/Q5Jg==\r\n\r\n".to_owned(), DecodeError::TrailerSignature),
        (right.replacen("y/Q5Jg==", "AAAAAA==", 1), DecodeError::TrailerSignature),
        (right.replace(&signature, &"0".repeat(64)), DecodeError::TrailerSignature),
        (right.replace(&signature, ""), DecodeError::TrailerSignature),
        (wrong_sum, DecodeError::Checksum(ChecksumAlgorithm::Crc32)),
        (format!("x-amz-trailer-signature:{signature}\r\n\r\n"), DecodeError::MalformedTrailer),
        // A bare LF ends a line only with CR LF after it.
        (right.replacen("==\r\n", "==\n", 1), DecodeError::MalformedTrailer),
        ("\r\n".to_owned(), DecodeError::MissingTrailer(ChecksumAlgorithm::Crc32)),
        (right.replace("\r\n\r\n", "\r\nx-amz-meta-a:1\r\n\r\n"), DecodeError::MalformedTrailer),
        (format!("{right}\r\n"), DecodeError::TrailingBytes),
    ];
    for (trailer, error) in table {
        let body = [chunks.concat(), trailer.clone().into_bytes()].concat();
        let decoder = || Decoder::signed_trailer(signer.context.clone(), 9, ChecksumAlgorithm::Crc32);
        let (_, result) = every_split(decoder, &body, b"123456789");
        assert_eq!(result, Err(error), "{trailer:?}");
    }
}
