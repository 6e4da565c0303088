//! Upload forms: the reader in pieces against one that sees the whole body, and what becomes of a form that is signed.
//!
//! Input: the size of the pieces, a byte of padding for the file (in units of 16 KiB, so that some are streamed), then the body,
//! whose boundary is `b`. The form counts as signed, whatever it says, so that the fuzzer gets to its policy.
#![no_main]

use brigade_fuzz::{AT, KEY_ID, NOW, REGION, SCOPE, SECRET, signature};
use brigade_s3::{
    Addressing, Boundary, FormError, FormReader, Operation, PostFile, PostForm, PostRequest, S3Request,
};
use brigade_sigv4::{Presented, SecretKey, SigningKeys, Timestamp, Verified, Wire};
use bytes::Bytes;
use http::{Request, request};
use libfuzzer_sys::fuzz_target;

const DELIMITER: &[u8] = b"\r\n--b";
const CONTENT_TYPE: &str = "multipart/form-data; boundary=b";
const LIMIT: usize = 20 * 1024;

fuzz_target!(|data: &[u8]| {
    let [cut, padding, body @ ..] = data else { return };
    let cut = usize::from(*cut).max(1);
    let mut body = body.to_vec();
    let first = read(body.chunks(cut));
    let expect = reference(&body);
    let (form, before) = match (first, expect) {
        (Ok((form, rest)), Some((fields, before))) => {
            let found: Vec<_> = form.iter().map(|(n, v)| (n.to_owned(), v.len())).collect();
            // The values themselves may have the file's name put in.
            let names = |all: &[(String, usize)]| all.iter().map(|(n, _)| n.clone()).collect::<Vec<_>>();
            assert_eq!(names(&found), names(&fields));
            assert_eq!(form.before(), before as u64);
            assert_eq!(rest, body[before..]);
            (form, before)
        }
        (Err(error), expect) => {
            assert_eq!(read([body.as_slice()]).err(), Some(error.clone()), "the cuts made a difference");
            // Names put in, a form may be too large that was not before.
            assert!(expect.is_none() || error == FormError::TooLarge);
            return;
        }
        (Ok(_), None) => panic!("{:?} is no form", String::from_utf8_lossy(&body)),
    };
    let padding = vec![b'p'; usize::from(*padding) * 16 * 1024];
    body.splice(before..before, padding);
    upload(&form, &body, before, cut);
});

/// A form that is signed, in the hands of its policy; its file, if it gets so far, is the one that is there.
fn upload(form: &PostForm, body: &[u8], before: usize, cut: usize) {
    let (request, head) = request(body.len());
    let Ok(upload) = request.upload(form, Some(&verified()), &head, Timestamp::from_unix(NOW)) else {
        return;
    };
    assert_eq!(form.value("key"), Some(upload.key().as_str()));
    assert!(form.value("policy").is_some());
    if upload.request().is_err() {
        return;
    }
    let rest = &body[before..];
    let end = rest.windows(DELIMITER.len()).position(|window| window == DELIMITER);
    match upload.file() {
        PostFile::Whole { limit } => {
            assert!(rest.len() <= limit);
            if let Ok((_, file)) = upload.whole(&Bytes::copy_from_slice(rest)) {
                assert_eq!(Some(file.len()), end);
                assert_eq!(file, rest[..file.len()]);
            }
        }
        PostFile::Streamed(_, mut decoder) => {
            let announced = decoder.output_length().expect("a length");
            let mut out = Vec::new();
            let pushed = rest
                .chunks(cut * 1000)
                .try_for_each(|piece| decoder.push(Bytes::copy_from_slice(piece), &mut out))
                .and_then(|()| decoder.finish(&mut out));
            let out = out.concat();
            let ends = end.is_some_and(|end| rest[end..] == [DELIMITER, b"--\r\n"].concat());
            assert_eq!(pushed.is_ok(), ends);
            if ends {
                assert_eq!(out, rest[..end.unwrap()]);
            } else {
                assert!((out.len() as u64) < announced, "a store would hold a whole object");
            }
        }
    }
}

