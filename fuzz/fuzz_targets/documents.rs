//! The small documents of stores and clients: what a reader takes is a whole document, and says what a document tree says.
//!
//! Input: the answer to a completion, a copy, a listing of parts or of buckets; tags; a completion's own request; an error.
#![no_main]

use brigade_s3::xml;
use bytes::Bytes;
use libfuzzer_sys::fuzz_target;
use roxmltree::Document;

fuzz_target!(|data: &[u8]| {
    let own = || Bytes::copy_from_slice(data);
    let whole = |taken: bool, root: &str| {
        if taken {
            check_root(data, root);
        }
    };
    whole(xml::verify_completion(data).is_ok(), "CompleteMultipartUpload");
    whole(xml::parse_buckets(data).is_ok(), "ListAllMyBucketsResult");
    whole(xml::parse_create(data).is_ok_and(|location| location.is_some()), "CreateBucketConfiguration");
    if let Ok(copied) = xml::verify_copy(own()) {
        assert!(!copied.etag.is_empty());
        assert_eq!(xml::verify_copy(copied.body).map(|again| again.etag), Ok(copied.etag));
    }
    if let Ok(completed) = xml::rewrite_complete(own(), "http://here/<b>/k", "b&b", "k\u{1}") {
        whole(true, "CompleteMultipartUploadResult");
        let again =
            xml::rewrite_complete(completed.body.clone(), "http://here/<b>/k", "b&b", "k\u{1}").unwrap();
        assert_eq!(again, completed, "a rewritten document is its own rewriting");
    }
    if let Ok(header) = xml::tagging_header(data) {
        whole(true, "Tagging");
        assert!(header.is_ascii() && header.split('&').count() <= 50, "{header}");
    }
    if let Ok(found) = xml::child(data, "ListPartsResult", "ChecksumAlgorithm")
        && let Some(text) = plain(data)
        && let Ok(tree) = Document::parse(&text)
    {
        let mut named =
            tree.root_element().children().filter(|node| node.tag_name().name() == "ChecksumAlgorithm");
        let theirs = named
            .next_back()
            .map(|node| node.children().filter_map(|child| child.text()).collect::<String>());
        // An element without content is none here, and nothing there.
        assert_eq!(found.unwrap_or_default(), theirs.unwrap_or_default());
    }
    let _ = xml::parse_error(data);
});

/// As text, with the line ends that a parser makes; `None` for what the tree reads in its own way: references to what XML
/// forbids, which S3 sends, and what stands before the declaration.
fn plain(data: &[u8]) -> Option<String> {
    let text = str::from_utf8(data).ok()?.replace("\r\n", "\n").replace('\r', "\n");
    let own = text.contains("&#") || text.contains("<?") || text.contains("<!");
    let odd =
        text.chars().any(|c| c < ' ' && !matches!(c, '\t' | '\n')) || text.contains(['\u{fffe}', '\u{ffff}']);
    (!own && !odd).then_some(text)
}

fn check_root(data: &[u8], root: &str) {
    let Some(text) = plain(data) else { return };
    match Document::parse(&text) {
        Ok(tree) => assert_eq!(tree.root_element().tag_name().name(), root),
        // The tree resolves namespaces, which nobody here asks about.
        Err(why) => assert!(text.contains(':'), "{why}: {text:?}"),
    }
}
