//! ListObjects and ListObjectsV2: order, grouping, paging, and what a page touches.

use super::{Answer, Bench};

async fn put(bench: &Bench, keys: &[&str]) {
    for key in keys {
        let target = brigade_sigv4::percent_encode_path(key.as_bytes());
        assert_eq!(bench.ask(&format!("PUT /bucket/{target}"), &[], "").await.status, 200, "{key:?}");
    }
}

fn keys(answer: &Answer) -> Vec<String> {
    answer.elements("Key")
}

fn prefixes(answer: &Answer) -> Vec<String> {
    let parts = answer.elements("CommonPrefixes");
    parts.iter().map(|part| part.replace("<Prefix>", "").replace("</Prefix>", "")).collect()
}

#[tokio::test]
async fn keys_and_common_prefixes_are_what_s3_lists() {
    const KEYS: [&str; 9] = ["a", "a/", "a/1", "a/b/2", "b", "b-c/d", "c//d", "ca", "é/1"];
    for bench in Bench::both() {
        put(&bench, &KEYS).await;
        let check = async |query: &str, expect_keys: &[&str], expect_prefixes: &[&str], truncated: &str| {
            let line = format!("GET /bucket?{query}");
            let answer = bench.check(&line, &[], "", 200, "").await;
            assert_eq!(keys(&answer), expect_keys, "{line}");
            assert_eq!(prefixes(&answer), expect_prefixes, "{line}");
            assert_eq!(answer.element("IsTruncated").unwrap(), truncated, "{line}");
            answer
        };
        check("", &KEYS, &[], "false").await;
        check("list-type=2", &KEYS, &[], "false").await;
        check("delimiter=/", &["a", "b", "ca"], &["a/", "b-c/", "c/", "é/"], "false").await;
        check("delimiter=/&prefix=a/", &["a/", "a/1"], &["a/b/"], "false").await;
        check("delimiter=/&prefix=a", &["a"], &["a/"], "false").await;
        check("delimiter=//", &["a", "a/", "a/1", "a/b/2", "b", "b-c/d", "ca", "é/1"], &["c//"], "false")
            .await;
        check("delimiter=/b/", &["a", "a/", "a/1", "b", "b-c/d", "c//d", "ca", "é/1"], &["a/b/"], "false")
            .await;
        check("prefix=c", &["c//d", "ca"], &[], "false").await;
        check("prefix=x", &[], &[], "false").await;
        check("max-keys=0", &[], &[], "false").await;
        check("marker=b", &["b-c/d", "c//d", "ca", "é/1"], &[], "false").await;
        check("marker=a/&delimiter=/", &["b", "ca"], &["b-c/", "c/", "é/"], "false").await;
        check("marker=a/1&delimiter=/", &["b", "ca"], &["a/", "b-c/", "c/", "é/"], "false").await;
        check("list-type=2&start-after=b-c/d", &["c//d", "ca", "é/1"], &[], "false").await;
        check("marker=z&prefix=a", &[], &[], "false").await;
        check("marker=A&prefix=b", &["b", "b-c/d"], &[], "false").await;
        let page = check("delimiter=/&max-keys=2", &["a"], &["a/"], "true").await;
        assert_eq!(page.element("NextMarker").as_deref(), Some("a/"));
        check("delimiter=/&max-keys=2&marker=a/", &["b"], &["b-c/"], "true").await;
        check("delimiter=/&max-keys=3&marker=b-c/", &["ca"], &["c/", "é/"], "false").await;
        let page = check("max-keys=1", &["a"], &[], "true").await;
        assert_eq!(page.element("NextMarker"), None, "only with a delimiter");
    }
}

#[tokio::test]
async fn pages_follow_each_other_without_gap_or_repetition() {
    let bench = Bench::memory();
    let names: Vec<String> =
        (0..30).map(|n| format!("{}/{n:02}", n % 4)).chain(["x".into(), "y\u{1}z".into()]).collect();
    put(&bench, &names.iter().map(String::as_str).collect::<Vec<_>>()).await;
    for (query, lines) in [("", 32), ("delimiter=/", 6), ("prefix=1/", 8), ("delimiter=/&prefix=2", 1)] {
        for size in 1..9 {
            let mut seen = Vec::new();
            let mut token = String::new();
            loop {
                let line =
                    format!("GET /bucket?list-type=2&encoding-type=url&max-keys={size}&{query}{token}");
                let page = bench.check(&line, &[], "", 200, "").await;
                let here = [keys(&page), prefixes(&page)].concat();
                assert_eq!(page.element("KeyCount").unwrap(), here.len().to_string());
                assert!(here.len() <= size);
                seen.extend(here);
                match page.element("NextContinuationToken") {
                    Some(next) => token = format!("&continuation-token={next}"),
                    None => break,
                }
            }
            let mut sorted = seen.clone();
            sorted.sort();
            sorted.dedup();
            assert_eq!((seen.len(), sorted.len()), (lines, lines), "{query} by {size}");
        }
    }
}

