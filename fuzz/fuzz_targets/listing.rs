//! A listing, against the same rewrite of a document tree.
//!
//! Input: a byte for the kind of listing (V1, V2, uploads, parts, versions), one for the prefix, then the store's answer.
#![no_main]

use brigade_s3::xml::{Echo, ListingKind, Names, rewrite_listing};
use bytes::Bytes;
use libfuzzer_sys::fuzz_target;
use roxmltree::{Document, Node};

const KINDS: [ListingKind; 5] =
    [ListingKind::V1, ListingKind::V2, ListingKind::Uploads, ListingKind::Parts, ListingKind::Versions];
const PREFIXES: [&str; 5] = ["", "a/", "a b+", "é&", "%41"];

fuzz_target!(|data: &[u8]| {
    let [kind, prefix, body @ ..] = data else { return };
    let kind = KINDS[usize::from(*kind) % KINDS.len()];
    let prefix = PREFIXES[usize::from(*prefix) % PREFIXES.len()];
    let rewrite = |body: &[u8], prefix: &str| {
        let names = Names { bucket: "public", within: "", prefix };
        let echo = Echo { continuation_token: Some("theirs"), asked: None, under: "" };
        rewrite_listing(
            Bytes::copy_from_slice(body),
            kind,
            &names,
            |token| format!("sealed {token}"),
            &echo,
            None,
        )
    };
    let Ok(out) = rewrite(body, prefix) else { return };
    let out = String::from_utf8(out.to_vec()).unwrap();
    assert!(rewrite(out.as_bytes(), "").is_ok(), "{out}");

    let Some(before) = str::from_utf8(body).ok().and_then(|text| Document::parse(text.trim_start()).ok())
    else {
        return;
    };
    let after = Document::parse(&out).unwrap();
    let root = before.root_element();
    let url = root.children().any(|child| name(child) == "EncodingType" && text(child).trim() == "url");
    let mut expect = Vec::new();
    for child in root.children() {
        expected(child, kind, prefix, url, &mut expect);
    }
    let mut found = Vec::new();
    for child in after.root_element().children() {
        flatten(child, &mut found);
    }
    // How many keys there are is checked by the crate's own tests.
    let counts = |line: &String| line.starts_with("KeyCount=");
    expect.retain(|line| !counts(line));
    found.retain(|line| !counts(line));
    assert_eq!(found, expect, "{out}");
});

/// The document as lines, one for each element: its name and its own text.
fn flatten(node: Node<'_, '_>, lines: &mut Vec<String>) {
    if node.is_element() {
        lines.push(format!("{}={}", name(node), text(node)));
        for child in node.children() {
            flatten(child, lines);
        }
    }
}

/// The lines that a child of the root becomes.
fn expected(node: Node<'_, '_>, kind: ListingKind, prefix: &str, url: bool, lines: &mut Vec<String>) {
    if !node.is_element() {
        return;
    }
    let mut put = |text: &str| lines.push(format!("{}={text}", name(node)));
    let own = text(node);
    match name(node).rsplit('.').next().unwrap() {
        "Name" | "Bucket" => put("public"),
        "Key" if kind == ListingKind::Parts => put(&strip(&own, prefix, url)),
        "StartAfter" if !prefix.is_empty() && (own.is_empty() || strip(&own, prefix, url).is_empty()) => {}
        "Prefix" | "Marker" | "KeyMarker" | "StartAfter" | "NextMarker" | "NextKeyMarker" => {
            put(&if own.is_empty() { own } else { strip(&own, prefix, url) });
        }
        "ContinuationToken" => put("theirs"),
        "NextContinuationToken" if !own.is_empty() => put(&format!("sealed {own}")),
        "Tenant" => {}
        entry @ ("Contents" | "Upload" | "Version" | "DeleteMarker" | "CommonPrefixes") => {
            let field = if entry == "CommonPrefixes" { "Prefix" } else { "Key" };
            let is_key =
                |child: &Node<'_, '_>| child.is_element() && name(*child).rsplit('.').next() == Some(field);
            // An entry goes when it names nothing but the mapping's prefix.
            let keys: Vec<String> =
                node.children().filter(is_key).map(|key| strip(&text(key), prefix, url)).collect();
            let gone = |rest: &str| !prefix.is_empty() && rest.is_empty();
            if !keys.is_empty() && keys.iter().all(|rest| gone(rest)) {
                return;
            }
            put(&own);
            for child in node.children().filter(Node::is_element) {
                if is_key(&child) {
                    let rest = strip(&text(child), prefix, url);
                    if !gone(&rest) {
                        lines.push(format!("{}={rest}", name(child)));
                    }
                } else {
                    within(child, lines);
                }
            }
        }
        _ => within(node, lines),
    }
}

/// As [`flatten`], with owners replaced.
fn within(node: Node<'_, '_>, lines: &mut Vec<String>) {
    let last = |node: Node<'_, '_>| name(node).rsplit('.').next().unwrap().to_owned();
    let owned = node.parent_element().is_some_and(|parent| matches!(name(parent), "Owner" | "Initiator"));
    let own = text(node);
    if owned && matches!(last(node).as_str(), "ID" | "DisplayName") && !own.is_empty() {
        lines.push(format!("{}=brigade", name(node)));
        return;
    }
    lines.push(format!("{}={own}", name(node)));
    for child in node.children().filter(Node::is_element) {
        within(child, lines);
    }
}

/// What is left after the shortest beginning that means `prefix`.
fn strip(text: &str, prefix: &str, url: bool) -> String {
    let splits = || (0..=text.len()).filter_map(|at| text.split_at_checked(at));
    let encoded = || splits().find(|(head, _)| decode(head).as_deref() == Some(prefix.as_bytes()));
    let plain = || text.split_at_checked(prefix.len()).filter(|(head, _)| *head == prefix);
    let found = if url { encoded().or_else(plain) } else { plain() };
    found.unwrap_or_else(|| panic!("{text:?} is outside {prefix:?}")).1.to_owned()
}

fn decode(text: &str) -> Option<Vec<u8>> {
    let mut out = Vec::new();
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        out.push(match byte {
            b'+' => b' ',
            b'%' => {
                let digit = |byte: Option<u8>| char::from(byte?).to_digit(16);
                u8::try_from(digit(bytes.next())? * 16 + digit(bytes.next())?).ok()?
            }
            _ => byte,
        });
    }
    Some(out)
}

fn name<'a>(node: Node<'a, '_>) -> &'a str {
    node.tag_name().name()
}

fn text(node: Node<'_, '_>) -> String {
    node.children().filter(Node::is_text).filter_map(|child| child.text()).collect()
}
