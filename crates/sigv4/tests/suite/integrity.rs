//! What comes out of a decoder, and when: nothing is ever complete before it is proved.

use brigade_sigv4::{ChecksumAlgorithm, ContentSha256, DecodeError, Decoder};
use bytes::Bytes;
use proptest::prelude::*;
use sha2::{Digest, Sha256};

use crate::framing::{Signer, run};

fn sha256(data: &[u8]) -> [u8; 32] {
    Sha256::digest(data).into()
}

/// `data` as unsigned aws-chunked, in chunks of `size`, with a CRC32.
fn framed(data: &[u8], size: usize, trailer: &str) -> Vec<u8> {
    let mut body = Vec::new();
    for chunk in data.chunks(size) {
        body.extend(format!("{:x}\r\n", chunk.len()).into_bytes());
        body.extend(chunk);
        body.extend(b"\r\n");
    }
    body.extend(format!("0\r\nx-amz-checksum-crc32:{trailer}\r\n\r\n").into_bytes());
    body
}

fn crc32(data: &[u8]) -> String {
    let mut checksum = brigade_sigv4::Checksum::new(ChecksumAlgorithm::Crc32);
    checksum.update(data);
    checksum.finish()
}

#[test]
fn r_sig_04_a_body_is_checked_against_its_hash() {
    let data = vec![7; 100_000];
    let mut bent = data.clone();
    *bent.last_mut().unwrap() ^= 1;
    for length in [None, Some(100_000)] {
        for size in [1_000, 65_536, 100_000] {
            let decoder = || Decoder::hashed(sha256(&data), length);
            assert_eq!(decoder().output_length(), length);
            assert_eq!(run(decoder(), data.chunks(size)), (data.clone(), Ok(None)));
            let (out, result) = run(decoder(), bent.chunks(size));
            assert_eq!(result, Err(DecodeError::PayloadHash));
            assert!(out.len() < data.len());
        }
    }
    assert_eq!(run(Decoder::hashed(sha256(b""), Some(0)), []), (Vec::new(), Ok(None)));
    assert_eq!(run(Decoder::hashed(sha256(b""), None), [&b""[..]]), (Vec::new(), Ok(None)));
}

#[test]
fn r_sig_04_a_body_of_another_length_is_refused() {
    let hash = sha256(b"123456789");
    let short = DecodeError::TooShort { declared: 10, found: 9 };
    assert_eq!(run(Decoder::hashed(hash, Some(10)), [&b"123456789"[..]]).1, Err(short));
    let long = DecodeError::TooLong { declared: 8 };
    assert_eq!(run(Decoder::hashed(hash, Some(8)), [&b"123456789"[..]]), (Vec::new(), Err(long)));
}

#[test]
fn r_int_02_a_body_that_stops_short_never_completes() {
    let data = vec![7; 5_000];
    let body = framed(&data, 1_000, &crc32(&data));
    for end in 0..body.len() {
        let (out, result) =
            run(Decoder::unsigned_trailer(5_000, Some(ChecksumAlgorithm::Crc32)), body[..end].chunks(300));
        assert_eq!(result, Err(DecodeError::Unfinished));
        assert!(out.len() < data.len());
    }
}

/// "Bad chunk signature detected after bytes already reached the backend": here the last piece of a
/// chunk waits for its signature, and the rest cannot complete the object.
#[test]
fn bytes_of_the_last_piece_wait_for_their_signature() {
    let signer = Signer::new();
    let data = vec![7; 40_000];
    let mut body = signer.body(&[&data]);
    let at = body.len() - 100;
    assert_eq!(&body[at - 2..at], &[7, 7], "the flip is in the chunk's data");
    body[at - 1] ^= 1;
    let mut decoder = Decoder::signed(signer.context, 40_000);
    let mut out = Vec::new();
    let mut result = Ok(());
    for piece in body.chunks(8_192) {
        result = decoder.push(Bytes::copy_from_slice(piece), &mut out);
        if result.is_err() {
            break;
        }
    }
    assert_eq!(result, Err(DecodeError::ChunkSignature));
    let sent: usize = out.iter().map(Bytes::len).sum();
    assert!(sent < 40_000 && sent > 0, "{sent} bytes streamed before the refusal");
}

#[test]
fn large_pieces_are_passed_on_without_a_copy() {
    let data = vec![7; 100_000];
    let body = Bytes::from(framed(&data, 50_000, &crc32(&data)));
    let inside = body.as_ptr_range();
    let mut decoder = Decoder::unsigned_trailer(100_000, Some(ChecksumAlgorithm::Crc32));
    let mut out = Vec::new();
    decoder.push(body, &mut out).unwrap();
    decoder.finish(&mut out).unwrap();
    assert_eq!(out.len(), 2);
    assert!(out.iter().all(|frame| inside.contains(&frame.as_ptr())));
}

