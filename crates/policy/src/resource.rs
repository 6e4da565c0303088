//! What a statement applies to.

use crate::action::ActionSet;
use crate::glob::Glob;
use crate::{Action, Level, Target};

/// The actions that a grant with a prefix gives on its bucket: what a client needs to list under the prefix.
pub(crate) const LISTING: ActionSet = ActionSet::of(&[
    Action::ListBucket,
    Action::ListBucketVersions,
    Action::ListBucketMultipartUploads,
    Action::GetBucketLocation,
]);

/// The part of the world that a statement speaks of.
#[derive(Clone, Debug)]
pub(crate) enum Resource {
    /// An ARN's pattern, matched against `bucket` or `bucket/key` as a whole; listings count as the bucket.
    Arn(Glob),
    /// A grant: buckets by pattern, keys and listings by the bytes they begin with.
    Under { bucket: Glob, prefix: Box<str> },
}

impl Resource {
    /// Whether the resource holds the target. `name` is the target as an ARN names it.
    pub(crate) fn holds(&self, action: Action, target: Target<'_>, name: &str) -> bool {
        match self {
            Self::Arn(glob) => glob.matches(name),
            Self::Under { bucket, prefix } => {
                bucket.matches(target.bucket())
                    && within(prefix, action)
                    && match target {
                        Target::Bucket(_) => true,
                        Target::Listing { prefix: asked, .. } => asked.starts_with(&**prefix),
                        Target::Object { key, .. } => key.starts_with(&**prefix),
                    }
            }
        }
    }

    /// Whether the resource holds something in a bucket that the action can be done to.
    pub(crate) fn holds_some(&self, action: Action, bucket: &str) -> bool {
        match (self, action.level()) {
            (_, Level::Service) => false,
            (Self::Arn(glob), Level::Bucket) => glob.matches(bucket),
            (Self::Arn(glob), Level::Object) => glob.matches_some_under(&format!("{bucket}/")),
            (Self::Under { bucket: buckets, prefix }, Level::Bucket | Level::Object) => {
                buckets.matches(bucket) && within(prefix, action)
            }
        }
    }

    /// Whether the resource holds everything in a bucket that the action can be done to.
    pub(crate) fn holds_all(&self, action: Action, bucket: &str) -> bool {
        match (self, action.level()) {
            (Self::Arn(glob), Level::Service) => glob.matches_all_under(""),
            (Self::Under { .. }, Level::Service) => false,
            (Self::Arn(glob), Level::Bucket) => glob.matches(bucket),
            (Self::Arn(glob), Level::Object) => glob.matches_all_under(&format!("{bucket}/")),
            (Self::Under { bucket: buckets, prefix }, Level::Bucket | Level::Object) => {
                buckets.matches(bucket) && prefix.is_empty()
            }
        }
    }
}

/// Whether an action can stay within a prefix: the bucket's own configuration lies under none.
fn within(prefix: &str, action: Action) -> bool {
    prefix.is_empty() || action.level() == Level::Object || LISTING.has(action)
}
