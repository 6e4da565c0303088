//! All that a store holds, to be compared with what it held before.

use std::collections::BTreeMap;

use crate::{Answer, Ask, InProcess, decode, encode};

/// Every object (by bucket and key, with its ETag and headers) and every upload in progress.
#[derive(Debug, PartialEq, Eq)]
pub struct Snapshot(BTreeMap<String, String>);

impl Snapshot {
    /// Reads all of a store, behind the gateway's back.
    pub(crate) async fn of(store: &InProcess, buckets: &[&str]) -> Self {
        let mut all = BTreeMap::new();
        for bucket in buckets {
            for key in listed(store, bucket, "list-type=2&encoding-type=url", "Contents").await {
                let target = format!("/{bucket}/{}", crate::encode_path(decode(&key)));
                let head = store.ask(Ask::new("HEAD", &target).request()).await;
                let mut headers: Vec<_> = head
                    .headers()
                    .iter()
                    .map(|(name, value)| format!("{name}={}", String::from_utf8_lossy(value.as_bytes())))
                    .collect();
                headers.sort();
                all.insert(target, headers.join(" "));
            }
            for key in listed(store, bucket, "uploads&encoding-type=url", "Upload").await {
                let count = all.entry(format!("uploads of /{bucket}/{key}")).or_insert_with(String::new);
                count.push('+');
            }
        }
        Self(all)
    }

    /// Where the objects are: `/bucket/key`, percent-encoded.
    pub fn objects(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }
}

async fn listed(store: &InProcess, bucket: &str, query: &str, element: &str) -> Vec<String> {
    let answer = store.ask(Ask::new("GET", &format!("/{}?{query}", encode(bucket))).request()).await;
    let (head, body) = answer.into_parts();
    let answer = Answer {
        status: head.status.as_u16(),
        headers: head.headers,
        body,
        ended: Ok(()),
        record: brigade_gateway::Record::default(),
    };
    assert_eq!(answer.verdict(), "200", "GET /{bucket}?{query}");
    assert_ne!(answer.element("IsTruncated"), "true", "a snapshot reads one page");
    let entry = |entry: &str| {
        let (_, rest) = entry.split_once("<Key>").unwrap();
        rest.split_once("</Key>").unwrap().0.to_owned()
    };
    answer.elements(element).into_iter().map(entry).collect()
}
