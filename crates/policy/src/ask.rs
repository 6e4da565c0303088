//! What a policy is asked.

use crate::{Action, Facts, Level};

/// One question: may the caller do this action to this target?
///
/// An operation that touches two resources (a copy, a batch delete) asks once for each of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ask<'a> {
    /// What is to be done.
    pub action: Action,
    /// What it is to be done to.
    pub target: Target<'a>,
    /// What is known of the request.
    pub request: &'a Facts,
    /// What is known of who asks; of an anonymous caller, nothing.
    pub caller: &'a Facts,
}

impl<'a> Ask<'a> {
    /// A question of which nothing more is known.
    #[must_use]
    pub fn new(action: Action, target: Target<'a>) -> Self {
        Self { action, target, request: Facts::none(), caller: Facts::none() }
    }

    /// The same question, of a request of which this is known.
    #[must_use]
    pub const fn with(self, request: &'a Facts) -> Self {
        Self { request, ..self }
    }

    /// The same question, asked by a caller of whom this is known.
    #[must_use]
    pub const fn by(self, caller: &'a Facts) -> Self {
        Self { caller, ..self }
    }
}

/// What an action is done to. Names and keys are the client's, decoded once; they are compared byte for byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target<'a> {
    /// A bucket as a whole: HeadBucket, GetBucketLocation and the bucket's configuration.
    Bucket(&'a str),
    /// The keys of a bucket that begin with `prefix`: every operation that lists.
    Listing {
        /// The bucket's name.
        bucket: &'a str,
        /// The prefix the client asked for; empty when it asked for none.
        prefix: &'a str,
    },
    /// One object, whether it exists or not.
    Object {
        /// The bucket's name.
        bucket: &'a str,
        /// The object's key.
        key: &'a str,
    },
}

impl<'a> Target<'a> {
    /// The bucket the target lies in.
    #[must_use]
    pub const fn bucket(self) -> &'a str {
        match self {
            Self::Bucket(bucket) | Self::Listing { bucket, .. } | Self::Object { bucket, .. } => bucket,
        }
    }

    /// The level an action must have to be asked with this target.
    #[must_use]
    pub const fn level(self) -> Level {
        match self {
            Self::Bucket(_) | Self::Listing { .. } => Level::Bucket,
            Self::Object { .. } => Level::Object,
        }
    }
}