fn read<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> Result<(PostForm, Vec<u8>), FormError> {
    let mut reader = FormReader::new(&Boundary::of(CONTENT_TYPE).unwrap());
    let mut pieces = pieces.into_iter();
    while let Some(piece) = pieces.next() {
        if let Some((form, rest)) = reader.push(Bytes::copy_from_slice(piece))? {
            let mut rest = rest.to_vec();
            rest.extend(pieces.flatten());
            return Ok((form, rest));
        }
    }
    Err(reader.finish())
}

/// The whole body at once: names and lengths of its fields, and where its file begins; `None` for what is no form.
fn reference(body: &[u8]) -> Option<(Vec<(String, usize)>, usize)> {
    let mut fields: Vec<(String, usize)> = Vec::new();
    let mut at = [DELIMITER, &DELIMITER[2..]].iter().find(|start| body.starts_with(start))?.len();
    loop {
        while matches!(body.get(at), Some(b' ' | b'\t')) {
            at += 1;
        }
        at += body[at..].starts_with(b"\r\n").then_some(2)?;
        let end = find(&body[at..], b"\r\n\r\n")?;
        let name = name_of(&body[at..at + end])?;
        at += end + 4;
        if name.eq_ignore_ascii_case("file") {
            return (at <= LIMIT).then_some((fields, at));
        }
        if fields.iter().any(|(seen, _)| seen.eq_ignore_ascii_case(&name)) || fields.len() == 128 {
            return None;
        }
        let length = find(&body[at..], DELIMITER)?;
        str::from_utf8(&body[at..at + length]).ok()?;
        fields.push((name, length));
        at += length + DELIMITER.len();
    }
}

/// The name in a part's headers, by the reader's own account of a form with that part alone.
fn name_of(headers: &[u8]) -> Option<String> {
    let file = b"\r\n--b\r\nContent-Disposition: form-data; name=file\r\n\r\n";
    let alone = [b"--b\r\n", headers, b"\r\n\r\n", file].concat();
    if alone.len() > LIMIT {
        return None;
    }
    let (form, rest) = read([alone.as_slice()]).ok()?;
    // Where the part is the file itself, all of the second one is left.
    if rest == file { Some("file".to_owned()) } else { form.iter().next().map(|(name, _)| name.to_owned()) }
}

fn find(text: &[u8], what: &[u8]) -> Option<usize> {
    text.windows(what.len()).position(|window| window == what)
}

fn request(length: usize) -> (PostRequest, request::Parts) {
    let (head, ()) = Request::post("/demo")
        .header("host", "h")
        .header("content-type", CONTENT_TYPE)
        .header("content-length", length)
        .body(())
        .unwrap()
        .into_parts();
    let request = S3Request::parse(&head, &Addressing::default()).unwrap();
    let Ok(Operation::Post(request)) = request.operation else { panic!("a form is not taken for one") };
    (request, head)
}

/// Proof of a signature, as a gateway gets it.
fn verified() -> Verified {
    let names = "host;x-amz-content-sha256;x-amz-date";
    let canonical = format!(
        "GET\n/key\n\nhost:h\nx-amz-content-sha256:UNSIGNED-PAYLOAD\nx-amz-date:{AT}\n\n{names}\nUNSIGNED-PAYLOAD"
    );
    let signature = signature(canonical.as_bytes());
    let authorization =
        format!("AWS4-HMAC-SHA256 Credential={KEY_ID}/{SCOPE}, SignedHeaders={names}, Signature={signature}");
    let (head, ()) = Request::get("/key")
        .header("host", "h")
        .header("x-amz-content-sha256", "UNSIGNED-PAYLOAD")
        .header("x-amz-date", AT)
        .header("authorization", authorization)
        .body(())
        .unwrap()
        .into_parts();
    let wire = Wire::from(&head);
    let presented = Presented::read(&wire).unwrap().unwrap();
    let keys = SigningKeys::default();
    presented.verify(&wire, &SecretKey::new(SECRET), REGION, Timestamp::from_unix(NOW), &keys).unwrap()
}
