//! What a statement applies to.

use crate::action::ActionSet;
use crate::ask::Ask;
use crate::key::Key;
use crate::pattern::{Pattern, Values};
use crate::truth::Truth;
use crate::{Action, Level, Target};

/// The actions that a grant with a prefix gives on its bucket: what a client needs to list under the prefix.
pub(crate) const LISTING: ActionSet = ActionSet::of(&[
    Action::ListBucket,
    Action::ListBucketVersions,
    Action::ListBucketMultipartUploads,
    Action::GetBucketLocation,
]);

/// The parts of the world that a statement speaks of.
#[derive(Clone, Debug)]
pub(crate) enum Resources {
    /// These: `Resource`, and grants.
    In(Vec<Resource>),
    /// All but these: `NotResource`.
    NotIn(Vec<Resource>),
}

/// A part of the world.
#[derive(Clone, Debug)]
pub(crate) enum Resource {
    /// An ARN's pattern, matched against `bucket` or `bucket/key` as a whole; listings count as the bucket.
    Arn(Pattern),
    /// A grant: buckets by pattern, keys and listings by what they begin with.
    Under {
        bucket: Pattern,
        begin: Pattern,
        /// Whether every key begins so.
        whole: bool,
    },
}

impl Resources {
    /// Whether they hold the target. `name` is the target as an ARN names it.
    pub(crate) fn hold(&self, ask: &Ask<'_>, name: &str) -> Truth {
        match self {
            Self::In(each) => Truth::any(each.iter().map(|resource| resource.holds(ask, name))),
            Self::NotIn(each) => Truth::any(each.iter().map(|resource| resource.holds(ask, name))).not(),
        }
    }

    /// Whether they may hold something in a bucket that the action can be done to.
    pub(crate) fn hold_some(&self, action: Action, bucket: &str, ask: &Ask<'_>) -> bool {
        match self {
            Self::In(each) => each.iter().any(|resource| resource.holds_some(action, bucket, ask)),
            Self::NotIn(each) => {
                action.level() != Level::Service
                    && !each.iter().any(|resource| resource.holds_all(action, bucket))
            }
        }
    }

    /// Whether they hold everything in a bucket that the action can be done to, whoever asks.
    pub(crate) fn hold_all(&self, action: Action, bucket: &str, ask: &Ask<'_>) -> bool {
        match self {
            Self::In(each) => each.iter().any(|resource| resource.holds_all(action, bucket)),
            // A deny of everything but some buckets does not hide those.
            Self::NotIn(_) if action.level() == Level::Service => false,
            Self::NotIn(each) => each.iter().all(|resource| {
                resource.patterns().all(|pattern| pattern.ready().is_some())
                    && !resource.holds_some(action, bucket, ask)
            }),
        }
    }

    pub(crate) fn each(&self) -> &[Resource] {
        match self {
            Self::In(each) | Self::NotIn(each) => each,
        }
    }

    /// The keys of their variables.
    pub(crate) fn keys(&self) -> impl Iterator<Item = &Key> {
        self.each().iter().flat_map(Resource::patterns).flat_map(Pattern::keys)
    }
}

impl Resource {
    fn holds(&self, ask: &Ask<'_>, name: &str) -> Truth {
        let values = Values::Names;
        match self {
            Self::Arn(pattern) => pattern.matches(name, ask, values),
            Self::Under { whole, .. } if !within(*whole, ask.action) => Truth::No,
            Self::Under { bucket, begin, .. } => Truth::all([
                bucket.matches(ask.target.bucket(), ask, values),
                match ask.target {
                    // Without its claim a grant gives nothing, not even to see the bucket.
                    Target::Bucket(_) if begin.is_known(ask, values) => Truth::Yes,
                    Target::Bucket(_) => Truth::Unknown,
                    Target::Listing { prefix, .. } => begin.matches(prefix, ask, values),
                    Target::Object { key, .. } => begin.matches(key, ask, values),
                },
            ]),
        }
    }

    fn holds_some(&self, action: Action, name: &str, ask: &Ask<'_>) -> bool {
        let reach = |pattern: &Pattern| pattern.reach(ask, Values::Names);
        match (self, action.level()) {
            (_, Level::Service) => false,
            (Self::Arn(pattern), Level::Bucket) => reach(pattern).is_some_and(|glob| glob.matches(name)),
            (Self::Arn(pattern), Level::Object) => {
                reach(pattern).is_some_and(|glob| glob.matches_some_under(&format!("{name}/")))
            }
            (Self::Under { bucket, begin, whole }, Level::Bucket | Level::Object) => {
                within(*whole, action)
                    && reach(bucket).is_some_and(|glob| glob.matches(name))
                    && reach(begin).is_some()
            }
        }
    }

    fn holds_all(&self, action: Action, name: &str) -> bool {
        match (self, action.level()) {
            (Self::Arn(pattern), level) => pattern.ready().is_some_and(|glob| match level {
                Level::Service => glob.matches_all_under(""),
                Level::Bucket => glob.matches(name),
                Level::Object => glob.matches_all_under(&format!("{name}/")),
            }),
            (Self::Under { .. }, Level::Service) => false,
            (Self::Under { bucket, whole, .. }, Level::Bucket | Level::Object) => {
                *whole && bucket.ready().is_some_and(|glob| glob.matches(name))
            }
        }
    }

    fn patterns(&self) -> impl Iterator<Item = &Pattern> {
        match self {
            Self::Arn(pattern) => [Some(pattern), None],
            Self::Under { bucket, begin, .. } => [Some(bucket), Some(begin)],
        }
        .into_iter()
        .flatten()
    }
}

/// Whether an action can stay within what begins so: the bucket's own configuration lies under no prefix.
fn within(whole: bool, action: Action) -> bool {
    whole || action.level() == Level::Object || LISTING.has(action)
}
