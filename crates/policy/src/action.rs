//! The actions of S3, by the names IAM gives them.

use std::fmt;

macro_rules! actions {
    ($( $level:ident $changes:ident { $($name:ident),* $(,)? } )*) => {
        /// One S3 action, as the [service authorization reference][reference] names it.
        ///
        /// Several operations may ask for one action: HEAD and GET of an object both ask for
        /// [`Action::GetObject`], and every step of an upload but listing and aborting asks for
        /// [`Action::PutObject`].
        ///
        /// [reference]: https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Action {
            $($(
                #[doc = concat!("`s3:", stringify!($name), "`.")]
                $name,
            )*)*
        }

        impl Action {
            /// Every action, grouped by level.
            pub const ALL: &'static [Self] = &[$($(Self::$name,)*)*];

            /// The action's full name, such as `s3:GetObject`.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $($(Self::$name => concat!("s3:", stringify!($name)),)*)* }
            }

            /// What kind of thing the action is done to.
            #[must_use]
            pub const fn level(self) -> Level {
                match self { $($(Self::$name => Level::$level,)*)* }
            }

            /// Whether the action can change what is stored or who may reach it.
            #[must_use]
            pub const fn changes(self) -> bool {
                match self { $($(Self::$name => actions!(@$changes),)*)* }
            }
        }
    };
    (@reads) => { false };
    (@changes) => { true };
}

actions! {
    Service reads { ListAllMyBuckets }
    Bucket reads {
        GetAccelerateConfiguration,
        GetAnalyticsConfiguration,
        GetBucketAcl,
        GetBucketCORS,
        GetBucketLocation,
        GetBucketLogging,
        GetBucketMetadataTableConfiguration,
        GetBucketNotification,
        GetBucketObjectLockConfiguration,
        GetBucketOwnershipControls,
        GetBucketPolicy,
        GetBucketPolicyStatus,
        GetBucketPublicAccessBlock,
        GetBucketRequestPayment,
        GetBucketTagging,
        GetBucketVersioning,
        GetBucketWebsite,
        GetEncryptionConfiguration,
        GetIntelligentTieringConfiguration,
        GetInventoryConfiguration,
        GetLifecycleConfiguration,
        GetMetricsConfiguration,
        GetReplicationConfiguration,
        ListBucket,
        ListBucketMultipartUploads,
        ListBucketVersions,
    }
    Bucket changes {
        CreateBucket,
        CreateBucketMetadataTableConfiguration,
        DeleteBucket,
        DeleteBucketMetadataTableConfiguration,
        DeleteBucketPolicy,
        DeleteBucketWebsite,
        PutAccelerateConfiguration,
        PutAnalyticsConfiguration,
        PutBucketAcl,
        PutBucketCORS,
        PutBucketLogging,
        PutBucketNotification,
        PutBucketObjectLockConfiguration,
        PutBucketOwnershipControls,
        PutBucketPolicy,
        PutBucketPublicAccessBlock,
        PutBucketRequestPayment,
        PutBucketTagging,
        PutBucketVersioning,
        PutBucketWebsite,
        PutEncryptionConfiguration,
        PutIntelligentTieringConfiguration,
        PutInventoryConfiguration,
        PutLifecycleConfiguration,
        PutMetricsConfiguration,
        PutReplicationConfiguration,
    }
    Object reads {
        GetObject,
        GetObjectAcl,
        GetObjectAttributes,
        GetObjectLegalHold,
        GetObjectRetention,
        GetObjectTagging,
        GetObjectTorrent,
        GetObjectVersion,
        GetObjectVersionAcl,
        GetObjectVersionAttributes,
        GetObjectVersionForReplication,
        GetObjectVersionTagging,
        GetObjectVersionTorrent,
        ListMultipartUploadParts,
    }
    Object changes {
        AbortMultipartUpload,
        BypassGovernanceRetention,
        DeleteObject,
        DeleteObjectTagging,
        DeleteObjectVersion,
        DeleteObjectVersionTagging,
        InitiateReplication,
        ObjectOwnerOverrideToBucketOwner,
        PutObject,
        PutObjectAcl,
        PutObjectLegalHold,
        PutObjectRetention,
        PutObjectTagging,
        PutObjectVersionAcl,
        PutObjectVersionTagging,
        ReplicateDelete,
        ReplicateObject,
        ReplicateTags,
        RestoreObject,
    }
}

/// What an [`Action`] is done to, and so which [`Target`](crate::Target) it is asked with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Level {
    /// The service as a whole; no target has this level.
    Service,
    /// A bucket: asked with `Target::Bucket` or `Target::Listing`.
    Bucket,
    /// One object: asked with `Target::Object`.
    Object,
}

