//! Patterns of claims: `*` and nothing else.

use std::fmt;

/// A text in which each `*` stands for any run of characters, none included; everything else for itself, its case too.
///
/// It is always the whole that must match. Without a `*` it is that text.
///
/// ```
/// use brigade_identity::Pattern;
/// let main = Pattern::new("repo:org/*:ref:refs/heads/main");
/// assert!(main.matches("repo:org/site:ref:refs/heads/main"));
/// assert!(!main.matches("repo:org/site:ref:refs/heads/main2"));
/// assert!(!main.matches("x-repo:org/site:ref:refs/heads/main"));
/// ```
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Pattern(Box<str>);

impl Pattern {
    /// This pattern.
    #[must_use]
    pub fn new(text: impl Into<Box<str>>) -> Self {
        Self(text.into())
    }

    /// As it is written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether all of `text` is as it says. At worst it takes the product of both lengths.
    #[must_use]
    pub fn matches(&self, text: &str) -> bool {
        let Some((start, rest)) = self.0.split_once('*') else { return *self.0 == *text };
        let Some(mut text) = text.strip_prefix(start) else { return false };
        let (middle, end) = rest.rsplit_once('*').unwrap_or(("", rest));
        // Leftmost is enough: whatever lies to the right of a match in the middle lies to the right of an earlier one too.
        for part in middle.split('*') {
            match text.split_once(part) {
                Some((_, right)) => text = right,
                None => return false,
            }
        }
        text.ends_with(end)
    }
}

impl fmt::Debug for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::Pattern;

    /// By the book: a star is nothing, or a character and a star.
    fn slow(pattern: &[u8], text: &[u8]) -> bool {
        match (pattern, text) {
            ([], []) => true,
            ([b'*', rest @ ..], _) if slow(rest, text) => true,
            ([b'*', ..], [_, text @ ..]) => slow(pattern, text),
            ([p, pattern @ ..], [t, text @ ..]) => p == t && slow(pattern, text),
            ([] | [_, ..], _) => false,
        }
    }

    #[test]
    fn the_whole_must_match() {
        let check = |pattern: &str, text: &str, expect: bool| {
            assert_eq!(Pattern::new(pattern).matches(text), expect, "{pattern} {text}");
        };
        check("", "", true);
        check("", "a", false);
        check("*", "", true);
        check("*", "anything/at all", true);
        check("a*a", "a", false);
        check("a*a", "aa", true);
        check("repo:org/*", "repo:org-evil/x", false);
        check("repo:org/*", "repo:org/x", true);
        check("repo:org/*", "xrepo:org/x", false);
        check("*:main", "a:main:b", false);
        check("Org", "org", false);
        check("a.c", "abc", false);
        check("a?c", "abc", false);
        check("[a-z]", "b", false);
    }

    proptest! {
        #[test]
        fn it_is_what_the_book_says(pattern in "[ab*]{0,8}", text in "[ab*]{0,12}") {
            prop_assert_eq!(
                Pattern::new(pattern.as_str()).matches(&text),
                slow(pattern.as_bytes(), text.as_bytes())
            );
        }
    }
}