#[tokio::test]
async fn r_list_02_a_token_of_another_listing_never_leaves_the_prefix() {
    let bench = Bench::memory();
    put(&bench, &["public/1", "public/2", "secret/1", "secret/2"]).await;
    let page = bench.ask("GET /bucket?list-type=2&max-keys=3", &[], "").await;
    let token = page.element("NextContinuationToken").unwrap();
    for query in [
        format!("list-type=2&prefix=public/&continuation-token={token}"),
        "list-type=2&prefix=public/&start-after=secret/1".to_owned(),
        "prefix=public/&marker=secret".to_owned(),
        "prefix=public/&marker=a".to_owned(),
    ] {
        let page = bench.check(&format!("GET /bucket?{query}"), &[], "", 200, "").await;
        assert!(keys(&page).iter().all(|key| key.starts_with("public/")), "{query}: {page:?}");
    }
}

#[tokio::test]
async fn r_list_03_hostile_parameters_are_refused() {
    let bench = Bench::memory();
    for query in [
        "max-keys=-1",
        "max-keys=x",
        "max-keys=%2B1",
        "max-keys=99999999999",
        "encoding-type=base64",
        "list-type=3",
        "list-type=2&continuation-token=nonsense",
        "list-type=2&continuation-token=",
        "prefix=a&prefix=b",
    ] {
        bench.check(&format!("GET /bucket?{query}"), &[], "", 400, "InvalidArgument").await;
    }
    let page = bench.check("GET /bucket?max-keys=5000", &[], "", 200, "").await;
    assert_eq!(page.element("MaxKeys").unwrap(), "1000");
}

#[tokio::test]
async fn r_xml_04_odd_names_come_back_equal() {
    let bench = Bench::memory();
    put(&bench, &["a <&>\"'\u{1}\n+%/é", "plain"]).await;
    let plain = bench.ask("GET /bucket", &[], "").await;
    assert_eq!(keys(&plain)[0], "a &lt;&amp;&gt;\"'&#x1;&#xA;+%/é");
    let url = bench.ask("GET /bucket?encoding-type=url&prefix=a+&delimiter=%25", &[], "").await;
    assert_eq!(prefixes(&url), ["a+%3C%26%3E%22%27%01%0A%2B%25"]);
    assert_eq!(url.element("Prefix").unwrap(), "a+");
    assert_eq!(url.element("EncodingType").unwrap(), "url");
}

#[tokio::test]
async fn a_listing_touches_only_what_it_tells() {
    const PER_PREFIX: usize = 2_000;
    let bench = Bench::memory();
    let index = &bench.store.shared().index;
    index
        .write_now(|writing| {
            use crate::index::Lookup as _;
            let bucket = writing.bucket("bucket")?;
            for prefix in 0..10 {
                for key in 0..PER_PREFIX {
                    writing.put_object(bucket, &format!("{prefix}/{key:05}"), &super::empty_object())?;
                }
            }
            Ok(())
        })
        .unwrap();
    for (query, lines) in [
        ("delimiter=/", 10),
        ("delimiter=/&max-keys=3", 3),
        ("max-keys=100&marker=4/01999", 100),
        ("prefix=7/&delimiter=/&max-keys=50", 50),
        ("delimiter=/&marker=8/", 1),
        ("list-type=2&prefix=9/01998", 1),
    ] {
        let before = index.entries_read();
        let page = bench.check(&format!("GET /bucket?{query}"), &[], "", 200, "").await;
        let told = keys(&page).len() + prefixes(&page).len();
        let touched = index.entries_read() - before;
        assert_eq!(told, lines, "{query}");
        assert!(touched <= lines as u64 + 2, "{query}: {touched} entries for {lines} lines");
    }
}
