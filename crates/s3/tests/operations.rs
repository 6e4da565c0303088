//! docs/operations.md says of every operation what the table says.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on must fail")]

use std::path::Path;

use brigade_s3::{Content, Level, Row, operations};

const HEAD: &str = "# Operations

Every operation that Brigade serves, from its table (`crates/s3/src/table/`; `UPDATE=1 cargo test -p brigade-s3 --test operations`
writes this page). Whatever is not here is refused with 501 `NotImplemented`, which names what stands in the way; where Brigade
differs from Amazon S3 in what is here is in [behaviour.md](behaviour.md).

| operation | request | parameters | actions | with `versionId` |
|---|---|---|---|---|
";

fn line(row: &Row) -> String {
    let path = match row.level() {
        Level::Service => "/",
        Level::Bucket => "/bucket",
        Level::Object => "/bucket/key",
    };
    let sub = if row.requires.is_empty() { String::new() } else { format!("?{}", row.requires.join("&")) };
    let copies = if row.copies { " with `x-amz-copy-source`" } else { "" };
    let body = match row.content {
        Content::Nothing => "",
        Content::Upload => ", a body of any size",
        Content::Form => ", an upload form",
        Content::Control { .. } | Content::Document { .. } => ", a document",
    };
    let words = |words: &[&str]| words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(" ");
    let names = |actions: &[brigade_policy::Action]| {
        words(&actions.iter().map(|action| action.name()).collect::<Vec<_>>())
    };
    format!(
        "| {} | `{} {path}{sub}`{copies}{body} | {} | {} | {} |\n",
        row.op.name(),
        row.method,
        words(row.allows),
        names(row.actions),
        names(row.versioned),
    )
}

#[test]
fn the_page_of_operations_says_what_the_table_says() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/operations.md");
    let expect: String = std::iter::once(HEAD.to_owned()).chain(operations().map(line)).collect();
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&page, &expect).unwrap();
    }
    let found = std::fs::read_to_string(&page).unwrap();
    assert!(
        found == expect,
        "docs/operations.md is behind: UPDATE=1 cargo test -p brigade-s3 --test operations"
    );
}
