//! The worked examples of the S3 API reference, with their published signatures: "Authenticating Requests:
//! Using the Authorization Header", "Using Query Parameters", "Transferring Payload in Multiple Chunks"
//! and its page on trailing headers.

use brigade_sigv4::{ChecksumAlgorithm, DecodeError, Decoder, Trailer};
use bytes::Bytes;
use http::Request;
use http::request::Parts;

use crate::draft::{EMPTY, KEY_ID, NOW, verify, verify_at};

const VIRTUAL: &str = "examplebucket.s3.amazonaws.com";
const DATE: (&str, &str) = ("x-amz-date", "20130524T000000Z");

type Headers<'a> = &'a [(&'a str, &'a str)];

fn request(method: &str, target: &str, headers: Headers<'_>, signature: &str) -> Parts {
    let mut names: Vec<&str> = headers.iter().map(|(name, _)| *name).collect();
    names.sort_unstable();
    let authorization = format!(
        "AWS4-HMAC-SHA256 Credential={KEY_ID}/20130524/us-east-1/s3/aws4_request,SignedHeaders={},Signature={signature}",
        names.join(";")
    );
    let mut builder = Request::builder().method(method).uri(target).header("authorization", authorization);
    for (name, value) in headers {
        builder = builder.header(*name, *value);
    }
    builder.body(()).unwrap().into_parts().0
}

#[test]
fn the_header_examples_verify() {
    let put_hash = "44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072";
    let empty = ("x-amz-content-sha256", EMPTY);
    let host = ("host", VIRTUAL);
    let table: [(&str, &str, Headers<'_>, &str); 4] = [
        (
            "GET",
            "/test.txt",
            &[host, ("range", "bytes=0-9"), empty, DATE],
            "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41",
        ),
        (
            "PUT",
            "/test$file.text",
            &[
                ("date", "Fri, 24 May 2013 00:00:00 GMT"),
                host,
                ("x-amz-content-sha256", put_hash),
                DATE,
                ("x-amz-storage-class", "REDUCED_REDUNDANCY"),
            ],
            "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd",
        ),
        (
            "GET",
            "/?lifecycle",
            &[host, empty, DATE],
            "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543",
        ),
        (
            "GET",
            "/?max-keys=2&prefix=J",
            &[host, empty, DATE],
            "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7",
        ),
    ];
    for (method, target, headers, signature) in table {
        let verified = verify(&request(method, target, headers, signature));
        assert_eq!(verified.map(|it| it.key_id().to_owned()), Ok(KEY_ID.to_owned()), "{method} {target}");
    }
}

#[test]
fn the_presigned_example_verifies_until_it_expires() {
    let target = "/test.txt?X-Amz-Algorithm=AWS4-HMAC-SHA256\
                  &X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request\
                  &X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host\
                  &X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404";
    let parts = Request::get(target).header("host", VIRTUAL).body(()).unwrap().into_parts().0;
    assert!(verify_at(&parts, NOW).unwrap().is_presigned());
    assert!(verify_at(&parts, NOW + 86_400).is_ok());
    assert!(verify_at(&parts, NOW + 86_401).is_err());
}

const STREAMED: [(&str, &str); 5] = [
    ("content-encoding", "aws-chunked"),
    ("host", "s3.amazonaws.com"),
    DATE,
    ("x-amz-decoded-content-length", "66560"),
    ("x-amz-storage-class", "REDUCED_REDUNDANCY"),
];

fn streamed(more: &[(&str, &str)], seed: &str) -> Parts {
    let headers = [&STREAMED, more].concat();
    request("PUT", "/examplebucket/chunkObject.txt", &headers, seed)
}

/// 66,560 bytes of `a` in chunks of 65,536 and 1,024, then `rest`.
fn chunks(first: &str, second: &str, rest: &str) -> Vec<u8> {
    format!(
        "10000;chunk-signature={first}\r\n{}\r\n400;chunk-signature={second}\r\n{}\r\n{rest}",
        "a".repeat(65_536),
        "a".repeat(1_024)
    )
    .into_bytes()
}

fn decode(mut decoder: Decoder, body: &[u8]) -> Result<(Vec<u8>, Option<Trailer>), DecodeError> {
    let mut out = Vec::new();
    for piece in body.chunks(1_000) {
        decoder.push(Bytes::copy_from_slice(piece), &mut out)?;
    }
    let trailer = decoder.finish(&mut out)?;
    Ok((out.concat(), trailer))
}

#[test]
fn the_chunked_upload_example_verifies() {
    let parts = streamed(
        &[("content-length", "66824"), ("x-amz-content-sha256", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD")],
        "4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9",
    );
    let body = chunks(
        "ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648",
        "0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497",
        "0;chunk-signature=b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9\r\n\r\n",
    );
    assert_eq!(body.len(), 66_824);
    let decoder = Decoder::signed(verify(&parts).unwrap().chunks(), 66_560);
    assert_eq!(decode(decoder, &body), Ok(("a".repeat(66_560).into_bytes(), None)));
}

#[test]
fn the_trailer_example_verifies() {
    let parts = streamed(
        &[
            ("x-amz-content-sha256", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER"),
            ("x-amz-trailer", "x-amz-checksum-crc32c"),
        ],
        "106e2a8a18243abcf37539882f36619c00e2dfc72633413f02d3b74544bfeb8e",
    );
    let context = verify(&parts).unwrap().chunks();
    // As the page prints it, and as minio-go sends it.
    for eol in ["\r\n", "\n\r\n"] {
        let body = chunks(
            "b474d8862b1487a5145d686f57f013e54db672cee1c953b3010fb58501ef5aa2",
            "1c1344b170168f8e65b41376b44b20fe354e373826ccbbe2c1d40a8cae51e5c7",
            &format!(
                "0;chunk-signature=2ca2aba2005185cf7159c6277faf83795951dd77a3a99e6e65d5c9f85863f992\r\n\
                 x-amz-checksum-crc32c:sOO8/Q=={eol}\
                 x-amz-trailer-signature:d81f82fc3505edab99d459891051a732e8730629a2e4a59689829ca17fe2e435\r\n\r\n"
            ),
        );
        let decoder = Decoder::signed_trailer(context.clone(), 66_560, ChecksumAlgorithm::Crc32c);
        let (plain, trailer) = decode(decoder, &body).unwrap();
        assert_eq!(plain, "a".repeat(66_560).into_bytes());
        assert_eq!(trailer.map(|it| it.value).as_deref(), Some("sOO8/Q=="));
    }
}
