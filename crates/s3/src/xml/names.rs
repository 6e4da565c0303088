//! The client's names and the store's.

/// What the client calls things.
#[derive(Debug, Clone, Copy)]
pub struct Names<'a> {
    /// The bucket, as the client named it.
    pub bucket: &'a str,
    /// What every key begins with in the client's names alone; may be empty.
    pub within: &'a str,
    /// The mapping's prefix, which the store has before every key of this bucket, in place of `within`, and the client never
    /// sees; may be empty.
    pub prefix: &'a str,
}

impl<'a> Names<'a> {
    /// Of a bucket whose keys differ by a prefix at the store; the bucket itself is not named.
    #[must_use]
    pub const fn under(prefix: &'a str) -> Self {
        Self { bucket: "", within: "", prefix }
    }

    /// The store's key for a client's, which begins with `within`.
    pub(crate) fn stored(&self, key: &str) -> String {
        format!("{}{}", self.prefix, key.strip_prefix(self.within).unwrap_or(key))
    }

    /// The client's key for a store's; `None` when it lies outside the prefix.
    pub(crate) fn client(&self, key: &str) -> Option<String> {
        key.strip_prefix(self.prefix).map(|rest| format!("{}{rest}", self.within))
    }
}
