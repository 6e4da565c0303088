//! What a request declares of its body is held against it, and a false body changes nothing.

use super::{Bench, NOW, noise, read, request, time};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use brigade_sigv4::{Checksum, ChecksumAlgorithm};
use bytes::Bytes;
use http_body::Frame;
use md5::{Digest as _, Md5};
use std::collections::VecDeque;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

fn sum(algorithm: ChecksumAlgorithm, bytes: &[u8]) -> String {
    let mut checksum = Checksum::new(algorithm);
    checksum.update(bytes);
    checksum.finish()
}

fn sha256_hex(bytes: &[u8]) -> String {
    hex::encode(STANDARD.decode(sum(ChecksumAlgorithm::Sha256, bytes)).unwrap())
}

/// A body that comes in these pieces.
struct Pieces(VecDeque<io::Result<Frame<Bytes>>>);

impl http_body::Body for Pieces {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        Poll::Ready(self.0.pop_front())
    }
}

async fn check_old_stays(bench: &Bench) {
    assert_eq!(bench.ask("GET /bucket/key", &[], "").await.text(), "old");
}

#[tokio::test]
async fn r_sig_04_a_body_that_is_not_what_was_signed_leaves_the_old_object() {
    for bench in Bench::both() {
        bench.check("PUT /bucket/key", &[], "old", 200, "").await;
        for size in [1, 4096, 5_000_000] {
            let signed = noise(size, 1);
            let mut sent = signed.to_vec();
            *sent.last_mut().unwrap() ^= 1;
            let headers = [("x-amz-content-sha256", sha256_hex(&signed))];
            let headers = headers.each_ref().map(|(name, value)| (*name, value.as_str()));
            let answer = bench.ask("PUT /bucket/key", &headers, sent).await;
            assert_eq!((answer.status.as_u16(), answer.code().as_str()), (400, "XAmzContentSHA256Mismatch"));
            check_old_stays(&bench).await;
            assert_eq!(bench.ask("PUT /bucket/new", &headers, signed).await.status, 200);
        }
    }
}

#[tokio::test]
async fn r_int_01_digests_and_checksums_are_verified() {
    for bench in Bench::both() {
        bench.check("PUT /bucket/key", &[], "old", 200, "").await;
        let body = noise(10_000, 3);
        let check = async |name: &str, value: &str, status: u16, code: &str| {
            let answer = bench.ask("PUT /bucket/key", &[(name, value)], body.clone()).await;
            assert_eq!((answer.status.as_u16(), answer.code().as_str()), (status, code), "{name}: {value}");
            answer
        };
        check("content-md5", &STANDARD.encode(Md5::digest(b"x")), 400, "BadDigest").await;
        check("content-md5", "nonsense", 400, "InvalidDigest").await;
        check("x-amz-checksum-crc32", "nonsense", 400, "InvalidRequest").await;
        check("x-amz-sdk-checksum-algorithm", "MD2", 400, "InvalidRequest").await;
        check("x-amz-content-sha256", "nonsense", 400, "InvalidArgument").await;
        for algorithm in ChecksumAlgorithm::ALL {
            check(algorithm.header(), &sum(algorithm, b"x"), 400, "BadDigest").await;
            check_old_stays(&bench).await;
        }
        check("content-md5", &STANDARD.encode(Md5::digest(&body)), 200, "").await;
        for algorithm in ChecksumAlgorithm::ALL {
            let value = sum(algorithm, &body);
            let put = check(algorithm.header(), &value, 200, "").await;
            assert_eq!(put.header(algorithm.header()), value);
            let head = bench.ask("HEAD /bucket/key", &[("x-amz-checksum-mode", "ENABLED")], "").await;
            assert_eq!(head.header(algorithm.header()), value);
            assert_eq!(head.header("x-amz-checksum-type"), "FULL_OBJECT");
            let plain = bench.ask("HEAD /bucket/key", &[], "").await;
            assert_eq!(plain.header(algorithm.header()), "");
        }
        let two =
            [("x-amz-checksum-crc32", "AAAAAA=="), ("x-amz-checksum-sha1", "2jmj7l5rSw0yVb/vlWAYkK/YBwk=")];
        bench.check("PUT /bucket/key", &two, "", 400, "InvalidRequest").await;
    }
}

/// An aws-chunked body of two chunks, then this trailer.
fn chunked(body: &[u8], trailer: &str) -> Bytes {
    let (first, second) = body.split_at(body.len() / 3);
    let mut framed = Vec::new();
    for chunk in [first, second, &[]] {
        framed.extend_from_slice(format!("{:x}\r\n", chunk.len()).as_bytes());
        framed.extend_from_slice(chunk);
        if !chunk.is_empty() {
            framed.extend_from_slice(b"\r\n");
        }
    }
    framed.extend_from_slice(trailer.as_bytes());
    framed.extend_from_slice(b"\r\n");
    framed.into()
}

