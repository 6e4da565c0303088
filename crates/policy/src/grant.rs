//! Grants: what a caller may do under a prefix of a bucket.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

use crate::action::ActionSet;
use crate::document::Mistake;
use crate::pattern::{Pattern, Reading};
use crate::policy::{Effect, Statement};
use crate::principals::Principals;
use crate::resource::{LISTING, Resource, Resources};
use crate::{Action, StatementRef, Whose};

/// Leave to do some actions to what begins with a prefix, in one bucket or in several.
///
/// * An object is covered if its key begins with `prefix`, byte for byte: `team/` never covers `team2/x`, and
///   `team` covers both. No character of a prefix is special, `*` included.
/// * A listing is covered if the prefix it asks for begins with the grant's.
/// * Of the actions on the bucket itself, a grant with a prefix gives only those of the group `list`
///   (HeadBucket and GetBucketLocation, which every client that lists needs).
/// * `${jwt:CLAIM}`, `${aws:username}` and other policy variables in `bucket` and `prefix` stand for what is known of the
///   caller. Where one is not known, or holds what is no name, the grant gives nothing (R-AUTHZ-11).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    /// The bucket's name; `*` stands for any run of characters.
    pub bucket: String,
    /// What the keys begin with; empty for all of the bucket.
    pub prefix: String,
    /// What may be done.
    pub actions: Vec<GrantAction>,
}

/// What a grant lets its holder do: a group of actions, or one action by its exact name.
///
/// | written | actions |
/// |---|---|
/// | `read` | `s3:GetObject`, `s3:GetObjectVersion`, `s3:GetObjectAttributes`, `s3:GetObjectVersionAttributes`, `s3:GetObjectTagging`, `s3:GetObjectVersionTagging` |
/// | `list` | `s3:ListBucket`, `s3:ListBucketVersions`, `s3:ListBucketMultipartUploads`, `s3:GetBucketLocation` |
/// | `write` | `s3:PutObject`, `s3:PutObjectTagging`, `s3:AbortMultipartUpload`, `s3:ListMultipartUploadParts` |
/// | `delete` | `s3:DeleteObject`, `s3:DeleteObjectVersion`, `s3:DeleteObjectTagging`, `s3:DeleteObjectVersionTagging` |
/// | `s3:…` | that action |
///
/// No group changes who may read an object, its retention or its legal hold: those go by exact name alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum GrantAction {
    /// `read`: objects, their attributes and their tags.
    Read,
    /// `list`: keys, versions and uploads.
    List,
    /// `write`: objects and their tags.
    Write,
    /// `delete`: objects, versions and tags.
    Delete,
    /// One action, by its exact name.
    Exact(Action),
}

impl GrantAction {
    /// The actions it stands for.
    #[must_use]
    pub fn actions(&self) -> &[Action] {
        match self {
            Self::Read => &[
                Action::GetObject,
                Action::GetObjectVersion,
                Action::GetObjectAttributes,
                Action::GetObjectVersionAttributes,
                Action::GetObjectTagging,
                Action::GetObjectVersionTagging,
            ],
            Self::List => &[
                Action::ListBucket,
                Action::ListBucketVersions,
                Action::ListBucketMultipartUploads,
                Action::GetBucketLocation,
            ],
            Self::Write => &[
                Action::PutObject,
                Action::PutObjectTagging,
                Action::AbortMultipartUpload,
                Action::ListMultipartUploadParts,
            ],
            Self::Delete => &[
                Action::DeleteObject,
                Action::DeleteObjectVersion,
                Action::DeleteObjectTagging,
                Action::DeleteObjectVersionTagging,
            ],
            Self::Exact(action) => std::slice::from_ref(action),
        }
    }

    /// Whether it says nothing in a grant that has a prefix, because it is done to a bucket as a whole.
    #[must_use]
    pub fn needs_whole_bucket(&self) -> bool {
        self.actions().iter().all(|action| action.level() != crate::Level::Object && !LISTING.has(*action))
    }

    /// What it stands for in `public`.
    pub(crate) fn public(self) -> Result<Action, PublicError> {
        match self {
            Self::Read => Ok(Action::GetObject),
            Self::List => Ok(Action::ListBucket),
            Self::Exact(action) if !action.changes() => Ok(action),
            Self::Write | Self::Delete | Self::Exact(_) => Err(PublicError(self)),
        }
    }
}

impl FromStr for GrantAction {
    type Err = GrantActionError;

    fn from_str(written: &str) -> Result<Self, GrantActionError> {
        match written {
            "read" => Ok(Self::Read),
            "list" => Ok(Self::List),
            "write" => Ok(Self::Write),
            "delete" => Ok(Self::Delete),
            name => Action::from_name(name)
                .map(Self::Exact)
                .ok_or_else(|| GrantActionError { written: name.to_owned(), meant: Action::meant_by(name) }),
        }
    }
}

impl fmt::Display for GrantAction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Read => "read",
            Self::List => "list",
            Self::Write => "write",
            Self::Delete => "delete",
            Self::Exact(action) => action.name(),
        })
    }
}

/// Neither a group of actions nor the exact name of one.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("no action is called {written:?}; write {}", advice(*meant))]
pub struct GrantActionError {
    /// What was written.
    pub written: String,
    /// The action that was probably meant.
    pub meant: Option<Action>,
}

fn advice(meant: Option<Action>) -> String {
    match meant {
        Some(action) => format!("\"{action}\""),
        None => {
            "\"read\", \"list\", \"write\", \"delete\" or an exact name such as \"s3:GetObject\"".to_owned()
        }
    }
}

/// An action that would let anybody on the network change something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("\"{0}\" cannot be public: anybody on the network could change what is stored; grant it to a key")]
pub struct PublicError(pub GrantAction);

impl Grant {
    /// Whether the variables of the bucket and of the prefix are good. A grant in which one is not gives nothing.
    ///
    /// # Errors
    /// The field, and what is wrong with it.
    pub fn check(&self) -> Result<(), (GrantField, Mistake)> {
        Pattern::parse(&self.bucket, Reading::STARS).map_err(|mistake| (GrantField::Bucket, mistake))?;
        Pattern::beginning(&self.prefix).map_err(|mistake| (GrantField::Prefix, mistake))?;
        Ok(())
    }

    /// The statement that it is among others.
    pub(crate) fn statement(&self, index: usize) -> Statement {
        let actions = self.actions.iter().map(|action| ActionSet::of(action.actions()));
        Statement {
            by: StatementRef { index, sid: None, of: Whose::Caller },
            effect: Effect::Allow,
            principals: Principals::Everybody,
            actions: actions.fold(ActionSet::default(), ActionSet::with),
            resources: Resources::In(self.resource().into_iter().collect()),
            conditions: Vec::new(),
        }
    }

    fn resource(&self) -> Option<Resource> {
        Some(Resource::Under {
            bucket: Pattern::parse(&self.bucket, Reading::STARS).ok()?,
            begin: Pattern::beginning(&self.prefix).ok()?,
            whole: self.prefix.is_empty(),
        })
    }
}

/// Where a grant's mistake is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GrantField {
    /// In `bucket`.
    Bucket,
    /// In `prefix`.
    Prefix,
}
