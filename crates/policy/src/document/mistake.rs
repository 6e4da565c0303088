//! What can be wrong with a document, where it is, and what to write instead.

use std::fmt;

use thiserror::Error;

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
    /// A key that IAM has and Brigade has not yet.
    #[error("is not supported yet, and is not ignored; {advice}")]
    NotYet {
        /// What to write instead.
        advice: &'static str,
    },
    /// `Principal` or `NotPrincipal`.
    #[error("a policy here speaks of the key it stands under; remove it")]
    Principal,
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
    /// A policy variable.
    #[error("the policy variable {written:?} is not supported yet, and is not ignored")]
    Variable {
        /// The variable as written.
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
            other @ (Self::Kind { .. }
            | Self::Missing
            | Self::NoVersion
            | Self::UnknownKey { .. }
            | Self::NotYet { .. }
            | Self::Principal
            | Self::EmptyList
            | Self::NeverApplies { .. }) => other,
        }
    }

    /// The mistake of a key that is none of `known`.
    pub(super) fn of_key(key: &str, known: &[&'static str]) -> Self {
        match key {
            "Principal" | "NotPrincipal" => Self::Principal,
            "NotAction" => Self::NotYet { advice: "list the actions in \"Action\"" },
            "NotResource" => Self::NotYet { advice: "list the resources in \"Resource\"" },
            "Condition" => Self::NotYet { advice: "remove it, or the statement" },
            key => Self::UnknownKey { meant: meant(key, known) },
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
