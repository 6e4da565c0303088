//! Of whom a statement of a bucket's policy speaks.

use crate::ask::Ask;

/// The key under which a caller is named.
pub(crate) const NAME: &str = "aws:principalarn";

/// Whom a statement is about.
#[derive(Clone, Debug)]
pub(crate) enum Principals {
    /// Whoever asks: the holder of the policy, or in a bucket's policy everybody, anonymous callers too.
    Everybody,
    /// Those of these ARNs.
    Named(Vec<Box<str>>),
}

impl Principals {
    /// Whether who asks is one of them. Who has no name, or several, is none.
    pub(crate) fn hold(&self, ask: &Ask<'_>) -> bool {
        match self {
            Self::Everybody => true,
            Self::Named(names) => match ask.caller.normalized(NAME) {
                Some([name]) => names.contains(name),
                _ => false,
            },
        }
    }
}
