//! PutObject, GetObject, HeadObject, DeleteObject.

use super::{Bench, noise};

const HELLO: &str = "\"5d41402abc4b2a76b9719d911017c592\"";

#[tokio::test]
async fn an_object_comes_back_as_it_was_put() {
    for bench in Bench::both() {
        let headers = [
            ("content-type", "text/plain"),
            ("cache-control", "no-store"),
            ("content-encoding", "aws-chunked,gzip"),
            ("x-amz-meta-who", "me"),
            ("x-amz-tagging", "a=1&b=2"),
        ];
        let put = bench.check("PUT /bucket/key", &headers, "hello", 200, "").await;
        assert_eq!(put.header("etag"), HELLO);
        for line in ["GET /bucket/key", "HEAD /bucket/key?versionId=null"] {
            let got = bench.check(line, &[], "", 200, "").await;
            for (name, value) in [
                ("etag", HELLO),
                ("content-type", "text/plain"),
                ("cache-control", "no-store"),
                ("content-encoding", "gzip"),
                ("content-length", "5"),
                ("accept-ranges", "bytes"),
                ("x-amz-meta-who", "me"),
                ("x-amz-tagging-count", "2"),
                ("last-modified", "Fri, 20 Nov 2026 12:00:00 GMT"),
            ] {
                assert_eq!(got.header(name), value, "{line} {name}");
            }
            assert_eq!(got.text(), if line.starts_with("GET") { "hello" } else { "" });
        }
        bench.check("DELETE /bucket/key", &[], "", 204, "").await;
        bench.check("DELETE /bucket/key", &[], "", 204, "").await;
        bench.check("GET /bucket/key", &[], "", 404, "NoSuchKey").await;
        assert_eq!(bench.check("HEAD /bucket/key", &[], "", 404, "").await.text(), "");
        bench.check("GET /other/key", &[], "", 404, "NoSuchBucket").await;
    }
}

#[tokio::test]
async fn bodies_of_every_size_come_back_whole_and_in_ranges() {
    for bench in Bench::both() {
        for size in [0, 1, 4096, 4097, 262_143, 262_144, 262_145, 1_000_000] {
            let body = noise(size, 7);
            assert_eq!(bench.ask("PUT /bucket/key", &[], body.clone()).await.status, 200);
            let got = bench.ask("GET /bucket/key", &[], "").await;
            assert_eq!((got.status.as_u16(), &got.body), (200, &body), "{size}");
            if size > 2 {
                let middle =
                    bench.ask("GET /bucket/key", &[("range", &format!("bytes=1-{}", size - 2))], "").await;
                assert_eq!(middle.status, 206);
                assert_eq!(middle.header("content-range"), format!("bytes 1-{}/{size}", size - 2));
                assert_eq!(middle.body, body.slice(1..size - 1));
            }
        }
    }
}
