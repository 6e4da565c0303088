//! What can be wrong with a document, where it is, and what to write instead.

use std::fmt;

use thiserror::Error;

use super::Owner;
use crate::Action;

/// One mistake of a policy document, and its place.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{}{mistake}", place(path))]
pub struct DocumentError {
    /// Where it is.
    pub path: DocumentPath,
    /// What is wrong there.
    pub mistake: Mistake,
}

fn place(path: &DocumentPath) -> String {
    if path.0.is_empty() { String::new() } else { format!("{path}: ") }
}

/// The way from the top of a document to a place in it: `Statement[0].Action[1]`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DocumentPath(pub Vec<Step>);

/// One step of a [`DocumentPath`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Into an object, by a key.
    Key(String),
    /// Into a list, by a place from 0.
    Index(usize),
}

impl fmt::Display for DocumentPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, step) in self.0.iter().enumerate() {
            match step {
                Step::Key(key) if place == 0 => f.write_str(key)?,
                Step::Key(key) => write!(f, ".{key}")?,
                Step::Index(index) => write!(f, "[{index}]")?,
            }
        }
        Ok(())
    }
}

/// What is wrong at one place of a policy document. `Display` says what to write instead.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Mistake {
    /// A value of another kind than this place takes.
    #[error("expected {expected}, found {found}")]
    Kind {
        /// What this place takes.
        expected: &'static str,
        /// What was found.
        found: &'static str,
    },
    /// A key that a document must have.
    #[error("is missing")]
    Missing,
    /// A document without a version, which AWS reads as that of 2008.
    #[error("is missing; write \"Version\": \"2012-10-17\"")]
    NoVersion,
    /// A version other than that of 2012.
    #[error("{written:?} is not supported; write \"2012-10-17\"")]
    Version {
        /// What was written.
        written: String,
    },
    /// A key that no document has.
    #[error("there is no such key{}", did_you_mean(*meant))]
    UnknownKey {
        /// The key that was probably meant.
        meant: Option<&'static str>,
    },
    /// `Principal` or `NotPrincipal` where there is nobody to choose.
    #[error("a policy here speaks of who holds it; remove it")]
    Principal,
    /// `NotPrincipal` in a bucket's policy.
    #[error(
        "is not supported, and AWS advises against it; deny with \"Principal\": \"*\" and a condition such as ArnNotEquals of aws:PrincipalArn"
    )]
    NotPrincipal,
    /// A kind of principal other than `AWS`.
    #[error("there are no such principals here; write \"AWS\"")]
    PrincipalKind,
    /// What names nobody that there could be here.
    #[error(
        "{written:?} names nobody here; write \"*\", a key's id, \"arn:aws:iam::000000000000:user/KEYID\" or \"arn:aws:iam::000000000000:role/ROLE\""
    )]
    PrincipalForm {
        /// What was written.
        written: String,
    },
    /// A statement that lets everybody on the network change something.
    #[error("everybody on the network could do {action}; name the principals who may")]
    PublicWrite {
        /// What anybody could do.
        action: Action,
    },
    /// A resource of a bucket's policy that is not of the bucket.
    #[error(
        "{written:?} is not of this bucket; write \"arn:aws:s3:::{bucket}\" or \"arn:aws:s3:::{bucket}/*\""
    )]
    OtherBucket {
        /// What was written.
        written: String,
        /// The bucket.
        bucket: String,
    },
    /// Two keys of which a statement has one.
    #[error("a statement has this or {other:?}; remove one of them")]
    Both {
        /// The other key.
        other: &'static str,
    },
    /// A `NotAction` of every action.
    #[error("every action is excepted, so the statement would apply to nothing")]
    NoActionLeft,
    /// A condition operator that is none.
    #[error("{written:?} is not a condition operator{}", did_you_mean(*meant))]
    NoSuchOperator {
        /// What was written.
        written: String,
        /// The operator that was probably meant, without a set and a suffix.
        meant: Option<&'static str>,
    },
    /// `Null` with more to it.
    #[error("{written:?} is not a condition operator; write \"Null\" alone")]
    PlainNull {
        /// What was written.
        written: String,
    },
    /// `ForAnyValue:` and `IfExists` together.
    #[error("{written:?}: without the key, ForAnyValue is false and IfExists is true; leave out one of them")]
    AnyIfExists {
        /// What was written.
        written: String,
    },
    /// An operator without keys.
    #[error("has no condition keys, so it would say nothing; write one, such as \"aws:SourceIp\"")]
    NoKeys,
    /// A condition key that is there in two cases.
    #[error("is there twice under this operator, for the case of letters is nothing in it; keep one of them")]
    RepeatedKey,
    /// A condition key that is none.
    #[error("{written:?} is not a condition key{}", did_you_mean(*meant))]
    NoSuchKey {
        /// What was written.
        written: String,
        /// The key that was probably meant.
        meant: Option<&'static str>,
    },
    /// A condition key of AWS's of which nothing can be known here.
    #[error("{written:?} cannot be known here: {why}")]
    UnknowableKey {
        /// What was written.
        written: String,
        /// Why not, or what to write instead.
        why: &'static str,
    },
    /// A family of keys without the name of one.
    #[error("{written:?} names nothing; write a name behind it")]
    KeyWithoutName {
        /// What was written.
        written: String,
    },
    /// An operator that cannot compare the values of its key.
    #[error("{operator} cannot be used here: the key's value is {values}")]
    WrongOperator {
        /// The operator.
        operator: &'static str,
        /// What the key's values are.
        values: &'static str,
    },
    /// A value that is not what its operator compares.
    #[error("{written:?} is not {expected}")]
    IllTyped {
        /// What was written.
        written: String,
        /// What the operator compares.
        expected: &'static str,
    },
    /// An effect that is neither `Allow` nor `Deny`.
    #[error("{written:?} is not an effect; write \"Allow\" or \"Deny\"")]
    Effect {
        /// What was written.
        written: String,
    },
    /// A list that holds nothing, so that its statement would speak of nothing.
    #[error("the list is empty, so the statement would apply to nothing")]
    EmptyList,
    /// Two statements with one `Sid`.
    #[error("another statement is called {sid:?} already")]
    RepeatedSid {
        /// The name they share.
        sid: String,
    },
    /// An action that does not begin with `s3:`.
    #[error("{written:?} is not an action of S3; actions begin with \"s3:\"")]
    OtherService {
        /// What was written.
        written: String,
    },
    /// An action, or a pattern of actions, that matches none.
    #[error("no action matches {written:?}{}", did_you_mean(*meant))]
    NoSuchAction {
        /// What was written.
        written: String,
        /// The action that was probably meant.
        meant: Option<Action>,
    },
    /// A resource that is neither `*` nor the ARN of a bucket or object.
    #[error(
        "{written:?} is not a bucket's or an object's ARN; write \"*\", \"arn:aws:s3:::BUCKET\" or \"arn:aws:s3:::BUCKET/KEY*\""
    )]
    Resource {
        /// What was written.
        written: String,
    },
    /// An ARN whose bucket or key is empty.
    #[error(
        "{written:?} names no bucket or no key; write \"arn:aws:s3:::BUCKET\" or \"arn:aws:s3:::BUCKET/*\""
    )]
    NamesNothing {
        /// What was written.
        written: String,
    },
    /// What begins like a policy variable and is none.
    #[error(
        "{written:?} begins like a policy variable; write ${{KEY}}, ${{KEY, 'DEFAULT'}}, or ${{$}} for the character"
    )]
    Variable {
        /// The variable as written.
        written: String,
    },
    /// A condition key that cannot be a variable, because whoever asks may say it as they like.
    #[error(
        "{written:?} cannot be a variable: whoever asks says it as they like; use what is known of the caller, such as aws:username or jwt:sub"
    )]
    NotVariable {
        /// The key.
        written: String,
    },
    /// A statement none of whose actions can be done to any of its resources.
    #[error("no action of this statement applies to any of its resources; {}", if *objects {
        "its actions are done to objects: write \"arn:aws:s3:::BUCKET/*\""
    } else {
        "its actions are done to buckets: write \"arn:aws:s3:::BUCKET\""
    })]
    NeverApplies {
        /// Whether the statement's actions are done to objects.
        objects: bool,
    },
}