#[tokio::test]
async fn r_str_06_an_unsigned_trailer_is_verified_and_its_framing_never_stored() {
    for bench in Bench::both() {
        bench.check("PUT /bucket/key", &[], "old", 200, "").await;
        let body = noise(700_000, 9);
        let length = body.len().to_string();
        for algorithm in ChecksumAlgorithm::ALL {
            let header = algorithm.header();
            let good = format!("{header}:{}\r\n", sum(algorithm, &body));
            let bad = format!("{header}:{}\r\n", sum(algorithm, b"x"));
            let mut cut = chunked(&body, &good).to_vec();
            cut.truncate(cut.len() - 100);
            for (framed, length, status, code) in [
                (chunked(&body, &bad), length.as_str(), 400, "BadDigest"),
                (chunked(&body, ""), &length, 400, "MalformedTrailerError"),
                (chunked(&body, &format!("{good}x-amz-meta-a:b\r\n")), &length, 400, "MalformedTrailerError"),
                (chunked(&body, &good), "699999", 400, "IncompleteBody"),
                (chunked(&body, &good), "700001", 400, "IncompleteBody"),
                (cut.into(), &length, 400, "IncompleteBody"),
                (body.clone(), &length, 400, "IncompleteBody"),
                (chunked(&body, &good), &length, 200, ""),
            ] {
                let headers = [
                    ("x-amz-content-sha256", "STREAMING-UNSIGNED-PAYLOAD-TRAILER"),
                    ("content-encoding", "aws-chunked"),
                    ("x-amz-trailer", header),
                    ("x-amz-decoded-content-length", length),
                ];
                let target = if status == 200 { "PUT /bucket/good" } else { "PUT /bucket/key" };
                let answer = bench.ask(target, &headers, framed).await;
                assert_eq!((answer.status.as_u16(), answer.code().as_str()), (status, code), "{algorithm}");
                check_old_stays(&bench).await;
            }
            let got = bench.ask("GET /bucket/good", &[("x-amz-checksum-mode", "ENABLED")], "").await;
            assert_eq!(got.body, body);
            assert_eq!(
                (got.header("content-encoding"), got.header(header)),
                ("", sum(algorithm, &body).as_str())
            );
        }
        let headers = [("x-amz-content-sha256", "STREAMING-UNSIGNED-PAYLOAD-TRAILER")];
        bench.check("PUT /bucket/key", &headers, "", 411, "MissingContentLength").await;
    }
}

#[tokio::test]
async fn r_int_02_an_upload_that_breaks_off_stores_nothing_and_replaces_nothing() {
    for bench in Bench::both() {
        bench.check("PUT /bucket/key", &[], "old", 200, "").await;
        for sent in [1, 4_000, 300_000, 2_000_000] {
            let pieces =
                [Ok(Frame::data(noise(sent, 5))), Err(io::Error::from(io::ErrorKind::ConnectionReset))];
            let body = Pieces(pieces.into_iter().collect());
            let answer = read(
                bench.store.handle(request("PUT /bucket/key", &[]).body(body).unwrap(), time(NOW)).await,
            )
            .await;
            assert_eq!((answer.status.as_u16(), answer.code().as_str()), (400, "IncompleteBody"));

            let short = Pieces([Ok(Frame::data(noise(sent, 5)))].into());
            let length = (sent + 1).to_string();
            let asked = request("PUT /bucket/key", &[("content-length", &length)]).body(short).unwrap();
            let answer = read(bench.store.handle(asked, time(NOW)).await).await;
            assert_eq!((answer.status.as_u16(), answer.code().as_str()), (400, "IncompleteBody"));
            check_old_stays(&bench).await;
        }
        if bench.directory.is_some() {
            assert_eq!(bench.files(), 0, "nothing is left of them");
        }
    }
}

#[tokio::test]
async fn a_body_of_tiny_frames_is_kept_whole() {
    for bench in Bench::both() {
        let bytes = noise(20_000, 4);
        let frames = bytes.chunks(7).map(|chunk| Ok(Frame::data(Bytes::copy_from_slice(chunk))));
        let body = Pieces(frames.collect());
        let asked = request("PUT /bucket/key", &[]).body(body).unwrap();
        assert_eq!(bench.store.handle(asked, time(NOW)).await.status(), 200);
        assert_eq!(bench.ask("GET /bucket/key", &[], "").await.body, bytes);
    }
}
