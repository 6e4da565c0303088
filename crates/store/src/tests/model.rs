//! The store against a model: a map from keys to bytes, for any sequence of requests with odd keys.

use super::Bench;
use crate::index::audit::audit;
use brigade_sigv4::{percent_encode, percent_encode_path};
use bytes::Bytes;
use proptest::prelude::*;
use std::collections::BTreeMap;

/// Shapes of keys that stores elsewhere rename, merge or refuse.
const ODD: [&str; 22] = [
    "plain",
    "with space",
    "a+b",
    "100%",
    "a%2Fb%20c",
    "ünïcode",
    "e\u{301}",
    "😀",
    "what?",
    "a#b",
    "!*'();:@&=$,",
    "[]{}^`|\\<>\"",
    ".",
    "..",
    "a//b",
    "dir/",
    "a/../b",
    "a/./b",
    "/lead",
    "//",
    "\u{1}\u{7f}\n",
    "nul\0",
];

#[derive(Debug, Clone)]
enum Step {
    Put(String, Vec<u8>),
    Delete(String),
    Copy(String, String),
    DeleteMany(Vec<String>),
    /// Copied from these, as parts, and then: completed as the key, or aborted, or left under way.
    Upload(String, Vec<String>, End),
    List {
        prefix: String,
        delimiter: String,
        after: String,
        most: usize,
    },
}

#[derive(Debug, Clone, Copy)]
enum End {
    Complete,
    Abort,
    Leave,
}

fn key() -> impl Strategy<Value = String> {
    prop_oneof![
        prop::sample::select(&ODD[..]).prop_map(str::to_owned),
        "[ab/]{1,4}",
        (prop::sample::select(&ODD[..]), "[ab/é]{0,2}").prop_map(|(odd, more)| format!("{odd}{more}")),
    ]
}

fn step() -> impl Strategy<Value = Step> {
    let bytes =
        prop_oneof![prop::collection::vec(any::<u8>(), 0..40), (4000_usize..4200).prop_map(|n| vec![7; n])];
    let delimiter = prop_oneof![Just(String::new()), Just("/".to_owned()), Just("//".to_owned()), "[ab%é]"];
    prop_oneof![
        4 => (key(), bytes).prop_map(|(key, bytes)| Step::Put(key, bytes)),
        2 => key().prop_map(Step::Delete),
        2 => (key(), key()).prop_map(|(from, to)| Step::Copy(from, to)),
        1 => prop::collection::vec(key(), 1..4).prop_map(Step::DeleteMany),
        2 => (key(), prop::collection::vec(key(), 1..3), prop::sample::select(&[End::Complete, End::Abort, End::Leave][..]))
            .prop_map(|(key, sources, end)| Step::Upload(key, sources, end)),
        3 => (prop_oneof![Just(String::new()), "[ab/.]{0,2}"], delimiter, prop_oneof![Just(String::new()), key()], 1_usize..6)
            .prop_map(|(prefix, delimiter, after, most)| Step::List { prefix, delimiter, after, most }),
    ]
}

type Model = BTreeMap<Vec<u8>, Vec<u8>>;

/// Every line of a listing, by walking all keys: obviously right, and slow.
fn lines(model: &Model, prefix: &str, delimiter: &str, after: &str) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for key in model.keys() {
        let key = std::str::from_utf8(key).unwrap();
        let Some(rest) = key.strip_prefix(prefix) else { continue };
        let line = match rest.split_once(delimiter) {
            Some((group, _)) if !delimiter.is_empty() => format!("{prefix}{group}{delimiter}"),
            _ => key.to_owned(),
        };
        let told = key <= after
            || (line.len() < key.len() || line.ends_with(delimiter))
                && !delimiter.is_empty()
                && line == after;
        if !told && lines.last() != Some(&line) {
            lines.push(line);
        }
    }
    lines
}

async fn list(bench: &Bench, prefix: &str, delimiter: &str, after: &str, most: usize) -> Vec<String> {
    let url = |text: &str| percent_encode(text.as_bytes());
    let mut lines = Vec::new();
    let mut token = String::new();
    loop {
        let line = format!(
            "GET /bucket?list-type=2&encoding-type=url&max-keys={most}&prefix={}&delimiter={}&start-after={}{token}",
            url(prefix),
            url(delimiter),
            url(after)
        );
        let page = bench.check(&line, &[], "", 200, "").await;
        let names = page
            .elements("CommonPrefixes")
            .into_iter()
            .map(|part| part.replace("<Prefix>", "").replace("</Prefix>", ""));
        let decoded = page
            .elements("Key")
            .into_iter()
            .chain(names)
            .map(|name| String::from_utf8(brigade_sigv4::decode_query(&name).unwrap()).unwrap());
        let mut decoded: Vec<String> = decoded.collect();
        decoded.sort();
        lines.extend(decoded);
        match page.element("NextContinuationToken") {
            Some(next) => token = format!("&continuation-token={next}"),
            None => return lines,
        }
    }
}