impl Action {
    /// The action with exactly this name (`s3:GetObject`, in IAM's own case), if there is one.
    ///
    /// ```
    /// use brigade_policy::Action;
    /// assert_eq!(Action::from_name("s3:GetObject"), Some(Action::GetObject));
    /// assert_eq!(Action::from_name("s3:HeadObject"), None);
    /// ```
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|action| action.name() == name)
    }

    /// The action someone meant who wrote the name of an operation, or misspelt a name.
    ///
    /// `name` may be in any case, with or without `s3:`.
    #[must_use]
    pub fn meant_by(name: &str) -> Option<Self> {
        let lower = name.to_ascii_lowercase();
        let bare = lower.strip_prefix("s3:").unwrap_or(&lower);
        let operation =
            OPERATIONS.iter().find(|(operation, _)| *operation == bare).map(|(_, action)| *action);
        operation.or_else(|| {
            let names = Self::ALL.iter().map(|action| {
                let full = action.name().to_ascii_lowercase();
                (*action, distance(bare, full.strip_prefix("s3:").unwrap_or(&full)))
            });
            let near = bare.chars().count().div_ceil(4);
            names
                .min_by_key(|(_, distance)| *distance)
                .filter(|(_, distance)| *distance <= near)
                .map(|(action, _)| action)
        })
    }
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Operations whose names are often taken for actions, in lower case.
const OPERATIONS: &[(&str, Action)] = &[
    ("completemultipartupload", Action::PutObject),
    ("copyobject", Action::PutObject),
    ("createmultipartupload", Action::PutObject),
    ("deleteobjects", Action::DeleteObject),
    ("getobjectlockconfiguration", Action::GetBucketObjectLockConfiguration),
    ("headbucket", Action::ListBucket),
    ("headobject", Action::GetObject),
    ("listbuckets", Action::ListAllMyBuckets),
    ("listmultipartuploads", Action::ListBucketMultipartUploads),
    ("listobjects", Action::ListBucket),
    ("listobjectsv2", Action::ListBucket),
    ("listobjectversions", Action::ListBucketVersions),
    ("listparts", Action::ListMultipartUploadParts),
    ("postobject", Action::PutObject),
    ("uploadpart", Action::PutObject),
    ("uploadpartcopy", Action::PutObject),
];

/// How many characters must be put in, taken out or changed to make one name of the other.
fn distance(a: &str, b: &str) -> usize {
    let mut row: Vec<usize> = (0..=b.chars().count()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut diagonal = i;
        let mut left = i + 1;
        let mut next = vec![left];
        for (y, above) in b.chars().zip(row.iter().skip(1)) {
            left = (diagonal + usize::from(x != y)).min(above + 1).min(left + 1);
            diagonal = *above;
            next.push(left);
        }
        row = next;
    }
    row.last().copied().unwrap_or(0)
}

/// A set of actions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct ActionSet(u128);

const _: () = assert!(Action::ALL.len() <= 128, "an ActionSet has one bit for each action");

impl ActionSet {
    pub(crate) const fn of(actions: &[Action]) -> Self {
        let mut bits = 0;
        let mut rest = actions;
        while let [first, more @ ..] = rest {
            bits |= 1 << (*first as u32);
            rest = more;
        }
        Self(bits)
    }

    pub(crate) const fn has(self, action: Action) -> bool {
        self.0 & (1 << (action as u32)) != 0
    }

    pub(crate) const fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Every action that is not in the set.
    pub(crate) const fn others(self) -> Self {
        Self(Self::of(Action::ALL).0 & !self.0)
    }

    pub(crate) fn iter(self) -> impl Iterator<Item = Action> {
        Action::ALL.iter().copied().filter(move |action| self.has(*action))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_leads_back_to_its_action() {
        for action in Action::ALL {
            assert_eq!(Action::from_name(action.name()), Some(*action));
        }
    }

    #[test]
    fn names_of_operations_and_misspellings_lead_to_actions() {
        for (written, meant) in [
            ("s3:HeadObject", Some(Action::GetObject)),
            ("ListObjectsV2", Some(Action::ListBucket)),
            ("s3:getobject", Some(Action::GetObject)),
            ("s3:GetObjct", Some(Action::GetObject)),
            ("s3:UploadPart", Some(Action::PutObject)),
            ("s3:FlyToTheMoon", None),
            ("", None),
        ] {
            assert_eq!(Action::meant_by(written), meant, "{written}");
        }
    }

    #[test]
    fn a_set_has_what_was_put_in() {
        let set = ActionSet::of(&[Action::GetObject, Action::RestoreObject]);
        assert_eq!(set.iter().collect::<Vec<_>>(), [Action::GetObject, Action::RestoreObject]);
        assert!(!set.has(Action::PutObject));
    }
}