impl Mistake {
    /// The same mistake, with `text` in the place of what was written: for a value that may not be shown.
    #[must_use]
    pub fn quoting(self, text: &str) -> Self {
        let written = text.to_owned();
        match self {
            Self::Version { .. } => Self::Version { written },
            Self::Effect { .. } => Self::Effect { written },
            Self::RepeatedSid { .. } => Self::RepeatedSid { sid: written },
            Self::OtherService { .. } => Self::OtherService { written },
            Self::NoSuchAction { meant, .. } => Self::NoSuchAction { written, meant },
            Self::Resource { .. } => Self::Resource { written },
            Self::NamesNothing { .. } => Self::NamesNothing { written },
            Self::Variable { .. } => Self::Variable { written },
            Self::NotVariable { .. } => Self::NotVariable { written },
            Self::PrincipalForm { .. } => Self::PrincipalForm { written },
            Self::OtherBucket { bucket, .. } => Self::OtherBucket { written, bucket },
            Self::NoSuchOperator { meant, .. } => Self::NoSuchOperator { written, meant },
            Self::PlainNull { .. } => Self::PlainNull { written },
            Self::AnyIfExists { .. } => Self::AnyIfExists { written },
            Self::NoSuchKey { meant, .. } => Self::NoSuchKey { written, meant },
            Self::UnknowableKey { why, .. } => Self::UnknowableKey { written, why },
            Self::KeyWithoutName { .. } => Self::KeyWithoutName { written },
            Self::IllTyped { expected, .. } => Self::IllTyped { written, expected },
            other @ (Self::Kind { .. }
            | Self::Missing
            | Self::NoVersion
            | Self::UnknownKey { .. }
            | Self::Principal
            | Self::NotPrincipal
            | Self::PrincipalKind
            | Self::PublicWrite { .. }
            | Self::Both { .. }
            | Self::NoActionLeft
            | Self::NoKeys
            | Self::RepeatedKey
            | Self::WrongOperator { .. }
            | Self::EmptyList
            | Self::NeverApplies { .. }) => other,
        }
    }

    /// The mistake of a key that is none of `known`.
    pub(super) fn of_key(key: &str, known: &[&'static str], owner: Owner<'_>) -> Self {
        match (key, owner) {
            ("Principal" | "NotPrincipal", Owner::Callers) => Self::Principal,
            ("NotPrincipal", Owner::Bucket(_)) => Self::NotPrincipal,
            (key, _) => Self::UnknownKey { meant: meant(key, known) },
        }
    }
}

/// The known key that was written in another case or in the plural.
fn meant(key: &str, known: &[&'static str]) -> Option<&'static str> {
    let singular = key.strip_suffix('s').unwrap_or(key);
    known.iter().copied().find(|known| singular.eq_ignore_ascii_case(known))
}

fn did_you_mean(meant: Option<impl fmt::Display>) -> String {
    meant.map_or_else(String::new, |meant| format!("; did you mean \"{meant}\"?"))
}
