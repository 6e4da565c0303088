//! What the elements of a listing are to a rewrite.

use super::ListingKind;

/// What an element is to a rewrite.
pub(super) enum Role {
    Copied,
    Entry(Entry),
    Text(Text),
}

/// Elements that list something.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Entry {
    /// `Contents`, `Upload`, `Version`, `DeleteMarker`: exactly one `Key`.
    Item,
    /// `CommonPrefixes`: any number of `Prefix`.
    Prefixes,
}

/// Elements whose text changes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Text {
    Bucket,
    /// The key, or common prefix, of an entry.
    EntryKey,
    /// The key whose parts are listed.
    OwnKey,
    Prefix,
    /// `Marker`, `KeyMarker`.
    Marker,
    StartAfter,
    /// `NextMarker`, `NextKeyMarker`.
    NextMarker,
    Token,
    NextToken,
    KeyCount,
    IsTruncated,
    Owner,
    Tenant,
}

/// The role of the element `local`; `path` holds it only when it was `opened`.
pub(super) fn role(path: &[&str], opened: bool, local: &str, kind: ListingKind) -> Role {
    let parents = if opened { path.split_last().map_or(path, |(_, parents)| parents) } else { path };
    // Ceph writes `ListMultipartUploadsResult.Prefix` and `CommonPrefixes.Prefix`.
    let local = local.rsplit_once('.').map_or(local, |(_, last)| last);
    match (parents, local) {
        ([_], "Name" | "Bucket") => Role::Text(Text::Bucket),
        ([_], "Prefix") => Role::Text(Text::Prefix),
        ([_], "Marker" | "KeyMarker") => Role::Text(Text::Marker),
        ([_], "StartAfter") => Role::Text(Text::StartAfter),
        ([_], "NextMarker" | "NextKeyMarker") => Role::Text(Text::NextMarker),
        ([_], "ContinuationToken") => Role::Text(Text::Token),
        ([_], "NextContinuationToken") => Role::Text(Text::NextToken),
        ([_], "KeyCount") => Role::Text(Text::KeyCount),
        ([_], "IsTruncated") => Role::Text(Text::IsTruncated),
        ([_], "Tenant") => Role::Text(Text::Tenant),
        ([_], "Key") if kind == ListingKind::Parts => Role::Text(Text::OwnKey),
        ([_], "Contents" | "Upload" | "Version" | "DeleteMarker") => Role::Entry(Entry::Item),
        ([_], "CommonPrefixes") => Role::Entry(Entry::Prefixes),
        ([_, "CommonPrefixes"], "Prefix") => Role::Text(Text::EntryKey),
        ([_, "Contents" | "Upload" | "Version" | "DeleteMarker"], "Key") => Role::Text(Text::EntryKey),
        ([.., "Owner" | "Initiator"], "ID" | "DisplayName") => Role::Text(Text::Owner),
        _ => Role::Copied,
    }
}
