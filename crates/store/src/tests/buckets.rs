//! Buckets, and what every request meets.

use super::{Bench, NOW, noise, request, time};
use crate::Fault;
use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use std::fs;
use std::path::PathBuf;

#[tokio::test]
async fn buckets_are_made_told_and_removed() {
    for bench in Bench::both() {
        bench.check("PUT /other.bucket", &[], "", 200, "").await;
        bench.check("PUT /other.bucket", &[], "<CreateBucketConfiguration/>", 200, "").await;
        bench.check("PUT /third", &[], "<Other/>", 400, "MalformedXML").await;
        for name in ["Upper", "a", "a_b", "..", "192.168.0.1"] {
            bench.check(&format!("PUT /{name}"), &[], "", 400, "InvalidBucketName").await;
        }
        assert!(bench.store.create_bucket("..").is_err());
        assert!(bench.store.bucket_exists("other.bucket").unwrap());
        assert!(!bench.store.bucket_exists("third").unwrap());
        let all = bench.check("GET /", &[], "", 200, "").await;
        assert_eq!(all.elements("Name"), ["bucket", "other.bucket"]);
        assert_eq!(all.elements("CreationDate")[1], "2026-11-20T12:00:00.000Z");
        let page = bench.check("GET /?max-buckets=1", &[], "", 200, "").await;
        let token = page.element("ContinuationToken").unwrap();
        let page =
            bench.check(&format!("GET /?max-buckets=1&continuation-token={token}"), &[], "", 200, "").await;
        assert_eq!(
            (page.elements("Name"), page.element("ContinuationToken")),
            (vec!["other.bucket".to_owned()], None)
        );

        bench.check("HEAD /bucket", &[], "", 200, "").await;
        bench.check("GET /bucket?location", &[], "", 200, "").await;
        bench.check("GET /none?location", &[], "", 404, "NoSuchBucket").await;
        bench.check("PUT /bucket/key", &[], "hello", 200, "").await;
        bench.check("DELETE /bucket", &[], "", 409, "BucketNotEmpty").await;
        bench.check("DELETE /other.bucket", &[], "", 204, "").await;
        bench.check("DELETE /other.bucket", &[], "", 404, "NoSuchBucket").await;
        bench.check("PUT /other.bucket/key", &[], "hello", 404, "NoSuchBucket").await;
        bench.check("PUT /other.bucket", &[], "", 200, "").await;
        assert!(bench.ask("GET /other.bucket", &[], "").await.elements("Key").is_empty());
    }
}

#[tokio::test]
async fn r_err_01_errors_are_s3_documents_that_tell_nothing_of_the_machine() {
    let bench = Bench::directory();
    let answer = bench.check("GET /bucket/a%3Cb%26", &[], "", 404, "NoSuchKey").await;
    assert_eq!(answer.header("content-type"), "application/xml");
    assert_eq!(answer.element("Key").unwrap(), "a&lt;b&amp;");
    assert_eq!(answer.element("Resource").unwrap(), "/bucket/a%3Cb%26");

    bench.ask("PUT /bucket/key", &[], noise(10_000, 1)).await;
    bodies(&bench).into_iter().for_each(|file| fs::remove_file(file).unwrap());
    let asked = request("GET /bucket/key", &[]).body(Full::<Bytes>::default()).unwrap();
    let response = bench.store.handle(asked, time(NOW)).await;
    assert_eq!(response.status(), 500);
    assert!(response.extensions().get::<Fault>().is_some_and(|fault| !fault.0.is_empty()));
    let answer = super::read(response).await;
    assert_eq!(answer.code(), "InternalError");
    assert!(!answer.text().contains("os error") && !answer.text().contains("bodies"));
}

#[tokio::test]
async fn r_rel_01_a_body_cut_on_disk_is_an_error_and_never_a_short_answer() {
    let bench = Bench::directory();
    bench.ask("PUT /bucket/key", &[], noise(1_000_000, 1)).await;
    for file in bodies(&bench) {
        fs::File::options().write(true).open(file).unwrap().set_len(600_000).unwrap();
    }
    let asked = request("GET /bucket/key", &[]).body(Full::<Bytes>::default()).unwrap();
    let body = bench.store.handle(asked, time(NOW)).await.into_body();
    assert!(body.collect().await.is_err());
}

fn bodies(bench: &Bench) -> Vec<PathBuf> {
    let root = bench.directory.as_ref().unwrap().path().join("bodies");
    let folders = fs::read_dir(root).unwrap().map(|folder| folder.unwrap().path());
    folders.flat_map(|folder| fs::read_dir(folder).unwrap().map(|file| file.unwrap().path())).collect()
}