async fn apply(bench: &Bench, model: &mut Model, step: &Step) {
    let path = |key: &str| format!("/bucket/{}", percent_encode_path(key.as_bytes()));
    match step {
        Step::Put(key, bytes) => {
            assert_eq!(bench.ask(&format!("PUT {}", path(key)), &[], bytes.clone()).await.status, 200);
            model.insert(key.clone().into_bytes(), bytes.clone());
        }
        Step::Delete(key) => {
            assert_eq!(bench.ask(&format!("DELETE {}", path(key)), &[], "").await.status, 204);
            model.remove(key.as_bytes());
        }
        Step::Copy(from, to) => {
            let source = path(from);
            let headers = [("x-amz-copy-source", source.as_str()), ("x-amz-metadata-directive", "REPLACE")];
            let answer = bench.ask(&format!("PUT {}", path(to)), &headers, "").await;
            match model.get(from.as_bytes()).cloned() {
                Some(bytes) => {
                    assert_eq!(answer.status, 200, "{answer:?}");
                    model.insert(to.clone().into_bytes(), bytes);
                }
                None => assert_eq!(answer.code(), "NoSuchKey"),
            }
        }
        Step::DeleteMany(keys) => {
            let escape = |key: &String| {
                let written = key.chars().map(|char| format!("&#x{:X};", u32::from(char)));
                format!("<Object><Key>{}</Key></Object>", written.collect::<String>())
            };
            // No XML can name this one.
            let keys: Vec<_> = keys.iter().filter(|key| !key.contains('\0')).collect();
            if keys.is_empty() {
                return;
            }
            let document =
                format!("<Delete>{}</Delete>", keys.iter().map(|key| escape(key)).collect::<String>());
            bench.check("POST /bucket?delete", &[], &document, 200, "").await;
            keys.into_iter().for_each(|key| drop(model.remove(key.as_bytes())));
        }
        Step::Upload(key, sources, end) => upload(bench, model, &path(key), key, sources, *end).await,
        Step::List { prefix, delimiter, after, most } => {
            let got = list(bench, prefix, delimiter, after, *most).await;
            assert_eq!(got, lines(model, prefix, delimiter, after), "{step:?}");
        }
    }
}

async fn upload(bench: &Bench, model: &mut Model, path: &str, key: &str, sources: &[String], end: End) {
    let id = bench.ask(&format!("POST {path}?uploads"), &[], "").await.element("UploadId").unwrap();
    // All go to part 1, each in place of the one before: parts this small cannot be followed by others.
    let mut last = None;
    for source in sources {
        let from = format!("/bucket/{}", percent_encode_path(source.as_bytes()));
        let line = format!("PUT {path}?partNumber=1&uploadId={id}");
        let answer = bench.ask(&line, &[("x-amz-copy-source", &from)], "").await;
        match model.get(source.as_bytes()) {
            Some(bytes) => last = Some((answer.element("ETag").unwrap(), bytes.clone())),
            None => assert_eq!(answer.code(), "NoSuchKey"),
        }
    }
    match (end, last) {
        (End::Complete, Some((etag, bytes))) => {
            let document = super::uploads::list(&[(1, &etag)]);
            bench.check(&format!("POST {path}?uploadId={id}"), &[], &document, 200, "").await;
            model.insert(key.as_bytes().to_vec(), bytes);
        }
        (End::Leave, _) => {}
        (End::Abort | End::Complete, _) => {
            bench.check(&format!("DELETE {path}?uploadId={id}"), &[], "", 204, "").await;
        }
    }
}

async fn check(bench: &Bench, steps: &[Step]) {
    let mut model = Model::new();
    for step in steps {
        apply(bench, &mut model, step).await;
    }
    let all: Vec<_> = model.keys().map(|key| String::from_utf8(key.clone()).unwrap()).collect();
    assert_eq!(list(bench, "", "", "", 1000).await, all);
    for (key, bytes) in &model {
        let got = bench.ask(&format!("GET /bucket/{}", percent_encode_path(key)), &[], "").await;
        assert_eq!(got.body, Bytes::from(bytes.clone()), "{key:?}");
    }
    let files = audit(&bench.store.shared().index.read().unwrap());
    if bench.directory.is_some() {
        assert_eq!(bench.files(), files.len(), "no body is left that nothing names");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn any_sequence_of_requests_does_what_the_model_does(steps in prop::collection::vec(step(), 1..60)) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(check(&Bench::memory(), &steps));
    }
}

#[tokio::test]
async fn keys_silently_renamed_or_aliased_elsewhere_are_held_byte_exact() {
    let steps: Vec<_> = ODD
        .iter()
        .map(|key| (*key).to_owned())
        .chain(["k".repeat(1024), "%2A".into(), "*".into(), "~".into(), "plain/".into()])
        .map(|key| Step::Put(key.clone(), [key.as_bytes(), &[b'.'; 5000]].concat()))
        .collect();
    for bench in Bench::both() {
        check(&bench, &steps).await;
    }
}
