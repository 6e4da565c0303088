//! A batch delete: strict where a document tree says it should be, and every key the tree's text.
//!
//! Input: the body of a DeleteObjects request. It is also tried as a store's answer to one.
#![no_main]

use brigade_s3::xml::{DeleteObject, Names, merge_delete_result, parse_delete, write_delete};
use libfuzzer_sys::fuzz_target;
use roxmltree::{Document, Node};

const FIELDS: [&str; 5] = ["Key", "VersionId", "ETag", "LastModifiedTime", "Size"];

fuzz_target!(|data: &[u8]| {
    let ours = parse_delete(data);
    // XML 1.0, 2.11: line ends are made one before parsing; the tree leaves a carriage return at a text's end as it is.
    let text = str::from_utf8(data).ok().map(|text| text.replace("\r\n", "\n").replace('\r', "\n"));
    if let Some(theirs) = text.as_deref().and_then(|text| Document::parse(text).ok()) {
        match (&ours, reading(theirs.root_element())) {
            (Ok(ours), Some(theirs)) => assert_eq!(ours.objects, theirs),
            (Err(_), None) => {}
            // The tree does not look at what the declaration says.
            (Err(_), Some(_)) => {
                assert!(data.windows(5).any(|window| window == b"<?xml") || theirs_alone(data));
            }
            (Ok(ours), None) => panic!("{ours:?}"),
        }
    }
    let asked = [DeleteObject { key: "a".to_owned(), ..DeleteObject::default() }];
    if let Ok(merged) = merge_delete_result(Some(data), &Names::under("p/"), &asked, &[], false) {
        let merged = String::from_utf8(merged).unwrap();
        assert!(merged.contains("<Key>a</Key>"), "{merged}");
        assert!(
            merge_delete_result(Some(merged.as_bytes()), &Names::under(""), &asked, &[], false).is_ok(),
            "{merged}"
        );
    }
    let Ok(ours) = ours else { return };
    let again = parse_delete(&write_delete(&ours.objects, &Names::under("p/"))).unwrap();
    assert_eq!(again.objects.len(), ours.objects.len());
    for (again, ours) in again.objects.into_iter().zip(ours.objects) {
        assert_eq!(again, DeleteObject { key: format!("p/{}", ours.key), ..ours });
    }
});

/// Whether a tag is written as the tree alone takes it: with an empty prefix (`</:Delete>`), or with letters that no name of S3's has.
fn theirs_alone(data: &[u8]) -> bool {
    let tags = data.split(|byte| *byte == b'<').skip(1).filter(|tag| !tag.starts_with(b"!"));
    tags.map(|tag| tag.split(|byte| *byte == b'>').next().unwrap_or_default())
        .any(|tag| tag.starts_with(b":") || tag.starts_with(b"/:") || !tag.is_ascii())
}

/// What the document asks to delete; `None` when it is not exactly a batch delete.
fn reading(root: Node<'_, '_>) -> Option<Vec<DeleteObject>> {
    let blank =
        |node: Node<'_, '_>| node.text().is_some_and(|text| text.bytes().all(|b| b" \t\r\n".contains(&b)));
    let spaced = |parent: Node<'_, '_>| parent.children().filter(Node::is_text).all(blank);
    // A reference, even to a blank, or CDATA is no spacing; the tree does not tell them apart.
    if root.tag_name().name() != "Delete" || !spaced(root) || plainly(root) {
        return None;
    }
    let mut objects = Vec::new();
    let mut quiet = 0;
    for child in root.children().filter(Node::is_element) {
        match child.tag_name().name() {
            "Quiet" if matches!(text(child)?.trim(), "true" | "false") => quiet += 1,
            "Object" if spaced(child) && !plainly(child) => objects.push(object(child)?),
            _ => return None,
        }
    }
    (quiet <= 1 && (1..=1000).contains(&objects.len())).then_some(objects)
}

fn object(node: Node<'_, '_>) -> Option<DeleteObject> {
    let mut object = DeleteObject::default();
    let fields: Vec<_> = node.children().filter(Node::is_element).collect();
    let once = |name: &str| fields.iter().filter(|field| field.tag_name().name() == name).count() <= 1;
    if !FIELDS.into_iter().all(once) {
        return None;
    }
    for field in &fields {
        let text = Some(text(*field)?).filter(|text| !text.is_empty());
        text.as_ref()?;
        match field.tag_name().name() {
            "Key" => object.key = text?,
            "VersionId" => object.version_id = text,
            "ETag" => object.etag = text,
            "LastModifiedTime" => object.last_modified_time = text,
            "Size" => object.size = text,
            _ => return None,
        }
    }
    (!object.key.is_empty()).then_some(object)
}

/// The text of an element that holds no other.
fn text(node: Node<'_, '_>) -> Option<String> {
    let only = !node.children().any(|child| child.is_element());
    only.then(|| node.children().filter(Node::is_text).filter_map(|child| child.text()).collect())
}

/// Whether the spacing inside `node` is written with anything but plain blanks.
fn plainly(node: Node<'_, '_>) -> bool {
    let source = node.document().input_text();
    node.children().filter(Node::is_text).any(|child| source[child.range()].contains(['&', '<']))
}