#[test]
fn a_reframed_body_is_what_a_store_reads() {
    for length in [0, 1, 15, 16, 4_096, 65_535, 65_536, 65_537, 131_072, 200_000] {
        let data: Vec<u8> = (0..length).map(|n| u8::try_from(n % 251).unwrap()).collect();
        let body = framed(&data, 10_000, &crc32(&data));
        let trailer = Some(ChecksumAlgorithm::Crc32);
        let decoder = Decoder::unsigned_trailer(length as u64, trailer).reframed();
        assert_eq!(decoder.output_trailer(), trailer);
        let announced = decoder.output_length().unwrap();
        let (out, result) = run(decoder, body.chunks(7_000));
        assert_eq!(result.unwrap().unwrap().value, crc32(&data));
        assert_eq!(out.len() as u64, announced, "{length}");
        assert_eq!(out, framed(&data, 65_536, &crc32(&data)), "{length}");
    }
}

#[test]
fn a_signed_body_is_reframed_with_a_checksum_of_its_own() {
    let signer = Signer::new();
    let decoder = Decoder::signed(signer.context.clone(), 9).reframed();
    assert_eq!(decoder.output_trailer(), Some(ChecksumAlgorithm::Crc32));
    let (out, result) = run(decoder, [&signer.body(&[b"1234", b"56789"])[..]]);
    assert!(result.is_ok());
    assert_eq!(out, b"9\r\n123456789\r\n0\r\nx-amz-checksum-crc32:y/Q5Jg==\r\n\r\n");
    let hashed = Decoder::hashed(sha256(b"123456789"), Some(9)).reframed();
    assert_eq!(run(hashed, [&b"123456789"[..]]).0, out);
    let endless = Decoder::hashed(sha256(b"123456789"), None).reframed();
    assert_eq!((endless.output_trailer(), endless.output_length()), (None, None));
    assert_eq!(run(endless, [&b"123456789"[..]]).0, b"123456789");
}

#[test]
fn a_reframed_body_that_is_refused_has_no_final_chunk() {
    let data = vec![7; 200_000];
    let body = framed(&data, 10_000, "AAAAAA==");
    let decoder = Decoder::unsigned_trailer(200_000, Some(ChecksumAlgorithm::Crc32)).reframed();
    let announced = decoder.output_length().unwrap();
    let (out, result) = run(decoder, body.chunks(7_000));
    assert_eq!(result, Err(DecodeError::Checksum(ChecksumAlgorithm::Crc32)));
    assert!((out.len() as u64) < announced && !out.ends_with(b"\r\n0\r\n"));
}

#[test]
fn a_decoder_that_finished_takes_nothing_more() {
    let mut decoder = Decoder::hashed(sha256(b"abc"), None);
    let mut out = Vec::new();
    decoder.push(Bytes::from_static(b"abc"), &mut out).unwrap();
    decoder.finish(&mut out).unwrap();
    assert_eq!(decoder.finish(&mut out), Ok(None));
    assert_eq!(out.concat(), b"abc");
    assert_eq!(decoder.push(Bytes::from_static(b"d"), &mut out), Err(DecodeError::TrailingBytes));
}

#[test]
fn nothing_of_a_decoder_shows_a_secret() {
    let signer = Signer::new();
    let decoder = Decoder::signed(signer.context.clone(), 9);
    let shown = format!("{decoder:?} {:?}", signer.context);
    assert!(!shown.contains("wJalr") && shown.contains("20130524/us-east-1/s3/aws4_request"), "{shown}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn any_cut_of_any_body_decodes_to_the_same(
        data in prop::collection::vec(any::<u8>(), 0..3_000),
        size in 1_usize..1_000,
        cut in 1_usize..1_000,
        signed in any::<bool>(),
    ) {
        let signer = Signer::new();
        let chunks: Vec<&[u8]> = data.chunks(size).collect();
        let length = data.len() as u64;
        let (body, decoder) = if signed {
            (signer.body(&chunks), Decoder::signed(signer.context, length))
        } else {
            let body = framed(&data, size, &crc32(&data));
            (body, Decoder::unsigned_trailer(length, Some(ChecksumAlgorithm::Crc32)))
        };
        let (out, result) = run(decoder, body.chunks(cut));
        prop_assert!(result.is_ok());
        prop_assert_eq!(out, data);
    }

    #[test]
    fn any_payload_hash_is_read_back(hash in any::<[u8; 32]>()) {
        let payload = ContentSha256::Hash(hash);
        prop_assert_eq!(ContentSha256::parse(&payload.header_value()), Some(payload));
    }
}
