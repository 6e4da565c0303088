//! The aws-chunked decoder against a slow one that reads the whole body at once.
//!
//! Input: a mode byte (bits 0–1: unsigned, unsigned with trailer, signed, signed with trailer; bit 2:
//! reframe; bit 3: forge signatures), a declared length, a cut, then the body. Where bit 3 is set, every
//! signature in the body is replaced by the right one, so that the fuzzer gets past them.
#![no_main]

use brigade_fuzz::{AT, KEY_ID, NOW, REGION, SCOPE, SECRET, hex, hmac, sha256_hex, signature, signing_key};
use brigade_sigv4::{
    Checksum, ChecksumAlgorithm, ChunkContext, Decoder, Presented, SecretKey, SigningKeys, Timestamp, Wire,
};
use bytes::Bytes;
use http::Request;
use libfuzzer_sys::fuzz_target;

const ALGORITHM: ChecksumAlgorithm = ChecksumAlgorithm::Crc32;
const NAME: &str = "x-amz-checksum-crc32";

fuzz_target!(|data: &[u8]| {
    let [mode, declared, cut, body @ ..] = data else { return };
    let (signed, trailer) = (mode & 2 != 0, mode & 1 != 0);
    let (context, seed) = context();
    let body = if signed && mode & 8 != 0 { forge(body, &seed) } else { body.to_vec() };
    let declared = u64::from(*declared);

    let mut decoder = match (signed, trailer) {
        (false, _) => Decoder::unsigned_trailer(declared, trailer.then_some(ALGORITHM)),
        (true, false) => Decoder::signed(context, declared),
        (true, true) => Decoder::signed_trailer(context, declared, ALGORITHM),
    };
    if mode & 4 != 0 {
        decoder = decoder.reframed();
    }
    let announced = decoder.output_length().unwrap();
    let mut out = Vec::new();
    let mut result = Ok(());
    for piece in body.chunks(usize::from(*cut).max(1)) {
        result = decoder.push(Bytes::copy_from_slice(piece), &mut out);
        if result.is_err() {
            break;
        }
    }
    let result = result.and_then(|()| decoder.finish(&mut out));
    assert_eq!(decoder.verdict().error(), result.as_ref().err());
    let out: Vec<u8> = out.concat();

    let expect = reference(&body, declared, signed, trailer, &seed);
    match (result, expect) {
        (Ok(_), Some(plain)) => {
            assert_eq!(out.len() as u64, announced);
            if mode & 4 == 0 {
                assert_eq!(out, plain);
            } else {
                assert_eq!(reference(&out, declared, false, true, &seed), Some(plain));
            }
        }
        // Never complete: a store that was told `announced` bytes holds no object.
        (Err(_), None) => assert!(announced == 0 || (out.len() as u64) < announced),
        (ours, theirs) => panic!("{ours:?} but {theirs:?} for {:?}", String::from_utf8_lossy(&body)),
    }
});

/// The whole body at once: what it decodes to, or `None`.
fn reference(body: &[u8], declared: u64, signed: bool, trailer: bool, seed: &str) -> Option<Vec<u8>> {
    let mut rest = body;
    let mut plain = Vec::new();
    let mut previous = seed.to_owned();
    loop {
        let line = line(&mut rest)?.strip_suffix("\r")?.to_owned();
        let (size, given) = match (signed, line.split_once(";chunk-signature=")) {
            (true, Some((size, given))) => (size, given),
            (false, None) => (&*line, ""),
            _ => return None,
        };
        if size.is_empty() || size.len() > 16 || !size.bytes().all(|digit| digit.is_ascii_hexdigit()) {
            return None;
        }
        let size = usize::try_from(u64::from_str_radix(size, 16).ok()?).ok()?;
        let data = rest.get(..size)?;
        rest = &rest[size..];
        if signed {
            previous = link(&previous, data);
            if previous != given {
                return None;
            }
        }
        plain.extend(data);
        if size == 0 {
            break;
        }
        rest = rest.strip_prefix(b"\r\n")?;
    }
    if trailer {
        let (name, value) = trailer_line(&mut rest)?;
        let mut checksum = Checksum::new(ALGORITHM);
        checksum.update(&plain);
        if !name.eq_ignore_ascii_case(NAME) || value != checksum.finish() {
            return None;
        }
        if signed {
            let (name, given) = trailer_line(&mut rest)?;
            let right = trailer_link(&previous, &format!("{NAME}:{value}\n"));
            if !name.eq_ignore_ascii_case("x-amz-trailer-signature") || given != right {
                return None;
            }
        }
    }
    (rest == b"\r\n" && plain.len() as u64 == declared).then_some(plain)
}

