//! R-RNG: parts of objects.

use brigade_testkit::{Ask, World, keys};

use super::check::{case, served_by};

#[tokio::test]
async fn r_rng_01_a_range_is_honest_whatever_is_asked() {
    let world = World::embedded().await;
    let data = "0123456789";
    let put = Ask::new("PUT", "/private/ten").body(data).sign(&keys::full());
    served_by(&world, [case("put", "200", put)]).await;
    let many = format!("bytes={}", vec!["0-0"; 2000].join(","));
    for (range, expect) in [
        ("bytes=0-0", "206 0 0-0"),
        ("bytes=0-9", "206 0123456789 0-9"),
        ("bytes=9-", "206 9 9-9"),
        ("bytes=-1", "206 9 9-9"),
        ("bytes=-100", "206 0123456789 0-9"),
        ("bytes=5-100", "206 56789 5-9"),
        ("bytes=5-99999999999999999999", "206 56789 5-9"),
        ("bytes=10-", "416"),
        ("bytes=10-20", "416"),
        ("bytes=99999999999999999999-", "416"),
        ("bytes=-0", "416"),
        ("bytes=5-4", "any"),
        ("bytes=", "any"),
        ("bytes=-", "any"),
        ("bytes=a-b", "any"),
        ("bytes=0x0-0x1", "any"),
        ("bytes=0-1,3-4", "any"),
        ("bytes=0-0,0-0,0-0", "any"),
        ("bits=0-1", "any"),
        ("0-1", "any"),
        ("bytes 0-1", "any"),
        ("bytes=--1", "any"),
        ("bytes=0-1;2-3", "any"),
        (&many, "any"),
    ] {
        let ask = Ask::new("GET", "/private/ten").header("range", range).sign(&keys::full());
        let answer = served_by(&world, [case(range, "200 | 206 | 400 | 416", ask)]).await.remove(0);
        let content_range = answer.header("content-range").to_owned();
        if answer.status >= 400 {
            assert!(expect == "any" || expect == answer.status.to_string(), "{range}: {}", answer.verdict());
            continue;
        }
        assert_eq!(answer.header("content-length"), answer.text().len().to_string(), "{range}");
        assert!(data.contains(answer.text()), "{range}: {}", answer.text());
        if answer.status == 200 {
            assert_eq!(answer.text(), data, "{range}");
        } else {
            let (bounds, total) = content_range.strip_prefix("bytes ").unwrap().split_once('/').unwrap();
            let (from, to) = bounds.split_once('-').unwrap();
            let (from, to): (usize, usize) = (from.parse().unwrap(), to.parse().unwrap());
            assert_eq!((total, &data[from..=to]), ("10", answer.text()), "{range}");
        }
        if expect != "any" {
            let got = format!(
                "{} {} {}",
                answer.status,
                answer.text(),
                content_range.replace("bytes ", "").replace("/10", "")
            );
            assert_eq!(got, expect, "{range}");
        }
    }
}

#[tokio::test]
async fn r_rng_01_a_stored_encoding_is_passed_through() {
    let world = World::embedded().await;
    let bytes = b"\x1f\x8b\x08not really gzip".to_vec();
    let put = Ask::new("PUT", "/private/z")
        .body(bytes.clone())
        .header("content-encoding", "gzip")
        .sign(&keys::full());
    served_by(&world, [case("put", "200", put)]).await;
    for accepts in ["gzip", "identity", "br", "", "*;q=0"] {
        let get = Ask::new("GET", "/private/z").header("accept-encoding", accepts).sign(&keys::full());
        let answer = served_by(&world, [case(accepts, "200", get)]).await.remove(0);
        assert_eq!(
            (answer.body.to_vec(), answer.header("content-encoding")),
            (bytes.clone(), "gzip"),
            "{accepts}"
        );
    }
}

#[tokio::test]
async fn head_answers_as_get_does_without_the_bytes() {
    let world = World::embedded().await;
    for range in [None, Some("bytes=0-3"), Some("bytes=100000-")] {
        let ask = |method: &str| {
            let ask = Ask::new(method, "/public/public.txt");
            match range {
                Some(range) => ask.header("range", range),
                None => ask,
            }
        };
        let get = served_by(&world, [case("get", "200 | 206 | 416", ask("GET"))]).await.remove(0);
        let head = served_by(&world, [case("head", "200 | 206 | 416", ask("HEAD"))]).await.remove(0);
        assert_eq!(get.status, head.status);
        assert!(head.body.is_empty());
        if get.status < 400 {
            assert_eq!(get.headers, head.headers, "{range:?}");
        }
    }
}
