//! Why a command came to nothing.

use std::fmt;

/// What went wrong, in words that say what to do.
#[derive(Debug)]
pub(super) enum Trouble {
    /// The other side could not be reached, or failed: it may do better later.
    Unreachable(String),
    /// The other side said no, by a code of its protocol.
    Refused {
        /// Its code, such as `invalid_grant` or `AccessDenied`.
        code: String,
        /// All of it, in words.
        text: String,
    },
    /// Anything else.
    Other(String),
}

impl Trouble {
    /// The same, with what it was about before it.
    pub(super) fn at(self, what: &str) -> Self {
        match self {
            Self::Unreachable(text) => Self::Unreachable(format!("{what}: {text}")),
            Self::Refused { code, text } => Self::Refused { code, text: format!("{what}: {text}") },
            Self::Other(text) => Self::Other(format!("{what}: {text}")),
        }
    }
}

impl From<String> for Trouble {
    fn from(text: String) -> Self {
        Self::Other(text)
    }
}

impl From<&str> for Trouble {
    fn from(text: &str) -> Self {
        Self::Other(text.to_owned())
    }
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreachable(text) | Self::Refused { text, .. } | Self::Other(text) => f.write_str(text),
        }
    }
}

/// Somebody else's text as it may be shown on a terminal: one line without control characters, 300 characters at most.
pub(super) fn printable(text: &str) -> String {
    let clean = |c: char| if c.is_control() { ' ' } else { c };
    text.chars().take(300).map(clean).collect()
}