/// The text before the next LF, when it is short and text.
fn line(rest: &mut &[u8]) -> Option<String> {
    let end = rest.iter().take(512).position(|byte| *byte == b'\n')?;
    let text = str::from_utf8(&rest[..end]).ok()?.to_owned();
    *rest = &rest[end + 1..];
    Some(text)
}

/// `name:value`, ended by CR LF or by LF CR LF.
fn trailer_line(rest: &mut &[u8]) -> Option<(String, String)> {
    let text = line(rest)?;
    let text = match text.strip_suffix('\r') {
        Some(text) => text.to_owned(),
        None => {
            *rest = rest.strip_prefix(b"\r\n")?;
            text
        }
    };
    let (name, value) = text.split_once(':')?;
    Some((name.to_owned(), value.trim_matches(' ').to_owned()))
}

fn link(previous: &str, data: &[u8]) -> String {
    let (empty, hash) = (sha256_hex(b""), sha256_hex(data));
    let text = format!("AWS4-HMAC-SHA256-PAYLOAD\n{AT}\n{SCOPE}\n{previous}\n{empty}\n{hash}");
    hex(&hmac(&signing_key(), text.as_bytes()))
}

fn trailer_link(previous: &str, section: &str) -> String {
    let text =
        format!("AWS4-HMAC-SHA256-TRAILER\n{AT}\n{SCOPE}\n{previous}\n{}", sha256_hex(section.as_bytes()));
    hex(&hmac(&signing_key(), text.as_bytes()))
}

/// Puts right signatures after every `chunk-signature=` and `x-amz-trailer-signature:`, as far as the
/// body can be read, and keeps all else as it is.
fn forge(body: &[u8], seed: &str) -> Vec<u8> {
    let mut rest = body;
    let mut out = Vec::new();
    let mut previous = seed.to_owned();
    let mut section = String::new();
    let mut chunks = true;
    while let Some(end) = rest.iter().position(|byte| *byte == b'\n') {
        let Ok(text) = str::from_utf8(&rest[..end]) else { break };
        let after = &rest[end + 1..];
        if chunks {
            let Some((size, _)) = text.split_once(";chunk-signature=") else { break };
            let Ok(length) = usize::from_str_radix(size, 16) else { break };
            let Some(data) = after.get(..length) else { break };
            previous = link(&previous, data);
            out.extend(format!("{size};chunk-signature={previous}\r\n").into_bytes());
            out.extend(data);
            rest = &after[length..];
            chunks = length > 0;
            if let (true, Some(next)) = (chunks, rest.strip_prefix(b"\r\n")) {
                out.extend(b"\r\n");
                rest = next;
            }
        } else {
            if let Some((name, _)) =
                text.split_once(':').filter(|(name, _)| *name == "x-amz-trailer-signature")
            {
                out.extend(format!("{name}:{}\r\n", trailer_link(&previous, &section)).into_bytes());
            } else {
                let trimmed = text.trim_end_matches('\r');
                if let Some((name, value)) = trimmed.split_once(':') {
                    section = format!("{}:{}\n", name.to_ascii_lowercase(), value.trim_matches(' '));
                }
                out.extend(&rest[..=end]);
            }
            rest = after;
        }
    }
    out.extend(rest);
    out
}

/// A context as a gateway gets it: from a verified request. And its seed.
fn context() -> (ChunkContext, String) {
    let payload = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER";
    let names = "host;x-amz-content-sha256;x-amz-date";
    let canonical =
        format!("PUT\n/key\n\nhost:h\nx-amz-content-sha256:{payload}\nx-amz-date:{AT}\n\n{names}\n{payload}");
    let seed = signature(canonical.as_bytes());
    let authorization =
        format!("AWS4-HMAC-SHA256 Credential={KEY_ID}/{SCOPE}, SignedHeaders={names}, Signature={seed}");
    let (head, ()) = Request::put("/key")
        .header("host", "h")
        .header("x-amz-content-sha256", payload)
        .header("x-amz-date", AT)
        .header("authorization", authorization)
        .body(())
        .unwrap()
        .into_parts();
    let wire = Wire::from(&head);
    let presented = Presented::read(&wire).unwrap().unwrap();
    let (now, keys) = (Timestamp::from_unix(NOW), SigningKeys::default());
    let verified = presented.verify(&wire, &SecretKey::new(SECRET), REGION, now, &keys).unwrap();
    (verified.chunks(), seed)
}
