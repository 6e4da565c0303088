//! A mistake on its way to becoming a diagnostic.

use crate::{KeyPath, Problem};

/// What is wrong, and where; the place in the text is looked up at the end, unless it is known already.
#[derive(Debug)]
pub(crate) struct Found {
    pub(crate) path: KeyPath,
    pub(crate) at: Option<usize>,
    pub(crate) problem: Problem,
}
